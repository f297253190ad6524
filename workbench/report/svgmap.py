"""The map of a briefing as one SVG: ground, roads, threats, routes and places, drawn from the plan alone."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from workbench.plan import Plan
from workbench.problem import Place, Problem
from workbench.report import facts, geometry, symbols
from workbench.report.backdrop import Backdrop
from workbench.report.facts import Arrival
from workbench.report.geometry import Extent, LonLat
from workbench.report.markup import Attribute, Html, el, join
from workbench.units import dtg, mgrs_from_lonlat, moment_at, parse_instant

UNITS = 4000
"""Map units along the longer side; coordinates are whole units."""
THIN_M = 25.0
"""Corners that move a line less than this are left out."""


@dataclass(frozen=True, slots=True)
class Projection:
    """Longitude and latitude to map units: true at the middle latitude, good for some hundred kilometres."""

    extent: Extent
    scale: float  # units per degree of latitude
    shrink: float  # how much shorter a degree of longitude is

    @classmethod
    def of(cls, extent: Extent) -> Projection:
        """Return the projection that fits the extent into `UNITS`."""
        shrink = math.cos(math.radians((extent.south + extent.north) / 2))
        return cls(extent, UNITS / max((extent.east - extent.west) * shrink, extent.north - extent.south), shrink)

    def xy(self, lon: float, lat: float) -> tuple[int, int]:
        """Return the map position; y grows southward."""
        e = self.extent
        return round((lon - e.west) * self.shrink * self.scale), round((e.north - lat) * self.scale)

    @property
    def metres(self) -> float:
        """Return the metres in one map unit."""
        return 111_320 / self.scale

    def path(self, lines: Iterable[Sequence[LonLat]], closed: bool = False) -> str:
        """Return the lines as the ``d`` of a path, simplified, in relative whole units."""
        return "".join(self._line(line, closed) for line in lines)

    def _line(self, line: Sequence[LonLat], closed: bool) -> str:
        points = [self.xy(lon, lat) for lon, lat in geometry.simplified(line, THIN_M)]
        kept = [p for n, p in enumerate(points) if n == 0 or p != points[n - 1]]
        if len(kept) < 2:
            return ""
        steps = (f"{bx - ax} {by - ay}" for (ax, ay), (bx, by) in pairwise(kept))
        return f"M{kept[0][0]} {kept[0][1]}l{' '.join(steps)}".replace(" -", "-") + ("z" if closed else "")


def draw(problem: Problem, plan: Plan, ground: Backdrop, rows: Sequence[Arrival]) -> Html:
    """Return the map. ``data-home`` is the view that shows the plan; the whole ground may reach further."""
    home = (geometry.plan_extent(problem, plan) or Extent(-0.1, -0.1, 0.1, 0.1)).grown(0.05)
    roads = geometry.extent(p for lines in ground.roads.values() for line in lines for p in line)
    area = [home, *([roads] if roads else []), *([Extent(*ground.relief_bounds)] if ground.relief_bounds else [])]
    whole = Extent(min(e[0] for e in area), min(e[1] for e in area), max(e[2] for e in area), max(e[3] for e in area))
    proj = Projection.of(whole)
    width, height = proj.xy(whole.east, whole.south)
    (x0, y0), (x1, y1) = proj.xy(home.west, home.north), proj.xy(home.east, home.south)
    return el(
        "svg",
        el("defs", _patterns(), _sprites(problem, ground), _route_paths(problem, plan, proj)),
        el("rect", class_="land", x=-UNITS, y=-UNITS, width=width + 2 * UNITS, height=height + 2 * UNITS),
        _relief(ground, proj),
        _cover(ground, proj),
        _water(ground, proj),
        _roads(ground, proj),
        _threats(ground, proj),
        _closures(ground, proj),
        _routes(plan),
        _bridges(ground, proj),
        _towns(ground, proj),
        el("g", *_pins(problem, ground, rows, proj), class_="pins"),
        el("g", *_numbers(problem, plan, proj), class_="numbers"),
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
            drawn.append(el("path", d=d, class_="stream"))
    return el("g", *drawn, class_="water")


def _roads(ground: Backdrop, proj: Projection) -> Html:
    """Return one path per group of roads, the least important first."""
    groups = [(group, proj.path(lines)) for group, lines in reversed(list(ground.roads.items()))]
    return el("g", *(el("path", d=d, class_=f"road {group}") for group, d in groups if d), class_="roads")


def _threats(ground: Backdrop, proj: Projection) -> Html:
    drawn = []
    for properties, rings, _ in _shapes(ground.threats):
        name = str(properties.get("name") or properties.get("kind") or "threat area")
        lon, lat = _middle(rings[0])
        drawn.append(el("path", el("title", f"Threat: {name}"), d=proj.path(rings, closed=True), class_="threat"))
        drawn.append(_label(proj.xy(lon, lat), f"⚠ {name}", "threat-name", rank=20, centred=True))
    return el("g", *drawn, class_="threats")


def _closures(ground: Backdrop, proj: Projection) -> Html:
    drawn = []
    for mark in ground.closed:
        lon, lat = _middle(mark.line)
        text = f"Closed: {mark.name}" + (f" ({mark.text})" if mark.text else "")
        cross = el("path", d="M-6-6L6 6M-6 6L6-6")
        drawn.append(el("path", d=proj.path([mark.line]), class_="closed-road"))
        drawn.append(_placed(proj.xy(lon, lat), el("title", text), el("circle", r=8), cross, class_="closure",
                             aria_label=text))  # fmt: skip
    return el("g", *drawn, class_="closures")


def _bridges(ground: Backdrop, proj: Projection) -> Html:
    drawn = []
    for mark in ground.bridges:
        lon, lat = _middle(mark.line)
        sign = el("path", d="M-6-3.5q2 2 3 2h6q1 0 3-2M-6 3.5q2-2 3-2h6q1 0 3 2")
        drawn.append(_placed(proj.xy(lon, lat), el("title", f"Bridge {mark.name}, {mark.text}"), sign, class_="bridge"))
    return el("g", *drawn, class_="bridges")


def _middle(line: Sequence[LonLat]) -> LonLat:
    """Return the middle of the box around a line."""
    lons, lats = [p[0] for p in line], [p[1] for p in line]
    return (min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2


def _towns(ground: Backdrop, proj: Projection) -> Html:
    drawn = []
    for feature in ground.places.get("features", []):
        properties, (lon, lat) = feature.get("properties") or {}, feature["geometry"]["coordinates"][:2]
        people = float(properties.get("population") or 0)
        name = str(properties.get("name") or "")
        if name:
            size = "town" if people >= 5000 else "village"
            drawn.append(_label(proj.xy(lon, lat), name, size, rank=30 if size == "town" else 60, centred=True))
    return el("g", *drawn, class_="towns")


def _label(at: tuple[int, int], text: str, kind: str, rank: int, centred: bool = False) -> Html:
    """Return a name on the map; the page's script shows those that have room, the lowest rank first."""
    name = el("text", text, text_anchor="middle" if centred else None)
    return _placed(at, name, class_=f"label {kind}", data_rank=rank, data_centred=1 if centred else None)


def _placed(at: tuple[int, int], *children: object, **attributes: Attribute) -> Html:
    """Return a group at a map position that the page's script keeps at the same size on the screen."""
    return el(
        "g", *children, transform=f"translate({at[0]} {at[1]}) scale(4)", data_x=at[0], data_y=at[1], **attributes
    )


def _route_paths(problem: Problem, plan: Plan, proj: Projection) -> Html:
    paths = []
    for n, route in enumerate(plan.routes):
        d = proj.path(leg.line for leg in geometry.legs(problem, route) if leg.line)
        paths.append(
            el("path", id=f"rp{n}", d=d or "M0 0", class_="way", fill="none", vector_effect="non-scaling-stroke")
        )
    return join(*paths)


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


def _symbol_of(place: Place, sidcs: Mapping[str, str]) -> str:
    if place.kind in symbols.NODE_SYMBOLS:
        return symbols.node_symbol(place.kind)
    return symbols.symbol(sidcs[place.node_id]) if place.node_id in sidcs else symbols.node_symbol(place.kind)


def _sprites(problem: Problem, ground: Backdrop) -> Html:
    """Return every symbol in use once. Strokes outside frames take the text colour, to be seen on a dark ground."""
    sidcs = symbols.by_node(ground.units)
    used = sorted({_symbol_of(place, sidcs) for place in problem.places})
    return join(
        *(
            el("g", Html(themed(svg)), id=f"sy{n}", class_=None if framed(svg) else "control")
            for n, svg in enumerate(used)
        )
    )


def framed(svg: str) -> bool:
    """Say whether a symbol has a filled frame; control measures are strokes only."""
    return 'fill="rgb' in svg


def themed(svg: str) -> str:
    """Return the inside of a rendered symbol with the strokes outside its frame in the current colour."""
    body = svg[svg.index(">") + 1 : svg.rindex("</svg>")]
    if not framed(svg):
        return body.replace("black", "currentColor")
    head, mark, tail = body.partition("<g ")
    return head + mark + tail.replace("black", "currentColor")


def _pins(problem: Problem, ground: Backdrop, rows: Sequence[Arrival], proj: Projection) -> Iterable[Html]:
    sidcs = symbols.by_node(ground.units)
    used = sorted({_symbol_of(place, sidcs) for place in problem.places})
    here: dict[str, list[Arrival]] = {}
    for row in rows:
        here.setdefault(row.place.node_id, []).append(row)
    order = sorted(range(len(problem.places)), key=lambda n: (problem.places[n].lat * -1, n))
    for n in order:
        place = problem.places[n]
        yield _pin(n, place, here.get(place.node_id, []), used.index(_symbol_of(place, sidcs)), proj)


def _pin(n: int, place: Place, rows: Sequence[Arrival], sprite: int, proj: Projection) -> Html:
    status = facts.worst([row.status for row in rows])
    base = place.kind in ("depot", "supply_point", "distribution_point")
    names = list(dict.fromkeys(row.unit for row in rows))
    name = (names[0] + (f" +{len(names) - 1}" if len(names) > 1 else "")) if names and not base else place.name
    size = 0.24 if base else 0.19
    said = f"{name or place.node_id}, {place.kind.replace('_', ' ')}, {facts.summary(rows)}"
    badge = facts.SIGNS[status] if status != "on_time" else None
    return _placed(
        proj.xy(place.lon, place.lat),
        el("title", f"{said}, {grid(place)}"),
        el("circle", class_="halo", r=21),
        el("use", href=f"#sy{sprite}", transform=f"scale({size}) translate(-100 -100)"),
        el("g", el("circle", r=7.5), el("text", badge, y=3.6), class_=f"badge {status}",
           transform="translate(15 -10)") if badge else None,
        el("text", name or place.node_id, class_="pin-name", y=4),
        class_=f"pin {'base' if base else 'unit'} {status}", data_place=n, tabindex=0, role="button", aria_label=said,
        data_rank=0 if base else 10 - len(rows) / 100,
    )  # fmt: skip


def grid(place: Place) -> str:
    """Return the place as an MGRS reference to ten metres, empty where there is none (the polar caps)."""
    if not -80 <= place.lat < 84:
        return ""
    reference = mgrs_from_lonlat(place.lon, place.lat, 4)
    return f"{reference[:-10]} {reference[-10:-8]} {reference[-8:-4]} {reference[-4:]}"


def _numbers(problem: Problem, plan: Plan, proj: Projection) -> Iterable[Html]:
    """Yield the numbers of the stops of every route, shown while the route is selected."""
    at = {p.node_id: proj.xy(p.lon, p.lat) for p in problem.places}
    as_of = parse_instant(plan.as_of)
    for n, route in enumerate(plan.routes):
        marks = []
        stops = [s for s in route.stops if s.kind != "end" and s.node in at]
        for seq, stop in enumerate(stops, 1):
            time = dtg(moment_at(as_of, stop.begin_s))
            circle = el("circle", r=9)
            marks.append(_placed(at[stop.node], el("g", circle, el("text", seq, y=4), transform="translate(-17 -12)"),
                                 el("title", f"{seq} {stop.kind} {time}")))  # fmt: skip
        yield el("g", *marks, class_=f"stops c{n % len(geometry.PALETTE)}", data_route=n)
