"""Scenarios and courses of action: the world as a folder of tables, and our choices laid over it."""

from workbench.scenario.coas import apply, with_coa
from workbench.scenario.drawn import basemap, terrain
from workbench.scenario.joining import lay_roads
from workbench.scenario.model import (
    BASELINE,
    Change,
    CourseOfAction,
    Scenario,
    derive,
    inputs_sha256,
)
from workbench.scenario.reading import load, validate
from workbench.scenario.writing import blank, save, save_coa, to_xlsx

__all__ = [
    "BASELINE",
    "Change",
    "CourseOfAction",
    "Scenario",
    "apply",
    "basemap",
    "blank",
    "derive",
    "inputs_sha256",
    "lay_roads",
    "load",
    "save",
    "save_coa",
    "terrain",
    "to_xlsx",
    "validate",
    "with_coa",
]
