"""What the checks are asked about: everything, or what an edit touches and whatever depends on it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from workbench.schema import TABLES

POSITIONS = {"nodes": ("lon", "lat", "mgrs", "node_id"), "edges": ("from", "to", "length_m", "geometry")}
"""Columns that say where nodes and roads are."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The columns asked about, by table, and the tables that rows were taken from."""

    columns: Mapping[str, Collection[str]]
    thinned: Collection[str] = field(default_factory=tuple)

    def asks(self, *tables: str) -> bool:
        """Return whether anything in one of the tables may have changed."""
        return any(name in self.columns or name in self.thinned for name in tables)

    def asks_column(self, table: str, column: str) -> bool:
        """Return whether the cells of a column are asked about."""
        return column in self.columns.get(table, ())

    def asks_target(self, ref: str) -> bool:
        """Return whether what refers to ``table.column`` is asked about, since identifiers changed or went."""
        table, column = ref.split(".")
        return table in self.thinned or self.asks_column(table, column)

    def asks_positions(self) -> bool:
        """Return whether nodes or roads may stand elsewhere."""
        return any(self.asks_column(table, column) for table, columns in POSITIONS.items() for column in columns)


def rows_of(name: str) -> Scope:
    """Return the scope of one table alone."""
    return Scope({name: [c.name for c in TABLES[name].columns]})


EVERYTHING = Scope({name: [c.name for c in table.columns] for name, table in TABLES.items()})
