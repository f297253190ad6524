"""Threats that a course of action adds to those of the scenario: read, checked, laid."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import shapely

from workbench.errors import Finding
from workbench.formats.cells import BadCell
from workbench.ground.threat.areas import check as check_properties
from workbench.units import iso

SHAPE = "shape"
"""The key that holds where a threat is: a point, line or polygon as WKT, lon lat."""
_FORM = "sections [[threats]] with a shape and what threats.geojson may say"


def read(value: Any) -> tuple[dict[str, Any], ...]:
    """Return the sections ``[[threats]]`` of a course of action.

    Raises
    ------
    BadCell
        When one is not a section of plain values with a shape.
    """
    sections: list[Mapping[str, Any]] = value if isinstance(value, list) else [{}]
    if not all(isinstance(s, Mapping) and isinstance(s.get(SHAPE), str) for s in sections):
        raise BadCell("COA", _FORM, 'Write [[threats]] and, below it, shape = "POINT (20.6 47.7)" and level = "high".')
    return tuple({str(k): _plain(v) for k, v in section.items()} for section in sections)


def _plain(value: Any) -> Any:
    """Return an instant as text, a plain value as it is."""
    if hasattr(value, "tzinfo") and value.tzinfo is not None:
        return iso(value)
    if not isinstance(value, (str, int, float)):
        raise BadCell("COA", _FORM, "Write text, numbers, true or false.")
    return value


def feature(threat: Mapping[str, Any]) -> dict[str, Any]:
    """Return an added threat as a feature of ``threats.geojson``.

    Raises
    ------
    ValueError
        When its shape is no sound WKT.
    """
    try:
        shape = shapely.from_wkt(threat[SHAPE])
    except shapely.GEOSException as error:
        raise ValueError("shape is no WKT") from error
    west, south, east, north = shapely.bounds(shape)
    if not shapely.is_valid(shape) or not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise ValueError("shape crosses itself, is empty or not in degrees")
    properties = {key: value for key, value in threat.items() if key != SHAPE}
    return {"type": "Feature", "properties": properties, "geometry": shapely.geometry.mapping(shape)}


def check(threats: Sequence[Mapping[str, Any]], file: str, text: str) -> list[Finding]:
    """Return what is wrong with the threats that a course of action adds, under the lines of their headings."""
    heads = [
        text[: m.start()].count("\n") + 1 for m in re.finditer(r"^[ \t]*\[\[\s*threats\s*\]\]", text, re.MULTILINE)
    ]
    line = dict(enumerate(heads))
    out, sound = [], {}
    for at, threat in enumerate(threats):
        try:
            sound[at] = feature(threat)
        except ValueError as error:
            expected, remedy = "a point, line or polygon as WKT, lon lat", "Correct the shape."
            out.append(Finding(file, "", line.get(at, 0), SHAPE, "error", "COA", expected, str(error), remedy))
    for found in check_properties(sound):
        place, _, name = found.column.removeprefix("features[").partition("].")
        out.append(replace(found, file=file, row=line.get(int(place), 0), column=name))
    return out


def laid(collection: dict[str, Any], threats: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the scenario's threats with those of a course of action after them; the same object without any."""
    if not threats:
        return collection
    features = [*collection.get("features", []), *map(feature, threats)]
    return {"type": "FeatureCollection", **collection, "features": features}
