"""Made-up requisitions: what each unit asks for on the day, derived from its people, vehicles and guns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from workbench import fleet as library
from workbench.generate.orbat import Unit
from workbench.generate.supply import plain
from workbench.units import LB_KG, US_GAL_L, iso

VOLUME_M3_PER_PALLET: Mapping[str, float] = {
    "I": 1.5, "II": 2.0, "IIIP": 1.2, "IV": 2.9, "V": 0.9, "VI": 2.0, "VII": 3.2, "VIII": 1.2, "IX": 1.6, "X": 1.8,
}  # fmt: skip
EXCAVATOR = "Engineer excavator"
"""Heavier than any vehicle of the library can lift."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One line a unit asks for. ``hours`` are (earliest, latest) after ``as_of``; -1 leaves it open."""

    unit: int
    item: str
    quantity: int
    und: str
    hours: tuple[float, float] = (-1.0, -1.0)
    site: str = ""
    kind: str = "delivery"
    remarks: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """Consumption factors by name, in the units of ``factors.csv``."""

    value: Mapping[str, float]

    @classmethod
    def built_in(cls) -> Rates:
        """Return the factors that come with the package."""
        table = library.default_factors()
        return cls(dict(zip(table["factor_id"], table["value"], strict=True)))

    def ration_cases(self, people: int) -> int:
        """Return cases of combat rations for one issue."""
        meals = people * self.value["ration_meals_per_day"] * self.value["ration_issue_days"]
        return int(np.ceil(meals / self.value["ration_mre_meals_per_case"]))

    def water_litres(self, people: int) -> int:
        """Return litres of bulk water for a day at the sustaining temperate rate, in tens."""
        return int(np.ceil(people * self.value["water_temperate_sustaining"] * US_GAL_L / 10) * 10)

    def fuel_litres(self, tracked: int, trucks: int, road_h: float, km: float) -> int:
        """Return litres of diesel for a day: tracked vehicles by the hour, lorries by the kilometre, in fifties."""
        rates = self.value
        hourly = rates["fuel_m2_road"] * road_h * 0.5 + rates["fuel_m2_cross_country"] * road_h * 0.5
        hourly += rates["fuel_m2_idle"] * 6
        litres = tracked * hourly * US_GAL_L + trucks * km * rates["fuel_truck_per_km"]
        return int(np.ceil(litres / 50) * 50)

    def by_weight(self, factor: str, people: int, days: float, unit_kg: float) -> int:
        """Return units of an item that make up ``days`` of a factor in lb a person a day."""
        return max(1, round(people * self.value[factor] * days * LB_KG / unit_kg))


def fad_of(unit: Unit) -> str:
    """Return the force/activity designator: I in contact, II behind it, III in the rear."""
    return "I" if unit.x > 0.72 else "II" if unit.x > 0.5 or unit.role == "medical" else "III"


def everyday(rng: np.random.Generator, units: Sequence[Unit], count: int) -> list[Ask]:
    """Return about ``count`` ordinary lines: each unit's likeliest ones first, chance deciding the rest."""
    rates = Rates.built_in()
    drawn = [
        (round(float(rng.uniform() / weight), 6), ask)
        for k, unit in enumerate(units)
        for weight, ask in _lines(rng, rates, k, unit)
    ]
    drawn.sort(key=lambda pair: (pair[0], pair[1].unit, pair[1].item))
    chosen = sorted(drawn[:count], key=lambda pair: (pair[1].unit, pair[1].item))
    return [_timed(rng, units[ask.unit], ask) for _, ask in chosen]


def _lines(rng: np.random.Generator, rates: Rates, k: int, unit: Unit) -> Iterator[tuple[float, Ask]]:
    """Yield (weight, line) for all that a unit may ask for today; the greater the weight the likelier."""
    draw = rng.uniform(size=12)
    people = unit.people
    yield 1.6, Ask(k, "MRE case", rates.ration_cases(people), "B")
    yield 3.0, Ask(k, "Potable water", rates.water_litres(people), "B")
    hours, km = 2.5 + 4.0 * draw[0], 60 + 80 * draw[1]
    fuel = rates.fuel_litres(unit.tracked, unit.trucks, hours if unit.x > 0.5 else 0.8, km)
    yield 2.2, Ask(k, "Diesel F-54", fuel, "A" if unit.x > 0.7 and draw[2] < 0.4 else "B")
    if unit.role in ("light", "mech", "marine"):
        small = rates.by_weight("ammunition_small_arms", people, 5, 16.0)
        yield 1.0, Ask(k, "5.56 mm ball box", small, "A" if draw[3] < 0.35 else "B")
        yield 0.8, Ask(k, "7.62 mm linked box", 16 + int(24 * draw[4]), "B")
        mortar = int(np.ceil(unit.tubes * rates.value["ammunition_rounds_mortar_day"]))
        yield 0.9, Ask(k, "120 mm mortar HE box", mortar, "A" if draw[5] < 0.5 else "B")
        yield 0.5, Ask(k, "Anti-tank missile", 4 + int(8 * draw[6]), "A")
        yield 0.5, Ask(k, "Smoke grenade box", 2 + int(6 * draw[7]), "C")
        yield 0.8, Ask(k, "Concertina wire bundle", 6 + int(9 * draw[8]), "B")
        yield 0.3, Ask(k, "Sandbag bale", rates.by_weight("class_iv_barrier", people, 10, 35.0), "C")
    if unit.role == "artillery":
        shells = int(np.ceil(unit.tubes * rates.value["ammunition_rounds_tube_day"] / 8 / 4))
        yield 6.0, Ask(k, "155 mm HE pallet", shells + int(5 * draw[3]), "A")
        yield 2.0, Ask(k, "155 mm charge container", 40 + 10 * int(4 * draw[4]), "A")
    if unit.role == "air_defence":
        yield 2.0, Ask(k, "Air defence missile", 4 + int(8 * draw[3]), "A" if unit.x > 0.4 else "B")
    if unit.role == "engineer":
        yield 3.0, Ask(k, "Steel picket bundle", 10 + int(12 * draw[3]), "B")
        yield 2.5, Ask(k, "Timber bundle", 4 + int(5 * draw[6]), "B")
        yield 2.0, Ask(k, "Demolition charge case", 10 + int(20 * draw[4]), "B")
        yield 2.0, Ask(k, "Concertina wire bundle", 8 + int(9 * draw[5]), "B")
    if unit.role == "medical":
        yield 3.0, Ask(k, "Medical resupply set", 2 + int(people * 0.12 * draw[3]), "A")
        yield 3.0, Ask(k, "Intravenous fluid case", 6 + int(people * 0.3 * draw[4]), "B")
        yield 3.0, Ask(k, "Blood transport box", 2 + int(4 * draw[5]), "A", (1.5, 6.5))
    if unit.role in ("maintenance", "hq"):
        yield 0.8, Ask(k, "Engine oil drum", 2 + int(4 * draw[3]), "C")
        yield 0.7, Ask(k, "Repair parts box", 6 + int(20 * draw[4]), "B")
        yield 0.5, Ask(k, "Vehicle tyre", 4 + int(8 * draw[5]), "C")
    if unit.tracked > 6:
        yield 0.5, Ask(k, "Track shoe set", 2 + int(3 * draw[9]), "B")
    yield 0.25, Ask(k, "Vehicle battery", 4 + int(8 * draw[10]), "C")
    yield 0.2, Ask(k, "Lithium battery case", rates.by_weight("class_ii", people, 1, 14.0), "C")
    yield 0.2, Ask(k, "Mail and welfare bag", rates.by_weight("class_vi_temperate", people, 1, 16.0), "C")
    yield 0.12, Ask(k, "Camouflage net set", 2 + int(4 * draw[11]), "C")


def _timed(rng: np.random.Generator, unit: Unit, ask: Ask) -> Ask:
    """Return the line with its hours: urgent ones by early afternoon, others within the day, a few tight."""
    if ask.hours != (-1.0, -1.0):
        return ask
    draw = rng.uniform(size=4)
    if ask.und == "A":
        latest = 6.0 + 0.5 * int(8 * draw[0]) if draw[1] < 0.85 else 5.0
        return replace(ask, hours=(-1.0, latest))
    latest = 9.0 + 0.5 * int(11 * draw[0]) if ask.und == "B" else 13.0 + int(8 * draw[0])
    # companies in contact close at midday: a late start would leave them no hour to receive in
    earliest = 2.0 + int(4 * draw[2]) if draw[3] < 0.25 and unit.x < 0.7 else -1.0
    return replace(ask, hours=(earliest, latest))


def special(units: Sequence[Unit], size: str, weak: int, blocked: int) -> list[Ask]:
    """Return the lines that make a day hard: too big for one vehicle, to be sent back, or not to be had at all.

    ``weak`` is the unit behind the weak bridge and ``blocked`` the one behind the closed road.
    """
    find = _Finder(units)
    out = [
        Ask(weak, "Diesel F-54", 1200, "B", (-1.0, 14.0), remarks="Only road leads over a bridge of class 12."),
        Ask(weak, "MRE case", 21, "B", (-1.0, 15.0)),
        Ask(blocked, "Potable water", 600, "B", (-1.0, 15.0), remarks="Track washed out below the post."),
        Ask(find("engineer", 0), EXCAVATOR, 1, "B", (-1.0, 15.0), remarks="36 t machine for the ford."),
    ]
    if size == "company":
        return [*out[:1], Ask(find("mech", 0), "Empty pallets stack", 2, "C", kind="retrograde")]
    night = "Observed by day: after dark only."
    return [
        *out,
        Ask(find("light", 1), "Anti-tank missile", 6, "A", (0.5, 1.5), remarks="Before first light attack."),
        Ask(find("recce", 0), "7.62 mm linked box", 10, "A", (16.5, 18.5), remarks=night),
        Ask(find("support", 0), "Relief kit", 60, "C", (-1.0, 15.0), remarks="For the civil aid centre."),
        Ask(find("maintenance", 0), "Power pack", 1, "A", (-1.0, 12.0)),
        Ask(find("mech", 1), "Power pack", 1, "B", (-1.0, 15.0)),
        Ask(find("artillery", 1), "155 mm HE pallet", 26, "A", (-1.0, 13.0), remarks="Fire plan of the night."),
        Ask(find("mech", 4), "Diesel F-54", 14_500, "A", (-1.0, 14.0), remarks="Whole battalion fills up."),
        Ask(find("engineer", 1), "Timber bundle", 24, "C", (-1.0, 15.0), site="lrp1", remarks="Bunker set."),
        Ask(find("hq", 1), "Concertina wire bundle", 12, "B", (-1.0, 15.0), site="lrp2"),
        Ask(find("marine", 1), "Steel picket bundle", 8, "B", (-1.0, 15.0), site="lrp3"),
        Ask(find("artillery", 0), "Empty pallets stack", 4, "C", kind="retrograde"),
        Ask(find("mech", 2), "Damaged equipment", 2, "B", kind="retrograde", remarks="Engine and gearbox for repair."),
        Ask(find("light", 0), "Empty pallets stack", 3, "C", kind="retrograde"),
        Ask(find("marine", 0), "Damaged equipment", 1, "C", kind="retrograde"),
    ]


class _Finder:
    """Finds the n-th unit of a role (counting round)."""

    def __init__(self, units: Sequence[Unit]) -> None:
        self.units = units

    def __call__(self, role: str, n: int) -> int:
        """Return the position of the ``n``-th unit of ``role``, or of the ``n``-th unit when there is none."""
        found = [k for k, unit in enumerate(self.units) if unit.role == role] or list(range(len(self.units)))
        return found[n % len(found)]


def table(
    rng: np.random.Generator,
    asks: Sequence[Ask],
    units: Sequence[Unit],
    unit_ids: Sequence[str],
    *,
    node_of: Mapping[str, str],
    as_of: datetime,
) -> pd.DataFrame:
    """Return the rows of ``requisitions.csv``; weights, volumes and pallets follow from the items."""
    items = library.default_items().set_index("item")
    order = rng.permutation(len(asks)).tolist()
    width = max(3, len(str(len(asks))))
    rows = []
    for number, k in enumerate(order, 1):
        ask = asks[k]
        item = items.loc[ask.item]
        rows.append({
            "requisition_id": f"REQ-{number:0{width}d}", "unit_id": unit_ids[ask.unit],
            "node_id": node_of.get(ask.site, ""), "source_node_id": "", "supply_class": item["supply_class"],
            "item": ask.item, "quantity": ask.quantity, "unit_of_issue": item["unit_of_issue"],
            **load(item, ask.quantity), "hazard": item["hazard"], "fad": fad_of(units[ask.unit]), "und": ask.und,
            "priority": "", "requested": iso(as_of - timedelta(minutes=int(rng.integers(60, 1500)))),
            "earliest": _instant(as_of, ask.hours[0]), "latest": _instant(as_of, ask.hours[1]),
            "kind": ask.kind, "remarks": ask.remarks,
        })  # fmt: skip
    return pd.DataFrame(rows)


def load(item: pd.Series, quantity: float) -> dict[str, str]:
    """Return weight, volume, pallet positions (in quarters) and litres of a quantity of an item."""
    kg = quantity * round((item["kg_low"] + item["kg_high"]) / 2, 2)
    if item["unit_of_issue"] == "L":
        return {
            "weight_kg": plain(float(np.ceil(kg))),
            "volume_m3": "0",
            "pallets": "0",
            "litres": plain(float(quantity)),
        }
    pallets = float(np.ceil(quantity / item["units_per_pallet"] * 4) / 4) if item["units_per_pallet"] > 0 else 0.0
    volume = pallets * VOLUME_M3_PER_PALLET[item["supply_class"]]
    return {
        "weight_kg": plain(float(np.ceil(kg))),
        "volume_m3": f"{volume:.2f}",
        "pallets": plain(pallets),
        "litres": "0",
    }


def _instant(as_of: datetime, hours: float) -> str:
    return iso(as_of + timedelta(hours=hours)) if hours >= 0 else ""
