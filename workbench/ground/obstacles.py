"""What bars a trip: the fewest roads that have to open together before there is a way."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from workbench.ground import cache, graph, pareto
from workbench.ground.pareto import FAR
from workbench.ground.roads import BoolArray, IntArray, Network


class _Leg(NamedTuple):
    """From one network node to another; ``homeward`` is searched from its end, as many trips share that."""

    start: int
    end: int
    homeward: bool


class _Side(NamedTuple):
    """A graph's entries as one search takes them: from ``behind`` to ``ahead``, in the order of ``indptr``.

    ``cost`` has the columns barred (1 or 0), milliseconds, decimetres; ``node`` is that of `graph.Graph`.
    """

    indptr: IntArray
    behind: IntArray
    ahead: IntArray
    road: IntArray
    cost: IntArray
    node: IntArray


class Obstacles:
    """The ways there are once nothing is barred. ``ms`` is by road, -1 where nothing helps; ``barred`` says which are.

    The best way meets the fewest barred roads, then takes the least time, then is the shortest. Banned turns are not
    made.
    """

    def __init__(self, network: Network, ms: IntArray, barred: BoolArray) -> None:
        self.network = network
        self.ms = ms
        self.barred = barred

    @cached_property
    def name(self) -> str:
        """The content name of all that its answers depend on."""
        net = self.network
        ground = cache.name_of(net.ends, net.oneway, net.banned, len(net.node_ids), net.length_m)
        return cache.name_of("obstacles", ground, self.ms, self.barred)

    def fewest(self, trip: Sequence[int]) -> tuple[int, ...] | None:
        """Return the barred roads that have to open together for a trip over network nodes, in the order met.

        On each leg they are the fewest beyond those that earlier legs ask for; what is then not needed is left out,
        so that with any one of them still barred there is no way. Empty where nothing has to open, None where the
        roads do not join the nodes at all.
        """
        legs = [_Leg(a, b, at == len(trip) - 2) for at, (a, b) in enumerate(pairwise(trip)) if a != b]
        found: list[int] = []
        for leg in legs:
            met = self._met(leg, found)
            if met is None:
                return None
            found += dict.fromkeys(met)
        for road in list(found) if len(found) > 1 else ():
            fewer = [other for other in found if other != road]
            if not any(self._met(leg, fewer) for leg in legs):
                found = fewer
        return tuple(found)

    def _met(self, leg: _Leg, opened: Collection[int]) -> list[int] | None:
        """Return the barred roads on the best way of a leg once some of them are open; None for no way."""
        root, far = (leg.end, leg.start) if leg.homeward else (leg.start, leg.end)
        name = cache.name_of("tree", self.name, leg.homeward, root, sorted(opened))
        tree = cache.fetch(name, lambda: _grown(self, leg.homeward, root, opened), on_disk=False)
        last, road, before = tree
        at = int(last[far])
        if at < 0:
            return None
        met = []
        while before[at] >= 0:
            if self.barred[road[at]] and road[at] not in opened:
                met.append(int(road[at]))
            at = int(before[at])
        return met if leg.homeward else met[::-1]


def _grown(obstacles: Obstacles, homeward: bool, root: int, opened: Collection[int]) -> cache.Arrays:
    """Return the tree of best ways from (homeward: to) a network node.

    The graph node where the way to each network node is known from (-1: no way), and for each graph node the road and
    the node by which it is reached (-1: none).
    """
    side = _sides(obstacles)[homeward]
    cost, nodes = side.cost.copy(), len(obstacles.network.node_ids)
    cost[np.isin(side.road, list(opened)), 0] = 0
    roots = np.flatnonzero(side.node == root) if homeward else np.array([root])
    best, by = pareto.cheapest(side.indptr, side.ahead, cost, roots)
    last = np.arange(nodes)
    for copy in range(nodes, len(side.node)) if not homeward else ():
        at = last[side.node[copy]]
        if best[copy].tolist() < best[at].tolist():
            last[side.node[copy]] = copy
    road, before = (np.append(column, -1)[by].astype(np.int32) for column in (side.road, side.behind))
    return np.where(best[last, 0] < FAR, last, -1), road, before


@lru_cache(maxsize=1)
def _sides(obstacles: Obstacles) -> tuple[_Side, _Side]:
    """Return the graph as searches forward take it, and as those from the end of a way do; large, so one is kept."""
    g = graph.from_roads(obstacles.network, np.flatnonzero(obstacles.ms >= 0), obstacles.ms, parallel=True)
    cost = np.stack([obstacles.barred[g.road].astype(np.int64), g.ms, g.dm], axis=1)
    tails, order = g.tails(), np.argsort(g.head, kind="stable")
    turned = np.zeros(g.n + 1, dtype=np.int64)
    np.cumsum(np.bincount(g.head, minlength=g.n), out=turned[1:])
    return (
        _Side(g.indptr, tails, g.head, g.road, cost, g.node),
        _Side(turned, g.head[order], tails[order], g.road[order], cost[order], g.node),
    )
