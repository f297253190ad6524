"""The board of a plan: which vehicles are out, which are idle, what is left in stock, and what still fits.

Everything here is tried with `Trials`, never guessed and never asked of an engine.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from workbench.constraints import HANDING_OVER, LOADING, Replay, Trace
from workbench.constraints.trial import NEVER, Known, Outcome, Step, Trials
from workbench.explain.search import Search
from workbench.ground.matrix import Cut
from workbench.ground.modes import Modes
from workbench.plan import Plan
from workbench.problem import Delivery, Problem, VehicleType, route_cost, timed
from workbench.problem.barred import barring
from workbench.problem.world import World, stops_of

MOST_SOURCES = 3
"""So many sources of a delivery are tried, its own first."""
STOCK_SLACK = 1e-6

Worth = Callable[["Fit"], tuple[int, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Ride:
    """A route of the plan as steps. ``begins`` are the plan's own starts of service by delivery."""

    route_id: str
    vehicle: VehicleType
    shift: tuple[int, int]
    steps: tuple[Step, ...]
    distance_m: int
    cost: int
    badness: int
    begins: dict[int, int]
    known: Known


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A delivery put on a ride, or (``ride`` None) on a vehicle of its own. ``at`` is the step that serves it."""

    delivery: int
    ride: Ride | None
    vehicle: VehicleType
    shift: tuple[int, int]
    steps: tuple[Step, ...]
    at: int
    outcome: Outcome
    quantity: float

    @property
    def begin_s(self) -> int:
        """Return when service of the delivery starts."""
        return self.outcome.begins[self.at]

    @property
    def extra_m(self) -> int:
        """Return the metres driven more than without it."""
        return self.outcome.distance_m - (self.ride.distance_m if self.ride else 0)

    @property
    def extra_cost(self) -> int:
        """Return the cost more than without it."""
        duration = self.outcome.end_s - self.outcome.start_s
        return route_cost(self.vehicle, self.outcome.distance_m, duration) - (self.ride.cost if self.ride else 0)

    @property
    def badness(self) -> int:
        """Return how much worse the breaches are than those that the ride has anyway."""
        return max(0, self.outcome.badness - (self.ride.badness if self.ride else 0))


def dearness(fit: Fit) -> tuple[int, ...]:
    """Order fits by metres, then by time."""
    return (fit.extra_m, fit.begin_s)


def soonest(fit: Fit) -> tuple[int, ...]:
    """Order fits by when the delivery is served."""
    return (fit.begin_s, fit.extra_m)


class Board:
    """A problem and a plan, ready for trying. Routes that cannot be followed are left out of it."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        replay = Replay(problem, plan)
        self.problem, self.trials = problem, Trials(problem)
        self.rides = tuple(ride for t in replay.traces if t.whole for ride in self._ride(t))
        self.taken: dict[tuple[int, tuple[int, int]], int] = {}
        index = {id(v): k for k, v in enumerate(problem.fleet)}
        for ride in self.rides:
            lane = (index[id(ride.vehicle)], ride.shift)
            self.taken[lane] = self.taken.get(lane, 0) + 1
        self.left = dict(problem.stock)
        for i, events in replay.loaded.items():
            for place in {replay.visit(e).place for e in events}:
                key = (place if place is not None else -1, problem.deliveries[i].item)
                if key in self.left:
                    self.left[key] -= problem.deliveries[i].quantity
        self.served = {i: e[0].trace for i, e in replay.handed_over.items()}
        self._lifted: dict[tuple[tuple[str, int], ...], Board] = {}
        self._world: World | None = None

    def with_delivery(self, i: int, **changes: Any) -> Board:
        """Return the board as if one delivery were different; everything else is shared."""
        deliveries = list(self.problem.deliveries)
        deliveries[i] = replace(deliveries[i], **changes)
        return self._like(self.problem.replace(deliveries=tuple(deliveries)), self.trials.known_legs)

    def lifted(self, cuts: Sequence[Cut]) -> Board:
        """Return the board of the same routes once none of the cuts is in the way; the same cuts, the same board."""
        key = tuple(sorted((cut.edge_id, cut.barriers) for cut in cuts))
        if key not in self._lifted:
            self._lifted[key] = self._freed(cuts)
        return self._lifted[key]

    def _freed(self, cuts: Sequence[Cut]) -> Board:
        old = self.modes
        travel = old.lifted(cuts)
        other = self._like(self.problem.replace(travel=travel, fleet=timed(self.problem.fleet, travel)), {})
        if (travel.roads, travel.air) != (old.roads, old.air):
            other.rides = tuple(
                replace(r, known=other.trials.prefix(r.vehicle, r.shift, r.steps)) for r in self.rides
            )  # fmt: skip
        return other

    @property
    def modes(self) -> Modes:
        """The travel, where it knows what bars a way."""
        assert isinstance(self.problem.travel, Modes)
        return self.problem.travel

    def barring(self, vehicle: VehicleType, source: int, node: int) -> tuple[Cut, ...]:
        """Return the fewest things that have to open together for a vehicle's direct trip (source -1: retrograde)."""
        if self._world is None:
            p = self.problem
            self._world = World(p.as_of, p.horizon_s, p.places, p.fleet, self.modes)
        return barring(self._world, vehicle, stops_of(vehicle, source, node))

    def apart_from(self, routes: set[str]) -> Board:
        """Return the board without some rides, as if they had no room."""
        other = self._like(self.problem, self.trials.known_legs)
        other.rides = tuple(r for r in self.rides if r.route_id not in routes)
        return other

    def drawn(self, item: str, fits: Sequence[Fit]) -> Board:
        """Return the board once these fits of the item have been loaded."""
        other = self._like(self.problem, self.trials.known_legs)
        other.left = dict(self.left)
        for fit in fits:
            for place in (s.place for s in fit.steps if s.kind == "load" and fit.delivery in s.deliveries):
                if (place, item) in other.left:
                    other.left[place, item] -= fit.quantity
        return other

    def restocked(self, place: int, item: str, quantity: float) -> Board:
        """Return the board with so much of an item left at a place."""
        other = self._like(self.problem, self.trials.known_legs)
        other.left = {**self.left, (place, item): quantity}
        return other

    def _like(self, problem: Problem, legs: dict[Any, Any]) -> Board:
        other = Board.__new__(Board)
        other.__dict__ |= {**self.__dict__, "problem": problem, "trials": Trials(problem, legs)}
        return other

    def _ride(self, trace: Trace) -> Iterator[Ride]:
        vehicle = trace.vehicle
        if vehicle is None or not vehicle.shifts:
            return
        steps = tuple(
            Step("load" if v.stop.kind in LOADING else v.stop.kind, v.place, v.members)
            for v in trace.visits
            if v.place is not None and v.stop.kind in (*LOADING, *HANDING_OVER) and v.members
        )
        start, end = trace.route.start_s, trace.end_s
        shift = min(vehicle.shifts, key=lambda s: (max(0, s[0] - start) + max(0, end - s[1]), s))
        if not _sound(steps):
            return
        outcome = self.trials.run(vehicle, shift, steps)
        begins = {i: v.begin_s for v in trace.visits if v.stop.kind in HANDING_OVER for i in v.members}
        if outcome is not None:
            known = self.trials.prefix(vehicle, shift, steps)
            yield Ride(
                trace.route.route_id,
                vehicle,
                shift,
                steps,
                trace.distance_m,
                trace.cost,
                outcome.badness,
                begins,
                known,
            )

    def sources(self, d: Delivery, *, stocked: bool = True) -> tuple[int, ...]:
        """Return where a delivery may be drawn, its own source first; of those with enough left if ``stocked``."""
        own = [d.source] if d.source in d.sources else []
        ordered = [*own, *(s for s in d.sources if s not in own)]
        enough = [
            s for s in ordered if not stocked or self.left.get((s, d.item), d.quantity) + STOCK_SLACK >= d.quantity
        ]
        return tuple(enough[:MOST_SOURCES])

    def direct(self, i: int, *, stocked: bool = True) -> Iterator[tuple[Step, ...]]:
        """Yield the steps of a trip that serves this delivery alone."""
        d = self.problem.deliveries[i]
        if d.kind == "retrograde":
            yield (Step("pickup", d.node, (i,)),)
        for s in self.sources(d, stocked=stocked):
            yield (Step("load", s, (i,)), Step("deliver", d.node, (i,)))

    def idle(
        self, i: int, *, more: int = 0, longer_s: int = 0, stocked: bool = True, worth: Worth = dearness
    ) -> Fit | None:
        """Return the best trip of its own for a delivery, by a vehicle still idle; None when there is none.

        ``more`` pretends that so many more of every type stand by, ``longer_s`` that shifts end so much later.
        """
        d, best = self.problem.deliveries[i], None
        for k, vehicle in enumerate(self.problem.fleet):
            if vehicle.takes(d):
                free = [s for s in vehicle.shifts if self.taken.get((k, s), 0) < vehicle.count + more]
                fits = self._alone(i, vehicle, [(start, end + longer_s) for start, end in free], stocked=stocked)
                best = min(filter(None, (best, *fits)), key=worth, default=None)
        return best

    def alone(self, i: int, vehicle: VehicleType) -> Fit | None:
        """Return the best trip of its own for a delivery by a vehicle, of the fleet or not; None when there is none."""
        return min(self._alone(i, vehicle, vehicle.shifts), key=dearness, default=None)

    def _alone(
        self, i: int, vehicle: VehicleType, shifts: Iterable[tuple[int, int]], *, stocked: bool = True
    ) -> Iterator[Fit]:
        """Yield the trips of its own for a delivery by a vehicle in some shifts."""
        for shift in shifts:
            for steps in self.direct(i, stocked=stocked):
                outcome = self.trials.run(vehicle, shift, steps, give_up=1)
                if outcome is not None:
                    quantity = self.problem.deliveries[i].quantity
                    yield Fit(i, None, vehicle, shift, steps, len(steps) - 1, outcome, quantity)

    def fitting(self, i: int, *, longer_s: int = 0, worth: Worth = dearness) -> Fit | None:
        """Return the best way to put a delivery on a ride without breaking anything; None when there is none."""
        best = None
        for ride in self.rides:
            shift = (ride.shift[0], ride.shift[1] + longer_s)
            for fit in self._fits(i, ride, ride.known, shift, limit=ride.badness + 1, kept=not ride.badness):
                if best is None or worth(fit) < worth(best):
                    best = fit
        return best

    def _fits(
        self, i: int, ride: Ride, known: Known, shift: tuple[int, int], *, limit: int, kept: bool = False,
        near: Container[int] | None = None, falling: bool = False,
    ) -> Iterator[Fit]:  # fmt: skip
        """Yield the ways to put a delivery among known steps that are less bad than ``limit``.

        If ``falling``, each is less bad than the one before. ``kept`` says that these are all the ride's steps
        and in time, so that no try may be late for them.
        """
        d = self.problem.deliveries[i]
        due = self.trials.deadlines(ride.vehicle, shift, known.steps) if kept else {}
        search = Search(self.trials, ride.vehicle, shift, known, i, self.sources(d), limit, due)
        for steps, at, outcome in search.places(near):
            yield Fit(i, ride, ride.vehicle, shift, steps, at, outcome, d.quantity)
            if falling:
                search.limit = outcome.badness

    def least_bad(self, i: int) -> list[Fit]:
        """Return for each ride its least bad way to take a delivery, least bad first."""
        out = []
        for ride in self.rides:
            fits = list(self._fits(i, ride, ride.known, ride.shift, limit=NEVER, falling=True))
            out += fits[-1:]
        return sorted(out, key=lambda fit: (fit.badness, fit.extra_m))

    def instead_of(self, i: int, other: int, ride: Ride) -> Fit | None:
        """Return a way to serve a delivery on a ride in place of another one, near where that was."""
        known = self.trials.prefix(ride.vehicle, ride.shift, without(ride.steps, other))
        was = next(n for n, step in enumerate(ride.steps) if other in step.deliveries and step.kind != "load")
        limit = ride.badness + 1
        return next(self._fits(i, ride, known, ride.shift, limit=limit, near=range(was - 1, was + 2)), None)

    def settle(self, fit: Fit) -> Fit:
        """Return the fit with its start as late as its end allows; unchanged if it breaks anything."""
        outcome = self.trials.settled(fit.vehicle, fit.shift, fit.steps)
        return replace(fit, outcome=outcome) if outcome is not None else fit


def without(steps: Sequence[Step], i: int) -> tuple[Step, ...]:
    """Return the steps without a delivery; steps that have nothing else to do go too."""
    kept = (Step(s.kind, s.place, tuple(x for x in s.deliveries if x != i)) for s in steps)
    return tuple(s for s in kept if s.deliveries)


def _sound(steps: Sequence[Step]) -> bool:
    """Whether everything handed over was loaded before, once: otherwise the route is not one to build on."""
    aboard: set[int] = set()
    seen: set[int] = set()
    for step in steps:
        for i in step.deliveries:
            if step.kind == "deliver":
                if i not in aboard:
                    return False
                aboard.remove(i)
            elif i in seen:
                return False
            else:
                seen.add(i)
                if step.kind == "load":
                    aboard.add(i)
    return not aboard
