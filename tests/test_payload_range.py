"""Payload that falls with the distance flown: the curve itself, the vector of the domain notes, and who keeps it."""

import pytest
from flights import at_km, drone, flown_world, place
from hypothesis import given
from hypothesis import strategies as st
from plans import lay, plan_of, under
from tables import ask
from worlds import HOUR, S1, A, C, drop, truck, world

from workbench import engines, explain, problem
from workbench.check import check
from workbench.engines import Budget
from workbench.formats.cells import BadCell, parse
from workbench.problem import NO_LIMIT, Load, lift_kg
from workbench.schema import TABLES
from workbench.units import parse_curve

UAS = parse_curve("15:68;70:0")
COLUMN = TABLES["fleet"].column("payload_range")


def test_the_vector_of_the_curve():
    """T-CURVE: 70 km at 0 kg and 15 km at 68 kg, so 34 kg at 42.5 and 56.87 at 24 km; never farther."""
    assert [lift_kg(UAS, m) for m in (0, 15_000, 42_500, 24_000, 70_000, 70_001)] == [68, 68, 34, 56, 0, -1]
    assert lift_kg((), 10**9) == NO_LIMIT


@given(
    st.lists(st.tuples(st.integers(1, 90_000), st.integers(0, 900)), min_size=1, max_size=7).map(
        lambda steps: [(sum(x for x, _ in steps[: k + 1]), sum(y for _, y in steps[k:])) for k, _ in enumerate(steps)]
    ),
    st.integers(0, 700_000),
)
def test_the_curve_is_the_polyline_rounded_down(points, metres):
    """What may be lifted is on or under the lines, and a kilogram more is not."""
    curve, lifts = tuple(points), lift_kg(tuple(points), metres)
    assert (lifts >= 0) == (metres <= curve[-1][0])
    assert lifts < 0 or (under(curve, metres, lifts) and not under(curve, metres, lifts + 1))


@pytest.mark.parametrize(
    ("text", "code"),
    [("68", "TYPE"), ("15:68;15:60", "TYPE"), ("15:68;70:80", "TYPE"), ("70:0;15:68", "TYPE"), ("x:1", "TYPE"),
     ("-1:5", "TYPE"), (";", "RANGE"), (";".join(f"{k}:9" for k in range(1, 10)), "RANGE")],
)  # fmt: skip
def test_a_curve_that_is_none_is_a_finding(text, code):
    """It needs pairs that go farther and never heavier, at most eight."""
    with pytest.raises(BadCell) as caught:
        parse(COLUMN, text)
    assert caught.value.code == code


def test_a_curve_has_one_form():
    """Written back as numbers without what they don't need."""
    assert parse(COLUMN, " 15.0:68.0 ; 70:0") == "15:68;70:0"


def loaded(kg, **changes):
    """A problem with one delivery of so much to C (27 km from S1, 57 km in all after loading), and its plan."""
    curve = ((40_000, 3000), (60_000, 500))
    w = world([drop("D1", C, load=Load(kg))], [truck(payload_range=curve, **changes)])
    return w, plan_of(w, [lay(w, "R01", 0, HOUR, [("load", S1, ("D1/1",)), ("deliver", C, ("D1/1",))])])


def test_the_checker_names_what_is_too_heavy_for_so_far():
    """57 km allow 875 kg: that is kept, one more is one kilogram over."""
    assert check(*loaded(875)) == []
    (v,) = check(*loaded(876))
    assert (v.code, v.amount, v.unit) == ("payload_range", 1, "kg")
    assert "flies 57.000 km to Point DEP (DEP) with 876 kg aboard, where it can lift 875 kg, 1 kg less" in v.text


def test_the_checker_names_what_is_too_far_for_anything():
    """A curve that ends at 50 km is 7 km too short."""
    w, plan = loaded(1)
    short = w.replace(fleet=(truck(payload_range=((50_000, 100),)),))
    (v,) = check(short, plan)
    assert (v.code, v.amount, v.unit) == ("payload_range", 7, "km")


@pytest.mark.parametrize("name", engines.ENGINES)
def test_engines_load_again_rather_than_too_much(name):
    """Two of 700 kg to C: together they are too heavy for 57 km, one after the other not."""
    curve = ((40_000, 3000), (60_000, 500))
    w = world([drop(f"D{k}", C, load=Load(700)) for k in range(2)], [truck(count=1, payload_range=curve)])
    plan = engines.solve(w, name, Budget(iterations=200), jobs=1)
    assert check(w, plan) == []
    assert [s.kind for r in plan.routes for s in r.stops] == ["load", "deliver", "reload", "deliver", "end"]


@pytest.mark.parametrize("name", engines.ENGINES)
def test_turnarounds_are_time_at_each_loading(name):
    """Ten minutes of turnaround at the one loading make the route ten minutes longer."""
    plain, slow = (world([drop("D1", A)], [truck(count=1, turnaround_s=s)]) for s in (0, 600))
    ends = []
    for w in (plain, slow):
        plan = engines.solve(w, name, Budget(iterations=50), jobs=1)
        assert check(w, plan) == []
        ends.append(plan.routes[0].end_s - plan.routes[0].start_s)
    assert ends[1] - ends[0] == 600


def test_what_drops_picks_nothing_up():
    """An airdrop can't bring anything back: no engine plans it, the checker says so, explain too."""
    back = drop("D1", A, kind="retrograde")
    w = world([back], [truck(picks_up=False)])
    plan = engines.solve(w, "greedy", Budget(iterations=50), jobs=1)
    assert not plan.routes
    assert explain.unserved(w, plan)["code"].tolist() == ["COMPATIBILITY"]
    forced = plan_of(w, [lay(w, "R01", 0, HOUR, [("pickup", A, ("D1/1",))])])
    assert {v.code for v in check(w, forced)} == {"may_carry"}


def test_a_requisition_is_cut_to_what_flies_so_far():
    """T-CURVE: 200 kg, 12 km each way. A sortie lifts 56.87 kg there: four of them, at 56, 56, 56 and 32 kg."""
    wanted = [ask("R1", node_id="F", quantity=200, unit_of_issue="KG", weight_kg=200, volume_m3=0, pallets=0)]
    p = problem.build(flown_world([("F", at_km(11.999, 0), "lz")], requisitions=wanted, fleet=[drone()]))
    assert [d.load.kg for d in p.deliveries] == [56, 56, 56, 32]
    seconds, metres = p.travel.block(p.fleet[0].travel, [place(p, "S")], [place(p, "F")])
    assert (metres[0, 0], seconds[0, 0]) == (11_999, 400)
    plan = engines.solve(p, "pyvrp", Budget(iterations=200), jobs=1)
    assert check(p, plan) == []
    assert not plan.unserved
    assert sum(s.kind in ("load", "reload") for r in plan.routes for s in r.stops) == 4


@pytest.mark.parametrize(
    ("east", "kg", "code", "words"),
    [(20, 40, "RANGE", "1 EA of meals is 40 kg; UAS lifts 37 kg on the direct trip of 40.0 km."),
     (36, 1, "RANGE", "1 EA of meals is 1 kg; UAS lifts 0 kg on the direct trip of 72.0 km.")],
)  # fmt: skip
def test_too_heavy_for_the_way_is_said_in_words(east, kg, code, words):
    """No unit of it can be lifted that far: refused, with the distance and what would go."""
    wanted = [ask("R1", node_id="F", quantity=1, unit_of_issue="EA", weight_kg=kg, volume_m3=0, pallets=0)]
    p = problem.build(flown_world([("F", at_km(east - 0.0005, 0), "lz")], requisitions=wanted, fleet=[drone()]))
    assert p.deliveries[0].refused == (code, words)
