"""How a benchmark says what it measured: a table for people, one JSON object for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping

from rich.console import Console
from rich.table import Table


def show(name: str, figures: Mapping[str, float], rows: list[tuple[str, str, str, str]], *, as_json: bool) -> None:
    """Print the figures; ``rows`` are (what, ours, rival or budget, ratio or verdict)."""
    if as_json:
        sys.stdout.write(json.dumps({"benchmark": name, "figures": dict(figures)}, indent=1) + "\n")
        return
    table = Table(title=f"benchmark {name}")
    for column in ("what", "measured", "against", "ratio"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for row in rows:
        table.add_row(*row)
    Console(width=140).print(table)
