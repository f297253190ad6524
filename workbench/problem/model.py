"""The frozen planning problem: what must move, with what, from when to when.

Everything here is an integer: seconds after ``as_of``, metres, and loads in the four dimensions of
`DIMENSIONS`. Demand and time are rounded up and capacity down when a `Problem` is built.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from workbench.ground.paces import Paces
from workbench.units import Windows as Windows

DIMENSIONS = ("kg", "m3", "pallets", "litres")
"""Names of the load dimensions as files show them."""
SCALE = (1, 1000, 100, 1)
"""Internal units in one shown unit: kilograms, litres of space, hundredths of a pallet position, litres."""
SHARE = 1_000_000
"""Shares of the parts of one requisition add up to this."""
PRIORITIES = 15
NO_LIMIT = 2**40
"""A capacity that never binds."""
Curve = tuple[tuple[int, int], ...]
"""Points (metres, kilograms) of a payload by the distance of a sortie: farther and lighter; empty is no limit."""
CURVE_POINTS = 8
"""Most points that a curve may have."""

IntArray = NDArray[np.int64]


class Load(NamedTuple):
    """An amount in the four load dimensions, in internal units (see `SCALE`)."""

    kg: int = 0
    dm3: int = 0
    centipallets: int = 0
    litres: int = 0

    def plus(self, other: Load) -> Load:
        """Return the sum."""
        return Load(*(a + b for a, b in zip(self, other, strict=True)))

    def minus(self, other: Load) -> Load:
        """Return the difference."""
        return Load(*(a - b for a, b in zip(self, other, strict=True)))

    def shown(self) -> dict[str, float]:
        """Return the load in kg, m3, pallets and litres, as files and people see it."""
        return {
            name: value // scale if value % scale == 0 else value / scale
            for name, value, scale in zip(DIMENSIONS, self, SCALE, strict=True)
        }


class Travel(Protocol):
    """How long and how far between nodes, per travel key.

    ``block`` is for engines: seconds and metres for the asked rows and columns (node indices), with
    -1 in both where there is no way. ``leg`` is the truth that the checker uses, None for no way: with the
    same metres, and never more seconds, whenever one departs within the time that the key is for.
    """

    def block(self, profile: str, rows: Sequence[int], cols: Sequence[int]) -> tuple[IntArray, IntArray]:
        """Return (seconds, metres), each of shape (len(rows), len(cols)); -1 where there is no way."""

    def leg(self, profile: str, i: int, j: int, depart_s: int) -> tuple[int, int] | None:
        """Return (seconds, metres) from node i to node j leaving at ``depart_s``, or None."""

    def paces(self, profile: str, places: Sequence[int]) -> Paces:
        """Return the seconds of the ways of ``leg`` by part of the key's time; no parts where ``block`` says it all."""

    def exposure(self, profile: str, rows: Sequence[int], cols: Sequence[int]) -> IntArray:
        """Return the risk of the ways of ``leg`` in millionths of a neper (-ln of survival), 0 where there is none."""

    def during(self, profile: str, start_s: int, end_s: int) -> str:
        """Return the key for travel from ``start_s`` to ``end_s``: its ``block`` holds at any time in between."""


@dataclass(frozen=True, slots=True)
class Place:
    """A node that matters for planning. ``windows`` are when service may start there."""

    node_id: str
    name: str
    kind: str
    lon: float
    lat: float
    windows: Windows
    handling_s_per_centipallet: float
    pump_s_per_litre: float
    slots: int = 0  # 0 is no limit
    visits_per_day: int = 0  # 0 is no limit


@dataclass(frozen=True, slots=True)
class Delivery:
    """An indivisible load for one node, or (kind ``retrograde``) to be picked up there.

    Kind ``transfer`` is picked up at its one source, which may be any place, and draws on no stock.

    ``node`` and ``sources`` are indices into ``Problem.places``. ``source`` is the supply point
    chosen for it before routing (stock goes by priority, then the nearest); -1 for retrograde,
    which is handed over at the vehicle's next load stop or at its end. ``windows`` is when service
    may start: the node's hours cut by earliest and latest. ``service_s`` is its handling time at
    ``node``, ``load_s`` that at each of ``sources``, in their order. ``goods`` indexes
    ``Problem.goods``. ``share`` is its part of the requisition in `SHARE`-ths. ``refused`` holds
    (code, sentence) when it cannot be planned at all; engines never touch such a delivery.

    Its loading begins from ``ready_s`` to ``load_by_s``. Service that begins after ``due_s`` costs ``late_cost`` an
    hour. ``may_use`` says for each entry of ``Problem.fleet`` whether it may carry it; empty is all. From the end of
    its loading to the beginning of its service it is at most ``aboard_s`` on the way.
    """

    delivery_id: str
    requisition_id: str
    unit_id: str
    kind: str
    node: int
    source: int
    sources: tuple[int, ...]
    supply_class: str
    item: str
    unit_of_issue: str
    quantity: float
    load: Load
    priority: int
    share: int
    windows: Windows
    earliest_s: int
    latest_s: int
    service_s: int
    load_s: tuple[int, ...]
    goods: int
    refused: tuple[str, str] | None = None
    ready_s: int = 0
    load_by_s: int = NO_LIMIT
    due_s: int = NO_LIMIT
    late_cost: float = 0.0
    may_use: tuple[bool, ...] = ()
    aboard_s: int = NO_LIMIT

    def loading_s(self, place: int | None) -> int:
        """Return the seconds it takes to load it at a place; where it may not be loaded, its slowest loading."""
        at = self.sources.index(place) if place in self.sources else None
        return max(self.load_s, default=0) if at is None else self.load_s[at]


@dataclass(frozen=True, slots=True)
class VehicleType:
    """Vehicles of one kind, owner and depot. ``profile`` names how they move.

    ``travel`` is the key for `Travel` at its best: no hour of the horizon is faster. ``shifts`` are
    (start, end) seconds after ``as_of``: each of the ``count`` vehicles may run one route inside each of
    them. ``shift_travel`` are the keys to plan with, one for each of ``shifts``; when it is empty,
    ``travel`` holds at all times. ``carries`` says which of ``Problem.goods`` it may carry, ``picks_up`` whether it
    takes anything back. What is aboard during a sortie, from one loading to the next or to the end, is within
    ``payload_range`` at the metres of that sortie (`lift_kg`); each loading takes ``turnaround_s`` beyond the
    handling. Costs are decimal money; `route_cost` turns them into integers.

    A route lasts at most ``longest_s`` and may end ``overtime_s`` after its shift, at ``overtime_cost`` an hour on
    top. After at most ``drive_s`` of driving a rest of ``rest_s`` (at least a second) is due; a route has at most
    ``max_drive_s`` of driving and ``max_exposure`` millionths of a neper of risk. Handling takes ``service_ppm``
    millionths of the stated time. With ``backhaul_last`` nothing is picked up while something to deliver is aboard.
    """

    vehicle_type: str
    owner: str
    depot: int
    end_depot: int
    count: int
    profile: str
    travel: str
    capacity: Load
    carries: tuple[bool, ...]
    shifts: Windows
    range_m: int = NO_LIMIT
    max_trips: int = NO_LIMIT
    fixed_cost: float = 0.0
    cost_per_km: float = 1.0
    cost_per_hour: float = 0.0
    crew: int = 2
    shift_travel: tuple[str, ...] = ()
    payload_range: Curve = ()
    turnaround_s: int = 0
    picks_up: bool = True
    longest_s: int = NO_LIMIT
    overtime_s: int = 0
    overtime_cost: float = 0.0
    drive_s: int = NO_LIMIT
    rest_s: int = 0
    max_drive_s: int = NO_LIMIT
    service_ppm: int = 1_000_000
    max_exposure: int = NO_LIMIT
    backhaul_last: bool = False

    def takes(self, delivery: Delivery) -> bool:
        """Return whether it may carry the goods of a delivery, and pick it up if that is what is asked."""
        return self.carries[delivery.goods] and (self.picks_up or delivery.kind != "retrograde")

    def travel_at(self, start_s: int) -> str:
        """Return the travel key of a route that starts then: that of the last shift begun."""
        begun = [key for (opens, _), key in zip(self.shifts, self.shift_travel, strict=False) if opens <= start_s]
        return begun[-1] if begun else next(iter(self.shift_travel), self.travel)

    def handling_s(self, stated_s: int) -> int:
        """Return how long its handling takes where so many seconds are stated, rounded up."""
        return -(-stated_s * self.service_ppm // 1_000_000)

    @property
    def travels(self) -> tuple[str, ...]:
        """Return the travel keys of its shifts, each once; ``travel`` when it has none."""
        return tuple(dict.fromkeys(self.travel_at(start) for start, _ in self.shifts)) or (self.travel,)

    @property
    def key(self) -> tuple[str, str, int]:
        """Return what identifies the type: kind, owner, depot."""
        return (self.vehicle_type, self.owner, self.depot)


@dataclass(frozen=True, slots=True)
class Relation:
    """A tie between two deliveries (indices into ``Problem.deliveries``), kept where both are served.

    ``kind`` is ``same_vehicle`` or ``different_vehicle`` (one route, two routes) or ``before``: ``second`` is served
    only where ``first`` is, and begins ``gap_s`` to ``within_s`` seconds after the service of ``first`` ended.
    """

    kind: str
    first: int
    second: int
    gap_s: int = 0
    within_s: int = NO_LIMIT


@dataclass(frozen=True, slots=True)
class Resource:
    """Something of which ``count`` may be in use at once, within ``windows``.

    A ``team`` is held during service at one of ``places``, an ``escort`` from start to end by a route that visits one
    of them; only for the goods marked in ``goods`` (one per ``Problem.goods``), for all where that is empty.
    """

    resource_id: str
    name: str
    kind: str
    count: int
    windows: Windows
    places: tuple[int, ...]
    goods: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True)
class Prices:
    """What plans are charged beyond their routes: an hour by which the longest route exceeds the mean; a neper of risk.

    ``churn`` is the price of a stop changed against the plan that is re-planned.
    """

    imbalance_per_hour: float = 0.0
    risk: float = 0.0
    churn: float = 0.0


class Goods(NamedTuple):
    """What two loads must agree on to share a vehicle: class of supply and hazard."""

    supply_class: str
    hazard: str


@dataclass(frozen=True, slots=True)
class Objective:
    """How plans compare. Without weights: served by priority first, cost second.

    With ``weights`` (priority -> money for one whole requisition left unserved) plans compare by
    cost plus the price of what they leave out.
    """

    weights: Mapping[int, float] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """One planning problem, built by `build`; never changed, only replaced.

    ``conflicts[a, b]`` is True where goods a and b may not be aboard together. ``stock`` maps
    (place index, item) to the quantity that may be drawn there; an item without an entry is not
    limited. ``cleaning[a, b]`` is True where b may come aboard after a only when the vehicle was cleaned in
    between, which takes ``cleaning_s`` at a load stop where nothing is aboard; None where that is never so.
    ``inputs_sha256`` names the scenario content and course of action it was built from.
    """

    scenario: str
    coa: str
    inputs_sha256: str
    as_of: datetime
    horizon_s: int
    marking: str
    places: tuple[Place, ...]
    deliveries: tuple[Delivery, ...]
    fleet: tuple[VehicleType, ...]
    goods: tuple[Goods, ...]
    conflicts: NDArray[np.bool_]
    stock: Mapping[tuple[int, str], float]
    travel: Travel
    objective: Objective = field(default_factory=Objective)
    assumptions: tuple[str, ...] = ()
    relations: tuple[Relation, ...] = ()
    resources: tuple[Resource, ...] = ()
    cleaning: NDArray[np.bool_] | None = None
    cleaning_s: int = 0
    prices: Prices = field(default_factory=Prices)

    def replace(self, **changes: object) -> Problem:
        """Return a copy with some fields changed."""
        return replace(self, **changes)  # type: ignore[arg-type]

    @property
    def open_deliveries(self) -> tuple[int, ...]:
        """Return the indices of the deliveries that engines may plan."""
        return tuple(i for i, d in enumerate(self.deliveries) if d.refused is None)


def timed(fleet: Iterable[VehicleType], travel: Travel) -> tuple[VehicleType, ...]:
    """Return the fleet with the travel key of each shift, as ``travel`` has it."""
    return tuple(
        replace(v, shift_travel=tuple(travel.during(v.travel, a, b + v.overtime_s) for a, b in v.shifts)) for v in fleet
    )


def lift_kg(curve: Curve, metres: int) -> int:
    """Return the kilograms that may be aboard in a sortie of so many metres, rounded down; -1 where it is too far."""
    if not curve or metres <= curve[0][0]:
        return curve[0][1] if curve else NO_LIMIT
    for (near, more), (far, less) in pairwise(curve):
        if metres <= far:
            return more - -(-(more - less) * (metres - near) // (far - near))
    return -1


def route_cost(vehicle: VehicleType, distance_m: int, duration_s: int, **more: float) -> int:
    """Return the integer cost of one route: its lines as in `cost_lines`, each rounded up."""
    return sum(cost_lines(vehicle, distance_m, duration_s, **more).values())


def imbalance_cost(prices: Prices, durations_s: Sequence[int]) -> int:
    """Return what it costs that the longest route lasts longer than the mean, rounded up; 0 without routes."""
    from workbench.units import ceil_safe

    if not durations_s or not prices.imbalance_per_hour:
        return 0
    n = len(durations_s)
    return ceil_safe(prices.imbalance_per_hour * (n * max(durations_s) - sum(durations_s)) / (3600 * n))


def cost_lines(
    vehicle: VehicleType,
    distance_m: int,
    duration_s: int,
    overtime_s: float = 0,
    lateness: float = 0.0,
    risk: float = 0.0,
) -> dict[str, int]:
    """Return the cost of one route by line item, each rounded up; ``lateness`` and ``risk`` are money already."""
    from workbench.units import ceil_safe

    return {
        "fixed": ceil_safe(vehicle.fixed_cost),
        "distance": ceil_safe(distance_m * vehicle.cost_per_km / 1000),
        "time": ceil_safe(duration_s * vehicle.cost_per_hour / 3600),
        "overtime": ceil_safe(overtime_s * vehicle.overtime_cost / 3600),
        "lateness": ceil_safe(lateness),
        "risk": ceil_safe(risk),
    }
