"""One schedule for all routes: when each starts and what waits, so that what they must agree on holds.

Deliveries may be left out where nothing else helps, the least urgent first; their stops stay on the way, for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from ortools.sat.python import cp_model

from workbench.engines._pieces import Answer
from workbench.engines._plans import Tour, loaded_at, stop_spans
from workbench.engines._routes import scratch_for
from workbench.engines._schedule import Scratch, replay
from workbench.engines._times import forward
from workbench.engines._world import View
from workbench.problem import NO_LIMIT, Resource
from workbench.units import DAY_S, seconds_after

EFFORT = 4.0
"""Deterministic seconds that CP-SAT may spend on one schedule."""
CENT = 100
FOUND = (cp_model.OPTIMAL, cp_model.FEASIBLE)


@dataclass(frozen=True, slots=True)
class _Stop:
    """A stop in the model: its tokens (from, to), when it begins, how long it takes, and what it hands over."""

    first: int
    end: int
    place: int
    begin: cp_model.IntVar
    work: int
    served: tuple[int, ...]
    there: cp_model.BoolVarT


@dataclass(eq=False)
class Schedule:
    """All routes in one model. A delivery that is left out keeps its stop on the way, for nothing."""

    view: View
    answer: Answer
    model: cp_model.CpModel = field(default_factory=cp_model.CpModel)
    price: list[cp_model.LinearExprT] = field(default_factory=list)

    def __post_init__(self) -> None:
        w = self.view.world
        self._space: Scratch = scratch_for(w)
        self._kept = {x: self.model.new_bool_var(f"kept{x}") for some in self.answer.visits(len(w.delivery))
                      for x in some}  # fmt: skip
        self._starts: list[cp_model.IntVar] = []
        self._ends: list[cp_model.IntVar] = []
        self._stops = [self._route(tour) for tour in self.answer.tours]
        self._order()
        self._slots()
        self._days()
        for resource in self.view.problem.resources:
            self._hold(resource)

    def solve(self) -> tuple[list[tuple[int, tuple[int, ...]]], list[int]] | None:
        """Return (start and holds of each route, deliveries left out); None when no schedule was found."""
        solver = cp_model.CpSolver()
        parameters = solver.parameters
        parameters.num_workers, parameters.random_seed = 1, 1
        parameters.max_deterministic_time = EFFORT
        for tier in [None, *self._tiers()]:
            left = self._left(tier)
            self.model.minimize(left)
            if solver.solve(self.model) not in FOUND:
                return None
            out = [x for x, kept in self._kept.items() if not solver.boolean_value(kept)]
            if not out:
                break
            if tier is not None:
                self.model.add(left <= solver.value(left))
        if out:
            return [], out
        for kept in self._kept.values():
            self.model.add(kept == 1)
        for variable in (*self._starts, *self._ends, *(stop.begin for some in self._stops for stop in some)):
            self.model.add_hint(variable, solver.value(variable))
        self.model.minimize(sum(self.price))
        if solver.solve(self.model) not in FOUND:
            return None
        return [self._times(solver, t) for t, _ in enumerate(self.answer.tours)], []

    def _times(self, solver: cp_model.CpSolver, t: int) -> tuple[int, tuple[int, ...]]:
        holds = [0] * len(self.answer.tours[t].tokens)
        for stop in self._stops[t]:
            holds[stop.first] = solver.value(stop.begin)
        return solver.value(self._starts[t]), tuple(holds)

    def _tiers(self) -> list[int]:
        """Return the priorities that are served, most urgent first; one for all where plans compare by price."""
        w = self.view.world
        return [-1] if w.weighted else sorted({int(w.delivery["priority"][x]) for x in self._kept})

    def _left(self, tier: int | None) -> cp_model.LinearExpr:
        """Return what is left out: how many (None), the shares of a priority, or their price (-1)."""
        w, terms = self.view.world, []
        for x, kept in self._kept.items():
            row = w.delivery[x]
            if tier is None:
                terms.append((kept.negated(), 1))
            elif tier == -1:
                terms.append((kept.negated(), round(float(row["penalty"]) * CENT)))
            elif row["priority"] == tier:
                terms.append((kept.negated(), int(row["share"])))
        return cp_model.LinearExpr.weighted_sum([kept for kept, _ in terms], [count for _, count in terms])

    def _route(self, tour: Tour) -> list[_Stop]:
        """Add a route's start, stops and end, as its replay goes."""
        w, model, space = self.view.world, self.model, self._space
        lane = w.lane[tour.lane]
        vehicle = w.vehicle[lane["vehicle"]]
        tok = np.array(tour.tokens, np.int64)
        _, _, start_s, _, _ = replay(w, tok, len(tok), tour.lane, self.answer.source, space)
        forward(w, lane, tok, len(tok), start_s, space.note)
        first, last = int(lane["start"]), int(lane["end"])
        start = model.new_int_var(first, min(last, int(lane["regular"])), "start")
        end = model.new_int_var(first, last, "end")
        before: cp_model.LinearExprT = start
        stops: list[_Stop] = []
        for a, b in stop_spans(space, len(tok)):
            stop = self._stop(tour, a, b)
            model.add(stop.begin >= before + self._leg_s(tour, a) + int(space.note["rest"][a]))
            before = stop.begin + stop.work
            stops.append(stop)
        model.add(end >= before + self._leg_s(tour, len(tok)) + int(space.note["rest"][len(tok)]))
        if vehicle["longest"] < NO_LIMIT:
            model.add(end - start <= int(vehicle["longest"]))
        self._starts.append(start)
        self._ends.append(end)
        self._aboard(tour, stops, end)
        self.price.append(round(float(vehicle["hour"]) * CENT) * (end - start) + (end - start))
        return stops

    def _leg_s(self, tour: Tour, token: int) -> int:
        """Return the seconds of the way to a token at any time of the shift, or where some forbid it at the worst."""
        w, note = self.view.world, self._space.note
        lane = w.lane[tour.lane]
        here = int(note["at"][token - 1] if token else w.vehicle["depot"][lane["vehicle"]])
        there = int(note["at"][token])
        if here == there:
            return 0
        whole = int(w.travel["s"][lane["key"], here, there])
        return whole if whole >= 0 else int(w.pace[lane["part"] : lane["part_end"], here, there].max())

    def _stop(self, tour: Tour, a: int, b: int) -> _Stop:
        w, note, model, n = self.view.world, self._space.note, self.model, len(self.view.world.delivery)
        token = tour.tokens[a]
        work = int(note["work_s"][a:b].sum())
        lane = w.lane[tour.lane]
        begin = model.new_int_var(int(lane["start"]), int(lane["end"]), "begin")
        if token >= n:
            loaded = loaded_at(w, tour, self.answer.source, a)
            there = self._any(loaded)
            row = w.node[token - n]
            self._within(begin, _spans(w.window[row["window"] : row["window_end"]].tolist()), there)
            for x in loaded:
                model.add(begin >= int(w.delivery["ready"][x])).only_enforce_if(self._kept[x])
                if w.delivery["load_by"][x] < NO_LIMIT:
                    model.add(begin <= int(w.delivery["load_by"][x])).only_enforce_if(self._kept[x])
            return _Stop(a, b, token - n, begin, work, (), there)
        served = tour.tokens[a:b]
        for x in served:
            row = w.delivery[x]
            self._within(begin, _spans(w.window[row["window"] : row["window_end"]].tolist()), self._kept[x])
            if row["due"] < NO_LIMIT:
                late = model.new_int_var(0, int(lane["end"]), "late")
                model.add(late >= begin - int(row["due"])).only_enforce_if(self._kept[x])
                self.price.append(round(float(row["late"]) * CENT * 3600) * late)
        return _Stop(a, b, int(w.delivery["node"][token]), begin, work, served, self._any(served))

    def _any(self, deliveries: Sequence[int]) -> cp_model.BoolVarT:
        there = self.model.new_bool_var("there")
        self.model.add_max_equality(there, [self._kept[x] for x in deliveries])
        return there

    def _within(self, moment: cp_model.LinearExprT, spans: cp_model.Domain, when: cp_model.BoolVarT) -> None:
        self.model.add_linear_expression_in_domain(moment, spans).only_enforce_if(when)

    def _aboard(self, tour: Tour, stops: Sequence[_Stop], end: cp_model.IntVar) -> None:
        """Keep what may not be aboard long from being so."""
        w, note = self.view.world, self._space.note
        at = {stop.first: stop for stop in stops}
        for k, stop in enumerate(stops):
            for x in stop.served:
                most = int(w.delivery["aboard"][x])
                if most == NO_LIMIT:
                    continue
                if w.delivery["retro"][x]:
                    after = next((s.begin for s in stops[k:] if not s.served), end)
                    self.model.add(after - stop.begin - stop.work <= most).only_enforce_if(self._kept[x])
                else:
                    load = at[int(note["loaded_at"][tour.tokens.index(x)])]
                    self.model.add(stop.begin - load.begin - load.work <= most).only_enforce_if(self._kept[x])

    def _order(self) -> None:
        """Add what must be served before what."""
        local = {d: x for x, d in enumerate(self.view.deliveries)}
        of = {x: stop for some in self._stops for stop in some for x in stop.served}
        for relation in self.view.problem.relations:
            a, b = local.get(relation.first, -1), local.get(relation.second, -1)
            if relation.kind != "before" or b not in self._kept:
                continue
            if a not in self._kept:
                self.model.add(self._kept[b] == 0)
                continue
            self.model.add_implication(self._kept[b], self._kept[a])
            done = of[a].begin + of[a].work
            self.model.add(of[b].begin >= done + relation.gap_s).only_enforce_if(self._kept[b])
            if relation.within_s < NO_LIMIT:
                self.model.add(of[b].begin <= done + relation.within_s).only_enforce_if(self._kept[b])

    def _all(self) -> Iterable[tuple[int, _Stop]]:
        return ((t, stop) for t, some in enumerate(self._stops) for stop in some)

    def _slots(self) -> None:
        """Handle no more vehicles at once at a place than it has slots."""
        for local, place in enumerate(self.view.places):
            slots = self.view.problem.places[place].slots
            here = [stop for _, stop in self._all() if stop.place == local and stop.work > 0]
            if slots and len(here) > slots:
                busy = [self._busy(stop) for stop in here]
                self.model.add_cumulative(busy, [1] * len(busy), slots)

    def _busy(self, stop: _Stop) -> cp_model.IntervalVar:
        return self.model.new_optional_fixed_size_interval_var(stop.begin, stop.work, stop.there, "busy")

    def _days(self) -> None:
        """Have no more stops a day at a place than it takes."""
        problem = self.view.problem
        midnight = seconds_after(problem.as_of, problem.as_of.replace(hour=0, minute=0, second=0, microsecond=0))
        for local, place in enumerate(self.view.places):
            most = problem.places[place].visits_per_day
            here = [stop for _, stop in self._all() if stop.place == local]
            if not most or len(here) <= most:
                continue
            for day in range(midnight, problem.horizon_s + 1, DAY_S):
                on = []
                for stop in here:
                    today = self.model.new_bool_var("today")
                    outside = cp_model.Domain(day, day + DAY_S - 1).complement()
                    self.model.add_linear_expression_in_domain(stop.begin, outside).only_enforce_if(
                        [today.negated(), stop.there]
                    )
                    on.append(today)
                self.model.add(sum(on) <= most)

    def _hold(self, resource: Resource) -> None:
        """Have no more of a resource in use at once than there is, and only in its hours."""
        local = {self.view.places.index(p) for p in resource.places if p in self.view.places}
        held = []
        for t, some in enumerate(self._stops):
            needs = [x for stop in some if stop.place in local for x in self._concerned(t, stop, resource)]
            if resource.kind == "escort" and needs:
                used, start, end = self._any(sorted(set(needs))), self._starts[t], self._ends[t]
                length = self.model.new_int_var(0, self.view.problem.horizon_s + DAY_S, "length")
                held.append(self.model.new_optional_interval_var(start, length, end, used, "escorted"))
                self._in_one(start, end, resource.windows, used)
            for stop in some if resource.kind == "team" else ():
                wanted = self._concerned(t, stop, resource) if stop.place in local else ()
                if wanted and stop.work > 0:
                    used = self._any(wanted)
                    interval = self.model.new_optional_fixed_size_interval_var(stop.begin, stop.work, used, "helped")
                    held.append(interval)
                    self._in_one(stop.begin, stop.begin + stop.work, resource.windows, used)
        if held:
            self.model.add_cumulative(held, [1] * len(held), resource.count)

    def _concerned(self, t: int, stop: _Stop, resource: Resource) -> tuple[int, ...]:
        """Return the deliveries of a stop, or for an escort of its route, that a resource is for."""
        tour, n = self.answer.tours[t], len(self.view.world.delivery)
        members = stop.served or loaded_at(self.view.world, tour, self.answer.source, stop.first)
        if resource.kind == "escort":
            members = tuple(x for x in tour.tokens if x < n) if resource.goods else members
        goods = [self.view.problem.deliveries[self.view.deliveries[x]].goods for x in members]
        return tuple(x for x, g in zip(members, goods, strict=True) if not resource.goods or resource.goods[g])

    def _in_one(
        self,
        start: cp_model.LinearExprT,
        end: cp_model.LinearExprT,
        windows: Sequence[tuple[int, int]],
        used: cp_model.BoolVarT,
    ) -> None:
        """Keep a span within one of some windows, where it is used."""
        chosen = [self.model.new_bool_var("in") for _ in windows]
        self.model.add_at_least_one([*chosen, used.negated()])
        for (lo, hi), there in zip(windows, chosen, strict=True):
            self.model.add(start >= lo).only_enforce_if(there)
            self.model.add(end <= hi).only_enforce_if(there)


def _spans(windows: Iterable[tuple[int, int]]) -> cp_model.Domain:
    return cp_model.Domain.from_intervals([[int(lo), int(hi)] for lo, hi in windows if lo <= hi])
