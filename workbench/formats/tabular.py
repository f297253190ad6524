"""Tables in files, as text: CSV in and out, and what a reader hands to the checks.

Reading guesses nothing: every cell stays the text that was in the file, so ``007``, ``1E5`` and a
unit named ``NA`` survive. What cannot be read becomes a finding, and the rest goes on.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.errors import Finding, Level
from workbench.formats import records
from workbench.formats.records import MAX_CELL, Record, Typed
from workbench.schema import Column, Table
from workbench.units import iso

MAX_BYTES = 64 * 2**20
MAX_ROWS = 1_000_000
MAX_COLUMNS = 200
MAX_HEADER = 20_000
UTF8 = "text in UTF-8"
MANY = 10
"""From more cells on, what a whole file or column has in common is one finding."""

_BAD_CHARACTERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_ODD = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff]|(?:^|\n)['#]")
"""What a row must hold for its cells to be looked at one by one: odd characters, escapes, errors of formulas."""
_ERRORS = {
    "#REF!", "#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#VALUE!", "#SPILL!", "#BEZUG!", "#NV", "#WERT!", "#ZAHL!",
}  # fmt: skip
_ESCAPABLE = re.compile(r"'*[=+\-@\t]")
_ESCAPED = re.compile(r"'+[=+\-@\t]")


@dataclass(slots=True)
class Sheet:
    """One table as it stood in its file: text cells, the line of each row, what was wrong already.

    ``typed`` tells which cells a spreadsheet held as a number, a date or a truth value, by (position
    of the row, column). ``faulty`` are the cells that ``findings`` already names; a column ``""``
    stands for the whole row. ``separator`` stands between the columns of a CSV file.
    """

    file: str
    sheet: str
    cells: pd.DataFrame
    lines: NDArray[np.int64]
    typed: dict[tuple[int, str], Typed] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    faulty: set[tuple[int, str]] = field(default_factory=set)
    separator: str = ","

    def find(
        self, row: int, column: str, code: str, *, expected: str, got: str, remedy: str, level: Level = "error"
    ) -> None:
        """Record a finding of this file."""
        self.findings.append(Finding(self.file, self.sheet, row, column, level, code, expected, got, remedy))


def empty_sheet(file: str, sheet: str = "") -> Sheet:
    """Return a sheet without rows and columns, to hang findings on."""
    return Sheet(file, sheet, pd.DataFrame(), np.zeros(0, dtype=np.int64))


def read_csv(path: Path) -> Sheet:
    """Read a CSV file as text.

    A file that is too large, empty, or no CSV at all gives a sheet without columns and one finding;
    undecodable bytes, stray quotation marks and rows that are too long are findings of their rows.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            return _refused(path.name, f"at most {MAX_BYTES // 2**20} MiB", f"{path.stat().st_size:,} bytes")
        return read_csv_bytes(path.read_bytes(), path.name)
    except OSError as error:
        return _refused(path.name, "a file that can be read", error.strerror or str(error), "FILE_KIND")


def read_csv_bytes(data: bytes, name: str) -> Sheet:
    """Read the bytes of a CSV file named ``name``; see `read_csv`."""
    if data[:4] == b"PK\x03\x04":
        return _refused(name, "a CSV file", "a spreadsheet or an archive", "FILE_KIND", "Save it as CSV UTF-8.")
    if data[:4] in (b"\xff\xfe\0\0", b"\0\0\xfe\xff"):
        return _refused(name, "UTF-8", "UTF-32", "ENCODING", "Save it as CSV UTF-8.")
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = data.decode("utf-16", "replace") if wide else data.decode("utf-8-sig", "surrogateescape")
    if not wide and data.count(b"\0") > 100 + len(data) // 20:
        return _refused(name, "a CSV file", "a file with binary content", "FILE_KIND", "Save it as CSV UTF-8.")
    if not text.strip():
        return _refused(name, "a header line", "an empty file", "MISSING_COLUMN", "Start from the blank template.")
    lines = list(io.StringIO(text, newline=""))
    delimiter = records.separator_of(lines[0])
    if len(lines[0]) > MAX_HEADER or lines[0].count(delimiter) >= MAX_COLUMNS:
        return _refused(name, f"at most {MAX_COLUMNS} columns", f"{lines[0].count(delimiter) + 1:,} columns")
    if len(lines) > MAX_ROWS + 1:
        return _refused(name, f"at most {MAX_ROWS:,} rows", f"{len(lines):,} lines")
    sheet = build_sheet(name, "", records.read(lines, delimiter))
    sheet.separator = delimiter
    if wide:
        sheet.find(
            0,
            "",
            "ENCODING",
            expected="UTF-8",
            got="UTF-16",
            level="warning",
            remedy="It was read all the same. Save it as CSV UTF-8.",
        )
    if delimiter != "," and len(sheet.cells.columns):
        sheet.find(
            1,
            "",
            "STRUCTURE",
            expected="columns separated by commas",
            level="warning",
            got="tabs" if delimiter == "\t" else "semicolons",
            remedy="It was read all the same. Save it with commas; numbers need a decimal point.",
        )
    return sheet


def _refused(
    name: str, expected: str, got: str, code: str = "STRUCTURE", remedy: str = "The file was not read. Make it smaller."
) -> Sheet:
    sheet = empty_sheet(name)
    sheet.find(0, "", code, expected=expected, got=got, remedy=remedy)
    return sheet


def build_sheet(file: str, sheet: str, rows_of_cells: Iterable[Record], *, keep_blank: bool = False) -> Sheet:
    """Make a `Sheet` of records, the first of which is the header; blank rows are passed over unless kept."""
    rows = iter(rows_of_cells)
    first = next(rows, Record(1, ()))
    header = [_clean(name).strip() for name in first.cells]
    while header and not header[-1]:
        header.pop()
    out = empty_sheet(file, sheet)
    if len(header) > MAX_COLUMNS:
        out.find(
            1,
            "",
            "STRUCTURE",
            expected=f"at most {MAX_COLUMNS} columns",
            got=f"{len(header):,} columns",
            remedy="The table was not read. Remove what is not a column of the table.",
        )
        return out
    if not header and (second := next((r for r in rows if any(cell.strip() for cell in r.cells)), None)):
        out.find(
            1,
            "",
            "MISSING_COLUMN",
            expected="the names of the columns in the first line",
            got=f"a blank line; what is written starts in line {second.line}",
            remedy="The table was not read. Remove what stands above the names of the columns.",
        )
        return out
    kept = _columns(out, header, first.line)
    grid: list[list[str]] = []
    lines: list[int] = []
    for record in rows:
        if len(header) > 1 and list(record.cells[: len(header)]) == header:
            record = replace(record, fault="the names of the columns again")
        if keep_blank or record.fault or "".join(record.cells).strip():
            grid.append(_row(out, record, kept, len(header), len(grid)))
            lines.append(record.line)
    names = list(kept.values())
    columns = {name: [row[k] for row in grid] for k, name in enumerate(names)}
    out.cells = pd.DataFrame(columns, columns=pd.Index(names, dtype="str"), dtype="str")
    out.lines = np.asarray(lines, dtype=np.int64)
    out.findings = _gathered(out.findings)
    return out


def _gathered(findings: list[Finding]) -> list[Finding]:
    """Return the findings with one for all of a file's undecodable cells, or a column's formulas, if they are many."""
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for f in findings:
        if f.row > 1 and (f.code == "FORMULA" or (f.code, f.expected) == ("ENCODING", UTF8)):
            groups.setdefault((f.code, f.column if f.code == "FORMULA" else "", f.expected), []).append(f)
    out = findings
    for (code, column, expected), cells in groups.items():
        if len(cells) > MANY:
            rows = ", ".join(str(f.row) for f in cells[:3])
            got = f"{cells[0].got} in row {cells[0].row}, and the like in {len(cells)} cells (rows {rows}, …)"
            remedy = cells[0].remedy if code == "FORMULA" else "Save the file as CSV UTF-8."
            first = Finding(
                cells[0].file, cells[0].sheet, int(bool(column)), column, "error", code, expected, got, remedy
            )
            known = set(cells)
            out = [first, *(f for f in out if f not in known)]
    return out


def _columns(out: Sheet, header: list[str], line: int) -> dict[int, str]:
    """Return position -> name of the columns to read; a name that comes twice is read once."""
    kept: dict[int, str] = {}
    for position, name in enumerate(header):
        if name and name not in kept.values():
            kept[position] = name
        elif name:
            out.find(
                line,
                name,
                "DUPLICATE_COLUMN",
                expected="each column once",
                got=f"{name} twice",
                remedy="The first one was read. Rename or remove the other.",
            )
        else:
            out.find(
                line,
                "",
                "UNKNOWN_COLUMN",
                expected="a name over each column",
                level="warning",
                got=f"no name over column {position + 1}",
                remedy="The column is ignored. Name or remove it.",
            )
    return kept


def _row(out: Sheet, record: Record, kept: dict[int, str], width: int, position: int) -> list[str]:
    """Return the cells of one record in the order of ``kept``, with findings for what cannot be read."""
    plain = len(record.cells) == width == len(kept) and not (record.fault or record.typed or record.uncounted)
    joined = "\n".join(record.cells) if plain else ""
    if plain and len(joined) <= MAX_CELL and not _ODD.search(joined):
        return list(record.cells)
    extra = any(cell.strip() for cell in record.cells[width:])
    filled = max((at for at, cell in enumerate(record.cells, 1) if cell.strip()), default=0) if extra else 0
    fault = record.fault or (f"{filled} cells under {width} columns" if extra else "")
    if fault:
        out.faulty.add((position, ""))
        out.find(
            record.line,
            "",
            "STRUCTURE",
            expected="one cell under each column",
            got=fault,
            remedy='Put text that holds a comma or quotation mark in "quotation marks", or remove the comma too many.',
        )
    cells = []
    for at, name in kept.items():
        raw = record.cells[at] if at < len(record.cells) else ""
        if at in record.typed:
            out.typed[position, name] = record.typed[at]
        if not fault and (at in record.uncounted or raw.strip() in _ERRORS):
            cells.append(_uncounted(out, raw.strip(), record.line, name, position))
        elif fault or (len(raw) <= MAX_CELL and not _BAD_CHARACTERS.search(raw)):
            cells.append(_clean(raw))
        else:
            cells.append(_unreadable(out, raw, record.line, name, position))
    return cells


def _uncounted(out: Sheet, raw: str, line: int, column: str, position: int) -> str:
    """Report a formula without a value, or one that ended in an error, and return a blank cell."""
    out.faulty.add((position, column))
    remedy = f"Correct the formula that gives {raw}, or type the value."
    if not raw:
        remedy = "Open the workbook in a spreadsheet programme and save it there, or type the value."
    got = raw or "a formula whose value is not in the file"
    out.find(line, column, "FORMULA", expected="the value of the cell", got=got, remedy=remedy)
    return ""


def _unreadable(out: Sheet, raw: str, line: int, column: str, position: int) -> str:
    """Report a cell that is too long or holds what is not text, and return a best reading of it."""
    out.faulty.add((position, column))
    if len(raw) > MAX_CELL:
        out.find(
            line,
            column,
            "STRUCTURE",
            expected=f"at most {MAX_CELL:,} characters",
            got=f"{len(raw):,} characters",
            remedy="Shorten the cell.",
        )
        return ""
    guess = _clean(raw)
    code = ord(_BAD_CHARACTERS.findall(raw)[0])
    if code >= 0xD800:
        out.find(
            line,
            column,
            "ENCODING",
            expected=UTF8,
            got=f"byte 0x{code & 0xFF:02X}",
            remedy=f"Perhaps {guess!r} was meant. Save the file as CSV UTF-8, or type the cell anew.",
        )
    else:
        out.find(
            line,
            column,
            "ENCODING",
            expected="printable text",
            got=f"control character 0x{code:02X}",
            remedy="Remove the character.",
        )
    return guess


def _clean(raw: str) -> str:
    """Return a cell as text that every later step can hold: line feeds only, escapes undone."""
    if _BAD_CHARACTERS.search(raw):
        raw = raw.encode("utf-8", "surrogateescape").decode("cp1252", "replace") if _undecoded(raw) else raw
        raw = _BAD_CHARACTERS.sub("", raw)
    if "\r" in raw:
        raw = raw.replace("\r\n", "\n").replace("\r", "\n")
    return raw[1:] if raw.startswith("'") and _ESCAPED.match(raw) else raw


def _undecoded(raw: str) -> bool:
    """Return whether ``raw`` holds bytes that were not UTF-8."""
    return any(0xDC80 <= ord(c) <= 0xDCFF for c in raw) and not any(0xD800 <= ord(c) < 0xDC80 for c in raw)


def escape(text: str) -> str:
    """Return text that a spreadsheet will not run as a formula; `read_csv` takes the escape off again."""
    return f"'{text}" if _ESCAPABLE.match(text) else text


def number_text(value: float) -> str:
    """Write a number so that it reads back as the same number; NaN is blank, 3.0 is ``3``."""
    if value != value:
        return ""
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))


def to_text(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return a typed table as text cells, in the order of the declared columns."""
    return pd.DataFrame({c.name: _column_text(frame[c.name], c) for c in table.columns}, index=frame.index, dtype="str")


def _column_text(values: pd.Series, column: Column) -> list[str]:
    if column.kind in ("int", "float"):
        return [number_text(v) for v in values.tolist()]
    if column.kind == "bool":
        return ["true" if v else "false" for v in values.tolist()]
    if column.kind == "instant":
        return ["" if pd.isna(v) else _instant_text(v) for v in values]
    return [str(v) for v in values.tolist()]


def _instant_text(value: pd.Timestamp) -> str:
    moment = value.to_pydatetime(warn=False)
    return iso(moment) if not moment.microsecond else moment.isoformat().replace("+00:00", "Z")


def csv_text(frame: pd.DataFrame, table: Table) -> str:
    """Return a typed table as the text of its CSV file, formulas escaped."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    text = to_text(frame, table)
    writer.writerow(text.columns)
    columns = [_escaped(text[c.name].tolist(), c) for c in table.columns]
    writer.writerows(zip(*columns, strict=True))
    return out.getvalue()


def _escaped(cells: list[str], column: Column) -> list[str]:
    return cells if column.kind in ("int", "float", "bool", "instant") else [escape(cell) for cell in cells]


def write_csv(path: Path, frame: pd.DataFrame, table: Table) -> None:
    """Write a typed table as UTF-8 CSV; the old file stays whole until the new one is."""
    write_bytes(path, csv_text(frame, table).encode("utf-8"))


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file by way of a neighbour and a rename, so that it is never half written."""
    beside = path.with_name(f".{path.name}.part")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
