"""What must fit for vehicles that leave the road: their profile's speeds, their payload, and where they can stop."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from workbench import fleet as vehicles
from workbench.formats.checks import Loaded, Mask
from workbench.scenario.places import xy
from workbench.schema import COVERS, FLIGHT, WATERWAY

_PACES = {"air": (FLIGHT,), "boat": (WATERWAY,), "cross_country": COVERS}
"""For what each mode off the road needs a speed in profiles.csv, one of them at least."""
_HALF_TURN = 180.0
FASTEST_KMH = 150.0
"""No planning speed on the ground or the water is above this."""


def check(tables: Mapping[str, Loaded]) -> None:
    """Flag rows of the fleet that do not fit how they move."""
    table, profiles = tables["fleet"], vehicles.profiles({"profiles": tables["profiles"].frame})
    modes = dict(zip(profiles["profile"], profiles["mode"], strict=True))
    mode = table.frame["profile"].map(modes).fillna("road")
    for name, classes in _PACES.items():
        moves = (mode == name).to_numpy(dtype=np.bool_) & table.sound("profile")
        if moves.any():
            _paced(table, moves, profiles, classes)
            _one_side(table, tables["nodes"], moves)
    _speeds(tables["profiles"])
    _carried(table, (mode == "air").to_numpy(dtype=np.bool_))
    _based(table, tables["nodes"], mode)


def _speeds(profiles: Loaded) -> None:
    """Flag speeds that only aircraft have."""
    grounded = (profiles.frame["mode"] != "air").to_numpy(dtype=np.bool_) & profiles.sound("mode")
    for column in ("day_kmh", "night_kmh"):
        fast = (profiles.frame[column] > FASTEST_KMH).to_numpy(dtype=np.bool_)
        profiles.flag(
            grounded & fast,
            column,
            "RANGE",
            expected=f"1 to {FASTEST_KMH:g} km/h",
            remedy="Check the figure and its unit; what flies has mode air.",
        )


def _paced(table: Loaded, moves: Mask, profiles: pd.DataFrame, classes: tuple[str, ...]) -> None:
    """Flag profiles without a speed where they move."""
    known = set(profiles.loc[profiles["road_class"].isin(classes), "profile"])
    table.flag(
        moves & ~table.frame["profile"].isin(known).to_numpy(),
        "profile",
        "UNKNOWN_REFERENCE",
        expected=f"a profile with a speed for {' or '.join(classes)}",
        remedy=f"Add a row with road_class {classes[0]} to profiles.csv.",
    )


def _one_side(table: Loaded, nodes: Loaded, moves: Mask) -> None:
    """Flag what moves straight over the ground where nodes lie on both sides of the antimeridian."""
    lon, _ = xy(nodes)
    known = lon[nodes.sound("lon", "lat", "mgrs") & np.isfinite(lon)]
    if len(known) and np.ptp(known) > _HALF_TURN:
        table.flag(
            moves,
            "profile",
            "POSITION_FAR",
            expected="nodes on one side of the antimeridian",
            remedy="Only vehicles on roads can be planned over it: split the scenario there.",
        )


def _carried(table: Loaded, flies: Mask) -> None:
    """Flag ways to carry by air that are none, and aircraft whose payload does not fall with the distance."""
    frame = table.frame
    table.flag(
        ~flies & (frame["air_load"] != "").to_numpy() & table.sound("profile"),
        "air_load",
        "CONFLICT",
        expected="blank, as its profile does not fly",
        remedy="Clear it, or give it a profile of mode air.",
    )
    table.flag(
        frame["sling_kg"].notna().to_numpy() & (frame["air_load"] != "sling").to_numpy() & table.sound("air_load"),
        "sling_kg",
        "CONFLICT",
        level="warning",
        expected="blank, as air_load is not sling",
        remedy="It is not used. Write sling into air_load, or clear it.",
    )
    table.flag(
        flies & (frame["payload_range"] == "").to_numpy() & table.sound("profile"),
        "payload_range",
        "REQUIRED",
        level="warning",
        expected="payload by distance, as in 15:68;70:0",
        remedy="The whole payload is planned at any distance. Write what it lifts how far.",
    )


def _based(table: Loaded, nodes: Loaded, mode: pd.Series) -> None:
    """Warn of depots where what stands there can neither land nor take off."""
    landing = dict(zip(nodes.frame["node_id"], nodes.frame["landing"], strict=True))
    for column in ("depot", "end_depot"):
        asked = table.frame[column] if column == "depot" else table.frame[column].where(table.frame[column] != "")
        lacking = np.zeros(len(table.frame), dtype=np.bool_)
        for at, (here, how, lands) in enumerate(zip(asked, mode, table.frame["lands_on"], strict=True)):
            needs = {"quay"} if how == "boat" else set(lands.split(";")) - {""} or {"lz", "runway"}
            lacking[at] = how in ("air", "boat") and here in landing and not needs & set(landing[here].split(";"))
        table.flag(
            lacking & table.sound(column, "profile"),
            column,
            "CONFLICT",
            level="warning",
            expected="a depot where it can land",
            remedy="Fill landing of the node in nodes.csv: lz, runway or quay. It can't leave from there.",
        )
