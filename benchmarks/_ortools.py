"""OR-Tools' routing solver on a benchmark instance."""

from __future__ import annotations

import math
import time

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from workbench.instances import Setting

FAR = 10**9
FIRST = (
    routing_enums_pb2.FirstSolutionStrategy.PATH_CHEAPEST_ARC,
    routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION,
)
"""How the first solution is made; the second where the first finds none."""
_KEY = "plane"


def solve(setting: Setting, seconds: float) -> tuple[list[list[int]], float, float]:
    """Return routes (none when it finds none), seconds of getting ready, seconds of the search."""
    start = time.monotonic()
    model = _Model(setting)
    ready = time.monotonic()
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    found = None
    for first in FIRST:
        left = seconds - (time.monotonic() - ready)
        if found is None and left > 0:
            parameters.first_solution_strategy = first
            parameters.time_limit.FromMilliseconds(max(1, int(left * 1000)))
            found = model.routing.SolveWithParameters(parameters)
    return model.routes(found) if found else [], ready - start, time.monotonic() - ready


class _Model:
    """An instance in OR-Tools' words."""

    def __init__(self, setting: Setting) -> None:
        self._setting, self._instance = setting, setting.instance
        self._fleet = [setting.problem.fleet[kind] for kind in self._kinds()]
        depots = [v.depot for v in self._fleet]
        self.manager = pywrapcp.RoutingIndexManager(self._instance.locations, len(depots), depots, depots)
        self.routing = pywrapcp.RoutingModel(self.manager)
        self._costs()
        self._loads()
        if self._instance.timed:
            self._times()
        self._choices()

    def _kinds(self) -> tuple[int, ...]:
        """Return a type for each vehicle; of vehicles without number a third more than loads need."""
        if not self._instance.free_fleet:
            return self._setting.kinds
        loads = max(self._instance.demand.sum(), self._instance.backhaul.sum())
        most = math.ceil(1.35 * loads / self._instance.vehicles[0].capacity) + 5
        return self._setting.kinds[: max(1, most)]

    def _costs(self) -> None:
        everywhere = range(self._instance.locations)
        metres = self._setting.problem.travel.block(_KEY, everywhere, everywhere)[1]
        metres = np.where(metres < 0, FAR, metres)
        made: dict[float, int] = {}
        self.way = self.routing.RegisterTransitMatrix(metres.tolist())
        for k, v in enumerate(self._fleet):
            price = v.cost_per_km / 1000
            if price not in made:
                made[price] = self.way if price == 1 else self.routing.RegisterTransitMatrix(
                    np.minimum(metres * price, FAR * 100).astype(np.int64).tolist()
                )  # fmt: skip
            self.routing.SetArcCostEvaluatorOfVehicle(made[price], k)
            self.routing.SetFixedCostOfVehicle(int(v.fixed_cost), k)

    def _loads(self) -> None:
        instance, room = self._instance, [v.capacity.kg for v in self._fleet]
        loads = {d.node: d.load.kg for d in self._setting.problem.deliveries}
        loads |= {d.source: -d.load.kg for d in self._setting.problem.deliveries if instance.pairs}
        kinds = ("pairs",) if instance.pairs else ("out", "back") if instance.backhaul.any() else ("out",)
        for kind in kinds:
            amounts = [0] * instance.locations
            for c, amount in loads.items():
                back = bool(instance.backhaul[c])
                amounts[c] = -amount if kind == "pairs" else amount if back == (kind == "back") else 0
            at = self.routing.RegisterUnaryTransitVector(amounts)
            self.routing.AddDimensionWithVehicleCapacity(at, 0, room, True, kind)

    def _times(self) -> None:
        places, service = self._setting.problem.places, self._setting.rounding.figures(self._instance.service)
        metres = self._setting.problem.travel.block(_KEY, range(len(places)), range(len(places)))[1]
        way = self.routing.RegisterTransitMatrix((np.where(metres < 0, FAR, metres) + service[:, None]).tolist())
        end = self._setting.problem.horizon_s
        self.routing.AddDimension(way, end, end, False, "time")
        time_at = self.routing.GetDimensionOrDie("time")
        for c in range(self._instance.depots, self._instance.locations):
            time_at.CumulVar(self.manager.NodeToIndex(c)).SetRange(*places[c].windows[0])
        limits = [v.max_duration for v in self._instance.vehicles]
        for k, v in enumerate(self._fleet):
            for index in (self.routing.Start(k), self.routing.End(k)):
                time_at.CumulVar(index).SetRange(*v.shifts[0])
            if math.isfinite(limits[k]):
                limit = int(self._setting.rounding.figures(np.array([limits[k]]))[0])
                time_at.SetSpanUpperBoundForVehicle(limit, k)

    def _choices(self) -> None:
        solver = self.routing.solver()
        for pickup, delivery in self._instance.pairs:
            a, b = self.manager.NodeToIndex(pickup), self.manager.NodeToIndex(delivery)
            self.routing.AddPickupAndDelivery(a, b)
            solver.Add(self.routing.VehicleVar(a) == self.routing.VehicleVar(b))
            time_at = self.routing.GetDimensionOrDie("time")
            solver.Add(time_at.CumulVar(a) <= time_at.CumulVar(b))
        for d in self._setting.problem.deliveries:
            index = self.manager.NodeToIndex(d.node)
            if self._setting.optional(d.delivery_id):
                self.routing.AddDisjunction([index], d.share)
            if not all(v.carries[d.goods] for v in self._fleet):
                may = [k for k, v in enumerate(self._fleet) if v.carries[d.goods]]
                self.routing.VehicleVar(index).SetValues([-1, *may])

    def routes(self, found: pywrapcp.Assignment) -> list[list[int]]:
        """Return a solution as solutions are written."""
        out = []
        for k, _ in enumerate(self._fleet):
            visits, index = [], found.Value(self.routing.NextVar(self.routing.Start(k)))
            while not self.routing.IsEnd(index):
                visits.append(self.manager.IndexToNode(index))
                index = found.Value(self.routing.NextVar(index))
            out.append(visits)
        return out if self._setting.told_apart else [visits for visits in out if visits]
