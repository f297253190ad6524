"""Graphs that OSMnx saved, as GraphML or GeoPackage, to pieces of road; OSMnx itself is not needed.

Both directions of a road stand in such a file as two edges, all attributes may be text, and edges that were merged
carry lists. What trucks need and OSMnx does not keep by default is told in a finding.
"""

from __future__ import annotations

import ast
import itertools
import math
import sqlite3
import struct
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import numpy as np
import pyproj
import shapely
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from workbench.errors import Finding, InputError
from workbench.ground import remarks
from workbench.ground import tags as tagging
from workbench.ground.pieces import FloatArray, Pieces
from workbench.ground.tags import CLASS_OF, SURFACE_OF, Road, Unread
from workbench.schema import ROAD_CLASSES, SURFACES

NEEDED = ("maxweight", "maxheight", "surface", "width", "bridge", "hgv")
"""Tags that trucks need; OSMnx keeps only some of them unless told to."""
NO_CLASS = "edges without highway"
_ENVELOPE = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
_NOTHING = ("", "nan", "none", "null", "[]")
_FLAGS = ("bridge", "tunnel", "ford")


@dataclass(slots=True)
class Graph:
    """Nodes with x and y, and edges with their ends, attributes and line (None: straight), as a file holds them."""

    nodes: dict[str, tuple[float, float]] = field(default_factory=dict)
    edges: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)
    crs: str = "EPSG:4326"


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
    except (ParseError, DefusedXmlException, OSError, KeyError, ValueError) as error:
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
            graph.nodes[element.attrib["id"]] = (float(data["x"]), float(data["y"]))
            element.clear()
        elif tag == "edge":
            line = shapely.from_wkt(data.pop("geometry"), on_invalid="ignore") if "geometry" in data else None
            graph.edges.append((element.attrib["source"], element.attrib["target"], data, line))
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
            graph.crs = f"EPSG:{shapes['edges'][1]}"
            for row in rows(base, "nodes"):
                point = geometry(row.pop(shapes["nodes"][0]))
                graph.nodes[str(row["osmid"])] = (point.x, point.y)
            for row in rows(base, "edges"):
                line = geometry(row.pop(shapes["edges"][0]))
                attributes = {k: str(v) for k, v in row.items() if v is not None}
                graph.edges.append((str(row["u"]), str(row["v"]), attributes, line))
    except (sqlite3.Error, KeyError, AttributeError, ValueError, shapely.errors.ShapelyError) as error:
        raise refused(
            path, expected, f"a file without {error}" if isinstance(error, KeyError) else str(error)
        ) from error
    if not graph.nodes or not graph.edges:
        raise refused(path, expected, "no nodes or no edges")
    return graph


def connect(path: Path) -> sqlite3.Connection:
    """Open a GeoPackage for reading only."""
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)


def rows(base: sqlite3.Connection, layer: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of a layer by column."""
    found = base.execute(f'SELECT * FROM "{layer}"')
    names = [column[0] for column in found.description]
    for values in found:
        yield dict(zip(names, values, strict=True))


def geometry(blob: Any) -> Any:
    """Return the shape of a GeoPackage's cell.

    Raises
    ------
    ValueError
        When it is none.
    """
    if not isinstance(blob, bytes) or blob[:2] != b"GP" or (blob[3] >> 1) & 7 not in _ENVELOPE:
        raise ValueError("a geometry that can't be read")
    return shapely.from_wkb(blob[8 + _ENVELOPE[(blob[3] >> 1) & 7] :])


def blob_of(shape: Any) -> bytes:
    """Return a shape in longitude and latitude as the cell of a GeoPackage."""
    return b"GP\x00\x01" + struct.pack("<i", 4326) + bytes(shapely.to_wkb(shape, byte_order=1))


def pieces_of(graph: Graph, file: str) -> tuple[Pieces, list[Finding]]:
    """Return the roads of a graph for trucks, both directions joined, with what was left out or could not be read.

    Raises
    ------
    InputError
        When no road is left.
    """
    notes: Counter[str] = Counter()
    unread: Unread = []
    kinds: dict[Road, int] = {}
    try:
        to_lonlat = _transform(graph.crs)
    except pyproj.exceptions.CRSError as error:
        raise refused(Path(file), "a graph whose positions have a known system", f"crs {graph.crs[:40]!r}") from error
    node_ids = sorted({end for edge in graph.edges for end in edge[:2] if end in graph.nodes})
    places = to_lonlat(np.array([graph.nodes[n] for n in node_ids], dtype=np.float64).reshape(-1, 2))
    spot = {name: at for at, name in enumerate(node_ids)}
    ids, ends, oneway, kind, lines = [], [], [], [], list[FloatArray]()
    numbers: defaultdict[str, int] = defaultdict(int)
    for source, target, attributes, line, one in _directions(graph, notes):
        tags = _tags(attributes, notes)
        if reason := tagging.left_out(tags):
            notes[reason] += 1
            continue
        a, b = spot[source], spot[target]
        drawn = _drawn(line, places[a], places[b], to_lonlat)
        if a == b and len(drawn) < 3:
            notes["roads from a node to itself"] += 1
            continue
        way = str(_listed(attributes.get("osmid", ""))[0] or f"{source}-{target}")
        numbers[way] += 1
        ids.append(f"w{way}_{numbers[way]}")
        ends.append((a, b))
        oneway.append(one)
        kind.append(kinds.setdefault(tagging.road(tags, unread), len(kinds)))
        lines.append(drawn)
    if not ids:
        raise refused(Path(file), "roads for trucks", "none")
    used, at = np.unique(np.array(ends, dtype=np.int64), return_inverse=True)
    found = Pieces(
        [f"n{node_ids[k]}" for k in used.tolist()], places[used], ids, at.reshape(-1, 2).astype(np.int64),
        np.array(oneway, dtype=np.bool_), np.array(kind, dtype=np.int64), list(kinds), np.concatenate(lines),
        np.concatenate([[0], np.cumsum([len(line) for line in lines])]).astype(np.int64),
    )  # fmt: skip
    return unlooped(found), _findings(graph, file, notes, unread)


def _transform(crs: str) -> Callable[[FloatArray], FloatArray]:
    """Return the function from a graph's positions to longitude and latitude."""
    system = pyproj.CRS.from_user_input(crs)
    if system.equals(pyproj.CRS("EPSG:4326"), ignore_axis_order=True):
        return lambda xy: xy
    change = pyproj.Transformer.from_crs(system, "EPSG:4326", always_xy=True)
    return lambda xy: np.stack(change.transform(xy[:, 0], xy[:, 1]), axis=1)


def _directions(graph: Graph, notes: Counter[str]) -> Iterator[tuple[str, str, dict[str, str], Any, bool]]:
    """Yield each road once with whether it is one-way: edges that are each other's way back are one road."""
    waiting: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    back: dict[int, int] = {}
    for at, (source, target, attributes, _) in enumerate(graph.edges):
        same = _same(attributes)
        if waiting[target, source, *same]:
            back[at] = waiting[target, source, *same].pop(0)
        else:
            waiting[source, target, *same].append(at)
    paired = set(back.values())
    for at, (source, target, attributes, line) in enumerate(graph.edges):
        if source not in graph.nodes or target not in graph.nodes:
            notes["edges without their nodes"] += 1
        elif at not in back:
            one = at not in paired and (bool(back) or _yes(attributes.get("oneway")))
            if attributes.get("oneway", "").lower() in ("false", "0", "no"):
                one = False
            if one and attributes.get("from") == target and attributes.get("to") == source:
                source, target = target, source
            yield source, target, attributes, line, one


def _same(attributes: Mapping[str, str]) -> tuple[str, str]:
    """Return what the two directions of a road have in common."""
    length = attributes.get("length", "")
    return ";".join(sorted(_listed(attributes.get("osmid", "")))), length.split(".")[0]


def _yes(text: str | None) -> bool:
    return (text or "").lower() in ("true", "1", "yes")


def _listed(text: str) -> list[str]:
    """Return the values of an attribute that may be written as a list."""
    word = text.strip()
    if word.startswith("[") and word.endswith("]") and len(word) < 10_000:
        try:
            found = ast.literal_eval(word)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return [word]
        return [str(value) for value in found] or [""]
    return [word]


def _tags(attributes: Mapping[str, str], notes: Counter[str]) -> dict[str, str]:
    """Return an edge's attributes as tags of one way; of several values the one that restricts most."""
    out = {}
    for key, text in attributes.items():
        values = [value for value in _listed(text) if value.lower() not in _NOTHING]
        if not values or key in ("oneway", "junction"):
            continue
        if key in _FLAGS:
            out[key] = "yes" if any(v.lower() not in ("no", "false") for v in values) else "no"
        elif key == "highway":
            known = [v for v in values if v in CLASS_OF]
            out[key] = max(known, key=lambda v: ROAD_CLASSES.index(CLASS_OF[v]), default=values[0])
        elif key == "surface":
            out[key] = max(values, key=lambda v: SURFACES.index(SURFACE_OF.get(v, "unknown")))
        else:
            out[key] = (" / " if key in ("name", "ref") else ";").join(values)
    if "highway" not in out and out.get("route") != "ferry":
        notes[NO_CLASS] += 1
        out["highway"] = "unclassified"
    return out


def _drawn(line: Any, start: FloatArray, end: FloatArray, to_lonlat: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """Return an edge's line from its first to its second node; without a shape it is straight."""
    if line is None or line.geom_type != "LineString" or line.is_empty:
        return np.stack([start, end])
    points = to_lonlat(shapely.get_coordinates(line))
    if math.dist(points[0], start) > math.dist(points[-1], start):
        points = points[::-1]
    return np.concatenate([[start], points[1:-1], [end]])


def unlooped(pieces: Pieces) -> Pieces:
    """Return the pieces with those halved, at a new node, that end where they start."""
    loops = np.flatnonzero(pieces.ends[:, 0] == pieces.ends[:, 1])
    if not len(loops):
        return pieces
    middles = (pieces.offsets[loops] + pieces.offsets[loops + 1] - 1) // 2
    new = len(pieces.node_ids) + np.arange(len(loops))
    ends, again = pieces.ends.copy(), pieces.ends[loops].copy()
    ends[loops, 1], again[:, 0] = new, new
    spans = [[int(a), int(b)] for a, b in itertools.pairwise(pieces.offsets)]
    halves = [[int(m), spans[k][1]] for k, m in zip(loops.tolist(), middles.tolist(), strict=True)]
    for k, m in zip(loops.tolist(), middles.tolist(), strict=True):
        spans[k][1] = int(m) + 1
    lines: Sequence[FloatArray] = [pieces.lonlat[a:b] for a, b in [*spans, *halves]]
    return Pieces(
        [*pieces.node_ids, *(f"{pieces.ids[k]}_middle" for k in loops.tolist())],
        np.concatenate([pieces.places, pieces.lonlat[middles]]),
        [*pieces.ids, *(f"{pieces.ids[k]}_back" for k in loops.tolist())],
        np.concatenate([ends, again]),
        np.concatenate([pieces.oneway, pieces.oneway[loops]]),
        np.concatenate([pieces.kind, pieces.kind[loops]]),
        pieces.kinds,
        np.concatenate(lines),
        np.concatenate([[0], np.cumsum([len(line) for line in lines])]).astype(np.int64),
    )


def _findings(graph: Graph, file: str, notes: Counter[str], unread: Unread) -> list[Finding]:
    present = {key for _, _, attributes, _ in graph.edges for key in attributes}
    lacking = {key: key in present for key in NEEDED} | {"restrictions of turns": False}
    blank = notes.pop(NO_CLASS, 0)
    said = [remarks.unclassed(file, blank)] if blank else []
    return [*said, *remarks.left_out(file, notes), *remarks.unreadable(file, unread), *remarks.lacking(file, lacking)]
