"""Threats and the areas that aircraft keep out of, as maps draw them: where, how far they reach, and when, in words."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from workbench.ground.threat.areas import Threat, read
from workbench.kept import Alike, kept
from workbench.report.hours import Span, Times, times
from workbench.scenario import Scenario

_M = 111_320.0
"""Metres in a degree of latitude."""
_ROUND = 12
"""Corners of a quarter of a circle."""


@dataclass(frozen=True, slots=True, eq=False)
class Hazard:
    """A threat to drivers (``shape``, and ``reach`` where it reaches beyond that), to aircraft (``keep_out``), or both.

    Shapes are in lon, lat and None where there is nothing to draw. ``at`` is where its sign stands.
    """

    threat_id: str
    name: str
    level: str
    note: str
    shape: shapely.Geometry | None
    reach: shapely.Geometry | None
    keep_out: shapely.Geometry | None
    at: tuple[float, float]
    times: Times
    lines: tuple[tuple[str, str], ...]
    """What there is to know about it, as headings and texts."""

    @property
    def label(self) -> str:
        """Return what stands beside its sign."""
        return " ".join(filter(None, (self.name, self.times.brief)))

    @property
    def text(self) -> str:
        """Return all there is to know in one line."""
        return f"{self.name}: " + "; ".join(f"{head} {text}".strip() for head, text in self.lines)


def hazards(scenario: Scenario) -> tuple[Hazard, ...]:
    """Return the threats of a scenario in the order of their file; the same object while they stay the same."""
    content = json.dumps(scenario.threats, sort_keys=True, default=str)
    return _hazards(Alike(content, scenario.threats), Span.of(scenario))


@kept(8)
def _hazards(threats: Alike[Mapping[str, Any]], span: Span) -> tuple[Hazard, ...]:
    found = zip(read(threats.it), threats.it.get("features", ()), strict=True)
    return tuple(_hazard(threat, feature.get("properties") or {}, span) for threat, feature in found)


def _hazard(threat: Threat, properties: Mapping[str, Any], span: Span) -> Hazard:
    when = times(span, threat.begins, threat.ends, threat.hours)
    when = when._replace(ever=when.ever and threat.in_force(span.as_of, span.end))
    on_ground = threat.per_m > 0
    beyond = on_ground and threat.radius_m > 0
    level, note = (str(properties.get(key) or "") for key in ("level", "note"))
    keep_out = None if threat.keep_out_m is None else _grown(threat.shape, threat.keep_out_m)
    lines = [
        ("level", level) if level and on_ground else None,
        ("reaches", f"{_km(threat.radius_m)}, fading" if threat.fades else _km(threat.radius_m)) if beyond else None,
        ("nothing flies", f"within {_km(threat.keep_out_m)}" if threat.keep_out_m else "over it") if keep_out else None,
        ("when", when.words or "at all times of the plan"),
        ("", note) if note else None,
    ]
    spot = shapely.point_on_surface(threat.shape)
    return Hazard(
        threat_id=threat.threat_id, name=threat.name.replace("_", " "), level=level, note=note,
        shape=threat.shape if on_ground else None, reach=_grown(threat.shape, threat.radius_m) if beyond else None,
        keep_out=keep_out, at=(float(spot.x), float(spot.y)), times=when, lines=tuple(filter(None, lines)),
    )  # fmt: skip


def _km(metres: float) -> str:
    return f"{metres:,.0f} m" if metres < 1000 else f"{metres / 1000:g} km"


def _grown(shape: shapely.Geometry, metres: float) -> shapely.Geometry:
    """Return a shape and what lies within so many metres of it; exact enough to be looked at."""
    if not metres:
        return shape
    scale = np.array([math.cos(math.radians(float(shapely.centroid(shape).y))), 1.0]) * _M
    grown = shapely.buffer(shapely.transform(shape, lambda points: points * scale), metres, quad_segs=_ROUND)
    return shapely.transform(grown, lambda points: points / scale)
