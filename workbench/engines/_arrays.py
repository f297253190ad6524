"""A problem as integer arrays, the only form that the kernels of this family read.

Deliveries, nodes, types and goods are renumbered: only what engines may plan is in. A *lane* is one
shift of one vehicle type. A *token* of a route is a delivery (below ``n``) or a load stop (``n`` plus node).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.errors import EngineError
from workbench.problem import NO_LIMIT, PRIORITIES, Problem, VehicleType, Windows
from workbench.units import ceil_safe

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

QUANTUM = 1_000_000
"""Stock is counted in millionths of a unit of issue."""
MAX_GOODS = 62
MAX_NEIGHBOURS = 120
FAR_M = 10**9


class World(NamedTuple):
    """Arrays of a problem, or of a piece of one, as kernels take them.

    ``opt_*`` are the ways to load a delivery: one row per source, a single row with source -1 for
    retrograde. ``*_ptr`` arrays give the rows of item i as ``ptr[i]:ptr[i + 1]``. ``penalty`` is the
    price of leaving a delivery out, used only where ``weighted[0]`` is 1.
    """

    node: Ints
    load: Ints
    service: Ints
    load_s: Ints
    priority: Ints
    share: Ints
    bit: Ints
    retro: Ints
    win_ptr: Ints
    win_lo: Ints
    win_hi: Ints
    opt_ptr: Ints
    opt_src: Ints
    opt_stock: Ints
    quantity: Ints
    stock: Ints
    rank: Ints
    node_ptr: Ints
    node_lo: Ints
    node_hi: Ints
    seconds: Ints
    metres: Ints
    type_key: Ints
    type_depot: Ints
    type_end: Ints
    type_cap: Ints
    type_carry: Ints
    type_range: Ints
    type_trips: Ints
    type_fixed: Ints
    type_km: Floats
    type_hour: Floats
    lane_type: Ints
    lane_start: Ints
    lane_end: Ints
    lane_count: Ints
    clash: Ints
    penalty: Floats
    weighted: Ints
    near: Ints


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
    keys = sorted({v.travel for v in fleet})
    seconds, metres = _travel(problem, keys, places)
    group, clash = _goods(problem)
    fields = {
        **_delivery_fields(problem, deliveries, local, group),
        **_option_fields(problem, deliveries, local),
        **_windows("node", [problem.places[p].windows for p in places]),
        **_type_fields(fleet, keys, local, group),
        **_lane_fields(fleet),
        "seconds": seconds,
        "metres": metres,
        "clash": clash,
        **_price_fields(problem, deliveries),
    }
    fields["near"] = neighbours(fields["node"], metres)
    return View(problem, World(**fields), deliveries, places, types)


def _ints(values: Any) -> Ints:
    return np.ascontiguousarray(np.array(list(values), dtype=np.int64))


def _places(problem: Problem, deliveries: Sequence[int], types: Sequence[int]) -> tuple[int, ...]:
    used: set[int] = set()
    for i in deliveries:
        used.add(problem.deliveries[i].node)
        used.update(problem.deliveries[i].sources)
    for t in types:
        used.update((problem.fleet[t].depot, problem.fleet[t].end_depot))
    return tuple(sorted(used))


def _travel(problem: Problem, keys: Sequence[str], places: Sequence[int]) -> tuple[Ints, Ints]:
    p = len(places)
    seconds, metres = np.zeros((len(keys), p, p), np.int64), np.zeros((len(keys), p, p), np.int64)
    for k, key in enumerate(keys):
        seconds[k], metres[k] = problem.travel.block(key, places, places)
    return seconds, metres


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


def _delivery_fields(
    problem: Problem, deliveries: Sequence[int], local: dict[int, int], group: Sequence[int]
) -> dict[str, Ints]:
    chosen = [problem.deliveries[i] for i in deliveries]
    return {
        "node": _ints(local[d.node] for d in chosen),
        "load": np.array([d.load for d in chosen], np.int64).reshape(len(chosen), 4),
        "service": _ints(d.service_s for d in chosen),
        "load_s": _ints(d.load_s for d in chosen),
        "priority": _ints(d.priority - 1 for d in chosen),
        "share": _ints(d.share for d in chosen),
        "bit": _ints(1 << group[d.goods] for d in chosen),
        "retro": _ints(d.kind == "retrograde" for d in chosen),
        **_windows("win", [d.windows for d in chosen]),
    }


def _option_fields(problem: Problem, deliveries: Sequence[int], local: dict[int, int]) -> dict[str, Ints]:
    ptr, src, row, quantity = [0], [], [], []
    entries = {key: k for k, key in enumerate(sorted(problem.stock))}
    for i in deliveries:
        d = problem.deliveries[i]
        first = (d.source,) if d.source in d.sources else ()
        ways = (-1,) if d.kind == "retrograde" else first + tuple(s for s in d.sources if s not in first)
        src += [local[s] if s >= 0 else -1 for s in ways]
        row += [entries.get((s, d.item), -1) for s in ways]
        ptr.append(len(src))
        quantity.append(round(d.quantity * QUANTUM))
    rank = np.full(len(local), -1, np.int64)
    for k, node in enumerate(sorted({s for s in src if s >= 0})):
        rank[node] = k
    stock = _ints(round(problem.stock[key] * QUANTUM) for key in sorted(problem.stock))
    return {
        "opt_ptr": _ints(ptr),
        "opt_src": _ints(src),
        "opt_stock": _ints(row),
        "quantity": _ints(quantity),
        "stock": stock,
        "rank": rank,
    }


def _windows(name: str, windows: Sequence[Windows]) -> dict[str, Ints]:
    return {
        f"{name}_ptr": _ints([0, *np.cumsum([len(w) for w in windows])]),
        f"{name}_lo": _ints(lo for w in windows for lo, _ in sorted(w)),
        f"{name}_hi": _ints(hi for w in windows for _, hi in sorted(w)),
    }


def _type_fields(
    fleet: Sequence[VehicleType], keys: Sequence[str], local: dict[int, int], group: Sequence[int]
) -> dict[str, Any]:
    return {
        "type_key": _ints(keys.index(v.travel) for v in fleet),
        "type_depot": _ints(local[v.depot] for v in fleet),
        "type_end": _ints(local[v.end_depot] for v in fleet),
        "type_cap": np.array([v.capacity for v in fleet], np.int64).reshape(len(fleet), 4),
        "type_carry": _ints(sum({1 << group[g] for g, ok in enumerate(v.carries) if ok}) for v in fleet),
        "type_range": _ints(min(v.range_m, NO_LIMIT) for v in fleet),
        "type_trips": _ints(min(v.max_trips, NO_LIMIT) for v in fleet),
        "type_fixed": _ints(ceil_safe(v.fixed_cost) for v in fleet),
        "type_km": np.array([v.cost_per_km for v in fleet], np.float64),
        "type_hour": np.array([v.cost_per_hour for v in fleet], np.float64),
    }


def _lane_fields(fleet: Sequence[VehicleType]) -> dict[str, Ints]:
    lanes = [(t, start, end, v.count) for t, v in enumerate(fleet) for start, end in v.shifts]
    names = ("lane_type", "lane_start", "lane_end", "lane_count")
    return {name: _ints(lane[k] for lane in lanes) for k, name in enumerate(names)}


def _price_fields(problem: Problem, deliveries: Sequence[int]) -> dict[str, Any]:
    weights = problem.objective.weights
    price = {p: float((weights or {}).get(p, 0.0)) for p in range(1, PRIORITIES + 1)}
    chosen = [problem.deliveries[i] for i in deliveries]
    return {
        "penalty": np.array([price[d.priority] * d.share / 1e6 for d in chosen], np.float64),
        "weighted": _ints([int(weights is not None)]),
    }


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
