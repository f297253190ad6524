"""What leaves the workbench: the completed plan and the files people get."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from workbench import bound, check, explain, kpi
from workbench import plan as plans
from workbench import scenario as scenarios
from workbench.plan import Plan
from workbench.problem import Problem
from workbench.report import briefing, files
from workbench.scenario import Scenario

__all__ = ["complete", "write"]


def complete(problem: Problem, plan: Plan) -> Plan:
    """Return the plan with its verdict, reasons, KPIs and bound.

    A verdict or figure that the plan already carries is replaced: what is shown is always of this plan.
    """
    plan = explain.complete(problem, plan)
    plan = plan.replace(violations=tuple(check.check(problem, plan)))
    return plan.replace(kpis=kpi.as_dict(problem, plan), bound=bound.simple(problem, plan))


def write(problem: Problem, plan: Plan, out: str | Path, scenario: Scenario | None = None) -> Plan:
    """Complete the plan, write its files into the folder ``out`` and return it.

    With a scenario, ``out/inputs`` holds its tables, so that the plan can be checked and explained from the folder
    alone. Files are prepared aside and moved in one by one, ``plan.json`` last: a folder whose ``plan.json`` is new
    is new throughout. The same plan gives the same bytes.
    """
    done = complete(problem, plan)
    target = Path(out)
    target.mkdir(parents=True, exist_ok=True)
    texts = {
        "stops.csv": files.stops_csv(problem, done),
        "unserved.csv": files.unserved_csv(problem, done),
        "kpis.csv": files.kpis_csv(problem, done),
        "routes.geojson": files.routes_text(problem, done),
        "briefing.html": briefing.page(problem, done, scenario),
    }
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=target) as folder:
        aside = Path(folder)
        for name, text in texts.items():
            (aside / name).write_text(text, encoding="utf-8", newline="")
        if scenario is not None:
            scenarios.save(scenario, aside / "inputs")
        _replace_inputs(aside, target)
        for name in texts:
            (aside / name).replace(target / name)
    plans.write(done, target / "plan.json")
    return done


def _replace_inputs(aside: Path, target: Path) -> None:
    """Move new inputs into place. Inputs of an earlier plan go; a folder that is no scenario is not ours to remove."""
    old, new = target / "inputs", aside / "inputs"
    if (old / "scenario.toml").is_file():
        old.replace(aside / "inputs-before")
    elif new.exists() and old.exists():
        shutil.rmtree(new)
        raise FileExistsError(f"{old} is there and holds no scenario; move it away or write to another folder.")
    if new.exists():
        new.replace(old)
