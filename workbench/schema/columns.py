"""What a declaration of a column and of a table says, and how both are described."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["id", "str", "int", "float", "bool", "choice", "list", "instant", "clock", "windows", "curve", "wkt"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what it holds, in which unit, between which bounds, and what blank means.

    ``default`` is the value a blank cell takes; ``None`` keeps it blank. ``required`` columns must
    be present and filled. ``ref`` names the ``table.column`` a value must exist in.
    """

    name: str
    kind: Kind
    help: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    default: str | int | float | bool | None = None
    required: bool = False
    choices: tuple[str, ...] = ()
    ref: str = ""

    def names(self, cell: str) -> tuple[str, ...]:
        """Return what a cell names: the parts of a list, else the cell itself; nothing where it is blank."""
        return tuple(filter(None, cell.split(";") if self.kind == "list" else (cell,)))


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a scenario folder. ``key`` columns together are unique."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    required: bool = False
    help: str = ""

    @property
    def file(self) -> str:
        """Name of the table's CSV file."""
        return f"{self.name}.csv"

    def column(self, name: str) -> Column:
        """Return the declaration of column ``name`` (KeyError if there is none)."""
        return {c.name: c for c in self.columns}[name]


def describe(table: Table) -> list[dict[str, str]]:
    """Return one row per column for the docs and for the header of a blank template."""

    def bounds(c: Column) -> str:
        if c.choices:
            return " | ".join(c.choices)
        low = "" if c.low is None else f"{c.low:g}"
        high = "" if c.high is None else f"{c.high:g}"
        return f"{low}..{high}" if low or high else ""

    return [
        {
            "column": c.name,
            "kind": c.kind,
            "unit": c.unit,
            "allowed": bounds(c),
            "required": "yes" if c.required else "",
            "default": "" if c.default in (None, "") else str(c.default),
            "help": c.help,
        }
        for c in table.columns
    ]
