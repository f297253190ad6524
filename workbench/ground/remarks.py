"""What an import could not take over or does not know, as findings: nothing is missed in silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from workbench.errors import Finding
from workbench.ground.osm import Read
from workbench.ground.pieces import IntArray
from workbench.ground.tags import Unread

SHOWN = 8
DEFAULTS = {
    "surface": "no factor for gravel or dirt applies",
    "speed_kmh": "the profile's speed for the class of road applies",
    "width_m": "the width does not restrict",
    "clearance_m": "the clearance does not restrict",
    "gradient_pct": "the gradient does not restrict",
}
"""Columns whose lack is counted, with what then holds."""


def no_data(file: str, edges: pd.DataFrame) -> list[Finding]:
    """Return a finding for each column that roads lack, with how many, and one for bridges of unknown load class."""
    out = []
    for column, default in DEFAULTS.items():
        values = edges[column]
        lacking = int((values == "unknown").sum() if column == "surface" else values.isna().sum())
        if lacking:
            got = f"none on {lacking:,} of {len(edges):,} roads"
            out.append(_finding(file, column, "NO_DATA", "a figure for each road", got, f"There {default}."))
    bridges = edges[edges["bridge"]]
    unknown = int((bridges["mlc_w"].isna() & bridges["mlc_t"].isna()).sum())
    if unknown:
        got = f"none on {unknown:,} of {len(bridges):,} bridges"
        remedy = "unknown_mlc of the scenario decides: refuse, allow and list, or assume by class of road."
        out.append(_finding(file, "mlc_w", "NO_DATA", "a load class for each bridge", got, remedy))
    assumed = int((edges["mlc_source"] == "assumed").sum())
    if assumed:
        got = f"only a signed weight on {assumed:,} roads"
        remedy = "The expedient class of a vehicle of that weight is assumed; survey the bridges that matter."
        out.append(_finding(file, "mlc_source", "NO_DATA", "load classes", got, remedy))
    axles = int(edges["maxaxleload_t"].notna().sum())
    if axles:
        got = f"a limit on {axles:,} roads"
        remedy = "Vehicles state no axle load, so the limit is kept and not applied."
        out.append(_finding(file, "maxaxleload_t", "LEFT_OUT", "limits that can be applied", got, remedy))
    return out


def of_osm(file: str, found: Read, *, cut_by_box: bool = False) -> list[Finding]:
    """Return what was left out of an OpenStreetMap file or could not be read in it."""
    out = left_out(file, found.left_out)
    for what, remedy in _NOTES.items():
        if count := found.noted[what]:
            out.append(_finding(file, "", "LEFT_OUT", "a map that says all", f"{count:,} {what}", remedy))
    on_roads = set(found.refs)
    if shut := Counter(kind for ref, kind in found.barriers.items() if ref in on_roads):
        kinds = ", ".join(f"{kind} {n}" for kind, n in sorted(shut.items()))
        remedy = "Trucks don't pass there; remove the rows of turns.csv to open one."
        out.append(_finding(file, "", "LEFT_OUT", "open roads", f"barriers on roads ({kinds})", remedy))
    if gates := len(found.gates & on_roads):
        remedy = "They are taken as open; check those that matter."
        out.append(_finding(file, "", "NO_DATA", "gates known to be open", f"{gates:,} gates", remedy))
    for why, relations in sorted(found.unused.items()):
        got = f"{len(relations)} with {why}: {listed([f'r{n}' for n in sorted(relations)])}"
        remedy = "They are not applied; add rows to turns.csv where they matter."
        out.append(_finding(file, "turns", "LEFT_OUT", "restrictions of turns that can be applied", got, remedy))
    out += unreadable(file, found.unread)
    if cut_by_box:
        got = "roads that leave the box"
        out.append(_finding(file, "", "LEFT_OUT", "whole roads", got, "They end at their last node inside."))
    return out


def left_out(file: str, reasons: Mapping[str, int]) -> list[Finding]:
    """Return a finding for each reason why roads were left out, with how many."""
    return [
        _finding(file, "", "LEFT_OUT", "roads for trucks", f"{count:,} {reason}", "They are left out.")
        for reason, count in sorted(reasons.items())
    ]


def unreadable(file: str, unread: Unread) -> list[Finding]:
    """Return a finding for each key with values that could not be read."""
    out = []
    values: dict[str, Counter[str]] = {}
    for key, value in unread:
        values.setdefault(key, Counter())[value] += 1
    for key, seen in sorted(values.items()):
        got = f"{seen.total()} ways with {listed([repr(value) for value, _ in sorted(seen.items())])}"
        out.append(_finding(file, key, "TYPE", "a value that can be read", got, "It is taken as not known."))
    return out


_NOTES = {
    "time or weight dependent rules": "Rules that depend on time or weight are not applied.",
    "reversible roads": "They are taken as one-way as drawn.",
    "nodes of ways that the file lacks": "Roads end there; use an extract with complete ways.",
    "ferries of unknown duration": "They sail at 10 km/h, our default.",
}


def components(file: str, nodes: Sequence[str], strong: IntArray) -> list[Finding]:
    """Return a finding about the roads outside the largest part in which every node can reach every other."""
    outside = np.flatnonzero(strong > 0)
    if not len(outside):
        return []
    parts = len(np.unique(strong[outside]))
    got = f"{len(outside):,} of {len(nodes):,} nodes in {parts:,} other parts, such as {nodes[int(outside[0])]}"
    remedy = "Nodes are joined to the main network where it is near; see road_note."
    return [_finding(file, "", "OFF_ROAD", "one network where all reach all", got, remedy)]


def lacking(file: str, present: Mapping[str, bool]) -> list[Finding]:
    """Return a finding about the keys that trucks need and a file of another program does not carry."""
    absent = [key for key, there in present.items() if not there]
    if not absent:
        return []
    remedy = "Have the program keep these tags, or import the OpenStreetMap file itself."
    return [_finding(file, "", "NO_DATA", "what trucks need", f"no {', '.join(absent)}", remedy)]


def faulty(file: str, faults: Mapping[str, Sequence[str]]) -> list[Finding]:
    """Return a finding for each kind of thing that a graph has and that could not be taken over, with which."""
    remedies = {
        "nodes that come twice": "The last position holds.",
        "shapes that can't be read": "They are drawn straight.",
    }
    return [_finding(file, "", "LEFT_OUT", "a sound graph", f"{len(names):,} {what}: {listed(names)}", remedies[what])
            for what, names in sorted(faults.items())]  # fmt: skip


def unclassed(file: str, count: int) -> Finding:
    """Return the finding about edges without a class of road."""
    return _finding(
        file,
        "highway",
        "NO_DATA",
        "a class for each road",
        f"none on {count:,} edges",
        "They are taken as unclassified.",
    )


def listed(words: Sequence[str], shown: int = SHOWN) -> str:
    """Return the first words, and how many more there are."""
    more = f" and {len(words) - shown:,} more" if len(words) > shown else ""
    return ", ".join(words[:shown]) + more


def _finding(file: str, column: str, code: str, expected: str, got: str, remedy: str) -> Finding:
    return Finding(file, "", 0, column, "warning", code, expected, got, remedy)
