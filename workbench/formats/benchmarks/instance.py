"""A benchmark instance as its file says it: numbers not yet rounded, locations from 0, the depots first."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from workbench.errors import Finding

Floats = NDArray[np.float64]

FAMILIES = {
    "CVRP": "capacity only, vehicles free",
    "ACVRP": "capacity only, distances not the same both ways",
    "VRPTW": "time windows",
    "CVRPTW": "time windows",
    "MDVRP": "several depots",
    "MDVRPTW": "several depots and time windows",
    "HFVRP": "mixed fleet",
    "SDVRPTW": "clients that only some vehicles may visit, and time windows",
    "PCVRPTW": "prizes and time windows",
    "MTVRPTWR": "reloads, release times and time windows",
    "VRPB": "deliveries first, then pickups back to the depot",
    "PDPTW": "pickups paired with deliveries, and time windows",
}
"""Every family that is read, by the word its files have for it."""


@dataclass(frozen=True, slots=True)
class Vehicle:
    """What one vehicle of an instance may do. ``depot`` and ``reloads`` are locations.

    ``reloads`` are depots where it may load again between two trips, ``max_reloads`` how often. ``allowed`` are the
    clients it may visit, None for all.
    """

    capacity: float = inf
    depot: int = 0
    fixed_cost: float = 0.0
    unit_cost: float = 1.0
    max_distance: float = inf
    max_duration: float = inf
    reloads: tuple[int, ...] = ()
    max_reloads: float = inf
    allowed: frozenset[int] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """One instance. Arrays have a row for each location; the first ``depots`` locations are the depots.

    ``weights`` are the distances where the file lists them, else they are Euclidean between ``xy``. ``demand`` goes
    out to a client, ``backhaul`` comes back from it; ``release`` is when its goods are at the depot; a client with a
    ``prize`` may be left out for that price. ``pairs`` are (pickup, delivery). ``vehicles`` has one entry for each
    vehicle, in the order in which solutions name them; with ``free_fleet`` there is one for each client.
    """

    name: str
    family: str
    file: str
    depots: int
    xy: Floats | None
    weights: Floats | None
    demand: Floats
    backhaul: Floats
    opens: Floats
    closes: Floats
    service: Floats
    release: Floats
    prize: Floats
    pairs: tuple[tuple[int, int], ...]
    vehicles: tuple[Vehicle, ...]
    free_fleet: bool
    warnings: tuple[Finding, ...] = ()

    @property
    def locations(self) -> int:
        """Return how many locations there are, depots included."""
        return len(self.demand)

    @property
    def clients(self) -> int:
        """Return how many clients there are: of a pair of pickup and delivery, both."""
        return self.locations - self.depots

    @property
    def timed(self) -> bool:
        """Whether anything depends on time."""
        limits = any(v.max_duration < inf for v in set(self.vehicles))
        return bool(limits or np.isfinite(self.closes).any() or self.opens.any() or self.release.any())
