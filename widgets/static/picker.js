// Marking, scenario, course of action, plan, verdict: the first thing on every page.
// The colour bar of a marking; what is none of these stands on black.
const SHADES = [[/TOP SECRET/, "top"], [/SECRET/, "secret"], [/CONFIDENTIAL|RESTRICTED/, "confidential"], [/^(NATO |EU )?UNCLASSIFIED/, "open"], [/CUI|CONTROLLED/, "controlled"]];
const shade = (marking) => SHADES.find(([words]) => words.test(marking.toUpperCase()))?.[1] ?? "";
function render({ model, el }) {
  const pick = (kind, label, options, value) => {
    const select = h("select", { "aria-label": label, onchange: (e) => wish(model, kind, e.target.value) },
      options.length ? options.map(([v, text]) => h("option", { value: v, selected: v === value, text })) : h("option", { value: "", text: "none found" }));
    select.disabled = !options.length;
    return h("label", {}, h("span", { class: "muted", text: label }), select);
  };
  const draw = (body) => {
    const v = model.get("verdict");
    fill(body,
      model.get("marking") ? h("div", { class: `marking ${shade(model.get("marking"))}`, text: model.get("marking") }) : null,
      h("div", { class: "bar" },
        h("div", { class: "title" }, h("b", { text: model.get("title") || "No scenario" }), model.get("as_of") ? h("span", { class: "muted", text: `as of ${model.get("as_of")}` }) : null),
        pick("scenario", "Scenario", model.get("scenarios"), model.get("scenario")),
        pick("coa", "Course of action", model.get("coas"), model.get("coa")),
        pick("plan", "Plan", model.get("plans"), model.get("plan")),
        v.text ? h("span", { class: `chip ${v.level}`, title: v.why ?? "", text: v.text }) : null),
      model.get("message") ? h("div", { class: "message", role: "status", text: model.get("message") }) : "");
  };
  return shell(model, el, ["scenarios", "scenario", "coas", "coa", "plans", "plan", "marking", "title", "as_of", "verdict", "message"], draw, "wb-picker");
}
export default { render };
