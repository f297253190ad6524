"""Small OpenStreetMap files, written by hand, and where the real extracts lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest

EXTRACTS = Path(__file__).parents[2] / "shared" / "osm"
STEP = 0.001


def extract(name: str) -> Path:
    """Return a real extract, or skip: extracts are never part of the project."""
    file = EXTRACTS / f"{name}.osm.pbf"
    if not file.is_file():
        pytest.skip(f"the extract {file.name} is not beside the project (../shared/osm)")
    return file


def write(
    path: Path,
    nodes: Mapping[int, tuple[float, float] | tuple[float, float, Mapping[str, str]]],
    ways: Mapping[int, tuple[Sequence[int], Mapping[str, str]]],
    relations: Mapping[int, tuple[Sequence[tuple[str, int, str]], Mapping[str, str]]] | None = None,
) -> Path:
    """Write a map as XML; positions are steps of a thousandth of a degree east and north of 9.5, 47.1."""
    lines = ["<?xml version='1.0' encoding='UTF-8'?>", '<osm version="0.6">']
    for ref, (x, y, *tags) in nodes.items():
        where = f'lat="{47.1 + y * STEP:.7f}" lon="{9.5 + x * STEP:.7f}"'
        lines.append(f'<node id="{ref}" version="1" {where}>{_tags(tags[0] if tags else {})}</node>')
    for ref, (refs, tags) in ways.items():
        members = "".join(f'<nd ref="{r}"/>' for r in refs)
        lines.append(f'<way id="{ref}" version="1">{members}{_tags(tags)}</way>')
    for ref, (members, tags) in (relations or {}).items():
        inner = "".join(f'<member type="{kind}" ref="{r}" role="{role}"/>' for kind, r, role in members)
        lines.append(f'<relation id="{ref}" version="1">{inner}{_tags(tags)}</relation>')
    path.write_text("\n".join([*lines, "</osm>"]), encoding="utf-8")
    return path


def _tags(tags: Mapping[str, str]) -> str:
    return "".join(f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in tags.items())


ROAD = {"highway": "residential"}
CROSS = {1: (0, 0), 2: (1, 0), 3: (2, 0), 4: (1, 1), 5: (1, -1)}
"""A crossing at node 2: 1 west, 3 east, 4 north, 5 south."""


def cross(path: Path, relations=None, **tags: Mapping[str, str]) -> Path:
    """Write a crossing of four ways (11 west, 12 east, 13 north, 14 south), all drawn towards node 2 or from it."""
    ways = {
        11: ([1, 2], ROAD | tags.get("west", {})),
        12: ([2, 3], ROAD | tags.get("east", {})),
        13: ([2, 4], ROAD | tags.get("north", {})),
        14: ([5, 2], ROAD | tags.get("south", {})),
    }
    return write(path, CROSS, ways, relations)
