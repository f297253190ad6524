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
  const placed = all("[data-x]", map).map((el) => ({ el, x: +el.dataset.x, y: +el.dataset.y }));
  let view = { x: 0, y: 0, unit: 1 };                       // top left corner and map units per pixel
  const size = () => { const r = map.getBoundingClientRect(); return { w: r.width || 800, h: r.height || 500 }; };

  const boxes = (list, box) => list.some((b) => box[0] < b[2] && box[2] > b[0] && box[1] < b[3] && box[3] > b[1]);
  const wide = new Map();
  const width = (text) => {
    if (!wide.has(text)) { text.classList.remove("hid"); wide.set(text, text.getComputedTextLength() || text.textContent.length * 6.5); }
    return wide.get(text);
  };
  const names = () => {                                      // give names room, the important ones first
    const { w, h } = size(), taken = [[0, 0, 48, 120], [0, h - 62, 150, h]], todo = [];
    for (const p of placed) {
      const px = (p.x - view.x) / view.unit, py = (p.y - view.y) / view.unit;
      if (px < -20 || py < -20 || px > w + 20 || py > h + 20) continue;
      if (p.el.classList.contains("pin")) taken.push([px - 16, py - 13, px + 16, py + 11]);
      if (p.el.classList.contains("closure")) taken.push([px - 8, py - 8, px + 8, py + 8]);
      const text = one("text.pin-name", p.el) || (p.el.classList.contains("label") && one("text", p.el));
      if (text) todo.push({ p, px, py, text, rank: +p.el.dataset.rank + (p.el.classList.contains("on") ? -100 : 0) });
    }
    todo.sort((a, b) => a.rank - b.rank);
    for (const { p, px, py, text } of todo) {
      const long = width(text), pin = p.el.classList.contains("pin");
      const spots = pin
        ? [[19, 4, "start"], [-19, 4, "end"], [0, 24, "middle"], [0, -20, "middle"]]
        : [[0, 4, "middle"], [0, -8, "middle"], [0, 16, "middle"]];
      const spot = spots.find(([dx, dy, anchor]) => {
        const left = px + dx - (anchor === "start" ? 0 : anchor === "end" ? long : long / 2);
        const box = [left - 2, py + dy - 11, left + long + 2, py + dy + 4];
        if (box[0] < 2 || box[2] > w - 2 || boxes(taken, box)) return false;
        taken.push(box);
        return true;
      });
      text.classList.toggle("hid", !spot);
      if (spot) { text.setAttribute("x", spot[0]); text.setAttribute("y", spot[1]); text.setAttribute("text-anchor", spot[2]); }
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
  const details = one("#details"), list = one("#routes-list"), tell = one("#found");
  let chosen = "";
  const stopsOf = (route) => new Set(all(`[data-detail="route-${route}"] [data-at]`).map((el) => el.dataset.at));
  const mark = (what) => {
    const [kind, n] = what.split("-"), route = kind === "route" ? n : null;
    const routesHere = kind === "place" ? new Set((one(`[data-detail="${what}"]`)?.dataset.routes || "").split(" ")) : null;
    const at = route === null ? new Set(kind === "place" ? [n] : []) : stopsOf(route);
    map.classList.toggle("picking", Boolean(what));
    const on = (el) => el.dataset.route !== undefined && (el.dataset.route === route || Boolean(routesHere?.has(el.dataset.route)));
    all(".route", map).forEach((el) => { el.classList.toggle("on", on(el)); });
    const lifted = all(".route.on", map);
    if (lifted.length && what === chosen) lifted.forEach((el) => el.parentNode.append(el));
    all(".stops", map).forEach((el) => el.classList.toggle("on", el.dataset.route === route));
    all(".pin", map).forEach((el) => el.classList.toggle("on", at.has(el.dataset.place)));
    all(".t-route").forEach((el) => el.classList.toggle("on", on(one(".t-row", el))));
    all(".side li button, #who tbody tr").forEach((el) => el.classList.toggle("on", on(el)));
    later();
  };
  const choose = (what) => {
    chosen = chosen === what ? "" : what;
    mark(chosen);
    details.hidden = !chosen; list.hidden = Boolean(chosen);
    all("article", details).forEach((el) => { el.hidden = el.dataset.detail !== chosen; });
    all(".t-row").forEach((row) => {
      const open = chosen === `route-${row.dataset.route}`;
      row.setAttribute("aria-expanded", String(open));
      row.parentNode.lastElementChild.hidden = !open;
    });
    rows();
  };
  const rows = () => {                                       // the hour lines run through all bars
    const t = one("#timeline");
    if (t) t.style.setProperty("--rows", `${t.clientHeight - 26}px`);
  };
  const nameOf = (el) => el.dataset.route !== undefined ? `route-${el.dataset.route}` : `place-${el.dataset.place}`;
  const pickable = ".route, .pin, .side li button, .t-row, #who tbody tr[data-route]";
  document.addEventListener("click", (e) => {
    if (performance.now() - dragged < 80) return;
    const el = e.target.closest?.(pickable);
    if (el) choose(nameOf(el)); else if (e.target.closest?.("#map") && chosen) choose(chosen);
  });
  document.addEventListener("mouseover", (e) => {
    const el = e.target.closest?.(".route, .side li button, .t-row");
    if (!chosen) mark(el ? nameOf(el) : "");
  });
  document.addEventListener("keydown", (e) => {
    if (e.key === "Escape" && chosen) { choose(chosen); return; }
    const el = e.target.closest?.('[role="button"]');
    if (el && (e.key === "Enter" || e.key === " ")) { e.preventDefault(); choose(nameOf(el)); }
    if (e.target !== map && !map.contains(e.target)) return;
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
  addEventListener("resize", rows);
  fit(home);
  rows();
})();
