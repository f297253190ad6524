"""The words that columns of tables choose from."""

from __future__ import annotations

SUPPLY_CLASSES = ("I", "II", "IIIB", "IIIP", "IV", "V", "VI", "VII", "VIII", "IX", "X", "WATER")
FADS = ("I", "II", "III", "IV", "V")
UNDS = ("A", "B", "C")
NODE_KINDS = ("depot", "supply_point", "distribution_point", "unit", "lrp", "junction")
REQUISITION_KINDS = ("delivery", "retrograde", "transfer")
RELATION_KINDS = ("same_vehicle", "different_vehicle", "before")
RESOURCE_KINDS = ("escort", "team")
BACKHAULS = ("mixed", "last")
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
