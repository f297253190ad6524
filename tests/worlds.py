"""A world on a straight road, small enough to reckon by hand: ten metres a second, one unit of cost a kilometre.

S2 -3 km · DEP 0 · S1 3 km · A 10 km · B 20 km · C 30 km
"""

from datetime import UTC, datetime

import numpy as np
from plans import lay, plan_of

from workbench.ground.matrix import DenseTravel
from workbench.problem import NO_LIMIT, SHARE, Delivery, Goods, Load, Place, Problem, VehicleType

AS_OF = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
HOUR = 3600
DAY = ((0, 24 * HOUR),)
AT_KM = {"DEP": 0, "S1": 3, "S2": -3, "A": 10, "B": 20, "C": 30}
NODES = list(AT_KM)
DEP, S1, S2, A, B, C = range(6)


def place(node, **changes):
    """A place of the road, open all day."""
    kind = {"D": "depot", "S": "supply_point"}.get(node[0], "unit")
    fields = {
        "node_id": node, "name": f"Point {node}", "kind": kind, "lon": 15 + AT_KM[node] / 100, "lat": 48.0,
        "windows": DAY, "handling_s_per_centipallet": 3.0, "pump_s_per_litre": 0.15,
    }  # fmt: skip
    return Place(**{**fields, **changes})


def drop(name, node, **changes):
    """A delivery of one tonne and two pallets of class I for `node`, drawn at S1, ten minutes at either end."""
    requisition = name.split("/")[0]
    fields = {
        "delivery_id": name if "/" in name else f"{name}/1", "requisition_id": requisition, "unit_id": f"U-{name}",
        "kind": "delivery", "node": node, "source": S1, "sources": (S1,), "supply_class": "I", "item": "meals",
        "unit_of_issue": "CS", "quantity": 10.0, "load": Load(1000, 1500, 200, 0), "priority": 3, "share": SHARE,
        "windows": DAY, "earliest_s": 0, "latest_s": 24 * HOUR, "service_s": 600, "load_s": 600, "goods": 0,
    }  # fmt: skip
    if changes.get("kind") == "retrograde":
        fields |= {"source": -1, "sources": ()}
    fields |= changes
    if isinstance(fields["load_s"], int):
        fields["load_s"] = (fields["load_s"],) * len(fields["sources"])
    return Delivery(**fields)


def truck(name="TRUCK", **changes):
    """A vehicle type at DEP: two of them, 3 t, 6 pallets, no bulk liquid, one day's shift, one unit of cost a km."""
    fields = {
        "vehicle_type": name, "owner": "1 BSB", "depot": DEP, "end_depot": DEP, "count": 2, "profile": "wheeled",
        "travel": "wheeled", "capacity": Load(3000, NO_LIMIT, 600, 0), "carries": (True, True, True), "shifts": DAY,
    }  # fmt: skip
    return VehicleType(**{**fields, **changes})


def road(gone=()):
    """Travel along the road; `gone` lists pairs of places between which there is no way."""
    km = np.array([AT_KM[n] for n in NODES])
    metres = np.abs(km[:, None] - km[None, :]).astype(np.int64) * 1000
    seconds = metres // 10
    for i, j in gone:
        metres[i, j] = seconds[i, j] = -1
    return DenseTravel({"wheeled": seconds}, {"wheeled": metres})


def world(deliveries, fleet=None, **changes):
    """A problem of these deliveries on the road. Goods: 0 class I, 1 class IIIB (not with 0), 2 class IX."""
    clash = np.zeros((3, 3), dtype=np.bool_)
    clash[0, 1] = clash[1, 0] = True
    fields = {
        "scenario": "road", "coa": "baseline", "inputs_sha256": "ab" * 32, "as_of": AS_OF, "horizon_s": 24 * HOUR,
        "marking": "UNCLASSIFIED//EXERCISE", "places": tuple(place(n) for n in NODES), "deliveries": tuple(deliveries),
        "fleet": tuple(fleet or (truck(),)), "goods": (Goods("I", ""), Goods("IIIB", "3"), Goods("IX", "")),
        "conflicts": clash, "stock": {}, "travel": road(),
    }  # fmt: skip
    return Problem(**{**fields, **changes})


def good():
    """A problem and a plan that keeps every constraint.

    R01 takes D1 (A) and both parts of D2 (B), reloads for D3 (A) and brings D4 back from A on the way.
    R02 takes D5 (C). D6 was refused, D7 is left out.
    """
    problem = world(
        [
            drop("D1", A, priority=1),
            drop("D2/1", B, share=SHARE // 2, quantity=5.0, load=Load(900, 700, 150, 0)),
            drop("D2/2", B, share=SHARE // 2, quantity=5.0, load=Load(800, 700, 150, 0)),
            drop("D3", A, sources=(S1, S2), windows=((2 * HOUR, 4 * HOUR), (6 * HOUR, 8 * HOUR))),
            drop("D4", A, kind="retrograde", priority=9, load=Load(400, 0, 100, 0)),
            drop("D5", C, goods=2, supply_class="IX", item="brake pads"),
            drop("D6", C, refused=("UNREACHABLE", "No vehicle reaches Point C with it.")),
            drop("D7", B, priority=12),
        ],
        [
            truck(max_trips=2, range_m=100_000, cost_per_hour=10.0, payload_range=((40_000, 3000), (60_000, 500))),
            truck("VAN", count=1, fixed_cost=20.0),
        ],
        stock={(S1, "meals"): 35.0},
    )
    first = [
        ("load", S1, ("D1/1", "D2/1", "D2/2")),
        ("deliver", B, ("D2/1", "D2/2")),
        ("deliver", A, ("D1/1",)),
        ("pickup", A, ("D4/1",)),
        ("reload", S1, ("D3/1",)),
        ("deliver", A, ("D3/1",)),
    ]
    second = [("load", S1, ("D5/1",)), ("deliver", C, ("D5/1",))]
    routes = [lay(problem, "R01", 0, HOUR, first), lay(problem, "R02", 1, HOUR, second)]
    return problem, plan_of(problem, routes)
