"""Marks: what an answer earned, and in words what it fell short of."""

from __future__ import annotations

import html
from dataclasses import dataclass

from workbench.training.markup import block

ERRORS = {
    "empty": "no answer given",
    "unreadable": "answer could not be read",
    "unit": "unit missing or wrong",
    "return_leg": "forgot the return leg",
    "tonnes": "mixed short tons and tonnes",
    "pounds": "gave pounds as kilograms",
    "volume": "forgot the volume",
    "packaging": "forgot the packaging",
    "margin": "forgot the margin",
    "gap": "counted one gap too many",
    "no_gaps": "forgot the gaps",
    "one_day": "counted one day only",
    "round_up": "did not round up to whole ones",
    "added": "added where it takes away",
    "doubled": "counted twice",
    "whole_trip": "gave the trip, not the saving",
    "missed": "missed a post",
    "twice": "served a post twice",
    "unknown_post": "named a post that does not exist",
    "trucks": "used more trucks than there are",
    "capacity": "over capacity",
    "window": "too late at a post",
    "longer": "feasible, but not the best",
    "off": "off, without a known reason",
}
"""Every code a mark may carry, and its name for the instructor."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What an answer earned: ``points`` of ``of``, and the text that says what fell short and by how much.

    ``errors`` are codes of `ERRORS`, empty for a full mark.
    """

    exercise: str
    points: float
    of: float
    text: str
    errors: tuple[str, ...] = ()

    @property
    def full(self) -> bool:
        """Return whether nothing fell short."""
        return self.points >= self.of

    def __str__(self) -> str:
        return f"{self.points:g} of {self.of:g} points. {self.text}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        share = 100 * self.points / self.of if self.of else 0
        word = "Full marks" if self.full else "Part marks" if self.points else "No marks yet"
        bar = f'<div class="wbl-bar"><div style="width:{share:.0f}%"></div></div>'
        points = f"<strong>{word}: {self.points:g} of {self.of:g}</strong>"
        return block(f'<div class="wbl-mark">{points}{bar}{html.escape(self.text)}</div>')
