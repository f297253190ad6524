"""Why a delivery is unserved: the code and the sentence, from tries on the board."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from workbench.constraints import km_words, load_words, place_words, span_words, time_words, vehicle_words
from workbench.constraints.trial import Breach, Outcome, capacity_code
from workbench.explain.board import Board, Fit
from workbench.problem import SHARE, Delivery, VehicleType, lift_kg

MOST_RIDES = 8
"""In so many rides, the least bad first, it is tried whether leaving out another delivery makes room."""
MOST_NAMED = 3

_CODES = {
    "window": "WINDOW", "shift": "SHIFT", "range": "RANGE", "payload_range": "RANGE", "access": "UNREACHABLE",
    "trips": "RESOURCE",
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Reason:
    """Why: a code of `UNSERVED_CODES` and a sentence; with it what the tries found that remedies build on."""

    code: str
    text: str
    fit: Fit | None = None
    nearest: Fit | None = None


def reason(board: Board, i: int) -> Reason:
    """Return why a delivery of the problem is not served, by trying."""
    d = board.problem.deliveries[i]
    if d.refused is not None:
        return Reason(*d.refused)
    carriers = [v for v in board.problem.fleet if v.takes(d)]
    if not carriers:
        words = f"class {d.supply_class}" + (f" ({d.item})" if d.item else "")
        return Reason("COMPATIBILITY", f"No vehicle of the fleet may carry {words}.")
    if not any(v.count and v.shifts for v in carriers):
        names = _listed([vehicle_words(v) for v in carriers])
        return Reason("RESOURCE", f"Only {names} may carry it, and none is available within the planning horizon.")
    if board.idle(i, more=1, stocked=False) is None:
        return _not_even_alone(board, i, carriers)
    if d.kind != "retrograde" and not board.sources(d):
        return Reason("STOCK", _short(board, d))
    fit = board.idle(i) or board.fitting(i)
    return _left_out(board, d, fit) if fit is not None else _crowded_out(board, i)


def _left_out(board: Board, d: Delivery, fit: Fit) -> Reason:
    """There was room for it."""
    fit = board.settle(fit)
    how = f"{where(fit)} could serve it at {time_words(board.problem, fit.begin_s)}, {extra_words(fit)}"
    weights = board.problem.objective.weights
    price = (weights or {}).get(d.priority, 0.0) * d.share / SHARE
    if weights is not None and fit.extra_cost >= price:
        text = f"{how}; at a cost of {fit.extra_cost:,} that is dearer than leaving it out, weighed at {price:,.0f}."
        return Reason("POLICY", text, fit)
    return Reason("NOT_PLANNED", f"{how}; the engine left it out.", fit)


def where(fit: Fit) -> str:
    """Return who would serve it: an idle vehicle, or a route of the plan."""
    if fit.ride is None:
        return f"An idle {vehicle_words(fit.vehicle)}"
    return f"{fit.ride.route_id} ({fit.vehicle.vehicle_type})"


def extra_words(fit: Fit) -> str:
    """Return the distance more or less that a fit takes."""
    return f"{'+' if fit.extra_m >= 0 else '−'}{abs(fit.extra_m) / 1000:,.1f} km"


def _short(board: Board, d: Delivery) -> str:
    at = board.sources(d, stocked=False)
    left = ", ".join(f"{place_words(board.problem, s)} has {max(0.0, board.left[s, d.item]):,g}" for s in at)
    return (
        f"Not enough {d.item} is left once the plan has drawn: {left} of the {d.quantity:,g} {d.unit_of_issue} asked."
    )


def _not_even_alone(board: Board, i: int, carriers: list[VehicleType]) -> Reason:
    """No vehicle could do it, even with nothing else to do: say what comes nearest and what it breaks."""
    tries = [
        (outcome, vehicle)
        for vehicle in carriers
        for shift in vehicle.shifts
        for steps in board.direct(i, stocked=False)
        if vehicle.count and (outcome := board.trials.run(vehicle, shift, steps)) is not None
    ]
    if not tries:
        return Reason("STOCK", "No supply point is named or known from which it may be drawn.")
    outcome, vehicle = min(tries, key=lambda t: (t[0].badness, t[0].distance_m, t[1].key))
    breach = _worst(outcome)
    code = capacity_code(breach.which) if breach.code == "capacity" else _CODES.get(breach.code, "RESOURCE")
    if code == "UNREACHABLE" and _others_get_there(board, i, carriers):
        code = "PROFILE"
    text = f"Even with nothing else to do, {vehicle_words(vehicle)} {breach_words(board, i, vehicle, breach)}."
    return Reason(code, text)


def _others_get_there(board: Board, i: int, carriers: list[VehicleType]) -> bool:
    others = [v for v in board.problem.fleet if v not in carriers and v.count]
    trips = [(v, steps) for v in others for steps in board.direct(i, stocked=False)]
    return any(
        None not in [board.trials.leg(v.travel_at(start), a, b) for a, b in pairwise([v.depot, *at, v.end_depot])]
        for v, steps in trips
        for at in [[s.place for s in steps]]
        for start, _ in v.shifts
    )


def _worst(outcome: Outcome) -> Breach:
    order = ["access", "may_carry", "compatibility", "capacity", "payload_range", "window", "range", "shift", "trips"]
    return min(outcome.breaches, key=lambda b: order.index(b.code))


def breach_words(board: Board, i: int, vehicle: VehicleType, breach: Breach) -> str:
    """Return what a vehicle would break, with the amount and the limit; starts with a verb."""
    problem = board.problem
    if breach.code == "window":
        if breach.which == -1:
            return f"would come {span_words(breach.amount)} after the supply point closes"
        d = problem.deliveries[breach.which]
        whose = "" if breach.which == i else f" ({d.delivery_id})"
        if not d.windows:
            return f"finds no instant at which service may start at {place_words(problem, d.node)}{whose}"
        limit = time_words(problem, d.windows[-1][1])
        late = span_words(breach.amount)
        return f"would start {late} late at {place_words(problem, d.node)}{whose}, whose window closes {limit}"
    if breach.code == "shift":
        return f"would be back {span_words(breach.amount)} after its shift ends"
    if breach.code == "range":
        return f"would drive {km_words(breach.amount)} beyond its range of {km_words(vehicle.range_m)}"
    if breach.code == "payload_range":
        lifts = lift_kg(vehicle.payload_range, breach.which)
        able = f"it can lift {load_words(0, lifts)}" if lifts >= 0 else "it does not go"
        return f"would fly {km_words(breach.which)} between two loadings, and that far {able}"
    if breach.code == "capacity":
        limit = load_words(breach.which, vehicle.capacity[breach.which])
        return f"would carry {load_words(breach.which, breach.amount)} more than its limit of {limit}"
    if breach.code == "compatibility":
        return "would have goods aboard that may not travel together"
    if breach.code == "trips":
        return f"would load more often than the {vehicle.max_trips} times allowed in one shift"
    return f"has no way to {place_words(problem, problem.deliveries[i].node)}"


def _crowded_out(board: Board, i: int) -> Reason:
    """Every able vehicle is out: say who is in its place, or how far the nearest place is from holding."""
    d = board.problem.deliveries[i]
    near = board.least_bad(i)
    swaps = _swaps(board, i, near[:MOST_RIDES])
    rivals = [board.problem.deliveries[other].priority for other, _ in swaps]
    if swaps and (min(rivals) <= d.priority or board.problem.objective.weights is not None):
        urgent = [s for s, p in zip(swaps, rivals, strict=True) if p <= d.priority] or swaps
        text = f"Every able vehicle is out; it would fit only in place of {_swap_words(board, urgent)}."
        return Reason("DISPLACED", text, nearest=near[0])
    if swaps:
        text = (
            f"Every able vehicle is out; it would fit in place of {_swap_words(board, swaps)}, which is less urgent "
            "than itself: the engine missed that."
        )
        return Reason("NOT_PLANNED", text, nearest=near[0])
    able = sorted({vehicle_words(v) for v in board.problem.fleet if v.count and v.takes(d)})
    text = f"Every vehicle that may carry it is out in all its shifts ({_listed(able)})"
    if near and near[0].outcome.breaches:
        fit = near[0]
        breach = min(fit.outcome.breaches, key=lambda b: (b.code != "capacity", -b.amount))
        words = breach_words(board, i, fit.vehicle, breach)
        text += f"; nearest comes {where(fit)}, which {words}"
    return Reason("RESOURCE", f"{text}.", nearest=near[0] if near else None)


def _swaps(board: Board, i: int, near: list[Fit]) -> list[tuple[int, Fit]]:
    """Return (other delivery, how this one fits without it), most urgent others first."""
    out = []
    for fit in near:
        assert fit.ride is not None
        others = {x for step in fit.ride.steps if step.kind != "load" for x in step.deliveries}
        for other in sorted(others):
            swap = board.instead_of(i, other, fit.ride)
            if swap is not None:
                out.append((other, swap))
    return sorted(out, key=lambda s: (board.problem.deliveries[s[0]].priority, s[0]))


def _swap_words(board: Board, swaps: list[tuple[int, Fit]]) -> str:
    deliveries = board.problem.deliveries
    named = [
        f"{deliveries[other].delivery_id} (priority {deliveries[other].priority}, {route_id})"
        for other, fit in swaps[:MOST_NAMED]
        for route_id in [fit.ride.route_id if fit.ride else ""]
    ]
    more = len(swaps) - MOST_NAMED
    return " or ".join(named) + (f" or {more} other{'s' if more > 1 else ''}" if more > 0 else "")


def _listed(names: list[str], most: int = 6) -> str:
    seen = list(dict.fromkeys(names))
    return ", ".join(seen[:most]) + (f" and {len(seen) - most} more" if len(seen) > most else "")
