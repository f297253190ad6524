"""How long the planned ways take in each part of a key's time: what a matrix at the slowest hour can't tell.

A way is one for the whole time of a travel key. Within a part nothing about it changes, so that a vehicle that leaves
and arrives in the same part takes as long as is said there; who can't may wait for the next part, or take what the
matrix says, whichever is sooner. So whoever leaves later never arrives sooner, and nobody takes longer than that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from workbench.ground.hours import DAYLIGHT, Hours
from workbench.ground.roads import IntArray
from workbench.units import Windows

MOST_PARTS = 8
"""Parts of one key's time; beyond it the shortest are joined to their neighbours and count at the slower of both."""


class Paces(NamedTuple):
    """Seconds and metres of the planned ways between some places, per part of a key's time.

    ``parts`` follow each other without a gap. ``seconds`` has the shape (parts, places, places), with -1 where a way
    can't be taken within the part; ``metres`` (places, places), -1 where there is no way at all. No parts: what the
    matrix says holds at any time.
    """

    parts: Windows
    seconds: IntArray
    metres: IntArray

    def planned_s(self, i: int, j: int, whole_s: int, depart_s: int) -> int:
        """Return the seconds to plan with from one place to another when one leaves at a moment; -1 for no way.

        ``whole_s`` is what the matrix says for the whole of the key's time, -1 where it has none.
        """
        found = [depart_s + whole_s] if whole_s >= 0 else []
        for k, (start_s, end_s) in enumerate(self.parts):
            seconds = int(self.seconds[k, i, j])
            done = max(depart_s, start_s) + seconds
            if seconds >= 0 and done <= end_s:
                found.append(done)
        return min(found) - depart_s if found else -1


STEADY = Paces((), np.zeros((0, 0, 0), np.int64), np.zeros((0, 0), np.int64))
"""The paces of a key whose matrix is exact at any time."""


class Ways(NamedTuple):
    """Milliseconds of ways by day, in the dark, and at the slower of both per road; and which shut roads are on each.

    The first has a row for each of the three and a column per way; ``on`` a row per way and a column per road of
    ``shut``.
    """

    ms: IntArray
    shut: tuple[int, ...]
    on: IntArray


def added_up(ways: Sequence[IntArray], regimes_ms: IntArray, hours: Hours) -> Ways:
    """Return what hours can make of ways, each given as its roads; ``regimes_ms`` is as in `hours.REGIMES`."""
    size = np.array([len(way) for way in ways], np.int64)
    roads = np.concatenate([*ways, np.zeros(0, np.int64)]).astype(np.int64)
    ends = np.cumsum(size)
    by_day, in_dark = regimes_ms[DAYLIGHT, roads], regimes_ms[hours.regime, roads]
    totals = []
    for costs in (by_day, in_dark, np.maximum(by_day, in_dark)):
        total = np.concatenate([[0], np.cumsum(costs)])
        totals.append(total[ends] - total[ends - size])
    shut = tuple(sorted(hours.shut.keys() & set(roads.tolist())))
    on = np.zeros((len(ways), len(shut)), np.int64)
    of = np.repeat(np.arange(len(ways)), size)
    for k, road in enumerate(shut):
        on[of[roads == road], k] = 1
    return Ways(np.array(totals, np.int64), shut, on)


def parts(ways: Ways, hours: Hours, start_s: int, end_s: int) -> Windows:
    """Return the parts of a time in which nothing changes for these ways, at most `MOST_PARTS`."""
    spans: list[tuple[int, int]] = [span for road in ways.shut for span in hours.shut[road]]
    if (ways.ms[0] != ways.ms[1]).any():
        spans += hours.dark
    moments = {start_s, end_s} | {moment for span in spans for moment in span if start_s < moment < end_s}
    return fewer(sorted(moments))


def fewer(moments: list[int]) -> Windows:
    """Return the spans between moments, the shortest joined to the shorter neighbour until there are few enough."""
    while len(moments) - 1 > MOST_PARTS:
        inner = range(1, len(moments) - 1)
        drop = min(inner, key=lambda k: (moments[k + 1] - moments[k - 1], k))
        del moments[drop]
    return tuple(pairwise(moments))


def seconds(ways: Ways, hours: Hours, part: tuple[int, int]) -> IntArray:
    """Return the seconds of each way when it is left and done within a part, -1 where a road on it is shut then."""
    start_s, end_s = part
    dark = sum(max(0, min(b, end_s) - max(a, start_s)) for a, b in hours.dark)
    row = 0 if not dark else 1 if dark == end_s - start_s else 2
    shut = [k for k, road in enumerate(ways.shut) if _meets(hours.shut[road], part)]
    blocked = ways.on[:, shut].any(axis=1) if shut else np.zeros(ways.on.shape[0], bool)
    return np.where(blocked, -1, -(-ways.ms[row] // 1000))


def _meets(spans: Iterable[tuple[int, int]], part: tuple[int, int]) -> bool:
    return any(a < part[1] and b > part[0] for a, b in spans)


def joined(found: Paces, planned: IntArray) -> Paces:
    """Return paces with neighbouring parts of equal seconds joined; none where all are as ``planned`` at any time."""
    same = [bool((a == b).all()) for a, b in pairwise(found.seconds)]
    if not len(found.parts) or (all(same) and bool((found.seconds[0] == planned).all())):
        return STEADY
    spans = _joined_spans(found.parts, same)
    first = [k for k in range(len(found.parts)) if k == 0 or not same[k - 1]]
    return Paces(spans, found.seconds[first], found.metres)


def _joined_spans(spans: Windows, same: Sequence[bool]) -> Windows:
    """Return spans with each one joined to the next where ``same`` says so."""
    out = [spans[0]]
    for span, alike in zip(spans[1:], same, strict=True):
        if alike:
            out[-1] = (out[-1][0], span[1])
        else:
            out.append(span)
    return tuple(out)
