"""The hand-solved cases of the lessons, and their variants: other numbers for each student, same structure.

An empty student code gives the case as written in the handbook, with its known answer. Any other code
gives the same numbers whenever and wherever it is asked for.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from workbench.errors import UsageError
from workbench.training import methods
from workbench.training.building import euclid, timed
from workbench.training.worlds import World, length, walk

SEVEN_POINTS = ((-5, -2), (-12, -7), (1, -9), (-15, 4), (11, -15), (11, 8), (-1, 9))
SEVEN_PALLETS = (3, 3, 4, 5, 3, 3, 2)
SEVEN_CAPACITY = 10
FOUR_MINUTES = ((0, 20, 35, 30, 25), (20, 0, 18, 40, 30), (35, 18, 0, 22, 38), (30, 40, 22, 0, 15), (25, 30, 38, 15, 0))
FOUR_WINDOWS = ((60, 100), (20, 80), (120, 200), (90, 150))
FOUR_PALLETS = (3, 2, 2, 1)
FOUR_SERVICE_MIN = 10
FOUR_SKETCH = ((0.0, 0.0), (-9.0, 5.0), (-9.0, 14.0), (4.0, 15.0), (9.0, 8.0))
TRIES = 2000


def rng_for(case: str, student: str) -> random.Random:
    """Return the generator of one student's numbers in one case; the same on every machine."""
    return random.Random(f"{case}:{student}")


@lru_cache(maxsize=256)
def seven_posts(student: str = "", capacity: int = SEVEN_CAPACITY) -> World:
    """Return seven posts round a depot, trucks of ten pallets (T-VRP).

    A variant is mirrored, renumbered and shifted by up to 2 km a post; it is kept only when savings
    miss its optimum by 1 to 10 %, as in the written case.
    """
    if not student:
        return euclid("seven_posts", SEVEN_POINTS, SEVEN_PALLETS, capacity=capacity)
    rng = rng_for("seven_posts", student)
    for _ in range(TRIES):
        points, pallets = _moved(rng)
        if not _apart(points):
            continue
        world = euclid("seven_posts", points, pallets, capacity=SEVEN_CAPACITY)
        best = methods.optimum(world)[0]
        if 0.01 < length(world, methods.savings(world)[-1].routes) / best - 1 < 0.10:
            return world if capacity == SEVEN_CAPACITY else euclid("seven_posts", points, pallets, capacity=capacity)
    raise UsageError(f"No variant of the seven posts was found for student {student!r}; try another code.")


def _moved(rng: random.Random) -> tuple[list[tuple[float, float]], list[int]]:
    flip_x, flip_y, swap = rng.choice((1, -1)), rng.choice((1, -1)), rng.random() < 0.5
    order = rng.sample(range(7), 7)
    points: list[tuple[float, float]] = []
    for i in order:
        x, y = SEVEN_POINTS[i]
        x, y = flip_x * x + rng.randint(-2, 2), flip_y * y + rng.randint(-2, 2)
        points.append((y, x) if swap else (x, y))
    return points, [SEVEN_PALLETS[i] for i in order]


def _apart(points: Sequence[tuple[float, float]], km: float = 3.0) -> bool:
    everything = [(0.0, 0.0), *points]
    return all(
        (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 >= km**2 for i, a in enumerate(everything) for b in everything[:i]
    )


def one_tour(student: str = "") -> World:
    """Return the seven posts with one truck that holds everything (T-TSP)."""
    seven = seven_posts(student)
    pallets = [int(seven.pallets(p)) for p in seven.posts]
    return euclid("one_tour", seven.xy[1:], pallets, capacity=sum(pallets), trucks=1)


@lru_cache(maxsize=256)
def four_windows(student: str = "") -> World:
    """Return four posts with opening hours and one truck (T-TSPTW).

    A variant is renumbered, with driving times changed by up to 3 minutes. It is kept only when, as in
    the written case, two orders are feasible, the better one never waits and also drives least, and
    the shortest round without hours is too late somewhere.
    """
    if not student:
        return _four(FOUR_MINUTES, FOUR_WINDOWS, FOUR_PALLETS, FOUR_SKETCH)
    rng = rng_for("four_windows", student)
    for _ in range(TRIES):
        order = [0, *rng.sample(range(1, 5), 4)]
        change = {(i, j): rng.randint(-3, 3) for i in range(5) for j in range(i)}
        minutes = [[FOUR_MINUTES[i][j] + change.get((i, j), change.get((j, i), 0)) for j in order] for i in order]
        posts = [i - 1 for i in order[1:]]
        world = _four(
            minutes, [FOUR_WINDOWS[p] for p in posts], [FOUR_PALLETS[p] for p in posts], [FOUR_SKETCH[i] for i in order]
        )
        if _like_the_written_one(world):
            return world
    raise UsageError(f"No variant of the four posts was found for student {student!r}; try another code.")


def _four(
    minutes: Sequence[Sequence[int]],
    windows: Sequence[tuple[int, int]],
    pallets: Sequence[int],
    sketch: Sequence[tuple[float, float]],
) -> World:
    return timed("four_windows", minutes, windows, service_min=FOUR_SERVICE_MIN, pallets=pallets, xy=sketch)


def _like_the_written_one(world: World) -> bool:
    orders = methods.feasible_orders(world)
    if len(orders) != 2 or orders[0][0] == orders[1][0]:
        return False
    best, other = (walk(world, o) for _, o in orders)
    free = methods.optimum(without_windows(world))[1][0]
    too_late = not methods.on_time(world, free) and not methods.on_time(world, free[::-1])
    return best.wait_s == 0 and best.travel_s < other.travel_s and too_late


def without_windows(world: World) -> World:
    """Return the same world with every post open all day."""
    problem = world.problem
    open_all_day = ((0, problem.horizon_s),)
    deliveries = tuple(
        replace(d, windows=open_all_day, earliest_s=0, latest_s=problem.horizon_s) for d in problem.deliveries
    )
    return World(f"{world.name}_open", problem.replace(deliveries=deliveries), world.xy, world.measure)
