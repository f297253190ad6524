"""Tables of places and of the ways between them."""

from __future__ import annotations

from workbench.schema.columns import Column, Table
from workbench.schema.words import ACCESS, LANDING, MLC_SOURCES, NODE_KINDS, ROAD_CLASSES, SURFACES


def _position() -> tuple[Column, ...]:
    return (
        Column("lon", "float", "Longitude, WGS 84.", "deg", -180, 180),
        Column("lat", "float", "Latitude, WGS 84.", "deg", -90, 90),
        Column("mgrs", "str", "Position as MGRS, instead of lon and lat."),
    )


NODES = Table(
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
        Column("visits_per_day", "int", "Most visits of vehicles on one day, UTC; blank is no limit.", "", 1, 1000),
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

EDGES = Table(
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

TURNS = Table(
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

CLOSURES = Table(
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
