"""Bounds: never wrong, which the exhaustive optimum proves, and of use on a world reckoned by hand."""

import random
from dataclasses import replace

import numpy as np
import pytest
from brute import cheapest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plans import lay, plan_of, random_plan
from strategies import problems, ruled
from worlds import S1, A, C, drop, good, road, truck, world

from workbench import bound, kpi
from workbench.check import check
from workbench.problem import NO_LIMIT, SHARE, Load

FREE = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@FREE
@given(problems(max_deliveries=4))
def test_the_bound_never_cuts_the_optimum(problem):
    """No plan serves more than the bound says, and none that serves a set costs less than the bound on that set."""
    nothing = bound.simple(problem, plan_of(problem, []))
    for chosen, cost in cheapest(problem).items():
        served = [problem.deliveries[i] for i in sorted(chosen)]
        for priority, limit in enumerate(nothing["served"], 1):
            assert sum(d.share for d in served if d.priority == priority) <= limit
        kind, least = bound.least_cost(problem, served)
        assert least <= cost, kind


@FREE
@given(problems(max_deliveries=6), st.integers(0, 2**32).map(random.Random))
def test_a_plan_never_beats_its_bound(problem, rng):
    """Any feasible plan serves at most what its bound says and costs at least that; the gap is a share."""
    plan = random_plan(problem, rng)
    found = bound.simple(problem, plan)
    assert all(a <= b for a, b in zip(kpi.served_vector(problem, plan), found["served"], strict=True))
    assert found["cost"] <= plan.cost
    assert 0 <= found["gap"] <= 1


@FREE
@given(ruled(problems(max_deliveries=5)), st.integers(0, 2**32).map(random.Random))
def test_a_plan_never_beats_its_bound_where_every_rule_may_hold(problem, rng):
    """Slow and quick hands, rests, risk and lateness: a plan that keeps every rule stays within its bound."""
    plan = random_plan(problem, rng)
    if {v.code for v in check(problem, plan)} <= {"slots"}:
        found = bound.simple(problem, plan)
        assert all(a <= b for a, b in zip(kpi.served_vector(problem, plan), found["served"], strict=True))
        assert found["cost"] <= plan.cost


def test_overtime_and_quick_hands_count_as_time_to_serve():
    """A shift of 50 minutes for a trip of 53 min 20 s: with 200 s of overtime, or quicker hands, it is promised."""
    short = truck(shifts=((0, 3000),), cost_per_hour=3600.0)
    for car, promised in ((short, 0), (replace(short, overtime_s=200), SHARE), (replace(short, overtime_s=199), 0),
                          (replace(short, service_ppm=800_000), SHARE)):  # fmt: skip
        problem = world([drop("D1", A)], [car])
        assert sum(bound.simple(problem, plan_of(problem, []))["served"]) == promised
    steps = [("load", S1, ("D1/1",)), ("deliver", A, ("D1/1",))]
    plan = plan_of(problem, [lay(problem, "R01", 0, 0, steps)])
    assert bound.simple(problem, plan)["cost"] == plan.cost == 20 + 2000 + 960


def test_one_delivery_is_bounded_exactly():
    """One tonne to A: out and home is 20 km, a vehicle costs 5, handling 20 minutes at 30 an hour is 10."""
    problem = world([drop("D1", A)], [truck(fixed_cost=5.0, cost_per_hour=30.0)])
    plan = plan_of(problem, [lay(problem, "R01", 0, 0, [("load", S1, ("D1/1",)), ("deliver", A, ("D1/1",))])])
    found = bound.simple(problem, plan)
    # driving: 20 km and 2,000 s at 30 an hour: 20 + 16.67
    assert found["cost"] == plan.cost == 5 + 20 + 27
    assert found["gap"] == 0
    assert "farthest" in found["kind"]


def test_full_loads_count_every_trip():
    """Four full loads to C from S1 cost four times 27 km out, and as much back to where they load."""
    full = [drop(f"D{n}", C, load=Load(3000, 0, 0, 0)) for n in range(4)]
    problem = world(full, [truck(count=1)])
    kind, least = bound.least_cost(problem, full)
    assert least == 4 * 54
    assert kind.endswith("weight to and fro, in kg")


def test_what_nobody_can_serve_is_not_promised():
    """Refused and hopeless deliveries stand in no bound; the others do."""
    problem, plan = good()
    hopeless = world(
        [drop("D1", A), drop("D2", C, windows=((0, 60),)), drop("D3", A, refused=("STOCK", "None is left."))],
        travel=road(),
    )
    assert sum(bound.simple(hopeless, plan_of(hopeless, []))["served"]) == SHARE
    assert bound.simple(problem, plan)["served"] == [SHARE, 0, 3 * SHARE, *[0] * 5, SHARE, 0, 0, SHARE, 0, 0, 0]


def test_limited_trips_need_several_vehicles():
    """Where each vehicle loads once, twelve tonnes in trucks of three cost four times the fixed cost."""
    full = [drop(f"D{n}", A, load=Load(3000, 0, 0, 0)) for n in range(4)]
    problem = world(full, [truck(count=4, max_trips=1, fixed_cost=100.0)])
    assert bound.least_cost(problem, full)[1] >= 400
    unlimited = world(full, [truck(count=4, fixed_cost=100.0, max_trips=NO_LIMIT)])
    assert bound.least_cost(unlimited, full)[1] < 400


@pytest.mark.parametrize("places", [0, 3])
def test_large_worlds_leave_distance_out(monkeypatch, places):
    """Beyond the size where ways are worked out, the bound still holds and says what it counts."""
    monkeypatch.setattr(bound, "CLOSURE_PLACES", places)
    problem, plan = good()
    problem = problem.replace(fleet=tuple(replace(v, fixed_cost=20.0) for v in problem.fleet))
    found = bound.simple(problem, plan)
    assert 0 < found["cost"] < plan.cost
    assert found["kind"].endswith("vehicles and handling")
    assert np.isfinite(found["gap"])
