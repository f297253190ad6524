"""The catalogue: every exercise and prediction, its task in words, its data and how its key is computed.

No key is written down: each is computed from the student's own numbers when an answer is graded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

import pandas as pd

from workbench.errors import UsageError
from workbench.training import cases, lifts, methods
from workbench.training.markup import block, heading, paragraph, table
from workbench.training.worlds import World, length
from workbench.units import STON_KG, ceil_safe


@dataclass(frozen=True, slots=True)
class Slip:
    """A known common error: the value it leads to, its code in `mark.ERRORS`, and what to say about it."""

    code: str
    value: float
    text: str


@dataclass(frozen=True, slots=True)
class NumberKey:
    """The value asked for and what goes with it. ``hint`` is said when no known error explains the answer."""

    value: float
    unit: str
    hint: str
    slips: tuple[Slip, ...] = ()
    whole: bool = False

    @property
    def tolerance(self) -> float:
        """Return how far an answer may be off: 0.5 % or 0.01, whichever is more; 0.01 for things counted."""
        return 0.01 if self.whole else max(0.01, 0.005 * abs(self.value))


@dataclass(frozen=True, slots=True, eq=False)
class RouteKey:
    """The world whose routes are asked for; any feasible plan counts, by what it costs."""

    world: World


@dataclass(frozen=True, slots=True, eq=False)
class Exercise:
    """One exercise for one student: the task in words and its data. ``key`` stays out of every display."""

    exercise_id: str
    lesson: str
    title: str
    task: str
    data: pd.DataFrame
    key: NumberKey | RouteKey = field(repr=False)
    of: float = 1.0

    def _repr_html_(self) -> str:
        return block(heading(self.title) + paragraph(self.task) + table(self.data))


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """A question to guess at before the engine shows its answer on ``world``."""

    prediction_id: str
    lesson: str
    question: str
    unit: str
    world: World
    remark: str


def exercise(name: str, student: str = "") -> Exercise:
    """Return an exercise with one student's own numbers (without a code: those of the handbook).

    Raises
    ------
    UsageError
        When there is no such exercise.
    """
    if name not in EXERCISES:
        raise UsageError(f"There is no exercise {name!r}. There are {', '.join(EXERCISES)}.")
    return _built(name, student)


@lru_cache(maxsize=512)
def _built(name: str, student: str) -> Exercise:
    return EXERCISES[name](student)


def _lift(student: str) -> Exercise:
    load = lifts.mixed_load(student)
    needs = load.needs
    without_volume = max(ceil_safe(v) for k, v in needs.items() if k != "volume")
    data = pd.DataFrame(
        [{"item": x.item, "pallets": x.pallets, "kg each": x.kg, "m³ each": x.m3} for x in load.lines]
    ).set_index("item")
    slips = (
        Slip(
            "volume",
            without_volume,
            "Weight and pallet positions fit on that many trucks, but the volume does not: add up the cubic metres and "
            "divide by what one truck holds.",
        ),
        Slip(
            "added",
            sum(ceil_safe(v) for v in needs.values()),
            "The trucks for weight, volume and positions are not added: the same truck gives all three. The largest "
            "decides.",
        ),
    )
    task = (
        f"This load must go to one post today. A truck carries {load.kg:,} kg, {load.m3:g} m³ and {load.positions} "
        "pallets, whichever is reached first. How many trucks are needed?"
    )
    hint = "Divide the total kilograms, the total cubic metres and the pallets each by what one truck holds."
    return Exercise(
        "L1-lift",
        "01_last_mile",
        "How many trucks?",
        task,
        data,
        NumberKey(load.trucks, "trucks", hint, slips, whole=True),
    )


def _round(student: str) -> Exercise:
    world = cases.four_windows(student)
    task = (
        "One truck leaves the depot at 06:00 with everything aboard. In which order does it serve the four posts, so "
        "that it is on time everywhere and back as early as possible? Unloading takes 10 minutes at each post and must "
        "start between opening and closing. Write the post numbers in order. The table gives the driving minutes too; "
        "0 is the depot."
    )
    data = world.table()[["opens", "closes"]].join(world.distances().add_prefix("min to "))
    data.loc[0] = {"opens": "", "closes": ""} | world.distances().add_prefix("min to ").loc[0].to_dict()
    return Exercise("L1-round", "01_last_mile", "In which order?", task, data.sort_index(), RouteKey(world))


def _saving(student: str) -> Exercise:
    world = cases.seven_posts(student)
    a, b = next((i, j) for i, j in methods.by_saving(world)[2:] if methods.saving(world, i, j) > 3)
    m = world.matrix
    there_a, there_b, between = float(m[0, a]), float(m[0, b]), float(m[a, b])
    slips = (
        Slip(
            "return_leg",
            there_b - between,
            "That leaves out the legs home. Two trucks drive out and back each; one truck drives out, across and back.",
        ),
        Slip(
            "doubled",
            2 * (there_a + there_b) - between,
            "Each way out and each way home were both saved. Joined, one truck still drives out once and home once.",
        ),
        Slip(
            "whole_trip",
            there_a + between + there_b,
            "That is what the joined trip drives. The saving is how much less that is than two round trips.",
        ),
    )
    data = pd.DataFrame(
        {"to": [a, b, b], "km": [round(x, 2) for x in (there_a, there_b, between)]},
        index=pd.Index([0, 0, a], name="from"),
    )
    task = (
        f"Posts {a} and {b} each get a truck of their own: out and back. How many kilometres does it save to send one "
        "truck to both instead? Give the unit."
    )
    hint = "Write down what two round trips drive, then what one trip 0, first post, second post, 0 drives."
    return Exercise(
        "L2-saving",
        "02_savings_and_capacity",
        "What does joining save?",
        task,
        data,
        NumberKey(there_a + there_b - between, "km", hint, slips),
    )


def _routes(student: str) -> Exercise:
    world = cases.seven_posts(student)
    task = (
        f"Plan it by hand: seven posts, trucks of {world.capacity:g} pallets, as many trucks as you like, as few "
        "kilometres as you can. Every post is served once. Write the post numbers in driving order with a slash "
        "between trucks, for example 1 2 / 3 4."
    )
    return Exercise("L2-routes", "02_savings_and_capacity", "Race the engine", task, world.table(), RouteKey(world))


def _given(values: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame({"value": pd.Series(values, dtype=object)}).rename_axis("given")


def _rations(student: str) -> Exercise:
    case = lifts.rations_for(student)
    tonnes = case.weight_kg / 1000
    bare = case.meals * 1.75 * case.weight_kg / case.weight_lb / 1000
    slips = (
        Slip("tonnes", case.weight_kg / STON_KG, "That is the number of short tons (2,000 lb). A tonne is 1,000 kg."),
        Slip("pounds", case.weight_lb / 1000, "That takes pounds for kilograms. One pound is 0.4536 kg."),
        Slip("packaging", bare, "That weighs the meals without their cases. A case of 12 weighs 22.7 lb."),
        Slip("one_day", tonnes / case.days, "That is one day."),
    )
    data = _given(
        {
            "people": case.people,
            "days": case.days,
            "meals a day": 3,
            "meals in a case": lifts.MRE_PER_CASE,
            "a case weighs, lb": lifts.MRE_CASE_LB,
            "a meal weighs, lb": 1.75,
            "cases on a pallet": lifts.MRE_CASES_PER_PALLET,
        }
    )
    task = (
        f"How many tonnes of packed rations do {case.people} people need for {case.days} days? Give the unit. "
        "(Factors: ATP 4-90, tables C-2 and C-5.)"
    )
    hint = "People × days × 3 meals, divided by 12, rounded up to cases, times 22.7 lb, turned into tonnes."
    return Exercise(
        "P-rations", "practice", "The weight of the rations", task, data, NumberKey(tonnes, "t", hint, slips)
    )


def _shuttle(student: str) -> Exercise:
    case = lifts.relief_shuttle(student)
    slips = (
        Slip(
            "return_leg",
            case.trucks(returns=False),
            "That sends the trucks one way. A round trip drives the distance twice.",
        ),
        Slip("margin", case.trucks(margin=False), "The 25 % margin on the round trip is missing."),
    )
    data = _given(
        {
            "to move, t": case.tonnes,
            "one way, km": case.km,
            "speed, km/h": case.kmh,
            "loading and unloading, h": case.handling_h,
            "margin on the round trip": "25 %",
            "time allowed, h": case.period_h,
            "a truck carries, t": case.truck_t,
        }
    )
    hint = "Hours of a round trip with margin; whole trips a truck makes in the time; loads; loads divided by trips."
    return Exercise(
        "P-shuttle",
        "practice",
        "Trucks for a shuttle",
        "How many trucks are needed?",
        data,
        NumberKey(case.trucks(), "trucks", hint, slips, whole=True),
    )


def _tour(student: str) -> Exercise:
    world = cases.one_tour(student)
    task = (
        "One truck holds everything. In which order does it visit the seven posts, with as few kilometres as possible?"
    )
    return Exercise("P-tour", "practice", "One tour", task, world.table(), RouteKey(world))


def _march(student: str) -> Exercise:
    case = lifts.march(student)
    slips = (
        Slip(
            "gap",
            case.pass_min(case.march_units),
            "One gap too many: between the march units there is one gap fewer than march units.",
        ),
        Slip("no_gaps", case.pass_min(0), "The gaps between the march units are missing."),
    )
    data = _given(
        {
            "vehicles": case.vehicles,
            "march units": case.march_units,
            "vehicles per km": case.per_km,
            "speed, km/h": case.kmh,
            "gap between march units, min": case.gap_min,
        }
    )
    hint = "Road space of the vehicles divided by the speed, plus the gaps between the march units."
    return Exercise(
        "P-march",
        "practice",
        "Pass time of a column",
        "How long does the column take to pass a point? Give the unit.",
        data,
        NumberKey(case.pass_min(), "min", hint, slips),
    )


EXERCISES: dict[str, Callable[[str], Exercise]] = {
    "L1-lift": _lift,
    "L1-round": _round,
    "L2-saving": _saving,
    "L2-routes": _routes,
    "P-rations": _rations,
    "P-shuttle": _shuttle,
    "P-tour": _tour,
    "P-march": _march,
}
"""Builders of the exercises, in the order of the lessons; each is given a student code."""


@lru_cache(maxsize=1)
def predictions() -> dict[str, Prediction]:
    """Return the questions to guess at, by id; all on the worlds the lessons show."""
    four, seven = cases.four_windows(), cases.seven_posts()
    by_savings = length(seven, methods.savings(seven)[-1].routes)
    asked = (
        Prediction(
            "L1-back",
            "01_last_mile",
            "How many minutes after 06:00 is the truck back?",
            "min",
            four,
            "Driving is only part of it: each stop costs 10 minutes, and the hours force the order.",
        ),
        Prediction(
            "L1-open",
            "01_last_mile",
            "And if every post were open all day?",
            "min",
            cases.without_windows(four),
            "The difference is what the opening hours cost.",
        ),
        Prediction(
            "L2-best",
            "02_savings_and_capacity",
            "How many kilometres does the best plan need?",
            "km",
            seven,
            f"The savings method gave {by_savings:.2f} km.",
        ),
        Prediction(
            "L2-bigger",
            "02_savings_and_capacity",
            "And with trucks of 12 pallets instead of 10?",
            "km",
            cases.seven_posts(capacity=12),
            "Two pallets more on a truck change which posts can be joined.",
        ),
    )
    return {p.prediction_id: p for p in asked}
