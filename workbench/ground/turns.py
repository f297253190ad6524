"""Restrictions of turns and barriers on roads, as turns from one piece of road through a node into another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any, NamedTuple

from workbench.ground.pieces import Ban, IntArray, Pieces

BARRIER = "barrier: "
"""How the reason of a turn begins that a barrier bans."""
TRUCK = ("hgv", "motor_vehicle", "vehicle", "motorcar")
CUT_OFF, WAY_VIA, UNCLEAR, CONDITIONAL = (
    "members that the file or box lacks",
    "ways in between",
    "no single pair of roads that may be driven that way",
    "times or weights",
)
"""Why a restriction can't be used, in words that follow 'restrictions with'."""


class Restriction(NamedTuple):
    """One relation: ways that are left, nodes or ways in between, ways that are entered."""

    relation: int
    rule: str
    before: tuple[int, ...]
    via: tuple[int, ...]
    by_way: bool
    after: tuple[int, ...]

    @classmethod
    def of(cls, relation: Any) -> list[Restriction]:
        """Return the restriction for trucks that a relation holds, as a list of none or one."""
        tags = {tag.k: tag.v for tag in relation.tags}
        rule = tags.get("restriction:hgv") or tags.get("restriction") or ""
        if not rule and "restriction:conditional" in tags:
            rule = "conditional"
        exempt = {part.strip() for part in tags.get("except", "").split(";")}
        if tags.get("type") not in ("restriction", "restriction:hgv") or not rule or exempt & set(TRUCK[:2]):
            return []
        roles: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
        for member in relation.members:
            roles[member.role].append((member.type, member.ref))
        ways = {role: tuple(ref for kind, ref in roles[role] if kind == "w") for role in ("from", "to")}
        by_way = any(kind == "w" for kind, _ in roles["via"])
        return [cls(relation.id, rule, ways["from"], tuple(r for _, r in roles["via"]), by_way, ways["to"])]


def bans(
    pieces: Pieces,
    nodes: IntArray,
    ways: AbstractSet[int],
    restrictions: Iterable[Restriction],
    barriers: Mapping[int, str],
) -> tuple[Pieces, dict[str, list[int]]]:
    """Return the pieces with the turns that restrictions and barriers ban, and the relations not used by reason.

    ``nodes`` are the numbers in the file of the nodes of the pieces, ``ways`` those of the ways in use.
    """
    at = {int(ref): spot for spot, ref in enumerate(nodes)}
    touching: defaultdict[int, list[int]] = defaultdict(list)
    for piece, (a, b) in enumerate(pieces.ends.tolist()):
        touching[a].append(piece)
        touching[b].append(piece)
    world = _World(pieces, touching, [int(name[1:].split("_")[0]) for name in pieces.ids])
    out = {
        Ban(a, at[ref], b, f"{BARRIER}{kind}")
        for ref, kind in barriers.items()
        if ref in at
        for a in world.arriving(at[ref])
        for b in world.leaving(at[ref])
        if a != b
    }
    unused: defaultdict[str, list[int]] = defaultdict(list)
    for restriction in restrictions:
        problem = _unusable(restriction, at, ways)
        turns = None if problem else _banned(restriction, world, at)
        if turns is None:
            unused[problem or UNCLEAR].append(restriction.relation)
        else:
            out.update(turns)
    return replace(pieces, bans=sorted(out)), dict(unused)


class _World(NamedTuple):
    pieces: Pieces
    touching: Mapping[int, Sequence[int]]
    way_of: Sequence[int]

    def arriving(self, node: int) -> list[int]:
        """Return the pieces on which one can come to a node."""
        ends, oneway = self.pieces.ends, self.pieces.oneway
        return [p for p in self.touching[node] if ends[p, 1] == node or not oneway[p]]

    def leaving(self, node: int) -> list[int]:
        """Return the pieces on which one can leave a node."""
        ends, oneway = self.pieces.ends, self.pieces.oneway
        return [p for p in self.touching[node] if ends[p, 0] == node or not oneway[p]]

    def on_ways(self, pieces: Iterable[int], ways: Sequence[int]) -> list[int]:
        """Return those of the pieces that lie on one of the ways."""
        return [piece for piece in pieces if self.way_of[piece] in ways]


def _unusable(restriction: Restriction, at: Mapping[int, int], ways: AbstractSet[int]) -> str:
    """Return why a restriction can't be used; empty if it may be."""
    if restriction.rule == "conditional":
        return CONDITIONAL
    if restriction.by_way:
        return WAY_VIA
    known = len(restriction.via) == 1 and restriction.via[0] in at
    return "" if known and ways & set(restriction.before) and ways & set(restriction.after) else CUT_OFF


def _banned(restriction: Restriction, world: _World, at: Mapping[int, int]) -> list[Ban] | None:
    """Return the turns that a restriction bans; None when it is not clear which pieces it means."""
    via, rule = at[restriction.via[0]], restriction.rule
    before = world.on_ways(world.arriving(via), restriction.before)
    after = world.on_ways(world.leaving(via), restriction.after)
    most_before = len(restriction.before) if rule == "no_entry" else 1
    most_after = len(restriction.after) if rule == "no_exit" else 1
    only = rule.startswith("only_")
    if not (only or rule.startswith("no_")) or not 0 < len(before) <= most_before or not 0 < len(after) <= most_after:
        return None
    banned = [b for b in world.leaving(via) if b not in after] if only else after
    return [Ban(a, via, b, rule) for a in before for b in banned]
