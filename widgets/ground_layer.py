"""The ground under a map: one canvas that draws land cover, water and roads at every zoom."""

from __future__ import annotations

from typing import Any

import traitlets as t

import workbench as wb
from widgets._assets import script, style
from widgets._base import WorkbenchWidget


class GroundLayer(WorkbenchWidget):
    """Land cover, water and roads on an ipyleaflet map, packed as `workbench.layers.sheet` does.

    Display it beside its map; it takes no room. ``credit`` is what the map must say of its sources. ``tiles`` (url,
    min_zoom, max_zoom) are vector tiles, which stand for the ground wherever there are any; empty for none.
    """

    _esm = script("leaflet.js", "roads.js", "vector.js", "ground.js")
    _css = style("ground.css")
    map_id = t.Unicode("").tag(sync=True)
    layers = t.Tuple().tag(sync=True)
    names = t.Tuple().tag(sync=True)
    parts: Any = t.List().tag(sync=True)
    credit = t.Unicode("").tag(sync=True)
    tiles = t.Dict().tag(sync=True)

    def show(self, ground: Any, credit: str = "") -> None:
        """Draw a ground (`workbench.layers.ground`); None: nothing."""
        sheet = wb.layers.sheet(ground) if ground is not None else wb.layers.Sheet((), ())
        with self.hold_sync():
            self.layers = tuple({"name": layer["name"], "area": layer["area"]} for layer in sheet.layers)
            self.names = sheet.names
            self.parts = [layer["bytes"] for layer in sheet.layers]
            self.credit = credit
