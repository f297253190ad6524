"""Legs under a rule: cells, ways and plans follow it, and what it refuses is named with its remedy."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from risky import FOUR_WAYS, NAMES, TRUCK, four_ways, network
from tables import ask, road, scenario_of, straight_road, truck

from workbench import check, engines, explain, problem
from workbench.engines import Budget
from workbench.ground import threat
from workbench.ground.matrix import RoadTravel
from workbench.ground.roads import RISKY

RULES = ["fastest", "safest", "within 3 min", "within 25 %", "max risk 10 %", "max risk 0 %", "knee"]


def travel(net, exposed, rule):
    """Travel between all nodes of a network that follows a rule."""
    ruled = threat.Ruled(threat.parse(rule), exposed)
    return RoadTravel(net, net.node_ids, {TRUCK.key: TRUCK}, ruled)


@st.composite
def worlds(draw):
    """A network of up to 5 nodes and 12 roads, parallel and one-way ones, loops and closures, and exposures."""
    n = draw(st.integers(2, 5))
    nodes = [{"node_id": f"N{k}", "lon": 15 + k / 50, "lat": 48} for k in range(n)]
    node = st.integers(0, n - 1)
    edges = [
        road(f"E{k}", f"N{draw(node)}", f"N{draw(node)}", length_m=draw(st.integers(1, 5)) * 1000,
             oneway=draw(st.sampled_from(["false", "false", "true"])))
        for k in range(draw(st.integers(1, 12)))
    ]  # fmt: skip
    shut = draw(st.sampled_from(["", edges[0]["edge_id"]]))
    risk = st.sampled_from([0.0, 0.02, 0.05, 0.2, np.inf])
    exposed = np.array(draw(st.lists(risk, min_size=len(edges), max_size=len(edges))))
    return network(nodes, edges, [{"edge_id": shut}] if shut else []), exposed


@settings(max_examples=120, deadline=None)
@given(world=worlds(), rule=st.sampled_from(RULES))
def test_a_cell_is_what_the_rule_takes_of_the_front(world, rule):
    """Every cell has the time and length of the alternative that the rule takes, and so has its drawn way."""
    net, exposed = world
    ways = travel(net, exposed, rule)
    searched = threat.risk_graph(net, TRUCK, exposed)
    for i in range(len(net.node_ids)):
        for j in range(len(net.node_ids)):
            chosen = threat.choose(threat.front(searched, i, threat.bounds(searched, searched.ends(j))), rule)
            leg, path = ways.leg(TRUCK.key, i, j, 0), ways.path(TRUCK.key, i, j)
            assert leg == (chosen and (chosen.seconds, chosen.metres))
            assert (path is None) == (leg is None)
            if path is not None:
                roads = [net.edge_ids.index(e) for e in path.edge_ids]
                ms = net.milliseconds("truck")
                assert (path.seconds, path.metres) == leg
                assert -(-int(ms[roads].sum()) // 1000) == leg[0]
                at = i
                for r in roads:
                    a, b = net.ends[r]
                    assert at == a or (at == b and not net.oneway[r])
                    at = b if at == a else a
                assert at == j


@settings(max_examples=40, deadline=None)
@given(world=worlds())
def test_the_rule_fastest_gives_the_plain_matrix(world):
    """Seconds of the rule fastest are those of travel without a rule."""
    net, exposed = world
    everywhere = range(len(net.node_ids))
    plain = RoadTravel(net, net.node_ids, {TRUCK.key: TRUCK})
    ruled = travel(net, exposed, "fastest")
    assert np.array_equal(*(t.block(TRUCK.key, everywhere, everywhere)[0] for t in (plain, ruled)))


def test_t_risk_legs():
    """T-RISK: the leg from BSA to COP takes 55, 70, 85 or 90 minutes by the rule."""
    net, exposed = four_ways()
    i, j = (net.node_ids.index(n) for n in ("BSA", "COP"))
    for rule, minutes in (
        ("fastest", 55), ("within 20 min", 70), ("max risk 10 %", 85), ("safest", 90), ("knee", 55),
    ):  # fmt: skip
        assert travel(net, exposed, rule).leg(TRUCK.key, i, j, 0)[0] == 60 * minutes
    path = travel(net, exposed, "safest").path(TRUCK.key, i, j)
    assert path.edge_ids == ("BSA-J2", "J2-J4", "J4-COP")
    assert set(path.edge_ids) <= set(NAMES)
    assert len(FOUR_WAYS) == len(NAMES)


def test_a_refusal_names_the_riskiest_road():
    """Where every way is too risky there is no leg, and the cut says which road, how risky, and what is allowed."""
    net, exposed = four_ways()
    i, j = (net.node_ids.index(n) for n in ("BSA", "COP"))
    ways = travel(net, exposed, "max risk 3 %")
    assert ways.leg(TRUCK.key, i, j, 0) is ways.path(TRUCK.key, i, j) is None
    (cut,) = ways.cuts(TRUCK.key, (i, j))
    assert (cut.edge_id, cut.barriers) == ("J4-COP", RISKY)
    assert cut.text == (
        "lies under threat: even the safest way there has a loss probability of 3.5 %, more than the 3 % that the "
        "rule allows"
    )
    assert ways.cuts(TRUCK.key, (i, i)) == ()


def test_ruled_travel_goes_to_another_process():
    """A pickled copy answers the same and follows the same rule."""
    net, exposed = four_ways()
    ways = travel(net, exposed, "safest")
    copy = pickle.loads(pickle.dumps(ways))
    everywhere = range(len(net.node_ids))
    for a, b in zip(*(t.block(TRUCK.key, everywhere, everywhere) for t in (ways, copy)), strict=True):
        assert np.array_equal(a, b)
    assert copy.path(TRUCK.key, 0, 1) == ways.path(TRUCK.key, 0, 1)


THREAT = {
    "type": "FeatureCollection",
    "features": [{
        "type": "Feature", "properties": {"threat_id": "T1", "per_km": 0.01, "radius_m": 2000},
        "geometry": {"type": "Point", "coordinates": [15.05, 48.0]},
    }],
}  # fmt: skip


def threatened(rule, **changes):
    """The straight road with a threat on its first half, and a way round it, longer by 8 km."""
    rows = straight_road(fleet=[truck(payload_kg=5000)], requisitions=[ask("R1")], **changes)
    rows["edges"].append(road("ROUND", "S", "A", length_m=18_000, geometry="LINESTRING (15 48, 15.05 48.07, 15.1 48)"))
    told = {"threat": {"rule": rule}} if rule else {}
    return problem.build(scenario_of(settings=told, **rows).replace(threats=THREAT))


@pytest.mark.parametrize(
    ("rule", "edge", "says"),
    [
        ("", "SA", "also through the 1 threat(s) in force: T1"),
        ("safest", "ROUND", "the rule “safest”"),
        ("within 5 min", "SA", "at most 5 min longer than the fastest"),
        ("within 10 min", "ROUND", "at most 10 min longer than the fastest"),
        ("max risk 1 %", "ROUND", "loss probability is at most 1 %"),
    ],
)
def test_a_plan_follows_the_rule_and_says_so(rule, edge, says):
    """Engines plan by the rule, the checker replays the same legs, and the assumptions name rule and threats."""
    built = threatened(rule)
    plan = engines.solve(built, "greedy", Budget(iterations=1), seed=1)
    assert not check.check(built, plan)
    assert not plan.unserved
    s, a = (next(k for k, p in enumerate(built.places) if p.node_id == n) for n in "SA")
    key = built.fleet[0].travel
    assert built.travel.path(key, s, a).edge_ids == (edge,)
    assert plan.routes[0].travel_s == sum(built.travel.leg(key, *leg, 0)[0] for leg in ((s, a), (a, s)))
    assert any(says in sentence for sentence in built.assumptions)


def test_what_the_rule_refuses_is_unserved_by_policy_with_a_remedy_that_was_tried():
    """Where no way is safe enough the delivery is refused: POLICY, the threatened road, and what waiving it gives."""
    rows = straight_road(requisitions=[ask("R1")])
    built = problem.build(scenario_of(settings={"threat": {"rule": "max risk 1 %"}}, **rows).replace(threats=THREAT))
    (refused,) = built.deliveries
    assert refused.refused[0] == "POLICY"
    assert "road SA lies under threat" in refused.refused[1]
    plan = engines.solve(built, "greedy", Budget(iterations=1), seed=1)
    told = explain.unserved(built, plan)
    assert told["code"].tolist() == ["POLICY"]
    assert told["remedy"].str.contains("Let legs run any risk: road SA lies under threat").all()
