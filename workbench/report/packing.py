"""Lines and areas in few bytes, for a browser to draw: steps between points as variable-length whole numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.report.geometry import LonLat

UNIT = 100_000
"""Whole numbers per degree: about a metre."""


def packed(parts: Sequence[Sequence[LonLat]], tags: Sequence[int]) -> bytes:
    """Return lines one after the other: for each its number of points, its tag, and the steps from point to point.

    A step is zigzag-coded (0, -1, 1, -2 … are 0, 1, 2, 3 …) east, then north; the first starts from where the line
    before ended, that of the first line from 0, 0. Numbers are little-endian in groups of seven bits, the highest bit
    of a byte saying that more follow.
    """
    if not parts:
        return b""
    sizes = np.array([len(part) for part in parts], dtype=np.int64)
    points = np.array([point for part in parts for point in part], dtype=np.float64).reshape(-1, 2)
    whole = np.vstack([np.zeros((1, 2), dtype=np.int64), np.rint(points * UNIT).astype(np.int64)])
    steps = whole[1:] - whole[:-1]
    values = np.empty(2 * len(points) + 2 * len(parts), dtype=np.int64)
    heads = 2 * (np.cumsum(sizes) - sizes) + 2 * np.arange(len(parts))
    body = np.ones(len(values), dtype=np.bool_)
    body[heads] = body[heads + 1] = False
    values[heads], values[heads + 1] = sizes, np.asarray(tags, dtype=np.int64)
    values[body] = ((steps << 1) ^ (steps >> 63)).ravel()
    return _varints(values)


def _varints(values: NDArray[np.int64]) -> bytes:
    """Return whole numbers from 0 to below 2 ** 35 in groups of seven bits, the low ones first."""
    size = 1 + np.searchsorted([1 << 7 * k for k in range(1, 5)], values, side="right")
    at = np.cumsum(size) - size
    out: NDArray[Any] = np.zeros(int(size.sum()), dtype=np.uint8)
    for k in range(5):
        has = size > k
        more = (size[has] > k + 1).astype(np.int64) << 7
        out[at[has] + k] = (values[has] >> 7 * k & 0x7F) | more
    return out.tobytes()
