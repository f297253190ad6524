"""Courses of action: read from files, check against the tables, lay over a scenario."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any

import pandas as pd

from workbench.errors import Finding, UsageError, raise_on_errors
from workbench.formats.cells import BadCell
from workbench.scenario import hazards, settings
from workbench.scenario.coa_checks import Spot, check_one, found
from workbench.scenario.laying import lay
from workbench.scenario.model import BASELINE, EVERY, Change, CourseOfAction, Scenario, chain

SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.-]{0,79}")
_KEYS = ("name", "description", "base", "objective", "close", "reopen", "speed_factor", "changes", "threat", "threats")
_KEYS_OF = ("table", "op", "where", "values")


def read(data: bytes, file: str) -> tuple[CourseOfAction | None, list[Finding]]:
    """Read one ``coas/NAME.toml``; None when nothing of it can be used."""
    raw, findings = settings.read_toml(data, file)
    stem = PurePosixPath(file).stem
    spot = Spot(file, data.decode("utf-8-sig", "replace"))
    if not SAFE_NAME.fullmatch(stem):
        findings.append(found(spot, "", "a name of letters, digits, blanks, - and _", stem, "Rename the file."))
    if any(f.level == "error" for f in findings):
        return None, findings
    for key in sorted(set(raw) - set(_KEYS)):
        near = difflib.get_close_matches(key, _KEYS, 1, 0.7)
        remedy = f"It is ignored. {f'Did you mean {near[0]}?' if near else 'Remove it.'}"
        findings.append(found(spot, key, "a key of a course of action", key, remedy, level="warning"))
    parts: dict[str, Any] = {}
    for key, reader in _READERS.items():
        if key in raw:
            try:
                parts[key] = reader(raw[key])
            except BadCell as bad:
                findings.append(found(spot, key, bad.expected, raw[key], bad.remedy))
    parts["changes"], faulty = _changes(raw.get("changes", []), spot)
    findings += faulty
    if parts.get("name", stem) != stem:
        remedy = "The file's name counts; make the two agree."
        findings.append(found(spot, "name", stem, parts["name"], remedy, level="warning"))
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


def _threat(value: Any) -> dict[str, str]:
    return settings.threat(settings.SETTINGS[0], value)


def _changes(value: Any, spot: Spot) -> tuple[tuple[Change, ...], list[Finding]]:
    """Return the changes that have the form of one, and a finding for each that has not."""
    expected = "sections [[changes]] with table, op (set, add, remove), where and values"
    if not isinstance(value, list):
        return (), [found(spot, "changes", expected, value, "Write each change under a heading [[changes]].")]
    out, findings = [], []
    for at, change in enumerate(value):
        line = spot.change(at)
        where, values = (change.get(k, {}) if isinstance(change, Mapping) else None for k in ("where", "values"))
        every = where == EVERY
        if not (every or isinstance(where, Mapping)) or not isinstance(values, Mapping) or set(change) - set(_KEYS_OF):
            remedy = 'Write where and values as {column = "value"}; where = "all" means each row.'
            findings.append(found(spot, "changes", expected, change, remedy, row=line))
            continue
        named = str(change.get("table", "")), change.get("op", "")
        out.append(Change(*named, {} if every else dict(where or {}), dict(values), every, line))
    return tuple(out), findings


_READERS = {
    "name": _text,
    "description": _text,
    "base": _text,
    "objective": _objective,
    "close": _ids,
    "reopen": _ids,
    "speed_factor": _factors,
    "threat": _threat,
    "threats": hazards.read,
}


@lru_cache(maxsize=8)
def apply(scenario: Scenario, coa: str = BASELINE) -> Scenario:
    """Return the scenario with a course of action laid over its tables, threats, objective and rule, its bases first.

    ``baseline`` always exists; without a file of that name it changes nothing. A page asks for the same one many
    times over, so the last few are kept: change nothing in the tables.

    Raises
    ------
    UsageError
        When there is no such course of action.
    InputError
        When one of its differences does not fit the tables, or makes them contradict themselves.
    """
    tables: Mapping[str, pd.DataFrame] = scenario.tables
    values, threats = dict(scenario.settings), scenario.threats
    for part in chain(scenario, coa):
        raise_on_errors(check_one(scenario, part, Spot(f"coas/{part.name}.toml")))
        tables, threats = lay(tables, part), hazards.laid(threats, part.threats)
        if part.objective is not None:
            values["objective"] = part.objective or "priority"
        if part.threat is not None:
            values["threat"] = dict(part.threat)
    return scenario.replace(tables=tables, settings=values, threats=threats)


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
    raise_on_errors(check_one(scenario, coa, Spot(f"coas/{coa.name}.toml")))
    return scenario.replace(coas={**scenario.coas, coa.name: coa})
