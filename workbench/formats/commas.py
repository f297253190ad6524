"""Numbers with decimal commas: read where a file can mean nothing else, and reported once a column where it can."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd

from workbench.errors import Finding
from workbench.formats.tabular import Sheet
from workbench.schema import Table

MANY = 5
"""From so many cells on, decimal commas in most cells of a column are one finding instead of one each."""

_COMMA = re.compile(r"[+-]?(?:[0-9]+|[0-9]{1,3}(?:\.[0-9]{3})+),[0-9]+")
_POINT = re.compile(r"[+-]?[0-9]*\.[0-9]+")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{3})+")


def read(sheet: Sheet, table: Table, text: pd.DataFrame, general: list[Finding]) -> set[str]:
    """Put decimal points into the numbers of ``text`` and return the columns whose commas can't be read.

    Where something other than a comma separates the columns, a comma in a number is a decimal one. In a
    column that has points too, or where columns are separated by commas, that is not so sure.
    """
    numbers = {c.name: text[c.name] for c in table.columns if c.kind in ("int", "float")}
    commas = {name: n for name, cells in numbers.items() if (n := int(cells.str.fullmatch(_COMMA).sum()))}
    if sheet.separator == ",":
        doubtful = {n for n, count in commas.items() if count >= MANY and 2 * count > (numbers[n] != "").sum()}
        for name in sorted(doubtful):
            _refuse(sheet, name, f"decimal commas in {commas[name]} rows", general)
        return doubtful
    doubtful = {name for name, cells in numbers.items() if commas and _doubtful(cells, name in commas)}
    for name in sorted(doubtful):
        _refuse(sheet, name, f"points and commas in one {'column' if name in commas else 'file'}", general)
    read_as = [name for name in commas if name not in doubtful]
    for name in read_as:
        comma = numbers[name].str.fullmatch(_COMMA) | numbers[name].str.fullmatch(_GROUPED)
        plain = numbers[name].str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
        text[name] = numbers[name].where(~comma, plain)
    if read_as:
        general[:] = [_told(f, read_as) if f.code == "STRUCTURE" and f.level == "warning" else f for f in general]
    return doubtful


def _doubtful(cells: pd.Series, with_commas: bool) -> bool:
    """Return whether a column's points may be decimal points or group thousands, in a file of decimal commas."""
    points = cells[cells.str.fullmatch(_POINT)]
    grouped = points.str.fullmatch(_GROUPED)
    return bool(len(points)) and bool((~grouped).any() if with_commas else grouped.all())


def _refuse(sheet: Sheet, column: str, got: str, general: list[Finding]) -> None:
    remedy = "The column was not read. Write decimal points, and nothing between thousands."
    general.append(
        Finding(sheet.file, sheet.sheet, 1, column, "error", "TYPE", "numbers with a decimal point", got, remedy)
    )


def _told(finding: Finding, columns: list[str]) -> Finding:
    """Return the warning about the separator with the columns whose commas were read."""
    got = f"{finding.got}, and decimal commas in {', '.join(columns)}"
    remedy = "It was read all the same, the commas as decimal points. Save it with commas and decimal points."
    return replace(finding, got=got, remedy=remedy)
