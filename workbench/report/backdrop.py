"""The ground behind a plan: water, relief, places, roads by class, closures, bridges, threats, unit symbols."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from workbench import scenario as scenarios
from workbench.report import roads
from workbench.report.geometry import Line
from workbench.report.hazards import Hazard, hazards
from workbench.report.hours import Span
from workbench.report.roads import Mark, Roads
from workbench.scenario import BASELINE, Scenario


@dataclass(frozen=True, slots=True, eq=False)
class Backdrop:
    """Everything drawn under a plan; all of it empty without a scenario.

    ``net`` are the roads, ``closed`` those out of use with the reason and the time. Collections are GeoJSON
    FeatureCollections.
    """

    net: Roads = field(default_factory=Roads)
    closed: tuple[Mark, ...] = ()
    hazards: tuple[Hazard, ...] = ()
    water: Mapping[str, Any] = field(default_factory=dict)
    places: Mapping[str, Any] = field(default_factory=dict)
    landcover: Mapping[str, Any] = field(default_factory=dict)
    relief: bytes | None = None
    relief_bounds: tuple[float, float, float, float] | None = None
    units: pd.DataFrame | None = None

    @property
    def roads(self) -> Mapping[str, tuple[Line, ...]]:
        """Return the lines of roads by group of `geometry.ROAD_GROUPS`."""
        return self.net.by_group

    @property
    def bridges(self) -> tuple[Mark, ...]:
        """Return all bridges with their load class."""
        return self.net.bridges


def backdrop(scenario: Scenario | None, coa: str = BASELINE) -> Backdrop:
    """Return the ground of the scenario as the course of action leaves it."""
    if scenario is None:
        return Backdrop()
    applied = scenarios.apply(scenario, coa)
    found = roads.roads(applied.tables["edges"], applied.tables["nodes"])
    base = scenarios.basemap(scenario)
    return Backdrop(
        net=found,
        closed=roads.closed(found, applied.tables["closures"], Span.of(applied)),
        hazards=hazards(applied),
        water=base["water"],
        places=base["places"],
        landcover=base["landcover"],
        relief=base["relief"],
        relief_bounds=base["relief_bounds"],
        units=applied.tables["units"],
    )
