"""Plans and their ground as GeoJSON, for maps that people move about in. Positions are lon, lat."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely

from workbench.kept import kept
from workbench.plan import Plan, Route
from workbench.problem import Problem
from workbench.report import facts, geometry, packing, symbols
from workbench.report.backdrop import Backdrop, backdrop
from workbench.report.geometry import LonLat
from workbench.report.hazards import Hazard
from workbench.report.roads import Mark, Roads
from workbench.scenario import Scenario
from workbench.units import dtg, moment_at, parse_instant

Collection = dict[str, Any]
"""A GeoJSON FeatureCollection."""
THIN_M = 15.0
"""Corners that move a road less than this are left out."""

FINE_M = 3.0
"""The same for the ground on a sheet, which is drawn at every zoom."""

__all__ = [
    "Sheet", "bridges", "closures", "ground", "landcover", "leg_lines", "nodes", "places", "relief", "roads", "routes",
    "sheet", "stops", "symbol", "threats", "water",
]  # fmt: skip

symbol = symbols.symbol
ground = backdrop


def routes(problem: Problem, plan: Plan, dark: bool = False) -> Collection:
    """Return a MultiLineString per route, with what a map says of it and its simplestyle colour.

    ``status`` is the worst of its deliveries; ``broken`` lists the texts of its violations.
    """
    fate = {row.delivery.delivery_id: row for row in facts.arrivals(problem, plan)}
    as_of = parse_instant(plan.as_of)
    features = []
    for n, route in enumerate(plan.routes):
        lines = [
            _line(line)
            for line in geometry.simplified((leg.line for leg in geometry.legs(problem, route)), THIN_M)
            if len(line) > 1
        ]
        served = [
            fate[d].status for s in route.stops if s.kind in ("deliver", "pickup") for d in s.deliveries if d in fate
        ]
        features.append(
            _feature(
                "MultiLineString",
                lines,
                route_id=route.route_id,
                vehicle_type=route.vehicle_type,
                owner=route.owner,
                start=dtg(moment_at(as_of, route.start_s)),
                end=dtg(moment_at(as_of, route.end_s)),
                distance_km=round(route.distance_m / 1000, 1),
                status=facts.worst(served),
                broken=[v.text for v in plan.violations or () if v.route_id == route.route_id],
                stroke=geometry.colour(n, dark),
                dash=geometry.dash(n),
                **{"stroke-width": 3},
            )
        )
    return _collection(features)


def leg_lines(problem: Problem, route: Route) -> list[list[list[float]]]:
    """Return the line of the way to each stop of a route, thinned; empty where it does not move."""
    return [_line(line) for line in geometry.simplified((leg.line for leg in geometry.legs(problem, route)), THIN_M)]


def stops(problem: Problem, plan: Plan) -> Collection:
    """Return a Point per stop, numbered from 1 in each route; stops at nodes the problem lacks are left out."""
    at = {p.node_id: p for p in problem.places}
    as_of = parse_instant(plan.as_of)
    return _collection(
        _feature(
            "Point",
            [at[stop.node].lon, at[stop.node].lat],
            route_id=route.route_id,
            seq=seq,
            kind=stop.kind,
            node_id=stop.node,
            name=at[stop.node].name,
            arrive=dtg(moment_at(as_of, stop.arrive_s)),
            begin=dtg(moment_at(as_of, stop.begin_s)),
            depart=dtg(moment_at(as_of, stop.depart_s)),
            deliveries=list(stop.deliveries),
        )
        for route in plan.routes
        for seq, stop in enumerate(route.stops, 1)
        if stop.node in at
    )


def nodes(problem: Problem, plan: Plan | None = None, scenario: Scenario | None = None) -> Collection:
    """Return a Point per place of the problem with its role, units, symbol code and worst status.

    Without a plan the status is empty. ``sidc`` is a unit's own code, or the one for the role of the place.
    """
    units = scenario.tables["units"] if scenario is not None else None
    rows = facts.arrivals(problem, plan, units) if plan is not None else ()
    here: dict[str, list[facts.Arrival]] = {}
    for row in rows:
        here.setdefault(row.place.node_id, []).append(row)
    codes = symbols.by_node(units)
    return _collection(
        _feature(
            "Point",
            [place.lon, place.lat],
            node_id=place.node_id,
            name=place.name or place.node_id,
            kind=place.kind,
            units=sorted({row.unit for row in here.get(place.node_id, [])}),
            status=facts.worst([row.status for row in here[place.node_id]]) if place.node_id in here else "",
            summary=facts.summary(here.get(place.node_id, [])),
            sidc=symbols.NODE_SYMBOLS.get(place.kind) or codes.get(place.node_id, ""),
        )
        for place in problem.places
    )


def roads(backdrop: Backdrop) -> Collection:
    """Return a MultiLineString per group of road classes, the least important first."""
    return _collection(
        _feature("MultiLineString", [_line(line) for line in geometry.simplified(lines, THIN_M)], group=group)
        for group, lines in reversed(list(backdrop.roads.items()))
        if lines
    )


@dataclass(frozen=True, slots=True)
class Sheet:
    """The ground packed for a browser: ``layers`` from below to the top, each with its ``bytes`` of `packing.packed`.

    A layer has a ``name`` and says whether its parts are areas (``area``). The tag of a road is the place of its name
    among ``names``, that of a bridge its load class for wheels (0: not known), that of a watercourse its width in
    metres, that of an area the number of its shape: an area is drawn with its holes.
    """

    layers: tuple[Mapping[str, Any], ...]
    names: tuple[str, ...]


def sheet(backdrop: Backdrop) -> Sheet:
    """Return land cover, water and roads for a map that draws them itself; layers without anything are left out.

    The same object while all of these stay as they were.
    """
    return _sheet(backdrop.net, backdrop.landcover, backdrop.water)


@kept(4)
def _sheet(net: Roads, landcover: Mapping[str, Any], water: Mapping[str, Any]) -> Sheet:
    names = ("", *dict.fromkeys(name for group in net.names.values() for name in group if name))
    at = {name: n for n, name in enumerate(names)}
    kinds: dict[str, list[shapely.Geometry]] = {"wood": [], "town": [], "water": []}
    rivers: list[tuple[shapely.Geometry, int]] = []
    for feature in landcover.get("features", []):
        kinds[_cover(feature["properties"])].append(shapely.geometry.shape(feature["geometry"]))
    for feature in water.get("features", []):
        shape = shapely.geometry.shape(feature["geometry"])
        if shapely.get_dimensions(shape) == 2:
            kinds["water"].append(shape)
        elif shapely.get_dimensions(shape) == 1:
            rivers.append((shape, round(float(feature["properties"].get("width_m") or 0))))
    layers = [_layer(kind, *_rings(kinds[kind]), area=True) for kind in ("wood", "town")]
    layers.append(_layer("river", *_courses(rivers)))
    layers.append(_layer("water", *_rings(kinds["water"]), area=True))
    layers.append(_layer("bridge", [mark.line for mark in net.bridges], [round(mark.mlc or 0) for mark in net.bridges]))
    for group, lines in reversed(list(net.by_group.items())):
        layers.append(_layer(group, geometry.simplified(lines, FINE_M), [at[name] for name in net.names[group]]))
    return Sheet(tuple(layer for layer in layers if layer["bytes"]), names)


def _layer(name: str, parts: Sequence[Sequence[LonLat]], tags: Sequence[int], area: bool = False) -> dict[str, Any]:
    return {"name": name, "area": area, "bytes": packing.packed(parts, tags)}


def _cover(properties: Mapping[str, Any]) -> str:
    """Return how a piece of land cover is drawn: as wood or as town."""
    kind = str(properties.get("kind") or properties.get("landuse") or "")
    return "town" if kind in ("town", "built_up", "residential", "urban") else "wood"


def _rings(shapes: Sequence[shapely.Geometry]) -> tuple[list[list[LonLat]], list[int]]:
    """Return the rims of areas, those of holes too, and the number of the shape that each belongs to."""
    polygons, owner = shapely.get_parts(shapely.simplify(list(shapes), FINE_M / 111_000), return_index=True)
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    return [_points(ring) for ring in rings], [int(owner[k]) for k in polygon]


def _courses(rivers: Sequence[tuple[shapely.Geometry, int]]) -> tuple[list[list[LonLat]], list[int]]:
    """Return watercourses as lines, each with its width."""
    lines, owner = shapely.get_parts([shape for shape, _ in rivers], return_index=True)
    return [_points(line) for line in shapely.simplify(lines, FINE_M / 111_000)], [rivers[k][1] for k in owner]


def _points(line: shapely.Geometry) -> list[LonLat]:
    return [(float(x), float(y)) for x, y in shapely.get_coordinates(line)]


def closures(backdrop: Backdrop) -> Collection:
    """Return a LineString per closed road with its name and the reason."""
    return _marks(backdrop.closed)


def bridges(backdrop: Backdrop) -> Collection:
    """Return a LineString per bridge with its name and load class."""
    return _marks(backdrop.bridges)


def threats(backdrop: Backdrop) -> Collection:
    """Return threats and what nothing flies over, as far as they hold at some time of the plan.

    ``part`` is what a feature shows of one: ``reach`` (how far it is felt), ``threat`` (the threat itself),
    ``no_fly`` (what aircraft keep out of), ``sign`` (a point for its name and hours; ``flying`` where only aircraft
    have to do with it). ``text`` says all there is to know, ``lines`` the same as headings and texts.
    """
    return _collection(feature for hazard in backdrop.hazards if hazard.times.ever for feature in _parts(hazard))


def _parts(hazard: Hazard) -> Iterable[dict[str, Any]]:
    told = {"threat_id": hazard.threat_id, "name": hazard.name, "text": hazard.text}
    for part, shape in (("reach", hazard.reach), ("threat", hazard.shape), ("no_fly", hazard.keep_out)):
        if shape is not None and shapely.get_dimensions(shape):
            body = shapely.geometry.mapping(shape)
            yield _feature(body["type"], _rounded(body["coordinates"]), part=part, **told)
    lines = [list(line) for line in hazard.lines]
    yield _feature("Point", _rounded(hazard.at), part="sign", **told, label=hazard.label, flying=hazard.shape is None,
                   lines=lines)  # fmt: skip


def water(backdrop: Backdrop) -> Collection:
    """Return rivers and lakes, thinned."""
    return _thinned(backdrop.water)


def landcover(backdrop: Backdrop) -> Collection:
    """Return woods and built-up areas, thinned."""
    return _thinned(backdrop.landcover)


def places(backdrop: Backdrop) -> Collection:
    """Return towns and villages, the largest first."""
    found = backdrop.places.get("features", [])
    return _collection(sorted(found, key=lambda f: -float(f["properties"].get("population") or 0)))


def relief(backdrop: Backdrop) -> tuple[bytes, tuple[float, float, float, float]] | None:
    """Return the relief as a WebP image and its bounds (west, south, east, north), None when there is none."""
    if backdrop.relief is None or backdrop.relief_bounds is None:
        return None
    return backdrop.relief, backdrop.relief_bounds


def _marks(marks: Iterable[Mark]) -> Collection:
    return _collection(_feature("LineString", _line(m.line), name=m.name, text=m.text) for m in marks)


def _thinned(collection: Mapping[str, Any]) -> Collection:
    """Return the collection with the needless corners of its shapes left out."""
    out = []
    for feature in collection.get("features", []):
        shape = shapely.simplify(shapely.geometry.shape(feature["geometry"]), THIN_M / 111_000)
        body = shapely.geometry.mapping(shape)
        out.append({**feature, "geometry": {"type": body["type"], "coordinates": _rounded(body["coordinates"])}})
    return _collection(out)


def _rounded(coordinates: Any) -> Any:
    if isinstance(coordinates, (int, float)):
        return round(float(coordinates), 5)
    return [_rounded(part) for part in coordinates]


def _line(line: Sequence[LonLat]) -> list[list[float]]:
    return [[round(lon, 5), round(lat, 5)] for lon, lat in line]


def _feature(kind: str, coordinates: Any, /, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}


def _collection(features: Iterable[Any]) -> Collection:
    return {"type": "FeatureCollection", "features": list(features)}
