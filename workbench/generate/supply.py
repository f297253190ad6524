"""Made-up means: supply points, vehicles and stock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench import fleet as library
from workbench.generate.forces import Forces, Site
from workbench.generate.orbat import AIR_DEFENCE, LAND, MARINES

DRY = ("I", "II", "IIIP", "IV", "VI", "VII", "IX")
SITES = (
    Site("bsa", "Brigade Support Area", "depot", (*DRY, "X"), 0.21, 0.53, 3.0, 600),
    Site("mlb", "Marine Logistic Base", "depot", ("I", "IIIB", "WATER", "IX", "IV", "VI"), 0.26, 0.19, 4.0, 500),
    Site("asp", "Ammunition Supply Point 3", "supply_point", ("V",), 0.13, 0.62, 4.0, 400, "05:00-20:00"),
    Site("fsp", "Fuel Supply Point Copper", "supply_point", ("IIIB", "IIIP"), 0.24, 0.44, 5.0, 900, "04:30-21:00"),
    Site("wpt", "Water Point Ash", "supply_point", ("WATER",), 0.42, 0.62, 5.0, 500, "05:00-19:00"),
    Site("msp", "Medical Supply Point", "supply_point", ("VIII",), 0.29, 0.57, 6.0, 400),
    Site(
        "dpe",
        "Distribution Point East",
        "distribution_point",
        ("I", "WATER", "IV"),
        0.57,
        0.56,
        7.0,
        300,
        "05:00-20:00",
    ),
    Site("lrp1", "LRP Heron", "lrp", (), 0.72, 0.68, 12.0, 200),
    Site("lrp2", "LRP Kestrel", "lrp", (), 0.70, 0.46, 12.0, 200),
    Site("lrp3", "LRP Osprey", "lrp", (), 0.66, 0.24, 12.0, 200),
)
CARGO = "I;II;IIIP;IV;V;VI;VII;VIII;IX"
"""What lorries of the area may carry: civil aid (class X) is not cleared for them."""
_LONG, _DAY, _EARLY, _LATE = ("05:00", "16:00"), ("06:00", "17:00"), ("04:30", "15:00"), ("08:00", "19:00")


@dataclass(frozen=True, slots=True)
class Pool:
    """Vehicles of one type, owner and depot; all their figures but the shift come from the library."""

    vehicle_type: str
    owner: str
    depot: str
    count: int
    shift: tuple[str, str] = _LONG


POOLS: Mapping[str, tuple[Pool, ...]] = {
    "company": (
        Pool("M1083", LAND, "bsa", 1),
        Pool("M1078", LAND, "bsa", 1),
        Pool("M978", LAND, "bsa", 1),
        Pool("M1083-CAMEL", LAND, "bsa", 1, _DAY),
        Pool("M1078", MARINES, "mlb", 1, _DAY),
    ),
    "brigade": (
        Pool("M1120A4", LAND, "bsa", 2),
        Pool("M1075", LAND, "bsa", 1, _DAY),
        Pool("M1083", LAND, "bsa", 2),
        Pool("M1078", LAND, "bsa", 2, _EARLY),
        Pool("M978", LAND, "bsa", 2),
        Pool("HIPPO", LAND, "bsa", 1),
        Pool("M1083-CAMEL", LAND, "bsa", 1, _LATE),
        Pool("M1078", AIR_DEFENCE, "bsa", 1, _LATE),
        Pool("M1083", AIR_DEFENCE, "bsa", 1, _LATE),
        Pool("M1083", MARINES, "mlb", 1, _DAY),
        Pool("M1078", MARINES, "mlb", 1, _DAY),
        Pool("HEMTT-TRM", MARINES, "mlb", 1, _DAY),
        Pool("HIPPO", MARINES, "mlb", 1, _DAY),
        Pool("MRZR", MARINES, "mlb", 1, _DAY),
    ),
}
_LIGHT = frozenset({"MRZR"})


def pools(size: str) -> tuple[Pool, ...]:
    """Return the vehicles of an area; a division has what its brigades would have, and a little more."""
    if size != "division":
        return POOLS[size]
    out = [Pool(p.vehicle_type, p.owner, p.depot, round(4.8 * p.count), p.shift) for p in POOLS["brigade"]]
    return (*out, Pool("M915-M871", LAND, "bsa", 3, _DAY))


def fleet(chosen: Sequence[Pool], node_of: Mapping[str, str]) -> pd.DataFrame:
    """Return the rows of ``fleet.csv``."""
    rows = []
    for pool in chosen:
        row = library.from_library(pool.vehicle_type, owner=pool.owner, depot=node_of[pool.depot], count=pool.count)
        if not row["litres"]:
            row["may_carry"] = "I;V;VI;VIII;IX" if pool.vehicle_type in _LIGHT else CARGO
        rows.append(row | {"shift_start": pool.shift[0], "shift_end": pool.shift[1]})
    order = [
        "vehicle_type", "owner", "depot", "count", "profile", "payload_kg", "volume_m3", "pallets", "litres",
        "may_carry", "mlc", "height_m", "width_m", "range_km", "shift_start", "shift_end", "fixed_cost",
        "cost_per_km", "cost_per_hour", "crew", "sidc", "source", "mark",
    ]  # fmt: skip
    return pd.DataFrame([{name: plain(row.get(name, "")) for name in order} for row in rows])


def plain(value: object) -> str:
    """Write a cell: no trailing .0, nothing for what is missing."""
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:.6g}"
    return str(value)


SHORT: Mapping[str, float] = {"155 mm HE pallet": 0.9, "Power pack": 0.5}
"""What there is too little of, and the share of what is asked for that is there."""


def stock(
    rng: np.random.Generator, forces: Forces, asked: pd.DataFrame, node_of: Mapping[str, str], as_of: str
) -> pd.DataFrame:
    """Return the rows of ``stock.csv``: every site holds comfortably what its classes ask for, but for `SHORT`.

    A company's area has nothing short.
    """
    out = asked[asked["kind"] == "delivery"]
    needed = {str(item): float(q) for item, q in out.groupby("item")["quantity"].sum().items()}
    short = SHORT if len(asked) > 50 else {}
    rows = []
    for site in forces.sites:
        main = site.kind != "distribution_point" and site.key != "mlb"
        for item in library.default_items().to_dict("records"):
            need, name = needed.get(item["item"], 0.0), item["item"]
            if item["supply_class"] not in site.classes or not need or (name in short and not main):
                continue
            amount = np.ceil(need * (1.7 if main else 0.9) * rng.uniform(0.85, 1.2))
            if name in short:
                amount = np.floor(need * short[name])
            amount = amount if amount < 100 or name in short else np.ceil(amount / 10) * 10
            rows.append({
                "node_id": node_of[site.key], "unit_id": "", "supply_class": item["supply_class"], "item": name,
                "on_hand": plain(float(amount)), "unit_of_issue": item["unit_of_issue"],
                "capacity": plain(float(np.ceil(amount * 1.6 / 10) * 10)),
                "rate_per_day": plain(float(np.ceil(need * (0.8 if main else 0.15)))), "as_of": as_of,
            })  # fmt: skip
    return pd.DataFrame(rows)
