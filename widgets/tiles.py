"""The map under all others that a scenario names: a file of tiles served by our own server, or an address."""

from __future__ import annotations

import hashlib
import os
import tomllib
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from workbench.formats.tiles import TileFile, TilesError, read

FARTHEST, FARTHEST_VECTOR = 19, 14
"""The zoom up to which an address is taken to have tiles, pictures or vectors."""


class TileSource(NamedTuple):
    """Where tiles come from: address, zooms that exist, what the map says of it, whether they are vectors."""

    url: str
    min_zoom: int
    max_zoom: int
    credit: str
    vector: bool


def key_of(folder: Path) -> str:
    """Return what pages call a scenario folder by."""
    return hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]


def tile_file(folder: Path) -> TileFile | None:
    """Return the file of tiles that the settings in a scenario folder name; None where they name none.

    Raises
    ------
    TilesError
        When the settings can't be read, or the file is no sound file of tiles.
    """
    try:
        named = tomllib.loads((folder / "scenario.toml").read_text("utf-8")).get("map", {})
        tiles = str(named["tiles"]) if isinstance(named, dict) and "tiles" in named else ""
    except (OSError, ValueError) as error:
        raise TilesError(f"The settings of {folder.name} can't be read.") from error
    if not tiles.lower().endswith((".mbtiles", ".pmtiles")) or "://" in tiles:
        return None
    return read((folder / tiles).resolve())


def source(folder: Path | None, tiles: str) -> TileSource | None:
    """Return where the tiles that a scenario's settings name come from; None for none.

    An address is asked by whoever looks at the map: only a scenario that states one leads there.

    Raises
    ------
    TilesError
        When the file is not there, or no sound file of tiles.
    """
    if not tiles:
        return None
    if "://" in tiles:
        parts = urlsplit(tiles)
        vector = parts.path.lower().endswith((".pbf", ".mvt"))
        return TileSource(tiles, 0, FARTHEST_VECTOR if vector else FARTHEST, f"Tiles from {parts.hostname}", vector)
    file = tile_file(folder) if folder is not None else None
    if folder is None or file is None:
        return None
    base = os.environ.get("VOILA_BASE_URL") or os.environ.get("JUPYTERHUB_SERVICE_PREFIX") or "/"
    url = f"{base.rstrip('/')}/workbench/tiles/{key_of(folder)}/{{z}}/{{x}}/{{y}}"
    return TileSource(url, file.min_zoom, file.max_zoom, file.credit, file.vector)
