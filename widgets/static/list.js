// A table to read: sorted as given, filter, status chips, rows that open to more and tell which one was chosen.
function render({ model, el }) {
  let open = "", needle = "";
  const cell = (c, value, row) => {
    if (c.kind === "chip") return h("td", {}, value ? h("span", { class: `chip ${row.level ?? ""}`, text: value }) : null);
    return h("td", { class: c.kind === "number" ? "num" : c.kind === "strong" ? "strong" : c.kind === "wide" ? "wide" : "", text: value ?? "" });
  };
  const draw = (body) => {
    const columns = model.get("columns"), all = model.get("rows"), top = body.querySelector(".scroll")?.scrollTop ?? 0, typing = document.activeElement?.closest(".wb-list") === body && document.activeElement.tagName === "INPUT";
    const focused = body.contains(document.activeElement) ? document.activeElement.dataset.key : "";
    const rows = needle ? all.filter((r) => columns.some((c) => String(r[c.name] ?? "").toLowerCase().includes(needle))) : all;
    const choose = (row) => { open = open === row.key ? "" : row.key; wish(model, "choose", row.key); draw(body); };
    const head = h("div", { class: "head" }, h("h3", { text: model.get("title") }), h("span", { class: "muted", text: all.length ? `${needle ? `${rows.length} of ` : ""}${all.length}` : "" }),
      model.get("filter") && all.length > 8 ? h("input", { type: "search", placeholder: "Filter", "aria-label": `Filter ${model.get("title")}`, value: needle, oninput: (e) => { needle = e.target.value.toLowerCase(); draw(body); } }) : null);
    const table = h("table", {}, h("thead", {}, h("tr", {}, columns.map((c) => h("th", { scope: "col", class: c.kind === "number" ? "num" : "", text: c.title })))),
      h("tbody", {}, rows.map((row) => [
        h("tr", { class: `row${row.key === model.get("selected") ? " on" : ""}`, tabindex: "0", "data-key": row.key, onclick: () => choose(row), onkeydown: (e) => { e.stopPropagation(); if (e.key === "Enter") choose(row); } }, columns.map((c) => cell(c, row[c.name], row))),
        row.more?.length && open === row.key ? h("tr", { class: "more" }, h("td", { colspan: columns.length }, row.more.map((line) => h("div", { text: line })))) : null])));
    fill(body, head, all.length ? h("div", { class: "scroll", style: `max-height:${model.get("height")}px` }, table) : h("div", { class: "empty", text: model.get("empty") }));
    if (focused) body.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    const scroll = body.querySelector(".scroll");
    if (scroll) scroll.scrollTop = top;
    if (typing) { const i = body.querySelector("input[type=search]"); i?.focus(); i?.setSelectionRange(needle.length, needle.length); }
  };
  return shell(model, el, ["columns", "rows", "title", "empty", "height", "selected"], draw, "wb-list");
}
export default { render };
