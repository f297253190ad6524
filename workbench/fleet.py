"""Vehicles and how they travel: the built-in library and planning speeds, and what a scenario makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import pandas as pd

from workbench import schema
from workbench.kept import kept
from workbench.units import STON_KG, ceil_safe

DATA = Path(__file__).parent / "data"
_NUMBERS = ("int", "float")


def library() -> pd.DataFrame:
    """Return the built-in vehicle library: one row per type, columns as in ``fleet.csv`` plus ``name``.

    Figures are planning values of public sources; ``source`` and ``mark`` say how sure they are.
    Blank limits are NaN. Owner, depot, count and shift belong to a scenario and are not there.
    """
    return _read("vehicles", "fleet").copy()


def default_profiles() -> pd.DataFrame:
    """Return the built-in planning speeds (km/h by day, night, blackout), one row per profile and road class.

    Every column of ``profiles.csv`` is there; the library leaves the factors of surfaces blank.
    """
    return _read("profiles", "profiles").reindex(columns=[column.name for column in schema.TABLES["profiles"].columns])


def default_items() -> pd.DataFrame:
    """Return the built-in items with their plausible gross weights per unit of issue (kg)."""
    return _read("items", "items").copy()


def default_factors() -> pd.DataFrame:
    """Return the built-in consumption factors, each with its unit, source, date and mark."""
    return _read("factors", "factors").copy()


def profiles(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the speeds a scenario plans with: its own ``profiles`` rows, and the built-in ones of other profiles.

    A profile that the scenario lists at all replaces the built-in one of that name wholly, so that
    leaving out a class of road makes it impassable. The last few are kept: change nothing in them.
    """
    return _profiles(tables.get("profiles"))


@kept(8)
def _profiles(own: pd.DataFrame | None) -> pd.DataFrame:
    built_in = default_profiles()
    if own is None or own.empty:
        return built_in
    rest = built_in[~built_in["profile"].isin(set(own["profile"]))]
    return pd.concat([own, rest], ignore_index=True)[list(built_in.columns)]


def items(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the items a scenario plans with: its own ``items`` rows, and the built-in ones it does not name."""
    own = tables.get("items")
    built_in = default_items()
    if own is None or own.empty:
        return built_in
    rest = built_in[~built_in["item"].isin(set(own["item"]))]
    return pd.concat([own, rest], ignore_index=True)[list(built_in.columns)]


def from_library(vehicle_type: str, *, owner: str, depot: str, count: int, **changes: object) -> dict[str, object]:
    """Return a ``fleet.csv`` row: a library vehicle with its owner, depot, count and any ``changes`` to its figures.

    Raises
    ------
    KeyError
        When the library has no such vehicle, or ``changes`` names a column that ``fleet.csv`` does not have.
    """
    known = library().set_index("vehicle_type")
    if vehicle_type not in known.index:
        raise KeyError(f"Expected a vehicle of the library ({', '.join(known.index)}), got {vehicle_type}.")
    columns = [column.name for column in schema.TABLES["fleet"].columns]
    if unknown := sorted(set(changes) - set(columns)):
        raise KeyError(f"Expected columns of fleet.csv, got {', '.join(unknown)}.")
    row = {str(name): value for name, value in known.loc[vehicle_type].items() if name in columns}
    return row | {"vehicle_type": vehicle_type, "owner": owner, "depot": depot, "count": count} | changes


def expedient_mlc(gross_kg: float, *, tracked: bool) -> int:
    """Return the expedient military load class of a vehicle of ``gross_kg`` kilograms, rounded up.

    Tracked: gross weight in short tons; wheeled: 0.85 of it. An estimate for planning, not a marking.
    """
    return ceil_safe(gross_kg / STON_KG * (1.0 if tracked else 0.85))


@lru_cache(maxsize=8)
def _read(name: str, table: str) -> pd.DataFrame:
    frame = pd.read_csv(DATA / f"{name}.csv", dtype=str, keep_default_na=False, encoding="utf-8")
    declared = {column.name: column for column in schema.TABLES[table].columns}
    for column in frame.columns:
        spec = declared.get(column)
        if spec is not None and spec.kind in _NUMBERS:
            frame[column] = pd.to_numeric(frame[column].replace("", None)).astype("float64")
        elif spec is not None and spec.kind == "bool":
            frame[column] = frame[column] == "true"
        else:
            frame[column] = frame[column].astype("str")
    return frame
