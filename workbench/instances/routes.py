"""Between routes as solutions write them and plans: times and figures come from replaying, never from the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from workbench.constraints import Replay, Trace
from workbench.formats.benchmarks import Solution
from workbench.instances.setting import Setting
from workbench.plan import Plan, Route, Stop, StopKind, Unserved
from workbench.problem import Delivery, Problem
from workbench.units import iso


def plan_of(setting: Setting, solution: Solution) -> Plan:
    """Return the plan that a solution means, whatever is wrong with it: the checker says that.

    Service starts as early as it may, each route as late as that allows. A client with a prize that no route names is
    unserved; one without is left out of the plan, which the checker notes, as nothing lets it be unserved.
    """
    problem = setting.problem
    book = _Book(setting)
    drafts = [route for k, visits in enumerate(solution.routes) if (route := book.draft(k, visits)) is not None]
    plan = Plan(
        scenario=problem.scenario, coa=problem.coa, inputs_sha256=problem.inputs_sha256, engine="solution",
        engine_version="", seed=0, budget={}, spent={}, as_of=iso(problem.as_of), routes=tuple(drafts),
        unserved=_unserved(problem, drafts) if setting.instance.prize.any() else (),
    )  # fmt: skip
    plan = plan.replace(routes=tuple(_late(problem, t) for t in Replay(problem, plan).traces))
    plan = plan.replace(routes=tuple(_figured(t) for t in Replay(problem, plan).traces))
    return plan.replace(stated_cost=_stated(setting, plan, solution.cost))


def visits_of(setting: Setting, plan: Plan) -> list[list[int]]:
    """Return a plan's routes as solutions write them: where vehicles differ, a line for each vehicle, perhaps blank."""
    book = _Book(setting)
    rows = [(route.vehicle_type, book.visits(route)) for route in plan.routes]
    if not setting.told_apart:
        return [visits for _, visits in rows]
    waiting: dict[str, list[list[int]]] = {}
    for name, visits in rows:
        waiting.setdefault(name, []).append(visits)
    names = [setting.problem.fleet[kind].vehicle_type for kind in setting.kinds]
    return [waiting[name].pop(0) if waiting.get(name) else [] for name in names]


class _Book:
    """What the locations of an instance are to its problem."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._problem = setting.problem
        self._given = {d.node: d for d in self._problem.deliveries}
        self._release = setting.rounding.figures(setting.instance.release).tolist()
        paired = setting.instance.pairs
        self._taken = {d.source: d for d in self._problem.deliveries} if paired else {}

    def draft(self, number: int, visits: Sequence[int]) -> Route | None:
        """Return a vehicle's route with its stops in order, each as early as it may be; None if it stays in."""
        if not visits:
            return None
        problem, kinds = self._problem, self._setting.kinds
        at = number if self._setting.told_apart else 0
        kind = problem.fleet[kinds[at]] if at < len(kinds) else None
        depot = problem.places[kind.depot].node_id if kind else "0"
        start = kind.shifts[0][0] if kind else 0
        stops = [*self._stops(visits, kind.depot if kind else 0), Stop(depot, "end", 0, 0, 0)]
        return Route(
            f"R{number + 1:02d}", kind.vehicle_type if kind else f"vehicle {number + 1}", "",
            kind.profile if kind else "", depot, depot, start, start, 0, 0, 0, 0, 0, tuple(stops),
        )  # fmt: skip

    def _stops(self, visits: Sequence[int], depot: int) -> Iterator[Stop]:
        for trip in _trips(visits, self._setting.instance.depots):
            named = trip[0] < self._setting.instance.depots
            here, clients = (trip[0], trip[1:]) if named else (depot, trip)
            out = [d for v in clients if (d := self._given.get(v)) is not None and d.kind != "retrograde"]
            if named or (out and not self._taken):
                yield self._stop(here, "load", () if self._taken else out)
            for v in clients:
                yield self._visit(v)

    def _visit(self, v: int) -> Stop:
        given, taken = self._given.get(v), self._taken.get(v)
        if taken is not None:
            return self._stop(v, "load", [taken])
        if given is None:
            return Stop(str(v), "deliver", 0, 0, 0, (str(v),))
        return self._stop(v, "pickup" if given.kind == "retrograde" else "deliver", [given])

    def _stop(self, place: int, kind: StopKind, some: Sequence[Delivery]) -> Stop:
        """Return a stop that begins as soon as its hours do, and loads no goods before they are there."""
        hours = self._problem.places[place].windows
        begin = max([hours[0][0], *(self._release[d.node] for d in some)]) if kind == "load" else hours[0][0]
        return Stop(self._problem.places[place].node_id, kind, begin, begin, begin, tuple(d.delivery_id for d in some))

    def visits(self, route: Route) -> list[int]:
        """Return the locations that a route visits; the depot only between two trips."""
        at = {d.delivery_id: d for d in self._problem.deliveries}
        out: list[int] = []
        for stop in route.stops:
            if stop.kind in ("load", "reload") and not self._taken:
                out += [int(stop.node)] if out else []
            elif stop.kind in ("load", "reload"):
                out += [int(stop.node)] * len(stop.deliveries)
            else:
                out += [at[x].node for x in stop.deliveries]
        return out


def _trips(visits: Sequence[int], depots: int) -> Iterator[list[int]]:
    """Cut visits into trips; a depot that is named stands first in the trip that it begins."""
    trip: list[int] = []
    for v in visits:
        if v < depots and trip:
            yield trip
            trip = []
        trip.append(v)
    if trip:
        yield trip


def _unserved(problem: Problem, drafts: Sequence[Route]) -> tuple[Unserved, ...]:
    named = {x for route in drafts for stop in route.stops for x in stop.deliveries}
    return tuple(
        Unserved(d.delivery_id, d.requisition_id, "NOT_PLANNED", "")
        for d in problem.deliveries
        if d.priority == 1 and d.delivery_id not in named
    )


def _late(problem: Problem, trace: Trace) -> Route:
    """Return a route that starts as late as it can: no stop gets late on that account, and it ends no later."""
    latest, onward = trace.end_s, 0
    for visit in reversed(trace.visits):
        latest -= onward + visit.service_s
        if visit.place is not None and visit.stop.kind != "end":
            closes = max((hi for _, hi in problem.places[visit.place].windows), default=latest)
            latest = max(visit.begin_s, min(latest, closes))
        onward = visit.leg[0] if visit.leg else 0
    return replace(trace.route, start_s=max(trace.route.start_s, latest - onward))


def _figured(trace: Trace) -> Route:
    """Return a route with the times, loads and sums of its replay."""
    stops, loaded = [], False
    for visit in trace.visits:
        kind: StopKind = "reload" if visit.stop.kind == "load" and loaded else visit.stop.kind
        loaded = loaded or kind == "load"
        stops.append(Stop(
            visit.stop.node, kind, visit.arrive_s, visit.begin_s, visit.depart_s, visit.stop.deliveries, visit.load
        ))  # fmt: skip
    return replace(
        trace.route, end_s=trace.end_s, distance_m=trace.distance_m, travel_s=trace.travel_s, wait_s=trace.wait_s,
        service_s=trace.service_s, cost=trace.cost, stops=tuple(stops),
    )  # fmt: skip


def _stated(setting: Setting, plan: Plan, cost: Decimal | None) -> int | None:
    """Return what a solution states as the cost of a plan's routes; decimals are in the unit of the file."""
    if cost is None:
        return None
    if setting.rounding.word == "real":
        right = abs(float(cost) - setting.real(plan)) < 0.006
        return plan.cost if right else round(cost * setting.rounding.scale)
    whole = cost == cost.to_integral_value()
    stated = int(cost if whole else (cost * setting.rounding.scale).to_integral_value())
    return stated + plan.cost - setting.cost(plan)
