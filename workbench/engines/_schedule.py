"""One route replayed on arrays: loads, goods, times, distance and cost, exactly as the rules say.

A route is a row of tokens: deliveries, and load stops (``n`` plus node). Each delivery is loaded at
the latest load stop at its source before it.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from workbench.compiled import kernel
from workbench.engines._times import forward, handled, scheduled
from workbench.engines._world import ABOARD, CLEANING, RISK, Ints, Records, World
from workbench.problem import NO_LIMIT

PLACE = np.dtype(
    [(name, "i8") for name in ("loaded_at", "loading_s", "at", "leg_s", "least_s", "work_s", "begin", "late", "joined")]
    + [(name, "i8") for name in ("rest", "ready", "load_by", "hold", "many", "goods")]
    + [("loaded", "i8", (4,))]
)
"""Notes on one token of a route; ``joined`` says that it is one stop with the token before.

``leg_s`` is the way to it at any time of the shift, -1 where the hour decides; ``least_s`` at the best hour; ``rest``
the rest before it. Of a load stop: what it loads is ``ready`` and must be loaded by ``load_by``; it is held back until
``hold``; ``many`` deliveries of ``goods`` are loaded.
"""
HOLDS = 4
"""How often load stops are held back so that nothing is aboard too long."""


class Scratch(NamedTuple):
    """Working space of one search thread, reused by every replay; ``note`` holds the notes of the last one.

    ``amount`` rows: aboard, retrograde aboard. ``last`` is the latest load stop per source, ``tally``
    what is aboard per kind of goods, ``trial`` a route being tried.
    """

    note: Records
    amount: Ints
    last: Ints
    tally: Ints
    trial: Ints


def scratch(world: World, size: int) -> Scratch:
    """Return working space for routes of at most ``size`` tokens."""
    sources = max(1, int(world.node["rank"].max(initial=-1)) + 1)
    return Scratch(
        note=np.zeros(size + 4, PLACE),
        amount=np.zeros((2, 4), np.int64),
        last=np.zeros(sources, np.int64),
        tally=np.zeros(len(world.clash), np.int64),
        trial=np.zeros(size + 4, np.int64),
    )


@kernel
def whole(value: int) -> int:
    """Return a constant as a plain integer: for a literal the compiler would do what it is passed to again."""
    return int(np.int64(value))


@kernel
def rounded_up(value: float) -> int:
    """Round up like `workbench.units.ceil_safe`."""
    return math.ceil(value - 1e-9 * max(1.0, abs(value)))


@kernel
def loading(delivery: Records, way: Records, d: int, source: int) -> int:
    """Seconds stated for loading a delivery at a node; 0 where it can't be."""
    for r in range(delivery[d].way, delivery[d].way_end):
        if way[r].source == source:
            return int(way[r].load_s)
    return 0


@kernel
def _assign_loads(w: World, v: Any, tok: Ints, ln: int, src: Ints, note: Records, last: Ints) -> tuple[bool, int]:
    """Note where each delivery is loaded by vehicle type ``v``; return (ok, union of goods)."""
    delivery, node = w.delivery, w.node
    n = delivery.shape[0]
    for k in range(last.shape[0]):
        last[k] = -1
    union, loads = 0, 0
    for i in range(ln):
        x = tok[i]
        note[i].loaded_at = -1
        note[i].ready = note[i].hold = 0
        if x >= n:
            last[node[x - n].rank] = i
            note[i].loading_s = -1
            loads += 1
            continue
        union |= delivery[x].bit
        if (delivery[x].allow & v.bit) == 0:
            return False, union
        if delivery[x].retro:
            if v.picks == 0:
                return False, union
            continue
        p = last[node[src[x]].rank]
        if p < 0:
            return False, union
        note[i].loaded_at = p
        if note[p].loading_s < 0:
            note[p].loading_s = v.turnaround
            note[p].many = note[p].goods = 0
            note[p].load_by = NO_LIMIT
            for c in range(4):
                note[p].loaded[c] = 0
        note[p].loading_s += handled(v, loading(delivery, w.way, x, src[x]))
        note[p].ready = max(note[p].ready, delivery[x].ready)
        note[p].load_by = min(note[p].load_by, delivery[x].load_by)
        note[p].many += 1
        note[p].goods |= delivery[x].bit
        for c in range(4):
            note[p].loaded[c] += delivery[x].load[c]
    return loads <= v.trips and (union & ~v.carry) == 0, union


@kernel
def _loads_fit(delivery: Records, v: Any, tok: Ints, ln: int, note: Records, amount: Ints) -> bool:
    """Whether no load is too much in any dimension; every load stop must load something.

    A vehicle that picks up last does so only with nothing to deliver aboard.
    """
    n, capacity, aboard = delivery.shape[0], v.capacity, 0
    for c in range(4):
        amount[0, c] = amount[1, c] = 0
    for i in range(ln):
        x = tok[i]
        if x >= n:
            if note[i].loading_s < 0:
                return False
            aboard += note[i].many
            for c in range(4):
                amount[0, c] += note[i].loaded[c] - amount[1, c]
                amount[1, c] = 0
        elif delivery[x].retro:
            if v.backhaul_last != 0 and aboard > 0:
                return False
            for c in range(4):
                amount[0, c] += delivery[x].load[c]
                amount[1, c] += delivery[x].load[c]
        else:
            aboard -= 1
            for c in range(4):
                amount[0, c] -= delivery[x].load[c]
            continue
        for c in range(4):
            if amount[0, c] > capacity[c]:
                return False
    return True


@kernel
def _cleaned(w: World, tok: Ints, ln: int, note: Records) -> bool:
    """Whether nothing follows what it may not without cleaning; cleaning is added to the load stops that need it."""
    n, seen, aboard = w.delivery.shape[0], 0, 0
    for i in range(ln):
        x = tok[i]
        if x < n and not w.delivery[x].retro:
            aboard -= 1
            continue
        fresh = note[i].goods if x >= n else w.delivery[x].bit
        needed = False
        for g in range(w.soiled.shape[0]):
            needed = needed or bool((fresh >> g) & 1 and (w.soiled[g] & seen))
        if needed and (x < n or aboard > 0):
            return False
        if needed:
            note[i].loading_s += w.cleaning_s
            seen = 0
        seen |= fresh
        if x >= n:
            aboard += note[i].many
    return True


@kernel
def _any_clash(clash: Ints, mask: int) -> bool:
    """Whether any goods of a bit set clash, with themselves included."""
    found = False
    for g in range(clash.shape[0]):
        found = found or bool((mask >> g) & 1 and (clash[g] & mask))
    return found


@kernel
def _goods_agree(delivery: Records, clash: Ints, tok: Ints, ln: int, note: Records, count: Ints) -> bool:
    """Whether goods that may not share a vehicle are never aboard together."""
    n, kinds, handed_over = delivery.shape[0], clash.shape[0], 0
    for g in range(kinds):
        count[g] = 0
    for i in range(ln):
        x = tok[i]
        if x >= n:
            for j in range(handed_over, ln):
                if tok[j] < n and (note[j].loaded_at == i or (j < i and delivery[tok[j]].retro)):
                    _tally(count, delivery[tok[j]].bit, -1 if j < i else 1)
            handed_over = i
        elif delivery[x].retro:
            _tally(count, delivery[x].bit, 1)
        else:
            _tally(count, delivery[x].bit, -1)
            continue
        mask = 0
        for g in range(kinds):
            mask |= (1 << g) if count[g] > 0 else 0
        for g in range(kinds):
            if count[g] > 0 and (clash[g] & (mask if count[g] > 1 else mask & ~(1 << g))):
                return False
    return True


@kernel
def _tally(count: Ints, bit: int, sign: int) -> None:
    for g in range(count.shape[0]):
        count[g] += sign * ((bit >> g) & 1)


@kernel
def _measure(w: World, slot: Any, depot: int, end: int, tok: Ints, ln: int, note: Records) -> tuple[int, int]:
    """Note the way to each token and to the end; return (metres, exposure), metres -1 if there is no way."""
    delivery, leg = w.delivery, w.travel[slot.key]
    n, here, total, exposure = delivery.shape[0], depot, 0, 0
    for i in range(ln + 1):
        at = end
        if i < ln:
            at = tok[i] - n if tok[i] >= n else delivery[tok[i]].node
        note[i].at = at
        note[i].leg_s = note[i].least_s = note[i].rest = 0
        if at != here:
            if leg[here, at].m < 0:
                return -1, 0
            if w.uses & RISK:
                exposure += w.exposure[slot.key, here, at]
            note[i].leg_s = note[i].least_s = leg[here, at].s
            for p in range(slot.part, slot.part_end):
                pace = w.pace[p, here, at]
                if pace >= 0 and (pace < note[i].least_s or note[i].least_s < 0):
                    note[i].least_s = pace
            total += leg[here, at].m
        here = at
    return total, exposure


@kernel
def _lift_kg(v: Any, metres: int) -> int:
    """Kilograms that may be aboard in a sortie of so many metres; -1 where it is too far."""
    far, lift = v.far_m, v.lift_kg
    if metres <= far[0]:
        return int(lift[0])
    for k in range(1, far.shape[0]):
        if metres <= far[k]:
            less = (lift[k - 1] - lift[k]) * (metres - far[k - 1])
            return int(lift[k - 1] - -(-less // (far[k] - far[k - 1])))
    return -1


@kernel
def _sorties_fit(delivery: Records, leg: Records, v: Any, tok: Ints, ln: int, note: Records) -> bool:
    """Whether what is aboard between two loadings is never more than can be lifted that far."""
    n, here, metres, aboard, back, peak = delivery.shape[0], v.depot, 0, 0, 0, 0
    for i in range(ln + 1):
        at = v.end
        if i < ln:
            at = tok[i] - n if tok[i] >= n else delivery[tok[i]].node
        if at != here:
            metres += leg[here, at].m
        here = at
        if i == ln or tok[i] >= n:
            if peak > _lift_kg(v, metres):
                return False
            metres = 0
        if i < ln:
            if tok[i] >= n:
                aboard += note[i].loaded[0] - back
                peak, back = aboard, 0
            elif delivery[tok[i]].retro:
                aboard += delivery[tok[i]].load[0]
                back += delivery[tok[i]].load[0]
                peak = max(peak, aboard)
            else:
                aboard -= delivery[tok[i]].load[0]
    return True


@kernel
def replay(w: World, tok: Ints, ln: int, lane: int, src: Ints, s: Scratch) -> tuple[bool, int, int, int, int]:
    """Replay a route; return (feasible, cost, start, end, metres)."""
    refused = (False, 0, 0, 0, 0)
    delivery, note = w.delivery, s.note
    slot = w.lane[lane]
    v = w.vehicle[slot.vehicle]
    ok, union = _assign_loads(w, v, tok, ln, src, note, s.last)
    if not ok or not _loads_fit(delivery, v, tok, ln, note, s.amount):
        return refused
    if w.uses & CLEANING and not _cleaned(w, tok, ln, note):
        return refused
    if _any_clash(w.clash, union) and not _goods_agree(delivery, w.clash, tok, ln, note, s.tally):
        return refused
    metres, exposure = _measure(w, slot, v.depot, v.end, tok, ln, note)
    if metres < 0 or metres > v.range or exposure > v.exposure:
        return refused
    if v.lift_kg[0] < NO_LIMIT and not _sorties_fit(delivery, w.travel[slot.key], v, tok, ln, note):
        return refused
    start, end, late = scheduled(w, slot, tok, ln, note)
    if end >= 0 and w.uses & ABOARD:
        end, late = _held_back(w, slot, tok, ln, start, end, late, note)
    if end < 0:
        return refused
    cost = v.fixed + rounded_up(metres * v.km / 1000) + rounded_up((end - start) * v.hour / 3600)
    cost += rounded_up(late) + rounded_up(max(0, end - slot.regular) * v.over) + rounded_up(exposure * w.risk)
    return True, cost, start, end, metres


@kernel
def _held_back(
    w: World, slot: Any, tok: Ints, ln: int, start: int, end: int, late: float, note: Records
) -> tuple[int, float]:
    """Hold load stops back until nothing is aboard too long; return (end, price of lateness), end -1 if it can't be."""
    delivery, n = w.delivery, w.delivery.shape[0]
    end, _, late = forward(w, slot, tok, ln, start, note)
    for _ in range(HOLDS):
        kept, unloaded = True, end
        for i in range(ln - 1, -1, -1):
            x = tok[i]
            if x >= n:
                unloaded = note[i].begin
            elif delivery[x].retro:
                if unloaded - note[i].begin - note[i].work_s > delivery[x].aboard:
                    return -1, late
            else:
                p = note[i].loaded_at
                begin = note[i].begin - delivery[x].aboard - note[p].work_s
                if begin > note[p].begin:
                    note[p].hold, kept = max(note[p].hold, begin), False
        if kept:
            return end, late
        end, _, late = forward(w, slot, tok, ln, start, note)
        if end < 0 or end > slot.end:
            return -1, late
    return -1, late
