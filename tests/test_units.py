"""Conversions at the edges."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench import units

AS_OF = datetime(2026, 5, 1, 4, tzinfo=UTC)


def test_physical_conversions_match_the_reference() -> None:
    """T-UNITS of the domain reference: 2,000 gal, a short ton, 60 mph."""
    assert pytest.approx(7570.82, abs=0.01) == 2000 * units.US_GAL_L
    assert pytest.approx(907.18474) == units.STON_KG
    assert pytest.approx(96.56064) == 60 * units.MILE_M / 1000
    assert pytest.approx(units.STON_KG) == 2000 * units.LB_KG


@pytest.mark.parametrize(
    ("lat", "lon", "full", "short"),
    [
        (0, 0, "31NAA6602100000", "31NAA660000"),
        (38.8895, -77.0352, "18SUJ2348606483", "18SUJ234064"),
        (0.5, 0.5, "31NBA2173455318", "31NBA217553"),
        (60.0, 5.0, "32VKM7697958157", "32VKM769581"),
        (78.0, 12.0, "33XVG3039960152", "33XVG303601"),
        (-33.8568, 151.2153, "56HLH3490052288", "56HLH349522"),
        (85.0, 30.0, "ZCC7772818959", "ZCC777189"),
    ],
)
def test_mgrs_vectors(lat: float, lon: float, full: str, short: str) -> None:
    """T-MGRS of the domain reference: truncated, never rounded, and back."""
    assert units.mgrs_from_lonlat(lon, lat) == full
    assert units.mgrs_from_lonlat(lon, lat, 3) == short
    back = units.lonlat_from_mgrs(f" {full[:3]} {full[3:]} ")
    assert back == pytest.approx((lon, lat), abs=2e-4 if abs(lat) > 84 else 2e-5)


@pytest.mark.parametrize("text", ["", "here", "33U", "33UXP123", "33IXP1234512345", "99UXP1234512345", "33UXPabcde"])
def test_bad_mgrs_is_refused(text: str) -> None:
    """What is no MGRS reference raises ValueError, never an error of the library."""
    with pytest.raises(ValueError, match="MGRS"):
        units.lonlat_from_mgrs(text)


def test_instants_need_a_zone_and_a_time() -> None:
    """A naive time or a bare date is refused; a zone is turned into UTC."""
    assert units.parse_instant("2026-05-01T06:00:00+02:00") == AS_OF
    assert units.iso(AS_OF) == "2026-05-01T04:00:00Z"
    assert units.dtg(AS_OF) == "010400Z MAY 26"
    for text in ("2026-05-01T06:00:00", "2026-05-01", "20260501", "soon", ""):
        with pytest.raises(ValueError, match=r"."):
            units.parse_instant(text)


def test_daily_windows_over_the_horizon() -> None:
    """Windows repeat daily, are cut to the horizon, and touching ones over midnight join."""
    windows = units.parse_daily_windows("18:00-24:00;00:00-06:00")
    assert windows == ((0, 21600), (64800, 86400))
    assert units.daily_to_horizon(windows, AS_OF, 24 * 3600) == ((0, 7200), (50400, 86400))
    assert units.daily_to_horizon(windows, AS_OF, 36 * 3600) == ((0, 7200), (50400, 93600))
    assert units.daily_to_horizon((), AS_OF, 3600) == ((0, 3600),)
    with pytest.raises(ValueError, match="after it opens"):
        units.parse_daily_windows("10:00-06:00")
    with pytest.raises(ValueError, match="overlap"):
        units.parse_daily_windows("06:00-10:00;09:00-12:00")


@given(st.floats(-1e9, 1e9))
def test_rounding_is_against_us_but_forgives_dust(value: float) -> None:
    """Rounding up never loses more than float dust, nor does rounding down gain more."""
    dust = 1e-8 * max(1.0, abs(value))
    assert value - dust <= units.ceil_safe(value) < value + 1
    assert value - 1 < units.floor_safe(value) <= value + dust
    assert units.ceil_safe(0.1 * 3 * 10) == 3
    assert units.floor_safe(2.9999999999) == 3
    for large in (10**9, 10**10, 3 * 10**12):
        assert units.ceil_safe(float(large)) == units.floor_safe(float(large)) == large
