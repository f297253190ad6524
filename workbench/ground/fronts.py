"""All ways of one leg that are not both slower and riskier than another: the front of time and risk.

Risk is exposure, ``-ln(1 - p)`` of the loss probability p of each road, which adds up along a way: its survival is
``exp(-sum)`` [GK: independent losses in series]. A search holds it in whole units of 1e-10, rounded up per road, so
that sums are exact and the front does not depend on the order of adding. A weighted sum of time and risk would find
only the ways on the convex rim of the front; the label setting here finds them all (Hansen 1980, Martins 1984 [GK]).

It runs on what is left of the graph once most nodes are taken out (`thinning`, once per graph and exposure), led by
the two searches from the end. Where that takes many labels, it looks for some ways first and leaves out what no way
that belongs to the front can be (`reach`, `labels`): bounds of both kinds at once (Duque et al. 2015 [GK]).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from workbench.ground import cache, labels, pareto, reach
from workbench.ground import graph as graphs
from workbench.ground.elimination import Hierarchy, Ints, eliminate
from workbench.ground.graph import Graph
from workbench.ground.hours import BY_DAY, Conditions
from workbench.ground.pareto import CERTAIN, FAR
from workbench.ground.reach import Around, Reach
from workbench.ground.roads import FloatArray, IntArray, Limits, Network
from workbench.ground.thinning import Thin, thin

PER_UNIT = 1e-10
"""Exposure of one unit of risk."""
PLAIN = 1 << 15
"""With so many labels a search begins to look for ways that make it shorter."""
ROOM = 1 << 22
"""Then there is room for so many; memory that no label fills is not used. With more it begins again with more room."""
SUMS = 4
"""Weighted sums of time and risk that bound what a label can become."""
SKETCHES = (64, 1024)
"""Labels of a sketch are apart by these parts of the risk between the fastest and the safest way."""
_MOST_SKETCHED = 1 << 17
_GREATEST = 1 << 56
"""What a weighted sum of any way between them may be: so no sum overflows."""


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
    round: (indptr, head, entry of ``graph``).
    """

    graph: Graph
    cost: IntArray
    back: tuple[IntArray, IntArray, IntArray]
    _thin: list[Thin] = field(default_factory=list, init=False, repr=False)

    def ends(self, node: int) -> IntArray:
        """Return the graph nodes that stand for a network node."""
        return np.flatnonzero(self.graph.node == node).astype(np.int64)

    @property
    def thin(self) -> Thin:
        """The graph thinned out, made when first asked for; no road of certain loss is in it."""
        if not self._thin:
            name = cache.name_of("hierarchy of risk", self.graph.indptr, self.graph.head)
            order = Hierarchy(*cache.fetch(name, lambda: _eliminated(self.graph), on_disk=False))
            self._thin.append(thin(self.graph, self.cost, order, CERTAIN))
        return self._thin[0]


def _eliminated(graph: Graph) -> cache.Arrays:
    h = eliminate(graph)
    return (h.rank, h.up_ptr, h.up_head, h.down_ptr, h.down_tail, h.down_arc)


def with_risk(graph: Graph, exposure: FloatArray) -> RiskGraph:
    """Return a graph with the exposure of each road of its network."""
    tails = graph.tails()
    order = np.argsort(graph.head, kind="stable").astype(np.int64)
    indptr = np.zeros(graph.n + 1, dtype=np.int64)
    np.cumsum(np.bincount(graph.head, minlength=graph.n), out=indptr[1:])
    cost = np.stack([graph.ms, units(exposure)[graph.road], graph.dm], axis=1)
    return RiskGraph(graph, np.ascontiguousarray(cost), (indptr, tails[order], order))


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

    Of ways equal in time and risk one is given, a shortest one. Times and risks are compared exactly. A leg with some
    hundred alternatives takes milliseconds, one with thousands a tenth of a second, on a street grid under threat
    everywhere seconds (``python -m benchmarks.threat``).

    Parameters
    ----------
    epsilon
        With 0.01, for every way of the front one is given that is no slower and at most 1 % more exposed: far fewer
        where the front is long. 0 gives them all.
    within_ms
        Leave out ways that take longer than this many milliseconds.
    """
    quickest = fastest(searched, source, towards)
    fast_ms, fast_risk, _ = towards.fast[source].tolist()
    safe_risk, safe_ms, _ = towards.safe[source].tolist()
    latest = safe_ms if within_ms is None else min(safe_ms, within_ms)
    if quickest is None or fast_ms > latest:
        return ()
    if fast_ms == latest or min(fast_risk, CERTAIN) <= safe_risk:
        return (quickest,)
    found = _Leg(searched, source, towards, latest).front(epsilon)
    return (quickest, *found) if fast_risk >= CERTAIN else found


class _Leg:
    """The search for the ways of one leg that take at most ``latest`` milliseconds and are not lost for certain."""

    def __init__(self, searched: RiskGraph, source: int, towards: Bounds, latest: int) -> None:
        t = searched.thin
        self.searched, self.thin, self.latest = searched, t, latest
        self.bounds = (t.node, towards.fast, towards.safe)
        self.here: Around = reach.around(t.stay, t.arcs, (t.up, t.down), t.place[source], t.place[towards.ends])
        self.fast_ms, risk, _ = towards.fast[source].tolist()
        self.most_risk = min(risk, CERTAIN - 1)
        self.less_risk = self.most_risk - int(towards.safe[source, 0])

    def front(self, epsilon: float) -> Front:
        """Return the alternatives, fastest first."""
        most, rest = PLAIN, self._reach(0)
        known = self._best(rest.way[self.here.start])
        while True:
            corner = self._corners(known, rest)
            graph = (self.thin.arcs, self.thin.up)
            cost, link, rows = labels.search(graph, self.here, rest, corner, (epsilon, most))
            if len(cost) < most:
                return self._alternatives(cost[rows], link, rows)
            if most < ROOM:
                rest = self._reach(SUMS)
                known = self._sketched(rest)
            most = max(ROOM, most << 3)

    def _reach(self, sums: int) -> Reach:
        """Return what places are from the end, with some weighted sums between all time and all risk."""
        angle = (np.arange(sums) + 0.5) / max(1, sums) * np.pi / 2
        by_ms, by_risk = np.cos(angle) / (self.latest - self.fast_ms), np.sin(angle) / max(1, self.less_risk)
        scale = _GREATEST / (by_ms * self.latest + by_risk * self.most_risk)
        weights = np.stack([by_ms * scale, by_risk * scale], axis=1).astype(np.int64)
        t, most = self.thin, (self.latest, self.most_risk)
        found: Reach = reach.reach((t.arcs, t.up, t.down, t.back_ptr, t.back), self.here, self.bounds, weights, most)
        return found

    def _sketched(self, rest: Reach) -> IntArray:
        """Return (milliseconds, risk) of known ways, by time, none of which beats another."""
        known = self._best(rest.way[self.here.start])
        for parts in SKETCHES:
            limits = (max(1, self.less_risk // parts), _MOST_SKETCHED)
            graph = (self.thin.arcs, self.thin.up)
            more = labels.sketch(graph, self.here, rest, self._corners(known, rest), limits)
            known = self._best(np.vstack([known, more]))
        return known

    def _best(self, ways: IntArray) -> IntArray:
        """Return the ways that none beats, by time, and one before as fast as the fastest and as risky as may be."""
        ways = np.vstack([(self.fast_ms, self.most_risk), ways])
        inside = ways[(ways[:, 0] <= self.latest) & (ways[:, 1] <= self.most_risk)]
        inside = inside[np.lexsort((inside[:, 1], inside[:, 0]))]
        least = np.minimum.accumulate(np.append(self.most_risk + 1, inside[:, 1]))
        return np.asarray(inside[least[1:] < least[:-1]], dtype=np.int64)

    def _corners(self, known: IntArray, rest: Reach) -> reach.Corners:
        ms, risk = np.append(known[:, 0], self.latest), np.append(self.most_risk, known[:, 1])
        found: reach.Corners = reach.corners(ms, risk, rest.weights)
        return found

    def _alternatives(self, cost: IntArray, link: Ints, rows: IntArray) -> Front:
        arcs, ptr = labels.chains(link, rows)
        road = self.searched.graph.road
        piece = {arc: road[self.thin.entries(arc)].tolist() for arc in np.unique(arcs).tolist()}
        along, begin, out = arcs.tolist(), ptr.tolist(), []
        for k, (ms, risk, dm) in enumerate(cost.tolist()):
            roads: list[int] = []
            for arc in along[begin[k] : begin[k + 1]]:
                roads += piece[arc]
            out.append(Alternative(tuple(roads), ms, dm, risk))
        return tuple(out)


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
