"""From a scenario and a course of action to a `Problem`: names become indices, times seconds, amounts integers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from workbench import demand, scenario
from workbench.problem import moves, travel
from workbench.problem.assumptions import assumptions
from workbench.problem.lines import Line, shares
from workbench.problem.model import (
    Delivery,
    Goods,
    Objective,
    Place,
    Problem,
    VehicleType,
    Windows,
    timed,
)
from workbench.problem.sourcing import SUPPLY_KINDS, Part, allocate, counted
from workbench.problem.world import World
from workbench.scenario import Scenario
from workbench.units import (
    DAY_S,
    ceil_safe,
    clock,
    daily_to_horizon,
    intersect_windows,
    parse_clock,
    parse_curve,
    parse_daily_windows,
    seconds_after,
)

Tables = Mapping[str, pd.DataFrame]


def build(sc: Scenario, coa: str = "baseline") -> Problem:
    """Build the frozen problem of a scenario under a course of action.

    Requisitions that no single permitted vehicle lifts are split into whole units of issue; stock goes to them by
    priority. What can't be planned at all stays in the problem with its reason (``Delivery.refused``). Demand and
    time are rounded up, capacity down. ``Problem.assumptions`` lists in sentences what was taken for granted.

    Raises
    ------
    UsageError
        When the scenario has no such course of action.
    """
    now = scenario.apply(sc, coa)
    wanted = demand.resolve(now.tables["requisitions"], now.tables["units"])
    tables = {**now.tables, "requisitions": wanted}
    network = travel.network(now)
    supplies = tables["stock"][tables["stock"]["node_id"] != ""]
    places = _places(now, tables, supplies)
    index = {place.node_id: i for i, place in enumerate(places)}
    goods = _goods(wanted)
    limits = [moves.limits_of(row) for row in tables["fleet"].to_dict("records")]
    moving = travel.travel(now, network, tuple(p.node_id for p in places))
    vehicles = timed(_fleet(now, tables["fleet"], index, goods), moving)
    world = World(now.as_of, now.horizon_s, places, vehicles, moving)
    lines = [_line(now, row, world.places, (index, goods)) for row in wanted.to_dict("records")]
    stock, left_out = counted(supplies, index)
    parts = allocate(world, lines, stock)
    deliveries = [d for line in sorted(lines, key=lambda x: x.requisition_id)
                  for d in _deliveries(world, line, parts[line.requisition_id])]  # fmt: skip
    return Problem(
        scenario=sc.name, coa=coa, inputs_sha256=scenario.inputs_sha256(sc, coa), as_of=now.as_of,
        horizon_s=now.horizon_s, marking=now.marking, places=places, deliveries=tuple(deliveries), fleet=vehicles,
        goods=goods, conflicts=_conflicts(goods, demand.compatibility(tables)),
        stock={key: on_hand for key, (_, on_hand) in stock.items()}, travel=moving,
        objective=_objective(now.settings), assumptions=assumptions(
            sc.replace(threats=now.threats), tables, network, limits, left_out
        ),
    )  # fmt: skip


def _places(sc: Scenario, tables: Tables, supplies: pd.DataFrame) -> tuple[Place, ...]:
    """Return the nodes that matter, ordered by id: where vehicles stand, stock lies or requisitions point to."""
    nodes, cars, wanted = tables["nodes"], tables["fleet"], tables["requisitions"]
    named = {*nodes.loc[nodes["kind"].isin(SUPPLY_KINDS), "node_id"], *cars["depot"], *cars["end_depot"],
             *wanted["node_id"], *wanted["source_node_id"], *supplies["node_id"]} - {""}  # fmt: skip
    rows = nodes[nodes["node_id"].isin(named)].sort_values("node_id").to_dict("records")
    return tuple(_place(sc, row) for row in rows)


def _place(sc: Scenario, row: Mapping[Any, Any]) -> Place:
    daily = row["windows"]
    if not daily and (row["open_from"] or row["open_to"]):
        daily = f"{row['open_from'] or clock(0)}-{row['open_to'] or clock(DAY_S)}"
    return Place(
        node_id=row["node_id"], name=row["name"], kind=row["kind"], lon=row["lon"], lat=row["lat"],
        windows=daily_to_horizon(parse_daily_windows(daily), sc.as_of, sc.horizon_s),
        handling_s_per_centipallet=row["handling_min_per_pallet"] * 60 / 100,
        pump_s_per_litre=60 / row["pump_l_per_min"], slots=0 if math.isnan(row["slots"]) else int(row["slots"]),
    )  # fmt: skip


def _goods(wanted: pd.DataFrame) -> tuple[Goods, ...]:
    return tuple(sorted({Goods(c, h) for c, h in zip(wanted["supply_class"], wanted["hazard"], strict=True)}))


def _conflicts(goods: tuple[Goods, ...], table: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.bool_]]:
    rules = demand.forbidden(table)
    clash = [[not demand.may_share(a, b, rules)[0] for b in goods] for a in goods]
    return np.array(clash, dtype=np.bool_).reshape(len(goods), len(goods))


def _fleet(
    sc: Scenario, table: pd.DataFrame, index: Mapping[str, int], goods: tuple[Goods, ...]
) -> tuple[VehicleType, ...]:
    rows, modes = table.sort_values(["vehicle_type", "owner", "depot"]).to_dict("records"), moves.modes_of(sc.tables)
    return tuple(_vehicle(sc, row, index, goods, mode=modes[row["profile"]]) for row in rows)


def _vehicle(
    sc: Scenario, row: Mapping[Any, Any], index: Mapping[str, int], goods: tuple[Goods, ...], *, mode: str
) -> VehicleType:
    allowed = set(filter(None, (c.strip() for c in row["may_carry"].split(";"))))
    depot, end = index[row["depot"]], index[row["end_depot"] or row["depot"]]
    days = shifts(row["shift_start"], row["shift_end"], sc)
    if depot != end and days:
        days = (max(days, key=lambda day: (day[1] - day[0], -day[0])),)
    return VehicleType(
        vehicle_type=row["vehicle_type"], owner=row["owner"], depot=depot, end_depot=end, count=int(row["count"]),
        profile=row["profile"], travel=moves.travel_key(row, mode), capacity=moves.capacity(row),
        payload_range=parse_curve(row["payload_range"]), turnaround_s=ceil_safe(row["turnaround_min"] * 60),
        picks_up=row["air_load"] != "airdrop",
        carries=tuple(not allowed or g.supply_class in allowed for g in goods), shifts=days,
        range_m=moves.limit(row["range_km"], 1000), max_trips=moves.limit(row["max_trips"], 1),
        fixed_cost=row["fixed_cost"], cost_per_km=row["cost_per_km"], cost_per_hour=row["cost_per_hour"],
        crew=int(row["crew"]),
    )  # fmt: skip


def shifts(start: str, end: str, sc: Scenario) -> Windows:
    """Return a daily shift laid over the horizon, one (start, end) a day; one that ends first crosses midnight.

    Blank start and end is the whole horizon as one shift. A shift under way at ``as_of`` is cut to what is left.
    """
    if not start and not end:
        return ((0, sc.horizon_s),)
    opens, closes = parse_clock(start or clock(0)), parse_clock(end or clock(DAY_S))
    length = closes - opens + (DAY_S if closes <= opens else 0)
    midnight = seconds_after(sc.as_of, sc.as_of.replace(hour=0, minute=0, second=0, microsecond=0))
    first = [midnight + day * DAY_S + opens for day in range(-1, sc.horizon_s // DAY_S + 2)]
    laid = [(max(0, at), min(sc.horizon_s, at + length)) for at in first]
    return tuple((lo, hi) for lo, hi in laid if lo < hi)


def _line(
    sc: Scenario, row: Mapping[Any, Any], places: tuple[Place, ...], at: tuple[Mapping[str, int], tuple[Goods, ...]]
) -> Line:
    index, goods = at
    node, named = index[row["node_id"]], row["source_node_id"]
    earliest = 0 if pd.isna(row["earliest"]) else seconds_after(sc.as_of, row["earliest"])
    latest = sc.horizon_s if pd.isna(row["latest"]) else seconds_after(sc.as_of, row["latest"])
    span = ((max(0, earliest), min(sc.horizon_s, latest)),)
    return Line(
        requisition_id=row["requisition_id"], unit_id=row["unit_id"], kind=row["kind"], node=node,
        named_source=index[named] if named else -1, supply_class=row["supply_class"], item=row["item"],
        unit_of_issue=row["unit_of_issue"], quantity=float(row["quantity"]),
        totals=(row["weight_kg"], row["volume_m3"], row["pallets"], row["litres"]), priority=int(row["priority"]),
        windows=intersect_windows(places[node].windows, span), earliest_s=earliest, latest_s=latest,
        goods=goods.index(Goods(row["supply_class"], row["hazard"])),
    )  # fmt: skip


def _deliveries(world: World, line: Line, parts: list[Part]) -> list[Delivery]:
    """Return the deliveries of one requisition, numbered from 1; refused parts come last."""
    return [
        Delivery(
            delivery_id=f"{line.requisition_id}/{k + 1}",
            requisition_id=line.requisition_id,
            unit_id=line.unit_id,
            kind=line.kind,
            node=line.node,
            source=part.source,
            sources=part.sources,
            supply_class=line.supply_class,
            item=line.item,
            unit_of_issue=line.unit_of_issue,
            quantity=part.quantity,
            load=line.load(part.quantity),
            priority=line.priority,
            share=share,
            windows=line.windows,
            earliest_s=max(0, line.earliest_s),
            latest_s=min(world.horizon_s, line.latest_s),
            service_s=line.handling_s(part.quantity, world.places[line.node]),
            load_s=tuple(line.handling_s(part.quantity, world.places[s]) for s in part.sources),
            goods=line.goods,
            refused=part.refused,
        )
        for k, (part, share) in enumerate(zip(parts, shares([p.quantity for p in parts]), strict=True))
    ]


def _objective(settings: Mapping[str, Any]) -> Objective:
    """Return how plans compare: ``objective = "priority"``, or weights per priority."""
    asked = settings.get("objective", "priority")
    weights = asked.get("weights") if isinstance(asked, Mapping) else None
    return Objective({int(p): float(w) for p, w in weights.items()} if weights else None)
