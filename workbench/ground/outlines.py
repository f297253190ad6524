"""What an OpenStreetMap file shows beside its roads: water, woods, built-up areas and places with their names."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import osmium
import shapely

from workbench.ground.osm import Box, processor, refused
from workbench.ground.tags import metres

_COURSES = {"river": 20.0, "canal": 12.0, "stream": 2.0, "drain": 1.5, "ditch": 1.0}
"""Kinds of watercourse with the width in metres that is drawn where the map gives none (mark D)."""
_COVER = {
    "wood": "wood",
    "forest": "wood",
    **dict.fromkeys(("residential", "commercial", "industrial", "retail"), "built_up"),
}
_PEOPLE = {"city": 100_000, "town": 10_000, "village": 800, "suburb": 700, "hamlet": 100, "isolated_dwelling": 10}
"""Kinds of place with the inhabitants that order them where the map gives none (mark D)."""
_DRAWN = (
    ("natural", "water"), ("waterway", "riverbank"), *(("waterway", kind) for kind in _COURSES),
    *((key, kind) for key in ("landuse", "natural") for kind in _COVER), *(("place", kind) for kind in _PEOPLE),
)  # fmt: skip
"""All tags that are looked at; nothing else of a file is."""
_FINE = 0.00003
"""Corners that move an outline less than these degrees are left out."""
_LEAST_M2 = {"water": 400.0, "landcover": 4000.0}
"""Smaller areas are left out."""

Collection = dict[str, Any]


def read(path: Path, box: Box | None = None) -> dict[str, Collection]:
    """Return the collections ``water``, ``landcover`` and ``places`` of a file, as a scenario's ``basemap`` holds them.

    ``box`` (west, south, east, north) cuts them. Areas that can't be put together are left out. Equal files give equal
    collections.

    Raises
    ------
    InputError
        When the file is damaged.
    """
    found: dict[str, list[tuple[Any, dict[str, Any]]]] = {"water": [], "landcover": [], "places": []}
    try:
        for layer, shape, properties in _things(path):
            cut = shapely.clip_by_rect(shape, *box) if box is not None else shape
            if not shapely.is_empty(cut):
                found[layer].append((cut, properties))
    except (RuntimeError, ValueError, OSError) as error:
        raise refused(path, str(error).split("\n")[0] or "a damaged file") from error
    found["places"].sort(key=lambda item: -item[1]["population"])
    found["water"].sort(key=lambda item: item[1].get("width_m", math.inf))
    return {layer: _collection(items) for layer, items in found.items()}


def _things(path: Path) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Yield the layer, the shape and the properties of what is drawn."""
    make = osmium.geom.WKBFactory()
    wanted = osmium.filter.TagFilter(*_DRAWN)
    thing: Any
    for thing in processor(path).with_areas(wanted).with_filter(wanted):
        tags = {tag.k: tag.v for tag in thing.tags}
        try:
            if thing.is_node():
                if tags.get("place") in _PEOPLE and tags.get("name"):
                    yield "places", shapely.Point(thing.location.lon, thing.location.lat), _place(tags)
            elif thing.is_area():
                layer, properties = _area(tags)
                shape = shapely.from_wkb(make.create_multipolygon(thing)) if layer else None
                if shape is not None and _m2(shape) >= _LEAST_M2[layer]:
                    yield layer, shapely.simplify(shape, _FINE), properties
            elif thing.is_way() and tags.get("waterway") in _COURSES and tags.get("tunnel", "no") == "no":
                yield "water", shapely.simplify(shapely.from_wkb(make.create_linestring(thing)), _FINE), _course(tags)
        except (RuntimeError, osmium.InvalidLocationError):  # an outline that does not close, or lacks its nodes
            continue


def _place(tags: Mapping[str, str]) -> dict[str, Any]:
    people = "".join(c for c in tags.get("population", "") if c.isdigit())
    return {"name": tags["name"], "kind": tags["place"], "population": int(people or _PEOPLE[tags["place"]])}


def _course(tags: Mapping[str, str]) -> dict[str, Any]:
    try:
        width = metres(tags.get("width", "")) or 0.0
    except ValueError:
        width = 0.0
    return {"name": tags.get("name", ""), "width_m": width or _COURSES[tags["waterway"]]}


def _area(tags: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Return the layer of an area, empty for none, and its properties."""
    if tags.get("natural") == "water" or tags.get("waterway") == "riverbank":
        return "water", {"name": tags.get("name", "")}
    kind = _COVER.get(tags.get("landuse", ""), _COVER.get(tags.get("natural", ""), ""))
    return ("landcover", {"kind": kind}) if kind else ("", {})


def _m2(shape: Any) -> float:
    """Return about how large an area is, in square metres."""
    lat = (shapely.bounds(shape)[1] + shapely.bounds(shape)[3]) / 2
    return float(shapely.area(shape)) * 111_320.0**2 * float(np.cos(np.radians(lat)))


def _collection(items: list[tuple[Any, dict[str, Any]]]) -> Collection:
    shapes = shapely.set_precision([shape for shape, _ in items], 1e-5) if items else []
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": properties, "geometry": shapely.geometry.mapping(shape)}
            for shape, (_, properties) in zip(shapes, items, strict=True)
            if not shapely.is_empty(shape)
        ],
    }
