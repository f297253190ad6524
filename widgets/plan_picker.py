"""Marking, scenario, course of action, plan, verdict: the first thing on every page."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import traitlets as t

from widgets._assets import script, style
from widgets._base import WorkbenchWidget
from widgets.session import UNSAVED, Session
from workbench.report import words
from workbench.units import dtg

NO_PLAN = ""


class PlanPicker(WorkbenchWidget):
    """Chooses scenario, course of action and plan of a session; carries the scenario's marking."""

    _esm = script("picker.js")
    _css = style("picker.css")
    scenarios = t.Tuple().tag(sync=True)
    scenario = t.Unicode("").tag(sync=True)
    coas = t.Tuple().tag(sync=True)
    coa = t.Unicode("").tag(sync=True)
    plans = t.Tuple().tag(sync=True)
    plan = t.Unicode("").tag(sync=True)
    marking = t.Unicode("").tag(sync=True)
    title = t.Unicode("").tag(sync=True)
    as_of = t.Unicode("").tag(sync=True)
    verdict = t.Dict().tag(sync=True)
    message = t.Unicode("").tag(sync=True)

    def __init__(self, session: Session, **options: Any) -> None:
        super().__init__(**options)
        self.session = session
        session.observe(lambda _: self.refresh(), ["revision", "message"])
        self.refresh()

    def refresh(self) -> None:
        """Draw what the session holds now."""
        s = self.session
        with self.hold_sync():
            twice = {name for name, count in Counter(p.name for p in s.scenarios).items() if count > 1}
            self.scenarios = tuple(
                (str(p), f"{p.name} ({p.parent.name})" if p.name in twice else p.name) for p in s.scenarios
            )
            self.marking, self.message = s.marking, s.message
            self.verdict = _verdict(s)
            self.plans = (
                ((NO_PLAN, "none" if s.plan is None else "not kept yet"),) if s.plan_path is None else ()
            ) + tuple((str(p.path), p.label) for p in s.plans)
            self.plan = str(s.plan_path or NO_PLAN)
            if s.scenario is None:
                self.title, self.as_of, self.coas, self.coa = "", "", (), ""
            else:
                self.scenario = str(s.scenario.path or "")
                self.title, self.as_of = s.scenario.name.replace("_", " "), dtg(s.scenario.as_of)
                self.coas = tuple((name, "unsaved edits" if name == UNSAVED else name) for name in s.scenario.coa_names)
                self.coa = s.coa

    def on_scenario(self, value: str) -> None:
        """Open another scenario."""
        self.session.load(Path(value))

    def on_coa(self, value: str) -> None:
        """Go to another course of action."""
        self.session.choose_coa(value)

    def on_plan(self, value: str) -> None:
        """Show another plan."""
        if value:
            self.session.open_plan(Path(value))


def _verdict(session: Session) -> dict[str, str]:
    if session.plan is None:
        return {"text": "no plan", "level": "warn"} if session.problem else {}
    claim = words.verdict(session.judged)
    sign = "✓" if claim.state == "good" else "✕"
    return {"text": f"{sign} {claim.figure}", "level": "ok" if claim.state == "good" else "bad", "why": claim.text}
