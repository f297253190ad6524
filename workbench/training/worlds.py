"""Small worlds that can be solved by hand, as real problems for the real engines.

A world is a `Problem` with numbered posts (the depot is 0) and a way to read a plan the way a
student writes it: the post numbers in order, one list for each truck.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from workbench.plan import Plan, PlannedDelivery, Route, Stop
from workbench.problem import NO_LIMIT, Delivery, Load, Problem, VehicleType, route_cost
from workbench.units import clock

AS_OF = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)
"""Every lesson's day starts at 06:00Z."""
HORIZON_S = 24 * 3600

Routes = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """A hand-solvable problem: post ``i`` is place ``i`` and delivery ``i - 1``; the depot is 0.

    ``measure`` is what plans are compared by: ``km`` driven (sum over the trucks), or ``min`` from
    06:00 until the last truck is back. ``xy`` holds kilometres east and north of the depot, for
    pictures; it is a sketch where travel times are given by a table.
    """

    name: str
    problem: Problem
    xy: tuple[tuple[float, float], ...]
    measure: str

    @property
    def posts(self) -> range:
        """Return the numbers of the posts, from 1."""
        return range(1, len(self.problem.places))

    @property
    def vehicle(self) -> VehicleType:
        """Return the only vehicle type."""
        return self.problem.fleet[0]

    @property
    def capacity(self) -> float:
        """Return the pallet positions of one truck."""
        return self.vehicle.capacity.centipallets / 100

    def pallets(self, post: int) -> float:
        """Return what a post asks for, in pallets."""
        return self.problem.deliveries[post - 1].load.centipallets / 100

    def window(self, post: int) -> tuple[int, int]:
        """Return when unloading may start at a post, in seconds after 06:00."""
        return self.problem.deliveries[post - 1].windows[0]

    @property
    def matrix(self) -> np.ndarray:
        """Return kilometres or minutes between all places, depot first, whichever the world measures."""
        everywhere = range(len(self.problem.places))
        seconds, metres = self.problem.travel.block(self.vehicle.travel, everywhere, everywhere)
        return metres / 1000 if self.measure == "km" else seconds / 60

    def table(self) -> pd.DataFrame:
        """Return the posts as a table: pallets, and position or window."""
        rows = []
        for post in self.posts:
            row: dict[str, object] = {"post": post, "pallets": int(self.pallets(post))}
            if self.measure == "km":
                row |= {"km east": self.xy[post][0], "km north": self.xy[post][1]}
            else:
                opens, closes = self.window(post)
                row |= {"opens": day_clock(opens), "closes": day_clock(closes)}
            rows.append(row)
        return pd.DataFrame(rows).set_index("post")

    def distances(self) -> pd.DataFrame:
        """Return the matrix as a table, depot first: kilometres to 0.01, or whole minutes."""
        places = [0, *self.posts]
        digits = 2 if self.measure == "km" else 0
        table = pd.DataFrame(self.matrix.round(digits), index=places, columns=places)
        return table if digits else table.astype(int)


def day_clock(seconds: int) -> str:
    """Return the time of day, HH:MM, so many seconds after the lesson's day begins (rounded down)."""
    return clock(seconds + AS_OF.hour * 3600)


@dataclass(frozen=True, slots=True)
class Walk:
    """One truck's day along a list of posts, leaving the depot at 06:00; seconds after 06:00, metres.

    ``begin`` waits for the window; a window missed is not waited for, so ``begin`` may lie after it.
    """

    posts: tuple[int, ...]
    arrive: tuple[int, ...]
    begin: tuple[int, ...]
    depart: tuple[int, ...]
    end_s: int
    travel_s: int
    distance_m: int

    @property
    def wait_s(self) -> int:
        """Return the time spent waiting for windows to open."""
        return sum(b - a for a, b in zip(self.arrive, self.begin, strict=True))


def walk(world: World, posts: Sequence[int]) -> Walk:
    """Follow one truck from the depot along ``posts`` and back."""
    problem, key = world.problem, world.vehicle.travel
    now = here = travel = distance = 0
    arrive, begin, depart = [], [], []
    for post in (*posts, 0):
        leg = problem.travel.leg(key, here, post, now)
        seconds, metres = leg if leg is not None else (HORIZON_S, NO_LIMIT)
        travel, distance, now, here = travel + seconds, distance + metres, now + seconds, post
        if post:
            arrive.append(now)
            begin.append(max(now, world.window(post)[0]))
            now = begin[-1] + problem.deliveries[post - 1].service_s
            depart.append(now)
    return Walk(tuple(posts), tuple(arrive), tuple(begin), tuple(depart), now, travel, distance)


def length(world: World, routes: Sequence[Sequence[int]]) -> float:
    """Return what the routes cost in the world's measure: km driven, or minutes until the last is back."""
    walks = [walk(world, r) for r in routes if r]
    if world.measure == "km":
        return sum(w.distance_m for w in walks) / 1000
    return max((w.end_s for w in walks), default=0) / 60


def plan_of(world: World, routes: Sequence[Sequence[int]]) -> Plan:
    """Write a student's routes as a plan that the checker can replay. Posts left out are simply missing."""
    problem = world.problem
    return Plan(
        scenario=problem.scenario,
        coa=problem.coa,
        inputs_sha256=problem.inputs_sha256,
        engine="hand",
        engine_version="1",
        seed=0,
        budget={},
        spent={},
        as_of=problem.as_of.isoformat(),
        routes=tuple(_route(world, f"R{n:02d}", walk(world, r)) for n, r in enumerate(routes, 1) if r),
        unserved=(),
        deliveries=tuple(_planned(problem, d) for d in problem.deliveries),
    )


def _planned(problem: Problem, d: Delivery) -> PlannedDelivery:
    ends = problem.places[d.source].node_id, problem.places[d.node].node_id
    return PlannedDelivery(d.delivery_id, d.requisition_id, d.kind, *ends, d.priority, d.quantity, d.load)


def _route(world: World, route_id: str, day: Walk) -> Route:
    problem, vehicle = world.problem, world.vehicle
    loads = [problem.deliveries[p - 1] for p in day.posts]
    aboard = Load()
    for d in loads:
        aboard = aboard.plus(d.load)
    home = problem.places[0].node_id
    stops = [Stop(home, "load", 0, 0, 0, tuple(d.delivery_id for d in loads), aboard)]
    for i, d in enumerate(loads):
        aboard = aboard.minus(d.load)
        node = problem.places[d.node].node_id
        stops.append(Stop(node, "deliver", day.arrive[i], day.begin[i], day.depart[i], (d.delivery_id,), aboard))
    stops.append(Stop(home, "end", day.end_s, day.end_s, day.end_s))
    return Route(
        route_id=route_id,
        vehicle_type=vehicle.vehicle_type,
        owner=vehicle.owner,
        profile=vehicle.profile,
        start_node=home,
        end_node=home,
        start_s=0,
        end_s=day.end_s,
        distance_m=day.distance_m,
        travel_s=day.travel_s,
        wait_s=day.wait_s,
        service_s=sum(d.service_s for d in loads),
        cost=route_cost(vehicle, day.distance_m, day.end_s),
        stops=tuple(stops),
    )


def routes_of(world: World, plan: Plan) -> Routes:
    """Read a plan the way a student writes it: post numbers in order, a tuple for each route."""
    number = {place.node_id: i for i, place in enumerate(world.problem.places)}
    return tuple(tuple(number[s.node] for s in r.stops if s.kind == "deliver") for r in plan.routes)
