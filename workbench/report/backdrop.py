"""The ground behind a plan: water, relief, places, roads by class, closures, bridges, threats, unit symbols."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from workbench import scenario as scenarios
from workbench.report import roads
from workbench.report.geometry import Line
from workbench.report.roads import Mark
from workbench.scenario import BASELINE, Scenario


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
    found = roads.roads(applied.tables["edges"], applied.tables["nodes"])
    base = scenarios.basemap(scenario)
    return Backdrop(
        roads=found.by_group,
        names=found.names,
        closed=roads.closed(found, in_force(applied)),
        bridges=found.bridges,
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
