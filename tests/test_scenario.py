"""Scenarios read from folders and workbooks, written back, and changed by courses of action."""

import shutil
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from folders import COA, THREATS, TOML, small, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench import scenario
from workbench.errors import InputError, UsageError
from workbench.scenario import Change
from workbench.schema import SUPPLY_CLASSES, TABLES
from workbench.units import mgrs_from_lonlat

SAMPLE = Path(__file__).parents[1] / "sample_data" / "four_drops"


@pytest.fixture
def folder(tmp_path):
    """A sound small scenario folder."""
    return write(tmp_path / "small", small())


@pytest.fixture
def sc(folder):
    """The small scenario."""
    return scenario.load(folder)


def found(findings):
    """File, sheet, row, column and code of each finding."""
    return [(f.file, f.sheet, f.row, f.column, f.code) for f in findings]


def test_load_types_every_table(sc):
    """Every declared table is there, typed, with defaults, ids as they are and positions filled."""
    assert set(sc.tables) == set(TABLES)
    assert sc.tables["requisitions"]["requisition_id"].tolist()[:2] == ["0001", "0002"]
    assert sc.tables["requisitions"]["latest"].iloc[0].isoformat() == "2026-05-01T18:00:00+00:00"
    assert sc.tables["nodes"]["handling_min_per_pallet"].tolist()[0] == 5.0
    assert sc.tables["factors"].empty
    assert (sc.name, sc.horizon_s, sc.marking) == ("small", 86_400, "UNCLASSIFIED//EXERCISE")
    assert len(sc.threats["features"]) == 1
    assert sc.coa_names == ("baseline", "detour")
    assert sc.warnings == ()


def test_a_unit_named_na_stays_a_unit(tmp_path):
    """Ids that pandas would take for missing are ids."""
    tables = small()
    tables["units"][7]["unit_id"] = "NA"
    tables["requisitions"] = [{**r, "unit_id": "NA"} for r in tables["requisitions"]]
    loaded = scenario.load(write(tmp_path, tables))
    assert set(loaded.tables["requisitions"]["unit_id"]) == {"NA"}


def test_positions_by_mgrs(tmp_path):
    """A node may give MGRS instead of lon and lat; both are filled after loading."""
    tables = small()
    tables["nodes"][4] |= {"lon": "", "lat": "", "mgrs": mgrs_from_lonlat(12.0, 51.04)}
    loaded = scenario.load(write(tmp_path, tables))
    node = loaded.tables["nodes"].iloc[4]
    assert (round(node["lon"], 3), round(node["lat"], 3)) == (12.0, 51.04)


def test_load_raises_once_with_all_findings(tmp_path):
    """InputError carries what validate lists, warnings too."""
    tables = small()
    tables["nodes"][3]["kind"] = "warehouse"
    tables["requisitions"][1]["litres"] = ""
    tables["fleet"][1]["count"] = "-1"
    place = write(tmp_path, tables)
    with pytest.raises(InputError, match="2 problem") as caught:
        scenario.load(place)
    assert list(caught.value.findings) == scenario.validate(place)
    assert len(caught.value.findings) == 3


def test_warnings_come_with_the_scenario(tmp_path):
    """Findings of level warning do not stop loading."""
    tables = small()
    tables["requisitions"][1]["litres"] = ""
    assert [f.code for f in scenario.load(write(tmp_path, tables)).warnings] == ["LITRES"]


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda p: p / "absent", "MISSING_FILE"),
        (lambda p: p, "MISSING_FILE"),
        (lambda p: (p / "note.txt").write_text("hello") and p / "note.txt", "FILE_KIND"),
        (lambda p: (p / "scenario.xlsx").write_text("hello") and p, "FILE_KIND"),
        (lambda p: (p / "readme.md").write_text("hello") and p, "MISSING_FILE"),
    ],
    ids=["nothing", "empty folder", "text file", "no workbook", "folder of something else"],
)
def test_a_path_to_something_else_is_one_friendly_finding(tmp_path, make, code):
    """A path that is no scenario gives one finding, and load the same as an error."""
    path = make(tmp_path)
    assert [f.code for f in scenario.validate(path)] == [code]
    with pytest.raises(InputError):
        scenario.load(path)


def test_missing_files_are_one_finding_each(folder):
    """A required file that is missing is one finding; references into it are not asked about."""
    (folder / "nodes.csv").rename(folder / "node.csv")
    (folder / "fleet.csv").unlink()
    (folder / "scenario.toml").unlink()
    findings = scenario.validate(folder)
    assert [(f.file, f.code) for f in findings if f.level == "error"] == [
        ("fleet.csv", "MISSING_FILE"), ("nodes.csv", "MISSING_FILE"), ("scenario.toml", "MISSING_FILE"),
    ]  # fmt: skip
    assert findings[1].got == "node.csv"


def test_optional_files_may_be_missing(folder):
    """Without units, stock, closures and the rest, requisitions that name their node are enough."""
    rows = small()
    for name in ("units", "stock", "closures", "items", "compatibility", "threats"):
        (folder / f"{name}.{'geojson' if name == 'threats' else 'csv'}").unlink()
    rows["requisitions"] = [{**r, "node_id": "N007"} for r in rows["requisitions"] if r["item"] != "Tent pole"]
    write(folder, {"requisitions": rows["requisitions"]}, coas={}, threats="")
    assert scenario.validate(folder) == []


def test_a_single_table_can_be_validated(folder, tmp_path):
    """A path to one table gives its own findings: against its folder, or alone."""
    text = (folder / "fleet.csv").read_text().replace("wheeled_heavy", "hovering").replace(",5000,", ",heavy,")
    (folder / "fleet.csv").write_text(text)
    (folder / "nodes.csv").write_text((folder / "nodes.csv").read_text().replace("depot", "warehouse"))
    assert [f.code for f in scenario.validate(folder / "fleet.csv")] == ["TYPE", "TYPE", "UNKNOWN_REFERENCE"]
    alone = shutil.copy(folder / "fleet.csv", tmp_path)
    assert [f.code for f in scenario.validate(alone)] == ["TYPE", "TYPE"]


def test_sample_data_is_sound():
    """The committed samples have no errors."""
    for sample in sorted(SAMPLE.parent.iterdir()):
        if (sample / "scenario.toml").is_file():
            assert [f for f in scenario.validate(sample) if f.level == "error"] == [], sample.name


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("as_of = 2026-05-01T04:00:00Z", "as_of = 2026-05-01T04:00:00", (2, "as_of", "NAIVE_TIME")),
        ("as_of = 2026-05-01T04:00:00Z", 'as_of = "2026-05-01"', (2, "as_of", "NAIVE_TIME")),
        ("as_of = 2026-05-01T04:00:00Z\n", "", (0, "as_of", "REQUIRED")),
        ("as_of = 2026", "asof = 2026", (2, "asof", "SETTING")),
        ("horizon_h = 24", "horizon_h = 0", (3, "horizon_h", "RANGE")),
        ("horizon_h = 24", 'horizon_h = "24 h"', (3, "horizon_h", "SETTING")),
        ("horizon_h = 24", "horizon_h = 24 hours", (3, "", "SETTING")),
        ("horizon_h = 24", "horizon_h = nan", (3, "horizon_h", "SETTING")),
        ("horizon_h = 24", "horizn_h = 24", (3, "horizn_h", "SETTING")),
        ("horizon_h = 24", "horizon_h = 24\ncolour = 1", (4, "colour", "SETTING")),
        ("horizon_h = 24", 'horizon_h = 24\nunknown_mlc = "guess"', (4, "unknown_mlc", "SETTING")),
        ("horizon_h = 24", 'horizon_h = 24\nnight_from = "dusk"', (4, "night_from", "TYPE")),
        ("horizon_h = 24", 'horizon_h = 24\nobjective = "cheap"', (4, "objective", "SETTING")),
        ('"small"', '"small', (1, "", "SETTING")),
        ('marking = "UNCLASSIFIED//EXERCISE"\n', "", (0, "marking", "SETTING")),
        ('marking = "UNCLASSIFIED//EXERCISE"\n', "marking = 3\n", (4, "marking", "SETTING")),
        ("horizon_h = 24", "horizon_h = 24\n[objective]\nweights = {99 = 1}", (4, "objective", "SETTING")),
    ],
)
def test_settings_that_are_wrong_are_named_with_their_line(folder, old, new, place):
    """Each fault of scenario.toml is one finding at its line."""
    text = TOML.replace(old, new)
    if "[objective]" in text:
        text = text.replace('marking = "UNCLASSIFIED//EXERCISE"\n', "") + "weights.1 = 2\n"
        text = TOML + "[objective]\nweights = {99 = 1}\n"
        place = (5, "objective", "SETTING")
    (folder / "scenario.toml").write_text(text)
    assert found(scenario.validate(folder)) == [("scenario.toml", "", *place)]


def test_settings_that_are_not_utf8(folder):
    """Undecodable bytes in the settings are a finding with their line."""
    (folder / "scenario.toml").write_bytes(TOML.replace("small", "caf\xe9").encode("latin-1"))
    assert found(scenario.validate(folder)) == [("scenario.toml", "", 1, "", "ENCODING")]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        (COA.replace("E001", "E999"), [(3, "close", "COA")]),
        (COA.replace("wheeled_medium", "wheeled"), [(6, "speed_factor", "COA")]),
        (COA.replace("0.8", "-1"), [(5, "speed_factor", "COA")]),
        (COA.replace("close =", "clos ="), [(3, "clos", "COA")]),
        (COA.replace('"E001"', "1"), [(3, "close", "COA")]),
        (COA.replace('table = "fleet"', 'table = "trucks"'), [(8, "table", "COA")]),
        (COA.replace('op = "set"', 'op = "change"'), [(8, "op", "COA")]),
        (COA.replace("{count = 2}", "{counts = 2}"), [(8, "counts", "COA")]),
        (COA.replace("{count = 2}", "{count = -2}"), [(8, "count", "RANGE")]),
        (COA.replace("{count = 2}", '{count = "two"}'), [(8, "count", "TYPE")]),
        (COA.replace("{count = 2}", '{end_depot = "N999"}'), [(8, "end_depot", "UNKNOWN_REFERENCE")]),
        (COA.replace("{count = 2}", '{depot = "N002"}'), [(8, "vehicle_type", "COA")]),
        (COA.replace('depot = "N001"', 'depot = "N009"'), [(8, "where", "COA")]),
        (COA.replace('op = "set"', 'op = "add"'), [(8, "where", "COA")]),
        (COA.replace('op = "set"', 'op = "add"').replace("where =", "#"), [
            (8, "depot", "MISSING_COLUMN"), (8, "payload_kg", "MISSING_COLUMN"), (8, "profile", "MISSING_COLUMN"),
            (8, "vehicle_type", "MISSING_COLUMN"),
        ]),
        (COA.replace("values =", "vals ="), [(8, "changes", "COA")]),
        (COA + 'nonsense', [(13, "", "SETTING")]),
        ('base = "nobody"', [(1, "base", "COA")]),
        ('base = "detour"', [(1, "base", "COA")]),
        ('objective = "cheap"', [(1, "objective", "COA")]),
        ('name = "other"', [(1, "name", "COA")]),
        ("base = 3", [(1, "base", "COA")]),
    ],
)  # fmt: skip
def test_courses_of_action_that_are_wrong_are_named(tmp_path, text, places):
    """Each fault of a course of action is a finding in its file, at its line."""
    findings = scenario.validate(write(tmp_path, small(), coas={"detour": text}))
    assert found(findings) == [("coas/detour.toml", "", *place) for place in places]


def test_bases_may_not_run_in_a_circle(tmp_path):
    """Two courses of action that start from each other are both named."""
    place = write(tmp_path, small(), coas={"a": 'base = "b"', "b": 'base = "a"'})
    assert found(scenario.validate(place)) == [(f"coas/{n}.toml", "", 1, "base", "COA") for n in "ab"]
    sc = scenario.load(SAMPLE)
    loop = {n: scenario.CourseOfAction(n, base=b) for n, b in (("a", "b"), ("b", "a"))}
    with pytest.raises(UsageError, match="circle"):
        scenario.apply(sc.replace(coas=loop), "a")


def test_a_fault_of_a_base_is_not_said_of_what_stands_on_it(tmp_path):
    """A course of action on a faulty base has no finding for the base's fault."""
    bad = '[[changes]]\ntable = "trucks"\nop = "set"\n'
    place = write(tmp_path, small(), coas={"a": bad, "b": 'base = "a"'})
    assert found(scenario.validate(place)) == [("coas/a.toml", "", 1, "table", "COA")]


def test_apply_lays_the_differences_on(sc):
    """Closures, speeds and changed rows; the scenario itself stays as it was."""
    after = scenario.apply(sc, "detour")
    assert after.tables["closures"]["edge_id"].tolist() == ["E002", "", "E001"]
    trucks = after.tables["fleet"]
    assert trucks["count"].tolist() == [2, 2, 2, 4]
    speeds, before = after.tables["profiles"], scenario.apply(sc).tables["profiles"]
    assert before.empty
    medium = speeds[(speeds["profile"] == "wheeled_medium") & (speeds["road_class"] == "secondary")]
    library = scenario.laying.fleet.default_profiles()
    was = library[(library["profile"] == "wheeled_medium") & (library["road_class"] == "secondary")]
    assert medium["day_kmh"].iloc[0] == pytest.approx(0.8 * was["day_kmh"].iloc[0])
    assert sc.tables["fleet"]["count"].tolist() == [3, 2, 2, 4]
    for name in TABLES:
        assert after.tables[name].dtypes.equals(sc.tables[name].dtypes), name


def test_apply_adds_removes_and_reopens(sc):
    """Rows can be added and removed, and a closed road opened."""
    new = {"vehicle_type": "BOAT", "depot": "N002", "count": 1, "profile": "wheeled_light", "payload_kg": 900}
    coa = scenario.derive(
        sc, "river", base="detour", reopen=["E002", "E001"], objective={"weights": {"1": 5.0}},
        changes=[
            Change("fleet", "add", {}, new), Change("fleet", "remove", {"vehicle_type": "LIGHT"}),
            Change("requisitions", "set", {"requisition_id": "0003"}, {"priority": 1, "latest": "", "pallets": 2.5}),
        ],
    )  # fmt: skip
    after = scenario.apply(scenario.with_coa(sc, coa), "river")
    assert after.tables["fleet"]["vehicle_type"].tolist() == ["TRUCK", "TRUCK", "TANKER", "BOAT"]
    assert after.tables["closures"]["edge_id"].tolist() == [""]
    assert after.settings["objective"] == {"weights": {"1": 5.0}}
    changed = after.tables["requisitions"].iloc[2]
    assert (changed["priority"], changed["pallets"]) == (1.0, 2.5)
    assert changed.isna()["latest"]
    for name in TABLES:
        assert after.tables[name].dtypes.equals(sc.tables[name].dtypes), name


def test_baseline_always_exists_and_others_do_not(sc):
    """The baseline changes nothing unless a file says so; an unknown name says which are known."""
    assert scenario.apply(sc).tables["fleet"].equals(sc.tables["fleet"])
    with pytest.raises(UsageError, match=r"no course of action 'flood'.*baseline, detour"):
        scenario.apply(sc, "flood")
    with pytest.raises(UsageError, match="no weather"):
        scenario.derive(sc, "x", weather="rain")
    with pytest.raises(UsageError, match="to start from"):
        scenario.derive(sc, "x", base="flood")


def test_a_baseline_file_underlies_the_others(tmp_path):
    """Courses of action without a base start from coas/baseline.toml when there is one."""
    place = write(tmp_path, small(), coas={"baseline": 'close = ["E003"]', "b": 'close = ["E004"]'})
    after = scenario.apply(scenario.load(place), "b")
    assert after.tables["closures"]["edge_id"].tolist() == ["E002", "", "E003", "E004"]


def test_with_coa_refuses_what_does_not_fit(sc):
    """A course of action that names what isn't there, or can't be a file's name, is refused."""
    with pytest.raises(InputError, match="E999"):
        scenario.with_coa(sc, scenario.derive(sc, "x", close=["E999"]))
    with pytest.raises(UsageError, match="can't name"):
        scenario.with_coa(sc, scenario.derive(sc, "../x"))


def test_save_and_load_give_the_same_content(sc, tmp_path):
    """A scenario written to a folder reads back with the same content hash, courses of action included."""
    coa = scenario.derive(sc, "other", base="detour", objective={}, changes=[Change("units", "set", {"unit_id": "U01"},
                          {"name": '=evil"\n', "main_effort": True})])  # fmt: skip
    sc = scenario.with_coa(sc, coa)
    again = scenario.load(scenario.save(sc, tmp_path / "copy"))
    for name in sc.coa_names:
        assert scenario.inputs_sha256(again, name) == scenario.inputs_sha256(sc, name)
    assert again.coas == sc.coas
    assert again.settings == sc.settings
    for name in TABLES:
        assert again.tables[name].equals(sc.tables[name]), name


def test_hash_depends_on_content_alone(sc, folder, tmp_path):
    """Another folder gives the same hash; any cell, setting, threat or course of action another one."""
    base = scenario.inputs_sha256(sc)
    moved = folder.rename(tmp_path / "elsewhere")
    assert scenario.inputs_sha256(scenario.load(moved)) == base
    nodes = sc.tables["nodes"].copy()
    nodes.loc[3, "name"] = "Elsewhere"
    others = [
        sc.replace(tables={**sc.tables, "nodes": nodes}), sc.replace(settings={**sc.settings, "unknown_mlc": "refuse"}),
        sc.replace(threats={"type": "FeatureCollection", "features": []}), sc.replace(horizon_s=1),
    ]  # fmt: skip
    hashes = {base, scenario.inputs_sha256(sc, "detour"), *map(scenario.inputs_sha256, others)}
    assert len(hashes) == 6


def test_columns_and_tables_that_nobody_fills_leave_the_hash_alone(sc):
    """A later version with more columns and tables gives old scenarios the hash they had; filling one changes it."""
    base = scenario.inputs_sha256(sc)
    without = {name: frame for name, frame in sc.tables.items() if name not in ("relations", "resources")}
    known = {name: TABLES[name] for name in without}
    fewer = replace(TABLES["fleet"], columns=tuple(c for c in TABLES["fleet"].columns if c.name != "service_factor"))
    with pytest.MonkeyPatch.context() as before:
        before.setattr("workbench.scenario.model.TABLES", {**known, "fleet": fewer})
        trucks = without["fleet"].drop(columns="service_factor")
        assert scenario.inputs_sha256(sc.replace(tables={**without, "fleet": trucks})) == base
    slow = sc.tables["fleet"].assign(service_factor=[1.0, 1.0, 1.0, 1.5])
    assert scenario.inputs_sha256(sc.replace(tables={**sc.tables, "fleet": slow})) != base


def test_workbook_round_trip(sc, tmp_path):
    """Folder, workbook and back: the same content hash, from the file and from a folder that holds only it."""
    book = scenario.to_xlsx(sc, tmp_path / "scenario.xlsx")
    (tmp_path / "alone").mkdir()
    shutil.copy(book, tmp_path / "alone")
    for path in (book, tmp_path / "alone"):
        assert scenario.validate(path) == []
        again = scenario.load(path)
        for name in sc.coa_names:
            assert scenario.inputs_sha256(again, name) == scenario.inputs_sha256(sc, name)
    back = scenario.load(scenario.save(scenario.load(book), tmp_path / "back"))
    assert scenario.inputs_sha256(back, "detour") == scenario.inputs_sha256(sc, "detour")


def test_a_workbook_beside_the_folders_tables_is_said_to_be_unread(sc, folder):
    """A folder with both forms is read from its CSV files, with a warning; equal tables give equal bytes."""
    first = scenario.to_xlsx(sc, folder / "scenario.xlsx").read_bytes()
    assert [(f.code, f.level) for f in scenario.validate(folder)] == [("UNREAD", "warning")]
    assert scenario.to_xlsx(sc, folder / "scenario.xlsx").read_bytes() == first


def test_tiny_instances_of_every_form(tmp_path):
    """The folder and the workbook in tests/data are the small scenario, and equal."""
    data = Path(__file__).parent / "data"
    expected = scenario.load(write(tmp_path, small()))
    for form in ("small", "small.xlsx"):
        assert scenario.validate(data / form) == []
        assert scenario.inputs_sha256(scenario.load(data / form), "detour") == scenario.inputs_sha256(
            expected, "detour"
        )


def test_faults_of_a_workbook_name_their_sheet(sc, tmp_path):
    """Ids that a spreadsheet turned into numbers and dates, times without zone, and settings are named by sheet."""
    book = openpyxl.load_workbook(scenario.to_xlsx(sc, tmp_path / "scenario.xlsx"))
    asked, fleet, settings_ = book["requisitions"], book["fleet"], book["scenario"]
    head = {cell.value: cell.column for cell in asked[1]}
    asked.cell(5, head["requisition_id"]).value = 4
    asked.cell(6, head["unit_id"]).value = sc.as_of.replace(tzinfo=None)
    asked.cell(7, head["latest"]).value = sc.as_of.replace(tzinfo=None, hour=18)
    asked.cell(8, head["node_id"]).value = 7
    fleet.cell(2, 5).value = -1
    settings_["B4"].value = "soon"
    book.create_sheet("nodes2").append(["a"])
    book.save(tmp_path / "scenario.xlsx")
    name = fleet.cell(1, 5).value
    findings = scenario.validate(tmp_path / "scenario.xlsx")
    assert found(findings) == [
        ("scenario.xlsx", "fleet", 2, name, "RANGE"),
        ("scenario.xlsx", "nodes2", 0, "", "UNKNOWN_SHEET"),
        ("scenario.xlsx", "requisitions", 5, "requisition_id", "ID_MANGLED"),
        ("scenario.xlsx", "requisitions", 6, "unit_id", "ID_MANGLED"),
        ("scenario.xlsx", "requisitions", 7, "latest", "NAIVE_TIME"),
        ("scenario.xlsx", "requisitions", 8, "node_id", "UNKNOWN_REFERENCE"),
        ("scenario.xlsx", "scenario", 4, "as_of", "TYPE"),
    ]


@pytest.mark.parametrize(("use", "level"), [("1", "warning"), ("0001", "error")])
def test_a_column_of_ids_typed_as_numbers_is_one_finding(tmp_path, use, level):
    """When most ids of a column are numbers, one finding says so: an error if zeros were lost."""
    tables = small()
    tables["nodes"] = [{**n, "node_id": n["node_id"].lstrip("N0")} for n in tables["nodes"]]
    for name, columns in (
        ("units", ["node_id"]),
        ("fleet", ["depot"]),
        ("edges", ["from", "to"]),
        ("stock", ["node_id"]),
    ):
        for row in tables[name]:
            row |= {c: row[c].lstrip("N0").zfill(len(use)) for c in columns if row[c]}
    folder = write(tmp_path / "small", tables, coas={})
    codes = {f.code for f in scenario.validate(folder)}
    assert codes == ({"ID_MANGLED"} if level == "error" else set())
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in tables.items():
        sheet = book.create_sheet(name)
        sheet.append(list(rows[0]))
        for row in rows:
            sheet.append([int(v) if (name, k) == ("nodes", "node_id") else v for k, v in row.items()])
    sheet = book.create_sheet("scenario")
    for row in (["key", "value"], ["as_of", "2026-05-01T04:00:00Z"], ["horizon_h", 24], ["marking", "U"]):
        sheet.append(row)
    book.save(tmp_path / "scenario.xlsx")
    findings = scenario.validate(tmp_path / "scenario.xlsx")
    assert [(f.sheet, f.row, f.column, f.code, f.level) for f in findings] == [
        ("nodes", 2, "node_id", "ID_MANGLED", level)
    ]


def test_swapped_columns_are_one_finding(tmp_path):
    """A table of nodes with lon and lat exchanged throughout is said once, by the roads' shapes."""
    tables = small()
    tables["nodes"] = [{**n, "lon": n["lat"], "lat": n["lon"]} for n in tables["nodes"]]
    findings = scenario.validate(write(tmp_path, tables, threats=""))
    assert found(findings) == [("nodes.csv", "", 1, "lon", "SWAPPED_LONLAT")]


def test_threats_far_off_are_named(tmp_path):
    """A threat with lat first is told from one that is simply elsewhere, by its place in the file."""
    bad = '{"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [%s]}}'
    text = (
        THREATS.rstrip().removesuffix("]}")
        + ", "
        + ", ".join(bad % c for c in ("12, 951", "51.05, 12.1", "2, 40"))
        + "]}"
    )
    findings = scenario.validate(write(tmp_path, small(), threats=text))
    assert [(f.column, f.code) for f in findings] == [
        ("features[1]", "GEOMETRY"), ("features[2]", "SWAPPED_LONLAT"), ("features[3]", "POSITION_FAR"),
    ]  # fmt: skip


def test_mixed_units_of_an_item_that_no_list_knows(tmp_path):
    """The minority unit of an unlisted item is flagged; where the list knows better, only the list speaks."""
    tables = small()
    tables["items"][0]["item"] = "Another"
    tables["requisitions"][6] |= {"unit_of_issue": "KG"}
    findings = scenario.validate(write(tmp_path, tables))
    assert found(findings) == [("requisitions.csv", "", 8, "unit_of_issue", "MIXED_UNITS")]


def test_a_node_that_its_roads_disagree_with_is_the_one_finding(tmp_path):
    """A position a few kilometres off is said once, at the node, and not at its three roads; with or without shapes."""
    tables = small()
    tables["nodes"][7] |= {"lon": "12.22", "lat": "51.11"}
    assert found(scenario.validate(write(tmp_path, tables))) == [("nodes.csv", "", 9, "lon", "POSITION_FAR")]
    tables["edges"] = [{**e, "geometry": ""} for e in tables["edges"]]
    assert found(scenario.validate(write(tmp_path, tables))) == [("nodes.csv", "", 9, "lon", "POSITION_FAR")]


def test_a_fault_excuses_what_follows_from_it(tmp_path):
    """References to an id that was mangled, doubled or blanked where it is defined are not reported too."""
    for spoilt in ("1.0E+05", "", "N006", "8-Jan", "N7"):
        tables = small()
        tables["nodes"][6]["node_id"] = spoilt
        findings = scenario.validate(write(tmp_path / (spoilt or "blank"), tables))
        assert [(f.file, f.row, f.column) for f in findings] == [("nodes.csv", 8, "node_id")], spoilt


def test_nothing_is_overwritten_unasked(sc, folder, tmp_path):
    """Saving into a folder with something in it needs leave; so does a course of action of the same name."""
    with pytest.raises(UsageError, match="there already"):
        scenario.save(sc, folder)
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="there already"):
        scenario.save(sc, tmp_path / "file", overwrite=True)
    coa = scenario.derive(sc, "detour", close=["E004"])
    with pytest.raises(UsageError, match="there already"):
        scenario.save_coa(sc, coa)
    path = scenario.save_coa(sc, coa, overwrite=True)
    assert path == folder / "coas" / "detour.toml"
    assert scenario.load(folder).coas["detour"] == coa
    with pytest.raises(UsageError, match="can't name"):
        scenario.save_coa(sc, scenario.derive(sc, "../../x"))
    with pytest.raises(UsageError, match="save it first"):
        scenario.save_coa(sc.replace(path=None), coa)


def test_saving_over_itself_keeps_what_is_not_read(sc, folder):
    """History, basemap and README stay; a table that became empty goes."""
    (folder / "history").mkdir()
    (folder / "history" / "2025.parquet").write_bytes(b"not read")
    closures = sc.tables["closures"].iloc[:0]
    scenario.save(sc.replace(tables={**sc.tables, "closures": closures}), folder, overwrite=True)
    assert (folder / "history" / "2025.parquet").read_bytes() == b"not read"
    assert not (folder / "closures.csv").exists()
    assert scenario.load(folder).tables["closures"].empty


def test_history_and_basemap_are_carried_along(sc, folder, tmp_path):
    """What belongs to the scenario but isn't read is copied by save."""
    for name in ("history", "basemap"):
        (folder / name).mkdir()
    (folder / "history" / "2025.parquet").write_bytes(b"not read")
    water = '{"type": "FeatureCollection", "features": []}'
    (folder / "basemap" / "water.geojson").write_text(water)
    (folder / "README.md").write_text("made up")
    copy = scenario.save(sc, tmp_path / "copy")
    assert (copy / "history" / "2025.parquet").read_bytes() == b"not read"
    assert (copy / "README.md").read_text() == "made up"
    assert (copy / "basemap" / "water.geojson").read_text() == water


def test_basemap_is_empty_without_its_files(sc, folder):
    """A missing or damaged basemap is an empty one; a sound one is read."""
    empty = scenario.basemap(sc)
    assert empty["relief"] is None
    assert [empty[k]["features"] for k in ("water", "places", "landcover")] == [[], [], []]
    base = folder / "basemap"
    base.mkdir()
    (base / "relief.webp").write_bytes(b"image")
    (base / "relief.json").write_text('{"bounds": [12, 51, 13]}')
    (base / "water.geojson").write_text("{")
    assert scenario.basemap(sc)["relief"] is None
    (base / "relief.json").write_text('{"bounds": [12, 51, 13, 52]}')
    assert scenario.basemap(sc)["relief_bounds"] == (12.0, 51.0, 13.0, 52.0)
    assert scenario.basemap(sc.replace(path=None))["relief"] is None


@pytest.mark.parametrize("workbook", [False, True])
def test_blank_templates(tmp_path, workbook):
    """Templates have every table's header, explain every column, and validate with warnings only."""
    place = scenario.blank(tmp_path / "new", workbook=workbook)
    findings = scenario.validate(place)
    assert {f.level for f in findings} == {"warning"}
    assert {f.code for f in findings} == {"EMPTY"}
    guide = (place / "README.md").read_text("utf-8")
    assert all(f"| {c.name} |" in guide for t in TABLES.values() for c in t.columns)
    assert scenario.load(place).tables["nodes"].empty
    with pytest.raises(UsageError):
        scenario.blank(place)


INVALID = {
    "id": ["N" * 300], "int": ["1.5", "many", "1e999", "-1"], "float": ["12 lb", "1,5", "nan", "--", "\u0663"],
    "bool": ["perhaps", "2"], "choice": ["???", "Iz"], "list": ["I;?", ";"],
    "instant": ["2026-05-01", "2026-05-01T06:00", "soon", "1/5/2026", "2026-13-01T00:00:00Z"],
    "clock": ["25:00", "noon"], "windows": ["10:00-06:00", "always", "06:00"],
    "wkt": ["POINT (1 2)", "x", "LINESTRING (0 0"],
}  # fmt: skip


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_spoilt_cells_give_findings_at_their_rows(tmp_path, data):
    """Cells that their column can't hold each give a finding at their row; whatever stands there, nothing raises."""
    tables = small()
    rows = []
    for _ in range(data.draw(st.integers(1, 4))):
        name = data.draw(st.sampled_from(sorted(tables)))
        at = data.draw(st.integers(0, len(tables[name]) - 1))
        column = TABLES[name].column(data.draw(st.sampled_from(sorted(tables[name][0]))))
        bad = data.draw(st.sampled_from(INVALID.get(column.kind, [""])))
        if bad and (name, at) not in rows:
            tables[name][at][column.name] = bad
            rows.append((name, at))
    findings = scenario.validate(write(tmp_path, tables))
    places = {(f.file, f.row) for f in findings if f.level == "error"}
    assert {(f"{name}.csv", at + 2) for name, at in rows} <= places
    assert len({(f.file, f.row, f.column) for f in findings}) == len(findings)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_anything_in_a_cell_gives_findings_or_a_scenario(tmp_path, data):
    """Random text, odd numbers and other cells' values anywhere: a list of findings comes back, never an exception."""
    tables = small()
    odd = [
        *SUPPLY_CLASSES, "0", "-0", "1e300", "N001", "U01", "0001", "2100-01-01T00:00:00Z", "24:00", "1-May", "1.0E+09",
        "2026-05-01T04:00:00+14:00", "33UUS0000000000", "LINESTRING (0 0, 0 0)", "POLYGON EMPTY", "true", "90", "-180",
    ]  # fmt: skip
    text = st.one_of(st.sampled_from(odd), st.text(max_size=12), st.integers().map(str), st.floats().map(str))
    for _ in range(data.draw(st.integers(1, 6))):
        name = data.draw(st.sampled_from(sorted(tables)))
        row = data.draw(st.sampled_from(tables[name]))
        row[data.draw(st.sampled_from(sorted(row)))] = data.draw(text)
    try:
        place = write(tmp_path, tables)
    except (UnicodeEncodeError, ValueError):
        return
    findings = scenario.validate(place)
    if not any(f.level == "error" for f in findings):
        sc = scenario.load(place)
        again = scenario.load(scenario.save(sc, tmp_path / "copy", overwrite=True))
        assert scenario.inputs_sha256(again, "detour") == scenario.inputs_sha256(sc, "detour")
