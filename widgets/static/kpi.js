// Few big figures; a click opens the reason. Above them, when given, the decision wanted.
function render({ model, el }) {
  let open = "";
  const draw = (body) => {
    const decisions = model.get("decisions"), figures = model.get("figures"), chosen = figures.find((f) => f.key === open);
    fill(body,
      model.get("headline") ? h("div", { class: `decision ${model.get("level")}` }, h("div", { class: "lead", text: model.get("headline") }),
        decisions.length ? h("ul", {}, decisions.map((d) => h("li", {}, d.what ? h("b", { text: `${d.what} ` }) : null, d.how ?? "", d.key ? h("button", { class: "link", text: "show", onclick: () => wish(model, "show", d.key) }) : null))) : null) : "",
      h("div", { class: "figures" }, figures.map((f) => h("button", { class: `figure ${f.level ?? ""}`, "aria-expanded": String(open === f.key), "aria-label": `${f.label}: ${f.value} ${f.unit ?? ""}`,
        onclick: () => { open = open === f.key ? "" : f.key; draw(body); body.querySelector("[aria-expanded=true]")?.focus(); } },
        h("span", { class: "label", text: f.label }), h("span", { class: "value" }, h("b", { class: f.value.length > 7 ? "long" : "", text: f.value }), f.unit ? h("span", { class: "unit", text: f.unit }) : null),
        h("span", { class: "word" }, f.word ?? "")))),
      chosen ? h("div", { class: "reason", role: "status" }, h("b", { text: chosen.label }), (chosen.reasons ?? []).map((r) => h("div", { text: r }))) : "");
  };
  return shell(model, el, ["figures", "decisions", "headline", "level"], draw, "wb-kpi");
}
export default { render };
