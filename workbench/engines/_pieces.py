"""Cut a plan into pieces that can be improved apart, and put the improved pieces back together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.engines._arrays import neighbours
from workbench.engines._insert import fill_alone
from workbench.engines._plans import Tour, loaded_at
from workbench.engines._routes import LONGEST, Routes, empty, refresh, scratch_for
from workbench.engines._schedule import replay
from workbench.engines._search import value
from workbench.engines._world import AFTER, NODE, OTHER, SAME, TIE, WAY, Floats, Ints, Records, World


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """Routes of a world in plain form: tours, and where each delivery is loaded (-1 for none)."""

    tours: tuple[Tour, ...]
    source: Ints

    def visits(self, n: int) -> list[list[int]]:
        """Return the deliveries of each tour in order."""
        return [[x for x in tour.tokens if x < n] for tour in self.tours]


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A part of a world with its present answer, and what its numbers are in the whole.

    ``tours`` are the numbers of the tours that the piece may change.
    """

    world: World
    answer: Answer
    tours: tuple[int, ...]
    deliveries: Ints
    nodes: Ints


def answer_of(routes: Routes) -> Answer:
    """Return routes in plain form."""
    found = tuple(
        Tour(int(row["lane"]), tuple(int(x) for x in tok[: row["length"]]))
        for row, tok in zip(routes.row, routes.tok, strict=True)
        if row["length"]
    )
    return Answer(found, np.where(routes.where >= 0, routes.source, -1))


def routes_of(world: World, answer: Answer) -> Routes:
    """Return an answer as routes that kernels can work on."""
    routes, n = empty(world), len(world.delivery)
    for i, tour in enumerate(answer.tours):
        routes.row[i] = (len(tour.tokens), tour.lane, 0, 0, 0)
        routes.tok[i, : len(tour.tokens)] = tour.tokens
        routes.used[tour.lane] += 1
        for x in tour.tokens:
            if x < n:
                routes.where[x] = i
    routes.source[:] = answer.source
    space = scratch_for(world)
    refresh(world, routes, space)
    fill_alone(world, routes, space)
    return routes


Worth = tuple[tuple[int, ...], float]


def worth(world: World, routes: Routes) -> Worth:
    """Return what plans compare by: smaller is better."""
    vector = () if world.weighted else tuple(-int(x) for x in routes.served)
    return vector, float(value(world, routes.row, routes.where))


def cut(world: World, answer: Answer, count: int, turn: float, shift: int) -> list[Piece]:
    """Cut into ``count`` pieces of tours that lie near each other, no tour or spare vehicle in two of them.

    Tours are swept around the middle of all, starting at the angle ``turn``. Stock that is left goes to the pieces
    whose unserved deliveries want it; ``shift`` says which piece gets what is over of vehicles and stock.
    """
    groups = _groups(world, answer, count, turn)
    served = np.concatenate([np.array(v, np.int64) for v in answer.visits(len(world.delivery))] or [np.zeros(0, int)])
    missing = np.setdiff1d(np.arange(len(world.delivery)), served)
    shares = _share_missing(world, answer, groups, missing)
    spare = world.lane["count"] - np.bincount([t.lane for t in answer.tours], minlength=len(world.lane))
    stock = _share_stock(world, stock_left(world, answer), shares, -shift % len(groups))
    pieces = []
    for k, group in enumerate(groups):
        turn_of = (k + shift) % len(groups)
        extra = spare // len(groups) + (turn_of < spare % len(groups))
        pieces.append(_piece(world, answer, group, shares[k], extra, stock[k]))
    return pieces


def _centre(world: World, visits: Sequence[int]) -> Floats:
    middle: Floats = world.place[world.delivery["node"][list(visits)]].mean(axis=0)
    return middle


def _groups(world: World, answer: Answer, count: int, turn: float) -> list[tuple[int, ...]]:
    visits = answer.visits(len(world.delivery))
    centres = np.array([_centre(world, v) for v in visits])
    out = centres - centres.mean(axis=0)
    angle = (np.arctan2(out[:, 1], out[:, 0]) - turn) % (2 * np.pi)
    order = sorted(range(len(visits)), key=lambda k: (angle[k], k))
    sizes = np.array([len(visits[k]) for k in order])
    before = np.cumsum(sizes) - sizes / 2
    bins = np.minimum((before * count / sizes.sum()).astype(int), count - 1)
    groups = [tuple(k for k, b in zip(order, bins, strict=True) if b == number) for number in range(count)]
    return [g for g in groups if g]


def _share_missing(world: World, answer: Answer, groups: Sequence[Sequence[int]], missing: Ints) -> list[list[int]]:
    """Give each delivery that no tour serves to the piece with the nearest tour."""
    visits = answer.visits(len(world.delivery))
    shares: list[list[int]] = [[] for _ in groups]
    centres = [np.array([_centre(world, visits[t]) for t in group]) for group in groups]
    for d in missing:
        here = world.place[world.delivery["node"][d]]
        nearest = [float(((c - here) ** 2).sum(axis=1).min()) for c in centres]
        shares[int(np.argmin(nearest))].append(int(d))
    return shares


def _share_stock(world: World, left: Ints, missing: Sequence[Sequence[int]], first: int) -> Ints:
    """Return what each piece gets of each stock: in the ratio of what its missing deliveries want, the rest for one."""
    wants = np.zeros((len(missing), len(left)), np.float64)
    for k, some in enumerate(missing):
        for d in some:
            one = world.delivery[d]
            rows = world.way["stock"][one["way"] : one["way_end"]]
            wants[k, rows[rows >= 0]] += float(one["quantity"])
    out: Ints = np.floor(left * (wants / np.maximum(wants.sum(axis=0), 1.0)) * (1 - 1e-12)).astype(np.int64)
    out[first] += left - out.sum(axis=0)
    return out


def _drawn(world: World, answer: Answer, deliveries: Sequence[int] | Ints) -> Ints:
    """Return how much of each stock the served among these deliveries draw."""
    out = np.zeros(len(world.stock), np.int64)
    for d in deliveries:
        if answer.source[d] < 0:
            continue
        one = world.delivery[d]
        for way in world.way[one["way"] : one["way_end"]]:
            if way["source"] == answer.source[d] and way["stock"] >= 0:
                out[way["stock"]] += one["quantity"]
    return out


def stock_left(world: World, answer: Answer) -> Ints:
    """Return what is left of each stock; below 0 where an answer draws too much."""
    return world.stock - _drawn(world, answer, np.arange(len(world.delivery)))


def _piece(
    world: World, answer: Answer, group: tuple[int, ...], missing: Sequence[int], extra: Ints, stock: Ints
) -> Piece:
    visits = answer.visits(len(world.delivery))
    chosen = np.array(sorted([*(x for t in group for x in visits[t]), *missing]), np.int64)
    lane = world.lane.copy()
    lane["count"] = extra + np.bincount([answer.tours[t].lane for t in group], minlength=len(lane))
    served = {x for some in visits for x in some}
    part, nodes = _part(world, chosen, served, lane, stock + _drawn(world, answer, chosen))
    local = {int(d): k for k, d in enumerate(chosen)}
    place = {int(p): k for k, p in enumerate(nodes)}
    n, m = len(world.delivery), len(chosen)
    tours = tuple(
        Tour(answer.tours[t].lane, tuple(local[x] if x < n else m + place[x - n] for x in answer.tours[t].tokens))
        for t in group
    )
    source = np.array([place[int(s)] if s >= 0 else -1 for s in answer.source[chosen]], np.int64)
    return Piece(part, Answer(tours, source), group, chosen, nodes)


def _part_ties(world: World, chosen: Ints, delivery: Records, served: set[int]) -> Records:
    """Return the ties of some deliveries among themselves, and write into their table which are whose.

    What is tied to a delivery outside may not be put in (-1), unless that one can't come in its way.
    """
    at = {int(d): k for k, d in enumerate(chosen)}
    rows: list[tuple[int, int]] = []
    for d, row in zip(chosen.tolist(), delivery, strict=True):
        first = len(rows)
        for other, kind in world.tie[row["tie"] : row["tie_end"]].tolist():
            free = kind == OTHER or (kind == AFTER and other in served) or (kind == SAME and d in served)
            if other in at or not free:
                rows.append((at.get(other, -1), kind))
        row["tie"], row["tie_end"] = first, len(rows)
    return np.array(rows, TIE)


def tied(world: World, answer: Answer) -> bool:
    """Whether an answer keeps what ties deliveries to each other: one route, two routes, not without the other."""
    if not len(world.tie):
        return True
    route = np.full(len(world.delivery) + 1, -1, np.int64)
    for k, visits in enumerate(answer.visits(len(world.delivery))):
        route[visits] = k
    for d, row in enumerate(world.delivery):
        for other, kind in world.tie[row["tie"] : row["tie_end"]].tolist():
            if route[d] < 0 or (route[other] < 0 and kind != AFTER):
                continue
            if (route[d] == route[other]) != (kind == SAME) if kind != AFTER else route[other] < 0:
                return False
    return True


def _part(world: World, chosen: Ints, served: set[int], lane: Records, stock: Ints) -> tuple[World, Ints]:
    """Return the world of some deliveries only, and which of the whole world's nodes it has."""
    rows = [np.arange(world.delivery["way"][d], world.delivery["way_end"][d]) for d in chosen]
    ways = world.way[np.concatenate(rows or [np.zeros(0, np.int64)])]
    nodes = np.unique(
        np.concatenate([world.delivery["node"][chosen], ways["source"], world.vehicle["depot"], world.vehicle["end"]])
    )
    nodes = nodes[nodes >= 0]
    at = np.full(len(world.node) + 1, -1, np.int64)
    at[nodes] = np.arange(len(nodes))
    delivery, way, vehicle = world.delivery[chosen].copy(), ways.copy(), world.vehicle.copy()
    sizes = delivery["way_end"] - delivery["way"]
    delivery["way_end"] = np.cumsum(sizes)
    delivery["way"] = delivery["way_end"] - sizes
    delivery["node"], way["source"] = at[delivery["node"]], at[ways["source"]]
    vehicle["depot"], vehicle["end"] = at[vehicle["depot"]], at[vehicle["end"]]
    travel = np.ascontiguousarray(world.travel[:, nodes][:, :, nodes])
    tie = _part_ties(world, chosen, delivery, served)
    part = world._replace(
        delivery=delivery,
        way=way.astype(WAY),
        vehicle=vehicle,
        node=world.node[nodes].astype(NODE),
        lane=lane,
        travel=travel,
        pace=np.ascontiguousarray(world.pace[:, nodes][:, :, nodes]),
        exposure=np.ascontiguousarray(world.exposure[:, nodes][:, :, nodes]),
        tie=tie,
        stock=stock,
        place=np.ascontiguousarray(world.place[nodes]),
        near=neighbours(delivery["node"], travel["m"]),
    )
    return part, nodes


def join(world: World, answer: Answer, pieces: Sequence[Piece], better: Sequence[Answer | None]) -> Answer:
    """Return the whole answer with some pieces replaced by better ones."""
    n = len(world.delivery)
    tours: dict[int, list[Tour]] = {t: [tour] for t, tour in enumerate(answer.tours)}
    source = answer.source.copy()
    for piece, found in zip(pieces, better, strict=True):
        if found is None:
            continue
        m = len(piece.deliveries)
        for t in piece.tours:
            tours[t] = []
        tours[piece.tours[0]] = [
            Tour(
                tour.lane,
                tuple(int(piece.deliveries[x]) if x < m else n + int(piece.nodes[x - m]) for x in tour.tokens),
            )
            for tour in found.tours
        ]
        source[piece.deliveries] = np.where(found.source >= 0, piece.nodes[found.source], -1)
    return Answer(tuple(tour for some in tours.values() for tour in some), source)


def feasible(world: World, answer: Answer) -> bool:
    """Whether an answer keeps every rule: each route by replay, vehicles and stock by count."""
    space = scratch_for(world)
    for tour in answer.tours:
        tok = np.array(tour.tokens, np.int64)
        if len(tok) > LONGEST or not replay(world, tok, len(tok), tour.lane, answer.source, space)[0]:
            return False
    used = np.bincount([t.lane for t in answer.tours], minlength=len(world.lane))
    return bool((used <= world.lane["count"]).all() and (stock_left(world, answer) >= 0).all()) and tied(world, answer)


def without_idle(world: World, tour: Tour, source: Ints) -> Tour:
    """Leave out load stops whose loads a later stop at the same source takes over."""
    n = len(world.delivery)
    kept = (x for i, x in enumerate(tour.tokens) if x < n or loaded_at(world, tour, source, i))
    return Tour(tour.lane, tuple(kept))
