"""Compiled search for the front of one leg on a thinned graph: every way that none beats in both time and risk.

A label is a way so far. Labels come off the heap by the least time that any way on from them can have, so at a node
each must be safer than those before it (Hernández et al. 2020, BOA* [GK]), and it must still reach a corner. A sketch
beforehand finds ways that make the corners small.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from workbench.compiled import kernel
from workbench.ground.elimination import Ints
from workbench.ground.pareto import FAR
from workbench.ground.reach import Around, Corners, Reach, pop, push, reaches, shift_of
from workbench.ground.roads import BoolArray, IntArray
from workbench.ground.thinning import DM, HEAD, MS, RISK

PARTS = 4096
"""A sketch keeps the safest way known in each of so many equal parts of the time."""


class Labels(NamedTuple):
    """Labels as they are made, a row each.

    ``cost`` holds milliseconds, risk, decimetres so far; ``link`` the label before and the arc from it, -1 at first.
    ``keys`` and ``rows`` are the heap. ``last`` holds risk, milliseconds, decimetres of the last label at each place.
    """

    cost: IntArray
    link: Ints
    keys: IntArray
    rows: IntArray
    last: IntArray


@kernel
def search(
    thin: tuple[IntArray, IntArray], here: Around, reach: Reach, corner: Corners, limits: tuple[float, int]
) -> tuple[IntArray, Ints, IntArray]:
    """Return labels, their links and which of them make the front, fastest first.

    ``thin`` are ``arcs`` and ``up`` of a `thinning.Thin`; ``limits`` (epsilon, most labels). Where there would be more
    labels than that there are as many, and the front is cut short.
    """
    arcs, up = thin
    epsilon, most = limits
    labels, at_end = _blank(len(up) - 1, most, here)
    front, found, best, best_ms = np.empty(most, np.int64), 0, corner.risk[0] + 1, -1
    count, size = 1, push(labels.keys, labels.rows, 0, reach.least[here.start, 0], 0)
    while size and count < most:
        soonest, i = labels.keys[0], labels.rows[0]
        size = pop(labels.keys, labels.rows, size)
        p = here.start if i == 0 else arcs[labels.link[i, 1], HEAD]
        t, r, d = labels.cost[i, 0], labels.cost[i, 1], labels.cost[i, 2]
        if _beaten(t, r, d, labels.last, p) or _hopeless((soonest, r + reach.least[p, 1]), (best_ms, best), epsilon):
            continue
        labels.last[p, 0], labels.last[p, 1], labels.last[p, 2] = r, t, d
        if at_end[p]:
            same = t == best_ms
            if not same or r < best or d < labels.cost[front[found - 1], 2]:
                found -= 1 if same else 0
                front[found], best, best_ms = i, r, t
                found += 1
            continue
        for part in range(0 if here.rises[p] else 1, 2):
            begin, end = (up[p], up[p + 1]) if part == 0 else (here.ptr[p], here.ptr[p + 1])
            for j in range(begin, end):
                a = j if part == 0 else here.descent[j]
                w, ms, risk, dm = arcs[a, HEAD], t + arcs[a, MS], r + arcs[a, RISK], d + arcs[a, DM]
                soonest, safest = ms + reach.least[w, 0], risk + reach.least[w, 1]
                if (
                    _beaten(ms, risk, dm, labels.last, w)
                    or _hopeless((soonest, safest), (best_ms, best), epsilon)
                    or not reaches(ms, risk, reach, (w, soonest, safest), corner)
                ):
                    continue
                if count == most:
                    break
                labels.cost[count, 0], labels.cost[count, 1], labels.cost[count, 2] = ms, risk, dm
                labels.link[count, 0], labels.link[count, 1] = i, a
                size = push(labels.keys, labels.rows, size, soonest, count)
                count += 1
    return labels.cost[:count].copy(), labels.link[:count].copy(), front[:found].copy()


@kernel
def _blank(n: int, most: int, here: Around) -> tuple[Labels, BoolArray]:
    """Return no labels but that at the start, and which places are the end."""
    labels = Labels(
        np.empty((most, 3), np.int64), np.empty((most, 2), np.int32), np.empty(most, np.int64),
        np.empty(most, np.int64), np.full((n, 3), FAR, np.int64),
    )  # fmt: skip
    for k in range(3):
        labels.cost[0, k] = 0
    labels.link[0, 0] = labels.link[0, 1] = -1
    at_end = np.zeros(n, np.bool_)
    for p in here.ends:
        at_end[p] = True
    return labels, at_end


@kernel
def _beaten(ms: int, risk: int, dm: int, last: IntArray, p: int) -> bool:
    """Say whether the last label at a place, which is no slower, is as good or better."""
    same = risk == last[p, 0]
    return bool(risk > last[p, 0] or (same and (ms > last[p, 1] or dm >= last[p, 2])))


@kernel
def _hopeless(at_best: tuple[int, int], last: tuple[int, int], epsilon: float) -> bool:
    """Say whether (milliseconds, risk) at best are no better than the last way found, or safer by too small a share."""
    (ms, risk), (last_ms, last_risk) = at_best, last
    if ms == last_ms:
        return bool(risk > last_risk)
    return bool(risk >= last_risk or (epsilon > 0 and last_ms >= 0 and risk * (1.0 + epsilon) >= last_risk))


@kernel
def sketch(
    thin: tuple[IntArray, IntArray], here: Around, reach: Reach, corner: Corners, limits: tuple[int, int]
) -> IntArray:
    """Return (milliseconds, risk) of ways known by chance, `FAR` where there is none in a part of the time.

    ``limits`` are (slack, most labels). Labels that are not safer by the slack than one before at their place are left.
    Each of the others makes ways known: those that go on from it with the least time, risk or weighted sum.
    """
    arcs, up = thin
    slack, most = limits
    start_ms, shift = corner.ms[0], shift_of(corner.ms[len(corner.ms) - 1] - corner.ms[0], PARTS)
    labels, at_end = _blank(len(up) - 1, most, here)
    known, sure = np.full((PARTS, 2), FAR, np.int64), np.full(PARTS + 1, FAR, np.int64)
    count, size = 1, push(labels.keys, labels.rows, 0, reach.least[here.start, 0], 0)
    _note(0, 0, reach.way, here.start, (start_ms, shift), known, sure)
    while size and count < most:
        soonest, i = labels.keys[0], labels.rows[0]
        size = pop(labels.keys, labels.rows, size)
        p = here.start if i == 0 else arcs[labels.link[i, 1], HEAD]
        t, r = labels.cost[i, 0], labels.cost[i, 1]
        if r + slack >= labels.last[p, 0] or r + reach.least[p, 1] >= sure[(soonest - start_ms) >> shift]:
            continue
        labels.last[p, 0] = r
        if at_end[p]:
            continue
        for part in range(0 if here.rises[p] else 1, 2):
            begin, end = (up[p], up[p + 1]) if part == 0 else (here.ptr[p], here.ptr[p + 1])
            for j in range(begin, end):
                a = j if part == 0 else here.descent[j]
                w, ms, risk = arcs[a, HEAD], t + arcs[a, MS], r + arcs[a, RISK]
                soonest, safest = ms + reach.least[w, 0], risk + reach.least[w, 1]
                if (
                    count == most
                    or risk + slack >= labels.last[w, 0]
                    or not reaches(ms, risk, reach, (w, soonest, safest), corner)
                    or safest >= sure[(soonest - start_ms) >> shift]
                ):
                    continue
                _note(ms, risk, reach.way, w, (start_ms, shift), known, sure)
                labels.cost[count, 0], labels.cost[count, 1] = ms, risk
                labels.link[count, 1] = a
                size = push(labels.keys, labels.rows, size, soonest, count)
                count += 1
    return known


@kernel
def _note(ms: int, risk: int, way: IntArray, p: int, by: tuple[int, int], known: IntArray, sure: IntArray) -> None:
    """Note the ways that go on from a place with the least of everything, where they are the safest in their time."""
    for k in range(way.shape[1]):
        whole_ms, whole_risk = ms + way[p, k, 0], risk + way[p, k, 1]
        part = (whole_ms - by[0]) >> by[1]
        if part < PARTS and (whole_risk, whole_ms) < (known[part, 1], known[part, 0]):
            known[part, 0], known[part, 1] = whole_ms, whole_risk
            part += 1
            while part <= PARTS and sure[part] > whole_risk:
                sure[part] = whole_risk
                part += 1


@kernel
def chains(link: Ints, front: IntArray) -> tuple[Ints, IntArray]:
    """Return the arcs of the ways of a front, one way after another, and where each begins."""
    ptr = np.zeros(len(front) + 1, np.int64)
    for k in range(len(front)):
        row, arcs = front[k], 0
        while link[row, 0] >= 0:
            row, arcs = link[row, 0], arcs + 1
        ptr[k + 1] = ptr[k] + arcs
    out = np.empty(ptr[len(front)], np.int32)
    for k in range(len(front)):
        row, at = front[k], ptr[k + 1]
        while link[row, 0] >= 0:
            at -= 1
            out[at], row = link[row, 1], link[row, 0]
    return out, ptr
