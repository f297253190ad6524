// Finds the Leaflet map behind an ipyleaflet widget, which may be drawn later than what stands on it.
async function leafletOf(model) {
  const mapModel = await model.widget_manager.get_model(model.get("map_id"));
  for (let i = 0; i < 600; i++) { // the map's view may come later
    for (const view of Object.values(mapModel.views || {})) {
      const widget = await view;
      if (widget?.obj?.getPanes && widget.obj._loaded) return widget.obj;
    }
    await new Promise((ok) => setTimeout(ok, 50));
  }
  throw new Error("The map did not appear.");
}
