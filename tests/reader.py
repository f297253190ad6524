"""The rules of a plan read a second time, from flat rows and without a replay. Used only to doubt the checker."""

from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np

from workbench.plan import UNSERVED_CODES
from workbench.units import ceil_safe, iso


def faults(problem, plan):
    """Return the codes of the constraints that a plan breaks, judged by the times it states."""
    return {code for reading in (_names, _fates, _lives, _roads, _clocks, _loads, _figures, _crowds, _papers, _wheel,
                                 _terms, _soils, _days, _ties, _shares)
            for code in reading(problem, plan)}  # fmt: skip


def _by_id(problem):
    return {d.delivery_id: d for d in problem.deliveries}


def _place(problem):
    return {p.node_id: k for k, p in enumerate(problem.places)}


def _type(problem, route):
    same = [v for v in problem.fleet if (v.vehicle_type, v.owner) == (route.vehicle_type, route.owner)]
    exact = [v for v in same if problem.places[v.depot].node_id == route.start_node]
    return exact[0] if exact else same[0] if same else None


def _names(problem, plan):
    nodes, ids = set(_place(problem)), set(_by_id(problem))
    if len({r.route_id for r in plan.routes}) < len(plan.routes):
        yield "reference"
    for r in plan.routes:
        v = _type(problem, r)
        if v is None or r.start_node not in nodes:
            yield "reference"
        kinds = [s.kind for s in r.stops]
        if kinds.count("end") != (kinds[-1:] == ["end"]):
            yield "reference"
        for s in r.stops:
            works = s.kind in ("load", "reload", "deliver", "pickup")
            known = works or s.kind in ("rest", "end")
            if s.node not in nodes or not known or works != bool(s.deliveries) or not set(s.deliveries) <= ids:
                yield "reference"
        if v is not None:
            if r.start_node in nodes and r.start_node != problem.places[v.depot].node_id:
                yield "fleet"
            if kinds[-1:] != ["end"] or (
                r.stops[-1].node in nodes and r.stops[-1].node != problem.places[v.end_depot].node_id
            ):
                yield "fleet"
    if not {u.delivery_id for u in plan.unserved} | {d.delivery_id for d in plan.deliveries} <= ids:
        yield "reference"


def _fates(problem, plan):
    """Served or unserved, once."""
    ends = Counter(i for r in plan.routes for s in r.stops if s.kind in ("deliver", "pickup") for i in s.deliveries)
    ends.update(u.delivery_id for u in plan.unserved)
    for d in problem.deliveries:
        if ends[d.delivery_id] != 1:
            yield "served_once"
        node = problem.places[d.node].node_id
        for r in plan.routes:
            for s in r.stops:
                if s.kind in ("deliver", "pickup") and d.delivery_id in s.deliveries:
                    if s.node != node or (s.kind == "pickup") != (d.kind == "retrograde"):
                        yield "served_once"
                    if d.refused:
                        yield "refused"
    for u in plan.unserved:
        d = _by_id(problem).get(u.delivery_id)
        if u.code not in UNSERVED_CODES or (u.code != "NOT_PLANNED" and not u.reason.strip()):
            yield "unserved_code"
        if d is not None and d.refused and u.code not in (d.refused[0], "NOT_PLANNED"):
            yield "unserved_code"


def _lives(problem, plan):
    """What is loaded where and handed over afterwards, delivery by delivery."""
    places, drawn = _place(problem), defaultdict(set)
    listed = {u.delivery_id for u in plan.unserved}
    for d in problem.deliveries:
        life = [(k, n, s.kind, s.node) for k, r in enumerate(plan.routes) for n, s in enumerate(r.stops)
                for i in s.deliveries if i == d.delivery_id]  # fmt: skip
        loads = [x for x in life if x[2] in ("load", "reload")]
        drops = [x for x in life if x[2] == "deliver"]
        for x in loads:
            if x[3] in places and d.kind != "transfer":
                drawn[places[x[3]], d.item].add(d)
        if d.kind == "retrograde":
            if loads:
                yield "source"
            continue
        if any(places.get(x[3], -1) not in (*d.sources, -1) for x in loads):
            yield "source"
        paired = len(loads) == len(drops) and all(
            a[0] == b[0] and a[1] < b[1] for a, b in zip(loads, drops, strict=True)
        )
        given = [x for x in life if x[2] in ("deliver", "pickup")]
        if not paired and (given or d.delivery_id in listed):
            yield "source"
    for key, members in drawn.items():
        if sum(d.quantity for d in members) > problem.stock.get(key, float("inf")) + 1e-6:
            yield "stock"


def _legs(problem, route):
    """(seconds, metres) of each leg, None where there is none to be had."""
    v, places = _type(problem, route), _place(problem)
    names = [route.start_node, *(s.node for s in route.stops)]
    for a, b in pairwise(names):
        if v is None or a not in places or b not in places:
            yield None
        else:
            yield (0, 0) if a == b else problem.travel.leg(v.travel, places[a], places[b], 0)


def _roads(problem, plan):
    places = _place(problem)
    for r in plan.routes:
        v = _type(problem, r)
        if v is None:
            continue
        names = [r.start_node, *(s.node for s in r.stops)]
        for leg, a, b in zip(_legs(problem, r), names, names[1:], strict=False):
            if leg is None and a in places and b in places:
                yield "access"
        if sum(leg[1] for leg in _legs(problem, r) if leg) > v.range_m:
            yield "range"
        if sum(s.kind in ("load", "reload") for s in r.stops) > v.max_trips:
            yield "trips"
        if v.payload_range:
            yield from _sorties(problem, r, v.payload_range)


def _sorties(problem, route, curve):
    """What is lifted too far: looked up on the curve for each stretch between loadings."""
    metres = [leg[1] if leg else 0 for leg in _legs(problem, route)]
    loads = [n for n, s in enumerate(route.stops) if s.kind in ("load", "reload")]
    for a, b in pairwise([-1, *loads, len(route.stops) - 1] if route.stops else []):
        far = sum(metres[a + 1 : b + 1])
        most = max((sum(d.load.kg for d in _aboard_after(problem, route, n)) for n in range(max(a, 0), b)), default=0)
        if a == -1:
            most = max((sum(d.load.kg for d in _aboard_after(problem, route, n)) for n in range(b)), default=0)
        xs, ys = [x for x, _ in curve], [y for _, y in curve]
        if far > xs[-1] or most > np.interp(far, xs, ys) + 1e-6:
            yield "payload_range"


def _inside(windows, moment):
    return any(lo <= moment <= hi for lo, hi in windows)


def _clocks(problem, plan):
    """Windows and shifts, by stated times."""
    ids, places = _by_id(problem), _place(problem)
    for r in plan.routes:
        v = _type(problem, r)
        if v is not None and not any(a <= r.start_s <= b and r.end_s <= b + v.overtime_s for a, b in v.shifts):
            yield "shift"
        for s in r.stops:
            hours = problem.places[places[s.node]].windows if s.node in places else ((s.begin_s, s.begin_s),)
            if s.kind in ("load", "reload") and not _inside(hours, s.begin_s):
                yield "window"
            for d in (ids[i] for i in s.deliveries if i in ids):
                fits = (s.kind == "pickup") == (d.kind == "retrograde") and places.get(s.node) == d.node
                if s.kind in ("deliver", "pickup") and fits and not _inside(d.windows, s.begin_s):
                    yield "window"


def _aboard_after(problem, route, n):
    """What is aboard after stop n, found by looking back for each delivery."""
    ids = _by_id(problem)
    last_load = max([k for k, s in enumerate(route.stops[: n + 1]) if s.kind in ("load", "reload", "end")], default=-1)
    out = []
    for d in ids.values():
        on = [k for k, s in enumerate(route.stops[: n + 1]) if d.delivery_id in s.deliveries and
              s.kind in (("pickup",) if d.kind == "retrograde" else ("load", "reload"))]  # fmt: skip
        if d.kind == "retrograde":
            if on and on[-1] > last_load:
                out.append(d)
            continue
        off = [k for k, s in enumerate(route.stops[: n + 1]) if d.delivery_id in s.deliveries and s.kind == "deliver"]
        if on and (not off or on[-1] > off[-1]):
            out.append(d)
    return out


def _loads(problem, plan):
    for r in plan.routes:
        v = _type(problem, r)
        if v is None:
            continue
        for n, s in enumerate(r.stops):
            aboard = _aboard_after(problem, r, n)
            if any(sum(d.load[k] for d in aboard) > v.capacity[k] for k in range(4)):
                yield "capacity"
            if any(problem.conflicts[a.goods, b.goods] for a in aboard for b in aboard if a is not b):
                yield "compatibility"
            named = [d for d in problem.deliveries if d.delivery_id in s.deliveries]
            if any(not v.carries[d.goods] or (d.kind == "retrograde" and not v.picks_up) for d in named):
                yield "may_carry"
            if s.load_after != tuple(sum(d.load[k] for d in aboard) for k in range(4)):
                yield "stated"


def _work_s(problem, d, stop):
    """Seconds at a stop for one delivery; loaded where it may not be, the slowest of where it may."""
    if stop.kind in ("deliver", "pickup"):
        return d.service_s
    times = {problem.places[s].node_id: t for s, t in zip(d.sources, d.load_s, strict=True)}
    return times.get(stop.node, max(d.load_s, default=0)) if stop.kind in ("load", "reload") else 0


def _paced(v, seconds):
    """Seconds of one delivery's handling by this vehicle, the part of a second counted whole."""
    whole, part = divmod(seconds * v.service_ppm, 10**6)
    return whole + (part > 0)


def _price(problem, route, v, metres):
    """The cost of a route by its stated times, line by line."""
    ids, places, late = _by_id(problem), _place(problem), 0.0
    for s in route.stops:
        for d in (ids[i] for i in dict.fromkeys(s.deliveries) if i in ids and s.kind in ("deliver", "pickup")):
            late += d.late_cost * max(0, s.begin_s - d.due_s) / 3600
    begun = [b for a, b in v.shifts if a <= route.start_s]
    names = [route.start_node, *(s.node for s in route.stops)]
    risk = sum(int(problem.travel.exposure(v.travel, [places[a]], [places[b]])[0, 0])
               for a, b in pairwise(names) if a != b)  # fmt: skip
    lines = (
        v.fixed_cost, metres * v.cost_per_km / 1000, max(0, route.end_s - route.start_s) * v.cost_per_hour / 3600,
        max(0, route.end_s - max(begun)) * v.overtime_cost / 3600 if begun else 0, late,
        problem.prices.risk * risk / 1e6,
    )  # fmt: skip
    return sum(map(ceil_safe, lines))


def _figures(problem, plan):
    ids = _by_id(problem)
    for r in plan.routes:
        v, legs = _type(problem, r), list(_legs(problem, r))
        if v is not None and r.profile != v.profile:
            yield "stated"
        if r.stops and r.stops[-1].kind == "end" and r.end_node != r.stops[-1].node:
            yield "stated"
        before = r.start_s
        service = 0
        cleaned = {n for n, (clean, _) in enumerate(_cleanings(problem, r)) if clean}
        for n, (s, leg) in enumerate(zip(r.stops, legs, strict=True)):
            named = set(s.deliveries) & set(ids)
            busy = sum(_paced(v, _work_s(problem, ids[i], s)) if v else _work_s(problem, ids[i], s) for i in named)
            busy += problem.cleaning_s if n in cleaned else 0
            busy += v.turnaround_s if v and set(s.deliveries) & set(ids) and s.kind in ("load", "reload") else 0
            busy = s.depart_s - s.begin_s if s.kind == "rest" else busy
            if (leg and s.arrive_s != before + leg[0]) or s.begin_s < s.arrive_s or s.depart_s != s.begin_s + busy:
                yield "stated"
            if s.kind == "end" and s.begin_s != s.arrive_s:
                yield "stated"
            before, service = s.depart_s, service + busy
        if before != r.end_s:
            yield "stated"
        if v is None or None in legs:
            continue
        metres, seconds = (sum(leg[k] for leg in legs) for k in (1, 0))
        whole = r.end_s - r.start_s
        if (r.distance_m, r.travel_s, r.service_s, r.wait_s) != (metres, seconds, service, whole - seconds - service):
            yield "stated"
        if r.cost != _price(problem, r, v, metres):
            yield "stated"


def _crowds(problem, plan):
    """Vehicles; every problem tried has shifts that do not overlap."""
    for v in problem.fleet:
        mine = [r for r in plan.routes if _type(problem, r) is v]
        for a, b in v.shifts:
            if sum(a <= r.start_s and r.end_s <= b for r in mine) > v.count:
                yield "fleet"


def _papers(problem, plan):
    """What the plan says about itself and its deliveries."""
    places = [p.node_id for p in problem.places]
    about = (plan.scenario, plan.coa, plan.inputs_sha256, plan.as_of)
    if about != (problem.scenario, problem.coa, problem.inputs_sha256, iso(problem.as_of)):
        yield "stated"
    if plan.stated_cost is not None and plan.stated_cost != plan.cost:
        yield "stated"
    if plan.deliveries and Counter(d.delivery_id for d in plan.deliveries) != Counter(
        d.delivery_id for d in problem.deliveries
    ):
        yield "stated"
    loaded = {i: s.node for r in plan.routes for s in r.stops if s.kind in ("load", "reload") for i in s.deliveries}
    ids = _by_id(problem)
    for said in plan.deliveries:
        d = ids.get(said.delivery_id)
        if d is None:
            continue
        own = places[d.node]
        ends = (said.from_node,) if d.kind == "retrograde" else (said.to_node,)
        same = (said.requisition_id, said.kind, said.priority, said.quantity, said.load)
        if ends != (own,) or same != (d.requisition_id, d.kind, d.priority, d.quantity, d.load):
            yield "stated"
        if d.kind != "retrograde" and said.delivery_id in loaded and said.from_node != loaded[said.delivery_id]:
            yield "stated"
    if any(u.delivery_id in ids and u.requisition_id != ids[u.delivery_id].requisition_id for u in plan.unserved):
        yield "stated"


def _wheel(problem, plan):
    """Rests, hours at the wheel and risk."""
    places = _place(problem)
    for r in plan.routes:
        v = _type(problem, r)
        if v is None:
            continue
        driven = [leg[0] if leg else 0 for leg in _legs(problem, r)]
        rests = [n for n, s in enumerate(r.stops) if s.kind == "rest" and s.depart_s - s.begin_s >= v.rest_s]
        for a, b in pairwise([-1, *rests, len(driven)]):
            if sum(driven[a + 1 : b + 1]) > v.drive_s:
                yield "rest"
        if sum(driven) > v.max_drive_s:
            yield "driving"
        if r.end_s - r.start_s > v.longest_s:
            yield "duration"
        names = [r.start_node, *(s.node for s in r.stops)]
        ways = [(places[a], places[b]) for (a, b), leg in zip(pairwise(names), _legs(problem, r), strict=True)
                if leg and a != b]  # fmt: skip
        if sum(int(problem.travel.exposure(v.travel, [a], [b])[0, 0]) for a, b in ways) > v.max_exposure:
            yield "exposure"


def _rows(problem, plan):
    """(route, number of the stop, stop, delivery) of everything that any stop names."""
    ids = _by_id(problem)
    return [(r, n, s, ids[i]) for r in plan.routes for n, s in enumerate(r.stops) for i in dict.fromkeys(s.deliveries)
            if i in ids]  # fmt: skip


def _given(problem, plan):
    """Delivery -> (route, number of the stop) where it is first handed over, or picked up, as it should be."""
    places, out = _place(problem), {}
    for r, n, s, d in _rows(problem, plan):
        if s.kind == ("pickup" if d.kind == "retrograde" else "deliver") and places.get(s.node) == d.node:
            out.setdefault(d.delivery_id, []).append((r, n))
    return out


def _terms(problem, plan):
    """Releases, vehicles asked for, time aboard, picking up last."""
    for r, n, s, d in _rows(problem, plan):
        v = _type(problem, r)
        if v is not None and d.may_use and not d.may_use[problem.fleet.index(v)]:
            yield "vehicle_choice"
        if s.kind in (("pickup",) if d.kind == "retrograde" else ("load", "reload")):
            if not d.ready_s <= s.begin_s <= d.load_by_s:
                yield "release"
            last = v is not None and v.backhaul_last and d.kind == "retrograde"
            if last and any(x.kind != "retrograde" for x in _aboard_after(problem, r, n)):
                yield "backhaul"
    ids = _by_id(problem)
    for i, ends in _given(problem, plan).items():
        for r, n in ends:
            loads = ("load", "reload", "end") if ids[i].kind == "retrograde" else ("load", "reload")
            stops = list(enumerate(r.stops))
            if ids[i].kind == "retrograde":
                after = [s.begin_s for k, s in stops if k > n and s.kind in loads]
                spans = [after[0] - r.stops[n].depart_s] if after else []
            else:
                before = [s.depart_s for k, s in stops if k < n and s.kind in loads and i in s.deliveries]
                spans = [r.stops[n].begin_s - before[-1]] if before else []
            if any(span > ids[i].aboard_s for span in spans):
                yield "aboard"


def _cleanings(problem, route):
    """Per stop: whether the vehicle is cleaned there, and whether something comes aboard that needed it in vain."""
    ids, since, out = _by_id(problem), [], []
    for n, s in enumerate(route.stops):
        had = _aboard_after(problem, route, n - 1) if n else []
        loads = s.kind in ("load", "reload")
        had = [d for d in had if not (loads and d.kind == "retrograde")]
        new = [d for d in (ids[i] for i in dict.fromkeys(s.deliveries) if i in ids)
               if (loads if d.kind != "retrograde" else s.kind == "pickup") and d not in had]  # fmt: skip
        needed = problem.cleaning is not None and any(problem.cleaning[a, b.goods] for a in since for b in new)
        clean = needed and loads and not had
        out.append((clean, needed and not clean))
        since = ([] if clean else since) + [d.goods for d in new]
    return out


def _soils(problem, plan):
    if any(soiled for r in plan.routes for _, soiled in _cleanings(problem, r)):
        yield "cleaning"


WORKS = ("load", "reload", "deliver", "pickup")


def _days(problem, plan):
    """Visits of a place on a day: stops that follow another of the same place, rests apart, are none of their own."""
    start, count = problem.as_of.timestamp(), Counter()
    for r in plan.routes:
        stops = [(s.node if s.kind in (*WORKS, "rest") else None, s) for s in r.stops]
        for before, (node, s) in zip([None, *(node for node, _ in stops)], stops, strict=False):
            if node in _place(problem) and node != before and s.kind in WORKS:
                count[node, (start + s.begin_s) // 86_400] += 1
    limits = {p.node_id: p.visits_per_day or 10**9 for p in problem.places}
    if any(n > limits[node] for (node, _), n in count.items()):
        yield "visits"


def _ties(problem, plan):
    given = _given(problem, plan)
    for tie in problem.relations:
        first, second = (given.get(problem.deliveries[i].delivery_id) for i in (tie.first, tie.second))
        if second is None or (first is None and tie.kind != "before"):
            continue
        if first is None:
            yield "relations"
            continue
        (a, m), (b, n) = first[0], second[0]
        gap = b.stops[n].begin_s - a.stops[m].depart_s
        kept = {
            "same_vehicle": a is b, "different_vehicle": a is not b, "before": tie.gap_s <= gap <= tie.within_s,
        }[tie.kind]  # fmt: skip
        if not kept:
            yield "relations"


def _shares(problem, plan):
    """Escorts and teams: who holds one when, and how many at the start of each."""
    for resource in problem.resources:
        nodes = {problem.places[p].node_id for p in resource.places}
        spans = []
        for r in plan.routes:
            works = [(s, [d for x, _, at, d in _rows(problem, plan) if x is r and at is s]) for s in r.stops
                     if s.kind in WORKS and s.node in _place(problem)]  # fmt: skip
            fits = [(s, not resource.goods or any(resource.goods[d.goods] for d in ds)) for s, ds in works]
            if resource.kind == "team":
                spans += [(s.begin_s, s.depart_s) for s, fit in fits if fit and s.node in nodes
                          and s.depart_s > s.begin_s]  # fmt: skip
            elif any(fit for _, fit in fits) and any(s.node in nodes for s, _ in fits):
                spans.append((r.start_s, r.end_s))
        crowd = max((sum(a <= t < b for a, b in spans) for t, _ in spans), default=0)
        if crowd > resource.count or any(not _within(span, resource.windows) for span in spans):
            yield "resources"


def _within(span, windows):
    return any(lo <= span[0] and span[1] <= hi for lo, hi in windows)
