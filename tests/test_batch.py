"""The executor: order, failures, dead workers, cancel, and no orphans."""

import math
import multiprocessing as mp
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections import deque
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


def _nap(seconds):
    time.sleep(seconds)
    return seconds


def test_order_does_not_depend_on_who_ends_first(pool):
    """A task that ends last keeps its place, also where there are more tasks than workers."""
    naps = [0.3, 0.0, 0.15, 0.0]
    assert [o.value for o in pool.map(_nap, naps)] == naps


def _refuse(words):
    if words == "exit":
        sys.exit(3)
    if words:
        raise KeyError(words)
    return "fine"


def test_a_task_that_raises_fails_alone(executor):
    """Its error is the exception's name and text, whatever the backend; the others are not touched."""
    outcomes = executor.map(_refuse, ["", "no such node", "exit", ""])
    assert [(o.ok, o.value) for o in outcomes] == [(True, "fine"), (False, None), (False, None), (True, "fine")]
    assert [o.error for o in outcomes] == ["", "KeyError: 'no such node'", "SystemExit: 3", ""]


def _secret(wanted):
    return (lambda: None) if wanted else "plain"


def test_what_cannot_come_back_is_an_error(pool):
    """A result that can't be sent fails its task alone, in words, and so does a task that can't be sent."""
    good, bad = pool.map(_secret, [False, True])
    assert good.value == "plain"
    assert not bad.ok
    assert "pickle" in bad.error
    assert "pickle" in pool.map(_secret, [lambda: None])[0].error


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


def test_progress_and_results_before_a_cancel_are_kept(pool):
    """What had ended when the cancel came was counted and keeps its value; only the rest is cancelled."""
    seen = []
    outcomes = pool.map(
        _nap, [0.0, 60.0, 60.0], on_progress=lambda done, whole: seen.append((done, whole)), cancel=lambda: bool(seen)
    )
    assert seen == [(1, 3)]
    assert [(o.value, o.error) for o in outcomes] == [(0.0, ""), (None, CANCELLED), (None, CANCELLED)]


def test_a_task_inline_is_told_to_stop():
    """A long task that asks learns of the cancel; its half result is not taken, and no other begins."""
    asked, begun = [], []

    def patient(number):
        begun.append(number)
        while not batch.stopping():
            asked.append(number)
        return number

    outcomes = Executor().map(patient, [1, 2], cancel=lambda: len(asked) >= 3)
    assert [o.error for o in outcomes] == [CANCELLED, CANCELLED]
    assert (asked, begun) == ([1, 1, 1], [1])
    assert not batch.stopping()


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


def test_a_bystander_is_never_blamed():
    """A task whose worker died flies alone until it is cleared, so that others don't fall with it."""
    with Executor("process", 2) as executor:
        outcomes = executor.map(_poison, [13, 1, 13, 2, 3, 4])
    assert [o.value for o in outcomes] == [None, 1, None, 2, 3, 4]
    assert [o.error.count("died 3 times") for o in outcomes] == [1, 0, 1, 0, 0, 0]


def test_a_suspect_flies_alone():
    """Nothing is handed out beside a task whose worker died, and it waits until nothing else is under way."""
    executor, strikes = Executor("process", 3), [1, 0, 0]
    waiting, suspects = deque([1, 2]), deque([0])
    assert executor._next(waiting, suspects, {"busy": 1}, strikes) is None
    assert executor._next(waiting, suspects, {}, strikes) is suspects
    assert executor._next(waiting, deque(), {"suspect": 0}, strikes) is None
    assert executor._next(waiting, deque(), {"busy": 1}, strikes) is waiting
    assert executor._next(deque(), deque(), {"busy": 1}, strikes) is None


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


def _starting(executor):
    """Begin to start the workers and return their process ids."""
    before = {p.pid for p in mp.active_children()}
    executor.start()
    return {p.pid for p in mp.active_children()} - before


def _sleep_long():
    time.sleep(60)


def test_close_ends_workers_that_start():
    """Workers that are still importing, or warming up, are gone too, and their names are forgotten."""
    executor = Executor("process", 2, _sleep_long)
    pids = _starting(executor)
    assert len(pids) == 2
    assert not executor.ready
    executor.close()
    assert _gone(pids)


def test_close_twice_and_work_again():
    """Closing is no end: the executor starts new workers when it is used again."""
    executor = Executor("process", 1)
    executor.close()
    first = executor.map(_pid, [0])[0].value
    assert executor.ready
    executor.close()
    executor.close()
    assert not executor.ready
    second = executor.map(_pid, [0])[0].value
    executor.close()
    assert first != second
    assert _gone([first, second])


def test_ctrl_c_while_workers_start():
    """The terminal interrupts the whole group; workers that have not begun yet live on and work."""
    with Executor("process", 2) as executor:
        pids = _starting(executor)
        for pid in pids:
            os.kill(pid, signal.SIGINT)
        assert {o.value for o in executor.map(_pid, range(6))} <= pids


def test_ready_says_when_all_workers_are_up():
    """Inline is always ready; worker processes are once each has begun."""
    assert Executor().ready
    with Executor("process", 2) as executor:
        assert not executor.ready
        executor.map(_pid, range(4))
        assert executor.ready


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
    """What is run by no executor is never told to stop."""
    assert not batch.stopping()


@pytest.mark.parametrize(("backend", "workers"), [("dask", 1), ("process", 0)])
def test_refuses_what_it_cannot_do(backend, workers):
    """An unknown backend or no worker at all is a usage error."""
    with pytest.raises(UsageError):
        Executor(backend, workers)
