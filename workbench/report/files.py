"""The files of a plan beside ``plan.json``: tables for spreadsheets, route lines for maps."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
import pandas as pd

from workbench.formats.geo import geojson_bytes
from workbench.formats.tabular import escape
from workbench.plan import Plan, to_tables
from workbench.problem import DIMENSIONS, Problem
from workbench.report import geometry
from workbench.units import iso, moment_at, parse_instant


def stops_csv(problem: Problem, plan: Plan) -> str:
    """Return a line per stop: where, when, what is handed over, what is aboard afterwards."""
    names = {p.node_id: p.name for p in problem.places}
    stops = to_tables(plan)["stops"]
    table = pd.DataFrame(
        {
            "route_id": stops["route_id"],
            "seq": stops["seq"],
            "vehicle_type": stops["vehicle_type"],
            "owner": stops["owner"],
            "kind": stops["kind"],
            "node_id": stops["node"],
            "node_name": [names.get(node, "") for node in stops["node"]],
            "arrive": [iso(t) for t in stops["arrive"]],
            "begin": [iso(t) for t in stops["begin"]],
            "depart": [iso(t) for t in stops["depart"]],
            "waiting_min": stops["wait_min"],
            "deliveries": stops["deliveries"],
            **{f"{name}_after": stops[f"{name}_after"] for name in DIMENSIONS},
        }
    )
    return to_csv(table)


def to_csv(table: pd.DataFrame) -> str:
    """Return the table as CSV; a text cell that a spreadsheet would run as a formula gets an apostrophe in front."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.columns)
    for row in table.itertuples(index=False):
        writer.writerow([_cell(value) for value in row])
    return out.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, str):
        return escape(value)
    if isinstance(value, (list, tuple)):
        return _cell(";".join(str(part) for part in value))
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if value is None or value != value:
        return ""
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    return value


def routes_geojson(problem: Problem, plan: Plan) -> dict[str, Any]:
    """Return a LineString per leg that moves, with its route, times, load and simplestyle colour."""
    as_of = parse_instant(plan.as_of)
    features = []
    for n, route in enumerate(plan.routes):
        for leg in geometry.legs(problem, route):
            if len(leg.line) < 2:
                continue
            properties = {
                "route_id": route.route_id,
                "leg": leg.seq,
                "vehicle_type": route.vehicle_type,
                "owner": route.owner,
                "from_node": leg.from_node,
                "to_node": leg.to_node,
                "depart": iso(moment_at(as_of, leg.start_s)),
                "arrive": iso(moment_at(as_of, leg.end_s)),
                **leg.load.shown(),
                "title": f"{route.route_id} · {route.vehicle_type}",
                "stroke": geometry.colour(n),
                "stroke-width": 3,
            }
            line = [[round(lon, 6), round(lat, 6)] for lon, lat in leg.line]
            features.append(
                {"type": "Feature", "properties": properties, "geometry": {"type": "LineString", "coordinates": line}}
            )
    return {"type": "FeatureCollection", "features": features}


def routes_text(problem: Problem, plan: Plan) -> str:
    """Return `routes_geojson` as the text of its file."""
    return geojson_bytes(routes_geojson(problem, plan)).decode("utf-8")
