"""What is kept between two looks at a scenario: found again while nothing changed, made anew when something did."""

import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from workbench import layers, problem, scenario
from workbench.kept import kept
from workbench.problem import ways
from workbench.scenario import Change

SAMPLE = Path(__file__).parents[1] / "sample_data" / "four_drops"


def test_equal_texts_are_one_key_and_equal_tables_are_two():
    """Plain values are compared, other objects are told by which they are."""
    made = []

    @kept(4)
    def size(name, frame):
        """Say how long."""
        made.append(name)
        return len(frame)

    one, other = pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [1, 2]})
    assert [size("x", one), size("".join(["x"]), one), size("x", other), size("y", one)] == [2, 2, 2, 2]
    assert made == ["x", "x", "y"]
    assert size.__doc__ == "Say how long."


def test_one_is_not_true():
    """Values of different types are different, even where they are equal."""
    same = kept(4)(lambda value: type(value))
    assert [same(1), same(True), same(1.0)] == [int, bool, float]


def test_only_the_last_few_are_kept():
    """What was not asked for the longest is made anew."""
    made = []
    twice = kept(2)(lambda n: made.append(n) or 2 * n)
    assert [twice(n) for n in (1, 2, 3, 3, 1)] == [2, 4, 6, 6, 2]
    assert made == [1, 2, 3, 1]


@pytest.fixture
def folder(tmp_path):
    """A copy of four_drops with a lake on its map."""
    copy = tmp_path / "four_drops"
    shutil.copytree(SAMPLE, copy)
    (copy / "basemap").mkdir(exist_ok=True)
    return copy


def test_a_map_that_changes_on_disk_is_read_again(folder):
    """The same object while the files stay, another as soon as one is written."""
    sc = scenario.load(folder)
    first = scenario.basemap(sc)
    assert scenario.basemap(sc.replace(name="other")) is first
    (folder / "basemap" / "places.geojson").write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"Newton"},'
        '"geometry":{"type":"Point","coordinates":[14.0,47.0]}}]}'
    )
    assert [f["properties"]["name"] for f in scenario.basemap(sc)["places"]["features"]] == ["Newton"]


def test_edits_of_other_things_leave_the_drawn_roads_alone(four_drops_scenario):
    """A closed road or other hours of a place give the very same sheet of roads; a place that moves does not."""
    plain = layers.sheet(layers.ground(four_drops_scenario))

    def edited(**differences):
        coa = replace(scenario.derive(four_drops_scenario, "new"), **differences)
        return layers.ground(scenario.with_coa(four_drops_scenario, coa), "new")

    hours = Change("nodes", "set", {"node_id": "D2"}, {"windows": "06:00-07:00"})
    moved = Change("nodes", "set", {"node_id": "D2"}, {"lon": 14.0525})
    assert layers.sheet(edited(close=("B2",))) is plain
    assert layers.sheet(edited(changes=(hours,))) is plain
    assert layers.sheet(edited(changes=(moved,))) is not plain


def test_an_area_closes_each_road_that_touches_it(four_drops_scenario):
    """What the map shows closed is what the problem closes."""
    area = Change(
        "closures", "add", {}, {"area": "POLYGON ((13 46, 15 46, 15 48, 13 48, 13 46))", "reason": "flood"}
    )  # fmt: skip
    small = Change(
        "closures", "add", {}, {"area": _around(four_drops_scenario, "D2"), "reason": "mud"}
    )  # fmt: skip
    for change in (area, small):
        sc = scenario.with_coa(
            four_drops_scenario, replace(scenario.derive(four_drops_scenario, "new"), changes=(change,))
        )
        network = problem.build(sc, "new").travel.roads.network
        shown = {mark.edge_id for mark in layers.ground(sc, "new").closed}
        assert shown == {network.edge_ids[road] for road in network.closed}
        assert shown


def _around(sc, node):
    row = sc.tables["nodes"].set_index("node_id").loc[node]
    lon, lat = row["lon"], row["lat"]
    corners = [(lon + x, lat + y) for x, y in ((-0.001, -0.001), (0.001, -0.001), (0.001, 0.001), (-0.001, -0.001))]
    return f"POLYGON (({', '.join(f'{x} {y}' for x, y in corners)}))"


@pytest.mark.parametrize("shift", [("05:00", "19:00"), ("17:00", "06:30"), ("12:00", "22:00")])
def test_a_trip_that_fits_as_planned_fits_when_driven(four_drops_scenario, shift):
    """Looking at planned times first changes no answer: no trip fits as planned that would be late on the road."""
    start, end = shift
    change = Change("fleet", "set", {}, {"shift_start": start, "shift_end": end}, every=True)
    sc = scenario.with_coa(four_drops_scenario, replace(scenario.derive(four_drops_scenario, "new"), changes=(change,)))
    seen = []
    inner = ways.trip_times

    def both(*given, planned=False, **named):
        found = inner(*given, planned=planned, **named)
        if planned and found[1] is not None:
            seen.append((found[1], inner(*given, **named)[1]))
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ways, "trip_times", both)
        problem.build(sc, "new")
    assert seen
    assert all(driven is not None and driven <= planned for planned, driven in seen)


def test_edits_that_leave_the_ground_alone_keep_what_was_searched(four_drops_scenario):
    """Other counts, loads and hours travel by the same object; roads, speeds, threats and places make another."""

    def travel(**differences):
        coa = replace(scenario.derive(four_drops_scenario, "new"), **differences)
        return problem.build(scenario.with_coa(four_drops_scenario, coa), "new").travel

    plain = travel()
    alike = (
        Change("fleet", "set", {"vehicle_type": "TRUCK-4"}, {"count": 1}),
        Change("requisitions", "set", {"requisition_id": "REQ-D1"}, {"weight_kg": 900}),
        Change("nodes", "set", {"node_id": "D2"}, {"windows": "06:00-07:00"}),
    )
    for change in alike:
        assert travel(changes=(change,)) is plain
    threat = {"shape": "POINT (14.0526 47.027)", "threat_id": "T1", "level": "high", "no_fly": True}
    others = [
        travel(close=("B2",)),
        travel(speed_factor={"truck": 0.5}),
        travel(threats=(threat,)),
        travel(changes=(Change("nodes", "set", {"node_id": "D2"}, {"lon": 14.0525}),)),
        travel(changes=(Change("nodes", "set", {"node_id": "D2"}, {"landing": "lz"}),)),
    ]
    assert all(other is not plain for other in others)
    assert travel() is not others[-1]
