"""What the kernels of this family read: a problem, or a piece of one, as integer arrays.

Deliveries, nodes, types and goods are renumbered: only what engines may plan is in. A *lane* is one
shift of one vehicle type. A *token* of a route is a delivery (below ``n``) or a load stop (``n`` plus node).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.problem import CURVE_POINTS, Problem

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Records = NDArray[np.void]
Words = NDArray[np.uint64]


DELIVERY = np.dtype(
    [(name, "i8") for name in ("node", "service", "priority", "share", "bit", "retro", "allow")]
    + [(name, "i8") for name in ("window", "window_end", "way", "way_end", "quantity", "tie", "tie_end")]
    + [(name, "i8") for name in ("ready", "load_by", "due", "aboard")]
    + [("load", "i8", (4,)), ("penalty", "f8"), ("late", "f8")]
)
"""A delivery; its windows, ways and ties are the rows ``window:window_end``, ``way:way_end`` and ``tie:tie_end``.

``allow`` is the bit set of the vehicles that may carry it, ``late`` what a second after ``due`` costs.
"""
WINDOW = np.dtype([("lo", "i8"), ("hi", "i8")])
NODE = np.dtype([("rank", "i8"), ("window", "i8"), ("window_end", "i8")])
"""A node; ``rank`` numbers those where something is loaded, -1 elsewhere."""
WAY = np.dtype([("source", "i8"), ("stock", "i8"), ("load_s", "i8")])
"""One way to load a delivery: where (-1 for retrograde), the row of stock drawn on (-1 for none), and how long."""
TIE = np.dtype([("other", "i8"), ("kind", "i8")])
"""What ties a delivery to another one: `SAME` route, `OTHER` route, or served only where that one is (`AFTER`)."""
SAME, OTHER, AFTER = 0, 1, 2
VEHICLE = np.dtype(
    [(name, "i8") for name in ("depot", "end", "carry", "picks", "range", "trips", "fixed", "turnaround", "bit")]
    + [(name, "i8") for name in ("drive", "rest", "max_drive", "service_ppm", "exposure", "backhaul_last", "longest")]
    + [("capacity", "i8", (4,)), ("km", "f8"), ("hour", "f8"), ("over", "f8")]
    + [("far_m", "i8", (CURVE_POINTS,)), ("lift_kg", "i8", (CURVE_POINTS,))]
)
"""A vehicle type. Its payload by distance is in ``far_m`` and ``lift_kg``, the last point repeated to the end.

``bit`` is its own in the deliveries' ``allow``; a second of overtime costs ``over``.
"""
LANE = np.dtype([(name, "i8") for name in ("vehicle", "key", "start", "end", "regular", "count", "part", "part_end")])
"""A shift of a vehicle type; ``key`` is the row of travel times that hold at any time of it.

Routes end by ``end``, what is after ``regular`` being overtime.

Where the hour makes a difference, the rows ``part:part_end`` of ``part`` say how long ways take when.
"""
PART = np.dtype([("start", "i8"), ("end", "i8")])
"""A part of a shift; the ways left and done within it take what the same row of ``pace`` says."""
LEG = np.dtype([("s", "i8"), ("m", "i8")])
LOADS, SOFT, RESTS, ABOARD, CLEANING, RISK = 1, 2, 4, 8, 16, 32
"""Bits of ``World.uses``: rules that cost time to keep, and that most problems don't have."""


class World(NamedTuple):
    """A problem, or a piece of one, as kernels take it: tables of records.

    ``travel`` is by key, from, to; its seconds are -1 where only some hours allow the way. ``pace`` holds seconds by
    part, from, to, -1 where the way can't be taken in that part. ``exposure`` has the shape of ``travel``, or none
    where `uses` has no ``RISK``. ``clash`` holds per kind of goods the bit set of what it may not meet, ``soiled`` of
    what it may not follow without ``cleaning_s`` of cleaning. ``near`` lists for each delivery the others,
    nearest first, ``place`` each node's position in km. With ``weighted`` 1, plans compare by cost plus the
    ``penalty`` of what they leave out, else by what they serve and then by cost. ``uses`` says which of the costly
    rules there are, ``risk`` what a millionth of a neper of exposure costs, ``imbalance`` a second by which the
    longest route exceeds the mean.
    """

    delivery: Records
    window: Records
    node: Records
    way: Records
    vehicle: Records
    lane: Records
    travel: Records
    part: Records
    pace: Ints
    exposure: Ints
    tie: Records
    clash: Ints
    soiled: Ints
    cleaning_s: int
    stock: Ints
    near: Ints
    place: Floats
    weighted: int
    uses: int
    risk: float
    imbalance: float


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A problem's `World` and what its numbers mean: indices of deliveries, places and types."""

    problem: Problem
    world: World
    deliveries: tuple[int, ...]
    places: tuple[int, ...]
    types: tuple[int, ...]
