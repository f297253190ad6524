"""Each constraint twice: kept at its limit, and broken by a known amount."""

from dataclasses import replace

import pytest
from plans import lay, plan_of, with_route, with_stop
from worlds import DAY, HOUR, NODES, S1, S2, A, B, drop, good, place, road, truck, world

from workbench.check import check
from workbench.constraints import CONSTRAINTS, Replay, span_words, time_words
from workbench.plan import Unserved
from workbench.problem import Load

TO_A = [("load", S1, ("D1/1",)), ("deliver", A, ("D1/1",))]


def one(problem, steps=TO_A, start=HOUR, v=0):
    """A plan of one route."""
    return plan_of(problem, [lay(problem, "R01", v, start, steps)])


def broken(problem, plan, code):
    """The one violation there is; it must be of this code."""
    found = check(problem, plan)
    assert [v.code for v in found] == [code], [v.text for v in found]
    return found[0]


def test_the_registry_lists_every_constraint():
    """Codes are the functions' names; each has a title and a sentence for people."""
    assert set(CONSTRAINTS) == {
        "aboard", "access", "backhaul", "capacity", "cleaning", "compatibility", "driving", "duration",
        "exposure", "fleet", "may_carry", "payload_range", "range", "reference", "refused", "relations",
        "release", "resources", "rest", "served_once", "shift", "slots", "source", "stated", "stock", "trips",
        "unserved_code", "vehicle_choice", "visits", "window",
    }  # fmt: skip
    for code, c in CONSTRAINTS.items():
        assert c.code == code == c.rule.__name__
        assert c.title
        assert c.words.endswith(".")


def test_capacity_kept():
    """A load that fills the truck in two dimensions to the last unit."""
    problem = world([drop("D1", A, load=Load(3000, 9_000_000, 600, 0))])
    assert check(problem, one(problem)) == []


@pytest.mark.parametrize(
    ("load", "amount", "unit", "words"),
    [
        (Load(3120, 0, 0, 0), 120, "kg", "3,120 kg aboard, 120 kg over its limit of 3,000 kg"),
        (Load(1, 10_250, 0, 0), 0.25, "m3", "10.250 m3 aboard, 0.250 m3 over"),
        (Load(1, 0, 650, 0), 0.5, "pallets", "6.50 pallets aboard, 0.50 pallets over"),
        (Load(1, 0, 0, 40), 40, "litres", "40 L aboard, 40 L over its limit of 0 L"),
    ],
)
def test_capacity_broken(load, amount, unit, words):
    """Each dimension by a known amount, named once although it stays aboard for a while."""
    problem = world(
        [drop("D1", B, load=load), drop("D2", A, load=Load(0, 0, 0, 0))], [truck(capacity=Load(3000, 10_000, 600, 0))]
    )
    steps = [("load", S1, ("D1/1", "D2/1")), ("deliver", A, ("D2/1",)), ("deliver", B, ("D1/1",))]
    v = broken(problem, one(problem, steps), "capacity")
    assert (v.route_id, v.node, v.amount, v.unit) == ("R01", "S1", amount, unit)
    assert words in v.text


def test_capacity_counts_what_is_brought_back():
    """Retrograde is aboard until the vehicle loads again or ends: 2,000 kg of it and 2,000 kg still to deliver."""
    back = drop("D2", A, kind="retrograde", load=Load(2000, 0, 0, 0))
    problem = world([drop("D1", B, load=Load(2000, 0, 0, 0)), back])
    first = [("load", S1, ("D1/1",)), ("pickup", A, ("D2/1",)), ("deliver", B, ("D1/1",))]
    assert broken(problem, one(problem, first), "capacity").amount == 1000
    after = [("load", S1, ("D1/1",)), ("deliver", B, ("D1/1",)), ("pickup", A, ("D2/1",))]
    assert check(problem, one(problem, after)) == []
    reload = [("pickup", A, ("D2/1",)), ("load", S1, ("D1/1",)), ("deliver", B, ("D1/1",))]
    assert check(problem, one(problem, reload)) == []


def test_window_kept():
    """Service may start at the very opening and at the very close of a window."""
    for windows in (((4000, 5200),), ((0, 10), (5200, 9000))):
        problem = world([drop("D1", A, windows=windows)])
        assert check(problem, one(problem)) == []


@pytest.mark.parametrize(
    ("windows", "minutes", "limit"),
    [
        (((0, 5200 - 1860),), 31.0, "010455Z MAY 26"),
        (((0, 5100), (9000, 9001)), 1.67, "010525Z MAY 26"),
        (((5300, 9000),), 1.67, "010528Z MAY 26"),
        (((0, 5199),), 0.02, "010526Z MAY 26"),
    ],
)
def test_window_broken(windows, minutes, limit):
    """Late, between two windows and early: by the distance to the nearest limit, in minutes."""
    problem = world([drop("D1", A)])
    plan = one(problem)  # service starts at 3,600 + 300 + 600 + 700 s
    problem = problem.replace(deliveries=(replace(problem.deliveries[0], windows=windows),))
    v = broken(problem, plan, "window")
    assert (v.node, v.amount, v.unit) == ("A", minutes, "min")
    assert "Point A (A) at 010526Z MAY 26" in v.text
    assert limit in v.text


def test_window_of_a_delivery_without_any():
    """A delivery that may start at no instant breaks the window whenever it is served."""
    problem = world([drop("D1", A)])
    plan = one(problem)
    none = problem.replace(deliveries=(replace(problem.deliveries[0], windows=()),))
    assert "there is no instant" in broken(none, plan, "window").text


def test_window_of_a_supply_point():
    """Loading starts within the supply point's hours."""
    hours = tuple(place(n, windows=((0, 3900),)) if n == "S1" else place(n) for n in NODES)
    problem = world([drop("D1", A)], places=hours)
    assert check(problem, one(problem)) == []
    v = broken(problem, one(problem, start=HOUR + 600), "window")
    assert (v.node, v.amount) == ("S1", 10)


def test_one_late_stop_is_one_violation():
    """Several deliveries at one late stop are named together, by the worst of them."""
    late = [drop("D1", A, windows=((0, 5000),)), drop("D2", A, windows=((0, 4000),))]
    problem = world(late)
    both = [("load", S1, ("D1/1", "D2/1")), ("deliver", A, ("D1/1", "D2/1"))]
    v = broken(problem, one(problem, both), "window")
    assert v.amount == 30
    assert "(D2/1, D1/1)" in v.text


def test_shift_kept():
    """A route may fill its shift from the first second to the last."""
    problem = world([drop("D1", A)], [truck(shifts=((0, 10), (HOUR, HOUR + 3200)))])
    assert check(problem, one(problem)) == []


@pytest.mark.parametrize(("shifts", "minutes"), [(((HOUR, HOUR + 2000),), 20), (((HOUR + 600, DAY[0][1]),), 10)])
def test_shift_broken(shifts, minutes):
    """Ending late or starting early, by so many minutes."""
    problem = world([drop("D1", A)], [truck(shifts=shifts)])
    v = broken(problem, one(problem), "shift")
    assert (v.amount, v.unit) == (minutes, "min")
    assert "runs from 010500Z MAY 26 to 010553Z MAY 26" in v.text


def test_a_type_without_a_shift_may_not_drive():
    """No shift within the horizon: any route breaks it."""
    problem = world([drop("D1", A)], [truck(shifts=())])
    assert broken(problem, one(problem), "shift").amount == pytest.approx(3200 / 60, abs=0.01)


def test_range_kept_and_broken():
    """Twenty kilometres out and home: 20 km of range are enough, 18.5 are 1.5 too few."""
    problem = world([drop("D1", A)], [truck(range_m=20_000)])
    assert check(problem, one(problem)) == []
    short = world([drop("D1", A)], [truck(range_m=18_500)])
    v = broken(short, one(short), "range")
    assert (v.amount, v.unit) == (1.5, "km")


def two_routes(problem, start):
    """D1 and D2 by one truck each, the second from `start` on."""
    steps = [("load", S1, ("D2/1",)), ("deliver", A, ("D2/1",))]
    return plan_of(problem, [lay(problem, "R01", 0, HOUR, TO_A), lay(problem, "R02", 0, start, steps)])


def test_fleet_kept():
    """Two trucks may go twice in one shift, and one truck once in each of two shifts."""
    both = [drop("D1", A), drop("D2", A)]
    assert check(world(both), two_routes(world(both), HOUR)) == []
    one_truck = world(both, [truck(count=1, shifts=((0, 4 * HOUR), (4 * HOUR, 9 * HOUR)))])
    assert check(one_truck, two_routes(one_truck, 5 * HOUR)) == []


def test_fleet_broken():
    """One truck may not run two routes in one shift, not even one after the other."""
    problem = world([drop("D1", A), drop("D2", A)], [truck(count=1)])
    for start in (HOUR, 5 * HOUR):
        v = broken(problem, two_routes(problem, start), "fleet")
        assert (v.route_id, v.amount, v.unit) == ("R02", 1, "vehicles")
        assert "1 more than the 1 at Point DEP (DEP)" in v.text


def test_fleet_where_shifts_overlap():
    """One truck with overlapping shifts: a route in each is allowed, but not both at once."""
    problem = world([drop("D1", A), drop("D2", A)], [truck(count=1, shifts=((0, 3 * HOUR), (HOUR, 6 * HOUR)))])
    assert check(problem, two_routes(problem, 3 * HOUR)) == []
    assert broken(problem, two_routes(problem, HOUR + 60), "fleet").amount == 1


def test_fleet_knows_its_depots():
    """A route starts and ends where its vehicle belongs, even if that is two places."""
    problem = world([drop("D1", A)], [truck(end_depot=S2)])
    plan = one(problem)
    assert check(problem, plan) == []
    home = problem.replace(fleet=(truck(),))
    assert "fleet" in {v.code for v in check(home, plan)}
    v = broken(problem, with_route(plan, 0, stops=plan.routes[0].stops[:-1]), "fleet")
    assert "no stop at which it ends" in v.text


def test_the_same_type_at_two_depots_is_two_entries():
    """Which entry of the fleet a route uses follows from where it starts."""
    fleet = [truck(count=1), truck(count=1, depot=S2, end_depot=S2)]
    problem = world([drop("D1", A), drop("D2", A)], fleet)
    steps = [("load", S1, ("D2/1",)), ("deliver", A, ("D2/1",))]
    apart = plan_of(problem, [lay(problem, "R01", 0, 0, TO_A), lay(problem, "R02", 1, 0, steps)])
    assert check(problem, apart) == []
    same = plan_of(problem, [lay(problem, "R01", 0, 0, TO_A), lay(problem, "R02", 0, 0, steps)])
    assert broken(problem, same, "fleet").amount == 1


def mixed(first, second):
    """A class I and a class IIIB delivery, done in two given orders of stops."""
    problem = world([drop("D1", A), drop("D2", B, goods=1, supply_class="IIIB", item="diesel")])
    return problem, one(problem, [*first, *second])


def test_compatibility_kept():
    """Goods that may not share a vehicle may use it one after the other."""
    problem, plan = mixed(TO_A, [("reload", S1, ("D2/1",)), ("deliver", B, ("D2/1",))])
    assert check(problem, plan) == []


def test_compatibility_broken():
    """Loaded together they are one pair too many, named once for the whole way."""
    problem, plan = mixed([("load", S1, ("D1/1", "D2/1"))], [("deliver", A, ("D1/1",)), ("deliver", B, ("D2/1",))])
    v = broken(problem, plan, "compatibility")
    assert (v.node, v.amount, v.unit) == ("S1", 1, "pairs")
    assert "class I and class IIIB (hazard 3)" in v.text


def test_goods_may_conflict_with_their_own_kind():
    """Where two loads of the same goods may not travel together, two of them are one pair too many."""
    problem = world([drop("D1", A, goods=1), drop("D2", A, goods=1)])
    clash = problem.conflicts.copy()
    clash[1, 1] = True
    both = [("load", S1, ("D1/1", "D2/1")), ("deliver", A, ("D1/1", "D2/1"))]
    alone = problem.replace(conflicts=clash)
    assert check(problem, one(problem, both)) == []
    assert broken(alone, one(alone, both), "compatibility").amount == 1


def test_may_carry_kept_and_broken():
    """A truck carries what its type may carry, and nothing else; each kind of goods is named once."""
    problem = world([drop("D1", A), drop("D2", A)], [truck(carries=(True, False, False))])
    both = [("load", S1, ("D1/1", "D2/1")), ("deliver", A, ("D1/1", "D2/1"))]
    assert check(problem, one(problem, both)) == []
    never = problem.replace(fleet=(truck(carries=(False, True, True)),))
    v = broken(never, one(never, both), "may_carry")
    assert (v.node, v.amount, v.unit) == ("S1", 2, "deliveries")


def test_access_kept_and_broken():
    """A leg without a way is named with both its ends, and nothing is made up for it."""
    problem = world([drop("D1", A)])
    plan = one(problem)
    assert check(problem, plan) == []
    v = broken(problem.replace(travel=road(gone=[(S1, A)])), plan, "access")
    assert (v.node, v.amount, v.unit) == ("A", 1, "legs")
    assert "no way from Point S1 (S1) to Point A (A) that profile wheeled" in v.text


def test_source_kept_and_broken():
    """A delivery may be loaded at any of its sources, at nothing else, and before it is handed over."""
    problem = world([drop("D1", A, sources=(S1, S2))])
    assert check(problem, one(problem, [("load", S2, ("D1/1",)), TO_A[1]])) == []
    only = world([drop("D1", A)])
    elsewhere = one(only, [("load", S2, ("D1/1",)), TO_A[1]])
    v = broken(only, elsewhere, "source")
    assert (v.node, v.amount) == ("S2", 1)
    assert "may be drawn at Point S1 (S1)" in v.text
    never = one(only, [TO_A[1]])
    assert "was never loaded" in broken(only, never, "source").text


def test_source_of_what_is_picked_up():
    """Retrograde is never loaded at a supply point."""
    problem = world([drop("D1", A, kind="retrograde")])
    plan = one(problem, [("pickup", A, ("D1/1",))])
    assert check(problem, plan) == []
    loaded = one(problem, [("load", S1, ("D1/1",)), ("pickup", A, ("D1/1",))])
    assert "is to be picked up" in broken(problem, loaded, "source").text


def test_stock_kept_and_broken():
    """Twenty cases may be drawn to the last; with seventeen, three are too many."""
    both = [("load", S1, ("D1/1", "D2/1")), ("deliver", A, ("D1/1", "D2/1"))]
    problem = world([drop("D1", A), drop("D2", A)], stock={(S1, "meals"): 20.0, (S2, "meals"): 0.0})
    assert check(problem, one(problem, both)) == []
    short = problem.replace(stock={(S1, "meals"): 17.0})
    v = broken(short, one(short, both), "stock")
    assert (v.node, v.amount, v.unit) == ("S1", 3, "CS")
    assert "20 CS of meals are drawn at Point S1 (S1), 3 CS more than the 17 CS for issue" in v.text


def test_trips_kept_and_broken():
    """Loading twice is allowed where two trips are, and one too many where one is."""
    steps = [*TO_A, ("reload", S1, ("D2/1",)), ("deliver", A, ("D2/1",))]
    problem = world([drop("D1", A), drop("D2", A)], [truck(max_trips=2)])
    assert check(problem, one(problem, steps)) == []
    once = problem.replace(fleet=(truck(max_trips=1),))
    v = broken(once, one(once, steps), "trips")
    assert (v.node, v.amount, v.unit) == ("S1", 1, "trips")


def test_slots_kept_and_broken():
    """With one slot at S1, the second truck may load when the first has left, not before."""
    one_slot = tuple(place(n, slots=1) if n == "S1" else place(n) for n in NODES)
    problem = world([drop("D1", A), drop("D2", A)], places=one_slot)
    assert check(problem, two_routes(problem, HOUR + 600)) == []
    v = broken(problem, two_routes(problem, HOUR + 599), "slots")
    assert (v.node, v.amount, v.unit) == ("S1", 1, "vehicles")


def test_served_once_kept_and_broken():
    """Both parts of a requisition, each once; a part handed over twice is once too often."""
    problem, plan = good()
    assert check(problem, plan) == []
    unserved = (*plan.unserved, Unserved("D2/2", "D2", "RESOURCE", "No vehicle is free."))
    v = broken(problem, plan.replace(unserved=unserved), "served_once")
    assert (v.route_id, v.node, v.amount, v.unit) == ("R01", "B", 1, "deliveries")


def test_refused_deliveries_stay_out():
    """What was refused before planning may be in no route, though a vehicle could do it."""
    problem = world([drop("D1", A, refused=("POLICY", "The commander holds it back."))])
    empty = plan_of(problem, [])
    assert check(problem, empty) == []
    v = broken(problem, one(problem), "refused")
    assert "POLICY: The commander holds it back." in v.text


def test_unserved_code_kept_and_broken():
    """NOT_PLANNED may be without a sentence, any other code may not, and a refusal keeps its own."""
    problem, plan = good()
    bare = tuple(replace(u, code="NOT_PLANNED", reason="") for u in plan.unserved)
    assert check(problem, plan.replace(unserved=bare)) == []
    other = tuple(replace(u, code="WINDOW") if u.delivery_id == "D6/1" else u for u in plan.unserved)
    assert "was refused with UNREACHABLE" in broken(problem, plan.replace(unserved=other), "unserved_code").text


def test_reference_kept_and_broken():
    """Names that exist are fine; an unknown vehicle is named with its owner, and its route is not guessed at."""
    problem, plan = good()
    assert check(problem, plan) == []
    v = broken(problem, with_route(plan, 1, vehicle_type="HOVERCRAFT"), "reference")
    assert v.text == "R02 uses HOVERCRAFT of 1 BSB, which the fleet has not."


@pytest.mark.parametrize(
    ("field", "amount", "unit"),
    [("distance_m", 0.001, "km"), ("cost", 1, "cost"), ("wait_s", 0.02, "min"), ("travel_s", 0.02, "min")],
)
def test_stated_kept_and_broken(field, amount, unit):
    """A figure that is off by one is off by that much in its unit."""
    problem, plan = good()
    assert check(problem, plan) == []
    spoilt = with_route(plan, 0, **{field: getattr(plan.routes[0], field) + 1})
    v = broken(problem, spoilt, "stated")
    assert (v.route_id, v.amount, v.unit) == ("R01", amount, unit)


def test_stated_ends_of_what_is_brought_back():
    """Retrograde comes from its node and goes to where the vehicle next loads or ends; that may be left blank."""
    problem, plan = good()

    def listed(**changes):
        rows = tuple(replace(d, **changes) if d.delivery_id == "D4/1" else d for d in plan.deliveries)
        return plan.replace(deliveries=rows)

    assert check(problem, listed(to_node="")) == check(problem, listed(to_node="S1")) == []
    assert "to 'DEP', not 'S1'" in broken(problem, listed(to_node="DEP"), "stated").text
    assert "from 'B', not 'A'" in broken(problem, listed(from_node="B"), "stated").text


def test_stated_times_hide_no_lateness():
    """A route that claims to drive faster than it can is late where it really is late, besides being wrong."""
    problem = world([drop("D1", A, windows=((0, 5200 - 600),))])
    honest = one(problem)
    stops = honest.routes[0].stops
    claim = with_stop(honest, 0, 1, arrive_s=4600, begin_s=4600, depart_s=5200)
    claim = with_stop(claim, 0, 2, arrive_s=6200, begin_s=6200, depart_s=6200)
    found = check(problem, with_route(claim, 0, end_s=6200))
    assert {(v.code, v.node, v.amount) for v in found} == {("window", "A", 10), ("stated", "A", 10)}
    assert stops[1].begin_s == 5200


def test_a_rest_is_a_stop_of_stated_length():
    """A rest takes the time the plan gives it, and counts as service."""
    problem = world([drop("D1", A)])
    plan = one(problem)
    stops = list(plan.routes[0].stops)
    pause = replace(stops[1], kind="rest", arrive_s=5800, begin_s=5800, depart_s=6700, deliveries=())
    late = {name: getattr(stops[2], name) + 900 for name in ("arrive_s", "begin_s", "depart_s")}
    stops[2:] = [pause, replace(stops[2], **late)]
    route = plan.routes[0]
    rested = with_route(plan, 0, stops=tuple(stops), end_s=route.end_s + 900, service_s=route.service_s + 900)
    assert check(problem, rested) == []


def test_a_replay_gives_what_a_correct_plan_states():
    """Sums of a replay equal the stated ones of a plan without violations."""
    problem, plan = good()
    for trace in Replay(problem, plan).traces:
        r = trace.route
        assert (trace.distance_m, trace.travel_s, trace.wait_s, trace.service_s, trace.cost, trace.end_s) == (
            r.distance_m, r.travel_s, r.wait_s, r.service_s, r.cost, r.end_s,
        )  # fmt: skip
        assert trace.whole


def test_words_for_times():
    """Spans are rounded up, instants are date-time groups, absurd ones stay numbers."""
    problem = world([])
    spans = {59: "59 s", 60: "1 min", 61: "2 min", 7199: "2 h 00 min", 7200: "2 h 00 min", 7260: "2 h 01 min"}
    assert {s: span_words(s) for s in spans} == spans
    assert time_words(problem, 0) == "010400Z MAY 26"
    assert time_words(problem, 10**15).startswith("1000000000000000 s")
