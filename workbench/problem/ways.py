"""Which vehicles can serve a requisition, from which supply points; and if none can, why, in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from workbench.problem.barred import no_road
from workbench.problem.lines import Line, tightest
from workbench.problem.model import DIMENSIONS, NO_LIMIT, Load, VehicleType, Windows, lift_kg
from workbench.problem.words import km, listed, shown, span
from workbench.problem.world import Refusal, World, joined, stops_of, trips_of


@dataclass(frozen=True, slots=True)
class Way:
    """From ``source`` (-1 for retrograde), ``seconds`` away, one vehicle takes ``most`` of the requisition at once."""

    source: int
    seconds: int
    most: float


def first_open(windows: Windows, moment: int) -> int | None:
    """Return the first instant from ``moment`` on that lies in a window, or None."""
    return next((max(moment, opens) for opens, closes in windows if closes >= moment), None)


def trip_times(
    world: World, line: Line, vehicle: VehicleType, source: int, *, quantity: float, start_s: int, planned: bool = False
) -> tuple[int | None, int | None]:
    """Return the direct trip's arrival at the node and its end; None from where windows or roads forbid it.

    With ``planned`` each leg takes as long as it is planned with, which is never less than what it takes when driven.
    """
    here, arrive, key = vehicle.depot, start_s, vehicle.travel_at(start_s)
    reach = world.planned if planned else world.arrival
    for place, windows, extra_s in (
        *(((source, line.loading(world.places[source]), vehicle.turnaround_s),) if source >= 0 else ()),
        (line.node, line.windows, 0),
    ):
        work_s = extra_s + vehicle.handling_s(line.handling_s(quantity, world.places[place]))
        there = reach(key, here, place, arrive)
        begin = None if there is None else first_open(windows, there)
        if there is None or begin is None:
            return (there if place == line.node else None), None
        here, arrive, reached = place, begin + work_s, there
    return reached, reach(key, here, vehicle.end_depot, arrive)


def in_time(world: World, line: Line, vehicle: VehicleType, source: int, quantity: float) -> bool:
    """Return whether the direct trip with ``quantity`` fits one of the vehicle's shifts.

    Most fit as planned already: only the others are looked at hour by hour.
    """
    for planned in (True, False):
        for start, end in vehicle.shifts:
            back = trip_times(world, line, vehicle, source, quantity=quantity, start_s=start, planned=planned)[1]
            if back is not None and back <= end + vehicle.overtime_s:
                return True
    return False


def most_in_time(world: World, line: Line, vehicle: VehicleType, source: int) -> float:
    """Return how much of it the vehicle can take on one direct trip that fits a shift: all, or whole units."""
    most = line.most(_lift(world, line, vehicle, source))
    if in_time(world, line, vehicle, source, most):
        return most
    low, high = 0, int(most) if most < line.quantity else int(-(-most // 1))
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if in_time(world, line, vehicle, source, float(middle)) else (low, middle)
    return float(low)


def ways(world: World, line: Line, sources: Sequence[int]) -> tuple[list[Way], Refusal | None]:
    """Return the ways to serve a requisition from ``sources``, nearest first, or why there is none.

    Retrograde is asked with the one source -1.
    """
    if not line.windows or line.ready_s > world.horizon_s or line.load_by_s < 0:
        return [], _no_window(world, line)
    able, refusal = _able(world, line)
    if refusal:
        return [], refusal
    pairs = [(v, s) for s in sources for v in able]
    steps: tuple[tuple[Callable[..., bool], Callable[..., Refusal]], ...] = (
        (_joined, no_road), (_in_range, _too_far), (_lifted, _too_heavy), (_fresh, _too_long_aboard)
    )  # fmt: skip
    for holds, explain in steps:
        left = [(v, s) for v, s in pairs if holds(world, line, v, s)]
        if not left:
            return [], explain(world, line, pairs)
        pairs = left
    best: dict[int, Way] = {}
    for vehicle, source in pairs:
        most = most_in_time(world, line, vehicle, source)
        if most > 0:
            seconds = min(legs[1][0] if source >= 0 else 0 for legs in trips_of(world, vehicle, source, line.node))
            known = best.get(source, Way(source, seconds, most))
            best[source] = Way(source, min(known.seconds, seconds), max(known.most, most))
    if not best:
        return [], _too_late(world, line, pairs)
    return sorted(best.values(), key=lambda way: (way.seconds, way.source)), None


def _able(world: World, line: Line) -> tuple[list[VehicleType], Refusal | None]:
    """Return the vehicle types that may carry the class and lift one unit of issue, or why there is none."""
    carriers = [v for v in world.fleet if v.carries[line.goods] and (v.picks_up or line.kind != "retrograde")]
    ready = [v for v in carriers if v.count > 0 and v.shifts]
    if not carriers:
        return [], ("COMPATIBILITY", f"No vehicle of the fleet may carry class {line.supply_class} ({line.item}).")
    if not ready:
        names = listed(v.vehicle_type for v in carriers)
        text = f"Only {names} may carry class {line.supply_class}, and none of them is available in the horizon."
        return [], ("RESOURCE", text)
    able = [v for v in ready if line.most(v.capacity) > 0]
    return able, None if able else _too_big(line, ready)


def _joined(world: World, line: Line, vehicle: VehicleType, source: int) -> bool:
    return joined(world, vehicle, stops_of(vehicle, source, line.node))


def _metres(world: World, line: Line, vehicle: VehicleType, source: int) -> int:
    return min(sum(metres for _, metres in legs) for legs in trips_of(world, vehicle, source, line.node))


def _in_range(world: World, line: Line, vehicle: VehicleType, source: int) -> bool:
    return _metres(world, line, vehicle, source) <= vehicle.range_m


def _lift(world: World, line: Line, vehicle: VehicleType, source: int) -> Load:
    """Return what the vehicle can have aboard on the loaded part of the direct trip.

    Where it can't come home with anything at all, it may still load again nearer by, and carry on.
    """
    if not vehicle.payload_range:
        return vehicle.capacity
    out = 1 if source >= 0 else 0
    trips = trips_of(world, vehicle, source, line.node)
    home = min(sum(metres for _, metres in legs[out:]) for legs in trips)
    capacity = _capped(vehicle, home)
    if line.most(capacity) > 0 or source < 0:
        return capacity
    there = min(legs[out][1] for legs in trips)
    back = [leg[1] for key in vehicle.travels if (leg := world.leg(key, line.node, source))]
    return _capped(vehicle, there + min(back)) if back else capacity


def _capped(vehicle: VehicleType, metres: int) -> Load:
    lifts = lift_kg(vehicle.payload_range, metres)
    return vehicle.capacity._replace(kg=min(vehicle.capacity.kg, lifts)) if lifts >= 0 else Load()


def _lifted(world: World, line: Line, vehicle: VehicleType, source: int) -> bool:
    return line.most(_lift(world, line, vehicle, source)) > 0


def _aboard_s(world: World, line: Line, vehicle: VehicleType, source: int) -> int:
    """Return for how long it is aboard at the least: on the way from its source to its node, at the best hour."""
    leg = (0, 0) if source in (-1, line.node) else world.leg(vehicle.travel, source, line.node)
    return leg[0] if leg else 0


def _fresh(world: World, line: Line, vehicle: VehicleType, source: int) -> bool:
    return _aboard_s(world, line, vehicle, source) <= line.aboard_s


def _too_long_aboard(world: World, line: Line, pairs: Sequence[tuple[VehicleType, int]]) -> Refusal:
    """Say how much longer than it may be aboard the shortest way takes."""
    seconds, vehicle, source = min(
        ((_aboard_s(world, line, v, s), v, s) for v, s in pairs), key=lambda found: (found[0], found[1].key)
    )  # fmt: skip
    text = (
        f"It may be aboard for {span(line.aboard_s)}; the way from {world.called(source)} to {world.called(line.node)} "
        f"takes {vehicle.vehicle_type} {span(seconds)}."
    )
    return "WINDOW", text


def _too_heavy(world: World, line: Line, pairs: Sequence[tuple[VehicleType, int]]) -> Refusal:
    """Say how little can be lifted as far as the direct trip goes."""
    one = min(1.0, line.quantity)
    lift, vehicle, source = max(
        ((_lift(world, line, v, s).kg, v, s) for v, s in pairs), key=lambda found: (found[0], found[1].key)
    )
    text = (
        f"{one:g} {line.unit_of_issue} of {line.item} is {shown(line.load(one).kg, 0)}; {vehicle.vehicle_type} lifts "
        f"{shown(lift, 0)} on the direct trip of {km(_metres(world, line, vehicle, source))}."
    )
    return "RANGE", text


def _no_window(world: World, line: Line) -> Refusal:
    where = world.called(line.node)
    if line.ready_s > world.horizon_s:
        text = f"It is not released before {world.at(line.ready_s)}; this plan ends {world.at(world.horizon_s)}."
    elif line.load_by_s < 0:
        text = f"It had to be loaded by {world.at(line.load_by_s)}, before this plan begins ({world.at(0)})."
    elif line.latest_s < 0:
        text = f"It had to start by {world.at(line.latest_s)}, before this plan begins ({world.at(0)})."
    elif line.earliest_s > world.horizon_s:
        text = f"It may not start before {world.at(line.earliest_s)}; this plan ends {world.at(world.horizon_s)}."
    elif line.latest_s < line.earliest_s:
        text = f"Its earliest time {world.at(line.earliest_s)} is after its latest {world.at(line.latest_s)}."
    else:
        span = f"{world.at(max(0, line.earliest_s))} to {world.at(min(world.horizon_s, line.latest_s))}"
        text = f"{where} is not open at any time from {span}, when it is wanted."
    return "WINDOW", text


def _too_big(line: Line, ready: Sequence[VehicleType]) -> Refusal:
    one = min(1.0, line.quantity)
    load = line.load(one)
    _, dim, vehicle = min(
        ((*tightest(load, v.capacity), v) for v in ready), key=lambda found: (found[0], found[2].key)
    )  # fmt: skip
    asked, limit = (shown(x[dim], dim) for x in (load, vehicle.capacity))
    text = (
        f"{one:g} {line.unit_of_issue} of {line.item} is {asked} and can't be split further; {vehicle.vehicle_type}, "
        f"the nearest fit among the vehicles that may carry class {line.supply_class}, takes {limit}."
    )
    return f"CAPACITY_{DIMENSIONS[dim].upper()}", text


def _too_far(world: World, line: Line, pairs: Sequence[tuple[VehicleType, int]]) -> Refusal:
    over, vehicle, source = min(
        ((_metres(world, line, v, s) - v.range_m, v, s) for v, s in pairs), key=lambda found: (found[0], found[1].key)
    )  # fmt: skip
    route = "–".join(world.places[p].node_id for p, _ in groupby(stops_of(vehicle, source, line.node)))
    text = (
        f"The direct trip {route} is {km(over + vehicle.range_m)}; {vehicle.vehicle_type} goes {km(vehicle.range_m)}."
    )
    return "RANGE", text


def _too_late(world: World, line: Line, pairs: Sequence[tuple[VehicleType, int]]) -> Refusal:
    """Say that the direct trip comes too late for the window, or isn't back before the shift ends."""
    one = min(1.0, line.quantity)
    tried = [
        (trip_times(world, line, v, s, quantity=one, start_s=start), end + v.overtime_s, v)
        for v, s in pairs for start, end in v.shifts
    ]  # fmt: skip
    where = world.called(line.node)
    done = [(back - end, back, end, v) for (_, back), end, v in tried if back is not None]
    if done:
        _, back, end, vehicle = min(done, key=lambda found: (found[0], found[3].key))
        limit = "this plan ends" if end >= world.horizon_s else "its shift ends"
        after = f", loaded from {world.at(line.ready_s)} on," if line.ready_s > 0 else ""
        text = f"The direct trip to {where}{after} takes too long: {vehicle.vehicle_type} would be back "
        overtime = ", overtime included" if vehicle.overtime_s else ""
        return "SHIFT", text + f"{world.at(back)}, and {limit} {world.at(end)}{overtime}."
    arrivals = [arrive for (arrive, _), _, _ in tried if arrive is not None]
    if not arrivals:
        names = listed(world.called(source) for _, source in pairs)
        return "WINDOW", f"No vehicle can be at {names} while it is open for loading{_when(world, line)}."
    text = f"The earliest arrival at {where} is {world.at(min(arrivals))}; service there has to start by "
    return "WINDOW", text + f"{world.at(line.windows[-1][1])}."


def _when(world: World, line: Line) -> str:
    """Return in words when it may be loaded, to stand after the hours of a place; nothing where any hour will do."""
    since = f" from {world.at(line.ready_s)} on" if line.ready_s > 0 else ""
    until = f" until {world.at(line.load_by_s)}" if line.load_by_s < NO_LIMIT else ""
    return f", and it may be loaded{since}{until}" if since or until else ""
