"""Costs on a hierarchy, and exact searches on it: every cheapest way climbs to nodes that left later, then descends.

A cost is one integer, ``milliseconds << BITS | decimetres``: cheapest is fastest, then shortest, and sums are exact.
Ways of 49 days or of 53,000 km are beyond it: they count as none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from workbench.compiled import kernel
from workbench.ground.elimination import Hierarchy, Ints
from workbench.ground.graph import Graph
from workbench.ground.roads import BoolArray, IntArray

BITS = 29
"""Bits of a cost that hold the decimetres."""
NONE = 1 << 61
"""The cost of no way."""
LANES = 16
"""Sources swept at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """The costs of a hierarchy's arcs, upward and downward, and the node that each goes by (-1: it is a road)."""

    cost: IntArray
    via: Ints


class _Below(NamedTuple):
    """What a descent may touch, highest first: nodes, and to each the open arcs from higher nodes with their costs."""

    node: Ints
    ptr: IntArray
    head: Ints
    cost: IntArray


def weigh(hierarchy: Hierarchy, graph: Graph) -> Weights:
    """Put the costs of a graph on a hierarchy of the same nodes.

    Raises
    ------
    ValueError
        When the graph joins nodes that the hierarchy does not.
    """
    h = hierarchy
    costs = np.minimum(graph.ms, NONE >> BITS) << BITS | np.minimum(graph.dm, (1 << BITS) - 1)
    cost, fits = _laid(h.rank, (h.up_ptr, h.up_head), (graph.indptr, graph.head), costs)
    if not fits:
        raise ValueError("Expected a graph of the roads that the hierarchy was made of, got one with other roads.")
    return Weights(cost, _lowered(h.up_ptr, h.up_head, (h.down_ptr, h.down_tail, h.down_arc), cost))


def sweep(hierarchy: Hierarchy, weights: Weights, sources: IntArray, targets: IntArray) -> IntArray:
    """Return the cost from each source to each target, both graph nodes; `NONE` where there is no way."""
    h = hierarchy
    begin, end = h.rank[sources], h.rank[targets]
    order = np.argsort(begin, kind="stable")
    below = _below(h.up_ptr, h.up_head, weights.cost, end)
    out = np.empty((len(begin), len(end)), dtype=np.int64)
    out[order] = _swept((h.up_ptr, h.up_head), weights.cost, below, begin[order], end)
    return out


def trace(hierarchy: Hierarchy, weights: Weights, source: int, targets: IntArray) -> tuple[IntArray, IntArray]:
    """Return the graph nodes of the cheapest ways to the targets, one after another, and where each begins.

    Both ends are in. A target that can't be reached has none.
    """
    h = hierarchy
    up = (h.up_ptr, h.up_head)
    there, before = _climbed(up, weights.cost, 0, int(h.rank[source]))
    ranks, ptr = _traced(up, weights.cost, weights.via, (there, before), h.rank[targets])
    node = np.empty(len(h.rank), dtype=np.int64)
    node[h.rank] = np.arange(len(h.rank))
    return node[ranks], ptr


@kernel
def _arc(up: tuple[IntArray, Ints], x: int, y: int) -> int:
    """Return the arc between two ranks, or -1."""
    ptr, head = up
    if x > y:
        x, y = y, x
    low, high = ptr[x], ptr[x + 1]
    while low < high:
        middle = (low + high) // 2
        if head[middle] < y:
            low = middle + 1
        else:
            high = middle
    return low if low < ptr[x + 1] and head[low] == y else -1


@kernel
def _laid(
    rank: Ints, up: tuple[IntArray, Ints], roads: tuple[IntArray, IntArray], costs: IntArray
) -> tuple[IntArray, bool]:
    """Return the costs of a graph's entries on their arcs, upward and downward, and whether all have one."""
    indptr, head = roads
    cost = np.full((len(up[1]), 2), NONE, np.int64)
    fits = True
    for v in range(len(indptr) - 1):
        for e in range(indptr[v], indptr[v + 1]):
            a = _arc(up, rank[v], rank[head[e]])
            if a < 0:
                fits = False
            else:
                side = 0 if rank[v] < rank[head[e]] else 1
                cost[a, side] = min(cost[a, side], costs[e])
    return cost, fits


@kernel
def _lowered(up_ptr: IntArray, up_head: Ints, down: tuple[IntArray, Ints, Ints], cost: IntArray) -> Ints:
    """Lower the cost of every arc (y, z) to that of going by a lower node x; return by which, -1 for none."""
    down_ptr, down_tail, down_arc = down
    n = len(up_ptr) - 1
    via = np.full((len(up_head), 2), -1, np.int32)
    arc_to = np.zeros(n, np.int64)
    for y in range(n):
        for a in range(up_ptr[y], up_ptr[y + 1]):
            arc_to[up_head[a]] = a
        for q in range(down_ptr[y], down_ptr[y + 1]):
            x, xy = down_tail[q], down_arc[q]
            there, back = cost[xy, 0], cost[xy, 1]
            if there == NONE and back == NONE:
                continue
            for xz in range(xy + 1, up_ptr[x + 1]):
                a = arc_to[up_head[xz]]
                upward = back + cost[xz, 0]
                if upward < cost[a, 0]:
                    cost[a, 0] = upward
                    via[a, 0] = x
                downward = cost[xz, 1] + there
                if downward < cost[a, 1]:
                    cost[a, 1] = downward
                    via[a, 1] = x
    return via


@kernel
def _below(up_ptr: IntArray, up_head: Ints, cost: IntArray, ends: Ints) -> _Below:
    """Return what a descent to ``ends`` may touch."""
    n = len(up_ptr) - 1
    needed = np.zeros(n, np.bool_)
    needed[ends] = True
    nodes = arcs = 0
    for x in range(n):
        if needed[x]:
            nodes += 1
            for a in range(up_ptr[x], up_ptr[x + 1]):
                needed[up_head[a]] = True
                arcs += cost[a, 1] < NONE
    out = _Below(
        np.empty(nodes, np.int32), np.zeros(nodes + 1, np.int64), np.empty(arcs, np.int32), np.empty(arcs, np.int64)
    )
    k = at = 0
    for x in range(n - 1, -1, -1):
        if needed[x]:
            for a in range(up_ptr[x], up_ptr[x + 1]):
                if cost[a, 1] < NONE:
                    out.head[at] = up_head[a]
                    out.cost[at] = cost[a, 1]
                    at += 1
            out.node[k] = x
            k += 1
            out.ptr[k] = at
    return out


@kernel
def _swept(up: tuple[IntArray, Ints], cost: IntArray, below: _Below, begin: Ints, end: Ints) -> IntArray:
    """Return the costs from each of ``begin``, ascending, to each of ``end``: a group of sources at a time."""
    n = len(up[0]) - 1
    out = np.empty((len(begin), len(end)), np.int64)
    far = np.full((n, LANES), NONE, np.int64)
    reached = np.zeros(n, np.bool_)
    for at in range(0, len(begin), LANES):
        group = begin[at : at + LANES]
        for k in range(len(group)):
            far[group[k], k] = 0
            reached[group[k]] = True
        _climb(up, cost, group[0], far, reached)
        _descend(below, far)
        for k in range(len(group)):
            for t in range(len(end)):
                out[at + k, t] = far[end[t], k]
        for x in range(group[0], n):
            if reached[x]:
                far[x] = NONE
                reached[x] = False
        for x in below.node:
            far[x] = NONE
    return out


@kernel
def _climb(up: tuple[IntArray, Ints], cost: IntArray, lowest: int, far: IntArray, reached: BoolArray) -> None:
    """Carry costs upward from the nodes reached so far, the lowest first."""
    ptr, head = up
    for x in range(lowest, len(reached)):
        if reached[x]:
            here = far[x]
            for a in range(ptr[x], ptr[x + 1]):
                step = cost[a, 0]
                if step < NONE:
                    reached[head[a]] = True
                    there = far[head[a]]
                    for k in range(LANES):
                        there[k] = min(there[k], here[k] + step)


@kernel
def _descend(below: _Below, far: IntArray) -> None:
    """Carry costs downward to all that is below."""
    for i in range(len(below.node)):
        here = far[below.node[i]]
        for a in range(below.ptr[i], below.ptr[i + 1]):
            step = below.cost[a]
            there = far[below.head[a]]
            for k in range(LANES):
                here[k] = min(here[k], there[k] + step)


@kernel
def _climbed(up: tuple[IntArray, Ints], cost: IntArray, side: int, start: int) -> tuple[IntArray, Ints]:
    """Return each rank's cost when climbing from ``start``, and from which rank one gets there."""
    ptr, head = up
    n = len(ptr) - 1
    far = np.full(n, NONE, np.int64)
    before = np.full(n, -1, np.int32)
    far[start] = 0
    for x in range(start, n):
        if far[x] < NONE:
            for a in range(ptr[x], ptr[x + 1]):
                total = far[x] + cost[a, side]
                if total < far[head[a]]:
                    far[head[a]] = total
                    before[head[a]] = x
    return far, before


@kernel
def _traced(
    up: tuple[IntArray, Ints], cost: IntArray, via: Ints, climb: tuple[IntArray, Ints], ends: Ints
) -> tuple[Ints, IntArray]:
    """Return the ranks of the cheapest ways to some ends: up to the best top and down, with the shortcuts spelt out."""
    there, before = climb
    out = [np.int32(0)]
    out.pop()
    ptr = np.zeros(len(ends) + 1, np.int64)
    for q in range(len(ends)):
        back, after = _climbed(up, cost, 1, int(ends[q]))
        top = np.argmin(there + back)
        if there[top] + back[top] < NONE:
            _spell(up, via, (before, after), int(top), out)
        ptr[q + 1] = len(out)
    return np.array(out, np.int32), ptr


@kernel
def _spell(up: tuple[IntArray, Ints], via: Ints, climbed: tuple[Ints, Ints], top: int, out: list[np.int32]) -> None:
    """Add the ranks of the way over ``top`` to ``out``, given from where each rank is climbed to from either end."""
    before, after = climbed
    todo = [np.int64(top)]
    while before[todo[-1]] >= 0:
        todo.append(np.int64(before[todo[-1]]))
    todo.reverse()
    while after[todo[-1]] >= 0:
        todo.append(np.int64(after[todo[-1]]))
    todo.reverse()
    here = todo.pop()
    out.append(np.int32(here))
    while len(todo):
        a = _arc(up, int(here), int(todo[-1]))
        middle = via[a, 0 if here < todo[-1] else 1]
        if middle < 0:
            here = todo.pop()
            out.append(np.int32(here))
        else:
            todo.append(np.int64(middle))
