"""Threat on the ground: exposure of roads, fronts of time and risk, rules that choose from them, unpredictability.

The flow: ``read`` the scenario's threats, lay their ``exposure`` on a network, build a ``risk_graph``, take the
``front`` of a leg and ``choose`` from it by a rule. ``vital_roads``, ``choke`` and ``what_if`` show where it is thin.
"""

from workbench.ground.cuts import Cut, Interdiction, choke, interdict, minimum_cut, vital_roads, what_if
from workbench.ground.fronts import (
    Alternative,
    Bounds,
    Front,
    RiskGraph,
    bounds,
    fastest,
    front,
    risk_graph,
    safest,
    with_risk,
)
from workbench.ground.threat.areas import LEVELS, PROPERTIES, Threat, check, exposure, read, table
from workbench.ground.threat.mix import Mix, apart, dissimilarity, mix, rotate, success
from workbench.ground.threat.rules import FORMS, Rule, choose, knee, parse
from workbench.ground.threat.survival import (
    along,
    cvar,
    expected_loss,
    from_rate,
    in_runs,
    probability,
    runs_until,
    split,
    threat_minutes,
)

__all__ = [
    "FORMS",
    "LEVELS",
    "PROPERTIES",
    "Alternative",
    "Bounds",
    "Cut",
    "Front",
    "Interdiction",
    "Mix",
    "RiskGraph",
    "Rule",
    "Threat",
    "along",
    "apart",
    "bounds",
    "check",
    "choke",
    "choose",
    "cvar",
    "dissimilarity",
    "expected_loss",
    "exposure",
    "fastest",
    "from_rate",
    "front",
    "in_runs",
    "interdict",
    "knee",
    "minimum_cut",
    "mix",
    "parse",
    "probability",
    "read",
    "risk_graph",
    "rotate",
    "runs_until",
    "safest",
    "split",
    "success",
    "table",
    "threat_minutes",
    "vital_roads",
    "what_if",
    "with_risk",
]
