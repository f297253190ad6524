"""The map: ground, roads, units and supply points, and the routes of the plan."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import ipyleaflet as L
import ipywidgets as ipw
import traitlets as t

import workbench as wb
from widgets import _marks, _rows, tiles
from widgets._assets import script, style
from widgets._base import WorkbenchWidget
from widgets.ground_layer import GroundLayer
from widgets.session import Session
from workbench.formats.tiles import TilesError
from workbench.report import geometry

LonLat = tuple[float, float]
_EMPTY: dict[str, Any] = {"type": "FeatureCollection", "features": []}


class Marks(WorkbenchWidget):
    """What stands on an ipyleaflet map: symbols with labels, stops of the chosen route, legend, details card.

    Display it beside its map; it takes no room. ``fit`` (west, south, east, north) is what to show, ``notes`` what
    stands at places by their id, ``only`` the places that are shown (empty: all).
    """

    _esm = script("leaflet.js", "marks.js")
    _css = style("marks.css")
    map_id = t.Unicode("").tag(sync=True)
    marks = t.Tuple().tag(sync=True)
    images = t.Dict().tag(sync=True)
    stops = t.Tuple().tag(sync=True)
    notes = t.Dict().tag(sync=True)
    only = t.Tuple().tag(sync=True)
    selected = t.Unicode("").tag(sync=True)
    route = t.Unicode("").tag(sync=True)
    details = t.Dict().tag(sync=True)
    legend = t.Tuple().tag(sync=True)
    fit = t.Tuple().tag(sync=True)

    def __init__(self, owner: PlanMap, **options: Any) -> None:
        super().__init__(**options)
        self._owner = owner

    def on_mark(self, node: str) -> None:
        """Select the place of a symbol."""
        self._owner.session.select(node=node)

    def on_stop(self, seq: int) -> None:
        """Select a stop of the chosen route."""
        self._owner.session.select(route_id=self._owner.session.selection.route_id, seq=seq)

    def on_close(self, _value: Any) -> None:
        """Select nothing."""
        self._owner.session.select()


class PlanMap(ipw.VBox):
    """The plan of a session on an offline map. Click a route, a stop or a place for its details.

    Nothing is fetched: the ground is drawn from the scenario's own tables and basemap folder.
    """

    def __init__(self, session: Session, height: str = "560px") -> None:
        self.session = session
        self._drawn_ground: Any = None
        self._drawn_path: Any = None
        self._tiles: Any = None
        self._said: tuple[str, ...] = ()
        self._layers = {
            name: L.GeoJSON(data=dict(_EMPTY))
            for name in (
                "threats",
                "closures",
                "routes",
                "legs",
                "chosen",
                "hits",
            )
        }
        self._relief = L.ImageOverlay(url=_BLANK, bounds=((0, 0), (0.001, 0.001)), opacity=0.0)
        self._layers["hits"].on_click(self._clicked)
        self.map = L.Map(
            layers=[self._relief, *self._layers.values()],
            center=(0, 0),
            zoom=10,
            min_zoom=6,
            max_zoom=17,
            zoom_snap=0.25,
            scroll_wheel_zoom=True,
            attribution_control=False,
            layout=ipw.Layout(height=height, width="100%"),
        )
        self.map.add(L.ScaleControl(position="bottomleft", imperial=False))
        self.marks = Marks(self, map_id=self.map.model_id)
        self.ground = GroundLayer(map_id=self.map.model_id)
        super().__init__([self.map, self.ground, self.marks])
        session.observe(lambda _: self.refresh(), "revision")
        session.observe(lambda _: self._select(), "selection")
        self.refresh()

    def __repr__(self) -> str:
        return f"PlanMap({self.session!r})"

    def refresh(self) -> None:
        """Draw the session's ground and plan as they now are."""
        session = self.session
        if session.scenario is None or session.problem is None:
            for layer in self._layers.values():
                layer.data = dict(_EMPTY)
            self.ground.show(None)
            self.marks.marks, self.marks.details = (
                (),
                {"title": "Nothing to show", "rows": [{"key": "", "text": session.message}]},
            )
            return
        self._draw_ground()
        self._draw_plan()
        self._draw_marks()
        self._select()

    def _draw_ground(self) -> None:
        session = self.session
        ground = session.ground
        if ground is self._drawn_ground:
            return
        first = self._drawn_path != session.scenario.path
        self._drawn_ground, self._drawn_path = ground, session.scenario.path
        said = self._draw_tiles() if first else self._said
        image = wb.layers.relief(ground)
        if image is not None:
            west, south, east, north = image[1]
            self._relief.bounds = ((south, west), (north, east))
            self._relief.url = "data:image/webp;base64," + base64.b64encode(image[0]).decode()
        self._relief.opacity = 0.85 if image is not None else 0.0
        layers = self._layers
        self.ground.show(ground, _credits(session.scenario.settings.get("attribution", ""), *said))
        layers["threats"].data = _classed(wb.layers.threats(ground), lambda p: f"wb-{p['part'].replace('_', '')}")
        layers["closures"].data = _classed(wb.layers.closures(ground), lambda p: "wb-closed", fill=False)
        if first:
            roads = (point for lines in ground.roads.values() for line in lines for point in line)
            extent = geometry.extent([(p.lon, p.lat) for p in session.problem.places] or roads)
            self.marks.fit = tuple(extent.grown(0.03)) if extent else ()

    def _draw_tiles(self) -> tuple[str, ...]:
        """Lay the tiles that the scenario names under everything; return what the map says of them."""
        scenario, before = self.session.scenario, self._tiles
        try:
            found = tiles.source(scenario.path, scenario.settings.get("map", {}).get("tiles", ""))
            self._said = () if found is None else (found.credit,)
        except TilesError as error:
            found, self._said = None, (str(error),)
        if before is not None:
            self.map.remove(before)
        self._tiles = None
        vector = found is not None and found.vector
        self.ground.tiles = {k: getattr(found, k) for k in ("url", "min_zoom", "max_zoom")} if vector else {}
        if found is not None and not vector:
            zooms = {"min_native_zoom": found.min_zoom, "max_native_zoom": found.max_zoom, "max_zoom": 18}
            self._tiles = L.TileLayer(url=found.url, attribution="", **zooms)
            self.map.add(self._tiles)
        return self._said

    def _draw_plan(self) -> None:
        session, layers = self.session, self._layers
        drawn = wb.layers.routes(session.problem, session.judged) if session.plan is not None else dict(_EMPTY)
        self._drawn = drawn
        order = {f["properties"]["route_id"]: n for n, f in enumerate(drawn["features"])}
        on_top = sorted(drawn["features"], key=lambda f: bool(f["properties"]["broken"]))  # what is wrong is seen
        layers["routes"].data = _classed(
            {**drawn, "features": on_top},
            lambda p: f"wb-route wb-r{order[p['route_id']] % len(geometry.PALETTE)}{' broken' if p['broken'] else ''}",
            fill=False,
        )
        layers["hits"].data = _classed(drawn, lambda p: "wb-hit", fill=False)

    def _draw_marks(self) -> None:
        found, images, legend = _marks.marks(self.session, self.session.ground)
        with self.marks.hold_sync():
            self.marks.images, self.marks.marks, self.marks.legend = images, found, legend

    def _select(self) -> None:
        session, chosen = self.session, self.session.selection
        route = (
            next((r for r in session.plan.routes if r.route_id == chosen.route_id), None)
            if session.plan is not None
            else None
        )
        with self.marks.hold_sync():
            self.marks.route = chosen.route_id
            self.marks.selected = chosen.node
            self.marks.stops = self._stops(chosen.route_id) if route is not None else ()
            if route is not None:
                self.marks.details = _rows.route_card(session, route, chosen.seq)
            elif chosen.node and session.plan is not None:
                self.marks.details = _rows.place_card(session, chosen.node)
            else:
                self.marks.details = {}
        features = (
            [f for f in self._drawn["features"] if f["properties"]["route_id"] == chosen.route_id]
            if route is not None
            else []
        )
        order = next(
            (n for n, f in enumerate(self._drawn["features"]) if f["properties"]["route_id"] == chosen.route_id), 0
        )
        line = [
            {**f, "properties": {"style": {"className": cls, "fill": False}}}
            for f in features
            for cls in ("wb-casing", f"wb-chosen-line wb-r{order % len(geometry.PALETTE)}")
        ]
        self._layers["chosen"].data = {"type": "FeatureCollection", "features": line}

    def point_out(self, notes: Mapping[str, Mapping[str, str]], lines: Sequence[Any]) -> None:
        """Lay stress on places, by node id each with a ``text`` and its ``level``, and on lines of lon, lat points."""
        self.marks.notes = dict(notes)
        shown = {"style": {"className": "wb-leg-hit", "fill": False}}
        body = {"type": "MultiLineString", "coordinates": list(lines)}
        features = [{"type": "Feature", "properties": shown, "geometry": body}] if lines else []
        self._layers["legs"].data = {"type": "FeatureCollection", "features": features}

    def _stops(self, route_id: str) -> tuple[dict[str, Any], ...]:
        """Return the numbered stops of a route, several visits to one place as one mark."""
        row = next(r for r in _rows.routes(self.session) if r["route_id"] == route_id)
        at = {p.node_id: (p.lon, p.lat) for p in self.session.problem.places}
        places: dict[str, dict[str, Any]] = {}
        for stop in row["stops"]:
            if stop["kind"] == "end" or stop["node"] not in at:
                continue
            mark = places.setdefault(
                stop["node"],
                {
                    "seq": stop["seq"],
                    "text": "",
                    "title": "",
                    "status": "",
                    "lon": at[stop["node"]][0],
                    "lat": at[stop["node"]][1],
                },
            )
            mark["text"] += (", " if mark["text"] else "") + str(stop["seq"])
            mark["title"] += ("\n" if mark["title"] else "") + stop["text"]
            mark["status"] = "bad" if "bad" in (mark["status"], stop["status"]) else stop["status"] or mark["status"]
        return tuple(places.values())

    def _clicked(self, **event: Any) -> None:
        route_id = (event.get("properties") or event.get("feature", {}).get("properties", {})).get("route_id", "")
        self.session.select(route_id=route_id)


def _credits(*said: str) -> str:
    """Return whom the map must name, each once."""
    once = dict.fromkeys(filter(None, said))
    return " · ".join(one for one in once if not any(one in other for other in once if other != one))


_BLANK = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


def _classed(collection: Mapping[str, Any], name: Any, fill: bool = True) -> dict[str, Any]:
    """Return the collection with a CSS class on each feature, so that light and dark are the style sheet's matter."""
    features = []
    for f in collection["features"]:
        if f["geometry"]["type"] == "Point":
            continue  # points are marks
        area = fill and "Polygon" in f["geometry"]["type"]
        shown = {"className": name(f["properties"]), "fill": area, "fillOpacity": 1}
        if f["properties"].get("dash"):
            shown["dashArray"] = f["properties"]["dash"]
        features.append({**f, "properties": {**f["properties"], "style": shown}})
    return {"type": "FeatureCollection", "features": features}
