"""Rows of the widgets: numbers come from elsewhere, here they get their words."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from widgets import _rows


@pytest.mark.parametrize(
    ("remedy", "tried", "words"),
    [
        ("One more truck.", True, "This remedy was tried on the plan."),
        ("Another truck.", False, "This remedy could not be tried."),
        ("", False, None),
    ],
)
def test_whether_a_remedy_was_tried_is_said_in_words(remedy, tried, words):
    """Nobody reads ``Tried: True``; without a remedy nothing is said."""
    delivery = SimpleNamespace(
        delivery_id="R/1", priority=2, quantity=3, unit_of_issue="EA", item="pump", kind="delivery"
    )
    row = SimpleNamespace(delivery=delivery, unit="1 Coy", place=SimpleNamespace(name="Mill", node_id="D1"))
    reason = {"code": "STOCK", "reason": "None left.", "remedy": remedy, "tried": tried, "effect": ""}
    assert _rows._unserved(row, reason)["more"] == ["R/1 for Mill", *([words] if words else [])]
