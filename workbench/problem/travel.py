"""The roads and the travel of a scenario, kept while an edit leaves alone what they are made of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from workbench import fleet
from workbench.formats import tabular
from workbench.ground import roads
from workbench.ground.hours import nights
from workbench.ground.modes import Modes
from workbench.ground.roads import Network
from workbench.ground.terrain import Terrain
from workbench.kept import Alike, kept
from workbench.problem import moves, risk
from workbench.scenario import Scenario, terrain
from workbench.schema import TABLES

Frame = pd.DataFrame
Tables = Mapping[str, Frame]
_LAST = 3
"""So many are remembered: undo finds the one before."""


def network(sc: Scenario) -> Network:
    """Return the road network of a scenario as its tables stand; the same object while nothing in it changes.

    Another name or opening hour of a node changes nothing.
    """
    tables, settings, nodes = sc.tables, sc.settings, sc.tables["nodes"]
    conditions = {
        "as_of": sc.as_of,
        "horizon_s": sc.horizon_s,
        "unknown_mlc": str(settings.get("unknown_mlc", "assume")),
        "wet": settings.get("wet") == "yes",
        "two_way": settings.get("bridge_traffic") == "two_way",
        "dark": nights(settings, sc.as_of, sc.horizon_s),
    }
    where = (*nodes["node_id"].tolist(), nodes["lon"].to_numpy().tobytes(), nodes["lat"].to_numpy().tobytes())
    content = (where, _text(tables, "closures"), *conditions.values())
    return _network(tables["edges"], tables["turns"], fleet.profiles(tables), Alike(content, (tables, conditions)))


@kept(_LAST)
def _network(_edges: Frame, _turns: Frame, profiles: Frame, asked: Alike[tuple[Tables, dict[str, Any]]]) -> Network:
    tables, conditions = asked.it
    return roads.network(tables, profiles, **conditions)


def travel(sc: Scenario, net: Network, places: tuple[str, ...]) -> Modes:
    """Return the travel between places on a network; the same object while all that it goes by stays the same."""
    tables = sc.tables
    nodes = tables["nodes"].set_index("node_id").loc[list(places)]
    about = nodes[["name", "kind", "landing", "lon", "lat"]].itertuples(name=None)
    rules = json.dumps(
        [sc.threats, *(sc.settings.get(k, {}) for k in ("threat", "prices"))], sort_keys=True, default=str
    )
    stocked = frozenset(tables["stock"]["node_id"].tolist())
    movers = tuple(moves.movers(tables))
    content = (tuple(about), movers, rules, stocked, _text(tables, "closures"), sc.as_of, sc.horizon_s)
    off_road = "cross_country" in moves.modes_of(tables).values()
    return _travel(net, fleet.profiles(tables), terrain(sc) if off_road else None, Alike(content, (sc, places)))


@kept(_LAST)
def _travel(
    net: Network, _profiles: Frame, _terrain: Terrain | None, asked: Alike[tuple[Scenario, tuple[str, ...]]]
) -> Modes:
    sc, places = asked.it
    return moves.travel(sc, net, places, risk.searching(sc, net), risk.exposed(sc, net))


def _text(tables: Tables, name: str) -> str:
    return tabular.csv_text(tables[name], TABLES[name])
