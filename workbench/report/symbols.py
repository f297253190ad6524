"""Military symbols as small SVGs, rendered beforehand; a plain frame for codes that are not among them."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from importlib.resources import files

import pandas as pd

NODE_SYMBOLS = {
    "depot": "10031000001636000000",
    "supply_point": "10032500003217000000",
    "distribution_point": "10032500003209000000",
    "lrp": "10032500003209000000",
}
"""The symbol of a place that no unit stands at, by its kind."""
ANCHOR = (100, 100)
"""Point of the symbol that stands on the map, in its own coordinates."""

_FRAMES = {
    "2": ("M25,50 l150,0 0,100 -150,0 z", "rgb(128,224,255)"),
    "3": ("M25,50 l150,0 0,100 -150,0 z", "rgb(128,224,255)"),
    "4": ("M45,45 l110,0 0,110 -110,0 z", "rgb(170,255,170)"),
    "5": ("M 100,28 L172,100 100,172 28,100 Z", "rgb(255,128,128)"),
    "6": ("M 100,28 L172,100 100,172 28,100 Z", "rgb(255,128,128)"),
}
_UNKNOWN = ("M63,63 C63,20 137,20 137,63 C180,63 180,137 137,137 C137,180 63,180 63,137 C20,137 20,63 63,63 Z",
            "rgb(255,255,128)")  # fmt: skip


ECHELON = '<g transform="translate(0,0)" stroke-width="4" stroke="black" fill="none">'
"""What the marks of an echelon begin with in a rendered symbol; nothing of the symbol comes after them."""
_BOX = re.compile(r'viewBox="([^"]*)"')


@lru_cache(maxsize=1)
def _rendered() -> dict[str, str]:
    text = (files("workbench") / "data" / "symbols.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


@lru_cache(maxsize=1024)
def symbol(sidc: str) -> str:
    """Return the SVG of a 20-digit MIL-STD-2525D code; its anchor is at (100, 100) of its view box.

    Exercise and simulation codes, planned status, headquarters marks and assumed friends get the symbol of the
    present friend, and modifiers are left out. An entity that is not among the rendered ones gets a plain frame.
    """
    if not re.fullmatch(r"\d{20}", sidc):
        return _frame("0")
    friend = "3" if sidc[3] in "23" else sidc[3]
    body = _rendered().get(f"100{friend}{sidc[4:6]}0000{sidc[10:16]}0000")
    if body is None:
        return _frame(friend)
    echelon = _rendered().get(f"10031000{sidc[8:10]}{'0' * 10}") if sidc[4:6] == "10" and sidc[8:10] != "00" else None
    return body if echelon is None else _joined(body, echelon)


def _joined(body: str, echelon: str) -> str:
    """Return a unit's symbol with the marks of an echelon above its frame."""
    boxes = [[float(v) for v in _BOX.findall(svg)[0].split()] for svg in (body, echelon)]
    west, north = (min(b[k] for b in boxes) for k in (0, 1))
    east, south = (max(b[k] + b[k + 2] for b in boxes) for k in (0, 1))
    width, height = east - west, south - north
    head = f'width="{width * 0.4:g}" height="{height * 0.4:g}" viewBox="{west:g} {north:g} {width:g} {height:g}"'
    inner = body[body.index(">") + 1 : -len("</svg>")]
    marks = echelon[echelon.index("<g ") : -len("</svg>")]
    return f'<svg xmlns="http://www.w3.org/2000/svg" {head}>{inner}{marks}</svg>'


def node_symbol(kind: str) -> str:
    """Return the SVG for a place by its kind; a plain frame for a unit's place or an unknown kind."""
    return symbol(NODE_SYMBOLS[kind]) if kind in NODE_SYMBOLS else _frame("3")


def by_node(units: pd.DataFrame | None) -> dict[str, str]:
    """Return the symbol code of the first unit that stands at each node; empty without a table of units."""
    if units is None:
        return {}
    pairs = zip(units["node_id"], units["sidc"], strict=True)
    return {node: sidc for node, sidc in reversed(list(pairs)) if node and sidc}


def _frame(identity: str) -> str:
    shape, fill = _FRAMES.get(identity, _UNKNOWN)
    box = "21 46 158 108" if identity in "23" else "21 24 158 152"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" width="63" height="43">'
        f'<path d="{shape}" stroke-width="4" stroke="black" fill="{fill}"></path></svg>'
    )
