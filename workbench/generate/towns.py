"""Made-up towns: where people would settle on a piece of ground, how many, and names no map knows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from workbench.generate.terrain import Ground, Ints

_STARTS = (
    "Ar", "Bel", "Bro", "Cal", "Cor", "Dar", "El", "Fen", "Gar", "Hal", "Ir", "Jor", "Kel", "Lor", "Mar", "Nor", "Or",
    "Pel", "Quil", "Ros", "Sar", "Tam", "Ul", "Vel", "Wen", "Yar", "Zel",
)  # fmt: skip
_MIDDLES = ("a", "e", "i", "o", "u", "an", "en", "or", "il", "")
_ENDS = (
    "dun", "esk", "hael", "lath", "mere", "nath", "orin", "quor", "rith", "shan", "thel", "vane", "vik", "wyth", "zand",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Town:
    """A settlement at a cell of the ground. ``rank`` 0 is a city, 1 a town, 2 a village."""

    name: str
    cell: int
    population: int
    rank: int


def names(rng: np.random.Generator, count: int) -> list[str]:
    """Return ``count`` different made-up place names."""
    out: dict[str, None] = {}
    while len(out) < count:
        start, middle, end = (options[rng.integers(len(options))] for options in (_STARTS, _MIDDLES, _ENDS))
        out[start + middle + end] = None
    return list(out)


def settle(rng: np.random.Generator, ground: Ground, preferred: Ints) -> tuple[Town, ...]:
    """Place towns where land is low, flat and near water, with cities and towns kept apart.

    One town lies at or near each ``preferred`` cell, so that the river's crossings have a place beside them.
    """
    cell_m = ground.cell_m
    far = ndimage.distance_transform_edt(~ground.wet) * cell_m
    appeal = np.exp(-ground.slope / 0.07) * np.exp(-ground.z / 1200) * (0.5 + np.exp(-far / 2500))
    appeal = np.round(appeal * rng.uniform(0.55, 1, appeal.shape), 5)
    margin = max(3, round(1500 / cell_m))
    appeal[ground.wet] = 0
    appeal[:margin] = appeal[-margin:] = appeal[:, :margin] = appeal[:, -margin:] = 0
    area = (ground.size_m / 60_000) ** 2
    cities, market = max(2, round(5 * area)), max(5, round(22 * area))
    total = round(95 * area)
    chosen: list[int] = []
    order = [int(c) for c in preferred] + np.argsort(-appeal.ravel(), kind="stable").tolist()
    for cell in order:
        gap = 15e3 if len(chosen) < cities else 8e3 if len(chosen) < market else 3.4e3
        away = np.hypot(*(ground.xy[chosen] - ground.xy[cell]).T) if chosen else np.array([np.inf])
        if (away > (1e3 if cell in preferred[:1] else gap)).all() and (len(chosen) or cell == order[0]):
            chosen.append(cell)
        if len(chosen) == total:
            break
    people = [int(round(52_000 / (k + 1) ** 0.95, -2 if k < 20 else -1)) for k in range(len(chosen))]
    rank = [0 if k < cities else 1 if k < market else 2 for k in range(len(chosen))]
    return tuple(
        Town(name, cell, population, level)
        for name, cell, population, level in zip(names(rng, len(chosen)), chosen, people, rank, strict=True)
    )
