"""Cheapest ways from one point of a made-up area to all others."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from workbench.generate.terrain import Floats, Ints


def cheapest(graph: csr_matrix, start: int, limit: float = np.inf) -> tuple[Floats, Ints]:
    """Return each point's cost (infinite: no way within ``limit``) and the point before it (negative: none)."""
    cost, before = dijkstra(graph, indices=np.array([start]), return_predecessors=True, limit=limit)
    return np.asarray(cost[0], float), np.asarray(before[0], np.int64)
