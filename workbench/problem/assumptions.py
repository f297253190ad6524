"""What a problem takes for granted, in plain sentences that every plan carries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from workbench import demand
from workbench.ground.roads import ASSUMED_MLC, Limits, Network
from workbench.problem import moves, risk, ties, vehicles
from workbench.problem.lines import KG_PER_COUNTED_PALLET
from workbench.problem.sourcing import SUPPLY_KINDS
from workbench.problem.words import listed
from workbench.scenario import Scenario, lacking
from workbench.schema import ROAD_CLASSES, WATERWAY

Tables = Mapping[str, pd.DataFrame]


def assumptions(
    sc: Scenario, tables: Tables, network: Network, limits: Sequence[Limits], left_out: Sequence[str]
) -> tuple[str, ...]:
    """Return the assumptions as sentences, most weighty first; only those that apply.

    ``sc`` is the scenario as it stands, ``tables`` are those with the course of action laid on.
    """
    groups = (
        _bridges(network, limits),
        _lacking(sc, tables, network),
        _apart(tables, network),
        _closures(network),
        risk.sentences(sc),
        _vehicles(tables),
        moves.sentences(sc, tables),
        _speeds(sc, tables, network),
        _rules(sc, tables),
        _loads(tables["requisitions"]),
        _sources(tables, left_out),
        _map(sc),
    )
    return tuple(sentence for group in groups for sentence in group)


def _map(sc: Scenario) -> Iterable[str]:
    if source := sc.settings.get("attribution"):
        yield f"Source of the roads: {source}."


def _bridges(network: Network, limits: Sequence[Limits]) -> Iterable[str]:
    unknown = np.zeros(len(network.edge_ids), dtype=np.bool_)
    for limit in limits:
        unknown |= network.unknown_bridges(limit)
    found = np.flatnonzero(unknown).tolist()
    if not found:
        return
    names = listed((network.edge_ids[r] for r in found), 12)
    defaults = ", ".join(f"{road_class} {value}" for road_class, value in ASSUMED_MLC.items())
    does = {
        "assume": f"are taken at the planning default of their road ({defaults}; not surveyed)",
        "refuse": "are not used by vehicles that have a load class",
        "allow": "are crossed as if strong enough",
    }[network.unknown_mlc]
    yield f"{len(found)} bridge(s) of unknown load class {does}: {names}."


def _lacking(sc: Scenario, tables: Tables, network: Network) -> Iterable[str]:
    """Say what roads lack; bridges without a load class have a sentence of their own."""
    for lack in lacking.lacks(tables, sc.settings):
        if lack.noun != "bridge":
            yield f"{lack.counted} state no {lack.what} ({lack.some(network.edge_ids)}): {lack.taken}."
    for finding in sc.warnings:
        if finding.code == "NO_DATA" and finding.column == "road_class":
            yield f"The class of road is not stated everywhere ({finding.got}): they are taken as unclassified."


def _apart(tables: Tables, network: Network) -> Iterable[str]:
    """Say which places no road touches or the main roads don't join; junctions don't matter."""
    dry = network.road_class != ROAD_CLASSES.index(WATERWAY)
    lonely, lost = lacking.apart(len(network.node_ids), network.ends, network.oneway, dry)
    places = (tables["nodes"]["kind"] != "junction").to_numpy()
    for rows, where in ((lonely, "No road touches"), (lost, "The main roads don't reach, there and back,")):
        names = [network.node_ids[row] for row in rows.tolist() if places[row]]
        if names:
            yield f"{where} {listed(names)}."


def _closures(network: Network) -> Iterable[str]:
    partly = listed((network.edge_ids[road] for road in network.hours.shut), 12)
    if partly:
        yield (
            f"{len(network.hours.shut)} road(s) are closed for part of the time: {partly}. A shift that meets such a "
            "closure is planned with the whole wait for it, and without the road if it may not open again in the shift."
        )


def _vehicles(tables: Tables) -> Iterable[str]:
    cars = tables["fleet"]
    free = cars[cars["mlc"].isna() & ~cars["profile"].map(moves.modes_of(tables)).isin(["air", "boat"])]
    if len(free) and tables["edges"]["bridge"].any():
        yield f"No load class is given for {listed(free['vehicle_type'])}: no bridge is too weak for them."
    moved = cars[(cars["end_depot"] != "") & (cars["end_depot"] != cars["depot"])]
    if len(moved):
        yield f"{listed(moved['vehicle_type'])} end at another depot than they start from, so they work one shift only."


def _rules(sc: Scenario, tables: Tables) -> Iterable[str]:
    """Yield what is taken for granted of overtime and of cleaning."""
    cut = vehicles.overtime_cut(sc, tables["fleet"])
    if cut:
        yield f"Overtime of {listed(cut)} ends where the next shift begins."
    rules, classes = demand.compatibility(tables), set(tables["requisitions"]["supply_class"])
    cleaned = rules[rules["cleaning"] & rules["class_a"].isin(classes) & rules["class_b"].isin(classes)]
    if len(cleaned) and "cleaning_min" not in sc.settings:
        pairs = listed(f"{a} and {b}" for a, b in zip(cleaned["class_a"], cleaned["class_b"], strict=True))
        yield (
            f"Cleaning a vehicle between class {pairs} takes {ties.CLEANING_MIN} min, the planning default (not "
            "measured); cleaning_min in scenario.toml states another."
        )


def _speeds(sc: Scenario, tables: Tables, network: Network) -> Iterable[str]:
    own = set(sc.tables["profiles"]["profile"])
    built_in = sorted(set(tables["fleet"]["profile"]) - own)
    if built_in:
        yield f"Speeds of {listed(built_in)} are the built-in planning values, not this scenario's."
    if network.hours.dark:
        night = f"{sc.settings.get('night_from', '19:00')}-{sc.settings.get('night_to', '05:00')}"
        drives = "without lights" if sc.settings.get("night_driving") == "blackout" else "with lights"
        yield (
            f"By night ({night}Z) vehicles drive {drives}, at their profile's speeds. Engines plan each leg "
            "for the hour it is driven at; one that nightfall or dawn falls into, at the slower of both."
        )
    if sc.settings.get("wet") == "yes":
        yield "Roads of gravel and dirt are wet, and slower by each profile's factor."


def _loads(wanted: pd.DataFrame) -> Iterable[str]:
    bare = wanted[(wanted["pallets"] == 0) & (wanted["litres"] == 0)]
    if len(bare):
        yield (
            f"{len(bare)} requisition(s) state neither pallets nor litres ({listed(bare['requisition_id'])}): handling "
            f"counts one pallet per started {KG_PER_COUNTED_PALLET:,} kg, and they take up no pallet position."
        )
    flat = wanted[(wanted["volume_m3"] == 0) & (wanted["litres"] == 0)]
    if len(flat):
        names = listed(flat["requisition_id"])
        yield f"{len(flat)} requisition(s) state neither volume nor litres and take up no space ({names})."


def _sources(tables: Tables, left_out: Sequence[str]) -> Iterable[str]:
    stock, wanted, nodes = tables["stock"], tables["requisitions"], tables["nodes"]
    held = set(stock.loc[stock["node_id"] != "", "item"])
    delivered = wanted[(wanted["kind"] == "delivery") & ~wanted["item"].isin(held)]
    if len(delivered):
        points = nodes.loc[nodes["kind"].isin(SUPPLY_KINDS), "node_id"]
        yield (
            f"Nobody counts the stock of {listed(sorted(set(delivered['item'])), 8)}: it may be drawn without limit at "
            f"{listed(points, 8)}, or where the requisition says."
        )
    if left_out:
        yield f"Stock left out because its unit of issue differs from the rest there: {listed(left_out)}."
