"""How lesson texts, tables and pictures look: one style sheet, light and dark, everything escaped."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from workbench.report.geometry import PALETTE, PALETTE_DARK

INK = "var(--jp-ui-font-color1,#1c1f23)"
FAINT = "var(--jp-border-color2,#d5d9dd)"
PAPER = "var(--jp-layout-color1,#fff)"
_DARK = ("[data-jp-theme-light=false] .wbl", ".theme-dark .wbl")


def _colours(prefix: str, values: Sequence[str]) -> str:
    return "".join(f"{prefix} .wbl-r{n}{{--c:{value}}}" for n, value in enumerate(values))


_STYLE = (
    "<style>"
    f".wbl{{--bad:#b3201a;--bar:#2f6db3;color:{INK};font:14px/1.45 var(--jp-ui-font-family,system-ui,sans-serif);"
    "margin:6px 0 12px}"
    f"{','.join(_DARK)}{{--bad:#ff8f86;--bar:#7db4f0}}"
    ".wbl p{max-width:46em;margin:4px 0 8px}.wbl h4{font-size:15px;font-weight:600;margin:4px 0 6px}"
    ".wbl-side{display:flex;flex-wrap:wrap;gap:4px 24px;align-items:center}.wbl-side h4{flex-basis:100%;order:-1}"
    ".wbl svg{width:100%;max-width:460px;height:auto;font-size:13px}"
    ".wbl table{font-variant-numeric:tabular-nums;border-collapse:collapse;font-size:13px;margin:0;border:0}"
    ".wbl td,.wbl th{padding:2px 10px 2px 0;text-align:right;border:0;white-space:nowrap}"
    ".wbl td:first-child,.wbl th:first-child{text-align:left}"
    ".wbl caption{text-align:left;font-weight:600;padding:2px 0 6px;max-width:26em}"
    f".wbl thead th{{border-bottom:1px solid {FAINT}}}"
    ".wbl .wbl-bad{color:var(--bad);font-weight:600}"
    ".wbl .wbl-key{display:inline-block;width:18px;border-top:4px solid var(--c);vertical-align:middle;"
    "margin-right:6px}"
    ".wbl-mark{border-left:4px solid var(--bar);padding:2px 12px;max-width:46em}"
    f".wbl-bar{{background:{FAINT};height:6px;width:160px;margin:5px 0}}"
    ".wbl-bar div{background:var(--bar);height:6px}"
    f"{_colours('.wbl', PALETTE)}{''.join(_colours(dark, PALETTE_DARK) for dark in _DARK)}"
    "</style>"
)


def block(inner: str) -> str:
    """Return markup in the lesson's style, which comes with it."""
    return f'{_STYLE}<div class="wbl">{inner}</div>'


def paragraph(text: str) -> str:
    """Return a sentence as an escaped paragraph of readable width."""
    return f"<p>{html.escape(text)}</p>"


def heading(text: str) -> str:
    """Return an escaped heading."""
    return f"<h4>{html.escape(text)}</h4>"


def table(frame: pd.DataFrame) -> str:
    """Return a table with its index as the first column; numbers right-aligned, as written."""
    shown = frame.reset_index()
    head = "".join(f"<th>{html.escape(str(c))}</th>" for c in shown.columns)
    rows = "".join(
        f"<tr>{''.join(f'<td>{html.escape(_cell(value))}</td>' for value in row)}</tr>"
        for row in shown.itertuples(index=False)
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A small table to show beside text, in the lesson's style."""

    frame: pd.DataFrame

    def __repr__(self) -> str:
        return self.frame.to_string()

    def _repr_html_(self) -> str:
        return block(table(self.frame))


def _cell(value: object) -> str:
    return f"{value:,g}" if isinstance(value, int | float) else str(value)
