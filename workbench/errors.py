"""What can go wrong, as rows people can act on and exceptions callers can catch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

Level = Literal["error", "warning"]


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
