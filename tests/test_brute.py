"""The exhaustive optimum itself: on a published-size case reckoned elsewhere, and never beaten by chance."""

import math
import random

import numpy as np
from brute import cheapest, optimum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plans import random_plan
from strategies import problems
from worlds import HOUR, S1, S2, A, B, C, drop, place, road, truck, world

from workbench import kpi
from workbench.ground.matrix import DenseTravel
from workbench.problem import NO_LIMIT, SHARE, Load, Objective

FREE = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def seven_customers():
    """Depot (0, 0) and seven customers, demands 3 3 4 5 3 3 2, capacity 10, Euclidean, in tenths of a millimetre."""
    spots = [(0, 0), (-5, -2), (-12, -7), (1, -9), (-15, 4), (11, -15), (11, 8), (-1, 9)]
    metres = np.array([[round(1e7 * math.dist(a, b)) for b in spots] for a in spots], dtype=np.int64)
    names = [place("A", node_id=f"N{k}", kind="unit" if k else "depot") for k, _ in enumerate(spots)]
    demand = [3, 3, 4, 5, 3, 3, 2]
    deliveries = [
        drop(f"D{k}", k, source=0, sources=(0,), load=Load(0, 0, 100 * q, 0), service_s=0, load_s=0)
        for k, q in enumerate(demand, 1)
    ]
    fleet = [truck(count=7, max_trips=1, capacity=Load(0, 0, 1000, 0), cost_per_km=1.0)]
    travel = DenseTravel({"wheeled": np.zeros_like(metres)}, {"wheeled": metres})
    return world(deliveries, fleet, places=tuple(names), travel=travel)


def test_the_known_optimum_of_seven_customers():
    """117.3047, by three routes; metres are ten thousandths of a unit, and each route's cost is rounded up."""
    problem = seven_customers()
    served, cost = optimum(problem)
    assert served[2] == 7 * SHARE
    assert cost - 1_173_047 in range(-1, 4)


def test_one_tour_of_seven_customers():
    """With capacity for all, the best tour is 96.0142."""
    problem = seven_customers()
    problem = problem.replace(fleet=(truck(count=1, capacity=Load(0, 0, NO_LIMIT, 0)),))
    assert optimum(problem)[1] - 960_142 in range(-1, 2)


def test_priority_comes_before_any_number_of_others():
    """One truck, one shift in which it can do C or both of A: the urgent one to C wins over two, weights aside."""
    problem = world(
        [drop("D1", C, priority=2), drop("D2", A, priority=9), drop("D3", A, priority=9)],
        [truck(count=1, shifts=((0, 7200),))],
    )
    assert optimum(problem) == ((0, SHARE, *[0] * 13), 60)
    priced = problem.replace(objective=Objective({2: 10.0, 9: 50.0}))
    assert optimum(priced) == ((*[0] * 8, 2 * SHARE, *[0] * 6), 20)


def test_reload_source_window_and_retrograde():
    """Two loads that may not travel together, one truck: reload on the way, bring D3 back, wait for nobody."""
    problem = world(
        [
            drop("D1", A, load_s=0, service_s=0),
            drop("D2", B, goods=1, supply_class="IIIB", item="diesel", sources=(S2, S1), load_s=0, service_s=0),
            drop("D3", B, kind="retrograde", service_s=0, windows=((3 * HOUR, 4 * HOUR),)),
        ],
        [truck(count=1, cost_per_hour=3.6)],
    )
    # S1, A, S1, B, home: 10 + 7 + 17 + 20 km = 54; at 1/1000 a second without waiting 5.4
    assert optimum(problem) == ((0, 0, 3 * SHARE, *[0] * 12), 54 + 6)
    assert cheapest(problem)[frozenset({2})] == 40 + 4


def test_stock_binds_over_all_routes():
    """Fifteen cases at S1, plenty at S2 behind the depot: one of two goes the longer way."""
    problem = world(
        [drop("D1", A, sources=(S1, S2)), drop("D2", A, sources=(S1, S2))],
        [truck(count=1)],
        stock={(S1, "meals"): 15.0, (S2, "meals"): 100.0},
        travel=road(),
    )
    assert optimum(problem) == ((0, 0, 2 * SHARE, *[0] * 12), 26)


@FREE
@given(problems(max_deliveries=4), st.integers(0, 2**32).map(random.Random))
def test_no_plan_by_chance_is_better(problem, rng):
    """Any feasible plan is at most as good as the optimum, and costs at least the cheapest way to serve the same."""
    best, known = optimum(problem), cheapest(problem)
    for _ in range(5):
        plan = random_plan(problem, rng)
        vector = kpi.served_vector(problem, plan)
        assert (vector, -plan.cost) <= (best[0], -best[1])
        named = {i for r in plan.routes for s in r.stops if s.kind in ("deliver", "pickup") for i in s.deliveries}
        chosen = frozenset(k for k, d in enumerate(problem.deliveries) if d.delivery_id in named)
        assert known[chosen] <= plan.cost
