"""Ruin and recreate on `Routes`: take strings of neighbours out, put them back better.

After Christiaens and Vanden Berghe, Slack Induction by String Removals, Transportation Science 54(2), 2020.
Plans compare by the served vector first; annealing decides only between plans that serve the same.
"""

from __future__ import annotations

import math

import numpy as np

from workbench.compiled import kernel
from workbench.engines._insert import known, look
from workbench.engines._routes import NEVER, Routes, in_stock, may_join, put, renew, take_out, tidy
from workbench.engines._ruin import draw, ruin
from workbench.engines._schedule import Scratch, replay, whole
from workbench.engines._world import AFTER, Ints, Records, Words, World

BLINK = 0.01
"""How often the best place is overlooked."""
LANE_BLINKS = 30
"""How much more often a new route in a lane is: else the cheapest lane for one would always win."""
TRIES = 24
"""Most deliveries, besides those just taken out, that one round of putting back tries to serve."""


@kernel
def best_place(w: World, r: Routes, s: Scratch, d: int, blink: float, rng: Words) -> tuple[int, int, int, int]:
    """Return (extra cost, way, row, lane) of the cheapest way to serve d; cost NEVER if there is none."""
    best, best_o, best_i, best_lane = whole(NEVER), -1, -1, -1
    row, one, slot, kept = r.row, w.delivery[d], w.lane, r.kept
    tied, free = one.tie < one.tie_end, 0
    while free < row.shape[0] and row[free].length > 0:
        free += 1
    for o in range(one.way, one.way_end):
        if free == row.shape[0] or not in_stock(w, r.left, o, d) or (tied and not may_join(w, r, d, free)):
            continue
        for lane in range(slot.shape[0]):
            if blink > 0 and draw(rng) < blink * LANE_BLINKS:
                continue
            if r.alone[o, lane] < best and r.used[lane] < slot[lane].count:
                best, best_o, best_i, best_lane = r.alone[o, lane], o, free, lane
    for fresh in range(2):  # what is remembered first: it makes the search of the other rows short
        for o in range(one.way, one.way_end):
            if not in_stock(w, r.left, o, d):
                continue
            for i in range(row.shape[0]):
                if row[i].length == 0 or (kept[o, i].version != row[i].version) != (fresh == 1):
                    continue
                if tied and not may_join(w, r, d, i):
                    continue
                if (one.bit & ~w.vehicle[slot[row[i].lane].vehicle].carry) != 0 or (blink > 0 and draw(rng) < blink):
                    continue
                if known(kept[o, i], row[i].version, best):
                    cost = kept[o, i].cost if kept[o, i].at >= 0 else NEVER
                else:
                    cost = look(w, r, s, o, d, i, best)
                if cost < best:
                    best, best_o, best_i, best_lane = cost, o, i, row[i].lane
    return best, best_o, best_i, best_lane


@kernel
def _order(w: World, out: Ints, m: int, keep_priority: bool, rng: Words) -> Ints:
    """Order for putting back: by priority where wanted, then by chance, size, distance or window."""
    keys = np.empty(m, np.float64)
    kind = int(draw(rng) * 11)
    depot = w.vehicle[0].depot
    for k in range(m):
        one = w.delivery[out[k]]
        if kind < 4:
            keys[k] = draw(rng)
        elif kind < 7:
            keys[k] = -float(max(one.load[0], one.load[1], one.load[2] * 10))
        elif kind < 10:
            far = float(w.travel[0, depot, one.node].m)
            keys[k] = -far if kind < 9 else far
        else:
            keys[k] = float(w.window[one.window_end - 1].hi) if one.window_end > one.window else 0.0
    order = np.argsort(keys, kind="mergesort")
    if keep_priority:
        for k in range(m):
            keys[k] = w.delivery[out[order[k]]].priority
        order = order[np.argsort(keys, kind="mergesort")]
    return order


@kernel
def _add_unserved(n: int, where: Ints, out: Ints, taken: int, rng: Words) -> int:
    """Add deliveries that no row serves to those to put back, starting anywhere; return how many there are now."""
    most, start = taken + TRIES, int(draw(rng) * n)
    fresh = taken
    for k in range(n):
        d = (start + k) % n
        if taken >= most:
            break
        if where[d] >= 0:
            continue
        new = True
        for q in range(fresh):
            new = new and out[q] != d
        if new:
            out[taken] = d
            taken += 1
    return taken


@kernel
def _put_back(w: World, r: Routes, s: Scratch, out: Ints, m: int, rng: Words) -> None:
    """Put deliveries back where each costs least, now and then overlooking the best place."""
    order = _order(w, out, m, w.weighted == 0 and draw(rng) < 0.9, rng)
    at_any_price = w.weighted == 0 or draw(rng) < 0.3
    for k in range(m):
        d = out[order[k]]
        cost, o, i, lane = best_place(w, r, s, d, BLINK, rng)
        if cost < NEVER and (at_any_price or cost <= w.delivery[d].penalty):
            put(w, r, s, o, d, i, lane)


@kernel
def _drop_orphans(w: World, r: Routes, s: Scratch, lost: Ints) -> None:
    """Take out what is served only where something else is, and that one is not."""
    found = w.tie.shape[0] > 0
    while found:
        found = False
        for d in range(w.delivery.shape[0]):
            i = r.where[d]
            for k in range(w.delivery[d].tie, w.delivery[d].tie_end):
                other = w.tie[k].other
                if i >= 0 and r.where[d] == i and w.tie[k].kind == AFTER and other >= 0 and r.where[other] < 0:
                    take_out(w, r, d)
                    tidy(w, r, s, i, lost)
                    found = True


@kernel
def _change_lanes(w: World, r: Routes, s: Scratch, rng: Words) -> None:
    """Try another lane for a random row, free or exchanged with another row; keep what is cheaper."""
    row, rows = r.row, r.row.shape[0]
    i, lane = int(draw(rng) * rows), int(draw(rng) * w.lane.shape[0])
    if row[i].length == 0 or row[i].lane == lane:
        return
    cost, other, saved = _lane_cost(w, r, s, i, lane), -1, 0
    if r.used[lane] >= w.lane[lane].count:
        start = int(draw(rng) * rows)
        for k in range(rows):
            q = (start + k) % rows
            if row[q].length > 0 and row[q].lane == lane:
                other = q
                break
        if other < 0:
            return
        saved = row[other].cost - _lane_cost(w, r, s, other, row[i].lane)
    if cost - saved >= row[i].cost:
        return
    if other >= 0:
        _set_lane(w, r, s, other, row[i].lane)
    _set_lane(w, r, s, i, lane)


@kernel
def _lane_cost(w: World, r: Routes, s: Scratch, i: int, lane: int) -> int:
    ok, cost, _, _, _ = replay(w, r.tok[i], r.row[i].length, lane, r.source, s)
    return cost if ok else NEVER


@kernel
def _set_lane(w: World, r: Routes, s: Scratch, i: int, lane: int) -> None:
    r.used[r.row[i].lane] -= 1
    r.used[lane] += 1
    r.row[i].lane = lane
    renew(w, r, s, i)


@kernel
def order_of(a: Ints, b: Ints) -> int:
    """Compare two served vectors: 1 when a is better, -1 when b is, 0 when they are the same."""
    for k in range(a.shape[0]):
        if a[k] != b[k]:
            return 1 if a[k] > b[k] else -1
    return 0


@kernel
def value(w: World, row: Records, where: Ints) -> float:
    """Cost of the routes and of their imbalance, and with weights the price of what they leave out."""
    total, used, longest, together = 0.0, 0, 0, 0
    for i in range(row.shape[0]):
        if row[i].length > 0:
            total += row[i].cost
            used += 1
            longest = max(longest, row[i].seconds)
            together += row[i].seconds
    if w.imbalance > 0 and used > 0:
        total += (longest - together / used) * w.imbalance
    if w.weighted:
        for d in range(where.shape[0]):
            if where[d] < 0:
                total += w.delivery[d].penalty
    return total


@kernel
def copy_routes(a: Routes, b: Routes) -> None:
    """Make b the same as a, rows of equal version untouched; what is remembered of places isn't copied."""
    for i in range(a.row.shape[0]):
        if a.row[i].version != b.row[i].version:
            ln = a.row[i].length
            b.row[i] = a.row[i]
            b.tok[i, :ln] = a.tok[i, :ln]
            for k in range(ln + 1):
                b.bound[i, k] = a.bound[i, k]
    b.where[:] = a.where
    b.source[:] = a.source
    b.used[:] = a.used
    b.left[:] = a.left
    b.served[:] = a.served


@kernel
def search(
    w: World, r: Routes, current: Routes, best: Routes, s: Scratch, rng: Words, iterations: int, hot: float, cold: float
) -> float:
    """Improve ``r`` for a fixed number of iterations and leave the best found in it; return its value.

    ``current`` and ``best`` are room for two more sets of routes. ``hot`` and ``cold`` are the
    temperatures of the first and the last iteration, in cost.
    """
    n = w.delivery.shape[0]
    out, touched = np.empty(2 * n + TRIES, np.int64), np.empty(n + 1, np.int64)
    copy_routes(r, current)
    copy_routes(r, best)
    now = value(w, r.row, r.where)
    least, heat = now, hot
    cooling = (cold / hot) ** (1.0 / max(1, iterations))
    for _ in range(iterations):
        heat *= cooling
        if draw(rng) < 0.1:
            _change_lanes(w, r, s, rng)
        taken = ruin(w, r, s, out, touched, rng)
        taken = _add_unserved(n, r.where, out, taken, rng)
        _put_back(w, r, s, out, taken, rng)
        _drop_orphans(w, r, s, out)
        new = value(w, r.row, r.where)
        side = order_of(r.served, current.served) if not w.weighted else 0
        if side > 0 or (side == 0 and new < now - heat * math.log(max(draw(rng), 1e-12))):
            copy_routes(r, current)
            now = new
            better = order_of(r.served, best.served) if not w.weighted else 0
            if better > 0 or (better == 0 and new < least):
                copy_routes(r, best)
                least = new
        else:
            copy_routes(current, r)
    copy_routes(best, r)
    return least


@kernel
def construct(w: World, r: Routes, s: Scratch, tier: int, most: int, rng: Words) -> bool:
    """Serve up to ``most`` deliveries of one priority, or with tier -1 of all whose price is worth it.

    The delivery that would lose most by waiting goes first. Returns whether there may be more to serve.
    """
    n = w.delivery.shape[0]
    none = whole(-1)
    hopeless = np.zeros(n, np.bool_)
    for _ in range(most):
        pick, worst, way, at, on = none, none, none, none, none
        for d in range(n):
            if r.where[d] >= 0 or hopeless[d] or (tier >= 0 and w.delivery[d].priority != tier):
                continue
            cost, o, i, lane = best_place(w, r, s, d, 0.0, rng)
            hopeless[d] = cost >= NEVER
            if hopeless[d] or (tier < 0 and cost > w.delivery[d].penalty):
                continue
            regret = _second(w, r, s, d, i) - cost
            if regret > worst:
                pick, worst, way, at, on = d, regret, o, i, lane
        if pick < 0:
            return False
        put(w, r, s, way, pick, at, on)
    return True


@kernel
def _second(w: World, r: Routes, s: Scratch, d: int, but: int) -> int:
    """Least cost of serving d elsewhere than in row ``but``."""
    best, row, one, kept = whole(NEVER), r.row, w.delivery[d], r.kept
    for o in range(one.way, one.way_end):
        for lane in range(w.lane.shape[0]):
            if r.used[lane] < w.lane[lane].count:
                best = min(best, r.alone[o, lane])
        for i in range(row.shape[0]):
            if i != but and row[i].length > 0 and may_join(w, r, d, i):
                if known(kept[o, i], row[i].version, best):
                    best = min(best, kept[o, i].cost if kept[o, i].at >= 0 else NEVER)
                else:
                    best = min(best, look(w, r, s, o, d, i, best))
    return best
