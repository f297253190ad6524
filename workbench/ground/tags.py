"""OpenStreetMap tags of roads as figures: who may use a road, which way, how heavy, how high, how wide.

A key that is absent gives None, which means not known, never unlimited. Values that can't be read are handed to the
caller, who counts them.
"""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from workbench.units import STON_KG

Tags = Mapping[str, str]
FT_M, LB_KG, MILE_KM, IN_M = 0.3048, 0.45359237, 1.609344, 0.0254
FERRY_KMH = 10.0
"""Speed of a ferry that states neither duration nor speed: our planning default (mark D)."""
MILITARY_CLASSES = (1, 200)

CLASS_OF = {
    **{f"{name}{end}": name for name in ("motorway", "trunk", "primary", "secondary", "tertiary")
       for end in ("", "_link")},
    "unclassified": "unclassified", "road": "unclassified", "residential": "residential",
    "living_street": "residential", "service": "residential", "track": "track",
}  # fmt: skip
"""Our class of road by the value of ``highway``; ways of other values are not for trucks."""
SURFACE_OF = {
    "asphalt": "asphalt", "chipseal": "asphalt", "concrete": "concrete", "concrete:plates": "concrete",
    "concrete:lanes": "concrete", "paved": "paved", "paving_stones": "paved", "sett": "paved", "bricks": "paved",
    "cobblestone": "paved", "unhewn_cobblestone": "paved", "metal": "paved", "metal_grid": "paved", "wood": "paved",
    "grass_paver": "paved", "gravel": "gravel", "fine_gravel": "gravel", "compacted": "gravel",
    "pebblestone": "gravel", "dirt": "dirt", "earth": "dirt", "ground": "dirt", "mud": "dirt", "sand": "dirt",
    "grass": "dirt", "unpaved": "dirt", "clay": "dirt", "soil": "dirt", "rock": "dirt", "stone": "dirt",
    "grade1": "paved", "grade2": "gravel", "grade3": "gravel", "grade4": "dirt", "grade5": "dirt",
}  # fmt: skip
"""Our surface by the value of ``surface``, or of ``tracktype`` where that is all there is."""
ACCESS_OF = {
    "yes": "yes", "permissive": "yes", "designated": "yes", "official": "yes", "discouraged": "yes", "unknown": "",
    "private": "private", "customers": "destination", "destination": "destination", "delivery": "delivery",
    "permit": "permit", "agricultural": "permit", "forestry": "permit", "military": "permit", "residents": "private",
    "no": "no", "use_sidepath": "no", "emergency": "no", "bus": "no", "psv": "no",
}  # fmt: skip
ACCESS_KEYS = ("hgv", "motor_vehicle", "vehicle", "access")
"""Keys that say who may use a road, from the most to the least specific for a truck."""
PASSABLE = ("gate", "lift_gate", "swing_gate", "sliding_gate", "hampshire_gate", "cattle_grid", "toll_booth",
            "border_control", "entrance", "height_restrictor", "chain", "checkpoint", "kerb", "sally_port", "spikes",
            "no", "yes", "speed_camera")  # fmt: skip
"""Barriers a truck passes, unless they say otherwise; any other barrier on a road stops it."""
_SAID_NOTHING = ("", "none", "no", "default", "below_default", "unsigned", "no_sign", "no_indications", "unknown",
                 "unlimited", "signals", "variable")  # fmt: skip
_FORWARD, _BACKWARD = ("yes", "true", "1", "reversible", "alternating"), ("-1", "reverse")
_NUMBER = re.compile(r"(\d+(?:[.,]\d+)?)\s*([a-z'\"′″]*)", re.IGNORECASE)
_FEET = re.compile(
    r"(\d+(?:[.,]\d+)?)\s*(?:'|′|’|ft\.?|feet|foot)\s*(?:-?\s*(\d+(?:\.\d+)?)\s*(?:\"|″|”|''|in(?:ch(?:es)?)?)?)?",
    re.IGNORECASE,
)
_ISO_DURATION = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?", re.IGNORECASE)


class Road(NamedTuple):
    """What the tags of one way say of the road; None is not known. Equal roads may be merged."""

    road_class: str
    surface: str = "unknown"
    bridge: bool = False
    tunnel: bool = False
    ford: bool = False
    ferry: bool = False
    access: str = ""
    name: str = ""
    mlc_w: float | None = None
    mlc_t: float | None = None
    mlc_w2: float | None = None
    mlc_t2: float | None = None
    mlc_source: str = ""
    width_m: float | None = None
    clearance_m: float | None = None
    maxweight_t: float | None = None
    maxaxleload_t: float | None = None
    speed_kmh: float | None = None
    gradient_pct: float | None = None


Unread = list[tuple[str, str]]
"""Keys with values that could not be read."""


def tonnes(text: str) -> float | None:
    """Return metric tonnes of a weight such as ``7.5``, ``7,5 t``, ``10 st``, ``8000 lbs``, ``3500 kg``.

    Raises
    ------
    ValueError
        When it is no weight.
    """
    short = dict.fromkeys(("st", "ton", "tons"), STON_KG / 1000)
    units = {"": 1.0, "t": 1.0, "tonne": 1.0, "tonnes": 1.0, "kg": 0.001, **short,
             "lbs": LB_KG / 1000, "lb": LB_KG / 1000, "lt": 1.0160469088}  # fmt: skip
    return _quantity(text, units)


def metres(text: str) -> float | None:
    """Return metres of a length such as ``3.8``, ``3,8 m``, ``12'6"``, ``20ft``, ``380 cm``; the lowest of several.

    Raises
    ------
    ValueError
        When it is no length.
    """
    found = [_FEET.fullmatch(part.strip()) for part in text.split(";")]
    feet = [float(f[1].replace(",", ".")) * FT_M + float(f[2] or 0) * IN_M for f in found if f]
    rest = ";".join(part for part, f in zip(text.split(";"), found, strict=True) if not f)
    plain = _quantity(rest, {"": 1.0, "m": 1.0, "meter": 1.0, "meters": 1.0, "metre": 1.0, "metres": 1.0, "cm": 0.01,
                             '"': IN_M, "″": IN_M, "in": IN_M, "inch": IN_M, "inches": IN_M})  # fmt: skip
    return min([length for length in (*feet, plain) if length is not None], default=None)


def km_per_hour(text: str) -> float | None:
    """Return km/h of a speed such as ``50``, ``30 mph``, ``walk``; None for ``none``.

    Raises
    ------
    ValueError
        When it is no speed, such as ``RO:urban``.
    """
    if text.strip().lower() == "walk":
        return 5.0
    return _quantity(text, {"": 1.0, "kmh": 1.0, "km": 1.0, "kph": 1.0, "mph": MILE_KM, "knots": 1.852})


def gradient(text: str) -> float | None:
    """Return the steepness in per cent of an incline such as ``8%``, ``-12 %``, ``10°``; None for ``up``, ``steep``.

    Raises
    ------
    ValueError
        When it is no incline.
    """
    word = text.strip().lower().lstrip("<>~+-").replace(",", ".")
    if word in ("up", "down", "yes", "no", "steep", "both"):
        return None
    degrees = word.endswith("°")
    figure = float(word.rstrip("%°").strip())
    return 100 * math.tan(math.radians(figure)) if degrees else figure


def load_class(text: str) -> float | None:
    """Return a military load class.

    Raises
    ------
    ValueError
        When it is no class from 1 to 200.
    """
    found = _quantity(text, {"": 1.0})
    if found is not None and not (found.is_integer() and MILITARY_CLASSES[0] <= found <= MILITARY_CLASSES[1]):
        raise ValueError(f"Expected a load class, got {text!r}.")
    return found


def _quantity(text: str, units: Mapping[str, float]) -> float | None:
    """Return the lowest of the quantities that ``;`` separates, in the unit that counts 1."""
    lowest = math.inf
    for part in text.lower().replace("km/h", "kmh").split(";"):
        word = part.strip()
        if word in _SAID_NOTHING:
            continue
        found = _NUMBER.fullmatch(word)
        if not found or found[2] not in units:
            raise ValueError(f"Expected a number with a unit, got {text!r}.")
        figure = found[1]
        thousands = found[2] in ("lb", "lbs", "kg") and re.fullmatch(r"\d+,\d{3}", figure)
        lowest = min(lowest, float(figure.replace(",", "" if thousands else ".")) * units[found[2]])
    if lowest == 0:
        raise ValueError(f"Expected more than nothing, got {text!r}.")
    return None if math.isinf(lowest) else lowest


def hours(text: str) -> float | None:
    """Return the hours of a ferry's ``duration``: ``HH:MM``, ``H:MM:SS``, minutes, or ``PT1H30M``; None otherwise."""
    word = text.strip()
    if (found := _ISO_DURATION.fullmatch(word)) and (found[1] or found[2]):
        return int(found[1] or 0) + int(found[2] or 0) / 60
    parts = word.split(":")
    if len(parts) > 3 or not all(part.isdecimal() for part in parts):
        return None
    figures = [int(part) for part in parts]
    total = figures[0] / 60 if len(figures) == 1 else sum(n / 60**at for at, n in enumerate(figures))
    return total or None


def access(tags: Tags, keys: Iterable[str] = ACCESS_KEYS) -> str:
    """Return who may use a road with a truck: a value of the column ``access``; the most specific key decides."""
    for key in keys:
        if value := tags.get(key):
            allowed = [ACCESS_OF.get(part.strip(), "permit") for part in value.split(";")]
            return "no" if all(part == "no" for part in allowed) else next(p for p in allowed if p != "no")
    return ""


def oneway(tags: Tags) -> int:
    """Return 1 for along the way only, -1 for against it only, 0 for both directions."""
    for key in ("oneway:hgv", "oneway:motor_vehicle", "oneway:vehicle", "oneway"):
        if value := tags.get(key):
            return 1 if value in _FORWARD else -1 if value in _BACKWARD else 0
    implied = tags.get("junction") in ("roundabout", "circular") or tags.get("highway") == "motorway"
    return 1 if implied else 0


def stops(tags: Tags) -> bool:
    """Return whether the barrier of a node keeps a truck from passing."""
    said = access(tags)
    if said:
        return said == "no"
    return tags.get("barrier", "no") not in PASSABLE


def left_out(tags: Tags) -> str:
    """Return why a way is no road for trucks, in few words; empty for one that is."""
    if tags.get("area") == "yes":
        return "areas"
    if tags.get("route") == "ferry" and "highway" not in tags:
        vehicles = access(tags, (*ACCESS_KEYS[:3], "motorcar"))
        return "" if vehicles not in ("", "no") else "ferries without vehicles"
    if tags.get("highway") in ("proposed", "construction"):
        return "roads proposed or being built"
    if tags.get("highway", "") not in CLASS_OF:
        return "paths and other ways"
    return "roads closed to trucks" if access(tags) == "no" else ""


def road(tags: Tags, unread: Unread) -> Road:
    """Return what the tags of a way that is not left out say; values that can't be read are added to ``unread``."""
    ferry, before = "highway" not in tags, len(unread)

    def figure(read: Callable[[str], float | None], *keys: str, low: float = 0, high: float = 200) -> float | None:
        for key in keys:
            if key in tags:
                with contextlib.suppress(ValueError):
                    value = read(tags[key])
                    if value is None or low <= round(value, 3) <= high:
                        return None if value is None else round(value, 3)
                if (key, tags[key]) not in unread[before:]:
                    unread.append((key, tags[key]))
        return None

    weight = figure(tonnes, "maxweight:hgv", "maxweight", low=0.1, high=1000)
    classes, source = _load_classes(figure, weight)
    surface = SURFACE_OF.get(tags.get("surface") or tags.get("tracktype", ""), "unknown")
    if surface == "unknown" and tags.get("surface"):
        unread.append(("surface", tags["surface"]))
    bridge = tags.get("bridge", "no") != "no"
    return Road(
        "unclassified" if ferry else CLASS_OF[tags["highway"]],
        surface,
        bridge,
        tags.get("tunnel", "no") not in ("no", "culvert"),
        tags.get("ford", "no") != "no",
        ferry,
        access(tags),
        (tags.get("name") or tags.get("ref", "")).strip(),
        *classes,
        source or ("unknown" if bridge else ""),
        figure(metres, "maxwidth:physical", "maxwidth", "width", "est_width", low=0.5, high=100),
        figure(metres, "maxheight:physical", "maxheight", low=0.5, high=100),
        weight,
        figure(tonnes, "maxaxleload:hgv", "maxaxleload", low=0.1, high=100),
        figure(km_per_hour, "maxspeed:hgv", "maxspeed", low=1, high=150),
        figure(gradient, "incline", high=100),
    )


def _load_classes(
    figure: Callable[..., float | None], weight: float | None
) -> tuple[tuple[float | None, float | None, float | None, float | None], str]:
    """Return the classes (wheels, tracks; the same with both directions running) and how they are known.

    Where only a weight is signed, the expedient class of a vehicle of that weight is assumed, rounded down.
    """
    w2, t2 = figure(load_class, "mlc:wheeled", "mlc"), figure(load_class, "mlc:tracked", "mlc")
    w = figure(load_class, "mlc:wheeled_oneway", "mlc:oneway") or w2
    t = figure(load_class, "mlc:tracked_oneway", "mlc:oneway") or t2
    if w is not None or t is not None:
        return (w, t, w2, t2), "tag"
    if weight is None:
        return (None, None, None, None), ""
    ston = weight * 1000 / STON_KG
    wheeled, tracked = (float(min(200, max(1, math.floor(x + 1e-9)))) for x in (0.85 * ston, ston))
    return (wheeled, tracked, None, None), "assumed"
