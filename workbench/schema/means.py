"""Tables of what there is to move with."""

from __future__ import annotations

from workbench.schema.columns import Column, Table
from workbench.schema.words import (
    AIR_LOADS,
    BACKHAULS,
    COVERS,
    FLIGHT,
    MARKS,
    MODES,
    RESOURCE_KINDS,
    ROAD_CLASSES,
    SUPPLY_CLASSES,
)

FLEET = Table(
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
        Column("skills", "list", "What it can do that a requisition may need, in words of your own, separated by ;.",
               default=""),
        Column("service_factor", "float", "Its handling takes so many times as long as stated.", "", 0.1, 10, 1.0),
        Column("overtime_h", "float", "Hours that a route may end after its shift; blank is none.", "h", 0, 24),
        Column("overtime_cost_per_hour", "float", "Cost of an hour after its shift, on top of cost_per_hour.", "cost/h",
               0, 1e6, 0.0),
        Column("drive_h", "float", "Hours of driving after which a rest is due; blank is no rule.", "h", 0.1, 240),
        Column("rest_min", "float", "Minutes of that rest.", "min", 1, 1440),
        Column("max_drive_h", "float", "Most hours of driving in one route; blank is no limit.", "h", 0.1, 240),
        Column("max_route_h", "float", "Most hours from start to end of a route; blank is no limit.", "h", 0.1, 240),
        Column("max_loss", "float", "Most risk of losing the vehicle on a route, share of 1; blank is any.", "", 0, 1),
        Column("backhaul", "choice", "When it picks up what goes back: mixed (at any time) or last (once all it has to "
               "deliver is off); blank is mixed.", choices=BACKHAULS),
        Column("sidc", "str", "20-digit MIL-STD-2525D symbol code."),
        Column("source", "str", "Where the figures come from.", default=""),
        Column("mark", "choice", "Confidence: C confirmed, S secondary, GK general knowledge, D derived.",
               choices=MARKS),
    ),
    ("vehicle_type", "owner", "depot"),
    required=True,
    help="Vehicle types, with how many stand at which depot.",
)  # fmt: skip

PROFILES = Table(
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

RESOURCES = Table(
    "resources",
    (
        Column("resource_id", "id", "Resource identifier, unique.", required=True),
        Column("kind", "choice", "team (held while a vehicle is handled) or escort (held for a whole route).",
               required=True, choices=RESOURCE_KINDS),
        Column("count", "int", "How many there are.", "", 0, 10_000, required=True),
        Column("windows", "windows", "Daily hours in which they work, HH:MM-HH:MM;…, UTC; blank is always."),
        Column("nodes", "list", "Nodes that can't be served without one, separated by ;; blank is all.", default="",
               ref="nodes.node_id"),
        Column("classes", "list", "Only for these classes of supply, separated by ;; blank is all.",
               choices=SUPPLY_CLASSES, default=""),
        Column("name", "str", "Name as spoken.", default=""),
    ),
    ("resource_id",),
    help="What vehicles share, such as escorts and handling teams: no more than count at once.",
)  # fmt: skip
