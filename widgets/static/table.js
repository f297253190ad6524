// A table to type in: one real input a cell, findings at the cell, filter, pages, paste of tab-separated cells.
function render({ model, el }) {
  let page = 0, needle = "", onlyBad = false;
  const send = (cells) => wish(model, "edit", cells);
  const column = (name) => model.get("columns").find((c) => c.name === name);
  const cast = (c, text) => c.type === "number" ? (text.trim() === "" ? null : Number.isNaN(Number(text)) ? text : Number(text)) : text;
  const badRows = () => new Set(Object.keys(model.get("errors")).map((k) => +k.split(".")[0]));

  const input = (c, row, i) => {
    const key = `${i}.${c.name}`, label = `${c.title || c.name}, row ${i + 1}`;
    const common = { "data-k": key, "data-i": i, "data-c": c.name, "aria-label": label, style: c.width ? `min-width:${c.width}ch` : null, disabled: c.readonly || !model.get("editable") };
    if (c.type === "choice") {
      const values = c.choices.includes(row[c.name] ?? "") ? c.choices : [row[c.name] ?? "", ...c.choices];
      return h("select", common, values.map((o) => h("option", { value: o, selected: o === (row[c.name] ?? ""), text: c.labels?.[o] ?? o })));
    }
    if (c.type === "bool") return h("input", { ...common, type: "checkbox", ...(row[c.name] ? { checked: true } : {}) });
    return h("input", { ...common, type: "text", inputmode: c.type === "number" ? "decimal" : "text", value: c.labels?.[row[c.name]] ?? row[c.name] ?? "", spellcheck: "false" });
  };

  const draw = (body) => {
    const columns = model.get("columns"), rows = model.get("rows"), size = model.get("page_size"), bad = badRows();
    const active = body.contains(document.activeElement) ? document.activeElement : null, keep = active?.dataset.k, typed = active?.type === "text" ? active.value : null, caret = typed === null ? 0 : active.selectionStart, searching = active?.type === "search", left = body.querySelector(".scroll")?.scrollLeft ?? 0;
    const match = (r) => !needle || columns.some((c) => String(r[c.name] ?? "").toLowerCase().includes(needle));
    const shown = rows.map((r, i) => [r, i]).filter(([r, i]) => match(r) && (!onlyBad || bad.has(i)));
    const pages = Math.max(1, Math.ceil(shown.length / size));
    page = Math.min(page, pages - 1);
    const tools = h("div", { class: "tools" }, model.get("caption") ? h("h3", { text: model.get("caption") }) : null,
      rows.length > 8 ? h("input", { type: "search", placeholder: "Filter rows", "aria-label": "Filter rows", value: needle, oninput: (e) => { needle = e.target.value.toLowerCase(); page = 0; draw(body); } }) : null,
      bad.size || onlyBad ? h("label", { class: "only" }, h("input", { type: "checkbox", ...(onlyBad ? { checked: true } : {}), onchange: (e) => { onlyBad = e.target.checked; page = 0; draw(body); } }), ` only rows with findings (${bad.size})`) : null,
      model.get("growing") ? h("button", { onclick: () => { needle = ""; onlyBad = false; page = 1e9; wish(model, "add", null); }, text: "Add row" }) : null,
      pages > 1 ? h("span", { class: "pages" }, h("button", { "aria-label": "Previous page", disabled: page === 0, onclick: () => { page -= 1; draw(body); }, text: "‹" }),
        h("span", { text: ` ${page * size + 1}–${Math.min(shown.length, (page + 1) * size)} of ${shown.length} ` }), h("button", { "aria-label": "Next page", disabled: page >= pages - 1, onclick: () => { page += 1; draw(body); }, text: "›" })) : null);
    const head = h("tr", {}, h("th", { class: "num", text: "#" }), columns.map((c) => h("th", { scope: "col", title: c.help ?? "", class: c.type === "number" ? "num" : "", text: c.title || c.name })), model.get("growing") ? h("th", {}) : null);
    const lines = shown.slice(page * size, (page + 1) * size).map(([r, i]) => h("tr", { "data-row": i }, h("td", { class: "num rowno", text: i + 1 }), columns.map((c) => h("td", { class: c.type }, input(c, r, i))),
      model.get("growing") ? h("td", {}, h("button", { class: "remove", title: "Remove this row", "aria-label": `Remove row ${i + 1}`, onclick: () => wish(model, "remove", i), text: "×" })) : null));
    fill(body, tools, rows.length ? h("div", { class: "scroll", style: `max-height:min(${model.get("height")}px, 60vh)` }, h("table", {}, h("thead", {}, head), h("tbody", {}, lines))) : h("div", { class: "empty", text: model.get("empty") }), h("div", { class: "said", role: "status" }));
    marks(body);
    const scroll = body.querySelector(".scroll");
    if (scroll) scroll.scrollLeft = left;
    if (searching) { const f = body.querySelector("input[type=search]"); f?.focus(); f?.setSelectionRange(needle.length, needle.length); }
    else if (keep) {
      const f = body.querySelector(`[data-k="${CSS.escape(keep)}"]`);
      f?.focus({ preventScroll: true });
      if (f && typed !== null && typed !== f.value) { f.value = typed; f.setSelectionRange(caret, caret); } // half-typed: keep it
      else f?.select?.();
    }
  };
  const marks = (body) => {
    const errors = model.get("errors"), bad = badRows();
    for (const f of body.querySelectorAll("[data-k]")) {
      const words = errors[f.dataset.k];
      f.setAttribute("aria-invalid", words ? "true" : "false");
      f.title = words || (f.disabled ? f.value : "");
      f.parentElement.classList.toggle("bad", !!words);
    }
    for (const tr of body.querySelectorAll("tr[data-row]")) tr.classList.toggle("badrow", bad.has(+tr.dataset.row));
    tell(body);
  };
  const tell = (body) => { // what is wrong with the cell in hand, in words, where the eyes are
    const f = document.activeElement, said = body.querySelector(".said");
    if (said) said.textContent = body.contains(f) && f.dataset.k ? model.get("errors")[f.dataset.k] ?? "" : "";
  };

  const clean = shell(model, el, ["columns", "rows", "caption", "page_size", "height", "editable", "growing", "empty"], draw, "wb-table");
  const body = el.querySelector(".wb-table");
  let count = badRows().size;
  const onErrors = () => {
    const now = badRows().size;
    if (!now) onlyBad = false;
    if (now !== count) draw(body);
    else marks(body);
    count = now;
  };
  model.on("change:errors", onErrors);
  body.addEventListener("focusin", () => tell(body));
  body.addEventListener("change", (e) => {
    const f = e.target;
    if (!f.dataset.k) return;
    const c = column(f.dataset.c);
    send([{ row: +f.dataset.i, column: c.name, value: c.type === "bool" ? f.checked : cast(c, f.value) }]);
  });
  body.addEventListener("keydown", (e) => {
    e.stopPropagation(); // keeps JupyterLab's command keys away
    const f = e.target, step = { ArrowDown: 1, Enter: 1, ArrowUp: -1 }[e.key];
    if (!step || !f.dataset.k || f.tagName === "SELECT") return;
    e.preventDefault();
    let tr = f.closest("tr");
    tr = step > 0 ? tr.nextElementSibling : tr.previousElementSibling;
    f.blur();
    tr?.querySelector(`[data-c="${CSS.escape(f.dataset.c)}"]`)?.focus();
  });
  body.addEventListener("paste", (e) => {
    const text = e.clipboardData.getData("text/plain"), f = e.target;
    if (!f.dataset.k || !/[\t\n]/.test(text)) return;
    e.preventDefault();
    const columns = model.get("columns"), first = columns.findIndex((c) => c.name === f.dataset.c), cells = [];
    const order = [...body.querySelectorAll("tr[data-row]")].map((tr) => +tr.dataset.row), start = order.indexOf(+f.dataset.i);
    text.replace(/\r?\n$/, "").split(/\r?\n/).forEach((line, i) => line.split("\t").forEach((value, j) => {
      const c = columns[first + j], row = order[start + i] ?? (model.get("growing") ? model.get("rows").length + start + i - order.length : undefined);
      if (c && !c.readonly && row !== undefined) cells.push({ row, column: c.name, value: c.type === "bool" ? /^(true|yes|1|x)$/i.test(value.trim()) : cast(c, value) });
    }));
    send(cells);
  });
  return () => { model.off("change:errors", onErrors); clean(); };
}
export default { render };
