"""Tables of who asks for what."""

from __future__ import annotations

from workbench.schema.columns import Column, Table
from workbench.schema.words import FADS, RELATION_KINDS, REQUISITION_KINDS, SUPPLY_CLASSES, UNDS, UNITS_OF_ISSUE

UNITS = Table(
    "units",
    (
        Column("unit_id", "id", "Unit identifier, unique.", required=True),
        Column("name", "str", "Name as spoken.", required=True),
        Column("branch", "str", "Branch or service that owns it.", default=""),
        Column("parent", "id", "Unit it belongs to.", ref="units.unit_id"),
        Column("node_id", "id", "Where it is supplied.", ref="nodes.node_id"),
        Column("headcount", "int", "People to feed, civilians and contractors included.", "people", 0, 200_000, 0),
        Column("fad", "choice", "Force/activity designator.", choices=FADS),
        Column("sidc", "str", "20-digit MIL-STD-2525D symbol code."),
        Column("echelon", "str", "Echelon, such as company."),
        Column("main_effort", "bool", "True for the main effort.", default=False),
    ),
    ("unit_id",),
    help="Supported units.",
)

REQUISITIONS = Table(
    "requisitions",
    (
        Column("requisition_id", "id", "Document number, unique.", required=True),
        Column("unit_id", "id", "Unit that asks.", required=True, ref="units.unit_id"),
        Column("node_id", "id", "Where it goes (retrograde: where it is picked up); default the unit's.",
               ref="nodes.node_id"),
        Column("source_node_id", "id", "Supply point to draw from; blank is any that stocks the item. Of a "
               "transfer: the place it is fetched from, which may be any node.",
               ref="nodes.node_id"),
        Column("supply_class", "choice", "Class of supply.", required=True, choices=SUPPLY_CLASSES),
        Column("item", "str", "What is asked for.", required=True),
        Column("quantity", "float", "How much, in units of issue.", low=0.001, high=10_000_000, required=True),
        Column("unit_of_issue", "choice", "Unit the quantity counts in.", choices=UNITS_OF_ISSUE, default="EA"),
        Column("weight_kg", "float", "Gross weight of the whole row.", "kg", 0.001, 10_000_000, required=True),
        Column("volume_m3", "float", "Volume of the whole row.", "m3", 0, 100_000, 0.0),
        Column("pallets", "float", "Pallet positions of the whole row.", "pallets", 0, 100_000, 0.0),
        Column("litres", "float", "Bulk liquid of the whole row.", "L", 0, 10_000_000, 0.0),
        Column("hazard", "str", "Hazard division and group, such as 1.1D or 3.", default=""),
        Column("fad", "choice", "Force/activity designator; default the unit's.", choices=FADS),
        Column("und", "choice", "Urgency of need designator.", choices=UNDS),
        Column("priority", "int", "1 is most urgent; blank follows from FAD and UND, else 15.", "", 1, 15),
        Column("requested", "instant", "When it was asked for, ISO 8601 with zone."),
        Column("earliest", "instant", "Service may start from then on, ISO 8601 with zone."),
        Column("latest", "instant", "Service must start by then, ISO 8601 with zone."),
        Column("kind", "choice", "delivery (drawn from stock), retrograde (picked up and brought back) or transfer "
               "(fetched at source_node_id, from no stock, and brought here).", choices=REQUISITION_KINDS,
               default="delivery"),
        Column("release", "instant", "Not loaded before then (retrograde: not picked up), ISO 8601 with zone."),
        Column("load_by", "instant", "Its loading (retrograde: picking it up) must begin by then, ISO 8601 with zone."),
        Column("due", "instant", "Service should start by then; later is allowed until latest, at late_cost_per_hour."),
        Column("late_cost_per_hour", "float", "Cost of an hour after due.", "cost/h", 0, 1e9, 0.0),
        Column("vehicles", "list", "Only these vehicle types, separated by ;; blank is any.", default=""),
        Column("not_vehicles", "list", "None of these vehicle types, separated by ;.", default=""),
        Column("owners", "list", "Only vehicles of these owners, separated by ;; blank is anyone's.", default=""),
        Column("needs", "list", "Skills that its vehicle must have, all of them, separated by ;.", default=""),
        Column("max_aboard_min", "float", "Most minutes from the end of its loading to the start of its service; blank "
               "is no limit.", "min", 0.1, 100_000),
        Column("remarks", "str", "Free text.", default=""),
    ),
    ("requisition_id",),
    required=True,
    help="What units ask for. Weight, volume, pallets and litres are totals of the row.",
)  # fmt: skip

RELATIONS = Table(
    "relations",
    (
        Column("relation_id", "id", "Relation identifier, unique.", required=True),
        Column("kind", "choice", "same_vehicle (on one route), different_vehicle (on two) or before (first is served, "
               "and only then second).", required=True, choices=RELATION_KINDS),
        Column("first", "id", "Requisition.", required=True, ref="requisitions.requisition_id"),
        Column("second", "id", "The other requisition.", required=True, ref="requisitions.requisition_id"),
        Column("gap_min", "float", "Of before: least minutes from the end of service of first to the start of second.",
               "min", 0, 100_000),
        Column("within_min", "float", "Of before: most minutes from the end of service of first to the start of "
               "second; blank is no limit.", "min", 0, 100_000),
    ),
    ("relation_id",),
    help="Ties between requisitions, kept where both are served. All parts of a split one are tied.",
)  # fmt: skip
