"""What spreadsheet programmes do to tables: other separators, surplus commas, formulas without values, lost columns."""

import csv
import io

import openpyxl
import pytest
from folders import COA, small, write

from workbench import scenario
from workbench.formats import checks, tabular, xlsx
from workbench.schema import TABLES


def places(path):
    """File or sheet, row, column and code of every finding."""
    return [(f.sheet or f.file, f.row, f.column, f.code) for f in scenario.validate(path)]


def german(path, marks=";"):
    """Write a table anew as a spreadsheet in Germany does: semicolons, decimal commas, lines that end in CR LF."""
    header, *rows = csv.reader(io.StringIO(path.read_text()))
    numbers = {c.name for c in TABLES[path.stem].columns if c.kind in ("int", "float")}
    out = io.StringIO()
    writer = csv.writer(out, delimiter=marks, lineterminator="\r\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([v.replace(".", ",") if h in numbers else v for h, v in zip(header, row, strict=True)])
    path.write_bytes(out.getvalue().encode())


@pytest.mark.parametrize("mark", [";", "\t"])
def test_folder_with_decimal_commas_is_read_and_said_once_a_file(tmp_path, mark):
    """Each file has one warning, which names the columns; what is read is the same, lists with semicolons too."""
    write(tmp_path / "ours", small())
    for path in write(tmp_path / "theirs", small()).glob("*.csv"):
        german(path, mark)
    findings = scenario.validate(tmp_path / "theirs")
    assert [(f.row, f.level, f.code) for f in findings] == [(1, "warning", "STRUCTURE")] * 9
    said = {f.file: f.got for f in findings}
    assert said["nodes.csv"].endswith("and decimal commas in lon, lat")
    ours, theirs = scenario.load(tmp_path / "ours"), scenario.load(tmp_path / "theirs")
    for name in TABLES:
        assert theirs.tables[name].equals(ours.tables[name]), name


def requisitions(weights, mark=";"):
    """Check a table of requisitions that differ in their weight."""
    header = mark.join(["requisition_id", "unit_id", "supply_class", "item", "quantity", "weight_kg"])
    rows = [mark.join([f"R{n:02d}", "U", "IX", "x", "1", f'"{w}"']) for n, w in enumerate(weights)]
    sheet = tabular.read_csv_bytes("\n".join([header, *rows]).encode(), "requisitions.csv")
    return checks.check(sheet, TABLES["requisitions"])


@pytest.mark.parametrize(
    ("weights", "mark", "read", "places"),
    [
        (["1,5", "2", "1.234,5", "-"], ";", [1.5, 2, 1234.5], [(1, "", "STRUCTURE"), (5, "weight_kg", "TYPE")]),
        (["1,5", "1.234", "7"], ";", [1.5, 1234, 7], [(1, "", "STRUCTURE")]),
        (["1.5", "1.234", "7"], ";", [1.5, 1.234, 7], [(1, "", "STRUCTURE")]),
        (["1,5", "2.5", "7"], ";", [], [(1, "", "STRUCTURE"), (1, "weight_kg", "TYPE")]),
        (["1,5"] * 9 + ["2.5"], ",", [], [(1, "weight_kg", "TYPE")]),
        (["1,5"] + ["2.5"] * 9, ",", [], [(2, "weight_kg", "TYPE")]),
    ],
)
def test_decimal_commas_are_read_where_they_can_mean_nothing_else(weights, mark, read, places):
    """Grouped thousands beside decimal commas are read; a mixture is one finding, and no cell is complained about."""
    loaded = requisitions(weights, mark)
    assert sorted((f.row, f.column, f.code) for f in loaded.findings()) == places
    assert loaded.frame["weight_kg"].tolist()[: len(read)] == read


def test_thousands_that_could_be_fractions_are_asked_about(tmp_path):
    """In a file of decimal commas, a column of 1.200 and 950 may mean either; one finding says so."""
    path = write(tmp_path, small()) / "stock.csv"
    text = path.read_text().replace(",500,CS,900", ',1.200,CS,"900,5"').replace(",", ";").replace("900;5", "900,5")
    path.write_text(text)
    assert places(tmp_path) == [("stock.csv", 1, "", "STRUCTURE"), ("stock.csv", 1, "on_hand", "TYPE")]


@pytest.mark.parametrize(
    ("table", "line", "column", "text"),
    [
        ("requisitions", 5, "remarks", "urgent, by noon"), ("requisitions", 5, "item", "MRE, case"),
        ("nodes", 5, "name", "Mill, old"), ("nodes", 3, "name", "Mill, old, north"), ("units", 3, "name", "2 Coy, 7th"),
        ("units", 3, "unit_id", "U,02"), ("nodes", 5, "node_id", "N,004"), ("closures", 2, "reason", "crater, deep"),
        ("fleet", 2, "vehicle_type", "TRUCK, old"), ("edges", 3, "road_class", "secondary, old"),
        ("stock", 4, "item", "MRE, case"),
    ],
)  # fmt: skip
def test_a_comma_too_many_is_one_finding(tmp_path, table, line, column, text):
    """Whatever the comma moves, and whoever refers to the row, only the row is named."""
    path = write(tmp_path, small()) / f"{table}.csv"
    lines = path.read_text().splitlines()
    cells = lines[line - 1].split(",")
    cells[lines[0].split(",").index(column)] = text
    lines[line - 1] = ",".join(cells)
    path.write_text("\n".join(lines))
    assert places(tmp_path) == [(f"{table}.csv", line, "", "STRUCTURE")]


def test_commas_at_the_end_of_each_row_are_no_fault(tmp_path):
    """Some programmes end every row with a separator, with or without the header."""
    for headed in (True, False):
        path = write(tmp_path / str(headed), small()) / "nodes.csv"
        first, *rest = path.read_text().splitlines()
        path.write_text("\n".join([first + "," * headed, *(row + "," for row in rest)]))
        assert places(path.parent) == []


def test_many_undecodable_cells_are_one_finding(tmp_path):
    """A table saved in another code page is said once, not at each cell; a few cells are named each."""
    tables = small()
    for row in tables["nodes"]:
        row["name"] = "Mühle"
    path = write(tmp_path, tables) / "nodes.csv"
    path.write_bytes(path.read_text("utf-8").encode("cp1252"))
    (finding,) = scenario.validate(tmp_path)
    assert (finding.file, finding.row, finding.code) == ("nodes.csv", 0, "ENCODING")
    assert "20 cells" in finding.got


@pytest.fixture
def book(tmp_path):
    """Return the path of the small scenario as a workbook, and the workbook."""
    path = scenario.to_xlsx(scenario.load(write(tmp_path / "folder", small())), tmp_path / "scenario.xlsx")
    return path, openpyxl.load_workbook(path)


def column(sheet, name):
    """Return the number of the column with a name."""
    return [cell.value for cell in sheet[1]].index(name) + 1


def test_formulas_without_values_are_named_each(book):
    """A workbook that no spreadsheet programme has saved holds formulas only: nothing is read as blank."""
    path, workbook = book
    asked, nodes = workbook["requisitions"], workbook["nodes"]
    asked.cell(5, column(asked, "weight_kg")).value = "=2*120"
    asked.cell(6, column(asked, "pallets")).value = "=1+1"
    nodes.cell(7, column(nodes, "node_id")).value = '="N0"&"06"'
    workbook.save(path)
    assert places(path) == [
        ("nodes", 7, "node_id", "FORMULA"), ("requisitions", 5, "weight_kg", "FORMULA"),
        ("requisitions", 6, "pallets", "FORMULA"),
    ]  # fmt: skip
    assert all("save it there" in f.remedy for f in scenario.validate(path))


@pytest.mark.parametrize(("table", "name"), [("requisitions", "weight_kg"), ("nodes", "node_id"), ("nodes", "lon")])
def test_a_column_of_formulas_without_values_is_one_finding(book, table, name):
    """Many of them are one finding, and no reference to them is complained about."""
    path, workbook = book
    sheet = workbook[table]
    for row in range(2, sheet.max_row + 1):
        sheet.cell(row, column(sheet, name)).value = "=A1"
    workbook.save(path)
    assert places(path) == [(table, 1, name, "FORMULA")]


def test_formulas_with_values_and_text_like_formulas_are_read(tmp_path):
    """A value that is there counts; text that starts with = is text; an error is named, in CSV too."""
    path = tmp_path / "book.xlsx"
    workbook = openpyxl.Workbook()
    workbook.active.append(["node_id", "name"])
    workbook.active.append(["A", "=1+1"])
    workbook.active.cell(2, 2).data_type = "s"
    workbook.save(path)
    assert xlsx.read_xlsx(path)[0]["Sheet"].cells["name"].tolist() == ["=1+1"]
    sheet = tabular.read_csv_bytes(b"node_id,name\nA,#REF!\nB,#1 depot\n", "nodes.csv")
    assert [(f.row, f.column, f.code) for f in sheet.findings] == [(2, "name", "FORMULA")]


def test_a_lost_column_of_the_key_is_missed_once(book):
    """Without owner two rows are alike, and courses of action look rows up by it: the column alone is named."""
    path, workbook = book
    fleet, files = workbook["fleet"], workbook["files"]
    fleet.append([cell.value for cell in fleet[2]])
    fleet.delete_cols(column(fleet, "owner"))
    text = COA.replace('depot = "N001"}', 'depot = "N001", owner = "Land"}')
    files.cell(2, 3).value = text
    workbook.save(path)
    assert places(path) == [("fleet", 1, "owner", "MISSING_COLUMN")]
    fleet.delete_rows(fleet.max_row)
    workbook.save(path)
    (finding,) = scenario.validate(path)
    assert "coas/detour.toml" in finding.got
