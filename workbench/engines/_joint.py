"""The second stage: what several routes must agree on, settled by one schedule for all of them.

Slots, handling teams, escorts, stops a day and the order of deliveries on different routes are beyond a route's own
replay. The routes stay as they are; CP-SAT says when each starts and what waits, and what has to be left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from workbench.engines._agreement import Schedule
from workbench.engines._insert import look
from workbench.engines._pieces import Answer, answer_of, routes_of, without_idle
from workbench.engines._plans import Tour
from workbench.engines._routes import NEVER, in_stock, may_join, put, scratch_for
from workbench.engines._schedule import replay
from workbench.engines._world import View
from workbench.problem import Problem

PLACES = 4
"""Routes in which what was left out is tried again, the cheapest first."""
AGAIN = 8
"""Deliveries that are tried again."""


def joint(problem: Problem) -> bool:
    """Return whether a problem has rules that several routes must agree on."""
    return bool(
        problem.resources
        or any(p.slots or p.visits_per_day for p in problem.places)
        or any(r.kind == "before" for r in problem.relations)
    )


def settle(view: View, answer: Answer) -> Answer:
    """Return the routes with starts and waits at which all joint rules hold, without what makes that impossible.

    What is left out is of the least urgent, and as little as the schedule finds. The result depends on the routes
    alone. A problem without joint rules has its answer back.
    """
    if not joint(view.problem):
        return answer
    left_out: set[int] = set()
    while answer.tours:
        found = Schedule(view, answer).solve()
        if found is not None and not found[1]:
            return _once_more(view, _timed(view, answer, found[0]), left_out)
        out = set(found[1]) if found is not None else _least_urgent(view, answer)
        left_out |= out
        answer = without(view, answer, out)
    return answer


def _once_more(view: View, answer: Answer, left_out: set[int]) -> Answer:
    """Return the answer with as much of what was left out as other places in the routes hold, most urgent first."""
    order = sorted(left_out, key=lambda x: (int(view.world.delivery["priority"][x]), x))
    for x in order[:AGAIN]:
        for more in _with(view, answer, x):
            found = Schedule(view, more).solve()
            if found is not None and not found[1]:
                answer = _timed(view, more, found[0])
                break
    return answer


def _with(view: View, answer: Answer, x: int) -> Iterable[Answer]:
    """Yield the answer with a delivery put in, at its best place in some routes and in one of its own."""
    w = view.world
    routes, space = routes_of(w, answer), scratch_for(w)
    places = []
    for o in range(int(w.delivery["way"][x]), int(w.delivery["way_end"][x])):
        if not in_stock(w, routes.left, o, x):
            continue
        for i in np.flatnonzero(routes.row["length"]).tolist():
            if may_join(w, routes, x, i):
                places.append((look(w, routes, space, o, x, i, NEVER), o, i, int(routes.row["lane"][i])))
        free = int(np.argmin(routes.row["length"]))
        for lane in range(len(w.lane)):
            if (
                routes.row["length"][free] == 0
                and routes.used[lane] < w.lane["count"][lane]
                and may_join(w, routes, x, free)
            ):
                places.append((int(routes.alone[o, lane]), o, free, lane))
    for _, o, i, lane in sorted(p for p in places if p[0] < NEVER)[:PLACES]:
        routes = routes_of(w, answer)
        if routes.row["length"][i]:
            look(w, routes, space, o, x, i, NEVER)
        put(w, routes, space, o, x, i, lane)
        yield answer_of(routes)


def without(view: View, answer: Answer, left_out: set[int]) -> Answer:
    """Return an answer without some deliveries, and without the load stops and routes that have nothing left.

    Where the shorter way is barred or takes longer, more goes, the least urgent first.
    """
    world, space = view.world, scratch_for(view.world)
    n, tours = len(world.delivery), []
    source = answer.source.copy()
    for tour in answer.tours:
        gone = left_out & set(tour.tokens)
        while gone:
            tour = without_idle(world, Tour(tour.lane, tuple(x for x in tour.tokens if x not in gone)), source)
            tok = np.array(tour.tokens, np.int64)
            if not len(tok) or replay(world, tok, len(tok), tour.lane, source, space)[0]:
                break
            gone = {max((x for x in tour.tokens if x < n), key=lambda x: (int(world.delivery["priority"][x]), x))}
        if tour.tokens:
            tours.append(tour)
    kept = Answer(tuple(tours), source)
    served = [x for some in kept.visits(n) for x in some]
    source[np.setdiff1d(np.arange(n), served)] = -1
    return kept


def _least_urgent(view: View, answer: Answer) -> set[int]:
    """Return the least urgent of the deliveries that a joint rule touches: what goes when no schedule was found."""
    served = [x for some in answer.visits(len(view.world.delivery)) for x in some]
    return {max(served, key=lambda x: (int(view.world.delivery["priority"][x]), x))} if served else set()


def _timed(view: View, answer: Answer, times: Sequence[tuple[int, tuple[int, ...]]]) -> Answer:
    tours = tuple(
        replace(tour, start=start, holds=holds) for tour, (start, holds) in zip(answer.tours, times, strict=True)
    )
    return Answer(tours, answer.source)
