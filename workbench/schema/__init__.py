"""Every table's columns, declared once.

The validation, the blank template, the docs table and the grid widget all read these declarations.
Nothing else in the package repeats a column's type, unit, bounds, default or help.
"""

from workbench.schema.asked import RELATIONS, REQUISITIONS, UNITS
from workbench.schema.columns import Column, Kind, Table, describe
from workbench.schema.ground import CLOSURES, EDGES, NODES, TURNS
from workbench.schema.means import FLEET, PROFILES, RESOURCES
from workbench.schema.supplies import COMPATIBILITY, FACTORS, ITEMS, STOCK
from workbench.schema.words import (
    ACCESS,
    AIR_LOADS,
    BACKHAULS,
    COVERS,
    FADS,
    FLIGHT,
    LANDING,
    MARKS,
    MLC_SOURCES,
    MODES,
    NODE_KINDS,
    RELATION_KINDS,
    REQUISITION_KINDS,
    RESOURCE_KINDS,
    ROAD_CLASSES,
    SUPPLY_CLASSES,
    SURFACES,
    UNDS,
    UNITS_OF_ISSUE,
    WATERWAY,
)

TABLES: dict[str, Table] = {
    t.name: t
    for t in (
        UNITS, NODES, REQUISITIONS, RELATIONS, FLEET, RESOURCES, STOCK, EDGES, TURNS, CLOSURES, FACTORS, PROFILES,
        ITEMS, COMPATIBILITY,
    )
}  # fmt: skip
"""Every table of a scenario folder by name."""

__all__ = [
    "ACCESS",
    "AIR_LOADS",
    "BACKHAULS",
    "COVERS",
    "FADS",
    "FLIGHT",
    "LANDING",
    "MARKS",
    "MLC_SOURCES",
    "MODES",
    "NODE_KINDS",
    "RELATION_KINDS",
    "REQUISITION_KINDS",
    "RESOURCE_KINDS",
    "ROAD_CLASSES",
    "SUPPLY_CLASSES",
    "SURFACES",
    "TABLES",
    "UNDS",
    "UNITS_OF_ISSUE",
    "WATERWAY",
    "Column",
    "Kind",
    "Table",
    "describe",
]
