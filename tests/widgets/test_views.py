"""The widgets' Python half: what they show of a session, what they wish, what they refuse."""

import ipywidgets as ipw
import pytest

import widgets
from widgets import (
    ArrivalTable,
    Chart,
    FindingTable,
    JobPanel,
    KpiBoard,
    ListTable,
    PlanMap,
    PlanPicker,
    RiskTable,
    SaveBar,
    Session,
    Timeline,
    UnservedTable,
    ViolationTable,
    commander,
)
from widgets._base import WorkbenchWidget
from widgets.discover import UNKNOWN_MARKING
from workbench import charts, kpi
from workbench.jobs import Progress


@pytest.fixture(autouse=True)
def _closed():
    """Each test closes its widgets."""
    yield
    ipw.Widget.close_all()


@pytest.mark.parametrize("name", widgets.__all__)
def test_every_name_resolves(name):
    """What `widgets` offers is there."""
    assert getattr(widgets, name) is not None


def test_an_unknown_option_is_refused():
    """A misspelt option is an error with the known ones, not silence."""
    with pytest.raises(TypeError, match=r"no option colour.*height"):
        Chart(colour="red")


def test_a_failing_wish_is_shown_under_its_widget(session):
    """An exception in a callback is never lost."""
    bar = SaveBar(session)
    bar.wish = {"n": 1, "kind": "coa", "value": "x"}
    assert "no edits" in bar.error
    bar.wish = {"n": 2, "kind": "dance", "value": None}
    assert "dance" in bar.error


def test_nothing_planned_yet_is_a_sensible_page(session):
    """Before a plan the commander's page offers to plan."""
    page = commander(session)
    board = next(w for w in page.children[-1].children if isinstance(w, KpiBoard))
    assert "Nothing is planned yet: 4 deliveries" in board.headline
    assert any(isinstance(w, JobPanel) and w.layout.display != "none" for w in page.children[-1].children)


def test_a_broken_scenario_is_a_sensible_page(folder):
    """A folder that doesn't open shows its findings where the plan would be."""
    (folder / "fleet.csv").write_text("nonsense\n")
    session = Session.open()
    page = commander(session)
    table = next(w for w in page.children if isinstance(w, FindingTable))
    assert table.layout.display != "none"
    assert len(table.rows) == len(session.findings) > 0


def test_a_page_shows_its_parts_only_while_a_scenario_is_open(folder):
    """What is wrong stands alone; another scenario brings the parts back, and the broken constraints stay away."""
    good = (folder / "fleet.csv").read_text()
    (folder / "fleet.csv").write_text(good.replace(",1,", ",one,"))
    session = Session.open()
    _, findings, parts = commander(session).children
    assert (findings.layout.display, parts.layout.display) == ("", "none")
    (folder / "fleet.csv").write_text(good)
    session.load(folder)
    assert findings.layout.display == "none"
    assert parts.layout.display == ""
    assert parts.children[-1].layout.display == "none"


@pytest.mark.parametrize(
    ("settings", "marking"),
    [
        (None, "UNCLASSIFIED//EXERCISE"),
        ('name = "x"\nmarking = "SECRET//REL NATO"\nas_of = nonsense [[[', "SECRET//REL NATO"),
        ('name = "x"\n', UNKNOWN_MARKING),
    ],
)
def test_a_scenario_that_does_not_open_keeps_its_marking(folder, settings, marking):
    """What is listed as wrong quotes the scenario: the page carries its marking, or says that it is not known."""
    if settings is not None:
        (folder / "scenario.toml").write_text(settings)
    (folder / "fleet.csv").write_text("nonsense\n")
    session = Session.open()
    assert session.findings
    assert PlanPicker(session).marking == marking


def test_no_scenario_at_all_is_a_sensible_page():
    """A session with nothing open can be laid out."""
    assert commander(Session()) is not None


def test_the_timeline_shows_every_route_and_stop(planned):
    """Bars hold the plan's own times, windows and lateness."""
    line = Timeline(planned)
    assert [r["route_id"] for r in line.routes] == [r.route_id for r in planned.plan.routes]
    for row, route in zip(line.routes, planned.plan.routes, strict=True):
        assert [s["begin_s"] for s in row["stops"]] == [s.begin_s for s in route.stops]
        assert not row["late"]
        drops = [s for s in row["stops"] if s["kind"] == "deliver"]
        assert all(any(a <= s["begin_s"] <= b for a, b in s["windows"]) for s in drops)


def test_selection_is_one_for_all(planned):
    """What the timeline chooses, the map shows; what the map closes, the timeline lets go."""
    line, plan_map = Timeline(planned), PlanMap(planned)
    route = planned.plan.routes[0]
    line.selected = route.route_id
    assert planned.selection.route_id == route.route_id
    assert plan_map.marks.details["title"].startswith(route.route_id)
    assert plan_map.marks.route == route.route_id
    plan_map.marks.wish = {"n": 1, "kind": "stop", "value": 2}
    assert (line.selected, line.selected_stop) == (route.route_id, 2)
    plan_map.marks.wish = {"n": 2, "kind": "close", "value": None}
    assert (line.selected, plan_map.marks.details) == ("", {})


def test_a_click_on_a_line_selects_its_route(planned):
    """The wide invisible line over a route answers with its id."""
    plan_map = PlanMap(planned)
    route_id = planned.plan.routes[-1].route_id
    plan_map._clicked(event="click", properties={"route_id": route_id})
    assert planned.selection.route_id == route_id


def test_the_map_asks_for_nothing(planned):
    """No layer has an address on another machine."""
    plan_map = PlanMap(planned)
    assert all("http" not in str(getattr(layer, "url", "")) for layer in plan_map.map.layers)
    assert {m["id"] for m in plan_map.marks.marks if "id" in m} >= {p.node_id for p in planned.problem.places}


def test_the_map_shows_threats_and_no_fly_areas_with_their_hours(planned):
    """Each has its area and a sign with name, hours and a card; the legend names what is there, and nothing else."""
    plan_map = PlanMap(planned)
    assert {row.get("cls") for row in plan_map.marks.legend} & {"threat", "reach", "nofly"} == set()
    threats = (
        {"shape": "POLYGON ((14 47, 14.02 47, 14.02 47.02, 14 47))", "threat_id": "T1", "level": "high",
         "hours": "06:00-18:00"},
        {"shape": "POINT (14.05 47.05)", "threat_id": "A1", "name": "guns", "stand_off_m": 2000},
    )  # fmt: skip
    planned.edit(threats=threats)
    classes = {f["properties"]["style"]["className"] for f in plan_map._layers["threats"].data["features"]}
    assert classes == {"wb-threat", "wb-nofly"}
    signs = {m["label"]: m for m in plan_map.marks.marks if "card" in m}
    assert set(signs) == {"T1 0600–1800Z", "guns"}
    assert {"key": "when", "text": "daily 06:00–18:00Z"} in signs["T1 0600–1800Z"]["card"]["rows"]
    assert {"key": "nothing flies", "text": "within 2 km"} in signs["guns"]["card"]["rows"]
    assert {row.get("cls") for row in plan_map.marks.legend} & {"threat", "reach", "nofly"} == {"threat", "nofly"}


def test_a_place_tells_what_arrives(planned):
    """A click on a unit's symbol lists its deliveries with their status."""
    plan_map = PlanMap(planned)
    plan_map.marks.wish = {"n": 1, "kind": "mark", "value": "D4"}
    card = plan_map.marks.details
    assert card["title"] == "Quarry"
    assert [r["chip"][0] for r in card["rows"]] == ["✓"]


def test_tables_list_everything(planned):
    """Every delivery arrives in a row; choosing one selects it everywhere."""
    table = ArrivalTable(planned)
    assert len(table.rows) == len(planned.problem.deliveries)
    table.wish = {"n": 1, "kind": "choose", "value": "REQ-D3/1"}
    assert planned.selection.delivery_id == "REQ-D3/1"
    assert table.selected == "REQ-D3/1"
    assert {r["level"] for r in RiskTable(planned).rows} <= {"warn", "bad"}


def test_what_is_left_out_has_its_reason(session):
    """With the bridge out the quarry's line has code, sentence and something to do."""
    session.choose_coa("bridge_out")
    session.solve(engine="greedy", iterations=5).wait(120)
    (row,) = UnservedTable(session).rows
    assert (row["code"], bool(row["reason"]), bool(row["remedy"])) == ("UNREACHABLE", True, True)
    assert KpiBoard(session).level == "warn"


def test_violations_point_at_their_route(planned):
    """A broken plan lists what it breaks; choosing a line selects the route."""
    planned.edit(close=("B2",))
    table = ViolationTable(planned)
    assert len(table.rows) == len(planned.violations) > 0
    table.wish = {"n": 1, "kind": "choose", "value": "0"}
    assert planned.selection.route_id == planned.violations[0].route_id
    assert "Hold" in KpiBoard(planned).headline


def test_the_picker_goes_where_it_is_told(planned):
    """Courses of action and plans are chosen by name and file."""
    picker = PlanPicker(planned)
    assert picker.verdict["level"] == "ok"
    assert picker.marking == planned.marking
    picker.wish = {"n": 1, "kind": "coa", "value": "bridge_out"}
    assert (planned.coa, picker.verdict["text"]) == ("bridge_out", "no plan")
    picker.wish = {"n": 2, "kind": "plan", "value": picker.plans[-1][0]}
    assert planned.coa == "baseline"
    picker.wish = {"n": 3, "kind": "scenario", "value": "/nowhere"}
    assert "nowhere" in picker.message


def test_the_job_panel_shows_how_far_it_is(session):
    """Progress fills the bar and the curve; the end leaves a plan to keep."""
    panel = JobPanel(session)
    panel.bar.wish = {
        "n": 1, "kind": "solve", "value": {"engine": "greedy", "budget": "iterations", "amount": 5, "seed": 2},
    }  # fmt: skip
    session.job.wait(120)
    assert (panel.bar.state, panel.bar.fraction, panel.bar.keepable) == ("done", 1.0, True)
    assert dict(panel.bar.facts)["served"] == "4 of 4"
    assert panel.chart is not None
    panel.bar.wish = {"n": 2, "kind": "keep", "value": "mine"}
    assert not panel.bar.keepable
    session.progress = Progress(fraction=0.5, text="half", seconds=1.0)
    assert panel.bar.fraction == 0.5


def test_a_chart_carries_no_library(planned):
    """A figure's widget state stays small; a changed figure is sent even when it is equal."""
    figure = charts.served_by_priority(kpi.table(planned.problem, planned.plan))
    chart = Chart(figure)
    before = chart.figure_json
    chart.update(figure)
    assert chart.figure_json != before
    assert sum(len(str(v)) for v in chart.get_state().values()) < 60_000


@pytest.mark.parametrize("kind", [Chart, ListTable, Timeline])
def test_reprs_are_short(kind):
    """A widget at the end of a cell prints a name, not its state."""
    assert len(repr(kind())) < 40
    assert issubclass(kind, WorkbenchWidget)
