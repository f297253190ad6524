"""Faults of many kinds planted in the sample: each is found in one run, none twice, in the folder and as a workbook."""

import csv
import json
import shutil
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from folders import small, write

from workbench import scenario
from workbench.schema import TABLES

SAMPLE = Path(__file__).parents[1] / "sample_data" / "river_crossing"
PLANTED = [
    ("requisitions", 4, "quantity", "ten", "TYPE"), ("requisitions", 6, "latest", "2026-05-01T25:00:00Z", "TYPE"),
    ("requisitions", 8, "unit_id", "u05", "UNKNOWN_REFERENCE"), ("requisitions", 10, "supply_class", "IIIb", "CHOICE"),
    ("requisitions", 12, "hazard", "1,1D", "TYPE"), ("requisitions", 14, "und", "b", "CHOICE"),
    ("requisitions", 16, "kind", "Delivery", "CHOICE"), ("requisitions", 18, "earliest", "2026-06-31T00:00Z", "TYPE"),
    ("requisitions", 20, "weight_kg", "½ t", "TYPE"), ("requisitions", 22, "pallets", "#DIV/0!", "FORMULA"),
    ("requisitions", 24, "volume_m3", "-3", "RANGE"), ("requisitions", 26, "source_node_id", "X9", "UNKNOWN_REFERENCE"),
    ("requisitions", 28, "latest", "1969-01-01T00:00:00Z", "RANGE"),
    ("requisitions", 30, "requisition_id", "REQ-028", "DUPLICATE"),
    ("requisitions", 32, "requisition_id", "REQ-31", "ID_MANGLED"), ("requisitions", 34, "priority", "1.5", "TYPE"),
    ("requisitions", 36, "item", "   ", "REQUIRED"), ("nodes", 11, "lat", "47°45'N", "TYPE"),
    ("nodes", 21, "kind", "Junction", "CHOICE"), ("nodes", 31, "lon", "206.6", "RANGE"),
    ("nodes", 41, "windows", "24:00-08:00", "WINDOW_REVERSED"), ("nodes", 51, "pump_l_per_min", "0", "RANGE"),
    ("nodes", 61, "handling_min_per_pallet", "5 min", "TYPE"), ("units", 5, "headcount", "122.5", "TYPE"),
    ("units", 7, "sidc", "1.00310021512112E+19", "ID_MANGLED"), ("units", 9, "parent", "U08", "CYCLE"),
    ("units", 11, "main_effort", "maybe", "TYPE"), ("units", 13, "name", "", "REQUIRED"),
    ("fleet", 3, "count", "2.5", "TYPE"), ("fleet", 5, "payload_kg", "0", "RANGE"),
    ("fleet", 7, "shift_end", "24:30", "TYPE"), ("fleet", 9, "mark", "X", "CHOICE"),
    ("fleet", 11, "range_km", "480 miles", "TYPE"), ("edges", 100, "surface", "tarmac", "CHOICE"),
    ("edges", 110, "length_m", "0", "RANGE"), ("edges", 120, "oneway", "-1", "TYPE"),
    ("edges", 130, "mlc_w", "MLC30", "TYPE"), ("edges", 150, "from", "N 0052", "UNKNOWN_REFERENCE"),
    ("edges", 160, "speed_kmh", "500", "RANGE"), ("edges", 200, "edge_id", "", "REQUIRED"),
    ("stock", 6, "as_of", "yesterday", "TYPE"), ("stock", 8, "item", "", "REQUIRED"),
    ("stock", 10, "on_hand", "", "REQUIRED"), ("closures", 2, "edge_id", "E 4667", "UNKNOWN_REFERENCE"),
    ("closures", 3, "to", "2026-04-01T13:00:00Z", "WINDOW_REVERSED"), ("factors", 5, "value", "lots", "TYPE"),
    ("factors", 7, "mark", "", "REQUIRED"), ("profiles", 3, "day_kmh", "560", "RANGE"),
    ("profiles", 5, "road_class", "highway", "CHOICE"),
]  # fmt: skip
"""Table, line, column, what is written there, and the code of its one finding."""
KNOWN = ("edges.csv", 0, "mlc_w", "NO_DATA")
"""What is said of the sample as it is: bridges that nobody has classified."""
AS_VALUES = [
    ("requisitions", 50, "latest", datetime.fromisoformat("2026-05-01T18:00"), "NAIVE_TIME"),
    ("requisitions", 52, "requisition_id", 51, "ID_MANGLED"),
    ("requisitions", 54, "quantity", datetime.fromisoformat("1900-01-10"), "TYPE"),
    ("requisitions", 56, "unit_id", True, "ID_MANGLED"), ("requisitions", 58, "weight_kg", "=2*3", "FORMULA"),
    ("units", 20, "node_id", date(2026, 1, 3), "ID_MANGLED"), ("nodes", 70, "node_id", 70, "ID_MANGLED"),
    ("stock", 12, "capacity", "1.200,5", "TYPE"),
]  # fmt: skip
"""The same, of values that only a workbook has."""


def rows_of(folder, table):
    """Return the rows of a table's file."""
    with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def write_rows(folder, table, rows):
    """Write the rows of a table's file."""
    with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


@pytest.fixture
def sample(tmp_path):
    """A copy of the sample's tables."""
    return Path(shutil.copytree(SAMPLE, tmp_path / "sample", ignore=shutil.ignore_patterns("history", "basemap")))


def test_fifty_faults_in_the_sample_are_found_in_one_run(sample):
    """The command names each planted cell once and nothing else, and ends without a traceback."""
    for table in {fault[0] for fault in PLANTED}:
        rows = rows_of(sample, table)
        for _, line, column, text, _ in (fault for fault in PLANTED if fault[0] == table):
            rows[line - 1][rows[0].index(column)] = text
        write_rows(sample, table, rows)
    command = [sys.executable, "-m", "workbench", "validate", str(sample), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    findings = json.loads(done.stdout)
    found = [(f["file"], f["row"], f["column"], f["code"]) for f in findings]
    planted = [(f"{t}.csv", line, column, code) for t, line, column, _, code in PLANTED]
    assert sorted(found) == sorted([KNOWN, *planted])


def test_faults_in_the_sample_as_a_workbook(tmp_path):
    """The same faults in the cells of a workbook, and those that only a spreadsheet makes."""
    path = scenario.to_xlsx(scenario.load(SAMPLE), tmp_path / "scenario.xlsx")
    book = openpyxl.load_workbook(path)
    for table, line, column, value, _ in PLANTED + AS_VALUES:
        sheet = book[table]
        sheet.cell(line, [cell.value for cell in sheet[1]].index(column) + 1).value = value or None
    book.save(path)
    found = [(f"{f.sheet}.csv", f.row, f.column, f.code) for f in scenario.validate(path)]
    planted = [(f"{t}.csv", line, column, code) for t, line, column, _, code in PLANTED + AS_VALUES]
    assert sorted(found) == sorted([KNOWN, *planted])


def column(table, name, change):
    """Return what changes every filled cell of a column."""

    def spoil(folder):
        rows = rows_of(folder, table)
        at = rows[0].index(name)
        for row in rows[1:]:
            row[at] = row[at] and change(row[at])
        write_rows(folder, table, rows)

    return spoil


def table(name, change):
    """Return what changes the rows of a table."""
    return lambda folder: write_rows(folder, name, change(rows_of(folder, name)))


WHOLE = {
    "kilometres": (column("edges", "length_m", lambda v: f"{float(v) / 1000:.4f}"),
                   ("edges.csv", 1, "length_m", "LENGTH")),
    "pounds": (column("requisitions", "weight_kg", lambda v: f"{float(v) * 2.2046:.1f}"),
               ("requisitions.csv", 1, "weight_kg", "WEIGHT_IMPLAUSIBLE")),
    "no zone": (column("requisitions", "latest", lambda v: v.rstrip("Z")),
                ("requisitions.csv", 1, "latest", "NAIVE_TIME")),
    "small letters": (column("fleet", "depot", str.lower), ("fleet.csv", 1, "depot", "UNKNOWN_REFERENCE")),
    "another unit": (column("requisitions", "unit_of_issue", lambda v: "lb"),
                     ("requisitions.csv", 1, "unit_of_issue", "UNIT_OF_ISSUE")),
    "pasted twice": (table("requisitions", lambda rows: rows + rows[1:]),
                     ("requisitions.csv", 1, "requisition_id", "DUPLICATE")),
    "header again": (table("requisitions", lambda rows: rows[:50] + rows[:1] + rows[50:]),
                     ("requisitions.csv", 51, "", "STRUCTURE")),
    "total below": (table("requisitions", lambda rows: [*rows, ["Total", "", "", "", "", "", "999"]]),
                    ("requisitions.csv", 118, "", "REQUIRED")),
    "another table": (lambda folder: shutil.copy(folder / "units.csv", folder / "fleet.csv"),
                      ("fleet.csv", 1, "", "MISSING_COLUMN")),
    "no vehicles": (table("fleet", lambda rows: rows[:1]), ("fleet.csv", 0, "", "EMPTY")),
}  # fmt: skip


@pytest.mark.parametrize(("spoil", "place"), WHOLE.values(), ids=list(WHOLE))
def test_what_is_wrong_with_a_whole_column_or_table_is_one_finding(sample, spoil, place):
    """One cause, one finding: at the heading of the column, the row, or the file."""
    spoil(sample)
    found = [(f.file, f.row, f.column, f.code) for f in scenario.validate(sample)]
    assert [one for one in found if one != KNOWN] == [place]


def test_a_requisition_whose_time_is_over_is_warned_of(tmp_path):
    """A window before the planning moment can't be met; the date is likely wrong."""
    tables = small()
    tables["requisitions"][4] |= {
        "requested": "2025-04-30T12:00:00Z", "earliest": "2025-05-01T06:00:00Z", "latest": "2025-05-01T18:00:00Z",
    }  # fmt: skip
    (finding,) = scenario.validate(write(tmp_path, tables))
    assert (finding.row, finding.column, finding.code, finding.level) == (6, "latest", "RANGE", "warning")


def test_every_table_of_the_sample_has_a_planted_fault():
    """The faults reach each table that the sample has."""
    assert {f"{fault[0]}.csv" for fault in PLANTED} == {p.name for p in SAMPLE.glob("*.csv")} & {
        t.file for t in TABLES.values()
    }
