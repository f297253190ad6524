"""Travel between places: how long and how far, per travel key, with the ways where they are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.ground import cache, paces
from workbench.ground.hours import REGIMES, Conditions
from workbench.ground.obstacles import Obstacles
from workbench.ground.paces import STEADY, Paces
from workbench.ground.roads import RISKY, BoolArray, FloatArray, IntArray, Limits, Network
from workbench.ground.search import Ground, Search

_CELLS = 1 << 20
_FEWEST_ROWS = 64
"""Rows are searched together as long as they fit these cells, and never fewer: bounds memory, changes nothing else."""
CERTAIN = 1e4
"""Nepers that stand for certain loss."""
DURING = "@"
"""Sets off the seconds of the time that a travel key is for."""


@dataclass(frozen=True, slots=True, eq=False)
class DenseTravel:
    """Travel written down cell by cell, for worlds made by hand.

    ``seconds`` and ``metres`` map a travel key to a square array over the places; -1 in both is no way.
    """

    seconds: Mapping[str, IntArray]
    metres: Mapping[str, IntArray]

    def __post_init__(self) -> None:
        for key, seconds in self.seconds.items():
            if not np.array_equal(seconds < 0, self.metres[key] < 0):
                raise ValueError(f"Expected seconds and metres of {key!r} to be -1 in the same cells.")

    def block(self, profile: str, rows: Sequence[int], cols: Sequence[int]) -> tuple[IntArray, IntArray]:
        """Return (seconds, metres), each of shape (len(rows), len(cols)); -1 where there is no way."""
        cells = np.ix_(np.asarray(rows, dtype=np.int64), np.asarray(cols, dtype=np.int64))
        return self.seconds[profile][cells], self.metres[profile][cells]

    def leg(self, profile: str, i: int, j: int, depart_s: int) -> tuple[int, int] | None:
        """Return (seconds, metres) from place i to place j, whatever ``depart_s``, or None for no way."""
        seconds = int(self.seconds[profile][i, j])
        return None if seconds < 0 else (seconds, int(self.metres[profile][i, j]))

    def paces(self, profile: str, places: Sequence[int]) -> Paces:
        """Return none: what is written down holds at any time."""
        return STEADY

    def exposure(self, profile: str, rows: Sequence[int], cols: Sequence[int]) -> IntArray:
        """Return zeros: nothing is said of risk."""
        return np.zeros((len(rows), len(cols)), np.int64)

    def during(self, profile: str, start_s: int, end_s: int) -> str:
        """Return ``profile``: what is written down holds at any time."""
        return profile


class Drive(NamedTuple):
    """A way as one drives it: its roads, milliseconds per regime and road, and in all where none of them shuts."""

    roads: list[int]
    cost_ms: list[list[int]]
    at_once: list[int] | None


class Path(NamedTuple):
    """A drawn way: its roads in order, its line as lon, lat points, and what the matrix says of it."""

    edge_ids: tuple[str, ...]
    coords: tuple[tuple[float, float], ...]
    seconds: int
    metres: int


class Cut(NamedTuple):
    """A thing that keeps a place from being reached, with its name, what bars it as bits, and why in words."""

    edge_id: str
    name: str
    barriers: int
    text: str


class RoadTravel:
    """Travel on the network between ``places``, searched when first asked for, many rows at a time.

    Times are whole milliseconds per road, added up exactly and rounded up to seconds once per cell; metres are those
    of the fastest way (of equally fast ones the shortest), likewise. What is already searched travels along when the
    object is sent to another process. Travel keys that may use the same roads at the same speeds share rows.
    ``searching`` makes the searches from milliseconds per road: the fastest ways, or those of another rule.
    ``exposed`` is the exposure of each road (-ln of survival); without it there is no risk.
    """

    def __init__(
        self,
        network: Network,
        places: Sequence[str],
        limits: Mapping[str, Limits],
        searching: Callable[[Ground, IntArray], Search] = Search,
        exposed: FloatArray | None = None,
    ) -> None:
        index = {node: i for i, node in enumerate(network.node_ids)}
        self.network = network
        self.limits = dict(limits)
        self.searching = searching
        self.exposed = exposed
        self._nodes: IntArray = np.array([index[node] for node in places], dtype=np.int64)
        self._rows = min(max(_CELLS // max(1, len(places)), _FEWEST_ROWS), max(1, len(places)))
        self._ground = Ground(network)
        self._searches: dict[str, Search] = {}
        self._tables: dict[tuple[str, int], tuple[NDArray[Any], NDArray[Any]]] = {}
        self._ways: dict[tuple[str, int, int], list[tuple[int, int]]] = {}
        self._paths: dict[tuple[str, int, int], Path | None] = {}
        self._paces: dict[str, IntArray] = {}
        self._drives: dict[tuple[str, str, int, int], Drive] = {}
        self._obstacles: dict[str, Obstacles] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {
            **self.__dict__,
            "_ground": Ground(self.network),
            "_searches": {},
            "_ways": {},
            "_paths": {},
            "_paces": {},
            "_drives": {},
            "_obstacles": {},
        }

    def block(self, profile: str, rows: Sequence[int], cols: Sequence[int]) -> tuple[IntArray, IntArray]:
        """Return (seconds, metres), each of shape (len(rows), len(cols)); -1 where there is no way."""
        wanted, across = np.asarray(rows, dtype=np.int64), np.asarray(cols, dtype=np.int64)
        seconds = np.empty((len(wanted), len(across)), dtype=np.int64)
        metres = np.empty_like(seconds)
        for part in sorted(set((wanted // self._rows).tolist())):
            here = np.flatnonzero(wanted // self._rows == part)
            cells = np.ix_(wanted[here] % self._rows, across)
            seconds[here], metres[here] = (table[cells] for table in self._table(profile, part))
        return seconds, metres

    def leg(self, profile: str, i: int, j: int, depart_s: int) -> tuple[int, int] | None:
        """Return (seconds, metres) of the planned way from place i to place j when one leaves at ``depart_s``.

        Where nothing can be planned for the whole time that the key is for, the way is the one at the best hour.
        None where there is none, and where a road on it is shut then and does not open again.
        """
        key = profile if self._cell(profile, i, j) is not None else profile.partition(DURING)[0]
        planned, hours = self._cell(key, i, j), self.network.hours
        if planned is None or i == j or not (hours.dark or hours.shut):
            return planned
        drive = self._drive(key, i, j)
        done = hours.arrival_ms(drive.roads, drive.cost_ms, depart_s, drive.at_once)
        return None if done is None else (-(-done // 1000) - depart_s, planned[1])

    def paces(self, profile: str, places: Sequence[int]) -> Paces:
        """Return how long the planned ways between places take in each part of the time that the key is for.

        Where nothing can be planned for the whole of that time, the way is that of `leg`: the one at the best hour.
        """
        base, timed, span = profile.partition(DURING)
        if not timed:
            return STEADY
        chosen = self._nodes[list(places)]
        planned, metres = self.block(profile, places, places)
        names = (self._search(profile).name, self._search(base).name)
        name = cache.name_of("paces", *names, self.network.hours, span, chosen)
        moments, *found = cache.fetch(
            name,
            lambda: self._reckon_paces(profile, chosen, planned < 0, self.block(base, places, places)[0] < 0),
            on_disk=self._ground.on_disk,
        )
        at_best = self.block(base, places, places)[1] if (planned < 0).any() else metres
        spans = tuple(pairwise(moments.tolist()))
        return paces.joined(Paces(spans, found[0], np.where(planned < 0, at_best, metres)), planned)

    def _reckon_paces(self, key: str, nodes: IntArray, unplanned: BoolArray, none: BoolArray) -> cache.Arrays:
        """Return the moments between parts of a key's time, and the seconds of each way in each part.

        ``unplanned`` are the cells where the way is that at the best hour, ``none`` those without any.
        """
        base, _, span = key.partition(DURING)
        start_s, end_s = map(int, span.split("-"))
        ways: list[IntArray] = []
        for i, node in enumerate(nodes.tolist()):
            mine = self._search(key).ways(node, nodes)
            other = self._search(base).ways(node, nodes) if unplanned[i].any() else mine
            ways += [b if late else a for a, b, late in zip(mine, other, unplanned[i], strict=True)]
        hours = self.network.hours
        added = paces.added_up(ways, self._regimes_ms(self._limits(key).profile), hours)
        spans = paces.parts(added, hours, start_s, end_s)
        seconds = [np.where(none, -1, paces.seconds(added, hours, part).reshape(none.shape)) for part in spans]
        return np.array([start_s, *(b for _, b in spans)], np.int64), np.array(seconds, np.int64)

    def exposure(self, profile: str, rows: Sequence[int], cols: Sequence[int]) -> IntArray:
        """Return the risk of the planned ways in millionths of a neper, rounded up; 0 where there is no way."""
        out = np.zeros((len(rows), len(cols)), np.int64)
        if self.exposed is None:
            return out
        planned, base = self.block(profile, rows, cols)[0], profile.partition(DURING)[0]
        for k, i in enumerate(rows):
            ways = self._search(profile).ways(int(self._nodes[i]), self._nodes[list(cols)])
            if (planned[k] < 0).any():
                at_best = self._search(base).ways(int(self._nodes[i]), self._nodes[list(cols)])
                ways = [b if late else a for a, b, late in zip(ways, at_best, planned[k] < 0, strict=True)]
            nepers = np.array([self.exposed[way].sum() for way in ways])
            out[k] = np.ceil(np.minimum(nepers, CERTAIN) * 1e6 - 1e-6)
        return out

    def during(self, profile: str, start_s: int, end_s: int) -> str:
        """Return the key for travel from ``start_s`` to ``end_s``: at the slowest of its hours, waits included."""
        base, hours = profile.partition(DURING)[0], self.network.hours
        worst = hours.conditions(start_s, end_s)
        return base if worst == hours.at_best() else f"{base}{DURING}{start_s}-{end_s}"

    def _limits(self, key: str) -> Limits:
        return self.limits[key.partition(DURING)[0]]

    def _conditions(self, key: str) -> Conditions:
        _, timed, span = key.partition(DURING)
        if not timed:
            return self.network.hours.at_best()
        start_s, end_s = span.split("-")
        return self.network.hours.conditions(int(start_s), int(end_s))

    def _drive(self, key: str, i: int, j: int) -> Drive:
        """Return the way behind a matrix cell as `hours.Hours.arrival_ms` takes it."""
        cell = (self._search(key).name, self._limits(key).profile, i, j)
        if cell not in self._drives:
            roads = [road for road, _ in self._way(key, i, j)]
            ms = self._regimes_ms(self._limits(key).profile)[:, roads]
            shut = any(road in self.network.hours.shut for road in roads)
            self._drives[cell] = Drive(roads, ms.tolist(), None if shut else ms.sum(axis=1).tolist())
        return self._drives[cell]

    def _regimes_ms(self, profile: str) -> IntArray:
        """Return the milliseconds of each road, a row per regime; roads that the profile can't use are never asked."""
        if profile not in self._paces:
            rows = [np.nan_to_num(self.network.milliseconds(profile, regime)) for regime in REGIMES]
            self._paces[profile] = np.array(rows, dtype=np.int64)
        return self._paces[profile]

    def _cell(self, key: str, i: int, j: int) -> tuple[int, int] | None:
        """Return (seconds, metres) of a matrix cell, or None for no way."""
        seconds, metres = self._table(key, i // self._rows)
        found = int(seconds[i % self._rows, j])
        return None if found < 0 else (found, int(metres[i % self._rows, j]))

    def _way(self, key: str, i: int, j: int) -> list[tuple[int, int]]:
        """Return the roads behind a matrix cell, each with the node it is entered from."""
        search = self._search(key)
        cell = (search.name, i, j)
        if cell not in self._ways:
            self._ways[cell] = search.way(int(self._nodes[i]), int(self._nodes[j]))
        return self._ways[cell]

    def path(self, travel_key: str, i: int, j: int) -> Path | None:
        """Return the way behind the matrix cell (i, j), or None for no way. From a place to itself it has no roads."""
        cell = (self._search(travel_key).name, i, j)
        if cell not in self._paths:
            self._paths[cell] = self._find_path(travel_key, i, j)
        return self._paths[cell]

    def _find_path(self, travel_key: str, i: int, j: int) -> Path | None:
        leg = self._cell(travel_key, i, j)
        if leg is None:
            return None
        way = self._way(travel_key, i, j)
        return Path(tuple(self.network.edge_ids[road] for road, _ in way), self._drawn(way), *leg)

    def unknown_bridges(self, travel_key: str, i: int, j: int) -> list[tuple[str, str, float | None]]:
        """Return the bridges of unknown load class on the way from i to j: id, name, and the class taken for each.

        The class is None where the planner's policy takes such bridges for strong enough.
        """
        if self._cell(travel_key, i, j) is None:
            return []
        net, unknown = self.network, self.network.unknown_bridges(self._limits(travel_key))
        found = sorted({road for road, _ in self._way(travel_key, i, j) if unknown[road]})
        return [(net.edge_ids[road], net.road_name(road), net.assumed_class(road)) for road in found]

    def cuts(self, travel_key: str, stops: Sequence[int]) -> tuple[Cut, ...]:
        """Return what has to open together for a trip over places, in the order met: the fewest barred roads.

        Where every way is too risky the rule is among it. Empty when there is a way already, and when the roads don't
        join the places at all.
        """
        legs = [(i, j) for i, j in pairwise(stops) if i != j]
        if all(self._cell(travel_key, *leg) is not None for leg in legs):
            return ()
        limits, bits = self._limits(travel_key), self._barriers(travel_key)
        roads = self._obstacles_of(travel_key, bits).fewest(self._nodes[list(stops)].tolist())
        if roads is None:
            return ()
        found = [(road, int(bits[road]), self.network.barrier_text(road, limits, int(bits[road]))) for road in roads]
        search = self._search(travel_key)
        risky = (search.refused(int(self._nodes[i]), int(self._nodes[j])) for i, j in legs)
        found += [(road, RISKY, text) for road, text in filter(None, risky)][:1]
        return tuple(Cut(self.network.edge_ids[r], self.network.road_name(r), of, text) for r, of, text in found)

    def _barriers(self, key: str) -> IntArray:
        """Return what keeps vehicles of a travel key off each road at its hours."""
        return self.network.barriers(self._limits(key), self._conditions(key).shut)

    def _obstacles_of(self, key: str, bits: IntArray) -> Obstacles:
        """Return the ways of a travel key as they were if nothing barred them."""
        if key not in self._obstacles:
            limits, barred = self._limits(key), bits > 0
            ms = self.network.freed(np.flatnonzero(barred).tolist()).planned_ms(limits, self._conditions(key))
            ms[barred & self.network.foreign(limits.profile)] = -1
            self._obstacles[key] = Obstacles(self.network, ms, barred)
        return self._obstacles[key]

    def _table(self, key: str, part: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return the (seconds, metres) of some rows to all places: the ``part``-th lot of `_rows`."""
        search = self._search(key)
        if (search.name, part) not in self._tables:
            rows = self._nodes[part * self._rows : (part + 1) * self._rows]
            self._tables[search.name, part] = search.table(rows, self._nodes)
        return self._tables[search.name, part]

    def _search(self, key: str) -> Search:
        """Return the searches of a travel key; keys with equal roads and times have the same."""
        if key not in self._searches:
            search = self.searching(self._ground, self.network.planned_ms(self._limits(key), self._conditions(key)))
            twins = (other for other in self._searches.values() if other.name == search.name)
            self._searches[key] = next(twins, search)
        return self._searches[key]

    def _drawn(self, way: list[tuple[int, int]]) -> tuple[tuple[float, float], ...]:
        """Return the points along roads, each given with the node it is entered from."""
        net = self.network
        lines = [net.line(road)[:: 1 if net.ends[road, 0] == tail else -1] for road, tail in way]
        points = np.concatenate(lines) if lines else np.empty((0, 2))
        new = np.ones(len(points), dtype=np.bool_)
        new[1:] = (points[1:] != points[:-1]).any(axis=1)
        return tuple(map(tuple, points[new].tolist()))
