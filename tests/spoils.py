# ruff: noqa: D103 (the names of the functions say what is wrong)
"""Ways to spoil a plan. Each takes (problem, plan, rng) and returns the spoilt plan, or None where it cannot.

The name says what is wrong; `CODES` says which constraint must notice it on `worlds.good()`.
"""

from dataclasses import replace

from plans import with_route, with_stop

from workbench.plan import Unserved
from workbench.problem import route_cost

SPOILS = {}
CODES = {}


def spoil(code):
    def register(function):
        SPOILS[function.__name__] = function
        CODES[function.__name__] = code
        return function

    return register


def _pick(plan, rng, kinds, at_least=1):
    found = [
        (r, n)
        for r, route in enumerate(plan.routes)
        for n, s in enumerate(route.stops)
        if s.kind in kinds and len(s.deliveries) >= at_least
    ]
    return rng.choice(found) if found else None


def _stop(plan, at):
    return plan.routes[at[0]].stops[at[1]]


def _route(plan, rng):
    with_stops = [r for r, route in enumerate(plan.routes) if route.stops]
    return rng.choice(with_stops) if with_stops else None


def _with_stops(plan, r, stops):
    return with_route(plan, r, stops=tuple(stops))


@spoil("reference")
def unknown_vehicle_type(problem, plan, rng):
    r = _route(plan, rng)
    return None if r is None else with_route(plan, r, vehicle_type="HOVERCRAFT")


@spoil("reference")
def unknown_owner(problem, plan, rng):
    r = _route(plan, rng)
    return None if r is None else with_route(plan, r, owner="nobody")


@spoil("reference")
def unknown_node(problem, plan, rng):
    at = _pick(plan, rng, ("load", "deliver", "pickup", "reload"))
    return at and with_stop(plan, *at, node="NOWHERE")


@spoil("reference")
def unknown_delivery(problem, plan, rng):
    at = _pick(plan, rng, ("load", "deliver", "pickup"))
    return at and with_stop(plan, *at, deliveries=(*_stop(plan, at).deliveries, "GHOST/1"))


@spoil("reference")
def unknown_kind(problem, plan, rng):
    at = _pick(plan, rng, ("deliver", "pickup", "load"))
    return at and with_stop(plan, *at, kind="teleport")


@spoil("reference")
def unknown_unserved(problem, plan, rng):
    return plan.replace(unserved=(*plan.unserved, Unserved("GHOST/1", "GHOST", "RESOURCE", "Not there.")))


@spoil("reference")
def same_name_twice(problem, plan, rng):
    return with_route(plan, 0, route_id=plan.routes[-1].route_id) if len(plan.routes) > 1 else None


@spoil("reference")
def stop_that_does_nothing(problem, plan, rng):
    at = _pick(plan, rng, ("deliver",))
    if at is None:
        return None
    stop = _stop(plan, at)
    idle = replace(stop, arrive_s=stop.depart_s, begin_s=stop.depart_s, deliveries=())
    stops = list(plan.routes[at[0]].stops)
    return _with_stops(plan, at[0], [*stops[: at[1] + 1], idle, *stops[at[1] + 1 :]])


@spoil("served_once")
def forgotten(problem, plan, rng):
    """Neither served nor unserved."""
    return plan.replace(unserved=plan.unserved[1:]) if plan.unserved else None


@spoil("served_once")
def served_and_unserved(problem, plan, rng):
    at = _pick(plan, rng, ("deliver", "pickup"))
    if at is None:
        return None
    d = next(d for d in problem.deliveries if d.delivery_id == _stop(plan, at).deliveries[0])
    more = Unserved(d.delivery_id, d.requisition_id, "RESOURCE", "No vehicle is free.")
    return plan.replace(unserved=(*plan.unserved, more))


@spoil("served_once")
def unserved_twice(problem, plan, rng):
    return plan.replace(unserved=(*plan.unserved, plan.unserved[0])) if plan.unserved else None


@spoil("served_once")
def delivered_twice(problem, plan, rng):
    """A later stop hands over again what an earlier one did."""
    at = _pick(plan, rng, ("deliver",))
    if at is None:
        return None
    stop = _stop(plan, at)
    return with_stop(plan, *at, deliveries=(*stop.deliveries, stop.deliveries[0]))


@spoil("served_once")
def loaded_never_delivered(problem, plan, rng):
    at = _pick(plan, rng, ("deliver",), at_least=2)
    return at and with_stop(plan, *at, deliveries=_stop(plan, at).deliveries[1:])


@spoil("served_once")
def wrong_place(problem, plan, rng):
    at = _pick(plan, rng, ("deliver", "pickup"))
    others = [p.node_id for p in problem.places if at and p.node_id != _stop(plan, at).node]
    return with_stop(plan, *at, node=rng.choice(others)) if others else None


@spoil("source")
def delivered_never_loaded(problem, plan, rng):
    at = _pick(plan, rng, ("load", "reload"), at_least=2)
    return at and with_stop(plan, *at, deliveries=_stop(plan, at).deliveries[1:])


@spoil("source")
def loaded_twice(problem, plan, rng):
    at = _pick(plan, rng, ("load", "reload"))
    return at and with_stop(plan, *at, deliveries=(*_stop(plan, at).deliveries, _stop(plan, at).deliveries[0]))


@spoil("source")
def loaded_where_it_is_not(problem, plan, rng):
    at = _pick(plan, rng, ("load", "reload"))
    if at is None:
        return None
    known = {d.delivery_id: d for d in problem.deliveries}
    sources = {s for i in _stop(plan, at).deliveries for s in known[i].sources}
    others = [p.node_id for k, p in enumerate(problem.places) if k not in sources]
    return with_stop(plan, *at, node=rng.choice(others)) if others else None


@spoil("source")
def loaded_by_another(problem, plan, rng):
    """One route loads what the other hands over."""
    at = _pick(plan, rng, ("load",), at_least=2)
    to = [r for r, _ in enumerate(plan.routes) if at and r != at[0] and plan.routes[r].stops[0].kind == "load"]
    if not to:
        return None
    first, other = _stop(plan, at), plan.routes[to[0]].stops[0]
    plan = with_stop(plan, *at, deliveries=first.deliveries[1:])
    return with_stop(plan, to[0], 0, deliveries=(*other.deliveries, first.deliveries[0]))


@spoil("source")
def delivered_before_loaded(problem, plan, rng):
    at = _pick(plan, rng, ("load",))
    if at is None or [s.kind for s in plan.routes[at[0]].stops[at[1] + 1 :]][:1] != ["deliver"]:
        return None
    stops = list(plan.routes[at[0]].stops)
    stops[at[1]], stops[at[1] + 1] = stops[at[1] + 1], stops[at[1]]
    return _with_stops(plan, at[0], stops)


@spoil("stated")
def load_one_kilo_off(problem, plan, rng):
    at = _pick(plan, rng, ("load", "deliver", "pickup", "reload"))
    load = at and _stop(plan, at).load_after
    return at and with_stop(plan, *at, load_after=load._replace(kg=load.kg + 1))


@spoil("stated")
def load_one_litre_off(problem, plan, rng):
    at = _pick(plan, rng, ("load", "deliver", "pickup", "reload"))
    load = at and _stop(plan, at).load_after
    return at and with_stop(plan, *at, load_after=load._replace(litres=load.litres + 1))


def _off_by_one(name):
    def change(problem, plan, rng):
        r = _route(plan, rng)
        return None if r is None else with_route(plan, r, **{name: getattr(plan.routes[r], name) + rng.choice([-1, 1])})

    change.__name__ = f"{name}_off_by_one"
    return spoil("stated")(change)


for _name in ("distance_m", "travel_s", "wait_s", "service_s", "cost", "end_s", "start_s"):
    _off_by_one(_name)


def _time_off(name):
    def change(problem, plan, rng):
        at = _pick(plan, rng, ("load", "deliver", "pickup", "reload", "end"), at_least=0)
        return at and with_stop(plan, *at, **{name: getattr(_stop(plan, at), name) + rng.choice([-1, 1])})

    change.__name__ = f"{name}_off_by_one_at_a_stop"
    return spoil("stated")(change)


for _name in ("arrive_s", "begin_s", "depart_s"):
    _time_off(_name)


@spoil("stated")
def faster_than_possible(problem, plan, rng):
    """Everything after some stop is claimed ten minutes sooner."""
    r = _route(plan, rng)
    if r is None:
        return None
    cut = rng.randrange(len(plan.routes[r].stops))
    stops = [
        replace(s, arrive_s=s.arrive_s - 600, begin_s=s.begin_s - 600, depart_s=s.depart_s - 600) if n >= cut else s
        for n, s in enumerate(plan.routes[r].stops)
    ]
    return with_route(plan, r, stops=tuple(stops), end_s=plan.routes[r].end_s - 600)


@spoil("stated")
def other_inputs(problem, plan, rng):
    return plan.replace(inputs_sha256="f" * 64)


@spoil("stated")
def other_course_of_action(problem, plan, rng):
    return plan.replace(coa="somebody_elses")


@spoil("stated")
def other_planning_moment(problem, plan, rng):
    return plan.replace(as_of="2026-05-01T05:00:00Z")


@spoil("stated")
def no_planning_moment(problem, plan, rng):
    return plan.replace(as_of="next Tuesday")


@spoil("stated")
def other_profile(problem, plan, rng):
    r = _route(plan, rng)
    return None if r is None else with_route(plan, r, profile="hover")


@spoil("stated")
def other_end_node(problem, plan, rng):
    r = _route(plan, rng)
    return None if r is None else with_route(plan, r, end_node="S9")


@spoil("stated")
def wrong_whole_cost(problem, plan, rng):
    return plan.replace(stated_cost=plan.cost + 1)


def _listed(name, change):
    def changed(problem, plan, rng):
        if not plan.deliveries:
            return None
        k = rng.randrange(len(plan.deliveries))
        rows = list(plan.deliveries)
        rows[k] = change(rows[k])
        return plan.replace(deliveries=tuple(rows))

    changed.__name__ = name
    return spoil("stated")(changed)


_listed("part_too_small", lambda d: replace(d, quantity=d.quantity - 1))
_listed("part_too_light", lambda d: replace(d, load=d.load._replace(kg=d.load.kg - 1)))
_listed("part_elsewhere", lambda d: replace(d, to_node="DEP", from_node="DEP"))
_listed("part_of_another", lambda d: replace(d, requisition_id="D99"))
_listed("part_more_urgent", lambda d: replace(d, priority=d.priority + 1))


@spoil("stated")
def part_not_listed(problem, plan, rng):
    return plan.replace(deliveries=plan.deliveries[1:]) if len(plan.deliveries) > 1 else None


@spoil("stated")
def part_listed_twice(problem, plan, rng):
    return plan.replace(deliveries=(*plan.deliveries, plan.deliveries[0])) if plan.deliveries else None


@spoil("unserved_code")
def unknown_code(problem, plan, rng):
    if not plan.unserved:
        return None
    return plan.replace(unserved=(replace(plan.unserved[0], code="DONT_KNOW"), *plan.unserved[1:]))


@spoil("unserved_code")
def no_reason(problem, plan, rng):
    free = [u for u in plan.unserved if u.code == "NOT_PLANNED"]
    return plan.replace(
        unserved=tuple(replace(u, code="RESOURCE", reason=" ") if u in free[:1] else u for u in plan.unserved)
    ) if free else None  # fmt: skip


@spoil("stated")
def unserved_of_another_requisition(problem, plan, rng):
    if not plan.unserved:
        return None
    return plan.replace(unserved=(replace(plan.unserved[0], requisition_id="D99"), *plan.unserved[1:]))


@spoil("fleet")
def no_end_stop(problem, plan, rng):
    r = _route(plan, rng)
    return None if r is None else _with_stops(plan, r, plan.routes[r].stops[:-1])


@spoil("fleet")
def no_stops(problem, plan, rng):
    return with_route(plan, 0, stops=()) if len(plan.routes) > 1 else None


@spoil("fleet")
def ends_elsewhere(problem, plan, rng):
    r = _route(plan, rng)
    if r is None:
        return None
    end = plan.routes[r].stops[-1].node
    other = next(p.node_id for p in problem.places if p.node_id != end)
    return with_route(with_stop(plan, r, len(plan.routes[r].stops) - 1, node=other), r, end_node=other)


@spoil("fleet")
def starts_elsewhere(problem, plan, rng):
    r = _route(plan, rng)
    if r is None:
        return None
    depots = {problem.places[v.depot].node_id for v in problem.fleet}
    others = [p.node_id for p in problem.places if p.node_id not in depots]
    return with_route(plan, r, start_node=rng.choice(others)) if others else None


@spoil("fleet")
def more_routes_than_vehicles(problem, plan, rng):
    """The same vehicle goes again and again."""
    if not plan.routes:
        return None
    again = [replace(plan.routes[0], route_id=f"X{n}") for n in range(4)]
    return plan.replace(routes=(*plan.routes, *again))


@spoil("shift")
def before_the_planning_moment(problem, plan, rng):
    return _shifted(problem, plan, rng, -100_000)


@spoil("shift")
def after_the_horizon(problem, plan, rng):
    return _shifted(problem, plan, rng, 400_000)


def _shifted(problem, plan, rng, seconds):
    r = _route(plan, rng)
    if r is None:
        return None
    route = plan.routes[r]
    stops = tuple(
        replace(s, arrive_s=s.arrive_s + seconds, begin_s=s.begin_s + seconds, depart_s=s.depart_s + seconds)
        for s in route.stops
    )
    return with_route(plan, r, stops=stops, start_s=route.start_s + seconds, end_s=route.end_s + seconds)


@spoil("reference")
def goes_on_after_the_end(problem, plan, rng):
    r = _route(plan, rng)
    if r is None:
        return None
    stops = plan.routes[r].stops
    return _with_stops(plan, r, [*stops, stops[-1]])


@spoil("payload_range")
def more_than_it_lifts_so_far(problem, plan, rng):
    """The vehicle with a payload by distance goes the way of one without."""
    able = [v for v in problem.fleet if v.payload_range]
    rides = [r for r, x in enumerate(plan.routes) if able and x.vehicle_type not in {v.vehicle_type for v in able}]
    if not rides:
        return None
    route, v = plan.routes[rides[-1]], able[0]
    cost = route_cost(v, route.distance_m, route.end_s - route.start_s)
    return with_route(plan, rides[-1], vehicle_type=v.vehicle_type, owner=v.owner, cost=cost)
