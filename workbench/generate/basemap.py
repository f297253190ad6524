"""The made-up area as a picture and outlines for the map: shaded relief, water, places, woods and built-up areas."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from PIL import Image
from scipy import ndimage

from workbench.generate.tables import Frame
from workbench.generate.terrain import RIVER_WIDTH_M, Floats, Ground
from workbench.generate.towns import Town
from workbench.ground import terrain
from workbench.ground.relief import PIXELS, painted

_MERCATOR_R = 6378137.0


def relief(ground: Ground, woods: Floats, frame: Frame) -> tuple[bytes, list[float]]:
    """Return shaded relief as WebP and its bounds (west, south, east, north).

    Rows are evenly spaced in Web Mercator, as slippy maps lay pictures out. The picture is half transparent, so
    that it takes on the page's own light or dark ground.
    """
    edge = np.linspace(0, ground.size_m, 200)
    rim = np.vstack([np.stack([edge, 0 * edge + v], 1) for v in (0, ground.size_m)])
    rim = np.vstack([rim, rim[:, ::-1]])
    lonlat = frame.lonlat(rim)
    (west, south), (east, north) = lonlat.min(0), lonlat.max(0)
    top, bottom = (_MERCATOR_R * np.log(np.tan(np.pi / 4 + np.radians(v) / 2)) for v in (north, south))
    coarse = 80
    lat = np.degrees(2 * np.arctan(np.exp(np.linspace(top, bottom, coarse) / _MERCATOR_R)) - np.pi / 2)
    grid = np.stack(np.meshgrid(np.linspace(west, east, coarse), lat), -1).reshape(-1, 2)
    metres = frame.metres(grid).reshape(coarse, coarse, 2)
    step = np.linspace(0, coarse - 1, PIXELS)
    where = [
        ndimage.map_coordinates(metres[..., k], np.meshgrid(step, step, indexing="ij"), order=1) / ground.cell_m - 0.5
        for k in (1, 0)
    ]
    smooth = ndimage.gaussian_filter(ground.z, 0.6)
    height = ndimage.map_coordinates(smooth, where, order=3, mode="nearest")
    wooded = ndimage.map_coordinates(woods, where, order=1, mode="nearest")
    pixels = painted(height, ground.size_m / PIXELS, wooded)
    out = io.BytesIO()
    Image.fromarray(pixels, "RGBA").save(out, "WEBP", quality=42, alpha_quality=20, method=5)
    return out.getvalue(), [float(v) for v in (west, south, east, north)]


def heights(ground: Ground, frame: Frame, bounds: Sequence[float]) -> bytes:
    """Return heights as a grey PNG of 16 bits, evenly spaced in degrees over ``bounds``, in steps of `STEP_M`."""
    west, south, east, north = bounds
    half = 0.5 / ground.cells
    lon = np.linspace(west + (east - west) * half, east - (east - west) * half, ground.cells)
    lat = np.linspace(north - (north - south) * half, south + (north - south) * half, ground.cells)
    metres = frame.metres(np.stack(np.meshgrid(lon, lat), -1).reshape(-1, 2)) / ground.cell_m - 0.5
    found = ndimage.map_coordinates(ground.z, [metres[:, 1], metres[:, 0]], order=1, mode="nearest")
    return terrain.packed(found.reshape(ground.cells, ground.cells))


def woods(rng: np.random.Generator, ground: Ground, towns: Sequence[Town]) -> Floats:
    """Return how wooded every cell is: above 0 is wood. Steep and high ground is; towns and valley floors are not."""
    noise = ndimage.gaussian_filter(rng.normal(size=ground.z.shape), 3.2)
    noise = noise / noise.std()
    field = 0.55 * noise + 14 * (ground.slope - 0.035) + (ground.z - np.median(ground.z)) / 260 - 0.25
    for town in towns:
        x, y = ground.xy[town.cell] / ground.cell_m
        row, column = np.ogrid[: ground.cells, : ground.cells]
        field -= 2.5 * np.exp(-((row - y) ** 2 + (column - x) ** 2) / (3 + town.population / 2500))
    rounded: Floats = np.round(field, 2)
    return rounded


def water(ground: Ground, frame: Frame, river: str, streams: Sequence[str]) -> dict[str, Any]:
    """Return the river and the streams as lines with name and width in metres, the biggest last."""
    lines = [(line, width, name) for (line, width, _), name in zip(ground.streams, streams, strict=True)]
    lines = [*sorted(lines, key=lambda s: s[1]), (ground.river, RIVER_WIDTH_M, river)]
    return _collection([
        (shapely.simplify(line, 12), {"name": name, "width_m": width}) for line, width, name in lines
    ], frame)  # fmt: skip


def places(ground: Ground, frame: Frame, towns: Sequence[Town]) -> dict[str, Any]:
    """Return the towns as points with name, population and rank (0 city, 1 town, 2 village)."""
    return _collection([
        (shapely.Point(ground.xy[t.cell]), {"name": t.name, "population": t.population, "rank": t.rank}) for t in towns
    ], frame)  # fmt: skip


def built_up(
    ground: Ground, frame: Frame, towns: Sequence[Town], streets: Sequence[shapely.LineString]
) -> dict[str, Any]:
    """Return built-up areas: what lies within a stone's throw of the streets."""
    area = shapely.buffer(shapely.union_all(shapely.buffer(np.array(streets), 130, quad_segs=2)), -35, quad_segs=2)
    parts = [shapely.simplify(part, 40) for part in shapely.get_parts(area) if part.area > 60_000]
    return _collection([(part, {"kind": "built_up"}) for part in parts], frame)


def _collection(shapes: Sequence[tuple[shapely.Geometry, dict[str, Any]]], frame: Frame) -> dict[str, Any]:
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": properties, "geometry": shapely.geometry.mapping(frame.geometry(shape))}
            for shape, properties in shapes
        ],
    }
