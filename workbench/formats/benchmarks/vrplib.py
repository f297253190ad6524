"""VRPLIB files: keywords with a value, then sections of rows, as CVRPLIB has them and PyVRP's dialect extends them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import inf

import numpy as np

from workbench.formats.benchmarks import weights
from workbench.formats.benchmarks.fleets import DETAILS, LISTS, fleet
from workbench.formats.benchmarks.instance import FAMILIES, Floats, Instance
from workbench.formats.benchmarks.lines import MOST, MOST_LOCATIONS, Line, Report, short
from workbench.formats.benchmarks.pairs import matched
from workbench.formats.benchmarks.raw import Raw
from workbench.formats.benchmarks.tables import Section, Shape, reversed_windows, table, whole

_WORD = re.compile(r"^([A-Za-z][A-Za-z0-9_]*)\s*(?::\s*(.*))?$")
_TEXTS = {"NAME", "COMMENT", "TYPE", "EDGE_WEIGHT_TYPE", "EDGE_WEIGHT_FORMAT", "NODE_COORD_TYPE", "DISPLAY_DATA_TYPE"}
_PER_LOCATION = {
    "DEMAND": Shape("location"), "LINEHAUL": Shape("location"), "BACKHAUL": Shape("location"),
    "SERVICE_TIME": Shape("location"), "RELEASE_TIME": Shape("location"), "PRIZE": Shape("location"),
    "TIME_WINDOW": Shape("location", 2), "NODE_COORD": Shape("location", 2, -MOST),
    "DISPLAY_DATA": Shape("location", 2, -MOST), "PICKUP_AND_DELIVERY": Shape("location", 6, -MOST),
}  # fmt: skip
_SECTIONS = {*_PER_LOCATION, *DETAILS, *LISTS, "EDGE_WEIGHT", "DEPOT"}
_VALUES = {"DIMENSION", "VEHICLES", "SERVICE_TIME", "RELEASE_TIME", *DETAILS} - {"VEHICLES_DEPOT"}


def parse(lines: list[Line], report: Report) -> Instance:
    """Read the lines of a VRPLIB file.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    raw = _cut(lines, report)
    family = _family(raw)
    n = _dimension(raw)
    depots = _depots(raw, n)
    cells = {name: _cells(raw, name, n, depots) for name in _PER_LOCATION}
    demand, opens, closes, service, pairs = _duties(raw, cells, n, depots)
    xy, matrix = weights.distances(raw, cells["NODE_COORD"], cells["DISPLAY_DATA"], n)
    vehicles, free = fleet(raw, n, depots)
    backhaul = _column(cells["BACKHAUL"], n)
    _both_ways(raw, demand, backhaul)
    return Instance(
        name=raw.text("NAME") or report.file, family=family, file=report.file, depots=depots, xy=xy, weights=matrix,
        demand=demand, backhaul=backhaul, opens=opens, closes=closes, service=service,
        release=_column(cells["RELEASE_TIME"], n), prize=_column(cells["PRIZE"], n), pairs=pairs, vehicles=vehicles,
        free_fleet=free, warnings=report.settle(),
    )  # fmt: skip


def _cut(lines: Sequence[Line], report: Report) -> Raw:
    """Cut a file into keywords and sections; what is neither, unknown or there twice is a fault."""
    raw = Raw(report)
    rows: list[Line] | None = None
    for line in lines:
        word = _WORD.match(line.text)
        if word is None:
            if rows is None:
                report.find(
                    line.number, "", "STRUCTURE", expected="a keyword (NAME : …) or the name of a section",
                    got=short(line.text), remedy="Remove the line, or put it under the section it belongs to.",
                )  # fmt: skip
            else:
                rows.append(line)
            continue
        name, said = word[1].upper(), word[2]
        if name == "EOF":
            break
        if name.endswith("_SECTION"):
            rows = _open(raw, line, name.removesuffix("_SECTION"))
        else:
            rows = None
            _keep(raw, line, name, said)
    for name in sorted(raw.values.keys() & raw.sections.keys()):
        report.find(
            raw.sections[name].line, name, "CONFLICT", expected=f"{name} once: one value, or a section of rows",
            got="both", remedy="Remove one of them.",
        )  # fmt: skip
    return raw


def _open(raw: Raw, line: Line, name: str) -> list[Line]:
    """Begin a section and return the list for its rows."""
    rows: list[Line] = []
    if name not in _SECTIONS:
        raw.report.find(
            line.number, f"{name}_SECTION", "UNKNOWN_COLUMN",
            expected=f"a section of {', '.join(sorted(_SECTIONS))}", got=name,
            remedy="What it asks for could not be kept to, so the file is not read. Remove it, or correct its name.",
        )  # fmt: skip
    elif name in raw.sections:
        raw.report.find(
            line.number, f"{name}_SECTION", "DUPLICATE", expected="each section once", got=f"{name} again",
            remedy="Remove one of the two.",
        )  # fmt: skip
    else:
        raw.sections[name] = Section(name, line.number, rows)
    return rows


def _keep(raw: Raw, line: Line, name: str, said: str | None) -> None:
    """Keep a keyword; one that is not known is passed over with a warning, unless it limits routes."""
    if said is None:
        raw.report.find(
            line.number, name, "STRUCTURE", expected="a keyword with a colon and its value, or a section",
            got=short(line.text), remedy="Complete the line, or remove it.",
        )  # fmt: skip
    elif name == "DISTANCE":
        raw.report.find(
            line.number, name, "SETTING", expected="a limit that says of what it is", got=short(line.text),
            remedy="Write VEHICLES_MAX_DISTANCE, or VEHICLES_MAX_DURATION if service counts too.",
        )  # fmt: skip
    elif name not in _TEXTS | _VALUES:
        raw.report.find(
            line.number, name, "SETTING", expected="a keyword of the format", got=short(line.text), level="warning",
            remedy="It is passed over.",
        )  # fmt: skip
    elif name in raw.values and name != "COMMENT":
        raw.report.find(
            line.number, name, "DUPLICATE", expected="each keyword once", got=f"{name} again",
            remedy="Remove one of the two.",
        )  # fmt: skip
    else:
        raw.values[name] = (line.number, said.strip().strip('"'))


def _family(raw: Raw) -> str:
    line, text = raw.values.get("TYPE", (0, ""))
    if text.upper() not in FAMILIES:
        raw.report.find(
            line, "TYPE", "SETTING", expected=f"one of {', '.join(FAMILIES)}", got=short(text) if text else "nothing",
            remedy="Write which family of problems it is, as in: TYPE : CVRP.",
        )  # fmt: skip
    return text.upper()


def _dimension(raw: Raw) -> int:
    """Return how many locations there are; where the file fails to say, as many as it has coordinates or demands."""
    found = raw.count("DIMENSION")
    if found is not None:
        return found
    if "DIMENSION" not in raw.values:
        raw.report.find(
            0, "DIMENSION", "REQUIRED", expected="how many locations there are, depots included", got="nothing",
            remedy="Write it, as in: DIMENSION : 101.",
        )  # fmt: skip
    sizes = [len(raw.sections[name].rows) for name in ("NODE_COORD", "DEMAND") if name in raw.sections]
    return min(max([1, *sizes]), MOST_LOCATIONS)


def _depots(raw: Raw, n: int) -> int:
    """Return how many depots there are: the first locations; one where the file names none."""
    section = raw.sections.get("DEPOT")
    if section is None:
        return 1
    out = 0
    for line in section.rows:
        for cell in line.text.split():
            if cell == "-1":
                continue
            out += 1
            if whole(cell, out, min(out, n)) is None:
                raw.report.find(
                    line.number, "DEPOT", "STRUCTURE", expected=f"depot {out}: the first locations, in order",
                    got=short(cell), remedy="Number the depots 1, 2, … and put them first in every section.",
                )  # fmt: skip
    if not 1 <= out < n:
        raw.report.find(
            section.line, "DEPOT", "STRUCTURE", expected=f"1 to {max(1, n - 1)} depots, so that clients remain",
            got=str(out), remedy="Name the depots, or correct how many locations there are.",
        )  # fmt: skip
    return min(max(1, out), n)


def _cells(raw: Raw, name: str, n: int, depots: int) -> Floats | None:
    """Return the cells of a section with a row for each location; one value stands for all clients."""
    if name in raw.sections:
        return table(raw.report, raw.sections[name], n, _PER_LOCATION[name])
    found = raw.value(name) if name in _VALUES else None
    return None if found is None else np.where(np.arange(n) < depots, 0.0, found)[:, None]


def _column(cells: Floats | None, n: int) -> Floats:
    return np.zeros(n) if cells is None else cells[:, 0]


def _duties(
    raw: Raw, cells: Mapping[str, Floats | None], n: int, depots: int
) -> tuple[Floats, Floats, Floats, Floats, tuple[tuple[int, int], ...]]:
    """Return demand, windows, service and pairs; what is paired has all of that in one section."""
    both = cells["PICKUP_AND_DELIVERY"]
    if both is not None:
        section = raw.sections["PICKUP_AND_DELIVERY"]
        reversed_windows(raw.report, section.name, section.lines(), both[:, 1], both[:, 2])
        ends = np.where(both[:, 4:6] > 0, both[:, 4:6] - 1, 0)
        pairs = matched(raw.report, section.name, section.lines(), both[:, 0], ends, depots)
        return both[:, 0], both[:, 1], both[:, 2], both[:, 3], pairs
    if raw.text("TYPE").upper() == "PDPTW":
        raw.report.find(
            0, "PICKUP_AND_DELIVERY_SECTION", "REQUIRED", expected="which pickup belongs to which delivery",
            got="nothing", remedy="Add the section, or correct TYPE.",
        )  # fmt: skip
    out = cells["DEMAND"] if cells["DEMAND"] is not None else cells["LINEHAUL"]
    hours = cells["TIME_WINDOW"]
    opens, closes = (np.zeros(n), np.full(n, inf)) if hours is None else (hours[:, 0], hours[:, 1])
    if hours is not None:
        section = raw.sections["TIME_WINDOW"]
        reversed_windows(raw.report, section.name, section.lines(), opens, closes)
    return _column(out, n), opens, closes, _column(cells["SERVICE_TIME"], n), ()


def _both_ways(raw: Raw, demand: Floats, backhaul: Floats) -> None:
    """Report clients that both take and give."""
    lines = raw.sections["BACKHAUL"].lines() if "BACKHAUL" in raw.sections else {}
    for at in np.flatnonzero((demand > 0) & (backhaul > 0)).tolist():
        raw.report.find(
            lines.get(at, 0), "BACKHAUL", "CONFLICT", expected="clients that are delivered to or picked up from",
            got=f"both at location {at + 1}", remedy="Make two locations of it.",
        )  # fmt: skip
