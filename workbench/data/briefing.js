(() => {
  "use strict";
  const one = (s, at = document) => at.querySelector(s);
  const all = (s, at = document) => [...at.querySelectorAll(s)];

  // ---- theme: the machine's, until somebody chooses
  const root = document.documentElement, button = one("#theme"), dark = matchMedia("(prefers-color-scheme: dark)");
  const remembered = () => { try { return localStorage.getItem("briefing-theme"); } catch { return null; } };
  const show = (theme) => {
    root.dataset.theme = theme;
    button.setAttribute("aria-pressed", String(theme === "dark"));
  };
  show(remembered() || (dark.matches ? "dark" : "light"));
  dark.addEventListener("change", () => { if (!remembered()) show(dark.matches ? "dark" : "light"); });
  button.addEventListener("click", () => {
    const next = root.dataset.theme === "dark" ? "light" : "dark";
    show(next);
    try { localStorage.setItem("briefing-theme", next); } catch { /* a page from a file may keep nothing */ }
  });
  one("#print").addEventListener("click", () => print());
  let before = "";
  addEventListener("beforeprint", () => { before = root.dataset.theme; root.dataset.theme = "light"; });
  addEventListener("afterprint", () => { root.dataset.theme = before; });

  // ---- map: one view box; signs and names keep their size on the screen
  const map = one("#map"), home = map.dataset.home.split(" ").map(Number), metres = Number(map.dataset.metres);
  const hero = one(".hero");                                // map and timeline end with the first screen
  const screen = () => hero.style.setProperty("--above", `${Math.round(hero.getBoundingClientRect().top + scrollY) + 10}px`);
  screen();
  const placed = all("[data-x]", map).map((el) => {
    const pin = el.classList.contains("pin"), [hw, hh, mid] = (el.dataset.box || "8 8 0").split(" ").map(Number);
    const text = pin ? one(".pin-name", el) : el.classList.contains("label") ? one("text", el) : null;
    return { el, pin, hw, hh, mid, text, sign: el.matches(".closure, .threat-sign"), bridge: el.matches(".bridge"), x: +el.dataset.x, y: +el.dataset.y };
  });
  let view = { x: 0, y: 0, unit: 1 };                       // top left corner and map units per pixel
  const size = () => { const r = map.getBoundingClientRect(); return { w: r.width || 800, h: r.height || 500 }; };

  const boxes = (list, box) => list.some((b) => box[0] < b[2] && box[2] > b[0] && box[1] < b[3] && box[3] > b[1]);
  const wide = new Map();
  const width = (text) => {
    if (!wide.has(text)) { text.classList.remove("hid"); wide.set(text, text.getComputedTextLength() || text.textContent.length * 6.5); }
    return wide.get(text);
  };
  const apart = (pins) => {                                  // signs that would cover each other step aside
    for (const p of pins) { p.ox = 0; p.oy = 0; }
    for (let round = 0; round < 24; round++) {
      let moved = false;
      for (let i = 0; i < pins.length; i++) for (let j = i + 1; j < pins.length; j++) {
        const a = pins[i], b = pins[j];
        const dx = b.px + b.ox - a.px - a.ox, dy = b.py + b.oy + b.mid - a.py - a.oy - a.mid;
        const ex = a.hw + b.hw + 2 - Math.abs(dx), ey = a.hh + b.hh + 2 - Math.abs(dy);
        if (ex <= 0 || ey <= 0) continue;
        moved = true;
        const s = (v) => v === 0 ? (i % 2 ? 1 : -1) : Math.sign(v);
        if (ex < ey) { a.ox -= s(dx) * ex / 2; b.ox += s(dx) * ex / 2; } else { a.oy -= s(dy) * ey / 2; b.oy += s(dy) * ey / 2; }
      }
      if (!moved) break;
    }
    for (const p of pins) {
      const far = Math.hypot(p.ox, p.oy);
      if (far > 60) { p.ox *= 60 / far; p.oy *= 60 / far; }
      one(".body", p.el).setAttribute("transform", `translate(${p.ox.toFixed(1)} ${p.oy.toFixed(1)})`);
      const lead = one(".lead", p.el);
      lead.setAttribute("x2", p.ox.toFixed(1)); lead.setAttribute("y2", (p.oy + p.mid).toFixed(1));
      lead.classList.toggle("hid", far < 9);
    }
  };
  const names = () => {                                      // give names room, the important ones first
    const { w, h } = size(), taken = [[0, 0, 48, 122], [0, h - 70, 150, h], [0, h - 28, w, h]], todo = [], pins = [];
    for (const p of placed) {
      p.px = (p.x - view.x) / view.unit; p.py = (p.y - view.y) / view.unit;
      p.seen = p.px > -20 && p.py > -20 && p.px < w + 20 && p.py < h + 20;
      if (p.seen && p.pin) pins.push(p);
    }
    apart(pins);
    const bridges = [];
    for (const p of placed) {
      if (!p.seen) continue;
      if (p.bridge) { bridges.push(p); continue; }
      const x = p.px + (p.ox || 0), y = p.py + (p.oy || 0);
      if (p.pin) taken.push([x - p.hw, y + p.mid - p.hh, x + p.hw, y + p.mid + p.hh]);
      if (p.sign) taken.push([x - 8, y - 8, x + 8, y + 8]);
      if (p.text) todo.push({ p, x, y, rank: +p.el.dataset.rank - (p.el.classList.contains("on") ? 100 : 0) });
    }
    for (const p of bridges) {                               // one sign for a row of bridges; routes' own come first
      const shown = map.dataset.zoom === "near" || (map.dataset.zoom === "middle" && p.el.classList.contains("crossed"));
      const box = [p.px - 8, p.py - 6, p.px + 8, p.py + 6], free = shown && !boxes(taken, box);
      p.el.classList.toggle("hid", !free);
      if (free) taken.push(box);
    }
    todo.sort((a, b) => a.rank - b.rank);
    for (const { p, x, y } of todo) {
      const long = width(p.text), side = p.pin ? p.hw + 4 : 11, mid = p.pin ? p.mid : 0, low = p.pin ? p.mid + p.hh + 12 : 19;
      const spots = p.el.dataset.centred ? [[0, 4, "middle"], [0, -8, "middle"], [0, 16, "middle"]]
        : [[side, mid + 4, "start"], [-side, mid + 4, "end"], [0, low, "middle"], [0, mid - (p.pin ? p.hh : 8) - 4, "middle"]];
      const spot = spots.find(([dx, dy, anchor]) => {
        const left = x + dx - (anchor === "start" ? 0 : anchor === "end" ? long : long / 2);
        const box = [left - 2, y + dy - 10, left + long + 2, y + dy + 3];
        if (box[0] < 2 || box[2] > w - 2 || box[1] < 2 || boxes(taken, box)) return false;
        taken.push(box);
        return true;
      });
      p.text.classList.toggle("hid", !spot);
      if (spot) { p.text.setAttribute("x", spot[0]); p.text.setAttribute("y", spot[1]); p.text.setAttribute("text-anchor", spot[2]); }
    }
  };
  let asked = 0;
  const later = () => { clearTimeout(asked); asked = setTimeout(names, 60); };
  const draw = () => {
    const { w, h } = size();
    map.setAttribute("viewBox", `${view.x} ${view.y} ${w * view.unit} ${h * view.unit}`);
    const perPixel = view.unit * metres;
    map.dataset.zoom = perPixel > 45 ? "far" : perPixel > 12 ? "middle" : "near";
    for (const p of placed) p.el.setAttribute("transform", `translate(${p.x} ${p.y}) scale(${view.unit})`);
    const round = [100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000].find((m) => m / perPixel > 70) || 200000;
    one("#scale .bar").style.width = `${round / perPixel}px`;
    one("#scale .length").textContent = round < 1000 ? `${round} m` : `${round / 1000} km`;
    later();
  };
  const fit = ([x, y, w, h]) => {
    const s = size(), free = s.h - 30, unit = Math.max(w / s.w, h / free);   // the key covers the bottom edge
    view = { unit, x: x - (s.w * unit - w) / 2, y: y - (free * unit - h) / 2 };
    draw();
  };
  const zoom = (factor, px, py) => {
    const unit = Math.min(Math.max(view.unit * factor, 0.05), 20);
    view = { unit, x: view.x + px * (view.unit - unit), y: view.y + py * (view.unit - unit) };
    draw();
  };
  let touched = false;
  map.addEventListener("wheel", (e) => {
    e.preventDefault(); touched = true;
    const r = map.getBoundingClientRect();
    zoom(e.deltaY > 0 ? 1.25 : 0.8, e.clientX - r.left, e.clientY - r.top);
  }, { passive: false });
  let drag = null;
  map.addEventListener("pointerdown", (e) => { drag = { x: e.clientX, y: e.clientY, far: false, id: e.pointerId }; });
  map.addEventListener("pointermove", (e) => {
    if (!drag || drag.id !== e.pointerId) return;
    const dx = e.clientX - drag.x, dy = e.clientY - drag.y;
    if (!drag.far && Math.hypot(dx, dy) < 4) return;
    if (!drag.far) { drag.far = true; map.setPointerCapture(e.pointerId); map.classList.add("moving"); touched = true; }
    view = { ...view, x: view.x - dx * view.unit, y: view.y - dy * view.unit };
    drag.x = e.clientX; drag.y = e.clientY; draw();
  });
  let dragged = -1e9;                                        // the click that ends a drag selects nothing
  map.addEventListener("pointerup", () => {
    if (drag?.far) dragged = performance.now();
    drag = null; map.classList.remove("moving");
  });
  map.addEventListener("pointercancel", () => { drag = null; map.classList.remove("moving"); });
  const middle = () => { const s = size(); return [s.w / 2, s.h / 2]; };
  all("[data-zoom]", one(".zoom")).forEach((b) => b.addEventListener("click", () => {
    touched = b.dataset.zoom !== "home";
    if (b.dataset.zoom === "home") fit(home); else zoom(b.dataset.zoom === "in" ? 0.6 : 1.6, ...middle());
  }));
  new ResizeObserver(() => (touched ? draw() : fit(home))).observe(map);

  // ---- selection: one route or one place, shown everywhere
  const details = one("#details"), tell = one("#found"), times = one("#timeline");
  const article = (what) => all("article", details).find((el) => el.dataset.detail === what);
  const set = (text) => new Set((text || "").split(" ").filter(Boolean));
  let chosen = "";
  const mark = (what) => {
    const [kind, n] = what.split("-"), card = what ? article(what) : null;
    const routes = kind === "route" ? new Set([n]) : set(card?.dataset.routes);
    const places = kind === "place" ? new Set([n]) : set(card?.dataset.at);
    map.classList.toggle("picking", Boolean(what));
    all("[data-route]").forEach((el) => el.classList.toggle("on", routes.has(el.dataset.route)));
    all(".stops", map).forEach((el) => el.classList.toggle("on", kind === "route" && el.dataset.route === n));
    all("[data-place]").forEach((el) => el.classList.toggle("on", places.has(el.dataset.place)));
    later();
  };
  const rows = () => {                                       // the hour lines run through all bars
    times?.style.setProperty("--rows", `${times.scrollHeight - 26}px`);
  };
  const choose = (what, quiet) => {
    chosen = chosen === what ? "" : what;
    mark(chosen);
    all("article", details).forEach((el) => { el.hidden = el.dataset.detail !== (chosen || "risks"); });
    one("#back").hidden = !chosen;
    details.scrollTop = 0;
    all(".t-row").forEach((row) => row.setAttribute("aria-pressed", String(chosen === `route-${row.dataset.route}`)));
    all(".route.on", map).forEach((el) => el.parentNode.append(el));
    if (chosen && !quiet) one(".t-row.on")?.scrollIntoView({ block: "nearest" });
  };
  const nameOf = (el) => el.dataset.place === undefined ? `route-${el.dataset.route}` : `place-${el.dataset.place}`;
  document.addEventListener("click", (e) => {
    if (performance.now() - dragged < 80) return;
    const el = e.target.closest?.(".route, .pin, .t-row, .risks tr[data-place], #who tbody tr[data-route]");
    if (el) choose(nameOf(el)); else if (e.target.closest?.("#map") && chosen) choose(chosen);
  });
  document.addEventListener("mouseover", (e) => {
    const el = e.target.closest?.(".route, .t-row");
    if (!chosen) mark(el ? nameOf(el) : "");
  });
  document.addEventListener("keydown", (e) => {
    if (e.key === "Escape" && chosen) { choose(chosen); return; }
    const el = e.target.closest?.('[role="button"]');
    if (el && (e.key === "Enter" || e.key === " ")) { e.preventDefault(); choose(nameOf(el)); }
    if (!map.contains(e.target)) return;
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[e.key];
    if (step) { e.preventDefault(); touched = true; view.x += step[0] * 80 * view.unit; view.y += step[1] * 80 * view.unit; draw(); }
    if (e.key === "+" || e.key === "-") { touched = true; zoom(e.key === "+" ? 0.7 : 1.4, ...middle()); }
  });
  one("#back").addEventListener("click", () => choose(chosen));

  // ---- the table: find, filter, sort
  const who = one("#who");
  if (who) {
    const body = one("tbody", who), lines = all("tr", body), find = one("#find"), status = one("#status");
    const words = lines.map((tr) => tr.textContent.toLowerCase());
    const filter = () => {
      const asked = find.value.toLowerCase().split(/\s+/).filter(Boolean);
      let n = 0;
      lines.forEach((tr, i) => {
        const hit = asked.every((word) => words[i].includes(word)) && (!status.value || tr.dataset.status === status.value);
        tr.hidden = !hit; n += hit;
      });
      tell.textContent = n === lines.length ? `${n} deliveries` : `${n} of ${lines.length} deliveries`;
    };
    find.addEventListener("input", filter);
    status.addEventListener("change", filter);
    all("th button", who).forEach((b, i) => b.addEventListener("click", () => {
      const th = b.parentNode, up = th.getAttribute("aria-sort") !== "ascending";
      all("th", who).forEach((o) => o.removeAttribute("aria-sort"));
      th.setAttribute("aria-sort", up ? "ascending" : "descending");
      const value = (tr) => { const c = tr.cells[i]; return c.dataset.sort === undefined ? c.textContent : Number(c.dataset.sort); };
      const order = [...lines].sort((a, b2) => { const x = value(a), y = value(b2); return typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y), "en", { numeric: true }); });
      body.append(...(up ? order : order.reverse()));
    }));
  }
  addEventListener("resize", () => { screen(); rows(); });
  fit(home);
  rows();
})();
