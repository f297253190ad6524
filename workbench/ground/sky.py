"""What can be seen from where: the shortest ways between places that keep out of some of a number of areas.

Ways turn at corners a margin away from areas. Which lines between places and corners meet which area is looked up
once; so the ways round any of the areas are a search, and keeping out of fewer areas never makes a way longer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from workbench.ground.roads import BoolArray, FloatArray, IntArray

MARGIN_M = 50.0
"""Ways pass the corners of areas at this distance (mark D)."""
CORNERS = 24
"""A circle has this many corners, and outlines with more are drawn round with fewer: work grows with their square."""

Kept = frozenset[int]
"""The areas that a way keeps out of, by their place in the list."""


class Sky:
    """Places and areas on a plane, in metres. Areas with holes count as filled."""

    def __init__(self, places: FloatArray, areas: Sequence[shapely.Geometry]) -> None:
        shapes = [_filled(area) for area in areas]
        rings = [_corners(part) for parts in shapes for part in parts]
        self.places = len(places)
        self.points = np.vstack([places, *rings])
        first, second = _pairs(self.points, self.places, rings)
        lines = shapely.linestrings(np.stack([self.points[first], self.points[second]], axis=1))
        tree, self._met = shapely.STRtree(lines), []
        for parts in shapes:
            shapely.prepare(parts)
            found = tree.query(parts, predicate="intersects")[1]
            self._met.append(np.unique(found).astype(np.int64))
        self._ends = first, second
        self._metres = np.maximum(np.hypot(*(self.points[first] - self.points[second]).T), 1e-9)
        self._graphs: dict[Kept, tuple[csr_matrix, BoolArray]] = {}
        self._rows: dict[tuple[Kept, int], tuple[FloatArray, IntArray]] = {}

    def metres(self, kept: Kept, rows: Iterable[int]) -> FloatArray:
        """Return how far it is from some places to all places, inf where there is no way."""
        wanted = list(rows)
        self._search(kept, wanted)
        return np.array([self._rows[kept, i][0] for i in wanted]).reshape(len(wanted), self.places)

    def way(self, kept: Kept, i: int, j: int) -> FloatArray:
        """Return the points of the way from one place to another, which there must be."""
        self._search(kept, [i])
        before, way = self._rows[kept, i][1], [j]
        while way[-1] != i:
            way.append(int(before[way[-1]]))
        return np.asarray(self.points[way[::-1]], dtype=np.float64)

    def _search(self, kept: Kept, rows: Sequence[int]) -> None:
        """Search from places not searched from yet; from those that see every other the ways are straight."""
        missing = [i for i in dict.fromkeys(rows) if (kept, i) not in self._rows]
        if not missing:
            return
        net, hidden = self._graph(kept)
        for i in missing:
            if not hidden[i]:
                straight = np.hypot(*(self.points[: self.places] - self.points[i]).T)
                straight = np.where(np.arange(self.places) == i, 0.0, np.maximum(straight, 1e-9))
                self._rows[kept, i] = straight, np.full(self.places, i)
        behind = [i for i in missing if hidden[i]]
        if behind:
            flown, before = dijkstra(net, directed=False, indices=behind, return_predecessors=True)
            for k, i in enumerate(behind):
                self._rows[kept, i] = flown[k, : self.places], before[k].astype(np.int64)

    def _graph(self, kept: Kept) -> tuple[csr_matrix, BoolArray]:
        """Return the lines that meet none of the areas as a graph, and which places don't see every other."""
        if kept not in self._graphs:
            clear = np.ones(len(self._metres), dtype=np.bool_)
            for k in kept:
                clear[self._met[k]] = False
            first, second = self._ends
            hidden = np.zeros(self.places, dtype=np.bool_)
            blocked = ~clear & (second < self.places)
            hidden[first[blocked]] = hidden[second[blocked]] = True
            joined = (self._metres[clear], (first[clear], second[clear]))
            self._graphs[kept] = csr_matrix(joined, shape=(len(self.points),) * 2), hidden
        return self._graphs[kept]


def _filled(area: shapely.Geometry) -> NDArray[np.object_]:
    """Return the parts of an area without holes, none of which touches another."""
    parts = [part for part in shapely.get_parts(area) if part.geom_type == "Polygon"]
    whole = shapely.union_all([shapely.polygons(shapely.get_exterior_ring(part)) for part in parts])
    return np.asarray([part for part in shapely.get_parts(whole) if part.geom_type == "Polygon"], dtype=object)


def _corners(part: shapely.Geometry) -> FloatArray:
    """Return the corners of the outline at a margin around an area, few of them: they need not be its own."""
    ring = shapely.get_exterior_ring(shapely.buffer(part, MARGIN_M, join_style="mitre"))
    slack = MARGIN_M
    while shapely.get_num_coordinates(ring) - 1 > CORNERS:
        wide = shapely.buffer(part, MARGIN_M + slack, join_style="mitre")
        ring = shapely.get_exterior_ring(shapely.simplify(wide, slack))
        slack *= 2
    return np.asarray(shapely.get_coordinates(ring)[:-1], dtype=np.float64)


def _pairs(points: FloatArray, places: int, rings: Sequence[FloatArray]) -> tuple[IntArray, IntArray]:
    """Return the pairs of points that a shortest way may join: at a corner only what touches its outline."""
    if not rings:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    first, second = np.triu_indices(len(points), 1)
    ahead, behind = (np.vstack([np.roll(ring, step, axis=0) for ring in rings]) for step in (-1, 1))
    keep = np.ones(len(first), dtype=np.bool_)
    for end in (first, second):
        corner = np.flatnonzero(end >= places)
        a, at = points[first[corner]], end[corner] - places
        way = points[second[corner]] - a
        keep[corner] &= _cross(way, ahead[at] - a) * _cross(way, behind[at] - a) >= 0
    return first[keep], second[keep]


def _cross(a: FloatArray, b: FloatArray) -> FloatArray:
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0], dtype=np.float64)
