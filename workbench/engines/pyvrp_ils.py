"""The main engine: pieces of the plan improved again and again, by ruin and recreate and by PyVRP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from workbench import batch
from workbench.engines._arrays import View, World, view
from workbench.engines._pieces import Answer, Piece, answer_of, cut, join, routes_of, worth
from workbench.engines._plans import Made, plan_of_tours
from workbench.engines._protocol import EVERYTHING, QUIET, Budget, Clock, Monitor
from workbench.engines._routes import Routes, empty, scratch_for
from workbench.engines._search import search
from workbench.engines.greedy import Polish, first_routes, report
from workbench.plan import Plan
from workbench.problem import Problem


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """One piece to improve for a fixed number of iterations."""

    world: World
    answer: Answer
    seed: int
    iterations: int
    heat: float


def improve(task: Task) -> Answer | None:
    """Return a better answer for a piece, or None."""
    world = task.world
    routes = routes_of(world, task.answer)
    before = worth(world, routes)
    rng = np.array([task.seed], np.uint64)
    cold = max(0.01, task.heat * 0.02)
    search(
        world, routes, empty(world), empty(world), scratch_for(world), rng, task.iterations, max(task.heat, 0.02), cold
    )
    return answer_of(routes) if worth(world, routes) < before else None


PIECE = 40
MOST_PIECES = 8
WHOLE = 2


def warm() -> None:
    """Load what a worker needs."""


class PyVRP:
    """Decomposition around ruin and recreate and PyVRP."""

    name: ClassVar[str] = "pyvrp"
    version: ClassVar[str] = "0.14"
    enforces: ClassVar[frozenset[str]] = EVERYTHING

    def solve(
        self, problem: Problem, budget: Budget, *, seed: int = 1, jobs: int | None = None, monitor: Monitor = QUIET
    ) -> Plan:
        """Return the best plan found within the budget."""
        clock = Clock(budget, monitor)
        seen = view(problem)
        w = seen.world
        routes = first_routes(w)
        answer = answer_of(routes)
        best = worth(w, routes)
        report(seen, routes, clock)
        rounds = iterations = 0
        n = len(w.delivery)
        while not clock.over and n and (budget.iterations is None or iterations < budget.iterations):
            count = max(1, min(n // PIECE, MOST_PIECES, len(answer.tours)))
            rng = np.random.default_rng([seed, rounds])
            pieces = cut(w, answer, count, float(rng.uniform(0, 2 * np.pi)), rounds)
            heat = HEAT * best[1] / n * 0.9 ** (rounds % 10)
            tasks = [Task(p.world, p.answer, seed * 1000003 + rounds * 101 + k, ITER, heat) for k, p in enumerate(pieces)]
            done = [improve(t) for t in tasks]
            new = join(w, answer, pieces, done)
            rr = routes_of(w, new)
            if worth(w, rr) < best:
                answer, best = new, worth(w, rr)
                report(seen, rr, clock)
            elif any(done):
                print('worse?', worth(w, rr), best)
            rounds += 1
            iterations += ITER * len(tasks)
            if TRACE: print(rounds, '%.2f' % clock.elapsed, best[1], len(pieces))
        return plan_of_tours(seen, answer.tours, answer.source, Made(self, seed, budget, {"rounds": rounds, "iterations": iterations}))

ITER = 300
HEAT = 0.3
TRACE = 0
