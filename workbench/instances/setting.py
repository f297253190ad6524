"""A benchmark instance as a `Problem`, and what its numbers mean in its file."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import fsum

from workbench.formats.benchmarks import Instance
from workbench.instances.plane import ListedTravel, PlaneTravel
from workbench.instances.rounding import Rounding
from workbench.plan import Plan
from workbench.problem import Problem


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """An instance, how it is rounded, and the problem made of it.

    Places of the problem are the locations of the file, each named by its number in solutions. ``kinds`` holds for
    each vehicle of the file its type in the problem's fleet. ``per_vehicle`` is what one more vehicle counts where the
    fewest are wanted first, else 0.
    """

    instance: Instance
    rounding: Rounding
    problem: Problem
    kinds: tuple[int, ...]
    per_vehicle: int

    @property
    def told_apart(self) -> bool:
        """Whether vehicles differ, so that solutions have a line for each of them."""
        return len(set(self.kinds)) > 1

    def optional(self, delivery_id: str) -> bool:
        """Whether a client may be left out at a price."""
        return bool(self.instance.prize[int(delivery_id.rpartition("-")[2])])

    def forgone(self, plan: Plan) -> int:
        """Return the prizes that a plan does not collect."""
        left = {u.delivery_id for u in plan.unserved if self.optional(u.delivery_id)}
        return sum(d.share for d in self.problem.deliveries if d.delivery_id in left)

    def cost(self, plan: Plan) -> int:
        """Return a plan's cost as published figures have it: distance, and what its family adds."""
        return plan.cost - self.per_vehicle * len(plan.routes) + self.forgone(plan)

    def shown(self, plan: Plan) -> str:
        """Return the cost as solutions state it: in the rounding's whole numbers, or in full precision to 1/100."""
        return f"{self.real(plan):.2f}" if self.rounding.word == "real" else str(self.cost(plan))

    def real(self, plan: Plan) -> float:
        """Return the cost in the file's unit, distances in full precision."""
        travel, at = self.problem.travel, {p.node_id: k for k, p in enumerate(self.problem.places)}
        assert isinstance(travel, PlaneTravel | ListedTravel)
        kinds = {v.vehicle_type: v for v in self.problem.fleet}
        out = [self.forgone(plan) / self.rounding.scale]
        for route in plan.routes:
            kind = kinds[route.vehicle_type]
            stops = [at[route.start_node], *(at[stop.node] for stop in route.stops)]
            out.append((kind.fixed_cost - self.per_vehicle) / self.rounding.scale)
            out += [travel.real(a, b) * kind.cost_per_km / 1000 for a, b in pairwise(stops)]
        return fsum(out)
