// Which leg is looked at, who drives it, and the rule that takes one of its ways.
function render({ model, el }) {
  const choice = (label, kind, options, value) => {
    const box = h("select", { "aria-label": label, onchange: () => wish(model, kind, box.value) }, options.map(([key, name]) => h("option", { value: key, text: name })));
    box.value = value;
    return h("label", {}, h("span", { text: label }), box);
  };
  const draw = (body) => {
    const focused = body.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null, places = model.get("places");
    const take = () => { if (rule.value !== model.get("rule")) wish(model, "rule", rule.value); };
    const rule = h("input", { type: "text", list: "wb-rules", "aria-label": "rule", value: model.get("rule"), onchange: take, onfocus: () => rule.select(), onkeydown: (e) => { e.stopPropagation(); if (e.key === "Enter") take(); } });
    fill(body, h("div", { class: "bar" }, choice("from", "start", places, model.get("start")), choice("to", "end", places, model.get("end")), choice("driven by", "vehicle", model.get("vehicles"), model.get("travel")),
      h("label", {}, h("span", { text: "rule" }), rule, h("datalist", { id: "wb-rules" }, model.get("rules").map((r) => h("option", { value: r }))))),
      h("div", { class: "sum", role: "status" }, h("b", { text: model.get("lead") }), " ", model.get("text")));
    if (focused) body.querySelector(`[aria-label="${focused}"]`)?.focus();
  };
  return shell(model, el, ["places", "vehicles", "start", "end", "travel", "rule", "rules", "lead", "text"], draw, "wb-front");
}
export default { render };
