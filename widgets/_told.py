"""What a session asks of plans, changes and tables: do they belong together, are they still the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

import workbench as wb
from workbench.scenario import Change, Scenario

FEW = 500
"""Tables shorter than this are looked through rather than drawn again."""


def made_from(plan: wb.Plan, scenario: Scenario) -> bool:
    """Return whether a plan was made from a scenario as it now is."""
    known = plan.coa in scenario.coa_names
    return known and wb.scenario.inputs_sha256(scenario, plan.coa) == plan.inputs_sha256


def same(before: Any, now: Any) -> bool:
    """Return whether a part of a scenario is what it was; edits lay closures anew, which are few."""
    if isinstance(now, dict):
        return bool(before == now)
    return before is now or (isinstance(now, pd.DataFrame) and len(now) < FEW and now.equals(before))


def touches(change: Change, columns: Sequence[str]) -> bool:
    """Return whether a change is about some of the columns (all when none are named), or about whole rows."""
    return not columns or change.op != "set" or bool(set(change.values) & set(columns))
