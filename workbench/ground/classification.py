"""The route classification formula: width / type / load class / clearance, with (OB), (T) and (W).

Read, written, and made from the roads of a path. ``6.7m/Y/30/5m(OB)(W)`` is 6.7 m wide, limited all weather, load
class 30, 5 m clear, obstructed, and regularly flooded. A width or load class that nobody knows is written ``?``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
import shapely

from workbench.ground.pieces import GEOD, FloatArray

Flow = Literal["single", "double"]
FT_M = 0.3048
TYPES = ("X", "Y", "Z")
"""All weather, limited all weather (closed up to a day at a time), fair weather; from best to worst."""
LEAST_CLEARANCE_M = 4.3
LEAST_WIDTH_M = {("single", False): 5.5, ("single", True): 6.0, ("double", False): 7.3, ("double", True): 8.0}
"""Width that a flow needs, by flow and whether it is tracked; narrower is an obstruction."""
STEEP_PCT = 7.0
SHARP_M = 25.0
REPORTED_M = 45.0
_ARM_M = 10.0
_TYPE_OF = {"asphalt": "X", "concrete": "X", "paved": "X", "gravel": "Y", "dirt": "Z"}
_TYPE_OF_CLASS = {"motorway": "X", "trunk": "X", "primary": "X", "secondary": "X", "track": "Z"}
"""Type taken for an unknown surface by class of road, Y for the others: our planning defaults (mark D)."""
_FORMULA = re.compile(
    r"(?P<width>\?|\d+(?:[.,]\d+)?)\s*(?P<unit>m|ft)?\s*/\s*(?P<type>[XYZ])\s*/"
    r"\s*(?:(?P<wheeled>\d+)\s*W[\s/]*(?P<tracked>\d+)\s*T|(?P<both>\?|\d+))\s*/"
    r"\s*(?P<clearance>unlimited|∞|\d+(?:[.,]\d+)?)\s*(?P<unit2>m|ft)?\s*(?P<flags>(?:\((?:OB|T|W)\)\s*)*)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class RouteClass:
    """A route's class. Widths are metres; None is not known, an infinite clearance unlimited."""

    width_m: float | None
    kind: str
    mlc_w: int | None
    mlc_t: int | None
    clearance_m: float = math.inf
    obstructed: bool = False
    snow: bool = False
    flooding: bool = False

    def __str__(self) -> str:
        """Return the formula, in metres."""
        width = "?" if self.width_m is None else f"{_metres(self.width_m)}m"
        classes = ["?" if c is None else str(c) for c in (self.mlc_w, self.mlc_t)]
        pair = f"{classes[0]}W{classes[1]}T" if "?" not in classes else "?"
        load = classes[0] if self.mlc_w == self.mlc_t else pair
        clearance = "unlimited" if math.isinf(self.clearance_m) else f"{_metres(self.clearance_m)}m"
        flags = ((self.obstructed, "(OB)"), (self.snow, "(T)"), (self.flooding, "(W)"))
        return f"{width}/{self.kind}/{load}/{clearance}" + "".join(text for on, text in flags if on)

    def flow(self, *, tracked: bool) -> Flow | None:
        """Return the flow that the width admits: double, single, or None for neither or a width not known."""
        if self.width_m is None or self.width_m < LEAST_WIDTH_M["single", tracked]:
            return None
        return "double" if self.width_m >= LEAST_WIDTH_M["double", tracked] else "single"

    def refuses(self, *, mlc: float = 0.0, tracked: bool = False, height_m: float = 0.0) -> list[str]:
        """Return why a vehicle of a load class and height may not use the route; empty if it may.

        A load class that is not known admits none: unknown is not unlimited.
        """
        out = []
        load_class = self.mlc_t if tracked else self.mlc_w
        if mlc and load_class is None:
            out.append("its load class is not known")
        elif load_class is not None and mlc > load_class:
            out.append(f"its load class is {load_class}, too low for class {mlc:g}")
        if height_m > self.clearance_m:
            out.append(f"its clearance is {_metres(self.clearance_m)} m, too low for {_metres(height_m)} m")
        return out


def _metres(value: float) -> str:
    """Return metres to the centimetre, rounded down, without needless zeros."""
    return f"{math.floor(value * 100 + 1e-6) / 100:.2f}".rstrip("0").rstrip(".")


def parse(text: str) -> RouteClass:
    """Return the class that a formula states; the unit of the width holds for the clearance too, metres if none.

    Raises
    ------
    ValueError
        When the text is no formula.
    """
    found = _FORMULA.fullmatch(text.strip()) if isinstance(text, str) else None
    if not found:
        raise ValueError(f"Expected width/type/load class/clearance such as 6.7m/Y/30/5m(OB)(W), got {text!r}.")
    unit = (found["unit"] or "m").lower()
    wide, high = found["width"], found["clearance"].lower()
    flags = found["flags"].upper()
    if flags.count("(") != len(set(re.findall(r"\((\w+)\)", flags))):
        raise ValueError(f"Expected each of (OB), (T), (W) at most once, got {text!r}.")
    both = None if found["both"] in (None, "?") else int(found["both"])
    return RouteClass(
        width_m=None if wide == "?" else _length(wide, unit),
        kind=found["type"].upper(),
        mlc_w=int(found["wheeled"]) if found["wheeled"] else both,
        mlc_t=int(found["tracked"]) if found["tracked"] else both,
        clearance_m=math.inf if high in ("unlimited", "∞") else _length(high, (found["unit2"] or unit).lower()),
        obstructed="(OB)" in flags,
        snow="(T)" in flags,
        flooding="(W)" in flags,
    )


def _length(text: str, unit: str) -> float:
    return float(text.replace(",", ".")) * (FT_M if unit == "ft" else 1.0)


def curve_radius_m(chord_m: float, middle_m: float) -> float:
    """Return the radius of a curve from a chord and its middle ordinate: ``C² / 8M + M / 2``; infinite if straight."""
    return math.inf if middle_m <= 0 else chord_m**2 / (8 * middle_m) + middle_m / 2


def slope_pct(rise_m: float, run_m: float) -> float:
    """Return the gradient in per cent of a rise over a horizontal distance."""
    return 100 * rise_m / run_m


def sharpest_m(lonlat: FloatArray) -> float:
    """Return the least radius along a drawn line, each measured over ten metres before and behind a corner.

    Corners nearer to an end are not measured: over a shorter chord every bend of a drawing looks sharp.
    """
    if len(lonlat) < 3:
        return math.inf
    away = GEOD.inv(lonlat[:-1, 0], lonlat[:-1, 1], lonlat[1:, 0], lonlat[1:, 1])[2]
    along = np.concatenate([[0.0], np.cumsum(away)])
    corners = along[1:-1][(along[1:-1] >= _ARM_M) & (along[1:-1] <= along[-1] - _ARM_M)]
    scale = 111_195.0 * np.array([math.cos(math.radians(float(lonlat[0, 1]))), 1.0])
    points = (lonlat - lonlat[0]) * scale
    before, at, after = (
        np.stack([np.interp(where, along, points[:, axis]) for axis in (0, 1)], axis=1)
        for where in (corners - _ARM_M, corners, corners + _ARM_M)
    )
    chord = np.hypot(*(after - before).T)
    middle = np.hypot(*(at - (before + after) / 2).T)
    return min((curve_radius_m(c, m) for c, m in zip(chord, middle, strict=True) if m > 1e-6), default=math.inf)


@dataclass(frozen=True, slots=True)
class Obstruction:
    """A road of a route that obstructs it, and why."""

    edge_id: str
    text: str


def obstructions(edges: pd.DataFrame, *, flow: Flow = "double", tracked: bool = True) -> list[Obstruction]:
    """Return what obstructs the roads of a route; what is not known does not, and an unlimited clearance never.

    Low clearance, a width below what the flow needs, gradients from 7 %, curves of 25 m radius or less, fords and
    ferries obstruct. Without other orders a double flow of tracked vehicles is planned for.
    """
    return [Obstruction(str(row["edge_id"]), text) for row in edges.to_dict("records")
            for text in _obstructing(row, LEAST_WIDTH_M[flow, tracked])]  # fmt: skip


def _obstructing(row: dict[Any, Any], least_m: float) -> Iterator[str]:
    if row["clearance_m"] < LEAST_CLEARANCE_M:
        yield f"clearance {_metres(row['clearance_m'])} m, below {LEAST_CLEARANCE_M} m"
    if row["width_m"] < least_m:
        yield f"width {_metres(row['width_m'])} m, below {least_m:g} m"
    if row["gradient_pct"] >= STEEP_PCT:
        yield f"gradient {row['gradient_pct']:g} %, from {STEEP_PCT:g} %"
    if row["geometry"]:
        radius = sharpest_m(shapely.get_coordinates(shapely.from_wkt(row["geometry"])))
        if radius <= SHARP_M:
            yield f"curve of {radius:.0f} m radius as drawn, {SHARP_M:g} m or less"
    if row["ford"]:
        yield "ford"
    if row["ferry"]:
        yield "ferry"


def of_roads(
    edges: pd.DataFrame,
    *,
    flow: Flow = "double",
    tracked: bool = True,
    snow: bool = False,
    flooding: bool = False,
) -> RouteClass:
    """Return the class of a route from its roads: rows of ``edges`` of a scenario, in any order.

    The worst road sets the type, the narrowest the width, the lowest the clearance. The weakest bridge sets the load
    class, without bridges the weakest road; one bridge of unknown class makes it unknown. With a double flow the
    classes for both directions running count where they are stated.

    Raises
    ------
    ValueError
        When there is no road.
    """
    if edges.empty:
        raise ValueError("Expected at least one road.")
    kinds = [_TYPE_OF.get(s) or _TYPE_OF_CLASS.get(c, "Y")
             for s, c in zip(edges["surface"], edges["road_class"], strict=True)]  # fmt: skip
    return RouteClass(
        width_m=None if edges["width_m"].isna().all() else float(edges["width_m"].min()),
        kind=max(kinds, key=TYPES.index),
        mlc_w=_weakest(edges, "mlc_w", flow),
        mlc_t=_weakest(edges, "mlc_t", flow),
        clearance_m=float(edges["clearance_m"].fillna(math.inf).min()),
        obstructed=bool(obstructions(edges, flow=flow, tracked=tracked)),
        snow=snow,
        flooding=flooding,
    )


def _weakest(edges: pd.DataFrame, column: str, flow: Flow) -> int | None:
    """Return the load class of the weakest bridge, or road where there is no bridge; None if not known."""
    alone = edges[column]
    classes = edges[f"{column}2"].fillna(alone) if flow == "double" else alone
    bridges = classes[edges["bridge"]]
    counted: Sequence[float] = (bridges if len(bridges) else classes.dropna()).tolist()
    return None if not counted or any(math.isnan(c) for c in counted) else int(min(counted))
