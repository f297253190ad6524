"""Render the military symbols that scenarios use into workbench/data/symbols.json, once, before a release.

Run ``python tools/make_symbols.py``. Needs the dev dependency ``milsymbol``, which nobody needs at run time:
its tables take 1.2 s and 130 MB to load.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import milsymbol

TARGET = Path(__file__).parents[1] / "workbench" / "data" / "symbols.json"

# MIL-STD-2525D entities; see the list in domain terms beside each group
UNITS = (
    "110000", "111000",  # command and control, signal
    "120100", "120500", "120502", "120600", "121100", "121102", "121104", "121300",  # manoeuvre, aviation
    "130100", "130300", "130800",  # air defence, field artillery, mortar
    "140100", "140700", "141200",  # CBRN, engineer, military police
    "150000", "151000",  # intelligence
    "160000", "160200", "160300", "160400", "160600", "161000", "161100", "161300", "161400", "161600", "161700",
    "162300", "162500", "162900", "163000", "163300", "163400", "163600", "164700", "164800",
)  # fmt: skip
ECHELONS = ("00", "12", "13", "14", "15", "16", "17", "18", "21")
CONTROLS = (
    "130300", "131500", "131600", "310300", "310600", "310700", "320100", "320200", "320300", "320500", "320900",
    "321000", "321200", "321300", "321400", "321500", "321600", "321700",
    *(f"3217{n:02d}" for n in range(7, 17)), "321800",
)  # fmt: skip
INSTALLATIONS = ("110000", "110300", "111000", "111900", "120100", "120700", "121000")
EQUIPMENT = ("140300", "140600", "140601", "140602", "140603", "140700", "140800", "140900", "141000", "141200")


def codes() -> list[str]:
    """Return every symbol code worth having: friendly, present, land."""
    out = [f"100310{'00'}{echelon}{entity}0000" for entity in UNITS for echelon in ECHELONS]
    for symbol_set, entities in (("25", CONTROLS), ("20", INSTALLATIONS), ("15", EQUIPMENT)):
        out += [f"1003{symbol_set}0000{entity}0000" for entity in entities]
    out += ["10061000001211000000", "10041000001211000000", "10011000000000000000"]
    return sorted(set(out))


def render(sidc: str) -> str | None:
    """Return the symbol as a small SVG whose anchor is at (100, 100), None when the code is unknown."""
    symbol = milsymbol.Symbol(sidc, size=40)
    if not symbol.is_valid():
        return None
    svg = re.sub(r' (version|baseProfile)="[^"]*"', "", symbol.as_svg())
    return re.sub(r"\s+>", ">", svg)


def main() -> None:
    """Write the file."""
    found = {sidc: svg for sidc in codes() if (svg := render(sidc)) is not None}
    TARGET.write_text(json.dumps(found, indent=0, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
