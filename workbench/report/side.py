"""The panel beside the map: all routes, and the route or place that is selected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workbench.plan import Plan, Route, Stop
from workbench.problem import Place, Problem
from workbench.report import facts, geometry, svgmap, words
from workbench.report.facts import Arrival
from workbench.report.markup import Html, el
from workbench.report.sections import amount, points, status
from workbench.report.timeline import STOP_WORDS, duration, is_drop, key
from workbench.report.words import plural


def panel(problem: Problem, plan: Plan, rows: Sequence[Arrival]) -> Html:
    """Return the panel; the page's script swaps the list for the details of what is selected."""
    fate = {row.delivery.delivery_id: row for row in rows}
    listed = [_line(plan, n, route, fate) for n, route in enumerate(plan.routes)]
    index = {place.node_id: n for n, place in enumerate(problem.places)}
    details = [_route(problem, plan, n, route, fate, index) for n, route in enumerate(plan.routes)]
    details += [
        _place(plan, n, place, [r for r in rows if r.delivery.node == n]) for n, place in enumerate(problem.places)
    ]
    back = el("button", "‹ All routes", type="button", id="back")
    return el(
        "aside",
        el("div", el("h2", plural(len(plan.routes), "route")), el("ol", *listed), id="routes-list"),
        el("div", back, *details, id="details", hidden=True, aria_live="polite"),
        class_="side",
        aria_label="Routes and details",
    )


def _line(plan: Plan, n: int, route: Route, fate: Mapping[str, Arrival]) -> Html:
    drops = [s for s in route.stops if is_drop(s)]
    start, end = (words.moment(plan, t)[2:7] for t in (route.start_s, route.end_s))
    return el(
        "li",
        el(
            "button",
            key(n),
            el("b", route.route_id),
            el("span", route.vehicle_type, class_="what"),
            _mark(plan, route, [fate[d] for s in drops for d in s.deliveries if d in fate]),
            el("span", plural(len(drops), "stop"), class_="num"),
            el("span", f"{start}–{end}", class_="num"),
            type="button",
            data_route=n,
        ),
    )


def _mark(plan: Plan, route: Route, rows: Sequence[Arrival]) -> Html:
    """Return the sign of what is wrong with a route, an empty place when nothing is."""
    if any(v.route_id == route.route_id for v in plan.violations or ()):
        return el("b", "✕", class_="badge-key unserved", title="breaks a constraint")
    worst = facts.worst([row.status for row in rows])
    if worst == "on_time":
        return el("span")
    return el("b", facts.SIGNS[worst], class_=f"badge-key {worst}", title=facts.WORDS[worst])


def _route(
    problem: Problem, plan: Plan, n: int, route: Route, fate: Mapping[str, Arrival], index: Mapping[str, int]
) -> Html:
    names = {p.node_id: p.name or p.node_id for p in problem.places}
    vehicle = geometry.vehicle_of(problem, route)
    full = f", {facts.load_share(route, vehicle.capacity):.0%} full at most" if vehicle else ""
    broken = points([v.text for v in plan.violations or () if v.route_id == route.route_id])
    heads = el("tr", *(el("th", h, scope="col") for h in ("Stop", "Begin", "Room")))
    stops = enumerate(route.stops, 1)
    body = [_stop(plan, f"{seq} {names.get(s.node, s.node)}", s, fate, index.get(s.node)) for seq, s in stops]
    return el(
        "article",
        el("h3", key(n), f" {route.route_id} · {route.vehicle_type}"),
        el("p", f"{route.owner or 'no owner given'}, from {names.get(route.start_node, route.start_node)}"),
        el("p", f"{words.moment(plan, route.start_s)} to {words.moment(plan, route.end_s)}"),
        el("p", f"{route.distance_m / 1000:.0f} km{full}, cost {route.cost:,}"),
        el("div", broken, class_="broken") if broken else None,
        el("table", el("thead", heads), el("tbody", *body)),
        data_detail=f"route-{n}",
        hidden=True,
    )


def _stop(plan: Plan, title: str, stop: Stop, fate: Mapping[str, Arrival], place: int | None) -> Html:
    rows = [fate[d] for d in stop.deliveries if d in fate]
    what = ", ".join(dict.fromkeys(row.delivery.item for row in rows)) if is_drop(stop) else ""
    slack = [row.slack_s for row in rows if row.slack_s is not None] if is_drop(stop) else []
    left = min(slack, default=None)
    room = "" if left is None else ("−" if left < 0 else "") + duration(abs(left))
    wait = stop.begin_s - stop.arrive_s
    said = f"{STOP_WORDS[stop.kind]}{f' {what}' if what else ''}{f'; waits {duration(wait)}' if wait else ''}"
    worst = facts.worst([row.status for row in rows]) if is_drop(stop) else "on_time"
    return el(
        "tr",
        el("td", title, el("small", said)),
        el("td", words.moment(plan, stop.begin_s)[2:7], class_="num", title=words.moment(plan, stop.begin_s)),
        el("td", room, f" {facts.WORDS[worst]}" if worst in ("tight", "early", "late") else "", class_=f"num {worst}"),
        data_at=place,
    )


def _place(plan: Plan, n: int, place: Place, rows: Sequence[Arrival]) -> Html:
    lines = [
        el(
            "tr",
            el("td", f"{amount(row.delivery.quantity)} {row.delivery.unit_of_issue} {row.delivery.item}",
               el("small", f"priority {row.delivery.priority}, {row.unit}")),
            el("td", "" if row.begin_s is None else words.moment(plan, row.begin_s)[2:7], class_="num"),
            el("td", status(row.status)),
        )
        for row in sorted(rows, key=lambda r: (r.begin_s is None, r.begin_s or 0, r.delivery.delivery_id))
    ]  # fmt: skip
    heads = el("tr", *(el("th", h, scope="col") for h in ("What", "Begin", "Status")))
    table = el("table", el("thead", heads), el("tbody", *lines)) if lines else el("p", "Nothing to deliver here.")
    kind = place.kind.replace("_", " ")
    routes = " ".join(str(n) for n in sorted({row.route for row in rows if row.route is not None}))
    return el(
        "article",
        el("h3", place.name or place.node_id),
        el("p", f"{kind}, {place.node_id}, {svgmap.grid(place)}"),
        table,
        data_detail=f"place-{n}",
        data_routes=routes,
        hidden=True,
    )
