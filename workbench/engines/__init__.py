"""Engines turn a `Problem` into a `Plan`: greedy at once, pyvrp well, ortools another way.

All go through one evaluator of routes, so that what they promise to keep is kept the same way. Which
constraints an engine keeps is its ``enforces``; a plan lists what its problem uses beyond that.
"""

from __future__ import annotations

import numpy as np

from workbench.engines import _rounds
from workbench.engines._arrays import view
from workbench.engines._plans import Made, plan_of_tours
from workbench.engines._protocol import EVERYTHING, QUIET, Budget, Engine, Keeper, Monitor, Quiet
from workbench.engines._routes import empty, scratch_for
from workbench.engines._search import construct
from workbench.engines.greedy import Greedy
from workbench.engines.ortools_routing import ORTools
from workbench.engines.pyvrp_ils import PyVRP
from workbench.errors import UsageError
from workbench.plan import Plan
from workbench.problem import Problem

__all__ = ["ENGINES", "EVERYTHING", "QUIET", "Budget", "Engine", "Keeper", "Monitor", "Quiet", "prepare", "solve"]

ENGINES: dict[str, Engine] = {e.name: e for e in (Greedy(), PyVRP(), ORTools())}
"""Every engine by name."""


def solve(
    problem: Problem,
    engine: str = "auto",
    budget: Budget | None = None,
    seed: int = 1,
    jobs: int | None = None,
    monitor: Monitor | None = None,
) -> Plan:
    """Plan a problem and return the best plan found; 10 seconds when no budget is given.

    Every delivery is served or unserved in the plan, once: those refused before solving with their own
    code and sentence, those left out with NOT_PLANNED. With a budget in iterations the plan depends on
    the problem, engine, budget and seed alone, not on ``jobs`` (processes; None is one per core). When the
    monitor asks to stop, the best plan so far comes back within half a second.

    Raises
    ------
    UsageError
        For an unknown engine, a negative seed or less than one job.
    """
    watch = monitor or QUIET
    if engine != "auto" and engine not in ENGINES:
        raise UsageError(f"Expected an engine of {', '.join(['auto', *ENGINES])}, got {engine!r}.")
    if seed < 0 or (jobs is not None and jobs < 1):
        raise UsageError(f"Expected a seed from 0 and one job or more, got seed {seed} and jobs {jobs}.")
    if engine == "auto":
        engine, why = _choose(problem)
        watch.progress(0.0, f"Engine {engine}: {why}")
    budget = budget or Budget(seconds=10)
    if watch.should_stop():
        return _nothing(problem, Made(ENGINES[engine], seed, budget, {"rounds": 0, "iterations": 0}))
    return ENGINES[engine].solve(problem, budget, seed=seed, jobs=jobs, monitor=watch)


def _nothing(problem: Problem, made: Made) -> Plan:
    """Return the plan that serves nothing, without waiting for any kernel to load."""
    seen = view(problem)
    return plan_of_tours(seen, (), np.full(len(seen.deliveries), -1, np.int64), made)


def _choose(problem: Problem) -> tuple[str, str]:
    """Return the engine for a problem and why; all of them enforce the same, so the best one does unless idle."""
    if not problem.open_deliveries or not any(v.count for v in problem.fleet):
        return "greedy", "there is nothing to plan, or nothing to plan it with"
    return "pyvrp", "it enforces all that this problem uses and finds the best plans"


def prepare() -> None:
    """Compile the kernels, once per installation; afterwards they load in a moment.

    Without it the first solve does so, and overruns its seconds.
    """
    _rounds.warm()
    world = _rounds.toy()
    construct(world, empty(world), scratch_for(world), 0, 0, np.zeros(1, np.uint64))
