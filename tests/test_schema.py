"""The declarations of the tables, and what is made of them."""

import pytest

from workbench.formats import checks
from workbench.formats.cells import BadCell, parse
from workbench.formats.tabular import to_text
from workbench.schema import TABLES, Column, describe

COLUMNS = [(table, column) for table in TABLES.values() for column in table.columns]


def ids(pair):
    """Name a column in test output."""
    return f"{pair[0].name}.{pair[1].name}"


@pytest.mark.parametrize("pair", COLUMNS, ids=ids)
def test_declarations_agree_with_themselves(pair):
    """Names are unique, references lead to a column, defaults are allowed values, help is a sentence."""
    table, column = pair
    assert [c.name for c in table.columns].count(column.name) == 1
    assert column.help.endswith((".", ";", "false.")) or ".." in column.help
    if column.ref:
        target, name = column.ref.split(".")
        assert TABLES[target].column(name).required
    if column.choices and column.default:
        assert column.default in column.choices
    if column.low is not None and isinstance(column.default, (int, float)):
        assert column.low <= column.default <= column.high
    assert not (column.required and column.default is not None)


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda t: t.name)
def test_keys_are_columns_and_pandera_knows_every_column(table):
    """The schema made of the declarations has a check for each of them, and one for the key."""
    names = {c.name for c in table.columns}
    assert set(table.key) <= names
    made = checks.pandera_schema(table)
    assert set(made.columns) == names | ({checks.KEY} if table.key else set())
    assert checks.pandera_schema(table) is made
    for column in table.columns:
        codes = {check.name for check in made.columns[column.name].checks}
        assert ("REQUIRED" in codes) == column.required
        assert ("CHOICE" in codes) == (column.kind == "choice")
        assert ("RANGE" in codes) == (column.low is not None or column.high is not None)


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda t: t.name)
def test_describe_lists_every_column(table):
    """The documentation of a table has a row for each column, with its bounds or choices."""
    rows = describe(table)
    assert [row["column"] for row in rows] == [c.name for c in table.columns]
    by_name = {row["column"]: row for row in rows}
    for column in table.columns:
        if column.choices:
            assert by_name[column.name]["allowed"] == " | ".join(column.choices)


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda t: t.name)
def test_empty_tables_turn_into_text(table):
    """A table without rows has its columns as text too."""
    assert list(to_text(checks.empty(table), table)) == [c.name for c in table.columns]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("int", "12", 12.0), ("int", "3.0", 3.0), ("float", "-.5", -0.5), ("float", "1e3", 1000.0),
        ("bool", "Yes", 1.0),
        ("bool", "0", 0.0), ("clock", "6:05", "06:05"), ("clock", "06:05:00", "06:05"), ("clock", "24:00", "24:00"),
        ("windows", "14:00-18:00; 06:00-10:00", "06:00-10:00;14:00-18:00"), ("list", "I; V ;I", "I;V"),
        ("id", "007", "007"),
    ],
)  # fmt: skip
def test_cells_take_their_normal_form(kind, text, value):
    """Each kind of cell has one form inside, however it was typed."""
    choices = ("I", "V") if kind == "list" else ()
    assert parse(Column("x", kind, "", choices=choices), text) == value


@pytest.mark.parametrize(
    ("kind", "text", "says"),
    [
        ("instant", "2026-05-01 06:00", "Write 2026-05-01T06:00Z"), ("instant", "2026-05-01", "2026-05-01T06:00:00Z"),
        ("instant", "010600Z MAY 26", "2026-05-01T06:00:00Z"), ("instant", "990600Z MAY 26", "Z for UTC"),
        ("instant", "0001-01-01T00:00:00+14:00", "2000 and 2100"),
        ("instant", "1899-12-30T00:00:00Z", "Check the date"),
        ("clock", "0630", "Write 06:30"), ("clock", "6h30", "06:30"), ("windows", "20:00-04:00", "over midnight"),
        ("windows", "06:00-10:00;09:00-11:00", "Join"), ("windows", ";", "Leave the cell blank"),
        ("int", "2.5", "Write 2 or 3"),
    ],
)  # fmt: skip
def test_cells_that_are_wrong_say_how_to_mend_them(kind, text, says):
    """The remedy shows the very text to write where it can be told."""
    with pytest.raises(BadCell) as caught:
        parse(Column("x", kind, ""), text)
    assert says in caught.value.remedy


@pytest.mark.parametrize(
    ("text", "meant"), [("class 3b", "IIIB"), ("CL III(P)", "IIIP"), ("5", "V"), ("water", "WATER")]
)
def test_classes_of_supply_are_guessed_at_in_the_remedy(text, meant):
    """Common ways to write a class of supply lead to ours."""
    column = TABLES["requisitions"].column("supply_class")
    assert checks.cells.choice_remedy(column, text) == f"Write {meant}."
