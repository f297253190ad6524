"""Boxes that keep their shape in JupyterLab and on served pages."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as ipw

from widgets.job_panel import JobPanel
from widgets.kpi_board import KpiBoard
from widgets.listing import ArrivalTable, FindingTable, RiskTable, ViolationTable
from widgets.plan_map import PlanMap
from widgets.plan_picker import PlanPicker
from widgets.session import Session
from widgets.timeline import Timeline


def stack(*parts: ipw.Widget) -> ipw.VBox:
    """Return the parts one under the other, as wide as the page."""
    return ipw.VBox(parts, layout=ipw.Layout(width="100%", grid_gap="10px", overflow="visible"))


def beside(left: ipw.Widget, right: ipw.Widget, shares: tuple[int, int] = (3, 2), tops: bool = False) -> ipw.GridBox:
    """Return two parts side by side in these shares of the width; equally high, or with ``tops`` each as it is."""
    columns = f"minmax(0, {shares[0]}fr) minmax(0, {shares[1]}fr)"
    layout = ipw.Layout(
        grid_template_columns=columns,
        grid_gap="12px",
        width="100%",
        align_items="flex-start" if tops else "stretch",
        overflow="visible",
    )
    return ipw.GridBox([left, right], layout=layout)


def page(*parts: ipw.Widget) -> ipw.VBox:
    """Return a whole page of parts."""
    return stack(*parts)


def shown_while(part: ipw.Widget, session: Session, test: Callable[[Session], bool]) -> ipw.Widget:
    """Return the part, which takes room only while ``test(session)`` holds."""

    def decide(_change: object = None) -> None:
        part.layout.display = "" if test(session) else "none"

    session.observe(decide, "revision")
    decide()
    return part


def commander(session: Session) -> ipw.VBox:
    """Return the commander's page: the decision wanted, the map, what is at risk, what arrives when.

    With nothing planned yet it offers to plan; with a scenario that did not open it lists what is wrong.
    """
    side = stack(
        KpiBoard(session, show=("figures",)),
        RiskTable(session, height=230, filter=False),
        ArrivalTable(session, height=200),
    )
    return planning(
        session,
        KpiBoard(session, show=("decision",)),
        shown_while(JobPanel(session, chart=False), session, lambda s: s.plan_path is None),
        beside(PlanMap(session, height="640px"), side, shares=(1, 1)),
        Timeline(session, height=230),
    )


def planning(session: Session, *parts: ipw.Widget, picker: bool = True) -> ipw.VBox:
    """Return a page of a session: the picker, then the parts, and under them what the plan breaks, if anything.

    While no scenario is open, what is wrong with the one that was chosen stands in the place of the parts. ``picker``
    false leaves the picker out, where the page has one already.
    """
    findings = shown_while(FindingTable(session), session, lambda s: bool(s.findings))
    broken = shown_while(ViolationTable(session, height=200), session, lambda s: bool(s.violations))
    shown = shown_while(stack(*parts, broken), session, lambda s: s.problem is not None)
    return page(*([PlanPicker(session)] if picker else []), findings, shown)
