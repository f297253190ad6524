"""Releases, soft windows, skills, overtime, transfers, ties and shared resources: from rows to the problem."""

import math

import pytest
from tables import ask, scenario_of, straight_road, truck

from workbench import problem
from workbench.constraints import CONSTRAINTS
from workbench.problem import NO_LIMIT, SHARE, Prices, Relation, Resource
from workbench.scenario import derive, with_coa

HOUR = 3600
DAY_SHIFT = {"shift_start": "06:00", "shift_end": "18:00"}


def built(horizon_h=24, **rows):
    """The problem of the straight road (S - 10 km - A - 10 km - C) with tables replaced."""
    config = rows.pop("settings", None)
    return problem.build(scenario_of(horizon_h, settings=config, **straight_road(**rows)))


def refusal(**rows):
    """(code, sentence) of the first refused delivery."""
    return next(d.refused for d in built(**rows).deliveries if d.refused)


def at(clock):
    """An instant of the first day."""
    return f"2026-05-01T{clock}:00Z"


def test_blank_cells_leave_every_rule_out():
    """Without the new columns nothing is released late, due, wished for, tied, shared or cleaned."""
    p = built()
    (d,), (v,) = p.deliveries, p.fleet
    assert (d.ready_s, d.load_by_s, d.due_s, d.late_cost, d.may_use, d.aboard_s) == (
        0, NO_LIMIT, NO_LIMIT, 0.0, (), NO_LIMIT,
    )  # fmt: skip
    assert (v.overtime_s, v.drive_s, v.rest_s, v.max_drive_s, v.service_ppm, v.max_exposure, v.backhaul_last) == (
        0, NO_LIMIT, 0, NO_LIMIT, 1_000_000, NO_LIMIT, False,
    )  # fmt: skip
    assert (p.relations, p.resources, p.cleaning, p.cleaning_s, p.prices) == ((), (), None, 0, Prices())
    assert all(place.visits_per_day == 0 for place in p.places)


def test_times_of_loading_and_soft_times_become_seconds():
    """Seconds after 04:00Z; a moment before it is 0 for the release and stays negative for what is due."""
    wanted = [
        ask("R1", release=at("06:00"), load_by=at("09:00"), due=at("10:00"), late_cost_per_hour=12,
            max_aboard_min=90.5),
        ask("R2", release=at("03:00"), due=at("03:00")),
    ]  # fmt: skip
    one, two = built(requisitions=wanted).deliveries
    assert (one.ready_s, one.load_by_s, one.due_s, one.late_cost) == (2 * HOUR, 5 * HOUR, 6 * HOUR, 12.0)
    assert (one.aboard_s, two.ready_s, two.due_s) == (5430, 0, -HOUR)


def test_what_is_picked_up_is_released_by_its_window():
    """Retrograde is loaded where it is served: release and load_by cut its window and stay no rule of their own."""
    wanted = [ask("R1", kind="retrograde", release=at("06:00"), load_by=at("09:00"), latest=at("12:00"))]
    (d,) = built(requisitions=wanted).deliveries
    assert (d.windows, d.ready_s, d.load_by_s) == (((2 * HOUR, 5 * HOUR),), 0, NO_LIMIT)


def test_rules_of_a_vehicle_are_rounded_against_ourselves():
    """Limits go down, rests and handling up; a loss of 10 % is 0.105360 nepers."""
    car = truck(**DAY_SHIFT, overtime_h=1.5, overtime_cost_per_hour=30, drive_h=4.5, rest_min=45, max_drive_h=9,
                max_route_h=11, service_factor=1.2, max_loss=0.1, backhaul="last")  # fmt: skip
    (v,) = built(fleet=[car]).fleet
    assert (v.overtime_s, v.overtime_cost, v.drive_s, v.rest_s, v.max_drive_s) == (5400, 30.0, 16_200, 2700, 32_400)
    assert (v.longest_s, v.service_ppm, v.max_exposure, v.backhaul_last) == (39_600, 1_200_000, 105_360, True)
    assert [v.handling_s(s) for s in (0, 1, 600)] == [0, 2, 720]
    assert built(fleet=[truck(max_loss=1)]).fleet[0].max_exposure == NO_LIMIT
    assert math.isclose(math.exp(-v.max_exposure / 1e6), 0.9, abs_tol=2e-6)


def test_overtime_ends_where_the_next_shift_begins():
    """Two hours after a shift of 06:00 to 18:00, none between shifts that touch, one hour where that is the gap."""
    for hours, overtime, told in ((DAY_SHIFT, 7200, False), ({"shift_start": "04:00", "shift_end": "04:00"}, 0, True),
                                  ({"shift_start": "05:00", "shift_end": "04:00"}, 3600, True)):  # fmt: skip
        p = built(72, fleet=[truck(**hours, overtime_h=2)])
        assert p.fleet[0].overtime_s == overtime
        assert ("Overtime of T ends where the next shift begins." in p.assumptions) == told
    assert built(fleet=[truck(overtime_h=2)]).fleet[0].overtime_s == 0


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ({"vehicles": "T;JEEP"}, (True, False, True, True)),
        ({"not_vehicles": "T"}, (True, True, False, False)),
        ({"owners": "1 BSB"}, (False, False, False, True)),
        ({"needs": "crane;medic"}, (False, True, False, False)),
        ({"needs": "crane", "not_vehicles": "MED"}, (True, False, False, False)),
        ({"vehicles": "T", "owners": "1 BSB"}, (False, False, False, True)),
        ({"vehicles": "JEEP;MED;T"}, ()),
    ],
)
def test_a_requisition_may_ask_for_vehicles_owners_and_skills(wish, expected):
    """JEEP with a crane, MED with a crane and a medic, T of nobody and of 1 BSB, in this order."""
    fleet = [
        truck(vehicle_type="JEEP", skills="crane"), truck(vehicle_type="MED", skills="medic;crane"), truck(),
        truck(owner="1 BSB"),
    ]  # fmt: skip
    p = built(fleet=fleet, requisitions=[ask("R1", **wish)])
    assert [(v.vehicle_type, v.owner) for v in p.fleet] == [("JEEP", ""), ("MED", ""), ("T", ""), ("T", "1 BSB")]
    assert p.deliveries[0].may_use == expected


def test_only_vehicles_that_it_may_go_by_set_the_size_of_its_parts():
    """A small truck must take what a big one could take at once."""
    fleet = [truck(), truck(vehicle_type="VAN", payload_kg=400)]
    p = built(fleet=fleet, requisitions=[ask("R1", vehicles="VAN")])
    assert [d.quantity for d in p.deliveries] == [4, 4, 2]
    assert all(d.may_use == (False, True) for d in p.deliveries)


def test_what_drops_its_load_has_to_land_where_a_transfer_lies():
    """C is a drop zone alone: an airdrop brings what is drawn there, and can't fetch; with a landing zone it can."""
    air = {
        "profiles": [*straight_road()["profiles"], {"profile": "wing", "mode": "air", "road_class": "flight",
                                                    "day_kmh": 200}],
        "fleet": [truck(), truck(vehicle_type="WING", profile="wing", mlc="", air_load="airdrop", lands_on="lz",
                                 payload_range="500:5000")],
    }  # fmt: skip
    for landing, expected in (("dz", (True, False)), ("dz;lz", ())):
        spots = {"S": "lz", "A": "dz", "C": landing}
        nodes = [{**row, "landing": spots[row["node_id"]]} for row in straight_road()["nodes"]]
        p = built(**air, nodes=nodes, requisitions=[ask("R1", kind="transfer", source_node_id="C")])
        assert p.deliveries[0].may_use == expected


def test_a_transfer_is_fetched_at_its_one_place_and_draws_on_no_stock():
    """From the unit at C to A; the same item's stock at S stays whole for the delivery that needs all of it."""
    stock = [{"node_id": "S", "supply_class": "I", "item": "meals", "on_hand": 10, "unit_of_issue": "CS"}]
    wanted = [ask("R1", priority=1, kind="transfer", source_node_id="C"), ask("R2", priority=9)]
    p = built(requisitions=wanted, stock=stock)
    one, two = p.deliveries
    names = [place.node_id for place in p.places]
    assert (one.kind, one.source, one.sources, one.refused) == ("transfer", names.index("C"), (names.index("C"),), None)
    assert (one.load_s, one.service_s) == ((600,), 600)
    assert (two.quantity, two.refused) == (10, None)


CRANES = [truck(skills="medic"), truck(vehicle_type="CRANE", skills="crane", payload_kg=50)]
REFUSED = {
    "nobody has the skill": ({"fleet": CRANES}, {"needs": "crane;medic"}, "COMPATIBILITY",
        "No vehicle of the fleet is what it asks for: skill crane and medic."),
    "several wishes": ({"fleet": CRANES}, {"vehicles": "T;CRANE", "owners": "2 BSB", "needs": "crane"}, "COMPATIBILITY",
        "No vehicle of the fleet is what it asks for: vehicle type T or CRANE, a vehicle of 2 BSB and skill crane."),
    "its vehicles are too small": ({"fleet": CRANES}, {"needs": "crane"}, "CAPACITY_KG",
        "1 CS of meals is 100 kg and can't be split further; CRANE, the nearest fit among the vehicles that may carry "
        "class I, takes 50 kg. Of the fleet only CRANE may take it, for it asks for skill crane."),
    "released after the shift": ({"fleet": [truck(**DAY_SHIFT)]}, {"release": at("17:30"), "quantity": 1}, "SHIFT",
        "The direct trip to Alder (A), loaded from 011730Z MAY 26 on, takes too long: T would be back 011810Z MAY 26, "
        "and its shift ends 011800Z MAY 26."),
    "released after the overtime": ({"fleet": [truck(**DAY_SHIFT, overtime_h=1)]},
        {"release": at("18:40"), "quantity": 1}, "SHIFT",
        "The direct trip to Alder (A), loaded from 011840Z MAY 26 on, takes too long: T would be back 011920Z MAY 26, "
        "and its shift ends 011900Z MAY 26, overtime included."),
    "released after the horizon": ({}, {"release": "2026-05-02T05:00:00Z"}, "WINDOW",
        "It is not released before 020500Z MAY 26; this plan ends 020400Z MAY 26."),
    "to be loaded before the plan": ({}, {"load_by": at("03:00")}, "WINDOW",
        "It had to be loaded by 010300Z MAY 26, before this plan begins (010400Z MAY 26)."),
    "to be loaded before the shift": ({"fleet": [truck(**DAY_SHIFT)]}, {"load_by": at("05:00")}, "WINDOW",
        "No vehicle can be at S while it is open for loading, and it may be loaded until 010500Z MAY 26."),
    "released too late for its window": ({}, {"release": at("10:00"), "latest": at("10:15"), "quantity": 1}, "WINDOW",
        "The earliest arrival at Alder (A) is 011020Z MAY 26; service there has to start by 011015Z MAY 26."),
    "too long aboard": ({}, {"max_aboard_min": 9.9}, "WINDOW",
        "It may be aboard for 10 min; the way from S to Alder (A) takes T 10 min."),
    "a transfer cut off": ({"closures": [{"edge_id": "B", "reason": "blown"}]},
        {"kind": "transfer", "source_node_id": "C"}, "UNREACHABLE",
        "Alder (A) is cut off for T: bridge B is closed (blown)."),
    "a transfer from nowhere": ({}, {"kind": "transfer"}, "STOCK",
        "It is to be fetched from another place, but no source_node_id says from where."),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_planned_says_why(case):
    """Each refusal has its code and a sentence with what is asked and the figures."""
    rows, changes, code, sentence = REFUSED[case]
    assert refusal(**rows, requisitions=[ask(**{"requisition_id": "R1", **changes})]) == (code, sentence)


def test_overtime_and_quick_hands_make_plannable_what_else_is_not():
    """A trip that ends ten minutes after the shift fits with overtime, or with handling in half the time."""
    late = {"requisitions": [ask("R1", release=at("17:30"), quantity=1)]}
    for change in ({"overtime_h": 0.2}, {"service_factor": 0.5}):
        (d,) = built(**late, fleet=[truck(**DAY_SHIFT, **change)]).deliveries
        assert d.refused is None


def three(*kinds, **ties):
    """The problem of three requisitions, the last of 26 cases in three parts, with these ties."""
    wanted = [ask("R1"), ask("R2"), ask("R3", quantity=26, weight_kg=10_400, pallets=5, **ties)]
    rows = [
        {"relation_id": f"X{n}", "kind": kind, "first": a, "second": b, **more}
        for n, (kind, a, b, more) in enumerate(kinds)
    ]
    return built(requisitions=wanted, relations=rows)


def test_relations_hold_between_all_parts():
    """One tie to a requisition of three parts is three; minutes count for before alone."""
    p = three(("before", "R1", "R3", {"gap_min": 10, "within_min": 60.5}), ("same_vehicle", "R1", "R2", {"gap_min": 5}))
    assert [d.delivery_id for d in p.deliveries] == ["R1/1", "R2/1", "R3/1", "R3/2", "R3/3"]
    assert p.relations == (
        *(Relation("before", 0, k, 600, 3630) for k in (2, 3, 4)), Relation("same_vehicle", 0, 1),
    )  # fmt: skip


def test_what_waits_for_what_cannot_be_planned_is_refused_and_draws_no_stock():
    """R1 is cut off, so R2 after it and R3 after that are refused; the stock they don't draw goes to R4."""
    wanted = [ask("R1", node_id="C"), ask("R2", priority=1), ask("R3", priority=1), ask("R4", priority=9)]
    ties = [{"relation_id": f"X{k}", "kind": "before", "first": f"R{k}", "second": f"R{k + 1}"} for k in (1, 2)]
    stock = [{"node_id": "S", "supply_class": "I", "item": "meals", "on_hand": 10, "unit_of_issue": "CS"}]
    rows = {"requisitions": wanted, "stock": stock, "closures": [{"edge_id": "B", "reason": "blown"}]}
    alone = {d.requisition_id: d.refused for d in built(**rows).deliveries}
    assert alone["R2"] is None
    assert alone["R4"] is not None
    told = {d.requisition_id: d.refused for d in built(**rows, relations=ties).deliveries}
    assert told["R4"] is None
    assert {told[r][0] for r in ("R2", "R3")} == {"POLICY"}
    assert told["R2"][1] == (
        "R1 has to be served before it (relation X1), and can't be planned, UNREACHABLE: Cedar (C) is cut off for T: "
        "bridge B is closed (blown)."
    )


def test_a_part_that_cannot_be_planned_holds_nobody_up():
    """Seven of ten cases are in stock: what comes after R1 waits for those seven."""
    stock = [{"node_id": "S", "supply_class": "I", "item": "meals", "on_hand": 7, "unit_of_issue": "CS"}]
    wanted = [ask("R1"), ask("R2", item="boots", supply_class="II")]
    ties = [{"relation_id": "X", "kind": "before", "first": "R1", "second": "R2"}]
    p = built(requisitions=wanted, stock=stock, relations=ties)
    assert [(d.delivery_id, d.refused is None) for d in p.deliveries] == [
        ("R1/1", True), ("R1/2", False), ("R2/1", True),
    ]  # fmt: skip
    assert p.relations == (Relation("before", 0, 2),)


def test_resources_name_places_and_goods_by_index():
    """Blank nodes are all, classes mark goods, hours lie over the horizon; nodes that nobody goes to are left out."""
    rows = [
        {"resource_id": "MHE", "kind": "team", "count": 1, "nodes": "S;C", "windows": "06:00-18:00", "name": "Lift"},
        {"resource_id": "MP", "kind": "escort", "count": 2, "classes": "V;IX"},
    ]  # fmt: skip
    wanted = [ask("R1"), ask("R2", supply_class="V", item="shells", hazard="1.1D")]
    p = built(requisitions=wanted, resources=rows)
    assert [place.node_id for place in p.places] == ["A", "S"]
    assert p.resources == (
        Resource("MHE", "Lift", "team", 1, ((2 * HOUR, 14 * HOUR),), (1,)),
        Resource("MP", "", "escort", 2, ((0, NO_LIMIT),), (0, 1), (False, True)),
    )


def test_cleaning_goes_one_way_and_its_time_is_said_where_nobody_states_it():
    """After fuel a truck is cleaned for water, not the other way round; 30 minutes unless stated."""
    rules = [{"class_a": "IIIB", "class_b": "WATER", "may_share": "false", "cleaning": "true"}]
    wanted = [ask("R1", supply_class="IIIB", item="fuel"), ask("R2", supply_class="WATER", item="water")]
    p = built(requisitions=wanted, compatibility=rules)
    assert [g.supply_class for g in p.goods] == ["IIIB", "WATER"]
    assert (p.cleaning.tolist(), p.cleaning_s) == ([[False, True], [False, False]], 1800)
    assert any(a.startswith("Cleaning a vehicle between class IIIB and WATER takes 30 min") for a in p.assumptions)
    said = built(requisitions=wanted, compatibility=rules, settings={"cleaning_min": 12.5})
    assert said.cleaning_s == 750
    assert not any("Cleaning" in a for a in said.assumptions)
    none = built(requisitions=wanted[:1], compatibility=rules)
    assert (none.cleaning, none.cleaning_s) == (None, 0)


def test_visits_and_prices_follow_the_tables():
    """Blank is no limit; prices that are not stated are nothing."""
    nodes = [{**row, "visits_per_day": 2 if row["node_id"] == "A" else ""} for row in straight_road()["nodes"]]
    p = built(nodes=nodes, settings={"prices": {"imbalance_per_hour": 40.0, "risk": 900.0}})
    assert [(place.node_id, place.visits_per_day) for place in p.places] == [("A", 2), ("S", 0)]
    assert p.prices == Prices(40.0, 900.0, 0.0)


def test_a_problem_says_which_rules_it_makes_use_of():
    """None of the plain one; each by the column, table or setting that asks for it."""
    assert problem.uses(built()) == frozenset()
    nodes = [{**row, "visits_per_day": 2, "slots": 3} for row in straight_road()["nodes"]]
    car = truck(drive_h=4, rest_min=30, max_drive_h=9, max_route_h=12, max_loss=0.1, backhaul="last")
    wanted = [
        ask("R1", supply_class="IIIB", item="fuel", release=at("06:00"), max_aboard_min=600),
        ask("R2", not_vehicles="VAN"), ask("R3", kind="retrograde"),
    ]  # fmt: skip
    rows = {
        "relations": [{"relation_id": "X", "kind": "before", "first": "R1", "second": "R2"}],
        "resources": [{"resource_id": "MP", "kind": "escort", "count": 1}],
        "compatibility": [{"class_a": "IIIB", "class_b": "I", "may_share": "false", "cleaning": "true"}],
    }
    p = built(nodes=nodes, fleet=[car, truck(vehicle_type="VAN")], requisitions=wanted, **rows)
    assert problem.uses(p) == {
        "aboard", "backhaul", "cleaning", "driving", "duration", "exposure", "relations", "release", "resources",
        "rest", "slots", "vehicle_choice", "visits",
    }  # fmt: skip
    assert problem.uses(p) <= set(CONSTRAINTS)


def test_courses_of_action_change_the_new_tables():
    """A course of action adds an escort and a tie, and slows a truck's hands; the baseline stays as it is."""
    sc = scenario_of(24, **straight_road(requisitions=[ask("R1"), ask("R2")]))
    coa = derive(sc, "escorted", changes=_changes())
    sc = with_coa(sc, coa)
    before, after = problem.build(sc), problem.build(sc, "escorted")
    assert (before.relations, before.resources, before.fleet[0].service_ppm) == ((), (), 1_000_000)
    assert (len(after.relations), after.resources[0].kind, after.fleet[0].service_ppm) == (1, "escort", 1_500_000)
    assert sum(d.share for d in after.deliveries) == 2 * SHARE


def _changes():
    from workbench.scenario import Change

    return (
        Change("resources", "add", {}, {"resource_id": "MP", "kind": "escort", "count": 1}),
        Change("relations", "add", {}, {"relation_id": "X", "kind": "before", "first": "R1", "second": "R2"}),
        Change("fleet", "set", {"vehicle_type": "T"}, {"service_factor": 1.5}),
    )
