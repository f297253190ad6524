"""The student's side: hand in, guess, look at the engine's answer, keep the marks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.engines import Budget, solve
from workbench.errors import UsageError
from workbench.formats import marks as marks_file
from workbench.training import answers, grading, methods, pictures, tasks
from workbench.training.mark import ERRORS, Mark
from workbench.training.markup import block, paragraph
from workbench.training.worlds import Routes, World, length, routes_of

ENGINE_BUDGET = Budget(iterations=300)
"""Plenty for worlds of seven posts, and well below a second."""
_STUDENT = re.compile(r"(?=.*[0-9])[A-Za-z0-9][A-Za-z0-9_-]{0,11}")


@dataclass(slots=True)
class _Entry:
    """What one student did in one exercise: the best mark, how often tried, the errors met on the way."""

    best: Mark
    tries: int = 0
    errors: set[str] = field(default_factory=set)


@dataclass(slots=True)
class MarkBook:
    """The marks of one sitting. The functions of this module work on one book, kept per process."""

    student: str = ""
    entries: dict[tuple[str, str], _Entry] = field(default_factory=dict)
    guesses: dict[tuple[str, str], list[float]] = field(default_factory=dict)


_book = MarkBook()


@dataclass(frozen=True, slots=True, eq=False)
class Note:
    """A sentence for the student, such as what to do next."""

    text: str

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return block(paragraph(self.text))


@dataclass(frozen=True, slots=True, eq=False)
class Reveal:
    """The engine's answer beside the student's: value, unit, text, routes, and a picture."""

    value: float
    unit: str
    text: str
    routes: Routes
    world: World

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    def _repr_html_(self) -> str:
        drawn = (
            pictures.hours(self.world, self.routes[0])
            if self.unit == "min"
            else pictures.sketch(self.world, self.routes)
        )
        return block(paragraph(self.text)) + drawn.html


def start(student: str) -> Note:
    """Begin a sitting: set the student code, which decides the numbers, and open an empty mark book.

    The code is up to 12 letters, digits, ``-`` and ``_`` with at least one digit: a code handed out, not
    a name. An empty code is allowed and gives the numbers of the handbook.

    Raises
    ------
    UsageError
        When it is no such code.
    """
    _book.student = _code(student)
    _book.entries.clear()
    _book.guesses.clear()
    if not _book.student:
        return Note("No student code: the numbers are those of the handbook.")
    return Note(f"Student code {_book.student}. Your numbers differ from your neighbour's; the questions are the same.")


def _code(student: str) -> str:
    student = student.strip()
    if student and not _STUDENT.fullmatch(student):
        raise UsageError(
            f"Expected a student code such as A07 (at most 12 letters and digits, with a digit), got {student!r}."
        )
    return student


def student() -> str:
    """Return the student code of this sitting."""
    return _book.student


def exercise(name: str, student: str | None = None) -> tasks.Exercise:
    """Return an exercise with a student's numbers; without ``student``, those of this sitting."""
    return tasks.exercise(name, _book.student if student is None else _code(student))


def grade(exercise_id: str, answer: object, student: str | None = None) -> Mark:
    """Mark an answer, say what it falls short of, and keep the better of this and earlier tries.

    An answer that cannot be read is marked too, with a sentence on how to write it; it does not count
    as a try.

    Raises
    ------
    UsageError
        When there is no such exercise.
    """
    task = exercise(exercise_id, student)
    result = grading.mark(task, answer)
    if set(result.errors) & {"empty", "unreadable"}:
        return result
    who = _book.student if student is None else _code(student)
    entry = _book.entries.setdefault((who, exercise_id), _Entry(result))
    entry.tries += 1
    entry.errors.update(result.errors)
    if result.points >= entry.best.points:
        entry.best = result
    return result


def predict(prediction_id: str, guess: object) -> Note:
    """Write down a guess; `reveal` shows the engine's answer only after that. Guesses are not marked.

    Raises
    ------
    UsageError
        When there is no such prediction.
    """
    asked = _prediction(prediction_id)
    text = str(guess).strip() if guess is not None else ""
    read = answers.quantity(f"{text} {asked.unit}" if re.fullmatch(r"[-+]?[\d.,]+", text) else guess, asked.unit)
    if read.code:
        return Note(read.text)
    _book.guesses.setdefault((_book.student, prediction_id), []).append(read.value)
    return Note(f"Your guess is {read.value:g} {asked.unit}. Now look.")


def _prediction(prediction_id: str) -> tasks.Prediction:
    known = tasks.predictions()
    if prediction_id not in known:
        raise UsageError(f"There is no prediction {prediction_id!r}. There are {', '.join(known)}.")
    return known[prediction_id]


def question(prediction_id: str) -> str:
    """Return the question of a prediction."""
    return _prediction(prediction_id).question


def guessed(prediction_id: str) -> bool:
    """Return whether this sitting's student has given a guess."""
    return (_book.student, _prediction(prediction_id).prediction_id) in _book.guesses


def asks_for_routes(exercise_id: str) -> bool:
    """Return whether the answer of an exercise is routes rather than a number."""
    return isinstance(exercise(exercise_id).key, tasks.RouteKey)


def preview(exercise_id: str, answer: object) -> pictures.Picture | Note:
    """Draw routes on the student's world as they are typed, without marking them."""
    key = exercise(exercise_id).key
    if not isinstance(key, tasks.RouteKey):
        return Note("")
    read = answers.routes(answer)
    if key.world.measure == "min":
        return pictures.hours(key.world, read.routes[0] if read.routes else ())
    return pictures.sketch(key.world, read.routes)


def reveal(name: str) -> Reveal | Note:
    """Show the engine's answer to a prediction or to a routes exercise, once the student has given one.

    Raises
    ------
    UsageError
        When ``name`` is neither a prediction nor an exercise whose answer is routes.
    """
    if name in tasks.EXERCISES:
        return _reveal_exercise(name)
    asked = _prediction(name)
    guesses = _book.guesses.get((_book.student, name))
    if not guesses:
        return Note(f"First give your guess: {asked.question}")
    value, routes = engine_plan(asked.world)
    off = guesses[0] - value
    how = (
        "exactly that" if abs(off) < 0.005 else f"{abs(off):.4g} {asked.unit} {'more' if off > 0 else 'less'} than that"
    )
    text = f"The engine needs {_amount(value, asked.unit)}. Your first guess was {how}. {asked.remark}"
    return Reveal(value, asked.unit, text, routes, asked.world)


def _reveal_exercise(name: str) -> Reveal | Note:
    task = exercise(name)
    if not isinstance(task.key, tasks.RouteKey):
        raise UsageError(f"{name} asks for a number; there is no plan of the engine to show.")
    entry = _book.entries.get((_book.student, name))
    if entry is None:
        return Note("First hand in a plan of your own, then the engine shows its plan.")
    world = task.key.world
    value, routes = engine_plan(world)
    best = methods.optimum(world)[0]
    unit = world.measure
    proof = (
        "no plan is better, all of them were tried"
        if value - best < 0.005
        else f"the best plan needs {_amount(best, unit)}"
    )
    text = (
        f"The engine's plan: {methods.write_routes(routes)}, {_amount(value, unit)}; {proof}. Yours: {entry.best.text}"
    )
    return Reveal(value, unit, text, routes, world)


def _amount(value: float, unit: str) -> str:
    return f"{value:.{0 if unit == 'min' else 2}f} {unit}"


def engine_plan(world: World) -> tuple[float, Routes]:
    """Solve a world with the workbench's own engine (seed 1, fixed iterations): its length and routes."""
    routes = routes_of(world, solve(world.problem, engine="auto", budget=ENGINE_BUDGET, seed=1, jobs=1))
    return length(world, routes), routes


def exercises() -> pd.DataFrame:
    """Return every exercise: id, lesson, title, points."""
    built = [tasks.exercise(name) for name in tasks.EXERCISES]
    rows = [{"exercise": e.exercise_id, "lesson": e.lesson, "title": e.title, "points": e.of} for e in built]
    return pd.DataFrame(rows).set_index("exercise")


def marks() -> pd.DataFrame:
    """Return the marks of this sitting, one row an exercise, best try."""
    return pd.DataFrame([{**row, "errors": ", ".join(row["errors"])} for row in _rows()], columns=list(_COLUMNS))


_COLUMNS = ("student", "exercise", "points", "of", "tries", "feedback", "errors")


def _rows() -> list[dict[str, Any]]:
    return [
        {
            "student": who,
            "exercise": name,
            "points": entry.best.points,
            "of": entry.best.of,
            "tries": entry.tries,
            "feedback": entry.best.text,
            "errors": sorted(entry.errors),
        }
        for (who, name), entry in sorted(_book.entries.items())
    ]


def save_marks(path: Path | str) -> Path:
    """Write the marks of this sitting to ``path`` and return it. A folder gets ``marks-CODE.json`` inside.

    The same answers always give the same file: no times, no names, no machine. What earlier sittings left
    in the file stays, unless this one was better.

    Raises
    ------
    InputError
        When there is a file of that name that is not a file of marks.
    """
    guesses = [
        {"student": who, "prediction": name, "guesses": given} for (who, name), given in sorted(_book.guesses.items())
    ]
    target = Path(path)
    if target.suffix != ".json":
        target = target / f"marks-{_book.student or 'nobody'}.json"
    return marks_file.write(target, _rows(), guesses)


def collect(folder: Path | str) -> pd.DataFrame:
    """Return the marks of all files in a folder, one row a student and exercise, for the instructor.

    A file that cannot be used becomes a row too: its name and what is wrong with it under ``feedback``.
    """
    rows = [{**row, "errors": ", ".join(row.get("errors", ()))} for row in marks_file.read_folder(Path(folder))]
    return pd.DataFrame(rows, columns=["file", *_COLUMNS])


def scores(collected: pd.DataFrame) -> pd.DataFrame:
    """Return points by student (rows) and exercise (columns), with the total."""
    table = collected[collected["exercise"] != ""].pivot_table(
        index="student", columns="exercise", values="points", aggfunc="max"
    )
    return table.assign(total=table.sum(axis=1))


def common_errors(collected: pd.DataFrame) -> pd.DataFrame:
    """Return how many students met which error in which exercise, most frequent first."""
    rows = [
        {"exercise": row.exercise, "error": ERRORS.get(code, code), "student": row.student}
        for row in collected.itertuples()
        for code in str(row.errors).split(", ")
        if code
    ]
    table = pd.DataFrame(rows, columns=["exercise", "error", "student"])
    counted = table.drop_duplicates().groupby(["exercise", "error"], as_index=False).agg(students=("student", "size"))
    return counted.sort_values(["students", "exercise", "error"], ascending=[False, True, True], ignore_index=True)
