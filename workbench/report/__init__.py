"""What leaves the workbench: the completed plan and the files people get."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd

from workbench import bound, check, explain, kpi
from workbench import plan as plans
from workbench import scenario as scenarios
from workbench.errors import UsageError
from workbench.plan import Plan
from workbench.problem import Problem, imbalance_cost
from workbench.report import briefing, crossings, files
from workbench.report.claims import claims
from workbench.scenario import Scenario

__all__ = ["claims", "complete", "prepare", "write"]


def complete(problem: Problem, plan: Plan, reasons: pd.DataFrame | None = None) -> Plan:
    """Return the plan with its verdict, reasons, KPIs, bound and the bridges of unknown class that it crosses.

    ``reasons`` are those of `explain.unserved` for this plan; they are worked out when not given. A verdict or
    figure that the plan already carries is replaced: what is shown is always of this plan.
    """
    plan = explain.complete(plan, explain.unserved(problem, plan) if reasons is None else reasons)
    if problem.prices.imbalance_per_hour:
        plan = plan.replace(imbalance_cost=imbalance_cost(problem.prices, [r.end_s - r.start_s for r in plan.routes]))
    plan = plan.replace(violations=tuple(check.check(problem, plan)))
    return plan.replace(
        kpis=kpi.as_dict(problem, plan),
        bound=bound.simple(problem, plan),
        unknown_bridges=crossings.unknown_bridges(problem, plan),
    )


def prepare(out: str | Path) -> Path:
    """Make the folder that a plan is to be written into, and return it; what forbids it is said before planning.

    Raises
    ------
    UsageError
        When ``out`` is no folder and can't become one, can't be written into, or holds an ``inputs`` that is no
        scenario: that is not ours to replace.
    """
    target = Path(out)
    old = target / "inputs"
    if old.exists() and not (old / "scenario.toml").is_file():
        raise UsageError(f"{old} is there and holds no scenario; move it away or write to another folder.")
    try:
        target.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".writing-", dir=target):
            return target
    except OSError as error:
        raise UsageError(f"{target} can't be written into: {error.strerror}. Name another folder.") from error


def write(problem: Problem, plan: Plan, out: str | Path, scenario: Scenario | None = None) -> Plan:
    """Complete the plan, write its files into the folder ``out`` and return it.

    With a scenario, ``out/inputs`` holds its tables, so that the plan can be checked and explained from the folder
    alone. Files are prepared aside and moved in one by one, ``plan.json`` last: a folder whose ``plan.json`` is new
    is new throughout. The same plan gives the same bytes.

    Raises
    ------
    UsageError
        When ``out`` can't be written into, as `prepare` says.
    """
    target = prepare(out)
    old = target / "inputs"
    reasons = explain.unserved(problem, plan)
    done = complete(problem, plan, reasons)
    figures = kpi.table(problem, done)
    texts = {
        "stops.csv": files.stops_csv(problem, done),
        "unserved.csv": files.to_csv(reasons),
        "kpis.csv": files.to_csv(figures),
        "routes.geojson": files.routes_text(problem, done),
        "briefing.html": briefing.page(problem, done, reasons, figures, scenario),
    }
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=target) as folder:
        aside = Path(folder)
        for name, text in texts.items():
            (aside / name).write_text(text, encoding="utf-8", newline="")
        if scenario is not None:
            scenarios.save(scenario, aside / "inputs")
        if old.exists():
            old.replace(aside / "inputs-before")
        if scenario is not None:
            (aside / "inputs").replace(old)
        for name in texts:
            (aside / name).replace(target / name)
    plans.write(done, target / "plan.json")
    return done
