"""The first line of a table: which declared column each name is, and what is missing, unknown or no header at all."""

from __future__ import annotations

import difflib

from workbench.errors import Finding, Level
from workbench.formats.tabular import Sheet, empty_sheet
from workbench.schema import TABLES, Column, Table


def match(sheet: Sheet, table: Table, general: list[Finding]) -> dict[str, str]:
    """Return declared name -> name in the file, reporting what is missing, unknown or oddly written."""
    declared = [c.name for c in table.columns]
    found = list(sheet.cells.columns)
    names = {name: name for name in declared if name in found}
    unknown = [name for name in found if name not in names]

    def say(column: str, level: Level, code: str, expected: str, got: str, remedy: str) -> None:
        general.append(Finding(sheet.file, sheet.sheet, 1, column, level, code, expected, got, remedy))

    for column in (c for c in table.columns if c.required and c.name not in names):
        near = difflib.get_close_matches(column.name, [_plain(u) for u in unknown], 1, 0.7)
        alike = next((u for u in unknown if near and _plain(u) == near[0]), "")
        if alike:
            unknown.remove(alike)
        say(
            column.name,
            "error",
            "MISSING_COLUMN",
            f"a column {column.name}",
            f"the column {alike!r}" if alike else "none",
            f"Rename it to {column.name}." if alike else f"Add the column: {column.help}",
        )
    for name in unknown:
        near = difflib.get_close_matches(_plain(name), [d for d in declared if d not in names], 1, 0.7)
        say(
            name,
            "warning",
            "UNKNOWN_COLUMN",
            f"columns of {table.name}",
            name,
            f"The column is ignored. {f'Did you mean {near[0]}?' if near else 'Remove it or see the template.'}",
        )
    return names


def _plain(name: str) -> str:
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def foreign(sheet: Sheet, table: Table) -> bool:
    """Return whether the first line is no header of the table: no name is like one of its, or all are another's."""
    declared = [c.name for c in table.columns]
    found = [_plain(str(name)[:80]) for name in sheet.cells.columns]
    if not found or not any(difflib.get_close_matches(name, declared, 1, 0.8) for name in found):
        return bool(found)
    lacking = [c.name for c in table.columns if c.required and c.name not in found]
    others = ({c.name for c in other.columns} for other in TABLES.values() if other is not table)
    return min(len(lacking), len(found)) >= 2 and any(set(found) <= names for names in others)


def refused(sheet: Sheet, table: Table) -> Sheet:
    """Return the sheet without rows and with the one finding that its first line is no header."""
    out = empty_sheet(sheet.file, sheet.sheet)
    needed = ", ".join(c.name for c in table.columns if c.required)
    out.find(
        1,
        "",
        "MISSING_COLUMN",
        expected=f"the names of the columns in the first line: {needed}",
        got=", ".join(map(str, sheet.cells.columns))[:80],
        remedy="The table was not read. Remove what stands above the names, or write them in.",
    )
    return out


def lacking(findings: list[Finding], file: str, sheet: str, column: Column, why: str, level: Level) -> list[Finding]:
    """Return the findings with one more on a column that is not there; it replaces the one on a name like it."""
    meant = f"Did you mean {column.name}?"
    alike = [f for f in findings if f.code == "UNKNOWN_COLUMN" and f.remedy.endswith(meant)]
    got = f"the column {alike[0].column!r}" if alike else f"none, and {why}"
    remedy = f"Rename it to {column.name}." if alike else f"Add the column: {column.help}"
    expected = f"a column {column.name}"
    finding = Finding(file, sheet, 1, column.name, level, "MISSING_COLUMN", expected, got, remedy)
    return [*(f for f in findings if f not in alike[:1]), finding]
