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
WORTH = {
    "10": tuple(str(n) for n in range(11, 22)),
    "15": ("1403", "1406", "1407", "1408", "1409", "1410", "1412"),
    "20": ("1103", "1110", "1119", "1201", "1207", "1210"),
    "25": ("1303", "1315", "1316", "3103", "3106", "3107", "32"),
}
"""How the entities worth having begin, by symbol set: units, lorries, installations, points of supply and movement."""


def entities(symbol_set: str) -> list[str]:
    """Return the entity codes of a symbol set that may be worth having."""
    every = (f"{a}{b:02d}{c:02d}" for a in range(11, 35) for b in range(100) for c in range(20))
    return [e for e in every if e.startswith(WORTH[symbol_set])]


def codes() -> list[str]:
    """Return the symbol codes to try: friendly and present; plain frames with every echelon."""
    out = [f"1003{s}0000{entity}0000" for s in WORTH for entity in entities(s)]
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
