"""Every planted fault is found at its place, once, and hides no other."""

import ast
from dataclasses import dataclass
from pathlib import Path

import pytest
from folders import COA, THREATS, TOML, small, spoilt, write

from workbench import errors, scenario


@dataclass(frozen=True)
class Fault:
    """Cells of one row replaced, and where the one finding must be (row: the line spoilt, unless said)."""

    table: str
    line: int
    cells: dict
    column: str
    code: str
    at: int = 0

    @property
    def place(self):
        """File, row, column and code of the finding."""
        return f"{self.table}.csv", self.at or self.line, self.column, self.code

    def __str__(self):
        return f"{self.table}-{self.line}-" + "-".join(f"{k}={v}" for k, v in self.cells.items())


ALONE = [
    Fault("nodes", 4, {"lon": "51.00", "lat": "12.15"}, "lon", "SWAPPED_LONLAT"),
    Fault("nodes", 4, {"lat": "151"}, "lat", "SWAPPED_LONLAT"),
    Fault("nodes", 4, {"lon": "190"}, "lon", "RANGE"),
    Fault("nodes", 4, {"lon": "21.15"}, "lon", "POSITION_FAR"),
    Fault("nodes", 4, {"lat": "-51.0"}, "lon", "POSITION_FAR"),
    Fault("nodes", 4, {"lon": "", "lat": ""}, "lon", "REQUIRED"),
    Fault("nodes", 4, {"lon": ""}, "lon", "REQUIRED"),
    Fault("nodes", 4, {"mgrs": "33UXX"}, "mgrs", "TYPE"),
    Fault("nodes", 4, {"mgrs": "33UUS0000000000"}, "mgrs", "CONFLICT"),
    Fault("nodes", 4, {"open_from": "18:00", "open_to": "06:00"}, "open_to", "WINDOW_REVERSED"),
    Fault("nodes", 4, {"windows": "10:00-06:00"}, "windows", "WINDOW_REVERSED"),
    Fault("nodes", 4, {"windows": "06:00-10:00;09:00-12:00"}, "windows", "WINDOW_CONFLICT"),
    Fault("nodes", 4, {"windows": "06:00-10:00", "open_from": "06:00", "open_to": "10:00"}, "windows", "CONFLICT"),
    Fault("nodes", 4, {"open_from": "06:00"}, "open_to", "REQUIRED"),
    Fault("nodes", 4, {"kind": "warehouse"}, "kind", "CHOICE"),
    Fault("nodes", 4, {"node_id": "N002"}, "node_id", "DUPLICATE"),
    Fault("nodes", 4, {"node_id": ""}, "node_id", "REQUIRED"),
    Fault("nodes", 4, {"node_id": "N3"}, "node_id", "ID_MANGLED"),
    Fault("nodes", 4, {"node_id": "3-Jan"}, "node_id", "ID_MANGLED"),
    Fault("nodes", 4, {"node_id": "1.2E+05"}, "node_id", "ID_MANGLED"),
    Fault("nodes", 4, {"slots": "2.5"}, "slots", "TYPE"),
    Fault("units", 4, {"node_id": "N099"}, "node_id", "UNKNOWN_REFERENCE"),
    Fault("units", 4, {"node_id": "N8"}, "node_id", "ID_MANGLED"),
    Fault("units", 4, {"fad": "VI"}, "fad", "CHOICE"),
    Fault("units", 4, {"name": ""}, "name", "REQUIRED"),
    Fault("units", 2, {"parent": "U03"}, "parent", "CYCLE"),
    Fault("units", 4, {"headcount": "1 200"}, "headcount", "TYPE"),
    Fault("units", 4, {"unit_id": "U02"}, "unit_id", "DUPLICATE"),
    Fault("requisitions", 5, {"unit_id": "U77"}, "unit_id", "UNKNOWN_REFERENCE"),
    Fault("requisitions", 5, {"unit_id": ""}, "unit_id", "REQUIRED"),
    Fault("requisitions", 5, {"requisition_id": "4"}, "requisition_id", "ID_MANGLED"),
    Fault("requisitions", 5, {"requisition_id": "123.0"}, "requisition_id", "ID_MANGLED"),
    Fault("requisitions", 5, {"requisition_id": "2026-05-01 00:00:00"}, "requisition_id", "ID_MANGLED"),
    Fault("requisitions", 5, {"requisition_id": "0003"}, "requisition_id", "DUPLICATE"),
    Fault("requisitions", 2, {"supply_class": "XI"}, "supply_class", "CHOICE"),
    Fault("requisitions", 5, {"unit_of_issue": "gal"}, "unit_of_issue", "UNIT_OF_ISSUE"),
    Fault("requisitions", 5, {"unit_of_issue": "KG"}, "unit_of_issue", "UNIT_OF_ISSUE"),
    Fault("requisitions", 3, {"quantity": "0"}, "quantity", "RANGE"),
    Fault("requisitions", 3, {"quantity": "-5"}, "quantity", "RANGE"),
    Fault("requisitions", 3, {"weight_kg": "0"}, "weight_kg", "RANGE"),
    Fault("requisitions", 3, {"weight_kg": "1200 lb"}, "weight_kg", "TYPE"),
    Fault("requisitions", 3, {"weight_kg": "1.5 t"}, "weight_kg", "TYPE"),
    Fault("requisitions", 3, {"weight_kg": "1,5"}, "weight_kg", "TYPE"),
    Fault("requisitions", 3, {"weight_kg": "1e999"}, "weight_kg", "TYPE"),
    Fault("requisitions", 3, {"weight_kg": "12 000"}, "weight_kg", "TYPE"),
    Fault("requisitions", 3, {"weight_kg": "nan"}, "weight_kg", "TYPE"),
    Fault("requisitions", 5, {"weight_kg": "9000"}, "weight_kg", "WEIGHT_IMPLAUSIBLE"),
    Fault("requisitions", 3, {"litres": ""}, "litres", "LITRES"),
    Fault("requisitions", 3, {"latest": "2026-05-01 18:00"}, "latest", "NAIVE_TIME"),
    Fault("requisitions", 3, {"latest": "2026-05-01"}, "latest", "NAIVE_TIME"),
    Fault("requisitions", 3, {"latest": "011800Z MAY 26"}, "latest", "TYPE"),
    Fault("requisitions", 3, {"latest": "2026-05-01T05:00:00Z"}, "latest", "WINDOW_REVERSED"),
    Fault("requisitions", 3, {"latest": "2026-04-01T05:00:00Z"}, "latest", "WINDOW_REVERSED"),
    Fault("requisitions", 3, {"requested": "2026-05-03T05:00:00Z"}, "requested", "WINDOW_REVERSED"),
    Fault("requisitions", 3, {"priority": "16"}, "priority", "RANGE"),
    Fault("requisitions", 3, {"und": "D"}, "und", "CHOICE"),
    Fault("requisitions", 3, {"und": "D", "fad": "II", "priority": "3"}, "und", "CHOICE"),
    Fault("requisitions", 3, {"priority": "9", "fad": "II"}, "priority", "PRIORITY"),
    Fault("requisitions", 3, {"source_node_id": "N3"}, "source_node_id", "ID_MANGLED"),
    Fault("requisitions", 4, {"unit_of_issue": "CS"}, "unit_of_issue", "UNIT_OF_ISSUE"),
    Fault("fleet", 3, {"count": "-1"}, "count", "RANGE"),
    Fault("fleet", 3, {"depot": "N2"}, "depot", "ID_MANGLED"),
    Fault("fleet", 3, {"profile": "wheled"}, "profile", "UNKNOWN_REFERENCE"),
    Fault("fleet", 3, {"depot": "N001"}, "vehicle_type", "DUPLICATE"),
    Fault("fleet", 3, {"may_carry": "I;XIV"}, "may_carry", "CHOICE"),
    Fault("fleet", 3, {"may_carry": ";"}, "may_carry", "CHOICE"),
    Fault("fleet", 4, {"litres": ""}, "litres", "COMPATIBILITY"),
    Fault("fleet", 3, {"shift_start": "20:00", "shift_end": "06:00"}, "shift_end", "WINDOW_REVERSED"),
    Fault("fleet", 3, {"shift_start": "10:00", "shift_end": "06:00"}, "shift_end", "WINDOW_REVERSED"),
    Fault("fleet", 3, {"shift_start": "6 am"}, "shift_start", "TYPE"),
    Fault("edges", 3, {"to": "N055"}, "to", "UNKNOWN_REFERENCE"),
    Fault("edges", 3, {"to": "N002"}, "to", "SELF_LOOP"),
    Fault("edges", 3, {"length_m": "1.2"}, "length_m", "LENGTH"),
    Fault("edges", 3, {"length_m": "900000"}, "length_m", "LENGTH"),
    Fault("edges", 3, {"geometry": "LINESTRING (12.1"}, "geometry", "GEOMETRY"),
    Fault("edges", 3, {"geometry": "POINT (12.1 51)"}, "geometry", "GEOMETRY"),
    Fault("edges", 3, {"geometry": "LINESTRING (12.5 51.5, 12.2 51.2)"}, "geometry", "GEOMETRY"),
    Fault("edges", 3, {"geometry": "LINESTRING (51 12.1, 51 12.15)"}, "geometry", "GEOMETRY"),
    Fault("edges", 3, {"edge_id": "E005"}, "edge_id", "DUPLICATE", at=6),
    Fault("edges", 3, {"oneway": "maybe"}, "oneway", "TYPE"),
    Fault("edges", 3, {"from": ""}, "from", "REQUIRED"),
    Fault("closures", 2, {"edge_id": ""}, "edge_id", "REQUIRED"),
    Fault("closures", 3, {"to": "2026-05-01T05:00:00Z"}, "to", "WINDOW_REVERSED"),
    Fault("closures", 3, {"area": "POLYGON ((1 2, 3))"}, "area", "GEOMETRY"),
    Fault("closures", 2, {"edge_id": "E2"}, "edge_id", "ID_MANGLED"),
    Fault("stock", 2, {"node_id": ""}, "node_id", "REQUIRED"),
    Fault("stock", 2, {"unit_id": "U02"}, "unit_id", "CONFLICT"),
    Fault("stock", 2, {"on_hand": "1200"}, "on_hand", "RANGE"),
    Fault("stock", 2, {"unit_of_issue": "lb"}, "unit_of_issue", "UNIT_OF_ISSUE"),
    Fault("items", 2, {"kg_high": "1"}, "kg_high", "RANGE"),
    Fault("compatibility", 2, {"may_share": "perhaps"}, "may_share", "TYPE"),
    Fault("requisitions", 2, {"item": "1.1E+05"}, "item", "ID_MANGLED"),
]
"""Faults that are looked for one at a time."""


def places(findings):
    """File, row, column and code of each finding."""
    return [(f.file, f.row, f.column, f.code) for f in findings]


def test_sound_folder_has_no_findings(tmp_path):
    """The scenario that the other tests spoil is sound."""
    assert scenario.validate(write(tmp_path, small())) == []


@pytest.mark.parametrize("fault", ALONE, ids=str)
def test_one_fault_gives_its_one_finding(tmp_path, fault):
    """A single spoilt cell gives exactly one finding, which names its cell and says what to do."""
    findings = scenario.validate(write(tmp_path, spoilt((fault.table, fault.line), **fault.cells)))
    assert places(findings) == [fault.place]
    assert findings[0].code in errors.FINDING_CODES
    assert all(findings[0].as_dict().values()) or findings[0].sheet == ""
    assert findings[0].remedy.endswith((".", "?"))


TOGETHER = [
    Fault("nodes", 4, {"lon": "51.00", "lat": "12.15"}, "lon", "SWAPPED_LONLAT"),
    Fault("nodes", 6, {"open_from": "18:00", "open_to": "06:00"}, "open_to", "WINDOW_REVERSED"),
    Fault("nodes", 7, {"windows": "10:00-06:00"}, "windows", "WINDOW_REVERSED"),
    Fault("nodes", 8, {"kind": "warehouse"}, "kind", "CHOICE"),
    Fault("nodes", 10, {"slots": "two"}, "slots", "TYPE"),
    Fault("nodes", 12, {"mgrs": "33UUS0000000000"}, "mgrs", "CONFLICT"),
    Fault("nodes", 14, {"windows": "06:00-10:00", "open_from": "06:00", "open_to": "10:00"}, "windows", "CONFLICT"),
    Fault("nodes", 16, {"lat": "-51.12"}, "lon", "POSITION_FAR"),
    Fault("nodes", 18, {"open_from": "6 o'clock"}, "open_from", "TYPE"),
    Fault("nodes", 21, {"node_id": "N001"}, "node_id", "DUPLICATE"),
    Fault("units", 4, {"node_id": "N099"}, "node_id", "UNKNOWN_REFERENCE"),
    Fault("units", 5, {"fad": "VI"}, "fad", "CHOICE"),
    Fault("units", 6, {"name": ""}, "name", "REQUIRED"),
    Fault("units", 7, {"headcount": "-3"}, "headcount", "RANGE"),
    Fault("requisitions", 2, {"supply_class": "XI"}, "supply_class", "CHOICE"),
    Fault("requisitions", 3, {"quantity": "0"}, "quantity", "RANGE"),
    Fault("requisitions", 4, {"weight_kg": "1200 lb"}, "weight_kg", "TYPE"),
    Fault("requisitions", 5, {"unit_of_issue": "gal"}, "unit_of_issue", "UNIT_OF_ISSUE"),
    Fault("requisitions", 6, {"latest": "2026-05-01 18:00"}, "latest", "NAIVE_TIME"),
    Fault("requisitions", 7, {"latest": "2026-05-01T05:00:00Z"}, "latest", "WINDOW_REVERSED"),
    Fault("requisitions", 8, {"priority": "16"}, "priority", "RANGE"),
    Fault("requisitions", 9, {"weight_kg": "9000"}, "weight_kg", "WEIGHT_IMPLAUSIBLE"),
    Fault("requisitions", 10, {"unit_id": "U77"}, "unit_id", "UNKNOWN_REFERENCE"),
    Fault("requisitions", 11, {"requisition_id": "0004"}, "requisition_id", "DUPLICATE"),
    Fault("requisitions", 12, {"requisition_id": "11"}, "requisition_id", "ID_MANGLED"),
    Fault("requisitions", 13, {"requisition_id": "1.2E+05"}, "requisition_id", "ID_MANGLED"),
    Fault("requisitions", 14, {"item": ""}, "item", "REQUIRED"),
    Fault("requisitions", 15, {"litres": "-4"}, "litres", "RANGE"),
    Fault("requisitions", 16, {"requested": "2026-05-09T00:00:00Z"}, "requested", "WINDOW_REVERSED"),
    Fault("requisitions", 17, {"und": "D"}, "und", "CHOICE"),
    Fault("requisitions", 18, {"unit_of_issue": "KG"}, "unit_of_issue", "UNIT_OF_ISSUE"),
    Fault("requisitions", 19, {"litres": ""}, "litres", "LITRES"),
    Fault("requisitions", 20, {"source_node_id": "N3"}, "source_node_id", "ID_MANGLED"),
    Fault("requisitions", 21, {"quantity": "1,5"}, "quantity", "TYPE"),
    Fault("requisitions", 22, {"earliest": "tomorrow"}, "earliest", "TYPE"),
    Fault("requisitions", 25, {"kind": "pickup"}, "kind", "CHOICE"),
    Fault("fleet", 2, {"count": "-1"}, "count", "RANGE"),
    Fault("fleet", 3, {"profile": "wheled"}, "profile", "UNKNOWN_REFERENCE"),
    Fault("fleet", 4, {"may_carry": "IIIB;XIV"}, "may_carry", "CHOICE"),
    Fault("fleet", 5, {"shift_start": "20:00", "shift_end": "06:00"}, "shift_end", "WINDOW_REVERSED"),
    Fault("edges", 4, {"to": "N003"}, "to", "SELF_LOOP"),
    Fault("edges", 10, {"to": "N055"}, "to", "UNKNOWN_REFERENCE"),
    Fault("edges", 9, {"length_m": "1.2"}, "length_m", "LENGTH"),
    Fault("edges", 13, {"geometry": "LINESTRING (12.1"}, "geometry", "GEOMETRY"),
    Fault("edges", 14, {"geometry": "LINESTRING (12.9 51.9, 12.2 51.2)"}, "geometry", "GEOMETRY"),
    Fault("edges", 16, {"edge_id": "E001"}, "edge_id", "DUPLICATE"),
    Fault("edges", 18, {"oneway": "maybe"}, "oneway", "TYPE"),
    Fault("closures", 2, {"edge_id": ""}, "edge_id", "REQUIRED"),
    Fault("closures", 3, {"to": "2026-05-01T05:00:00Z"}, "to", "WINDOW_REVERSED"),
    Fault("stock", 2, {"on_hand": "12 000"}, "on_hand", "TYPE"),
    Fault("stock", 3, {"unit_id": "U02"}, "unit_id", "CONFLICT"),
    Fault("items", 2, {"kg_high": "1"}, "kg_high", "RANGE"),
]
"""Faults planted in one folder."""


def test_codes_are_one_closed_list():
    """Every code of the list stands in the sources, and every one that faults give here is on the list."""
    package = Path(errors.__file__).parent
    sources = [p for p in package.rglob("*.py") if p.parent.name in ("formats", "scenario", "ground")]
    said = {
        node.value for path in sources for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }  # fmt: skip
    assert set(errors.FINDING_CODES) <= said
    assert {f.code for f in ALONE + TOGETHER} <= set(errors.FINDING_CODES)


def test_all_faults_of_one_folder_are_found_in_one_run(tmp_path):
    """More than fifty faults in one folder: each is found, none twice, and nothing else is."""
    tables = small()
    for fault in TOGETHER:
        tables[fault.table][fault.line - 2] |= fault.cells
    tables["units"].append({**tables["units"][-1], "unit_id": "U10", "name": "Poste @ avant"})
    tables["requisitions"][0]["remark"] = "a column that nobody knows"
    for row in tables["requisitions"]:
        row.setdefault("remark", "")
    coa = COA + '\n[[changes]]\ntable = "fleet"\nop = "set"\nwhere = {vehicle_type = "TRUCK"}\nvalues = {coun = 1}\n'
    folder = write(
        tmp_path, tables, toml=TOML.replace("horizon_h = 24", 'horizon_h = -1\nnight_form = "20:00"'),
        coas={"detour": coa, "orphan": 'base = "nobody"\n'}, threats=THREATS.replace("[12.2, 51.1]", "[12.2, 951.1]"),
    )  # fmt: skip
    units = (folder / "units.csv").read_bytes()
    (folder / "units.csv").write_bytes(units.replace(b"Poste @ avant", b"Poste \xe9 avant"))
    findings = scenario.validate(folder)
    others = [
        ("coas/detour.toml", 14, "coun", "COA"), ("coas/orphan.toml", 1, "base", "COA"),
        ("requisitions.csv", 1, "remark", "UNKNOWN_COLUMN"), ("scenario.toml", 3, "horizon_h", "RANGE"),
        ("scenario.toml", 4, "night_form", "SETTING"), ("threats.geojson", 0, "features[0]", "GEOMETRY"),
        ("units.csv", 11, "name", "ENCODING"),
    ]  # fmt: skip
    expected = [*(f.place for f in TOGETHER), *others]
    assert [p for p in places(findings) if p not in expected] == []
    assert sorted(places(findings)) == sorted(expected)
    assert findings == scenario.validate(folder)
