"""Benchmark instances as problems: costs as published, roundings exact, and every spoilt solution caught."""

from __future__ import annotations

import csv
import itertools
import math
import warnings
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import pyvrp

from tests.benchmark_files import SHARED, SMALL, needs_shared
from workbench import instances
from workbench.errors import UsageError, WorkbenchError
from workbench.formats import benchmarks
from workbench.formats.benchmarks import Solution
from workbench.instances import ROUNDINGS, Setting

PUBLISHED = sorted(path.stem for path in SHARED.glob("*.sol")) or ["X-n209-k16"]
Routes = list[list[int]]
Spoilt = tuple[str, Routes, bool, set[str]]


def published(name: str) -> tuple[Setting, Solution]:
    """An instance with its published solution."""
    return instances.load(SHARED / f"{name}.vrp"), benchmarks.read_solution(SHARED / f"{name}.sol")


def small(tmp_path, name: str, **options) -> Setting:
    """A small instance of a family."""
    path = tmp_path / "small.vrp"
    path.write_text(SMALL[name], encoding="utf-8")
    return instances.load(path, **options)


def codes(setting: Setting, routes, cost: object = None) -> set[str]:
    """The constraints that routes break."""
    solution = Solution(tuple(map(tuple, routes)), None if cost is None else Decimal(str(cost)))
    return {v.code for v in instances.check(setting, instances.plan_of(setting, solution))}


@needs_shared
@pytest.mark.parametrize("name", PUBLISHED)
def test_published_solutions_cost_what_they_say_and_are_feasible(name):
    """Every published solution costs exactly what it states and its list says, and breaks nothing."""
    setting, solution = published(name)
    plan = instances.plan_of(setting, solution)
    with (SHARED / "MANIFEST.tsv").open(encoding="utf-8") as file:
        row = next(r for r in csv.DictReader(file, delimiter="\t") if r["file"] == f"{name}.vrp")
    assert setting.rounding.word == row["rounding"]
    assert setting.shown(plan) == str(solution.cost) == row["best_known"]
    assert instances.check(setting, plan) == []


@needs_shared
def test_every_family_is_rounded_as_its_best_known_cost_is():
    """The default rounding of each published instance is that of its best known cost, which then gives the gap."""
    with (SHARED / "MANIFEST.tsv").open(encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file, delimiter="\t") if int(r["clients"]) < 2000]
    for row in rows:
        setting = instances.load(SHARED / row["file"])
        best = instances.best(setting, SHARED / row["file"])
        assert setting.rounding.word == row["rounding"]
        vehicles = row["best_known"].split(" / ")[:-1]
        assert best.cost == float(row["best_known"].split(" / ")[-1])
        assert best.vehicles == (int(vehicles[0]) if vehicles else None)


@needs_shared
@pytest.mark.parametrize("name", PUBLISHED)
def test_published_solutions_cost_the_same_elsewhere(name):
    """PyVRP's own reader and its own reckoning give the same cost, and find the same routes feasible."""
    setting, solution = published(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = pyvrp.read(SHARED / f"{name}.vrp", setting.rounding.word)
        theirs = pyvrp.read_solution(SHARED / f"{name}.sol", data)
    assert theirs.is_feasible()
    prizes = sum(c.prize for c in data.clients()) - theirs.prizes()
    assert theirs.distance_cost() + theirs.fixed_vehicle_cost() + prizes == setting.cost(
        instances.plan_of(setting, solution)
    )


@needs_shared
@pytest.mark.parametrize("name", PUBLISHED)
def test_solutions_come_back_from_their_plans(name):
    """A plan made of a solution gives its lines again, blank ones of vehicles that stay in included."""
    setting, solution = published(name)
    plan = instances.plan_of(setting, solution)
    again = instances.visits_of(setting, plan)
    if setting.told_apart:  # vehicles of one kind are alike, so only kinds keep their lines
        for kind in set(setting.kinds):
            at = [k for k, x in enumerate(setting.kinds) if x == kind]
            assert sorted(again[k] for k in at) == sorted(list(solution.routes[k]) for k in at)
    else:
        assert again == [list(route) for route in solution.routes]
    assert setting.cost(instances.plan_of(setting, Solution(tuple(map(tuple, again))))) == setting.cost(plan)


def load_of(setting: Setting, visits) -> float:
    """What visits need of a vehicle's capacity, deliveries and pickups apart; trips are not told apart."""
    out, back = setting.instance.demand[visits], setting.instance.backhaul[visits]
    return max(float(out.sum()), float(back.sum()))


def spoils(setting: Setting, good: Routes) -> Iterator[Spoilt]:
    """Yield (what is spoilt, routes, whether the cost that was stated is kept, constraints of which one must break)."""
    required = [c for route in good for c in route if c and setting.instance.prize[c] == 0]
    a, b = [k for k, route in enumerate(good) if len(route) > 3][:2]

    def made(changed: int, visits: list[int]) -> Routes:
        return [visits if k == changed else list(route) for k, route in enumerate(good)]

    one, two = good[a], good[b]
    yield "a client dropped", [[c for c in r if c != one[1]] for r in good], True, {"served_once", "stated"}
    yield "a client served twice", made(b, [*two, one[1]]), False, {"served_once"}
    yield "a client twice in a row", made(a, [one[0], *one]), False, {"served_once"}
    yield "an unknown number", made(a, [*one, setting.instance.locations + 7]), False, {"reference"}
    yield "a wrong cost", good, True, {"stated"}
    yield (
        "order changed, cost kept",
        made(a, [one[1], one[0], *one[2:]]),
        True,
        {"stated", "window", "release", "duration", "access"},
    )
    yield "a route twice", [*good, list(one)], False, {"served_once", "fleet", "reference"}
    yield "too much in one vehicle", _merged(setting, good), False, {"capacity"}
    yield "exchanged across capacity", _exchanged(setting, good), False, {"capacity"}
    if required:
        yield "a client forgotten", [[c for c in r if c != required[0]] for r in good], False, {"served_once"}
    if not setting.instance.vehicles[0].reloads:
        yield (
            "a reload that is not allowed",
            made(a, [*one[:2], 0, *one[2:]]),
            False,
            {"trips", "source", "access"},
        )
    if not setting.instance.free_fleet and not setting.told_apart:
        count = len(setting.instance.vehicles)
        split = [[c] for r in good for c in r if c]
        yield "more vehicles than there are", split[: count + 1] + _rest(split[count + 1 :]), False, {"fleet"}
    yield from _timed(setting, good)
    yield from _apart(setting, good)


def _rest(routes: Routes) -> Routes:
    return [[c for r in routes for c in r]] if routes else []


def _merged(setting: Setting, good: Routes) -> Routes:
    """The fullest two routes of two vehicles in one; of vehicles that reload, one of their trips doubled up."""
    if setting.instance.vehicles[0].reloads:
        most = max(range(len(good)), key=lambda k: load_of(setting, good[k]))
        return [[c for c in r if c] if k == most else r for k, r in enumerate(good)]
    a, b = sorted(range(len(good)), key=lambda k: -load_of(setting, good[k]))[:2]
    return [r if k not in (a, b) else good[a] + good[b] if k == a else [] for k, r in enumerate(good)]


def _exchanged(setting: Setting, good: Routes) -> Routes:
    """Two clients exchanged between two routes so that one of them carries too much."""
    if setting.instance.vehicles[0].reloads:  # by moving the reload of a route to its end
        most = max(range(len(good)), key=lambda k: load_of(setting, good[k]))
        return [[*(c for c in r if c), 0, r[0]][:-1] if k == most else r for k, r in enumerate(good)]
    for a, b in itertools.permutations(range(len(good)), 2):
        room = setting.instance.vehicles[a if setting.told_apart else 0].capacity
        for i, j in itertools.product(range(len(good[a])), range(len(good[b]))):
            changed = [*good[a][:i], good[b][j], *good[a][i + 1 :]]
            if load_of(setting, changed) > room:
                back = [*good[b][:j], good[a][i], *good[b][j + 1 :]]
                return [changed if k == a else back if k == b else r for k, r in enumerate(good)]
    # no two clients do it: as many of another route as it takes
    return _merged(setting, good)


def _timed(setting: Setting, good: Routes) -> Iterator[Spoilt]:
    """What makes a solution late, too early or too long."""
    if np.isfinite(setting.instance.closes).all():
        yield "every route the other way round", [r[::-1] for r in good], False, {"window", "shift", "release"}
        yield "one long route", [_rest(good)[0]], False, {"window", "shift", "capacity", "reference"}
    if setting.instance.release.any():
        trip, early = _trip_before_release(setting, good)
        yield "loaded before it is there", trip, False, early
    if min(v.max_duration for v in setting.instance.vehicles) < math.inf:
        yield "out too long", _long(setting, good), False, {"duration"}


def _trip_before_release(setting: Setting, good: Routes) -> tuple[Routes, set[str]]:
    """The latest released client of a route put into its first trip: all of it waits, or comes late."""
    release, k = setting.instance.release, next(k for k, r in enumerate(good) if 0 in r)
    route = good[k]
    last = max((c for c in route[route.index(0) :] if c), key=lambda c: release[c])
    rest = [c for c in route if c != last]
    return [[last, *rest] if x == k else r for x, r in enumerate(good)], {"window", "capacity", "shift"}


def _long(setting: Setting, good: Routes) -> Routes:
    """Clients of other routes put at the end of one until it takes too long, whatever else that breaks."""
    k = max((k for k, r in enumerate(good) if r), key=lambda k: setting.instance.service[good[k]].sum())
    others = [c for x, r in enumerate(good) if x != k for c in r]
    return [[*good[k], *others[:60]] if x == k else [c for c in r if c not in others[:60]] for x, r in enumerate(good)]


def _apart(setting: Setting, good: Routes) -> Iterator[Spoilt]:
    """What breaks where vehicles, depots or kinds of clients differ."""
    instance = setting.instance
    if setting.told_apart:
        kinds = setting.kinds
        a = next(k for k, r in enumerate(good) if r)
        b = next(k for k in range(len(good) - 1, 0, -1) if kinds[k] != kinds[a])
        swapped = [good[b] if k == a else good[a] if k == b else r for k, r in enumerate(good)]
        yield "routes of two vehicles exchanged", swapped, True, {"stated", "may_carry", "capacity"}
        yield "a vehicle too many", [*good, good[a]], False, {"reference"}
    if any(v.allowed is not None for v in instance.vehicles):
        k, c = next(
            (k, c) for k, v in enumerate(instance.vehicles) for c in range(1, instance.locations) if c not in v.allowed
        )
        moved = [[x for x in r if x != c] + ([c] if x_k == k else []) for x_k, r in enumerate(good)]
        yield "a client on a vehicle that may not", moved, False, {"may_carry"}
    if instance.depots > 1:
        k = next(k for k, r in enumerate(good) if len(r) > 2)
        other = [[1, *r] if x == k else r for x, r in enumerate(good)]
        yield "loaded at another depot", other, False, {"access"}
    if instance.family == "VRPB":
        k = next(k for k, r in enumerate(good) if instance.backhaul[r[-1]] > 0 and instance.demand[r[0]] > 0)
        yield "pickup before delivery", [r[::-1] if x == k else r for x, r in enumerate(good)], False, {"access"}
        only = next(c for r in good for c in r if instance.backhaul[c] > 0)
        alone = [[c for c in r if c != only] for r in good]
        yield "a route that only picks up", [*alone, [only]], False, {"access"}


@needs_shared
@pytest.mark.parametrize("name", PUBLISHED)
def test_solutions_spoilt_in_ten_ways_are_caught_in_all(name):
    """At least ten ways to spoil each published solution: each breaks what it must."""
    setting, solution = published(name)
    good = [list(route) for route in solution.routes]
    tried = list(spoils(setting, good))
    assert len(tried) >= 10
    for what, routes, stated, expected in tried:
        cost = solution.cost if stated else None
        if what == "a wrong cost":
            cost += 1
        found = codes(setting, routes, cost)
        assert found & expected, f"{name}, {what}: {found}"


@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        ([[1, 2], [3, 6], [4, 5]], set()),
        ([[2, 1], [3, 6], [4, 5]], {"source"}),
        ([[1, 6], [3, 2], [4, 5]], {"source"}),
        ([[1, 4, 2, 5], [3, 6]], set()),
        ([[1, 4, 3, 6, 2, 5]], {"capacity"}),
        ([[1, 2], [3, 6], [4]], {"served_once"}),
        ([[1, 2], [3, 6], [4, 5, 5]], {"served_once"}),
        ([[1, 2], [3, 6], [5]], {"source"}),
        ([[3, 6, 4, 5, 1, 2]], {"window"}),
        ([[1, 2], [3, 6], [4, 5], []], set()),
        ([[1, 2, 0, 3, 6], [4, 5]], {"reference"}),
    ],
)  # fmt: skip
def test_pairs_keep_their_order_and_their_vehicle(tmp_path, routes, expected):
    """A pickup comes before its delivery, on the same route, with room for it and in time."""
    found = codes(small(tmp_path, "PDPTW"), routes)
    assert expected <= found
    assert bool(found) == bool(expected)


def test_pairs_are_costed_by_vehicles_first_or_by_distance(tmp_path):
    """Both conventions state the same distance; the problems differ in what one more vehicle counts."""
    routes = Solution(((1, 2), (3, 6), (4, 5)))
    first, only = small(tmp_path, "PDPTW"), small(tmp_path, "PDPTW", fewest_vehicles=False)
    plans = [instances.plan_of(setting, routes) for setting in (first, only)]
    distance = (5 + math.hypot(3, 1) + 5) + (10 + math.hypot(6, 15) + 7) + (5 + 5 + 10)
    for setting, plan in zip((first, only), plans, strict=True):
        assert instances.check(setting, plan) == []
        assert setting.shown(plan) == f"{distance:.2f}"
    rounded_up = [math.ceil(10_000 * leg) for leg in (math.hypot(3, 1), math.hypot(6, 15))]
    assert plans[1].cost == only.cost(plans[1]) == 470_000 + sum(rounded_up)
    assert plans[0].cost == plans[1].cost + 3 * first.per_vehicle
    assert first.per_vehicle > plans[1].cost


@pytest.mark.parametrize("word", ROUNDINGS)
def test_distances_are_rounded_exactly(word):
    """Blocks, single legs and fractions of any size agree on every rounding, near its turns above all."""
    rule = ROUNDINGS[word]
    rng = np.random.default_rng(3)
    near = [k * k + d for k in range(1, 60) for d in (-1, 0, 1)]
    squares = np.array([*near, *rng.integers(0, 8 * 10**18, 200), *rng.integers(0, 10**7, 400)], np.int64)
    for unit in (1, 10, 1000):
        found = rule.roots(squares, unit)
        for square, value in zip(squares.tolist(), found.tolist(), strict=True):
            assert value == rule.root(square, unit)
            exact, step = Fraction(rule.scale**2 * square, unit**2), Fraction(1, 2)
            if rule.way == "down":
                assert value**2 <= exact < (value + 1) ** 2
            elif rule.way == "up":
                assert value**2 >= exact
                assert value == 0 or (value - 1) ** 2 < exact
            else:
                assert exact < (value + step) ** 2
                assert value == 0 or (value - step) ** 2 <= exact


def test_figures_are_rounded_without_dust():
    """0.29 times ten thousand is 2,900, cut or not."""
    values = np.array([0.29, 0.57, 1.1, 35.35, 0.0])
    assert ROUNDINGS["dimacs"].figures(values).tolist() == [2, 5, 11, 353, 0]
    assert ROUNDINGS["exact"].figures(values).tolist() == [290, 570, 1100, 35350, 0]
    assert ROUNDINGS["real"].figures(values).tolist() == [2900, 5700, 11000, 353500, 0]


def test_an_unknown_rounding_is_refused(tmp_path):
    """Words that are no rounding are said, with those that are."""
    with pytest.raises(UsageError, match="round, dimacs, exact, real"):
        small(tmp_path, "CVRP", rounding="trunc")


def test_what_a_problem_cannot_say_is_refused(tmp_path):
    """Coordinates with too many digits, and depots of which only some reload, are named."""
    text = SMALL["CVRP"].replace("2\t3\t4\n", "2\t3.123456789\t900000000.5\n")
    path = tmp_path / "fine.vrp"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(WorkbenchError, match="too many digits"):
        instances.load(path)


def test_prizes_decide_what_may_be_left_out(tmp_path):
    """A client with a prize may be left out at that price; one without must be served."""
    setting = small(tmp_path, "PCVRPTW")
    assert codes(setting, [[1, 2], [4, 6]]) == set()
    plan = instances.plan_of(setting, Solution(((1, 2), (4, 6))))
    assert setting.forgone(plan) == 10 * (30 + 2)
    assert codes(setting, [[1, 2], [6, 5]]) == {"served_once"}


def test_routes_start_as_late_as_they_may(tmp_path):
    """No vehicle waits on the road for what it could have waited for at the depot."""
    setting = small(tmp_path, "VRPTW")
    route = instances.plan_of(setting, Solution(((1, 2), (3,), (4, 5, 6)))).routes[0]
    # 5.0 to client 1, whose window opens at 10.0
    assert (route.start_s, route.stops[1].arrive_s, route.wait_s) == (50, 100, 0)


def test_the_plane_is_a_travel_without_a_matrix(tmp_path):
    """Blocks of any rows and columns hold what single legs say, in the family's whole numbers."""
    setting = small(tmp_path, "VRPB")
    travel, n = setting.problem.travel, setting.instance.locations
    seconds, metres = travel.block("plane", [4, 0, 3], range(n))
    for row, i in enumerate((4, 0, 3)):
        for j in range(n):
            leg = travel.leg("plane", i, j, 0)
            assert (int(seconds[row, j]), int(metres[row, j])) == (leg or (-1, -1))
    assert travel.leg("plane", 0, 3, 0) is None
    assert travel.leg("plane", 3, 1, 0) is None
    assert travel.leg("plane", 1, 3, 0) is not None


def test_vehicles_load_at_their_own_depot(tmp_path):
    """Between depots there is no way, so that what a route carries is its own depot's."""
    setting = small(tmp_path, "MDVRPTW")
    assert codes(setting, [[2, 3], [], [4, 5], [6]]) == set()
    assert codes(setting, [[1, 2, 3], [], [4, 5], [6]]) == {"access"}
