// Closing roads and drawing areas on a map: tools, the edits so far, and what they do in one line.
// On the map: click to close or set corners; Enter or a double click ends an area, Backspace takes a corner back, Escape lets go.
const TOOLS = [
  { mode: "", text: "Select", help: "Click routes, stops and places for their details." },
  { mode: "road", text: "Close a road", help: "Click a road to close it, once more to open it." },
  { mode: "area", text: "Close an area", help: "Click the corners of an area: every road that touches it closes. Enter ends it." },
  { mode: "threat", text: "Threat area", help: "Click the corners of an area under threat. Enter ends it." },
];
export default {
  async render({ model, el }) {
    let mode = "", corners = [], sketch = null, cursor = null, hint = "";
    const body = h("div", { class: "wb wb-closure" }), error = h("div", { class: "wb wb-error", role: "alert" });
    el.append(body, error);
    const map = await leafletOf(model), box = map.getContainer(), L = globalThis.L;
    const area = () => mode === "area" || mode === "threat";

    const drawSketch = () => {
      sketch?.remove();
      sketch = null;
      if (!corners.length) return;
      const line = cursor ? [...corners, cursor] : corners;
      sketch = L.layerGroup([L.polygon(line, { className: `wb-sketch ${mode}`, interactive: false }), ...corners.map((c) => L.circleMarker(c, { radius: 4, className: "wb-corner", interactive: false }))]).addTo(map);
    };
    const forget = () => { corners = []; cursor = null; drawSketch(); };
    const choose = (next) => {
      mode = next;
      forget();
      hint = TOOLS.find((t) => t.mode === mode).help;
      box.classList.toggle("wb-editing", mode !== "");
      map.doubleClickZoom[mode ? "disable" : "enable"]();
      draw();
    };
    const finish = () => {
      const line = corners.map((c) => [+c.lng.toFixed(5), +c.lat.toFixed(5)]);
      if (line.length < 3) { hint = "An area needs three corners."; return draw(); }
      ask(mode, { corners: line, level: level.value, when: when() });
      forget();
    };
    const clicked = (e) => {
      if (!mode || e.originalEvent?.target?.closest?.(".wb-card, .wb-legend, .leaflet-control")) return;
      if (mode === "road") {
        const metres = map.distance(map.containerPointToLatLng([0, 0]), map.containerPointToLatLng([0, 12]));
        return ask("at", { lon: e.latlng.lng, lat: e.latlng.lat, metres, when: when(), groups: Object.keys(ROADS).filter((name) => map.getZoom() >= ROADS[name].from) });
      }
      const last = corners.at(-1);
      if (last && map.latLngToContainerPoint(last).distanceTo(e.containerPoint) < 4) return; // the second click of a double click
      corners.push(e.latlng);
      drawSketch();
    };
    const ended = () => { if (area() && corners.length > 2) finish(); };
    const moved = (e) => { if (area() && corners.length) { cursor = e.latlng; drawSketch(); } };
    const typed = (e) => {
      if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "z" && e.target.tagName !== "INPUT") { if (model.get("edits").length) ask("undo", null); e.preventDefault(); return e.stopPropagation(); }
      if (!mode) return;
      if (e.key === "Escape") { if (corners.length) forget(); else choose(""); }
      else if (e.key === "Enter" && area() && e.target === box) finish();
      else if (e.key === "Backspace" && corners.length) { corners.pop(); drawSketch(); }
      else return;
      e.stopPropagation();
      e.preventDefault();
    };

    const level = h("select", { "aria-label": "Level of the threat" }, ["high", "medium", "low"].map((v) => h("option", { value: v, text: v })));
    const search = h("input", { type: "search", placeholder: "name or id", "aria-label": "Find a road by name or id", onkeydown: (e) => { e.stopPropagation(); if (e.key === "Enter") ask("find", search.value); } });
    const place = h("select", { "aria-label": "Place in the middle of the area" });
    const km = h("input", { type: "number", value: "1", min: "0.1", max: "50", step: "0.1", "aria-label": "Radius in kilometres", onkeydown: (e) => e.stopPropagation() });
    const around = (kind) => ask("around", { kind, node: place.value, km: km.value, level: level.value, when: when() });
    const time = (label, hint) => h("input", { type: "text", placeholder: hint, "aria-label": label, spellcheck: "false", onkeydown: (e) => e.stopPropagation(), oninput: () => drawWhen() });
    const from = time("In force from, Z"), to = time("In force until, Z"), daily = time("Daily hours, Z", "06:00-18:00");
    const when = () => ({ from: from.value, to: to.value, hours: daily.value });
    const said = h("summary", {}), always = h("button", { onclick: () => { from.value = to.value = daily.value = ""; drawWhen(); }, text: "Always" });
    const hours = h("details", { class: "when" }, said, h("span", { class: "pair" }, h("label", {}, "from ", from), h("label", {}, "until ", to), h("label", {}, "daily ", daily), always));
    const drawWhen = () => {
      const parts = [from.value && `from ${from.value}`, to.value && `until ${to.value}`, daily.value && `daily ${daily.value}`].filter(Boolean);
      fill(said, "Hours of what is closed or added: ", h("b", { text: parts.join(", ") || "always" }));
    };
    const drawSpan = () => { [from.placeholder, to.placeholder] = model.get("span"); };
    const vehicle = h("select", { "aria-label": "Vehicle that drives", onchange: () => ask("vehicle", vehicle.value) });
    const drawPlaces = () => fill(place, model.get("places").map(([node, name]) => h("option", { value: node, text: name })));
    const drawVehicles = () => { fill(vehicle, model.get("vehicles").map(([key, name]) => h("option", { value: key, text: name }))); vehicle.value = model.get("travel"); };
    const ask = (kind, value) => { body.classList.add("busy"); wish(model, kind, value); };
    const draw = () => {
      body.classList.remove("busy");
      const edits = model.get("edits"), found = model.get("found"), focused = document.activeElement?.dataset?.tool ?? null;
      fill(body,
        h("div", { class: "tools", role: "toolbar", "aria-label": "What a click on the map does" },
          TOOLS.map((t) => h("button", { "aria-pressed": String(t.mode === mode), "data-tool": t.mode, onclick: () => choose(t.mode), text: t.text })),
          h("label", { class: "muted" }, "level ", level),
          h("button", { class: "undo", disabled: !edits.length, onclick: () => ask("undo", null), text: "Undo" })),
        h("div", { class: "hint", "aria-live": "polite", text: hint }),
        h("div", { class: "keys" },
          h("label", {}, "Find a road ", search), h("button", { onclick: () => ask("find", search.value), text: "Find" }),
          hours,
          h("span", { class: "pair" }, h("label", {}, "Around ", place), h("label", {}, km, " km"), h("button", { onclick: () => around("area"), text: "Close" }), h("button", { onclick: () => around("threat"), text: "Threat" }))),
        found.length ? h("ul", { class: "found" }, found.map((r) => h("li", {}, h("button", { onclick: () => ask("road", { edge: r.edge, when: when() }), text: r.closed ? "Open" : "Close" }), " ", r.text))) : null,
        edits.length ? h("ol", { class: "edits", "aria-label": "Edits" }, edits.map((e) => h("li", {}, h("span", { class: `sign ${e.kind}`, "aria-hidden": "true", text: e.sign }), " ", e.text, " ", h("button", { class: "off", "aria-label": `Take back: ${e.text}`, onclick: () => ask("take", e.key), text: "×" })))) : null,
        h("div", { class: "sum", role: "status" }, h("span", { class: `chip ${model.get("level")}`, text: model.get("word") }), " ", model.get("text"), " ", h("label", { class: "for muted" }, "driven by ", vehicle)));
      if (focused !== null) body.querySelector(`[data-tool="${focused}"]`)?.focus();
      error.textContent = model.get("error");
      error.hidden = !model.get("error");
    };
    map.on("click", clicked);
    map.on("dblclick", ended);
    map.on("mousemove", moved);
    box.addEventListener("keydown", typed, true);
    body.addEventListener("keydown", (e) => { if (e.key === "Escape" || ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "z")) typed(e); });
    const names = ["edits", "found", "level", "word", "text", "error", "done"].map((n) => `change:${n}`).join(" ");
    model.on(names, draw);
    model.on("change:places", drawPlaces);
    model.on("change:vehicles change:travel", drawVehicles);
    hint = TOOLS[0].help;
    model.on("change:span", drawSpan);
    drawPlaces(); drawVehicles(); drawSpan(); drawWhen(); draw();
    body.dataset.ready = "true";
    return () => { forget(); map.off("click", clicked); map.off("dblclick", ended); map.off("mousemove", moved); box.removeEventListener("keydown", typed, true); model.off(names, draw); model.off("change:places", drawPlaces); model.off("change:span", drawSpan); model.off("change:vehicles change:travel", drawVehicles); };
  },
};
