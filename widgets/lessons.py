"""What a lesson page is made of: start, guess, answer, look at steps, save the marks.

Each part is a small box that calls `workbench.training` and shows what it says. Nothing is revealed
before a guess or an answer was given, whatever the order of clicks.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets as ipw
import traitlets as t

from widgets._base import sentence
from workbench import training


class _Sitting(t.HasTraits):
    """One sitting in one kernel; ``turn`` moves on when the student code or what was guessed changes."""

    turn = t.Int(0)


_sitting = _Sitting()


class LessonBox(ipw.VBox):
    """A part of a lesson: some fields, and under them what the last click said."""

    def __init__(self, *fields: ipw.Widget) -> None:
        self.said = ipw.HTML()
        super().__init__([*fields, self.said], layout=ipw.Layout(margin="4px 0 12px"))
        _sitting.observe(lambda _: self.guard(self.renew), "turn")

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def guard(self, action: Callable[[], None]) -> None:
        """Run what a click asks for; what goes wrong is shown in the box instead of lost."""
        try:
            action()
        except Exception as error:
            self.said.value = f'<p style="color:#b3201a">{html.escape(sentence(error))}</p>'

    def say(self, *shown: Any) -> None:
        """Show marks, notes or pictures in the box."""
        self.said.value = "".join(x._repr_html_() for x in shown)

    def renew(self) -> None:
        """Bring the box up to date after another student started, or a guess was given elsewhere."""

    def button(self, label: str, action: Callable[[], None], *, main: bool = True) -> ipw.Button:
        """Return a button whose click runs ``action`` under guard."""
        style = {"button_color": "#0b6892", "text_color": "#ffffff"} if main else {}
        made = ipw.Button(description=label, style=style, layout=ipw.Layout(width="auto"))
        made.on_click(lambda _: self.guard(action))
        return made


def _field(label: str, value: str = "", width: str = "26em") -> ipw.Text:
    return ipw.Text(value=value, description=label, style={"description_width": "initial"}, layout={"width": width})


def _row(*fields: ipw.Widget) -> ipw.HBox:
    return ipw.HBox(fields, layout=ipw.Layout(flex_flow="row wrap", grid_gap="8px"))


class StartBox(LessonBox):
    """Where the student code is entered; another code gives other numbers and a fresh mark book."""

    def __init__(self, code: str = "A00") -> None:
        self.code = _field("Your student code", code, "18em")
        super().__init__(_row(self.code, self.button("Start", self.begin)))
        self.guard(self.begin)

    def begin(self) -> None:
        """Start a sitting for the code in the field."""
        self.say(training.start(self.code.value))
        _sitting.turn += 1


class GuessBox(LessonBox):
    """A question to guess at; the engine's answer appears only after the guess."""

    def __init__(self, prediction_id: str) -> None:
        self.prediction_id = prediction_id
        self.guess = _field("Your guess", width="16em")
        super().__init__(
            ipw.HTML(f"<strong>{html.escape(training.question(prediction_id))}</strong>"),
            _row(self.guess, self.button("That is my guess", self.give)),
        )

    def give(self) -> None:
        """Write the guess down, and reveal what the engine finds."""
        note = training.predict(self.prediction_id, self.guess.value)
        self.say(note)
        if training.guessed(self.prediction_id):
            self.say(training.reveal(self.prediction_id))
            _sitting.turn += 1

    def renew(self) -> None:
        """Hide the answer again when another student starts."""
        if not training.guessed(self.prediction_id):
            self.said.value = ""


class AnswerBox(LessonBox):
    """An exercise: the task, a field for the answer, the mark; routes are drawn while they are typed."""

    def __init__(self, exercise_id: str, answer: str = "") -> None:
        self.exercise_id = exercise_id
        self.task, self.drawn = ipw.HTML(), ipw.HTML()
        self.answer = _field("Your answer", answer)
        buttons = [self.answer, self.button("Mark it", self.mark)]
        if training.asks_for_routes(exercise_id):
            buttons.append(self.button("Show the engine's plan", self.race, main=False))
        super().__init__(self.task, _row(*buttons), self.drawn)
        self.answer.observe(lambda _: self.guard(self.draw), "value")
        self.guard(self.renew)

    def renew(self) -> None:
        """Show the task with the numbers of the student who sits here now."""
        task = training.exercise(self.exercise_id)._repr_html_()
        if task != self.task.value:
            self.task.value, self.said.value = task, ""
            self.draw()

    def draw(self) -> None:
        """Draw the routes as they are typed, whether they are feasible or not."""
        if training.asks_for_routes(self.exercise_id):
            self.drawn.value = training.preview(self.exercise_id, self.answer.value)._repr_html_()

    def mark(self) -> None:
        """Hand the answer in and show the mark."""
        self.say(training.grade(self.exercise_id, self.answer.value))

    def race(self) -> None:
        """Show the engine's plan, which needs a plan of the student's own first."""
        self.say(training.reveal(self.exercise_id))


class StepBox(LessonBox):
    """A slider through prepared pictures, first at page ``at``.

    ``after`` names a prediction and keeps the slider shut until that was guessed.
    """

    def __init__(self, label: str, pages: Mapping[str, Any], *, at: str = "", after: str = "") -> None:
        self.pages, self.after = dict(pages), after
        options = list(self.pages)
        look = {"layout": {"width": "36em"}, "style": {"description_width": "initial"}}
        self.slider = ipw.SelectionSlider(options=options, value=at or options[0], description=label, **look)
        super().__init__(self.slider)
        self.slider.observe(lambda _: self.guard(self.renew), "value")
        self.guard(self.renew)

    def renew(self) -> None:
        """Show the page the slider stands at."""
        shut = bool(self.after) and not training.guessed(self.after)
        self.slider.disabled = shut
        wait = training.Note("Opens when you have given your guess above.")
        self.say(wait if shut else self.pages[self.slider.value])


class MarksBox(LessonBox):
    """Saves the marks of this sitting into a folder, on a click and never by itself."""

    def __init__(self, folder: str = "marks") -> None:
        self.folder = folder
        super().__init__(_row(self.button("Save my marks", self.save)))

    def save(self) -> None:
        """Write the file of marks and show what is in it."""
        path = training.save_marks(self.folder)
        done = training.marks().set_index("exercise")[["points", "of", "tries"]]
        self.say(training.Note(f"Saved as {self.folder}/{path.name}."), training.Sheet(done))
