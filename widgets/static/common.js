// Shared by every widget: elements without innerHTML, times, the error line under the widget.
const SVG = "http://www.w3.org/2000/svg";
let __seq = 0;
function h(tag, props, ...kids) {
  const e = tag.startsWith("svg:") ? document.createElementNS(SVG, tag.slice(4)) : document.createElement(tag);
  for (const [key, value] of Object.entries(props || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") e.addEventListener(key.slice(2), value);
    else if (key === "text") e.textContent = value;
    else e.setAttribute(key, value === true ? "" : value);
  }
  e.append(...real(kids));
  return e;
}
function real(kids) { return kids.flat(9).filter((kid) => kid !== null && kid !== undefined && kid !== false && kid !== ""); }
function fill(e, ...kids) { e.replaceChildren(...real(kids)); }
const two = (n) => String(n).padStart(2, "0");
const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
function clockAt(asOf, s) {
  const d = new Date(Date.parse(asOf) + s * 1000);
  return `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`;
}
function dtgAt(asOf, s) {
  const d = new Date(Date.parse(asOf) + s * 1000);
  return `${two(d.getUTCDate())}${two(d.getUTCHours())}${two(d.getUTCMinutes())}Z ${MONTHS[d.getUTCMonth()]} ${two(d.getUTCFullYear() % 100)}`;
}
function span(s) {
  const m = Math.round(s / 60);
  return m < 60 ? `${m} min` : `${Math.floor(m / 60)} h ${two(m % 60)}`;
}
function wish(model, kind, value) {
  // a counter, because an equal value would not be sent
  model.set("wish", { n: ++__seq + Math.random(), kind, value });
  model.save_changes();
}
// Puts a body and an error line into el; draw(body) runs now and on every named change. Returns the clean-up.
function shell(model, el, names, draw, className = "") {
  const body = h("div", { class: `wb ${className}` });
  const error = h("div", { class: "wb wb-error", role: "alert" });
  el.append(body, error);
  const showError = () => { error.textContent = model.get("error"); error.hidden = !model.get("error"); };
  const redraw = () => draw(body);
  showError();
  redraw();
  const events = names.map((name) => `change:${name}`).join(" ");
  model.on(events, redraw);
  model.on("change:error", showError);
  return () => { model.off(events, redraw); model.off("change:error", showError); };
}
