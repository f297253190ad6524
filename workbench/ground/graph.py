"""The graph that searches run on: roads that may be driven, as arrays, with banned turns built into it.

A node with banned turns is split: for each road one may not turn from at will, the node gets a copy with the roads
one may go on by, and that road leads to the copy. So an ordinary search never makes a banned turn, and nodes without
bans cost nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.ground.hours import BY_DAY, Conditions
from workbench.ground.roads import IntArray, Limits, Network


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """Entries by tail: those of node v are ``indptr[v]:indptr[v + 1]`` of ``head``, ``ms``, ``dm`` and ``road``.

    Costs are whole milliseconds and decimetres, rounded up per road; the cheapest way is the fastest, of equally
    fast ones the shortest. Between two nodes there is one entry: the fastest, then the shortest road, then the first
    in the network. Nodes below ``len(network.node_ids)`` are the network's own, where ways begin; the others are
    copies. ``node`` says which network node a node stands for: a way may end at any of them.
    """

    n: int
    indptr: IntArray
    head: IntArray
    ms: IntArray
    dm: IntArray
    road: IntArray
    node: IntArray

    def tails(self) -> IntArray:
        """Return the node that each entry leaves."""
        return np.repeat(np.arange(self.n, dtype=np.int64), np.diff(self.indptr))

    def find(self, tails: IntArray, heads: IntArray) -> IntArray:
        """Return the entries from some nodes to others, each of which must exist."""
        return np.searchsorted(self.tails() * self.n + self.head, tails * self.n + heads)

    def standing_for(self, nodes: IntArray) -> tuple[IntArray, IntArray]:
        """Return the graph nodes where ways to network ``nodes`` may end, and for each its position in ``nodes``."""
        copies = np.flatnonzero(self.node != np.arange(self.n))
        copy, position = np.nonzero(self.node[copies][:, None] == nodes[None, :])
        return np.concatenate([nodes, copies[copy]]), np.concatenate([np.arange(len(nodes)), position])


def build(network: Network, limits: Limits, when: Conditions = BY_DAY, *, parallel: bool = False) -> Graph:
    """Build the graph of the roads that these limits may drive, at the slowest that the conditions make of each.

    Nodes are the same for all limits and conditions. ``parallel`` is as in `from_roads`.
    """
    ms = network.planned_ms(limits, when)
    return from_roads(network, np.flatnonzero(ms >= 0), ms, parallel=parallel)


def from_roads(network: Network, roads: IntArray, ms: IntArray, *, parallel: bool = False) -> Graph:
    """Build the graph of some roads of a network, given the milliseconds of each of the network's roads.

    With ``parallel`` every road between two nodes has its entry, by tail, head and cost: a slower one may be safer.
    """
    tail, head, road = directed(network, roads)
    dm = network.decimetres().astype(np.int64)
    node = np.concatenate([np.arange(len(network.node_ids), dtype=np.int64), _copies(network)[1]])
    kept = _cheapest(len(node), tail, head, (ms[road], dm[road], road), parallel=parallel)
    tail, head, road = tail[kept], head[kept], road[kept]
    indptr = np.zeros(len(node) + 1, dtype=np.int64)
    np.cumsum(np.bincount(tail, minlength=len(node)), out=indptr[1:])
    return Graph(len(node), indptr, head, ms[road], dm[road], road, node)


def directed(network: Network, roads: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Return (tail, head, road) in graph nodes: one for each direction and copy of its nodes that a road is driven."""
    back = roads[~network.oneway[roads]]
    tail = np.concatenate([network.ends[roads, 0], network.ends[back, 1]])
    head = np.concatenate([network.ends[roads, 1], network.ends[back, 0]])
    road = np.concatenate([roads, back])
    nodes = len(network.node_ids)
    copies, copy_node, banned = _copies(network)
    head = _redirected(head, road, (copies, nodes))
    return _split(tail, head, road, (copy_node, nodes, banned, len(network.edge_ids)))


def _copies(network: Network) -> tuple[IntArray, IntArray, IntArray]:
    """Return the copies' keys (road * nodes + node, sorted), their nodes, and the bans as copy * roads + road."""
    from_road, via, to_road = network.banned.T
    keys, copy = np.unique(from_road * len(network.node_ids) + via, return_inverse=True)
    return keys, keys % len(network.node_ids), np.sort(copy * len(network.edge_ids) + to_road)


def _redirected(head: IntArray, road: IntArray, by: tuple[IntArray, int]) -> IntArray:
    """Return the heads, with those of roads that have banned turns there replaced by the copy."""
    keys, nodes = by
    if not keys.size:
        return head
    key = road * nodes + head
    at = np.minimum(np.searchsorted(keys, key), len(keys) - 1)
    return np.where(keys[at] == key, nodes + at, head)


def _split(
    tail: IntArray, head: IntArray, road: IntArray, by: tuple[IntArray, int, IntArray, int]
) -> tuple[IntArray, IntArray, IntArray]:
    """Add to the entries those that leave copies: what leaves their node, less the banned turns."""
    copy_node, nodes, banned, roads = by
    if not copy_node.size:
        return tail, head, road
    order = np.argsort(tail, kind="stable")
    start = np.searchsorted(tail[order], copy_node)
    count = np.searchsorted(tail[order], copy_node, side="right") - start
    copy = np.repeat(np.arange(len(copy_node)), count)
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    entry = order[np.repeat(start, count) + within]
    allowed = ~np.isin(copy * roads + road[entry], banned)
    copy, entry = copy[allowed], entry[allowed]
    return (
        np.concatenate([tail, nodes + copy]),
        np.concatenate([head, head[entry]]),
        np.concatenate([road, road[entry]]),
    )


def _cheapest(
    n: int, tail: IntArray, head: IntArray, cost: tuple[IntArray, ...], *, parallel: bool = False
) -> IntArray:
    """Return the entries to keep, by tail and head: the cheapest of each pair, none from a node to itself.

    With ``parallel`` all entries of a pair, the cheapest first.
    """
    pair = tail * n + head
    order = np.argsort(pair, kind="stable")
    order = order[tail[order] != head[order]]
    new = np.diff(pair[order], prepend=-1) != 0
    alone = new & (np.diff(pair[order], append=-1) != 0)
    rows = order[~alone]
    order[~alone] = rows[np.lexsort((*(part[rows] for part in reversed(cost)), pair[rows]))]
    return np.asarray(order if parallel else order[new], dtype=np.int64)
