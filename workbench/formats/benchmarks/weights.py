"""Where the distances of a VRPLIB file come from: coordinates, or a list of distances."""

from __future__ import annotations

import numpy as np

from workbench.formats.benchmarks.instance import Floats
from workbench.formats.benchmarks.lines import short
from workbench.formats.benchmarks.raw import Raw
from workbench.formats.benchmarks.tables import stream

_LOWER = {"LOWER_ROW": -1, "UPPER_COL": -1, "LOWER_DIAG_ROW": 0, "UPPER_DIAG_COL": 0}
_UPPER = {"UPPER_ROW": 1, "LOWER_COL": 1, "UPPER_DIAG_ROW": 0, "LOWER_DIAG_COL": 0}
MOST_LISTED = 10_000
"""With more locations than this a list of all distances is not read."""


def distances(
    raw: Raw, xy: Floats | None, shown: Floats | None, n: int
) -> tuple[Floats | None, Floats | None]:  # fmt: skip
    """Return the coordinates, where the file has them, and the distances, where it lists them.

    ``shown`` are positions to draw, which stand for coordinates where distances are listed.
    """
    line, kind = raw.values.get("EDGE_WEIGHT_TYPE", (0, ""))
    if kind == "EXPLICIT":
        return (shown if xy is None else xy), _listed(raw, n)
    if kind != "EUC_2D":
        raw.report.find(
            line, "EDGE_WEIGHT_TYPE", "SETTING", expected="EUC_2D or EXPLICIT", got=short(kind) if kind else "nothing",
            remedy="Other kinds of distance are not read; list the distances (EXPLICIT, FULL_MATRIX).",
        )  # fmt: skip
    elif xy is None:
        raw.report.find(
            line, "NODE_COORD_SECTION", "REQUIRED", expected="the coordinates that EUC_2D is reckoned from",
            got="nothing", remedy="Add the section.",
        )  # fmt: skip
    return xy, None


def _listed(raw: Raw, n: int) -> Floats | None:
    """Return the listed distances as a square array, None where they are not sound."""
    line, form = raw.values.get("EDGE_WEIGHT_FORMAT", (0, ""))
    known = ["FULL_MATRIX", *_LOWER, *_UPPER]
    section = raw.sections.get("EDGE_WEIGHT")
    if form not in known or section is None:
        missing = "EDGE_WEIGHT_FORMAT" if form not in known else "EDGE_WEIGHT_SECTION"
        raw.report.find(
            line, missing, "SETTING", expected=f"one of {', '.join(known)}" if form not in known else "the distances",
            got=short(form) if form and form not in known else "nothing", remedy="Say how the distances are listed.",
        )  # fmt: skip
        return None
    side = n * (n - 1) // 2 + (n if {**_LOWER, **_UPPER}.get(form) == 0 else 0)
    wanted = n * n if form == "FULL_MATRIX" else side
    cells = np.array(stream(raw.report, section, 0.0)) if n <= MOST_LISTED else np.zeros(0)
    if len(cells) != wanted:
        raw.report.find(
            section.line, section.name, "STRUCTURE", expected=f"{wanted:,} distances ({form}, {n:,} locations)",
            got=f"{len(cells):,}" if n <= MOST_LISTED else f"more than {MOST_LISTED:,} locations",
            remedy="Complete the list, or correct DIMENSION or EDGE_WEIGHT_FORMAT.",
        )  # fmt: skip
        return None
    if form == "FULL_MATRIX":
        return cells.reshape(n, n)
    out = np.zeros((n, n))
    at = np.tril_indices(n, _LOWER[form]) if form in _LOWER else np.triu_indices(n, _UPPER[form])
    out[at] = cells
    out.T[at] = cells
    return out
