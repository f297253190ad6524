// The edits that have no name yet, and where they may go.
function render({ model, el }) {
  const draw = (body) => {
    const edits = model.get("edits"), field = (label, hint) => h("input", { type: "text", placeholder: hint, "aria-label": label, style: "width:130px" });
    const coa = field("Name of the new course of action", "its name"), folder = field("Folder of the new scenario", "its folder");
    for (const one of [coa, folder]) { // what was typed stays while edits go on
      const before = body.querySelector(`[aria-label="${one.getAttribute("aria-label")}"]`);
      if (before && edits.length) one.value = before.value;
    }
    fill(body, h("div", { class: "line" }, h("span", { class: `chip ${edits.length ? "warn" : ""}`, text: model.get("text") }),
      edits.length ? h("span", { class: "pair" }, coa, " ", h("button", { class: "primary", onclick: () => wish(model, "coa", coa.value), text: "Save as course of action" })) : null,
      h("span", { class: "pair" }, folder, " ", h("button", { onclick: () => wish(model, "folder", folder.value), text: "Save as new scenario" })),
      edits.length ? h("button", { onclick: () => wish(model, "discard", null), text: "Discard edits" }) : null),
      edits.length && model.get("listed") ? h("ul", {}, edits.slice(0, 12).map((e) => h("li", { text: e })), edits.length > 12 ? h("li", { text: `and ${edits.length - 12} more` }) : null) : null);
  };
  return shell(model, el, ["edits", "text"], draw, "wb-save");
}
export default { render };
