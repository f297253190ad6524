"""Where plans run: the road line of every leg, roads by class, colours; shared by page and map widget."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import shapely

from workbench.plan import Route
from workbench.problem import Load, Problem, VehicleType

LonLat = tuple[float, float]
Line = tuple[LonLat, ...]
Shapes = np.ndarray[Any, np.dtype[np.object_]]

PALETTE = ("#186df3", "#b45d11", "#063d1d", "#8a61bb", "#577e53", "#62055e", "#9c5583", "#420f90")
"""Route colours for a light ground, told apart with red, green or blue blindness too (CIELAB distance above 25)."""
PALETTE_DARK = ("#7f75f7", "#d36900", "#3e9395", "#e9a6fa", "#b2e68d", "#89fdd9", "#f9ec52", "#868a5b")
"""Route colours for a dark ground, chosen likewise."""
DASHES = ("", "9 4", "2 3", "9 3 2 3")
"""Line patterns: a colour that comes round again gets the next one."""
ROAD_GROUPS = {
    "major": ("motorway", "trunk", "primary"),
    "middle": ("secondary", "tertiary"),
    "minor": ("unclassified", "residential"),
    "track": ("track",),
    "waterway": ("waterway",),
}
"""Classes of road that are drawn alike."""


@dataclass(frozen=True, slots=True)
class Leg:
    """The way to one stop: ``line`` is empty where the vehicle does not move, ``load`` is what is aboard.

    ``edges`` are its roads, none off the road.
    """

    seq: int
    from_node: str
    to_node: str
    start_s: int
    end_s: int
    load: Load
    line: Line
    edges: tuple[str, ...] = ()


class Extent(NamedTuple):
    """A box in degrees."""

    west: float
    south: float
    east: float
    north: float

    def grown(self, share: float) -> Extent:
        """Return the box with a margin of ``share`` of its size, at least about 500 m."""
        dx = max((self.east - self.west) * share, 0.007)
        dy = max((self.north - self.south) * share, 0.005)
        return Extent(self.west - dx, self.south - dy, self.east + dx, self.north + dy)

    def joined(self, *others: Extent | None) -> Extent:
        """Return the smallest box that holds this one and the others."""
        every = [self, *(e for e in others if e is not None)]
        return Extent(min(e.west for e in every), min(e.south for e in every),
                      max(e.east for e in every), max(e.north for e in every))  # fmt: skip


def colour(index: int, dark: bool = False) -> str:
    """Return the colour of the route at this place of the plan."""
    return (PALETTE_DARK if dark else PALETTE)[index % len(PALETTE)]


def dash(index: int) -> str:
    """Return the line pattern of the route at this place of the plan (empty is a full line)."""
    return DASHES[index // len(PALETTE) % len(DASHES)]


def vehicle_of(problem: Problem, route: Route) -> VehicleType | None:
    """Return the vehicle type that runs the route, None when the problem has none like it."""
    alike = [v for v in problem.fleet if (v.vehicle_type, v.owner) == (route.vehicle_type, route.owner)]
    here = [v for v in alike if problem.places[v.depot].node_id == route.start_node]
    return next(iter(here or alike), None)


def legs(problem: Problem, route: Route) -> tuple[Leg, ...]:
    """Return the way to every stop of the route, along the roads where the travel model knows them.

    A leg to or from a node that the problem does not know has an empty line.
    """
    index = {p.node_id: i for i, p in enumerate(problem.places)}
    vehicle = vehicle_of(problem, route)
    travel = vehicle.travel_at(route.start_s) if vehicle else route.profile
    here, leaves, load = route.start_node, route.start_s, Load()
    out = []
    for seq, stop in enumerate(route.stops, 1):
        way = _way(problem, travel, (index.get(here), index.get(stop.node)), leaves)
        out.append(Leg(seq, here, stop.node, leaves, stop.arrive_s, load, *way))
        here, leaves, load = stop.node, stop.depart_s, stop.load_after
    return tuple(out)


def _way(
    problem: Problem, travel: str, ends: tuple[int | None, int | None], leaves_s: int
) -> tuple[Line, tuple[str, ...]]:
    """Return line and roads of a leg as it is at its hour: straight where ways are not known, nothing for no way."""
    i, j = ends
    if i is None or j is None or i == j:
        return (), ()
    find = getattr(problem.travel, "path", None)
    path = find(travel, i, j, leaves_s) if find else None
    if find and path is None:
        return (), ()
    if path is not None and len(path.coords) > 1:
        return tuple(path.coords), tuple(path.edge_ids)
    a, b = problem.places[i], problem.places[j]
    return ((a.lon, a.lat), (b.lon, b.lat)), ()


def simplified(lines: Iterable[Sequence[LonLat]], tolerance_m: float) -> list[tuple[LonLat, ...]]:
    """Return the lines without the corners that move them less than ``tolerance_m``."""
    known = [tuple(line) for line in lines]
    bent = [k for k, line in enumerate(known) if len(line) > 2]
    thin = shapely.simplify(_shapes([known[k] for k in bent]), tolerance_m / 111_000, preserve_topology=False)
    for k, line in zip(bent, points(thin), strict=True):
        known[k] = line
    return known


def edge_shapes(edges: pd.DataFrame, at: Mapping[str, LonLat]) -> Shapes:
    """Return the line of every edge, in the order of the table; straight between its nodes where it has no geometry.

    A line without a length is empty.
    """
    wkt = edges["geometry"].to_numpy(dtype=object)
    ends = zip(edges["from"].tolist(), edges["to"].tolist(), wkt, strict=True)
    straight = [() if text or not {a, b} <= at.keys() or at[a] == at[b] else (at[a], at[b]) for a, b, text in ends]
    out = np.full(len(edges), shapely.LineString(), dtype=object)
    drawn, short = wkt != "", np.array([len(line) > 1 for line in straight], dtype=np.bool_)
    out[drawn] = shapely.from_wkt(wkt[drawn])
    out[short] = _shapes([line for line in straight if line])
    return out


def points(shapes: Shapes) -> list[Line]:
    """Return the points of each shape."""
    found, which = shapely.get_coordinates(shapes, return_index=True)
    ends = np.searchsorted(which, np.arange(len(shapes) + 1))
    rows = list(map(tuple, found.tolist()))
    return [tuple(rows[a:b]) for a, b in pairwise(ends)]


def _shapes(lines: Sequence[Sequence[LonLat]]) -> Shapes:
    """Return lines of two points and more as shapes."""
    sizes = [len(line) for line in lines]
    corners = np.array([point for line in lines for point in line], np.float64).reshape(-1, 2)
    return np.asarray(shapely.linestrings(corners, indices=np.repeat(np.arange(len(lines)), sizes)))


def extent(points: Iterable[LonLat]) -> Extent | None:
    """Return the smallest box around the points, None when there are none."""
    pairs = [(lon, lat) for lon, lat in points if math.isfinite(lon) and math.isfinite(lat)]
    if not pairs:
        return None
    lons, lats = zip(*pairs, strict=True)
    return Extent(min(lons), min(lats), max(lons), max(lats))


def plan_extent(problem: Problem, ways: Iterable[Iterable[Leg]]) -> Extent | None:
    """Return the box around the problem's places and the legs of all routes."""
    points = [(p.lon, p.lat) for p in problem.places]
    return extent([*points, *(point for way in ways for leg in way for point in leg.line)])
