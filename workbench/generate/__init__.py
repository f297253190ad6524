"""Made-up areas and scenarios from a seed: ``generate.new(folder, size="brigade", seed=1)``.

The same size and seed give the same files, byte for byte, on one platform with the same package versions.
Nothing in them is a real place, unit or plan.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from scipy.spatial import cKDTree

from workbench import fleet as library
from workbench.errors import UsageError
from workbench.generate import basemap, conditions, forces, history, readme, requests, supply, tables
from workbench.generate.area import SIZES, Area, drives, make, stage
from workbench.ground import terrain
from workbench.units import iso

__all__ = ["SIZES", "new"]

AS_OF = datetime(2026, 5, 1, 4, tzinfo=UTC)
MARKING = "UNCLASSIFIED//EXERCISE"
_SAMPLE = ("brigade", 1, "river_crossing")


def new(folder: str | Path, size: str = "brigade", seed: int = 1) -> Path:
    """Make a complete made-up scenario folder and return its path.

    Sizes: ``company`` (about 15 deliveries on 30 × 30 km), ``brigade`` (about 120 on 60 × 60 km), ``division``
    (about 600 on 90 × 90 km). The brigade of seed 1 is the sample scenario ``river_crossing``.

    Raises
    ------
    UsageError
        When the size is unknown, or the folder already holds something.
    """
    if size not in SIZES:
        raise UsageError(f"Expected a size of {', '.join(SIZES)}, got {size!r}.")
    root = Path(folder)
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise UsageError(f"Expected a new or empty folder, got {root}, which holds something. Choose another name.")
    area = make(SIZES[size], seed)
    name = _SAMPLE[2] if (size, seed) == _SAMPLE[:2] else f"{size}_{seed}"
    root.mkdir(parents=True, exist_ok=True)
    rows = _tables(area, seed)
    for table, frame in rows.items():
        in_order = frame.sort_values("edge_id") if table == "edges" else frame
        _write(root / f"{table}.csv", in_order.to_csv(index=False, lineterminator="\n"))
    _write(root / "scenario.toml", _settings(area, name, seed))
    _write_json(root / "threats.geojson", conditions.threats(stage(seed, "threats"), area.forces, area.frame, AS_OF))
    bridges = [str(rows["edges"].loc[road, "edge_id"]) for road in _bridges(area)]
    for coa, text in conditions.courses_of_action(area.size.pools, area.node_of, bridges[0], bridges).items():
        _write(root / "coas" / f"{coa}.toml", text)
    _basemap(root / "basemap", area, seed)
    _history(root / "history", area, seed)
    _write(root / "README.md", readme.text(area, rows, name, seed))
    return root


def _tables(area: Area, seed: int) -> dict[str, pd.DataFrame]:
    """Return every table of the folder as rows of text."""
    placed, node_of = area.forces, area.node_of
    edges = tables.edges(placed.network, area.frame, list(area.ids))
    special = requests.special(placed.units, area.size.name, placed.beyond_weak, placed.beyond_blocked)
    special = [ask for ask in special if not ask.site or ask.site in node_of]
    usual = requests.everyday(stage(seed, "everyday"), placed.units[:-2], area.size.lines - len(special))
    asked = requests.table(
        stage(seed, "requests"), [*usual, *special], placed.units, area.unit_ids, node_of=node_of, as_of=AS_OF
    )
    kept = [*placed.site_point, *placed.unit_point]
    closed = conditions.closures(
        stage(seed, "closures"), placed, edges["edge_id"].tolist(), area.frame, as_of=AS_OF, kept=kept
    )
    fads = [requests.fad_of(unit) for unit in placed.units]
    lonlat = area.frame.lonlat(placed.network.points)
    return {
        "units": forces.units(placed, list(area.ids), list(area.unit_ids), fads),
        "nodes": forces.nodes(placed, list(area.ids), lonlat, _town_names(area)),
        "requisitions": asked,
        "fleet": supply.fleet(area.size.pools, node_of),
        "stock": supply.stock(stage(seed, "stock"), placed, asked, node_of, iso(AS_OF)),
        "edges": edges,
        "closures": closed,
        "factors": library.default_factors().map(supply.plain),
        "profiles": _profiles(),
    }


def _profiles() -> pd.DataFrame:
    frame = library.default_profiles().dropna(axis="columns", how="all")
    frame["tracked"] = frame["tracked"].map({True: "true", False: "false"})
    return frame.map(supply.plain)


def _town_names(area: Area) -> dict[int, str]:
    """Return the names of the points nearest to each town's centre."""
    tree = cKDTree(area.forces.network.points)
    nearest = np.atleast_1d(tree.query(area.ground.xy[[t.cell for t in area.towns]])[1])
    return {int(point): town.name for point, town in zip(nearest, area.towns, strict=True)}


def _bridges(area: Area) -> list[int]:
    """Return the roads over the river, the main bridge first."""
    roads = area.forces.network.roads
    return sorted((k for k, road in enumerate(roads) if road.crossing >= 0), key=lambda k: roads[k].crossing)


def _settings(area: Area, name: str, seed: int) -> str:
    return (
        f'name = "{name}"\n'
        f'description = "Made-up {area.size.name} on made-up ground, supplied over the {area.river}"\n'
        f'as_of = "{iso(AS_OF)}"\nhorizon_h = {area.size.horizon_h}\nmarking = "{MARKING}"\n'
        'climate = "temperate"\nphase = "defence"\nnight_from = "19:00"\nnight_to = "05:00"\n'
        f'objective = "priority"\nunknown_mlc = "assume"\nsize = "{area.size.name}"\nseed = {seed}\n\n'
        "[status.P-DOS]\ngreen = 3\namber = 2\nred = 1\n"
    )


def _basemap(folder: Path, area: Area, seed: int) -> None:
    ground, frame = area.ground, area.frame
    wooded = basemap.woods(stage(seed, "woods"), ground, area.towns)
    picture, bounds = basemap.relief(ground, wooded, frame)
    streets = [road.line for road in area.forces.network.roads if road.level == 5 and not road.water]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "relief.webp").write_bytes(picture)
    _write_json(folder / "relief.json", {"bounds": bounds})
    (folder / "heights.png").write_bytes(basemap.heights(ground, frame, bounds))
    _write_json(folder / "heights.json", {"bounds": bounds, "metres_per_step": terrain.STEP_M})
    _write_json(folder / "water.geojson", basemap.water(ground, frame, area.river, area.streams))
    _write_json(folder / "places.geojson", basemap.places(ground, frame, area.towns))
    _write_json(folder / "landcover.geojson", basemap.built_up(ground, frame, area.towns, streets))


def _history(folder: Path, area: Area, seed: int) -> None:
    table = history.deliveries(stage(seed, "history"), area.forces.units[:-2], area.unit_ids[:-2], drives(area), AS_OF)
    folder.mkdir(parents=True, exist_ok=True)
    packed = dict.fromkeys(history.INSTANTS, "DELTA_BINARY_PACKED") | {"requisition_id": "DELTA_BYTE_ARRAY"}
    pq.write_table(
        table, folder / "deliveries.parquet", compression="zstd", compression_level=15, row_group_size=1 << 20,
        use_dictionary=[n for n in table.column_names if n not in packed], column_encoding=packed,
    )  # fmt: skip


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    _write(path, json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True) + "\n")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8"))
