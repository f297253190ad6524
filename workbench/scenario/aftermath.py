"""What the rules of rows and tables say of tables as a course of action leaves them, and which change did it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pandas as pd

from workbench.errors import Finding
from workbench.formats import tabular
from workbench.formats.checks import Loaded
from workbench.kept import kept
from workbench.scenario import rules
from workbench.scenario.laying import changed, effective, matching, one_row
from workbench.scenario.model import Change
from workbench.scenario.scope import Scope
from workbench.schema import TABLES

Frames = Mapping[str, pd.DataFrame]
Place = tuple[str, int, str, str]
"""A table, the line of a row, a column, the code of what is wrong there."""
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that change number ``at`` (from 0) makes wrong: its first finding, and the rows by table.

    ``dangling`` is what it took away though the rows still refer to it, else empty.
    """

    at: int
    finding: Finding
    rows: Mapping[str, Sequence[str]]
    dangling: str

    def where(self) -> str:
        """Return the rows in words."""
        return "; ".join(f"{name} {_listed(rows)}".strip() for name, rows in self.rows.items())


def loaded(frames: Frames) -> dict[str, Loaded]:
    """Return typed tables as the checks take them, without findings."""
    return {name: _loaded(name, frames[name]) for name in TABLES}


@kept(2 * len(TABLES))
def _loaded(name: str, frame: pd.DataFrame) -> Loaded:
    table = TABLES[name]
    lines = np.arange(2, len(frame) + 2, dtype=np.int64)
    return Loaded(table, table.file, "", len(frame) > 0, frame, tabular.to_text(frame, table), lines)


def laid(tables: Mapping[str, Loaded], changes: Sequence[Change]) -> dict[str, Loaded]:
    """Return the tables with changes made, and with the findings of the cells that none of them sets."""
    out = dict(tables)
    for change in changes:
        out[change.table] = _laid(out, change)
    return out


def _laid(tables: Mapping[str, Loaded], change: Change) -> Loaded:
    old = _with_built_in(tables, change.table)
    frames = {name: table.frame for name, table in tables.items()}
    frame, size = changed(frames, change), len(old.frame)
    if change.op == "add":
        row = one_row(change.table, change.values, whole=True).text
        text = pd.concat([old.text, row], ignore_index=True)
        lines = np.append(old.lines, old.lines.max(initial=1) + 1)
        bad = {name: np.append(mask, False) for name, mask in old.bad.items()}
        return replace(old, present=True, frame=frame, text=text, lines=lines, bad=bad, typed={})
    where = matching(frames, change)
    if change.op == "remove":
        kept = np.flatnonzero(~where)
        now = {int(before): after for after, before in enumerate(kept)}
        return replace(
            old,
            frame=frame,
            text=old.text.iloc[kept].reset_index(drop=True),
            lines=old.lines[kept],
            bad={name: mask[kept] for name, mask in old.bad.items()},
            marks={(now[at], name): f for (at, name), f in old.marks.items() if at in now},
            typed={},
        )
    text = old.text.copy()
    text.loc[where, list(change.values)] = one_row(change.table, change.values, whole=False).text.iloc[0].tolist()
    sets = {name: where if name in change.values else np.zeros(size, dtype=np.bool_) for name in old.bad}
    marks = {(at, name): f for (at, name), f in old.marks.items() if not (name in change.values and where[at])}
    bad = {name: mask & ~sets[name] for name, mask in old.bad.items()}
    return replace(old, frame=frame, text=text, bad=bad, marks=marks, typed={})


def _with_built_in(tables: Mapping[str, Loaded], name: str) -> Loaded:
    """Return a table with the built-in rows that planning adds to it, below its own."""
    old = tables[name]
    frame = effective({other: table.frame for other, table in tables.items()}, name)
    more = len(frame) - len(old.frame)
    if not more:
        return old
    own = len(old.frame)
    text = pd.concat([old.text, tabular.to_text(frame.iloc[own:], old.table)], ignore_index=True)
    lines = np.append(old.lines, old.lines.max(initial=1) + np.arange(1, more + 1))
    bad = {column: np.append(mask, np.zeros(more, dtype=np.bool_)) for column, mask in old.bad.items()}
    return replace(old, present=True, frame=frame, text=text, lines=lines, bad=bad)


def faults(tables: Mapping[str, Loaded], changes: Sequence[Change]) -> list[Fault]:
    """Return what the changes together make wrong in tables that had no such fault before, and which one did it."""
    scope = _scope(changes)
    stages = [dict(tables)]
    for change in changes:
        stages.append(laid(stages[-1], [change]))

    @cache
    def said(count: int) -> dict[Place, tuple[int, Finding]]:
        """Return what is wrong after so many of the changes."""
        after = _apart(stages[count])
        rules.check(after, scope)
        return _places(after)

    if not said(len(changes)):
        return []
    new = {place: f for place, f in said(len(changes)).items() if place not in said(0)}
    hits = [_hits(stages[at], stages[at + 1], change) for at, change in enumerate(changes)] if new else []
    blamed: dict[Place, int] = {}
    for place in new:
        direct = [at for at, change in enumerate(changes) if change.table == place[0] and place[1] in hits[at]]
        low, high = (direct[0], direct[0] + 1) if len(direct) == 1 else (0, len(changes))
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if place in said(middle) else (middle, high)
        blamed[place] = high - 1
    theirs = {p for p in new if changes[blamed[p]].table == p[0] and p[1] in hits[blamed[p]]}
    return _grouped(stages[-1], changes, new, blamed, theirs)


def _hits(before: Mapping[str, Loaded], after: Mapping[str, Loaded], change: Change) -> frozenset[int]:
    """Return the lines of the rows that a change sets or adds."""
    lines = after[change.table].lines
    if change.op == "add":
        return frozenset(lines[-1:].tolist())
    where = matching({name: table.frame for name, table in before.items()}, change)
    return frozenset(lines[where].tolist()) if change.op == "set" else frozenset()


def _scope(changes: Sequence[Change]) -> Scope:
    columns: dict[str, set[str]] = defaultdict(set)
    for change in changes:
        if change.op == "add":
            columns[change.table] |= {c.name for c in TABLES[change.table].columns}
        elif change.op == "set":
            columns[change.table] |= set(change.values)
    return Scope(columns, {c.table for c in changes if c.op == "remove"})


def _apart(tables: Mapping[str, Loaded]) -> dict[str, Loaded]:
    """Return the tables so that flagging them leaves the given ones alone."""
    return {
        name: replace(t, marks=dict(t.marks), bad={c: m.copy() for c, m in t.bad.items()}, general=list(t.general))
        for name, t in tables.items()
    }


def _places(tables: Mapping[str, Loaded]) -> dict[Place, tuple[int, Finding]]:
    """Return each finding by its place, with the position of its row, -1 for the whole table."""
    out: dict[Place, tuple[int, Finding]] = {}
    for name, table in tables.items():
        out |= {(name, 0, f.column, f.code): (-1, f) for f in table.general}
        out |= {
            (name, int(table.lines[at]), column, f.code): (at, f)
            for (at, column), f in sorted(table.marks.items())
        }  # fmt: skip
    return out


def _grouped(
    tables: Mapping[str, Loaded],
    changes: Sequence[Change],
    new: Mapping[Place, tuple[int, Finding]],
    blamed: Mapping[Place, int],
    theirs: Collection[Place],
) -> list[Fault]:
    """Return one fault for all rows in which a change makes the same thing wrong, at a column that it sets if any."""
    groups: dict[tuple[int, str, str, bool, str], list[Place]] = defaultdict(list)
    for place, (at, finding) in new.items():
        lost = finding.level == "error" and place[3] in ("UNKNOWN_REFERENCE", "ID_MANGLED")
        taken = at >= 0 and place not in theirs and lost
        gone = str(finding.got) if taken else ""
        groups[blamed[place], place[3], finding.level, place in theirs, gone].append(place)
    out = []
    for (at, *_, gone), places in groups.items():
        rows: dict[str, list[str]] = {name: [] for name, *_ in places}
        for place in places:
            if new[place][0] >= 0:
                rows[place[0]].append(_row_name(tables[place[0]], new[place][0]))
        first = next((p for p in places if p[2] in changes[at].values), places[0])
        out.append(Fault(at, new[first][1], rows, gone))
    return out


def _row_name(table: Loaded, at: int) -> str:
    """Return what people call a row: its key, or else where it stands."""
    key = [str(table.text[column].iloc[at]) for column in table.table.key]
    return " ".join(filter(None, key)) or f"row {table.line(at)}"


def _listed(rows: Sequence[str]) -> str:
    """Return the names of some rows, and how many more there are."""
    more = len(rows) - SHOWN
    return ", ".join(rows[:SHOWN]) + (f" and {more} more" if more > 0 else "")
