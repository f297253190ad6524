"""The sentences of a briefing: the verdict, what is at risk, the decision wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from workbench.plan import Plan
from workbench.problem import Problem
from workbench.report.facts import TIGHT_S, TOP_PRIORITY, Arrival, Headline
from workbench.units import dtg, moment_at, parse_instant

DIMENSIONS = {"kg": "weight", "m3": "volume", "pallets": "pallet positions", "litres": "litres in tanks"}
"""What the load dimensions are called."""


class Claim(NamedTuple):
    """One figure of the headline: how it stands (good, warn, bad, plain), the figure, and what it says."""

    state: str
    title: str
    figure: str
    text: str


def plural(n: int, one: str, many: str = "") -> str:
    """Return ``1 delivery``, ``3 deliveries``."""
    if many:
        return f"{n:,} {one if n == 1 else many}"
    return f"{n:,} {one if n == 1 else (one[:-1] + 'ies' if one.endswith('y') else one + 's')}"


def moment(plan: Plan, seconds: int) -> str:
    """Return the DTG of an instant of the plan."""
    return dtg(moment_at(parse_instant(plan.as_of), seconds))


def verdict(plan: Plan) -> Claim:
    """Say whether the plan was checked and what came of it."""
    if plan.violations is None:
        return Claim("warn", "Verdict", "Not checked", "Have it checked before anyone moves on it.")
    if plan.violations:
        return Claim("bad", "Verdict", "Not feasible",
                     f"Checked: {plural(len(plan.violations), 'violation')}, listed below.")  # fmt: skip
    return Claim("good", "Verdict", "Feasible", "Checked: every leg replayed, no constraint broken.")


def top_priority(head: Headline) -> Claim:
    """Say what share of the most urgent requisitions arrives whole and on time."""
    title = f"Prio 1–{TOP_PRIORITY} on time"
    if not head.top:
        return Claim("plain", title, "none", f"Nobody asked at priority 1–{TOP_PRIORITY}.")
    share = 100 * head.top_on_time // head.top
    state = "good" if head.top_on_time == head.top else "bad" if share < 90 else "warn"
    return Claim(state, title, f"{share} %", f"{head.top_on_time} of {head.top} requisitions, whole and on time.")


def everything(head: Headline) -> Claim:
    """Say what share of all requisitions arrives whole and on time."""
    share = 100 * head.on_time // max(head.requisitions, 1)
    return Claim("plain", "All on time", f"{share} %",
                 f"{head.on_time} of {plural(head.requisitions, 'requisition')}, whole and on time.")  # fmt: skip


def risk(head: Headline) -> Claim:
    """Say how much is late or tight."""
    title = "At risk"
    tight = f"{head.tight} start within {TIGHT_S // 60} min of their last moment"
    if head.off:
        more = f" Another {tight}." if head.tight else ""
        return Claim("bad", title, f"{head.off} off time", f"Outside their windows.{more}")
    if head.tight:
        return Claim("warn", title, f"{head.tight} tight", f"{tight[0].upper()}{tight[1:]}; none is late.")
    return Claim("good", title, "None", f"Every delivery has {TIGHT_S // 60} min to spare or more.")


def unserved(head: Headline, rows: Sequence[Arrival]) -> Claim:
    """Say how much is left out and how urgent it is."""
    if not head.unserved:
        return Claim("good", "Unserved", "None", "Every requisition is in the plan.")
    first = min(row.delivery.priority for row in rows if row.status == "unserved")
    state = "bad" if first <= TOP_PRIORITY else "warn"
    text = f"of {head.requisitions} requisitions; the most urgent is priority {first}."
    return Claim(state, "Unserved", str(head.unserved_requisitions), text)


def decision(problem: Problem, plan: Plan, rows: Sequence[Arrival], reasons: pd.DataFrame) -> tuple[str, list[str]]:
    """Return the decision wanted and the points under it, most urgent first."""
    if plan.violations is None:
        return "Hold: have the plan checked before release.", []
    if plan.violations:
        points = [v.text for v in plan.violations[:3]]
        more = len(plan.violations) - len(points)
        return "Hold: the plan breaks constraints. Re-plan, or change what is asked.", points + (
            [f"{more} more below."] if more else []
        )
    starts = [r.start_s for r in plan.routes]
    go = (
        f"Release the plan; the first vehicle leaves {moment(plan, min(starts))}."
        if starts
        else "There is no plan yet."
    )
    points = remedies(rows, reasons)
    if not points:
        return go, []
    left_out = plural(len({r.delivery.requisition_id for r in rows if r.status == "unserved"}), "requisition")
    return f"{go} Decide on {left_out} left out:" if starts else f"Decide on {left_out} left out:", points


def remedies(rows: Sequence[Arrival], reasons: pd.DataFrame, most: int = 3) -> list[str]:
    """Return what to decide about the unserved: the first remedy of each, alike ones together, most urgent first."""
    by_id = {row.delivery.delivery_id: row for row in rows if row.status == "unserved"}
    groups: dict[str, list[Arrival]] = {}
    firsts = reasons.drop_duplicates("delivery")
    for delivery_id, remedy in zip(firsts["delivery"], firsts["remedy"], strict=True):
        if delivery_id in by_id:
            groups.setdefault(remedy or "nothing was found that would serve it.", []).append(by_id[delivery_id])
    ranked = sorted(groups.items(), key=lambda group: min(row.delivery.priority for row in group[1]))
    points = []
    for remedy, group in ranked[:most]:
        first = min(group, key=lambda row: row.delivery.priority)
        others = len({r.delivery.requisition_id for r in group} - {first.delivery.requisition_id})
        alike = f" The same is asked for {plural(others, 'other requisition')}." if others else ""
        points.append(f"{first.unit}, {first.delivery.item} (priority {first.delivery.priority}): {remedy}{alike}")
    rest = {row.delivery.requisition_id for _, group in ranked[most:] for row in group}
    rest -= {row.delivery.requisition_id for _, group in ranked[:most] for row in group}
    if rest:
        points.append(
            f"{plural(len(rest), 'other requisition')}: what would serve each stands in the list of the unserved."
        )
    return points
