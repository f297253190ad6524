"""The instant engine: most urgent first, where it costs least, then a short deterministic improvement."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from workbench.engines._arrays import view
from workbench.engines._insert import fill_alone
from workbench.engines._joint import settle
from workbench.engines._pieces import answer_of
from workbench.engines._plans import Made, plan_of_tours
from workbench.engines._protocol import EVERYTHING, QUIET, Budget, Clock, Monitor
from workbench.engines._rounds import report, serve_more
from workbench.engines._routes import Routes, empty, scratch_for
from workbench.engines._schedule import Scratch
from workbench.engines._search import search
from workbench.engines._world import World
from workbench.plan import Plan
from workbench.problem import Problem

POLISH = 400
"""Iterations of improvement when the budget is in seconds."""
ROUND = 100
"""Iterations between two looks at the clock."""


class Greedy:
    """Regret insertion by priority, then a few hundred rounds of taking out and putting back.

    A tier is served in full, as far as it goes, before the next less urgent one is looked at, so
    nothing ever displaces what is more urgent. The result doesn't depend on the seed or the number of jobs.
    """

    name: ClassVar[str] = "greedy"
    version: ClassVar[str] = "1"
    enforces: ClassVar[frozenset[str]] = EVERYTHING

    def solve(
        self, problem: Problem, budget: Budget, *, seed: int = 1, jobs: int | None = None, monitor: Monitor = QUIET
    ) -> Plan:
        """Return a first plan, improved for at most `POLISH` iterations."""
        clock = Clock(budget, monitor)
        seen = view(problem)
        routes = first_routes(seen.world, monitor)
        most = POLISH if budget.iterations is None else min(POLISH, budget.iterations)
        spent = {"rounds": 0, "iterations": 0}
        polish = Polish(seen.world, routes)
        while spent["iterations"] < most and len(seen.deliveries) and len(seen.types) and not clock.over:
            step = min(ROUND, most - spent["iterations"])
            polish.run(step, 1 + spent["rounds"])
            spent = {"rounds": spent["rounds"] + 1, "iterations": spent["iterations"] + step}
            monitor.progress(spent["iterations"] / most, "Improving the first plan")
        settled = settle(seen, answer_of(routes))
        plan = plan_of_tours(seen, settled.tours, settled.source, Made(self, seed, budget, spent))
        report(seen, routes, clock, lambda: plan)
        return plan


def first_routes(world: World, monitor: Monitor = QUIET) -> Routes:
    """Return routes built by regret insertion, most urgent deliveries first; cut short when the monitor stops."""
    routes = empty(world)
    if not monitor.should_stop():
        fill_alone(world, routes, scratch_for(world))
        serve_more(world, routes, monitor)
    return routes


class Polish:
    """Room for repeated runs of `search` on the same routes."""

    def __init__(self, world: World, routes: Routes) -> None:
        self._world, self._routes = world, routes
        self._rooms = (empty(world), empty(world))
        self._space: Scratch = scratch_for(world)

    def run(self, iterations: int, seed: int) -> None:
        """Improve the routes; they never get worse. With nothing to move, or to move it with, nothing happens."""
        if not len(self._world.delivery) or not len(self._world.lane):
            return
        rng = np.array([seed], np.uint64)
        cold = max(1.0, float(self._routes.row["cost"].sum()) / max(1, len(self._world.delivery)) * 0.001)
        search(self._world, self._routes, *self._rooms, self._space, rng, iterations, cold, cold)
