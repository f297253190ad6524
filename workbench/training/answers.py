"""Reading what a student wrote: a number with its unit, or routes, in any of the usual spellings."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from workbench.training.worlds import Routes
from workbench.units import LB_KG, MILE_M, STON_KG, US_GAL_L

LONGEST = 200
"""Characters of an answer that are read; what is longer is no answer to these questions."""

_UNITS: dict[str, tuple[str, float]] = {
    "km": ("distance", 1.0),
    "m": ("distance", 0.001),
    "mi": ("distance", MILE_M / 1000),
    "kg": ("weight", 1.0),
    "t": ("weight", 1000.0),
    "ston": ("weight", STON_KG),
    "lb": ("weight", LB_KG),
    "min": ("time", 1.0),
    "h": ("time", 60.0),
    "s": ("time", 1 / 60),
    "l": ("volume", 1.0),
    "gal": ("volume", US_GAL_L),
    "m3": ("volume", 1000.0),
}
_SPELLINGS = {
    "kms": "km", "kilometre": "km", "kilometres": "km", "kilometer": "km", "kilometers": "km",
    "metre": "m", "metres": "m", "meter": "m", "meters": "m", "mile": "mi", "miles": "mi",
    "kilogram": "kg", "kilograms": "kg", "kgs": "kg", "tonne": "t", "tonnes": "t", "short ton": "ston",
    "short tons": "ston", "stons": "ston", "lbs": "lb", "pound": "lb", "pounds": "lb",
    "mins": "min", "minute": "min", "minutes": "min", "hour": "h", "hours": "h", "hr": "h", "hrs": "h",
    "sec": "s", "second": "s", "seconds": "s", "litre": "l", "litres": "l", "liter": "l", "liters": "l",
    "gallon": "gal", "gallons": "gal", "m³": "m3",
}  # fmt: skip
_QUANTITY = re.compile(r"^\s*([-+]?[\d.,\s]*\d)\s*([^\d.,]*\d?)\s*$")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number read in the unit asked for, or why it could not be: ``code`` empty when it could."""

    value: float = 0.0
    code: str = ""
    text: str = ""


def quantity(answer: object, unit: str) -> Quantity:
    """Read an answer in ``unit``: ``"12.5 km"``, ``(12.5, "km")``, or a bare number where things are counted.

    ``unit`` is one of the measures known here, or the name of what is counted ("trucks"). Other units of
    the same measure are converted. A bare number where a measure is asked for is refused: the unit is
    half of the answer.
    """
    if isinstance(answer, (tuple, list)) and len(answer) == 2:
        answer = f"{answer[0]} {answer[1]}"
    text = "" if answer is None else str(answer).strip()[:LONGEST]
    example = f"12.5 {unit}" if unit in _UNITS else f"12 {unit}"
    if not text:
        return Quantity(code="empty", text=f"No answer yet. Write a number and its unit, for example {example}.")
    match = _QUANTITY.match(text)
    number = _number(match[1]) if match else None
    if match is None or number is None:
        return Quantity(
            code="unreadable", text=f"“{text[:20]}” could not be read as a number. Write it like {example}."
        )
    return _in_unit(number, match[2].strip().lower().rstrip("."), unit, example)


def _in_unit(number: float, given: str, unit: str, example: str) -> Quantity:
    given = _SPELLINGS.get(given, given)
    if unit not in _UNITS:
        if given and given.rstrip("s") != unit.rstrip("s"):
            return Quantity(code="unit", text=f"Asked for {unit}, got “{given}”.")
        return Quantity(number)
    measure, factor = _UNITS[unit]
    if not given:
        return Quantity(code="unit", text=f"The unit is missing. A {measure} is asked for: write it like {example}.")
    if given == "ton" or given == "tons":
        return Quantity(code="unit", text="“ton” can mean three weights. Write t (1,000 kg) or ston (2,000 lb).")
    if given not in _UNITS:
        return Quantity(code="unit", text=f"The unit “{given}” is not known here. Write it like {example}.")
    if _UNITS[given][0] != measure:
        return Quantity(code="unit", text=f"A {measure} in {unit} is asked for, {given} measures {_UNITS[given][0]}.")
    return Quantity(number * _UNITS[given][1] / factor)


def _number(text: str) -> float | None:
    """Read 1,234.5 and 1 234.5 and 12,5; a lone comma before three digits separates thousands."""
    text = re.sub(r"\s", "", text)
    if "," in text and ("." in text or re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+", text)):
        text = text.replace(",", "")
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


@dataclass(frozen=True, slots=True)
class RouteAnswer:
    """Routes as post numbers, or why they could not be read: ``code`` empty when they could."""

    routes: Routes = ()
    code: str = ""
    text: str = ""


def routes(answer: object) -> RouteAnswer:
    """Read routes: ``"1 2 / 3 4"``, ``"0-1-2-0, 0-3-4-0"``, ``[[1, 2], [3, 4]]`` or ``[1, 2]``; 0 is the depot."""
    example = "Write the post numbers in driving order, with a slash between trucks: 1 2 / 3 4."
    if answer is None or (isinstance(answer, str) and not answer.strip()):
        return RouteAnswer(code="empty", text=f"No routes yet. {example}")
    words = _written(answer)[:LONGEST]
    strange = re.search(r"[^\d\s,;/|\n>→–-]+", words)
    if strange:
        return RouteAnswer(code="unreadable", text=f"“{strange[0][:20]}” is not a post number. {example}")
    trucks: list[tuple[int, ...]] = []
    for part in re.split(r"[/|;\n]", words):
        trip: list[int] = []
        for number in [*(int(n) for n in re.findall(r"\d{1,6}", part)), 0]:
            if number:
                trip.append(number)
            elif trip:
                trucks.append(tuple(trip))
                trip = []
    if not trucks:
        return RouteAnswer(code="empty", text=f"No routes yet. {example}")
    return RouteAnswer(tuple(trucks))


def _written(answer: object) -> str:
    if isinstance(answer, str):
        return answer
    if isinstance(answer, Iterable):
        parts = list(answer)
        if any(isinstance(p, Iterable) for p in parts):
            return " / ".join(_written(p) for p in parts)
        return " ".join(str(p) for p in parts)
    return str(answer)
