"""The made-up network as the rows of ``nodes.csv`` and ``edges.csv``: longitude, latitude and names."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import Geod, Transformer

from workbench.generate.network import CLASSES, Network
from workbench.generate.terrain import Floats, Ints

CENTRE = (21.0, 48.0)
"""Longitude and latitude of the middle of every area; the ground there is not the real one."""
DIGITS = 5
"""Decimals of degrees in files: about a metre."""
_GEOD = Geod(ellps="WGS84")


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Turns metres of an area of ``size_m`` into longitude and latitude and back."""

    size_m: float
    forward: Transformer
    backward: Transformer

    @classmethod
    def of(cls, size_m: float) -> Frame:
        """Return the frame of an area of that size around `CENTRE` (transverse Mercator, scale 1)."""
        local = f"+proj=tmerc +lon_0={CENTRE[0]} +lat_0={CENTRE[1]} +k=1 +ellps=WGS84 +units=m"
        return cls(
            size_m,
            Transformer.from_crs(local, "EPSG:4326", always_xy=True),
            Transformer.from_crs("EPSG:4326", local, always_xy=True),
        )

    def lonlat(self, points: Floats) -> Floats:
        """Return (lon, lat) of points in metres, rounded as files hold them."""
        lon, lat = self.forward.transform(points[:, 0] - self.size_m / 2, points[:, 1] - self.size_m / 2)
        return np.round(np.stack([lon, lat], 1), DIGITS)

    def metres(self, lonlat: Floats) -> Floats:
        """Return points in metres of (lon, lat)."""
        x, y = self.backward.transform(lonlat[:, 0], lonlat[:, 1])
        return np.stack([x, y], 1) + self.size_m / 2

    def geometry(self, shape: shapely.Geometry) -> shapely.Geometry:
        """Return a shape in metres as longitude and latitude."""
        return shapely.transform(shape, self.lonlat)


def morton_order(points: Floats, size_m: float) -> Ints:
    """Return the points' order along a space-filling curve, so that neighbours get near numbers."""
    grid = np.clip(points / size_m * 1024, 0, 1023).astype(np.int64)
    code = np.zeros(len(points), np.int64)
    for bit in range(10):
        code |= ((grid[:, 0] >> bit) & 1) << (2 * bit) | ((grid[:, 1] >> bit) & 1) << (2 * bit + 1)
    return np.lexsort((points[:, 1], points[:, 0], code)).astype(np.int64)


def node_ids(network: Network, size_m: float) -> list[str]:
    """Return the identifier of every point of the network."""
    ids = [""] * len(network.points)
    for number, k in enumerate(morton_order(network.points, size_m).tolist(), 1):
        ids[k] = f"N{number:04d}"
    return ids


def edges(network: Network, frame: Frame, ids: list[str]) -> pd.DataFrame:
    """Return the rows of ``edges.csv``; bridges are B001…, other roads E0001…, in the order of their ends.

    ``length_m`` is measured on the rounded positions, so that no road is shorter than the straight line.
    """
    lonlat = frame.lonlat(network.points)
    rows = []
    for road in network.roads:
        inner = frame.lonlat(shapely.get_coordinates(road.line)[1:-1].reshape(-1, 2))
        line = np.vstack([lonlat[road.start], inner, lonlat[road.end]])
        a, b = ids[road.start], ids[road.end]
        if b < a:
            a, b, line = b, a, line[::-1]
        length = _GEOD.line_length(line[:, 0], line[:, 1])
        rows.append({
            "from": a,
            "to": b,
            "length_m": f"{np.ceil(length * 10) / 10 + 0.0:.1f}",
            "road_class": CLASSES[road.level],
            "surface": road.surface,
            "oneway": "false",
            "bridge": "true" if road.water else "false",
            "name": road.name,
            "mlc_w": road.mlc_w or "",
            "mlc_t": road.mlc_t or "",
            "mlc_source": road.mlc_source,
            "width_m": road.width_m,
            "clearance_m": road.clearance_m or "",
            "speed_kmh": road.speed_kmh,
            "geometry": _wkt(line) if len(line) > 2 else "",
        })  # fmt: skip
    frame_ = pd.DataFrame(rows)
    order = sorted(range(len(rows)), key=lambda k: (rows[k]["from"], rows[k]["to"], rows[k]["length_m"]))
    bridge = (frame_["bridge"] == "true").to_numpy()
    numbers = _numbered(bridge, order)
    frame_.insert(
        0, "edge_id", [f"B{n:03d}" if is_bridge else f"E{n:04d}" for n, is_bridge in zip(numbers, bridge, strict=True)]
    )
    return frame_


def _numbered(bridge: NDArray[np.bool_], order: list[int]) -> list[int]:
    """Return running numbers, counted apart for bridges and other roads, in the given order."""
    counts, numbers = [0, 0], [0] * len(order)
    for k in order:
        counts[int(bridge[k])] += 1
        numbers[k] = counts[int(bridge[k])]
    return numbers


def _wkt(line: Floats) -> str:
    return "LINESTRING (" + ", ".join(f"{lon:.{DIGITS}f} {lat:.{DIGITS}f}" for lon, lat in line.tolist()) + ")"
