"""Others that reckon a matrix of travel times, on the same graph: what each is asked, in its own best way.

Every function takes the graph, source nodes and target nodes, and returns milliseconds, inf where there is no way.
What it needs to get ready counts. ``make rivals`` installs those that are not there.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from workbench.ground.graph import Graph

Times = NDArray[np.float64]
Nodes = NDArray[np.int64]

_PANDANA_NO_WAY = 4_294_967.0


@contextmanager
def quiet() -> Iterator[None]:
    """Keep a rival from writing between our figures: also what its C code prints."""
    sys.stdout.flush()
    shown, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        os.dup2(shown, 1)
        os.close(shown)
        os.close(nowhere)


def scipy(graph: Graph, sources: Nodes, targets: Nodes) -> Times:
    """Dijkstra, a few sources at a time as memory allows."""
    matrix = csr_matrix((graph.ms.astype(np.float64), graph.head, graph.indptr), shape=(graph.n, graph.n))
    lots = [dijkstra(matrix, indices=sources[at : at + 50])[:, targets] for at in range(0, len(sources), 50)]
    return np.concatenate(lots)


def igraph(graph: Graph, sources: Nodes, targets: Nodes) -> Times:
    """Its C core, all sources and targets in one call."""
    import igraph as ig

    made = ig.Graph(n=graph.n, edges=np.stack([graph.tails(), graph.head], 1), directed=True)
    weights = graph.ms.astype(np.float64).tolist()
    return np.array(made.distances(sources.tolist(), targets.tolist(), weights=weights, mode="out"))


def pandana(graph: Graph, sources: Nodes, targets: Nodes) -> Times:
    """Contraction hierarchies, pair by pair; its weights are whole thousandths."""
    import pandas as pd
    from pandana import Network

    at = np.arange(graph.n, dtype=np.float64)
    weights = pd.DataFrame({"s": graph.ms / 1000.0})
    made = Network(pd.Series(at), pd.Series(at), pd.Series(graph.tails()), pd.Series(graph.head), weights, twoway=False)
    pairs = np.repeat(sources, len(targets)), np.tile(targets, len(sources))
    found = np.array(made.shortest_path_lengths(*pairs, imp_name="s")).reshape(len(sources), len(targets))
    return np.where(found > _PANDANA_NO_WAY, np.inf, np.round(found * 1000))


def networkx(graph: Graph, sources: Nodes, targets: Nodes) -> Times:
    """Dijkstra in Python."""
    import networkx as nx

    made = nx.DiGraph()
    made.add_nodes_from(range(graph.n))
    made.add_weighted_edges_from(zip(graph.tails().tolist(), graph.head.tolist(), graph.ms.tolist(), strict=True))
    out = np.full((len(sources), len(targets)), np.inf)
    for row, source in enumerate(sources.tolist()):
        found = nx.single_source_dijkstra_path_length(made, source)
        out[row] = [found.get(target, np.inf) for target in targets.tolist()]
    return out


RIVALS: dict[str, tuple[Callable[[Graph, Nodes, Nodes], Times], int]] = {
    "scipy": (scipy, 1),
    "igraph": (igraph, 1),
    "pandana": (pandana, 1),
    "networkx": (networkx, 20),
}
"""Each rival with how many times fewer sources it is given: the slowest are measured on a part and scaled up."""
