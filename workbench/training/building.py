"""Building hand-solvable worlds and problems from a few numbers: points, minutes, windows, loads."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from workbench.ground.matrix import DenseTravel
from workbench.problem import NO_LIMIT, SHARE, Delivery, Goods, Load, Place, Problem, VehicleType, Windows
from workbench.training.worlds import AS_OF, HORIZON_S, World
from workbench.units import ceil_safe

PROFILE = "road"
KM_PER_DEGREE = 111.32


def euclid(
    name: str,
    points: Sequence[tuple[float, float]],
    pallets: Sequence[int],
    *,
    capacity: int,
    trucks: int | None = None,
    kmh: float = 40.0,
) -> World:
    """Build a world of straight roads: depot at (0, 0), posts at ``points`` in km, cost = metres driven.

    Distances are rounded to the nearest metre, so a sum of ten legs is within 5 m of the drawing;
    travel times are rounded up to the second. Without ``trucks`` there is one for each post.
    """
    xy = ((0.0, 0.0), *((float(x), float(y)) for x, y in points))
    metres = np.array([[round(1000 * math.dist(a, b)) for b in xy] for a in xy], dtype=np.int64)
    seconds = np.vectorize(ceil_safe, otypes=[np.int64])(metres * 3.6 / kmh)
    hold = Load(NO_LIMIT, NO_LIMIT, 100 * capacity, NO_LIMIT)
    problem = make_problem(
        name,
        places=_places(xy),
        loads=[Load(centipallets=100 * p) for p in pallets],
        vehicle=truck(hold, trucks or len(points), cost_per_km=1000.0),
        travel=DenseTravel({PROFILE: seconds}, {PROFILE: metres}),
        assumptions=("Roads are straight lines, rounded to the metre.", "Loading and unloading take no time."),
    )
    return World(name, problem, xy, "km")


def timed(
    name: str,
    minutes: Sequence[Sequence[int]],
    windows: Sequence[tuple[int, int]],
    *,
    service_min: int,
    pallets: Sequence[int],
    xy: Sequence[tuple[float, float]],
    kmh: float = 30.0,
) -> World:
    """Build a world of one truck and a table of driving minutes, depot first; cost = minutes on the road.

    ``windows`` are minutes after 06:00 between which unloading may start.
    """
    seconds = 60 * np.array(minutes, dtype=np.int64)
    metres = np.rint(seconds * kmh / 3.6).astype(np.int64)
    sketch = tuple((float(x), float(y)) for x, y in xy)
    problem = make_problem(
        name,
        places=_places(sketch),
        loads=[Load(centipallets=100 * p) for p in pallets],
        vehicle=truck(Load(NO_LIMIT, NO_LIMIT, 100 * sum(pallets), NO_LIMIT), 1, cost_per_hour=60.0),
        travel=DenseTravel({PROFILE: seconds}, {PROFILE: metres}),
        windows=[((60 * a, 60 * b),) for a, b in windows],
        service_s=60 * service_min,
        assumptions=("The truck is loaded before 06:00.", f"Unloading takes {service_min} minutes at each post."),
    )
    return World(name, problem, sketch, "min")


def lift(name: str, loads: Sequence[Load], capacity: Load, *, trucks: int, minutes: int = 30) -> Problem:
    """Build the problem of carrying ``loads`` to one post, each truck once; cost = number of trucks used."""
    seconds = np.array([[0, 60 * minutes], [60 * minutes, 0]], dtype=np.int64)
    return make_problem(
        name,
        places=_places(((0.0, 0.0), (0.0, minutes / 2))),
        loads=loads,
        nodes=[1] * len(loads),
        vehicle=truck(capacity, trucks, fixed_cost=1.0),
        travel=DenseTravel({PROFILE: seconds}, {PROFILE: seconds * 10}),
    )


def shuttle(
    name: str, loads_kg: Sequence[int], *, payload_kg: int, leg_s: int, handling_s: int, period_s: int, trucks: int
) -> Problem:
    """Build the problem of shuttling loads to one place within a period; trucks return and reload.

    ``handling_s`` is loading and unloading together; it is all counted at the far end.
    """
    seconds = np.array([[0, leg_s], [leg_s, 0]], dtype=np.int64)
    capacity = Load(payload_kg, NO_LIMIT, NO_LIMIT, NO_LIMIT)
    return make_problem(
        name,
        places=_places(((0.0, 0.0), (0.0, 60.0)), period_s),
        loads=[Load(kg=kg) for kg in loads_kg],
        nodes=[1] * len(loads_kg),
        vehicle=truck(capacity, trucks, shift_s=period_s, max_trips=NO_LIMIT),
        travel=DenseTravel({PROFILE: seconds}, {PROFILE: seconds * 8}),
        windows=[((0, period_s),)] * len(loads_kg),
        service_s=handling_s,
        horizon_s=period_s,
    )


def truck(
    capacity: Load,
    count: int,
    *,
    fixed_cost: float = 0.0,
    cost_per_km: float = 0.0,
    cost_per_hour: float = 0.0,
    shift_s: int = HORIZON_S,
    max_trips: int = 1,
) -> VehicleType:
    """Return trucks standing at the depot, one trip a day unless said otherwise."""
    return VehicleType(
        vehicle_type="truck",
        owner="lesson",
        depot=0,
        end_depot=0,
        count=count,
        profile=PROFILE,
        travel=PROFILE,
        capacity=capacity,
        carries=(True,),
        shifts=((0, shift_s),),
        max_trips=max_trips,
        fixed_cost=fixed_cost,
        cost_per_km=cost_per_km,
        cost_per_hour=cost_per_hour,
    )


def make_problem(
    name: str,
    *,
    places: Sequence[Place],
    loads: Sequence[Load],
    vehicle: VehicleType,
    travel: DenseTravel,
    nodes: Sequence[int] = (),
    windows: Sequence[Windows] = (),
    service_s: int = 0,
    horizon_s: int = HORIZON_S,
    assumptions: Sequence[str] = (),
) -> Problem:
    """Return a problem with one delivery a load, all of one kind of goods, all loaded at place 0."""
    return Problem(
        scenario=f"lesson_{name}",
        coa="baseline",
        inputs_sha256="",
        as_of=AS_OF,
        horizon_s=horizon_s,
        marking="UNCLASSIFIED//EXERCISE",
        places=tuple(places),
        deliveries=tuple(
            _delivery(
                n, load, nodes[n - 1] if nodes else n, windows[n - 1] if windows else ((0, horizon_s),), service_s
            )
            for n, load in enumerate(loads, 1)
        ),
        fleet=(vehicle,),
        goods=(Goods("I", ""),),
        conflicts=np.zeros((1, 1), dtype=np.bool_),
        stock={},
        travel=travel,
        assumptions=tuple(assumptions),
    )


def _delivery(number: int, load: Load, node: int, windows: Windows, service_s: int) -> Delivery:
    return Delivery(
        delivery_id=f"REQ-{number}/1",
        requisition_id=f"REQ-{number}",
        unit_id=f"U{node}",
        kind="delivery",
        node=node,
        source=0,
        sources=(0,),
        supply_class="I",
        item="",
        unit_of_issue="PL",
        quantity=load.centipallets / 100 or 1.0,
        load=load,
        priority=1,
        share=SHARE,
        windows=windows,
        earliest_s=windows[0][0],
        latest_s=windows[-1][1],
        service_s=service_s,
        load_s=(0,),
        goods=0,
    )


def _places(xy: Sequence[tuple[float, float]], horizon_s: int = HORIZON_S) -> tuple[Place, ...]:
    return tuple(
        Place(
            node_id=f"N{i}",
            name=f"Post {i}" if i else "Depot",
            kind="unit" if i else "depot",
            lon=x / KM_PER_DEGREE,
            lat=y / KM_PER_DEGREE,
            windows=((0, horizon_s),),
            handling_s_per_centipallet=0.0,
            pump_s_per_litre=0.0,
        )
        for i, (x, y) in enumerate(xy)
    )
