"""What courses of action name that is not there, seen against the tables that each of them meets."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from workbench import fleet
from workbench.errors import Finding, Level, UsageError
from workbench.formats.cells import BadCell
from workbench.formats.checks import Loaded
from workbench.kept import Alike, kept
from workbench.scenario import aftermath, hazards, references, settings
from workbench.scenario.aftermath import Fault
from workbench.scenario.laying import changed, matching, one_row, steps
from workbench.scenario.model import BASELINE, Change, CourseOfAction, Scenario, chain
from workbench.schema import TABLES

Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Spot:
    """The file of a course of action and its text, to tell lines from; no text gives line 0."""

    file: str
    text: str = ""

    def line(self, key: str) -> int:
        """Return the line that sets ``key``, or 0."""
        return settings.line_of(self.text, key) if key else 0

    def change(self, at: int) -> int:
        """Return the line of the heading of change number ``at``, from 0."""
        heads = [m.start() for m in re.finditer(r"^[ \t]*\[\[\s*changes\s*\]\]", self.text, re.MULTILINE)]
        return self.text[: heads[at]].count("\n") + 1 if at < len(heads) else self.line("changes")


def found(
    spot: Spot, column: str, expected: str, got: Any, remedy: str, *, row: int = -1, level: Level = "error"
) -> Finding:
    """Return a finding at a key of the file, or at ``row`` when that is given."""
    line = spot.line(column) if row < 0 else row
    return Finding(spot.file, "", line, column, level, "COA", expected, str(got)[:80], remedy)


def check(scenario: Scenario, loaded: Mapping[str, Loaded], texts: Mapping[str, bytes]) -> list[Finding]:
    """Return what is wrong with every course of action of the scenario.

    ``loaded`` are its tables with their findings: what follows from those is not said again.
    """
    out: list[Finding] = []
    for name in sorted(scenario.coas):
        file = f"coas/{name}.toml"
        spot = Spot(file, texts.get(file, b"").decode("utf-8-sig", "replace"))
        out += check_one(scenario, scenario.coas[name], spot, loaded)
    return out


def check_one(
    scenario: Scenario, coa: CourseOfAction, spot: Spot, loaded: Mapping[str, Loaded] | None = None
) -> list[Finding]:
    """Return what is wrong with one course of action: its base, edges, profiles, changes, and what they lead to.

    With ``loaded``, the tables as read, what follows from their findings is not said again.
    """
    if coa.base not in ("", BASELINE, *scenario.coas):
        remedy = _meant(coa.base, scenario.coa_names, "Name a course of action of this scenario.")
        return [found(spot, "base", f"one of {', '.join(scenario.coa_names)}", coa.base, remedy)]
    try:
        bases = chain(scenario.replace(coas={**scenario.coas, coa.name: coa}), coa.name)[:-1]
    except UsageError as error:
        remedy = "Let one of them start from baseline."
        return (
            [found(spot, "base", "bases that lead to the baseline", coa.base, remedy)] if "circle" in str(error) else []
        )
    if loaded:
        return _faults_on(loaded, bases, coa, spot, loaded)
    return list(_in_memory(scenario.tables, coa, Alike((spot, *map(id, bases)), (spot, bases))))


@kept(8)
def _in_memory(
    tables: Tables, coa: CourseOfAction, given: Alike[tuple[Spot, Sequence[CourseOfAction]]]
) -> tuple[Finding, ...]:
    """Return what is wrong with a course of action on sound tables: asked for when it is added, and when it is laid."""
    spot, bases = given.it
    return tuple(_faults_on(aftermath.loaded(tables), bases, coa, spot, {}))


def _faults_on(
    tables: Mapping[str, Loaded], bases: Sequence[CourseOfAction], coa: CourseOfAction, spot: Spot,
    loaded: Mapping[str, Loaded],
) -> list[Finding]:  # fmt: skip
    before = dict(tables)
    try:
        for base in bases:
            before = aftermath.laid(before, steps(base))
    except (KeyError, ValueError, TypeError):  # the base carries a finding of its own
        return []
    return list(_faults(before, coa, spot, loaded))


def _faults(
    before: Mapping[str, Loaded], coa: CourseOfAction, spot: Spot, loaded: Mapping[str, Loaded]
) -> Iterator[Finding]:
    """Yield what is wrong with the changes one by one, then with the tables that the sound ones lead to."""
    tables: Tables = {name: table.frame for name, table in before.items()}
    sound: list[int] = []
    for at, change in enumerate(coa.changes):
        faults = list(_change_faults(tables, change, spot, loaded))
        yield from faults
        if not any(f.level == "error" for f in faults):
            tables = {**tables, change.table: changed(tables, change)}
            sound.append(at)
    yield from _edges(tables, coa, spot, loaded)
    yield from _profiles(tables, coa, spot)
    yield from _rule(coa, spot)
    yield from hazards.check(coa.threats, spot.file, spot.text)
    yield from _emptied(before, tables, coa, spot)
    for fault in aftermath.faults(before, [coa.changes[at] for at in sound]):
        yield (_dangling if fault.dangling else _blamed)(fault, sound[fault.at], coa, spot)


def _blamed(fault: Fault, at: int, coa: CourseOfAction, spot: Spot) -> Finding:
    """Return the finding of the rule under the change that it follows from, with the rows it is found in."""
    told = fault.finding
    place = {"file": spot.file, "sheet": "", "row": coa.changes[at].line}
    parts: dict[str, Any] = told.as_dict() | place | {"got": f"{told.got}, in {fault.where()} (change {at + 1})"}
    return Finding(**parts)


def _dangling(fault: Fault, at: int, coa: CourseOfAction, spot: Spot) -> Finding:
    """Return the finding about an identifier that a change took away though rows still refer to it."""
    change = coa.changes[at]
    key = TABLES[change.table].key[0]
    got = f"{fault.dangling} (change {at + 1}), which {fault.where()} still refer to"
    remedy = "Change or remove those rows first, or leave the row as it is."
    expected = f"no {key} taken away that others refer to"
    return Finding(spot.file, "", change.line, key, "error", "UNKNOWN_REFERENCE", expected, got, remedy)


def _emptied(before: Mapping[str, Loaded], tables: Tables, coa: CourseOfAction, spot: Spot) -> Iterator[Finding]:
    """Yield a warning for each table that planning needs and no row is left in."""
    for name in ("requisitions", "fleet"):
        if len(before[name].frame) and not len(tables[name]):
            line = max(c.line for c in coa.changes if c.table == name)
            about, remedy = TABLES[name].help.rstrip("."), "There is nothing to plan without rows; leave some."
            yield Finding(spot.file, "", line, "", "warning", "EMPTY", about, f"no rows left in {name}", remedy)


def _meant(value: str, known: Iterable[str], otherwise: str) -> str:
    near = difflib.get_close_matches(value, sorted(known)[:20_000], 1, 0.7)
    return f"Did you mean {near[0]}?" if near else otherwise


def _edges(tables: Tables, coa: CourseOfAction, spot: Spot, loaded: Mapping[str, Loaded]) -> Iterator[Finding]:
    known = set(tables["edges"]["edge_id"]) if coa.close or coa.reopen else set()
    for key, ids in (("close", coa.close), ("reopen", coa.reopen)):
        strange = [edge for edge in ids if edge not in known and not _excused(loaded, "edges", "edge_id", edge)]
        if strange:
            yield found(
                spot, key, "edges of edges.csv", ", ".join(strange), _meant(strange[0], known, "Name edge ids.")
            )


def _excused(loaded: Mapping[str, Loaded], table: str, key: str, value: str) -> bool:
    """Return whether a value names nothing only because its table was not read, or carries a fault there."""
    target = loaded.get(table)
    return target is not None and (not target.present or value in references.excused(target, key, Counter([value])))


def _profiles(tables: Tables, coa: CourseOfAction, spot: Spot) -> Iterator[Finding]:
    known = set(fleet.profiles(tables)["profile"]) if coa.speed_factor else set()
    strange = [name for name in coa.speed_factor if name not in known]
    if strange:
        row = spot.line(strange[0]) or spot.line("speed_factor")
        yield found(
            spot,
            "speed_factor",
            "travel profiles",
            ", ".join(strange),
            f"There are {', '.join(sorted(known))}.",
            row=row,
        )


def _rule(coa: CourseOfAction, spot: Spot) -> Iterator[Finding]:
    """Yield a finding if the rule about threats is none; one from a file was read already."""
    try:
        settings.threat(settings.SETTINGS[0], coa.threat or {"rule": "fastest"})
    except BadCell as bad:
        yield found(spot, "threat", bad.expected, coa.threat, bad.remedy)


def _change_faults(tables: Tables, change: Change, spot: Spot, loaded: Mapping[str, Loaded]) -> Iterator[Finding]:
    """Yield what is wrong with one change, seen against the tables it will meet."""
    row = change.line
    if change.table not in TABLES:
        yield found(spot, "table", f"one of {', '.join(TABLES)}", change.table or "nothing", "Name a table.", row=row)
        return
    if change.op not in ("set", "add", "remove"):
        yield found(spot, "op", "set, add or remove", change.op or "nothing", 'Write op = "set".', row=row)
        return
    parts = list(_part_faults(change, spot))
    yield from parts
    table = TABLES[change.table]
    columns = {c.name for c in table.columns}
    strange = sorted((set(change.where) | set(change.values)) - columns)
    for name in strange:
        yield found(spot, name, f"a column of {change.table}", name, _meant(name, columns, "Remove it."), row=row)
    if strange or parts:
        return
    whole = change.op == "add"
    typed = [one_row(change.table, change.where, whole=False), one_row(change.table, change.values, whole=whole)]
    faults = [f for part in typed for f in part.findings()]
    yield from (_moved(f, spot.file, row) for f in faults)
    if not whole and not matching(tables, change).any():
        if not (_lacked(loaded, change, spot) or _spoilt(loaded, change)):
            remedy = "Correct the values it looks for."
            got = dict(change.where) or f"an empty {change.table}"
            yield found(spot, "where", f"a row of {change.table}", got, remedy, row=row)
    elif not faults and table.key and (whole or set(change.values) & set(table.key)):
        yield from _doubled(tables, change, spot, row)


def _part_faults(change: Change, spot: Spot) -> Iterator[Finding]:
    """Yield what a change lacks, or has that its kind does not use."""
    chosen, row = bool(change.where) or change.every, change.line
    every = 'where = "all"'
    if change.op != "add" and not chosen:
        remedy = f'Write where = {{column = "value"}}, or {every} to mean each row of the table.'
        yield found(spot, "where", "the rows that are meant", "nothing to tell rows by", remedy, row=row)
    if change.op == "add" and chosen:
        got, remedy = change.where or every, 'Remove where, or write op = "set" to change rows that are there.'
        yield found(spot, "where", "no where, as op is add", got, remedy, row=row)
    if change.op == "set" and not change.values:
        remedy = 'Write values = {column = "value"}, or remove the change.'
        yield found(spot, "values", "what to set", "nothing", remedy, row=row)
    if change.op == "remove" and change.values:
        got, remedy = dict(change.values), 'Remove values, or write op = "set" to change the rows.'
        yield found(spot, "values", "no values, as op is remove", got, remedy, row=row)


def _lacked(loaded: Mapping[str, Loaded], change: Change, spot: Spot) -> bool:
    """Report a column that the file lacks and rows are looked up by; return whether there is one."""
    table = loaded.get(change.table)
    missing = sorted(set(change.where) & table.absent) if table is not None else []
    if table is not None and missing and not any(f.column in missing for f in table.general):
        table.lack(missing[0], f"{spot.file} looks up rows by it")
    return bool(missing)


def _spoilt(loaded: Mapping[str, Loaded], change: Change) -> bool:
    """Return whether a row would match but for cells that carry a finding, or the table was not read or is empty."""
    table = loaded.get(change.table)
    if table is None or not table.present or any(f.code == "EMPTY" for f in table.general):
        return table is not None
    wanted = one_row(change.table, change.where, whole=False).frame
    out = np.ones(len(table.frame), dtype=np.bool_)
    for name in change.where:
        same = (table.frame[name] == wanted[name].iloc[0]).to_numpy(dtype=np.bool_)
        out &= same | ~table.sound(name)
    return bool(out.any())


def _doubled(tables: Tables, change: Change, spot: Spot, row: int) -> Iterator[Finding]:
    """Yield a finding if a change makes two rows of one key."""
    key = list(TABLES[change.table].key)
    if changed(tables, change)[key].duplicated().any() and not tables[change.table][key].duplicated().any():
        got = ", ".join(str(change.values[k]) for k in key if k in change.values)
        remedy = 'Use op = "set" to change a row that is there.'
        yield found(spot, key[0], f"a new {' + '.join(key)}", got, remedy, row=row)


def _moved(finding: Finding, file: str, row: int) -> Finding:
    parts: dict[str, Any] = finding.as_dict() | {"file": file, "sheet": "", "row": row}
    return Finding(**parts)
