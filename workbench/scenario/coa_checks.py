"""What courses of action name that is not there, seen against the tables that each of them meets."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from workbench import fleet
from workbench.errors import Finding, Level, UsageError
from workbench.formats.checks import Loaded
from workbench.scenario import references, settings
from workbench.scenario.laying import changed, effective, lay, matching, one_row
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
    """Return what is wrong with one course of action: its base, edges, profiles and changes."""
    loaded = loaded or {}
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
    out = [*_edges(scenario, coa, spot, loaded), *_profiles(scenario, coa, spot)]
    tables: Tables = scenario.tables
    try:
        for base in bases:
            tables = lay(tables, base)
    except (KeyError, ValueError, TypeError):  # the base carries a finding of its own
        return out
    for at, change in enumerate(coa.changes):
        faults = list(_change_faults(tables, change, spot, spot.change(at), loaded))
        out += faults
        if not any(f.level == "error" for f in faults):
            tables = {**tables, change.table: changed(tables, change)}
    return out


def _meant(value: str, known: Iterable[str], otherwise: str) -> str:
    near = difflib.get_close_matches(value, sorted(known)[:20_000], 1, 0.7)
    return f"Did you mean {near[0]}?" if near else otherwise


def _edges(scenario: Scenario, coa: CourseOfAction, spot: Spot, loaded: Mapping[str, Loaded]) -> Iterator[Finding]:
    known = set(scenario.tables["edges"]["edge_id"])
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


def _profiles(scenario: Scenario, coa: CourseOfAction, spot: Spot) -> Iterator[Finding]:
    known = set(fleet.profiles(scenario.tables)["profile"])
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


def _change_faults(
    tables: Tables, change: Change, spot: Spot, row: int, loaded: Mapping[str, Loaded]
) -> Iterator[Finding]:
    """Yield what is wrong with one change, seen against the tables it will meet."""
    if change.table not in TABLES:
        yield found(spot, "table", f"one of {', '.join(TABLES)}", change.table or "nothing", "Name a table.", row=row)
        return
    if change.op not in ("set", "add", "remove"):
        yield found(spot, "op", "set, add or remove", change.op or "nothing", 'Write op = "set".', row=row)
        return
    table = TABLES[change.table]
    columns = {c.name for c in table.columns}
    strange = sorted((set(change.where) | set(change.values)) - columns)
    for name in strange:
        yield found(spot, name, f"a column of {change.table}", name, _meant(name, columns, "Remove it."), row=row)
    if strange:
        return
    whole = change.op == "add"
    typed = [one_row(change.table, change.where, whole=False), one_row(change.table, change.values, whole=whole)]
    faults = [f for part in typed for f in part.findings()]
    yield from (_moved(f, spot.file, row) for f in faults)
    for name, value in change.values.items():
        yield from _reference(tables, table.column(name).ref, name, str(value), spot, row, loaded)
    if not whole and not matching(tables, change).any():
        if not _spoilt(loaded, change):
            remedy = "Correct the values it looks for."
            yield found(spot, "where", f"a row of {change.table}", dict(change.where), remedy, row=row)
    elif not faults and table.key and (whole or set(change.values) & set(table.key)):
        yield from _doubled(tables, change, spot, row)


def _spoilt(loaded: Mapping[str, Loaded], change: Change) -> bool:
    """Return whether a row would match but for cells that carry a finding, or the table was not read."""
    table = loaded.get(change.table)
    if table is None or not table.present:
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


def _reference(  # the parts of a place and of what is looked up there
    tables: Tables, target: str, column: str, value: str, spot: Spot, row: int, loaded: Mapping[str, Loaded]
) -> Iterator[Finding]:
    if not target or not value:
        return
    name, key = target.split(".")
    known = set(effective(tables, name)[key])
    if value not in known and not _excused(loaded, name, key, value):
        yield found(spot, column, f"a {key} of {name}", value, _meant(value, known, f"Name a {key}."), row=row)


def _moved(finding: Finding, file: str, row: int) -> Finding:
    parts: dict[str, Any] = finding.as_dict() | {"file": file, "sheet": "", "row": row}
    return Finding(**parts)
