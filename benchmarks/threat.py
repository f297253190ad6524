"""Fronts of time and risk on 100,000 directed edges: a leg's two bounds, its whole front, vital roads.

``python -m benchmarks.threat [--legs N] [--json]``. Times are CPU seconds of one core; nothing is kept from before but
the compiled code. Threats are made up: fading areas in three densities on a made-up road network, and on a street
grid, where every road has a hundred others that do as well. The more alternatives a leg has, the longer it takes:
their number stands beside the time.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import workbench as wb
from benchmarks import _grounds
from benchmarks._table import show
from workbench.ground.fronts import RiskGraph
from workbench.ground.roads import FloatArray, Limits, Network

TRUCK = Limits("wheeled_medium")
BUDGETS = {"front_s": 0.1}
DENSITIES = {"few areas": 15, "many areas": 60, "areas everywhere": 250}
GRID_SCALE = 0.17
"""Areas on the street grid are smaller by this, as the grid is."""

Rows = list[tuple[str, str, str, str]]


def threats(network: Network, count: int, seed: int, scale: float = 1.0) -> FloatArray:
    """Return the exposure that this many fading areas put on a network: of 1 to 6 km radius, times a scale."""
    rng = np.random.default_rng(seed)
    low, high = network.coords.min(axis=0), network.coords.max(axis=0)
    spots = [
        {
            "type": "Feature",
            "properties": {"per_km": float(rng.uniform(0.001, 0.02)), "radius_m": float(scale * rng.uniform(1e3, 6e3)),
                           "decay": "linear"},
            "geometry": {"type": "Point", "coordinates": rng.uniform(low, high).tolist()},
        }
        for _ in range(count)
    ]  # fmt: skip
    exposed: FloatArray = wb.threat.exposure(network, wb.threat.read({"features": spots}))
    return exposed


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Return the CPU seconds of a call, and what it gives."""
    start = time.process_time()
    found = call()
    return time.process_time() - start, found


def legs(searched: RiskGraph, count: int, seed: int) -> dict[str, list[float]]:
    """Measure random legs: bounds, whole front, front with epsilon 1 %, and how many alternatives each has."""
    rng = np.random.default_rng(seed)
    out: dict[str, list[float]] = {key: [] for key in ("bounds", "front", "some", "ways", "few")}
    for source, target in rng.integers(len(np.unique(searched.graph.node)), size=(count, 2)).tolist():
        bounds_s, towards = timed(lambda target=target: wb.threat.bounds(searched, searched.ends(target)))
        front_s, front = timed(lambda s=source, b=towards: wb.threat.front(searched, s, b))
        some_s, some = timed(lambda s=source, b=towards: wb.threat.front(searched, s, b, epsilon=0.01))
        for key, value in zip(out, (bounds_s, front_s, some_s, len(front), len(some)), strict=True):
            out[key].append(value)
    return out


def ready(network: Network, exposed: FloatArray) -> tuple[RiskGraph, int]:
    """Return a network ready to be searched for fronts, and how many nodes are left of it."""
    searched = wb.threat.risk_graph(network, TRUCK, exposed)
    return searched, searched.thin.stay


def fronts_of(network: Network, name: str, exposed: FloatArray, count: int) -> tuple[RiskGraph, dict[str, float], Rows]:
    """Return a network ready to be searched, what its legs took, and the rows that say so."""
    ready_s, (searched, stay) = timed(lambda: ready(network, exposed))
    found = {key: np.array(values) for key, values in legs(searched, count, seed=1).items()}
    worst = int(np.argmax(found["front"]))
    within = int((found["front"] <= BUDGETS["front_s"]).sum())
    rows = [
        (f"{name}: made ready, once per map and threat ({stay} of {searched.graph.n} nodes stay)",
         f"{ready_s:.3f} s", "", ""),
        (f"{name}: bounds of a leg, worst of {count}", f"{found['bounds'].max():.3f} s", "", ""),
        (f"{name}: whole front, median ({np.median(found['ways']):g} alternatives)",
         f"{np.median(found['front']):.4f} s", "", ""),
        (f"{name}: whole front, worst ({found['ways'][worst]:g} alternatives)", f"{found['front'][worst]:.4f} s",
         f"{BUDGETS['front_s']:g} s", f"{found['front'][worst] / BUDGETS['front_s']:.2f}"),
        (f"{name}: legs within {BUDGETS['front_s']:g} s", f"{within} of {count}", "", ""),
        (f"{name}: with epsilon 1 %, worst (at most {found['few'].max():g})", f"{found['some'].max():.4f} s", "", ""),
    ]  # fmt: skip
    return searched, {key: float(values.max()) for key, values in found.items()}, rows


def run(count: int) -> tuple[dict[str, float], Rows]:
    """Return the figures and the rows of the table."""
    network, grid, small = _grounds.synthetic(38_000, 100_000), _grounds.grid(158), _grounds.grid(40)
    fronts_of(small, "", threats(small, 40, seed=1, scale=GRID_SCALE), 10)
    rows: Rows = []
    figures = {"front_s": 0.0, "bounds_s": 0.0, "alternatives": 0.0}
    for name, areas in DENSITIES.items():
        exposure_s, exposed = timed(lambda areas=areas: threats(network, areas, seed=areas))
        rows.append((f"{name}: laid on the roads", f"{exposure_s:.3f} s", "", ""))
        searched, found, said = fronts_of(network, name, exposed, count)
        rows += said
        for figure, key in (("front_s", "front"), ("bounds_s", "bounds"), ("alternatives", "ways")):
            figures[figure] = max(figures[figure], found[key])
        figures[f"{name.replace(' ', '_')}_front_s"] = found["front"]
    exposed = threats(grid, max(DENSITIES.values()), seed=1, scale=GRID_SCALE)
    _, found, said = fronts_of(grid, "street grid, areas everywhere", exposed, count)
    rows += said
    figures["grid_front_s"], figures["grid_alternatives"] = found["front"], found["ways"]
    towards = wb.threat.bounds(searched, searched.ends(0))
    vital_s, table = timed(lambda: wb.threat.vital_roads(network, searched, 20_000, towards))
    rows.append((f"most vital of the {len(table)} roads of a leg", f"{vital_s:.3f} s", "", ""))
    far = list(network.node_ids[:3]), list(network.node_ids[-3:])
    choke_s, cut = timed(lambda: wb.threat.choke(network, TRUCK, *far))
    rows.append((f"fewest roads that cut three places off ({len(cut)})", f"{choke_s:.3f} s", "", ""))
    what_s, _ = timed(lambda: wb.threat.what_if(network, searched, far[0], network.edge_ids[:5]))
    rows.append(("what closing five roads does to every node", f"{what_s:.3f} s", "", ""))
    return {**figures, "vital_s": vital_s, "choke_s": choke_s, "what_if_s": what_s}, rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--legs", type=int, default=40)
    parser.add_argument("--json", action="store_true")
    words = parser.parse_args()
    figures, rows = run(words.legs)
    show("threat", figures, rows, as_json=words.json)


if __name__ == "__main__":
    main()
