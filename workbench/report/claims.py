"""What a completed plan claims of itself as a whole, compared with what its replay gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isclose
from typing import Any

from workbench import bound, kpi
from workbench.plan import Plan, Violation
from workbench.problem import Problem
from workbench.report import crossings

MOST_NAMED = 3
_NO_FIGURE = object()


def claims(problem: Problem, plan: Plan, violations: Sequence[Violation]) -> list[Violation]:
    """Return a violation for each claim of a plan file that does not hold, code ``stated`` if it is a figure.

    ``violations`` is what `check` found. Claims are the list of deliveries, that every unserved one is explained,
    the verdict, the KPIs, the bound and the bridges of unknown class; only the first has to be made. The others
    follow from the routes: where those break a constraint that is the fault, and figures of them would only repeat it.
    """
    out = [*_list(problem, plan), *_sentences(plan), *_verdict(plan, violations)]
    if all(v.code in ("stated", "unserved_code") for v in violations):
        out += _kpis(plan.kpis, kpi.as_dict(problem, plan))
    if not violations:
        out += [*_bound(problem, plan), *_crossings(problem, plan)]
    return out


def _says(text: str, amount: float, unit: str) -> Violation:
    return Violation("stated", "", "", amount, unit, text)


def _list(problem: Problem, plan: Plan) -> Iterator[Violation]:
    if problem.deliveries and not plan.deliveries:
        n = len(problem.deliveries)
        yield _says(f"The plan lists no deliveries; its inputs give {n}, each listed once.", n, "deliveries")


def _sentences(plan: Plan) -> Iterator[Violation]:
    """A plan that carries its verdict was completed, so that every unserved delivery has its sentence."""
    for u in plan.unserved if plan.violations is not None else ():
        if u.code == "NOT_PLANNED" and not u.reason.strip():
            text = f"{u.delivery_id} is unserved with code {u.code}, but no sentence says why."
            yield Violation("unserved_code", "", "", 1, "deliveries", text)


def _verdict(plan: Plan, violations: Sequence[Violation]) -> Iterator[Violation]:
    """A verdict of no violations where there are some needs no word of its own: they are listed."""
    if plan.violations and [_named(v) for v in plan.violations] != [_named(v) for v in violations]:
        said, right = len(plan.violations), len(violations)
        first = f", the first {plan.violations[0].code}: {plan.violations[0].text}"
        yield _says(f"The plan states {said} violation(s){first} The replay gives {right}.", said, "violations")


def _named(violation: Violation) -> tuple[str, str, str]:
    return violation.code, violation.route_id, violation.node


def _kpis(said: Mapping[str, Mapping[str, Any]], right: Mapping[str, Mapping[str, Any]]) -> Iterator[Violation]:
    """Yield one violation for all figures that differ; figures that only the plan has can't be compared."""
    wrong = {key: (said[key], right[key]) for key in right if key in said and not _same_figure(said[key], right[key])}
    if not wrong:
        return
    key, (one, other) = next(iter(wrong.items()))
    named = [k for k in wrong if k != key]
    more = f"; wrong too: {', '.join(named[:MOST_NAMED])}" if named else ""
    more += f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
    a, b = one.get("value"), other["value"]
    off = (abs(a - b) if isinstance(a, int | float) and isinstance(b, int | float) else 0) or 1
    text = f"The plan states KPI {key} as {_words(one)}; the replay gives {_words(other)}{more}."
    yield _says(text, off, str(other["unit"]))


def _words(figure: Mapping[str, Any]) -> str:
    value = figure.get("value")
    shown = f"{value:,.10g}" if isinstance(value, int | float) else repr(value)[:60]
    return f"{shown} {str(figure.get('unit', ''))[:30]}".strip()


def _same_figure(said: Mapping[str, Any], right: Mapping[str, Any]) -> bool:
    return said.get("unit") == right["unit"] and _same(said.get("value", _NO_FIGURE), right["value"])


def _same(said: Any, right: Any) -> bool:
    if isinstance(right, list):
        return isinstance(said, list) and len(said) == len(right) and all(map(_same, said, right))
    if isinstance(right, int | float) and isinstance(said, int | float) and not isinstance(said, bool):
        return isclose(said, right, rel_tol=1e-6, abs_tol=1e-6)
    return bool(said == right)


def _crossings(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """A plan that lists them lists every bridge of unknown load class that it crosses, with its routes."""
    if plan.unknown_bridges is None:
        return
    right = crossings.unknown_bridges(problem, plan)
    wrong = sorted({c.edge_id for c in {*right} ^ {*plan.unknown_bridges}})
    if wrong:
        names = ", ".join(wrong[:MOST_NAMED]) + (
            f" and {len(wrong) - MOST_NAMED} more" if len(wrong) > MOST_NAMED else ""
        )
        yield _says(f"The bridges of unknown load class that the plan lists are not those it crosses: {names}.",
                    len(wrong), "bridges")  # fmt: skip


def _bound(problem: Problem, plan: Plan) -> Iterator[Violation]:
    if not plan.bound:
        return
    for key, right in bound.simple(problem, plan).items():
        said = plan.bound.get(key, _NO_FIGURE)
        if said is not _NO_FIGURE and not _same(said, right):
            text = f"The plan states its bound's {key} as {repr(said)[:80]}; reckoned anew it is {repr(right)[:80]}."
            off = abs(said - right) if isinstance(said, int | float) and isinstance(right, int | float) else 1
            yield _says(text, off, {"cost": "cost", "gap": "share"}.get(key, "bounds"))
            return
