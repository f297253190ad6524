"""Solve in a child process, so that a page stays alive: progress, cancel, result, crash report.

A job owns one fresh interpreter (and whatever that one starts), which imports ``workbench`` and nothing
of the caller's. It ends with its parent, however the parent ends: its standard input closes then.
Callbacks run in the job's own thread.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, Literal

import pandas as pd

from workbench import engines, explain, report, scenario
from workbench import problem as problems
from workbench.engines import Budget, Quiet
from workbench.errors import WorkbenchError
from workbench.plan import Plan
from workbench.problem import Problem

State = Literal["running", "done", "cancelled", "failed", "killed"]
EVENT_S = 0.1
"""Least time between two progress events."""
GRACE_S = 15.0
"""How long a cancelled job may take before it is killed."""
ANSWER_S = 0.35
"""How long it may take where it has handed over a plan already: then that one is taken."""
PLAN_S = 0.25
"""Least time between two plans that the child hands over, so that they are not lost with it."""
_CHILD = "from workbench import jobs; jobs.work()"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is. ``cost``, ``unserved`` and ``served`` (shares per priority) are None before the first plan.

    ``curve`` holds (seconds, cost, unserved deliveries) at every improvement so far.
    """

    fraction: float = 0.0
    text: str = ""
    seconds: float = 0.0
    cost: int | None = None
    unserved: int | None = None
    served: tuple[int, ...] | None = None
    curve: tuple[tuple[float, int, int], ...] = ()


class Job:
    """One solve in a child process; made by `start`.

    ``plan`` is the result: completed with verdict and reasons when ``state`` is done, as the engine left it
    when cancelled; when failed or killed, the best one that had come by then, None if none had. ``reasons`` are
    those of `explain.unserved` for a plan that is done. ``error`` is the sentence to show when ``state`` is failed
    or killed.
    """

    def __init__(
        self,
        arguments: tuple[Any, ...],
        on_progress: Callable[[Progress], None] | None = None,
        on_done: Callable[[Job], None] | None = None,
    ) -> None:
        self.state: State = "running"
        self.progress = Progress(text="Starting")
        self.plan: Plan | None = None
        self.reasons: pd.DataFrame | None = None
        self.error = ""
        self._best: Plan | None = None
        self._arguments = arguments
        self._on_progress = on_progress or (lambda progress: None)
        self._on_done = on_done or (lambda job: None)
        self._asked = False
        self._process = subprocess.Popen(
            [sys.executable, "-c", _CHILD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            start_new_session=True,  # Ctrl-C in the parent's terminal is not for the solver
        )
        _RUNNING.add(self)
        self._thread = threading.Thread(target=self._watch, name="workbench-job", daemon=True)
        self._thread.start()

    def __repr__(self) -> str:
        return f"Job({self.state}, {self.progress.fraction:.0%})"

    def cancel(self) -> None:
        """Ask for the best plan so far. There is one soon, also where the solver doesn't answer (`ANSWER_S`)."""
        if self._asked or self.state != "running":
            return
        source, _, engine, budget, seed, _ = self._arguments
        if self.plan is None and self._best is None and isinstance(source, Problem):
            with contextlib.suppress(WorkbenchError):  # what it refuses the child says
                self.plan = engines.solve(source, engine, budget, seed, 1, _Stopped())
        self._asked = True
        if self.plan is not None:  # nothing found yet, or all found and only the explanations are missing
            self._kill()
            return
        with contextlib.suppress(OSError, ValueError):
            _send(self._input, b"stop")
        timer = threading.Timer(GRACE_S if self._best is None else ANSWER_S, self._kill)
        timer.daemon = True
        timer.start()

    def wait(self, timeout: float | None = None) -> Job:
        """Block until the job has ended and its ``on_done`` has returned, or ``timeout`` seconds are over."""
        self._thread.join(timeout)
        return self

    @property
    def _input(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    def _watch(self) -> None:
        """Body of the job's thread: hand over the problem, take messages until the end, clean up."""
        try:
            with contextlib.suppress(OSError):  # a child that died at once says so by its silence
                _send(self._input, self._arguments)
            assert self._process.stdout is not None
            while self.state == "running":
                self._take(*_receive(self._process.stdout))
        except (EOFError, OSError, pickle.UnpicklingError):
            self._broken_off()
        finally:
            self._end()
            self._on_done(self)

    def _take(self, kind: str, value: Any) -> None:
        if kind == "progress":
            self.progress = value
            self._on_progress(value)
        elif kind == "best":
            self._best = value
        elif kind == "plan":
            self.plan = value
            self.state = "cancelled" if self._asked else "running"
        elif kind == "done":
            (self.plan, self.reasons), self.state = value, "cancelled" if self._asked else "done"
        else:
            self._fail("failed", value)

    def _broken_off(self) -> None:
        """Say what it means that the child fell silent."""
        code = self._process.wait()
        if self._asked and (self.plan or self._best) is not None:
            self.plan, self.state = self.plan or self._best, "cancelled"
        elif self._asked:
            self._fail("killed", "The solver did not answer and was stopped.")
        else:
            self._fail("failed", f"The solver process ended by itself (code {code}).")

    def _fail(self, state: State, why: str) -> None:
        """Keep the best plan that has come, and say so."""
        self.plan = self.plan or self._best
        kept = " The best plan it had reported is kept." if self.plan is not None else ""
        self.state, self.error = state, f"{why.rstrip()}{kept}"

    def _end(self) -> None:
        if self.state == "done":
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(1.0)
        self._kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                pipe.close()  # type: ignore[union-attr]
        _RUNNING.discard(self)

    def _kill(self) -> None:
        """Kill the child and, with its group, the workers it started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()


_RUNNING: set[Job] = set()


def start(
    source: Problem | scenario.Scenario | Path | str,
    coa: str = "baseline",
    engine: str = "auto",
    budget: Budget | None = None,
    seed: int = 1,
    jobs: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    on_done: Callable[[Job], None] | None = None,
) -> Job:
    """Solve a problem, a scenario or a scenario folder in a child process and return at once.

    ``on_progress`` gets a `Progress` at most ten times a second, ``on_done`` the ended `Job`; both
    are called from the job's thread. ``budget`` is 10 s when not given.
    """
    return Job((source, coa, engine, budget or Budget(seconds=10), seed, jobs), on_progress, on_done)


class _Stopped(Quiet):
    """A monitor that wants no search at all."""

    def should_stop(self) -> bool:
        return True


class _Reporter:
    """The engine's monitor inside the child: thins its calls to one message per `EVENT_S`, one plan per `PLAN_S`."""

    def __init__(self, send: Callable[[Any], None]) -> None:
        self.stopped = threading.Event()
        self._send = send
        self._start = time.monotonic()
        self._sent = -EVENT_S
        self._kept = -PLAN_S
        self._better: Callable[[], Plan] | None = None
        self._now = Progress()

    def improved(self, seconds: float, cost: int, served: tuple[int, ...], unserved: int) -> None:
        point = (round(seconds, 3), int(cost), int(unserved))
        curve = (*self._now.curve, point)
        self._note(curve=curve, cost=int(cost), served=tuple(served), unserved=int(unserved))

    def progress(self, fraction: float, text: str) -> None:
        self._note(fraction=min(1.0, max(0.0, fraction)), text=text)
        self._hand_over()

    def keep(self, plan: Callable[[], Plan]) -> None:
        self._better = plan
        self._hand_over()

    def _hand_over(self) -> None:
        elapsed = time.monotonic() - self._start
        if self._better is not None and elapsed - self._kept >= PLAN_S:
            self._send(("best", self._better()))
            self._kept, self._better = elapsed, None

    def should_stop(self) -> bool:
        return self.stopped.is_set()

    def _note(self, **changes: Any) -> None:
        elapsed = time.monotonic() - self._start
        self._now = replace(self._now, seconds=round(elapsed, 2), **changes)
        if elapsed - self._sent >= EVENT_S:
            self.flush()

    def flush(self) -> None:
        """Send what is known now."""
        self._sent = time.monotonic() - self._start
        self._send(("progress", self._now))


def work() -> None:
    """Body of the child process: read the task from standard input, solve, complete, send each result."""
    with contextlib.suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    output = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what an engine prints must not mix with our messages
    lock = threading.Lock()

    def send(message: Any) -> None:
        with lock:
            _send(output, message)

    source, coa, engine, budget, seed, jobs = _receive(sys.stdin.buffer)
    reporter = _Reporter(send)
    threading.Thread(target=_listen, args=(reporter.stopped,), name="workbench-listen", daemon=True).start()
    try:
        reporter.progress(0.0, "Reading the scenario")
        problem = _problem(source, coa)
        reporter.progress(0.0, "Solving")
        plan = engines.solve(problem, engine=engine, budget=budget, seed=seed, jobs=jobs, monitor=reporter)
        reporter.progress(1.0, "Checking and explaining")
        reporter.flush()
        send(("plan", plan))
        reasons = explain.unserved(problem, plan)
        send(("done", (report.complete(problem, plan, reasons), reasons)))
    except WorkbenchError as error:
        send(("error", str(error)))
    except Exception:
        send(("error", traceback.format_exc(limit=-3)))


def _problem(source: Any, coa: str) -> Problem:
    if isinstance(source, Problem):
        return source
    loaded = source if isinstance(source, scenario.Scenario) else scenario.load(source)
    return problems.build(loaded, coa=coa)


def _listen(stopped: threading.Event) -> None:
    """Wait for the word to stop; end at once, workers included, when the parent is gone."""
    try:
        _receive(sys.stdin.buffer)
        stopped.set()
        _receive(sys.stdin.buffer)
    except (EOFError, OSError):
        if hasattr(os, "killpg") and os.getpgid(0) == os.getpid():
            os.killpg(0, signal.SIGKILL)
        os._exit(1)


def _send(pipe: IO[bytes], message: Any) -> None:
    body = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    pipe.write(len(body).to_bytes(8, "big") + body)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> Any:
    """Return the next message; EOFError when the other side is gone."""
    size = pipe.read(8)
    if len(size) < 8:
        raise EOFError
    body = pipe.read(int.from_bytes(size, "big"))
    return pickle.loads(body)  # from our own child or parent, never from a file or a network


@atexit.register
def _end_all() -> None:
    """Leave no solver behind when the interpreter ends."""
    for job in tuple(_RUNNING):
        job._kill()
