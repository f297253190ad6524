"""From the numbers of a benchmark file to whole numbers, exactly as its family has it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from workbench.errors import UsageError
from workbench.problem import IntArray

Floats = NDArray[np.float64]
Way = Literal["down", "nearest", "up"]

_TURNED: dict[Way, Callable[[Floats], Floats]] = {
    "down": np.floor,
    "nearest": lambda x: np.floor(x + 0.5),
    "up": np.ceil,
}
_DUST = 1e-6
"""A figure this near to where its rounding turns is worked out again in whole numbers."""


@dataclass(frozen=True, slots=True)
class Rounding:
    """One whole number is a ``scale``-th of the file's unit; ``way`` says which whole number a distance becomes."""

    word: str
    scale: int
    way: Way

    def figures(self, values: Floats) -> IntArray:
        """Return figures of a file (times, prices) as whole numbers, by the same rule as distances."""
        scaled = np.round(np.asarray(values, dtype=np.float64) * self.scale, 6)  # 0.29 * 100 is not 29
        return np.asarray(_TURNED[self.way](scaled), dtype=np.int64)

    def root(self, square: int, unit: int) -> int:
        """Return the distance whose square is ``square`` units to the 2, ``unit`` units being one of the file's."""
        if self.way == "nearest":
            return (isqrt(4 * self.scale**2 * square // unit**2) + 1) // 2
        low = isqrt(self.scale**2 * square // unit**2)
        return low + (self.way == "up" and low**2 * unit**2 < self.scale**2 * square)

    def roots(self, squares: IntArray, unit: int) -> IntArray:
        """Return `root` of each: reckoned in floating point, and again exactly where that is not sure."""
        about = np.sqrt(squares.astype(np.float64)) * (self.scale / unit)
        turn = np.floor(about) + 0.5 if self.way == "nearest" else np.rint(about)
        out: IntArray = _TURNED[self.way](about).astype(np.int64)
        for at in np.argwhere(np.abs(about - turn) < _DUST * np.maximum(1.0, about)):
            out[tuple(at)] = self.root(int(squares[tuple(at)]), unit)
        return out


ROUNDINGS = {
    r.word: r
    for r in (
        Rounding("round", 1, "nearest"),
        Rounding("dimacs", 10, "down"),
        Rounding("exact", 1000, "nearest"),
        Rounding("real", 10_000, "up"),
    )
}
"""Every rounding by its word. ``real`` plans in ten-thousandths, rounded up, and states costs in full precision."""

_DEFAULTS = {
    "CVRP": "round", "ACVRP": "round", "VRPB": "round", "VRPTW": "dimacs", "CVRPTW": "dimacs", "PCVRPTW": "dimacs",
    "MTVRPTWR": "dimacs", "PDPTW": "real",
}  # fmt: skip


def rounding_of(family: str, word: str | None = None) -> Rounding:
    """Return a rounding by its word, or the one that published figures of the family have.

    Raises
    ------
    UsageError
        For a word that is none of `ROUNDINGS`.
    """
    word = word or _DEFAULTS.get(family, "exact")
    if word not in ROUNDINGS:
        raise UsageError(f"Expected a rounding of {', '.join(ROUNDINGS)}, got {word!r}.")
    return ROUNDINGS[word]


def decimals(values: Floats, most: int = 9) -> int:
    """Return after how many decimal places all the figures end, at most ``most``."""
    for k in range(most):
        if np.array_equal(np.rint(values * 10**k) / 10**k, values):
            return k
    return most
