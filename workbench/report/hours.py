"""When something holds within the time of a plan, in words and in a few figures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from workbench.scenario import Scenario
from workbench.units import DAY_S, Windows, clock, dtg


class Span(NamedTuple):
    """The time of a plan."""

    as_of: datetime
    horizon_s: int

    @classmethod
    def of(cls, scenario: Scenario) -> Span:
        """Return the time that a scenario is planned for."""
        return cls(scenario.as_of, scenario.horizon_s)

    @property
    def end(self) -> datetime:
        """Return its last moment."""
        return self.as_of + timedelta(seconds=self.horizon_s)


class Times(NamedTuple):
    """When something holds: in words and briefly (both empty: at all times of the plan), and whether at all."""

    words: str
    brief: str
    ever: bool = True


def times(span: Span, begins: datetime | None, ends: datetime | None, daily: Windows = ()) -> Times:
    """Return when something holds that begins, ends, and has daily hours (seconds after midnight UTC)."""
    if ends is not None and ends <= span.as_of:
        return Times(f"over since {dtg(ends)}", "", ever=False)
    if begins is not None and begins >= span.end:
        return Times(f"not before {dtg(begins)}", "", ever=False)
    starts = begins if begins is not None and begins > span.as_of else None
    stops = ends if ends is not None and ends < span.end else None

    def said(write: Callable[[datetime], str], hours: str, joint: str) -> str:
        if starts and stops:
            between = write(starts).removesuffix("Z" if joint == "–" else "") + joint + write(stops)
        else:
            between = f"from {write(starts)}" if starts else f"until {write(stops)}" if stops else ""
        return ", ".join(filter(None, (between, hours)))

    spans = [f"{clock(a)}–{clock(b)}Z" for a, b in daily]
    one_day = span.horizon_s <= DAY_S
    brief = said(lambda moment: dtg(moment)[2 if one_day else 0 : 7], ", ".join(spans).replace(":", ""), "–")
    return Times(said(dtg, f"daily {' and '.join(spans)}" if spans else "", " to "), brief)
