// Engine, budget, seed; Solve and Cancel; how far it is.
function render({ model, el }) {
  let began = 0, ticking = 0; // between two reports of the solver the clock goes on here
  const draw = (body) => {
    const running = model.get("state") === "running";
    const focus = body.contains(document.activeElement) ? document.activeElement.getAttribute("name") : null;
    const engine = h("select", { name: "engine", "aria-label": "Engine", disabled: running }, model.get("engines").map((e) => h("option", { value: e, selected: e === model.get("engine"), text: e })));
    const amount = h("input", { name: "amount", type: "number", min: "1", "aria-label": "Budget", value: model.get("amount"), disabled: running, style: "width:86px" });
    const budget = h("select", { name: "budget", "aria-label": "Budget counts", disabled: running }, ["seconds", "iterations"].map((b) => h("option", { value: b, selected: b === model.get("budget"), text: b })));
    const seed = h("input", { name: "seed", type: "number", min: "0", "aria-label": "Seed", value: model.get("seed"), disabled: running, style: "width:70px" });
    const name = h("input", { name: "plan", type: "text", placeholder: "name", "aria-label": "Name of the plan", style: "width:130px" });
    const go = () => wish(model, "solve", { engine: engine.value, amount: Number(amount.value), budget: budget.value, seed: Number(seed.value) });
    fill(body,
      h("div", { class: "form" },
        h("label", {}, h("span", { class: "muted", text: "Engine" }), engine), h("label", {}, h("span", { class: "muted", text: "Budget" }), h("span", {}, amount, " ", budget)),
        h("label", {}, h("span", { class: "muted", text: "Seed" }), seed),
        h("button", { name: "solve", class: "primary", disabled: running, onclick: go, text: "Solve" }), h("button", { name: "cancel", disabled: !running, onclick: () => wish(model, "cancel", null), text: "Cancel" }),
        model.get("keepable") && !running ? h("span", { class: "keep" }, name, " ", h("button", { name: "keep", onclick: () => wish(model, "keep", name.value), text: "Keep this plan" })) : null),
      h("div", { class: "wb-progress" }));
    progress();
    if (focus) body.querySelector(`[name=${focus}]:not(:disabled)`)?.focus();
  };
  const progress = () => {
    const state = model.get("state"), fraction = model.get("fraction"), box = el.querySelector(".wb-progress");
    if (!box) return;
    if (state !== "running") { clearInterval(ticking); began = ticking = 0; }
    if (state === "idle") return fill(box);
    if (state === "running" && !ticking) { began = performance.now(); ticking = setInterval(progress, 1000); }
    const seconds = ticking ? (performance.now() - began) / 1000 : 0, spent = model.get("budget") === "seconds" ? Math.min(0.98, seconds / model.get("amount")) : 0;
    const percent = Math.round(Math.max(fraction, spent) * 100), facts = model.get("facts").map(([key, value]) => [key, ticking && key === "elapsed" ? `${Math.round(seconds)} s` : value]);
    fill(box, h("div", { class: `track ${state}`, role: "progressbar", "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": String(percent), "aria-label": "Solving" }, h("div", { class: "fillbar", style: `width:${percent}%` })),
      h("div", { class: "facts", "data-state": state }, h("b", { text: model.get("text") }), facts.map(([key, value]) => h("span", {}, h("span", { class: "muted", text: `${key} ` }), h("span", { class: "value", text: value })))));
  };
  const clean = shell(model, el, ["state", "engines", "keepable", "engine", "budget", "amount", "seed"], draw, "wb-job");
  model.on("change:fraction change:facts change:text", progress);
  return () => { clearInterval(ticking); model.off("change:fraction change:facts change:text", progress); clean(); };
}
export default { render };
