"""OpenStreetMap files in: cutting, merging, turns, barriers, boxes, damage."""

import itertools

import numpy as np
import osmium
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

import workbench as wb
from tests.maps import CROSS, ROAD, cross, extract, write
from workbench.errors import InputError, UsageError
from workbench.formats import checks
from workbench.ground import osm, pieces
from workbench.schema import TABLES

BANDS = {"andorra-250119": (5783, 11612, 1618, 64, 521), "liechtenstein-240304": (7939, 17297, 1829, 72, 412)}


def turns_of(roads):
    """Return the banned turns as plain triples."""
    return set(roads.turns[["from_edge", "via_node", "to_edge"]].itertuples(index=False, name=None))


def restriction(kind, before=11, via=2, after=13, **tags):
    """Return a relation that restricts turns."""
    members = [("way", before, "from"), ("node", via, "via"), ("way", after, "to")]
    return {99: (members, {"type": "restriction", "restriction": kind} | tags)}


def test_ways_are_cut_where_they_meet(tmp_path):
    """A way through a crossing becomes two roads; nodes along the way only shape it."""
    nodes = CROSS | {6: (0.5, 0.2)}
    ways = {11: ([1, 6, 2, 3], {"highway": "primary", "name": "Main"}), 12: ([5, 2, 4], ROAD)}
    roads = wb.network.from_osm(write(tmp_path / "a.osm", nodes, ways))
    assert roads.counts["nodes"] == 5
    assert roads.counts["edges"] == 8
    assert roads.edges["edge_id"].tolist() == ["w11_1", "w11_2", "w12_1", "w12_2"]
    first = roads.edges.iloc[0]
    assert (first["from"], first["to"], first["road_class"], first["name"]) == ("n1", "n2", "primary", "Main")
    assert first["geometry"] == "LINESTRING (9.5 47.1, 9.5005 47.1002, 9.501 47.1)"
    assert first["length_m"] == pytest.approx(88.0, abs=0.5)
    assert roads.edges["geometry"].iloc[1] == ""
    assert roads.attribution.startswith("© OpenStreetMap contributors")


def test_tables_are_those_of_the_schema(tmp_path):
    """Every declared column is there with the type it has everywhere, also without banned turns."""
    roads = wb.network.from_osm(cross(tmp_path / "a.osm"))
    for name, frame in roads.tables.items():
        assert frame.dtypes.equals(checks.empty(TABLES[name]).dtypes), name


def test_a_pbf_reads_as_its_xml(tmp_path):
    """The same map in both formats gives the same tables."""
    xml = cross(tmp_path / "a.osm", restriction("no_left_turn"))
    with osmium.SimpleWriter(str(tmp_path / "a.osm.pbf")) as out:
        for thing in osmium.FileProcessor(str(xml)):
            out.add(thing)
    one, two = (wb.network.from_osm(tmp_path / name) for name in ("a.osm", "a.osm.pbf"))
    for name in one.tables:
        assert one.tables[name].equals(two.tables[name])


@pytest.mark.parametrize(
    ("rule", "banned"),
    [
        ("no_left_turn", {("w11_1", "n2", "w13_1")}),
        ("only_left_turn", {("w11_1", "n2", w) for w in ("w11_1", "w12_1", "w14_1")}),
    ],
)
def test_restrictions_become_banned_turns(tmp_path, rule, banned):
    """A rule that forbids one turn bans it; one that allows only one turn bans all others, turning back too."""
    assert turns_of(wb.network.from_osm(cross(tmp_path / "a.osm", restriction(rule)))) == banned


def test_what_is_said_of_trucks_beats_the_rest(tmp_path):
    """The restriction for trucks replaces the one for all."""
    both = restriction("no_left_turn", **{"restriction:hgv": "only_left_turn"})
    assert len(turns_of(wb.network.from_osm(cross(tmp_path / "a.osm", both)))) == 3
    exempt = restriction("no_left_turn", **{"except": "hgv;bus"})
    assert not turns_of(wb.network.from_osm(cross(tmp_path / "a.osm", exempt)))


def test_turning_back_can_be_banned(tmp_path):
    """A ban from a road into itself is kept."""
    found = wb.network.from_osm(cross(tmp_path / "a.osm", restriction("no_u_turn", after=11)))
    assert turns_of(found) == {("w11_1", "n2", "w11_1")}


@pytest.mark.parametrize(
    ("relation", "words"),
    [
        (restriction("no_left_turn", after=77), "members that the file"),
        (restriction("no_left_turn", via=3), "no single pair"),
        ({99: ([("way", 11, "from"), ("way", 12, "via"), ("way", 13, "to")],
               {"type": "restriction", "restriction": "no_u_turn"})}, "ways in between"),
        ({99: ([("way", 11, "from"), ("node", 2, "via"), ("way", 13, "to")],
               {"type": "restriction", "restriction:conditional": "no_left_turn @ (06:00-09:00)"})}, "times"),
        (restriction("give_way"), "no single pair"),
    ],
)  # fmt: skip
def test_restrictions_that_cannot_be_applied_are_listed(tmp_path, relation, words):
    """Ways in between, missing members, times: a finding names the relation, and nothing is banned."""
    roads = wb.network.from_osm(cross(tmp_path / "a.osm", relation))
    assert not turns_of(roads)
    said = [f for f in roads.findings if f.column == "turns"]
    assert len(said) == 1
    assert words in said[0].got
    assert "r99" in said[0].got


def test_barriers_ban_passing_but_not_arriving(tmp_path):
    """A bollard in a road cuts it for trucks; both stretches stay."""
    nodes = {1: (0, 0), 2: (1, 0, {"barrier": "bollard"}), 3: (2, 0), 4: (3, 0, {"barrier": "gate"}), 5: (4, 0)}
    roads = wb.network.from_osm(write(tmp_path / "a.osm", nodes, {11: ([1, 2, 3, 4, 5], ROAD)}))
    assert turns_of(roads) == {("w11_1", "n2", "w11_2"), ("w11_2", "n2", "w11_1")}
    assert set(roads.turns["reason"]) == {"barrier: bollard"}
    assert roads.edges[["from", "to"]].to_numpy().tolist() == [["n1", "n2"], ["n2", "n5"]]
    assert (roads.counts["turns"], roads.counts["barriers"]) == (0, 1)
    assert any("bollard 1" in f.got for f in roads.findings)
    assert any("1 gates" in f.got for f in roads.findings)


def test_structures_are_counted_once(tmp_path):
    """A bridge of several pieces is one bridge; its directed edges are counted beside; so are turns beside barriers."""
    nodes = {k: (k, 0) for k in range(1, 8)} | {8: (3, 1), 9: (6, 1), 10: (6, -1, {"barrier": "bollard"}), 11: (6, -2)}
    over, under = ROAD | {"bridge": "yes"}, ROAD | {"tunnel": "yes", "oneway": "yes"}
    ways = {11: ([1, 2], ROAD), 12: ([2, 3], over), 13: ([3, 4], over | {"name": "N"}), 14: ([4, 5], ROAD),
            15: ([5, 6], under), 16: ([6, 7], over), 17: ([3, 8], ROAD), 18: ([6, 9], ROAD),
            19: ([6, 10, 11], ROAD)}  # fmt: skip
    relation = {99: ([("way", 12, "from"), ("node", 3, "via"), ("way", 17, "to")],
                     {"type": "restriction", "restriction": "no_left_turn"})}  # fmt: skip
    counts = wb.network.from_osm(write(tmp_path / "a.osm", nodes, ways, relation)).counts
    wanted = {"bridges": 2, "bridge_edges": 6, "tunnels": 1, "fords": 0, "ferries": 0, "turns": 1, "barriers": 1}
    assert {name: counts[name] for name in wanted} == wanted


def test_fords_mark_the_roads_that_meet_there(tmp_path):
    """A ford drawn as a node makes its stretches fords."""
    nodes = {1: (0, 0), 2: (1, 0, {"ford": "yes"}), 3: (2, 0), 4: (2, 1), 5: (3, 0)}
    ways = {11: ([1, 2, 3, 5], ROAD), 12: ([3, 4], ROAD)}
    roads = wb.network.from_osm(write(tmp_path / "a.osm", nodes, ways))
    assert dict(zip(roads.edges["to"], roads.edges["ford"], strict=True)) == {"n3": True, "n5": False, "n4": False}


def test_oneways_run_as_drawn_or_against(tmp_path):
    """A road against its drawing is turned round, with its shape."""
    nodes = CROSS | {6: (0.5, 0.2)}
    ways = {11: ([1, 6, 2], ROAD | {"oneway": "-1"}), 12: ([2, 3], ROAD | {"oneway": "yes"}), 13: ([2, 4], ROAD)}
    edges = wb.network.from_osm(write(tmp_path / "a.osm", nodes, ways)).edges
    assert edges[["from", "to", "oneway"]].to_numpy().tolist() == [
        ["n2", "n1", True], ["n2", "n3", True], ["n2", "n4", False],
    ]  # fmt: skip
    assert edges["geometry"].iloc[0].startswith("LINESTRING (9.501 47.1")


@pytest.mark.parametrize("merge", [True, False])
def test_loops_keep_two_ends(tmp_path, merge):
    """A road that ends where it starts is halved, so that no road is a loop; so is a lone ring."""
    ring = {k: (np.cos(k), np.sin(k)) for k in range(1, 7)}
    nodes = ring | {7: (3, 0), 8: (8, 8), 9: (9, 8), 10: (9, 9)}
    ways = {11: ([1, 2, 3, 4, 5, 6, 1], ROAD), 12: ([1, 7], ROAD), 13: ([8, 9, 10, 8], ROAD | {"oneway": "yes"})}
    roads = wb.network.from_osm(write(tmp_path / "a.osm", nodes, ways), merge=merge)
    assert (roads.edges["from"] != roads.edges["to"]).all()
    places = {k: (9.5 + x / 1000, 47.1 + y / 1000) for k, (x, y) in nodes.items()}
    whole = sum(pieces.GEOD.line_length(*zip(*(places[k] for k in refs), strict=True)) for refs, _ in ways.values())
    assert roads.edges["length_m"].sum() == pytest.approx(whole, abs=0.1)
    assert len(roads.edges) == 5


def test_ferries_sail_by_their_duration(tmp_path):
    """A ferry's speed is its length over its duration; without one our default holds and is told."""
    nodes = CROSS
    ferry = {"route": "ferry", "motor_vehicle": "yes"}
    ways = {11: ([1, 2], ROAD), 12: ([2, 3], ferry | {"duration": "00:01"}), 13: ([2, 4], ferry)}
    roads = wb.network.from_osm(write(tmp_path / "a.osm", nodes, ways))
    assert roads.edges["ferry"].tolist() == [False, True, True]
    assert roads.edges["speed_kmh"].tolist()[1:] == [pytest.approx(4.6, abs=0.1), 10.0]
    assert any("ferries of unknown duration" in f.got for f in roads.findings)


def test_what_is_not_known_is_counted(tmp_path):
    """Each column without data has a finding with how many roads lack it; bridges of unknown class are told apart."""
    path = cross(tmp_path / "a.osm", west={"bridge": "yes"}, east={"maxspeed": "fast", "maxweight": "7.5"})
    said = {(f.column, f.code): f.got for f in wb.network.from_osm(path).findings}
    assert said["surface", "NO_DATA"] == "none on 4 of 4 roads"
    assert said["mlc_w", "NO_DATA"] == "none on 1 of 1 bridges"
    assert said["maxspeed", "TYPE"] == "1 ways with 'fast'"
    assert said["mlc_source", "NO_DATA"] == "only a signed weight on 1 roads"


def test_a_box_keeps_what_lies_inside(tmp_path):
    """Roads end at their last node in the box; an empty box is an error, a reversed one wrong usage."""
    path = cross(tmp_path / "a.osm")
    roads = wb.network.from_osm(path, (9.4995, 47.0985, 9.5015, 47.1005), merge=False)
    assert set(roads.edges["edge_id"]) == {"w11_1", "w14_1"}
    with pytest.raises(InputError, match="roads in the box"):
        wb.network.from_osm(path, (1, 1, 2, 2))
    for box in ((2, 1, 1, 2), (1, 2, 3), (float("nan"), 0, 1, 1), (0, 0, 1, 95)):
        with pytest.raises(UsageError, match="west,south,east,north"):
            wb.network.from_osm(path, box)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.osm.pbf", b""), ("a.osm.pbf", b"not a map"), ("a.osm", b"<osm><way"), ("a.txt", b"<osm/>"),
        ("a.osm", b""), ("a.osm", b"<html/>"),
        ("a.osm", b'<!DOCTYPE osm [<!ENTITY a "aaaa">]><osm version="0.6"><node id="1" lat="1" lon="1"/></osm>'),
        ("a.osm", b'<osm version="0.6"><node id="1" lat="99" lon="x"/></osm>'),
    ],
)  # fmt: skip
def test_files_that_are_no_maps_are_refused(tmp_path, name, content):
    """A file that is none, is damaged or defines entities gives one finding."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        wb.network.from_osm(path)
    assert [f.code for f in caught.value.findings] == ["FILE_KIND"]


def test_maps_without_roads_are_refused(tmp_path):
    """A map of paths holds no roads for trucks; one whose ways lack their nodes says so; a folder is no map."""
    path = write(tmp_path / "a.osm", CROSS, {11: ([1, 2], {"highway": "footway"})})
    with pytest.raises(InputError, match="expected roads"):
        wb.network.from_osm(path)
    for nodes, refs in (({}, [1, 2]), ({-1: (0, 0), -2: (1, 0)}, [-1, -2])):
        with pytest.raises(InputError, match="ways without their nodes"):
            wb.network.from_osm(write(tmp_path / "b.osm", nodes, {11: (refs, ROAD)}))
    with pytest.raises(InputError, match="a folder"):
        wb.network.from_osm(tmp_path)


def test_truncated_extracts_are_refused(tmp_path):
    """A file that was cut short is refused wherever it was cut."""
    xml = cross(tmp_path / "a.osm")
    with osmium.SimpleWriter(str(tmp_path / "a.osm.pbf")) as out:
        for thing in osmium.FileProcessor(str(xml)):
            out.add(thing)
    data = (tmp_path / "a.osm.pbf").read_bytes()
    for size in (1, 20, len(data) // 2, len(data) - 3):
        (tmp_path / "cut.osm.pbf").write_bytes(data[:size])
        with pytest.raises(InputError):
            wb.network.from_osm(tmp_path / "cut.osm.pbf")


def metres(found, names):
    """Return the distances between nodes, by name, over a network's pieces."""
    at = {name: k for k, name in enumerate(found.node_ids)}
    cost = {}
    for (a, b), length, oneway in zip(found.ends.tolist(), found.lengths().tolist(), found.oneway, strict=True):
        for pair in [(a, b)] + ([] if oneway else [(b, a)]):
            cost[pair] = min(cost.get(pair, np.inf), length)
    rows, cols = zip(*cost, strict=True)
    graph = coo_matrix((list(cost.values()), (rows, cols)), shape=(len(at),) * 2).tocsr()
    spots = [at[name] for name in names]
    return dijkstra(graph, indices=spots)[:, spots]


@st.composite
def maps(draw):
    """Ways over a small grid, of few kinds, some one-way, some crossing themselves."""
    ways = {}
    for way in range(draw(st.integers(1, 8))):
        refs = draw(st.lists(st.integers(0, 15), min_size=2, max_size=7))
        tags = {"highway": draw(st.sampled_from(["residential", "primary"]))}
        if draw(st.booleans()):
            tags["oneway"] = draw(st.sampled_from(["yes", "-1"]))
        ways[way + 1] = (refs, tags)
    return ways


@settings(max_examples=150)
@given(maps())
def test_cutting_and_merging_keep_distances(tmp_path_factory, ways):
    """Between the nodes that stay, the merged roads are as long as the map's ways, link by link."""
    nodes = {k: (k % 4 + 0.01 * k, k // 4) for k in range(16)}
    path = write(tmp_path_factory.mktemp("maps") / "a.osm", nodes, ways)
    links = {w: refs for w, (refs, _) in ways.items() if any(a != b for a, b in itertools.pairwise(refs))}
    if not links:
        return
    whole = osm.cut(osm.read(path))
    small = pieces.merged(whole)
    assert len(small.ids) <= len(whole.ids)
    assert (small.ends[:, 0] != small.ends[:, 1]).all()
    assert small.lengths().sum() == pytest.approx(whole.lengths().sum())
    np.testing.assert_allclose(metres(small, small.node_ids), metres(whole, small.node_ids), rtol=1e-9)
    plain = osm.Read()
    for way, (refs, tags) in ways.items():  # each link a way of its own: the same distances
        sense = tags.get("oneway")
        for a, b in itertools.pairwise(refs):
            if a != b:
                ends = (b, a) if sense == "-1" else (a, b)
                plain.way_ids.append(way)
                plain.kind.append(plain.kinds.setdefault(small.kinds[0], 0))
                plain.oneway.append(sense is not None)
                plain.sizes.append(2)
                plain.refs += ends
                plain.lonlat += [
                    (round(9.5 + nodes[k][0] / 1000, 7), round(47.1 + nodes[k][1] / 1000, 7)) for k in ends
                ]
    links = osm.cut(plain)
    np.testing.assert_allclose(metres(small, small.node_ids), metres(links, small.node_ids), rtol=1e-6)


@pytest.mark.parametrize("name", BANDS)
def test_real_extracts_lie_within_their_bands(name):
    """Nodes, directed edges, kilometres and restrictions of the extracts are as counted before, within 10 %."""
    file = extract(name)
    nodes, edges, km, turns, bridges = BANDS[name]
    roads = wb.network.from_osm(file)
    assert roads.counts["nodes"] == pytest.approx(nodes, rel=0.1)
    assert roads.counts["edges"] == pytest.approx(edges, rel=0.1)
    both = roads.edges["length_m"] * (2 - roads.edges["oneway"])
    assert both.sum() / 1000 == pytest.approx(km, rel=0.1)
    assert roads.counts["turns"] == pytest.approx(turns, rel=0.1)
    assert roads.counts["bridge_edges"] == pytest.approx(bridges, rel=0.1)
    assert roads.components.set_index("connection").loc["strong", "share"] == pytest.approx(0.965, abs=0.01)
