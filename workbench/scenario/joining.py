"""Roads laid under a scenario folder: its tables of roads made anew, its own nodes joined to them, its waterways kept.

All is made aside and checked as it will stand; then it takes its place, all of it or nothing.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace as replaced
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import tomlkit

from workbench import fleet
from workbench.errors import Finding, InputError, UsageError, raise_on_errors
from workbench.formats import checks, geo, tabular
from workbench.ground import network, roads, terrain
from workbench.ground.network import Roads
from workbench.ground.remarks import listed
from workbench.ground.roads import BoolArray, Limits
from workbench.scenario import reading, settings
from workbench.scenario.model import Scenario
from workbench.scenario.writing import blank
from workbench.schema import TABLES, WATERWAY

if TYPE_CHECKING:
    from workbench.ground.relief import Heights

LAID = ("edges", "turns", "nodes")
"""Tables that are written."""
_FOLLOWING = ("edges.csv", "turns.csv", "closures.csv")
_PREFIX = ".writing-"
_READ = (".csv", ".toml", ".geojson", ".xlsx")
"""Files that reading a folder looks at; those in ``coas`` too."""


def lay_roads(
    folder: str | Path, found: Roads, *, basemap: Mapping[str, bytes] | None = None, replace: bool = False
) -> tuple[Roads, list[Finding]]:
    """Write roads into a scenario folder and join its nodes to them; a new or empty folder gets blank templates too.

    With ``replace`` the roads of the folder make way, with the junctions that nothing else names; waterways stay.
    Files of ``basemap`` (see `basemap_files`) that are there already stay unless ``replace`` is given.
    The folder as it would be is checked first. Unless it can be loaded nothing is written.

    Returns
    -------
    tuple
        The roads as written, with the folder's nodes and waterways, and what `validate` then says of the folder.

    Raises
    ------
    UsageError
        When the folder has roads and ``replace`` is not given, or is no folder of tables, or can't be written into.
    InputError
        When its nodes, fleet or settings can't be read, no place of it is near these roads, or something else in it
        (a closure, a course of action) does not fit them.
    """
    place = Path(folder)
    with _aside(place) as home:
        names = {file.name.lower() for file in place.iterdir() if not file.name.startswith(".")}
        if names and not names & {settings.FILE, *(table.file for table in TABLES.values())}:
            raise UsageError(f"{place} holds other files, and no scenario. Name a new folder, or one of a scenario.")
        if names:
            _copied(place, home)
            sc, said = _sound(home)
            if not replace and _has_roads(home):
                raise UsageError(f"{place} has roads already. Add --replace to put these in their place.")
            laid = _laid(sc, said, found)
        else:
            blank(home)
            laid = found
        for name in LAID:
            tabular.write_csv(_file(home, f"{name}.csv"), laid.tables[name], TABLES[name])
        if found.attribution:
            _attribute(_file(home, settings.FILE), found.attribution)
        findings = reading.validate(home)
        raise_on_errors(findings)
        written = {_file(home, f"{name}.csv").name for name in LAID} | {_file(home, settings.FILE).name}
        files = sorted(file.name for file in home.iterdir() if not names or file.name in written)
        _moved(home, place, [*files, *_put_basemap(home, place, basemap or {}, replace=replace)])
    return laid, findings


def basemap_files(shown: Mapping[str, Any], heights: Heights | None = None) -> dict[str, bytes]:
    """Return the files of a scenario's ``basemap``: outlines by layer, and relief with its heights.

    A layer without outlines comes as no bytes: it makes no file, and takes away the one of other roads.
    """
    layers = {
        f"{layer}.geojson": geo.geojson_bytes(found) if found["features"] else b"" for layer, found in shown.items()
    }
    if heights is None:
        return layers
    from workbench.ground import relief  # not above: it takes time to load, and few imports bring heights

    about = json.dumps({"bounds": heights.bounds, "metres_per_step": terrain.STEP_M}).encode() + b"\n"
    return layers | {
        "relief.webp": relief.picture(heights), "relief.json": about,
        terrain.HEIGHTS: terrain.packed(heights.metres), terrain.ABOUT: about,
    }  # fmt: skip


@contextmanager
def _aside(place: Path) -> Iterator[Path]:
    """Yield where a folder of the same name can be made, inside the folder itself; a folder made for that goes again.

    Raises
    ------
    UsageError
        When the folder can't take roads.
    """
    if place.exists() and not place.is_dir():
        raise UsageError(f"{place} is a file, and a scenario folder is needed.")
    if place.is_dir() and (place / reading.WORKBOOK).is_file() and not (place / settings.FILE).is_file():
        raise UsageError(f"{place} holds its tables as {reading.WORKBOOK}; roads are laid under a folder of CSV files.")
    made = [step for step in (place, *place.parents) if not step.exists()]
    try:
        place.mkdir(parents=True, exist_ok=True)
        aside = tempfile.TemporaryDirectory(prefix=_PREFIX, dir=place)
    except OSError as error:
        raise UsageError(f"{place} can't be written into: {error.strerror}. Name another folder.") from error
    try:
        with aside as inner:
            yield Path(inner) / place.resolve().name
    finally:
        with suppress(OSError):  # what holds something by now stays
            for step in made:
                step.rmdir()


def _copied(place: Path, home: Path) -> None:
    """Copy what reading looks at."""
    home.mkdir()
    for file in sorted(place.iterdir()):
        if file.suffix.lower() in _READ and file.is_file():
            shutil.copyfile(file, home / file.name)
    if (place / "coas").is_dir():
        (home / "coas").mkdir()
        for file in sorted((place / "coas").glob("*.toml")):
            shutil.copyfile(file, home / "coas" / file.name)


def _moved(home: Path, place: Path, names: Sequence[str]) -> None:
    """Put files of a folder in their place, those that were there aside: all of it, or after a failure nothing."""
    before = home.with_name(f"{home.name}-before")
    steps = []
    for name in names:
        (before / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).parent.mkdir(exist_ok=True)
        steps += [(place / name, before / name)] if (place / name).exists() else []
        steps += [(home / name, place / name)] if (home / name).exists() else []
    try:
        for source, target in steps:
            source.replace(target)
    except BaseException:
        for source, target in reversed(steps):
            if target.exists() and not source.exists():
                target.replace(source)
        raise


def _put_basemap(home: Path, place: Path, files: Mapping[str, bytes], *, replace: bool) -> list[str]:
    """Write the files of the basemap that are to be; return them with those that are to go."""
    out = []
    for name, data in files.items():
        if replace or (data and not (place / "basemap" / name).exists()):
            out.append(f"basemap/{name}")
        if data:
            (home / "basemap").mkdir(exist_ok=True)
            (home / "basemap" / name).write_bytes(data)
    return [name for name in out if (home / name).exists() or (place / name).exists()]


def _sound(home: Path) -> tuple[Scenario, list[Finding]]:
    """Return the scenario as far as it does not concern roads, with all findings."""
    sc, findings = reading.read(home)
    ours = [f for f in findings if f.level == "error" and f.file not in _FOLLOWING and not f.file.startswith("coas/")]
    if sc is None or ours:
        raise InputError(ours or findings)
    return sc, findings


def _has_roads(home: Path) -> bool:
    """Return whether the folder has any row of roads or turns, sound or not."""
    for name in ("edges", "turns"):
        file = _file(home, f"{name}.csv")
        if file.is_file() and len([row for row in file.read_bytes().splitlines() if row.strip(b' \t;,"')]) > 1:
            return True
    return False


def _file(home: Path, name: str) -> Path:
    """Return the folder's file of that name, however its letters are written."""
    return next((p for p in sorted(home.iterdir()) if p.name.lower() == name), home / name)


class _Own(NamedTuple):
    """What of a folder's tables stays: places to be joined; waterways with their own nodes and turns."""

    places: pd.DataFrame
    nodes: pd.DataFrame
    edges: pd.DataFrame
    turns: pd.DataFrame

    @classmethod
    def of(cls, sc: Scenario) -> _Own:
        """Return it: all nodes but junctions of roads that nothing else names."""
        named: set[str] = set()
        for name, table in TABLES.items():
            for column in table.columns:
                if column.ref == "nodes.node_id" and name not in LAID:
                    named.update(node for cell in sc.tables[name][column.name].unique() for node in column.names(cell))
        nodes, edges, turns = (sc.tables[name] for name in ("nodes", "edges", "turns"))
        water = edges[edges["road_class"] == WATERWAY]
        ways = set(water["edge_id"])
        place = (nodes["kind"] != "junction") | (nodes["landing"] != "") | nodes["node_id"].isin(named)
        afloat = ~place & nodes["node_id"].isin({*water["from"], *water["to"]})
        between = turns["from_edge"].isin(ways) & turns["to_edge"].isin(ways)
        own = nodes[place].reset_index(drop=True).assign(road_offset_m=np.nan, road_note="")
        return cls(own, nodes[afloat], water, turns[between])


def _laid(sc: Scenario, said: Sequence[Finding], found: Roads) -> Roads:
    """Return the roads with the folder's places joined and its waterways beside them."""
    own = _Own.of(sc)
    laid = network.snap(found, own.places, usable=_usable(sc, found)) if len(own.places) else found
    if len(own.places) and len(laid.not_joined) == len(own.places):
        raise InputError([_elsewhere(laid)])
    others = own.nodes[~own.nodes["node_id"].isin(laid.nodes["node_id"])]
    tables = {name: pd.concat([laid.tables[name], more], ignore_index=True) if len(more) else laid.tables[name]
              for name, more in (("nodes", others), ("edges", own.edges), ("turns", own.turns))}  # fmt: skip
    return replaced(laid.with_tables(tables), findings=(*laid.findings, *_gone(sc, said, own, tables)))


def _elsewhere(laid: Roads) -> Finding:
    """Return the finding that these are the roads of another area."""
    notes = laid.nodes["road_note"].iloc[: len(laid.not_joined)]
    some = listed([f"{name} ({note.partition(': ')[2]})" for name, note in zip(laid.not_joined, notes, strict=True)], 3)
    remedy = "Name a file, or a box, that holds the places; or lay these roads under a new folder."
    expected = f"places of the folder near the roads that were read ({laid.extent})"
    return Finding("nodes.csv", "", 0, "lon", "error", "OFF_ROAD", expected, f"none of {len(notes):,}: {some}", remedy)


def _gone(sc: Scenario, said: Sequence[Finding], own: _Own, made: Mapping[str, pd.DataFrame]) -> list[Finding]:
    """Return a finding for what makes way: roads, banned turns, columns that our tables do not have."""
    before = {
        "edges": sc.tables["edges"].drop(index=own.edges.index)["edge_id"].tolist(),
        "turns": _turns(sc.tables["turns"].drop(index=own.turns.index)),
    }
    now = {"edges": set(made["edges"]["edge_id"]), "turns": set(_turns(made["turns"]))}
    out = []
    for name, rows in before.items():
        lost = [row for row in rows if row not in now[name]]
        if rows:
            got = f"{len(rows):,} rows of before, {len(lost):,} of them not among the new" + (
                f": {listed(lost)}" if lost else ""
            )
            remedy = "They made way. Make corrections of yours in them anew."
            out.append(Finding(f"{name}.csv", "", 0, "", "warning", "LEFT_OUT", "rows of the import", got, remedy))
    for f in said:
        if f.code == "UNKNOWN_COLUMN" and f.file.lower() in {f"{name}.csv" for name in LAID}:
            out.append(replaced(f, code="LEFT_OUT", remedy="The column is left out, as the table is written anew."))
    return out


def _turns(table: pd.DataFrame) -> list[str]:
    return [f"{a} to {b}" for a, b in zip(table["from_edge"], table["to_edge"], strict=True)]


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
