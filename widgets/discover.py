"""Which scenarios and plans there are to open."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import workbench as wb
from workbench.errors import PlanFileError, UsageError

_ROOT = Path(__file__).parents[1]
_MARKING = re.compile(r"""^[ \t]*marking[ \t]*=[ \t]*(["'])(.*)\1""", re.MULTILINE)
UNKNOWN_MARKING = "MARKING NOT READ: PROTECT AS THE HIGHEST IN USE"
"""Stands on the page of a scenario whose settings do not say how it is marked."""


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A plan file found on disk, with what the picker shows of it."""

    path: Path
    scenario: str
    coa: str
    label: str


def scenario_folders() -> tuple[Path, ...]:
    """Return the scenario of ``WORKBENCH_SCENARIO`` first, then those in the sample data and its siblings."""
    found: list[Path] = []
    given = os.environ.get("WORKBENCH_SCENARIO", "")
    if given:
        found += [Path(given).resolve(), *_scenarios_in(Path(given).resolve().parent)]
    for base in _upward("sample_data"):
        found += sorted(_scenarios_in(base), key=lambda p: (p.name != "river_crossing", p.name))
    return tuple(dict.fromkeys(found))


def sample(path: str) -> Path:
    """Return a file of the sample data, looked for as `scenario_folders` does.

    Raises
    ------
    UsageError
        When it is not there; the samples come with the source.
    """
    for base in _upward("sample_data"):
        if (base / path).is_file():
            return base / path
    raise UsageError(f"There is no sample_data/{path} here or above. The samples come with the source.")


def plan_files(scenario: str, out: Path | None = None) -> tuple[PlanFile, ...]:
    """Return the plans of the scenario in the out folder (``WORKBENCH_OUT``, else ``out``) and its subfolders."""
    folders = [out] if out else _out_folders()
    found = []
    for folder in folders:
        for path in [folder / "plan.json", *sorted(folder.glob("*/plan.json"))]:
            if path.is_file():
                found += _described(path, folder, scenario)
    return tuple(dict.fromkeys(found))


def marking(place: Path) -> str:
    """Return the marking of a scenario that does not open: what its settings state, else that it is not known."""
    home = place.parent if place.is_file() else place
    if not home.is_dir():
        return ""
    try:
        stated = _MARKING.search((home / "scenario.toml").read_text("utf-8-sig", "replace"))
    except OSError:
        stated = None
    return (stated[2].strip() if stated else "") or UNKNOWN_MARKING


def out_folder() -> Path:
    """Return where plans made on a page are kept."""
    return next(iter(_out_folders()), Path("out")).resolve()


def signature() -> tuple[object, ...]:
    """Return what tells whether opening a session now would bring what it brought before."""
    folders = scenario_folders()
    files = [p for folder in (*folders[:1], *_out_folders()) for p in sorted(folder.rglob("*")) if p.is_file()]
    return (folders, *((p, s.st_mtime_ns, s.st_size) for p in files for s in [p.stat()]))


def _described(path: Path, folder: Path, scenario: str) -> list[PlanFile]:
    try:
        plan = wb.plan.read(path)
    except (PlanFileError, OSError):
        return []  # a broken file can't be offered; opening it by name says what is wrong
    if plan.scenario != scenario:
        return []
    place = path.parent.relative_to(folder).as_posix()
    return [
        PlanFile(
            path.resolve(),
            plan.scenario,
            plan.coa,
            f"{plan.coa} · {plan.engine}" + (f" · {place}" if place != "." else ""),
        )
    ]


def _scenarios_in(folder: Path) -> list[Path]:
    return sorted(p.parent.resolve() for p in folder.glob("*/scenario.toml"))


def _out_folders() -> list[Path]:
    given = os.environ.get("WORKBENCH_OUT", "")
    return [Path(given)] if given else _upward("out")


def _upward(name: str) -> list[Path]:
    """Return folders of that name beside the working folder or above it, then the checkout's."""
    here = Path.cwd()
    places = [here, *here.parents, _ROOT]
    return list(dict.fromkeys(p / name for p in places if (p / name).is_dir()))
