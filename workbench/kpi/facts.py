"""What key figures are computed from: a replay of the plan, and who is served when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property

from workbench.constraints import LOADING, Replay, Trace, Visit
from workbench.constraints.schedule import outside
from workbench.plan import Plan
from workbench.problem import DIMENSIONS, NO_LIMIT, SHARE, Problem, imbalance_cost


class Facts:
    """What the figures are computed from: a replay, and who is served when."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.problem = problem
        self.replay = Replay(problem, plan)

    @cached_property
    def began(self) -> dict[int, int]:
        """Start of service of each delivery served at its own node, by index."""
        out = {}
        for i, events in self.replay.handed_over.items():
            right = [self.replay.visit(e).begin_s for e in events if self.replay.properly(e)]
            if right:
                out[i] = right[0]
        return dict(sorted(out.items()))

    @cached_property
    def requisitions(self) -> dict[str, list[int]]:
        """The parts of each requisition, as indices of deliveries."""
        out: dict[str, list[int]] = {}
        for i, d in enumerate(self.problem.deliveries):
            out.setdefault(d.requisition_id, []).append(i)
        return out

    def on_time(self, i: int) -> bool:
        """Whether a delivery is served and starts within one of its windows."""
        return i in self.began and outside(self.problem.deliveries[i].windows, self.began[i]) is None

    def late_s(self, i: int) -> int:
        """Return how long after the last window that closed before it a served delivery starts."""
        begin = self.began[i]
        closed = [closes for _, closes in self.problem.deliveries[i].windows if closes < begin]
        return begin - max(closed) if closed and not self.on_time(i) else 0

    def shares(self, chosen: Callable[[int], bool]) -> dict[int, float]:
        """Return requisitions by priority, parts counted by their share; only priorities that occur."""
        out = {d.priority: 0 for d in sorted(self.problem.deliveries, key=lambda d: d.priority)}
        for i, d in enumerate(self.problem.deliveries):
            out[d.priority] += d.share if chosen(i) else 0
        return {p: total / SHARE for p, total in out.items()}

    def filled(self, chosen: Callable[[int], bool], supply_class: str = "") -> float:
        """Return the share by weight of the chosen among all deliveries, or all of one class of supply."""
        among = [(i, d.load.kg) for i, d in enumerate(self.problem.deliveries) if supply_class in ("", d.supply_class)]
        asked, given = sum(kg for _, kg in among), sum(kg for i, kg in among if chosen(i))
        return share_of(given, asked)

    @cached_property
    def legs(self) -> list[tuple[Visit, int, int]]:
        """Every leg driven as (visit it leads to, metres, kilograms aboard)."""
        out = []
        for trace in self.replay.traces:
            aboard = 0
            for visit in trace.visits:
                if visit.leg:
                    out.append((visit, visit.leg[1], aboard))
                aboard = visit.load.kg
        return out

    @cached_property
    def reserve_s(self) -> int:
        """Seconds on the road that engines plan for, beyond those driven."""
        total, travel = 0, self.problem.travel
        for trace in self.replay.traces:
            left = trace.route.start_s
            for visit in trace.visits:
                a, b = visit.came_from, visit.place
                if visit.leg and trace.vehicle and a is not None and b is not None and a != b:
                    key = trace.vehicle.travel_at(trace.route.start_s)
                    planned = int(travel.block(key, [a], [b])[0][0, 0])
                    if planned != visit.leg[0]:
                        planned = travel.paces(key, [a, b]).planned_s(0, 1, planned, left)
                    total += max(0, planned - visit.leg[0])
                left = visit.depart_s
        return total

    @cached_property
    def utilised(self) -> dict[str, float]:
        """Peak load over capacity, summed over trips, in each dimension that has a limit and is used."""
        peaks, limits = [0] * len(DIMENSIONS), [0] * len(DIMENSIONS)
        for trace in self.replay.traces:
            for peak in _trip_peaks(trace):
                for k, limit in enumerate(trace.vehicle.capacity if trace.vehicle else ()):
                    if 0 < limit < NO_LIMIT:
                        peaks[k] += peak[k]
                        limits[k] += limit
        return {DIMENSIONS[k]: peaks[k] / limits[k] for k, _ in enumerate(DIMENSIONS) if limits[k] and peaks[k]}

    @cached_property
    def cost_by_line(self) -> dict[str, int]:
        """Cost by line item, over all routes; ``imbalance`` is of the whole plan."""
        out = dict.fromkeys(("fixed", "distance", "time", "overtime", "lateness", "risk"), 0)
        for t in self.replay.traces:
            for name, cost in t.lines(t.distance_m, t.end_s).items():
                out[name] += cost
        return {**out, "imbalance": imbalance_cost(self.problem.prices, self.durations_s)}

    @cached_property
    def durations_s(self) -> list[int]:
        """Seconds from start to end of every route."""
        return [t.end_s - t.route.start_s for t in self.replay.traces]

    @cached_property
    def after_due_s(self) -> dict[int, int]:
        """Seconds by which each served delivery that has a due time begins after it."""
        due = {i: self.problem.deliveries[i].due_s for i in self.began}
        return {i: max(0, self.began[i] - due[i]) for i in due if due[i] < NO_LIMIT}


def share_of(part: float, whole: float) -> float:
    """Return part of whole; nothing of nothing is all of it."""
    return part / whole if whole else 1.0


def _trip_peaks(trace: Trace) -> Iterator[list[int]]:
    """Yield, for every trip that carries something, the most aboard in each dimension."""
    peak = [0] * len(DIMENSIONS)
    for visit in trace.visits:
        if visit.stop.kind in LOADING and any(peak):
            yield peak
            peak = [0] * len(DIMENSIONS)
        peak = [max(a, b) for a, b in zip(peak, visit.load, strict=True)]
    if any(peak):
        yield peak
