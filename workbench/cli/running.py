"""How a long command runs: what Ctrl-C does, the progress bar, how its seconds are shared out."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Iterator
from types import FrameType
from typing import TYPE_CHECKING

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from workbench.cli.terminal import ERR

if TYPE_CHECKING:
    from workbench.engines import Budget

_STARTED = time.monotonic() - time.process_time()
_AFTER_SHARE = 1.1
_AFTER_LEAST_S = 0.3
_SEARCH_LEAST_S = 0.1


class Interrupts:
    """What Ctrl-C does: it ends the command at once; from `keep` on it is only noted, as there is work to save.

    ``sentence`` is what people are told of a command that was ended.
    """

    def __init__(self) -> None:
        self.asked = self.keeping = False
        self.sentence = ""

    def catch(self) -> None:
        """Take Ctrl-C over for a new command; outside the main thread there is none to take."""
        self.asked = self.keeping = False
        self.sentence = "Interrupted before the end."
        with contextlib.suppress(ValueError):
            signal.signal(signal.SIGINT, self._interrupt)

    def keep(self) -> None:
        """Only note Ctrl-C from now on; one that a library has swallowed ends the command here."""
        if self.asked:
            raise KeyboardInterrupt
        self.keeping = True

    @property
    def ended(self) -> bool:
        """Whether Ctrl-C has ended the command."""
        return self.asked and not self.keeping

    def _interrupt(self, _signal: int, _frame: FrameType | None) -> None:
        self.asked = True
        if not self.keeping:
            raise KeyboardInterrupt


INTERRUPTS = Interrupts()


def budget(seconds: float | None, iterations: int | None) -> Budget:
    """Return what a command may spend: 10 seconds when nothing is said."""
    from workbench.engines import Budget

    if seconds is None and iterations is None:
        seconds = 10.0
    return Budget(seconds=seconds, iterations=iterations)


def left(asked: Budget) -> Budget:
    """Return what the search may spend of a budget for the whole command, by what has been spent so far.

    Checking, explaining and drawing a plan take up to about as long as starting, reading and building did (half of it
    for a brigade, all of it for a division), on whatever machine and under whatever load.
    """
    from workbench.engines import Budget

    if asked.seconds is None:
        return asked
    spent = time.monotonic() - _STARTED
    return Budget(seconds=max(_SEARCH_LEAST_S, asked.seconds - spent - max(_AFTER_LEAST_S, _AFTER_SHARE * spent)))


class Watch:
    """The engine's monitor: moves a progress bar, and wants to stop once Ctrl-C was pressed."""

    def __init__(self, bar: Progress, task: TaskID) -> None:
        self._bar, self._task = bar, task

    def improved(self, seconds: float, cost: int, served: tuple[int, ...], unserved: int) -> None:
        """Show the better plan's figures."""
        self._bar.update(self._task, state=f"cost {cost:,}, {unserved} unserved")

    def progress(self, fraction: float, text: str) -> None:
        """Move the bar."""
        self._bar.update(self._task, completed=fraction)

    def should_stop(self) -> bool:
        """Whether Ctrl-C was pressed."""
        return INTERRUPTS.asked


@contextlib.contextmanager
def watched(*, quiet: bool) -> Iterator[Watch]:
    """Show a progress bar on stderr while an engine works."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[state]}"),
        TimeElapsedColumn(),
        console=ERR,
        disable=quiet,
    )
    task = bar.add_task("planning", total=1.0, state="")
    if not quiet:
        ERR.print("Planning; Ctrl-C keeps the best plan so far.")
    with bar:
        yield Watch(bar, task)
        bar.update(task, completed=1.0)
    if INTERRUPTS.asked:
        ERR.print("Stopped: this is the best plan so far.")
