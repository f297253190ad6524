"""What is asked for and held: units of issue, plausible weights, litres; item by item."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from workbench import demand, fleet
from workbench.formats.checks import Loaded, Mask
from workbench.units import LB_KG

BULK = ("IIIB", "WATER")
_PER_UNIT = {"KG": 1.0, "T": 1000.0}


def check(tables: Mapping[str, Loaded]) -> None:
    """Flag items of the wrong class or unit, mixed units, implausible weights, and missing litres."""
    _item_bounds(tables["items"])
    sound = {"items": tables["items"].frame[tables["items"].sound("item", "unit_of_issue", "kg_low", "kg_high")]}
    items = fleet.items(sound).drop_duplicates("item").set_index("item")
    for name in ("requisitions", "stock"):
        _classes(tables[name], items)
        _units(tables[name], items)
    _mixed([tables["requisitions"], tables["stock"]], set(items.index))
    _weights(tables["requisitions"], items)
    _litres(tables["requisitions"])
    for name in ("requisitions", "items"):
        _hazards(tables[name])


def _item_bounds(items: Loaded) -> None:
    reversed_ = (items.frame["kg_high"] < items.frame["kg_low"]).to_numpy() & items.sound("kg_low", "kg_high")
    items.flag(
        reversed_,
        "kg_high",
        "RANGE",
        expected=lambda at: f"at least {items.text['kg_low'][at]} kg",
        remedy="Swap the two figures.",
    )


def _listed(loaded: Loaded, items: pd.DataFrame, column: str) -> tuple[Mask, pd.Series]:
    """Return the rows whose item is listed, and what the list says of it in ``column``."""
    names = loaded.frame["item"]
    return names.isin(items.index).to_numpy(dtype=np.bool_) & loaded.sound("item"), names.map(items[column])


def _classes(loaded: Loaded, items: pd.DataFrame) -> None:
    listed, theirs = _listed(loaded, items, "supply_class")
    differs = listed & (theirs != loaded.frame["supply_class"]).to_numpy() & loaded.sound("supply_class")
    loaded.flag(
        differs,
        "supply_class",
        "ITEM_CLASS",
        level="warning",
        expected=lambda at: f"{theirs[at]} for {loaded.frame['item'][at]}",
        remedy="Correct the class, or list the item with this class in items.csv.",
    )


def _units(loaded: Loaded, items: pd.DataFrame) -> None:
    listed, theirs = _listed(loaded, items, "unit_of_issue")
    differs = listed & (theirs != loaded.frame["unit_of_issue"]).to_numpy() & loaded.sound("unit_of_issue")
    loaded.flag(
        differs,
        "unit_of_issue",
        "UNIT_OF_ISSUE",
        expected=lambda at: f"{theirs[at]} for {loaded.frame['item'][at]}",
        got=lambda at: loaded.text["unit_of_issue"][at] or "a blank cell, read as EA",
        remedy=lambda at: f"Convert the quantity into {theirs[at]}, or list the item with another unit in items.csv.",
    )


def _mixed(tables: list[Loaded], listed: set[str]) -> None:
    """Flag the rows that count an item, which no list knows, in another unit than most rows do."""
    parts = []
    for loaded in tables:
        both = pd.DataFrame({"item": loaded.frame["item"], "unit": loaded.frame["unit_of_issue"]})
        parts.append(both[loaded.sound("item", "unit_of_issue")])
    rows = pd.concat(parts, ignore_index=True)
    rows = rows[(rows["item"] != "") & ~rows["item"].isin(listed)]
    counts = rows.groupby(["item", "unit"], sort=False).size().rename("rows").reset_index()
    most = counts.sort_values("rows", ascending=False, kind="stable").drop_duplicates("item")
    for loaded in tables:
        _other_unit(loaded, most.set_index("item")["unit"])


def _other_unit(loaded: Loaded, usual: pd.Series) -> None:
    """Flag the rows whose unit of issue is not the usual one of their item."""
    items, units = loaded.frame["item"], loaded.text["unit_of_issue"]
    theirs = items.map(usual)
    differs = theirs.notna() & (theirs != loaded.frame["unit_of_issue"])
    loaded.flag(
        differs.to_numpy(dtype=np.bool_) & loaded.sound("item"),
        "unit_of_issue",
        "MIXED_UNITS",
        expected=lambda at: f"{theirs[at]}, as in the other rows of {items[at]}",
        got=lambda at: units[at] or "a blank cell, read as EA",
        remedy=lambda at: f"Convert the quantity into {theirs[at]}.",
    )


def _weights(requisitions: Loaded, items: pd.DataFrame) -> None:
    frame = requisitions.frame
    ready = requisitions.sound("item", "quantity", "weight_kg", "unit_of_issue") & (frame["quantity"] > 0).to_numpy()
    low, high = (frame["item"].map(items[c]).astype("float64") for c in ("kg_low", "kg_high"))
    bulk = low.isna() & frame["unit_of_issue"].isin(list(_PER_UNIT))
    per_unit = frame["unit_of_issue"].map(_PER_UNIT).astype("float64")
    low, high = low.where(~bulk, 0.99 * per_unit), high.where(~bulk, 2 * per_unit)
    each = frame["weight_kg"] / frame["quantity"].where(frame["quantity"] > 0, 1.0)
    outside = ((each < low * (1 - 1e-9)) | (each > high * (1 + 1e-9))).to_numpy(dtype=np.bool_) & ready
    requisitions.flag(
        outside, "weight_kg", "WEIGHT_IMPLAUSIBLE",
        expected=lambda at: f"{low[at]:g} to {high[at]:g} kg a unit, so {low[at] * frame['quantity'][at]:g} to "
                            f"{high[at] * frame['quantity'][at]:g} kg for {frame['quantity'][at]:g}",
        got=lambda at: f"{frame['weight_kg'][at]:g} kg, {each[at]:.3g} kg a unit",
        remedy=lambda at: _weight_remedy(frame["weight_kg"][at], frame["quantity"][at], low[at], high[at]),
    )  # fmt: skip


def _weight_remedy(weight: float, quantity: float, low: float, high: float) -> str:
    """Say which slip would explain the weight."""
    for factor, why in ((LB_KG, "pounds"), (1000.0, "tonnes"), (quantity, "the weight of one unit"), (0.001, "grams")):
        if low <= weight * factor / quantity <= high:
            return f"It looks like {why}: write {weight * factor:.6g}."
    return "Check the weight (of the whole row, in kg) and the quantity."


def _litres(requisitions: Loaded) -> None:
    frame = requisitions.frame
    bulk = frame["supply_class"].isin(BULK).to_numpy() & requisitions.sound("supply_class", "litres", "pallets")
    dry = bulk & (frame["litres"] == 0).to_numpy() & (frame["pallets"] == 0).to_numpy()
    requisitions.flag(
        dry,
        "litres",
        "LITRES",
        level="warning",
        expected="the litres of a bulk liquid",
        remedy="Fill litres, or it takes no room in a tank.",
    )
    scale = frame["unit_of_issue"].map({"L": 1.0, "M3": 1000.0}).astype("float64")
    should = frame["quantity"] * scale
    differs = scale.notna() & (frame["litres"] > 0) & ((frame["litres"] - should).abs() > 0.01 * should + 1)
    ready = requisitions.sound("quantity", "unit_of_issue", "litres")
    requisitions.flag(
        differs.to_numpy(dtype=np.bool_) & ready,
        "litres",
        "LITRES",
        level="warning",
        expected=lambda at: f"{should[at]:g} L, as the quantity says",
        remedy="Make quantity and litres agree.",
    )


def _hazards(loaded: Loaded) -> None:
    """Flag hazards that can't be read, for what they name would be loaded as if it were harmless."""
    strange = {text for text in loaded.frame["hazard"].unique() if text and demand.hazard_parts(text) is None}
    loaded.flag(
        loaded.frame["hazard"].isin(strange),
        "hazard",
        "TYPE",
        expected="a hazard class, or division and group, such as 3 or 1.1D",
        remedy="Write the class or division and the group, and nothing else; leave it blank if it is no hazard.",
    )
