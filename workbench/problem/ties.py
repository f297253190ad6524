"""What ties deliveries to vehicles, to each other and to what all share; and what plans cost beside their routes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.problem import moves
from workbench.problem.model import NO_LIMIT, Delivery, Goods, Place, Prices, Relation, Resource
from workbench.problem.sourcing import Part
from workbench.problem.words import both
from workbench.problem.world import Refusal
from workbench.scenario import Scenario
from workbench.units import ceil_safe, daily_to_horizon, floor_safe, parse_daily_windows

Row = Mapping[Any, Any]
Tables = Mapping[str, pd.DataFrame]
CLEANING_MIN = 30
"""Minutes that cleaning a vehicle takes where the scenario does not say (mark D)."""


def listed_in(cell: str) -> list[str]:
    """Return the parts of a list in a cell."""
    return [part for part in cell.split(";") if part]


def may_use(row: Row, fleet: Sequence[Row], landing: Mapping[str, str]) -> tuple[bool, ...]:
    """Return which rows of the fleet a requisition may go by; empty where it may go by any.

    ``landing`` says by node what can come there off the road: what drops its load has to land where a transfer lies.
    """
    here = set(listed_in(landing.get(row["source_node_id"], ""))) if row["kind"] == "transfer" else None
    only, never, owners, needs = (set(listed_in(row[c])) for c in ("vehicles", "not_vehicles", "owners", "needs"))
    found = tuple(
        (not only or v["vehicle_type"] in only)
        and v["vehicle_type"] not in never
        and (not owners or v["owner"] in owners)
        and needs <= set(listed_in(v["skills"]))
        and (here is None or v["air_load"] != "airdrop" or not here.isdisjoint(moves.lands_on(v)))
        for v in fleet
    )
    return () if all(found) else found


def asks(row: Row) -> str:
    """Return in words what kind of vehicle a requisition may go by."""
    said = (
        ("vehicles", "vehicle type {}", " or "), ("not_vehicles", "no vehicle type {}", " or "),
        ("owners", "a vehicle of {}", " or "), ("needs", "skill {}", " and "),
    )  # fmt: skip
    parts = [words.format(joint.join(listed_in(row[column]))) for column, words, joint in said if row[column]]
    return both(parts) if parts else "a vehicle that can load where it lies"


def waiting_for(tables: Tables, parts: Mapping[str, Sequence[Part]]) -> dict[str, Refusal]:
    """Return the refusals of requisitions that have to wait for one of which no part can be planned."""
    out: dict[str, Refusal] = {}
    ties = tables["relations"]
    for row in ties[ties["kind"] == "before"].to_dict("records"):
        first, second = row["first"], row["second"]
        refused = [part.refused for part in parts[first]]
        if all(refused) and not all(part.refused for part in parts[second]):
            assert refused[0] is not None
            code, why = refused[0]
            text = f"{first} has to be served before it (relation {row['relation_id']}), and can't be planned, {code}: "
            out.setdefault(second, ("POLICY", text + why))
    return out


def relations(table: pd.DataFrame, deliveries: Sequence[Delivery]) -> tuple[Relation, ...]:
    """Return the ties between every part of the one requisition and every part of the other that can be planned.

    A part that can't be planned holds nobody up.
    """
    parts: dict[str, list[int]] = {}
    for i, d in enumerate(deliveries):
        if d.refused is None:
            parts.setdefault(d.requisition_id, []).append(i)
    return tuple(
        Relation(row["kind"], a, b, *(_span(row) if row["kind"] == "before" else ()))
        for row in table.sort_values("relation_id").to_dict("records")
        for a in parts.get(row["first"], [])
        for b in parts.get(row["second"], [])
    )


def _span(row: Row) -> tuple[int, int]:
    """Return the least and the most seconds between the two of a relation."""
    gap, within = row["gap_min"], row["within_min"]
    return 0 if pd.isna(gap) else ceil_safe(gap * 60), NO_LIMIT if pd.isna(within) else floor_safe(within * 60)


def resources(
    sc: Scenario, table: pd.DataFrame, places: Sequence[Place], goods: Sequence[Goods]
) -> tuple[Resource, ...]:
    """Return what vehicles share; nodes that nobody goes to count for nothing."""
    out = []
    for row in table.sort_values("resource_id").to_dict("records"):
        nodes, classes = set(listed_in(row["nodes"])), set(listed_in(row["classes"]))
        daily = parse_daily_windows(row["windows"])
        hours = daily_to_horizon(daily, sc.as_of, sc.horizon_s) if daily else ((0, NO_LIMIT),)
        at = tuple(i for i, place in enumerate(places) if not nodes or place.node_id in nodes)
        of = tuple(g.supply_class in classes for g in goods) if classes else ()
        out.append(Resource(row["resource_id"], row["name"], row["kind"], int(row["count"]), hours, at, of))
    return tuple(out)


def cleaning(goods: Sequence[Goods], table: pd.DataFrame) -> NDArray[np.bool_] | None:
    """Return after which goods a vehicle is cleaned for which others; None where that is never so."""
    asked = {(row["class_a"], row["class_b"]) for row in table[table["cleaning"]].to_dict("records")}
    found = np.array([[(a.supply_class, b.supply_class) in asked for b in goods] for a in goods], dtype=np.bool_)
    return found if found.any() else None


def cleaning_s(settings: Mapping[str, Any]) -> int:
    """Return the seconds that cleaning a vehicle takes."""
    return ceil_safe(float(settings.get("cleaning_min", CLEANING_MIN)) * 60)


def prices(settings: Mapping[str, Any]) -> Prices:
    """Return what the scenario charges plans for beside their routes."""
    return Prices(**settings.get("prices", {}))
