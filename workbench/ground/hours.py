"""The hours of a horizon: when it is dark, when roads are shut, and what that makes of a way.

A way is driven road by road. A road entered by day and left by night is finished at the night's speed; one that is
shut, or would be before the vehicle is off it, is waited for. So whoever leaves later never arrives sooner.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from workbench.units import DAY_S, Windows, daily_to_horizon, parse_clock

REGIMES = ("day", "night", "blackout")
"""How one drives: by day, by night with lights, by night without."""
DAYLIGHT = 0


class Conditions(NamedTuple):
    """What a time may hold for those on the road.

    ``regimes`` are those met. ``waits`` holds the roads shut at some moment, each with the seconds it is shut and how
    many times: whoever comes too late to get across before it shuts waits that much, and once across each time.
    ``shut`` are the roads that may not open again in that time.
    """

    regimes: tuple[str, ...]
    waits: tuple[tuple[int, int, int], ...] = ()
    shut: tuple[int, ...] = ()


BY_DAY = Conditions(("day",))


@dataclass(frozen=True, slots=True)
class Hours:
    """``dark`` are the (from, to) seconds of night, driven as ``regime`` of `REGIMES`; ``shut`` those of closed roads.

    Only roads that are open at some time of the horizon stand in ``shut``.
    """

    horizon_s: int
    dark: Windows = ()
    regime: int = DAYLIGHT
    shut: Mapping[int, Windows] = field(default_factory=dict)
    switches_ms: tuple[int, ...] = field(init=False)
    """When night begins and ends, in turn."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "switches_ms", tuple(1000 * moment for span in self.dark for moment in span))

    def conditions(self, start_s: int, end_s: int) -> Conditions:
        """Return what one may meet between two moments."""
        dark = sum(max(0, min(b, end_s) - max(a, start_s)) for a, b in self.dark)
        met = {DAYLIGHT} if dark < max(1, end_s - start_s) else set()
        met |= {self.regime} if dark else set()
        waits, shut = [], []
        for road, spans in sorted(self.shut.items()):
            met_s = [(max(a, start_s), b) for a, b in spans if a < end_s and b > start_s]
            if any(b >= end_s for _, b in met_s):
                shut.append(road)
            elif met_s:
                waits.append((road, sum(b - a for a, b in met_s), len(met_s)))
        return Conditions(tuple(REGIMES[k] for k in sorted(met)), tuple(waits), tuple(shut))

    def at_best(self) -> Conditions:
        """Return the conditions than which no hour is better: nothing that opens is shut, and day if there is any."""
        return Conditions(self.conditions(0, self.horizon_s).regimes[:1])

    def arrival_ms(
        self,
        roads: Sequence[int],
        cost_ms: Sequence[Sequence[int]],
        depart_s: int,
        at_once: Sequence[int] | None = None,
    ) -> int | None:
        """Return when the last of ``roads`` is done, in milliseconds; None where one does not open again.

        ``cost_ms`` holds per regime of `REGIMES` the milliseconds of each of the roads, in their order; ``at_once``
        those of all together, given when none of them shuts: then a way within one regime needs no look at its roads.
        """
        now = depart_s * 1000
        if at_once is not None:
            k = bisect_right(self.switches_ms, now)
            done = now + at_once[self.regime if k % 2 else DAYLIGHT]
            if k == len(self.switches_ms) or done <= self.switches_ms[k]:
                return done
        for k, road in enumerate(roads):
            by_regime = (cost_ms[DAYLIGHT][k], cost_ms[self.regime][k])
            done = self._driven(by_regime, now)
            for a, b in self.shut.get(road, ()):
                if done > a * 1000 and now < b * 1000:
                    if b >= self.horizon_s:
                        return None
                    now = b * 1000
                    done = self._driven(by_regime, now)
            now = done
        return now

    def _driven(self, cost_ms: tuple[int, int], now: int) -> int:
        """Return when a road entered now is done, given its milliseconds by day and in the dark."""
        by_day, in_dark = cost_ms
        k = bisect_right(self.switches_ms, now)
        need = pace = in_dark if k % 2 else by_day
        at_latest = now + max(by_day, in_dark)
        while by_day != in_dark and k < len(self.switches_ms) and now + need > self.switches_ms[k]:
            left, other = need - (self.switches_ms[k] - now), by_day if k % 2 else in_dark
            need, pace, now, k = -(-left * other // pace), other, self.switches_ms[k], k + 1
        return min(now + need, at_latest)


def nights(settings: Mapping[str, object], as_of: datetime, horizon_s: int) -> tuple[Windows, int]:
    """Return (dark, regime) of a scenario's settings: when it is night, and how one drives then."""
    start, end = (parse_clock(str(settings.get(k, d))) for k, d in (("night_from", "19:00"), ("night_to", "05:00")))
    daily: Iterable[tuple[int, int]] = ((start, end),) if start < end else ((0, end), (start, DAY_S))
    spans = tuple((a, b) for a, b in daily if a < b)
    regime = REGIMES.index("blackout" if settings.get("night_driving") == "blackout" else "night")
    return (daily_to_horizon(spans, as_of, horizon_s) if spans else ()), regime


def merged(spans: Iterable[tuple[int, int]]) -> Windows:
    """Return (from, to) spans in order, those that touch joined; empty ones are gone."""
    out: list[tuple[int, int]] = []
    for a, b in sorted(span for span in spans if span[0] < span[1]):
        if out and a <= out[-1][1]:
            out[-1] = (out[-1][0], max(b, out[-1][1]))
        else:
            out.append((a, b))
    return tuple(out)
