"""Threats and no-fly areas as maps show them: shapes, reach, hours."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
import shapely

from workbench import layers, problem, report, scenario
from workbench.engines import Budget, solve
from workbench.report import svgmap
from workbench.report.hours import Span, times

AS_OF = datetime(2026, 5, 1, 4, tzinfo=UTC)
DAY = Span(AS_OF, 86_400)


def at(hours):
    """Return an instant so many hours after the planning moment."""
    return AS_OF + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("begins", "ends", "daily", "words", "brief", "ever"),
    [
        (None, None, (), "", "", True),
        (-9, 99, (), "", "", True),
        (2, 14, (), "010600Z MAY 26 to 011800Z MAY 26", "0600–1800Z", True),
        (2, None, (), "from 010600Z MAY 26", "from 0600Z", True),
        (-3, 5, (), "until 010900Z MAY 26", "until 0900Z", True),
        (None, None, ((21600, 64800),), "daily 06:00–18:00Z", "0600–1800Z", True),
        (5, None, ((0, 3600), (7200, 10800)), "from 010900Z MAY 26, daily 00:00–01:00Z and 02:00–03:00Z",
         "from 0900Z, 0000–0100Z, 0200–0300Z", True),
        (None, -1, (), "over since 010300Z MAY 26", "", False),
        (30, None, (), "not before 021000Z MAY 26", "", False),
    ],
)  # fmt: skip
def test_hours_are_told_as_far_as_they_matter(begins, ends, daily, words, brief, ever):
    """What begins before the plan or ends after it is not told; what never holds in it says so."""
    ends_of = [None if hours is None else at(hours) for hours in (begins, ends)]
    assert times(DAY, *ends_of, daily) == (words, brief, ever)


def test_days_are_told_where_a_plan_has_several():
    """Beyond a day a clock time alone would not do."""
    assert times(Span(AS_OF, 3 * 86_400), at(26), None).brief == "from 020600Z"


@pytest.fixture
def ground(four_drops_scenario):
    """four_drops with one threat of each kind."""
    shape = {"type": "Polygon", "coordinates": [[[14.0, 47.0], [14.02, 47.0], [14.02, 47.02], [14.0, 47.0]]]}
    point = {"type": "Point", "coordinates": [14.05, 47.05]}
    made = [
        (shape, {"threat_id": "T1", "name": "guns", "level": "high", "from": "2026-05-01T06:00:00Z"}),
        (point, {"threat_id": "T2", "kind": "ambush", "level": "low", "radius_m": 1500, "decay": "linear"}),
        (point, {"threat_id": "A1", "kind": "air_defence", "stand_off_m": 3000, "hours": "06:00-18:00"}),
        (point, {"threat_id": "A2", "kind": "range", "no_fly": True, "to": "2026-04-30T00:00:00Z"}),
    ]
    features = [{"type": "Feature", "geometry": g, "properties": p} for g, p in made]
    return layers.ground(four_drops_scenario.replace(threats={"type": "FeatureCollection", "features": features}))


def test_each_threat_shows_what_it_is(ground):
    """A threat has its area, one that reaches beyond it its reach, one for aircraft where nothing flies."""
    found = layers.threats(ground)["features"]
    json.dumps(found, allow_nan=False)
    parts = [(f["properties"]["threat_id"], f["properties"]["part"]) for f in found]
    assert parts == [
        ("T1", "threat"),
        ("T1", "sign"),
        ("T2", "reach"),
        ("T2", "sign"),
        ("A1", "no_fly"),
        ("A1", "sign"),
    ]
    signs = {f["properties"]["threat_id"]: f["properties"] for f in found if f["properties"]["part"] == "sign"}
    assert [signs[name]["label"] for name in ("T1", "T2", "A1")] == [
        "guns from 0600Z", "ambush", "air defence 0600–1800Z"
    ]  # fmt: skip
    assert "reaches 1.5 km, fading" in signs["T2"]["text"]
    assert "nothing flies within 3 km; when daily 06:00–18:00Z" in signs["A1"]["text"]
    assert [signs[name]["flying"] for name in ("T1", "T2", "A1")] == [False, False, True]


@pytest.mark.parametrize(("threat", "metres"), [("T2", 1500), ("A1", 3000)])
def test_what_is_drawn_reaches_as_far_as_is_reckoned_with(ground, threat, metres):
    """North and east alike, to half a percent."""
    shape = next(
        shapely.geometry.shape(f["geometry"]) for f in layers.threats(ground)["features"]
        if f["properties"]["threat_id"] == threat and f["geometry"]["type"] == "Polygon"
    )  # fmt: skip
    west, south, east, north = shape.bounds
    assert (north - south) / 2 * 111_320 == pytest.approx(metres, rel=0.005)
    assert (east - west) / 2 * 111_320 * 0.6816 == pytest.approx(metres, rel=0.005)


def test_the_briefing_draws_them_with_their_hours(four_drops_scenario, four_drops, ground):
    """Areas, the keep-out line and the sign of what is over stand on the map, their words in titles."""
    plan = solve(four_drops, engine="greedy", budget=Budget(iterations=1), seed=1)
    drawn = str(svgmap.draw(four_drops, plan, ground, report.facts.arrivals(four_drops, plan)))
    assert [len(re.findall(f'class="{kind}"', drawn)) for kind in ("threat", "reach", "no-fly")] == [1, 1, 1]
    assert drawn.count("nothing flies within 3 km; when daily 06:00–18:00Z") >= 2
    assert "over since 300000Z APR 26" in drawn
    assert len(re.findall('class="threat-sign past"', drawn)) == 1
    assert "air defence 0600–1800Z" in drawn


def test_bridges_on_the_way_are_told_from_others(four_drops_scenario, four_drops):
    """The bridge that a route crosses stays on the map from afar."""
    plan = solve(four_drops, engine="greedy", budget=Budget(iterations=1), seed=1)
    ground = layers.ground(four_drops_scenario)
    crossed = {e for r in plan.routes for leg in report.geometry.legs(four_drops, r) for e in leg.edges}
    bridges = {mark.edge_id for mark in ground.bridges}
    drawn = str(svgmap.draw(four_drops, plan, ground, report.facts.arrivals(four_drops, plan)))
    assert crossed & bridges
    assert drawn.count('class="bridge crossed"') == len(crossed & bridges)
    assert drawn.count('class="bridge"') == len(bridges - crossed)


def test_a_closed_road_says_why_and_until_when(four_drops_scenario):
    """The reason and the hours of a closure stand at its sign; one that is over is not drawn."""
    rows = (
        {"edge_id": "B2", "reason": "mined", "to": "2026-05-01T09:00:00Z"},
        {"edge_id": "R3", "reason": "market", "hours": "05:00-07:00"},
        {"edge_id": "R1", "reason": "flood", "to": "2026-05-01T02:00:00Z"},
    )
    changes = tuple(scenario.Change("closures", "add", {}, row) for row in rows)
    coa = scenario.derive(four_drops_scenario, "new", changes=changes)
    sc = scenario.with_coa(four_drops_scenario, coa)
    told = {mark.edge_id: mark.text for mark in layers.ground(sc, "new").closed}
    assert told == {"B2": "mined; until 010900Z MAY 26", "R3": "market; daily 05:00–07:00Z"}
    network = problem.build(sc, "new").travel.roads.network
    assert set(told) == {network.edge_ids[road] for road in network.closed}
