"""Quantities, times and places: conversions at the edges, integers and UTC inside."""

from __future__ import annotations

import itertools
import math
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

LB_KG = 0.45359237
"""Kilograms in an international pound (exact by definition)."""
US_GAL_L = 3.785411784
"""Litres in a US gallon (exact by definition)."""
STON_KG = 907.18474
"""Kilograms in a short ton of 2,000 lb (exact)."""
MILE_M = 1609.344
"""Metres in a statute mile (exact)."""
DAY_S = 86_400

Windows = tuple[tuple[int, int], ...]
"""(Open, close) pairs of seconds, in order."""

_CLOCK = re.compile(r"^([01]?\d|2[0-4]):([0-5]\d)$")
_ROUND_SLACK, _MOST_SLACK = 1e-9, 1e-3


def ceil_safe(value: float) -> int:
    """Round up to an integer, forgiving float dust: 3.0000000001 is 3.

    Demand and time are rounded up, capacity down (`floor_safe`): a plan never looks easier
    in integers than it is.
    """
    return math.ceil(value - _dust(value))


def floor_safe(value: float) -> int:
    """Round down to an integer, forgiving float dust: 2.9999999999 is 3."""
    return math.floor(value + _dust(value))


def _dust(value: float) -> float:
    """Return how much of a figure may be float dust; of a large one never so much that a whole number is lost."""
    return min(_ROUND_SLACK * max(1.0, abs(value)), _MOST_SLACK)


def parse_instant(text: str) -> datetime:
    """Read an ISO 8601 instant that names its zone, and return it in UTC.

    Raises
    ------
    ValueError
        When the text is not a date and time, or names no zone: a naive time is never guessed at.
    """
    cleaned = text.strip()
    moment = datetime.fromisoformat(cleaned)
    if len(cleaned) <= 10:
        raise ValueError("a date without a time of day")
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment.astimezone(UTC)


def iso(moment: datetime) -> str:
    """Write an instant as ``2026-05-01T06:00:00Z`` (UTC, whole seconds)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def dtg(moment: datetime) -> str:
    """Write an instant as a date-time group, ``010600Z MAY 26``."""
    return moment.astimezone(UTC).strftime("%d%H%MZ %b %y").upper()


def seconds_after(as_of: datetime, moment: datetime) -> int:
    """Return whole seconds from the planning moment ``as_of`` to ``moment`` (negative if before)."""
    return int((moment - as_of).total_seconds())


def moment_at(as_of: datetime, seconds: int) -> datetime:
    """Return the instant ``seconds`` after ``as_of``."""
    return as_of + timedelta(seconds=seconds)


def parse_clock(text: str) -> int:
    """Read a time of day ``HH:MM`` (``24:00`` allowed) as seconds after midnight UTC.

    Raises
    ------
    ValueError
        When the text is not a clock time.
    """
    match = _CLOCK.match(text.strip())
    if not match:
        raise ValueError("a clock time HH:MM")
    seconds = int(match[1]) * 3600 + int(match[2]) * 60
    if seconds > DAY_S:
        raise ValueError("a clock time HH:MM")
    return seconds


def clock(seconds: int) -> str:
    """Write seconds after midnight as ``HH:MM`` (a full day is ``24:00``)."""
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}"


def parse_daily_windows(text: str) -> tuple[tuple[int, int], ...]:
    """Read daily windows ``06:00-10:00;14:00-18:00`` as (open, close) seconds after midnight UTC.

    Empty text gives an empty tuple, which means always open.

    Raises
    ------
    ValueError
        When a part is not ``HH:MM-HH:MM``, closes before it opens, or windows overlap.
    """
    out: list[tuple[int, int]] = []
    for part in filter(None, (p.strip() for p in text.split(";"))):
        ends = part.split("-")
        if len(ends) != 2:
            raise ValueError("windows HH:MM-HH:MM separated by ;")
        start, end = parse_clock(ends[0]), parse_clock(ends[1])
        if end <= start:
            raise ValueError("a window that closes after it opens")
        out.append((start, end))
    out.sort()
    if any(b[0] < a[1] for a, b in itertools.pairwise(out)):
        raise ValueError("windows that do not overlap")
    return tuple(out)


def daily_to_horizon(
    windows: tuple[tuple[int, int], ...], as_of: datetime, horizon_s: int
) -> tuple[tuple[int, int], ...]:
    """Lay daily windows over the horizon, as (open, close) seconds after ``as_of``.

    Windows that touch (18:00-24:00 and 00:00-06:00 of the next day) become one; each is cut to
    ``[0, horizon_s]``. No daily windows means open throughout: ``((0, horizon_s),)``.
    """
    if not windows:
        return ((0, horizon_s),)
    midnight = as_of.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    offset = seconds_after(as_of, midnight)
    out: list[tuple[int, int]] = []
    for day in range(-1, horizon_s // DAY_S + 3):
        for start, end in windows:
            lo, hi = max(0, offset + day * DAY_S + start), min(horizon_s, offset + day * DAY_S + end)
            if hi < lo or (hi == lo and lo not in (0, horizon_s)):
                continue
            if out and lo <= out[-1][1]:
                out[-1] = (out[-1][0], max(out[-1][1], hi))
            else:
                out.append((lo, hi))
    return tuple(out)


def parse_curve(text: str) -> tuple[tuple[int, int], ...]:
    """Read ``km:kg;km:kg;…`` as (metres, kilograms), both rounded down; empty for blank.

    Raises
    ------
    ValueError
        When it is not pairs of numbers, or they do not go farther and never heavier.
    """
    pairs = [part.split(":") for part in text.split(";") if part.strip()]
    if any(len(pair) != 2 for pair in pairs):
        raise ValueError("not pairs of km and kg")
    points = [(floor_safe(float(km) * 1000), floor_safe(float(kg))) for km, kg in pairs]
    if any(min(point) < 0 for point in points):
        raise ValueError("below 0")
    if any(b[0] <= a[0] or b[1] > a[1] for a, b in itertools.pairwise(points)):
        raise ValueError("not farther and lighter from point to point")
    return tuple(points)


def intersect_windows(
    first: tuple[tuple[int, int], ...], second: tuple[tuple[int, int], ...]
) -> tuple[tuple[int, int], ...]:
    """Return the instants in both sets of (open, close) windows; single instants count."""
    out = [(max(a, c), min(b, d)) for a, b in first for c, d in second if max(a, c) <= min(b, d)]
    return tuple(sorted(out))


@lru_cache(maxsize=1)
def _mgrs() -> object:
    import mgrs

    return mgrs.MGRS()


def lonlat_from_mgrs(text: str) -> tuple[float, float]:
    """Read an MGRS reference (2 to 10 digits, spaces allowed) as (lon, lat), WGS 84.

    Raises
    ------
    ValueError
        When the text is not an MGRS reference.
    """
    cleaned = re.sub(r"\s+", "", text).upper()
    if not re.fullmatch(r"(\d{1,2}[C-HJ-NP-X]|[ABYZ])[A-HJ-NP-Z]{2}(\d\d){1,5}", cleaned):
        raise ValueError("an MGRS reference such as 33UXP0450012300")
    try:
        lat, lon = _mgrs().toLatLon(cleaned)  # type: ignore[attr-defined]
    except Exception as error:  # the C library raises its own bare exceptions
        raise ValueError("an MGRS reference such as 33UXP0450012300") from error
    return float(lon), float(lat)


def mgrs_from_lonlat(lon: float, lat: float, digits: int = 5) -> str:
    """Write (lon, lat) as MGRS, truncated (never rounded) to ``digits`` per axis."""
    return str(_mgrs().toMGRS(lat, lon, MGRSPrecision=digits))  # type: ignore[attr-defined]
