"""One route replayed on arrays: loads, goods, times, distance and cost, exactly as the rules say.

A route is a row of tokens: deliveries, and load stops (``n`` plus node). Each delivery is loaded at
the latest load stop at its source before it. Numba keeps compiled kernels beside this file; it looks
only at the file of the outermost kernel for changes, so delete ``__pycache__`` after editing.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from workbench.engines._arrays import Ints, World


class Scratch(NamedTuple):
    """Working space of one search thread, reused by every replay."""

    last: Ints
    loaded_at: Ints
    loaded: Ints
    loading_s: Ints
    aboard: Ints
    back: Ints
    count: Ints
    first: Ints
    stop_node: Ints
    stop_s: Ints
    begin: Ints
    leg_s: Ints
    trial: Ints


def scratch(world: World, size: int) -> Scratch:
    """Return working space for routes of at most ``size`` tokens."""
    m = size + 4

    def zeros(*shape: int) -> Ints:
        return np.zeros(shape, np.int64)

    return Scratch(
        zeros(max(1, int(world.rank.max(initial=-1)) + 1)), zeros(m), zeros(m, 4), zeros(m), zeros(4), zeros(4),
        zeros(len(world.clash)), zeros(m), zeros(m), zeros(m), zeros(m), zeros(m), zeros(m),
    )  # fmt: skip


@njit(cache=True)
def rounded_up(value: float) -> int:
    """Round up like `workbench.units.ceil_safe`."""
    return int(math.ceil(value - 1e-9 * max(1.0, abs(value))))


@njit(cache=True)
def token_node(w, x):
    """Node of a token."""
    n = w.node.shape[0]
    return x - n if x >= n else w.node[x]


@njit(cache=True)
def first_begin(w, tok, a, b, t):
    """Earliest instant from ``t`` in a window of every delivery in tok[a:b]; -1 if none is left."""
    n = w.node.shape[0]
    moved = True
    while moved:
        moved = False
        for i in range(a, b):
            x = tok[i]
            if x >= n:
                k, end = w.node_ptr[x - n], w.node_ptr[x - n + 1]
                while k < end and w.node_hi[k] < t:
                    k += 1
                if k == end:
                    return -1
                lo = w.node_lo[k]
            else:
                k, end = w.win_ptr[x], w.win_ptr[x + 1]
                while k < end and w.win_hi[k] < t:
                    k += 1
                if k == end:
                    return -1
                lo = w.win_lo[k]
            if lo > t:
                t = lo
                moved = b - a > 1
    return t


@njit(cache=True)
def last_begin(w, tok, a, b, t):
    """Latest instant up to ``t`` in a window of every delivery in tok[a:b]; -1 if none."""
    n = w.node.shape[0]
    moved = True
    while moved:
        moved = False
        for i in range(a, b):
            x = tok[i]
            if x >= n:
                k, end = w.node_ptr[x - n + 1] - 1, w.node_ptr[x - n]
                while k >= end and w.node_lo[k] > t:
                    k -= 1
                if k < end:
                    return -1
                hi = w.node_hi[k]
            else:
                k, end = w.win_ptr[x + 1] - 1, w.win_ptr[x]
                while k >= end and w.win_lo[k] > t:
                    k -= 1
                if k < end:
                    return -1
                hi = w.win_hi[k]
            if hi < t:
                t = hi
                moved = b - a > 1
    return t


@njit(cache=True)
def _assign_loads(w, tok, ln, ty, src, s):
    """Find where each delivery is loaded; return (ok, union of goods). Fills loaded, loading_s, loaded_at."""
    n = w.node.shape[0]
    for k in range(s.last.shape[0]):
        s.last[k] = -1
    union, loads = 0, 0
    for i in range(ln):
        x = tok[i]
        if x >= n:
            s.last[w.rank[x - n]] = i
            s.loaded_at[i] = -1
            s.loading_s[i] = -1
            loads += 1
            continue
        union |= w.bit[x]
        if w.retro[x]:
            s.loaded_at[i] = -1
            continue
        p = s.last[w.rank[src[x]]]
        if p < 0:
            return False, union
        s.loaded_at[i] = p
        if s.loading_s[p] < 0:
            s.loading_s[p] = 0
            for c in range(4):
                s.loaded[p, c] = 0
        s.loading_s[p] += w.load_s[x]
        for c in range(4):
            s.loaded[p, c] += w.load[x, c]
    return loads <= w.type_trips[ty] and (union & ~w.type_carry[ty]) == 0, union


@njit(cache=True)
def _loads_fit(w, tok, ln, ty, s):
    """Whether no load is too much in any dimension; every load stop must load something."""
    n = w.node.shape[0]
    back = s.back
    for c in range(4):
        s.aboard[c] = 0
        back[c] = 0
    for i in range(ln):
        x = tok[i]
        if x >= n:
            if s.loading_s[i] < 0:
                return False
            for c in range(4):
                s.aboard[c] += s.loaded[i, c] - back[c]
                back[c] = 0
        elif w.retro[x]:
            for c in range(4):
                s.aboard[c] += w.load[x, c]
                back[c] += w.load[x, c]
        else:
            for c in range(4):
                s.aboard[c] -= w.load[x, c]
            continue
        for c in range(4):
            if s.aboard[c] > w.type_cap[ty, c]:
                return False
    return True


@njit(cache=True)
def _clashes(w, mask):
    """Whether two of the goods in a bit set may not be aboard together."""
    for g in range(w.clash.shape[0]):
        if (mask >> g) & 1 and (w.clash[g] & mask & ~(1 << g)):
            return True
    return False


@njit(cache=True)
def _goods_agree(w, tok, ln, s):
    """Whether goods that may not share a vehicle are never aboard together."""
    n = w.node.shape[0]
    g_all = w.clash.shape[0]
    for g in range(g_all):
        s.count[g] = 0
    for i in range(ln):
        x = tok[i]
        if x < n and not w.retro[x]:
            for g in range(g_all):
                s.count[g] -= (w.bit[x] >> g) & 1
            continue
        if x < n:
            for g in range(g_all):
                s.count[g] += (w.bit[x] >> g) & 1
        else:
            for j in range(ln):
                y = tok[j]
                if y >= n:
                    continue
                sign = 1 if s.loaded_at[j] == i else 0
                if w.retro[y] and j < i:
                    sign = -1 if _first_load_after(w, tok, j, i) else 0
                if sign:
                    for g in range(g_all):
                        s.count[g] += sign * ((w.bit[y] >> g) & 1)
        mask = 0
        for g in range(g_all):
            if s.count[g] > 0:
                mask |= 1 << g
            if s.count[g] > 1 and (w.clash[g] >> g) & 1:
                return False
        if _clashes(w, mask):
            return False
    return True


@njit(cache=True)
def _first_load_after(w, tok, j, i):
    """Whether the load stop at i is the first one after position j."""
    n = w.node.shape[0]
    for k in range(j + 1, i):
        if tok[k] >= n:
            return False
    return True


@njit(cache=True)
def _stops(w, tok, ln, ty, s):
    """Join tokens into stops and measure the way; return (number of stops, metres), metres -1 if there is no way."""
    n = w.node.shape[0]
    key, here, total, k, i = w.type_key[ty], w.type_depot[ty], 0, 0, 0
    while i < ln:
        x = tok[i]
        node = token_node(w, x)
        sec = 0
        if node != here:
            sec = w.seconds[key, here, node]
            if sec < 0:
                return k, -1
            total += w.metres[key, here, node]
        s.first[k], s.stop_node[k], s.leg_s[k] = i, node, sec
        if x >= n:
            s.stop_s[k] = s.loading_s[i]
            i += 1
        else:
            work = 0
            while i < ln and tok[i] < n and w.node[tok[i]] == node and w.retro[tok[i]] == w.retro[x]:
                work += w.service[tok[i]]
                i += 1
            s.stop_s[k] = work
        here = node
        k += 1
    end = w.type_end[ty]
    s.leg_s[k] = 0
    if end != here:
        s.leg_s[k] = w.seconds[key, here, end]
        if s.leg_s[k] < 0:
            return k, -1
        total += w.metres[key, here, end]
    s.first[k] = ln
    return k, total


@njit(cache=True)
def forward(w, tok, stops, start, s):
    """Earliest times leaving at ``start``; return (end, seconds waited), end -1 if a window is missed."""
    t, waited = start, 0
    for k in range(stops):
        t += s.leg_s[k]
        begin = first_begin(w, tok, s.first[k], s.first[k + 1], t)
        if begin < 0:
            return -1, 0
        waited += begin - t
        s.begin[k] = begin
        t = begin + s.stop_s[k]
    return t + s.leg_s[stops], waited


@njit(cache=True)
def latest_start(w, tok, stops, end, s):
    """Latest start that still ends at ``end``."""
    t = end - s.leg_s[stops]
    for k in range(stops - 1, -1, -1):
        t = last_begin(w, tok, s.first[k], s.first[k + 1], t - s.stop_s[k]) - s.leg_s[k]
    return t


@njit(cache=True)
def replay(w, tok, ln, lane, src, s):
    """Replay a route; return (feasible, cost, start, end, metres, number of stops)."""
    ty = w.lane_type[lane]
    ok, union = _assign_loads(w, tok, ln, ty, src, s)
    if not ok or not _loads_fit(w, tok, ln, ty, s):
        return False, 0, 0, 0, 0, 0
    if _may_clash(w, union) and not _goods_agree(w, tok, ln, s):
        return False, 0, 0, 0, 0, 0
    stops, metres = _stops(w, tok, ln, ty, s)
    if metres < 0 or metres > w.type_range[ty]:
        return False, 0, 0, 0, 0, 0
    start = w.lane_start[lane]
    end, waited = forward(w, tok, stops, start, s)
    if end < 0 or end > w.lane_end[lane]:
        return False, 0, 0, 0, 0, 0
    if waited > 0:
        start = latest_start(w, tok, stops, end, s)
    cost = w.type_fixed[ty] + rounded_up(metres * w.type_km[ty] / 1000) + rounded_up((end - start) * w.type_hour[ty] / 3600)
    return True, cost, start, end, metres, stops


@njit(cache=True)
def _may_clash(w, union):
    """Whether any goods of a bit set clash, each with itself included."""
    for g in range(w.clash.shape[0]):
        if (union >> g) & 1 and (w.clash[g] & union):
            return True
    return False
