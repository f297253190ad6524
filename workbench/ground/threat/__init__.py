"""Threat on the ground: exposure of roads, fronts of time and risk, rules that choose from them, unpredictability.

The flow: ``read`` the scenario's threats, lay their ``exposure`` on a network, build a ``risk_graph``, take the
``front`` of a leg and ``choose`` from it by a rule; ``alternatives`` is a front as a table. ``vital_roads``, ``choke``
and ``what_if`` show where the ground is thin.

Modules load when first used.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "cuts": ["Cut", "Interdiction", "choke", "interdict", "minimum_cut", "vital_roads", "what_if"],
    "fronts": [
        "Alternative",
        "Bounds",
        "Front",
        "RiskGraph",
        "bounds",
        "fastest",
        "front",
        "risk_graph",
        "safest",
        "with_risk",
    ],
    "threat.areas": ["LEVELS", "PROPERTIES", "Threat", "check", "exposure", "read", "table"],
    "threat.legs": ["Ruled", "RuledSearch"],
    "threat.tables": ["alternatives", "survival_of"],
    "threat.variety": ["Mix", "apart", "dissimilarity", "mix", "rotate", "success"],
    "threat.rules": ["FORMS", "Rule", "choose", "knee", "parse"],
    "threat.survival": [
        "along",
        "cvar",
        "expected_loss",
        "from_rate",
        "in_runs",
        "probability",
        "runs_until",
        "split",
        "threat_minutes",
    ],
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = list(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'workbench.ground.threat' has no attribute {name!r}")
    return getattr(importlib.import_module(f"workbench.ground.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
