"""Travel of benchmark instances: straight from place to place without a matrix, or as their file lists it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.errors import WorkbenchError
from workbench.ground.paces import STEADY, Paces
from workbench.instances.rounding import Floats, Rounding, decimals
from workbench.problem import IntArray

FARTHEST = 2 * 10**9
"""Coordinates lie within this many of their smallest unit, so that squares of distances fit 64 bits."""


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """Which places may not follow one another: from one of rank a there is no way to one of rank b if ``barred[a, b]``.

    Where ranks are equal, that is said of two different places.
    """

    rank: IntArray
    barred: NDArray[np.bool_]

    def bars(self, rows: IntArray, cols: IntArray) -> NDArray[np.bool_]:
        """Return for rows by columns whether there is no way."""
        out: NDArray[np.bool_] = self.barred[np.ix_(self.rank[rows], self.rank[cols])] & (rows[:, None] != cols)
        return out

    def bar(self, i: int, j: int) -> bool:
        """Return whether there is no way from place i to place j."""
        return i != j and bool(self.barred[self.rank[i], self.rank[j]])


@dataclass(frozen=True, slots=True, eq=False)
class PlaneTravel:
    """Straight-line travel: seconds and metres are the same whole number.

    ``x`` and ``y`` are whole numbers, ``unit`` of them one unit of the file.
    """

    x: IntArray
    y: IntArray
    unit: int
    rounding: Rounding
    order: Order

    def block(self, profile: str, rows: Sequence[int], cols: Sequence[int]) -> tuple[IntArray, IntArray]:
        """Return (seconds, metres), each of shape (len(rows), len(cols)); -1 where there is no way."""
        a, b = np.asarray(rows, dtype=np.int64), np.asarray(cols, dtype=np.int64)
        squares = (self.x[a, None] - self.x[b]) ** 2 + (self.y[a, None] - self.y[b]) ** 2
        out = self.rounding.roots(squares, self.unit)
        if self.order.barred.any():
            out[self.order.bars(a, b)] = -1
        return out, out

    def leg(self, profile: str, i: int, j: int, depart_s: int) -> tuple[int, int] | None:
        """Return (seconds, metres) from place i to place j, or None where there is no way."""
        if self.order.bar(i, j):
            return None
        dx, dy = int(self.x[i] - self.x[j]), int(self.y[i] - self.y[j])
        out = self.rounding.root(dx * dx + dy * dy, self.unit)
        return out, out

    def paces(self, profile: str, places: Sequence[int]) -> Paces:
        """Return none: the way is the same at any time."""
        return STEADY

    def exposure(self, profile: str, rows: Sequence[int], cols: Sequence[int]) -> IntArray:
        """Return zeros: no way is at risk."""
        return np.zeros((len(rows), len(cols)), np.int64)

    def during(self, profile: str, start_s: int, end_s: int) -> str:
        """Return ``profile``: the way is the same at any time."""
        return profile

    def real(self, i: int, j: int) -> float:
        """Return the distance in the file's unit, in full precision."""
        return math.hypot(int(self.x[i] - self.x[j]), int(self.y[i] - self.y[j])) / self.unit


@dataclass(frozen=True, slots=True, eq=False)
class ListedTravel:
    """Travel as a file lists it: seconds and metres are the same whole number, rounded from ``listed``."""

    listed: Floats
    cells: IntArray

    def block(self, profile: str, rows: Sequence[int], cols: Sequence[int]) -> tuple[IntArray, IntArray]:
        """Return (seconds, metres), each of shape (len(rows), len(cols)); -1 where there is no way."""
        out = self.cells[np.ix_(np.asarray(rows, dtype=np.int64), np.asarray(cols, dtype=np.int64))]
        return out, out

    def leg(self, profile: str, i: int, j: int, depart_s: int) -> tuple[int, int] | None:
        """Return (seconds, metres) from place i to place j, or None where there is no way."""
        out = int(self.cells[i, j])
        return None if out < 0 else (out, out)

    def paces(self, profile: str, places: Sequence[int]) -> Paces:
        """Return none: the way is the same at any time."""
        return STEADY

    def exposure(self, profile: str, rows: Sequence[int], cols: Sequence[int]) -> IntArray:
        """Return zeros: no way is at risk."""
        return np.zeros((len(rows), len(cols)), np.int64)

    def during(self, profile: str, start_s: int, end_s: int) -> str:
        """Return ``profile``: the way is the same at any time."""
        return profile

    def real(self, i: int, j: int) -> float:
        """Return the distance in the file's unit, in full precision."""
        return float(self.listed[i, j])


def plane(xy: Floats, rounding: Rounding, order: Order) -> PlaneTravel:
    """Return travel between points.

    Raises
    ------
    WorkbenchError
        When the coordinates have more digits than distances can be exact in.
    """
    unit = 10 ** decimals(xy)
    x, y = np.rint((xy - xy.min(axis=0)).T * unit)
    span = max(float(x.max()), float(y.max()))
    if span > FARTHEST:
        raise WorkbenchError(
            f"The coordinates span {span / unit:,.0f} in steps of 1/{unit:,}: too many digits for exact distances. "
            "Round them to fewer decimal places."
        )
    return PlaneTravel(x.astype(np.int64), y.astype(np.int64), unit, rounding, order)


def listed(weights: Floats, rounding: Rounding, order: Order) -> ListedTravel:
    """Return travel by a list of distances; from a place to itself there is none."""
    cells = rounding.figures(weights)
    np.fill_diagonal(cells, 0)
    everywhere = np.arange(len(cells))
    cells[order.bars(everywhere, everywhere)] = -1
    return ListedTravel(weights, cells)
