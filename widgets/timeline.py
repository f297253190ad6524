"""Routes as bars over time."""

from __future__ import annotations

from typing import Any

import traitlets as t

from widgets import _rows
from widgets._assets import script, style
from widgets._base import WorkbenchWidget
from widgets.session import Session


class Timeline(WorkbenchWidget):
    """Routes as bars over time: travel, waiting, loading, handing over, windows, lateness.

    ``selected`` is the chosen route's id, or empty; ``selected_stop`` the stop of it (from 1), or -1.
    With a session both follow its selection. Arrow keys walk through routes and stops.
    """

    _esm = script("timeline.js")
    _css = style("timeline.css")
    routes = t.Tuple().tag(sync=True)
    as_of = t.Unicode("2000-01-01T00:00:00Z").tag(sync=True)
    night = t.Tuple().tag(sync=True)
    selected = t.Unicode("").tag(sync=True)
    selected_stop = t.Int(-1).tag(sync=True)
    height = t.Int(300).tag(sync=True)
    empty = t.Unicode("Nothing is planned yet.").tag(sync=True)

    def __init__(self, session: Session | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.session = session
        if session is not None:
            session.observe(lambda _: self.refresh(), "revision")
            session.observe(self._follow, "selection")
            self.observe(self._tell, ["selected", "selected_stop"])
            self.refresh()

    def __repr__(self) -> str:
        return f"Timeline({len(self.routes)} routes)"

    def refresh(self) -> None:
        """Draw the session's plan as it now is."""
        if self.session is not None:
            with self.hold_sync():
                self.as_of, self.routes = _rows.as_of(self.session), _rows.routes(self.session)

    def _follow(self, change: Any) -> None:
        with self.hold_sync():
            self.selected, self.selected_stop = change["new"].route_id, change["new"].seq

    def _tell(self, _change: Any) -> None:
        if self.session is not None:
            now = self.session.selection
            if (now.route_id, now.seq) != (self.selected, self.selected_stop):
                self.session.select(route_id=self.selected, seq=self.selected_stop)
