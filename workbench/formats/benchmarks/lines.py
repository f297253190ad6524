"""Lines of a benchmark file with their numbers, and the faults found in them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from workbench.errors import Finding, InputError, Level, raise_on_errors

MAX_BYTES = 256 * 2**20
MOST_LOCATIONS = 200_000
MOST = 10**9
"""No coordinate, time, load or price may be larger: sums of them stay exact."""
MANY = 40
"""Of one kind of fault in one section, so many are listed one by one."""


class Line(NamedTuple):
    """A line that is not blank: its number in the file, from 1, and its text."""

    number: int
    text: str


@dataclass(slots=True)
class Report:
    """The faults of one file."""

    file: str
    findings: list[Finding] = field(default_factory=list)

    def find(
        self, row: int, column: str, code: str, *, expected: str, got: str, remedy: str, level: Level = "error"
    ) -> None:
        """Record a fault in line ``row`` of section or keyword ``column``."""
        self.findings.append(Finding(self.file, "", row, column, level, code, expected, got, remedy))

    def settle(self) -> tuple[Finding, ...]:
        """Return the warnings; with errors there is one `InputError` with all of them, long runs of one kind cut short.

        Raises
        ------
        InputError
            When the file has errors.
        """
        raise_on_errors(_gathered(self.findings))
        return tuple(f for f in self.findings if f.level == "warning")


def _gathered(findings: list[Finding]) -> list[Finding]:
    """Return the findings; of one kind in one section at most `MANY`, the last of them says how many more there are."""
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for f in findings:
        groups.setdefault((f.code, f.column, f.expected), []).append(f)
    out: list[Finding] = []
    for group in groups.values():
        out += group[:MANY]
        if len(group) > MANY:
            last = out[-1]
            out[-1] = replace(last, got=f"{last.got}, and the like in {len(group) - MANY:,} more lines")
    return sorted(out, key=lambda f: (f.row, f.column))


def load(path: Path) -> list[Line]:
    """Return the lines of a text file that are not blank.

    Raises
    ------
    InputError
        When it cannot be read, is too large or is no text.
    """
    try:
        if not path.is_file():
            raise _refused(path, "MISSING_FILE", "a file", "a folder" if path.is_dir() else "nothing")
        if path.stat().st_size > MAX_BYTES:
            raise _refused(path, "STRUCTURE", f"at most {MAX_BYTES // 2**20} MiB", f"{path.stat().st_size:,} bytes")
        data = path.read_bytes()
    except OSError as error:
        raise _refused(path, "FILE_KIND", "a file that can be read", error.strerror or str(error)) from error
    if b"\0" in data:
        raise _refused(path, "FILE_KIND", "a text file", "a file with binary content")
    rows = data.decode("utf-8-sig", "replace").splitlines()
    lines = [Line(k, text) for k, row in enumerate(rows, 1) if (text := row.strip())]
    if not lines:
        raise _refused(path, "EMPTY", "a benchmark instance or solution", "an empty file")
    return lines


def _refused(path: Path, code: str, expected: str, got: str) -> InputError:
    remedy = "Name a benchmark instance (VRPLIB, Solomon, Li & Lim) or a .sol file."
    return InputError([Finding(path.name, "", 0, "", "error", code, expected, got, remedy)])


def number(text: str) -> float | None:
    """Read a decimal number, None for anything else: no words for infinity, no digits set apart by underscores."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in text else None


def short(text: str) -> str:
    """Return text as a message quotes it."""
    return repr(text if len(text) <= 40 else f"{text[:40]}…")
