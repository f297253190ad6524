"""Benchmark files to test with: the published ones beside the checkout, and small ones of every family made here."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared" / "benchmarks"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="no ../shared/benchmarks here")


def section(name: str, rows: list[tuple[object, ...]]) -> str:
    """Rows numbered from 1 under the name of their section."""
    lines = ["\t".join(map(str, (k, *row))) for k, row in enumerate(rows, 1)]
    return "\n".join([f"{name}_SECTION", *lines, ""])


XY = [(0, 0), (3, 4), (0, 5), (-6, 8), (5, 0), (10, 0), (0, -7)]
"""A depot and six clients, most at whole distances from it: 5, 5, 10, 5, 10, 7."""
HEAD = "NAME : small\nTYPE : {family}\nDIMENSION : 7\nEDGE_WEIGHT_TYPE : EUC_2D\n"
DEMAND = section("DEMAND", [(0,), (4,), (3,), (2,), (5,), (1,), (2,)])
COORDS = section("NODE_COORD", XY)
DEPOT = "DEPOT_SECTION\n1\n-1\nEOF\n"
HOURS = section("TIME_WINDOW", [(0, 100), (10, 20), (0, 30), (0, 90), (5, 60), (0, 100), (0, 50)])


def vrplib(family: str = "CVRP", *, head: str = "CAPACITY : 9\n", more: str = "", demand: str = DEMAND) -> str:
    """A small instance of a family: its head and its sections beyond coordinates and demands."""
    return HEAD.format(family=family) + head + COORDS + demand + more + DEPOT


SMALL = {
    "CVRP": vrplib(),
    "VRPTW": vrplib("VRPTW", head="CAPACITY : 9\nVEHICLES : 4\nSERVICE_TIME : 2\n", more=HOURS),
    "HFVRP": vrplib(
        "HFVRP", head="VEHICLES : 4\n",
        more=section("CAPACITY", [(9,), (9,), (12,), (12,)]) + section("VEHICLES_FIXED_COST", [(5,), (5,), (8,), (8,)])
        + section("VEHICLES_UNIT_DISTANCE_COST", [(1,), (1,), (2,), (2,)]),
    ),
    "SDVRPTW": vrplib(
        "SDVRPTW", head="CAPACITY : 17\nVEHICLES : 3\nVEHICLES_MAX_DURATION : 60\n",
        more=HOURS + section("VEHICLES_ALLOWED_CLIENTS", [(2, 3, 4, 5, 6, 7), (2, 3, 4), (5, 6, 7)]),
    ),
    "PCVRPTW": vrplib(
        "PCVRPTW", head="CAPACITY : 9\nVEHICLES : 2\n",
        more=HOURS + section("PRIZE", [(0,), (9,), (3,), (30,), (0,), (2,), (40,)]),
    ),
    "MTVRPTWR": vrplib(
        "MTVRPTWR", head="CAPACITY : 9\nVEHICLES : 2\n",
        more=HOURS + section("RELEASE_TIME", [(0,), (0,), (4,), (40,), (0,), (40,), (0,)])
        + section("VEHICLES_RELOAD_DEPOT", [(1,), (1,)]),
    ),
    "VRPB": vrplib(
        "VRPB", demand=section("DEMAND", [(0,), (4,), (3,), (0,), (5,), (0,), (2,)]),
        more=section("BACKHAUL", [(0,), (0,), (0,), (2,), (0,), (6,), (0,)]),
    ),
    "MDVRPTW": vrplib(
        "MDVRPTW", head="CAPACITY : 9\nVEHICLES : 4\nVEHICLES_MAX_DURATION : 60\n",
        demand=section("DEMAND", [(0,), (0,), (3,), (2,), (5,), (1,), (2,)]),
        more=section("TIME_WINDOW", [(0, 100), (0, 100), (0, 30), (0, 90), (5, 60), (0, 100), (0, 50)])
        + section("VEHICLES_DEPOT", [(1,), (1,), (2,), (2,)]),
    ).replace("DEPOT_SECTION\n1\n-1", "DEPOT_SECTION\n1\n2\n-1"),
    "PDPTW": (
        "NAME : small\nTYPE : PDPTW\nDIMENSION : 7\nEDGE_WEIGHT_TYPE : EUC_2D\nVEHICLES : 3\nCAPACITY : 9\n" + COORDS
        + section("PICKUP_AND_DELIVERY", [
            (0, 0, 100, 0, 0, 0), (4, 10, 20, 1, 0, 3), (-4, 0, 30, 1, 2, 0), (2, 0, 90, 1, 0, 7), (5, 5, 60, 1, 0, 6),
            (-5, 0, 100, 1, 5, 0), (-2, 0, 50, 1, 4, 0),
        ]) + DEPOT
    ),
    "Solomon": (
        "small\n\nVEHICLE\nNUMBER     CAPACITY\n  4         9\n\nCUSTOMER\n"
        "CUST NO.  XCOORD.   YCOORD.   DEMAND   READY TIME  DUE DATE   SERVICE TIME\n\n"
        + "".join(f" {k} {x} {y} {(0, 4, 3, 2, 5, 1, 2)[k]} 0 100 {2 * (k > 0)}\n" for k, (x, y) in enumerate(XY))
    ),
    "Li & Lim": (
        "3\t9\t1\n0 0 0 0 0 100 0 0 0\n1 3 4 4 10 20 1 0 2\n2 0 5 -4 0 30 1 1 0\n3 -6 8 2 0 90 1 0 6\n"
        "4 5 0 5 5 60 1 0 5\n5 10 0 -5 0 100 1 4 0\n6 0 -7 -2 0 50 1 3 0\n"
    ),
}  # fmt: skip
"""One small instance of every family and layout, by name."""
