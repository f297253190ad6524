"""Constraints between routes: visits of a place in a day, ties between deliveries, what vehicles share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from workbench.constraints.registry import constraint
from workbench.constraints.replay import HANDING_OVER, LOADING, Event, Replay, Trace, Visit
from workbench.constraints.words import minutes, place_words, span_words, time_words
from workbench.plan import Violation
from workbench.problem import Relation, Resource
from workbench.units import DAY_S, dtg, moment_at


def _handled(visit: Visit) -> bool:
    return visit.place is not None and visit.stop.kind in (*LOADING, *HANDING_OVER)


@constraint("Visits in a day")
def visits(replay: Replay) -> Iterator[Violation]:
    """No place is visited more often on one day (UTC) than it may be; whoever stays there goes on with one visit."""
    midnight = replay.problem.as_of.hour * 3600 + replay.problem.as_of.minute * 60 + replay.problem.as_of.second
    days: dict[tuple[int, int], list[tuple[int, Trace]]] = {}
    for trace in replay.traces:
        here = None
        for visit in trace.visits:
            if visit.place is not None and visit.place != here and _handled(visit):
                day = (visit.begin_s + midnight) // DAY_S
                days.setdefault((visit.place, day), []).append((visit.begin_s, trace))
            here = visit.place if _handled(visit) or visit.stop.kind == "rest" else None
    for (place, day), found in sorted(days.items(), key=lambda item: item[0]):
        limit, over = replay.problem.places[place].visits_per_day, len(found)
        if 0 < limit < over:
            trace = max(found, key=lambda one: one[0])[1]
            date = dtg(moment_at(replay.problem.as_of, day * DAY_S - midnight))
            text = (
                f"{place_words(replay.problem, place)} is visited {over} times on the day that begins {date}, "
                f"{over - limit} more than the {limit} allowed; {trace.route.route_id} comes last."
            )
            node = replay.problem.places[place].node_id
            yield Violation("visits", trace.route.route_id, node, over - limit, "visits", text)


@constraint("Ties between deliveries")
def relations(replay: Replay) -> Iterator[Violation]:
    """Deliveries that are tied go by the same vehicle, by different ones, or one after the other."""
    for tie in replay.problem.relations:
        first, second = (_served(replay, i) for i in (tie.first, tie.second))
        if second is None or (first is None and tie.kind != "before"):
            continue
        names = [replay.problem.deliveries[i].delivery_id for i in (tie.first, tie.second)]
        trace, visit = replay.traces[second.trace], replay.visit(second)
        broken = _broken(replay, tie, first, second, names)
        if broken is not None:
            amount, unit, words = broken
            text = f"{names[1]} ({replay.of(trace)} at {visit.stop.node}) {words}."
            yield Violation("relations", trace.route.route_id, visit.stop.node, amount, unit, text)


def _served(replay: Replay, i: int) -> Event | None:
    """Return where a delivery is properly handed over or picked up, the first time."""
    return next((e for e in replay.handed_over.get(i, []) if replay.properly(e)), None)


def _broken(
    replay: Replay, tie: Relation, first: Event | None, second: Event, names: list[str]
) -> tuple[float, str, str] | None:
    """Return (amount, unit, words) of a tie that is not kept."""
    if tie.kind == "same_vehicle":
        apart = first is not None and first.trace != second.trace
        return (1, "deliveries", f"is to go on one route with {names[0]}, and does not") if apart else None
    if tie.kind == "different_vehicle":
        together = first is not None and first.trace == second.trace
        return (1, "deliveries", f"is to go on another route than {names[0]}, and does not") if together else None
    if first is None:
        return 1, "deliveries", f"is served, though {names[0]}, which has to be served before it, is not"
    ended = replay.visit(first).depart_s
    begins, gap = replay.visit(second).begin_s, replay.visit(second).begin_s - ended
    moments = f"it begins {time_words(replay.problem, begins)}, and {names[0]} is done "
    moments += time_words(replay.problem, ended)
    if gap < tie.gap_s:
        wanted = f"{span_words(tie.gap_s)} after" if tie.gap_s else "after"
        short = tie.gap_s - gap
        return minutes(short), "min", f"is to begin {wanted} {names[0]}, and is {span_words(short)} early: {moments}"
    if gap > tie.within_s:
        over, within = gap - tie.within_s, f"is to begin within {span_words(tie.within_s)} after {names[0]}"
        return minutes(over), "min", f"{within}, and is {span_words(over)} late: {moments}"
    return None


class Use(NamedTuple):
    """A resource in use by a route, from ``start_s`` to before ``end_s``, at a node or all along (empty)."""

    start_s: int
    end_s: int
    trace: Trace
    node: str


@constraint("Shared resources")
def resources(replay: Replay) -> Iterator[Violation]:
    """No more escorts or teams are in use at once than there are, and only in the hours in which they work."""
    for resource in replay.problem.resources:
        uses = list(_escorts(replay, resource) if resource.kind == "escort" else _teams(replay, resource))
        name = resource.name or resource.resource_id
        for use in uses:
            over = _outside_hours(resource, use)
            if over:
                span = f"{time_words(replay.problem, use.start_s)} to {time_words(replay.problem, use.end_s)}"
                at = f" at {use.node}" if use.node else ""
                text = (
                    f"{replay.of(use.trace)} needs {resource.kind} {name}{at} from {span}, {span_words(over)} outside "
                    "the hours in which it works."
                )
                yield Violation("resources", use.trace.route.route_id, use.node, minutes(over), "min", text)
        yield from _too_many(replay, resource, uses)


def _concerns(replay: Replay, resource: Resource, visit: Visit) -> bool:
    """Whether a visit handles goods that the resource is needed for."""
    goods = (replay.problem.deliveries[i].goods for i in visit.members)
    return _handled(visit) and (not resource.goods or any(resource.goods[g] for g in goods))


def _teams(replay: Replay, resource: Resource) -> Iterator[Use]:
    for trace in replay.traces:
        for visit in trace.visits:
            if visit.place in resource.places and visit.service_s and _concerns(replay, resource, visit):
                yield Use(visit.begin_s, visit.depart_s, trace, visit.stop.node)


def _escorts(replay: Replay, resource: Resource) -> Iterator[Use]:
    for trace in replay.traces:
        there = any(_handled(visit) and visit.place in resource.places for visit in trace.visits)
        if there and any(_concerns(replay, resource, visit) for visit in trace.visits):
            yield Use(trace.route.start_s, trace.end_s, trace, "")


def _outside_hours(resource: Resource, use: Use) -> int:
    """Return by how many seconds a use leaves the hours that it misses least."""
    if not resource.windows:
        return max(1, use.end_s - use.start_s)
    return min(max(0, lo - use.start_s) + max(0, use.end_s - hi) for lo, hi in resource.windows)


def _too_many(replay: Replay, resource: Resource, uses: list[Use]) -> Iterator[Violation]:
    """Yield the moment at which most are in use, if that is more than there are."""
    counts = [(sum(o.start_s <= use.start_s < o.end_s for o in uses), use) for use in uses]
    most, use = max(counts, key=lambda c: (c[0], -c[1].start_s), default=(0, None))
    if use is not None and most > resource.count:
        noun = "escorts" if resource.kind == "escort" else "teams"
        text = (
            f"{most} {noun} {resource.name or resource.resource_id} are in use at "
            f"{time_words(replay.problem, use.start_s)}, {most - resource.count} more than the {resource.count} there "
            f"are; {use.trace.route.route_id} is one too many."
        )
        yield Violation("resources", use.trace.route.route_id, use.node, most - resource.count, noun, text)
