"""Solomon's layout, which Gehring & Homberger kept: vehicles and their capacity, then a row for each client."""

from __future__ import annotations

import re
from math import inf

import numpy as np

from workbench.formats.benchmarks.instance import Instance, Vehicle
from workbench.formats.benchmarks.lines import MOST, MOST_LOCATIONS, Line, Report, short
from workbench.formats.benchmarks.tables import Section, reversed_windows, whole
from workbench.formats.benchmarks.wide import wide_table

_TITLES = re.compile(r"^\D*$")
COLUMNS = ("x", "y", "demand", "ready time", "due date", "service time")


def parse(lines: list[Line], report: Report) -> Instance:
    """Read the lines of a Solomon file.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    count, capacity = _fleet(lines, report)
    section = Section("CUSTOMER", *_clients(lines))
    cells = wide_table(report, section, COLUMNS, low={"demand": 0, "ready time": 0, "due date": 0, "service time": 0})
    n = len(cells)
    reversed_windows(report, "due date", section.lines(0), cells[:, 3], cells[:, 4])
    if n < 2:
        report.find(
            section.line, "CUSTOMER", "EMPTY", expected="a row for the depot, numbered 0, and one for each client",
            got=f"{n} row(s)", remedy="Add the clients.",
        )  # fmt: skip
    warnings = report.settle()
    return Instance(
        name=lines[0].text, family="VRPTW", file=report.file, depots=1, xy=cells[:, :2], weights=None,
        demand=cells[:, 2], backhaul=np.zeros(n), opens=cells[:, 3], closes=cells[:, 4], service=cells[:, 5],
        release=np.zeros(n), prize=np.zeros(n), pairs=(), vehicles=(Vehicle(capacity=capacity),) * count,
        free_fleet=False, warnings=warnings,
    )  # fmt: skip


def _fleet(lines: list[Line], report: Report) -> tuple[int, float]:
    """Return how many vehicles there are and what each can carry."""
    under = next((k for k, line in enumerate(lines) if line.text.upper().startswith("NUMBER")), None)
    row = lines[min(len(lines) - 1, under + 1)] if under is not None else lines[0]
    cells = row.text.split()
    found = [whole(cells[0], 1, MOST_LOCATIONS), whole(cells[1], 0, MOST)] if len(cells) == 2 else [None, None]
    count, capacity = found
    if count is None or capacity is None:
        report.find(
            row.number, "VEHICLE", "STRUCTURE", expected="under NUMBER and CAPACITY two whole numbers",
            got=short(row.text), remedy="Write how many vehicles there are and what each can carry, as in: 25 200.",
        )  # fmt: skip
    return count or 1, inf if capacity is None else capacity


def _clients(lines: list[Line]) -> tuple[int, list[Line]]:
    """Return the line of the word CUSTOMER and the rows below it: all that follows its titles."""
    start = next((k for k, line in enumerate(lines) if line.text.upper() == "CUSTOMER"), None)
    if start is None:
        start = next((k for k, line in enumerate(lines) if line.text.upper().startswith("CUST")), len(lines) - 1)
    rows = lines[start + 1 :]
    while rows and _TITLES.match(rows[0].text):
        rows = rows[1:]
    return lines[start].number, rows
