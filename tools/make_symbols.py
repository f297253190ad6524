"""Render the military symbols of land units and places into workbench/data/symbols.json, once, before a release.

Run ``python tools/make_symbols.py``. Needs the dev dependency ``milsymbol``, which nobody needs at run time:
its tables take 1.2 s and 130 MB to load. `workbench.report.symbols` puts echelon and entity together, so that every
entity is here once, and every echelon once.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import milsymbol

TARGET = Path(__file__).parents[1] / "workbench" / "data" / "symbols.json"
ECHELONS = ("11", "12", "13", "14", "15", "16", "17", "18", "21", "22", "23")
LAST_ENTITY = {"10": 21, "15": 14, "20": 13, "25": 34}
"""Symbol sets worth having, and the highest first two digits of their entities."""
CONTROLS = ("130300", "131500", "131600", "3103", "3106", "3107", "32")
"""Control measures worth having begin so: those that are points and concern supply and movement."""


def entities(symbol_set: str) -> list[str]:
    """Return the entity codes of a symbol set that may be worth having."""
    found = [
        f"{a}{b:02d}{c:02d}" for a in range(11, LAST_ENTITY[symbol_set] + 1) for b in range(100) for c in range(20)
    ]
    return found if symbol_set != "25" else [e for e in found if e.startswith(CONTROLS)]


def codes() -> list[str]:
    """Return the symbol codes to try: friendly and present; plain frames with every echelon."""
    out = [f"1003{s}0000{entity}0000" for s in LAST_ENTITY for entity in entities(s)]
    out += [f"1003100000{'0' * 10}", *(f"10031000{echelon}{'0' * 10}" for echelon in ECHELONS)]
    return sorted(out)


def render(sidc: str) -> str | None:
    """Return the symbol as a small SVG whose anchor is at (100, 100), None when the code means nothing."""
    symbol = milsymbol.Symbol(sidc, size=40)
    if not symbol.is_valid():
        return None
    svg = re.sub(r' (version|baseProfile|fill-opacity)="[^"]*"', "", symbol.as_svg())
    return re.sub(r"\s+>", ">", svg)


def main() -> None:
    """Write the file."""
    found = {sidc: svg for sidc in codes() if (svg := render(sidc)) is not None}
    TARGET.write_text(json.dumps(found, indent=0, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
