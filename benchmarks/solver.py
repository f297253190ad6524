"""How good plans are after equal time: ours and the rivals' on public benchmark instances, paired in one run.

``python -m benchmarks.solver [--instances DIR] [--only NAME,…] [--seconds S] [--seeds N] [--jobs N]
[--rivals pyvrp,ortools,vroom | all | none] [--json]``. Every answer is checked and costed by the workbench's own
checker. The clock starts when an instance is in the solver's own form; a rival has one process, ours all cores.
``make rivals`` installs VROOM. A gap is by how many percent an answer costs more than the best known; a gap ratio is
the mean of our gaps by the mean of the rival's (at least 0.05 %) over instances and seeds.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks._solvers import SOLVERS, refusal
from benchmarks._table import show
from workbench import instances
from workbench.errors import WorkbenchError
from workbench.formats.benchmarks import Solution
from workbench.instances import Setting

ROOT = Path(__file__).parents[1]
INSTANCES = ROOT.parent / "shared" / "benchmarks"
PLAIN = {"CVRP", "ACVRP", "VRPTW", "CVRPTW"}
CLASSES = {250: (10.0,), 1000: (10.0, 30.0, 60.0), 6000: (60.0,), 30000: (60.0,)}
"""Up to so many clients, plain instances are solved for these seconds each; the others, of rich families, for 10."""
BUDGETS = {
    "gap_ratio_250_10s": 1.0, "gap_ratio_1000_10s": 0.6, "gap_ratio_1000_30s": 0.6, "gap_ratio_1000_60s": 0.75,
    "gap_ratio_6000_60s": 0.35, "gap_30000_60s": 5.0, "first_plan_1000_s": 0.2, "first_plan_6000_s": 1.0,
    "first_plan_30000_s": 3.0, "peak_30000_mib": 1024.0,
}  # fmt: skip
LEAST_GAP = 0.05
PATIENCE_S = 300.0
"""Who takes so much longer than the search may take, reading included, is stopped."""
MODULES = {"pyvrp": "pyvrp", "ortools": "ortools", "vroom": "vroom"}
Figures = dict[str, float]
Rows = list[tuple[str, str, str, str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a solver made of one instance in one run, as our checker sees it; ``note`` says why there is no gap."""

    file: str
    clients: int
    rich: bool
    seconds: float
    seed: int
    solver: str
    cost: float | None
    vehicles: int
    gap: float | None
    first_s: float | None
    ready_s: float
    search_s: float
    peak_mib: float
    note: str = ""

    @property
    def key(self) -> tuple[float, float]:
        """Return what answers to one instance compare by: vehicles where the fewest come first, then cost."""
        return (float("inf"), 0.0) if self.cost is None else (float(self.vehicles), self.cost)


def size_class(clients: int) -> int:
    """Return the class of an instance by its clients: the smallest that holds it, else the largest."""
    return next((most for most in CLASSES if clients <= most), max(CLASSES))


def race(file: Path, setting: Setting, name: str, seconds: float, seed: int, jobs: int) -> Answer:
    """Run one solver in a process of its own and judge what it answers."""
    words = [name, str(file), setting.rounding.word, str(seconds), str(seed), str(jobs)]
    done, peak = _watched([sys.executable, "-m", "benchmarks._solvers", *words], seconds + PATIENCE_S)
    rich = setting.instance.family not in PLAIN
    blank = Answer(
        file.name, setting.instance.clients, rich, seconds, seed, name, None, 0, None, None, 0.0, 0.0, peak
    )  # fmt: skip
    if done is None:
        return _noted(blank, "it failed, or did not end")
    found = json.loads(done)
    if not any(found["routes"]):
        return _noted(blank, "it found nothing", found)
    plan = instances.plan_of(setting, Solution(tuple(map(tuple, found["routes"]))))
    violations = instances.check(setting, plan)
    if violations:
        return _noted(blank, f"not feasible: {violations[0].text}", found)
    best = instances.best(setting, file)
    return Answer(
        file.name, setting.instance.clients, rich, seconds, seed, name, float(setting.shown(plan)),
        len(plan.routes) if setting.per_vehicle else 0, best.gap_percent(setting, plan) if best else None,
        found["first_s"], found["ready_s"], found["search_s"], peak,
    )  # fmt: skip


def _noted(blank: Answer, note: str, found: dict[str, float] | None = None) -> Answer:
    times = {} if found is None else {name: found[name] for name in ("ready_s", "search_s")}
    fields = {name: getattr(blank, name) for name in Answer.__dataclass_fields__}
    return Answer(**{**fields, **times, "note": note})


def _watched(words: Sequence[str], most_s: float) -> tuple[str | None, float]:
    """Return what a process prints (None when it fails or doesn't end) and the most memory that it held, in MiB.

    Its children count too.
    """
    child = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    watched, peak, start = psutil.Process(child.pid), 0, time.monotonic()
    while child.poll() is None:
        if time.monotonic() - start > most_s:
            child.kill()
        held = 0
        for process in _family(watched):
            try:
                held += process.memory_info().rss
            except psutil.Error:
                continue
        peak = max(peak, held)
        time.sleep(0.1)
    said = child.stdout.read() if child.stdout else ""
    return (said if child.returncode == 0 else None), peak / 2**20


def _family(process: psutil.Process) -> list[psutil.Process]:
    try:
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def answers(files: Sequence[Path], names: Sequence[str], words: argparse.Namespace) -> Iterator[Answer]:
    """Yield every solver's answers, instance by instance, the solvers of a pair one after another."""
    for file in files:
        setting = instances.load(file)
        rich = setting.instance.family not in PLAIN
        times = (10.0,) if rich else CLASSES[size_class(setting.instance.clients)]
        for seconds in (words.seconds,) if words.seconds else times:
            for seed in range(1, words.seeds + 1):
                for name in ("ours", *names):
                    if not refusal(name, setting):
                        yield _told(race(file, setting, name, seconds, seed, words.jobs))


def _told(answer: Answer) -> Answer:
    """Say on stderr what came of a run, for people who wait."""
    gap = answer.note or ("no best known to compare with" if answer.gap is None else f"gap {answer.gap:.2f} %")
    cost = "" if answer.cost is None else f", cost {answer.cost:,.10g}"
    fleet = f", {answer.vehicles} vehicles" if answer.vehicles else ""
    what = f"{answer.file} {answer.seconds:g} s seed {answer.seed} {answer.solver}"
    sys.stderr.write(f"{what}: {gap}{cost}{fleet}, {answer.search_s:.1f} s, {answer.peak_mib:.0f} MiB\n")
    return answer


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return the mean of our gaps by the mean of theirs, which counts as 0.05 % at least."""
    return statistics.mean(ours) / max(statistics.mean(theirs), LEAST_GAP)


def figures_of(found: Sequence[Answer]) -> Figures:
    """Return the gap ratios by class and seconds, gaps of the largest, first plans and memory."""
    out: Figures = {}
    plain = [a for a in found if not a.rich]
    for most in CLASSES:
        mine = [a for a in plain if size_class(a.clients) == most]
        for seconds in sorted({a.seconds for a in mine}):
            pairs = _paired([a for a in mine if a.seconds == seconds])
            if pairs:
                out[f"gap_ratio_{most}_{seconds:g}s"] = ratio(*zip(*pairs, strict=True))
            gaps = [a.gap for a in mine if a.solver == "ours" and a.seconds == seconds and a.gap is not None]
            if gaps:
                out[f"gap_{most}_{seconds:g}s"] = statistics.mean(gaps)
        firsts = [a.first_s for a in mine if a.solver == "ours" and a.first_s is not None]
        if firsts:
            out[f"first_plan_{most}_s"] = max(firsts)
        if any(a.solver == "ours" for a in mine):
            out[f"peak_{most}_mib"] = max(a.peak_mib for a in mine if a.solver == "ours")
    level = [key <= best for key, best in _rich(found)]
    if level:
        out["rich_level_share"] = sum(level) / len(level)
    return out


def _paired(found: Sequence[Answer]) -> list[tuple[float, float]]:
    """Return (our gap, PyVRP's) of every instance and seed that both have a gap for."""
    gaps = {(a.file, a.seed, a.solver): a.gap for a in found if a.gap is not None}
    return [
        (gap, gaps[f, s, "pyvrp"]) for (f, s, who), gap in gaps.items() if who == "ours" and (f, s, "pyvrp") in gaps
    ]


def _rich(found: Sequence[Answer]) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Return (our answer, the best rival's) on rich instances that some rival was given."""
    runs: dict[tuple[str, float, int], dict[str, tuple[float, float]]] = {}
    for a in found:
        if a.rich:
            runs.setdefault((a.file, a.seconds, a.seed), {})[a.solver] = a.key
    return [
        (run["ours"], min(key for name, key in run.items() if name != "ours"))
        for run in runs.values()
        if "ours" in run and len(run) > 1
    ]


def rows_of(found: Sequence[Answer], figures: Figures, skipped: Sequence[tuple[str, str]]) -> Rows:
    """Return a line for each instance, time and rival, then the budgets, then what was left out."""
    rows: Rows = []
    for file, seconds in dict.fromkeys((a.file, a.seconds) for a in found):
        some = [a for a in found if (a.file, a.seconds) == (file, seconds)]
        mine = _shown([a for a in some if a.solver == "ours"])
        rivals = dict.fromkeys(a.solver for a in some if a.solver != "ours")
        for name in rivals or [""]:
            theirs = [a for a in some if a.solver == name]
            rows.append((f"{file}, {seconds:g} s", mine, f"{name}: {_shown(theirs)}" if theirs else "", ""))
    for name, value in figures.items():
        budget = BUDGETS.get(name)
        against = ("", "") if budget is None else (f"{budget:g}", f"{value / budget:.2f}")
        rows.append((name, f"{value:.3g}", *against))
    return rows + [(file, "", why, "") for file, why in skipped]


def _shown(found: Sequence[Answer]) -> str:
    gaps = [a.gap for a in found if a.gap is not None]
    if gaps:
        return f"{statistics.mean(gaps):.2f} %"
    costs = [a.cost for a in found if a.cost is not None]
    fleet = {a.vehicles for a in found if a.vehicles}
    words = f" with {'/'.join(map(str, sorted(fleet)))} vehicles" if fleet else ""
    return f"{statistics.mean(costs):,.10g}{words}" if costs else next((a.note for a in found), "")


def chosen(folder: Path, only: str) -> list[Path]:
    """Return the instances of a folder, or a file, smallest first; ``only`` names some of them."""
    files = [folder] if folder.is_file() else sorted(p for p in folder.glob("*") if p.suffix in (".vrp", ".txt"))
    names = {name for name in only.split(",") if name}
    files = [p for p in files if not names or names & {p.name, p.stem}]
    return sorted(files, key=lambda p: (p.stat().st_size, p.name))


def rivals(text: str) -> tuple[list[str], list[tuple[str, str]]]:
    """Return the rivals asked for that are installed, and those that are not, with what to do."""
    asked = list(MODULES) if text == "all" else [name for name in text.split(",") if name in SOLVERS and name != "ours"]
    there = [name for name in asked if importlib.util.find_spec(MODULES[name])]
    return there, [(name, "not installed: make rivals") for name in asked if name not in there]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--instances", type=Path, default=INSTANCES, help="a folder of instances, or one of them")
    parser.add_argument("--only", default="", help="names of some of them, separated by commas")
    parser.add_argument("--seconds", type=float, help="for every instance; default by size")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--rivals", default="pyvrp", help="pyvrp, ortools, vroom, all or none")
    parser.add_argument("--json", action="store_true")
    words = parser.parse_args()
    names, skipped = rivals(words.rivals)
    files = []
    for file in chosen(words.instances, words.only):
        try:
            setting = instances.load(file)
        except WorkbenchError as error:
            skipped.append((file.name, str(error).splitlines()[0]))
            continue
        files.append(file)
        skipped += [(file.name, f"{name}: {why}") for name in names if (why := refusal(name, setting))]
    if not files:
        skipped.append((str(words.instances), "no instances here"))
    found = list(answers(files, names, words))
    figures = figures_of(found)
    show("solver", figures, rows_of(found, figures, skipped), as_json=words.json)


if __name__ == "__main__":
    main()
