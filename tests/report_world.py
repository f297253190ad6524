"""A small world with a plan made by hand, for the tests of everything that shows plans."""

from dataclasses import dataclass
from datetime import UTC, datetime
from math import hypot

import numpy as np

from workbench.ground.matrix import DenseTravel
from workbench.plan import Plan, PlannedDelivery, Route, Stop, Unserved
from workbench.problem import SHARE, Delivery, Goods, Load, Place, Problem, VehicleType, route_cost
from workbench.units import iso

AS_OF = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
DAY = 24 * 3600
M_PER_S = 10.0


@dataclass(frozen=True)
class BentTravel(DenseTravel):
    """Travel with a drawn way for every pair: a bend in the middle."""

    places: tuple = ()

    def path(self, _key, i, j, _depart_s=None):
        """Return an object with the line of the way from i to j."""
        a, b = self.places[i], self.places[j]
        middle = ((a.lon + b.lon) / 2 + 0.01, (a.lat + b.lat) / 2 - 0.006)
        return type("Way", (), {"edge_ids": (), "coords": [(a.lon, a.lat), middle, (b.lon, b.lat)]})


def _place(n, name, kind, east_km, north_km):
    return Place(f"N{n}", name, kind, 15 + east_km / 74, 48 + north_km / 111, ((0, DAY),), 3.0, 0.15)


def problem(names=("Alpha Coy", "Bravo Coy", "Charlie Bty", "Delta Sqn", "Echo Coy", "Field Amb")):
    """A depot, a supply point and six units around them; two deliveries each; two vehicle types."""
    spots = [(18, 9), (26, -4), (9, -16), (-12, -13), (-24, 3), (-9, 17)]
    places = [_place(0, "Depot North", "depot", 0, 4), _place(1, "Supply Point 1", "supply_point", -3, -2)]
    places += [_place(n + 2, name, "unit", *spots[n]) for n, name in enumerate(names)]
    xy = np.array([((p.lon - 15) * 74_000, (p.lat - 48) * 111_000) for p in places])
    metres = np.array([[round(1.3 * hypot(*(a - b))) for b in xy] for a in xy], dtype=np.int64)
    seconds = np.ceil(metres / M_PER_S).astype(np.int64)
    deliveries = []
    for n, name in enumerate(names):
        for part, (item, goods, kg) in enumerate((("Ration pack", 0, 1800), ("Bottled water", 1, 2400))):
            latest = 9 * 3600 if n % 2 else 20 * 3600
            deliveries.append(
                Delivery(
                    f"REQ-{n}{part}/1",
                    f"REQ-{n}{part}",
                    name,
                    "delivery",
                    n + 2,
                    1,
                    (1,),
                    ("I", "WATER")[goods],
                    item,
                    "CS",
                    120.0,
                    Load(kg, 3000, 200, 0),
                    1 + (2 * n + part) % 9,
                    SHARE,
                    ((0, latest),),
                    0,
                    latest,
                    1200,
                    (900,),
                    goods,
                    ("UNREACHABLE", "No road is open to it.") if (n, part) == (5, 1) else None,
                )
            )
    fleet = (
        VehicleType(
            "HEMTT-LHS",
            "Tpt Coy",
            0,
            0,
            3,
            "heavy",
            "heavy",
            Load(12_000, 30_000, 1000, 0),
            (True, True),
            ((0, 14 * 3600),),
            fixed_cost=50,
            cost_per_hour=20,
        ),
        VehicleType(
            "LMTV",
            "Bn Tpt",
            0,
            0,
            4,
            "medium",
            "heavy",
            Load(4_500, 20_000, 600, 0),
            (True, True),
            ((0, 14 * 3600),),
            fixed_cost=20,
            cost_per_hour=15,
        ),
    )
    return Problem(
        "made_by_hand",
        "baseline",
        "0" * 64,
        AS_OF,
        DAY,
        "EXERCISE – MADE-UP DATA",
        tuple(places),
        tuple(deliveries),
        fleet,
        (Goods("I", ""), Goods("WATER", "")),
        np.zeros((2, 2), dtype=bool),
        {},
        BentTravel({"heavy": seconds}, {"heavy": metres}, tuple(places)),
        assumptions=("Roads are dry.",),
    )


def route(prob, route_id, vehicle, start_s, tour):
    """A route that loads everything once and delivers node by node; ``tour`` lists (place index, delivery indices)."""
    here, clock, way, travel, service = vehicle.depot, start_s, 0, 0, 0
    aboard, stops = Load(), []
    every = [i for _, ids in tour for i in ids]
    for node, ids, kind in [
        (1, every, "load"),
        *((n, ids, "deliver") for n, ids in tour),
        (vehicle.end_depot, [], "end"),
    ]:
        s, m = prob.travel.leg(vehicle.travel, here, node, clock)
        arrive, way, travel = clock + s, way + m, travel + s
        chosen = [prob.deliveries[i] for i in ids]
        busy = sum(d.loading_s(node) if kind == "load" else d.service_s for d in chosen)
        for d in chosen:
            aboard = aboard.plus(d.load) if kind == "load" else aboard.minus(d.load)
        clock, service, here = arrive + busy, service + busy, node
        names = tuple(d.delivery_id for d in chosen)
        stops.append(Stop(prob.places[node].node_id, kind, arrive, arrive, clock, names, aboard))
    depot = prob.places[vehicle.depot].node_id
    return Route(
        route_id,
        vehicle.vehicle_type,
        vehicle.owner,
        vehicle.profile,
        depot,
        prob.places[vehicle.end_depot].node_id,
        start_s,
        clock,
        way,
        travel,
        0,
        service,
        route_cost(vehicle, way, clock - start_s),
        tuple(stops),
    )


def plan(prob):
    """Three routes; the last requisition is refused and one more is left out."""
    heavy, light = prob.fleet
    routes = (
        route(prob, "R01", heavy, 3600, [(2, [0, 1]), (3, [2])]),
        route(prob, "R02", light, 3600, [(4, [4, 5])]),
        route(prob, "R03", heavy, 10_800, [(5, [6, 7]), (6, [8, 9]), (7, [10])]),
    )
    left_out = [prob.deliveries[3], prob.deliveries[11]]
    codes = [("NOT_PLANNED", "Left out by hand."), ("UNREACHABLE", "No road is open to it.")]
    listed = [
        PlannedDelivery(
            d.delivery_id, d.requisition_id, d.kind, "N1", prob.places[d.node].node_id, d.priority, d.quantity, d.load
        )
        for d in prob.deliveries
    ]
    return Plan(
        prob.scenario,
        prob.coa,
        prob.inputs_sha256,
        "hand",
        "1",
        1,
        {"iterations": 1.0},
        {"rounds": 1, "iterations": 1},
        iso(prob.as_of),
        routes,
        tuple(Unserved(d.delivery_id, d.requisition_id, *c) for d, c in zip(left_out, codes, strict=True)),
        tuple(listed),
        ("capacity", "window"),
        ("range",),
    )
