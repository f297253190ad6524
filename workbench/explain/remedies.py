"""What would serve a delivery: single changes, each tried on the board, with what they bring."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workbench.constraints import place_words, span_words, time_words, vehicle_words
from workbench.explain.board import Board, Fit, dearness, soonest
from workbench.explain.reasons import Reason, extra_words, where
from workbench.ground.matrix import Cut
from workbench.ground.modes import Modes
from workbench.ground.roads import NO_FLY, NO_SITE, RISKY, UNKNOWN
from workbench.problem import SHARE, Delivery, Load, VehicleType, standby, timed
from workbench.problem.barred import hardness
from workbench.problem.world import stops_of
from workbench.units import ceil_safe

LONGEST_S = 4 * 3600
"""Shifts longer by more than this are no remedy."""
MOVED_S = 60
"""Other stops that start less than a minute sooner or later are not counted as moved."""
KG_PER_PALLET = 1000
"""What counts as one pallet when a load states neither pallets nor litres (mark D)."""
SUPPLY_KINDS = ("depot", "supply_point", "distribution_point")

_ADVICE = {
    "STOCK": "More stock where it may be drawn.",
    "UNREACHABLE": "Add or open a way to it, or move the place of delivery.",
    "PROFILE": "A vehicle that gets there and may carry it, or another place of delivery.",
    "POLICY": "Change the rule, or move the place of delivery.",
    "WINDOW": "Ask the unit for another time.",
    "SHIFT": "A longer shift, or a depot nearer to it.",
    "RANGE": "Fuel on the way, or a depot nearer to it.",
    "COMPATIBILITY": "A vehicle that may carry it.",
    "RESOURCE": "Make a vehicle that may carry it available.",
}

_ASKS = {
    UNKNOWN: ("Classify or strengthen", ", which "),
    RISKY: ("Let legs run any risk:", " "),
    NO_SITE: ("Clear a site at", ", which "),
    NO_FLY: ("Open the", ", which "),
}
"""How a remedy asks for what keeps a place from being reached, and joins the reason."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """A change, whether it was tried (re-evaluated), and what it brought."""

    remedy: str
    tried: bool
    effect: str


def remedies(board: Board, i: int, reason: Reason) -> list[Remedy]:
    """Return the changes that serve a delivery, each tried; if none does, one line that says what was tried."""
    d = board.problem.deliveries[i]
    if d.refused is not None:
        return _against_refusal(board, i)
    if reason.fit is not None:
        return [_take_it(board, reason.fit)]
    if reason.code == "COMPATIBILITY":
        return [Remedy(_ADVICE[reason.code], False, "")]
    tries = {
        "one more vehicle": _one_more(board, i),
        "a wider window": _wider_window(board, i),
        "a longer shift": _longer_shift(board, i),
        "splitting it": _split(board, i),
        "more stock": _more_stock(board, i) if reason.code == "STOCK" else None,
    }
    found = [r for r in tries.values() if r is not None]
    if not found:
        names = [name for name in tries if reason.code == "STOCK" or name != "more stock"]
        return [Remedy("", True, f"Tried {', '.join(names)}: none of them serves it.")]
    return found


def effect(board: Board, fit: Fit) -> str:
    """Return what a fit brings: when it is served, how much farther, and what else moves."""
    fit = board.settle(fit)
    return (
        f"Served at {time_words(board.problem, fit.begin_s)} by {_by(fit)}, {extra_words(fit)}, {_moved(board, fit)}."
    )


def _by(fit: Fit) -> str:
    return where(fit) if fit.ride else vehicle_words(fit.vehicle)


def _moved(board: Board, fit: Fit) -> str:
    if fit.ride is None:
        return "nothing else moves"
    moved = {}
    for step, begin in zip(fit.steps, fit.outcome.begins, strict=True):
        for x in step.deliveries if step.kind != "load" else ():
            if x in fit.ride.begins and abs(begin - fit.ride.begins[x]) >= MOVED_S:
                moved[x] = abs(begin - fit.ride.begins[x])
    if not moved:
        return "nothing else moves"
    noun = "delivery moves" if len(moved) == 1 else "deliveries move"
    return f"{len(moved)} other {noun} by up to {span_words(max(moved.values()))}"


def _take_it(board: Board, fit: Fit) -> Remedy:
    if fit.ride is None:
        text = f"Send an idle {vehicle_words(fit.vehicle)}, or plan again with more time."
    else:
        text = f"Put it on {fit.ride.route_id}, or plan again with more time."
    return Remedy(text, True, effect(board, fit))


def _one_more(board: Board, i: int) -> Remedy | None:
    fit = board.idle(i, more=1)
    if fit is None:
        return None
    depot = place_words(board.problem, fit.vehicle.depot)
    return Remedy(f"One more {vehicle_words(fit.vehicle)} at {depot}.", True, effect(board, fit))


def _anywhere(board: Board, i: int, *, longer_s: int = 0, soon: bool = False) -> Fit | None:
    """Return the best fit on an idle vehicle or on a ride."""
    worth = soonest if soon else dearness
    fits = [board.idle(i, longer_s=longer_s, worth=worth), board.fitting(i, longer_s=longer_s, worth=worth)]
    return min((f for f in fits if f is not None), key=worth, default=None)


def _wider_window(board: Board, i: int) -> Remedy | None:
    """Let service start later than allowed, as little as serves it; or, failing that, sooner."""
    d, horizon = board.problem.deliveries[i], board.problem.horizon_s
    opens = d.windows[0][0] if d.windows else min(max(0, d.earliest_s), horizon)
    later = board.with_delivery(i, windows=((opens, horizon),))
    fit = _anywhere(later, i, soon=True)
    if fit is not None and not d.windows:
        by = time_words(board.problem, fit.begin_s)
        return Remedy(f"Let service at {place_words(board.problem, d.node)} start at {by}.", True, effect(later, fit))
    if fit is not None:
        closes = max((hi for _, hi in d.windows if hi < fit.begin_s), default=fit.begin_s)
        return _window_remedy(board, i, closes, _whole_minutes(fit.begin_s - closes))
    if not d.windows:
        return None
    fit = _anywhere(board.with_delivery(i, windows=((0, d.windows[-1][1]),)), i, soon=True)
    if fit is None:
        return None
    opens = min((lo for lo, _ in d.windows if lo > fit.begin_s), default=fit.begin_s)
    return _window_remedy(board, i, opens, -_whole_minutes(opens - fit.begin_s))


def _whole_minutes(seconds: int) -> int:
    """Return seconds rounded up to whole minutes."""
    return -(-seconds // 60) * 60


def _window_remedy(board: Board, i: int, limit: int, wider_s: int) -> Remedy | None:
    """Move one end of a window by so much (before: earlier) and see."""
    d = board.problem.deliveries[i]
    windows = tuple((lo + (wider_s if lo == limit and wider_s < 0 else 0),
                     hi + (wider_s if hi == limit and wider_s > 0 else 0)) for lo, hi in d.windows)  # fmt: skip
    wider = board.with_delivery(i, windows=windows)
    fit = _anywhere(wider, i)
    if fit is None:
        return None
    words = f"close {span_words(wider_s)} later" if wider_s > 0 else f"open {span_words(-wider_s)} earlier"
    place, until = place_words(board.problem, d.node), time_words(board.problem, limit + wider_s)
    return Remedy(f"Let the window at {place} {words}, at {until}.", True, effect(wider, fit))


def _longer_shift(board: Board, i: int) -> Remedy | None:
    def over(fit: Fit) -> tuple[int, ...]:
        return (fit.outcome.end_s - fit.shift[1], fit.extra_m)

    fits = [board.idle(i, longer_s=LONGEST_S, worth=over), board.fitting(i, longer_s=LONGEST_S, worth=over)]
    fit = min((f for f in fits if f is not None), key=over, default=None)
    if fit is None:
        return None
    ends = fit.shift[1] - LONGEST_S
    longer_s = _whole_minutes(fit.outcome.end_s - ends)
    who = fit.ride.route_id if fit.ride else f"a {vehicle_words(fit.vehicle)}"
    until = time_words(board.problem, ends + longer_s)
    return Remedy(f"Let {who} work {span_words(longer_s)} longer, until {until}.", True, effect(board, fit))


def _split(board: Board, i: int) -> Remedy | None:
    """Two parts in whole units of issue, the larger first: on an idle vehicle or on the rides as they are."""
    d = board.problem.deliveries[i]
    larger = math.ceil(d.quantity / 2)
    if larger >= d.quantity:
        return None
    fits: list[tuple[float, Fit, Board]] = []
    for quantity in (float(larger), d.quantity - larger):
        part = board.with_delivery(i, **_part(d, quantity)).drawn(d.item, [f for _, f, _ in fits])
        taken = {f.ride.route_id if f.ride else "" for _, f, _ in fits}
        fit = part.idle(i) if "" not in taken else None
        fit = fit or part.apart_from(taken).fitting(i)
        if fit is not None:
            fits.append((quantity, fit, part))
    if not fits:
        return None
    unit = d.unit_of_issue
    if len(fits) == 1:
        quantity, fit, part = fits[0]
        remedy = f"Split it, and send {quantity:,g} of {d.quantity:,g} {unit}."
        return Remedy(remedy, True, effect(part, fit))
    both = " ".join(f"{quantity:,g} {unit}: {effect(part, fit)}" for quantity, fit, part in fits)
    return Remedy(f"Split it into {fits[0][0]:,g} and {fits[1][0]:,g} {unit}.", True, both)


def _part(d: Delivery, quantity: float) -> dict[str, object]:
    """Return the fields of a part of a delivery, everything rounded up."""
    ratio = quantity / d.quantity
    return {
        "quantity": quantity,
        "load": Load(*(ceil_safe(x * ratio) for x in d.load)),
        "service_s": ceil_safe(d.service_s * ratio),
        "load_s": tuple(ceil_safe(s * ratio) for s in d.load_s),
        "share": max(1, round(SHARE * ratio)),
    }


def _more_stock(board: Board, i: int) -> Remedy | None:
    """As much more at a supply point as is missing there."""
    allowed = _allowed(board, i)
    d = allowed.problem.deliveries[i]
    if d.source < 0:
        return None
    left = max(0.0, board.left.get((d.source, d.item), 0.0))
    missing = d.quantity - left
    stocked = allowed.restocked(d.source, d.item, d.quantity)
    fit = _anywhere(stocked, i)
    place = place_words(board.problem, d.source)
    remedy = f"{missing:,g} {d.unit_of_issue} more of {d.item} at {place}"
    if missing <= 0:
        remedy = f"Draw on the {left:,g} {d.unit_of_issue} of {d.item} that this plan leaves at {place}"
    if fit is None:
        fit = stocked.idle(i, more=1)
        if fit is None:
            return None
        remedy += f", and one more {vehicle_words(fit.vehicle)}"
    return Remedy(f"{remedy}.", True, effect(stocked, fit))


def _allowed(board: Board, i: int) -> Board:
    """Return the board with a delivery's refusal lifted; what names no source may come from where it is stocked."""
    d, places = board.problem.deliveries[i], board.problem.places
    if d.kind == "retrograde" or d.sources:
        return board.with_delivery(i, refused=None)
    known = [s for x in board.problem.deliveries if x.requisition_id == d.requisition_id for s in x.sources]
    known += [place for place, item in sorted(board.problem.stock) if item == d.item]
    known = known or [k for k, p in enumerate(places) if p.kind in SUPPLY_KINDS]
    sources = tuple(dict.fromkeys(known))
    if not sources:
        return board.with_delivery(i, refused=None)
    load_s = tuple(_handling_s(board, d, source) for source in sources)
    return board.with_delivery(i, refused=None, source=sources[0], sources=sources, load_s=load_s)


def _handling_s(board: Board, d: Delivery, source: int) -> int:
    place = board.problem.places[source]
    pallets = d.load.centipallets
    if not pallets and not d.load.litres:
        pallets = 100 * ceil_safe(d.load.kg / KG_PER_PALLET)
    return ceil_safe(pallets * place.handling_s_per_centipallet + d.load.litres * place.pump_s_per_litre)


def _against_refusal(board: Board, i: int) -> list[Remedy]:
    """Return what would lift a refusal."""
    code = (board.problem.deliveries[i].refused or ("",))[0]
    allowed = _allowed(board, i)
    found: list[Remedy | None] = []
    if code == "STOCK":
        found = [_more_stock(board, i)]
    elif code in ("UNREACHABLE", "PROFILE", "POLICY"):
        found = list(_ways_out(board, i))
    elif code == "WINDOW":
        found = [_wider_window(allowed, i)]
    elif code in ("SHIFT", "RANGE"):
        found = [_longer_shift(allowed, i)]
    return [r for r in found if r] or [Remedy(_ADVICE.get(code, "A vehicle that can lift one unit of it."), False, "")]


def _ways_out(board: Board, i: int) -> Iterator[Remedy]:
    """Open what cuts it off, and see; then try what an aircraft would bring."""
    if not isinstance(board.problem.travel, Modes):
        return
    helped: list[frozenset[str]] = []
    for cuts in _in_the_way(board, _allowed(board, i).problem.deliveries[i]):
        ids = frozenset(cut.edge_id for cut in cuts)
        if not any(fewer <= ids for fewer in helped):
            opened = _allowed(board.lifted(cuts), i)
            fit = _anywhere(opened, i) or opened.idle(i, more=1)
            brings = effect(opened, fit) if fit is not None else "Even then no vehicle serves it within the limits."
            helped += [ids] if fit is not None else []
            yield Remedy(f"{_asked(cuts)}.", True, brings)
    flown = [found for v in standby(board.problem, board.problem.deliveries[i]) if (found := _flown(board, i, v))]
    yield from (remedy for _, remedy in sorted(flown, key=lambda found: found[0])[:1])


def _in_the_way(board: Board, d: Delivery) -> list[tuple[Cut, ...]]:
    """Return what has to open for one vehicle or another, each set once, the least first."""
    able = [v for v in board.problem.fleet if v.count and v.takes(d)]
    sources = d.sources[:2] if d.kind != "retrograde" else (-1,)
    found: dict[frozenset[str], tuple[Cut, ...]] = {}
    for cuts in sorted((board.barring(v, s, d.node) for v in able for s in sources), key=hardness):
        found.setdefault(frozenset(cut.edge_id for cut in cuts), cuts)
    return [cuts for cuts in found.values() if cuts]


def _asked(cuts: Sequence[Cut]) -> str:
    """Return in words what is asked to open, each thing with what bars it."""
    groups: dict[tuple[str, str], list[Cut]] = {}
    for cut in cuts:
        groups.setdefault(_ASKS.get(cut.barriers, ("Open or strengthen", ", which ")), []).append(cut)
    parts = []
    for (asks, joins), group in groups.items():
        each = [f"{cut.name}{joins}{cut.text}" for cut in group]
        lead = {1: "", 2: "both "}.get(len(group), f"all {len(group)} of ")
        parts.append(f"{asks} {lead}{', and '.join(each)}")
    return "; and ".join([parts[0], *(part[0].lower() + part[1:] for part in parts[1:])])


def _flown(board: Board, i: int, vehicle: VehicleType) -> tuple[int, Remedy] | None:
    """Try one aircraft more, with as much of the delivery as it lifts, and where need be with a site to land.

    Return in how many loads it takes all of it, and the remedy; None when it takes nothing.
    """
    node = board.problem.deliveries[i].node
    cuts = board.modes.cuts(vehicle.travel, stops_of(vehicle, -1, node))
    lacking = bool(cuts) and all(cut.barriers == NO_SITE for cut in cuts)
    tried = _allowed(board.lifted(cuts) if lacking else board, i)
    d = tried.problem.deliveries[i]
    (vehicle,) = timed((vehicle,), tried.problem.travel)
    for quantity in _liftable(d, vehicle):
        part = tried.with_delivery(i, **_part(d, quantity)) if quantity < d.quantity else tried
        fit = part.alone(i, vehicle)
        if fit is not None:
            first = f"Clear a site at {place_words(board.problem, node)}, and have" if lacking else "Have"
            text = f"{first} one {vehicle.vehicle_type} at {place_words(board.problem, vehicle.depot)} to fly it."
            loads = math.ceil(d.quantity / quantity)
            most = f"{quantity:,g} of {d.quantity:,g} {d.unit_of_issue} a load, {loads} loads. " if loads > 1 else ""
            return loads, Remedy(text, True, most + effect(part, fit))
    return None


def _liftable(d: Delivery, vehicle: VehicleType) -> Iterator[float]:
    """Yield amounts of a delivery that a vehicle may lift, the most first: all of it, or whole units."""
    limits = zip(d.load, vehicle.capacity, strict=True)
    share = min((limit / amount for amount, limit in limits if amount), default=1.0)
    most = d.quantity if share >= 1 else math.floor(d.quantity * share)
    while most >= 1 or most == d.quantity:
        yield float(most)
        most = math.floor(most * 0.75) if most > 1 else 0
