"""When a route is where: earliest and latest times through windows, with ways that take what the hour says."""

from __future__ import annotations

from typing import Any

from workbench.compiled import kernel
from workbench.engines._world import RESTS, SOFT, Ints, Records, World

DEAR = 1e9
"""What an hour counts for a route that lasts too long: nothing but time matters then."""
UNCHANGED = 1_000_000
"""A vehicle's ``service_ppm`` that leaves handling as it is stated."""


@kernel
def next_open(window: Records, first: int, end: int, t: int) -> int:
    """Earliest instant from ``t`` in one of the windows; -1 if none is left."""
    while first < end and window[first].hi < t:
        first += 1
    if first == end:
        return -1
    return window[first].lo if window[first].lo > t else t


@kernel
def arrival(w: World, slot: Any, here: int, there: int, t: int) -> int:
    """Earliest arrival leaving at ``t`` or, where that is sooner, with a later part of the shift; -1 for never.

    A way is known to exist. No one who leaves later is there sooner.
    """
    if here == there:
        return t
    whole_s = w.travel[slot.key, here, there].s
    if slot.part == slot.part_end:
        return int(t + whole_s)
    best = t + whole_s if whole_s >= 0 else -1
    for p in range(slot.part, slot.part_end):
        pace, leave = w.pace[p, here, there], max(t, w.part[p].start)
        if best >= 0 and leave >= best:
            break
        if pace >= 0 and leave + pace <= w.part[p].end:
            return int(leave + pace if best < 0 else min(best, leave + pace))
    return int(best)


@kernel
def departure(w: World, slot: Any, here: int, there: int, t: int) -> int:
    """Latest departure that is there by ``t``; -1 if there is none in the shift."""
    if here == there:
        return t
    whole_s = w.travel[slot.key, here, there].s
    best = t - whole_s if whole_s >= 0 else -1
    for p in range(slot.part, slot.part_end):
        pace = w.pace[p, here, there]
        leave = min(t, w.part[p].end) - pace
        if pace >= 0 and leave >= w.part[p].start:
            best = max(best, leave)
    return int(best)


@kernel
def handled(v: Any, seconds: int) -> int:
    """Seconds that a vehicle takes for handling that is stated for any, rounded up."""
    if v.service_ppm == UNCHANGED:
        return int(seconds)
    return int(-(-seconds * v.service_ppm // UNCHANGED))


@kernel
def _reach(w: World, slot: Any, note: Records, i: int, t: int, since: int, driven: int) -> tuple[int, int, int]:
    """Drive to token ``i``, after a rest where one is due; return (arrival or -1, driving since a rest, in all)."""
    v, here, there = w.vehicle[slot.vehicle], _before(w, slot, note, i), note[i].at
    note[i].rest = 0
    if here == there:
        return t, since, driven
    done = arrival(w, slot, here, there, t)
    if (w.uses & RESTS) == 0 or done < 0:
        return done, since, driven
    if since + done - t > v.drive:
        note[i].rest = v.rest
        t += v.rest
        since, done = 0, arrival(w, slot, here, there, t)
    leg = done - t
    if done < 0 or leg > v.drive or driven + leg > v.max_drive:
        return -1, since, driven
    return done, since + leg, driven + leg


@kernel
def forward(w: World, slot: Any, tok: Ints, ln: int, start: int, note: Records) -> tuple[int, int, float]:
    """Earliest times leaving at ``start``; return (end, seconds lost, price of lateness), end -1 if it can't be.

    Lost is what is waited, and what ways take beyond their best hour.

    A delivery is one stop with the one before it at the same node if the stop begins in one of its
    windows too; else it is a stop of its own, begun when the one before is done.
    """
    delivery, node, window, v = w.delivery, w.node, w.window, w.vehicle[slot.vehicle]
    n, t, lost, begin, late = delivery.shape[0], start, 0, -1, 0.0
    plain, since, driven = slot.part == slot.part_end and (w.uses & RESTS) == 0, 0, 0
    for i in range(ln):
        x = tok[i]
        p = node[x - n].window if x >= n else delivery[x].window
        end = node[x - n].window_end if x >= n else delivery[x].window_end
        work = note[i].loading_s if x >= n else handled(v, delivery[x].service)
        note[i].joined = 0
        if i > 0 and x < n and tok[i - 1] < n and _same_place(delivery, x, tok[i - 1]):
            q = p
            while q < end and window[q].hi < begin:
                q += 1
            note[i].joined = q < end and window[q].lo <= begin
        if note[i].joined == 0:
            if plain:
                t += note[i].leg_s
            else:
                left = t
                t, since, driven = _reach(w, slot, note, i, t, since, driven)
                if t < 0:
                    return -1, 0, 0.0
                lost += t - left - note[i].least_s - note[i].rest
            hold = max(note[i].ready, note[i].hold)
            if hold > t:
                lost += hold - t
                t = hold
            while p < end and window[p].hi < t:
                p += 1
            if p == end:
                return -1, 0, 0.0
            if window[p].lo > t:
                lost += window[p].lo - t
                t = window[p].lo
            if x >= n and t > note[i].load_by:
                return -1, 0, 0.0
            begin = t
        if x < n and begin > delivery[x].due:
            late += (begin - delivery[x].due) * delivery[x].late
        note[i].begin = begin
        note[i].work_s = work
        t += work
    if plain:
        return t + note[ln].leg_s, lost, late
    left = t
    t, since, driven = _reach(w, slot, note, ln, t, since, driven)
    return t, lost + t - left - note[ln].least_s - note[ln].rest, late


@kernel
def _before(w: World, slot: Any, note: Records, i: int) -> int:
    """Node of the token before ``i``, the depot before the first."""
    return int(note[i - 1].at if i > 0 else w.vehicle[slot.vehicle].depot)


@kernel
def _same_place(delivery: Records, x: int, y: int) -> bool:
    return bool(delivery[x].node == delivery[y].node and delivery[x].retro == delivery[y].retro)


@kernel
def backward(w: World, slot: Any, tok: Ints, ln: int, end: int, note: Records, punctual: bool) -> int:
    """Latest times that still end at ``end``, stops and rests as in `forward`; return the start, -1 if there is none.

    A stop begins at the last instant that lies in a window of all its deliveries: each in turn moves
    the instant back until as many in a row agree as there are. Notes latest arrivals. With ``punctual`` nothing
    begins later than it is due, or than it did.
    """
    delivery, node, window = w.delivery, w.node, w.window
    n, b, flat = delivery.shape[0], ln, slot.part == slot.part_end
    t = end - note[ln].leg_s if flat else departure(w, slot, _before(w, slot, note, ln), note[ln].at, end)
    t -= note[ln].rest
    while b > 0:
        a = b - 1
        while note[a].joined:
            t -= note[a].work_s
            a -= 1
        t -= note[a].work_s
        if tok[a] >= n:
            t = min(t, note[a].load_by)
        elif punctual:
            for i in range(a, b):
                t = min(t, max(delivery[tok[i]].due, note[i].begin))
        i, agreed = a, 0
        while agreed < b - a:
            x = tok[i]
            first = node[x - n].window if x >= n else delivery[x].window
            p = (node[x - n].window_end if x >= n else delivery[x].window_end) - 1
            while p >= first and window[p].lo > t:
                p -= 1
            if p < first:
                return -1
            agreed += 1
            if window[p].hi < t:
                t = window[p].hi
                agreed = 1
            i = i + 1 if i + 1 < b else a
        if tok[a] >= n and t < max(note[a].ready, note[a].hold):
            return -1
        for i in range(a, b):
            note[i].late = t
        t = t - note[a].leg_s if flat else departure(w, slot, _before(w, slot, note, a), note[a].at, t)
        t -= note[a].rest
        if t < 0:
            return -1
        b = a
    return int(t)


@kernel
def scheduled(w: World, slot: Any, tok: Ints, ln: int, note: Records) -> tuple[int, int, float]:
    """Return (start, end, price of lateness) of the times a route is planned with, end -1 if it can't be.

    It ends as early as it can, starts as late as it may for that, and ends later only where that costs less.
    """
    v, punctual = w.vehicle[slot.vehicle], (w.uses & SOFT) != 0
    start = slot.start
    end, lost, late = forward(w, slot, tok, ln, start, note)
    if end < 0 or end > slot.end:
        return 0, -1, 0.0
    if lost > 0:
        busy = end - start - lost
        start = min(max(start, backward(w, slot, tok, ln, end, note, punctual)), slot.regular)
        if w.uses & RESTS:
            again, _, late = forward(w, slot, tok, ln, start, note)
            if again < 0 or again > end:
                start = slot.start
                end, _, late = forward(w, slot, tok, ln, start, note)
        if end - start > busy and (v.hour > 0 or end - start > v.longest):
            start, end, late = _shorter(w, slot, tok, ln, start, end, late, busy, note)
    return start, end if end - start <= v.longest else -1, late


@kernel
def _shorter(
    w: World, slot: Any, tok: Ints, ln: int, start: int, end: int, late: float, busy: int, note: Records
) -> tuple[int, int, float]:
    """Return the (start, end, price of lateness) that costs least, of equally dear ones the first, within the shift.

    ``start`` is the last instant that ends at ``end``, so whatever starts later ends later. Every instant that is the
    last one for its end is tried in turn, until none is left or nothing is lost; where the hour makes a difference,
    only those that come of starting with a part of the shift.
    """
    v, punctual, p = w.vehicle[slot.vehicle], (w.uses & SOFT) != 0, slot.part
    hour = v.hour if end - start <= v.longest else DEAR
    best_start, best_end, best_late = start, end, late
    least = (end - start) * hour / 3600 + late + max(0, end - slot.regular) * v.over
    while end - start > busy:
        leave = start + 1
        if slot.part < slot.part_end:
            while p < slot.part_end and w.part[p].start <= start:
                p += 1
            if p == slot.part_end:
                break
            leave = w.part[p].start
        if leave > slot.regular:
            break
        end, _, late = forward(w, slot, tok, ln, leave, note)
        if end < 0 or end > slot.end:
            break
        start = min(backward(w, slot, tok, ln, end, note, punctual), slot.regular)
        if w.uses & RESTS:
            start = leave
        price = (end - start) * hour / 3600 + late + max(0, end - slot.regular) * v.over
        if price < least - 1e-9:
            best_start, best_end, best_late, least = start, end, late, price
    return best_start, best_end, best_late
