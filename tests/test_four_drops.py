"""four_drops: the folder is the world of its README, and the answer written there is the optimum."""

import math
import tomllib
from itertools import combinations, permutations, product
from pathlib import Path

import numpy as np
import pytest

from workbench import scenario

SAMPLE_DATA = Path(__file__).parents[1] / "sample_data"


def test_four_drops_is_the_world_of_its_readme(four_drops):
    """The distances of the README, in km and two minutes a km; TRUCK-8 can't reach D4."""
    light, heavy = (v.travel for v in four_drops.fleet)
    everywhere = range(5)
    s, m = four_drops.travel.block(light, everywhere, everywhere)
    readme = [[0, 6, 5, 10, 16], [6, 0, 4, 13, 19], [5, 4, 0, 9, 15], [10, 13, 9, 0, 6], [16, 19, 15, 6, 0]]
    assert [p.node_id for p in four_drops.places] == ["BSA", "D1", "D2", "D3", "D4"]
    assert (m / 1000).tolist() == readme
    assert (s == np.array(readme) * 120).all()
    assert four_drops.travel.leg(heavy, 0, 4, 0) is None
    assert all(d.refused is None for d in four_drops.deliveries)


def test_four_drops_bridge_out_names_the_bridge(four_drops_bridge_out):
    """D4 is refused, UNREACHABLE, and the sentence names the closed bridge."""
    (d,) = [d for d in four_drops_bridge_out.deliveries if d.refused]
    assert (d.delivery_id, d.refused[0]) == ("REQ-D4/1", "UNREACHABLE")
    assert "bridge B2 (Quarry Bridge) is closed" in d.refused[1]


def test_four_drops_without_its_big_truck_splits(four_drops_no_heavy):
    """D3's five pallets become four and one."""
    parts = [(d.delivery_id, d.quantity) for d in four_drops_no_heavy.deliveries if d.requisition_id == "REQ-D3"]
    assert parts == [("REQ-D3/1", 4), ("REQ-D3/2", 1)]


def by_hand(loads, pallets, *, bridge, heavy):
    """(km, minute of return) of one truck with these loads, or None; numbers typed in from the README."""
    roads = {"01": 6, "02": 5, "12": 4, "23": 9, "03": 10} | ({"34": 6} if bridge and not heavy else {})
    open_at = {1: (60, 120), 2: (0, 720), 3: (60, 300), 4: (30, 90)}
    km = {(a, b): min(_walks(roads, a, b), default=None) for a in range(5) for b in range(5)}
    minute, driven = 0, 0
    for load in loads:
        minute, at = minute + 5 * sum(pallets[part] for part in load), 0
        for part in [*load, None]:
            to = int(part[1]) if part else 0
            if km[at, to] is None:
                return None
            minute, driven, at = minute + 2 * km[at, to], driven + km[at, to], to
            if part:
                minute = max(minute, open_at[to][0])
                if minute > open_at[to][1]:
                    return None
                minute += 5 * pallets[part]
    return (driven, minute) if minute <= 480 else None


def _walks(roads, a, b):
    """Lengths of all ways from a to b that visit no place twice."""
    others = [x for x in range(5) if x not in (a, b)]
    for k in range(4) if a != b else []:
        for middle in permutations(others, k):
            steps = ["".join(sorted((str(x), str(y)))) for x, y in zip((a, *middle), (*middle, b), strict=True)]
            if all(step in roads for step in steps):
                yield sum(roads[step] for step in steps)
    if a == b:
        yield 0


def groupings(parts):
    """Every way to deliver all `parts` in order, load by load."""
    for order in permutations(parts):
        for cuts in product([False, True], repeat=max(0, len(order) - 1)):
            loads = [list(order[:1])]
            for part, cut in zip(order[1:], cuts, strict=True):
                loads = [*loads, [part]] if cut else [*loads[:-1], [*loads[-1], part]]
            yield loads


def best_by_enumeration(pallets, *, bridge, trucks):
    """Least cost over all ways to share the parts among the trucks, every order and every reload."""
    cheapest = {}
    for heavy, (capacity, fixed, per_km) in {False: (4, 60, 1), True: (8, 100, 2)}.items():
        for n in range(1, len(pallets) + 1):
            for parts in combinations(pallets, n):
                tried = [by_hand(x, pallets, bridge=bridge, heavy=heavy) for x in groupings(parts)
                         if all(sum(pallets[p] for p in load) <= capacity for load in x)]  # fmt: skip
                costs = [fixed + per_km * found[0] for found in tried if found]
                cheapest[heavy, frozenset(parts)] = min(costs, default=math.inf)
    best = math.inf
    for who in product(range(len(trucks)), repeat=len(pallets)):
        shared = [frozenset(p for p, t in zip(pallets, who, strict=True) if t == k) for k in range(len(trucks))]
        best = min(best, sum(cheapest[heavy, part] for heavy, part in zip(trucks, shared, strict=True) if part))
    return best


@pytest.mark.parametrize(
    ("coa", "pallets", "bridge", "trucks"),
    [
        ("baseline", {"D1": 2, "D2": 2, "D3": 5, "D4": 2}, True, (False, False, True)),
        ("bridge_out", {"D1": 2, "D2": 2, "D3": 5}, False, (False, False, True)),
        ("no_heavy", {"D1": 2, "D2": 2, "D3": 4, "D3b": 1, "D4": 2}, True, (False, False)),
    ],
)
def test_the_written_answer_is_the_optimum(coa, pallets, bridge, trucks):
    """Trying every order, load and truck by hand finds nothing cheaper than answer.toml, and finds that."""
    answer = tomllib.loads((SAMPLE_DATA / "four_drops" / "answer.toml").read_text("utf-8"))[coa]
    assert best_by_enumeration(pallets, bridge=bridge, trucks=trucks) == answer["cost"]
    assert sum(route["cost"] for route in answer["routes"]) == answer["cost"]
    assert sum(route["distance_m"] for route in answer["routes"]) == answer["distance_m"]


def test_four_drops_validates_clean():
    """The committed folder has no findings, not even warnings."""
    assert scenario.validate(SAMPLE_DATA / "four_drops") == []
