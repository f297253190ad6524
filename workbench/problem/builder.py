"""From a scenario and a course of action to a `Problem`: names become indices, times seconds, amounts integers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from workbench import demand, scenario
from workbench.problem import moves, ties, travel, vehicles
from workbench.problem.assumptions import assumptions
from workbench.problem.lines import Line, shares
from workbench.problem.model import NO_LIMIT, Delivery, Goods, Objective, Place, Problem, timed
from workbench.problem.sourcing import SUPPLY_KINDS, Part, Stock, allocate, counted
from workbench.problem.world import Refusal, World
from workbench.scenario import Scenario
from workbench.units import DAY_S, clock, daily_to_horizon, intersect_windows, parse_daily_windows, seconds_after

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
    cars = vehicles.rows_of(tables["fleet"])
    fleet = timed(vehicles.fleet(now, cars, index, goods), moving)
    world = World(now.as_of, now.horizon_s, places, fleet, moving)
    landing = dict(zip(tables["nodes"]["node_id"], tables["nodes"]["landing"], strict=True))
    lines = [
        _line(now, row, places, (index, goods), ties.may_use(row, cars, landing)) for row in wanted.to_dict("records")
    ]
    stock, left_out = counted(supplies, index)
    parts = _allocated(world, lines, stock, tables)
    deliveries = [d for line in sorted(lines, key=lambda x: x.requisition_id)
                  for d in _deliveries(world, line, parts[line.requisition_id])]  # fmt: skip
    classes = demand.compatibility(tables)
    cleaned = ties.cleaning(goods, classes)
    return Problem(
        scenario=sc.name, coa=coa, inputs_sha256=scenario.inputs_sha256(sc, coa), as_of=now.as_of,
        horizon_s=now.horizon_s, marking=now.marking, places=places, deliveries=tuple(deliveries), fleet=fleet,
        goods=goods, conflicts=_conflicts(goods, classes),
        stock={key: on_hand for key, (_, on_hand) in stock.items()}, travel=moving,
        objective=_objective(now.settings), assumptions=assumptions(
            sc.replace(threats=now.threats, settings=now.settings), tables, network, limits, left_out
        ), relations=ties.relations(tables["relations"], deliveries),
        resources=ties.resources(now, tables["resources"], places, goods), cleaning=cleaned,
        cleaning_s=0 if cleaned is None else ties.cleaning_s(now.settings), prices=ties.prices(now.settings),
    )  # fmt: skip


def _allocated(world: World, lines: list[Line], stock: Stock, tables: Tables) -> dict[str, list[Part]]:
    """Return the parts of every requisition; stock goes to none that waits for what can't be planned."""
    barred: dict[str, Refusal] = {}
    while True:
        parts = allocate(world, lines, stock, barred)
        more = ties.waiting_for(tables, parts)
        if not more:
            return parts
        barred |= more


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
        pump_s_per_litre=60 / row["pump_l_per_min"], slots=_count(row["slots"]),
        visits_per_day=_count(row["visits_per_day"]),
    )  # fmt: skip


def _count(limit: float) -> int:
    """Return a limit as a whole number, 0 for none."""
    return 0 if math.isnan(limit) else int(limit)


def _goods(wanted: pd.DataFrame) -> tuple[Goods, ...]:
    return tuple(sorted({Goods(c, h) for c, h in zip(wanted["supply_class"], wanted["hazard"], strict=True)}))


def _conflicts(goods: tuple[Goods, ...], table: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.bool_]]:
    rules = demand.forbidden(table)
    clash = [[not demand.may_share(a, b, rules)[0] for b in goods] for a in goods]
    return np.array(clash, dtype=np.bool_).reshape(len(goods), len(goods))


def _line(
    sc: Scenario,
    row: Mapping[Any, Any],
    places: tuple[Place, ...],
    at: tuple[Mapping[str, int], tuple[Goods, ...]],
    may_use: tuple[bool, ...],
) -> Line:
    index, goods = at
    node, named = index[row["node_id"]], row["source_node_id"]
    earliest, latest = _moment(sc, row["earliest"], 0), _moment(sc, row["latest"], sc.horizon_s)
    ready, load_by = _moment(sc, row["release"], 0), _moment(sc, row["load_by"], NO_LIMIT)
    if row["kind"] == "retrograde":  # its loading is the service
        earliest, latest, ready, load_by = max(earliest, ready), min(latest, load_by), 0, NO_LIMIT
    span = ((max(0, earliest), min(sc.horizon_s, latest)),)
    return Line(
        requisition_id=row["requisition_id"], unit_id=row["unit_id"], kind=row["kind"], node=node,
        named_source=index[named] if named else -1, supply_class=row["supply_class"], item=row["item"],
        unit_of_issue=row["unit_of_issue"], quantity=float(row["quantity"]),
        totals=(row["weight_kg"], row["volume_m3"], row["pallets"], row["litres"]), priority=int(row["priority"]),
        windows=intersect_windows(places[node].windows, span), earliest_s=earliest, latest_s=latest,
        goods=goods.index(Goods(row["supply_class"], row["hazard"])), ready_s=max(0, ready), load_by_s=load_by,
        due_s=_moment(sc, row["due"], NO_LIMIT), late_cost=row["late_cost_per_hour"],
        aboard_s=moves.limit(row["max_aboard_min"], 60), may_use=may_use, asks=ties.asks(row),
    )  # fmt: skip


def _moment(sc: Scenario, instant: Any, blank: int) -> int:
    return blank if pd.isna(instant) else seconds_after(sc.as_of, instant)


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
            ready_s=line.ready_s,
            load_by_s=line.load_by_s,
            due_s=line.due_s,
            late_cost=line.late_cost,
            may_use=line.may_use,
            aboard_s=line.aboard_s,
        )
        for k, (part, share) in enumerate(zip(parts, shares([p.quantity for p in parts]), strict=True))
    ]


def _objective(settings: Mapping[str, Any]) -> Objective:
    """Return how plans compare: ``objective = "priority"``, or weights per priority."""
    asked = settings.get("objective", "priority")
    weights = asked.get("weights") if isinstance(asked, Mapping) else None
    return Objective({int(p): float(w) for p, w in weights.items()} if weights else None)
