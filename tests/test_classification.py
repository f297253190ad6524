"""The route classification formula: read, written, made from roads; obstructions; who may pass."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench import fleet
from workbench.ground import classification
from workbench.ground.classification import RouteClass, of_roads, parse
from workbench.ground.pieces import frame

SECTIONS = {
    "edge_id": "E", "length_m": 100.0, "road_class": "primary", "surface": "asphalt", "width_m": 9.0,
    "clearance_m": np.nan, "mlc_w": np.nan, "mlc_t": np.nan, "mlc_w2": np.nan, "mlc_t2": np.nan, "bridge": False,
    "ford": False, "ferry": False, "gradient_pct": np.nan, "geometry": "",
}  # fmt: skip


def roads(*sections):
    """Return rows of edges, each a wide asphalt road but for what is given."""
    rows = [SECTIONS | {"edge_id": f"E{k}"} | section for k, section in enumerate(sections)]
    return frame("edges", {name: [row[name] for row in rows] for name in SECTIONS})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("6.7m/Y/30/5m(OB)(W)", RouteClass(6.7, "Y", 30, 30, 5.0, obstructed=True, flooding=True)),
        ("10.5m/X/120/5(OB)(T)", RouteClass(10.5, "X", 120, 120, 5.0, obstructed=True, snow=True)),
        ("7m/Y/50/4.6(OB)", RouteClass(7.0, "Y", 50, 50, 4.6, obstructed=True)),
        ("20/Z/40/unlimited", RouteClass(20.0, "Z", 40, 40)),
        ("20 ft / x / 50W60T / 14", RouteClass(6.096, "X", 50, 60, 4.2672)),
        ("5,5m/X/50W/60T/∞", RouteClass(5.5, "X", 50, 60)),
        ("?/Z/?/4.3m", RouteClass(None, "Z", None, None, 4.3)),
    ],
)
def test_formulas_are_read(text, found):
    """The course's examples and their variants: units, a pair of classes, flags, unlimited, not known."""
    got = parse(text)
    assert got.width_m == (None if found.width_m is None else pytest.approx(found.width_m))
    assert got.clearance_m == pytest.approx(found.clearance_m)
    for field in ("kind", "mlc_w", "mlc_t", "obstructed", "snow", "flooding"):
        assert getattr(got, field) == getattr(found, field)


@pytest.mark.parametrize(
    "text",
    ["", "6.7m/Y/30", "6.7m/Q/30/5", "wide/X/30/5", "6.7m/Y/30/5(XX)", "6m/X/30/5(OB)(OB)", "6m/X/-3/5", None,
     float("nan"), 5, b"6.7m/Y/30/5m", ["6.7m/Y/30/5m"]],
)  # fmt: skip
def test_other_texts_are_no_formulas(text):
    """What is not of the shape, or no text at all, as from a blank cell, is refused in words."""
    with pytest.raises(ValueError, match="Expected"):
        parse(text)


@given(
    st.builds(
        RouteClass,
        st.none() | st.integers(200, 2000).map(lambda cm: cm / 100),
        st.sampled_from("XYZ"),
        st.integers(1, 150),
        st.integers(1, 150),
        st.just(math.inf) | st.integers(200, 900).map(lambda cm: cm / 100),
        st.booleans(),
        st.booleans(),
        st.booleans(),
    )
)
def test_what_is_written_reads_back(route):
    """A class written as a formula and read again is the same."""
    assert parse(str(route)) == route


def test_flows_by_width():
    """10.5 m take a double flow of wheels and tracks, 7 m a single one of both, 5.6 m one of wheels alone."""
    assert [parse("10.5m/X/120/5").flow(tracked=t) for t in (False, True)] == ["double", "double"]
    assert [parse("7m/Y/50/4.6").flow(tracked=t) for t in (False, True)] == ["single", "single"]
    assert [parse("5.6m/Y/50/4.6").flow(tracked=t) for t in (False, True)] == ["single", None]
    assert parse("?/Y/50/4.6").flow(tracked=False) is None


def test_who_may_pass():
    """A truck of class 31 is refused on 30 and passes on 50; a load of 4.4 m is refused under 4.3 m."""
    hemtt = fleet.expedient_mlc(71_000 * 0.45359237, tracked=False)
    assert hemtt == 31
    assert parse("6.7m/Y/30/5m").refuses(mlc=hemtt) == ["its load class is 30, too low for class 31"]
    assert parse("7m/Y/50/4.6").refuses(mlc=hemtt) == []
    assert parse("7m/Y/50/4.3").refuses(height_m=4.4) == ["its clearance is 4.3 m, too low for 4.4 m"]
    assert parse("7m/Y/?/4.3").refuses(mlc=4) == ["its load class is not known"]
    assert parse("7m/Y/40W60T/5").refuses(mlc=50, tracked=True) == []
    assert parse("7m/Y/40W60T/5").refuses(mlc=50)


@pytest.mark.parametrize(
    ("section", "obstructed"),
    [({}, ""), ({"clearance_m": 4.29}, "clearance 4.29 m"), ({"clearance_m": 4.3}, ""), ({"width_m": 7.9}, "width"),
     ({"width_m": 8.0}, ""), ({"gradient_pct": 7.0}, "gradient"), ({"gradient_pct": 6.9}, ""),
     ({"ford": True}, "ford"), ({"ferry": True}, "ferry"), ({"width_m": np.nan}, "")],
)  # fmt: skip
def test_obstructions(section, obstructed):
    """Each rule at its limit; what is not known does not obstruct."""
    found = classification.obstructions(roads({}, section))
    assert [o.edge_id for o in found] == (["E1"] if obstructed else [])
    assert all(o.text.startswith(obstructed) for o in found)
    assert of_roads(roads({}, section)).obstructed is bool(obstructed)


def test_widths_are_asked_by_flow():
    """7 m obstruct a double flow, not a single one; 5.7 m obstruct a single flow of tracks, not of wheels."""
    seven, slim = roads({"width_m": 7.0}), roads({"width_m": 5.7})
    assert classification.obstructions(seven, flow="double", tracked=False)
    assert not classification.obstructions(seven, flow="single")
    assert classification.obstructions(slim, flow="single", tracked=True)
    assert not classification.obstructions(slim, flow="single", tracked=False)


def test_curves():
    """The radius follows from chord and middle ordinate; a drawn arc is measured as it is, a straight line has none."""
    assert classification.curve_radius_m(30, 9) == pytest.approx(17.0)
    assert classification.curve_radius_m(15, 0) == math.inf
    assert classification.slope_pct(93, 3720) == pytest.approx(2.5)
    assert classification.slope_pct(3.5, 150) == pytest.approx(2.33, abs=0.01)
    for radius, sharp in ((20.0, True), (40.0, False)):
        turn = np.linspace(0, 2, 60)
        xy = np.stack([radius * np.sin(turn), radius * (1 - np.cos(turn))], axis=1)
        lonlat = np.array([9.5, 47.1]) + xy / 111_195.0 / np.array([math.cos(math.radians(47.1)), 1.0])
        inner = lonlat[5:-5]
        assert classification.sharpest_m(inner) == pytest.approx(radius, rel=0.2)
        text = "LINESTRING (" + ", ".join(f"{x} {y}" for x, y in inner) + ")"
        assert bool(classification.obstructions(roads({"geometry": text}))) is sharp
    assert classification.sharpest_m(np.array([[9.5, 47.1], [9.51, 47.1], [9.52, 47.1]])) > 1000


def test_the_worst_road_sets_the_class():
    """Type by the worst surface, width by the narrowest, clearance by the lowest, load class by the weakest bridge."""
    bridge = {"bridge": True, "mlc_w": 60, "mlc_t": 50, "mlc_w2": 40, "mlc_t2": 30}
    path = roads(bridge, {"surface": "gravel", "width_m": 8.2, "mlc_w": 10}, {"clearance_m": 5.0})
    assert str(of_roads(path)) == "8.2m/Y/40W30T/5m"
    assert str(of_roads(path, flow="single", snow=True)) == "8.2m/Y/60W50T/5m(T)"
    assert str(of_roads(roads({"surface": "dirt", "mlc_w": 20, "mlc_t": 20}))) == "9m/Z/20/unlimited"
    with pytest.raises(ValueError, match="at least one road"):
        of_roads(path.iloc[:0])


def test_unknown_is_not_unlimited():
    """One bridge of unknown class makes the route's class unknown, and then nobody with a class may pass."""
    route = of_roads(roads({"bridge": True, "mlc_w": 60, "mlc_t": 60}, {"bridge": True}))
    assert (route.mlc_w, route.mlc_t) == (None, None)
    assert route.refuses(mlc=5) == ["its load class is not known"]
    assert str(route).startswith("9m/X/?/")


@pytest.mark.parametrize(
    ("road_class", "kind"), [("motorway", "X"), ("secondary", "X"), ("residential", "Y"), ("track", "Z")]
)
def test_surfaces_that_are_not_known_follow_the_road(road_class, kind):
    """The type of an unknown surface is our default for the class of road."""
    assert of_roads(roads({"surface": "unknown", "road_class": road_class})).kind == kind
