"""What the widgets draw, as plain rows: numbers come from `workbench`, here they only get their words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench import explain
from workbench.errors import Finding
from workbench.plan import Route, Stop
from workbench.report import facts, geometry, timeline, words
from workbench.report.facts import Arrival
from workbench.report.sections import amount
from workbench.units import intersect_windows, iso

if TYPE_CHECKING:
    from widgets.session import Session

Row = dict[str, Any]
LEVELS: Mapping[str, str] = {"on_time": "ok", "tight": "warn", "early": "bad", "late": "bad", "unserved": "bad"}
STATES: Mapping[str, str] = {"good": "ok", "warn": "warn", "bad": "bad", "plain": ""}
LOADING = ("load", "reload")


def place_names(session: Session) -> dict[str, str]:
    """Return the spoken name of every place of the problem by node id."""
    return {p.node_id: p.name or p.node_id for p in session.problem.places} if session.problem else {}


def what(row: Arrival) -> str:
    """Return quantity and item of a delivery."""
    d = row.delivery
    return f"{amount(d.quantity)} {d.unit_of_issue} {d.item}" + (" (fetched)" if d.kind == "retrograde" else "")


def status(row: Arrival) -> str:
    """Return the status as sign and word."""
    return f"{facts.SIGNS[row.status]} {facts.WORDS[row.status]}"


def unserved(session: Session) -> tuple[Row, ...]:
    """Return a row per delivery left out, most urgent first, with reason and tried remedy."""
    if session.plan is None:
        return ()
    by_id = {row.delivery.delivery_id: row for row in session.arrivals}
    rows = [
        _unserved(by_id[delivery], tried)
        for delivery, tried in _reasons_by_delivery(session).items()
        if delivery in by_id
    ]
    return tuple(sorted(rows, key=lambda r: (r["priority"], r["key"])))


def _reasons_by_delivery(session: Session) -> dict[str, list[Mapping[Any, Any]]]:
    """Return the rows of `explain.unserved`, one for each remedy, by delivery."""
    found: dict[str, list[Mapping[Any, Any]]] = {}
    for reason in session.reasons.to_dict("records"):
        found.setdefault(str(reason["delivery"]), []).append(reason)
    return found


def _unserved(row: Arrival, reasons: Sequence[Mapping[Any, Any]]) -> Row:
    """Return the row of a delivery; ``reasons`` has one entry for each remedy."""
    remedies = [text for r in reasons if (text := _text(r["remedy"]))]
    return {
        "key": row.delivery.delivery_id,
        "level": "bad",
        "priority": row.delivery.priority,
        "unit": row.unit,
        "what": what(row),
        "code": reasons[0]["code"],
        "reason": reasons[0]["reason"],
        "remedy": "\n".join(f"or: {text}" if n else text for n, text in enumerate(remedies)),
        "more": _more(row, reasons),
    }


def _more(row: Arrival, reasons: Sequence[Mapping[Any, Any]]) -> list[str]:
    """Return which delivery it is and where to, and what each remedy would bring."""
    return [
        f"{row.delivery.delivery_id} for {row.place.name or row.place.node_id}",
        *(_outcome(r) for r in reasons if _text(r["remedy"])),
    ]


def _outcome(reason: Mapping[Any, Any]) -> str:
    """Return a remedy with what trying it on the plan brought."""
    remedy, effect = _text(reason["remedy"]), _text(reason["effect"])
    return f"{remedy} {f'Tried on the plan: {effect}' if reason['tried'] else 'It could not be tried.'}"


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "; ".join(map(str, value))
    return "" if value is None or value != value else str(value)


def at_risk(session: Session) -> tuple[Row, ...]:
    """Return a row per delivery that is unserved, late, early or tight, worst first."""
    if session.plan is None:
        return ()
    reasons = {u.delivery_id: u for u in session.plan.unserved}
    tried = _reasons_by_delivery(session)
    rows = [row for row in session.arrivals if row.status != "on_time"]
    rows.sort(key=lambda r: (facts.STATUSES.index(r.status), r.delivery.priority, r.delivery.delivery_id))
    out = []
    for row in rows:
        left_out = reasons.get(row.delivery.delivery_id)
        if left_out is not None:
            why = left_out.reason
        elif row.slack_s is not None and row.begin_s is not None:
            route = session.plan.routes[row.route].route_id if row.route is not None else ""
            why = f"{words.moment(session.plan, row.begin_s)}, {timeline.room(row.slack_s, row.status)} ({route})"
        else:
            why = ""
        out.append(
            {
                "key": row.delivery.delivery_id,
                "level": LEVELS[row.status],
                "status": status(row),
                "unit": row.unit,
                "priority": row.delivery.priority,
                "what": what(row),
                "why": why,
                "more": _more(row, tried.get(row.delivery.delivery_id, ())),
            }
        )
    return tuple(out)


def arrivals(session: Session) -> tuple[Row, ...]:
    """Return a row per delivery, first to last; the unserved stand at the end."""
    plan = session.plan
    if plan is None:
        return ()
    rows = sorted(session.arrivals, key=lambda r: (r.begin_s is None, r.begin_s or 0, r.delivery.delivery_id))
    return tuple(
        {
            "key": row.delivery.delivery_id,
            "level": LEVELS[row.status],
            "status": status(row),
            "unit": row.unit,
            "when": "–" if row.begin_s is None else words.moment(plan, row.begin_s),
            "what": what(row),
            "priority": row.delivery.priority,
            "more": [f"{row.delivery.delivery_id} for {row.place.name or row.place.node_id}"],
            "latest": words.moment(plan, row.delivery.latest_s),
            "route": "–" if row.route is None else plan.routes[row.route].route_id,
        }
        for row in rows
    )


def findings(found: Iterable[Finding], in_grid: bool = False) -> tuple[Row, ...]:
    """Return a row per finding; in a grid its place is the grid's own row number and the column."""

    def place(f: Finding) -> str:
        if in_grid:
            return f"row {f.row - 1}, {f.column or 'whole row'}" if f.row > 1 else f.column or "all rows"
        return " ".join(filter(None, (f.file, f.sheet, f"row {f.row}" if f.row else "", f.column)))

    return tuple(
        {
            "key": str(n),
            "level": "bad" if f.level == "error" else "warn",
            "word": f.level,
            "place": place(f),
            "expected": f.expected,
            "got": f.got,
            "remedy": f.remedy,
        }
        for n, f in enumerate(found)
    )


def violations(session: Session) -> tuple[Row, ...]:
    """Return a row per broken constraint."""
    names = place_names(session)
    return tuple(
        {
            "key": str(n),
            "level": "bad",
            "code": v.code,
            "route": v.route_id,
            "place": names.get(v.node, v.node),
            "by": f"{v.amount:,.4g} {v.unit}".strip(),
            "text": v.text,
        }
        for n, v in enumerate(session.violations)
    )


def routes(session: Session) -> tuple[Row, ...]:
    """Return a row per route with its stops, for the timeline."""
    if session.plan is None:
        return ()
    fate = {row.delivery.delivery_id: row for row in session.arrivals}
    windows = {p.node_id: p.windows for p in session.problem.places}
    names = place_names(session)
    broken = {v.route_id for v in session.violations}
    out = []
    for n, route in enumerate(session.plan.routes):
        stops = [_stop(session, s, seq, fate, names, windows) for seq, s in enumerate(route.stops, 1)]
        out.append(
            {
                "route_id": route.route_id,
                "vehicle_type": route.vehicle_type,
                "owner": route.owner,
                "start_s": route.start_s,
                "end_s": route.end_s,
                "stops": stops,
                "broken": route.route_id in broken,
                "late": any(s["late"] for s in stops),
                "colour": f"var(--wb-r{n % len(geometry.PALETTE)})",
            }
        )
    return tuple(out)


def _stop(
    session: Session,
    stop: Stop,
    seq: int,
    fate: Mapping[str, Arrival],
    names: Mapping[str, str],
    windows: Mapping[str, Any],
) -> Row:
    here = [fate[d] for d in stop.deliveries if d in fate] if timeline.is_drop(stop) else []
    state = timeline.stop_status(stop, dict(fate))
    slack = min((row.slack_s for row in here if row.slack_s is not None), default=None)
    goods = ", ".join(dict.fromkeys(row.delivery.item for row in here))
    room = timeline.room(slack, state) if slack is not None else ""
    place = names.get(stop.node, stop.node)
    said = f"{timeline.STOP_WORDS[stop.kind]} {goods}".strip()
    return {
        "seq": seq,
        "node": stop.node,
        "kind": stop.kind,
        "place": f"{seq} {place}",
        "arrive_s": stop.arrive_s,
        "begin_s": stop.begin_s,
        "depart_s": stop.depart_s,
        "late": state in ("late", "early"),
        "status": LEVELS[state] if here else "",
        "windows": _open(stop, here, windows.get(stop.node, ())),
        "words": said + (f", {room}" if room else ""),
        "text": f"{place}: {said}, {words.moment(session.plan, stop.begin_s)}" + (f", {room}" if room else ""),
    }


def _open(stop: Stop, here: Sequence[Arrival], place: Sequence[tuple[int, int]]) -> Sequence[tuple[int, int]]:
    """Return when service may start: what all deliveries of the stop agree on; the place's hours for loading."""
    if stop.kind in LOADING:
        return place
    common: tuple[tuple[int, int], ...] | None = None
    for row in here:
        common = row.delivery.windows if common is None else intersect_windows(common, row.delivery.windows)
    return common or ()


def route_card(session: Session, route: Route, seq: int) -> Row:
    """Return the details of a route, one row per stop, for the card on the map."""
    fate = {row.delivery.delivery_id: row for row in session.arrivals}
    names = place_names(session)
    start, end = words.moment(session.plan, route.start_s), words.moment(session.plan, route.end_s)
    rows: list[Row] = [
        {
            "key": "",
            "text": f"{start} to {end[2:7]}",
            "note": f"{route.distance_m / 1000:.0f} km, {route.owner or 'no owner given'}, cost {route.cost:,}",
        }
    ]
    for n, stop in enumerate(route.stops, 1):
        made = _stop(session, stop, n, fate, names, {})
        bad = made["status"] in ("warn", "bad")
        rows.append(
            {
                "key": words.moment(session.plan, stop.begin_s)[2:7],
                "text": names.get(stop.node, stop.node),
                "seq": n,
                "note": made["words"],
                "chip": ("late" if made["late"] else "tight") if bad else "",
                "level": made["status"],
            }
        )
    rows += [
        {"key": v.code, "text": v.text, "chip": "broken", "level": "bad"}
        for v in session.violations
        if v.route_id == route.route_id
    ]
    return {"title": f"{route.route_id} · {route.vehicle_type}", "rows": rows, "seq": seq}


def place_card(session: Session, node: str) -> Row:
    """Return what arrives at a place and when."""
    names = place_names(session)
    here = [r for r in session.arrivals if r.place.node_id == node]
    here.sort(key=lambda r: (r.begin_s is None, r.begin_s or 0, r.delivery.delivery_id))
    rows = [
        {
            "key": "–" if r.begin_s is None else words.moment(session.plan, r.begin_s)[2:7],
            "text": what(r),
            "note": f"{r.unit}, priority {r.delivery.priority}",
            "chip": status(r),
            "level": LEVELS[r.status],
        }
        for r in here
    ]
    return {"title": names.get(node, node), "rows": rows or [{"key": "", "text": "Nothing to deliver here."}]}


def headline(session: Session) -> tuple[str, str, tuple[Row, ...]]:
    """Return the decision wanted, its level, and its points."""
    if session.findings:
        return session.message, "bad", ()
    if session.plan is None:
        asked = len(session.problem.deliveries) if session.problem else 0
        return f"Nothing is planned yet: {words.plural(asked, 'delivery')} to make. Press Solve.", "", ()
    lead, points = words.decision(session.problem, session.judged, session.arrivals, session.reasons)
    level = "bad" if session.violations else "warn" if points else "ok"
    return lead, level, tuple(_point(text) for text in points)


def _point(text: str) -> Row:
    """Return a point of the decision as whom it is about and what to do."""
    about, _, how = text.partition(": ")
    return {"what": f"{about}:", "how": how} if how else {"what": "", "how": text}


def figures(session: Session) -> tuple[Row, ...]:
    """Return the few big figures, each with its reasons."""
    if session.plan is None:
        return ()
    rows = session.arrivals
    head = facts.headline(tuple(rows))
    claims = (words.top_priority(head), words.everything(head), words.unserved(head, rows), words.risk(head))
    return tuple(
        {
            "key": c.title,
            "label": c.title,
            "value": c.figure,
            "unit": "",
            "level": STATES[c.state],
            "word": c.text,
            "reasons": [c.text, *_reasons(c.title, rows, session)],
        }
        for c in claims
    )


def _reasons(title: str, rows: Sequence[Arrival], session: Session) -> list[str]:
    bad = [r for r in rows if r.status != "on_time"]
    if title.startswith("Prio"):
        bad = [r for r in bad if r.delivery.priority <= facts.TOP_PRIORITY]
    elif title == "Unserved":
        bad = [r for r in bad if r.status == "unserved"]
    elif title == "At risk":
        bad = [r for r in bad if r.status != "unserved"]
    bad.sort(key=lambda r: (facts.STATUSES.index(r.status), r.delivery.priority))
    return [f"{status(r)}: {r.unit}, {what(r)}, priority {r.delivery.priority}" for r in bad[:20]]


def as_of(session: Session) -> str:
    """Return the planning moment, ISO 8601."""
    return iso(session.problem.as_of) if session.problem else "2000-01-01T00:00:00Z"


_STOPS = (("✕ closed", "bad"), ("! too weak", "warn"), ("? class not known", ""))


def barred(session: Session) -> tuple[str, tuple[Row, ...]]:
    """Return a title and a row per bridge that the heaviest vehicles on the road can't use, closed ones first."""
    limits = session.problem.travel.roads.limits if session.problem is not None else {}
    if not limits:
        return "Bridges", ()
    heaviest = max(limits, key=lambda key: (limits[key].mlc, key))
    types = ", ".join(dict.fromkeys(v.vehicle_type for v in session.problem.fleet if v.travel == heaviest))
    told = explain.barred(session.problem, heaviest, bridges=True).itertuples(index=False, name=None)
    rows = [{"key": edge, "name": name, "why": why, **_sign_of(why)} for edge, name, why in told]
    rows.sort(key=lambda row: _STOPS.index((row["sign"], row["level"])))
    return f"Bridges that stop {types}, class {limits[heaviest].mlc:g}", tuple(rows)


def _sign_of(why: str) -> Row:
    at = 0 if "is closed" in why else 2 if "no known load class" in why else 1
    return dict(zip(("sign", "level"), _STOPS[at], strict=True))
