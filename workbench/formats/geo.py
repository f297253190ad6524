"""Geography in files: GeoJSON in and out, and well-known text in cells."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from workbench.errors import Finding
from workbench.formats.tabular import write_bytes

MAX_BYTES = 64 * 2**20
MAX_DEPTH = 40
GEOMETRIES = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")


def wkt_fault(text: str, kinds: Sequence[str]) -> str:
    """Return what well-known text should have been, or an empty string if it is one of ``kinds`` and sound."""
    try:
        with np.errstate(all="ignore"):  # GEOS reads the word nan, and numbers too large
            shape = shapely.from_wkt(text)
    except (shapely.errors.ShapelyError, ValueError, TypeError):
        return f"{kinds[0].upper()} (lon lat, …) as well-known text"
    if shape is None or shape.geom_type not in kinds:
        return f"{kinds[0].upper()} as well-known text"
    return shape_fault(shape)


def shape_fault(shape: shapely.Geometry) -> str:
    """Return what a shape lacks to be used (points, sense, coordinates on the earth), or an empty string."""
    points = shapely.get_coordinates(shape)
    if shape.is_empty or not len(points):
        return "a shape with points"
    if not np.isfinite(points).all() or (np.abs(points[:, 0]) > 180).any():
        return "longitudes from -180 to 180"
    if (np.abs(points[:, 1]) > 90).any():
        return "latitudes from -90 to 90, longitude first"
    if not shape.is_valid or (shape.geom_type == "LineString" and shape.length == 0 and len(points) < 2):
        return f"a sound shape ({shapely.is_valid_reason(shape).split('[')[0].lower()})"
    return ""


class _Refused(ValueError):
    """JSON that Python would read but nobody else would."""


def read_geojson(path: Path) -> tuple[dict[str, Any], list[Finding]]:
    """Read a GeoJSON file as a FeatureCollection with the features that are sound.

    Findings name the others by their place, such as ``features[3]``. Numbers that JSON does not have
    (NaN, 1e999), keys that come twice, and files too large or too deep are refused.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            return empty_collection(), [_finding(path.name, "", f"at most {MAX_BYTES // 2**20} MiB", "a larger file")]
        data = path.read_bytes()
    except OSError as error:
        return empty_collection(), [_finding(path.name, "", "a file that can be read", error.strerror or str(error))]
    return read_geojson_bytes(data, path.name)


def read_geojson_bytes(data: bytes, name: str) -> tuple[dict[str, Any], list[Finding]]:
    """Read the bytes of a GeoJSON file named ``name``; see `read_geojson`."""
    try:
        if _depth(data) > MAX_DEPTH:
            raise _Refused("brackets nested too deep")
        whole = json.loads(
            data.decode("utf-8-sig"), parse_constant=_constant, parse_float=_finite, object_pairs_hook=_unique
        )
        json.dumps(whole, ensure_ascii=False).encode("utf-8")
    except json.JSONDecodeError as error:
        return empty_collection(), [_finding(name, "", "JSON", f"{error.msg} in column {error.colno}", error.lineno)]
    except UnicodeError:
        return empty_collection(), [_finding(name, "", "JSON in UTF-8", "bytes or characters that are not text")]
    except (ValueError, RecursionError) as error:
        return empty_collection(), [_finding(name, "", "plain JSON", str(error)[:100])]
    features = whole.get("features") if isinstance(whole, dict) else None
    if not isinstance(features, list) or whole.get("type") != "FeatureCollection":
        return empty_collection(), [_finding(name, "", "a FeatureCollection with features", "something else")]
    faults = [_feature_fault(feature) for feature in features]
    found = [_finding(name, f"features[{i}]", *fault) for i, fault in enumerate(faults) if fault]
    sound = [feature for feature, fault in zip(features, faults, strict=True) if not fault]
    return {**whole, "features": sound}, found


def _finding(name: str, column: str, expected: str, got: str, row: int = 0) -> Finding:
    remedy = "Export it anew as GeoJSON (RFC 7946): WGS 84, longitude first."
    return Finding(name, "", row, column, "error", "GEOMETRY", expected, got, remedy)


def _depth(data: bytes) -> int:
    """Return how deep brackets nest, without regard to strings (which only makes it larger)."""
    marks = np.frombuffer(data, dtype=np.uint8)
    steps = np.isin(marks, (0x5B, 0x7B)).astype(np.int64) - np.isin(marks, (0x5D, 0x7D)).astype(np.int64)
    return int(steps.cumsum().max(initial=0))


def _constant(text: str) -> float:
    raise _Refused(f"{text}, which is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _Refused(f"the number {text[:20]}, which is too large")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) < len(pairs):
        names = [key for key, _ in pairs]
        raise _Refused(f"the key {next(key for key in names if names.count(key) > 1)!r} twice in one object")
    return out


def _feature_fault(feature: object) -> tuple[str, str] | None:
    """Return (expected, got) if a feature is not one that can be used."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return "a Feature", str(feature)[:60]
    geometry = feature.get("geometry")
    if not isinstance(geometry, dict) or geometry.get("type") not in GEOMETRIES:
        return f"a geometry: {', '.join(GEOMETRIES)}", str(geometry)[:60]
    if not isinstance(feature.get("properties") or {}, dict):
        return "properties as an object", str(feature["properties"])[:60]
    try:
        shape = shapely.geometry.shape(geometry)
    except (shapely.errors.ShapelyError, ValueError, TypeError, KeyError, IndexError, AttributeError):
        return "coordinates of a sound shape", str(geometry.get("coordinates"))[:60]
    fault = shape_fault(shape)
    return (fault, str(geometry.get("coordinates"))[:60]) if fault else None


def empty_collection() -> dict[str, Any]:
    """Return a FeatureCollection without features."""
    return {"type": "FeatureCollection", "features": []}


def geojson_bytes(collection: Mapping[str, Any]) -> bytes:
    """Return a FeatureCollection as UTF-8 JSON, one feature a line."""
    rest = {key: value for key, value in collection.items() if key != "features"}
    head = json.dumps(rest, ensure_ascii=False, allow_nan=False)[:-1]
    lines = ",\n".join(json.dumps(f, ensure_ascii=False, allow_nan=False) for f in collection.get("features", ()))
    return f'{head}{", " if rest else ""}"features": [\n{lines}\n]}}\n'.encode()


def write_geojson(path: Path, collection: Mapping[str, Any]) -> None:
    """Write a FeatureCollection; the old file stays whole until the new one is."""
    write_bytes(path, geojson_bytes(collection))
