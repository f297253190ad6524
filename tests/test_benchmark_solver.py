"""The solver benchmark's own reckoning: ratios by class, pairs that count, and what rivals are given."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import _solvers, solver
from benchmarks._instance_files import vrplib_text
from tests.benchmark_files import SMALL
from workbench import instances
from workbench.formats import benchmarks


def answer(
    who: str, gap: float | None, *, file: str = "a.vrp", n: int = 200, seconds: float = 10, seed: int = 1,
    rich: bool = False, cost: float | None = 1.0, vehicles: int = 0, first: float | None = None,
) -> solver.Answer:  # fmt: skip
    """An answer as a run gives it."""
    return solver.Answer(file, n, rich, seconds, seed, who, cost, vehicles, gap, first, 0.0, seconds, 100.0)


def setting(tmp_path: Path, name: str) -> instances.Setting:
    """A small instance of a family."""
    path = tmp_path / ("small.txt" if name in ("Solomon", "Li & Lim") else "small.vrp")
    path.write_text(SMALL[name], encoding="utf-8")
    return instances.load(path)


def test_a_ratio_is_of_means_and_forgives_no_gap_of_a_rival():
    """The mean of ours by the mean of theirs, which counts 0.05 % at least."""
    assert solver.ratio([1.0, 2.0], [2.0, 4.0]) == 0.5
    assert solver.ratio([0.1], [0.0]) == pytest.approx(2.0)


@pytest.mark.parametrize(("clients", "most"), [(100, 250), (250, 250), (251, 1000), (6000, 6000), (50_000, 30_000)])
def test_instances_fall_into_classes_by_size(clients, most):
    """The smallest class that holds an instance; the largest holds all above."""
    assert solver.size_class(clients) == most


def test_only_pairs_count_and_each_class_and_time_has_its_ratio():
    """Runs without a gap, of other rivals and of rich families stay out of the ratios against PyVRP."""
    found = [
        answer("ours", 1.0, first=0.1), answer("pyvrp", 2.0), answer("ortools", 50.0),
        answer("ours", 3.0, seed=2, first=0.3), answer("pyvrp", None, seed=2, cost=None),
        answer("ours", 1.0, n=900, seconds=30), answer("pyvrp", 4.0, n=900, seconds=30),
        answer("ours", 9.0, rich=True), answer("pyvrp", 1.0, rich=True),
    ]  # fmt: skip
    figures = solver.figures_of(found)
    assert figures["gap_ratio_250_10s"] == 0.5
    assert figures["gap_ratio_1000_30s"] == 0.25
    assert figures["gap_250_10s"] == 2.0
    assert figures["first_plan_250_s"] == 0.3
    assert figures["peak_1000_mib"] == 100.0


def test_rich_families_are_level_with_the_best_rival_or_not():
    """Fewer vehicles come before less distance; what finds nothing is beaten by everything."""
    found = [
        answer("ours", None, rich=True, cost=10, vehicles=3), answer("pyvrp", None, rich=True, cost=5, vehicles=4),
        answer("ours", None, rich=True, cost=10, seed=2), answer("pyvrp", None, rich=True, cost=12, seed=2),
        answer("vroom", None, rich=True, cost=9, seed=2),
        answer("ours", None, rich=True, cost=10, seed=3), answer("pyvrp", None, rich=True, cost=None, seed=3),
    ]  # fmt: skip
    assert solver.figures_of(found)["rich_level_share"] == pytest.approx(2 / 3)


@pytest.mark.parametrize("name", ["Solomon", "Li & Lim"])
def test_rivals_are_given_other_layouts_as_the_same_problem(tmp_path, name):
    """What is written as VRPLIB for a rival reads back as the instance it was."""
    given = setting(tmp_path, name)
    again = tmp_path / "again.vrp"
    again.write_text(vrplib_text(given), encoding="ascii")
    found, one = benchmarks.read(again), given.instance
    assert (found.family, found.pairs, len(found.vehicles)) == (one.family, one.pairs, len(one.vehicles))
    for column in ("xy", "demand", "opens", "closes", "service"):
        assert np.array_equal(getattr(found, column), getattr(one, column))
    assert found.vehicles[0].fixed_cost * given.rounding.scale == given.per_vehicle


@pytest.mark.parametrize(
    ("name", "who", "given"),
    [
        ("CVRP", "vroom", True), ("MTVRPTWR", "vroom", False), ("MTVRPTWR", "ortools", False), ("VRPB", "vroom", False),
        ("VRPB", "ortools", True), ("SDVRPTW", "vroom", False), ("PCVRPTW", "vroom", False),
        ("Li & Lim", "vroom", True), ("MTVRPTWR", "pyvrp", True), ("MTVRPTWR", "ours", True),
    ],
)  # fmt: skip
def test_rivals_are_given_only_what_they_can_take(tmp_path, name, who, given):
    """A family outside a rival's reach is passed over with the reason."""
    assert (_solvers.refusal(who, setting(tmp_path, name)) == "") == given


@pytest.mark.parametrize("name", ["CVRP", "HFVRP", "MTVRPTWR", "VRPB", "MDVRPTW", "PCVRPTW", "SDVRPTW"])
def test_the_rival_reads_the_same_problem(tmp_path, name):
    """What PyVRP answers within no time at all is sound in the eyes of our checker: it means the same."""
    given = setting(tmp_path, name)
    race = _solvers.Race(tmp_path / "small.vrp", given, 0.0, 1, 1)
    found = _solvers.pyvrp(race)
    assert found.routes
    plan = instances.plan_of(given, benchmarks.Solution(tuple(map(tuple, found.routes))))
    assert instances.check(given, plan) == []


def test_what_is_measured_is_printed_for_people_too(tmp_path):
    """Every instance and time has a line against each rival; budgets stand beside their figures."""
    found = [answer("ours", 1.0), answer("pyvrp", 2.0), answer("vroom", None, cost=None)]
    rows = solver.rows_of(found, solver.figures_of(found), [("b.vrp", "vroom: it has no reloads")])
    assert ("a.vrp, 10 s", "1.00 %", "pyvrp: 2.00 %", "") in rows
    assert ("gap_ratio_250_10s", "0.5", "1", "0.50") in rows
    assert rows[-1] == ("b.vrp", "", "vroom: it has no reloads", "")


def test_instances_are_chosen_by_name(tmp_path):
    """A folder gives its instances, smallest first; names choose among them; a file is itself."""
    for name, text in (("b.vrp", "longer text"), ("a.txt", "x"), ("c.sol", "y"), ("d.vrp", "longest text")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert [p.name for p in solver.chosen(tmp_path, "")] == ["a.txt", "b.vrp", "d.vrp"]
    assert [p.name for p in solver.chosen(tmp_path, "d,b.vrp")] == ["b.vrp", "d.vrp"]
    assert solver.chosen(tmp_path / "b.vrp", "") == [tmp_path / "b.vrp"]
