"""Solve in a child process, so that a page stays alive: progress, cancel, result, crash report.

A job owns one spawned process (and whatever that one starts). It ends with its parent, however the
parent ends. Callbacks run in the job's own thread.
"""

from __future__ import annotations

import atexit
import contextlib
import multiprocessing as mp
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Literal

from workbench import engines, report, scenario
from workbench import problem as problems
from workbench.engines import Budget
from workbench.errors import WorkbenchError
from workbench.plan import Plan
from workbench.problem import Problem

State = Literal["running", "done", "cancelled", "failed", "killed"]
EVENT_S = 0.1
"""Least time between two progress events."""
GRACE_S = 3.0
"""How long a cancelled job may take before it is killed."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is. ``cost``, ``unserved`` and ``served`` (shares per priority) are None before the first plan.

    ``curve`` holds (seconds, cost, unserved) at every improvement so far.
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

    ``plan`` is the result (completed with verdict and reasons unless it was cancelled), ``error``
    the sentence to show when ``state`` is failed or killed.
    """

    def __init__(
        self,
        arguments: tuple[Any, ...],
        on_progress: Callable[[Progress], None] | None = None,
        on_done: Callable[[Job], None] | None = None,
    ) -> None:
        context = mp.get_context("spawn")  # a kernel has threads: it must never be forked
        self.state: State = "running"
        self.progress = Progress(text="Starting")
        self.plan: Plan | None = None
        self.error = ""
        self._on_progress = on_progress or (lambda progress: None)
        self._on_done = on_done or (lambda job: None)
        self._stop = context.Event()
        self._kill_at: float | None = None
        self._receiver, sender = context.Pipe(duplex=False)
        self._process = context.Process(target=_work, args=(sender, self._stop, *arguments), name="workbench-solve")
        self._process.start()
        sender.close()
        _RUNNING.add(self)
        self._thread = threading.Thread(target=self._watch, name="workbench-job", daemon=True)
        self._thread.start()

    def __repr__(self) -> str:
        return f"Job({self.state}, {self.progress.fraction:.0%})"

    def cancel(self) -> None:
        """Ask for the best plan so far; the process is killed if it doesn't answer within `GRACE_S`."""
        self._stop.set()
        self._kill_at = self._kill_at or time.monotonic() + GRACE_S

    def wait(self, timeout: float | None = None) -> Job:
        """Block until the job has ended and its ``on_done`` has returned, or ``timeout`` seconds are over."""
        self._thread.join(timeout)
        return self

    def _watch(self) -> None:
        try:
            while self.state == "running":
                self._step()
        finally:
            self._end_process()
            _RUNNING.discard(self)
            self._on_done(self)

    def _step(self) -> None:
        if self._receiver.poll(0.05):
            try:
                kind, value = self._receiver.recv()
            except (EOFError, OSError):
                self._process.join(1.0)
                self._finish("failed", error=f"The solver process ended with code {self._process.exitcode}.")
                return
            self._take(kind, value)
        elif self._kill_at is not None and time.monotonic() > self._kill_at:
            if self.plan is None:
                self._finish("killed", error="The solver did not answer and was stopped; no plan came back.")
            else:
                self._finish("cancelled")

    def _take(self, kind: str, value: Any) -> None:
        if kind == "progress":
            self.progress = value
            self._on_progress(value)
        elif kind == "plan":
            self.plan = value
            if self._stop.is_set():
                self._finish("cancelled")
        elif kind == "done":
            self.plan = value
            self.progress = replace(self.progress, fraction=1.0, text="Done")
            self._finish("cancelled" if self._stop.is_set() else "done")
        else:
            self._finish("failed", error=value)

    def _finish(self, state: State, error: str = "") -> None:
        self.state, self.error = state, error

    def _end_process(self) -> None:
        if self.state == "done":
            self._process.join(1.0)
        if self._process.is_alive() and self._process.pid is not None:
            _kill_group(self._process.pid)
            self._process.kill()
        self._process.join(5.0)
        self._receiver.close()


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


class _Reporter:
    """The engine's monitor inside the child: thins its calls to one message per `EVENT_S`."""

    def __init__(self, sender: Connection, stop: Any) -> None:
        self._sender, self._stop = sender, stop
        self._start = time.monotonic()
        self._sent = 0.0
        self._now = Progress()
        self._lock = threading.Lock()

    def improved(self, seconds: float, cost: int, served: tuple[int, ...], unserved: int) -> None:
        point = (round(seconds, 3), int(cost), int(unserved))
        changes = {"cost": int(cost), "served": tuple(served), "unserved": int(unserved)}
        self._note(curve=(*self._now.curve, point), **changes)

    def progress(self, fraction: float, text: str) -> None:
        self._note(fraction=min(1.0, max(0.0, fraction)), text=text)

    def should_stop(self) -> bool:
        return bool(self._stop.is_set())

    def _note(self, **changes: Any) -> None:
        with self._lock:
            elapsed = time.monotonic() - self._start
            self._now = replace(self._now, seconds=round(elapsed, 2), **changes)
            if elapsed - self._sent >= EVENT_S:
                self.flush()

    def flush(self) -> None:
        """Send what is known now."""
        self._sent = time.monotonic() - self._start
        self._sender.send(("progress", self._now))


def _work(sender: Connection, stop: Any, source: Any, coa: str, engine: str, budget: Any, seed: int, jobs: Any) -> None:
    """Body of the child process: build, solve, complete, and send each step's result."""
    _detach()
    try:
        reporter = _Reporter(sender, stop)
        reporter.progress(0.0, "Reading the scenario")
        problem = _problem(source, coa)
        reporter.progress(0.0, "Solving")
        plan = engines.solve(problem, engine=engine, budget=budget, seed=seed, jobs=jobs, monitor=reporter)
        reporter.progress(1.0, "Checking and explaining")
        reporter.flush()
        sender.send(("plan", plan))
        sender.send(("done", report.complete(problem, plan)))
    except WorkbenchError as error:
        sender.send(("error", str(error)))
    except BaseException:
        sender.send(("error", traceback.format_exc(limit=-3)))
        raise


def _problem(source: Any, coa: str) -> Problem:
    if isinstance(source, Problem):
        return source
    loaded = source if isinstance(source, scenario.Scenario) else scenario.load(source)
    return problems.build(loaded, coa=coa)


def _detach() -> None:
    """Leave the parent's group (its Ctrl-C is not ours), and end with the parent whatever ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "setsid"):
        os.setsid()
    parent = mp.parent_process()
    if parent is None:
        raise RuntimeError("A job's body runs in a child process only.")

    def watch() -> None:
        wait([parent.sentinel])
        _kill_group(os.getpid())
        os._exit(1)

    threading.Thread(target=watch, name="workbench-parent-watch", daemon=True).start()


def _kill_group(pid: int) -> None:
    """Kill the child's process group, which holds its own workers too."""
    with contextlib.suppress(ProcessLookupError, PermissionError, AttributeError):
        if os.getpgid(pid) == pid:
            os.killpg(pid, signal.SIGKILL)


@atexit.register
def _end_all() -> None:
    """Leave no solver behind when the interpreter ends (multiprocessing would wait for it)."""
    for job in tuple(_RUNNING):
        job._kill_at = 0.0
        if job._process.is_alive() and job._process.pid is not None:
            _kill_group(job._process.pid)
            job._process.kill()
