"""From routes as arrays to a plan with names and times, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from workbench.constraints import CONSTRAINTS
from workbench.engines._protocol import Budget, Engine
from workbench.engines._routes import scratch_for
from workbench.engines._schedule import Scratch, replay
from workbench.engines._times import forward
from workbench.engines._world import Ints, View, World
from workbench.plan import Plan, PlannedDelivery, Route, Stop, StopKind, Unserved
from workbench.problem import Delivery, Load, Problem, route_cost
from workbench.units import iso


@dataclass(frozen=True, slots=True)
class Tour:
    """One route: its lane and its tokens; where a joint schedule says so, its start, and until when tokens wait."""

    lane: int
    tokens: tuple[int, ...]
    start: int = -1
    holds: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """What a plan is made of besides its routes: engine, seed, budget, and what was spent."""

    engine: type[Engine] | Engine
    seed: int
    budget: Budget
    spent: Mapping[str, int]


def plan_of_tours(view: View, found: tuple[Tour, ...], source: Ints, made: Made) -> Plan:
    """Write tours as a plan: routes in order of vehicle type, start and content, numbered from R01."""
    problem = view.problem
    space = scratch_for(view.world)
    timed = sorted((_timed(view, tour, source, space) for tour in found), key=lambda t: t[0])
    digits = max(2, len(str(len(timed))))
    made_routes = tuple(_numbered(route, f"R{k:0{digits}d}") for k, (_, route) in enumerate(timed, 1))
    origin, goal = _ends(view, found, source)
    out = _unserved(view, found, made.engine.name)
    return Plan(
        scenario=problem.scenario,
        coa=problem.coa,
        inputs_sha256=problem.inputs_sha256,
        engine=made.engine.name,
        engine_version=made.engine.version,
        seed=made.seed,
        budget=made.budget.as_dict(),
        spent=dict(made.spent),
        as_of=iso(problem.as_of),
        routes=made_routes,
        unserved=out,
        deliveries=tuple(_planned(problem, i, origin, goal) for i in range(len(problem.deliveries))),
        enforced=tuple(sorted(made.engine.enforces)),
        unenforced=tuple(sorted(set(CONSTRAINTS) - made.engine.enforces)),
    )


def _numbered(route: Route, route_id: str) -> Route:
    fields: dict[str, Any] = {name: getattr(route, name) for name in Route.__dataclass_fields__}
    return Route(**{**fields, "route_id": route_id})


def _vehicle(view: View, tour: Tour) -> np.void:
    """Return the record of the vehicle type that drives a tour."""
    record: np.void = view.world.vehicle[view.world.lane["vehicle"][tour.lane]]
    return record


def _ends(view: View, found: tuple[Tour, ...], source: Ints) -> tuple[dict[int, str], dict[int, str]]:
    """Return where each served delivery is loaded, and where each served retrograde is handed over."""
    problem, w, n = view.problem, view.world, len(view.world.delivery)
    names = [problem.places[p].node_id for p in view.places]
    origin: dict[int, str] = {}
    goal: dict[int, str] = {}
    for tour in found:
        here = names[_vehicle(view, tour)["end"]]
        for x in reversed(tour.tokens):
            if x >= n:
                here = names[x - n]
            elif w.delivery["retro"][x]:
                goal[view.deliveries[x]] = here
            else:
                origin[view.deliveries[x]] = names[source[x]]
    return origin, goal


def _planned(problem: Problem, i: int, origin: Mapping[int, str], goal: Mapping[int, str]) -> PlannedDelivery:
    d = problem.deliveries[i]
    own = problem.places[d.node].node_id
    back = d.kind == "retrograde"
    default = problem.places[d.source].node_id if d.source >= 0 and d.source in d.sources else ""
    return PlannedDelivery(
        delivery_id=d.delivery_id,
        requisition_id=d.requisition_id,
        kind=d.kind,
        from_node=own if back else origin.get(i, default),
        to_node=goal.get(i, "") if back else own,
        priority=d.priority,
        quantity=d.quantity,
        load=d.load,
    )


def _unserved(view: View, found: tuple[Tour, ...], engine: str) -> tuple[Unserved, ...]:
    served = {view.deliveries[x] for tour in found for x in tour.tokens if x < len(view.world.delivery)}
    left_out = f"No route had room for it in the best plan that the engine {engine} found within its budget."
    out = []
    for i, d in enumerate(view.problem.deliveries):
        if i not in served:
            code, reason = d.refused or ("NOT_PLANNED", left_out)
            out.append(Unserved(d.delivery_id, d.requisition_id, code, reason))
    return tuple(out)


def _timed(view: View, tour: Tour, source: Ints, space: Scratch) -> tuple[tuple[Any, ...], Route]:
    """Return a tour as a route without a number, and the key by which routes are sorted.

    Each stop begins when it was planned to; the ways there are the exact ones, so one may be there sooner and wait.
    """
    problem, w = view.problem, view.world
    tok = np.array(tour.tokens, np.int64)
    ok, _, start, _, metres = replay(w, tok, len(tok), tour.lane, source, space)
    if not ok:
        raise AssertionError(f"An engine made a route that its own replay refuses: {tour}.")
    if tour.holds:
        start = tour.start
        space.note["hold"][: len(tok)] = tour.holds
    forward(w, w.lane[tour.lane], tok, len(tok), start, space.note)
    ty = int(w.lane["vehicle"][tour.lane])
    vehicle = problem.fleet[view.types[ty]]
    made = _stops(view, tour, source, space, int(start))
    end = made[-1].depart_s
    travel = sum(stop.arrive_s - left for stop, left in zip(made, [start, *(s.depart_s for s in made)], strict=False))
    service = int(space.note["work_s"][: len(tok)].sum()) + int(space.note["rest"][: len(tok) + 1].sum())
    route = Route(
        route_id="",
        vehicle_type=vehicle.vehicle_type,
        owner=vehicle.owner,
        profile=vehicle.profile,
        start_node=problem.places[vehicle.depot].node_id,
        end_node=problem.places[vehicle.end_depot].node_id,
        start_s=int(start),
        end_s=end,
        distance_m=int(metres),
        travel_s=int(travel),
        wait_s=int(end - start - travel - service),
        service_s=service,
        cost=route_cost(
            vehicle,
            int(metres),
            int(end - start),
            overtime_s=max(0, end - int(w.lane["regular"][tour.lane])),
            lateness=_lateness(view, tok, space),
            risk=_risk(view, tour, space),
        ),
        stops=made,
    )
    return (int(ty), int(start), int(end), tour.tokens), route


def _lateness(view: View, tok: Ints, space: Scratch) -> float:
    """Return the price of what begins after it is due on the route that was timed last."""
    total = 0.0
    for x, note in zip(tok, space.note, strict=False):
        if x < len(view.world.delivery):
            d = view.problem.deliveries[view.deliveries[x]]
            total += d.late_cost * max(0, int(note["begin"]) - d.due_s) / 3600
    return total


def _risk(view: View, tour: Tour, space: Scratch) -> float:
    """Return the price of the exposure of the route that was timed last."""
    w = view.world
    if not len(w.exposure):
        return 0.0
    stops = [int(_vehicle(view, tour)["depot"]), *(int(at) for at in space.note["at"][: len(tour.tokens) + 1])]
    key = int(w.lane["key"][tour.lane])
    return view.problem.prices.risk * sum(int(w.exposure[key, a, b]) for a, b in pairwise(stops)) / 1e6


def _stops(view: View, tour: Tour, source: Ints, space: Scratch, start: int) -> tuple[Stop, ...]:
    now, out = start, list[Stop]()
    vehicle = view.problem.fleet[view.types[int(view.world.lane["vehicle"][tour.lane])]]
    key, here = vehicle.travel_at(start), vehicle.depot
    aboard: dict[int, Delivery] = {}
    for a, b in stop_spans(space, len(tour.tokens)):
        note, there = space.note[a], _place(view, tour.tokens[a])
        if note["rest"]:
            out.append(_rest(view, here, now, int(note["rest"]), aboard))
            now = out[-1].depart_s
        now, here = now + _leg_s(view.problem, key, here, there, now), there
        depart = int(note["begin"]) + int(space.note["work_s"][a:b].sum())
        members = (
            tour.tokens[a:b] if tour.tokens[a] < len(view.world.delivery) else loaded_at(view.world, tour, source, a)
        )
        kind: StopKind = _handle(view, tour.tokens[a], members, aboard)
        if kind == "load" and any(s.kind == "load" for s in out):
            kind = "reload"
        ids = tuple(view.problem.deliveries[view.deliveries[x]].delivery_id for x in members)
        out.append(Stop(view.problem.places[there].node_id, kind, now, int(note["begin"]), depart, ids, _sum(aboard)))
        now = depart
    if space.note["rest"][len(tour.tokens)]:
        out.append(_rest(view, here, now, int(space.note["rest"][len(tour.tokens)]), aboard))
        now = out[-1].depart_s
    end = now + _leg_s(view.problem, key, here, vehicle.end_depot, now)
    return (*out, Stop(view.problem.places[vehicle.end_depot].node_id, "end", end, end, end))


def _rest(view: View, here: int, now: int, seconds: int, aboard: Mapping[int, Delivery]) -> Stop:
    node = view.problem.places[here].node_id
    return Stop(node, "rest", now, now, now + seconds, (), _sum(aboard))


def _leg_s(problem: Problem, key: str, here: int, there: int, now: int) -> int:
    leg = (0, 0) if here == there else problem.travel.leg(key, here, there, now)
    if leg is None:
        raise AssertionError(f"An engine used a way that is none: {key}, {here} to {there} at {now}.")
    return leg[0]


def stop_spans(space: Scratch, size: int) -> list[tuple[int, int]]:
    """Return the spans of tokens that are one stop each."""
    starts = [i for i in range(size) if not space.note["joined"][i]]
    return list(zip(starts, [*starts[1:], size], strict=True))


def _place(view: View, token: int) -> int:
    n = len(view.world.delivery)
    return view.places[token - n if token >= n else int(view.world.delivery["node"][token])]


def loaded_at(world: World, tour: Tour, source: Ints, at: int) -> tuple[int, ...]:
    """Return what the load stop at ``at`` loads: what comes after it from its node, up to the next load there."""
    n, token = len(world.delivery), tour.tokens[at]
    out = []
    for x in tour.tokens[at + 1 :]:
        if x == token:
            break
        if x < n and not world.delivery["retro"][x] and source[x] == token - n:
            out.append(x)
    return tuple(out)


def _handle(view: View, token: int, members: tuple[int, ...], aboard: dict[int, Delivery]) -> StopKind:
    """Change what is aboard at a stop and return the stop's kind."""
    w, n = view.world, len(view.world.delivery)
    deliveries = {x: view.problem.deliveries[view.deliveries[x]] for x in members}
    if token >= n:
        for x in [x for x in aboard if w.delivery["retro"][x]]:
            del aboard[x]
        aboard.update(deliveries)
        return "load"
    if w.delivery["retro"][token]:
        aboard.update(deliveries)
        return "pickup"
    for x in members:
        del aboard[x]
    return "deliver"


def _sum(aboard: Mapping[int, Delivery]) -> Load:
    total = Load()
    for d in aboard.values():
        total = total.plus(d.load)
    return total
