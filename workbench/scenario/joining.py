"""Roads laid under a scenario folder: its tables of roads written, its own nodes joined to them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tomlkit

from workbench import fleet
from workbench.errors import Finding, InputError, UsageError
from workbench.formats import checks, geo, tabular
from workbench.ground import network, relief, roads, terrain
from workbench.ground.network import Roads
from workbench.ground.relief import Heights
from workbench.ground.roads import BoolArray, Limits
from workbench.scenario import reading, settings
from workbench.scenario.model import Scenario
from workbench.scenario.writing import blank
from workbench.schema import TABLES

LAID = ("edges", "turns", "nodes")
"""Tables that are written, in this order."""
_FOLLOWING = ("edges.csv", "turns.csv", "closures.csv")


def lay_roads(folder: str | Path, found: Roads, *, replace: bool = False) -> tuple[Roads, list[Finding]]:
    """Write roads into a scenario folder and join its nodes to them; a new or empty folder gets blank templates too.

    With ``replace`` the roads of the folder make way, with the junctions that nothing else names.

    Returns
    -------
    tuple
        The roads as written, with the folder's nodes, and what `validate` then says of the folder.

    Raises
    ------
    UsageError
        When the folder has roads and ``replace`` is not given, or is no folder of tables.
    InputError
        When its nodes, fleet or settings can't be read.
    """
    place = Path(folder)
    if place.exists() and not place.is_dir():
        raise UsageError(f"{place} is a file, and a scenario folder is needed.")
    if place.is_dir() and (place / reading.WORKBOOK).is_file() and not (place / settings.FILE).is_file():
        raise UsageError(f"{place} holds its tables as {reading.WORKBOOK}; roads are laid under a folder of CSV files.")
    if not place.exists() or not any(place.iterdir()):
        blank(place)
    sc = _sound(place)
    if not replace and _has_roads(place):
        raise UsageError(f"{place} has roads already. Add --replace to put these in their place.")
    laid = network.snap(found, _own_nodes(sc), usable=_usable(sc, found))
    for name in LAID:
        tabular.write_csv(_file(place, f"{name}.csv"), laid.tables[name], TABLES[name])
    if found.attribution:
        _attribute(_file(place, settings.FILE), found.attribution)
    return laid, reading.validate(place)


def lay_basemap(
    folder: str | Path, shown: Mapping[str, Any], heights: Heights | None = None, *, replace: bool = False
) -> tuple[str, ...]:
    """Write what is drawn under the roads of a scenario folder: outlines by layer, and relief with its heights.

    Files that are there stay, unless ``replace`` is given; empty outlines make none.

    Returns
    -------
    tuple
        The names of the files that were written.
    """
    home = Path(folder) / "basemap"
    files = {f"{layer}.geojson": geo.geojson_bytes(found) for layer, found in shown.items() if found["features"]}
    if heights is not None:
        about = json.dumps({"bounds": heights.bounds, "metres_per_step": terrain.STEP_M}).encode() + b"\n"
        files |= {"relief.webp": relief.picture(heights), "relief.json": about}
        files |= {terrain.HEIGHTS: terrain.packed(heights.metres), terrain.ABOUT: about}
    home.mkdir(parents=True, exist_ok=True)
    written = [name for name in files if replace or not (home / name).exists()]
    for name in written:
        tabular.write_bytes(home / name, files[name])
    return tuple(written)


def _sound(place: Path) -> Scenario:
    """Return the scenario as far as it does not concern roads."""
    sc, findings = reading._read(place)
    ours = [f for f in findings if f.level == "error" and f.file not in _FOLLOWING and not f.file.startswith("coas/")]
    if sc is None or ours:
        raise InputError(ours or findings)
    return sc


def _has_roads(place: Path) -> bool:
    """Return whether the folder has any row of roads or turns, sound or not."""
    for name in ("edges", "turns"):
        file = _file(place, f"{name}.csv")
        if file.is_file() and len([row for row in file.read_bytes().splitlines() if row.strip(b' \t;,"')]) > 1:
            return True
    return False


def _file(place: Path, name: str) -> Path:
    """Return the folder's file of that name, however its letters are written."""
    return next((p for p in sorted(place.iterdir()) if p.name.lower() == name), place / name)


def _own_nodes(sc: Scenario) -> pd.DataFrame:
    """Return the nodes that belong to the scenario: all but junctions of roads that nothing else names."""
    named: set[str] = set()
    for name, table in TABLES.items():
        for column in table.columns:
            if column.ref == "nodes.node_id" and name not in LAID:
                named |= set(sc.tables[name][column.name])
    nodes = sc.tables["nodes"]
    own = nodes[(nodes["kind"] != "junction") | nodes["node_id"].isin(named)].reset_index(drop=True)
    return own.assign(road_offset_m=np.nan, road_note="")


def _usable(sc: Scenario, found: Roads) -> BoolArray:
    """Return the roads that every vehicle on wheels or tracks may use; all when there are none such."""
    profiles = fleet.profiles(sc.tables)
    on_roads = set(profiles.loc[profiles["mode"] == "road", "profile"])
    tables: Mapping[str, pd.DataFrame] = {**found.tables, "closures": checks.empty(TABLES["closures"])}
    net = roads.network(
        tables, profiles, as_of=sc.as_of, horizon_s=sc.horizon_s,
        unknown_mlc=str(sc.settings.get("unknown_mlc", "assume")),
        two_way=sc.settings.get("bridge_traffic") == "two_way",
    )  # fmt: skip
    rows = sc.tables["fleet"][["profile", "mlc", "height_m", "width_m"]].itertuples(index=False)
    usable = np.ones(len(found.edges), dtype=np.bool_)
    for limits in sorted({Limits(*row) for row in rows if row.profile in on_roads}, key=lambda one: one.key):
        usable &= net.barriers(limits) == 0
    return usable if usable.any() else ~usable


def _attribute(file: Path, attribution: str) -> None:
    """Write into the settings whom maps must name."""
    document = tomlkit.parse(file.read_text("utf-8-sig"))
    document["attribution"] = attribution
    tabular.write_bytes(file, tomlkit.dumps(document).encode())
