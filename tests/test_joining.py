"""Roads laid under a scenario folder, by function and by command: all of it or nothing."""

import json
import shutil
from pathlib import Path

import pytest

import workbench as wb
from tests.maps import CROSS, ROAD, cross, extract, write
from workbench import cli
from workbench.errors import InputError, UsageError
from workbench.scenario.joining import lay_roads


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
    assert {(f.file, f.code) for f in findings} == {("edges.csv", "NO_DATA")}
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
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(b"x")
    with pytest.raises(UsageError, match="no scenario"):
        lay_roads(tmp_path / "photos", roads)
    assert [p.name for p in (tmp_path / "photos").iterdir()] == ["a.jpg"]
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


def test_turns_between_roads_that_do_not_meet_are_found(folder, tmp_path):
    """A banned turn through a node where one of its roads does not end is named with its row."""
    nodes = CROSS | {6: (1, 3), 7: (3, 3)}
    ways = {k: ([2, k], ROAD | {"name": str(k)}) for k in (1, 3, 4, 5)} | {8: ([4, 6, 7], ROAD), 9: ([4, 7], ROAD)}
    wb.scenario.lay_roads(folder, wb.network.from_osm(write(tmp_path / "a.osm", nodes, ways)))
    rows = "from_edge,via_node,to_edge\nw4_1,n4,w8_1\nw5_1,n4,w8_1\n"
    (folder / "turns.csv").write_text(rows, encoding="utf-8")
    said = [(f.file, f.row, f.column, f.code) for f in wb.scenario.validate(folder) if f.code != "NO_DATA"]
    assert said == [("turns.csv", 3, "from_edge", "CONFLICT")]


def contents(folder):
    """Return every file of a folder with its bytes."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


FAR = {k: (x + 3000, y) for k, (x, y) in CROSS.items()}
"""The crossing three degrees farther east."""


def far(path):
    """Write the crossing of another area."""
    return write(path, FAR, {11: ([1, 2, 3], ROAD), 12: ([5, 2, 4], ROAD)})


def test_roads_of_another_area_change_nothing(folder, tmp_path, capsys):
    """Where no place is near the roads, it is said how far they are, and the folder stays byte for byte."""
    path = cross(tmp_path / "a.osm")
    assert run(capsys, "import", "osm", path, "--into", folder)[0] == 0
    before = contents(folder)
    code, said = run(capsys, "import", "osm", far(tmp_path / "b.osm"), "--into", folder, "--replace", "--json")
    (finding,) = json.loads(said.out)
    assert (code, finding["code"], finding["file"]) == (1, "OFF_ROAD", "nodes.csv")
    assert finding["got"].startswith("none of 2: D (the nearest road, w11_1, is 227.")
    assert "12.5, 47.099, 12.502, 47.101" in finding["expected"]
    assert contents(folder) == before
    code, said = run(capsys, "import", "osm", far(tmp_path / "b.osm"), "--into", folder, "--replace")
    assert "1 error(s): nothing was imported, and no file was changed." in said.err
    assert contents(folder) == before


def test_a_place_outside_the_box_is_named(folder, tmp_path, capsys):
    """Places that the box leaves out are counted, named, and told why; the others are joined."""
    with (folder / "nodes.csv").open("a") as table:
        table.write("F,Far Post,unit,9.7,47.1\n")
    box = "9.4,47.05,9.6,47.15"
    code, said = run(capsys, "import", "osm", cross(tmp_path / "a.osm"), "--bbox", box, "--into", folder, "--json")
    body = json.loads(said.out)
    assert (code, body["places"], body["not_joined"]) == (0, 3, ["F"])
    (finding,) = (f for f in body["findings"] if f["file"] == "nodes.csv")
    assert finding["expected"].endswith("F (Far Post)")
    assert finding["got"].startswith("not joined: the nearest road, w12_1, is 15 km away; the limit is 5 km")
    assert finding["got"].endswith("it lies outside the ground that was read (9.4, 47.05, 9.6, 47.15)")
    assert "Read a larger area" in finding["remedy"]
    note = wb.scenario.load(folder).tables["nodes"].set_index("node_id").loc["F", "road_note"]
    assert note == "not joined: the nearest road, w12_1, is 15 km away; the limit is 5 km"
    code, said = run(capsys, "import", "osm", cross(tmp_path / "a.osm"), "--into", folder, "--replace")
    assert "Not joined to any road: 1 of 3: F." in said.out


def test_waterways_stay(folder, tmp_path):
    """Waterways that planners drew stay when roads are replaced, with their nodes, quays and banned turns."""
    path = cross(tmp_path / "a.osm")
    lay_roads(folder, wb.network.from_osm(path))
    rows = {
        "nodes.csv": "Q,,junction,9.5011,47.0999,quay\nB1,,junction,9.5011,47.0899,\nB2,,junction,9.5,47.08,\n",
        "edges.csv": "RIVER1,Q,B1,1115,waterway\nRIVER2,B1,B2,1380,waterway\n",
    }
    for name, more in rows.items():
        sc = wb.scenario.load(folder)
        columns = {"nodes.csv": "node_id,name,kind,lon,lat,landing", "edges.csv": "edge_id,from,to,length_m,road_class"}
        table = sc.tables[name[:-4]][columns[name].split(",")].to_csv(index=False)
        (folder / name).write_text(table + more, encoding="utf-8")
    (folder / "turns.csv").write_text(
        "from_edge,via_node,to_edge\nRIVER1,B1,RIVER2\nw14_1,n2,w13_1\n", encoding="utf-8"
    )
    assert not [f for f in wb.scenario.validate(folder) if f.level == "error"]
    laid, _ = lay_roads(folder, wb.network.from_osm(path), replace=True)
    sc = wb.scenario.load(folder)
    edges = sc.tables["edges"].set_index("edge_id")
    assert edges.loc[["RIVER1", "RIVER2"], "road_class"].tolist() == ["waterway"] * 2
    assert {"access-Q", "access-D", "access-U"} <= set(edges.index)
    assert not {"access-B1", "access-B2"} & set(edges.index)
    nodes = set(sc.tables["nodes"]["node_id"])
    assert {"Q", "B1", "B2"} <= nodes
    assert sc.tables["turns"][["from_edge", "via_node", "to_edge"]].to_numpy().tolist() == [["RIVER1", "B1", "RIVER2"]]
    said = {f.file: f.got for f in laid.findings if f.code == "LEFT_OUT" and f.file.endswith(".csv")}
    assert said["turns.csv"] == "1 rows of before, 1 of them not among the new: w14_1 to w13_1"
    assert said["edges.csv"].endswith("1 of them not among the new: w14_1")


def test_what_makes_way_is_said(folder, tmp_path):
    """Roads that the import does not have, and columns of one's own, are counted and named."""
    lay_roads(folder, wb.network.from_osm(cross(tmp_path / "a.osm")))
    edges = folder / "edges.csv"
    header, *rows = edges.read_text("utf-8").splitlines()
    own = rows[0].replace(rows[0].split(",")[0], "MY-TRACK", 1)
    edges.write_text("\n".join([f"{header},checked by", *(f"{row},me" for row in [*rows, own])]), encoding="utf-8")
    laid, _ = lay_roads(folder, wb.network.from_osm(tmp_path / "a.osm"), replace=True)
    said = [f.got for f in laid.findings if f.file == "edges.csv"]
    assert said == [f"{len(rows) + 1} rows of before, 1 of them not among the new: MY-TRACK", "checked by"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("closures.csv", "edge_id,reason\nOLD-BRIDGE,blown\n"),
        ("coas/detour.toml", 'close = ["OLD-BRIDGE"]\n'),
    ],
)
def test_what_does_not_fit_the_roads_is_said_before_anything_is_written(folder, tmp_path, name, text):
    """A closure or a course of action that names roads of before refuses the import, and nothing is written."""
    (folder / "coas").mkdir()
    (folder / name).write_text(text, encoding="utf-8")
    before = contents(folder)
    roads = wb.network.from_osm(cross(tmp_path / "a.osm"))
    with pytest.raises(InputError, match="OLD-BRIDGE"):
        lay_roads(folder, roads)
    assert contents(folder) == before
    assert [p.name for p in folder.iterdir() if p.name.startswith(".")] == []
    (folder / name).write_text(text.replace("OLD-BRIDGE", "w11_1.1"), encoding="utf-8")
    lay_roads(folder, roads)
    assert (folder / "edges.csv").is_file()


@pytest.mark.parametrize("at", [0, 1, 6, 8, 9])
def test_a_failure_while_files_are_moved_changes_nothing(folder, tmp_path, monkeypatch, at):
    """Wherever moving stops, the folder is as it was, basemap included."""
    roads = wb.network.from_osm(cross(tmp_path / "a.osm"))
    lay_roads(folder, roads, basemap={"water.geojson": b"old water"})
    with (folder / "nodes.csv").open("a") as table:
        table.write("X,,unit,9.5005,47.1002\n")
    before, move, moves = contents(folder), Path.replace, []

    def fails(self, target):
        moves.append(target)
        if len(moves) == at + 1:
            raise KeyboardInterrupt
        return move(self, target)

    with monkeypatch.context() as patched:
        patched.setattr("workbench.formats.tabular.write_bytes", lambda path, data: path.write_bytes(data))
        patched.setattr("workbench.scenario.joining.Path.replace", fails)
        with pytest.raises(KeyboardInterrupt):
            lay_roads(folder, roads, basemap={"water.geojson": b"", "places.geojson": b"new"}, replace=True)
    assert contents(folder) == before
    lay_roads(folder, roads, basemap={"water.geojson": b"", "places.geojson": b"new"}, replace=True)
    assert sorted(p.name for p in (folder / "basemap").iterdir()) == ["places.geojson"]
    assert "X" in set(wb.scenario.load(folder).tables["nodes"]["node_id"])


def test_a_refused_import_makes_no_folder(tmp_path, capsys):
    """A folder that was to be made is not there after a refusal, nor its parents."""
    relief = ["--relief", str(tmp_path / "N10E009.hgt")]
    (tmp_path / "N10E009.hgt").write_bytes(b"\0" * 8)
    code, _ = run(capsys, "import", "osm", cross(tmp_path / "a.osm"), "--into", tmp_path / "x" / "y", *relief)
    assert code == 2
    assert not (tmp_path / "x").exists()
    code, said = run(capsys, "import", "osm", tmp_path / "a.osm", "--into", tmp_path / "a.osm" / "y")
    assert code == 2
    assert "can't be written into" in said.err


def test_a_basemap_stays_unless_it_is_to_be_replaced(folder, tmp_path):
    """Files that are there stay; told to replace, those of other roads go even where nothing stands for them."""
    roads = wb.network.from_osm(cross(tmp_path / "a.osm"))
    lay_roads(folder, roads, basemap={"water.geojson": b"first", "places.geojson": b""})
    assert {p.name: p.read_bytes() for p in (folder / "basemap").iterdir()} == {"water.geojson": b"first"}
    shutil.rmtree(folder / "basemap")
    for file in ("edges.csv", "turns.csv"):
        (folder / file).unlink()
    (folder / "basemap").mkdir()
    (folder / "basemap" / "water.geojson").write_bytes(b"mine")
    lay_roads(folder, roads, basemap={"water.geojson": b"new", "landcover.geojson": b"woods"})
    found = {p.name: p.read_bytes() for p in (folder / "basemap").iterdir()}
    assert found == {"water.geojson": b"mine", "landcover.geojson": b"woods"}


def test_a_made_up_scenario_refuses_roads_of_elsewhere(tmp_path, capsys):
    """A whole made-up scenario stays as it was under an extract of another country."""
    wb.generate.new(tmp_path / "made", size="company", seed=3)
    before = contents(tmp_path / "made")
    file = extract("liechtenstein-240304")
    code, said = run(capsys, "import", "osm", file, "--into", tmp_path / "made", "--replace")
    assert (code, "Traceback" in said.err) == (1, False)
    assert contents(tmp_path / "made") == before
