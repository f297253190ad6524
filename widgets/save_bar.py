"""Where edits go: a course of action or a scenario folder of their own, or away."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import traitlets as t

from widgets._assets import script, style
from widgets._base import WorkbenchWidget
from widgets.session import Session
from workbench.errors import UsageError
from workbench.report.words import plural
from workbench.scenario import Change, CourseOfAction


class SaveBar(WorkbenchWidget):
    """Lists the edits that have no name yet and saves them as a new course of action or scenario folder.

    With ``listed`` false they are only counted, where something else lists them.
    """

    _esm = script("save.js")
    _css = style("save.css")
    edits = t.Tuple().tag(sync=True)
    base = t.Unicode("").tag(sync=True)
    text = t.Unicode("").tag(sync=True)
    listed = t.Bool(True).tag(sync=True)

    def __init__(self, session: Session, **options: Any) -> None:
        super().__init__(**options)
        self.session = session
        session.observe(lambda _: self.refresh(), "revision")
        self.refresh()

    def refresh(self) -> None:
        """Draw the edits of the session."""
        unsaved = self.session.unsaved
        with self.hold_sync():
            self.edits = edits(unsaved) if unsaved is not None else ()
            self.base = (unsaved.base or "baseline") if unsaved is not None else self.session.coa
            self.text = (
                "No edits." if unsaved is None else f"{plural(len(self.edits), 'edit')} of {self.base}, not saved"
            )

    def on_coa(self, name: str) -> None:
        """Save the edits as a course of action."""
        self.session.save_as_coa(name)

    def on_folder(self, name: str) -> None:
        """Save what is shown as a scenario folder, beside the one that is open unless the name is a path."""
        home = self.session.scenario.path.parent if self.session.scenario is not None else Path()
        if not name.strip():
            raise UsageError("Give the new scenario's folder a name.")
        self.session.save_as_scenario(home / name.strip())

    def on_discard(self, _value: Any) -> None:
        """Forget the edits."""
        self.session.discard()


def edits(coa: CourseOfAction) -> tuple[str, ...]:
    """Return a sentence for each difference of a course of action."""
    out = [_sentence(change) for change in coa.changes]
    out += [f"road {edge} closed" for edge in coa.close] + [f"road {edge} open again" for edge in coa.reopen]
    out += [
        f"{threat.get('name') or threat.get('threat_id') or f'threat {n}'} added"
        for n, threat in enumerate(coa.threats, 1)
    ]
    out += [f"speeds of {profile} × {factor:g}" for profile, factor in coa.speed_factor.items()]
    if coa.objective is not None:
        weights = coa.objective.get("weights")
        out.append(f"objective: weights {weights}" if weights else "objective: by priority")
    return tuple(out)


def _sentence(change: Change) -> str:
    row = "each row" if change.every else ", ".join(str(v) for v in change.where.values() if v != "")
    if change.op == "remove":
        return f"{change.table}: {row} removed"
    if change.op == "add":
        return f"{change.table}: {next(iter(change.values.values()), 'a row')} added"
    return f"{change.table}: {row}: {_listed(change.values)}"


def _listed(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{column} {value if value != '' else 'blank'}" for column, value in values.items())
