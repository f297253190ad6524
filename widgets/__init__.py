"""Widgets for notebooks and dashboards: views of one `Session`, without arithmetic of their own.

>>> from widgets import PlanMap, Session, Timeline
>>> session = Session.open("sample_data/four_drops")
>>> PlanMap(session), Timeline(session)          # what is chosen in one is chosen in the other

Names load when first used, so that the command line can find the server's commands at once.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from widgets.chart import Chart
    from widgets.closure_editor import ClosureEditor
    from widgets.constraint_panel import ConstraintPanel
    from widgets.demand_grid import DemandGrid
    from widgets.discover import sample
    from widgets.edit_table import EditTable
    from widgets.job_panel import JobPanel
    from widgets.kpi_board import KpiBoard
    from widgets.layout import beside, commander, page, planning, shown_while, stack
    from widgets.listing import (
        ArrivalTable,
        BarredTable,
        FindingTable,
        ListTable,
        RiskTable,
        UnservedTable,
        ViolationTable,
        finding_list,
    )
    from widgets.plan_map import PlanMap
    from widgets.plan_picker import PlanPicker
    from widgets.risk_front import RiskFront
    from widgets.save_bar import SaveBar
    from widgets.session import Selection, Session
    from widgets.timeline import Timeline

_HOME = {
    "ArrivalTable": "listing",
    "BarredTable": "listing",
    "Chart": "chart",
    "ClosureEditor": "closure_editor",
    "ConstraintPanel": "constraint_panel",
    "DemandGrid": "demand_grid",
    "EditTable": "edit_table",
    "FindingTable": "listing",
    "JobPanel": "job_panel",
    "KpiBoard": "kpi_board",
    "ListTable": "listing",
    "PlanMap": "plan_map",
    "PlanPicker": "plan_picker",
    "RiskFront": "risk_front",
    "RiskTable": "listing",
    "SaveBar": "save_bar",
    "Selection": "session",
    "Session": "session",
    "Timeline": "timeline",
    "UnservedTable": "listing",
    "ViolationTable": "listing",
    "beside": "layout",
    "commander": "layout",
    "finding_list": "listing",
    "page": "layout",
    "planning": "layout",
    "sample": "discover",
    "shown_while": "layout",
    "stack": "layout",
}

__all__ = [
    "ArrivalTable",
    "BarredTable",
    "Chart",
    "ClosureEditor",
    "ConstraintPanel",
    "DemandGrid",
    "EditTable",
    "FindingTable",
    "JobPanel",
    "KpiBoard",
    "ListTable",
    "PlanMap",
    "PlanPicker",
    "RiskFront",
    "RiskTable",
    "SaveBar",
    "Selection",
    "Session",
    "Timeline",
    "UnservedTable",
    "ViolationTable",
    "beside",
    "commander",
    "finding_list",
    "page",
    "planning",
    "sample",
    "shown_while",
    "stack",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(f"widgets.{_HOME[name]}"), name)
    raise AttributeError(f"module 'widgets' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
