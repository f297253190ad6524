"""Compiled searches by time and risk: exact integer costs, and the same order of ties on every machine."""

from __future__ import annotations

import numpy as np

from workbench.compiled import kernel
from workbench.ground.roads import BoolArray, IntArray

FAR = 2**62
"""The cost of what can't be reached."""
CERTAIN = 10**12
"""A risk of this much or more is certain loss: more than certain is the same."""


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
