"""Readers take anything and say what is wrong with it; writers write what readers read back."""

import io
import json
import time
import zipfile
from datetime import date, timedelta
from datetime import time as clock

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.formats import checks, geo, tabular, xlsx
from workbench.schema import TABLES

NODES = TABLES["nodes"]


def read(text, name="nodes.csv"):
    """Read text or bytes as a CSV file."""
    return tabular.read_csv_bytes(text if isinstance(text, bytes) else text.encode(), name)


def codes(sheet):
    """Row, column and code of each finding of a sheet."""
    return [(f.row, f.column, f.code) for f in sheet.findings]


def workbook(tmp_path, rows, name="nodes"):
    """Write rows of values as a workbook by plain openpyxl, and return its path."""
    book = openpyxl.Workbook()
    book.active.title = name
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / "book.xlsx")
    return tmp_path / "book.xlsx"


def test_cells_stay_the_text_that_was_in_the_file():
    """Ids, a unit named NA, NSNs and odd numbers are not guessed at."""
    sheet = read("node_id,name\nNA,null\n00123,1E5\nnan,1e999\nTrue,\n")
    assert sheet.cells["node_id"].tolist() == ["NA", "00123", "nan", "True"]
    assert sheet.cells["name"].tolist() == ["null", "1E5", "1e999", ""]
    assert sheet.findings == []


def test_rows_are_the_lines_of_the_file():
    """Blank lines and line breaks inside cells count, so that an editor's line number is the row."""
    sheet = read('node_id,name\nA,"two\nlines"\n\nB,x\n,\nC,y\n')
    assert sheet.lines.tolist() == [2, 5, 7]


def test_byte_order_mark_is_no_part_of_the_first_name():
    """A file with a byte order mark reads like one without."""
    assert list(read(b"\xef\xbb\xbfnode_id,name\nA,B\n").cells) == ["node_id", "name"]


def test_undecodable_bytes_are_named_and_the_rest_goes_on():
    """A byte that is not UTF-8 gives its row and column, a guess, and leaves the other rows alone."""
    sheet = read(b"node_id,name\nA,caf\xe9\nB,fine\n")
    assert codes(sheet) == [(2, "name", "ENCODING")]
    assert "café" in sheet.findings[0].remedy
    assert sheet.cells["name"].tolist() == ["café", "fine"]


def test_utf16_is_read_and_said():
    """A file in UTF-16 is read, with a warning."""
    sheet = read("node_id,name\nA,é\n".encode("utf-16"))
    assert codes(sheet) == [(0, "", "ENCODING")]
    assert sheet.cells["name"].tolist() == ["é"]


def test_nul_and_control_characters_are_refused_in_their_cell():
    """NUL in a cell is a finding; so is any other character that can't be printed."""
    assert codes(read(b"node_id,name\nA,x\0y\nB,\x07\n")) == [(2, "name", "ENCODING"), (3, "name", "ENCODING")]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "MISSING_COLUMN"),
        (b"\n\n  \n", "MISSING_COLUMN"),
        (b"PK\x03\x04rest of an archive", "FILE_KIND"),
        (b"\0\1\2\3" * 300, "FILE_KIND"),
        (b"a," * 500_000 + b"\n1,2\n", "STRUCTURE"),
        (b"x" * 50_000, "STRUCTURE"),
    ],
    ids=["empty", "blank lines", "archive", "binary", "500,000 columns", "long header"],
)
def test_what_is_no_table_is_refused_in_one_finding(data, code):
    """Files of another kind or shape are not read; one finding says so, at once."""
    began = time.perf_counter()
    assert [f.code for f in read(data).findings] == [code]
    assert time.perf_counter() - began < 2


def test_too_many_rows_are_refused(monkeypatch):
    """A file with more rows than the limit is not read."""
    monkeypatch.setattr(tabular, "MAX_ROWS", 10)
    assert codes(read("a\n" + "1\n" * 11)) == [(0, "", "STRUCTURE")]


def test_too_large_a_file_is_refused_before_reading(tmp_path, monkeypatch):
    """The size is looked at before the content."""
    monkeypatch.setattr(tabular, "MAX_BYTES", 10)
    (tmp_path / "nodes.csv").write_text("node_id,name\nA,B\n")
    assert [f.code for f in tabular.read_csv(tmp_path / "nodes.csv").findings] == ["STRUCTURE"]


def test_long_cells_and_endless_fields_cost_their_own_row():
    """A cell of 110,000 characters, and one beyond what csv reads at all, are findings; the next row is read."""
    sheet = read(f"node_id,name\nA,{'x' * 110_000}\nB,{'y' * 200_000}\nC,z\n")
    assert codes(sheet) == [(2, "name", "STRUCTURE"), (3, "", "STRUCTURE")]
    assert sheet.cells["node_id"].tolist()[-1] == "C"


def test_a_quotation_mark_never_closed_costs_its_own_row():
    """The rows below an unclosed quotation mark are read all the same."""
    sheet = read('node_id,name\nA,"open\nB,x\nC,y\n')
    assert codes(sheet) == [(2, "", "STRUCTURE")]
    assert sheet.cells["node_id"].tolist() == ["A", "B", "C"]


def test_more_cells_than_columns_are_one_finding():
    """A decimal comma that adds a cell gives one finding for its row, and none for the cells it shifted."""
    loaded = checks.check(read("node_id,lon,lat,slots\nA,1,5,51,2\nB,12,51,\n"), NODES)
    assert [(f.row, f.column, f.code) for f in loaded.findings()] == [(2, "", "STRUCTURE")]


@pytest.mark.parametrize("mark", [";", "\t"])
def test_other_separators_are_read_with_a_warning(mark):
    """Semicolons and tabs, as spreadsheets in many countries write, are read and said."""
    sheet = read(f"node_id{mark}name\nA{mark}B\n")
    assert sheet.cells["name"].tolist() == ["B"]
    assert [(f.code, f.level) for f in sheet.findings] == [("STRUCTURE", "warning")]


def test_headers_missing_double_unknown_and_misspelt():
    """Each column fault is one finding on line 1; a misspelt required column is not also unknown."""
    loaded = checks.check(read("Node ID,name,name,colour,slot\nA,B,C,D,1\n"), NODES)
    found = [(f.row, f.column, f.code, f.level) for f in loaded.findings()]
    assert sorted(found) == [
        (1, "colour", "UNKNOWN_COLUMN", "warning"),
        (1, "name", "DUPLICATE_COLUMN", "error"),
        (1, "node_id", "MISSING_COLUMN", "error"),
        (1, "slot", "UNKNOWN_COLUMN", "warning"),
    ]
    remedies = {f.column: f.remedy for f in loaded.findings()}
    assert "Did you mean slots?" in remedies["slot"]
    assert "Rename it to node_id" in remedies["node_id"]


def test_tables_have_their_dtypes_even_when_empty():
    """An empty table and a full one have the same dtypes, and those that design says."""
    for name, table in TABLES.items():
        empty = checks.empty(table)
        assert list(empty.columns) == [c.name for c in table.columns], name
    nodes = checks.check(read("node_id,lon,lat\nA,1,2\n"), NODES).frame
    assert nodes.dtypes.equals(checks.empty(NODES).dtypes)
    assert str(nodes["slots"].dtype) == "float64"
    assert str(checks.empty(TABLES["fleet"])["count"].dtype) == "int64"
    assert str(checks.empty(TABLES["edges"])["oneway"].dtype) == "bool"
    assert str(checks.empty(TABLES["requisitions"])["latest"].dtype) == "datetime64[us, UTC]"
    assert nodes["kind"].tolist() == ["junction"]
    assert nodes["name"].tolist() == [""]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1200 lb", "Write 544.311"), ("1.5 t", "Write 1500"), ("1,5", "Write 1.5"), ("1,200", "1200"),
        ("12 000", "Write 12000"), ("1,234,567", "Write 1234567"), ("12 boxes", "without the unit"), ("n/a", "number"),
        ("1e999", "too large"), ("٣", "a number"), ("0x10", "a number"), ("--", "number"),
    ],
)  # fmt: skip
def test_numbers_with_something_else_say_how_to_write_them(text, says):
    """Units, separators and words in a number's cell are refused with the way to write it."""
    header = "requisition_id,unit_id,supply_class,item,quantity,weight_kg"
    loaded = checks.check(read(f'{header}\n1,U,I,x,1,"{text}"\n'), TABLES["requisitions"])
    (finding,) = loaded.findings()
    assert (finding.code, finding.column, finding.got) == ("TYPE", "weight_kg", text)
    assert says in finding.remedy


@pytest.mark.parametrize(
    "text", ["=cmd|' /C calc'!A0", "@SUM(1)", "+1", "-1", "\t=1", "'=x", "''@", "plain", "'quoted", "two\nlines", "é"]
)
def test_text_is_escaped_going_out_and_itself_coming_back(text, tmp_path):
    """A name that a spreadsheet would run as a formula is escaped in CSV and XLSX, and reads back as it was."""
    frame = checks.check(read("node_id,lon,lat\nA,-5,2\n"), NODES).frame.assign(name=pd.Series([text], dtype="str"))
    tabular.write_csv(tmp_path / "nodes.csv", frame, NODES)
    back = checks.check(tabular.read_csv(tmp_path / "nodes.csv"), NODES)
    assert back.frame["name"].tolist() == [text]
    assert back.frame["lon"].tolist() == [-5.0]
    assert ",-5," in (tmp_path / "nodes.csv").read_text("utf-8")
    xlsx.write_xlsx(tmp_path / "book.xlsx", {"nodes": (frame, NODES)}, {})
    sheets, findings = xlsx.read_xlsx(tmp_path / "book.xlsx")
    assert findings == []
    assert checks.check(sheets["nodes"], NODES).frame["name"].tolist() == [text]
    cell = openpyxl.load_workbook(tmp_path / "book.xlsx")["nodes"]["B2"]
    assert cell.data_type == "s"
    assert not str(cell.value).startswith(("=", "+", "-", "@", "\t"))


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20))
def test_any_text_survives_the_escape(text):
    """Whatever people write in a name comes back from a CSV cell."""
    frame = checks.check(read("node_id\nA\n"), NODES).frame.assign(name=pd.Series([text], dtype="str"))
    back = checks.check(read(tabular.csv_text(frame, NODES)), NODES).frame
    assert back["name"].tolist() == [text.strip(" ")]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_read_back_exactly(value):
    """The text of a number is the number."""
    assert float(tabular.number_text(value)) == value


def test_typed_cells_of_a_workbook_become_text_that_remembers(tmp_path):
    """Numbers, dates, times and truth values become text; that an id was a number or date is kept."""
    path = workbook(tmp_path, [
        ["node_id", "name", "open_from", "slots"],
        [7, date(2026, 5, 1), clock(6, 30), 2.0],
        ["007", 1.5, timedelta(days=1), True],
    ])  # fmt: skip
    sheet = xlsx.read_xlsx(path)[0]["nodes"]
    assert sheet.cells.values.tolist() == [["7", "2026-05-01", "06:30", "2"], ["007", "1.5", "24:00", "true"]]
    assert sheet.typed[0, "node_id"] == "number"
    assert sheet.typed[0, "name"] == "date"
    assert (1, "node_id") not in sheet.typed


def test_two_cells_a_million_rows_apart_end_at_once(tmp_path):
    """A sheet with a cell in its last corner is refused without walking there."""
    book = openpyxl.Workbook()
    book.active.title = "nodes"
    book.active["A1"] = "node_id"
    book.active["XFD1048576"] = 1
    book.save(tmp_path / "far.xlsx")
    began = time.perf_counter()
    sheets, findings = xlsx.read_xlsx(tmp_path / "far.xlsx")
    assert findings == []
    assert [f.code for f in sheets["nodes"].findings] == ["STRUCTURE"]
    assert time.perf_counter() - began < 5


def test_a_workbook_with_more_rows_than_the_limit_is_refused(tmp_path, monkeypatch):
    """Rows are counted while reading, whatever the sheet says of its size."""
    monkeypatch.setattr(xlsx, "MAX_ROWS", 20)
    path = workbook(tmp_path, [["node_id"], *([str(n)] for n in range(40))])
    assert [f.code for f in xlsx.read_xlsx(path)[0]["nodes"].findings] == ["STRUCTURE"]


def archive(path, members):
    """Write a zip archive of these members."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in members.items():
            out.writestr(name, data)
    return path


def sound_parts(tmp_path):
    """The parts of a sound small workbook."""
    with zipfile.ZipFile(workbook(tmp_path, [["node_id"], ["A"]])) as book:
        return {name: book.read(name) for name in book.namelist()}


def test_hostile_and_damaged_workbooks_are_one_finding(tmp_path):
    """Zip bombs, entities, truncated and foreign archives give one finding each, soon and without a traceback."""
    parts = sound_parts(tmp_path)
    sheet = "xl/worksheets/sheet1.xml"
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    late = parts[sheet].replace(b"<sheetData>", b"<sheetData>" + b" " * 9000 + b"<!DOCTYPE x [<!ENTITY a 'b'>]>")
    whole = (tmp_path / "book.xlsx").read_bytes()
    (tmp_path / "cut.xlsx").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.xlsx").write_text("node_id,name\n")
    (tmp_path / "nothing.xlsx").write_bytes(b"")
    hostile = [
        archive(tmp_path / "bomb.xlsx", {**parts, "xl/sharedStrings.xml": b" " * (xlsx.MAX_UNPACKED + 1)}),
        archive(tmp_path / "ratio.xlsx", {**parts, "xl/media/x.bin": b"\0" * 30_000_000}),
        archive(tmp_path / "entities.xlsx", {**parts, sheet: bomb + parts[sheet].split(b"?>", 1)[-1]}),
        archive(tmp_path / "late.xlsx", {**parts, sheet: late}),
        archive(tmp_path / "foreign.xlsx", {"a.txt": b"hello"}),
        archive(tmp_path / "hollow.xlsx", {k: v for k, v in parts.items() if k != sheet}),
        tmp_path / "cut.xlsx", tmp_path / "text.xlsx", tmp_path / "nothing.xlsx", tmp_path / "absent.xlsx",
    ]  # fmt: skip
    for path in hostile:
        began = time.perf_counter()
        sheets, findings = xlsx.read_xlsx(path)
        assert (sheets, [f.code for f in findings]) == ({}, ["FILE_KIND"]), path.name
        assert time.perf_counter() - began < 5


def feature(coordinates, kind="Point"):
    """One GeoJSON feature."""
    return {"type": "Feature", "properties": {}, "geometry": {"type": kind, "coordinates": coordinates}}


def collection(*features):
    """The bytes of a FeatureCollection."""
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def test_geojson_round_trip(tmp_path):
    """What is written reads back equal; longitude stays first."""
    whole = {"type": "FeatureCollection", "name": "é", "features": [feature([12.5, 51.0])]}
    geo.write_geojson(tmp_path / "a.geojson", whole)
    assert geo.read_geojson(tmp_path / "a.geojson") == (whole, [])
    geo.write_geojson(tmp_path / "b.geojson", geo.empty_collection())
    assert geo.read_geojson(tmp_path / "b.geojson") == (geo.empty_collection(), [])


def test_unsound_features_are_named_and_the_sound_ones_kept():
    """Each feature that can't be used is a finding with its place in the file."""
    data = collection(
        feature([12, 51]), feature([12, 151]), feature([[0, 0], [1, 1], [0, 1], [1, 0], [0, 0]], "Polygon"),
        {"type": "x"},
        feature("abc"), feature([], "LineString"), {**feature([1, 2]), "geometry": None},
        feature([[[0, 0], [1, 1], [0, 1], [1, 0], [0, 0]]], "Polygon"), {**feature([1, 2]), "properties": []},
    )  # fmt: skip
    whole, findings = geo.read_geojson_bytes(data, "threats.geojson")
    assert whole["features"] == [feature([12, 51]), {**feature([1, 2]), "properties": []}]
    assert [f.column for f in findings] == [f"features[{n}]" for n in range(1, 8)]
    assert {f.code for f in findings} == {"GEOMETRY"}


@pytest.mark.parametrize(
    "data",
    [
        b"", b"[]", b"{", b'{"type": "FeatureCollection"}', b"\xff\xfe\x00", b'"text"',
        collection(feature([12, 51])).replace(b"12", b"NaN"), collection(feature([12, 51])).replace(b"12", b"1e999"),
        collection(feature([12, 51])).replace(b"12", b"1" * 5000),
        b'{"type": "FeatureCollection", "type": "x", "features": []}', b"[" * 100_000,
        b'{"type": "FeatureCollection", "features": [], "name": "\\ud800"}',
    ],
    ids=["empty", "list", "cut", "no features", "binary", "text", "NaN", "1e999", "5,000 digits", "double key", "deep",
         "lone surrogate"],
)  # fmt: skip
def test_json_that_others_would_refuse_is_refused(data):
    """JSON that only Python would take gives one finding and no features."""
    whole, findings = geo.read_geojson_bytes(data, "threats.geojson")
    assert whole["features"] == []
    assert len(findings) == 1


@pytest.mark.parametrize(
    ("text", "kinds", "sound"),
    [
        ("LINESTRING (12 51, 12.1 51.1)", ("LineString",), True),
        ("LINESTRING (51 112, 51.1 112.1)", ("LineString",), False),
        ("LINESTRING EMPTY", ("LineString",), False),
        ("POINT (1 2)", ("LineString",), False),
        ("POLYGON ((0 0, 1 1, 0 1, 1 0, 0 0))", ("Polygon",), False),
        ("nonsense", ("Polygon",), False),
        ("LINESTRING (12 51, nan 51.1)", ("LineString",), False),
        ("LINESTRING (12 51, 1e999 51.1)", ("LineString",), False),
    ],
)
def test_well_known_text(text, kinds, sound):
    """Only sound shapes of the wanted kind, on the earth, pass."""
    assert (geo.wkt_fault(text, kinds) == "") is sound


@given(st.binary(max_size=200))
def test_no_bytes_make_the_csv_reader_fail(data):
    """Whatever the bytes, the reader returns a sheet and the checks return findings."""
    loaded = checks.check(read(data), NODES)
    assert len(loaded.frame) == len(loaded.lines)
    assert all(f.row == 0 or f.row in {1, *loaded.lines.tolist()} for f in loaded.findings())


def test_ten_thousand_rows_are_checked_in_seconds():
    """10,000 requisitions with faults in most rows take a few seconds."""
    columns = [c.name for c in TABLES["requisitions"].columns]
    faults = ["", "1200 lb", "-3", "x", "1,5", "2026-05-01 06:00", "VI", "é", "0", "1e999"]
    rng = np.random.default_rng(1)
    out = io.StringIO()
    out.write(",".join(columns) + "\n")
    for n in range(10_000):
        cells = [f"R{n % 9_000:05d}", "U1", "N1", "", "I", "MRE case", "10", "CS", "103"] + [""] * (len(columns) - 9)
        cells[int(rng.integers(len(cells)))] = f'"{faults[int(rng.integers(len(faults)))]}"'
        out.write(",".join(cells) + "\n")
    began = time.perf_counter()
    loaded = checks.check(read(out.getvalue(), "requisitions.csv"), TABLES["requisitions"])
    assert time.perf_counter() - began < 10
    assert len(loaded.findings()) > 4_000
