"""Constraints on what a plan says: names that exist, every delivery accounted for, figures that are right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from workbench.constraints.registry import constraint
from workbench.constraints.replay import HANDING_OVER, LOADING, Event, Replay, Trace
from workbench.constraints.words import place_words
from workbench.plan import UNSERVED_CODES, Stop, StopKind, Violation

KINDS = get_args(StopKind)


def _says(code: str, text: str, *, route_id: str = "", node: str = "", amount: float = 1, unit: str = "") -> Violation:
    return Violation(code, route_id, node, amount, unit, text)


@constraint("Names")
def reference(replay: Replay) -> Iterator[Violation]:
    """Every node, vehicle type, delivery and kind of stop that a plan names exists, and a route is named once."""
    seen: set[str] = set()
    for trace in replay.traces:
        route = trace.route
        if route.route_id in seen:
            text = f"Two routes are called {route.route_id}."
            yield _says("reference", text, route_id=route.route_id, unit="routes")
        seen.add(route.route_id)
        if trace.vehicle is None:
            owner = f" of {route.owner}" if route.owner else ""
            vehicle = f"{route.vehicle_type or 'a vehicle without a type'}{owner}"
            text = f"{route.route_id} uses {vehicle}, which the fleet has not."
            yield _says("reference", text, route_id=route.route_id, node=route.start_node, unit="vehicles")
        if route.start_node not in replay.place_of:
            text = f"{route.route_id} starts at {route.start_node or 'no node'}, which does not exist."
            yield _says("reference", text, route_id=route.route_id, node=route.start_node, unit="nodes")
        for n, stop in enumerate(route.stops):
            yield from _unknown_at_stop(replay, trace, n, stop)
    for u in replay.plan.unserved:
        if u.delivery_id not in replay.delivery_of:
            yield _says("reference", f"{u.delivery_id} is listed as unserved, but does not exist.", unit="deliveries")
    for d in replay.plan.deliveries:
        if d.delivery_id not in replay.delivery_of:
            yield _says("reference", f"The plan lists {d.delivery_id}, which does not exist.", unit="deliveries")


def _unknown_at_stop(replay: Replay, trace: Trace, n: int, stop: Stop) -> Iterator[Violation]:
    def wrong(words: str, unit: str) -> Violation:
        text = f"{replay.of(trace)}, stop {n + 1}: {words}."
        return _says("reference", text, route_id=trace.route.route_id, node=stop.node, unit=unit)

    if stop.node not in replay.place_of:
        yield wrong(f"the node {stop.node or '(none)'} does not exist", "nodes")
    if stop.kind not in KINDS:
        yield wrong(f"{stop.kind!r} is no kind of stop", "stops")
    elif stop.kind == "end" and n + 1 < len(trace.route.stops):
        yield wrong("the route ends here, but goes on", "stops")
    elif stop.kind in (*LOADING, *HANDING_OVER) and not stop.deliveries:
        yield wrong(f"a stop of kind {stop.kind} names no delivery", "stops")
    elif stop.kind in ("rest", "end") and stop.deliveries:
        yield wrong(f"a stop of kind {stop.kind} names {stop.deliveries[0]}", "deliveries")
    for x in stop.deliveries:
        if x not in replay.delivery_of:
            yield wrong(f"the delivery {x} does not exist", "deliveries")


@constraint("Every delivery accounted for")
def served_once(replay: Replay) -> Iterator[Violation]:
    """Every delivery is served once at its node, or listed once as unserved; never both, never neither."""
    for i, _ in enumerate(replay.problem.deliveries):
        yield from served_once_of(replay, i)


def served_once_of(replay: Replay, i: int) -> Iterator[Violation]:
    """Yield what is wrong with the fate of one delivery."""
    d = replay.problem.deliveries[i]
    events, listed = replay.handed_over.get(i, []), replay.unserved.get(i, 0)
    right = [e for e in events if replay.properly(e)]
    wrong = [e for e in events if e not in right]
    for event in wrong:
        yield _misplaced(replay, event)
    if len(right) > 1:
        text = f"{d.delivery_id} is served {len(right)} times: {_where(replay, right)}."
        yield _event_says(replay, right[1], text, len(right) - 1)
    if right and listed:
        text = f"{d.delivery_id} is served ({_where(replay, right)}) and listed as unserved."
        yield _event_says(replay, right[0], text, 1)
    elif listed > 1:
        yield _says("served_once", f"{d.delivery_id} is listed as unserved {listed} times.", unit="deliveries")
    if not events and not listed:
        aboard = list(replay.loaded.get(i, []))
        where = f"; it is loaded, but not handed over ({_where(replay, aboard)})" if aboard else ""
        text = f"{d.delivery_id} for {place_words(replay.problem, d.node)} is neither served nor unserved{where}."
        node = replay.problem.places[d.node].node_id
        route_id = replay.traces[aboard[0].trace].route.route_id if aboard else ""
        yield _says("served_once", text, route_id=route_id, node=node, unit="deliveries")


def _where(replay: Replay, events: list[Event]) -> str:
    return ", ".join(f"{replay.of(replay.traces[e.trace])} at {replay.visit(e).stop.node}" for e in events)


def _event_says(replay: Replay, event: Event, text: str, amount: float) -> Violation:
    route_id, node = replay.traces[event.trace].route.route_id, replay.visit(event).stop.node
    return _says("served_once", text, route_id=route_id, node=node, amount=amount, unit="deliveries")


def _misplaced(replay: Replay, event: Event) -> Violation:
    d, visit = replay.problem.deliveries[event.delivery], replay.visit(event)
    if visit.place == d.node:
        done, due = ("picked up", "handed over") if visit.stop.kind == "pickup" else ("handed over", "picked up")
        words = f"is {done} at {visit.stop.node}, but it is to be {due} there"
    else:
        words = f"belongs to {place_words(replay.problem, d.node)}, but the plan has it at {visit.stop.node}"
    return _event_says(replay, event, f"{d.delivery_id} {words} ({replay.of(replay.traces[event.trace])}).", 1)


@constraint("Refusals")
def refused(replay: Replay) -> Iterator[Violation]:
    """No route serves a delivery that was refused before planning."""
    for i, events in sorted(replay.handed_over.items()):
        d = replay.problem.deliveries[i]
        if d.refused is not None:
            code, sentence = d.refused
            text = f"{d.delivery_id} is served ({_where(replay, events)}), but was refused, {code}: {sentence}"
            event = events[0]
            route_id, node = replay.traces[event.trace].route.route_id, replay.visit(event).stop.node
            yield _says("refused", text, route_id=route_id, node=node, unit="deliveries")


@constraint("Reasons")
def unserved_code(replay: Replay) -> Iterator[Violation]:
    """Every unserved delivery has a code of the closed list, and a sentence once it has been explained."""
    for u in replay.plan.unserved:
        i = replay.delivery_of.get(u.delivery_id)
        refusal = replay.problem.deliveries[i].refused if i is not None else None
        if u.code not in UNSERVED_CODES:
            text = f"{u.delivery_id} is unserved with code {u.code!r}; expected one of {', '.join(UNSERVED_CODES)}."
        elif refusal is not None and u.code not in (refusal[0], "NOT_PLANNED"):
            text = f"{u.delivery_id} is unserved with code {u.code}, but it was refused with {refusal[0]}: {refusal[1]}"
        elif not u.reason.strip() and u.code != "NOT_PLANNED":
            text = f"{u.delivery_id} is unserved with code {u.code}, but no sentence says why."
        else:
            continue
        yield _says("unserved_code", text, unit="deliveries")
