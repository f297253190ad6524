"""The key figures of a plan, in the order in which people read them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from workbench.kpi.facts import Facts, share_of
from workbench.kpi.registry import kpi
from workbench.problem import NO_LIMIT, SHARE


@kpi(unit="share", better="higher")
def otif(facts: Facts) -> float:
    """On time in full: requisitions served whole with every part begun within its window, of all."""
    good = sum(all(facts.on_time(i) for i in parts) for parts in facts.requisitions.values())
    return share_of(good, len(facts.requisitions))


@kpi(unit="requisitions", better="higher")
def served(facts: Facts) -> float:
    """Requisitions served whole, late or not."""
    return sum(all(i in facts.began for i in parts) for parts in facts.requisitions.values())


@kpi(unit="requisitions", better="lower")
def unserved(facts: Facts) -> float:
    """Requisitions of which a part or all is unserved."""
    return len(facts.requisitions) - served(facts)


@kpi(unit="deliveries", better="higher")
def served_deliveries(facts: Facts) -> float:
    """Deliveries (parts of requisitions) served."""
    return len(facts.began)


@kpi(unit="deliveries", better="lower")
def unserved_deliveries(facts: Facts) -> float:
    """Deliveries (parts of requisitions) not served."""
    return len(facts.problem.deliveries) - len(facts.began)


@kpi(unit="share", better="higher")
def served_share(facts: Facts) -> float:
    """Served of all requisitions, parts counted by their share."""
    return share_of(sum(facts.problem.deliveries[i].share for i in facts.began), SHARE * len(facts.requisitions))


@kpi(unit="requisitions", better="higher")
def served_priority(facts: Facts) -> Mapping[str, float]:
    """Requisitions served at this priority, parts counted by their share."""
    return {str(p): n for p, n in facts.shares(lambda i: i in facts.began).items()}


@kpi(unit="requisitions", better="lower")
def unserved_priority(facts: Facts) -> Mapping[str, float]:
    """Requisitions unserved at this priority, parts counted by their share."""
    return {str(p): n for p, n in facts.shares(lambda i: i not in facts.began).items()}


@kpi(unit="share", better="higher")
def line_fill(facts: Facts) -> float:
    """Requisitions served whole, late or not, of all."""
    return share_of(served(facts), len(facts.requisitions))


@kpi(unit="share", better="higher")
def quantity_fill(facts: Facts) -> float:
    """Quantity served, late or not, of all that is asked for, by weight."""
    return facts.filled(lambda i: i in facts.began)


@kpi(unit="share", better="higher")
def quantity_fill_on_time(facts: Facts) -> float:
    """Quantity begun within its window, of all that is asked for, by weight."""
    return facts.filled(facts.on_time)


@kpi(unit="share", better="higher")
def quantity_fill_class(facts: Facts) -> Mapping[str, float]:
    """Quantity served of this class of supply, late or not, of all that is asked for, by weight."""
    classes = sorted({d.supply_class for d in facts.problem.deliveries})
    return {c.lower(): facts.filled(facts.began.__contains__, c) for c in classes}


@kpi(unit="min", better="lower")
def lateness_min(facts: Facts) -> float:
    """Minutes by which services start after their windows, added up over served deliveries."""
    return sum(facts.late_s(i) for i in facts.began) / 60


@kpi(unit="deliveries", better="lower")
def late_deliveries(facts: Facts) -> float:
    """Served deliveries whose service starts after their window."""
    return sum(facts.late_s(i) > 0 for i in facts.began)


@kpi(unit="km", better="lower")
def distance_km(facts: Facts) -> float:
    """Distance driven by all vehicles."""
    return sum(t.distance_m for t in facts.replay.traces) / 1000


@kpi(unit="km", better="lower")
def empty_km(facts: Facts) -> float:
    """Distance driven with nothing aboard."""
    return sum(metres for _, metres, kg in facts.legs if not kg) / 1000


@kpi(unit="share", better="lower")
def empty_share(facts: Facts) -> float:
    """Distance driven with nothing aboard, of all distance."""
    metres = sum(metres for _, metres, _ in facts.legs)
    return empty_km(facts) * 1000 / metres if metres else 0.0


@kpi(unit="t km", better="")
def tonne_km(facts: Facts) -> float:
    """Weight aboard times distance, over all legs."""
    return sum(metres * kg for _, metres, kg in facts.legs) / 1e6


@kpi(unit="h", better="lower")
def vehicle_hours(facts: Facts) -> float:
    """Time from start to end of every route."""
    return sum(t.end_s - t.route.start_s for t in facts.replay.traces) / 3600


@kpi(unit="h", better="lower")
def driving_hours(facts: Facts) -> float:
    """Time on the road, over all routes."""
    return sum(t.travel_s for t in facts.replay.traces) / 3600


@kpi(unit="h")
def reserve_hours(facts: Facts) -> float:
    """Time on the road that engines plan with, beyond what it takes at the hours driven at."""
    return facts.reserve_s / 3600


@kpi(unit="h", better="lower")
def waiting_hours(facts: Facts) -> float:
    """Time early and idle at stops, over all routes."""
    return sum(t.wait_s for t in facts.replay.traces) / 3600


@kpi(unit="cost", better="lower")
def cost_total(facts: Facts) -> float:
    """Cost of the plan: the lines below, each rounded up per route."""
    return sum(facts.cost_by_line.values())


@kpi(unit="cost", better="lower")
def cost_fixed(facts: Facts) -> float:
    """Cost of using vehicles at all."""
    return facts.cost_by_line["fixed"]


@kpi(unit="cost", better="lower")
def cost_distance(facts: Facts) -> float:
    """Cost of the kilometres driven."""
    return facts.cost_by_line["distance"]


@kpi(unit="cost", better="lower")
def cost_time(facts: Facts) -> float:
    """Cost of the hours from start to end of routes."""
    return facts.cost_by_line["time"]


@kpi(unit="cost", better="lower")
def cost_overtime(facts: Facts) -> float | None:
    """Cost of the hours after shifts."""
    return facts.cost_by_line["overtime"] if any(v.overtime_s for v in facts.problem.fleet) else None


@kpi(unit="cost", better="lower")
def cost_lateness(facts: Facts) -> float | None:
    """Cost of services that start after they are due."""
    return facts.cost_by_line["lateness"] if any(d.late_cost for d in facts.problem.deliveries) else None


@kpi(unit="cost", better="lower")
def cost_risk(facts: Facts) -> float | None:
    """Price of the risk that routes run."""
    return facts.cost_by_line["risk"] if facts.problem.prices.risk else None


@kpi(unit="cost", better="lower")
def cost_imbalance(facts: Facts) -> float | None:
    """Price of work that is unevenly shared between routes."""
    return facts.cost_by_line["imbalance"] if facts.problem.prices.imbalance_per_hour else None


@kpi(unit="h", better="lower")
def overtime_hours(facts: Facts) -> float | None:
    """Hours after shifts, over all routes."""
    if not any(v.overtime_s for v in facts.problem.fleet):
        return None
    return sum(t.overtime_s(t.end_s) for t in facts.replay.traces) / 3600


@kpi(unit="h", better="lower")
def late_hours(facts: Facts) -> float | None:
    """Hours by which services start after they are due, added up over served deliveries."""
    if all(d.due_s >= NO_LIMIT for d in facts.problem.deliveries):
        return None
    return sum(facts.after_due_s.values()) / 3600


@kpi(unit="rests")
def rests(facts: Facts) -> float | None:
    """Rests taken between legs, over all routes."""
    if all(v.drive_s >= NO_LIMIT for v in facts.problem.fleet):
        return None
    return sum(v.stop.kind == "rest" for t in facts.replay.traces for v in t.visits)


@kpi(unit="h", better="lower")
def longest_route_hours(facts: Facts) -> float | None:
    """Time from start to end of the longest route."""
    return max(facts.durations_s, default=0) / 3600 if facts.problem.prices.imbalance_per_hour else None


@kpi(unit="h", better="lower")
def imbalance_hours(facts: Facts) -> float | None:
    """Time by which the longest route exceeds the mean."""
    if not facts.problem.prices.imbalance_per_hour:
        return None
    spans = facts.durations_s or [0]
    return (max(spans) - sum(spans) / len(spans)) / 3600


@kpi(unit="neper", better="lower")
def exposure(facts: Facts) -> float | None:
    """Risk of losing vehicles, added up over all routes: -ln of the chance that none is lost."""
    return sum(t.exposure for t in facts.replay.traces) / 1e6 if facts.replay.risky else None


@kpi(unit="share", better="higher")
def utilisation(facts: Facts) -> float:
    """Peak load over capacity, summed over trips, in the load dimension that is used most."""
    return max(facts.utilised.values(), default=0.0)


@kpi(unit="dimension")
def binding_dimension(facts: Facts) -> str:
    """The load dimension that is used most, so that it limits what vehicles take."""
    return max(facts.utilised, key=lambda name: facts.utilised[name], default="none")


@kpi(unit="share", better="higher")
def utilisation_of(facts: Facts) -> Mapping[str, float]:
    """Peak load over capacity in this load dimension, summed over trips."""
    return facts.utilised


@kpi(unit="routes", better="lower")
def routes(facts: Facts) -> float:
    """Routes: one vehicle in one shift each."""
    return len(facts.replay.traces)


@kpi(unit="vehicles", better="lower")
def vehicles_used(facts: Facts) -> float:
    """Vehicles needed, when one that has come back may go out again in its next shift."""
    return sum(_vehicles(facts).values())


@kpi(unit="vehicles", better="lower")
def vehicles_used_of(facts: Facts) -> Mapping[str, float]:
    """Vehicles needed of this type, when one that has come back may go out again in its next shift."""
    return _vehicles(facts)


def _vehicles(facts: Facts) -> dict[str, float]:
    """Most routes of each type within one of its shifts, added up over depots and owners."""
    out: dict[str, float] = {}
    for vehicle in facts.problem.fleet:
        traces = [t for t in facts.replay.traces if t.vehicle is vehicle]
        shifts = vehicle.shifts or ((0, facts.problem.horizon_s),)
        most = max(sum(a <= t.route.start_s <= b for t in traces) for a, b in shifts)
        name = re.sub(r"\W+", "_", vehicle.vehicle_type).strip("_").lower()
        out[name] = out.get(name, 0) + most
    return out


@kpi(unit="h", better="lower")
def mean_delivery_h(facts: Facts) -> float:
    """When services start, on average over served deliveries, counted from the planning moment."""
    return sum(facts.began.values()) / len(facts.began) / 3600 if facts.began else 0.0


@kpi(unit="h", better="lower")
def last_delivery_h(facts: Facts) -> float:
    """When the last service starts, counted from the planning moment."""
    return max(facts.began.values(), default=0) / 3600
