"""First routes by savings: every delivery once, within capacity and windows, and shorter than going out for each."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.engines._savings import Pairs, Stops, on_plane, savings

DEPOT = np.zeros(2)


def drawn(n: int, seed: int):
    """Points, loads and a capacity that a route of about ten fills."""
    rng = np.random.default_rng(seed)
    return rng.integers(-100, 101, (n, 2)).astype(float), rng.integers(1, 10, n).astype(float), np.array([50.0])


def metres(xy, routes) -> float:
    """How far the routes are in all."""
    total = 0.0
    for route in routes:
        points = np.array([DEPOT, *xy[route], DEPOT])
        total += float(np.hypot(*(points[1:] - points[:-1]).T).sum())
    return total


@pytest.mark.parametrize("n", [0, 1, 2, 3, 40, 700])
def test_every_delivery_is_in_one_route_that_can_carry_it(n):
    """Routes part the deliveries, none is loaded beyond capacity, and together they save most of the way."""
    xy, load, capacity = drawn(n, 3)
    routes = on_plane(xy, DEPOT, load, capacity)
    assert sorted(x for route in routes for x in route) == list(range(n))
    assert all(load[route].sum() <= capacity[0] for route in routes)
    alone = metres(xy, [[k] for k in range(n)])
    assert metres(xy, routes) <= alone * (1 if n < 10 else 0.5)
    assert routes == on_plane(xy, DEPOT, load, capacity)


def test_a_line_of_points_is_one_route():
    """Points on a ray are served in one go, there and back."""
    xy = np.array([[30.0, 0], [10, 0], [20, 0], [40, 0]])
    routes = on_plane(xy, DEPOT, np.ones(4), np.array([4.0]))
    assert metres(xy, routes) == 80


def test_every_kind_of_load_counts():
    """Two loads fit by weight, not by room."""
    xy = np.array([[30.0, 0], [31, 0]])
    light = on_plane(xy, DEPOT, np.array([[1.0, 1], [1, 1]]), np.array([9.0, 2]))
    bulky = on_plane(xy, DEPOT, np.array([[1.0, 2], [1, 1]]), np.array([9.0, 2]))
    assert (len(light), len(bulky)) == (1, 2)


def test_what_is_too_large_or_too_late_goes_alone():
    """A delivery that nothing can carry, and one that nobody reaches in time, stay out of others' routes."""
    xy = np.array([[30.0, 0], [31, 0], [32, 0]])
    assert [1] in on_plane(xy, DEPOT, np.array([1.0, 99, 1]), np.array([9.0]))
    times = (np.zeros(3), np.array([100.0, 20, 100]), np.zeros(3))
    assert [1] in on_plane(xy, DEPOT, np.ones(3), np.array([9.0]), times, (0, 200))


@pytest.mark.parametrize("seed", range(5))
def test_windows_and_shifts_are_kept(seed):
    """Driven from the start of the shift, every service starts in its window and every route is back in time."""
    xy, load, capacity = drawn(300, seed)
    rng = np.random.default_rng(seed)
    away = np.hypot(*xy.T)
    opens = np.floor(rng.uniform(away, 600))
    closes, service = opens + rng.integers(5, 60, 300), rng.integers(0, 10, 300).astype(float)
    end = float((closes + service + away).max())
    routes = on_plane(xy, DEPOT, load, capacity, (opens, closes, service), (0.0, end), pace=0.5)
    assert len(routes) < 200
    for route in routes:
        now, here = 0.0, DEPOT
        for k in route:
            now = max(now + 0.5 * float(np.hypot(*(xy[k] - here))), opens[k])
            assert now <= closes[k] + 1e-9
            now, here = now + service[k], xy[k]
        assert now + 0.5 * float(np.hypot(*here)) <= end + 1e-9


def test_ways_that_differ_by_direction_join_only_as_they_lead():
    """With given pairs and no straight lines a route follows the direction of each pair."""
    n = 3
    stops = Stops(
        np.full(n, 10.0), np.full(n, 10.0), np.ones((n, 1)), np.zeros(n), np.full(n, 100.0), np.zeros(n), False
    )
    ways = Pairs(np.array([2, 1]), np.array([0, 2]), np.array([1.0, 1.0]), np.array([1.0, 1.0]))
    assert savings(stops, np.array([9.0]), lambda _ends, _count: ways) == [[1, 2, 0]]
