"""Rests, releases, skills, ties and shared resources in the checker: each kept, and broken by a known amount."""

from dataclasses import replace

import numpy as np
import pytest
from plans import lay, plan_of, with_route, with_stop
from worlds import DAY, HOUR, NODES, S1, A, B, C, drop, place, road, truck, world

from workbench.check import check
from workbench.ground.matrix import DenseTravel
from workbench.problem import Prices, Relation, Resource, imbalance_cost

TO_A = [("load", S1, ("D1/1",)), ("deliver", A, ("D1/1",))]
TO_C = [("load", S1, ("D1/1",)), ("deliver", C, ("D1/1",))]
BOTH = [("load", S1, ("D1/1", "D2/1")), ("deliver", A, ("D1/1",)), ("deliver", B, ("D2/1",))]


def one(problem, steps=TO_A, start=HOUR, v=0):
    """A plan of one route."""
    return plan_of(problem, [lay(problem, "R01", v, start, steps)])


def broken(problem, plan, code):
    """The one violation there is; it must be of this code."""
    found = check(problem, plan)
    assert [v.code for v in found] == [code], [v.text for v in found]
    return found[0]


def told(violation):
    """Where, how much, and the sentence."""
    return violation.route_id, violation.node, violation.amount, violation.unit, violation.text


def with_rule(problem, plan, **changes):
    """The problem with its first truck changed, and the plan."""
    return problem.replace(fleet=(replace(problem.fleet[0], **changes), *problem.fleet[1:])), plan


# rests: S1 300 s, C 2,700 s, home 3,000 s of driving


def test_rest_kept():
    """With 4,000 s at the wheel and 20 minutes of rest, one rest at C is due, taken and stated."""
    problem = world([drop("D1", C)], [truck(drive_s=4000, rest_s=1200)])
    plan = one(problem, TO_C)
    assert [(s.node, s.kind) for s in plan.routes[0].stops] == [
        ("S1", "load"), ("C", "deliver"), ("C", "rest"), ("DEP", "end"),
    ]  # fmt: skip
    assert plan.routes[0].service_s == 600 + 600 + 1200
    assert check(problem, plan) == []
    assert check(*with_rule(problem, plan, drive_s=3000)) == []


def test_rest_broken_by_none_at_all():
    """Without it they drive 6,000 s, 33 min 20 s more than they may."""
    problem = world([drop("D1", C)])
    v = broken(*with_rule(problem, one(problem, TO_C), drive_s=4000, rest_s=1200), "rest")
    assert told(v) == (
        "R01", "DEP", 33.33, "min",
        "R01 (TRUCK) drives 100 min without a rest of 20 min, 34 min more than the 67 min it may; the rest is due "
        "before the way to Point DEP (DEP).",
    )  # fmt: skip


def test_rest_broken_by_one_too_short_and_by_a_way_too_long():
    """A rest of 20 minutes is none where 21 are due; a way of 45 minutes is too long for who may drive 44."""
    problem = world([drop("D1", C)], [truck(drive_s=4000, rest_s=1200)])
    plan = one(problem, TO_C)
    assert "without a rest of 21 min" in broken(*with_rule(problem, plan, rest_s=1260), "rest").text
    found = check(*with_rule(problem, plan, drive_s=2999))
    assert [(v.code, v.node, v.amount) for v in found] == [("rest", "C", 0.02), ("rest", "DEP", 0.02)]
    long = one(problem, [("load", S1, ("D1/1",)), ("rest", S1, 1200), ("deliver", C, ("D1/1",)), ("rest", C, 1200)])
    found = check(*with_rule(problem, long, drive_s=2640))
    assert [(v.node, v.amount) for v in found] == [("C", 1), ("DEP", 6)]
    assert "the way to Point C (C) alone takes longer than that" in found[0].text


def test_waiting_is_no_driving_and_no_rest():
    """Two hours of waiting at C neither add to the driving nor count as a rest."""
    problem = world([drop("D1", C, windows=((3 * HOUR, 4 * HOUR),))])
    plan = one(problem, TO_C)
    assert broken(*with_rule(problem, plan, drive_s=4000, rest_s=60), "rest").amount == 33.33
    assert check(*with_rule(problem, plan, drive_s=6000, rest_s=60)) == []


def test_driving_kept_and_broken():
    """Six thousand seconds at the wheel: allowed to the last one, and a minute too many."""
    problem = world([drop("D1", C)])
    plan = one(problem, TO_C)
    assert check(*with_rule(problem, plan, max_drive_s=6000)) == []
    v = broken(*with_rule(problem, plan, max_drive_s=5940), "driving")
    assert told(v) == (
        "R01", "", 1, "min", "R01 (TRUCK) drives 100 min, 1 min more than the 99 min allowed in one route.",
    )  # fmt: skip


def test_duration_kept_and_broken():
    """From the depot to A and back takes 3,200 s: as long as it may, and 20 s longer."""
    problem = world([drop("D1", A)])
    plan = one(problem)
    assert check(*with_rule(problem, plan, longest_s=3200)) == []
    v = broken(*with_rule(problem, plan, longest_s=3180), "duration")
    assert told(v)[2:] == (0.33, "min", "R01 (TRUCK) lasts 54 min, 20 s more than the 53 min that a route may.")


def test_overtime_is_part_of_the_shift_and_of_the_cost():
    """The route ends 3,200 s after its start. Fifty minutes of shift and 200 s of overtime are enough, 199 are not."""
    problem = world([drop("D1", A)], [truck(shifts=((HOUR, HOUR + 3000),), overtime_s=200, overtime_cost=90.0)])
    plan = one(problem)
    assert plan.routes[0].cost == 20 + 5
    assert check(problem, plan) == []
    v = broken(*with_rule(problem, plan, overtime_s=140), "shift")
    assert (v.amount, v.unit) == (1, "min")
    assert "1 min outside its shift from 010500Z MAY 26 to 010550Z MAY 26 and 3 min of overtime" in v.text
    cheap = with_route(plan, 0, cost=20)
    assert "states a cost of 20; the replay gives 25" in broken(problem, cheap, "stated").text


def test_no_route_starts_in_overtime():
    """A route that starts after its shift is outside it, however much overtime there is."""
    problem = world([drop("D1", A)], [truck(shifts=((0, HOUR - 60),), overtime_s=3 * HOUR)])
    assert broken(problem, one(problem), "shift").amount == 1


def test_one_truck_is_not_in_overtime_and_in_its_next_shift():
    """With an hour of overtime a truck may still be out when the next shift's route starts."""
    fleet = [truck(count=1, shifts=((0, 2 * HOUR), (2 * HOUR, 5 * HOUR)), overtime_s=HOUR)]
    problem = world([drop("D1", A), drop("D2", A)], fleet)
    second = [("load", S1, ("D2/1",)), ("deliver", A, ("D2/1",))]

    def both(start):
        return plan_of(problem, [lay(problem, "R01", 0, 6000, TO_A), lay(problem, "R02", 0, start, second)])

    assert check(problem, both(6000 + 3200)) == []
    assert broken(problem, both(6000 + 3199), "fleet").amount == 1


def test_slow_hands_take_longer_each_delivery_rounded_up():
    """Loads of 601 s and 600 s at 1.5 times are 902 and 900 s, the turnaround of 60 s as stated."""
    problem = world([drop("D1", A, load_s=601), drop("D2", A)], [truck(service_ppm=1_500_000, turnaround_s=60)])
    plan = one(problem, [("load", S1, ("D1/1", "D2/1")), ("deliver", A, ("D1/1", "D2/1"))])
    assert [s.depart_s - s.begin_s for s in plan.routes[0].stops] == [60 + 902 + 900, 1800, 0]
    assert check(problem, plan) == []
    assert {v.code for v in check(*with_rule(problem, plan, service_ppm=1_499_000))} == {"stated"}


def test_lateness_costs_and_breaks_nothing():
    """Begun at 5,200 s: 30 an hour since it was due at 4,000 s is 10, stated in the route's cost."""
    problem = world([drop("D1", A, due_s=4000, late_cost=30.0)])
    plan = one(problem)
    assert plan.routes[0].cost == 20 + 10
    assert check(problem, plan) == []
    assert broken(problem, with_route(plan, 0, cost=20), "stated").amount == 10
    on_time = problem.replace(deliveries=(replace(problem.deliveries[0], due_s=5200),))
    assert one(on_time).routes[0].cost == 20


def test_release_kept_and_broken():
    """Loading begins at 3,900 s: as it is released, and ten minutes before; by the last moment, and a minute after."""
    problem = world([drop("D1", A)])
    plan = one(problem)
    ready = problem.replace(deliveries=(drop("D1", A, ready_s=3900, load_by_s=3900),))
    assert check(ready, plan) == []
    v = broken(problem.replace(deliveries=(drop("D1", A, ready_s=4500),)), plan, "release")
    assert told(v) == (
        "R01", "S1", 10, "min",
        "R01 (TRUCK) begins to load D1/1 at Point S1 (S1) at 010505Z MAY 26, 10 min before its release.",
    )  # fmt: skip
    v = broken(problem.replace(deliveries=(drop("D1", A, load_by_s=3840),)), plan, "release")
    assert told(v)[2:] == (
        1, "min",
        "R01 (TRUCK) begins to load D1/1 at Point S1 (S1) at 010505Z MAY 26, 1 min after the last moment for it, "
        "010504Z MAY 26.",
    )  # fmt: skip


def test_one_loading_is_one_violation_of_releases():
    """Two loads that come free later are one fault, by the later of them; retrograde is picked up no sooner either."""
    problem = world([drop("D1", A), drop("D2", A), drop("D3", A, kind="retrograde")])
    steps = [("load", S1, ("D1/1", "D2/1")), ("deliver", A, ("D1/1", "D2/1")), ("pickup", A, ("D3/1",))]
    plan = one(problem, steps)
    later = tuple(replace(d, ready_s=s) for d, s in zip(problem.deliveries, (4200, 4500, 0), strict=True))
    v = broken(problem.replace(deliveries=later), plan, "release")
    assert (v.node, v.amount) == ("S1", 10)
    assert "load D2/1" in v.text
    picked = (*problem.deliveries[:2], replace(problem.deliveries[2], ready_s=9000))
    assert "picks up D3/1 at Point A (A)" in broken(problem.replace(deliveries=picked), plan, "release").text


def test_vehicle_choice_kept_and_broken():
    """D1 and D2 may go by the van alone."""
    fleet = [truck(), truck("VAN")]
    problem = world([drop("D1", A, may_use=(False, True)), drop("D2", B, may_use=(False, True))], fleet)
    assert check(problem, one(problem, BOTH, v=1)) == []
    v = broken(problem, one(problem, BOTH), "vehicle_choice")
    assert told(v) == (
        "R01", "S1", 2, "deliveries", "R01 (TRUCK) carries D1/1, D2/1, which may not go by TRUCK of 1 BSB.",
    )  # fmt: skip


def test_a_transfer_is_loaded_at_its_place_and_draws_on_no_stock():
    """From A to C, though no meals are in stock at A; loaded anywhere else it breaks the rule of sources."""
    problem = world([drop("D1", C, kind="transfer", source=A, sources=(A,))], stock={(A, "meals"): 0.0})
    plan = one(problem, [("load", A, ("D1/1",)), ("deliver", C, ("D1/1",))])
    assert check(problem, plan) == []
    assert broken(problem, one(problem, TO_C), "source").node == "S1"
    drawn = problem.replace(deliveries=(replace(problem.deliveries[0], kind="delivery"),))
    assert {v.code for v in check(drawn, plan)} == {"stock", "stated"}


def test_aboard_kept_and_broken():
    """From S1, left at 4,500 s, to A at 5,200 s: 700 s aboard, as allowed, and 10 min longer."""
    problem = world([drop("D1", A, aboard_s=700)])
    assert check(problem, one(problem)) == []
    short = world([drop("D1", A, aboard_s=100)])
    v = broken(short, one(short), "aboard")
    assert told(v) == (
        "R01", "A", 10, "min",
        "D1/1 is aboard R01 (TRUCK) for 12 min, from 010515Z MAY 26 to 010526Z MAY 26, 10 min longer than it may be "
        "(2 min).",
    )  # fmt: skip


def test_what_is_picked_up_is_aboard_until_it_is_handed_in():
    """Picked up at A at 4,600 to 5,200 s, home at 6,200 s: 1,000 s; a loading on the way ends it sooner."""
    back = drop("D2", A, kind="retrograde", aboard_s=999)
    problem = world([drop("D1", A), back])
    assert broken(problem, one(problem, [("pickup", A, ("D2/1",))]), "aboard").amount == 0.02
    assert check(problem, one(problem, [("pickup", A, ("D2/1",)), *TO_A])) == []


def dirty(*pairs):
    """Which goods need a clean vehicle after which."""
    out = np.zeros((3, 3), bool)
    for a, b in pairs:
        out[a, b] = True
    return out


def cleaned(steps, *pairs, kind="delivery"):
    """A problem in which D1 is class I, D2 class IX, and the plan of these steps."""
    second = drop("D2", A, goods=2, supply_class="IX", item="brake pads", kind=kind)
    problem = world([drop("D1", A), second], cleaning=dirty(*pairs), cleaning_s=1800)
    return problem, one(problem, steps)


ONE_AFTER_THE_OTHER = [*TO_A, ("reload", S1, ("D2/1",)), ("deliver", A, ("D2/1",))]


def test_cleaning_kept():
    """Half an hour at the second loading where it is needed, none the other way round, none for a mixed load."""
    problem, plan = cleaned(ONE_AFTER_THE_OTHER, (0, 2))
    assert [s.depart_s - s.begin_s for s in plan.routes[0].stops] == [600, 600, 2400, 600, 0]
    assert check(problem, plan) == []
    problem, plan = cleaned(ONE_AFTER_THE_OTHER, (2, 0))
    assert [s.depart_s - s.begin_s for s in plan.routes[0].stops] == [600, 600, 600, 600, 0]
    assert check(problem, plan) == []
    mixed = [("load", S1, ("D1/1", "D2/1")), ("deliver", A, ("D1/1", "D2/1"))]
    assert check(*cleaned(mixed, (0, 2))) == []


def test_cleaning_that_is_not_stated_is_a_wrong_time():
    """A plan that leaves it out claims to be half an hour too early."""
    problem, plan = cleaned(ONE_AFTER_THE_OTHER, (0, 2))
    quick = one(problem.replace(cleaning=None), ONE_AFTER_THE_OTHER)
    assert quick.routes[0].end_s == plan.routes[0].end_s - 1800
    found = check(problem, quick)
    assert {v.code for v in found} == {"stated"}
    assert "leaves at Point S1 (S1)" in found[0].text


def test_cleaning_broken():
    """Loaded with the first still aboard, or picked up after it: there is no cleaning then."""
    onto = [("load", S1, ("D1/1",)), ("reload", S1, ("D2/1",)), ("deliver", A, ("D1/1", "D2/1"))]
    v = broken(*cleaned(onto, (0, 2)), "cleaning")
    assert told(v) == (
        "R01", "S1", 1, "pairs",
        "R01 (TRUCK) takes class IX after class I aboard at Point S1 (S1) without being cleaned, which it is only "
        "where it loads with nothing else aboard.",
    )  # fmt: skip
    picked = [*TO_A, ("pickup", A, ("D2/1",))]
    assert broken(*cleaned(picked, (0, 2), kind="retrograde"), "cleaning").node == "A"
    assert check(*cleaned([("pickup", A, ("D2/1",)), *TO_A], (0, 2), kind="retrograde")) == []


def test_backhaul_kept_and_broken():
    """Brought first and picked up then; or picked up on the way with a load still aboard."""
    problem = world([drop("D1", B), drop("D2", A, kind="retrograde")], [truck(backhaul_last=True)])
    last = [("load", S1, ("D1/1",)), ("deliver", B, ("D1/1",)), ("pickup", A, ("D2/1",))]
    assert check(problem, one(problem, last)) == []
    assert check(problem, one(problem, [("pickup", A, ("D2/1",)), *last[:2]])) == []
    v = broken(problem, one(problem, [last[0], last[2], last[1]]), "backhaul")
    assert told(v) == (
        "R01", "A", 1, "deliveries",
        "R01 (TRUCK) picks up D2/1 at Point A (A) with D1/1 still to deliver, and it may only when all that is off.",
    )  # fmt: skip


class Risky(DenseTravel):
    """The road with 0.1 neper on each way beyond A."""

    def exposure(self, profile, rows, cols):
        """Return the risk of ways to and from B and C."""
        beyond = np.isin([rows], [B, C]).T | np.isin([cols], [B, C])
        return np.where(beyond, 100_000, 0)


def risky(**changes):
    """A problem with one drop at B on the risky road, and its plan."""
    travel = Risky(road().seconds, road().metres)
    problem = world([drop("D1", B)], [truck(**changes)], travel=travel, prices=Prices(risk=55.0))
    return problem, one(problem, [("load", S1, ("D1/1",)), ("deliver", B, ("D1/1",))])


def test_exposure_kept_priced_and_broken():
    """There and back is 0.2 neper, a loss of 18.1 %; it costs 11, and a limit of 0.15 forbids it."""
    problem, plan = risky(max_exposure=200_000)
    assert plan.routes[0].cost == 40 + 11
    assert check(problem, plan) == []
    assert broken(problem, with_route(plan, 0, cost=40), "stated").amount == 11
    problem, plan = risky(max_exposure=150_000)
    v = broken(problem, plan, "exposure")
    assert (v.amount, v.unit) == (pytest.approx(0.05), "neper")
    assert "runs a risk of 18.1 % of losing its vehicle, more than the 13.9 % that it may" in v.text


def two(problem, start=HOUR, first=TO_A):
    """D1 and D2 by one truck each, the second from `start` on."""
    steps = [("load", S1, ("D2/1",)), ("deliver", A, ("D2/1",))]
    return plan_of(problem, [lay(problem, "R01", 0, HOUR, first), lay(problem, "R02", 0, start, steps)])


def at_most(node, visits):
    """The places of the road, one of them with a limit of visits a day."""
    return tuple(place(n, visits_per_day=visits if n == node else 0) for n in NODES)


def test_visits_kept_and_broken():
    """Two trucks at A on one day where one may come; the next day begins twenty hours after the start."""
    problem = world([drop("D1", A), drop("D2", A)], places=at_most("A", 1))
    v = broken(problem, two(problem), "visits")
    assert told(v) == (
        "R01", "A", 1, "visits",
        "Point A (A) is visited 2 times on the day that begins 010000Z MAY 26, 1 more than the 1 allowed; R01 comes "
        "last.",
    )  # fmt: skip
    assert check(problem, two(problem, 20 * HOUR - 1600)) == []
    assert broken(problem, two(problem, 20 * HOUR - 1601), "visits").route_id == "R02"
    assert check(world([drop("D1", A), drop("D2", A)], places=at_most("A", 2)), two(problem)) == []


def test_who_stays_goes_on_with_one_visit():
    """Handing over, resting and picking up at A is one visit; coming back is another."""
    problem = world([drop("D1", A), drop("D2", A, kind="retrograde"), drop("D3", B)], places=at_most("A", 1))
    stays = [*TO_A, ("rest", A, 60), ("pickup", A, ("D2/1",))]
    assert check(problem, one(problem, stays)) == []
    leaves = [("load", S1, ("D1/1", "D3/1")), TO_A[1], ("deliver", B, ("D3/1",)), ("pickup", A, ("D2/1",))]
    assert broken(problem, one(problem, leaves), "visits").amount == 1


def tied(kind, *times, steps=BOTH):
    """D1 to A and D2 to B with a tie, on one route."""
    problem = world([drop("D1", A), drop("D2", B)], relations=(Relation(kind, 0, 1, *times),))
    return problem, one(problem, steps)


def test_ties_to_a_vehicle_kept_and_broken():
    """On one route that is what the one tie asks and the other forbids."""
    assert check(*tied("same_vehicle")) == []
    v = broken(*tied("different_vehicle"), "relations")
    assert told(v) == (
        "R01", "B", 1, "deliveries", "D2/1 (R01 (TRUCK) at B) is to go on another route than D1/1, and does not.",
    )  # fmt: skip
    for kind, keeps in (("different_vehicle", True), ("same_vehicle", False)):
        problem = world([drop("D1", A), drop("D2", A)], relations=(Relation(kind, 0, 1),))
        found = check(problem, two(problem))
        assert [v.code for v in found] == ([] if keeps else ["relations"])
    assert found[0].text == "D2/1 (R02 (TRUCK) at A) is to go on one route with D1/1, and does not."


def test_ties_in_time_kept_and_broken():
    """D1 is done at 6,400 s, D2 begins at 7,400 s: 1,000 s between them."""
    for times in ((), (1000,), (0, 1000), (1000, 1000)):
        assert check(*tied("before", *times)) == []
    v = broken(*tied("before", 1600), "relations")
    assert (v.amount, v.unit) == (10, "min")
    assert "is to begin 27 min after D1/1, and is 10 min early: it begins 010603Z MAY 26, and D1/1 is done" in v.text
    v = broken(*tied("before", 0, 400), "relations")
    assert "is to begin within 7 min after D1/1, and is 10 min late" in v.text
    swapped = [("load", S1, ("D1/1", "D2/1")), BOTH[2], BOTH[1]]
    assert "is to begin after D1/1, and is" in broken(*tied("before", steps=swapped), "relations").text


def test_ties_hold_where_both_are_served_and_before_also_where_first_is_not():
    """Without D1 the other two ties are idle; what comes after D1 does not come at all."""
    alone = [("load", S1, ("D2/1",)), ("deliver", B, ("D2/1",))]
    for kind in ("same_vehicle", "different_vehicle"):
        assert check(*tied(kind, steps=alone)) == []
    v = broken(*tied("before", steps=alone), "relations")
    assert (v.node, v.amount) == ("B", 1)
    assert "is served, though D1/1, which has to be served before it, is not" in v.text
    assert check(*tied("before", steps=TO_A)) == []


def shared(kind, count=1, hours=DAY, places=(S1,), goods=()):
    """Two drops at A with a team at S1, or an escort for routes that load there."""
    return world(
        [drop("D1", A), drop("D2", A)], resources=(Resource("MHE", "Forklift", kind, count, hours, places, goods),)
    )


def test_teams_kept_and_broken():
    """One team loads one truck after the other, not two at once; without any nothing is loaded."""
    problem = shared("team")
    assert check(problem, two(problem, HOUR + 600)) == []
    v = broken(problem, two(problem, HOUR + 599), "resources")
    assert told(v) == (
        "R02", "S1", 1, "teams",
        "2 teams Forklift are in use at 010514Z MAY 26, 1 more than the 1 there are; R02 is one too many.",
    )  # fmt: skip
    assert check(shared("team", 2), two(problem)) == []
    assert broken(shared("team", 0), one(shared("team", 0)), "resources").amount == 1


def test_teams_work_in_their_hours_for_their_goods_at_their_places():
    """Loading from 3,900 to 4,500 s: within the hours, and ten minutes past them; other goods and places need none."""
    for hours in (((0, 4500),), ((3900, 5000),)):
        assert check(shared("team", 1, hours), one(shared("team"))) == []
    v = broken(shared("team", 1, ((0, 3900),)), one(shared("team")), "resources")
    assert told(v)[1:] == (
        "S1", 10, "min",
        "R01 (TRUCK) needs team Forklift at S1 from 010505Z MAY 26 to 010515Z MAY 26, 10 min outside the hours in "
        "which it works.",
    )  # fmt: skip
    assert check(shared("team", 0, goods=(False, True, True)), one(shared("team"))) == []
    assert broken(shared("team", 0, goods=(True, False, False)), one(shared("team")), "resources").amount == 1
    assert check(shared("team", 0, places=(C,)), one(shared("team"))) == []


def test_escorts_kept_and_broken():
    """One escort stays with its route from 3,600 s to its end at 6,800 s; the second route has to wait for it."""
    problem = shared("escort")
    assert check(problem, two(problem, HOUR + 3200)) == []
    v = broken(problem, two(problem, HOUR + 3199), "resources")
    assert (v.route_id, v.node, v.amount, v.unit) == ("R02", "", 1, "escorts")
    late = shared("escort", 1, ((0, 6200),))
    assert broken(late, one(late), "resources").amount == 10
    assert check(shared("escort", 0, places=(B, C)), one(problem)) == []
    assert check(shared("escort", 0, goods=(False, True, True)), one(problem)) == []


def test_uneven_work_costs_where_it_is_stated():
    """Routes of 3,200 s and 7,200 s: 2,000 s above the mean at 90 an hour is 50, in the plan's cost alone."""
    problem = world([drop("D1", C), drop("D2", A)], prices=Prices(imbalance_per_hour=90.0))
    plan = two(problem, first=TO_C)
    spans = [r.end_s - r.start_s for r in plan.routes]
    assert (spans, imbalance_cost(problem.prices, spans)) == ([7200, 3200], 50)
    assert (plan.cost, check(problem, plan)) == (60 + 20, [])
    done = plan.replace(imbalance_cost=50)
    assert (done.cost, check(problem, done.replace(stated_cost=130))) == (130, [])
    v = broken(problem, plan.replace(imbalance_cost=49), "stated")
    assert v.text == "The plan states a cost of 49 for uneven work; the replay gives 50."
    assert broken(problem, done.replace(stated_cost=131), "stated").amount == 1
    assert imbalance_cost(Prices(90.0), []) == 0


def test_a_rest_that_is_claimed_longer_or_shorter_is_a_wrong_time():
    """What leaves a rest sooner than it says makes the next arrival wrong."""
    problem = world([drop("D1", C)], [truck(drive_s=4000, rest_s=1200)])
    plan = one(problem, TO_C)
    stop = plan.routes[0].stops[2]
    early = with_stop(plan, 0, 2, depart_s=stop.depart_s - 60)
    assert {v.code for v in check(problem, early)} == {"rest", "stated"}
