"""Roads out, and in again: GeoPackage with all tables, GeoJSON after RFC 7946."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from workbench.errors import Finding, UsageError, raise_on_errors
from workbench.formats import checks
from workbench.formats.tabular import Sheet, number_text
from workbench.ground.graph_files import blob_of, connect, geometry, refused, rows
from workbench.schema import TABLES, Column

APPLICATION, VERSION = 0x47504B47, 10300
"""GeoPackage 1.3, as the header of the file says it."""
WGS84 = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],'
    'UNIT["degree",0.0174532925199433],AUTHORITY["EPSG","4326"]]'
)
NEVER = "1970-01-01T00:00:00.000Z"
"""Date of the last change that files carry, so that equal roads give equal files."""
_SQL = {"int": "REAL", "float": "REAL", "bool": "BOOLEAN"}
_DRAWN = {"nodes": "POINT", "edges": "LINESTRING", "turns": ""}
_DIGITS = 7
_META = f"""
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {VERSION};
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
 organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
 description TEXT DEFAULT '', last_change DATETIME NOT NULL, min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE,
 srs_id INTEGER REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (table_name TEXT PRIMARY KEY REFERENCES gpkg_contents(table_name),
 column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL,
 m TINYINT NOT NULL);
"""


def write_geopackage(tables: Mapping[str, pd.DataFrame], path: Path, attribution: str) -> None:
    """Write nodes, edges and turns as layers of a new GeoPackage; the attribution describes each layer.

    Raises
    ------
    UsageError
        When there is no such folder, or it can't be written into.
    """
    with _aside(path) as part, closing(sqlite3.connect(part)) as base:
        base.executescript(_META)
        base.executemany(
            "INSERT INTO gpkg_spatial_ref_sys VALUES (?,?,?,?,?,?)",
            [("Undefined Cartesian", -1, "NONE", -1, "undefined", ""), ("Undefined geographic", 0, "NONE", 0,
             "undefined", ""), ("WGS 84", 4326, "EPSG", 4326, WGS84, "longitude, latitude")],
        )  # fmt: skip
        for name, kind in _DRAWN.items():
            _write_layer(base, name, kind, tables, attribution)
        base.commit()


@contextmanager
def _aside(path: Path) -> Iterator[Path]:
    """Yield a file to write, which takes the place of another when it is whole."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.unlink(missing_ok=True)
        yield part
        part.replace(path)
    except (OSError, sqlite3.Error) as error:
        raise UsageError(f"{path} can't be written: {error}. Name a file in a folder that is there.") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _write_layer(
    base: sqlite3.Connection, name: str, kind: str, tables: Mapping[str, pd.DataFrame], attribution: str
) -> None:
    columns = [column for column in TABLES[name].columns if column.name != "geometry"]
    fields = [f'"{column.name}" {_SQL.get(column.kind, "TEXT")}' for column in columns]
    shapes = shapes_of(name, tables) if kind else None
    fields += ["geom BLOB"] if kind else []
    base.execute(f'CREATE TABLE "{name}" (fid INTEGER PRIMARY KEY AUTOINCREMENT, {", ".join(fields)})')
    cells = [[_cell(value, column) for value in tables[name][column.name]] for column in columns]
    if shapes is not None:
        cells.append([blob_of(shape) for shape in shapes])
    marks = ",".join("?" * len(cells))
    names = ",".join(field.split(" ")[0] for field in fields)
    base.executemany(f'INSERT INTO "{name}" ({names}) VALUES ({marks})', zip(*cells, strict=True))
    bounds = [None] * 4 if shapes is None or not len(shapes) else [float(v) for v in shapely.total_bounds(shapes)]
    data = ("attributes", None) if shapes is None else ("features", 4326)
    base.execute("INSERT INTO gpkg_contents VALUES (?,?,?,?,?,?,?,?,?,?)",
                 (name, data[0], name, attribution, NEVER, *bounds, data[1]))  # fmt: skip
    if kind:
        base.execute("INSERT INTO gpkg_geometry_columns VALUES (?,'geom',?,4326,0,0)", (name, kind))


def _cell(value: Any, column: Column) -> Any:
    """Return a value as a database or JSON holds it; blank is null."""
    if column.kind == "bool":
        return bool(value)
    if column.kind in ("int", "float"):
        return None if math.isnan(value) else int(value) if column.kind == "int" else float(value)
    return str(value) if value != "" else None


def shapes_of(name: str, tables: Mapping[str, pd.DataFrame]) -> NDArray[np.object_]:
    """Return the points of nodes or the lines of edges, straight where none is drawn."""
    nodes, edges = tables["nodes"], tables["edges"]
    places = nodes[["lon", "lat"]].to_numpy(np.float64)
    if name == "nodes":
        return np.asarray(shapely.points(places), dtype=object)
    at = {node: row for row, node in enumerate(nodes["node_id"])}
    ends = [[at[a], at[b]] for a, b in zip(edges["from"], edges["to"], strict=True)]
    lines = shapely.linestrings(places[np.array(ends, dtype=np.int64).reshape(-1, 2)])
    drawn = (edges["geometry"] != "").to_numpy()
    lines[drawn] = shapely.from_wkt(edges["geometry"][drawn].to_numpy(dtype=object))
    return np.asarray(lines, dtype=object)


def is_ours(path: Path) -> bool:
    """Return whether a file is a GeoPackage that `write_geopackage` wrote."""
    try:
        with closing(connect(path)) as base:
            return {row[1] for row in base.execute("PRAGMA table_info(edges)")} >= {"edge_id", "from", "to", "length_m"}
    except (sqlite3.Error, UnicodeDecodeError):
        return False


def read_ours(path: Path) -> tuple[dict[str, pd.DataFrame], str]:
    """Return the tables and the attribution of a GeoPackage that `write_geopackage` wrote.

    Raises
    ------
    InputError
        When a layer is missing, or the rows are not what the tables of a scenario must be; all faults are listed.
    """
    try:
        with closing(connect(path)) as base:
            sheets = {name: _sheet(base, path.name, name) for name in _DRAWN}
            said = base.execute("SELECT description FROM gpkg_contents WHERE table_name = 'edges'").fetchone()
    except KeyError as error:
        raise refused(path, "a GeoPackage with the layers nodes, edges and turns", f"a file without {error}") from error
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise refused(path, "a GeoPackage of roads", str(error)) from error
    loaded = {name: checks.check(sheet, TABLES[name]) for name, sheet in sheets.items()}
    raise_on_errors(found for one in loaded.values() for found in one.findings())
    tables = {name: one.frame for name, one in loaded.items()}
    raise_on_errors(_unknown(tables, path.name))
    return tables, str(said[0] or "") if said else ""


def _sheet(base: sqlite3.Connection, file: str, layer: str) -> Sheet:
    """Return a layer as text cells; lines have the number of their row, after a header."""
    found = list(rows(base, layer))
    names = [column.name for column in TABLES[layer].columns if found and column.name in found[0]]
    cells = {name: [_text(row[name]) for row in found] for name in names}
    if layer == "edges":
        lines = [geometry(row.get("geom")) for row in found]
        cells["geometry"] = [
            "" if line is None or len(shapely.get_coordinates(line)) < 3 else shapely.to_wkt(line, _DIGITS)
            for line in lines
        ]
    table = pd.DataFrame(cells, columns=list(cells) or [c.name for c in TABLES[layer].columns], dtype="str")
    return Sheet(file, layer, table, np.arange(2, len(found) + 2, dtype=np.int64))


def _text(value: Any) -> str:
    if value is None or isinstance(value, bytes):
        return ""
    return number_text(value) if isinstance(value, (int, float)) else str(value)


def _unknown(tables: Mapping[str, pd.DataFrame], file: str) -> Iterator[Finding]:
    """Yield a finding for each road and banned turn that names what is not in the file."""
    for name in ("edges", "turns"):
        for column in TABLES[name].columns:
            if column.ref:
                table, key = column.ref.split(".")
                strange = ~tables[name][column.name].isin(tables[table][key])
                for row in np.flatnonzero(strange).tolist():
                    got, remedy = str(tables[name][column.name].iloc[row]), "Add it, or remove the row."
                    yield Finding(file, name, row + 2, column.name, "error", "UNKNOWN_REFERENCE", f"a {key} of {table}",
                                  got, remedy)  # fmt: skip


def write_geojson(tables: Mapping[str, pd.DataFrame], path: Path, attribution: str) -> None:
    """Write the roads and the places beside them (nodes that are no mere junctions) as one collection of features."""
    places = tables["nodes"][tables["nodes"]["kind"] != "junction"]
    features = [*_features("edges", tables, tables["edges"]), *_features("nodes", tables, places)]
    body = {"type": "FeatureCollection", "attribution": attribution, "features": features}
    with _aside(path) as part:
        part.write_text(json.dumps(body, ensure_ascii=False, allow_nan=False), encoding="utf-8")


def _features(name: str, tables: Mapping[str, pd.DataFrame], chosen: pd.DataFrame) -> Iterator[dict[str, Any]]:
    columns = [c for c in TABLES[name].columns if c.name not in ("geometry", "lon", "lat")]
    shapes = shapes_of(name, {**tables, name: chosen} if name == "nodes" else tables)
    shapes = shapely.transform(shapes, lambda lonlat: np.round(lonlat, _DIGITS))
    for row, shape in zip(chosen.to_dict("records"), shapes, strict=True):
        cells = {column.name: _cell(row[column.name], column) for column in columns}
        yield {
            "type": "Feature",
            "id": row[TABLES[name].key[0]],
            "geometry": shapely.geometry.mapping(shape),
            "properties": {key: value for key, value in cells.items() if value is not None},
        }
