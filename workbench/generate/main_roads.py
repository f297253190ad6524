"""Made-up main roads: cheapest ways over the relief from town to town, over few crossings of the main river."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import csr_matrix
from scipy.spatial import Delaunay

from workbench.generate.paths import cheapest
from workbench.generate.terrain import NEIGHBOURS, Floats, Ground, Ints
from workbench.generate.towns import Town

REUSE = 0.45
"""Cost of going along a road that is already there, as a share of building one."""
TRUNK, PRIMARY, SECONDARY, TERTIARY = range(4)


@dataclass(frozen=True, slots=True)
class Crossing:
    """A way over the main river, from ``west`` cell to ``east`` cell. Load class 0 means nobody knows it."""

    west: int
    east: int
    level: int
    mlc_w: int
    mlc_t: int
    width_m: float


@dataclass(frozen=True, slots=True)
class CrossingPlan:
    """A wish for a crossing at a ``share`` of the river's length from the north."""

    share: float
    level: int
    mlc_w: int
    mlc_t: int
    width_m: float


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Ways between neighbouring cells with what it costs to build a road there, sorted by both ends."""

    start: Ints
    end: Ints
    cost: Floats
    cells: int

    def index(self, start: Ints, end: Ints) -> Ints:
        """Return the positions of the ways start -> end (which must exist)."""
        keys = self.start * np.int64(self.cells**2) + self.end
        return np.searchsorted(keys, np.asarray(start, np.int64) * np.int64(self.cells**2) + np.asarray(end, np.int64))


def grid(ground: Ground) -> tuple[Grid, Ints, Ints]:
    """Return the grid without ways over the main river, and the two ends of those left out."""
    cells = ground.cells
    row, column = np.divmod(np.arange(cells * cells), cells)
    starts, ends = [], []
    for dr, dc in NEIGHBOURS:
        inside = (row + dr >= 0) & (row + dr < cells) & (column + dc >= 0) & (column + dc < cells)
        starts.append(np.flatnonzero(inside))
        ends.append(starts[-1] + dr * cells + dc)
    start, end = np.concatenate(starts).astype(np.int64), np.concatenate(ends).astype(np.int64)
    order = np.lexsort((end, start))
    start, end = start[order], end[order]
    length = np.hypot(*(ground.xy[start] - ground.xy[end]).T)
    z, wet = ground.z.ravel(), ground.wet.ravel()
    grade = np.abs(z[start] - z[end]) / length
    cost = np.round(length * (1 + (grade / 0.05) ** 2) * (1 + 2.2 * wet[end] + 1.2 * wet[start]), 1)
    segments = shapely.linestrings(np.stack([ground.xy[start], ground.xy[end]], 1))
    shapely.prepare(ground.river)
    over = (
        shapely.intersects(ground.river, segments)
        | (shapely.distance(ground.river, shapely.points(ground.xy)) < 60)[end]
    )
    return Grid(start[~over], end[~over], cost[~over], cells), start[over], end[over]


def crossings(ground: Ground, plans: Sequence[CrossingPlan], start: Ints, end: Ints) -> tuple[Crossing, ...]:
    """Return for each plan the square-on way over the river nearest to its place."""
    near = shapely.distance(ground.river, shapely.points(ground.xy))
    dry = (near[start] >= 60) & (near[end] >= 60)
    start, end = start[dry], end[dry]
    vector = ground.xy[end] - ground.xy[start]
    middle = (ground.xy[end] + ground.xy[start]) / 2
    at = shapely.line_locate_point(ground.river, shapely.points(middle))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(ground.river, at + 60))
    behind = shapely.get_coordinates(shapely.line_interpolate_point(ground.river, np.maximum(at - 60, 0)))
    along = ahead - behind
    cosine = np.abs((vector * along).sum(1)) / (np.hypot(*vector.T) * np.hypot(*along.T))
    eastward = (vector * np.stack([-along[:, 1], along[:, 0]], 1)).sum(1) > 0
    out = []
    for plan in plans:
        miss = np.abs(at - plan.share * ground.river.length) + 4000 * cosine**2 + 2 * np.hypot(*vector.T)
        k = int(np.argmin(np.round(np.where(eastward, miss, np.inf), 1)))
        out.append(Crossing(int(start[k]), int(end[k]), plan.level, plan.mlc_w, plan.mlc_t, plan.width_m))
    return tuple(out)


def lay(ground: Ground, roads: Grid, towns: Sequence[Town], over: Sequence[Crossing]) -> dict[tuple[int, int], int]:
    """Return the main roads as (cell, cell) -> level, cells in ascending order.

    The trunk road comes first, from edge to edge over the first crossing; then cities, towns and villages are
    joined to their neighbours. Cells with a road get cheap, so later roads run into earlier ones.
    """
    gates = _gates(ground, over[0])
    ends = np.array([cell for c in over for pair in ((c.west, c.east), (c.east, c.west)) for cell in pair], np.int64)
    start, end = np.r_[roads.start, ends[0::2]], np.r_[roads.end, ends[1::2]]
    order = np.lexsort((end, start))
    full = Grid(start[order], end[order], np.r_[roads.cost, np.full(len(ends) // 2, 250.0)][order], roads.cells)
    layer = _Layer(ground, full)
    layer.join([(gates[0], over[0].west), (over[0].west, over[0].east), (over[0].east, gates[1])], TRUNK)
    banks = [(cell, c.level) for c in over for cell in (c.west, c.east)]
    places = [(t.cell, t.rank + 1) for t in towns] + banks + [(g, PRIMARY) for g in gates]
    for level in (PRIMARY, SECONDARY, TERTIARY):
        cells = sorted({cell for cell, rank in places if rank <= level})
        pairs = _neighbours(ground.xy, cells, {PRIMARY: 0.98, SECONDARY: 0.9, TERTIARY: 0.8}[level])
        layer.join(pairs + [(c.west, c.east) for c in over if c.level == level], level)
    return layer.levels


def _gates(ground: Ground, first: Crossing) -> list[int]:
    """Return the cells where main roads leave the area: west and east near the first crossing, then four more."""
    cells = ground.cells
    row, column = np.divmod(np.arange(cells * cells), cells)
    steep = np.round(ground.slope.ravel() * 100)
    wish = [(column, 0, row, first.west // cells), (column, cells - 1, row, first.east // cells)]
    wish += [(row, edge, column, int(cells * share)) for edge in (0, cells - 1) for share in (0.22, 0.78)]
    return [
        int(np.argmin(np.where(axis == edge, np.abs(other - goal) + steep, 1e9))) for axis, edge, other, goal in wish
    ]


def _neighbours(xy: Floats, cells: list[int], shrink: float) -> list[tuple[int, int]]:
    """Return the pairs of cells with no third one between them (a shrunk Gabriel graph of the Delaunay edges)."""
    points = xy[cells]
    simplices = Delaunay(points).simplices
    edges = np.vstack([simplices[:, [0, 1]], simplices[:, [1, 2]], simplices[:, [2, 0]]])
    edges = np.unique(np.sort(edges, 1), axis=0)
    out = []
    for a, b in edges.tolist():
        middle, radius = (points[a] + points[b]) / 2, np.hypot(*(points[a] - points[b])) / 2
        if not (np.hypot(*(points - middle).T) < radius * shrink).any():
            out.append((cells[a], cells[b]))
    return out


class _Layer:
    """Roads laid so far. ``levels`` maps (cell, cell) to the best level of road there."""

    def __init__(self, ground: Ground, ways: Grid) -> None:
        self.xy = ground.xy
        self.ways = ways
        self.levels: dict[tuple[int, int], int] = {}
        self.roaded = np.zeros(ways.cells**2, bool)
        self.closed = np.zeros(len(ways.start), bool)

    def join(self, pairs: Sequence[tuple[int, int]], level: int) -> None:
        """Lay a road of ``level`` along the cheapest way of each pair of cells."""
        wanted: dict[int, list[int]] = {}
        for a, b in pairs:
            wanted.setdefault(min(a, b), []).append(max(a, b))
        size = self.ways.cells**2
        for a in sorted(wanted):
            reuse = self.roaded[self.ways.start] & self.roaded[self.ways.end]
            cost = np.where(self.closed, np.inf, self.ways.cost * np.where(reuse, REUSE, 1.0))
            open_ways = np.isfinite(cost)
            graph = csr_matrix((cost[open_ways], (self.ways.start[open_ways], self.ways.end[open_ways])), (size, size))
            reach = 3.5 * max(np.hypot(*(self.xy[a] - self.xy[b])) for b in wanted[a]) + 6000
            total, back = cheapest(graph, a, reach)
            if not np.isfinite(total[wanted[a]]).all():
                _, back = cheapest(graph, a)
            for b in sorted(wanted[a]):
                self._follow(back, a, b, level)

    def _follow(self, back: Ints, a: int, b: int, level: int) -> None:
        cells = self.ways.cells
        while b != a and back[b] >= 0:
            before = int(back[b])
            key = (min(b, before), max(b, before))
            self.levels[key] = min(level, self.levels.get(key, level))
            self.roaded[[b, before]] = True
            if abs(b // cells - before // cells) == 1 and abs(b % cells - before % cells) == 1:
                self._close_other_diagonal(b, before)
            b = before

    def _close_other_diagonal(self, a: int, b: int) -> None:
        """Keep later roads from crossing this one in mid-cell, where there is no junction."""
        cells = self.ways.cells
        c, d = (a // cells) * cells + b % cells, (b // cells) * cells + a % cells
        for start, end in ((c, d), (d, c)):
            k = int(self.ways.index(np.array([start]), np.array([end]))[0])
            if k < len(self.closed) and self.ways.start[k] == start and self.ways.end[k] == end:
                self.closed[k] = True
