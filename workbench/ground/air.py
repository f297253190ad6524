"""Flight between places: straight, or round the areas that aircraft keep out of at the hour they fly.

All is reckoned on a plane around the places (true to 0.1 % over 60 km). A flight keeps out of every area that is in
force at some moment of it; one that would meet an area may wait on the ground until that is over. It is the one that
arrives first, so whoever leaves later never arrives sooner. What is planned with for a time keeps out of all that is
in force at some moment of that time, and is never faster.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pyproj
import shapely

from workbench.ground import paces
from workbench.ground.hours import REGIMES, Hours
from workbench.ground.matrix import DURING, Cut, Path
from workbench.ground.paces import STEADY, Paces
from workbench.ground.roads import NO_FLY, BoolArray, FloatArray, IntArray
from workbench.ground.sky import CORNERS, Kept, Sky
from workbench.units import Windows

_ROUND = 1 / np.cos(np.pi / CORNERS)
"""A circle's radius times this is that of the corners of a polygon that contains it."""


@dataclass(frozen=True, slots=True)
class Flight:
    """What decides the ways of an aircraft: ``kmh`` by regime of `REGIMES`; ``key`` is its travel key."""

    key: str
    kmh: tuple[float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """Where nothing flies, out to ``reach_m`` from ``shape`` (lon, lat), during ``spans`` of seconds after as_of."""

    area_id: str
    name: str
    shape: shapely.Geometry
    reach_m: float
    spans: Windows

    def during(self, start_s: int, end_s: int) -> bool:
        """Return whether it is in force at any time in between."""
        return any(a < end_s and b > start_s for a, b in self.spans)


class _Flown(NamedTuple):
    """A flight: when it arrives, in milliseconds, how far it is, and the areas that it keeps out of."""

    done_ms: int
    metres: float
    kept: Kept


class AirTravel:
    """Travel by air between ``lonlat`` places: seconds and metres rounded up once per cell.

    The matrix of a travel key for a shift keeps out of every area in force at some time of it, that of the key without
    a shift only of those in force throughout the horizon. Night slows as the profile says.
    """

    def __init__(
        self, lonlat: FloatArray, flights: Iterable[Flight], areas: Sequence[Area], hours: Hours, names: Sequence[str]
    ) -> None:
        self.lonlat = lonlat
        self.flights = {flight.key: flight for flight in flights}
        self.areas = tuple(areas)
        self.hours = hours
        self.names = tuple(names)

    def without(self, area_ids: Collection[str]) -> AirTravel:
        """Return the same travel with some areas open; the same object when there are none of them."""
        left = [area for area in self.areas if area.area_id not in area_ids]
        if len(left) == len(self.areas):
            return self
        return AirTravel(self.lonlat, self.flights.values(), left, self.hours, self.names)

    def block(self, profile: str, rows: Sequence[int], cols: Sequence[int]) -> tuple[IntArray, IntArray]:
        """Return (seconds, metres), each of shape (len(rows), len(cols)); -1 where there is no way."""
        exact = self._sky.metres(self._avoided(profile), map(int, rows))[:, np.asarray(cols, np.int64)]
        none = np.isinf(exact)
        flown = np.where(none, 0.0, exact)
        ms = np.max([_ms(flown, self._flight(profile).kmh[k]) for k in self._regimes(profile)], axis=0)
        seconds, metres = (np.where(none, -1, part) for part in (-(-ms // 1000), _whole_m(flown)))
        return seconds, metres

    def leg(self, profile: str, i: int, j: int, depart_s: int) -> tuple[int, int] | None:
        """Return (seconds, metres) of the flight from place i to place j for who is ready at ``depart_s``.

        None where there is none before the end of the horizon. Waiting on the ground counts as part of it.
        """
        flown = self._flown(profile, i, j, depart_s)
        return None if flown is None else (-(-flown.done_ms // 1000) - depart_s, int(_whole_m(flown.metres)))

    def _flown(self, profile: str, i: int, j: int, depart_s: int) -> _Flown | None:
        """Return the flight that arrives first, of those that arrive together the one that leaves first."""
        if i == j:
            return _Flown(depart_s * 1000, 0.0, frozenset())
        best, straight = None, self._sky.metres(frozenset(), [i])[0, j]
        fastest = int(_ms(straight, max(self._flight(profile).kmh)))
        over = {b for area in self.areas for _, b in area.spans if depart_s < b < self.hours.horizon_s}
        for leaves_s in sorted({depart_s} | over):
            if best is not None and leaves_s * 1000 + fastest >= best.done_ms:
                return best
            found = self._left_at(profile, i, j, leaves_s)
            if found is not None and (best is None or found.done_ms < best.done_ms):
                best = found
        return best

    def _left_at(self, profile: str, i: int, j: int, leaves_s: int) -> _Flown | None:
        """Return the fastest flight that leaves at a moment, None where an area in force then is in the way."""
        kept = self._in_force(leaves_s, leaves_s + 1)
        while True:
            metres = float(self._sky.metres(kept, [i])[0, j])
            if np.isinf(metres):
                return None
            by_regime = [[int(_ms(metres, kmh))] for kmh in self._flight(profile).kmh]
            done_ms = self.hours.arrival_ms([-1], by_regime, leaves_s)
            assert done_ms is not None
            met = kept | self._in_force(leaves_s, -(-done_ms // 1000))
            if met == kept:
                return _Flown(done_ms, metres, kept)
            kept = met

    def paces(self, profile: str, places: Sequence[int]) -> Paces:
        """Return how long flights between places take in each part of the time that the key is for.

        Where nothing can be planned for the whole of that time, the metres are those round all areas that cover
        neither place: no flight of that time is longer.
        """
        span, kmh = self._span(profile), self._flight(profile).kmh
        if span is None:
            return STEADY
        moments = {moment for area in self.areas for ends in area.spans for moment in ends}
        moments |= {moment for ends in self.hours.dark for moment in ends if kmh[self.hours.regime] != kmh[0]}
        parts = paces.fewer(sorted({*span, *(moment for moment in moments if span[0] < moment < span[1])}))
        planned, metres = self.block(profile, places, places)
        base = profile.partition(DURING)[0]
        seconds = [self.block(f"{base}{DURING}{a}-{b}", places, places)[0] for a, b in parts]
        metres = np.where(planned < 0, self._farthest(profile, places, planned < 0), metres)
        return paces.joined(Paces(parts, np.where(metres < 0, -1, seconds), metres), planned)

    def _farthest(self, profile: str, places: Sequence[int], asked: BoolArray) -> IntArray:
        """Return the metres round all areas of a key that cover neither place, for the cells asked for; -1: no way."""
        out = np.full(asked.shape, -1, dtype=np.int64)
        covering = [self._covering(profile, place) for place in places]
        for k, m in np.argwhere(asked).tolist():
            kept = self._avoided(profile) - covering[k] - covering[m]
            flown = self._sky.metres(kept, [int(places[k])])[0, int(places[m])]
            out[k, m] = -1 if np.isinf(flown) else int(_whole_m(flown))
        return out

    def during(self, profile: str, start_s: int, end_s: int) -> str:
        """Return the key for flights from ``start_s`` to ``end_s``: round every area in force in that time."""
        base, span = profile.partition(DURING)[0], f"{DURING}{start_s}-{end_s}"
        same = self._avoided(base + span) == self._avoided(base) and self._regimes(base + span) == self._regimes(base)
        return base if same else base + span

    def path(self, travel_key: str, i: int, j: int, depart_s: int | None = None) -> Path | None:
        """Return the way behind the matrix cell (i, j), or that of `leg` for a moment; None for no way."""
        if depart_s is None:
            kept, (seconds, metres) = self._avoided(travel_key), self.block(travel_key, [i], [j])
            found = (int(seconds[0, 0]), int(metres[0, 0])) if seconds[0, 0] >= 0 else None
        else:
            flown, found = self._flown(travel_key, i, j, depart_s), self.leg(travel_key, i, j, depart_s)
            kept = frozenset() if flown is None else flown.kept
        if found is None or i == j:
            return None if found is None else Path((), (), 0, 0)
        points = self._sky.way(kept, i, j)
        lon, lat = self._plane.transform(points[:, 0], points[:, 1], direction="INVERSE")
        coords = list(zip(map(float, lon), map(float, lat), strict=True))
        coords[0], coords[-1] = ((float(x), float(y)) for x, y in self.lonlat[[i, j]])
        return Path((), tuple(coords), *found)

    def cuts(self, travel_key: str, stops: Sequence[int]) -> tuple[Cut, ...]:
        """Return the areas that cover a place of a trip: nothing else keeps aircraft apart."""
        found: dict[str, Cut] = {}
        for place in dict.fromkeys(stops):
            for area in (self.areas[k] for k in sorted(self._covering(travel_key, place))):
                text = f"covers {self.names[place]}"
                found.setdefault(area.area_id, Cut(area.area_id, f"no-fly area {area.name}", NO_FLY, text))
        return tuple(found.values())

    def _covering(self, key: str, place: int) -> Kept:
        """Return the areas that ways of a key keep out of and that cover a place."""
        point = shapely.points(*self._xy[place])
        return frozenset(k for k in self._avoided(key) if shapely.intersects(self._outlines[k], point))

    @cached_property
    def _plane(self) -> pyproj.Transformer:
        lon, lat = (self.lonlat.min(axis=0) + self.lonlat.max(axis=0)) / 2
        here = f"+proj=aeqd +lat_0={lat} +lon_0={lon} +datum=WGS84 +units=m"
        return pyproj.Transformer.from_crs("EPSG:4326", here, always_xy=True)

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in self.__dict__.items() if name not in ("_plane", "_xy")}

    @cached_property
    def _xy(self) -> FloatArray:
        return self._flat(self.lonlat)

    def _flat(self, lonlat: FloatArray) -> FloatArray:
        return np.stack(self._plane.transform(lonlat[:, 0], lonlat[:, 1]), axis=1)

    def _flight(self, key: str) -> Flight:
        return self.flights[key.partition(DURING)[0]]

    def _span(self, key: str) -> tuple[int, int] | None:
        _, timed, span = key.partition(DURING)
        start, _, end = span.partition("-")
        return (int(start), int(end)) if timed else None

    def _avoided(self, key: str) -> Kept:
        """Return the areas that ways of this key keep out of."""
        span, whole = self._span(key), ((0, self.hours.horizon_s),)
        return self._in_force(*span) if span else frozenset(k for k, a in enumerate(self.areas) if a.spans == whole)

    def _in_force(self, start_s: int, end_s: int) -> Kept:
        return frozenset(k for k, area in enumerate(self.areas) if area.during(start_s, end_s))

    def _regimes(self, key: str) -> tuple[int, ...]:
        span = self._span(key)
        met = self.hours.conditions(*span) if span else self.hours.at_best()
        return tuple(REGIMES.index(name) for name in met.regimes)

    @cached_property
    def _outlines(self) -> list[shapely.Geometry]:
        """The areas on the plane with their reach, circles drawn round with few corners."""
        flat = [shapely.transform(area.shape, self._flat) for area in self.areas]
        return [
            shapely.buffer(shape, area.reach_m * _ROUND, quad_segs=CORNERS // 4) if area.reach_m else shape
            for shape, area in zip(flat, self.areas, strict=True)
        ]

    @cached_property
    def _sky(self) -> Sky:
        return Sky(self._xy, self._outlines)


def _whole_m(metres: FloatArray | float) -> IntArray:
    return np.ceil(np.asarray(metres) - 1e-6).astype(np.int64)


def _ms(metres: FloatArray | float, kmh: float) -> IntArray:
    exact = np.asarray(metres) * 3600 / kmh
    return np.ceil(exact - 1e-9 * np.maximum(1.0, exact)).astype(np.int64)
