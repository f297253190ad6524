"""One made-up area from a seed: ground, towns, roads and forces together, with the sizes there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import cKDTree

from workbench.generate import forces, main_roads, minor_roads, network, orbat, supply, terrain, towns
from workbench.generate.forces import Forces
from workbench.generate.main_roads import PRIMARY, SECONDARY, TERTIARY, TRUNK, Crossing, CrossingPlan
from workbench.generate.orbat import Unit
from workbench.generate.paths import cheapest
from workbench.generate.supply import Pool
from workbench.generate.tables import Frame, node_ids
from workbench.generate.terrain import Ground
from workbench.generate.towns import Town

_MAIN = CrossingPlan(0.5, TRUNK, 70, 60, 9.0)


@dataclass(frozen=True, slots=True)
class Size:
    """What a size of area means. ``lines`` is about how many requisitions there are."""

    name: str
    cells: int
    cell_m: float
    crossings: tuple[CrossingPlan, ...]
    units: tuple[Unit, ...]
    pools: tuple[Pool, ...]
    sites: tuple[str, ...]
    lines: int
    horizon_h: int = 24


_EVERY = tuple(site.key for site in supply.SITES)
SIZES: Mapping[str, Size] = {
    s.name: s
    for s in (
        Size("company", 120, 250.0,
             (_MAIN, CrossingPlan(0.88, PRIMARY, 80, 80, 8.0), CrossingPlan(0.24, TERTIARY, 16, 12, 4.5)),
             orbat.company(), supply.pools("company"), _EVERY[:7], 13),
        Size("brigade", 240, 250.0,
             (_MAIN, CrossingPlan(0.90, PRIMARY, 80, 80, 8.0), CrossingPlan(0.36, TERTIARY, 16, 12, 4.5),
              CrossingPlan(0.645, SECONDARY, 24, 20, 6.0), CrossingPlan(0.1, TERTIARY, 0, 0, 5.0)),
             orbat.brigade(), supply.pools("brigade"), _EVERY, 116),
        Size("division", 300, 300.0,
             (_MAIN, CrossingPlan(0.86, PRIMARY, 80, 80, 8.0), CrossingPlan(0.13, PRIMARY, 80, 70, 8.0),
              CrossingPlan(0.38, TERTIARY, 16, 12, 4.5), CrossingPlan(0.61, SECONDARY, 24, 20, 6.0),
              CrossingPlan(0.26, TERTIARY, 0, 0, 5.0), CrossingPlan(0.96, TERTIARY, 12, 10, 4.0)),
             orbat.division(), supply.pools("division"), _EVERY, 590),
    )
}  # fmt: skip
"""The sizes of area by name."""


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """A whole area before it is written. ``node_of`` maps a site's key to its node identifier."""

    size: Size
    ground: Ground
    towns: tuple[Town, ...]
    over: tuple[Crossing, ...]
    forces: Forces
    frame: Frame
    ids: tuple[str, ...]
    unit_ids: tuple[str, ...]
    river: str
    streams: tuple[str, ...]

    @property
    def node_of(self) -> dict[str, str]:
        """Return the node identifier of every site by its key."""
        return {s.key: self.ids[p] for s, p in zip(self.forces.sites, self.forces.site_point, strict=True)}


def stage(seed: int, name: str) -> np.random.Generator:
    """Return the stage's own generator of random numbers, so that a change in one stage leaves the others alone."""
    return np.random.default_rng([seed, *name.encode()])


def make(size: Size, seed: int) -> Area:
    """Make an area: the same size and seed give the same area."""
    ground = terrain.build(stage(seed, "terrain"), size.cells, size.cell_m)
    ways, start, end = main_roads.grid(ground)
    over = main_roads.crossings(ground, size.crossings, start, end)
    settled = towns.settle(stage(seed, "towns"), ground, np.array([c.west for c in over]))
    levels = main_roads.lay(ground, ways, settled, over)
    web = minor_roads.weave(stage(seed, "minor"), ground, settled, over, levels)
    roads = network.build(stage(seed, "network"), ground, web, over)
    sites = [site for site in supply.SITES if site.key in size.sites]
    placed = forces.station(stage(seed, "forces"), roads, ground, sites, size.units)
    river, *streams = towns.names(stage(seed, "water"), len(ground.streams) + 1)
    brooks = [
        f"{name} Brook" if w < 12 else f"{name} Water" for name, (_, w, _) in zip(streams, ground.streams, strict=True)
    ]
    placed = _named(placed, ground, settled, over)
    ids = node_ids(placed.network, ground.size_m)
    unit_ids = [f"U{k:0{2 if len(placed.units) < 100 else 3}d}" for k in range(1, len(placed.units) + 1)]
    frame = Frame.of(ground.size_m)
    return Area(
        size, ground, settled, over, placed, frame, tuple(ids), tuple(unit_ids), f"River {river}", tuple(brooks)
    )


def _named(placed: Forces, ground: Ground, settled: tuple[Town, ...], over: tuple[Crossing, ...]) -> Forces:
    """Return the forces with main supply routes and the river's bridges named."""
    roads = placed.network.roads
    site = {s.key: p for s, p in zip(placed.sites, placed.site_point, strict=True)}
    bridge = {r.crossing: (r.start, r.end) for r in roads if r.crossing >= 0}
    east = [p for u, p in zip(placed.units, placed.unit_point, strict=True) if u.x > 0.7]
    first, last = (max(east, key=lambda p: s * placed.network.points[p][1]) for s in (1, -1))
    routes = [("MSR AMBER", site["bsa"], site["dpe"]), ("MSR AMBER", site["asp"], site["bsa"]),
              ("MSR COBALT", site["mlb"], bridge[1][0]), ("MSR COBALT", bridge[1][1], last),
              ("ASR SLATE", site["dpe"], first), ("ASR MOSS", site["bsa"], site["mlb"])]  # fmt: skip
    names = forces.road_names(placed, routes)
    town_at = cKDTree(ground.xy[[t.cell for t in settled]])
    used: set[str] = set()
    for k, road in enumerate(roads):
        if road.crossing >= 0:
            middle = ground.xy[[over[road.crossing].west, over[road.crossing].east]].mean(0)
            near = [settled[int(n)].name for n in np.atleast_1d(town_at.query(middle, k=min(4, len(settled)))[1])]
            name = next((n for n in near if n not in used), f"North {near[0]}")
            used.add(name)
            names[k] = f"{name} Bridge"
    return replace(placed, network=network.named(placed.network, names))


def drives(area: Area) -> dict[int, tuple[float, float]]:
    """Return (minutes, kilometres) from the brigade's depot to every unit along the fastest way for lorries."""
    roads = area.forces.network
    start = area.forces.site("bsa")
    length: dict[tuple[int, int], float] = {}
    for road in roads.roads:
        key = (min(road.start, road.end), max(road.start, road.end))
        length[key] = min(road.line.length, length.get(key, np.inf))
    out = {}
    for heavy in (False, True):
        graph = forces.minutes_graph(roads, heavy=heavy)
        total, back = cheapest(graph, start)
        for k, point in enumerate(area.forces.unit_point):
            if np.isfinite(total[point]):
                at, metres = point, 0.0
                while back[at] >= 0:
                    metres += length[min(at, int(back[at])), max(at, int(back[at]))]
                    at = int(back[at])
                out[k] = (round(float(total[point]), 1), round(metres / 1000, 1))
    return out
