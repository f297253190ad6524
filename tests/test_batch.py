"""The executor: order, failures, dead workers, cancel, and no orphans."""

import math
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from workbench import batch
from workbench.batch import CANCELLED, Executor
from workbench.errors import UsageError


@pytest.fixture(scope="module")
def pool():
    """Two worker processes that the module's tests share."""
    with Executor("process", 2) as executor:
        yield executor


@pytest.fixture(params=["inline", "process"])
def executor(request, pool):
    """Both backends in turn."""
    return Executor() if request.param == "inline" else pool


def _alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _gone(pids, seconds=8.0):
    """Whether all processes end within some seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not any(_alive(p) for p in pids):
            return True
        time.sleep(0.05)
    return False


def test_results_come_in_task_order(executor):
    """Whichever task ends first, outcomes stand in the order of the tasks, with their keys."""
    outcomes = executor.map(math.sqrt, [16.0, 9.0, 4.0, 1.0], key=lambda task: f"root of {task:g}")
    assert [o.value for o in outcomes] == [4.0, 3.0, 2.0, 1.0]
    assert [o.key for o in outcomes] == ["root of 16", "root of 9", "root of 4", "root of 1"]


def test_a_task_that_raises_fails_alone(executor):
    """Its error is a sentence with the exception's name; the others are not touched."""
    good, bad = executor.map(math.sqrt, [4.0, -1.0])
    assert good.ok
    assert good.value == 2.0
    assert not bad.ok
    assert bad.value is None
    assert bad.error.startswith("ValueError: ")


def test_progress_counts_every_task(executor):
    """`on_progress` is called once per task with how many are done and how many there are."""
    seen = []
    executor.map(math.sqrt, [1.0, 4.0, 9.0], on_progress=lambda done, whole: seen.append((done, whole)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_no_tasks_give_no_outcomes(executor):
    """An empty list is fine."""
    assert executor.map(math.sqrt, []) == []


def test_cancel_between_tasks_inline():
    """What ran before the cancel keeps its result; the rest says cancelled."""
    ran = []
    outcomes = Executor().map(ran.append, [1, 2, 3], cancel=lambda: len(ran) >= 2)
    assert [o.error for o in outcomes] == ["", "", CANCELLED]


def test_cancel_does_not_wait_for_running_tasks(pool):
    """Tasks of a minute are left behind at once, and the executor works on afterwards."""
    begin = time.monotonic()
    outcomes = pool.map(time.sleep, [60.0, 60.0, 60.0], cancel=lambda: time.monotonic() - begin > 0.3)
    assert time.monotonic() - begin < 5.0
    assert {o.error for o in outcomes} == {CANCELLED}
    assert [o.value for o in pool.map(math.sqrt, [4.0])] == [2.0]


def _die_once(path):
    """Take the worker down the first time, and only then."""
    if not Path(path).exists():
        Path(path).touch()
        os._exit(1)
    return "alive"


def test_a_dead_worker_costs_only_its_task(tmp_path):
    """Finished results are kept, and what was in flight runs again."""
    tasks = [str(tmp_path / "a"), str(tmp_path / "b")]
    (tmp_path / "b").touch()
    with Executor("process", 2) as executor:
        assert [o.value for o in executor.map(_die_once, tasks)] == ["alive", "alive"]


def test_a_poison_task_is_given_up_after_three_workers():
    """It is marked as failed; the tasks beside it still get their results."""
    with Executor("process", 2) as executor:
        outcomes = executor.map(_poison, [1, 13, 3])
    assert [o.value for o in outcomes] == [1, None, 3]
    assert "died 3 times" in outcomes[1].error


def _poison(number):
    if number == 13:
        os._exit(1)
    return number


def _pid(_):
    time.sleep(0.05)
    return os.getpid()


def test_workers_ignore_ctrl_c(pool):
    """An interrupt meant for the parent leaves its workers alive."""
    pids = {o.value for o in pool.map(_pid, range(8))}
    for pid in pids:
        os.kill(pid, signal.SIGINT)
    assert {o.value for o in pool.map(_pid, range(8))} <= pids


def test_close_ends_busy_workers():
    """Leaving the block does not wait for a running task, and no process stays."""
    with Executor("process", 1) as executor:
        (pid,) = (o.value for o in executor.map(_pid, [0]))
        begin = time.monotonic()
        executor.map(time.sleep, [60.0], cancel=lambda: time.monotonic() - begin > 0.2)
    assert _gone([pid])


def _script(tmp_path, body):
    path = tmp_path / "study.py"
    path.write_text(textwrap.dedent(body), encoding="utf-8")
    return [sys.executable, str(path)]


def test_workers_end_when_their_parent_is_killed(tmp_path):
    """No orphans stay behind a parent that had no time to say goodbye."""
    command = _script(
        tmp_path,
        """
        import os, time
        from test_batch import _pid
        from workbench.batch import Executor
        executor = Executor("process", 2)
        print(*{o.value for o in executor.map(_pid, range(8))}, flush=True)
        time.sleep(60)
        """,
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as parent:
        pids = [int(x) for x in parent.stdout.readline().split()]
        parent.kill()
    assert pids
    assert _gone(pids)


def test_a_script_without_main_guard_works(tmp_path):
    """Workers don't import the caller's main module, so it doesn't run twice."""
    command = _script(
        tmp_path,
        """
        import math
        from workbench.batch import Executor
        print("started")
        with Executor("process", 1) as executor:
            print([o.value for o in executor.map(math.sqrt, [4.0, 9.0])])
        """,
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=env, check=True)
    assert done.stdout.splitlines() == ["started", "[2.0, 3.0]"]


def test_stopping_is_false_outside_workers():
    """A task run inline never sees a stop flag that isn't there."""
    assert not batch.stopping()


@pytest.mark.parametrize(("backend", "workers"), [("dask", 1), ("process", 0)])
def test_refuses_what_it_cannot_do(backend, workers):
    """An unknown backend or no worker at all is a usage error."""
    with pytest.raises(UsageError):
        Executor(backend, workers)
