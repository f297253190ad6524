"""Threat on the ground: the vectors reckoned by hand, areas on roads, rules, and ways that are not predictable."""

import math
from datetime import datetime, timedelta

import numpy as np
import pytest
from folders import THREATS, TOML, small, write
from hypothesis import given, settings
from hypothesis import strategies as st
from risky import FOUR_WAYS, NAMES, TRUCK, four_ways, leg, network
from tables import AS_OF, road

from workbench import scenario
from workbench.ground import fronts, threat

KM_DEG = 180 / math.pi / 6371.0


@pytest.fixture(scope="module")
def front():
    """The front of T-RISK."""
    return threat.front(*leg())


def named(way):
    """The names of a way's roads."""
    return [NAMES[r] for r in way.roads]


def test_t_risk_front(front):
    """T-RISK: four alternatives, two of which no weighted sum finds."""
    assert [(a.seconds // 60, round(a.loss, 6)) for a in front] == [
        (55, 0.188560), (70, 0.152927), (85, 0.068412), (90, 0.034651)
    ]  # fmt: skip
    assert [named(a) for a in front] == [
        ["BSA-J1", "J1-J3", "J3-COP"], ["BSA-J1", "J1-J3", "J3-J4", "J4-COP"], ["BSA-J1", "J1-J4", "J4-COP"],
        ["BSA-J2", "J2-J4", "J4-COP"],
    ]  # fmt: skip
    assert front[0].metres == 55_000


def test_t_risk_as_a_table():
    """T-RISK by names: a row per alternative with its roads; a way's survival is the product over its roads."""
    net, exposed = four_ways()
    table = threat.alternatives(net, TRUCK, exposed, ("BSA", "COP"))
    assert table["seconds"].tolist() == [3300, 4200, 5100, 5400]
    assert table["edge_ids"][3] == ("BSA-J2", "J2-J4", "J4-COP")
    for way, survival in zip(table["edge_ids"], table["survival"], strict=True):
        assert threat.survival_of(net, exposed, way) == pytest.approx(survival, abs=1e-9)
        assert threat.survival_of(net, exposed, way * 2) == pytest.approx(survival**2, abs=1e-9)
    assert threat.survival_of(net, exposed, ()) == 1.0
    assert threat.survival_of(net, np.full(len(NAMES), math.inf), NAMES[:1]) == 0.0
    shut = network(
        [{"node_id": n, "lon": 15 + k / 10, "lat": 48} for k, n in enumerate("AB")],
        [road("AB", "A", "B", oneway="true")],
    )
    none = threat.alternatives(shut, TRUCK, np.zeros(1), ("B", "A"))
    assert none.empty
    assert list(none.columns) == list(table.columns)
    with pytest.raises(ValueError, match="nodes of the network, got X"):
        threat.alternatives(shut, TRUCK, np.zeros(1), ("A", "X"))


def test_t_risk_weighted_sum_misses_two(front):
    """T-RISK: whatever the weight of exposure, time + weight x exposure is least at 55 or 90 minutes."""
    for weight in [*range(0, 1000, 7), 201.4, 201.6]:
        sums = [a.ms / 60_000 + weight * a.risk * fronts.PER_UNIT for a in front]
        assert sums.index(min(sums)) == (0 if weight < 201.5 else 3)


def test_t_risk_round_trip_and_repeated_runs(front):
    """T-RISK: out and back on the safest way, thirty runs of it, and when the 85-minute way is lost more often."""
    assert front[3].survival ** 2 == pytest.approx(0.931899, abs=1e-6)
    assert threat.in_runs(front[3].survival, 30) == pytest.approx(1 - 0.965349**30, abs=1e-5)
    assert threat.in_runs(front[3].survival, 30) == pytest.approx(0.652839, abs=1e-5)
    assert threat.runs_until(front[2].survival) == 10
    assert threat.along([0.02, 0.10, 0.08]) == pytest.approx(1 - 0.188560, abs=1e-6)


def test_t_risk_dissimilarity(front):
    """T-RISK: by roads, 55 and 90 share nothing, 70 and 90 one of six, 55 and 85 one of five."""
    fast, second, third, safe = (a.roads for a in front)
    assert threat.dissimilarity(fast, safe) == 1.0
    assert threat.dissimilarity(second, safe) == pytest.approx(0.8333, abs=1e-4)
    assert threat.dissimilarity(fast, third) == pytest.approx(0.8)
    length_m = np.array([m * 1000.0 for _, _, m, _ in FOUR_WAYS])
    assert threat.dissimilarity(fast, third, length_m) == pytest.approx(1 - 20 / 120)
    assert threat.dissimilarity(fast, second, length_m, "overlap") == pytest.approx(1 - 35 / 55)
    assert threat.dissimilarity((), ()) == 0.0


def test_t_risk_penalty_turns_to_the_other_way_on_the_third_run():
    """T-RISK: with 1.5 on used roads the fastest way is taken twice, then the one that shares nothing with it."""
    searched, source, towards = leg()
    ways = threat.rotate(searched, source, towards.ends, runs=3, penalty=1.5)
    assert [a.seconds // 60 for a in ways] == [55, 55, 90]
    once = threat.rotate(searched, source, towards.ends, runs=5, penalty=1.0, most_uses=1)
    assert [a.seconds // 60 for a in once] == [55, 90]
    with pytest.raises(ValueError, match="at least 1"):
        threat.rotate(searched, source, towards.ends, runs=1, penalty=0.5)


def test_ways_apart_are_the_safest_that_differ_enough(front):
    """Two ways that differ by 0.85 at least, with the least risk in all; None when that is asked too much."""
    chosen = threat.apart(front, 2, 0.85)
    assert [a.seconds // 60 for a in chosen] == [90, 55]
    assert [a.seconds // 60 for a in threat.apart(front, 2, 0.5)] == [90, 85]
    assert threat.apart(front, 3, 0.99) is None


def test_t_knee_says_no_knee(front):
    """T-KNEE: both middle points lie above the line, so there is no knee, and the rule takes the fastest."""
    span = front[3].ms - front[0].ms, front[0].loss - front[3].loss
    sums = [(a.ms - front[0].ms) / span[0] + (a.loss - front[3].loss) / span[1] for a in front[1:3]]
    assert sums == pytest.approx([1.197, 1.077], abs=1e-3)
    assert threat.knee(front) is None
    assert threat.choose(front, "knee") is front[0]
    bent = (front[0], *(a._replace(ms=front[0].ms + 60_000 * k) for k, a in enumerate(front[1:3], 1)), front[3])
    assert threat.knee(bent) is threat.choose(bent, "knee") is bent[2]
    assert threat.knee(bent[:1]) is threat.knee(()) is None


def test_t_cvar():
    """T-CVAR: A is faster on average, B better in the tail."""
    a = [55, 56, 57, 58, 59, 60, 62, 65, 120, 180]
    b = [85, 86, 86, 87, 88, 88, 89, 90, 95, 100]
    assert [threat.cvar(x, level) for level in (0.0, 0.8, 0.9) for x in (a, b)] == pytest.approx(
        [77.2, 89.4, 150.0, 97.5, 180.0, 100.0]
    )
    assert threat.cvar(a, 0.85) == pytest.approx((180 + 120 / 2) / 1.5)
    for values, level in (([], 0.5), (a, 1.0)):
        with pytest.raises(ValueError, match="alpha"):
            threat.cvar(values, level)


def test_t_game():
    """T-GAME: route 1 four times in ten gives 0.76, more than the best single route."""
    assert threat.mix([[0.4, 1.0], [1.0, 0.6]]) == (pytest.approx((0.4, 0.6)), pytest.approx(0.76))
    assert threat.mix([[0.3, 0.9]]) == ((1.0,), 0.3)
    table = threat.success([(1, 2), (3,)], [(2, 0.6), (3, 0.4)])
    assert threat.mix(table).value == pytest.approx(0.76)
    with pytest.raises(ValueError, match="ways by ambushes"):
        threat.mix([])


@settings(max_examples=50, deadline=None)
@given(
    st.integers(1, 4).flatmap(
        lambda k: st.lists(st.lists(st.integers(0, 100), min_size=k, max_size=k), min_size=1, max_size=4)
    )
)
def test_a_mix_is_never_worse_than_the_best_single_way(table):
    """The value of the mix lies between the best single way and what knowing the ambush would give."""
    payoff = np.array(table) / 100
    found = threat.mix(payoff)
    assert sum(found.shares) == pytest.approx(1)
    assert payoff.min(axis=1).max() - 1e-9 <= found.value <= payoff.max(axis=0).min() + 1e-9


def test_t_rate():
    """T-RATE: a rate over a length, and a road cut in half."""
    assert threat.from_rate(0.002, 40) == pytest.approx(0.076884, abs=1e-6)
    assert threat.split(0.04) == pytest.approx(0.020204, abs=1e-6)
    assert threat.split(1.0) == 1.0


def test_t_expo():
    """T-EXPO: threat x minutes, with and without the slow choke."""
    legs = [12, 18, 10], [0.2, 0.5, 0.1], [0, 10, 0]
    assert threat.threat_minutes(legs[0], [40, 20, 40], *legs[1:]) == pytest.approx(37.1)
    assert threat.threat_minutes(legs[0], 40, *legs[1:]) == pytest.approx(23.6)


def test_runs_at_the_ends():
    """Without risk no number of runs is enough; certain loss comes with the first; no run loses nothing."""
    assert threat.runs_until(1.0) is None
    assert threat.runs_until(0.0) == 1
    assert threat.in_runs(0.5, 0) == 0.0
    assert threat.expected_loss([100.0, 40.0], 0.25).tolist() == [25.0, 10.0]
    with pytest.raises(ValueError, match="from 0 to 1"):
        threat.along([1.2])
    with pytest.raises(ValueError, match="share"):
        threat.runs_until(0.9, 1.0)


@pytest.mark.parametrize(
    ("rule", "minutes"),
    [
        ("fastest", 55), ("safest", 90), ("within 0 min", 55), ("within 15 min", 70), ("within 29 min", 70),
        ("Within  0.5 h", 85), ("within 50 %", 70), ("within 100% of fastest", 90), ("max risk 10 %", 85),
        ("max risk 0.05", 90), ("max risk 3 %", None), ("max risk 100 %", 55),
    ],
)  # fmt: skip
def test_rules_choose(front, rule, minutes):
    """Each rule takes the alternative that its words say; none where no way is safe enough."""
    chosen = threat.choose(front, rule)
    assert (chosen and chosen.seconds // 60) == minutes
    assert threat.parse(str(threat.parse(rule))) == threat.parse(rule)
    assert threat.choose((), rule) is None


@pytest.mark.parametrize("text", ["", "quickest", "within", "within ten min", "max risk 120 %", "max risk 2"])
def test_what_is_no_rule_is_refused(text):
    """A rule that can't be read names those that can."""
    with pytest.raises(ValueError, match="fastest, safest, within 10 min"):
        threat.parse(text)


def area(geometry, **properties):
    """A feature with a geometry as (type, coordinates)."""
    shape = {"type": geometry[0], "coordinates": geometry[1]}
    return {"type": "Feature", "properties": properties, "geometry": shape}


def straight(km=10.0, parts=1):
    """A road along the equator from lon 0, of `km` kilometres, in parts."""
    step = km * KM_DEG / parts
    nodes = [{"node_id": f"N{k}", "lon": round(k * step, 9), "lat": 0} for k in range(parts + 1)]
    return network(nodes, [road(f"E{k}", f"N{k}", f"N{k + 1}", length_m=1000 * km / parts) for k in range(parts)])


BOX = ("Polygon", [[[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]]])


def test_an_area_gives_its_rate_to_the_length_inside():
    """0.2 % per km over 10 km is 1 - 0.998^10; half inside is half the exposure; outside is none."""
    net = straight()
    whole = threat.exposure(net, threat.read({"features": [area(BOX, per_km=0.002)]}))
    assert threat.probability(whole)[0] == pytest.approx(1 - 0.998**10)
    half = ("Polygon", [[[-1, -1], [5 * KM_DEG, -1], [5 * KM_DEG, 1], [-1, 1], [-1, -1]]])
    assert threat.exposure(net, threat.read({"features": [area(half, per_km=0.002)]}))[0] == pytest.approx(
        whole[0] / 2, rel=1e-6
    )
    away = ("Point", [1.0, 1.0])
    assert threat.exposure(net, threat.read({"features": [area(away, per_km=0.002)]})).tolist() == [0.0]
    assert threat.exposure(net, ()).tolist() == [0.0]


@pytest.mark.parametrize("decay", ["none", "linear"])
def test_a_passage_through_the_middle_has_the_stated_probability(decay):
    """Driving straight through a point threat loses its per_passage, on one road or cut into many."""
    point = area(("Point", [5 * KM_DEG, 0]), per_passage=0.04, radius_m=2000, decay=decay)
    for parts in (1, 7):
        exposed = threat.exposure(straight(parts=parts), threat.read({"features": [point]}))
        assert threat.probability(exposed.sum()) == pytest.approx(0.04, rel=0.02)


def test_strength_fades_towards_the_rim():
    """A road that only brushes a fading threat gets less than one through its middle; beyond the radius nothing."""

    def exposed(lat):
        point = area(("Point", [5 * KM_DEG, lat]), per_km=0.01, radius_m=2000, decay="linear")
        return threat.exposure(straight(), threat.read({"features": [point]}))[0]

    middle, brushed, beyond = (exposed(km * KM_DEG) for km in (0, 1.5, 2.5))
    assert middle > brushed > beyond == 0.0


def test_a_line_reaches_as_far_as_it_says():
    """A mined stretch touches the road within its buffer, and driving all along it loses its per_passage."""

    def exposed(lat_km, **more):
        line = area(("LineString", [[2 * KM_DEG, lat_km * KM_DEG], [6 * KM_DEG, lat_km * KM_DEG]]), **more)
        return threat.exposure(straight(), threat.read({"features": [line]}))[0]

    assert exposed(0.04, per_passage=0.1) == pytest.approx(-math.log(0.9), rel=0.04)
    assert exposed(0.1, per_passage=0.1) == 0.0
    assert exposed(0.1, per_passage=0.1, radius_m=200) > 0


def test_certain_loss_is_endless_exposure_and_nowhere_nan():
    """A probability of 1 makes the roads it meets inf and leaves the others alone."""
    point = area(("Point", [0, 0]), per_passage=1, radius_m=500)
    exposed = threat.exposure(straight(parts=2), threat.read({"features": [point, area(BOX, per_km=0.1)]}))
    assert exposed[0] == math.inf
    assert 0 < exposed[1] < math.inf


def test_levels_and_defaults_are_marked_as_assumed():
    """A level gives the planning default of its word; no severity at all counts as medium."""
    high, nothing, stated = threat.read(
        {"features": [area(BOX, level="High"), area(BOX), area(BOX, per_km=0.5, threat_id="T9", name="Ridge")]}
    )
    assert (high.per_m, nothing.per_m) == (-math.log1p(-0.01) / 1000, -math.log1p(-0.002) / 1000)
    assert (high.assumed, nothing.assumed, stated.assumed) == (True, True, False)
    assert (nothing.threat_id, stated.name) == ("features[1]", "Ridge")


@pytest.mark.parametrize(
    ("properties", "hours", "expected"),
    [
        ({}, (0, 1), True),
        ({"from": "2026-05-01T06:00:00Z"}, (0, 2), False),
        ({"from": "2026-05-01T06:00:00Z"}, (0, 3), True),
        ({"to": "2026-05-01T04:00:00Z"}, (0, 3), False),
        ({"hours": "20:00-24:00;00:00-03:00"}, (0, 12), False),
        ({"hours": "20:00-24:00;00:00-03:00"}, (0, 17), True),
        ({"hours": "04:00-05:00"}, (0, 0), True),
        ({"hours": "05:00-06:00"}, (0, 0), False),
        ({"from": "2026-05-01T06:00:00Z", "hours": "04:00-06:00"}, (0, 12), False),
    ],
)  # fmt: skip
def test_time_bands(properties, hours, expected):
    """A threat counts when its dates and its hours of the day meet the span; AS_OF is 04:00Z."""
    (found,) = threat.read({"features": [area(BOX, **properties)]})
    start, end = (AS_OF + timedelta(hours=h) for h in hours)
    assert found.in_force(start, end) is expected
    assert bool(threat.exposure(straight(), [found], (start, end))[0] > 0) is expected


def test_the_table_names_what_meets_what():
    """One row per road and threat, with metres and loss; empty with its columns where nothing meets."""
    net = straight(parts=2)
    found = threat.table(net, threat.read({"features": [area(BOX, per_km=0.002, threat_id="T1", kind="drone")]}))
    assert found["edge_id"].tolist() == ["E0", "E1"]
    assert found.loc[0, ["threat_id", "name"]].tolist() == ["T1", "drone"]
    assert found["metres"].tolist() == pytest.approx([5000, 5000])
    assert list(threat.table(net, ()).columns) == list(found.columns)


@pytest.mark.parametrize(
    ("properties", "found"),
    [
        ({"level": "high", "note": "x", "stroke": "#f00"}, []),
        ({"per_km": 2}, [("per_km", "RANGE", "error")]),
        ({"per_km": "two"}, [("per_km", "TYPE", "error")]),
        ({"per_km": 0.1, "per_passage": 0.1}, [("per_passage", "CONFLICT", "error")]),
        ({"level": "severe"}, [("level", "CHOICE", "warning")]),
        ({"decay": "square"}, [("decay", "CHOICE", "warning")]),
        ({"radius_m": -5}, [("radius_m", "RANGE", "error")]),
        ({"radius": 500}, [("radius", "UNKNOWN_COLUMN", "warning")]),
        ({"from": "2026-05-01"}, [("from", "NAIVE_TIME", "error")]),
        ({"from": "2026-05-02T00:00:00Z", "to": "2026-05-01T00:00:00Z"}, [("to", "WINDOW_REVERSED", "error")]),
        ({"hours": "20:00-04:00"}, [("hours", "WINDOW_REVERSED", "error")]),
        ({"from": "", "to": None}, []),
    ],
)
def test_properties_are_checked(properties, found):
    """Each fault of a property is a finding at its place, with expected, got and a remedy."""
    findings = threat.check({3: area(BOX, **properties)})
    assert [(f.column, f.code, f.level) for f in findings] == [(f"features[3].{c}", *rest) for c, *rest in found]
    assert all(f.expected and f.got and f.remedy and f.file == "threats.geojson" for f in findings)


def test_a_threat_twice_is_said():
    """The second of two threats with one identifier is named."""
    (finding,) = threat.check({0: area(BOX, threat_id="T1"), 2: area(BOX, threat_id="T1")})
    assert (finding.column, finding.code) == ("features[2].threat_id", "DUPLICATE")


def test_zones_in_dates_are_kept():
    """Instants are read with their zone, in UTC."""
    (found,) = threat.read({"features": [area(BOX, **{"from": "2026-05-01T06:00:00+02:00"})]})
    assert found.begins == datetime.fromisoformat("2026-05-01T04:00:00+00:00")


@pytest.mark.parametrize(
    ("toml", "rule", "line"),
    [
        ('[threat]\nrule = "Within  10 MIN of fastest"\n', "within 10 min", None),
        ('[threat]\nrule = "max risk 0.05"\n', "max risk 5 %", None),
        ('[threat]\nrule = "quickly"\n', None, 5),
        ("[threat]\nrules = 3\n", None, 5),
        ('threat = "safest"\n', None, 5),
    ],
)
def test_a_scenario_states_its_rule(tmp_path, toml, rule, line):
    """The section [threat] holds one rule in its normal form; anything else is a finding at its line."""
    place = write(tmp_path, small(), TOML + toml)
    findings = [f for f in scenario.validate(place) if f.column == "threat"]
    assert [(f.code, f.level, f.row) for f in findings] == ([] if line is None else [("SETTING", "error", line)])
    if rule:
        assert scenario.load(place).settings["threat"] == {"rule": rule}
        scenario.save(scenario.load(place), tmp_path / "again")
        assert scenario.load(tmp_path / "again").settings["threat"] == {"rule": rule}


def test_faults_of_threats_are_found_with_the_scenario(tmp_path):
    """Validating a folder looks at what its threats say."""
    place = write(tmp_path, small(), threats=THREATS.replace('"name": "Ambush area"', '"per_km": 3'))
    assert [(f.file, f.column, f.code) for f in scenario.validate(place)] == [
        ("threats.geojson", "features[0].per_km", "RANGE")
    ]
