"""Rounds: cut the plan into pieces, improve each for a fixed number of iterations, keep what is better.

What a round does follows from its number and the plan alone, never from the clock or the number of
processes. Clock and cancel decide only how many rounds there are: one that is interrupted is thrown away.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from workbench import batch
from workbench.engines._joint import settle
from workbench.engines._pieces import Answer, Piece, Worth, answer_of, cut, join, routes_of, tied, worth
from workbench.engines._plans import Made, plan_of_tours
from workbench.engines._protocol import QUIET, Budget, Clock, Engine, Keeper, Monitor
from workbench.engines._routes import Routes, empty, scratch_for
from workbench.engines._search import construct, search
from workbench.engines._world import DELIVERY, LANE, LEG, NODE, PART, TIE, VEHICLE, WAY, WINDOW, View, World
from workbench.errors import EngineError
from workbench.plan import Plan

TABLES = {
    "delivery": DELIVERY,
    "window": WINDOW,
    "node": NODE,
    "way": WAY,
    "vehicle": VEHICLE,
    "lane": LANE,
    "part": PART,
    "tie": TIE,
}
PIECE = 60
"""Deliveries that a piece aims at."""
PIECES = 8
"""Most pieces that one round works on."""
TWINS = 2
"""Tasks of a round where the whole is a single piece: the same start, other seeds."""
EFFORT = 18_000
"""Iterations of a task times the deliveries of its piece: a task takes some 0.15 s."""
FEWEST, MOST = 60, 1500
HEAT = 0.3
"""First temperature of a task, in mean costs of one delivery; the last is a fiftieth of it."""
COOLING, CYCLE = 0.9, 10
AT_ONCE = 8
"""Deliveries put in between two looks at the monitor."""
TINY, PATIENCE = 12, 12
"""With so few deliveries the search ends after so many rounds without a better plan."""
FEW = 20
"""With fewer deliveries or a smaller budget than this worker processes don't pay."""
SHORT_S, SHORT_ITERATIONS = 2.0, 4000


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """A piece to improve for a fixed number of iterations."""

    world: World
    answer: Answer
    seed: int
    iterations: int
    heat: float


Improve = Callable[[Task], Answer | None]


def ruin_and_recreate(task: Task) -> Answer | None:
    """Return a better answer for a piece, or None when the search found none."""
    world = task.world
    routes = routes_of(world, task.answer)
    before = worth(world, routes)
    rng = np.array([task.seed], np.uint64)
    hot = max(task.heat, 0.05)
    search(world, routes, empty(world), empty(world), scratch_for(world), rng, task.iterations, hot, hot / 50)
    return answer_of(routes) if worth(world, routes) < before else None


@dataclass(eq=False)
class Rounds:
    """The state of one solve: the best answer so far and what was spent on it.

    ``kinds`` are the ways to improve a piece; round r uses number r modulo their count. ``price`` is
    what one iteration of each counts against the iterations of a task.
    """

    engine: Engine
    seen: View
    answer: Answer
    seed: int
    clock: Clock
    executor: batch.Executor
    kinds: tuple[tuple[Improve, int], ...]
    piece: int = PIECE
    best: Worth = field(init=False)
    rounds: int = 0
    iterations: int = 0
    stale: int = 0

    def __post_init__(self) -> None:
        self.best = worth(self.seen.world, routes_of(self.seen.world, self.answer))

    def run(self) -> None:
        """Do rounds until the budget is spent, the monitor stops, or a tiny problem gives no more."""
        n = len(self.seen.deliveries)
        report(self.seen, routes_of(self.seen.world, self.answer), self.clock, self.plan)
        while (
            n
            and len(self.seen.world.lane)
            and not self.clock.over
            and self._left() > 0
            and not (n <= TINY and self.stale >= PATIENCE)
        ):
            if not self._round():
                return

    def plan(self) -> Plan:
        """Return the best answer as a plan."""
        spent = {"rounds": self.rounds, "iterations": self.iterations}
        made = Made(self.engine, self.seed, self.clock.budget, spent)
        settled = settle(self.seen, self.answer)
        return plan_of_tours(self.seen, settled.tours, settled.source, made)

    def _left(self) -> int:
        limit = self.clock.budget.iterations
        return 2**62 if limit is None else limit - self.iterations

    def _round(self) -> bool:
        """Do one round; return False when it was interrupted."""
        improve, price = self.kinds[self.rounds % len(self.kinds)]
        pieces = self._cut()
        tasks = self._tasks(pieces, price)
        found = self._map(improve, tasks)
        if found is None:
            return False
        self.rounds += 1
        self.iterations += sum(task.iterations for task in tasks)
        self._take(pieces, found)
        self._tell()
        return True

    def _cut(self) -> list[Piece]:
        """Return the pieces of this round; where the whole is one piece, it is there `TWINS` times."""
        w, n = self.seen.world, len(self.seen.deliveries)
        count = min(round(n / self.piece), len(self.answer.tours))
        if count < 2:
            return [Piece(w, self.answer, (), np.arange(n), np.arange(len(w.node)))] * TWINS
        turn = float(np.random.default_rng([self.seed, self.rounds]).uniform(0, 2 * np.pi))
        return cut(w, self.answer, count, turn, self.rounds)[:PIECES]

    def _tasks(self, pieces: list[Piece], price: int) -> list[Task]:
        heat = HEAT * self.best[1] / len(self.seen.deliveries) * COOLING ** (self.rounds % CYCLE)
        efforts = [min(MOST, max(FEWEST, EFFORT // max(1, len(p.deliveries)))) // price for p in pieces]
        if sum(efforts) > self._left():  # only then, so that a round that fits is the same under any budget
            most, extra = divmod(self._left(), len(pieces))
            efforts = [min(effort, most + (k < extra)) for k, effort in enumerate(efforts)]
        tasks = []
        for k, (piece, effort) in enumerate(zip(pieces, efforts, strict=True)):
            seed = int(np.random.SeedSequence([self.seed, self.rounds, k]).generate_state(1)[0])
            tasks.append(Task(piece.world, piece.answer, seed, effort, heat))
        return tasks

    def _map(self, improve: Improve, tasks: list[Task]) -> list[Answer | None] | None:
        """Return what each task found, or None when the round was interrupted."""
        runner = self.executor if self.executor.ready else batch.Executor()
        outcomes = runner.map(improve, tasks, cancel=lambda: self.clock.over)
        if any(o.error == batch.CANCELLED for o in outcomes):
            return None
        out: list[Answer | None] = []
        for task, outcome in zip(tasks, outcomes, strict=True):
            done = outcome if outcome.ok else batch.Executor().map(improve, [task])[0]
            if not done.ok:
                raise EngineError(f"A search task failed: {done.error}")
            out.append(done.value)
        return out

    def _take(self, pieces: list[Piece], found: list[Answer | None]) -> None:
        """Take what is better over, if the whole is better with it."""
        w = self.seen.world
        together = [join(w, self.answer, pieces, found)] if pieces[0].tours else [a for a in found if a is not None]
        self.stale += 1
        for answer in [a for a in together if tied(w, a)] if any(found) else ():
            routes = routes_of(w, answer)
            serve_more(w, routes)
            now = worth(w, routes)
            if now < self.best:
                self.answer, self.best, self.stale = answer_of(routes), now, 0
                report(self.seen, routes, self.clock, self.plan)

    def _tell(self) -> None:
        n = len(self.seen.deliveries)
        served = sum(len(v) for v in self.answer.visits(n))
        text = f"Round {self.rounds}: {len(self.answer.tours)} routes, {served} of {n} deliveries served"
        self.clock.monitor.progress(self.clock.fraction(self.iterations), text)


def serve_more(world: World, routes: Routes, monitor: Monitor = QUIET) -> None:
    """Put in what the routes leave out and have room for, most urgent first; cut short when the monitor stops."""
    rng, space = np.zeros(1, np.uint64), scratch_for(world)
    tiers = [-1] if world.weighted else sorted({int(p) for p in world.delivery["priority"][routes.where < 0]})
    for tier in tiers:
        while not monitor.should_stop() and construct(world, routes, space, tier, AT_ONCE, rng):
            pass


def report(seen: View, routes: Routes, clock: Clock, plan: Callable[[], Plan]) -> None:
    """Tell the monitor what the routes serve and cost, and give it the plan if it keeps plans."""
    cost = int(routes.row["cost"][routes.row["length"] > 0].sum())
    left = len(seen.problem.deliveries) - int((routes.where >= 0).sum())
    clock.monitor.improved(clock.elapsed, cost, tuple(int(x) for x in routes.served), left)
    if isinstance(clock.monitor, Keeper):
        clock.monitor.keep(plan)


def workers(n: int, budget: Budget, jobs: int | None) -> batch.Executor:
    """Return worker processes that begin to start, or the inline executor where they don't pay."""
    short = (budget.seconds or 0) < SHORT_S and (budget.iterations or 0) < SHORT_ITERATIONS
    count = jobs if jobs is not None else os.cpu_count() or 1
    if count < 2 or n < FEW or short:
        return batch.Executor()
    executor = batch.Executor("process", count, warm)
    executor.start()
    return executor


def warm() -> None:
    """Load every kernel of the rounds, or compile it where that was never done."""
    world = toy()
    ruin_and_recreate(Task(world, answer_of(empty(world)), 1, 0, 1.0))


def toy() -> World:
    """Return the smallest world there is: nothing to deliver, nothing to deliver it with."""
    tables = {name: np.zeros(0, dtype) for name, dtype in TABLES.items()}
    return World(
        **tables,
        travel=np.zeros((0, 0, 0), LEG),
        pace=np.zeros((0, 0, 0), np.int64),
        exposure=np.zeros((0, 0, 0), np.int64),
        clash=np.zeros(1, np.int64),
        soiled=np.zeros(1, np.int64),
        cleaning_s=0,
        stock=np.zeros(0, np.int64),
        near=np.zeros((0, 0), np.int64),
        place=np.zeros((0, 2)),
        weighted=0,
        uses=0,
        risk=0.0,
        imbalance=0.0,
    )
