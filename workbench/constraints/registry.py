"""The list of constraints: each a function with its code, its title and its words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from workbench.constraints.replay import Replay
from workbench.plan import Violation

Rule = Callable[[Replay], Iterator[Violation]]


@dataclass(frozen=True, slots=True)
class Constraint:
    """A rule that a plan must keep. ``code`` is its function's name, ``words`` its first sentence."""

    code: str
    title: str
    words: str
    rule: Rule


CONSTRAINTS: dict[str, Constraint] = {}
"""Every constraint by code, in the order in which `check` applies them."""


def constraint(title: str) -> Callable[[Rule], Rule]:
    """Register a function that yields one violation per breach; its docstring's first sentence is for people."""

    def register(rule: Rule) -> Rule:
        words = (rule.__doc__ or "").strip().splitlines()[0]
        CONSTRAINTS[rule.__name__] = Constraint(rule.__name__, title, words, rule)
        return rule

    return register
