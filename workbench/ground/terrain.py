"""The ground off the road as a grid: heights, what grows or stands on it, and water."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from PIL import Image

from workbench.formats import geo
from workbench.ground import cache
from workbench.ground.roads import BoolArray, FloatArray, IntArray
from workbench.schema import COVERS

HEIGHTS, ABOUT, WATER, COVER = "heights.png", "heights.json", "water.geojson", "landcover.geojson"
FILES = (HEIGHTS, ABOUT, WATER, COVER)
STEP_M = 0.1
"""Heights are stored as whole numbers of this many metres."""
_KINDS = {"wood": "woods", "forest": "woods", "residential": "built_up", "urban": "built_up"}
"""Kinds of land cover under other names than `COVERS`."""
_BANK = 0.75
"""Water covers every cell whose middle is so near to its line, in cells: so no way slips through between two cells."""


@dataclass(frozen=True, eq=False)
class Terrain:
    """A grid from north to south and west to east over ``bounds`` (west, south, east, north in degrees).

    ``heights`` are metres, ``cover`` indexes `COVERS`, ``wet`` marks water. Points lie in the middle of cells.
    """

    bounds: tuple[float, float, float, float]
    heights: FloatArray
    cover: IntArray
    wet: BoolArray

    @property
    def cell_m(self) -> tuple[float, float]:
        """Return the height and the width of a cell in metres."""
        west, south, east, north = self.bounds
        rows, columns = self.heights.shape
        wide = (east - west) * 111_320.0 * float(np.cos(np.radians((south + north) / 2)))
        return (north - south) * 110_574.0 / rows, wide / columns

    @cached_property
    def slope_pct(self) -> FloatArray:
        """Return the slope of each cell, uphill or down, in percent."""
        down, across = np.gradient(self.heights, *self.cell_m)
        return np.asarray(np.hypot(down, across) * 100, dtype=np.float64)

    @cached_property
    def name(self) -> str:
        """The content name of all of it."""
        return cache.name_of(self.bounds, self.heights, self.cover, self.wet)

    def cells(self, lonlat: FloatArray) -> IntArray:
        """Return (row, column) of points; points outside take the nearest cell."""
        west, south, east, north = self.bounds
        rows, columns = self.heights.shape
        down = (north - lonlat[:, 1]) / (north - south) * rows
        across = (lonlat[:, 0] - west) / (east - west) * columns
        found = np.stack([down, across], axis=1).astype(np.int64)
        return np.clip(found, 0, np.array([rows - 1, columns - 1]))

    def lonlat(self, cells: IntArray) -> FloatArray:
        """Return the middles of cells."""
        west, south, east, north = self.bounds
        rows, columns = self.heights.shape
        return np.stack([west + (cells[:, 1] + 0.5) * (east - west) / columns,
                         north - (cells[:, 0] + 0.5) * (north - south) / rows], axis=1)  # fmt: skip


def read(folder: Path) -> Terrain | None:
    """Return the terrain of a scenario's ``basemap`` folder; None where it has no heights or they can't be read."""
    try:
        bounds = tuple(map(float, json.loads((folder / ABOUT).read_text("utf-8"))["bounds"]))
        with Image.open(folder / HEIGHTS) as picture:
            heights = np.asarray(picture, dtype=np.float64) * STEP_M
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if len(bounds) != 4 or heights.ndim != 2:
        return None
    layers = {file: geo.read_geojson(folder / file)[0] if (folder / file).is_file() else {} for file in (WATER, COVER)}
    return laid(bounds, heights, layers[WATER].get("features", ()), layers[COVER].get("features", ()))


def packed(heights: FloatArray) -> bytes:
    """Return heights as a grey PNG of 16 bits, in steps of `STEP_M`; below the sea is the sea."""
    steps = np.round(np.clip(heights / STEP_M, 0, 2**16 - 1)).astype(np.uint16)
    out = io.BytesIO()
    Image.fromarray(steps).save(out, "PNG", optimize=True)
    return out.getvalue()


def laid(
    bounds: tuple[float, ...],
    heights: FloatArray,
    water: Iterable[Mapping[str, Any]] = (),
    cover: Iterable[Mapping[str, Any]] = (),
) -> Terrain:
    """Return heights with water (lines with ``width_m``, areas) and land cover (areas with ``kind``) laid on them."""
    west, south, east, north = bounds
    bare = Terrain(
        (west, south, east, north), heights, np.zeros(heights.shape, np.int64), np.zeros(heights.shape, bool)
    )
    high, wide = bare.cell_m
    rows, columns = heights.shape
    down, across = np.divmod(np.arange(rows * columns), columns)
    tree = shapely.STRtree(shapely.points((across + 0.5) * wide, -(down + 0.5) * high))

    def flat(points: NDArray[np.float64]) -> NDArray[np.float64]:
        x, y = (points[:, 0] - west) / (east - west), (points[:, 1] - north) / (north - south)
        return np.stack([x * columns * wide, y * rows * high], axis=1)

    def under(features: Iterable[Mapping[str, Any]], reach: bool) -> Iterable[tuple[Mapping[str, Any], IntArray]]:
        for feature in features:
            shape = shapely.transform(shapely.geometry.shape(feature["geometry"]), flat)
            about = feature.get("properties") or {}
            if reach and shapely.get_dimensions(shape) == 1:
                shape = shapely.buffer(shape, max(float(about.get("width_m") or 0) / 2, _BANK * max(high, wide)))
            yield about, tree.query(shape, predicate="contains").astype(np.int64)

    for _, cells in under(water, reach=True):
        bare.wet.ravel()[cells] = True
    for about, cells in under(cover, reach=False):
        kind = str(about.get("kind", ""))
        kind = _KINDS.get(kind, kind)
        if kind in COVERS:
            bare.cover.ravel()[cells] = COVERS.index(kind)
    return bare
