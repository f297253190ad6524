"""What several routes must agree on: each rule on the straight road, and at random against the checker."""

from dataclasses import replace
from itertools import pairwise

import pytest
from worlds import HOUR, S1, A, B, C, drop, place, truck, world

from workbench import engines
from workbench.check import check
from workbench.engines import Budget
from workbench.problem import Load, Relation, Resource

FULL = Load(3000, 1500, 600, 0)
NODES = ["DEP", "S1", "S2", "A", "B", "C"]


def solved(problem, name="greedy", iterations=100):
    """The plan of an engine, which breaks nothing."""
    plan = engines.solve(problem, name, Budget(iterations=iterations), jobs=1)
    assert [v for v in check(problem, plan) if v.code != "unserved_code"] == []
    return plan


def busy(plan, node, kinds=("deliver", "load", "reload", "pickup")):
    """When vehicles are handled at a node, in order."""
    return sorted((s.begin_s, s.depart_s) for r in plan.routes for s in r.stops if s.node == node and s.kind in kinds)


def apart(spans):
    """Whether no span begins before the one before has ended."""
    return all(a[1] <= b[0] for a, b in pairwise(spans))


@pytest.mark.parametrize("name", ["greedy", "pyvrp", "ortools"])
def test_vehicles_take_turns_at_a_place_with_one_slot(name):
    """Three full trucks for A, where one is unloaded at a time, and all load at one slot: nothing is left out."""
    places = tuple(place(n, slots=1 if n in ("A", "S1") else 0) for n in NODES)
    plan = solved(world([drop(f"D{k}", A, load=FULL) for k in range(3)], [truck(count=3)], places=places), name)
    assert plan.unserved == ()
    assert len(busy(plan, "A")) == 3
    assert apart(busy(plan, "A"))
    assert apart(busy(plan, "S1"))


def test_the_least_urgent_is_left_out_where_slots_do_not_suffice():
    """Half an hour at A with one slot, two trucks of 20 minutes each to start by then plus one too many."""
    places = tuple(place(n, slots=1 if n == "A" else 0) for n in NODES)
    asked = [drop(f"D{k}", A, load=FULL, priority=3 + k, service_s=1200, windows=((1800, 3000),)) for k in range(3)]
    plan = solved(world(asked, [truck(count=3)], places=places))
    assert [u.delivery_id for u in plan.unserved] == ["D2/1"]


def test_a_team_is_at_one_place_at_a_time():
    """One team unloads at A and at B; goods of class IX need none."""
    team = Resource("T1", "MHE team", "team", 1, ((0, 24 * HOUR),), (A, B), (True, False, False))
    asked = [drop("D1", A, load=FULL), drop("D2", B, load=FULL), drop("D3", B, goods=2, load=FULL)]
    hours = [replace(d, service_s=3 * HOUR) for d in asked]
    plan = solved(world(hours, [truck(count=3, shifts=((0, 8 * HOUR),))], resources=(team,)))
    assert plan.unserved == ()
    helped = sorted(
        (s.begin_s, s.depart_s) for r in plan.routes for s in r.stops
        if s.kind == "deliver" and s.deliveries != ("D3/1",)
    )  # fmt: skip
    assert apart(helped)
    off = replace(team, windows=((0, 1000),))
    assert len(solved(world(hours, [truck(count=3)], resources=(off,))).unserved) == 2


def test_an_escort_goes_with_one_route_at_a_time():
    """Whoever goes to C needs the one escort from start to end."""
    escort = Resource("E1", "Escort", "escort", 1, ((0, 24 * HOUR),), (C,))
    asked = [drop("D1", C, load=FULL), drop("D2", C, load=FULL), drop("D3", A, load=FULL)]
    plan = solved(world(asked, [truck(count=3)], resources=(escort,)))
    assert plan.unserved == ()
    out = sorted((r.start_s, r.end_s) for r in plan.routes if any(s.node == "C" for s in r.stops))
    assert apart(out)
    short = solved(world(asked, [truck(count=3, shifts=((0, 3 * HOUR),))], resources=(escort,)))
    assert len(short.unserved) == 1


def test_a_place_takes_only_so_many_stops_a_day():
    """Two stops a day at A: of three full trucks the least urgent waits, for tomorrow where it may."""
    places = tuple(place(n, visits_per_day=2 if n == "A" else 0) for n in NODES)
    asked = [drop(f"D{k}", A, load=FULL, priority=3 + k, windows=((0, 19 * HOUR),)) for k in range(3)]
    plan = solved(world(asked, [truck(count=3)], places=places))
    assert [u.delivery_id for u in plan.unserved] == ["D2/1"]
    assert len(busy(plan, "A")) == 2
    later = [replace(d, windows=((0, 24 * HOUR),)) for d in asked]
    plan = solved(world(later, [truck(count=3)], places=places))
    assert [begin >= 20 * HOUR for begin, _ in busy(plan, "A")] == [False, False, True]


def test_what_must_come_before_does():
    """The guns (D1 to C) before their ammunition (D2 to A), half an hour at least, two hours at most."""
    tie = Relation("before", 0, 1, 1800, 2 * HOUR)
    for windows in (((0, 24 * HOUR),), ((0, 2 * HOUR),), ((5 * HOUR, 6 * HOUR),)):
        asked = [drop("D1", C, load=FULL), drop("D2", A, load=FULL, windows=windows)]
        plan = solved(world(asked, [truck(count=2, cost_per_hour=1.0)], relations=(tie,)))
        assert plan.unserved == ()
        stops = {d: s for r in plan.routes for s in r.stops if s.kind == "deliver" for d in s.deliveries}
        assert 1800 <= stops["D2/1"].begin_s - stops["D1/1"].depart_s <= 2 * HOUR
    early = [drop("D1", C, load=FULL), drop("D2", A, load=FULL, windows=((0, HOUR),))]
    assert [u.delivery_id for u in solved(world(early, [truck(count=2)], relations=(tie,))).unserved] == ["D2/1"]


def test_what_is_left_out_is_tried_elsewhere():
    """One slot at S1 for a short morning, but D2 may be loaded at S2 as well: both are served."""
    places = tuple(
        place(n, slots=1 if n == "S1" else 0, **({"windows": ((0, 900),)} if n == "S1" else {})) for n in NODES
    )
    asked = [drop("D1", A, load=FULL, load_s=1200), drop("D2", A, load=FULL, sources=(S1, 2), load_s=(1200, 1200))]
    plan = solved(world(asked, [truck(count=2)], places=places))
    assert plan.unserved == ()


def test_the_same_routes_give_the_same_schedule():
    """Byte for byte, twice."""
    places = tuple(place(n, slots=1 if n in ("A", "S1") else 0) for n in NODES)
    p = world([drop(f"D{k}", A, load=FULL) for k in range(3)], [truck(count=3)], places=places)
    assert solved(p).routes == solved(p).routes
