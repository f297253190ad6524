"""Marking an answer: full, part or none, and in words what it falls short of and by how much."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from workbench import check
from workbench.training import answers, methods
from workbench.training.mark import Mark
from workbench.training.tasks import Exercise, NumberKey, RouteKey
from workbench.training.worlds import Routes, World, day_clock, length, plan_of, walk

GAP_WITHOUT_POINTS = 0.2
"""A feasible plan this much longer than the best earns nothing; points fall evenly up to there."""
_SAME = 1e-4


def mark(exercise: Exercise, answer: object) -> Mark:
    """Grade an answer; never raises because of what the answer is."""
    if isinstance(exercise.key, NumberKey):
        points, text, errors = _number(exercise.key, answer)
    else:
        points, text, errors = _routes(exercise.key, answer)
    return Mark(exercise.exercise_id, round(points * exercise.of, 2), exercise.of, text, errors)


def _number(key: NumberKey, answer: object) -> tuple[float, str, tuple[str, ...]]:
    given = answers.quantity(answer, key.unit)
    if given.code:
        return 0.0, given.text, (given.code,)
    if abs(given.value - key.value) <= key.tolerance:
        return 1.0, f"Right: {_shown(key)}.", ()
    if key.whole and abs(given.value - round(given.value)) > key.tolerance:
        return 0.0, f"Part of one cannot drive: give whole {key.unit}, rounded up.", ("round_up",)
    for slip in key.slips:
        near = max(0.01, 0.005 * abs(slip.value))
        if abs(slip.value - key.value) > key.tolerance and abs(given.value - slip.value) <= near:
            return 0.0, slip.text, (slip.code,)
    return 0.0, f"{_how_far(given.value, key)} {key.hint}", ("off",)


def _shown(key: NumberKey) -> str:
    return f"{key.value:,.0f} {key.unit}" if key.whole else f"{key.value:,.2f} {key.unit}"


def _how_far(value: float, key: NumberKey) -> str:
    side = "high" if value > key.value else "low"
    share = abs(value - key.value) / abs(key.value)
    size = "slightly" if share < 0.05 else "somewhat" if share < 0.25 else "far"
    return f"That is {size} too {side}."


def _routes(key: RouteKey, answer: object) -> tuple[float, str, tuple[str, ...]]:
    read = answers.routes(answer)
    if read.code:
        return 0.0, read.text, (read.code,)
    faults = list(faults_of(key.world, read.routes))
    if faults:
        text = " ".join(sentence for _, sentence in faults)
        return 0.0, text, tuple(dict.fromkeys(code for code, _ in faults))
    return _by_length(key.world, read.routes)


def faults_of(world: World, routes: Routes) -> Iterator[tuple[str, str]]:
    """Yield (code, sentence) for whatever makes routes infeasible; the checker has the last word."""
    times = Counter(p for r in routes for p in r)
    strangers = sorted(p for p in times if p not in world.posts)
    if strangers:
        yield "unknown_post", f"There is no {_posts(strangers)}: the posts are 1 to {world.posts[-1]}."
        return
    missing = [p for p in world.posts if p not in times]
    if missing:
        yield "missed", f"{_posts(missing).capitalize()} {'is' if len(missing) == 1 else 'are'} not served."
    for post, count in sorted(times.items()):
        if count > 1:
            yield "twice", f"Post {post} is served {'twice' if count == 2 else f'{count} times'}; once is enough."
    if len(routes) > world.vehicle.count:
        trucks = "one truck" if world.vehicle.count == 1 else f"{world.vehicle.count} trucks"
        yield "trucks", f"There {'is' if world.vehicle.count == 1 else 'are'} only {trucks}; you used {len(routes)}."
    if not missing and max(times.values()) == 1 and len(routes) <= world.vehicle.count:
        yield from _checked(world, routes)


def _checked(world: World, routes: Routes) -> Iterator[tuple[str, str]]:
    """Yield what the workbench's own checker finds, in the lesson's words where it has them."""
    violations = check.check(world.problem, plan_of(world, routes))
    for violation in violations:
        number = int(violation.route_id[1:]) if violation.route_id else 0
        trip = routes[number - 1] if number else ()
        if violation.code == "capacity":
            aboard = sum(world.pallets(p) for p in trip)
            yield (
                "capacity",
                (
                    f"Truck {number} ({methods.write_routes([trip])}) carries {aboard:g} pallets, "
                    f"{aboard - world.capacity:g} over the {world.capacity:g} it holds."
                ),
            )
        elif violation.code == "window":
            yield "window", _late(world, trip, violation.node)
        else:
            yield violation.code, violation.text


def _late(world: World, trip: tuple[int, ...], node: str) -> str:
    day = walk(world, trip)
    post = next(p for p in trip if world.problem.places[p].node_id == node)
    begin, closes = day.begin[trip.index(post)], world.window(post)[1]
    return (
        f"Post {post} is reached at {day_clock(begin)}, {(begin - closes) // 60} minutes after it closes "
        f"({day_clock(closes)})."
    )


def _posts(numbers: list[int]) -> str:
    if len(numbers) == 1:
        return f"post {numbers[0]}"
    return "posts " + ", ".join(str(n) for n in numbers[:-1]) + f" and {numbers[-1]}"


def _by_length(world: World, routes: Routes) -> tuple[float, str, tuple[str, ...]]:
    mine, (best, best_routes) = length(world, routes), methods.optimum(world)
    gap = mine / best - 1
    if world.measure == "km":
        got, short = f"{mine:.2f} km", f"{100 * gap:.1f} % longer than the best plan"
    else:
        got, short = f"back at {day_clock(round(60 * mine))}", f"{mine - best:.0f} minutes later than possible"
    if gap <= _SAME:
        return 1.0, f"Feasible, {got}. No plan is better: all of them were tried.", ()
    more = len(routes) > len(best_routes)
    trucks = f"You use {len(routes)} trucks, the best plan {len(best_routes)}." if more else ""
    text = f"Feasible, {got}, {short}. {trucks or _what_is_longer(world, routes)}"
    return max(0.0, 1 - gap / GAP_WITHOUT_POINTS), text, ("longer",)


def _what_is_longer(world: World, routes: Routes) -> str:
    """Say where the extra length sits: in a truck's order, in waiting, or in who serves whom."""
    if world.measure == "min":
        day = walk(world, routes[0])
        waits = [(b - a, p) for a, b, p in zip(day.arrive, day.begin, day.posts, strict=True) if b > a]
        if waits:
            wait, post = max(waits)
            return f"The truck waits {wait // 60} minutes at post {post} for it to open."
        return "The truck never waits; another order drives less."
    for number, trip in enumerate(routes, 1):
        extra = length(world, [trip]) - methods.best_order(world, trip)[0]
        if extra > 0.01:
            return f"Truck {number} could drive its posts in an order {extra:.2f} km shorter."
    if len(routes) == 1:
        return "Another order of the posts is shorter."
    return "Each truck drives its posts in the best order; the best plan gives the trucks other posts."
