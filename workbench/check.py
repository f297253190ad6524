"""Replays any plan and says what it breaks. The checker is the truth about plans; it shares no code with engines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from workbench.constraints import CONSTRAINTS, Replay
from workbench.plan import Plan, Violation
from workbench.problem import Problem


def check(problem: Problem, plan: Plan) -> list[Violation]:
    """Return every violation of a plan, in the order of the constraints and then of the plan.

    The plan may come from anywhere and say anything: it is replayed from ``problem.travel.leg`` and the
    problem's tables alone. An empty list means the plan is feasible. Times in sentences are date-time
    groups; ``amount`` is in ``unit``, times in minutes. One fault gives one violation where possible;
    of a route's times only the first that does not follow is listed.
    """
    replay = Replay(problem, plan)
    return [violation for c in CONSTRAINTS.values() for violation in c.rule(replay)]


def verdict(violations: Sequence[Violation]) -> str:
    """Return one sentence: feasible, or how many violations of which constraints."""
    if not violations:
        return "Feasible: the plan keeps every constraint."
    counts = Counter(v.code for v in violations)
    listed = ", ".join(f"{n} × {CONSTRAINTS[code].title.lower() if code in CONSTRAINTS else code}"
                       for code, n in counts.items())  # fmt: skip
    noun = "violation" if len(violations) == 1 else "violations"
    return f"Not feasible: {len(violations)} {noun} ({listed}). First: {violations[0].text}"
