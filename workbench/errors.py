"""What can go wrong, as rows people can act on and exceptions callers can catch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

Level = Literal["error", "warning"]

FINDING_CODES = {
    "CHOICE": "a word that is not on the column's list",
    "COA": "a course of action that does not fit the scenario",
    "COMPATIBILITY": "a vehicle that can carry nothing it may carry",
    "CONFLICT": "two cells that exclude or contradict each other",
    "CYCLE": "rows that lead back to where they began: units above themselves, requisitions before themselves",
    "DUPLICATE": "the same identifier twice",
    "DUPLICATE_COLUMN": "the same column twice",
    "EMPTY": "a table without rows",
    "ENCODING": "bytes or characters that are not text",
    "FILE_KIND": "a file of another kind, damaged, or not to be read",
    "FORMULA": "a formula without a value, or one that ended in an error",
    "GEOMETRY": "a shape that is unsound or does not fit its nodes",
    "ID_MANGLED": "an identifier that a spreadsheet turned into a number or a date, or lost zeros",
    "ITEM_CLASS": "an item under another class of supply than the list of items has",
    "LENGTH": "a road shorter than the straight line, or many times as long",
    "LEFT_OUT": "parts of a map that are not taken over, with how many and why",
    "LITRES": "litres that do not fit the class or the quantity",
    "MISSING_COLUMN": "a required column that is not there",
    "MISSING_FILE": "a required file or sheet that is not there",
    "MIXED_UNITS": "one item counted in different units",
    "NAIVE_TIME": "a time without a zone, or a date without a time",
    "NO_DATA": "roads that lack a figure, so that the profile's default is used",
    "OFF_ROAD": "a place far from every road, or joined to roads that lead nowhere",
    "POSITION_FAR": "a position far from the others, or from where its roads end",
    "PRIORITY": "a priority that does not follow from FAD and UND",
    "RANGE": "a figure out of bounds",
    "REQUIRED": "a blank cell that must be filled",
    "SELF_LOOP": "a road from a node to itself",
    "SETTING": "a setting that is unknown, missing or wrong",
    "STRUCTURE": "rows, cells or columns that do not fit together, or too many of them",
    "SWAPPED_LONLAT": "longitude and latitude exchanged",
    "TYPE": "text where a number, time or position must be",
    "UNIT_OF_ISSUE": "a unit of issue that is not ours, or not the item's",
    "UNKNOWN_COLUMN": "a column that no table has",
    "UNKNOWN_REFERENCE": "an identifier that names nothing",
    "UNKNOWN_SHEET": "a sheet that no table has",
    "UNREAD": "a file that is not read because another stands for it",
    "WEIGHT_IMPLAUSIBLE": "a weight that the item can't have",
    "WINDOW_CONFLICT": "windows that overlap",
    "WINDOW_REVERSED": "a window, shift or period that ends before it starts",
}
"""The closed list of codes that findings carry, with what each means."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something wrong in an input, with its place and its remedy.

    ``row`` is the line of the file with the header as line 1 (so the first data row is 2);
    it is 0 when the finding concerns the whole file. ``column`` is the bare column name, or
    empty for the whole row. ``expected``, ``got`` and ``remedy`` are sentences or values for people.
    """

    file: str
    sheet: str
    row: int
    column: str
    level: Level
    code: str
    expected: str
    got: str
    remedy: str

    def as_dict(self) -> dict[str, str | int]:
        """Return the finding with the keys of ``workbench validate --json``."""
        keys = ("level", "code", "file", "sheet", "row", "column", "expected", "got", "remedy")
        values = asdict(self)
        return {key: values[key] for key in keys}

    def __str__(self) -> str:
        place = f"{self.file}" + (f" [{self.sheet}]" if self.sheet else "")
        place += f" row {self.row}" if self.row else ""
        place += f", {self.column}" if self.column else ""
        return f"{place}: expected {self.expected}, got {self.got}. {self.remedy}"


class WorkbenchError(Exception):
    """Base of every error this package raises on purpose; its text is meant for users."""


class InputError(WorkbenchError):
    """Input that cannot be used. ``findings`` lists every problem, not just the first."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings: tuple[Finding, ...] = tuple(findings)
        errors = [f for f in self.findings if f.level == "error"]
        lines = "\n".join(f"- {f}" for f in errors[:20])
        more = f"\n- and {len(errors) - 20} more" if len(errors) > 20 else ""
        super().__init__(f"{len(errors)} problem(s) in the input:\n{lines}{more}")


class PlanFileError(WorkbenchError):
    """A plan file that cannot be read, of an unknown format version, or made from other inputs."""


class EngineError(WorkbenchError):
    """An engine that cannot run on this problem at all, or failed while running."""


class UsageError(WorkbenchError):
    """A request that contradicts itself, such as a budget in seconds and in iterations."""


def raise_on_errors(findings: Iterable[Finding]) -> None:
    """Raise one `InputError` carrying all findings if any of them is of level error."""
    found = tuple(findings)
    if any(f.level == "error" for f in found):
        raise InputError(found)
