"""Best known costs that lie beside an instance: in a list of the folder, or as a solution of the same name."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import InputError
from workbench.formats.benchmarks.lines import load, number
from workbench.formats.benchmarks.solution import Solution, read_solution

LIST = "MANIFEST.tsv"
_COLUMNS = {"file", "rounding", "best_known"}
_BEST = re.compile(r"^(?:(\d+)\s*/\s*)?(\S+)$")


@dataclass(frozen=True, slots=True)
class Known:
    """The best cost known of an instance in the unit of a rounding; its vehicles where the fewest come first."""

    cost: float
    rounding: str
    vehicles: int | None


def known(path: str | Path) -> Known | None:
    """Return what the list beside an instance says of it; None where there is no list, or nothing to be made of it."""
    path = Path(path)
    if not (path.parent / LIST).is_file():
        return None
    try:
        lines = [line.text for line in load(path.parent / LIST)]
    except InputError:
        return None
    for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
        if row.keys() >= _COLUMNS and row["file"] == path.name:
            found = _BEST.match(row["best_known"] or "")
            cost = number(found[2]) if found else None
            if found is not None and cost is not None and cost > 0:
                return Known(cost, row["rounding"] or "", int(found[1]) if found[1] else None)
    return None


def solution_beside(path: str | Path) -> Solution | None:
    """Return the solution that lies beside an instance under its name; None where there is none that can be read."""
    beside = Path(path).with_suffix(".sol")
    try:
        return read_solution(beside) if beside.is_file() else None
    except InputError:
        return None
