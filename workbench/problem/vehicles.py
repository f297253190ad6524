"""Entries of the fleet: rows of its table as vehicle types, with their shifts laid over the horizon."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import pandas as pd

from workbench.problem import moves
from workbench.problem.model import NO_LIMIT, Goods, VehicleType, Windows
from workbench.scenario import Scenario
from workbench.units import DAY_S, ceil_safe, clock, floor_safe, parse_clock, parse_curve, seconds_after

Row = Mapping[Any, Any]


def rows_of(table: pd.DataFrame) -> list[Row]:
    """Return the rows of the fleet in the order in which a problem has them."""
    return list(table.sort_values(["vehicle_type", "owner", "depot"]).to_dict("records"))


def fleet(sc: Scenario, rows: Sequence[Row], index: Mapping[str, int], goods: tuple[Goods, ...]) -> list[VehicleType]:
    """Return the vehicle types of a scenario's rows; ``index`` finds places by node."""
    modes = moves.modes_of(sc.tables)
    return [_vehicle(sc, row, index, goods, mode=modes[row["profile"]]) for row in rows]


def _vehicle(
    sc: Scenario, row: Row, index: Mapping[str, int], goods: tuple[Goods, ...], *, mode: str
) -> VehicleType:  # fmt: skip
    allowed = set(filter(None, (c.strip() for c in row["may_carry"].split(";"))))
    depot, end = index[row["depot"]], index[row["end_depot"] or row["depot"]]
    days = _days(sc, row)
    return VehicleType(
        vehicle_type=row["vehicle_type"], owner=row["owner"], depot=depot, end_depot=end, count=int(row["count"]),
        profile=row["profile"], travel=moves.travel_key(row, mode), capacity=moves.capacity(row),
        payload_range=parse_curve(row["payload_range"]), turnaround_s=ceil_safe(row["turnaround_min"] * 60),
        picks_up=row["air_load"] != "airdrop", backhaul_last=row["backhaul"] == "last",
        carries=tuple(not allowed or g.supply_class in allowed for g in goods), shifts=days,
        range_m=moves.limit(row["range_km"], 1000), max_trips=moves.limit(row["max_trips"], 1),
        fixed_cost=row["fixed_cost"], cost_per_km=row["cost_per_km"], cost_per_hour=row["cost_per_hour"],
        crew=int(row["crew"]), overtime_s=_overtime_s(row, days), overtime_cost=row["overtime_cost_per_hour"],
        drive_s=moves.limit(row["drive_h"], 3600),
        rest_s=0 if math.isnan(row["rest_min"]) else ceil_safe(row["rest_min"] * 60),
        max_drive_s=moves.limit(row["max_drive_h"], 3600), longest_s=moves.limit(row["max_route_h"], 3600),
        service_ppm=ceil_safe(row["service_factor"] * 1_000_000),
        max_exposure=_exposure(row["max_loss"]),
    )  # fmt: skip


def _exposure(max_loss: float) -> int:
    """Return the most exposure in millionths of a neper that a share of losses allows, rounded down."""
    return NO_LIMIT if math.isnan(max_loss) or max_loss >= 1 else floor_safe(-math.log1p(-max_loss) * 1_000_000)


def overtime_cut(sc: Scenario, table: pd.DataFrame) -> list[str]:
    """Return the vehicle types whose overtime ends before it would, since their next shift begins."""
    return [row["vehicle_type"] for row in rows_of(table) if _overtime_s(row, _days(sc, row)) < _overtime_s(row, ())]


def _overtime_s(row: Row, days: Windows) -> int:
    """Return how long a route may go on after its shift: as stated, but at most until the next of ``days`` begins.

    One who may work at any time has no shift to go on after.
    """
    if math.isnan(row["overtime_h"]) or not (row["shift_start"] or row["shift_end"]):
        return 0
    return min([floor_safe(row["overtime_h"] * 3600), *(b[0] - a[1] for a, b in pairwise(days))])


def _days(sc: Scenario, row: Row) -> Windows:
    """Return the shifts of a row; one that does not end where it started is not back for another, and works one."""
    days = shifts(row["shift_start"], row["shift_end"], sc)
    moved = row["end_depot"] not in ("", row["depot"])
    return (max(days, key=lambda day: (day[1] - day[0], -day[0])),) if moved and days else days


def shifts(start: str, end: str, sc: Scenario) -> Windows:
    """Return a daily shift laid over the horizon, one (start, end) a day; one that ends first crosses midnight.

    Blank start and end is the whole horizon as one shift. A shift under way at ``as_of`` is cut to what is left.
    """
    if not start and not end:
        return ((0, sc.horizon_s),)
    opens, closes = parse_clock(start or clock(0)), parse_clock(end or clock(DAY_S))
    length = closes - opens + (DAY_S if closes <= opens else 0)
    midnight = seconds_after(sc.as_of, sc.as_of.replace(hour=0, minute=0, second=0, microsecond=0))
    first = [midnight + day * DAY_S + opens for day in range(-1, sc.horizon_s // DAY_S + 2)]
    laid = [(max(0, at), min(sc.horizon_s, at + length)) for at in first]
    return tuple((lo, hi) for lo, hi in laid if lo < hi)
