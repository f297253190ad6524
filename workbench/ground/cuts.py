"""Where the ground is thin: most vital roads, the fewest roads that cut places off, and what a closure would do."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

from workbench.ground import fronts, pareto
from workbench.ground.fronts import Bounds, RiskGraph
from workbench.ground.graph import Graph
from workbench.ground.hours import BY_DAY, Conditions
from workbench.ground.pareto import CERTAIN, FAR
from workbench.ground.roads import BoolArray, IntArray, Limits, Network

By = Literal["time", "risk"]
_MOST = 2**31 - 1
"""The largest capacity of the flow search."""


def vital_roads(network: Network, searched: RiskGraph, source: int, towards: Bounds, by: By = "time") -> pd.DataFrame:
    """Return what losing each road of the best way would do, the most vital road first.

    ``by`` "time" looks at the fastest way (``before``, ``after`` and ``more`` in seconds), "risk" at the safest (in
    loss probability). Columns: edge_id, before, after, more, cut_off; ``after`` is nan where no way is left. Only
    roads of the best way are tried, as no other can make the best worse. Empty where there is no way, or no road
    in it.
    """
    column, best, last = (0, fronts.fastest, towards.fast) if by == "time" else (1, fronts.safest, towards.safe)
    way = best(searched, source, towards)
    columns = ["edge_id", "before", "after", "more", "cut_off"]
    if way is None or not way.roads:
        return pd.DataFrame([], columns=columns)
    end = np.zeros(searched.graph.n, dtype=np.bool_)
    end[towards.ends] = True
    graph = (searched.graph.indptr, searched.graph.head, searched.cost[:, column].copy(), searched.graph.road)
    least = np.ascontiguousarray(last[:, 0])
    roads = list(dict.fromkeys(way.roads))
    left = np.array([pareto.without(graph, least, source, end, road) for road in roads], dtype=np.int64)
    before, after = (_shown(x, by) for x in (np.array([way.ms if by == "time" else way.risk]), left))
    table = pd.DataFrame({
        "edge_id": [network.edge_ids[road] for road in roads], "before": before[0], "after": after,
        "more": after - before[0], "cut_off": left >= FAR,
    })  # fmt: skip
    return table.sort_values(["cut_off", "more"], ascending=False, kind="stable", ignore_index=True)


def _shown(amount: IntArray, by: By) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Return milliseconds as seconds rounded up, or risk as loss probability; nan for no way."""
    value = np.ceil(amount / 1000) if by == "time" else fronts.loss(np.minimum(amount, CERTAIN))
    return np.where(amount >= FAR, np.nan, value)


class Cut(NamedTuple):
    """The least that separates places: its capacity, and the places in the list of the arcs that cross it."""

    value: int
    arcs: tuple[int, ...]


def minimum_cut(arcs: Sequence[tuple[int, int, int]], sources: Collection[int], sinks: Collection[int]) -> Cut:
    """Return a minimum cut between two sets of nodes: closing its arcs leaves no way from the one to the other.

    ``arcs`` are (tail, head, whole capacity). Of equally small cuts the one nearest the sources [GK: max-flow
    min-cut]. Value 0 and no arcs: there is no way already.

    Raises
    ------
    ValueError
        When a node is source and sink at once: nothing can cut it off from itself.
    """
    both = set(sources) & set(sinks)
    if both:
        raise ValueError(f"Expected sources and sinks without common nodes, got {sorted(both)[:5]} in both.")
    tail, head, capacity = np.array(arcs, dtype=np.int64).reshape(-1, 3).T
    value, near = _flow((tail, head, capacity), sources, sinks)[:2]
    crossing = near[tail] & ~near[head] & (capacity > 0) if len(tail) else np.zeros(0, dtype=np.bool_)
    return Cut(value, tuple(np.flatnonzero(crossing).tolist()))


def _flow(
    arcs: tuple[IntArray, IntArray, IntArray], sources: Collection[int], sinks: Collection[int]
) -> tuple[int, BoolArray, BoolArray]:
    """Return the most that flows, the nodes on the sources' side of a minimum cut, and the arcs that carry flow."""
    tail, head, capacity = arcs
    n = int(max([-1, *sources, *sinks, *tail.tolist(), *head.tolist()])) + 1
    endless = min(int(capacity.sum()) + 1, _MOST)
    ends = [(n, s) for s in sorted(set(sources))] + [(t, n + 1) for t in sorted(set(sinks))]
    rows = np.concatenate([tail, np.array([a for a, _ in ends], dtype=np.int64)])
    cols = np.concatenate([head, np.array([b for _, b in ends], dtype=np.int64)])
    amount = np.concatenate([capacity, np.full(len(ends), endless)])
    whole = csr_array((amount.astype(np.int32), (rows, cols)), shape=(n + 2, n + 2))
    found = maximum_flow(whole, n, n + 1)
    flow = csr_array(found.flow)
    left = csr_array(whole - flow)
    left.eliminate_zeros()
    near = np.zeros(n + 2, dtype=np.bool_)
    near[breadth_first_order(left, n, return_predecessors=False)] = True
    carried = np.asarray(flow[tail, head]).ravel() > 0 if len(tail) else np.zeros(0, dtype=np.bool_)
    return int(found.flow_value), near[:n], carried


class Interdiction(NamedTuple):
    """What still flows after the worst loss of so many arcs, and each set of arcs (places in the list) that does it."""

    value: int
    sets: tuple[tuple[int, ...], ...]


def interdict(
    arcs: Sequence[tuple[int, int, int]], sources: Collection[int], sinks: Collection[int], count: int
) -> Interdiction:
    """Return the worst that losing ``count`` arcs does to the most that can flow, and all the sets that do it.

    Exact: a set that lowers the flow holds an arc that carries some, so only those are branched on. The number of
    branches grows with the arcs in use to the power of ``count``: meant for one to three. Sets smaller than
    ``count`` stand for all that hold them.
    """
    worst: dict[tuple[int, ...], int] = {}
    pending: list[tuple[int, ...]] = [()]
    seen: set[tuple[int, ...]] = set()
    listed = np.array(arcs, dtype=np.int64).reshape(-1, 3)
    while pending:
        gone = pending.pop()
        if gone in seen:
            continue
        seen.add(gone)
        kept = np.setdiff1d(np.arange(len(listed)), gone)
        tail, head, capacity = listed[kept].T
        value, _, carried = _flow((tail, head, capacity), sources, sinks)
        if len(gone) == count or not value:
            worst[gone] = value
        else:
            pending += [tuple(sorted((*gone, int(a)))) for a in kept[carried]]
    value = min(worst.values())
    return Interdiction(value, tuple(sorted(s for s, v in worst.items() if v == value)))


def choke(
    network: Network, limits: Limits, sources: Iterable[str], sinks: Iterable[str], when: Conditions = BY_DAY
) -> pd.DataFrame:
    """Return the fewest roads whose loss leaves these limits no way from any source node to any sink node.

    Columns edge_id, name. Empty: there is no way already. Banned turns are not looked at: they can only make fewer
    roads do.

    Raises
    ------
    ValueError
        When a node is source and sink at once, or not in the network.
    """
    roads = np.flatnonzero(network.barriers(limits, when.shut) == 0)
    back = roads[~network.oneway[roads]]
    which = np.concatenate([roads, back])
    tail = np.concatenate([network.ends[roads, 0], network.ends[back, 1]])
    head = np.concatenate([network.ends[roads, 1], network.ends[back, 0]])
    arcs = list(zip(tail.tolist(), head.tolist(), [1] * len(which), strict=True))
    cut = minimum_cut(arcs, *(_rows("node", network.node_ids, nodes) for nodes in (sources, sinks)))
    found = sorted({int(which[arc]) for arc in cut.arcs})
    return pd.DataFrame(
        {"edge_id": [network.edge_ids[r] for r in found], "name": [network.road_name(r) for r in found]}
    )


def what_if(network: Network, searched: RiskGraph, sources: Iterable[str], closed: Iterable[str]) -> pd.DataFrame:
    """Return which nodes closing roads puts farther from the nearest of ``sources``, or cuts off.

    Columns node_id, before_s, after_s, more_s (whole seconds, rounded up; after and more are nan where cut off),
    cut_off; those cut off first, then by how much farther. Nodes that nothing changes for, or that can't be reached
    anyway, are left out: an empty table means that the closure does no harm.

    Raises
    ------
    ValueError
        When a road or node is not in the network.
    """
    shut = _rows("road", network.edge_ids, closed)
    starts = np.array(_rows("node", network.node_ids, sources), dtype=np.int64)
    before, after = (_reached(network, searched.graph, starts, gone) for gone in ([], shut))
    hit = np.flatnonzero(after != before)
    seconds = [np.where(x[hit] >= FAR, np.nan, np.ceil(x[hit] / 1000)) for x in (before, after)]
    table = pd.DataFrame({
        "node_id": [network.node_ids[v] for v in hit], "before_s": seconds[0], "after_s": seconds[1],
        "more_s": seconds[1] - seconds[0], "cut_off": after[hit] >= FAR,
    })  # fmt: skip
    return table.sort_values(["cut_off", "more_s"], ascending=False, kind="stable", ignore_index=True)


def _rows(noun: str, names: Sequence[str], wanted: Iterable[str]) -> list[int]:
    index = {name: i for i, name in enumerate(names)}
    asked = list(wanted)
    strange = [name for name in asked if name not in index]
    if strange:
        raise ValueError(f"Expected {noun}s of the network, got {', '.join(strange[:5])}.")
    return [index[name] for name in asked]


def _reached(network: Network, graph: Graph, starts: IntArray, shut: Sequence[int]) -> IntArray:
    """Return the milliseconds from the nearest start to each node of the network; `FAR` for no way."""
    kept = ~np.isin(graph.road, np.asarray(shut, dtype=np.int64))
    indptr = np.concatenate([[0], np.cumsum(kept)])[graph.indptr].astype(np.int64)
    cost = np.zeros((int(kept.sum()), 3), dtype=np.int64)
    cost[:, 0] = graph.ms[kept]
    best, _ = pareto.cheapest(indptr, graph.head[kept], cost, starts)
    out = np.full(len(network.node_ids), FAR, dtype=np.int64)
    np.minimum.at(out, graph.node, best[:, 0])
    return out
