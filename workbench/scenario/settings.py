"""Settings of a scenario: what ``scenario.toml`` may say, and what is wrong with what it says."""

from __future__ import annotations

import difflib
import json
import math
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any, Literal

from workbench.errors import Finding, Level
from workbench.formats.cells import BadCell, parse
from workbench.ground.threat.rules import FORMS
from workbench.ground.threat.rules import parse as parse_rule
from workbench.schema import Column
from workbench.units import DAY_S, iso

FILE = "scenario.toml"
DEFAULT_MARKING = "UNCLASSIFIED//EXERCISE"
MAX_BYTES = 2**20
MAX_HORIZON_H = 24 * 60
MAX_CLEANING_MIN = 24 * 60
PRICES = ("imbalance_per_hour", "risk", "churn")


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its kind, its default (None: none), its help."""

    name: str
    kind: Literal["text", "number", "instant", "clock", "choice", "objective", "prices", "threat", "map", "table"]
    help: str
    default: Any = None
    choices: tuple[str, ...] = ()


SETTINGS = (
    Setting("name", "text", "Name of the scenario."),
    Setting("description", "text", "What it is about.", ""),
    Setting("as_of", "instant", "The planning moment, ISO 8601 with zone."),
    Setting("horizon_h", "number", "Hours planned from then on.", 24),
    Setting("marking", "text", "Marking shown on every page.", DEFAULT_MARKING),
    Setting("attribution", "text", "Whom maps and tables must name as the source of the roads.", ""),
    Setting("climate", "text", "Climate, for consumption factors.", "temperate"),
    Setting("phase", "text", "Phase of the operation, for consumption factors.", ""),
    Setting("night_from", "clock", "Night speeds hold from then on, UTC.", "19:00"),
    Setting("night_to", "clock", "Night speeds hold until then, UTC.", "05:00"),
    Setting(
        "night_driving",
        "choice",
        "How one drives by night: with lights, or blackout.",
        "lights",
        ("lights", "blackout"),
    ),
    Setting(
        "bridge_traffic",
        "choice",
        "Whether bridges carry one vehicle at a time or traffic in both directions at once.",
        "one_way",
        ("one_way", "two_way"),
    ),
    Setting("wet", "choice", "Whether roads of gravel and dirt are wet.", "no", ("no", "yes")),
    Setting(
        "objective",
        "objective",
        'priority, or weights = {"1" = 1000.0}: cost of leaving one requisition unserved.',
        "priority",
    ),
    Setting(
        "prices",
        "prices",
        "imbalance_per_hour = 50.0: cost of an hour by which the longest route exceeds the mean; risk: of one neper of "
        "exposure (63 % risk of loss); churn: of a stop changed when a plan is made anew.",
    ),
    Setting("cleaning_min", "number", "Minutes that cleaning a vehicle takes between goods that need it; blank is 30."),
    Setting(
        "unknown_mlc",
        "choice",
        "Bridges of unknown load class: assume a class by road, refuse, or allow.",
        "assume",
        ("assume", "refuse", "allow"),
    ),
    Setting("threat", "threat", f'rule = "within 10 min": the way each leg takes under threat ({FORMS}).'),
    Setting(
        "map",
        "map",
        'tiles = "area.mbtiles": a map under all others: an MBTiles or PMTiles file, or an address with {z}, {x}, {y}.',
    ),
    Setting("status", "table", "Status presets: thresholds by name."),
    Setting("seed", "number", "Seed of the generator that made it."),
    Setting("size", "text", "Size that the generator made."),
)
"""Every setting of ``scenario.toml``; others are reported and kept."""

_BY_NAME = {s.name: s for s in SETTINGS}


def read_toml(data: bytes, file: str) -> tuple[dict[str, Any], list[Finding]]:
    """Read the bytes of a TOML file; what can't be read gives one finding with its line."""
    if len(data) > MAX_BYTES:
        return {}, [_found(file, 0, "", "FILE_KIND", "a file of settings", f"{len(data):,} bytes", "Make it smaller.")]
    text = data.decode("utf-8-sig", "replace")
    findings = []
    if "\ufffd" in text and b"\xef\xbf\xbd" not in data:
        line = text[: text.index("\ufffd")].count("\n") + 1
        findings.append(
            _found(file, line, "", "ENCODING", "text in UTF-8", "bytes that are not UTF-8", "Save the file as UTF-8.")
        )
    try:
        return tomllib.loads(text), findings
    except (tomllib.TOMLDecodeError, ValueError, RecursionError) as error:
        at = re.search(r"line (\d+)", str(error))
        line = int(at[1]) if at else text.count("\n") + 1 if "end of document" in str(error) else 0
        why = re.sub(r"\s*\(at .*\)", "", str(error))[:100] or "something else"
        if findings and findings[0].row == line:
            return {}, findings
        return {}, [
            *findings,
            _found(
                file,
                line,
                "",
                "SETTING",
                "TOML: name = value",
                why,
                'Correct the line; text stands in "quotation marks".',
            ),
        ]


def _found(
    file: str, row: int, column: str, code: str, expected: str, got: str, remedy: str, level: Level = "error"
) -> Finding:
    return Finding(file, "", row, column, level, code, expected, got, remedy)


def line_of(text: str, key: str) -> int:
    """Return the line of a TOML text that sets ``key``, as a name or as the heading of a section; else 0."""
    name = rf'(?:[\w."-]+\.)?"?{re.escape(key)}"?'
    match = re.search(rf"^[ \t]*(?:\[+[ \t]*{name}[ \t]*\]|{name}[ \t]*[=.])", text, re.MULTILINE)
    return text[: match.start()].count("\n") + 1 if match else 0


def check_settings(
    raw: Mapping[str, Any], line: Callable[[str], int], file: str
) -> tuple[dict[str, Any], list[Finding]]:
    """Return the settings in their normal form with defaults, and what is wrong with them.

    Instants are ISO text in UTC, clock times HH:MM. Unknown settings are kept and reported.
    """
    out: dict[str, Any] = {}
    findings: list[Finding] = []
    missing = [s.name for s in SETTINGS if s.name not in raw]
    for key, value in raw.items():
        if key in _BY_NAME:
            try:
                out[key] = _READERS[_BY_NAME[key].kind](_BY_NAME[key], value)
            except BadCell as bad:
                findings.append(_found(file, line(key), key, bad.code, bad.expected, str(value)[:80], bad.remedy))
        else:
            near = difflib.get_close_matches(key.lower(), missing, 1, 0.75)
            missing = [m for m in missing if m not in near]
            out[key] = _plain(value)
            remedy = f"Did you mean {near[0]}?" if near else "It is ignored; remove it or check its name."
            findings.append(
                _found(
                    file,
                    line(key),
                    key,
                    "SETTING",
                    "a setting of a scenario",
                    key,
                    remedy,
                    "error" if near and near[0] == "as_of" else "warning",
                )
            )
    findings += _missing(missing, file)
    for setting in SETTINGS:
        if setting.default is not None:
            out.setdefault(setting.name, setting.default)
    return out, findings


_ASKED: dict[str, tuple[str, str, str, Level]] = {
    "as_of": ("REQUIRED", "the planning moment, with its zone", "Add as_of = 2026-05-01T04:00:00Z.", "error"),
    "marking": ("SETTING", "a marking for every page", f'{DEFAULT_MARKING} is shown. Add marking = "…".', "warning"),
    "horizon_h": ("SETTING", "the hours to plan", "24 hours are planned. Add horizon_h = 24.", "warning"),
}
"""What is said of settings that should be there: code, what is expected, remedy, level."""


def _missing(missing: list[str], file: str) -> list[Finding]:
    return [
        _found(file, 0, key, code, expected, "nothing", remedy, level)
        for key, (code, expected, remedy, level) in _ASKED.items()
        if key in missing
    ]


def _text(setting: Setting, value: Any) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise BadCell("SETTING", "text", f'Write {setting.name} = "…".')
    if setting.name == "name" and not value.strip():
        raise BadCell("SETTING", "a name", 'Write name = "…".')
    return value.strip()


def _number(setting: Setting, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise BadCell("SETTING", "a number", f"Write {setting.name} = 24, without quotation marks or unit.")
    if setting.name == "horizon_h" and not 0 < value <= MAX_HORIZON_H:
        raise BadCell("RANGE", f"more than 0 and at most {MAX_HORIZON_H} hours", "Write the hours to plan, such as 24.")
    if setting.name == "cleaning_min" and not 0 <= value <= MAX_CLEANING_MIN:
        raise BadCell("RANGE", f"0 to {MAX_CLEANING_MIN} minutes", "Write the minutes, such as 30.")
    return int(value) if float(value).is_integer() else value


def _instant(setting: Setting, value: Any) -> str:
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return iso(parse(Column(setting.name, "instant", setting.help), text))


def _clock(setting: Setting, value: Any) -> str:
    text = value.strftime("%H:%M") if isinstance(value, time) else str(value)
    return str(parse(Column(setting.name, "clock", setting.help), text))


def _choice(setting: Setting, value: Any) -> str:
    if value not in setting.choices:
        raise BadCell("SETTING", ", ".join(setting.choices), f"Write one of {', '.join(setting.choices)}.")
    return str(value)


def threat(setting: Setting, value: Any) -> dict[str, str]:
    """Return ``{"rule": "…"}`` in its normal form.

    Raises
    ------
    BadCell
        When it is no section with a rule.
    """
    if not isinstance(value, Mapping) or set(value) != {"rule"}:
        raise BadCell("SETTING", "a section [threat] with a rule", 'Write [threat] and, below it, rule = "fastest".')
    try:
        return {"rule": str(parse_rule(str(value["rule"])))}
    except ValueError as error:
        raise BadCell("SETTING", str(error), 'Write it as in rule = "within 10 min".') from error


def _map(setting: Setting, value: Any) -> dict[str, str]:
    remedy = 'Write [map] and, below it, tiles = "area.mbtiles", or "https://host/{z}/{x}/{y}.png".'
    if not isinstance(value, Mapping) or set(value) != {"tiles"} or not isinstance(value["tiles"], str):
        raise BadCell("SETTING", "a section [map] with tiles", remedy)
    tiles = value["tiles"].strip()
    on_the_net = re.match(r"[a-z][a-z+.-]+://", tiles, re.IGNORECASE)
    whole = re.fullmatch(r"https?://[^\s/]+/\S*", tiles) and all(part in tiles for part in ("{z}", "{x}", "{y}"))
    if not (whole if on_the_net else tiles.lower().endswith((".mbtiles", ".pmtiles"))) or "\0" in tiles:
        raise BadCell("SETTING", "a .mbtiles or .pmtiles file, or an http address with {z}, {x} and {y}", remedy)
    return {"tiles": tiles}


def _table(setting: Setting, value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise BadCell("SETTING", f"a table [{setting.name}]", f"Write a section [{setting.name}].")
    out: dict[str, Any] = _plain(value)
    return out


def objective(setting: Setting, value: Any) -> Any:
    """Return ``"priority"`` or ``{"weights": {"1": 1000.0, …}}`` in its normal form.

    Raises
    ------
    BadCell
        When it is neither.
    """
    if value == "priority":
        return value
    weights = value.get("weights") if isinstance(value, Mapping) and set(value) == {"weights"} else None
    remedy = 'Write objective = "priority", or a section [objective] with weights = {"1" = 1000.0}.'
    if not isinstance(weights, Mapping) or not weights:
        raise BadCell("SETTING", "priority, or weights by priority", remedy)
    for key, weight in weights.items():
        good = isinstance(weight, (int, float)) and not isinstance(weight, bool) and 0 <= weight < 1e12
        if str(key) not in map(str, range(1, 16)) or not good:
            raise BadCell("SETTING", "weights of 0 or more for priorities 1 to 15", remedy)
    return {"weights": {str(k): float(weights[k]) for k in sorted(weights, key=lambda k: int(str(k)))}}


def _prices(setting: Setting, value: Any) -> dict[str, float]:
    remedy = f"Write [prices] and, below it, one or more of {', '.join(PRICES)}, as in imbalance_per_hour = 50.0."
    if not isinstance(value, Mapping) or not set(value) <= set(PRICES):
        raise BadCell("SETTING", f"a section [prices] with {', '.join(PRICES)}", remedy)
    if not all(isinstance(p, (int, float)) and not isinstance(p, bool) and 0 <= p < 1e12 for p in value.values()):
        raise BadCell("SETTING", "prices of 0 or more", remedy)
    return {name: float(value[name]) for name in PRICES if name in value}


def _plain(value: Any) -> Any:
    """Return TOML values as JSON could hold them: instants, dates and times as ISO text."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, datetime) and value.tzinfo is not None:
        return iso(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


_READERS: dict[str, Callable[[Setting, Any], Any]] = {
    "text": _text,
    "number": _number,
    "instant": _instant,
    "clock": _clock,
    "choice": _choice,
    "table": _table,
    "objective": objective,
    "prices": _prices,
    "threat": threat,
    "map": _map,
}


def as_of(settings: Mapping[str, Any]) -> datetime:
    """Return the planning moment of checked settings; the epoch when they had none (an error was reported)."""
    return datetime.fromisoformat(settings["as_of"]) if "as_of" in settings else datetime(1970, 1, 1, tzinfo=UTC)


def horizon_s(settings: Mapping[str, Any]) -> int:
    """Return the seconds planned from ``as_of`` on."""
    return round(float(settings["horizon_h"]) * DAY_S / 24)


def from_text(key: str, text: str) -> Any:
    """Return the value of a setting that a spreadsheet cell holds as text.

    Settings that are tables hold TOML, such as ``{weights = {"1" = 1000.0}}``; so do unknown ones if they can.
    """
    kind = _BY_NAME[key].kind if key in _BY_NAME else "table"
    if kind in ("text", "clock", "choice", "instant"):
        return text.strip()
    try:
        return tomllib.loads(f"value = {text.strip()}")["value"]
    except tomllib.TOMLDecodeError:
        return text.strip()


def to_text(key: str, value: Any) -> str:
    """Return the text of a spreadsheet cell that `from_text` reads as ``value``."""
    if isinstance(value, str) and (key in _BY_NAME and _BY_NAME[key].kind not in ("table", "number")):
        return value
    return inline(value)


def inline(value: Any) -> str:
    """Return a plain value as TOML on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(str(k))} = {inline(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(inline(v) for v in value) + "]"
    return json.dumps(value, ensure_ascii=True)


def toml_text(values: Mapping[str, Any]) -> str:
    """Return settings as the text of ``scenario.toml``, each known one with its help."""
    lines = []
    for key in (*(s.name for s in SETTINGS if s.name in values), *sorted(set(values) - set(_BY_NAME))):
        if key in _BY_NAME:
            lines.append(f"# {_BY_NAME[key].help}")
        lines.append(f"{key if re.fullmatch(r'[A-Za-z0-9_-]+', key) else json.dumps(key)} = {inline(values[key])}")
    return "\n".join(lines) + "\n"
