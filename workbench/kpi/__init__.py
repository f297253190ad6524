"""Key figures of a plan: one function each, with its unit and its meaning.

Figures are computed from a replay of the plan, not from what the plan states. A requisition may have
several deliveries as its parts; a figure's unit says which of them it counts.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from workbench.constraints import HANDING_OVER, time_words
from workbench.kpi import figures
from workbench.kpi.facts import Facts
from workbench.kpi.registry import KPIS, Kpi, kpi
from workbench.plan import Plan
from workbench.problem import PRIORITIES, Problem

__all__ = ["KPIS", "Facts", "Kpi", "as_dict", "figures", "kpi", "served_vector", "table"]


def _values(problem: Problem, plan: Plan) -> Iterator[tuple[str, Kpi, float | str, str]]:
    """Yield every figure as (key, its declaration, value, meaning)."""
    facts = Facts(problem, plan)
    for name, k in KPIS.items():
        value = k.rule(facts)
        if value is None:
            continue
        if isinstance(value, Mapping):
            for key, part in value.items():
                yield f"{name.removesuffix('_of')}_{key}", k, _rounded(part), k.text
        elif name == "last_delivery_h" and facts.began:
            yield name, k, _rounded(value), f"{k.text} It is {time_words(problem, max(facts.began.values()))}."
        else:
            yield name, k, _rounded(value), k.text


def _rounded(value: float | str) -> float | str:
    return value if isinstance(value, str) else round(float(value), 6)


def table(problem: Problem, plan: Plan) -> pd.DataFrame:
    """Return the figures of a plan with columns kpi, value, unit, better (higher, lower or empty), text.

    ``value`` is a number; for a figure that is a name (``binding_dimension``) it is NaN and the name
    begins the text.
    """
    rows = [
        (key, math.nan, k.unit, k.better, f"{value}: {text}")
        if isinstance(value, str)
        else (key, value, k.unit, k.better, text)
        for key, k, value, text in _values(problem, plan)
    ]
    return pd.DataFrame(rows, columns=["kpi", "value", "unit", "better", "text"]).astype({"value": "float64"})


def as_dict(problem: Problem, plan: Plan) -> dict[str, dict[str, Any]]:
    """Return the figures as a plan file has them, ``{"otif": {"value": 0.93, "unit": "share"}}``."""
    return {key: {"value": value, "unit": k.unit} for key, k, value, _ in _values(problem, plan)}


def served_vector(problem: Problem, plan: Plan) -> tuple[int, ...]:
    """Return what is served at each priority, 1 first, in `SHARE`-ths of a requisition; 15 numbers.

    This is what plans compare by before cost: the larger vector in lexicographic order is the better plan.
    """
    named = {x for r in plan.routes for s in r.stops if s.kind in HANDING_OVER for x in s.deliveries}
    out = [0] * PRIORITIES
    for d in problem.deliveries:
        if d.delivery_id in named:
            out[d.priority - 1] += d.share
    return tuple(out)
