"""Li & Lim's layout of paired pickups and deliveries: one line for the fleet, then a row for each location."""

from __future__ import annotations

import numpy as np

from workbench.formats.benchmarks.instance import Instance, Vehicle
from workbench.formats.benchmarks.lines import MOST, MOST_LOCATIONS, Line, Report, short
from workbench.formats.benchmarks.pairs import matched
from workbench.formats.benchmarks.tables import Section, reversed_windows, whole
from workbench.formats.benchmarks.wide import wide_table

COLUMNS = ("x", "y", "demand", "earliest", "latest", "service time", "pickup", "delivery")
_LOW = {"earliest": 0, "latest": 0, "service time": 0, "pickup": 0, "delivery": 0}


def parse(lines: list[Line], report: Report, name: str) -> Instance:
    """Read the lines of a Li & Lim file, which has no name inside: it takes ``name``.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    count, capacity = _fleet(lines[0], report)
    section = Section("rows", lines[0].number, lines[1:])
    cells = wide_table(report, section, COLUMNS, low=_LOW)
    n = len(cells)
    reversed_windows(report, "latest", section.lines(0), cells[:, 3], cells[:, 4])
    pairs = matched(report, "pickup, delivery", section.lines(0), cells[:, 2], cells[:, 6:8], 1)
    if n < 3 and not report.findings:
        report.find(
            section.line, "rows", "EMPTY", expected="a row for the depot and one for each pickup and delivery",
            got=f"{n} row(s)", remedy="Add the clients.",
        )  # fmt: skip
    warnings = report.settle()
    return Instance(
        name=name, family="PDPTW", file=report.file, depots=1, xy=cells[:, :2], weights=None, demand=cells[:, 2],
        backhaul=np.zeros(n), opens=cells[:, 3], closes=cells[:, 4], service=cells[:, 5], release=np.zeros(n),
        prize=np.zeros(n), pairs=pairs, vehicles=(Vehicle(capacity=capacity),) * count, free_fleet=False,
        warnings=warnings,
    )  # fmt: skip


def _fleet(line: Line, report: Report) -> tuple[int, float]:
    """Return how many vehicles there are and what each can carry; the third number, the speed, is always 1."""
    cells = line.text.split()
    found = [
        whole(cell, low, high) for cell, low, high in zip(cells, (1, 0, 1), (MOST_LOCATIONS, MOST, 1), strict=False)
    ]
    if len(cells) != 3 or None in found:
        report.find(
            line.number, "fleet", "STRUCTURE", expected="vehicles, capacity and speed 1, as in: 50 200 1",
            got=short(line.text), remedy="Correct the first line. Other speeds than 1 are not read.",
        )  # fmt: skip
        return 1, 0
    return found[0] or 1, found[1] or 0
