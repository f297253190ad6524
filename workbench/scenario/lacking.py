"""What tables leave open about the ground: counted, with what planning then takes; and nodes that roads don't join.

Nothing is taken in silence: each kind is one finding, and one sentence of every plan. What no vehicle of the fleet
depends on is not asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from workbench import fleet
from workbench.errors import Finding
from workbench.formats.checks import Loaded
from workbench.ground.pieces import strong
from workbench.ground.remarks import listed
from workbench.ground.roads import BoolArray, IntArray
from workbench.schema import WATERWAY

Frames = Mapping[str, pd.DataFrame]
SHOWN = 5
"""So many identifiers are named."""
_POLICY = {
    "assume": "they are taken at the planning default of their road (unknown_mlc = assume)",
    "refuse": "vehicles that have a load class keep off them (unknown_mlc = refuse)",
    "allow": "they are crossed as if strong enough (unknown_mlc = allow)",
}


class Lack(NamedTuple):
    """A figure that some edges lack: its column, the rows, out of how many of what, its name, what is taken."""

    column: str
    rows: IntArray
    among: int
    noun: str
    what: str
    taken: str

    @property
    def counted(self) -> str:
        """Return how many lack it."""
        return f"{len(self.rows):,} of {self.among:,} {self.noun}s"

    def some(self, edge_ids: Sequence[str] | pd.Series) -> str:
        """Return the identifiers of the first few of them."""
        return listed([edge_ids[row] for row in self.rows.tolist()], SHOWN)


def lacks(tables: Frames, settings: Mapping[str, Any]) -> list[Lack]:
    """Return what roads and waterways lack that planning with this fleet looks at."""
    return [lack for lack in _kinds(tables, settings) if len(lack.rows)]


def _kinds(tables: Frames, settings: Mapping[str, Any]) -> Iterator[Lack]:
    edges, cars = tables["edges"], tables["fleet"]
    profiles = fleet.profiles(tables)
    used = profiles[profiles["profile"].isin(set(cars["profile"]))]
    water = (edges["road_class"] == WATERWAY).to_numpy(np.bool_)
    on = cars["profile"].map(dict(zip(used["profile"], used["mode"], strict=True)))
    drives, floats = cars[on.isin(["road", "cross_country"])], cars[on == "boat"]

    def lack(column: str, among: BoolArray, noun: str, what: str, taken: str) -> Lack:
        blank = (edges[column] == "unknown" if column == "surface" else edges[column].isna()).to_numpy(np.bool_)
        return Lack(column, np.flatnonzero(among & blank), int(among.sum()), noun, what, taken)

    yield lack("speed_kmh", ~water, "road", "speed", "the profile's speed for their class of road applies")
    yield lack("surface", ~water, "road", "surface", "no factor for gravel or dirt applies to them")
    if (widest := drives["width_m"].max()) > 0:
        taken = f"they are taken as wide enough for all vehicles, the widest {widest:g} m"
        yield lack("width_m", ~water, "road", "width", taken)
    if used["max_gradient_pct"].notna().any():
        taken = f"they are taken as no steeper than the profiles bear, the least {used['max_gradient_pct'].min():g} %"
        yield lack("gradient_pct", ~water, "road", "gradient", taken)
    if (tallest := drives["height_m"].max()) > 0:
        taken = f"they are taken as high enough for all vehicles, the tallest {tallest:g} m"
        yield lack("clearance_m", edges["tunnel"].to_numpy(np.bool_) & ~water, "tunnel", "clearance", taken)
    if (deepest := floats["draught_m"].max()) > 0:
        taken = f"they are taken as deep enough for all boats, the deepest {deepest:g} m"
        yield lack("depth_m", water, "waterway", "depth", taken)
    tracked = set(used.loc[used["tracked"], "profile"])
    classed = drives[drives["mlc"].notna()]["profile"].isin(tracked)
    bridges = edges["bridge"].to_numpy(np.bool_)
    for column, wheels, asked in (("mlc_w", "wheels", ~classed), ("mlc_t", "tracks", classed)):
        if asked.any():
            policy = _POLICY[str(settings.get("unknown_mlc", "assume"))]
            yield lack(column, bridges, "bridge", f"load class for {wheels}", policy)


def apart(nodes: int, ends: IntArray, oneway: BoolArray, dry: BoolArray) -> tuple[IntArray, IntArray]:
    """Return the nodes that no road or waterway touches, and those whose roads don't join the main ones.

    ``ends`` holds two nodes per edge; ``dry`` says which edges are roads. The main roads are the most nodes that can
    all reach each other by road, whatever is closed.
    """
    touched, by_road = (np.isin(np.arange(nodes), some) for some in (ends, ends[dry]))
    parts = strong(nodes, ends[dry], oneway[dry])
    return np.flatnonzero(~touched), np.flatnonzero(by_road & (parts > 0))


def check(tables: Mapping[str, Loaded], settings: Mapping[str, Any]) -> None:
    """Report what roads lack, a finding for each kind, and nodes that roads don't join.

    Cells that carry a finding are passed over; where roads name nodes that are not there, so are all nodes.
    """
    nodes, edges = tables["nodes"], tables["edges"]
    if not (nodes.present and edges.present and len(edges.frame)):
        return
    frames = {name: table.frame for name, table in tables.items()}
    unread = edges.absent if any(f.code in ("UNKNOWN_COLUMN", "STRUCTURE") for f in edges.general) else set()
    told = {f.column for f in edges.general} | unread
    ids, blank = edges.frame["edge_id"], np.flatnonzero(edges.text["road_class"] == "")
    unclassed = Lack("road_class", blank, len(edges.frame), "road", "class", "they are taken as unclassified")
    for lack in (unclassed, *lacks(frames, settings)):
        sound = lack._replace(rows=lack.rows[edges.sound(lack.column)[lack.rows]])
        if len(sound.rows) and lack.column not in told:
            expected, got = f"a {lack.what} for each {lack.noun}", f"none on {sound.counted}: {sound.some(ids)}"
            remedy = f"{lack.taken[0].upper()}{lack.taken[1:]}."
            edges.general.append(_finding(edges, lack.column, "NO_DATA", expected, got, remedy))
    if edges.sound("from", "to", "edge_id").all() and nodes.sound("node_id").all():
        nodes.general += _joined(nodes, edges.frame)


def _joined(nodes: Loaded, edges: pd.DataFrame) -> Iterator[Finding]:
    """Yield a finding for the nodes that no road touches, and one for those off the main roads."""
    at = {node: row for row, node in enumerate(nodes.frame["node_id"])}
    ends = np.array([[at[a], at[b]] for a, b in zip(edges["from"], edges["to"], strict=True)], dtype=np.int64)
    dry = (edges["road_class"] != WATERWAY).to_numpy(np.bool_)
    lonely, lost = apart(len(at), ends, edges["oneway"].to_numpy(np.bool_), dry)
    if len(lonely):
        known = (nodes.frame["road_note"].iloc[lonely] != "").any()
        remedy = "Add their roads; only what flies or crosses country gets there."
        remedy = f"road_note says why. {remedy}" if known else remedy
        got = f"none at {_named(nodes.frame, lonely)}"
        yield _finding(nodes, "node_id", "OFF_ROAD", "a road at each node", got, remedy)
    if len(lost):
        remedy = "Vehicles can't get there and back by road; add the roads that are missing."
        yield _finding(nodes, "node_id", "OFF_ROAD", "nodes that the main roads join",
                       f"cut off: {_named(nodes.frame, lost)}", remedy)  # fmt: skip


def _named(nodes: pd.DataFrame, rows: IntArray) -> str:
    """Return how many nodes there are at some rows, and the first of them, junctions last."""
    some = nodes.iloc[rows]
    order = np.argsort((some["kind"] == "junction").to_numpy(), kind="stable")
    called = [f"{name} ({node})" if name and name != node else node
              for node, name in zip(some["node_id"].iloc[order], some["name"].iloc[order], strict=True)]  # fmt: skip
    junctions = int((some["kind"] == "junction").sum())
    kinds = f", {junctions:,} of them junctions" if 0 < junctions < len(some) else ""
    return f"{len(some):,} of {len(nodes):,} nodes{kinds}: {listed(called, SHOWN)}"


def _finding(table: Loaded, column: str, code: str, expected: str, got: str, remedy: str) -> Finding:
    return Finding(table.file, table.sheet, 0, column, "warning", code, expected, got, remedy)
