"""Plans as tables, for charts, files and people."""

from __future__ import annotations

from datetime import datetime

import pandas as pd

from workbench.plan.model import Plan
from workbench.problem import DIMENSIONS
from workbench.units import moment_at, parse_instant


def to_tables(plan: Plan) -> dict[str, pd.DataFrame]:
    """Return the plan as tables ``routes``, ``stops``, ``unserved`` and ``deliveries``, times as UTC instants.

    ``stops`` has a row per stop, with ``seq`` from 1 in each route and the load after it in the four
    dimensions. An empty plan gives empty tables with all their columns.
    """
    as_of = parse_instant(plan.as_of)

    def at(seconds: int) -> datetime:
        return moment_at(as_of, seconds)

    routes = [
        {
            "route_id": r.route_id,
            "vehicle_type": r.vehicle_type,
            "owner": r.owner,
            "profile": r.profile,
            "start_node": r.start_node,
            "end_node": r.end_node,
            "start": at(r.start_s),
            "end": at(r.end_s),
            "stops": len(r.stops),
            "distance_km": r.distance_m / 1000,
            "travel_s": r.travel_s,
            "wait_s": r.wait_s,
            "service_s": r.service_s,
            "cost": r.cost,
        }
        for r in plan.routes
    ]
    stops = [
        {
            "route_id": r.route_id,
            "seq": n,
            "vehicle_type": r.vehicle_type,
            "owner": r.owner,
            "kind": s.kind,
            "node": s.node,
            "arrive": at(s.arrive_s),
            "begin": at(s.begin_s),
            "depart": at(s.depart_s),
            "wait_min": (s.begin_s - s.arrive_s) / 60,
            "deliveries": ";".join(s.deliveries),
            **{f"{name}_after": value for name, value in s.load_after.shown().items()},
        }
        for r in plan.routes
        for n, s in enumerate(r.stops, 1)
    ]
    unserved = [
        {"requisition": u.requisition_id, "delivery": u.delivery_id, "code": u.code, "reason": u.reason}
        for u in plan.unserved
    ]
    deliveries = [
        {
            "requisition": d.requisition_id,
            "delivery": d.delivery_id,
            "kind": d.kind,
            "from_node": d.from_node,
            "to_node": d.to_node,
            "priority": d.priority,
            "quantity": d.quantity,
            **d.load.shown(),
        }
        for d in plan.deliveries
    ]
    return {
        "routes": pd.DataFrame(
            routes,
            columns=[
                "route_id",
                "vehicle_type",
                "owner",
                "profile",
                "start_node",
                "end_node",
                "start",
                "end",
                "stops",
                "distance_km",
                "travel_s",
                "wait_s",
                "service_s",
                "cost",
            ],
        ),
        "stops": pd.DataFrame(
            stops,
            columns=[
                "route_id",
                "seq",
                "vehicle_type",
                "owner",
                "kind",
                "node",
                "arrive",
                "begin",
                "depart",
                "wait_min",
                "deliveries",
                *(f"{name}_after" for name in DIMENSIONS),
            ],
        ),
        "unserved": pd.DataFrame(unserved, columns=["requisition", "delivery", "code", "reason"]),
        "deliveries": pd.DataFrame(
            deliveries,
            columns=["requisition", "delivery", "kind", "from_node", "to_node", "priority", "quantity", *DIMENSIONS],
        ),
    }
