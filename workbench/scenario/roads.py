"""Roads against their nodes: shapes that end elsewhere, lengths that can't be, nodes that no road agrees with."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import shapely
from numpy.typing import NDArray

from workbench.formats.checks import Loaded, Mask
from workbench.scenario.places import LONGEST, SHORTEST, SLACK_M, Floats, distance_m, ends_of, xy

ENDS_M = 250.0
"""A shape may end this far from its node, or a twentieth of the straight line if that is more."""


def check(tables: Mapping[str, Loaded]) -> None:
    """Flag roads, and nodes that all their roads disagree with; positions are flagged already."""
    nodes, edges = tables["nodes"], tables["edges"]
    ends = ends_of(nodes, edges)
    _self_loops(edges)
    if not len(nodes.frame):
        return
    gaps = _gaps(nodes, edges, ends)
    _misplaced(nodes, edges, ends, gaps)
    usable = _usable(nodes, edges, ends)
    _shapes(nodes, edges, ends, gaps, usable)
    _lengths(nodes, edges, ends, usable)


def check_turns(tables: Mapping[str, Loaded]) -> None:
    """Flag banned turns between roads that do not meet at the node."""
    edges, turns = tables["edges"], tables["turns"]
    ends = {edge: {a, b} for edge, a, b in zip(*(edges.text[c] for c in ("edge_id", "from", "to")), strict=True)}
    for column in ("from_edge", "to_edge"):
        known = turns.sound(column, "via_node") & turns.text[column].isin(list(ends)).to_numpy()
        pairs = zip(turns.text[column], turns.text["via_node"], known, strict=True)
        apart = np.array([ok and via not in ends[edge] for edge, via, ok in pairs], dtype=np.bool_)
        turns.flag(
            apart,
            column,
            "CONFLICT",
            expected=lambda at: f"a road that ends at {turns.text['via_node'][at]}",
            remedy="Correct the road or the node, or remove the row.",
        )


def _usable(nodes: Loaded, edges: Loaded, ends: NDArray[np.int64]) -> Mask:
    """Return the edges whose two nodes are known and well placed."""
    placed = nodes.sound("lon", "lat", "mgrs")
    out = edges.sound("from", "to") & (ends >= 0).all(axis=1)
    out[out] &= placed[ends[out]].all(axis=1)
    return out


def _self_loops(edges: Loaded) -> None:
    loop = (edges.text["from"] == edges.text["to"]).to_numpy() & (edges.text["from"] != "").to_numpy()
    edges.flag(
        loop & edges.sound("from", "to"),
        "to",
        "SELF_LOOP",
        expected="another node than from",
        remedy="Correct the node, or remove the row.",
    )


def _straight(nodes: Loaded, ends: NDArray[np.int64]) -> Floats:
    """Return the straight line between the nodes of each edge; NaN where one has no position."""
    lon, lat = xy(nodes)
    a, b = ends[:, 0], ends[:, 1]
    return np.where((ends >= 0).all(axis=1), distance_m(lon[a], lat[a], lon[b], lat[b]), np.nan)


def _gaps(nodes: Loaded, edges: Loaded, ends: NDArray[np.int64]) -> Floats:
    """Return how far each edge's shape starts from its first node and ends from its last; NaN without a shape."""
    out = np.full((len(edges.frame), 2), np.nan)
    drawn = edges.sound("from", "to", "geometry") & (edges.text["geometry"] != "").to_numpy() & (ends >= 0).all(axis=1)
    rows = np.flatnonzero(drawn)
    if len(rows):
        lon, lat = xy(nodes)
        shapes = shapely.from_wkt(edges.text["geometry"].to_numpy()[rows])
        for side, point in ((0, 0), (1, -1)):
            at = ends[rows, side]
            tip = shapely.get_coordinates(shapely.get_point(shapes, point))
            out[rows, side] = distance_m(lon[at], lat[at], tip[:, 0], tip[:, 1])
    return out


def _misplaced(nodes: Loaded, edges: Loaded, ends: NDArray[np.int64], gaps: Floats) -> None:
    """Flag nodes that two roads or more disagree with and none agrees with, so that the roads need not be.

    One road is enough if its shape is as long as its length says, and starts or ends where it should.
    """
    usable = _usable(nodes, edges, ends)
    straight = _straight(nodes, ends)
    drawn = usable & ~np.isnan(gaps[:, 0])
    length = edges.frame["length_m"].to_numpy(dtype=np.float64)
    plain = usable & ~drawn & edges.sound("length_m")
    short = length < SHORTEST * straight - SLACK_M
    if 2 * (plain & short).sum() > plain.sum() > 1:  # the lengths are at fault, not the places
        plain &= False
    count = {True: np.zeros(len(nodes.frame)), False: np.zeros(len(nodes.frame))}
    limit = np.maximum(ENDS_M, 0.05 * straight)
    true_drawn = drawn & short & edges.sound("length_m") & (np.abs(_drawn_m(edges) - length) <= 0.1 * length)
    sure = np.zeros(len(nodes.frame))
    for side in (0, 1):
        one_end = (gaps[:, side] > limit) & (gaps[:, 1 - side] <= limit)
        np.add.at(sure, ends[true_drawn & one_end, side], 1)
        for wrong in (True, False):
            np.add.at(count[wrong], ends[drawn & ((gaps[:, side] > limit) == wrong), side], 1)
            np.add.at(count[wrong], ends[plain & (short == wrong), side], 1)
    astray = (count[True] + sure >= 2) & (count[False] == 0)
    if astray.sum() * 4 > len(nodes.frame):
        return
    nodes.flag(
        astray,
        "lon",
        "POSITION_FAR",
        expected="a position where its roads end",
        got=lambda at: (
            f"one that {count[True][at]:.0f} roads disagree with" if count[True][at] > 1 else "one far off its road"
        ),
        remedy="Correct the position, or mgrs.",
    )


def _shapes(nodes: Loaded, edges: Loaded, ends: NDArray[np.int64], gaps: Floats, usable: Mask) -> None:
    """Flag shapes that do not start and end at their nodes."""
    limit = np.maximum(ENDS_M, 0.05 * np.nan_to_num(_straight(nodes, ends)))
    apart = np.nan_to_num(gaps).max(axis=1, initial=0.0)
    backwards = _gaps(nodes, edges, ends[:, ::-1]).max(axis=1, initial=0.0) <= limit
    edges.flag(
        usable & (apart > limit),
        "geometry",
        "GEOMETRY",
        expected=lambda at: f"a line from {edges.text['from'][at]} to {edges.text['to'][at]}",
        got=lambda at: f"an end {apart[at] / 1000:.1f} km off",
        remedy=lambda at: (
            "It is drawn backwards; swap from and to."
            if backwards[at]
            else "Correct the line (lon lat), or leave it blank."
        ),
    )


def _drawn_m(edges: Loaded) -> Floats:
    """Return the length of each edge's shape in metres, 0 without a sound one."""
    rows = np.flatnonzero(edges.sound("geometry") & (edges.text["geometry"] != "").to_numpy())
    points, at = shapely.get_coordinates(shapely.from_wkt(edges.text["geometry"].to_numpy()[rows]), return_index=True)
    steps = distance_m(points[:-1, 0], points[:-1, 1], points[1:, 0], points[1:, 1])
    same = at[:-1] == at[1:]
    out = np.zeros(len(edges.frame))
    out[rows] = np.bincount(at[:-1][same], weights=steps[same], minlength=len(rows))
    return out


def _lengths(nodes: Loaded, edges: Loaded, ends: NDArray[np.int64], usable: Mask) -> None:
    """Flag roads shorter than the straight line between their nodes or than their shape, or many times as long."""
    straight = np.nan_to_num(_straight(nodes, ends))
    drawn = _drawn_m(edges)
    least = np.maximum(straight, drawn)
    length = edges.frame["length_m"].to_numpy(dtype=np.float64)
    ready = usable & edges.sound("length_m", "geometry")

    def line(at: int) -> str:
        return f"{least[at]:.0f} m, the {'straight line' if straight[at] >= drawn[at] else 'length of its shape'}"

    edges.flag(
        ready & (length < SHORTEST * least - SLACK_M),
        "length_m",
        "LENGTH",
        expected=lambda at: f"at least {line(at)}",
        remedy=lambda at: (
            "It looks like kilometres: write metres."
            if length[at] * 1000 >= SHORTEST * least[at]
            else "Check the length and its unit."
        ),
    )
    edges.flag(
        ready & (length > LONGEST * np.maximum(least, 500.0)),
        "length_m",
        "LENGTH",
        level="warning",
        expected=lambda at: f"a length not far above {line(at)}",
        remedy="Check the length and its unit.",
    )
