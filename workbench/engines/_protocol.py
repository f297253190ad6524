"""What callers and engines agree on: budgets, monitors, engines."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import ClassVar, Protocol, runtime_checkable

from workbench.errors import UsageError
from workbench.plan import Plan
from workbench.problem import Problem


@dataclass(frozen=True, slots=True)
class Budget:
    """How much an engine may spend: wall-clock seconds of the whole call, or iterations; one of them.

    Raises
    ------
    UsageError
        When both or neither are given, or the one given is negative or not a number.
    """

    seconds: float | None = None
    iterations: int | None = None

    def __post_init__(self) -> None:
        if (self.seconds is None) == (self.iterations is None):
            raise UsageError("Expected a budget in seconds or in iterations, and not both.")
        amount = self.seconds if self.seconds is not None else self.iterations
        if isinstance(amount, bool) or not isinstance(amount, int | float) or not 0 <= amount < math.inf:
            raise UsageError(f"Expected a budget of 0 or more, got {amount!r}.")
        if self.iterations is not None and not isinstance(self.iterations, int):
            raise UsageError(f"Expected whole iterations, got {self.iterations!r}.")

    def as_dict(self) -> dict[str, float]:
        """Return the budget as ``plan.json`` states it."""
        if self.iterations is not None:
            return {"iterations": self.iterations}
        return {"seconds": self.seconds or 0}


class Monitor(Protocol):
    """Watches a solve and may end it; called from the thread that called `solve`.

    ``served`` holds the served shares per priority, 1 first. ``seconds`` counts from the start of the call.
    """

    def improved(self, seconds: float, cost: int, served: tuple[int, ...], unserved: int) -> None:
        """Take note of a better plan."""

    def progress(self, fraction: float, text: str) -> None:
        """Take note of how much of the budget is spent, and on what."""

    def should_stop(self) -> bool:
        """Whether to return the best plan so far as soon as may be."""


@runtime_checkable
class Keeper(Protocol):
    """A monitor that wants the plans too, so that the best one outlives the process that looks for a better one."""

    def keep(self, plan: Callable[[], Plan]) -> None:
        """Take note of a better plan, which is written when asked for."""


class Quiet:
    """A monitor that watches nothing and never stops."""

    def improved(self, seconds: float, cost: int, served: tuple[int, ...], unserved: int) -> None:
        """Do nothing."""

    def progress(self, fraction: float, text: str) -> None:
        """Do nothing."""

    def should_stop(self) -> bool:
        """Return False."""
        return False


QUIET = Quiet()


class Engine(Protocol):
    """Makes plans. ``enforces`` names the constraints that its plans never break."""

    name: ClassVar[str]
    version: ClassVar[str]
    enforces: ClassVar[frozenset[str]]

    def solve(
        self, problem: Problem, budget: Budget, *, seed: int = 1, jobs: int | None = None, monitor: Monitor = QUIET
    ) -> Plan:
        """Return the best plan found within the budget; every delivery is served or unserved in it."""


EVERYTHING = frozenset(
    {
        "aboard",
        "access",
        "backhaul",
        "capacity",
        "cleaning",
        "compatibility",
        "driving",
        "duration",
        "exposure",
        "fleet",
        "may_carry",
        "payload_range",
        "range",
        "reference",
        "refused",
        "relations",
        "release",
        "resources",
        "rest",
        "served_once",
        "shift",
        "slots",
        "source",
        "stated",
        "stock",
        "trips",
        "unserved_code",
        "vehicle_choice",
        "visits",
        "window",
    }
)
"""What the common route evaluator and the joint schedule enforce, and so every engine whose plans they time."""


class Clock:
    """Time since the start of a call, against its budget. Read between rounds only."""

    def __init__(self, budget: Budget, monitor: Monitor) -> None:
        self.budget = budget
        self.monitor = monitor
        self._start = monotonic()

    @property
    def elapsed(self) -> float:
        """Return seconds since the call began."""
        return monotonic() - self._start

    @property
    def over(self) -> bool:
        """Whether the seconds are spent or the monitor wants to stop."""
        late = self.budget.seconds is not None and self.elapsed >= self.budget.seconds
        return late or self.monitor.should_stop()

    def fraction(self, iterations: int) -> float:
        """Return the share of the budget that is spent."""
        if self.budget.seconds is not None:
            return min(1.0, self.elapsed / max(self.budget.seconds, 1e-9))
        return min(1.0, iterations / max(self.budget.iterations or 0, 1))
