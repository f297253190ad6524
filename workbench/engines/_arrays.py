"""A problem as integer arrays, the only form that the kernels of this family read.

Deliveries, nodes, types and goods are renumbered: only what engines may plan is in. A *lane* is one
shift of one vehicle type. A *token* of a route is a delivery (below ``n``) or a load stop (``n`` plus node).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.errors import EngineError
from workbench.problem import CURVE_POINTS, NO_LIMIT, SHARE, Delivery, Problem, VehicleType, Windows
from workbench.units import ceil_safe

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Records = NDArray[np.void]
Words = NDArray[np.uint64]

QUANTUM = 1_000_000
"""Stock is counted in millionths of a unit of issue."""
MAX_GOODS = 62
MAX_NEIGHBOURS = 120
FAR_M = 10**9


DELIVERY = np.dtype(
    [(name, "i8") for name in ("node", "service", "priority", "share", "bit", "retro")]
    + [(name, "i8") for name in ("window", "window_end", "way", "way_end", "quantity")]
    + [("load", "i8", (4,)), ("penalty", "f8")]
)
"""A delivery; its windows and ways are the rows ``window:window_end`` and ``way:way_end``."""
WINDOW = np.dtype([("lo", "i8"), ("hi", "i8")])
NODE = np.dtype([("rank", "i8"), ("window", "i8"), ("window_end", "i8")])
"""A node; ``rank`` numbers those where something is loaded, -1 elsewhere."""
WAY = np.dtype([("source", "i8"), ("stock", "i8"), ("load_s", "i8")])
"""One way to load a delivery: where (-1 for retrograde), the row of stock drawn on (-1 for none), and how long."""
VEHICLE = np.dtype(
    [(name, "i8") for name in ("depot", "end", "carry", "picks", "range", "trips", "fixed", "turnaround")]
    + [("capacity", "i8", (4,)), ("km", "f8"), ("hour", "f8")]
    + [("far_m", "i8", (CURVE_POINTS,)), ("lift_kg", "i8", (CURVE_POINTS,))]
)
"""A vehicle type. Its payload by distance is in ``far_m`` and ``lift_kg``, the last point repeated to the end."""
LANE = np.dtype([(name, "i8") for name in ("vehicle", "key", "start", "end", "count", "part", "part_end")])
"""A shift of a vehicle type; ``key`` is the row of travel times that hold at any time of it.

Where the hour makes a difference, the rows ``part:part_end`` of ``part`` say how long ways take when.
"""
PART = np.dtype([("start", "i8"), ("end", "i8")])
"""A part of a shift; the ways left and done within it take what the same row of ``pace`` says."""
LEG = np.dtype([("s", "i8"), ("m", "i8")])


class World(NamedTuple):
    """A problem, or a piece of one, as kernels take it: tables of records.

    ``travel`` is by key, from, to; its seconds are -1 where only some hours allow the way. ``pace`` holds seconds by
    part, from, to, -1 where the way can't be taken in that part. ``clash`` holds per kind of goods the bit set of what
    it may not meet. ``near`` lists for each delivery the others, nearest first, ``place`` each node's position in
    km. With ``weighted`` 1, plans compare by cost plus the ``penalty`` of what they leave out, else by
    what they serve and then by cost.
    """

    delivery: Records
    window: Records
    node: Records
    way: Records
    vehicle: Records
    lane: Records
    travel: Records
    part: Records
    pace: Ints
    clash: Ints
    stock: Ints
    near: Ints
    place: Floats
    weighted: int


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A problem's `World` and what its numbers mean: indices of deliveries, places and types."""

    problem: Problem
    world: World
    deliveries: tuple[int, ...]
    places: tuple[int, ...]
    types: tuple[int, ...]


def view(problem: Problem) -> View:
    """Return the arrays of everything in ``problem`` that engines may plan.

    Raises
    ------
    EngineError
        When the goods differ in more ways than a kernel's bit set holds.
    """
    deliveries = problem.open_deliveries
    types = tuple(i for i, v in enumerate(problem.fleet) if v.count > 0)
    places = _places(problem, deliveries, types)
    local = {p: i for i, p in enumerate(places)}
    fleet = [problem.fleet[i] for i in types]
    keys = sorted({v.travel_at(start) for v in fleet for start, _ in v.shifts})
    group, clash = _goods(problem)
    book = _Windows()
    stock = {key: k for k, key in enumerate(sorted(problem.stock))}
    chosen = [problem.deliveries[i] for i in deliveries]
    ways = [_ways(d, local, stock) for d in chosen]
    travel, parts, pace, part_of = _travel(problem, keys, places)
    table = _delivery_table(problem, chosen, ways, local, group, book)
    world = World(
        delivery=table,
        node=_node_table(problem, places, ways, book),
        window=np.array(book.rows or [(0, 0)], WINDOW),
        way=np.array([way for some in ways for way in some], WAY),
        vehicle=_vehicle_table(fleet, local, group),
        lane=_lane_table(fleet, keys, part_of),
        travel=travel,
        part=parts,
        pace=pace,
        clash=clash,
        stock=np.array([round(problem.stock[key] * QUANTUM) for key in stock], np.int64),
        near=neighbours(table["node"], travel["m"]),
        place=_plane(problem, places),
        weighted=int(problem.objective.weights is not None),
    )
    return View(problem, world, deliveries, places, types)


class _Windows:
    """Collects windows into one table; the same windows are written once."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, int]] = []
        self._known: dict[Windows, tuple[int, int]] = {}

    def add(self, windows: Windows) -> tuple[int, int]:
        """Return the rows (first, end) that hold these windows."""
        key = tuple(sorted((lo, hi) for lo, hi in windows if lo <= hi))
        if key not in self._known:
            self._known[key] = (len(self.rows), len(self.rows) + len(key))
            self.rows += key
        return self._known[key]


def _ways(d: Delivery, local: dict[int, int], stock: dict[tuple[int, str], int]) -> list[tuple[int, int, int]]:
    if d.kind == "retrograde":
        return [(-1, -1, 0)]
    first = (d.source,) if d.source in d.sources else ()
    return [(local[s], stock.get((s, d.item), -1), d.loading_s(s)) for s in dict.fromkeys((*first, *d.sources))]


def _delivery_table(
    problem: Problem,
    chosen: Sequence[Delivery],
    ways: Sequence[Sequence[tuple[int, int, int]]],
    local: dict[int, int],
    group: Sequence[int],
    book: _Windows,
) -> Records:
    out = np.zeros(len(chosen), DELIVERY)
    prices = problem.objective.weights or {}
    first = 0
    for row, d, some in zip(out, chosen, ways, strict=True):
        row["node"], row["service"] = local[d.node], d.service_s
        row["priority"], row["share"], row["bit"] = d.priority - 1, d.share, 1 << group[d.goods]
        row["retro"] = d.kind == "retrograde"
        row["window"], row["window_end"] = book.add(d.windows)
        row["way"], row["way_end"] = first, first + len(some)
        row["quantity"], row["load"] = round(d.quantity * QUANTUM), d.load
        row["penalty"] = float(prices.get(d.priority, 0.0)) * d.share / SHARE
        first += len(some)
    return out


def _node_table(
    problem: Problem, places: Sequence[int], ways: Sequence[Sequence[tuple[int, int, int]]], book: _Windows
) -> Records:
    out = np.zeros(len(places), NODE)
    sources = sorted({source for some in ways for source, _, _ in some if source >= 0})
    for i, p in enumerate(places):
        out[i] = (sources.index(i) if i in sources else -1, *book.add(problem.places[p].windows))
    return out


def _vehicle_table(fleet: Sequence[VehicleType], local: dict[int, int], group: Sequence[int]) -> Records:
    out = np.zeros(len(fleet), VEHICLE)
    for row, v in zip(out, fleet, strict=True):
        row["depot"], row["end"] = local[v.depot], local[v.end_depot]
        row["carry"] = sum({1 << group[g] for g, ok in enumerate(v.carries) if ok})
        row["range"], row["trips"] = min(v.range_m, NO_LIMIT), min(v.max_trips, NO_LIMIT)
        row["fixed"], row["capacity"] = ceil_safe(v.fixed_cost), v.capacity
        row["picks"], row["turnaround"] = v.picks_up, v.turnaround_s
        curve = v.payload_range or ((NO_LIMIT, NO_LIMIT),)
        row["far_m"], row["lift_kg"] = zip(*(curve[min(k, len(curve) - 1)] for k in range(CURVE_POINTS)), strict=True)
        row["km"], row["hour"] = v.cost_per_km, v.cost_per_hour
    return out


def _places(problem: Problem, deliveries: Sequence[int], types: Sequence[int]) -> tuple[int, ...]:
    used: set[int] = set()
    for i in deliveries:
        used.update((problem.deliveries[i].node, *problem.deliveries[i].sources))
    for t in types:
        used.update((problem.fleet[t].depot, problem.fleet[t].end_depot))
    return tuple(sorted(used))


def _lane_table(fleet: Sequence[VehicleType], keys: Sequence[str], part_of: Sequence[tuple[int, int]]) -> Records:
    rows = []
    for t, v in enumerate(fleet):
        for start, end in v.shifts:
            k = keys.index(v.travel_at(start))
            rows.append((t, k, start, end, v.count, *part_of[k]))
    return np.array(rows, LANE)


def _travel(
    problem: Problem, keys: Sequence[str], places: Sequence[int]
) -> tuple[Records, Records, Ints, list[tuple[int, int]]]:
    """Return the travel by key, the parts of all keys and what they say, and which of the parts are each key's."""
    out = np.zeros((len(keys), len(places), len(places)), LEG)
    parts: list[tuple[int, int]] = []
    pace, part_of = [np.zeros((0, len(places), len(places)), np.int64)], []
    for k, key in enumerate(keys):
        out["s"][k], out["m"][k] = problem.travel.block(key, places, places)
        found = problem.travel.paces(key, places)
        part_of.append((len(parts), len(parts) + len(found.parts)))
        if found.parts:
            out["m"][k] = found.metres
            parts += found.parts
            pace.append(found.seconds)
    return out, np.array(parts, PART), np.concatenate(pace), part_of


def _plane(problem: Problem, places: Sequence[int]) -> Floats:
    """Return rough positions in kilometres east and north, good enough to tell what lies together."""
    lon = np.array([problem.places[p].lon for p in places])
    lat = np.array([problem.places[p].lat for p in places])
    return np.column_stack([lon * 111.3 * np.cos(np.radians(lat.mean() if len(lat) else 0.0)), lat * 110.6])


def _goods(problem: Problem) -> tuple[list[int], Ints]:
    """Group goods that no rule tells apart; return each one's group and, per group, the groups it clashes with."""
    conflicts = np.asarray(problem.conflicts, dtype=bool)
    rows = [
        (tuple(conflicts[g]), tuple(conflicts[:, g]), tuple(v.carries[g] for v in problem.fleet))
        for g in range(len(problem.goods))
    ]
    kinds = sorted(set(rows))
    if len(kinds) > MAX_GOODS:
        raise EngineError(f"Expected at most {MAX_GOODS} kinds of goods with rules of their own, got {len(kinds)}.")
    group = [kinds.index(r) for r in rows]
    clash = np.zeros(max(1, len(kinds)), np.int64)
    for a, b in np.argwhere(conflicts):
        clash[group[a]] |= 1 << group[b]
        clash[group[b]] |= 1 << group[a]
    return group, clash


def neighbours(node: Ints, metres: Ints) -> Ints:
    """Return for each delivery the others, nearest first (mean of both ways over the travel keys)."""
    n = len(node)
    if n == 0 or metres.shape[0] == 0:
        return np.zeros((n, 0), np.int64)
    way = np.where(metres < 0, FAR_M, metres).mean(axis=0)
    near = (way + way.T)[np.ix_(node, node)]
    np.fill_diagonal(near, -1.0)
    order = np.argsort(near, axis=1, kind="stable")
    return np.ascontiguousarray(order[:, : MAX_NEIGHBOURS + 1].astype(np.int64))
