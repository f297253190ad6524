"""Plans the last mile of military supply: who gets what, when, by which route, and why not.

The flow, rightward only::

    tables ─scenario.load→ Scenario ─problem.build→ Problem ─engines.solve→ Plan ─→ check, kpi, explain, report

The module is half of the name: ``wb.scenario.load``, ``wb.kpi.table``. Modules load when first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench import (
        batch,
        bound,
        charts,
        check,
        constraints,
        demand,
        engines,
        errors,
        explain,
        fleet,
        formats,
        generate,
        ground,
        instances,
        jobs,
        kpi,
        layers,
        plan,
        problem,
        report,
        scenario,
        schema,
        training,
        units,
    )
    from workbench.engines import Budget
    from workbench.errors import Finding, InputError
    from workbench.ground import network
    from workbench.plan import Plan
    from workbench.problem import Problem
    from workbench.scenario import CourseOfAction, Scenario

__version__ = "0.1.0"

_NOUNS = {
    "Budget": "engines",
    "CourseOfAction": "scenario",
    "Finding": "errors",
    "InputError": "errors",
    "Plan": "plan",
    "Problem": "problem",
    "Scenario": "scenario",
}

_DEEPER = {"network": "ground.network", "threat": "ground.threat"}
"""Modules of a family that are called by their own noun."""

__all__ = [
    "Budget",
    "CourseOfAction",
    "Finding",
    "InputError",
    "Plan",
    "Problem",
    "Scenario",
    "batch",
    "bound",
    "charts",
    "check",
    "constraints",
    "demand",
    "engines",
    "errors",
    "explain",
    "fleet",
    "formats",
    "generate",
    "ground",
    "instances",
    "jobs",
    "kpi",
    "layers",
    "network",
    "plan",
    "problem",
    "report",
    "scenario",
    "schema",
    "threat",
    "training",
    "units",
]


def __getattr__(name: str) -> Any:
    if name in _NOUNS:
        return getattr(importlib.import_module(f"workbench.{_NOUNS[name]}"), name)
    if name in __all__:
        return importlib.import_module(f"workbench.{_DEEPER.get(name, name)}")
    raise AttributeError(f"module 'workbench' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
