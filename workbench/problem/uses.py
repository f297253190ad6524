"""Which constraints a problem makes use of: what an engine that does not enforce them all has to say."""

from __future__ import annotations

from collections.abc import Callable

from workbench.problem.model import NO_LIMIT, Problem


def uses(problem: Problem) -> frozenset[str]:
    """Return the constraints beyond those of every plan that something in the problem asks for, by code."""
    return frozenset(code for code, asked in _ASKED.items() if asked(problem))


_ASKED: dict[str, Callable[[Problem], bool]] = {
    "slots": lambda p: any(place.slots for place in p.places),
    "visits": lambda p: any(place.visits_per_day for place in p.places),
    "rest": lambda p: any(v.drive_s < NO_LIMIT for v in p.fleet),
    "driving": lambda p: any(v.max_drive_s < NO_LIMIT for v in p.fleet),
    "duration": lambda p: any(v.longest_s < NO_LIMIT for v in p.fleet),
    "exposure": lambda p: any(v.max_exposure < NO_LIMIT for v in p.fleet),
    "backhaul": lambda p: any(v.backhaul_last for v in p.fleet) and any(d.kind == "retrograde" for d in p.deliveries),
    "release": lambda p: any(d.ready_s > 0 or d.load_by_s < NO_LIMIT for d in p.deliveries),
    "vehicle_choice": lambda p: any(not all(d.may_use) for d in p.deliveries),
    "aboard": lambda p: any(d.aboard_s < NO_LIMIT for d in p.deliveries),
    "cleaning": lambda p: p.cleaning is not None and bool(p.cleaning.any()),
    "relations": lambda p: bool(p.relations),
    "resources": lambda p: bool(p.resources),
}
"""For each of them, whether a problem asks for it."""
