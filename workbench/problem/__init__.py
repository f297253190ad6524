"""The frozen planning problem, and how it is built from a scenario and a course of action."""

from __future__ import annotations

from workbench.problem.builder import build
from workbench.problem.model import (
    CURVE_POINTS,
    DIMENSIONS,
    NO_LIMIT,
    PRIORITIES,
    SCALE,
    SHARE,
    Curve,
    Delivery,
    Goods,
    IntArray,
    Load,
    Objective,
    Place,
    Problem,
    Travel,
    VehicleType,
    Windows,
    cost_lines,
    lift_kg,
    route_cost,
    timed,
)
from workbench.problem.moves import standby

__all__ = [
    "CURVE_POINTS",
    "DIMENSIONS",
    "NO_LIMIT",
    "PRIORITIES",
    "SCALE",
    "SHARE",
    "Curve",
    "Delivery",
    "Goods",
    "IntArray",
    "Load",
    "Objective",
    "Place",
    "Problem",
    "Travel",
    "VehicleType",
    "Windows",
    "build",
    "cost_lines",
    "lift_kg",
    "route_cost",
    "standby",
    "timed",
]
