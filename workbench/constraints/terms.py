"""Constraints on terms of deliveries: when they are loaded, by whom carried, how long aboard, after which others."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.constraints.physical import goods_words, where
from workbench.constraints.registry import constraint
from workbench.constraints.replay import HANDING_OVER, LOADING, Event, Replay, Trace, Visit
from workbench.constraints.words import minutes, span_words, time_words, vehicle_words
from workbench.plan import Violation
from workbench.problem import NO_LIMIT, Delivery


@constraint("Releases")
def release(replay: Replay) -> Iterator[Violation]:
    """Nothing is loaded or picked up before it is released, nor after it has to be."""
    for trace in replay.traces:
        for visit in trace.visits:
            members = [replay.problem.deliveries[i] for i in _coming_aboard(replay, visit)]
            ready = max(members, key=lambda d: d.ready_s, default=None)
            if ready is not None and visit.begin_s < ready.ready_s:
                early = ready.ready_s - visit.begin_s
                yield _release_breach(replay, trace, visit, ready, early, f"{span_words(early)} before its release")
            urgent = min(members, key=lambda d: d.load_by_s, default=None)
            if urgent is not None and visit.begin_s > urgent.load_by_s:
                late = visit.begin_s - urgent.load_by_s
                limit = time_words(replay.problem, urgent.load_by_s)
                words = f"{span_words(late)} after the last moment for it, {limit}"
                yield _release_breach(replay, trace, visit, urgent, late, words)


def _coming_aboard(replay: Replay, visit: Visit) -> list[int]:
    """Return what is loaded or picked up at a visit, each once."""
    deliveries = replay.problem.deliveries
    if visit.stop.kind in LOADING:
        return [i for i in dict.fromkeys(visit.members) if deliveries[i].kind != "retrograde"]
    picked = visit.stop.kind == "pickup"
    return [i for i in dict.fromkeys(visit.members) if picked and deliveries[i].kind == "retrograde"]


def _release_breach(
    replay: Replay, trace: Trace, visit: Visit, d: Delivery, over: int, words: str
) -> Violation:  # fmt: skip
    does = "picks up" if d.kind == "retrograde" else "begins to load"
    begins = time_words(replay.problem, visit.begin_s)
    text = f"{replay.of(trace)} {does} {d.delivery_id} at {where(replay, visit)} at {begins}, {words}."
    return Violation("release", trace.route.route_id, visit.stop.node, minutes(over), "min", text)


@constraint("Who may carry what")
def vehicle_choice(replay: Replay) -> Iterator[Violation]:
    """Everything goes by vehicles of the types, owners and skills that it asks for."""
    index = {id(v): k for k, v in enumerate(replay.problem.fleet)}
    for trace in replay.traces:
        if trace.vehicle is None:
            continue
        wrong: dict[int, Visit] = {}
        for visit in trace.visits:
            for i in visit.members:
                may_use = replay.problem.deliveries[i].may_use
                if may_use and not may_use[index[id(trace.vehicle)]]:
                    wrong.setdefault(i, visit)
        if wrong:
            names = ", ".join(replay.problem.deliveries[i].delivery_id for i in wrong)
            text = f"{replay.of(trace)} carries {names}, which may not go by {vehicle_words(trace.vehicle)}."
            node = next(iter(wrong.values())).stop.node
            yield Violation("vehicle_choice", trace.route.route_id, node, len(wrong), "deliveries", text)


@constraint("Time aboard")
def aboard(replay: Replay) -> Iterator[Violation]:
    """Nothing is aboard longer than it may be, from the end of its loading to where it is handed over."""
    for i, events in sorted(replay.handed_over.items()):
        d = replay.problem.deliveries[i]
        for event in events if d.aboard_s < NO_LIMIT else ():
            span = _aboard_span(replay, event) if replay.properly(event) else None
            if span is not None and span[1] - span[0] > d.aboard_s:
                trace, visit = replay.traces[event.trace], replay.visit(event)
                over = span[1] - span[0] - d.aboard_s
                text = (
                    f"{d.delivery_id} is aboard {replay.of(trace)} for {span_words(span[1] - span[0])}, from "
                    f"{time_words(replay.problem, span[0])} to {time_words(replay.problem, span[1])}, "
                    f"{span_words(over)} longer than it may be ({span_words(d.aboard_s)})."
                )
                yield Violation("aboard", trace.route.route_id, visit.stop.node, minutes(over), "min", text)


def _aboard_span(replay: Replay, event: Event) -> tuple[int, int] | None:
    """Return when its loading ended and when it was handed over; what is picked up is, at the next loading or end."""
    visits = replay.traces[event.trace].visits
    if visits[event.number].stop.kind == "pickup":
        after = [v for v in visits[event.number + 1 :] if v.stop.kind in (*LOADING, "end")]
        return (visits[event.number].depart_s, after[0].begin_s) if after else None
    before = [e.number for e in replay.loaded.get(event.delivery, []) if e.trace == event.trace]
    loaded = [n for n in before if n < event.number]
    return (visits[loaded[-1]].depart_s, visits[event.number].begin_s) if loaded else None


@constraint("Cleaning")
def cleaning(replay: Replay) -> Iterator[Violation]:
    """What may follow other goods only in a clean vehicle does not, unless it loads with nothing else aboard."""
    for trace in replay.traces:
        for visit in trace.visits:
            if visit.soiled:
                goods = replay.problem.goods
                pairs = "; ".join(f"{goods_words(goods[b])} after {goods_words(goods[a])}" for a, b in visit.soiled)
                text = (
                    f"{replay.of(trace)} takes {pairs} aboard at {where(replay, visit)} without being cleaned, which "
                    "it is only where it loads with nothing else aboard."
                )
                yield Violation("cleaning", trace.route.route_id, visit.stop.node, len(visit.soiled), "pairs", text)


@constraint("What is picked up last")
def backhaul(replay: Replay) -> Iterator[Violation]:
    """Vehicles that pick up last have nothing to deliver aboard when they do."""
    for trace in replay.traces:
        for visit in trace.visits if trace.vehicle is not None and trace.vehicle.backhaul_last else ():
            picked = _coming_aboard(replay, visit) if visit.stop.kind in HANDING_OVER else []
            left = [d for d in (replay.problem.deliveries[i] for i in visit.aboard) if d.kind != "retrograde"]
            if picked and left:
                first = replay.problem.deliveries[picked[0]].delivery_id
                text = (
                    f"{replay.of(trace)} picks up {first} at {where(replay, visit)} with "
                    f"{', '.join(d.delivery_id for d in left)} still to deliver, and it may only when all that is off."
                )
                yield Violation("backhaul", trace.route.route_id, visit.stop.node, len(left), "deliveries", text)
