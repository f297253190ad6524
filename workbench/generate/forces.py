"""Where the made-up forces stand on the made-up network: depots, supply points, units, release points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from shapely.ops import substring

from workbench.generate.network import Network, Road
from workbench.generate.orbat import LAND, TROOP, Unit
from workbench.generate.paths import cheapest
from workbench.generate.terrain import Floats, Ground

HEAVY_MLC = 38
"""Every place but the two awkward ones can be reached over bridges known to bear this wheeled class."""
WIDE_M = 2.6
_PLANNING_KMH = np.array([56, 48, 40, 33, 27, 24, 12])


@dataclass(frozen=True, slots=True)
class Site:
    """A depot, supply point or release point: what it is, what it holds and where it should lie."""

    key: str
    name: str
    kind: str
    classes: tuple[str, ...]
    x: float
    y: float
    min_per_pallet: float = 5.0
    pump: int = 400
    hours: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Forces:
    """Who stands where. ``site_point`` and ``unit_point`` are points of the network.

    ``weak`` is the road position of the bridge too weak for lorries that unit ``beyond_weak`` sits behind,
    ``blocked`` that of the closed road before unit ``beyond_blocked``.
    """

    network: Network
    sites: tuple[Site, ...]
    site_point: tuple[int, ...]
    units: tuple[Unit, ...]
    unit_point: tuple[int, ...]
    weak: int
    blocked: int
    beyond_weak: int
    beyond_blocked: int

    def site(self, key: str) -> int:
        """Return the point of the site with that key."""
        return self.site_point[[s.key for s in self.sites].index(key)]


def minutes_graph(network: Network, *, heavy: bool, without: Sequence[int] = ()) -> csr_matrix:
    """Return driving minutes between neighbouring points; ``heavy`` leaves out what a heavy lorry may not use."""
    ends = network.ends()
    roads = network.roads
    speed = np.minimum(_PLANNING_KMH[[r.level for r in roads]], [r.speed_kmh for r in roads])
    cost = np.round(np.array([r.line.length for r in roads]) / speed * 0.06, 4)
    open_ = np.array([not heavy or _bears(r) for r in roads])
    open_[list(without)] = False
    start, end, cost = ends[open_, 0], ends[open_, 1], cost[open_]
    low, high = np.minimum(start, end), np.maximum(start, end)
    order = np.lexsort((cost, high, low))
    low, high, cost = low[order], high[order], cost[order]
    first = np.r_[True, (np.diff(low) != 0) | (np.diff(high) != 0)]
    low, high, cost = low[first], high[first], cost[first]
    count = len(network.points)
    return csr_matrix((np.r_[cost, cost], (np.r_[low, high], np.r_[high, low])), (count, count))


def _bears(road: Road) -> bool:
    """Return whether a heavy lorry may use the road; a bridge of unknown class counts as too weak."""
    return (road.mlc_w >= HEAVY_MLC or not road.water) and road.width_m >= WIDE_M and road.clearance_m == 0


def station(
    rng: np.random.Generator, network: Network, ground: Ground, sites: Sequence[Site], units: Sequence[Unit]
) -> Forces:
    """Put sites and units on points of the network that heavy lorries can reach, and two units where they can't."""
    size_m = ground.size_m
    graph = minutes_graph(network, heavy=True)
    _, part = connected_components(graph, directed=False)
    reachable = part == np.bincount(part).argmax()
    ends = network.ends()
    lengths = np.bincount(ends.ravel(), minlength=len(network.points))
    wet = np.zeros(len(network.points), bool)
    wet[ends[[k for k, r in enumerate(network.roads) if r.water]].ravel()] = True
    main = np.zeros(len(network.points), bool)
    main[ends[[k for k, r in enumerate(network.roads) if r.level <= 2]].ravel()] = True
    margin = (network.points > 700).all(1) & (network.points < size_m - 700).all(1)
    good = reachable & ~wet & margin
    picker = _Picker(network.points, size_m)
    site_point = [picker.nearest(s.x, s.y, good & main & (lengths > 2)) for s in sites]
    unit_point = []
    for unit in units:
        x, y = unit.x + rng.normal(0, 0.012), unit.y + rng.normal(0, 0.012)
        unit_point.append(picker.nearest(x, y, good & (lengths != 2)))
    dry = [k for k, r in enumerate(network.roads) if not r.water and r.level >= 4 and r.line.length > 400 and _bears(r)]
    blocked, outpost = _behind(network, dry, (0.83, 0.70), picker, reachable)
    network = _spur(network, ground, (0.74, 0.41), good & picker.free)
    awkward = (
        Unit("Mortar Pl, 1st Reserve Coy", LAND, "Reserve", "mech", "121100", TROOP, 41, 0, 6, 4, 0, 0),
        Unit("Observation Post, C Tp", LAND, "Reserve", "recce", "121300", TROOP, 24, 0, 4, 0, 0, 0),
    )
    return Forces(
        network, tuple(sites), tuple(site_point), (*units, *awkward),
        (*unit_point, len(network.points) - 1, outpost), len(network.roads) - 2, blocked, len(units), len(units) + 1,
    )  # fmt: skip


def _spur(network: Network, ground: Ground, wish: tuple[float, float], allowed: NDArray[np.bool_]) -> Network:
    """Return the network with a road of its own over a stream near the wish; its bridge bears only light lorries.

    The last three roads are the spur before, on and behind the bridge; the last point is its end.
    """
    roads = shapely.STRtree([r.line for r in network.roads])
    streams = shapely.STRtree([line for line, _, _ in ground.streams])
    away = np.hypot(*(network.points - np.array(wish) * ground.size_m).T)
    order = np.argsort(np.round(np.where(allowed, away, np.inf), 1), kind="stable")
    for start in order[: int(allowed.sum())].tolist():
        for turn, length in ((t, m) for m in (700.0, 1100.0, 1500.0) for t in range(24)):
            step = length * np.array([np.cos(turn * np.pi / 12), np.sin(turn * np.pi / 12)])
            line = shapely.LineString(np.round([network.points[start], network.points[start] + step], 1))
            clear = shapely.LineString([line.interpolate(20), line.interpolate(length + 60)])
            if len(roads.query(clear, predicate="intersects")) or line.distance(ground.river) < 300:
                continue
            met = streams.query(line, predicate="intersects")
            points = shapely.get_parts(shapely.intersection(line, streams.geometries[met])) if len(met) == 1 else []
            at = line.project(points[0]) if len(points) == 1 else 0.0
            if 100 < at < length - 100:
                return _with_spur(network, start, line, at)
    raise ValueError("Expected a stream near a road, got none: the area is too small.")


def _with_spur(network: Network, start: int, line: shapely.LineString, at: float) -> Network:
    """Return the network with the spur along ``line`` from point ``start``, its bridge ``at`` metres from there."""
    first = len(network.points)
    numbers, distances = (start, first, first + 1, first + 2), (0.0, at - 14, at + 14, line.length)
    points = np.array([shapely.get_coordinates(line.interpolate(d))[0] for d in distances[1:]])
    added = []
    for k, water in enumerate(("", "stream", "")):
        piece = substring(line, distances[k], distances[k + 1])
        road = Road(numbers[k], numbers[k + 1], piece, 4, water, surface="gravel", width_m=4.0, speed_kmh=35)
        added.append(replace(road, mlc_w=12, mlc_t=10, mlc_source="surveyed") if water else road)
    return replace(network, points=np.vstack([network.points, points]), roads=(*network.roads, *added))


class _Picker:
    """Gives out points of the network once each, none within 350 m of another."""

    def __init__(self, points: Floats, size_m: float) -> None:
        self.points, self.size_m = points, size_m
        self.tree = cKDTree(points)
        self.free = np.ones(len(points), bool)

    def nearest(self, x: float, y: float, allowed: NDArray[np.bool_]) -> int:
        """Take the allowed point nearest to shares (x, y) of the area."""
        away = np.hypot(*(self.points - np.array([x, y]) * self.size_m).T)
        return self.take(int(np.argmin(np.round(np.where(allowed & self.free, away, np.inf), 1))))

    def take(self, point: int) -> int:
        """Take that point."""
        self.free[self.tree.query_ball_point(self.points[point], 350)] = False
        return point


def _behind(
    network: Network,
    roads: Sequence[int],
    wish: tuple[float, float],
    picker: _Picker,
    reachable: NDArray[np.bool_],
) -> tuple[int, int]:
    """Return the road nearest to the wish that alone leads to a small part of the network, and its far end.

    Only roads count whose near end is ``reachable``.
    """
    ends = network.ends()
    middles = np.array(
        [shapely.get_coordinates(network.roads[k].line.interpolate(0.5, normalized=True))[0] for k in roads]
    )
    away = np.round(np.hypot(*(middles - np.array(wish) * picker.size_m).T), 1)
    for place in np.argsort(away, kind="stable").tolist():
        road = roads[place]
        _, part = connected_components(minutes_graph(network, heavy=False, without=[road]), directed=False)
        a, b = ends[road].tolist()
        sizes = np.bincount(part)
        far, near = (a, b) if sizes[part[a]] < sizes[part[b]] else (b, a)
        small = part[a] != part[b] and sizes[part[far]] < 150
        if small and picker.free[far] and reachable[near]:
            return road, picker.take(far)
    raise ValueError("Expected a road that alone leads somewhere, got none: the area is too small.")


def nodes(forces: Forces, ids: list[str], lonlat: Floats, town_names: dict[int, str]) -> pd.DataFrame:
    """Return the rows of ``nodes.csv``, in the order of their identifiers."""
    rows = {
        k: {
            "name": town_names.get(k, ""),
            "kind": "junction",
            "windows": "",
            "handling_min_per_pallet": "",
            "pump_l_per_min": "",
            "landing": "",
        }
        for k in range(len(ids))
    }
    for site, point in zip(forces.sites, forces.site_point, strict=True):
        rows[point] = {
            "name": site.name, "kind": site.kind, "windows": site.hours,
            "handling_min_per_pallet": f"{site.min_per_pallet:g}", "pump_l_per_min": str(site.pump),
            "landing": "lz",
        }  # fmt: skip
    for k, (unit, point) in enumerate(zip(forces.units, forces.unit_point, strict=True)):
        by_hand = {"hq": 6, "maintenance": 6, "artillery": 5, "engineer": 5}.get(unit.role, 10)
        rows[point] = {
            "name": unit.name, "kind": "unit", "windows": _hours(unit, k),
            "handling_min_per_pallet": str(by_hand), "pump_l_per_min": "300" if unit.tracked else "200",
            "landing": _landing(unit, k),
        }  # fmt: skip
    out = []
    for k in sorted(rows, key=lambda k: ids[k]):
        out.append({"node_id": ids[k], "lon": f"{lonlat[k, 0]:.5f}", "lat": f"{lonlat[k, 1]:.5f}", **rows[k]})
    order = ["node_id", "name", "kind", "lon", "lat", "windows", "handling_min_per_pallet", "pump_l_per_min",
             "landing"]  # fmt: skip
    return pd.DataFrame(out)[order]


def _landing(unit: Unit, k: int) -> str:
    """Return where aircraft can come: companies in contact have a drop zone or nothing, the others mostly land them."""
    if unit.role in ("light", "mech", "marine") and unit.x > 0.7:
        return ("lz", "dz", "lz", "")[k % 4]
    return "runway;lz" if "Airstrip" in unit.name else "lz"


def _hours(unit: Unit, k: int) -> str:
    """Return when a unit can receive: companies in contact twice a day, guns between missions, others all day."""
    if unit.role in ("light", "mech", "marine") and unit.x > 0.7:
        return ("05:00-09:30;15:00-19:30", "05:00-10:30;14:30-20:00", "06:00-18:00", "")[k % 4]
    if unit.role == "artillery":
        return ("", "05:00-12:00;13:00-20:00")[k % 2]
    return "" if unit.role == "recce" else ("06:00-19:00", "", "")[k % 3]


def units(forces: Forces, ids: list[str], unit_ids: list[str], fads: list[str]) -> pd.DataFrame:
    """Return the rows of ``units.csv``; a unit's parent is the headquarters of its battalion or brigade."""
    heads = {u.parent: unit_id for unit_id, u in zip(unit_ids, forces.units, strict=True) if u.name.startswith("HQ")}
    return pd.DataFrame([
        {
            "unit_id": unit_id, "name": u.name, "branch": u.branch,
            "parent": "" if heads.get(u.parent) == unit_id else heads.get(u.parent, ""),
            "node_id": ids[point], "headcount": u.people, "fad": fad, "sidc": u.sidc, "echelon": u.echelon,
            "main_effort": "true" if "72nd" in u.name or "52nd" in u.name else "false",
        }
        for unit_id, u, point, fad in zip(unit_ids, forces.units, forces.unit_point, fads, strict=True)
    ])  # fmt: skip


def road_names(forces: Forces, routes: Sequence[tuple[str, int, int]]) -> dict[int, str]:
    """Return names for the roads along main supply routes (name, from point, to point), first come first named."""
    ends = forces.network.ends()
    number: dict[tuple[int, int], int] = {}
    for k, (a, b) in enumerate(ends.tolist()):
        number.setdefault((min(a, b), max(a, b)), k)
    graph = minutes_graph(forces.network, heavy=True)
    out: dict[int, str] = {}
    for name, start, goal in routes:
        _, back = cheapest(graph, start)
        at = goal
        while back[at] >= 0:
            before = int(back[at])
            out.setdefault(number[min(at, before), max(at, before)], name)
            at = before
    return out
