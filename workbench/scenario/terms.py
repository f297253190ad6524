"""What requisitions ask for beside goods and places, ties between them, what vehicles share, rules of work and rest."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

import numpy as np
import pandas as pd

from workbench.formats.checks import Loaded, Mask
from workbench.scenario.scope import Scope

WISHES = {"vehicles": "vehicle_type", "not_vehicles": "vehicle_type", "owners": "owner", "needs": "skills"}
"""Columns of requisitions that say what kind of vehicle they may go by, with that of the fleet which they are about."""


def check(tables: Mapping[str, Loaded], scope: Scope) -> None:
    """Flag what does not fit, as far as ``scope`` asks."""
    if scope.asks("requisitions") or any(scope.asks_target(f"fleet.{column}") for column in set(WISHES.values())):
        _wishes(tables["requisitions"], tables["fleet"])
    if scope.asks("requisitions", "units", "stock"):
        _transfers(tables)
    if scope.asks("requisitions"):
        _unpriced(tables["requisitions"])
    if scope.asks("fleet"):
        _work(tables["fleet"])
    if scope.asks("relations"):
        _relations(tables["relations"])
    if scope.asks("resources"):
        _resources(tables["resources"])


def _names(cell: str) -> list[str]:
    return [name for name in cell.split(";") if name]


def _filled(loaded: Loaded, column: str) -> Mask:
    return (loaded.text[column] != "").to_numpy(dtype=np.bool_)


def _wishes(requisitions: Loaded, fleet: Loaded) -> None:
    """Warn of vehicles, owners and skills that nobody in the fleet is, and of vehicles both asked for and ruled out."""
    if not fleet.present:
        return
    for column, about in WISHES.items():
        known = {name for cell in fleet.frame[about].unique() for name in _names(cell)}
        cells = requisitions.frame[column]
        strange = {cell: [n for n in _names(cell) if n not in known] for cell in cells.unique() if cell}
        requisitions.flag(
            cells.map(lambda cell, strange=strange: bool(strange.get(cell))).to_numpy(dtype=np.bool_),
            column,
            "UNKNOWN_REFERENCE",
            level="warning",
            expected=f"what {about} of fleet.csv says of some vehicle",
            got=lambda at, cells=cells, strange=strange: ";".join(strange[cells[at]]),
            remedy=_known_remedy(about, known),
        )
    pairs = zip(requisitions.frame["vehicles"], requisitions.frame["not_vehicles"], strict=True)
    both = np.array([not set(_names(only)).isdisjoint(_names(never)) for only, never in pairs], dtype=np.bool_)
    requisitions.flag(
        both & requisitions.sound("vehicles"),
        "not_vehicles",
        "CONFLICT",
        expected="vehicle types that vehicles does not name",
        remedy="Keep each type in one of the two columns.",
    )


def _known_remedy(about: str, known: Collection[str]) -> str:
    few = ", ".join(sorted(known)[:8])
    return f"Nobody has it{f'; known: {few}' if few else ''}. Correct it, or fill {about} in fleet.csv."


def _transfers(tables: Mapping[str, Loaded]) -> None:
    """Flag transfers without a place they are fetched from, or from where they go; warn of those that hold stock."""
    requisitions, units, stock = (tables[name] for name in ("requisitions", "units", "stock"))
    frame = requisitions.frame
    moves = (frame["kind"] == "transfer").to_numpy(dtype=np.bool_) & requisitions.sound("kind")
    if not moves.any():
        return
    requisitions.flag(
        moves & ~_filled(requisitions, "source_node_id"),
        "source_node_id",
        "REQUIRED",
        expected="the node that the transfer is fetched from",
        remedy="Fill source_node_id, or make it a delivery, which is drawn from stock.",
    )
    home = dict(zip(units.frame["unit_id"], units.frame["node_id"], strict=True))
    goes = frame["node_id"].where(frame["node_id"] != "", frame["unit_id"].map(home).fillna("").astype("str"))
    requisitions.flag(
        moves & (goes == frame["source_node_id"]).to_numpy(dtype=np.bool_),
        "source_node_id",
        "CONFLICT",
        expected="another node than the one it goes to",
        remedy="Correct source_node_id or node_id, or remove the row.",
    )
    held = set(zip(stock.frame["node_id"], stock.frame["item"], strict=True))
    counted = [pair in held for pair in zip(frame["source_node_id"], frame["item"], strict=True)]
    requisitions.flag(
        moves & np.array(counted, dtype=np.bool_),
        "kind",
        "CONFLICT",
        level="warning",
        expected="delivery, as stock.csv counts this item at its source",
        remedy="A transfer draws on no stock. Write delivery to draw it from the stock there.",
    )


def _unpriced(requisitions: Loaded) -> None:
    """Warn of a price of lateness that nothing is late for."""
    priced = (requisitions.frame["late_cost_per_hour"] > 0).to_numpy(dtype=np.bool_)
    requisitions.flag(
        priced & ~_filled(requisitions, "due"),
        "late_cost_per_hour",
        "CONFLICT",
        level="warning",
        expected="due, from which on it counts",
        remedy="It is not used. Fill due, or clear it.",
    )


def _work(fleet: Loaded) -> None:
    """Flag rests and driving times without each other; warn of overtime and its price that nothing comes of."""
    for one, other, words in (("drive_h", "rest_min", "the minutes of the rest"), ("rest_min", "drive_h", "hours")):
        fleet.flag(
            _filled(fleet, one) & ~_filled(fleet, other) & fleet.sound(one),
            other,
            "REQUIRED",
            expected=f"{words}, since {one} is filled",
            remedy=f"Fill {other}, or clear {one}.",
        )
    fleet.flag(
        (fleet.frame["overtime_cost_per_hour"] > 0).to_numpy() & ~(fleet.frame["overtime_h"] > 0).to_numpy(),
        "overtime_cost_per_hour",
        "CONFLICT",
        level="warning",
        expected="overtime_h, which it is the price of",
        remedy="It is not used. Fill overtime_h, or clear it.",
    )
    fleet.flag(
        (fleet.frame["overtime_h"] > 0).to_numpy() & ~_filled(fleet, "shift_start") & ~_filled(fleet, "shift_end"),
        "overtime_h",
        "CONFLICT",
        level="warning",
        expected="a shift that it comes after",
        remedy="It is not used, as it works at any time. Fill shift_start and shift_end, or clear it.",
    )


def _relations(relations: Loaded) -> None:
    """Flag ties of a requisition to itself, that go round in a circle, contradict each other, or say nothing."""
    frame = relations.frame
    first, second, kind = frame["first"], frame["second"], frame["kind"]
    relations.flag(
        (first == second).to_numpy() & (first != "").to_numpy() & relations.sound("first"),
        "second",
        "CONFLICT",
        expected="another requisition than first",
        remedy="Correct one of the two, or remove the row.",
    )
    ready = relations.sound("first", "second", "kind") & (first != "").to_numpy() & (second != "").to_numpy()
    rows = list(zip(first, second, kind, ready, strict=True))
    before = {at: (a, b) for at, (a, b, k, ok) in enumerate(rows) if ok and k == "before"}
    _flag_rows(
        relations, _closing(before), "second", "CYCLE", "a requisition that does not come before first",
        "Remove one row of the circle.", lambda at: f"{second[at]}, which comes before {first[at]} by other rows",
    )  # fmt: skip
    _contradictions(relations, rows)
    _times(relations)


def _flag_rows(
    loaded: Loaded, at: Iterable[int], column: str, code: str, expected: str, remedy: str, got: Callable[[int], str]
) -> None:
    where = np.zeros(len(loaded.frame), dtype=np.bool_)
    where[list(at)] = True
    loaded.flag(where, column, code, expected=expected, remedy=remedy, got=got)


def _closing(pairs: Mapping[int, tuple[str, str]]) -> list[int]:
    """Return the rows whose pair (earlier, later) closes a circle with the rows before it."""
    later: dict[str, set[str]] = {}
    out = []
    for at, (a, b) in pairs.items():
        reached, todo = {b}, [b]
        while todo:
            more = later.get(todo.pop(), set()) - reached
            reached |= more
            todo += more
        if a in reached:
            out.append(at)
        else:
            later.setdefault(a, set()).add(b)
    return out


def _contradictions(relations: Loaded, rows: list[tuple[str, str, str, bool]]) -> None:
    """Flag requisitions to be on different vehicles that other rows put on the same one; warn of ties said twice."""
    together: dict[str, str] = {}

    def root(name: str) -> str:
        while name in together:
            name = together[name]
        return name

    for a, b, kind, ok in rows:
        if ok and kind == "same_vehicle" and root(a) != root(b):
            together[root(a)] = root(b)
    apart = [at for at, (a, b, kind, ok) in enumerate(rows) if ok and kind == "different_vehicle" and a != b]
    _flag_rows(
        relations, [at for at in apart if root(rows[at][0]) == root(rows[at][1])], "kind", "CONFLICT",
        "two requisitions that no other row ties to the same vehicle", "Remove one of the rows.",
        lambda at: f"different_vehicle, though other rows put {rows[at][0]} and {rows[at][1]} on the same one",
    )  # fmt: skip
    keys = pd.Series([f"{k}|{a}|{b}" if k == "before" else f"{k}|{'|'.join(sorted((a, b)))}" for a, b, k, _ in rows])
    relations.flag(
        keys.duplicated().to_numpy(dtype=np.bool_) & relations.sound("kind", "first", "second"),
        "second",
        "DUPLICATE",
        level="warning",
        expected="each tie once",
        remedy="Remove one of the rows.",
    )


def _times(relations: Loaded) -> None:
    frame = relations.frame
    other = (frame["kind"] != "before").to_numpy(dtype=np.bool_) & relations.sound("kind")
    for column in ("gap_min", "within_min"):
        relations.flag(
            other & _filled(relations, column),
            column,
            "CONFLICT",
            level="warning",
            expected="blank, as the kind is not before",
            remedy="It is not used. Clear it, or write before.",
        )
    relations.flag(
        (frame["within_min"] < frame["gap_min"]).to_numpy(dtype=np.bool_) & relations.sound("gap_min"),
        "within_min",
        "RANGE",
        expected=lambda at: f"at least gap_min, {relations.text['gap_min'][at]} min",
        remedy="Swap the two, or correct one.",
    )


def _resources(resources: Loaded) -> None:
    resources.flag(
        (resources.frame["count"] == 0).to_numpy(dtype=np.bool_) & _filled(resources, "count"),
        "count",
        "RANGE",
        level="warning",
        expected="at least 1",
        remedy="Nothing that needs it can be planned. Fill in how many there are, or remove the row.",
    )
