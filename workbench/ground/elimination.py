"""Exact elimination: nodes leave the graph one by one, and shortcuts take their place.

Taking a node out joins its neighbours by shortcuts. The order in which nodes leave (few neighbours first) and the
arcs that arise depend only on which nodes roads join, not on how fast the roads are or whether they are open. So one
`Hierarchy` serves every profile, regime and closure of a network; `sweeps` puts costs on it and searches.

It lives on what roads are like: few of them join one half of a country with the other, so few arcs arise. On a graph
without that (every node joined with any others) it is as exact, but slow from some ten thousand nodes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.compiled import kernel
from workbench.ground.graph import Graph
from workbench.ground.roads import IntArray

Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Hierarchy:
    """The order of leaving, and an arc between each node and each neighbour that it left behind.

    ``rank[v]`` is the place of graph node v in the order; all else counts in ranks. The arcs of x are
    ``up_ptr[x]:up_ptr[x + 1]``, each to a higher ``up_head``, ascending. Those that end in y are
    ``down_ptr[y]:down_ptr[y + 1]``, each from a lower ``down_tail``, as arc ``down_arc``.
    """

    rank: Ints
    up_ptr: IntArray
    up_head: Ints
    down_ptr: IntArray
    down_tail: Ints
    down_arc: Ints


def eliminate(graph: Graph) -> Hierarchy:
    """Take the nodes of a graph out one by one. Costs don't matter, only which nodes are joined."""
    order, ptr, left = _order(*_neighbours(graph))
    rank = _ranks(order, ptr, left)
    return Hierarchy(rank, *_arcs(order, rank, ptr, left))


def _neighbours(graph: Graph) -> tuple[IntArray, Ints]:
    """Return who is joined with whom, either way, each once."""
    tail = graph.tails()
    pair = np.sort(np.concatenate([tail * graph.n + graph.head, graph.head * graph.n + tail]))
    pair = pair[np.diff(pair, prepend=-1) > 0]
    indptr = np.searchsorted(pair, np.arange(graph.n + 1) * graph.n).astype(np.int64)
    return indptr, (pair % graph.n).astype(np.int32)


class _Sets(NamedTuple):
    """Who is joined with each node that is still there: ``size[v]`` nodes from ``start[v]`` in a pool, with room."""

    start: IntArray
    size: Ints
    room: Ints


class _Queues(NamedTuple):
    """One queue per number of neighbours, as linked lists through the nodes; ``at`` is the queue of each node."""

    at: Ints
    following: Ints
    previous: Ints
    first: Ints
    last: Ints


@kernel
def _copy(source: Ints, begin: int, target: Ints, at: int, count: int) -> None:
    """Copy numbers from one array into another: written out, since slices take two seconds to compile."""
    for k in range(count):
        target[at + k] = source[begin + k]


@kernel
def _append(v: int, at: int, queues: _Queues) -> None:
    """Put a node at the end of a queue."""
    before = queues.last[at]
    queues.at[v] = at
    queues.previous[v] = before
    queues.following[v] = -1
    queues.last[at] = v
    if before < 0:
        queues.first[at] = v
    else:
        queues.following[before] = v


@kernel
def _remove(v: int, queues: _Queues) -> None:
    """Take a node out of its queue."""
    before, after = queues.previous[v], queues.following[v]
    if before < 0:
        queues.first[queues.at[v]] = after
    else:
        queues.following[before] = after
    if after < 0:
        queues.last[queues.at[v]] = before
    else:
        queues.previous[after] = before


@kernel
def _start(indptr: IntArray, head: Ints) -> tuple[_Sets, _Queues, Ints]:
    """Return the sets, queues and pool of a graph that is still whole. Dead ends queue with nodes of two neighbours."""
    n = len(indptr) - 1
    sets = _Sets(np.empty(n, np.int64), np.empty(n, np.int32), np.empty(n, np.int32))
    none = np.full(n + 3, -1, np.int32)
    queues = _Queues(none.copy(), none.copy(), none.copy(), none.copy(), none)
    pool = np.empty(len(head) * 4 + n * 2 + 64, np.int32)
    end = 0
    for v in range(n):
        size = indptr[v + 1] - indptr[v]
        sets.start[v] = end
        sets.size[v] = size
        sets.room[v] = 2 * size + 2
        _copy(head, indptr[v], pool, end, size)
        end += 2 * size + 2
        _append(v, max(size, 2), queues)
    pool[-1] = end
    return sets, queues, pool


@kernel
def _joined(u: int, gone: int, others: Ints, mark: Ints, sets: _Sets, pool: Ints) -> Ints:
    """Join a node with the others that the node just gone leaves behind; return the pool, grown if need be.

    The last number of the pool is where its free part begins. ``mark[w] == u`` says that u knows w.
    """
    s = sets.start[u]
    k = 0
    for j in range(s, s + sets.size[u]):
        w = pool[j]
        if w != gone:
            pool[s + k] = w
            k += 1
            mark[w] = u
    mark[u] = u
    if k + len(others) > sets.room[u]:
        end, room = np.int64(pool[-1]), 2 * (k + len(others))
        if end + room + 1 > len(pool):
            grown = np.empty(2 * len(pool) + room, np.int32)
            _copy(pool, 0, grown, 0, int(end))
            pool = grown
        _copy(pool, int(s), pool, int(end), k)
        pool[-1] = end + room
        sets.start[u] = s = end
        sets.room[u] = room
    for w in others:
        if mark[w] != u:
            pool[s + k] = w
            k += 1
    sets.size[u] = k
    return pool


@kernel
def _order(indptr: IntArray, head: Ints) -> tuple[Ints, IntArray, Ints]:
    """Return the order of leaving and, in that order, whom each node left behind.

    Those with the fewest neighbours go first; of those, who has been left alone the longest.
    """
    n = len(indptr) - 1
    sets, queues, pool = _start(indptr, head)
    order = np.empty(n, np.int32)
    ptr = np.zeros(n + 1, np.int64)
    left = np.empty(len(head) * 2 + 64, np.int32)
    mark = np.empty(n, np.int32)
    low = 2
    for step in range(n):
        while queues.first[low] < 0:
            low += 1
        v = queues.first[low]
        _remove(v, queues)
        order[step] = v
        at, end = ptr[step], ptr[step] + sets.size[v]
        ptr[step + 1] = end
        if end > len(left):
            grown = np.empty(2 * end, np.int32)
            _copy(left, 0, grown, 0, at)
            left = grown
        _copy(pool, sets.start[v], left, at, end - at)
        for u in left[at:end]:
            mark[left[at:end]] = -1
            pool = _joined(u, v, left[at:end], mark, sets, pool)
            _remove(u, queues)
            _append(u, max(sets.size[u], 2), queues)
            low = min(low, queues.at[u])
    return order, ptr, left[: ptr[n]].copy()


@kernel
def _ranks(order: Ints, ptr: IntArray, left: Ints) -> Ints:
    """Return each node's rank: an order that leaves the same arcs, with all that hangs under a node right before it."""
    n = len(order)
    step_of = np.empty(n, np.int32)
    for step in range(n):
        step_of[order[step]] = step
    parent = np.full(n, n, np.int32)
    size = np.ones(n, np.int32)
    for step in range(n):
        for a in range(ptr[step], ptr[step + 1]):
            parent[step] = min(parent[step], step_of[left[a]])
        if parent[step] < n:
            size[parent[step]] += size[step]
    begin = np.zeros(n + 1, np.int32)
    rank = np.empty(n, np.int32)
    for step in range(n - 1, -1, -1):
        begin[step] = begin[parent[step]]
        begin[parent[step]] += size[step]
        rank[order[step]] = begin[step] + size[step] - 1
    return rank


@kernel
def _arcs(order: Ints, rank: Ints, ptr: IntArray, left: Ints) -> tuple[IntArray, Ints, IntArray, Ints, Ints]:
    """Return the arcs by their lower and by their higher end, both sorted."""
    n, arcs = len(order), len(left)
    up_ptr, down_ptr = np.zeros(n + 1, np.int64), np.zeros(n + 1, np.int64)
    step_of = np.empty(n, np.int32)
    for step in range(n):
        step_of[rank[order[step]]] = step
        up_ptr[rank[order[step]] + 1] = ptr[step + 1] - ptr[step]
    for a in range(arcs):
        down_ptr[rank[left[a]] + 1] += 1
    up_ptr, down_ptr = np.cumsum(up_ptr), np.cumsum(down_ptr)
    up_head, down_tail, down_arc = np.empty(arcs, np.int32), np.empty(arcs, np.int32), np.empty(arcs, np.int32)
    filled = down_ptr.copy()
    for x in range(n):
        for a in range(ptr[step_of[x]], ptr[step_of[x] + 1]):
            y = rank[left[a]]
            down_tail[filled[y]] = x
            filled[y] += 1
    filled = up_ptr.copy()
    for y in range(n):
        for q in range(down_ptr[y], down_ptr[y + 1]):
            a = filled[down_tail[q]]
            up_head[a] = y
            down_arc[q] = a
            filled[down_tail[q]] += 1
    return up_ptr, up_head, down_ptr, down_tail, down_arc
