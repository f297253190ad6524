"""Pickups and the deliveries they belong to: each pickup names its delivery and is named by it."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.formats.benchmarks.instance import Floats
from workbench.formats.benchmarks.lines import Report


def matched(
    report: Report, section: str, lines: Mapping[int, int], amount: Floats, ends: Floats, depots: int
) -> tuple[tuple[int, int], ...]:
    """Return the pairs (pickup, delivery).

    ``amount`` is what comes aboard at each location, below 0 what leaves; ``ends`` holds for each the number of its
    pickup and of its delivery, 0 for itself. ``lines`` is where each location is written.
    """
    out = []
    for at in range(depots, len(amount)):
        pickup, delivery = ends[at].tolist()
        other = delivery or pickup
        if bool(pickup) == bool(delivery) or not other.is_integer() or not depots <= other < len(amount) or other == at:
            report.find(
                lines.get(at, 0), section, "UNKNOWN_REFERENCE",
                expected="a 0 and the number of the client that it is paired with",
                got=f"pickup {pickup:g}, delivery {delivery:g}",
                remedy="A pickup has 0 and the number of its delivery; a delivery that of its pickup and 0.",
            )  # fmt: skip
            continue
        partner = int(other)
        back = ends[partner, 0 if delivery else 1]
        if back != at:
            report.find(
                lines.get(at, 0), section, "CONFLICT", expected=f"client {partner:g} paired with {at} in turn",
                got=f"it is paired with {back:g}", remedy="Let the two name each other.",
            )  # fmt: skip
        elif delivery and (amount[at] < 0 or amount[at] != -amount[partner]):
            report.find(
                lines.get(at, 0), section, "CONFLICT",
                expected="as much set down at the delivery as was picked up, written below 0",
                got=f"{amount[at]:g} picked up, {amount[partner]:g} at client {partner}",
                remedy="Correct one of the two loads.",
            )  # fmt: skip
        elif delivery:
            out.append((at, partner))
    return tuple(out)
