"""A requisition made ready for planning, and the arithmetic of taking parts of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from workbench.problem.model import NO_LIMIT, SCALE, SHARE, Load, Place, Windows
from workbench.units import ceil_safe, floor_safe, intersect_windows

KG_PER_COUNTED_PALLET = 1000
"""A load that states neither pallets nor litres is handled like one pallet per started 1,000 kg (mark D)."""


@dataclass(frozen=True, slots=True)
class Line:
    """One requisition with its places as indices and its times in seconds.

    ``totals`` are kg, m3, pallets and litres of the whole row, not yet rounded. ``named_source`` is -1 when the
    requisition names none. ``asks`` says in words what kind of vehicle it may go by, where ``may_use`` is not empty.
    """

    requisition_id: str
    unit_id: str
    kind: str
    node: int
    named_source: int
    supply_class: str
    item: str
    unit_of_issue: str
    quantity: float
    totals: tuple[float, float, float, float]
    priority: int
    windows: Windows
    earliest_s: int
    latest_s: int
    goods: int
    ready_s: int = 0
    load_by_s: int = NO_LIMIT
    due_s: int = NO_LIMIT
    late_cost: float = 0.0
    aboard_s: int = NO_LIMIT
    may_use: tuple[bool, ...] = ()
    asks: str = ""

    def load(self, quantity: float) -> Load:
        """Return the load of ``quantity`` of it, each dimension rounded up."""
        part = quantity / self.quantity
        return Load(*(ceil_safe(total * scale * part) for total, scale in zip(self.totals, SCALE, strict=True)))

    def handling_s(self, quantity: float, place: Place) -> int:
        """Return the seconds it takes to handle ``quantity`` of it at a place, rounded up."""
        load = self.load(quantity)
        pallets = load.centipallets
        if self.totals[2] == 0 and self.totals[3] == 0:
            pallets = 100 * ceil_safe(load.kg / KG_PER_COUNTED_PALLET)
        return ceil_safe(pallets * place.handling_s_per_centipallet + load.litres * place.pump_s_per_litre)

    def loading(self, place: Place) -> Windows:
        """Return when its loading may begin at a place."""
        return intersect_windows(place.windows, ((self.ready_s, self.load_by_s),))

    def most(self, capacity: Load) -> float:
        """Return how much of it a vehicle lifts at once: all of it, or a whole number of units of issue (0: none)."""
        if fits(self.load(self.quantity), capacity):
            return self.quantity
        scaled = [(total * scale, cap) for total, scale, cap in zip(self.totals, SCALE, capacity, strict=True)]
        units = min((floor_safe(cap * self.quantity / total) for total, cap in scaled if total > 0), default=0)
        units = min(units, floor_safe(self.quantity))
        while units > 0 and not fits(self.load(units), capacity):
            units -= 1
        return float(units)


def fits(load: Load, capacity: Load) -> bool:
    """Return whether a load is within a capacity in all four dimensions."""
    return all(amount <= limit for amount, limit in zip(load, capacity, strict=True))


def tightest(load: Load, capacity: Load) -> tuple[float, int]:
    """Return how many times over its capacity a load is in its worst dimension, and which dimension that is."""
    over = [
        (amount / limit if limit else float(NO_LIMIT) * (amount > 0), -dim)
        for dim, (amount, limit) in enumerate(zip(load, capacity, strict=True))
    ]
    ratio, dim = max(over)
    return ratio, -dim


def take_away(quantity: float, part: float) -> float:
    """Return ``quantity - part`` as written in decimals, so that 10.3 less 10 is 0.3."""
    return float(Decimal(repr(quantity)) - Decimal(repr(part)))


def chunks(quantity: float, most: float) -> list[float]:
    """Cut a quantity into full parts of ``most`` and what is left; the parts add up exactly."""
    out: list[float] = []
    while quantity > most:
        out.append(most)
        quantity = take_away(quantity, most)
    return [*out, quantity] if quantity > 0 else out


def shares(quantities: list[float]) -> list[int]:
    """Return each part's share of the whole in `SHARE`-ths; they add up to `SHARE`."""
    whole = sum(quantities)
    marks, done = [0], 0.0
    for quantity in quantities:
        done += quantity
        marks.append(floor_safe(SHARE * done / whole))
    marks[-1] = SHARE
    return [b - a for a, b in pairwise(marks)]
