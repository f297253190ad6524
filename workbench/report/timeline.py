"""The timeline of a briefing: one bar a route, and under it a line a stop with its window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from workbench.plan import Plan, Route, Stop
from workbench.problem import Place, Problem
from workbench.report import facts, geometry
from workbench.report.facts import Arrival, Status
from workbench.report.markup import Html, el
from workbench.report.words import plural
from workbench.units import dtg, intersect_windows, moment_at, parse_instant

HOUR = 3600
TICK_HOURS = (1, 2, 3, 4, 6, 12, 24, 48)
MOST_TICKS = 6
STOP_WORDS = {"load": "loads", "reload": "reloads", "deliver": "delivers", "pickup": "picks up", "rest": "rests",
              "end": "ends"}  # fmt: skip


class Scale:
    """Seconds after ``as_of`` to percent of the width, over whole hours."""

    def __init__(self, plan: Plan, as_of: datetime) -> None:
        first = min((r.start_s for r in plan.routes), default=0)
        last = max((r.end_s for r in plan.routes), default=12 * HOUR)
        past = as_of.minute * 60 + as_of.second
        self.as_of = as_of
        self.start = (first + past) // HOUR * HOUR - past
        self.end = -(-(last + past) // HOUR) * HOUR - past

    def at(self, seconds: float) -> float:
        """Return the place of an instant, cut to 0..100."""
        share = (seconds - self.start) / max(self.end - self.start, 1)
        return round(100 * min(max(share, 0.0), 1.0), 3)

    def span(self, start: float, end: float) -> dict[str, str]:
        """Return ``x`` and ``width`` of a stretch of time as attributes."""
        x, x2 = self.at(start), self.at(end)
        return {"x": f"{x:.2f}%", "width": f"{max(x2 - x, 0.0):.2f}%"}

    def ticks(self) -> list[int]:
        """Return the instants that the axis names, on round hours of the day."""
        hours = next((h for h in TICK_HOURS if (self.end - self.start) / HOUR / h <= MOST_TICKS), TICK_HOURS[-1])
        midnight = -(self.as_of.hour * HOUR + self.as_of.minute * 60 + self.as_of.second)
        step = hours * HOUR
        first = midnight + -(-(self.start - midnight) // step) * step
        return list(range(first, self.end + 1, step))


def draw(problem: Problem, plan: Plan, rows: Sequence[Arrival]) -> Html:
    """Return the timeline, a row a route; an empty plan says so."""
    if not plan.routes:
        return el("p", "The plan has no routes.", class_="empty")
    scale = Scale(plan, parse_instant(plan.as_of))
    fate = {row.delivery.delivery_id: row for row in rows}
    bars = [_row(problem, plan, n, route, fate, scale) for n, route in enumerate(plan.routes)]
    return el("div", _axis(scale, len(plan.routes)), *bars, class_="timeline", id="timeline")


def _axis(scale: Scale, routes: int) -> Html:
    marks, names = [], []
    day = f"{moment_at(scale.as_of, scale.start):%d %b}".upper()
    for tick in scale.ticks():
        moment = moment_at(scale.as_of, tick)
        x = f"{scale.at(tick):.2f}%"
        midnight = moment.hour == 0
        marks.append(el("line", x1=x, x2=x, y1=0, y2="100%", class_="midnight" if midnight else None))
        name = f"{moment:%d %b}".upper() if midnight else f"{moment:%H%M}Z"
        if 4 < scale.at(tick) < 96:
            names.append(el("text", name, x=x, y=17, text_anchor="middle"))
    return el(
        "div",
        el("div", f"{day} · {plural(routes, 'route')}", class_="t-label"),
        el("div", el("svg", *names, class_="axis", aria_hidden="true"),
           el("svg", *marks, class_="grid", aria_hidden="true"), class_="t-bar"),
        el("div", el("span", "time"), el("span", "way"), el("span", "full"), class_="t-sum num"),
        class_="t-head",
    )  # fmt: skip


def _row(problem: Problem, plan: Plan, n: int, route: Route, fate: Mapping[str, Arrival], scale: Scale) -> Html:
    status = facts.worst([stop_status(stop, fate) for stop in route.stops])
    broken = any(v.route_id == route.route_id for v in plan.violations or ())
    vehicle = geometry.vehicle_of(problem, route)
    fullest = f"{facts.load_share(route, vehicle.capacity):.0%}" if vehicle else "–"
    sums = (f"{(route.end_s - route.start_s) / HOUR:.1f} h", f"{route.distance_m / 1000:.0f} km", fullest)
    said = (
        f"{route.route_id}, {route.vehicle_type} {route.owner}, from {dtg(moment_at(scale.as_of, route.start_s))} "
        f"to {dtg(moment_at(scale.as_of, route.end_s))}, {sum(is_drop(s) for s in route.stops)} stops, "
        f"{'breaks a constraint' if broken else 'worst: ' + facts.WORDS[status]}"
    )
    return el(
        "div",
        el("div", key(n), el("b", route.route_id), el("span", route.vehicle_type, class_="what"), _mark(status, broken),
           class_="t-label"),
        el("div", el("svg", *_bar(route, fate, scale), aria_hidden="true"), class_="t-bar"),
        el("div", *(el("span", s) for s in sums), class_="t-sum num"),
        class_=f"t-row c{n % len(geometry.PALETTE)}", data_route=n, tabindex=0, role="button", aria_label=said,
    )  # fmt: skip


def _mark(status: Status, broken: bool) -> Html | None:
    """Return the sign of what is wrong with a route, nothing when nothing is."""
    if broken:
        return el("b", "✕", class_="badge-key unserved", title="breaks a constraint")
    if status == "on_time":
        return None
    return el("b", facts.SIGNS[status], class_=f"badge-key {status}", title=facts.WORDS[status])


def key(n: int) -> Html:
    """Return the line sample of a route: its colour and its pattern."""
    line = el("line", x1=0, x2=22, y1=5, y2=5, stroke_dasharray=geometry.dash(n) or None)
    return el("svg", line, class_=f"key c{n % len(geometry.PALETTE)}", width=22, height=10, aria_hidden="true")


def is_drop(stop: Stop) -> bool:
    """Say whether something is handed over or picked up at the stop."""
    return stop.kind in ("deliver", "pickup")


def stop_status(stop: Stop, fate: Mapping[str, Arrival]) -> Status:
    """Return the worst status of what is delivered at the stop."""
    return facts.worst([fate[d].status for d in stop.deliveries if d in fate]) if is_drop(stop) else "on_time"


def _bar(route: Route, fate: Mapping[str, Arrival], scale: Scale) -> list[Html]:
    """Return the parts of one bar: travel a thin line, waiting an empty box, loading hatched, service full."""
    parts = [el("rect", class_="travel", y=11, height=4, **scale.span(route.start_s, route.end_s))]
    for stop in route.stops:
        if stop.begin_s > stop.arrive_s:
            parts.append(el("rect", class_="waiting", y=7, height=12, **scale.span(stop.arrive_s, stop.begin_s)))
        if stop.depart_s > stop.begin_s:
            kind = "loading" if stop.kind in ("load", "reload") else "service"
            span = scale.span(stop.begin_s, stop.depart_s)
            parts.append(el("rect", class_=kind, y=4, height=18, **span))
            if kind == "loading":
                parts.append(el("rect", class_="hatched", y=4, height=18, **span))
        status = stop_status(stop, fate)
        if status != "on_time":
            parts.append(_flag(status, scale.at(stop.begin_s)))
    end = f"{scale.at(route.end_s):.2f}%"
    parts.append(el("line", class_="end", x1=end, x2=end, y1=5, y2=21))
    return parts


def _flag(status: Status, x: float) -> Html:
    at = f"{x:.2f}%"
    return el(
        "g", el("circle", cx=at, cy=13, r=7), el("text", facts.SIGNS[status], x=at, y=16.5), class_=f"flag {status}"
    )


def stop_line(seq: int, name: str, stop: Stop, place: Place | None, fate: Mapping[str, Arrival], scale: Scale) -> Html:
    """Return one stop: its window as a band, when work starts, what is handed over and what is left of the window."""
    rows = [fate[d] for d in stop.deliveries if d in fate and is_drop(stop)]
    left = min((row.slack_s for row in rows if row.slack_s is not None), default=None)
    status = stop_status(stop, fate)
    bars = [
        el("rect", class_="window", y=1, height=10, **scale.span(a, b)) for a, b in _open_windows(stop, place, rows)
    ]
    if stop.begin_s > stop.arrive_s:
        bars.append(el("rect", class_="waiting", y=3, height=6, **scale.span(stop.arrive_s, stop.begin_s)))
    bars.append(el("rect", class_="service", y=3, height=6, **scale.span(stop.begin_s, stop.depart_s)))
    x = f"{scale.at(stop.begin_s):.2f}%"
    bars.append(el("line", class_="begin", x1=x, x2=x, y1=0, y2=12))
    if status == "late" and left is not None:
        bars.append(el("rect", class_="overdue", y=5, height=2, **scale.span(stop.begin_s + left, stop.begin_s)))
    items = ", ".join(dict.fromkeys(row.delivery.item for row in rows))
    wait = stop.begin_s - stop.arrive_s
    what = f"{STOP_WORDS[stop.kind]} {items}{f'; waits {duration(wait)}' if wait else ''}"
    begins = el("b", f"{moment_at(scale.as_of, stop.begin_s):%H%M}Z")
    return el(
        "div",
        el("div", f"{seq} {name} ", el("small", what), class_="t-what"),
        el("div", el("svg", *bars, aria_hidden="true"), class_="t-bar"),
        el("div", begins, el("small", room(left, status)) if left is not None else None, class_=f"t-sum {status}"),
        class_="t-stop",
        title=f"{name}: {dtg(moment_at(scale.as_of, stop.begin_s))}",
    )


def _open_windows(stop: Stop, place: Place | None, rows: Sequence[Arrival]) -> Sequence[tuple[int, int]]:
    """Return when service may start at the stop: what all its deliveries agree on, else the place's hours."""
    if stop.kind in ("load", "reload"):
        return place.windows if place else ()
    common: tuple[tuple[int, int], ...] | None = None
    for row in rows:
        common = row.delivery.windows if common is None else intersect_windows(common, row.delivery.windows)
    return common or ()


def room(slack_s: int, status: Status) -> str:
    """Return in words how a start compares with the end of its window."""
    if slack_s < 0:
        return f"{facts.WORDS[status]} by {duration(-slack_s + 59)}"
    return f"{duration(slack_s)} left" + (", tight" if status == "tight" else "")


def duration(seconds: int) -> str:
    """Return hours and whole minutes: ``35 min``, ``2 h 05``."""
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours} h {minutes:02d}" if hours else f"{minutes} min"
