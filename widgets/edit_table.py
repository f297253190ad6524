"""A table to type in, with findings at the cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
import traitlets as t

from widgets._assets import script, style
from widgets._base import WorkbenchWidget
from workbench.schema import Column
from workbench.units import iso

Row = dict[str, Any]
_COUNTS = ("vehicles", "trips", "people")
_TYPES = {"int": "number", "float": "number", "bool": "bool"}


class EditTable(WorkbenchWidget):
    """Rows people edit. ``errors`` maps "row.column" (row from 0) to the sentence shown at that cell.

    ``columns`` are dicts: name, title, type (text|number|choice|bool), choices, labels (of the choices), readonly,
    help, width (in characters).
    ``listen`` names a function that is called after each edit with the new rows.
    """

    _esm = script("table.js")
    _css = style("table.css")
    columns = t.Tuple().tag(sync=True)
    rows = t.Tuple().tag(sync=True)
    errors = t.Dict().tag(sync=True)
    caption = t.Unicode("").tag(sync=True)
    empty = t.Unicode("No rows.").tag(sync=True)
    page_size = t.Int(50).tag(sync=True)
    height = t.Int(420).tag(sync=True)
    editable = t.Bool(True).tag(sync=True)
    growing = t.Bool(False).tag(sync=True)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._listener: Callable[[Sequence[Row]], None] = lambda rows: None

    def __repr__(self) -> str:
        return f"EditTable({len(self.rows)} rows)"

    def listen(self, function: Callable[[Sequence[Row]], None]) -> None:
        """Call ``function(rows)`` after every edit made in the browser."""
        self._listener = function

    def on_edit(self, cells: Sequence[Mapping[str, Any]]) -> None:
        """Take edited cells; one beyond the last row adds rows."""
        rows = [dict(row) for row in self.rows]
        known = {c["name"] for c in self.columns if not c.get("readonly")}
        for cell in cells:
            while self.growing and len(rows) <= cell["row"] < len(rows) + 1000:
                rows.append(self._blank())
            if cell["column"] in known and 0 <= cell["row"] < len(rows):
                rows[cell["row"]][cell["column"]] = cell["value"]
        self._take(rows)

    def on_add(self, _value: Any) -> None:
        """Add a blank row."""
        self._take([*self.rows, self._blank()])

    def on_remove(self, index: int) -> None:
        """Remove a row."""
        self._take([row for i, row in enumerate(self.rows) if i != index])

    def _take(self, rows: Sequence[Row]) -> None:
        self.rows = tuple(rows)
        self._listener(self.rows)

    def _blank(self) -> Row:
        return dict.fromkeys(c["name"] for c in self.columns)


def columns_of(
    columns: Sequence[Column],
    readonly: Sequence[str] = (),
    choices: Mapping[str, Mapping[str, str]] | None = None,
    widths: Mapping[str, int] | None = None,
) -> tuple[Row, ...]:
    """Return the declared columns in the form `EditTable` takes.

    ``choices`` adds lists to pick from, value to label; ``widths`` are in characters.
    """
    return tuple(
        _column(c, c.name in readonly, (choices or {}).get(c.name), (widths or {}).get(c.name)) for c in columns
    )


def _column(c: Column, readonly: bool, labels: Mapping[str, str] | None, width: int | None) -> Row:
    options = tuple(labels or (c.choices if c.kind == "choice" else ()))
    kind = "choice" if options and not readonly else _TYPES.get(c.kind, "text")
    return {
        "name": c.name,
        "title": _title(c),
        "type": kind,
        "choices": (*(() if c.required else ("",)), *options),
        "labels": dict(labels or {}),
        "readonly": readonly,
        "help": c.help,
        "width": width or {"instant": 21, "clock": 7}.get(c.kind, 8 if kind == "number" else 12),
    }


def _title(c: Column) -> str:
    """Return the column's name for people, with its unit unless the name says it."""
    if c.unit in ("", "cost", "L", c.name, *_COUNTS):
        return c.name.removesuffix("_id").replace("_", " ")
    return f"{c.name.removesuffix(f'_{c.unit.lower()}').replace('_', ' ')} ({c.unit.replace('m3', 'm³')})"


def rows_of(table: pd.DataFrame, names: Sequence[str]) -> tuple[Row, ...]:
    """Return rows as JSON values: blanks None, instants ISO 8601, whole numbers whole."""
    return tuple(
        {name: _plain(value) for name, value in zip(names, row, strict=True)}
        for row in table[list(names)].itertuples(index=False, name=None)
    )


def _plain(value: Any) -> Any:
    if isinstance(value, str | bool):
        return value
    if value is None or value is pd.NaT or value != value:
        return None
    if isinstance(value, pd.Timestamp):
        return iso(value.to_pydatetime())
    if hasattr(value, "item"):
        value = value.item()
    return int(value) if isinstance(value, float) and value.is_integer() else value
