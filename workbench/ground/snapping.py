"""Places joined to roads: which road, how far, and whether it leads anywhere.

The road is split where a place is nearest, and a short access road leads there, so that the way off the road counts.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from workbench.errors import Finding, WorkbenchError
from workbench.ground.osm import Box
from workbench.ground.pieces import DEGREE_DIGITS, GEOD, LEAST_M, BoolArray, FloatArray, IntArray, frame, ranges

RADIUS_M = 500.0
"""Within this distance a road of the main network is preferred to a nearer one that is cut off from it."""
FAR_M = 250.0
"""From here on the distance is a finding."""
REACH_M = 5_000.0
"""A place farther from every road is not joined."""
SAME_M = 10.0
"""A place that has the name of a node of the roads, and is not farther from it, is that node."""
NOT_JOINED = "not joined"
"""How the note of a place begins that no road is near."""
_ON_NODE_M = 1.0
_DEGREE_M = 111_195.0


class Joint(NamedTuple):
    """Where a place meets a road: the road's row, the metres along it on the map, and what is said of it.

    ``road`` is -1 for a place that is a node of the roads itself, and for one that is not ``joined``.
    """

    road: int
    along: float
    offset_m: float
    main: bool
    note: str
    joined: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Net:
    """The tables nodes, edges and turns with what snapping asks of them. ``lines`` are in metres on the plane."""

    nodes: pd.DataFrame
    edges: pd.DataFrame
    turns: pd.DataFrame
    ends: IntArray
    lonlat: list[FloatArray]
    lines: NDArray[np.object_]
    scale: FloatArray

    @classmethod
    def of(cls, nodes: pd.DataFrame, edges: pd.DataFrame, turns: pd.DataFrame) -> Net:
        """Return the net of three typed tables."""
        at = {name: spot for spot, name in enumerate(nodes["node_id"])}
        places = nodes[["lon", "lat"]].to_numpy(np.float64)
        pairs = [(at[a], at[b]) for a, b in zip(edges["from"], edges["to"], strict=True)]
        ends = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        drawn = shapely.from_wkt(edges["geometry"].replace("", "LINESTRING EMPTY").to_numpy(dtype=object))
        lonlat = [
            shapely.get_coordinates(line) if len(line.coords) else places[pair]
            for line, pair in zip(drawn, ends, strict=True)
        ]
        middle = math.radians(float(np.median(places[:, 1]))) if len(places) else 0.0
        scale = np.array([math.cos(middle), 1.0]) * _DEGREE_M
        lines = np.array([shapely.LineString(line * scale) for line in lonlat], dtype=object)
        return cls(nodes, edges, turns, ends, lonlat, lines, scale)


def parts(net: Net, usable: BoolArray) -> tuple[IntArray, int]:
    """Return the part of the network that each road lies in, 0 being the largest, and how many parts there are.

    In a part every road can be reached from every other, banned turns observed. Roads that are not ``usable`` are -1,
    and so are roads between two parts.
    """
    oneway = net.edges["oneway"].to_numpy(np.bool_)
    rows = np.flatnonzero(usable)
    back = rows[~oneway[rows]]
    road = np.concatenate([rows, back])
    tail = np.concatenate([net.ends[rows, 0], net.ends[back, 1]])
    head = np.concatenate([net.ends[rows, 1], net.ends[back, 0]])
    order = np.argsort(tail, kind="stable")
    degree = np.bincount(tail, minlength=len(net.nodes))
    first = np.concatenate([[0], np.cumsum(degree)[:-1]])
    after = order[ranges(first[head], degree[head])]
    before = np.repeat(np.arange(len(road)), degree[head])
    row_of = {name: row for row, name in enumerate(net.edges["edge_id"])}
    node_of = {name: row for row, name in enumerate(net.nodes["node_id"])}
    banned = {(row_of[t.from_edge], node_of[t.via_node], row_of[t.to_edge]) for t in net.turns.itertuples(index=False)}
    triples = zip(road[before].tolist(), head[before].tolist(), road[after].tolist(), strict=True)
    free = np.array([triple not in banned for triple in triples], dtype=np.bool_)
    arcs = (np.ones(int(free.sum()), np.int8), (before[free], after[free]))
    labels = connected_components(coo_matrix(arcs, shape=(len(road),) * 2).tocsr(), connection="strong")[1]
    sizes = np.bincount(labels, minlength=1)
    rank = np.empty(len(sizes), dtype=np.int64)
    rank[np.lexsort((np.arange(len(sizes)), -sizes))] = np.arange(len(sizes))
    out = np.full(len(net.edges), -1, dtype=np.int64)
    out[road] = rank[labels]
    out[back[rank[labels[len(rows) :]] != rank[labels[: len(rows)][~oneway[rows]]]]] = -1
    return out, len(sizes)


def joints(net: Net, places: pd.DataFrame, part: IntArray, *, radius_m: float, reach_m: float) -> list[Joint]:
    """Return where each place meets a road; one that is too far from all is not joined, with the reason.

    Nobody stops in a tunnel or on a ferry, a bridge or a motorway, so these are not joined.

    Raises
    ------
    WorkbenchError
        When a place has the name of a node of the roads and lies elsewhere.
    """
    off = net.edges[["tunnel", "ferry", "bridge"]].any(axis=1) | (net.edges["road_class"] == "motorway")
    rows = np.flatnonzero((part >= 0) & ~off.to_numpy(np.bool_))
    points = shapely.points(places[["lon", "lat"]].to_numpy(np.float64) * net.scale)
    tree = shapely.STRtree(net.lines[rows])
    spot, near = tree.query(points, predicate="dwithin", distance=radius_m)
    lone = np.setdiff1d(np.arange(len(points)), spot)
    far = tree.query_nearest(points[lone], max_distance=reach_m, all_matches=False)
    spot, near = np.concatenate([spot, lone[far[0]]]), rows[np.concatenate([near, far[1]])]
    away = shapely.distance(points[spot], net.lines[near])
    order = np.lexsort((near, away, part[near] > 0, spot))
    out = _standing(net, places, part)
    for k in order[np.unique(spot[order], return_index=True)[1]].tolist():
        road, place = int(near[k]), int(spot[k])
        if place in out:
            continue
        mine = spot == spot[k]
        closest = int(near[mine][np.lexsort((near[mine], away[mine]))[0]])
        along = float(shapely.line_locate_point(net.lines[road], points[place]))
        note = _note(net, part, road, closest, float(away[mine].min()))
        out[place] = Joint(road, along, float(away[k]), bool(part[road] == 0), note)
    for place in set(range(len(points))) - set(out):
        note = f"{NOT_JOINED}: {_nearest(net, rows, tree, points[place])}; the limit is {_far(reach_m)}"
        out[place] = Joint(-1, 0.0, math.nan, False, note, joined=False)
    return [out[place] for place in range(len(points))]


def _standing(net: Net, places: pd.DataFrame, part: IntArray) -> dict[int, Joint]:
    """Return the places that are nodes of the roads: of the same name, and at the same spot."""
    at = {name: row for row, name in enumerate(net.nodes["node_id"])}
    main = set(net.ends[part == 0].ravel().tolist())
    out = {}
    for place, name in enumerate(places["node_id"]):
        if name in at:
            own, node = places.iloc[place], net.nodes.iloc[at[name]]
            if GEOD.inv(own["lon"], own["lat"], node["lon"], node["lat"])[2] > SAME_M:
                raise WorkbenchError(
                    f"The roads have a node {name} already, elsewhere; give the place another node_id."
                )
            note = "a node of the roads" if at[name] in main else "a node of roads cut off from the main network"
            out[place] = Joint(-1, 0.0, 0.0, at[name] in main, note)
    return out


def _nearest(net: Net, rows: IntArray, tree: shapely.STRtree, point: shapely.Point) -> str:
    """Return which road is nearest to a point and how far, however far it is."""
    if not len(rows):
        return "there is no road where one may stop"
    road = int(rows[tree.nearest(point)])
    own, there = shapely.get_coordinates(shapely.shortest_line(point, net.lines[road])) / net.scale
    return f"the nearest road, {net.edges['edge_id'].iloc[road]}, is {_far(GEOD.inv(*own, *there)[2])} away"


def _far(metres: float) -> str:
    return f"{metres:.0f} m" if metres < 1000 else f"{metres / 1000:,.1f} km".replace(".0 km", " km")


def _note(net: Net, part: IntArray, road: int, closest: int, away: float) -> str:
    """Return why a place was joined to a road."""
    name = net.edges["edge_id"]
    if part[road] > 0:
        return f"nearest road {name[road]}, in part {part[road] + 1} of the roads, cut off from the main network"
    if road == closest or part[closest] == 0:
        return f"nearest road {name[road]}, of the main network"
    return f"road {name[road]} of the main network; the nearest, {name[closest]} ({away:.0f} m), is cut off from it"


def joined(net: Net, places: pd.DataFrame, found: list[Joint]) -> dict[str, pd.DataFrame]:
    """Return the tables with the places among the nodes, roads split at the joints, and access roads."""
    ids = places["node_id"].tolist()
    wanted: defaultdict[int, list[tuple[float, int]]] = defaultdict(list)
    for row, joint in enumerate(found):
        if joint.road >= 0:
            wanted[joint.road].append((joint.along, row))
    split = _Split(net, ids)
    for road in sorted(wanted):
        split.road(road, sorted(wanted[road]))
    own = places.assign(
        road_offset_m=[split.offset_m(k, j, places) for k, j in enumerate(found)],
        road_note=[j.note for j in found],
    )
    access = frame("edges", _access(split, own, found))
    kept = net.edges.drop(index=list(split.pieces))
    pieces = [pd.DataFrame(rows, columns=net.edges.columns) for _, rows in sorted(split.pieces.items())]
    edges = pd.concat([kept, *(p.astype(net.edges.dtypes.to_dict()) for p in pieces), access], ignore_index=True)
    joints_ = frame("nodes", {"node_id": list(split.nodes), "lon": [p[0] for p in split.nodes.values()],
                              "lat": [p[1] for p in split.nodes.values()]})  # fmt: skip
    nodes = pd.concat([own, net.nodes[~net.nodes["node_id"].isin(ids)], joints_], ignore_index=True)
    return {"nodes": nodes, "edges": edges, "turns": _turns(net, split)}


class _Split:
    """Roads being split: the pieces by road, the new nodes with their positions, the node where each place joins."""

    def __init__(self, net: Net, ids: list[str]) -> None:
        self.net, self.ids = net, ids
        self.pieces: dict[int, list[dict[str, Any]]] = {}
        self.nodes: dict[str, tuple[float, float]] = {}
        self.joins: dict[int, tuple[str, tuple[float, float]]] = {}

    def road(self, road: int, spots: list[tuple[float, int]]) -> None:
        """Split one road at places, given as (metres along it, row) in order."""
        net = self.net
        row = {str(name): value for name, value in net.edges.iloc[road].items()}
        total = float(shapely.length(net.lines[road]))
        cuts: list[tuple[float, str]] = [(0.0, row["from"])]
        line = net.lonlat[road]
        for along, place in spots:
            end = along > total - _ON_NODE_M
            if not end and along > cuts[-1][0] + _ON_NODE_M:
                name = f"at-{self.ids[place]}"
                self.nodes[name] = _position(net.lines[road], along, net.scale)
                cuts.append((along, name))
            name = row["to"] if end else cuts[-1][1]
            here = self.nodes.get(name) or tuple(line[-1] if end else line[0])
            self.joins[place] = (name, (float(here[0]), float(here[1])))
        if len(cuts) > 1:
            self.pieces[road] = _cut(row, net.lines[road], [*cuts, (total, row["to"])], net.scale)

    def offset_m(self, place: int, joint: Joint, places: pd.DataFrame) -> float:
        """Return the metres from a place to where it meets its road; NaN for one that does not."""
        if joint.road < 0:
            return joint.offset_m
        lon, lat = float(places["lon"].iloc[place]), float(places["lat"].iloc[place])
        return round(float(GEOD.inv(lon, lat, *self.joins[place][1])[2]), 1)


def _position(line: shapely.LineString, along: float, scale: FloatArray) -> tuple[float, float]:
    x, y = shapely.get_coordinates(shapely.line_interpolate_point(line, along))[0] / scale
    return round(float(x), DEGREE_DIGITS), round(float(y), DEGREE_DIGITS)


def _cut(
    row: dict[str, Any], line: shapely.LineString, cuts: list[tuple[float, str]], scale: FloatArray
) -> list[dict[str, Any]]:
    """Return the rows of a road cut at metres along it, each cut with the node there."""
    points = shapely.get_coordinates(line)
    steps = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    out = []
    for number, ((start, a), (stop, b)) in enumerate(itertools.pairwise(cuts), 1):
        inner = (points[(steps > start + 1e-6) & (steps < stop - 1e-6)] / scale).round(DEGREE_DIGITS).tolist()
        shape = [_position(line, start, scale), *map(tuple, inner), _position(line, stop, scale)]
        text = ", ".join(f"{lon!r} {lat!r}" for lon, lat in shape)
        out.append(row | {
            "edge_id": f"{row['edge_id']}.{number}", "from": a, "to": b,
            "length_m": max(LEAST_M, round(row["length_m"] * (stop - start) / steps[-1], 2)),
            "geometry": f"LINESTRING ({text})" if inner else "",
        })  # fmt: skip
    return out


def _access(split: _Split, places: pd.DataFrame, found: list[Joint]) -> Mapping[str, Any]:
    """Return the columns of the access roads; they take the least class of road, without limits of their own."""
    rows = [row for row, joint in enumerate(found) if joint.road >= 0]
    ids = [split.ids[row] for row in rows]
    return {
        "edge_id": [f"access-{name}" for name in ids],
        "from": ids,
        "to": [split.joins[row][0] for row in rows],
        "length_m": [max(LEAST_M, float(places["road_offset_m"].iloc[row])) for row in rows],
        "road_class": ["unclassified"] * len(rows),
        "name": [f"access to {name}" for name in ids],
    }


def _turns(net: Net, split: _Split) -> pd.DataFrame:
    """Return the banned turns with split roads named by the piece that touches the node."""
    name_of = {net.edges["edge_id"].iloc[road]: rows for road, rows in split.pieces.items()}

    def piece(edge: str, via: str) -> str:
        rows = name_of.get(edge)
        return edge if rows is None else str(rows[0 if rows[0]["from"] == via else -1]["edge_id"])

    columns = {name: net.turns[name].tolist() for name in net.turns.columns}
    for side in ("from_edge", "to_edge"):
        columns[side] = [piece(edge, via) for edge, via in zip(columns[side], columns["via_node"], strict=True)]
    return frame("turns", columns)


def findings(
    places: pd.DataFrame, found: list[Joint], extent: Box | None = None, file: str = "nodes.csv"
) -> list[Finding]:
    """Return a finding for each place far from its road, joined to a part cut off, or not joined at all.

    ``extent`` is the ground that was read: of a place outside it that is said.
    """
    out = []
    shares = Counter(joint.main for joint in found if joint.joined)
    inside = np.ones(len(places), np.bool_) if extent is None else extent.holds(places[["lon", "lat"]].to_numpy())
    for row, (joint, place) in enumerate(zip(found, places.to_dict("records"), strict=True)):
        got, remedy = "", "Check its position; the way there is taken as straight."
        if not joint.joined:
            got, remedy = (
                joint.note,
                "Check its position, or add a road; only what flies or crosses country reaches it.",
            )
        elif joint.offset_m > FAR_M:
            got = f"{joint.offset_m:.0f} m to {joint.note}"
        elif not joint.main and shares[True]:
            got, remedy = joint.note, "Vehicles can't get there and back by road; add the road that is missing."
        if got and not inside[row]:
            got += f"; it lies outside the ground that was read ({extent})"
            remedy = "Read a larger area: another file, or a larger box; or check its position."
        if got:
            name = f"{place['node_id']} ({place['name']})" if place.get("name") else place["node_id"]
            expected = f"a road of the main network within {FAR_M:.0f} m of {name}"
            out.append(Finding(file, "", row + 2, "lon", "warning", "OFF_ROAD", expected, got, remedy))
    return out


def unplaced(places: pd.DataFrame, file: str = "nodes.csv") -> list[Finding]:
    """Return a finding for each place without a name of its own, or without a position on the globe."""
    out = []
    limits = {"lon": 180.0, "lat": 90.0}
    if lacking := [name for name in ("node_id", *limits) if name not in places.columns]:
        remedy = "Give a table of nodes, as wb.scenario.load reads it."
        expected = "columns node_id, lon and lat"
        return [Finding(file, "", 1, name, "error", "MISSING_COLUMN", expected, "none", remedy) for name in lacking]
    again = places["node_id"].duplicated().tolist()
    for row, (place, twice) in enumerate(zip(places.to_dict("records"), again, strict=True), 2):
        name = str(place["node_id"])
        if twice:
            remedy = "Give each place a name of its own."
            out.append(Finding(file, "", row, "node_id", "error", "DUPLICATE", "each place once", name, remedy))
        for column, limit in limits.items():
            degrees = pd.to_numeric(place[column], errors="coerce")
            if not -limit <= degrees <= limit:
                expected = f"degrees from -{limit:.0f} to {limit:.0f} for {name}"
                remedy = "Give its position, or leave the place out."
                out.append(Finding(file, "", row, column, "error", "RANGE", expected, str(place[column]), remedy))
    return out
