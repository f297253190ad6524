"""Travel-time matrices on real and made-up roads: ours, exact in seconds and metres, and the rivals' in the same run.

``python -m benchmarks.matrix [--rivals scipy,igraph,pandana,networkx | --rivals none] [--repeats N] [--json]``. Every
time is wall-clock from the roads to the finished matrix, nothing kept from before: the best of the repeats for ours,
one run for each rival. ``make rivals`` installs igraph and pandana.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks import _grounds
from benchmarks._rivals import RIVALS, Nodes, quiet, scipy
from benchmarks._table import show
from workbench.ground import cache, graph
from workbench.ground.graph import Graph
from workbench.ground.matrix import RoadTravel
from workbench.ground.roads import IntArray, Limits, Network

TRUCK = Limits("wheeled_medium")
BUDGETS = {"first_500_s": 1.0, "after_closure_s": 0.5, "stops_2000_s": 4.0, "edges_500k_s": 10.0, "peak_mib": 300.0}
Matrix = tuple[IntArray, IntArray]
Rows = list[tuple[str, str, str, str]]


def matrix(network: Network, places: list[str]) -> tuple[float, Matrix]:
    """Return the seconds that the whole matrix takes from scratch, and the matrix."""
    start = time.perf_counter()
    everywhere = range(len(places))
    found = RoadTravel(network, places, {TRUCK.key: TRUCK}).block(TRUCK.key, everywhere, everywhere)
    return time.perf_counter() - start, found


def first(network: Network, places: list[str], repeats: int) -> tuple[float, Matrix]:
    """Return the best time of a matrix with nothing kept from before, and the matrix."""
    best = float("inf")
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as folder, cache.at(Path(folder)):
            seconds, found = matrix(network, places)
        best = min(best, seconds)
    return best, found


def after_closure(network: Network, places: list[str], repeats: int) -> float:
    """Return the worst time of a new matrix after closing a bridge (any road, where there is none) and reopening it."""
    bridges = np.flatnonzero(network.bridge if network.bridge.any() else ~network.bridge)
    times = []
    with tempfile.TemporaryDirectory() as folder, cache.at(Path(folder)):
        _, before = matrix(network, places)
        for bridge in bridges[:: max(1, len(bridges) // repeats)][:repeats].tolist():
            closed, during = matrix(replace(network, closed={**network.closed, bridge: "blown"}), places)
            opened, after = matrix(network, places)
            if any(a.tobytes() != b.tobytes() for a, b in zip(before, after, strict=True)):
                sys.exit("Reopening a bridge did not give the first matrix back.")
            if (np.where(during[0] < 0, np.inf, during[0]) < before[0]).any():
                sys.exit("Closing a bridge made a way faster.")
            times.append(max(closed, opened))
    return max(times)


def the_graph(network: Network, places: list[str]) -> tuple[Graph, Nodes, Nodes, IntArray]:
    """Return what rivals work on: the graph, the sources, where ways may end, and for each end its place."""
    built = graph.build(network, TRUCK)
    index = {node: k for k, node in enumerate(network.node_ids)}
    sources = np.array([index[place] for place in places])
    return built, sources, *built.standing_for(sources)


def differences(found: Matrix, times: np.ndarray, position: IntArray) -> int:
    """Return in how many cells our seconds differ from milliseconds found by another, best end of each place."""
    rows, places = len(times), found[0].shape[1]
    best = np.full((rows, places), np.inf)
    for end, place in enumerate(position.tolist()):
        best[:, place] = np.minimum(best[:, place], times[:, end])
    seconds = np.where(np.isinf(best), -1, np.ceil(best / 1000))
    return int((found[0][:rows] != seconds).sum())


def check(network: Network, places: list[str], found: Matrix, rows: int) -> str:
    """Stop unless our seconds are scipy's in the first rows, and metres those of the drawn ways; say what was seen."""
    built, sources, ends, position = the_graph(network, places)
    wrong = differences(found, scipy(built, sources[:rows], ends), position)
    travel, some = RoadTravel(network, places, {TRUCK.key: TRUCK}), range(0, len(places), max(1, len(places) // 40))
    length = dict(zip(network.edge_ids, network.decimetres().astype(int).tolist(), strict=True))
    for i, j in zip(some, reversed(some), strict=True):
        path = travel.path(TRUCK.key, i, j)
        metres = -1 if path is None else -(-sum(length[edge] for edge in path.edge_ids) // 10)
        wrong += metres != found[1][i, j]
    if wrong:
        sys.exit(f"{wrong} cells differ from a plain search.")
    return f"{rows * len(places):,} cells equal to Dijkstra"


def against(network: Network, places: list[str], found: Matrix, names: list[str]) -> Iterator[tuple[str, float, str]]:
    """Yield (rival, its seconds or inf, remark) on one network."""
    built, sources, ends, position = the_graph(network, places)
    for name in names:
        if importlib.util.find_spec(name) is None:
            yield name, float("inf"), "not installed: make rivals"
            continue
        search, part = RIVALS[name]
        start = time.perf_counter()
        with quiet():
            times = search(built, sources[: len(sources) // part], ends)
        seconds = (time.perf_counter() - start) * part
        wrong = differences(found, times, position)
        remark = f"on {100 // part} % of the rows, scaled up" if part > 1 else ""
        yield name, seconds, remark or (f"{wrong} cells differ" if wrong else "")


def peak(nodes: int, edges: int, stops: int) -> float:
    """Return the MiB that a matrix takes above the imports, roads included, in a process of its own."""
    words = [sys.executable, "-m", "benchmarks.matrix", "--peak", str(nodes), str(edges), str(stops)]
    done = subprocess.run(words, stdout=subprocess.PIPE, check=True, cwd=Path(__file__).parents[1])
    return float(json.loads(done.stdout))


def measure_peak(nodes: int, edges: int, stops: int) -> None:
    """Print the growth of this process's peak from before the roads are there to the finished matrix, in MiB."""
    before = _peak_kib()
    network = _grounds.synthetic(nodes, edges)
    with tempfile.TemporaryDirectory() as folder, cache.at(Path(folder)):
        matrix(network, _grounds.spread(network, stops))
    sys.stdout.write(json.dumps((_peak_kib() - before) / 1024))


def _peak_kib() -> int:
    """Return the most memory this process had so far (what `resource` says counts its parent's too)."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def case(title: str, network: Network, names: list[str], repeats: int, *, rows: int = 500) -> tuple[list[float], Rows]:
    """Return [first matrix of 500 stops, after a closure, best rival] in seconds, and the table's rows.

    ``rows`` of the matrix are compared with a plain search.
    """
    places = _grounds.spread(network, 500)
    edges = len(graph.build(network, TRUCK).head)
    ours, found = first(network, places, repeats)
    closed = after_closure(network, places, repeats)
    what = f"{title}, {edges:,} edges, 500 stops"
    lines: Rows = [
        (what, f"{ours:.3f} s", "", check(network, places, found, rows)),
        ("  after closing or reopening a bridge", f"{closed:.3f} s", "", "first matrix back byte for byte"),
    ]
    best = float("inf")
    for name, seconds, remark in against(network, places, found, names):
        best = min(best, seconds)
        there = "" if seconds == float("inf") else f"{seconds:.2f} s"
        ratio = f"{ours / seconds:.3f}  {remark}" if there else remark
        lines.append((f"  against {name}", f"{ours:.3f} s", there, ratio))
    return [ours, closed, best], lines


def run(names: list[str], repeats: int) -> tuple[dict[str, float], Rows]:
    """Measure everything."""
    matrix(_grounds.grid(3), ["N0", "N8"])
    city = _grounds.synthetic(38_000, 100_000)
    (ours, closed, best), rows = case("made-up country", city, names, repeats)
    figures = {"first_500_s": ours, "after_closure_s": closed}
    figures["stops_2000_s"], many = first(city, _grounds.spread(city, 2000), repeats)
    rows.append(
        ("  2,000 stops", f"{figures['stops_2000_s']:.3f} s", "", check(city, _grounds.spread(city, 2000), many, 20))
    )
    region = _grounds.synthetic(189_000, 500_000)
    (figures["edges_500k_s"], figures["edges_500k_after_closure_s"], _), more = case(
        "made-up region", region, [], repeats, rows=20
    )
    rows += more
    if np.isfinite(best):
        figures["ratio_best_rival"] = ours / best
    few = [name for name in names if name != "networkx"]
    real = _grounds.extracts()
    for name, network in {"grid": _grounds.grid(158), **real}.items():
        (ours, closed, best), more = case(name, network, few, repeats)
        rows += more
        figures |= {f"{name}_500_s": ours, f"{name}_after_closure_s": closed}
        if np.isfinite(best):
            figures[f"{name}_ratio_best_rival"] = ours / best
    if not real:
        rows.append(("real extracts", "", "", f"skipped: none in {_grounds.EXTRACTS}"))
    figures["peak_mib"] = peak(38_000, 100_000, 500)
    rows += [
        (f"budget {name}", f"{figures[name]:.3g}", f"{most:g}", f"{figures[name] / most:.2f}")
        for name, most in BUDGETS.items()
    ]
    return figures, rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rivals", default=",".join(RIVALS))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--peak", type=int, nargs=3, help=argparse.SUPPRESS)
    words = parser.parse_args()
    if words.peak:
        measure_peak(*words.peak)
        return
    names = [name for name in words.rivals.split(",") if name in RIVALS]
    with tempfile.TemporaryDirectory() as folder, cache.at(Path(folder)):
        figures, rows = run(names, words.repeats)
    show("matrix", figures, rows, as_json=words.json)


if __name__ == "__main__":
    main()
