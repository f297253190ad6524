"""One solver on one instance, in a process of its own: ours, and the rivals each in its own best way.

``python -m benchmarks._solvers NAME FILE ROUNDING SECONDS SEED JOBS`` prints JSON: the routes as solutions name them,
the seconds of getting ready and of the search, and when the first checked plan was there. The clock of the search
starts when the instance is in the solver's own form, and takes in all that comes after.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks._instance_files import vrplib_text
from workbench import engines, instances
from workbench.instances import Setting
from workbench.plan import Plan

if TYPE_CHECKING:
    from pyvrp import ProblemData
    from pyvrp import Solution as Theirs

Routes = list[list[int]]
NO_WAY = 10**12
"""More than any whole solution costs."""
MOST_PYVRP, MOST_ORTOOLS, MOST_VROOM = 10_000, 7_000, 3_500
"""With more clients than this a rival's matrices don't fit the machine, or it finds nothing in any time given here."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a solver answers; no routes when it found none."""

    routes: Routes
    ready_s: float
    search_s: float
    first_s: float | None = None


@dataclass(frozen=True, slots=True)
class Race:
    """What a solver is given."""

    file: Path
    setting: Setting
    seconds: float
    seed: int
    jobs: int


class _First:
    """Notes when the first plan that breaks nothing was there, checked."""

    def __init__(self, setting: Setting) -> None:
        self._setting, self._start = setting, time.monotonic()
        self.seconds: float | None = None

    def improved(self, seconds: float, cost: int, served: tuple[int, ...], unserved: int) -> None:
        """Do nothing."""

    def progress(self, fraction: float, text: str) -> None:
        """Do nothing."""

    def should_stop(self) -> bool:
        """Return False."""
        return False

    def keep(self, plan: Callable[[], Plan]) -> None:
        """Check the first plans until one is sound."""
        if self.seconds is None and not instances.check(self._setting, plan()):
            self.seconds = time.monotonic() - self._start


def ours(race: Race) -> Found:
    """The engines of the workbench as ``workbench solve`` runs them, kernels compiled."""
    engines.prepare()
    start = time.monotonic()
    setting = instances.load(race.file, race.setting.rounding.word)
    ready = time.monotonic()
    first = _First(setting)
    budget = engines.Budget(seconds=race.seconds)
    plan = engines.solve(setting.problem, "auto", budget, seed=race.seed, jobs=race.jobs, monitor=first)
    done = time.monotonic()
    return Found(instances.visits_of(setting, plan), ready - start, done - ready, first.seconds)


def pyvrp(race: Race) -> Found:
    """PyVRP with its defaults, one process; its own reader, given VRPLIB where a file is of another layout."""
    import pyvrp as library

    rule, start = race.setting.rounding, time.monotonic()
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")
        file = race.file
        if file.suffix != ".vrp":
            file = Path(folder) / "instance.vrp"
            file.write_text(vrplib_text(race.setting), encoding="ascii")
        word: object = rule.word
        if rule.word == "real":
            word = lambda values: np.ceil(np.asarray(values) * rule.scale - 1e-6).astype(np.int64)  # noqa: E731
        data = _ending(library.read(file, word))
        ready = time.monotonic()
        result = library.solve(data, lambda _: time.monotonic() - ready >= race.seconds, race.seed, False)
    done = time.monotonic()
    return Found(_pyvrp_routes(data, result.best, race.setting), ready - start, done - ready)


def _ending(data: ProblemData) -> ProblemData:
    """Return the same data, forbidden ways counting less: with what its reader writes some searches never end."""
    ways = [np.minimum(matrix, NO_WAY) for matrix in data.distance_matrices()]
    return data if max(int(way.max()) for way in data.distance_matrices()) <= NO_WAY else data.replace(
        distance_matrices=ways, duration_matrices=ways
    )  # fmt: skip


def _pyvrp_routes(data: ProblemData, best: Theirs, setting: Setting) -> Routes:
    if not best.is_feasible():
        return []
    where = {
        "depot": [d.location for d in data.depots()],
        "client": [c.location for c in data.clients()],
        "pickup": [s.pickup.location for s in data.shipments()],
        "delivery": [s.delivery.location for s in data.shipments()],
    }
    slots = [list(map(int, v.name.split(","))) for v in data.vehicle_types()]
    out: Routes = [[] for _ in setting.kinds] if setting.told_apart else []
    for route in best.routes():
        steps = [next((kind, x.idx) for kind in where if getattr(x, f"is_{kind}")()) for x in route]
        visits = [where[kind][at] for kind, at in steps]
        while visits and visits[0] < setting.instance.depots:
            visits = visits[1:]
        while visits and visits[-1] < setting.instance.depots:
            visits = visits[:-1]
        if setting.told_apart:
            out[slots[route.vehicle_type()].pop(0)] = visits
        elif visits:
            out.append(visits)
    return out


def refusal(name: str, setting: Setting) -> str:
    """Return why a solver can't be given an instance, blank where it can."""
    instance = setting.instance
    limited = any(np.isfinite(v.max_duration) for v in set(instance.vehicles))
    reloads = any(v.reloads for v in set(instance.vehicles)) or bool(instance.release.any())
    most = {"pyvrp": MOST_PYVRP, "ortools": MOST_ORTOOLS, "vroom": MOST_VROOM}.get(name, instance.clients)
    if instance.clients > most:
        return f"too large for it: more than {most:,} clients"
    if name in ("ortools", "vroom") and reloads:
        return "it has no reloads"
    if name == "vroom" and (limited or instance.prize.any() or instance.backhaul.any()):
        return "it limits travel, not time out" if limited else "it has no prizes" if instance.prize.any() else (
            "its pickups come in any order"
        )  # fmt: skip
    return ""


def ortools(race: Race) -> Found:
    """OR-Tools' routing solver: cheapest arcs, then guided local search."""
    from benchmarks._ortools import solve

    return Found(*solve(race.setting, race.seconds))


def vroom(race: Race) -> Found:
    """VROOM at its highest level of search, one thread."""
    from benchmarks._vroom import solve

    return Found(*solve(race.setting, race.seconds))


SOLVERS: dict[str, Callable[[Race], Found]] = {"ours": ours, "pyvrp": pyvrp, "ortools": ortools, "vroom": vroom}
"""Every solver by name."""


def main() -> None:
    """Run one solver and print what it found."""
    name, file, rounding, seconds, seed, jobs = sys.argv[1:]
    shown, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)  # what a rival prints does not belong between our figures
    setting = instances.load(file, rounding)
    found = SOLVERS[name](Race(Path(file), setting, float(seconds), int(seed), int(jobs)))
    with os.fdopen(shown, "w") as out:
        json.dump(asdict(found), out)


if __name__ == "__main__":
    main()
