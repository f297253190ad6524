"""Layers: GeoJSON that a map can draw, in step with the plan."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_world import plan as made_plan
from report_world import problem as made_problem

from workbench import layers
from workbench.plan import Violation
from workbench.report import packing


@pytest.fixture(scope="module")
def world():
    """A problem and a plan made by hand."""
    prob = made_problem()
    return prob, made_plan(prob)


@pytest.fixture(scope="module")
def ground(four_drops_scenario):
    """The ground of four_drops as its baseline leaves it."""
    return layers.ground(four_drops_scenario)


def drawn(collection):
    """Return the features of a collection; fails when it is not plain JSON."""
    assert collection["type"] == "FeatureCollection"
    json.dumps(collection, allow_nan=False)
    return collection["features"]


def test_routes_carry_line_colour_and_faults(world):
    """A route is one feature with a line per leg, its colour, its worst status and what it breaks."""
    prob, made = world
    found = drawn(layers.routes(prob, made))
    assert [f["properties"]["route_id"] for f in found] == ["R01", "R02", "R03"]
    assert [len(f["geometry"]["coordinates"]) for f in found] == [len(r.stops) for r in made.routes]
    assert {f["properties"]["status"] for f in found} == {"on_time"}
    assert found[0]["properties"]["stroke"] != drawn(layers.routes(prob, made, dark=True))[0]["properties"]["stroke"]
    broken = made.replace(violations=(Violation("capacity", "R02", "N1", 1.0, "kg", "Too heavy."),))
    assert [f["properties"]["broken"] for f in drawn(layers.routes(prob, broken))] == [[], ["Too heavy."], []]


def test_stops_are_numbered_points(world):
    """Every stop of every route is a point at its node, numbered from 1."""
    prob, made = world
    found = drawn(layers.stops(prob, made))
    assert len(found) == sum(len(r.stops) for r in made.routes)
    assert found[0]["properties"]["seq"] == 1
    at = {p.node_id: [p.lon, p.lat] for p in prob.places}
    assert all(f["geometry"]["coordinates"] == at[f["properties"]["node_id"]] for f in found)


def test_nodes_say_how_they_fare(world):
    """A place with something unserved says so; one that only issues has no status."""
    prob, made = world
    status = {f["properties"]["name"]: f["properties"]["status"] for f in drawn(layers.nodes(prob, made))}
    assert status["Bravo Coy"] == status["Field Amb"] == "unserved"
    assert status["Alpha Coy"] == "on_time"
    assert status["Depot North"] == status["Supply Point 1"] == ""
    assert {f["properties"]["status"] for f in drawn(layers.nodes(prob))} == {""}


def test_nodes_know_their_units(four_drops_scenario, four_drops):
    """With the scenario every unit's place has a symbol that can be drawn."""
    for feature in drawn(layers.nodes(four_drops, scenario=four_drops_scenario)):
        assert layers.symbol(feature["properties"]["sidc"]).startswith("<svg")


def test_roads_and_closures_of_a_scenario(four_drops_scenario, ground):
    """Roads come by group; a course of action that closes a bridge shows it closed."""
    assert drawn(layers.roads(ground))
    assert drawn(layers.closures(ground)) == []
    assert len(drawn(layers.closures(layers.ground(four_drops_scenario, "bridge_out")))) == 1


def unpacked(data):
    """Return (tag, points) of each line in bytes of `packing.packed`, read as the page reads them."""
    values, shift = [0], 0
    for byte in data:
        values[-1] |= (byte & 127) << shift
        shift = shift + 7 if byte > 127 else 0
        if byte < 128:
            values.append(0)
    values.pop()
    out, at, x, y = [], 0, 0, 0
    while at < len(values):
        size, tag = values[at : at + 2]
        points = []
        for east, north in zip(*(values[at + 2 + k : at + 2 + 2 * size : 2] for k in (0, 1)), strict=True):
            x, y = x + (east >> 1 ^ -(east & 1)), y + (north >> 1 ^ -(north & 1))
            points.append((x / packing.UNIT, y / packing.UNIT))
        out.append((tag, points))
        at += 2 + 2 * size
    return out


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2**34),
            st.lists(st.tuples(st.floats(-180, 180), st.floats(-85, 85)), min_size=1, max_size=6),
        ),
        max_size=6,
    )
)
def test_lines_come_back_from_their_bytes(lines):
    """Every line keeps its tag and, to half a metre, its points."""
    found = unpacked(packing.packed([points for _, points in lines], [tag for tag, _ in lines]))
    assert [tag for tag, _ in found] == [tag for tag, _ in lines]
    for (_, got), (_, points) in zip(found, lines, strict=True):
        assert got == [pytest.approx(point, abs=0.51 / packing.UNIT) for point in points]


def test_a_sheet_holds_roads_water_and_cover_with_their_names(four_drops_scenario):
    """What lies lowest comes first; a road's tag leads to its name; a hole stays with its area."""
    hole = [[[0, 0], [0.1, 0], [0.1, 0.1], [0, 0.1], [0, 0]], [[0.04, 0.04], [0.06, 0.04], [0.06, 0.06], [0.04, 0.04]]]
    lake = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": hole}}
    brook = {"type": "Feature", "properties": {"width_m": 12.4},
             "geometry": {"type": "LineString", "coordinates": [[0, 0], [0.1, 0.1]]}}  # fmt: skip
    wood = {**lake, "properties": {"kind": "wood"}}
    ground = replace(
        layers.ground(four_drops_scenario), water={"features": [lake, brook]}, landcover={"features": [wood]}
    )
    sheet = layers.sheet(ground)
    by_name = {layer["name"]: unpacked(layer["bytes"]) for layer in sheet.layers}
    assert list(by_name)[:3] == ["wood", "river", "water"]
    assert [tag for tag, _ in by_name["water"]] == [0, 0]
    assert by_name["river"][0][0] == 12
    roads = [tag for group in ground.roads for tag, _ in by_name.get(group, ())]
    assert len(roads) == sum(map(len, ground.roads.values()))
    assert {sheet.names[tag] for tag in roads} == {name for names in ground.net.names.values() for name in names}
    assert {tag for tag, _ in by_name["bridge"]} == {round(mark.mlc or 0) for mark in ground.bridges}


def test_an_empty_ground_has_empty_layers():
    """Without a scenario every ground layer is there and empty."""
    bare = layers.ground(None)
    for layer in (layers.roads, layers.closures, layers.bridges, layers.threats, layers.water, layers.landcover,
                  layers.places):  # fmt: skip
        assert drawn(layer(bare)) == []
    assert layers.relief(bare) is None
    assert layers.sheet(bare) == layers.Sheet((), ("",))
