"""Where each requisition is drawn from: stock goes by priority, then by the earlier latest time, then by id."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from workbench.problem.lines import Line, chunks, take_away
from workbench.problem.ways import Way, ways
from workbench.problem.words import listed
from workbench.problem.world import Refusal, World
from workbench.units import floor_safe

SUPPLY_KINDS = ("depot", "supply_point", "distribution_point")
"""Kinds of node that may supply an item whose stock nobody counts."""
Stock = dict[tuple[int, str], tuple[str, float]]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a requisition: how much, from where (-1: nowhere or retrograde), possible sources, refusal."""

    quantity: float
    source: int
    sources: tuple[int, ...]
    refused: Refusal | None = None


def counted(rows: pd.DataFrame, index: Mapping[str, int]) -> tuple[Stock, list[str]]:
    """Return (place, item) -> (unit of issue, on hand) of the stock at supply points, and what was left out.

    Rows of one item at one place in different units of issue can't be added: the first unit stays.
    """
    out: Stock = {}
    left_out: list[str] = []
    columns = (rows[c] for c in ("node_id", "item", "unit_of_issue", "on_hand"))
    for node, item, unit, on_hand in zip(*columns, strict=True):
        known = out.get((index[node], item), (unit, 0.0))
        if known[0] == unit:
            out[index[node], item] = (unit, known[1] + float(on_hand))
        else:
            left_out.append(f"{on_hand:g} {unit} of {item} at {node} (counted there in {known[0]})")
    return out, left_out


def allocate(
    world: World, lines: Sequence[Line], stock: Stock, barred: Mapping[str, Refusal] | None = None
) -> dict[str, list[Part]]:
    """Return the parts of every requisition, those that can't be planned with their refusal.

    ``barred`` are requisitions that may not be planned whatever there is, with their refusals.
    """
    left = {key: on_hand for key, (_, on_hand) in stock.items()}
    drawn_by: dict[tuple[int, str], list[str]] = {}
    out: dict[str, list[Part]] = {}
    for line in sorted(lines, key=lambda x: (x.priority, x.latest_s, x.requisition_id)):
        found, refusal = _found(world, line, stock) if line.requisition_id not in (barred or {}) else ([], None)
        refusal = refusal or (barred or {}).get(line.requisition_id)
        if refusal:
            out[line.requisition_id] = [Part(line.quantity, -1, (), refusal)]
            continue
        parts, rest = _draw(line, found, left if line.kind == "delivery" else {})
        if rest > 0:
            before = [r for way in found for r in drawn_by.get((way.source, line.item), [])]
            parts.append(Part(rest, -1, (), _short(world, line, rest, (found, before))))
        for part in parts if line.kind == "delivery" else ():
            drawn_by.setdefault((part.source, line.item), []).append(line.requisition_id)
        out[line.requisition_id] = parts
    return out


def _found(world: World, line: Line, stock: Stock) -> tuple[list[Way], Refusal | None]:
    """Return the ways to serve a requisition by the vehicles that it may go by, or why there is none."""
    sources, refusal = _candidates(world, line, stock)
    if refusal or not line.may_use:
        return ([], refusal) if refusal else ways(world, line, sources)
    fleet = tuple(v for v, may in zip(world.fleet, line.may_use, strict=True) if may)
    if not fleet:
        return [], ("COMPATIBILITY", f"No vehicle of the fleet is what it asks for: {line.asks}.")
    found, refusal = ways(replace(world, fleet=fleet), line, sources)
    if refusal:
        code, text = refusal
        names = listed(v.vehicle_type for v in fleet)
        return [], (code, f"{text} Of the fleet only {names} may take it, for it asks for {line.asks}.")
    return found, None


def _candidates(world: World, line: Line, stock: Stock) -> tuple[list[int], Refusal | None]:
    """Return where it may be loaded (-1 for retrograde), or why nowhere."""
    if line.kind == "retrograde":
        return [-1], None
    if line.kind == "transfer":
        nowhere = ("STOCK", "It is to be fetched from another place, but no source_node_id says from where.")
        return [line.named_source], None if line.named_source >= 0 else nowhere
    holders = {place: held for (place, item), held in stock.items() if item == line.item}
    if line.named_source >= 0 and (not holders or line.named_source in holders):
        return [line.named_source], None
    if line.named_source >= 0:
        held = listed(f"{world.called(p)} {n:g} {unit}" for p, (unit, n) in sorted(holders.items()))
        text = f"{world.called(line.named_source)}, named as its source, holds no {line.item}; held at: {held}."
        return [], ("STOCK", text)
    if not holders:
        kinds = [i for i, place in enumerate(world.places) if place.kind in SUPPLY_KINDS]
        return kinds, None if kinds else (
            "STOCK",
            "The scenario has no depot, supply or distribution point to draw from.",
        )
    usable = sorted(p for p, (unit, n) in holders.items() if unit == line.unit_of_issue and n > 0)
    if usable:
        return usable, None
    units = sorted({unit for unit, _ in holders.values()} - {line.unit_of_issue})
    if units:
        text = f"Stock of {line.item} is counted in {listed(units)}, this requisition in {line.unit_of_issue}."
        return [], ("STOCK", text)
    return [], ("STOCK", f"No stock of {line.item} is left at {listed(world.called(p) for p in sorted(holders))}.")


def _draw(line: Line, found: Sequence[Way], left: dict[tuple[int, str], float]) -> tuple[list[Part], float]:
    """Draw from the nearest source on, whole units of issue, and cut what is drawn to what a vehicle lifts."""
    parts: list[Part] = []
    rest = line.quantity
    for way in found:
        key = (way.source, line.item)
        have = left.get(key, math.inf)
        take = rest if have >= rest else float(floor_safe(have))
        if take <= 0:
            continue
        if key in left:
            left[key] = take_away(have, take)
        rest = take_away(rest, take)
        for quantity in chunks(take, way.most):
            others = tuple(w.source for w in found if w is not way and w.most >= quantity)
            sources = () if way.source < 0 else (way.source, *others)
            parts.append(Part(quantity, way.source, sources))
    return parts, rest


def _short(world: World, line: Line, rest: float, why: tuple[Sequence[Way], Sequence[str]]) -> Refusal:
    """Say how much is missing, where it would have come from, and who got it."""
    found, before = why
    names = listed(world.called(way.source) for way in found)
    earlier = [r for r in before if r != line.requisition_id]
    text = f"Short by {rest:g} of {line.quantity:g} {line.unit_of_issue} of {line.item}: "
    if earlier:
        return "STOCK", text + f"the stock at {names} went to {listed(earlier)}, more urgent or due earlier."
    return "STOCK", text + f"there is no more of it in stock at {names}."
