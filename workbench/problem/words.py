"""Amounts and names as refusals and assumptions say them."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.problem.model import SCALE


def both(names: Sequence[str]) -> str:
    """Return all of some names in words."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def listed(names: object, most: int = 6) -> str:
    """Return names as a list in words, each once, the first ``most`` of them."""
    seen = list(dict.fromkeys(names))  # type: ignore[call-overload]
    return ", ".join(seen[:most]) + (f" and {len(seen) - most} more" if len(seen) > most else "")


def shown(amount: int, dim: int) -> str:
    """Return an internal amount with its unit, as people read it."""
    unit = ("kg", "m³", "pallet positions", "L")[dim]
    return f"{amount / SCALE[dim]:,.2f}".rstrip("0").rstrip(".") + f" {unit}"


def km(metres: int) -> str:
    """Return metres as kilometres with one decimal."""
    return f"{metres / 1000:,.1f} km"


def span(seconds: int) -> str:
    """Return a length of time as hours and minutes, rounded up."""
    minutes = -(-seconds // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02d} min"
