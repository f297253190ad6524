"""Public benchmark instances: read, made a `Problem` that every engine and the checker know, costed as published."""

from workbench.instances.best import Best, best
from workbench.instances.building import build, load
from workbench.instances.plane import ListedTravel, PlaneTravel
from workbench.instances.rounding import ROUNDINGS, Rounding, rounding_of
from workbench.instances.routes import plan_of, visits_of
from workbench.instances.rules import check
from workbench.instances.setting import Setting

__all__ = [
    "ROUNDINGS",
    "Best",
    "ListedTravel",
    "PlaneTravel",
    "Rounding",
    "Setting",
    "best",
    "build",
    "check",
    "load",
    "plan_of",
    "rounding_of",
    "visits_of",
]
