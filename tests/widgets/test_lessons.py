"""The boxes of a lesson page: nothing shown before its time, faults said in words, no exception lost."""

from __future__ import annotations

import json
from pathlib import Path

import ipywidgets as ipw
import pytest

from widgets.lessons import AnswerBox, GuessBox, LessonBox, MarksBox, StartBox, StepBox
from workbench import training


@pytest.fixture(autouse=True)
def start():
    """Each test has one sitting of its own, and closes its widgets."""
    box = StartBox("A00")
    yield box
    training.start("")
    ipw.Widget.close_all()


def test_start_sets_the_code(start: StartBox):
    """The code in the field is the one that counts, and a name is refused in words."""
    assert training.student() == "A00"
    start.code.value = "A07"
    start.begin()
    assert "Student code A07" in start.said.value
    start.code.value = "<b>Anna"
    start.guard(start.begin)
    assert "Expected a student code" in start.said.value
    assert "<b>" not in start.said.value
    assert training.student() == "A07"


def test_guess_first_then_the_engine():
    """The engine's answer appears after the guess, not before, and not after an unreadable one."""
    box = GuessBox("L2-best")
    assert box.said.value == ""
    box.guess.value = "few"
    box.give()
    assert "could not be read" in box.said.value
    assert "117" not in box.said.value
    box.guess.value = "119"
    box.give()
    assert "The engine needs 117.30 km" in box.said.value


def test_another_student_sees_nothing_of_the_first(start: StartBox):
    """When another code starts, answers are hidden again and the exercise shows other numbers."""
    guess, answer = GuessBox("L1-back"), AnswerBox("L1-round", "1 2 3 4")
    guess.guess.value = "120"
    guess.give()
    answer.mark()
    task = answer.task.value
    start.code.value = "A01"
    start.begin()
    assert guess.said.value == ""
    assert answer.said.value == ""
    assert answer.task.value != task


def test_routes_are_drawn_while_typed_and_marked_on_click():
    """Typing moves the picture and marks nothing; the click marks."""
    box = AnswerBox("L2-routes", "1 2 3 4 5 6 7")
    assert "23 of 10, 13 too many" in box.drawn.value
    box.answer.value = "1 2"
    assert "not served: 3, 4, 5, 6, 7" in box.drawn.value
    assert training.marks().empty
    box.mark()
    assert "are not served" in box.said.value
    assert list(training.marks()["exercise"]) == ["L2-routes"]


def test_race_after_a_plan_of_ones_own():
    """The engine's plan asks for a plan of one's own first."""
    box = AnswerBox("L2-routes", "1 / 2 / 3 / 4 / 5 / 6 / 7")
    box.race()
    assert "First hand in" in box.said.value
    box.mark()
    box.race()
    assert "The engine&#x27;s plan: " in box.said.value


def test_numbers_have_no_picture():
    """An exercise that asks for a number shows task, field and mark only."""
    box = AnswerBox("L1-lift", "2 trucks")
    box.answer.value = "3 trucks"
    assert box.drawn.value == ""
    box.mark()
    assert "wbl-mark" in box.said.value


def test_steps_stay_shut_until_the_guess():
    """A slider that would give the answer away opens with the guess, wherever that was given."""
    pages = {"10": training.Note("ten"), "12": training.Note("twelve")}
    box, guess = StepBox("pallets", pages, at="12", after="L2-bigger"), GuessBox("L2-bigger")
    assert "Opens when" in box.said.value
    assert box.slider.disabled
    guess.guess.value = "110 km"
    guess.give()
    assert "twelve" in box.said.value
    box.slider.value = "10"
    assert "ten" in box.said.value


def test_marks_are_saved_on_a_click(tmp_path: Path):
    """Nothing is written before the click; after it the file is there and its content is shown."""
    box = MarksBox(str(tmp_path / "marks"))
    training.grade("L1-lift", 3)
    assert not (tmp_path / "marks").exists()
    box.save()
    assert json.loads((tmp_path / "marks" / "marks-A00.json").read_text(encoding="utf-8"))["marks"]
    assert "marks-A00.json" in box.said.value


def test_what_goes_wrong_in_a_click_is_shown():
    """An exception in a callback becomes a sentence in the box."""
    box = LessonBox()

    def fail() -> None:
        raise ValueError("the disk is <full>")

    box.button("Save", fail).click()
    assert "the disk is &lt;full&gt;" in box.said.value
    assert repr(box) == "LessonBox()"
