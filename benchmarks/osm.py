"""Roads from OpenStreetMap: how long an import takes, what it counts, and whether its routes are as long as another's.

The command's seconds are those of ``workbench import osm FILE --into NEW`` as a whole: interpreter, graph, map, checks.

``python -m benchmarks.osm [FILE …] [--pairs N] [--rival PYTHON] [--json]``. Without files the extracts beside the
project are taken (../shared/osm). The rival is pyroutelib3, which reads the same file by itself; ``--rival`` names an
interpreter that has it (``pip install pyroutelib3`` in a venv of its own). Both minimise length, once with turn
restrictions off, once with them on; barriers, which the rival does not know, are off in both. The rival turns round
anywhere on a road, or nowhere; ours at junctions, so with restrictions on the lengths lie between its two answers.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import workbench as wb
from benchmarks._table import show
from workbench import fleet
from workbench.formats import checks
from workbench.ground import roads
from workbench.ground.matrix import RoadTravel
from workbench.ground.network import Roads
from workbench.ground.pieces import strong
from workbench.schema import TABLES

HERE = Path(__file__).parent
EXTRACTS = HERE.parents[1] / "shared" / "osm"
COUNTED = ("nodes", "edges", "km (directed)", "turns", "bridge_edges")
BANDS = {
    "andorra-250119.osm.pbf": (5_783, 11_612, 1_618, 64, 521),
    "liechtenstein-240304.osm.pbf": (7_939, 17_297, 1_829, 72, 412),
}
"""What a prototype counted; ten per cent off are within the band."""
AIM = 0.02
Rows = list[tuple[str, str, str, str]]


@dataclass(frozen=True, slots=True)
class Import:
    """A network ready for a profile, and the seconds of one core that it took."""

    found: Roads
    seconds: float


def ready(file: Path) -> Import:
    """Import a file up to the barriers of one profile."""
    start = time.process_time()
    found = wb.network.from_osm(file)
    network_of(found).barriers(roads.Limits("wheeled_medium", 14.0, 2.85, 2.44))
    return Import(found, time.process_time() - start)


def command(file: Path) -> float:
    """Import a file from the command line into a new folder, map and all; return the seconds of one core."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, "-m", "workbench", "import", "osm", str(file), "--into", f"{folder}/new", "--json"]
        subprocess.run(words, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def counted(found: Roads) -> dict[str, float]:
    """Return what the bands speak of."""
    both = found.edges["length_m"] * (2 - found.edges["oneway"])
    return {**found.counts, "km (directed)": float(both.sum()) / 1000}


def network_of(found: Roads, *, flat: bool = False) -> roads.Network:
    """Return the network for the built-in profiles, or for one that drives alike everywhere: fastest is shortest."""
    tables = {**found.tables, "closures": checks.empty(TABLES["closures"])}
    profiles = fleet.default_profiles()
    if flat:
        profiles = profiles[profiles["profile"] == "wheeled_medium"].assign(day_kmh=36.0)
        tables["edges"] = found.edges.assign(speed_kmh=np.nan, gradient_pct=np.nan)
    return roads.network(tables, profiles, as_of=datetime(2026, 5, 1, 6, tzinfo=UTC), horizon_s=3600)


def pairs_of(found: Roads, count: int) -> list[tuple[str, str]]:
    """Return random pairs of nodes of the main network where no turn is banned, so that every pair has a way."""
    at = {name: row for row, name in enumerate(found.nodes["node_id"])}
    ends = np.array([(at[a], at[b]) for a, b in zip(found.edges["from"], found.edges["to"], strict=True)])
    part = strong(len(at), ends, found.edges["oneway"].to_numpy(np.bool_))
    via = set(found.turns["via_node"])
    names = [name for name, where in zip(found.nodes["node_id"], part, strict=True) if where == 0 and name not in via]
    chosen = np.random.default_rng(7).choice(len(names), (count, 2))
    return [(names[a], names[b]) for a, b in chosen.tolist() if a != b]


def ours(found: Roads, pairs: list[tuple[str, str]], *, turns: bool) -> list[float]:
    """Return the metres of our shortest ways; nan for none."""
    kept = found.turns[~found.turns["reason"].str.startswith("barrier")] if turns else found.turns.iloc[:0]
    tables = Roads(found.nodes, found.edges, kept, (), {}, found.components)
    places = sorted({node for pair in pairs for node in pair})
    spot = {node: row for row, node in enumerate(places)}
    limits = roads.Limits("wheeled_medium")
    travel = RoadTravel(network_of(tables, flat=True), places, {limits.key: limits})
    legs = (travel.leg(limits.key, spot[a], spot[b], 0) for a, b in pairs)
    return [float("nan") if leg is None else float(leg[1]) for leg in legs]


def theirs(
    file: Path, pairs: list[tuple[str, str]], python: str, *, turns: bool, around: bool = True
) -> NDArray[np.float64]:
    """Return the metres of the rival's shortest ways; nan for none."""
    numbers = [(int(a[1:]), int(b[1:])) for a, b in pairs]
    asked = json.dumps({"pairs": numbers, "turns": turns, "around": around})
    done = subprocess.run(
        [python, str(HERE / "_routing.py"), str(file)], input=asked,
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return np.array([np.nan if m is None else m for m in json.loads(done.stdout)["metres"]], dtype=np.float64)


def compared(file: Path, found: Roads, pairs: list[tuple[str, str]], python: str) -> tuple[dict[str, Any], Rows]:
    """Compare routes with the rival's, turn restrictions off and on."""
    figures: dict[str, Any] = {}
    rows: Rows = []
    for turns in (False, True):
        a = np.array(ours(found, pairs, turns=turns))
        b = theirs(file, pairs, python, turns=turns)
        both = ~np.isnan(a) & ~np.isnan(b)
        off = np.abs(a - b)[both] / np.maximum(b[both], 1.0)
        name = f"{file.name}, turns {'on' if turns else 'off'}"
        near = off <= AIM
        key = f"{file.name.split('-')[0]}_{'on' if turns else 'off'}"
        figures |= {f"{key}_within": float(near.mean()), f"{key}_worst": float(off.max()),
                    f"{key}_one_has_no_way": int((np.isnan(a) != np.isnan(b)).sum())}  # fmt: skip
        rows += [
            (f"{name}: pairs within 2 %", f"{near.sum()}", f"{len(pairs)}", f"{100 * near.mean():.1f} %"),
            (f"{name}: worst, median", f"{100 * off.max():.2f} %", f"{100 * np.median(off):.2f} %", ""),
            (f"{name}: a way only in one", f"{int((np.isnan(a) & ~np.isnan(b)).sum())} theirs",
             f"{int((~np.isnan(a) & np.isnan(b)).sum())} ours", ""),
        ]  # fmt: skip
        if turns:
            never = theirs(file, pairs, python, turns=True, around=False)
            most = np.where(np.isnan(never), np.inf, never)
            between = int(((a >= b * (1 - AIM)) & (a <= most * (1 + AIM))).sum())
            figures[f"{key}_between"] = between / len(pairs)
            rows.append((f"{name}: between its turning round and never", f"{between}", f"{len(pairs)}",
                         f"{100 * between / len(pairs):.1f} %"))  # fmt: skip
    return figures, rows


def main() -> None:
    """Import each file, count, and compare routes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--rival", default=sys.executable, help="interpreter that has pyroutelib3")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    files = asked.files or [EXTRACTS / name for name in BANDS if (EXTRACTS / name).is_file()]
    if not files:
        sys.exit(f"There is no extract in {EXTRACTS}; name an OpenStreetMap file.")
    figures: dict[str, Any] = {}
    rows: Rows = []
    for file in files:
        done = ready(file)
        counts, name = counted(done.found), file.name.split("-")[0]
        seconds = min(command(file) for _ in range(3))
        figures |= {f"{name}_seconds": done.seconds, f"{name}_command_seconds": seconds}
        figures |= {f"{name}_{what.split(' ')[0]}": round(counts[what]) for what in COUNTED}
        rows.append((f"{file.name}: ready, s of one core", f"{done.seconds:.2f}", "3.00", f"{3 / done.seconds:.1f} x"))
        rows.append((f"{file.name}: the command with its map, s", f"{seconds:.2f}", "3.00", f"{3 / seconds:.1f} x"))
        for what, expected in zip(COUNTED, BANDS.get(file.name, ()), strict=False):
            off = f"{100 * (counts[what] / expected - 1):+.1f} %"
            rows.append((f"{file.name}: {what}", f"{counts[what]:,.0f}", f"{expected:,}", off))
        found, more = compared(file, done.found, pairs_of(done.found, asked.pairs), asked.rival)
        figures |= found
        rows += more
    show("osm (router: pyroutelib3)", figures, rows, as_json=asked.json)


if __name__ == "__main__":
    main()
