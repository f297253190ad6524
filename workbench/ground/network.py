"""Road networks from and to files: the door ``wb.network``.

Every way in ends in one `Roads`: the tables ``nodes``, ``edges`` and ``turns`` of a scenario with what is not known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workbench.errors import Finding, InputError, UsageError
from workbench.ground import export, graph_files, osm, osmnx, pieces, remarks, snapping
from workbench.ground.osm import ATTRIBUTION, Box
from workbench.ground.pieces import BoolArray, IntArray, Pieces
from workbench.ground.snapping import RADIUS_M, REACH_M
from workbench.ground.turns import BARRIER

__all__ = ["ATTRIBUTION", "Roads", "from_geopackage", "from_graphml", "from_osm", "snap", "to_geojson", "to_geopackage"]

STRUCTURES = {"bridge": "bridges", "tunnel": "tunnels", "ford": "fords", "ferry": "ferries"}
"""What roads run on, by the column that says so, and what several are called."""


@dataclass(frozen=True, slots=True, eq=False)
class Roads:
    """A road network as scenario tables, with what was counted and found on the way.

    Attributes
    ----------
    nodes, edges, turns
        Tables as `schema.TABLES` declares them: junctions, roads, banned turns.
    findings
        What was left out, could not be read, or is not known, counted.
    counts
        ``nodes`` and ``edges`` (directed) before roads were merged, ``bridge_edges`` being those on bridges;
        ``nodes_merged`` and ``edges_merged`` after; ``turns`` that restrictions ban, ``barriers`` that stop trucks;
        ``bridges``, ``tunnels``, ``fords``, ``ferries``, each counted once however many roads it carries;
        ``places`` that were to be joined.
    components
        One row for ``weak`` and ``strong`` connection: how many parts, and the size and share of the largest.
    attribution
        What whoever shows the roads must print.
    extent
        The ground that was read; None for roads without any.
    not_joined
        The places that no road is near.
    """

    nodes: pd.DataFrame
    edges: pd.DataFrame
    turns: pd.DataFrame
    findings: tuple[Finding, ...]
    counts: Mapping[str, int]
    components: pd.DataFrame
    attribution: str = ""
    extent: Box | None = None
    not_joined: tuple[str, ...] = ()

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the three tables by name."""
        return {"nodes": self.nodes, "edges": self.edges, "turns": self.turns}

    def with_tables(self, tables: Mapping[str, pd.DataFrame]) -> Roads:
        """Return the roads with other tables; what was counted and found stays."""
        return replace(self, nodes=tables["nodes"], edges=tables["edges"], turns=tables["turns"])


def from_osm(path: str | Path, bbox: Sequence[float] | None = None, *, merge: bool = True) -> Roads:
    """Read the roads that trucks may use from an OpenStreetMap file (.osm.pbf, .osm, also packed).

    Ways are cut where they meet; chains of equal roads are merged with their shape kept unless ``merge`` is False.
    Turn restrictions, barriers, one-ways, access, load, height and width limits come along; what the map does not say
    stays blank and is counted in a finding.

    Parameters
    ----------
    path
        The file.
    bbox
        West, south, east and north in degrees; roads outside are left out.

    Raises
    ------
    InputError
        When the file can't be read or holds no road in the box.
    UsageError
        When the box is not one.
    """
    file = Path(path)
    box = None if bbox is None else box_of(bbox)
    found = osm.read(file)
    whole = osm.cut(found, box)
    if not len(whole.ids):
        raise osm.no_roads(file, box, Box.round(np.array(found.lonlat)))
    said = remarks.of_osm(file.name, found, cut_by_box=box is not None)
    return roads_of(whole, file.name, said, attribution=ATTRIBUTION, merge=merge, extent=box)


def from_graphml(path: str | Path, *, merge: bool = True) -> Roads:
    """Read a graph that OSMnx saved as GraphML; OSMnx is not needed.

    What trucks need and the file does not carry, such as load limits and banned turns, is told in a finding.

    Raises
    ------
    InputError
        When the file can't be read or holds no road for trucks.
    """
    file = Path(path)
    whole, said = osmnx.pieces_of(graph_files.read_graphml(file), file.name)
    return roads_of(whole, file.name, said, attribution=ATTRIBUTION, merge=merge)


def from_geopackage(path: str | Path, *, merge: bool = True) -> Roads:
    """Read a graph that OSMnx saved as GeoPackage, or roads that `to_geopackage` wrote.

    Raises
    ------
    InputError
        When the file can't be read or holds no road for trucks.
    """
    file = Path(path)
    if file.is_file() and export.is_ours(file):
        tables, attribution = export.read_ours(file)
        return _counted(tables, attribution, file.name)
    whole, said = osmnx.pieces_of(graph_files.read_geopackage(file), file.name)
    return roads_of(whole, file.name, said, attribution=ATTRIBUTION, merge=merge)


def to_geopackage(roads: Roads, path: str | Path) -> Path:
    """Write the roads as a GeoPackage with the layers nodes, edges and turns; equal roads give equal files."""
    export.write_geopackage(roads.tables, Path(path), roads.attribution)
    return Path(path)


def to_geojson(roads: Roads, path: str | Path) -> Path:
    """Write the roads, and the places that were joined to them, as GeoJSON (RFC 7946)."""
    export.write_geojson(roads.tables, Path(path), roads.attribution)
    return Path(path)


def snap(
    roads: Roads,
    places: pd.DataFrame,
    *,
    usable: BoolArray | None = None,
    radius_m: float = RADIUS_M,
    reach_m: float = REACH_M,
) -> Roads:
    """Join places to the roads; each comes among the nodes with its distance and the reason for its road.

    A road is split where a place is nearest, and an access road as long as the distance leads there. Within
    ``radius_m`` the roads from which all the others can be reached and that can be reached from them are preferred to
    nearer ones that are cut off. No place is dropped: one farther than ``reach_m`` from every road stays without one,
    and that, a distance over 250 m, and a road that is cut off are findings.

    Parameters
    ----------
    roads
        The roads, without the places.
    places
        Rows of ``nodes`` with lon and lat.
    usable
        Which roads the vehicles may use; default all.

    Raises
    ------
    InputError
        When places lack a position, or have the same name; all of them are listed.
    WorkbenchError
        When a place has the name of a node of the roads that lies elsewhere.
    """
    if faults := snapping.unplaced(places):
        raise InputError(faults)
    if not (0 <= radius_m < np.inf and 0 <= reach_m < np.inf) or (
        usable is not None and len(usable) != len(roads.edges)
    ):
        raise UsageError("Expected distances in metres from 0, and a yes or no for each road.")
    net = snapping.Net.of(roads.nodes, roads.edges, roads.turns)
    part, _ = snapping.parts(net, np.ones(len(roads.edges), np.bool_) if usable is None else usable)
    found = snapping.joints(net, places, part, radius_m=radius_m, reach_m=reach_m)
    tables = snapping.joined(net, places, found)
    said = (*roads.findings, *snapping.findings(places, found, roads.extent))
    lone = tuple(name for name, joint in zip(places["node_id"], found, strict=True) if not joint.joined)
    counts = {**roads.counts, "places": len(places)}
    return replace(roads.with_tables(tables), findings=said, counts=counts, not_joined=lone)


def box_of(bbox: Sequence[float | str]) -> Box:
    """Return a box of west, south, east and north.

    Raises
    ------
    UsageError
        When it is empty, reversed or not on the globe.
    """
    try:
        box = Box(*(float(degrees) for degrees in bbox))
    except (TypeError, ValueError):
        box = Box(np.nan, np.nan, np.nan, np.nan)
    if not (-180 <= box.west < box.east <= 180 and -90 <= box.south < box.north <= 90):
        given = ",".join(map(str, bbox)) if isinstance(bbox, list | tuple) else bbox
        raise UsageError(
            "Expected a box west,south,east,north in degrees with west < east, south < north; "
            f"got {given or 'nothing'}."
        )
    return box


def roads_of(
    whole: Pieces,
    file: str,
    findings: Sequence[Finding],
    *,
    attribution: str = "",
    merge: bool = True,
    extent: Box | None = None,
) -> Roads:
    """Return pieces as a road network, merged or as they are, with the findings that come of their figures.

    Without an ``extent`` it is the least box round the roads.
    """
    tables = pieces.tables(pieces.rounded(pieces.merged(whole) if merge else whole))
    made = _counted(tables, attribution, file)
    on_bridge = np.array([kind.bridge for kind in whole.kinds], dtype=np.bool_)[whole.kind]
    counts = {"nodes": len(whole.node_ids), "edges": whole.directed,
              "bridge_edges": int((2 - whole.oneway[on_bridge]).sum())}  # fmt: skip
    area = extent or Box.round(whole.lonlat)
    return replace(made, findings=(*findings, *made.findings), counts={**made.counts, **counts}, extent=area)


def _counted(tables: Mapping[str, pd.DataFrame], attribution: str, file: str) -> Roads:
    """Return tables as a road network with what is counted in them and not known."""
    nodes, edges = tables["nodes"], tables["edges"]
    at = {name: row for row, name in enumerate(nodes["node_id"])}
    pairs = [(at[a], at[b]) for a, b in zip(edges["from"], edges["to"], strict=True)]
    ends, oneway = np.array(pairs, dtype=np.int64).reshape(-1, 2), edges["oneway"].to_numpy(np.bool_)
    parts = {kind: pieces.strong(len(nodes), ends, oneway, weak=kind == "weak") for kind in ("weak", "strong")}
    directed = 2 * len(edges) - int(oneway.sum())
    barred = tables["turns"]["reason"].str.startswith(BARRIER).to_numpy(np.bool_)
    on_bridge = edges["bridge"].to_numpy(np.bool_)
    counts = {
        "nodes": len(nodes),
        "edges": directed,
        "bridge_edges": int((2 - oneway[on_bridge]).sum()),
        "nodes_merged": len(nodes),
        "edges_merged": directed,
        "turns": int((~barred).sum()),
        "barriers": int(tables["turns"]["via_node"][barred].nunique()),
        **{name: _structures(len(nodes), ends[edges[what].to_numpy(np.bool_)])
           for what, name in STRUCTURES.items()},
    }  # fmt: skip
    rows: list[dict[str, Any]] = [
        {
            "connection": kind,
            "parts": int(labels.max(initial=-1)) + 1,
            "largest": int((labels == 0).sum()),
            "share": float(np.mean(labels == 0)),
        }
        for kind, labels in parts.items()
    ]
    said = (*remarks.no_data(file, edges), *remarks.components(file, nodes["node_id"].tolist(), parts["strong"]))
    area = Box.round(nodes[["lon", "lat"]].to_numpy(np.float64)) if len(nodes) else None
    return Roads(nodes, edges, tables["turns"], said, counts, pd.DataFrame(rows), attribution, area)


def _structures(nodes: int, ends: IntArray) -> int:
    """Return how many bridges there are, or the like: roads that meet are on the same one."""
    labels = pieces.strong(nodes, ends, np.zeros(len(ends), np.bool_), weak=True)
    return len(np.unique(labels[ends[:, 0]]))
