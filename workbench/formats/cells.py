"""One cell of text into one value: what each kind of column accepts, and what to say when it doesn't."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from workbench import units
from workbench.formats import geo
from workbench.schema import Column

MAX_NAME = 200

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
_WITH_UNIT = re.compile(r"([+-]?[0-9.]+)\s*([A-Za-z³/°%]+)\.?")
_DECIMAL_COMMA = re.compile(r"([+-]?[0-9]+),([0-9]+)")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}([ \u00a0\u202f'][0-9]{3})+(\.[0-9]+)?")
_GROUPED_COMMAS = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
_DTG = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{2})Z\s*([A-Z]{3})\s*([0-9]{2})", re.IGNORECASE)
_SHORT_CLOCK = re.compile(r"([01]?[0-9]|2[0-4]):?([0-5][0-9])(?::00)?\s*(Z|h|hrs)?", re.IGNORECASE)
_SPOKEN_BLANK = {"-", "--", "?", "n/a", "na", "none", "null", "nil", "tbd", "unknown", "nan"}
_TRUE, _FALSE = {"true", "yes", "y", "1"}, {"false", "no", "n", "0"}

UNIT_IN: dict[str, tuple[str, float]] = {
    "kg": ("kg", 1),
    "kgs": ("kg", 1),
    "g": ("kg", 0.001),
    "t": ("kg", 1000),
    "tonne": ("kg", 1000),
    "tonnes": ("kg", 1000),
    "to": ("kg", 1000),
    "lb": ("kg", units.LB_KG),
    "lbs": ("kg", units.LB_KG),
    "ston": ("kg", units.STON_KG),
    "l": ("L", 1),
    "ltr": ("L", 1),
    "litre": ("L", 1),
    "litres": ("L", 1),
    "liter": ("L", 1),
    "liters": ("L", 1),
    "gal": ("L", units.US_GAL_L),
    "gals": ("L", units.US_GAL_L),
    "usg": ("L", units.US_GAL_L),
    "m3": ("m3", 1),
    "m³": ("m3", 1),
    "cbm": ("m3", 1),
    "cuft": ("m3", 0.028316846592),
    "ft3": ("m3", 0.028316846592),
    "m": ("m", 1),
    "km": ("m", 1000),
    "mi": ("m", units.MILE_M),
    "mile": ("m", units.MILE_M),
    "miles": ("m", units.MILE_M),
    "ft": ("m", 0.3048),
    "km/h": ("km/h", 1),
    "kmh": ("km/h", 1),
    "kph": ("km/h", 1),
    "mph": ("km/h", units.MILE_M / 1000),
    "min": ("min", 1),
    "h": ("min", 60),
}
"""Units people write into cells: unit -> (our unit, how many of ours)."""

UNIT_OF_ISSUE_HINTS = {
    "GAL": "Write L and convert the quantity: 1 US gallon is 3.785411784 L.",
    "LB": "Write KG and convert the quantity: 1 lb is 0.45359237 kg.",
    "STON": "Write T and convert the quantity: 1 short ton is 0.90718474 t.",
    "EACH": "Write EA.",
    "CASE": "Write CS.",
    "PALLET": "Write PL.",
    "LITRE": "Write L.",
    "LITER": "Write L.",
    "TONNE": "Write T.",
    "TON": "Write T for tonnes; 1 short ton is 0.90718474 t.",
}
"""What to do about units of issue that are not ours, by their singular in capitals."""


MAX_POINTS = 8
"""Most points of a curve."""
_CURVE_REMEDY = "Write distance and payload farther and lighter, as in 15:68;70:0."


class BadCell(ValueError):
    """Text that its column cannot hold: the code of the finding, what was expected, what to do."""

    def __init__(self, code: str, expected: str, remedy: str) -> None:
        super().__init__(expected)
        self.code, self.expected, self.remedy = code, expected, remedy


def parse(column: Column, text: str) -> Any:
    """Return the value of a filled cell: a float, a UTC datetime, or text in its one normal form.

    Bounds and choices are not looked at, except in lists.

    Raises
    ------
    BadCell
        When the text is not of the column's kind.
    """
    return _PARSERS[column.kind](column, text)


def bounds(column: Column) -> str:
    """Return in words what a number of this column may be, such as ``0.1 to 1000 m``."""
    unit = f" {column.unit}" if column.unit else ""
    if column.low is not None and column.high is not None:
        return f"{column.low:g} to {column.high:g}{unit}"
    return f"a whole number{unit}" if column.kind == "int" else f"a number{unit and ' in' + unit}"


def _number(column: Column, text: str) -> float:
    if _NUMBER.fullmatch(text) and math.isfinite(value := float(text)):
        return value
    raise BadCell("TYPE", bounds(column), _number_remedy(column, text))


def _number_remedy(column: Column, text: str) -> str:
    """Say how to write what was probably meant."""
    with_unit = _WITH_UNIT.fullmatch(text)
    if with_unit and _NUMBER.fullmatch(with_unit[1]):
        base, factor = UNIT_IN.get(with_unit[2].lower(), ("", 0.0))
        scale = 1000.0 if (base, column.unit) == ("m", "km") else 1.0
        if base == column.unit or scale != 1.0:
            return (
                f"Write {float(with_unit[1]) * factor / scale:.6g}, without the unit: the column is in {column.unit}."
            )
        return f"Write the number without the unit{': the column is in ' + column.unit if column.unit else ''}."
    if _GROUPED.fullmatch(text):
        return f"Write {re.sub(r'[^0-9.+-]', '', text)}, without gaps between the digits."
    if comma := _DECIMAL_COMMA.fullmatch(text):
        other = f" (or {comma[1]}{comma[2]}, if the comma groups thousands)" if len(comma[2]) == 3 else ""
        return f"Write {comma[1]}.{comma[2]}, with a decimal point{other}."
    if _GROUPED_COMMAS.fullmatch(text):
        return f"Write {text.replace(',', '')}, without commas between the digits."
    if text.lower() in _SPOKEN_BLANK and not column.required:
        return "Leave the cell blank if the figure is not known."
    if _NUMBER.fullmatch(text):
        return "The number is too large; write the real figure."
    return "Write a number with a decimal point and nothing else in the cell."


def _whole(column: Column, text: str) -> float:
    value = _number(column, text)
    if not value.is_integer():
        raise BadCell("TYPE", "a whole number", f"Write {math.floor(value)} or {math.ceil(value)}.")
    return value


def _bool(column: Column, text: str) -> float:
    if text.lower() in _TRUE | _FALSE:
        return float(text.lower() in _TRUE)
    raise BadCell("TYPE", "true or false", "Write true or false.")


def _instant(column: Column, text: str) -> datetime:
    expected = "a date and time with its zone, such as 2026-05-01T06:00:00Z"
    try:
        moment = units.parse_instant(text)
    except OverflowError as error:
        raise BadCell("RANGE", expected, "Write a date between the years 2000 and 2100.") from error
    except ValueError as error:
        raise _bad_instant(text, expected, str(error)) from error
    if not 2000 <= moment.year <= 2100:
        raise BadCell("RANGE", "a year from 2000 to 2100", "Check the date.")
    return moment


def _bad_instant(text: str, expected: str, why: str) -> BadCell:
    if why == "a time without a zone":
        return BadCell(
            "NAIVE_TIME", expected, f"Write {text.replace(' ', 'T')}Z if it is UTC, else add the offset, as in +02:00."
        )
    if why == "a date without a time of day":
        return BadCell("NAIVE_TIME", expected, f"Add the time of day and the zone: {text}T06:00:00Z.")
    if group := _DTG.fullmatch(text):
        try:
            moment = datetime.strptime("".join(group.groups()).upper(), "%d%H%M%b%y").replace(tzinfo=UTC)
            return BadCell("TYPE", expected, f"Write the date-time group as {units.iso(moment)}.")
        except ValueError:
            pass
    return BadCell("TYPE", expected, "Write year-month-day, T, the time, and Z for UTC.")


def _clock(column: Column, text: str) -> str:
    try:
        return units.clock(units.parse_clock(text.removesuffix(":00") if text.count(":") == 2 else text))
    except ValueError as error:
        short = _SHORT_CLOCK.fullmatch(text)
        within = short is not None and int(short[1]) * 60 + int(short[2]) <= 24 * 60
        remedy = (
            f"Write {int(short[1]):02d}:{short[2]}."
            if short and within
            else "Write hours and minutes in UTC, as in 06:30."
        )
        if re.fullmatch(r"0?\.[0-9]+", text):  # a spreadsheet's time, shown as the share of a day that it is
            remedy = f"Write {units.clock(round(float(text) * 1440) * 60)}."
        raise BadCell("TYPE", "a time of day HH:MM", remedy) from error


def _windows(column: Column, text: str) -> str:
    try:
        windows = units.parse_daily_windows(text)
    except ValueError as error:
        raise _bad_windows(str(error)) from error
    if not windows:
        raise BadCell("TYPE", "windows HH:MM-HH:MM separated by ;", "Leave the cell blank if it is always open.")
    return ";".join(f"{units.clock(a)}-{units.clock(b)}" for a, b in windows)


def _bad_windows(why: str) -> BadCell:
    if "closes after" in why:
        return BadCell(
            "WINDOW_REVERSED",
            "windows that close after they open",
            "Swap the two times; split a window over midnight into 20:00-24:00;00:00-04:00.",
        )
    if "overlap" in why:
        return BadCell("WINDOW_CONFLICT", "windows that do not overlap", "Join the windows that overlap.")
    return BadCell("TYPE", "windows HH:MM-HH:MM separated by ;", "Write them as in 06:00-10:00;14:00-18:00.")


def _curve(column: Column, text: str) -> str:
    try:
        points = units.parse_curve(text)
    except (ValueError, OverflowError) as error:
        raise BadCell("TYPE", f"km:kg;km:kg;…, {error}"[:80], _CURVE_REMEDY) from error
    if not 0 < len(points) <= MAX_POINTS:
        raise BadCell("RANGE", f"1 to {MAX_POINTS} points", _CURVE_REMEDY)
    return ";".join(f"{metres / 1000:g}:{kg}" for metres, kg in points)


def _list(column: Column, text: str) -> str:
    parts = [part.strip() for part in text.split(";") if part.strip()]
    strange = [part for part in parts if column.choices and part not in column.choices]
    if strange:
        raise BadCell("CHOICE", f"{' '.join(column.choices)}, separated by ;", choice_remedy(column, strange[0]))
    if not parts:
        raise BadCell("CHOICE", f"one or more of {' '.join(column.choices)}", "Leave the cell blank for all of them.")
    return ";".join(dict.fromkeys(parts))


def choice_remedy(column: Column, text: str) -> str:
    """Say which of the column's choices was probably meant."""
    squeezed = re.sub(r"[^A-Z0-9]", "", text.upper()).removeprefix("CLASS").removeprefix("CL")
    roman = (
        {
            "1": "I",
            "2": "II",
            "3": "IIIB",
            "3B": "IIIB",
            "3P": "IIIP",
            "III": "IIIB",
            "4": "IV",
            "5": "V",
            "6": "VI",
            "7": "VII",
            "8": "VIII",
            "9": "IX",
            "10": "X",
        }
        if "IIIB" in column.choices
        else {}
    )
    for choice in column.choices:
        if choice.upper() == text.strip().upper() or choice == roman.get(squeezed, squeezed):
            return f"Write {choice}."
    return f"Write one of {', '.join(column.choices)}."


def _wkt(column: Column, text: str) -> str:
    kinds = ("Polygon", "MultiPolygon") if column.name == "area" else ("LineString",)
    fault = geo.wkt_fault(text, kinds)
    if fault:
        raise BadCell("GEOMETRY", fault, f"Write {kinds[0].upper()} with lon lat pairs, or leave the cell blank.")
    return text


def _mgrs(text: str) -> str:
    try:
        units.lonlat_from_mgrs(text)
    except ValueError as error:
        raise BadCell(
            "TYPE", str(error), "Write zone, square and an even number of digits, or give lon and lat."
        ) from error
    return text


def _text(column: Column, text: str) -> str:
    if column.kind == "id" and len(text) > MAX_NAME:
        raise BadCell("RANGE", f"at most {MAX_NAME} characters", "Shorten the identifier.")
    return _mgrs(text) if column.name == "mgrs" else text


_PARSERS: dict[str, Callable[[Column, str], Any]] = {
    "id": _text,
    "str": _text,
    "choice": _text,
    "int": _whole,
    "float": _number,
    "bool": _bool,
    "instant": _instant,
    "clock": _clock,
    "windows": _windows,
    "curve": _curve,
    "list": _list,
    "wkt": _wkt,
}
