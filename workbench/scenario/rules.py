"""What the cells of one row must agree on, table by table; and the order in which everything is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import numpy as np
import pandas as pd

from workbench import demand
from workbench.errors import Finding
from workbench.formats.checks import Loaded, Mask
from workbench.scenario import goods, moving, places, references, roads, terms
from workbench.scenario.scope import EVERYTHING, Scope
from workbench.units import iso, parse_clock

NIGHT_SHIFT_H = 16
"""A shift that ends before it starts and would last no longer is read as one over midnight."""


def check(tables: Mapping[str, Loaded], scope: Scope = EVERYTHING) -> None:
    """Flag what is wrong within rows and between tables, as far as ``scope`` asks.

    References come first and positions before roads, so that what follows from a fault is not said again.
    """
    references.check(tables, scope)
    for name, (ask, others) in _ROWS.items():
        if scope.asks(name, *others):
            ask(tables)
    terms.check(tables, scope)
    if scope.asks("fleet", "profiles", "nodes"):
        moving.check(tables)
    if scope.asks("requisitions", "stock", "items"):
        goods.check(tables)
    if scope.asks_positions():
        places.check(tables)
        roads.check(tables)


def _filled(loaded: Loaded, column: str) -> Mask:
    return (loaded.text[column] != "").to_numpy(dtype=np.bool_)


def _nodes(tables: Mapping[str, Loaded]) -> None:
    nodes = tables["nodes"]
    _pair(nodes, "open_from", "open_to")
    start, end = nodes.frame["open_from"], nodes.frame["open_to"]
    both = nodes.sound("open_from", "open_to") & (start != "").to_numpy() & (end != "").to_numpy()
    nodes.flag(
        both & (end <= start).to_numpy(),
        "open_to",
        "WINDOW_REVERSED",
        expected=lambda at: f"a time after {start[at]}",
        remedy="Swap the two times; for hours over midnight use windows, as in 20:00-24:00;00:00-04:00.",
    )
    nodes.flag(
        _filled(nodes, "windows") & (_filled(nodes, "open_from") | _filled(nodes, "open_to")),
        "windows",
        "CONFLICT",
        expected="windows, or open_from and open_to",
        remedy="Keep one of the two.",
    )


def _pair(loaded: Loaded, first: str, second: str) -> None:
    """Flag rows that fill one of two columns that belong together."""
    for one, other in ((first, second), (second, first)):
        lone = _filled(loaded, one) & ~_filled(loaded, other) & loaded.sound(one)
        loaded.flag(
            lone, other, "REQUIRED", expected=f"a time, since {one} has one", remedy=f"Fill {other}, or clear {one}."
        )


def _fleet(tables: Mapping[str, Loaded]) -> None:
    fleet = tables["fleet"]
    _symbols(fleet)
    _pair(fleet, "shift_start", "shift_end")
    start, end = fleet.frame["shift_start"], fleet.frame["shift_end"]
    both = fleet.sound("shift_start", "shift_end") & (start != "").to_numpy() & (end != "").to_numpy()
    hours = np.array(
        [(parse_clock(b) - parse_clock(a)) / 3600 if ok else 0.0 for a, b, ok in zip(start, end, both, strict=True)]
    )
    night = both & (hours < 0) & (hours + 24 <= NIGHT_SHIFT_H)
    fleet.flag(
        both & (hours <= 0) & ~night,
        "shift_end",
        "WINDOW_REVERSED",
        expected=lambda at: f"a time after {start[at]}",
        remedy=f"Swap the two times; a shift over midnight may last {NIGHT_SHIFT_H} hours.",
    )
    fleet.flag(
        night,
        "shift_end",
        "WINDOW_REVERSED",
        level="warning",
        expected=lambda at: f"a time after {start[at]}",
        remedy=lambda at: (
            f"Read as a night shift of {hours[at] + 24:g} hours, ending the next day. Swap the times if that is wrong."
        ),
    )
    liquid = fleet.frame["may_carry"].map(
        lambda classes: bool(classes) and set(classes.split(";")) <= {"IIIB", "WATER"}
    )
    fleet.flag(
        liquid.to_numpy(dtype=np.bool_) & (fleet.frame["litres"] == 0).to_numpy() & fleet.sound("may_carry"),
        "litres",
        "COMPATIBILITY",
        level="warning",
        expected="the litres it can carry",
        got="none, and it may carry bulk liquids only",
        remedy="Fill litres, or allow it other classes of supply.",
    )


def _requisitions(tables: Mapping[str, Loaded]) -> None:
    requisitions, units = tables["requisitions"], tables["units"]
    frame = requisitions.frame
    for first, second in (("earliest", "latest"), ("requested", "latest"), ("release", "load_by"),
                          ("release", "latest"), ("due", "latest"), ("earliest", "due")):  # fmt: skip
        _after(requisitions, first, second)
    if units.present:
        placed = set(units.frame["unit_id"][(units.frame["node_id"] != "") | ~units.sound("node_id")])
        nowhere = (
            ~_filled(requisitions, "node_id")
            & ~frame["unit_id"].isin(placed).to_numpy()
            & requisitions.sound("unit_id")
        )
    else:
        nowhere = ~_filled(requisitions, "node_id")
    if nowhere.sum() > 1 and not (units.present and _filled(units, "node_id").any()):
        _placeless(units, int(nowhere.sum()))
        requisitions.excuse(nowhere, "node_id")
    requisitions.flag(
        nowhere,
        "node_id",
        "REQUIRED",
        expected="a node, here or with the unit",
        remedy="Fill node_id here, or the unit's node_id in units.csv.",
    )
    stated = frame["priority"].notna() & (frame["fad"] != "") & (frame["und"] != "") & requisitions.sound("fad", "und")
    ours = [
        demand.priority_from(f, u) if known else 0
        for f, u, known in zip(frame["fad"], frame["und"], stated, strict=True)
    ]
    differs = stated.to_numpy() & (frame["priority"].to_numpy() != np.array(ours))
    requisitions.flag(
        differs,
        "priority",
        "PRIORITY",
        level="warning",
        expected=lambda at: f"{ours[at]} from FAD {frame['fad'][at]} and UND {frame['und'][at]}",
        remedy="The stated priority counts. Leave it blank to use the designators.",
    )


def _placeless(units: Loaded, count: int) -> None:
    """Report once that no unit has a place though requisitions count on it, unless the table has an error anyway."""
    if any(f.level == "error" for f in units.general):
        return
    if "node_id" in units.absent:
        units.lack("node_id", f"{count:,} requisitions go where their unit is")
        return
    code = "REQUIRED" if units.present else "MISSING_FILE"
    column, got = ("node_id", "blank cells only") if units.present else ("", "none")
    about = f"the places of units, where {count:,} requisitions go"
    remedy = "Fill them in, or fill node_id in the requisitions."
    units.general.append(
        Finding(units.file, units.sheet, int(units.present), column, "error", code, about, got, remedy)
    )


def _after(loaded: Loaded, first: str, second: str) -> None:
    """Flag rows whose instant ``second`` is before ``first``, at the one that is more unlike its column."""
    start, end = loaded.frame[first], loaded.frame[second]
    wrong = (end < start).to_numpy(dtype=np.bool_) & loaded.sound(first, second)
    if not wrong.any():
        return
    odd = ((start - start.median()).abs() > (end - end.median()).abs()).to_numpy(dtype=np.bool_)
    for column, where in ((first, wrong & odd), (second, wrong & ~odd)):
        loaded.flag(
            where,
            column,
            "WINDOW_REVERSED",
            expected=f"{first} before {second}",
            remedy="Swap the two, or correct the date.",
            got=lambda at: f"{loaded.text[first][at]} to {loaded.text[second][at]}",
        )


def overdue(requisitions: Loaded, as_of: datetime) -> None:
    """Warn of requisitions whose time is over before the planning begins."""
    late = (requisitions.frame["latest"] < as_of).to_numpy(dtype=np.bool_)
    requisitions.flag(
        late & requisitions.sound("earliest", "requested"),
        "latest",
        "RANGE",
        level="warning",
        expected=f"a time after the planning moment, {iso(as_of)}",
        remedy="It can't be met. Check the date, or remove the requisition.",
    )


def _symbols(loaded: Loaded) -> None:
    """Warn of symbol codes that draw nothing; a spreadsheet rounds their twenty digits."""
    text = loaded.text["sidc"]
    loaded.flag(
        (text != "") & ~text.str.fullmatch("[0-9]{20}"),
        "sidc",
        "ID_MANGLED",
        level="warning",
        expected="20 digits",
        remedy="A plain frame is drawn. Give the column the format Text and type the code anew.",
    )


def _closures(tables: Mapping[str, Loaded]) -> None:
    closures = tables["closures"]
    closures.flag(
        ~_filled(closures, "edge_id") & ~_filled(closures, "area"),
        "edge_id",
        "REQUIRED",
        expected="a road or an area",
        remedy="Fill edge_id, or area with a POLYGON.",
    )
    _after(closures, "from", "to")


def _stock(tables: Mapping[str, Loaded]) -> None:
    stock = tables["stock"]
    stock.flag(
        ~_filled(stock, "node_id") & ~_filled(stock, "unit_id"),
        "node_id",
        "REQUIRED",
        expected="a supply point or a unit",
        remedy="Fill node_id for stock to issue, unit_id for a unit's own.",
    )
    nobody = ~_filled(stock, "node_id") & ~_filled(stock, "unit_id")
    stock.marks = {p: f for p, f in stock.marks.items() if f.code != "DUPLICATE" or not nobody[p[0]]}
    stock.flag(
        _filled(stock, "node_id") & _filled(stock, "unit_id"),
        "unit_id",
        "CONFLICT",
        expected="a supply point or a unit, not both",
        remedy="Clear one: node_id is stock to issue, unit_id a unit's own.",
    )
    over = (stock.frame["on_hand"] > stock.frame["capacity"]).to_numpy(dtype=np.bool_) & stock.sound("capacity")
    stock.flag(
        over,
        "on_hand",
        "RANGE",
        level="warning",
        expected=lambda at: f"at most the capacity of {stock.text['capacity'][at]}",
        remedy="Check the two figures and their units.",
    )


def _units(tables: Mapping[str, Loaded]) -> None:
    """Flag units that are their own superiors, one for each circle."""
    units = tables["units"]
    _symbols(units)
    parent = dict(zip(units.frame["unit_id"], units.frame["parent"], strict=True))
    done: set[str] = set()
    circles: set[str] = set()
    for unit in parent:
        walk: dict[str, None] = {}
        while unit in parent and unit not in done and unit not in walk:
            walk[unit] = None
            unit = parent[unit]
        if unit in walk:
            circles.add(unit)
        done |= set(walk)
    first = units.frame["unit_id"].isin(circles) & ~units.frame["unit_id"].duplicated()
    units.flag(
        first & units.sound("unit_id"),
        "parent",
        "CYCLE",
        expected="a unit above it",
        remedy="Name its superior, or leave it blank.",
        got=lambda at: f"{units.text['parent'][at]}, which is under {units.text['unit_id'][at]}",
    )


def _compatibility(tables: Mapping[str, Loaded]) -> None:
    table = tables["compatibility"]
    pairs = pd.Series(
        ["|".join(sorted(p)) for p in zip(table.frame["class_a"], table.frame["class_b"], strict=True)], dtype="str"
    )
    sound = table.sound("class_a", "class_b", "may_share", "cleaning") & (pairs != "|").to_numpy()
    again = pairs.duplicated().to_numpy(dtype=np.bool_) & sound
    by_pair = table.frame.groupby(pairs.to_numpy())
    cleaned = by_pair["cleaning"].transform("any").to_numpy(dtype=np.bool_)
    differs = (table.frame["may_share"] != by_pair["may_share"].transform("first")).to_numpy(dtype=np.bool_)
    table.flag(
        again & cleaned & differs,
        "may_share",
        "CONFLICT",
        expected="as in the other row of the pair",
        remedy="Make the two rows agree: only cleaning depends on which class comes first.",
    )
    table.flag(
        again & ~cleaned,
        "class_b",
        "DUPLICATE",
        expected="each pair of classes once",
        remedy="Remove one of the rows; the order does not matter.",
    )


_ROWS: dict[str, tuple[Callable[[Mapping[str, Loaded]], None], tuple[str, ...]]] = {
    "nodes": (_nodes, ()),
    "fleet": (_fleet, ()),
    "requisitions": (_requisitions, ("units",)),
    "closures": (_closures, ()),
    "turns": (roads.check_turns, ("edges",)),
    "stock": (_stock, ()),
    "units": (_units, ()),
    "compatibility": (_compatibility, ()),
}
"""What is asked of the rows of each table, and the other tables that the answer depends on."""
