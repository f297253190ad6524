"""Roads and travel: fastest ways, limits of bridges, closures, and cells that equal their drawn way."""

import math
import pickle
from datetime import timedelta

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import AS_OF, frame, road, straight_road

from workbench.ground import roads
from workbench.ground.matrix import DenseTravel, RoadTravel
from workbench.ground.roads import CLOSED, LOW, NARROW, NO_ENTRY, NO_SPEED, WEAK, Limits

TRUCK = Limits("truck", mlc=14)
HEAVY = Limits("truck", mlc=31)
KEYS = {limits.key: limits for limits in (TRUCK, HEAVY, Limits("truck"))}
DAY_S = 86_400


def network(policy="assume", **changes):
    """The network of the straight road S - A - C, with tables replaced."""
    rows = straight_road(**{"closures": [], **changes})
    tables = {name: frame(name, rows[name]) for name in ("nodes", "edges", "closures", "profiles")}
    return roads.network(tables, tables["profiles"], as_of=AS_OF, horizon_s=DAY_S, unknown_mlc=policy)


def travel(net, places=("S", "A", "C"), limits=KEYS):
    """Travel between places of a network."""
    return RoadTravel(net, places, limits)


def seconds(net, limits=TRUCK, places=("S", "A", "C")):
    """The matrix of seconds of a network."""
    return travel(net, places).block(limits.key, range(len(places)), range(len(places)))[0].tolist()


@st.composite
def road_nets(draw):
    """Rows of up to 7 nodes and 16 roads, parallel ones, loops, one-ways, bridges and closures among them."""
    n = draw(st.integers(2, 7))
    nodes = [{"node_id": f"N{i}", "lon": 15 + i / 50, "lat": 48 + (i * i % 7) / 50} for i in range(n)]
    node = st.integers(0, n - 1)
    edges = [
        road(
            f"E{k:02d}", f"N{draw(node)}", f"N{draw(node)}", length_m=draw(st.integers(1, 99_999)) / 10,
            oneway=draw(st.sampled_from(["true", "false"])), bridge=draw(st.sampled_from(["true", "false", "false"])),
            mlc_w=draw(st.sampled_from(["", 10, 20, 40])), speed_kmh=draw(st.sampled_from(["", 7, 35, 90])),
        )
        for k in range(draw(st.integers(1, 16)))
    ]  # fmt: skip
    shut = draw(st.lists(st.sampled_from([e["edge_id"] for e in edges]), max_size=2, unique=True))
    return {"nodes": nodes, "edges": edges, "closures": [{"edge_id": e} for e in shut]}


def by_networkx(rows, limits):
    """(seconds, metres) between all nodes, reckoned with networkx from the rows: fastest, then shortest."""
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(n["node_id"] for n in rows["nodes"])
    shut = {c["edge_id"] for c in rows["closures"]}
    for e in rows["edges"]:
        limit = e["mlc_w"] or (roads.ASSUMED_MLC["primary"] if e["bridge"] == "true" else math.inf)
        if e["edge_id"] in shut or limit < limits.mlc:
            continue
        kmh = min(60, e["speed_kmh"] or 60)
        decimetres = round(e["length_m"] * 10)
        weight = -(-decimetres * 360 // kmh) * 10**9 + decimetres
        graph.add_edge(e["from"], e["to"], weight=weight)
        if e["oneway"] == "false":
            graph.add_edge(e["to"], e["from"], weight=weight)
    found = dict(nx.all_pairs_dijkstra_path_length(graph))
    return {
        (i, j): (-(-(w // 10**9) // 1000), -(-(w % 10**9) // 10)) for i, row in found.items() for j, w in row.items()
    }


@settings(max_examples=60, deadline=None)
@given(rows=road_nets())
def test_matrix_is_what_networkx_finds(rows):
    """Seconds and metres equal those of an independent search, and unreachable pairs are -1 in both."""
    names = [n["node_id"] for n in rows["nodes"]]
    ways = travel(network(**rows), names)
    for limits in (TRUCK, HEAVY):
        s, m = ways.block(limits.key, range(len(names)), range(len(names)))
        found = by_networkx(rows, limits)
        for i, a in enumerate(names):
            for j, b in enumerate(names):
                assert (s[i, j], m[i, j]) == found.get((a, b), (-1, -1))


@settings(max_examples=60, deadline=None)
@given(rows=road_nets())
def test_a_cell_is_the_cost_of_its_drawn_way(rows):
    """The roads of a path are passable, join up, and add up to the cell; no path where the cell is -1."""
    net = network(**rows)
    names = [n["node_id"] for n in rows["nodes"]]
    ways = travel(net, names)
    barred, ms = net.barriers(TRUCK), net.milliseconds("truck")
    for i, start in enumerate(names):
        for j, end in enumerate(names):
            path = ways.path(TRUCK.key, i, j)
            if path is None:
                assert ways.leg(TRUCK.key, i, j, 0) is None
                continue
            rows_of = [net.edge_ids.index(e) for e in path.edge_ids]
            assert not barred[rows_of].any()
            at = net.node_ids.index(start)
            for r in rows_of:
                a, b = net.ends[r]
                assert at == a or (at == b and not net.oneway[r])
                at = b if at == a else a
            assert at == net.node_ids.index(end)
            metres = sum(round(net.length_m[r] * 10) for r in rows_of)
            cell = (math.ceil(sum(ms[r] for r in rows_of) / 1000), -(-metres // 10))
            assert cell == (path.seconds, path.metres) == ways.leg(TRUCK.key, i, j, 12_345)


@settings(max_examples=30, deadline=None)
@given(rows=road_nets(), data=st.data())
def test_closing_then_reopening_gives_the_first_matrix_back(rows, data):
    """A closure changes nothing that outlasts it, and never makes a way faster."""
    names = [n["node_id"] for n in rows["nodes"]]
    everywhere = range(len(names))
    shut = data.draw(st.sampled_from([e["edge_id"] for e in rows["edges"]]))
    before = travel(network(**rows), names).block(TRUCK.key, everywhere, everywhere)
    closed = network(**{**rows, "closures": [*rows["closures"], {"edge_id": shut}]})
    after = travel(network(**rows), names).block(TRUCK.key, everywhere, everywhere)
    during = travel(closed, names).block(TRUCK.key, everywhere, everywhere)[0]
    assert np.array_equal(before, after)
    far = np.where(during < 0, np.iinfo(np.int64).max, during)
    assert (far >= np.where(before[0] < 0, np.iinfo(np.int64).max, before[0])).all()


def test_block_and_leg_agree_with_rows_in_any_order():
    """A block is cut from the same table as the legs, whatever rows are asked for first."""
    ways = travel(network())
    s, m = ways.block(TRUCK.key, [2, 0], [1])
    assert s.tolist() == [[600], [600]]
    assert m.tolist() == [[10_000], [10_000]]
    assert ways.leg(TRUCK.key, 0, 2, 0) == (1200, 20_000)


def test_a_weak_bridge_is_refused_and_named():
    """Class 31 does not cross a bridge of class 20; class 14 and unrestricted vehicles do."""
    net = network()
    assert seconds(net, HEAVY) == [[0, 600, -1], [600, 0, -1], [-1, -1, 0]]
    assert seconds(net, TRUCK)[0][2] == seconds(net, Limits("truck"))[0][2] == 1200
    (cut,) = travel(net).cuts(HEAVY.key, (0, 2))
    assert (cut.edge_id, cut.barriers) == ("B", WEAK)
    assert cut.text == "is load class 20, too weak for vehicles of class 31"


def test_a_cut_is_the_road_that_helps_when_lifted():
    """With two roads closed on different ways, the cut is one whose opening gives the faster way."""
    edges = [road("SA", "S", "A"), road("AC", "A", "C"), road("SC", "S", "C", length_m=30_000)]
    shut = [{"edge_id": "AC", "reason": "mines"}, {"edge_id": "SC", "reason": "flood"}]
    (cut,) = travel(network(edges=edges, closures=shut)).cuts(TRUCK.key, (0, 2))
    assert (cut.edge_id, cut.barriers, cut.text) == ("AC", CLOSED, "is closed (mines)")
    assert seconds(network(edges=edges, closures=shut[1:]))[0][2] == 1200


def test_roads_closed_in_a_row_are_cuts_together():
    """Where opening one road would not be enough, all are named; none where there is a way, or nothing helps."""
    both = network(closures=[{"edge_id": "B", "reason": "mines"}, {"edge_id": "SA"}])
    cuts = travel(both).cuts(TRUCK.key, (0, 2))
    assert [(cut.edge_id, cut.text) for cut in cuts] == [
        ("SA", "is closed (no reason given)"), ("B", "is closed (mines)"),
    ]  # fmt: skip
    assert travel(network()).cuts(TRUCK.key, (0, 2)) == ()
    assert travel(network(edges=[road("SA", "S", "A")], closures=[{"edge_id": "SA"}])).cuts(TRUCK.key, (0, 2)) == ()


def test_freed_roads_bear_anything():
    """A road of every fault is open, strong, wide, high and even once freed; who had no speed for it crawls."""
    edges = [road("SA", "S", "A", road_class="track", bridge="true", mlc_w=5, width_m=2, clearance_m=2, access="no"),
             road("B", "A", "C")]  # fmt: skip
    big = Limits("truck", 60, 4.0, 3.0)
    net = network(edges=edges, closures=[{"edge_id": "SA"}])
    assert net.barriers(big).tolist() == [CLOSED + WEAK + NO_ENTRY + NO_SPEED + LOW + NARROW, 0]
    free = net.freed([0])
    assert free.barriers(big).tolist() == [0, 0]
    assert free.speed("truck").tolist() == [5.0, 60.0]
    assert net.freed([1]).barriers(big).tolist() == net.barriers(big).tolist()


def test_oneway_holds_in_one_direction():
    """A one-way road is driven from its first to its second end only."""
    net = network(edges=[road("SA", "S", "A", oneway="true"), road("B", "A", "C")])
    assert seconds(net) == [[0, 600, 1200], [-1, 0, 600], [-1, 600, 0]]


@pytest.mark.parametrize(
    ("policy", "road_class", "reached"),
    [
        ("assume", "primary", True),
        ("assume", "unclassified", False),
        ("refuse", "primary", False),
        ("allow", "track", True),
    ],
)
def test_unknown_bridges_follow_the_policy(policy, road_class, reached):
    """Assume takes the default of the road, refuse keeps off, allow crosses."""
    profiles = [{"profile": "truck", "road_class": c, "day_kmh": 60} for c in ("primary", "unclassified", "track")]
    edges = [road("SA", "S", "A"), road("B", "A", "C", bridge="true", road_class=road_class)]
    net = network(policy, edges=edges, profiles=profiles)
    assert (seconds(net, HEAVY)[0][2] > 0) is reached
    assert net.unknown_bridges(HEAVY).tolist() == [False, True]
    assert seconds(net, Limits("truck"))[0][2] == 1200


def test_an_unknown_policy_is_refused():
    """A policy that does not exist is an error, not a default."""
    with pytest.raises(ValueError, match="assume, refuse, allow"):
        network("perhaps")


@pytest.mark.parametrize(
    ("edge", "limits"),
    [
        ({"clearance_m": 3.5}, Limits("truck", height_m=3.6)),
        ({"width_m": 2.4}, Limits("truck", width_m=2.5)),
        ({"mlc_w": 30}, Limits("truck", mlc=31)),
        ({"road_class": "track"}, Limits("truck")),
    ],
)
def test_clearance_width_class_and_road_class_keep_vehicles_off(edge, limits):
    """A road too low, too narrow, too weak or of a class without a speed is not passable; a smaller vehicle passes."""
    net = network(edges=[road("SA", "S", "A", **edge), road("B", "A", "C")])
    assert travel(net, limits={limits.key: limits}).leg(limits.key, 0, 1, 0) is None
    if "road_class" not in edge:
        small = Limits("truck", mlc=30, height_m=3.5, width_m=2.4)
        assert travel(net, limits={"small": small}).leg("small", 0, 1, 0) == (600, 10_000)


def test_tracked_vehicles_read_the_tracked_class():
    """A tracked profile is held to the bridge's tracked class."""
    edges = [road("SA", "S", "A"), road("B", "A", "C", bridge="true", mlc_w=60, mlc_t=20)]
    profiles = [
        {"profile": p, "road_class": "primary", "day_kmh": 60, "tracked": t}
        for p, t in (("truck", "false"), ("apc", "true"))
    ]
    apc = Limits("apc", mlc=31)
    ways = travel(network(edges=edges, profiles=profiles), limits={**KEYS, apc.key: apc})
    assert ways.leg(HEAVY.key, 0, 2, 0) == (1200, 20_000)
    assert ways.leg(apc.key, 0, 2, 0) is None


@pytest.mark.parametrize(
    ("begins_h", "ends_h", "daily", "shut"),
    [
        (None, None, "", "throughout"),
        (-5, -1, "", None),
        (-5, 1, "", ((0, 1),)),
        (23, None, "", ((23, 24),)),
        (24, 30, "", None),
        (-5, 0, "", None),
        (None, 2, "", ((0, 2),)),
        (None, None, "20:00-24:00;00:00-06:00", ((0, 2), (16, 24))),
        (1, 18, "20:00-24:00;00:00-06:00", ((1, 2), (16, 18))),
        (3, 15, "20:00-24:00;00:00-06:00", None),
    ],
)
def test_a_closure_counts_at_its_hours(begins_h, ends_h, daily, shut):
    """Closed throughout the 24 h from 04:00, at some of its hours, or not at all; a curfew holds every day."""
    text = ["" if h is None else (AS_OF + timedelta(hours=h)).isoformat() for h in (begins_h, ends_h)]
    net = network(closures=[{"edge_id": "B", "from": text[0], "to": text[1], "hours": daily}])
    assert (1 in net.closed) is (shut is not None)
    hours = {} if shut in (None, "throughout") else {1: tuple((3600 * a, 3600 * b) for a, b in shut)}
    assert net.hours.shut == hours
    limits = KEYS[TRUCK.key]
    assert bool(net.barriers(limits)[1]) is (shut == "throughout")
    assert bool(net.barriers(limits, shut=[1])[1]) is (shut is not None)


def test_an_area_closes_every_road_it_touches():
    """An area over the bridge closes it, and not the road beside it."""
    area = shapely.box(15.14, 47.9, 15.16, 48.1).wkt
    net = network(closures=[{"area": area, "reason": "shelling"}])
    assert net.closed == {1: "shelling"}
    assert seconds(net)[0] == [0, 600, -1]


def test_of_parallel_roads_the_fastest_counts_and_of_equally_fast_ones_the_shortest():
    """Parallel roads are not added up: the way takes the fastest, and among equals the one with fewer metres."""
    edges = [road("SLOW", "S", "A", length_m=5000, speed_kmh=10), road("LONG", "S", "A", length_m=12_000, speed_kmh=60),
             road("SHORT", "S", "A", length_m=6000, speed_kmh=30), road("B", "A", "C")]  # fmt: skip
    path = travel(network(edges=edges)).path(TRUCK.key, 0, 1)
    assert (path.edge_ids, path.seconds, path.metres) == (("SHORT",), 720, 6000)


def test_a_way_is_drawn_along_its_roads_in_the_direction_driven():
    """Coordinates run from start to end as lon, lat, without doubled joints, also against a road's own direction."""
    edges = [road("SA", "S", "A", geometry="LINESTRING (15.0 48.0, 15.05 48.02, 15.1 48.0)"), road("B", "A", "C")]
    ways = travel(network(edges=edges))
    assert ways.path(TRUCK.key, 2, 0).coords == ((15.2, 48.0), (15.1, 48.0), (15.05, 48.02), (15.0, 48.0))
    assert ways.path(TRUCK.key, 2, 0) is ways.path(TRUCK.key, 2, 0)
    assert ways.path(TRUCK.key, 1, 1) == ((), (), 0, 0)


def test_travel_goes_to_another_process_with_what_it_has_searched():
    """A pickled copy answers the same, and can still draw ways."""
    ways = travel(network())
    ways.block(TRUCK.key, range(3), range(3))
    copy = pickle.loads(pickle.dumps(ways))
    assert copy.leg(TRUCK.key, 0, 2, 0) == (1200, 20_000)
    assert copy.path(TRUCK.key, 0, 2) == ways.path(TRUCK.key, 0, 2)
    assert copy.leg(HEAVY.key, 0, 2, 0) is None


def test_equal_limits_have_equal_keys():
    """The travel key names what matters and nothing else."""
    assert Limits("truck", 31, math.nan, 2.5).key == "truck/mlc31/w2.5"
    assert Limits("truck").key == "truck"


def test_dense_travel_says_no_way_as_none():
    """-1 in the arrays is None for a leg; arrays that disagree about it are refused."""
    s, m = np.array([[0, -1], [60, 0]]), np.array([[0, -1], [900, 0]])
    dense = DenseTravel({"truck": s}, {"truck": m})
    assert dense.leg("truck", 0, 1, 0) is None
    assert dense.leg("truck", 1, 0, 99) == (60, 900)
    assert dense.block("truck", [1], [0, 1])[0].tolist() == [[60, 0]]
    with pytest.raises(ValueError, match="same cells"):
        DenseTravel({"truck": s}, {"truck": np.abs(m)})
