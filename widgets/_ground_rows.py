"""What the closure editor shows and understands: roads by place and name, areas as WKT, effects as rows."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import shapely

from workbench.errors import UsageError
from workbench.problem import Problem
from workbench.report import roads
from workbench.report.hours import Span, times
from workbench.report.words import plural
from workbench.scenario import Change, CourseOfAction, Scenario
from workbench.units import dtg, iso, parse_daily_windows, parse_instant

Row = dict[str, Any]
MOST_FOUND = 12
"""Roads listed for a search."""
CORNERS = 24
"""Corners of an area around a place."""
_M = 111_320.0
"""Metres in a degree of latitude."""


def _column(name: str, title: str, kind: str = "text") -> Row:
    return {"name": name, "title": title, "kind": kind}


PLACE_COLUMNS = (
    _column("name", "Place", "strong"),
    _column("before", "Before", "number"),
    _column("after", "Now", "number"),
    _column("by", "Farther by", "chip"),
    _column("why", "Closed on its way"),
)
LEG_COLUMNS = (
    _column("route", "Route", "strong"),
    _column("seq", "Stop", "number"),
    _column("to", "Leg to"),
    _column("by", "Takes longer by", "chip"),
    _column("loss", "Loss risk", "number"),
    _column("why", "Closed on its way"),
)


class RoadFinder:
    """The roads of a scenario, by place and by name."""

    def __init__(self) -> None:
        self._edges: Any = None
        self.ids: Mapping[str, int] = {}

    def read(self, scenario: Scenario) -> None:
        """Take over the roads of a scenario, unless they are known already."""
        edges = scenario.tables["edges"]
        if edges is self._edges:
            return
        self._edges, self._roads = edges, roads.roads(edges, scenario.tables["nodes"])
        self.ids = self._roads.row
        self._groups = np.array([roads.GROUP_OF[road] for road in edges["road_class"]], dtype=object)
        self._bridge = edges["bridge"].to_numpy(np.bool_)

    def nearest(self, lon: float, lat: float, metres: float, groups: Collection[str]) -> str | None:
        """Return the road of these groups nearest to a place, at most so many metres off; a bridge goes first."""
        flat = math.cos(math.radians(lat))
        high = metres / _M
        box = shapely.box(lon - high / flat, lat - high, lon + high / flat, lat + high)
        near = np.sort(roads.tree(self._roads).query(box))
        near = near[np.isin(self._groups[near], list(groups))]
        lines = shapely.transform(self._roads.shapes[near], lambda points: points * (flat, 1.0))
        far = shapely.distance(lines, shapely.Point(lon * flat, lat)) * _M
        order = np.lexsort((near, np.where(self._bridge[near], far / 2, far)))
        found = [int(near[k]) for k in order if far[k] <= metres]
        return str(self._edges["edge_id"].iloc[found[0]]) if found else None

    def find(self, text: str, shown: Scenario) -> tuple[Row, ...]:
        """Return the roads whose id is the text or whose name holds it; bridges first."""
        wanted = text.strip().lower()
        if not wanted:
            return ()
        edges = self._edges
        ids, names = edges["edge_id"].str.lower(), edges["name"].str.lower()
        rows = np.flatnonzero((ids == wanted) | names.str.contains(wanted, regex=False)).tolist()
        hits = sorted(rows, key=lambda n: (ids.iloc[n] != wanted, not self._bridge[n], n))
        return tuple(self.row(str(edges["edge_id"].iloc[n]), shown) for n in hits[:MOST_FOUND])

    def row(self, edge: str, shown: Scenario) -> Row:
        """Return a road with what people call it, and whether it is closed by name."""
        return {"edge": edge, "text": self.called(edge), "closed": edge in set(shown.tables["closures"]["edge_id"])}

    def called(self, edge: str) -> str:
        """Return how people call a road."""
        row = self._edges.iloc[self.ids[edge]]
        name = f" {row['name']}" if row["name"] else ""
        return f"{'bridge' if row['bridge'] else 'road'} {edge}{name}, {row['road_class']}"


def polygon(corners: Sequence[Sequence[float]]) -> str:
    """Return the area with these corners (lon, lat) as WKT.

    Raises
    ------
    UsageError
        When its sides cross.
    """
    shape = shapely.Polygon([(float(lon), float(lat)) for lon, lat in corners])
    if not shape.is_valid or shape.area == 0:
        raise UsageError("The sides of this area cross. Draw it again, corner after corner round it.")
    return str(shapely.to_wkt(shape, rounding_precision=5))


def circle(problem: Problem, node: str, km: Any) -> str:
    """Return the area within so many kilometres of a place as WKT.

    Raises
    ------
    UsageError
        When the radius is no number from 0.05 to 50.
    """
    try:
        metres = 1000 * float(km)
    except (TypeError, ValueError):
        metres = math.nan
    if not 50 <= metres <= 50_000:
        raise UsageError("Give a radius from 0.05 to 50 km.")
    place = next(p for p in problem.places if p.node_id == node)
    turns = [2 * math.pi * k / CORNERS for k in range(CORNERS)]
    wide = _M * math.cos(math.radians(place.lat))
    return polygon([(place.lon + metres * math.cos(a) / wide, place.lat + metres * math.sin(a) / _M) for a in turns])


def vehicles(problem: Problem) -> tuple[tuple[str, str], ...]:
    """Return the travel keys of the fleet with the vehicle types that have them, the most numerous first."""
    count: dict[str, int] = {}
    types: dict[str, dict[str, None]] = {}
    for v in problem.fleet:
        count[v.travel] = count.get(v.travel, 0) + v.count
        types.setdefault(v.travel, {})[v.vehicle_type] = None
    order = sorted(count, key=lambda key: (-count[key], key))
    return tuple((key, ", ".join(types[key])) for key in order)


def usual(problem: Problem) -> str:
    """Return the travel key that most vehicles have; empty without a fleet."""
    found = vehicles(problem)
    return found[0][0] if found else ""


def is_area(change: Change) -> bool:
    """Return whether a change closes an area."""
    return change.table == "closures" and change.op == "add" and bool(change.values.get("area"))


def closes(change: Change, edge: str) -> bool:
    """Return whether a change closes a road by its id."""
    return change.table == "closures" and change.op == "add" and change.values.get("edge_id") == edge


def moment(text: str, span: Span) -> datetime:
    """Read ``0600``, ``06:00``, ``010600Z``, ``010600Z MAY 26`` or ISO 8601; a part of it as the first in the plan.

    Raises
    ------
    UsageError
        When it is none of these.
    """
    asked = f"Give a time as 0600, or as a date-time group such as {dtg(span.as_of)}; got {text}."
    short = re.fullmatch(r"(?:(\d\d))?(\d\d):?(\d\d)Z?(?: ?([A-Z]{3})(?: ?(\d\d))?)?", text.strip().upper())
    try:
        if short is None:
            return parse_instant(text)
        day, hour, minute, month, year = short.groups()
        first = span.as_of.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
        days = (first + timedelta(days=n) for n in range(-1, 400))
        wanted = {"%d": day, "%b": month, "%y": year}
        return next(d for d in days if (d >= span.as_of or day) and all(
            part is None or d.strftime(form).upper() == part for form, part in wanted.items()))  # fmt: skip
    except (ValueError, StopIteration):
        raise UsageError(asked) from None


def spelled(when: Mapping[str, Any] | None, span: Span) -> dict[str, str]:
    """Return what a page says of hours, blanks left out: ``from`` and ``to`` as instants (UTC), daily ``hours``.

    Raises
    ------
    UsageError
        When they are no times, or end before they begin.
    """
    given = {key: str((when or {}).get(key) or "").strip() for key in ("from", "to", "hours")}
    instants = {key: moment(given[key], span) for key in ("from", "to") if given[key]}
    try:
        daily = parse_daily_windows(given["hours"])
    except ValueError as error:
        example = "Write daily hours as 06:00-18:00; over midnight as 20:00-24:00;00:00-05:00."
        raise UsageError(f"Expected {error}, got {given['hours']}. {example}") from None
    if len(instants) == 2 and instants["to"] <= instants["from"]:
        raise UsageError("It has to end after it begins: set until later than from.")
    out = {key: iso(moment) for key, moment in instants.items()}
    return {**out, "hours": given["hours"]} if daily else out


def _hours(values: Mapping[str, Any], span: Span) -> str:
    """Return the hours of an edit in words, after a comma; nothing for always."""
    begins, ends = (parse_instant(str(values[key])) if values.get(key) else None for key in ("from", "to"))
    words = times(span, begins, ends, parse_daily_windows(str(values.get("hours") or ""))).words
    return f", {words}" if words else ""


def edits(unsaved: CourseOfAction | None, roads: RoadFinder, span: Span) -> tuple[Row, ...]:
    """Return the edits of the ground, each with the key to take it back by."""
    if unsaved is None:
        return ()
    shut = [("close", n, "✕", f"{roads.called(edge)} closed") for n, edge in enumerate(unsaved.close)]
    opened = [("reopen", n, "✓", f"{roads.called(edge)} open again") for n, edge in enumerate(unsaved.reopen)]
    areas = [
        ("changes", n, "✕", (str(c.values["reason"]) if is_area(c) else f"{roads.called(c.values['edge_id'])} closed")
         + _hours(c.values, span))
        for n, c in enumerate(unsaved.changes) if c.table == "closures" and c.op == "add"
    ]  # fmt: skip
    threats = [
        ("threats", n, "▲",
         f"{threat.get('name') or threat.get('threat_id')}, {threat.get('level', 'medium')}{_hours(threat, span)}")
        for n, threat in enumerate(unsaved.threats)
    ]  # fmt: skip
    return tuple(
        {"key": f"{field} {n}", "sign": sign, "kind": "open" if field == "reopen" else "", "text": text}
        for field, n, sign, text in (*shut, *opened, *areas, *threats)
    )


def places(far: pd.DataFrame) -> tuple[Row, ...]:
    """Return a row per place that an edit moves, worst first."""
    return tuple(
        {
            "key": row["node_id"],
            "name": row["name"],
            "before": _minutes(row["before_s"]),
            "after": _minutes(row["after_s"]),
            "by": _more(row["more_s"], row["cut_off"], new=math.isnan(row["before_s"])),
            "why": ", ".join(row["closed"]),
            "level": _level(row["more_s"], row["cut_off"]),
        }
        for row in far.to_dict("records")
    )


def legs(hit: pd.DataFrame | None, names: dict[str, str]) -> tuple[Row, ...]:
    """Return a row per leg of the plan that an edit hits, worst first."""
    if hit is None:
        return ()
    order = hit.assign(risk=hit["loss_after"] - hit["loss_before"]).sort_values(
        ["cut_off", "more_s", "risk"], ascending=False, kind="stable"
    )
    return tuple(_leg(row, names) for row in order.to_dict("records"))


def _leg(row: Mapping[Any, Any], names: Mapping[str, str]) -> Row:
    riskier = row["loss_after"] > row["loss_before"] and row["more_s"] == 0
    return {
        "key": f"{row['route_id']} {row['seq']}",
        "route": row["route_id"],
        "seq": row["seq"],
        "to": names.get(row["to_node"], row["to_node"]),
        "by": "▲ riskier" if riskier else _more(row["more_s"], row["cut_off"]),
        "loss": _loss(row["loss_before"], row["loss_after"]),
        "why": ", ".join(row["closed"]),
        "level": "warn" if riskier else _level(row["more_s"], row["cut_off"]),
    }


def told(far: pd.DataFrame, hit: pd.DataFrame | None) -> tuple[str, str, str]:
    """Return what the edits do in all: a word, its level, and a sentence."""
    lost, late = far[far["cut_off"]], far[far["more_s"] > 0]
    parts = []
    if len(lost):
        parts.append(f"{plural(len(lost), 'place')} cut off ({_few(map(_blamed, lost['name'], lost['closed']))})")
    if len(late):
        parts.append(f"{plural(len(late), 'place')} farther, by up to {_minutes(late['more_s'].max())}")
    if hit is not None and len(hit):
        stuck = int(hit["cut_off"].sum())
        routes = plural(hit["route_id"].nunique(), "route")
        parts.append(f"{plural(len(hit), 'leg')} of {routes} hit" + (f", {stuck} with no way left" if stuck else ""))
    text = "; ".join(parts) + "." if parts else "No place is farther, and no leg of the plan is hit."
    stopped = bool(len(lost)) or (hit is not None and bool(hit["cut_off"].any()))
    return (
        ("✕ Cut off", "bad", text) if stopped else ("! Farther", "warn", text) if parts else ("✓ No harm", "ok", text)
    )


def _blamed(name: str, closed: Sequence[str]) -> str:
    """Return a place that is cut off with the first road that did it."""
    return f"{name} by {closed[0]}" if closed else name


def _few(names: Iterable[str]) -> str:
    known = list(names)
    first = ", ".join(known[:3])
    return first if len(known) <= 3 else f"{first} and {len(known) - 3} more"


def notes(far: pd.DataFrame) -> dict[str, Row]:
    """Return what stands at each place on the map that an edit moves."""
    return {row["key"]: {"text": row["by"], "level": row["level"]} for row in places(far)}


def _minutes(seconds: float) -> str:
    return "–" if math.isnan(seconds) else f"{math.ceil(seconds / 60)} min"


def _more(seconds: float, cut_off: bool, *, new: bool = False) -> str:
    if cut_off:
        return "✕ no way"
    if new:
        return "✓ reached again"
    return (
        f"+{math.ceil(seconds / 60)} min" if seconds > 0 else f"−{math.ceil(-seconds / 60)} min" if seconds < 0 else "0"
    )


def _level(seconds: float, cut_off: bool) -> str:
    return "bad" if cut_off else "warn" if seconds > 0 else "ok" if seconds < 0 or math.isnan(seconds) else ""


def _loss(before: float, after: float) -> str:
    """Return the loss probability of a way, with what it was where that differs."""
    if math.isnan(after):
        return "–"
    old, new = f"{100 * before:.1f} %", f"{100 * after:.1f} %"
    return new if old == new else f"{old} → {new}"


def front_told(front: Sequence[Any], chosen: int, how: str) -> tuple[str, str]:
    """Return what is taken of the ways of a leg, in a lead and a sentence."""
    if not front:
        return "There is no way for this vehicle.", "Try a lighter one, or open what is closed."
    ends = f"The fastest takes {_way(front[0])}" + (f", the safest {_way(front[-1])}." if len(front) > 1 else ".")
    if chosen < 0:
        return f"{how} no way is safe enough.", ends
    if len(front) == 1:
        return "Only one way is worth taking.", ends.replace("The fastest", "It")
    return f"{how}: way {chosen + 1} of {len(front)}, {_way(front[chosen])}.", ends


def _way(way: Any) -> str:
    return f"{math.ceil(way.seconds / 60)} min at {100 * way.loss:.2g} % loss"
