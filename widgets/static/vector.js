// Vector tiles (Mapbox Vector Tile 2) as layers of the ground: which feature is drawn how, by the layers of
// OpenMapTiles and of Protomaps. Positions come as shares of the world's width, as in ground.js.
const ROAD_OF = { motorway: "major", trunk: "major", primary: "major", highway: "major", secondary: "middle", tertiary: "middle", medium_road: "middle", minor: "minor", minor_road: "minor", residential: "minor", unclassified: "minor", living_street: "minor", service: "minor", busway: "minor", track: "track" };
const COVER_OF = { wood: "wood", forest: "wood", tree: "wood", residential: "town", commercial: "town", industrial: "town", retail: "town", suburb: "town", neighbourhood: "town", urban_area: "town", military: "town", farmland: "field", farm: "field", grass: "field", grassland: "field", meadow: "field", park: "field", orchard: "field", glacier: "ice", ice: "ice" };
const RIVER_M = { river: 20, canal: 12, stream: 2, drain: 1.5, ditch: 1 };
const TIERS = { city: 0, town: 8.5, village: 11, suburb: 12, hamlet: 12.5, locality: 12.5 };
const KNOWN = {
  water: (p, kind) => (kind === 3 ? ["water"] : kind === 2 ? ["river", RIVER_M[p.kind] ?? 2] : null),
  waterway: (p, kind) => (kind === 2 && p.brunnel !== "tunnel" ? ["river", RIVER_M[p.class] ?? 2] : null),
  landcover: (p, kind) => kind === 3 && COVER_OF[p.class ?? p.kind] && [COVER_OF[p.class ?? p.kind]],
  landuse: (p, kind) => kind === 3 && COVER_OF[p.class ?? p.kind] && [COVER_OF[p.class ?? p.kind]],
  building: (p, kind) => kind === 3 && ["building"],
  buildings: (p, kind) => kind === 3 && ["building"],
  transportation: (p, kind) => (kind !== 2 ? null : /rail|transit/.test(p.class) ? ["rail"] : ROAD_OF[p.class] && [ROAD_OF[p.class]]),
  transportation_name: (p, kind) => kind === 2 && ROAD_OF[p.class] && [`${ROAD_OF[p.class]} name`, 0, p.name || p.ref],
  roads: (p, kind) => { if (kind !== 2) return null; if (p.kind === "rail") return ["rail"]; const group = ROAD_OF[p.kind_detail] ?? (p.kind === "major_road" ? "middle" : ROAD_OF[p.kind]); return group && [group, 0, p.name || p.ref]; },
  boundary: (p, kind) => kind === 2 && !p.maritime && p.admin_level <= 6 && ["boundary"],
  boundaries: (p, kind) => kind === 2 && ["boundary"],
};
const AREAS = ["field", "wood", "ice", "town", "water", "building"], LINES = ["river", "boundary", "rail", "track", "minor", "middle", "major", "minor name", "middle name", "major name"];
// Reads one protobuf message: calls field(number, value) for each of its fields; a value is a number or a part of the bytes.
function fields(bytes, field) {
  let at = 0;
  const varint = () => { let value = 0, unit = 1, byte; do { if (at >= bytes.length) throw new Error("cut short"); byte = bytes[at++]; value += (byte & 127) * unit; unit *= 128; } while (byte > 127); return value; };
  while (at < bytes.length) {
    const tag = varint(), number = Math.floor(tag / 8), type = tag % 8;
    if (type === 0) field(number, varint());
    else if (type === 2) { const size = varint(); if (at + size > bytes.length) throw new Error("cut short"); field(number, bytes.subarray(at, (at += size))); }
    else if (type === 5 || type === 1) field(number, bytes.subarray(at, (at += type === 5 ? 4 : 8)));
    else throw new Error("no protobuf");
  }
}
function numbers(bytes) { // packed varints
  const out = [];
  let value = 0, unit = 1;
  for (const byte of bytes) { value += (byte & 127) * unit; if (byte > 127) unit *= 128; else { out.push(value); value = 0; unit = 1; } }
  return out;
}
const TEXT = new TextDecoder();
function valueOf(bytes) {
  let value = "";
  fields(bytes, (n, v) => { const view = v.buffer && new DataView(v.buffer, v.byteOffset, v.byteLength); value = n === 1 ? TEXT.decode(v) : n === 2 ? view.getFloat32(0, true) : n === 3 ? view.getFloat64(0, true) : n === 6 ? (v % 2 ? -(v + 1) / 2 : v / 2) : n === 7 ? !!v : v; });
  return value;
}
// A tile as { groups: { name: parts }, places }; names of roads are looked up in, or added to, the index of names.
function decoded(bytes, { z, x, y }, nameOf) {
  const groups = {}, places = [], side = 2 ** z;
  fields(bytes, (n, layer) => {
    if (n !== 3) return;
    let name = "", extent = 4096;
    const keys = [], values = [], features = [];
    fields(layer, (k, v) => { if (k === 1) name = TEXT.decode(v); else if (k === 2) features.push(v); else if (k === 3) keys.push(TEXT.decode(v)); else if (k === 4) values.push(valueOf(v)); else if (k === 5) extent = v; });
    const rule = KNOWN[name], town = name === "place" || name === "places";
    if (!rule && !town) return;
    for (const feature of features) {
      let kind = 0, tags = [], steps = [];
      fields(feature, (k, v) => { if (k === 2) tags = numbers(v); else if (k === 3) kind = v; else if (k === 4) steps = numbers(v); });
      const p = {};
      for (let i = 0; i + 1 < tags.length; i += 2) p[(keys[tags[i]] ?? "").replace("pmap:", "")] = values[tags[i + 1]];
      const found = town ? null : rule(p, kind);
      if (!town && !found) continue;
      const parts = [];
      let px = 0, py = 0, part = null;
      for (let i = 0; i < steps.length; ) {
        const command = steps[i] & 7, count = Math.min(steps[i++] >> 3, steps.length);
        if (command === 7) { if (part?.length) part.push(part[0]); continue; }
        for (let k = 0; k < count && i + 1 < steps.length; k++, i += 2) {
          px += (steps[i] >>> 1) ^ -(steps[i] & 1); py += (steps[i + 1] >>> 1) ^ -(steps[i + 1] & 1);
          const spot = [(x + px / extent) / side, (y + py / extent) / side];
          if (command === 1) parts.push((part = [spot])); else part?.push(spot);
        }
      }
      if (town) {
        const size = p.class ?? (p.kind === "locality" ? p.kind_detail ?? "locality" : p.kind), spot = parts[0]?.[0];
        if (kind === 1 && spot && p.name && size in TIERS) places.push({ label: String(p.name), size, tier: TIERS[size], x: spot[0], y: spot[1], rank: Number(p.rank ?? 20 - (p.population_rank ?? 0)) });
        continue;
      }
      const [group, width = 0, text] = found, tag = width || (text ? nameOf(String(text)) : 0);
      for (const line of parts) {
        if (line.length < 2) continue;
        const xs = Float64Array.from(line, (s) => s[0]), ys = Float64Array.from(line, (s) => s[1]);
        (groups[group] ??= []).push({ tag, xs, ys, west: Math.min(...xs), east: Math.max(...xs), north: Math.min(...ys), south: Math.max(...ys) });
      }
    }
  });
  return { groups, places };
}
// Keeps the tiles of a map's view: calls changed(layers, names, places, whole) whenever what is seen has come, with null
// for none; whole says that no tile of the view is missing.
function tileSheet(map, source, changed) {
  const kept = new Map(), names = [""], index = new Map([["", 0]]);
  const nameOf = (text) => { if (!index.has(text)) { index.set(text, names.length); names.push(text); } return index.get(text); };
  let wanted = "", gone = false;
  const fetched = async (z, x, y) => {
    try {
      const answer = await fetch(source.url.replace("{z}", z).replace("{x}", x).replace("{y}", y));
      if (answer.status === 200) return decoded(new Uint8Array(await answer.arrayBuffer()), { z, x, y }, nameOf);
    } catch { /* a tile that can't be had, or is none, is missing */ }
    return { groups: {}, places: [], missing: true };
  };
  const look = async () => {
    const zoom = map.getZoom(), z = Math.min(source.max_zoom, Math.max(Math.round(zoom - 0.75), 0)), side = 2 ** z, share = 256 * 2 ** zoom, view = map.getPixelBounds();
    if (z < source.min_zoom || !source.url) { wanted = ""; return changed(null); }
    const range = (low, high) => { const out = []; for (let i = Math.max(0, Math.floor((low / share) * side)); i <= Math.min(side - 1, Math.floor((high / share) * side)); i++) out.push(i); return out; };
    const padX = (view.max.x - view.min.x) * 0.25, padY = (view.max.y - view.min.y) * 0.25, keys = [];
    for (const x of range(view.min.x - padX, view.max.x + padX)) for (const y of range(view.min.y - padY, view.max.y + padY)) keys.push([z, x, y]);
    if (keys.join(" ") === wanted || keys.length > 200) return;
    const asked = (wanted = keys.join(" "));
    const tiles = await Promise.all(keys.map((key) => { const name = key.join("/"), tile = kept.get(name) ?? fetched(...key); kept.delete(name); kept.set(name, tile); return tile; }));
    while (kept.size > 240) kept.delete(kept.keys().next().value); // the longest unseen goes first
    if (gone || asked !== wanted) return;
    const gathered = (name) => tiles.flatMap((tile) => tile.groups[name] ?? []), places = tiles.flatMap((tile) => tile.places);
    const layers = [...AREAS.map((name) => ({ name, area: true, union: true, parts: gathered(name) })), ...LINES.map((name) => ({ name, parts: gathered(name) }))].filter(({ parts }) => parts.length);
    changed(layers.length ? layers : null, names, places, !tiles.some((tile) => tile.missing));
  };
  map.on("moveend zoomend resize", look);
  look();
  return () => { gone = true; map.off("moveend zoomend resize", look); };
}
