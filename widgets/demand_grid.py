"""What units ask for: edit it, see what is wrong at the cell, keep it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from widgets import _rows
from widgets._base import Panel
from widgets.edit_table import EditTable, Row, columns_of, rows_of
from widgets.listing import FINDING_COLUMNS, ListTable
from widgets.save_bar import SaveBar
from widgets.session import Session
from workbench.errors import Finding
from workbench.report.words import plural
from workbench.scenario import rows as typed_rows
from workbench.schema import TABLES

TABLE = TABLES["requisitions"]
SHOWN = (
    "requisition_id",
    "unit_id",
    "node_id",
    "supply_class",
    "item",
    "quantity",
    "unit_of_issue",
    "weight_kg",
    "volume_m3",
    "pallets",
    "litres",
    "und",
    "priority",
    "earliest",
    "latest",
    "kind",
    "remarks",
)
WIDTHS = {
    "requisition_id": 9,
    "unit_id": 20,
    "node_id": 11,
    "item": 20,
    "supply_class": 7,
    "quantity": 7,
    "unit_of_issue": 6,
    "weight_kg": 7,
    "volume_m3": 7,
    "pallets": 6,
    "litres": 6,
    "und": 7,
    "priority": 5,
    "kind": 11,
    "remarks": 20,
}


class DemandGrid(Panel):
    """The requisitions of a session in an `EditTable`, checked at every edit.

    Rows without errors become part of the session's edits at once; while a row has one, the
    session keeps the last sound state. ``findings`` are those of the rows as they stand.
    """

    def __init__(self, session: Session, *, height: int = 600, page_size: int = 50) -> None:
        self.session = session
        self.findings: tuple[Finding, ...] = ()
        self._busy = False
        self.table = EditTable(
            caption="Requisitions",
            growing=True,
            height=height,
            page_size=page_size,
            empty="No requisitions. Add a row, or paste from a spreadsheet.",
        )
        self.table.listen(self.guard(self._edited))
        self.list = ListTable(
            title="Findings in these rows", columns=FINDING_COLUMNS, height=180, empty="Every row is good."
        )
        self.save = SaveBar(session)
        super().__init__([self.table, self.list, self.save])
        session.observe(lambda _: self.refresh(), "revision")
        self.refresh()

    def refresh(self) -> None:
        """Show the requisitions of the session, unless it is this grid that changed them."""
        if self._busy:
            return
        if self.session.scenario is None:
            self.table.rows = ()
            return
        tables = self.session.shown.tables
        shown = [c for c in TABLE.columns if c.name in SHOWN]
        units, nodes = tables["units"], tables["nodes"]
        choices = {"unit_id": _named(units["unit_id"], units["name"]), "node_id": _places(nodes)}
        with self.table.hold_sync():
            ordered = sorted(shown, key=lambda c: SHOWN.index(c.name))
            self.table.columns = columns_of(ordered, choices=choices, widths=WIDTHS)
            self.table.rows = rows_of(tables["requisitions"], [c.name for c in TABLE.columns])
        self._check(self.table.rows)

    def _edited(self, rows: Sequence[Row]) -> None:
        frame = self._check(rows)
        if any(f.level == "error" for f in self.findings):
            return
        self._busy = True
        try:
            self.session.edit_table("requisitions", frame)
        finally:
            self._busy = False

    def _check(self, rows: Sequence[Row]) -> Any:
        frame, found = typed_rows.check_rows(self.session.base, "requisitions", rows)
        self.findings = tuple(found)
        self.table.errors = {
            f"{f.row - 2}.{f.column or 'requisition_id'}": words_of(f) for f in reversed(found) if f.row > 1
        }
        self.list.rows = _rows.findings(found, in_grid=True)
        counts = Counter(f.level for f in found)
        if counts["error"]:
            self.say(
                f"{plural(counts['error'], 'error')}: the plan keeps the last good rows until they are mended.", "bad"
            )
        else:
            self.say(f"{plural(counts['warning'], 'warning')}, no errors." if counts["warning"] else "", "warn")
        return frame


def words_of(finding: Finding) -> str:
    """Return a finding as it stands at its cell, where the place needs no words."""
    return f"Expected {finding.expected}, got {finding.got}. {finding.remedy}"


def _named(ids: Iterable[str], names: Iterable[str]) -> dict[str, str]:
    return {i: f"{n} · {i}" if n else i for i, n in zip(ids, names, strict=True)}


def _places(nodes: pd.DataFrame) -> dict[str, str]:
    """Return the nodes that may be named: those with a role of their own."""
    chosen = nodes[nodes["kind"] != "junction"]
    return _named(chosen["node_id"], chosen["name"])
