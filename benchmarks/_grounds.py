"""Road networks to measure on: made-up ones of any size, and the real extracts beside the checkout."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial import Delaunay

import workbench as wb
from workbench import fleet
from workbench.ground import roads
from workbench.ground.roads import Network
from workbench.schema import TABLES

EXTRACTS = Path(__file__).parents[2] / "shared" / "osm"
AS_OF = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
_KM_PER_DEGREE = 111.0
_SHARES = {
    "trunk": 0.02, "primary": 0.08, "secondary": 0.15, "tertiary": 0.2, "unclassified": 0.3, "residential": 0.2,
    "track": 0.05,
}  # fmt: skip
"""How common the classes of road are."""


def synthetic(nodes: int, directed: int, seed: int = 1) -> Network:
    """Return about ``directed`` edges of a connected made-up net: a tree and a random share of short joints.

    Five in a hundred roads are one-way, two are bridges; roads are 1 to 1.4 times as long as straight.
    """
    rng = np.random.default_rng(seed)
    points = rng.random((nodes, 2)) * math.sqrt(nodes) * 0.5
    pairs, tree = _triangles(points)
    others = np.flatnonzero(~tree)
    km = np.hypot(*(points[pairs[:, 0]] - points[pairs[:, 1]]).T)
    wanted = int(directed / 1.95) - int(tree.sum())
    short = others[np.argsort(km[others] * rng.exponential(1.0, len(others)), kind="stable")[:wanted]]
    rows = np.sort(np.concatenate([np.flatnonzero(tree), short]))
    count = len(rows)
    return _network(
        points,
        pairs[rows],
        length_m=np.round(km[rows] * 1000 * rng.uniform(1.0, 1.4, count) + 1, 1),
        road_class=rng.choice(np.array(list(_SHARES), dtype=object), count, p=list(_SHARES.values())),
        oneway=(rng.random(count) < 0.05) & ~tree[rows],
        bridge=rng.random(count) < 0.02,
    )


def grid(side: int, seed: int = 1) -> Network:
    """Return a street grid, the hardest kind of town: no road is more important than another."""
    rng = np.random.default_rng(seed)
    at = np.arange(side * side).reshape(side, side)
    pairs = np.concatenate([
        np.stack([at[:, :-1].ravel(), at[:, 1:].ravel()], 1), np.stack([at[:-1].ravel(), at[1:].ravel()], 1)
    ])  # fmt: skip
    points = np.stack([at.ravel() % side, at.ravel() // side], 1) * 0.1
    return _network(points, pairs, length_m=np.round(rng.uniform(80, 120, len(pairs)), 1), road_class="residential")


def extracts() -> dict[str, Network]:
    """Return the networks of the real extracts, by name; none where the files are absent."""
    return {
        path.name.split("-")[0]: _built(wb.network.from_osm(path).tables) for path in sorted(EXTRACTS.glob("*.osm.pbf"))
    }


def spread(network: Network, count: int, seed: int = 1) -> list[str]:
    """Return random nodes of a network."""
    rng = np.random.default_rng(seed)
    return [network.node_ids[k] for k in np.sort(rng.choice(len(network.node_ids), count, replace=False))]


def _triangles(points: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the sides of a triangulation, and which of them make the shortest tree."""
    corners = Delaunay(points).simplices.astype(np.int64)
    pairs = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    pairs = np.unique(np.sort(pairs, axis=1), axis=0)
    km, n = np.hypot(*(points[pairs[:, 0]] - points[pairs[:, 1]]).T), len(points)
    tree = minimum_spanning_tree(csr_matrix((km, (pairs[:, 0], pairs[:, 1])), shape=(n, n))).tocoo()
    inside = np.isin(pairs @ [n, 1], np.sort(np.stack([tree.row, tree.col], 1).astype(np.int64), axis=1) @ [n, 1])
    return pairs, inside


def _network(points: NDArray[np.float64], pairs: NDArray[np.int64], **columns: object) -> Network:
    """Return roads between points given in km."""
    ids = np.array([f"N{k}" for k in range(len(points))], dtype=object)
    lonlat = points / _KM_PER_DEGREE
    nodes = _table("nodes", len(points), node_id=ids, lon=15 + lonlat[:, 0], lat=45 + lonlat[:, 1])
    names = [f"E{k}" for k in range(len(pairs))]
    edges = _table("edges", len(pairs), edge_id=names, **{"from": ids[pairs[:, 0]], "to": ids[pairs[:, 1]]}, **columns)
    return _built({"nodes": nodes, "edges": edges})


def _table(name: str, rows: int, **columns: object) -> pd.DataFrame:
    """Return a scenario table; columns that are not given hold what a blank cell means."""
    blank = {"float": math.nan, "int": math.nan}
    return pd.DataFrame(
        {
            c.name: columns.get(c.name, blank.get(c.kind, "") if c.default is None else c.default)
            for c in TABLES[name].columns
        },
        index=range(rows),
    )


def _built(tables: dict[str, pd.DataFrame]) -> Network:
    whole = {**tables, "closures": _table("closures", 0)}
    return roads.network(whole, fleet.default_profiles(), as_of=AS_OF, horizon_s=86_400)
