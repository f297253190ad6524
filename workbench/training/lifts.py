"""Hand-solved cases of lift: rations, a mixed truckload, a shuttle, a column on the march; and their variants."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from workbench.errors import UsageError
from workbench.problem import NO_LIMIT, Load, Problem
from workbench.training.building import lift, shuttle
from workbench.training.cases import TRIES, rng_for
from workbench.units import LB_KG, ceil_safe, floor_safe

MRE_PER_CASE = 12
MRE_CASES_PER_PALLET = 48
MRE_CASE_LB = 22.7


@dataclass(frozen=True, slots=True)
class Rations:
    """What a number of people eat: meals, cases, pallets (whole) and the weight of the cases (T-FOOD)."""

    people: int
    days: int
    meals: int
    cases: int
    pallets: int
    weight_lb: float

    @property
    def weight_kg(self) -> float:
        """Return the weight in kilograms."""
        return self.weight_lb * LB_KG


def rations(people: int, days: int, meals_a_day: int = 3) -> Rations:
    """Return the rations for some people and days (factors: ATP 4-90, tables C-2 and C-5)."""
    meals = people * days * meals_a_day
    cases = ceil_safe(meals / MRE_PER_CASE)
    return Rations(people, days, meals, cases, ceil_safe(cases / MRE_CASES_PER_PALLET), cases * MRE_CASE_LB)


def rations_for(student: str = "") -> Rations:
    """Return one student's rations; without a code 650 people for 2 days (T-FOOD)."""
    if not student:
        return rations(650, 2)
    rng = rng_for("rations", student)
    return rations(10 * rng.randint(42, 88), rng.choice((2, 3)))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a requisition: what, how many pallets, and weight and volume of one."""

    item: str
    pallets: int
    kg: int
    m3: float


@dataclass(frozen=True, slots=True)
class TruckLoad:
    """A load to lift and the truck to lift it with."""

    lines: tuple[Line, ...]
    kg: int
    m3: float
    positions: int

    @property
    def needs(self) -> dict[str, float]:
        """Return the trucks needed by weight, volume and pallet positions, before rounding up."""
        return {
            "weight": sum(x.pallets * x.kg for x in self.lines) / self.kg,
            "volume": sum(x.pallets * x.m3 for x in self.lines) / self.m3,
            "pallet positions": sum(x.pallets for x in self.lines) / self.positions,
        }

    @property
    def trucks(self) -> int:
        """Return the trucks needed: the dimension that needs most decides, rounded up."""
        return max(ceil_safe(need) for need in self.needs.values())

    def problem(self, trucks: int = 12) -> Problem:
        """Return the load as a problem, one delivery a pallet; a plan's routes are the trucks used."""
        loads = [Load(x.kg, ceil_safe(1000 * x.m3), 100) for x in self.lines for _ in range(x.pallets)]
        return lift("lift", loads, Load(self.kg, floor_safe(1000 * self.m3), 100 * self.positions), trucks=trucks)


@lru_cache(maxsize=256)
def mixed_load(student: str = "") -> TruckLoad:
    """Return a day's load where volume decides: weight and positions alone would need a truck less.

    A variant is kept only when that holds and the pallets can really be put on that many trucks.
    """
    rng = rng_for("mixed_load", student)
    counts = (7, 4, 5)
    for _ in range(TRIES):
        if student:
            counts = (rng.randint(5, 9), rng.randint(3, 6), rng.randint(4, 8))
        lines = (
            Line("rations", counts[0], 494, 1.6),
            Line("water", counts[1], 1000, 1.2),
            Line("barrier material", counts[2], 320, 3.4),
        )
        load = TruckLoad(lines, kg=4500, m3=10.0, positions=6)
        others = max(ceil_safe(load.needs["weight"]), ceil_safe(load.needs["pallet positions"]))
        if ceil_safe(load.needs["volume"]) == others + 1 and _fits(load):
            return load
    raise UsageError(f"No variant of the mixed load was found for student {student!r}; try another code.")


def _fits(load: TruckLoad) -> bool:
    """Return whether first fit by falling volume puts the load on the trucks the sums ask for."""
    trucks: list[list[float]] = []
    for line in sorted(load.lines, key=lambda x: -x.m3):
        part = (line.kg, line.m3, 1)
        for _ in range(line.pallets):
            room = next((t for t in trucks if all(a >= b - 1e-9 for a, b in zip(t, part, strict=True))), None)
            if room is None:
                room = [load.kg, load.m3, load.positions]
                trucks.append(room)
            for k, used in enumerate(part):
                room[k] -= used
    return len(trucks) == load.trucks


def pallet_lift(pallets: int, pallet_lb: float, *, positions: int, payload_lb: float) -> Problem:
    """Return equal pallets and one kind of truck as a problem (T-LIFT); routes are the trucks used."""
    load = Load(ceil_safe(pallet_lb * LB_KG), 0, 100)
    capacity = Load(floor_safe(payload_lb * LB_KG), NO_LIMIT, 100 * positions)
    return lift("pallet_lift", [load] * pallets, capacity, trucks=pallets)


@dataclass(frozen=True, slots=True)
class Shuttle:
    """Trucks that go back and forth: how many are needed (T-FLEET, form of the CARE emergency toolkit)."""

    tonnes: int
    km: int
    kmh: int
    handling_h: float
    period_h: int
    truck_t: int
    margin: float = 0.25

    def round_trip_h(self, *, returns: bool = True, margin: bool = True) -> float:
        """Return the hours of one round trip, with or without the way back and the margin."""
        hours = (2 if returns else 1) * self.km / self.kmh + self.handling_h
        return hours * (1 + self.margin if margin else 1)

    def trucks(self, *, returns: bool = True, margin: bool = True) -> int:
        """Return the trucks needed, with or without what is often forgotten."""
        trips = floor_safe(self.period_h / self.round_trip_h(returns=returns, margin=margin))
        return ceil_safe(self.loads / trips)

    @property
    def loads(self) -> int:
        """Return how many truckloads the tonnage makes."""
        return ceil_safe(self.tonnes / self.truck_t)

    def problem(self, trucks: int) -> Problem:
        """Return the shuttle as a problem: one delivery a truckload, trips until the period ends."""
        full, rest = divmod(1000 * self.tonnes, 1000 * self.truck_t)
        loads = [1000 * self.truck_t] * full + ([rest] if rest else [])
        leg_s = ceil_safe(3600 * (1 + self.margin) * self.km / self.kmh)
        handling_s = ceil_safe(3600 * (1 + self.margin) * self.handling_h)
        return shuttle(
            "shuttle",
            loads,
            payload_kg=1000 * self.truck_t,
            leg_s=leg_s,
            handling_s=handling_s,
            period_s=3600 * self.period_h,
            trucks=trucks,
        )


@lru_cache(maxsize=256)
def relief_shuttle(student: str = "") -> Shuttle:
    """Return a shuttle to size (T-FLEET); in a variant too, forgetting the way back or the margin shows."""
    written = Shuttle(300, 60, 30, 1.5, 50, 8)
    if not student:
        return written
    rng = rng_for("relief_shuttle", student)
    for _ in range(TRIES):
        one = Shuttle(
            20 * rng.randint(12, 22),
            10 * rng.randint(4, 8),
            30,
            rng.choice((1.0, 1.5, 2.0)),
            50,
            rng.choice((6, 8, 10)),
        )
        answers = {one.trucks(), one.trucks(returns=False), one.trucks(margin=False)}
        if len(answers) == 3:
            return one
    raise UsageError(f"No variant of the shuttle was found for student {student!r}; try another code.")


@dataclass(frozen=True, slots=True)
class Column:
    """A column on the march in march units: pass time from density, speed and the gaps between (T-MARCH)."""

    vehicles: int
    march_units: int
    per_km: int
    kmh: int
    gap_min: int

    def pass_min(self, gaps: int | None = None) -> float:
        """Return the minutes the column takes to pass a point; there is one gap fewer than march units."""
        gaps = self.march_units - 1 if gaps is None else gaps
        return 60 * self.vehicles / (self.per_km * self.kmh) + self.gap_min * gaps


def march(student: str = "") -> Column:
    """Return a column to time (T-MARCH: 60 vehicles in three march units, 19.0 minutes)."""
    if not student:
        return Column(60, 3, 10, 40, 5)
    rng = rng_for("march", student)
    units = rng.randint(3, 6)
    return Column(20 * units, units, rng.choice((10, 12, 15, 20)), rng.choice((24, 32, 40)), rng.choice((5, 10)))
