"""Stock: what supply points can issue, and what units hold for their own use."""

from __future__ import annotations

import pandas as pd


def at_supply_points(stock: pd.DataFrame) -> pd.DataFrame:
    """Return the stock for issue: one row per node and item, with what is on hand there.

    Columns node_id, item, supply_class, unit_of_issue, on_hand, in order of node and item. Rows of
    the same node and item count together. An item that no row names is not limited by stock.
    """
    rows = stock[stock["node_id"] != ""]
    columns = {"supply_class": "first", "unit_of_issue": "first", "on_hand": "sum"}
    return rows.groupby(["node_id", "item"], sort=True, as_index=False).agg(columns)


def with_units(stock: pd.DataFrame) -> pd.DataFrame:
    """Return the stock that units hold for their own use: the rows that name a unit and no node."""
    return stock[(stock["unit_id"] != "") & (stock["node_id"] == "")].reset_index(drop=True)


def limits(stock: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Return (node_id, item) -> quantity that may be drawn there, for the items that stock names."""
    rows = at_supply_points(stock)
    return {(n, i): float(q) for n, i, q in zip(rows["node_id"], rows["item"], rows["on_hand"], strict=True)}
