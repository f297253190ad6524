"""Lessons: hand-solvable worlds, exercises that mark themselves, guesses before answers, marks in a file.

A student's side, as a lesson notebook uses it::

    training.start("A07")                     # the code decides the numbers
    training.predict("L2-best", "118 km")     # a guess first ...
    training.reveal("L2-best")                # ... then the engine's answer
    training.grade("L2-routes", "1 2 / 3 4")  # marks it and says what falls short
    training.save_marks("marks")              # marks/marks-A07.json

The instructor's side: `collect`, `scores`, `common_errors`.
"""

from workbench.training.book import (
    Note,
    Reveal,
    asks_for_routes,
    collect,
    common_errors,
    engine_plan,
    exercise,
    exercises,
    grade,
    guessed,
    marks,
    predict,
    preview,
    question,
    reveal,
    save_marks,
    scores,
    start,
    student,
)
from workbench.training.cases import four_windows, seven_posts, without_windows
from workbench.training.lifts import rations
from workbench.training.mark import ERRORS, Mark
from workbench.training.markup import Sheet
from workbench.training.methods import nearest_neighbour, optimum, savings, savings_table, write_routes
from workbench.training.pictures import Picture, hours, sketch
from workbench.training.worlds import World, length

__all__ = [
    "ERRORS",
    "Mark",
    "Note",
    "Picture",
    "Reveal",
    "Sheet",
    "World",
    "asks_for_routes",
    "collect",
    "common_errors",
    "engine_plan",
    "exercise",
    "exercises",
    "four_windows",
    "grade",
    "guessed",
    "hours",
    "length",
    "marks",
    "nearest_neighbour",
    "optimum",
    "predict",
    "preview",
    "question",
    "rations",
    "reveal",
    "save_marks",
    "savings",
    "savings_table",
    "scores",
    "seven_posts",
    "sketch",
    "start",
    "student",
    "without_windows",
    "write_routes",
]
