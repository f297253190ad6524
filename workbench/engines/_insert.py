"""Where a delivery goes into a route at least extra cost, a load stop of its own included."""

from __future__ import annotations

import numpy as np
from numba import njit

from workbench.engines._routes import NEVER, write_trial
from workbench.engines._schedule import first_begin, replay, token_node

REACH = 8
"""How many tokens a new load stop may stand ahead of the delivery it is for."""
SMALL = 10
"""Up to so many deliveries every place is replayed, without the quick bounds."""


@njit(cache=True)
def _inside_stop(w, tok, ln, i):
    """Whether position i cuts a stop of several deliveries in two."""
    n = w.node.shape[0]
    if i <= 0 or i >= ln or tok[i] >= n or tok[i - 1] >= n:
        return False
    return w.node[tok[i]] == w.node[tok[i - 1]] and w.retro[tok[i]] == w.retro[tok[i - 1]]


@njit(cache=True)
def _detour(w, key, here, via, there):
    """Extra metres of going by ``via``; NEVER where there is no way."""
    a = w.metres[key, here, via] if here != via else 0
    b = w.metres[key, via, there] if via != there else 0
    c = w.metres[key, here, there] if here != there else 0
    if a < 0 or b < 0:
        return NEVER
    return a + b - max(c, 0)


@njit(cache=True)
def _node_before(w, tok, ty, i):
    return w.type_depot[ty] if i == 0 else token_node(w, tok[i - 1])


@njit(cache=True)
def _node_after(w, tok, ln, ty, i):
    return w.type_end[ty] if i == ln else token_node(w, tok[i])


@njit(cache=True)
def insertion(w, r, row, d, source, limit, s):
    """Return (extra cost, place of a new load stop or -1, place) of the cheapest way to put d into a row.

    Only ways that cost less than ``limit`` are looked for; cost NEVER, places -1 when there are none.
    """
    n, tok, ln, lane = w.node.shape[0], r.tok[row], r.length[row], r.lane[row]
    ty = w.lane_type[lane]
    best, best_a, best_b = limit, -1, -1
    if ln + 2 > tok.shape[0] or (w.bit[d] & ~w.type_carry[ty]) != 0:
        return NEVER, -1, -1
    price, token, base, src = w.type_km[ty] / 1000, n + source, r.cost[row], r.source
    src[d] = source
    since = 0 if source < 0 else -1
    for b in range(ln + 1):
        if b > 0 and tok[b - 1] == token:
            since = b - 1
        if since < 0 or not _may_stand(w, tok, ln, d, b):
            continue
        extra = _detour_at(w, tok, ln, ty, b, w.node[d])
        if extra >= NEVER or extra * price - 2 > best or not _visit_may_fit(w, r, row, d, since, b):
            continue
        size = write_trial(tok, ln, d, token, -1, b, s.trial)
        ok, cost, _, _, _, _ = replay(w, s.trial, size, lane, src, s)
        if ok and cost - base < best:
            best, best_a, best_b = cost - base, -1, b
    for b in range(ln + 1 if source >= 0 else 0):
        if not _may_stand(w, tok, ln, d, b):
            continue
        for a in range(b, max(-1, b - REACH - 1), -1):
            if (a > 0 and tok[a - 1] == token) or (a < b and (tok[a] == token or _inside_stop(w, tok, ln, a))):
                continue
            extra = _detour_with_load(w, tok, ln, ty, source, w.node[d], a, b)
            if extra >= NEVER or extra * price - 2 > best or not _load_may_fit(w, r, row, d, source, a, b):
                continue
            size = write_trial(tok, ln, d, token, a, b, s.trial)
            ok, cost, _, _, _, _ = replay(w, s.trial, size, lane, src, s)
            if ok and cost - base < best:
                best, best_a, best_b = cost - base, a, b
    return (best, best_a, best_b) if best_b >= 0 else (NEVER, -1, -1)


@njit(cache=True)
def _may_stand(w, tok, ln, d, b):
    """Whether d before position b neither cuts another stop in two nor repeats the place after it."""
    n, node, retro = w.node.shape[0], w.node[d], w.retro[d]
    if b < ln and tok[b] < n and w.node[tok[b]] == node and w.retro[tok[b]] == retro:
        return False
    return not _inside_stop(w, tok, ln, b)


@njit(cache=True)
def _leaves(w, r, row, i):
    """Node and earliest time of leaving what stands before position i."""
    if i == 0:
        lane = r.lane[row]
        return w.type_depot[w.lane_type[lane]], w.lane_start[lane]
    return token_node(w, r.tok[row, i - 1]), r.depart[row, i - 1]


@njit(cache=True)
def _go(w, key, here, there, t):
    """Time of arrival; a way is known to exist."""
    return t if here == there else t + w.seconds[key, here, there]


@njit(cache=True)
def _visit_may_fit(w, r, row, d, since, b):
    """Quick test of a visit loaded at position ``since``: room on the way and time, both seen favourably."""
    n, tok, ln = w.node.shape[0], r.tok[row], r.length[row]
    if n <= SMALL:
        return True
    if not w.retro[d]:
        for i in range(since, b):
            for c in range(4):
                if r.room[row, i, c] < w.load[d, c]:
                    return False
    if b > 0 and tok[b - 1] < n and w.node[tok[b - 1]] == w.node[d] and w.retro[tok[b - 1]] == w.retro[d]:
        return True
    here, t = _leaves(w, r, row, b)
    return _reaches(w, r, row, d, here, t, b)


@njit(cache=True)
def _reaches(w, r, row, d, here, t, b):
    """Whether going on to d at time t from ``here`` is early enough for d and for what comes at position b."""
    ty = w.lane_type[r.lane[row]]
    key = w.type_key[ty]
    t = _go(w, key, here, w.node[d], t)
    s_lo, s_hi = w.win_ptr[d], w.win_ptr[d + 1]
    while s_lo < s_hi and w.win_hi[s_lo] < t:
        s_lo += 1
    if s_lo == s_hi:
        return False
    t = max(t, w.win_lo[s_lo]) + w.service[d]
    return _go(w, key, w.node[d], _node_after(w, r.tok[row], r.length[row], ty, b), t) <= r.late[row, b]


@njit(cache=True)
def _load_may_fit(w, r, row, d, source, a, b):
    """Quick test of a new load stop at a for a visit at b: room on the way and time, both seen favourably."""
    n, tok, ln = w.node.shape[0], r.tok[row], r.length[row]
    if n <= SMALL:
        return True
    for i in range(max(0, a - 1), b):
        for c in range(4):
            if r.room[row, i, c] < w.load[d, c]:
                return False
    ty = w.lane_type[r.lane[row]]
    here, t = _leaves(w, r, row, a)
    t = _go(w, w.type_key[ty], here, source, t)
    k, end = w.node_ptr[source], w.node_ptr[source + 1]
    while k < end and w.node_hi[k] < t:
        k += 1
    if k == end:
        return False
    t = max(t, w.node_lo[k]) + w.load_s[d]
    if a == b:
        return _reaches(w, r, row, d, source, t, b)
    return _go(w, w.type_key[ty], source, _node_after(w, tok, ln, ty, a), t) <= r.late[row, a]


@njit(cache=True)
def _detour_at(w, tok, ln, ty, i, via):
    return _detour(w, w.type_key[ty], _node_before(w, tok, ty, i), via, _node_after(w, tok, ln, ty, i))


@njit(cache=True)
def _detour_with_load(w, tok, ln, ty, source, node, a, b):
    """Extra metres of a new load stop before a and a visit before b; NEVER where there is no way."""
    if a == b:
        first = _detour(w, w.type_key[ty], _node_before(w, tok, ty, a), source, node)
        second = _detour_at(w, tok, ln, ty, b, node)
    else:
        first = _detour_at(w, tok, ln, ty, a, source)
        second = _detour_at(w, tok, ln, ty, b, node)
    return NEVER if first >= NEVER or second >= NEVER else first + second


@njit(cache=True)
def look(w, r, s, o, d, row, limit):
    """Extra cost of way o of delivery d in a row if below ``limit``, else NEVER; remembered while the row stays."""
    if r.kept_version[o, row] == r.version[row]:
        if r.kept_at[o, row] >= 0:
            return r.kept_cost[o, row]
        if r.kept_cost[o, row] >= limit:
            return NEVER
    held = r.source[d]
    cost, a, b = insertion(w, r, row, d, w.opt_src[o], limit, s)
    r.source[d] = held
    r.kept_cost[o, row], r.kept_load[o, row], r.kept_at[o, row] = (cost if b >= 0 else limit), a, b
    r.kept_version[o, row] = r.version[row]
    return cost


@njit(cache=True)
def fill_alone(w, r, s):
    """Work out the cost of serving each way alone in each lane, NEVER where that is impossible."""
    n = w.node.shape[0]
    for d in range(n):
        held = r.source[d]
        for o in range(w.opt_ptr[d], w.opt_ptr[d + 1]):
            r.source[d] = w.opt_src[o]
            size = write_trial(s.trial, 0, d, n + w.opt_src[o], 0 if w.opt_src[o] >= 0 else -1, 0, s.trial)
            for lane in range(w.lane_type.shape[0]):
                ok, cost, _, _, _, _ = replay(w, s.trial, size, lane, r.source, s)
                r.alone[o, lane] = cost if ok else NEVER
        r.source[d] = held
