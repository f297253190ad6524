"""A solve in a child process: it reports, ends when told to, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from workbench import check, engines, explain, jobs

FOREVER = engines.Budget(iterations=100_000_000)


@pytest.fixture
def running(four_drops):
    """A job that would go on for ever; it is ended after the test."""
    seen = []
    job = jobs.start(four_drops, engine="pyvrp", budget=FOREVER, jobs=1, on_progress=seen.append)
    job.seen = seen
    yield job
    job._kill()
    job.wait(10)


def _await(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def test_a_job_brings_the_plan_that_a_direct_solve_brings(four_drops):
    """The child process changes where the work is done, not what comes of it."""
    direct = engines.solve(four_drops, engine="greedy", budget=engines.Budget(iterations=20), seed=3)
    done = []
    job = jobs.start(
        four_drops, engine="greedy", budget=engines.Budget(iterations=20), seed=3, on_done=done.append
    ).wait(120)
    assert (job.state, job.error, done) == ("done", "", [job])
    assert job.plan.routes == direct.routes
    assert job.plan.violations == ()
    assert job.plan.kpis
    assert job.reasons.equals(explain.unserved(four_drops, direct))


def test_a_folder_is_read_in_the_child(four_drops_scenario):
    """A job takes a scenario folder and a course of action as well as a problem."""
    job = jobs.start(
        four_drops_scenario.path, coa="bridge_out", engine="greedy", budget=engines.Budget(iterations=5)
    ).wait(120)
    assert job.state == "done", job.error
    assert [u.code for u in job.plan.unserved] == ["UNREACHABLE"]


def test_progress_comes_at_most_ten_times_a_second(running):
    """The page gets improvements and how far it is, thinned to what it can draw."""
    _await(lambda: running.progress.cost is not None)
    start, count = time.monotonic(), len(running.seen)
    time.sleep(1.0)
    assert len(running.seen) - count <= 11 * (time.monotonic() - start)
    assert running.progress.curve
    assert len(running.progress.served) == 15


def test_cancel_brings_the_best_plan_so_far(running, four_drops):
    """A cancelled job has a plan without violations, and no process any more."""
    _await(lambda: running.progress.cost is not None)
    start = time.monotonic()
    running.cancel()
    running.wait(10)
    assert running.state == "cancelled"
    assert time.monotonic() - start < jobs.GRACE_S
    assert check.check(four_drops, running.plan) == []
    assert not _alive(running._process.pid)


def test_a_job_that_does_not_answer_is_killed(four_drops_scenario, monkeypatch):
    """Cancel always works, also on a process that hangs before it has handed anything over."""
    monkeypatch.setattr(jobs, "GRACE_S", 0.3)
    job = jobs.start(four_drops_scenario.path, budget=FOREVER)
    os.kill(job._process.pid, signal.SIGSTOP)
    job.cancel()
    job.wait(10)
    assert (job.state, job.plan) == ("killed", None)
    assert "did not answer" in job.error
    assert not _alive(job._process.pid)


def test_a_crash_is_reported(running):
    """A solver that dies says so in a sentence, and the page goes on."""
    os.kill(running._process.pid, signal.SIGKILL)
    running.wait(10)
    assert running.state == "failed"
    assert "ended by itself" in running.error
    assert running.plan is None
    assert "kept" not in running.error


def test_the_best_plan_outlives_its_solver(running, four_drops):
    """What the solver had found when it crashed is not lost with it."""
    _await(lambda: running._best is not None)
    os.kill(running._process.pid, signal.SIGKILL)
    running.wait(10)
    assert running.state == "failed"
    assert "The best plan it had reported is kept." in running.error
    assert check.check(four_drops, running.plan) == []
    assert running.plan.routes


def test_cancel_does_not_wait_for_a_solver_that_is_busy(running, four_drops):
    """One that does not answer is ended, and the plan it had handed over last is the best so far."""
    _await(lambda: running._best is not None)
    os.kill(running._process.pid, signal.SIGSTOP)
    running.cancel()
    running.wait(10)
    assert (running.state, running.error) == ("cancelled", "")
    assert check.check(four_drops, running.plan) == []
    assert running.plan.routes
    assert not _alive(running._process.pid)


def test_cancel_before_the_first_plan(running, four_drops):
    """There is no wait for a process that still starts: every delivery comes back as NOT_PLANNED."""
    running.cancel()
    running.wait(10)
    assert (running.state, running.error) == ("cancelled", "")
    assert running.plan.routes == ()
    assert running.plan.engine == "pyvrp"
    assert {u.code for u in running.plan.unserved} == {"NOT_PLANNED"}
    assert len(running.plan.unserved) == len(four_drops.deliveries)


def test_the_reporter_thins_plans():
    """The child hands a plan over at most each second; the last better one follows with the next step."""
    sent = []
    reporter = jobs._Reporter(lambda message: sent.append(message[1]) if message[0] == "best" else None)
    for name in ("first", "second", "third"):
        reporter.keep(lambda name=name: name)
    assert sent == ["first"]
    reporter._kept -= jobs.PLAN_S
    reporter.progress(0.5, "Round 7")
    reporter.progress(0.6, "Round 8")
    assert sent == ["first", "third"]


def test_a_wrong_request_is_a_sentence(four_drops):
    """What the engine refuses comes back in words, without a traceback."""
    job = jobs.start(four_drops, engine="oracle").wait(120)
    assert job.state == "failed"
    assert "oracle" in job.error
    assert "Traceback" not in job.error


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs POSIX process groups")
def test_no_solver_outlives_its_parent(four_drops_scenario):
    """A kernel that is killed takes its solver with it."""
    code = (
        "import sys, time; from workbench import engines, jobs\n"
        f"job = jobs.start({str(four_drops_scenario.path)!r}, engine='pyvrp', jobs=2,"
        " budget=engines.Budget(iterations=100_000_000))\n"
        "while job.progress.cost is None: time.sleep(0.01)\n"
        "print(job._process.pid, flush=True); time.sleep(600)"
    )
    root = str(Path(__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([root, *filter(None, sys.path)])}
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment)
    with parent:
        child = int(parent.stdout.readline())
        assert _alive(child)
        parent.kill()
    _await(lambda: not _alive(child), 10)


def _alive(pid):
    """Whether the process runs; one that only waits to be collected does not."""
    status = Path(f"/proc/{pid}/stat")
    if Path("/proc/self").exists():
        return status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] != "Z"
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
