"""Ways across country: straight on the flat, round what is steep, wet or closed, over bridges, as fast as may be."""

import json
import math

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tables import scenario_of, straight_road, truck

from workbench import engines, problem, scenario
from workbench.check import check
from workbench.engines import Budget
from workbench.ground import terrain
from workbench.ground.hours import Hours
from workbench.ground.open_ground import LEFT_AT_STEEPEST, Goer, OpenTravel, ms_per_m
from workbench.ground.terrain import Terrain

DAY_S = 86_400
LAT = 48.0
DEG = (111_320.0 * math.cos(math.radians(LAT)), 110_574.0)
"""Metres in a degree, east and north, where a grid is laid."""


def grid(heights, cell_m=100.0, cover=None, wet=None):
    """A terrain of square cells around 15 E 48 N, north up."""
    heights = np.asarray(heights, dtype=np.float64)
    rows, columns = heights.shape
    high, wide = rows * cell_m / DEG[1], columns * cell_m / DEG[0]
    bounds = (15 - wide / 2, LAT - high / 2, 15 + wide / 2, LAT + high / 2)
    blank = np.zeros(heights.shape)
    return Terrain(
        bounds,
        heights,
        np.asarray(blank if cover is None else cover, np.int64),
        np.array(blank if wet is None else wet, bool),
    )


def middle(ground, row, column):
    """(lon, lat) of the middle of a cell."""
    return ground.lonlat(np.array([[row, column]]))[0]


def going(ground, ends, closed=(), **changes):
    """Travel of one vehicle, 36 km/h in the open, between the middles of cells."""
    fields = {"key": "xc", "kmh": {"open": 36.0}, "steepest_pct": 60.0, "in_dark": (1.0, 0.5, 0.25)}
    lonlat = np.array([middle(ground, *cell) for cell in ends])
    return OpenTravel(lonlat, [Goer(**{**fields, **changes})], ground, Hours(DAY_S), closed)


def first(travel):
    """(seconds, metres) from the first place to the second."""
    seconds, metres = travel.block("xc", [0], [1])
    return int(seconds[0, 0]), int(metres[0, 0])


def test_straight_on_the_flat():
    """Eight cells of 100 m at 10 m/s; diagonally the square root of two."""
    flat = grid(np.zeros((9, 9)))
    assert first(going(flat, [(4, 0), (4, 8)])) == (80, 800)
    assert first(going(flat, [(0, 0), (8, 8)])) == pytest.approx((114, 1132), abs=1)


def test_round_water_and_over_a_bridge():
    """A river from north to south with a gap at the end; a road over it is a bridge."""
    wet = np.zeros((9, 9), bool)
    wet[:8, 4] = True
    flat = grid(np.zeros((9, 9)), wet=wet)
    there = going(flat, [(0, 0), (0, 8)])
    round_about = first(there)
    assert round_about[1] > 1600
    line = shapely.LineString(there.path("xc", 0, 1).coords)
    assert not any(line.intersects(shapely.Point(middle(flat, row, 4)).buffer(1e-5)) for row in range(8))
    wet[8, 4] = True
    blocked = grid(np.zeros((9, 9)), wet=wet)
    assert first(going(blocked, [(0, 0), (0, 8)])) == (-1, -1)
    bridge = (np.array([middle(blocked, 2, 3), middle(blocked, 2, 5)]), 36.0)
    assert first(going(blocked, [(2, 0), (2, 8)], roads=(bridge,))) == (80, 800)


def test_slope_slows_and_stops():
    """Half the speed on the steepest slope it takes, nothing beyond: 30 % halves for 30, stops for 20."""
    slope = grid(np.tile(np.arange(9) * 30.0, (9, 1)))
    assert np.allclose(slope.slope_pct, 30)
    assert first(going(slope, [(4, 0), (4, 8)], steepest_pct=30.0)) == (math.ceil(80 / LEFT_AT_STEEPEST), 800)
    assert first(going(slope, [(4, 0), (4, 8)], steepest_pct=20.0)) == (-1, -1)


def test_cover_and_closures_count():
    """Woods are slower or not entered; a closed area is gone round."""
    cover = np.zeros((9, 9))
    cover[:, 4] = 1
    ground = grid(np.zeros((9, 9)), cover=cover)
    slow = first(going(ground, [(4, 0), (4, 8)], kmh={"open": 36.0, "woods": 18.0}))
    assert slow == (90, 800)
    assert first(going(ground, [(4, 0), (4, 8)])) == (-1, -1)
    flat = grid(np.zeros((9, 9)))
    mined = shapely.box(*middle(flat, 6, 3), *middle(flat, 2, 5))
    assert first(going(flat, [(4, 0), (4, 8)], [mined]))[1] > 800


def test_the_dark_is_slower_on_the_same_way():
    """Planned by night for a shift that meets it, timed by the hour; the metres stay."""
    travel = going(grid(np.zeros((9, 9))), [(4, 0), (4, 8)])
    travel.hours = Hours(DAY_S, ((0, 3600),), 1)
    key = travel.during("xc", 0, 7200)
    assert [int(x[0, 0]) for x in travel.block(key, [0], [1])] == [160, 800]
    assert travel.leg(key, 0, 1, 0) == (160, 800)
    assert travel.leg(key, 0, 1, 4000) == (80, 800)
    assert travel.leg(key, 0, 1, 3560) == (100, 800)
    assert travel.during("xc", 4000, 7200) == "xc"


@st.composite
def grounds(draw):
    """A rough grid with water and woods, and some places on it."""
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    shape = (int(rng.integers(4, 9)), int(rng.integers(4, 9)))
    ground = grid(rng.uniform(0, 60, shape), cover=rng.integers(0, 2, shape), wet=rng.random(shape) < 0.2)
    return ground, [tuple(int(x) for x in cell) for cell in rng.integers(0, shape, (4, 2))]


@settings(max_examples=40, deadline=None)
@given(grounds())
def test_cells_equal_their_way_and_the_search_of_networkx(drawn):
    """As fast as the shortest way on the grid's graph; a drawn way is as long as its cell says."""
    ground, ends = drawn
    travel = going(ground, ends, kmh={"open": 36.0, "woods": 12.0}, steepest_pct=70.0)
    cost = ms_per_m(ground, travel.goers["xc"])
    graph, (rows, columns) = nx.Graph(), cost.shape
    for r in range(rows):
        for c in range(columns):
            graph.add_node((r, c))
            for q in ((r, c + 1), (r + 1, c - 1), (r + 1, c), (r + 1, c + 1)):
                if q[0] < rows and 0 <= q[1] < columns and np.isfinite(cost[r, c] + cost[q]):
                    step = math.hypot((q[0] - r) * ground.cell_m[0], (q[1] - c) * ground.cell_m[1])
                    graph.add_edge((r, c), q, w=step * (cost[r, c] + cost[q]) / 2)
    seconds, metres = travel.block("xc", range(4), range(4))
    for i, a in enumerate(ends):
        for j, b in enumerate(ends):
            known = nx.has_path(graph, a, b)
            if i == j or a == b:
                assert seconds[i, j] in (0, -1)
                continue
            assert (seconds[i, j] >= 0) == known
            if known:
                assert seconds[i, j] == pytest.approx(nx.shortest_path_length(graph, a, b, "w") / 1000, abs=1.01)
                line = np.array(travel.path("xc", i, j).coords)
                length = np.hypot(*(np.diff(line, axis=0) * DEG).T).sum()
                assert metres[i, j] == pytest.approx(length, abs=1.01)


def folder(tmp_path, rows=40, columns=80):
    """A scenario folder's basemap: flat, 16 x 8 km, a river across the middle, a wood."""
    base = tmp_path / "s" / "basemap"
    base.mkdir(parents=True)
    bounds = [14.98, 47.97, 15.22, 48.03]
    Image.fromarray(np.full((rows, columns), 1000, np.uint16)).save(base / terrain.HEIGHTS)
    (base / terrain.ABOUT).write_text(json.dumps({"bounds": bounds}))
    river = {"type": "LineString", "coordinates": [[15.15, 47.9], [15.15, 48.1]]}
    wood = {"type": "Polygon", "coordinates": [[[15.0, 48.01], [15.05, 48.01], [15.05, 48.02], [15.0, 48.01]]]}
    for name, shape, said in ((terrain.WATER, river, {"width_m": 30}), (terrain.COVER, wood, {"kind": "wood"})):
        feature = {"type": "Feature", "properties": said, "geometry": shape}
        (base / name).write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return tmp_path / "s"


def test_a_basemap_is_read(tmp_path):
    """Heights in tenths of a metre, the river a closed line of cells, the wood under its middle."""
    ground = terrain.read(folder(tmp_path) / "basemap")
    assert (ground.heights == 100.0).all()
    assert ground.wet.any(axis=1).all()
    assert ground.cover[tuple(ground.cells(np.array([[15.04, 48.012]]))[0])] == 1
    assert terrain.read(tmp_path) is None
    (tmp_path / "s" / "basemap" / terrain.HEIGHTS).write_bytes(b"no picture")
    assert terrain.read(tmp_path / "s" / "basemap") is None


def test_a_vehicle_leaves_the_road_for_the_last_kilometres(tmp_path):
    """F lies off the road, this side of the river; C over the bridge, which is on the road: it gets to both."""
    rows = straight_road()
    off = {"node_id": "F", "name": "Field", "kind": "unit", "lon": 15.12, "lat": 47.99}
    same = {"profile": "crawler", "mode": "cross_country", "max_gradient_pct": 60}
    paces = [{**same, "road_class": name, "day_kmh": speed, "night_kmh": speed, "blackout_kmh": speed}
             for name, speed in (("open", 12), ("primary", 30))]  # fmt: skip
    crawler = truck(vehicle_type="CRAWLER", profile="crawler", mlc=12)
    wanted = [{**rows["requisitions"][0], "requisition_id": f"R{n}", "node_id": n} for n in "FC"]
    sc = scenario_of(**straight_road(nodes=[*rows["nodes"], off], profiles=[*rows["profiles"], *paces],
                                     fleet=[truck(count=0), crawler], requisitions=wanted))  # fmt: skip
    sc = sc.replace(path=folder(tmp_path))
    p = problem.build(sc)
    assert [d.refused for d in p.deliveries] == [None, None]
    plan = engines.solve(p, "greedy", Budget(iterations=30), jobs=1)
    assert not plan.unserved
    assert check(p, plan) == []
    bare = problem.build(sc.replace(path=None))
    assert {d.refused[0] for d in bare.deliveries} == {"UNREACHABLE"}
    assert scenario.inputs_sha256(sc) != scenario.inputs_sha256(sc.replace(path=None))
