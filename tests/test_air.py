"""Flight: straight where nothing is in the way, round what is, at the hours it is; sites; boats; all in one plan."""

import itertools
import math
import pickle

import numpy as np
import pytest
import shapely
from flights import at_km, box, circle, drone, flown_world, km_of, place, small
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import ask, road, scenario_of, straight_road, truck

from workbench import engines, explain, layers, problem, scenario
from workbench.check import check
from workbench.engines import Budget
from workbench.ground.air import AirTravel, Area, Flight
from workbench.ground.hours import Hours
from workbench.ground.sky import MARGIN_M
from workbench.report import geometry

DAY_S = 86_400
ALWAYS = ((0, DAY_S),)
F = at_km(30, 0)


def flown(p, i="S", j="F", key=None):
    """(seconds, metres) of a flight of the problem's drone, -1 for no way."""
    drones = [v for v in p.fleet if v.profile == "uas"]
    seconds, metres = p.travel.block(key or drones[0].travel, [place(p, i)], [place(p, j)])
    return int(seconds[0, 0]), int(metres[0, 0])


def built(threats=(), landing="lz", **rows):
    """The problem with one more place F, 30 km east of S and off the road."""
    rows = {"requisitions": [small("R1", node_id="F")]} | rows
    return problem.build(flown_world([("F", F, landing)], threats, **rows))


def test_straight_where_nothing_is_in_the_way():
    """30 km at 108 km/h are 1,000 seconds; the drawn way is the straight line; leg and block agree."""
    p = built()
    assert flown(p) == (1000, 30_000)
    key = p.fleet[1].travel
    path = p.travel.path(key, place(p, "S"), place(p, "F"))
    assert path.edge_ids == ()
    assert path.coords == ((15.0, 48.0), F)
    assert p.travel.leg(key, place(p, "S"), place(p, "F"), 3600) == (1000, 30_000)


def test_round_a_box_by_hand():
    """A box from 10 to 20 km east, 3 km to either side: over the corners of its margin, 50 m out."""
    p = built([box(10, -3, 20, 3, no_fly=True)])
    out = math.hypot(10 - MARGIN_M / 1000, 3 + MARGIN_M / 1000)
    km = 2 * out + 10 + 2 * MARGIN_M / 1000
    assert flown(p)[1] == pytest.approx(1000 * km, abs=3)
    path = p.travel.path(p.fleet[1].travel, place(p, "S"), place(p, "F"))
    assert len(path.coords) == 4
    corners = sorted(round(abs(km_of(c)[1]), 2) for c in path.coords[1:3])
    assert corners == [3.05, 3.05]


def test_round_a_circle_within_a_hundredth():
    """A stand-off of 4 km round a point on the way: never nearer than that, and hardly farther than the best arc."""
    p = built([circle(15, 0, stand_off_m=4000)])
    tangent = math.sqrt(15**2 - 4**2)
    arc = 4 * (math.pi - 2 * math.acos(4 / 15))
    best = 1000 * (2 * tangent + arc)
    assert best <= flown(p)[1] <= 1.01 * best
    path = p.travel.path(p.fleet[1].travel, place(p, "S"), place(p, "F"))
    line = shapely.LineString([km_of(c) for c in path.coords])
    assert line.distance(shapely.Point(15, 0)) >= 4


@pytest.mark.parametrize(
    ("said", "metres"),
    [({"no_fly": True, "from": "2026-05-02T04:00:00Z"}, 30_000),
     ({"no_fly": True, "to": "2026-05-01T04:00:00Z"}, 30_000),
     ({"no_fly": False}, 30_000), ({"level": "high"}, 30_000), ({"stand_off_m": 100}, 30_900)],
)  # fmt: skip
def test_what_does_not_keep_aircraft_out(said, metres):
    """An area of another day, one that is not for aircraft, and one with a distance to keep."""
    found = flown(built([box(10, -3, 20, 3, **said)]))[1]
    assert found >= metres
    assert (found == 30_000) == (metres == 30_000)


def test_an_area_by_the_hour():
    """In force from 10 to 12: a shift that meets it is planned round it, and flies round it only at those hours."""
    fleet = [
        drone(),
        drone(vehicle_type="EARLY", shift_start="05:00", shift_end="10:00"),
        drone(vehicle_type="NOON", shift_start="09:00", shift_end="15:00"),
    ]
    p = built([box(10, -3, 20, 3, no_fly=True, hours="10:00-12:00")], fleet=fleet)
    far = {v.vehicle_type: flown(p, key=v.travels[0])[1] for v in p.fleet}
    assert far["EARLY"] == 30_000
    assert far["NOON"] == far["UAS"] > 30_900
    round_it = flown(p, key=next(v for v in p.fleet if v.vehicle_type == "NOON").travels[0])
    for v in p.fleet:
        moments = (343 * 60, 344 * 60, 360 * 60, 479 * 60, 480 * 60 - 30, 480 * 60)
        legs = [p.travel.leg(v.travels[0], place(p, "S"), place(p, "F"), t) for t in moments]
        assert legs == [(1000, 30_000), round_it, round_it, round_it, (1030, 30_000), (1000, 30_000)]
        drawn = [p.travel.path(v.travels[0], place(p, "S"), place(p, "F"), moments[k]) for k in (0, 2, 4)]
        assert [(len(path.coords), path.seconds, path.metres) for path in drawn] == [
            (2, 1000, 30_000), (4, *round_it), (2, 1030, 30_000)
        ]  # fmt: skip


def test_a_place_under_an_area_is_left_alone_until_it_is_over():
    """Guns at F from 10 to 12: who could be there before 10 goes, who could not waits; nothing waits for tomorrow."""
    p = built([circle(30, 1, no_fly=True, stand_off_m=2000, hours="10:00-12:00", threat_id="A1", name="guns")])
    v = next(v for v in p.fleet if v.profile == "uas")
    key, ends = v.travels[0], (place(p, "S"), place(p, "F"))
    assert flown(p, key=key) == (-1, -1)
    legs = [p.travel.leg(key, *ends, t) for t in (6 * 3600 - 1000, 6 * 3600 - 999, 7 * 3600, 8 * 3600)]
    assert legs == [(1000, 30_000), (7200 + 999 + 1000, 30_000), (3600 + 1000, 30_000), (1000, 30_000)]
    plan = engines.solve(p, "greedy", Budget(iterations=20), jobs=1)
    assert (check(p, plan), plan.unserved) == ([], ())
    late = built([circle(30, 1, no_fly=True, stand_off_m=2000, **{"from": "2026-05-01T10:00:00Z"})])
    key = next(v for v in late.fleet if v.profile == "uas").travels[0]
    assert late.travel.leg(key, *ends, 6 * 3600 - 999) is None
    assert late.travel.path(key, *ends, 6 * 3600 - 999) is None


def test_plans_draw_legs_as_they_are_at_their_hour():
    """A flight at noon goes round the guns that fire at noon; a road that shuts later is drawn where it runs."""
    noon = "2026-05-01T12:30:00Z"
    wanted = [small("R1", node_id="F", earliest=noon), small("R2", node_id="C", latest="2026-05-01T09:00:00Z")]
    p = built([box(10, -3, 20, 3, no_fly=True, hours="11:30-13:30")], requisitions=wanted, fleet=[drone(), truck()],
              closures=[{"edge_id": "B", "from": "2026-05-01T10:00:00Z"}])  # fmt: skip
    plan = engines.solve(p, "greedy", Budget(iterations=20), jobs=1)
    drawn = {(r.vehicle_type, leg.to_node): leg for r in plan.routes for leg in geometry.legs(p, r)}
    assert (check(p, plan), plan.unserved) == ([], ())
    assert len(drawn["UAS", "F"].line) == 4
    assert drawn["T", "C"].edges == ("SA", "B")


def test_a_place_inside_an_area_says_which():
    """Nothing flies there: UNREACHABLE, naming the area; opening it is tried."""
    p = built([circle(30, 1, no_fly=True, stand_off_m=2000, threat_id="A1", name="guns")], fleet=[drone()])
    code, words = p.deliveries[0].refused
    assert (code, words) == (
        "UNREACHABLE", "Far F (F) is cut off for UAS: no-fly area A1 (guns) covers Far F (F).",
    )  # fmt: skip
    plan = engines.solve(p, "greedy", Budget(iterations=20), jobs=1)
    (row, *_) = explain.unserved(p, plan).to_dict("records")
    assert row["remedy"] == "Open the no-fly area A1 (guns), which covers Far F (F)."
    assert row["tried"]
    assert row["effect"].startswith("Served at 010421Z")


@pytest.mark.parametrize(
    ("changes", "landing", "words"),
    [({}, "", "has no lz or runway"), ({}, "dz", "has no lz or runway"), ({}, "quay", "has no lz or runway"),
     ({"lands_on": "runway"}, "lz", "has no runway"), ({"air_load": "airdrop"}, "lz", ""), ({}, "runway", ""),
     ({"air_load": "airdrop"}, "dz", ""), ({"air_load": "sling"}, "dz", ""), ({"air_load": "sling"}, "", "dz")],
)  # fmt: skip
def test_where_aircraft_can_stop(changes, landing, words):
    """Landing needs a site it lands on; a sling also a drop zone; an airdrop only that."""
    nodes = [("F", F, landing)]
    w = flown_world(nodes, requisitions=[small("R1", node_id="F")], fleet=[drone(**changes)])
    tables = {
        **w.tables,
        "nodes": w.tables["nodes"].assign(landing=w.tables["nodes"]["landing"].replace("lz", "lz;runway")),
    }
    tables["nodes"].loc[tables["nodes"]["node_id"] == "F", "landing"] = landing
    p = problem.build(w.replace(tables=tables))
    refused = p.deliveries[0].refused
    assert (refused is None) == (words == "")
    assert refused is None or words in refused[1]


def test_an_airdrop_loads_where_it_lands():
    """A dz where supplies lie is nothing to load at, though it may drop at one."""
    w = flown_world([("F", F, "dz")], requisitions=[small("R1", node_id="F")], fleet=[drone(air_load="airdrop")])
    nodes = w.tables["nodes"]
    lost = w.replace(tables={**w.tables, "nodes": nodes.assign(landing=nodes["landing"].replace("lz", "dz"))})
    assert problem.build(w).deliveries[0].refused is None
    assert "S has no lz or runway or dz" in problem.build(lost).deliveries[0].refused[1]


def test_on_the_hook_room_does_not_count():
    """A sling has its own payload, and neither volume nor pallets bind."""
    w = flown_world(fleet=[drone(air_load="sling", sling_kg=900, volume_m3=1, pallets=1), drone(depot="S", owner="B")])
    hook, inside = sorted(problem.build(w).fleet, key=lambda v: v.owner)
    assert (hook.capacity.kg, hook.capacity.dm3 > 10**9, inside.capacity.kg) == (900, True, 68)


def blown(**changes):
    """The only bridge to C is closed; C has a site where drones land."""
    rows = straight_road()
    nodes = [{**n, "landing": "lz" if n["node_id"] in "SC" else ""} for n in rows["nodes"]]
    fields = {
        "nodes": nodes, "closures": [{"edge_id": "B", "reason": "blown"}], "fleet": [truck()],
        "requisitions": [small("R1", node_id="C"), ask("R2")],
    }  # fmt: skip
    return problem.build(flown_world(**{**fields, **changes}))


def test_closing_the_only_bridge_names_it_and_what_would_help():
    """C is UNREACHABLE by bridge B; opening it is tried, and so is an aircraft that the fleet does not have."""
    p = blown()
    refused = {d.requisition_id: d.refused for d in p.deliveries}
    assert refused == {"R1": ("UNREACHABLE", "Cedar (C) is cut off for T: bridge B is closed (blown)."), "R2": None}
    plan = engines.solve(p, "greedy", Budget(iterations=20), jobs=1)
    rows = explain.unserved(p, plan).to_dict("records")
    assert [r["remedy"] for r in rows] == [
        "Open or strengthen bridge B, which is closed (blown).", "Have one TRV-150 at S to fly it.",
    ]  # fmt: skip
    assert all(r["tried"] and r["effect"].startswith("Served at 0104") for r in rows)


def test_an_aircraft_with_nowhere_to_land_asks_for_a_site():
    """Without a site at C the remedy is to clear one and to fly."""
    nodes = [{**n, "landing": "lz" if n["node_id"] == "S" else ""} for n in straight_road()["nodes"]]
    p = blown(nodes=nodes)
    plan = engines.solve(p, "greedy", Budget(iterations=20), jobs=1)
    assert "Clear a site at Cedar (C), and have one" in " ".join(explain.unserved(p, plan)["remedy"])


@pytest.mark.parametrize("name", engines.ENGINES)
def test_a_node_only_reachable_by_air_gets_its_drone(name):
    """With a drone in the fleet nothing is refused: it flies to C, the truck drives to A, one plan, nothing broken."""
    p = blown(fleet=[truck(), drone()])
    plan = engines.solve(p, name, Budget(iterations=100), jobs=1)
    assert not plan.unserved
    assert check(p, plan) == []
    served = {r.vehicle_type: {i for s in r.stops for i in s.deliveries} for r in plan.routes}
    assert served == {"UAS": {"R1/1"}, "T": {"R2/1"}}
    by_air = next(r for r in plan.routes if r.vehicle_type == "UAS")
    drawn = geometry.legs(p, by_air)
    assert drawn[1].line == ((15.0, 48.0), (15.2, 48.0))
    assert len(layers.routes(p, plan)["features"]) == 2


def test_both_the_bridge_and_the_missing_site_are_named():
    """Trucks are kept off by the bridge, the drone by the lack of a site."""
    nodes = [{**n, "landing": "lz" if n["node_id"] == "S" else ""} for n in straight_road()["nodes"]]
    p = blown(nodes=nodes, fleet=[truck(), drone()])
    assert p.deliveries[0].refused[1] == (
        "Cedar (C) is cut off for T: bridge B is closed (blown); for UAS: Cedar (C) has no lz or runway."
    )


def test_boats_go_on_waterways_from_quay_to_quay():
    """A barge takes the river at its speed; it can't stop where no quay is, nor pass where it is shallow."""
    rows = straight_road()
    nodes = [{**n, "landing": "quay" if n["node_id"] in "SC" else ""} for n in rows["nodes"]]
    river = [
        road("W1", "S", "A", road_class="waterway", depth_m=3),
        road("W2", "A", "C", road_class="waterway", depth_m=1),
    ]
    profiles = [*rows["profiles"], {"profile": "barge", "mode": "boat", "road_class": "waterway", "day_kmh": 10,
                                    "night_kmh": 10, "blackout_kmh": 10}]  # fmt: skip
    barge = truck(vehicle_type="BARGE", profile="barge", mlc="", draught_m=0.8)
    wanted = [ask("R1", node_id="C"), ask("R2")]
    world = {"nodes": nodes, "edges": river, "profiles": profiles, "requisitions": wanted}
    p = problem.build(scenario_of(**straight_road(**world, fleet=[barge, truck()])))
    s, c = place(p, "S"), place(p, "C")
    key = next(v.travel for v in p.fleet if v.vehicle_type == "BARGE")
    assert [int(x[0, 0]) for x in p.travel.block(key, [s], [c])] == [7200, 20_000]
    assert p.travel.path(key, s, c).edge_ids == ("W1", "W2")
    refused = {d.requisition_id: d.refused for d in p.deliveries}
    assert refused["R1"] is None
    assert refused["R2"][1] == "Alder (A) is cut off for BARGE: Alder (A) has no quay."
    deep = problem.build(scenario_of(**straight_road(**world, fleet=[{**barge, "draught_m": 1.2}])))
    assert "W2 is 1 m deep, too shallow for a draught of 1.2 m" in deep.deliveries[0].refused[1]


@st.composite
def skies(draw):
    """Places and areas on a plain of 40 x 40 km, some in force only for a while, and a night."""
    spot = st.tuples(st.integers(-20, 20), st.integers(-20, 20))
    places = draw(st.lists(spot, min_size=3, max_size=6, unique=True))
    areas = []
    for k in range(draw(st.integers(0, 5))):
        x, y = draw(spot)
        shape = shapely.Point(at_km(x + 0.3, y + 0.4))
        if draw(st.booleans()):
            wide, high = draw(st.integers(1, 9)), draw(st.integers(1, 9))
            shape = shapely.Polygon(
                [at_km(x + a * wide + 0.3, y + b * high + 0.4) for a, b in ((0, 0), (1, 0), (1, 1), (0, 1))]
            )
        reach = float(draw(st.sampled_from([300, 2000, 5000])))
        areas.append(Area(f"A{k}", f"area {k}", shape, reach, draw(st.sampled_from(SPANS))))
    lonlat = np.array([at_km(*xy) for xy in places])
    names = [f"P{k}" for k, _ in enumerate(places)]
    dark = draw(st.sampled_from([(), ((31_000, 33_000),), ((0, 900), (43_000, DAY_S))]))
    return AirTravel(lonlat, [Flight("f", (100.0, 80.0, 80.0))], areas, Hours(DAY_S, dark, 1), names)


SPANS = [ALWAYS, ((0, 3600),), ((40_000, 50_000),), ((32_000, 32_600), (33_200, 41_000)), ((31_500, 33_000),)]
KEYS = ["f", "f@0-7200", "f@30000-45000"]
BEGINNINGS = [span[0] for spans in SPANS[1:] for span in spans]
DEPARTURES = st.builds(lambda s, d: max(0, s + d), st.sampled_from(BEGINNINGS), st.integers(-1500, 9000))
"""Some so short before an area is in force that it is met on the way."""


@settings(max_examples=60, deadline=None)
@given(skies(), st.sampled_from(KEYS))
def test_no_flight_crosses_an_area(travel, key):
    """Drawn ways keep clear of every area in force, cells equal their drawn way, and a detour is never shorter."""
    n, span = len(travel.lonlat), (0, 7200) if "7200" in key else (30_000, 45_000)
    seconds, metres = travel.block(key, range(n), range(n))
    met = [a for a in travel.areas if (a.spans == ALWAYS if key == "f" else a.during(*span))]
    shapes = [shapely.buffer(shapely.transform(a.shape, _flat), a.reach_m) for a in met]
    for i, j in itertools.permutations(range(n), 2):
        path = travel.path(key, i, j)
        if path is None:
            assert seconds[i, j] == metres[i, j] == -1
            assert travel.cuts(key, (i, j))
            continue
        line = shapely.LineString(_flat(path.coords))
        assert not any(shapely.intersects(line, shape) for shape in shapes)
        assert path.metres == metres[i, j] == pytest.approx(line.length, rel=2e-4, abs=2)
        slowest = 0.036 if key == "f" or not travel.hours.conditions(*span).regimes[1:] else 0.045
        assert path.seconds == seconds[i, j] == pytest.approx(metres[i, j] * slowest, abs=1.1)
        for k in range(n):
            if metres[i, k] >= 0 and metres[k, j] >= 0:
                assert metres[i, j] <= metres[i, k] + metres[k, j]


def arrivals(travel, i, j, depart_s):
    """(arrival, metres) of every flight that keeps out of some set of areas and meets no other, waiting or not.

    Every set is asked of a sky in which just these areas are in force all day.
    """
    flight, out = travel.flights["f"], []
    for chosen in itertools.product((False, True), repeat=len(travel.areas)):
        others = [a for a, yes in zip(travel.areas, chosen, strict=True) if not yes]
        kept = [
            Area(a.area_id, a.name, a.shape, a.reach_m, ALWAYS)
            for a, yes in zip(travel.areas, chosen, strict=True)
            if yes
        ]
        free = AirTravel(travel.lonlat, [flight], [*kept, *(Area("", "", a.shape, a.reach_m, ()) for a in others)],
                         travel.hours, travel.names)  # fmt: skip
        for leaves in {depart_s, *(b for a in travel.areas for _, b in a.spans if depart_s < b < DAY_S)}:
            found = free.leg("f", i, j, leaves)
            done = None if found is None else leaves + found[0]
            if done is not None and not any(a.during(leaves, max(done, leaves + 1)) for a in others):
                out.append((done, found[1]))
    return out


@settings(max_examples=30, deadline=None)
@given(skies(), DEPARTURES)
def test_a_flight_honours_the_hours_exactly(travel, depart):
    """It is the first to arrive of all flights that meet no area in force, whatever areas they keep out of."""
    for i, j in itertools.permutations(range(min(3, len(travel.lonlat))), 2):
        found, every = travel.leg("f", i, j, depart), arrivals(travel, i, j, depart)
        assert (found is None) == (not every)
        if found:
            assert depart + found[0] == min(done for done, _ in every)
            line = shapely.LineString(_flat(travel.path("f", i, j, depart).coords))
            straight = travel.path("f", i, j, depart).metres
            assert straight == found[1] == pytest.approx(line.length, rel=2e-4, abs=2)


@settings(max_examples=60, deadline=None)
@given(skies(), st.sampled_from(KEYS), DEPARTURES, st.integers(0, 9000))
def test_flights_are_first_in_first_out_and_never_slower_than_planned(travel, key, depart, later):
    """Who leaves later arrives no sooner; whoever leaves in a key's time takes no longer, and no more metres."""
    n = len(travel.lonlat)
    seconds, metres = travel.block(key, range(n), range(n))
    paces = travel.paces(key, range(n))
    start, end = (0, DAY_S) if key == "f" else map(int, key[2:].split("-"))
    inside = start + depart % (end - start)
    for i, j in itertools.permutations(range(n), 2):
        first, second = travel.leg(key, i, j, depart), travel.leg(key, i, j, depart + later)
        assert first is not None or second is None
        assert second is None or first[0] <= second[0] + later
        if key == "f":
            continue
        planned = paces.planned_s(i, j, int(seconds[i, j]), inside)
        if planned >= 0 and inside + planned <= end:
            now = travel.leg(key, i, j, inside)
            assert now[0] <= planned <= (seconds[i, j] if seconds[i, j] >= 0 else DAY_S)
            assert now[1] <= (paces.metres if paces.parts else metres)[i, j]


def _flat(points):
    """Metres east and north of S."""
    return np.array([km_of(c) for c in points]) * 1000


def test_travel_goes_to_another_process():
    """Pickled and back it says the same."""
    p = built([circle(15, 0, stand_off_m=4000)])
    before, again = flown(p), pickle.loads(pickle.dumps(p))
    assert flown(again) == before


def faults(tmp_path, folder_rows):
    """(file, row, column, code, level) of what is wrong with a folder made of these rows."""
    from folders import write

    found = scenario.validate(write(tmp_path / "s", folder_rows))
    return {(f.file, f.row, f.column, f.code, f.level) for f in found}


def folder(**cells):
    """The small folder with a drone at its first depot."""
    from folders import small as rows

    out = rows()
    out["nodes"] = [{**n, "landing": "lz" if n["node_id"] == "N001" else ""} for n in out["nodes"]]
    plain = {"air_load": "", "sling_kg": "", "payload_range": ""}
    out["fleet"] = [{**v, **plain} for v in out["fleet"]]
    flying = {
        "vehicle_type": "UAS",
        "profile": "cargo_drone",
        "payload_kg": "68",
        "may_carry": "",
        "payload_range": "0:68;70:0",
    }
    out["fleet"].append({**out["fleet"][0], **flying, **cells})
    return out


@pytest.mark.parametrize(
    ("cells", "found"),
    [({}, None), ({"payload_range": ""}, ("payload_range", "REQUIRED", "warning")),
     ({"payload_range": "70:0;15:68"}, ("payload_range", "TYPE", "error")),
     ({"depot": "N002"}, ("depot", "CONFLICT", "warning")), ({"sling_kg": "90"}, ("sling_kg", "CONFLICT", "warning")),
     ({"profile": "wheeled_light", "air_load": "sling", "payload_range": ""}, ("air_load", "CONFLICT", "error")),
     ({"air_load": "hover"}, ("air_load", "CHOICE", "error"))],
)  # fmt: skip
def test_findings_about_aircraft(tmp_path, cells, found):
    """A payload that does not fall, a base without a site, a hook that is none: each is said at its cell."""
    said = faults(tmp_path, folder(**cells))
    wanted = set() if found is None else {("fleet.csv", 6, *found)}
    assert said == wanted


def test_an_air_profile_without_a_speed(tmp_path):
    """It needs a row for flight."""
    rows = folder(profile="kite")
    rows["profiles"] = [{"profile": "kite", "mode": "air", "road_class": "track", "day_kmh": "40"}]
    assert ("fleet.csv", 6, "profile", "UNKNOWN_REFERENCE", "error") in faults(tmp_path, rows)


def test_both_sides_of_the_antimeridian_are_refused(tmp_path):
    """Flights are reckoned on one plane: a world that spans 180 degrees is said to be none for them."""
    rows = folder()
    for n in rows["nodes"]:
        n["lon"] = f"{(float(n['lon']) - 12.1 + 180 + 180) % 360 - 180:.2f}"
    rows["edges"] = [{k: v for k, v in e.items() if k != "geometry"} for e in rows["edges"]]
    del rows["closures"]
    said = faults(tmp_path, rows)
    assert ("fleet.csv", 6, "profile", "POSITION_FAR", "error") in said


def test_a_plan_says_what_it_takes_for_granted_in_the_air():
    """Straight flight, areas avoided, where batteries are changed; a fleet on roads says nothing of it."""
    said = " ".join(built([box(10, -3, 20, 3, no_fly=True, threat_id="A1", name="guns")]).assumptions)
    assert "UAS fly straight, or round the areas in force" in said
    assert "Aircraft keep out of 1 area(s): A1 (guns)." in said
    assert "UAS take on fuel or change batteries wherever they load." in said
    grounded = " ".join(built(fleet=[truck()], requisitions=[ask("R2")]).assumptions)
    assert "fly" not in grounded
    assert "batteries" not in grounded


def test_areas_for_aircraft_are_no_threat_on_roads():
    """An area without a severity puts no risk on roads; with one it does both."""
    from workbench.ground.threat.areas import read

    quiet, loud = (read({"features": [box(0, 0, 1, 1, no_fly=True, **said)]})[0] for said in ({}, {"level": "low"}))
    assert (quiet.per_m, quiet.assumed, quiet.keep_out_m) == (0.0, False, 0.0)
    assert loud.per_m > 0
    assert read({"features": [box(0, 0, 1, 1, level="low")]})[0].keep_out_m is None
