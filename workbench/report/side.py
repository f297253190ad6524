"""The panel beside the map: the timeline, and under it the route or place that is selected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workbench.plan import Plan, Route
from workbench.problem import Place, Problem
from workbench.report import facts, geometry, pins, timeline, words
from workbench.report.facts import Arrival
from workbench.report.markup import Html, el
from workbench.report.sections import amount, points, status, timeline_key
from workbench.units import parse_instant

RISK_HEADS = (("Status", None), ("Prio", "num"), ("Unit", None), ("What", None), ("Why", None))


def panel(problem: Problem, plan: Plan, rows: Sequence[Arrival]) -> Html:
    """Return the panel; the page's script shows the details of what is selected and hides the rest."""
    fate = {row.delivery.delivery_id: row for row in rows}
    scale = timeline.Scale(plan, parse_instant(plan.as_of))
    details = [_route(problem, plan, n, route, fate, scale) for n, route in enumerate(plan.routes)]
    for n, place in enumerate(problem.places):
        details.append(_place(plan, n, place, [row for row in rows if row.delivery.node == n]))
    back = el("button", "Close", type="button", id="back", hidden=True)
    return el(
        "aside",
        el("div", timeline.draw(problem, plan, rows), class_="times", tabindex=0, role="group", aria_label="Timeline"),
        el(
            "div",
            back,
            _risks(plan, rows),
            *details,
            id="details",
            tabindex=0,
            role="region",
            aria_label="Details",
            aria_live="polite",
        ),
        timeline_key(),
        class_="side",
    )


def _risks(plan: Plan, rows: Sequence[Arrival]) -> Html:
    """Return what is unserved, off time or tight, the most urgent first: what the panel shows to begin with."""
    wrong = sorted(
        (row for row in rows if row.status != "on_time"),
        key=lambda r: (facts.STATUSES.index(r.status), r.delivery.priority, r.delivery.delivery_id),
    )
    codes = {u.delivery_id: u.code for u in plan.unserved}
    lines = [
        el(
            "tr",
            el("td", status(row.status)),
            el("td", row.delivery.priority, class_="num"),
            el("td", row.unit),
            el("td", f"{amount(row.delivery.quantity)} {row.delivery.unit_of_issue} {row.delivery.item}"),
            el(
                "td",
                codes.get(row.delivery.delivery_id, "–")
                if row.slack_s is None
                else timeline.room(row.slack_s, row.status),
            ),
            data_place=row.delivery.node,
        )
        for row in wrong
    ]
    heads = el("tr", *(el("th", h, scope="col", class_=c) for h, c in RISK_HEADS))
    table = el("table", el("thead", heads), el("tbody", *lines))
    nothing = el("p", f"Everything is served, with {facts.TIGHT_S // 60} minutes to spare or more.")
    return el(
        "article", el("h3", "At risk and unserved"), table if wrong else nothing, class_="risks", data_detail="risks"
    )


def _route(
    problem: Problem, plan: Plan, n: int, route: Route, fate: Mapping[str, Arrival], scale: timeline.Scale
) -> Html:
    places = {p.node_id: p for p in problem.places}
    index = {p.node_id: i for i, p in enumerate(problem.places)}
    names = {p.node_id: p.name or p.node_id for p in problem.places}
    vehicle = geometry.vehicle_of(problem, route)
    full = f", {facts.load_share(route, vehicle.capacity):.0%} full at most" if vehicle else ""
    broken = points([v.text for v in plan.violations or () if v.route_id == route.route_id])
    lines = [
        timeline.stop_line(seq, names.get(stop.node, stop.node), stop, places.get(stop.node), fate, scale)
        for seq, stop in enumerate(route.stops, 1)
    ]
    start, end = words.moment(plan, route.start_s), words.moment(plan, route.end_s)
    return el(
        "article",
        el("h3", timeline.key(n), f" {route.route_id} · {route.vehicle_type} · {route.owner or 'no owner given'}"),
        el("p", f"{names.get(route.start_node, route.start_node)}, {start} to {end}, {route.distance_m / 1000:.0f} km"
                f"{full}, cost {route.cost:,}"),
        el("div", broken, class_="broken") if broken else None,
        *lines,
        class_=f"c{n % len(geometry.PALETTE)}",
        data_detail=f"route-{n}",
        data_at=" ".join(str(index[s.node]) for s in route.stops if s.node in index),
        hidden=True,
    )  # fmt: skip


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
        el("p", f"{kind}, {place.node_id}, {pins.grid(place)}"),
        table,
        data_detail=f"place-{n}",
        data_routes=routes,
        hidden=True,
    )
