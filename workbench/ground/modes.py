"""One travel for all ways of moving: each travel key goes to the roads and waterways, the air, or the open ground.

Boats and aircraft stop only where they can land or set down; that is the same for every leg, so it is kept here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np

from workbench.ground.air import AirTravel
from workbench.ground.matrix import DURING, Cut, Path, RoadTravel
from workbench.ground.open_ground import OpenTravel
from workbench.ground.paces import Paces
from workbench.ground.roads import NO_FLY, NO_SITE, RISKY, BoolArray, IntArray
from workbench.ground.search import Search


@dataclass(frozen=True, slots=True, eq=False)
class Sites:
    """At which places vehicles of one travel key can stop, and in words what they need there."""

    able: BoolArray
    needs: str


@dataclass(frozen=True, slots=True, eq=False)
class Modes:
    """Travel between ``places`` (node ids, with ``names`` as people say them) by whatever a travel key means.

    ``sites`` holds the keys that can't stop everywhere; keys that neither ``air`` nor ``open_ground`` knows are those
    of ``roads``.
    """

    places: tuple[str, ...]
    names: tuple[str, ...]
    roads: RoadTravel
    air: AirTravel
    open_ground: OpenTravel
    sites: Mapping[str, Sites]
    _lifted: dict[tuple[tuple[str, int], ...], Modes] = field(default_factory=dict, init=False, repr=False)

    def __reduce__(self) -> tuple[Any, ...]:
        return Modes, (self.places, self.names, self.roads, self.air, self.open_ground, self.sites)

    def block(self, profile: str, rows: Sequence[int], cols: Sequence[int]) -> tuple[IntArray, IntArray]:
        """Return (seconds, metres), each of shape (len(rows), len(cols)); -1 where there is no way."""
        seconds, metres = self._of(profile).block(profile, rows, cols)
        able = self._able(profile)
        if able is None:
            return seconds, metres
        across, along = np.asarray(rows, np.int64), np.asarray(cols, np.int64)
        there = (able[across][:, None] & able[along][None, :]) | (across[:, None] == along[None, :])
        return np.where(there, seconds, -1), np.where(there, metres, -1)

    def leg(self, profile: str, i: int, j: int, depart_s: int) -> tuple[int, int] | None:
        """Return (seconds, metres) from place i to place j when one leaves at ``depart_s``, or None for no way."""
        return self._of(profile).leg(profile, i, j, depart_s) if self._stops(profile, i, j) else None

    def paces(self, profile: str, places: Sequence[int]) -> Paces:
        """Return how long the planned ways between places take in each part of the time that the key is for."""
        found, able = self._of(profile).paces(profile, places), self._able(profile)
        if able is None or not found.parts:
            return found
        stops = able[np.asarray(places, np.int64)]
        there = (stops[:, None] & stops[None, :]) | np.eye(len(stops), dtype=bool)
        return found._replace(seconds=np.where(there, found.seconds, -1), metres=np.where(there, found.metres, -1))

    def exposure(self, profile: str, rows: Sequence[int], cols: Sequence[int]) -> IntArray:
        """Return the risk of the planned ways in millionths of a neper; 0 off the roads and where there is no way."""
        if self._of(profile) is self.roads:
            return self.roads.exposure(profile, rows, cols)
        return np.zeros((len(rows), len(cols)), np.int64)

    def during(self, profile: str, start_s: int, end_s: int) -> str:
        """Return the key for travel from ``start_s`` to ``end_s``."""
        return self._of(profile).during(profile, start_s, end_s)

    def path(self, travel_key: str, i: int, j: int, depart_s: int | None = None) -> Path | None:
        """Return the way behind the matrix cell (i, j), or that of `leg` at ``depart_s``; None for no way."""
        travel = self._of(travel_key)
        if not self._stops(travel_key, i, j):
            return None
        if travel is self.air:
            return travel.path(travel_key, i, j, depart_s)
        found = travel.path(travel_key, i, j)
        return found if found or depart_s is None else travel.path(travel_key.partition(DURING)[0], i, j)

    def unknown_bridges(self, travel_key: str, i: int, j: int) -> list[tuple[str, str, float | None]]:
        """Return the bridges of unknown load class on the way from i to j; none off the roads."""
        by_road = self._of(travel_key) is self.roads and self._stops(travel_key, i, j)
        return self.roads.unknown_bridges(travel_key, i, j) if by_road else []

    def cuts(self, travel_key: str, stops: Sequence[int]) -> tuple[Cut, ...]:
        """Return what has to open together for a trip over places: roads, areas, sites to stop at, the planner's rule.

        Empty when there is a way already, and when nothing known would help.
        """
        base, able, travel = travel_key.partition(DURING)[0], self._able(travel_key), self._of(travel_key)
        lacking = () if able is None or len(set(stops)) == 1 else dict.fromkeys(p for p in stops if not able[p])
        sites = tuple(Cut(self.places[p], self.names[p], NO_SITE, f"has no {self.sites[base].needs}") for p in lacking)
        if all(travel.block(travel_key, [i], [j])[0][0, 0] >= 0 for i, j in pairwise(stops)):
            return sites
        found = () if isinstance(travel, OpenTravel) else travel.cuts(travel_key, stops)
        if found and travel is self.roads and travel.searching is not Search:  # once open, it may still be too risky
            found = (*found, *self.lifted(found).roads.cuts(travel_key, stops))
        return (*sites, *found) if found else ()

    def lifted(self, cuts: Sequence[Cut]) -> Modes:
        """Return the travel as it is once none of the cuts is in the way any more; the same cuts, the same object."""
        key = tuple(sorted((cut.edge_id, cut.barriers) for cut in cuts))
        if key not in self._lifted:
            self._lifted[key] = self._without(cuts)
        return self._lifted[key]

    def _without(self, cuts: Sequence[Cut]) -> Modes:
        able = np.isin(self.places, [cut.edge_id for cut in cuts if cut.barriers == NO_SITE])
        sites = {key: replace(site, able=site.able | able) for key, site in self.sites.items()}
        air = self.air.without([cut.edge_id for cut in cuts if cut.barriers == NO_FLY])
        searching = Search if any(cut.barriers == RISKY for cut in cuts) else self.roads.searching
        opened = {cut.edge_id for cut in cuts if cut.barriers not in (NO_SITE, NO_FLY, RISKY)}
        network = self.roads.network
        if opened:
            network = network.freed([road for road, edge in enumerate(network.edge_ids) if edge in opened])
        roads = self.roads
        if opened or searching is not roads.searching:
            roads = RoadTravel(network, self.places, roads.limits, searching, roads.exposed)
        return replace(self, sites=sites, air=air, roads=roads)

    def _of(self, key: str) -> RoadTravel | AirTravel | OpenTravel:
        base = key.partition(DURING)[0]
        if base in self.air.flights:
            return self.air
        return self.open_ground if base in self.open_ground.goers else self.roads

    def _able(self, key: str) -> BoolArray | None:
        sites = self.sites.get(key.partition(DURING)[0])
        return None if sites is None else sites.able

    def _stops(self, key: str, i: int, j: int) -> bool:
        able = self._able(key)
        return able is None or i == j or bool(able[i] and able[j])
