"""Tags of OpenStreetMap as figures: units, load classes, access, one-ways, barriers."""

import pytest

from workbench.ground import tags
from workbench.ground.tags import road


def of(**given):
    """Return the road of a residential way with these tags (``__`` stands for ``:``)."""
    unread = []
    found = road({"highway": "residential"} | {k.replace("__", ":"): v for k, v in given.items()}, unread)
    assert not unread
    return found


@pytest.mark.parametrize(
    ("text", "tonnes"),
    [("7.5", 7.5), ("7,5", 7.5), ("12.5 t", 12.5), ("12t", 12), ("10 st", 9.0718474), ("8000 lbs", 3.62873896),
     ("16,000 lbs", 7.25747792), ("3500 kg", 3.5),
     ("7 tonne", 7), ("10 tons", 9.0718474), ("7.5T", 7.5), ("20;7.5", 7.5), ("none", None), ("unsigned", None)],
)  # fmt: skip
def test_weights_have_units(text, tonnes):
    """A plain weight is in tonnes; short tons, pounds, kilograms and decimal commas are read."""
    assert tags.tonnes(text) == (None if tonnes is None else pytest.approx(tonnes))


@pytest.mark.parametrize(
    ("text", "metres"),
    [("3.8", 3.8), ("3,8 m", 3.8), ("12'6\"", 3.81), ("13 ft", 3.9624), ("12 ft 6 in", 3.81), ("380 cm", 3.8),
     ("14'", 4.2672), ("default", None), ("no_sign", None), ("20ft", 6.096), ("20 FT", 6.096), ("6'7\"", 2.0066),
     ("6′7″", 2.0066), ("6’ 7”", 2.0066), ("6' 7''", 2.0066), ("10ft 6in", 3.2004), ("20 feet 3 inches", 6.1722),
     ("6'-7\"", 2.0066), ("80\"", 2.032), ("3.5 m", 3.5), ("3.5 metres", 3.5), ("none", None),
     ("12'6\";14'", 3.81), ("4;12 ft", 3.6576), ("none;3", 3.0)],
)  # fmt: skip
def test_lengths_have_units(text, metres):
    """A plain length is in metres; feet with inches and centimetres are read; the lowest of several counts."""
    assert tags.metres(text) == (None if metres is None else pytest.approx(metres))


@pytest.mark.parametrize(
    ("text", "speed"),
    [("50", 50), ("30 mph", 48.28032), ("walk", 5), ("none", None), ("50 km/h", 50), ("80;60", 60)],
)
def test_speeds_have_units(text, speed):
    """A plain speed is in km/h; none is not a limit."""
    assert tags.km_per_hour(text) == (None if speed is None else pytest.approx(speed))


@pytest.mark.parametrize(("text", "percent"), [("8%", 8), ("-12 %", 12), ("10°", 17.633), ("up", None), ("7,5%", 7.5)])
def test_inclines_are_steepness(text, percent):
    """An incline counts either way; a word says nothing."""
    assert tags.gradient(text) == (None if percent is None else pytest.approx(percent, abs=0.001))


@pytest.mark.parametrize(
    ("key", "value"),
    [("maxweight", "heavy"), ("maxheight", "3.8 parsecs"), ("maxspeed", "RO:urban"), ("mlc", "12.5"), ("mlc", "900"),
     ("maxwidth", "-2"), ("incline", "a lot"), ("surface", "lava"), ("maxweight", "0"), ("width", "0 ft"),
     ("width", "2000"), ("maxheight", "0.2"), ("maxspeed", "999"), ("incline", "inf"), ("incline", "400%"),
     ("maxaxleload", "nan"), ("width", "1e3"), ("mlc", "0")],
)  # fmt: skip
def test_values_that_cannot_be_read_are_told(key, value):
    """A value that means nothing is not known, and handed to the caller to count."""
    unread = []
    found = road({"highway": "residential", key: value}, unread)
    assert unread == [(key, value)]
    assert found == of()


@pytest.mark.parametrize(
    ("given", "classes", "source"),
    [
        ({"mlc": "50", "mlc__oneway": "100"}, (100, 100, 50, 50), "tag"),
        ({"mlc__wheeled": "30", "mlc__wheeled_oneway": "90", "mlc__tracked": "30", "mlc__tracked_oneway": "70"},
         (90, 70, 30, 30), "tag"),
        ({"mlc__wheeled": "40"}, (40, None, 40, None), "tag"),
        ({"mlc": "24", "maxweight": "7.5"}, (24, 24, 24, 24), "tag"),
        ({"maxweight": "7.5"}, (7, 8, None, None), "assumed"),
        ({"bridge": "yes"}, (None, None, None, None), "unknown"),
        ({}, (None, None, None, None), ""),
    ],
)  # fmt: skip
def test_load_classes_come_from_their_tags_or_a_signed_weight(given, classes, source):
    """The plain class holds with both directions running; a signed weight gives an assumed class, rounded down."""
    found = of(**given)
    assert (found.mlc_w, found.mlc_t, found.mlc_w2, found.mlc_t2) == classes
    assert found.mlc_source == source


@pytest.mark.parametrize(
    ("given", "access"),
    [({}, ""), ({"access": "no"}, "no"), ({"access": "no", "motor_vehicle": "yes"}, "yes"),
     ({"access": "no", "hgv": "destination"}, "destination"), ({"access": "private"}, "private"),
     ({"motor_vehicle": "agricultural;forestry"}, "permit"), ({"hgv": "delivery", "access": "yes"}, "delivery"),
     ({"hgv": "no"}, "no"), ({"motor_vehicle": "permissive"}, "yes")],
)  # fmt: skip
def test_the_most_specific_key_says_who_may_use_a_road(given, access):
    """What is said of trucks beats what is said of vehicles, and that beats what is said of all."""
    assert tags.access(given) == access


@pytest.mark.parametrize(
    ("given", "sense"),
    [({"oneway": "yes"}, 1), ({"oneway": "true"}, 1), ({"oneway": "1"}, 1), ({"oneway": "-1"}, -1),
     ({"oneway": "reversible"}, 1), ({"oneway": "no", "junction": "roundabout"}, 0), ({"junction": "roundabout"}, 1),
     ({"junction": "circular"}, 1), ({"highway": "motorway"}, 1), ({"highway": "motorway_link"}, 0), ({}, 0),
     ({"highway": "motorway", "oneway": "no"}, 0), ({"oneway": "yes", "oneway:hgv": "no"}, 0)],
)  # fmt: skip
def test_oneways(given, sense):
    """Roundabouts and motorways are one-way unless they say otherwise."""
    assert tags.oneway(given) == sense


@pytest.mark.parametrize(
    ("given", "stops"),
    [({"barrier": "bollard"}, True), ({"barrier": "bollard", "motor_vehicle": "yes"}, False),
     ({"barrier": "gate"}, False), ({"barrier": "gate", "access": "no"}, True), ({"barrier": "cattle_grid"}, False),
     ({"barrier": "block"}, True), ({"barrier": "gate", "access": "private"}, False)],
)  # fmt: skip
def test_barriers(given, stops):
    """Bollards and blocks stop a truck, gates do not, unless they say otherwise."""
    assert tags.stops(given) is stops


@pytest.mark.parametrize(
    ("given", "kept"),
    [({"highway": "service"}, True), ({"highway": "footway"}, False), ({"highway": "road", "area": "yes"}, False),
     ({"highway": "construction"}, False), ({"highway": "proposed"}, False), ({"highway": "track", "hgv": "no"}, False),
     ({"route": "ferry"}, False), ({"route": "ferry", "motor_vehicle": "yes"}, True),
     ({"route": "ferry", "hgv": "no", "motor_vehicle": "yes"}, False), ({"highway": "trunk_link"}, True)],
)  # fmt: skip
def test_ways_that_are_no_roads_are_left_out(given, kept):
    """Areas, paths, roads being built, ferries without vehicles and roads closed to trucks are left out."""
    assert (tags.left_out(given) == "") is kept


@pytest.mark.parametrize(
    ("given", "field", "value"),
    [({"surface": "sett"}, "surface", "paved"), ({"surface": "compacted"}, "surface", "gravel"),
     ({"surface": "ground"}, "surface", "dirt"), ({"tracktype": "grade5"}, "surface", "dirt"),
     ({"surface": "asphalt", "tracktype": "grade5"}, "surface", "asphalt"), ({"tunnel": "culvert"}, "tunnel", False),
     ({"tunnel": "yes"}, "tunnel", True), ({"bridge": "viaduct"}, "bridge", True), ({"bridge": "no"}, "bridge", False),
     ({"ford": "yes"}, "ford", True), ({"ref": "N 22"}, "name", "N 22"), ({"name": "Weg", "ref": "1"}, "name", "Weg"),
     ({"maxweight": "20", "maxweight__hgv": "12"}, "maxweight_t", 12), ({"maxaxleload": "8"}, "maxaxleload_t", 8),
     ({"width": "5,5"}, "width_m", 5.5), ({"width": "6", "maxwidth": "2.5"}, "width_m", 2.5),
     ({"maxheight": "3.2", "maxheight__physical": "3.4"}, "clearance_m", 3.4),
     ({"maxspeed": "80", "maxspeed__hgv": "60"}, "speed_kmh", 60)],
)  # fmt: skip
def test_what_a_road_is_like(given, field, value):
    """Each column comes from its tags; what is said of trucks comes first."""
    assert getattr(of(**given), field) == value


@pytest.mark.parametrize(
    ("text", "hours"), [("00:30", 0.5), ("1:15:00", 1.25), ("45", 0.75), ("PT1H30M", 1.5), ("soon", None), ("", None)]
)
def test_durations_of_ferries(text, hours):
    """Hours and minutes, minutes alone and ISO durations are read."""
    assert tags.hours(text) == hours
