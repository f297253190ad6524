"""Constraints on times and on how many vehicles work at once."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from workbench.constraints.registry import constraint
from workbench.constraints.replay import HANDING_OVER, LOADING, Event, Replay, Trace, Visit
from workbench.constraints.words import minutes, place_words, span_words, time_words, vehicle_words
from workbench.plan import Violation
from workbench.problem import Problem, VehicleType, Windows


def outside(windows: Windows, moment: int) -> tuple[int, int] | None:
    """Return (seconds outside, the nearest limit) of a moment in none of the windows; None when it is in one.

    Without any window the moment is its own limit, and one second outside.
    """
    if any(opens <= moment <= closes for opens, closes in windows):
        return None
    limits = [limit for window in windows for limit in window]
    if not limits:
        return 1, moment
    return min((abs(moment - limit), limit) for limit in limits)


@constraint("Windows")
def window(replay: Replay) -> Iterator[Violation]:
    """Service starts within the window of each delivery, and loading within the hours of the supply point."""
    for t, trace in enumerate(replay.traces):
        for n, visit in enumerate(trace.visits):
            breaches = sorted(_outside(replay, t, n, visit), key=lambda b: -b[0])
            if breaches:
                over, limit, who = breaches[0]
                yield _window_breach(replay, trace, visit, (over, limit), [who, *(b[2] for b in breaches[1:])])


def _outside(replay: Replay, t: int, n: int, visit: Visit) -> Iterator[tuple[int, int, str]]:
    """Yield (seconds outside, limit, whose window) for every window that the start of service misses."""
    if visit.place is None:
        return
    if visit.stop.kind in LOADING:
        found = outside(replay.problem.places[visit.place].windows, visit.begin_s)
        if found:
            yield (*found, "opening hours")
    elif visit.stop.kind in HANDING_OVER:
        for i in dict.fromkeys(visit.members):
            d = replay.problem.deliveries[i]
            found = outside(d.windows, visit.begin_s)
            if found and replay.properly(Event(i, t, n)):
                yield (*found, d.delivery_id)


def _window_breach(
    replay: Replay, trace: Trace, visit: Visit, breach: tuple[int, int], who: list[str]
) -> Violation:  # fmt: skip
    problem, (over, limit) = replay.problem, breach
    place = place_words(problem, visit.place) if visit.place is not None else visit.stop.node
    begins = time_words(problem, visit.begin_s)
    late = visit.begin_s > limit
    if visit.begin_s == limit:
        how = "but there is no instant at which it may"
    else:
        how = f"{span_words(over)} {'after' if late else 'before'} the limit of {time_words(problem, limit)}"
    text = f"{replay.of(trace)} starts service at {place} at {begins}, {how} ({', '.join(who)})."
    return Violation("window", trace.route.route_id, visit.stop.node, minutes(over), "min", text)


def _breach(shift: tuple[int, int], trace: Trace) -> int:
    """Return by how many seconds a route is outside a shift and the overtime after it, in which none starts."""
    over = trace.vehicle.overtime_s if trace.vehicle else 0
    start = trace.route.start_s
    return max(0, shift[0] - start) + max(0, trace.end_s - shift[1] - over, start - shift[1])


@constraint("Shifts")
def shift(replay: Replay) -> Iterator[Violation]:
    """Every route lies within one shift of its vehicle type, and may end in the overtime after it."""
    for trace in replay.traces:
        if trace.vehicle is None:
            continue
        start, end = trace.route.start_s, trace.end_s
        if not trace.vehicle.shifts:
            words = f"but {vehicle_words(trace.vehicle)} has no shift within the planning horizon"
            yield _shift_breach(replay, trace, max(1, end - start), words)
            continue
        best = min(trace.vehicle.shifts, key=lambda s: _breach(s, trace))
        if _breach(best, trace):
            overtime = trace.vehicle.overtime_s
            words = (
                f"{span_words(_breach(best, trace))} outside its shift from {time_words(replay.problem, best[0])} to "
                f"{time_words(replay.problem, best[1])}"
            ) + (f" and {span_words(overtime)} of overtime" if overtime else "")
            yield _shift_breach(replay, trace, _breach(best, trace), words)


def _shift_breach(replay: Replay, trace: Trace, over: int, words: str) -> Violation:
    start, end = (time_words(replay.problem, s) for s in (trace.route.start_s, trace.end_s))
    text = f"{replay.of(trace)} runs from {start} to {end}, {words}."
    return Violation("shift", trace.route.route_id, trace.route.end_node, minutes(over), "min", text)


@constraint("Vehicles")
def fleet(replay: Replay) -> Iterator[Violation]:
    """Routes start and end at their vehicle's depots, and need no more vehicles than there are."""
    for trace in replay.traces:
        if trace.vehicle is not None:
            yield from _wrong_depots(replay, trace)
    for vehicle in replay.problem.fleet:
        traces = [t for t in replay.traces if t.vehicle is vehicle]
        crowd = _too_many_in_a_shift(vehicle, traces) or _too_many_at_once(vehicle, traces)
        for trace, over, moment in crowd:
            text = (
                f"{over + vehicle.count} vehicles {vehicle_words(vehicle)} are on the road in the shift of "
                f"{time_words(replay.problem, moment)}, {over} more than the {vehicle.count} at "
                f"{place_words(replay.problem, vehicle.depot)}; {trace.route.route_id} is one too many."
            )
            node = replay.problem.places[vehicle.depot].node_id
            yield Violation("fleet", trace.route.route_id, node, over, "vehicles", text)


def _wrong_depots(replay: Replay, trace: Trace) -> Iterator[Violation]:
    problem, route, vehicle = replay.problem, trace.route, trace.vehicle
    assert vehicle is not None
    start, end = problem.places[vehicle.depot].node_id, problem.places[vehicle.end_depot].node_id
    if route.start_node != start and route.start_node in replay.place_of:
        yield _depot_breach(replay, trace, route.start_node, f"starts at {route.start_node}", vehicle.depot)
    if not route.stops or route.stops[-1].kind != "end":
        last = route.stops[-1].node if route.stops else route.start_node
        yield _depot_breach(replay, trace, last, "has no stop at which it ends", vehicle.end_depot)
    elif route.stops[-1].node != end and route.stops[-1].node in replay.place_of:
        yield _depot_breach(replay, trace, route.stops[-1].node, f"ends at {route.stops[-1].node}", vehicle.end_depot)


def _depot_breach(replay: Replay, trace: Trace, node: str, words: str, depot: int) -> Violation:
    text = f"{replay.of(trace)} {words}, where its vehicle belongs to {place_words(replay.problem, depot)}."
    return Violation("fleet", trace.route.route_id, node, 1, "stops", text)


def _eligible(vehicle: VehicleType, trace: Trace) -> list[int]:
    """Return the shifts a route lies in; if none, the one it misses least, for it needs a vehicle there."""
    breaches = [_breach(s, trace) for s in vehicle.shifts]
    return [k for k, over in enumerate(breaches) if over == 0] or [breaches.index(min(breaches))]


def _too_many_in_a_shift(vehicle: VehicleType, traces: list[Trace]) -> list[tuple[Trace, int, int]]:
    """Return (route, vehicles too many, start of shift) for every shift that has not enough vehicles.

    Shifts may overlap, so each route is given a vehicle in one of its shifts by augmenting paths.
    """
    if not vehicle.shifts:
        return []
    chosen: dict[int, list[int]] = {k: [] for k, _ in enumerate(vehicle.shifts)}

    def give(t: int, seen: set[int]) -> bool:
        for k in _eligible(vehicle, traces[t]):
            if k in seen:
                continue
            seen.add(k)
            if len(chosen[k]) < vehicle.count:
                chosen[k].append(t)
                return True
            for other in chosen[k]:
                if give(other, seen):
                    chosen[k][chosen[k].index(other)] = t
                    return True
        return False

    without: dict[int, list[int]] = {}
    for t, trace in enumerate(traces):
        if not give(t, set()):
            without.setdefault(_eligible(vehicle, trace)[0], []).append(t)
    return [(traces[routes[-1]], len(routes), vehicle.shifts[k][0]) for k, routes in sorted(without.items())]


def _too_many_at_once(vehicle: VehicleType, traces: list[Trace]) -> list[tuple[Trace, int, int]]:
    """Return when most vehicles too many are under way, if shifts with their overtime overlap and there is one."""
    ordered = sorted(vehicle.shifts)
    if all(a[1] + vehicle.overtime_s <= b[0] for a, b in pairwise(ordered)):
        return []
    under_way = [t for t in traces if t.end_s > t.route.start_s]
    busiest: list[tuple[Trace, int, int]] = []
    for trace in under_way:
        moment = trace.route.start_s
        over = sum(t.route.start_s <= moment < t.end_s for t in under_way) - vehicle.count
        if over > (busiest[0][1] if busiest else 0):
            busiest = [(trace, over, moment)]
    return busiest


@constraint("Slots")
def slots(replay: Replay) -> Iterator[Violation]:
    """No more vehicles are handled at a node at once than it has slots."""
    busy: dict[int, list[tuple[Visit, Trace]]] = {}
    for trace in replay.traces:
        for visit in trace.visits:
            if visit.place is None or visit.stop.kind not in (*LOADING, *HANDING_OVER) or not visit.service_s:
                continue
            if replay.problem.places[visit.place].slots:
                busy.setdefault(visit.place, []).append((visit, trace))
    for place, visits in sorted(busy.items(), key=lambda item: item[0]):
        yield from _too_many_in_slots(replay.problem, place, visits)


def _too_many_in_slots(problem: Problem, place: int, visits: list[tuple[Visit, Trace]]) -> Iterator[Violation]:
    limit = problem.places[place].slots
    counts = [(sum(o.begin_s <= v.begin_s < o.depart_s for o, _ in visits), v, t) for v, t in visits]
    most, visit, trace = max(counts, key=lambda c: (c[0], -c[1].begin_s))
    if most > limit:
        text = (
            f"{most} vehicles are handled at {place_words(problem, place)} at {time_words(problem, visit.begin_s)}, "
            f"{most - limit} more than its {limit} slots."
        )
        yield Violation("slots", trace.route.route_id, visit.stop.node, most - limit, "vehicles", text)
