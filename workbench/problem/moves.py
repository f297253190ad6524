"""How everything moves: the travel of a scenario by road, water, air and across country, from its tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import shapely

from workbench import fleet, scenario
from workbench.ground.air import AirTravel, Area, Flight
from workbench.ground.hours import REGIMES, merged
from workbench.ground.matrix import RoadTravel
from workbench.ground.modes import Modes, Sites
from workbench.ground.open_ground import LEFT_AT_STEEPEST, Goer, OpenTravel
from workbench.ground.roads import FloatArray, IntArray, Limits, Network, closures_in_force, paces_kmh
from workbench.ground.search import Ground, Search
from workbench.ground.threat.areas import read
from workbench.problem.model import NO_LIMIT, Delivery, Load, Problem, VehicleType
from workbench.problem.sourcing import SUPPLY_KINDS
from workbench.problem.words import listed
from workbench.scenario import Scenario
from workbench.schema import COVERS, FLIGHT, ROAD_CLASSES
from workbench.units import (
    Windows,
    ceil_safe,
    daily_to_horizon,
    floor_safe,
    intersect_windows,
    parse_curve,
    seconds_after,
)

Tables = Mapping[str, pd.DataFrame]
Row = Mapping[Any, Any]


def travel_key(row: Row, mode: str) -> str:
    """Return the travel key of a row of the fleet that moves by ``mode``: equal keys move alike."""
    if mode == "air":
        return "/".join([row["profile"], row["air_load"] or "internal", *lands_on(row)])
    return limits_of(row).key


def limits_of(row: Row) -> Limits:
    """Return what decides where a row of the fleet may go on roads and waterways."""
    return Limits(row["profile"], row["mlc"], row["height_m"], row["width_m"], row["draught_m"])


def capacity(row: Row) -> Load:
    """Return what a row of the fleet can carry; on the hook the room and the floor inside don't count."""
    if row["air_load"] == "sling":
        kg = row["payload_kg"] if math.isnan(row["sling_kg"]) else row["sling_kg"]
        return Load(limit(kg, 1), NO_LIMIT, NO_LIMIT, limit(row["litres"], 1))
    columns = (("payload_kg", 1), ("volume_m3", 1000), ("pallets", 100), ("litres", 1))
    return Load(*(limit(row[column], scale) for column, scale in columns))


def limit(value: float, scale: int) -> int:
    """Return a figure in internal units, rounded down; blank never binds."""
    return NO_LIMIT if math.isnan(value) else floor_safe(value * scale)


def standby(problem: Problem, d: Delivery) -> list[VehicleType]:
    """Return one of each aircraft of the library that may carry a delivery, at each depot that it can fly from.

    It works the longest shift of the fleet there. Empty where the travel knows no aircraft.
    """
    out = []
    for row in _library():
        key = travel_key(row, "air")
        if not isinstance(problem.travel, Modes) or key not in problem.travel.air.flights:
            continue
        for depot in sorted({v.depot for v in problem.fleet if problem.travel.sites[key].able[v.depot]}):
            spans = [span for v in problem.fleet if v.depot == depot for span in v.shifts]
            if spans and d.supply_class in row["may_carry"].split(";"):
                longest = max(spans, key=lambda span: (span[1] - span[0], -span[0]))
                out.append(_aircraft(row, depot, longest, (True,) * len(problem.goods)))
    return out


def _aircraft(row: Row, depot: int, shift: tuple[int, int], carries: tuple[bool, ...]) -> VehicleType:
    return VehicleType(
        vehicle_type=row["vehicle_type"], owner="", depot=depot, end_depot=depot, count=1, profile=row["profile"],
        travel=travel_key(row, "air"), capacity=capacity(row), carries=carries, shifts=(shift,),
        range_m=limit(row["range_km"], 1000), fixed_cost=row["fixed_cost"], cost_per_km=row["cost_per_km"],
        cost_per_hour=row["cost_per_hour"], crew=int(row["crew"]), payload_range=parse_curve(row["payload_range"]),
        turnaround_s=ceil_safe(row["turnaround_min"] * 60), picks_up=row["air_load"] != "airdrop",
    )  # fmt: skip


def modes_of(tables: Tables) -> dict[str, str]:
    """Return the mode of each profile that the scenario plans with."""
    profiles = fleet.profiles(tables)
    return dict(zip(profiles["profile"], profiles["mode"], strict=True))


def movers(tables: Tables) -> dict[str, Row]:
    """Return a row of the fleet, or of the library's aircraft, for each travel key."""
    modes = modes_of(tables)
    rows: list[Row] = [*tables["fleet"].to_dict("records"), *aircraft(tables)]
    return {travel_key(row, modes[row["profile"]]): row for row in rows}


def travel(
    sc: Scenario,
    network: Network,
    places: Sequence[str],
    searching: Callable[[Ground, IntArray], Search],
    exposed: FloatArray | None,
) -> Modes:
    """Return the travel between places by everything in the fleet, and by the aircraft of the library."""
    nodes = sc.tables["nodes"].set_index("node_id").loc[list(places)]
    lonlat = nodes[["lon", "lat"]].to_numpy(np.float64)
    profiles, modes, by_key = fleet.profiles(sc.tables), modes_of(sc.tables), movers(sc.tables)
    of_mode = {key: modes[row["profile"]] for key, row in by_key.items()}
    names = tuple(
        f"{name} ({node})" if name and name != node else node for node, name in zip(places, nodes["name"], strict=True)
    )
    on_ways = {key: limits_of(row) for key, row in by_key.items() if of_mode[key] in ("road", "boat")}
    flights = [_flight(key, row["profile"], profiles) for key, row in by_key.items() if of_mode[key] == "air"]
    goers = [_goer(key, row, profiles, network) for key, row in by_key.items() if of_mode[key] == "cross_country"]
    terrain = scenario.terrain(sc) if goers else None
    return Modes(
        places=tuple(places),
        names=names,
        roads=RoadTravel(network, places, on_ways, searching, exposed),
        air=AirTravel(lonlat, flights, _areas(sc), network.hours, names),
        open_ground=OpenTravel(lonlat, goers, terrain, network.hours, _closed(sc) if goers else ()),
        sites=_sites(sc.tables, nodes, by_key, of_mode),
    )


def aircraft(tables: Tables) -> list[Row]:
    """Return the library's vehicles that fly by the scenario's profiles, as rows of the fleet without a depot."""
    modes = modes_of(tables)
    return [row for row in _library() if modes.get(row["profile"]) == "air"]


@cache
def _library() -> tuple[Row, ...]:
    return tuple(fleet.from_library(name, owner="", depot="", count=1) for name in fleet.library()["vehicle_type"])


def sentences(sc: Scenario, tables: Tables) -> Iterable[str]:
    """Yield what a plan takes for granted about vehicles that leave the road; nothing where none does.

    ``sc`` is the scenario as it stands, ``tables`` are those with the course of action laid on.
    """
    cars, modes = tables["fleet"], modes_of(tables)
    mode = cars["profile"].map(modes)
    flying = cars[mode == "air"]
    if len(flying):
        yield (
            f"{listed(flying['vehicle_type'])} fly straight, or round the areas in force while they fly; "
            "height above ground, wind and weather are not reckoned with."
        )
        areas = [area.name for area in _areas(sc)]
        if areas:
            yield f"Aircraft keep out of {len(areas)} area(s): {listed(areas, 12)}."
    lifting = cars[cars["payload_range"] != ""]
    if len(lifting):
        yield f"{listed(lifting['vehicle_type'])} take on fuel or change batteries wherever they load."
    if (mode == "boat").any():
        yield "Currents count as far as waterways have a speed for each direction; locks are not reckoned with."
    off_road = cars[mode == "cross_country"]
    if len(off_road):
        yield (
            f"{listed(off_road['vehicle_type'])} leave the road: no water is forded, and the steepest slope they take "
            f"leaves them {100 * LEFT_AT_STEEPEST:g} % of their speed, less steep ones evenly more (not measured)."
        )


def lands_on(row: Row) -> list[str]:
    """Return where an aircraft of the fleet lands, in order."""
    return sorted(filter(None, row["lands_on"].split(";"))) or ["lz", "runway"]


def _sites(tables: Tables, nodes: pd.DataFrame, rows: Mapping[str, Row], modes: Mapping[str, str]) -> dict[str, Sites]:
    """Return where boats and aircraft can stop. An airdrop needs no more than a dz where nothing is loaded."""
    landing = [set(text.split(";")) - {""} for text in nodes["landing"]]
    stock = set(tables["stock"]["node_id"])
    loads = [kind in SUPPLY_KINDS or node in stock for node, kind in nodes["kind"].items()]
    out = {}
    for key in [key for key in rows if modes[key] in ("air", "boat")]:
        row, by_air = rows[key], modes[key] == "air"
        air_load = row["air_load"] or "internal"
        lands = set(lands_on(row)) if by_air else {"quay"}
        dropping = {"dz"} if by_air and air_load != "internal" else set()
        able = [bool(here & lands or (here & dropping and (air_load == "sling" or not loaded)))
                for here, loaded in zip(landing, loads, strict=True)]  # fmt: skip
        out[key] = Sites(np.array(able, dtype=np.bool_), " or ".join([*sorted(lands), *dropping]))
    return out


def _flight(key: str, profile: str, profiles: pd.DataFrame) -> Flight:
    """Return how an aircraft flies: by night and without lights as by day unless its profile says otherwise."""
    rows = profiles[(profiles["profile"] == profile) & (profiles["road_class"] == FLIGHT)]
    by_day, by_night, dark = (float(rows[f"{regime}_kmh"].iloc[0]) for regime in REGIMES)
    by_night = by_day if math.isnan(by_night) else by_night
    return Flight(key, (by_day, by_night, by_night if math.isnan(dark) else dark))


def _goer(key: str, row: Row, profiles: pd.DataFrame, network: Network) -> Goer:
    """Return how a vehicle goes across country: on all it has a speed for, and on the roads open to it all day."""
    mine = profiles[profiles["profile"] == row["profile"]]
    paces = {one["road_class"]: paces_kmh(one) for one in mine.to_dict("records")}
    limits = limits_of(row)
    shut = tuple(network.hours.shut)
    usable = np.flatnonzero(
        (network.barriers(limits, shut) == 0) & [ROAD_CLASSES[c] in paces for c in network.road_class]
    )
    speed = network.speed(limits.profile)
    steepest = mine["max_gradient_pct"].min()
    return Goer(
        key=key,
        kmh={name: pace[0] for name, pace in paces.items() if name in COVERS},
        steepest_pct=math.inf if math.isnan(steepest) else float(steepest),
        in_dark=tuple(min(pace[k] / pace[0] for pace in paces.values()) for k in range(3)),  # type: ignore[arg-type]
        roads=tuple((network.line(road), float(speed[road])) for road in usable.tolist()),
    )


def _closed(sc: Scenario) -> list[shapely.Geometry]:
    """Return the areas that are closed at some time of the plan: nothing goes through them off the road."""
    end = sc.as_of + timedelta(seconds=sc.horizon_s)
    closures = closures_in_force(sc.tables["closures"], sc.as_of, end)
    return [shapely.from_wkt(text) for text in closures["area"] if text]


def _areas(sc: Scenario) -> list[Area]:
    """Return what aircraft keep out of at some time of the plan."""
    out = []
    for threat in read(sc.threats):
        begins = 0 if threat.begins is None else max(0, seconds_after(sc.as_of, threat.begins))
        ends = sc.horizon_s if threat.ends is None else min(sc.horizon_s, seconds_after(sc.as_of, threat.ends))
        daily = daily_to_horizon(threat.hours, sc.as_of, sc.horizon_s)
        spans: Windows = merged(intersect_windows(daily, ((begins, ends),))) if begins < ends else ()
        if threat.keep_out_m is not None and spans:
            name = f"{threat.threat_id} ({threat.name})" if threat.name != threat.threat_id else threat.name
            out.append(Area(threat.threat_id, name, threat.shape, threat.keep_out_m, spans))
    return out
