"""What a leg may use of a thinned graph, and what it can still come to from each place there.

Besides the least time and the least risk from each place to the end, a few weighted sums of both bound what a way can
still become. Together they say which corners it can still reach: a corner is what lies left of one way already known
and below the one before it. What can reach no corner belongs to no front. All is whole numbers, so all is exact.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from workbench.compiled import kernel
from workbench.ground.elimination import Ints
from workbench.ground.pareto import FAR
from workbench.ground.roads import BoolArray, IntArray
from workbench.ground.thinning import HEAD, MS, RISK, TAIL

CELLS = 1024
"""Corners are looked up in tables of this many cells by time and by risk."""
BLOCKS = 4
"""The corners that a way may reach are asked about in so many blocks."""
BEYOND = FAR >> 3
"""A weighted sum of this much is beyond every corner."""


class Around(NamedTuple):
    """The part of a thinned graph that a leg may use besides the nodes that stay.

    It leads from ``start`` to any of ``ends``. ``rises`` are places whose upward arcs count, ``climb`` those of them
    that left, from the highest down. Arcs down to the end are ``descent[ptr[p]:ptr[p + 1]]`` by their tail, ``below``
    the places that left on those ways.
    """

    start: int
    ends: IntArray
    rises: BoolArray
    climb: IntArray
    below: IntArray
    ptr: IntArray
    descent: IntArray


class Reach(NamedTuple):
    """What a place is from the end at best, by time, by risk and by weighted sums of both, and the ways behind each.

    ``least[p, k]`` is the least of k: milliseconds, risk, then the sums with ``weights[k - 2]``; ``way[p, k]`` are
    milliseconds and risk of a way that has it.
    """

    weights: IntArray
    least: IntArray
    way: IntArray


class Corners(NamedTuple):
    """Corners by time, each with the time and the risk that a way within it has at most.

    ``most[j, c, k]`` is the greatest weighted sum k of 2^j corners from c; ``first`` and ``last`` say by cell of time
    and risk which corners a label can reach, cells being 2^``shift`` wide; ``log`` are logarithms.
    """

    ms: IntArray
    risk: IntArray
    most: IntArray
    first: Ints
    last: Ints
    shift: tuple[int, int]
    log: Ints


@kernel
def around(stay: int, arcs: IntArray, rows: tuple[IntArray, IntArray], start: int, ends: IntArray) -> Around:
    """Return what a leg from a place to others may use; ``rows`` are ``up`` and ``down`` of a `thinning.Thin`."""
    up, down = rows
    n = len(up) - 1
    rises, falls = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    rises[start] = True
    for p in range(start, stay - 1, -1):
        if rises[p]:
            for e in range(up[p], up[p + 1]):
                rises[arcs[e, HEAD]] = True
    ptr, lowest = np.zeros(n + 2, np.int64), 0
    for p in ends:
        falls[p] = True
        lowest = max(lowest, p)
    for p in range(lowest, stay - 1, -1):
        if falls[p]:
            for e in range(down[p - stay], down[p - stay + 1]):
                falls[arcs[e, TAIL]] = True
                ptr[arcs[e, TAIL] + 2] += 1
    for p in range(n):
        ptr[p + 2] += ptr[p + 1]
    climb, below = _left(rises, stay), _left(falls, stay)
    descent = np.empty(ptr[n + 1], np.int64)
    for p in below:
        for e in range(down[p - stay], down[p - stay + 1]):
            tail = arcs[e, TAIL]
            descent[ptr[tail + 1]] = e
            ptr[tail + 1] += 1
    rises[:stay] = True
    return Around(start, ends, rises, climb, below, ptr, descent)


@kernel
def _left(marked: BoolArray, stay: int) -> IntArray:
    """Return the marked places that left, in order."""
    out, count = np.empty(len(marked) - stay, np.int64), 0
    for p in range(stay, len(marked)):
        if marked[p]:
            out[count] = p
            count += 1
    return out[:count].copy()


@kernel
def reach(
    thin: tuple[IntArray, IntArray, IntArray, IntArray, IntArray],
    here: Around,
    bounds: tuple[IntArray, IntArray, IntArray],
    weights: IntArray,
    most: tuple[int, int],
) -> Reach:
    """Return what the places of a leg are from its end.

    ``thin`` are ``arcs``, ``up``, ``down``, ``back_ptr``, ``back`` of a `thinning.Thin`; ``bounds`` its ``node`` and of
    each node (ms, risk, dm) of the fastest and (risk, ms, dm) of the safest way to the end. Arcs that take more than
    ``most`` milliseconds or risk are no part of a sum.
    """
    arcs, up, down, back_ptr, back = thin
    node, fast, safe = bounds
    n, stay, sums = len(up) - 1, len(back_ptr) - 1, len(weights)
    least, way = np.empty((n, 2 + sums), np.int64), np.empty((n, 2 + sums, 2), np.int64)
    for part in range(3):
        for j in range(stay if part == 0 else len(here.climb) if part == 1 else len(here.below)):
            p = j if part == 0 else here.climb[j] if part == 1 else here.below[j]
            v = node[p]
            least[p, 0], least[p, 1] = fast[v, 0], safe[v, 0]
            way[p, 0, 0], way[p, 0, 1], way[p, 1, 0], way[p, 1, 1] = fast[v, 0], fast[v, 1], safe[v, 1], safe[v, 0]
            for k in range(sums):
                least[p, k + 2] = way[p, k + 2, 0] = way[p, k + 2, 1] = FAR
    for k in range(sums):
        _summed((arcs, down, back_ptr, back), here, (least, way), (k + 2, weights[k, 0], weights[k, 1]), most)
        for p in here.climb:
            for e in range(up[p], up[p + 1]):
                _relaxed(arcs, e, (least, way), (k + 2, weights[k, 0], weights[k, 1]), most)
    return Reach(weights, least, way)


@kernel
def _relaxed(
    arcs: IntArray, e: int, rows: tuple[IntArray, IntArray], sum_: tuple[int, int, int], most: tuple[int, int]
) -> bool:
    """Let the tail of an arc know what it is by it; return whether that is better than before."""
    least, way = rows
    k, by_ms, by_risk = sum_
    tail, head, ms, risk = arcs[e, TAIL], arcs[e, HEAD], arcs[e, MS], arcs[e, RISK]
    if ms > most[0] or risk > most[1]:
        return False
    cost = least[head, k] + by_ms * ms + by_risk * risk
    if cost >= least[tail, k]:
        return False
    least[tail, k] = cost
    way[tail, k, 0], way[tail, k, 1] = way[head, k, 0] + ms, way[head, k, 1] + risk
    return True


@kernel
def _summed(
    thin: tuple[IntArray, IntArray, IntArray, IntArray],
    here: Around,
    rows: tuple[IntArray, IntArray],
    sum_: tuple[int, int, int],
    most: tuple[int, int],
) -> None:
    """Search backwards from the end for the least weighted sum to each place that stays or lies below."""
    arcs, down, back_ptr, back = thin
    least, way = rows
    k, stay = sum_[0], len(back_ptr) - 1
    keys, places, size = np.empty(1024, np.int64), np.empty(1024, np.int64), 0
    for p in here.ends:
        least[p, k] = way[p, k, 0] = way[p, k, 1] = 0
        keys, places = room(keys, size), room(places, size)
        size = push(keys, places, size, 0, p)
    while size:
        key, p = keys[0], places[0]
        size = pop(keys, places, size)
        if key > least[p, k]:
            continue
        begin, end = (back_ptr[p], back_ptr[p + 1]) if p < stay else (down[p - stay], down[p - stay + 1])
        for j in range(begin, end):
            e = back[j] if p < stay else j
            if _relaxed(arcs, e, rows, sum_, most) and least[arcs[e, TAIL], k] < BEYOND:
                keys, places = room(keys, size), room(places, size)
                size = push(keys, places, size, least[arcs[e, TAIL], k], arcs[e, TAIL])


@kernel
def corners(ms: IntArray, risk: IntArray, weights: IntArray) -> Corners:
    """Return corners ready to be asked about, given in order: ``ms`` does not fall, ``risk`` does not rise."""
    count, sums = len(ms), len(weights)
    log = np.zeros(count + 1, np.int32)
    for c in range(2, count + 1):
        log[c] = log[c // 2] + 1
    most = np.empty((log[count] + 1, count, sums), np.int64)
    for j in range(log[count] + 1):
        for c in range(count - (1 << j) + 1):
            for k in range(sums):
                if j == 0:
                    most[j, c, k] = weights[k, 0] * ms[c] + weights[k, 1] * risk[c]
                else:
                    most[j, c, k] = max(most[j - 1, c, k], most[j - 1, c + (1 << (j - 1)), k])
    by_ms, by_risk = shift_of(ms[count - 1] - ms[0], CELLS), shift_of(risk[0] - risk[count - 1], CELLS)
    first, last = np.empty(CELLS, np.int32), np.empty(CELLS, np.int32)
    c, d = 0, count - 1
    for cell in range(CELLS):
        while c < count - 1 and ms[c] < ms[0] + (cell << by_ms):
            c += 1
        while d > 0 and risk[d] < risk[count - 1] + (cell << by_risk):
            d -= 1
        first[cell], last[cell] = c, d
    return Corners(ms, risk, most, first, last, (by_ms, by_risk), log)


@kernel
def shift_of(span: int, cells: int) -> int:
    """Return by how many bits to shift so that a span falls into some cells."""
    shift = 0
    while (cells << shift) <= span:
        shift += 1
    return shift


@kernel
def reaches(ms: int, risk: int, reach: Reach, at: tuple[int, int, int], corner: Corners) -> bool:
    """Say whether a way so far may still end within a corner; ``at``: its place and its least time and risk there."""
    p, soonest, safest = at
    count, sums = len(corner.ms), len(reach.weights)
    cell = (soonest - corner.ms[0]) >> corner.shift[0]
    if soonest > corner.ms[count - 1] or safest > corner.risk[0]:
        return False
    first = corner.first[cell]
    last = corner.last[max(0, safest - corner.risk[count - 1]) >> corner.shift[1]]
    step = (last - first + BLOCKS) // BLOCKS
    for block in range(-1, BLOCKS):
        begin = first if block < 0 else first + block * step
        end = last if block < 0 else min(last, begin + step - 1)
        if begin > end:
            return False
        log = corner.log[end - begin + 1]
        fits = True
        for k in range(sums):
            sum_ = reach.weights[k, 0] * ms + reach.weights[k, 1] * risk + reach.least[p, k + 2]
            if sum_ > corner.most[log, begin, k] and sum_ > corner.most[log, end - (1 << log) + 1, k]:
                fits = False
                break
        if fits and (block >= 0 or first == last):
            return True
        if not fits and block < 0:
            return False
    return False


@kernel
def room(row: IntArray, used: int) -> IntArray:
    """Return the array, or a copy twice as long when all of it is used."""
    if used < len(row):
        return row
    longer = np.empty(2 * len(row), np.int64)
    for k in range(used):
        longer[k] = row[k]
    return longer


@kernel
def push(keys: IntArray, rows: IntArray, size: int, key: int, row: int) -> int:
    """Put a row on the heap by its key; return the new size."""
    at = size
    while at > 0:
        above = (at - 1) >> 1
        if keys[above] <= key:
            break
        keys[at], rows[at] = keys[above], rows[above]
        at = above
    keys[at], rows[at] = key, row
    return size + 1


@kernel
def pop(keys: IntArray, rows: IntArray, size: int) -> int:
    """Take the first row off the heap; return the new size."""
    size -= 1
    key, row, at = keys[size], rows[size], 0
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and keys[child + 1] < keys[child]:
            child += 1
        if key <= keys[child]:
            break
        keys[at], rows[at] = keys[child], rows[child]
        at = child
    keys[at], rows[at] = key, row
    return size
