"""The rules a second time, written differently: an exhaustive optimum for at most seven deliveries.

Nothing here imports the checker, the engines or the KPIs. `optimum` searches every order, load,
reload, source, window and start time with labels that keep only what can still be best.
"""

from itertools import combinations, pairwise

from workbench.problem import PRIORITIES, SHARE, route_cost


def optimum(problem):
    """Return (served_vector, cost) of the best plan there is; `slots` and refusals by POLICY aside.

    With objective weights the best plan is the one with least cost plus price of what it leaves
    out; the pair returned is still (served_vector, cost). Exact for any schedule the rules allow,
    also ones that finish later to wait less. Meant for at most seven deliveries.
    """
    options, plans = _plans(problem)
    return min(((_vector(problem, options, mask), cost) for mask, cost in plans.items()), key=_better(problem))


def cheapest(problem):
    """Return the least cost of serving exactly a set of deliveries, for every set that can be served at all."""
    options, plans = _plans(problem)
    out = {}
    for mask, cost in plans.items():
        served = frozenset(options[b][0] for b in _bits(mask))
        out[served] = min(cost, out.get(served, cost))
    return out


def _plans(problem):
    options = _options(problem)
    plans = {0: 0}
    for v, vehicle in enumerate(problem.fleet):
        for shift in vehicle.shifts:
            routes = _routes(problem, v, shift, options)
            for _ in range(min(vehicle.count, len(problem.deliveries))):
                plans = _with_one_more(plans, routes, options, problem)
    return options, plans


def _better(problem):
    weights = problem.objective.weights
    if not weights:
        return lambda found: (tuple(-x for x in found[0]), found[1])
    asked = [0] * PRIORITIES
    for d in problem.deliveries:
        asked[d.priority - 1] += d.share
    return lambda found: (
        found[1] + sum(weights.get(p + 1, 0.0) * (asked[p] - found[0][p]) / SHARE for p in range(PRIORITIES))
    )


def _options(problem):
    """(delivery index, places where it may be loaded): one each, or one per source where stock is counted."""
    out = []
    for i, d in enumerate(problem.deliveries):
        if d.refused is not None:
            continue
        if d.kind == "retrograde":
            out.append((i, ()))
        elif any((s, d.item) in problem.stock for s in d.sources):
            out.extend((i, (s,)) for s in d.sources)
        else:
            out.append((i, tuple(d.sources)))
    return out


def _bits(mask):
    return [b for b in range(mask.bit_length()) if mask >> b & 1]


def _members(problem, options, mask):
    return [problem.deliveries[options[b][0]] for b in _bits(mask)]


def _vector(problem, options, mask):
    served = [0] * PRIORITIES
    for d in _members(problem, options, mask):
        served[d.priority - 1] += d.share
    return tuple(served)


def _possible(problem, options, mask):
    """Whether no delivery is in twice and no stock is overdrawn."""
    indices = [options[b][0] for b in _bits(mask)]
    drawn = {}
    for b in _bits(mask):
        d, sources = problem.deliveries[options[b][0]], options[b][1]
        if len(sources) == 1:
            drawn[sources[0], d.item] = drawn.get((sources[0], d.item), 0.0) + d.quantity
    return len(set(indices)) == len(indices) and all(
        amount <= problem.stock[key] + 1e-6 for key, amount in drawn.items() if key in problem.stock
    )


def _with_one_more(plans, routes, options, problem):
    out = dict(plans)
    for mask, cost in plans.items():
        for more, price in routes.items():
            both = mask | more
            if mask & more or (both in out and out[both] <= cost + price) or not _possible(problem, options, both):
                continue
            out[both] = cost + price
    return out


def _may_share(problem, options, mask):
    return not any(problem.conflicts[a.goods, b.goods] for a, b in combinations(_members(problem, options, mask), 2))


def _routes(problem, v, shift, options):
    """Least cost of one route of vehicle type v in this shift, for every set of options it can serve."""
    vehicle = problem.fleet[v]
    best = {}
    front = {(0, 0, vehicle.depot, 0): [(shift[0], 0, shift[1], 0, 0, 0)]}
    while front:
        nxt = {}
        for (taken, aboard, place, trips), labels in front.items():
            if taken and not _goods_to_deliver(problem, options, aboard):
                _close(problem, vehicle, shift, place, labels, taken, best)
            for where, mask, kind in _moves(problem, vehicle, options, taken, aboard):
                moved = _travel(problem, vehicle, place, where)
                if moved is None or (kind == "load" and trips + 1 > vehicle.max_trips):
                    continue
                who = _members(problem, options, mask)
                hours = problem.places[where].windows if kind == "load" else _common_windows(who)
                work = sum(d.load_s[d.sources.index(where)] if kind == "load" else d.service_s for d in who)
                work += vehicle.turnaround_s if kind == "load" else 0
                kg = sum(d.load.kg for d in _members(problem, options, aboard | mask if kind != "deliver" else aboard))
                if kind == "load":
                    kept = _goods_to_deliver(problem, options, aboard)
                    kg = sum(d.load.kg for d in _members(problem, options, kept | mask))
                new = [
                    x
                    for label in labels
                    for x in _stretch(_flown(label, moved[1], kind, kg), moved, hours, work, shift, vehicle)
                    if kind != "load" or _lifted(vehicle, label, moved[1])
                ]
                if not new:
                    continue
                # at a load stop, what was picked up is handed over first
                after = _goods_to_deliver(problem, options, aboard) | mask if kind == "load" else aboard ^ mask
                state = (taken if kind == "deliver" else taken | mask, after, where, trips + (kind == "load"))
                nxt.setdefault(state, []).extend(new)
        front = {state: _best_labels(labels) for state, labels in nxt.items()}
    return best


def _goods_to_deliver(problem, options, aboard):
    return sum(1 << b for b in _bits(aboard) if problem.deliveries[options[b][0]].kind != "retrograde")


def _moves(problem, vehicle, options, taken, aboard):
    """Every (place, set of options, kind of stop) that may come next, capacity and goods respected."""
    gone = {options[b][0] for b in _bits(taken)}
    free = [b for b, (i, _) in enumerate(options) if i not in gone and vehicle.carries[problem.deliveries[i].goods]
            and (vehicle.picks_up or problem.deliveries[i].kind != "retrograde")]  # fmt: skip
    for place in range(len(problem.places)):
        here = [b for b in free if place in options[b][1]]
        kept = _goods_to_deliver(problem, options, aboard)
        for mask in _subsets(here):
            if _possible(problem, options, taken | mask) and _fits(problem, vehicle, options, kept | mask):
                yield place, mask, "load"
        back = [b for b in free if not options[b][1] and problem.deliveries[options[b][0]].node == place
                and problem.deliveries[options[b][0]].kind == "retrograde"]  # fmt: skip
        for mask in _subsets(back):
            if _fits(problem, vehicle, options, aboard | mask):
                yield place, mask, "pickup"
        drop = [b for b in _bits(kept) if problem.deliveries[options[b][0]].node == place]
        for mask in _subsets(drop):
            yield place, mask, "deliver"


def _subsets(bits):
    for size in range(1, len(bits) + 1):
        for chosen in combinations(bits, size):
            yield sum(1 << b for b in chosen)


def _fits(problem, vehicle, options, mask):
    who = _members(problem, options, mask)
    return _may_share(problem, options, mask) and all(
        sum(d.load[k] for d in who) <= vehicle.capacity[k] for k in range(4)
    )


def _common_windows(deliveries):
    """The instants at which all of them may start: cut window by window."""
    common = list(deliveries[0].windows)
    for d in deliveries[1:]:
        common = [(max(a, c), min(b, e)) for a, b in common for c, e in d.windows if max(a, c) <= min(b, e)]
    return common


def _travel(problem, vehicle, i, j):
    return (0, 0) if i == j else problem.travel.leg(vehicle.travel, i, j, 0)


def _flown(label, metres, kind, kg):
    """Go on with a sortie: metres and most aboard; a loading begins a new one."""
    *rest, far, peak = label
    return (*rest, 0, kg) if kind == "load" else (*rest, far + metres, max(peak, kg))


def _lifted(vehicle, label, metres):
    """Whether the sortie that ends after so many more metres lies under its curve."""
    far, peak, curve = label[4] + metres, label[5], vehicle.payload_range
    if not curve:
        return True
    steps = [(a, b) for a, b in pairwise(((0, curve[0][1]), *curve)) if a[0] <= far <= b[0]]
    return any(peak * (b[0] - a[0]) <= a[1] * (b[0] - a[0]) + (b[1] - a[1]) * (far - a[0]) for a, b in steps)


def _stretch(label, moved, hours, work, shift, vehicle):
    """Go on to the next stop, once for each of its windows.

    A label is (earliest time now, time without any wait, latest start, metres): leaving at s, the
    vehicle stands here at max(earliest, s + time without wait).
    """
    earliest, busy, latest, metres, far, peak = label
    seconds, more = moved
    for opens, closes in hours:
        begin = max(earliest + seconds, opens)
        if begin <= closes and begin + work <= shift[1] and metres + more <= vehicle.range_m:
            yield begin + work, busy + seconds + work, min(latest, closes - busy - seconds), metres + more, far, peak


def _best_labels(labels):
    kept = []
    for x in sorted(set(labels), key=lambda x: (x[0], x[1], -x[2], *x[3:])):
        if not any(y[2] >= x[2] and all(y[k] <= x[k] for k in (0, 1, 3, 4, 5)) for y in kept):
            kept.append(x)
    return kept


def _close(problem, vehicle, shift, place, labels, taken, best):
    home = _travel(problem, vehicle, place, vehicle.end_depot)
    if home is None:
        return
    for label in labels:
        earliest, busy, latest, metres = label[:4]
        if earliest + home[0] > shift[1] or metres + home[1] > vehicle.range_m or not _lifted(vehicle, label, home[1]):
            continue
        duration = max(earliest - latest, busy) + home[0]
        cost = route_cost(vehicle, metres + home[1], duration)
        best[taken] = min(cost, best.get(taken, cost))
