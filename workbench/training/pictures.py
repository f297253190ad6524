"""Pictures of small worlds as SVG: posts and routes from above, and one truck's day against opening hours."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.report.geometry import PALETTE
from workbench.training.markup import FAINT, INK, PAPER, block, heading
from workbench.training.worlds import World, day_clock, length, walk

_WIDTH, _MARGIN = 460, 34


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as HTML, and in words for those who do not see it."""

    html: str
    words: str

    def __str__(self) -> str:
        return self.words

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self.html


def _text(x: float, y: float, words: object, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{INK}" {more}>{html.escape(str(words))}</text>'


def _box(x: float, y: float, width: float, height: float, more: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" {more}/>'


def sketch(world: World, routes: Sequence[Sequence[int]] = (), title: str = "") -> Picture:
    """Draw the posts with their pallets, and routes over them; unknown post numbers are left out.

    Beside it stands a table: each truck's posts, pallets against what it holds, and length.
    """
    trips = [[p for p in r if p in world.posts] for r in routes]
    trips = [t for t in trips if t]
    at = _scaled(world)
    height = max(y for _, y in at) + _MARGIN
    drawn = [_leg(at, a, b, _colour(t)) for t in trips for a, b in zip([0, *t], [*t, 0], strict=True)]
    colour = {p: _colour(t) for t in trips for p in t}
    drawn += [_post(world, at, p, colour.get(p)) for p in world.posts]
    x, y = at[0]
    drawn.append(_box(x - 12, y - 12, 24, 24, f'rx="3" fill="{INK}"'))
    drawn.append(_text(x, y + 4.5, 0, f'text-anchor="middle" style="fill:{PAPER}" font-weight="600"'))
    if world.measure == "km":
        drawn.append(_scale_bar(world, height))
    return _picture(drawn, height, _legend(world, trips, title), _words(world, trips))


def _picture(drawn: Sequence[str], height: float, beside: str, words: str) -> Picture:
    view = f'viewBox="0 0 {_WIDTH} {height:.0f}" role="img" aria-label="{html.escape(words)}"'
    return Picture(block(f'<div class="wbl-side"><svg {view}>{"".join(drawn)}</svg>{beside}</div>'), words)


def _colour(trip: Sequence[int]) -> int:
    """Return a truck's colour, by its lowest post: it stays the same while posts are added."""
    return (min(trip) - 1) % len(PALETTE)


def _frame(world: World) -> tuple[float, float, float]:
    """Return the western and northern edge in km and the pixels for one km."""
    xs, ys = zip(*world.xy, strict=True)
    scale = (_WIDTH - 2 * _MARGIN) / max(max(xs) - min(xs), 1.15 * (max(ys) - min(ys)), 1e-9)
    return min(xs), max(ys), scale


def _scaled(world: World) -> list[tuple[float, float]]:
    west, north, scale = _frame(world)
    return [(_MARGIN + (x - west) * scale, _MARGIN + (north - y) * scale) for x, y in world.xy]


def _leg(at: Sequence[tuple[float, float]], i: int, j: int, route: int) -> str:
    (x1, y1), (x2, y2) = at[i], at[j]
    angle = math.degrees(math.atan2(y2 - y1, x2 - x1))
    mid = f"translate({x1 + 0.6 * (x2 - x1):.1f} {y1 + 0.6 * (y2 - y1):.1f}) rotate({angle:.1f})"
    return (
        f'<g class="wbl-r{route}" style="stroke:var(--c);fill:var(--c)">'
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke-width="3"/>'
        f'<path d="M-6 -5.5 L7 0 L-6 5.5z" stroke="none" transform="{mid}"/></g>'
    )


def _post(world: World, at: Sequence[tuple[float, float]], post: int, route: int | None) -> str:
    x, y = at[post]
    css, line = "", f'stroke="{INK}" stroke-width="1.5" stroke-dasharray="4 3"'
    if route is not None:
        css, line = f' class="wbl-r{route}"', 'style="stroke:var(--c)" stroke-width="3"'
    count = round(world.pallets(post))
    name = html.escape(world.problem.places[post].name)
    left, below = x - 3.5 * count, y + 17
    pallets = "".join(_box(left + 7 * k, below, 5.5, 5.5, f'fill="{INK}" opacity=".75"') for k in range(count))
    number = _text(x, y + 4.5, post, 'text-anchor="middle" font-weight="600"')
    disc = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="13" fill="{PAPER}" {line}/>'
    return f"<g{css}><title>{name}: {count} pallets</title>{disc}{number}{pallets}</g>"


def _scale_bar(world: World, height: float) -> str:
    scale = _frame(world)[2]
    bar = f'<path d="M8 {height - 12:.0f}v4h{5 * scale:.1f}v-4" fill="none" stroke="{INK}" opacity=".6"/>'
    return bar + _text(14 + 5 * scale, height - 8, "5 km", 'font-size="11" opacity=".75"')


def _words(world: World, trips: Sequence[Sequence[int]]) -> str:
    if not trips:
        return f"{len(world.posts)} posts round a depot, no routes yet."
    each = "; ".join(f"truck {n} drives 0, {', '.join(map(str, t))}, 0" for n, t in enumerate(trips, 1))
    return f"{each}. Together {_measured(world, trips)} {world.measure}."


def _legend(world: World, trips: Sequence[Sequence[int]], title: str) -> str:
    if not trips:
        return heading(title) if title else ""
    rows = "".join(_legend_row(world, n, t) for n, t in enumerate(trips))
    served = {p for t in trips for p in t}
    missing = [str(p) for p in world.posts if p not in served]
    if missing:
        rows += f'<tr><td colspan="4" class="wbl-bad">not served: {", ".join(missing)}</td></tr>'
    total = f"<tr><th>together</th><th></th><th></th><th>{_measured(world, trips)}</th></tr>"
    head = f"<tr><th>truck</th><th>posts</th><th>pallets</th><th>{world.measure}</th></tr>"
    return f"<table><caption>{html.escape(title)}</caption>{head}{rows}{total}</table>"


def _measured(world: World, trips: Sequence[Sequence[int]]) -> str:
    return f"{length(world, trips):.{2 if world.measure == 'km' else 0}f}"


def _legend_row(world: World, n: int, trip: Sequence[int]) -> str:
    aboard = sum(world.pallets(p) for p in trip)
    over = ' class="wbl-bad"' if aboard > world.capacity else ""
    word = f", {aboard - world.capacity:g} too many" if over else ""
    return (
        f'<tr><td class="wbl-r{_colour(trip)}"><span class="wbl-key"></span>{n + 1}</td>'
        f"<td>{' '.join(map(str, trip))}</td><td{over}>{aboard:g} of {world.capacity:g}{word}</td>"
        f"<td>{_measured(world, [trip])}</td></tr>"
    )


def hours(world: World, posts: Sequence[int] = (), title: str = "") -> Picture:
    """Draw one truck's day: a row a post in driving order, its opening hours, waiting, unloading, lateness.

    Without ``posts`` only the opening hours are drawn, by post number.
    """
    trip = [p for p in posts if p in world.posts]
    day = walk(world, trip) if trip else None
    rows = trip or list(world.posts)
    last = max([3600, *(min(world.window(p)[1], 12 * 3600) for p in rows), day.end_s if day else 0])
    if all(world.window(p)[1] > 12 * 3600 for p in rows):
        last = max(day.end_s if day else 0, 3 * 3600)
    scale = (_WIDTH - 84) / last
    top, step = 26, 34
    height = top + step * len(rows) + 14
    drawn = [_hour_line(scale, h, top, height) for h in range(last // 3600 + 1)]
    for k, post in enumerate(rows):
        drawn.append(_day_row(world, post, top + step * k, scale, last))
        if day:
            drawn.append(_visit(world, post, (day.arrive[k], day.begin[k], day.depart[k]), top + step * k, scale))
    if day:
        drawn.append(_trail(day.arrive, day.depart, day.end_s, top, step, scale))
    return _picture(drawn, height, _day_table(world, trip, title), _day_words(world, trip))


def _x(seconds: float, scale: float) -> float:
    return 62 + seconds * scale


def _hour_line(scale: float, hour: int, top: int, height: int) -> str:
    x = _x(3600 * hour, scale)
    line = f'<line x1="{x:.1f}" y1="{top - 6}" x2="{x:.1f}" y2="{height - 8}" stroke="{FAINT}"/>'
    return line + _text(x, top - 11, day_clock(3600 * hour), 'text-anchor="middle" font-size="11"')


def _day_row(world: World, post: int, y: float, scale: float, last: int) -> str:
    opens, closes = world.window(post)
    x1, x2 = _x(opens, scale), _x(min(closes, last), scale)
    window = _box(x1, y + 4, max(x2 - x1, 1), 22, f'rx="3" fill="{INK}" opacity=".1"')
    return _text(4, y + 19, f"Post {post}") + window


def _visit(world: World, post: int, times: tuple[int, int, int], y: float, scale: float) -> str:
    arrive, begin, depart = times
    late = begin > world.window(post)[1]
    fill = "var(--bad)" if late else "var(--c)"
    out = ""
    if begin > arrive:
        out = _box(_x(arrive, scale), y + 12, (begin - arrive) * scale, 6, 'class="wbl-r1" style="fill:var(--c)"')
    width = max((depart - begin) * scale, 2)
    out += _box(_x(begin, scale), y + 7, width, 16, f'rx="2" class="wbl-r0" style="fill:{fill}"')
    if late:
        out += _text(_x(begin, scale) - 30, y + 19, "late", 'style="fill:var(--bad)" font-weight="600"')
    return out


def _trail(arrive: Sequence[int], depart: Sequence[int], end_s: int, top: int, step: int, scale: float) -> str:
    """Return the thin lines that join one stop to the next: driving."""
    points = [(0.0, top + 15.0)]
    lines = []
    for k, (a, d) in enumerate(zip(arrive, depart, strict=True)):
        y = top + step * k + 15.0
        lines.append((points[-1], (_x(a, scale), y)))
        points.append((_x(d, scale), y))
    lines[0] = ((_x(0, scale), top + 15.0), lines[0][1])
    lines.append((points[-1], (_x(end_s, scale), points[-1][1] + 15)))
    drawn = "".join(f'<line x1="{a[0]:.1f}" y1="{a[1]:.1f}" x2="{b[0]:.1f}" y2="{b[1]:.1f}"/>' for a, b in lines)
    return f'<g class="wbl-r0" style="stroke:var(--c)" stroke-width="1.6">{drawn}</g>'


def _day_words(world: World, trip: Sequence[int]) -> str:
    if not trip:
        hours_of = (f"post {p} {'-'.join(map(day_clock, world.window(p)))}" for p in world.posts)
        return f"Opening hours: {'; '.join(hours_of)}."
    day = walk(world, trip)
    calls = ", ".join(f"post {p} at {day_clock(b)}" for p, b in zip(trip, day.begin, strict=True))
    return f"The truck serves {calls}, and is back at {day_clock(day.end_s)}."


def _day_table(world: World, trip: Sequence[int], title: str) -> str:
    if not trip:
        return heading(title) if title else ""
    day = walk(world, trip)
    rows = ""
    for k, post in enumerate(trip):
        late, wait = day.begin[k] - world.window(post)[1], day.begin[k] - day.arrive[k]
        note = f"{late // 60} min late" if late > 0 else f"waits {wait // 60} min" if wait else ""
        css = ' class="wbl-bad"' if late > 0 else ""
        there, leaves = day_clock(day.arrive[k]), day_clock(day.depart[k])
        rows += f"<tr><td>{post}</td><td>{there}</td><td>{leaves}</td><td{css}>{note}</td></tr>"
    missing = [str(p) for p in world.posts if p not in trip]
    if missing:
        rows += f'<tr><td colspan="4" class="wbl-bad">not served: {", ".join(missing)}</td></tr>'
    back = f"<tr><th>depot</th><th>{day_clock(day.end_s)}</th><th></th><th>{day.end_s // 60} min in all</th></tr>"
    head = "<tr><th>post</th><th>there</th><th>leaves</th><th></th></tr>"
    return f"<table><caption>{html.escape(title)}</caption>{head}{rows}{back}</table>"
