"""Folders and workbooks that are not quite tables: one finding says so, and nothing that follows from it is said."""

import os

import openpyxl
import pytest
from folders import small, spoilt, write

from workbench import scenario

NO_HEADER = {
    "a blank first line": b"\n",
    "a title": b"Requisitions of May\n",
    "a title and commas": b"Requisitions of May,,,,\n",
    "the mark of a separator": b"sep=;\n",
}


def places(folder):
    """Return file, row, column and code of every finding."""
    return [(f.file, f.row, f.column, f.code) for f in scenario.validate(folder)]


def without(table, column):
    """Return the small scenario whose table lacks a column."""
    tables = small()
    for row in tables[table]:
        del row[column]
    return tables


@pytest.mark.parametrize("above", NO_HEADER.values(), ids=list(NO_HEADER))
def test_lines_above_the_header_are_one_finding(tmp_path, above):
    """What stands above the names of the columns: the table is not read, and no row is complained about."""
    path = write(tmp_path, small()) / "requisitions.csv"
    path.write_bytes(above + path.read_bytes())
    assert places(tmp_path) == [("requisitions.csv", 1, "", "MISSING_COLUMN")]


def test_no_header_at_all_and_noise_are_one_finding(tmp_path):
    """A table that starts with its first row, and one of bytes."""
    path = write(tmp_path, small()) / "nodes.csv"
    path.write_bytes(path.read_bytes().split(b"\n", 1)[1])
    assert places(tmp_path) == [("nodes.csv", 1, "", "MISSING_COLUMN")]
    path.write_bytes(bytes(range(1, 256)) * 20)
    assert places(tmp_path) == [("nodes.csv", 1, "", "MISSING_COLUMN")]
    path.write_bytes("node_id,lon,lat\nN001,12.05,51.00\n".encode("utf-32"))
    assert places(tmp_path) == [("nodes.csv", 0, "", "ENCODING")]


@pytest.mark.parametrize(
    ("table", "column"),
    [("nodes", "lon"), ("nodes", "lat"), ("units", "node_id"), ("fleet", "shift_end"), ("stock", "node_id"),
     ("requisitions", "unit_of_issue"), ("requisitions", "litres")],
)  # fmt: skip
def test_column_that_many_rows_need_is_missed_once(tmp_path, table, column):
    """A column that is not always required, but is here: one finding at the header, none for its rows."""
    write(tmp_path, without(table, column))
    assert places(tmp_path) == [(f"{table}.csv", 1, column, "MISSING_COLUMN")]


def test_column_of_another_name_is_told_to_be_renamed(tmp_path):
    """The warning about the unknown column and the missing one are one."""
    path = write(tmp_path, small()) / "nodes.csv"
    path.write_text(path.read_text().replace("lon", "Lon", 1))
    (finding,) = scenario.validate(tmp_path)
    assert (finding.column, finding.code, finding.remedy) == ("lon", "MISSING_COLUMN", "Rename it to lon.")


def test_units_that_are_not_there_are_missed_once(tmp_path):
    """No file, no archive in its stead, no rows, no name: each time units alone are at fault."""
    write(tmp_path, small())
    path = tmp_path / "units.csv"
    whole = path.read_bytes()
    path.unlink()
    assert ("units.csv", 0, "", "MISSING_FILE") in places(tmp_path)
    assert {p[0] for p in places(tmp_path)} == {"units.csv"}
    path.write_bytes(b"PK\x03\x04")
    assert places(tmp_path) == [("units.csv", 0, "", "FILE_KIND")]
    path.write_bytes(whole.split(b"\n", 1)[0] + b"\n")
    assert places(tmp_path) == [("units.csv", 0, "", "EMPTY")]
    path.write_bytes(whole.replace(b"name", b"spoken", 1))
    assert {p[0] for p in places(tmp_path)} == {"units.csv"}


def test_nodes_without_rows_are_an_error_once(tmp_path):
    """Roads, units and requisitions refer to nodes: without rows that is one error, not one for each."""
    path = write(tmp_path, small()) / "nodes.csv"
    path.write_bytes(path.read_bytes().split(b"\n", 1)[0] + b"\n")
    (finding,) = scenario.validate(tmp_path)
    assert (finding.file, finding.code, finding.level) == ("nodes.csv", "EMPTY", "error")


def test_folders_pipes_and_links_in_the_place_of_files(tmp_path):
    """They are named, and reading waits for none of them."""
    write(tmp_path, small())
    (tmp_path / "stock.csv").unlink()
    (tmp_path / "stock.csv").mkdir()
    (tmp_path / "closures.csv").unlink()
    (tmp_path / "closures.csv").symlink_to(tmp_path / "nothing")
    os.mkfifo(tmp_path / "coas" / "pipe.toml")
    (tmp_path / "coas" / "folder.toml").mkdir()
    (tmp_path / "threats.geojson").write_bytes(b"")
    assert places(tmp_path) == [
        ("closures.csv", 0, "", "FILE_KIND"), ("coas/folder.toml", 0, "", "FILE_KIND"),
        ("coas/pipe.toml", 0, "", "FILE_KIND"), ("stock.csv", 0, "", "FILE_KIND"),
        ("threats.geojson", 1, "", "GEOMETRY"),
    ]  # fmt: skip


def test_files_that_are_passed_over_are_named(tmp_path):
    """A table under nearly its name, the same name twice, tables beside a workbook."""
    write(tmp_path / "a", small())
    (tmp_path / "a" / "stock.csv").rename(tmp_path / "a" / "stocks.csv")
    (tmp_path / "a" / "Nodes.csv").write_bytes((tmp_path / "a" / "nodes.csv").read_bytes())
    assert places(tmp_path / "a") == [("nodes.csv", 0, "", "UNREAD"), ("stocks.csv", 0, "", "UNREAD")]
    scenario.to_xlsx(scenario.load(write(tmp_path / "b", small())), tmp_path / "scenario.xlsx")
    (tmp_path / "nodes.csv").write_text("node_id\n")
    assert places(tmp_path) == [("nodes.csv", 0, "", "UNREAD")]


@pytest.mark.parametrize("name", ["README.md", "threats.geojson", "coas/detour.toml"])
def test_path_of_another_file_is_told_so(tmp_path, name):
    """It is not called a damaged workbook."""
    path = write(tmp_path, small()) / name
    path.touch()
    (finding,) = scenario.validate(path)
    assert finding.code == "FILE_KIND"
    assert "workbook" not in finding.expected + finding.got + finding.remedy


def test_folder_of_folders_is_not_called_empty(tmp_path):
    """A folder above the scenario holds none of its files."""
    write(tmp_path / "a", small())
    (finding,) = scenario.validate(tmp_path)
    assert finding.got == "none of its files"


def test_node_that_its_only_road_contradicts(tmp_path):
    """The shape is as long as the road says and starts at the other node: the position is wrong, not the shape."""
    tables = small()
    tables["nodes"].append({**tables["nodes"][5], "node_id": "N021", "lon": "12.90"})
    start = tables["nodes"][0]
    line = f"LINESTRING ({start['lon']} {start['lat']}, 12.06 51.01)"
    tables["edges"].append(
        {**tables["edges"][0], "edge_id": "E999", "from": "N001", "to": "N021", "length_m": "1330", "geometry": line}
    )
    write(tmp_path, tables)
    assert places(tmp_path) == [("nodes.csv", 22, "lon", "POSITION_FAR")]


def test_time_of_day_that_a_spreadsheet_shows_as_a_share(tmp_path):
    """0.25 of a day is 06:00."""
    write(tmp_path, spoilt(("nodes", 4), open_from="0.25", open_to="12:00"))
    (finding,) = scenario.validate(tmp_path)
    assert finding.remedy == "Write 06:00."


def test_settings_that_are_no_text_are_one_finding(tmp_path):
    """A file in UTF-16 is not also a line that is no TOML."""
    path = write(tmp_path, small()) / "scenario.toml"
    path.write_bytes(path.read_text().encode("utf-16"))
    assert places(tmp_path) == [("scenario.toml", 1, "", "ENCODING")]


@pytest.fixture
def book(tmp_path):
    """Return the path of the small scenario as a workbook, and the workbook."""
    path = scenario.to_xlsx(scenario.load(write(tmp_path / "folder", small())), tmp_path / "scenario.xlsx")
    return path, openpyxl.load_workbook(path)


def sheets(path):
    """Return sheet, row, column and code of every finding."""
    return [(f.sheet, f.row, f.column, f.code) for f in scenario.validate(path)]


def test_lines_above_the_header_of_a_sheet(book):
    """A blank line and a title, and cells beyond the header counted as they are."""
    path, workbook = book
    workbook["requisitions"].insert_rows(1)
    workbook["fleet"].insert_rows(1)
    workbook["fleet"]["A1"] = "Vehicles of May"
    workbook["stock"].cell(3, 30).value = "stray"
    workbook.save(path)
    findings = {(f.sheet, f.row, f.code): f for f in scenario.validate(path)}
    assert sorted(findings) == [
        ("fleet", 1, "MISSING_COLUMN"), ("requisitions", 1, "MISSING_COLUMN"), ("stock", 3, "STRUCTURE"),
    ]  # fmt: skip
    assert findings["stock", 3, "STRUCTURE"].got.startswith("30 cells under")


def test_sheet_without_anything(book):
    """A required sheet that is blank is missed; the settings' too."""
    path, workbook = book
    for name in ("edges", "scenario"):
        workbook[name].delete_rows(1, 999)
    workbook.save(path)
    assert sheets(path) == [("edges", 0, "", "EMPTY"), ("scenario", 0, "", "EMPTY")]


def test_settings_of_a_sheet(book):
    """A setting that comes twice, and columns of another name."""
    path, workbook = book
    workbook["scenario"].append(["as_of", "2026-06-01T04:00:00Z"])
    workbook.save(path)
    last = workbook["scenario"].max_row
    assert sheets(path) == [("scenario", last, "as_of", "DUPLICATE")]
    workbook["scenario"].delete_rows(last)
    workbook["scenario"]["A1"] = "Setting"
    workbook.save(path)
    assert sheets(path) == [("scenario", 1, "key", "MISSING_COLUMN")]
