"""Replaying a plan: what its vehicles do, from `Travel.leg` and the tables alone.

A replay believes of a plan only which vehicle does what where in which order, when each route starts
and how long it waits; arrivals, loads, distances and costs are computed anew. It never fails, whatever
the plan says: what it cannot follow (unknown names, no way) is marked and left to the constraints.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from workbench.plan import Plan, Route, Stop
from workbench.problem import NO_LIMIT, Delivery, Load, Problem, VehicleType, cost_lines

LOADING = ("load", "reload")
HANDING_OVER = ("deliver", "pickup")


@dataclass(frozen=True, slots=True)
class Visit:
    """One stop as it really goes. Times are seconds after ``as_of``.

    ``place`` is None for an unknown node. ``leg`` is (seconds, metres) of the way here, None when there
    is no way or an end of it is unknown. ``members`` are the known deliveries of the stop, ``aboard``
    what is aboard on leaving, both as indices into ``Problem.deliveries``; ``load`` is their sum. ``exposure`` is the
    risk of the way here in millionths of a neper. ``soiled`` holds (goods before, goods now) for what comes aboard
    here though the vehicle would have to be cleaned first, and can't be.
    """

    stop: Stop
    place: int | None
    came_from: int | None
    leg: tuple[int, int] | None
    arrive_s: int
    begin_s: int
    depart_s: int
    service_s: int
    members: tuple[int, ...]
    aboard: tuple[int, ...]
    load: Load
    exposure: int = 0
    soiled: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Trace:
    """One route as it really goes. ``whole`` is False when a part of it could not be followed.

    ``lateness`` and ``risk`` are what its late services and its exposure cost, not yet rounded.
    """

    route: Route
    vehicle: VehicleType | None
    visits: tuple[Visit, ...]
    whole: bool
    lateness: float = 0.0
    risk: float = 0.0

    @property
    def distance_m(self) -> int:
        """Return the metres driven, over the legs that exist."""
        return sum(v.leg[1] for v in self.visits if v.leg)

    @property
    def travel_s(self) -> int:
        """Return the seconds driven."""
        return sum(v.leg[0] for v in self.visits if v.leg)

    @property
    def wait_s(self) -> int:
        """Return the seconds waited before service."""
        return sum(v.begin_s - v.arrive_s for v in self.visits)

    @property
    def service_s(self) -> int:
        """Return the seconds spent loading, handing over and picking up."""
        return sum(v.service_s for v in self.visits)

    @property
    def end_s(self) -> int:
        """Return when the route ends."""
        return self.visits[-1].depart_s if self.visits else self.route.start_s

    @property
    def exposure(self) -> int:
        """Return the risk of all ways in millionths of a neper."""
        return sum(v.exposure for v in self.visits)

    def overtime_s(self, end_s: int) -> int:
        """Return how long after its shift it ends, ending then: after the last one begun when it started."""
        begun = [shift for shift in (self.vehicle.shifts if self.vehicle else ()) if shift[0] <= self.route.start_s]
        return max(0, end_s - max(begun)[1]) if begun else 0

    def lines(self, distance_m: int, end_s: int) -> dict[str, int]:
        """Return its cost by line item if it were so long and ended then; nothing for an unknown vehicle type."""
        if self.vehicle is None:
            return {}
        duration, overtime = max(0, end_s - self.route.start_s), self.overtime_s(end_s)
        return cost_lines(self.vehicle, distance_m, duration, overtime, self.lateness, self.risk)

    @property
    def cost(self) -> int:
        """Return the route's cost; 0 for an unknown vehicle type."""
        return sum(self.lines(self.distance_m, self.end_s).values())

    @property
    def trips(self) -> int:
        """Return how often the route loads."""
        return sum(v.stop.kind in LOADING for v in self.visits)


@dataclass(frozen=True, slots=True)
class Event:
    """A delivery named at a stop: its index, and where in the replay."""

    delivery: int
    trace: int
    number: int


@dataclass(eq=False)
class Replay:
    """A plan followed route by route.

    ``loaded`` and ``handed_over`` (picked up included) list what is said of each delivery, in plan order. ``risky``
    says that exposure counts, for a limit or a price; where it does not it is not looked up.
    """

    problem: Problem
    plan: Plan
    risky: bool = field(init=False)
    place_of: dict[str, int] = field(init=False)
    delivery_of: dict[str, int] = field(init=False)
    traces: tuple[Trace, ...] = field(init=False)
    loaded: dict[int, list[Event]] = field(init=False)
    handed_over: dict[int, list[Event]] = field(init=False)
    unserved: dict[int, int] = field(init=False)

    def __post_init__(self) -> None:
        self.place_of = {p.node_id: i for i, p in enumerate(self.problem.places)}
        self.delivery_of = {d.delivery_id: i for i, d in enumerate(self.problem.deliveries)}
        limited = any(v.max_exposure < NO_LIMIT for v in self.problem.fleet)
        self.risky = limited or self.problem.prices.risk > 0
        self._types: dict[tuple[str, str], list[VehicleType]] = {}
        for vehicle in self.problem.fleet:
            self._types.setdefault((vehicle.vehicle_type, vehicle.owner), []).append(vehicle)
        self.traces = tuple(self._trace(route) for route in self.plan.routes)
        self.loaded, self.handed_over, self.unserved = {}, {}, {}
        for t, trace in enumerate(self.traces):
            for n, visit in enumerate(trace.visits):
                book = self._book(visit.stop.kind)
                for i in visit.members if book is not None else ():
                    book.setdefault(i, []).append(Event(i, t, n))  # type: ignore[union-attr]
        for u in self.plan.unserved:
            if u.delivery_id in self.delivery_of:
                i = self.delivery_of[u.delivery_id]
                self.unserved[i] = self.unserved.get(i, 0) + 1

    def visit(self, event: Event) -> Visit:
        """Return the visit at which a delivery is named."""
        return self.traces[event.trace].visits[event.number]

    def properly(self, event: Event) -> bool:
        """Whether a handing over or picking up happens at the delivery's own node and is of its kind."""
        d, visit = self.problem.deliveries[event.delivery], self.visit(event)
        return visit.place == d.node and (visit.stop.kind == "pickup") == (d.kind == "retrograde")

    def of(self, trace: Trace) -> str:
        """Return how sentences name a route."""
        return f"{trace.route.route_id} ({trace.route.vehicle_type})"

    def _book(self, kind: str) -> dict[int, list[Event]] | None:
        if kind in LOADING:
            return self.loaded
        return self.handed_over if kind in HANDING_OVER else None

    def _vehicle(self, route: Route) -> VehicleType | None:
        """Return the fleet's entry that the route means; with a wrong start node, the first of its type."""
        types = self._types.get((route.vehicle_type, route.owner), [])
        here = [v for v in types if v.depot == self.place_of.get(route.start_node)]
        return next(iter(here or types), None)

    def _trace(self, route: Route) -> Trace:
        vehicle = self._vehicle(route)
        now, place = route.start_s, self.place_of.get(route.start_node)
        key = None if vehicle is None else vehicle.travel_at(route.start_s)
        aboard: dict[int, None] = {}
        seen: set[int] = set()
        load = Load()
        visits: list[Visit] = []
        for stop in route.stops:
            here = self.place_of.get(stop.node)
            leg = self._leg(key, place, here, now)
            arrive = stop.arrive_s if leg is None else now + leg[0]
            members = tuple(self.delivery_of[x] for x in stop.deliveries if x in self.delivery_of)
            cleaned, soiled = self._clean(stop, members, aboard, seen)
            load = self._handle(stop, members, aboard, load)
            service = self._service(stop, here, members, vehicle) + (self.problem.cleaning_s if cleaned else 0)
            begin = max(arrive, stop.begin_s) if stop.kind != "end" else arrive
            if stop.kind == "rest":
                service = max(0, stop.depart_s - begin)
            now = begin + service
            visits.append(
                Visit(stop, here, place, leg, arrive, begin, now, service, members, tuple(aboard), load,
                      self._exposure(key, place, here, leg), soiled)
            )  # fmt: skip
            place = here
        followed = vehicle is not None and all(v.leg is not None for v in visits)
        whole = followed and bool(visits) and visits[-1].stop.kind == "end"
        risk = self.problem.prices.risk * sum(v.exposure for v in visits) / 1e6
        return Trace(route, vehicle, tuple(visits), whole, self._lateness(visits), risk)

    def _exposure(self, key: str | None, i: int | None, j: int | None, leg: tuple[int, int] | None) -> int:
        if not self.risky or key is None or i is None or j is None or leg is None or i == j:
            return 0
        return int(self.problem.travel.exposure(key, [i], [j])[0, 0])

    def _lateness(self, visits: Iterable[Visit]) -> float:
        """Return what services that begin after they are due cost."""
        total = 0.0
        for visit in visits:
            for i in dict.fromkeys(visit.members) if visit.stop.kind in HANDING_OVER else ():
                d = self.problem.deliveries[i]
                total += d.late_cost * max(0, visit.begin_s - d.due_s) / 3600
        return total

    def _clean(
        self, stop: Stop, members: Iterable[int], aboard: Iterable[int], seen: set[int]
    ) -> tuple[bool, tuple[tuple[int, int], ...]]:
        """Return whether the vehicle is cleaned at a stop, and what comes aboard though it is not and ought to be.

        ``seen`` are the goods that were aboard since it was clean; those of the stop are added. It is cleaned where
        that is needed, at a load stop that finds nothing aboard.
        """
        matrix = self.problem.cleaning
        if matrix is None:
            return False, ()
        deliveries, loads = self.problem.deliveries, stop.kind in LOADING
        carried = [i for i in aboard if not loads or deliveries[i].kind != "retrograde"]
        fresh = {deliveries[i].goods for i in members if self._comes_aboard(stop, deliveries[i]) and i not in carried}
        soiled = tuple((a, b) for a in sorted(seen) for b in sorted(fresh) if matrix[a, b])
        cleaned = bool(soiled) and loads and not carried
        if cleaned:
            seen.clear()
        seen |= fresh
        return cleaned, () if cleaned else soiled

    def _leg(self, key: str | None, i: int | None, j: int | None, now: int) -> tuple[int, int] | None:
        if key is None or i is None or j is None:
            return None
        return (0, 0) if i == j else self.problem.travel.leg(key, i, j, now)

    def _service(self, stop: Stop, here: int | None, members: Iterable[int], vehicle: VehicleType | None) -> int:
        chosen = [self.problem.deliveries[i] for i in dict.fromkeys(members)]
        stated = [d.loading_s(here) if stop.kind in LOADING else d.service_s for d in chosen]
        if stop.kind not in (*LOADING, *HANDING_OVER):
            return 0
        if vehicle is None:
            return sum(stated)
        ready = vehicle.turnaround_s if chosen and stop.kind in LOADING else 0
        return ready + sum(map(vehicle.handling_s, stated))

    def _handle(self, stop: Stop, members: Iterable[int], aboard: dict[int, None], load: Load) -> Load:
        """Change what is aboard as the stop says, as far as it makes sense, and return the new load."""
        deliveries = self.problem.deliveries

        def off(i: int, load: Load) -> Load:
            del aboard[i]
            return load.minus(deliveries[i].load)

        if stop.kind in (*LOADING, "end"):
            for i in [i for i in aboard if deliveries[i].kind == "retrograde"]:
                load = off(i, load)
        for i in members:
            if self._comes_aboard(stop, deliveries[i]) and i not in aboard:
                aboard[i] = None
                load = load.plus(deliveries[i].load)
            elif stop.kind == "deliver" and i in aboard and deliveries[i].kind != "retrograde":
                load = off(i, load)
        return load

    @staticmethod
    def _comes_aboard(stop: Stop, delivery: Delivery) -> bool:
        if delivery.kind == "retrograde":
            return stop.kind == "pickup"
        return stop.kind in LOADING
