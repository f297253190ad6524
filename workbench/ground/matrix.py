"""Travel between places: how long and how far, per travel key, with the ways where they are known."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from workbench.ground.roads import FloatArray, IntArray, Limits, Network

_CHUNK = 64
"""Sources searched at once: bounds memory, changes nothing else."""
_CRAWL_MS_PER_M = 720
"""What a road that a profile has no speed for counts when `RoadTravel.cut` weighs it: 5 km/h."""
_LENGTH_BITS = 23
"""A search weighs ``milliseconds * 2**23 + length``: fastest first, shortest of the fastest; sums stay exact below
2**53, which is twelve days."""


@dataclass(frozen=True, slots=True, eq=False)
class DenseTravel:
    """Travel written down cell by cell, for worlds made by hand.

    ``seconds`` and ``metres`` map a travel key to a square array over the places; -1 in both is no way.
    """

    seconds: Mapping[str, IntArray]
    metres: Mapping[str, IntArray]

    def __post_init__(self) -> None:
        for key, seconds in self.seconds.items():
            if not np.array_equal(seconds < 0, self.metres[key] < 0):
                raise ValueError(f"Expected seconds and metres of {key!r} to be -1 in the same cells.")

    def block(self, profile: str, rows: Sequence[int], cols: Sequence[int]) -> tuple[IntArray, IntArray]:
        """Return (seconds, metres), each of shape (len(rows), len(cols)); -1 where there is no way."""
        cells = np.ix_(np.asarray(rows, dtype=np.int64), np.asarray(cols, dtype=np.int64))
        return self.seconds[profile][cells], self.metres[profile][cells]

    def leg(self, profile: str, i: int, j: int, depart_s: int) -> tuple[int, int] | None:
        """Return (seconds, metres) from place i to place j, whatever ``depart_s``, or None for no way."""
        seconds = int(self.seconds[profile][i, j])
        return None if seconds < 0 else (seconds, int(self.metres[profile][i, j]))

    def during(self, profile: str, start_s: int, end_s: int) -> str:
        """Return ``profile``: what is written down holds at any time."""
        return profile


class Path(NamedTuple):
    """A drawn way: its roads in order, its line as lon, lat points, and what the matrix says of it."""

    edge_ids: tuple[str, ...]
    coords: tuple[tuple[float, float], ...]
    seconds: int
    metres: int


class Cut(NamedTuple):
    """One road that alone keeps a place from being reached: open it or strengthen it and there is a way."""

    edge_id: str
    name: str
    barriers: int
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class _Graph:
    """Roads that may be driven, one entry per ordered pair of nodes: the fastest, then the shortest, then the first."""

    matrix: Any
    pairs: IntArray  # tail * nodes + head, sorted
    roads: IntArray
    unit_m: float


class RoadTravel:
    """Travel on the network between ``places``, searched when first asked for, row by row.

    Times are whole milliseconds per road, added up exactly and rounded up to seconds once per cell; metres are those
    of the fastest way (of equally fast ones the shortest), added up along it. What is already searched travels along
    when the object is sent to another process. Travel keys that may use the same roads at the same speeds share rows.
    """

    def __init__(self, network: Network, places: Sequence[str], limits: Mapping[str, Limits]) -> None:
        index = {node: i for i, node in enumerate(network.node_ids)}
        self.network = network
        self.limits = dict(limits)
        self._nodes: IntArray = np.array([index[node] for node in places], dtype=np.int64)
        self._same: dict[str, str] = {}
        self._tables: dict[str, tuple[IntArray, IntArray]] = {}
        self._graphs: dict[str, _Graph] = {}
        self._paths: dict[tuple[str, int, int], Path | None] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_graphs": {}, "_paths": {}}

    def block(self, profile: str, rows: Sequence[int], cols: Sequence[int]) -> tuple[IntArray, IntArray]:
        """Return (seconds, metres), each of shape (len(rows), len(cols)); -1 where there is no way."""
        wanted = np.asarray(rows, dtype=np.int64)
        seconds, metres = self._rows(profile, wanted)
        cells = np.ix_(wanted, np.asarray(cols, dtype=np.int64))
        return seconds[cells], metres[cells]

    def leg(self, profile: str, i: int, j: int, depart_s: int) -> tuple[int, int] | None:
        """Return (seconds, metres) from place i to place j, whatever ``depart_s``, or None for no way."""
        seconds, metres = self._rows(profile, np.array([i]))
        return None if seconds[i, j] < 0 else (int(seconds[i, j]), int(metres[i, j]))

    def during(self, profile: str, start_s: int, end_s: int) -> str:
        """Return ``profile``: roads are as good at any hour."""
        return profile

    def path(self, travel_key: str, i: int, j: int) -> Path | None:
        """Return the way behind the matrix cell (i, j), or None for no way. From a place to itself it has no roads."""
        cell = (self._content(travel_key), i, j)
        if cell not in self._paths:
            self._paths[cell] = self._find_path(travel_key, i, j)
        return self._paths[cell]

    def _find_path(self, travel_key: str, i: int, j: int) -> Path | None:
        leg = self.leg(travel_key, i, j, 0)
        if leg is None:
            return None
        graph, start, at = self._graph(travel_key), int(self._nodes[i]), int(self._nodes[j])
        before = dijkstra(graph.matrix, indices=[start], return_predecessors=True)[1][0]
        steps: list[tuple[int, int]] = []
        while at != start:
            steps.append((int(before[at]), at))
            at = int(before[at])
        steps.reverse()
        roads = [self._road(graph, tail, head) for tail, head in steps]
        coords = self._drawn([(road, tail) for road, (tail, _) in zip(roads, steps, strict=True)], start)
        return Path(tuple(self.network.edge_ids[r] for r in roads), coords, *leg)

    def cut(self, travel_key: str, i: int, j: int) -> Cut | None:
        """Return the one barred road that, with its barriers lifted, gives the fastest way from i to j.

        None when there is a way already, when no single road would help, or when the roads don't join them at all.
        """
        if self.leg(travel_key, i, j, 0) is not None:
            return None
        limits = self.limits[travel_key]
        bits = self.network.barriers(limits)
        barred = np.flatnonzero(bits)
        graph = self._graph(travel_key).matrix
        there = dijkstra(graph, indices=[int(self._nodes[i])])[0]
        back = dijkstra(graph.T.tocsr(), indices=[int(self._nodes[j])])[0]
        start, end = self.network.ends[barred].T
        against = np.where(self.network.oneway[barred], np.inf, there[end] + back[start])
        known = self.network.milliseconds(limits.profile)
        cost = np.where(np.isnan(known), self.network.length_m * _CRAWL_MS_PER_M, known)[barred] * 2.0**_LENGTH_BITS
        total = np.minimum(there[start] + back[end], against) + cost
        if not np.isfinite(total).any():
            return None
        road = int(barred[np.argmin(total)])
        found = int(bits[road])
        text = self.network.barrier_text(road, limits, found)
        return Cut(self.network.edge_ids[road], self.network.road_name(road), found, text)

    def _rows(self, key: str, rows: IntArray) -> tuple[IntArray, IntArray]:
        """Return the full tables of a travel key, with at least ``rows`` searched (the others hold -2)."""
        same = self._content(key)
        if same not in self._tables:
            shape = (len(self._nodes),) * 2
            self._tables[same] = (np.full(shape, -2, dtype=np.int64), np.full(shape, -2, dtype=np.int64))
        seconds, metres = self._tables[same]
        todo = np.unique(rows[seconds[rows, rows] == -2])
        for at in range(0, len(todo), _CHUNK):
            chunk = todo[at : at + _CHUNK]
            seconds[chunk], metres[chunk] = self._search(key, self._nodes[chunk])
        return seconds, metres

    def _search(self, key: str, sources: IntArray) -> tuple[IntArray, IntArray]:
        graph = self._graph(key)
        found = dijkstra(graph.matrix, indices=sources)[:, self._nodes]
        reached = np.isfinite(found)
        weight = np.where(reached, found, 0.0)
        milliseconds = np.floor(weight / 2.0**_LENGTH_BITS)
        length = (weight - milliseconds * 2.0**_LENGTH_BITS) * graph.unit_m
        seconds, metres = np.ceil(milliseconds / 1000), np.ceil(length - 1e-6)
        return np.where(reached, seconds, -1).astype(np.int64), np.where(reached, metres, -1).astype(np.int64)

    def _cost(self, key: str) -> FloatArray:
        """Return milliseconds per road for a travel key; -1 where it may not go."""
        limits = self.limits[key]
        return np.where(self.network.barriers(limits) == 0, self.network.milliseconds(limits.profile), -1.0)

    def _content(self, key: str) -> str:
        """Return the name of what a travel key's rows depend on: the roads open to it and their times."""
        if key not in self._same:
            self._same[key] = hashlib.sha256(self._cost(key).tobytes()).hexdigest()
        return self._same[key]

    def _graph(self, key: str) -> _Graph:
        same = self._content(key)
        if same not in self._graphs:
            self._graphs[same] = _graph(self.network, self._cost(key))
        return self._graphs[same]

    def _road(self, graph: _Graph, tail: int, head: int) -> int:
        at = np.searchsorted(graph.pairs, np.int64(tail) * len(self.network.node_ids) + head)
        return int(graph.roads[at])

    def _drawn(self, legs: list[tuple[int, int]], start: int) -> tuple[tuple[float, float], ...]:
        """Return the points along roads, each given with the node it is entered from."""
        points: list[tuple[float, float]] = []
        for road, tail in legs:
            line = self.network.line(road)
            line = line if self.network.ends[road, 0] == tail else line[::-1]
            points += [(float(x), float(y)) for x, y in line]
        return tuple(p for k, p in enumerate(points) if k == 0 or p != points[k - 1])


def _length_unit(network: Network) -> float:
    """Return the finest of 0.1, 1, 10 … metres in which all roads together fit beside the milliseconds."""
    unit = 0.1
    while np.ceil(network.length_m / unit).sum() >= 2.0**_LENGTH_BITS:
        unit *= 10
    return unit


def _graph(network: Network, cost: FloatArray) -> _Graph:
    """Build the search graph of the roads with a cost of at least 0 milliseconds."""
    n, unit_m = len(network.node_ids), _length_unit(network)
    roads = np.flatnonzero(cost >= 0)
    weight = cost * 2.0**_LENGTH_BITS + np.ceil(network.length_m / unit_m - 1e-6)
    back = roads[~network.oneway[roads]]
    road = np.concatenate([roads, back])
    tail = np.concatenate([network.ends[roads, 0], network.ends[back, 1]])
    head = np.concatenate([network.ends[roads, 1], network.ends[back, 0]])
    order = np.lexsort((road, weight[road], head, tail))
    order = order[tail[order] != head[order]]
    pairs, first = np.unique(tail[order] * n + head[order], return_index=True)
    chosen = order[first]
    matrix = csr_matrix((weight[road[chosen]], (tail[chosen], head[chosen])), shape=(n, n))
    return _Graph(matrix, pairs, road[chosen], unit_m)
