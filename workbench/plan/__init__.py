"""Plans: routes and what they leave out, independent of the engine that made them."""

from workbench.plan.files import FORMAT, read, to_dict, write
from workbench.plan.model import (
    UNSERVED_CODES,
    Crossing,
    Plan,
    PlannedDelivery,
    Route,
    Stop,
    StopKind,
    Unserved,
    Violation,
)
from workbench.plan.tables import to_tables

__all__ = [
    "FORMAT",
    "UNSERVED_CODES",
    "Crossing",
    "Plan",
    "PlannedDelivery",
    "Route",
    "Stop",
    "StopKind",
    "Unserved",
    "Violation",
    "read",
    "to_dict",
    "to_tables",
    "write",
]
