"""Risk as numbers: exposure, survival, repeated runs, the bad tail. Formulas with their source and mark.

Marks: C confirmed in an official source, S secondary, GK general knowledge, D ours. Losses on the roads of a way, and
on repeated runs, are taken as independent throughout: an enemy who learns makes repetition worse than shown here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from workbench.ground.roads import FloatArray


def _probabilities(values: ArrayLike, name: str) -> FloatArray:
    out = np.asarray(values, dtype=np.float64)
    if not ((out >= 0) & (out <= 1)).all():
        raise ValueError(f"Expected {name} from 0 to 1, got {out.min():g} to {out.max():g}.")
    return out


def exposure(probability: ArrayLike) -> FloatArray:
    """Return ``-ln(1 - p)`` of loss probabilities, elementwise: it adds up along a way; inf for 1 [GK].

    Raises
    ------
    ValueError
        When a probability is not from 0 to 1.
    """
    with np.errstate(divide="ignore"):
        return np.asarray(-np.log1p(-_probabilities(probability, "probabilities")))


def probability(exposed: ArrayLike) -> FloatArray:
    """Return the loss probability ``1 - exp(-x)`` of exposures, elementwise; 1 for inf [GK]."""
    return np.asarray(-np.expm1(-np.asarray(exposed, dtype=np.float64)))


def along(probabilities: ArrayLike) -> float:
    """Return the survival of a way, ``prod(1 - p)`` over its roads [GK: independent losses in series]; 1 for none."""
    return float(np.prod(1.0 - _probabilities(probabilities, "probabilities")))


def from_rate(per_km: ArrayLike, km: ArrayLike, factor: float = 1.0) -> FloatArray:
    """Return the loss probability ``1 - exp(-rate * km * factor)`` of a rate per kilometre [GK: Poisson process]."""
    return probability(np.asarray(per_km, dtype=np.float64) * np.asarray(km, dtype=np.float64) * factor)


def split(probability_whole: ArrayLike, parts: int = 2) -> FloatArray:
    """Return the probability of each of ``parts`` equal pieces, ``1 - (1 - p)^(1/parts)``: together they are p [GK]."""
    return probability(exposure(probability_whole) / parts)


def in_runs(survival: ArrayLike, runs: int) -> FloatArray:
    """Return the probability of at least one loss in ``runs`` runs, ``1 - S^n`` [GK]; 0 for no run.

    A round trip is one run with the product of the two survivals.
    """
    return np.asarray(1.0 - _probabilities(survival, "survival") ** runs)


def runs_until(survival: float, share: float = 0.5) -> int | None:
    """Return the first number of runs whose cumulative loss reaches ``share``; None where it never does [GK].

    >>> runs_until(0.931588)
    10
    """
    exposed = float(exposure(1.0 - float(_probabilities(survival, "survival"))))
    if not 0 < share < 1:
        raise ValueError(f"Expected a share between 0 and 1, got {share}.")
    if exposed == 0:
        return None
    return max(1, math.ceil(-math.log1p(-share) / exposed - 1e-9))


def threat_minutes(km: ArrayLike, kmh: ArrayLike, threat: ArrayLike, dwell_min: ArrayLike = 0.0) -> float:
    """Return threat x minutes of transit and dwell, summed over legs [D: the time view of exposure].

    A rule by the highest threat alone misses slow places: halving the speed of a leg doubles what it adds.
    """
    legs = np.broadcast_arrays(*(np.asarray(x, dtype=np.float64) for x in (km, kmh, threat, dwell_min)))
    return float(np.sum(legs[2] * (60 * legs[0] / legs[1] + legs[3])))


def cvar(values: Sequence[float] | FloatArray, alpha: float) -> float:
    """Return the mean of the worst (largest) ``1 - alpha`` share of equally likely values [GK: Rockafellar, Uryasev].

    Where the share ends within a value, that value counts with the part of it. ``alpha`` 0 is the plain mean.

    Raises
    ------
    ValueError
        When there are no values, or ``alpha`` is not from 0 to below 1.
    """
    worst = np.sort(np.asarray(values, dtype=np.float64))[::-1]
    if not len(worst) or not 0 <= alpha < 1:
        raise ValueError(f"Expected values and an alpha from 0 to below 1, got {len(worst)} values and {alpha}.")
    counted = (1.0 - alpha) * len(worst)
    weights = np.clip(counted - np.arange(len(worst)), 0.0, 1.0)
    return float(worst @ weights / counted)


def expected_loss(value: ArrayLike, loss: ArrayLike) -> FloatArray:
    """Return value at risk x loss probability, elementwise [GK]. Keep people and materiel apart: don't add them."""
    return np.asarray(np.asarray(value, dtype=np.float64) * _probabilities(loss, "loss"))
