"""What stands on a map: symbols of places, names of towns, signs of closed roads and threats, and the legend."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import workbench as wb
from widgets import _rows
from widgets.session import Session

Mark = dict[str, Any]
MOST_PLACES = 300
"""Names of towns and villages on a map; the largest first."""
_KINDS = {
    "depot": "depot",
    "supply_point": "supply point",
    "distribution_point": "distribution point",
    "unit": "supported unit",
}
_SIZES = ((20_000, "city", 0.0), (3000, "town", 8.5), (300, "village", 11.0), (0, "hamlet", 12.5))
"""People from, name of the size, and the zoom from which it is named."""


def marks(session: Session, ground: Any) -> tuple[tuple[Mark, ...], dict[str, str], tuple[Mark, ...]]:
    """Return the marks of a session's map, the images they use, and the legend of what is there."""
    nodes = wb.layers.nodes(session.problem, session.plan, session.scenario)["features"]
    places = wb.layers.places(ground)["features"][:MOST_PLACES]
    closures, threats = wb.layers.closures(ground)["features"], wb.layers.threats(ground)["features"]
    images: dict[str, str] = {}
    found = [_place(f, images) for f in nodes] + [_town(f, n) for n, f in enumerate(places)]
    found += [_closure(f) for f in closures] + [_threat(f) for f in threats if f["properties"]["part"] == "sign"]
    return tuple(found), images, _legend(nodes, closures, threats)


def _legend(nodes: Sequence[Any], closures: Sequence[Any], threats: Sequence[Any]) -> tuple[Mark, ...]:
    seen = {f["properties"]["kind"]: f["properties"]["sidc"] for f in nodes}
    parts = {f["properties"]["part"] for f in threats}
    lines = [
        ("route", "routes, a colour each", True),
        ("major", "main road", True),
        ("minor", "other road", True),
        ("bridge", "bridge, with its load class", True),
        ("water", "water", True),
        ("closed", "closed", bool(closures)),
        ("threat", "threat area", "threat" in parts),
        ("reach", "how far a threat reaches", "reach" in parts),
        ("nofly", "nothing flies inside", "no_fly" in parts),
    ]
    own = [{"image": code, "text": text} for kind, text in _KINDS.items() if (code := seen.get(kind))]
    return (*own, *({"cls": cls, "text": text} for cls, text, there in lines if there))


def _place(feature: Mapping[str, Any], images: dict[str, str]) -> Mark:
    p, (lon, lat) = feature["properties"], feature["geometry"]["coordinates"]
    if p["sidc"] not in images:
        drawn = base64.b64encode(wb.layers.symbol(p["sidc"]).encode()).decode()
        images[p["sidc"]] = f"data:image/svg+xml;base64,{drawn}"
    level = _rows.LEVELS.get(p["status"], "")
    wrong = level if level in ("bad", "warn") else ""
    return {
        "id": p["node_id"],
        "kind": p["kind"],
        "lon": lon,
        "lat": lat,
        "image": p["sidc"],
        "label": p["name"],
        "title": f"{p['name']}: {p['summary']}" if p["summary"] else p["name"],
        "rank": 1 if p["kind"] != "unit" else 2 if wrong else 3,
        "status": wrong,
        "tier": 0,
    }


def _town(feature: Mapping[str, Any], n: int) -> Mark:
    lon, lat = feature["geometry"]["coordinates"][:2]
    people = float(feature["properties"].get("population") or 0)
    _, size, tier = next(found for found in _SIZES if people >= found[0])
    return {
        "kind": "place",
        "status": size,
        "quiet": True,
        "lon": lon,
        "lat": lat,
        "label": str(feature["properties"].get("name", "")),
        "rank": (2.5 if size in ("city", "town") else 5) + n / 1000,
        "tier": tier,
    }


def _closure(feature: Mapping[str, Any]) -> Mark:
    p, line = feature["properties"], feature["geometry"]["coordinates"]
    lon, lat = line[len(line) // 2]
    title = ": ".join(filter(None, (p["name"], p["text"])))
    rows = [{"key": "", "text": part} for part in p["text"].split("; ") if part]
    return _sign("closure", (lon, lat), title, {"title": f"Closed: {p['name']}", "rows": rows})


def _threat(feature: Mapping[str, Any]) -> Mark:
    p, rows = feature["properties"], [{"key": head, "text": text} for head, text in feature["properties"]["lines"]]
    sign = _sign("flying" if p["flying"] else "threat", feature["geometry"]["coordinates"], p["text"],
                 {"title": p["name"], "rows": rows})  # fmt: skip
    return {**sign, "glyph": "" if p["flying"] else "▲", "label": p["label"]}


def _sign(kind: str, at: Sequence[float], title: str, card: Mark) -> Mark:
    """Return a sign that opens its own card."""
    return {"kind": kind, "glyph": "", "id": "", "lon": at[0], "lat": at[1], "label": "", "title": title, "rank": 4,
            "tier": 0, "card": card}  # fmt: skip
