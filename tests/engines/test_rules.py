"""Worlds reckoned by hand, one rule each: every engine finds the plan that the rule leaves."""

import pytest
from worlds import DEP, HOUR, S1, S2, A, B, C, drop, place, road, truck, world

from workbench import engines
from workbench.check import check
from workbench.engines import ENGINES, Budget
from workbench.problem import NO_LIMIT, SHARE, Load

pytestmark = pytest.mark.parametrize("name", ENGINES)


def solved(problem, name, iterations=120):
    """The engine's plan, which the checker must find without fault."""
    plan = engines.solve(problem, name, Budget(iterations=iterations), seed=1, jobs=1)
    assert check(problem, plan) == []
    return plan


def kinds(plan):
    """The kinds of stops of each route."""
    return [[s.kind for s in r.stops] for r in plan.routes]


def loaded(plan):
    """What each load stop of the plan loads, as sets."""
    return [set(s.deliveries) for r in plan.routes for s in r.stops if s.kind in ("load", "reload")]


def test_one_drop(name):
    """Out 10 km by the supply point and back: 20 km, ten minutes at either end, start pushed to the shift's."""
    plan = solved(world([drop("D1", A)]), name)
    (route,) = plan.routes
    assert kinds(plan) == [["load", "deliver", "end"]]
    assert (route.start_s, route.end_s, route.distance_m, route.cost) == (0, 2000 + 1200, 20_000, 20)
    assert route.travel_s + route.service_s + route.wait_s == route.end_s - route.start_s
    assert plan.deliveries[0].from_node == "S1"


def test_waiting_is_removed_by_starting_later(name):
    """The window opens at 10:00 after start: the truck leaves so that it arrives then."""
    plan = solved(world([drop("D1", A, windows=((6 * HOUR, 7 * HOUR),))]), name)
    (route,) = plan.routes
    assert route.wait_s == 0
    assert route.start_s == 6 * HOUR - 1000 - 600
    assert route.stops[1].begin_s == 6 * HOUR


def test_reload(name):
    """One truck, three full loads: it comes back to the supply point twice."""
    full = Load(3000, 0, 600)
    plan = solved(world([drop(f"D{k}", A, load=full) for k in range(3)], [truck(count=1)]), name)
    assert kinds(plan) == [["load", "deliver", "reload", "deliver", "reload", "deliver", "end"]]
    assert plan.unserved == ()


def test_trips_are_limited(name):
    """With one loading per route and one truck, one full load is all there is; the more urgent one."""
    drops = [drop("D1", A, load=Load(3000, 0, 600), priority=5), drop("D2", C, load=Load(3000, 0, 600), priority=4)]
    plan = solved(world(drops, [truck(count=1, max_trips=1)]), name)
    assert [u.delivery_id for u in plan.unserved] == ["D1/1"]


def test_goods_that_may_not_share_go_one_after_the_other(name):
    """Food and fuel for the same place, one truck: two trips, never both aboard."""
    plan = solved(world([drop("FOOD", A), drop("FUEL", A, goods=1)], [truck(count=1)]), name)
    assert plan.unserved == ()
    assert sorted(map(sorted, loaded(plan))) == [["FOOD/1"], ["FUEL/1"]]


def test_only_who_may_carry_it(name):
    """Fuel goes by the tanker, though the truck is cheaper."""
    fleet = [truck(carries=(True, False, True)), truck("TANKER", carries=(False, True, False), cost_per_km=9.0)]
    plan = solved(world([drop("FOOD", A), drop("FUEL", A, goods=1)], fleet), name)
    assert {r.vehicle_type: r.stops[1].deliveries for r in plan.routes} == {
        "TRUCK": ("FOOD/1",),
        "TANKER": ("FUEL/1",),
    }


def test_load_in_four_dimensions(name):
    """Each drop fits alone, no two together, each pair for another reason."""
    loads = [Load(2000, 0, 0, 0), Load(1500, 0, 400, 0), Load(0, 900, 300, 0), Load(1, 900, 0, 0)]
    box = truck(count=4, capacity=Load(3000, 1000, 600, 0), max_trips=1)
    plan = solved(world([drop(f"D{k}", A, load=load) for k, load in enumerate(loads)], [box]), name)
    assert plan.unserved == ()
    assert len(plan.routes) == 2


def test_split_parts_travel_apart(name):
    """The two parts of one requisition need a vehicle each, and are both served."""
    parts = [drop(f"BIG/{k}", B, load=Load(3000, 0, 600), share=SHARE // 2) for k in (1, 2)]
    plan = solved(world(parts, [truck(count=2, max_trips=1)]), name)
    assert plan.unserved == ()
    assert len(plan.routes) == 2


def test_retrograde_comes_home(name):
    """What is picked up is aboard until the end, where nothing is left."""
    plan = solved(world([drop("OUT", B), drop("BACK", B, kind="retrograde")], [truck(count=1)]), name)
    (route,) = plan.routes
    assert kinds(plan) == [["load", "deliver", "pickup", "end"]]
    assert route.stops[2].load_after == Load(1000, 1500, 200, 0)
    assert route.stops[3].load_after == Load()
    listed = {d.delivery_id: (d.from_node, d.to_node) for d in plan.deliveries}
    assert listed["BACK/1"] == ("B", "DEP")


def test_retrograde_alone(name):
    """A pick-up needs no loading first."""
    plan = solved(world([drop("BACK", B, kind="retrograde")]), name)
    assert kinds(plan) == [["pickup", "end"]]


def test_second_window(name):
    """The first window is over before anyone can be there; the second one is used."""
    plan = solved(world([drop("D1", C, windows=((0, 600), (5 * HOUR, 6 * HOUR)))]), name)
    assert plan.routes[0].stops[1].begin_s == 5 * HOUR


def test_window_that_no_one_can_meet(name):
    """It is left out."""
    assert len(solved(world([drop("D1", C, windows=((0, 600),))]), name).unserved) == 1


def test_hours_of_the_supply_point(name):
    """Loading waits until the supply point opens."""
    problem = world([drop("D1", A)])
    places = list(problem.places)
    places[S1] = place("S1", windows=((3 * HOUR, 4 * HOUR),))
    plan = solved(problem.replace(places=tuple(places)), name)
    assert plan.routes[0].stops[0].begin_s == 3 * HOUR


def test_one_stop_for_neighbours(name):
    """Two drops at one place are one stop where one begin suits both."""
    first, second = drop("D1", A, windows=((0, 4 * HOUR),)), drop("D2", A, windows=((0, 5 * HOUR),))
    plan = solved(world([first, second], [truck(count=1)]), name)
    (stop,) = [s for s in plan.routes[0].stops if s.kind == "deliver"]
    assert set(stop.deliveries) == {"D1/1", "D2/1"}
    assert stop.depart_s == stop.begin_s + 1200


def test_two_stops_at_one_place(name):
    """Where no begin suits both, the second is a stop of its own, and the truck stays until then."""
    first, second = drop("D1", A, windows=((0, 2 * HOUR),)), drop("D2", A, windows=((3 * HOUR, 4 * HOUR),))
    plan = solved(world([first, second], [truck(count=1, max_trips=1)]), name)
    stops = [s for s in plan.routes[0].stops if s.kind == "deliver"]
    assert [s.deliveries for s in stops] == [("D1/1",), ("D2/1",)]
    assert stops[1].begin_s == 3 * HOUR
    assert plan.cost == 20


def test_range(name):
    """30 km out and back is more than 50 km."""
    plan = solved(world([drop("D1", C), drop("D2", B)], [truck(count=1, range_m=50_000)]), name)
    assert [u.delivery_id for u in plan.unserved] == ["D1/1"]


def test_shift_and_its_best_choice(name):
    """Of two shifts the one that the window lies in is taken."""
    fleet = [truck(count=1, shifts=((0, 3 * HOUR), (10 * HOUR, 14 * HOUR)))]
    plan = solved(world([drop("D1", C, windows=((11 * HOUR, 12 * HOUR),))], fleet), name)
    assert plan.routes[0].start_s >= 10 * HOUR
    assert plan.routes[0].end_s <= 14 * HOUR


def test_one_route_per_vehicle_and_shift(name):
    """One truck with two shifts makes two routes, no more."""
    fleet = [truck(count=1, max_trips=1, shifts=((0, 3 * HOUR), (10 * HOUR, 14 * HOUR)))]
    plan = solved(world([drop(f"D{k}", A, load=Load(3000)) for k in range(3)], fleet), name)
    assert len(plan.routes) == 2
    assert len(plan.unserved) == 1


def test_other_end_depot(name):
    """A truck that ends at B drives there from its last stop."""
    plan = solved(world([drop("D1", A)], [truck(end_depot=B)]), name)
    assert plan.routes[0].end_node == "B"
    assert plan.routes[0].distance_m == 20_000


def test_nearest_of_several_depots(name):
    """The truck that starts at B delivers to C from the supply point on its way."""
    fleet = [truck("HERE", count=1), truck("THERE", depot=B, end_depot=B, count=1)]
    problem = world([drop("D1", C, source=B, sources=(B,))], fleet)
    assert [r.vehicle_type for r in solved(problem, name).routes] == ["THERE"]


def test_no_way_is_no_way(name):
    """A drop that can be reached but not left is not served."""
    plan = solved(world([drop("D1", A)], travel=road(gone=[(A, DEP), (A, S1), (A, S2), (A, B), (A, C)])), name)
    assert len(plan.unserved) == 1


def test_other_source_when_the_stock_is_short(name):
    """S1 has meals for one only: with what S2 has both are served."""
    drops = [drop("D1", A, sources=(S1, S2)), drop("D2", A, source=S2, sources=(S1, S2))]
    problem = world(drops, stock={(S1, "meals"): 10.0, (S2, "meals"): 10.0})
    plan = solved(problem, name)
    assert plan.unserved == ()
    assert sorted(d.from_node for d in plan.deliveries) == ["S1", "S2"]


def test_cheapest_of_mixed_vehicles(name):
    """One big truck at its fixed cost beats two small ones."""
    small = truck("SMALL", capacity=Load(1000, NO_LIMIT, 200), fixed_cost=10.0, max_trips=1)
    big = truck("BIG", capacity=Load(4000, NO_LIMIT, 800), fixed_cost=15.0)
    plan = solved(world([drop("D1", B), drop("D2", C)], [small, big]), name)
    assert [r.vehicle_type for r in plan.routes] == ["BIG"]
    assert plan.cost == 15 + 60
