"""Files of marks that lessons leave behind: one JSON file a student, read together by the instructor."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workbench.errors import Finding, InputError

FORMAT = "workbench.marks/1"
LARGEST = 1_000_000
"""Bytes; a lesson's file has a few hundred."""
UNUSABLE = (OSError, ValueError, KeyError, TypeError, RecursionError)


Rows = list[dict[str, Any]]


def write(path: Path, marks: Rows, predictions: Rows) -> Path:
    """Write one file of marks, making its folder, on top of what an earlier sitting left in it.

    Of one student and exercise the better mark stays (the newer of equals); of a prediction the newer guesses.

    Raises
    ------
    InputError
        When there is a file of that name that is not a file of marks: it is left as it is.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    earlier, guessed = _earlier(path)
    kept = {(row["student"], row["exercise"]): row for row in earlier}
    for row in marks:
        key = (row["student"], row["exercise"])
        if key not in kept or row["points"] >= kept[key]["points"]:
            kept[key] = row
    guesses = {(row["student"], row["prediction"]): row for row in (*guessed, *predictions)}
    body = {
        "format": FORMAT,
        "marks": [kept[key] for key in sorted(kept)],
        "predictions": [guesses[key] for key in sorted(guesses)],
    }
    spare = path.with_suffix(".part")
    spare.write_text(json.dumps(body, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
    return spare.replace(path)


def _earlier(path: Path) -> tuple[Rows, Rows]:
    if not path.exists():
        return [], []
    try:
        return _read(path)
    except UNUSABLE as error:
        remedy = "Move it away or save under another name."
        raise InputError(
            [Finding(path.name, "", 0, "", "error", "MARKS", "a file of marks", str(error), remedy)]
        ) from error


def read_folder(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the marks of every ``.json`` file in a folder, by file name, each with its ``file``.

    A file that is not a file of marks yields one row that has only ``file`` and, as ``feedback``, why.
    """
    for path in sorted(folder.glob("*.json")):
        try:
            yield from ({"file": path.name, **row} for row in _read(path)[0])
        except UNUSABLE as error:
            yield {"file": path.name, "student": "", "exercise": "", "feedback": f"Not a file of marks: {error}"}


def _read(path: Path) -> tuple[Rows, Rows]:
    if path.stat().st_size > LARGEST:
        raise ValueError("too large")
    body = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        raise ValueError(f"not of format {FORMAT}")
    marks = [
        {
            "student": str(row["student"]),
            "exercise": str(row["exercise"]),
            "points": float(row["points"]),
            "of": float(row["of"]),
            "tries": int(row["tries"]),
            "feedback": str(row["feedback"]),
            "errors": [str(code) for code in row["errors"]],
        }
        for row in body["marks"]
    ]
    predictions = [
        {
            "student": str(row["student"]),
            "prediction": str(row["prediction"]),
            "guesses": [float(guess) for guess in row["guesses"]],
        }
        for row in body["predictions"]
    ]
    return marks, predictions
