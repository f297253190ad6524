"""Bridges of unknown load class that a plan crosses: each is named, none is taken for strong in silence."""

from __future__ import annotations

from itertools import pairwise

from workbench.plan import Crossing, Plan
from workbench.problem import Problem
from workbench.report.geometry import vehicle_of


def unknown_bridges(problem: Problem, plan: Plan) -> tuple[Crossing, ...]:
    """Return the bridges of unknown load class on the routes' ways, by id, with the routes that cross each."""
    find = getattr(problem.travel, "unknown_bridges", None)
    if find is None:
        return ()
    index = {p.node_id: i for i, p in enumerate(problem.places)}
    known: dict[str, tuple[str, float | None]] = {}
    routes: dict[str, dict[str, None]] = {}
    for route in plan.routes:
        vehicle = vehicle_of(problem, route)
        nodes = [index.get(n) for n in (route.start_node, *(stop.node for stop in route.stops))]
        for i, j in pairwise(nodes):
            if vehicle is None or i is None or j is None or i == j:
                continue
            for edge_id, name, taken_as in find(vehicle.travel_at(route.start_s), i, j):
                known[edge_id] = (name, taken_as)
                routes.setdefault(edge_id, {})[route.route_id] = None
    return tuple(Crossing(edge, *known[edge], tuple(routes[edge])) for edge in sorted(known))


def sentence(crossing: Crossing) -> str:
    """Return a crossing in words."""
    taken = (
        "as strong enough" if crossing.taken_as is None else f"at class {crossing.taken_as:g}, the default of its road"
    )
    return f"{crossing.name} has no known load class and is taken {taken}: {', '.join(crossing.routes)}."
