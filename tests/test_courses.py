"""Courses of action against the rules of rows and tables: what a change makes wrong is said of that change."""

import pytest
from folders import small, write

from workbench import scenario
from workbench.errors import InputError
from workbench.scenario import Change

SET = '[[changes]]\ntable = "{}"\nop = "set"\nwhere = {{{}}}\nvalues = {{{}}}\n'
ADD = '[[changes]]\ntable = "{}"\nop = "add"\nvalues = {{{}}}\n'
REMOVE = '[[changes]]\ntable = "{}"\nop = "remove"\nwhere = {{{}}}\n'
THIRD = 'requisition_id = "0003"'

ONE = [
    (SET.format("requisitions", THIRD, 'latest = "2026-05-01T05:00:00Z"'), "latest", "WINDOW_REVERSED"),
    (SET.format("requisitions", THIRD, "weight_kg = 9000"), "weight_kg", "WEIGHT_IMPLAUSIBLE"),
    (SET.format("requisitions", 'requisition_id = "0003"', 'unit_of_issue = "CS"'), "unit_of_issue", "UNIT_OF_ISSUE"),
    (SET.format("requisitions", 'requisition_id = "0002"', "litres = 0"), "litres", "LITRES"),
    (SET.format("requisitions", THIRD, 'unit_id = "U77"'), "unit_id", "UNKNOWN_REFERENCE"),
    (SET.format("requisitions", THIRD, 'unit_id = "U9"'), "unit_id", "ID_MANGLED"),
    (SET.format("requisitions", THIRD, 'supply_class = "V"'), "supply_class", "ITEM_CLASS"),
    (SET.format("nodes", 'node_id = "N004"', 'open_from = "18:00", open_to = "06:00"'), "open_to", "WINDOW_REVERSED"),
    (SET.format("nodes", 'node_id = "N004"', 'open_from = "08:00"'), "open_to", "REQUIRED"),
    (SET.format("nodes", 'node_id = "N004"', "lon = 51.0, lat = 12.15"), "lon", "SWAPPED_LONLAT"),
    (SET.format("nodes", 'node_id = "N008"', "lon = 12.22, lat = 51.11"), "lon", "POSITION_FAR"),
    (SET.format("nodes", 'node_id = "N008"', 'node_id = "N108"'), "node_id", "UNKNOWN_REFERENCE"),
    (SET.format("fleet", 'vehicle_type = "LIGHT"', 'shift_start = "19:00"'), "shift_end", "WINDOW_REVERSED"),
    (SET.format("fleet", 'vehicle_type = "LIGHT"', 'profile = "wheled"'), "profile", "UNKNOWN_REFERENCE"),
    (SET.format("fleet", 'vehicle_type = "TANKER"', "litres = 0"), "litres", "COMPATIBILITY"),
    (SET.format("units", 'unit_id = "U01"', 'parent = "U03"'), "parent", "CYCLE"),
    (SET.format("units", 'unit_id = "U05"', 'node_id = ""'), "node_id", "REQUIRED"),
    (SET.format("edges", 'edge_id = "E002"', "length_m = 1.2"), "length_m", "LENGTH"),
    (SET.format("edges", 'edge_id = "E002"', 'to = "N002"'), "to", "SELF_LOOP"),
    (SET.format("items", 'item = "Tent pole"', "kg_high = 1"), "kg_high", "RANGE"),
    (SET.format("stock", 'node_id = "N003", item = "MRE case"', "on_hand = 1200"), "on_hand", "RANGE"),
    (SET.format("closures", 'reason = "minefield"', 'to = "2026-05-01T05:00:00Z"'), "to", "WINDOW_REVERSED"),
    (ADD.format("closures", 'reason = "flood"'), "edge_id", "REQUIRED"),
    (ADD.format("stock", 'node_id = "N003", unit_id = "U02", supply_class = "V", item = "Fuze", on_hand = 1'),
     "unit_id", "CONFLICT"),
    (REMOVE.format("nodes", 'node_id = "N002"'), "node_id", "UNKNOWN_REFERENCE"),
    (REMOVE.format("units", 'unit_id = "U04"'), "unit_id", "UNKNOWN_REFERENCE"),
    (REMOVE.format("edges", 'edge_id = "E002"'), "edge_id", "UNKNOWN_REFERENCE"),
    (SET.format("fleet", "", "count = 1"), "where", "COA"),
    (REMOVE.format("fleet", ""), "where", "COA"),
    (SET.format("fleet", 'vehicle_type = "LIGHT"', ""), "values", "COA"),
    (REMOVE.format("fleet", 'vehicle_type = "LIGHT"') + "values = {count = 1}\n", "values", "COA"),
    ('[[changes]]\ntable = "fleet"\nop = "set"\nwhere = "every"\nvalues = {count = 1}\n', "changes", "COA"),
    ('[[changes]]\ntable = "fleet"\nop = "remove"\nwhere = "all"\n', "", "EMPTY"),
    (ADD.format("fleet", 'vehicle_type = "LIGHT", depot = "N002", count = 1, payload_kg = 9, profile = "air"'),
     "vehicle_type", "COA"),
]  # fmt: skip
"""A course of action, and the column and code of its one finding."""


@pytest.mark.parametrize(("text", "column", "code"), ONE, ids=[f"{n}-{t[2]}" for n, t in enumerate(ONE)])
def test_what_a_change_makes_wrong_is_one_finding(tmp_path, text, column, code):
    """The finding stands in the course of action's file, at its change, and with_coa and apply say the same."""
    first = SET.format("requisitions", 'requisition_id = "0001"', 'remarks = "sound"')
    folder = write(tmp_path, small(), coas={"ours": first + text})
    findings = scenario.validate(folder)
    assert [(f.file, f.row, f.column, f.code) for f in findings] == [("coas/ours.toml", 6, column, code)]
    assert findings[0].remedy
    if findings[0].level == "error":
        sc = scenario.load(write(tmp_path / "sound", small()))
        ours = scenario.reading.coas.read((first + text).encode(), "coas/ours.toml")[0]
        if code != "COA" or column != "changes":
            for refuse in (
                lambda: scenario.with_coa(sc, ours),
                lambda: scenario.apply(sc.replace(coas={"ours": ours}), "ours"),
            ):
                with pytest.raises(InputError) as caught:
                    refuse()
                assert [(f.column, f.code) for f in caught.value.findings] == [(column, code)]


def test_what_follows_from_a_change_names_the_rows(tmp_path):
    """A node taken away is one finding, which lists who still needs it; the change is named."""
    folder = write(tmp_path, small(), coas={"ours": REMOVE.format("nodes", 'node_id = "N002"')})
    (finding,) = scenario.validate(folder)
    for said in ("N002 (change 1)", "edges E001, E002, E021", "fleet TRUCK N002, LIGHT N002"):
        assert said in finding.got


def test_what_a_change_makes_wrong_in_many_rows_is_one_finding(tmp_path):
    """One window for all, one unit of issue for a listed item: a finding each, with the rows of every table."""
    late = SET.format("requisitions", "", 'latest = "2026-04-30T09:00:00Z"').replace("{}", '"all"', 1)
    unit = ADD.format(
        "items", 'item = "MRE case", supply_class = "I", unit_of_issue = "PL", kg_low = 5, kg_high = 500'
    ).replace("add", "set").replace("values", 'where = {item = "MRE case"}\nvalues')  # fmt: skip
    findings = scenario.validate(write(tmp_path, small(), coas={"late": late, "unit": unit}))
    assert [(f.file, f.column, f.code) for f in findings] == [
        ("coas/late.toml", "latest", "WINDOW_REVERSED"), ("coas/unit.toml", "unit_of_issue", "UNIT_OF_ISSUE"),
    ]  # fmt: skip
    assert "stock N003 I MRE case" in findings[1].got


def test_what_another_change_mends_is_no_fault(tmp_path):
    """Changes are judged by where they lead together: a row added before its node, a window moved end by end."""
    node = 'node_id = "N099", lon = 12.1, lat = 51.05'
    text = "".join([
        SET.format("requisitions", THIRD, 'earliest = "2026-05-02T06:00:00Z"'),
        SET.format("requisitions", THIRD, 'latest = "2026-05-02T09:00:00Z"'),
        SET.format("units", 'unit_id = "U05"', 'node_id = "N099"'), ADD.format("nodes", node),
        ADD.format("edges", 'edge_id = "E099", from = "N099", to = "N002", length_m = 6000'),
    ])  # fmt: skip
    assert scenario.validate(write(tmp_path, small(), coas={"ours": 'close = ["E099"]\n' + text})) == []


def test_faults_of_tables_and_bases_are_not_said_again(tmp_path):
    """What is wrong already, in a table or in the base, has no second finding where a change touches the row."""
    tables = small()
    tables["requisitions"][2]["latest"] = "2026-05-01T05:00:00Z"
    tables["requisitions"][1]["litres"] = ""
    bad = SET.format("requisitions", 'requisition_id = "0007"', "weight_kg = 9000")
    touch = SET.format("requisitions", THIRD, 'remarks = "x"') + SET.format(
        "requisitions", 'requisition_id = "0007"', "priority = 2"
    )
    folder = write(tmp_path, tables, coas={"base": bad, "on_it": 'base = "base"\n' + touch})
    assert [(f.file, f.row, f.code) for f in scenario.validate(folder)] == [
        ("coas/base.toml", 1, "WEIGHT_IMPLAUSIBLE"), ("requisitions.csv", 3, "LITRES"),
        ("requisitions.csv", 4, "WINDOW_REVERSED"),
    ]  # fmt: skip


def test_several_faulty_changes_are_each_named(tmp_path):
    """Malformed, faulty and consequential changes of one file: each at its own line, and no change hides another."""
    text = "".join([
        SET.format("requisitions", THIRD, "weight_kg = 9000"), SET.format("fleet", "", "count = 1"),
        '[[changes]]\ntable = "fleet"\nop = "set"\nwher = {}\n',
        SET.format("requisitions", 'unit_id = "U02"', 'latest = "2026-05-01T05:00:00Z"'),
    ])  # fmt: skip
    findings = scenario.validate(write(tmp_path, small(), coas={"ours": text}))
    assert [(f.row, f.column, f.code) for f in findings] == [
        (1, "weight_kg", "WEIGHT_IMPLAUSIBLE"), (6, "where", "COA"), (11, "changes", "COA"),
        (15, "latest", "WINDOW_REVERSED"),
    ]  # fmt: skip
    assert "requisitions 0001, 0009, 0017" in findings[-1].got


def test_each_row_of_a_table_by_the_word_all(tmp_path):
    """``where = "all"`` means each row, in the file and back."""
    text = '[[changes]]\ntable = "fleet"\nop = "set"\nwhere = "all"\nvalues = {count = 1}\n'
    sc = scenario.load(write(tmp_path, small(), coas={"ours": text}))
    assert sc.coas["ours"].changes == (Change("fleet", "set", {}, {"count": 1}, every=True),)
    assert set(scenario.apply(sc, "ours").tables["fleet"]["count"]) == {1}
    again = scenario.load(scenario.save(sc, tmp_path / "copy"))
    assert again.coas == sc.coas
    assert scenario.inputs_sha256(again, "ours") == scenario.inputs_sha256(sc, "ours")


def test_a_node_placed_by_mgrs_in_a_change_stands_there(tmp_path):
    """A course of action may give MGRS alone."""
    text = ADD.format("nodes", 'node_id = "N099", mgrs = "33UUS1234567890"')
    sc = scenario.load(write(tmp_path, small(), coas={"ours": text}))
    node = scenario.apply(sc, "ours").tables["nodes"].iloc[-1]
    assert 9 < node["lon"] < 15
    assert 48 < node["lat"] < 56


def test_the_guide_shows_courses_of_action_that_are_read():
    """The example in a blank folder's README is one."""
    text = scenario.writing.COURSES.split("```toml\n")[1].split("```")[0]
    coa, findings = scenario.reading.coas.read(text.encode(), "coas/ours.toml")
    assert findings == []
    assert [c.op for c in coa.changes] == ["set", "remove", "add"]
