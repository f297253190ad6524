"""The vehicles of a VRPLIB file: one value for all, or a section with a row for each."""

from __future__ import annotations

from typing import Any

from workbench.formats.benchmarks.instance import Vehicle
from workbench.formats.benchmarks.raw import Raw
from workbench.formats.benchmarks.tables import Shape, lists, references, table

DETAILS = {
    "CAPACITY": "capacity",
    "VEHICLES_DEPOT": "depot",
    "VEHICLES_FIXED_COST": "fixed_cost",
    "VEHICLES_UNIT_DISTANCE_COST": "unit_cost",
    "VEHICLES_MAX_DISTANCE": "max_distance",
    "VEHICLES_MAX_DURATION": "max_duration",
    "VEHICLES_MAX_RELOADS": "max_reloads",
}
"""What a vehicle has one of, by the file's word for it; all but the depot may be one value for all."""
LISTS = {"VEHICLES_RELOAD_DEPOT": "reloads", "VEHICLES_ALLOWED_CLIENTS": "allowed"}
"""What a vehicle has several of."""


def fleet(raw: Raw, n: int, depots: int) -> tuple[tuple[Vehicle, ...], bool]:
    """Return the vehicles, and whether there are as many as one likes."""
    count = raw.count("VEHICLES")
    said = sorted((DETAILS.keys() | LISTS.keys()) & raw.sections.keys())
    free = "VEHICLES" not in raw.values
    if free and said:
        raw.report.find(
            raw.sections[said[0]].line, "VEHICLES", "REQUIRED", expected=f"how many vehicles {said[0]}_SECTION has",
            got="nothing", remedy="Write it, as in: VEHICLES : 24.",
        )  # fmt: skip
    if count is None:
        count = len(raw.sections[said[0]].rows) if said else max(1, n - depots)
    columns: dict[str, list[Any]] = {}
    for name, attribute in DETAILS.items():
        values = _column(raw, name, count, depots)
        if values is not None:
            columns[attribute] = values
    for name, attribute in LISTS.items():
        if name in raw.sections:
            found = lists(raw.report, raw.sections[name], count, "vehicle", depots if attribute == "reloads" else n)
            columns[attribute] = found if attribute == "reloads" else _once(found)
    return _made(columns, count), free


def _column(raw: Raw, name: str, count: int, depots: int) -> list[Any] | None:
    """Return a figure of every vehicle, None where the file has none."""
    section = raw.sections.get(name)
    if section is None:
        value = raw.value(name) if name in raw.values else None
        return None if value is None else [value] * count
    if name == "VEHICLES_DEPOT":
        return references(raw.report, section, count, "vehicle", depots)
    found: list[Any] = table(raw.report, section, count, Shape("vehicle"))[:, 0].tolist()
    return found


def _once(found: list[tuple[int, ...]]) -> list[frozenset[int]]:
    """Return lists as sets, equal ones the same object: a fleet has few kinds."""
    known: dict[tuple[int, ...], frozenset[int]] = {}
    return [known.setdefault(clients, frozenset(clients)) for clients in found]


def _made(columns: dict[str, list[Any]], count: int) -> tuple[Vehicle, ...]:
    """Return one vehicle for each row, equal ones the same object."""
    known: dict[tuple[Any, ...], Vehicle] = {}
    out = []
    for row in zip(*columns.values(), strict=True) if columns else [()] * count:
        if row not in known:
            known[row] = Vehicle(**dict(zip(columns, row, strict=True)))
        out.append(known[row])
    return tuple(out)
