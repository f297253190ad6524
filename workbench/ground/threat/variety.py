"""Not being predictable: how different ways are, ways that differ from day to day, and how to mix them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import linprog

from workbench.ground import fronts
from workbench.ground.fronts import Alternative, Front, RiskGraph
from workbench.ground.roads import FloatArray, IntArray

Measure = Literal["jaccard", "overlap"]


def dissimilarity(
    first: Iterable[int], second: Iterable[int], length_m: FloatArray | None = None, measure: Measure = "jaccard"
) -> float:
    """Return how different two ways are by their roads, 0 (the same) to 1 (no road in common) [GK].

    ``jaccard`` is 1 - common / all roads of either, ``overlap`` 1 - common / roads of the shorter way. With
    ``length_m`` (per road of the network) roads weigh by length, else equally. Two ways without roads are the same.
    """
    a, b = set(first), set(second)

    def weight(roads: set[int]) -> float:
        return float(len(roads)) if length_m is None else float(length_m[sorted(roads)].sum())

    whole = weight(a | b) if measure == "jaccard" else min(weight(a), weight(b))
    return 1.0 - weight(a & b) / whole if whole > 0 else 0.0


def rotate(
    searched: RiskGraph,
    source: int,
    ends: IntArray,
    *,
    runs: int,
    penalty: float = 1.5,
    most_uses: int | None = None,
) -> Front:
    """Return a way for each of ``runs`` runs, fastest first but for what was used before [C: the iterative penalty].

    Every use of a road multiplies its time by ``penalty`` for the runs to come; after ``most_uses`` uses it is not
    used again. Roads that touch the start or the end can run out: then fewer ways come back than runs were asked for.

    Raises
    ------
    ValueError
        When ``penalty`` is below 1.
    """
    if penalty < 1:
        raise ValueError(f"Expected a penalty of at least 1, got {penalty}.")
    uses = np.zeros(int(searched.graph.road.max(initial=-1)) + 1, dtype=np.int64)
    out: list[Alternative] = []
    for _ in range(runs):
        now = uses[searched.graph.road]
        ms = np.ceil(searched.cost[:, 0] * float(penalty) ** now - 1e-6)
        spent = now >= (np.iinfo(np.int64).max if most_uses is None else most_uses)
        weighed = searched.cost.copy()
        weighed[:, 0] = np.where(spent, _CLOSED_MS, np.minimum(ms, _CLOSED_MS - 1))
        again = replace(searched, cost=weighed)
        way = fronts.fastest(again, source, fronts.bounds(again, ends))
        if way is None or way.ms >= _CLOSED_MS:
            break
        out.append(_real(searched, way, source))
        uses[list(way.roads)] += 1
    return tuple(out)


_CLOSED_MS = 10**12
"""What a road that may not be used again weighs: thirty years."""


def _real(searched: RiskGraph, way: Alternative, source: int) -> Alternative:
    """Return a way with its unweighed milliseconds."""
    graph, at, ms = searched.graph, source, 0
    for road in way.roads:
        entries = np.arange(graph.indptr[at], graph.indptr[at + 1])
        entry = int(entries[graph.road[entries] == road][0])
        ms, at = ms + int(searched.cost[entry, 0]), int(graph.head[entry])
    return way._replace(ms=ms)


def apart(
    ways: Sequence[Alternative], count: int, least: float, length_m: FloatArray | None = None
) -> tuple[Alternative, ...] | None:
    """Return the ``count`` of ``ways`` with the least risk in all that differ pairwise by ``least``; None for none.

    Exact, by branch and bound over the ways in order of risk [C: candidates first, then choose]. Of equal sums the
    first found.
    """
    pool = sorted(ways, key=lambda a: (a.risk, a.ms, a.roads))
    far = [[dissimilarity(a.roads, b.roads, length_m) >= least - 1e-12 for b in pool] for a in pool]
    best: tuple[float, tuple[int, ...] | None] = (np.inf, None)

    def extend(chosen: tuple[int, ...], risk: int) -> None:
        nonlocal best
        missing = count - len(chosen)
        if not missing:
            best = (risk, chosen)
            return
        for k in range(chosen[-1] + 1 if chosen else 0, len(pool) - missing + 1):
            if risk + missing * pool[k].risk >= best[0]:
                return
            if all(far[k][c] for c in chosen):
                extend((*chosen, k), risk + pool[k].risk)

    extend((), 0)
    return None if best[1] is None else tuple(pool[k] for k in best[1])


class Mix(NamedTuple):
    """How often to take each way, and the probability of success whatever the enemy does."""

    shares: tuple[float, ...]
    value: float


def success(ways: Sequence[Sequence[int]], ambushes: Sequence[tuple[int, float]]) -> FloatArray:
    """Return success by way (rows) and ambush (columns): 1 - p where the way uses the ambushed road, else 1.

    ``ambushes`` are (road, loss probability of running into it there).
    """
    return np.array([[1.0 - p if road in set(way) else 1.0 for road, p in ambushes] for way in ways])


def mix(table: ArrayLike) -> Mix:
    """Return the best mix of ways against an enemy who knows the mix but not the draw [GK: zero-sum matrix game].

    ``table[w, a]`` is the probability of success of way w when ambush a is laid. Solved as a linear programme.

    Raises
    ------
    ValueError
        When the table has no ways or no ambushes.
    """
    payoff = np.asarray(table, dtype=np.float64)
    if payoff.ndim != 2 or not payoff.size:
        raise ValueError(f"Expected a table of ways by ambushes, got shape {payoff.shape}.")
    ways, ambushes = payoff.shape
    found = linprog(
        np.r_[np.zeros(ways), -1.0],
        A_ub=np.c_[-payoff.T, np.ones(ambushes)],
        b_ub=np.zeros(ambushes),
        A_eq=np.r_[np.ones(ways), 0.0][None, :],
        b_eq=[1.0],
        bounds=[(0, 1)] * ways + [(None, None)],
    )
    shares = np.clip(np.asarray(found.x, dtype=np.float64)[:ways], 0.0, 1.0)
    shares /= shares.sum()
    return Mix(tuple(float(s) for s in shares), float((shares @ payoff).min()))
