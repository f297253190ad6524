"""Tables to read: what is unserved and why, what arrives when, what was found wrong."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd
import traitlets as t

from widgets import _rows
from widgets._assets import script, style
from widgets._base import WorkbenchWidget
from widgets.session import Session
from workbench.errors import Finding


def _column(name: str, title: str, kind: str = "text") -> _rows.Row:
    return {"name": name, "title": title, "kind": kind}


UNSERVED_COLUMNS = (
    _column("priority", "Prio", "number"),
    _column("unit", "Who", "strong"),
    _column("what", "What"),
    _column("code", "Code", "chip"),
    _column("reason", "Why", "wide"),
    _column("remedy", "What would help", "wide"),
)
RISK_COLUMNS = (
    _column("status", "Status", "chip"),
    _column("priority", "Prio", "number"),
    _column("unit", "Who", "strong"),
    _column("what", "What"),
    _column("why", "Why", "wide"),
)
ARRIVAL_COLUMNS = (
    _column("when", "Handed over", "number"),
    _column("unit", "Unit", "strong"),
    _column("what", "What"),
    _column("priority", "Prio", "number"),
    _column("latest", "At the latest", "number"),
    _column("status", "Status", "chip"),
    _column("route", "Route"),
)
FINDING_COLUMNS = (
    _column("place", "Where", "strong"),
    _column("word", "Level", "chip"),
    _column("expected", "Expected", "wide"),
    _column("got", "Got"),
    _column("remedy", "What to do", "wide"),
)
BARRED_COLUMNS = (
    _column("name", "Bridge", "strong"),
    _column("sign", "Stops", "chip"),
    _column("why", "Why", "wide"),
)
VIOLATION_COLUMNS = (
    _column("code", "Constraint", "chip"),
    _column("route", "Route", "strong"),
    _column("place", "Place"),
    _column("by", "By", "number"),
    _column("text", "What is wrong", "wide"),
)


class ListTable(WorkbenchWidget):
    """Rows to read, with status chips; a row with ``more`` opens to it. ``chosen`` is the last chosen row's key."""

    _esm = script("list.js")
    _css = style("list.css")
    columns = t.Tuple().tag(sync=True)
    rows = t.Tuple().tag(sync=True)
    title = t.Unicode("").tag(sync=True)
    empty = t.Unicode("Nothing to show.").tag(sync=True)
    height = t.Int(320).tag(sync=True)
    filter = t.Bool(True).tag(sync=True)
    selected = t.Unicode("").tag(sync=True)
    chosen = t.Unicode("")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.rows)} rows)"

    @classmethod
    def of(cls, frame: pd.DataFrame, **options: Any) -> ListTable:
        """Return a list of a table's rows as they are; figures stand to the right."""
        kinds = {name: "number" if pd.api.types.is_numeric_dtype(frame[name]) else "" for name in frame.columns}
        columns = tuple(
            _column(str(n), str(n).replace("_", " ").capitalize(), kind or "wide") for n, kind in kinds.items()
        )
        shown = {n: frame[n].map(lambda v: f"{v:,.4g}" if isinstance(v, float) else f"{v:,}") if kinds[n] else frame[n]
                 for n in frame.columns}  # fmt: skip
        rows = pd.DataFrame({str(n): column.astype("str").to_numpy() for n, column in shown.items()})
        keyed = tuple({**row, "key": str(n)} for n, row in enumerate(rows.to_dict("records")))
        return ListTable(**{"columns": columns, "rows": keyed, **options})

    def on_choose(self, key: str) -> None:
        """Take the row the user chose."""
        self.chosen = key


class _SessionTable(ListTable):
    """A list that follows a session; choosing a row with a delivery's id selects that delivery everywhere."""

    def __init__(self, session: Session, **options: Any) -> None:
        super().__init__(**options)
        self.session = session
        session.observe(lambda _: self.refresh(), "revision")
        session.observe(lambda change: self.set_trait("selected", change["new"].delivery_id), "selection")
        self.refresh()

    def refresh(self) -> None:
        """Draw what the session holds now."""
        raise NotImplementedError

    def on_choose(self, key: str) -> None:
        """Select the delivery of the row in every view."""
        super().on_choose(key)
        self.session.select(delivery_id=key)


class UnservedTable(_SessionTable):
    """Who does not get what: code, sentence, and the remedy that was tried."""

    def __init__(self, session: Session, **options: Any) -> None:
        super().__init__(session, **{"title": "Not delivered", **options})

    def refresh(self) -> None:
        """Draw what the session holds now."""
        self.columns = UNSERVED_COLUMNS
        self.rows = _rows.unserved(self.session)
        self.empty = "Nothing is planned yet." if self.session.plan is None else "Every delivery is in the plan."


class RiskTable(_SessionTable):
    """What needs an eye tonight: late, tight, unserved; worst first."""

    def __init__(self, session: Session, **options: Any) -> None:
        super().__init__(session, **{"title": "At risk and not delivered", **options})

    def refresh(self) -> None:
        """Draw what the session holds now."""
        self.columns = RISK_COLUMNS
        self.rows = _rows.at_risk(self.session)
        self.empty = "Nothing is planned yet." if self.session.plan is None else "Nothing is late, tight or left out."


class ArrivalTable(_SessionTable):
    """What arrives where and when, first to last."""

    def __init__(self, session: Session, **options: Any) -> None:
        super().__init__(session, **{"title": "What arrives where and when", **options})

    def refresh(self) -> None:
        """Draw what the session holds now."""
        self.columns = ARRIVAL_COLUMNS
        self.rows = _rows.arrivals(self.session)
        self.empty = "Nothing is planned yet."


class FindingTable(_SessionTable):
    """What is wrong in the scenario's files: place, expected, got, what to do."""

    def __init__(self, session: Session, **options: Any) -> None:
        super().__init__(session, **{"title": "Findings in the input", **options})

    def refresh(self) -> None:
        """Draw what the session holds now."""
        self.columns = FINDING_COLUMNS
        found = self.session.findings or (self.session.scenario.warnings if self.session.scenario else ())
        self.rows = _rows.findings(found)
        self.empty = "Nothing is wrong in the input."

    def on_choose(self, key: str) -> None:
        """Findings select nothing."""
        ListTable.on_choose(self, key)


class BarredTable(_SessionTable):
    """The bridges that the heaviest vehicles on the road can't use, with all that stops them, closed ones first."""

    def __init__(self, session: Session, **options: Any) -> None:
        super().__init__(session, **{"title": "Bridges", **options})

    def refresh(self) -> None:
        """Draw what the session holds now."""
        self.columns = BARRED_COLUMNS
        self.title, self.rows = _rows.barred(self.session)
        self.empty = "No bridge stops them." if self.session.problem is not None else "Nothing is open."

    def on_choose(self, key: str) -> None:
        """Bridges select nothing."""
        ListTable.on_choose(self, key)


def finding_list(findings: Iterable[Finding], **options: Any) -> ListTable:
    """Return findings that belong to no session as a list."""
    return ListTable(**{"columns": FINDING_COLUMNS, "rows": _rows.findings(findings), "title": "Findings", **options})


class ViolationTable(_SessionTable):
    """What the plan breaks, by how much, in a sentence."""

    def __init__(self, session: Session, **options: Any) -> None:
        super().__init__(session, **{"title": "Broken constraints", **options})

    def refresh(self) -> None:
        """Draw what the session holds now."""
        self.columns = VIOLATION_COLUMNS
        self.rows = _rows.violations(self.session)
        self.empty = "Nothing is planned yet." if self.session.plan is None else "The plan breaks no constraint."

    def on_choose(self, key: str) -> None:
        """Select the route the violation lies on."""
        ListTable.on_choose(self, key)
        self.session.select(route_id=self.session.violations[int(key)].route_id)
