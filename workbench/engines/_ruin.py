"""Ways to take deliveries out of routes: strings of neighbours, whole rows, anything."""

from __future__ import annotations

import numpy as np

from workbench.compiled import kernel
from workbench.engines._routes import Routes, take_out, tidy
from workbench.engines._schedule import Scratch, whole
from workbench.engines._world import Ints, Words, World

LONGEST_STRING = 10
MEAN_REMOVED = 10


@kernel
def draw(rng: Words) -> float:
    """Next random number in [0, 1) of a one-word generator (splitmix64)."""
    rng[0] += np.uint64(0x9E3779B97F4A7C15)
    z = rng[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return float(z >> np.uint64(11)) / 9007199254740992.0


@kernel
def ruin(w: World, r: Routes, s: Scratch, out: Ints, touched: Ints, rng: Words) -> int:
    """Take some deliveries out; return how many are in ``out``."""
    kind = draw(rng)
    if kind < 0.75:
        taken, rows = _strings(w, r, out, touched, rng)
    elif kind < 0.87:
        taken, rows = _rows(w, r, out, touched, rng)
    else:
        taken, rows = _any(w, r, out, touched, rng)
    for k in range(rows):
        taken += tidy(w, r, s, touched[k], out[taken:])
    return taken


@kernel
def _strings(w: World, r: Routes, out: Ints, touched: Ints, rng: Words) -> tuple[int, int]:
    """Take strings of deliveries near a random one out of several rows; return (taken, rows touched)."""
    n, row, near = w.delivery.shape[0], r.row, w.near
    open_rows, total = 0, 0
    for i in range(row.shape[0]):
        if row[i].length > 0:
            open_rows += 1
            total += row[i].length
    if open_rows == 0:
        return 0, 0
    longest = min(float(LONGEST_STRING), total / open_rows)
    strings = int(draw(rng) * (4.0 * MEAN_REMOVED / (1.0 + longest) - 1.0)) + 1
    seed = int(draw(rng) * n)
    taken, rows = whole(0), whole(0)
    for q in range(near.shape[1]):
        c = near[seed, q]
        i = r.where[c]
        if rows >= strings:
            break
        if i >= 0 and not _seen(touched, rows, i):
            taken = _one_string(w, r, i, c, longest, out, taken, rng)
            touched[rows] = i
            rows += 1
    return taken, rows


@kernel
def _one_string(w: World, r: Routes, i: int, c: int, longest: float, out: Ints, taken: int, rng: Words) -> int:
    """Take a string of deliveries that holds c out of row i, half the time sparing some inside it."""
    n, tok, first_out = w.delivery.shape[0], r.tok[i], taken
    size, at = 0, 0
    for k in range(r.row[i].length):
        if tok[k] < n:
            at = size if tok[k] == c else at
            size += 1
    length = int(draw(rng) * min(float(size), longest)) + 1
    keep = 0
    if draw(rng) < 0.5:
        while length + keep < size and draw(rng) > 0.1:
            keep += 1
    span = length + keep
    first = max(0, min(at - int(draw(rng) * span), size - span))
    gap = first + int(draw(rng) * (length + 1))
    k = -1
    for q in range(r.row[i].length):
        x = tok[q]
        if x >= n:
            continue
        k += 1
        if first <= k < first + span and (k < gap or k >= gap + keep or x == c):
            take_out(w, r, x)
            out[taken] = x
            taken += 1
    return max(taken, first_out)


@kernel
def _seen(touched: Ints, rows: int, i: int) -> bool:
    found = False
    for k in range(rows):
        found = found or touched[k] == i
    return found


@kernel
def _rows(w: World, r: Routes, out: Ints, touched: Ints, rng: Words) -> tuple[int, int]:
    """Take everything out of one to three whole rows near each other; return (taken, rows touched)."""
    n, near = w.delivery.shape[0], w.near
    want = 1 + int(draw(rng) * 3)
    seed = int(draw(rng) * n)
    taken, rows = whole(0), whole(0)
    for q in range(near.shape[1]):
        i = r.where[near[seed, q]]
        if rows >= want:
            break
        if i < 0 or _seen(touched, rows, i):
            continue
        for k in range(r.row[i].length):
            x = r.tok[i, k]
            if x < n:
                take_out(w, r, x)
                out[taken] = x
                taken += 1
        touched[rows] = i
        rows += 1
    return taken, rows


@kernel
def _any(w: World, r: Routes, out: Ints, touched: Ints, rng: Words) -> tuple[int, int]:
    """Take random deliveries out; return (taken, rows touched)."""
    n = w.delivery.shape[0]
    want = 1 + int(draw(rng) * min(n, MEAN_REMOVED))
    taken, rows = whole(0), whole(0)
    for _ in range(want):
        d = int(draw(rng) * n)
        i = r.where[d]
        if i < 0:
            continue
        take_out(w, r, d)
        out[taken] = d
        taken += 1
        if not _seen(touched, rows, i):
            touched[rows] = i
            rows += 1
    return taken, rows
