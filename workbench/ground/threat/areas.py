"""Threats on the map: what their properties may say, and the exposure they put on roads.

A threat has a strength of 1 on its shape, and within ``radius_m`` of it as ``decay`` says. Exposure is strength
integrated along a road, so neither splitting a road nor turning it round changes the risk of a way.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from workbench.errors import Finding, Level
from workbench.formats.cells import BadCell, bounds, parse
from workbench.ground.roads import FloatArray, IntArray, Network
from workbench.ground.threat import survival
from workbench.schema import Column
from workbench.units import daily_to_horizon, parse_daily_windows, parse_instant

FILE = "threats.geojson"
LEVELS = {"low": 0.0005, "medium": 0.002, "high": 0.01}
"""Loss probability per km where a threat has a level only: our planning defaults (mark D), not measured."""
POINT_RADIUS_M, LINE_RADIUS_M = 500.0, 50.0
"""How far points and lines reach where they don't say (mark D)."""
STEPS = 32
"""A road under a threat that fades is cut into pieces of at most this part of the radius."""
PROPERTIES = (
    Column("threat_id", "id", "Identifier, unique."),
    Column("kind", "str", "What it is: artillery, drone, mines, ambush …"),
    Column("name", "str", "Name as spoken."),
    Column("note", "str", "Anything else."),
    Column("level", "choice", "Severity in a word; per_km or per_passage says it in figures.", choices=tuple(LEVELS)),
    Column("per_km", "float", "Loss probability per kilometre driven in it.", "", 0, 1),
    Column("per_passage", "float", "Loss probability of driving once straight through its middle, or along all of a "
           "line; shorter ways through it count their part.", "", 0, 1),
    Column("radius_m", "float", "How far it reaches from its point, line or border.", "m", 0, 200_000),
    Column("decay", "choice", "Strength out to the radius: none (the same) or linear (fading to nothing).",
           default="none", choices=("none", "linear")),
    Column("no_fly", "bool", "True: nothing flies over it, out to stand_off_m or, without that, to its radius."),
    Column("stand_off_m", "float", "How far aircraft keep away from it; blank is not at all unless no_fly.", "m", 0,
           200_000),
    Column("from", "instant", "In force from; blank is always."),
    Column("to", "instant", "In force until; blank is for ever."),
    Column("hours", "windows", "Hours of the day in force, UTC; blank is all day."),
)  # fmt: skip
"""What the properties of a threat may say; others are kept and not read."""
_NO_FLY = next(column for column in PROPERTIES if column.name == "no_fly")

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, eq=False)
class Threat:
    """One threat. ``per_m`` is exposure per metre at full strength, ``assumed`` says that it follows from no figure.

    ``shape`` is in lon, lat; ``hours`` are daily (open, close) seconds after midnight UTC, empty for all day. Aircraft
    stay ``keep_out_m`` away from the shape, None: they need not. What is there for them only has no exposure.
    """

    threat_id: str
    name: str
    shape: shapely.Geometry
    radius_m: float
    fades: bool
    per_m: float
    assumed: bool
    begins: datetime | None
    ends: datetime | None
    hours: tuple[tuple[int, int], ...]
    keep_out_m: float | None = None

    def in_force(self, start: datetime, end: datetime) -> bool:
        """Say whether it is in force at any time from ``start`` to before ``end``; equal times mean that instant."""
        last = max(end, start + timedelta(seconds=1))
        lo, hi = max(start, self.begins or start), min(last, self.ends or last)
        return lo < hi and any(a < b for a, b in daily_to_horizon(self.hours, lo, math.ceil((hi - lo).total_seconds())))


def check(features: Mapping[int, Mapping[str, Any]]) -> list[Finding]:
    """Return what is wrong with the properties of sound features, given by their place in the file."""
    out: list[Finding] = []
    seen: dict[str, int] = {}
    for at, feature in features.items():
        given = _given(feature)
        name = given.get("threat_id", "")
        if name and seen.setdefault(name, at) != at:
            out.append(_found(at, "threat_id", "DUPLICATE", "each threat once", f"{name} again, first in "
                              f"features[{seen[name]}]", "Give it an identifier of its own.", "warning"))  # fmt: skip
        out += [finding for column in PROPERTIES if column.name in given for finding in _cell(at, column, given)]
        out += [*_together(at, given, out), *_misspelt(at, given)]
    return out


def _found(at: int, name: str, code: str, expected: str, got: str, remedy: str, level: Level = "error") -> Finding:
    return Finding(FILE, "", 0, f"features[{at}].{name}", level, code, expected, got[:80], remedy)


def _given(feature: Mapping[str, Any]) -> dict[str, str]:
    """Return the properties of a feature that are filled, as text."""
    values = (feature.get("properties") or {}).items()
    return {str(key): str(value).strip() for key, value in values if value is not None and str(value).strip()}


def _cell(at: int, column: Column, given: Mapping[str, str]) -> Iterable[Finding]:
    text = given[column.name]
    if column.kind == "choice" and text.lower() not in column.choices:
        remedy = f"It is taken as {_DEFAULTS[column.name]}. Write one of {', '.join(column.choices)}."
        yield _found(at, column.name, "CHOICE", ", ".join(column.choices), text, remedy, "warning")
    elif column.kind != "choice":
        try:
            value = parse(column, text)
        except BadCell as bad:
            yield _found(at, column.name, bad.code, bad.expected, text, bad.remedy)
            return
        if column.kind == "float" and not (column.low or 0) <= value <= (column.high or math.inf):
            yield _found(at, column.name, "RANGE", bounds(column), text, "Write a figure within these bounds.")


def _together(at: int, given: Mapping[str, str], found: Sequence[Finding]) -> Iterable[Finding]:
    """Return findings about properties that contradict each other."""
    out = []
    if "per_km" in given and "per_passage" in given:
        out.append(_found(at, "per_passage", "CONFLICT", "per_km or per_passage", "both", "Leave one of them out."))
    faulty = {f.column for f in found}
    if {"from", "to"} <= set(given) and not faulty & {f"features[{at}].{end}" for end in ("from", "to")}:
        begins, ends = (parse_instant(given[end]) for end in ("from", "to"))
        if ends <= begins:
            out.append(_found(at, "to", "WINDOW_REVERSED", f"a time after {given['from']}", given["to"],
                              "Swap the two times, or correct them."))  # fmt: skip
    return out


def _misspelt(at: int, given: Mapping[str, str]) -> Iterable[Finding]:
    known = [column.name for column in PROPERTIES]
    for name in given:
        near = difflib.get_close_matches(name.lower(), known, 1, 0.8)
        if name not in known and near:
            remedy = f"It is not read. Did you mean {near[0]}?"
            yield _found(at, name, "UNKNOWN_COLUMN", "a property that threats have", name, remedy, "warning")


_DEFAULTS = {"level": "medium", "decay": "none"}
"""What a word off the list counts as; a threat without any severity has this level too."""


def read(collection: Mapping[str, Any]) -> tuple[Threat, ...]:
    """Return the threats of a FeatureCollection that `check` finds no error in; empty for none."""
    return tuple(_threat(at, feature) for at, feature in enumerate(collection.get("features", ())))


def _threat(at: int, feature: Mapping[str, Any]) -> Threat:
    given = _given(feature)
    shape = shapely.geometry.shape(feature["geometry"])
    default_m = (POINT_RADIUS_M, LINE_RADIUS_M, 0.0)[int(shapely.get_dimensions(shape))]
    radius_m = float(given.get("radius_m", default_m))
    fades = given.get("decay", "").lower() == "linear" and radius_m > 0
    threat_id = given.get("threat_id", f"features[{at}]")
    keep_out_m = float(given.get("stand_off_m", radius_m)) if _keeps_out(given) else None
    for_aircraft = keep_out_m is not None and not {"level", "per_km", "per_passage"} & set(given)
    return Threat(
        threat_id=threat_id,
        name=given.get("name") or given.get("kind") or threat_id,
        shape=shape,
        radius_m=radius_m,
        fades=fades,
        per_m=0.0 if for_aircraft else _per_m(given, shape, radius_m, fades=fades),
        assumed=not for_aircraft and "per_km" not in given and "per_passage" not in given,
        begins=parse_instant(given["from"]) if "from" in given else None,
        ends=parse_instant(given["to"]) if "to" in given else None,
        hours=parse_daily_windows(given.get("hours", "")),
        keep_out_m=keep_out_m,
    )


def _keeps_out(given: Mapping[str, str]) -> bool:
    """Return whether aircraft keep out: said so, or by a distance to keep."""
    return "stand_off_m" in given or bool(parse(_NO_FLY, given.get("no_fly", "false")))


def _per_m(given: Mapping[str, str], shape: shapely.Geometry, radius_m: float, *, fades: bool) -> float:
    """Return exposure per metre; a passage of a point is its diameter, of an area that of a circle as large."""
    if "per_passage" in given:
        flat = shapely.transform(shape, _plane(*shapely.get_coordinates(shape).mean(axis=0)))
        parts = shapely.get_num_geometries(flat)
        through = (
            radius_m * (1 if fades else 2), flat.length / parts, 2 * math.sqrt(flat.area / parts / math.pi),
        )[int(shapely.get_dimensions(flat))]  # fmt: skip
        return float(survival.exposure(float(given["per_passage"]))) / max(through, 1.0)
    level = given.get("level", "").lower()
    per_km = float(given["per_km"]) if "per_km" in given else LEVELS.get(level, LEVELS[_DEFAULTS["level"]])
    return float(survival.exposure(per_km)) / 1000.0


def _plane(lon: float, lat: float) -> Callable[[FloatArray], FloatArray]:
    """Return what turns lon, lat into metres around a place, true to distance from it."""
    here = f"+proj=aeqd +lat_0={lat} +lon_0={lon} +datum=WGS84 +units=m"
    to = pyproj.Transformer.from_crs("EPSG:4326", here, always_xy=True)
    return lambda points: np.stack(to.transform(points[:, 0], points[:, 1]), axis=1)


def exposure(network: Network, threats: Iterable[Threat], span: Span | None = None) -> FloatArray:
    """Return the exposure ``-ln(1 - p)`` of driving each road once, from end to end; inf where loss is certain.

    ``span`` keeps the threats in force at any time in it (as if they were throughout); None keeps all. Without
    threats every road has 0.
    """
    out = np.zeros(len(network.edge_ids))
    for threat, roads, metres in _met(network, threats, span):
        out[roads] += _exposed(threat, metres)
    return out


def table(network: Network, threats: Iterable[Threat], span: Span | None = None) -> pd.DataFrame:
    """Return which threat meets which road: edge_id, threat_id, name, metres at full strength, loss probability.

    Empty, with these columns, where no threat meets a road.
    """
    rows = [
        (network.edge_ids[road], threat.threat_id, threat.name, float(m), float(p))
        for threat, roads, metres in _met(network, threats, span)
        for road, m, p in zip(roads, metres, survival.probability(_exposed(threat, metres)), strict=True)
    ]
    return pd.DataFrame(rows, columns=["edge_id", "threat_id", "name", "metres", "loss"])


def _exposed(threat: Threat, metres: FloatArray) -> FloatArray:
    """Return exposure for metres at full strength; none of an endless rate is none."""
    out = np.zeros(len(metres))
    out[metres > 0] = metres[metres > 0] * threat.per_m
    return out


def _met(
    network: Network, threats: Iterable[Threat], span: Span | None
) -> Iterable[tuple[Threat, IntArray, FloatArray]]:
    """Return each threat in force with the roads it meets and the metres of them at full strength."""
    wanted = [t for t in threats if t.per_m > 0 and (span is None or t.in_force(*span))]
    if not wanted or not len(network.edge_ids):
        return
    plane = _plane(*((network.coords.min(axis=0) + network.coords.max(axis=0)) / 2))
    owner = np.repeat(np.arange(len(network.edge_ids)), np.diff(network.offsets))
    lines = shapely.linestrings(plane(network.coords), indices=owner)
    tree = shapely.STRtree(lines)
    drawn_m = np.maximum(shapely.length(lines), 1e-9)
    for threat in wanted:
        core = shapely.transform(threat.shape, plane)
        reach = shapely.buffer(core, threat.radius_m, quad_segs=16) if threat.radius_m else core
        roads = np.sort(tree.query(reach, predicate="intersects")).astype(np.int64)
        inside_m = _strength_m(lines[roads], core, reach, threat)
        metres = np.minimum(inside_m / drawn_m[roads], 1.0) * network.length_m[roads]
        yield threat, roads[metres > 0], metres[metres > 0]


def _strength_m(
    lines: NDArray[np.object_], core: shapely.Geometry, reach: shapely.Geometry, threat: Threat
) -> FloatArray:
    """Return the strength of a threat integrated along each line, in metres."""
    inside = shapely.intersection(lines, reach)
    if not threat.fades:
        return np.asarray(shapely.length(inside))
    parts, owner = shapely.get_parts(inside, return_index=True)
    pieces = shapely.segmentize(parts, threat.radius_m / STEPS)
    points, of = shapely.get_coordinates(pieces, return_index=True)
    same = of[1:] == of[:-1]
    middle = shapely.points((points[1:] + points[:-1])[same] / 2)
    steps = np.hypot(*(points[1:] - points[:-1])[same].T)
    strength = np.clip(1.0 - shapely.distance(middle, core) / threat.radius_m, 0.0, 1.0)
    whole: FloatArray = np.bincount(owner[of[1:][same]], steps * strength, len(lines)).astype(np.float64)
    return whole
