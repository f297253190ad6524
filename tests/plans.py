"""Plans made without any engine: laid stop by stop, at random, and spoilt on purpose."""

import math
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from workbench.plan import Plan, PlannedDelivery, Route, Stop, Unserved
from workbench.problem import NO_LIMIT, Load, route_cost
from workbench.units import iso


def lay(problem, route_id, v, start_s, steps):
    """A route of fleet entry `v` that does `steps` (kind, place, delivery ids) as early as windows and releases allow.

    Rests are taken where they are due, and ("rest", place, seconds) is one more. The end stop is added. Loads, times
    and costs are right; whether limits are kept is the caller's matter.
    """
    vehicle = problem.fleet[v]
    known = {d.delivery_id: d for d in problem.deliveries}
    now, here, metres, driven, worked, since = start_s, vehicle.depot, 0, 0, 0, 0
    aboard, stops, seen = [], [], set()
    late, risk = 0.0, 0

    def rest(seconds):
        load = Load(*(sum(d.load[k] for d in aboard) for k in range(4)))
        stops.append(Stop(problem.places[here].node_id, "rest", now, now, now + seconds, (), load))

    for kind, place, ids in [*steps, ("end", vehicle.end_depot, ())]:
        if kind == "rest":
            rest(ids)
            now, worked, since = now + ids, worked + ids, 0 if ids >= vehicle.rest_s else since
            continue
        seconds, more = (0, 0) if here == place else problem.travel.leg(vehicle.travel, here, place, now)
        if since + seconds > vehicle.drive_s and stops:
            rest(vehicle.rest_s)
            now, worked, since = now + vehicle.rest_s, worked + vehicle.rest_s, 0
            seconds = 0 if here == place else problem.travel.leg(vehicle.travel, here, place, now)[0]
        since += seconds
        if here != place and (problem.prices.risk or vehicle.max_exposure < NO_LIMIT):
            risk += int(problem.travel.exposure(vehicle.travel, [here], [place])[0, 0])
        arrive, members = now + seconds, [known[i] for i in ids]
        if kind in ("load", "reload", "end"):
            aboard = [d for d in aboard if d.kind != "retrograde"]
        fresh = {d.goods for d in members} if kind in ("load", "reload", "pickup") else set()
        if kind in ("load", "reload"):
            windows = [problem.places[place].windows]
            service = vehicle.turnaround_s + sum(at_pace(vehicle, d.loading_s(place)) for d in members)
            if not aboard and problem.cleaning is not None and any(problem.cleaning[a, b] for a in seen for b in fresh):
                service, seen = service + problem.cleaning_s, set()
        else:
            windows, service = [d.windows for d in members], sum(at_pace(vehicle, d.service_s) for d in members)
        seen |= fresh
        ready = max((d.ready_s for d in members), default=0) if kind in ("load", "reload", "pickup") else 0
        begin = first_common(windows, max(arrive, ready))
        if kind in ("deliver", "pickup"):
            late += sum(d.late_cost * max(0, begin - d.due_s) / 3600 for d in members)
        aboard = [d for d in aboard if d not in members] if kind == "deliver" else aboard + members
        load = Load(*(sum(d.load[k] for d in aboard) for k in range(4)))
        now, here = begin + service, place
        metres, driven, worked = metres + more, driven + seconds, worked + service
        stops.append(Stop(problem.places[place].node_id, kind, arrive, begin, now, tuple(ids), load))
    return Route(
        route_id, vehicle.vehicle_type, vehicle.owner, vehicle.profile, problem.places[vehicle.depot].node_id,
        stops[-1].node, start_s, now, metres, driven, now - start_s - driven - worked, worked,
        route_cost(vehicle, metres, now - start_s, overtime_s=after_shift(vehicle, start_s, now), lateness=late,
                   risk=problem.prices.risk * risk / 1e6), tuple(stops),
    )  # fmt: skip


def at_pace(vehicle, seconds):
    """Seconds of handling by a vehicle that takes so many millionths of what is stated, rounded up."""
    return math.ceil(Fraction(seconds * vehicle.service_ppm, 10**6))


def after_shift(vehicle, start_s, end_s):
    """Seconds by which a route ends after the shift that it started in."""
    ends = [hi for lo, hi in sorted(vehicle.shifts) if lo <= start_s]
    return max(0, end_s - ends[-1]) if ends else 0


def first_common(windows, arrive):
    """The first instant from `arrive` on that lies in a window of each; `arrive` itself when there is none."""
    candidates = sorted({arrive} | {lo for some in windows for lo, _ in some if lo >= arrive})
    for moment in candidates:
        if all(any(lo <= moment <= hi for lo, hi in some) for some in windows):
            return moment
    return arrive


def plan_of(problem, routes):
    """A complete plan of these routes: what they leave out is unserved, every delivery is listed."""
    loaded = {i: s.node for r in routes for s in r.stops if s.kind in ("load", "reload") for i in s.deliveries}
    served = {i for r in routes for s in r.stops if s.kind in ("deliver", "pickup") for i in s.deliveries}

    def listed(d):
        own = problem.places[d.node].node_id
        start = problem.places[d.source].node_id if d.source >= 0 else ""
        ends = (own, "") if d.kind == "retrograde" else (loaded.get(d.delivery_id, start), own)
        return PlannedDelivery(d.delivery_id, d.requisition_id, d.kind, *ends, d.priority, d.quantity, d.load)

    unserved = [
        Unserved(d.delivery_id, d.requisition_id, *(d.refused or ("NOT_PLANNED", "Left out.")))
        for d in problem.deliveries
        if d.delivery_id not in served
    ]
    return Plan(
        problem.scenario, problem.coa, problem.inputs_sha256, "hand", "1", 1, {"iterations": 1}, {"iterations": 1},
        iso(problem.as_of), tuple(routes), tuple(unserved), tuple(listed(d) for d in problem.deliveries),
    )  # fmt: skip


def random_plan(problem, rng):
    """A plan put together at random that keeps every constraint but slots; often it serves only a part."""
    routes, todo, drawn = [], {d.delivery_id for d in problem.deliveries if d.refused is None}, {}
    lanes = [(v, s) for v, t in enumerate(problem.fleet) for s in t.shifts for _ in range(t.count)]
    rng.shuffle(lanes)
    for v, shift in lanes:
        steps = _random_steps(problem, v, shift, todo, drawn, rng)
        if steps:
            start = shift[0] + (rng.choice([0, 600]) if _ends(problem, v, shift, shift[0] + 600, steps) else 0)
            routes.append(lay(problem, f"R{len(routes) + 1:02d}", v, start, steps))
            todo -= {i for _, _, ids in steps for i in ids}
            _draw(problem, drawn, steps)
    return plan_of(problem, routes)


def _draw(problem, drawn, steps):
    known = {d.delivery_id: d for d in problem.deliveries}
    for kind, place, ids in steps:
        for i in ids if kind in ("load", "reload") else ():
            drawn[place, known[i].item] = drawn.get((place, known[i].item), 0) + known[i].quantity


def _random_steps(problem, v, shift, todo, drawn, rng):
    """Extend at random, keep only what still gets home; drop a tail that leaves goods aboard."""
    steps, best, tries = [], [], 0
    while tries < 12:
        tries += 1
        aboard, gone = _aboard(problem, steps)
        options = [("deliver", d.node, (d.delivery_id,)) for d in aboard if d.kind != "retrograde"]
        for d in problem.deliveries:
            if d.delivery_id in todo and d.delivery_id not in gone and problem.fleet[v].takes(d):
                if d.kind == "retrograde":
                    options.append(("pickup", d.node, (d.delivery_id,)))
                else:
                    options += [("load", s, (d.delivery_id,)) for s in d.sources]
        if not options:
            break
        step = rng.choice(options)
        trial = _join(steps, step)
        if _ends(problem, v, shift, shift[0], trial) and _stocked(problem, drawn, trial):
            steps = trial
            if not any(d.kind != "retrograde" for d in _aboard(problem, steps)[0]):
                best = steps
    return _numbered(best)


def _join(steps, step):
    if steps and steps[-1][:2] == step[:2]:
        return [*steps[:-1], (*step[:2], steps[-1][2] + step[2])]
    return [*steps, step]


def _numbered(steps):
    seen = False
    out = []
    for kind, place, ids in steps:
        out.append(("reload" if kind == "load" and seen else kind, place, ids))
        seen = seen or kind == "load"
    return out


def _aboard(problem, steps):
    known = {d.delivery_id: d for d in problem.deliveries}
    aboard, gone = [], set()
    for kind, _, ids in steps:
        if kind == "load":
            aboard = [d for d in aboard if d.kind != "retrograde"]
        gone |= set(ids)
        members = [known[i] for i in ids]
        aboard = [d for d in aboard if d not in members] if kind == "deliver" else aboard + members
    return aboard, gone


def _stocked(problem, drawn, steps):
    total = dict(drawn)
    _draw(problem, total, steps)
    return all(amount <= problem.stock.get(key, amount) for key, amount in total.items())


def _ends(problem, v, shift, start, steps):
    """Whether a route can do the steps within every limit, leaving goods aboard apart."""
    vehicle = problem.fleet[v]
    places = [vehicle.depot, *(p for _, p, _ in steps), vehicle.end_depot]
    if any(a != b and problem.travel.leg(vehicle.travel, a, b, 0) is None for a, b in pairwise(places)):
        return False
    route = lay(problem, "R", v, start, steps)
    known = {d.delivery_id: d for d in problem.deliveries}
    for n, (place, stop) in enumerate(zip(places[1:], (s for s in route.stops if s.kind != "rest"), strict=True)):
        ds = [known[i] for i in stop.deliveries]
        hours = [problem.places[place].windows] if stop.kind == "load" else [d.windows for d in ds]
        if not all(any(lo <= stop.begin_s <= hi for lo, hi in some) for some in hours):
            return False
        aboard = _aboard(problem, steps[: n + 1])[0]
        if any(problem.conflicts[a.goods, b.goods] for a in aboard for b in aboard if a is not b):
            return False
        if any(x > limit for x, limit in zip(stop.load_after, vehicle.capacity, strict=True)):
            return False
    loads = sum(kind == "load" for kind, _, _ in steps)
    return (
        shift[0] <= start
        and route.end_s <= shift[1]
        and route.distance_m <= vehicle.range_m
        and loads <= vehicle.max_trips
        and liftable(problem, vehicle, zip(places[1:], (s for s in route.stops if s.kind != "rest"), strict=True))
    )


def liftable(problem, vehicle, visits):
    """Whether every sortie, cut at the loadings, stays under the straight lines of the payload by distance."""
    here, metres, peak = vehicle.depot, 0, 0
    for place, stop in visits:
        metres += 0 if here == place else problem.travel.leg(vehicle.travel, here, place, 0)[1]
        here = place
        if stop.kind in ("load", "reload", "end"):
            if not under(vehicle.payload_range, metres, peak):
                return False
            metres = peak = 0
        peak = max(peak, stop.load_after.kg)
    return True


def under(curve, metres, kg):
    """Whether so much may go so far: on or under the lines that join the points, read as fractions."""
    if not curve or (metres <= curve[0][0] and kg <= curve[0][1]):
        return True
    for (near, more), (far, less) in pairwise(curve):
        if near < metres <= far:
            return kg <= more - Fraction((more - less) * (metres - near), far - near)
    return False


def with_route(plan, index, **changes):
    """The plan with some fields of one route changed."""
    routes = list(plan.routes)
    routes[index] = replace(routes[index], **changes)
    return plan.replace(routes=tuple(routes))


def with_stop(plan, index, number, **changes):
    """The plan with some fields of one stop changed."""
    stops = list(plan.routes[index].stops)
    stops[number] = replace(stops[number], **changes)
    return with_route(plan, index, stops=tuple(stops))
