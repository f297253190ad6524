"""The lines of a CSV file as records: what separates the cells, where a row starts, which rows lost their form."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

MAX_CELL = 100_000

Typed = Literal["number", "date", "bool"]


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a file: its line, its cells, and the sentence about what is wrong with its form.

    ``uncounted`` are the positions of formulas whose value the file does not hold.
    """

    line: int
    cells: Sequence[str]
    fault: str = ""
    typed: Mapping[int, Typed] = field(default_factory=dict)
    uncounted: Collection[int] = ()


def separator_of(header: str) -> str:
    """Return the character that separates the header's names: a comma unless it has none."""
    counts = {mark: header.count(mark) for mark in ",;\t"}
    return "," if counts[","] else max(";\t", key=lambda mark: counts[mark]) if any(counts.values()) else ","


def _split(lines: list[str], delimiter: str) -> Iterator[Record]:
    """Yield records with the line they start at; a quote that never closes costs only its own line."""
    start = 0
    while start < len(lines):
        reader = csv.reader(lines[start:], delimiter=delimiter)
        before = 0
        while True:
            try:
                cells = next(reader, None)
            except csv.Error:
                yield Record(start + before + 1, (), f"a cell longer than {MAX_CELL:,} characters")
                before = reader.line_num
                continue
            if cells is None:
                return
            first, after = start + before, start + reader.line_num
            if after == len(lines) and "".join(lines[first:after]).count('"') % 2:
                literal = next(csv.reader([lines[first]], delimiter=delimiter, quoting=csv.QUOTE_NONE))
                yield Record(first + 1, literal, "a quotation mark that is never closed")
                start = first + 1
                break
            yield Record(first + 1, cells)
            before = reader.line_num


def read(lines: list[str], delimiter: str) -> list[Record]:
    """Return the records of a file.

    A row with more cells than the header is faulty even if those at its end are blank: a separator too
    many has moved the others. Where most rows end so, it is the way the file was written.
    """
    records = list(_split(lines, delimiter))
    width = len(records[0].cells) if records else 0
    long = {at for at, record in enumerate(records) if at and len(record.cells) > width}
    if 2 * len(long) > len(records) - 1 > 1:
        return records
    return [
        replace(record, fault=f"{len(record.cells)} cells under {width} columns")
        if at in long and not record.fault and any(cell.strip() for cell in record.cells)
        else record
        for at, record in enumerate(records)
    ]
