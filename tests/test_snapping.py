"""Places joined to roads, and roads laid under a scenario folder, by function and by command."""

import json
import subprocess
import sys

import numpy as np
import pytest

import workbench as wb
from tests.maps import CROSS, ROAD, cross, extract, write
from workbench import cli
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
    assert notes["P2"] == "not joined: no road near"
    assert {"P0", "P1", "P2", "P3"} <= set(done.nodes["node_id"])
    said = {f.row: f.got for f in done.findings if f.code == "OFF_ROAD" and f.file == "nodes.csv"}
    assert said[3].startswith("nearest road w15_1, in part ")
    assert said[4] == "no road within reach"
    assert said[5].startswith("325 m to")
    assert 2 not in said


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


def test_names_must_differ(tmp_path):
    """A place called like a node of the roads is refused."""
    roads = wb.network.from_osm(cross(tmp_path / "a.osm"))
    with pytest.raises(WorkbenchError, match="n2"):
        wb.network.snap(roads, places((1, 0)).assign(node_id="n2"))


@pytest.fixture
def folder(tmp_path):
    """A scenario folder without roads: a depot and a unit beside the crossing, one truck."""
    home = tmp_path / "scenario"
    home.mkdir()
    files = {
        "scenario.toml": '# ours\nname = "Crossing"\nas_of = "2026-05-01T04:00:00Z"\nhorizon_h = 12\n'
        'marking = "EXERCISE"\n\n[status.P-DOS]\n'
        "green = 3\namber = 2\nred = 1\n",
        "nodes.csv": "node_id,name,kind,lon,lat\nD,Depot,depot,9.5001,47.1001\nU,Post,unit,9.5019,47.0999\n"
        "J,old junction,junction,9.501,47.1\n",
        "units.csv": "unit_id,name,node_id,headcount,fad\nU1,Alpha,U,100,II\n",
        "requisitions.csv": "requisition_id,unit_id,supply_class,item,quantity,unit_of_issue,weight_kg,pallets\n"
        "R1,U1,I,MRE case,100,CS,1030,2.1\n",
        "fleet.csv": "vehicle_type,owner,depot,count,profile,payload_kg,pallets\nM1083,BSB,D,1,wheeled_medium,4536,4\n",
        "stock.csv": "node_id,supply_class,item,on_hand,unit_of_issue\nD,I,MRE case,1000,CS\n",
    }
    for name, text in files.items():
        (home / name).write_text(text, encoding="utf-8")
    return home


def test_roads_are_laid_under_a_folder(folder, tmp_path):
    """The folder gets its roads and is sound; its settings keep their words; its own old junction goes."""
    roads = wb.network.from_osm(cross(tmp_path / "a.osm"))
    laid, findings = wb.scenario.lay_roads(folder, roads)
    assert findings == []
    sc = wb.scenario.load(folder)
    assert set(laid.nodes["node_id"]) == set(sc.tables["nodes"]["node_id"])
    assert "J" not in set(sc.tables["nodes"]["node_id"])
    assert sc.tables["edges"].equals(laid.edges)
    text = (folder / "scenario.toml").read_text("utf-8")
    assert text.startswith("# ours\n")
    assert sc.settings["attribution"] == wb.network.ATTRIBUTION
    problem = wb.problem.build(sc)
    assert any(wb.network.ATTRIBUTION in sentence for sentence in problem.assumptions)
    plan = wb.engines.solve(problem, budget=wb.Budget(iterations=20), seed=1)
    assert not plan.unserved
    assert wb.check.check(problem, plan) == []


def test_roads_are_never_overwritten_untold(folder, tmp_path):
    """A folder with roads keeps them unless told; told, the same import gives the same files."""
    roads = wb.network.from_osm(cross(tmp_path / "a.osm"))
    wb.scenario.lay_roads(folder, roads)
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    with pytest.raises(UsageError, match="--replace"):
        wb.scenario.lay_roads(folder, roads)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before
    wb.scenario.lay_roads(folder, roads, replace=True)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before


def test_a_new_folder_gets_templates(tmp_path):
    """Roads go under a folder that does not exist yet, which then lacks only what planners must fill in."""
    roads = wb.network.from_osm(cross(tmp_path / "a.osm"))
    _, findings = wb.scenario.lay_roads(tmp_path / "new", roads)
    assert not [f for f in findings if f.level == "error"]
    assert (tmp_path / "new" / "edges.csv").is_file()


def test_folders_that_cannot_take_roads(folder, tmp_path):
    """A file, a workbook and unsound nodes are refused, and nothing is written."""
    roads = wb.network.from_osm(cross(tmp_path / "a.osm"))
    with pytest.raises(UsageError, match="is a file"):
        wb.scenario.lay_roads(folder / "nodes.csv", roads)
    (folder / "nodes.csv").write_text("node_id,kind,lon,lat\nD,depot,nowhere,47.1\n", encoding="utf-8")
    with pytest.raises(InputError):
        wb.scenario.lay_roads(folder, roads)
    assert not (folder / "edges.csv").exists()
    (folder / "scenario.xlsx").write_bytes(b"")
    (folder / "scenario.toml").unlink()
    with pytest.raises(UsageError, match=r"scenario\.xlsx"):
        wb.scenario.lay_roads(folder, roads)


def run(capsys, *words):
    """Run a command; return its exit code and what it printed."""
    with pytest.raises(SystemExit) as caught:
        cli.main([str(w) for w in words])
    return caught.value.code or 0, capsys.readouterr()


def test_the_command_counts_and_lays(folder, tmp_path, capsys):
    """``import osm`` prints the counts before merging; with --into the folder can be planned."""
    path = cross(tmp_path / "a.osm", east={"highway": "primary"})
    code, said = run(capsys, "import", "osm", path, "--json")
    body = json.loads(said.out)
    assert (code, body["nodes"], body["edges"]) == (0, 5, 8)
    code, said = run(capsys, "import", "osm", path, "--into", folder, "--bbox", "9.4,47,9.6,47.2")
    assert code == 0
    assert "OpenStreetMap contributors" in said.out
    code, said = run(capsys, "import", "osm", path, "--into", folder)
    assert code == 2
    assert "--replace" in said.err
    assert run(capsys, "validate", folder)[0] == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [(["nothing.osm.pbf"], 1), (["a.osm", "--bbox", "1,1,2,2"], 1), (["a.osm", "--bbox", "west"], 2),
     (["a.osm", "--bbox", "9.6,47,9.4,48"], 2), (["cut.osm.pbf", "--json"], 1)],
)  # fmt: skip
def test_the_command_fails_in_words(tmp_path, capsys, monkeypatch, words, code):
    """Faulty files are findings, faulty boxes wrong usage; there is never a traceback."""
    cross(tmp_path / "a.osm")
    (tmp_path / "cut.osm.pbf").write_bytes(b"\x00\x00\x00\x0d\x0a\x09OSMHeader")
    monkeypatch.chdir(tmp_path)
    found, said = run(capsys, "import", "osm", *words)
    assert found == code
    assert "Traceback" not in said.err + said.out
    if "--json" in words:
        assert json.loads(said.out)[0]["code"] == "FILE_KIND"


def test_a_real_extract_is_ready_in_three_seconds():
    """From a file to a profile-ready network takes at most 3 s of one core."""
    code = (
        "import time, sys, workbench as wb\n"
        "from datetime import UTC, datetime\n"
        "from workbench import fleet\n"
        "from workbench.formats import checks\n"
        "from workbench.ground import roads\n"
        "from workbench.schema import TABLES\n"
        "start = time.process_time()\n"
        "found = wb.network.from_osm(sys.argv[1])\n"
        "tables = {**found.tables, 'closures': checks.empty(TABLES['closures'])}\n"
        "net = roads.network(tables, fleet.profiles({}), as_of=datetime(2026, 5, 1, tzinfo=UTC), horizon_s=86400)\n"
        "net.barriers(roads.Limits('wheeled_medium', 14.0, 2.85, 2.44))\n"
        "print(time.process_time() - start)\n"
    )
    for name in ("andorra-250119", "liechtenstein-240304"):
        command = [sys.executable, "-c", code, str(extract(name))]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert float(done.stdout) <= 3.0


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


def test_turns_between_roads_that_do_not_meet_are_found(folder, tmp_path):
    """A banned turn through a node where one of its roads does not end is named with its row."""
    nodes = CROSS | {6: (1, 3), 7: (3, 3)}
    ways = {k: ([2, k], ROAD | {"name": str(k)}) for k in (1, 3, 4, 5)} | {8: ([4, 6, 7], ROAD), 9: ([4, 7], ROAD)}
    wb.scenario.lay_roads(folder, wb.network.from_osm(write(tmp_path / "a.osm", nodes, ways)))
    rows = "from_edge,via_node,to_edge\nw4_1,n4,w8_1\nw5_1,n4,w8_1\n"
    (folder / "turns.csv").write_text(rows, encoding="utf-8")
    said = [(f.file, f.row, f.column, f.code) for f in wb.scenario.validate(folder)]
    assert said == [("turns.csv", 3, "from_edge", "CONFLICT")]
