"""The roads of a scenario as maps draw them: lines by class, bridges, what is closed; kept while they stay the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import shapely

from workbench.ground.roads import closures_in_force
from workbench.kept import kept
from workbench.report import geometry
from workbench.report.geometry import Line, Shapes
from workbench.report.hours import Span, times
from workbench.units import parse_daily_windows

GROUP_OF = {road: group for group, roads in geometry.ROAD_GROUPS.items() for road in roads}
_TABLES = 4
"""Tables of roads that are remembered: those of the last few scenarios, and a change or two."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A road that is marked; ``text`` is what there is to know about it, ``mlc`` the load class for wheels if known."""

    name: str
    text: str
    line: Line
    edge_id: str
    mlc: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Roads:
    """``shapes`` and ``lines`` are all roads in the order of their table, ``by_group`` those with a length, by group.

    ``names`` are what the roads of ``by_group`` are called, blank for no name; ``row`` finds a road by its id.
    """

    shapes: Shapes = field(default_factory=lambda: np.empty(0, dtype=object))
    lines: tuple[Line, ...] = ()
    row: Mapping[str, int] = field(default_factory=dict)
    called: tuple[str, ...] = ()
    by_group: Mapping[str, tuple[Line, ...]] = field(default_factory=dict)
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    bridges: tuple[Mark, ...] = ()

    def marks(self, texts: Mapping[str, str]) -> tuple[Mark, ...]:
        """Return roads with what is to be said of each, by id, in the order of the table."""
        rows = sorted((self.row[edge], edge) for edge in texts if edge in self.row)
        return tuple(
            Mark(self.called[n], texts[edge], self.lines[n], edge) for n, edge in rows if len(self.lines[n]) > 1
        )


def roads(edges: pd.DataFrame, nodes: pd.DataFrame) -> Roads:
    """Return the roads of these tables; the same object while neither the roads nor where nodes lie has changed."""
    return _roads(edges, tuple(zip(*(nodes[c].tolist() for c in ("node_id", "lon", "lat")), strict=True)))


@kept(_TABLES)
def _roads(edges: pd.DataFrame, at: tuple[tuple[str, float, float], ...]) -> Roads:
    shapes = geometry.edge_shapes(edges, {node: (lon, lat) for node, lon, lat in at})
    lines = tuple(geometry.points(shapes))
    ids = edges["edge_id"].tolist()
    groups: dict[str, list[int]] = {group: [] for group in geometry.ROAD_GROUPS}
    for n, road_class in enumerate(edges["road_class"].tolist()):
        if len(lines[n]) > 1:
            groups[GROUP_OF[road_class]].append(n)
    names = edges["name"].tolist()
    return Roads(
        shapes=shapes,
        lines=lines,
        row={edge: n for n, edge in enumerate(ids)},
        called=tuple(name or edge for name, edge in zip(names, ids, strict=True)),
        by_group={group: tuple(lines[n] for n in rows) for group, rows in groups.items()},
        names={group: tuple(names[n] for n in rows) for group, rows in groups.items()},
        bridges=tuple(_bridges(edges, ids, lines)),
    )


def _bridges(edges: pd.DataFrame, ids: list[str], lines: tuple[Line, ...]) -> Iterable[Mark]:
    """Yield the bridges with their load class."""
    wheels, tracks, names = (edges[c].tolist() for c in ("mlc_w", "mlc_t", "name"))
    for n in np.flatnonzero(edges["bridge"]).tolist():
        if len(lines[n]) > 1:
            mlc = None if pd.isna(wheels[n]) else float(wheels[n])
            yield Mark(names[n] or ids[n], _load_class(wheels[n], tracks[n]), lines[n], ids[n], mlc)


def _load_class(wheels: float, tracks: float) -> str:
    """Return the load class of a bridge in words."""
    known = [f"{kind} {value:.0f}" for kind, value in (("W", wheels), ("T", tracks)) if pd.notna(value)]
    return "MLC " + " / ".join(known) if known else "MLC unknown"


def closed(found: Roads, closures: pd.DataFrame, span: Span) -> tuple[Mark, ...]:
    """Return the roads closed at some time of a plan, by name or as they touch a closed area, each with why and when.

    Of several closures of a road the last is told.
    """
    why: dict[str, str] = {}
    for row in closures_in_force(closures, span.as_of, span.end).to_dict("records"):
        begins, ends = (None if pd.isna(row[end]) else row[end] for end in ("from", "to"))
        when = times(span, begins, ends, parse_daily_windows(row["hours"]))
        edges = [row["edge_id"]] if row["edge_id"] else _touching(found, row["area"]) if row["area"] else ()
        why |= dict.fromkeys(edges, "; ".join(filter(None, (row["reason"], when.words))))
    return found.marks(why)


@kept(64)
def _touching(found: Roads, area: str) -> tuple[str, ...]:
    """Return the roads that touch an area given as WKT."""
    ids = np.array(list(found.row), dtype=object)
    return tuple(ids[np.sort(tree(found).query(shapely.from_wkt(area), predicate="intersects"))])


@kept(_TABLES)
def tree(found: Roads) -> shapely.STRtree:
    """Return what finds the roads of a place; one without a length is nowhere."""
    return shapely.STRtree(found.shapes)
