"""Trying a route: what would happen if one vehicle did these steps in one of its shifts.

Explanations and bounds ask this many times over, so it is quicker than a `Replay` and knows nothing of
plans. It is written for them alone: engines have their own evaluation, the checker replays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from workbench.problem import DIMENSIONS, Problem, VehicleType, Windows, lift_kg

NEVER = 10**12
"""More seconds of badness than any real breach."""
RELATIVE_OVERLOAD_S = 7200
"""A load twice the capacity counts like being two hours late, when breaches are weighed against each other."""
METRES_PER_S = 10
"""A range exceeded by so many metres counts like being a second late."""


class Step(NamedTuple):
    """What a route does at a place: ``kind`` is load, deliver or pickup; deliveries are indices."""

    kind: str
    place: int
    deliveries: tuple[int, ...]


class Breach(NamedTuple):
    """A limit missed: constraint, amount (seconds, metres, internal load units), step, and which of its kind.

    ``which`` is the delivery for window (-1 for a supply point's hours), the dimension for capacity, the metres of the
    sortie for payload_range.
    """

    code: str
    amount: int
    step: int
    which: int = -1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a try. ``begins`` are starts of service by step; without breaches it is feasible.

    ``badness`` weighs the breaches in seconds, `NEVER` when a way or a permission is missing.
    """

    start_s: int
    end_s: int
    begins: tuple[int, ...]
    distance_m: int
    breaches: tuple[Breach, ...]
    badness: int

    @property
    def feasible(self) -> bool:
        """Whether every limit is kept."""
        return not self.breaches


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """The beginnings of a route already tried: the run before each step and after the last."""

    steps: tuple[Step, ...]
    runs: tuple[Run, ...]


@dataclass(eq=False)
class Trials:
    """Tries routes of one problem, each leg at the hour it is driven; remembers the legs it has asked for."""

    problem: Problem
    known_legs: dict[tuple[str, int, int], tuple[int, int] | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        conflicts = self.problem.conflicts
        self._clash = [
            frozenset(b for b, clash in enumerate(row) if clash or conflicts[b][a]) for a, row in enumerate(conflicts)
        ]

    def leg(self, key: str, i: int, j: int) -> tuple[int, int] | None:
        """Return (seconds, metres) from place i to place j as planned with, or None for no way."""
        if i == j:
            return 0, 0
        found = self.known_legs.get((key, i, j), ())
        if found == ():
            found = self.known_legs[key, i, j] = self._looked_up(key, i, j)
        return found  # type: ignore[return-value]

    def _looked_up(self, key: str, i: int, j: int) -> tuple[int, int] | None:
        seconds, metres = self.problem.travel.block(key, [i], [j])
        return None if seconds[0, 0] < 0 else (int(seconds[0, 0]), int(metres[0, 0]))

    def clash(self, goods: int) -> frozenset[int]:
        """Return the goods that may not be aboard together with these."""
        return self._clash[goods]

    def run(
        self, vehicle: VehicleType, shift: tuple[int, int], steps: Sequence[Step], *, give_up: int = NEVER + 1
    ) -> Outcome | None:
        """Return what becomes of the steps, started as soon as the shift begins; late service goes on.

        Once the badness reaches ``give_up`` there is no answer, None: somebody has something better.
        """
        run = Run(self, vehicle, shift)
        for n, step in enumerate(steps):
            run.do(n, step)
            if run.badness >= give_up:
                return None
        run.finish(len(steps))
        return run.outcome() if run.badness < give_up else None

    def prefix(self, vehicle: VehicleType, shift: tuple[int, int], steps: Sequence[Step]) -> Known:
        """Return the run of the steps as it stands before each of them and after the last."""
        run = Run(self, vehicle, shift)
        runs = [run.fork(self, shift)]
        for n, step in enumerate(steps):
            run.do(n, step)
            runs.append(run.fork(self, shift))
        return Known(tuple(steps), tuple(runs))

    def deadlines(self, vehicle: VehicleType, shift: tuple[int, int], steps: Sequence[Step]) -> dict[int, int]:
        """Return the latest start of each step, by identity, from which it and the rest can still be in time."""
        found: dict[int, int] = {}
        key, due, after = vehicle.travel, shift[1], vehicle.end_depot
        for step in reversed(steps):
            leg = self.leg(key, step.place, after)
            due -= self.work(vehicle, step) + (leg[0] if leg else 0)
            due = min(due, max((hi for _, hi in self._hours(step)), default=due))
            found[id(step)] = due
            after = step.place
        return found

    def settled(self, vehicle: VehicleType, shift: tuple[int, int], steps: Sequence[Step]) -> Outcome | None:
        """Return the outcome with the start as late as its end allows, or None when it is not feasible."""
        early = self.run(vehicle, shift, steps, give_up=1)
        if early is None:
            return None
        key = vehicle.travel_at(shift[0])
        places = [vehicle.depot, *(s.place for s in steps), vehicle.end_depot]
        legs = [self.leg(key, a, b) for a, b in pairwise(places)]
        known = [leg[0] for leg in legs if leg is not None]
        if len(known) < len(legs):  # a way only at some hours: as early as it was found
            return early
        due = early.end_s
        for n in range(len(steps) - 1, -1, -1):
            latest = due - known[n + 1] - self.work(vehicle, steps[n])
            due = _last_before(self._hours(steps[n]), latest, early.begins[n])
        start = max(shift[0], due - known[0])
        return self.run(vehicle, (start, shift[1]), steps, give_up=1) or early

    def work(self, vehicle: VehicleType, step: Step) -> int:
        """Return the seconds that a step takes a vehicle at its place."""
        deliveries = self.problem.deliveries
        if step.kind == "load":
            return vehicle.turnaround_s + sum(deliveries[i].loading_s(step.place) for i in step.deliveries)
        return sum(deliveries[i].service_s for i in step.deliveries)

    def _hours(self, step: Step) -> Windows:
        """Return when the step may begin."""
        if step.kind == "load":
            return self.problem.places[step.place].windows
        common = self.problem.deliveries[step.deliveries[0]].windows
        for i in step.deliveries[1:]:
            both = self.problem.deliveries[i].windows
            common = tuple(
                (max(a, c), min(b, d)) for a, b in common for c, d in both if max(a, c) <= min(b, d)
            )  # fmt: skip
        return common


def _last_before(windows: Windows, latest: int, known: int) -> int:
    """Return the last instant not after ``latest`` in a window; ``known`` is one such."""
    return max([known, *(min(latest, closes) for opens, closes in windows if opens <= latest)])


class Run:
    """One vehicle on its way. `fork` lets many tries share a beginning."""

    __slots__ = ("aboard", "badness", "begins", "breaches", "deliveries", "key", "load", "metres", "now", "peak_kg",
                 "place", "shift", "sortie_m", "trials", "trips", "vehicle")  # fmt: skip

    def __init__(self, trials: Trials, vehicle: VehicleType, shift: tuple[int, int]) -> None:
        self.trials, self.vehicle, self.shift = trials, vehicle, shift
        self.deliveries, self.key = trials.problem.deliveries, vehicle.travel_at(shift[0])
        self.now, self.place, self.metres, self.trips, self.badness = shift[0], vehicle.depot, 0, 0, 0
        self.sortie_m = self.peak_kg = 0
        self.aboard: list[int] = []
        self.load = [0, 0, 0, 0]
        self.begins: list[int] = []
        self.breaches: list[Breach] = []

    def fork(self, trials: Trials, shift: tuple[int, int]) -> Run:
        """Return a copy that goes on by itself, with other deliveries or a shift that ends at another time."""
        other = Run(trials, self.vehicle, shift)
        other.now, other.place, other.metres, other.trips = self.now, self.place, self.metres, self.trips
        other.sortie_m, other.peak_kg = self.sortie_m, self.peak_kg
        other.badness, other.aboard, other.load = self.badness, self.aboard.copy(), self.load.copy()
        other.begins, other.breaches = self.begins.copy(), self.breaches.copy()
        return other

    def breach(self, code: str, amount: int, step: int, *, which: int = -1, badness: int = NEVER) -> None:
        """Note a limit missed."""
        self.breaches.append(Breach(code, amount, step, which))
        self.badness = min(NEVER, self.badness + badness)

    def drive(self, n: int, place: int) -> None:
        """Go to a place; without a way there, note that and be there all the same."""
        travel, here = self.trials.problem.travel, self.place
        leg = (0, 0) if here == place else travel.leg(self.key, here, place, self.now)
        if leg is None:
            self.breach("access", 1, n)
        else:
            self.now += leg[0]
            self.metres += leg[1]
            self.sortie_m += leg[1]
        self.place = place

    def _end_sortie(self, n: int) -> None:
        """See whether what was aboard since the last loading could be lifted so far."""
        if self.vehicle.payload_range:
            limit = lift_kg(self.vehicle.payload_range, self.sortie_m)
            if self.peak_kg > limit:
                self.breach("payload_range", self.peak_kg - max(limit, 0), n, which=self.sortie_m)
        self.sortie_m = self.peak_kg = 0

    def do(self, n: int, step: Step) -> None:
        """Go where step n is, wait for its opening, and do it."""
        kind, place, members = step
        self.drive(n, place)
        self._wait(n, kind, place, members)
        self.begins.append(self.now)
        if kind == "load":
            self._end_sortie(n)
            self.now += self.vehicle.turnaround_s + sum(self.deliveries[i].loading_s(place) for i in members)
            self._hand_in()
            self.trips += 1
            if self.trips > self.vehicle.max_trips:
                self.breach("trips", 1, n)
        else:
            self.now += sum(self.deliveries[i].service_s for i in members)
        if kind == "deliver":
            for i in members:
                self._off(i)
        else:
            for i in members:
                self._take(n, i)
            self._weigh(n)

    def _wait(self, n: int, kind: str, place: int, members: tuple[int, ...]) -> None:
        """Wait for the next common opening; when there is none, go on late."""
        if kind == "load":
            self._wait_for(n, [(-1, self.trials.problem.places[place].windows)])
            return
        for i in members:
            windows = self.deliveries[i].windows
            if not any(lo <= self.now <= hi for lo, hi in windows):
                self._wait_for(n, [(i, self.deliveries[i].windows) for i in members])
                return

    def _wait_for(self, n: int, sets: list[tuple[int, Windows]]) -> None:
        moment = self.now
        while True:
            after = moment
            for which, windows in sets:
                opening = next((max(lo, after) for lo, hi in windows if hi >= after), None)
                if opening is None:
                    closed = max((hi for _, hi in windows), default=0)
                    late = max(1, (self.now if self.now > closed else after) - closed)
                    self.breach("window", late, n, which=which, badness=late)
                    return
                after = opening
            if after == moment:
                self.now = moment
                return
            moment = after

    def _hand_in(self) -> None:
        for i in [i for i in self.aboard if self.deliveries[i].kind == "retrograde"]:
            self._off(i)

    def _off(self, i: int) -> None:
        self.aboard.remove(i)
        for k, amount in enumerate(self.deliveries[i].load):
            self.load[k] -= amount

    def _take(self, n: int, i: int) -> None:
        goods = self.deliveries[i].goods
        if not self.vehicle.takes(self.deliveries[i]):
            self.breach("may_carry", 1, n, which=i)
        clash = self.trials.clash(goods)
        if clash and any(self.deliveries[k].goods in clash for k in self.aboard):
            self.breach("compatibility", 1, n, which=i)
        self.aboard.append(i)
        for k, amount in enumerate(self.deliveries[i].load):
            self.load[k] += amount

    def _weigh(self, n: int) -> None:
        self.peak_kg = max(self.peak_kg, self.load[0])
        for k, limit in enumerate(self.vehicle.capacity):
            if self.load[k] > limit:
                over = self.load[k] - limit
                badness = NEVER if not limit else max(1, RELATIVE_OVERLOAD_S * over // limit)
                self.breach("capacity", over, n, which=k, badness=badness)

    def finish(self, n: int) -> None:
        """Go home, and see whether shift and range are kept."""
        self.drive(n, self.vehicle.end_depot)
        self._end_sortie(n)
        over = self.now - self.shift[1]
        if over > 0:
            self.breach("shift", over, n, badness=over)
        far = self.metres - self.vehicle.range_m
        if far > 0:
            self.breach("range", far, n, badness=max(1, far // METRES_PER_S))

    def outcome(self) -> Outcome:
        """Return what became of it."""
        return Outcome(
            self.shift[0], self.now, tuple(self.begins), self.metres, tuple(self.breaches), self.badness
        )  # fmt: skip


def capacity_code(dimension: int) -> str:
    """Return the code of an unserved delivery that is too much in a load dimension."""
    return f"CAPACITY_{DIMENSIONS[dimension].upper()}"
