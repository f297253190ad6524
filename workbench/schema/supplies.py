"""Tables of what is moved: stock, items, planning factors, what may be aboard together."""

from __future__ import annotations

from workbench.schema.columns import Column, Table
from workbench.schema.words import MARKS, SUPPLY_CLASSES, UNITS_OF_ISSUE

STOCK = Table(
    "stock",
    (
        Column("node_id", "id", "Supply point that holds it.", ref="nodes.node_id"),
        Column("unit_id", "id", "Unit that holds it, for its own use.", ref="units.unit_id"),
        Column("supply_class", "choice", "Class of supply.", required=True, choices=SUPPLY_CLASSES),
        Column("item", "str", "Item.", required=True),
        Column("on_hand", "float", "Quantity on hand.", low=0, high=1e9, required=True),
        Column("unit_of_issue", "choice", "Unit the quantity counts in.", choices=UNITS_OF_ISSUE, default="EA"),
        Column("capacity", "float", "Most it can hold; blank is no limit.", low=0, high=1e9),
        Column("rate_per_day", "float", "Expected use a day.", low=0, high=1e9),
        Column("as_of", "instant", "When it was counted."),
    ),
    ("node_id", "unit_id", "supply_class", "item"),
    help="Stock at supply points (for issue) and with units (own use).",
)

FACTORS = Table(
    "factors",
    (
        Column("factor_id", "id", "Factor, unique.", required=True),
        Column("supply_class", "choice", "Class of supply it concerns.", choices=SUPPLY_CLASSES),
        Column("phase", "str", "Phase of the operation; blank is any.", default=""),
        Column("climate", "str", "Climate; blank is any.", default=""),
        Column("value", "float", "Value.", required=True),
        Column("unit", "str", "Unit of the value.", required=True),
        Column("source", "str", "Where it comes from.", required=True),
        Column("source_date", "str", "Date of the source.", default=""),
        Column(
            "mark", "choice", "C confirmed, S secondary, GK general knowledge, D derived.", required=True, choices=MARKS
        ),
        Column("note", "str", "Remark.", default=""),
    ),
    ("factor_id",),
    help="Editable planning factors with their provenance.",
)

ITEMS = Table(
    "items",
    (
        Column("item", "str", "Item.", required=True),
        Column("supply_class", "choice", "Class of supply.", required=True, choices=SUPPLY_CLASSES),
        Column("unit_of_issue", "choice", "Unit it is issued in.", required=True, choices=UNITS_OF_ISSUE),
        Column("kg_low", "float", "Least plausible gross weight of one unit.", "kg", 0, 1e6, required=True),
        Column("kg_high", "float", "Most plausible gross weight of one unit.", "kg", 0, 1e6, required=True),
        Column("units_per_pallet", "float", "Units on one pallet position.", "", 0.01, 1e6),
        Column("hazard", "str", "Usual hazard division and group.", default=""),
        Column("source", "str", "Where the figures come from.", default=""),
        Column("mark", "choice", "C confirmed, S secondary, GK general knowledge, D derived.", choices=MARKS),
    ),
    ("item",),
    help="Items with their plausible weights; adds to and overrides the built-in list.",
)

COMPATIBILITY = Table(
    "compatibility",
    (
        Column("class_a", "choice", "Class of supply.", required=True, choices=SUPPLY_CLASSES),
        Column("class_b", "choice", "Class of supply.", required=True, choices=SUPPLY_CLASSES),
        Column("may_share", "bool", "True: may be aboard together.", required=True),
        Column(
            "cleaning",
            "bool",
            "True: class_b comes aboard after class_a only when the vehicle was cleaned.",
            default=False,
        ),
        Column("source", "str", "Where the rule comes from.", default=""),
        Column("mark", "choice", "C confirmed, S secondary, GK general knowledge, D derived.", choices=MARKS),
        Column("note", "str", "Remark.", default=""),
    ),
    ("class_a", "class_b"),
    help="Which classes may share a load, and after which one cleans; replaces the built-in table. Unlisted pairs may.",
)
