"""Our choices: fleet, hours, roads, objective. Every edit is part of an unsaved course of action."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets as ipw
import pandas as pd

from widgets._base import Panel
from widgets.demand_grid import words_of
from widgets.edit_table import EditTable, Row, columns_of, rows_of
from widgets.save_bar import SaveBar
from widgets.session import Session
from workbench.errors import UsageError
from workbench.problem import PRIORITIES
from workbench.scenario import rows as typed_rows
from workbench.schema import TABLES

FLEET = (
    "vehicle_type",
    "owner",
    "depot",
    "count",
    "shift_start",
    "shift_end",
    "range_km",
    "max_trips",
    "payload_kg",
    "profile",
)
FLEET_EDITS = ("count", "shift_start", "shift_end", "range_km", "max_trips")
PLACES = ("node_id", "name", "kind", "windows", "open_from", "open_to", "slots", "handling_min_per_pallet")
PLACE_EDITS = ("windows", "open_from", "open_to", "slots", "handling_min_per_pallet")
WIDTHS = {
    "name": 22,
    "windows": 24,
    "vehicle_type": 13,
    "owner": 10,
    "depot": 18,
    "count": 5,
    "range_km": 6,
    "max_trips": 6,
    "payload_kg": 7,
    "node_id": 8,
    "kind": 13,
    "slots": 5,
}
_ROAD_COLUMNS = (
    {"name": "edge_id", "title": "edge", "type": "text", "readonly": True},
    {"name": "name", "title": "name", "type": "text", "readonly": True, "width": 14},
    {"name": "road_class", "title": "class", "type": "text", "readonly": True},
    {"name": "mlc_w", "title": "MLC wheeled", "type": "number", "readonly": True},
    {"name": "closed", "title": "closed", "type": "bool"},
    {"name": "reason", "title": "reason", "type": "text", "readonly": True, "width": 26},
)
_SPEED_COLUMNS = (
    {"name": "profile", "title": "travel profile", "type": "text", "readonly": True, "width": 22},
    {
        "name": "factor",
        "title": "speed factor",
        "type": "number",
        "help": "1 is the planning speed, 0.8 a fifth slower.",
    },
)
_WEIGHT_COLUMNS = (
    {"name": "priority", "title": "priority", "type": "number", "readonly": True},
    {
        "name": "weight",
        "title": "price of one requisition left out",
        "type": "number",
        "width": 14,
        "help": "In units of cost; blank is 0.",
    },
)


class ConstraintPanel(Panel):
    """Fleet counts and shifts, hours of places, closures and speeds, objective.

    What is edited becomes the session's unsaved course of action; the plan is checked against it at
    once. Cells with errors are marked and change nothing.
    """

    def __init__(self, session: Session, *, height: int = 470) -> None:
        self.session = session
        self._busy = False
        self.fleet = EditTable(caption="Fleet", height=height)
        self.places = EditTable(caption="Hours and handling of places", height=height)
        self.roads = EditTable(caption="Bridges and closed roads", height=height)
        self.other = EditTable(
            columns=(
                {"name": "edge_id", "title": "another road to close, by its edge id", "type": "text", "width": 24},
            ),
            rows=({"edge_id": ""},),
            height=80,
        )
        self.speeds = EditTable(caption="Speeds", columns=_SPEED_COLUMNS, height=height)
        self.objective = ipw.RadioButtons(
            options=[
                ("served by priority first, then cost", "priority"),
                ("cost plus a price for what is left out", "weights"),
            ]
        )
        self.weights = EditTable(columns=_WEIGHT_COLUMNS, height=height, page_size=PRIORITIES)
        tabs = ipw.Tab(
            [
                self.fleet,
                self.places,
                ipw.VBox([self.roads, self.other]),
                self.speeds,
                ipw.VBox([self.objective, self.weights]),
            ]
        )
        for n, title in enumerate(("Fleet", "Places", "Roads", "Speeds", "Objective")):
            tabs.set_title(n, title)
        self.save = SaveBar(session)
        super().__init__([self.save, tabs])
        self.fleet.listen(self.guard(lambda rows: self._edited(self.fleet, "fleet", rows, FLEET_EDITS)))
        self.places.listen(self.guard(lambda rows: self._edited(self.places, "nodes", rows, PLACE_EDITS)))
        self.roads.listen(self.guard(self._roads_edited))
        self.other.listen(self.guard(self._close))
        self.speeds.listen(self.guard(self._speeds_edited))
        self.weights.listen(self.guard(lambda _rows: self._objective_edited()))
        self.objective.observe(self.guard(lambda _change: self._objective_edited()), "value")
        session.observe(lambda _: self.refresh(), "revision")
        self.refresh()

    def refresh(self) -> None:
        """Show what the session holds now, unless it is this panel that changed it."""
        if self._busy or self.session.scenario is None:
            return
        shown = self.session.shown
        self._busy = True
        try:
            nodes = shown.tables["nodes"]
            self._fill(self.fleet, "fleet", shown.tables["fleet"], FLEET, FLEET_EDITS, nodes)
            self._fill(self.places, "nodes", nodes[nodes["kind"] != "junction"], PLACES, PLACE_EDITS, nodes)
            self.roads.columns, self.roads.rows = _ROAD_COLUMNS, _roads(shown.tables)
            factors = self.session.unsaved.speed_factor if self.session.unsaved is not None else {}
            used = sorted(set(shown.tables["fleet"]["profile"]))
            self.speeds.rows = tuple({"profile": name, "factor": factors.get(name, 1)} for name in used)
            weights = self.session.problem.objective.weights
            self.objective.value = "priority" if weights is None else "weights"
            self.weights.rows = tuple(
                {"priority": p, "weight": (weights or {}).get(p)} for p in range(1, PRIORITIES + 1)
            )
            self._offer_weights(weights is not None)
        finally:
            self._busy = False

    def _fill(
        self,
        table: EditTable,
        name: str,
        frame: pd.DataFrame,
        shown: Sequence[str],
        edits: Sequence[str],
        nodes: pd.DataFrame,
    ) -> None:
        named = nodes[nodes["kind"] != "junction"]
        labels = {"depot": dict(zip(named["node_id"], named["name"], strict=True))}
        declared = sorted((c for c in TABLES[name].columns if c.name in shown), key=lambda c: list(shown).index(c.name))
        with table.hold_sync():
            table.columns = columns_of(
                declared, readonly=[c for c in shown if c not in edits], choices=labels, widths=WIDTHS
            )
            table.rows = rows_of(frame, [c.name for c in TABLES[name].columns])
            table.errors = {}

    def _edited(self, table: EditTable, name: str, rows: Sequence[Row], columns: Sequence[str]) -> None:
        frame, found = typed_rows.check_rows(self.session.base, name, rows, columns)
        mine = [f for f in found if f.column in columns]
        table.errors = {f"{f.row - 2}.{f.column}": words_of(f) for f in mine}
        if any(f.level == "error" for f in mine):
            self.say("The marked cells change nothing until they are mended.", "bad")
            return
        self.say("")
        self._lay(lambda: self.session.edit_table(name, frame, columns=columns, partial=True))

    def _roads_edited(self, rows: Sequence[Row]) -> None:
        before = set(self.session.base.tables["closures"]["edge_id"]) - {""}
        now = {row["edge_id"] for row in rows if row["closed"]}
        listed = {row["edge_id"] for row in rows}
        kept = [e for e in (self.session.unsaved.close if self.session.unsaved else ()) if e not in listed]
        self._lay(
            lambda: self.session.edit(
                close=tuple(sorted({*kept, *(now - before)})), reopen=tuple(sorted((before & listed) - now))
            )
        )
        self.roads.rows = _roads(self.session.shown.tables)

    def _close(self, rows: Sequence[Row]) -> None:
        edge = str(rows[0]["edge_id"] or "").strip()
        if not edge:
            return
        if edge not in set(self.session.shown.tables["edges"]["edge_id"]):
            raise UsageError(f"There is no road {edge} in {self.session.scenario.name}.")
        closed = self.session.unsaved.close if self.session.unsaved is not None else ()
        self.session.edit(close=tuple(dict.fromkeys((*closed, edge))))
        self.other.rows = ({"edge_id": ""},)
        self.say(f"Road {edge} is closed in the unsaved course of action.", "ok")

    def _speeds_edited(self, rows: Sequence[Row]) -> None:
        wrong = {
            f"{n}.factor": "Expected a factor above 0 and up to 10."
            for n, row in enumerate(rows)
            if not _factor(row["factor"])
        }
        self.speeds.errors = wrong
        if not wrong:
            self._lay(
                lambda: self.session.edit(
                    speed_factor={r["profile"]: float(r["factor"]) for r in rows if r["factor"] != 1}
                )
            )

    def _objective_edited(self) -> None:
        if self._busy:
            return
        self._offer_weights(self.objective.value == "weights")
        if self.objective.value == "priority":
            objective: dict[str, Any] = {}
        else:
            objective = {"weights": {str(r["priority"]): float(r["weight"] or 0) for r in self.weights.rows}}
        self._lay(lambda: self.session.edit(objective=objective))

    def _offer_weights(self, wanted: bool) -> None:
        self.weights.editable, self.weights.layout.display = wanted, "" if wanted else "none"

    def _lay(self, edit: Any) -> None:
        """Run an edit of the session without taking its echo for somebody else's."""
        self._busy = True
        try:
            edit()
        finally:
            self._busy = False


def _factor(value: Any) -> bool:
    return isinstance(value, int | float) and 0 < value <= 10


def _roads(tables: Any) -> tuple[Row, ...]:
    """Return bridges and closed roads, the closed first."""
    edges, closures = tables["edges"], tables["closures"]
    reasons = dict(zip(closures["edge_id"], closures["reason"], strict=True))
    chosen = edges[edges["bridge"] | edges["edge_id"].isin(list(reasons))]
    rows = [
        {
            "edge_id": e,
            "name": n,
            "road_class": c,
            "mlc_w": None if m != m else m,
            "closed": e in reasons,
            "reason": reasons.get(e, ""),
        }
        for e, n, c, m in zip(chosen["edge_id"], chosen["name"], chosen["road_class"], chosen["mlc_w"], strict=True)
    ]
    return tuple(sorted(rows, key=lambda r: (not r["closed"], r["edge_id"])))
