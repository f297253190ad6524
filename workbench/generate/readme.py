"""The README of a made-up scenario folder."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from workbench.generate.area import Area


def text(area: Area, rows: Mapping[str, pd.DataFrame], name: str, seed: int) -> str:
    """Return the README: what the folder is, how it was made, and what is hard in it."""
    edges, placed = rows["edges"], area.forces
    bridges = {road.crossing: k for k, road in enumerate(placed.network.roads) if road.crossing >= 0}

    def bridge(k: int) -> str:
        row = edges.loc[bridges[k]]
        known = f"class {row['mlc_w']} wheels, {row['mlc_t']} tracks" if row["mlc_w"] else "of unknown class"
        return f"{row['name']} ({row['edge_id']}, {known})"

    weak, blocked = str(edges.loc[placed.weak, "edge_id"]), str(edges.loc[placed.blocked, "edge_id"])
    side = round(area.ground.size_m / 1000)
    others = "\n".join(f"  - {bridge(k)}" for k in sorted(bridges) if k)
    return f"""# {name}

**Everything here is made up**: the ground, the towns, the units, the plan. The area is laid at 48° N 21° E only so
that maps and grid references work; it has nothing to do with what really lies there. Vehicles and planning factors are
starter values from public sources, each with its source and how sure it is.

Made by `workbench new --size {area.size.name} --seed {seed}`; the same command makes the same files again.

## What it is

{side} × {side} km, cut in two by the {area.river}, which flows from north to south. Supply stands in the west, most
units in the east. {len(edges):,} roads between {len(rows["nodes"]):,} nodes, {(edges["bridge"] == "true").sum()}
bridges, {len(area.towns)} towns; {len(rows["units"])} units of three branches (Land, Air Defence, Marines),
{len(rows["requisitions"])} requisitions, {int(rows["fleet"]["count"].astype(int).sum())} vehicles of
{rows["fleet"]["vehicle_type"].nunique()} types at two depots. The planning moment is 1 May 2026, 04:00 UTC, for
{area.size.horizon_h} hours.

## What is hard

- One bridge is clearly the shortest way across: {bridge(0)}. The others are
{others}
- `coas/bridge_out.toml` takes the main bridge away; `one_more_truck` and `night_shift` are smaller choices.
- `coas/cut_off.toml` takes all bridges over the river away, `cut_off_air` adds helicopters and cargo drones to that,
  `air_lift` only adds them. Where they can land stands in `nodes.csv`; two areas of `threats.geojson` they fly round.
- `coas/safer_legs.toml` sends every leg the safest way that takes at most 15 minutes longer than the fastest.
- {rows["units"].iloc[placed.beyond_weak]["unit_id"]} can only be reached over {weak}, a bridge too weak for tankers;
  {rows["units"].iloc[placed.beyond_blocked]["unit_id"]} not at all while {blocked} is closed.
- Some requisitions cannot be met as asked, each for another reason: too heavy for any vehicle, asked for before anyone
  could be there, at night when nobody drives, out of stock, not cleared for the lorries. Three are too big for one
  vehicle and must be split. Big-gun shells and power packs are short.
- The class of many small bridges is unknown, as it is in real road data.

## Files

The tables are as the workbench documents them. `history/deliveries.parquet` holds two years of deliveries (UTC times;
`planned_min` and `actual_min` are one way), with weekly and phase patterns. `basemap/` holds shaded relief, water,
places and built-up areas for maps without a network, and heights for ways across country.
"""
