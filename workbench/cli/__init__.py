"""The ``workbench`` command: the same doors as the Python functions, for the shell.

Exit codes: 0 good, 1 the input or the plan has faults (all printed), 2 wrong usage, 130 ended by Ctrl-C.
"""

from __future__ import annotations

import gc
import importlib.metadata
import json
import os
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from workbench.cli.importing import imports
from workbench.cli.running import INTERRUPTS, budget, left, watched
from workbench.cli.solving import EngineName, solve
from workbench.cli.terminal import ERR, figure, out, print_findings, print_json, print_table
from workbench.errors import Finding, InputError, UsageError, WorkbenchError

if TYPE_CHECKING:
    from workbench.plan import Plan
    from workbench.problem import Problem
    from workbench.scenario import Scenario

INTERRUPTED = 130
"""Exit code of a command that Ctrl-C ended, as shells know it."""

app = typer.Typer(
    help="Plans the last mile of military supply, offline, and shows why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(imports, name="import")
app.command()(solve)


class Size(StrEnum):
    """Sizes of a made-up scenario."""

    company = "company"
    brigade = "brigade"
    division = "division"


JsonFlag = Annotated[bool, typer.Option("--json", help="Machine-readable output on stdout, and nothing else there.")]
PlanFile = Annotated[Path, typer.Argument(help="A plan.json.")]
ScenarioOption = Annotated[
    Path | None, typer.Option("--scenario", help="Scenario folder; default the inputs/ beside the plan.")
]


_UNDONE = {"import": "nothing was imported, and no file was changed", "plan": "nothing was planned"}
"""What did not come about when a command's input had faults."""
_DETAILS = ("quantity_fill_class_", "vehicles_used_", "utilisation_", "served_priority_", "unserved_priority_")
"""KPIs that kpis.csv and the briefing list and the table on the terminal leaves out."""


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(help="Folder to make; must be new or empty.")],
    size: Annotated[Size, typer.Option(help="About 15, 120 or 600 deliveries.")] = Size.brigade,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same files.")] = 1,
    blank: Annotated[bool, typer.Option("--blank", help="Blank templates instead of made-up data.")] = False,
) -> None:
    """Make a complete made-up scenario folder, or blank templates of one."""
    from workbench import generate, scenario

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} exists and is not an empty folder. Name a new one: nothing is ever overwritten.")
    INTERRUPTS.sentence = f"Interrupted: {folder} is not complete. Delete it before you try again."
    if blank:
        scenario.blank(folder)
        ERR.print(
            f"Blank templates are in {escape(str(folder))}. Fill them, then: workbench validate {escape(str(folder))}"
        )
        return
    with ERR.status(f"Making a {size.value} scenario from seed {seed} …"):
        generate.new(folder, size=size.value, seed=seed)
    ERR.print(f"The scenario is in {escape(str(folder))}. Next: workbench plan {escape(str(folder))}")


@app.command()
def validate(
    path: Annotated[Path, typer.Argument(help="A scenario folder or scenario.xlsx.")],
    as_json: JsonFlag = False,
) -> None:
    """List everything wrong with a scenario, each with its place and what to do."""
    from workbench import scenario

    findings = scenario.validate(path)
    errors = sum(f.level == "error" for f in findings)
    if as_json:
        print_json([f.as_dict() for f in findings])
    elif findings:
        print_findings(findings)
    if not as_json:
        out().print(f"{errors} error(s), {len(findings) - errors} warning(s) in {escape(str(path))}.")
    raise typer.Exit(1 if errors else 0)


@app.command()
def plan(
    path: Annotated[Path, typer.Argument(help="A scenario folder or scenario.xlsx.")],
    coa: Annotated[str, typer.Option(help="Course of action.")] = "baseline",
    engine: Annotated[EngineName, typer.Option(help="Engine; auto chooses.")] = EngineName.auto,
    seconds: Annotated[float | None, typer.Option(help="Wall-clock for the whole command; default 10.")] = None,
    iterations: Annotated[int | None, typer.Option(help="Search iterations instead of seconds.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Same seed and iterations, same plan.")] = 1,
    jobs: Annotated[int | None, typer.Option(min=1, help="Processes; default all cores.")] = None,
    folder: Annotated[Path, typer.Option("--out", help="Folder for the plan's files.")] = Path("out"),
    as_json: JsonFlag = False,
) -> None:
    """Plan a scenario: routes, unserved with reasons, KPIs, map and briefing page."""
    from workbench import engines, problem, report, scenario

    INTERRUPTS.sentence = "Interrupted before there was a plan; nothing was written."
    asked = budget(seconds, iterations)
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"--out {folder} is a file, and a folder is needed.")
    sc = scenario.load(path)
    _say_warnings(sc.warnings)
    if coa not in _coa_names(sc):
        raise UsageError(f"No course of action {coa!r} in {path}; there are: {', '.join(_coa_names(sc))}.")
    prob = problem.build(sc, coa=coa)
    INTERRUPTS.keep()
    report.prepare(folder)
    with watched(quiet=as_json) as monitor:
        found = engines.solve(prob, engine=engine.value, budget=left(asked), seed=seed, jobs=jobs, monitor=monitor)
    done = report.write(prob, found.replace(budget=asked.as_dict()), folder, scenario=sc)
    _say_plan(done, folder, as_json=as_json)
    raise typer.Exit(1 if done.violations else 0)


@app.command()
def check(path: PlanFile, folder: ScenarioOption = None, as_json: JsonFlag = False) -> None:
    """Replay a plan from its inputs and print every violation, wrong claims of the file among them."""
    from workbench import check as checker
    from workbench import report

    found, prob = _plan_and_problem(path, folder)
    violations = checker.check(prob, found)
    violations += report.claims(prob, found, violations)
    if as_json:
        print_json(
            [
                {
                    "code": v.code,
                    "route_id": v.route_id,
                    "node": v.node,
                    "amount": v.amount,
                    "unit": v.unit,
                    "text": v.text,
                }
                for v in violations
            ]
        )
    else:
        if violations:
            rows = [(v.code, v.route_id, v.node, f"{v.amount:g}", v.unit, v.text) for v in violations]
            print_table(("constraint", "route", "node", "amount", "unit", "what"), rows, right=("amount",))
        out().print(escape(checker.verdict(violations)))
    raise typer.Exit(1 if violations else 0)


@app.command()
def explain(
    path: PlanFile,
    requisition: Annotated[str | None, typer.Option(help="Only this requisition.")] = None,
    folder: ScenarioOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Say why deliveries are unserved, with remedies that were tried."""
    from workbench import explain as explainer

    found, prob = _plan_and_problem(path, folder)
    known = {d.requisition_id for d in prob.deliveries}
    if requisition is not None and requisition not in known:
        raise WorkbenchError(f"The plan has no requisition {requisition!r}.")
    rows = explainer.unserved(prob, found)
    if requisition is not None:
        rows = rows[rows["requisition"] == requisition]
    if as_json:
        print_json(json.loads(rows.to_json(orient="records")))
    elif rows.empty:
        out().print("Everything is served." if requisition is None else f"{escape(requisition)} is served.")
    else:
        print_table(list(rows.columns), [list(r) for r in rows.itertuples(index=False)])


def _coa_names(sc: Scenario) -> list[str]:
    return sorted({"baseline", *sc.coas})


def _say_warnings(warnings: Sequence[Finding]) -> None:
    """Say each warning, and in one line that figures are not stated: that is in every plan's assumptions."""
    for finding in (f for f in warnings if f.code != "NO_DATA"):
        ERR.print(f"[yellow]warning[/] {escape(str(finding))}")
    if blank := [f.column for f in warnings if f.code == "NO_DATA"]:
        said = f"edges.csv leaves open, for some roads: {', '.join(blank)}. The briefing says what is taken instead."
        ERR.print(f"[yellow]warning[/] {escape(said)}")


def _say_plan(done: Plan, folder: Path, *, as_json: bool) -> None:
    from workbench import check as checker

    if as_json:
        print_json(
            {
                "scenario": done.scenario,
                "coa": done.coa,
                "engine": done.engine,
                "out": str(folder),
                "violations": len(done.violations or ()),
                "unserved": len(done.unserved),
                "cost": done.cost,
                "unknown_bridges": [c.edge_id for c in done.unknown_bridges or ()],
                "spent": dict(done.spent),
                "kpis": {k: dict(v) for k, v in done.kpis.items()},
            }
        )
        return
    rows = [(k, figure(v["value"]), v["unit"]) for k, v in done.kpis.items() if not k.startswith(_DETAILS)]
    print_table(("KPI", "value", "unit"), rows, right=("value",))
    if done.unserved:
        rows = [(u.delivery_id, u.code, u.reason) for u in done.unserved]
        print_table(("unserved", "code", "reason"), rows)
    if done.unknown_bridges:
        names = ", ".join(c.edge_id for c in done.unknown_bridges)
        out().print(escape(f"Bridges of unknown load class on the way ({names}): the briefing says how each is taken."))
    if done.unenforced:
        out().print(f"Not enforced by {done.engine}, only checked: {', '.join(done.unenforced)}.")
    out().print(escape(checker.verdict(list(done.violations or ()))))
    page = escape(str(folder / "briefing.html"))
    out().print(f"The plan and its briefing are in {escape(str(folder))}/ (open {page}).")


def _plan_and_problem(path: Path, folder: Path | None) -> tuple[Plan, Problem]:
    """Read a plan and build its problem from the inputs beside it, refusing other inputs."""
    from workbench import plan as plans
    from workbench import problem, scenario

    found = plans.read(path)
    inputs = folder or path.parent / "inputs"
    if not inputs.exists():
        raise WorkbenchError(f"No inputs at {inputs}. Name the scenario the plan was made from with --scenario DIR.")
    sc = scenario.load(inputs)
    if found.coa not in _coa_names(sc):
        raise WorkbenchError(f"The plan follows course of action {found.coa!r}, which {inputs} does not have.")
    prob = problem.build(sc, coa=found.coa)
    if prob.inputs_sha256 != found.inputs_sha256:
        raise WorkbenchError(
            f"The plan was made from other inputs: it states {found.inputs_sha256[:12]}…, {inputs} has "
            f"{prob.inputs_sha256[:12]}…. Name the right scenario with --scenario DIR, or plan again."
        )
    return found, prob


def _load_commands() -> None:
    """Add the commands that other installed packages offer (entry-point group ``workbench.commands``)."""
    for entry in sorted(importlib.metadata.entry_points(group="workbench.commands"), key=lambda e: e.name):
        entry.load()(app)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; never returns and never shows a traceback unless ``--debug`` stands in it."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words or bool(os.environ.get("WORKBENCH_DEBUG"))
    INTERRUPTS.catch()
    try:
        code = _run([w for w in words if w != "--debug"], debug=debug)
    except KeyboardInterrupt:
        code = INTERRUPTED
    ended, INTERRUPTS.keeping = INTERRUPTS.ended, True  # from here on there is only the end to be disturbed
    if ended:
        ERR.print(f"\n{escape(INTERRUPTS.sentence)}")
    gc.freeze()  # else the interpreter goes through every object once more before it ends: 0.3 s
    sys.exit(INTERRUPTED if ended else code)


def _run(words: list[str], *, debug: bool) -> int:
    """Run a command and return its exit code; what went wrong is said unless Ctrl-C has ended it."""
    try:
        _load_commands()
        app(args=words, prog_name="workbench", standalone_mode=True)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except Exception as error:
        if INTERRUPTS.ended:
            return INTERRUPTED
        if debug:
            ERR.print_exception()
        return _say(error, words)
    return 0


def _say(error: Exception, words: Sequence[str]) -> int:
    """Say what went wrong and return the exit code."""
    if isinstance(error, InputError):
        if "--json" in words:
            print_json([f.as_dict() for f in error.findings])
        else:
            print_findings(error.findings)
            errors = sum(f.level == "error" for f in error.findings)
            ERR.print(f"{errors} error(s): {_UNDONE.get(words[0], 'nothing was done')}.")
    elif isinstance(error, UsageError):
        ERR.print(f"[bold]Usage:[/] {escape(str(error))}")
        return 2
    elif isinstance(error, WorkbenchError | OSError):
        ERR.print(escape(str(error)))
    else:
        fault = f"An unexpected fault in the workbench itself: {escape(repr(error))}."
        ERR.print(f"{fault} Run again with --debug to see where.")
    return 1
