"""Time of day from tables to the plan: engines plan by parts of a shift, never too soon; the checker by the hour."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import AS_OF, HOUR, ask, road, scenario_of, straight_road, truck

from workbench import bound, engines, kpi, problem
from workbench.check import check
from workbench.engines import Budget
from workbench.engines._arrays import view
from workbench.engines._times import arrival, departure

NIGHTS = {"night_from": "20:00", "night_to": "06:00"}
SLOW_BY_NIGHT = [{"profile": "truck", "road_class": "primary", "day_kmh": 60, "night_kmh": 30, "blackout_kmh": 6}]


def built(toml=None, **rows):
    """The straight road from 04:00Z with other rows and settings."""
    return problem.build(scenario_of(settings=toml, **straight_road(**rows)))


def place(prob, node):
    """The index of a node among the places."""
    return [x.node_id for x in prob.places].index(node)


def solved(prob, name="greedy"):
    """A plan and what the checker says of it."""
    plan = engines.solve(prob, name, Budget(iterations=60), jobs=1)
    return plan, check(prob, plan)


def test_a_leg_takes_as_long_as_its_hour_makes_it():
    """10 km at 60 km/h by day, 30 by night; until 06:00, two hours from the start, it is night."""
    p = built(NIGHTS, profiles=SLOW_BY_NIGHT)
    assert (AS_OF.hour, p.fleet[0].travels != (p.fleet[0].travel,)) == (4, True)
    key, (a, s) = p.fleet[0].travel, (place(p, "A"), place(p, "S"))
    legs = {t: p.travel.leg(key, s, a, t) for t in (0, 2 * HOUR - 300, 2 * HOUR, 15 * HOUR + 3300, 16 * HOUR)}
    assert [seconds for seconds, _ in legs.values()] == [1200, 750, 600, 900, 1200]
    assert {metres for _, metres in legs.values()} == {10_000}


@pytest.mark.parametrize(("driving", "seconds"), [("lights", 1200), ("blackout", 6000)])
def test_a_shift_is_planned_at_its_slowest_hour(driving, seconds):
    """A shift by day has the day's speed; one that meets the night the night's, with lights or without."""
    shifts = [truck(vehicle_type=f"T{k}", shift_start=a, shift_end=b) for k, (a, b) in
              enumerate([("06:00", "18:00"), ("12:00", "22:00"), ("", "")])]  # fmt: skip
    p = built({**NIGHTS, "night_driving": driving}, profiles=SLOW_BY_NIGHT, fleet=shifts)
    cell = [place(p, "S")], [place(p, "A")]
    found = {v.vehicle_type: int(p.travel.block(v.travels[0], *cell)[0][0, 0]) for v in p.fleet}
    assert found == {"T0": 600, "T1": seconds, "T2": seconds}


def test_the_plan_says_how_long_it_really_takes_and_what_was_kept_in_reserve():
    """Left at 05:45Z, dawn on the way: planned at the night's 1,200 s, driven in 1,050; the difference is a figure."""
    wanted = ask("R1", earliest="2026-05-01T06:05:00Z", latest="2026-05-01T06:07:00Z")
    p = built(NIGHTS, profiles=SLOW_BY_NIGHT, requisitions=[wanted])
    plan, violations = solved(p)
    assert violations == []
    (route,) = plan.routes
    assert (route.start_s, route.travel_s) == (5700, 1050 + 600)
    figures = kpi.table(p, plan).set_index("kpi")["value"]
    assert figures["reserve_hours"] == pytest.approx(150 / 3600, abs=1e-6)


def test_a_bridge_that_opens_later_is_waited_for():
    """Blown until 10:00Z: who starts at 04:00 and works all day waits there; the plan says so and holds."""
    rows = {"closures": [{"edge_id": "B", "to": "2026-05-01T10:00:00Z", "reason": "mines"}],
            "requisitions": [ask("R1", node_id="C")]}  # fmt: skip
    p = built(**rows)
    plan, violations = solved(p)
    assert (violations, plan.unserved) == ([], ())
    served = next(stop for stop in plan.routes[0].stops if stop.kind == "deliver")
    assert served.begin_s >= 6 * HOUR


def test_a_bridge_that_stays_shut_for_a_shift_cuts_that_shift_off():
    """Shut until 16:00Z, shift until 15:00Z: unreachable, and the bridge, the reason and the hours are named."""
    rows = {"closures": [{"edge_id": "B", "hours": "00:00-16:00", "reason": "curfew"}],
            "requisitions": [ask("R1", node_id="C")]}  # fmt: skip
    p = built(**rows, fleet=[truck(shift_start="06:00", shift_end="15:00")])
    (d,) = p.deliveries
    assert d.refused == (
        "UNREACHABLE",
        "Cedar (C) is cut off for T: bridge B is closed (curfew) 010400Z MAY 26 to 011600Z MAY 26 and "
        "020000Z MAY 26 to 020400Z MAY 26.",
    )
    late = built(**rows, fleet=[truck(shift_start="12:00", shift_end="23:00")])
    plan, violations = solved(late)
    assert (violations, plan.unserved) == ([], ())
    assert next(stop for stop in plan.routes[0].stops if stop.kind == "deliver").begin_s >= 12 * HOUR


def test_what_can_be_done_before_a_road_shuts_is_done():
    """The bridge shuts at 10:00Z for good, the shift runs to 15:00Z: the truck is there and back in the morning."""
    rows = {"closures": [{"edge_id": "B", "from": "2026-05-01T10:00:00Z", "reason": "blown"}],
            "fleet": [truck(shift_start="04:00", shift_end="15:00")]}  # fmt: skip
    p = built(**rows, requisitions=[ask("R1", node_id="C")])
    assert p.deliveries[0].refused is None
    plan, violations = solved(p)
    assert violations == []
    (route,) = plan.routes
    assert (plan.unserved, route.end_s <= 6 * HOUR) == ((), True)
    v, key = p.fleet[0], p.fleet[0].travels[0]
    assert p.travel.block(key, [place(p, "S")], [place(p, "C")])[0][0, 0] == -1
    assert p.travel.leg(key, place(p, "S"), place(p, "C"), 0)[0] == 1200
    assert p.travel.leg(key, place(p, "S"), place(p, "C"), 6 * HOUR) is None
    assert v.travel != key


def test_a_bridge_bears_less_while_both_directions_run():
    """Class 20 for one vehicle at a time, 12 for both directions: a truck of class 14 crosses only alone."""
    rows = {"edges": [road("SA", "S", "A"), road("B", "A", "C", bridge="true", mlc_w=20, mlc_w2=12, mlc_t=20)],
            "requisitions": [ask("R1", node_id="C")]}  # fmt: skip
    assert built(**rows).deliveries[0].refused is None
    code, text = built({"bridge_traffic": "two_way"}, **rows).deliveries[0].refused
    assert (code, "bridge B is load class 12, too weak for vehicles of class 14" in text) == ("UNREACHABLE", True)


def test_a_shift_that_touches_the_night_is_driven_by_the_hour():
    """12 h of blackout at a tenth of the speed end at 06:00Z: by day there is time for what the night forbids."""
    rows = {"profiles": SLOW_BY_NIGHT, "fleet": [truck(shift_start="04:00", shift_end="08:00")]}
    p = built({**NIGHTS, "night_driving": "blackout"}, **rows, requisitions=[ask("R1", node_id="C")])
    key = p.fleet[0].travels[0]
    legs = p.travel.block(key, [place(p, "S")], [place(p, "C")])[0]
    assert 2 * legs[0, 0] > 4 * HOUR  # at the slowest hour nobody would be back in time
    for name in ("greedy", "pyvrp"):
        plan, violations = solved(p, name)
        assert (violations, plan.unserved) == ([], ())
        assert plan.routes[0].start_s >= 2 * HOUR - 600
        assert plan.routes[0].travel_s < 2 * legs[0, 0]


NODES = ["S", "A", "C", "D"]


@st.composite
def worlds(draw):
    """A few roads with closures, curfews and nights, trucks with shifts, requisitions with windows."""
    pairs = draw(st.lists(st.sampled_from(["SA", "AC", "CD", "SD", "AD", "DS"]), min_size=2, max_size=6))
    edges = [
        road(f"E{k}", p[0], p[1], length_m=draw(st.integers(0, 30_000)), oneway=draw(st.sampled_from(["", "true"])))
        for k, p in enumerate(pairs)
    ]
    shut = []
    for _ in range(draw(st.integers(0, 3))):
        a, b = draw(st.integers(-3, 26)), draw(st.integers(-3, 26))
        moments = [f"2026-05-{1 + (4 + h) // 24:02d}T{(4 + h) % 24:02d}:00:00Z" for h in sorted((a, b))]
        daily = draw(st.sampled_from(["", "", "08:00-10:30", "00:00-06:00;20:00-24:00"]))
        shut.append({"edge_id": f"E{draw(st.integers(0, len(pairs) - 1))}", "hours": daily,
                     "from": moments[0], "to": draw(st.sampled_from([moments[1], ""]))})  # fmt: skip
    hours = st.sampled_from([("", ""), ("06:00", "18:00"), ("18:00", "06:00"), ("05:00", "09:00"), ("10:00", "22:00")])
    fleet = []
    for k in range(draw(st.integers(1, 3))):
        start, end = draw(hours)
        fleet.append(truck(vehicle_type=f"T{k}", shift_start=start, shift_end=end, cost_per_hour=20))
    wanted = [
        ask(f"R{k}", node_id=draw(st.sampled_from(NODES[1:])), unit_id="U1",
            latest=draw(st.sampled_from(["", "2026-05-01T09:00:00Z", "2026-05-01T20:00:00Z"])))
        for k in range(draw(st.integers(1, 4)))
    ]  # fmt: skip
    nodes = [{"node_id": n, "kind": "unit" if n != "S" else "supply_point", "lon": 15 + k / 10, "lat": 48.0}
             for k, n in enumerate(NODES)]  # fmt: skip
    toml = {**NIGHTS, "night_driving": draw(st.sampled_from(["lights", "blackout"]))}
    return built(
        toml, nodes=nodes, edges=edges, closures=shut, fleet=fleet, requisitions=wanted, profiles=SLOW_BY_NIGHT
    )


@settings(max_examples=40, deadline=None)
@given(worlds(), st.sampled_from(["greedy", "pyvrp"]))
def test_plans_hold_at_every_hour(p, name):
    """No plan breaks a rule, none costs less than its bound, and everything is served or has its reason."""
    plan, violations = solved(p, name)
    assert violations == []
    assert bound.simple(p, plan)["cost"] <= plan.cost
    served = {d for r in plan.routes for s in r.stops if s.kind == "deliver" for d in s.deliveries}
    assert served | {u.delivery_id for u in plan.unserved} == {d.delivery_id for d in p.deliveries}


@settings(max_examples=40, deadline=None)
@given(worlds(), st.integers(0, 24 * HOUR), st.integers(0, 2 * HOUR))
def test_first_in_is_first_out_and_nothing_takes_longer_than_planned(p, depart, later):
    """On every leg of every shift: same metres as planned, no more seconds, and who leaves later arrives no sooner."""
    for v in p.fleet:
        for start, end in v.shifts:
            key = v.travel_at(start)
            seconds, metres = p.travel.block(key, range(len(p.places)), range(len(p.places)))
            best = p.travel.block(v.travel, range(len(p.places)), range(len(p.places)))[0]
            for i in range(len(p.places)):
                for j in range(len(p.places)):
                    now, then = (p.travel.leg(key, i, j, t) for t in (depart, depart + later))
                    assert seconds[i, j] < 0 or best[i, j] >= 0
                    if now is None or then is None:
                        assert now is not None or then is None or seconds[i, j] >= 0
                        continue
                    assert now[0] <= then[0] + later
                    if seconds[i, j] < 0:
                        continue
                    assert now[1] == metres[i, j]
                    if start <= depart and depart + seconds[i, j] <= end:
                        assert now[0] <= seconds[i, j]


@settings(max_examples=40, deadline=None)
@given(worlds(), st.integers(0, 24 * HOUR), st.integers(0, 2 * HOUR))
def test_the_times_that_engines_plan_with_are_never_too_soon(p, depart, later):
    """By parts of a shift: never sooner than the exact leg, never later than the matrix, first in is first out."""
    seen = view(p)
    w, places = seen.world, range(len(seen.places))
    for slot in w.lane:
        v = p.fleet[seen.types[slot["vehicle"]]]
        key = v.travel_at(int(slot["start"]))
        at = min(int(slot["start"]) + depart, int(slot["end"]))
        for i, j in product(places, places):
            if i == j or w.travel["m"][slot["key"], i, j] < 0:
                continue
            first, second = (arrival(w, slot, i, j, t) for t in (at, at + later))
            assert second < 0 or 0 <= first <= second
            if first < 0:
                continue
            exact = p.travel.leg(key, seen.places[i], seen.places[j], at)
            whole_s = w.travel["s"][slot["key"], i, j]
            assert (exact is not None and at + exact[0] <= first) or first > slot["end"]
            assert whole_s < 0 or first <= at + whole_s
            last = departure(w, slot, i, j, first)
            assert last >= at
            assert arrival(w, slot, i, j, last) <= first
            assert not 0 <= arrival(w, slot, i, j, last + 1) <= first
