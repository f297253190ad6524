"""The places on the map: military symbols with a badge for what is wrong, and the numbers of a route's stops."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from workbench.plan import Plan
from workbench.problem import Place, Problem
from workbench.report import canvas, facts, geometry, symbols
from workbench.report.backdrop import Backdrop
from workbench.report.canvas import Projection
from workbench.report.facts import Arrival
from workbench.report.markup import Html, el, join
from workbench.units import dtg, mgrs_from_lonlat, moment_at, parse_instant


def _symbol_of(place: Place, sidcs: Mapping[str, str]) -> str:
    if place.kind in symbols.NODE_SYMBOLS:
        return symbols.node_symbol(place.kind)
    return symbols.symbol(sidcs[place.node_id]) if place.node_id in sidcs else symbols.node_symbol(place.kind)


def sprites(problem: Problem, ground: Backdrop) -> Html:
    """Return every symbol in use once. Strokes outside frames take the text colour, to be seen on a dark ground."""
    sidcs = symbols.by_node(ground.units)
    used = sorted({_symbol_of(place, sidcs) for place in problem.places})
    return join(
        *(
            el("g", Html(themed(svg)), id=f"sy{n}", class_=None if framed(svg) else "control")
            for n, svg in enumerate(used)
        )
    )


def framed(svg: str) -> bool:
    """Say whether a symbol has a filled frame; control measures are strokes only."""
    return 'fill="rgb' in svg


def themed(svg: str) -> str:
    """Return the inside of a rendered symbol with the strokes outside its frame in the current colour."""
    body = svg[svg.index(">") + 1 : svg.rindex("</svg>")]
    if not framed(svg):
        return body.replace("black", "currentColor")
    head, mark, tail = body.rpartition(symbols.ECHELON)
    return head + mark.replace("black", "currentColor") + (tail.replace("black", "currentColor") if mark else tail)


def pins(problem: Problem, ground: Backdrop, rows: Sequence[Arrival], proj: Projection) -> Iterable[Html]:
    """Yield every place with its symbol, from north to south, so that the nearer ones lie on top."""
    sidcs = symbols.by_node(ground.units)
    used = sorted({_symbol_of(place, sidcs) for place in problem.places})
    here: dict[str, list[Arrival]] = {}
    for row in rows:
        here.setdefault(row.place.node_id, []).append(row)
    order = sorted(range(len(problem.places)), key=lambda n: (problem.places[n].lat * -1, n))
    for n in order:
        place = problem.places[n]
        symbol = _symbol_of(place, sidcs)
        yield _pin(n, place, here.get(place.node_id, []), used.index(symbol), symbol, proj)


def _pin(n: int, place: Place, rows: Sequence[Arrival], sprite: int, symbol: str, proj: Projection) -> Html:
    """Return one place. ``data-box`` is half its width and height on the screen and how far its middle is below it."""
    status = facts.worst([row.status for row in rows])
    base = place.kind in symbols.NODE_SYMBOLS
    names = list(dict.fromkeys(row.unit for row in rows))
    name = (names[0] + (f" +{len(names) - 1}" if len(names) > 1 else "")) if names and not base else place.name
    size = 0.22 if base else 0.19
    wide, high, middle = (round(75 * size), round(50 * size), 0) if framed(symbol) else (10, 18, -18)
    said = f"{name or place.node_id}, {place.kind.replace('_', ' ')}, {facts.summary(rows)}"
    mark = el("g", el("circle", r=7.5), el("text", facts.SIGNS[status], y=3.8), class_=f"badge {status}",
              transform=f"translate({wide} {middle - high + 1})") if status != "on_time" else None  # fmt: skip
    body = el(
        "g",
        el("ellipse", class_="halo", rx=wide + 7, ry=high + 8, cy=middle),
        el("use", href=f"#sy{sprite}", transform=f"scale({size}) translate(-100 -100)"),
        mark,
        el("text", name or place.node_id, class_="pin-name"),
        class_="body",
    )
    return canvas.placed(
        proj.xy(place.lon, place.lat),
        el("title", f"{said}, {grid(place)}"),
        el("line", class_="lead hid"),
        body,
        class_=f"pin {'base' if base else 'unit'} {status}",
        data_place=n,
        tabindex=0,
        role="button",
        aria_label=said,
        data_box=f"{wide} {high} {middle}",
        data_rank=f"{facts.STATUSES.index(status) + 5 * (place.kind not in ('depot', 'supply_point'))}",
    )


def grid(place: Place) -> str:
    """Return the place as an MGRS reference to ten metres, empty where there is none (the polar caps)."""
    if not -80 <= place.lat < 84:
        return ""
    reference = mgrs_from_lonlat(place.lon, place.lat, 4)
    return f"{reference[:-10]} {reference[-10:-8]} {reference[-8:-4]} {reference[-4:]}"


def numbers(problem: Problem, plan: Plan, proj: Projection) -> Iterable[Html]:
    """Yield the numbers of the stops of every route, shown while the route is selected; one sign a place."""
    at = {p.node_id: proj.xy(p.lon, p.lat) for p in problem.places}
    as_of = parse_instant(plan.as_of)
    for n, route in enumerate(plan.routes):
        here: dict[str, list[tuple[int, str]]] = {}
        for seq, stop in enumerate(route.stops, 1):
            if stop.kind != "end" and stop.node in at:
                here.setdefault(stop.node, []).append((seq, f"{seq} {stop.kind} {dtg(moment_at(as_of, stop.begin_s))}"))
        marks = [_number(at[node], [seq for seq, _ in visits], [said for _, said in visits])
                 for node, visits in here.items()]  # fmt: skip
        yield el("g", *marks, class_=f"stops c{n % len(geometry.PALETTE)}", data_route=n)


def _number(at: tuple[int, int], numbers: Sequence[int], said: Sequence[str]) -> Html:
    """Return the sign with the numbers of a route's stops at one place, the first three of them."""
    text = "·".join(str(n) for n in numbers[:3]) + ("…" if len(numbers) > 3 else "")
    width = max(18, 8 + 7 * len(text))
    plate = el("rect", x=-width, y=-9, width=width, height=18, rx=9)
    sign = el("g", plate, el("text", text, x=-width / 2, y=4), transform="translate(-8 -13)")
    return canvas.placed(at, sign, el("title", ", ".join(said)))
