"""The one observable state of a page: what is open, what is chosen, what is running."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import traitlets as t

import workbench as wb
from widgets import discover
from widgets._base import sentence, settle
from widgets._told import made_from, same, touches
from workbench.errors import InputError, PlanFileError, UsageError, WorkbenchError
from workbench.jobs import Job, Progress
from workbench.scenario import BASELINE, CourseOfAction, Scenario, rows

_ENDED = {"done": "Done", "cancelled": "Cancelled: the best plan so far"}
UNSAVED = "unsaved"
"""Name of the course of action that holds edits until they are saved under a name of their own."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What every view points at: a route, a stop of it (``seq``, from 1; -1 none), a node, a delivery."""

    route_id: str = ""
    seq: int = -1
    node: str = ""
    delivery_id: str = ""


class Session(t.HasTraits):
    """State that widgets draw and wishes change. ``revision`` counts changes of anything but selection and job.

    A session never writes over a scenario: edits live in the course of action `UNSAVED` until
    `save_as_coa` or `save_as_scenario` gives them a place. ``message`` is the last thing people
    should know, ``findings`` what was wrong with the folder that didn't open.
    """

    scenarios = t.Tuple()
    plans = t.Tuple()
    scenario = t.Any(None)
    coa = t.Unicode(BASELINE)
    problem = t.Any(None)
    plan = t.Any(None)
    plan_path = t.Any(None)
    violations = t.Tuple()
    findings = t.Tuple()
    selection = t.Any(Selection())
    job = t.Any(None)
    progress = t.Any(None)
    marking = t.Unicode("")
    message = t.Unicode("")
    revision = t.Int(0)

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self._arrivals: tuple[Any, ...] | None = None
        self._reasons: pd.DataFrame | None = None
        self._before: tuple[Any, Any] = (None, None)
        self._ground: tuple[tuple[Any, ...], Any] | None = None

    def __repr__(self) -> str:
        return f"Session({self.scenario.name if self.scenario else 'nothing open'}, {self.coa})"

    @classmethod
    def open(cls, path: str | Path | None = None, coa: str | None = None, plan: str | Path | None = None) -> Session:
        """Open a scenario folder, else the one of ``WORKBENCH_SCENARIO``, else the sample; with a plan if there is one.

        Never raises on bad input: what is wrong stands in ``message`` and ``findings``, so that a page always opens.
        """
        if path is None and coa is None and plan is None and _ahead:
            seen, made = _ahead.pop()
            if seen == discover.signature():
                return made
        session = cls()
        session.scenarios = discover.scenario_folders()
        chosen = Path(path).resolve() if path else next(iter(session.scenarios), None)
        if chosen is None:
            session.message = "No scenario was found. Make one with: workbench new DIR"
            return session
        if chosen not in session.scenarios:
            session.scenarios = (chosen, *session.scenarios)
        session.load(chosen, coa=coa, plan=plan)
        settle()
        return session

    def load(self, path: str | Path, coa: str | None = None, plan: str | Path | None = None) -> None:
        """Open a scenario folder, a course of action, and a plan: the given one, else the first of the out folder."""
        self._clear()
        try:
            self.scenario = wb.scenario.load(path)
            self.marking = self.scenario.marking
            self._adopt(self.scenario, coa or BASELINE)
            self.plans = discover.plan_files(self.scenario.name)
            fitting = [p.path for p in self.plans if coa in (None, p.coa)]
            if plan or fitting:
                self.open_plan(plan or fitting[0])
        except InputError as error:
            self.findings, self.marking = error.findings, discover.marking(Path(path))
            self.message = f"{Path(path).name} did not open: {len(error.findings)} finding(s), listed below."
        except (WorkbenchError, OSError) as error:
            self.message = sentence(error)
        self._changed()

    def choose_coa(self, name: str) -> None:
        """Go to another course of action of the scenario, and to a plan made for it if there is one."""
        self._adopt(self._open_scenario(), name)
        self._forget_plan()
        fitting = [p.path for p in self.plans if p.coa == name]
        if fitting:
            self.open_plan(fitting[0])
        self._changed()

    def open_plan(self, path: str | Path) -> None:
        """Show a plan. One made from other inputs is shown with the inputs kept beside it, and that is said.

        Raises
        ------
        PlanFileError
            When the file is no plan, or was made from inputs that are not there any more.
        """
        path = Path(path).resolve()
        plan = wb.plan.read(path)
        self.message = ""
        scenario = self._open_scenario()
        if not made_from(plan, scenario):
            beside = path.parent / "inputs"
            kept = wb.scenario.load(beside) if beside.is_dir() else None
            if kept is None or not made_from(plan, kept):
                raise PlanFileError(f"{path} was made from other inputs than {scenario.name} now holds; plan again.")
            scenario = kept.replace(path=scenario.path)
            self.message = (
                "This plan was made before the scenario's tables changed; it is shown with the tables it was made from."
            )
        self._adopt(scenario, plan.coa)
        self.plan, self.plan_path = plan, path
        self._judge()
        self._changed()

    def edit(self, **differences: Any) -> None:
        """Lay fields of `CourseOfAction` over what is shown, as the course of action `UNSAVED`.

        The plan stays and is checked again, so that what the change breaks is seen at once.
        """
        scenario, working = self._open_scenario(), self._working()
        if self.unsaved is None:
            self._before = (self.plan, self.plan_path)
        self._adopt(wb.scenario.with_coa(scenario, replace(working, **differences)), UNSAVED)
        if self.plan is not None:
            self.plan, self.plan_path = self.plan.replace(coa=UNSAVED, inputs_sha256=self.problem.inputs_sha256), None
        self._judge()
        self._changed()

    def edit_table(self, name: str, frame: pd.DataFrame, columns: Sequence[str] = (), partial: bool = False) -> None:
        """Make a table read as ``frame`` (see `workbench.scenario.rows.changes`), as part of the edits."""
        working = self._working()
        base = self.base
        others = tuple(c for c in working.changes if c.table != name or not touches(c, columns))
        made = rows.changes(base, name, frame, columns=columns, partial=partial)
        if (*others, *made) != working.changes:
            self.edit(changes=(*others, *made))

    @property
    def base(self) -> Scenario:
        """What the edits start from: the scenario with the course of action under them."""
        scenario = self._open_scenario()
        return wb.scenario.apply(scenario, (self.unsaved.base or BASELINE) if self.unsaved else self.coa)

    @property
    def shown(self) -> Scenario:
        """The scenario with the course of action that is shown laid over it."""
        return wb.scenario.apply(self._open_scenario(), self.coa)

    def _working(self) -> CourseOfAction:
        if self.unsaved is not None:
            return self.unsaved
        return wb.scenario.derive(self._open_scenario(), UNSAVED, base="" if self.coa == BASELINE else self.coa)

    @property
    def unsaved(self) -> CourseOfAction | None:
        """The edits that have no name yet, None when there are none."""
        return self.scenario.coas[UNSAVED] if self.scenario is not None and self.coa == UNSAVED else None

    def discard(self) -> None:
        """Forget the edits and go back to where they started, and to the plan that was shown then."""
        if self.unsaved is None:
            return
        scenario, start = self._open_scenario(), self.unsaved.base or BASELINE
        rest = {key: value for key, value in scenario.coas.items() if key != UNSAVED}
        self._adopt(scenario.replace(coas=rest), start)
        self._forget_plan()
        self.plan, self.plan_path = self._before
        self._judge()
        self._changed()

    def save_as_coa(self, name: str, description: str = "", overwrite: bool = False) -> Path:
        """Keep the edits as ``coas/NAME.toml`` of the scenario; an existing one is refused unless asked."""
        if self.unsaved is None:
            raise UsageError("There are no edits to save.")
        if name.strip() in ("", BASELINE, UNSAVED):
            raise UsageError(f"Give the course of action a name of its own, not {name.strip() or 'an empty one'!r}.")
        coa = replace(self.unsaved, name=name.strip(), description=description)
        scenario = self._open_scenario()
        path = wb.scenario.save_coa(scenario, coa, overwrite=overwrite)
        rest = {key: value for key, value in scenario.coas.items() if key != UNSAVED}
        self._adopt(wb.scenario.with_coa(scenario.replace(coas=rest), coa), coa.name)
        if self.plan is not None and self.plan.inputs_sha256 != self.problem.inputs_sha256 and self.plan.coa == UNSAVED:
            self.plan = self.plan.replace(coa=coa.name, inputs_sha256=self.problem.inputs_sha256)
        self.message = f"Saved as course of action {coa.name}."
        self._changed()
        return path

    def save_as_scenario(self, folder: str | Path) -> Path:
        """Keep what is shown as a complete new scenario folder, named like it; an existing one is refused.

        A course of action that is shown becomes part of its tables. Then the folder starts without courses
        of action: those of the old one were differences from other tables.
        """
        kept = self.scenario.coas if self.coa == BASELINE else {}
        path = wb.scenario.save(self.shown.replace(name=Path(folder).name, coas=kept), folder)
        self.scenarios = tuple(dict.fromkeys((*self.scenarios, path.resolve())))
        self.message = f"Saved as a new scenario in {path}."
        self._changed()
        return path

    def save_plan(self, name: str = "") -> Path:
        """Write the plan and its files into a folder of the out folder; an existing one is refused."""
        if self.plan is None:
            raise UsageError("There is no plan to keep yet.")
        out = discover.out_folder() / (name.strip() or f"{self.coa}-{self.plan.engine}-{self.plan.seed}")
        if (out / "plan.json").exists():
            raise UsageError(f"{out} holds a plan already. Give another name.")
        self.plan = wb.report.write(self.problem, self.plan, out, self.scenario)
        self.plan_path = (out / "plan.json").resolve()
        self.plans = discover.plan_files(self.scenario.name)
        self.message = f"Plan kept in {out}."
        self._changed()
        return out

    def solve(
        self,
        engine: str = "auto",
        seconds: float | None = None,
        iterations: int | None = None,
        seed: int = 1,
        jobs: int | None = None,
    ) -> Job:
        """Plan what is shown in a child process; the plan appears when it is done. One job at a time."""
        if self.job is not None and self.job.state == "running":
            raise UsageError("A solve is running. Cancel it or let it end first.")
        if self.problem is None:
            raise UsageError("Nothing is open that could be planned.")
        budget = wb.Budget(seconds=seconds, iterations=iterations)
        self.job, self.progress = None, Progress(text="Starting")
        self.job = wb.jobs.start(
            self.problem,
            engine=engine,
            budget=budget,
            seed=seed,
            jobs=jobs,
            on_progress=lambda progress: self.set_trait("progress", progress),
            on_done=self._ended,
        )
        return self.job

    @property
    def judged(self) -> Any:
        """The plan with the verdict of the check against the problem as it now is; None without a plan."""
        return self.plan.replace(violations=self.violations) if self.plan is not None else None

    @property
    def arrivals(self) -> tuple[Any, ...]:
        """Every delivery with its fate in the plan; empty without one."""
        if self.plan is None:
            return ()
        if self._arrivals is None:
            self._arrivals = wb.report.facts.arrivals(self.problem, self.plan, self.scenario.tables["units"])
        return self._arrivals

    @property
    def reasons(self) -> pd.DataFrame:
        """Why deliveries are unserved, with tried remedies (`explain.unserved`)."""
        if self._reasons is None:
            self._reasons = wb.explain.unserved(self.problem, self.plan)
        return self._reasons

    @property
    def ground(self) -> Any:
        """What is drawn under the plan (`layers.ground`), as the shown course of action leaves it."""
        shown = self.shown
        parts = (shown.path, shown.threats, *(shown.tables[n] for n in ("nodes", "edges", "closures", "units")))
        if self._ground is None or not all(map(same, self._ground[0], parts)):
            self._ground = (parts, wb.layers.ground(self.scenario, self.coa))
        return self._ground[1]

    def cancel(self) -> None:
        """Ask the running solve for its best plan so far."""
        if self.job is not None:
            self.job.cancel()

    def select(self, route_id: str = "", seq: int = -1, node: str = "", delivery_id: str = "") -> None:
        """Point every view at a route, a stop, a node or a delivery; nothing given: at nothing."""
        if delivery_id and self.plan is not None:
            for route in self.plan.routes:
                for n, stop in enumerate(route.stops, 1):
                    if stop.kind in ("deliver", "pickup") and delivery_id in stop.deliveries:
                        route_id, seq, node = route.route_id, n, stop.node
        elif route_id and seq > 0 and self.plan is not None:
            stops = next((r.stops for r in self.plan.routes if r.route_id == route_id), ())
            node = stops[seq - 1].node if seq <= len(stops) else node
        self.selection = Selection(route_id, seq, node, delivery_id)

    def _ended(self, job: Job) -> None:
        if job.plan is not None:
            self._take(job.plan)
        if job.error:
            shown = "The plan shown is the one from before." if job.plan is None and self.plan is not None else ""
            self.message = " ".join(filter(None, (job.error, self.message if job.plan else "", shown)))
        self.progress = replace(job.progress, text=_ENDED.get(job.state, "Failed"))
        self.notify_change(t.Bunch(name="job", old=job, new=job, owner=self, type="change"))
        self._changed(job.reasons if self.plan is job.plan else None)

    def _take(self, plan: wb.Plan) -> None:
        """Show a plan that a job brought, unless the page has gone to another scenario meanwhile."""
        if self.scenario is None or plan.scenario != self.scenario.name:
            self.message = f"The plan for {plan.scenario} came after that scenario was left, and was not kept."
            return
        self.message = ""
        if plan.inputs_sha256 != self.problem.inputs_sha256:
            plan = plan.replace(coa=self.coa, inputs_sha256=self.problem.inputs_sha256)
            self.message = "The inputs changed while this plan was made; it is checked against what they are now."
        self.plan, self.plan_path, self.selection = plan, None, Selection()
        self._judge()

    def _judge(self) -> None:
        """Check the plan against the problem as it now is."""
        if self.plan is not None and self.problem is not None:
            self.violations = tuple(wb.check.check(self.problem, self.plan))

    def _adopt(self, scenario: Scenario, coa: str) -> None:
        problem = wb.problem.build(scenario, coa=coa)
        self.scenario, self.coa, self.problem = scenario, coa, problem

    def _open_scenario(self) -> Scenario:
        if self.scenario is None:
            raise UsageError("No scenario is open.")
        return self.scenario

    def _forget_plan(self) -> None:
        self.plan, self.plan_path, self.violations, self.selection, self.message = None, None, (), Selection(), ""

    def _clear(self) -> None:
        self._forget_plan()
        self.scenario = self.problem = None
        self.plans = self.findings = ()
        self.coa, self.marking = BASELINE, ""

    def _changed(self, reasons: pd.DataFrame | None = None) -> None:
        self._arrivals, self._reasons = None, reasons
        self.revision += 1


_ahead: list[tuple[tuple[object, ...], Session]] = []


def open_ahead() -> None:
    """Open the session that a page will open, and work out what it shows, before anybody asks for it.

    `Session.open` without arguments hands it out once, if no file has changed meanwhile.
    """
    seen = discover.signature()
    session = Session.open()
    if session.problem is not None:
        _ = session.ground
    if session.plan is not None:
        _ = session.arrivals, session.reasons
    _ahead[:] = [(seen, session)]
