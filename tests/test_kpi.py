"""Key figures against figures reckoned by hand."""

import json
import math

import pytest
from plans import lay, plan_of
from worlds import DEP, HOUR, S1, A, B, C, drop, good, truck, world

from workbench import kpi
from workbench.problem import SHARE, Load, Prices


def values(problem, plan):
    """Figures by key."""
    return {name: body["value"] for name, body in kpi.as_dict(problem, plan).items()}


@pytest.fixture(scope="module")
def hand():
    """D1 (2 t) to A, D2 (1 t, two parts) to B, one part left out; D3 back from A; D4 left out.

    The truck: DEP 04:00, S1 3 km; A at 10 km; B at 20 km; A; home. It costs 50, 2 a km and 36 an hour.
    """
    problem = world(
        [
            drop("D1", A, priority=1, load=Load(2000, 0, 400, 0), windows=((0, 1500),)),
            drop("D2/1", B, share=SHARE // 4, load=Load(250, 0, 50, 0)),
            drop("D2/2", B, share=SHARE // 4 * 3, load=Load(750, 0, 150, 0)),
            drop("D3", A, kind="retrograde", priority=9, load=Load(500, 0, 100, 0)),
            drop("D4", A, goods=2, supply_class="IX", item="brake pads", load=Load(500, 0, 0, 0)),
        ],
        [truck(fixed_cost=50.0, cost_per_km=2.0, cost_per_hour=36.0), truck("VAN")],
    )
    steps = [
        ("load", S1, ("D1/1", "D2/1")),
        ("deliver", A, ("D1/1",)),
        ("deliver", B, ("D2/1",)),
        ("pickup", A, ("D3/1",)),
    ]
    return problem, plan_of(problem, [lay(problem, "R01", 0, 0, steps)])


def test_figures_of_a_tiny_world(hand):
    """Every figure of one route with four stops."""
    # S1 300-1,500 s; A 2,200-2,800 (window closed at 1,500); B 3,800-4,400; A 5,400-6,000; home 7,000 s
    got = values(*hand)
    expected = {
        "served": 2, "unserved": 2, "served_deliveries": 3, "unserved_deliveries": 2,
        "served_share": 2.25 / 4, "line_fill": 2 / 4, "otif": 1 / 4,
        "served_priority_1": 1, "served_priority_3": 0.25, "served_priority_9": 1,
        "unserved_priority_1": 0, "unserved_priority_3": 1.75, "unserved_priority_9": 0,
        "quantity_fill": 2750 / 4000, "quantity_fill_on_time": 750 / 4000,
        "quantity_fill_class_i": 2750 / 3500, "quantity_fill_class_ix": 0,
        "lateness_min": 700 / 60, "late_deliveries": 1,
        "distance_km": 40, "empty_km": 13, "empty_share": 13 / 40,
        # 7 km with 2,250 kg, 10 km with 250 kg, 10 km home with 500 kg
        "tonne_km": 7 * 2.25 + 10 * 0.25 + 10 * 0.5,
        "vehicle_hours": 7000 / 3600, "driving_hours": 4000 / 3600, "reserve_hours": 0.0, "waiting_hours": 0,
        "cost_fixed": 50, "cost_distance": 80, "cost_time": 70, "cost_total": 200,
        "utilisation": 2250 / 3000, "utilisation_kg": 2250 / 3000, "utilisation_pallets": 450 / 600,
        "binding_dimension": "kg", "routes": 1, "vehicles_used": 1, "vehicles_used_truck": 1, "vehicles_used_van": 0,
        "mean_delivery_h": (2200 + 3800 + 5400) / 3 / 3600, "last_delivery_h": 1.5,
    }  # fmt: skip
    assert set(got) == set(expected)
    for name, value in expected.items():
        assert got[name] == (value if isinstance(value, str) else pytest.approx(value, abs=1e-6)), name


def test_figures_of_rules_appear_where_they_are_asked_for(hand):
    """Overtime, lateness, rests, risk and shares of work: none in the tiny world, each by its amount in this one."""
    extra = {
        "cost_overtime", "cost_lateness", "cost_risk", "cost_imbalance", "overtime_hours", "late_hours", "rests",
        "longest_route_hours", "imbalance_hours", "exposure",
    }  # fmt: skip
    assert not extra & set(values(*hand))
    car = truck(drive_s=4000, rest_s=1200, shifts=((0, 6000),), overtime_s=7200, overtime_cost=30.0)
    problem = world(
        [drop("D1", C, due_s=2600, late_cost=36.0), drop("D2", A)], [car],
        prices=Prices(imbalance_per_hour=90.0, risk=1.0),
    )  # fmt: skip
    routes = [lay(problem, f"R{k}", 0, 0, [("load", S1, (f"D{k}/1",)), ("deliver", at, (f"D{k}/1",))])
              for k, at in ((1, C), (2, A))]  # fmt: skip
    # R1: S1 300-900, C 3,600-4,200, rest to 5,400, home 8,400 s; R2 is home at 3,200 s
    plan = plan_of(problem, routes)
    got = values(problem, plan)
    expected = {
        "cost_overtime": 20, "cost_lateness": 10, "cost_risk": 0, "cost_imbalance": 65, "overtime_hours": 2400 / 3600,
        "late_hours": 1000 / 3600, "rests": 1, "longest_route_hours": 8400 / 3600, "imbalance_hours": 2600 / 3600,
        "exposure": 0,
    }  # fmt: skip
    assert {name: got[name] for name in extra} == {n: pytest.approx(x, abs=1e-6) for n, x in expected.items()}
    assert got["cost_total"] == plan.cost + 65 == 60 + 20 + 20 + 10 + 65


def test_the_plans_own_cost_is_the_total(hand):
    """The cost by line item adds up to what the plan states."""
    problem, plan = hand
    assert values(problem, plan)["cost_total"] == plan.cost


def test_the_table_has_units_and_meanings(hand):
    """Each row has a unit, a direction or none, and one sentence; values are numbers, names stand in the text."""
    table = kpi.table(*hand)
    assert list(table.columns) == ["kpi", "value", "unit", "better", "text"]
    assert table["kpi"].is_unique
    assert (table["unit"] != "").all()
    assert set(table["better"]) == {"higher", "lower", ""}
    assert table["text"].str.endswith(".").all()
    assert str(table["value"].dtype) == "float64"
    assert set(table.loc[table["value"].isna(), "kpi"]) == {"binding_dimension"}
    binding = table.loc[table["kpi"] == "binding_dimension", "text"].item()
    assert binding.startswith("kg: ")
    assert "010530Z MAY 26" in table.loc[table["kpi"] == "last_delivery_h", "text"].item()


def test_the_dictionary_is_what_a_plan_file_takes(hand):
    """It is JSON without NaN, each figure with its value and unit, the same every time."""
    first = json.dumps(kpi.as_dict(*hand), allow_nan=False)
    assert first == json.dumps(kpi.as_dict(*hand), allow_nan=False)
    assert json.loads(first)["otif"] == {"value": 0.25, "unit": "share"}


def test_the_served_vector(hand):
    """Shares by priority, 1 first; parts count by their share."""
    vector = kpi.served_vector(*hand)
    assert len(vector) == 15
    assert vector == (SHARE, 0, SHARE // 4, 0, 0, 0, 0, 0, SHARE, 0, 0, 0, 0, 0, 0)
    problem, plan = good()
    better = plan_of(problem, [])
    assert kpi.served_vector(problem, plan) > kpi.served_vector(problem, better)


def test_receipts_against_required_dates():
    """Five orders, one hour a day: on time in full 2 of 5, by the date 130 of 280, ever 200 of 280.

    A 100 due day 5, received day 4; B 50 due 5, received 6; C 40 due 6, half on day 5, half on 8;
    D 10 due 4, received 3; E 80 due 9, never.
    """
    orders = [
        ("A/1", 100, 5, 4), ("B/1", 50, 5, 6), ("C/1", 20, 6, 5), ("C/2", 20, 6, 8), ("D/1", 10, 4, 3),
        ("E/1", 80, 9, None),
    ]  # fmt: skip
    parts = {"C/1": SHARE // 2, "C/2": SHARE // 2}
    problem = world(
        [drop(name, DEP, windows=((0, due * HOUR),), load=Load(kg, 0, 0, 0), share=parts.get(name, SHARE),
              kind="retrograde", service_s=0) for name, kg, due, _ in orders],
        [truck(count=9)],
    )  # fmt: skip
    routes = [
        lay(problem, f"R{name}", 0, day * HOUR, [("pickup", DEP, (name,))])
        for name, _, _, day in orders
        if day is not None
    ]
    got = values(problem, plan_of(problem, routes))
    assert got["otif"] == 0.4
    assert got["quantity_fill_on_time"] == pytest.approx(0.4643, abs=1e-4)
    assert got["quantity_fill"] == pytest.approx(0.7143, abs=1e-4)
    assert got["line_fill"] == 0.8
    assert got["lateness_min"] == 60 + 120


def test_vehicles_that_come_back_count_once():
    """Two routes of one type in two shifts need one vehicle, in one shift two."""
    deliveries = [drop("D1", A), drop("D2", A)]
    for shifts, vehicles in ((((0, 2 * HOUR), (2 * HOUR, 5 * HOUR)), 1), (((0, 5 * HOUR),), 2)):
        problem = world(deliveries, [truck(shifts=shifts)])
        routes = [
            lay(problem, f"R{k}", 0, start, [("load", S1, (f"D{k}/1",)), ("deliver", A, (f"D{k}/1",))])
            for k, start in ((1, 0), (2, 3 * HOUR))
        ]
        got = values(problem, plan_of(problem, routes))
        assert (got["routes"], got["vehicles_used"]) == (2, vehicles)


def test_an_empty_plan_has_figures_too():
    """Nothing served: shares are 0, of nothing asked they are 1, and nothing divides by zero."""
    problem = world([drop("D1", A)])
    got = values(problem, plan_of(problem, []))
    assert (got["otif"], got["distance_km"], got["utilisation"], got["binding_dimension"]) == (0, 0, 0, "none")
    nothing = values(world([]), plan_of(world([]), []))
    assert (nothing["otif"], nothing["quantity_fill"]) == (1, 1)
    assert all(isinstance(v, str) or math.isfinite(v) for v in [*got.values(), *nothing.values()])


def test_a_figure_can_be_added():
    """A decorated function is a figure: its first sentence, unit and direction appear in the table."""

    @kpi.kpi(unit="stops", better="lower")
    def stops(facts):
        """Stops of all routes."""
        return sum(len(t.visits) for t in facts.replay.traces)

    try:
        row = kpi.table(*good()).set_index("kpi").loc["stops"]
        assert (row["value"], row["unit"], row["better"], row["text"]) == (10, "stops", "lower", "Stops of all routes.")
    finally:
        del kpi.KPIS["stops"]
