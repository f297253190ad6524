"""Shaded relief for maps, and heights from the files of others: SRTM tiles (.hgt, .zip) and GeoTIFF in degrees."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image
from scipy import ndimage

from workbench.errors import Finding, InputError
from workbench.ground.roads import FloatArray

PIXELS = 1200
"""The longer side of a picture of relief, at most."""
_LOW, _MIDDLE, _HIGH, _WOOD = (
    np.array(c, float) for c in ((124, 148, 118), (158, 150, 116), (150, 122, 100), (84, 122, 86))
)
MOST_BYTES = 2**26
"""A tile of heights unpacked is at most so large; those of one arc second have 26 MB."""
EXAGGERATION = 5.0
"""How much steeper gentle ground is drawn than it is; mountains are drawn as they are."""
_SLOPE = 0.7
_VOID = -1000.0
_SCALE, _TIE = 33550, 33922
"""Tags of a GeoTIFF: size of a cell, and where its first corner lies."""


class Heights(NamedTuple):
    """Metres in rows from north to south, over bounds (west, south, east, north in degrees)."""

    metres: FloatArray
    bounds: tuple[float, float, float, float]


def read(path: Path) -> Heights:
    """Read heights; cells without one are filled from their neighbours.

    Raises
    ------
    InputError
        When the file is neither an SRTM tile nor a GeoTIFF in degrees.
    """
    try:
        found = _tiff(path) if path.suffix.lower() in (".tif", ".tiff") else _hgt(path)
        void = ~(found.metres > _VOID)
        if void.all():
            raise ValueError("no heights")
    except (OSError, ValueError, KeyError, IndexError, zipfile.BadZipFile) as error:
        expected = "heights: an SRTM tile such as N42E001.hgt (or its .zip), or a GeoTIFF in degrees"
        remedy = "Name such a file, or leave --relief out."
        raise InputError(
            [Finding(path.name, "", 0, "", "error", "FILE_KIND", expected, str(error)[:80], remedy)]
        ) from error
    if void.any():
        at = ndimage.distance_transform_edt(void, return_distances=False, return_indices=True)
        found = found._replace(metres=found.metres[tuple(at)])
    return found


def _hgt(path: Path) -> Heights:
    name, data = path.name, path.read_bytes()
    if path.suffix.lower() == ".zip":
        with zipfile.ZipFile(path) as packed:
            name = next(n for n in [*packed.namelist(), ""] if n.lower().endswith(".hgt") or not n)
            if packed.getinfo(name).file_size > MOST_BYTES:
                raise ValueError(f"a tile of more than {MOST_BYTES // 2**20} MiB")
            data = packed.read(name)
    corner = re.match(r"([NS])(\d\d)([EW])(\d{3})", Path(name).name, re.IGNORECASE)
    side = round((len(data) / 2) ** 0.5)
    if corner is None or side * side * 2 != len(data) or side < 2:
        raise ValueError("a file of another name or size")
    south = int(corner[2]) * (1 if corner[1].upper() == "N" else -1)
    west = int(corner[4]) * (1 if corner[3].upper() == "E" else -1)
    half = 0.5 / (side - 1)  # its points lie on the rim; cells reach half a step beyond
    metres = np.frombuffer(data, dtype=">i2").reshape(side, side).astype(np.float64)
    return Heights(metres, (west - half, south - half, west + 1 + half, south + 1 + half))


def _tiff(path: Path) -> Heights:
    with Image.open(path) as picture:
        tags: Any = getattr(picture, "tag_v2", {})
        wide, high = (float(v) for v in tags[_SCALE][:2])
        west, north = (float(v) for v in tags[_TIE][3:5])
        metres = np.asarray(picture, dtype=np.float64)
    if metres.ndim != 2:
        raise ValueError("a coloured picture")
    bounds = (west, north - high * metres.shape[0], west + wide * metres.shape[1], north)
    if not (-180.1 <= bounds[0] < bounds[2] <= 180.1 and -90.1 <= bounds[1] < north <= 90.1):
        raise ValueError("positions that are not in degrees")
    return Heights(metres, bounds)


def clipped(heights: Heights, box: tuple[float, float, float, float]) -> Heights | None:
    """Return the cells that a box (west, south, east, north) touches; None where it lies outside."""
    west, south, east, north = heights.bounds
    rows, columns = heights.metres.shape
    high, wide = (north - south) / rows, (east - west) / columns
    left, right = max(int((box[0] - west) / wide), 0), min(int((box[2] - west) / wide) + 1, columns)
    top, bottom = max(int((north - box[3]) / high), 0), min(int((north - box[1]) / high) + 1, rows)
    if right - left < 2 or bottom - top < 2:
        return None
    bounds = (west + left * wide, north - bottom * high, west + right * wide, north - top * high)
    return Heights(heights.metres[top:bottom, left:right], bounds)


def picture(heights: Heights) -> bytes:
    """Return shaded relief as WebP, its rows evenly spaced in Web Mercator, as slippy maps lay pictures out."""
    west, south, east, north = heights.bounds
    top, bottom = (np.arcsinh(np.tan(np.radians(v))) for v in (north, south))
    scale = PIXELS / max(np.radians(east - west), top - bottom)
    rows, columns = max(2, round((top - bottom) * scale)), max(2, round(np.radians(east - west) * scale))
    lat = np.degrees(np.arctan(np.sinh(top + (np.arange(rows) + 0.5) / rows * (bottom - top))))
    down = (north - lat) / (north - south) * heights.metres.shape[0] - 0.5
    across = (np.arange(columns) + 0.5) / columns * heights.metres.shape[1] - 0.5
    smooth = ndimage.gaussian_filter(heights.metres, 0.6)
    height = ndimage.map_coordinates(smooth, np.meshgrid(down, across, indexing="ij"), order=3, mode="nearest")
    metres_a_pixel = (north - south) * 110_574.0 / rows
    out = io.BytesIO()
    slope = np.hypot(*np.gradient(height, metres_a_pixel))
    steeper = float(np.clip(_SLOPE / max(float(np.quantile(slope, 0.9)), 1e-6), 1.0, EXAGGERATION))
    pixels = painted(height, metres_a_pixel, np.zeros_like(height), steeper)
    Image.fromarray(pixels, "RGBA").save(out, "WEBP", quality=42, alpha_quality=20, method=5)
    return out.getvalue()


def painted(
    height: FloatArray, metres_a_pixel: float, wooded: FloatArray, steeper: float = EXAGGERATION
) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return the picture: muted tints by height, woods (above 0), light from the north-west; alpha carries the shading.

    It is half transparent, so that it takes on the page's own light or dark ground.
    """
    dy, dx = np.gradient(height, metres_a_pixel)
    east, north = -steeper * dx, steeper * dy
    light = (-0.45 * east + 0.45 * north + 0.77) / np.sqrt(east**2 + north**2 + 1)
    shade = np.clip(light - 0.77, -0.6, 0.3)
    level = np.clip((height - height.min()) / max(float(np.ptp(height)), 1.0), 0, 1)[..., None]
    tint = np.where(
        level < 0.45, _LOW + (_MIDDLE - _LOW) * level / 0.45, _MIDDLE + (_HIGH - _MIDDLE) * (level - 0.45) / 0.55
    )
    tint = tint + (_WOOD - tint) * 0.55 * np.clip(wooded * 4, 0, 1)[..., None]
    colour = np.clip(tint * (1 + 1.1 * shade[..., None]), 0, 255)
    alpha = np.clip(0.46 + 0.35 * np.abs(ndimage.gaussian_filter(shade, 1.5)), 0, 1)[..., None] * 255
    return np.concatenate([colour, alpha], -1).round().astype(np.uint8)
