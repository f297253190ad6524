"""The checker: silent on good plans, and whatever way a plan is spoilt, it says so."""

import random
import time
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plans import plan_of, random_plan, with_route
from reader import faults
from spoils import CODES, SPOILS
from strategies import problems, ruled
from worlds import good

from workbench.check import check, verdict
from workbench.constraints import CONSTRAINTS
from workbench.problem import NO_LIMIT

FREE = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def world():
    """A problem and a good plan, made by hand."""
    return good()


def test_a_good_plan_has_no_violation(world):
    """Nothing is said about a plan that keeps every constraint."""
    assert check(*world) == []
    assert verdict([]) == "Feasible: the plan keeps every constraint."


@pytest.mark.parametrize("name", SPOILS)
def test_every_way_to_spoil_a_plan_is_caught(world, name):
    """The constraint concerned names the fault, whichever place of the plan it strikes."""
    problem, plan = world
    for seed in range(12):
        spoilt = SPOILS[name](problem, plan, random.Random(seed))
        assert spoilt is not None, name
        assert CODES[name] in {v.code for v in check(problem, spoilt)}, (name, seed)


WITH_CONSEQUENCES = {
    "after_the_horizon", "before_the_planning_moment", "delivered_before_loaded", "delivered_twice", "ends_elsewhere",
    "loaded_twice", "loaded_where_it_is_not", "more_routes_than_vehicles", "no_stops", "starts_elsewhere",
    "unknown_kind", "unknown_node", "wrong_place",
}  # fmt: skip
"""Here the vehicle is really elsewhere, or really does more or less: several constraints are broken."""


@pytest.mark.parametrize("name", sorted(set(SPOILS) - WITH_CONSEQUENCES))
def test_one_fault_gives_one_violation(world, name):
    """A fault without consequences of its own is named once, not at every figure that follows from it."""
    problem, plan = world
    for seed in range(12):
        found = check(problem, SPOILS[name](problem, plan, random.Random(seed)))
        assert len(found) == 1, [v.text for v in found]


@pytest.mark.parametrize("name", SPOILS)
def test_violations_are_for_people(world, name):
    """Each has a code of the registry, an amount above nothing with its unit, and a sentence."""
    problem, plan = world
    found = check(problem, SPOILS[name](problem, plan, random.Random(1)))
    for v in found:
        assert v.code in CONSTRAINTS
        assert v.amount > 0
        assert v.unit
        assert v.text.endswith(".")
        assert v.text[0].isupper() or v.text[0].isdigit()
    assert verdict(found).startswith(f"Not feasible: {len(found)} violation")


def test_the_order_of_violations_is_the_same_every_time(world):
    """The same plan gives the same list."""
    problem, plan = world
    rng = random.Random(3)
    for name in ("no_end_stop", "unknown_code", "part_too_light", "arrive_s_off_by_one_at_a_stop"):
        plan = SPOILS[name](problem, plan, rng)
    first = check(problem, plan)
    assert len(first) > 2
    assert all(check(problem, plan) == first for _ in range(3))


def test_wrong_loads_are_named_once_where_they_begin(world):
    """A stated load that is wrong from some stop on is one fault."""
    problem, plan = world
    stops = tuple(
        type(s)(s.node, s.kind, s.arrive_s, s.begin_s, s.depart_s, s.deliveries, s.load_after._replace(kg=9))
        for s in plan.routes[0].stops
    )
    (found,) = check(problem, with_route(plan, 0, stops=stops))
    assert (found.code, found.node, found.amount, found.unit) == ("stated", "S1", 2691, "kg")


@FREE
@given(problems(max_deliveries=6), st.integers(0, 2**32).map(random.Random))
def test_checker_and_second_reading_agree_on_good_plans(problem, rng):
    """Plans that keep the rules by construction have no violation in either reading."""
    plan = random_plan(problem, rng)
    assert faults(problem, plan) == set()
    assert [v for v in check(problem, plan) if v.code != "slots"] == []


@FREE
@given(problems(max_deliveries=6, min_deliveries=2), st.integers(0, 2**32).map(random.Random), st.data())
def test_checker_and_second_reading_agree_on_spoilt_plans(problem, rng, data):
    """Spoilt once to three times: both readings object, or (the spoils cancelled out) neither does."""
    plan = random_plan(problem, rng)
    for name in data.draw(st.lists(st.sampled_from(sorted(SPOILS)), min_size=1, max_size=3)):
        plan = SPOILS[name](problem, plan, rng) or plan
    found, second = {v.code for v in check(problem, plan)}, faults(problem, plan)
    assert bool(found) == bool(second), (found, second)
    if "stated" not in second and "reference" not in second:
        assert found == second


def tireless(problem):
    """The problem without rests: who plans for it forgets them all."""
    return problem.replace(fleet=tuple(replace(v, drive_s=NO_LIMIT) for v in problem.fleet))


@FREE
@given(ruled(problems(max_deliveries=6)), st.integers(0, 2**32).map(random.Random))
def test_checker_and_second_reading_agree_where_every_rule_may_hold(problem, rng):
    """Plans made without a thought for further rules keep some and break others: both readings name the same."""
    plan = random_plan(problem, rng) if rng.random() < 0.5 else random_plan(tireless(problem), rng)
    assert {v.code for v in check(problem, plan)} - {"slots"} == faults(problem, plan)


@FREE
@given(ruled(problems(max_deliveries=6, min_deliveries=2)), st.integers(0, 2**32).map(random.Random), st.data())
def test_they_agree_on_spoilt_plans_where_every_rule_may_hold(problem, rng, data):
    """Whatever is spoilt besides: both object or neither, and by the same names where no figure is wrong."""
    plan = random_plan(problem, rng)
    for name in data.draw(st.lists(st.sampled_from(sorted(SPOILS)), min_size=1, max_size=2)):
        plan = SPOILS[name](problem, plan, rng) or plan
    found, second = {v.code for v in check(problem, plan)}, faults(problem, plan)
    assert bool(found) == bool(second), (found, second)
    if "stated" not in second and "reference" not in second:
        assert found == second


@FREE
@given(problems(max_deliveries=5), problems(max_deliveries=5), st.integers(0, 2**32).map(random.Random))
def test_any_plan_can_be_checked(problem, other, rng):
    """A plan of quite another problem is judged without failing."""
    plan = random_plan(other, rng)
    found = check(problem, plan)
    assert all(v.text and v.code in CONSTRAINTS for v in found)


def test_a_large_plan_is_checked_at_once(world):
    """Six hundred deliveries in three hundred routes take well under a second (0.05 s on a quiet machine)."""
    problem, plan = world
    deliveries, routes = [], []
    for n in range(150):
        for d in problem.deliveries[:5]:
            deliveries.append(replace(d, delivery_id=f"{n}-{d.delivery_id}", requisition_id=f"{n}-{d.requisition_id}"))
        stops = tuple(replace(s, deliveries=tuple(f"{n}-{i}" for i in s.deliveries)) for s in plan.routes[0].stops)
        routes.append(replace(plan.routes[0], route_id=f"R{n}", stops=stops))
    fleet = (replace(problem.fleet[0], count=150),)
    large = problem.replace(deliveries=tuple(deliveries), fleet=fleet, stock={})
    made = plan_of(large, routes)
    began = time.perf_counter()
    assert check(large, made) == []
    assert time.perf_counter() - began < 2
