"""An independent router, pyroutelib3, asked for lengths of routes; run by another interpreter than the benchmark's.

``python _routing.py FILE`` reads JSON from stdin: pairs of node numbers, whether turn restrictions hold, and whether
one may turn round (which this router does at any point of a road's shape, or nowhere). It prints JSON: seconds to
read the file, and metres per pair (null where there is no way). Nothing of this project is imported.
"""

import itertools
import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from pyroutelib3 import find_route, find_route_without_turn_around, haversine_earth_distance, osm

CLASSES = ("motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential", "living_street",
           "service", "road", "track")  # fmt: skip


class Truck(osm.HighwayProfile):
    """A truck that takes the shortest way over all classes of road and is kept out only where no truck may go."""

    def __init__(self, *, turns: bool) -> None:
        super().__init__("truck", dict.fromkeys(CLASSES, 1.0), ["access", "vehicle", "motor_vehicle", "hgv"])
        self.turns = turns

    def is_allowed(self, way_tags: Mapping[str, str]) -> bool:
        """Return whether the most specific key lets a truck in; areas are no roads."""
        said = next((way_tags[key] for key in reversed(self.access) if key in way_tags), "yes")
        return said != "no" and way_tags.get("area") != "yes"

    def is_turn_restriction(self, tags: Mapping[str, str]) -> osm.TurnRestriction:
        """Return the kind of a restriction, or that there is none when they are off."""
        return super().is_turn_restriction(tags) if self.turns else osm.TurnRestriction.INAPPLICABLE


def main() -> None:
    """Answer what stdin asks."""
    asked = json.load(sys.stdin)
    start = time.process_time()
    with Path(sys.argv[1]).open("rb") as file:
        graph = osm.Graph.from_file(Truck(turns=asked["turns"]), file)
    ready = time.process_time() - start
    search = find_route if asked["around"] else find_route_without_turn_around
    metres = []
    for a, b in asked["pairs"]:
        route = search(graph, a, b) if a in graph.nodes and b in graph.nodes else []
        spots = [graph.get_node(node).position for node in route]
        # kilometres on a sphere
        length = sum(haversine_earth_distance(p, q) for p, q in itertools.pairwise(spots)) * 1000
        metres.append(length if route else None)
    json.dump({"seconds": ready, "metres": metres}, sys.stdout)


if __name__ == "__main__":
    main()
