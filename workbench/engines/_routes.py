"""Routes under construction, and the kernels that put deliveries in and take them out."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from workbench.engines._arrays import Ints, World
from workbench.engines._schedule import Scratch, forward, last_begin, replay

NEVER = 2**50
"""The cost of what cannot be done."""
LONGEST = 240
"""Most tokens that a route may have."""


class Routes(NamedTuple):
    """Routes of one search thread; a row with length 0 is free.

    ``where`` is each delivery's row or -1, ``source`` where it is loaded. ``version`` names the content
    of a row. Per token, ``depart`` is the earliest departure, ``late`` the latest arrival (one entry more,
    for the end), ``room`` the capacity left on leaving, retrograde aside. ``kept_*`` remember each way's
    best place in a row of that version; where ``kept_at`` is -1 it costs ``kept_cost`` or more.
    """

    tok: Ints
    length: Ints
    lane: Ints
    cost: Ints
    version: Ints
    depart: Ints
    late: Ints
    room: Ints
    where: Ints
    source: Ints
    used: Ints
    left: Ints
    served: Ints
    counter: Ints
    alone: Ints
    kept_version: Ints
    kept_cost: Ints
    kept_load: Ints
    kept_at: Ints


def empty(w: World) -> Routes:
    """Return routes that serve nothing."""
    n, ways, lanes = len(w.node), len(w.opt_src), len(w.lane_type)
    rows = max(1, min(n, int(w.lane_count.sum())))
    wide = min(2 * n, LONGEST) + 2

    def full(value: int, *shape: int) -> Ints:
        return np.full(shape, value, np.int64)

    return Routes(
        full(0, rows, wide), full(0, rows), full(0, rows), full(0, rows), full(0, rows),
        full(0, rows, wide), full(0, rows, wide + 1), full(0, rows, wide, 4), full(-1, n), full(-1, n), full(0, lanes),
        w.stock.copy(), full(0, 15), full(0, 1), full(-1, ways, lanes),
        full(-1, ways, rows), full(0, ways, rows), full(0, ways, rows), full(0, ways, rows),
    )  # fmt: skip


@njit(cache=True)
def write_trial(tok, ln, d, load_token, a, b, out):
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


@njit(cache=True)
def in_stock(w, r, o, d):
    """Whether the stock behind way o still covers delivery d."""
    k = w.opt_stock[o]
    return k < 0 or r.left[k] >= w.quantity[d]


@njit(cache=True)
def renew(w, r, s, row):
    """Bring a changed row's cost, version and bounds up to date; return whether it is feasible."""
    tok, lane = r.tok[row], r.lane[row]
    ok, cost, _, _, _, stops = replay(w, tok, r.length[row], lane, r.source, s)
    r.cost[row] = cost
    r.counter[0] += 1
    r.version[row] = r.counter[0]
    if ok:
        forward(w, tok, stops, w.lane_start[lane], s)
        late = w.lane_end[lane] - s.leg_s[stops]
        r.late[row, r.length[row]] = w.lane_end[lane]
        for k in range(stops - 1, -1, -1):
            a, b = s.first[k], s.first[k + 1]
            late = last_begin(w, tok, a, b, late - s.stop_s[k])
            r.depart[row, a:b] = s.begin[k] + s.stop_s[k]
            r.late[row, a:b] = late
            late -= s.leg_s[k]
        _fill_room(w, r, s, row)
    return ok


@njit(cache=True)
def _fill_room(w, r, s, row):
    n, ty = w.node.shape[0], w.lane_type[r.lane[row]]
    for c in range(4):
        left = w.type_cap[ty, c]
        for i in range(r.length[row]):
            x = r.tok[row, i]
            if x >= n:
                left -= s.loaded[i, c]
            elif not w.retro[x]:
                left += w.load[x, c]
            r.room[row, i, c] = left


@njit(cache=True)
def put(w, r, s, o, d, row, lane):
    """Serve delivery d by way o in a row: an open one at its remembered place, or (length 0) a new one in ``lane``."""
    n = w.node.shape[0]
    ln = r.length[row]
    r.source[d] = w.opt_src[o]
    if ln == 0:
        r.lane[row] = lane
        r.used[lane] += 1
        a, b = (-1 if w.opt_src[o] < 0 else 0), 0
    else:
        a, b = r.kept_load[o, row], r.kept_at[o, row]
    size = write_trial(r.tok[row], ln, d, n + w.opt_src[o], a, b, s.trial)
    r.tok[row, :size] = s.trial[:size]
    r.length[row] = size
    r.where[d] = row
    _count(w, r, o, d, 1)
    renew(w, r, s, row)


@njit(cache=True)
def _count(w, r, o, d, sign):
    r.served[w.priority[d]] += sign * w.share[d]
    if w.opt_stock[o] >= 0:
        r.left[w.opt_stock[o]] -= sign * w.quantity[d]


@njit(cache=True)
def take_out(w, r, d):
    """Mark delivery d as not served; `tidy` its row afterwards."""
    for o in range(w.opt_ptr[d], w.opt_ptr[d + 1]):
        if w.opt_src[o] == r.source[d]:
            _count(w, r, o, d, -1)
            break
    r.where[d] = -1


@njit(cache=True)
def _drop_idle(w, r, row):
    """Rewrite a row without what was taken out and without load stops that load nothing."""
    n = w.node.shape[0]
    ln, k = r.length[row], 0
    for i in range(ln):
        x = r.tok[row, i]
        if x < n:
            keep = r.where[x] == row
        else:
            keep = False
            for j in range(i + 1, ln):
                y = r.tok[row, j]
                if y == x:
                    break
                if y < n and r.where[y] == row and r.source[y] == x - n:
                    keep = True
                    break
        if keep:
            r.tok[row, k] = x
            k += 1
    r.length[row] = k


@njit(cache=True)
def _join_loads(w, r, s, row):
    """Leave out load stops that an earlier one at the same source can stand in for, if that is no dearer."""
    n = w.node.shape[0]
    i = 1
    while i < r.length[row]:
        ln = r.length[row]
        if r.tok[row, i] >= n:
            s.trial[:i] = r.tok[row, :i]
            s.trial[i : ln - 1] = r.tok[row, i + 1 : ln]
            ok, cost, _, _, _, _ = replay(w, s.trial, ln - 1, r.lane[row], r.source, s)
            if ok and cost <= r.cost[row]:
                r.tok[row, : ln - 1] = s.trial[: ln - 1]
                r.length[row] = ln - 1
                renew(w, r, s, row)
                continue
        i += 1


@njit(cache=True)
def tidy(w, r, s, row, lost):
    """Rewrite a row after `take_out`; what it can no longer serve goes to ``lost``; return how many that are."""
    n = w.node.shape[0]
    _drop_idle(w, r, row)
    gone = 0
    if r.length[row] > 0 and not renew(w, r, s, row):
        for i in range(r.length[row]):
            x = r.tok[row, i]
            if x < n:
                take_out(w, r, x)
                lost[gone] = x
                gone += 1
        r.length[row] = 0
    if r.length[row] == 0:
        r.used[r.lane[row]] -= 1
        r.cost[row] = 0
        r.counter[0] += 1
        r.version[row] = r.counter[0]
        return gone
    _join_loads(w, r, s, row)
    return gone


def scratch_for(w: World) -> Scratch:
    """Return working space that fits the routes of `empty`."""
    from workbench.engines._schedule import scratch

    return scratch(w, min(2 * len(w.node), LONGEST) + 4)
