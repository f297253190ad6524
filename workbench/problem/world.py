"""What the ways of requisitions are judged by: places, fleet and travel, with what was looked up of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from workbench.ground.matrix import Cut
from workbench.ground.modes import Modes
from workbench.problem.model import Place, VehicleType
from workbench.units import dtg, moment_at

Refusal = tuple[str, str]
"""Code and sentence of what can't be planned."""


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """What the ways of all requisitions are judged by. ``legs`` and ``cuts`` remember what was looked up."""

    as_of: datetime
    horizon_s: int
    places: tuple[Place, ...]
    fleet: tuple[VehicleType, ...]
    travel: Modes
    legs: dict[tuple[str, int, int], tuple[int, int] | None] = field(default_factory=dict)
    cuts: dict[tuple[str, tuple[int, ...]], tuple[Cut, ...]] = field(default_factory=dict)

    def leg(self, key: str, i: int, j: int) -> tuple[int, int] | None:
        """Return (seconds, metres) of a leg as it is planned with, or None for no way."""
        if (key, i, j) not in self.legs:
            seconds, metres = self.travel.block(key, [i], [j])
            self.legs[key, i, j] = None if seconds[0, 0] < 0 else (int(seconds[0, 0]), int(metres[0, 0]))
        return self.legs[key, i, j]

    def planned(self, key: str, i: int, j: int, depart_s: int) -> int | None:
        """Return when one who leaves then is there at the latest, or None where that is not known."""
        leg = (0, 0) if i == j else self.leg(key, i, j)
        return None if leg is None else depart_s + leg[0]

    def arrival(self, key: str, i: int, j: int, depart_s: int) -> int | None:
        """Return when one who leaves then is there, or None for no way."""
        leg = (0, 0) if i == j else self.travel.leg(key, i, j, depart_s)
        return None if leg is None else depart_s + leg[0]

    def cut(self, key: str, stops: Sequence[int]) -> tuple[Cut, ...]:
        """Return what has to open together for a trip as planned with a key; empty: nothing would help."""
        if (key, tuple(stops)) not in self.cuts:
            self.cuts[key, tuple(stops)] = self.travel.cuts(key, stops)
        return self.cuts[key, tuple(stops)]

    def stands_on_a_road(self, place: int) -> bool:
        """Return whether any road or waterway touches a place, open or not."""
        network = self.travel.roads.network
        return bool((network.ends == network.node_ids.index(self.places[place].node_id)).any())

    def called(self, place: int) -> str:
        """Return a place as people say it: name and id."""
        name, node = self.places[place].name, self.places[place].node_id
        return f"{name} ({node})" if name and name != node else node

    def at(self, seconds: int) -> str:
        """Return an instant as a date-time group."""
        return dtg(moment_at(self.as_of, seconds))


def stops_of(vehicle: VehicleType, source: int, node: int) -> list[int]:
    """Return the places of the direct trip: depot, source (none for retrograde), node, end depot."""
    return [vehicle.depot, *([source] if source >= 0 else []), node, vehicle.end_depot]


def trips_of(world: World, vehicle: VehicleType, source: int, node: int) -> list[list[tuple[int, int]]]:
    """Return the legs of the direct trip as planned in each shift in which there is a way, and at the best hour."""
    stops = stops_of(vehicle, source, node)
    keys = dict.fromkeys((*vehicle.travels, vehicle.travel))
    trips = [[world.leg(key, i, j) for i, j in pairwise(stops)] for key in keys]
    return [[leg for leg in legs if leg is not None] for legs in trips if None not in legs]


def joined(world: World, vehicle: VehicleType, stops: Sequence[int]) -> bool:
    """Return whether there is a way for a trip, at least from some shift's start on and back before its end."""
    for start, end in vehicle.shifts:
        key, now = vehicle.travel_at(start), start
        if all(world.leg(key, i, j) for i, j in pairwise(stops)):
            return True
        for i, j in pairwise(stops):
            there = world.arrival(key, i, j, now)
            now = end + vehicle.overtime_s + 1 if there is None else there
        if now <= end + vehicle.overtime_s:
            return True
    return False
