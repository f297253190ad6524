"""Fronts and ways as tables, with nodes and roads by their names."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from workbench.ground import fronts
from workbench.ground.hours import BY_DAY, Conditions
from workbench.ground.roads import FloatArray, Limits, Network
from workbench.kept import kept

COLUMNS = ("seconds", "metres", "survival", "loss", "edge_ids")


def alternatives(
    network: Network, limits: Limits, exposed: FloatArray, leg: tuple[str, str], when: Conditions = BY_DAY
) -> pd.DataFrame:
    """Return the whole front of a leg from one node to another, fastest first.

    ``exposed`` is the exposure per road (`exposure`). Columns: seconds, metres (rounded up), survival and loss
    probability, edge_ids (a tuple, in order). Empty, with these columns, where there is no way.

    Raises
    ------
    ValueError
        When a node is not in the network.
    """
    strange = [node for node in leg if node not in network.node_ids]
    if strange:
        raise ValueError(f"Expected nodes of the network, got {', '.join(strange)}.")
    source, target = (network.node_ids.index(node) for node in leg)
    searched = fronts.risk_graph(network, limits, exposed, when)
    found = fronts.front(searched, source, fronts.bounds(searched, searched.ends(target)))
    rows = [(a.seconds, a.metres, a.survival, a.loss, tuple(network.edge_ids[r] for r in a.roads)) for a in found]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def survival_of(network: Network, exposed: FloatArray, edge_ids: Iterable[str]) -> float:
    """Return the probability of coming through all of some roads, each as often as it is named; 1 for none.

    For a leg of a plan take the ``edge_ids`` of its drawn path; for a route those of all its legs.

    Raises
    ------
    KeyError
        When a road is not in the network.
    """
    at = _roads(network)
    rows = np.array([at[edge] for edge in edge_ids], dtype=np.int64)
    return math.exp(-float(exposed[rows].sum()))


@kept(2)
def _roads(network: Network) -> Mapping[str, int]:
    """Return the place of each road in a network by its id."""
    return {edge: road for road, edge in enumerate(network.edge_ids)}
