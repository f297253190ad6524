"""Benchmark instances of other layouts as VRPLIB text, for rivals that read nothing else."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from workbench.instances import Setting


def vrplib_text(setting: Setting) -> str:
    """Return an instance with windows, or with pairs, as VRPLIB text; what one more vehicle counts is a fixed cost."""
    instance = setting.instance
    assert instance.xy is not None
    head = [
        f"NAME : {instance.name}",
        f"TYPE : {instance.family}",
        f"DIMENSION : {instance.locations}",
        f"VEHICLES : {len(instance.vehicles)}",
        f"CAPACITY : {instance.vehicles[0].capacity:g}",
        "EDGE_WEIGHT_TYPE : EUC_2D",
        f"VEHICLES_FIXED_COST : {setting.per_vehicle // setting.rounding.scale}",
        *_section("NODE_COORD", instance.xy),
    ]
    windows = np.stack([instance.opens, instance.closes], axis=1)
    if not instance.pairs:
        return _text(
            head,
            _section("DEMAND", instance.demand[:, None]),
            _section("SERVICE_TIME", instance.service[:, None]),
            _section("TIME_WINDOW", windows),
        )
    ends = np.zeros((instance.locations, 2))
    for pickup, delivery in instance.pairs:
        ends[pickup, 1], ends[delivery, 0] = delivery + 1, pickup + 1
    rows = np.column_stack([instance.demand, windows, instance.service, ends])
    return _text(head, _section("PICKUP_AND_DELIVERY", rows))


def _section(name: str, rows: np.ndarray) -> Iterable[str]:
    yield f"{name}_SECTION"
    for k, row in enumerate(rows.tolist(), 1):
        yield "\t".join([str(k), *(f"{value:.12g}" for value in row)])


def _text(*parts: Iterable[str]) -> str:
    return "\n".join([*(line for part in parts for line in part), "DEPOT_SECTION", "1", "-1", "EOF", ""])
