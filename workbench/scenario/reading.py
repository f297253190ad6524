"""From a folder or a workbook to a `Scenario`: read everything, find everything, raise once."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.errors import Finding, raise_on_errors
from workbench.formats import checks, geo, tabular, xlsx
from workbench.formats.checks import Loaded
from workbench.formats.tabular import Sheet
from workbench.ground.threat.areas import check as check_properties
from workbench.scenario import coa_checks, coas, lacking, rules, settings
from workbench.scenario.model import CourseOfAction, Scenario
from workbench.scenario.places import check_threats
from workbench.schema import TABLES

WORKBOOK = "scenario.xlsx"
THREATS = "threats.geojson"
REQUIRED = ("nodes", "requisitions", "fleet", "edges")
MAX_COAS = 500
NOT_WORKBOOKS = (".csv", ".geojson", ".json", ".md", ".parquet", ".toml", ".txt", ".tsv")


@dataclass(slots=True)
class Source:
    """What a place on disk holds, before anything is checked."""

    name: str
    path: Path
    workbook: str = ""
    sheets: dict[str, Sheet] = field(default_factory=dict)
    texts: dict[str, bytes] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    readable: bool = True


def load(path: str | Path) -> Scenario:
    """Read a scenario folder, or its form as one workbook.

    Findings that are only warnings come with the scenario as ``warnings``.

    Raises
    ------
    InputError
        When anything in it is wrong; its ``findings`` are all that `validate` lists.
    """
    scenario, findings = read(path)
    raise_on_errors(findings)
    assert scenario is not None  # without errors there is a scenario
    return scenario.replace(warnings=tuple(findings))


def validate(path: str | Path) -> list[Finding]:
    """Return everything wrong with a scenario folder, workbook or single table, in order of file and row.

    A path that doesn't exist or is something else gives a finding too; nothing is raised.
    """
    place = Path(path)
    if place.is_file() and place.suffix.lower() == ".csv" and place.stem.lower() in TABLES:
        if not (place.parent / settings.FILE).is_file():
            return _sorted(checks.check(tabular.read_csv(place), TABLES[place.stem.lower()]).findings())
        return [f for f in read(place.parent)[1] if f.file.lower() == place.name.lower()]
    return read(place)[1]


def _sorted(findings: list[Finding]) -> list[Finding]:
    return sorted(set(findings))


def read(path: str | Path) -> tuple[Scenario | None, list[Finding]]:
    """Return a scenario as far as it can be read, and everything wrong with it; None where there is none to read."""
    source = _source(Path(path))
    if not source.readable:
        return None, _sorted(source.findings)
    values, findings = _checked_settings(source)
    tables = {name: _table(source, name) for name in TABLES}
    rules.check(tables)
    lacking.check(tables, values)
    if "as_of" in values:
        rules.overdue(tables["requisitions"], settings.as_of(values))
    read, found = _coas(source)
    findings += found
    threats, found = _threats(source, tables["nodes"])
    findings += found
    scenario = Scenario(
        name=values["name"],
        path=source.path,
        as_of=settings.as_of(values),
        horizon_s=settings.horizon_s(values),
        marking=values["marking"],
        settings=values,
        tables={name: loaded.frame for name, loaded in tables.items()},
        threats=threats,
        coas=read,
    )
    findings += coa_checks.check(scenario, tables, source.texts)
    findings += checks.findings_of(tables.values())
    return scenario, _sorted([*source.findings, *findings])


def _source(path: Path) -> Source:
    """Open a path: a folder of tables, a folder with a workbook, or a workbook."""
    source = Source(path.stem or path.name, path)
    if path.is_dir():
        source.name = path.resolve().name
        _folder(source, path)
    elif path.is_file() and path.name == settings.FILE:
        return _source(path.parent)
    elif path.is_file() and path.suffix.lower() not in NOT_WORKBOOKS:
        _workbook(source, path)
    elif path.is_file():
        wanted = "a scenario folder, one of its tables, or scenario.xlsx"
        _refuse(source, path.name, "FILE_KIND", wanted, f"a {path.suffix.lower()} file", "Name the folder it is in.")
    else:
        _refuse(
            source,
            path.name,
            "MISSING_FILE",
            "a scenario folder or scenario.xlsx",
            "nothing of that name",
            "Check the path, or make one with: workbench new DIR",
        )
    return source


def _refuse(source: Source, file: str, code: str, expected: str, got: str, remedy: str) -> None:
    source.findings.append(Finding(file, "", 0, "", "error", code, expected, got, remedy))
    source.readable = False


def _folder(source: Source, folder: Path) -> None:
    names = _named(source, folder)
    csvs = {name: names[f"{name}.csv"] for name in TABLES if f"{name}.csv" in names}
    if WORKBOOK in names and settings.FILE not in names:
        _workbook(source, names[WORKBOOK])
        for name in csvs:
            remedy = f"{name}.csv is not read. Remove it, or write scenario.toml and remove {WORKBOOK}."
            one = "one form of the tables"
            source.findings.append(
                Finding(f"{name}.csv", "", 0, "", "warning", "UNREAD", one, f"{WORKBOOK} too", remedy)
            )
    elif WORKBOOK in names:
        got = f"{WORKBOOK} too"
        remedy = f"{WORKBOOK} is not read. Remove it, or validate and plan it by its own path."
        source.findings.append(Finding(WORKBOOK, "", 0, "", "warning", "UNREAD", "one form of the tables", got, remedy))
    elif not csvs and settings.FILE not in names:
        got = "none of its files" if any(folder.iterdir()) else "an empty folder"
        _refuse(
            source,
            folder.name,
            "MISSING_FILE",
            "a folder with scenario.toml, nodes.csv, requisitions.csv, fleet.csv, edges.csv",
            got,
            "Make one with: workbench new DIR",
        )
        return
    for single in (settings.FILE, THREATS):
        if single in names and single not in source.texts:
            source.texts[single] = _bytes(source, names[single])
    if not source.workbook:
        source.sheets |= {name: tabular.read_csv(file) for name, file in csvs.items()}
        strange = [n for n in names if n.endswith((".csv", ".csv.txt")) and n.removesuffix(".csv") not in TABLES]
        _unread(source, strange)
        for name in REQUIRED:
            if name not in source.sheets:
                near = difflib.get_close_matches(f"{name}.csv", strange, 1, 0.7)
                source.findings.append(Finding(
                    f"{name}.csv", "", 0, "", "error", "MISSING_FILE", TABLES[name].help.rstrip("."),
                    f"{near[0]}" if near else "no such file",
                    f"Rename it to {name}.csv." if near else "Add the file; workbench new --blank makes templates.",
                ))  # fmt: skip
    for file in sorted((folder / "coas").glob("*.toml"))[:MAX_COAS]:
        source.texts.setdefault(f"coas/{file.name}", _bytes(source, file, f"coas/{file.name}"))


def _named(source: Source, folder: Path) -> dict[str, Path]:
    """Return the folder's files by their name in small letters; what only has the name of one is a finding."""
    out: dict[str, Path] = {}
    wanted = {settings.FILE, THREATS, *(table.file for table in TABLES.values())}
    for place in sorted(folder.iterdir()):
        name = place.name.lower()
        if place.is_file() and name not in out:
            out[name] = place
        elif name in wanted and name in out:
            got = f"{out[name].name} and {place.name}"
            remedy = f"{out[name].name} was read. Remove one of the two."
            source.findings.append(
                Finding(place.name, "", 0, "", "error", "UNREAD", "one file of the name", got, remedy)
            )
        elif name in wanted:
            source.findings.append(_unreadable(name, "a folder" if place.is_dir() else "a link or device"))
            source.sheets[name.removesuffix(".csv")] = tabular.empty_sheet(name)
            source.texts |= {name: b""} if name in (settings.FILE, THREATS) else {}
    return out


def _unread(source: Source, strange: list[str]) -> None:
    """Warn of CSV files that no table is read from though they are named almost like one that is absent."""
    for file in strange:
        absent = [n for n in TABLES if n not in source.sheets and n not in REQUIRED]
        near = difflib.get_close_matches(file.split(".")[0], absent, 1, 0.8)
        if near:
            remedy = f"Did you mean {near[0]}.csv?"
            source.findings.append(Finding(
                file, "", 0, "", "warning", "UNREAD", "files named like the tables", file, f"It is not read. {remedy}",
            ))  # fmt: skip


def _unreadable(file: str, got: str) -> Finding:
    remedy = f"Put a file of this name there that may be read, of at most {geo.MAX_BYTES // 2**20} MiB."
    return Finding(file, "", 0, "", "error", "FILE_KIND", "a file that can be read", got, remedy)


def _bytes(source: Source, path: Path, file: str = "") -> bytes:
    """Return a small file's bytes; one that can't be read is a finding and empty."""
    try:
        if path.is_file() and path.stat().st_size <= geo.MAX_BYTES:
            return path.read_bytes()
        got = f"{path.stat().st_size:,} bytes" if path.is_file() else "a folder, link or device"
    except OSError as error:
        got = error.strerror or str(error)
    source.findings.append(_unreadable(file or path.name, got))
    return b""


def _workbook(source: Source, path: Path) -> None:
    source.workbook = path.name
    sheets, findings = xlsx.read_xlsx(path)
    source.findings += findings
    if findings:
        source.readable = False
        return
    named = {name.lower(): sheet for name, sheet in sheets.items()}
    source.sheets = {name: named[name] for name in TABLES if name in named}
    if "scenario" in named:
        source.sheets["scenario"] = named["scenario"]
    source.texts |= _embedded(named.get("files"))
    for name, sheet in sorted(named.items()):
        if name not in (*TABLES, "scenario", "files") and len(sheet.cells.columns):
            near = difflib.get_close_matches(name, TABLES, 1, 0.7)
            source.findings.append(Finding(
                path.name, sheet.sheet, 0, "", "warning", "UNKNOWN_SHEET", "sheets named like the tables", sheet.sheet,
                f"The sheet is ignored. {f'Did you mean {near[0]}?' if near else ''}".strip(),
            ))  # fmt: skip
    for name in (*REQUIRED, "scenario"):
        if name not in named:
            remedy = "Add the sheet; workbench new --blank shows the columns."
            source.findings.append(
                Finding(path.name, name, 0, "", "error", "MISSING_FILE", f"a sheet {name}", "none", remedy)
            )
        elif not len(named[name].cells.columns) and not named[name].findings:
            named[name].find(
                0, "", "EMPTY", expected="a header line", got="an empty sheet", remedy="Start from the blank template."
            )


def _embedded(sheet: Sheet | None) -> dict[str, bytes]:
    """Return the text files that a workbook carries in its sheet ``files`` (path, part, text)."""
    parts: dict[str, list[str]] = {}
    if sheet is not None and {"path", "text"} <= set(sheet.cells.columns):
        for path, text in zip(sheet.cells["path"], sheet.cells["text"], strict=True):
            parts.setdefault(path, []).append(text)
    return {path: "".join(texts).encode() for path, texts in parts.items()}


def _file(source: Source, file: str, sheet: str) -> tuple[str, str]:
    return (source.workbook, sheet) if source.workbook else (file, "")


def _checked_settings(source: Source) -> tuple[dict[str, Any], list[Finding]]:
    """Return the settings in their normal form, and everything wrong with them and their file."""
    raw, findings, line = _settings(source)
    values, found = settings.check_settings(raw, line, settings.FILE)
    values.setdefault("name", source.name)
    unread = not raw and any(f.level == "error" for f in (*findings, *source.findings))
    return values, [*findings, *([] if unread else _placed(source, found))]


def _settings(source: Source) -> tuple[dict[str, Any], list[Finding], Callable[[str], int]]:
    """Return the raw settings, findings, and a function from a setting to its line."""
    if source.workbook:
        return _settings_sheet(source)
    if settings.FILE not in source.texts:
        remedy = "Add scenario.toml with name, as_of, horizon_h and marking."
        asked = "the settings of the scenario"
        missing = Finding(settings.FILE, "", 0, "", "error", "MISSING_FILE", asked, "no such file", remedy)
        return {}, [missing], lambda key: 0
    raw, findings = settings.read_toml(source.texts[settings.FILE], settings.FILE)
    text = source.texts[settings.FILE].decode("utf-8", "replace")
    return raw, findings, lambda key: settings.line_of(text, key)


def _settings_sheet(source: Source) -> tuple[dict[str, Any], list[Finding], Callable[[str], int]]:
    """Read the settings from the rows key, value of the sheet ``scenario``."""
    sheet = source.sheets.pop("scenario", None)
    if sheet is None:
        return {}, [], lambda key: 0
    for name in {"key", "value"} - {*sheet.cells.columns, *(["key", "value"] if sheet.findings else [])}:
        remedy = "The settings were not read. Head the two columns key and value."
        sheet.find(1, name, "MISSING_COLUMN", expected=f"a column {name}", got="none", remedy=remedy)
    if not {"key", "value"} <= set(sheet.cells.columns):
        return {}, list(sheet.findings), lambda key: 0
    raw: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for key, value, line in zip(sheet.cells["key"].str.strip(), sheet.cells["value"], sheet.lines, strict=True):
        if key in lines:
            again = f"{key} again, first in row {lines[key]}"
            sheet.find(int(line), key, "DUPLICATE", expected="each setting once", got=again, remedy="Remove one row.")
        else:
            raw[key], lines[key] = settings.from_text(key, value), int(line)
    return raw, list(sheet.findings), lambda key: lines.get(key, 0)


def _placed(source: Source, findings: list[Finding]) -> list[Finding]:
    """Return findings about settings under the sheet that holds them."""
    if not source.workbook:
        return findings
    out = []
    for f in findings:
        parts: Mapping[str, Any] = f.as_dict() | {"file": source.workbook, "sheet": "scenario"}
        out.append(Finding(**parts))
    return out


def _table(source: Source, name: str) -> Loaded:
    table = TABLES[name]
    file, sheet = _file(source, table.file, name)
    found = source.sheets.get(name)
    loaded = checks.check(found or tabular.empty_sheet(file, sheet), table, present=found is not None)
    readable = found is not None and len(found.cells.columns) > 0
    unread = any(f.code == "MISSING_COLUMN" for f in loaded.general)
    if readable and name in REQUIRED and not len(loaded.frame) and not unread:
        remedy = "There is nothing to plan until it has rows."
        about = table.help.rstrip(".")
        loaded.general.append(Finding(file, sheet, 0, "", "warning", "EMPTY", about, "no rows", remedy))
    loaded.present = readable and not unread
    return loaded


def _threats(source: Source, nodes: Loaded) -> tuple[dict[str, Any], list[Finding]]:
    """Return the sound threats and what is wrong with the others, by their place in the file."""
    data = source.texts.get(THREATS, b"")
    if THREATS not in source.texts or any(f.file == THREATS for f in source.findings):
        return geo.empty_collection(), []
    whole, findings = geo.read_geojson_bytes(data, THREATS)
    faulty = {f.column for f in findings}
    places = (at for at in itertools.count() if f"features[{at}]" not in faulty)
    sound = dict(zip(places, whole["features"], strict=False))
    return whole, [*findings, *check_threats(nodes, sound), *check_properties(sound)]


def _coas(source: Source) -> tuple[dict[str, CourseOfAction], list[Finding]]:
    out: dict[str, CourseOfAction] = {}
    findings: list[Finding] = []
    for file, data in sorted(source.texts.items()):
        if file.startswith("coas/") and file.count("/") == 1:
            coa, found = coas.read(data, file)
            findings += found
            if coa is not None:
                out[coa.name] = coa
    return out, findings
