"""The ground behind a plan: water, relief, places, roads by class, closures, bridges, threats, unit symbols."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from workbench import scenario as scenarios
from workbench.report import geometry
from workbench.report.geometry import LonLat
from workbench.scenario import BASELINE, Scenario

Line = tuple[LonLat, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A named point or line of the ground; ``text`` is what there is to know about it."""

    name: str
    text: str
    line: Line


@dataclass(frozen=True, slots=True, eq=False)
class Backdrop:
    """Everything drawn under a plan; all of it empty without a scenario.

    ``roads`` are lines by group of `geometry.ROAD_GROUPS`, ``names`` what they are called, blank for no name;
    ``closed`` are roads out of use with the reason;
    ``bridges`` are weak bridges with their load class. Collections are GeoJSON FeatureCollections.
    """

    roads: Mapping[str, tuple[Line, ...]] = field(default_factory=dict)
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    closed: tuple[Mark, ...] = ()
    bridges: tuple[Mark, ...] = ()
    threats: Mapping[str, Any] = field(default_factory=dict)
    water: Mapping[str, Any] = field(default_factory=dict)
    places: Mapping[str, Any] = field(default_factory=dict)
    landcover: Mapping[str, Any] = field(default_factory=dict)
    relief: bytes | None = None
    relief_bounds: tuple[float, float, float, float] | None = None
    units: pd.DataFrame | None = None


def backdrop(scenario: Scenario | None, coa: str = BASELINE) -> Backdrop:
    """Return the ground of the scenario as the course of action leaves it."""
    if scenario is None:
        return Backdrop()
    applied = scenarios.apply(scenario, coa)
    edges, nodes = applied.tables["edges"], applied.tables["nodes"]
    lines = geometry.edge_lines(edges, nodes)
    shut = geometry.closed_edges(edges, in_force(applied), lines)
    base = scenarios.basemap(scenario)
    drawn = _by_group(edges, lines)
    return Backdrop(
        roads={group: tuple(line for line, _ in found) for group, found in drawn.items()},
        names={group: tuple(name for _, name in found) for group, found in drawn.items()},
        closed=_closed(edges, lines, shut),
        bridges=_bridges(edges, lines),
        threats=applied.threats,
        water=base["water"],
        places=base["places"],
        landcover=base["landcover"],
        relief=base["relief"],
        relief_bounds=base["relief_bounds"],
        units=applied.tables["units"],
    )


def in_force(scenario: Scenario) -> pd.DataFrame:
    """Return the closures that overlap the scenario's horizon."""
    closures = scenario.tables["closures"]
    end = scenario.as_of + pd.Timedelta(seconds=scenario.horizon_s)
    begun = closures["from"].isna() | (closures["from"] < end)
    lasts = closures["to"].isna() | (closures["to"] > scenario.as_of)
    return closures[begun & lasts]


def _by_group(edges: pd.DataFrame, lines: list[Line]) -> dict[str, list[tuple[Line, str]]]:
    """Return the line and the name of each road that has a length, by group."""
    group_of = {road: group for group, roads in geometry.ROAD_GROUPS.items() for road in roads}
    out: dict[str, list[tuple[Line, str]]] = {group: [] for group in geometry.ROAD_GROUPS}
    for road, name, line in zip(edges["road_class"], edges["name"], lines, strict=True):
        if len(line) > 1:
            out[group_of[road]].append((line, name))
    return out


def _closed(edges: pd.DataFrame, lines: list[Line], shut: Mapping[str, str]) -> tuple[Mark, ...]:
    return tuple(
        Mark(name or edge_id, shut[edge_id], line)
        for edge_id, name, line in zip(edges["edge_id"], edges["name"], lines, strict=True)
        if edge_id in shut and len(line) > 1
    )


def _bridges(edges: pd.DataFrame, lines: list[Line]) -> tuple[Mark, ...]:
    return tuple(
        Mark(name or edge_id, _load_class(wheels, tracks), line)
        for edge_id, name, bridge, wheels, tracks, line in zip(
            edges["edge_id"], edges["name"], edges["bridge"], edges["mlc_w"], edges["mlc_t"], lines, strict=True
        )
        if bridge and len(line) > 1
    )


def _load_class(wheels: float, tracks: float) -> str:
    """Return the load class of a bridge in words."""
    known = [f"{kind} {value:.0f}" for kind, value in (("W", wheels), ("T", tracks)) if pd.notna(value)]
    return "MLC " + " / ".join(known) if known else "MLC unknown"
