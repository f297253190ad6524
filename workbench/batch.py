"""Run many tasks of one function: here, or in worker processes; results in the order of the tasks.

Workers are spawned (a kernel has threads, so it must not be forked), ignore Ctrl-C, and end when their
parent does. A worker that dies takes nothing with it but what it was working on.
"""

from __future__ import annotations

import multiprocessing as mp
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any, Generic, Literal, TypeVar

from workbench.errors import UsageError

T = TypeVar("T")
R = TypeVar("R")

STRIKES = 3
"""How often a task may take its worker down before it is marked as failed."""
POLL_S = 0.02
CANCELLED = "cancelled"

Cancel = Callable[[], bool]
Landed = tuple[int, R | None, str]
"""Number of a task, its value, its error."""

_up: Any = None
_asked: ContextVar[Cancel | None] = ContextVar("asked", default=None)


@dataclass(frozen=True, slots=True)
class Outcome(Generic[R]):
    """What became of one task: its ``value``, or an ``error`` sentence (empty when all went well)."""

    key: Hashable
    value: R | None = None
    error: str = ""

    @property
    def ok(self) -> bool:
        """Whether the task ran to its end."""
        return not self.error


def stopping() -> bool:
    """Whether the task that asks should end early, as nobody waits for its result any more.

    Tasks that run inline for longer than a moment ask this; in a worker it is always False, as that is ended
    from outside.
    """
    asked = _asked.get()
    return asked is not None and asked()


class Executor:
    """Runs tasks ``inline`` or in ``process`` workers; use it in a ``with`` block, or `close` it.

    ``fn`` and its tasks must be importable and picklable for the process backend: functions defined in
    a notebook cell are not. ``warm`` is called once in each worker before its first task.

    Raises
    ------
    UsageError
        For an unknown backend or less than one worker.
    """

    def __init__(
        self,
        backend: Literal["inline", "process"] = "inline",
        workers: int | None = None,
        warm: Callable[[], None] | None = None,
    ) -> None:
        if backend not in ("inline", "process"):
            raise UsageError(f"Expected a backend of inline or process, got {backend!r}.")
        if workers is not None and workers < 1:
            raise UsageError(f"Expected one worker or more, got {workers}.")
        self.backend = backend
        self.workers = workers or os.cpu_count() or 1
        self._warm = warm
        self._context = _Spawn()
        self._up: Any = None
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Executor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def ready(self) -> bool:
        """Whether every worker is up; always True inline."""
        return self.backend == "inline" or (self._up is not None and self._up.value >= self.workers)

    def start(self) -> None:
        """Begin to start the workers and return at once; `map` does so by itself."""
        if self.backend == "inline" or self._pool is not None:
            return
        self._up = self._context.Value("i", 0)
        self._pool = ProcessPoolExecutor(
            self.workers, self._context, initializer=_begin, initargs=(self._up, self._warm)
        )
        for _ in range(self.workers):  # the pool starts a worker for each task that finds none idle
            self._pool.submit(_await_all, self.workers)

    def close(self) -> None:
        """End the workers, also in the middle of a task; the next use starts new ones."""
        if self._pool is not None:
            self._context.kill()
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None
            self._up = None

    def map(
        self,
        fn: Callable[[T], R],
        tasks: Sequence[T],
        *,
        key: Callable[[T], Hashable] | None = None,
        on_progress: Callable[[int, int], None] | None = None,
        cancel: Cancel | None = None,
    ) -> list[Outcome[R]]:
        """Run ``fn`` on every task and return one `Outcome` per task, in the order of the tasks.

        A task that raises fails alone, with the exception as its error. A task whose worker dies is run
        again by itself, and fails when that happened `STRIKES` times. ``on_progress`` gets (done, all)
        after each task; ``cancel`` is asked often, and once it says True what hasn't finished comes
        back as "cancelled": in workers at once, inline when the task has ended or heeded `stopping`.
        ``key`` names the outcomes; their number in the list when not given.
        """
        keys: list[Hashable] = [key(task) for task in tasks] if key else list(range(len(tasks)))
        run = self._inline if self.backend == "inline" else self._spread
        found: dict[int, tuple[R | None, str]] = {}
        for number, value, error in run(fn, tasks, cancel or (lambda: False)):
            found[number] = (value, error)
            if on_progress is not None:
                on_progress(len(found), len(tasks))
        return [Outcome(k, *found.get(i, (None, CANCELLED))) for i, k in enumerate(keys)]

    def _inline(self, fn: Callable[[T], R], tasks: Sequence[T], cancel: Cancel) -> Iterator[Landed[R]]:
        for number, task in enumerate(tasks):
            if cancel():
                return
            heeded = False

            def asked() -> bool:
                nonlocal heeded
                heeded = heeded or cancel()
                return heeded

            token = _asked.set(asked)
            try:
                value, error = _guarded(fn, task)
            finally:
                _asked.reset(token)
            if heeded:
                return
            yield number, value, error

    def _spread(self, fn: Callable[[T], R], tasks: Sequence[T], cancel: Cancel) -> Iterator[Landed[R]]:
        waiting, suspects = deque(range(len(tasks))), deque[int]()
        strikes = [0] * len(tasks)
        flying: dict[Future[tuple[R | None, str]], int] = {}
        while waiting or suspects or flying:
            if cancel():
                self.close()
                return
            while (queue := self._next(waiting, suspects, flying, strikes)) is not None:
                if not self._launch(fn, tasks, queue, flying):
                    break
            done, _ = wait(flying, timeout=POLL_S, return_when=FIRST_COMPLETED)
            if any(isinstance(f.exception(), BrokenProcessPool) for f in done):
                yield from self._recover(flying, strikes, suspects)
                continue
            for future in sorted(done, key=flying.__getitem__):
                yield (flying.pop(future), *_landed(future))

    def _next(
        self, waiting: deque[int], suspects: deque[int], flying: dict[Any, int], strikes: Sequence[int]
    ) -> deque[int] | None:
        """Return the queue to take the next task from, None for not now: one whose worker died flies alone."""
        if suspects:
            return None if flying else suspects
        full = len(flying) >= self.workers or any(strikes[number] for number in flying.values())
        return waiting if waiting and not full else None

    def _launch(
        self,
        fn: Callable[[T], R],
        tasks: Sequence[T],
        queue: deque[int],
        flying: dict[Future[tuple[R | None, str]], int],
    ) -> bool:
        """Give the first task of a queue to a worker; return False when the workers have died meanwhile."""
        self.start()
        assert self._pool is not None
        try:
            flying[self._pool.submit(_guarded, fn, tasks[queue[0]])] = queue[0]
        except BrokenProcessPool:
            if not flying:  # else what was under way says so, and is seen to
                self.close()
            return False
        queue.popleft()
        return True

    def _recover(
        self, flying: dict[Future[tuple[R | None, str]], int], strikes: list[int], suspects: deque[int]
    ) -> Iterator[Landed[R]]:
        """After a worker died: keep what had finished, put the rest aside to run one by one."""
        wait(flying, timeout=5.0)
        for future, number in sorted(flying.items(), key=lambda item: item[1]):
            if future.done() and not isinstance(future.exception(), BrokenProcessPool):
                yield (number, *_landed(future))
                continue
            strikes[number] += 1
            if strikes[number] >= STRIKES:
                yield number, None, f"The worker died {STRIKES} times on this task."
            else:
                suspects.append(number)
        flying.clear()
        self.close()


def _guarded(fn: Callable[[T], R], task: T) -> tuple[R | None, str]:
    """Run one task; an exception becomes its error."""
    try:
        return fn(task), ""
    except (Exception, SystemExit) as error:
        return None, _sentence(error)


def _landed(future: Future[tuple[R | None, str]]) -> tuple[R | None, str]:
    """Return what a task in a worker gave; that it could not be sent or sent back is its error too."""
    error = future.exception()
    return (None, _sentence(error)) if error is not None else future.result()


def _sentence(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _begin(up: Any, warm: Callable[[], None] | None) -> None:
    """Set a worker up: no Ctrl-C, and a watch on the parent."""
    global _up
    _up = up
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_watch, name="workbench-worker-watch", daemon=True).start()
    if warm is not None:
        warm()
    with up.get_lock():
        up.value += 1


def _await_all(workers: int) -> None:
    """Hold a worker until all are up, so that none is idle before each has been started."""
    while _up.value < workers:
        time.sleep(0.005)


def _watch() -> None:
    """End this worker when its parent has ended, however that came about."""
    parent = mp.parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)


class _Worker(SpawnProcess):
    """A worker process that does not import the main module of its parent."""

    def start(self) -> None:
        """Start the process."""
        with _main_hidden(), _interrupts_held():
            super().start()


class _Spawn(SpawnContext):
    """Starts processes by spawn and remembers them, so that they can be ended also while they start."""

    def __init__(self) -> None:
        super().__init__()
        self._started: list[_Worker] = []

    def Process(self, *args: Any, **kwargs: Any) -> _Worker:  # type: ignore[override]
        """Return a new process; the pool calls this."""
        self._started.append(_Worker(*args, **kwargs))
        return self._started[-1]

    def kill(self) -> None:
        """End every process at once."""
        for process in self._started:
            if process.pid is not None:
                process.kill()
        self._started.clear()


_hiding = threading.Lock()


@contextmanager
def _main_hidden() -> Iterator[None]:
    """Hide the caller's main module while workers start.

    A spawned process imports its parent's main module first. Tasks live in importable modules, so that
    would only cost time, and run a script that lacks the ``__main__`` guard a second time.
    """
    main = sys.modules["__main__"]
    with _hiding:
        saved: dict[str, Any] = {
            name: main.__dict__.pop(name) for name in ("__file__", "__spec__") if name in main.__dict__
        }
        main.__dict__["__spec__"] = None
        try:
            yield
        finally:
            main.__dict__.pop("__spec__", None)
            main.__dict__.update(saved)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Keep Ctrl-C waiting: a process that starts now never sees one, not even before `_begin`."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
