"""Where the ground is thin: vital roads, minimum cuts, interdiction, and what closures would do."""

import math
from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from risky import FOUR_WAYS, NAMES, TRUCK, four_ways, leg, network, without
from tables import road

from workbench.ground import cuts, fronts, threat

FLOW = [("S", "A", 10), ("S", "B", 8), ("A", "B", 3), ("A", "C", 6), ("B", "C", 4), ("B", "D", 7), ("C", "T", 9),
        ("D", "T", 6)]  # fmt: skip
"""T-FLOW: from, to, capacity."""
NODE = {name: k for k, name in enumerate("SABCDT")}
ARCS = [(NODE[a], NODE[b], c) for a, b, c in FLOW]


def arcs_named(places):
    """The arcs of T-FLOW at these places."""
    return {f"{FLOW[k][0]}-{FLOW[k][1]}" for k in places}


def test_t_risk_most_vital_for_time():
    """T-RISK: without J1-J3 the fastest way takes 85 minutes, half an hour more."""
    table = cuts.vital_roads(four_ways()[0], *leg())
    assert table["edge_id"][0] == "J1-J3"
    assert table.loc[0, ["before", "after", "more"]].tolist() == [3300, 5100, 1800]
    assert not table["cut_off"].any()
    assert set(table["edge_id"]) == {"BSA-J1", "J1-J3", "J3-COP"}


def test_t_risk_most_vital_for_safety():
    """T-RISK: without J4-COP the best loss rises to 0.11188."""
    table = cuts.vital_roads(four_ways()[0], *leg(), by="risk")
    assert table["edge_id"][0] == "J4-COP"
    assert table["before"][0] == pytest.approx(0.034651, abs=1e-6)
    assert table["after"][0] == pytest.approx(0.11188, abs=1e-5)


def test_t_risk_takes_two_roads_to_cut():
    """T-RISK: edge connectivity 2; the same backwards; a road of its own needs one."""
    net = four_ways()[0]
    assert len(cuts.choke(net, TRUCK, ["BSA"], ["COP"])) == len(cuts.choke(net, TRUCK, ["COP"], ["BSA"])) == 2
    with pytest.raises(ValueError, match="common nodes"):
        cuts.choke(net, TRUCK, ["BSA", "J1"], ["J1"])
    with pytest.raises(ValueError, match="nodes of the network"):
        cuts.choke(net, TRUCK, ["BSA"], ["J9"])


def test_a_dead_end_is_cut_by_its_road():
    """The only road to a place is the choke, is vital and cuts off; where no way is left nothing is listed."""
    nodes = [{"node_id": n, "lon": 15 + k / 10, "lat": 48} for k, n in enumerate("SAC")]
    edges = [road("SA", "S", "A"), road("B", "A", "C", bridge="true")]
    net = network(nodes, edges)
    assert cuts.choke(net, TRUCK, ["S"], ["C"]).to_dict("records") == [{"edge_id": "SA", "name": "road SA"}]
    searched = threat.risk_graph(net, TRUCK, np.zeros(2))
    table = cuts.vital_roads(net, searched, 0, threat.bounds(searched, [2]))
    assert table["cut_off"].tolist() == [True, True]
    assert table["after"].isna().all()
    shut = network(nodes, edges, [{"edge_id": "B", "reason": "blown"}])
    assert len(cuts.choke(shut, TRUCK, ["S"], ["C"])) == 0
    none = threat.risk_graph(shut, TRUCK, np.zeros(2))
    assert len(cuts.vital_roads(shut, none, 0, threat.bounds(none, [2]))) == 0
    assert len(cuts.vital_roads(shut, none, 0, threat.bounds(none, [0]))) == 0


def test_t_flow():
    """T-FLOW: 15 through {C-T, D-T}; without C-T 6; two arcs lost leave nothing, in three ways."""
    cut = cuts.minimum_cut(ARCS, [NODE["S"]], [NODE["T"]])
    assert cut.value == 15
    assert arcs_named(cut.arcs) == {"C-T", "D-T"}
    one = cuts.interdict(ARCS, [NODE["S"]], [NODE["T"]], 1)
    assert (one.value, [arcs_named(s) for s in one.sets]) == (6, [{"C-T"}])
    two = cuts.interdict(ARCS, [NODE["S"]], [NODE["T"]], 2)
    assert two.value == 0
    assert sorted(sorted(arcs_named(s)) for s in two.sets) == [["B-D", "C-T"], ["C-T", "D-T"], ["S-A", "S-B"]]


def test_cuts_where_nothing_flows():
    """No arcs, or none that join: value 0, no arcs, and nothing to lose."""
    assert cuts.minimum_cut([], [0], [1]) == (0, ())
    assert cuts.minimum_cut([(1, 0, 5)], [0], [1]) == (0, ())
    assert cuts.interdict([(1, 0, 5)], [0], [1], 2) == (0, ((),))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 4)), max_size=14).map(
        lambda rows: [r for r in rows if r[0] != r[1]]
    )
)
def test_a_cut_is_worth_its_flow_and_separates(arcs):
    """The cut's arcs add up to the value networkx finds, and without them there is no way."""
    graph = nx.DiGraph()
    graph.add_nodes_from(range(6))
    for a, b, c in arcs:
        more = graph.get_edge_data(a, b, {"capacity": 0})["capacity"]
        graph.add_edge(a, b, capacity=more + c)
    cut = cuts.minimum_cut(arcs, [0, 1], [4, 5])
    for hub, ends in ((10, (0, 1)), (11, (4, 5))):
        for end in ends:
            graph.add_edge(*((hub, end) if hub == 10 else (end, hub)), capacity=10**6)
    assert cut.value == nx.maximum_flow_value(graph, 10, 11) == sum(arcs[k][2] for k in cut.arcs)
    left = [a for k, a in enumerate(arcs) if k not in cut.arcs]
    assert cuts.minimum_cut(left, [0, 1], [4, 5]).value == 0


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(1, 4)), max_size=8).map(
        lambda rows: [r for r in rows if r[0] != r[1]]
    )
)
def test_interdiction_is_the_worst_of_all_pairs(arcs):
    """Losing two arcs does as much as the worst of every pair tried."""
    found = cuts.interdict(arcs, [0], [4], 2)
    every = [
        cuts.minimum_cut([a for k, a in enumerate(arcs) if k not in gone], [0], [4]).value
        for size in (0, 1, 2)
        for gone in combinations(range(len(arcs)), size)
    ]
    assert found.value == min(every)
    for gone in found.sets:
        assert cuts.minimum_cut([a for k, a in enumerate(arcs) if k not in gone], [0], [4]).value == found.value


def test_what_if_says_who_gets_farther_and_who_is_cut_off():
    """Closing J1-J3 puts places farther by what the detour takes; closing all roads of J3 cuts it off."""
    net, exposed = four_ways()
    searched = threat.risk_graph(net, TRUCK, exposed)
    table = cuts.what_if(net, searched, ["BSA"], ["J1-J3"])
    assert table[["node_id", "before_s", "after_s", "more_s"]].to_numpy().tolist() == [
        ["J3", 2100, 4200, 2100], ["COP", 3300, 5100, 1800], ["J4", 2700, 3600, 900],
    ]  # fmt: skip
    assert not table["cut_off"].any()
    gone = cuts.what_if(net, searched, ["BSA"], ["J1-J3", "J3-J4", "J3-COP"])
    assert gone.loc[0, ["node_id", "cut_off"]].tolist() == ["J3", True]
    assert math.isnan(gone.loc[0, "after_s"])
    assert len(cuts.what_if(net, searched, ["BSA"], [])) == 0
    assert list(cuts.what_if(net, searched, ["BSA"], []).columns) == list(table.columns)
    with pytest.raises(ValueError, match="roads of the network, got E9"):
        cuts.what_if(net, searched, ["BSA"], ["E9"])


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_what_if_is_the_difference_of_two_searches(data):
    """Whatever is closed, before and after are what an independent search finds."""
    net, exposed = four_ways()
    closed = data.draw(st.lists(st.sampled_from(NAMES), unique=True))
    start = data.draw(st.sampled_from(net.node_ids))
    table = cuts.what_if(net, threat.risk_graph(net, TRUCK, exposed), [start], closed).set_index("node_id")

    def by_networkx(gone):
        graph = nx.Graph()
        graph.add_nodes_from(net.node_ids)
        graph.add_weighted_edges_from((a, b, 60 * m) for a, b, m, _ in FOUR_WAYS if f"{a}-{b}" not in gone)
        return nx.single_source_dijkstra_path_length(graph, start)

    before, after = by_networkx([]), by_networkx(closed)
    for node in net.node_ids:
        if before[node] == after.get(node):
            assert node not in table.index
        else:
            assert table.loc[node, "before_s"] == before[node]
            assert table.loc[node, "cut_off"] == (node not in after)
            assert table.loc[node, "after_s"] == after.get(node) or node not in after


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_no_other_road_is_more_vital(data):
    """Losing any road does no more than losing the most vital one of the list."""
    net, exposed = four_ways()
    searched = threat.risk_graph(net, TRUCK, exposed)
    a, b = (data.draw(st.integers(0, len(net.node_ids) - 1)) for _ in "ab")
    table = cuts.vital_roads(net, searched, a, threat.bounds(searched, [b]))
    if a == b:
        assert table.empty
        return
    after = []
    for name in NAMES:
        less_net, less_exposed = without(name)
        less = threat.risk_graph(less_net, TRUCK, less_exposed)
        after.append(fronts.fastest(less, a, threat.bounds(less, [b])).seconds)
    assert table["after"].max() == max(after)
