"""The ground of T-RISK: nine roads between five places, a kilometre a minute, with their loss probabilities."""

from functools import lru_cache

from tables import AS_OF, frame, road

from workbench.ground import roads, threat
from workbench.ground.roads import Limits

TRUCK = Limits("truck")
FOUR_WAYS = (
    ("BSA", "J1", 20, 0.02), ("BSA", "J2", 30, 0.005), ("J1", "J2", 10, 0.01), ("J1", "J3", 15, 0.10),
    ("J2", "J4", 35, 0.01), ("J3", "J4", 10, 0.02), ("J3", "COP", 20, 0.08), ("J4", "COP", 25, 0.02),
    ("J1", "J4", 40, 0.03),
)  # fmt: skip
"""From, to, minutes, loss probability."""
NAMES = [f"{a}-{b}" for a, b, _, _ in FOUR_WAYS]


def network(nodes, edges, closures=()):
    """A network of these rows for one truck at 60 km/h."""
    tables = {
        "nodes": frame("nodes", nodes), "edges": frame("edges", edges), "closures": frame("closures", closures),
        "profiles": frame("profiles", [{"profile": "truck", "road_class": "primary", "day_kmh": 60}]),
    }  # fmt: skip
    return roads.network(tables, tables["profiles"], as_of=AS_OF, horizon_s=86_400)


def without(*gone):
    """The network and the exposure per road, less some roads."""
    spots = sorted({end for a, b, _, _ in FOUR_WAYS for end in (a, b)})
    nodes = [{"node_id": n, "lon": 15 + k / 10, "lat": 48} for k, n in enumerate(spots)]
    kept = [(name, *row) for name, row in zip(NAMES, FOUR_WAYS, strict=True) if name not in gone]
    edges = [road(name, a, b, length_m=1000 * minutes) for name, a, b, minutes, _ in kept]
    return network(nodes, edges), threat.survival.exposure([p for *_, p in kept])


@lru_cache(maxsize=1)
def four_ways():
    """The network and the exposure per road."""
    return without()


@lru_cache(maxsize=1)
def leg():
    """The leg from BSA to COP: searchable graph, source, bounds to the end."""
    net, exposed = four_ways()
    searched = threat.risk_graph(net, TRUCK, exposed)
    return searched, net.node_ids.index("BSA"), threat.bounds(searched, searched.ends(net.node_ids.index("COP")))
