"""Spreadsheets in and out: the same tables as sheets of one workbook, with guards against hostile files."""

from __future__ import annotations

import io
import itertools
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.errors import Finding, UsageError
from workbench.formats.records import Record, Typed
from workbench.formats.tabular import (
    MAX_BYTES,
    MAX_COLUMNS,
    Sheet,
    build_sheet,
    empty_sheet,
    escape,
    number_text,
    to_text,
    write_bytes,
)
from workbench.schema import Table

MAX_ROWS = 100_000
MAX_UNPACKED = 160 * 2**20
MAX_RATIO = 200
MAX_PARTS = 2_000
_FORMULA = re.compile(rb"<(?:\w+:)?f[ />]")
CELL_LIMIT = 32_767
"""Characters that a spreadsheet cell can hold."""


def read_xlsx(path: Path) -> tuple[dict[str, Sheet], list[Finding]]:
    """Read every sheet of a workbook as text, by its name; findings concern the workbook as a whole.

    Refused without reading: files too large, archives that unpack to far more than they are, document
    types and entities in the XML, and anything openpyxl can't make sense of.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            return {}, [_finding(path, f"at most {MAX_BYTES // 2**20} MiB", f"{path.stat().st_size:,} bytes")]
        data = path.read_bytes()
    except OSError as error:
        return {}, [_finding(path, "a file that can be read", error.strerror or str(error))]
    import openpyxl  # here and below: a tenth of a second that readers of CSV need not wait for

    try:
        if fault := _archive_fault(data):
            return {}, [_finding(path, "a sound XLSX workbook", fault)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of drawings and validations, which don't matter here
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            formulas = openpyxl.load_workbook(io.BytesIO(data), read_only=True) if _has_formulas(data) else book
            sheets = {ws.title.strip(): _read_sheet(path.name, ws, formulas[ws.title]) for ws in book.worksheets}
            book.close()
            formulas.close()
    except Exception as error:  # zipfile, openpyxl and the XML parsers below it raise whatever they like
        got = f"a damaged file, or one of another kind ({type(error).__name__})"
        return {}, [_finding(path, "a sound XLSX workbook", got)]
    return (sheets, []) if sheets else ({}, [_finding(path, "a workbook with sheets", "none that can be read")])


def _finding(path: Path, expected: str, got: str) -> Finding:
    remedy = "The workbook was not read. Save it anew as XLSX, or save its sheets as CSV UTF-8."
    return Finding(path.name, "", 0, "", "error", "FILE_KIND", expected, got, remedy)


def _archive_fault(data: bytes) -> str:
    """Return what makes the archive unfit to open, judged by its directory and the head of each part."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
        unpacked = sum(part.file_size for part in parts)
        if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED:
            return f"one that unpacks to {unpacked // 2**20:,} MiB in {len(parts):,} parts"
        if unpacked > 2**20 * 20 and unpacked > MAX_RATIO * len(data):
            return f"one that unpacks to {unpacked // max(1, len(data))} times its size"
        if "[Content_Types].xml" not in archive.namelist():
            return "an archive of another kind"
        for part in parts:
            if part.filename.endswith((".xml", ".rels")):
                with archive.open(part) as stream:
                    head = stream.read(4096).replace(b"\0", b"").upper()
                if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
                    return "one with a document type in its XML"
    return ""


def _has_formulas(data: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = [name for name in archive.namelist() if name.startswith("xl/worksheets/") and name.endswith(".xml")]
        return any(_FORMULA.search(archive.read(name)) for name in parts)


def _read_sheet(file: str, ws: Any, formulas: Any) -> Sheet:
    """Read one sheet; one larger than the limits is refused with a finding.

    ``formulas`` is the same sheet with formulas instead of their values, or ``ws`` itself where there are none.
    """
    count = itertools.count()
    counted = (row for row, _ in zip(_rows(ws), count, strict=False))
    readings = ((row,) for row in counted) if formulas is ws else zip(counted, _rows(formulas), strict=False)
    sheet = build_sheet(file, ws.title.strip(), _records(readings))
    if next(count) > MAX_ROWS + 1:
        sheet = empty_sheet(file, ws.title.strip())
        sheet.find(
            0,
            "",
            "STRUCTURE",
            expected=f"at most {MAX_ROWS:,} rows",
            got="more rows, or a cell far below the table",
            remedy="The sheet was not read. Use CSV for large tables, and clear stray cells.",
        )
    return sheet


def _rows(ws: Any) -> Iterator[tuple[Any, ...]]:
    ws.reset_dimensions()
    rows: Iterator[tuple[Any, ...]] = ws.iter_rows(max_row=MAX_ROWS + 2, max_col=MAX_COLUMNS + 1, values_only=True)
    return rows


def _records(rows: Iterable[tuple[tuple[Any, ...], ...]]) -> Iterator[Record]:
    """Yield a record for each row that is not blank; of two readings of a row the second shows its formulas."""
    for line, readings in enumerate(rows, start=1):
        values, shown = readings[0], readings[-1]
        if line > 1 and all(value is None for value in shown):
            continue
        texts, typed = [], {}
        for at, value in enumerate(values):
            text, kind = cell_text(value)
            texts.append(text)
            if kind:
                typed[at] = kind
        uncounted = {at for at, value in enumerate(values) if value is None and shown[at] is not None}
        yield Record(line, texts, typed=typed, uncounted=uncounted)


def cell_text(value: Any) -> tuple[str, Typed | None]:
    """Return the text of a spreadsheet's value, and what it was if it was not text."""
    if value is None:
        return "", None
    if isinstance(value, bool):
        return ("true" if value else "false"), "bool"
    if isinstance(value, (int, float)):
        return (str(value) if isinstance(value, int) else number_text(value) or "nan"), "number"
    if isinstance(value, datetime):
        return (value.strftime("%Y-%m-%d") if value.time() == time() else value.strftime("%Y-%m-%dT%H:%M:%S")), "date"
    if isinstance(value, date):
        return value.isoformat(), "date"
    if isinstance(value, time):
        return value.strftime("%H:%M:%S") if value.second else value.strftime("%H:%M"), "date"
    if isinstance(value, timedelta):
        minutes = round(value.total_seconds() / 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}", "date"
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda m: chr(int(m[1], 16)), str(value)), None


def write_xlsx(
    path: Path, tables: Mapping[str, tuple[pd.DataFrame, Table]], others: Mapping[str, list[list[str]]]
) -> None:
    """Write tables and other sheets (rows of text, the header first) as one workbook.

    Numbers stay numbers; identifiers, clock times and instants are text, so that a spreadsheet keeps
    them as they are. Text that a spreadsheet would run as a formula is escaped.

    Raises
    ------
    UsageError
        When a cell is longer than a spreadsheet cell can be.
    """
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    for name, lines in others.items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append([_text_cell(sheet, text, name) for text in line])
    for name, (frame, table) in tables.items():
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "A2"
        sheet.append([column.name for column in table.columns])
        text = to_text(frame, table)
        numeric = {c.name for c in table.columns if c.kind in ("int", "float")}
        columns = [frame[c].tolist() if c in numeric else text[c].tolist() for c in text.columns]
        for row in zip(*columns, strict=True):
            sheet.append([_cell(sheet, value, name) for value in row])
    buffer = io.BytesIO()
    book.save(buffer)
    write_bytes(path, _timeless(buffer.getvalue()))


def _timeless(data: bytes) -> bytes:
    """Return a workbook without the moment it was written, so that the same tables give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = re.sub(rb"(<dcterms:\w+[^>]*>)[^<]*", rb"\g<1>2000-01-01T00:00:00Z", old.read(name))
            new.writestr(zipfile.ZipInfo(name), part, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _cell(sheet: Any, value: Any, name: str) -> Any:
    if isinstance(value, str):
        return _text_cell(sheet, value, name) if value else None
    return None if value != value else value


def _text_cell(sheet: Any, text: str, name: str) -> Any:
    from openpyxl.cell import WriteOnlyCell

    shown = escape(text)
    if len(shown) > CELL_LIMIT:
        raise UsageError(
            f"A cell of {name} holds {len(shown):,} characters; a spreadsheet holds {CELL_LIMIT:,}. Save as CSV."
        )
    cell = WriteOnlyCell(sheet, value=re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", shown))
    cell.number_format = "@"
    cell.data_type = "s"
    return cell
