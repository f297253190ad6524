"""What a plan must keep: one function per constraint, on a replay of the plan.

`CONSTRAINTS` is the list that checker, explanations and widgets read.
"""

from workbench.constraints import books, figures, labour, physical, schedule, shared, terms
from workbench.constraints.registry import CONSTRAINTS, Constraint, constraint
from workbench.constraints.replay import HANDING_OVER, LOADING, Event, Replay, Trace, Visit
from workbench.constraints.words import km_words, load_words, place_words, span_words, time_words, vehicle_words

__all__ = [
    "CONSTRAINTS",
    "HANDING_OVER",
    "LOADING",
    "Constraint",
    "Event",
    "Replay",
    "Trace",
    "Visit",
    "books",
    "constraint",
    "figures",
    "km_words",
    "labour",
    "load_words",
    "physical",
    "place_words",
    "schedule",
    "shared",
    "span_words",
    "terms",
    "time_words",
    "vehicle_words",
]
