"""How far a plan is from the best known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from workbench.formats import benchmarks
from workbench.instances.routes import plan_of
from workbench.instances.rules import check
from workbench.instances.setting import Setting
from workbench.plan import Plan


@dataclass(frozen=True, slots=True)
class Best:
    """The best known cost, as `Setting.shown` has it, and its vehicles where the fewest come first."""

    cost: float
    vehicles: int | None = None

    def gap_percent(self, setting: Setting, plan: Plan) -> float | None:
        """Return by how many percent a plan costs more; None where it can't be compared: another number of vehicles."""
        if self.vehicles is not None and self.vehicles != len(plan.routes):
            return None
        return 100 * (float(setting.shown(plan)) / self.cost - 1)


def best(setting: Setting, path: str | Path) -> Best | None:
    """Return the best known cost that lies beside an instance's file, for this rounding and objective.

    The list of the folder is asked first, then a solution of the same name, which is costed anew and must be sound.
    """
    listed = benchmarks.known(path)
    if listed is not None and listed.rounding == setting.rounding.word:
        first = listed.vehicles is not None
        return Best(listed.cost, listed.vehicles) if first == bool(setting.per_vehicle) else None
    solution = benchmarks.solution_beside(path)
    if solution is None or setting.per_vehicle:
        return None
    plan = plan_of(setting, benchmarks.Solution(solution.routes))
    return Best(float(setting.shown(plan))) if not check(setting, plan) else None
