"""Ways to take deliveries out of routes: strings of neighbours, whole rows, anything."""

from __future__ import annotations

import numpy as np
from numba import njit

from workbench.engines._routes import take_out

LONGEST_STRING = 10
MEAN_REMOVED = 10


@njit(cache=True)
def draw(rng):
    """Next random number in [0, 1) of a one-word generator (splitmix64)."""
    rng[0] += np.uint64(0x9E3779B97F4A7C15)
    z = rng[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return float(z >> np.uint64(11)) / 9007199254740992.0


@njit(cache=True)
def remove_strings(w, r, out, touched, rng):
    """Take strings of deliveries near a random one out of several rows; return (taken, rows touched)."""
    n = w.node.shape[0]
    open_rows, total = 0, 0
    for row in range(r.length.shape[0]):
        if r.length[row] > 0:
            open_rows += 1
            total += r.length[row]
    if open_rows == 0:
        return 0, 0
    longest = min(float(LONGEST_STRING), total / open_rows)
    strings = int(draw(rng) * (4.0 * MEAN_REMOVED / (1.0 + longest) - 1.0)) + 1
    seed = int(draw(rng) * n)
    taken, rows = 0, 0
    visits = np.empty(r.tok.shape[1], np.int64)
    for q in range(w.near.shape[1]):
        c = w.near[seed, q]
        row = r.where[c]
        if rows >= strings:
            break
        if row < 0 or _seen(touched, rows, row):
            continue
        size, at = 0, 0
        for i in range(r.length[row]):
            if r.tok[row, i] < n:
                if r.tok[row, i] == c:
                    at = size
                visits[size] = r.tok[row, i]
                size += 1
        length = int(draw(rng) * min(float(size), longest)) + 1
        keep = 0
        if draw(rng) < 0.5:
            while length + keep < size and draw(rng) > 0.1:
                keep += 1
        span = length + keep
        first = max(0, min(at - int(draw(rng) * span), size - span))
        gap = first + int(draw(rng) * (length + 1))
        for i in range(first, first + span):
            if keep and gap <= i < gap + keep and visits[i] != c:
                continue
            take_out(w, r, visits[i])
            out[taken] = visits[i]
            taken += 1
        touched[rows] = row
        rows += 1
    return taken, rows


@njit(cache=True)
def _seen(touched, rows, row):
    for k in range(rows):
        if touched[k] == row:
            return True
    return False


@njit(cache=True)
def remove_rows(w, r, out, touched, rng):
    """Take everything out of one to three whole rows near each other; return (taken, rows touched)."""
    n = w.node.shape[0]
    want = 1 + int(draw(rng) * 3)
    seed = int(draw(rng) * n)
    taken, rows = 0, 0
    for q in range(w.near.shape[1]):
        row = r.where[w.near[seed, q]]
        if rows >= want:
            break
        if row < 0 or _seen(touched, rows, row):
            continue
        for i in range(r.length[row]):
            if r.tok[row, i] < n:
                take_out(w, r, r.tok[row, i])
                out[taken] = r.tok[row, i]
                taken += 1
        touched[rows] = row
        rows += 1
    return taken, rows


@njit(cache=True)
def remove_any(w, r, out, touched, rng):
    """Take random deliveries out; return (taken, rows touched)."""
    n = w.node.shape[0]
    want = 1 + int(draw(rng) * min(n, MEAN_REMOVED))
    taken, rows = 0, 0
    for _ in range(want):
        d = int(draw(rng) * n)
        row = r.where[d]
        if row < 0:
            continue
        take_out(w, r, d)
        out[taken] = d
        taken += 1
        if not _seen(touched, rows, row):
            touched[rows] = row
            rows += 1
    return taken, rows
