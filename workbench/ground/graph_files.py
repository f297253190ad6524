"""Graphs in files of other programs, GraphML and GeoPackage, as nodes, edges, attributes and lines."""

from __future__ import annotations

import math
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import numpy as np
import shapely
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from workbench.errors import Finding, InputError

TWICE, NO_SHAPE = "nodes that come twice", "shapes that can't be read"
_ENVELOPE = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}


@dataclass(slots=True)
class Graph:
    """Nodes with x and y, and edges with their ends, attributes and line (None: straight), as a file holds them.

    ``faults`` names the nodes and edges of which something could not be taken over, by what it is.
    """

    nodes: dict[str, tuple[float, float]] = field(default_factory=dict)
    edges: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)
    crs: str = "EPSG:4326"
    faults: dict[str, list[str]] = field(default_factory=dict)

    def node(self, name: str, x: Any, y: Any) -> None:
        """Add a node; a position that is none is NaN."""
        if name in self.nodes:
            self.faults.setdefault(TWICE, []).append(name)
        self.nodes[name] = (to_number(x), to_number(y))

    def edge(self, source: str, target: str, attributes: dict[str, str], line: Any) -> None:
        """Add an edge; a shape that is no single line is left out and told, several that join are one."""
        if line is not None and line.geom_type == "MultiLineString":
            line = shapely.line_merge(line)
        if line is not None and (
            line.geom_type != "LineString" or line.is_empty or not np.isfinite(shapely.bounds(line)).all()
        ):
            self.faults.setdefault(NO_SHAPE, []).append(f"{source} to {target}")
            line = None
        self.edges.append((source, target, attributes, line))


def to_number(text: Any) -> float:
    """Return a number that a file holds, perhaps as text; NaN for what is none."""
    try:
        return float(text)
    except (TypeError, ValueError):
        return math.nan


def refused(path: Path, expected: str, got: str) -> InputError:
    """Return the error for a file that is not what its name says."""
    remedy = "Save the graph anew with OSMnx, or import the OpenStreetMap file itself."
    return InputError([Finding(path.name, "", 0, "", "error", "FILE_KIND", expected, got, remedy)])


def read_graphml(path: Path) -> Graph:
    """Read GraphML as ``osmnx.save_graphml`` writes it.

    Raises
    ------
    InputError
        When the file is none, is damaged, or defines entities.
    """
    expected = "a GraphML file of OSMnx"
    try:
        with path.open("rb") as stream:
            graph = _graphml(iterparse(stream, events=("start", "end")))
    except KeyError as error:
        raise refused(path, expected, f"a file without {error}") from error
    except (ParseError, DefusedXmlException, OSError, ValueError, LookupError) as error:
        raise refused(path, expected, str(error).split("\n")[0] or type(error).__name__) from error
    if not graph.nodes or not graph.edges:
        raise refused(path, expected, "no nodes or no edges")
    return graph


def _graphml(events: Iterator[tuple[str, Any]]) -> Graph:
    graph, names = Graph(), dict[str, str]()
    data: dict[str, str] = {}
    for event, element in events:
        tag = element.tag.rsplit("}", 1)[-1]
        if event == "start":
            data = {} if tag in ("node", "edge") else data
            continue
        if tag == "key":
            names[element.attrib["id"]] = element.attrib.get("attr.name", "")
        elif tag == "data":
            data[names[element.attrib["key"]]] = element.text or ""
            graph.crs = data.get("crs", graph.crs)
        elif tag == "node":
            graph.node(element.attrib["id"], data.get("x"), data.get("y"))
            element.clear()
        elif tag == "edge":
            text = data.pop("geometry", "")
            line = shapely.from_wkt(text, on_invalid="ignore") if text.strip() else None
            if text.strip() and line is None:
                line = shapely.Point()
            graph.edge(element.attrib["source"], element.attrib["target"], data, line)
            element.clear()
    return graph


def read_geopackage(path: Path) -> Graph:
    """Read the layers ``nodes`` and ``edges`` as ``osmnx.save_graph_geopackage`` writes them.

    Raises
    ------
    InputError
        When the file is none or lacks the layers.
    """
    expected = "a GeoPackage with the layers nodes and edges"
    if not path.is_file():
        raise refused(path, expected, "no such file")
    graph = Graph()
    try:
        with closing(connect(path)) as base:
            shapes = {t: (c, s) for t, c, s in base.execute(
                "SELECT table_name, column_name, srs_id FROM gpkg_geometry_columns")}  # fmt: skip
            if shapes["edges"][1] != shapes["nodes"][1]:
                raise ValueError("nodes and edges in different systems of positions")
            graph.crs = _system(base, shapes["edges"][1])
            for row in rows(base, "nodes"):
                point = geometry(row.pop(shapes["nodes"][0]))
                x, y = (row.get("x"), row.get("y")) if point is None else (shapely.get_x(point), shapely.get_y(point))
                graph.node(_name(row["osmid"]), x, y)
            for row in rows(base, "edges"):
                blob = row.pop(shapes["edges"][0])
                line = geometry(blob) or (None if blob is None else shapely.Point())
                attributes = {k: str(v) for k, v in row.items() if v is not None}
                graph.edge(_name(row["u"]), _name(row["v"]), attributes, line)
    except KeyError as error:
        raise refused(path, expected, f"a file without {error}") from error
    except (sqlite3.Error, ValueError) as error:
        raise refused(path, expected, str(error)) from error
    if not graph.nodes or not graph.edges:
        raise refused(path, expected, "no nodes or no edges")
    return graph


def _system(base: sqlite3.Connection, srs: int) -> str:
    """Return the system of positions as a code or a definition."""
    if base.execute("SELECT 1 FROM sqlite_master WHERE name = 'gpkg_spatial_ref_sys'").fetchone():
        found = base.execute(
            "SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys WHERE srs_id = ?",
            (srs,),
        ).fetchone()
        if found is not None and str(found[0]).upper() != "EPSG":
            return str(found[2])
        srs = srs if found is None else found[1]
    return f"EPSG:{srs}"


def _name(value: Any) -> str:
    """Return the name of a node; a table may hold it as a number with a point."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def connect(path: Path) -> sqlite3.Connection:
    """Open a GeoPackage for reading only; what it holds is taken as data, never run."""
    base = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    base.execute("PRAGMA trusted_schema = OFF")
    return base


def rows(base: sqlite3.Connection, layer: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of a layer by column.

    Raises
    ------
    KeyError
        When there is no such layer; a view, which could run without end, is none.
    """
    if not base.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (layer,)).fetchone():
        raise KeyError(layer)
    found = base.execute(f'SELECT * FROM "{layer}"')
    names = [column[0] for column in found.description]
    for values in found:
        yield dict(zip(names, values, strict=True))


def geometry(blob: Any) -> Any:
    """Return the shape of a GeoPackage's cell; None for a cell that holds none that can be read."""
    if not isinstance(blob, bytes) or len(blob) < 9 or blob[:2] != b"GP" or (blob[3] >> 1) & 7 not in _ENVELOPE:
        return None
    return shapely.from_wkb(blob[8 + _ENVELOPE[(blob[3] >> 1) & 7] :], on_invalid="ignore")


def blob_of(shape: Any) -> bytes:
    """Return a shape in longitude and latitude as the cell of a GeoPackage."""
    return b"GP\x00\x01" + struct.pack("<i", 4326) + bytes(shapely.to_wkb(shape, byte_order=1))
