"""What a plan of a benchmark instance must keep: all that the checker checks, and what its family adds."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

import numpy as np

from workbench import check as checker
from workbench.constraints import LOADING, Replay, place_words, span_words, time_words
from workbench.instances.setting import Setting
from workbench.plan import Plan, Violation
from workbench.problem import NO_LIMIT


def check(setting: Setting, plan: Plan) -> list[Violation]:
    """Return every violation: those of the checker, then routes that take too long or load before goods are there."""
    found = checker.check(setting.problem, plan)
    limited = any(v.max_duration < inf for v in set(setting.instance.vehicles))
    if limited or setting.instance.release.any():
        replay = Replay(setting.problem, plan)
        found += [*_duration(setting, replay), *_release(setting, replay)]
    return found


def _duration(setting: Setting, replay: Replay) -> Iterator[Violation]:
    """No route takes longer than its vehicle may be out."""
    limits = {}
    for vehicle, kind in zip(setting.instance.vehicles, setting.kinds, strict=True):
        figure = setting.rounding.figures(np.array([min(vehicle.max_duration, NO_LIMIT)]))
        limits[setting.problem.fleet[kind].vehicle_type] = int(figure[0])
    for trace in replay.traces:
        limit = limits.get(trace.route.vehicle_type, NO_LIMIT)
        over = trace.end_s - trace.route.start_s - limit
        if over > 0:
            text = f"{replay.of(trace)} is out {span_words(over)} longer than it may be."
            yield Violation("duration", trace.route.route_id, trace.route.end_node, over / 60, "min", text)


def _release(setting: Setting, replay: Replay) -> Iterator[Violation]:
    """Nothing is loaded before it is released."""
    release = setting.rounding.figures(setting.instance.release).tolist()
    for trace in replay.traces:
        for visit in trace.visits:
            due = max((release[setting.problem.deliveries[i].node] for i in visit.members), default=0)
            if visit.stop.kind in LOADING and visit.begin_s < due and visit.place is not None:
                text = (
                    f"{replay.of(trace)} loads at {place_words(setting.problem, visit.place)} at "
                    f"{time_words(setting.problem, visit.begin_s)}, {span_words(due - visit.begin_s)} before all of it "
                    "is there."
                )
                yield Violation(
                    "release", trace.route.route_id, visit.stop.node, (due - visit.begin_s) / 60, "min", text
                )
