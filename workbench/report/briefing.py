"""``briefing.html``: one page for the commander, the staff and the printer; it asks nothing of any network."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files as package_files

import pandas as pd

from workbench.plan import Plan
from workbench.problem import Problem
from workbench.report import facts, sections, side, svgmap, words
from workbench.report.backdrop import backdrop
from workbench.report.hazards import Hazard
from workbench.report.markup import Html, el, join
from workbench.scenario import Scenario
from workbench.units import dtg, parse_instant

VIEWPORT = "width=device-width, initial-scale=1"


def page(
    problem: Problem, plan: Plan, reasons: pd.DataFrame, figures: pd.DataFrame, scenario: Scenario | None = None
) -> str:
    """Return the briefing of a completed plan as one HTML page.

    ``reasons`` are those of `explain.unserved`, ``figures`` those of `kpi.table`. Without a scenario the map
    shows routes and places only, and units go by their ids.
    """
    ground = backdrop(scenario, plan.coa)
    rows = facts.arrivals(problem, plan, ground.units)
    body = el(
        "body",
        el("a", "Skip to the deliveries", href="#deliveries", class_="skip"),
        _marking(problem, "top"),
        _header(problem, plan),
        el(
            "main",
            _headline(problem, plan, rows, reasons),
            _hero(svgmap.draw(problem, plan, ground, rows), side.panel(problem, plan, rows), ground.hazards),
            _section("deliveries", "Who gets what, when", sections.deliveries(plan, rows)),
            _section("unserved", "Unserved, why, and what would serve it", sections.unserved(rows, reasons)),
            sections.violations(problem, plan),
            _section("figures", "Figures", sections.figures(figures), sections.bound(plan)),
            _section("assumptions", "Assumptions", sections.assumptions(problem, plan)),
            _section("provenance", "Where this comes from", sections.provenance(problem, plan)),
        ),
        _marking(problem, "bottom"),
        el("script", Html(_asset("briefing.js"))),
    )
    styles = (_asset("briefing.css"), _sheets(problem))
    head = el(
        "head",
        el("meta", charset="utf-8"),
        _policy(styles),
        el("meta", name="viewport", content=VIEWPORT),
        el("title", f"Briefing · {plan.scenario} · {plan.coa}"),
        *(el("style", Html(style)) for style in styles),
    )
    return f"<!DOCTYPE html>\n{el('html', head, body, lang='en')}\n"


@lru_cache(maxsize=4)
def _asset(name: str) -> str:
    return (package_files("workbench") / "data" / name).read_text(encoding="utf-8")


def _policy(styles: tuple[str, ...]) -> Html:
    """Return the policy that lets this page use its own styles and script and nothing else, and reach nothing."""

    def fingerprint(text: str) -> str:
        return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"

    rules = (
        "default-src 'none'",
        "img-src data:",
        f"style-src {' '.join(map(fingerprint, styles))}",
        f"script-src {fingerprint(_asset('briefing.js'))}",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return Html(f'<meta http-equiv="Content-Security-Policy" content="{"; ".join(rules)}">')


def _marking_words(problem: Problem) -> str:
    return problem.marking or "NO MARKING GIVEN"


def _sheets(problem: Problem) -> str:
    """Return the style that prints the marking at the head and at the foot of every sheet of paper."""
    text = "".join(c if c.isascii() and c.isalnum() else f"\\{ord(c):x} " for c in _marking_words(problem))
    box = f'{{ content: "{text}"; font: 700 9pt system-ui, sans-serif; letter-spacing: 0.06em; }}'
    return f"@page {{ @top-center {box} @bottom-center {box} }}"


def _marking(problem: Problem, where: str) -> Html:
    return el("div", _marking_words(problem), class_=f"marking {where}", role="region", aria_label=f"Marking, {where}")


def _header(problem: Problem, plan: Plan) -> Html:
    as_of = parse_instant(plan.as_of)
    return el(
        "header",
        el("h1", plan.scenario.replace("_", " ")),
        el("span", f"Course of action: {plan.coa}", class_="coa"),
        el("span", "as of ", el("b", dtg(as_of)), class_="as-of"),
        el("span", class_="grow"),
        el("button", "Print", type="button", id="print"),
        el("button", "Dark", type="button", id="theme", aria_pressed="false"),
    )


def _headline(problem: Problem, plan: Plan, rows: tuple[facts.Arrival, ...], reasons: pd.DataFrame) -> Html:
    head = facts.headline(rows)
    claims = (words.verdict(plan), words.top_priority(head), words.everything(head), words.risk(head),
              words.unserved(head, rows))  # fmt: skip
    wanted, points = words.decision(problem, plan, rows, reasons)
    return el(
        "section",
        el("div", el("h2", "Decision wanted"), el("p", wanted), sections.points(points), class_="decision"),
        el("div", *(sections.claim(c) for c in claims), class_="claims"),
        class_="headline", aria_label="Summary",
    )  # fmt: skip


def _hero(drawing: Html, panel: Html, hazards: Sequence[Hazard]) -> Html:
    buttons = [
        el("button", sign, type="button", data_zoom=step, aria_label=label)
        for sign, step, label in (("+", "in", "Zoom in"), ("−", "out", "Zoom out"), ("⌂", "home", "Whole plan"))
    ]
    tools = el("div", *buttons, class_="zoom")
    scale = el("div", el("span", class_="bar"), el("span", class_="length"), class_="scale", id="scale",
               aria_hidden="true")  # fmt: skip
    whole = el("div", drawing, tools, scale, sections.map_key(hazards), class_="map")
    return el("section", whole, panel, class_="hero", aria_label="Map and routes")


def _section(anchor: str, title: str, *children: Html | None) -> Html:
    return el("section", el("h2", title), join(*children), id=anchor, aria_label=title)
