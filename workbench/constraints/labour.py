"""Constraints on those who drive: rests, hours at the wheel, the risk that a vehicle runs."""

from __future__ import annotations

from collections.abc import Iterator
from math import exp

from workbench.constraints.physical import where
from workbench.constraints.registry import constraint
from workbench.constraints.replay import Replay, Trace, Visit
from workbench.constraints.words import minutes, span_words
from workbench.plan import Violation
from workbench.problem import NO_LIMIT


@constraint("Rests")
def rest(replay: Replay) -> Iterator[Violation]:
    """Nobody drives longer than they may without a rest that is long enough."""
    for trace in replay.traces:
        if trace.vehicle is None or trace.vehicle.drive_s >= NO_LIMIT:
            continue
        limit, least = trace.vehicle.drive_s, trace.vehicle.rest_s
        for driven, visit in stretches(trace):
            if driven > limit and visit is not None:
                alone = visit.leg is not None and visit.leg[0] > limit
                text = (
                    f"{replay.of(trace)} drives {span_words(driven)} without a rest of {span_words(least)}, "
                    f"{span_words(driven - limit)} more than the {span_words(limit)} it may; "
                    + (f"the way to {where(replay, visit)} alone takes longer than that." if alone
                       else f"the rest is due before the way to {where(replay, visit)}.")
                )  # fmt: skip
                yield Violation(
                    "rest", trace.route.route_id, visit.stop.node, minutes(driven - limit), "min", text
                )  # fmt: skip


def stretches(trace: Trace) -> Iterator[tuple[int, Visit | None]]:
    """Yield the seconds driven from rest to rest, each with the first visit on the way to which they are too many."""
    assert trace.vehicle is not None
    driven, first = 0, None
    for visit in trace.visits:
        driven += visit.leg[0] if visit.leg else 0
        if driven > trace.vehicle.drive_s and first is None:
            first = visit
        if visit.stop.kind == "rest" and visit.service_s >= trace.vehicle.rest_s:
            yield driven, first
            driven, first = 0, None
    yield driven, first


@constraint("Hours at the wheel")
def driving(replay: Replay) -> Iterator[Violation]:
    """No route has more driving than its vehicle's crew may do in one."""
    for trace in replay.traces:
        if trace.vehicle is not None and trace.travel_s > trace.vehicle.max_drive_s:
            limit, over = trace.vehicle.max_drive_s, trace.travel_s - trace.vehicle.max_drive_s
            text = (
                f"{replay.of(trace)} drives {span_words(trace.travel_s)}, {span_words(over)} more than the "
                f"{span_words(limit)} allowed in one route."
            )
            yield Violation("driving", trace.route.route_id, "", minutes(over), "min", text)


@constraint("How long a route lasts")
def duration(replay: Replay) -> Iterator[Violation]:
    """No route lasts longer from start to end than its vehicle may be out."""
    for trace in replay.traces:
        lasts = trace.end_s - trace.route.start_s
        if trace.vehicle is not None and lasts > trace.vehicle.longest_s:
            limit, over = trace.vehicle.longest_s, lasts - trace.vehicle.longest_s
            text = (
                f"{replay.of(trace)} lasts {span_words(lasts)}, {span_words(over)} more than the {span_words(limit)} "
                "that a route may."
            )
            yield Violation("duration", trace.route.route_id, "", minutes(over), "min", text)


@constraint("Risk")
def exposure(replay: Replay) -> Iterator[Violation]:
    """No route runs more risk of losing its vehicle than it may."""
    for trace in replay.traces:
        if trace.vehicle is not None and trace.exposure > trace.vehicle.max_exposure:
            loss, limit = (100 * (1 - exp(-x / 1e6)) for x in (trace.exposure, trace.vehicle.max_exposure))
            text = (
                f"{replay.of(trace)} runs a risk of {loss:.3g} % of losing its vehicle, more than the {limit:.3g} % "
                "that it may."
            )
            over = (trace.exposure - trace.vehicle.max_exposure) / 1e6
            yield Violation("exposure", trace.route.route_id, "", over, "neper", text)
