"""When a route is where: earliest and latest times through windows, with ways that take what the hour says."""

from __future__ import annotations

from typing import Any

from workbench.compiled import kernel
from workbench.engines._arrays import Ints, Records, World


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
def forward(w: World, slot: Any, tok: Ints, ln: int, start: int, note: Records) -> tuple[int, int]:
    """Earliest times leaving at ``start``; return (end, seconds lost), end -1 if a window is missed.

    Lost is what is waited, and what ways take beyond their best hour.

    A delivery is one stop with the one before it at the same node if the stop begins in one of its
    windows too; else it is a stop of its own, begun when the one before is done.
    """
    delivery, node, window = w.delivery, w.node, w.window
    n, t, lost, begin, flat = delivery.shape[0], start, 0, -1, slot.part == slot.part_end
    for i in range(ln):
        x = tok[i]
        p = node[x - n].window if x >= n else delivery[x].window
        end = node[x - n].window_end if x >= n else delivery[x].window_end
        work = note[i].loading_s if x >= n else delivery[x].service
        note[i].joined = 0
        if i > 0 and x < n and tok[i - 1] < n and _same_place(delivery, x, tok[i - 1]):
            q = p
            while q < end and window[q].hi < begin:
                q += 1
            note[i].joined = q < end and window[q].lo <= begin
        if note[i].joined == 0:
            if flat:
                t += note[i].leg_s
            else:
                left, t = t, arrival(w, slot, _before(w, slot, note, i), note[i].at, t)
                if t < 0:
                    return -1, 0
                lost += t - left - note[i].least_s
            while p < end and window[p].hi < t:
                p += 1
            if p == end:
                return -1, 0
            if window[p].lo > t:
                lost += window[p].lo - t
                t = window[p].lo
            begin = t
        note[i].begin = begin
        note[i].work_s = work
        t += work
    if flat:
        return t + note[ln].leg_s, lost
    left, t = t, arrival(w, slot, _before(w, slot, note, ln), note[ln].at, t)
    return t, lost + t - left - note[ln].least_s


@kernel
def _before(w: World, slot: Any, note: Records, i: int) -> int:
    """Node of the token before ``i``, the depot before the first."""
    return int(note[i - 1].at if i > 0 else w.vehicle[slot.vehicle].depot)


@kernel
def _same_place(delivery: Records, x: int, y: int) -> bool:
    return bool(delivery[x].node == delivery[y].node and delivery[x].retro == delivery[y].retro)


@kernel
def backward(w: World, slot: Any, tok: Ints, ln: int, end: int, note: Records) -> int:
    """Latest times that still end at ``end``, stops as `forward` joined them; return the start, -1 if there is none.

    A stop begins at the last instant that lies in a window of all its deliveries: each in turn moves
    the instant back until as many in a row agree as there are. Notes latest arrivals.
    """
    delivery, node, window = w.delivery, w.node, w.window
    n, b, flat = delivery.shape[0], ln, slot.part == slot.part_end
    t = end - note[ln].leg_s if flat else departure(w, slot, _before(w, slot, note, ln), note[ln].at, end)
    while b > 0:
        a = b - 1
        while note[a].joined:
            t -= note[a].work_s
            a -= 1
        t -= note[a].work_s
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
        for i in range(a, b):
            note[i].late = t
        t = t - note[a].leg_s if flat else departure(w, slot, _before(w, slot, note, a), note[a].at, t)
        if t < 0:
            return -1
        b = a
    return int(t)


@kernel
def shorter(w: World, slot: Any, tok: Ints, ln: int, start: int, end: int, busy: int, note: Records) -> tuple[int, int]:
    """Return the (start, end) that lasts least, of equally short ones the first, within the shift.

    ``start`` is the last instant that ends at ``end``, so whatever starts later ends later. Every instant that is the
    last one for its end is tried in turn, until none is left or nothing is lost; where the hour makes a difference,
    only those that come of starting with a part of the shift.
    """
    best_start, best_end, p = start, end, slot.part
    while end - start > busy:
        leave = start + 1
        if slot.part < slot.part_end:
            while p < slot.part_end and w.part[p].start <= start:
                p += 1
            if p == slot.part_end:
                break
            leave = w.part[p].start
        end, _ = forward(w, slot, tok, ln, leave, note)
        if end < 0 or end > slot.end:
            break
        start = backward(w, slot, tok, ln, end, note)
        if end - start < best_end - best_start:
            best_start, best_end = start, end
    return best_start, best_end
