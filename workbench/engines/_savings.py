"""First routes by savings: join the ends of routes where that saves most, as long as load and time allow.

Works on plain arrays and on pairs of near neighbours, never on a whole matrix, so that tens of thousands of
deliveries take a moment. What it knows of the rules is one depot, one capacity and one window each: who calls it
judges the routes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from workbench.compiled import kernel
from workbench.engines._world import Floats, Ints

NEAR, NEAR_TIMED = 40, 100
"""Neighbours of each delivery that it may be joined to in the first sweep, without windows and with."""
NEAR_ENDS = 24
"""Neighbours of each end of a route in the sweeps that follow, without windows; with them as many as at first."""
SWEEPS = 12
"""Most sweeps over the ends of routes."""
SHAPES = ((1.3, 0.2), (1.0, 0.0), (1.5, 0.2), (1.1, 0.0))
"""What the way between two deliveries counts, and what a difference in their ways to the depot does: each is tried."""
TRIED_UP_TO = 10_000
"""With more deliveries than this only the first shape is tried."""
WAITING = 0.2
"""What a second of waiting that no order of two deliveries avoids counts against a metre saved."""


class Pairs(NamedTuple):
    """Ways between deliveries that may follow one another: from, to, how far and how long."""

    tail: Ints
    head: Ints
    metres: Floats
    seconds: Floats


class Stops(NamedTuple):
    """What savings know of each delivery: ways from and to the depot, load, and when service may start and how long.

    ``out`` and ``back`` are metres. ``opens`` and ``closes`` bound the arrival so that the vehicle may have come from
    the depot and may go back to it in its shift. ``either`` says that routes may be driven in both directions: the
    ways are as long both ways and no time binds.
    """

    out: Floats
    back: Floats
    load: Floats
    opens: Floats
    closes: Floats
    service: Floats
    either: bool


Near = Callable[[Ints, int], Pairs]
"""Gives, among some deliveries, the pairs of each with so many of its nearest."""


def savings(stops: Stops, capacity: Floats, near: Near) -> list[list[int]]:
    """Return routes as lists of deliveries, each delivery in one; they keep capacity and windows.

    ``load`` has a column for each of ``capacity``. A delivery that is too large or too late even alone is a route of
    its own. Near neighbours are joined first, then again and again the ends of the routes that there are; of several
    ways to weigh what is saved the one with the shortest routes is taken.
    """
    n, best, routes = len(stops.out), -1.0, _chains(stops)
    everything = near(np.arange(n), NEAR if stops.either else NEAR_TIMED)
    limit = np.asarray(capacity, np.float64).reshape(-1)
    for shape in SHAPES if n <= TRIED_UP_TO else SHAPES[:1]:
        chains, pairs, saved = _chains(stops), everything, 0.0
        for _ in range(SWEEPS):
            joined, more = _sweep(stops, limit, pairs, chains, shape)
            saved += more
            ends = np.flatnonzero((chains.before < 0) | (chains.after < 0))
            if not joined or len(ends) < 2:
                break
            pairs = near(ends, NEAR_ENDS if stops.either else NEAR_TIMED)
        if saved > best:
            best, routes = saved, chains
    return _routes(routes)


def on_plane(
    xy: Floats, depot: Floats, load: Floats, capacity: Floats, times: tuple[Floats, Floats, Floats] | None = None,
    shift: tuple[float, float] = (0.0, np.inf), pace: float = 1.0,
) -> list[list[int]]:  # fmt: skip
    """Return `savings` over points: ``times`` are opens, closes and service in seconds, ``pace`` seconds per metre."""
    stops = _stops(xy, depot, load.reshape(len(xy), -1) if len(xy) else np.zeros((0, 1)), times, shift, pace)
    return savings(stops, capacity, lambda ends, count: _near(xy, ends, count, stops, pace))


def _stops(
    xy: Floats, depot: Floats, load: Floats, times: tuple[Floats, Floats, Floats] | None,
    shift: tuple[float, float], pace: float,
) -> Stops:  # fmt: skip
    n, away = len(xy), np.hypot(*(xy - depot).T)
    opens, closes, service = times or (np.zeros(n), np.full(n, np.inf), np.zeros(n))
    opens = np.maximum(opens, shift[0] + away * pace)
    closes = np.minimum(closes, shift[1] - away * pace - service)
    return Stops(away, away, load, opens, closes, service, times is None)


def _near(xy: Floats, ends: Ints, count: int, stops: Stops, pace: float) -> Pairs:
    """Return the pairs of near neighbours among some deliveries; where routes go either way, each pair once."""
    count = min(count, len(ends) - 1)
    if count < 1:
        return Pairs(*(np.zeros(0, np.int64),) * 2, *(np.zeros(0),) * 2)
    found = cKDTree(xy[ends]).query(xy[ends], k=count + 1)
    metres, to = np.asarray(found[0]), np.asarray(found[1])
    tail = np.repeat(np.arange(len(ends)), count + 1)
    head, far = to.ravel().astype(np.int64), metres[:, -1]
    metres = metres.ravel()
    keep = tail < head if stops.either else tail != head
    if stops.either:
        keep |= (tail > head) & (metres > far[head])  # not on the other's list
    tail, head, metres = ends[tail[keep]], ends[head[keep]], metres[keep]
    return Pairs(tail, head, metres, metres * pace)


class _Chains(NamedTuple):
    """Routes under construction: neighbours on the route (-1 for none), and what each route is, kept at its root.

    ``busy`` is the least time from arrival at the first to leaving the last, ``leave`` the earliest leaving, ``late``
    the latest arrival.
    """

    before: Ints
    after: Ints
    root: Ints
    load: Floats
    busy: Floats
    leave: Floats
    late: Floats


def _chains(stops: Stops) -> _Chains:
    """Return a route for each delivery; what comes too late even alone is joined to nothing."""
    n, hopeless = len(stops.out), stops.opens > stops.closes
    none = np.full(n, -1, np.int64)
    leave = np.where(hopeless, np.inf, stops.opens + stops.service)
    late = np.where(hopeless, -np.inf, stops.closes)
    return _Chains(none, none.copy(), np.arange(n), stops.load.astype(float), stops.service.astype(float), leave, late)


def _sweep(
    stops: Stops, limit: Floats, pairs: Pairs, chains: _Chains, shape: tuple[float, float]
) -> tuple[int, float]:  # fmt: skip
    """Join by the pairs, most worth first; return how many were joined and the metres that saves."""
    back, out = stops.back[pairs.tail], stops.out[pairs.head]
    worth = back + out - shape[0] * pairs.metres + shape[1] * np.abs(back - out)
    if not stops.either:
        idle = stops.opens[pairs.head] - stops.closes[pairs.tail] - stops.service[pairs.tail] - pairs.seconds
        worth -= WAITING * np.maximum(0.0, idle)
    kept = np.flatnonzero(worth > 0)
    order = kept[np.argsort(-worth[kept], kind="stable")]
    saved = (back + out - pairs.metres)[order]
    join = _join_either if stops.either else _join
    joined, metres = join(pairs.tail[order], pairs.head[order], saved, pairs.seconds[order], limit, *chains)
    return int(joined), float(metres)


@kernel
def _root(root: Ints, i: int) -> int:
    """Return the root of a delivery's route, shortening the way to it."""
    while root[i] != i:
        root[i] = root[root[i]]
        i = root[i]
    return i


@kernel
def _fits(load: Floats, limit: Floats, a: int, b: int) -> bool:
    fits = True
    for c in range(limit.shape[0]):
        fits = fits and load[a, c] + load[b, c] <= limit[c]
    return fits


@kernel
def _join_either(
    tail: Ints, head: Ints, saved: Floats, seconds: Floats, limit: Floats, before: Ints, after: Ints, root: Ints,
    load: Floats, busy: Floats, leave: Floats, late: Floats,
) -> tuple[int, float]:  # fmt: skip
    """Join ends of routes that may be driven in both directions; ``before`` and ``after`` are in no order."""
    joined, metres = 0, 0.0
    for k in range(tail.shape[0]):
        i, j = tail[k], head[k]
        if (before[i] >= 0 and after[i] >= 0) or (before[j] >= 0 and after[j] >= 0):
            continue
        a, b = _root(root, i), _root(root, j)
        if a == b or not _fits(load, limit, a, b):
            continue
        if after[i] < 0:
            after[i] = j
        else:
            before[i] = j
        if before[j] < 0:
            before[j] = i
        else:
            after[j] = i
        root[b] = a
        for c in range(limit.shape[0]):
            load[a, c] += load[b, c]
        joined += 1
        metres += saved[k]
    return joined, metres


@kernel
def _join(
    tail: Ints, head: Ints, saved: Floats, seconds: Floats, limit: Floats, before: Ints, after: Ints, root: Ints,
    load: Floats, busy: Floats, leave: Floats, late: Floats,
) -> tuple[int, float]:  # fmt: skip
    """Join the last of a route to the first of another."""
    joined, metres = 0, 0.0
    for k in range(tail.shape[0]):
        i, j = tail[k], head[k]
        if after[i] >= 0 or before[j] >= 0:
            continue
        a, b = _root(root, i), _root(root, j)
        if a == b or leave[a] + seconds[k] > late[b] or not _fits(load, limit, a, b):
            continue
        after[i], before[j] = j, i
        root[b] = a
        late[a] = min(late[a], late[b] - seconds[k] - busy[a])
        leave[a] = max(leave[a] + seconds[k] + busy[b], leave[b])
        busy[a] += seconds[k] + busy[b]
        for c in range(limit.shape[0]):
            load[a, c] += load[b, c]
        joined += 1
        metres += saved[k]
    return joined, metres


@kernel
def _walk(before: Ints, after: Ints, order: Ints, first: Ints) -> int:
    """Write the deliveries route by route into ``order``, where each route begins into ``first``; return how many."""
    n, routes, at = before.shape[0], 0, 0
    seen = np.zeros(n, np.bool_)
    for turn in range(2):  # where a route has a direction, its first is the one that none comes before
        for i in range(n):
            if seen[i] or (before[i] >= 0 and (turn == 0 or after[i] >= 0)):
                continue
            first[routes] = at
            routes += 1
            last, here = -1, i
            while here >= 0:
                seen[here] = True
                order[at] = here
                at += 1
                onward = after[here]
                if onward < 0 or onward == last:
                    onward = before[here] if before[here] != last else -1
                last, here = here, onward
    first[routes] = at
    return routes


def _routes(chains: _Chains) -> list[list[int]]:
    """Return the routes as lists of deliveries, by their first."""
    n = len(chains.before)
    order, first = np.zeros(n, np.int64), np.zeros(n + 1, np.int64)
    count = _walk(chains.before, chains.after, order, first)
    found = order.tolist()
    return [found[a:b] for a, b in zip(first[:count].tolist(), first[1 : count + 1].tolist(), strict=True)]
