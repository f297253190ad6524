"""Exact searches on the roads of a network: seconds and metres between nodes, and the ways themselves."""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.ground import cache, graph, sweeps
from workbench.ground.elimination import Hierarchy, eliminate
from workbench.ground.graph import Graph
from workbench.ground.roads import IntArray, Network
from workbench.ground.sweeps import BITS, NONE, Weights

_WORTH_A_FILE = 1000
"""Networks of fewer roads are reckoned sooner than read from disk."""


class Ground:
    """A network made ready for searches, whatever its roads cost and whichever of them are open."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.on_disk = len(network.edge_ids) >= _WORTH_A_FILE

    @cached_property
    def name(self) -> str:
        """The content name of what its roads join and of the turns they allow."""
        net = self.network
        return cache.name_of(net.ends, net.oneway, net.banned, len(net.node_ids))

    @cached_property
    def hierarchy(self) -> Hierarchy:
        """The hierarchy of all roads, open or not: it stays when roads are closed, opened or change their speed."""
        name = cache.name_of("hierarchy", self.name)
        return Hierarchy(*cache.fetch(name, self._eliminated, on_disk=self.on_disk))

    def _eliminated(self) -> cache.Arrays:
        roads = np.arange(len(self.network.edge_ids), dtype=np.int64)
        h = eliminate(graph.from_roads(self.network, roads, np.zeros_like(roads)))
        return (h.rank, h.up_ptr, h.up_head, h.down_ptr, h.down_tail, h.down_arc)


class Search:
    """Searches with ``ms`` milliseconds for each road of a network, -1 where it may not be driven.

    All is exact: milliseconds and decimetres are added up along the fastest way (of equally fast ones the shortest)
    and rounded up once. Banned turns are not made. A cost is one integer, as in `sweeps`.
    """

    def __init__(self, ground: Ground, ms: IntArray) -> None:
        self.ground = ground
        self.ms = ms

    @cached_property
    def name(self) -> str:
        """The content name of all that its answers depend on: equal names, equal answers."""
        return cache.name_of(self.ground.name, self.ground.network.length_m, self.ms)

    @cached_property
    def graph(self) -> Graph:
        """The graph of the roads that may be driven."""
        return graph.from_roads(self.ground.network, np.flatnonzero(self.ms >= 0), self.ms)

    @cached_property
    def weights(self) -> Weights:
        """The costs of its roads on the hierarchy."""
        return sweeps.weigh(self.ground.hierarchy, self.graph)

    def table(self, sources: IntArray, targets: IntArray) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return (seconds, metres) between network nodes, kept by content; -1 in both where there is no way."""
        name = cache.name_of("table", self.name, sources, targets)
        seconds, metres = cache.fetch(name, lambda: cells(self.costs(sources, targets)), on_disk=self.ground.on_disk)
        return seconds, metres

    def costs(self, sources: IntArray, targets: IntArray) -> IntArray:
        """Return the costs between network nodes, `NONE` where there is no way."""
        ends, position = self.graph.standing_for(targets)
        found = sweeps.sweep(self.ground.hierarchy, self.weights, sources, ends)
        out = found[:, : len(targets)]
        for k in range(len(targets), len(ends)):
            out[:, position[k]] = np.minimum(out[:, position[k]], found[:, k])
        return out

    def way(self, source: int, target: int) -> list[tuple[int, int]]:
        """Return the roads of the way between two network nodes, each with the node it is entered from.

        From a node to itself, and where there is no way, it has none.
        """
        (entries,) = self._entries(source, np.array([target]))
        return list(zip(self.graph.road[entries].tolist(), self._tails(entries).tolist(), strict=True))

    def ways(self, source: int, targets: IntArray) -> list[IntArray]:
        """Return the roads of the way from a network node to each of others, as `way` has them."""
        return [self.graph.road[entries] for entries in self._entries(source, targets)]

    def _tails(self, entries: IntArray) -> IntArray:
        """Return the network node that each entry of the graph leaves."""
        return self.graph.node[np.searchsorted(self.graph.indptr, entries, side="right") - 1]

    def _entries(self, source: int, targets: IntArray) -> list[IntArray]:
        """Return the entries of the graph on the way to each target."""
        ends, position = self.graph.standing_for(targets)
        costs = sweeps.sweep(self.ground.hierarchy, self.weights, np.array([source]), ends)[0]
        best = np.arange(len(targets))
        for k in range(len(targets), len(ends)):
            if costs[k] < costs[best[position[k]]]:
                best[position[k]] = k
        nodes, ptr = sweeps.trace(self.ground.hierarchy, self.weights, source, ends[best])
        entries = self.graph.find(nodes[:-1], nodes[1:]) if len(nodes) else nodes
        return [entries[a : max(a, b - 1)] for a, b in pairwise(ptr.tolist())]

    def refused(self, source: int, target: int) -> tuple[int, str] | None:
        """Return the road to blame, and why in words, where a way is there but may not be taken: never, here."""
        return None


def cells(costs: IntArray) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return costs as whole seconds and metres, rounded up; -1 in both where there is no way."""
    ms, dm = costs >> BITS, costs & ((1 << BITS) - 1)
    none = costs >= NONE
    seconds, metres = (np.where(none, -1, -(-part // unit)).astype(np.int32) for part, unit in ((ms, 1000), (dm, 10)))
    return seconds, metres
