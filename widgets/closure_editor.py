"""Closing roads and adding threat areas on the map, with what that does to places and to the plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ipywidgets as ipw
import pandas as pd
import traitlets as t

import workbench as wb
from widgets import _ground_rows as ground_rows
from widgets._assets import script, style
from widgets._base import WorkbenchWidget
from widgets._rows import place_names
from widgets.layout import beside, stack
from widgets.listing import ListTable
from widgets.plan_map import PlanMap
from widgets.save_bar import SaveBar
from widgets.session import Session
from workbench.errors import UsageError
from workbench.explain import Side
from workbench.report.hours import Span
from workbench.scenario import BASELINE, Change
from workbench.units import dtg

_EDITED = ("close", "reopen", "changes", "threats")
"""The fields of a course of action that the editor sets."""


class ClosureTools(WorkbenchWidget):
    """The tools of the editor, for its map and for the keyboard. ``done`` counts the wishes that were answered."""

    _esm = script("leaflet.js", "roads.js", "closure.js")
    _css = style("closure.css")
    map_id = t.Unicode("").tag(sync=True)
    edits = t.Tuple().tag(sync=True)
    found = t.Tuple().tag(sync=True)
    places = t.Tuple().tag(sync=True)
    vehicles = t.Tuple().tag(sync=True)
    travel = t.Unicode("").tag(sync=True)
    span = t.Tuple(("", "")).tag(sync=True)
    level = t.Unicode("").tag(sync=True)
    word = t.Unicode("").tag(sync=True)
    text = t.Unicode("").tag(sync=True)
    done = t.Int(0).tag(sync=True)

    def __init__(self, owner: ClosureEditor, **options: Any) -> None:
        super().__init__(**options)
        self._owner = owner

    def _answer(self, change: Any) -> None:
        super()._answer(change)
        self.done += 1  # a wish that changed nothing is done too

    def on_at(self, value: dict[str, Any]) -> None:
        """Close or open the road that was clicked."""
        edge = self._owner.roads.nearest(value["lon"], value["lat"], value["metres"], value["groups"])
        if edge is None:
            raise UsageError("There is no road there. Click nearer to one, or zoom in.")
        self._owner.toggle(edge, value.get("when"))

    def on_road(self, value: dict[str, Any]) -> None:
        """Close or open a road by its id."""
        self._owner.toggle(value["edge"], value.get("when"))
        self.found = tuple(self._owner.roads.row(row["edge"], self._owner.session.shown) for row in self.found)

    def on_find(self, text: str) -> None:
        """List roads by name or id."""
        self.found = self._owner.roads.find(str(text), self._owner.session.shown)
        if not self.found:
            raise UsageError(f"No road is called {text!r}." if str(text).strip() else "Type a name or an id first.")

    def on_area(self, value: dict[str, Any]) -> None:
        """Close every road that touches an area."""
        self._owner.close_area(ground_rows.polygon(value["corners"]), value.get("when"))

    def on_threat(self, value: dict[str, Any]) -> None:
        """Add a threat on an area."""
        self._owner.add_threat(ground_rows.polygon(value["corners"]), value["level"], value.get("when"))

    def on_around(self, value: dict[str, Any]) -> None:
        """Close, or put under threat, what lies around a place."""
        area = ground_rows.circle(self._owner.session.problem, value["node"], value["km"])
        if value["kind"] == "threat":
            self._owner.add_threat(area, value["level"], value.get("when"))
        else:
            self._owner.close_area(area, value.get("when"))

    def on_vehicle(self, travel: str) -> None:
        """Show the times of other vehicles."""
        self.travel = travel
        self._owner.refresh()

    def on_undo(self, _value: Any) -> None:
        """Take the last edit back."""
        self._owner.undo()

    def on_take(self, key: str) -> None:
        """Take one of the edits back."""
        self._owner.take_back(key)


class ClosureEditor(ipw.VBox):
    """The map of a session with tools to close roads and areas and to add threats, and what that does.

    Edits become the session's unsaved course of action; the plan is checked against it at once, and the bar at the
    top saves it under a name of its own. What is chosen here is chosen in every view of the session.
    """

    def __init__(self, session: Session, height: str = "760px") -> None:
        self.session = session
        self.map = PlanMap(session, height=height)
        self.tools = ClosureTools(self, map_id=self.map.map.model_id)
        self.places = ListTable(
            title="Farther or cut off", columns=ground_rows.PLACE_COLUMNS, height=170, empty="No place is farther."
        )
        self.legs = ListTable(
            title="Legs of the plan that are hit", columns=ground_rows.LEG_COLUMNS, height=190,
            empty="No leg of the plan is hit.",
        )  # fmt: skip
        self._past: list[dict[str, Any]] = []
        self._before: tuple[tuple[Any, ...], Side] | None = None
        self.roads = ground_rows.RoadFinder()
        for table in (self.places, self.legs):
            table.add_class("wb-fill")
        side = stack(self.tools, self.places, self.legs)
        super().__init__([SaveBar(session, listed=False), beside(self.map, side, shares=(5, 4))])
        self.add_class("wb-page")
        self.places.observe(lambda change: session.select(node=change["new"]), "chosen")
        self.legs.observe(lambda change: self._choose_leg(change["new"]), "chosen")
        session.observe(lambda _: self.refresh(), "revision")
        self.refresh()

    def __repr__(self) -> str:
        return f"ClosureEditor({self.session!r})"

    def toggle(self, edge: str, when: Mapping[str, Any] | None = None) -> None:
        """Close a road, at some hours (``from``, ``to``, daily ``hours``) or at all; or open it when it is closed."""
        closures, now, values = self.session.base.tables["closures"], self._state(), self._spelled(when)
        if edge not in self.roads.ids:
            raise UsageError(f"There is no road {edge} in {self.session.scenario.name}.")
        shut = edge in set(closures["edge_id"])
        timed = tuple(c for c in now["changes"] if ground_rows.closes(c, edge))
        if timed:
            self._lay({"changes": tuple(c for c in now["changes"] if c not in timed)})
        elif edge in now["close"] or edge in now["reopen"]:
            self._lay({field: tuple(e for e in now[field] if e != edge) for field in ("close", "reopen")})
        elif shut:
            self._lay({"reopen": (*now["reopen"], edge)})
        elif values:
            made = {"edge_id": edge, "reason": "closed for some hours", **values}
            self._lay({"changes": (*now["changes"], Change("closures", "add", {}, made))})
        else:
            self._lay({"close": (*now["close"], edge)})

    def close_area(self, area: str, when: Mapping[str, Any] | None = None) -> None:
        """Close every road that touches an area, given as WKT, at some hours or at all."""
        changes = self._state()["changes"]
        number = 1 + sum(map(ground_rows.is_area, changes))
        values = {"area": area, "reason": f"closed area {number}", **self._spelled(when)}
        self._lay({"changes": (*changes, Change("closures", "add", {}, values))})

    def add_threat(self, area: str, level: str = "high", when: Mapping[str, Any] | None = None) -> None:
        """Add a threat of a level (high, medium, low) on an area, given as WKT, at some hours or at all."""
        threats = self._state()["threats"]
        known = {str(f["properties"].get("threat_id")) for f in self.session.shown.threats.get("features", [])}
        number = next(n for n in range(1, len(known) + 2) if f"NEW-{n}" not in known)
        added = {"shape": area, "threat_id": f"NEW-{number}", "name": f"threat area {number}", "level": level}
        self._lay({"threats": (*threats, {**added, **self._spelled(when)})})

    def undo(self) -> None:
        """Take the last edit back."""
        if not self._past:
            raise UsageError("There is nothing to take back.")
        self._show(self._past.pop())

    def take_back(self, key: str) -> None:
        """Take one of the listed edits back by its key."""
        field, _, number = key.partition(" ")
        kept = tuple(item for n, item in enumerate(self._state()[field]) if n != int(number))
        self._lay({field: kept})

    def refresh(self) -> None:
        """Show the edits of the session and what they do."""
        session, tools = self.session, self.tools
        if session.problem is None:
            return
        if session.unsaved is None:
            self._past.clear()
        self.roads.read(session.base)
        with tools.hold_sync():
            tools.vehicles = ground_rows.vehicles(session.problem)
            if tools.travel not in {key for key, _ in tools.vehicles}:
                tools.travel = ground_rows.usual(session.problem)
            span = Span.of(session.scenario)
            tools.span = (dtg(span.as_of), dtg(span.end))
            tools.places = tuple((p.node_id, p.name or p.node_id) for p in session.problem.places)
            tools.edits = ground_rows.edits(session.unsaved, self.roads, span)
            self._tell()

    def _tell(self) -> None:
        """Compare the ground before the edits with what it is now."""
        session, tools, start = self.session, self.tools, self._start()
        if session.coa == start:
            self.places.rows = self.legs.rows = ()
            tools.word, tools.level = "No edits", ""
            tools.text = "Close a road or draw an area: what it does stands here."
            self.map.point_out({}, ())
            return
        before, now = self._base(start), Side(session.problem, session.shown.threats)
        far = wb.explain.farther(before.problem, now.problem, tools.travel)
        hit = wb.explain.legs_hit(before, now, session.plan) if session.plan is not None else None
        self.places.rows = ground_rows.places(far)
        self.legs.rows = ground_rows.legs(hit, place_names(session))
        tools.word, tools.level, text = ground_rows.told(far, hit)
        tools.text = text if session.unsaved is not None else f"{session.coa} against {start}: {text}"
        self.map.point_out(ground_rows.notes(far), self._lines(before, hit))

    def _lines(self, before: Side, hit: pd.DataFrame | None) -> list[Any]:
        """Return the lines of the legs that are hit, as they were driven before."""
        if hit is None or hit.empty:
            return []
        routes = {route.route_id: route for route in self.session.plan.routes}
        ways = {name: wb.layers.leg_lines(before.problem, routes[name]) for name in dict.fromkeys(hit["route_id"])}
        return [ways[name][seq - 1] for name, seq in zip(hit["route_id"], hit["seq"], strict=True)]

    def _start(self) -> str:
        """Return what is compared with: what unsaved edits start from, or the base of the course of action shown."""
        session = self.session
        coa = session.scenario.coas.get(session.coa) if session.coa != BASELINE else None
        return (coa.base if coa is not None else "") or BASELINE

    def _base(self, start: str) -> Side:
        """Return the ground under a course of action; the last one is remembered."""
        scenario = self.session.scenario
        parts = (scenario.tables, scenario.threats, scenario.coas.get(start))
        if self._before is None or any(a is not b for a, b in zip(parts, self._before[0], strict=True)):
            threats = wb.scenario.apply(scenario, start).threats
            self._before = (parts, Side(wb.problem.build(scenario, coa=start), threats))
        return self._before[1]

    def _spelled(self, when: Mapping[str, Any] | None) -> dict[str, str]:
        return ground_rows.spelled(when, Span.of(self.session.scenario))

    def _state(self) -> dict[str, Any]:
        unsaved = self.session.unsaved
        return {field: getattr(unsaved, field) if unsaved is not None else () for field in _EDITED}

    def _lay(self, differences: dict[str, Any]) -> None:
        """Lay an edit over the ground, and remember what was before."""
        before = self._state()
        self.tools.error = ""
        self._show({**before, **differences})
        self._past.append(before)

    def _show(self, state: dict[str, Any]) -> None:
        past = list(self._past)
        others = self.session.unsaved is not None and (
            self.session.unsaved.speed_factor or self.session.unsaved.objective
        )
        if any(state.values()) or others:
            self.session.edit(**state)
        else:
            self.session.discard()
        self._past = past

    def _choose_leg(self, key: str) -> None:
        route_id, _, seq = key.partition(" ")
        if seq:
            self.session.select(route_id=route_id, seq=int(seq))
