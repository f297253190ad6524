"""Every table's columns, declared once.

The validation, the blank template, the docs table and the grid widget all read these declarations.
Nothing else in the package repeats a column's type, unit, bounds, default or help.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["id", "str", "int", "float", "bool", "choice", "list", "instant", "clock", "windows", "curve", "wkt"]

SUPPLY_CLASSES = ("I", "II", "IIIB", "IIIP", "IV", "V", "VI", "VII", "VIII", "IX", "X", "WATER")
FADS = ("I", "II", "III", "IV", "V")
UNDS = ("A", "B", "C")
NODE_KINDS = ("depot", "supply_point", "distribution_point", "unit", "lrp", "junction")
REQUISITION_KINDS = ("delivery", "retrograde")
WATERWAY = "waterway"
ROAD_CLASSES = (
    "motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential", "track", WATERWAY
)  # fmt: skip
"""Classes of edges. Boats go on waterways and nothing else does."""
FLIGHT = "flight"
COVERS = ("open", "woods", "built_up")
"""What lies on the ground off the road."""
SURFACES = ("asphalt", "concrete", "paved", "gravel", "dirt", "unknown")
ACCESS = ("yes", "private", "destination", "delivery", "permit", "no")
MLC_SOURCES = ("surveyed", "tag", "assumed", "unknown")
UNITS_OF_ISSUE = ("EA", "CS", "PL", "KG", "L", "M3", "T")
MARKS = ("C", "S", "GK", "D")
MODES = ("road", "cross_country", "air", "boat")
LANDING = ("lz", "runway", "dz", "quay")
AIR_LOADS = ("internal", "sling", "airdrop")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what it holds, in which unit, between which bounds, and what blank means.

    ``default`` is the value a blank cell takes; ``None`` keeps it blank. ``required`` columns must
    be present and filled. ``ref`` names the ``table.column`` a value must exist in.
    """

    name: str
    kind: Kind
    help: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    default: str | int | float | bool | None = None
    required: bool = False
    choices: tuple[str, ...] = ()
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a scenario folder. ``key`` columns together are unique."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    required: bool = False
    help: str = ""

    @property
    def file(self) -> str:
        """Name of the table's CSV file."""
        return f"{self.name}.csv"

    def column(self, name: str) -> Column:
        """Return the declaration of column ``name`` (KeyError if there is none)."""
        return {c.name: c for c in self.columns}[name]


def _position() -> tuple[Column, ...]:
    return (
        Column("lon", "float", "Longitude, WGS 84.", "deg", -180, 180),
        Column("lat", "float", "Latitude, WGS 84.", "deg", -90, 90),
        Column("mgrs", "str", "Position as MGRS, instead of lon and lat."),
    )


_UNITS = Table(
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

_NODES = Table(
    "nodes",
    (
        Column("node_id", "id", "Node identifier, unique.", required=True),
        Column("name", "str", "Name as spoken.", default=""),
        Column("kind", "choice", "Role of the node.", choices=NODE_KINDS, default="junction"),
        *_position(),
        Column("windows", "windows", "Daily hours in which service may start, HH:MM-HH:MM;…, UTC."),
        Column("open_from", "clock", "Short form of one daily window: opens."),
        Column("open_to", "clock", "Short form of one daily window: closes."),
        Column("slots", "int", "Vehicles that can be handled at once; blank is no limit.", "vehicles", 1, 1000),
        Column("handling_min_per_pallet", "float", "Minutes to handle one pallet position.", "min", 0, 240, 5.0),
        Column("pump_l_per_min", "float", "Litres pumped a minute.", "L/min", 1, 20_000, 400.0),
        Column("landing", "list", "What can come here off the road, separated by ;: lz (helicopters and drones land), "
               "runway, dz (drop zone: loads are dropped or set down), quay (boats land).", choices=LANDING,
               default=""),
        Column("road_offset_m", "float", "Distance to the road it was joined to; blank is on it.", "m", 0, 1_000_000),
        Column("road_note", "str", "The road it was joined to, and why that one.", default=""),
    ),
    ("node_id",),
    required=True,
    help="Places of the network: depots, supply points, units' places, junctions.",
)  # fmt: skip

_REQUISITIONS = Table(
    "requisitions",
    (
        Column("requisition_id", "id", "Document number, unique.", required=True),
        Column("unit_id", "id", "Unit that asks.", required=True, ref="units.unit_id"),
        Column("node_id", "id", "Where it goes (retrograde: where it is picked up); default the unit's.",
               ref="nodes.node_id"),
        Column("source_node_id", "id", "Supply point to draw from; blank is any that stocks the item.",
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
        Column("kind", "choice", "Delivery or retrograde.", choices=REQUISITION_KINDS, default="delivery"),
        Column("remarks", "str", "Free text.", default=""),
    ),
    ("requisition_id",),
    required=True,
    help="What units ask for. Weight, volume, pallets and litres are totals of the row.",
)  # fmt: skip

_FLEET = Table(
    "fleet",
    (
        Column("vehicle_type", "id", "Kind of vehicle.", required=True),
        Column("owner", "str", "Unit or branch that owns it.", default=""),
        Column("depot", "id", "Node where its routes start.", required=True, ref="nodes.node_id"),
        Column("end_depot", "id", "Node where its routes end; default the start.", ref="nodes.node_id"),
        Column("count", "int", "Vehicles available.", "vehicles", 0, 10_000, required=True),
        Column("profile", "id", "How it travels.", required=True, ref="profiles.profile"),
        Column("payload_kg", "float", "Payload.", "kg", 1, 200_000, required=True),
        Column("volume_m3", "float", "Load volume; blank is no limit.", "m3", 0, 1000),
        Column("pallets", "float", "Pallet positions; blank is no limit.", "pallets", 0, 100),
        Column("litres", "float", "Bulk liquid it can carry; blank is none.", "L", 0, 100_000, 0.0),
        Column("may_carry", "list", "Classes of supply it may carry, separated by ;; blank is all.",
               choices=SUPPLY_CLASSES, default=""),
        Column("mlc", "int", "Military load class, loaded; blank is not restricted.", "", 1, 200),
        Column("height_m", "float", "Height; blank is not restricted.", "m", 0.5, 10),
        Column("width_m", "float", "Width; blank is not restricted.", "m", 0.5, 10),
        Column("range_km", "float", "Distance a route may cover; blank is no limit.", "km", 1, 5000),
        Column("shift_start", "clock", "Daily start of its shift, UTC; blank is any time."),
        Column("shift_end", "clock", "Daily end of its shift, UTC."),
        Column("fixed_cost", "float", "Cost of using one vehicle in one shift.", "cost", 0, 1e7, 0.0),
        Column("cost_per_km", "float", "Cost of a kilometre.", "cost/km", 0, 1e5, 1.0),
        Column("cost_per_hour", "float", "Cost of an hour from start to end.", "cost/h", 0, 1e6, 0.0),
        Column("crew", "int", "Crew.", "people", 0, 50, 2),
        Column("max_trips", "int", "Loads it may take in one shift; blank is no limit.", "trips", 1, 100),
        Column("draught_m", "float", "Draught, loaded; blank is not restricted.", "m", 0.1, 20),
        Column("air_load", "choice", "How it carries by air: internal (lands to hand over), sling (sets down from the "
               "hook) or airdrop (drops over a dz, picks nothing up); blank is internal.", choices=AIR_LOADS),
        Column("sling_kg", "float", "Payload on the hook; blank is payload_kg.", "kg", 1, 50_000),
        Column("lands_on", "list", "Where it lands, separated by ;; blank is lz;runway.",
               choices=("lz", "runway"), default=""),
        Column("payload_range", "curve", "Payload by the distance of one sortie, from one loading to the next or to "
               "the end: km:kg;km:kg;…, farther and lighter. Straight lines join the points; beyond the last "
               "it does not go.", default=""),
        Column("turnaround_min", "float", "Minutes at each loading beyond the handling: fuel, battery, hook-up.",
               "min", 0, 240, 0.0),
        Column("sidc", "str", "20-digit MIL-STD-2525D symbol code."),
        Column("source", "str", "Where the figures come from.", default=""),
        Column("mark", "choice", "Confidence: C confirmed, S secondary, GK general knowledge, D derived.",
               choices=MARKS),
    ),
    ("vehicle_type", "owner", "depot"),
    required=True,
    help="Vehicle types, with how many stand at which depot.",
)  # fmt: skip

_STOCK = Table(
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

_EDGES = Table(
    "edges",
    (
        Column("edge_id", "id", "Road segment, unique.", required=True),
        Column("from", "id", "Node it starts at.", required=True, ref="nodes.node_id"),
        Column("to", "id", "Node it ends at.", required=True, ref="nodes.node_id"),
        Column("length_m", "float", "Length along the road.", "m", 0.1, 1_000_000, required=True),
        Column("road_class", "choice", "Class of road.", choices=ROAD_CLASSES, default="unclassified"),
        Column("surface", "choice", "Surface.", choices=SURFACES, default="unknown"),
        Column("oneway", "bool", "True: only from -> to.", default=False),
        Column("bridge", "bool", "True for a bridge.", default=False),
        Column("name", "str", "Name of the road or bridge.", default=""),
        Column("mlc_w", "int", "Load class for wheels; blank is unknown on a bridge, unlimited off it.", "", 1, 200),
        Column("mlc_t", "int", "Load class for tracks; likewise.", "", 1, 200),
        Column("mlc_w2", "int", "Load class for wheels while both directions run; blank is as mlc_w.", "", 1, 200),
        Column("mlc_t2", "int", "Load class for tracks while both directions run; blank is as mlc_t.", "", 1, 200),
        Column("mlc_source", "choice", "How the class is known.", choices=MLC_SOURCES),
        Column("width_m", "float", "Usable width; blank is not restricting.", "m", 0.5, 1000),
        Column("depth_m", "float", "Depth of a waterway at low water; blank is not restricting.", "m", 0, 100),
        Column("clearance_m", "float", "Overhead clearance; blank is unlimited.", "m", 0.5, 100),
        Column("maxweight_t", "float", "Gross weight limit as signed; blank is none known.", "t", 0.1, 1000),
        Column("maxaxleload_t", "float", "Axle load limit as signed; blank is none known.", "t", 0.1, 100),
        Column("speed_kmh", "float", "Speed limit or known speed; blank follows the profile.", "km/h", 1, 150),
        Column("gradient_pct", "float", "Steepest gradient, either way; blank is not known.", "%", 0, 100),
        Column("tunnel", "bool", "True for a tunnel.", default=False),
        Column("ford", "bool", "True for a ford.", default=False),
        Column("ferry", "bool", "True for a ferry.", default=False),
        Column("access", "choice", "Who may use it; blank is everyone, no is nobody.", choices=ACCESS),
        Column("geometry", "wkt", "LINESTRING of lon lat; blank is straight."),
    ),
    ("edge_id",),
    help="Roads and waterways. Both directions unless oneway; a current is one row each way with its own speed_kmh.",
)

_TURNS = Table(
    "turns",
    (
        Column("from_edge", "id", "Road one comes from.", required=True, ref="edges.edge_id"),
        Column("via_node", "id", "Node where the two roads meet.", required=True, ref="nodes.node_id"),
        Column("to_edge", "id", "Road one may not turn into; the same road bans turning back.",
               required=True, ref="edges.edge_id"),
        Column("reason", "str", "Why.", default=""),
    ),
    ("from_edge", "via_node", "to_edge"),
    help="Banned turns: from one road through a node into another.",
)  # fmt: skip

_CLOSURES = Table(
    "closures",
    (
        Column("edge_id", "id", "Road closed; or give an area.", ref="edges.edge_id"),
        Column("area", "wkt", "POLYGON of lon lat: every road that touches it is closed."),
        Column("from", "instant", "Closed from; blank is always."),
        Column("to", "instant", "Closed until; blank is until further notice."),
        Column("hours", "windows", "Hours of the day at which it is closed, as for a curfew; blank is all day."),
        Column("reason", "str", "Why.", default=""),
    ),
    (),
    help="Closed roads and areas.",
)

_FACTORS = Table(
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

_PROFILES = Table(
    "profiles",
    (
        Column("profile", "id", "Way of travelling.", required=True),
        Column("mode", "choice", "Mode.", choices=MODES, default="road"),
        Column("tracked", "bool", "True: bridges' tracked class applies.", default=False),
        Column("road_class", "choice", "What the speeds hold for: a class of road, waterway (boat), flight (air), or "
               "the ground off the road (cross_country).", required=True, choices=(*ROAD_CLASSES, FLIGHT, *COVERS)),
        Column("day_kmh", "float", "Planning speed by day.", "km/h", 1, 900, required=True),
        Column("night_kmh", "float", "Planning speed by night with lights.", "km/h", 1, 900),
        Column("blackout_kmh", "float", "Planning speed without lights.", "km/h", 1, 150),
        Column("gravel_factor", "float", "Share of the speed left on gravel; blank is all of it.", "", 0.05, 1),
        Column("dirt_factor", "float", "Share of the speed left on dirt; blank is all of it.", "", 0.05, 1),
        Column("wet_factor", "float", "Further share left on both when wet; blank is all of it.", "", 0.05, 1),
        Column("max_gradient_pct", "float", "Steepest gradient it takes; blank is any.", "%", 1, 100),
        Column("source", "str", "Where the figures come from.", default=""),
        Column("mark", "choice", "C confirmed, S secondary, GK general knowledge, D derived.", choices=MARKS),
    ),
    ("profile", "road_class"),
    help="Speeds of each profile by class of road, on water, in flight or off the road. Without a row there is no way.",
)  # fmt: skip

_ITEMS = Table(
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

_COMPATIBILITY = Table(
    "compatibility",
    (
        Column("class_a", "choice", "Class of supply.", required=True, choices=SUPPLY_CLASSES),
        Column("class_b", "choice", "Class of supply.", required=True, choices=SUPPLY_CLASSES),
        Column("may_share", "bool", "True: may be aboard together.", required=True),
        Column("source", "str", "Where the rule comes from.", default=""),
        Column("mark", "choice", "C confirmed, S secondary, GK general knowledge, D derived.", choices=MARKS),
        Column("note", "str", "Remark.", default=""),
    ),
    ("class_a", "class_b"),
    help="Which classes may share a load; replaces the built-in table. Unlisted pairs may share.",
)

TABLES: dict[str, Table] = {
    t.name: t
    for t in (
        _UNITS, _NODES, _REQUISITIONS, _FLEET, _STOCK, _EDGES, _TURNS, _CLOSURES, _FACTORS, _PROFILES, _ITEMS,
        _COMPATIBILITY,
    )
}  # fmt: skip
"""Every table of a scenario folder by name."""


def describe(table: Table) -> list[dict[str, str]]:
    """Return one row per column for the docs and for the header of a blank template."""

    def bounds(c: Column) -> str:
        if c.choices:
            return " | ".join(c.choices)
        low = "" if c.low is None else f"{c.low:g}"
        high = "" if c.high is None else f"{c.high:g}"
        return f"{low}..{high}" if low or high else ""

    return [
        {
            "column": c.name,
            "kind": c.kind,
            "unit": c.unit,
            "allowed": bounds(c),
            "required": "yes" if c.required else "",
            "default": "" if c.default in (None, "") else str(c.default),
            "help": c.help,
        }
        for c in table.columns
    ]
