"""Ruin and recreate on `Routes`: take strings of neighbours out, put them back better.

After Christiaens and Vanden Berghe, Slack Induction by String Removals, Transportation Science 54(2), 2020.
Plans compare by the served vector first; annealing decides only between plans that serve the same.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from workbench.engines._insert import look
from workbench.engines._routes import NEVER, in_stock, put, renew, tidy
from workbench.engines._ruin import draw, remove_any, remove_rows, remove_strings
from workbench.engines._schedule import replay

BLINK = 0.01
TRIES = 24
"""Most deliveries, besides those just taken out, that one round of putting back tries to serve."""


@njit(cache=True)
def best_place(w, r, s, d, blink, rng):
    """Return (extra cost, way, row, lane) of the cheapest way to serve d; cost NEVER if there is none."""
    best, best_o, best_row, best_lane = NEVER, -1, -1, -1
    free = 0
    while free < r.length.shape[0] and r.length[free] > 0:
        free += 1
    for o in range(w.opt_ptr[d], w.opt_ptr[d + 1]):
        if free == r.length.shape[0] or not in_stock(w, r, o, d):
            continue
        for lane in range(w.lane_type.shape[0]):
            cost = r.alone[o, lane]
            if cost < best and r.used[lane] < w.lane_count[lane]:
                best, best_o, best_row, best_lane = cost, o, free, lane
    for o in range(w.opt_ptr[d], w.opt_ptr[d + 1]):
        if not in_stock(w, r, o, d):
            continue
        for row in range(r.length.shape[0]):
            if r.length[row] == 0 or (w.bit[d] & ~w.type_carry[w.lane_type[r.lane[row]]]) != 0:
                continue
            if blink > 0 and draw(rng) < blink:
                continue
            cost = look(w, r, s, o, d, row, best)
            if cost < best:
                best, best_o, best_row, best_lane = cost, o, row, r.lane[row]
    return best, best_o, best_row, best_lane


@njit(cache=True)
def _ranks(w, out, m, keep_priority, rng):
    """Sort keys for putting back: by priority where wanted, then by chance, size, distance or window."""
    keys = np.empty(m, np.float64)
    kind = int(draw(rng) * 11)
    for i in range(m):
        d = out[i]
        if kind < 4:
            key = draw(rng)
        elif kind < 7:
            key = 0.0
            for c in range(4):
                key -= w.load[d, c] / max(1, w.type_cap[:, c].max())
        elif kind < 9:
            key = -float(w.metres[0, w.type_depot[0], w.node[d]])
        elif kind < 10:
            key = float(w.metres[0, w.type_depot[0], w.node[d]])
        else:
            key = float(w.win_hi[w.win_ptr[d + 1] - 1] if w.win_ptr[d + 1] > w.win_ptr[d] else 0)
        keys[i] = key
    order = np.argsort(keys, kind="mergesort")
    if keep_priority:
        tiers = np.empty(m, np.float64)
        for i in range(m):
            tiers[i] = w.priority[out[order[i]]]
        order = order[np.argsort(tiers, kind="mergesort")]
    return order


@njit(cache=True)
def _add_unserved(w, r, out, taken, rng):
    """Add deliveries that no row serves to those to put back, starting anywhere; return how many there are now."""
    n = w.node.shape[0]
    most, start = taken + TRIES, int(draw(rng) * n)
    fresh = np.zeros(n, np.bool_)
    for i in range(taken):
        fresh[out[i]] = True
    for k in range(n):
        d = (start + k) % n
        if taken < most and r.where[d] < 0 and not fresh[d]:
            out[taken] = d
            taken += 1
    return taken


@njit(cache=True)
def _put_back(w, r, s, out, m, rng):
    """Put deliveries back where each costs least, now and then overlooking the best place."""
    weighted = w.weighted[0] == 1
    order = _ranks(w, out, m, not weighted and draw(rng) < 0.9, rng)
    for i in range(m):
        d = out[order[i]]
        cost, o, row, lane = best_place(w, r, s, d, BLINK, rng)
        if cost < NEVER and (not weighted or cost <= w.penalty[d]):
            put(w, r, s, o, d, row, lane)


@njit(cache=True)
def _change_lanes(w, r, s, rng):
    """Try another lane for a random row, free or exchanged with another row; keep what is cheaper."""
    rows = r.length.shape[0]
    row, lane = int(draw(rng) * rows), int(draw(rng) * w.lane_type.shape[0])
    if r.length[row] == 0 or r.lane[row] == lane:
        return
    cost, other, other_cost = _lane_cost(w, r, s, row, lane), -1, 0
    if r.used[lane] >= w.lane_count[lane]:
        start = int(draw(rng) * rows)
        for k in range(rows):
            q = (start + k) % rows
            if r.length[q] > 0 and r.lane[q] == lane:
                other = q
                break
        if other < 0:
            return
        other_cost = _lane_cost(w, r, s, other, r.lane[row]) - r.cost[other]
    if cost + other_cost >= r.cost[row]:
        return
    if other >= 0:
        _set_lane(w, r, s, other, r.lane[row])
    _set_lane(w, r, s, row, lane)


@njit(cache=True)
def _lane_cost(w, r, s, row, lane):
    ok, cost, _, _, _, _ = replay(w, r.tok[row], r.length[row], lane, r.source, s)
    return cost if ok else NEVER


@njit(cache=True)
def _set_lane(w, r, s, row, lane):
    r.used[r.lane[row]] -= 1
    r.used[lane] += 1
    r.lane[row] = lane
    renew(w, r, s, row)


@njit(cache=True)
def _ruin(w, r, s, out, touched, rng):
    """Take some deliveries out; return how many."""
    kind = draw(rng)
    if kind < 0.75:
        taken, rows = remove_strings(w, r, out, touched, rng)
    elif kind < 0.87:
        taken, rows = remove_rows(w, r, out, touched, rng)
    else:
        taken, rows = remove_any(w, r, out, touched, rng)
    for k in range(rows):
        taken += tidy(w, r, s, touched[k], out[taken:])
    return taken


@njit(cache=True)
def order_of(a, b):
    """Compare two served vectors: 1 when a is better, -1 when b is, 0 when they are the same."""
    for k in range(a.shape[0]):
        if a[k] != b[k]:
            return 1 if a[k] > b[k] else -1
    return 0


@njit(cache=True)
def value(w, r):
    """Cost of the routes, and with weights the price of what they leave out."""
    total = 0.0
    for row in range(r.length.shape[0]):
        if r.length[row] > 0:
            total += r.cost[row]
    if w.weighted[0] == 1:
        for d in range(w.node.shape[0]):
            if r.where[d] < 0:
                total += w.penalty[d]
    return total


@njit(cache=True)
def _copy(a, b):
    """Make b the same as a, rows of equal version untouched."""
    for row in range(a.length.shape[0]):
        if a.version[row] != b.version[row]:
            b.tok[row, : a.length[row]] = a.tok[row, : a.length[row]]
            b.length[row] = a.length[row]
            b.lane[row] = a.lane[row]
            b.cost[row] = a.cost[row]
            b.version[row] = a.version[row]
            b.depart[row, : a.length[row]] = a.depart[row, : a.length[row]]
            b.late[row, : a.length[row] + 1] = a.late[row, : a.length[row] + 1]
            b.room[row, : a.length[row]] = a.room[row, : a.length[row]]
    b.where[:] = a.where
    b.source[:] = a.source
    b.used[:] = a.used
    b.left[:] = a.left
    b.served[:] = a.served


@njit(cache=True)
def search(w, r, current, best, s, rng, iterations, hot, cold):
    """Improve ``r`` for a fixed number of iterations; leave the best found in ``r``.

    ``current`` and ``best`` are room for two more sets of routes (their remembered places are not
    used). ``hot`` and ``cold`` are the temperatures of the first and the last iteration, in cost.
    """
    n = w.node.shape[0]
    out, touched = np.empty(2 * n + TRIES, np.int64), np.empty(n + 1, np.int64)
    _copy(r, current)
    _copy(r, best)
    now = value(w, r)
    least = now
    strict = w.weighted[0] == 0
    cooling = (cold / hot) ** (1.0 / max(1, iterations))
    heat = hot
    for _ in range(iterations):
        heat *= cooling
        if draw(rng) < 0.1:
            _change_lanes(w, r, s, rng)
        taken = _ruin(w, r, s, out, touched, rng)
        taken = _add_unserved(w, r, out, taken, rng)
        _put_back(w, r, s, out, taken, rng)
        new = value(w, r)
        side = order_of(r.served, current.served) if strict else 0
        if side > 0 or (side == 0 and new < now - heat * math.log(max(draw(rng), 1e-12))):
            _copy(r, current)
            now = new
            better = order_of(r.served, best.served) if strict else 0
            if better > 0 or (better == 0 and new < least):
                _copy(r, best)
                least = new
        else:
            _copy(current, r)
    _copy(best, r)
    return least


@njit(cache=True)
def construct(w, r, s, rng):
    """Serve what can be served, most urgent first, within a tier the one that would lose most by waiting."""
    n = w.node.shape[0]
    tiers = np.unique(w.priority) if w.weighted[0] == 0 else np.full(1, -1, np.int64)
    tried = np.zeros(n, np.bool_)
    for tier in tiers:
        while True:
            pick, most, way, at, on = -1, -1, -1, -1, -1
            for d in range(n):
                if r.where[d] >= 0 or tried[d] or (tier >= 0 and w.priority[d] != tier):
                    continue
                cost, o, row, lane = best_place(w, r, s, d, 0.0, rng)
                if cost >= NEVER or (tier < 0 and cost > w.penalty[d]):
                    tried[d] = tier >= 0
                    continue
                regret = _second(w, r, s, d, row) - cost
                if regret > most:
                    pick, most, way, at, on = d, regret, o, row, lane
            if pick < 0:
                break
            put(w, r, s, way, pick, at, on)


@njit(cache=True)
def _second(w, r, s, d, but):
    """Least cost of serving d elsewhere than in row ``but``."""
    best = NEVER
    for o in range(w.opt_ptr[d], w.opt_ptr[d + 1]):
        for row in range(r.length.shape[0]):
            if row != but and r.length[row] > 0:
                best = min(best, look(w, r, s, o, d, row, best))
        for lane in range(w.lane_type.shape[0]):
            if r.used[lane] < w.lane_count[lane]:
                best = min(best, r.alone[o, lane])
    return best
