"""Graphs that OSMnx saved to pieces of road; OSMnx itself is not needed.

Both directions of a road stand in such a file as two edges, all attributes may be text, and edges that were merged
carry lists. What trucks need and OSMnx does not keep by default is told in a finding.
"""

from __future__ import annotations

import ast
import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely

from workbench.errors import Finding, raise_on_errors
from workbench.ground import remarks
from workbench.ground import tags as tagging
from workbench.ground.graph_files import Graph, refused, to_number
from workbench.ground.pieces import FloatArray, Pieces
from workbench.ground.tags import ACCESS_KEYS, CLASS_OF, SURFACE_OF, Road, Unread
from workbench.schema import ROAD_CLASSES, SURFACES

NEEDED = ("maxweight", "maxheight", "surface", "width", "bridge", "hgv", "motor_vehicle", "vehicle")
"""Tags that trucks need; OSMnx keeps only some of them unless told to."""
NO_CLASS = "edges without highway"
DIFFERENT, SLACK_M = 0.1, 10.0
"""A stated length that differs by more than this share and these metres from that of the shape is told."""
_NOTHING = ("", "nan", "none", "null", "[]")
_FLAGS = ("bridge", "tunnel", "ford")


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
    node_ids = sorted({end for edge in graph.edges for end in edge[:2] if end in graph.nodes})
    to_lonlat = _transform(graph.crs, file)
    places = to_lonlat(np.array([graph.nodes[n] for n in node_ids], dtype=np.float64).reshape(-1, 2))
    _on_the_globe(places, node_ids, graph, file)
    spot = {name: at for at, name in enumerate(node_ids)}
    ids, ends, oneway, kind, lines, stated = [], [], [], [], list[FloatArray](), []
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
        stated.append(attributes.get("length", ""))
    if not ids:
        raise refused(Path(file), "roads for trucks", "none")
    used, at = np.unique(np.array(ends, dtype=np.int64), return_inverse=True)
    found = Pieces(
        [f"n{node_ids[k]}" for k in used.tolist()], places[used], ids, at.reshape(-1, 2).astype(np.int64),
        np.array(oneway, dtype=np.bool_), np.array(kind, dtype=np.int64), list(kinds), np.concatenate(lines),
        np.concatenate([[0], np.cumsum([len(line) for line in lines])]).astype(np.int64),
    )  # fmt: skip
    return unlooped(found), [*_findings(graph, file, notes, unread), *_lengths(found, stated, file)]


def _on_the_globe(places: FloatArray, node_ids: Sequence[str], graph: Graph, file: str) -> None:
    """Refuse a graph with nodes that have no position on the globe, all of them listed."""
    sound = (np.abs(places[:, 0]) <= 180) & (np.abs(places[:, 1]) <= 90)
    remedy = f"The file says its positions are {graph.crs[:40]}; correct them, or save the graph anew."
    raise_on_errors(
        Finding(file, "", 0, "x" if np.isfinite(graph.nodes[node_ids[k]][1]) else "y", "error", "RANGE",
                f"a position on the globe for node {node_ids[k]}", "{}, {}".format(*graph.nodes[node_ids[k]]), remedy)
        for k in np.flatnonzero(~sound).tolist()
    )  # fmt: skip


def _lengths(found: Pieces, stated: Sequence[str], file: str) -> list[Finding]:
    """Return findings about lengths that are none, or not those of the shapes, which are taken."""
    unsound, different = [], []
    for name, text, drawn in zip(found.ids, stated, found.lengths().tolist(), strict=True):
        if not text:
            continue
        length = sum(map(to_number, _listed(text)))
        if not 0 < length < math.inf:
            unsound.append(f"{name} ({text[:20]})")
        elif abs(length - drawn) > max(SLACK_M, DIFFERENT * max(drawn, length)):
            different.append(f"{name} ({length:.0f} m, drawn {drawn:.0f} m)")
    said = (("RANGE", "metres from 0 up", "lengths that are none", unsound),
            ("LENGTH", "lengths as those of the shapes", "lengths that are not", different))  # fmt: skip
    return [
        Finding(file, "", 0, "length", "warning", code, expected, f"{len(names):,} {what}: {remarks.listed(names)}",
                "The length of the shape is taken.")
        for code, expected, what, names in said if names
    ]  # fmt: skip


def _transform(crs: str, file: str) -> Callable[[FloatArray], FloatArray]:
    """Return the function from a graph's positions to longitude and latitude."""
    try:
        system = pyproj.CRS.from_user_input(crs)
        if not (system.is_geographic or system.is_projected):
            raise pyproj.exceptions.CRSError("no system of positions on the ground")
        if system.equals(pyproj.CRS("EPSG:4326"), ignore_axis_order=True):
            return lambda xy: xy
        change = pyproj.Transformer.from_crs(system, "EPSG:4326", always_xy=True)
    except pyproj.exceptions.ProjError as error:
        raise refused(Path(file), "a graph whose positions have a known system", f"crs {crs[:40]!r}") from error
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
            said = {value.lower() for value in _listed(attributes.get("oneway", ""))}
            one = at not in paired and (bool(back) or bool(said & {"true", "1", "yes"}))
            if said <= {"false", "0", "no"}:
                one = False
            if one and attributes.get("from") == target and attributes.get("to") == source:
                source, target = target, source
            yield source, target, attributes, line, one


def _same(attributes: Mapping[str, str]) -> tuple[str, str]:
    """Return what the two directions of a road have in common."""
    length = attributes.get("length", "")
    return ";".join(sorted(_listed(attributes.get("osmid", "")))), length.split(".")[0]


def _listed(text: str) -> list[str]:
    """Return the values of an attribute that may be written as a list, sorted if as a set."""
    word = text.strip()
    if word[:1] + word[-1:] in ("[]", "()", "{}") and len(word) < 10_000:
        try:
            found = ast.literal_eval(word)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            return [word]
        if isinstance(found, (list, tuple, set)):
            values = [str(value) for value in found]
            return (sorted(values) if isinstance(found, set) else values) or [""]
    return [word]


def _tags(attributes: Mapping[str, str], notes: Counter[str]) -> dict[str, str]:
    """Return an edge's attributes as tags of one way; of several values the one that restricts most."""
    out = {}
    for key, text in attributes.items():
        values = [value for value in _listed(text) if value.lower() not in _NOTHING]
        if not values or key in ("oneway", "junction"):
            continue
        if key in _FLAGS:
            out[key] = "yes" if any(v.lower() not in ("no", "false", "culvert") for v in values) else "no"
        elif key in ACCESS_KEYS:
            out[key] = "no" if "no" in values else ";".join(values)
        elif key == "highway":
            closed = [v for v in values if v not in CLASS_OF]  # a road that is a path in part leads nowhere for trucks
            out[key] = closed[0] if closed else max(values, key=lambda v: ROAD_CLASSES.index(CLASS_OF[v]))
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
    if line is None:
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
    said += remarks.faulty(file, graph.faults)
    return [*said, *remarks.left_out(file, notes), *remarks.unreadable(file, unread), *remarks.lacking(file, lacking)]
