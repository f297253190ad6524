"""What bars a way: the fewest roads that have to open together, each of them needed, and what opening them brings."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import ask, road, scenario_of, straight_road, truck
from test_elimination import nets, network, plain

from workbench import engines, explain, problem
from workbench.engines import Budget
from workbench.ground.obstacles import Obstacles


def joins(net, ms, trip):
    """Whether there is a way for each leg of a trip."""
    return all(b in plain(net, ms, a) for a, b in pairwise(trip))


def opened(ms, barred, roads):
    """The milliseconds with the barred roads closed but for some."""
    return np.where(barred & ~np.isin(np.arange(len(ms)), list(roads)), -1, ms)


@st.composite
def barred_nets(draw, bans=6):
    """A network, milliseconds as if nothing were barred, which roads are barred, and a trip."""
    net, ms = draw(nets(most=7, bans=bans))
    barred = np.array(draw(st.lists(st.booleans(), min_size=len(ms), max_size=len(ms))))
    node = st.integers(0, len(net.node_ids) - 1)
    return net, ms, barred, draw(st.lists(node, min_size=2, max_size=4))


@settings(max_examples=80, deadline=None)
@given(case=barred_nets())
def test_what_is_named_is_enough_and_all_of_it_is_needed(case):
    """Opening exactly those roads gives a way for the trip; without any one of them there is none."""
    net, ms, barred, trip = case
    found = Obstacles(net, ms, barred).fewest(trip)
    if found is None:
        assert not joins(net, ms, trip)
        return
    assert len(set(found)) == len(found)
    assert all(barred[list(found)])
    assert joins(net, opened(ms, barred, found), trip)
    assert (found == ()) == joins(net, opened(ms, barred, ()), trip)
    for less in combinations(found, len(found) - 1) if found else ():
        assert not joins(net, opened(ms, barred, less), trip)


@settings(max_examples=80, deadline=None)
@given(case=barred_nets(bans=0))
def test_on_one_leg_no_fewer_would_do_and_no_others_are_faster(case):
    """Every set of as many roads, opened, gives a way that takes as long or longer, or none; fewer give none."""
    net, ms, barred, (a, b, *_) = case
    found = Obstacles(net, ms, barred).fewest([a, b])
    if not found:
        return
    roads = np.flatnonzero(barred & (ms >= 0)).tolist()
    best = plain(net, opened(ms, barred, found), a)[b]
    for less in combinations(roads, len(found) - 1):
        assert not joins(net, opened(ms, barred, less), [a, b])
    if len(roads) <= 8:
        for other in combinations(roads, len(found)):
            assert plain(net, opened(ms, barred, other), a).get(b, best) >= best


def test_fewer_comes_before_faster():
    """Two closed roads of a minute each are named only where the one of an hour can't be driven at all."""
    net = network(3, [(0, 1), (1, 2), (0, 2)])
    barred, ms = np.ones(3, np.bool_), np.array([60_000, 60_000, 3_600_000])
    assert Obstacles(net, ms, barred).fewest([0, 2]) == (2,)
    assert Obstacles(net, np.array([60_000, 60_000, -1]), barred).fewest([0, 2]) == (0, 1)
    assert Obstacles(net, ms, barred).fewest([0, 2, 0]) == (2,)


def test_what_the_way_home_opens_is_not_asked_for_twice():
    """Out by the faster of two barred roads, home only by the other, a one-way: the one road is enough for both."""
    net = network(2, [(0, 1), (1, 0)], oneway={0})
    assert Obstacles(net, np.array([1, 9]), np.ones(2, np.bool_)).fewest([0, 1, 0]) == (1,)
    assert Obstacles(net, np.array([1, 9]), np.array([True, False])).fewest([0, 1, 0]) == ()


SERIES = [
    {"bridge": "true", "mlc_w": 10, "mlc_t": 10}, {"bridge": "true"}, {"width_m": 2}, {"clearance_m": 3},
    {"gradient_pct": 30}, {"access": "no"}, {"road_class": "track"}, {},
]  # fmt: skip
"""What may bar a road, the last only by a closure."""
SOUND = {"bridge": "false", "mlc_w": "", "mlc_t": "", "width_m": "", "clearance_m": "", "gradient_pct": "",
         "access": "", "road_class": "primary"}  # fmt: skip
LORRY = truck(mlc=14, width_m=2.5, height_m=3.5)


def built(edges, shut=(), wanted=None, **changes):
    """The problem of a requisition for C; bridges of unknown class are refused."""
    rows = straight_road(
        edges=edges, fleet=[LORRY], closures=[{"edge_id": e, "reason": "mines"} for e in shut],
        requisitions=wanted or [ask("R1", node_id="C")],
        profiles=[{"profile": "truck", "road_class": "primary", "day_kmh": 60, "night_kmh": 60, "blackout_kmh": 60,
                   "max_gradient_pct": 20}],
    )  # fmt: skip
    return problem.build(scenario_of(settings={"unknown_mlc": "refuse"}, **rows | changes))


def explained(p):
    """The lines on what is unserved of a plan by the simplest engine."""
    return explain.unserved(p, engines.solve(p, "greedy", Budget(iterations=20), jobs=1)).to_dict("records")


@settings(max_examples=20, deadline=None)
@given(
    kinds=st.lists(st.sampled_from(range(len(SERIES))), min_size=4, max_size=4),
    shut=st.sets(st.sampled_from(["N1", "N2", "S1", "S2"])),
)
def test_mending_in_the_tables_what_a_reason_names_makes_it_plannable(kinds, shut):
    """Two ways of two roads: with exactly the roads of the reason sound and open it is planned, with fewer refused."""
    ends = {"N1": ("S", "A"), "N2": ("A", "C"), "S1": ("S", "C"), "S2": ("S", "C")}
    edges = [road(e, *ends[e], **SERIES[kind]) for e, kind in zip(ends, kinds, strict=True)]
    p = built(edges, shut)
    (d,) = p.deliveries
    if d.refused is None:
        return
    v = p.fleet[0]
    stops = [v.depot, next(k for k, place in enumerate(p.places) if place.node_id == "C"), v.depot]
    named = [cut.edge_id for cut in p.travel.cuts(v.travel, stops)]
    assert named
    assert all(f" {edge} " in d.refused[1] or f" {edge}." in d.refused[1] for edge in named)
    for sound in (set(named), *(set(named) - {edge} for edge in named)):
        again = built([e | SOUND if e["edge_id"] in sound else e for e in edges], shut - sound)
        assert (again.deliveries[0].refused is None) == (sound == set(named))
    remedy = explained(p)[0]
    assert remedy["tried"]
    assert remedy["effect"].startswith("Served at")


def test_both_bridges_of_the_only_way_are_named_and_opened_together():
    """One blown, one too weak: the reason has both with what bars each; the remedy is tried and its effect stated."""
    mill = road("SA", "S", "A", bridge="true", mlc_w=40, name="Mill Bridge")
    p = built([mill, road("B", "A", "C", bridge="true", mlc_w=10)], ["SA"])
    assert p.deliveries[0].refused == (
        "UNREACHABLE",
        "Cedar (C) is cut off for T (2 barriers, which have to open together): bridge SA (Mill Bridge) is closed "
        "(mines), and bridge B is load class 10, too weak for vehicles of class 14.",
    )
    (row,) = explained(p)
    assert row["remedy"] == (
        "Open or strengthen both bridge SA (Mill Bridge), which is closed (mines), and bridge B, which is load class "
        "10, too weak for vehicles of class 14."
    )
    assert row["tried"]
    # 20 km out at 60 km/h, 10 minutes to load at S
    assert row["effect"] == "Served at 010430Z MAY 26 by T, +40.0 km, nothing else moves."


def test_bridges_that_only_a_policy_bars_are_policy():
    """Two of unknown class under refuse: POLICY, and the remedy asks to classify them both."""
    p = built([road("SA", "S", "A", bridge="true"), road("B", "A", "C", bridge="true")])
    code, words = p.deliveries[0].refused
    assert code == "POLICY"
    assert "bridge SA has no known load class, and this scenario refuses such bridges, and likewise bridge B." in words
    (row,) = explained(p)
    assert row["remedy"].startswith("Classify or strengthen both bridge SA, which has no known load class")
    assert row["effect"].startswith("Served at")


def test_of_several_types_the_one_that_needs_the_least_is_named():
    """A heavy truck is kept off by two bridges, a light one by one: that one is named, and opening it is enough."""
    edges = [road("SA", "S", "A", bridge="true", mlc_w=20), road("B", "A", "C", bridge="true", mlc_w=60)]
    p = built(edges, ["B"], fleet=[truck(mlc=31), truck(vehicle_type="LIGHT", mlc=10)])
    assert p.deliveries[0].refused[1] == "Cedar (C) is cut off for LIGHT: bridge B is closed (mines)."
    (row,) = explained(p)
    assert row["remedy"] == "Open or strengthen bridge B, which is closed (mines)."
    assert "by LIGHT" in row["effect"]


def test_a_set_is_tried_though_a_smaller_one_helps_others():
    """Opening B lets the light truck through, which can't lift it: then both bridges are tried for the heavy one."""
    edges = [road("SA", "S", "A", bridge="true", mlc_w=20), road("B", "A", "C", bridge="true", mlc_w=60)]
    fleet = [truck(mlc=31), truck(vehicle_type="LIGHT", mlc=10, range_km=30)]
    rows = explained(built(edges, ["B"], fleet=fleet))
    assert [row["effect"].split(" by ")[0] for row in rows] == [
        "Even then no vehicle serves it within the limits.", "Served at 010430Z MAY 26",
    ]  # fmt: skip


@pytest.mark.parametrize("lonely", ["C", "S"])
def test_a_place_that_no_road_touches_is_said(lonely):
    """Nothing to open: the reason names the place without a road, be it the unit's or the supply point's."""
    end = {"C": "S", "S": "C"}[lonely]
    p = built([road("SA", end, "A")])
    said = {"C": "Cedar (C), so T can't get there", "S": "S, so T can't get to Cedar (C)"}[lonely]
    assert p.deliveries[0].refused == ("UNREACHABLE", f"No road touches {said}.")


def test_roads_that_join_nothing_are_said():
    """C has a road, but none of the roads, however open, leads there from the supply point."""
    nodes = [*straight_road()["nodes"], {"node_id": "D", "lon": 15.3, "lat": 48.0}]
    p = built([road("SA", "S", "A"), road("CD", "C", "D")], nodes=nodes)
    assert p.deliveries[0].refused[1] == (
        "No road of the tables joins Cedar (C) with a depot and a supply point for T: from there roads lead to 1 other "
        "node(s) and no farther."
    )


def test_a_trap_of_one_ways_is_no_missing_road():
    """One can get to C and not back, whatever opens: no road is missing, and none would help."""
    p = built([road("SA", "S", "A"), road("B", "A", "C", oneway="true")])
    assert p.deliveries[0].refused[1] == (
        "No way joins Cedar (C) with a depot and a supply point for T, not even with every road open to them."
    )


def test_a_road_that_opens_by_the_time_one_gets_there_is_not_asked_for():
    """B is shut until 10:00Z and SA for good: in a shift from 04:00Z to 22:00Z only SA has to open."""
    closures = [{"edge_id": "SA", "reason": "mines"},
                {"edge_id": "B", "from": "2026-05-01T21:00:00Z", "reason": "curfew"}]  # fmt: skip
    fleet = [{**LORRY, "shift_start": "04:00", "shift_end": "22:00"}]
    p = built([road("SA", "S", "A"), road("B", "A", "C")], closures=closures, fleet=fleet)
    assert p.deliveries[0].refused[1] == "Cedar (C) is cut off for T: road SA is closed (mines)."
    (row,) = explained(p)
    assert row["effect"].startswith("Served at")


def test_what_has_to_open_and_be_allowed():
    """Behind a closed road lies one that the rule about risk refuses: both are named, and both lifted serve it."""
    threats = {"type": "FeatureCollection", "features": [{
        "type": "Feature", "properties": {"threat_id": "T1", "per_km": 0.1, "radius_m": 1000},
        "geometry": {"type": "Point", "coordinates": [15.15, 48.0]},
    }]}  # fmt: skip
    rows = straight_road(
        edges=[road("SA", "S", "A"), road("B", "A", "C")], closures=[{"edge_id": "SA", "reason": "mines"}],
        requisitions=[ask("R1", node_id="C")],
    )  # fmt: skip
    sc = scenario_of(settings={"threat": {"rule": "max risk 1 %"}}, **rows).replace(threats=threats)
    p = problem.build(sc)
    code, words = p.deliveries[0].refused
    assert code == "UNREACHABLE"
    assert "(2 barriers, which have to open together): road SA is closed (mines), and road B lies under threat" in words
    (row,) = explained(p)
    assert row["remedy"].startswith("Open or strengthen road SA, which is closed (mines); and let legs run any risk: ")
    assert row["effect"].startswith("Served at")
