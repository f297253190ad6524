"""The spine: how well and how fast the sample is planned, what two processes buy, and a division in memory.

``python -m benchmarks.spine [--seconds S] [--seeds N] [--division] [--json]``. Engines are compared at the same
wall-clock time, each against the OR-Tools engine in the same run.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import workbench as wb
from benchmarks._table import show

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "sample_data" / "river_crossing"
Figures = dict[str, float]
Rows = list[tuple[str, str, str, str]]


def _lost(problem: wb.Problem, plan: wb.Plan) -> float:
    """Return the shares left out, each priority a thousand times the next less urgent one; cost breaks ties."""
    served = wb.kpi.served_vector(problem, plan)
    whole = [0] * len(served)
    for d in problem.deliveries:
        whole[d.priority - 1] += d.share
    return sum((w - s) / 1e6 * 1000.0 ** (6 - n) for n, (w, s) in enumerate(zip(whole, served, strict=True)))


def engines(problem: wb.Problem, seconds: float, seeds: int) -> tuple[Figures, Rows]:
    """Compare the engines on the sample, seeds paired."""
    figures: Figures = {}
    rows: Rows = []
    costs: dict[str, list[float]] = {}
    unserved: dict[str, list[int]] = {}
    for seed in range(1, seeds + 1):
        for name in wb.engines.ENGINES:
            plan = wb.engines.solve(problem, name, wb.Budget(seconds=seconds), seed=seed, jobs=2)
            if wb.check.check(problem, plan):
                sys.exit(f"{name}, seed {seed}: the plan breaks a constraint.")
            costs.setdefault(name, []).append(float(plan.cost))
            unserved.setdefault(name, []).append(len(plan.unserved))
    for name, values in costs.items():
        figures[f"{name}_cost"] = statistics.median(values)
        figures[f"{name}_unserved"] = statistics.median(unserved[name])
        rival = statistics.median(costs["ortools"])
        rows.append((
            f"river_crossing, {name}, {seconds:g} s, median of {seeds}",
            f"{figures[f'{name}_unserved']:g} unserved, cost {figures[f'{name}_cost']:,.0f}",
            f"ortools: cost {rival:,.0f}",
            f"{figures[f'{name}_cost'] / rival:.3f}",
        ))  # fmt: skip
    return figures, rows


def processes(problem: wb.Problem, seconds: float, seeds: int) -> tuple[Figures, Rows]:
    """Compare two processes with one at the same wall-clock time."""
    results: dict[int, list[tuple[float, int]]] = {1: [], 2: []}
    for seed in range(1, seeds + 1):
        for jobs in (1, 2):
            plan = wb.engines.solve(problem, "pyvrp", wb.Budget(seconds=seconds), seed=seed, jobs=jobs)
            results[jobs].append((_lost(problem, plan), plan.cost))
    one, two = (statistics.median(cost for _, cost in results[jobs]) for jobs in (1, 2))
    lost = {jobs: statistics.median(value for value, _ in results[jobs]) for jobs in (1, 2)}
    figures = {"jobs2_cost_ratio": two / one, "jobs2_lost_more": float(lost[2] > lost[1])}
    rows: Rows = [
        (f"two processes, {seconds:g} s, median of {seeds}", f"{two:,.0f}", f"one: {one:,.0f}", f"{two / one:.3f}")
    ]
    return figures, rows


def command(words: list[str]) -> tuple[float, float, dict[str, object]]:
    """Run ``workbench`` and return its seconds, its peak memory in MiB (largest process) and its JSON."""
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "workbench", *words, "--json"], capture_output=True, check=True, cwd=ROOT
    )
    seconds = time.monotonic() - start
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, json.loads(done.stdout)


def commands(*, division: bool) -> tuple[Figures, Rows]:
    """Time the main job as people run it: the sample, and on request a division."""
    with tempfile.TemporaryDirectory() as folder:
        seconds, peak, body = command(["plan", str(SAMPLE), "--out", f"{folder}/out"])
        figures = {"sample_s": seconds, "sample_peak_mib": peak, "sample_violations": float(str(body["violations"]))}
        rows: Rows = [
            ("workbench plan river_crossing", f"{seconds:.1f} s, {peak:.0f} MiB", "budget 30 s", f"{seconds / 30:.2f}")
        ]
        if division:
            wb.generate.new(Path(folder) / "division", size="division", seed=1)
            seconds, peak, body = command(["plan", f"{folder}/division", "--seconds", "60", "--out", f"{folder}/div"])
            figures |= {
                "division_s": seconds,
                "division_peak_mib": peak,
                "division_violations": float(str(body["violations"])),
                "division_unserved": float(str(body["unserved"])),
            }
            measured = f"{seconds:.1f} s, {peak:.0f} MiB"
            rows.append(("workbench plan division, --seconds 60", measured, "4,096 MiB", f"{peak / 4096:.2f}"))
    return figures, rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--division", action="store_true", help="also plan a 600-delivery division for 60 s")
    parser.add_argument("--json", action="store_true")
    words = parser.parse_args()
    problem = wb.problem.build(wb.scenario.load(SAMPLE))
    figures, rows = engines(problem, words.seconds, words.seeds)
    for part in (processes(problem, words.seconds, words.seeds), commands(division=words.division)):
        figures |= part[0]
        rows += part[1]
    show("spine", figures, rows, as_json=words.json)


if __name__ == "__main__":
    main()
