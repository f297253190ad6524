"""From a problem to the arrays that kernels read: only what engines may plan is in, renumbered."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workbench.engines._world import (
    ABOARD,
    AFTER,
    CLEANING,
    DELIVERY,
    LANE,
    LEG,
    LOADS,
    NODE,
    OTHER,
    PART,
    RESTS,
    RISK,
    SAME,
    SOFT,
    TIE,
    VEHICLE,
    WAY,
    WINDOW,
    Floats,
    Ints,
    Records,
    View,
    World,
)
from workbench.errors import EngineError
from workbench.problem import CURVE_POINTS, NO_LIMIT, SHARE, Delivery, Problem, VehicleType, Windows
from workbench.units import ceil_safe, intersect_windows

QUANTUM = 1_000_000
"""Stock is counted in millionths of a unit of issue."""
MAX_GOODS = 62
MAX_NEIGHBOURS = 120
FAR_M = 10**9


def view(problem: Problem) -> View:
    """Return the arrays of everything in ``problem`` that engines may plan.

    Raises
    ------
    EngineError
        When the goods differ in more ways than a kernel's bit set holds.
    """
    deliveries = problem.open_deliveries
    types = tuple(i for i, v in enumerate(problem.fleet) if v.count > 0)
    if any(d.may_use for d in problem.deliveries) and len(types) > MAX_GOODS:
        raise EngineError(f"Expected at most {MAX_GOODS} types of vehicle where deliveries choose, got {len(types)}.")
    places = _places(problem, deliveries, types)
    local = {p: i for i, p in enumerate(places)}
    fleet = [problem.fleet[i] for i in types]
    keys = sorted({v.travel_at(start) for v in fleet for start, _ in v.shifts})
    group, clash, soiled = _goods(problem)
    book = _Windows()
    stock = {key: k for k, key in enumerate(sorted(problem.stock))}
    chosen = [problem.deliveries[i] for i in deliveries]
    ways = [_ways(d, local, stock) for d in chosen]
    travel, parts, pace, part_of = _travel(problem, keys, places)
    table = _delivery_table(problem, chosen, ways, local, group, book)
    for row, d in zip(table, chosen, strict=True):
        row["allow"] = sum(1 << k for k, t in enumerate(types) if not d.may_use or d.may_use[t]) if d.may_use else -1
    ties = _ties(problem, deliveries, table)
    risky = problem.prices.risk > 0 or any(v.max_exposure < NO_LIMIT for v in fleet)
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
        exposure=_exposure(problem, keys, places) if risky else np.zeros((0, len(places), len(places)), np.int64),
        tie=ties,
        clash=clash,
        soiled=soiled,
        cleaning_s=problem.cleaning_s,
        stock=np.array([round(problem.stock[key] * QUANTUM) for key in stock], np.int64),
        near=neighbours(table["node"], travel["m"]),
        place=_plane(problem, places),
        weighted=int(problem.objective.weights is not None),
        uses=_uses(problem, chosen, fleet) | (RISK if risky else 0),
        risk=problem.prices.risk / 1e6,
        imbalance=problem.prices.imbalance_per_hour / 3600,
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
    drawn = {} if d.kind == "transfer" else stock
    return [(local[s], drawn.get((s, d.item), -1), d.loading_s(s)) for s in dict.fromkeys((*first, *d.sources))]


def _ties(problem: Problem, deliveries: Sequence[int], table: Records) -> Records:
    """Return what ties deliveries to each other, and write into the table which ties are whose."""
    local = {d: k for k, d in enumerate(deliveries)}
    found: dict[int, list[tuple[int, int]]] = {}
    for relation in problem.relations:
        a, b = local.get(relation.first), local.get(relation.second)
        if b is None or (a is None and relation.kind != "before"):
            continue
        if relation.kind == "before":
            found.setdefault(b, []).append((-1 if a is None else a, AFTER))
        elif a is not None:
            kind = SAME if relation.kind == "same_vehicle" else OTHER
            found.setdefault(a, []).append((b, kind))
            found.setdefault(b, []).append((a, kind))
    rows: list[tuple[int, int]] = []
    for k, row in enumerate(table):
        row["tie"] = len(rows)
        rows += found.get(k, [])
        row["tie_end"] = len(rows)
    return np.array(rows, TIE)


def _uses(problem: Problem, chosen: Sequence[Delivery], fleet: Sequence[VehicleType]) -> int:
    """Return the bits of the costly rules that a problem has."""
    found = {
        LOADS: any(d.kind != "retrograde" and (d.ready_s > 0 or d.load_by_s < NO_LIMIT) for d in chosen),
        SOFT: any(d.late_cost > 0 for d in chosen) or any(v.overtime_s > 0 for v in fleet),
        RESTS: any(v.drive_s < NO_LIMIT or v.max_drive_s < NO_LIMIT for v in fleet),
        ABOARD: any(d.aboard_s < NO_LIMIT for d in chosen),
        CLEANING: problem.cleaning is not None and bool(problem.cleaning.any()),
    }
    return sum(bit for bit, used in found.items() if used)


def _exposure(problem: Problem, keys: Sequence[str], places: Sequence[int]) -> Ints:
    return np.array([problem.travel.exposure(key, places, places) for key in keys], np.int64)


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
        row["window"], row["window_end"] = book.add(_hours(d))
        row["ready"], row["load_by"], row["due"] = d.ready_s, d.load_by_s, d.due_s if d.late_cost > 0 else NO_LIMIT
        row["aboard"], row["late"] = d.aboard_s, d.late_cost / 3600
        row["way"], row["way_end"] = first, first + len(some)
        row["quantity"], row["load"] = round(d.quantity * QUANTUM), d.load
        row["penalty"] = float(prices.get(d.priority, 0.0)) * d.share / SHARE
        first += len(some)
    return out


def _hours(d: Delivery) -> Windows:
    """Return when its service may begin; what is picked up is loaded by that."""
    if d.kind != "retrograde" or (d.ready_s == 0 and d.load_by_s == NO_LIMIT):
        return d.windows
    return intersect_windows(d.windows, ((d.ready_s, d.load_by_s),))


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
    for k, (row, v) in enumerate(zip(out, fleet, strict=True)):
        row["depot"], row["end"] = local[v.depot], local[v.end_depot]
        row["bit"] = 1 << min(k, MAX_GOODS)
        row["drive"], row["rest"], row["max_drive"] = v.drive_s, max(1, v.rest_s), v.max_drive_s
        row["service_ppm"], row["backhaul_last"], row["exposure"] = v.service_ppm, v.backhaul_last, v.max_exposure
        row["over"], row["longest"] = v.overtime_cost / 3600, v.longest_s
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
            rows.append((t, k, start, end + v.overtime_s, end, v.count, *part_of[k]))
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


def _goods(problem: Problem) -> tuple[list[int], Ints, Ints]:
    """Group goods that no rule tells apart.

    Returns each one's group, and per group those that it clashes with and those that it may not follow uncleaned.
    """
    conflicts = np.asarray(problem.conflicts, dtype=bool)
    cleaning = np.zeros_like(conflicts) if problem.cleaning is None else problem.cleaning
    rows = [
        (*(tuple(t) for t in (conflicts[g], conflicts[:, g], cleaning[g], cleaning[:, g])),
         tuple(v.carries[g] for v in problem.fleet))
        for g in range(len(problem.goods))
    ]  # fmt: skip
    kinds = sorted(set(rows))
    if len(kinds) > MAX_GOODS:
        raise EngineError(f"Expected at most {MAX_GOODS} kinds of goods with rules of their own, got {len(kinds)}.")
    group = [kinds.index(r) for r in rows]
    clash = np.zeros(max(1, len(kinds)), np.int64)
    for a, b in np.argwhere(conflicts):
        clash[group[a]] |= 1 << group[b]
        clash[group[b]] |= 1 << group[a]
    soiled = np.zeros_like(clash)
    for a, b in np.argwhere(cleaning):
        soiled[group[b]] |= 1 << group[a]
    return group, clash, soiled


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
