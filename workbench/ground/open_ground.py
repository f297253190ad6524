"""Ways across country: the fastest over a grid of slope, land cover, water and the roads that one may use.

Meant for a few places: each one asked from is a search of the whole grid. What is searched is kept by content.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely

from workbench.ground import cache
from workbench.ground.hours import REGIMES, Hours
from workbench.ground.matrix import DURING, Path
from workbench.ground.paces import STEADY, Paces
from workbench.ground.roads import FloatArray, IntArray
from workbench.ground.terrain import Terrain
from workbench.schema import COVERS
from workbench.units import ceil_safe

LEFT_AT_STEEPEST = 0.5
"""The share of its speed that a vehicle keeps on the steepest slope it takes; in between it falls evenly (mark D)."""
_FAR_MS = 10**12
"""More than any way takes."""


@dataclass(frozen=True, slots=True, eq=False)
class Goer:
    """What decides the ways of a vehicle that leaves the road; ``key`` is its travel key.

    ``kmh`` maps what lies on the ground to its speed by day; what is absent it does not enter. It keeps ``in_dark`` of
    its speed by regime of `REGIMES`. ``roads`` are the lines (lon, lat) of roads open to it, each with its speed.
    """

    key: str
    kmh: Mapping[str, float]
    steepest_pct: float
    in_dark: tuple[float, float, float]
    roads: tuple[tuple[FloatArray, float], ...] = ()


class _Row(NamedTuple):
    """The ways from one place: milliseconds and metres to each place, and the cells of each way, one after another."""

    ms: IntArray
    metres: FloatArray
    cells: IntArray
    starts: IntArray


class OpenTravel:
    """Travel across country between ``lonlat`` places, row by row, when first asked for.

    Without ``terrain`` there is no way anywhere, and none leads through ``closed`` areas (lon, lat). Ways are those of
    the day; in the dark they take longer.
    """

    def __init__(
        self,
        lonlat: FloatArray,
        goers: Iterable[Goer],
        terrain: Terrain | None,
        hours: Hours,
        closed: Sequence[shapely.Geometry] = (),
    ) -> None:
        self.lonlat = lonlat
        self.closed = tuple(closed)
        self.goers = {goer.key: goer for goer in goers}
        self.terrain = terrain
        self.hours = hours
        self._costs: dict[str, FloatArray] = {}
        self._rows: dict[tuple[str, int], _Row] = {}

    def block(self, profile: str, rows: Sequence[int], cols: Sequence[int]) -> tuple[IntArray, IntArray]:
        """Return (seconds, metres), each of shape (len(rows), len(cols)); -1 where there is no way."""
        across = np.asarray(cols, dtype=np.int64)
        seconds = np.full((len(rows), len(across)), -1, dtype=np.int64)
        metres = seconds.copy()
        slowest = min(self._left(profile))
        for k, i in enumerate(rows):
            row = self._row(profile, int(i))
            ms = row.ms[across]
            there = ms < _FAR_MS
            seconds[k, there] = -(-np.ceil(ms[there] / slowest).astype(np.int64) // 1000)
            metres[k, there] = np.ceil(row.metres[across][there] - 1e-6).astype(np.int64)
        return seconds, metres

    def leg(self, profile: str, i: int, j: int, depart_s: int) -> tuple[int, int] | None:
        """Return (seconds, metres) from place i to place j when one leaves at ``depart_s``, or None for no way."""
        seconds, metres = self.block(profile, [i], [j])
        if seconds[0, 0] < 0:
            return None
        ms = int(self._row(profile, i).ms[j])
        goer = self.goers[profile.partition(DURING)[0]]
        done = self.hours.arrival_ms([-1], [[int(np.ceil(ms / left))] for left in goer.in_dark], depart_s)
        assert done is not None
        return -(-done // 1000) - depart_s, int(metres[0, 0])

    def paces(self, profile: str, places: Sequence[int]) -> Paces:
        """Return none: what `block` says is planned with at any time that the key is for."""
        return STEADY

    def during(self, profile: str, start_s: int, end_s: int) -> str:
        """Return the key for travel from ``start_s`` to ``end_s``: at the slowest of its hours."""
        base = profile.partition(DURING)[0]
        timed = f"{base}{DURING}{start_s}-{end_s}"
        return base if self._left(timed) == self._left(base) else timed

    def path(self, travel_key: str, i: int, j: int) -> Path | None:
        """Return the way behind the matrix cell (i, j), or None for no way."""
        seconds, metres = self.block(travel_key, [i], [j])
        if seconds[0, 0] < 0 or self.terrain is None:
            return None
        if i == j:
            return Path((), (), 0, 0)
        row = self._row(travel_key, i)
        line = self._line(row.cells[row.starts[j] : row.starts[j + 1]], i, j)
        return Path((), tuple((float(x), float(y)) for x, y in line), int(seconds[0, 0]), int(metres[0, 0]))

    def _left(self, key: str) -> tuple[float, ...]:
        """Return the share of its speed that a vehicle keeps in each regime that the key may meet."""
        base, timed, span = key.partition(DURING)
        start, _, end = span.partition("-")
        met = self.hours.conditions(int(start), int(end)) if timed else self.hours.at_best()
        return tuple(self.goers[base].in_dark[REGIMES.index(name)] for name in met.regimes)

    def _line(self, cells: IntArray, i: int, j: int) -> FloatArray:
        """Return the points of a way: from the place over the middles of cells to the place."""
        assert self.terrain is not None
        return np.vstack([self.lonlat[i], self.terrain.lonlat(cells), self.lonlat[j]])

    def _row(self, key: str, i: int) -> _Row:
        base = key.partition(DURING)[0]
        if (base, i) not in self._rows:
            self._rows[base, i] = self._searched(base, i)
        return self._rows[base, i]

    def _searched(self, base: str, i: int) -> _Row:
        n = len(self.lonlat)
        if self.terrain is None:
            ms = np.where(np.arange(n) == i, 0, _FAR_MS).astype(np.int64)
            return _Row(ms, np.zeros(n), np.zeros((0, 2), np.int64), np.zeros(n + 1, np.int64))
        if base not in self._costs:
            self._costs[base] = ms_per_m(self.terrain, self.goers[base], self.closed)
        name = cache.name_of("open ground", self.terrain.bounds, self._costs[base], self.lonlat, i)
        return _Row(*cache.fetch(name, lambda: self._search(self._costs[base], i)))

    def _search(self, cost: FloatArray, i: int) -> cache.Arrays:
        """Search the grid from one place; the ends of ways, off the middles of cells, cost what their cells do."""
        from skimage.graph import MCP_Geometric  # slow to load, and few scenarios leave the road

        assert self.terrain is not None
        n, at = len(self.lonlat), self.terrain.cells(self.lonlat)
        searched = MCP_Geometric(cost, sampling=self.terrain.cell_m)
        found, _ = searched.find_costs([tuple(at[i])])
        off_m = self._length_m(np.stack([self.lonlat, self.terrain.lonlat(at)], axis=1))
        ms, metres, cells = np.full(n, _FAR_MS), np.zeros(n), [np.zeros((0, 2), np.int64)] * n
        for j in range(n):
            there = found[tuple(at[j])]
            if j != i and np.isfinite(there):
                cells[j] = np.array(searched.traceback(tuple(at[j])), dtype=np.int64)
                metres[j] = self._length_m(self._line(cells[j], i, j)[None])[0]
                ends = off_m[i] * cost[tuple(at[i])] + off_m[j] * cost[tuple(at[j])]
                ms[j] = ceil_safe(float(there + ends))
        ms[i] = 0
        starts = np.concatenate([[0], np.cumsum([len(some) for some in cells])]).astype(np.int64)
        return ms.astype(np.int64), metres, np.vstack(cells), starts

    def _length_m(self, lines: FloatArray) -> FloatArray:
        """Return the lengths of lines of points (lon, lat), as the grid measures them."""
        assert self.terrain is not None
        west, south, east, north = self.terrain.bounds
        (high, wide), (rows, columns) = self.terrain.cell_m, self.terrain.heights.shape
        step = np.diff(lines, axis=1) * [wide * columns / (east - west), high * rows / (north - south)]
        return np.asarray(np.hypot(step[..., 0], step[..., 1]).sum(axis=1), dtype=np.float64)


def ms_per_m(terrain: Terrain, goer: Goer, closed: Sequence[shapely.Geometry] = ()) -> FloatArray:
    """Return the milliseconds of a metre in each cell by day; inf where the vehicle does not go.

    Roads lie over water, slope and cover: a bridge is where a road crosses water.
    """
    kmh = np.array([goer.kmh.get(name, np.nan) for name in COVERS])[terrain.cover]
    steep = terrain.slope_pct / goer.steepest_pct
    kmh = kmh * np.where(steep <= 1, 1 - (1 - LEFT_AT_STEEPEST) * steep, np.nan)
    kmh[terrain.wet] = np.nan
    for line, speed in goer.roads:
        cells = terrain.cells(_dense(line, terrain))
        kmh[cells[:, 0], cells[:, 1]] = np.fmax(kmh[cells[:, 0], cells[:, 1]], speed)
    middles = terrain.lonlat(np.argwhere(np.ones(kmh.shape, dtype=np.bool_)))
    for area in closed:
        kmh[shapely.contains_xy(area, middles).reshape(kmh.shape)] = np.nan
    return np.where(np.isnan(kmh), np.inf, 3600.0 / np.where(np.isnan(kmh), 1.0, kmh))


def _dense(line: FloatArray, terrain: Terrain) -> FloatArray:
    """Return points along a line so close that no cell under it is missed but at its corner."""
    west, south, east, north = terrain.bounds
    rows, columns = terrain.heights.shape
    step = np.abs(np.diff(line, axis=0)) / [(east - west) / columns, (north - south) / rows]
    pieces = np.maximum(1, np.ceil(step.max(axis=1) * 4)).astype(np.int64)
    out = [a + (b - a) * np.linspace(0, 1, n, endpoint=False)[:, None]
           for a, b, n in zip(line[:-1], line[1:], pieces, strict=True)]  # fmt: skip
    return np.vstack([*out, line[-1:]])
