"""The constraint on figures: what a plan states must equal what its replay gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from math import isclose

from workbench.constraints.books import served_once_of
from workbench.constraints.physical import source_of
from workbench.constraints.registry import constraint
from workbench.constraints.replay import LOADING, Replay, Trace, Visit
from workbench.constraints.words import (
    km_words,
    load_words,
    minutes,
    place_words,
    shown_amount,
    span_words,
    time_words,
)
from workbench.plan import PlannedDelivery, Violation
from workbench.problem import DIMENSIONS, Delivery, imbalance_cost
from workbench.units import iso, parse_instant


@constraint("Stated figures")
def stated(replay: Replay) -> Iterator[Violation]:
    """Every time, distance, cost and load that a plan states is what its replay gives.

    Where a route's deliveries are not settled (unknown, not loaded, not handed over), that is the fault;
    figures that depend on what is handled at its stops would only repeat it.
    """
    yield from _heading(replay)
    disturbed = _disturbed(replay)
    for t, trace in enumerate(replay.traces):
        known = all(x in replay.delivery_of for s in trace.route.stops for x in s.deliveries)
        settled = known and t not in disturbed
        yield from _names(replay, trace)
        times = list(_times(replay, trace, settled=settled))
        yield from times[:1]
        yield from _totals(replay, trace, timed=not times, settled=settled)
        if settled:
            yield from _loads(replay, trace)
    yield from _whole_cost(replay)
    yield from _listed(replay)


def _disturbed(replay: Replay) -> set[int]:
    """Return the routes that load or hand over a delivery that is not properly loaded and handed over."""
    wrong = [
        i
        for i in sorted({*replay.loaded, *replay.handed_over})
        if any(True for rule in (source_of, served_once_of) for _ in rule(replay, i))
    ]
    return {e.trace for i in wrong for book in (replay.loaded, replay.handed_over) for e in book.get(i, [])}


def _says(text: str, amount: float, unit: str, trace: Trace | None = None, node: str = "") -> Violation:
    return Violation("stated", trace.route.route_id if trace else "", node, amount, unit, text)


def _heading(replay: Replay) -> Iterator[Violation]:
    """Inputs, scenario, course of action and planning moment."""
    plan, problem = replay.plan, replay.problem
    if plan.inputs_sha256 != problem.inputs_sha256:
        text = (
            f"The plan was made from inputs {plan.inputs_sha256[:12] or '(none stated)'}, "
            f"not from these, {problem.inputs_sha256[:12] or '(none stated)'}."
        )
        yield _says(text, 1, "inputs")
    elif (plan.scenario, plan.coa) != (problem.scenario, problem.coa):
        text = f"The plan names {plan.scenario}, {plan.coa}; these inputs are {problem.scenario}, {problem.coa}."
        yield _says(text, 1, "inputs")
    try:
        off = abs((parse_instant(plan.as_of) - problem.as_of).total_seconds())
    except ValueError:
        yield _says(f"The plan states {plan.as_of!r} as its planning moment, which is no instant.", 1, "instants")
        return
    if off:
        text = f"The plan counts its times from {plan.as_of}, not from {iso(problem.as_of)}."
        yield _says(text, minutes(int(off) or 1), "min")


def _names(replay: Replay, trace: Trace) -> Iterator[Violation]:
    """Profile and end node of a route."""
    route = trace.route
    if trace.vehicle is not None and route.profile != trace.vehicle.profile:
        text = f"{replay.of(trace)} states profile {route.profile!r}; its vehicle's is {trace.vehicle.profile!r}."
        yield _says(text, 1, "profiles", trace)
    if route.stops and route.stops[-1].kind == "end" and route.end_node != route.stops[-1].node:
        text = (
            f"{replay.of(trace)} states that it ends at {route.end_node!r}; its last stop is {route.stops[-1].node!r}."
        )
        yield _says(text, 1, "nodes", trace, route.end_node)


def _times(replay: Replay, trace: Trace, *, settled: bool) -> Iterator[Violation]:
    """Arrival, start and departure that do not follow from the stop before; the first is what people read."""
    route = trace.route
    left = {route.start_s}
    for visit in trace.visits:
        stop = visit.stop
        arrivals = {stop.arrive_s}
        if visit.leg is not None:
            assert trace.vehicle is not None
            arrivals = {moment + visit.leg[0] for moment in left}
        begins = stop.begin_s if visit.leg is None else max(stop.begin_s, min(*arrivals, stop.arrive_s))
        departs = begins + visit.service_s if settled else max(begins, stop.depart_s)
        if stop.arrive_s not in arrivals:
            yield _time_says(replay, trace, visit, "arrives", (stop.arrive_s, min(arrivals)))
        elif stop.begin_s < stop.arrive_s:
            yield _time_says(replay, trace, visit, "starts service", (stop.begin_s, stop.arrive_s))
        elif stop.kind == "end" and (stop.begin_s, stop.depart_s) != (stop.arrive_s, stop.arrive_s):
            wrong = stop.begin_s if stop.begin_s != stop.arrive_s else stop.depart_s
            yield _time_says(replay, trace, visit, "ends", (wrong, stop.arrive_s))
        elif stop.depart_s != departs:
            yield _time_says(replay, trace, visit, "leaves", (stop.depart_s, departs))
        left = {departs, stop.depart_s}
    if trace.visits and trace.visits[-1].stop.kind == "end" and route.end_s not in left:
        text = (
            f"{replay.of(trace)} states its end as {time_words(replay.problem, route.end_s)}; "
            f"its last stop is left at {time_words(replay.problem, trace.visits[-1].stop.depart_s)}."
        )
        off = route.end_s - trace.visits[-1].stop.depart_s
        yield _says(text, minutes(abs(off)), "min", trace, route.end_node)


def _time_says(replay: Replay, trace: Trace, visit: Visit, verb: str, times: tuple[int, int]) -> Violation:
    said, right = times
    where = visit.stop.node if visit.place is None else place_words(replay.problem, visit.place)
    text = (
        f"{replay.of(trace)} states that it {verb} at {where} at {time_words(replay.problem, said)}; "
        f"the replay gives {time_words(replay.problem, right)}, {span_words(abs(right - said))} "
        f"{'later' if right > said else 'earlier'}."
    )
    return _says(text, minutes(abs(right - said)), "min", trace, visit.stop.node)


def _totals(replay: Replay, trace: Trace, *, timed: bool, settled: bool) -> Iterator[Violation]:
    """Sums of a route. Those that follow from its times count only when the times are right."""
    if not trace.whole or trace.vehicle is None:
        return
    route = trace.route
    if route.distance_m != trace.distance_m:
        text = f"{replay.of(trace)} states {km_words(route.distance_m)}; the replay gives {km_words(trace.distance_m)}."
        yield _says(text, abs(route.distance_m - trace.distance_m) / 1000, "km", trace)
    sums = [("travel", route.travel_s, trace.travel_s)]
    if settled:
        sums.append(("service", route.service_s, trace.service_s))
    if settled and timed:
        sums.append(("waiting", route.wait_s, trace.wait_s))
    for name, said, right in sums:
        if said != right:
            text = f"{replay.of(trace)} states {said} s of {name}; the replay gives {right} s."
            yield _says(text, minutes(abs(said - right)), "min", trace)
    costs = {trace.cost, sum(trace.lines(route.distance_m, route.end_s).values())}
    if timed and route.cost not in costs:
        text = f"{replay.of(trace)} states a cost of {route.cost:,}; the replay gives {trace.cost:,}."
        yield _says(text, abs(route.cost - trace.cost), "cost", trace)


def _loads(replay: Replay, trace: Trace) -> Iterator[Violation]:
    """The first stop whose stated load differs from the replay, beyond what the stop before already differed."""
    for visit in trace.visits:
        said, right = visit.stop.load_after, visit.load
        if said != right:
            k = next(k for k, _ in enumerate(DIMENSIONS) if said[k] != right[k])
            where = visit.stop.node if visit.place is None else place_words(replay.problem, visit.place)
            text = (
                f"{replay.of(trace)} states {load_words(k, said[k])} aboard on leaving {where}; "
                f"the replay gives {load_words(k, right[k])}."
            )
            yield _says(text, shown_amount(k, abs(said[k] - right[k])), DIMENSIONS[k], trace, visit.stop.node)
            return


def _whole_cost(replay: Replay) -> Iterator[Violation]:
    """The cost of the whole plan, and what of it is for work unevenly shared; a fresh plan may state neither."""
    plan, prices = replay.plan, replay.problem.prices
    uneven = imbalance_cost(prices, [trace.end_s - trace.route.start_s for trace in replay.traces])
    as_stated = imbalance_cost(prices, [route.end_s - route.start_s for route in plan.routes])
    said, right = plan.stated_cost, sum(trace.cost for trace in replay.traces) + uneven
    if plan.imbalance_cost is not None and plan.imbalance_cost not in (uneven, as_stated):
        text = f"The plan states a cost of {plan.imbalance_cost:,} for uneven work; the replay gives {uneven:,}."
        yield _says(text, abs(plan.imbalance_cost - uneven), "cost")
    elif said is not None and said not in (right, plan.cost):
        text = f"The plan states a cost of {said:,}; the replay gives {right:,}."
        yield _says(text, abs(said - right), "cost")


def _listed(replay: Replay) -> Iterator[Violation]:
    """The plan's own list of deliveries; a plan fresh from an engine may have none."""
    parts = Counter(d.requisition_id for d in replay.problem.deliveries)
    listed: dict[int, int] = {}
    for said in replay.plan.deliveries:
        i = replay.delivery_of.get(said.delivery_id)
        if i is None:
            continue
        listed[i] = listed.get(i, 0) + 1
        wrong = list(_differences(replay, i, said))
        if wrong:
            text = f"The plan lists {said.delivery_id} with {'; '.join(wrong)}."
            yield _says(text, 1, "deliveries", None, replay.problem.places[replay.problem.deliveries[i].node].node_id)
    for i, d in enumerate(replay.problem.deliveries):
        n = listed.get(i, 0)
        if replay.plan.deliveries and n != 1:
            words = f"{n} times" if n else "not"
            text = (
                f"The plan lists {d.delivery_id} {words}; "
                f"{d.requisition_id} has {parts[d.requisition_id]} part(s), each listed once."
            )
            yield _says(text, 1, "deliveries")
    for u in replay.plan.unserved:
        i = replay.delivery_of.get(u.delivery_id)
        if i is not None and u.requisition_id != replay.problem.deliveries[i].requisition_id:
            right = replay.problem.deliveries[i].requisition_id
            text = f"{u.delivery_id} is listed as unserved of requisition {u.requisition_id}; it is part of {right}."
            yield _says(text, 1, "deliveries")


def _differences(replay: Replay, i: int, said: PlannedDelivery) -> Iterator[str]:
    d, places = replay.problem.deliveries[i], replay.problem.places
    pairs = [
        ("requisition", said.requisition_id, d.requisition_id),
        ("kind", said.kind, d.kind),
        ("priority", said.priority, d.priority),
    ]
    for name, stated_value, right in pairs:
        if stated_value != right:
            yield f"{name} {stated_value}, not {right}"
    if not isclose(said.quantity, d.quantity, rel_tol=1e-9, abs_tol=1e-9):
        yield f"{said.quantity:g} {d.unit_of_issue}, not {d.quantity:g}, so that its requisition's parts do not add up"
    for k, _ in enumerate(DIMENSIONS):
        if said.load[k] != d.load[k]:
            yield f"{load_words(k, said.load[k])}, not {load_words(k, d.load[k])}"
    own = places[d.node].node_id
    if d.kind == "retrograde":
        if said.from_node != own:
            yield f"from {said.from_node!r}, not {own!r}"
        ends = _handed_in(replay, i)
        if said.to_node not in ("", *(ends or replay.place_of)):
            yield f"to {said.to_node!r}, not {' or '.join(repr(x) for x in ends) or 'a node that exists'}"
        return
    if said.to_node != own:
        yield f"to {said.to_node!r}, not {own!r}"
    allowed = _origins(replay, i, d)
    if said.from_node not in allowed:
        yield f"from {said.from_node!r}, not {' or '.join(repr(x) for x in allowed)}"


def _origins(replay: Replay, i: int, d: Delivery) -> list[str]:
    """Where it is loaded; for one that is not, every place it may be drawn at, or none."""
    events = [e for e in replay.loaded.get(i, []) if replay.visit(e).stop.kind in LOADING]
    if events and i in replay.handed_over:
        return list(dict.fromkeys(replay.visit(e).stop.node for e in events))
    return [*(replay.problem.places[s].node_id for s in d.sources), ""]


def _handed_in(replay: Replay, i: int) -> list[str]:
    """Return where what is picked up leaves the vehicle: at its next load stop or at its end."""
    out = []
    for event in replay.handed_over.get(i, []):
        after = replay.traces[event.trace].visits[event.number + 1 :]
        out += [v.stop.node for v in after if v.stop.kind in (*LOADING, "end")][:1]
    return out
