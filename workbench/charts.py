"""Tables to plotly figures. Every axis names its unit; nothing here draws a map or asks a network for anything.

Figures are plain `plotly.graph_objects.Figure`; pass ``theme="dark"`` for a dark page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pandas as pd
import plotly.graph_objects as go

from workbench.report import geometry
from workbench.report.sections import label
from workbench.report.words import DIMENSIONS

Theme = Literal["light", "dark"]

CONFIG: Mapping[str, Any] = {"displaylogo": False, "showSendToCloud": False, "plotlyServerURL": "", "responsive": True}
"""How figures are to be shown: no button that would send data away."""
_INK = {"light": "#1b2126", "dark": "#e6e9ea"}
_GRID = {"light": "#d5d9d8", "dark": "#364047"}
_PAPER = {"light": "#ffffff", "dark": "#1c2226"}
_ACCENT = {"light": "#1f5fa8", "dark": "#82b6ee"}
_SOFT = {"light": "#9aa4ab", "dark": "#6d7880"}
_BAD = {"light": "#a3211b", "dark": "#ff9a90"}
_PATTERNS = {"on the road": "", "waiting": ".", "loading": "/", "service": ""}
_OPACITY = {"on the road": 0.4, "waiting": 0.7, "loading": 0.8, "service": 1.0}
_LOADING = ("load", "reload")

__all__ = [
    "CONFIG", "comparison", "convergence", "cost_lines", "risk_front", "served_by_priority", "timeline",
    "unserved_by_code", "utilisation",
]  # fmt: skip


def timeline(routes: pd.DataFrame, stops: pd.DataFrame, theme: Theme = "light") -> go.Figure:
    """Return one bar a route over time, of the tables of `plan.to_tables`.

    Travel, waiting, loading and service differ by pattern and strength, routes by colour; times are UTC.
    """
    pieces = _pieces(routes, stops)
    order = list(routes["route_id"])
    figure = _figure("Timeline", "time, UTC (Z)", "", theme)
    for kind in _PATTERNS:
        part = [p for p in pieces if p["kind"] == kind]
        figure.add_bar(
            name=kind,
            orientation="h",
            y=[p["route_id"] for p in part],
            base=[p["start"].isoformat() for p in part],
            x=[(p["end"] - p["start"]).total_seconds() * 1000 for p in part],
            width=0.25 if kind == "on the road" else 0.7,
            marker={
                "color": [geometry.colour(order.index(p["route_id"]), theme == "dark") for p in part],
                "opacity": _OPACITY[kind],
                "pattern": {"shape": _PATTERNS[kind], "fillmode": "overlay"},
            },
            customdata=[[p["where"], _zulu(p["start"]), _zulu(p["end"])] for p in part],
            hovertemplate="%{y} " + kind + " %{customdata[0]}<br>%{customdata[1]} to %{customdata[2]}<extra></extra>",
        )
    figure.update_layout(barmode="overlay", height=110 + 26 * len(order))
    figure.update_xaxes(type="date", tickformat="%H%MZ\n%d %b")
    figure.update_yaxes(categoryorder="array", categoryarray=order[::-1], showgrid=False)
    return figure


def _pieces(routes: pd.DataFrame, stops: pd.DataFrame) -> list[dict[str, Any]]:
    """Return what every vehicle does from when to when, in the order of the plan."""
    out = []
    for route_id, start in zip(routes["route_id"], routes["start"], strict=True):
        leaves = start
        for stop in stops[stops["route_id"] == route_id].to_dict("records"):
            spans = (
                ("on the road", leaves, stop["arrive"]),
                ("waiting", stop["arrive"], stop["begin"]),
                ("loading" if stop["kind"] in _LOADING else "service", stop["begin"], stop["depart"]),
            )
            out += [
                {"route_id": route_id, "kind": kind, "start": a, "end": b, "where": stop["node"]}
                for kind, a, b in spans
                if b > a
            ]
            leaves = stop["depart"]
    return out


def _zulu(moment: pd.Timestamp) -> str:
    return f"{moment:%d%H%MZ}"


def served_by_priority(kpis: pd.DataFrame, theme: Theme = "light") -> go.Figure:
    """Return served and unserved requisitions by priority, from `kpi.table`."""
    figure = _figure("Served by priority", "priority (1 is most urgent)", "requisitions", theme)
    for name, colour, pattern in (("served", _ACCENT[theme], ""), ("unserved", _BAD[theme], "x")):
        found = _family(kpis, f"{name}_priority_")
        figure.add_bar(
            name=name,
            x=list(found),
            y=list(found.values()),
            marker={"color": colour, "pattern": {"shape": pattern}},
            hovertemplate="priority %{x}: %{y:.2f} " + name + "<extra></extra>",
        )
    figure.update_layout(barmode="stack")
    figure.update_xaxes(type="category")
    return figure


def utilisation(kpis: pd.DataFrame, theme: Theme = "light") -> go.Figure:
    """Return how full vehicles are by load dimension, from `kpi.table`."""
    found = {DIMENSIONS.get(name, name): value for name, value in _family(kpis, "utilisation_").items()}
    figure = _figure("How full vehicles are", "peak load, % of capacity", "", theme)
    shares = [100 * v for v in found.values()]
    figure.add_bar(orientation="h", y=list(found), x=shares, marker={"color": _ACCENT[theme]},
                   text=[f"{s:.0f} %" for s in shares], textposition="auto",
                   hovertemplate="%{y}: %{x:.1f} % of capacity<extra></extra>")  # fmt: skip
    figure.update_xaxes(range=[0, max(100.0, *shares, 0.0)])
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure


def unserved_by_code(unserved: pd.DataFrame, theme: Theme = "light") -> go.Figure:
    """Return unserved deliveries by reason, the most frequent first, from a table with a column ``code``."""
    counts = unserved["code"].value_counts().sort_index().sort_values(ascending=False, kind="stable")
    figure = _figure("Unserved by reason", "deliveries", "", theme)
    figure.add_bar(orientation="h", y=list(counts.index), x=[int(n) for n in counts], marker={"color": _BAD[theme]},
                   text=[str(n) for n in counts], textposition="auto",
                   hovertemplate="%{y}: %{x} deliveries<extra></extra>")  # fmt: skip
    figure.update_xaxes(rangemode="tozero", dtick=max(1, -(-int(counts.max()) // 8)) if len(counts) else 1)
    figure.update_yaxes(autorange="reversed", showgrid=False)
    if unserved.empty:
        _say(figure, "Every delivery is in the plan.")
    return figure


def convergence(points: Sequence[tuple[float, int, int]], theme: Theme = "light") -> go.Figure:
    """Return how the plan got better: ``points`` are (seconds, cost, unserved deliveries) as the monitor saw them."""
    seconds = [p[0] for p in points]
    figure = _figure("How the plan got better", "seconds since the start", "cost", theme)
    lines = (("cost", 1, _ACCENT[theme], "solid", "y"), ("unserved deliveries", 2, _BAD[theme], "dot", "y2"))
    for name, column, colour, dash, axis in lines:
        figure.add_scatter(
            name=name, x=seconds, y=[p[column] for p in points], yaxis=axis, mode="lines+markers",
            line={"color": colour, "dash": dash, "shape": "hv", "width": 2}, marker={"size": 5},
            hovertemplate="%{x:.1f} s: %{y:,} " + name + "<extra></extra>",
        )  # fmt: skip
    second = {"title": {"text": "unserved deliveries"}, "overlaying": "y", "side": "right", "rangemode": "tozero",
              "showgrid": False, "tickformat": ",d"}  # fmt: skip
    figure.update_layout(yaxis2=second, xaxis={"rangemode": "tozero"}, yaxis={"tickformat": ","})
    if not points:
        _say(figure, "No plan yet.")
    return figure


def cost_lines(kpis: pd.DataFrame, theme: Theme = "light") -> go.Figure:
    """Return the cost of the plan by line item, from `kpi.table`."""
    found = {k: v for k, v in _family(kpis, "cost_").items() if k != "total"}
    figure = _figure("Cost by line", "cost", "", theme)
    figure.add_bar(orientation="h", y=list(found), x=list(found.values()), marker={"color": _ACCENT[theme]},
                   text=[f"{v:,.0f}" for v in found.values()], textposition="auto",
                   hovertemplate="%{y}: %{x:,.0f}<extra></extra>")  # fmt: skip
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure


def risk_front(front: pd.DataFrame, chosen: int = -1, theme: Theme = "light") -> go.Figure:
    """Return the ways of a leg (``seconds``, ``loss``, as `threat.alternatives` has them) by time and loss probability.

    Each point is a way that no other beats in both; the row ``chosen`` is set off, -1 sets off none.
    """
    figure = _figure("Time and risk of this leg", "minutes", "loss probability, %", theme)
    minutes, loss = front["seconds"] / 60, 100 * front["loss"]
    labels = [f"way {n} of {len(front)}" for n in range(1, len(front) + 1)]
    figure.add_scatter(
        name="ways", x=minutes, y=loss, mode="lines+markers", text=labels, line={"color": _SOFT[theme], "shape": "hv"},
        marker={"size": 9, "color": _PAPER[theme], "line": {"width": 2, "color": _INK[theme]}},
        hovertemplate="%{text}<br>%{x:.1f} min, %{y:.2f} % loss<extra></extra>",
    )  # fmt: skip
    if 0 <= chosen < len(front):
        at = [chosen]
        figure.add_scatter(
            name="chosen", x=minutes.iloc[at], y=loss.iloc[at], mode="markers+text", text=[f"  {labels[chosen]}"],
            textposition="top right", marker={"size": 16, "symbol": "diamond", "color": _ACCENT[theme]},
            hovertemplate="%{text}<br>%{x:.1f} min, %{y:.2f} % loss<extra></extra>",
        )  # fmt: skip
    figure.update_layout(showlegend=False, hovermode="closest")
    figure.update_yaxes(rangemode="tozero")
    return figure


def comparison(tables: Mapping[str, pd.DataFrame], kpi: str = "otif", theme: Theme = "light") -> go.Figure:
    """Return one figure of several plans side by side; ``tables`` are `kpi.table` by the name of the plan."""
    rows = {name: table[table["kpi"] == kpi].iloc[0] for name, table in tables.items()}
    unit = str(next(iter(rows.values()))["unit"]) if rows else ""
    scale, shown = (100.0, "%") if unit == "share" else (1.0, unit)
    values = [scale * float(row["value"]) for row in rows.values()]
    figure = _figure(label(kpi, unit), "", shown, theme)
    figure.add_bar(x=list(rows), y=values, marker={"color": _ACCENT[theme]}, text=[f"{v:,.1f}" for v in values],
                   textposition="auto", hovertemplate="%{x}: %{y:,.1f} " + shown + "<extra></extra>")  # fmt: skip
    figure.update_yaxes(rangemode="tozero", range=[0, 100] if unit == "share" else None)
    return figure


def _family(kpis: pd.DataFrame, stem: str) -> dict[str, float]:
    """Return the figures whose names begin with ``stem``, by the rest of the name, in their order."""
    found = kpis[kpis["kpi"].str.startswith(stem)]
    return {name[len(stem) :]: float(value) for name, value in zip(found["kpi"], found["value"], strict=True)}


def _say(figure: go.Figure, text: str) -> None:
    """Write a sentence where an empty figure has nothing else to show."""
    figure.add_annotation(text=text, showarrow=False, x=0.5, y=0.5, xref="paper", yref="paper")


def _figure(title: str, x: str, y: str, theme: Theme) -> go.Figure:
    """Return an empty figure in the house's look, with its axes named."""
    axis = {"gridcolor": _GRID[theme], "zerolinecolor": _GRID[theme], "linecolor": _GRID[theme], "automargin": True}
    return go.Figure(
        layout={
            "title": {"text": title, "font": {"size": 15}, "x": 0, "xref": "paper"},
            "font": {"color": _INK[theme], "size": 12},
            "paper_bgcolor": _PAPER[theme],
            "plot_bgcolor": _PAPER[theme],
            "colorway": list(geometry.PALETTE_DARK if theme == "dark" else geometry.PALETTE),
            "margin": {"l": 8, "r": 8, "t": 44, "b": 8},
            "xaxis": {**axis, "title": {"text": x}},
            "yaxis": {**axis, "title": {"text": y}},
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 1, "xanchor": "right"},
            "bargap": 0.3,
        }
    )
