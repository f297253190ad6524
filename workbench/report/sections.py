"""The parts of a briefing that are lists and tables."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from workbench.plan import Plan
from workbench.problem import SHARE, Problem
from workbench.report import crossings, facts, pins, words
from workbench.report.facts import Arrival, Status
from workbench.report.hazards import Hazard
from workbench.report.markup import Html, el
from workbench.report.timeline import duration
from workbench.report.words import DIMENSIONS, Claim, plural

SIGNS: Mapping[str, str] = {"good": "✓", "warn": "!", "bad": "✕"}


def claim(c: Claim) -> Html:
    """Return one figure of the headline."""
    sign = el("span", SIGNS[c.state], class_="sign", aria_hidden="true") if c.state in SIGNS else None
    return el(
        "div", el("h3", c.title), el("p", sign, c.figure, class_="figure"), el("p", c.text), class_=f"claim {c.state}"
    )


def points(lines: Sequence[str]) -> Html | None:
    """Return a list, nothing when it is empty."""
    return el("ul", *(el("li", line) for line in lines)) if lines else None


def status(value: Status) -> Html:
    """Return a status as sign and word."""
    sign = el("span", facts.SIGNS[value], aria_hidden="true", class_="sign")
    return el("span", sign, facts.WORDS[value], class_=f"status {value}")


def map_key(hazards: Sequence[Hazard]) -> Html:
    """Return what the signs on the map mean; what is not on it is left out."""
    badge = [
        el("span", el("b", sign, class_=f"badge-key {value}"), word, class_="key-item")
        for value, sign, word in (("unserved", "✕", "unserved"), ("late", "L", "late"), ("tight", "!", "tight"))
    ]
    closed = el("span", el("b", "✕", class_="badge-key closed"), "road closed", class_="key-item")
    seen = [hazard for hazard in hazards if hazard.times.ever]
    danger = el("span", el("b", "⚠", class_="badge-key danger"), "threat", class_="key-item")
    flying = el("span", el("i", class_="line-key no-fly"), "nothing flies inside", class_="key-item")
    drawn = (danger if any(h.shape is not None for h in seen) else None,
             flying if any(h.keep_out is not None for h in seen) else None)  # fmt: skip
    return el("div", *badge, closed, *drawn, el("span", "no mark: on time", class_="key-item"), class_="map-key")


def timeline_key() -> Html:
    """Return what the parts of a bar mean."""
    parts = (("travel", "on the road"), ("waiting", "waiting"), ("loading", "loading"), ("service", "handing over"),
             ("window", "window of the stop"))  # fmt: skip
    boxes = [
        el(
            "span",
            el(
                "svg",
                el("rect", class_=kind, x=1, width=22, **_box(kind)),
                el("rect", class_="hatched", x=1, y=2, width=22, height=12) if kind == "loading" else None,
                width=24, height=16, aria_hidden="true",
            ),
            word,
            class_="key-item",
        )
        for kind, word in parts
    ]  # fmt: skip
    return el("p", *boxes, el("span", "Select a bar to see its stops.", class_="hint"), class_="t-key")


def _box(kind: str) -> dict[str, int]:
    return {"y": 6, "height": 4} if kind == "travel" else {"y": 2, "height": 12}


def deliveries(plan: Plan, rows: Sequence[Arrival]) -> Html:
    """Return who gets what and when: a line per delivery by unit, to sort and to filter."""
    order = sorted(rows, key=lambda r: (r.unit, r.delivery.priority, r.begin_s or 0, r.delivery.delivery_id))
    states = [el("option", "every status", value="")]
    states += [el("option", facts.WORDS[s], value=s) for s in facts.STATUSES]
    tools = el(
        "p",
        el("label", "Find ", el("input", type="search", id="find", placeholder="unit, item, place, route")),
        el("label", "Status ", el("select", *states, id="status")),
        el("span", plural(len(rows), "delivery"), id="found", aria_live="polite"),
        class_="tools",
    )
    heads = (
        ("Status", ""),
        ("Prio", "num"),
        ("Unit", ""),
        ("Place", ""),
        ("What", ""),
        ("Quantity", "num"),
        ("Handed over", "num"),
        ("At the latest", "num"),
        ("Room", "num"),
        ("Route", ""),
        ("Requisition", ""),
    )
    row = el("tr", *(el("th", el("button", h, type="button"), scope="col", class_=c or None) for h, c in heads))
    return el("div", tools, el("div", el("table", el("thead", row), el("tbody", *(_delivery(plan, r) for r in order)),
              id="who"), class_="wide"))  # fmt: skip


def _delivery(plan: Plan, row: Arrival) -> Html:
    d = row.delivery
    route = plan.routes[row.route].route_id if row.route is not None else "–"
    picked = " (fetched)" if d.kind == "retrograde" else ""
    room = "–"
    if row.slack_s is not None:
        room = duration(row.slack_s) if row.slack_s >= 0 else f"−{duration(59 - row.slack_s)}"
    return el(
        "tr",
        _cell(status(row.status), sort=facts.STATUSES.index(row.status)),
        _cell(d.priority, "num"),
        _cell(row.unit),
        _where(row),
        _cell(f"{d.item}{picked}", title=f"Class {d.supply_class}"),
        _cell(f"{amount(d.quantity)} {d.unit_of_issue}", "num", d.quantity),
        _cell("–" if row.begin_s is None else words.moment(plan, row.begin_s), "num", row.begin_s or math.inf),
        _cell(words.moment(plan, d.latest_s), "num", d.latest_s),
        _cell(room, "num", math.inf if row.slack_s is None else row.slack_s),
        _cell(route),
        _cell(d.delivery_id),
        data_status=row.status,
        data_route=row.route,
    )


def _where(row: Arrival) -> Html:
    """Return the grid reference, with the name of the place where it is not the unit's own."""
    name = row.place.name or row.place.node_id
    return el("td", el("span", pins.grid(row.place), class_="ref"), f" {name}" if name != row.unit else None)


def _cell(value: object, kind: str = "", sort: float | None = None, title: str | None = None) -> Html:
    if sort is None:
        return el("td", value, class_=kind or None, title=title)
    return el("td", value, class_=kind or None, title=title, data_sort="9e9" if math.isinf(sort) else f"{sort:g}")


def amount(value: float) -> str:
    """Return a quantity with thin thousands and no needless decimals."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}".rstrip("0")


def unserved(rows: Sequence[Arrival], reasons: pd.DataFrame) -> Html:
    """Return the unserved deliveries: code, why, what would serve each and with what effect."""
    by_id = {row.delivery.delivery_id: row for row in rows}
    groups: dict[str, list[dict[str, Any]]] = {}
    for record in reasons.to_dict("records"):
        if record["delivery"] in by_id:
            groups.setdefault(record["delivery"], []).append({str(k): v for k, v in record.items()})
    if not groups:
        return el("p", el("span", "✓ ", class_="sign good"), "Nothing is left out.", class_="empty")
    order = sorted(groups, key=lambda d: (by_id[d].delivery.priority, d))
    lines = [line for d in order for line in _unserved_lines(by_id[d], groups[d])]
    heads = ("Prio", "Unit", "What", "Code", "Why", "What would serve it", "Effect", "Requisition")
    head = el("tr", *(el("th", h, scope="col", class_="num" if h == "Prio" else None) for h in heads))
    return el("div", el("table", el("thead", head), el("tbody", *lines), class_="unserved"), class_="wide")


def _unserved_lines(row: Arrival, remedies: Sequence[Mapping[str, Any]]) -> list[Html]:
    """Return a line per remedy; what is the same in all of them stands in the first."""
    d, first, span = row.delivery, remedies[0], len(remedies)

    def once(*inner: object, class_: str | None = None) -> Html:
        return el("td", *inner, class_=class_, rowspan=span if span > 1 else None)

    def remedy(of: Mapping[str, Any]) -> list[Html]:
        effect = of["effect"] or ("–" if of["tried"] else "not tried")
        return [el("td", of["remedy"] or "–"), el("td", effect)]

    what = f"{amount(d.quantity)} {d.unit_of_issue} {d.item}"
    code = once(el("code", first["code"]))
    head = [once(d.priority, class_="num"), once(row.unit), once(what), code, once(first["reason"])]
    return [el("tr", *head, *remedy(first), once(d.delivery_id)), *(el("tr", *remedy(r)) for r in remedies[1:])]


def _listed(value: object) -> str:
    """Return a value that may be text, a list or missing as text."""
    if isinstance(value, (list, tuple)):
        return "; ".join(str(part) for part in value)
    return "" if value is None or value != value else str(value)


def violations(problem: Problem, plan: Plan) -> Html | None:
    """Return a line per violation; nothing for a feasible plan."""
    if not plan.violations:
        return None
    names = {p.node_id: p.name or p.node_id for p in problem.places}
    lines = [
        el("tr", el("td", el("code", v.code)), el("td", v.route_id or "–"), el("td", names.get(v.node, v.node) or "–"),
           el("td", f"{v.amount:,g} {v.unit}", class_="num"), el("td", v.text))
        for v in plan.violations
    ]  # fmt: skip
    heads = ("Constraint", "Route", "Place", "By", "What is wrong")
    head = el("tr", *(el("th", h, scope="col", class_="num" if h == "By" else None) for h in heads))
    return el("section", el("h2", "Violations"), el("div", el("table", el("thead", head), el("tbody", *lines)),
              class_="wide"), id="violations", aria_label="Violations")  # fmt: skip


def figures(table: pd.DataFrame) -> Html:
    """Return the KPIs with units; each opens to what it means. Figures of one meaning by key make a table."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in table.to_dict("records"):
        groups.setdefault(str(row["text"]), []).append({str(k): v for k, v in row.items()})
    single = [_single(rows[0]) for rows in groups.values() if len(rows) == 1]
    families = [_family(rows) for rows in groups.values() if len(rows) > 1]
    return el("div", *single, *families, class_="figures")


def _single(row: Mapping[str, Any]) -> Html:
    value, unit = _figure(row["value"], row["unit"])
    text = row["text"]
    if row["value"] != row["value"] and ": " in text:  # a figure that is a word stands before its meaning
        value, text = text.split(": ", 1)
        value = DIMENSIONS.get(value, value)
    better = {"higher": " More is better.", "lower": " Less is better."}.get(row["better"], "")
    face = el("summary", el("span", label(row["kpi"], row["unit"])), el("span", value, el("small", unit), class_="num"))
    return el("details", face, el("p", text, better))


def _family(rows: Sequence[Mapping[str, Any]]) -> Html:
    stem = _stem([row["kpi"] for row in rows])
    unit = "%" if rows[0]["unit"] == "share" else rows[0]["unit"]
    lines = [
        el("tr", el("td", DIMENSIONS.get(name, name.replace("_", " "))), el("td", figure, class_="num"))
        for row in rows
        for name, figure in [(row["kpi"][len(stem) :], _figure(row["value"], row["unit"])[0])]
    ]  # fmt: skip
    face = el("summary", el("span", f"{label(stem.strip('_'))}, each"), el("span", el("small", unit), class_="num"))
    return el("details", face, el("p", rows[0]["text"]), el("table", el("tbody", *lines)))


def label(name: str, unit: str = "") -> str:
    """Return a KPI's name for people: ``distance_km`` in km is Distance."""
    if name == "otif":
        return "On time in full"
    short = name.removesuffix(f"_{unit}") if unit in ("km", "h", "min") else name
    return short.replace("_", " ").capitalize()


def _stem(names: Sequence[str]) -> str:
    """Return what the names begin with in common, up to an underscore."""
    same = next((n for n, letters in enumerate(zip(*names, strict=False)) if len(set(letters)) > 1), 0)
    return names[0][: names[0].rfind("_", 0, same) + 1]


def _figure(value: object, unit: str) -> tuple[str, str]:
    """Return a KPI's value and unit for people: shares as percent, long numbers with thousands."""
    if value is None or value != value:
        return "–", ""
    if not isinstance(value, (int, float)):
        return str(value), f" {unit}"
    if unit == "share":
        return f"{100 * value:.1f}", " %"
    digits = 0 if float(value).is_integer() or abs(value) >= 1000 else 1
    return f"{value:,.{digits}f}", f" {unit}"


def bound(plan: Plan) -> Html | None:
    """Return what no plan can beat, when that is known."""
    if not plan.bound:
        return None
    served, cost, gap = (plan.bound.get(key) for key in ("served", "cost", "gap"))
    lines = []
    if served:
        lines.append(f"No plan can serve more than {amount(round(sum(served) / SHARE, 2))} requisitions.")
    if cost is not None:
        lines.append(f"Serving what this plan serves costs at least {cost:,}; this plan costs {plan.cost:,}.")
    if gap is not None:
        lines.append(f"So at most {gap:.0%} of its cost could be saved without serving less.")
    how = f"How it is known: {plan.bound.get('kind', 'not said')}."
    return el("details", el("summary", "What no plan can beat"), points([*lines, how]), class_="bound")


def assumptions(problem: Problem, plan: Plan) -> Html:
    """Return what the plan takes for granted, and which constraints its engine left to the checker."""
    lines = [*map(crossings.sentence, plan.unknown_bridges or ()), *problem.assumptions]
    lines += [f"The engine does not enforce “{code}”; the checker does look at it." for code in plan.unenforced]
    return points(lines) or el("p", "None beyond the tables.", class_="empty")


def provenance(problem: Problem, plan: Plan) -> Html:
    """Return what the plan was made from, so that it can be made again."""
    budget = ", ".join(f"{value:g} {name}" for name, value in plan.budget.items())
    spent = ", ".join(f"{value:,} {name}" for name, value in plan.spent.items())
    return el("dl", *_pairs([
        ("Scenario", plan.scenario), ("Course of action", plan.coa),
        ("As of", words.moment(plan, 0)), ("Horizon", f"{problem.horizon_s / 3600:g} h"),
        ("Engine", f"{plan.engine} {plan.engine_version}"), ("Seed", str(plan.seed)),
        ("Budget", budget or "–"), ("Spent", spent or "–"),
        ("Enforced by the engine", ", ".join(plan.enforced) or "–"), ("Inputs, SHA-256", plan.inputs_sha256 or "–"),
    ]), class_="provenance")  # fmt: skip


def _pairs(pairs: Sequence[tuple[str, str]]) -> list[Html]:
    return [part for term, value in pairs for part in (el("dt", term), el("dd", value))]
