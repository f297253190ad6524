"""Rows that people type: checked like a file's, and turned into differences of a course of action."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from workbench.errors import Finding
from workbench.formats import checks
from workbench.formats.checks import Loaded
from workbench.formats.records import Record
from workbench.formats.tabular import build_sheet, number_text
from workbench.scenario import rules
from workbench.scenario.model import Change, Scenario
from workbench.scenario.scope import Scope, rows_of
from workbench.schema import TABLES, Table
from workbench.units import iso

Row = Mapping[str, Any]


def check_rows(
    scenario: Scenario, name: str, rows: Sequence[Row], columns: Sequence[str] = ()
) -> tuple[pd.DataFrame, list[Finding]]:
    """Type rows of table ``name`` and check them alone and against the scenario's other tables.

    ``columns`` are those that may differ from the scenario (all when not given): what does not follow from them is not
    looked for, so that some of the table's rows will do.
    ``row`` of a finding counts as in a file: the first of ``rows`` is 2. Blank rows are passed over.
    Cells that carry a finding hold the neutral value of their type in the frame.
    """
    table = TABLES[name]
    names = [c.name for c in table.columns]
    records = [Record(1, names)]
    records += [Record(line, [text_of(row.get(c)) for c in names]) for line, row in enumerate(rows, 2)]
    edited = checks.check(build_sheet(table.file, "", records), table)
    tables = {other: edited if other == name else _as_loaded(scenario, TABLES[other]) for other in TABLES}
    rules.check(tables, Scope({name: columns}) if columns else rows_of(name))
    return edited.frame, sorted(set(edited.findings()))


def _as_loaded(scenario: Scenario, table: Table) -> Loaded:
    """Return a table of the scenario as the checks take it; its own findings are of no interest here."""
    frame = scenario.tables[table.name]
    return Loaded(table, table.file, "", len(frame) > 0, frame, frame, np.arange(2, len(frame) + 2, dtype=np.int64))


def changes(
    scenario: Scenario, name: str, frame: pd.DataFrame, *, columns: Sequence[str] = (), partial: bool = False
) -> tuple[Change, ...]:
    """Return what turns the scenario's table ``name`` into ``frame``, row by row, found by the table's key.

    Only ``columns`` are compared (all when not given). With ``partial`` the frame holds some of the
    rows only, and none is added or removed.
    """
    table = TABLES[name]
    key = list(table.key)
    old = scenario.tables[name]
    known = old[old[key[0]].isin(frame[key[0]])] if partial else old
    before = {tuple(r[k] for k in key): r for r in known.to_dict("records")}
    after = {tuple(r[k] for k in key): r for r in frame.to_dict("records")}
    compared = [c for c in (columns or [c.name for c in table.columns]) if c not in key]
    out: list[Change] = []
    for k, row in after.items():
        where = dict(zip(key, k, strict=True))
        if k in before:
            values = {str(c): _plain(row[c]) for c in compared if text_of(row[c]) != text_of(before[k][c])}
            out += [Change(name, "set", where, values)] if values else []
        elif not partial:
            out.append(Change(name, "add", {}, {str(c): _plain(v) for c, v in row.items() if text_of(v) != ""}))
    gone = [] if partial else [k for k in before if k not in after]
    return (*out, *(Change(name, "remove", dict(zip(key, k, strict=True))) for k in gone))


def text_of(value: Any) -> str:
    """Return a cell's value as a file would hold it; blank for None, NaN and NaT."""
    if value is None or value is pd.NaT or value != value:
        return ""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, int | float | np.integer | np.floating):
        return number_text(float(value))
    return iso(value.to_pydatetime()) if isinstance(value, pd.Timestamp) else str(value)


def _plain(value: Any) -> Any:
    """Return a value that a course of action's file can hold."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, bool | int | float | str) and value == value else text_of(value)
