"""A planner's rule: which way of a front to take."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from workbench.ground.fronts import Alternative, Front

Kind = Literal["fastest", "safest", "within_s", "within_share", "max_loss", "knee"]
FORMS = "fastest, safest, within 10 min, within 15 %, max risk 5 %, knee"
_WITHIN = re.compile(r"within (\d+(?:\.\d+)?) ?(min|h|%)(?: of fastest)?")
_MAX_RISK = re.compile(r"max risk (\d+(?:\.\d+)?) ?(%?)")


@dataclass(frozen=True, slots=True)
class Rule:
    """What to take of a front. ``amount`` is seconds, a share of the fastest time, or a loss probability."""

    kind: Kind
    amount: float = 0.0

    def __str__(self) -> str:
        if self.kind == "within_s":
            return f"within {self.amount / 60:g} min"
        if self.kind == "within_share":
            return f"within {100 * self.amount:g} %"
        return f"max risk {100 * self.amount:g} %" if self.kind == "max_loss" else self.kind

    def latest_ms(self, fastest_ms: int) -> int | None:
        """Return the most milliseconds a way may take, given the fastest; None: as long as it likes."""
        if self.kind == "within_s":
            return fastest_ms + round(1000 * self.amount)
        return fastest_ms + int(self.amount * fastest_ms + 1e-6) if self.kind == "within_share" else None

    @property
    def words(self) -> str:
        """Say what the rule takes, to stand after “Legs follow”."""
        return {
            "fastest": "the fastest way",
            "safest": "the safest way",
            "within_s": f"the safest way that takes at most {self.amount / 60:g} min longer than the fastest",
            "within_share": f"the safest way that takes at most {100 * self.amount:g} % longer than the fastest",
            "max_loss": f"the fastest way whose loss probability is at most {100 * self.amount:g} %, or none",
            "knee": "the way at the knee of time and risk, and the fastest where there is none",
        }[self.kind]


def parse(text: str) -> Rule:
    """Read a rule: one of ``fastest``, ``safest``, ``within 10 min``, ``within 15 %``, ``max risk 5 %``, ``knee``.

    Raises
    ------
    ValueError
        When the text is none of these; its message names them.
    """
    said = " ".join(text.lower().split())
    plain: dict[str, Kind] = {"fastest": "fastest", "safest": "safest", "knee": "knee"}
    if said in plain:
        return Rule(plain[said])
    if within := _WITHIN.fullmatch(said):
        amount = float(within[1])
        return Rule("within_share", amount / 100) if within[2] == "%" else Rule(
            "within_s", amount * (60 if within[2] == "min" else 3600)
        )  # fmt: skip
    if most := _MAX_RISK.fullmatch(said):
        amount = float(most[1]) / (100 if most[2] else 1)
        if amount <= 1:
            return Rule("max_loss", amount)
    raise ValueError(f"one of {FORMS}")


def choose(front: Front, rule: Rule | str) -> Alternative | None:
    """Return the way of a front that a rule takes; None where there is no way, or none safe enough for ``max risk``.

    Of a front with no knee (T-KNEE) the rule ``knee`` takes the fastest way.

    Raises
    ------
    ValueError
        When the rule is a text that `parse` can't read.
    """
    asked = parse(rule) if isinstance(rule, str) else rule
    if not front or asked.kind == "fastest":
        return front[0] if front else None
    if asked.kind == "max_loss":
        return next((a for a in front if a.loss <= asked.amount), None)
    if asked.kind == "knee":
        return knee(front) or front[0]
    latest = asked.latest_ms(front[0].ms)
    return front[-1] if latest is None else [a for a in front if a.ms <= latest][-1]


def knee(front: Front) -> Alternative | None:
    """Return the way farthest below the straight line from the fastest to the safest, in time and loss; None: none.

    Time and loss probability are both scaled to 0..1 between the two ends. A front that bulges the other way has no
    knee, and none is made up [GK: chord distance].
    """
    if len(front) < 3:
        return None
    first, last = front[0], front[-1]
    below = [
        1.0 - (a.ms - first.ms) / (last.ms - first.ms) - (a.loss - last.loss) / (first.loss - last.loss)
        if first.loss > last.loss else 0.0
        for a in front
    ]  # fmt: skip
    best = max(below)
    return front[below.index(best)] if best > 1e-9 else None
