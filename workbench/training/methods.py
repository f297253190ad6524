"""The methods a lesson teaches, step by step, and the true optimum of a world small enough to try every plan."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

import pandas as pd

from workbench.errors import UsageError
from workbench.training.worlds import Routes, World, length, walk

MOST_POSTS = 8
"""Trying every plan stays below a second up to here."""
_DUST = 1e-9


@dataclass(frozen=True, slots=True)
class Step:
    """One decision of a method: what was looked at, what was decided, why, and the routes after it.

    ``km`` is what the method decides by: the leg driven, or the saving.
    """

    looked_at: str
    km: float
    decision: str
    why: str
    routes: Routes


def write_routes(routes: Sequence[Sequence[int]]) -> str:
    """Write routes the way students type them: ``1 2 / 3 4``."""
    return " / ".join(" ".join(str(p) for p in r) for r in routes)


def nearest_neighbour(world: World) -> list[Step]:
    """Drive to the nearest post that still fits on the truck; go home when none fits; ties by number.

    Windows are not looked at.
    """
    steps: list[Step] = []
    routes: list[list[int]] = [[]]
    left, room, here = set(world.posts), world.capacity, 0
    matrix = world.matrix
    while left:
        fits = [p for p in left if world.pallets(p) <= room]
        if not fits:
            if not routes[-1]:
                raise UsageError("A post asks for more than one truck carries.")
            why = f"{room:g} pallet positions are left, no remaining post needs so few"
            steps.append(Step(f"{here} → 0", float(matrix[here, 0]), "drive home", why, _freeze(routes)))
            routes.append([])
            room, here = world.capacity, 0
            continue
        post = min(fits, key=lambda p: (matrix[here, p], p))
        routes[-1].append(post)
        room -= world.pallets(post)
        why = f"nearest post that fits; {room:g} positions left"
        steps.append(Step(f"{here} → {post}", float(matrix[here, post]), f"serve {post}", why, _freeze(routes)))
        left.discard(post)
        here = post
    steps.append(Step(f"{here} → 0", float(matrix[here, 0]), "drive home", "every post is served", _freeze(routes)))
    return steps


def _freeze(routes: Sequence[Sequence[int]]) -> Routes:
    return tuple(tuple(r) for r in routes if r)


def saving(world: World, i: int, j: int) -> float:
    """Return what one truck for posts i and j saves over a truck each: d(0,i) + d(0,j) - d(i,j)."""
    m = world.matrix
    return float(m[i, 0] + m[0, j] - m[i, j])


def savings_table(world: World) -> pd.DataFrame:
    """Return every pair of posts with its saving, largest first, and the pallets of the pair."""
    rows = [
        {
            "pair": f"{i}-{j}",
            "saving_km": round(saving(world, i, j), 4),
            "pallets": int(world.pallets(i) + world.pallets(j)),
        }
        for i, j in by_saving(world)
    ]
    return pd.DataFrame(rows, index=pd.RangeIndex(1, len(rows) + 1, name="rank"))


def by_saving(world: World) -> list[tuple[int, int]]:
    """Return the pairs of posts by falling saving, ties by number."""
    return sorted(combinations(world.posts, 2), key=lambda ij: (-saving(world, *ij), ij))


def savings(world: World) -> list[Step]:
    """Join routes by falling saving (Clarke and Wright 1964, parallel form), as long as a truck holds them.

    Starts with one truck for each post. Two routes are joined where post i ends one and post j ends
    the other. Windows are not looked at.
    """
    routes = [[p] for p in world.posts]
    steps: list[Step] = []
    for i, j in by_saving(world):
        gain = saving(world, i, j)
        if gain <= _DUST:
            break
        decision, why = _join(world, routes, i, j)
        steps.append(Step(f"{i}-{j}", gain, decision, why, _freeze(routes)))
    return steps


def _join(world: World, routes: list[list[int]], i: int, j: int) -> tuple[str, str]:
    first = next(r for r in routes if i in r)
    second = next(r for r in routes if j in r)
    if first is second:
        return "leave", f"{i} and {j} are on one truck already"
    inside = [p for p, r in ((i, first), (j, second)) if p not in (r[0], r[-1])]
    if inside:
        return "leave", f"{inside[0]} lies inside its route, not at an end"
    pallets = sum(world.pallets(p) for p in (*first, *second))
    if pallets > world.capacity:
        return "leave", f"{pallets:g} pallets together, a truck holds {world.capacity:g}"
    if first[-1] != i:
        first.reverse()
    if second[0] != j:
        second.reverse()
    first.extend(second)
    routes.remove(second)
    return "join", f"{pallets:g} pallets together, a truck holds {world.capacity:g}"


def sweep(world: World, start: int) -> Routes:
    """Collect posts by their angle round the depot (Gillett and Miller 1974), beginning at post ``start``.

    A new truck begins when the next post does not fit; each truck drives its posts in the best order.
    """
    order = sorted(world.posts, key=lambda p: math.atan2(world.xy[p][1], world.xy[p][0]) % math.tau)
    turn = order.index(start)
    groups: list[list[int]] = [[]]
    for post in (*order[turn:], *order[:turn]):
        if sum(world.pallets(p) for p in (*groups[-1], post)) > world.capacity:
            groups.append([])
        groups[-1].append(post)
    return tuple(best_order(world, g)[1] for g in groups)


def best_order(world: World, posts: Sequence[int]) -> tuple[float, tuple[int, ...]]:
    """Return the shortest order of some posts for one truck, with its length, by trying them all."""
    return min(((length(world, [order]), order) for order in permutations(posts)), default=(0.0, ()))


def on_time(world: World, posts: Sequence[int]) -> bool:
    """Return whether one truck reaches every post before its window closes."""
    day = walk(world, posts)
    return all(b <= world.window(p)[1] for p, b in zip(posts, day.begin, strict=True))


def feasible_orders(world: World) -> list[tuple[float, tuple[int, ...]]]:
    """Return every order of all posts that one truck can drive on time and in one load, best first."""
    if sum(world.pallets(p) for p in world.posts) > world.capacity:
        return []
    orders = (o for o in permutations(world.posts) if on_time(world, o))
    return sorted((length(world, [o]), o) for o in orders)


def optimum(world: World) -> tuple[float, Routes]:
    """Return the least length of any feasible plan and one plan that has it, by trying them all.

    Raises
    ------
    UsageError
        When the world has more posts than can be tried, no feasible plan, or more than one truck but
        fewer than posts.
    """
    n = len(world.posts)
    if n > MOST_POSTS:
        raise UsageError(f"Expected at most {MOST_POSTS} posts to try every plan, got {n}.")
    if world.vehicle.count == 1:
        orders = feasible_orders(world)
        if not orders:
            raise UsageError("No order of the posts keeps every window.")
        return orders[0][0], (orders[0][1],)
    if world.vehicle.count < n:
        raise UsageError(f"Expected one truck or at least {n}, got {world.vehicle.count}.")
    return _best_partition(world)


def _best_partition(world: World) -> tuple[float, Routes]:
    """Try every way of dealing the posts to trucks, each truck in its best order (dynamic programme)."""
    single = dict(_single_routes(world))
    best: dict[int, tuple[float, Routes]] = {0: (0.0, ())}
    for todo in range(1, 1 << len(world.posts)):
        low = todo & -todo
        options = [
            (best[todo ^ group][0] + cost, (*best[todo ^ group][1], order))
            for group, (cost, order) in single.items()
            if group & low and group | todo == todo
        ]
        if not options:
            raise UsageError("A post asks for more than one truck carries.")
        best[todo] = min(options)
    return best[(1 << len(world.posts)) - 1]


def _single_routes(world: World) -> Iterator[tuple[int, tuple[float, tuple[int, ...]]]]:
    """Yield every set of posts (as bits) that one truck can carry, with its best order."""
    for size in world.posts:
        for group in combinations(world.posts, size):
            if sum(world.pallets(p) for p in group) > world.capacity:
                continue
            yield sum(1 << (p - 1) for p in group), best_order(world, group)
