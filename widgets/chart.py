"""Plotly figures without plotly's own widget, which would carry the library in every figure."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import traitlets as t

from widgets._assets import VENDOR, script
from widgets._base import WorkbenchWidget


class Chart(WorkbenchWidget):
    """A plotly figure. ``click`` is the last clicked point: x, y, curve, index."""

    _esm = script("loader.js", "chart.js")
    figure_json = t.Unicode("{}").tag(sync=True)
    height = t.Int(300).tag(sync=True)
    click = t.Dict().tag(sync=True)

    def __init__(self, figure: go.Figure | None = None, **options: Any) -> None:
        super().__init__(**options)
        self._count = 0
        self.on_msg(self._need)
        if figure is not None:
            self.update(figure)

    def update(self, figure: go.Figure) -> None:
        """Show another figure."""
        self._count += 1  # an equal value would not be sent
        self.figure_json = f'{{"n":{self._count},{figure.to_json()[1:]}'

    def _need(self, _widget: Any, content: dict[str, Any], _buffers: Any) -> None:
        """Send a library to a page whose server has no route for it (JupyterLab, VS Code)."""
        if content.get("kind") == "need" and content.get("name") in VENDOR:
            name = content["name"]
            self.send({"kind": "asset", "name": name}, buffers=[VENDOR[name].read_bytes()])
