"""Differences laid over tables: rows set, added and removed, roads closed and opened, speeds scaled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from workbench import fleet
from workbench.formats import checks
from workbench.formats.checks import Loaded, Mask
from workbench.formats.records import Record
from workbench.formats.tabular import build_sheet, number_text
from workbench.scenario.model import Change, CourseOfAction
from workbench.schema import TABLES
from workbench.units import iso, lonlat_from_mgrs

SPEEDS = ("day_kmh", "night_kmh", "blackout_kmh")
BLANK = pd.Series([""], dtype="str")


def one_row(name: str, values: Mapping[str, Any], *, whole: bool) -> Loaded:
    """Type one row of a table; ``whole`` also asks for the columns that a row must have.

    Rows of the same text are typed once: take the result as it is, and change nothing in it.
    """
    return _one_row(name, tuple((column, _as_text(value)) for column, value in values.items()), whole)


@lru_cache(maxsize=4096)
def _one_row(name: str, texts: tuple[tuple[str, str], ...], whole: bool) -> Loaded:
    table = TABLES[name]
    given = dict(texts)
    if not whole:
        table = replace(table, columns=tuple(c for c in table.columns if c.name in given), key=())
    records = [Record(1, list(given)), Record(2, list(given.values()))]
    loaded = checks.check(build_sheet("", "", records, keep_blank=True), table)
    if name == "nodes" and loaded.text.get("mgrs", BLANK).iloc[0] and not loaded.marks:
        _place(loaded)
    return loaded


def _place(loaded: Loaded) -> None:
    """Give a row of nodes the lon and lat of its MGRS, unless it states its own."""
    lon, lat = lonlat_from_mgrs(loaded.text["mgrs"].iloc[0])
    for column, degrees in (("lon", lon), ("lat", lat)):
        if column not in loaded.text or not loaded.text[column].iloc[0]:
            loaded.frame[column] = [degrees]


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return number_text(value)
    if hasattr(value, "tzinfo") and hasattr(value, "date"):
        return iso(value) if value.tzinfo else str(value.isoformat())
    return ";".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def effective(tables: Mapping[str, pd.DataFrame], name: str) -> pd.DataFrame:
    """Return a table as planning sees it: profiles and items with the built-in rows."""
    if name == "profiles":
        return fleet.profiles(tables)
    return fleet.items(tables) if name == "items" else tables[name]


def matching(tables: Mapping[str, pd.DataFrame], change: Change) -> Mask:
    """Return the rows of the change's table whose cells equal ``where``; a blank equals a blank."""
    frame = effective(tables, change.table)
    out = np.ones(len(frame), dtype=np.bool_)
    if change.where:
        wanted = one_row(change.table, change.where, whole=False).frame
        for name in change.where:
            value = wanted[name].iloc[0]
            same = frame[name].isna() if pd.isna(value) else frame[name] == value
            out &= same.to_numpy(dtype=np.bool_)
    return out


def changed(tables: Mapping[str, pd.DataFrame], change: Change) -> pd.DataFrame:
    """Return the table of a change with the change made."""
    frame = effective(tables, change.table).copy()
    if change.op == "add":
        row = one_row(change.table, change.values, whole=True).frame
        return pd.concat([frame, row], ignore_index=True).astype(row.dtypes) if len(frame) else row
    where = matching(tables, change)
    if change.op == "remove":
        return frame[~where].reset_index(drop=True)
    if change.values:
        new = one_row(change.table, change.values, whole=False).frame
        for name in new.columns:
            frame.loc[where, name] = new[name].iloc[0]
    return frame


def steps(coa: CourseOfAction) -> tuple[Change, ...]:
    """Return all that a course of action does to rows as changes: its own, then roads opened and closed."""
    reason = f"course of action {coa.name}"
    opened = (Change("closures", "remove", {"edge_id": edge}) for edge in coa.reopen)
    closed = (Change("closures", "add", {}, {"edge_id": edge, "reason": reason}) for edge in coa.close)
    return (*coa.changes, *opened, *closed)


def lay(tables: Mapping[str, pd.DataFrame], coa: CourseOfAction) -> dict[str, pd.DataFrame]:
    """Return the tables with one course of action's own differences laid on."""
    out = dict(tables)
    for change in steps(coa):
        out[change.table] = changed(out, change)
    if coa.speed_factor:
        out["profiles"] = _slowed(fleet.profiles(out), coa.speed_factor)
    return out


def _slowed(profiles: pd.DataFrame, factors: Mapping[str, float]) -> pd.DataFrame:
    factor = profiles["profile"].map(lambda name: factors.get(name, 1.0)).astype("float64")
    return profiles.assign(**{column: profiles[column] * factor for column in SPEEDS})
