"""From a `Scenario` to files: a folder, a workbook, a course of action, blank templates."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import tomlkit

from workbench.errors import UsageError
from workbench.formats import checks, geo, tabular, xlsx
from workbench.scenario import settings
from workbench.scenario.coas import SAFE_NAME
from workbench.scenario.model import CourseOfAction, Scenario, coa_dict
from workbench.scenario.reading import REQUIRED, THREATS, WORKBOOK
from workbench.schema import TABLES, describe

CARRIED = ("README.md", "basemap", "history", "staging", "speedbooks", "pooling.csv")
"""What `save` copies from the old folder without reading it."""
PART = 30_000
COURSES = """\
## coas/NAME.toml

A course of action: our choices, as differences from the tables. Every key may be left out.

| key | meaning |
|---|---|
| description | What it is about. |
| base | The course of action it starts from; default the tables as they stand. |
| close, reopen | Roads closed and opened: lists of edge_id. |
| speed_factor | Factors by profile, as in `speed_factor = {wheeled_medium = 0.8}`. |
| objective | Replaces the one of the settings. |
| threat | Replaces the one of the settings: a section `[threat]` with the `rule` that legs follow. |
| changes | Rows set, added and removed, each under a heading `[[changes]]`. |
| threats | Threats added, each under a heading `[[threats]]`: its `shape` as WKT, and what threats.geojson may say. |

A change names its `table`, its `op` and rows or values:

```toml
[[changes]]
table = "fleet"
op = "set"                      # new values for the rows that where finds
where = {vehicle_type = "TRUCK", depot = "N001"}
values = {count = 2}

[[changes]]
table = "fleet"
op = "remove"                   # the rows that where finds; where = "all" means each row
where = {vehicle_type = "BOAT"}

[[changes]]
table = "units"
op = "add"                      # one row
values = {unit_id = "U99", name = "Reserve", node_id = "N001"}
```

`set` and `remove` need `where`. The tables as changed must be as sound as the tables themselves:
`workbench validate` names the change that leaves two figures in conflict, or a row referring to
one that is gone.
"""
"""How courses of action are written."""


def save(scenario: Scenario, folder: str | Path, *, overwrite: bool = False) -> Path:
    """Write a scenario as a complete folder, with what the old folder carries beside the tables.

    Each file is written beside its place and moved there. Empty tables that are not required are left out.

    Raises
    ------
    UsageError
        When the folder exists with something in it and ``overwrite`` is not given, or is a file.
    """
    place = Path(folder)
    if place.exists() and (not place.is_dir() or (any(place.iterdir()) and not overwrite)):
        raise UsageError(f"{place} is there already. Choose another name, or allow overwriting it.")
    place.mkdir(parents=True, exist_ok=True)
    _carry(_home(scenario), place)
    for file, data in _files(scenario).items():
        (place / file).parent.mkdir(exist_ok=True)
        tabular.write_bytes(place / file, data)
    tabular.write_bytes(place / settings.FILE, settings.toml_text(_all_settings(scenario)).encode())
    for name, table in TABLES.items():
        if len(scenario.tables[name]) or name in REQUIRED:
            tabular.write_csv(place / table.file, scenario.tables[name], table)
        else:
            (place / table.file).unlink(missing_ok=True)
    return place


def _home(scenario: Scenario) -> Path | None:
    path = scenario.path
    return path.parent if path is not None and path.is_file() else path


def _carry(old: Path | None, new: Path) -> None:
    """Copy what belongs to the scenario but is not read; a folder saved over itself keeps it as it is."""
    if old is None or not old.is_dir() or old.resolve() == new.resolve():
        return
    for name in CARRIED:
        source = old / name
        if source.is_dir():
            shutil.copytree(source, new / name, dirs_exist_ok=True)
        elif source.is_file():
            shutil.copyfile(source, new / name)


def _files(scenario: Scenario) -> dict[str, bytes]:
    """Return the text files beside the tables: threats and courses of action."""
    out = {f"coas/{name}.toml": coa_text(coa).encode() for name, coa in sorted(scenario.coas.items())}
    if scenario.threats.get("features"):
        out[THREATS] = geo.geojson_bytes(scenario.threats)
    return out


def _all_settings(scenario: Scenario) -> dict[str, Any]:
    return {**scenario.settings, "name": scenario.name, "marking": scenario.marking}


def coa_text(coa: CourseOfAction) -> str:
    """Return a course of action as the text of its file."""
    whole = coa_dict(coa)
    lists = {key: whole.pop(key, []) for key in ("changes", "threats")}
    document = tomlkit.document()
    for key, value in whole.items():
        document[key] = value
    for name, rows in lists.items():
        if rows:
            document[name] = _sections(rows)
    return tomlkit.dumps(document)


def _sections(rows: Sequence[Mapping[str, Any]]) -> Any:
    """Return tables as the sections ``[[name]]`` of a TOML file."""
    sections = tomlkit.aot()
    for row in rows:
        section = tomlkit.table()
        for key, value in row.items():
            section[key] = _inline(value) if isinstance(value, dict) else value
        sections.append(section)
    return sections


def _inline(values: dict[str, Any]) -> Any:
    out = tomlkit.inline_table()
    out.update(values)
    return out


def save_coa(scenario: Scenario, coa: CourseOfAction, *, overwrite: bool = False) -> Path:
    """Write a course of action into the scenario's folder as ``coas/NAME.toml``.

    Raises
    ------
    UsageError
        When the scenario stands in no folder, the name can't name a file, or the file exists.
    """
    home = _home(scenario)
    if home is None:
        raise UsageError("The scenario stands in no folder yet; save it first.")
    if not SAFE_NAME.fullmatch(coa.name):
        raise UsageError(f"{coa.name!r} can't name a course of action; use letters, digits, spaces, - and _.")
    path = home / "coas" / f"{coa.name}.toml"
    if path.exists() and not overwrite:
        raise UsageError(
            f"The course of action {coa.name!r} is there already. Choose another name, or allow overwriting it."
        )
    path.parent.mkdir(exist_ok=True)
    tabular.write_bytes(path, coa_text(coa).encode())
    return path


def to_xlsx(scenario: Scenario, path: str | Path) -> Path:
    """Write a scenario as one workbook: a sheet a table, one of settings, one of the other files' text.

    Raises
    ------
    UsageError
        When a cell is longer than a spreadsheet can hold.
    """
    place = Path(path)
    values = _all_settings(scenario)
    keys = [s.name for s in settings.SETTINGS if s.name in values] + sorted(
        set(values) - {s.name for s in settings.SETTINGS}
    )
    rows = [["key", "value"], *([key, settings.to_text(key, values[key])] for key in keys)]
    others = {"scenario": rows}
    files = [
        [file, str(at), part]
        for file, data in _files(scenario).items()
        for at, part in enumerate(_parts(data.decode()), 1)
    ]
    if files:
        others["files"] = [["path", "part", "text"], *files]
    tables = {
        name: (scenario.tables[name], table)
        for name, table in TABLES.items()
        if len(scenario.tables[name]) or name in REQUIRED
    }
    xlsx.write_xlsx(place, tables, others)
    return place


def _parts(text: str) -> Iterator[str]:
    """Cut a text into parts that a cell holds, never at a blank that reading could strip."""
    while len(text) > PART:
        cut = max(text.rfind("\n", 1, PART), text.rfind(",", 1, PART)) + 1 or PART
        yield text[:cut]
        text = text[cut:]
    yield text


def blank(folder: str | Path, *, workbook: bool = False) -> Path:
    """Write blank templates: a file with its header for every table, settings, and a list of the columns.

    With ``workbook`` the templates are sheets of one ``scenario.xlsx``.

    Raises
    ------
    UsageError
        When the folder exists with something in it.
    """
    place = Path(folder)
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise UsageError(f"{place} is there already. Choose another name.")
    place.mkdir(parents=True, exist_ok=True)
    values = {
        "name": place.resolve().name,
        "as_of": "2026-05-01T04:00:00Z",
        "horizon_h": 24,
        "marking": settings.DEFAULT_MARKING,
    }
    if workbook:
        rows = [["key", "value"], *([k, settings.to_text(k, v)] for k, v in values.items())]
        tables = {name: (checks.empty(table), table) for name, table in TABLES.items()}
        xlsx.write_xlsx(place / WORKBOOK, tables, {"scenario": rows})
    else:
        for table in TABLES.values():
            tabular.write_csv(place / table.file, checks.empty(table), table)
        tabular.write_bytes(place / settings.FILE, settings.toml_text(values).encode())
    tabular.write_bytes(place / "README.md", guide(values["name"]).encode())
    return place


def guide(name: object) -> str:
    """Return the Markdown that explains every file and column of a scenario folder."""
    lines = [
        f"# {name}",
        "",
        "Fill in the tables and plan. Columns may be left out unless they are required.",
        "",
        f"`{settings.FILE}` holds the settings:",
        "",
        "| setting | default | meaning |",
        "|---|---|---|",
    ]
    lines += [f"| {s.name} | {'' if s.default is None else s.default} | {_cell(s.help)} |" for s in settings.SETTINGS]
    for table in TABLES.values():
        needed = " Required." if table.name in REQUIRED else ""
        lines += [
            "",
            f"## {table.file}",
            "",
            f"{table.help}{needed}",
            "",
            "| column | kind | unit | allowed | required | default | meaning |",
            "|---|---|---|---|---|---|---|",
        ]
        lines += ["| " + " | ".join(_cell(v) for v in row.values()) + " |" for row in describe(table)]
    return "\n".join([*lines, "", COURSES])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
