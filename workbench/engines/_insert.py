"""Where a delivery goes into a route at least extra cost, a load stop of its own included."""

from __future__ import annotations

from typing import Any

from workbench.compiled import kernel
from workbench.engines._routes import NEVER, Routes, write_trial
from workbench.engines._schedule import Scratch, loading, replay, whole
from workbench.engines._times import arrival, handled, next_open
from workbench.engines._world import Ints, Records, World

REACH = 8
"""How many tokens a new load stop may stand ahead of the delivery it is for."""
SMALL = 10
"""Up to so many deliveries every place is replayed, without the quick bounds."""


@kernel
def _cuts_stop(delivery: Records, tok: Ints, ln: int, i: int) -> bool:
    """Whether position i lies between two deliveries at one node."""
    n = delivery.shape[0]
    if n <= SMALL or i <= 0 or i >= ln or tok[i] >= n or tok[i - 1] >= n:
        return False
    return _same_stop(delivery, tok[i], tok[i - 1])


@kernel
def _same_stop(delivery: Records, x: int, y: int) -> bool:
    return bool(delivery[x].node == delivery[y].node and delivery[x].retro == delivery[y].retro)


@kernel
def _may_stand(delivery: Records, tok: Ints, ln: int, d: int, b: int) -> bool:
    """Whether d may go before position b: not between others at one node, nor before its equal in place and hours."""
    n = delivery.shape[0]
    if b < ln and tok[b] < n and _same_stop(delivery, tok[b], d) and delivery[tok[b]].window == delivery[d].window:
        return False
    return not _cuts_stop(delivery, tok, ln, b) or _same_stop(delivery, tok[b], d)


@kernel
def _at(delivery: Records, v: Any, tok: Ints, ln: int, i: int) -> int:
    """Node of position i; the depot before the first, the end after the last."""
    n = delivery.shape[0]
    if i < 0:
        return int(v.depot)
    if i >= ln:
        return int(v.end)
    return int(tok[i] - n if tok[i] >= n else delivery[tok[i]].node)


@kernel
def _detour(leg: Records, here: int, via: int, there: int) -> int:
    """Extra metres of going by ``via``; NEVER where there is no way."""
    a = leg[here, via].m if here != via else 0
    b = leg[via, there].m if via != there else 0
    if a < 0 or b < 0:
        return NEVER
    return a + b - max(leg[here, there].m if here != there else 0, 0)


@kernel
def _detour_with_load(
    delivery: Records, leg: Records, v: Any, tok: Ints, ln: int, source: int, node: int, a: int, b: int
) -> int:
    """Extra metres of a new load stop before a and a visit before b; NEVER where there is no way."""
    here, there = _at(delivery, v, tok, ln, a - 1), _at(delivery, v, tok, ln, b)
    if a == b:
        first = _detour(leg, here, source, node)
        second = _detour(leg, here, node, there)
    else:
        first = _detour(leg, here, source, _at(delivery, v, tok, ln, a))
        second = _detour(leg, _at(delivery, v, tok, ln, b - 1), node, there)
    return NEVER if first >= NEVER or second >= NEVER else first + second


@kernel
def _has_room(bound: Records, load: Ints, a: int, b: int) -> bool:
    """Whether a load fits on leaving each of the positions a to b - 1."""
    for i in range(a, b):
        for c in range(4):
            if bound[i].room[c] < load[c]:
                return False
    return True


@kernel
def _in_time(w: World, slot: Any, one: Any, here: int, t: int, there: int, late: int) -> bool:
    """Whether going on from ``here`` at t to a delivery is early enough for it, and then for what follows."""
    t = arrival(w, slot, here, one.node, t)
    t = next_open(w.window, one.window, one.window_end, t) if t >= 0 else -1
    t = arrival(w, slot, one.node, there, t + handled(w.vehicle[slot.vehicle], one.service)) if t >= 0 else -1
    return bool(0 <= t <= late)


@kernel
def _visit_may_fit(
    w: World, slot: Any, leave: int, tok: Ints, ln: int, bound: Records, d: int, since: int, b: int
) -> bool:
    """Quick test of a visit loaded at position ``since``: room on the way and time, both seen favourably."""
    delivery, v = w.delivery, w.vehicle[slot.vehicle]
    n, one = delivery.shape[0], delivery[d]
    if n <= SMALL:
        return True
    if not one.retro and not _has_room(bound, one.load, since, b):
        return False
    if b > 0 and tok[b - 1] < n and _same_stop(delivery, tok[b - 1], d):
        return True
    here, there = _at(delivery, v, tok, ln, b - 1), _at(delivery, v, tok, ln, b)
    return _in_time(w, slot, one, here, leave, there, bound[b].late)


@kernel
def _load_may_fit(
    w: World, slot: Any, leave: int, tok: Ints, ln: int, bound: Records, d: int, source: int, a: int, b: int
) -> bool:
    """Quick test of a new load stop at a for a visit at b: room on the way and time, both seen favourably."""
    delivery, node, v = w.delivery, w.node, w.vehicle[slot.vehicle]
    one = delivery[d]
    if delivery.shape[0] <= SMALL:
        return True
    if not _has_room(bound, one.load, max(0, a - 1), b):
        return False
    t = arrival(w, slot, _at(delivery, v, tok, ln, a - 1), source, leave)
    t = next_open(w.window, node[source].window, node[source].window_end, max(t, one.ready)) if t >= 0 else -1
    if t < 0 or t > one.load_by:
        return False
    t += handled(v, loading(delivery, w.way, d, source))
    if a == b:
        return _in_time(w, slot, one, source, t, _at(delivery, v, tok, ln, b), bound[b].late)
    t = arrival(w, slot, source, _at(delivery, v, tok, ln, a), t)
    return bool(0 <= t <= bound[a].late)


@kernel
def insertion(w: World, r: Routes, i: int, d: int, source: int, limit: int, s: Scratch) -> tuple[int, int, int]:
    """Return (extra cost, place of a new load stop or -1, place) of the cheapest way to put d into row i.

    Only ways that cost less than ``limit`` are looked for; cost NEVER, places -1 when there are none.
    """
    delivery, row, tok, bound, src = w.delivery, r.row[i], r.tok[i], r.bound[i], r.source
    n, ln, lane, base = delivery.shape[0], row.length, row.lane, row.cost
    slot = w.lane[lane]
    v = w.vehicle[slot.vehicle]
    if ln + 2 > tok.shape[0] or (delivery[d].bit & ~v.carry) != 0 or (delivery[d].allow & v.bit) == 0:
        return NEVER, -1, -1
    leg, token, price, first = w.travel[slot.key], n + source, v.km / 1000, slot.start
    best, best_a, best_b = limit, -1, -1
    src[d] = source
    since = 0 if source < 0 else -1
    for b in range(ln + 1):
        if b > 0 and tok[b - 1] == token:
            since = b - 1
        if since < 0 or not _may_stand(delivery, tok, ln, d, b):
            continue
        extra = _detour(leg, _at(delivery, v, tok, ln, b - 1), delivery[d].node, _at(delivery, v, tok, ln, b))
        leave = bound[b - 1].depart if b > 0 else first
        if extra * price - 2 > best or not _visit_may_fit(w, slot, leave, tok, ln, bound, d, since, b):
            continue
        size = write_trial(tok, ln, d, token, whole(-1), b, s.trial)
        ok, cost, _, _, _ = replay(w, s.trial, size, lane, src, s)
        if ok and (cost - base < best or (cost - base == best and delivery[d].retro and best_b >= 0)):
            best, best_a, best_b = cost - base, -1, b  # what is picked up had better not ride along
    for b in range(ln + 1 if source >= 0 else 0):
        if not _may_stand(delivery, tok, ln, d, b):
            continue
        for a in range(b, max(-1, b - REACH - 1), -1):
            if (a > 0 and tok[a - 1] == token) or (a < b and (tok[a] == token or _cuts_stop(delivery, tok, ln, a))):
                continue
            extra = _detour_with_load(delivery, leg, v, tok, ln, source, delivery[d].node, a, b)
            leave = bound[a - 1].depart if a > 0 else first
            if extra * price - 2 > best or not _load_may_fit(w, slot, leave, tok, ln, bound, d, source, a, b):
                continue
            size = write_trial(tok, ln, d, token, a, b, s.trial)
            ok, cost, _, _, _ = replay(w, s.trial, size, lane, src, s)
            if ok and cost - base < best:
                best, best_a, best_b = cost - base, a, b
    return (best, best_a, best_b) if best_b >= 0 else (NEVER, -1, -1)


@kernel
def look(w: World, r: Routes, s: Scratch, o: int, d: int, i: int, limit: int) -> int:
    """Extra cost of way o of delivery d in row i if below ``limit``, else NEVER; remembered while the row stays."""
    kept, held = r.kept[o, i], r.source[d]
    cost, a, b = insertion(w, r, i, d, w.way[o].source, limit, s)
    r.source[d] = held
    kept.cost, kept.load, kept.at, kept.version = (cost if b >= 0 else limit), a, b, r.row[i].version
    return cost


@kernel
def known(kept: Any, version: int, limit: int) -> bool:
    """Whether what is remembered about a row answers the question for less than ``limit``."""
    return bool(kept.version == version and (kept.at >= 0 or kept.cost >= limit))


@kernel
def fill_alone(w: World, r: Routes, s: Scratch) -> None:
    """Work out the cost of serving each way alone in each lane, NEVER where that is impossible."""
    n = w.delivery.shape[0]
    for d in range(n):
        held = r.source[d]
        for o in range(w.delivery[d].way, w.delivery[d].way_end):
            source = w.way[o].source
            r.source[d] = source
            size = write_trial(s.trial, whole(0), d, n + source, whole(0 if source >= 0 else -1), whole(0), s.trial)
            for lane in range(w.lane.shape[0]):
                ok, cost, _, _, _ = replay(w, s.trial, size, lane, r.source, s)
                r.alone[o, lane] = cost if ok else NEVER
        r.source[d] = held
