"""Solve from the page: start, watch, cancel, keep."""

from __future__ import annotations

from typing import Any

import traitlets as t

import workbench as wb
from widgets._assets import script, style
from widgets._base import Panel, WorkbenchWidget
from widgets.chart import Chart
from widgets.session import Session
from workbench.jobs import Job, Progress


class JobBar(WorkbenchWidget):
    """Engine, budget, seed, Solve and Cancel, and how far the solve is."""

    _esm = script("job.js")
    _css = style("job.css")
    engines = t.Tuple().tag(sync=True)
    engine = t.Unicode("auto").tag(sync=True)
    budget = t.Unicode("seconds").tag(sync=True)
    amount = t.Float(10).tag(sync=True)
    seed = t.Int(1).tag(sync=True)
    state = t.Unicode("idle").tag(sync=True)
    fraction = t.Float(0).tag(sync=True)
    facts = t.Tuple().tag(sync=True)
    text = t.Unicode("").tag(sync=True)
    keepable = t.Bool(False).tag(sync=True)

    def __init__(self, session: Session, **options: Any) -> None:
        super().__init__(**options)
        self.session = session
        self.engines = ("auto", *sorted(wb.engines.ENGINES))

    def on_solve(self, form: dict[str, Any]) -> None:
        """Start a solve with what the form holds."""
        self.engine, self.budget = str(form["engine"]), str(form["budget"])
        self.amount, self.seed = float(form["amount"]), int(form["seed"])
        spend: dict[str, Any] = (
            {"iterations": int(self.amount)} if self.budget == "iterations" else {"seconds": self.amount}
        )
        self.session.solve(engine=self.engine, seed=self.seed, **spend)

    def on_cancel(self, _value: Any) -> None:
        """Ask for the best plan so far."""
        self.text = "Cancelling: waiting for the best plan so far"
        self.session.cancel()

    def on_keep(self, name: str) -> None:
        """Keep the plan in the out folder."""
        self.session.save_plan(name or "")


class JobPanel(Panel):
    """Solve with live progress and a working Cancel; the convergence curve appears with the first plan."""

    def __init__(self, session: Session, *, chart: bool = True, **options: Any) -> None:
        self.session = session
        self.bar = JobBar(session, **options)
        self.chart: Chart | None = None
        self._with_chart = chart
        super().__init__([self.bar])
        session.observe(self._progress, "progress")
        session.observe(lambda _: self._settle(), ["job", "revision"])
        self._settle()

    def _progress(self, change: Any) -> None:
        progress: Progress | None = change["new"]
        if progress is None:
            return
        bar, job = self.bar, self.session.job
        with bar.hold_sync():
            bar.fraction, bar.text, bar.facts = progress.fraction, progress.text, _facts(self.session, progress)
            bar.state = job.state if job is not None else "running"
        if self._with_chart and progress.curve:
            self._draw(progress)

    def _draw(self, progress: Progress) -> None:
        if self.chart is None:
            self.chart = Chart(height=200)
            self.children = [self.bar, self.chart, self.note]
        if getattr(self, "_drawn", None) != progress.curve:
            self._drawn = progress.curve
            self.chart.update(wb.charts.convergence(progress.curve))

    def _settle(self) -> None:
        job: Job | None = self.session.job
        with self.bar.hold_sync():
            self.bar.state = job.state if job is not None else "idle"
            self.bar.keepable = self.session.plan is not None and self.session.plan_path is None
        if job is not None and job.error:
            self.say(job.error, "bad")
        else:
            self.say("")


def _facts(session: Session, progress: Progress) -> tuple[tuple[str, str], ...]:
    if progress.cost is None or progress.unserved is None:
        return (("elapsed", f"{progress.seconds:.1f} s"),)
    total = len(session.problem.deliveries)
    return (
        ("served", f"{total - progress.unserved} of {total}"),
        ("cost", f"{progress.cost:,}"),
        ("improvements", str(len(progress.curve))),
        ("elapsed", f"{progress.seconds:.1f} s"),
    )
