"""Routes under construction, and the kernels that put deliveries in and take them out."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from workbench.compiled import kernel
from workbench.engines._schedule import Scratch, replay, scratch
from workbench.engines._times import backward, forward
from workbench.engines._world import AFTER, OTHER, SAME, Ints, Records, World
from workbench.problem import PRIORITIES

NEVER = 2**50
"""The cost of what cannot be done."""
LONGEST = 240
"""Most tokens that a route may have."""
ROW = np.dtype([("length", "i8"), ("lane", "i8"), ("cost", "i8"), ("seconds", "i8"), ("version", "i8")])
"""A route; length 0 is a free row. ``version`` names its content."""
BOUND = np.dtype([("depart", "i8"), ("late", "i8"), ("room", "i8", (4,))])
"""Per token: earliest departure, latest arrival, capacity left on leaving (retrograde aside)."""
KEPT = np.dtype([("version", "i8"), ("cost", "i8"), ("load", "i8"), ("at", "i8")])
"""A way's best place in a row of this version; where ``at`` is -1 it costs ``cost`` or more."""


class Routes(NamedTuple):
    """Routes of one search thread.

    ``where`` is each delivery's row or -1, ``source`` where it is loaded, ``used`` the vehicles out per
    lane, ``left`` the stock, ``served`` the vector that plans compare by, ``alone`` the cost per way and
    lane of a route of its own. ``bound`` has one entry more than tokens, for the end.
    """

    row: Records
    tok: Ints
    bound: Records
    where: Ints
    source: Ints
    used: Ints
    left: Ints
    served: Ints
    counter: Ints
    alone: Ints
    kept: Records


def empty(w: World) -> Routes:
    """Return routes that serve nothing."""
    n, ways, lanes = len(w.delivery), len(w.way), len(w.lane)
    rows = max(1, min(n, int(w.lane["count"].sum())))
    wide = min(2 * n, LONGEST) + 2
    kept = np.zeros((ways, rows), KEPT)
    kept["version"] = -1
    return Routes(
        row=np.zeros(rows, ROW),
        tok=np.zeros((rows, wide), np.int64),
        bound=np.zeros((rows, wide + 1), BOUND),
        where=np.full(n, -1, np.int64),
        source=np.full(n, -1, np.int64),
        used=np.zeros(lanes, np.int64),
        left=w.stock.copy(),
        served=np.zeros(PRIORITIES, np.int64),
        counter=np.zeros(1, np.int64),
        alone=np.zeros((ways, lanes), np.int64),
        kept=kept,
    )


def scratch_for(w: World) -> Scratch:
    """Return working space that fits the routes of `empty`."""
    return scratch(w, min(2 * len(w.delivery), LONGEST) + 4)


@kernel
def write_trial(tok: Ints, ln: int, d: int, load_token: int, a: int, b: int, out: Ints) -> int:
    """Write the route with d put in before b and, where a >= 0, a load stop before a; return its length."""
    k = 0
    for i in range(ln + 1):
        if i == a:
            out[k] = load_token
            k += 1
        if i == b:
            out[k] = d
            k += 1
        if i < ln:
            out[k] = tok[i]
            k += 1
    return k


@kernel
def renew(w: World, r: Routes, s: Scratch, i: int) -> bool:
    """Bring a changed row's cost, version and bounds up to date; return whether it is feasible."""
    row, tok, bound, note = r.row[i], r.tok[i], r.bound[i], s.note
    ok, cost, start, end, _ = replay(w, tok, row.length, row.lane, r.source, s)
    row.cost, row.seconds = cost, end - start
    r.counter[0] += 1
    row.version = r.counter[0]
    if not ok:
        return False
    slot = w.lane[row.lane]
    for k in range(row.length):
        note[k].hold = 0
    forward(w, slot, tok, row.length, slot.start, note)
    backward(w, slot, tok, row.length, slot.end, note, False)
    bound[row.length].late = slot.end
    done = 0
    for k in range(row.length - 1, -1, -1):
        if k + 1 == row.length or not note[k + 1].joined:
            done = note[k].begin + note[k].work_s
            first = k
            while note[first].joined:
                first -= 1
                done += note[first].work_s
        bound[k].depart = done
        bound[k].late = note[k].late
    _fill_room(w.delivery, w.vehicle[slot.vehicle].capacity, tok, row.length, note, bound)
    return True


@kernel
def refresh(w: World, r: Routes, s: Scratch) -> None:
    """Work out everything about rows whose tokens were written from outside."""
    n = w.delivery.shape[0]
    for i in range(r.row.shape[0]):
        if r.row[i].length > 0:
            renew(w, r, s, i)
    for d in range(n):
        for o in range(w.delivery[d].way, w.delivery[d].way_end):
            if r.where[d] >= 0 and w.way[o].source == r.source[d]:
                _count(w, r.served, r.left, o, d, 1)
                break


@kernel
def _fill_room(delivery: Records, capacity: Ints, tok: Ints, ln: int, note: Records, bound: Records) -> None:
    n = delivery.shape[0]
    for c in range(4):
        left = capacity[c]
        for i in range(ln):
            x = tok[i]
            if x >= n:
                left -= note[i].loaded[c]
            elif not delivery[x].retro:
                left += delivery[x].load[c]
            bound[i].room[c] = left


@kernel
def may_join(w: World, r: Routes, d: int, i: int) -> bool:
    """Whether what delivery d is tied to lets it into row i."""
    for k in range(w.delivery[d].tie, w.delivery[d].tie_end):
        other, kind = w.tie[k].other, w.tie[k].kind
        row = r.where[other] if other >= 0 else -1
        if other < 0 or (kind == AFTER and row < 0):
            return False
        if row >= 0 and ((kind == SAME and row != i) or (kind == OTHER and row == i)):
            return False
    return True


@kernel
def in_stock(w: World, left: Ints, o: int, d: int) -> bool:
    """Whether the stock behind way o still covers delivery d."""
    k = w.way[o].stock
    return bool(k < 0 or left[k] >= w.delivery[d].quantity)


@kernel
def put(w: World, r: Routes, s: Scratch, o: int, d: int, i: int, lane: int) -> None:
    """Serve delivery d by way o in row i: an open one at its remembered place, or a free one in ``lane``."""
    n, row, tok = w.delivery.shape[0], r.row[i], r.tok[i]
    ln, source = row.length, w.way[o].source
    r.source[d] = source
    if ln == 0:
        row.lane = lane
        r.used[lane] += 1
        a, b = (-1 if source < 0 else 0), 0
    else:
        a, b = r.kept[o, i].load, r.kept[o, i].at
    size = write_trial(tok, ln, d, n + source, a, b, s.trial)
    tok[:size] = s.trial[:size]
    row.length = size
    r.where[d] = i
    _count(w, r.served, r.left, o, d, 1)
    renew(w, r, s, i)


@kernel
def _count(w: World, served: Ints, left: Ints, o: int, d: int, sign: int) -> None:
    served[w.delivery[d].priority] += sign * w.delivery[d].share
    if w.way[o].stock >= 0:
        left[w.way[o].stock] -= sign * w.delivery[d].quantity


@kernel
def take_out(w: World, r: Routes, d: int) -> None:
    """Mark delivery d as not served; `tidy` its row afterwards."""
    for o in range(w.delivery[d].way, w.delivery[d].way_end):
        if w.way[o].source == r.source[d]:
            _count(w, r.served, r.left, o, d, -1)
            break
    r.where[d] = -1


@kernel
def _drop_idle(n: int, row: Any, tok: Ints, where: Ints, source: Ints, i: int) -> None:
    """Rewrite row i without what was taken out and without load stops that load nothing."""
    ln, k = row.length, 0
    for a in range(ln):
        x = tok[a]
        keep = x < n and where[x] == i
        if x >= n:
            for b in range(a + 1, ln):
                y = tok[b]
                if y == x:
                    break
                if y < n and where[y] == i and source[y] == x - n:
                    keep = True
                    break
        if keep:
            tok[k] = x
            k += 1
    row.length = k


@kernel
def _join_loads(w: World, r: Routes, s: Scratch, i: int) -> None:
    """Leave out load stops that an earlier one at the same source can stand in for, if that is no dearer."""
    n, row, tok = w.delivery.shape[0], r.row[i], r.tok[i]
    a = 1
    while a < row.length:
        ln = row.length
        if tok[a] >= n:
            s.trial[:a] = tok[:a]
            s.trial[a : ln - 1] = tok[a + 1 : ln]
            ok, cost, _, _, _ = replay(w, s.trial, ln - 1, row.lane, r.source, s)
            if ok and cost <= row.cost:
                tok[: ln - 1] = s.trial[: ln - 1]
                row.length = ln - 1
                renew(w, r, s, i)
                continue
        a += 1


@kernel
def tidy(w: World, r: Routes, s: Scratch, i: int, lost: Ints) -> int:
    """Rewrite row i after `take_out`; what it can no longer serve goes to ``lost``; return how many that are."""
    n, row, tok = w.delivery.shape[0], r.row[i], r.tok[i]
    _drop_idle(n, row, tok, r.where, r.source, i)
    gone = 0
    if row.length > 0 and not renew(w, r, s, i):
        for a in range(row.length):
            if tok[a] < n:
                take_out(w, r, tok[a])
                lost[gone] = tok[a]
                gone += 1
        row.length = 0
    if row.length == 0:
        r.used[row.lane] -= 1
        row.cost = 0
        r.counter[0] += 1
        row.version = r.counter[0]
        return gone
    _join_loads(w, r, s, i)
    return gone
