"""How roads lie, whatever is closed and however fast one drives: made once for a table of roads, and kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from workbench.kept import Alike, kept
from workbench.schema import ROAD_CLASSES, SURFACES

Ints = NDArray[np.int64]
_BOOLS = ("oneway", "bridge", "ford", "ferry")
_NUMBERS = ("length_m", "width_m", "clearance_m", "depth_m", "speed_kmh", "gradient_pct")
_NO_TURNS = pd.DataFrame({"from_edge": [], "via_node": [], "to_edge": []})


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """``columns`` are fields of `roads.Network` by name; ``lines`` the roads in order, ``row`` their place by id."""

    columns: Mapping[str, Any]
    lines: NDArray[np.object_]
    row: Mapping[str, int]

    def touching(self, area: str) -> list[int]:
        """Return the roads that touch an area given as WKT, in order."""
        return sorted(_tree(self).query(shapely.from_wkt(area), predicate="intersects").tolist())


@kept(3)
def _tree(laid: Laid) -> shapely.STRtree:
    return shapely.STRtree(laid.lines)


def lay(tables: Mapping[str, pd.DataFrame]) -> Laid:
    """Return how the roads of some tables lie; the same object while neither roads, nor turns, nor places change."""
    nodes, turns = tables["nodes"], tables.get("turns")
    ids, lonlat = nodes["node_id"].tolist(), nodes[["lon", "lat"]].to_numpy(np.float64)
    where = Alike((tuple(ids), lonlat.tobytes()), (ids, lonlat))
    return _lay(tables["edges"], _NO_TURNS if turns is None else turns, where)


@kept(3)
def _lay(edges: pd.DataFrame, turns: pd.DataFrame, where: Alike[tuple[list[str], Any]]) -> Laid:
    ids, lonlat = where.it
    index = {node: i for i, node in enumerate(ids)}
    row = {edge: i for i, edge in enumerate(edges["edge_id"].tolist())}
    pairs = zip(edges["from"].tolist(), edges["to"].tolist(), strict=True)
    ends = np.array([(index[a], index[b]) for a, b in pairs], dtype=np.int64).reshape(-1, 2)
    lines = _lines(edges, lonlat, ends)
    coords, owner = shapely.get_coordinates(lines, return_index=True)
    columns = {
        "node_ids": tuple(index), "edge_ids": tuple(row), "names": tuple(edges["name"].tolist()),
        "ends": ends, "coords": coords, "offsets": np.searchsorted(owner, np.arange(len(edges) + 1)).astype(np.int64),
        "road_class": np.array([ROAD_CLASSES.index(c) for c in edges["road_class"].tolist()], dtype=np.int64),
        "surface": np.array([SURFACES.index(c) for c in edges["surface"].tolist()], dtype=np.int64),
        "no_entry": (edges["access"] == "no").to_numpy(np.bool_), "banned": _banned(turns, row, index),
        **{c: edges[c].to_numpy(np.bool_) for c in _BOOLS}, **{c: edges[c].to_numpy(np.float64) for c in _NUMBERS},
    }  # fmt: skip
    return Laid(columns, lines, row)


def _lines(edges: pd.DataFrame, lonlat: NDArray[np.float64], ends: Ints) -> NDArray[np.object_]:
    """Return each road's line; a blank geometry is straight."""
    lines = shapely.linestrings(lonlat[ends]) if len(ends) else np.empty(0, dtype=object)
    drawn = (edges["geometry"] != "").to_numpy()
    lines[drawn] = shapely.from_wkt(edges["geometry"][drawn].to_numpy(dtype=object))
    return np.asarray(lines, dtype=object)


def _banned(turns: pd.DataFrame, road: Mapping[str, int], nodes: Mapping[str, int]) -> Ints:
    """Return the banned turns as (from road, via node, to road), sorted, each once."""
    rows = zip(*(turns[c].tolist() for c in ("from_edge", "via_node", "to_edge")), strict=True)
    found = np.array([(road[a], nodes[v], road[b]) for a, v, b in rows], dtype=np.int64).reshape(-1, 3)
    return np.asarray(np.unique(found, axis=0))
