"""Hypothesis strategies: small random worlds for engines, checker and the problem builder."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
from hypothesis import strategies as st

from workbench.ground.matrix import DenseTravel
from workbench.problem import (
    NO_LIMIT,
    SHARE,
    Delivery,
    Goods,
    Load,
    Place,
    Prices,
    Problem,
    Relation,
    Resource,
    VehicleType,
)

HORIZON_S = 48 * 3600
AS_OF = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
QUARTER_S = 900


@st.composite
def windows(draw, horizon_s=HORIZON_S, max_size=3):
    """One to `max_size` disjoint (open, close) windows; often open throughout."""
    if draw(st.booleans()):
        return ((0, horizon_s),)
    marks = draw(st.lists(st.integers(0, horizon_s // QUARTER_S), min_size=2, max_size=2 * max_size, unique=True))
    marks = sorted(marks)[: len(marks) // 2 * 2]
    return tuple((a * QUARTER_S, b * QUARTER_S) for a, b in zip(marks[::2], marks[1::2], strict=True))


@st.composite
def matrices(draw, n, cut, roads):
    """Seconds and metres between n places, asymmetric; with `cut`, some pairs have no way.

    With `roads` a way is the fastest there is, over other places too, as on a road network.
    """
    cells = n * n
    seconds = draw(st.lists(st.integers(60, 7200), min_size=cells, max_size=cells))
    metres = draw(st.lists(st.integers(100, 60_000), min_size=cells, max_size=cells))
    gone = draw(st.lists(st.integers(0, 9), min_size=cells, max_size=cells)) if cut else [1] * cells
    out = [np.array(x, dtype=np.int64).reshape(n, n) for x in (seconds, metres)]
    closed = np.array(gone).reshape(n, n) == 0
    for array in out:
        array[closed] = -1
        np.fill_diagonal(array, 0)
    return _fastest(*out) if roads else out


def _fastest(seconds, metres):
    """Each pair's fastest way over any places, the shortest of the fastest."""
    far = 10**6
    cost = np.where(seconds < 0, far, seconds) * 10**9 + np.where(metres < 0, 0, metres)
    for k in range(len(cost)):
        cost = np.minimum(cost, cost[:, k, None] + cost[None, k, :])
    return [np.where(cost >= far * 10**9, -1, part) for part in (cost // 10**9, cost % 10**9)]


def _place(index, kind, hours):
    return Place(
        node_id=f"N{index}", name=f"Place {index}", kind=kind, lon=15 + index / 100, lat=48 + index / 200,
        windows=hours, handling_s_per_centipallet=3.0, pump_s_per_litre=0.15,
    )  # fmt: skip


@st.composite
def _places(draw, depots, supplies, drops):
    kinds = ["depot"] * depots + ["supply_point"] * supplies + ["unit"] * drops
    return tuple(
        _place(i, kind, draw(windows()) if kind != "depot" else ((0, HORIZON_S),)) for i, kind in enumerate(kinds)
    )


@st.composite
def _loads(draw):
    kg = draw(st.integers(1, 3000))
    if draw(st.integers(0, 4)) == 0:
        return Load(kg, 0, 0, draw(st.integers(1, 2500)))
    return Load(kg, draw(st.integers(0, 6000)), draw(st.integers(0, 400)), 0)


@st.composite
def _capacities(draw):
    return Load(
        draw(st.integers(2000, 9000)),
        draw(st.sampled_from([NO_LIMIT, 8000, 15_000])),
        draw(st.sampled_from([NO_LIMIT, 300, 800])),
        draw(st.sampled_from([0, 3000, NO_LIMIT])),
    )


@st.composite
def _deliveries(draw, index, places, suppliers, n_goods):
    """One delivery or retrograde, not yet part of a split requisition."""
    drops = [i for i, p in enumerate(places) if p.kind == "unit"]
    node = draw(st.sampled_from(drops))
    retrograde = draw(st.integers(0, 5)) == 0
    sources = () if retrograde else tuple(draw(st.permutations(suppliers))[: draw(st.integers(1, len(suppliers)))])
    hours = draw(windows())
    service = st.sampled_from([0, 300, 600, 1500])
    refused = ("STOCK", "No supply point has any left.") if draw(st.integers(0, 19)) == 0 else None
    return Delivery(
        delivery_id=f"R{index}/1", requisition_id=f"R{index}", unit_id=f"U{node}",
        kind="retrograde" if retrograde else "delivery", node=node, source=sources[0] if sources else -1,
        sources=sources, supply_class="I", item=draw(st.sampled_from(["water", "meals"])), unit_of_issue="EA",
        quantity=float(draw(st.integers(1, 50))), load=draw(_loads()), priority=draw(st.integers(1, 15)), share=SHARE,
        windows=hours, earliest_s=hours[0][0], latest_s=hours[-1][1], service_s=draw(service),
        load_s=tuple(draw(service) for _ in sources),
        goods=draw(st.integers(0, n_goods - 1)), refused=refused,
    )  # fmt: skip


def _tie(deliveries, cuts):
    """Make each delivery whose cut is True a part of the requisition of the delivery before it."""
    groups = []
    for delivery, cut in zip(deliveries, cuts, strict=True):
        if cut and groups and groups[-1][0].kind == delivery.kind:
            groups[-1].append(delivery)
        else:
            groups.append([delivery])
    return tuple(part for group in groups for part in _parts(group))


def _parts(group):
    """The parts of one requisition: same place, item, times and priority; shares add up exactly."""
    head, n = group[0], len(group)
    same = {
        name: getattr(head, name)
        for name in ("requisition_id", "unit_id", "kind", "node", "source", "sources", "load_s", "item", "priority",
                     "windows", "earliest_s", "latest_s", "goods")
    }  # fmt: skip
    for k, part in enumerate(group):
        share = SHARE // n if k else SHARE - (n - 1) * (SHARE // n)
        fields = {f: getattr(part, f) for f in part.__dataclass_fields__}
        yield Delivery(**{**fields, **same, "delivery_id": f"{head.requisition_id}/{k + 1}", "share": share})


@st.composite
def _vehicles(draw, index, depots, keys, n_goods):
    depot = draw(st.sampled_from(depots))
    end = draw(st.sampled_from(depots))
    shift = st.sampled_from([((0, HORIZON_S),), ((0, 36_000),), ((3600, 40_000), (90_000, 126_000)), ((7200, 86_400),)])
    shifts = draw(shift)
    return VehicleType(
        vehicle_type=f"T{index}", owner="", depot=depot, end_depot=end, count=draw(st.integers(0, 3)),
        profile="wheeled", travel=draw(st.sampled_from(keys)), capacity=draw(_capacities()),
        carries=tuple(draw(st.lists(st.integers(0, 4).map(bool), min_size=n_goods, max_size=n_goods))),
        shifts=shifts if end == depot else shifts[:1],
        range_m=draw(st.sampled_from([NO_LIMIT, NO_LIMIT, 90_000, 200_000])),
        max_trips=draw(st.sampled_from([NO_LIMIT, NO_LIMIT, 1, 2])),
        fixed_cost=draw(st.sampled_from([0.0, 40.0, 99.5])),
        cost_per_km=draw(st.sampled_from([1.0, 0.25, 2.3])), cost_per_hour=draw(st.sampled_from([0.0, 30.0])),
        payload_range=draw(st.sampled_from([(), (), ((40_000, 9000), (90_000, 700)), ((20_000, 2500), (60_000, 2500),
                                                                                     (120_000, 0))])),
        turnaround_s=draw(st.sampled_from([0, 0, 420])), picks_up=draw(st.sampled_from([True, True, False])),
    )  # fmt: skip


def _stock(deliveries, extra):
    """Enough stock where every delivery is planned to be drawn, and `extra` besides; meals are not limited."""
    out = {}
    for d in deliveries:
        if d.item == "water" and d.refused is None:
            for source in d.sources:
                out.setdefault((source, d.item), float(extra))
            if d.source >= 0:
                out[d.source, d.item] += d.quantity
    return out


class Risky(DenseTravel):
    """Ways with a risk that follows from their metres."""

    def exposure(self, profile, rows, cols):
        """Return one millionth of a neper a metre on ways of odd hundreds, none on the others."""
        metres = self.metres[profile][np.ix_(list(rows), list(cols))]
        return np.where(metres // 100 % 2 == 1, np.maximum(metres, 0), 0)


@st.composite
def _ruled_vehicle(draw, vehicle):
    """The vehicle with rules of work: some bind now and then, some never."""
    some = st.sampled_from
    return replace(
        vehicle, overtime_s=draw(some([0, 0, 1800, 7200])), overtime_cost=draw(some([0.0, 45.5])),
        drive_s=draw(some([NO_LIMIT, NO_LIMIT, 5400, 9000])), rest_s=draw(some([900, 2700])),
        max_drive_s=draw(some([NO_LIMIT, NO_LIMIT, 10_800])), service_ppm=draw(some([1_000_000, 1_333_333, 500_000])),
        longest_s=draw(some([NO_LIMIT, NO_LIMIT, 20_000])), max_exposure=draw(some([NO_LIMIT, NO_LIMIT, 40_000])),
        backhaul_last=draw(some([False, False, True])),
    )  # fmt: skip


@st.composite
def _ruled_delivery(draw, delivery, places, fleet):
    """The delivery with terms: now and then released late, due, choosy, perishable, or a transfer."""
    some = st.sampled_from
    if delivery.kind == "delivery" and draw(st.integers(0, 3)) == 0:
        others = [i for i, p in enumerate(places) if p.kind == "unit" and i != delivery.node]
        source = draw(some(others or list(delivery.sources)))
        changes = {"kind": "transfer", "source": source, "sources": (source,), "load_s": delivery.load_s[:1]}
        delivery = replace(delivery, **changes)
    choosy = tuple(draw(st.lists(st.booleans(), min_size=fleet, max_size=fleet)))
    return replace(
        delivery, ready_s=draw(some([0, 0, 3600, 20_000])), load_by_s=draw(some([NO_LIMIT, NO_LIMIT, 40_000])),
        due_s=draw(some([NO_LIMIT, 0, 9000, 30_000])), late_cost=draw(some([0.0, 12.0, 33.3])),
        may_use=choosy if draw(st.integers(0, 3)) == 0 else (),
        aboard_s=draw(some([NO_LIMIT, NO_LIMIT, 3600, 9000])),
    )  # fmt: skip


@st.composite
def relations(draw, n):
    """Up to three ties between n deliveries."""
    pairs = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda pair: pair[0] != pair[1])
    out = []
    for a, b in draw(st.lists(pairs, max_size=3, unique=True)) if n > 1 else ():
        kind = draw(st.sampled_from(["same_vehicle", "different_vehicle", "before"]))
        times = (draw(st.sampled_from([0, 600])), draw(st.sampled_from([NO_LIMIT, 20_000])))
        out.append(Relation(kind, a, b, *(times if kind == "before" else ())))
    return tuple(out)


@st.composite
def resources(draw, places, n_goods):
    """Up to two escorts or teams, scarce, at some places, for some goods, in some hours."""
    out = []
    for k in range(draw(st.integers(0, 2))):
        goods = tuple(draw(st.lists(st.booleans(), min_size=n_goods, max_size=n_goods)))
        at = tuple(i for i in range(places) if draw(st.booleans()))
        out.append(Resource(
            f"X{k}", "", draw(st.sampled_from(["team", "escort"])), draw(st.integers(0, 2)),
            draw(st.sampled_from([((0, NO_LIMIT),), ((0, 36_000), (60_000, HORIZON_S))])), at,
            draw(st.sampled_from([(), goods])),
        ))  # fmt: skip
    return tuple(out)


@st.composite
def ruled(draw, plain):
    """A problem drawn from `plain` with a random subset of all further rules."""
    p = draw(plain)
    n_goods = len(p.goods)
    bits = st.lists(st.integers(0, 2).map(lambda x: x == 0), min_size=n_goods**2, max_size=n_goods**2)
    cleaning = np.array(draw(bits), dtype=np.bool_).reshape(n_goods, n_goods) if draw(st.booleans()) else None
    travel = p.travel
    return p.replace(
        fleet=tuple(draw(_ruled_vehicle(v)) for v in p.fleet),
        deliveries=tuple(draw(_ruled_delivery(d, p.places, len(p.fleet))) for d in p.deliveries),
        places=tuple(replace(x, visits_per_day=draw(st.sampled_from([0, 0, 1, 2]))) for x in p.places),
        relations=draw(relations(len(p.deliveries))), resources=draw(resources(len(p.places), n_goods)),
        cleaning=cleaning, cleaning_s=1800, travel=Risky(travel.seconds, travel.metres),
        prices=Prices(draw(st.sampled_from([0.0, 60.0])), draw(st.sampled_from([0.0, 500.0]))),
    )  # fmt: skip


@st.composite
def problems(draw, max_deliveries=6, min_deliveries=1, roads=False):
    """A small random Problem in which everything varies at once.

    Asymmetric integer travel with gaps, mixed fleet, several depots and supply points, several windows, conflicts,
    retrograde, split requisitions, priorities, shifts, range and trip limits. Nothing guarantees that all or any
    deliveries can be served; a refused one appears now and then. With `roads` no way over a third place is faster.
    """
    depots, supplies = draw(st.integers(1, 2)), draw(st.integers(0, 2))
    places = draw(_places(depots, supplies, draw(st.integers(1, 4))))
    suppliers = list(range(depots + supplies))
    n_goods = draw(st.integers(1, 3))
    keys = ["wheeled", "heavy"][: draw(st.integers(1, 2))]
    cut = draw(st.booleans())
    arrays = {key: draw(matrices(len(places), cut, roads)) for key in keys}
    n = draw(st.integers(min_deliveries, max_deliveries))
    loose = [draw(_deliveries(i, places, suppliers, n_goods)) for i in range(n)]
    deliveries = _tie(loose, draw(st.lists(st.integers(0, 4).map(lambda x: x == 0), min_size=n, max_size=n)))
    clash = np.zeros((n_goods, n_goods), dtype=np.bool_)
    for a in range(n_goods):
        for b in range(a):
            clash[a, b] = clash[b, a] = draw(st.integers(0, 2)) == 0
    fleet = tuple(draw(_vehicles(i, list(range(depots)), keys, n_goods)) for i in range(draw(st.integers(1, 3))))
    return Problem(
        scenario="random", coa="baseline", inputs_sha256="0" * 64, as_of=AS_OF, horizon_s=HORIZON_S,
        marking="UNCLASSIFIED//EXERCISE", places=places, deliveries=deliveries, fleet=fleet,
        goods=tuple(Goods("I", f"h{i}" if i else "") for i in range(n_goods)), conflicts=clash,
        stock=_stock(deliveries, draw(st.integers(0, 20))),
        travel=DenseTravel({k: a[0] for k, a in arrays.items()}, {k: a[1] for k, a in arrays.items()}),
    )  # fmt: skip


def _some(draw, few, *values):
    """One of some values, and None in most cases."""
    return draw(st.sampled_from([None] * few + list(values)))


def _set(what, **changes):
    """A copy with the changes that are not None."""
    return replace(what, **{k: v for k, v in changes.items() if v is not None})


@st.composite
def _richer_delivery(draw, d, places, fleet):
    other = [i for i, p in enumerate(places) if p.kind == "unit" and i != d.node]
    moved = bool(other) and d.kind == "delivery" and draw(st.integers(0, 4)) == 0
    if moved:
        fetched = draw(st.sampled_from(other))
        d = replace(d, kind="transfer", source=fetched, sources=(fetched,), load_s=d.load_s[:1])
    return _set(
        d,
        ready_s=_some(draw, 3, 3600, 30_000), load_by_s=_some(draw, 4, 20_000, 60_000),
        due_s=_some(draw, 2, 10_000, 40_000), late_cost=_some(draw, 1, 5.0, 400.0),
        aboard_s=_some(draw, 3, 2000, 9000),
        may_use=_some(draw, 2, tuple(draw(st.booleans()) for _ in fleet)),
    )  # fmt: skip


@st.composite
def rich(draw, max_deliveries=6):
    """A problem of `problems` with any of the further rules laid on it."""
    p = draw(problems(max_deliveries))
    fleet = tuple(
        _set(
            v,
            longest_s=_some(draw, 3, 20_000, 40_000), overtime_s=_some(draw, 3, 3600),
            overtime_cost=_some(draw, 2, 80.0),
            drive_s=_some(draw, 2, 6000, 9000), rest_s=_some(draw, 1, 600, 2700), max_drive_s=_some(draw, 3, 20_000),
            service_ppm=_some(draw, 2, 500_000, 1_333_333), backhaul_last=_some(draw, 2, True),
        )
        for v in p.fleet
    )  # fmt: skip
    places = tuple(_set(q, slots=_some(draw, 2, 1, 2), visits_per_day=_some(draw, 4, 1, 2)) for q in p.places)
    deliveries = tuple(
        d if "/1" not in d.delivery_id or sum(e.requisition_id == d.requisition_id for e in p.deliveries) > 1
        else draw(_richer_delivery(d, places, fleet))
        for d in p.deliveries
    )  # fmt: skip
    n = len(deliveries)
    index = st.integers(0, n - 1)
    relations = [
        Relation(draw(st.sampled_from(["same_vehicle", "different_vehicle", "before"])), a, b,
                 draw(st.sampled_from([0, 1800])), draw(st.sampled_from([NO_LIMIT, 20_000])))
        for a, b in draw(st.lists(st.tuples(index, index), max_size=2))
        if a < b
    ]  # fmt: skip
    resources = [
        Resource(
            f"X{k}", f"Thing {k}", draw(st.sampled_from(["team", "escort"])), draw(st.integers(1, 2)),
            draw(st.sampled_from([((0, HORIZON_S),), ((3600, 50_000), (90_000, 150_000))])),
            tuple(draw(st.lists(st.integers(0, len(places) - 1), min_size=1, max_size=3, unique=True))),
            draw(st.sampled_from([(), tuple(k == 0 for k, _ in enumerate(p.goods))])),
        )
        for k in range(draw(st.integers(0, 2)))
    ]  # fmt: skip
    dirty = np.array(draw(st.lists(st.booleans(), min_size=len(p.goods) ** 2, max_size=len(p.goods) ** 2)))
    return p.replace(
        fleet=fleet, places=places, deliveries=deliveries, relations=tuple(relations), resources=tuple(resources),
        cleaning=dirty.reshape(len(p.goods), -1) if draw(st.integers(0, 2)) == 0 else None, cleaning_s=1200,
        prices=Prices(imbalance_per_hour=draw(st.sampled_from([0.0, 0.0, 50.0]))),
    )  # fmt: skip
