"""What each further rule makes of a plan, on the straight road where all can be reckoned by hand."""

import numpy as np
import pytest
from worlds import HOUR, S1, S2, A, B, C, drop, road, truck, world

from workbench import engines
from workbench.engines import Budget
from workbench.problem import Load, Prices, Relation

FULL = Load(3000, 1500, 600, 0)


def solved(problem, name="greedy", iterations=200):
    """The plan of an engine."""
    return engines.solve(problem, name, Budget(iterations=iterations), jobs=1)


def routes(plan):
    """Which deliveries each vehicle type hands over, in order, route by route."""
    return [
        (r.vehicle_type, [d for s in r.stops if s.kind in ("deliver", "pickup") for d in s.deliveries])
        for r in plan.routes
    ]


def stop_of(plan, name, *kinds):
    """The stop where a delivery is handed over, or that of other kinds."""
    return next(s for r in plan.routes for s in r.stops if s.kind in (kinds or ("deliver",)) and name in s.deliveries)


def test_nothing_is_loaded_before_it_is_ready():
    """D1 comes free at 05:00 after the start; the truck leaves so late that it does not wait."""
    plan = solved(world([drop("D1", A, ready_s=5 * HOUR)], [truck(cost_per_hour=20)]))
    loading = stop_of(plan, "D1/1", "load")
    assert (loading.begin_s, loading.arrive_s, plan.routes[0].start_s) == (5 * HOUR, 5 * HOUR, 5 * HOUR - 300)


def test_what_must_be_loaded_by_then_is_or_stays():
    """Five minutes to the supply point: loaded by then is possible, by a minute sooner it is not."""
    assert solved(world([drop("D1", A, load_by_s=300)])).unserved == ()
    assert len(solved(world([drop("D1", A, load_by_s=240)])).unserved) == 1


def test_only_vehicles_that_may_carry_it_are_sent():
    """D1 asks for the second type, which costs more; D2 takes the cheap one."""
    fleet = [truck(count=1), truck("VAN", count=1, fixed_cost=50)]
    asked = [drop("D1", A, may_use=(False, True)), drop("D2", B, may_use=(True, False))]
    for name in ("greedy", "pyvrp", "ortools"):
        assert sorted(routes(solved(world(asked, fleet), name))) == [("TRUCK", ["D2/1"]), ("VAN", ["D1/1"])]


def test_a_transfer_is_fetched_where_it_lies():
    """From unit A to unit C: fetched at A within its hours there, drawing on no stock."""
    moved = drop("D1", C, kind="transfer", source=A, sources=(A,), ready_s=3 * HOUR)
    plan = solved(world([moved], [truck(cost_per_hour=20)], stock={(A, "meals"): 0.0}))
    assert plan.unserved == ()
    assert [(s.node, s.kind) for s in plan.routes[0].stops] == [("A", "load"), ("C", "deliver"), ("DEP", "end")]
    assert stop_of(plan, "D1/1", "load").begin_s == 3 * HOUR


def test_a_slow_crew_takes_longer_to_handle():
    """One and a half times ten minutes at either end."""
    plan = solved(world([drop("D1", A)], [truck(service_ppm=1_500_000)]))
    assert [s.depart_s - s.begin_s for s in plan.routes[0].stops] == [900, 900, 0]


def test_overtime_is_worked_where_it_pays_and_priced():
    """A shift of 50 min, an hour of overtime at 60: the tour of 53 min 20 s costs 3 min 20 s of it."""
    slow = truck(shifts=((0, 3000),), overtime_s=3600, overtime_cost=60.0)
    plan = solved(world([drop("D1", A)], [slow]))
    (route,) = plan.routes
    assert (route.end_s, route.cost) == (3200, 20 + 4)
    assert len(solved(world([drop("D1", A)], [truck(shifts=((0, 3000),))])).unserved) == 1


def test_a_route_lasts_no_longer_than_it_may():
    """A opens early, B late: with at most an hour and a half two trucks go, though one would be cheaper."""
    asked = [drop("D1", A, windows=((0, HOUR),)), drop("D2", B, windows=((3 * HOUR, 4 * HOUR),))]
    assert len(solved(world(asked, [truck()])).routes) == 1
    plan = solved(world(asked, [truck(longest_s=5400)]))
    assert (len(plan.routes), plan.unserved) == (2, ())
    assert all(r.end_s - r.start_s <= 5400 for r in plan.routes)


def test_who_is_late_costs_and_who_is_due_goes_first():
    """Two drops either side of the depot; the one with a price on its lateness is served first, at any distance."""
    sides = [drop("D1", A, source=S1), drop("D2", S2, due_s=1500, late_cost=360.0)]
    plan = solved(world(sides, [truck(count=1)]))
    assert routes(plan) == [("TRUCK", ["D2/1", "D1/1"])]
    assert stop_of(plan, "D2/1").begin_s == 1500
    late = solved(world([drop("D1", A, due_s=1500, late_cost=360.0)], [truck(count=1)]))
    assert late.routes[0].cost == 20 + 10  # begun 100 s late, at a tenth of a unit of cost a second


def test_lateness_is_not_bought_to_shorten_a_route():
    """D2 opens at 3 h, D1 is due at 1,600 s: leaving later would save hours of waiting but make D1 late."""
    opens = [drop("D1", A, due_s=1600, late_cost=10_000.0), drop("D2", B, windows=((3 * HOUR, 4 * HOUR),))]
    plan = solved(world(opens, [truck(count=1, cost_per_hour=1.0)]))
    assert stop_of(plan, "D1/1").begin_s == 1600


def test_a_driver_rests():
    """To C and back is 6,000 s at the wheel, with 4,000 at most: 20 minutes are rested at C, and stated."""
    tired = truck(drive_s=4000, rest_s=1200)
    plan = solved(world([drop("D1", C)], [tired]))
    (route,) = plan.routes
    assert [(s.node, s.kind, s.depart_s - s.begin_s) for s in route.stops] == [
        ("S1", "load", 600), ("C", "deliver", 600), ("C", "rest", 1200), ("DEP", "end", 0)
    ]  # fmt: skip
    assert (route.travel_s, route.service_s, route.end_s - route.start_s) == (6000, 2400, 8400)
    assert len(solved(world([drop("D1", C)], [truck(drive_s=2600, rest_s=1200)])).unserved) == 1
    assert len(solved(world([drop("D1", C)], [truck(max_drive_s=5999)])).unserved) == 1
    assert solved(world([drop("D1", C)], [truck(max_drive_s=6000)])).unserved == ()


def test_blood_is_not_aboard_too_long():
    """It is 700 s from S1 to A. With D2 to bring to B early, D1 is not taken there and back."""
    assert len(solved(world([drop("D1", A, aboard_s=699)])).unserved) == 1
    both = [drop("D1", A, aboard_s=700), drop("D2", B, windows=((0, 2700),))]
    plan = solved(world(both, [truck(count=1)]))
    assert plan.unserved == ()
    gone = stop_of(plan, "D1/1").begin_s - stop_of(plan, "D1/1", "load", "reload").depart_s
    assert gone == 700


def test_a_load_is_held_back_rather_than_aboard_too_long():
    """A opens at 5 h. The truck brings D2 first; D1 is loaded so late that it is aboard 700 s, not hours."""
    asked = [drop("D1", A, aboard_s=700, windows=((5 * HOUR, 6 * HOUR),)), drop("D2", S2, windows=((0, HOUR),))]
    plan = solved(world(asked, [truck(count=1)]))
    assert plan.unserved == ()
    for route in plan.routes:
        for stop in route.stops:
            if stop.kind in ("load", "reload") and "D1/1" in stop.deliveries:
                assert stop_of(plan, "D1/1").begin_s - stop.depart_s <= 700


def test_goods_follow_each_other_only_after_cleaning():
    """Class IX after class I needs cleaning: half an hour at the supply point, or the other order, or two trucks."""
    dirty = np.zeros((3, 3), bool)
    dirty[0, 2] = True
    first, second = drop("D1", A, windows=((0, 2000),), load=FULL), drop("D2", B, goods=2, load=FULL)
    one = [truck(count=1)]
    plan = solved(world([first, second], one, cleaning=dirty, cleaning_s=1800))
    assert plan.unserved == ()
    stop = stop_of(plan, "D2/1", "reload")
    assert stop.depart_s - stop.begin_s == 600 + 1800
    free = solved(world([drop("D1", A, load=FULL), second], one, cleaning=dirty, cleaning_s=1800))
    assert routes(free)[0][1] == ["D2/1", "D1/1"]


def test_a_vehicle_that_picks_up_last_does():
    """D2 is picked up at A on the way to B: with ``backhaul_last`` only on the way back."""
    asked = [drop("D1", B), drop("D2", A, kind="retrograde")]
    for last in (False, True):
        plan = solved(world(asked, [truck(count=1, backhaul_last=last)]))
        assert plan.unserved == ()
        order = [d for _, some in routes(plan) for d in some]
        assert not last or order == ["D1/1", "D2/1"]
    crossed = [drop("D1", B, windows=((3 * HOUR, 4 * HOUR),)), drop("D2", A, kind="retrograde", windows=((0, HOUR),))]
    assert solved(world(crossed, [truck(count=1)])).unserved == ()
    assert len(solved(world(crossed, [truck(count=1, backhaul_last=True, max_trips=1)])).unserved) <= 1


def test_a_vehicle_runs_no_more_risk_than_it_may():
    """The road beyond A has a risk of 0.1 neper each way; a limit of 0.15 keeps trucks off it, a price is paid."""
    risky = road()
    threat = np.zeros((6, 6), np.int64)
    threat[:, [B, C]] = threat[[B, C], :] = 100_000

    class Risky(type(risky)):
        def exposure(self, profile, rows, cols):
            return threat[np.ix_(rows, cols)]

    travel = Risky(risky.seconds, risky.metres)
    asked = [drop("D1", A), drop("D2", B)]
    plan = solved(world(asked, [truck(max_exposure=150_000)], travel=travel))
    assert [u.delivery_id for u in plan.unserved] == ["D2/1"]
    paid = solved(world(asked[1:], [truck(max_exposure=200_000)], travel=travel, prices=Prices(risk=50.0)))
    assert paid.routes[0].cost == 40 + 10


@pytest.mark.parametrize("name", ["greedy", "pyvrp"])
def test_ties_are_kept(name):
    """The same route for two that would go apart, two routes for two that would share one, none without the other."""
    both = [drop("D1", S2), drop("D2", B)]
    fleet = [truck(count=2, shifts=((0, 6 * HOUR),))]
    same = solved(world(both, fleet, relations=(Relation("same_vehicle", 0, 1),)), name)
    assert (len(same.routes), same.unserved) == (1, ())
    apart = solved(world([drop("D1", A), drop("D2", A)], fleet, relations=(Relation("different_vehicle", 0, 1),)), name)
    assert (len(apart.routes), apart.unserved) == (2, ())
    lost = [drop("D1", A, windows=((0, 60),)), drop("D2", B)]
    alone = solved(world(lost, fleet, relations=(Relation("before", 0, 1),)), name)
    assert len(alone.unserved) == 2


def test_work_is_shared_where_that_has_a_price():
    """Both drops on one truck are cheaper by kilometres; a price on imbalance does not matter for a single route."""
    asked = [drop("D1", C), drop("D2", S2), drop("D3", A)]
    prices = Prices(imbalance_per_hour=1000.0)
    plan = solved(world(asked, [truck(count=2)], prices=prices), "pyvrp", 400)
    hours = [r.end_s - r.start_s for r in plan.routes]
    assert max(hours) - sum(hours) / len(hours) < 600
