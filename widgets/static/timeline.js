// Routes as bars over time. Shape tells the activity, so nothing hangs on colour alone:
// thin line = travel, tall block = handing over, hatched = loading, dashed hollow = waiting, red frame = late.
const LABEL = 178, ROW = 24, SUB = 18, PAD = 26;
const STEPS = [900, 1800, 3600, 7200, 10800, 21600, 43200, 86400];

function render({ model, el }) {
  let focusSelected = false;
  const select = (route, stop = -1) => {
    model.set("selected", route);
    model.set("selected_stop", stop);
    model.save_changes();
  };
  const draw = (body) => {
    const routes = model.get("routes"), asOf = model.get("as_of"), top = body.querySelector(".rows")?.scrollTop ?? 0;
    if (!routes.length) {
      body.replaceChildren(h("div", { class: "empty", text: model.get("empty") }));
      return;
    }
    const width = Math.max(420, body.clientWidth || 900) - LABEL - PAD;
    const t0 = Math.floor(Math.min(...routes.map((r) => r.start_s)) / 1800) * 1800;
    const t1 = Math.ceil(Math.max(...routes.map((r) => r.end_s)) / 1800) * 1800;
    const x = (s) => Math.max(0, Math.min(width, ((s - t0) / (t1 - t0)) * width));
    const scale = { x, width, t0, t1, asOf };
    const rows = h("div", { class: "rows", role: "listbox", "aria-label": "Routes", style: `max-height:${model.get("height")}px` },
      routes.map((route) => row(route, scale)));
    body.replaceChildren(axis(scale), rows, legend());
    rows.scrollTop = top;
    const chosen = rows.querySelector("[aria-selected=true]");
    if (chosen && (focusSelected || chosen.offsetTop < rows.scrollTop || chosen.offsetTop + chosen.offsetHeight > rows.scrollTop + rows.clientHeight))
      rows.scrollTop = Math.max(0, chosen.offsetTop - rows.offsetTop - ROW);
    if (focusSelected) chosen?.focus({ preventScroll: true });
    focusSelected = false;
  };

  function axis({ x, width, t0, t1, asOf }) {
    const step = STEPS.find((s) => ((t1 - t0) / s) * 58 <= width) ?? 86400;
    const zero = Date.parse(asOf) / 1000, first = Math.ceil((zero + t0) / step) * step - zero;
    const g = h("svg:svg", { width: width + LABEL + PAD, height: 30, class: "axis", "aria-hidden": "true" });
    g.append(h("svg:text", { x: 8, y: 20, class: "zone", text: `${dtgAt(asOf, t0).slice(7)}  (Z)` }));
    for (let s = first; s <= t1; s += step) {
      const midnight = clockAt(asOf, s) === "00:00";
      g.append(h("svg:text", { x: LABEL + x(s), y: 20, "text-anchor": "middle", class: midnight ? "day" : "", text: midnight ? dtgAt(asOf, s).slice(0, 2) + " " + dtgAt(asOf, s).slice(8, 11) : clockAt(asOf, s) }),
        h("svg:line", { x1: LABEL + x(s), x2: LABEL + x(s), y1: 25, y2: 30, class: "tick" }));
    }
    return g;
  }

  function row(route, scale) {
    const chosen = route.route_id === model.get("selected"), { x, width } = scale;
    const subs = chosen ? route.stops.filter((s) => s.kind !== "end") : [];
    const height = ROW + subs.length * SUB + (chosen ? 6 : 0);
    const g = h("svg:svg", { width: width + PAD, height, class: "bar" });
    for (const [a, b] of model.get("night") ?? []) if (x(b) > x(a)) g.append(h("svg:rect", { x: x(a), y: 0, width: x(b) - x(a), height, class: "night" }));
    segments(route, scale, g);
    subs.forEach((stop, i) => detail(route, stop, ROW + i * SUB, scale, g));
    const flag = route.late ? h("span", { class: "chip bad", text: "late" }) : route.broken ? h("span", { class: "chip bad", text: "broken" }) : null;
    const names = subs.map((s) => h("div", { class: "sub" + (s.seq === model.get("selected_stop") ? " on" : ""), title: s.text, text: s.place,
      onclick: (e) => { e.stopPropagation(); select(route.route_id, s.seq); } }));
    return h("div", { class: "route fade", role: "option", tabindex: "0", "aria-selected": String(chosen), "data-route": route.route_id,
      "aria-label": `${route.route_id}, ${route.vehicle_type}, ${clockAt(scale.asOf, route.start_s)} to ${clockAt(scale.asOf, route.end_s)}${route.late ? ", late" : ""}`,
      onclick: () => select(chosen ? "" : route.route_id), onkeydown: keys },
      h("div", { class: "label", style: `width:${LABEL}px` },
        h("div", { class: "name" }, h("span", { class: "swatch", style: `background:${route.colour}` }), h("b", { text: route.route_id }), h("span", { class: "type", text: route.vehicle_type }), flag), names), g);
  }

  function segments(route, { x, asOf }, g) {
    let from = route.start_s;
    const mid = ROW / 2;
    for (const s of route.stops) {
      if (s.arrive_s > from) g.append(h("svg:line", { x1: x(from), x2: x(s.arrive_s), y1: mid, y2: mid, class: "travel", stroke: route.colour }));
      if (s.begin_s > s.arrive_s) g.append(h("svg:rect", { x: x(s.arrive_s), y: mid - 5, width: x(s.begin_s) - x(s.arrive_s), height: 10, class: "wait", stroke: route.colour },
        h("svg:title", { text: `waits ${span(s.begin_s - s.arrive_s)} at ${s.place}` })));
      if (s.depart_s > s.begin_s) {
        const load = s.kind === "load" || s.kind === "reload", w = Math.max(2, x(s.depart_s) - x(s.begin_s));
        const block = h("svg:rect", { x: x(s.begin_s), y: mid - 8, width: w, height: 16, rx: 1.5, class: `stop ${load ? "load" : s.kind}${s.late ? " late" : ""}${s.seq === model.get("selected_stop") && route.route_id === model.get("selected") ? " on" : ""}`,
          fill: load ? "var(--wb-bg)" : route.colour, stroke: route.colour, onclick: (e) => { e.stopPropagation(); select(route.route_id, s.seq); } },
          h("svg:title", { text: s.text }));
        g.append(block);
        if (load) for (let i = x(s.begin_s) + 3; i < x(s.begin_s) + w; i += 4) g.append(h("svg:line", { x1: i, x2: i - 3, y1: mid - 7, y2: mid + 7, class: "hatch", stroke: route.colour }));
        if (s.late) g.append(h("svg:text", { x: x(s.begin_s) + w + 3, y: mid + 4, class: "bang", text: "!" }));
      } else g.append(h("svg:circle", { cx: x(s.begin_s), cy: mid, r: 3, fill: route.colour }, h("svg:title", { text: s.text })));
      from = s.depart_s;
    }
  }

  function detail(route, stop, y, { x, t0, t1, asOf, width }, g) {
    for (const [a, b] of stop.windows ?? []) {
      if (b < t0 || a > t1) continue;
      g.append(h("svg:rect", { x: x(a), y: y + 4, width: Math.max(2, x(b) - x(a)), height: SUB - 8, class: "window" }, h("svg:title", { text: `open ${clockAt(asOf, a)}–${clockAt(asOf, b)}Z` })));
    }
    if (stop.begin_s > stop.arrive_s) g.append(h("svg:rect", { x: x(stop.arrive_s), y: y + 5, width: x(stop.begin_s) - x(stop.arrive_s), height: SUB - 10, class: "wait", stroke: route.colour }));
    g.append(h("svg:rect", { x: x(stop.begin_s), y: y + 3, width: Math.max(2, x(stop.depart_s) - x(stop.begin_s)), height: SUB - 6, fill: route.colour, class: `stop${stop.late ? " late" : ""}` }));
    const right = x(stop.depart_s) + 6, left = x(stop.arrive_s) - 6, said = `${clockAt(asOf, stop.begin_s)}Z ${stop.words ?? ""}`;
    const after = right + said.length * 6.2 < width + PAD || width + PAD - right > left, most = Math.floor((after ? width + PAD - right : left) / 6.2);
    const words = said.length > most ? `${said.slice(0, Math.max(6, most - 1))}…` : said;
    g.append(h("svg:text", { x: after ? right : left, y: y + SUB - 5, "text-anchor": after ? "start" : "end", class: `words${stop.late ? " bad" : ""}`, text: words }, h("svg:title", { text: said })));
  }

  function legend() {
    const key = (cls, words) => h("span", { class: "key" }, h("i", { class: cls }), words);
    return h("div", { class: "legend" }, key("k-load", "loading"), key("k-travel", "travel"), key("k-wait", "waiting"), key("k-stop", "handing over"), key("k-window", "opening window (select a route)"), key("k-late", "late"));
  }

  function keys(event) {
    event.stopPropagation(); // keeps JupyterLab's command keys away
    const routes = model.get("routes"), i = routes.findIndex((r) => r.route_id === event.currentTarget.dataset.route);
    const go = { ArrowDown: i + 1, ArrowUp: i - 1, Home: 0, End: routes.length - 1 }[event.key];
    if (go !== undefined && routes[go]) { event.preventDefault(); focusSelected = true; select(routes[go].route_id); return; }
    const stops = routes[i]?.stops ?? [], now = stops.findIndex((s) => s.seq === model.get("selected_stop"));
    const next = { ArrowRight: stops[now + 1], ArrowLeft: stops[now - 1] }[event.key];
    if (next) { event.preventDefault(); focusSelected = true; select(routes[i].route_id, next.seq); return; }
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); focusSelected = true; select(model.get("selected") === routes[i].route_id ? "" : routes[i].route_id); }
    if (event.key === "Escape") { focusSelected = true; select(""); }
  }

  const clean = shell(model, el, ["routes", "selected", "selected_stop", "as_of", "height", "empty"], draw, "wb-timeline");
  const body = el.querySelector(".wb-timeline");
  let seen = body.clientWidth;
  const observer = new ResizeObserver(() => { if (body.clientWidth !== seen) { seen = body.clientWidth; draw(body); } });
  observer.observe(body);
  return () => { observer.disconnect(); clean(); };
}
export default { render };
