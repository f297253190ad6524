"""Solutions as CVRPLIB writes them: a line for each route, then its cost.

Locations count from 0, the depots first; so with one depot clients count from 1, and a 0 between them is a visit to
the depot to load again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from workbench.errors import Finding
from workbench.formats.benchmarks.lines import MOST_LOCATIONS, Line, Report, load, short
from workbench.formats.benchmarks.tables import whole
from workbench.formats.tabular import write_bytes

_ROUTE = re.compile(r"^route\s*#?\s*(\S*?)\s*:(.*)$", re.IGNORECASE)
_COST = re.compile(r"^cost\b\s*:?\s*(.*)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Solution:
    """Routes as lists of locations, and the cost that the file states for them, None where it states none.

    Where vehicles differ, route k belongs to vehicle k of the instance, and a vehicle that stays in has an empty route.
    """

    routes: tuple[tuple[int, ...], ...]
    cost: Decimal | None = None
    file: str = ""
    warnings: tuple[Finding, ...] = ()


def read_solution(path: str | Path) -> Solution:
    """Read a ``.sol`` file; whether its numbers mean anything only its instance can tell.

    Raises
    ------
    InputError
        When it cannot be used; its findings list every fault with line, expected, got and remedy.
    """
    path = Path(path)
    report = Report(path.name)
    routes: list[tuple[int, ...]] = []
    cost: Decimal | None = None
    for line in load(path):
        route, stated = _ROUTE.match(line.text), _COST.match(line.text)
        if route is not None:
            _count(report, line, route[1], len(routes) + 1)
            routes.append(_visits(report, line, route[2]))
        elif stated is not None:
            cost = _cost(report, line, stated[1], again=cost is not None)
        elif ":" not in line.text:
            report.find(
                line.number, "", "STRUCTURE", expected="Route #1: and its clients, or Cost and a number",
                got=short(line.text), remedy="Write each route on one line; remove what is neither.",
            )  # fmt: skip
    if not routes:
        report.find(
            0, "Route", "EMPTY", expected="at least one route, as in: Route #1: 3 1 2", got="none",
            remedy="Name a file of routes.",
        )  # fmt: skip
    return Solution(tuple(routes), cost, path.name, report.settle())


def _count(report: Report, line: Line, text: str, due: int) -> None:
    if whole(text, due, due) is None:
        report.find(
            line.number, "Route", "STRUCTURE", expected=f"route {due}", got=short(text),
            remedy="Number the routes 1, 2, 3, … in order: where vehicles differ, route k is that of vehicle k.",
        )  # fmt: skip


def _visits(report: Report, line: Line, text: str) -> tuple[int, ...]:
    out = []
    for cell in text.split():
        visit = whole(cell, 0, MOST_LOCATIONS)
        if visit is None or not cell.isdigit():
            report.find(
                line.number, "Route", "TYPE", expected="clients by their numbers", got=short(cell),
                remedy="Correct the number; clients count from 1 after the depots.",
            )  # fmt: skip
        else:
            out.append(visit)
    return tuple(out)


def _cost(report: Report, line: Line, text: str, *, again: bool) -> Decimal | None:
    if again:
        report.find(
            line.number, "Cost", "DUPLICATE", expected="one cost", got=f"a second one, {short(text)}",
            remedy="Remove one of them.",
        )  # fmt: skip
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or "_" in text:
        report.find(
            line.number, "Cost", "TYPE", expected="a number", got=short(text), remedy="Correct the cost, or remove it."
        )
        return None
    return value


def solution_text(routes: Sequence[Sequence[int]], cost: str) -> str:
    """Return a solution as the text of its file."""
    lines = [" ".join([f"Route #{k}:", *map(str, visits)]) for k, visits in enumerate(routes, 1)]
    return "\n".join([*lines, f"Cost {cost}", ""])


def write_solution(path: str | Path, routes: Sequence[Sequence[int]], cost: str) -> None:
    """Write a ``.sol`` file; the old file stays whole until the new one is."""
    write_bytes(Path(path), solution_text(routes, cost).encode("ascii"))
