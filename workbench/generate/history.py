"""Two made-up years of deliveries: daily, weekly and phase patterns, items that are asked for now and then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa

from workbench import fleet as library
from workbench.generate.orbat import AIR_DEFENCE, MARINES, Unit
from workbench.generate.requests import Rates
from workbench.generate.terrain import Floats, Ints

DAYS = 730
INSTANTS = ("requested", "required_by", "loaded", "departed", "arrived", "delivered")
PHASES = (
    ("garrison", 0, 150, 0.6),
    ("training", 150, 330, 1.0),
    ("deployment", 330, 400, 1.3),
    ("defence", 400, 560, 1.0),
    ("offence", 560, 640, 1.7),
    ("defence", 640, DAYS, 1.05),
)
"""Phases of the two years: name, first day, day after the last, how much demand there is."""
_WEEK = np.array([1.2, 1.05, 1.0, 1.05, 1.15, 0.8, 0.65])
_SLOWER_BY_HOUR = np.array([
    1.08, 1.08, 1.08, 1.06, 1.02, 0.98, 1.05, 1.16, 1.18, 1.1, 1.04, 1.02,
    1.03, 1.04, 1.06, 1.1, 1.2, 1.22, 1.12, 1.04, 1.04, 1.06, 1.08, 1.08,
])  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Stream:
    """One kind of demand: how often a week, how much at a time (units of issue), how it follows the phases."""

    item: str
    roles: tuple[str, ...]
    per_week: float
    amount: float
    spread: float
    phase_power: float


_ALL: tuple[str, ...] = ()
_FIGHT = ("light", "mech", "marine")
_STREAMS = (
    _Stream("5.56 mm ball box", _FIGHT, 0.8, 8, 0.5, 2.0),
    _Stream("120 mm mortar HE box", _FIGHT, 0.6, 24, 0.5, 2.4),
    _Stream("155 mm HE pallet", ("artillery",), 1.6, 14, 0.5, 2.4),
    _Stream("Air defence missile", ("air_defence",), 0.12, 6, 0.4, 1.5),
    _Stream("Concertina wire bundle", (*_FIGHT, "engineer"), 0.25, 8, 0.5, 1.2),
    _Stream("Medical resupply set", ("medical",), 1.5, 8, 0.5, 1.6),
    _Stream("Blood transport box", ("medical",), 0.9, 3, 0.5, 1.8),
    _Stream("Repair parts box", _ALL, 0.5, 12, 0.7, 1.0),
    _Stream("Vehicle tyre", _ALL, 0.12, 6, 0.4, 0.8),
    _Stream("Power pack", ("mech", "maintenance"), 0.035, 1, 0.0, 1.0),
    _Stream("Track shoe set", ("mech", "artillery"), 0.06, 2, 0.3, 1.2),
    _Stream("Engine oil drum", _ALL, 0.25, 3, 0.4, 0.9),
    _Stream("Mail and welfare bag", _ALL, 0.5, 9, 0.3, 0.2),
    _Stream("Field clothing bundle", _ALL, 0.08, 5, 0.4, 0.3),
)


def deliveries(
    rng: np.random.Generator,
    units: Sequence[Unit],
    unit_ids: Sequence[str],
    drive: Mapping[int, tuple[float, float]],
    as_of: datetime,
) -> pa.Table:
    """Return the history as a table sorted by the moment of asking; times are UTC to the second.

    ``drive`` gives (planned minutes one way, kilometres) to each unit. ``actual_min`` is what the drive really
    took: longer in the morning and evening, in winter, on far ways, and now and then much longer.
    """
    start = np.datetime64(as_of.replace(tzinfo=None, hour=0, minute=0), "s") - np.timedelta64(DAYS, "D")
    weekday = (as_of.weekday() - DAYS) % 7
    parts = [part for k, unit in enumerate(units) for part in _asked(rng, k, unit, weekday)]
    unit = np.concatenate([np.full(len(day), k) for k, _, day, _ in parts])
    item = np.concatenate([np.full(len(day), name) for _, name, day, _ in parts])
    day = np.concatenate([day for _, _, day, _ in parts])
    quantity = np.concatenate([amount for _, _, _, amount in parts])
    minute = rng.integers(5 * 60, 15 * 60, len(day))
    order = np.lexsort((item, unit, minute, day))
    unit, item, day, quantity, minute = unit[order], item[order], day[order], quantity[order], minute[order]
    frame = _executed(rng, unit, day * 1440 + minute, quantity, item=item, units=units, drive=drive)
    return _arrow(frame, unit, item, units=units, unit_ids=unit_ids, start=start)


def _phase(day: Ints) -> Floats:
    factor = np.ones(len(day))
    for _, low, high, value in PHASES:
        factor[(day >= low) & (day < high)] = value
    return factor


def _phase_names(day: Ints) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    names = np.array([name for name, _, _, _ in PHASES])
    return names[np.searchsorted([low for _, low, _, _ in PHASES], day, side="right") - 1]


def _asked(rng: np.random.Generator, k: int, unit: Unit, first_weekday: int) -> list[tuple[int, str, Ints, Ints]]:
    """Return (unit, item, days, quantities) for each item a unit asks for; weekday 0 is Monday."""
    days = np.arange(DAYS)
    factor, week = _phase(days), _WEEK[(first_weekday + days) % 7]
    summer = 1 + 0.22 * np.sin(2 * np.pi * (days - 60) / 365)
    rates = Rates.built_in()
    cases = rates.ration_cases(unit.people)
    noise = rng.lognormal(0, 0.18, (3, DAYS))
    cases_a_time = cases * np.clip(0.9 + 0.1 * factor, 0, 1.1) * noise[0] ** 0.3
    litres = 2.2 * rates.water_litres(unit.people) * summer * noise[1] ** 0.5
    fuel = rates.fuel_litres(unit.tracked, unit.trucks, 3.0, 110) * factor**0.6 * noise[2]
    steady = (
        ("MRE case", days % 2 == k % 2, cases_a_time),
        ("Potable water", rng.uniform(size=DAYS) < 0.36, litres),
        ("Diesel F-54", rng.uniform(size=DAYS) < np.clip(0.2 * factor * week, 0, 0.9), fuel),
    )
    out = []
    for name, when, amount in steady:
        step = 1 if name == "MRE case" else 50
        rounded = np.maximum(step, np.round(amount / step) * step).astype(np.int64)
        out.append((k, name, days[when], rounded[when]))
    for stream in _STREAMS:
        if stream.roles and unit.role not in stream.roles:
            continue
        chance = np.clip(stream.per_week / 7 * factor**stream.phase_power * week, 0, 0.95)
        when = rng.uniform(size=DAYS) < chance
        amount = stream.amount * rng.lognormal(0, stream.spread, DAYS) * factor ** (stream.phase_power / 3)
        out.append((k, stream.item, days[when], np.maximum(1, np.round(amount)).astype(np.int64)[when]))
    return out


def _executed(
    rng: np.random.Generator,
    unit: Ints,
    asked: Ints,
    quantity: Ints,
    *,
    item: np.ndarray[tuple[int], np.dtype[np.str_]],
    units: Sequence[Unit],
    drive: Mapping[int, tuple[float, float]],
) -> dict[str, Ints]:
    """Return what became of each line: priority, minutes after the first day of every step, quantities, kilometres."""
    count, day = len(asked), asked // 1440
    planned = np.array([drive[k][0] for k in range(len(units))])[unit]
    km = np.array([drive[k][1] for k in range(len(units))])[unit]
    forward = np.array([u.x > 0.6 for u in units])[unit]
    urgent = rng.uniform(size=count)
    priority = np.where(urgent < 0.12, np.where(forward, 1, 3), np.where(urgent < 0.62, np.where(forward, 4, 6), 12))
    patience = np.where(priority <= 3, 12, np.where(priority <= 6, 30, 60)) * 60
    wait = np.round(
        rng.gamma(2.2, np.where(priority <= 3, 130, np.where(priority <= 6, 330, 620)) * _phase(day) ** 0.5)
    )
    loaded = (asked + wait.astype(np.int64)) // 5 * 5
    clock = loaded % 1440
    loaded = np.where(
        clock < 300,
        loaded - clock + 300 + clock % 120,
        np.where(clock > 1080, loaded - clock + 1740 + clock % 120, loaded),
    )
    departed = loaded + 15 + 5 * rng.integers(0, 8, count)
    hour = departed // 60 % 24
    winter = 1 + 0.12 * np.clip(-np.sin(2 * np.pi * (departed // 1440 - 60) / 365), 0, 1)
    slow = rng.lognormal(0.02, 0.13, count) * np.where(rng.uniform(size=count) < 0.03, rng.uniform(1.5, 3, count), 1)
    actual = np.maximum(4, np.round(planned * _SLOWER_BY_HOUR[hour] * winter * slow)).astype(np.int64)
    arrived = departed + actual
    short = rng.uniform(size=count)
    given = np.where(short < 0.93, quantity, np.floor(quantity * rng.uniform(0.3, 0.95, count))).astype(np.int64)
    given = np.where(short > 0.995, 0, given)
    done = arrived + 10 + 5 * rng.integers(0, 9, count)
    return {
        "quantity_requested": quantity, "quantity_delivered": given, "priority": priority, "requested": asked,
        "required_by": asked + patience, "loaded": loaded, "departed": departed, "arrived": arrived, "delivered": done,
        "route_m": np.round(km * 1000, -2).astype(np.int64), "planned_min": np.round(planned).astype(np.int64),
        "actual_min": actual, "bulk": np.isin(item, ("Potable water", "Diesel F-54")).astype(np.int64),
    }  # fmt: skip


def _arrow(
    done: Mapping[str, Ints],
    unit: Ints,
    item: np.ndarray[tuple[int], np.dtype[np.str_]],
    *,
    units: Sequence[Unit],
    unit_ids: Sequence[str],
    start: np.datetime64,
) -> pa.Table:
    """Return the columns as a table with small types and dictionaries for words."""
    items = library.default_items().set_index("item")
    names = np.array(sorted(set(item.tolist())))
    code = np.searchsorted(names, item)
    branch = np.array([u.branch for u in units])[unit]
    cargo = np.where(branch == AIR_DEFENCE, "M1078", np.where(branch == MARINES, "M1083", "M1120A4"))
    small = done["quantity_requested"] <= 4
    vehicle = np.where(
        item == "Potable water", "HIPPO", np.where(item == "Diesel F-54", "M978", np.where(small, "M1078", cargo))
    )
    owner = np.where(
        branch == MARINES, MARINES, np.where((branch == AIR_DEFENCE) & (done["bulk"] == 0), AIR_DEFENCE, "Land")
    )

    def words(values: np.ndarray[tuple[int], np.dtype[np.str_]]) -> pa.Array:
        return pa.array(values.tolist(), pa.string()).dictionary_encode()

    def instants(name: str) -> pa.Array:
        seconds = start + (done[name] * 60).astype("timedelta64[s]")
        return pa.array(seconds, pa.timestamp("s")).cast(pa.timestamp("s", tz="UTC"))

    columns: dict[str, pa.Array] = {
        "requisition_id": pa.array([f"H{n:06d}" for n in range(1, len(unit) + 1)]),
        "unit_id": words(np.array(unit_ids)[unit]),
        "branch": words(branch),
        "supply_class": words(items.loc[names, "supply_class"].to_numpy(str)[code]),
        "item": words(item),
        "unit_of_issue": words(items.loc[names, "unit_of_issue"].to_numpy(str)[code]),
        "quantity_requested": pa.array(done["quantity_requested"], pa.int32()),
        "quantity_delivered": pa.array(done["quantity_delivered"], pa.int32()),
        "priority": pa.array(done["priority"], pa.int8()),
        "vehicle_type": words(vehicle),
        "owner": words(owner),
        "route_m": pa.array(done["route_m"], pa.int32()),
        "phase": words(_phase_names(done["requested"] // 1440)),
        "planned_min": pa.array(done["planned_min"], pa.int16()),
        "actual_min": pa.array(done["actual_min"], pa.int16()),
    }
    for name in INSTANTS:
        columns[name] = instants(name)
    return pa.table(columns)
