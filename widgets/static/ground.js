// The ground under a plan on one canvas: land cover, water, roads by class with their names, at every zoom.
// It moves with the map and is drawn anew when the map has come to rest.
const UNIT = 1e5, PAD = 0.35, BRIDGES = 12.5;
const mercatorY = (lat) => (1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI) / 2;
// Reads what workbench.report.packing wrote; positions come as shares of the world's width.
function unpacked(view) {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength), parts = [];
  let at = 0, x = 0, y = 0;
  const next = () => { let value = 0, unit = 1, byte; do { byte = bytes[at++]; value += (byte & 127) * unit; unit *= 128; } while (byte > 127); return value; };
  const step = () => { const v = next(); return v % 2 ? -(v + 1) / 2 : v / 2; };
  while (at < bytes.length) {
    const n = next(), tag = next(), xs = new Float64Array(n), ys = new Float64Array(n);
    let west = 9, east = -9, north = 9, south = -9;
    for (let i = 0; i < n; i++) {
      x += step(); y += step();
      const px = (xs[i] = x / UNIT / 360 + 0.5), py = (ys[i] = mercatorY(y / UNIT));
      if (px < west) west = px;
      if (px > east) east = px;
      if (py < north) north = py;
      if (py > south) south = py;
    }
    parts.push({ tag, xs, ys, west, east, north, south });
  }
  return parts;
}
// Width in pixels by zoom, from pairs of zoom and width.
function widthAt(zoom, pairs) {
  for (let i = 1; i < pairs.length; i++) {
    const [a, wa] = pairs[i - 1], [b, wb] = pairs[i];
    if (zoom <= b) return wa + (wb - wa) * Math.max(0, (zoom - a) / (b - a));
  }
  return pairs.at(-1)[1];
}
export default {
  async render({ model, el }) {
    el.style.display = "none";
    const map = await leafletOf(model), box = map.getContainer();
    const canvas = h("canvas", { class: "wb-ground leaflet-zoom-animated" }), g = canvas.getContext("2d"), credit = h("div", { class: "wb-credit" });
    map.getPanes().overlayPane.prepend(canvas);
    box.append(credit);
    let layers = [], names = [], corner = null, drawnAt = 0, waiting = 0, own = [], leave = () => {};

    const trace = (part, scale, ox, oy) => {
      const { xs, ys } = part, last = xs.length - 1;
      let lx = xs[0] * scale - ox, ly = ys[0] * scale - oy;
      g.moveTo(lx, ly);
      for (let i = 1; i <= last; i++) {
        const px = xs[i] * scale - ox, py = ys[i] * scale - oy;
        if (i < last && Math.abs(px - lx) + Math.abs(py - ly) < 1.2) continue; // nobody sees it
        g.lineTo(px, py);
        lx = px; ly = py;
      }
    };
    const draw = () => {
      waiting = 0;
      const started = performance.now(), size = map.getSize(), zoom = map.getZoom(), scale = 256 * 2 ** zoom, dpr = Math.min(globalThis.devicePixelRatio || 1, 2);
      if (!size.x || !size.y) return;
      const wide = Math.ceil(size.x * (1 + 2 * PAD)), high = Math.ceil(size.y * (1 + 2 * PAD));
      const topLeft = map.containerPointToLayerPoint([Math.round(-size.x * PAD), Math.round(-size.y * PAD)]), origin = map.getPixelOrigin();
      corner = map.layerPointToLatLng(topLeft); drawnAt = zoom;
      if (canvas.width !== wide * dpr || canvas.height !== high * dpr) { canvas.width = wide * dpr; canvas.height = high * dpr; canvas.style.width = `${wide}px`; canvas.style.height = `${high}px`; }
      canvas.style.transform = `translate3d(${topLeft.x}px, ${topLeft.y}px, 0)`;
      const ox = origin.x + topLeft.x, oy = origin.y + topLeft.y, colours = getComputedStyle(box), colour = (name) => colours.getPropertyValue(`--wb-g-${name}`).trim();
      g.setTransform(dpr, 0, 0, dpr, 0, 0);
      g.clearRect(0, 0, wide, high);
      g.lineJoin = g.lineCap = "round";
      const [w, n, e, s] = [(ox - 20) / scale, (oy - 20) / scale, (ox + wide + 20) / scale, (oy + high + 20) / scale];
      const seen = layers.map((layer) => ({ ...layer, parts: layer.parts.filter((p) => p.west < e && p.east > w && p.north < s && p.south > n) }));
      const metresPerPixel = (40075016 * Math.cos((map.getCenter().lat * Math.PI) / 180)) / scale;
      for (const { name, area, union, parts } of seen) {
        if (union) { // areas cut into tiles overlap: drawn as one, no seam shows
          if (name === "building" && zoom < 14.5) continue;
          g.fillStyle = colour(name);
          g.beginPath();
          for (const p of parts) trace(p, scale, ox, oy);
          g.fill("nonzero");
        } else if (area) {
          g.fillStyle = colour(name);
          for (let i = 0; i < parts.length; ) { // the rings of one shape together, so that holes stay holes
            const shape = parts[i].tag;
            g.beginPath();
            for (; i < parts.length && parts[i].tag === shape; i++) trace(parts[i], scale, ox, oy);
            g.fill("evenodd");
          }
        } else if (name === "river") {
          g.strokeStyle = colour("river");
          for (const p of parts) { if (!p.tag && zoom < 11.5) continue; g.beginPath(); trace(p, scale, ox, oy); g.lineWidth = Math.max(p.tag / metresPerPixel, p.tag > 50 ? 3.2 : p.tag > 20 ? 1.8 : zoom < 13 ? 0.9 : 1.5); g.stroke(); }
        }
      }
      const stroke = (parts, style, width, dash) => { g.beginPath(); for (const p of parts) trace(p, scale, ox, oy); g.strokeStyle = style; g.lineWidth = width; g.setLineDash(dash ?? []); g.stroke(); g.setLineDash([]); };
      const roads = seen.filter(({ name }) => ROADS[name] && zoom >= ROADS[name].from);
      for (const { name, parts } of seen) if (LINED[name] && zoom >= LINED[name].from) stroke(parts, colour(name), LINED[name].width, LINED[name].dash);
      for (const { name, parts } of roads) if (zoom >= (ROADS[name].cased ?? 99)) stroke(parts, colour(`${name}-rim`), widthAt(zoom, ROADS[name].width) + 2);
      const bridges = zoom >= BRIDGES ? (seen.find(({ name }) => name === "bridge")?.parts ?? []) : [];
      if (bridges.length) { g.lineCap = "butt"; stroke(bridges, colour("text"), widthAt(zoom, ROADS.middle.width) + 5); g.lineCap = "round"; }
      for (const { name, parts } of roads) stroke(parts, colour(zoom >= (ROADS[name].cased ?? 99) ? name : `${name}-thin`), widthAt(zoom, ROADS[name].width), ROADS[name].dash);
      const named = seen.filter(({ unnamed }) => !unnamed).map(({ name, parts }) => ({ name: name.replace(" name", ""), parts })); // tiles may hold names apart
      if (zoom >= BRIDGES + 1.5) for (const p of bridges) classOf(p, { scale, ox, oy }, colour("text"), colour("halo"));
      if (names.length > 1) label(named.filter(({ name }) => ROADS[name] && zoom >= (ROADS[name].names ?? 99)), { scale, ox, oy, wide, high }, colour("text"), colour("halo"));
      box.dataset.ground = (performance.now() - started).toFixed(0);
    };
    const classOf = (p, { scale, ox, oy }, ink, halo) => { // the load class stands beside its bridge
      const i = (p.xs.length - 1) >> 1, x = ((p.xs[i] + p.xs[i + 1]) / 2) * scale - ox, y = ((p.ys[i] + p.ys[i + 1]) / 2) * scale - oy;
      g.font = "700 10px system-ui, sans-serif"; g.textAlign = "left"; g.textBaseline = "middle"; g.lineWidth = 3; g.strokeStyle = halo; g.fillStyle = ink;
      const text = p.tag ? `MLC ${p.tag}` : "MLC ?";
      g.strokeText(text, x + 9, y - 9); g.fillText(text, x + 9, y - 9);
    };
    const label = (roads, { scale, ox, oy, wide, high }, ink, halo) => {
      const taken = [];
      g.font = "600 10.5px system-ui, sans-serif"; g.textAlign = "center"; g.textBaseline = "middle"; g.lineWidth = 3; g.strokeStyle = halo; g.fillStyle = ink;
      for (const { parts } of [...roads].reverse())
        for (const p of parts) {
          const text = names[p.tag], last = p.xs.length - 1;
          if (!text) continue;
          let best = -1, long = 0; // the longest straight piece carries the name
          for (let i = 0; i < last; i++) { const d = Math.hypot(p.xs[i + 1] - p.xs[i], p.ys[i + 1] - p.ys[i]) * scale; if (d > long) { long = d; best = i; } }
          const room = text.length * 6 + 10;
          if (long < room * 0.8) continue;
          const x = ((p.xs[best] + p.xs[best + 1]) / 2) * scale - ox, y = ((p.ys[best] + p.ys[best + 1]) / 2) * scale - oy;
          if (x < 0 || y < 0 || x > wide || y > high || taken.some((o) => Math.abs(o.x - x) < (o.text === text ? 260 : (room + o.room) / 2) && Math.abs(o.y - y) < (o.text === text ? 260 : 16))) continue;
          let angle = Math.atan2(p.ys[best + 1] - p.ys[best], p.xs[best + 1] - p.xs[best]);
          if (Math.abs(angle) > Math.PI / 2) angle += Math.PI;
          taken.push({ x, y, text, room });
          g.save(); g.translate(x, y); g.rotate(angle); g.strokeText(text, 0, 0); g.fillText(text, 0, 0); g.restore();
        }
    };
    const ask = () => { waiting ||= requestAnimationFrame(draw); };
    const follow = (center, zoom) => { // while the zoom moves, the picture of before is stretched
      if (!corner) return;
      const at = map._latLngToNewLayerPoint(corner, zoom, center);
      canvas.style.transform = `translate3d(${at.x}px, ${at.y}px, 0) scale(${map.getZoomScale(zoom, drawnAt)})`;
    };
    const animated = (e) => follow(e.center, e.zoom), zooming = () => follow(map.getCenter(), map.getZoom());
    const read = () => {
      own = model.get("layers").map((layer, k) => ({ ...layer, parts: unpacked(model.get("parts")[k]) }));
      leave();
      leave = tileSheet(map, model.get("tiles"), (tiled, texts, places, whole) => { // where there are tiles they stand for the ground
        layers = !tiled ? own : whole ? tiled : [...own.map((layer) => ({ ...layer, unnamed: true })), ...tiled];
        names = tiled ? texts : model.get("names");
        box.dataset.vector = tiled ? tiled.length : "";
        box.dispatchEvent(new CustomEvent("wb-places", { detail: tiled ? places : null }));
        ask();
      });
    };
    const told = () => { credit.textContent = model.get("credit"); credit.hidden = !model.get("credit"); };
    model.on("change:parts change:tiles", read);
    model.on("change:credit", told);
    map.on("moveend zoomend viewreset resize", ask);
    map.on("zoomanim", animated);
    map.on("zoom", zooming);
    const theme = new MutationObserver(ask);
    theme.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "class"] });
    read(); told();
    return () => { leave(); theme.disconnect(); map.off("moveend zoomend viewreset resize", ask); map.off("zoomanim", animated); map.off("zoom", zooming); cancelAnimationFrame(waiting); canvas.remove(); credit.remove(); };
  },
};
