"""Rows of numbers as benchmark files have them, read with every fault in them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from workbench.formats.benchmarks.instance import Floats
from workbench.formats.benchmarks.lines import MOST, Line, Report, number, short


class Shape(NamedTuple):
    """What rows of a section hold: so many cells after a number, each from ``low``; ``of`` says what they are for."""

    of: str
    cells: int = 1
    low: float = 0.0


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a file: its name, the line it starts in, and the lines of its rows."""

    name: str
    line: int
    rows: Sequence[Line]

    def lines(self, first: int = 1) -> dict[int, int]:
        """Return the line in which each location is written, by its number from 0; rows count from ``first``."""
        found = ((whole(row.text.split()[0], first, MOST), row.number) for row in self.rows)
        return {at - first: line for at, line in found if at is not None}


def table(report: Report, section: Section, count: int, shape: Shape) -> Floats:
    """Return the cells of rows numbered 1 to ``count``, in that order; 0 where a row is missing or wrong."""
    out = np.zeros((count, shape.cells))
    for line, at, cells in _numbered(report, section, count, shape.of, shape.cells):
        for k, cell in enumerate(cells):
            value = number(cell)
            if value is None or not shape.low <= value <= MOST:
                _not_a_number(report, section, line, cell, shape.low)
            else:
                out[at, k] = value
    return out


def lists(report: Report, section: Section, count: int, of: str, most: int) -> list[tuple[int, ...]]:
    """Return, for rows numbered 1 to ``count``, the numbers that follow, each from 1 to ``most``, less one."""
    out: list[tuple[int, ...]] = [()] * count
    for line, at, cells in _numbered(report, section, count, of, None):
        found = [whole(cell, 1, most) for cell in cells]
        for cell, value in zip(cells, found, strict=True):
            if value is None:
                _not_a_reference(report, section, line, cell, most)
        out[at] = tuple(value - 1 for value in found if value is not None)
    return out


def references(report: Report, section: Section, count: int, of: str, most: int) -> list[int]:
    """Return, for rows numbered 1 to ``count``, the number from 1 to ``most`` that follows, less one; 0 if wrong."""
    out = [0] * count
    for line, at, cells in _numbered(report, section, count, of, 1):
        value = whole(cells[0], 1, most)
        if value is None:
            _not_a_reference(report, section, line, cells[0], most)
        else:
            out[at] = value - 1
    return out


def stream(report: Report, section: Section, low: float) -> list[float]:
    """Return all numbers of a section, however they are spread over its lines."""
    out = []
    for line in section.rows:
        for cell in line.text.split():
            value = number(cell)
            if value is None or not low <= value <= MOST:
                _not_a_number(report, section, line, cell, low)
                value = 0.0
            out.append(value)
    return out


def whole(text: str, low: int, high: int) -> int | None:
    """Read a whole number within bounds, None for anything else."""
    value = number(text)
    return int(value) if value is not None and value.is_integer() and low <= value <= high else None


def _numbered(
    report: Report, section: Section, count: int, of: str, cells: int | None
) -> Iterator[tuple[Line, int, list[str]]]:
    """Yield (line, number less one, cells) of the rows that are sound; rows that are missing are a fault too."""
    seen: set[int] = set()
    for line in section.rows:
        first, *rest = line.text.split()
        at = whole(first, 1, count)
        if at is None:
            report.find(
                line.number, section.name, "STRUCTURE", expected=f"the number of a {of} from 1 to {count}",
                got=short(first), remedy=f"Number the rows as the {of}s are, or correct how many there are.",
            )  # fmt: skip
        elif at in seen:
            report.find(
                line.number, section.name, "DUPLICATE", expected=f"each {of} once", got=f"{at} again",
                remedy="Remove one of the two rows, or correct its number.",
            )  # fmt: skip
        else:
            seen.add(at)
            if cells is not None and len(rest) != cells:
                words = f"{cells} number{'s' if cells > 1 else ''} after that of the {of}"
                report.find(
                    line.number, section.name, "STRUCTURE", expected=words, got=f"{len(rest)}: {short(line.text)}",
                    remedy="Complete the row, or cut what is too much.",
                )  # fmt: skip
            else:
                yield line, at - 1, rest
    missing = [k for k in range(1, count + 1) if k not in seen]
    if missing:
        names = ", ".join(map(str, missing[:5])) + (", …" if len(missing) > 5 else "")
        report.find(
            section.line, section.name, "STRUCTURE", expected=f"a row for each of {count} {of}s",
            got=f"none for {names} ({len(missing)} missing)",
            remedy=f"Add the rows, or correct how many {of}s there are. Perhaps the file was cut short.",
        )  # fmt: skip


def _not_a_number(report: Report, section: Section, line: Line, cell: str, low: float) -> None:
    lowest = f"{low:g}" if math.isfinite(low) and low > -MOST else f"-{MOST:,}"
    value = number(cell)
    report.find(
        line.number, section.name, "TYPE" if value is None else "RANGE",
        expected=f"a number from {lowest} to {MOST:,}", got=short(cell), remedy="Correct the number.",
    )  # fmt: skip


def _not_a_reference(report: Report, section: Section, line: Line, cell: str, most: int) -> None:
    report.find(
        line.number, section.name, "UNKNOWN_REFERENCE", expected=f"a location from 1 to {most}", got=short(cell),
        remedy="Name a location of this file by its number.",
    )  # fmt: skip


def reversed_windows(report: Report, name: str, lines: Mapping[int, int], opens: Floats, closes: Floats) -> None:
    """Report windows that close before they open; ``lines`` is where each location is written."""
    for at in np.flatnonzero(opens > closes).tolist():
        report.find(
            lines.get(at, 0), name, "WINDOW_REVERSED", expected="a window that closes after it opens",
            got=f"{opens[at]:g} to {closes[at]:g}", remedy="Exchange the two numbers, or correct one.",
        )  # fmt: skip
