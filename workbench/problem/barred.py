"""What bars the way to a place: the fewest things that would have to open, and the refusal that says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from workbench.ground.matrix import Cut
from workbench.ground.pieces import strong
from workbench.ground.roads import NO_SITE, RISKY, UNKNOWN
from workbench.problem.lines import Line
from workbench.problem.model import VehicleType
from workbench.problem.words import both, listed
from workbench.problem.world import Refusal, World, joined, stops_of


def barring(world: World, vehicle: VehicleType, stops: Sequence[int]) -> tuple[Cut, ...]:
    """Return the fewest things that have to open together for a trip in one of a vehicle's shifts.

    With any one of them still in the way there is none. Empty where nothing known would help.
    """
    found = min(filter(None, (world.cut(key, stops) for key in vehicle.travels)), key=hardness, default=())
    if len(found) > 1 and world.travel.roads.network.hours.shut:  # some may be open when one gets there
        for cut in found:
            fewer = tuple(other for other in found if other is not cut)
            if joined(replace(world, travel=world.travel.lifted(fewer), legs={}, cuts={}), vehicle, stops):
                found = fewer
    return found


def hardness(cuts: Sequence[Cut]) -> tuple[bool, int, int]:
    """Order what has to open: what opens to vehicles on roads first, then by number, then by what bars each."""
    return any(c.barriers >= NO_SITE for c in cuts), len(cuts), sum(c.barriers.bit_count() for c in cuts)


def no_road(world: World, line: Line, pairs: Sequence[tuple[VehicleType, int]]) -> Refusal:
    """Say what cuts the place off: the fewest things that would have to open, or that no way is left."""
    where = world.called(line.node)
    barred = _barred(world, line, pairs)
    sources = sorted({s for _, s in pairs})
    trips = [(v, stops_of(v, s, line.node)) for v in world.fleet if v.count > 0 for s in sources]
    others = [v for v, stops in trips if joined(world, v, stops)]
    told = in_words(barred[0][1]) if barred else ""
    if others:
        kept_off = [name for name, cuts in barred if in_words(cuts) == told]
        names, able = listed(v.vehicle_type for v in others), listed(kept_off or (v.vehicle_type for v, _ in pairs))
        text = f"{where} can be reached by {names}, which can't take class {line.supply_class} ({line.item})"
        return "PROFILE", f"{text}; {able} could take it but can't get there{told}."
    if barred:
        code = "POLICY" if all(cut.barriers in (RISKY, UNKNOWN) for cut in barred[0][1]) else "UNREACHABLE"
        off_road = (in_words(cuts) for _, cuts in barred if hardness(cuts)[0])
        parts = [f"for {listed(n for n, cuts in barred if in_words(cuts) == why)}{why}"
                 for why in dict.fromkeys((told, *off_road))]  # fmt: skip
        return code, f"{where} is cut off {'; '.join(parts[:4])}."
    names = listed(v.vehicle_type for v, _ in pairs)
    if lonely := _off_the_roads(world, line, pairs):
        there = "there" if lonely == where else f"to {where}"
        return "UNREACHABLE", f"No road touches {lonely}, so {names} can't get {there}."
    if missing := _apart(world, line, pairs):
        text = f"No road of the tables joins {where} with a depot and a supply point for {names}{missing}."
        return "UNREACHABLE", text
    text = f"No way joins {where} with a depot and a supply point for {names}, not even with every road open to them."
    return "UNREACHABLE", text


def _off_the_roads(world: World, line: Line, pairs: Sequence[tuple[VehicleType, int]]) -> str:
    """Return the place itself, all its supply points or all depots where no road touches them; else nothing."""
    if not any(v.travel in world.travel.roads.limits for v, _ in pairs):
        return ""
    groups = [line.node], sorted({s for _, s in pairs if s >= 0}), sorted({v.depot for v, _ in pairs})
    lonely = (group for group in groups if group and not any(map(world.stands_on_a_road, group)))
    return listed(map(world.called, next(lonely, [])))


def _apart(world: World, line: Line, pairs: Sequence[tuple[VehicleType, int]]) -> str:
    """Return how far roads go from a place, where no trip's places are on the same roads; nothing where they are."""
    network, vehicle = world.travel.roads.network, pairs[0][0]
    if vehicle.travel not in world.travel.roads.limits:
        return ""
    dry = ~network.foreign(vehicle.profile)
    parts = strong(len(network.node_ids), network.ends[dry], network.oneway[dry], weak=True).tolist()
    row = {node: at for at, node in enumerate(network.node_ids)}
    trips = [[parts[row[world.places[p].node_id]] for p in stops_of(v, s, line.node)] for v, s in pairs]
    if any(len(set(trip)) == 1 for trip in trips):
        return ""
    here = parts[row[world.places[line.node].node_id]]
    return f": from there roads lead to {parts.count(here) - 1:,} other node(s) and no farther"


def _barred(world: World, line: Line, pairs: Sequence[tuple[VehicleType, int]]) -> list[tuple[str, tuple[Cut, ...]]]:
    """Return what bars each type of vehicle for which opening it would help, the least first."""
    found: dict[tuple[str, str, int], tuple[str, tuple[Cut, ...]]] = {}
    for vehicle, source in pairs:
        cuts = barring(world, vehicle, stops_of(vehicle, source, line.node))
        known = found.get(vehicle.key)
        if cuts and (known is None or hardness(cuts) < hardness(known[1])):
            found[vehicle.key] = (vehicle.vehicle_type, cuts)
    return sorted(found.values(), key=lambda one: hardness(one[1]))


def in_words(cuts: Sequence[Cut]) -> str:
    """Return what bars a trip, to stand right after who is kept off."""
    by_text = {text: [cut.name for cut in cuts if cut.text == text] for text in (cut.text for cut in cuts)}
    parts = [f"{names[0]} {text}" + (f", and likewise {both(names[1:])}" if names[1:] else "")
             for text, names in by_text.items()]  # fmt: skip
    lead = f" ({len(cuts)} barriers, which have to open together)" if len(cuts) > 1 else ""
    return f"{lead}: {', and '.join(parts)}"
