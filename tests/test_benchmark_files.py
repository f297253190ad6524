"""Benchmark files in and out: every family read as others read it, every fault named with its line."""

from __future__ import annotations

import csv
import random
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
import vrplib

from tests.benchmark_files import DEMAND, SHARED, SMALL, needs_shared, section
from workbench import instances
from workbench.errors import InputError, WorkbenchError
from workbench.formats import benchmarks


def written(tmp_path: Path, text: str, name: str = "small.vrp") -> Path:
    """A file with this text."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def faults(path: Path, read=benchmarks.read) -> list[tuple[int, str, str]]:
    """Line, section and code of every fault of a file; each says what was expected, what is there and what to do."""
    with pytest.raises(InputError) as caught:
        read(path)
    assert all(f.expected and f.got and f.remedy and f.file == path.name for f in caught.value.findings)
    return [(f.row, f.column, f.code) for f in caught.value.findings]


@needs_shared
def test_every_published_file_is_read_as_its_manifest_says():
    """Families and numbers of clients (of pairs, where they are paired) agree with the list of the files."""
    with (SHARED / "MANIFEST.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert rows
    for row in rows:
        found = benchmarks.read(SHARED / row["file"])
        assert found.family == row["family"].split()[0]
        assert len(found.pairs or range(found.clients)) == int(row["clients"])
        assert found.warnings == ()


@needs_shared
@pytest.mark.parametrize("name", ["PR11A", "PR05-SD", "X351-HVRP", "R1_10_2-PC", "C201R0.25", "X-n524-66-k129"])
def test_sections_are_what_another_reader_finds(name):
    """Coordinates, loads, times, prizes and vehicles are the same as the library vrplib reads them."""
    ours = benchmarks.read(SHARED / f"{name}.vrp")
    theirs = vrplib.read_instance(SHARED / f"{name}.vrp", compute_edge_weights=False)
    assert np.array_equal(ours.xy, theirs["node_coord"])
    columns = {"demand": ours.demand, "backhaul": ours.backhaul, "prize": ours.prize, "release_time": ours.release}
    for key, cells in columns.items():
        assert np.array_equal(cells, theirs.get(key, np.zeros(ours.locations)))
    if "time_window" in theirs:
        assert np.array_equal(np.stack([ours.opens, ours.closes], axis=1), theirs["time_window"])
    service = np.broadcast_to(theirs.get("service_time", 0), ours.locations)
    assert np.array_equal(ours.service[ours.depots :], service[ours.depots :])
    each = {"capacity": "capacity", "fixed_cost": "vehicles_fixed_cost", "unit_cost": "vehicles_unit_distance_cost"}
    for attribute, key in each.items():
        if key in theirs:
            cells = np.broadcast_to(theirs[key], len(ours.vehicles)).tolist()
            assert [getattr(v, attribute) for v in ours.vehicles] == cells
    if "vehicles_allowed_clients" in theirs:
        allowed = [{c - 1 for c in row} for row in theirs["vehicles_allowed_clients"]]
        assert [set(v.allowed) for v in ours.vehicles] == allowed


@pytest.mark.parametrize("name", SMALL)
def test_a_sound_small_file_of_every_family_makes_a_problem(tmp_path, name):
    """Each family and layout is read without a word and becomes a problem with all of its clients."""
    setting = instances.load(written(tmp_path, SMALL[name]))
    found = setting.instance
    assert found.warnings == ()
    assert len(setting.problem.deliveries) == len(found.pairs or range(found.clients))
    assert sum(v.count for v in setting.problem.fleet) == len(found.vehicles)


def test_the_same_pairs_in_both_layouts_are_the_same_problem(tmp_path):
    """Li & Lim's rows and PICKUP_AND_DELIVERY_SECTION say the same."""
    one = benchmarks.read(written(tmp_path, SMALL["PDPTW"]))
    other = benchmarks.read(written(tmp_path, SMALL["Li & Lim"], "small.txt"))
    assert one.pairs == other.pairs == ((1, 2), (3, 6), (4, 5))
    for name in ("xy", "demand", "opens", "closes", "service"):
        assert np.array_equal(getattr(one, name), getattr(other, name))


@pytest.mark.parametrize(
    ("form", "cells"),
    [
        ("FULL_MATRIX", "0 2 3 2 0 4 3 4 0"),
        ("LOWER_ROW", "2 3 4"),
        ("LOWER_DIAG_ROW", "0 2 0 3 4 0"),
        ("UPPER_ROW", "2 3 4"),
        ("UPPER_DIAG_ROW", "0 2 3 0 4 0"),
    ],
)
def test_distances_may_be_listed_in_each_form(tmp_path, form, cells):
    """However a symmetric list is written, the distances are the same."""
    head = f"NAME : listed\nTYPE : CVRP\nDIMENSION : 3\nEDGE_WEIGHT_TYPE : EXPLICIT\nEDGE_WEIGHT_FORMAT : {form}\n"
    text = head + f"CAPACITY : 5\nEDGE_WEIGHT_SECTION\n{cells}\n" + section("DEMAND", [(0,), (1,), (2,)]) + "EOF\n"
    setting = instances.load(written(tmp_path, text))
    seconds, metres = setting.problem.travel.block("plane", range(3), range(3))
    assert seconds.tolist() == metres.tolist() == [[0, 2, 3], [2, 0, 4], [3, 4, 0]]


def test_every_fault_of_a_file_is_listed_at_once(tmp_path):
    """Several faults in several places: all are named, each with its line."""
    text = SMALL["VRPTW"].replace("DIMENSION : 7", "DIMENSION : 8").replace("3\t0\t5\n", "3\tzero\t5\n")
    text = text.replace("4\t0\t90", "4\t90\t0").replace("CAPACITY : 9", "CAPACITY : nine") + "after the end\n"
    found = faults(written(tmp_path, text))
    assert (5, "CAPACITY", "TYPE") in found
    assert (11, "NODE_COORD", "TYPE") in found
    assert (28, "TIME_WINDOW", "WINDOW_REVERSED") in found
    assert {(8, "NODE_COORD", "STRUCTURE"), (16, "DEMAND", "STRUCTURE"), (24, "TIME_WINDOW", "STRUCTURE")} <= set(found)
    assert len(found) == 6


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("TYPE : CVRP", "TYPE : TSP", (2, "TYPE", "SETTING")),
        ("TYPE : CVRP\n", "", (0, "TYPE", "SETTING")),
        ("DIMENSION : 7\n", "", (0, "DIMENSION", "REQUIRED")),
        ("DIMENSION : 7", "DIMENSION : 9999999", (3, "DIMENSION", "SETTING")),
        ("EUC_2D", "GEO", (4, "EDGE_WEIGHT_TYPE", "SETTING")),
        ("CAPACITY : 9", "DISTANCE : 200", (5, "DISTANCE", "SETTING")),
        ("CAPACITY : 9\n", "CAPACITY : 9\nCAPACITY : 8\n", (6, "CAPACITY", "DUPLICATE")),
        ("CAPACITY : 9\n", "CAPACITY : 9\n1 2 3\n", (6, "", "STRUCTURE")),
        ("CAPACITY : 9\n", "CAPACITY\n", (5, "CAPACITY", "STRUCTURE")),
        (DEMAND, section("COLOUR", [(2,)]), (14, "COLOUR_SECTION", "UNKNOWN_COLUMN")),
        ("2\t3\t4\n", "2\t3\n", (8, "NODE_COORD", "STRUCTURE")),
        ("2\t3\t4\n", "1\t3\t4\n", (8, "NODE_COORD", "DUPLICATE")),
        ("2\t3\t4\n", "2\t3\t1e300\n", (8, "NODE_COORD", "RANGE")),
        ("2\t3\t4\n", "2\t3\tnan\n", (8, "NODE_COORD", "TYPE")),
        ("2\t3\t4\n", "2\t3\t1_0\n", (8, "NODE_COORD", "TYPE")),
        ("3\t3\n", "3\t-3\n", (17, "DEMAND", "RANGE")),
        ("DEPOT_SECTION\n1\n", "DEPOT_SECTION\n2\n", (23, "DEPOT", "STRUCTURE")),
        ("DEPOT_SECTION\n1\n", "DEPOT_SECTION\n", (22, "DEPOT", "STRUCTURE")),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_line(tmp_path, old, new, expected):
    """One thing spoilt in a sound file: it is found where it is."""
    assert old in SMALL["CVRP"]
    assert expected in faults(written(tmp_path, SMALL["CVRP"].replace(old, new, 1)))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("3\t9\t1\n", "3\t9\t2\n", (1, "fleet", "STRUCTURE")),
        ("1 3 4 4 10", "7 3 4 4 10", (3, "rows", "STRUCTURE")),
        ("20 1 0 2\n", "20 1 0 2 5\n", (3, "rows", "STRUCTURE")),
        ("20 1 0 2\n", "20 1 0 9\n", (3, "pickup, delivery", "UNKNOWN_REFERENCE")),
        ("20 1 0 2\n", "20 1 0 5\n", (3, "pickup, delivery", "CONFLICT")),
        ("1 3 4 4 10", "1 3 4 5 10", (3, "pickup, delivery", "CONFLICT")),
        ("10 20 1 0 2", "20 10 1 0 2", (3, "latest", "WINDOW_REVERSED")),
        ("10 20 1 0 2", "10 x 1 0 2", (3, "latest", "TYPE")),
    ],
)
def test_faults_of_pairs_are_named(tmp_path, old, new, expected):
    """Pairs that don't match, rows that don't fit and figures that are none are found where they are."""
    assert old in SMALL["Li & Lim"]
    assert expected in faults(written(tmp_path, SMALL["Li & Lim"].replace(old, new, 1), "small.txt"))


def test_what_is_unknown_but_harmless_is_passed_over_with_a_warning(tmp_path):
    """A keyword that the format has not is said, and the file is read."""
    text = SMALL["CVRP"].replace("CAPACITY : 9\n", "CAPACITY : 9\nBEST_KNOWN : 55\n")
    found = benchmarks.read(written(tmp_path, text))
    assert [(f.row, f.column, f.level) for f in found.warnings] == [(6, "BEST_KNOWN", "warning")]


def test_long_runs_of_one_fault_are_cut_short(tmp_path):
    """A thousand wrong rows don't hide another fault."""
    rows = [(0, 0)] + [("x", 1)] * 1000
    text = SMALL["CVRP"].replace("DIMENSION : 7", "DIMENSION : 1001").replace("TYPE : CVRP", "TYPE : ABC")
    text = text[: text.index("NODE_COORD")] + section("NODE_COORD", rows)
    with pytest.raises(InputError) as caught:
        benchmarks.read(written(tmp_path, text))
    assert 40 <= len(caught.value.findings) < 50
    assert any("960 more lines" in f.got for f in caught.value.findings)
    assert any(f.column == "TYPE" for f in caught.value.findings)


@pytest.mark.parametrize("text", ["", "\n\n", "hello\n", "a,b,c\n1,2,3\n", "Route #1: 1 2\nCost 5\n", "\0\1\2"])
def test_what_is_no_instance_is_refused_with_a_sentence(tmp_path, text):
    """Empty files, other tables, solutions and binary files are named as what they are."""
    assert faults(written(tmp_path, text))


def test_a_file_that_is_not_there_is_named(tmp_path):
    """A missing file and a folder are findings too."""
    assert faults(tmp_path / "absent.vrp") == [(0, "", "MISSING_FILE")]
    assert faults(tmp_path) == [(0, "", "MISSING_FILE")]


def _damaged(text: str, rng: random.Random) -> str:
    """A text with one to four accidents: lines lost, doubled or exchanged, words spoilt, the file cut short."""
    for _ in range(rng.randint(1, 4)):
        lines = text.splitlines() or [""]
        at, words = rng.randrange(len(lines)), rng.choice(lines).split() or [""]
        accident = rng.randrange(8)
        if accident == 0:
            del lines[at]
        elif accident == 1:
            lines.insert(at, rng.choice(lines))
        elif accident == 2:
            lines[at], lines[-1] = lines[-1], lines[at]
        elif accident == 3:
            return text[: rng.randrange(len(text) + 1)]
        elif accident == 4:
            lines[at] = " ".join(rng.sample(words, len(words)))
        elif accident == 5:
            words = lines[at].split() or [""]
            junk = [
                "x",
                "-1",
                "0",
                "1e400",
                "nan",
                "inf",
                "99999999999",
                "1.5",
                "",
                "EOF",
                ":",
                "é",
                "1_0",
                "-0",
                "0x1",
            ]
            words[rng.randrange(len(words))] = rng.choice(junk)
            lines[at] = " ".join(words)
        elif accident == 6:
            cut = rng.randrange(len(lines[at]) + 1)
            lines[at] = lines[at][:cut] + chr(rng.randrange(1, 0x250)) + lines[at][cut:]
        else:
            lines[at] = lines[at][: len(lines[at]) // 2]
        text = "\n".join(lines) + "\n"
    return text


def outcome(read, *arguments) -> Exception | None:
    """What reading ends in: None, or the one kind of exception that it may raise."""
    try:
        read(*arguments)
    except WorkbenchError as error:
        return error
    return None


def named(error: Exception | None) -> bool:
    """Whether an exception says all that a user needs."""
    findings = error.findings if isinstance(error, InputError) else ()
    return all(f.expected and f.got and f.remedy for f in findings) and str(error) != ""


def test_damaged_files_end_in_named_faults_or_sound_problems(tmp_path):
    """Of 400 damaged files each is either read and becomes a problem, or refused with faults that say what to do."""
    rng, outcomes = random.Random(7), []
    for k in range(400):
        name = list(SMALL)[k % len(SMALL)]
        outcomes.append(outcome(instances.load, written(tmp_path, _damaged(SMALL[name], rng), "damaged.vrp")))
    assert all(map(named, outcomes))
    assert sum(error is not None for error in outcomes) > 200


def test_damaged_solutions_end_in_named_faults_or_plans(tmp_path):
    """The same of 300 solutions: what can be read becomes a plan that the checker judges without failing."""
    setting = instances.load(written(tmp_path, SMALL["MTVRPTWR"]))
    sound, rng, outcomes = "Route #1: 1 2 0 3\nRoute #2: 4 5 6\nCost 520\n", random.Random(3), []

    def judged(path: Path) -> None:
        instances.check(setting, instances.plan_of(setting, benchmarks.read_solution(path)))

    for _ in range(300):
        outcomes.append(outcome(judged, written(tmp_path, _damaged(sound, rng), "damaged.sol")))
    assert all(map(named, outcomes))
    assert sum(error is not None for error in outcomes) > 100


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Route #1: 1 two 3\nCost 5\n", (1, "Route", "TYPE")),
        ("Route #2: 1 2 3\nCost 5\n", (1, "Route", "STRUCTURE")),
        ("Route #1: 1\nRoute #1: 2\n", (2, "Route", "STRUCTURE")),
        ("Route #1: 1\nCost five\n", (2, "Cost", "TYPE")),
        ("Route #1: 1\nCost 5\nCost 6\n", (3, "Cost", "DUPLICATE")),
        ("Route #1: 1\n1 2 3\n", (2, "", "STRUCTURE")),
        ("Cost 5\n", (0, "Route", "EMPTY")),
        ("Route #1: -1\n", (1, "Route", "TYPE")),
    ],
)
def test_faults_of_solutions_are_named(tmp_path, text, expected):
    """What is wrong with a solution's lines is found where it is."""
    assert expected in faults(written(tmp_path, text, "wrong.sol"), benchmarks.read_solution)


def test_solutions_come_back_as_they_were_written(tmp_path):
    """Routes, blank ones included, and the cost; other programs read them too."""
    path = tmp_path / "out.sol"
    benchmarks.write_solution(path, [[3, 1], [], [2, 0, 4]], "12.50")
    found = benchmarks.read_solution(path)
    assert (found.routes, found.cost) == (((3, 1), (), (2, 0, 4)), Decimal("12.50"))
    assert vrplib.read_solution(path)["routes"] == [[3, 1], [], [2, 0, 4]]


def test_solutions_of_other_writers_are_read(tmp_path):
    """A colon after Cost, spaces at line ends, SINTEF's routes without a sign, and further notes."""
    text = "Instance name : lc101\nRoute 1 : 5 3 \nRoute 2 : 1\nCost: 98\nOptimal: True\n"
    found = benchmarks.read_solution(written(tmp_path, text, "other.sol"))
    assert (found.routes, found.cost) == (((5, 3), (1,)), Decimal(98))
