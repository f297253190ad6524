// Lines drawn for white paper, lighter for a dark page.
function lighter(colour) {
  if (!/^#[0-9a-f]{6}$/i.test(colour)) return colour;
  return "#" + [1, 3, 5].map((i) => Math.round(parseInt(colour.slice(i, i + 2), 16) * 0.55 + 255 * 0.45).toString(16).padStart(2, "0")).join("");
}
function onDark(trace) {
  const out = { ...trace };
  for (const part of ["line", "marker"]) if (typeof out[part]?.color === "string") out[part] = { ...out[part], color: lighter(out[part].color) };
  return out;
}
export default {
  async render({ model, el }) {
    const div = document.createElement("div");
    div.style.width = "100%";
    el.append(div);
    const Plotly = await loadAsset(model, "plotly.min.js", "Plotly");
    const dark = () => document.body.dataset.jpThemeLight === "false";
    const draw = () => {
      const figure = JSON.parse(model.get("figure_json"));
      const layout = { ...figure.layout };
      if (dark()) {
        layout.font = { ...layout.font, color: "#e4e7ea" };
        for (const axis of ["xaxis", "yaxis"]) layout[axis] = { ...layout[axis], gridcolor: "#3a4048", zerolinecolor: "#59616b", linecolor: "#59616b" };
      }
      layout.paper_bgcolor = layout.plot_bgcolor = "rgba(0,0,0,0)";
      const data = dark() ? (figure.data || []).map(onDark) : figure.data || [];
      return Plotly.react(div, data, { ...layout, height: layout.height || model.get("height"), autosize: true, uirevision: layout.uirevision ?? "keep" },
        { responsive: true, displaylogo: false, showSendToCloud: false, plotlyServerURL: "", displayModeBar: false });
    };
    await draw();
    model.on("change:figure_json change:height", draw);
    div.on("plotly_click", (e) => {
      const p = e.points[0];
      model.set("click", { n: ++__seq + Math.random(), x: p.x, y: p.y, curve: p.curveNumber, index: p.pointNumber });
      model.save_changes();
    });
    const observer = new ResizeObserver(() => { if (div.offsetParent) Plotly.Plots.resize(div); });
    observer.observe(el);
    return () => { observer.disconnect(); model.off("change:figure_json change:height", draw); Plotly.purge(div); };
  },
};
