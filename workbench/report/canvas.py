"""The ground rules of the map: from longitude and latitude to map units, and things placed on it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from workbench.report import geometry
from workbench.report.geometry import Extent, LonLat
from workbench.report.markup import Attribute, Html, el

UNITS = 4000
"""Map units along the longer side; coordinates are whole units."""
THIN_M = 25.0
"""Corners that move a line less than this are left out."""

EARTH_M = 6_378_137.0


def _mercator(lat: float) -> float:
    return math.asinh(math.tan(math.radians(min(max(lat, -85.0), 85.0))))


@dataclass(frozen=True, slots=True)
class Projection:
    """Longitude and latitude to map units by Mercator, as relief pictures are laid out; y grows southward."""

    extent: Extent
    scale: float  # map units per radian of longitude

    @classmethod
    def of(cls, extent: Extent) -> Projection:
        """Return the projection that fits the extent into `UNITS`."""
        width = math.radians(extent.east - extent.west)
        return cls(extent, UNITS / max(width, _mercator(extent.north) - _mercator(extent.south)))

    def xy(self, lon: float, lat: float) -> tuple[int, int]:
        """Return the map position in whole units."""
        x = math.radians(lon - self.extent.west) * self.scale
        return round(x), round((_mercator(self.extent.north) - _mercator(lat)) * self.scale)

    @property
    def metres(self) -> float:
        """Return the metres in one map unit, in the middle of the map."""
        middle = math.radians((self.extent.south + self.extent.north) / 2)
        return EARTH_M * math.cos(middle) / self.scale

    def path(self, lines: Iterable[Sequence[LonLat]], closed: bool = False) -> str:
        """Return the lines as the ``d`` of a path, simplified, in relative whole units."""
        return "".join(self._line(line, closed) for line in geometry.simplified(lines, THIN_M))

    def _line(self, line: Sequence[LonLat], closed: bool) -> str:
        points = [self.xy(lon, lat) for lon, lat in line]
        kept = [p for n, p in enumerate(points) if n == 0 or p != points[n - 1]]
        if len(kept) < 2:
            return ""
        steps = (f"{bx - ax} {by - ay}" for (ax, ay), (bx, by) in pairwise(kept))
        return f"M{kept[0][0]} {kept[0][1]}l{' '.join(steps)}".replace(" -", "-") + ("z" if closed else "")


def middle(line: Sequence[LonLat]) -> LonLat:
    """Return the middle of the box around a line."""
    lons, lats = [p[0] for p in line], [p[1] for p in line]
    return (min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2


def label(at: tuple[int, int], text: str, kind: str, rank: int, centred: bool = False) -> Html:
    """Return a name on the map; the page's script shows those that have room, the lowest rank first."""
    name = el("text", text, text_anchor="middle" if centred else None)
    return placed(at, name, class_=f"label {kind}", data_rank=rank, data_centred=1 if centred else None)


def placed(at: tuple[int, int], *children: object, **attributes: Attribute) -> Html:
    """Return a group at a map position that the page's script keeps at the same size on the screen."""
    return el(
        "g", *children, transform=f"translate({at[0]} {at[1]}) scale(4)", data_x=at[0], data_y=at[1], **attributes
    )
