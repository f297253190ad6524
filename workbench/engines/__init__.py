"""Engines turn a `Problem` into a `Plan`: greedy at once, pyvrp well, ortools another way.

All go through one evaluator of routes, so that what they promise to keep is kept the same way. Which
constraints an engine keeps is its ``enforces``; a plan lists what its problem uses beyond that.
"""

from __future__ import annotations

from workbench.engines._protocol import EVERYTHING, QUIET, Budget, Engine, Monitor, Quiet
from workbench.engines.greedy import Greedy
from workbench.engines.ortools_routing import ORTools
from workbench.engines.pyvrp_ils import PyVRP
from workbench.errors import UsageError
from workbench.plan import Plan
from workbench.problem import Problem

__all__ = ["ENGINES", "EVERYTHING", "QUIET", "Budget", "Engine", "Monitor", "Quiet", "solve"]

ENGINES: dict[str, Engine] = {e.name: e for e in (Greedy(), ORTools(), PyVRP())}
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
        For an unknown engine.
    """
    watch = monitor or QUIET
    if engine == "auto":
        engine = "greedy"
    if engine not in ENGINES:
        raise UsageError(f"Expected an engine of {', '.join(['auto', *sorted(ENGINES)])}, got {engine!r}.")
    return ENGINES[engine].solve(problem, budget or Budget(seconds=10), seed=seed, jobs=jobs, monitor=watch)
