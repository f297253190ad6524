"""From a sheet of text to a typed table: what the declarations of `schema` demand of every cell.

`check` converts each cell, lets a pandera schema made of the declarations look at all values at once,
and returns a `Loaded` table that later checks go on flagging. A cell carries one finding at most.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa
from numpy.typing import NDArray

from workbench.errors import Finding, Level
from workbench.formats import cells, commas, headers
from workbench.formats.tabular import Sheet
from workbench.schema import Column, Table

Mask = NDArray[np.bool_]
Words = str | Callable[[int], str]
KEY = "(key)"
MANY = 12
"""From so many cells on, a fault of most cells of a column is one finding."""
HALF_EMPTY = 3
"""So many required cells blank in one row are one finding of the row."""
_FLOATS = ("int", "float", "bool")


@dataclass(slots=True)
class Loaded:
    """A table on its way in: the typed frame, the text it came from, and the findings so far.

    ``frame`` and ``text`` have every declared column; ``absent`` are those that the file lacks. ``marks``
    holds the finding of a cell by (row position, column), where the column may be empty for the whole row.
    """

    table: Table
    file: str
    sheet: str
    present: bool
    frame: pd.DataFrame
    text: pd.DataFrame
    lines: NDArray[np.int64]
    typed: dict[tuple[int, str], str] = field(default_factory=dict)
    marks: dict[tuple[int, str], Finding] = field(default_factory=dict)
    bad: dict[str, Mask] = field(default_factory=dict)
    general: list[Finding] = field(default_factory=list)
    absent: set[str] = field(default_factory=set)

    def sound(self, *columns: str) -> Mask:
        """Return the rows where none of ``columns`` (nor the row as a whole) carries a finding."""
        out = np.ones(len(self.frame), dtype=np.bool_)
        for column in ("", *columns):
            if column in self.bad:
                out &= ~self.bad[column]
        return out

    def flag(
        self,
        where: Any,
        column: str,
        code: str,
        *,
        expected: Words,
        remedy: Words,
        got: Words | None = None,
        level: Level = "error",
    ) -> None:
        """Report the rows ``where`` is true at ``column``, unless that cell or row is reported already.

        Words are a sentence, or a function of the row position. ``got`` is the cell's text by default.
        A column that the file lacks and several rows need is reported once; so is what is wrong with most
        cells of a long column, for its cause is one.
        """
        hits = np.flatnonzero(np.asarray(where, dtype=np.bool_) & self.sound(column))
        if hits.size > 1 and column in self.absent:
            self.lack(column, f"{hits.size:,} rows need it", level)
            return
        found = [self._finding(at, column, code, level, expected, got, remedy) for at in map(int, hits)]
        if len(found) >= MANY and 2 * len(found) >= len(self.frame):
            self.marks = {k: f for k, f in self.marks.items() if k[1] != column or f.code != "RANGE"}
            told = f"{found[0].got} in row {found[0].row}, and the like in {len(found):,} of {len(self.frame):,} rows"
            self.general.append(replace(found[0], row=1, got=told))
        else:
            self.marks |= {(int(at), column): finding for at, finding in zip(hits, found, strict=True)}
        if hits.size:
            self.excuse(np.isin(np.arange(len(self.frame)), hits), column)

    def _finding(
        self, at: int, column: str, code: str, level: Level, expected: Words, got: Words | None, remedy: Words
    ) -> Finding:
        said = str(self.text[column].iloc[at]) if got is None else _say(got, at)
        return Finding(
            self.file, self.sheet, int(self.lines[at]), column, level, code,
            _say(expected, at), said if said != "" else "a blank cell", _say(remedy, at),
        )  # fmt: skip

    def lack(self, column: str, why: str, level: Level = "error") -> None:
        """Report once that the file lacks a column which is not always required; no row is asked for it again."""
        self.general = headers.lacking(self.general, self.file, self.sheet, self.table.column(column), why, level)
        self.excuse(np.ones(len(self.frame), dtype=np.bool_), column)

    def excuse(self, where: Any, column: str) -> None:
        """Have later checks pass over the rows where ``where`` is true at ``column``, without a finding."""
        out = self.bad.setdefault(column, np.zeros(len(self.frame), dtype=np.bool_))
        out |= np.asarray(where, dtype=np.bool_)

    def findings(self) -> list[Finding]:
        """Return all findings of the table."""
        return [*self.general, *self.marks.values()]

    def line(self, position: int) -> int:
        """Return the line of the file that the row at ``position`` stands in."""
        return int(self.lines[position])


def _say(words: Words, position: int) -> str:
    return words if isinstance(words, str) else words(position)


def check(sheet: Sheet, table: Table, *, present: bool = True) -> Loaded:
    """Type every cell of a sheet by the table's declarations and report what does not fit.

    Defaults fill blank cells. Cells that carry a finding hold the neutral value of their type.
    """
    if present and headers.foreign(sheet, table):
        sheet = headers.refused(sheet, table)
    general = [f for f in sheet.findings if not f.row or not f.column or f.row == 1]
    names = headers.match(sheet, table, general) if present and len(sheet.cells.columns) else {}
    text = _text_frame(sheet, table, names)
    doubtful = commas.read(sheet, table, text, general)
    loaded = Loaded(table, sheet.file, sheet.sheet, present, text, text, sheet.lines, dict(sheet.typed))
    loaded.general = general
    loaded.absent = {c.name for c in table.columns if names and c.name not in names}
    _take_over(loaded, sheet, {found: name for name, found in names.items()})
    for column in table.columns:
        if column.name in doubtful or (column.required and column.name not in names):
            loaded.excuse(np.ones(len(text), dtype=np.bool_), column.name)
    loaded.frame = pd.DataFrame(
        {c.name: _convert(loaded, c) for c in table.columns}, index=pd.RangeIndex(len(text))
    )  # fmt: skip
    _pandera(loaded)
    loaded.frame = typed(loaded.frame, table)
    return loaded


def _text_frame(sheet: Sheet, table: Table, names: dict[str, str]) -> pd.DataFrame:
    """Return the declared columns as stripped text, blank where the file lacks the column."""
    size = len(sheet.cells)
    columns = {}
    for column in table.columns:
        if column.name in names:
            values = sheet.cells[names[column.name]]
            columns[column.name] = values.str.strip(" ") if column.kind == "str" else values.str.strip()
        else:
            columns[column.name] = pd.Series([""] * size, dtype="str")
    return pd.DataFrame(columns, index=pd.RangeIndex(size), columns=[c.name for c in table.columns], dtype="str")


def _take_over(loaded: Loaded, sheet: Sheet, declared: dict[str, str]) -> None:
    """Mark the cells and rows that the reader has reported, so that nothing is said twice."""
    positions = {int(line): at for at, line in enumerate(loaded.lines)}
    for finding in sheet.findings:
        if finding.row > 1 and finding.row in positions and finding.column:
            loaded.marks[positions[finding.row], declared.get(finding.column, finding.column)] = finding
    for position, name in sheet.faulty:
        column = declared.get(name, name)
        loaded.bad.setdefault(column, np.zeros(len(loaded.lines), dtype=np.bool_))[position] = True


def _convert(loaded: Loaded, column: Column) -> pd.Series:
    """Return one column's values: floats (NaN blank), UTC instants (NaT blank) or text ("" blank)."""
    text = loaded.text[column.name]
    values: dict[str, Any] = {}
    faults: dict[str, cells.BadCell] = {}
    cell_at = text.tolist()
    for cell in dict.fromkeys(cell_at):
        if cell:
            try:
                values[cell] = cells.parse(column, cell)
            except cells.BadCell as fault:
                faults[cell] = fault
    for code in sorted({fault.code for fault in faults.values()}):
        loaded.flag(
            text.isin([cell for cell, fault in faults.items() if fault.code == code]),
            column.name,
            code,
            expected=lambda at: faults[cell_at[at]].expected,
            remedy=lambda at: faults[cell_at[at]].remedy,
        )
    if column.kind in _FLOATS:
        return pd.Series([values.get(cell, np.nan) for cell in cell_at], text.index, dtype="float64")
    if column.kind == "instant":
        moments = pd.Series([values.get(cell) for cell in cell_at], dtype="object")
        return pd.to_datetime(moments, utc=True).astype("datetime64[us, UTC]")
    if not faults and all(cell == value for cell, value in values.items()):
        return text
    return pd.Series([values.get(cell, "") for cell in cell_at], text.index, dtype="str")


@cache
def pandera_schema(table: Table) -> pa.DataFrameSchema:
    """Return the pandera schema of a table, made once of its declarations.

    It looks at frames as `check` has them: numbers as floats, blanks as NaN or "". The name of each
    check is the code of the finding it gives.
    """
    columns = {c.name: pa.Column(None, _pandera_checks(c), nullable=True, required=True) for c in table.columns}
    if table.key:
        columns[KEY] = pa.Column(None, [_named("DUPLICATE", lambda s: ~s.duplicated() | (s == ""))], nullable=True)
    return pa.DataFrameSchema(columns, strict=False, coerce=False)


def _named(code: str, test: Callable[[pd.Series], pd.Series]) -> pa.Check:
    return pa.Check(test, name=code, error=code, ignore_na=False)


def _pandera_checks(column: Column) -> list[pa.Check]:
    out = []
    if column.required:
        out.append(_named("REQUIRED", lambda s: s.notna() & (s != "")))
    if column.low is not None or column.high is not None:
        low, high = column.low, column.high
        out.append(
            _named(
                "RANGE",
                lambda s: s.isna() | s.between(-np.inf if low is None else low, np.inf if high is None else high),
            )
        )
    if column.choices and column.kind == "choice":
        out.append(_named("CHOICE", lambda s: s.isin((*column.choices, ""))))
    return out


def _pandera(loaded: Loaded) -> None:
    """Let pandera look at the whole table and turn its failures into findings."""
    table = loaded.table
    frame = loaded.frame
    if not len(frame):
        return
    if table.key:
        keys = frame[table.key[0]].astype("str")
        for name in table.key[1:]:
            keys = keys.str.cat(frame[name].astype("str"), sep="\x1f")
        frame = frame.assign(**{KEY: keys.where(loaded.sound(*table.key), "")})
    try:
        pandera_schema(table).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases
        _half_empty(loaded, cases)
        for (column, code), group in cases.groupby(["column", "check"], sort=True):
            where = np.zeros(len(frame), dtype=np.bool_)
            where[group["index"].to_numpy(dtype=np.int64)] = True
            _flag_failure(loaded, str(column), str(code), where, frame)


def _half_empty(loaded: Loaded, cases: pd.DataFrame) -> None:
    """Report rows that lack several of the cells they must have, such as a total or a remark below the table."""
    blank = cases[cases["check"] == "REQUIRED"]
    lacking: dict[int, list[str]] = {}
    for at, name in zip(blank["index"].tolist(), blank["column"].tolist(), strict=True):
        if loaded.sound(name)[at]:
            lacking.setdefault(at, []).append(name)
    where = np.zeros(len(loaded.frame), dtype=np.bool_)
    where[[at for at, names in lacking.items() if len(names) >= HALF_EMPTY]] = True
    loaded.flag(
        where,
        "",
        "REQUIRED",
        expected="a row with all that it must have",
        got=lambda at: f"nothing in {', '.join(lacking[at])}",
        remedy="Fill the cells, or remove the row if it is none of the table.",
    )


def _flag_failure(loaded: Loaded, name: str, code: str, where: Mask, frame: pd.DataFrame) -> None:
    table = loaded.table
    if name == KEY:
        _flag_duplicates(loaded, where, frame[KEY])
        return
    column = table.column(name)
    text = loaded.text[name].tolist()
    if code == "REQUIRED":
        loaded.flag(where, name, code, expected=f"{column.help.rstrip('.').lower()}", remedy="Fill the cell.")
    elif code == "RANGE":
        if name == "lat" and "lon" in frame:
            swapped = where & (frame["lat"].abs() <= 180) & (frame["lon"].abs() <= 90)
            loaded.flag(
                swapped,
                "lat",
                "SWAPPED_LONLAT",
                expected="a latitude from -90 to 90",
                remedy="Longitude and latitude look swapped; exchange the two cells.",
            )
        loaded.flag(where, name, code, expected=cells.bounds(column), remedy=lambda at: _range_remedy(column, text[at]))
    else:
        foreign = np.array([name == "unit_of_issue" and _singular(t) in cells.UNIT_OF_ISSUE_HINTS for t in text])
        loaded.flag(
            where & foreign,
            name,
            "UNIT_OF_ISSUE",
            expected=", ".join(column.choices),
            remedy=lambda at: cells.UNIT_OF_ISSUE_HINTS[_singular(text[at])],
        )
        loaded.flag(
            where,
            name,
            code,
            expected=", ".join(column.choices),
            remedy=lambda at: cells.choice_remedy(column, text[at]),
        )


def _singular(unit: str) -> str:
    name = unit.strip().upper().rstrip(".")
    return name.removesuffix("S") if name not in cells.UNIT_OF_ISSUE_HINTS else name


def _range_remedy(column: Column, text: str) -> str:
    unit = f" in {column.unit}" if column.unit else ""
    if text.startswith("-") and column.low is not None and column.low >= 0:
        return (
            "Write a figure that is not negative; what goes back is a requisition of kind retrograde."
            if column.name == "quantity"
            else "Write a figure that is not negative."
        )
    return f"Check the figure and its unit{unit}."


def _flag_duplicates(loaded: Loaded, where: Mask, keys: pd.Series) -> None:
    """Report each row whose key stands in an earlier row, naming that row."""
    first = {key: at for at, key in reversed(list(enumerate(keys))) if key}
    key = loaded.table.key
    column = next((c for c in key if loaded.table.column(c).required), key[0])
    same = " + ".join(key)
    missing = [c for c in key if c in loaded.absent]
    if missing:
        loaded.lack(missing[0], f"{int(where.sum()) + 1} rows need it to be told apart")
        return
    loaded.flag(
        where,
        column,
        "DUPLICATE",
        expected=f"each {same} once",
        got=lambda at: (
            f"{', '.join(filter(None, keys[at].split(chr(31))))} again, first in row {loaded.line(first[keys[at]])}"
        ),
        remedy="Remove the row, or give it an identifier of its own.",
    )


def typed(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return the frame with defaults in blank cells and the dtype that each column keeps everywhere.

    Whole and decimal numbers that are required or have a default are int64 and float64; other
    numbers are float64 with NaN; truth values bool; instants UTC with NaT; everything else text
    with "".
    """
    out = {c.name: _typed_column(frame[c.name], c) for c in table.columns}
    return pd.DataFrame(out, index=pd.RangeIndex(len(frame)), columns=[c.name for c in table.columns])


def _typed_column(values: pd.Series, column: Column) -> pd.Series:
    values = values.reset_index(drop=True)
    if column.kind in _FLOATS:
        numbers = values.astype("float64")
        if column.kind == "bool":
            return numbers.fillna(float(bool(column.default))).astype("bool")
        if column.default is not None:
            numbers = numbers.fillna(float(column.default))
        if column.kind == "int" and (column.required or column.default is not None):
            return numbers.fillna(0).astype("int64")
        return numbers.fillna(0.0) if column.required else numbers
    if column.kind == "instant":
        return values.astype("datetime64[us, UTC]")
    text = values.astype("str")
    return text.where(text != "", str(column.default)) if column.default not in (None, "") else text


def empty(table: Table) -> pd.DataFrame:
    """Return the table without rows, every column with its dtype."""
    blank = {
        c.name: pd.Series(
            [], dtype="float64" if c.kind in _FLOATS else "datetime64[us, UTC]" if c.kind == "instant" else "str"
        )
        for c in table.columns
    }
    return typed(pd.DataFrame(blank), table)


def findings_of(tables: Iterable[Loaded]) -> list[Finding]:
    """Return the findings of several tables."""
    return [finding for loaded in tables for finding in loaded.findings()]
