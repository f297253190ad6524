"""What a plan means, row by row: every delivery with its time and status, every place, the headline figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from workbench.plan import Plan, Route, Stop
from workbench.problem import Delivery, Place, Problem

TIGHT_S = 30 * 60
"""A delivery that starts less than this before its last moment is at risk: on time, but tight."""
TOP_PRIORITY = 3
"""Priorities up to this one make the headline figure."""

Status = Literal["on_time", "tight", "early", "late", "unserved"]
STATUSES: tuple[Status, ...] = ("unserved", "late", "early", "tight", "on_time")
"""Worst first. Early is before the window opens, which only a faulty plan has."""
WORDS: Mapping[Status, str] = {
    "on_time": "on time", "tight": "tight", "early": "too early", "late": "late", "unserved": "unserved",
}  # fmt: skip
SIGNS: Mapping[Status, str] = {"on_time": "✓", "tight": "!", "early": "E", "late": "L", "unserved": "✕"}
"""What stands for a status where there is no room for its word."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One delivery in the plan: when it is handed over, on which route, and how that compares with its window.

    ``slack_s`` is from the start of service to the end of the window it falls in (negative: late); both it and
    ``begin_s`` are None when it is unserved. ``route`` indexes ``Plan.routes``.
    """

    delivery: Delivery
    unit: str
    place: Place
    status: Status
    route: int | None
    begin_s: int | None
    slack_s: int | None


@dataclass(frozen=True, slots=True)
class Headline:
    """The figures for ten seconds. A requisition counts as on time when all its parts are.

    ``tight``, ``off`` (late or too early) and ``unserved`` count deliveries.
    """

    requisitions: int
    on_time: int
    top: int
    top_on_time: int
    tight: int
    off: int
    unserved: int
    unserved_requisitions: int


def unit_names(problem: Problem, units: pd.DataFrame | None) -> dict[str, str]:
    """Return the spoken name by unit id; without a table of units the id is the name."""
    names = {d.unit_id: d.unit_id for d in problem.deliveries}
    if units is not None:
        names |= {unit: name or unit for unit, name in zip(units["unit_id"], units["name"], strict=True)}
    return names


def arrivals(problem: Problem, plan: Plan, units: pd.DataFrame | None = None) -> tuple[Arrival, ...]:
    """Return every delivery of the problem with its fate in the plan, in the order of the problem."""
    names = unit_names(problem, units)
    visits: dict[str, tuple[int, Stop]] = {}
    for r, route in enumerate(plan.routes):
        for stop in route.stops:
            if stop.kind in ("deliver", "pickup"):
                visits |= dict.fromkeys(stop.deliveries, (r, stop))
    return tuple(
        _arrival(d, names[d.unit_id], problem.places[d.node], visits.get(d.delivery_id)) for d in problem.deliveries
    )


def _arrival(delivery: Delivery, unit: str, place: Place, visit: tuple[int, Stop] | None) -> Arrival:
    if visit is None:
        return Arrival(delivery, unit, place, "unserved", None, None, None)
    route, stop = visit
    slack = slack_s(delivery, stop.begin_s)
    early = slack < 0 and all(stop.begin_s < opens for opens, _ in delivery.windows)
    status: Status = "early" if early else "late" if slack < 0 else "tight" if slack < TIGHT_S else "on_time"
    return Arrival(delivery, unit, place, status, route, stop.begin_s, slack)


def slack_s(delivery: Delivery, begin_s: int) -> int:
    """Return the seconds left in the delivery's window at ``begin_s``; negative is how far outside every window."""
    left = [closes - begin_s for opens, closes in delivery.windows if opens <= begin_s <= closes]
    outside = [min(abs(begin_s - opens), abs(begin_s - closes)) for opens, closes in delivery.windows]
    return left[0] if left else -min(outside, default=1)


def worst(statuses: Sequence[Status]) -> Status:
    """Return the worst of some statuses; on time when there are none."""
    return min(statuses, key=STATUSES.index, default="on_time")


def summary(rows: Sequence[Arrival]) -> str:
    """Return in words how a place fares."""
    if not rows:
        return "nothing to deliver here"
    counts = [(sum(r.status == s for r in rows), WORDS[s]) for s in reversed(STATUSES)]
    return ", ".join(f"{n} {word}" for n, word in counts if n)


def headline(rows: Sequence[Arrival]) -> Headline:
    """Return the headline figures of the arrivals."""
    parts: dict[str, list[Arrival]] = {}
    for row in rows:
        parts.setdefault(row.delivery.requisition_id, []).append(row)
    good = {key: all(r.status in ("on_time", "tight") for r in group) for key, group in parts.items()}
    top = [key for key, group in parts.items() if group[0].delivery.priority <= TOP_PRIORITY]
    lacking = [key for key, group in parts.items() if any(r.status == "unserved" for r in group)]
    count = {s: sum(r.status == s for r in rows) for s in STATUSES}
    return Headline(
        len(parts), sum(good.values()), len(top), sum(good[key] for key in top),
        count["tight"], count["late"] + count["early"], count["unserved"], len(lacking),
    )  # fmt: skip


def load_share(route: Route, capacity: tuple[int, ...]) -> float:
    """Return the fullest moment of the route as a share of the capacity that binds first (0 with nothing aboard)."""
    shares = [
        amount / limit
        for stop in route.stops
        for amount, limit in zip(stop.load_after, capacity, strict=True)
        if limit and amount
    ]
    return max(shares, default=0.0)
