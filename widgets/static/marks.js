// What stands on an ipyleaflet map: symbols and their labels, the stops of the selected route, legend, details card.
// One model for all of them; labels that would overlap are left out until there is room.
export default {
  async render({ model, el }) {
    el.style.display = "none";
    const map = await leafletOf(model), box = map.getContainer();
    box.classList.add("wb", "wb-map");
    const pane = h("div", { class: "wb-marks leaflet-zoom-hide" });
    map.getPanes().markerPane.append(pane);
    const card = h("div", { class: "wb-card", role: "status", "aria-live": "polite" }), legend = h("details", { class: "wb-legend", open: box.clientWidth > 1000 });
    box.append(card, legend);
    for (const overlay of [card, legend])
      for (const type of ["click", "dblclick", "mousedown", "wheel", "pointerdown"]) overlay.addEventListener(type, (e) => e.stopPropagation());
    let items = [], moved = false, tiled = null, own = null; // own: the card of a sign, which the page shows by itself

    const drawMarks = () => {
      const images = model.get("images"), chosen = model.get("selected"), tiers = [];
      const notes = model.get("notes"), only = model.get("only");
      const marks = (tiled ? [...model.get("marks").filter((m) => m.kind !== "place"), ...tiled] : model.get("marks")).filter((m) => !only.length || !m.image || only.includes(m.id));
      items = [...marks, ...model.get("stops").map((s) => ({ ...s, kind: "stop", rank: 0 }))].sort((a, b) => a.rank - b.rank).map((m) => {
        const pick = (e) => { e.stopPropagation(); if (m.card) { own = m.card; return drawCard(); } wish(model, m.kind === "stop" ? "stop" : "mark", m.kind === "stop" ? m.seq : m.id); };
        const face = m.kind === "stop" ? h("span", { class: `dot ${m.status}`, text: m.text })
          : m.image ? h("img", { src: images[m.image], alt: "", draggable: "false" }) : h("span", { class: `glyph ${m.kind}`, text: m.glyph ?? "" });
        const note = m.image ? notes[m.id] : null;
        const label = m.label ? h("span", { class: "text", text: m.label }) : null;
        const node = h("div", { class: `wb-mark k-${m.kind}${m.id !== undefined && m.id === chosen ? " on" : ""} ${m.status ?? ""}${note ? ` noted ${note.level}-note` : ""}`, title: [m.title ?? m.label ?? "", note?.text].filter(Boolean).join(": "),
          ...(m.quiet ? {} : { tabindex: "0", role: "button", "aria-label": [m.title ?? m.label, note?.text].filter(Boolean).join(": "), onclick: pick, onkeydown: (e) => { if (e.key === "Enter") pick(e); } }) }, face, label, note ? h("span", { class: `note ${note.level}`, text: note.text }) : null);
        tiers.push(node);
        return { m, node, label, note: node.querySelector(".note"), level: note?.level };
      });
      pane.replaceChildren(...tiers);
      place();
    };
    const bigger = (m) => (m.image && m.kind !== "unit" ? 4 : 0);
    const place = () => {
      const zoom = map.getZoom(), taken = [], symbols = [], said = [], meets = (list, a) => list.some((o) => o[0] < a[2] && o[2] > a[0] && o[1] < a[3] && o[3] > a[1]);
      for (const { m, node } of items) {
        const p = map.latLngToLayerPoint([m.lat, m.lon]);
        node.style.transform = `translate(${Math.round(p.x)}px, ${Math.round(p.y)}px)`;
        node.hidden = zoom < (m.tier ?? 0);
        if (node.hidden || m.quiet) continue;
        const big = bigger(m), box = [p.x - 13 - big, p.y - 9 - big, p.x + 13 + big, p.y + 9 + big];
        const little = !!m.image && !node.classList.contains("on") && meets(symbols, box); // no room: a dot, until one zooms in
        node.classList.toggle("little", little);
        if (m.image && !little) symbols.push(box);
        taken.push(little ? [p.x - 6, p.y - 6, p.x + 6, p.y + 6] : box);
      }
      for (const { m, note } of items.filter((i) => i.note).sort((a, b) => (b.level === "bad") - (a.level === "bad"))) { // the worst first
        const p = map.latLngToLayerPoint([m.lat, m.lon]), w = note.textContent.length * 6.8 + 12, mine = [p.x - w / 2, p.y - 31, p.x + w / 2, p.y - 12];
        note.hidden = meets(said, mine);
        if (!note.hidden) { said.push(mine); taken.push(mine); }
      }
      for (const { m, node, label } of items) {
        if (!label || node.hidden || node.classList.contains("little")) continue;
        const p = map.latLngToLayerPoint([m.lat, m.lon]), w = m.label.length * 6.4 + 4, y = m.quiet ? p.y - 8 : p.y + 10 + bigger(m);
        const mine = [p.x - w / 2, y + 1, p.x + w / 2, y + 15];
        const clash = meets(taken, mine);
        label.hidden = clash;
        if (!clash) taken.push(mine);
      }
    };
    const drawCard = () => {
      const d = own ?? model.get("details");
      card.hidden = !d.title;
      if (!d.title) return card.replaceChildren();
      card.replaceChildren(
        h("button", { class: "close", "aria-label": "Close details", onclick: () => { if (own) { own = null; drawCard(); } else wish(model, "close", null); }, text: "×" }), h("h3", { text: d.title }),
        h("table", {}, (d.rows ?? []).map((r) => h("tr", { class: r.seq && r.seq === d.seq ? "on" : "", ...(r.seq ? { onclick: () => wish(model, "stop", r.seq), tabindex: "0", onkeydown: (e) => { if (e.key === "Enter") wish(model, "stop", r.seq); } } : {}) },
          h("td", { class: "key", text: r.key }), h("td", {}, r.text, r.note ? h("div", { class: "muted", text: r.note }) : null), h("td", {}, r.chip ? h("span", { class: `chip ${r.level}`, text: r.chip }) : null)))));
    };
    const drawLegend = () => {
      const images = model.get("images");
      legend.replaceChildren(h("summary", { text: "Legend" }), h("div", { class: "items" }, model.get("legend").map((item) => h("div", {},
        item.image ? h("img", { src: images[item.image], alt: "" }) : h("i", { class: item.cls }), h("span", { text: item.text })))));
    };
    const drawChoice = () => { box.classList.toggle("wb-chosen", !!model.get("route")); drawMarks(); };
    const fit = () => {
      const b = model.get("fit");
      moved = false;
      map.invalidateSize();
      if (b.length === 4) map.fitBounds([[b[1], b[0]], [b[3], b[2]]], { animate: false, padding: [Math.min(56, box.clientWidth / 12), 20] });
      place();
    };
    model.on("change:marks change:images change:stops change:selected change:notes change:only", drawMarks);
    const fromSession = () => { own = null; drawCard(); };
    model.on("change:details", fromSession);
    model.on("change:legend", drawLegend);
    model.on("change:route", drawChoice);
    model.on("change:fit", fit);
    map.on("zoomend viewreset resize", place);
    const named = (e) => { // places that tiles name stand for those of the scenario
      const places = e.detail?.sort((a, b) => a.rank - b.rank).slice(0, 300).map((p, n) => ({ kind: "place", status: p.size, quiet: true, label: p.label, rank: 5 + n / 1000, tier: p.tier, lon: (p.x - 0.5) * 360, lat: (Math.atan(Math.sinh(Math.PI * (1 - 2 * p.y))) * 180) / Math.PI }));
      if (!places && !tiled) return;
      tiled = places ?? null;
      drawMarks();
    };
    box.addEventListener("wb-places", named);
    const away = (e) => { if (e.originalEvent?.target === box || e.originalEvent?.target?.tagName === "svg") { fromSession(); wish(model, "close", null); } };
    map.on("click", away);
    drawLegend(); drawCard(); fit(); drawChoice();
    box.dataset.ready = "true";
    let size = `${box.clientWidth}x${box.clientHeight}`;
    const observer = new ResizeObserver(() => { // a map laid out later had no size to fit into
      const now = `${box.clientWidth}x${box.clientHeight}`;
      if (now === size) return;
      size = now;
      if (moved) map.invalidateSize();
      else fit();
    });
    observer.observe(box);
    const hand = () => { moved = true; }; // from here on the visitor says what the map shows
    for (const type of ["wheel", "mousedown", "dblclick", "keydown"]) box.addEventListener(type, hand, true);
    return () => { observer.disconnect(); box.removeEventListener("wb-places", named); for (const type of ["wheel", "mousedown", "dblclick", "keydown"]) box.removeEventListener(type, hand, true); map.off("zoomend viewreset resize", place); map.off("click", away); pane.remove(); card.remove(); legend.remove(); };
  },
};
