"""Tables people type in: edits, findings at the cell, what becomes of them."""

import ipywidgets as ipw
import pytest

from widgets import ConstraintPanel, DemandGrid, EditTable
from widgets.session import UNSAVED

COLUMNS = (
    {"name": "item", "title": "item", "type": "text"},
    {"name": "kg", "title": "kg", "type": "number"},
    {"name": "fixed", "title": "fixed", "type": "text", "readonly": True},
)


@pytest.fixture(autouse=True)
def _closed():
    """Each test closes its widgets."""
    yield
    ipw.Widget.close_all()


def _edit(table, row, column, value):
    table.wish = {
        "n": len(str(table.wish)) + row, "kind": "edit", "value": [{"row": row, "column": column, "value": value}],
    }  # fmt: skip


def test_an_edit_reaches_python():
    """A typed cell changes the row, is told to the listener, and never changes a read-only column."""
    table, heard = EditTable(columns=COLUMNS, rows=({"item": "water", "kg": 5, "fixed": "a"},)), []
    table.listen(heard.append)
    _edit(table, 0, "kg", 7)
    assert table.rows[0]["kg"] == 7
    assert heard == [table.rows]
    _edit(table, 0, "fixed", "b")
    assert table.rows[0]["fixed"] == "a"


def test_pasted_rows_grow_a_growing_table_only():
    """Cells below the last row add rows where that is allowed, and are dropped where not."""
    for growing, count in ((True, 3), (False, 1)):
        table = EditTable(columns=COLUMNS, rows=({"item": "water", "kg": 5, "fixed": ""},), growing=growing)
        table.on_edit([{"row": 1, "column": "item", "value": "food"}, {"row": 2, "column": "item", "value": "fuel"}])
        assert len(table.rows) == count


def test_rows_are_added_and_removed():
    """The buttons of a growing table do what they say."""
    table = EditTable(columns=COLUMNS, rows=({"item": "water", "kg": 5, "fixed": ""},), growing=True)
    table.wish = {"n": 1, "kind": "add", "value": None}
    assert len(table.rows) == 2
    table.wish = {"n": 2, "kind": "remove", "value": 0}
    assert [r["item"] for r in table.rows] == [None]


def test_the_grid_shows_the_rows_as_they_are(session):
    """A sound table has no findings and changes nothing by being shown."""
    grid = DemandGrid(session)
    assert len(grid.table.rows) == 4
    assert [f for f in grid.findings if f.level == "error"] == []
    assert session.unsaved is None


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("weight_kg", -5, "not negative"),
        ("unit_id", "NOBODY", "NOBODY"),
        ("latest", "tomorrow", "tomorrow"),
        ("supply_class", "XX", "XX"),
        ("requisition_id", "REQ-D2", "REQ-D2"),
    ],
)
def test_a_finding_stands_at_its_cell(session, column, value, words):
    """A bad cell is marked with what was expected; the session keeps the last good rows."""
    grid = DemandGrid(session)
    _edit(grid.table, 0, column, value)
    row = 1 if column == "requisition_id" else 0  # of two alike, the second is reported
    assert words in grid.table.errors[f"{row}.{column}"]
    assert grid.list.rows
    assert session.unsaved is None
    assert "last good rows" in grid.note.text


def test_a_good_edit_is_part_of_the_session(session):
    """A sound edit becomes an unsaved difference; mending it back leaves none."""
    grid = DemandGrid(session)
    _edit(grid.table, 0, "weight_kg", 1150)
    assert session.coa == UNSAVED
    assert session.problem.deliveries[0].load.kg == 1150
    assert grid.save.edits == ("requisitions: REQ-D1: weight_kg 1150",)
    _edit(grid.table, 0, "weight_kg", 1000)
    assert session.unsaved.changes == ()


def test_the_grid_follows_the_session(session, folder):
    """Another course of action shows other rows; a new line goes through the grid as well."""
    grid = DemandGrid(session)
    grid.table.on_add(None)
    assert [f for f in grid.findings if f.level == "error"] == []  # a blank line is passed over
    new = {**grid.table.rows[0], "requisition_id": "REQ-NEW"}
    grid.table._take([*grid.table.rows[:4], new])
    assert {d.requisition_id for d in session.problem.deliveries} >= {"REQ-D1", "REQ-NEW"}
    session.discard()
    assert len(grid.table.rows) == 4


def test_fleet_edits(session):
    """A count in the fleet table changes the problem's fleet, and nothing on disk."""
    panel = ConstraintPanel(session)
    before = sum(v.count for v in session.problem.fleet)
    taken = panel.fleet.rows[0]["count"]
    _edit(panel.fleet, 0, "count", 0)
    assert sum(v.count for v in session.problem.fleet) == before - taken
    assert session.unsaved.changes[0].values == {"count": 0}
    _edit(panel.fleet, 0, "count", "many")
    assert "0.count" in panel.fleet.errors
    assert session.unsaved.changes[0].values == {"count": 0}


def test_hours_of_a_place(session):
    """A window typed for a place narrows its deliveries."""
    panel = ConstraintPanel(session)
    row = next(i for i, r in enumerate(panel.places.rows) if r["node_id"] == "D2")
    _edit(panel.places, row, "windows", "06:00-07:00")
    place = next(p for p in session.problem.places if p.node_id == "D2")
    assert place.windows == ((7200, 10800),)
    _edit(panel.places, row, "windows", "07:00-06:00")
    assert f"{row}.windows" in panel.places.errors


def test_roads_close_and_open(session):
    """A bridge is closed by its box and opened again; another road by its id."""
    panel = ConstraintPanel(session)
    row = next(i for i, r in enumerate(panel.roads.rows) if r["edge_id"] == "B2")
    _edit(panel.roads, row, "closed", True)
    assert session.unsaved.close == ("B2",)
    row = next(i for i, r in enumerate(panel.roads.rows) if r["edge_id"] == "B2")
    _edit(panel.roads, row, "closed", False)
    assert session.unsaved.close == ()
    panel.other.on_edit([{"row": 0, "column": "edge_id", "value": "NOWHERE"}])
    assert "NOWHERE" in panel.note.text
    edge = session.scenario.tables["edges"]["edge_id"].iloc[0]
    panel.other.on_edit([{"row": 0, "column": "edge_id", "value": edge}])
    assert session.unsaved.close == (edge,)


def test_speeds_and_objective(session):
    """A factor slows a profile; weights replace the order by priority, and back."""
    panel = ConstraintPanel(session)
    _edit(panel.speeds, 0, "factor", 0.5)
    assert set(session.unsaved.speed_factor.values()) == {0.5}
    _edit(panel.speeds, 0, "factor", 0)
    assert panel.speeds.errors
    panel.objective.value = "weights"
    panel.weights.on_edit([{"row": 0, "column": "weight", "value": 500}])
    assert session.problem.objective.weights[1] == 500
    panel.objective.value = "priority"
    assert session.problem.objective.weights is None
