"""The closure editor and the risk front without a browser: what is closed, what that does, how it is taken back."""

from datetime import UTC, datetime

import ipywidgets as ipw
import pytest
import shapely

from widgets import BarredTable, ClosureEditor, RiskFront, Session, _ground_rows
from workbench import scenario
from workbench.errors import UsageError
from workbench.report import geometry
from workbench.report.hours import Span
from workbench.scenario import BASELINE

ALL = list(geometry.ROAD_GROUPS)


@pytest.fixture(autouse=True)
def _closed():
    """Each test closes its widgets."""
    yield
    ipw.Widget.close_all()


@pytest.fixture
def editor(planned):
    """An editor on a planned copy of four_drops."""
    return ClosureEditor(planned)


def wish(editor, kind, value=None):
    """Send what the page would send; fails when it is refused."""
    editor.tools.wish = {"n": editor.tools.done + 1, "kind": kind, "value": value}
    assert not editor.tools.error, editor.tools.error


def test_closing_the_only_bridge_cuts_off_the_far_side(editor):
    """The place behind B2 is cut off, its leg has no way left, and it is said in words and by a sign."""
    wish(editor, "road", {"edge": "B2"})
    assert editor.session.unsaved.close == ("B2",)
    assert (editor.tools.word, editor.tools.level) == ("✕ Cut off", "bad")
    assert [(row["by"], row["why"]) for row in editor.places.rows] == [("✕ no way", "bridge B2 (Quarry Bridge)")]
    assert "by bridge B2" in editor.tools.text
    assert {row["by"] for row in editor.legs.rows} == {"✕ no way"}
    assert all("B2" in row["why"] for row in editor.legs.rows)
    assert editor.session.violations


def test_edits_are_taken_back_one_by_one_to_the_same_inputs(editor):
    """Undo goes back step by step; with the last one the session has no edits and its plan as before."""
    session = editor.session
    before, plan = session.problem.inputs_sha256, session.plan
    wish(editor, "road", {"edge": "B2"})
    wish(editor, "around", {"kind": "threat", "node": session.problem.places[1].node_id, "km": "0.5", "level": "low"})
    wish(editor, "around", {"kind": "area", "node": session.problem.places[1].node_id, "km": "0.1", "level": "low"})
    assert len(editor.tools.edits) == 3
    for left in (2, 1, 0):
        wish(editor, "undo")
        assert len(editor.tools.edits) == left
    assert session.unsaved is None
    assert session.problem.inputs_sha256 == before
    assert session.plan.cost == plan.cost
    editor.tools.wish = {"n": 99, "kind": "undo", "value": None}
    assert "nothing to take back" in editor.tools.error


def test_any_edit_is_taken_back_from_the_list(editor):
    """The cross of an edit takes that one back and keeps the others."""
    wish(editor, "road", {"edge": "B2"})
    wish(editor, "threat", {"corners": [[20, 47], [20.01, 47], [20.01, 47.01]], "level": "high"})
    assert [row["sign"] for row in editor.tools.edits] == ["✕", "▲"]
    wish(editor, "take", editor.tools.edits[0]["key"])
    assert editor.session.unsaved.close == ()
    assert len(editor.session.unsaved.threats) == 1


def test_a_road_closed_twice_is_open_again(editor):
    """A second click takes the closure back; a road that the scenario closes is opened and closed again."""
    wish(editor, "road", {"edge": "B2"})
    wish(editor, "road", {"edge": "B2"})
    assert editor.session.unsaved is None
    session = editor.session
    wish(editor, "road", {"edge": "B2"})
    session.save_as_coa("shut")
    wish(editor, "road", {"edge": "B2"})
    assert session.unsaved.base == "shut"
    assert session.unsaved.reopen == ("B2",)
    assert editor.tools.edits[0]["sign"] == "✓"
    wish(editor, "road", {"edge": "B2"})
    assert session.unsaved is None


def test_edits_are_saved_beside_the_original(editor, folder):
    """A course of action of its own holds roads, areas and threats; the tables stay as they were."""
    before = {p.name: p.read_bytes() for p in folder.glob("*.*")}
    wish(editor, "road", {"edge": "B2"})
    wish(editor, "area", {"corners": [[20.9, 47.9], [20.91, 47.9], [20.91, 47.91]], "level": ""})
    wish(editor, "threat", {"corners": [[20.9, 47.9], [20.91, 47.9], [20.91, 47.91]], "level": "medium"})
    editor.session.save_as_coa("closed tonight")
    assert {p.name: p.read_bytes() for p in folder.glob("*.*")} == before
    kept = scenario.load(folder).coas["closed tonight"]
    assert kept.close == ("B2",)
    assert kept.threats[0]["level"] == "medium"
    assert shapely.from_wkt(kept.changes[0].values["area"]).area > 0
    assert editor.tools.edits == ()


def test_a_click_finds_the_road_and_says_when_there_is_none(editor):
    """The nearest road of the classes that are drawn is taken, within a few pixels."""
    edges = editor.session.scenario.tables["edges"].set_index("edge_id")
    nodes = editor.session.scenario.tables["nodes"].set_index("node_id")
    ends = nodes.loc[list(edges.loc["B2", ["from", "to"]]), ["lon", "lat"]].mean()
    assert editor.roads.nearest(ends["lon"], ends["lat"], 30, ALL) == "B2"
    assert editor.roads.nearest(ends["lon"], ends["lat"], 30, []) is None
    editor.tools.wish = {"n": 1, "kind": "at", "value": {"lon": 0, "lat": 0, "metres": 50, "groups": ALL}}
    assert "no road there" in editor.tools.error
    assert editor.session.unsaved is None


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("area", {"corners": [[0, 0], [1, 1], [0, 1], [1, 0]], "level": ""}, "cross"),
        ("around", {"kind": "area", "node": "D4", "km": "far", "level": ""}, "radius"),
        ("around", {"kind": "area", "node": "D4", "km": "nan", "level": ""}, "radius"),
        ("area", {"corners": [[14, 47], [14.01, 47], [14, 47.01]], "when": {"hours": "18-06"}}, "06:00-18:00"),
        (
            "area",
            {
                "corners": [[14, 47], [14.01, 47], [14, 47.01]],
                "when": {"from": "010900Z", "to": "0800"},
            },
            "end after it begins",
        ),
        ("road", {"edge": "B2", "when": {"from": "tomorrow"}}, "such as 010400Z MAY 26"),
        ("find", "   ", "Type a name"),
        ("find", "no such road", "No road is called"),
        ("road", {"edge": "NOPE"}, "no road NOPE"),
    ],
)
def test_what_can_not_be_done_is_said(editor, kind, value, words):
    """A refused wish changes nothing and says why."""
    editor.tools.wish = {"n": 1, "kind": kind, "value": value}
    assert words in editor.tools.error
    assert editor.session.unsaved is None


def test_roads_are_found_by_name_for_the_keyboard(editor):
    """A search lists roads with what they are, and whether they are closed now."""
    wish(editor, "find", "b2")
    assert [row["edge"] for row in editor.tools.found] == ["B2"]
    assert not editor.tools.found[0]["closed"]
    wish(editor, "road", {"edge": "B2"})
    assert editor.tools.found[0]["closed"]


def test_a_leg_that_is_hit_is_chosen_everywhere(editor):
    """Choosing a row points every view at the stop; a place is chosen likewise."""
    wish(editor, "road", {"edge": "B2"})
    editor.legs.on_choose(editor.legs.rows[0]["key"])
    chosen = editor.session.selection
    assert f"{chosen.route_id} {chosen.seq}" == editor.legs.rows[0]["key"]
    editor.places.on_choose(editor.places.rows[0]["key"])
    assert editor.session.selection.node == editor.places.rows[0]["key"]


def test_an_editor_without_a_plan_shows_places_only(session):
    """Before anything is planned the places are told, and no leg is."""
    editor = ClosureEditor(session)
    wish(editor, "road", {"edge": "B2"})
    assert editor.places.rows
    assert editor.legs.rows == ()


def test_a_scenario_that_does_not_open_leaves_an_empty_editor(folder):
    """A page with a broken scenario still opens."""
    (folder / "nodes.csv").write_text("nonsense\n")
    session = Session.open()
    assert ClosureEditor(session).tools.edits == ()
    assert RiskFront(session).front == ()


def test_a_threat_makes_a_front_and_rules_take_from_it(planned):
    """Every way is slower and safer than the one before; rules, clicks and faults are answered."""
    session = planned
    front = RiskFront(session)
    assert len(front.front) >= 1
    assert front.tools.lead
    front.tools.on_rule("safest")
    assert front.chosen == len(front.front) - 1
    front.chart.click = {"curve": 0, "index": 0, "x": 0, "y": 0}
    assert front.chosen == 0
    front.tools.wish = {"n": 1, "kind": "rule", "value": "soon"}
    assert "soon" in front.tools.error
    session.edit(close=tuple(session.scenario.tables["edges"]["edge_id"]))
    assert front.front == ()
    assert "no way" in front.tools.lead


def test_edits_of_others_survive_the_editor(planned):
    """Speeds laid by another panel stay when the last closure is taken back."""
    editor = ClosureEditor(planned)
    profile = planned.problem.fleet[0].profile
    planned.edit(speed_factor={profile: 0.5})
    editor.toggle("B2")
    editor.undo()
    assert planned.unsaved.speed_factor == {profile: 0.5}
    assert planned.coa != BASELINE


def test_areas_around_a_place_refuse_what_is_no_radius(planned):
    """A circle has its corners at the distance asked for."""
    shape = shapely.from_wkt(_ground_rows.circle(planned.problem, planned.problem.places[0].node_id, 2))
    assert len(shape.exterior.coords) == _ground_rows.CORNERS + 1
    with pytest.raises(UsageError):
        _ground_rows.circle(planned.problem, planned.problem.places[0].node_id, 0)


def test_closures_and_threats_have_their_hours(editor):
    """What is closed or added holds at the hours that were set; the list of edits and the map say which."""
    session = editor.session
    wish(editor, "road", {"edge": "B2", "when": {"from": "0500", "to": "06:00", "hours": ""}})
    corners = [[14, 47], [14.02, 47], [14, 47.02]]
    wish(editor, "threat", {"corners": corners, "level": "low", "when": {"hours": "06:00-08:00"}})
    wish(editor, "area", {"corners": corners, "level": "", "when": {"to": "010900Z MAY 26"}})
    told = [row["text"] for row in editor.tools.edits]
    assert [text.partition(", ")[2].removeprefix("secondary closed, ") for text in told] == [
        "010500Z MAY 26 to 010600Z MAY 26", "until 010900Z MAY 26", "low, daily 06:00–08:00Z"
    ]  # fmt: skip
    assert any("010500Z" in mark["title"] for mark in editor.map.marks.marks if mark["kind"] == "closure")
    network = session.problem.travel.roads.network
    assert network.hours.shut[network.edge_ids.index("B2")] == ((3600, 7200),)
    assert session.shown.threats["features"][-1]["properties"]["hours"] == "06:00-08:00"
    wish(editor, "road", {"edge": "B2"})
    assert not [c for c in session.unsaved.changes if c.values.get("edge_id")]
    session.save_as_coa("by the hour")
    kept = scenario.load(session.scenario.path).coas["by the hour"]
    assert kept.threats[0]["hours"] == "06:00-08:00"
    assert kept.changes[0].values["to"] == "2026-05-01T09:00:00Z"


def test_the_map_points_at_what_an_edit_does(editor):
    """Places that get farther or are cut off carry it on the map, and legs that are hit are drawn; undo clears both."""
    wish(editor, "road", {"edge": "B2"})
    assert editor.map.marks.notes == {"D4": {"text": "✕ no way", "level": "bad"}}
    (hit,) = editor.map._layers["legs"].data["features"]
    assert len(hit["geometry"]["coordinates"]) == len(editor.legs.rows)
    wish(editor, "undo")
    assert editor.map.marks.notes == {}
    assert editor.map._layers["legs"].data["features"] == []


def test_a_place_that_gets_farther_says_by_how_much_and_why(editor):
    """Slower is not cut off: minutes before and after, the difference, and the road that was on its way."""
    edges = {e for row in editor.session.problem.travel.roads.network.edge_ids for e in [row]}
    moved = {}
    for edge in sorted(edges):
        wish(editor, "road", {"edge": edge})
        moved |= {row["key"]: row for row in editor.places.rows if row["level"] == "warn"}
        wish(editor, "undo")
    assert moved
    for row in moved.values():
        before, after, by = (int(row[c].strip("+ min")) for c in ("before", "after", "by"))
        assert abs(after - before - by) <= 1
        assert row["why"].startswith(("road ", "bridge "))


def test_a_saved_course_of_action_shows_what_it_does_when_opened_again(editor):
    """Opened again, it is compared with what it starts from; with edits on it, those are."""
    session = editor.session
    wish(editor, "road", {"edge": "B2"})
    session.save_as_coa("bridge down")
    assert editor.tools.edits == ()
    assert editor.tools.text.startswith("bridge down against baseline: 1 place cut off")
    session.choose_coa(BASELINE)
    assert (editor.tools.word, editor.places.rows) == ("No edits", ())
    session.choose_coa("bridge down")
    assert [row["by"] for row in editor.places.rows] == ["✕ no way"]
    wish(editor, "road", {"edge": "B2"})
    assert session.unsaved.reopen == ("B2",)
    assert [row["by"] for row in editor.places.rows] == ["✓ reached again"]


def test_the_front_shows_its_two_places_only(planned):
    """Other places would hide the ways."""
    front = RiskFront(planned)
    assert set(front.map.marks.only) == {front.tools.start, front.tools.end}


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("0600", "2026-05-01T06:00"),
        ("03:30", "2026-05-02T03:30"),
        ("010200Z", "2026-05-01T02:00"),
        ("031815", "2026-05-03T18:15"),
        ("010600z may 26", "2026-05-01T06:00"),
        ("150000Z JUN", "2026-06-15T00:00"),
        ("2026-05-01T06:00:00+02:00", "2026-05-01T04:00"),
    ],
)
def test_times_are_read_as_they_are_spoken(text, iso):
    """A clock time is the next one of the plan, a day the next of that number, a full group itself."""
    span = Span(datetime(2026, 5, 1, 4, tzinfo=UTC), 12 * 3600)
    assert f"{_ground_rows.moment(text, span):%Y-%m-%dT%H:%M}" == iso


@pytest.mark.parametrize("text", ["6", "2500", "320600Z", "0600 tomorrow", "noon", "0600Z FOO"])
def test_what_is_no_time_is_refused(text):
    """With an example of one that is."""
    span = Span(datetime(2026, 5, 1, 4, tzinfo=UTC), 12 * 3600)
    with pytest.raises(UsageError, match="010400Z MAY 26"):
        _ground_rows.moment(text, span)


def test_the_bridges_that_stop_the_heaviest_are_listed_closed_ones_first(planned):
    """The list follows the edits: a bridge that is closed goes to the top."""
    table = BarredTable(planned)
    assert "class 31" in table.title
    before = [row["sign"] for row in table.rows]
    assert "✕ closed" not in before
    planned.edit(close=("B2",))
    assert table.rows[0]["key"] == "B2"
    assert (table.rows[0]["sign"], table.rows[0]["level"]) == ("✕ closed", "bad")
    signs = [row["sign"] for row in table.rows]
    assert signs == sorted(signs, key=("✕ closed", "! too weak", "? class not known").index)
