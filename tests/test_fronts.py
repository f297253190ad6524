"""The front of time and risk: complete against enumeration, exact, and led by bounds that are costs of real ways."""

import math
from contextlib import contextmanager
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.ground import fronts
from workbench.ground.graph import Graph
from workbench.ground.pareto import CERTAIN, FAR

CHUNKS = st.integers(0, 4)


def graph_of(n, rows):
    """A graph of (tail, head, ms, dm) rows, the road of each its place in the list."""
    order = sorted(range(len(rows)), key=lambda k: rows[k][:2])
    tail, head, ms, dm = np.array([rows[k] for k in order], dtype=np.int64).reshape(-1, 4).T
    indptr = np.concatenate([[0], np.cumsum(np.bincount(tail, minlength=n))]).astype(np.int64)
    copied = [np.ascontiguousarray(a) for a in (head, ms, dm)]
    return Graph(n, indptr, *copied, np.array(order, dtype=np.int64), np.arange(n, dtype=np.int64))


@st.composite
def worlds(draw):
    """A graph of up to 6 nodes with parallel entries, free ones, riskless ones and certain loss; and exposures."""
    n = draw(st.integers(1, 6))
    node = st.integers(0, n - 1)
    rows = [row for row in draw(st.lists(st.tuples(node, node, CHUNKS, CHUNKS), max_size=14)) if row[0] != row[1]]
    risk = draw(st.lists(st.sampled_from([0.0, 0.0, 1.0, 2.0, 3.5, math.inf]), min_size=len(rows), max_size=len(rows)))
    return n, rows, np.array(risk, dtype=np.float64)


@contextmanager
def looking_ahead(ahead):
    """Make the search look for known ways and corners at once, and begin again for want of room, or leave it be."""
    if not ahead:
        yield
        return
    with mock.patch.multiple(fronts, PLAIN=2, ROOM=5, SUMS=ahead, SKETCHES=(2, 64)[: ahead - 1]):
        yield


def every_way(n, rows, risk, source, target):
    """(ms, risk, dm) of every way that visits no node twice."""
    units = fronts.units(risk)
    out, stack = [], [(source, frozenset([source]), 0, 0, 0)]
    while stack:
        at, seen, ms, r, dm = stack.pop()
        if at == target:
            out.append((ms, r, dm))
            continue
        for k, (a, b, more_ms, more_dm) in enumerate(rows):
            if a == at and b not in seen:
                stack.append((b, seen | {b}, ms + more_ms, min(CERTAIN, r + int(units[k])), dm + more_dm))
    return out


def front_by_hand(ways):
    """The (ms, risk) that no other way beats, fastest first."""
    out = []
    for ms, risk, _ in sorted(ways):
        if not out or risk < out[-1][1]:
            out.append((ms, risk))
    return out


@settings(max_examples=400, deadline=None)
@given(world=worlds(), ahead=st.integers(0, 3), data=st.data())
def test_the_front_is_what_enumeration_finds(world, ahead, data):
    """Every way that none beats is there once, no other is, and of equal ways a shortest is given."""
    n, rows, risk = world
    source, target = data.draw(st.integers(0, n - 1)), data.draw(st.integers(0, n - 1))
    searched = fronts.with_risk(graph_of(n, rows), risk)
    with looking_ahead(ahead):
        found = fronts.front(searched, source, fronts.bounds(searched, [target]))
    ways = every_way(n, rows, risk, source, target)
    assert [(a.ms, a.risk) for a in found] == front_by_hand(ways)
    for a in found:
        if a.risk < CERTAIN:
            assert a.dm == min(dm for ms, r, dm in ways if (ms, r) == (a.ms, a.risk))


def kept_labels(n, rows, risk, source):
    """Per node the (ms, risk, dm) of the ways that none beats, found by passing labels on until nothing changes."""
    units = fronts.units(risk)
    kept = [[] for _ in range(n)]
    kept[source] = [(0, 0, 0)]
    changed = [source]
    while changed:
        at = changed.pop()
        for k, (a, b, more_ms, more_dm) in enumerate(rows):
            if a != at:
                continue
            made = [(ms + more_ms, min(CERTAIN, r + int(units[k])), dm + more_dm) for ms, r, dm in kept[at]]
            best = []
            for label in sorted({*kept[b], *made}):
                if not best or label[1] < best[-1][1]:
                    best.append(label)
            if best != kept[b]:
                kept[b] = best
                changed.append(b)
    return kept


@st.composite
def thick_worlds(draw):
    """A graph of up to 16 nodes that join many others, so that some stay when it is thinned out; and exposures."""
    n = draw(st.integers(10, 16))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    most = draw(st.sampled_from([3, 30]))
    drawn = rng.integers(0, (n, n, most, 9), (draw(st.integers(20, 170)), 4)).tolist()
    rows = [tuple(row) for row in drawn if row[0] != row[1]]
    risk = rng.integers(0, most, len(rows)) * draw(st.sampled_from([fronts.PER_UNIT, 0.5, 1.0]))
    risk[rng.random(len(rows)) < 0.05] = math.inf
    return n, rows, risk


@settings(max_examples=150, deadline=None)
@given(world=thick_worlds(), ahead=st.integers(0, 3), within=st.sampled_from([None, 20, 45]))
def test_the_front_where_nodes_stay(world, ahead, within):
    """Where most nodes join many others too, the front is what passing labels on finds, to the decimetre."""
    n, rows, risk = world
    searched = fronts.with_risk(graph_of(n, rows), risk)
    kept = kept_labels(n, rows, risk, 0)
    for target in range(n):
        with looking_ahead(ahead):
            found = fronts.front(searched, 0, fronts.bounds(searched, [target]), within_ms=within)
        wanted = [label for label in kept[target] if within is None or label[0] <= within]
        assert [(a.ms, a.risk) for a in found] == [label[:2] for label in wanted]
        assert [a.dm for a in found if a.risk < CERTAIN] == [label[2] for label in wanted if label[1] < CERTAIN]


def test_nodes_stay_where_many_roads_meet():
    """Twelve nodes, each joined with all others: none leaves; where each has two neighbours all do."""
    every = [(a, b, 1, 1) for a in range(12) for b in range(12) if a != b]
    assert fronts.with_risk(graph_of(12, every), np.zeros(len(every))).thin.stay == 12
    ring = [(a, (a + step) % 12, 1, 1) for a in range(12) for step in (1, 11)]
    assert fronts.with_risk(graph_of(12, ring), np.zeros(24)).thin.stay == 0


@settings(max_examples=100, deadline=None)
@given(world=st.one_of(worlds(), thick_worlds()))
def test_arcs_are_real_ways(world):
    """The entries of an arc of a thinned graph lead from its tail to its head and cost what it says."""
    n, rows, risk = world
    searched = fronts.with_risk(graph_of(n, rows), risk)
    thin, tails = searched.thin, searched.graph.tails()
    for k, (tail, head, *cost) in enumerate(thin.arcs.tolist()):
        entries = thin.entries(k)
        stations = [*tails[entries].tolist(), int(searched.graph.head[entries[-1]])]
        assert stations[1:-1] == searched.graph.head[entries[:-1]].tolist()
        assert [thin.place[stations[0]], thin.place[stations[-1]]] == [tail, head]
        assert searched.cost[entries].sum(axis=0).tolist() == cost


@settings(max_examples=200, deadline=None)
@given(world=worlds(), data=st.data())
def test_alternatives_are_real_ways(world, data):
    """The roads of an alternative join up from start to end and add up to its time, length and risk."""
    n, rows, risk = world
    source, target = data.draw(st.integers(0, n - 1)), data.draw(st.integers(0, n - 1))
    searched = fronts.with_risk(graph_of(n, rows), risk)
    towards = fronts.bounds(searched, [target])
    extremes = (fronts.fastest(searched, source, towards), fronts.safest(searched, source, towards))
    found = fronts.front(searched, source, towards)
    assert (None in extremes) == (not found)
    for a in (*found, *filter(None, extremes)):
        at, ms, dm, exposed = source, 0, 0, 0
        for k in a.roads:
            assert rows[k][0] == at
            at, ms, dm, exposed = rows[k][1], ms + rows[k][2], dm + rows[k][3], exposed + int(fronts.units(risk)[k])
        assert (at, ms, dm, min(exposed, CERTAIN)) == (target, a.ms, a.dm, a.risk)
    if found:
        assert [(a.ms, a.risk) for a in extremes] == [(a.ms, a.risk) for a in (found[0], found[-1])]


@settings(max_examples=150, deadline=None)
@given(
    world=st.one_of(worlds(), thick_worlds()),
    epsilon=st.sampled_from([0.01, 0.3, 2.0]),
    ahead=st.integers(0, 3),
    data=st.data(),
)
def test_epsilon_stands_for_every_alternative(world, epsilon, ahead, data):
    """With epsilon every alternative has one that is no slower and at most that share more exposed."""
    n, rows, risk = world
    source, target = data.draw(st.integers(0, n - 1)), data.draw(st.integers(0, n - 1))
    searched = fronts.with_risk(graph_of(n, rows), risk)
    towards = fronts.bounds(searched, [target])
    with looking_ahead(ahead):
        whole, some = fronts.front(searched, source, towards), fronts.front(searched, source, towards, epsilon=epsilon)
    assert {(a.ms, a.risk) for a in some} <= {(a.ms, a.risk) for a in whole}
    for a in whole:
        assert any(b.ms <= a.ms and b.risk <= a.risk * (1 + epsilon) for b in some)


@settings(max_examples=100, deadline=None)
@given(world=worlds(), most=st.integers(0, 12), data=st.data())
def test_a_time_limit_cuts_the_front_off(world, most, data):
    """With a limit the front is that of the ways within it."""
    n, rows, risk = world
    source, target = data.draw(st.integers(0, n - 1)), data.draw(st.integers(0, n - 1))
    searched = fronts.with_risk(graph_of(n, rows), risk)
    towards = fronts.bounds(searched, [target])
    whole = fronts.front(searched, source, towards)
    assert fronts.front(searched, source, towards, within_ms=most) == tuple(a for a in whole if a.ms <= most)


def test_a_leg_to_its_own_start_costs_nothing():
    """Source and target in one place: one alternative without roads, without risk."""
    searched = fronts.with_risk(graph_of(2, [(0, 1, 5, 5), (1, 0, 5, 5)]), np.array([1.0, 1.0]))
    assert fronts.front(searched, 0, fronts.bounds(searched, [0])) == (fronts.Alternative((), 0, 0, 0),)


def test_no_way_is_an_empty_front():
    """Against a one-way road there is nothing to choose from."""
    searched = fronts.with_risk(graph_of(2, [(0, 1, 5, 5)]), np.array([0.0]))
    towards = fronts.bounds(searched, [0])
    assert fronts.front(searched, 1, towards) == ()
    assert fronts.fastest(searched, 1, towards) is None
    assert towards.fast[1, 0] == towards.safe[1, 0] == FAR


def test_without_risk_the_front_is_the_fastest_way():
    """Where no road has any risk only one alternative is left, and it survives for sure."""
    rows = [(0, 1, 5, 5), (0, 1, 4, 9), (1, 2, 1, 1), (0, 2, 9, 2)]
    searched = fronts.with_risk(graph_of(3, rows), np.zeros(4))
    (only,) = fronts.front(searched, 0, fronts.bounds(searched, [2]))
    assert (only.roads, only.ms, only.survival, only.loss) == ((1, 2), 5, 1.0, 0.0)


def test_certain_loss_is_driven_only_where_nothing_else_leads_there():
    """A road of probability 1 is the fastest way with survival 0; alone it is the only alternative."""
    rows = [(0, 1, 5, 5), (0, 1, 50, 50)]
    both = fronts.with_risk(graph_of(2, rows), np.array([math.inf, 0.1]))
    assert [(a.ms, a.survival) for a in fronts.front(both, 0, fronts.bounds(both, [1]))] == [
        (5, 0.0), (50, pytest.approx(math.exp(-0.1))),
    ]  # fmt: skip
    alone = fronts.with_risk(graph_of(2, rows), np.array([math.inf, math.inf]))
    towards = fronts.bounds(alone, [1])
    assert [(a.ms, a.loss) for a in fronts.front(alone, 0, towards)] == [(5, 1.0)]
    assert fronts.safest(alone, 0, towards).ms == 5


def test_a_slower_parallel_road_may_be_the_safer_one():
    """Parallel roads all take part: the front holds both."""
    rows = [(0, 1, 5, 5), (0, 1, 9, 9)]
    searched = fronts.with_risk(graph_of(2, rows), np.array([0.5, 0.25]))
    assert [a.roads for a in fronts.front(searched, 0, fronts.bounds(searched, [1]))] == [(0,), (1,)]


def test_exposure_that_is_no_exposure_is_refused():
    """Negative and missing exposures are errors, not free roads."""
    for bad in (-0.1, math.nan):
        with pytest.raises(ValueError, match="at least 0"):
            fronts.units(np.array([bad]))
