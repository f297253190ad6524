"""Explanations: codes found by trying, and remedies that hold when the checker looks at them."""

import random
import re
import time
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plans import lay, plan_of, random_plan, with_route
from strategies import problems
from worlds import HOUR, S1, A, B, C, drop, good, road, truck, world

from workbench import explain
from workbench.check import check
from workbench.explain.board import Board
from workbench.plan import UNSERVED_CODES, Unserved
from workbench.problem import NO_LIMIT, Load, Objective

FREE = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def only(problem, steps=(), start=HOUR):
    """A plan of one route, or of none."""
    return plan_of(problem, [lay(problem, "R01", 0, start, list(steps))] if steps else [])


def rows(problem, plan, delivery):
    """The lines on one delivery."""
    table = explain.unserved(problem, plan)
    return table[table["delivery"] == delivery].to_dict("records")


TO_A = [("load", S1, ("D1/1",)), ("deliver", A, ("D1/1",))]


def test_an_empty_plan_of_an_empty_problem_needs_no_explanation():
    """Nothing unserved gives a frame with all its columns and no rows."""
    problem = world([])
    table = explain.unserved(problem, plan_of(problem, []))
    assert list(table.columns) == list(explain.COLUMNS)
    assert table.empty


def test_what_an_idle_vehicle_could_do_is_not_planned():
    """D2 to A needs 20 km with the second truck: the engine simply left it out."""
    problem = world([drop("D1", A), drop("D2", A)])
    (row,) = rows(problem, only(problem, TO_A), "D2/1")
    assert row["code"] == "NOT_PLANNED"
    assert row["tried"]
    assert "idle TRUCK of 1 BSB" in row["reason"]
    # 300 s to S1, 600 s loading, 700 s on to A: 1,600 s after 0400Z
    assert row["effect"] == "Served at 010426Z MAY 26 by TRUCK of 1 BSB, +20.0 km, nothing else moves."


def test_room_on_a_route_is_found():
    """With one truck only, D2 fits on its route: ten minutes more at S1 and at A, no metre more."""
    problem = world([drop("D1", A), drop("D2", A)], [truck(count=1)])
    (row,) = rows(problem, only(problem, TO_A), "D2/1")
    assert row["code"] == "NOT_PLANNED"
    assert "R01 (TRUCK) could serve it" in row["reason"]
    assert "+0.0 km" in row["effect"]
    assert "Put it on R01" in row["remedy"]


def short_day(**changes):
    """One truck with a shift in which it can just serve D1 at C: 6,000 s of driving and 1,200 s of handling."""
    deliveries = [
        drop("D1", C, priority=1, load=Load(3000, 0, 0, 0)),
        drop("D2", C, load=Load(3000, 0, 0, 0), **changes),
    ]
    problem = world(deliveries, [truck(count=1, shifts=((0, 7200),))])
    return problem, only(problem, [("load", S1, ("D1/1",)), ("deliver", C, ("D1/1",))], start=0)


def test_displaced_names_what_has_its_place():
    """D2 fits only in place of D1, which is more urgent; one more truck or a longer shift would serve it."""
    problem, plan = short_day()
    found = rows(problem, plan, "D2/1")
    assert {r["code"] for r in found} == {"DISPLACED"}
    assert "D1/1 (priority 1, R01)" in found[0]["reason"]
    by = {r["remedy"]: r for r in found}
    assert by["One more TRUCK of 1 BSB at Point DEP (DEP)."]["effect"].endswith("+60.0 km, nothing else moves.")
    # back to S1, load, out again, unload: 2,700 + 600 + 2,700 + 600 s more
    longer = next(r for r in found if "longer" in r["remedy"])
    assert longer["remedy"] == "Let R01 work 110 min longer, until 010750Z MAY 26."
    assert "+54.0 km" in longer["effect"]


def test_a_less_urgent_one_in_the_way_is_the_engines_fault():
    """If what has the place is less urgent, the plan is not lexicographic and the reason says so."""
    problem, plan = short_day()
    swapped = problem.replace(
        deliveries=(replace(problem.deliveries[0], priority=9), replace(problem.deliveries[1], priority=2))
    )
    (row,) = {(r["code"], r["reason"]) for r in rows(swapped, plan, "D2/1")}
    assert row[0] == "NOT_PLANNED"
    assert "less urgent" in row[1]


def test_resource_says_how_far_the_nearest_place_is():
    """Too heavy to take D1's place too: no swap helps, the nearest try is so and so much over."""
    problem = world(
        [drop("D1", A, load=Load(1500, 0, 0, 0)), drop("D2", A, load=Load(1500, 0, 0, 0)),
         drop("D3", A, load=Load(2900, 0, 0, 0), priority=1)],
        [truck(count=1, max_trips=1)],
    )  # fmt: skip
    both = [("load", S1, ("D1/1", "D2/1")), ("deliver", A, ("D1/1", "D2/1"))]
    found = rows(problem, only(problem, both), "D3/1")
    assert found[0]["code"] == "RESOURCE"
    assert "2,900 kg more than its limit of 3,000 kg" in found[0]["reason"]
    assert [r["remedy"] for r in found] == ["One more TRUCK of 1 BSB at Point DEP (DEP)."]


def test_splitting_is_tried():
    """Two routes have half a truck free each: ten cases go five and five."""
    half = {"load": Load(1500, 0, 0, 0), "priority": 1}
    problem = world(
        [drop("D1", A, **half), drop("D2", A, **half), drop("D3", A, load=Load(3000, 0, 0, 0))],
        [truck(count=2, max_trips=1)],
    )
    routes = [lay(problem, f"R0{n}", 0, 0, [("load", S1, (f"D{n}/1",)), ("deliver", A, (f"D{n}/1",))]) for n in (1, 2)]
    found = rows(problem, plan_of(problem, routes), "D3/1")
    split = next(r for r in found if r["remedy"].startswith("Split"))
    assert split["remedy"] == "Split it into 5 and 5 CS."
    assert re.search(r"5 CS: Served .* by R01 .* 5 CS: Served .* by R02", split["effect"])


def test_a_window_missed_even_alone():
    """C takes 300 + 600 + 2,700 s, and closes at 3,000 s: ten minutes late, and ten minutes more would serve it."""
    problem = world([drop("D1", C, windows=((0, 3000),))])
    (row,) = rows(problem, only(problem), "D1/1")
    assert row["code"] == "WINDOW"
    assert "would start 10 min late at Point C (C), whose window closes 010450Z MAY 26" in row["reason"]
    assert row["remedy"] == "Let the window at Point C (C) close 10 min later, at 010500Z MAY 26."
    assert row["effect"].startswith("Served at 010500Z MAY 26 by TRUCK of 1 BSB, +60.0 km")


def test_a_window_that_opens_too_late():
    """The shift ends before the window opens; opening in time to get home by its end is the remedy."""
    problem = world([drop("D1", A, windows=((5 * HOUR, 6 * HOUR),))], [truck(shifts=((0, 4 * HOUR),))])
    found = rows(problem, only(problem), "D1/1")
    assert {r["code"] for r in found} == {"SHIFT"}
    remedies = [r["remedy"] for r in found]
    # as soon as can be: 1,600 s; opening from then on is 274 minutes earlier than 18,000 s, rounded up
    assert "Let the window at Point A (A) open 4 h 34 min earlier, at 010426Z MAY 26." in remedies
    assert "Let a TRUCK of 1 BSB work 87 min longer, until 010927Z MAY 26." in remedies


@pytest.mark.parametrize(
    ("fleet", "changes", "code"),
    [
        (truck(carries=(False, True, True)), {}, "COMPATIBILITY"),
        (truck(count=0), {}, "RESOURCE"),
        (truck(range_m=19_999), {}, "RANGE"),
        (truck(shifts=((0, 1200),)), {}, "SHIFT"),
        (truck(), {"load": Load(3001, 0, 0, 0)}, "CAPACITY_KG"),
        (truck(capacity=Load(9000, 999, 600, 0)), {}, "CAPACITY_M3"),
        (truck(), {"load": Load(1, 0, 601, 0)}, "CAPACITY_PALLETS"),
        (truck(), {"load": Load(1, 0, 0, 1)}, "CAPACITY_LITRES"),
        (truck(), {"windows": ()}, "WINDOW"),
        (truck(), {"sources": (), "source": -1}, "STOCK"),
    ],
)
def test_codes_of_what_no_vehicle_can_do(fleet, changes, code):
    """What fails the alone test has the code of the limit that the nearest vehicle breaks."""
    problem = world([drop("D1", A, **changes)], [fleet])
    found = rows(problem, only(problem), "D1/1")
    assert {r["code"] for r in found} == {code}
    assert all(r["reason"].endswith(".") for r in found)


def test_no_way_and_a_way_for_others():
    """Cut off is UNREACHABLE; reached by a type that may not carry it is PROFILE."""
    cut = world([drop("D1", A)], travel=road(gone=[(S1, A)]))
    assert rows(cut, only(cut), "D1/1")[0]["code"] == "UNREACHABLE"
    open_road = road()
    travel = type(open_road)(
        {"wheeled": road(gone=[(S1, A)]).seconds["wheeled"], "tracked": open_road.seconds["wheeled"]},
        {"wheeled": road(gone=[(S1, A)]).metres["wheeled"], "tracked": open_road.metres["wheeled"]},
    )
    fleet = [truck(), truck("CARRIER", travel="tracked", carries=(False, False, True))]
    other = world([drop("D1", A)], fleet, travel=travel)
    assert rows(other, only(other), "D1/1")[0]["code"] == "PROFILE"


def test_stock_that_the_plan_has_used_up():
    """Ten of fifteen cases are drawn; D2 asks ten, five more would serve it."""
    problem = world([drop("D1", A), drop("D2", A)], stock={(S1, "meals"): 15.0})
    found = rows(problem, only(problem, TO_A), "D2/1")
    assert {r["code"] for r in found} == {"STOCK"}
    assert "Point S1 (S1) has 5 of the 10 CS asked" in found[0]["reason"]
    assert [r["remedy"] for r in found] == ["Split it, and send 5 of 10 CS.", "5 CS more of meals at Point S1 (S1)."]


def test_refusals_keep_their_code_and_sentence():
    """What was refused before solving is not explained anew; stock that is short is tried."""
    refusal = ("STOCK", "Short by 10 of 10 CS of meals.")
    problem = world(
        [drop("D1", A), drop("D2", A, refused=refusal, sources=(), source=-1, load_s=0)], stock={(S1, "meals"): 10.0}
    )
    (row,) = rows(problem, only(problem, TO_A), "D2/1")
    assert (row["code"], row["reason"]) == refusal
    assert row["remedy"] == "10 CS more of meals at Point S1 (S1)."
    assert row["tried"]
    assert row["effect"].startswith("Served at")


def test_untried_advice_is_marked():
    """Where nothing can be re-evaluated, the remedy is advice and says so by tried = False and no effect."""
    problem = world([drop("D1", A, refused=("COMPATIBILITY", "No vehicle may carry it."))])
    (row,) = rows(problem, only(problem), "D1/1")
    assert not row["tried"]
    assert row["effect"] == ""
    assert row["remedy"]


def test_with_weights_cheap_to_leave_is_policy():
    """A delivery whose price is below what serving it costs is left out on purpose."""
    problem = world([drop("D1", A), drop("D2", A)], objective=Objective({3: 5.0}))
    (row,) = rows(problem, only(problem, TO_A), "D2/1")
    assert row["code"] == "POLICY"
    assert "at a cost of 20 that is dearer than leaving it out, weighed at 5" in row["reason"]


def test_retrograde_is_explained_too():
    """Something to be brought back from A fits on the way home, or needs a vehicle of its own."""
    back = drop("D2", A, kind="retrograde", load=Load(2000, 0, 0, 0))
    problem = world([drop("D1", A), back], [truck(count=1)])
    (row,) = rows(problem, only(problem, TO_A), "D2/1")
    assert row["code"] == "NOT_PLANNED"
    assert "+0.0 km" in row["effect"]


def test_complete_replaces_only_what_is_not_planned():
    """Codes already given stay; every NOT_PLANNED gets its reason, refused ones their refusal."""
    problem, plan = good()
    bare = tuple(replace(u, code="NOT_PLANNED", reason="") for u in plan.unserved)
    rows = explain.unserved(problem, plan.replace(unserved=bare))
    done = explain.complete(plan.replace(unserved=bare), rows)
    by = {u.delivery_id: u for u in done.unserved}
    assert by["D6/1"].code == "UNREACHABLE"
    assert by["D7/1"].code == "STOCK"
    assert check(problem, done) == []
    given_before = (Unserved("D7/1", "D7", "POLICY", "The commander said so."), bare[0])
    kept = explain.complete(plan.replace(unserved=given_before), rows)
    assert kept.unserved[0] == given_before[0]
    assert explain.complete(done, rows) is done
    assert explain.unserved(problem, done).equals(rows)


def test_plans_that_cannot_be_followed_are_explained_as_far_as_they_go():
    """A route of an unknown vehicle, or one that hands over what it never loaded, is left out of the tries."""
    problem, plan = good()
    for spoilt in (
        with_route(plan, 0, vehicle_type="HOVERCRAFT"),
        with_route(plan, 0, stops=plan.routes[0].stops[1:]),
        with_route(plan, 0, stops=()),
        plan.replace(unserved=(*plan.unserved, Unserved("GHOST/1", "GHOST", "RESOURCE", "None."))),
    ):
        table = explain.unserved(problem, spoilt)
        assert set(table["delivery"]) == {"D6/1", "D7/1"}


def inserted(problem, plan, fit):
    """The plan with a fit carried out."""
    known = [d.delivery_id for d in problem.deliveries]
    loads, steps = 0, []
    for kind, where, members in fit.steps:
        steps.append(("reload" if kind == "load" and loads else kind, where, tuple(known[i] for i in members)))
        loads += kind == "load"
    v = next(k for k, x in enumerate(problem.fleet) if x is fit.vehicle)
    route_id = fit.ride.route_id if fit.ride else "NEW"
    route = lay(problem, route_id, v, fit.outcome.start_s, steps)
    return plan_of(problem, [*(r for r in plan.routes if r.route_id != route_id), route]), route


@FREE
@given(problems(max_deliveries=6, min_deliveries=2), st.integers(0, 2**32).map(random.Random))
def test_what_explain_says_fits_does_fit(problem, rng):
    """Carry out any fit that was found, on an idle vehicle or on a route: the checker finds nothing wrong."""
    plan = random_plan(problem, rng)
    board = Board(problem, plan)
    for i in range(len(problem.deliveries)):
        if i in board.served or problem.deliveries[i].refused:
            continue
        for fit in (board.idle(i), board.fitting(i)):
            if fit is not None:
                settled = board.settle(fit)
                more, route = inserted(problem, plan, settled)
                assert check(problem, more) == []
                assert (route.end_s, route.distance_m) == (settled.outcome.end_s, settled.outcome.distance_m)
                begins = [s.begin_s for s in route.stops[:-1]]
                assert begins == list(settled.outcome.begins)


@FREE
@given(problems(max_deliveries=5, min_deliveries=2), st.integers(0, 2**32).map(random.Random))
def test_what_explain_says_does_not_fit_does_not(problem, rng):
    """When no fit is found, no place in any route of the plan takes the delivery, as laying it there shows."""
    plan = random_plan(problem, rng)
    board = Board(problem, plan)
    for i, d in enumerate(problem.deliveries):
        if i in board.served or d.refused or board.fitting(i) is not None:
            continue
        for r, route in enumerate(plan.routes):
            v = next(k for k, x in enumerate(problem.fleet) if x.vehicle_type == route.vehicle_type)
            place = {p.node_id: k for k, p in enumerate(problem.places)}
            base = [(s.kind, place[s.node], s.deliveries) for s in route.stops[:-1]]
            shift = next(s for s in problem.fleet[v].shifts if s[0] <= route.start_s and route.end_s <= s[1])
            for steps in everywhere(d, base):
                if any(a != b and problem.travel.leg(problem.fleet[v].travel, a, b, 0) is None
                       for a, b in legs(problem.fleet[v], steps)):  # fmt: skip
                    continue
                tried = lay(problem, route.route_id, v, shift[0], steps)
                routes = [tried if k == r else x for k, x in enumerate(plan.routes)]
                assert check(problem, plan_of(problem, routes)) != []


def legs(vehicle, steps):
    """The pairs of places that a route drives between."""
    stops = [vehicle.depot, *(p for _, p, _ in steps), vehicle.end_depot]
    return pairwise(stops)


def everywhere(d, base):
    """Every way to put one delivery into a list of steps, by a stop of its own or joined to a neighbour."""
    me = (d.delivery_id,)
    if d.kind == "retrograde":
        yield from put(("pickup", d.node, me), base, 0)
        return
    for k, (kind, where, ids) in enumerate(base):
        if kind in ("load", "reload") and where in d.sources:
            yield from put(("deliver", d.node, me), [*base[:k], (kind, where, ids + me), *base[k + 1 :]], k + 1)
    for source in d.sources:
        for k in range(len(base) + 1):
            yield from put(("deliver", d.node, me), [*base[:k], ("load", source, me), *base[k:]], k + 1)


def put(step, base, first):
    """The steps with one more at every position, and joined to its like."""
    for b in range(first, len(base) + 1):
        yield [*base[:b], step, *base[b:]]
        if b < len(base) and base[b][:2] == step[:2]:
            yield [*base[:b], (*step[:2], base[b][2] + step[2]), *base[b + 1 :]]


@FREE
@given(problems(max_deliveries=6), st.integers(0, 2**32).map(random.Random))
def test_every_unserved_delivery_gets_a_code_and_sentences(problem, rng):
    """Whatever the world, each unserved delivery has a code of the list and full sentences, the same every time."""
    bare = random_plan(problem, rng)
    plan = explain.complete(bare, explain.unserved(problem, bare))
    assert [v for v in check(problem, plan) if v.code != "slots"] == []
    table = explain.unserved(problem, plan)
    assert set(table["delivery"]) == {u.delivery_id for u in plan.unserved}
    assert set(table["code"]) <= set(UNSERVED_CODES)
    assert table["reason"].str.endswith(".").all()
    assert (table.loc[~table["tried"], "effect"] == "").all()
    assert (table.loc[table["tried"], "effect"] != "").all()
    assert explain.unserved(problem, plan).equals(table)


def test_forty_unserved_are_explained_in_time():
    """Forty left out of a hundred and twenty deliveries: under two seconds of work (0.6 s on a quiet machine)."""
    spots = [A, B, C]
    deliveries = [
        drop(f"D{n}", spots[n % 3], priority=1 + n % 15, load=Load(700, 0, 50, 0), service_s=600, load_s=300,
             quantity=7.0, windows=((HOUR * (n % 4), 24 * HOUR),))
        for n in range(120)
    ]  # fmt: skip
    problem = world(deliveries, [truck(count=20, shifts=((0, 14_000),), max_trips=NO_LIMIT)])
    routes = []
    for r in range(20):
        mine = [deliveries[4 * r + k] for k in range(4)]
        steps = [("load", S1, tuple(d.delivery_id for d in mine))]
        for node in spots:
            ids = tuple(d.delivery_id for d in mine if d.node == node)
            steps += [("deliver", node, ids)] if ids else []
        routes.append(lay(problem, f"R{r:02d}", 0, 0, steps))
    plan = plan_of(problem, routes)
    began = time.process_time()
    table = explain.unserved(problem, plan)
    assert time.process_time() - began < 2
    assert table["delivery"].nunique() == 40
