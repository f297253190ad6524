"""Rows of the widgets: numbers come from elsewhere, here they get their words."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from widgets import _rows

PLACE = SimpleNamespace(name="Mill", node_id="D1")
DELIVERY = SimpleNamespace(delivery_id="R/1", priority=2, quantity=3, unit_of_issue="EA", item="pump", kind="delivery")
ROW = SimpleNamespace(delivery=DELIVERY, unit="1 Coy", place=PLACE)


def _reason(remedy, tried, effect=""):
    return {"code": "STOCK", "reason": "None left.", "remedy": remedy, "tried": tried, "effect": effect}


@pytest.mark.parametrize(
    ("remedy", "tried", "effect", "words"),
    [
        ("One more truck.", True, "Served at noon.", "One more truck. Tried on the plan: Served at noon."),
        ("Another truck.", False, "", "Another truck. It could not be tried."),
        ("", False, "", None),
    ],
)
def test_whether_a_remedy_was_tried_is_said_in_words(remedy, tried, effect, words):
    """Nobody reads ``Tried: True``; without a remedy nothing is said."""
    row = _rows._unserved(ROW, [_reason(remedy, tried, effect)])
    assert row["more"] == ["R/1 for Mill", *([words] if words else [])]


def test_a_delivery_left_out_is_one_row_whatever_would_help():
    """Several remedies for one delivery are choices in its row: counted by rows, nothing is counted twice."""
    row = _rows._unserved(ROW, [_reason("One more truck.", True), _reason("Split it.", True)])
    assert row["remedy"] == "One more truck.\nor: Split it."


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("1 Coy, pump (priority 2): Split it.", {"what": "1 Coy, pump (priority 2):", "how": "Split it."}),
        ("16 more below.", {"what": "", "how": "16 more below."}),
    ],
)
def test_a_point_of_the_decision_says_whom_and_how(text, point):
    """Whom a point is about stands out; what to do is plain."""
    assert _rows._point(text) == point
