"""Stock: what supply points can issue, and what units hold for their own use."""

from __future__ import annotations

import pandas as pd


def at_supply_points(stock: pd.DataFrame) -> pd.DataFrame:
    """Return the stock for issue: one row per node, item and unit of issue, with what is on hand there.

    Columns node_id, item, unit_of_issue, supply_class, on_hand, in that order of rows too. Rows that
    agree in the first three count together. An item that no row names is not limited by stock.
    """
    rows = stock[stock["node_id"] != ""]
    keys = ["node_id", "item", "unit_of_issue"]
    return rows.groupby(keys, sort=True, as_index=False).agg({"supply_class": "first", "on_hand": "sum"})


def with_units(stock: pd.DataFrame) -> pd.DataFrame:
    """Return the stock that units hold for their own use: the rows that name a unit and no node."""
    return stock[(stock["unit_id"] != "") & (stock["node_id"] == "")].reset_index(drop=True)
