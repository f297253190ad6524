"""Layers: GeoJSON that a map can draw, in step with the plan."""

import json

import pytest
from report_world import plan as made_plan
from report_world import problem as made_problem

from workbench import layers
from workbench.plan import Violation


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


def test_an_empty_ground_has_empty_layers():
    """Without a scenario every ground layer is there and empty."""
    bare = layers.ground(None)
    for layer in (layers.roads, layers.closures, layers.bridges, layers.threats, layers.water, layers.landcover,
                  layers.places):  # fmt: skip
        assert drawn(layer(bare)) == []
    assert layers.relief(bare) is None
