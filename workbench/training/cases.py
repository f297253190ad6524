"""The hand-solved cases of the lessons, and their variants: other numbers for each student, same structure.

An empty student code gives the case as written in the handbook, with its known answer. Any other code
gives the same numbers whenever and wherever it is asked for.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from workbench.errors import UsageError
from workbench.problem import NO_LIMIT, Load, Problem
from workbench.training import methods
from workbench.training.building import euclid, lift, shuttle, timed
from workbench.training.worlds import World, length, walk
from workbench.units import LB_KG, ceil_safe, floor_safe

SEVEN_POINTS = ((-5, -2), (-12, -7), (1, -9), (-15, 4), (11, -15), (11, 8), (-1, 9))
SEVEN_PALLETS = (3, 3, 4, 5, 3, 3, 2)
SEVEN_CAPACITY = 10
FOUR_MINUTES = ((0, 20, 35, 30, 25), (20, 0, 18, 40, 30), (35, 18, 0, 22, 38), (30, 40, 22, 0, 15), (25, 30, 38, 15, 0))
FOUR_WINDOWS = ((60, 100), (20, 80), (120, 200), (90, 150))
FOUR_PALLETS = (3, 2, 2, 1)
FOUR_SERVICE_MIN = 10
FOUR_SKETCH = ((0.0, 0.0), (-9.0, 5.0), (-9.0, 14.0), (4.0, 15.0), (9.0, 8.0))
_TRIES = 2000

MRE_PER_CASE = 12
MRE_CASES_PER_PALLET = 48
MRE_CASE_LB = 22.7


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
    for _ in range(_TRIES):
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
    for _ in range(_TRIES):
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


@dataclass(frozen=True, slots=True)
class Rations:
    """What a number of people eat: meals, cases, pallets (whole) and the weight of the cases (T-FOOD)."""

    people: int
    days: int
    meals: int
    cases: int
    pallets: int
    weight_lb: float

    @property
    def weight_kg(self) -> float:
        """Return the weight in kilograms."""
        return self.weight_lb * LB_KG


def rations(people: int, days: int, meals_a_day: int = 3) -> Rations:
    """Return the rations for some people and days (factors: ATP 4-90, tables C-2 and C-5)."""
    meals = people * days * meals_a_day
    cases = ceil_safe(meals / MRE_PER_CASE)
    return Rations(people, days, meals, cases, ceil_safe(cases / MRE_CASES_PER_PALLET), cases * MRE_CASE_LB)


def rations_for(student: str = "") -> Rations:
    """Return one student's rations; without a code 650 people for 2 days (T-FOOD)."""
    if not student:
        return rations(650, 2)
    rng = rng_for("rations", student)
    return rations(10 * rng.randint(42, 88), rng.choice((2, 3)))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a requisition: what, how many pallets, and weight and volume of one."""

    item: str
    pallets: int
    kg: int
    m3: float


@dataclass(frozen=True, slots=True)
class TruckLoad:
    """A load to lift and the truck to lift it with."""

    lines: tuple[Line, ...]
    kg: int
    m3: float
    positions: int

    @property
    def needs(self) -> dict[str, float]:
        """Return the trucks needed by weight, volume and pallet positions, before rounding up."""
        return {
            "weight": sum(x.pallets * x.kg for x in self.lines) / self.kg,
            "volume": sum(x.pallets * x.m3 for x in self.lines) / self.m3,
            "pallet positions": sum(x.pallets for x in self.lines) / self.positions,
        }

    @property
    def trucks(self, *, returns: bool = True, margin: bool = True) -> int:
        """Return the trucks needed, with or without what is often forgotten."""
        trips = floor_safe(self.period_h / self.round_trip_h(returns=returns, margin=margin))
        return ceil_safe(self.loads / trips)

    @property
    def loads(self) -> int:
        """Return how many truckloads the tonnage makes."""
        return ceil_safe(self.tonnes / self.truck_t)

    def problem(self, trucks: int) -> Problem:
        """Return the shuttle as a problem: one delivery a truckload, trips until the period ends."""
        full, rest = divmod(1000 * self.tonnes, 1000 * self.truck_t)
        loads = [1000 * self.truck_t] * full + ([rest] if rest else [])
        leg_s = ceil_safe(3600 * (1 + self.margin) * self.km / self.kmh)
        handling_s = ceil_safe(3600 * (1 + self.margin) * self.handling_h)
        return shuttle(
            "shuttle",
            loads,
            payload_kg=1000 * self.truck_t,
            leg_s=leg_s,
            handling_s=handling_s,
            period_s=3600 * self.period_h,
            trucks=trucks,
        )


@lru_cache(maxsize=256)
def relief_shuttle(student: str = "") -> Shuttle:
    """Return a shuttle to size (T-FLEET); in a variant too, forgetting the way back or the margin shows."""
    written = Shuttle(300, 60, 30, 1.5, 50, 8)
    if not student:
        return written
    rng = rng_for("relief_shuttle", student)
    for _ in range(_TRIES):
        one = Shuttle(
            20 * rng.randint(12, 22),
            10 * rng.randint(4, 8),
            30,
            rng.choice((1.0, 1.5, 2.0)),
            50,
            rng.choice((6, 8, 10)),
        )
        answers = {one.trucks(), one.trucks(returns=False), one.trucks(margin=False)}
        if len(answers) == 3:
            return one
    raise UsageError(f"No variant of the shuttle was found for student {student!r}; try another code.")


@dataclass(frozen=True, slots=True)
class Column:
    """A column on the march in march units: pass time from density, speed and the gaps between (T-MARCH)."""

    vehicles: int
    march_units: int
    per_km: int
    kmh: int
    gap_min: int

    def pass_min(self, gaps: int | None = None) -> float:
        """Return the minutes the column takes to pass a point; there is one gap fewer than march units."""
        gaps = self.march_units - 1 if gaps is None else gaps
        return 60 * self.vehicles / (self.per_km * self.kmh) + self.gap_min * gaps


def march(student: str = "") -> Column:
    """Return a column to time (T-MARCH: 60 vehicles in three march units, 19.0 minutes)."""
    if not student:
        return Column(60, 3, 10, 40, 5)
    rng = rng_for("march", student)
    units = rng.randint(3, 6)
    return Column(20 * units, units, rng.choice((10, 12, 15, 20)), rng.choice((24, 32, 40)), rng.choice((5, 10)))
