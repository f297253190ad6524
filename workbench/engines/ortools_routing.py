"""OR-Tools routing as an engine: every delivery is a pair, loaded at its source and handed over at its node.

Pairs say reloads, several sources, several windows, trips, range and goods that may not meet without any
detour. The engine works on pieces of the plan in rounds, like the main one. Two things it takes more
narrowly than the rules: retrograde stays aboard until the route ends, and deliveries at one node begin one
after the other. What comes back is timed by the common evaluator.
"""

from __future__ import annotations

from importlib.metadata import version as distribution_version
from itertools import pairwise
from typing import ClassVar

import numpy as np
from ortools.constraint_solver import pywrapcp
from ortools.constraint_solver.routing_enums_pb2 import FirstSolutionStrategy, LocalSearchMetaheuristic

from workbench.batch import stopping
from workbench.engines._arrays import view
from workbench.engines._pieces import Answer, answer_of, feasible, routes_of, without_idle, worth
from workbench.engines._plans import Tour, loaded_at
from workbench.engines._protocol import EVERYTHING, QUIET, Budget, Clock, Monitor
from workbench.engines._rounds import Rounds, Task, workers
from workbench.engines._schedule import loading
from workbench.engines._world import Ints
from workbench.engines.greedy import ROUND, Polish, first_routes
from workbench.plan import Plan
from workbench.problem import Problem

UNIT = 10_000
"""Units of the solver's cost in one of ours."""
NO_WAY_S = 10**7
"""Seconds that stand for no way: more than any shift."""
PLENTY = 10**12
MOST_PRIZE = 2**58
PIECE = 16
"""Deliveries that a piece aims at."""
DEAR = 2
"""How many iterations of ruin and recreate one iteration counts against."""
LOOKS = 400
"""An iteration is so many looks of the solver at its limit, some half a millisecond."""

FUSE_S = 600
"""Seconds after which a task would end in any case; far beyond what its iterations take."""


class ORTools:
    """Greedy start, then rounds of guided local search by OR-Tools over pieces of the plan."""

    name: ClassVar[str] = "ortools"
    version: ClassVar[str] = f"1 (OR-Tools {distribution_version('ortools')})"
    enforces: ClassVar[frozenset[str]] = EVERYTHING

    def solve(
        self, problem: Problem, budget: Budget, *, seed: int = 1, jobs: int | None = None, monitor: Monitor = QUIET
    ) -> Plan:
        """Return the best plan found within the budget; `LOOKS` says what an iteration is."""
        clock = Clock(budget, monitor)
        seen = view(problem)
        with workers(len(seen.deliveries), budget, jobs) as executor:
            routes = first_routes(seen.world, monitor)
            if len(seen.deliveries) and not monitor.should_stop():
                Polish(seen.world, routes).run(ROUND, seed)
            rounds = Rounds(self, seen, answer_of(routes), seed, clock, executor, ((ask_ortools, DEAR),), PIECE)
            rounds.run()
        return rounds.plan()


def ask_ortools(task: Task) -> Answer | None:
    """Return a better answer for a piece from a short run of OR-Tools, or None."""
    if task.iterations < 1 or not task.world.lane["count"].any():
        return None
    answer = _Model(task).best()
    if answer is None or not feasible(task.world, answer):
        return None
    before = worth(task.world, routes_of(task.world, task.answer))
    return answer if worth(task.world, routes_of(task.world, answer)) < before else None


class _Model:
    """A piece as a routing model. Visits are numbered: depots first, then each delivery's, in shuffled order."""

    def __init__(self, task: Task) -> None:
        w = self._world = task.world
        self._answer, self._limit = task.answer, task.iterations
        self._n = len(w.delivery)
        order = np.random.default_rng(task.seed).permutation(self._n)
        self._lanes = [lane for lane, row in enumerate(w.lane) for _ in range(min(int(row["count"]), self._n))]
        depots = sorted({int(self._vehicle(lane)[name]) for name in ("depot", "end") for lane in self._lanes})
        self._place = list(depots)
        self._load_at: dict[int, int] = {}
        self._hand_at: dict[int, int] = {}
        self._number(order)
        ends = [[depots.index(int(self._vehicle(lane)[name])) for lane in self._lanes] for name in ("depot", "end")]
        self._manager = pywrapcp.RoutingIndexManager(len(self._place), len(self._lanes), *ends)
        self._model = pywrapcp.RoutingModel(self._manager)
        self._add_travel()
        self._add_loads()
        self._add_trips()
        self._add_deliveries()
        self._add_clashes()

    def _vehicle(self, lane: int) -> np.void:
        record: np.void = self._world.vehicle[self._world.lane["vehicle"][lane]]
        return record

    def _number(self, order: Ints) -> None:
        """Give every delivery its visits: loading (not for retrograde) and handing over or picking up."""
        for d in order:
            if not self._world.delivery["retro"][d]:
                self._load_at[int(d)] = len(self._place)
                self._place.append(self._source(int(d)))
            self._hand_at[int(d)] = len(self._place)
            self._place.append(int(self._world.delivery["node"][d]))

    def _source(self, d: int) -> int:
        here = int(self._answer.source[d])
        return here if here >= 0 else int(self._world.way["source"][self._world.delivery["way"][d]])

    def _index(self, visit: int) -> int:
        return int(self._manager.NodeToIndex(visit))

    def _add_travel(self) -> None:
        """Add time, distance and cost, one matrix per travel key and per price."""
        w, at = self._world, np.array(self._place)
        work = np.zeros(len(at), np.int64)
        work[list(self._load_at.values())] = [loading(w.delivery, w.way, d, self._source(d)) for d in self._load_at]
        work[list(self._hand_at.values())] = w.delivery["service"][list(self._hand_at)]
        seconds = [np.where(leg["s"] < 0, NO_WAY_S, leg["s"]) for leg in w.travel]
        metres = [np.where(leg["m"] < 0, 0, leg["m"]) for leg in w.travel]
        for table in (*seconds, *metres):
            np.fill_diagonal(table, 0)
        keys = [int(w.lane["key"][lane]) for lane in self._lanes]
        time = [self._transit(s[np.ix_(at, at)] + work[:, None]) for s in seconds]
        way = [self._transit(m[np.ix_(at, at)]) for m in metres]
        horizon = int(w.lane["end"].max())
        model = self._model
        model.AddDimensionWithVehicleTransits([time[k] for k in keys], horizon, horizon, False, "time")
        far = [min(int(self._vehicle(lane)["range"]), PLENTY) for lane in self._lanes]
        model.AddDimensionWithVehicleTransitAndCapacity([way[k] for k in keys], 0, far, True, "way")
        self._price(metres, at)

    def _price(self, metres: list[Ints], at: Ints) -> None:
        w, clock = self._world, self._model.GetDimensionOrDie("time")
        cost = {}
        for number, lane in enumerate(self._lanes):
            v, slot = self._vehicle(lane), w.lane[lane]
            kind = (int(slot["key"]), float(v["km"]))
            if kind not in cost:
                table = metres[kind[0]][np.ix_(at, at)] * (kind[1] * UNIT / 1000)
                cost[kind] = self._transit(np.rint(table).astype(np.int64))
            self._model.SetArcCostEvaluatorOfVehicle(cost[kind], number)
            self._model.SetFixedCostOfVehicle(int(v["fixed"]) * UNIT, number)
            clock.SetSpanCostCoefficientForVehicle(round(float(v["hour"]) * UNIT / 3600), number)
            for index in (self._model.Start(number), self._model.End(number)):
                clock.CumulVar(index).SetRange(int(slot["start"]), int(slot["end"]))
            self._model.AddVariableMinimizedByFinalizer(clock.CumulVar(self._model.End(number)))
            self._model.AddVariableMaximizedByFinalizer(clock.CumulVar(self._model.Start(number)))

    def _transit(self, table: Ints) -> int:
        return int(self._model.RegisterTransitMatrix(table.tolist()))

    def _add_loads(self) -> None:
        w = self._world
        for c in range(4):
            amounts = np.zeros(len(self._place), np.int64)
            for d in range(self._n):
                load = int(w.delivery["load"][d, c])
                amounts[self._hand_at[d]] = load if w.delivery["retro"][d] else -load
                if d in self._load_at:
                    amounts[self._load_at[d]] = load
            if amounts.any():
                room = [min(int(self._vehicle(lane)["capacity"][c]), PLENTY) for lane in self._lanes]
                vector = self._model.RegisterUnaryTransitVector(amounts.tolist())
                self._model.AddDimensionWithVehicleCapacity(vector, 0, room, True, f"load {c}")

    def _add_trips(self) -> None:
        """Count load stops: a loading visit that does not follow one at the same node."""
        trips = [int(self._vehicle(lane)["trips"]) for lane in self._lanes]
        if min(trips, default=PLENTY) >= self._n:
            return
        loading = np.zeros(len(self._place), bool)
        loading[list(self._load_at.values())] = True
        at = np.array(self._place)
        begins = loading[None, :] & ~(loading[:, None] & (at[:, None] == at[None, :]))
        table = self._transit(begins.astype(np.int64))
        self._model.AddDimensionWithVehicleCapacity(table, 0, [min(t, self._n) for t in trips], True, "trips")

    def _add_deliveries(self) -> None:
        """Make every delivery optional at a price, with its windows, its vehicles, and its visits tied together."""
        model, solver, time = self._model, self._model.solver(), self._model.GetDimensionOrDie("time")
        prizes = self._prizes()
        for d, visit in self._hand_at.items():
            one, hand = self._world.delivery[d], self._index(visit)
            may = [k for k, lane in enumerate(self._lanes) if not int(one["bit"]) & ~int(self._vehicle(lane)["carry"])]
            model.AddDisjunction([hand], prizes[d])
            self._open(hand, one)
            model.VehicleVar(hand).SetValues([-1, *may])
            if d not in self._load_at:
                continue
            load = self._index(self._load_at[d])
            model.AddDisjunction([load], 0)
            self._open(load, self._world.node[self._source(d)])
            model.VehicleVar(load).SetValues([-1, *may])
            model.AddPickupAndDelivery(load, hand)
            solver.Add(model.VehicleVar(load) == model.VehicleVar(hand))
            solver.Add(time.CumulVar(load) <= time.CumulVar(hand))

    def _open(self, index: int, row: np.void) -> None:
        """Let service begin at a visit only within the windows of a delivery or node; never visit what has none."""
        begin = self._model.GetDimensionOrDie("time").CumulVar(index)
        rows = self._world.window[row["window"] : row["window_end"]]
        hours = [(int(lo), min(int(hi), begin.Max())) for lo, hi in rows if lo <= begin.Max() and hi >= 0]
        if not hours:
            self._model.ActiveVar(index).SetValue(0)
            return
        begin.SetRange(max(0, hours[0][0]), hours[-1][1])
        for (_, closes), (opens, _) in pairwise(hours):
            if closes + 1 <= opens - 1:
                begin.RemoveInterval(closes + 1, opens - 1)

    def _add_clashes(self) -> None:
        w, model = self._world, self._model
        kinds = {int(b).bit_length() - 1 for b in w.delivery["bit"]}
        pairs = [(a, b) for a in kinds for b in kinds if a <= b and int(w.clash[a]) >> b & 1]
        if not pairs:
            return
        for d in range(self._n):
            kind = int(w.delivery["bit"][d]).bit_length() - 1
            hand = self._index(self._hand_at[d])
            if d in self._load_at:
                model.SetVisitType(self._index(self._load_at[d]), kind, model.TYPE_ADDED_TO_VEHICLE)
                model.SetVisitType(hand, kind, model.ADDED_TYPE_REMOVED_FROM_VEHICLE)
            else:
                model.SetVisitType(hand, kind, model.TYPE_ADDED_TO_VEHICLE)
        for a, b in pairs:
            model.AddTemporalTypeIncompatibility(a, b)

    def _prizes(self) -> list[int]:
        """Return what leaving each delivery out costs: its price, or more than all that is less urgent together."""
        w = self._world
        if w.weighted:
            return [int(p * UNIT) for p in w.delivery["penalty"]]
        base = (int(routes_of(w, self._answer).row["cost"].sum()) + 1) * UNIT * 2
        unit, prize = base, {}
        for tier in sorted({int(p) for p in w.delivery["priority"]}, reverse=True):
            prize[tier] = unit
            unit = min(unit * (1 + int((w.delivery["priority"] == tier).sum())), MOST_PRIZE // max(1, self._n))
        return [
            max(1, prize[int(p)] * int(s) // 10**6)
            for p, s in zip(w.delivery["priority"], w.delivery["share"], strict=True)
        ]

    def best(self) -> Answer | None:
        """Search from the present answer, or from scratch where the model is too narrow for it."""
        parameters = pywrapcp.DefaultRoutingSearchParameters()
        parameters.first_solution_strategy = FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
        parameters.local_search_metaheuristic = LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
        parameters.time_limit.seconds = FUSE_S
        looks = [0]

        def enough() -> bool:
            looks[0] += 1
            return looks[0] > LOOKS * self._limit or stopping()

        self._model.AddSearchMonitor(self._model.solver().CustomLimit(enough))
        self._model.CloseModelWithParameters(parameters)
        start = self._model.ReadAssignmentFromRoutes(self._present(), True)
        if start is None:
            found = self._model.SolveWithParameters(parameters)
        else:
            found = self._model.SolveFromAssignmentWithParameters(start, parameters)
        return None if found is None else self._read(found)

    def _present(self) -> list[list[int]]:
        """Return the present routes as visits per vehicle."""
        free: dict[int, list[int]] = {}
        for number, lane in enumerate(self._lanes):
            free.setdefault(lane, []).append(number)
        out: list[list[int]] = [[] for _ in self._lanes]
        for tour in self._answer.tours:
            visits = out[free[tour.lane].pop(0)]
            for i, x in enumerate(tour.tokens):
                if x < self._n:
                    visits.append(self._index(self._hand_at[x]))
                else:
                    loaded = loaded_at(self._world, tour, self._answer.source, i)
                    visits += [self._index(self._load_at[y]) for y in loaded]
        return out

    def _read(self, found: pywrapcp.Assignment) -> Answer:
        """Return a solution as an answer; loading visits in a row at one source are one load stop."""
        loads = {visit: d for d, visit in self._load_at.items()}
        hands = {visit: d for d, visit in self._hand_at.items()}
        source, tours = np.full(self._n, -1, np.int64), []
        for number, lane in enumerate(self._lanes):
            tokens: list[int] = []
            index = found.Value(self._model.NextVar(self._model.Start(number)))
            while not self._model.IsEnd(index):
                visit = self._manager.IndexToNode(index)
                if visit in loads:
                    d = loads[visit]
                    source[d] = self._source(d)
                    if not tokens or tokens[-1] != self._n + source[d]:
                        tokens.append(self._n + int(source[d]))
                else:
                    tokens.append(hands[visit])
                index = found.Value(self._model.NextVar(index))
            if tokens:
                tours.append(without_idle(self._world, Tour(lane, tuple(tokens)), source))
        return Answer(tuple(tours), source)
