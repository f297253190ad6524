"""Made-up ground: relief, one main river across it, and the streams that feed the river.

Positions are metres east (x) and north (y) of the south-west corner; grids are indexed [row, column] with row 0
in the south. Heights and positions are rounded to 0.1 m before anything is decided by them, so that the last
bits of floating-point noise cannot change an area.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NEIGHBOURS = ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1))
STREAM_KM2 = 14.0
"""A stream starts where this much land drains together."""
RIVER_WIDTH_M = 90.0


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """Relief and water of a square area.

    ``xy`` holds a slightly jittered position for every cell (row-major), which roads and streams follow so that
    they do not look like a grid. ``streams`` are (line, width in metres, drained km²) from source or confluence
    to confluence. ``wet`` marks cells a stream runs through.
    """

    cells: int
    cell_m: float
    z: Floats
    slope: Floats
    xy: Floats
    river: shapely.LineString
    streams: tuple[tuple[shapely.LineString, float, float], ...]
    wet: NDArray[np.bool_]

    @property
    def size_m(self) -> float:
        """Side of the area."""
        return self.cells * self.cell_m

    def at(self, grid: Floats, points: Floats) -> Floats:
        """Return the grid's values at points (n, 2); points outside take the nearest cell."""
        index = np.clip((points / self.cell_m).astype(np.int64), 0, self.cells - 1)
        values: Floats = grid[index[:, 1], index[:, 0]]
        return values


def build(rng: np.random.Generator, cells: int, cell_m: float) -> Ground:
    """Make the ground of a square of ``cells`` × ``cells`` cells; the main river runs from north to south."""
    river = _main_river(rng, cells * cell_m)
    mask, depth = _river_cells(river, cells, cell_m)
    rough = np.round(0.02 + 1.2 * rng.uniform(size=(cells, cells)), 2)
    z = _relief(rng, cells, cell_m, mask, depth)
    for _ in range(3):
        filled, _, flow = _drain(z, mask, rough)
        carved = filled - 9 * np.log1p(flow * (cell_m / 250) ** 2) ** 1.2
        z = np.round(0.5 * ndimage.gaussian_filter(carved, 1.1) + 0.5 * filled, 1)
    z = np.round(z + 5 * _fractal(rng, cells, 2.4), 1)
    z = np.round(z - z.min() + 90, 1)
    _, receiver, flow = _drain(z, mask, rough)
    jitter = [ndimage.gaussian_filter(rng.normal(size=(cells, cells)), 0.7) * cell_m * 0.6 for _ in range(2)]
    columns, rows = np.meshgrid(np.arange(cells), np.arange(cells))
    xy = (np.stack([columns, rows], -1) + 0.5) * cell_m + np.stack(jitter, -1)
    xy = np.round(np.clip(xy, 1, cells * cell_m - 1), 1).reshape(-1, 2)
    threshold = STREAM_KM2 * 1e6 / cell_m**2
    streams = _streams(receiver, flow, mask, xy, river, threshold=threshold, cell_m=cell_m)
    dy, dx = np.gradient(ndimage.gaussian_filter(z, 0.8), cell_m)
    slope = np.round(np.hypot(dx, dy), 4)
    return Ground(cells, cell_m, z, slope, xy, river, streams, (flow > threshold) & ~mask)


def _fractal(rng: np.random.Generator, cells: int, beta: float) -> Floats:
    """Return noise of mean 0 and deviation 1 whose power falls with frequency to the power ``beta``."""
    k = np.hypot(*np.meshgrid(np.fft.fftfreq(cells), np.fft.fftfreq(cells)))
    k[0, 0] = np.inf
    field = np.fft.ifft2(np.fft.fft2(rng.normal(size=(cells, cells))) * k ** (-beta / 2)).real
    scaled: Floats = np.round((field - field.mean()) / field.std(), 6)
    return scaled


def _main_river(rng: np.random.Generator, size: float) -> shapely.LineString:
    """Return a meandering line from the north edge to the south edge, near the middle (sine-generated curve)."""
    phase = rng.uniform(0, 2 * np.pi, 3)
    step, x, y, s, points = 100.0, size * rng.uniform(0.47, 0.53), size + 500.0, 0.0, []
    while y > -500:
        points.append((x, y))
        heading = 1.1 * np.sin(2 * np.pi * s / 8200 + phase[0]) * (0.7 + 0.3 * np.sin(2 * np.pi * s / 21000 + phase[1]))
        heading += 0.4 * np.sin(2 * np.pi * s / 34000 + phase[2]) - 1.6 * (x / size - 0.5)
        x, y, s = x + step * np.sin(heading), y - step * np.cos(heading), s + step
    line = shapely.intersection(shapely.LineString(np.round(points, 1)), shapely.box(0, 0, size, size))
    return line if line.geom_type == "LineString" else max(line.geoms, key=lambda part: part.length)


def _river_cells(river: shapely.LineString, cells: int, cell_m: float) -> tuple[NDArray[np.bool_], Floats]:
    """Return which cells the main river runs through and its height there (falling 0.6 m a kilometre southwards)."""
    along = np.arange(0, river.length, cell_m / 8)
    points = shapely.get_coordinates(shapely.line_interpolate_point(river, along))
    index = np.clip((points / cell_m).astype(np.int64), 0, cells - 1)
    mask, height = np.zeros((cells, cells), bool), np.zeros((cells, cells))
    mask[index[:, 1], index[:, 0]] = True
    height[index[:, 1], index[:, 0]] = np.round(120 + 0.0006 * (river.length - along), 1)
    return mask, height


def _relief(rng: np.random.Generator, cells: int, cell_m: float, mask: NDArray[np.bool_], height: Floats) -> Floats:
    """Return hills that rise away from the river's flat valley floor."""
    distance, (row, column) = ndimage.distance_transform_edt(~mask, return_indices=True)
    distance_km = distance * cell_m / 1000
    hills = 110 * _fractal(rng, cells, 3.3) + 80 * (1 - np.abs(_fractal(rng, cells, 3.0)))
    valley = 1 - np.exp(-((distance_km / 6.5) ** 2))
    rise = 4 * distance_km
    z: Floats = np.round(height[row, column] + 1.2 * distance_km + valley * (110 + hills + rise), 1)
    return z


def _drain(z: Floats, river: NDArray[np.bool_], rough: Floats) -> tuple[Floats, Ints, Floats]:
    """Return the filled surface, the cell each cell drains to (-1: out), and how many cells drain through each.

    Priority flood from the border and from the main river, which takes all that reaches it. ``rough`` is how much a
    filled cell rises above the one it drains to, so that water finds no straight way across filled hollows.
    """
    cells = len(z)
    surface = np.pad(z, 1).ravel().tolist()
    rise = np.pad(rough, 1).ravel().tolist()
    wide = cells + 2
    steps = [dr * wide + dc for dr, dc in NEIGHBOURS]
    seen = np.ones((wide, wide), bool)
    seen[1:-1, 1:-1] = False
    seeds = river.copy()
    seeds[[0, -1], :] = seeds[:, [0, -1]] = True
    start = ((np.flatnonzero(seeds) // cells + 1) * wide + np.flatnonzero(seeds) % cells + 1).tolist()
    done = seen.ravel().tolist()
    for u in start:
        done[u] = True
    heap = sorted((surface[u], u) for u in start)
    receiver, order = [-1] * (wide * wide), []
    while heap:
        height, u = heapq.heappop(heap)
        order.append(u)
        for step in steps:
            v = u + step
            if not done[v]:
                done[v] = True
                receiver[v] = u
                surface[v] = max(surface[v], height + rise[v])
                heapq.heappush(heap, (surface[v], v))
    flow = [1] * (wide * wide)
    for u in reversed(order):
        if receiver[u] >= 0:
            flow[receiver[u]] += flow[u]
    down = np.array(receiver).reshape(wide, wide)[1:-1, 1:-1].ravel()
    down = np.where(down >= 0, (down // wide - 1) * cells + down % wide - 1, -1)
    inner = (slice(1, -1), slice(1, -1))
    return (
        np.array(surface).reshape(wide, wide)[inner],
        down.astype(np.int64),
        np.array(flow, float).reshape(wide, wide)[inner],
    )


def _streams(
    receiver: Ints,
    flow: Floats,
    river_mask: NDArray[np.bool_],
    xy: Floats,
    river: shapely.LineString,
    *,
    threshold: float,
    cell_m: float,
) -> tuple[tuple[shapely.LineString, float, float], ...]:
    """Return the chains of wet cells between sources, confluences and mouths as smoothed lines."""
    amount, in_river = flow.ravel(), river_mask.ravel()
    wet = (amount > threshold) & ~in_river
    inflows = np.bincount(receiver[wet & (receiver >= 0)], minlength=len(amount))
    out = []
    for source in np.flatnonzero(wet & (inflows != 1)):
        chain = [int(source)]
        while (following := int(receiver[chain[-1]])) >= 0:
            chain.append(following)
            if in_river[following] or inflows[following] > 1:
                break
        points = _smoothed(xy[chain], 4)
        if in_river[chain[-1]]:
            mouth = shapely.get_coordinates(
                shapely.line_interpolate_point(river, river.project(shapely.Point(points[-1])))
            )
            points[-1] = mouth[0]
        if len(chain) > 2:
            drained = float(amount[chain[-2]]) * cell_m**2 / 1e6
            out.append((shapely.LineString(np.round(points, 1)), round(3 + 1.1 * drained**0.5, 1), round(drained, 1)))
    return tuple(out)


def _smoothed(points: Floats, times: int) -> Floats:
    """Return the chain with its corners rounded off; the ends stay."""
    out = points.copy()
    for _ in range(times):
        out[1:-1] = 0.5 * out[1:-1] + 0.25 * (out[:-2] + out[2:])
    return out
