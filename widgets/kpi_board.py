"""Few big figures, and the decision wanted."""

from __future__ import annotations

from typing import Any

import traitlets as t

from widgets import _rows
from widgets._assets import script, style
from widgets._base import WorkbenchWidget
from widgets.session import Session


class KpiBoard(WorkbenchWidget):
    """Big figures that open to their reasons. ``show`` picks the parts: decision, figures."""

    _esm = script("kpi.js")
    _css = style("kpi.css")
    figures = t.Tuple().tag(sync=True)
    headline = t.Unicode("").tag(sync=True)
    level = t.Unicode("").tag(sync=True)
    decisions = t.Tuple().tag(sync=True)
    show = t.Tuple(("decision", "figures"))

    def __init__(self, session: Session | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.session = session
        if session is not None:
            session.observe(lambda _: self.refresh(), "revision")
            self.refresh()

    def refresh(self) -> None:
        """Draw what the session holds now."""
        if self.session is None:
            return
        with self.hold_sync():
            if "decision" in self.show:
                self.headline, self.level, self.decisions = _rows.headline(self.session)
            if "figures" in self.show:
                self.figures = _rows.figures(self.session)
