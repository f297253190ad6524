"""Identifiers: those that name nothing, and those that a spreadsheet has changed behind its user's back."""

from __future__ import annotations

import difflib
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from workbench import fleet
from workbench.errors import Finding
from workbench.formats.checks import Loaded, Mask
from workbench.scenario.scope import EVERYTHING, Scope
from workbench.schema import Column

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?E\+[0-9]{2,}", re.IGNORECASE)
_FLOAT = re.compile(r"[0-9]+\.0+")
_ISO_DATE = re.compile(r"[0-9]{4}-([0-9]{2})-([0-9]{2})([T ]00:00(:00)?)?")
_DAY_MONTH = re.compile(rf"([0-9]{{1,2}})-({'|'.join(MONTHS)})(-[0-9]{{2,4}})?", re.IGNORECASE)
_MONTH_YEAR = re.compile(rf"({'|'.join(MONTHS)})-([0-9]{{2}})", re.IGNORECASE)
_NUMBERED = re.compile(r"(.*?)([0-9]{1,15})")
_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")
_RETYPE = "Give the column the format Text and type the identifier anew."
_HINTS = 25
ALIKE = 4
"""So many identifiers of one prefix say how many digits the others have."""


def check(tables: Mapping[str, Loaded], scope: Scope = EVERYTHING) -> None:
    """Flag mangled identifiers where they are defined and used, then references that name nothing.

    Only what ``scope`` asks about is looked at, and what refers to it.
    """
    for name, loaded in tables.items():
        for column in loaded.table.columns:
            if (column.kind == "id" or column.name == "item") and scope.asks_column(name, column.name):
                _patterns(loaded, column)
        key = loaded.table.key[0] if len(loaded.table.key) == 1 else ""
        if key and loaded.table.column(key).kind == "id" and scope.asks_column(name, key):
            _typed(tables, loaded, key)
            _widths(loaded, key)
    groups: dict[str, list[tuple[Loaded, Column]]] = defaultdict(list)
    for name, loaded in tables.items():
        for column in loaded.table.columns:
            if column.ref and (scope.asks_column(name, column.name) or scope.asks_target(column.ref)):
                groups[column.ref].append((loaded, column))
    for target, users in groups.items():
        name, key = target.split(".")
        if tables[name].present or name == "profiles":
            _unknown(tables, tables[name], key, users)


def mangled(text: str) -> str:
    """Return what a spreadsheet took the identifier for, or an empty string."""
    if _SCIENTIFIC.fullmatch(text):
        return "a number in scientific notation"
    if _FLOAT.fullmatch(text):
        return "a decimal number"
    if _ISO_DATE.fullmatch(text) or _DAY_MONTH.fullmatch(text) or _MONTH_YEAR.fullmatch(text):
        return "a date"
    return ""


def _patterns(loaded: Loaded, column: Column) -> None:
    """Flag identifiers that look like numbers or dates made of an identifier."""
    text = loaded.text[column.name]
    cells = text.tolist()
    kinds = {value: mangled(value) for value in set(cells)}
    dates = {at for (at, name), kind in loaded.typed.items() if name == column.name and kind in ("date", "bool")}
    at_fault = np.fromiter((bool(kinds[value]) for value in cells), dtype=np.bool_, count=len(cells))
    at_fault[list(dates)] = True
    loaded.flag(
        at_fault,
        column.name,
        "ID_MANGLED",
        expected="an identifier as text",
        remedy=_RETYPE,
        got=lambda at: f"{text[at]}, which is {kinds[text[at]] or 'a date or truth value'}",
    )


def _typed(tables: Mapping[str, Loaded], loaded: Loaded, key: str) -> None:
    """Flag identifiers that a workbook holds as numbers: each odd one, or the column when most are."""
    where = np.zeros(len(loaded.frame), dtype=np.bool_)
    where[[at for (at, name), kind in loaded.typed.items() if name == key and kind == "number"]] = True
    where &= loaded.sound(key)
    if not where.any():
        return
    if where.sum() * 2 <= len(where) or len(where) < 3:
        loaded.flag(
            where,
            key,
            "ID_MANGLED",
            expected="an identifier as text",
            remedy=_RETYPE,
            got=lambda at: f"the number {loaded.text[key][at]}",
        )
        return
    first = np.zeros_like(where)
    first[where.argmax()] = True
    lost = _zeros_lost(tables, loaded, key)
    loaded.flag(
        first,
        key,
        "ID_MANGLED",
        level="error" if lost else "warning",
        expected="identifiers as text",
        got=f"numbers in {int(where.sum())} rows",
        remedy=f"Leading zeros are lost: elsewhere it is {lost}. {_RETYPE}"
        if lost
        else f"Leading zeros would be lost. {_RETYPE}",
    )
    loaded.bad[key] |= where


def _zeros_lost(tables: Mapping[str, Loaded], loaded: Loaded, key: str) -> str:
    """Return a reference elsewhere that has the leading zeros which ``key`` has lost, or an empty string."""
    known = set(loaded.text[key])
    for user in tables.values():
        for column in user.table.columns:
            if column.ref == f"{loaded.table.name}.{key}":
                for value in user.text[column.name].unique():
                    if value not in known and canonical(value) in known:
                        return str(value)
    return ""


def canonical(text: str) -> str:
    """Return an identifier without leading zeros in its numbers, as a spreadsheet would leave it."""
    if _FLOAT.fullmatch(text):
        text = text.split(".")[0]
    elif _SCIENTIFIC.fullmatch(text) and len(text) < 12:
        text = f"{float(text):.0f}"
    return _ZEROS.sub("", text)


def _widths(loaded: Loaded, key: str) -> None:
    """Flag numbers in identifiers that are shorter than all others of the same prefix, which are padded."""
    text = loaded.text[key]
    parts = text.str.extract(r"^(?P<prefix>.*?)(?P<number>[0-9]+)$").fillna("")
    parts = parts[(parts["number"] != "") & loaded.sound(key)]
    numbered = Counter(parts["prefix"].tolist())
    padded = {p for p, n in zip(parts["prefix"], parts["number"], strict=True) if n[0] == "0" and len(n) > 1}
    telling = [p for p in numbered if numbered[p] >= ALIKE and (p in padded or not p)]  # a map has thousands of others
    for prefix, group in parts[parts["prefix"].isin(telling)].groupby("prefix"):
        _short_numbers(loaded, key, str(prefix), group["number"])


def _short_numbers(loaded: Loaded, key: str, prefix: str, numbers: pd.Series) -> None:
    """Flag the numbers of one prefix that have fewer digits than nearly all others."""
    widths = numbers.str.len()
    width = int(widths.mode().max())
    uniform = (widths == width).mean() >= 0.8
    padded = bool((numbers.str.startswith("0") & (widths == width) & (width > 1)).any())
    where = np.zeros(len(loaded.frame), dtype=np.bool_)
    if uniform and (padded or (not prefix and len(numbers) >= 10)):
        where[widths.index[widths < width]] = True
    loaded.flag(
        where,
        key,
        "ID_MANGLED",
        level="error" if padded and not prefix else "warning",
        expected=f"{width} digits, as in the others",
        remedy=lambda at: f"Write {prefix}{numbers[at].zfill(width)} if zeros were lost.",
    )


def _unknown(tables: Mapping[str, Loaded], target: Loaded, key: str, users: list[tuple[Loaded, Column]]) -> None:
    """Flag references that are not among the target's identifiers, and follow from no fault there."""
    frames = {name: loaded.frame for name, loaded in tables.items()}
    known = set(fleet.profiles(frames)["profile"]) if target.table.name == "profiles" else set(target.text[key]) - {""}
    strange: Counter[str] = Counter()
    for user, column in users:
        values = user.text[column.name][user.sound(column.name)].tolist()
        strange.update(name for value in values for name in column.names(value) if name not in known)
    if not strange:
        return
    if not known:
        _nothing(target, key, users)
        return
    follow = excused(target, key, strange)
    folded: dict[str, list[str]] = defaultdict(list)
    for name in sorted(known):
        folded[canonical(name)].append(name)
    meant = {v: folded[canonical(v)][0] for v in strange if len(folded.get(canonical(v), ())) == 1}
    hints = {v: _hint(v, known) for v in sorted(set(strange) - set(meant) - follow)[:_HINTS]}
    for user, column in users:
        user.excuse(_naming(user, column, follow), column.name)
        _flag_unknown(user, column, f"{key} of {target.table.file}", set(strange) - follow, meant, hints)


def _naming(user: Loaded, column: Column, names: set[str]) -> Mask:
    """Return the rows whose cell names one of ``names``."""
    cells = user.text[column.name]
    if column.kind == "list":
        return cells.map(lambda cell: not names.isdisjoint(column.names(cell))).to_numpy(dtype=np.bool_)
    return cells.isin(names).to_numpy(dtype=np.bool_)


def _nothing(target: Loaded, key: str, users: list[tuple[Loaded, Column]]) -> None:
    """Report once that a table has no rows though others refer to them; what is asked of those goes on."""
    where = " and ".join(sorted({user.file if not user.sheet else user.sheet for user, _ in users if len(user.frame)}))
    target.general = [f for f in target.general if f.code != "EMPTY"]
    if not any(f.level == "error" for f in target.findings()):
        remedy = "Fill in the rows."
        about = f"the {key} that {where} refer to"
        target.general.append(Finding(target.file, target.sheet, 0, "", "error", "EMPTY", about, "no rows", remedy))
    target.present = False
    for user, column in users:
        user.excuse(user.text[column.name] != "", column.name)


def _flag_unknown(
    user: Loaded, column: Column, wanted: str, strange: set[str], meant: Mapping[str, str], hints: Mapping[str, str]
) -> None:
    """Flag the references of one column that name nothing, apart from those that only lost their zeros."""
    cells = user.text[column.name]

    def first(at: int, among: Collection[str] = strange) -> str:
        return next(name for name in column.names(cells[at]) if name in among)

    where = _naming(user, column, strange)
    user.flag(
        where & _naming(user, column, set(meant)),
        column.name,
        "ID_MANGLED",
        expected=lambda at: f"{meant[first(at, meant)]}, a {wanted}",
        remedy=lambda at: f"Write {meant[first(at, meant)]}. {_RETYPE}",
    )
    user.flag(
        where,
        column.name,
        "UNKNOWN_REFERENCE",
        expected=f"a {wanted}",
        got=lambda at: first(at),
        remedy=lambda at: hints.get(first(at)) or f"Correct it, or add it to {wanted.split()[-1]}.",
    )


def _hint(value: str, known: set[str]) -> str:
    upper = {name.upper(): name for name in known}
    if value.upper() in upper:
        return f"Did you mean {upper[value.upper()]}?"
    alike = [name for name in sorted(known) if abs(len(name) - len(value)) <= 1 and name[:1] == value[:1]]
    near = difflib.get_close_matches(value, alike, 1, 0.75)
    return f"Did you mean {near[0]}?" if near else ""


def excused(target: Loaded, key: str, strange: Counter[str]) -> set[str]:
    """Return the references that resolve to nothing only because their target carries a finding itself."""
    torn = _torn(target, key) & set(strange)
    if key not in target.bad:
        return torn
    if 2 * (target.bad[key] & (target.text[key] == "").to_numpy(dtype=np.bool_)).sum() > len(target.text):
        return set(strange)
    faulty = target.text[key][target.bad[key]]
    origins = {canonical(v) for v in faulty if v} | {o for v in faulty for o in date_origins(v)}
    rounded = [v.upper() for v in faulty if _SCIENTIFIC.fullmatch(v)]
    out = torn | {v for v in strange if canonical(v) in origins or v.upper() in origins or _rounds_to(v, rounded)}
    lost = _lost(target, key)
    twice = target.text[key].isin(set(target.text[key].iloc[lost]) - {""}).to_numpy(dtype=np.bool_)
    beside = {n for at in {*lost, *np.flatnonzero(twice)} for n in _neighbours(target.text[key], at)}
    fits = [v for v in strange if v not in out and _could_be_lost(v, target.text[key], beside, strange[v])]
    return out | set(sorted(fits, key=lambda v: (-strange[v], v))[: len(lost)])


def _torn(target: Loaded, key: str) -> set[str]:
    """Return the identifiers of rows that a comma tore apart: the cell of the key, and what may be its other half."""
    rows = target.text[target.bad[""]] if "" in target.bad else target.text[:0]
    halves = ((row[key], row[column]) for row in rows.to_dict("records") for column in row if column != key)
    return {f"{first}{mark}{second}" for first, second in halves if first and second for mark in ("", ",", ", ", "-")}


def _lost(target: Loaded, key: str) -> list[int]:
    """Return the rows whose identifier is not what it was: blank, mangled, or that of a row unlike this one."""
    codes = ("REQUIRED", "DUPLICATE", "ID_MANGLED", "ENCODING", "STRUCTURE", "RANGE", "FORMULA")
    out = [at for (at, column), f in target.marks.items() if column == key and f.code in codes]
    copies = target.text.duplicated(keep="first").to_numpy(dtype=np.bool_)
    return [at for at in out if not copies[at]]


def _neighbours(known: pd.Series, at: int) -> list[str]:
    """Return the identifiers that would count on from the row before ``at``, and down from the row after."""
    out = []
    for row, step in ((at - 1, 1), (at + 1, -1)):
        match = _NUMBERED.fullmatch(known.iloc[row]) if 0 <= row < len(known) else None
        if match:
            out.append(f"{match[1]}{max(0, int(match[2]) + step):0{len(match[2])}d}")
    return out


def _rounds_to(value: str, rounded: list[str]) -> bool:
    """Return whether a whole number is one of those in scientific notation, before it was rounded."""
    if not (value.isascii() and value.isdigit() and len(value) < 30):
        return False
    return any(f"{float(value):.{len(r.split('E')[0].partition('.')[2])}E}" == r for r in rounded)


def _could_be_lost(value: str, known: pd.Series, beside: set[str], uses: int) -> bool:
    """Return whether an identifier fits beside a lost one or into a gap among the known ones, or is used again."""
    match = _NUMBERED.fullmatch(value)
    if not match:
        return uses > 1
    prefix = len(match[1])
    after = (k for k in known if len(k) == len(value) and k[:prefix] == match[1] and k > value)
    return value in beside or any(k[prefix:].isdigit() for k in after)


def date_origins(text: str) -> set[str]:
    """Return identifiers (in capitals) that a spreadsheet would turn into the date ``text``."""
    iso, day_month, month_year = _ISO_DATE.fullmatch(text), _DAY_MONTH.fullmatch(text), _MONTH_YEAR.fullmatch(text)
    if iso and 1 <= int(iso[1]) <= 12:
        month, day = int(iso[1]), int(iso[2])
    elif day_month:
        month, day = MONTHS.index(day_month[2].upper()) + 1, int(day_month[1])
    elif month_year:
        month, day = MONTHS.index(month_year[1].upper()) + 1, int(month_year[2])
    else:
        return set()
    name = MONTHS[month - 1]
    days, months = {f"{day}", f"{day:02d}"}, {f"{month}", f"{month:02d}"}
    named = {f"{a}{mark}{b}" for d in days for mark in ("", "-", "/", " ") for a, b in ((name, d), (d, name))}
    return named | {f"{a}{mark}{b}" for d in days for m in months for mark in "-/" for a, b in ((m, d), (d, m))}
