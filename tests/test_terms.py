"""Releases, wishes, ties, rests and shared resources in scenario folders: what does not fit is found at its cell."""

import pytest
from folders import COA, TOML, small, write

from workbench import errors, problem, scenario
from workbench.errors import InputError
from workbench.schema import TABLES

PRICES = "[prices]\nimbalance_per_hour = 50\nrisk = 900.0\n"


def ruled():
    """The rows of the small scenario with every further column, table and setting in use; sound."""
    tables = small()
    for n, row in enumerate(tables["requisitions"]):
        row |= {
            "release": "2026-05-01T06:00:00Z", "load_by": "2026-05-01T12:00:00Z", "due": "2026-05-01T14:00:00Z",
            "late_cost_per_hour": "25", "vehicles": "", "not_vehicles": "LIGHT" if n == 3 else "", "owners": "",
            "needs": "crane" if n == 4 else "", "max_aboard_min": "600",
        }  # fmt: skip
    tables["requisitions"][0]["vehicles"] = "TRUCK;LIGHT"
    tables["requisitions"][6]["kind"] = "retrograde"
    tables["requisitions"][5] |= {"kind": "transfer", "source_node_id": "N009", "item": "Spare barrel"}
    for row in tables["fleet"]:
        row |= {
            "skills": "crane;winch" if row["vehicle_type"] == "TRUCK" else "", "overtime_h": "1.5",
            "overtime_cost_per_hour": "40", "drive_h": "4.5", "rest_min": "45", "max_drive_h": "9", "max_loss": "0.2",
            "service_factor": "1.2", "backhaul": "last", "max_route_h": "11",
        }  # fmt: skip
    for row in tables["nodes"]:
        row["visits_per_day"] = "4" if row["node_id"] == "N010" else ""
    rules = ({"class_a": a, "class_b": b, "may_share": "false", "cleaning": c}
             for a, b, c in (("IIIB", "I", "true"), ("I", "IIIB", "false"), ("IIIB", "WATER", "true")))  # fmt: skip
    tables["compatibility"] = list(rules)
    tables["relations"] = [
        {"relation_id": "X1", "kind": "before", "first": "0001", "second": "0002", "gap_min": "10", "within_min": "90"},
        {"relation_id": "X2", "kind": "before", "first": "0002", "second": "0003", "gap_min": "", "within_min": ""},
        {"relation_id": "X3", "kind": "same_vehicle", "first": "0004", "second": "0005", "gap_min": "",
         "within_min": ""},
        {"relation_id": "X4", "kind": "same_vehicle", "first": "0005", "second": "0006", "gap_min": "",
         "within_min": ""},
        {"relation_id": "X5", "kind": "different_vehicle", "first": "0007", "second": "0008", "gap_min": "",
         "within_min": ""},
    ]  # fmt: skip
    tables["resources"] = [
        {"resource_id": "MHE", "kind": "team", "count": "2", "windows": "06:00-18:00", "nodes": "N003;N010",
         "classes": "", "name": "Forklift"},
        {"resource_id": "MP", "kind": "escort", "count": "1", "windows": "", "nodes": "", "classes": "V",
         "name": "Escort"},
    ]  # fmt: skip
    return tables


def folder(path, coas=None, toml=TOML + PRICES, **spoilt):
    """The ruled scenario on disk; ``spoilt`` is table=(line, cells)."""
    tables = ruled()
    for name, (line, cells) in spoilt.items():
        tables[name][line - 2] |= cells
    return write(path, tables, toml=toml, coas=coas)


def places(findings):
    """File, row, column, code and level of each finding."""
    return [(f.file, f.row, f.column, f.code, f.level) for f in findings]


def test_every_column_in_use_is_sound(tmp_path):
    """The scenario that the other tests spoil has no finding, and each column and table that it has is filled."""
    place = folder(tmp_path)
    assert scenario.validate(place) == []
    built = problem.build(scenario.load(place))
    assert len(problem.uses(built)) == 12
    assert {t.kind for t in built.relations} == {"before", "same_vehicle", "different_vehicle"}


def test_folder_workbook_and_back(tmp_path):
    """The same content hash and the same tables from the folder, from a copy of it and from its workbook."""
    sc = scenario.load(folder(tmp_path / "made"))
    book = scenario.to_xlsx(sc, tmp_path / "scenario.xlsx")
    assert scenario.validate(book) == []
    for again in (scenario.load(book), scenario.load(scenario.save(sc, tmp_path / "copy"))):
        assert scenario.inputs_sha256(again, "detour") == scenario.inputs_sha256(sc, "detour")
        assert all(again.tables[name].equals(sc.tables[name]) for name in TABLES)
        assert again.settings["prices"] == {"imbalance_per_hour": 50.0, "risk": 900.0}


ONE = [
    ("requisitions", 4, {"release": "2026-05-01T13:00:00Z"}, "release", "WINDOW_REVERSED", "error"),
    ("requisitions", 4, {"load_by": "", "release": "2026-05-01T19:00:00Z"}, "release", "WINDOW_REVERSED", "error"),
    ("requisitions", 4, {"due": "2026-05-01T19:00:00Z"}, "due", "WINDOW_REVERSED", "error"),
    ("requisitions", 4, {"due": "2026-05-01T05:00:00Z"}, "due", "WINDOW_REVERSED", "error"),
    ("requisitions", 4, {"due": ""}, "late_cost_per_hour", "CONFLICT", "warning"),
    ("requisitions", 4, {"due": "noon"}, "due", "TYPE", "error"),
    ("requisitions", 4, {"late_cost_per_hour": "-1"}, "late_cost_per_hour", "RANGE", "error"),
    ("requisitions", 4, {"max_aboard_min": "0"}, "max_aboard_min", "RANGE", "error"),
    ("requisitions", 4, {"vehicles": "TRUCK;HOVERCRAFT"}, "vehicles", "UNKNOWN_REFERENCE", "warning"),
    ("requisitions", 4, {"not_vehicles": "HOVERCRAFT"}, "not_vehicles", "UNKNOWN_REFERENCE", "warning"),
    ("requisitions", 4, {"owners": "1 BSB"}, "owners", "UNKNOWN_REFERENCE", "warning"),
    ("requisitions", 4, {"needs": "crane;medic"}, "needs", "UNKNOWN_REFERENCE", "warning"),
    ("requisitions", 4, {"vehicles": "TRUCK", "not_vehicles": "TRUCK"}, "not_vehicles", "CONFLICT", "error"),
    ("requisitions", 7, {"source_node_id": ""}, "source_node_id", "REQUIRED", "error"),
    ("requisitions", 7, {"source_node_id": "N012"}, "source_node_id", "CONFLICT", "error"),
    ("requisitions", 7, {"source_node_id": "N003", "item": "MRE case", "supply_class": "I", "unit_of_issue": "CS",
                         "weight_kg": "257.5", "litres": "", "pallets": "1"}, "kind", "CONFLICT", "warning"),
    ("fleet", 2, {"rest_min": ""}, "rest_min", "REQUIRED", "error"),
    ("fleet", 2, {"drive_h": ""}, "drive_h", "REQUIRED", "error"),
    ("fleet", 2, {"overtime_h": ""}, "overtime_cost_per_hour", "CONFLICT", "warning"),
    ("fleet", 2, {"shift_start": "", "shift_end": ""}, "overtime_h", "CONFLICT", "warning"),
    ("fleet", 2, {"service_factor": "12"}, "service_factor", "RANGE", "error"),
    ("fleet", 2, {"max_loss": "20"}, "max_loss", "RANGE", "error"),
    ("fleet", 2, {"backhaul": "first"}, "backhaul", "CHOICE", "error"),
    ("nodes", 4, {"visits_per_day": "0"}, "visits_per_day", "RANGE", "error"),
    ("compatibility", 3, {"may_share": "true"}, "may_share", "CONFLICT", "error"),
    ("relations", 2, {"first": "9999"}, "first", "UNKNOWN_REFERENCE", "error"),
    ("relations", 2, {"second": "0001"}, "second", "CONFLICT", "error"),
    ("relations", 3, {"second": "0001"}, "second", "CYCLE", "error"),
    ("relations", 2, {"within_min": "5"}, "within_min", "RANGE", "error"),
    ("relations", 4, {"gap_min": "5"}, "gap_min", "CONFLICT", "warning"),
    ("relations", 5, {"first": "0005", "second": "0004"}, "second", "DUPLICATE", "warning"),
    ("relations", 6, {"first": "0006", "second": "0004"}, "kind", "CONFLICT", "error"),
    ("relations", 6, {"kind": "after"}, "kind", "CHOICE", "error"),
    ("relations", 6, {"relation_id": "X1"}, "relation_id", "DUPLICATE", "error"),
    ("resources", 2, {"nodes": "N003;N099"}, "nodes", "UNKNOWN_REFERENCE", "error"),
    ("resources", 2, {"nodes": "N003;N10"}, "nodes", "ID_MANGLED", "error"),
    ("resources", 2, {"classes": "V;XI"}, "classes", "CHOICE", "error"),
    ("resources", 2, {"count": "0"}, "count", "RANGE", "warning"),
    ("resources", 2, {"count": ""}, "count", "REQUIRED", "error"),
    ("resources", 2, {"windows": "18:00-06:00"}, "windows", "WINDOW_REVERSED", "error"),
]  # fmt: skip
"""Cells of one row replaced, and the one finding."""


@pytest.mark.parametrize("fault", ONE, ids=lambda f: f"{f[0]}-" + "-".join(f"{k}={v}" for k, v in f[2].items()))
def test_one_fault_gives_its_one_finding(tmp_path, fault):
    """It names the cell and the level, and says what to do."""
    name, line, cells, column, code, level = fault
    findings = scenario.validate(folder(tmp_path, **{name: (line, cells)}))
    assert places(findings) == [(f"{name}.csv", line, column, code, level)]
    assert findings[0].code in errors.FINDING_CODES
    assert findings[0].remedy.endswith((".", "?"))


def test_a_pair_of_classes_stands_twice_only_for_cleaning(tmp_path):
    """Both orders of a pair are rows of their own where one needs cleaning; without it the second is too many."""
    findings = scenario.validate(folder(tmp_path, compatibility=(2, {"cleaning": "false"})))
    assert places(findings) == [("compatibility.csv", 3, "class_b", "DUPLICATE", "error")]


def test_findings_name_what_is_strange_and_what_is_known(tmp_path):
    """Of a list only the strange names are said, with those that there are."""
    (found,) = scenario.validate(folder(tmp_path, requisitions=(4, {"needs": "crane;medic"})))
    assert found.got == "medic"
    assert "known: crane, winch" in found.remedy
    (found,) = scenario.validate(folder(tmp_path, resources=(2, {"nodes": "N003;N10"})))
    assert (found.got, found.expected) == ("N003;N10", "N010, a node_id of nodes.csv")


def test_every_fault_of_one_folder_is_found_at_once(tmp_path):
    """Faults in four tables together: each is there."""
    findings = scenario.validate(folder(
        tmp_path, requisitions=(4, {"due": "2026-05-01T19:00:00Z"}), fleet=(2, {"rest_min": ""}),
        relations=(2, {"second": "0001"}), resources=(3, {"count": "0"}),
    ))  # fmt: skip
    assert [(f.file, f.row, f.column) for f in findings] == [
        ("fleet.csv", 2, "rest_min"), ("relations.csv", 2, "second"), ("requisitions.csv", 4, "due"),
        ("resources.csv", 3, "count"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("section", "key", "code"),
    [
        ("[prices]\nrisks = 3\n", "prices", "SETTING"), ("[prices]\nrisk = -1\n", "prices", "SETTING"),
        ('prices = "high"\n', "prices", "SETTING"), ("[prices]\nrisk = true\n", "prices", "SETTING"),
        ("cleaning_min = -5\n", "cleaning_min", "RANGE"), ('cleaning_min = "30 min"\n', "cleaning_min", "SETTING"),
    ],
)  # fmt: skip
def test_prices_and_cleaning_are_checked(tmp_path, section, key, code):
    """Each fault of the settings is one finding at its line."""
    findings = scenario.validate(folder(tmp_path, toml=TOML + section))
    assert places(findings) == [("scenario.toml", 5, key, code, "error")]


CHANGES = [
    ('table = "requisitions"\nop = "set"\nwhere = {requisition_id = "0003"}\nvalues = {due = "2026-05-01T19:00:00Z"}',
     "due", "WINDOW_REVERSED", "error"),
    ('table = "relations"\nop = "add"\nvalues = {relation_id = "X9", kind = "before", first = "0003", second = "0001"}',
     "second", "CYCLE", "error"),
    ('table = "relations"\nop = "set"\nwhere = {relation_id = "X5"}\nvalues = {first = "0007", second = "0007"}',
     "second", "CONFLICT", "error"),
    ('table = "resources"\nop = "add"\nvalues = {resource_id = "Z", kind = "team", count = 1, nodes = ["N099"]}',
     "nodes", "UNKNOWN_REFERENCE", "error"),
    ('table = "resources"\nop = "set"\nwhere = "all"\nvalues = {count = 0}', "count", "RANGE", "warning"),
    ('table = "fleet"\nop = "set"\nwhere = {vehicle_type = "TRUCK"}\nvalues = {skills = ""}', "needs",
     "UNKNOWN_REFERENCE", "warning"),
    ('table = "fleet"\nop = "remove"\nwhere = {vehicle_type = "LIGHT"}', "vehicles", "UNKNOWN_REFERENCE",
     "warning"),
    ('table = "requisitions"\nop = "remove"\nwhere = {requisition_id = "0007"}', "requisition_id",
     "UNKNOWN_REFERENCE", "error"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "column", "code", "level"), CHANGES)
def test_courses_of_action_are_held_to_the_same_rules(tmp_path, text, column, code, level):
    """A change of the new tables and columns that does not fit is a finding at that change."""
    place = folder(tmp_path, coas={"ours": f"[[changes]]\n{text}\n"})
    assert set(places(scenario.validate(place))) == {("coas/ours.toml", 1, column, code, level)}
    if level == "error":
        with pytest.raises(InputError):
            scenario.load(place)


def test_a_course_of_action_makes_and_unmakes_rules(tmp_path):
    """One escort more, a tie gone, a truck without rests: the problem follows."""
    text = (
        '[[changes]]\ntable = "resources"\nop = "set"\nwhere = {resource_id = "MP"}\nvalues = {count = 2}\n'
        '[[changes]]\ntable = "relations"\nop = "remove"\nwhere = {kind = "before"}\n'
        '[[changes]]\ntable = "fleet"\nop = "set"\nwhere = "all"\nvalues = {drive_h = "", rest_min = ""}\n'
    )
    sc = scenario.load(folder(tmp_path, coas={"ours": text, "detour": COA}))
    before, after = problem.build(sc), problem.build(sc, "ours")
    assert [r.count for r in before.resources] == [2, 1]
    assert [r.count for r in after.resources] == [2, 2]
    assert {t.kind for t in before.relations} - {t.kind for t in after.relations} == {"before"}
    assert problem.uses(before) - problem.uses(after) == {"rest"}


def test_a_blank_template_has_the_new_tables(tmp_path):
    """`new --blank` writes them with their columns, and the guide explains each."""
    place = scenario.blank(tmp_path / "new")
    for name in ("relations", "resources"):
        header = (place / f"{name}.csv").read_text("utf-8").splitlines()[0]
        assert header == ",".join(c.name for c in TABLES[name].columns)
    guide = (place / "README.md").read_text("utf-8")
    assert "| prices |" in guide
    assert "| cleaning_min |" in guide
