"""Map tiles in one file, pictures or vectors: MBTiles (SQLite) and PMTiles version 3, read only."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from workbench.errors import WorkbenchError

MOST_ZOOM = 24
VECTOR = "application/vnd.mapbox-vector-tile"
LAYERS = (
    "water", "waterway", "landcover", "landuse", "transportation", "transportation_name", "boundary", "place",
    "building", "roads", "boundaries", "places", "buildings",
)  # fmt: skip
"""Layers of vector tiles that maps draw: those of OpenMapTiles and of Protomaps."""
_IMAGES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp"}
_HEAD = 127
_MOST_BYTES = 16 * 2**20
_MOST_STEPS = 50_000_000
"""So much work a file of tiles may make the database do for an answer; a sound one makes it do a few hundred steps."""
_DEPTH = 4
"""Directories of a PMTiles file are nested at most so deep."""
_PLAIN, _GZIP = 1, 2
_MVT, _PICTURES = 1, (0, 2, 3, 4)


class TilesError(WorkbenchError):
    """A file of tiles that can't be read, or holds none that a map of ours draws."""


@dataclass(frozen=True, slots=True)
class TileFile:
    """A file of tiles: from which zoom to which it has them, whom a map must name, whether they are vectors."""

    path: Path
    min_zoom: int
    max_zoom: int
    credit: str
    vector: bool = False

    def tile(self, zoom: int, x: int, y: int) -> tuple[bytes, str] | None:
        """Return a tile (y counted from the north) with its media type; None where the file has none.

        Raises
        ------
        TilesError
            When the file is damaged, or the tile is not what the file says.
        """
        if not (0 <= zoom <= MOST_ZOOM and 0 <= x < 1 << zoom and 0 <= y < 1 << zoom):
            return None
        read = _mbtile if self.path.suffix.lower() == ".mbtiles" else _pmtile
        with _sound(self.path):
            data = read(self.path, zoom, x, y)
            if data is not None and self.vector and data[:2] == b"\x1f\x8b":
                data = _unpacked(data, _GZIP)
        if data is None or self.vector:
            return None if data is None else (data, VECTOR)
        kind = next((kind for mark, kind in _IMAGES.items() if data.startswith(mark)), None)
        if kind is None:
            raise TilesError(f"{self.path.name} holds tiles that are neither pictures (PNG, JPEG, WebP) nor vectors.")
        return data, kind


def read(path: Path) -> TileFile:
    """Open a file of tiles.

    Raises
    ------
    TilesError
        When it is not there, is no MBTiles or PMTiles file, or holds nothing that maps draw.
    """
    if not path.is_file():
        raise TilesError(f"There is no file of tiles {path.name}.")
    with _sound(path):
        about = _about_mbtiles(path) if path.suffix.lower() == ".mbtiles" else _about_pmtiles(path)
        low, high = (min(max(int(about[key]), 0), MOST_ZOOM) for key in ("min", "max"))
        layers = [str(layer["id"]) for layer in about["layers"] or ()]
    if about["vector"] and layers and not set(layers) & set(LAYERS):
        some = ", ".join(layers[:8])
        raise TilesError(
            f"{path.name} has layers ({some}) of which maps draw none; OpenMapTiles and Protomaps are drawn."
        )
    credit = re.sub(r"<[^>]*>", "", str(about["credit"] or "")).strip()[:200]  # often with links
    return TileFile(path, low, max(low, high), credit, about["vector"])


@contextlib.contextmanager
def _sound(path: Path) -> Iterator[None]:
    """Turn what a damaged file brings about into one error."""
    try:
        yield
    except (sqlite3.Error, struct.error, zlib.error, OSError, ValueError, LookupError, EOFError, TypeError,
            OverflowError, RecursionError) as error:  # fmt: skip
        raise TilesError(f"{path.name} is no sound file of tiles ({error}).") from error


@contextlib.contextmanager
def _mbtiles(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a file for reading only; a view that never ends is given up."""
    with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as base:
        base.set_progress_handler(lambda: 1, _MOST_STEPS)
        yield base


def _mbtile(path: Path, zoom: int, x: int, y: int) -> bytes | None:
    query = "select tile_data from tiles where zoom_level = ? and tile_column = ? and tile_row = ?"
    with _mbtiles(path) as base:
        row = base.execute(query, (zoom, x, (1 << zoom) - 1 - y)).fetchone()  # rows count from the south
    return None if row is None else bytes(row[0])


def _about_mbtiles(path: Path) -> dict[str, Any]:
    with _mbtiles(path) as base:
        about = dict(base.execute("select name, value from metadata").fetchall())
        some = base.execute("select tile_data from tiles limit 1").fetchone()
        ends = [about.get(key) or base.execute(f"select {least}(zoom_level) from tiles").fetchone()[0]
                for key, least in (("minzoom", "min"), ("maxzoom", "max"))]  # fmt: skip
    if some is None:
        raise ValueError("no tiles")
    form = about.get("format") or ("pbf" if some[0][:2] == b"\x1f\x8b" else "")
    rest = _object(about.get("json") or "{}")
    return {"min": ends[0], "max": ends[1], "credit": about.get("attribution"), "vector": form in ("pbf", "mvt"),
            "layers": rest.get("vector_layers")}  # fmt: skip


def _object(text: str | bytes) -> dict[str, Any]:
    """Return the object that JSON holds; empty for anything else."""
    found = json.loads(text)
    return found if isinstance(found, dict) else {}


def _head(file: BinaryIO) -> tuple[Any, ...]:
    """Return the header: eleven offsets and counts, then a byte each for clustered, packings, kind and zooms."""
    data = file.read(_HEAD)
    if data[:8] != b"PMTiles\x03":
        raise ValueError("not PMTiles of version 3")
    return struct.unpack("<11Q6B", data[8:102])


def _about_pmtiles(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        head = _head(file)
        rest = _object(_unpacked(_piece(file, head[2], head[3]), head[12]) or b"{}")
    if head[14] != _MVT and head[14] not in _PICTURES:
        raise ValueError(f"tiles of kind {head[14]}, which is not drawn here")
    return {"min": head[15], "max": head[16], "credit": rest.get("attribution"), "vector": head[14] == _MVT,
            "layers": rest.get("vector_layers")}  # fmt: skip


def _piece(file: BinaryIO, offset: int, length: int) -> bytes:
    if length > _MOST_BYTES:
        raise ValueError(f"a piece of {length:,} bytes")
    file.seek(offset)
    data = file.read(length)
    if len(data) < length:
        raise EOFError("cut short")
    return data


def _unpacked(data: bytes, packing: int) -> bytes:
    """Return bytes as they were before they were packed."""
    if packing == _GZIP:
        stream = zlib.decompressobj(wbits=31)
        out = stream.decompress(data, _MOST_BYTES)
        if not stream.eof:
            raise ValueError("a piece that is cut short, or blows up when unpacked")
        return out
    if packing != _PLAIN:
        raise ValueError("packed in a way that is not read here")
    return data


def _pmtile(path: Path, zoom: int, x: int, y: int) -> bytes | None:
    wanted = tile_id(zoom, x, y)
    with path.open("rb") as file:
        head = _head(file)
        offset, length = head[0], head[1]
        for _ in range(_DEPTH):
            entry = _entry(_unpacked(_piece(file, offset, length), head[12]), wanted)
            if entry is None:
                return None
            run, offset, length = entry
            if run:
                return _unpacked(_piece(file, head[6] + offset, length), head[13] or _PLAIN)
            offset += head[4]
    raise ValueError("directories without end")


def tile_id(zoom: int, x: int, y: int) -> int:
    """Return the number of a tile: those of lower zooms come first, those of one zoom lie along a Hilbert curve."""
    d, side = 0, 1 << zoom
    step = side >> 1
    while step:
        right, down = int(x & step > 0), int(y & step > 0)
        d += step * step * ((3 * right) ^ down)
        if not down:
            if right:
                x, y = side - 1 - x, side - 1 - y
            x, y = y, x
        step >>= 1
    return ((1 << 2 * zoom) - 1) // 3 + d


def _entry(directory: bytes, wanted: int) -> tuple[int, int, int] | None:
    """Return run length, offset and length of the entry that holds a tile; run length 0 leads to a directory."""
    numbers = _numbers(directory)
    count = next(numbers)
    steps, runs, lengths, places = ([next(numbers) for _ in range(count)] for _ in range(4))
    found, at, number, end = None, 0, 0, 0
    for at, step in enumerate(steps):
        number += step
        offset = end if places[at] == 0 and at else places[at] - 1
        end = offset + lengths[at]
        if number > wanted:
            break
        found = (number, runs[at], offset, lengths[at])
    if found is None or (found[1] and wanted >= found[0] + found[1]):
        return None
    return found[1:]


def _numbers(data: bytes) -> Iterator[int]:
    """Yield whole numbers in groups of seven bits, the low ones first."""
    value = shift = 0
    for byte in data:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            yield value
            value = shift = 0
    raise EOFError("cut short")
