"""Where on a route one more delivery could go: every place, tried with as little work as possible."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from workbench.constraints.trial import NEVER, Known, Outcome, Run, Step, Trials
from workbench.problem import VehicleType

Found = tuple[tuple[Step, ...], int, Outcome]
"""The steps with the delivery in, which of them serves it, and what becomes of them."""


@dataclass(eq=False)
class Search:
    """One delivery against one route. ``limit`` is the badness that is not worth a look; it may fall on the way.

    ``due`` holds the latest starts of the route's own steps (`Trials.deadlines`); empty where the route may
    be late anyway.
    """

    trials: Trials
    vehicle: VehicleType
    shift: tuple[int, int]
    known: Known
    delivery: int
    sources: Sequence[int]
    limit: int
    due: dict[int, int]

    def places(self, near: Container[int] | None = None) -> Iterator[Found]:
        """Yield every way to put the delivery in; with ``near``, only where one of those steps would serve it."""
        d, steps = self.trials.problem.deliveries[self.delivery], self.known.steps
        me = (self.delivery,)
        if not self.vehicle.takes(d):
            return
        if d.kind == "retrograde":
            run = self.known.runs[0].fork(self.trials, self.shift)
            yield from self._along(run, (), 0, Step("pickup", d.node, me), near)
            return
        serve = Step("deliver", d.node, me)
        for k, step in enumerate(steps):
            if step.kind == "load" and step.place in self.sources:
                joined = Step("load", step.place, (*step.deliveries, *me))
                yield from self._loading(k, joined, k + 1, serve, near)
        for source in self.sources:
            for k in range(len(steps) + 1):
                if not (k and steps[k - 1][:2] == ("load", source)):
                    yield from self._loading(k, Step("load", source, me), k, serve, near)

    def _loading(self, k: int, load: Step, following: int, serve: Step, near: Container[int] | None) -> Iterator[Found]:
        """Load it as step k, then go on with the route's own steps from ``following``."""
        if self.known.runs[k].badness >= self.limit:
            return
        run = self.known.runs[k].fork(self.trials, self.shift)
        run.do(k, load)
        if run.badness < self.limit:
            yield from self._along(run, (*self.known.steps[:k], load), following, serve, near)

    def _along(
        self, run: Run, lead: tuple[Step, ...], following: int, serve: Step, near: Container[int] | None
    ) -> Iterator[Found]:
        """Serve it next, or after each further step of the route in turn."""
        steps = self.known.steps
        for j in range(following, len(steps) + 1):
            at = len(lead) + j - following
            if near is None or at in near:
                head = (*lead, *steps[following:j])
                yield from self._served(run, head, serve, j)
                if j < len(steps) and steps[j][:2] == serve[:2]:
                    joined = Step(serve.kind, serve.place, (*steps[j].deliveries, *serve.deliveries))
                    yield from self._served(run, head, joined, j + 1)
            if j == len(steps):
                return
            twice = j == following and lead and steps[j][:2] == lead[-1][:2]  # loading once is as good
            if twice:
                return
            run.do(at, steps[j])
            if run.badness >= self.limit:
                return

    def _served(self, before: Run, head: tuple[Step, ...], serve: Step, j: int) -> Iterator[Found]:
        """Serve it now and do the rest of the route."""
        run = before.fork(self.trials, self.shift)
        run.do(len(head), serve)
        rest = self.known.steps[j:]
        if run.badness >= self.limit:
            return
        for n, step in enumerate(rest, len(head) + 1):
            run.do(n, step)
            if run.badness >= self.limit or run.begins[-1] > self.due.get(id(step), NEVER):
                return
        run.finish(len(head) + 1 + len(rest))
        if run.badness < self.limit:
            yield (*head, serve, *rest), len(head), run.outcome()
