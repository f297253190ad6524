"""From a benchmark instance to the problem that every engine and the checker know."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from math import inf, isfinite
from pathlib import Path

import numpy as np

from workbench.errors import WorkbenchError
from workbench.formats import benchmarks
from workbench.formats.benchmarks import Instance, Vehicle
from workbench.instances.plane import ListedTravel, Order, PlaneTravel, listed, plane
from workbench.instances.rounding import Floats, Rounding, decimals, rounding_of
from workbench.instances.setting import Setting
from workbench.problem import (
    NO_LIMIT,
    SHARE,
    Delivery,
    Goods,
    IntArray,
    Load,
    Objective,
    Place,
    Problem,
    VehicleType,
    Windows,
)

AS_OF = datetime(2000, 1, 1, tzinfo=UTC)
KEY = "plane"
_ALWAYS = 2**36
"""Seconds that no route without limits of time comes near."""
_DRAWN_DEGREES = 1.0
"""Benchmark planes are drawn this large at the origin of the map, where degrees are square."""


def load(path: str | Path, rounding: str | None = None, *, fewest_vehicles: bool | None = None) -> Setting:
    """Read a benchmark instance and make a problem of it; ``fewest_vehicles`` is for families with pairs by default.

    Raises
    ------
    InputError
        When the file cannot be used.
    UsageError
        For a rounding that is none.
    """
    return build(benchmarks.read(path), rounding, fewest_vehicles=fewest_vehicles)


def build(instance: Instance, rounding: str | None = None, *, fewest_vehicles: bool | None = None) -> Setting:
    """Make a problem of an instance.

    Travel seconds and metres are both the rounded distance; a vehicle's cost is its fixed cost and its distance at its
    own price, in the rounding's whole numbers. With ``fewest_vehicles`` each vehicle also counts more than any
    sensible plan's whole distance.

    Raises
    ------
    WorkbenchError
        When it asks for what a problem can't say.
    """
    rule = rounding_of(instance.family, rounding)
    _refuse(instance)
    kinds = list(dict.fromkeys(instance.vehicles))
    rank, goods = _ranks(instance), _goods(instance, kinds)
    travel = _travel(instance, rule, Order(rank, _barred(instance)))
    end_s = _end(instance, rule, travel)
    hours = _hours(instance, rule, end_s)
    places = _places(instance, hours)
    deliveries = _deliveries(instance, rule, hours, goods)
    extra = _beyond(travel, deliveries) if _first(instance, fewest_vehicles) else 0
    fleet = tuple(_vehicle_type(instance, rule, kinds, k, goods, hours, extra) for k, _ in enumerate(kinds))
    problem = Problem(
        scenario=instance.name, coa="baseline", inputs_sha256=_content(instance, rule, extra), as_of=AS_OF,
        horizon_s=end_s, marking="", places=places, deliveries=deliveries, fleet=fleet,
        goods=tuple(Goods(f"group {k + 1}", "") for k in range(max(goods) + 1)),
        conflicts=np.zeros((max(goods) + 1,) * 2, bool), stock={}, travel=travel, objective=_objective(instance),
    )  # fmt: skip
    at = {vehicle: k for k, vehicle in enumerate(kinds)}
    return Setting(instance, rule, problem, tuple(at[v] for v in instance.vehicles), extra)


def _content(instance: Instance, rule: Rounding, extra: int) -> str:
    """Return the name of what a problem is made of."""
    digest = hashlib.sha256(repr((instance.family, instance.pairs, rule, extra)).encode())
    for vehicle in dict.fromkeys(instance.vehicles):
        allowed = None if vehicle.allowed is None else sorted(vehicle.allowed)
        digest.update(repr((replace(vehicle, allowed=None), allowed, instance.vehicles.count(vehicle))).encode())
    for column in (instance.xy, instance.weights, instance.demand, instance.backhaul, instance.opens, instance.closes):
        digest.update(b"" if column is None else column.tobytes())
    for column in (instance.service, instance.release, instance.prize):
        digest.update(column.tobytes())
    return digest.hexdigest()


def _first(instance: Instance, fewest_vehicles: bool | None) -> bool:
    return bool(instance.pairs) if fewest_vehicles is None else fewest_vehicles


def _refuse(instance: Instance) -> None:
    """Refuse what no problem says exactly."""
    for vehicle in set(instance.vehicles):
        if vehicle.reloads and set(vehicle.reloads) != set(range(instance.depots)):
            raise WorkbenchError(
                f"{instance.file}: vehicles that may reload at some of the depots only are not planned."
            )
    if instance.pairs and instance.depots > 1:
        raise WorkbenchError(f"{instance.file}: paired pickups and deliveries with several depots are not planned.")


def _ranks(instance: Instance) -> IntArray:
    """Return 0 for clients that are delivered to, 1 for those picked up from, 2 for depots."""
    rank = np.where(instance.backhaul > 0, 1, 0)
    rank[: instance.depots] = 2
    return rank


def _barred(instance: Instance) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Return which ranks may not follow one another.

    Vehicles load at their own depot: from one depot there is no way to another. In family VRPB deliveries come first,
    and there must be one.
    """
    barred = np.zeros((3, 3), bool)
    barred[2, 2] = True
    if instance.family == "VRPB":
        barred[1, 0] = barred[2, 1] = True
    return barred


def _travel(instance: Instance, rule: Rounding, order: Order) -> PlaneTravel | ListedTravel:
    if instance.weights is not None:
        return listed(instance.weights, rule, order)
    assert instance.xy is not None, "a file without distances has coordinates, or it is not read"
    return plane(instance.xy, rule, order)


def _end(instance: Instance, rule: Rounding, travel: PlaneTravel | ListedTravel) -> int:
    """Return when everything ends: with the last depot's hours, or long after any route without windows could."""
    closes = instance.closes[: instance.depots]
    if np.isfinite(closes).all():
        return int(rule.figures(closes).max())
    if isinstance(travel, PlaneTravel):
        longest = rule.root(int(travel.x.max()) ** 2 + int(travel.y.max()) ** 2, travel.unit)
    else:
        longest = int(travel.cells.max())
    busy = int(rule.figures(instance.service).sum() + rule.figures(instance.release).max())
    return min(_ALWAYS, (2 * instance.locations + 2) * longest + busy + 1)


def _hours(instance: Instance, rule: Rounding, end_s: int) -> list[Windows]:
    """Return when each location may be served, rounded by the rule, or against ourselves where costs are real."""
    closes = np.where(np.isfinite(instance.closes), instance.closes, 0.0)
    shut = Rounding(rule.word, rule.scale, "down" if rule.way == "up" else rule.way).figures(closes)
    shut = np.where(np.isfinite(instance.closes), shut, end_s)
    return [((a, b),) for a, b in zip(rule.figures(instance.opens).tolist(), shut.tolist(), strict=True)]


def _places(instance: Instance, hours: Sequence[Windows]) -> tuple[Place, ...]:
    lonlat = _drawn(instance).tolist()
    out = []
    for k, (lon, lat) in enumerate(lonlat):
        kind = "depot" if k < instance.depots else "client"
        out.append(Place(str(k), f"{kind} {k}", kind, lon, lat, hours[k], 0.0, 0.0))
    return tuple(out)


def _drawn(instance: Instance) -> Floats:
    """Return positions in degrees, good enough to tell what lies together; only distances: from two places."""
    xy = instance.xy
    if xy is None:
        assert instance.weights is not None
        far = int(instance.weights[0].argmax())
        xy = np.stack([instance.weights[0], instance.weights[far]], axis=1)
    span = max(float(np.ptp(xy, axis=0).max()), 1e-9)
    out: Floats = (xy - xy.min(axis=0)) / span * _DRAWN_DEGREES - _DRAWN_DEGREES / 2
    return out


def _goods(instance: Instance, kinds: Sequence[Vehicle]) -> list[int]:
    """Return a kind of goods for each location: equal where the same vehicles may visit it."""
    if all(v.allowed is None for v in kinds):
        return [0] * instance.locations
    known: dict[tuple[bool, ...], int] = {}
    out = [0] * instance.locations
    for c in range(instance.depots, instance.locations):
        who = tuple(v.allowed is None or c in v.allowed for v in kinds)
        out[c] = known.setdefault(who, len(known))
    return out


def _vehicle_type(
    instance: Instance, rule: Rounding, kinds: Sequence[Vehicle], k: int, goods: Sequence[int],
    hours: Sequence[Windows], extra: int,
) -> VehicleType:  # fmt: skip
    v, clients = kinds[k], range(instance.depots, instance.locations)
    may = {goods[c]: v.allowed is None or c in v.allowed for c in clients}
    trips = NO_LIMIT if instance.pairs else 1 + (int(min(v.max_reloads, NO_LIMIT)) if v.reloads else 0)
    loads = _load_scale(instance)
    return VehicleType(
        vehicle_type=f"type {k + 1}", owner="", depot=v.depot, end_depot=v.depot,
        count=instance.vehicles.count(v), profile=KEY, travel=KEY,
        capacity=Load(NO_LIMIT if v.capacity == inf else int(np.floor(v.capacity * loads + 1e-6))),
        carries=tuple(may.get(g, True) for g in range(max(goods) + 1)), shifts=hours[v.depot],
        range_m=_limit(rule, v.max_distance), max_trips=min(trips, NO_LIMIT),
        fixed_cost=float(rule.figures(np.array([v.fixed_cost]))[0]) + extra, cost_per_km=v.unit_cost * 1000,
    )  # fmt: skip


def _limit(rule: Rounding, value: float) -> int:
    return int(rule.figures(np.array([value]))[0]) if isfinite(value) else NO_LIMIT


def _load_scale(instance: Instance) -> int:
    """Return how many whole units of load the file's unit has, so that loads need no rounding."""
    figures = [v.capacity for v in set(instance.vehicles) if isfinite(v.capacity)]
    places: int = decimals(np.concatenate([instance.demand, instance.backhaul, figures]), 6)
    return int(10**places)


def _objective(instance: Instance) -> Objective:
    """Return how plans compare: with prizes by cost and what is not collected, else all must be served."""
    if not instance.prize.any():
        return Objective()
    return Objective({1: float(SHARE), 2: float(2**40)})


def _deliveries(
    instance: Instance, rule: Rounding, hours: Sequence[Windows], goods: Sequence[int]
) -> tuple[Delivery, ...]:
    """Return one delivery for each client, for each pair one from pickup to delivery.

    Its price stands in ``share`` (`Objective.weights` says that one share costs 1); what has none is of another
    priority, whose price no cost comes near.
    """
    loads = _load_scale(instance)
    service, prize = rule.figures(instance.service).tolist(), rule.figures(instance.prize).tolist()
    ready = rule.figures(instance.release).tolist()
    demand = np.rint((instance.demand + instance.backhaul) * loads).astype(np.int64).tolist()
    depots = tuple(range(instance.depots))
    out, any_prize = [], bool(instance.prize.any())
    for first, last in instance.pairs or [(c, c) for c in range(instance.depots, instance.locations)]:
        back, optional = bool(instance.backhaul[last]), prize[last] > 0
        sources = () if back else (first,) if first != last else depots
        name, kind = str(last), "retrograde" if back else "delivery"
        if first != last:
            name, kind = f"{first}-{last}", "transfer"
        out.append(Delivery(
            delivery_id=name, requisition_id=name, unit_id="", kind=kind, node=last,
            source=sources[0] if sources else -1, sources=sources, supply_class="", item="", unit_of_issue="",
            quantity=demand[first], load=Load(demand[first]), priority=1 if optional or not any_prize else 2,
            share=prize[last] if optional else SHARE, windows=hours[last], earliest_s=hours[last][0][0],
            latest_s=hours[last][0][1], service_s=service[last],
            load_s=tuple(service[first] if first != last else 0 for _ in sources), goods=goods[last],
            ready_s=ready[last],
        ))  # fmt: skip
    return tuple(out)


def _beyond(travel: PlaneTravel | ListedTravel, deliveries: Sequence[Delivery]) -> int:
    """Return a power of ten above the distance of serving each delivery with a vehicle of its own."""
    total = 0
    for d in deliveries:
        stops = [0, *(d.sources[:1] if d.sources else ()), d.node, 0]
        total += sum((travel.leg(KEY, a, b, 0) or (0, 0))[1] for a, b in pairwise(stops))
    return int(10 ** len(str(total)))
