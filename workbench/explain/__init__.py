"""Why deliveries are unserved, found by trying, and what would serve them; what an edit of the ground does."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from workbench.explain.board import Board
from workbench.explain.edits import Side, barred, farther, legs_hit
from workbench.explain.reasons import Reason, reason
from workbench.explain.remedies import remedies
from workbench.plan import Plan
from workbench.problem import Problem

__all__ = ["COLUMNS", "Side", "barred", "complete", "farther", "legs_hit", "unserved"]

COLUMNS = ("requisition", "delivery", "code", "reason", "remedy", "tried", "effect")


def _unserved(problem: Problem, plan: Plan, board: Board) -> dict[int, Reason]:
    """Return the reason of every delivery that the plan lists as unserved and does not serve."""
    index = {d.delivery_id: i for i, d in enumerate(problem.deliveries)}
    listed = dict.fromkeys(index[u.delivery_id] for u in plan.unserved if u.delivery_id in index)
    return {i: reason(board, i) for i in listed if i not in board.served}


def unserved(problem: Problem, plan: Plan) -> pd.DataFrame:
    """Return why each unserved delivery is unserved, a row per remedy that serves it.

    Columns: requisition, delivery, code, reason (a sentence), remedy (a change; empty when nothing tried
    serves it), tried (True when the change was re-evaluated), effect (what that gave). Rows come most
    urgent first. An empty frame means that the plan serves everything.
    """
    board = Board(problem, plan)
    found = _unserved(problem, plan, board)
    rows = [
        (d.requisition_id, d.delivery_id, why.code, why.text, r.remedy, r.tried, r.effect)
        for i, why in sorted(found.items(), key=lambda item: (problem.deliveries[item[0]].priority, item[0]))
        for d in [problem.deliveries[i]]
        for r in remedies(board, i, why)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"tried": "bool"})


def complete(plan: Plan, rows: pd.DataFrame) -> Plan:
    """Return the plan with code and sentence of every unserved delivery whose code is NOT_PLANNED.

    ``rows`` are those of `unserved` for this plan. A delivery that an idle vehicle or a route could still serve
    stays NOT_PLANNED and says so.
    """
    if all(u.code != "NOT_PLANNED" for u in plan.unserved):
        return plan
    why = {key: words for key, *words in zip(rows["delivery"], rows["code"], rows["reason"], strict=True)}
    return plan.replace(
        unserved=tuple(
            replace(u, code=why[u.delivery_id][0], reason=why[u.delivery_id][1])
            if u.code == "NOT_PLANNED" and u.delivery_id in why
            else u
            for u in plan.unserved
        )
    )
