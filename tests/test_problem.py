"""Building the problem: parts that add up, stock by priority, rounding against ourselves, and reasons for every no."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import problems
from tables import ask, road, scenario_of, straight_road, truck

from workbench import problem
from workbench.plan import UNSERVED_CODES
from workbench.problem import NO_LIMIT, SHARE, Load

BRIDGE_OUT = [{"edge_id": "B", "reason": "blown"}]
NORTH = {"requisition_id": "RC", "node_id": "C"}


def built(horizon_h=24, **rows):
    """The problem of the straight road with tables replaced."""
    config = rows.pop("settings", None)
    return problem.build(scenario_of(horizon_h, settings=config, **straight_road(**rows)))


def stock(on_hand, node="S", **changes):
    """A stock row of meals."""
    return {"node_id": node, "supply_class": "I", "item": "meals", "on_hand": on_hand, "unit_of_issue": "CS", **changes}


def refusal(**rows):
    """(code, sentence) of the first refused delivery."""
    return next(d.refused for d in built(**rows).deliveries if d.refused)


def test_a_plain_requisition_becomes_one_delivery():
    """Names become indices, times seconds after as_of, amounts integers; nothing is refused."""
    p = built(requisitions=[ask("R1", earliest="2026-05-01T06:00:00Z", latest="2026-05-01T10:00:00Z")])
    (d,) = p.deliveries
    assert [x.node_id for x in p.places] == ["A", "S"]
    assert (d.delivery_id, d.node, d.source, d.sources) == ("R1/1", 0, 1, (1,))
    assert (d.load, d.quantity, d.share) == (Load(1000, 3000, 200, 0), 10.0, SHARE)
    assert (d.windows, d.earliest_s, d.latest_s) == (((7200, 21_600),), 7200, 21_600)
    assert (d.service_s, d.load_s, d.refused) == (600, (600,), None)


def test_rounding_is_against_ourselves():
    """Demand and time go up, capacity and range down."""
    wanted = ask("R1", weight_kg=1000.2, volume_m3=2.0001, pallets=1.501, litres=0)
    fleet = truck(payload_kg=4999.9, volume_m3=9.9999, pallets=7.999, litres=10.9, range_km=99.9999)
    p = built(requisitions=[wanted], fleet=[fleet])
    assert p.deliveries[0].load == Load(1001, 2001, 151, 0)
    assert p.fleet[0].capacity == Load(4999, 9999, 799, 10)
    assert p.fleet[0].range_m == 99_999
    assert p.deliveries[0].service_s == math.ceil(151 * 3)


def test_blank_limits_do_not_bind_and_blank_litres_are_none():
    """Blank volume, pallets, range and trips are no limit; a truck without litres carries no bulk liquid."""
    (vehicle,) = built(fleet=[truck(pallets="")]).fleet
    assert vehicle.capacity == Load(5000, NO_LIMIT, NO_LIMIT, 0)
    assert (vehicle.range_m, vehicle.max_trips) == (NO_LIMIT, NO_LIMIT)


def test_handling_time_follows_pallets_litres_or_weight():
    """Pallets at the node's minutes, bulk at its pump, and one pallet per started 1,000 kg when neither is stated."""
    wanted = [ask("R1", pallets=3), ask("R2", pallets=0, litres=900, item="fuel"), ask("R3", pallets=0, weight_kg=2001)]
    p = built(requisitions=wanted, fleet=[truck(litres=1000)])
    assert [d.service_s for d in p.deliveries] == [900, 135, 900]
    assert any("1 requisition(s) state neither pallets nor litres (R3)" in a for a in p.assumptions)


def test_too_big_a_requisition_is_split_into_whole_units_that_add_up():
    """26 cases on trucks that lift 12 become 12, 12 and 2; quantities and shares add up exactly."""
    p = built(requisitions=[ask("R1", quantity=26, weight_kg=10_400, pallets=5)])
    assert [(d.delivery_id, d.quantity) for d in p.deliveries] == [("R1/1", 12), ("R1/2", 12), ("R1/3", 2)]
    assert sum(d.share for d in p.deliveries) == SHARE
    assert [d.load.kg for d in p.deliveries] == [4800, 4800, 800]
    assert all(d.refused is None for d in p.deliveries)


def test_a_split_looks_only_at_vehicles_that_can_do_it():
    """A bigger truck that may not carry the class, or can't cross the bridge, does not set the size of the parts."""
    big = truck(vehicle_type="BIG", payload_kg=20_000, may_carry="V")
    heavy = truck(vehicle_type="HEAVY", payload_kg=20_000, mlc=31)
    wanted = [ask("R1", node_id="C", quantity=10, weight_kg=10_000)]
    assert [d.quantity for d in built(requisitions=wanted, fleet=[truck(), big, heavy]).deliveries] == [5, 5]
    wanted = [ask("R1", quantity=10, weight_kg=10_000)]
    assert len(built(requisitions=wanted, fleet=[truck(), big, heavy]).deliveries) == 1


def test_stock_goes_by_priority_then_by_the_earlier_latest_then_by_id():
    """15 cases for four requisitions of 10: priority 1 gets all of its own, the tied one due earlier gets the rest."""
    wanted = [
        ask("R1", priority=5), ask("R2", priority=5, latest="2026-05-01T12:00:00Z"), ask("R3", priority=1),
        ask("R4", priority=5, latest="2026-05-01T12:00:00Z"),
    ]  # fmt: skip
    p = built(requisitions=wanted, stock=[stock(15)])
    got = {d.delivery_id: (d.quantity, d.share, d.refused and d.refused[0]) for d in p.deliveries}
    assert got == {
        "R1/1": (10, SHARE, "STOCK"), "R2/1": (5, SHARE // 2, None), "R2/2": (5, SHARE // 2, "STOCK"),
        "R3/1": (10, SHARE, None), "R4/1": (10, SHARE, "STOCK"),
    }  # fmt: skip
    text = next(d.refused[1] for d in p.deliveries if d.delivery_id == "R4/1")
    assert text == "Short by 10 of 10 CS of meals: the stock at S went to R3, R2, more urgent or due earlier."


def test_the_nearest_stock_is_drawn_first_and_the_next_fills_up():
    """With 4 cases at A's own end and 20 at S, four come from the near one; unserved stock limits nothing else."""
    nodes = [*straight_road()["nodes"], {"node_id": "N", "kind": "supply_point", "lon": 15.11, "lat": 48.0}]
    edges = [*straight_road()["edges"], road("NA", "N", "A", length_m=1000)]
    p = built(nodes=nodes, edges=edges, stock=[stock(20), stock(4.7, node="N")])
    index = {place.node_id: i for i, place in enumerate(p.places)}
    assert [(d.quantity, d.source) for d in p.deliveries] == [(4, index["N"]), (6, index["S"])]
    assert p.stock == {(index["S"], "meals"): 20.0, (index["N"], "meals"): 4.7}


def test_a_named_source_wins_over_a_nearer_one():
    """source_node_id is where it is drawn, also when another supply point is nearer."""
    nodes = [*straight_road()["nodes"], {"node_id": "N", "kind": "supply_point", "lon": 15.11, "lat": 48.0}]
    edges = [*straight_road()["edges"], road("NA", "N", "A", length_m=1000)]
    near = built(nodes=nodes, edges=edges)
    far = built(nodes=nodes, edges=edges, requisitions=[ask("R1", source_node_id="S")])
    assert near.places[near.deliveries[0].source].node_id == "N"
    assert [far.places[s].node_id for s in far.deliveries[0].sources] == ["S"]


def test_loading_takes_as_long_as_the_place_it_is_loaded_at():
    """Two supply points with other equipment: two pallets at 5 and at 20 minutes each, whichever is nearer."""
    slow = {"node_id": "N", "kind": "supply_point", "lon": 15.11, "lat": 48.0, "handling_min_per_pallet": 20}
    edges = [*straight_road()["edges"], road("NA", "N", "A", length_m=1000)]
    (d,) = (p := built(nodes=[*straight_road()["nodes"], slow], edges=edges)).deliveries
    times = {p.places[s].node_id: seconds for s, seconds in zip(d.sources, d.load_s, strict=True)}
    assert times == {"N": 2400, "S": 600}
    assert [d.loading_s(s) for s in d.sources] == list(d.load_s)
    assert d.loading_s(d.node) == 2400


def test_retrograde_needs_no_stock_and_no_source():
    """What comes back has no source, no loading time and no stock limit."""
    p = built(requisitions=[ask("R1", kind="retrograde")], stock=[stock(0)])
    (d,) = p.deliveries
    assert (d.kind, d.source, d.sources, d.load_s, d.service_s, d.refused) == ("retrograde", -1, (), (), 600, None)


UNKNOWN_BRIDGE = [road("SA", "S", "A"), road("B", "A", "C", bridge="true")]
FAR = {"fleet": [truck(range_km=15)]}
REFUSED = {
    "UNREACHABLE closed": ({"closures": BRIDGE_OUT}, NORTH, "UNREACHABLE",
        "Cedar (C) is cut off for T: bridge B is closed (blown)."),
    "UNREACHABLE weak": ({"fleet": [truck(mlc=31)]}, NORTH, "UNREACHABLE",
        "Cedar (C) is cut off for T: bridge B is load class 20, too weak for vehicles of class 31."),
    "UNREACHABLE two": ({"closures": [{"edge_id": "SA"}, {"edge_id": "B"}]}, NORTH, "UNREACHABLE",
        "Cedar (C) is cut off for T (2 barriers, which have to open together): road SA is closed (no reason given), "
        "and likewise bridge B."),
    "UNREACHABLE track": ({"edges": [road("SA", "S", "A"), road("AC", "A", "C", road_class="track")]}, NORTH,
        "UNREACHABLE",
        "Cedar (C) is cut off for T: road AC is a track, which profile truck does not use."),
    "POLICY": ({"edges": UNKNOWN_BRIDGE, "settings": {"unknown_mlc": "refuse"}}, NORTH, "POLICY",
        "Cedar (C) is cut off for T: bridge B has no known load class, and this scenario refuses such bridges."),
    "PROFILE": ({"fleet": [truck(mlc=31, may_carry="I"), truck(vehicle_type="JEEP", may_carry="V")]}, NORTH, "PROFILE",
        "Cedar (C) can be reached by JEEP, which can't take class I (meals); T could take it but can't get there: "
        "bridge B is load class 20, too weak for vehicles of class 31."),
    "COMPATIBILITY": ({"fleet": [truck(may_carry="IIIB;V")]}, {}, "COMPATIBILITY",
        "No vehicle of the fleet may carry class I (meals)."),
    "RESOURCE": ({"fleet": [truck(count=0), truck(vehicle_type="TANKER", may_carry="IIIB")]}, {}, "RESOURCE",
        "Only T may carry class I, and none of them is available in the horizon."),
    "CAPACITY_KG": ({}, {"quantity": 1, "weight_kg": 12_000, "unit_of_issue": "EA"}, "CAPACITY_KG",
        "1 EA of meals is 12,000 kg and can't be split further; T, the nearest fit among the vehicles that may carry "
        "class I, takes 5,000 kg."),
    "CAPACITY_M3": ({"fleet": [truck(volume_m3=2)]}, {"quantity": 1}, "CAPACITY_M3",
        "1 CS of meals is 3 m³ and can't be split further; T, the nearest fit among the vehicles that may carry "
        "class I, takes 2 m³."),
    "CAPACITY_PALLETS": ({}, {"quantity": 1, "pallets": 8.5}, "CAPACITY_PALLETS",
        "1 CS of meals is 8.5 pallet positions and can't be split further; T, the nearest fit among the vehicles that "
        "may carry class I, takes 8 pallet positions."),
    "CAPACITY_LITRES": ({}, {"litres": 500}, "CAPACITY_LITRES",
        "1 CS of meals is 50 L and can't be split further; T, the nearest fit among the vehicles that may carry class "
        "I, takes 0 L."),
    "STOCK none": ({"stock": [stock(0)]}, {}, "STOCK", "No stock of meals is left at S."),
    "STOCK short": ({"stock": [stock(7)]}, {}, "STOCK",
        "Short by 3 of 10 CS of meals: there is no more of it in stock at S."),
    "STOCK unit": ({"stock": [stock(50, unit_of_issue="PL")]}, {}, "STOCK",
        "Stock of meals is counted in PL, this requisition in CS."),
    "STOCK source": ({"stock": [stock(50)]}, {"source_node_id": "C"}, "STOCK",
        "Cedar (C), named as its source, holds no meals; held at: S 50 CS."),
    "WINDOW past": ({}, {"latest": "2026-05-01T03:00:00Z"}, "WINDOW",
        "It had to start by 010300Z MAY 26, before this plan begins (010400Z MAY 26)."),
    "WINDOW later": ({}, {"earliest": "2026-05-03T03:00:00Z"}, "WINDOW",
        "It may not start before 030300Z MAY 26; this plan ends 020400Z MAY 26."),
    "WINDOW hours": ({"nodes": [*straight_road()["nodes"][::2],
        {"node_id": "A", "name": "Alder", "kind": "unit", "lon": 15.1, "lat": 48.0, "windows": "06:00-08:00"}]},
        {"earliest": "2026-05-01T09:00:00Z", "latest": "2026-05-01T20:00:00Z"}, "WINDOW",
        "Alder (A) is not open at any time from 010900Z MAY 26 to 012000Z MAY 26, when it is wanted."),
    "WINDOW too far": ({}, {"latest": "2026-05-01T04:05:00Z"}, "WINDOW",
        "The earliest arrival at Alder (A) is 010411Z MAY 26; service there has to start by 010405Z MAY 26."),
    "RANGE": (FAR, {}, "RANGE", "The direct trip S–A–S is 20.0 km; T goes 15.0 km."),
    "SHIFT": ({"fleet": [truck(shift_start="05:00", shift_end="05:20")]}, {}, "SHIFT",
        "The direct trip to Alder (A) takes too long: T would be back 010522Z MAY 26, and its shift ends "
        "010520Z MAY 26."),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_planned_says_why(case):
    """Each refusal has its code and a sentence with the numbers, and names the road that is to blame."""
    rows, changes, code, sentence = REFUSED[case]
    assert code in UNSERVED_CODES
    assert refusal(**rows, requisitions=[ask(**{"requisition_id": "R1", **changes})]) == (code, sentence)


@pytest.mark.parametrize("case", ["UNREACHABLE closed", "UNREACHABLE weak", "POLICY"])
def test_lifting_what_is_blamed_makes_it_plannable(case):
    """Where one road is blamed, the same requisition is planned once that road is open and strong."""
    rows, changes, *_ = REFUSED[case]
    lifted = {**rows, "closures": [], "edges": [road("SA", "S", "A"), road("B", "A", "C", bridge="true", mlc_w=60)]}
    (d,) = built(**lifted, requisitions=[ask(**changes)]).deliveries
    assert d.refused is None


def test_the_quarter_that_is_refused_keeps_its_share():
    """Refused parts stay in the problem: every requisition is whole, and only open parts may be planned."""
    p = built(stock=[stock(7)])
    assert [(d.quantity, d.share, d.refused is None) for d in p.deliveries] == [(7, 700_000, True), (3, 300_000, False)]
    assert p.open_deliveries == (0,)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("06:00", "18:00", ((2, 14),)),
        ("18:00", "06:00", ((0, 2), (14, 24))),
        ("04:00", "04:00", ((0, 24),)),
        ("", "", ((0, 24),)),
        ("02:00", "05:00", ((0, 1), (22, 24))),
        ("06:00", "", ((2, 20),)),
    ],
)
def test_shifts_lie_on_every_day_and_may_cross_midnight(start, end, expected):
    """Daily clock shifts from 04:00Z for 24 h, in hours after as_of; shifts that touch stay separate."""
    (vehicle,) = built(fleet=[truck(shift_start=start, shift_end=end)]).fleet
    assert vehicle.shifts == tuple((a * 3600, b * 3600) for a, b in expected)


def test_a_vehicle_that_ends_elsewhere_works_one_shift():
    """It would not be back for the next day, so it gets its longest shift, and the problem says so."""
    nodes = [*straight_road()["nodes"], {"node_id": "E", "kind": "depot", "lon": 15.01, "lat": 48.0}]
    edges = [*straight_road()["edges"], road("SE", "S", "E", length_m=1000)]
    p = built(48, nodes=nodes, edges=edges, fleet=[truck(end_depot="E", shift_start="03:00", shift_end="09:00")])
    assert p.fleet[0].shifts == ((23 * 3600, 29 * 3600),)
    assert "T end at another depot than they start from, so they work one shift only." in p.assumptions


def test_goods_that_may_not_share_a_load_conflict_both_ways():
    """Food and bulk fuel conflict by the built-in table, boots with neither; carrying follows may_carry."""
    wanted = [
        ask("R1"),
        ask("R2", supply_class="II", item="boots"),
        ask("R3", supply_class="IIIB", item="fuel", hazard="3"),
    ]
    p = built(requisitions=wanted, fleet=[truck(may_carry="I;II")])
    assert [g.supply_class for g in p.goods] == ["I", "II", "IIIB"]
    assert p.conflicts.tolist() == [[False, False, True], [False, False, False], [True, False, False]]
    assert p.fleet[0].carries == (True, True, False)


def test_travel_keys_are_shared_by_equal_limits():
    """Two types with the same profile, class, height and width travel alike; another class has its own key."""
    p = built(fleet=[truck(), truck(vehicle_type="T2"), truck(vehicle_type="T3", mlc=31)])
    assert [v.travel for v in p.fleet] == ["truck/mlc14", "truck/mlc14", "truck/mlc31"]


def test_assumptions_name_what_was_taken_for_granted():
    """Partial closures, unknown bridges, missing classes, built-in speeds and uncounted stock are all said."""
    p = built(
        edges=[road("SA", "S", "A"), road("B", "A", "C", bridge="true")],
        closures=[{"edge_id": "B", "from": "2026-05-01T10:00:00Z"}],
        fleet=[truck(), truck(vehicle_type="JEEP", mlc="", profile="wheeled_light")],
        stock=[stock(5, unit_of_issue="PL"), stock(3, unit_of_issue="CS", supply_class="II")],
    )
    told = " ".join(p.assumptions)
    for words in (
        "1 bridge(s) of unknown load class are taken at the planning default of their road",
        "1 road(s) are closed for part of the time: B",
        "No load class is given for JEEP",
        "Speeds of wheeled_light are the built-in planning values",
        "3 CS of meals at S (counted there in PL)",
    ):
        assert words in told
    assert "Nobody counts the stock of meals" in " ".join(built().assumptions)


def test_the_objective_follows_the_settings():
    """Priority is lexicographic unless weights are set."""
    assert built().objective.weights is None
    assert built(settings={"objective": {"weights": {"1": 1000}}}).objective.weights == {1: 1000.0}


def test_the_order_of_rows_does_not_matter():
    """The same rows in another order build the same deliveries, places and fleet."""
    rows = {"requisitions": [ask("R2"), ask("R1"), ask("R3", node_id="C")], "fleet": [truck(vehicle_type="Z"), truck()]}
    there, back = built(**rows), built(**{name: values[::-1] for name, values in rows.items()})
    assert there.deliveries == back.deliveries
    assert (there.places, there.fleet) == (back.places, back.fleet)


@st.composite
def requests(draw):
    """Requisitions of odd sizes for the straight road, and how much is in stock."""
    wanted = [
        ask(
            f"R{k}", node_id=draw(st.sampled_from(["A", "C"])), priority=draw(st.integers(1, 4)),
            quantity=draw(st.sampled_from([0.3, 1, 2.5, 7, 10.3, 33])), weight_kg=draw(st.integers(1, 200_000)) / 7,
            volume_m3=draw(st.integers(0, 300)) / 9, pallets=draw(st.sampled_from([0, 0.37, 2, 19])),
            kind=draw(st.sampled_from(["delivery", "delivery", "retrograde"])),
        )
        for k in range(draw(st.integers(1, 5)))
    ]  # fmt: skip
    return {"requisitions": wanted, "stock": [stock(draw(st.integers(0, 80)) / 2)] if draw(st.booleans()) else []}


@settings(max_examples=25, deadline=None)
@given(rows=requests())
def test_parts_add_up_and_open_parts_can_be_lifted(rows):
    """Quantities and shares add up exactly, open parts fit a vehicle and are never under-counted.

    What is drawn stays within stock, and a less urgent requisition never gets units that a more urgent one lacks.
    """
    p = built(**rows, fleet=[truck(volume_m3=20), truck(vehicle_type="T2", payload_kg=900)])
    assert {d.requisition_id for d in p.deliveries} == {r["requisition_id"] for r in rows["requisitions"]}
    for row in rows["requisitions"]:
        parts = [d for d in p.deliveries if d.requisition_id == row["requisition_id"]]
        assert sum(d.quantity for d in parts) == row["quantity"]
        assert sum(d.share for d in parts) == SHARE
        assert sum(d.load.kg for d in parts) >= row["weight_kg"] - 1e-6
        assert [d.delivery_id for d in parts] == [f"{row['requisition_id']}/{k + 1}" for k in range(len(parts))]
        for d in parts:
            if d.refused is None:
                assert any(all(a <= b for a, b in zip(d.load, v.capacity, strict=True)) for v in p.fleet)
                assert (d.source in d.sources) if d.kind == "delivery" else d.source == -1
    for (place, item), on_hand in p.stock.items():
        assert sum(d.quantity for d in p.deliveries if d.source == place and d.item == item) <= on_hand
    short = [d.priority for d in p.deliveries if d.refused and d.refused[0] == "STOCK" and d.quantity >= 1]
    served = [d.priority for d in p.deliveries if d.refused is None and d.source >= 0 and d.quantity >= 1]
    assert not p.stock or not short or max(served, default=0) <= min(short)


@settings(max_examples=40, deadline=None)
@given(p=problems(max_deliveries=7))
def test_random_problems_are_well_formed(p):
    """What the other tests draw is a problem as `build` makes them: ids unique, shares whole, stock enough."""
    assert len({d.delivery_id for d in p.deliveries}) == len(p.deliveries) <= 7
    assert len({v.key for v in p.fleet}) == len(p.fleet)
    for requisition in {d.requisition_id for d in p.deliveries}:
        assert sum(d.share for d in p.deliveries if d.requisition_id == requisition) == SHARE
    for d in p.deliveries:
        assert d.windows
        assert d.windows == tuple(sorted(d.windows))
        assert (d.source in d.sources) if d.kind == "delivery" else d.sources == ()
    for (place, item), on_hand in p.stock.items():
        drawn = [d for d in p.deliveries if d.source == place and d.item == item and d.refused is None]
        assert sum(d.quantity for d in drawn) <= on_hand
    assert (p.conflicts == p.conflicts.T).all()
