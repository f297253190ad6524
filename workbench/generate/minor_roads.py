"""Made-up minor roads between the main ones, and the whole network as lines between junctions.

Minor roads are part of one Delaunay triangulation over all road points, so that nothing crosses without a junction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree
from scipy.spatial import Delaunay, cKDTree

from workbench.generate.main_roads import TERTIARY, Crossing
from workbench.generate.terrain import Floats, Ground, Ints
from workbench.generate.towns import Town

UNCLASSIFIED, RESIDENTIAL = TERTIARY + 1, TERTIARY + 2
RURAL_PER_KM2 = 0.24
"""Farms and hamlets a minor road may lead to."""
FAIR_ANGLE_DEG = 38.0
"""Roads that are not needed to reach anything leave a junction at this angle to the others at least."""


@dataclass(frozen=True, slots=True, eq=False)
class Web:
    """Roads as straight pieces between points. ``kept`` are points that stay junctions whatever happens."""

    points: Floats
    pairs: Ints
    level: Ints
    kept: frozenset[int]


def weave(
    rng: np.random.Generator,
    ground: Ground,
    towns: Sequence[Town],
    over: Sequence[Crossing],
    levels: Mapping[tuple[int, int], int],
) -> Web:
    """Return main and minor roads together, one connected web."""
    points, main, main_level, kept = _main_points(ground, towns, over, levels)
    extra, town_of = _minor_points(rng, ground, towns, points)
    every = np.vstack([points, extra])
    town_of = np.r_[np.full(len(points), -2), town_of]
    simplices = Delaunay(every).simplices.astype(np.int64)
    pairs = np.unique(np.sort(np.vstack([simplices[:, [0, 1]], simplices[:, [1, 2]], simplices[:, [2, 0]]]), 1), axis=0)
    pairs = pairs[~(pairs < len(points)).all(1)]
    pairs, over_stream = _legal(ground, every, pairs, main)
    length = np.round(np.hypot(*(every[pairs[:, 0]] - every[pairs[:, 1]]).T), 1)
    middle = (every[pairs[:, 0]] + every[pairs[:, 1]]) / 2
    weight = np.round(length * (1 + ground.at(ground.slope, middle) / 0.08) * np.where(over_stream, 12, 1), 2)
    tree = _spanning(len(every), pairs, weight, main)
    in_town = (town_of[pairs] >= 0).all(1) & (length < 420)
    chance = np.where(in_town, 0.75, np.where(length < 1600, 0.4, 0.2)) * np.where(over_stream, 0.3, 1)
    wanted = (length < 3200) & (rng.uniform(size=len(pairs)) < chance)
    tree &= length < 3200
    keep = tree | _spread(every, pairs, wanted & ~tree, np.vstack([main, pairs[tree]]))
    lane = np.where(in_town, RESIDENTIAL, UNCLASSIFIED)
    return _largest(Web(every, np.vstack([main, pairs[keep]]), np.r_[main_level, lane[keep]], kept))


def _main_points(
    ground: Ground, towns: Sequence[Town], over: Sequence[Crossing], levels: Mapping[tuple[int, int], int]
) -> tuple[Floats, Ints, Ints, frozenset[int]]:
    """Return the main roads' points with their bends rounded off, their pieces and levels, and the fixed points."""
    pairs = np.array(sorted(levels), np.int64)
    level = np.array([levels[a, b] for a, b in pairs.tolist()], np.int64)
    position = ground.xy.copy()
    banks = [cell for c in over for cell in (c.west, c.east)]
    fixed = {t.cell for t in towns} | set(banks)
    bridges = {(min(c.west, c.east), max(c.west, c.east)) for c in over}
    for chain in chains(pairs, level, fixed):
        smooth = ground.xy[chain].copy()
        for _ in range(4):
            smooth[1:-1] = 0.5 * smooth[1:-1] + 0.25 * (smooth[:-2] + smooth[2:])
        legal = len(chain) == 2 and (min(chain), max(chain)) in bridges
        if legal or not shapely.intersects(ground.river, shapely.LineString(smooth).buffer(15)):
            position[chain] = np.round(smooth, 1)
    cells = np.unique(pairs)
    place = {cell: k for k, cell in enumerate(cells.tolist())}
    kept = frozenset(place[cell] for cell in sorted(fixed) if cell in place)
    return position[cells], np.searchsorted(cells, pairs), level, kept


def _minor_points(rng: np.random.Generator, ground: Ground, towns: Sequence[Town], main: Floats) -> tuple[Floats, Ints]:
    """Return points that minor roads join, with the town each belongs to (-1: none)."""
    clouds = [
        ground.xy[t.cell] + rng.normal(size=(int(4 + t.population**0.42), 2)) * (120 + t.population**0.5 * 3.4)
        for t in towns
    ]
    rural = rng.uniform(0, ground.size_m, (round(RURAL_PER_KM2 * 1.6 * (ground.size_m / 1000) ** 2), 2))
    rural = rural[rng.uniform(size=len(rural)) < np.exp(-ground.at(ground.slope, rural) / 0.09)]
    points = np.round(np.vstack([*clouds, rural]), 1)
    town_of = np.r_[np.repeat(np.arange(len(clouds)), [len(c) for c in clouds]), np.full(len(rural), -1)]
    inside = ((points > 50) & (points < ground.size_m - 50)).all(1)
    clear = cKDTree(main).query(points)[0] > np.where(town_of < 0, 330, 110)
    dry = np.ones(len(points), bool)
    water = shapely.STRtree([line for line, _, _ in ground.streams])
    dry[water.query(shapely.points(points), predicate="dwithin", distance=45)[0]] = False
    dry &= shapely.distance(ground.river, shapely.points(points)) > 150
    points, town_of = points[inside & clear & dry], town_of[inside & clear & dry]
    close = cKDTree(points).query_pairs(95, output_type="ndarray")
    alone = np.ones(len(points), bool)
    alone[close.max(1)] = False
    return points[alone], town_of[alone]


def _legal(ground: Ground, points: Floats, pairs: Ints, main: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """Return the pairs that cross no main road and not the main river, and which of them cross a stream."""
    segments = shapely.linestrings(np.stack([points[pairs[:, 0]], points[pairs[:, 1]]], 1))
    roads = shapely.STRtree(shapely.linestrings(np.stack([points[main[:, 0]], points[main[:, 1]]], 1)))
    bad = np.zeros(len(pairs), bool)
    bad[roads.query(segments, predicate="crosses")[0]] = True
    bad |= shapely.distance(ground.river, segments) < 70
    wet = np.zeros(len(pairs), bool)
    wet[shapely.STRtree([line for line, _, _ in ground.streams]).query(segments, predicate="intersects")[0]] = True
    return pairs[~bad], wet[~bad]


def _spanning(count: int, pairs: Ints, weight: Floats, main: Ints) -> NDArray[np.bool_]:
    """Return which pairs belong to the cheapest tree that joins all points, main roads being free."""
    ends = np.vstack([pairs, main])
    # the smallest of differences, so that equal weights never leave the choice to the sorting
    cost = np.r_[weight + np.arange(len(pairs)) * 1e-6, np.full(len(main), 0.01)]
    tree = minimum_spanning_tree(csr_matrix((cost, (ends[:, 0], ends[:, 1])), (count, count))).tocoo()
    low, high = np.minimum(tree.row, tree.col).astype(np.int64), np.maximum(tree.row, tree.col)
    return np.isin(pairs[:, 0] * count + pairs[:, 1], low * count + high)


def _spread(points: Floats, pairs: Ints, wanted: NDArray[np.bool_], given: Ints) -> NDArray[np.bool_]:
    """Return the wanted pairs that leave both their ends at a fair angle to every road already there.

    Shorter ones come first; without this, minor roads would fan out side by side towards the same main road.
    """
    bearings: dict[int, list[float]] = {}

    def ways(a: int, b: int) -> tuple[tuple[int, float], tuple[int, float]]:
        x, y = points[b] - points[a]
        there = round(float(np.degrees(np.arctan2(y, x))), 2)
        return (a, there), (b, there + 180.0)

    for a, b in given.tolist():
        for end, bearing in ways(a, b):
            bearings.setdefault(end, []).append(bearing)
    length = np.round(np.hypot(*(points[pairs[:, 0]] - points[pairs[:, 1]]).T), 1)
    chosen = np.zeros(len(pairs), bool)
    for k in np.lexsort((pairs[:, 1], pairs[:, 0], length)).tolist():
        if not wanted[k]:
            continue
        both = ways(*pairs[k].tolist())
        gaps = [abs((bearing - other + 180) % 360 - 180) for end, bearing in both for other in bearings.get(end, [])]
        if min(gaps, default=180.0) >= FAIR_ANGLE_DEG:
            chosen[k] = True
            for end, bearing in both:
                bearings.setdefault(end, []).append(bearing)
    return chosen


def _largest(web: Web) -> Web:
    """Return the largest connected part of the web, points numbered anew."""
    count = len(web.points)
    ones = np.ones(len(web.pairs))
    _, part = connected_components(coo_matrix((ones, (web.pairs[:, 0], web.pairs[:, 1])), (count, count)), False)
    inside = part == np.bincount(part[web.pairs[:, 0]]).argmax()
    pairs, level = web.pairs[inside[web.pairs[:, 0]]], web.level[inside[web.pairs[:, 0]]]
    used = np.unique(pairs)
    number = {old: new for new, old in enumerate(used.tolist())}
    return Web(
        web.points[used], np.searchsorted(used, pairs), level, frozenset(number[k] for k in web.kept if k in number)
    )


def chains(pairs: Ints, level: Ints, kept: set[int] | frozenset[int]) -> list[list[int]]:
    """Return the runs of pieces of one level between junctions, ends of roads and ``kept`` points.

    A closed run without any junction starts at its lowest point.
    """
    around: dict[int, list[tuple[int, int]]] = {}
    for k, (a, b) in enumerate(pairs.tolist()):
        around.setdefault(a, []).append((b, k))
        around.setdefault(b, []).append((a, k))
    stops = {p for p, to in around.items() if p in kept or len(to) != 2 or level[to[0][1]] != level[to[1][1]]}
    done = np.zeros(len(pairs), bool)
    out = []
    for start in [*sorted(stops), *sorted(set(around) - stops)]:
        for following, piece in sorted(around[start]):
            if done[piece]:
                continue
            done[piece] = True
            chain = [start, following]
            while chain[-1] not in stops and chain[-1] != start:
                onward = [(p, k) for p, k in around[chain[-1]] if not done[k]]
                if not onward:
                    break
                done[onward[0][1]] = True
                chain.append(onward[0][0])
            out.append(chain)
    return out
