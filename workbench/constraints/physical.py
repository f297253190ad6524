"""Constraints on what is aboard, where it comes from and where vehicles can go."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from workbench.constraints.registry import constraint
from workbench.constraints.replay import LOADING, Event, Replay, Trace, Visit
from workbench.constraints.words import km_words, load_words, place_words, shown_amount, vehicle_words
from workbench.plan import Violation
from workbench.problem import DIMENSIONS, Goods, lift_kg

STOCK_SLACK = 1e-6


def _trips(trace: Trace) -> Iterator[list[Visit]]:
    """Cut a route's visits at its load stops."""
    trip: list[Visit] = []
    for visit in trace.visits:
        if visit.stop.kind in LOADING and trip:
            yield trip
            trip = []
        trip.append(visit)
    if trip:
        yield trip


@constraint("Load")
def capacity(replay: Replay) -> Iterator[Violation]:
    """No vehicle has more aboard than it can carry, in any load dimension, between two loadings."""
    for trace in replay.traces:
        if trace.vehicle is None:
            continue
        for trip in _trips(trace):
            for k, limit in enumerate(trace.vehicle.capacity):
                worst = max(trip, key=lambda v: v.load[k])
                if worst.load[k] > limit:
                    yield _overload(replay, trace, worst, k, limit)


def _overload(replay: Replay, trace: Trace, visit: Visit, dimension: int, limit: int) -> Violation:
    carried, over = visit.load[dimension], visit.load[dimension] - limit
    return Violation(
        "capacity",
        trace.route.route_id,
        visit.stop.node,
        shown_amount(dimension, over),
        DIMENSIONS[dimension],
        f"{replay.of(trace)} leaves {where(replay, visit)} with {load_words(dimension, carried)} aboard, "
        f"{load_words(dimension, over)} over its limit of {load_words(dimension, limit)}.",
    )


def where(replay: Replay, visit: Visit) -> str:
    """Return how sentences name the place of a visit."""
    return visit.stop.node if visit.place is None else place_words(replay.problem, visit.place)


@constraint("Goods that may not travel together")
def compatibility(replay: Replay) -> Iterator[Violation]:
    """Goods that may not share a vehicle are never aboard together."""
    goods, conflicts = replay.problem.goods, replay.problem.conflicts
    for trace in replay.traces:
        worst: dict[tuple[int, int], tuple[int, Visit]] = {}
        for visit in trace.visits:
            aboard: dict[int, int] = {}
            for i in visit.aboard:
                kind = replay.problem.deliveries[i].goods
                aboard[kind] = aboard.get(kind, 0) + 1
            for a, b in combinations(sorted(aboard), 2):
                if conflicts[a, b] and aboard[a] * aboard[b] > worst.get((a, b), (0, visit))[0]:
                    worst[a, b] = (aboard[a] * aboard[b], visit)
            for a, n in aboard.items():
                if conflicts[a, a] and n * (n - 1) // 2 > worst.get((a, a), (0, visit))[0]:
                    worst[a, a] = (n * (n - 1) // 2, visit)
        for (a, b), (pairs, visit) in worst.items():
            yield Violation(
                "compatibility",
                trace.route.route_id,
                visit.stop.node,
                pairs,
                "pairs",
                f"{replay.of(trace)} leaves {where(replay, visit)} with {goods_words(goods[a])} and "
                f"{goods_words(goods[b])} aboard, which may not travel together.",
            )


def goods_words(goods: Goods) -> str:
    """Return how sentences name goods."""
    return f"class {goods.supply_class}" + (f" (hazard {goods.hazard})" if goods.hazard else "")


@constraint("What a vehicle may carry")
def may_carry(replay: Replay) -> Iterator[Violation]:
    """Every vehicle carries only goods that its type may carry."""
    for trace in replay.traces:
        if trace.vehicle is None:
            continue
        wrong: dict[int, dict[int, Visit]] = {}
        for visit in trace.visits:
            for i in visit.members:
                kind = replay.problem.deliveries[i].goods
                if not trace.vehicle.takes(replay.problem.deliveries[i]):
                    wrong.setdefault(kind, {}).setdefault(i, visit)
        for kind, members in wrong.items():
            names = ", ".join(replay.problem.deliveries[i].delivery_id for i in members)
            yield Violation(
                "may_carry",
                trace.route.route_id,
                next(iter(members.values())).stop.node,
                len(members),
                "deliveries",
                f"{replay.of(trace)} carries {goods_words(replay.problem.goods[kind])}, which "
                f"{vehicle_words(trace.vehicle)} may not: {names}.",
            )


@constraint("Ways")
def access(replay: Replay) -> Iterator[Violation]:
    """Vehicles drive only where there is a way for them."""
    for trace in replay.traces:
        if trace.vehicle is None:
            continue
        for visit in trace.visits:
            if visit.leg is None and visit.place is not None and visit.came_from is not None:
                yield Violation(
                    "access",
                    trace.route.route_id,
                    visit.stop.node,
                    1,
                    "legs",
                    f"{replay.of(trace)} has no way from {place_words(replay.problem, visit.came_from)} to "
                    f"{place_words(replay.problem, visit.place)} that profile {trace.vehicle.profile} can drive.",
                )


@constraint("Range")
def range(replay: Replay) -> Iterator[Violation]:
    """No route is longer than its vehicle's range."""
    for trace in replay.traces:
        if trace.vehicle is not None and trace.distance_m > trace.vehicle.range_m:
            over = trace.distance_m - trace.vehicle.range_m
            yield Violation(
                "range",
                trace.route.route_id,
                "",
                over / 1000,
                "km",
                f"{replay.of(trace)} covers {km_words(trace.distance_m)}, {km_words(over)} over its range of "
                f"{km_words(trace.vehicle.range_m)}.",
            )


@constraint("Payload by distance")
def payload_range(replay: Replay) -> Iterator[Violation]:
    """No vehicle has more aboard between two loadings than it can lift that far."""
    for trace in replay.traces:
        curve = trace.vehicle.payload_range if trace.vehicle else ()
        for ends, peak_kg, metres in _sorties(trace) if curve else ():
            limit = lift_kg(curve, metres)
            if peak_kg > limit:
                over, words = peak_kg - limit, f"{load_words(0, limit)}, {load_words(0, peak_kg - limit)} less"
                if limit < 0:
                    over, words = metres - curve[-1][0], f"nothing: it goes {km_words(curve[-1][0])}"
                yield Violation(
                    "payload_range",
                    trace.route.route_id,
                    ends.stop.node,
                    over / 1000 if limit < 0 else over,
                    "km" if limit < 0 else "kg",
                    f"{replay.of(trace)} flies {km_words(metres)} to {where(replay, ends)} with "
                    f"{load_words(0, peak_kg)} aboard, where it can lift {words}.",
                )


def _sorties(trace: Trace) -> Iterator[tuple[Visit, int, int]]:
    """Yield (visit that ends it, most kilograms aboard, metres) of each sortie: to the next loading, or the end."""
    peak = metres = 0
    for visit in trace.visits:
        metres += visit.leg[1] if visit.leg else 0
        if visit.stop.kind in LOADING or visit is trace.visits[-1]:
            yield visit, peak, metres
            peak = metres = 0
        peak = max(peak, visit.load.kg)


@constraint("Trips")
def trips(replay: Replay) -> Iterator[Violation]:
    """No route loads more often than its vehicle may in one shift."""
    for trace in replay.traces:
        if trace.vehicle is not None and trace.trips > trace.vehicle.max_trips:
            limit = trace.vehicle.max_trips
            first = [v for v in trace.visits if v.stop.kind in LOADING][limit]
            yield Violation(
                "trips",
                trace.route.route_id,
                first.stop.node,
                trace.trips - limit,
                "trips",
                f"{replay.of(trace)} loads {trace.trips} times, {trace.trips - limit} more than the {limit} allowed "
                f"in one shift, from {where(replay, first)} on.",
            )


@constraint("Where goods come from")
def source(replay: Replay) -> Iterator[Violation]:
    """Everything handed over was loaded before, on the same route, once, where it may be drawn."""
    for i, _ in enumerate(replay.problem.deliveries):
        yield from source_of(replay, i)


def source_of(replay: Replay, i: int) -> Iterator[Violation]:
    """Yield what is wrong with the loading of one delivery."""
    d, loaded = replay.problem.deliveries[i], replay.loaded.get(i, [])
    if d.kind == "retrograde":
        for event in loaded:
            yield _source_breach(replay, event, "is loaded, but it is to be picked up")
        return
    for event in loaded:
        place = replay.visit(event).place
        if place is not None and place not in d.sources:
            drawn = ", ".join(place_words(replay.problem, s) for s in d.sources) or "nowhere"
            yield _source_breach(replay, event, f"is loaded where it may not be drawn; it may be drawn at {drawn}")
    handed = replay.handed_over.get(i, [])
    missing, spare = _pair(handed, loaded)
    for event in missing:
        if replay.visit(event).stop.kind == "deliver":
            yield _source_breach(replay, event, f"is handed over, but {_why_missing(replay, event, spare)}")
    if handed or i in replay.unserved:
        for event in spare:
            words = "is loaded once too often" if handed else "is loaded, but never handed over"
            yield _source_breach(replay, event, words)


def _pair(handed: list[Event], loaded: list[Event]) -> tuple[list[Event], list[Event]]:
    """Give every handing over the first loading before it on its route; return what remains of both."""
    spare, missing = list(loaded), []
    for event in handed:
        before = [x for x in spare if x.trace == event.trace and x.number < event.number]
        if before:
            spare.remove(before[0])
        else:
            missing.append(event)
    return missing, spare


def _why_missing(replay: Replay, event: Event, spare: list[Event]) -> str:
    """Say where it is loaded instead, and take that loading, so that it is not named again."""
    if not spare:
        return "was never loaded"
    other = next((x for x in spare if x.trace == event.trace), spare[0])
    spare.remove(other)
    return "only then loaded" if other.trace == event.trace else f"{replay.of(replay.traces[other.trace])} loads it"


def _source_breach(replay: Replay, event: Event, words: str) -> Violation:
    trace, visit = replay.traces[event.trace], replay.visit(event)
    name = replay.problem.deliveries[event.delivery].delivery_id
    text = f"{name} {words} ({replay.of(trace)} at {where(replay, visit)})."
    return Violation("source", trace.route.route_id, visit.stop.node, 1, "deliveries", text)


@constraint("Stock")
def stock(replay: Replay) -> Iterator[Violation]:
    """No more is drawn at a supply point than it has for issue."""
    drawn: dict[tuple[int, str], float] = {}
    units: dict[tuple[int, str], str] = {}
    for i, events in replay.loaded.items():
        d = replay.problem.deliveries[i]
        for place in dict.fromkeys(replay.visit(e).place for e in events) if d.kind != "transfer" else ():
            if place is not None and (place, d.item) in replay.problem.stock:
                drawn[place, d.item] = drawn.get((place, d.item), 0.0) + d.quantity
                units[place, d.item] = d.unit_of_issue
    for (place, item), quantity in sorted(drawn.items()):
        limit = replay.problem.stock[place, item]
        over = quantity - limit
        if over > STOCK_SLACK * max(1.0, limit):
            unit = units[place, item]
            yield Violation(
                "stock",
                "",
                replay.problem.places[place].node_id,
                round(over, 6),
                unit,
                f"{quantity:,g} {unit} of {item} are drawn at {place_words(replay.problem, place)}, {over:,g} {unit} "
                f"more than the {limit:,g} {unit} for issue.",
            )
