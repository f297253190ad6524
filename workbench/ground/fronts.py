"""All ways of one leg that are not both slower and riskier than another: the front of time and risk.

Risk is exposure, ``-ln(1 - p)`` of the loss probability p of each road, which adds up along a way: its survival is
``exp(-sum)`` [GK: independent losses in series]. A search holds it in whole units of 1e-10, rounded up per road, so
that sums are exact and the front does not depend on the order of adding. A weighted sum of time and risk would find
only the ways on the convex rim of the front; the label setting here finds them all (Hansen 1980, Martins 1984 [GK];
lower bounds from two searches from the end).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from workbench.ground import graph as graphs
from workbench.ground import pareto
from workbench.ground.graph import Graph
from workbench.ground.hours import BY_DAY, Conditions
from workbench.ground.pareto import CERTAIN, DM, ENTRY, FAR, MS, PARENT, RISK
from workbench.ground.roads import BoolArray, FloatArray, IntArray, Limits, Network

PER_UNIT = 1e-10
"""Exposure of one unit of risk."""


class Alternative(NamedTuple):
    """One way of a leg: its roads in order (rows of the network) and what it costs, exactly.

    ``ms`` are milliseconds, ``dm`` decimetres, ``risk`` units of 1e-10 of exposure. Where a leg ends at its start
    there are no roads and all is 0.
    """

    roads: tuple[int, ...]
    ms: int
    dm: int
    risk: int

    @property
    def seconds(self) -> int:
        """Whole seconds, rounded up."""
        return -(-self.ms // 1000)

    @property
    def metres(self) -> int:
        """Whole metres, rounded up."""
        return -(-self.dm // 10)

    @property
    def survival(self) -> float:
        """Probability of coming through, 0 to 1."""
        return float(survival(self.risk))

    @property
    def loss(self) -> float:
        """Probability of not coming through, 0 to 1."""
        return float(loss(self.risk))


Front = tuple[Alternative, ...]
"""Alternatives by time, each slower and safer than the one before; empty where there is no way."""


def units(exposure: FloatArray) -> IntArray:
    """Return exposure in whole units of 1e-10, rounded up; 100 and more is certain loss.

    Raises
    ------
    ValueError
        When an exposure is negative or not a number.
    """
    if not (exposure >= 0).all():
        raise ValueError("Expected exposures of at least 0 (-ln(1 - p)), got a negative one or none.")
    return np.asarray(np.minimum(np.ceil(exposure / PER_UNIT - 1e-3), CERTAIN), dtype=np.int64)


def survival(risk: IntArray | int) -> FloatArray:
    """Return the probability of coming through for units of risk; 0 for certain loss."""
    value = np.asarray(risk, dtype=np.float64)
    return np.where(value >= CERTAIN, 0.0, np.exp(-value * PER_UNIT))


def loss(risk: IntArray | int) -> FloatArray:
    """Return the loss probability for units of risk, exact also where it is tiny; 1 for certain loss."""
    value = np.asarray(risk, dtype=np.float64)
    return np.where(value >= CERTAIN, 1.0, -np.expm1(-value * PER_UNIT))


@dataclass(frozen=True, slots=True, eq=False)
class RiskGraph:
    """A graph with the risk of its entries, ready to be searched in both directions.

    ``cost`` has the columns milliseconds, risk, decimetres, per entry of ``graph``; ``back`` is the graph turned
    round: (indptr, head, entry of ``graph``); ``onward`` says where one can but go on (`pareto.onwards`).
    """

    graph: Graph
    cost: IntArray
    back: tuple[IntArray, IntArray, IntArray]
    onward: IntArray

    def ends(self, node: int) -> IntArray:
        """Return the graph nodes that stand for a network node."""
        return np.flatnonzero(self.graph.node == node).astype(np.int64)


def with_risk(graph: Graph, exposure: FloatArray) -> RiskGraph:
    """Return a graph with the exposure of each road of its network."""
    tails = graph.tails()
    order = np.argsort(graph.head, kind="stable").astype(np.int64)
    indptr = np.zeros(graph.n + 1, dtype=np.int64)
    np.cumsum(np.bincount(graph.head, minlength=graph.n), out=indptr[1:])
    cost = np.stack([graph.ms, units(exposure)[graph.road], graph.dm], axis=1)
    back = (indptr, tails[order], order)
    return RiskGraph(graph, np.ascontiguousarray(cost), back, pareto.onwards(graph.indptr, graph.head))


def risk_graph(network: Network, limits: Limits, exposure: FloatArray, when: Conditions = BY_DAY) -> RiskGraph:
    """Return the graph of the roads these limits may drive, parallel ones too, with each road's exposure."""
    return with_risk(graphs.build(network, limits, when, parallel=True), exposure)


@dataclass(frozen=True, slots=True, eq=False)
class Bounds:
    """What every node is from one end at best, exactly, and the entry that leads on there.

    ``fast`` holds (ms, risk, dm) of the fastest way, of equally fast ones the safest, then the shortest; ``safe``
    holds (risk, ms, dm) of the safest way, of equally safe ones the fastest. `FAR` in both: no way.
    """

    ends: IntArray
    fast: IntArray
    safe: IntArray
    fast_by: IntArray
    safe_by: IntArray


def bounds(searched: RiskGraph, ends: Sequence[int] | IntArray) -> Bounds:
    """Return the bounds to any of ``ends`` (nodes of the graph): two searches from there backwards."""
    at = np.asarray(ends, dtype=np.int64)
    indptr, head, entry = searched.back
    cost = np.ascontiguousarray(searched.cost[entry])
    fast, fast_by = pareto.cheapest(indptr, head, cost, at)
    safe, safe_by = pareto.cheapest(indptr, head, np.ascontiguousarray(cost[:, [1, 0, 2]]), at)
    known = np.append(entry, -1)
    return Bounds(at, fast, safe, known[fast_by], known[safe_by])


def front(
    searched: RiskGraph, source: int, towards: Bounds, *, epsilon: float = 0.0, within_ms: int | None = None
) -> Front:
    """Return the whole front of time and risk from node ``source`` to the end of ``towards``.

    Of ways equal in time and risk one is given, a shortest one. Times and risks are compared exactly.

    Parameters
    ----------
    epsilon
        With 0.01, for every way of the front one is given that is no slower and at most 1 % more exposed: far fewer
        where the front is long. 0 gives them all.
    within_ms
        Leave out ways that take longer than this many milliseconds.
    """
    end = np.zeros(searched.graph.n, dtype=np.bool_)
    end[towards.ends] = True
    made, rows = pareto.labels(
        (searched.graph.indptr, searched.graph.head, searched.cost, searched.onward),
        (np.ascontiguousarray(towards.fast[:, 0]), np.minimum(towards.safe[:, 0], CERTAIN)),
        source, end, (epsilon, FAR - 1 if within_ms is None else within_ms),
    )  # fmt: skip
    return tuple(_alternative(searched, made, int(row), end) for row in rows)


def _alternative(searched: RiskGraph, made: IntArray, row: int, end: BoolArray) -> Alternative:
    entries = []
    at = row
    while made[at, PARENT] >= 0:
        entries.append(int(made[at, ENTRY]))
        at = int(made[at, PARENT])
    roads = []
    for entry in reversed(entries):
        roads.append(int(searched.graph.road[entry]))
        while searched.onward[entry] >= 0 and not end[searched.graph.head[entry]]:
            entry = int(searched.onward[entry])
            roads.append(int(searched.graph.road[entry]))
    return Alternative(tuple(roads), *(int(made[row, column]) for column in (MS, DM, RISK)))


def fastest(searched: RiskGraph, source: int, towards: Bounds) -> Alternative | None:
    """Return the fastest way, of equally fast ones the safest, then the shortest; None for no way."""
    return _followed(searched, source, towards, towards.fast_by)


def safest(searched: RiskGraph, source: int, towards: Bounds) -> Alternative | None:
    """Return the safest way, of equally safe ones the fastest; None for no way. Where loss is certain: the fastest."""
    certain = towards.safe[source, 0] >= CERTAIN
    return _followed(searched, source, towards, towards.fast_by if certain else towards.safe_by)


def _followed(searched: RiskGraph, source: int, towards: Bounds, by: IntArray) -> Alternative | None:
    if towards.fast[source, 0] >= FAR:
        return None
    entries: list[int] = []
    at = source
    while by[at] >= 0:
        entries.append(int(by[at]))
        at = int(searched.graph.head[entries[-1]])
    ms, risk, dm = (int(total) for total in searched.cost[entries].sum(axis=0))
    return Alternative(tuple(int(searched.graph.road[e]) for e in entries), ms, dm, min(risk, CERTAIN))
