"""Positions: missing, in conflict, swapped, or far from all the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from workbench.errors import Finding
from workbench.formats.checks import Loaded, Mask
from workbench.units import lonlat_from_mgrs

Floats = NDArray[np.float64]
Degrees = Floats | float
EARTH_M = 6_371_008.8
FAR_M = 200_000.0
NEAR_M = 10_000.0
SPREADS = 5.0
CONFLICT_M = 1_000.0
SHORTEST, LONGEST, SLACK_M = 0.95, 20.0, 10.0
"""A road is at least this share of the straight line (less a little), and hardly ever this many times as long."""


def check(tables: Mapping[str, Loaded]) -> None:
    """Flag positions of nodes; fill lon and lat from MGRS."""
    nodes, edges = tables["nodes"], tables["edges"]
    _from_mgrs(nodes)
    ends = ends_of(nodes, edges)
    if _all_swapped(nodes, edges, ends):
        nodes.excuse(np.ones(len(nodes.frame), dtype=np.bool_), "lon")
    else:
        _positions(nodes, edges, ends)


def distance_m(lon_a: Degrees, lat_a: Degrees, lon_b: Degrees, lat_b: Degrees) -> Floats:
    """Return great-circle metres between points in degrees, elementwise."""
    a, b, c, d = (np.radians(v) for v in (lon_a, lat_a, lon_b, lat_b))
    h = np.sin((d - b) / 2) ** 2 + np.cos(b) * np.cos(d) * np.sin((c - a) / 2) ** 2
    out: Floats = 2 * EARTH_M * np.arcsin(np.sqrt(np.clip(h, 0, 1)))
    return out


def _middle(lon: Floats, lat: Floats) -> tuple[float, float]:
    return float(np.median(lon)), float(np.median(lat))


def xy(nodes: Loaded) -> tuple[Floats, Floats]:
    """Return the longitudes and latitudes of all nodes; NaN where there is none."""
    return nodes.frame["lon"].to_numpy(dtype=np.float64), nodes.frame["lat"].to_numpy(dtype=np.float64)


def _from_mgrs(nodes: Loaded) -> None:
    """Give every node lon and lat; flag those that have no position, or two that disagree."""
    frame, text = nodes.frame, nodes.text
    given = {c: (text[c] != "").to_numpy(dtype=np.bool_) for c in ("lon", "lat", "mgrs")}
    nodes.flag(
        ~given["lon"] & ~given["lat"] & ~given["mgrs"],
        "lon",
        "REQUIRED",
        expected="lon and lat, or mgrs",
        remedy="Fill the position.",
    )
    for one, other in (("lon", "lat"), ("lat", "lon")):
        nodes.flag(
            given[one] & ~given[other] & ~given["mgrs"],
            other,
            "REQUIRED",
            expected="lon and lat together",
            remedy=f"Fill {other}.",
        )
    with_grid = given["mgrs"] & nodes.sound("mgrs")
    if with_grid.any():
        grid = np.full((len(frame), 2), np.nan)
        grid[with_grid] = [lonlat_from_mgrs(m) for m in frame["mgrs"][with_grid]]
        lon, lat = xy(nodes)
        apart = distance_m(lon, lat, grid[:, 0], grid[:, 1])
        square = frame["mgrs"].map(_square_m).to_numpy(dtype=np.float64)
        nodes.flag(
            with_grid & nodes.sound("lon", "lat") & (apart > np.maximum(CONFLICT_M, 1.5 * square)),
            "mgrs",
            "CONFLICT",
            expected=lambda at: f"the place of lon {text['lon'][at]}, lat {text['lat'][at]}",
            remedy="Keep the one that is right.",
            got=lambda at: f"{text['mgrs'][at]}, {apart[at] / 1000:.1f} km from it",
        )
        fill = with_grid & ~(np.isfinite(lon) & np.isfinite(lat))
        nodes.frame = frame.assign(lon=np.where(fill, grid[:, 0], lon), lat=np.where(fill, grid[:, 1], lat))


def _square_m(mgrs: str) -> float:
    """Return the side of the square that a reference names."""
    digits = len("".join(mgrs.split())) - len("".join(mgrs.split()).rstrip("0123456789"))
    return float(10 ** (5 - digits // 2))


def ends_of(nodes: Loaded, edges: Loaded) -> NDArray[np.int64]:
    """Return the positions of each edge's two nodes in the table of nodes; -1 where there is none, or two."""
    ids = nodes.text["node_id"]
    at = {name: position for position, name in enumerate(ids) if name}
    at |= dict.fromkeys(ids[ids.duplicated()], -1)
    columns = [edges.text[c].map(at).fillna(-1).to_numpy(dtype=np.int64) for c in ("from", "to")]
    return np.stack(columns, axis=1)


def _all_swapped(nodes: Loaded, edges: Loaded, ends: NDArray[np.int64]) -> bool:
    """Report once that the whole table of nodes has lon and lat swapped, as the roads' shapes tell."""
    drawn = np.flatnonzero(
        edges.sound("from", "to", "geometry") & (edges.text["geometry"] != "").to_numpy() & (ends[:, 0] >= 0)
    )
    if len(drawn) < 3 or not nodes.present:
        return False
    first = np.array(
        [shapely.get_coordinates(s)[0] for s in shapely.from_wkt(edges.text["geometry"].to_numpy()[drawn])]
    )
    lon, lat = (v[ends[drawn, 0]] for v in xy(nodes))
    as_is = distance_m(lon, lat, first[:, 0], first[:, 1]) < NEAR_M
    swapped = distance_m(lat, lon, first[:, 0], first[:, 1]) < NEAR_M
    if as_is.any() or swapped.mean() < 0.8:
        return False
    nodes.general.append(Finding(
        nodes.file, nodes.sheet, 1, "lon", "error", "SWAPPED_LONLAT", "lon and lat as the roads' shapes have them",
        "the two columns swapped in all rows",
        "Exchange the headings lon and lat, unless the shapes in edges.csv have latitude first.",
    ))  # fmt: skip
    nodes.marks = {place: f for place, f in nodes.marks.items() if f.code != "SWAPPED_LONLAT"}
    return True


def _positions(nodes: Loaded, edges: Loaded, ends: NDArray[np.int64]) -> None:
    """Flag positions far from all others, as swapped where exchanging lon and lat brings them home."""
    lon, lat = xy(nodes)
    known = nodes.sound("lon", "lat", "mgrs") & np.isfinite(lon) & np.isfinite(lat)
    if known.sum() < 3:
        return
    mid_lon, mid_lat = _middle(lon[known], lat[known])
    away = distance_m(lon, lat, mid_lon, mid_lat)
    turned = np.where(np.abs(lon) <= 90, distance_m(lat, lon, mid_lon, mid_lat), np.inf)
    spread = float(np.median(away[known]))
    home = max(SPREADS * spread, 1_000.0)
    doubtful = known & ~_confirmed(nodes, edges, ends, home, away)
    off = doubtful & (away > max(SPREADS * spread, NEAR_M))
    where = f"around lon {mid_lon:.4f}, lat {mid_lat:.4f}"
    nodes.flag(
        off & (turned <= home) & (turned * 4 < away),
        "lon",
        "SWAPPED_LONLAT",
        expected=f"a position near the others, {where}",
        got=lambda at: f"lon {nodes.text['lon'][at]}, lat {nodes.text['lat'][at]}, {away[at] / 1000:.0f} km away",
        remedy="Longitude and latitude look swapped; exchange the two cells.",
    )
    nodes.flag(
        doubtful & (away > max(SPREADS * spread, FAR_M)),
        "lon",
        "POSITION_FAR",
        expected=f"a position near the others, {where}",
        got=lambda at: f"lon {lon[at]:g}, lat {lat[at]:g}, {away[at] / 1000:.0f} km away",
        remedy="Check the sign and the digits of lon and lat.",
    )


def _confirmed(nodes: Loaded, edges: Loaded, ends: NDArray[np.int64], home: float, away: Floats) -> Mask:
    """Return the nodes that a road of fitting length ties to a node near the others."""
    lon, lat = xy(nodes)
    good = np.flatnonzero(edges.sound("from", "to", "length_m") & (ends >= 0).all(axis=1))
    a, b = ends[good, 0], ends[good, 1]
    straight = distance_m(lon[a], lat[a], lon[b], lat[b])
    length = edges.frame["length_m"].to_numpy(dtype=np.float64)[good]
    fits = (length >= SHORTEST * straight - SLACK_M) & (length <= LONGEST * straight + 1000)
    out = np.zeros(len(lon), dtype=np.bool_)
    out[a[fits & (away[b] <= home)]] = True
    out[b[fits & (away[a] <= home)]] = True
    return out


def check_threats(nodes: Loaded, threats: Mapping[int, Any]) -> list[Finding]:
    """Return findings for threats far from all nodes, as swapped where exchanging lon and lat brings them home.

    ``threats`` are sound features by their place in the file.
    """
    lon, lat = xy(nodes)
    known = nodes.sound("lon", "lat", "mgrs") & np.isfinite(lon) & np.isfinite(lat)
    if known.sum() < 3:
        return []
    mid = _middle(lon[known], lat[known])
    limit = max(SPREADS * float(np.median(distance_m(lon[known], lat[known], *mid))), FAR_M)
    out = []
    for at, feature in threats.items():
        centre = shapely.get_coordinates(shapely.geometry.shape(feature["geometry"])).mean(axis=0)
        away = float(distance_m(centre[0], centre[1], *mid))
        turned = float(distance_m(centre[1], centre[0], *mid)) if abs(centre[0]) <= 90 else np.inf
        code = "SWAPPED_LONLAT" if turned < limit else "POSITION_FAR"
        if away > limit:
            out.append(Finding(
                "threats.geojson", "", 0, f"features[{at}]", "error", code,
                f"a place near the nodes, around lon {mid[0]:.4f}, lat {mid[1]:.4f}", f"{away / 1000:.0f} km away",
                "Longitude comes first; exchange the two." if turned < limit else "Check the coordinates.",
            ))  # fmt: skip
    return out
