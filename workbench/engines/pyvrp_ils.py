"""The main engine: pieces improved again and again by ruin and recreate, and in turn by PyVRP.

A piece goes to PyVRP as shipments from their sources to their nodes, so that several sources, loading
times and reloads are said exactly. What PyVRP can't be told (several windows, goods that may not share,
loads per route) is narrowed to what the present routes do; the common evaluator judges what comes back.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from importlib.metadata import version as distribution_version
from typing import Any, ClassVar

import numpy as np
import pyvrp
from pyvrp import Activity, ActivityType, Client, Depot, Location, ProblemData, Shipment, Solution, VehicleType
from pyvrp.stop import MaxIterations

from workbench.batch import stopping
from workbench.engines._arrays import view
from workbench.engines._pieces import Answer, answer_of, feasible, routes_of, without_idle, worth
from workbench.engines._plans import Tour, loaded_at
from workbench.engines._protocol import EVERYTHING, QUIET, Budget, Clock, Monitor
from workbench.engines._rounds import Rounds, Task, ruin_and_recreate, workers
from workbench.engines._routes import scratch_for
from workbench.engines._schedule import loading, replay
from workbench.engines._times import forward
from workbench.engines._world import Ints, World
from workbench.engines.greedy import first_routes
from workbench.plan import Plan
from workbench.problem import Problem

UNIT = 100_000
"""Units of PyVRP's cost in one of ours: its prices per metre and second are whole numbers."""
PRIZE = 10**12
"""What serving one more is worth to PyVRP; what is served already it must go on serving."""
PLENTY = 10**9
FAR_M, FAR_S = 10**8, 10**7
"""Distance and time that stand for no way."""
DEAR = 8
"""How many of our iterations one of PyVRP's counts against."""


class PyVRP:
    """Greedy start, then rounds over pieces of the plan: three by ruin and recreate, one by PyVRP."""

    name: ClassVar[str] = "pyvrp"
    version: ClassVar[str] = f"1 (PyVRP {distribution_version('pyvrp')})"
    enforces: ClassVar[frozenset[str]] = EVERYTHING

    def solve(
        self, problem: Problem, budget: Budget, *, seed: int = 1, jobs: int | None = None, monitor: Monitor = QUIET
    ) -> Plan:
        """Return the best plan found within the budget."""
        clock = Clock(budget, monitor)
        seen = view(problem)
        n = len(seen.deliveries)
        with workers(n, budget, jobs) as executor:
            routes = first_routes(seen.world, monitor)
            kinds = ((ruin_and_recreate, 1),) * 3 + ((ask_pyvrp, DEAR),)
            rounds = Rounds(self, seen, answer_of(routes), seed, clock, executor, kinds)
            rounds.run()
        return rounds.plan()


def ask_pyvrp(task: Task) -> Answer | None:
    """Return a better answer for a piece from a short run of PyVRP, or None."""
    if not task.answer.tours or task.iterations < 1:
        return None
    model, enough = _Model(task.world, task.answer), MaxIterations(task.iterations)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pyvrp.exceptions.PenaltyBoundWarning)
        found = pyvrp.solve(
            model.data,
            lambda best_cost: stopping() or enough(best_cost),
            seed=task.seed,
            collect_stats=False,
            display=False,
            initial_solution=model.start(),
        ).best
    answer = model.read(found) if found.is_feasible() else None
    if answer is None or not feasible(task.world, answer):
        return None
    before = worth(task.world, routes_of(task.world, task.answer))
    return answer if worth(task.world, routes_of(task.world, answer)) < before else None


@dataclass(frozen=True, slots=True)
class _Kind:
    """Vehicles of a lane that carry only some goods, none of which clash."""

    lane: int
    goods: int


class _Model:
    """A piece as PyVRP sees it, and the way back."""

    def __init__(self, world: World, answer: Answer) -> None:
        self._world, self._answer, self._n = world, answer, len(world.delivery)
        self._dims = [c for c in range(4) if world.delivery["load"][:, c].any()]
        self._goods = [g for g in range(len(world.clash)) if (world.delivery["bit"] >> g & 1).any()]
        self._choices = sorted({int(mask) for mask in world.delivery["allow"]} - {-1})
        self._depots = sorted({int(x) for name in ("depot", "end") for x in world.vehicle[name]})
        self._begins = self._begin_times()
        self._kind_of = [_Kind(t.lane, self._widened(t.lane, self._carried(t))) for t in answer.tours]
        self._counts = self._count_kinds()
        self._kinds = list(self._counts)
        self._shipments: list[int] = []
        self._clients: list[int] = []
        self.data = self._build()

    def _carried(self, tour: Tour) -> int:
        mask = 0
        for x in tour.tokens:
            mask |= int(self._world.delivery["bit"][x]) if x < self._n else 0
        return mask

    def _widened(self, lane: int, mask: int) -> int:
        """Add to a set of goods what the lane's vehicles may carry and what clashes with none in it."""
        w = self._world
        may = int(w.vehicle["carry"][w.lane["vehicle"][lane]])
        for g in self._goods:
            if may >> g & 1 and not any(mask >> h & 1 and int(w.clash[g]) >> h & 1 for h in self._goods):
                mask |= 1 << g
        return mask

    def _count_kinds(self) -> dict[_Kind, int]:
        """Count vehicles per kind; spare ones of a lane are spread over the kinds that it has."""
        counts: dict[_Kind, int] = {}
        for kind in self._kind_of:
            counts[kind] = counts.get(kind, 0) + 1
        for lane, count in enumerate(self._world.lane["count"]):
            kinds = [k for k in counts if k.lane == lane]
            spare = int(count) - sum(counts[k] for k in kinds)
            kinds = kinds or [_Kind(lane, self._widened(lane, 0))]
            for i in range(min(spare, self._n)):
                kind = kinds[i % len(kinds)]
                counts[kind] = counts.get(kind, 0) + 1
        return counts

    def _begin_times(self) -> dict[int, int]:
        """Return when service begins at each served delivery now, which tells its window."""
        w, space, out = self._world, scratch_for(self._world), dict[int, int]()
        for tour in self._answer.tours:
            tok = np.array(tour.tokens, np.int64)
            _, _, start, _, _ = replay(w, tok, len(tok), tour.lane, self._answer.source, space)
            forward(w, w.lane[tour.lane], tok, len(tok), start, space.note)
            out.update(zip(tour.tokens, space.note["begin"].tolist(), strict=False))
        return out

    def _window(self, row: np.void, begin: int | None) -> tuple[int, int] | None:
        """Return the window that holds ``begin``, or else the longest; None if there is none."""
        windows = self._world.window[row["window"] : row["window_end"]]
        for lo, hi in windows:
            if begin is not None and lo <= begin <= hi:
                return int(lo), int(hi)
        widths = windows["hi"] - windows["lo"]
        return None if not len(widths) else (int(windows["lo"][widths.argmax()]), int(windows["hi"][widths.argmax()]))

    def _build(self) -> ProblemData:
        w = self._world
        shipments, clients = [], []
        for d in range(self._n):
            made = self._client(d) if w.delivery["retro"][d] else self._shipment(d)
            if isinstance(made, Client):
                clients.append(made)
                self._clients.append(d)
            elif made is not None:
                shipments.append(made)
                self._shipments.append(d)
        return ProblemData(
            [Location(float(x), float(y)) for x, y in w.place],
            clients,
            [Depot(node) for node in self._depots],
            [self._vehicle(kind, count) for kind, count in self._counts.items()],
            [_matrix(metres, FAR_M) for metres in w.travel["m"]],
            [_matrix(seconds, FAR_S) for seconds in w.travel["s"]],
            [],
            shipments,
        )

    def _amount(self, d: int) -> list[int]:
        one = self._world.delivery[d]
        chosen = [int(one["allow"] == mask) for mask in self._choices]
        return [int(one["load"][c]) for c in self._dims] + [int(one["bit"]) >> g & 1 for g in self._goods] + chosen

    def _client(self, d: int) -> Client | None:
        """Return a retrograde delivery: picked up on the way, aboard until the end."""
        one, served = self._world.delivery[d], d in self._begins
        window = self._window(one, self._begins.get(d))
        if window is None:
            return None
        return Client(
            int(one["node"]),
            pickup=self._amount(d),
            service_duration=int(one["service"]),
            tw_early=window[0],
            tw_late=window[1],
            required=served,
            prize=0 if served else PRIZE,
        )

    def _source(self, d: int) -> int:
        """Return where a delivery is loaded now, or the first place where it may be."""
        here = int(self._answer.source[d])
        return here if d in self._begins else int(self._world.way["source"][self._world.delivery["way"][d]])

    def _shipment(self, d: int) -> Shipment | None:
        one, served = self._world.delivery[d], d in self._begins
        node = self._world.node[self._source(d)]
        hours = self._world.window[node["window"] : node["window_end"]]
        window = self._window(one, self._begins.get(d))
        if window is None or not len(hours):
            return None
        return Shipment(
            self._source(d),
            int(one["node"]),
            max(int(hours["lo"].min()), int(one["ready"])),
            max(int(one["ready"]), min(int(hours["hi"].max()), int(one["load_by"]))),
            loading(self._world.delivery, self._world.way, d, self._source(d)),
            *window,
            int(one["service"]),
            self._amount(d),
            0 if served else PRIZE,
            served,
        )

    def _vehicle(self, kind: _Kind, count: int) -> VehicleType:
        lane = self._world.lane[kind.lane]
        v = self._world.vehicle[lane["vehicle"]]
        room = [min(int(v["capacity"][c]), PLENTY) for c in self._dims]
        return VehicleType(
            count,
            room
            + [PLENTY if kind.goods >> g & 1 else 0 for g in self._goods]
            + [PLENTY if mask & int(v["bit"]) else 0 for mask in self._choices],
            self._depots.index(int(v["depot"])),
            self._depots.index(int(v["end"])),
            fixed_cost=int(v["fixed"]) * UNIT,
            tw_early=int(lane["start"]),
            tw_late=int(lane["end"]),
            max_distance=min(int(v["range"]), FAR_M - 1),
            unit_distance_cost=round(v["km"] * UNIT / 1000),
            unit_duration_cost=round(v["hour"] * UNIT / 3600),
            profile=int(lane["key"]),
        )

    def start(self) -> Solution:
        """Return the present answer as PyVRP's first solution."""
        at = {d: i for i, d in enumerate(self._shipments)}
        back = {d: i for i, d in enumerate(self._clients)}
        routes = []
        for tour, kind in zip(self._answer.tours, self._kind_of, strict=True):
            steps: list[Activity] = []
            for i, x in enumerate(tour.tokens):
                if x in back:
                    steps.append(Activity(ActivityType.CLIENT, back[x]))
                elif x in at:
                    steps.append(Activity(ActivityType.DELIVERY, at[x]))
                else:
                    loaded = loaded_at(self._world, tour, self._answer.source, i)
                    steps += [Activity(ActivityType.PICKUP, at[y]) for y in loaded]
            routes.append(pyvrp.Route(self.data, steps, self._kinds.index(kind)))
        return Solution(self.data, routes)

    def read(self, found: Solution) -> Answer:
        """Return a solution as an answer; pickups in a row at one source are one load stop."""
        source, tours = np.full(self._n, -1, np.int64), []
        for route in found.routes():
            tokens: list[int] = []
            for step in route:
                if step.is_pickup():
                    d = self._shipments[step.idx]
                    source[d] = self._source(d)
                    if not tokens or tokens[-1] != self._n + source[d]:
                        tokens.append(self._n + int(source[d]))
                elif step.is_delivery():
                    tokens.append(self._shipments[step.idx])
                elif step.is_client():
                    tokens.append(self._clients[step.idx])
            lane = self._kinds[route.vehicle_type()].lane
            if tokens:
                tours.append(without_idle(self._world, Tour(lane, tuple(tokens)), source))
        return Answer(tuple(tours), source)


def _matrix(values: Ints, far: int) -> Any:
    out = np.where(values < 0, far, values)
    np.fill_diagonal(out, 0)
    return out
