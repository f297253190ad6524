"""The command ``workbench solve``: a public benchmark instance, by the same engines and the same checker."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from workbench.cli.running import INTERRUPTS, Watch, budget, left, watched
from workbench.cli.terminal import ERR, figure, out, print_json, print_table

if TYPE_CHECKING:
    from workbench.instances import Best, Setting
    from workbench.plan import Plan, Violation


class EngineName(StrEnum):
    """Engines to choose from."""

    auto = "auto"
    pyvrp = "pyvrp"
    ortools = "ortools"
    greedy = "greedy"


class RoundingName(StrEnum):
    """Roundings to choose from."""

    round = "round"
    dimacs = "dimacs"
    exact = "exact"
    real = "real"


class FirstPlan:
    """Passes all on to the progress bar, and notes when the first plan was there and checked."""

    def __init__(self, watch: Watch, check: Callable[[Plan], list[Violation]]) -> None:
        self._watch, self._check = watch, check
        self._start = time.monotonic()
        self.seconds: float | None = None

    def improved(self, seconds: float, cost: int, served: tuple[int, ...], unserved: int) -> None:
        """Show the better plan's figures."""
        self._watch.improved(seconds, cost, served, unserved)

    def progress(self, fraction: float, text: str) -> None:
        """Move the bar."""
        self._watch.progress(fraction, text)

    def should_stop(self) -> bool:
        """Whether Ctrl-C was pressed."""
        return self._watch.should_stop()

    def keep(self, plan: Callable[[], Plan]) -> None:
        """Check the first plan that keeps every rule, and note the seconds since the search began."""
        if self.seconds is None and not self._check(plan()):
            self.seconds = time.monotonic() - self._start


def solve(
    file: Annotated[Path, typer.Argument(help="A benchmark instance: VRPLIB, Solomon or Li & Lim.")],
    rounding: Annotated[RoundingName | None, typer.Option(help="Distances; default as the family publishes.")] = None,
    seconds: Annotated[float | None, typer.Option(help="Wall-clock for the whole command; default 10.")] = None,
    iterations: Annotated[int | None, typer.Option(help="Search iterations instead of seconds.")] = None,
    engine: Annotated[EngineName, typer.Option(help="Engine; auto chooses.")] = EngineName.auto,
    seed: Annotated[int, typer.Option(min=0, help="Same seed and iterations, same solution.")] = 1,
    jobs: Annotated[int | None, typer.Option(min=1, help="Processes; default all cores.")] = None,
    target: Annotated[Path | None, typer.Option("--out", help="File for the solution (.sol).")] = None,
    fewest: Annotated[
        bool | None,
        typer.Option("--fewest-vehicles/--distance-only", help="What counts first; default as the family publishes."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output on stdout, nothing else.")] = False,
) -> None:
    """Solve a public benchmark instance and say how far the solution is from the best known."""
    from workbench import engines, instances
    from workbench.formats import benchmarks

    INTERRUPTS.sentence = "Interrupted before there was a solution; nothing was written."
    asked = budget(seconds, iterations)
    setting = instances.load(file, rounding.value if rounding else None, fewest_vehicles=fewest)
    for finding in setting.instance.warnings:
        ERR.print(f"[yellow]warning[/] {escape(str(finding))}")
    INTERRUPTS.keep()
    with watched(quiet=as_json) as watch:
        first = FirstPlan(watch, lambda plan: instances.check(setting, plan))
        plan = engines.solve(setting.problem, engine.value, left(asked), seed=seed, jobs=jobs, monitor=first)
    violations = instances.check(setting, plan)
    if target is not None:
        benchmarks.write_solution(target, instances.visits_of(setting, plan), setting.shown(plan))
    facts = _facts(setting, plan, violations, instances.best(setting, file), first.seconds)
    _say(setting, facts, violations, target, as_json=as_json)
    raise typer.Exit(1 if violations else 0)


def _facts(
    setting: Setting, plan: Plan, violations: list[Violation], best: Best | None, first_s: float | None
) -> dict[str, Any]:
    """Return what there is to say of a solution."""
    required = sum(not setting.optional(u.delivery_id) for u in plan.unserved)
    whole = not required and not violations
    gap = best.gap_percent(setting, plan) if best is not None and whole else None
    cost = float(setting.shown(plan))
    return {
        "instance": setting.instance.name,
        "family": setting.instance.family,
        "clients": setting.instance.clients,
        "rounding": setting.rounding.word,
        "engine": plan.engine,
        "cost": int(cost) if cost.is_integer() and setting.rounding.word != "real" else cost,
        "best_known": best.cost if best else None,
        "best_known_vehicles": best.vehicles if best else None,
        "gap_percent": None if gap is None else round(gap, 4),
        "routes": len(plan.routes),
        "unserved": len(plan.unserved),
        "unserved_required": required,
        "violations": len(violations),
        "first_plan_s": None if first_s is None else round(first_s, 3),
        "spent": dict(plan.spent),
    }


def _gap(facts: dict[str, Any]) -> str:
    """Return the gap in words; where the fewest vehicles come first, by how many there are more or fewer."""
    if facts["gap_percent"] is not None:
        return f"{facts['gap_percent']:.2f} %"
    more = facts["routes"] - (facts["best_known_vehicles"] or facts["routes"])
    return f"{abs(more)} vehicle(s) {'more' if more > 0 else 'fewer'}" if more else ""


def _say(
    setting: Setting, facts: dict[str, Any], violations: list[Violation], target: Path | None, *, as_json: bool
) -> None:
    """Print the figures of a solution."""
    from workbench import check

    if as_json:
        print_json({**facts, "out": None if target is None else str(target)})
        return
    shown = (lambda cost: f"{cost:,.2f}") if setting.rounding.word == "real" else figure
    best = "not beside the file" if facts["best_known"] is None else shown(facts["best_known"])
    if facts["best_known_vehicles"] is not None:
        best += f" with {facts['best_known_vehicles']} vehicles"
    rows = [
        ("cost", shown(facts["cost"])),
        ("best known", best),
        ("gap", _gap(facts)),
        ("routes", figure(facts["routes"])),
        ("clients left out", figure(facts["unserved"])),
        ("first checked plan after", "" if facts["first_plan_s"] is None else f"{facts['first_plan_s']:.2f} s"),
    ]
    print_table((f"{facts['instance']} ({facts['family']}, {facts['rounding']})", facts["engine"]), rows)
    if facts["unserved_required"]:
        out().print(f"Not a solution: {facts['unserved_required']} clients that must be served are not.")
    out().print(escape(check.verdict(violations)))
    if target is not None:
        out().print(f"The solution is in {escape(str(target))}.")
