"""Time against risk for one leg: every way worth taking, on a chart and on the map, and the one that a rule takes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import ipyleaflet as L
import ipywidgets as ipw
import pandas as pd
import traitlets as t

import workbench as wb
from widgets import _ground_rows as ground_rows
from widgets._assets import script, style
from widgets._base import WorkbenchWidget
from widgets.chart import Chart
from widgets.layout import beside, stack
from widgets.plan_map import PlanMap
from widgets.session import Session

RULES = ("fastest", "within 5 min", "within 10 min", "within 20 %", "max risk 1 %", "max risk 5 %", "knee", "safest")
"""Rules that are offered; others may be typed."""
_TRIES = 12
"""Legs looked at for one with a choice."""
_NOTHING: dict[str, Any] = {"type": "FeatureCollection", "features": []}


class FrontTools(WorkbenchWidget):
    """The choices of a `RiskFront` and what came of them, in words."""

    _esm = script("front.js")
    _css = style("front.css")
    places = t.Tuple().tag(sync=True)
    vehicles = t.Tuple().tag(sync=True)
    start = t.Unicode("").tag(sync=True)
    end = t.Unicode("").tag(sync=True)
    travel = t.Unicode("").tag(sync=True)
    rule = t.Unicode("within 10 min").tag(sync=True)
    rules = t.Tuple(RULES).tag(sync=True)
    lead = t.Unicode("").tag(sync=True)
    text = t.Unicode("").tag(sync=True)

    def __init__(self, owner: RiskFront, **options: Any) -> None:
        super().__init__(**options)
        self._owner = owner

    def on_start(self, node: str) -> None:
        """Take another start."""
        self.start = node
        self._owner.search()

    def on_end(self, node: str) -> None:
        """Take another end."""
        self.end = node
        self._owner.search()

    def on_vehicle(self, travel: str) -> None:
        """Take another vehicle."""
        self.travel = travel
        self._owner.search()

    def on_rule(self, rule: str) -> None:
        """Take another rule."""
        self._owner.choose(rule)


class RiskFront(ipw.VBox):
    """All the ways of a leg that are not both slower and riskier than another, and the one that a rule takes.

    ``front`` are the ways by time (`workbench.threat.Alternative`), ``chosen`` is the place of the taken one, -1 for
    none. Threats count that are in force at some time of the plan.
    """

    def __init__(
        self, session: Session, leg: tuple[str, str] = ("", ""), rule: str = "within 10 min", height: str = "460px"
    ) -> None:
        self.session = session
        self.front: Any = ()
        self.chosen = -1
        self.tools = FrontTools(self, rule=rule)
        self.chart = Chart(height=400)
        self.map = PlanMap(session, height=height)
        self._ways = L.GeoJSON(data=dict(_NOTHING))
        self.map.map.add(self._ways)
        super().__init__([beside(stack(self.tools, self.chart), self.map, shares=(1, 1), tops=True)])
        self.add_class("wb-page")
        self.map.add_class("wb-ways-only")
        self.chart.observe(lambda change: self._point_at(change["new"]), "click")
        session.observe(lambda _: self.refresh(), "revision")
        self.refresh(leg)

    def __repr__(self) -> str:
        return f"RiskFront({self.tools.start} to {self.tools.end}, {len(self.front)} ways)"

    def refresh(self, leg: tuple[str, str] = ("", "")) -> None:
        """Take over what the session holds now; the leg stays if it can."""
        problem = self.session.problem
        if problem is None:
            return
        on_roads = problem.travel.roads.limits
        tools, known = self.tools, {p.node_id for p in problem.places}
        tools.places = tuple((p.node_id, p.name or p.node_id) for p in problem.places)
        tools.vehicles = tuple((key, name) for key, name in ground_rows.vehicles(problem) if key in on_roads)
        if not tools.vehicles:
            tools.lead = "No vehicle of this scenario goes by road."
            return
        if tools.travel not in dict(tools.vehicles):
            tools.travel = max((key for key, _ in tools.vehicles), key=lambda key: (on_roads[key].mlc, key))
        ends = leg if set(leg) <= known else (tools.start, tools.end)
        if set(ends) <= known:
            tools.start, tools.end = ends
            self.search()
        else:
            self._first()

    def _first(self) -> None:
        """Look for a leg with a choice: from a depot of the vehicle to one of the places."""
        problem, tools = self.session.problem, self.tools
        tools.start = next(problem.places[v.depot].node_id for v in problem.fleet if v.travel == tools.travel)
        others = [p.node_id for p in problem.places if p.node_id != tools.start][:_TRIES]
        found = {node: len(self._front(node)) for node in others}
        tools.end = max(others, key=lambda node: found[node]) if others else tools.start
        self.search()

    def search(self) -> None:
        """Find the ways of the leg, and take one by the rule."""
        self.map.marks.only = (self.tools.start, self.tools.end)
        self.front = self._front(self.tools.end)
        self.choose(self.tools.rule)

    def _front(self, end: str) -> Any:
        session, roads = self.session, self.session.problem.travel.roads
        network, at = roads.network, {node: n for n, node in enumerate(roads.network.node_ids)}
        span = (session.problem.as_of, session.problem.as_of + timedelta(seconds=session.problem.horizon_s))
        exposed = wb.threat.exposure(network, wb.threat.read(session.shown.threats), span)
        searched = wb.threat.risk_graph(network, roads.limits[self.tools.travel], exposed)
        return wb.threat.front(searched, at[self.tools.start], wb.threat.bounds(searched, searched.ends(at[end])))

    def choose(self, rule: str) -> None:
        """Take the way that a rule takes (see `workbench.threat.FORMS`).

        Raises
        ------
        ValueError
            When the rule can't be read.
        """
        try:
            taken = wb.threat.choose(self.front, rule)
        except ValueError as error:
            raise ValueError(f"Expected a rule such as {error}; got {rule!r}.") from error
        self.tools.rule = str(wb.threat.parse(rule))
        self._take(self.front.index(taken) if taken is not None else -1, f"By the rule “{self.tools.rule}”")

    def _point_at(self, click: dict[str, Any]) -> None:
        if click.get("curve") == 0:
            self._take(int(click["index"]), "By hand")

    def _take(self, chosen: int, how: str) -> None:
        front, self.chosen = self.front, chosen
        table = pd.DataFrame([(a.seconds, a.loss) for a in front], columns=["seconds", "loss"])
        self.chart.update(wb.charts.risk_front(table, chosen))
        self.tools.lead, self.tools.text = ground_rows.front_told(front, chosen, how)
        network = self.session.problem.travel.roads.network
        lines = [(way, "wb-way") for way in front] + [
            (front[n], cls) for n in [chosen] if n >= 0 for cls in ("wb-way-casing", "wb-way-taken")
        ]
        self._ways.data = {"type": "FeatureCollection", "features": [_drawn(network, way, cls) for way, cls in lines]}


def _drawn(network: Any, way: Any, name: str) -> dict[str, Any]:
    """Return a way as a feature of one line per road."""
    lines = [network.line(road).tolist() for road in way.roads]
    return {
        "type": "Feature",
        "properties": {"style": {"className": name, "fill": False}},
        "geometry": {"type": "MultiLineString", "coordinates": lines},
    }
