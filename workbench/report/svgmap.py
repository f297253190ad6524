"""The map of a briefing as one SVG: ground, roads, threats, routes and places, drawn from the plan alone."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import shapely

from workbench.plan import Plan
from workbench.problem import Problem
from workbench.report import canvas, geometry, pins
from workbench.report.backdrop import Backdrop
from workbench.report.canvas import UNITS, Projection
from workbench.report.facts import Arrival
from workbench.report.geometry import Extent, Leg, LonLat
from workbench.report.markup import Html, el, join

BROAD_M = 8
"""Watercourses narrower than this are drawn finely, and not at all from afar."""


def draw(problem: Problem, plan: Plan, ground: Backdrop, rows: Sequence[Arrival]) -> Html:
    """Return the map. ``data-home`` is the view that shows the plan; the whole ground may reach further."""
    ways = [geometry.legs(problem, route) for route in plan.routes]
    home = (geometry.plan_extent(problem, ways) or Extent(-0.1, -0.1, 0.1, 0.1)).grown(0.04)
    roads = geometry.extent(p for lines in ground.roads.values() for line in lines for p in line)
    whole = home.joined(roads, Extent(*ground.relief_bounds) if ground.relief_bounds else None)
    proj = Projection.of(whole)
    width, height = proj.xy(whole.east, whole.south)
    (x0, y0), (x1, y1) = proj.xy(home.west, home.north), proj.xy(home.east, home.south)
    return el(
        "svg",
        el("defs", _patterns(), pins.sprites(problem, ground), _route_paths(ways, proj)),
        el("rect", class_="land", x=-UNITS, y=-UNITS, width=width + 2 * UNITS, height=height + 2 * UNITS),
        _relief(ground, proj),
        _cover(ground, proj),
        _water(ground, proj),
        _roads(ground, proj),
        _areas(ground, proj),
        _closures(ground, proj),
        _routes(plan),
        _bridges(ground, proj, ways),
        _signs(ground, proj),
        _towns(ground, proj),
        el("g", *pins.pins(problem, ground, rows, proj), class_="pins"),
        el("g", *pins.numbers(problem, plan, proj), class_="numbers"),
        id="map", role="group", aria_label="Map of routes and places", xmlns="http://www.w3.org/2000/svg",
        viewBox=f"{x0} {y0} {x1 - x0} {y1 - y0}", data_home=f"{x0} {y0} {x1 - x0} {y1 - y0}",
        data_metres=f"{proj.metres:.4f}", preserveAspectRatio="xMidYMid meet",
    )  # fmt: skip


def _patterns() -> Html:
    """Return the hatchings; they tell things apart without colour."""
    line = el("path", d="M0 8L8 0M-2 2L2-2M6 10L10 6")
    return join(
        el("pattern", line, id="hatch", width=8, height=8, patternUnits="userSpaceOnUse"),
        el("pattern", el("path", d="M0 60L60 0M-15 15L15-15M45 75L75 45"), id="danger", width=60, height=60,
           patternUnits="userSpaceOnUse"),
    )  # fmt: skip


def _relief(ground: Backdrop, proj: Projection) -> Html | None:
    if ground.relief is None or ground.relief_bounds is None:
        return None
    west, south, east, north = ground.relief_bounds
    (x0, y0), (x1, y1) = proj.xy(west, north), proj.xy(east, south)
    image = base64.b64encode(ground.relief).decode("ascii")
    return el("image", class_="relief", href=f"data:image/webp;base64,{image}", x=x0, y=y0, width=x1 - x0,
              height=y1 - y0, preserveAspectRatio="none")  # fmt: skip


def _shapes(collection: Mapping[str, Any]) -> Iterable[tuple[Mapping[str, Any], list[Sequence[LonLat]], bool]]:
    """Yield properties, lines and whether they enclose an area, for every line or polygon of a collection."""
    for feature in collection.get("features", []):
        shape = feature.get("geometry") or {}
        kind, places = str(shape.get("type", "")), shape.get("coordinates") or []
        rings = {"LineString": [places], "Polygon": places, "MultiLineString": places}.get(kind)
        if kind == "MultiPolygon":
            rings = [ring for polygon in places for ring in polygon]
        if rings:
            yield feature.get("properties") or {}, [[(p[0], p[1]) for p in ring] for ring in rings], "Polygon" in kind


def _cover(ground: Backdrop, proj: Projection) -> Html | None:
    kinds: dict[str, str] = {}
    for properties, rings, _ in _shapes(ground.landcover):
        kind = re.sub(r"[^a-z]", "", str(properties.get("kind", properties.get("landcover", ""))).lower())
        kinds[kind] = kinds.get(kind, "") + proj.path(rings, closed=True)
    return el("g", *(el("path", d=d, class_=f"cover {kind}") for kind, d in sorted(kinds.items())))


def _water(ground: Backdrop, proj: Projection) -> Html:
    drawn = []
    for properties, lines, area in _shapes(ground.water):
        d = proj.path(lines, closed=area)
        if area:
            drawn.append(el("path", d=d, class_="lake"))
        else:
            width = float(properties.get("width_m") or 0) / proj.metres
            drawn.append(el("path", d=d, class_="river", stroke_width=f"{max(width, 1):.1f}"))
            drawn.append(el("path", d=d, class_="stream" if width * proj.metres >= BROAD_M else "stream small"))
    return el("g", *drawn, class_="water")


def _roads(ground: Backdrop, proj: Projection) -> Html:
    """Return one path per group of roads, the least important first."""
    groups = [(group, proj.path(lines)) for group, lines in reversed(list(ground.roads.items()))]
    return el("g", *(el("path", d=d, class_=f"road {group}") for group, d in groups if d), class_="roads")


def _areas(ground: Backdrop, proj: Projection) -> Html:
    """Return how far threats in force reach, where they are, and what nothing flies over."""
    drawn = []
    for hazard in (hazard for hazard in ground.hazards if hazard.times.ever):
        for kind, shape in (("reach", hazard.reach), ("threat", hazard.shape), ("no-fly", hazard.keep_out)):
            drawn += [
                el("path", el("title", hazard.text), d=d, class_=kind if area else f"{kind} line")
                for d, area in (_outlines(shape, proj) if shape is not None else ())
            ]
    return el("g", *drawn, class_="threats")


def _signs(ground: Backdrop, proj: Projection) -> Html:
    """Return the signs of threats with names and hours; what is not in force is drawn small and without its name."""
    drawn = []
    for hazard in ground.hazards:
        at, ever, flying = proj.xy(*hazard.at), hazard.times.ever, hazard.shape is None
        said = {"class_": f"threat-sign{'' if ever else ' past'}", "role": "img", "aria_label": hazard.text}
        drawn.append(canvas.placed(at, el("title", hazard.text), *(_NO_FLYING if flying else _DANGER), **said))
        if ever:
            drawn.append(canvas.label(at, hazard.label, f"threat-name{' flying' if flying else ''}", rank=20))
    return el("g", *drawn, class_="threats")


def _outlines(shape: shapely.Geometry, proj: Projection) -> Iterable[tuple[str, bool]]:
    """Yield the outline of each part of a shape and whether it encloses an area; nothing for points."""
    for _, rings, area in _shapes({"features": [{"geometry": shapely.geometry.mapping(shape)}]}):
        yield proj.path(rings, closed=area), area


_DANGER = (el("path", d="M0-8L7.5 6H-7.5Z", class_="sign"), el("text", "!", y=4.5, class_="mark"))
_PLANE = "M0-6L1-1 7 2V3.4L1 1.8.7 4.6 2.4 6V6.8L0 6.2-2.4 6.8V6L-.7 4.6-1 1.8-7 3.4V2L-1-1Z"
_NO_FLYING = (el("circle", r=8, class_="sign flying"), el("path", d=_PLANE, class_="mark flying"))


def _closures(ground: Backdrop, proj: Projection) -> Html:
    drawn = []
    for mark in ground.closed:
        lon, lat = canvas.middle(mark.line)
        text = f"Closed: {mark.name}" + (f" ({mark.text})" if mark.text else "")
        cross = el("path", d="M-6-6L6 6M-6 6L6-6")
        drawn.append(el("path", d=proj.path([mark.line]), class_="closed-road"))
        said = {"class_": "closure", "role": "img", "aria_label": text}
        drawn.append(canvas.placed(proj.xy(lon, lat), el("title", text), el("circle", r=8), cross, **said))
    return el("g", *drawn, class_="closures")


def _bridges(ground: Backdrop, proj: Projection, ways: Sequence[Sequence[Leg]]) -> Html:
    """Return the bridges, those that routes cross first: the page's script leaves out what has no room."""
    crossed = {edge for way in ways for leg in way for edge in leg.edges}
    drawn = []
    for mark in sorted(ground.bridges, key=lambda mark: mark.edge_id not in crossed):
        lon, lat = canvas.middle(mark.line)
        sign = el("path", d="M-6-3.5q2 2 3 2h6q1 0 3-2M-6 3.5q2-2 3-2h6q1 0 3 2")
        name, on_way = el("title", f"Bridge {mark.name}, {mark.text}"), mark.edge_id in crossed
        drawn.append(canvas.placed(proj.xy(lon, lat), name, sign, class_="bridge crossed" if on_way else "bridge"))
    return el("g", *drawn, class_="bridges")


def _towns(ground: Backdrop, proj: Projection) -> Html:
    drawn = []
    for feature in ground.places.get("features", []):
        properties, (lon, lat) = feature.get("properties") or {}, feature["geometry"]["coordinates"][:2]
        people = float(properties.get("population") or 0)
        name = str(properties.get("name") or "")
        if name:
            size = "town" if people >= 5000 else "village"
            drawn.append(canvas.label(proj.xy(lon, lat), name, size, rank=30 if size == "town" else 60, centred=True))
    return el("g", *drawn, class_="towns")


def _route_paths(ways: Sequence[Sequence[Leg]], proj: Projection) -> Html:
    """Return the line of every route once, to be drawn as casing, line and target of the pointer."""
    line = {"fill": "none", "vector_effect": "non-scaling-stroke", "class_": "way"}
    shapes = [proj.path(leg.line for leg in way if leg.line) or "M0 0" for way in ways]
    return join(*(el("path", id=f"rp{n}", d=d, **line) for n, d in enumerate(shapes)))


def _routes(plan: Plan) -> Html:
    drawn = []
    for n, route in enumerate(plan.routes):
        shape = f"#rp{n}"
        text = f"{route.route_id}, {route.vehicle_type} {route.owner}"
        pattern = geometry.dash(n)
        drawn.append(
            el(
                "g",
                el("title", text),
                el("use", href=shape, class_="casing"),
                el("use", href=shape, class_="line", stroke_dasharray=pattern or None),
                el("use", href=shape, class_="hit"),
                class_=f"route c{n % len(geometry.PALETTE)}",
                data_route=n,
            )
        )
    return el("g", *drawn, class_="routes")
