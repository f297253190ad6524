"""Scenarios made of a few rows in memory, typed as the reader types them."""

from datetime import UTC, datetime
from functools import lru_cache

from workbench.formats import checks
from workbench.formats.records import Record
from workbench.formats.tabular import build_sheet
from workbench.scenario import Scenario
from workbench.schema import TABLES

AS_OF = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
HOUR = 3600


def frame(name, rows=()):
    """The table `name` with these rows; columns left out are blank."""
    columns = [c.name for c in TABLES[name].columns]
    strange = {c for row in rows for c in row} - set(columns)
    assert not strange, f"{name} has no {strange}"
    return _typed(name, tuple(tuple(str(row.get(c, "")) for c in columns) for row in rows)).copy()


@lru_cache(maxsize=256)
def _typed(name, cells):
    columns = [c.name for c in TABLES[name].columns]
    records = [Record(i + 1, list(row)) for i, row in enumerate((columns, *cells))]
    return checks.check(build_sheet("", "", records), TABLES[name]).frame


def scenario_of(horizon_h=24, coas=None, settings=None, **tables):
    """A scenario with these rows by table name."""
    return Scenario(
        name="by hand", path=None, as_of=AS_OF, horizon_s=horizon_h * HOUR, marking="UNCLASSIFIED//EXERCISE",
        settings=settings or {}, tables={name: frame(name, tables.get(name, ())) for name in TABLES}, threats={},
        coas=coas or {},
    )  # fmt: skip


def straight_road(**changes):
    """Rows of a small world: S (supply point and depot) - 10 km - A - 10 km over bridge B - C; 60 km/h, one truck.

    One requisition R1 of 10 cases (1,000 kg, 2 pallets) for A. `changes` replace whole tables.
    """
    rows = {
        "nodes": [
            {"node_id": "S", "kind": "supply_point", "lon": 15.0, "lat": 48.0},
            {"node_id": "A", "name": "Alder", "kind": "unit", "lon": 15.1, "lat": 48.0},
            {"node_id": "C", "name": "Cedar", "kind": "unit", "lon": 15.2, "lat": 48.0},
        ],
        "edges": [road("SA", "S", "A"), road("B", "A", "C", bridge="true", mlc_w=20, mlc_t=20)],
        "profiles": [{"profile": "truck", "road_class": "primary", "day_kmh": 60, "night_kmh": 60, "blackout_kmh": 60}],
        "units": [{"unit_id": "U1", "name": "First", "node_id": "A", "headcount": 100}],
        "fleet": [truck()],
        "requisitions": [ask("R1")],
    }
    return {**rows, **changes}


def road(edge_id, a, b, **changes):
    """A primary road of 10 km."""
    return {"edge_id": edge_id, "from": a, "to": b, "length_m": 10_000, "road_class": "primary", **changes}


def truck(**changes):
    """A truck type at S: 5,000 kg, 8 pallets, class 14."""
    fields = {
        "vehicle_type": "T",
        "depot": "S",
        "count": 1,
        "profile": "truck",
        "payload_kg": 5000,
        "pallets": 8,
        "mlc": 14,
    }
    return {**fields, **changes}


def ask(requisition_id, **changes):
    """A requisition of 10 cases of class I for unit U1: 1,000 kg, 3 m3, 2 pallets."""
    fields = {
        "requisition_id": requisition_id, "unit_id": "U1", "supply_class": "I", "item": "meals", "quantity": 10,
        "unit_of_issue": "CS", "weight_kg": 1000, "volume_m3": 3, "pallets": 2, "priority": 3,
    }  # fmt: skip
    return {**fields, **changes}
