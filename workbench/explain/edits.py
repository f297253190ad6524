"""What an edit of the ground does: which places it puts farther or cuts off, and which legs of a plan it hits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from workbench.ground.matrix import Path
from workbench.ground.modes import Modes
from workbench.ground.roads import FloatArray
from workbench.ground.threat.areas import exposure, read
from workbench.ground.threat.tables import survival_of
from workbench.plan import Plan, Route
from workbench.problem import Problem

FARTHER = ("node_id", "name", "before_s", "after_s", "more_s", "cut_off", "closed")
LEGS = ("route_id", "seq", "from_node", "to_node", "closed", "more_s", "cut_off", "loss_before", "loss_after")


class Side(NamedTuple):
    """The problem before or after an edit, with the threats that hold then (a FeatureCollection)."""

    problem: Problem
    threats: Mapping[str, Any]


def farther(before: Problem, after: Problem, travel: str) -> pd.DataFrame:
    """Return the places whose time from the nearest depot of a travel key an edit changes.

    Columns node_id, name, before_s, after_s, more_s (seconds; nan where there is no way), cut_off, closed (names of
    the roads of the way before that the edit closes); those cut off first, then by how much farther. ``more_s`` is
    negative for places that come nearer. Empty: nothing changes.
    """
    was, now = (_from_depots(problem, travel) for problem in (before, after))
    shut = _newly_closed(before, after)
    rows = []
    for at, place in enumerate(before.places):
        old, new = was[place.node_id], now.get(place.node_id, _NO_WAY)
        if old.seconds != new.seconds and not (math.isnan(old.seconds) and math.isnan(new.seconds)):
            way = None if math.isnan(old.seconds) else _path(before, (travel, old.depot, at))
            closed = tuple(dict.fromkeys(shut[edge] for edge in (way.edge_ids if way else ()) if edge in shut))
            times = (old.seconds, new.seconds, new.seconds - old.seconds, math.isnan(new.seconds))
            rows.append((place.node_id, place.name or place.node_id, *times, closed))
    table = pd.DataFrame(rows, columns=list(FARTHER)).astype({"cut_off": "bool"})
    return table.sort_values(["cut_off", "more_s"], ascending=False, kind="stable", ignore_index=True)


class _Reach(NamedTuple):
    """How far a place is from the nearest of some depots: nan and -1 for no way."""

    seconds: float
    depot: int


_NO_WAY = _Reach(math.nan, -1)


def _from_depots(problem: Problem, travel: str) -> dict[str, _Reach]:
    """Return how far each place is from the nearest depot of the travel key."""
    starts = sorted({v.depot for v in problem.fleet if v.travel == travel})
    if not starts:
        return dict.fromkeys((p.node_id for p in problem.places), _NO_WAY)
    seconds, _ = problem.travel.block(travel, starts, range(len(problem.places)))
    reached = np.where(seconds < 0, np.inf, seconds)
    nearest = reached.argmin(axis=0)
    found = zip(reached.min(axis=0).tolist(), nearest.tolist(), strict=True)
    return {
        p.node_id: _Reach(s, starts[k]) if math.isfinite(s) else _NO_WAY
        for p, (s, k) in zip(problem.places, found, strict=True)
    }


def legs_hit(before: Side, after: Side, plan: Plan) -> pd.DataFrame:
    """Return the legs of a plan whose way an edit closes, or whose time or risk it changes.

    Columns route_id, seq (of the stop that the leg leads to), from_node, to_node, closed (names of the roads of its
    way that the edit closes), more_s (nan where there is no other way), cut_off, loss_before and loss_after (loss
    probability on the way before, and on the way after; nan without one). In the order of the plan.
    """
    shut = _newly_closed(before.problem, after.problem)
    exposed = _exposures(before, after)
    rows = []
    for route in plan.routes:
        here = route.start_node
        for seq, stop in enumerate(route.stops, 1):
            found = _hit((before.problem, after.problem), _Leg(route, here, stop.node), shut, exposed)
            if found is not None:
                rows.append((route.route_id, seq, here, stop.node, *found))
            here = stop.node
    return pd.DataFrame(rows, columns=list(LEGS)).astype({"cut_off": "bool"})


def barred(problem: Problem, travel: str, *, bridges: bool = False) -> pd.DataFrame:
    """Return the roads that vehicles of a travel key can't use, with all that stops them there.

    Columns edge_id, name (as people say it), why. ``bridges`` leaves out other roads. Empty for vehicles that do not
    go by road.
    """
    roads = _modes(problem).roads
    network, limits = roads.network, roads.limits.get(travel)
    bits = np.zeros(len(network.edge_ids), np.int64) if limits is None else network.barriers(limits)
    found = np.flatnonzero((bits > 0) & (network.bridge | (not bridges))).tolist()
    rows = [
        (network.edge_ids[r], network.road_name(r), network.barrier_text(r, limits, int(bits[r])))
        for r in found
        if limits is not None
    ]
    return pd.DataFrame(rows, columns=["edge_id", "name", "why"])


class _Leg(NamedTuple):
    route: Route
    start: str
    end: str

    def cell(self, problem: Problem) -> tuple[str, int, int] | None:
        """Return the travel key and the places of the leg, None where it is no drive that the problem knows."""
        at = {place.node_id: i for i, place in enumerate(problem.places)}
        alike = (v for v in problem.fleet if (v.vehicle_type, v.owner) == (self.route.vehicle_type, self.route.owner))
        vehicle = next((v for v in alike if problem.places[v.depot].node_id == self.route.start_node), None)
        if vehicle is None or self.start == self.end or not {self.start, self.end} <= set(at):
            return None
        return vehicle.travel_at(self.route.start_s), at[self.start], at[self.end]


def _hit(
    problems: tuple[Problem, Problem], leg: _Leg, shut: Mapping[str, str], exposed: tuple[FloatArray, FloatArray]
) -> tuple[Any, ...] | None:
    """Return what the edit does to a leg, as the last columns of `LEGS`; None for nothing."""
    cells = [leg.cell(problem) for problem in problems]
    was = _path(problems[0], cells[0])
    if was is None:
        return None
    closed = tuple(shut[edge] for edge in was.edge_ids if edge in shut)
    riskier = exposed[0] is not exposed[1]
    if not closed and not riskier and _seconds(problems[1], cells[1]) == was.seconds:
        return None
    now = _path(problems[1], cells[1])
    loss = tuple(_loss(problem, way, risk) for problem, way, risk in zip(problems, (was, now), exposed, strict=True))
    if now is not None and not closed and now.seconds == was.seconds and loss[0] == loss[1]:
        return None
    more = math.nan if now is None else now.seconds - was.seconds
    return closed, more, now is None, *loss


def _path(problem: Problem, cell: tuple[str, int, int] | None) -> Path | None:
    return None if cell is None else _modes(problem).path(*cell)


def _seconds(problem: Problem, cell: tuple[str, int, int] | None) -> int:
    """Return the seconds of a leg, -1 for no way."""
    return -1 if cell is None else int(problem.travel.block(cell[0], [cell[1]], [cell[2]])[0][0, 0])


def _modes(problem: Problem) -> Modes:
    if not isinstance(problem.travel, Modes):
        raise TypeError("Expected a problem made from a scenario, with its roads.")
    return problem.travel


def _newly_closed(before: Problem, after: Problem) -> dict[str, str]:
    """Return the names of the roads that are closed at some time after an edit and were not before, by id."""
    old, new = (_modes(problem).roads.network for problem in (before, after))
    known = {old.edge_ids[road] for road in old.closed}
    return {new.edge_ids[road]: new.road_name(road) for road in new.closed if new.edge_ids[road] not in known}


def _exposures(before: Side, after: Side) -> tuple[FloatArray, FloatArray]:
    """Return the exposure of each road before and after; the same array where the threats are the same."""
    first, second = (_modes(side.problem).roads.network for side in (before, after))
    start = before.problem.as_of
    span = (start, start + timedelta(seconds=before.problem.horizon_s))
    was = exposure(first, read(before.threats), span)
    return was, was if before.threats == after.threats else exposure(second, read(after.threats), span)


def _loss(problem: Problem, way: Path | None, exposed: FloatArray) -> float:
    return math.nan if way is None else 1.0 - survival_of(_modes(problem).roads.network, exposed, way.edge_ids)
