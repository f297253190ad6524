"""The files that travel with widgets: JavaScript, styles, and big libraries by name."""

from __future__ import annotations

import importlib.resources
from pathlib import Path

from workbench.report.geometry import PALETTE, PALETTE_DARK

STATIC = Path(__file__).parent / "static"
PLOTLY = Path(str(importlib.resources.files("plotly"))) / "package_data"
"""Folder of the plotly wheel that holds ``plotly.min.js``."""
VENDOR = {"plotly.min.js": PLOTLY / "plotly.min.js"}
"""The only files a widget may ask its kernel for."""


def script(*names: str) -> str:
    """Return the module text of a widget: the shared helpers, then the named files (a missing one raises)."""
    return "\n".join((STATIC / name).read_text("utf-8") for name in ("common.js", *names))


def style(*names: str) -> str:
    """Return the style text of a widget: the route colours, the shared style, then the named files."""
    return "\n".join((_route_colours(), *((STATIC / name).read_text("utf-8") for name in ("base.css", *names))))


def _route_colours() -> str:
    """Return the palette as ``--wb-r0`` …, light and dark, and a map class for each."""

    def block(colours: tuple[str, ...]) -> str:
        return " ".join(f"--wb-r{i}: {colour};" for i, colour in enumerate(colours))

    lines = [f":root {{ {block(PALETTE)} }}", f'[data-jp-theme-light="false"] {{ {block(PALETTE_DARK)} }}']
    lines += [f".wb-map .wb-r{i} {{ stroke: var(--wb-r{i}); }}" for i in range(len(PALETTE))]
    return "\n".join(lines)
