"""How good a plan could be at best: simple bounds that are never wrong, only sometimes far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.constraints import HANDING_OVER
from workbench.constraints.trial import Step, Trials
from workbench.plan import Plan
from workbench.problem import DIMENSIONS, NO_LIMIT, PRIORITIES, Delivery, IntArray, Problem, VehicleType
from workbench.units import ceil_safe

CLOSURE_PLACES = 400
"""Up to so many places, cheapest ways by any number of stops are worked out; beyond, distance is left out."""

UNHURRIED = 1_000_000
"""A vehicle's ``service_ppm`` that leaves handling as it is stated."""
Floats = NDArray[np.float64]


def simple(problem: Problem, plan: Plan) -> dict[str, Any]:
    """Return ``kind, served, cost, gap``: no plan serves more, none costs less that serves what this one serves.

    ``served`` counts, per priority in `SHARE`-ths, what is not refused and passes the alone test: an idle
    vehicle of some type could do it and nothing else. ``cost`` adds what serving the plan's deliveries needs
    at least: a vehicle, handling time, and the largest of three bounds on driving, named by ``kind``.
    ``gap`` is the share of the plan's cost above it; it says nothing about plans that serve more.
    """
    small = len(problem.places) <= CLOSURE_PLACES
    trials = Trials(_at_best(problem)) if small else None
    served = [0] * PRIORITIES
    for i, d in enumerate(problem.deliveries):
        if d.refused is None and (trials is None or alone(trials, i)):
            served[d.priority - 1] += d.share
    named = {x for r in plan.routes for s in r.stops if s.kind in HANDING_OVER for x in s.deliveries}
    chosen = [d for d in problem.deliveries if d.delivery_id in named]
    kind, cost = least_cost(problem, chosen)
    gap = round(max(0.0, 1 - cost / plan.cost), 4) if plan.cost > 0 else 0.0
    test = "alone test" if small else "not refused"
    return {"kind": f"served: {test}; cost: {kind}", "served": served, "cost": cost, "gap": gap}


def _at_best(problem: Problem) -> Problem:
    """Return the problem as if every hour were as good to travel as the best, and payload the same at any distance.

    With a payload by distance, a delivery that can't be flown alone may be one of several: its vehicle loads again.
    Overtime is as good as the shift, every crew as quick as the quickest, nobody rests or runs a risk: on the way of
    several stops there may be room for what a direct trip has none for.
    """
    fleet = tuple(
        replace(
            v, shift_travel=(), payload_range=(), shifts=tuple((a, b + v.overtime_s) for a, b in v.shifts),
            overtime_s=0, service_ppm=UNHURRIED, drive_s=NO_LIMIT, max_exposure=NO_LIMIT,
        )
        for v in problem.fleet
    )  # fmt: skip
    quick = _quickest(problem.fleet)
    deliveries = tuple(
        replace(d, service_s=int(d.service_s * quick), load_s=tuple(int(s * quick) for s in d.load_s))
        for d in problem.deliveries
    )
    return problem.replace(fleet=fleet, deliveries=deliveries, travel=_Shortest(problem))


def _quickest(fleet: Sequence[VehicleType]) -> float:
    """Return the share of the stated time that handling takes the quickest crew."""
    return min((v.service_ppm for v in fleet), default=UNHURRIED) / UNHURRIED


class _Shortest:
    """Travel at its best: by any number of stops, seconds and metres each as few as they can be.

    On a road network that is what `Travel` says already; in a matrix of any numbers a detour may be quicker,
    or the only way, and a bound must not overlook it.
    """

    def __init__(self, problem: Problem) -> None:
        everywhere = range(len(problem.places))
        self.ways: dict[str, tuple[Floats, Floats]] = {}
        for key in sorted({v.travel for v in problem.fleet}):
            seconds, metres = (x.astype(np.float64) for x in problem.travel.block(key, everywhere, everywhere))
            gone = seconds < 0
            self.ways[key] = (
                _closure(np.where(gone, np.inf, seconds)),
                _closure(np.where(gone, np.inf, metres)),
            )

    def leg(self, profile: str, i: int, j: int, depart_s: int) -> tuple[int, int] | None:
        """Return (seconds, metres) at best, or None when no chain of ways joins the places."""
        seconds, metres = (float(x[i, j]) for x in self.ways[profile])
        return (int(seconds), int(metres)) if isfinite(seconds) else None

    def during(self, profile: str, start_s: int, end_s: int) -> str:
        """Return ``profile``: the best holds at any time."""
        return profile

    def block(self, profile: str, rows: Sequence[int], cols: Sequence[int]) -> tuple[IntArray, IntArray]:
        """Return (seconds, metres) at best of rows by columns; -1 where no chain of ways joins them."""
        seconds, metres = (np.nan_to_num(x[np.ix_(rows, cols)], posinf=-1) for x in self.ways[profile])
        return seconds.astype(np.int64), metres.astype(np.int64)


def alone(trials: Trials, i: int) -> bool:
    """Whether an idle vehicle of some type could serve one delivery and nothing else, within every limit."""
    d = trials.problem.deliveries[i]
    for vehicle in trials.problem.fleet:
        if vehicle.count and vehicle.takes(d):
            for steps in direct(d, i):
                for shift in vehicle.shifts:
                    if trials.run(vehicle, shift, steps, give_up=1):
                        return True
    return False


def direct(d: Delivery, i: int) -> list[list[Step]]:
    """Return the steps of a direct trip from each of a delivery's sources; of retrograde, the one there is."""
    if d.kind == "retrograde":
        return [[Step("pickup", d.node, (i,))]]
    return [[Step("load", s, (i,)), Step("deliver", d.node, (i,))] for s in d.sources]


def least_cost(problem: Problem, chosen: Sequence[Delivery]) -> tuple[str, int]:
    """Return (kind, lower bound) on the cost of any plan that serves exactly the chosen deliveries."""
    fleet = [v for v in problem.fleet if v.count and v.shifts]
    if not chosen or not fleet:
        return "nothing to serve", 0
    hourly = min(v.cost_per_hour for v in fleet)
    busy = sum(d.service_s + min(d.load_s, default=0) for d in chosen) * _quickest(fleet)
    handling = busy * hourly / 3600
    fixed = _fixed(fleet, chosen)
    places = sorted(
        {v.depot for v in fleet} | {v.end_depot for v in fleet} | {d.node for d in chosen}
        | {s for d in chosen for s in d.sources}
    )  # fmt: skip
    if len(places) > CLOSURE_PLACES:
        return "vehicles and handling", ceil_safe(fixed + handling)
    driving = _Driving(problem, fleet, places)
    bounds = {"every place is entered": driving.entered(chosen), "the farthest delivery": driving.farthest(chosen)}
    for k, name in enumerate(DIMENSIONS):
        bounds[f"weight to and fro, in {name}"] = driving.carried(chosen, k)
    bounds = {name: value for name, value in bounds.items() if isfinite(value)} or {"nothing": 0.0}
    kind = max(bounds, key=lambda name: bounds[name])
    return f"vehicles, handling, and driving by {kind}", ceil_safe(fixed + handling + bounds[kind])


def _fixed(fleet: Sequence[VehicleType], chosen: Sequence[Delivery]) -> float:
    """Return the least fixed cost: one vehicle, or as many as the loads fill where trips are limited."""
    out = min(v.fixed_cost for v in fleet)
    for k, _ in enumerate(DIMENSIONS):
        amount = sum(d.load[k] for d in chosen if d.kind != "retrograde")
        out = max(out, amount * min((_fixed_per_unit(v, k) for v in fleet if v.capacity[k]), default=0.0))
    return out


def _fixed_per_unit(vehicle: VehicleType, dimension: int) -> float:
    """Return the fixed cost of a unit of load that a vehicle carries in its shift at most."""
    limit = vehicle.capacity[dimension]
    return vehicle.fixed_cost / (limit * vehicle.max_trips) if max(limit, vehicle.max_trips) < NO_LIMIT else 0.0


class _Driving:
    """Cheapest ways between the places that matter, per vehicle type, by any number of stops."""

    def __init__(self, problem: Problem, fleet: Sequence[VehicleType], places: Sequence[int]) -> None:
        self.fleet = fleet
        self.at = {place: k for k, place in enumerate(places)}
        self.direct: list[Floats] = []
        for v in fleet:
            seconds, metres = problem.travel.block(v.travel, places, places)
            money = metres * v.cost_per_km / 1000 + seconds * v.cost_per_hour / 3600
            money = np.where(seconds < 0, np.inf, money)
            np.fill_diagonal(money, 0.0)
            self.direct.append(money)
        self.ways = [_closure(money) for money in self.direct]

    def entered(self, chosen: Sequence[Delivery]) -> float:
        """Every node served is driven to from some other place, at least once, and so is some end depot."""
        cheapest = np.minimum.reduce(self.direct)
        np.fill_diagonal(cheapest, np.inf)
        into = cheapest.min(axis=0)
        depots = {self.at[v.depot] for v in self.fleet}
        nodes = {self.at[d.node] for d in chosen} - depots
        return float(sum(into[n] for n in sorted(nodes)))

    def farthest(self, chosen: Sequence[Delivery]) -> float:
        """Some vehicle goes to the dearest delivery by way of a source, and on to its end."""
        return max(min(self._trip(k, d) for k, _ in enumerate(self.fleet)) for d in chosen)

    def _trip(self, k: int, d: Delivery) -> float:
        vehicle, ways = self.fleet[k], self.ways[k]
        if not vehicle.takes(d):
            return float("inf")
        start, node, end = self.at[vehicle.depot], self.at[d.node], self.at[vehicle.end_depot]
        there = min((ways[start, self.at[s]] + ways[self.at[s], node] for s in d.sources), default=ways[start, node])
        return float(there + ways[node, end])

    def carried(self, chosen: Sequence[Delivery], dimension: int) -> float:
        """Load aboard, and room emptied since the last loading, never exceed capacity on any leg.

        So each delivery pays for its share of a vehicle from its source to its node, and on from there to
        where the vehicle next loads or ends.
        """
        goods = [d for d in chosen if d.kind != "retrograde"]
        loading = sorted({self.at[s] for d in goods for s in d.sources})
        return float(sum(min(self._share(k, d, dimension, loading) for k, _ in enumerate(self.fleet)) for d in goods))

    def _share(self, k: int, d: Delivery, dimension: int, loading: Sequence[int]) -> float:
        vehicle, ways, amount = self.fleet[k], self.ways[k], d.load[dimension]
        if not vehicle.takes(d) or amount > vehicle.capacity[dimension]:
            return float("inf")
        if not amount:
            return 0.0
        node = self.at[d.node]
        there = min(ways[self.at[s], node] for s in d.sources)
        onward = min(ways[node, x] for x in [*loading, self.at[vehicle.end_depot]])
        return float(there + onward) * amount / vehicle.capacity[dimension]


def _closure(money: Floats) -> Floats:
    """Return the cheapest ways by any number of stops."""
    out = money.copy()
    for k, _ in enumerate(out):
        np.minimum(out, out[:, k, None] + out[None, k, :], out=out)
    return out
