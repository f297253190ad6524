"""What a scenario is: tables, settings, threats, and the courses of action laid over them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from workbench.errors import Finding, UsageError
from workbench.formats import tabular
from workbench.ground import terrain
from workbench.kept import kept
from workbench.schema import TABLES, Column
from workbench.units import iso

BASELINE = "baseline"
EVERY = "all"
"""What a file writes for ``where`` to mean each row of the table."""
Op = Literal["set", "add", "remove"]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: in ``table``, ``set`` values in or ``remove`` the rows where columns equal, or ``add`` a row.

    To mean each row of the table, leave ``where`` empty and say so by ``every``; a file writes
    ``where = "all"``. ``line`` is where a file states the change, 0 if none does.
    """

    table: str
    op: Op
    where: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    every: bool = False
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class CourseOfAction:
    """Our choices, as differences from ``base`` (empty: from the scenario as it stands).

    ``close`` and ``reopen`` are edge ids; ``speed_factor`` multiplies the speeds of a profile;
    ``objective`` replaces the scenario's, such as ``{"weights": {"1": 1000.0}}``, and so does ``threat``, such as
    ``{"rule": "within 10 min"}``; ``threats`` come on top of its own,
    each with its ``shape`` as WKT.
    """

    name: str
    description: str = ""
    base: str = ""
    objective: Mapping[str, Any] | None = None
    close: tuple[str, ...] = ()
    reopen: tuple[str, ...] = ()
    speed_factor: Mapping[str, float] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    threats: tuple[Mapping[str, Any], ...] = ()
    threat: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Scenario:
    """Conditions we don't control: every table of `schema.TABLES`, typed, and the settings.

    ``as_of`` is the planning moment in UTC and ``horizon_s`` the seconds planned from then on.
    ``warnings`` are the findings that did not stop it from being read. Compare scenarios by
    `inputs_sha256`.
    """

    name: str
    path: Path | None
    as_of: datetime
    horizon_s: int
    marking: str
    settings: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]
    threats: dict[str, Any]
    coas: Mapping[str, CourseOfAction]
    warnings: tuple[Finding, ...] = ()

    def replace(self, **changes: object) -> Scenario:
        """Return a copy with some fields changed."""
        return replace(self, **changes)  # type: ignore[arg-type]

    @property
    def coa_names(self) -> tuple[str, ...]:
        """Return the names of the courses of action, the baseline first."""
        return (BASELINE, *sorted(set(self.coas) - {BASELINE}))


def coa_dict(coa: CourseOfAction) -> dict[str, Any]:
    """Return a course of action with the keys of its file, blank ones left out."""
    changes = [
        {
            "table": c.table,
            "op": c.op,
            **({"where": EVERY} if c.every else {"where": _plain(c.where)} if c.where else {}),
            **({"values": _plain(c.values)} if c.values else {}),
        }
        for c in coa.changes
    ]
    whole = {
        "name": coa.name,
        "description": coa.description,
        "base": coa.base,
        "close": list(coa.close),
        "reopen": list(coa.reopen),
        "objective": "" if coa.objective is None else _plain(coa.objective) or "priority",
        "speed_factor": dict(sorted(coa.speed_factor.items())),
        "changes": changes,
        "threat": dict(coa.threat or {}),
        "threats": [dict(threat) for threat in coa.threats],
    }
    return {key: value for key, value in whole.items() if value or key == "name"}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return iso(value) if isinstance(value, datetime) else value


def chain(sc: Scenario, coa: str) -> tuple[CourseOfAction, ...]:
    """Return the course of action and its bases, the base of all first.

    Raises
    ------
    UsageError
        When the scenario has no course of action of that name, or its bases run in a circle.
    """
    out: list[CourseOfAction] = []
    name = coa
    while name and (name in sc.coas or name != BASELINE):
        if name not in sc.coas:
            known = ", ".join(sc.coa_names)
            raise UsageError(f"There is no course of action {name!r} in {sc.name}. Known: {known}.")
        if any(name == c.name for c in out):
            raise UsageError(f"The bases of course of action {coa!r} run in a circle: {name!r} comes twice.")
        out.append(sc.coas[name])
        name = sc.coas[name].base or (BASELINE if name != BASELINE else "")
    return tuple(reversed(out))


@kept(2 * len(TABLES))
def _as_bytes(name: str, frame: pd.DataFrame) -> bytes:
    """Return what of a table is hashed: its rows, without columns that are blank throughout; nothing without rows.

    So a scenario keeps its hash when a later version of the workbench knows of more columns and tables.
    """
    table, text = TABLES[name], tabular.to_text(frame, TABLES[name])
    filled = tuple(c for c in table.columns if (text[c.name] != _blank(c)).any())
    return f"\x1d{name}\n{tabular.csv_text(frame, replace(table, columns=filled))}".encode() if filled else b""


def _blank(column: Column) -> str:
    """Return what a blank cell is as text once its default stands in it."""
    if column.kind == "bool":
        return "true" if column.default else "false"
    return tabular.number_text(column.default) if isinstance(column.default, int | float) else column.default or ""


def inputs_sha256(sc: Scenario, coa: str = BASELINE) -> str:
    """Return the hash of all that planning reads: tables, threats, settings and the course of action.

    It depends on the content alone, not on the folder, the form (CSV or XLSX) or the order of settings.
    """
    digest = hashlib.sha256()
    for name in TABLES:
        digest.update(_as_bytes(name, sc.tables[name]))
    rest = {
        "name": sc.name,
        "as_of": iso(sc.as_of),
        "horizon_s": sc.horizon_s,
        "marking": sc.marking,
        "settings": _plain({key: value for key, value in sc.settings.items() if key != "map"}),
        "threats": _plain(sc.threats),
        "coas": [coa_dict(c) for c in chain(sc, coa)],
        **_off_the_road(sc),
    }
    digest.update(json.dumps(rest, sort_keys=True, ensure_ascii=True, default=str).encode())
    return digest.hexdigest()


def _off_the_road(sc: Scenario) -> dict[str, str]:
    """Return what of the ``basemap`` planning reads, by file: nothing unless a profile goes across country."""
    if sc.path is None or not (sc.tables["profiles"]["mode"] == "cross_country").any():
        return {}
    folder = (sc.path.parent if sc.path.is_file() else sc.path) / "basemap"
    files = [folder / name for name in terrain.FILES]
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files if file.is_file()}


def derive(sc: Scenario, name: str, **differences: Any) -> CourseOfAction:
    """Return a course of action named ``name`` for ``sc``, made of the fields of `CourseOfAction`.

    Without ``base`` it starts from the scenario as it stands. `with_coa` adds it, `save_coa` keeps it.

    Raises
    ------
    UsageError
        When a difference is not a field of `CourseOfAction`, or the base does not exist.
    """
    known = set(CourseOfAction.__dataclass_fields__) - {"name"}
    strange = sorted(set(differences) - known)
    if strange:
        raise UsageError(f"A course of action has no {', '.join(strange)}; it has {', '.join(sorted(known))}.")
    for key in ("close", "reopen", "changes", "threats"):
        differences[key] = tuple(differences.get(key, ()))
    coa = CourseOfAction(name, **differences)
    if coa.base not in ("", *sc.coa_names):
        raise UsageError(f"There is no course of action {coa.base!r} to start from; known: {', '.join(sc.coa_names)}.")
    return coa
