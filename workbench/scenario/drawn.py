"""What a scenario's folder holds for maps and for those who leave the road: the ``basemap``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from workbench.formats import geo
from workbench.ground.terrain import Terrain
from workbench.ground.terrain import read as read_terrain
from workbench.kept import kept
from workbench.scenario.model import Scenario

Files = tuple[tuple[str, int, int], ...]


def basemap(scenario: Scenario) -> dict[str, Any]:
    """Return what the folder's ``basemap/`` holds: water, places, landcover, relief and its bounds.

    What is absent or damaged comes empty: the map is drawn without it. The last few are kept while their files stay
    the same: change nothing in them.
    """
    return _basemap(*_folder(scenario))


@kept(4)
def _basemap(folder: Path | None, files: Files) -> dict[str, Any]:
    out: dict[str, Any] = {layer: geo.empty_collection() for layer in ("water", "places", "landcover")}
    names = {name for name, *_ in files}
    if folder is not None:
        for layer in [layer for layer in out if f"{layer}.geojson" in names]:
            out[layer] = geo.read_geojson(folder / f"{layer}.geojson")[0]
    out |= {"relief": None, "relief_bounds": None}
    if folder is not None and {"relief.webp", "relief.json"} <= names:
        try:
            west, south, east, north = map(float, json.loads((folder / "relief.json").read_text("utf-8"))["bounds"])
        except (OSError, ValueError, KeyError, TypeError):
            return out
        out |= {"relief": (folder / "relief.webp").read_bytes(), "relief_bounds": (west, south, east, north)}
    return out


def terrain(scenario: Scenario) -> Terrain | None:
    """Return heights, land cover and water of the folder's ``basemap/``; None where it has no heights."""
    return _terrain(*_folder(scenario))


@kept(2)
def _terrain(folder: Path | None, files: Files) -> Terrain | None:
    return read_terrain(folder) if folder is not None and files else None


def _folder(scenario: Scenario) -> tuple[Path | None, Files]:
    """Return where the ``basemap`` is and what files it has, by name, time of change and size."""
    home = scenario.path
    folder = None if home is None else (home.parent if home.is_file() else home) / "basemap"
    if folder is None or not folder.is_dir():
        return folder, ()
    files = ((file.name, file.stat()) for file in sorted(folder.iterdir()))
    return folder, tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in files)
