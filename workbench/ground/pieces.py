"""Roads between read and ready: pieces between nodes, merged where nothing changes, then written as tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import Geod
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from workbench.formats import checks
from workbench.ground.tags import Road
from workbench.schema import TABLES

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

GEOD = Geod(ellps="WGS84")
DEGREE_DIGITS = 7
LEAST_M = 0.1


class Ban(NamedTuple):
    """A banned turn: piece, node, piece, and why."""

    before: int
    via: int
    after: int
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Pieces of road. Arrays per piece follow ``ids``; ``lonlat[offsets[p]:offsets[p + 1]]`` is the line of piece p.

    A piece runs from ``ends[p, 0]`` to ``ends[p, 1]``, both ways unless ``oneway``; no piece ends where it starts.
    ``kind`` points into ``kinds``. ``places`` are the positions of the nodes.
    """

    node_ids: Sequence[str]
    places: FloatArray
    ids: Sequence[str]
    ends: IntArray
    oneway: BoolArray
    kind: IntArray
    kinds: Sequence[Road]
    lonlat: FloatArray
    offsets: IntArray
    bans: Sequence[Ban] = ()

    @property
    def directed(self) -> int:
        """Return the number of directed edges."""
        return int(2 * len(self.ids) - self.oneway.sum())

    def lengths(self) -> FloatArray:
        """Return the metres of each piece, on the ellipsoid."""
        a, b = self.lonlat[:-1], self.lonlat[1:]
        steps = np.append(GEOD.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2], 0.0) if len(self.lonlat) else np.zeros(1)
        steps[self.offsets[1:] - 1] = 0.0  # from the end of one piece to the start of the next
        total = np.concatenate([[0.0], np.cumsum(steps)])
        out: FloatArray = total[self.offsets[1:]] - total[self.offsets[:-1]]
        return out

    def lines(self) -> NDArray[np.object_]:
        """Return the line of each piece."""
        at = np.repeat(np.arange(len(self.ids)), np.diff(self.offsets))
        return np.asarray(shapely.linestrings(self.lonlat, indices=at), dtype=object)


def strong(nodes: int, ends: IntArray, oneway: BoolArray, *, weak: bool = False) -> IntArray:
    """Return the number of the component of each node, the largest being 0; strong ones unless ``weak``."""
    tail = np.concatenate([ends[:, 0], ends[~oneway, 1]])
    head = np.concatenate([ends[:, 1], ends[~oneway, 0]])
    graph = coo_matrix((np.ones(len(tail), np.int8), (tail, head)), shape=(nodes, nodes)).tocsr()
    labels = connected_components(graph, connection="weak" if weak else "strong")[1]
    sizes = np.bincount(labels, minlength=1)
    rank = np.empty(len(sizes), dtype=np.int64)
    rank[np.lexsort((np.arange(len(sizes)), -sizes))] = np.arange(len(sizes))
    return rank[labels]


def ranges(starts: IntArray, lengths: IntArray) -> IntArray:
    """Return ``starts[k], starts[k] + 1, …`` (``lengths[k]`` of them) for every k, one after the other."""
    before = np.concatenate([[0], np.cumsum(lengths)[:-1]]) if len(lengths) else np.zeros(0, np.int64)
    out: IntArray = np.arange(int(lengths.sum()), dtype=np.int64) + np.repeat(starts - before, lengths)
    return out


def merged(pieces: Pieces, keep: Iterable[int] = ()) -> Pieces:
    """Return the pieces with chains of equal ones joined; lines, lengths and ways through stay as they were.

    A node goes when exactly two pieces of the same kind meet there and traffic runs through; nodes of banned turns
    and those to ``keep`` stay. The first piece of a chain gives its identifier and direction.
    """
    through = _through(pieces, {ban.via for ban in pieces.bans} | set(keep))
    used = np.zeros(len(pieces.ids), dtype=np.bool_)
    chains: list[list[tuple[int, bool]]] = []
    ends = pieces.ends.tolist()
    for piece in range(len(used)):
        if not used[piece]:
            chains += _unlooped(_chain(piece, through, ends, used), ends)
    return _joined(pieces, chains)


def _through(pieces: Pieces, keep: set[int]) -> dict[int, tuple[int, int]]:
    """Return the nodes that may go, each with the two pieces that meet there."""
    at = pieces.ends.ravel()
    order = np.argsort(at, kind="stable")
    degree = np.bincount(at, minlength=len(pieces.node_ids))
    first = np.concatenate([[0], np.cumsum(degree)[:-1]])
    nodes = np.flatnonzero(degree == 2)
    slots = np.stack([order[first[nodes]], order[first[nodes] + 1]], axis=1)
    two, side = slots // 2, slots % 2
    same = (pieces.kind[two[:, 0]] == pieces.kind[two[:, 1]]) & (two[:, 0] != two[:, 1])
    same &= pieces.oneway[two[:, 0]] == pieces.oneway[two[:, 1]]
    same &= ~pieces.oneway[two[:, 0]] | (side[:, 0] != side[:, 1])
    pairs = zip(nodes[same].tolist(), two[same].tolist(), strict=True)
    return {node: (a, b) for node, (a, b) in pairs if node not in keep}


def _chain(
    piece: int, through: Mapping[int, tuple[int, int]], ends: list[list[int]], used: BoolArray
) -> list[tuple[int, bool]]:
    """Return the chain around a piece as (piece, turned round), in the direction of the piece."""
    used[piece] = True
    out = [(piece, False)]
    for forward in (True, False):
        node, last = ends[piece][1 if forward else 0], piece
        while node in through:
            a, b = through[node]
            other = b if a == last else a
            if used[other]:
                break
            used[other] = True
            turned = (ends[other][0] == node) != forward
            if forward:
                out.append((other, turned))
            else:
                out.insert(0, (other, turned))
            last, node = other, ends[other][1] if ends[other][0] == node else ends[other][0]
    return out


def _unlooped(chain: list[tuple[int, bool]], ends: list[list[int]]) -> list[list[tuple[int, bool]]]:
    """Return a chain, in two parts when it would end where it starts."""
    (first, first_turned), (last, last_turned) = chain[0], chain[-1]
    if ends[first][int(first_turned)] != ends[last][int(not last_turned)]:
        return [chain]
    half = (len(chain) + 1) // 2
    return [chain[:half], chain[half:]]


def _joined(pieces: Pieces, chains: Sequence[Sequence[tuple[int, bool]]]) -> Pieces:
    """Return one piece per chain, without the nodes that no piece ends at any more."""
    chains = sorted(chains, key=min)
    heads = np.array([min(piece for piece, _ in chain) for chain in chains], dtype=np.int64)
    ends = np.array(
        [
            (pieces.ends[chain[0][0], int(chain[0][1])], pieces.ends[chain[-1][0], int(not chain[-1][1])])
            for chain in chains
        ],
        dtype=np.int64,
    ).reshape(-1, 2)
    owner = np.zeros(len(pieces.ids), dtype=np.int64)
    parts: list[FloatArray] = []
    counts: list[int] = []
    for new, chain in enumerate(chains):
        line = [_line(pieces, piece, turned) for piece, turned in chain]
        line = [line[0], *(part[1:] for part in line[1:])]
        parts += line
        counts.append(sum(map(len, line)))
        owner[[piece for piece, _ in chain]] = new
    kept, at = np.unique(ends, return_inverse=True)
    place = {int(old): new for new, old in enumerate(kept)}
    return Pieces(
        node_ids=[pieces.node_ids[k] for k in kept],
        places=pieces.places[kept],
        ids=[pieces.ids[k] for k in heads],
        ends=at.reshape(-1, 2).astype(np.int64),
        oneway=pieces.oneway[heads],
        kind=pieces.kind[heads],
        kinds=pieces.kinds,
        lonlat=np.concatenate(parts) if parts else np.zeros((0, 2)),
        offsets=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        bans=[
            Ban(int(owner[b.before]), place[b.via], int(owner[b.after]), b.reason)
            for b in pieces.bans
            if b.via in place
        ],
    )


def _line(pieces: Pieces, piece: int, turned: bool) -> FloatArray:
    line = pieces.lonlat[pieces.offsets[piece] : pieces.offsets[piece + 1]]
    return line[::-1] if turned else line


def rounded(pieces: Pieces) -> Pieces:
    """Return the pieces with positions as files hold them."""
    return replace(pieces, places=np.round(pieces.places, DEGREE_DIGITS), lonlat=np.round(pieces.lonlat, DEGREE_DIGITS))


def tables(pieces: Pieces) -> dict[str, pd.DataFrame]:
    """Return the tables nodes, edges and turns of a scenario, every declared column typed."""
    nodes = {"node_id": list(pieces.node_ids), "lon": pieces.places[:, 0], "lat": pieces.places[:, 1]}
    ids = np.asarray(pieces.node_ids, dtype=object)
    edges: dict[str, Any] = {
        "edge_id": list(pieces.ids),
        "from": ids[pieces.ends[:, 0]] if len(ids) else [],
        "to": ids[pieces.ends[:, 1]] if len(ids) else [],
        "length_m": np.maximum(np.round(pieces.lengths(), 2), LEAST_M),
        "oneway": pieces.oneway,
        "geometry": _texts(pieces),
    }
    for at, field in enumerate(Road._fields):
        values = [kind[at] for kind in pieces.kinds]
        edges[field] = [values[k] for k in pieces.kind.tolist()]
    turns = {
        "from_edge": [pieces.ids[b.before] for b in pieces.bans],
        "via_node": [pieces.node_ids[b.via] for b in pieces.bans],
        "to_edge": [pieces.ids[b.after] for b in pieces.bans],
        "reason": [b.reason for b in pieces.bans],
    }
    found = {"nodes": frame("nodes", nodes), "edges": frame("edges", edges), "turns": frame("turns", turns)}
    found["turns"] = found["turns"].drop_duplicates(list(TABLES["turns"].key), ignore_index=True)
    return found


def _texts(pieces: Pieces) -> list[str]:
    """Return the lines as WKT; a straight one between its nodes is blank."""
    texts = shapely.to_wkt(pieces.lines(), rounding_precision=DEGREE_DIGITS, trim=True)
    bent = np.diff(pieces.offsets) > 2
    return [str(text) if curved else "" for text, curved in zip(texts, bent, strict=True)]


def frame(name: str, columns: Mapping[str, Any]) -> pd.DataFrame:
    """Return a typed table from some of its columns; the others are blank."""
    table = TABLES[name]
    rows = len(next(iter(columns.values())))
    out: dict[str, Any] = {}
    for column in table.columns:
        values = columns.get(column.name)
        if column.kind in ("int", "float", "bool"):
            out[column.name] = np.asarray([np.nan] * rows if values is None else values, dtype=np.float64)
        else:
            out[column.name] = np.asarray([""] * rows if values is None else values, dtype=object)
    return checks.typed(pd.DataFrame(out), table)
