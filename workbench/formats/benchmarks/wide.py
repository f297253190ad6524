"""Tables with one row for each location and all of its figures in it, numbered from 0: Solomon, Li & Lim."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from workbench.formats.benchmarks.instance import Floats
from workbench.formats.benchmarks.lines import MOST, MOST_LOCATIONS, Line, Report, number, short
from workbench.formats.benchmarks.tables import Section, whole


def wide_table(report: Report, section: Section, columns: Sequence[str], *, low: Mapping[str, float]) -> Floats:
    """Return the cells after each row's number; rows must be numbered 0, 1, 2, …; 0 where a row is wrong."""
    if len(section.rows) > MOST_LOCATIONS:
        report.find(
            section.line, section.name, "STRUCTURE", expected=f"at most {MOST_LOCATIONS:,} rows",
            got=f"{len(section.rows):,}", remedy="The file was not read. Make it smaller.",
        )  # fmt: skip
        return np.zeros((0, len(columns)))
    out = np.zeros((len(section.rows), len(columns)))
    due = 0
    for k, line in enumerate(section.rows):
        first, *rest = line.text.split()
        if len(rest) != len(columns):
            report.find(
                line.number, section.name, "STRUCTURE",
                expected=f"{len(columns) + 1} numbers: which it is, {', '.join(columns)}",
                got=f"{len(rest) + 1}: {short(line.text)}", remedy="Complete the row, or cut what is too much.",
            )  # fmt: skip
            due += 1
            continue
        found = whole(first, 0, MOST_LOCATIONS)
        if found != due:
            report.find(
                line.number, section.name, "STRUCTURE", expected=f"row number {due}", got=short(first),
                remedy="Number the rows 0, 1, 2, … in order. Perhaps one is missing or there twice.",
            )  # fmt: skip
        due = (due if found is None else found) + 1
        out[k] = [_cell(report, section, line, name, cell, low) for name, cell in zip(columns, rest, strict=True)]
    return out


def _cell(
    report: Report, section: Section, line: Line, name: str, cell: str, low: Mapping[str, float]
) -> float:  # fmt: skip
    value, least = number(cell), low.get(name, -MOST)
    if value is not None and least <= value <= MOST:
        return value
    report.find(
        line.number, name, "TYPE" if value is None else "RANGE", expected=f"a number from {least:,g} to {MOST:,}",
        got=short(cell), remedy=f"Correct it in the rows of {section.name}.",
    )  # fmt: skip
    return 0.0
