"""Legs that follow a planner's rule: the same searches as everywhere, with the way of each cell chosen from its front.

A cell is settled by the fastest and the safest way alone where one of them is what the rule takes; only the others
need their front. So a table costs two searches per place, and a front for the pairs whose fastest way lies under
threat.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.ground import cache, fronts, graph
from workbench.ground.fronts import Alternative, Bounds, Front, RiskGraph
from workbench.ground.pareto import CERTAIN, FAR
from workbench.ground.roads import FloatArray, IntArray
from workbench.ground.search import Ground, Search
from workbench.ground.threat.rules import Rule, choose

Table = tuple[NDArray[Any], NDArray[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Ruled:
    """A rule and the exposure of each road: hand it to `RoadTravel` as ``searching``, and its legs follow the rule."""

    rule: Rule
    exposure: FloatArray

    def __call__(self, ground: Ground, ms: IntArray) -> Search:
        """Return the searches that choose by the rule, given milliseconds per road (-1: not open)."""
        return RuledSearch(ground, ms, self)


class RuledSearch(Search):
    """Searches whose ways are those that a rule takes; where the rule refuses all of them there is no way."""

    def __init__(self, ground: Ground, ms: IntArray, ruled: Ruled) -> None:
        super().__init__(ground, ms)
        self.ruled = ruled
        self._bounds: dict[int, Bounds] = {}

    @cached_property
    def name(self) -> str:
        """The content name of all that its answers depend on: equal names, equal answers."""
        base = cache.name_of(self.ground.name, self.ground.network.length_m, self.ms)
        return cache.name_of("ruled", base, str(self.ruled.rule), self.ruled.rule.amount, self.ruled.exposure)

    @cached_property
    def searched(self) -> RiskGraph:
        """The graph of the roads that may be driven, with their exposure."""
        open_to = np.flatnonzero(self.ms >= 0)
        whole = graph.from_roads(self.ground.network, open_to, self.ms, parallel=True)
        return fronts.with_risk(whole, self.ruled.exposure)

    def table(self, sources: IntArray, targets: IntArray) -> Table:
        """Return (seconds, metres) between network nodes, kept by content; -1 in both where there is no way."""
        name = cache.name_of("table", self.name, sources, targets)
        seconds, metres = cache.fetch(name, lambda: self._cells(sources, targets), on_disk=self.ground.on_disk)
        return seconds, metres

    def _cells(self, sources: IntArray, targets: IntArray) -> Table:
        seconds, metres = (np.full((len(sources), len(targets)), -1, dtype=np.int32) for _ in range(2))
        for column, target in enumerate(targets.tolist()):
            towards = self.towards(target)
            for row, source in enumerate(sources.tolist()):
                cost = self._cost(source, towards)
                if cost is not None:
                    seconds[row, column], metres[row, column] = -(-cost[0] // 1000), -(-cost[1] // 10)
            self._bounds.clear()
        return seconds, metres

    def towards(self, target: int) -> Bounds:
        """Return the bounds to a network node; the last one asked for is remembered."""
        if target not in self._bounds:
            self._bounds.clear()
            self._bounds[target] = fronts.bounds(self.searched, self.searched.ends(target))
        return self._bounds[target]

    def front(self, source: int, target: int) -> Front:
        """Return the whole front between two network nodes; empty where there is no way."""
        return fronts.front(self.searched, source, self.towards(target))

    def way(self, source: int, target: int) -> list[tuple[int, int]]:
        """Return the roads of the chosen way between two network nodes, each with the node it is entered from."""
        towards = self.towards(target)
        chosen = self._extreme(source, towards)
        found: Alternative | None
        if chosen == "fast":
            found = fronts.fastest(self.searched, source, towards)
        elif chosen == "safe":
            found = fronts.safest(self.searched, source, towards)
        else:
            found = None if chosen == "none" else self._chosen(source, towards)
        return [] if found is None else self._entered(found.roads, source)

    def ways(self, source: int, targets: IntArray) -> list[IntArray]:
        """Return the roads of the chosen way from a network node to each of others."""
        return [np.array([road for road, _ in self.way(source, t)], np.int64) for t in targets.tolist()]

    def refused(self, source: int, target: int) -> tuple[int, str] | None:
        """Return the riskiest road of the safest way, and in words why the rule refuses it; None where it does not."""
        towards = self.towards(target)
        safest = fronts.safest(self.searched, source, towards)
        if safest is None or self._extreme(source, towards) != "none":
            return None
        road = max(safest.roads, key=lambda r: (self.ruled.exposure[r], -r))
        said = f"lies under threat: even the safest way there has a loss probability of {100 * safest.loss:.2g} %"
        return road, f"{said}, more than the {100 * self.ruled.rule.amount:g} % that the rule allows"

    def _cost(self, source: int, towards: Bounds) -> tuple[int, int] | None:
        """Return (milliseconds, decimetres) of the chosen way, or None."""
        chosen = self._extreme(source, towards)
        if chosen == "none":
            return None
        if chosen:
            row = towards.fast[source] if chosen == "fast" else towards.safe[source, [1, 0, 2]]
            return int(row[0]), int(row[2])
        found = self._chosen(source, towards)
        return None if found is None else (found.ms, found.dm)

    def _extreme(self, source: int, towards: Bounds) -> str:
        """Say which end of the front the rule takes (fast, safe), "none" for no way, "" where the front decides."""
        fast_ms, fast_risk, _ = towards.fast[source].tolist()
        safe_risk, safe_ms, _ = towards.safe[source].tolist()
        if fast_ms >= FAR:
            return "none"
        rule = self.ruled.rule
        if rule.kind == "max_loss":
            if fronts.loss(min(fast_risk, CERTAIN)) <= rule.amount:
                return "fast"
            return "none" if fronts.loss(min(safe_risk, CERTAIN)) > rule.amount else ""
        if rule.kind == "fastest" or min(fast_risk, CERTAIN) <= safe_risk:
            return "fast"
        latest = rule.latest_ms(fast_ms)
        return "" if rule.kind == "knee" or (latest is not None and safe_ms > latest) else "safe"

    def _chosen(self, source: int, towards: Bounds) -> Alternative | None:
        latest = self.ruled.rule.latest_ms(int(towards.fast[source, 0]))
        return choose(fronts.front(self.searched, source, towards, within_ms=latest), self.ruled.rule)

    def _entered(self, roads: tuple[int, ...], source: int) -> list[tuple[int, int]]:
        """Return roads with the network node each is entered from."""
        out, at = [], source
        for road in roads:
            out.append((road, at))
            a, b = self.ground.network.ends[road].tolist()
            at = b if at == a else a
        return out
