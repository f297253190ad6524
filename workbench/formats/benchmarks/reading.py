"""Which format a file has, told by what stands in it."""

from __future__ import annotations

import re
from pathlib import Path

from workbench.formats.benchmarks import li_lim, solomon, vrplib
from workbench.formats.benchmarks.instance import Instance
from workbench.formats.benchmarks.lines import Line, Report, load, number, short

_KEYWORD = re.compile(r"^[A-Z_]+\s*:|^[A-Z_]+_SECTION\b")


def read(path: str | Path) -> Instance:
    """Read a benchmark instance: VRPLIB, Solomon (Gehring & Homberger) or Li & Lim.

    Raises
    ------
    InputError
        When the file cannot be used; its findings list every fault with line, expected, got and remedy.
    """
    path = Path(path)
    lines = load(path)
    report = Report(path.name)
    if any(_KEYWORD.match(line.text) for line in lines):
        return vrplib.parse(lines, report)
    if any(line.text.upper().startswith("CUST") or line.text.upper() == "VEHICLE" for line in lines[:8]):
        return solomon.parse(lines, report)
    if _looks_like_pairs(lines):
        return li_lim.parse(lines, report, path.stem)
    report.find(
        lines[0].number,
        "",
        "FILE_KIND",
        expected="a VRPLIB file (NAME : …), Solomon (its name, then VEHICLE) or Li & Lim (three numbers)",
        got=short(lines[0].text),
        remedy="Name a benchmark instance; routes and costs (.sol) are no instance.",
    )
    report.settle()
    raise AssertionError("a report with an error settles by raising")


def _looks_like_pairs(lines: list[Line]) -> bool:
    """Whether lines of numbers follow one another, most of them nine in a row, as Li & Lim write them."""
    first = lines[0].text.split()
    rows = [line.text.split() for line in lines[1:50]]
    numbers = sum(number(cell) is not None for cell in first) >= min(2, len(first))
    return numbers and 2 * sum(len(row) == 9 for row in rows) > len(rows)
