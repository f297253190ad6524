"""What the commands print: tables and words on stdout, notes on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from workbench.errors import Finding

ERR = Console(stderr=True)
_SAID = {True: "yes", False: "no"}


def out() -> Console:
    """Return the console of stdout; wide where that is no terminal."""
    console = Console()
    return console if console.is_terminal else Console(width=160)


def print_json(body: Any) -> None:
    """Print one JSON value."""
    sys.stdout.write(json.dumps(body, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def figure(value: object) -> str:
    """Return a figure as people read it."""
    if isinstance(value, float) and not value.is_integer():
        return f"{value:,.3f}" if abs(value) < 10 else f"{value:,.1f}"
    return f"{value:,.0f}" if isinstance(value, int | float) else str(value)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, right: Sequence[str] = ()) -> None:
    """Print rows as a table that keeps every word."""
    table = Table(show_lines=False, header_style="bold")
    for name in columns:
        table.add_column(name, justify="right" if name in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(escape(_SAID.get(cell, str(cell)) if isinstance(cell, bool) else str(cell)) for cell in row))
    out().print(table)


def print_findings(findings: Sequence[Finding]) -> None:
    """Print findings as a table."""
    rows = [
        (f.level, f"{f.file}{f' [{f.sheet}]' if f.sheet else ''}", f.row or "", f.column, f.expected, f.got, f.remedy)
        for f in findings
    ]
    print_table(("level", "file", "row", "column", "expected", "got", "what to do"), rows, right=("row",))
