"""Flight between places: straight, or round the areas that aircraft keep out of, by what can be seen from where.

All is reckoned on a plane around the places (true to 0.1 % over 60 km). Areas are merged, filled and given a margin;
ways go over their corners, so the shortest way round is found exactly.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from workbench.ground.hours import REGIMES, Hours
from workbench.ground.matrix import DURING, Cut, Path
from workbench.ground.paces import STEADY, Paces
from workbench.ground.roads import NO_FLY, FloatArray, IntArray
from workbench.units import Windows

MARGIN_M = 50.0
"""Ways pass the corners of areas at this distance (mark D)."""
CORNERS = 24
"""A circle has this many corners, and outlines with more are drawn round with fewer: work grows with their square."""
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


class _Sky(NamedTuple):
    """The shortest ways between all places with some areas in force: metres, and the point before each on its way."""

    points: FloatArray
    metres: FloatArray
    before: IntArray


class AirTravel:
    """Travel by air between ``lonlat`` places: seconds and metres rounded up once per cell.

    A travel key for a shift avoids every area in force at some time of it; the key without a shift only those in
    force throughout the horizon. Night slows as the profile says.
    """

    def __init__(
        self, lonlat: FloatArray, flights: Iterable[Flight], areas: Sequence[Area], hours: Hours, names: Sequence[str]
    ) -> None:
        self.lonlat = lonlat
        self.flights = {flight.key: flight for flight in flights}
        self.areas = tuple(areas)
        self.hours = hours
        self.names = tuple(names)
        self._skies: dict[tuple[int, ...], _Sky] = {}

    def without(self, area_ids: Collection[str]) -> AirTravel:
        """Return the same travel with some areas open; the same object when there are none of them."""
        left = [area for area in self.areas if area.area_id not in area_ids]
        if len(left) == len(self.areas):
            return self
        return AirTravel(self.lonlat, self.flights.values(), left, self.hours, self.names)

    def block(self, profile: str, rows: Sequence[int], cols: Sequence[int]) -> tuple[IntArray, IntArray]:
        """Return (seconds, metres), each of shape (len(rows), len(cols)); -1 where there is no way."""
        exact = self._sky(profile).metres[np.ix_(np.asarray(rows, np.int64), np.asarray(cols, np.int64))]
        none = np.isinf(exact)
        flown = np.where(none, 0.0, exact)
        ms = np.max([_ms(flown, self._flight(profile).kmh[k]) for k in self._regimes(profile)], axis=0)
        out = (-(-ms // 1000), np.ceil(flown - 1e-6).astype(np.int64))
        seconds, metres = (np.where(none, -1, part) for part in out)
        return seconds, metres

    def leg(self, profile: str, i: int, j: int, depart_s: int) -> tuple[int, int] | None:
        """Return (seconds, metres) of the planned way from place i to place j when one leaves at ``depart_s``."""
        seconds, metres = self.block(profile, [i], [j])
        if seconds[0, 0] < 0:
            return None
        exact = np.array([self._sky(profile).metres[i, j]])
        by_regime = [[int(_ms(exact, kmh)[0])] for kmh in self._flight(profile).kmh]
        done = self.hours.arrival_ms([-1], by_regime, depart_s)
        assert done is not None
        return -(-done // 1000) - depart_s, int(metres[0, 0])

    def paces(self, profile: str, places: Sequence[int]) -> Paces:
        """Return none: what `block` says is planned with at any time that the key is for."""
        return STEADY

    def during(self, profile: str, start_s: int, end_s: int) -> str:
        """Return the key for flights from ``start_s`` to ``end_s``: round every area in force in that time."""
        base, span = profile.partition(DURING)[0], f"{DURING}{start_s}-{end_s}"
        same = self._avoided(base + span) == self._avoided(base) and self._regimes(base + span) == self._regimes(base)
        return base if same else base + span

    def path(self, travel_key: str, i: int, j: int) -> Path | None:
        """Return the way behind the matrix cell (i, j), or None for no way."""
        sky = self._sky(travel_key)
        seconds, metres = self.block(travel_key, [i], [j])
        if seconds[0, 0] < 0:
            return None
        if i == j:
            return Path((), (), 0, 0)
        way = [j]
        while way[-1] != i:
            way.append(int(sky.before[i, way[-1]]))
        points = sky.points[way[::-1]]
        lon, lat = self._plane.transform(points[:, 0], points[:, 1], direction="INVERSE")
        coords = list(zip(map(float, lon), map(float, lat), strict=True))
        coords[0], coords[-1] = ((float(x), float(y)) for x, y in self.lonlat[[i, j]])
        return Path((), tuple(coords), int(seconds[0, 0]), int(metres[0, 0]))

    def cuts(self, travel_key: str, stops: Sequence[int]) -> tuple[Cut, ...]:
        """Return the areas that cover a place of a trip: nothing else keeps aircraft apart."""
        found: dict[str, Cut] = {}
        for place in dict.fromkeys(stops):
            for area in (self.areas[k] for k in self._avoided(travel_key)):
                if shapely.intersects(self._outline(area), shapely.points(*self._xy[place])):
                    text = f"covers {self.names[place]}"
                    found.setdefault(area.area_id, Cut(area.area_id, f"no-fly area {area.name}", NO_FLY, text))
        return tuple(found.values())

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

    def _avoided(self, key: str) -> tuple[int, ...]:
        """Return the areas that ways of this key keep out of."""
        span, whole = self._span(key), ((0, self.hours.horizon_s),)
        return tuple(k for k, a in enumerate(self.areas) if (a.during(*span) if span else a.spans == whole))

    def _regimes(self, key: str) -> tuple[int, ...]:
        span = self._span(key)
        met = self.hours.conditions(*span) if span else self.hours.at_best()
        return tuple(REGIMES.index(name) for name in met.regimes)

    def _outline(self, area: Area) -> shapely.Geometry:
        """Return an area on the plane with its reach, circles drawn round with few corners."""
        flat = shapely.transform(area.shape, self._flat)
        return shapely.buffer(flat, area.reach_m * _ROUND, quad_segs=CORNERS // 4) if area.reach_m else flat

    def _sky(self, key: str) -> _Sky:
        avoided = self._avoided(key)
        if avoided not in self._skies:
            self._skies[avoided] = _ways(self._xy, [self._outline(self.areas[k]) for k in avoided])
        return self._skies[avoided]


def _ms(metres: FloatArray, kmh: float) -> IntArray:
    exact = metres * 3600 / kmh
    return np.ceil(exact - 1e-9 * np.maximum(1.0, exact)).astype(np.int64)


def _ways(places: FloatArray, areas: Sequence[shapely.Geometry]) -> _Sky:
    """Return the shortest ways between places that touch no area; areas with holes count as filled."""
    whole = _merged(areas)
    rings = [_corners(part, len(areas)) for part in whole]
    points = np.vstack([places, *rings])
    first, second = _pairs(points, len(places), rings)
    lines = shapely.linestrings(np.stack([points[first], points[second]], axis=1))
    clear = np.ones(len(lines), dtype=np.bool_)
    if len(whole):
        shapely.prepare(whole)
        clear[shapely.STRtree(whole).query(lines, predicate="intersects")[0]] = False
    first, second = first[clear], second[clear]
    metres = np.maximum(np.hypot(*(points[first] - points[second]).T), 1e-9)
    net = csr_matrix((metres, (first, second)), shape=(len(points),) * 2)
    rows = np.arange(len(places))
    flown, before = dijkstra(net, directed=False, indices=rows, return_predecessors=True)
    return _Sky(points, flown[:, : len(places)], before.astype(np.int64))


def _pairs(points: FloatArray, places: int, rings: Sequence[FloatArray]) -> tuple[IntArray, IntArray]:
    """Return the pairs of points that a shortest way may join: between corners only what touches both outlines."""
    first, second = np.triu_indices(len(points), 1)
    if not rings:
        return first, second
    corner = first >= places
    a, b = first[corner], second[corner]
    ahead, behind = (np.vstack([np.roll(ring, step, axis=0) for ring in rings]) for step in (-1, 1))
    way, touches = points[b] - points[a], np.ones(len(a), dtype=np.bool_)
    for end in (a, b):
        one, other = (_cross(way, beside[end - places] - points[a]) for beside in (ahead, behind))
        touches &= one * other >= 0
    keep = ~corner
    keep[corner] = touches
    return first[keep], second[keep]


def _cross(a: FloatArray, b: FloatArray) -> FloatArray:
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0], dtype=np.float64)


def _merged(areas: Sequence[shapely.Geometry]) -> NDArray[np.object_]:
    """Return the areas as polygons without holes, none of which touches another."""
    parts = shapely.get_parts(shapely.union_all(areas)) if areas else np.empty(0, dtype=object)
    filled = [shapely.polygons(shapely.get_exterior_ring(part)) for part in parts if part.geom_type == "Polygon"]
    return np.asarray(shapely.get_parts(shapely.union_all(filled)), dtype=object) if filled else parts[:0]


def _corners(part: shapely.Geometry, areas: int) -> FloatArray:
    """Return the corners of the outline at a margin around an area, few of them: they need not be its own."""
    ring = shapely.get_exterior_ring(shapely.buffer(part, MARGIN_M, join_style="mitre"))
    slack = MARGIN_M
    while shapely.get_num_coordinates(ring) - 1 > CORNERS * areas:
        wide = shapely.buffer(part, MARGIN_M + slack, join_style="mitre")
        ring = shapely.get_exterior_ring(shapely.simplify(wide, slack))
        slack *= 2
    return np.asarray(shapely.get_coordinates(ring)[:-1], dtype=np.float64)
