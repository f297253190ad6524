"""Roads as arrays: who may use which road, how fast, and what is closed."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.ground.hours import REGIMES, Conditions, Hours, merged
from workbench.ground.laid import Laid, lay
from workbench.schema import ROAD_CLASSES, SURFACES, WATERWAY
from workbench.units import (
    Windows,
    daily_to_horizon,
    dtg,
    intersect_windows,
    moment_at,
    parse_daily_windows,
    seconds_after,
)

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

UNKNOWN_MLC = ("assume", "refuse", "allow")
"""Policies for a bridge without a load class: take the default of its road, don't cross, cross and list."""
ASSUMED_MLC = {
    "motorway": 80, "trunk": 80, "primary": 60, "secondary": 40, "tertiary": 30, "unclassified": 24,
    "residential": 24, "track": 12,
}  # fmt: skip
"""Load class taken for a bridge of unknown class, by class of road: our planning defaults (mark D), not surveys."""

CLOSED, WEAK, UNKNOWN, LOW, NARROW, NO_SPEED, STEEP, NO_ENTRY = 1, 2, 4, 8, 16, 32, 64, 128
"""Barriers as bits: closed, load class too low, load class unknown, clearance, width, no speed for the profile,
gradient, access to nobody."""
RISKY = 256
"""What keeps a way from being taken though its roads are open: the planner's rule about risk."""
SHALLOW = 512
"""Barrier of a waterway: not deep enough."""
NO_SITE, NO_FLY = 1024, 2048
"""What keeps boats and aircraft away though the way is open: nowhere to land, and an area that nothing flies over."""

CRAWL_KMH = 5.0
"""What a vehicle drives on a road that its profile has no speed for, were it made to go there (mark D)."""
NIGHT_SHARE, BLACKOUT_KMH = 0.8, 8.0
"""Speeds where a profile gives none: night is this share of the day's (mark D), blackout this (FM 11-43, mark C)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What decides where a vehicle may go and how fast. ``nan`` is not restricted."""

    profile: str
    mlc: float = math.nan
    height_m: float = math.nan
    width_m: float = math.nan
    draught_m: float = math.nan

    @property
    def key(self) -> str:
        """Return the travel key, such as ``truck/mlc31/h3.9/w2.5``; equal limits give equal keys."""
        parts = (("mlc", self.mlc), ("h", self.height_m), ("w", self.width_m), ("d", self.draught_m))
        return "/".join([self.profile, *(f"{name}{value:g}" for name, value in parts if not math.isnan(value))])


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Nodes and roads. Arrays named per road follow ``edge_ids``; ``nan`` is unknown or not restricting.

    ``ends`` holds the node indices (from, to). ``coords[offsets[r]:offsets[r + 1]]`` is the line of road r, as
    lon, lat. ``closed`` maps a road that is closed at any time of the horizon to the reason; ``hours`` says when those
    are shut that open in it. ``speeds`` maps a profile to km/h (nan: not passable) by
    regime, road class and surface, in the order of `REGIMES`, `ROAD_CLASSES` and `SURFACES`; ``steepest`` to the
    gradient it takes by road class. Each row of ``banned`` is a turn that is not allowed: from a road, through a
    node (its index), into a road. ``eased`` are roads that anything gets along (`freed`).
    """

    node_ids: tuple[str, ...]
    edge_ids: tuple[str, ...]
    names: tuple[str, ...]
    ends: IntArray
    length_m: FloatArray
    road_class: IntArray
    surface: IntArray
    oneway: BoolArray
    bridge: BoolArray
    ford: BoolArray
    ferry: BoolArray
    no_entry: BoolArray
    mlc_w: FloatArray
    mlc_t: FloatArray
    width_m: FloatArray
    clearance_m: FloatArray
    depth_m: FloatArray
    speed_kmh: FloatArray
    gradient_pct: FloatArray
    coords: FloatArray
    offsets: IntArray
    banned: IntArray
    closed: Mapping[int, str]
    hours: Hours
    speeds: Mapping[str, FloatArray]
    steepest: Mapping[str, FloatArray]
    tracked: frozenset[str]
    as_of: datetime
    unknown_mlc: str = "assume"
    eased: frozenset[int] = frozenset()

    def line(self, road: int) -> FloatArray:
        """Return the lon, lat points of a road, from its first to its second end."""
        return self.coords[self.offsets[road] : self.offsets[road + 1]]

    def load_class(self, limits: Limits) -> FloatArray:
        """Return each road's load class for these wheels or tracks; nan where it is not known."""
        return self.mlc_t if limits.profile in self.tracked else self.mlc_w

    def assumed_class(self, road: int) -> float | None:
        """Return the load class taken for a bridge of unknown class; None when such bridges are just crossed."""
        road_class = ROAD_CLASSES[self.road_class[road]]
        return float(ASSUMED_MLC.get(road_class, math.inf)) if self.unknown_mlc == "assume" else None

    def unknown_bridges(self, limits: Limits) -> BoolArray:
        """Return which roads are bridges whose load class matters to these limits but is not known."""
        if math.isnan(limits.mlc):
            return np.zeros(len(self.edge_ids), dtype=np.bool_)
        return self.bridge & np.isnan(self.load_class(limits))

    def barriers(self, limits: Limits, shut: Collection[int] = ()) -> IntArray:
        """Return, per road, the sum of the barriers' bits for these limits; 0 is passable.

        Roads that open in the horizon count as closed only when they are among ``shut``.
        """
        load_class, unknown = self.load_class(limits), self.unknown_bridges(limits)
        if self.unknown_mlc == "assume":
            defaults = np.array([ASSUMED_MLC.get(name, math.inf) for name in ROAD_CLASSES], dtype=np.float64)
            load_class = np.where(unknown, defaults[self.road_class], load_class)
        closed = np.zeros(len(self.edge_ids), dtype=np.bool_)
        closed[[road for road in self.closed if road not in self.hours.shut or road in shut]] = True
        found = {
            CLOSED: closed,
            WEAK: load_class < limits.mlc,
            UNKNOWN: unknown & (self.unknown_mlc == "refuse"),
            LOW: self.clearance_m < limits.height_m,
            NARROW: self.width_m < limits.width_m,
            NO_SPEED: np.isnan(self.speed(limits.profile)),
            STEEP: self.gradient_pct > self._steepest(limits.profile),
            NO_ENTRY: self.no_entry,
            SHALLOW: self.depth_m < limits.draught_m,
        }
        out = np.zeros(len(self.edge_ids), dtype=np.int64)
        for bit, where in found.items():
            out[where] += bit
        return out

    def _steepest(self, profile: str) -> FloatArray:
        """Return per road the gradient the profile takes there; inf is any."""
        by_class = self.steepest.get(profile, np.full(len(ROAD_CLASSES), math.inf))
        return np.asarray(by_class[self.road_class], dtype=np.float64)

    def speed(self, profile: str, regime: str = "day") -> FloatArray:
        """Return km/h per road: the profile's for its class and surface, capped by its own; nan is not passable."""
        if profile not in self.speeds:
            return np.full(len(self.edge_ids), math.nan)
        planned = self.speeds[profile][REGIMES.index(regime), self.road_class, self.surface]
        eased = np.fromiter(self.eased, np.int64, len(self.eased))
        planned[eased] = np.where(np.isnan(planned[eased]), CRAWL_KMH, planned[eased])
        return np.where(np.isnan(planned), math.nan, np.fmin(planned, self.speed_kmh))

    def foreign(self, profile: str) -> BoolArray:
        """Return which are waterways to a profile that does not float, and roads to one that only floats."""
        water = np.array([name == WATERWAY for name in ROAD_CLASSES])
        goes = np.zeros_like(water)
        if profile in self.speeds:
            goes |= ~np.isnan(self.speeds[profile]).all(axis=(0, 2))
        alien = np.where(water, not goes[water].any(), not goes[~water].any())
        return np.asarray(alien[self.road_class], dtype=np.bool_)

    def milliseconds(self, profile: str, regime: str = "day") -> FloatArray:
        """Return whole milliseconds to drive each road, rounded up; nan where the profile can't."""
        exact = self.length_m * 3600 / self.speed(profile, regime)
        return np.ceil(exact - 1e-9 * np.maximum(1.0, exact))

    def planned_ms(self, limits: Limits, when: Conditions) -> IntArray:
        """Return the most milliseconds that each road takes under some conditions, waits included; -1: not open."""
        ms = np.max([self.milliseconds(limits.profile, regime) for regime in when.regimes], axis=0)
        for road, shut_s, times in when.waits:
            ms[road] += 1000 * shut_s + times * ms[road]
        return np.where(self.barriers(limits, when.shut) == 0, ms, -1).astype(np.int64)

    def decimetres(self) -> FloatArray:
        """Return the length of each road in whole decimetres, rounded up."""
        return np.ceil(self.length_m * 10 - 1e-6)

    def road_name(self, road: int) -> str:
        """Return how people call a road: ``bridge B2 (Mill Bridge)``."""
        name = self.names[road]
        return ("bridge " if self.bridge[road] else "road ") + self.edge_ids[road] + (f" ({name})" if name else "")

    def freed(self, roads: Collection[int]) -> Network:
        """Return the network with some roads open to all, and strong, high, wide and even enough for anything.

        Who has no speed for such a road drives it at `CRAWL_KMH`.
        """
        gone, rows = set(roads), sorted(roads)
        free = {}
        for column in ("mlc_w", "mlc_t", "width_m", "clearance_m", "depth_m"):
            free[column] = getattr(self, column).copy()
            free[column][rows] = math.inf
        level, no_entry = self.gradient_pct.copy(), self.no_entry.copy()
        level[rows], no_entry[rows] = 0.0, False
        return replace(
            self, **free, gradient_pct=level, no_entry=no_entry, eased=self.eased.union(rows),
            closed={r: why for r, why in self.closed.items() if r not in gone},
            hours=replace(self.hours, shut={r: spans for r, spans in self.hours.shut.items() if r not in gone}),
        )  # fmt: skip

    def _when_closed(self, road: int) -> str:
        spans = self.hours.shut.get(road, ())
        words = (f"{dtg(moment_at(self.as_of, a))} to {dtg(moment_at(self.as_of, b))}" for a, b in spans)
        return " " + " and ".join(words) if spans else ""

    def barrier_text(self, road: int, limits: Limits, bits: int) -> str:
        """Return why these limits keep a vehicle off a road, in words with numbers."""
        load_class, road_class = self.load_class(limits)[road], ROAD_CLASSES[self.road_class[road]]
        unknown = f"has no known load class (the default for its road is {ASSUMED_MLC.get(road_class, 'none')})"
        class_text = unknown if math.isnan(load_class) else f"is load class {load_class:g}"
        texts = {
            CLOSED: f"is closed ({self.closed.get(road) or 'no reason given'}){self._when_closed(road)}",
            WEAK: f"{class_text}, too weak for vehicles of class {limits.mlc:g}",
            UNKNOWN: "has no known load class, and this scenario refuses such bridges",
            LOW: f"has {self.clearance_m[road]:g} m clearance, too low for {limits.height_m:g} m",
            NARROW: f"is {self.width_m[road]:g} m wide, too narrow for {limits.width_m:g} m",
            NO_SPEED: f"is a {road_class}, which profile {limits.profile} does not use",
            STEEP: f"climbs {self.gradient_pct[road]:g} %, too steep for profile {limits.profile}",
            NO_ENTRY: "is open to nobody",
            SHALLOW: f"is {self.depth_m[road]:g} m deep, too shallow for a draught of {limits.draught_m:g} m",
        }
        return " and ".join(text for bit, text in texts.items() if bits & bit)


def network(
    tables: Mapping[str, pd.DataFrame],
    profiles: pd.DataFrame,
    *,
    as_of: datetime,
    horizon_s: int,
    unknown_mlc: str = "assume",
    wet: bool = False,
    dark: tuple[Windows, int] = ((), 0),
    two_way: bool = False,
) -> Network:
    """Build the network from a scenario's tables; without a ``turns`` table every turn is allowed.

    ``wet`` slows roads of gravel and dirt by each profile's factor. A closure closes its road, or every road that its
    area touches, at its hours of the days between its times. ``dark`` is what `hours.nights` returns.
    With ``two_way`` bridges bear traffic in both directions at once, at the class they have then.

    Raises
    ------
    ValueError
        When ``unknown_mlc`` is not one of `UNKNOWN_MLC`.
    """
    if unknown_mlc not in UNKNOWN_MLC:
        raise ValueError(f"Expected unknown_mlc to be one of {', '.join(UNKNOWN_MLC)}, got {unknown_mlc!r}.")
    laid, edges = lay(tables), tables["edges"]
    crossing = {c: _while_both_run(edges, c, two_way=two_way) for c in ("mlc_w", "mlc_t")}
    closed, whole = _closed(laid, tables["closures"], (as_of, horizon_s)), ((0, horizon_s),)
    return Network(
        **laid.columns,
        closed={road: why for road, (why, _) in closed.items()},
        hours=Hours(horizon_s, *dark, {road: spans for road, (_, spans) in closed.items() if spans != whole}),
        speeds=_speeds(profiles, wet=wet),
        steepest=_steepest(profiles),
        tracked=frozenset(profiles.loc[profiles["tracked"], "profile"]),
        as_of=as_of,
        unknown_mlc=unknown_mlc,
        eased=frozenset(),
        mlc_w=crossing["mlc_w"],
        mlc_t=crossing["mlc_t"],
    )


def _while_both_run(edges: pd.DataFrame, column: str, *, two_way: bool) -> FloatArray:
    """Return the load class of each road, one vehicle at a time or with traffic in both directions."""
    alone, both = edges[column].to_numpy(np.float64), edges[f"{column}2"].to_numpy(np.float64)
    return np.where(np.isnan(both), alone, both) if two_way else alone


def _speeds(profiles: pd.DataFrame, *, wet: bool) -> dict[str, FloatArray]:
    """Return km/h of each profile by regime, class of road and surface; nan is not passable."""
    out: dict[str, FloatArray] = {}
    shape = (len(REGIMES), len(ROAD_CLASSES), len(SURFACES))
    for row in profiles[profiles["road_class"].isin(ROAD_CLASSES)].to_dict("records"):
        paces = paces_kmh(row)
        wear = _share(row["wet_factor"]) if wet else 1.0
        left = {"gravel": _share(row["gravel_factor"]) * wear, "dirt": _share(row["dirt_factor"]) * wear}
        table = out.setdefault(row["profile"], np.full(shape, math.nan))
        pace = np.array([left.get(name, 1.0) for name in SURFACES])
        table[:, ROAD_CLASSES.index(row["road_class"])] = np.outer(paces, pace)
    return out


def paces_kmh(row: Mapping[Any, Any]) -> tuple[float, float, float]:
    """Return km/h by day, by night and without lights of a row of profiles, with the defaults of what it lacks."""
    day, night, blackout = (float(row[f"{regime}_kmh"]) for regime in REGIMES)
    night = NIGHT_SHARE * day if math.isnan(night) else night
    return day, night, min(BLACKOUT_KMH, night) if math.isnan(blackout) else blackout


def _share(factor: float) -> float:
    """Return a factor of a table; blank is all of it."""
    return 1.0 if math.isnan(factor) else factor


def _steepest(profiles: pd.DataFrame) -> dict[str, FloatArray]:
    """Return the gradient in percent that each profile takes, by class of road; inf is any."""
    out: dict[str, FloatArray] = {}
    profiles = profiles[profiles["road_class"].isin(ROAD_CLASSES)]
    rows = zip(profiles["profile"], profiles["road_class"], profiles["max_gradient_pct"].fillna(math.inf), strict=True)
    for profile, road_class, most in rows:
        out.setdefault(profile, np.full(len(ROAD_CLASSES), math.inf))[ROAD_CLASSES.index(road_class)] = most
    return out


def closures_in_force(closures: pd.DataFrame, start: datetime, end: datetime) -> pd.DataFrame:
    """Return the closures that overlap the time from ``start`` to ``end``; a blank time never ends or begins."""
    begins, ends = closures["from"], closures["to"]
    return closures[(begins.isna() | (begins < end)) & (ends.isna() | (ends > start))]


def _closed(laid: Laid, closures: pd.DataFrame, span: tuple[datetime, int]) -> dict[int, tuple[str, Windows]]:
    """Return the roads closed at some time with the reason and when; the first closure of the table names it."""
    as_of, horizon_s = span
    in_force = closures_in_force(closures, as_of, as_of + timedelta(seconds=horizon_s))
    reason: dict[int, str] = {}
    spans: dict[int, Windows] = {}
    for closure in in_force.to_dict("records"):
        roads = [laid.row[closure["edge_id"]]] if closure["edge_id"] else []
        if closure["area"]:
            roads += laid.touching(closure["area"])
        when = _closed_hours(closure, as_of, horizon_s)
        for road in roads if when else []:
            reason.setdefault(road, str(closure["reason"]))
            spans[road] = merged((*spans.get(road, ()), *when))
    return {road: (reason[road], spans[road]) for road in sorted(reason)}


def _closed_hours(closure: Mapping[Any, Any], as_of: datetime, horizon_s: int) -> Windows:
    """Return when a closure holds, as (from, to) seconds within the horizon."""
    begins = 0 if pd.isna(closure["from"]) else max(0, seconds_after(as_of, closure["from"]))
    ends = horizon_s if pd.isna(closure["to"]) else min(horizon_s, seconds_after(as_of, closure["to"]))
    daily = daily_to_horizon(parse_daily_windows(closure.get("hours", "")), as_of, horizon_s)
    return merged(intersect_windows(daily, ((begins, ends),)))
