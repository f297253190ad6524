"""The list of key figures: each a function with its unit and its meaning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

from workbench.kpi.facts import Facts

Better = Literal["higher", "lower", ""]
Value = float | str | Mapping[str, float] | None


@dataclass(frozen=True, slots=True)
class Kpi:
    """A figure: its key, unit, whether more of it is better, its meaning, and the function that gives it.

    A function that returns a mapping gives a family of figures, ``name_key`` for each key
    (an ending ``_of`` falls away: ``vehicles_used_of`` gives ``vehicles_used_truck``). One that returns None does not
    concern the problem, and is not shown.
    """

    name: str
    unit: str
    better: Better
    text: str
    rule: Callable[[Facts], Value]


KPIS: dict[str, Kpi] = {}
"""Every figure by key, in the order in which people read them."""


Rule = TypeVar("Rule", bound=Callable[[Facts], Value])


def kpi(*, unit: str, better: Better = "") -> Callable[[Rule], Rule]:
    """Register a figure; its docstring's first sentence is its meaning."""

    def register(rule: Rule) -> Rule:
        text = (rule.__doc__ or "").strip().splitlines()[0]
        KPIS[rule.__name__] = Kpi(rule.__name__, unit, better, text, rule)
        return rule

    return register
