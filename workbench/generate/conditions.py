"""Made-up conditions of the day: threats, closed roads, and courses of action to compare."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import shapely

from workbench import fleet as library
from workbench.generate.forces import Forces
from workbench.generate.network import Network
from workbench.generate.orbat import LAND
from workbench.generate.supply import Pool
from workbench.generate.tables import Frame
from workbench.units import iso


def closures(
    rng: np.random.Generator, forces: Forces, edge_ids: list[str], frame: Frame, *, as_of: datetime, kept: list[int]
) -> pd.DataFrame:
    """Return the rows of ``closures.csv``: a washed-out track, a blocked street by day, and a flooded meadow.

    The meadow is a patch of minor roads away from ``kept`` points, so that it is a nuisance and cuts nobody off.
    """
    network = forces.network
    towny = [k for k, r in enumerate(network.roads) if r.level == 5 and not r.water and 150 < r.line.length < 500]
    street = towny[int(rng.integers(len(towny)))]
    meadow = _meadow(network, frame.size_m, kept)
    return pd.DataFrame([
        {"edge_id": edge_ids[forces.blocked], "area": "", "from": iso(as_of - timedelta(hours=31)), "to": "",
         "reason": "culvert washed out, engineers expected in two days"},
        {"edge_id": edge_ids[street], "area": "", "from": iso(as_of + timedelta(hours=4)),
         "to": iso(as_of + timedelta(hours=9)), "reason": "market square blocked by recovery of a crane"},
        {"edge_id": "", "area": shapely.to_wkt(frame.geometry(meadow), rounding_precision=5),
         "from": iso(as_of - timedelta(hours=12)), "to": iso(as_of + timedelta(hours=48)),
         "reason": "meadow flooded after rain"},
    ])  # fmt: skip


def _meadow(network: Network, size_m: float, kept: list[int]) -> shapely.Polygon:
    """Return a hexagon of 700 m that touches only minor roads and stays far from the kept points."""
    middle = np.array([shapely.get_coordinates(r.line.interpolate(0.5, normalized=True))[0] for r in network.roads])
    lines = np.array([r.line for r in network.roads])
    minor = np.array([r.level >= 4 and not r.water for r in network.roads])
    away = np.hypot(*(middle - np.array([0.52, 0.40]) * size_m).T)
    angle = np.arange(6) * np.pi / 3
    for k in np.argsort(np.round(np.where(minor, away, np.inf), 1), kind="stable").tolist():
        ring = middle[k] + 700 * np.stack([np.cos(angle), np.sin(angle)], 1)
        area = shapely.Polygon(np.round(ring, 1))
        touched = shapely.intersects(area, lines)
        clear = np.hypot(*(network.points[kept] - middle[k]).T).min() > 2500
        if clear and minor[touched].all() and touched.sum() >= 2:
            return area
    raise ValueError("Expected a patch of minor roads away from everybody, got none: the area is too small.")


def threats(rng: np.random.Generator, forces: Forces, frame: Frame, as_of: datetime) -> dict[str, Any]:
    """Return threats as GeoJSON: artillery reach, drone hunting grounds, a mined stretch of road, single incidents."""
    size = frame.size_m
    features: list[dict[str, Any]] = []

    def add(kind: str, level: str, shape: shapely.Geometry, hours: tuple[int, int] | None, note: str) -> None:
        span = ["", ""] if hours is None else [iso(as_of + timedelta(hours=h)) for h in hours]
        features.append({
            "type": "Feature",
            "properties": {"threat_id": f"T{len(features) + 1:02d}", "kind": kind, "level": level, "from": span[0],
                           "to": span[1], "note": note},
            "geometry": shapely.geometry.mapping(shapely.set_precision(frame.geometry(shape), 1e-5)),
        })  # fmt: skip

    for y, hours in ((0.22, None), (0.62, (2, 14))):
        shape = shapely.Point(1.03 * size, (y + rng.normal(0, 0.02)) * size).buffer(0.24 * size, quad_segs=6)
        add(
            "artillery",
            "high",
            shapely.intersection(shape, shapely.box(0, 0, size, size)),
            hours,
            "tube and rocket artillery",
        )
    for level, hours in (("medium", (0, 24)), ("low", (6, 18)), ("medium", None)):
        x, y = rng.uniform(0.56, 0.72), rng.uniform(0.12, 0.85)
        add(
            "drone",
            level,
            shapely.Point(x * size, y * size).buffer(0.045 * size, quad_segs=5),
            hours,
            "small armed drones",
        )
    main = [r for r in forces.network.roads if r.level in (1, 2) and not r.water and r.line.length > 900]
    east = [r for r in main if r.line.centroid.x > 0.6 * size] or main
    mined = east[int(rng.integers(len(east)))]
    add("mines", "medium", shapely.simplify(mined.line, 5), None, "anti-vehicle mines reported on the verge")
    for _ in range(4):
        spot = main[int(rng.integers(len(main)))].line.interpolate(0.5, normalized=True)
        add("ambush", "low", spot, (-36, -12), "shots at a column")
    features += _no_fly(frame, as_of)
    return {"type": "FeatureCollection", "features": features}


def _no_fly(frame: Frame, as_of: datetime) -> list[dict[str, Any]]:
    """Return where nothing flies: our own guns' airspace by day, and what the enemy's air defence sees."""
    size, places = frame.size_m, ((0.60, 0.50, "guns"), (1.0, 0.45, "air_defence"))
    about = (
        {"no_fly": True, "stand_off_m": 2500, "hours": "06:00-18:00", "note": "airspace of our own guns by day"},
        {"no_fly": True, "stand_off_m": 9000, "hours": "", "note": "seen by air defence"},
    )
    out: list[dict[str, Any]] = []
    for (x, y, kind), said in zip(places, about, strict=True):
        spot = shapely.set_precision(frame.geometry(shapely.Point(x * size, y * size)), 1e-5)
        known = {"threat_id": f"A{len(out) + 1:02d}", "kind": kind, "from": iso(as_of - timedelta(hours=12)), **said}
        out.append({"type": "Feature", "properties": known, "geometry": shapely.geometry.mapping(spot)})
    return out


def courses_of_action(
    chosen: tuple[Pool, ...], node_of: Mapping[str, str], main_bridge: str, bridges: Sequence[str]
) -> dict[str, str]:
    """Return the courses of action as TOML texts by name; ``bridges`` are all that cross the river."""
    forward = node_of.get("dpe", node_of["bsa"])
    flying = (("UH-60L-SLING", node_of["bsa"], 1), ("UH-60L-DRUM", node_of["bsa"], 1), ("TRV-150", forward, 3))
    aircraft = "".join(_aircraft(*one) for one in flying)
    every = ", ".join(f'"{bridge}"' for bridge in bridges)
    lorry = next(p for p in chosen if p.owner == LAND and p.vehicle_type in ("M1120A4", "M1083"))
    night = next(p for p in chosen if p.owner == LAND and p.vehicle_type == "M1078")
    where = f'vehicle_type = "{{}}", owner = "{LAND}", depot = "{node_of["bsa"]}"'
    return {
        "bridge_out": f'description = "The main bridge is down: heavy traffic goes round by the far bridges."\n'
        f'close = ["{main_bridge}"]\n',
        "cut_off": 'description = "All bridges over the river are down: nobody drives across."\n'
        f"close = [{every}]\n",
        "cut_off_air": 'description = "All bridges are down; two helicopters and cargo drones fly what they can."\n'
        f'base = "cut_off"\n{aircraft}',
        "air_lift": 'description = "Two helicopters and cargo drones besides the lorries."\n' + aircraft,
        "safer_legs": 'description = "Legs take the safest way that is at most 15 minutes longer than the fastest."\n\n'
        '[threat]\nrule = "within 15 min"\n',
        "one_more_truck": f'description = "One more {lorry.vehicle_type} from the brigade\'s reserve."\n\n'
        f'[[changes]]\ntable = "fleet"\nop = "set"\nwhere = {{ {where.format(lorry.vehicle_type)} }}\n'
        f"values = {{ count = {lorry.count + 1} }}\n",
        "night_shift": f'description = "The light lorries work from noon to midnight instead of by day."\n\n'
        f'[[changes]]\ntable = "fleet"\nop = "set"\nwhere = {{ {where.format(night.vehicle_type)} }}\n'
        f'values = {{ shift_start = "12:00", shift_end = "24:00" }}\n',
    }  # fmt: skip


def _aircraft(vehicle_type: str, depot: str, count: int) -> str:
    """Return the change that adds an aircraft of the library by daylight hours."""
    row = library.from_library(
        vehicle_type, owner=LAND, depot=depot, count=count, shift_start="05:00", shift_end="19:00"
    )
    filled = {name: value for name, value in row.items() if value == value and value != ""}
    values = ", ".join(f"{name} = {json.dumps(value)}" for name, value in filled.items())
    return f'\n[[changes]]\ntable = "fleet"\nop = "add"\nvalues = {{ {values} }}\n'
