"""The made-up web of roads as a network: curved lines between junctions, cut at bridges, with what trucks must know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.ops import substring

from workbench.generate.main_roads import Crossing
from workbench.generate.minor_roads import RESIDENTIAL, UNCLASSIFIED, Web, chains
from workbench.generate.terrain import RIVER_WIDTH_M, Floats, Ground

CLASSES = ("trunk", "primary", "secondary", "tertiary", "unclassified", "residential", "track")
TRACK = 6
_SPEED = (90, 80, 70, 60, 45, 30, 20)
_WIDTH = (9.5, 8.0, 7.0, 6.0, 4.5, 5.0, 3.2)
_PAVED = (1.0, 1.0, 1.0, 0.92, 0.55, 0.85, 0.0)
_BRIDGE_CLASSES = ((60, 70, 80), (50, 60, 70), (40, 50, 60), (24, 30, 40), (12, 16, 24), (20, 24, 30), (6, 8, 12))
_UNKNOWN = (0.0, 0.05, 0.1, 0.4, 0.65, 0.6, 0.75)
_SHORT_M = 8.0


@dataclass(frozen=True, slots=True)
class Road:
    """A piece of road between nodes ``start`` and ``end``; ``water`` is what a bridge spans (empty: no bridge).

    ``crossing`` is which crossing of the main river it is, or -1.
    """

    start: int
    end: int
    line: shapely.LineString
    level: int
    water: str = ""
    crossing: int = -1
    surface: str = "asphalt"
    width_m: float = 0.0
    speed_kmh: int = 0
    mlc_w: int = 0
    mlc_t: int = 0
    mlc_source: str = ""
    clearance_m: float = 0.0
    name: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Roads between numbered points (metres)."""

    points: Floats
    roads: tuple[Road, ...]

    def ends(self) -> NDArray[np.int64]:
        """Return (start, end) of every road."""
        return np.array([(r.start, r.end) for r in self.roads], np.int64)


def build(rng: np.random.Generator, ground: Ground, web: Web, over: Sequence[Crossing]) -> Network:
    """Turn a web into a network: runs become single curved roads, what spans water becomes a bridge of its own."""
    level_of = {(a, b): int(k) for (a, b), k in zip(web.pairs.tolist(), web.level, strict=True)}
    runs = [part for chain in chains(web.pairs, web.level, web.kept) for part in _without_ring(chain)]
    degree = np.bincount([end for run in runs for end in (run[0], run[-1])], minlength=len(web.points))
    levels = []
    for run in runs:
        level = level_of[min(run[0], run[1]), max(run[0], run[1])]
        dead_end = min(degree[run[0]], degree[run[-1]]) == 1
        lane = level == UNCLASSIFIED and rng.uniform() < (0.7 if dead_end else 0.35)
        levels.append(TRACK if lane else level)
    lines = _curved(rng, ground, [web.points[run] for run in runs], levels)
    network = _cut(ground, web, runs, lines, levels)
    roads = [_described(rng, ground, road, over) for road in network.roads]
    return Network(network.points, tuple(roads))


def _without_ring(chain: list[int]) -> list[list[int]]:
    """Cut a run that ends where it starts in three, so that no road is a ring and no two join the same ends twice."""
    if chain[0] != chain[-1]:
        return [chain]
    third = max(1, len(chain) // 3)
    return [chain[: third + 1], chain[third : 2 * third + 1], chain[2 * third :]] if len(chain) > 3 else []


def _curved(
    rng: np.random.Generator, ground: Ground, runs: list[Floats], levels: list[int]
) -> list[shapely.LineString]:
    """Return the runs as curves; a minor road whose curve would touch another road or the river stays as it was."""
    plain = [shapely.LineString(points) for points in runs]
    out = []
    for points, level in zip(runs, levels, strict=True):
        bent = points if level < UNCLASSIFIED else _bend(rng, points, 0.05 if level == RESIDENTIAL else 0.11)
        line = shapely.simplify(shapely.LineString(_cornerless(bent)), 4 if level < UNCLASSIFIED else 7)
        out.append(shapely.set_precision(line, 0.1))
    shapely.prepare(ground.river)
    for _ in range(4):
        first, second = shapely.STRtree(out).query(out, predicate="crosses")
        bad = set(first.tolist()) | set(second.tolist())
        bad |= set(
            np.flatnonzero(~shapely.is_simple(np.array(out)) | (shapely.get_type_id(np.array(out)) != 1)).tolist()
        )
        bad |= {k for k in np.flatnonzero(shapely.distance(ground.river, np.array(out)) < 60).tolist() if levels[k] > 3}
        changed = [k for k in sorted(bad) if out[k] is not plain[k]]
        for k in changed:
            out[k] = plain[k]
        if not changed:
            break
    return out


def _bend(rng: np.random.Generator, points: Floats, share: float) -> Floats:
    """Return the points with the middle of every long piece pushed sideways by up to ``share`` of its length."""
    out = [points[0]]
    for a, b in pairwise(points):
        length = float(np.hypot(*(b - a)))
        if length > 160:
            normal = np.array([a[1] - b[1], b[0] - a[0]]) / length
            for where in (0.33, 0.67) if length > 900 else (0.5,):
                push = float(np.clip(rng.normal(0, share * 0.6), -share, share)) * length
                out.append(a + where * (b - a) + normal * push)
        out.append(b)
    return np.round(np.array(out), 1)


def _cornerless(points: Floats) -> Floats:
    """Return the line with its corners cut twice (Chaikin); the ends stay."""
    out = points
    for _ in range(2):
        if len(out) < 3:
            break
        near, far = 0.75 * out[:-1] + 0.25 * out[1:], 0.25 * out[:-1] + 0.75 * out[1:]
        between = np.stack([near, far], 1).reshape(-1, 2)[1:-1]
        out = np.vstack([out[:1], between, out[-1:]])
    return np.round(out, 1)


def _cut(
    ground: Ground, web: Web, runs: list[list[int]], lines: list[shapely.LineString], levels: list[int]
) -> Network:
    """Return the network with every stretch over water as a road of its own between two new nodes."""
    waters = [line for line, _, _ in ground.streams] + [ground.river]
    width = [w for _, w, _ in ground.streams] + [RIVER_WIDTH_M]
    touching: dict[int, list[int]] = {}
    for k, w in np.array(shapely.STRtree(waters).query(lines, predicate="intersects")).T.tolist():
        touching.setdefault(k, []).append(w)
    points = [tuple(p) for p in web.points.tolist()]
    roads: list[Road] = []
    for k, (run, line, level) in enumerate(zip(runs, lines, levels, strict=True)):
        spans = _spans(line, [(waters[w], width[w]) for w in sorted(touching.get(k, []))])
        node, at = run[0], 0.0
        for low, high, kind in spans:
            for until, water in ((low, ""), (high, kind)):
                if until > at:
                    goal = run[-1] if until >= line.length else len(points)
                    piece = substring(line, at, until)
                    if goal == len(points):
                        points.append(tuple(shapely.get_coordinates(piece)[-1].tolist()))
                    roads.append(Road(node, goal, piece, level, water))
                    node, at = goal, until
        if at < line.length:
            roads.append(Road(node, run[-1], substring(line, at, line.length), level))
    array = np.array(points)
    used = np.unique([end for road in roads for end in (road.start, road.end)])
    number = {int(old): new for new, old in enumerate(used)}
    renamed = [replace(r, start=number[r.start], end=number[r.end]) for r in roads]
    return Network(array[used], tuple(renamed))


def _spans(line: shapely.LineString, waters: list[tuple[shapely.LineString, float]]) -> list[tuple[float, float, str]]:
    """Return (from, to, what) along the line for every stretch over water, overlapping ones joined."""
    found: list[tuple[float, float, str]] = []
    for water, width in waters:
        for part in shapely.get_parts(shapely.intersection(line, water)):
            at = line.project(shapely.get_point(part, 0) if part.geom_type == "LineString" else part)
            half = width / 2 + 8 + (35 if width == RIVER_WIDTH_M else 0)
            found.append((at - half, at + half, "river" if width == RIVER_WIDTH_M else "stream"))
    out: list[tuple[float, float, str]] = []
    for low, high, kind in sorted(found):
        low, high = (0.0 if low < _SHORT_M else low), (line.length if line.length - high < _SHORT_M else high)
        if out and low - out[-1][1] < _SHORT_M:
            out[-1] = (out[-1][0], max(high, out[-1][1]), min(kind, out[-1][2]))
        else:
            out.append((low, high, kind))
    return out


def _described(rng: np.random.Generator, ground: Ground, road: Road, over: Sequence[Crossing]) -> Road:
    """Return the road with surface, width, speed and, on a bridge, load classes (0 when nobody knows them)."""
    draw = rng.uniform(size=5)
    level = road.level
    paved = draw[0] < _PAVED[level]
    surface = "asphalt" if paved else "dirt" if level == TRACK and draw[1] < 0.6 else "gravel"
    ends = shapely.get_coordinates(road.line)[[0, -1]]
    z = ground.at(ground.z, ends)
    grade = abs(float(z[0] - z[1])) / max(road.line.length, 200.0)
    speed = _SPEED[level] * (1.0 if paved else 0.75) * (0.7 if grade > 0.07 else 1.0)
    width = _WIDTH[level] + (-0.5 if draw[1] < 0.3 else 0.5 if draw[1] > 0.8 else 0.0)
    if level == TRACK and draw[3] < 0.12:
        width = 2.3
    clearance = (3.2, 3.8, 4.2)[int(draw[4] * 3)] if level == RESIDENTIAL and draw[3] < 0.012 else 0.0
    out = replace(
        road, surface=surface, width_m=round(width, 1), speed_kmh=max(10, round(speed / 5) * 5), clearance_m=clearance
    )
    if road.water == "river":
        middle = road.line.interpolate(0.5, normalized=True)
        away = [middle.distance(shapely.LineString(ground.xy[[c.west, c.east]])) for c in over]
        k = int(np.argmin(np.round(away, 1)))
        c = over[k]
        known = "surveyed" if c.mlc_w else "unknown"
        out = replace(out, mlc_w=c.mlc_w, mlc_t=c.mlc_t, mlc_source=known)
        return replace(out, crossing=k, width_m=c.width_m, surface="asphalt", clearance_m=0.0)
    if road.water:
        if draw[2] < _UNKNOWN[level]:
            return replace(out, mlc_source="unknown")
        mlc = int(_BRIDGE_CLASSES[level][int(draw[4] * 3)])
        tracked = max(4, round(mlc * (1.0 if draw[3] < 0.5 else 0.8)))
        return replace(out, mlc_w=mlc, mlc_t=tracked, mlc_source="surveyed" if level < 3 else "tag")
    return out


def named(network: Network, names: Mapping[int, str]) -> Network:
    """Return the network with the roads at those positions named."""
    return replace(
        network, roads=tuple(replace(r, name=names[k]) if k in names else r for k, r in enumerate(network.roads))
    )
