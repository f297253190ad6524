"""The commands as a stranger uses them: exit codes, words, files, and never a traceback."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from workbench import cli, engines, problem, report, scenario

ROOT = Path(__file__).parents[1]
FOUR_DROPS = ROOT / "sample_data" / "four_drops"


def run(*words: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run ``workbench`` in a process of its own."""
    command = [sys.executable, "-m", "workbench", *map(str, words)]
    environment = {k: v for k, v in os.environ.items() if k != "WORKBENCH_DEBUG"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd or ROOT, env=environment)
    assert "Traceback" not in done.stderr + done.stdout
    return done


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output folder of planning four_drops."""
    out = tmp_path_factory.mktemp("cli") / "out"
    done = run("plan", FOUR_DROPS, "--iterations", 50, "--jobs", 1, "--out", out)
    assert done.returncode == 0, done.stderr
    assert "otif" in done.stdout
    return out


def test_plan_writes_every_file(planned: Path) -> None:
    """The main job leaves the plan, its tables, its map and its briefing, and the inputs it used."""
    names = {"plan.json", "stops.csv", "unserved.csv", "kpis.csv", "routes.geojson", "briefing.html", "inputs"}
    assert names <= {p.name for p in planned.iterdir()}
    body = json.loads((planned / "plan.json").read_text(encoding="utf-8"))
    assert body["violations"] == []
    assert body["budget"] == {"iterations": 50}


def test_check_finds_the_plan_good_and_a_spoilt_one_bad(planned: Path, tmp_path: Path) -> None:
    """``check`` exits 0 on a feasible plan and 1 on a spoilt one, naming the constraint."""
    assert run("check", planned / "plan.json").returncode == 0
    body = json.loads((planned / "plan.json").read_text(encoding="utf-8"))
    body["routes"][0]["distance_m"] += 1
    spoilt = tmp_path / "plan.json"
    spoilt.write_text(json.dumps(body), encoding="utf-8")
    done = run("check", spoilt, "--scenario", planned / "inputs", "--json")
    assert done.returncode == 1
    assert {v["code"] for v in json.loads(done.stdout)} == {"stated"}


def test_other_inputs_are_refused(planned: Path, tmp_path: Path) -> None:
    """A plan is not checked against inputs it was not made from."""
    other = tmp_path / "other"
    shutil.copytree(FOUR_DROPS, other)
    fleet = other / "fleet.csv"
    head, first, *rest = fleet.read_text(encoding="utf-8").splitlines()
    columns = head.split(",")
    cells = first.split(",")
    cells[columns.index("count")] = "7"
    fleet.write_text("\n".join([head, ",".join(cells), *rest]) + "\n", encoding="utf-8")
    done = run("check", planned / "plan.json", "--scenario", other)
    assert done.returncode == 1
    assert "other inputs" in done.stderr


def test_explain(planned: Path) -> None:
    """``explain`` answers for the whole plan and for one requisition, and knows no others."""
    assert run("explain", planned / "plan.json").returncode == 0
    assert isinstance(json.loads(run("explain", planned / "plan.json", "--json").stdout), list)
    assert run("explain", planned / "plan.json", "--requisition", "nobody").returncode == 1


def test_json_is_alone_on_stdout(tmp_path: Path) -> None:
    """With ``--json`` stdout is one JSON value."""
    done = run("plan", FOUR_DROPS, "--iterations", 20, "--engine", "greedy", "--json", "--out", tmp_path / "out")
    assert json.loads(done.stdout)["violations"] == 0
    assert json.loads(run("validate", FOUR_DROPS, "--json").stdout) == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("plan", FOUR_DROPS, "--seconds", 1, "--iterations", 1), 2),
        (("plan", FOUR_DROPS, "--seconds", -1), 2),
        (("plan", FOUR_DROPS, "--engine", "magic"), 2),
        (("plan", FOUR_DROPS, "--coa", "nobody"), 2),
        (("plan", FOUR_DROPS, "--jobs", 0), 2),
        (("nonsense",), 2),
        (("new", FOUR_DROPS), 2),
        (("validate", "no/such/folder"), 1),
        (("plan", "no/such/folder"), 1),
        (("check", "no/such/plan.json"), 1),
        (("check", FOUR_DROPS / "nodes.csv"), 1),
    ],
    ids=str,
)
def test_exit_codes(words: tuple[object, ...], code: int) -> None:
    """Wrong usage is 2, faulty input is 1, each said in words on stderr or in the table."""
    done = run(*words)
    assert done.returncode == code, done.stderr
    assert done.stderr + done.stdout


def test_debug_shows_the_traceback() -> None:
    """Only ``--debug`` shows where a fault arose."""
    command = [sys.executable, "-m", "workbench", "--debug", "check", "no/such/plan.json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 1
    assert "Traceback" in done.stderr


def test_help_lists_every_command() -> None:
    """``workbench --help`` names the commands, those of the widgets package included."""
    words = run("--help").stdout
    for command in ("new", "validate", "plan", "check", "explain", "app", "lab"):
        assert re.search(rf"\b{command}\b", words)


def test_new_blank_and_made_up(tmp_path: Path) -> None:
    """Blank templates hold every table's header; a made-up company scenario validates."""
    assert run("new", tmp_path / "blank", "--blank").returncode == 0
    assert (tmp_path / "blank" / "requisitions.csv").read_text(encoding="utf-8").startswith("requisition_id,")
    assert run("new", tmp_path / "coy", "--size", "company", "--seed", 3).returncode == 0
    assert run("validate", tmp_path / "coy").returncode == 0


@pytest.fixture
def interrupted(monkeypatch, tmp_path, capsys):
    """Plan four_drops in this process; Ctrl-C comes when a function is entered. Gives (exit code, words, folder)."""
    before = signal.getsignal(signal.SIGINT)

    def plan(module, name, *words):
        inner = getattr(module, name)

        def press(*given, **named):
            os.kill(os.getpid(), signal.SIGINT)
            return inner(*given, **named)

        monkeypatch.setattr(module, name, press)
        with pytest.raises(SystemExit) as end:
            cli.main(["plan", str(FOUR_DROPS), "--out", str(tmp_path / "out"), *words])
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return end.value.code, said.err, tmp_path / "out"

    yield plan
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(("module", "name"), [(scenario, "load"), (problem, "build")], ids=["load", "build"])
def test_interrupt_before_there_is_a_problem(interrupted, module, name):
    """Ctrl-C while the scenario is read or the problem is built: a sentence, exit 130, nothing written."""
    code, said, out = interrupted(module, name, "--seconds", "60")
    assert code == 130
    assert "nothing was written" in said
    assert not out.exists()


def test_a_swallowed_interrupt_ends_the_command_all_the_same(interrupted, monkeypatch):
    """Where a library hides the interrupt behind an error of its own, that error is not what people see."""

    def broken(path):
        try:
            os.kill(os.getpid(), signal.SIGINT)
        except KeyboardInterrupt:
            raise ImportError("numpy failed to import") from None

    monkeypatch.setattr(scenario, "load", broken)
    code, said, out = interrupted(problem, "build")
    assert code == 130
    assert "numpy" not in said
    assert not out.exists()


def test_interrupt_between_problem_and_first_plan(interrupted):
    """Ctrl-C before the search has anything: every delivery is NOT_PLANNED or refused, and the folder is complete."""
    code, said, out = interrupted(report, "prepare", "--iterations", "100000000")
    assert code == 0
    assert "Stopped" in said
    body = json.loads((out / "plan.json").read_text(encoding="utf-8"))
    assert body["violations"] == []
    assert body["routes"] == []
    assert len(body["unserved"]) == len(body["deliveries"])
    assert body["spent"] == {"rounds": 0, "iterations": 0}
    assert {"stops.csv", "unserved.csv", "kpis.csv", "routes.geojson", "briefing.html", "inputs"} <= {
        p.name for p in out.iterdir()
    }


def test_interrupt_while_files_are_written(interrupted):
    """Ctrl-C that comes after the search is over changes nothing."""
    code, said, out = interrupted(report, "write", "--iterations", "20", "--engine", "greedy")
    assert code == 0
    assert "Stopped" not in said
    assert json.loads((out / "plan.json").read_text(encoding="utf-8"))["routes"]


def test_seconds_are_those_of_the_whole_command(monkeypatch):
    """The search gets what starting, reading and building left, less what comes after it; iterations stay whole."""
    from workbench.cli import running

    now = running._STARTED + 2.0
    monkeypatch.setattr(running.time, "monotonic", lambda: now)
    assert running.left(engines.Budget(iterations=7)) == engines.Budget(iterations=7)
    assert running.left(engines.Budget(seconds=10)).seconds == pytest.approx(10 - 2 * (1 + running._AFTER_SHARE))
    assert running.left(engines.Budget(seconds=1)).seconds == running._SEARCH_LEAST_S


def test_interrupt_keeps_the_best_plan_so_far(tmp_path: Path) -> None:
    """Ctrl-C ends the search, not the command: the plan found so far is written and checked."""
    command = [sys.executable, "-m", "workbench", "plan", str(FOUR_DROPS), "--seconds", "60", "--out", str(tmp_path)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        assert any("Ctrl-C keeps" in line for line in process.stderr)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 0, out + err
    assert json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))["violations"] == []


def test_planning_says_in_one_line_what_roads_leave_open(tmp_path: Path) -> None:
    """Each other warning has its line; figures that are not stated share one, which names their columns."""
    folder = tmp_path / "area"
    shutil.copytree(FOUR_DROPS, folder)
    rows = (folder / "edges.csv").read_text("utf-8").replace(",50,", ",,").replace("asphalt", "")
    (folder / "edges.csv").write_text(rows, "utf-8")
    with (folder / "scenario.toml").open("a", encoding="utf-8") as file:
        file.write("\ncolour = 1\n")
    said = run("plan", folder, "--iterations", 1, "--engine", "greedy", "--out", tmp_path / "out").stderr
    lines = " ".join(said.split())
    assert "edges.csv leaves open, for some roads: speed_kmh, surface. The briefing says" in lines
    assert lines.count("warning") == 2
    assert "colour" in lines
