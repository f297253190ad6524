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

from workbench.errors import Finding, UsageError
from workbench.ground import export, osm, osmnx, pieces, remarks, snapping
from workbench.ground.osm import ATTRIBUTION, Box
from workbench.ground.pieces import BoolArray, Pieces
from workbench.ground.snapping import RADIUS_M, REACH_M

__all__ = ["ATTRIBUTION", "Roads", "from_geopackage", "from_graphml", "from_osm", "snap", "to_geojson", "to_geopackage"]


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
        ``nodes`` and ``edges`` (directed) before roads were merged, ``nodes_merged`` and ``edges_merged`` after,
        ``turns``, ``bridges``, ``fords``, ``ferries``, ``tunnels``.
    components
        One row for ``weak`` and ``strong`` connection: how many parts, and the size and share of the largest.
    attribution
        What whoever shows the roads must print.
    """

    nodes: pd.DataFrame
    edges: pd.DataFrame
    turns: pd.DataFrame
    findings: tuple[Finding, ...]
    counts: Mapping[str, int]
    components: pd.DataFrame
    attribution: str = ""

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the three tables by name."""
        return {"nodes": self.nodes, "edges": self.edges, "turns": self.turns}


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
        raise osm.no_roads(file, f" in the box {', '.join(f'{v:g}' for v in box)}" if box else "")
    return roads_of(
        whole,
        file.name,
        remarks.of_osm(file.name, found, cut_by_box=box is not None),
        attribution=ATTRIBUTION,
        merge=merge,
    )


def from_graphml(path: str | Path, *, merge: bool = True) -> Roads:
    """Read a graph that OSMnx saved as GraphML; OSMnx is not needed.

    What trucks need and the file does not carry, such as load limits and banned turns, is told in a finding.

    Raises
    ------
    InputError
        When the file can't be read or holds no road for trucks.
    """
    file = Path(path)
    whole, said = osmnx.pieces_of(osmnx.read_graphml(file), file.name)
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
    whole, said = osmnx.pieces_of(osmnx.read_geopackage(file), file.name)
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
    WorkbenchError
        When a place has the name of a node of the roads.
    """
    net = snapping.Net.of(roads.nodes, roads.edges, roads.turns)
    part, _ = snapping.parts(net, np.ones(len(roads.edges), np.bool_) if usable is None else usable)
    found = snapping.joints(net, places, part, radius_m=radius_m, reach_m=reach_m)
    tables = snapping.joined(net, places, found)
    said = (*roads.findings, *snapping.findings(places, found))
    return replace(roads, nodes=tables["nodes"], edges=tables["edges"], turns=tables["turns"], findings=said)


def box_of(bbox: Sequence[float]) -> Box:
    """Return a box of west, south, east and north.

    Raises
    ------
    UsageError
        When it is empty, reversed or not on the globe.
    """
    box = Box(*bbox) if len(bbox) == 4 else None
    if box is None or not (-180 <= box.west < box.east <= 180 and -90 <= box.south < box.north <= 90):
        given = ",".join(f"{v:g}" for v in bbox)
        raise UsageError(
            f"Expected a box west,south,east,north in degrees with west < east, south < north; got {given}."
        )
    return box


def roads_of(
    whole: Pieces, file: str, findings: Sequence[Finding], *, attribution: str = "", merge: bool = True
) -> Roads:
    """Return pieces as a road network, merged or as they are, with the findings that come of their figures."""
    tables = pieces.tables(pieces.rounded(pieces.merged(whole) if merge else whole))
    made = _counted(tables, attribution, file)
    counts = {"nodes": len(whole.node_ids), "edges": whole.directed}
    return replace(made, findings=(*findings, *made.findings), counts={**made.counts, **counts})


def _counted(tables: Mapping[str, pd.DataFrame], attribution: str, file: str) -> Roads:
    """Return tables as a road network with what is counted in them and not known."""
    nodes, edges = tables["nodes"], tables["edges"]
    at = {name: row for row, name in enumerate(nodes["node_id"])}
    pairs = [(at[a], at[b]) for a, b in zip(edges["from"], edges["to"], strict=True)]
    ends, oneway = np.array(pairs, dtype=np.int64).reshape(-1, 2), edges["oneway"].to_numpy(np.bool_)
    parts = {kind: pieces.strong(len(nodes), ends, oneway, weak=kind == "weak") for kind in ("weak", "strong")}
    directed = 2 * len(edges) - int(oneway.sum())
    counts = {
        "nodes": len(nodes),
        "edges": directed,
        "nodes_merged": len(nodes),
        "edges_merged": directed,
        "turns": len(tables["turns"]),
        **{f"{what}s": int(edges[what].sum()) for what in ("bridge", "tunnel", "ford")},
        "ferries": int(edges["ferry"].sum()),
    }
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
    return Roads(nodes, edges, tables["turns"], said, counts, pd.DataFrame(rows), attribution)
