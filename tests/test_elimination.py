"""Exact elimination and what is kept of it: equal to a plain search, on any roads, whatever is closed."""

import heapq
import math
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import AS_OF, frame, road, straight_road

from workbench.ground import cache, elimination, graph, matrix, roads, sweeps
from workbench.ground.matrix import RoadTravel
from workbench.ground.roads import Limits
from workbench.ground.search import Ground, Search

TRUCK = Limits("truck", mlc=14)


def network(n, ends, oneway=(), banned=(), decimetres=()):
    """A network of bare roads: (from, to) node indices, which are one-way, (from road, via, to road) banned."""
    rows = straight_road(closures=[])
    rows["nodes"] = [{"node_id": f"N{i}", "lon": 15 + i / 1000, "lat": 48} for i in range(n)]
    rows["edges"] = [road(f"E{k}", f"N{a}", f"N{b}") for k, (a, b) in enumerate(ends)]
    tables = {name: frame(name, rows[name]) for name in ("nodes", "edges", "closures", "profiles")}
    tables["edges"]["oneway"] = [k in oneway for k in range(len(ends))]
    tables["edges"]["length_m"] = [d / 10 for d in decimetres] if decimetres else 1.0
    tables["turns"] = frame("turns", [{"from_edge": f"E{a}", "via_node": f"N{v}", "to_edge": f"E{b}"}
                                      for a, v, b in banned])  # fmt: skip
    return roads.network(tables, tables["profiles"], as_of=AS_OF, horizon_s=86_400)


@st.composite
def nets(draw, most=8, bans=6):
    """A network and milliseconds: islands, parallel roads, loops, zero lengths, one-ways, closed roads, bans."""
    n = draw(st.integers(1, most))
    node = st.integers(0, n - 1)
    ends = draw(st.lists(st.tuples(node, node), min_size=1, max_size=3 * most))
    road_row = st.integers(0, len(ends) - 1)
    turns = draw(st.lists(st.tuples(road_row, st.booleans(), road_row), max_size=bans))
    banned = [(a, ends[a][end], b) for a, end, b in turns if ends[a][end] in ends[b]]
    net = network(
        n, ends, oneway=draw(st.sets(road_row)), banned=banned,
        decimetres=draw(st.lists(st.integers(0, 4), min_size=len(ends), max_size=len(ends))),
    )  # fmt: skip
    ms = draw(st.lists(st.integers(-1, 4), min_size=len(ends), max_size=len(ends)))
    return net, np.array(ms, dtype=np.int64)


def grid(side, seed):
    """A street grid with one-ways, closures, banned turns and random times, large enough for deep shortcuts."""
    rng = np.random.default_rng(seed)
    ends = [(r * side + c, r * side + c + 1) for r in range(side) for c in range(side - 1)]
    ends += [(r * side + c, (r + 1) * side + c) for r in range(side - 1) for c in range(side)]
    at = {v: [k for k, pair in enumerate(ends) if v in pair] for v in range(side * side)}
    vias = rng.choice(side * side, side, replace=False).tolist()
    banned = [(at[v][0], v, at[v][-1]) for v in vias]
    oneway = set(rng.choice(len(ends), len(ends) // 5, replace=False).tolist())
    net = network(side * side, ends, oneway, banned, rng.integers(1, 9, len(ends)).tolist())
    return net, np.where(rng.random(len(ends)) < 0.1, -1, rng.integers(0, 9, len(ends)))


def plain(net, ms, source):
    """(ms, dm) of the cheapest way to each node, by a search over roads entered, that knows nothing of copies."""
    dm, banned = net.decimetres(), {tuple(turn) for turn in net.banned.tolist()}
    leaving = {}
    for r, (a, b) in enumerate(net.ends.tolist()):
        if ms[r] >= 0:
            leaving.setdefault(a, []).append((r, b))
            if not net.oneway[r]:
                leaving.setdefault(b, []).append((r, a))
    best, done, queue = {}, set(), [(0, 0, source, -1)]
    while queue:
        t, d, v, by = heapq.heappop(queue)
        if (v, by) in done:
            continue
        done.add((v, by))
        best.setdefault(v, (t, d))
        for r, w in leaving.get(v, ()):
            if (by, v, r) not in banned:
                heapq.heappush(queue, (t + int(ms[r]), d + int(dm[r]), w, r))
    return best


def costs(net, ms):
    """All costs as {(from, to): (ms, dm)}, by elimination; no entry where there is no way."""
    everywhere = np.arange(len(net.node_ids))
    found = Search(Ground(net), ms).costs(everywhere, everywhere)
    return {
        (i, j): (int(c) >> sweeps.BITS, int(c) % (1 << sweeps.BITS))
        for (i, j), c in np.ndenumerate(found) if c < sweeps.NONE
    }  # fmt: skip


def expected(net, ms):
    """All costs by the plain search."""
    return {(i, j): cost for i in range(len(net.node_ids)) for j, cost in plain(net, ms, i).items()}


@settings(max_examples=150)
@given(case=nets())
def test_elimination_is_what_a_plain_search_finds(case):
    """Milliseconds and decimetres equal those of a search that takes the bans as they are written."""
    assert costs(*case) == expected(*case)


@pytest.mark.parametrize("side", [5, 9, 14])
def test_elimination_is_exact_where_shortcuts_are_deep(side):
    """On street grids, where shortcuts go by shortcuts, every cost is exact, and so is every way."""
    net, ms = grid(side, seed=side)
    assert costs(net, ms) == expected(net, ms)
    search, first = Search(Ground(net), ms), plain(net, ms, 0)
    for j, (t, _) in list(first.items())[:: side // 2]:
        assert sum(int(ms[r]) for r, _ in search.way(0, j)) == t


@settings(max_examples=100)
@given(case=nets())
def test_a_way_adds_up_to_its_cell_and_makes_no_banned_turn(case):
    """Roads of a way join up, are open, not driven against a one-way, make no banned turn and add up exactly."""
    net, ms = case
    search, banned, dm = Search(Ground(net), ms), {tuple(turn) for turn in net.banned.tolist()}, net.decimetres()
    for (i, j), cost in costs(net, ms).items():
        at, by = i, -1
        for r, tail in search.way(i, j):
            a, b = net.ends[r].tolist()
            assert tail == at
            assert ms[r] >= 0
            assert (by, at, r) not in banned
            assert at == a or (at == b and not net.oneway[r])
            at, by = (b if at == a else a), r
        assert at == j
        way = [r for r, _ in search.way(i, j)]
        assert (sum(int(ms[r]) for r in way), sum(int(dm[r]) for r in way)) == cost


@settings(max_examples=60)
@given(case=nets(bans=0))
def test_unreachable_is_proved_by_the_roads_that_are_closed(case):
    """Every road that leaves the places reached is closed, or one-way against us."""
    net, ms = case
    found = costs(net, ms)
    for i in range(len(net.node_ids)):
        reached = {j for j in range(len(net.node_ids)) if (i, j) in found}
        for r, (a, b) in enumerate(net.ends.tolist()):
            if a in reached and b not in reached:
                assert ms[r] < 0
            if b in reached and a not in reached:
                assert ms[r] < 0 or net.oneway[r]


@settings(max_examples=40)
@given(case=nets(), data=st.data())
def test_closing_then_reopening_gives_the_first_matrix_back(case, data):
    """Byte for byte; and while closed, the hierarchy made before gives what a new one gives."""
    net, ms = case
    ground, everywhere = Ground(net), np.arange(len(net.node_ids))
    shut = ms.copy()
    shut[data.draw(st.integers(0, len(ms) - 1))] = -1
    before = Search(ground, ms).costs(everywhere, everywhere)
    during = Search(ground, shut).costs(everywhere, everywhere)
    after = Search(ground, ms).costs(everywhere, everywhere)
    assert before.tobytes() == after.tobytes()
    assert during.tobytes() == Search(Ground(net), shut).costs(everywhere, everywhere).tobytes()
    assert (during >= before).all()


def test_ways_beyond_seven_weeks_are_none():
    """A way of 49 days is found exactly, one of 50 days counts as none, and nothing overflows on the way there."""
    day_ms = 86_400_000
    net = network(5, [(0, 1), (1, 2), (2, 3), (3, 4)])
    found = costs(net, np.array([24 * day_ms, 25 * day_ms, day_ms, 2**62], dtype=np.int64))
    assert found[0, 2] == (49 * day_ms, 20)
    assert (0, 3) not in found
    assert (1, 3) in found
    assert (3, 4) not in found


def test_a_graph_of_other_roads_is_refused():
    """Costs of roads that the hierarchy does not know are an error, not a wrong answer."""
    known, other = network(3, [(0, 1)]), network(3, [(0, 1), (1, 2)])
    with pytest.raises(ValueError, match="other roads"):
        sweeps.weigh(elimination.eliminate(graph.build(known, TRUCK)), graph.build(other, TRUCK))


def test_banned_turns_and_weak_bridges_are_kept_off_together():
    """A turn in the tables makes a truck go round; where the way round is too weak, there is none."""
    rows = straight_road(closures=[])
    nodes = [{"node_id": v, "lon": 15 + k / 10, "lat": 48} for k, v in enumerate("SACD")]
    edges = [road("SA", "S", "A"), road("AC", "A", "C"), road("AD", "A", "D"),
             road("DC", "D", "C", bridge="true", mlc_w=20)]  # fmt: skip
    tables = {"nodes": frame("nodes", nodes), "edges": frame("edges", edges), "closures": frame("closures"),
              "turns": frame("turns", [{"from_edge": "SA", "via_node": "A", "to_edge": "AC"}])}  # fmt: skip
    net = roads.network(tables, frame("profiles", rows["profiles"]), as_of=AS_OF, horizon_s=86_400)
    heavy = Limits("truck", mlc=31)
    travel = RoadTravel(net, list("SACD"), {limits.key: limits for limits in (TRUCK, heavy)})
    assert travel.path(TRUCK.key, 0, 2).edge_ids == ("SA", "AD", "DC")
    assert travel.leg(TRUCK.key, 1, 2, 0) == (600, 10_000)
    assert travel.path(heavy.key, 0, 2).edge_ids == ("SA", "AD", "AD", "AC")
    assert travel.leg(heavy.key, 3, 2, 0) == (1200, 20_000)


def test_rows_come_out_the_same_in_lots(monkeypatch):
    """How many rows are searched together changes nothing."""
    net, _ = grid(6, seed=1)
    places, some = list(net.node_ids), [20, 3, 3, 35, 0]
    whole = RoadTravel(net, places, {TRUCK.key: TRUCK}).block(TRUCK.key, some, range(36))
    monkeypatch.setattr(matrix, "_CELLS", 1)
    monkeypatch.setattr(matrix, "_FEWEST_ROWS", 4)
    lots = RoadTravel(net, places, {TRUCK.key: TRUCK})
    assert all(np.array_equal(a, b) for a, b in zip(whole, lots.block(TRUCK.key, some, range(36)), strict=True))
    assert lots.leg(TRUCK.key, 35, 0, 0) == tuple(int(part[3, 0]) for part in whole)


NAME = "0" * 64
ARRAYS = (np.arange(5, dtype=np.int32), np.full((2, 2), math.pi))


def fetched(folder, arrays=ARRAYS):
    """What the cache gives for NAME in a process that has nothing in memory, and how often it was made."""
    made = []
    with cache.at(folder):
        found = cache.fetch(NAME, lambda: made.append(1) or arrays)
    return [a.tolist() for a in found], len(made)


EXPECTED = [a.tolist() for a in ARRAYS]


def test_what_was_reckoned_is_found_again(tmp_path):
    """The second process reads what the first wrote, with types and shapes."""
    assert fetched(tmp_path) == (EXPECTED, 1)
    assert fetched(tmp_path) == (EXPECTED, 0)
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("spoil", [
    lambda body: b"",
    lambda body: body[:-3],
    lambda body: body[:200] + bytes([body[200] ^ 1]) + body[201:],
    lambda body: bytes(32) + body[32:],
    lambda body: b"PK\x03\x04" + body,
])  # fmt: skip
def test_a_spoilt_file_is_made_again(tmp_path, spoil):
    """Whatever happened to the file: the answer is right, and the file is mended."""
    fetched(tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_bytes(spoil(file.read_bytes()))
    assert fetched(tmp_path) == (EXPECTED, 1)
    assert fetched(tmp_path) == (EXPECTED, 0)


def test_a_file_under_another_name_is_not_believed(tmp_path):
    """A sound file that was renamed is made again: the checksum counts the name in."""
    fetched(tmp_path)
    (file,) = tmp_path.iterdir()
    with cache.at(tmp_path):
        file.rename(tmp_path / f"{'1' * 64}.npz")
        assert cache.fetch("1" * 64, lambda: (np.zeros(1),))[0].tolist() == [0.0]


def test_a_folder_that_cannot_be_written_does_no_harm(tmp_path):
    """Without a place for files everything is made anew."""
    (tmp_path / "file").write_text("")
    assert fetched(tmp_path / "file") == (EXPECTED, 1)
    assert fetched(tmp_path / "file") == (EXPECTED, 1)


def test_the_folder_stays_within_its_bound(tmp_path, monkeypatch):
    """What was not asked for the longest goes first; what was just read stays."""
    monkeypatch.setattr(cache, "MOST_BYTES", 40_000)
    names = [str(k) * 64 for k in range(5)]
    with cache.at(tmp_path):
        for name in names[:3]:
            cache.fetch(name, lambda: (np.zeros(1000),))
    for path in tmp_path.iterdir():
        os.utime(path, (1, 1))
    with cache.at(tmp_path):
        cache.fetch(names[0], lambda: pytest.fail("it was kept"))
        for name in names[3:]:
            cache.fetch(name, lambda: (np.zeros(1000),))
    left = {path.stem for path in tmp_path.iterdir()}
    assert names[0] in left
    assert names[1] not in left
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 40_000


def write_and_read(folder):
    """Read one entry over and over, throwing its file away now and then; return whether all was right."""
    right = True
    for k in range(40):
        if k % 4 == 0:
            (folder / f"{NAME}.npz").unlink(missing_ok=True)
        right &= fetched(folder)[0] == EXPECTED
    return right


def test_several_processes_may_write_at_once(tmp_path):
    """Each gets the right answer all the time, and one whole file is left."""
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert all(pool.map(write_and_read, [tmp_path] * 4))
    assert [path.name for path in tmp_path.iterdir()] == [f"{NAME}.npz"]
    assert fetched(tmp_path) == (EXPECTED, 0)


def test_equal_roads_have_equal_names_and_others_have_not():
    """The name changes with times, with what roads join and with bans, and with nothing else."""
    net = network(3, [(0, 1), (1, 2)])
    ms = np.array([5, 6])
    name = Search(Ground(net), ms).name
    assert name == Search(Ground(network(3, [(0, 1), (1, 2)])), ms.copy()).name
    others = [network(3, [(0, 1), (2, 1)]), network(3, [(0, 1), (1, 2)], banned=[(0, 1, 1)]),
              network(3, [(0, 1), (1, 2)], oneway=[1]), network(3, [(0, 1), (1, 2)], decimetres=[10, 20])]  # fmt: skip
    assert len({name, Search(Ground(net), ms + 1).name, *(Search(Ground(x), ms).name for x in others)}) == 6
