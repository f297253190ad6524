"""Compiled searches by time and risk: exact integer costs, and the same order of ties on every machine."""

from __future__ import annotations

import numpy as np

from workbench.compiled import kernel
from workbench.ground.roads import BoolArray, IntArray

FAR = 2**62
"""The cost of what can't be reached."""
CERTAIN = 10**12
"""A risk of this much or more is certain loss: more than certain is the same."""
CHOICE, DEAD_END = -1, -2
"""What follows an entry where no one entry does: several, or none but the way back."""
MS, RISK, DM, NODE, PARENT, ENTRY = range(6)
"""Columns of a label: the way so far in milliseconds, risk, decimetres; where it stands; how it came there."""


@kernel
def cheapest(indptr: IntArray, head: IntArray, cost: IntArray, starts: IntArray) -> tuple[IntArray, IntArray]:
    """Return the least cost from any of ``starts`` to every node, and the entry each is reached by (-1: none).

    ``cost`` has three columns per entry, compared in their order; what can't be reached costs `FAR`.
    """
    n = indptr.shape[0] - 1
    best = np.full((n, 3), FAR, dtype=np.int64)
    by = np.full(n, -1, dtype=np.int64)
    done = np.zeros(n, dtype=np.bool_)
    heap = np.empty((1024, 4), dtype=np.int64)
    size = 0
    for v in starts:
        best[v] = 0
        heap = _room(heap, size)
        size = _push(heap, size, (0, 0, 0, v))
    while size:
        v = heap[0, 3]
        size = _pop(heap, size)
        if done[v]:
            continue
        done[v] = True
        for e in range(indptr[v], indptr[v + 1]):
            w = head[e]
            row = (best[v, 0] + cost[e, 0], best[v, 1] + cost[e, 1], best[v, 2] + cost[e, 2], w)
            if not done[w] and row < (best[w, 0], best[w, 1], best[w, 2], w):
                best[w, 0], best[w, 1], best[w, 2] = row[0], row[1], row[2]
                by[w] = e
                heap = _room(heap, size)
                size = _push(heap, size, row)
    return best, by


@kernel
def without(
    graph: tuple[IntArray, IntArray, IntArray, IntArray], least: IntArray, source: int, end: BoolArray, closed: int
) -> int:
    """Return the least cost from ``source`` to a node of ``end`` with one road closed, or `FAR`.

    ``graph`` is (indptr, head, cost, road) per entry; ``least`` is what each node costs to the end with every road
    open, which leads the search.
    """
    indptr, head, cost, road = graph
    done = np.zeros(indptr.shape[0] - 1, dtype=np.bool_)
    heap = np.empty((1024, 4), dtype=np.int64)
    if least[source] >= FAR:
        return FAR
    size = _push(heap, 0, (least[source], 0, 0, source))
    while size:
        so_far, v = heap[0, 1], heap[0, 3]
        size = _pop(heap, size)
        if end[v]:
            return int(so_far)
        if done[v]:
            continue
        done[v] = True
        for e in range(indptr[v], indptr[v + 1]):
            w = head[e]
            if road[e] != closed and not done[w] and least[w] < FAR:
                heap = _room(heap, size)
                size = _push(heap, size, (so_far + cost[e] + least[w], so_far + cost[e], 0, w))
    return FAR


@kernel
def labels(
    graph: tuple[IntArray, IntArray, IntArray, IntArray],
    bounds: tuple[IntArray, IntArray],
    source: int,
    end: BoolArray,
    limits: tuple[float, int],
) -> tuple[IntArray, IntArray]:
    """Return all labels made, and the rows of those that make the front from ``source`` to ``end``, fastest first.

    ``graph`` is (indptr, head, cost, onward) with the columns milliseconds, risk, decimetres, and `onwards` of it;
    ``bounds`` the least milliseconds and the least risk from each node to the end; ``limits`` (epsilon, most
    milliseconds). Where there is no choice but to go on, no label is made: its ``ENTRY`` is the first of such a row.

    Labels come off the heap by least possible time at the end, then risk, then length, none of which shrinks along
    a way. So the first that comes off at a node with a given time is the safest and shortest of them, and one that
    is no safer than an earlier one there can be left: it is slower, or equal in both and no shorter.
    """
    indptr, head, cost, onward = graph
    least_ms, least_risk = bounds
    epsilon, most_ms = limits
    made = np.empty((1024, 6), dtype=np.int64)
    heap = np.empty((1024, 4), dtype=np.int64)
    safest = np.full(indptr.shape[0] - 1, FAR, dtype=np.int64)
    front = [np.int64(0) for _ in range(0)]
    best = FAR
    if least_ms[source] > most_ms or least_ms[source] >= FAR:
        return made[:0], np.array(front)
    made[0] = np.array((0, 0, 0, source, -1, -1))
    count = 1
    size = _push(heap, 0, (least_ms[source], 0, 0, 0))
    while size:
        i = heap[0, 3]
        size = _pop(heap, size)
        ms, risk, dm, v = made[i, MS], made[i, RISK], made[i, DM], made[i, NODE]
        if risk >= safest[v] or _no_better(min(CERTAIN, risk + least_risk[v]), best, epsilon):
            continue
        safest[v] = risk
        if end[v]:
            front.append(i)
            best = risk
            continue
        for e in range(indptr[v], indptr[v + 1]):
            w, last = head[e], e
            t, most, length = ms + cost[e, MS], min(CERTAIN, risk + cost[e, RISK]), dm + cost[e, DM]
            while onward[last] >= 0 and not end[w]:
                last = onward[last]
                w = head[last]
                t, most, length = t + cost[last, MS], min(CERTAIN, most + cost[last, RISK]), length + cost[last, DM]
            if onward[last] == DEAD_END and not end[w]:
                continue
            if least_ms[w] >= FAR or most >= safest[w] or t + least_ms[w] > most_ms:
                continue
            if _no_better(min(CERTAIN, most + least_risk[w]), best, epsilon):
                continue
            made = _room(made, count)
            made[count, MS], made[count, RISK], made[count, DM] = t, most, length
            made[count, NODE], made[count, PARENT], made[count, ENTRY] = w, i, e
            heap = _room(heap, size)
            size = _push(heap, size, (t + least_ms[w], most, length, count))
            count += 1
    return made[:count], np.array(front)


@kernel
def onwards(indptr: IntArray, head: IntArray) -> IntArray:
    """Return, per entry, the one entry that goes on from its head without turning back, `CHOICE` or `DEAD_END`.

    A row of such entries ends: a ring of them is cut open.
    """
    out = np.full(head.shape[0], CHOICE, dtype=np.int64)
    for v in range(indptr.shape[0] - 1):
        for e in range(indptr[v], indptr[v + 1]):
            w, found = head[e], DEAD_END
            for f in range(indptr[w], indptr[w + 1]):
                if head[f] != v:
                    found = f if found == DEAD_END else CHOICE
            out[e] = found
    _open_rings(out)
    return out


@kernel
def _open_rings(follower: IntArray) -> None:
    """Make one entry of every ring of followers a choice."""
    seen = np.zeros(follower.shape[0], dtype=np.int64)
    for e in range(follower.shape[0]):
        at = e
        while at >= 0 and seen[at] == 0:
            seen[at] = e + 1
            at = follower[at]
        if at >= 0 and seen[at] == e + 1:
            follower[at] = CHOICE


@kernel
def _no_better(risk: int, best: int, epsilon: float) -> bool:
    """Say whether a risk is not below ``best`` by more than the share ``epsilon``."""
    return risk >= best or (epsilon > 0 and best < FAR and risk * (1.0 + epsilon) >= best)


@kernel
def _room(rows: IntArray, used: int) -> IntArray:
    """Return the array, or a copy twice as long when all its rows are used."""
    if used < rows.shape[0]:
        return rows
    larger = np.empty((2 * rows.shape[0], rows.shape[1]), dtype=np.int64)
    larger[:used] = rows
    return larger


@kernel
def _push(heap: IntArray, size: int, row: tuple[int, int, int, int]) -> int:
    """Put a row on the heap, which has room for it; return the new size."""
    at = size
    while at > 0:
        up = (at - 1) // 2
        if (heap[up, 0], heap[up, 1], heap[up, 2], heap[up, 3]) <= row:
            break
        heap[at] = heap[up]
        at = up
    heap[at, 0], heap[at, 1], heap[at, 2], heap[at, 3] = row
    return size + 1


@kernel
def _pop(heap: IntArray, size: int) -> int:
    """Take the first row off the heap; return the new size."""
    size -= 1
    row = (heap[size, 0], heap[size, 1], heap[size, 2], heap[size, 3])
    at = 0
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and (heap[child + 1, 0], heap[child + 1, 1], heap[child + 1, 2], heap[child + 1, 3]) < (
            heap[child, 0], heap[child, 1], heap[child, 2], heap[child, 3],
        ):  # fmt: skip
            child += 1
        if row <= (heap[child, 0], heap[child, 1], heap[child, 2], heap[child, 3]):
            break
        heap[at] = heap[child]
        at = child
    heap[at, 0], heap[at, 1], heap[at, 2], heap[at, 3] = row
    return size
