"""Files of marks that lessons leave behind: one JSON file a student, read together by the instructor."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

FORMAT = "workbench.marks/1"
LARGEST = 1_000_000
"""Bytes; a lesson's file has a few hundred."""


def write(path: Path, marks: Sequence[Mapping[str, Any]], predictions: Sequence[Mapping[str, Any]]) -> Path:
    """Write one file of marks, making its folder; an older file of that name is replaced."""
    path.parent.mkdir(parents=True, exist_ok=True)
    body = {"format": FORMAT, "marks": list(marks), "predictions": list(predictions)}
    spare = path.with_suffix(".part")
    spare.write_text(json.dumps(body, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
    return spare.replace(path)


def read_folder(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the marks of every ``.json`` file in a folder, by file name, each with its ``file``.

    A file that is not a file of marks yields one row that has only ``file`` and, as ``feedback``, why.
    """
    for path in sorted(folder.glob("*.json")):
        try:
            yield from ({"file": path.name, **row} for row in _rows(path))
        except (OSError, ValueError, KeyError, TypeError) as error:
            yield {"file": path.name, "student": "", "exercise": "", "feedback": f"Not a file of marks: {error}"}


def _rows(path: Path) -> list[dict[str, Any]]:
    if path.stat().st_size > LARGEST:
        raise ValueError("too large")
    body = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        raise ValueError(f"expected format {FORMAT}")
    return [
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
