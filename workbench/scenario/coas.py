"""Courses of action: read from files, check against the tables, lay over a scenario."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

import pandas as pd

from workbench import fleet
from workbench.errors import Finding, InputError, Level, UsageError
from workbench.formats.cells import BadCell
from workbench.scenario import settings
from workbench.scenario.laying import changed, effective, lay, matching, one_row
from workbench.scenario.model import BASELINE, Change, CourseOfAction, Scenario, chain
from workbench.schema import TABLES

SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.-]{0,79}")
_KEYS = ("name", "description", "base", "objective", "close", "reopen", "speed_factor", "changes")
_CHANGE_KEYS = ("table", "op", "where", "values")


def _found(file: str, row: int, column: str, expected: str, got: Any, remedy: str, level: Level = "error") -> Finding:
    return Finding(file, "", row, column, level, "COA", expected, str(got)[:80], remedy)


def read(data: bytes, file: str) -> tuple[CourseOfAction | None, list[Finding]]:
    """Read one ``coas/NAME.toml``; None when nothing of it can be used."""
    raw, findings = settings.read_toml(data, file)
    stem = PurePosixPath(file).stem
    if not SAFE_NAME.fullmatch(stem):
        findings.append(_found(file, 0, "", "a name of letters, digits, blanks, - and _", stem, "Rename the file."))
    if any(f.level == "error" for f in findings):
        return None, findings
    text = data.decode("utf-8-sig", "replace")
    for key in sorted(set(raw) - set(_KEYS)):
        near = difflib.get_close_matches(key, _KEYS, 1, 0.7)
        findings.append(
            _found(
                file,
                settings.line_of(text, key),
                key,
                "a key of a course of action",
                key,
                f"It is ignored. {f'Did you mean {near[0]}?' if near else 'Remove it.'}",
                "warning",
            )
        )
    parts: dict[str, Any] = {}
    for key, reader in _READERS.items():
        if key in raw:
            try:
                parts[key] = reader(raw[key])
            except BadCell as bad:
                findings.append(_found(file, settings.line_of(text, key), key, bad.expected, raw[key], bad.remedy))
    if parts.get("name", stem) != stem:
        findings.append(
            _found(
                file,
                settings.line_of(text, "name"),
                "name",
                stem,
                parts["name"],
                "The file's name counts; make the two agree.",
                "warning",
            )
        )
    return CourseOfAction(**(parts | {"name": stem})), findings


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise BadCell("COA", "text", 'Write it in "quotation marks".')
    return value


def _ids(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise BadCell("COA", "a list of edge ids", 'Write them as ["E1", "E2"].')
    return tuple(dict.fromkeys(value))


def _factors(value: Any) -> dict[str, float]:
    good = isinstance(value, Mapping) and all(
        isinstance(v, (int, float)) and not isinstance(v, bool) and 0 < v <= 10 and math.isfinite(v)
        for v in value.values()
    )
    if not good:
        raise BadCell("COA", "a factor above 0 and up to 10 for each profile", "Write 0.8 for a fifth slower.")
    return {str(k): float(v) for k, v in value.items()}


def _objective(value: Any) -> Any:
    out = settings.objective(settings.SETTINGS[0], value)
    return {} if out == "priority" else out


def _changes(value: Any) -> tuple[Change, ...]:
    expected = "sections [[changes]] with table, op (set, add, remove), where and values"
    if not isinstance(value, list):
        raise BadCell("COA", expected, "Write each change under a heading [[changes]].")
    out = []
    for change in value:
        where, values = (change.get(k, {}) if isinstance(change, Mapping) else None for k in ("where", "values"))
        if not isinstance(where, Mapping) or not isinstance(values, Mapping) or set(change) - set(_CHANGE_KEYS):
            raise BadCell("COA", expected, 'Write where and values as {column = "value"}.')
        out.append(Change(str(change.get("table", "")), change.get("op", ""), dict(where), dict(values)))
    return tuple(out)


_READERS = {
    "name": _text,
    "description": _text,
    "base": _text,
    "objective": _objective,
    "close": _ids,
    "reopen": _ids,
    "speed_factor": _factors,
    "changes": _changes,
}


def check(scenario: Scenario, present: Mapping[str, bool], texts: Mapping[str, bytes]) -> list[Finding]:
    """Return what is wrong with every course of action of the scenario, seen against its tables."""
    out: list[Finding] = []
    for name in sorted(scenario.coas):
        file = f"coas/{name}.toml"
        text = texts.get(file, b"").decode("utf-8-sig", "replace")
        out += check_one(scenario, scenario.coas[name], present, file, text)
    return out


def check_one(
    scenario: Scenario, coa: CourseOfAction, present: Mapping[str, bool], file: str, text: str = ""
) -> list[Finding]:
    """Return what is wrong with one course of action: its base, edges, profiles and changes."""
    if coa.base and coa.base != BASELINE and coa.base not in scenario.coas:
        near = difflib.get_close_matches(coa.base, scenario.coa_names, 1, 0.6)
        return [
            _found(
                file,
                settings.line_of(text, "base"),
                "base",
                f"one of {', '.join(scenario.coa_names)}",
                coa.base,
                f"Did you mean {near[0]}?" if near else "Name a course of action of this scenario.",
            )
        ]
    try:
        bases = chain(scenario.replace(coas={**scenario.coas, coa.name: coa}), coa.name)[:-1]
    except UsageError as error:
        circular = "circle" in str(error)
        return (
            [
                _found(
                    file,
                    settings.line_of(text, "base"),
                    "base",
                    "bases that do not run in a circle",
                    coa.base,
                    "Let one of them start from baseline.",
                )
            ]
            if circular
            else []
        )
    out = list(_edges(scenario, coa, file, text)) if present.get("edges", True) else []
    tables = dict(scenario.tables)
    known = set(fleet.profiles(tables)["profile"])
    out += [
        _found(
            file,
            settings.line_of(text, name) or settings.line_of(text, "speed_factor"),
            "speed_factor",
            "a travel profile",
            name,
            f"Profiles are {', '.join(sorted(known))}.",
        )
        for name in coa.speed_factor
        if name not in known
    ]
    for base in bases:
        tables = lay(tables, base)
    heads = [
        text[: m.start()].count("\n") + 1 for m in re.finditer(r"^[ \t]*\[\[\s*changes\s*\]\]", text, re.MULTILINE)
    ]
    for at, change in enumerate(coa.changes):
        row = heads[at] if at < len(heads) else settings.line_of(text, "changes")
        found = list(_change_faults(tables, change, present, file, row))
        out += found
        if not any(f.level == "error" for f in found):
            tables[change.table] = changed(tables, change)
    return out


def _edges(scenario: Scenario, coa: CourseOfAction, file: str, text: str) -> Iterator[Finding]:
    known = set(scenario.tables["edges"]["edge_id"])
    for key, ids in (("close", coa.close), ("reopen", coa.reopen)):
        for edge in ids:
            if edge not in known:
                near = difflib.get_close_matches(edge, sorted(known)[:20_000], 1, 0.8)
                yield _found(
                    file,
                    settings.line_of(text, key),
                    key,
                    "an edge of edges.csv",
                    edge,
                    f"Did you mean {near[0]}?" if near else "Name an edge_id.",
                )


def _change_faults(
    tables: Mapping[str, pd.DataFrame], change: Change, present: Mapping[str, bool], file: str, row: int
) -> Iterator[Finding]:
    """Yield what is wrong with one change, seen against the tables it will meet."""
    if change.table not in TABLES:
        yield _found(file, row, "table", f"one of {', '.join(TABLES)}", change.table or "nothing", "Name a table.")
        return
    if change.op not in ("set", "add", "remove"):
        yield _found(file, row, "op", "set, add or remove", change.op or "nothing", 'Write op = "set".')
        return
    table = TABLES[change.table]
    columns = {c.name for c in table.columns}
    strange = sorted((set(change.where) | set(change.values)) - columns)
    for name in strange:
        near = difflib.get_close_matches(name, columns, 1, 0.6)
        yield _found(
            file, row, name, f"a column of {change.table}", name, f"Did you mean {near[0]}?" if near else "Remove it."
        )
    if strange:
        return
    whole = change.op == "add"
    typed = [one_row(change.table, change.where, whole=False), one_row(change.table, change.values, whole=whole)]
    faults = [f for loaded in typed for f in loaded.findings()]
    yield from (_moved(f, file, row) for f in faults)
    for name, value in change.values.items():
        target = table.column(name).ref
        if target and value != "" and present.get(target.split(".")[0], True):
            yield from _reference(tables, target, name, str(value), file, row)
    if change.op != "add" and present.get(change.table, True) and not matching(tables, change).any():
        yield _found(file, row, "where", f"a row of {change.table}", change.where, "Correct the values it looks for.")
    elif not faults and table.key and (whole or set(change.values) & set(table.key)):
        yield from _doubled(tables, change, file, row)


def _doubled(tables: Mapping[str, pd.DataFrame], change: Change, file: str, row: int) -> Iterator[Finding]:
    """Yield a finding if a change makes two rows of one key."""
    key = list(TABLES[change.table].key)
    if changed(tables, change)[key].duplicated().any():
        got = ", ".join(str(change.values[k]) for k in key if k in change.values)
        remedy = 'Use op = "set" to change a row that is there.'
        yield _found(file, row, key[0], f"a new {' + '.join(key)}", got, remedy)


def _reference(
    tables: Mapping[str, pd.DataFrame], target: str, column: str, value: str, file: str, row: int
) -> Iterator[Finding]:
    name, other = target.split(".")
    known = set(effective(tables, name)[other])
    if value not in known:
        near = difflib.get_close_matches(value, sorted(known)[:20_000], 1, 0.7)
        yield _found(
            file, row, column, f"a {other} of {name}", value, f"Did you mean {near[0]}?" if near else f"Name a {other}."
        )


def _moved(finding: Finding, file: str, row: int) -> Finding:
    parts: dict[str, Any] = finding.as_dict() | {"file": file, "sheet": "", "row": row}
    return Finding(**parts)


def apply(scenario: Scenario, coa: str = BASELINE) -> Scenario:
    """Return the scenario with a course of action laid over its tables and objective, its bases first.

    ``baseline`` always exists; without a file of that name it changes nothing.

    Raises
    ------
    UsageError
        When there is no such course of action.
    InputError
        When one of its differences does not fit the tables.
    """
    tables: Mapping[str, pd.DataFrame] = scenario.tables
    values = dict(scenario.settings)
    for part in chain(scenario, coa):
        try:
            tables = lay(tables, part)
        except (KeyError, ValueError, TypeError) as error:
            found = check_one(scenario, part, {}, f"coas/{part.name}.toml")
            raise InputError(
                found or [_found(f"coas/{part.name}.toml", 0, "", "differences that fit", error, "See validate.")]
            ) from error
        if part.objective is not None:
            values["objective"] = part.objective or "priority"
    return scenario.replace(tables=tables, settings=values)


def with_coa(scenario: Scenario, coa: CourseOfAction) -> Scenario:
    """Return the scenario with a course of action added, or replaced, in memory.

    Raises
    ------
    InputError
        When the course of action does not fit the scenario.
    UsageError
        When its name can't be the name of a file.
    """
    if not SAFE_NAME.fullmatch(coa.name):
        raise UsageError(f"{coa.name!r} can't name a course of action; use letters, digits, spaces, - and _.")
    findings = check_one(scenario, coa, {}, f"coas/{coa.name}.toml")
    if any(f.level == "error" for f in findings):
        raise InputError(findings)
    return scenario.replace(coas={**scenario.coas, coa.name: coa})
