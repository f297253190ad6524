"""How violations and explanations name places, times and amounts."""

from __future__ import annotations

from workbench.problem import DIMENSIONS, SCALE, Problem, VehicleType
from workbench.units import dtg, moment_at

_LAST_YEAR_S = 10**10


def place_words(problem: Problem, place: int) -> str:
    """Return the name of a place with its node id, ``Delta (N3)``; the id alone when it has no other name."""
    p = problem.places[place]
    return f"{p.name} ({p.node_id})" if p.name and p.name != p.node_id else p.node_id


def time_words(problem: Problem, seconds: int) -> str:
    """Return the instant ``seconds`` after ``as_of`` as a date-time group; far-out values as seconds."""
    if abs(seconds) > _LAST_YEAR_S:
        return f"{seconds} s after the planning moment"
    return dtg(moment_at(problem.as_of, seconds))


def span_words(seconds: int) -> str:
    """Return a length of time, rounded up: ``45 s``, ``31 min``, ``2 h 05 min``."""
    if seconds < 60:
        return f"{seconds} s"
    minutes = -(-seconds // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02d} min"


def load_words(dimension: int, amount: int) -> str:
    """Return an amount of one load dimension in its shown unit, ``1,250 kg`` or ``2.5 pallets``."""
    name = "L" if DIMENSIONS[dimension] == "litres" else DIMENSIONS[dimension]
    return f"{amount / SCALE[dimension]:,.{len(str(SCALE[dimension])) - 1}f} {name}"


def shown_amount(dimension: int, amount: int) -> float:
    """Return an amount of one load dimension in the unit that files and people see."""
    return amount / SCALE[dimension]


def km_words(metres: int) -> str:
    """Return a distance in kilometres with three decimals, so that a metre shows."""
    return f"{metres / 1000:,.3f} km"


def vehicle_words(vehicle: VehicleType) -> str:
    """Return the vehicle type with its owner, ``HEMTT-LHS of 1 BSB``."""
    return f"{vehicle.vehicle_type} of {vehicle.owner}" if vehicle.owner else vehicle.vehicle_type


def minutes(seconds: int) -> float:
    """Return seconds as minutes with two decimals; a single second still shows."""
    return round(seconds / 60, 2)
