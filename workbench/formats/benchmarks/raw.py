"""A VRPLIB file cut into its keywords and sections."""

from __future__ import annotations

from dataclasses import dataclass, field

from workbench.formats.benchmarks.lines import MOST, MOST_LOCATIONS, Report, number, short
from workbench.formats.benchmarks.tables import Section, whole


@dataclass(slots=True)
class Raw:
    """Keywords and sections by name, each with its line."""

    report: Report
    values: dict[str, tuple[int, str]] = field(default_factory=dict)
    sections: dict[str, Section] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return the value of a keyword, blank where it is not given."""
        return self.values.get(name, (0, ""))[1]

    def value(self, name: str) -> float | None:
        """Return the number that a keyword has for all alike, None where it is not given or wrong."""
        if name not in self.values:
            return None
        line, text = self.values[name]
        found = number(text)
        if found is None or not 0 <= found <= MOST:
            self.report.find(
                line, name, "TYPE" if found is None else "RANGE", expected=f"a number from 0 to {MOST:,}",
                got=short(text), remedy="Correct the number.",
            )  # fmt: skip
            return None
        return found

    def count(self, name: str) -> int | None:
        """Return how many there are of something, from 1; None where it is not given or wrong."""
        if name not in self.values:
            return None
        line, text = self.values[name]
        found = whole(text, 1, MOST_LOCATIONS)
        if found is None:
            self.report.find(
                line, name, "SETTING", expected=f"a whole number from 1 to {MOST_LOCATIONS:,}", got=short(text),
                remedy="Correct the number.",
            )  # fmt: skip
        return found
