"""OpenStreetMap files (PBF, XML) to pieces of road: ways cut where they meet, restrictions of turns, barriers."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import osmium

from workbench.errors import Finding, InputError
from workbench.ground import tags as tagging
from workbench.ground.pieces import GEOD, BoolArray, FloatArray, IntArray, Pieces, ranges
from workbench.ground.tags import FERRY_KMH, Road, Unread
from workbench.ground.turns import Restriction, bans

ATTRIBUTION = "© OpenStreetMap contributors (Open Database License)"
"""What whoever shows a map or table made of the data must print."""
_KEYS = ("highway", "route", "barrier", "ford", "restriction", "restriction:hgv", "restriction:conditional")
_SUFFIXES = {".pbf": "pbf", ".osm": "osm", ".xml": "osm", ".gz": "osm.gz", ".bz2": "osm.bz2"}
"""What a file holds by the end of its name, in whatever letters."""
_UNPACKED: dict[str, Callable[[Path], Any]] = {"osm.gz": gzip.open, "osm.bz2": bz2.open}
MOST_PACKED, MOST_RATIO = 2**26, 200
"""A packed file that unpacks to more than so many bytes, and to more than so many times its size, is no map."""
LOST = "nodes of ways that the file lacks"
_TIMED = ("access", "motor_vehicle", "hgv", "vehicle", "oneway", "maxspeed", "maxweight", "maxheight", "maxwidth")
_CONDITIONAL = tuple(f"{key}:conditional" for key in _TIMED)


class Box(NamedTuple):
    """West, south, east and north in degrees."""

    west: float
    south: float
    east: float
    north: float

    def __str__(self) -> str:
        return ", ".join(f"{degrees:.6g}" for degrees in self)

    @classmethod
    def round(cls, lonlat: FloatArray) -> Box:
        """Return the least box round positions."""
        return cls(*map(float, (*lonlat.min(axis=0), *lonlat.max(axis=0))))

    def meets(self, other: Box) -> bool:
        """Return whether two boxes have ground in common."""
        return (
            self.west < other.east and other.west < self.east and self.south < other.north and other.south < self.north
        )

    def holds(self, lonlat: FloatArray) -> BoolArray:
        """Return which positions lie in it."""
        lon, lat = lonlat[:, 0], lonlat[:, 1]
        out: BoolArray = (lon >= self.west) & (lon <= self.east) & (lat >= self.south) & (lat <= self.north)
        return out


@dataclass(slots=True)
class Read:
    """What a file holds that concerns roads, way by way. ``refs`` and ``lonlat`` run along the ways."""

    way_ids: list[int] = field(default_factory=list)
    kinds: dict[Road, int] = field(default_factory=dict)
    kind: list[int] = field(default_factory=list)
    oneway: list[bool] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    refs: list[int] = field(default_factory=list)
    lonlat: list[tuple[float, float]] = field(default_factory=list)
    barriers: dict[int, str] = field(default_factory=dict)
    gates: set[int] = field(default_factory=set)
    fords: set[int] = field(default_factory=set)
    restrictions: list[Restriction] = field(default_factory=list)
    unread: Unread = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    noted: Counter[str] = field(default_factory=Counter)
    unused: dict[str, list[int]] = field(default_factory=dict)


def read(path: Path) -> Read:
    """Read a file once.

    Raises
    ------
    InputError
        When it is no OpenStreetMap file, is damaged, or holds no road.
    """
    found = Read()
    try:
        for thing in processor(path).with_locations().with_filter(osmium.filter.KeyFilter(*_KEYS)):
            if thing.is_node():
                _node(found, thing)
            elif thing.is_way():
                _way(found, thing)
            else:
                found.restrictions += Restriction.of(thing)
    except (RuntimeError, ValueError, OSError, osmium.InvalidLocationError) as error:
        raise refused(path, str(error).split("\n")[0] or "a damaged file") from error
    if lost := 0 if found.way_ids else found.noted[LOST]:
        raise refused(path, f"ways without their nodes ({lost:,}): absent, after the ways, or of negative number")
    if not found.way_ids:
        raise no_roads(path)
    return found


def processor(path: Path) -> Any:
    """Return osmium's reader of a file.

    Raises
    ------
    InputError
        When the name is not that of an OpenStreetMap file, there is none, or it blows up when unpacked.
    """
    form = _SUFFIXES.get(path.suffix.lower())
    if not path.is_file() or form is None:
        raise refused(path, "a folder" if path.is_dir() else "another file" if path.exists() else "no such file")
    if form in _UNPACKED and _blows_up(path, _UNPACKED[form]):
        raise refused(path, f"a packed file of more than {MOST_RATIO} times its size")
    return osmium.FileProcessor(osmium.io.File(str(path), form))


def _blows_up(path: Path, opened: Callable[[Path], Any]) -> bool:
    """Return whether a packed file is far larger unpacked than a map can be; what is damaged is left to the reader."""
    most, size = max(MOST_PACKED, MOST_RATIO * path.stat().st_size), 0
    with contextlib.suppress(OSError, EOFError, zlib.error), opened(path) as stream:
        while size <= most and (part := stream.read(2**20)):
            size += len(part)
    return size > most


def refused(path: Path, got: str) -> InputError:
    """Return the error for a file that is no OpenStreetMap file or is damaged."""
    remedy = "Name an extract such as those of Geofabrik, and fetch it again if it was cut short."
    expected = "an OpenStreetMap file (.osm.pbf or .osm)"
    return InputError([Finding(path.name, "", 0, "", "error", "FILE_KIND", expected, got, remedy)])


def no_roads(path: Path, box: Box | None = None, extent: Box | None = None) -> InputError:
    """Return the error for a file without any road for trucks, in a box where one was given."""
    expected, got, remedy = "roads", "none", "Name an extract that holds highways."
    if box is not None and extent is not None:
        expected, got = f"roads in the box {box}", f"none; the roads of the file lie in {extent}"
        remedy = "Check the box: west, south, east, north in degrees."
        turned = Box(box.south, box.west, box.north, box.east)
        if turned.meets(extent):
            remedy = f"Are longitude and latitude exchanged? Try {','.join(f'{v:g}' for v in turned)}."
    return InputError([Finding(path.name, "", 0, "", "error", "EMPTY", expected, got, remedy)])


def _node(found: Read, node: Any) -> None:
    tags = {tag.k: tag.v for tag in node.tags}
    if "barrier" in tags:
        if tagging.stops(tags):
            found.barriers[node.id] = tags["barrier"]
        elif "gate" in tags["barrier"]:
            found.gates.add(node.id)
    if tags.get("ford", "no") != "no" or tags.get("highway") == "ford":
        found.fords.add(node.id)


def _way(found: Read, way: Any) -> None:
    tags = {tag.k: tag.v for tag in way.tags}
    if "highway" not in tags and tags.get("route") != "ferry":
        return
    if reason := tagging.left_out(tags):
        found.left_out[reason] += 1
        return
    line = _line(found, way)
    if len(line) < 2:
        found.left_out["ways of fewer than two known nodes"] += 1
        return
    road = tagging.road(tags, found.unread)
    if road.ferry and road.speed_kmh is None:
        road = road._replace(speed_kmh=_ferry_speed(found, tags, line))
    found.noted["time or weight dependent rules"] += any(key in tags for key in _CONDITIONAL)
    found.noted["reversible roads"] += tags.get("oneway") == "reversible"
    sense = tagging.oneway(tags)
    if sense < 0:
        line.reverse()
    found.way_ids.append(way.id)
    found.kind.append(found.kinds.setdefault(road, len(found.kinds)))
    found.oneway.append(sense != 0)
    found.sizes.append(len(line))
    found.refs += [ref for ref, _ in line]
    found.lonlat += [place for _, place in line]


def _line(found: Read, way: Any) -> list[tuple[int, tuple[float, float]]]:
    """Return the nodes of a way with their positions; nodes outside the file are left out, repeated ones told once."""
    out: list[tuple[int, tuple[float, float]]] = []
    for node in way.nodes:
        if not node.location.valid():
            found.noted[LOST] += 1
        elif not out or out[-1][0] != node.ref:
            out.append((node.ref, (node.lon, node.lat)))
    return out


def _ferry_speed(found: Read, tags: tagging.Tags, line: Sequence[tuple[int, tuple[float, float]]]) -> float:
    hours = tagging.hours(tags.get("duration", ""))
    if hours is None:
        found.noted["ferries of unknown duration"] += 1
        return FERRY_KMH
    lon, lat = zip(*(place for _, place in line), strict=True)
    return float(min(150.0, max(1.0, round(GEOD.line_length(lon, lat) / 1000 / hours, 1))))


def cut(found: Read, box: Box | None = None) -> Pieces:
    """Return the ways cut at the nodes that they share, at barriers and fords, with the banned turns.

    Only what lies in the ``box`` is kept; a way that leaves it ends at its last node inside.
    """
    refs, lonlat = np.array(found.refs, dtype=np.int64), np.array(found.lonlat).reshape(-1, 2)
    way = np.repeat(np.arange(len(found.sizes)), found.sizes)
    inside = np.ones(len(refs), dtype=np.bool_) if box is None else box.holds(lonlat)
    run: IntArray = np.cumsum((np.diff(way, prepend=-1) != 0) | ~inside)
    refs, lonlat, way, run = refs[inside], lonlat[inside], way[inside], run[inside]
    real = np.bincount(run, minlength=1)[run] > 1
    refs, lonlat, way, run = refs[real], lonlat[real], way[real], run[real]
    special = np.array(sorted({*found.barriers, *found.fords}), dtype=np.int64)
    start, stop = _spans(refs, run, np.isin(refs, special))
    nodes, at = np.unique(refs[np.stack([start, stop], 1)], return_inverse=True)
    ends = at.reshape(-1, 2).astype(np.int64)
    spot = np.zeros((len(nodes), 2))
    spot[ends[:, 0]], spot[ends[:, 1]] = lonlat[start], lonlat[stop]
    sizes = stop - start + 1
    kinds = list(found.kinds)
    kind = np.array(found.kind, dtype=np.int64)[way[start]] if len(start) else np.zeros(0, np.int64)
    wet = np.isin(nodes, sorted(found.fords))
    _mark_fords(kinds, kind, wet[ends[:, 0]] | wet[ends[:, 1]])
    pieces = Pieces(
        node_ids=[f"n{ref}" for ref in nodes.tolist()],
        places=spot,
        ids=_numbered([found.way_ids[w] for w in way[start].tolist()]),
        ends=ends,
        oneway=np.array(found.oneway, dtype=np.bool_)[way[start]] if len(start) else np.zeros(0, np.bool_),
        kind=kind,
        kinds=kinds,
        lonlat=lonlat[ranges(start, sizes)],
        offsets=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
    )
    pieces, found.unused = bans(pieces, nodes, set(found.way_ids), found.restrictions, found.barriers)
    return pieces


def _spans(refs: IntArray, run: IntArray, special: BoolArray) -> tuple[IntArray, IntArray]:
    """Return where each piece starts and stops along the ways; a piece that would end where it starts is halved."""
    if not len(refs):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    _, at, count = np.unique(refs, return_inverse=True, return_counts=True)
    first = np.diff(run, prepend=-1) != 0
    stop = first | np.append(first[1:], True) | (count[at] > 1) | special
    for _ in range(2):
        spots = np.flatnonzero(stop)
        same = run[spots[:-1]] == run[spots[1:]]
        start, end = spots[:-1][same], spots[1:][same]
        loops = refs[start] == refs[end]
        stop[(start[loops] + end[loops]) // 2] = True
    return start, end


def _mark_fords(kinds: list[Road], kind: IntArray, wet: BoolArray) -> None:
    """Make the pieces that end at a ford fords."""
    known = {road: at for at, road in enumerate(kinds)}
    for piece in np.flatnonzero(wet).tolist():
        road = kinds[kind[piece]]._replace(ford=True)
        if road not in known:
            known[road] = len(kinds)
            kinds.append(road)
        kind[piece] = known[road]


def _numbered(way_ids: Sequence[int]) -> list[str]:
    """Return an identifier per piece: its way and a running number along it."""
    seen: defaultdict[int, int] = defaultdict(int)
    out = []
    for way in way_ids:
        seen[way] += 1
        out.append(f"w{way}_{seen[way]}")
    return out
