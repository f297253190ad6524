"""A graph with few nodes left, and of all ways between them those that none beats in both time and risk.

Nodes leave in the order of a `Hierarchy`; for each two neighbours of one that leaves, the ways over it become arcs,
less those that are slower and riskier than another. So no way that belongs to a front is lost, whatever its two ends,
and a search makes its labels at one node in twenty. Nodes whose leaving would leave too many arcs stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from workbench.compiled import kernel
from workbench.ground.elimination import Hierarchy, Ints
from workbench.ground.graph import Graph
from workbench.ground.roads import BoolArray, IntArray

MOST_NEIGHBOURS = 8
"""A node with more neighbours than this stays: measured, more cost a search more arcs than they save it nodes."""
MOST_JOINED = 4096
"""A node stays that would join more pairs of ways than this."""
TAIL, HEAD, MS, RISK, DM = range(5)
"""Columns of an arc."""


@dataclass(frozen=True, slots=True, eq=False)
class Thin:
    """The nodes by place: those that stay before ``stay``, then those that left, the last to leave first.

    ``place`` and ``node`` lead from graph node to place and back. ``arcs`` holds a row per arc. Those that leave place
    p for one before it, or from one that stays for another, are ``up[p]:up[p + 1]``; those that come to a place that
    left from one before it are ``down[p - stay]:down[p - stay + 1]``. ``back`` lists the arcs between nodes that stay
    by their end, as ``back_ptr`` says. ``parts`` says what arc ``item`` was made of: two items, or an entry and -1.
    """

    stay: int
    place: IntArray
    node: IntArray
    arcs: IntArray
    up: IntArray
    down: IntArray
    back_ptr: IntArray
    back: IntArray
    item: Ints
    parts: Ints

    def entries(self, arc: int) -> list[int]:
        """Return the entries of the graph that an arc stands for, in order."""
        out, pile = [], [int(self.item[arc])]
        while pile:
            first, second = self.parts[pile.pop()].tolist()
            if second < 0:
                out.append(first)
            else:
                pile += [second, first]
        return out


class _Ways(NamedTuple):
    """Ways between two nodes in linked lists, by time: ``first`` of arc a upward is 2a, downward 2a + 1.

    ``cost`` holds milliseconds, risk, decimetres; ``parts`` are two other ways, or an entry and -1.
    """

    first: Ints
    following: Ints
    cost: IntArray
    parts: Ints


def thin(graph: Graph, cost: IntArray, hierarchy: Hierarchy, certain: int) -> Thin:
    """Thin out a graph whose entries cost (milliseconds, risk, decimetres); those of ``certain`` risk are left out."""
    h, n, tails = hierarchy, graph.n, graph.tails()
    ends = np.sort(np.stack([h.rank[tails], h.rank[graph.head]]).astype(np.int64), axis=0)
    below = np.repeat(np.arange(n, dtype=np.int64), np.diff(h.up_ptr))
    side = 2 * np.searchsorted(below * n + h.up_head, ends[0] * n + ends[1])
    side[h.rank[tails] > h.rank[graph.head]] += 1
    side[cost[:, 1] >= certain] = -1
    ways, left, count = _joined(h.up_ptr, h.up_head, side, cost)
    item, kind = _listed(ways)
    stay = n - int(left.sum())
    place = np.empty(n, dtype=np.int64)
    place[np.concatenate([np.flatnonzero(~left), np.flatnonzero(left)[::-1]])] = np.arange(n)
    tail, head = place[below[kind // 2]], place[h.up_head[kind // 2]]
    tail, head = np.where(kind % 2, head, tail), np.where(kind % 2, tail, head)
    comes = (head >= stay) & (head > tail)
    of = np.where(comes, n + head, tail)
    order = np.argsort(of, kind="stable")
    arcs = np.column_stack([tail, head, ways.cost[item]])[order]
    first = np.searchsorted(of[order], np.arange(2 * n + 1)).astype(np.int64)
    between = np.flatnonzero(arcs[: first[stay], HEAD] < stay)
    back = between[np.argsort(arcs[between, HEAD], kind="stable")]
    back_ptr = np.searchsorted(arcs[back, HEAD], np.arange(stay + 1)).astype(np.int64)
    node = np.empty(n, dtype=np.int64)
    node[place[h.rank]] = np.arange(n)
    parts = ways.parts[:count].copy()
    return Thin(stay, place[h.rank], node, arcs, first[: n + 1], first[n + stay :], back_ptr, back, item[order], parts)


@kernel
def _offer(side: int, cost: tuple[int, int, int], parts: tuple[int, int], ways: _Ways, count: int) -> int:
    """Put a way among those of its kind unless one is as good, and take out those it beats; return the new count."""
    ms, risk, dm = cost
    before, at = -1, ways.first[side]
    while at >= 0:
        t, r = ways.cost[at, 0], ways.cost[at, 1]
        if t > ms or (t == ms and (r > risk or (r == risk and ways.cost[at, 2] > dm))):
            break
        if r <= risk:
            return count
        before, at = at, ways.following[at]
    while at >= 0 and ways.cost[at, 1] >= risk:
        at = ways.following[at]
    ways.cost[count, 0], ways.cost[count, 1], ways.cost[count, 2] = ms, risk, dm
    ways.parts[count, 0], ways.parts[count, 1] = parts
    ways.following[count] = at
    if before < 0:
        ways.first[side] = count
    else:
        ways.following[before] = count
    return count + 1


@kernel
def _roomy(ways: _Ways, count: int, more: int) -> _Ways:
    """Return the ways with room for some more."""
    if count + more <= len(ways.following):
        return ways
    size = 2 * len(ways.following) + more
    following, cost, parts = np.empty(size, np.int32), np.empty((size, 3), np.int64), np.empty((size, 2), np.int32)
    for k in range(count):
        following[k] = ways.following[k]
        parts[k, 0], parts[k, 1] = ways.parts[k, 0], ways.parts[k, 1]
        for c in range(3):
            cost[k, c] = ways.cost[k, c]
    return _Ways(ways.first, following, cost, parts)


@kernel
def _through(into: int, out: int, side: int, ways: _Ways, count: int) -> int:
    """Offer every way of one kind followed by one of another; return the new count."""
    a = ways.first[into]
    while a >= 0:
        b = ways.first[out]
        while b >= 0:
            cost = (
                ways.cost[a, 0] + ways.cost[b, 0], ways.cost[a, 1] + ways.cost[b, 1], ways.cost[a, 2] + ways.cost[b, 2],
            )  # fmt: skip
            count = _offer(side, cost, (a, b), ways, count)
            b = ways.following[b]
        a = ways.following[a]
    return count


@kernel
def _count(side: int, ways: _Ways) -> int:
    """Return how many ways of a kind there are."""
    count, at = 0, ways.first[side]
    while at >= 0:
        count, at = count + 1, ways.following[at]
    return count


@kernel
def _joined(up_ptr: IntArray, up_head: Ints, sides: IntArray, costs: IntArray) -> tuple[_Ways, BoolArray, int]:
    """Let nodes leave in the order of their ranks; return the ways made, which ranks left, and how many ways."""
    n, entries = len(up_ptr) - 1, len(sides)
    ways = _Ways(
        np.full(2 * len(up_head), -1, np.int32), np.empty(4 * entries + 64, np.int32),
        np.empty((4 * entries + 64, 3), np.int64), np.empty((4 * entries + 64, 2), np.int32),
    )  # fmt: skip
    left, spot, count = np.ones(n, np.bool_), np.empty(n, np.int64), 0
    for e in range(entries):
        if sides[e] >= 0:
            count = _offer(sides[e], (costs[e, 0], costs[e, 1], costs[e, 2]), (e, -1), ways, count)
    for x in range(n):
        begin, end = up_ptr[x], up_ptr[x + 1]
        into = out = 0
        for a in range(begin, end):
            into, out = into + _count(2 * a + 1, ways), out + _count(2 * a, ways)
        if end - begin > MOST_NEIGHBOURS or into * out > MOST_JOINED:
            left[x] = False
        if not left[x]:
            if end > begin:
                left[up_head[begin]] = False
            continue
        ways = _roomy(ways, count, into * out)
        for a in range(begin, end):
            y = up_head[a]
            for c in range(up_ptr[y], up_ptr[y + 1]):
                spot[up_head[c]] = c
            for b in range(a + 1, end):
                c = spot[up_head[b]]
                count = _through(2 * a + 1, 2 * b, 2 * c, ways, count)
                count = _through(2 * b + 1, 2 * a, 2 * c + 1, ways, count)
    return ways, left, count


@kernel
def _listed(ways: _Ways) -> tuple[Ints, Ints]:
    """Return every way that is left and its kind, kind by kind."""
    total = 0
    for side in range(len(ways.first)):
        total += _count(side, ways)
    item, kind, k = np.empty(total, np.int32), np.empty(total, np.int32), 0
    for side in range(len(ways.first)):
        at = ways.first[side]
        while at >= 0:
            item[k], kind[k] = at, side
            at, k = ways.following[at], k + 1
    return item, kind
