"""Plans: routes and what they leave out, independent of the engine that made them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from workbench.problem import Load

StopKind = Literal["load", "deliver", "pickup", "reload", "rest", "end"]
UNSERVED_CODES = (
    "CAPACITY_KG",
    "CAPACITY_M3",
    "CAPACITY_PALLETS",
    "CAPACITY_LITRES",
    "WINDOW",
    "SHIFT",
    "RANGE",
    "UNREACHABLE",
    "PROFILE",
    "COMPATIBILITY",
    "STOCK",
    "SLOT",
    "RESOURCE",
    "DISPLACED",
    "POLICY",
    "NOT_PLANNED",
)
"""The closed list of reasons why a delivery is unserved."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A visit. Times are seconds after ``as_of``: arrive, begin service (after waiting), depart.

    ``deliveries`` are handed over (deliver), picked up (pickup) or loaded (load, reload) here, by id.
    ``load_after`` is what is aboard on leaving.
    """

    node: str
    kind: StopKind
    arrive_s: int
    begin_s: int
    depart_s: int
    deliveries: tuple[str, ...] = ()
    load_after: Load = Load()


@dataclass(frozen=True, slots=True)
class Route:
    """One vehicle's stops in one shift, from its depot (``start_s``) to its last stop, kind ``end``.

    The vehicle stands at ``start_node`` at ``start_s``; travel goes from there to the first stop.
    ``duration = end_s - start_s = travel_s + wait_s + service_s``.
    """

    route_id: str
    vehicle_type: str
    owner: str
    profile: str
    start_node: str
    end_node: str
    start_s: int
    end_s: int
    distance_m: int
    travel_s: int
    wait_s: int
    service_s: int
    cost: int
    stops: tuple[Stop, ...]


@dataclass(frozen=True, slots=True)
class Unserved:
    """A delivery that is not in the plan, with a code of `UNSERVED_CODES` and a sentence."""

    delivery_id: str
    requisition_id: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Violation:
    """A constraint that a plan breaks: where, by how much, in a plain sentence."""

    code: str
    route_id: str
    node: str
    amount: float
    unit: str
    text: str


@dataclass(frozen=True, slots=True)
class PlannedDelivery:
    """A delivery as the plan file lists it, so that the file can be read without its scenario."""

    delivery_id: str
    requisition_id: str
    kind: str
    from_node: str
    to_node: str
    priority: int
    quantity: float
    load: Load


@dataclass(frozen=True, slots=True)
class Crossing:
    """A bridge of unknown load class that routes cross, and the class it was taken as; None is strong enough."""

    edge_id: str
    name: str
    taken_as: float | None
    routes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Routes, unserved, and (once `report` completed it) verdict, KPIs, bound and bridges of unknown class crossed.

    ``spent`` counts rounds and iterations, never seconds: no wall-clock figure stands in a plan.
    """

    scenario: str
    coa: str
    inputs_sha256: str
    engine: str
    engine_version: str
    seed: int
    budget: Mapping[str, float]
    spent: Mapping[str, int]
    as_of: str
    routes: tuple[Route, ...]
    unserved: tuple[Unserved, ...]
    deliveries: tuple[PlannedDelivery, ...] = ()
    enforced: tuple[str, ...] = ()
    unenforced: tuple[str, ...] = ()
    violations: tuple[Violation, ...] | None = None
    kpis: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    bound: Mapping[str, Any] = field(default_factory=dict)
    unknown_bridges: tuple[Crossing, ...] | None = None
    stated_cost: int | None = None  # the cost a plan file states for the whole plan, for the checker to compare
    imbalance_cost: int | None = None  # what uneven work costs; None before `report` completed the plan

    @property
    def cost(self) -> int:
        """Return the sum of the routes' costs, and what uneven work costs."""
        return sum(r.cost for r in self.routes) + (self.imbalance_cost or 0)

    def replace(self, **changes: object) -> Plan:
        """Return a copy with some fields changed."""
        return replace(self, **changes)  # type: ignore[arg-type]
