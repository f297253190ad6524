"""VROOM on a benchmark instance; ``make rivals`` installs pyvroom."""

from __future__ import annotations

import time
from datetime import timedelta

import numpy as np
import vroom

from workbench.instances import Setting

_KEY = "plane"
LEVEL = 5
MOST_COST = 10**7
"""It stops where costs could overflow: dearer ways are counted in coarser units."""


def solve(setting: Setting, seconds: float) -> tuple[list[list[int]], float, float]:
    """Return routes (none when it leaves a client out), seconds of getting ready, seconds of the search."""
    start = time.monotonic()
    problem = _model(setting)
    ready = time.monotonic()
    found = problem.solve(exploration_level=LEVEL, nb_threads=1, timeout=timedelta(seconds=seconds))
    done = time.monotonic()
    steps = found.routes[found.routes["type"].isin(["job", "pickup", "delivery"])]
    visits = {int(v): rows["location_index"].astype(int).tolist() for v, rows in steps.groupby("vehicle_id", sort=True)}
    if sum(map(len, visits.values())) < setting.instance.clients:
        return [], ready - start, done - ready
    routes = [visits.get(k, []) for k in range(len(setting.kinds))] if setting.told_apart else list(visits.values())
    return routes, ready - start, done - ready


def _model(setting: Setting) -> vroom.Input:
    instance, places, fleet = setting.instance, setting.problem.places, setting.problem.fleet
    everywhere = range(instance.locations)
    metres = setting.problem.travel.block(_KEY, everywhere, everywhere)[1].astype(np.uint32)
    dearest = max(int(metres.max()) * v.cost_per_km / 1000 for v in fleet)
    coarse = max(1, int(dearest) // MOST_COST)
    out = vroom.Input()
    for k, v in enumerate(fleet):
        out.set_durations_matrix(profile=f"type{k}", matrix_input=metres)
        costs = np.round(metres * (v.cost_per_km / 1000 / coarse)).astype(np.uint32)
        out.set_costs_matrix(profile=f"type{k}", matrix_input=costs)
    groups = [{g + 1 for g, may in enumerate(v.carries) if may} for v in fleet]
    out.add_vehicle([
        vroom.Vehicle(
            k, start=fleet[kind].depot, end=fleet[kind].depot, profile=f"type{kind}",
            capacity=vroom.Amount([fleet[kind].capacity.kg]),
            skills=groups[kind], time_window=vroom.TimeWindow(*fleet[kind].shifts[0]),
            costs=vroom.VehicleCosts(fixed=int(fleet[kind].fixed_cost) // coarse),
        )
        for k, kind in enumerate(_kinds(setting))
    ])  # fmt: skip
    for n, d in enumerate(setting.problem.deliveries, 1):
        hours = [vroom.TimeWindow(*places[d.node].windows[0])]
        if instance.pairs:
            early = [vroom.TimeWindow(*places[d.source].windows[0])]
            out.add_shipment(
                vroom.ShipmentStep(n, d.source, default_service=d.load_s[0], time_windows=early),
                vroom.ShipmentStep(n, d.node, default_service=d.service_s, time_windows=hours),
                amount=vroom.Amount([d.load.kg]),
            )
        else:
            out.add_job(vroom.Job(
                n, d.node, default_service=d.service_s, delivery=vroom.Amount([d.load.kg]), time_windows=hours,
                skills={d.goods + 1},
            ))  # fmt: skip
    return out


def _kinds(setting: Setting) -> tuple[int, ...]:
    if not setting.instance.free_fleet:
        return setting.kinds
    most = 1.35 * setting.instance.demand.sum() / setting.instance.vehicles[0].capacity + 5
    return setting.kinds[: max(1, int(most))]
