"""Places joined to roads: where, how far, and why there."""

import numpy as np
import pytest

import workbench as wb
from tests.maps import CROSS, ROAD, cross, extract, write
from workbench.errors import InputError, UsageError, WorkbenchError
from workbench.ground.pieces import frame
from workbench.schema import TABLES


def places(*spots):
    """Return rows of nodes P0, P1, … at steps of a thousandth of a degree east and north of 9.5, 47.1."""
    return frame(
        "nodes",
        {
            "node_id": [f"P{k}" for k in range(len(spots))],
            "lon": [9.5 + x / 1000 for x, _ in spots],
            "lat": [47.1 + y / 1000 for _, y in spots],
        },
    )


def test_a_road_is_split_where_a_place_is_nearest(tmp_path):
    """The halves are as long as the road, both directions stay, and the access road counts its metres."""
    roads = wb.network.from_osm(cross(tmp_path / "a.osm"), merge=False)
    done = wb.network.snap(roads, places((0.5, 0.2), (0.25, -0.1)))
    edges = done.edges.set_index("edge_id")
    assert {"w11_1.1", "w11_1.2", "w11_1.3", "access-P0", "access-P1"} <= set(edges.index)
    assert "w11_1" not in edges.index
    before = roads.edges.set_index("edge_id").loc["w11_1"]
    parts = edges.loc[["w11_1.1", "w11_1.2", "w11_1.3"]]
    assert parts["length_m"].sum() == pytest.approx(before["length_m"], abs=0.05)
    assert parts[["from", "to"]].to_numpy().tolist() == [["n1", "at-P1"], ["at-P1", "at-P0"], ["at-P0", "n2"]]
    assert not parts["oneway"].any()
    assert edges.loc["access-P0", "length_m"] == pytest.approx(22.2, abs=0.2)
    nodes = done.nodes.set_index("node_id")
    assert nodes.loc["P0", "road_offset_m"] == pytest.approx(22.2, abs=0.2)
    assert nodes.loc["P0", "road_note"] == "nearest road w11_1, of the main network"
    for name in done.tables:
        assert done.tables[name].dtypes.equals(roads.tables[name].dtypes), name


def test_a_bent_road_keeps_its_shape(tmp_path):
    """The pieces of a road with a shape carry their part of it."""
    nodes = {1: (0, 0), 2: (1, 0), 3: (2, 0), 4: (2, 2)}
    roads = wb.network.from_osm(write(tmp_path / "a.osm", nodes, {11: ([1, 2, 3, 4], ROAD)}))
    done = wb.network.snap(roads, places((2.1, 1)))
    shapes = done.edges.set_index("edge_id")["geometry"]
    assert shapes["w11_1.1"] == "LINESTRING (9.5 47.1, 9.501 47.1, 9.502 47.1, 9.502 47.101)"
    assert shapes["w11_1.2"] == ""


def test_a_place_at_a_junction_uses_it(tmp_path):
    """Within a metre of an end there is no new node."""
    roads = wb.network.from_osm(cross(tmp_path / "a.osm"), merge=False)
    done = wb.network.snap(roads, places((2.3, 0)))
    assert len(done.nodes) == len(roads.nodes) + 1
    assert done.edges.set_index("edge_id").loc["access-P0", "to"] == "n3"


def test_banned_turns_follow_the_pieces(tmp_path):
    """A ban names the piece that touches the node."""
    relation = {99: ([("way", 11, "from"), ("node", 2, "via"), ("way", 13, "to")],
                     {"type": "restriction", "restriction": "no_left_turn"})}  # fmt: skip
    roads = wb.network.from_osm(cross(tmp_path / "a.osm", relation))
    done = wb.network.snap(roads, places((0.5, 0.1), (1.1, 0.5)))
    assert done.turns[["from_edge", "via_node", "to_edge"]].to_numpy().tolist() == [["w11_1.2", "n2", "w13_1.1"]]


def test_the_main_network_is_preferred_and_the_reason_told(tmp_path):
    """A road that is cut off is passed over within the radius, taken where it is all there is, and told either way."""
    nodes = CROSS | {6: (1.3, 0.3), 7: (1.6, 0.3), 8: (30, 0), 9: (31, 0)}
    ways = {11: ([1, 2, 3], ROAD), 13: ([5, 2, 4], ROAD), 14: ([6, 7], ROAD), 15: ([8, 9], ROAD)}
    roads = wb.network.from_osm(write(tmp_path / "a.osm", nodes, ways))
    done = wb.network.snap(roads, places((1.45, 0.29), (30.5, 0.1), (60, 0), (1.5, 3.9)), reach_m=2000)
    notes = done.nodes.set_index("node_id")["road_note"]
    assert notes["P0"].startswith("road w11_2 of the main network; the nearest, w14_1 (1 m), is cut off")
    assert "cut off from the main network" in notes["P1"]
    assert notes["P2"] == "not joined: the nearest road, w15_1, is 2.2 km away; the limit is 2 km"
    assert {"P0", "P1", "P2", "P3"} <= set(done.nodes["node_id"])
    said = {f.row: f.got for f in done.findings if f.code == "OFF_ROAD" and f.file == "nodes.csv"}
    assert said[3].startswith("nearest road w15_1, in part ")
    assert said[4] == f"{notes['P2']}; it lies outside the ground that was read (9.5, 47.099, 9.531, 47.101)"
    assert said[5].startswith("325 m to")
    assert "outside the ground that was read" in said[5]
    assert 2 not in said
    assert (done.counts["places"], done.not_joined) == (4, ("P2",))


def test_bollards_and_oneways_cut_roads_off(tmp_path):
    """Roads behind a bollard, or that can't be left again, are not of the main network."""
    nodes = CROSS | {6: (2, 0, {"barrier": "bollard"}), 7: (3, 0), 8: (1, 2)}
    ways = {11: ([1, 2, 6, 7], ROAD), 12: ([5, 2, 4], ROAD), 13: ([4, 8], ROAD | {"oneway": "yes"})}
    roads = wb.network.from_osm(write(tmp_path / "a.osm", nodes, ways), merge=False)
    notes = wb.network.snap(roads, places((2.5, 0.1), (1.1, 1.7)), radius_m=30).nodes.set_index("node_id")["road_note"]
    assert "cut off" in notes["P0"]
    assert "cut off" in notes["P1"]


def test_roads_that_vehicles_cannot_use_are_passed_over(tmp_path):
    """Only usable roads are joined; motorways, bridges, tunnels and ferries never are."""
    path = cross(tmp_path / "a.osm", west={"bridge": "yes"}, north={"highway": "motorway", "oneway": "no"})
    roads = wb.network.from_osm(path)
    usable = (roads.edges["edge_id"] != "w14_1").to_numpy()
    done = wb.network.snap(roads, places((0.5, 0.1), (1, 0.5), (1, -0.5)), usable=usable)
    assert set(done.edges["to"][done.edges["edge_id"].str.startswith("access")]) == {"n2"}


def test_a_place_may_be_a_node_of_the_roads(tmp_path):
    """A place with the name and the position of a node of the roads is that node; at another position it is refused."""
    roads = wb.network.from_osm(cross(tmp_path / "a.osm"))
    done = wb.network.snap(roads, places((1.0, 0.05), (1, 0.5)).assign(node_id=["n2", "P1"], kind="depot"))
    assert done.nodes["node_id"].tolist().count("n2") == 1
    own = done.nodes.set_index("node_id").loc["n2"]
    assert (own["kind"], own["road_offset_m"], own["road_note"]) == ("depot", 0.0, "a node of the roads")
    assert [e for e in done.edges["edge_id"] if e.startswith("access")] == ["access-P1"]
    assert done.not_joined == ()
    with pytest.raises(WorkbenchError, match="n2"):
        wb.network.snap(roads, places((1.5, 0)).assign(node_id="n2"))


def test_places_without_a_position_are_listed(tmp_path):
    """Every place that is nowhere is named with its row, and so is one that comes twice; nothing else happens."""
    roads = wb.network.from_osm(cross(tmp_path / "a.osm"))
    spots = places((1, 0), (1, 0), (1, 0), (1, 0))
    spots = spots.assign(lon=[9.5, float("nan"), float("inf"), 181.0], lat=[47.1, float("-inf"), 47.1, 47.1])
    with pytest.raises(InputError) as caught:
        wb.network.snap(roads, spots)
    said = [(f.row, f.column, f.got) for f in caught.value.findings]
    assert said == [(3, "lon", "nan"), (3, "lat", "-inf"), (4, "lon", "inf"), (5, "lon", "181.0")]
    assert all("P" in f.expected for f in caught.value.findings)
    with pytest.raises(InputError, match="each place once"):
        wb.network.snap(roads, places((1, 0), (1, 0)).assign(node_id="A"))
    with pytest.raises(InputError, match="columns node_id, lon and lat"):
        wb.network.snap(roads, places((1, 0)).drop(columns="lat"))
    for wrong in ({"radius_m": float("nan")}, {"reach_m": -1.0}, {"usable": np.ones(2, np.bool_)}):
        with pytest.raises(UsageError):
            wb.network.snap(roads, places((1, 0)), **wrong)


def test_roads_where_nobody_may_stop_join_nobody(tmp_path):
    """With bridges alone no place is joined, and the reason is said."""
    bridge = {"bridge": "yes"}
    roads = wb.network.from_osm(cross(tmp_path / "a.osm", west=bridge, east=bridge, north=bridge, south=bridge))
    done = wb.network.snap(roads, places((1, 0.1)))
    assert done.nodes["road_note"].iloc[0] == "not joined: there is no road where one may stop; the limit is 5 km"
    assert done.not_joined == ("P0",)


def test_places_beside_real_roads_are_near_them():
    """Of 300 places scattered round junctions of a real extract, none is dropped and the median is near a road."""
    roads = wb.network.from_osm(extract("liechtenstein-240304"))
    rng = np.random.default_rng(3)
    at = rng.choice(len(roads.nodes), 300)
    lonlat = roads.nodes[["lon", "lat"]].to_numpy()[at] + rng.normal(0, 0.001, (300, 2))
    spots = frame("nodes", {"node_id": [f"P{k}" for k in range(300)], "lon": lonlat[:, 0], "lat": lonlat[:, 1]})
    done = wb.network.snap(roads, spots).nodes.iloc[:300]
    assert done["road_offset_m"].notna().all()
    assert done["road_offset_m"].median() < 40
    assert set(done.columns) == {c.name for c in TABLES["nodes"].columns}
