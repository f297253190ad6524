"""``workbench solve``: a benchmark instance in, a solution out, by the engines and the checker of every plan."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.benchmark_files import SMALL
from workbench import cli, instances
from workbench.formats import benchmarks

LISTED = "file\trounding\tbest_known\nsmall.vrp\tround\t{best}\n"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A small capacity instance, alone in its folder."""
    path = tmp_path / "small.vrp"
    path.write_text(SMALL["CVRP"], encoding="utf-8")
    return path


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    """Run ``workbench solve`` here and return its exit code and what it wrote."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["solve", *map(str, words), "--jobs", "1"])
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


def test_an_instance_is_solved_checked_and_written(small, capsys):
    """The solution in the file is whole, sound and costs what is said; the best known beside it gives the gap."""
    target = small.parent / "out.sol"
    (small.parent / "MANIFEST.tsv").write_text(LISTED.format(best=50), encoding="utf-8")
    code, said, _ = run(capsys, small, "--iterations", 60, "--out", target, "--json")
    facts = json.loads(said)
    setting, solution = instances.load(small), benchmarks.read_solution(target)
    assert code == 0
    assert instances.check(setting, instances.plan_of(setting, solution)) == []
    assert (facts["cost"], facts["violations"], facts["unserved"]) == (int(solution.cost), 0, 0)
    assert facts["gap_percent"] == pytest.approx(100 * (facts["cost"] / 50 - 1), abs=1e-3)
    assert facts["first_plan_s"] > 0
    assert (facts["family"], facts["rounding"], facts["routes"]) == ("CVRP", "round", len(solution.routes))


@pytest.mark.parametrize("name", [name for name in SMALL if name not in ("SDVRPTW", "MDVRPTW")])
def test_every_family_is_solved_by_the_same_command(tmp_path, capsys, name):
    """What comes out of each family is a solution that the checker finds sound."""
    path, target = tmp_path / "small.vrp", tmp_path / "out.sol"
    path.write_text(SMALL[name], encoding="utf-8")
    code, said, _ = run(capsys, path, "--iterations", 40, "--out", target, "--json")
    setting = instances.load(path)
    assert code == 0
    assert json.loads(said)["unserved_required"] == 0
    assert instances.check(setting, instances.plan_of(setting, benchmarks.read_solution(target))) == []


def test_people_read_a_table(small, capsys):
    """Cost, gap, routes and the verdict stand on the terminal; without a best known that is said."""
    code, said, noted = run(capsys, small, "--iterations", 20)
    assert code == 0
    assert "not beside the file" in said
    assert "Feasible" in said
    assert "Planning" in noted


def test_a_solution_beside_an_instance_is_its_best_known(small, capsys):
    """Where no list names a best cost, the solution of the same name is costed anew, also in another rounding."""
    small.with_suffix(".sol").write_text("Route #1: 1 2\nRoute #2: 3 6\nRoute #3: 4 5\nCost 1\n", encoding="utf-8")
    # 5 + 3.16 + 5, 10 + 16.16 + 7, 5 + 5 + 10, in each rounding
    for word, best in (("round", 13 + 33 + 20), ("dimacs", 131 + 331 + 200)):
        code, said, _ = run(capsys, small, "--iterations", 20, "--rounding", word, "--json")
        assert code == 0
        assert json.loads(said)["best_known"] == best


def test_an_unsound_solution_beside_an_instance_is_no_best_known(small, capsys):
    """A solution that breaks a constraint, or can't be read, is no mark to compare with."""
    for text in ("Route #1: 1 2 3 4 5 6\nCost 1\n", "Route 7: x\n"):
        small.with_suffix(".sol").write_text(text, encoding="utf-8")
        assert json.loads(run(capsys, small, "--iterations", 20, "--json")[1])["best_known"] is None


def test_vehicles_come_first_where_pairs_are_published_so(tmp_path, capsys):
    """With paired pickups the fewest vehicles win by default; with --distance-only the shortest way does."""
    path = tmp_path / "small.txt"
    path.write_text(SMALL["Li & Lim"], encoding="utf-8")
    (tmp_path / "MANIFEST.tsv").write_text("file\trounding\tbest_known\nsmall.txt\treal\t9 / 50.00\n", encoding="utf-8")
    first = json.loads(run(capsys, path, "--iterations", 40, "--json")[1])
    short = json.loads(run(capsys, path, "--iterations", 40, "--distance-only", "--json")[1])
    assert f"{9 - first['routes']} vehicle(s) fewer" in run(capsys, path, "--iterations", 40)[1]
    assert (first["best_known_vehicles"], first["gap_percent"]) == (9, None)
    assert short["best_known"] is None
    assert first["routes"] <= short["routes"]
    assert short["cost"] <= first["cost"]


def test_faults_of_a_file_are_printed_and_nothing_is_written(small, capsys):
    """A damaged instance ends with exit 1 and all of its faults, as everywhere."""
    small.write_text(SMALL["CVRP"].replace("DIMENSION : 7", "DIMENSION : x"), encoding="utf-8")
    target = small.parent / "out.sol"
    code, said, _ = run(capsys, small, "--out", target, "--json")
    assert code == 1
    assert json.loads(said)[0]["column"] == "DIMENSION"
    assert not target.exists()


def test_wrong_usage_is_said(small, capsys):
    """Seconds and iterations together, and a rounding that is none, are wrong usage."""
    assert run(capsys, small, "--seconds", 1, "--iterations", 5)[0] == 2
    assert run(capsys, small, "--rounding", "trunc")[0] == 2
