"""Small scenario folders as lists of rows, to be spoilt one cell at a time."""

import csv
from copy import deepcopy

TOML = """name = "small"
as_of = 2026-05-01T04:00:00Z
horizon_h = 24
marking = "UNCLASSIFIED//EXERCISE"
"""
COA = """name = "detour"
description = "The short road is closed."
close = ["E001"]

[speed_factor]
wheeled_medium = 0.8

[[changes]]
table = "fleet"
op = "set"
where = {vehicle_type = "TRUCK", depot = "N001"}
values = {count = 2}
"""
THREATS = """{"type": "FeatureCollection", "features": [
{"type": "Feature", "properties": {"name": "Ambush area"}, "geometry":
 {"type": "Polygon", "coordinates": [[[12.1, 51.05], [12.2, 51.05], [12.2, 51.1], [12.1, 51.05]]]}}]}
"""


def _node(n: int) -> dict:
    kind = {1: "depot", 2: "depot", 3: "supply_point"}.get(n, "unit")
    return {
        "node_id": f"N{n:03d}", "name": f"Place {n}", "kind": kind, "lon": f"{12 + 0.05 * (n % 5):.2f}",
        "lat": f"{51 + 0.04 * (n // 5):.2f}", "mgrs": "", "windows": "", "open_from": "", "open_to": "", "slots": "",
    }  # fmt: skip


def _requisition(n: int) -> dict:
    item = [
        ("I", "MRE case", "CS", 10.3, 0), ("V", "5.56 mm ball box", "CS", 16, 0), ("IIIB", "Diesel F-54", "L", 0.84, 1),
        ("IX", "Tent pole", "EA", 7, 0),
    ][n % 4]  # fmt: skip
    quantity = 20 + n
    return {
        "requisition_id": f"{n:04d}", "unit_id": f"U{n % 8 + 1:02d}", "node_id": "", "source_node_id": "",
        "supply_class": item[0], "item": item[1], "quantity": f"{quantity}", "unit_of_issue": item[2],
        "weight_kg": f"{quantity * item[3]:.1f}",
        "pallets": "" if item[4] else "1", "litres": f"{quantity}" if item[4] else "",
        "fad": "", "und": "B", "priority": "", "requested": "2026-04-30T12:00:00Z", "earliest": "2026-05-01T06:00:00Z",
        "latest": "2026-05-01T20:00:00+02:00", "kind": "delivery", "remarks": "",
    }  # fmt: skip


def _edge(n: int, start: int, end: int) -> dict:
    a, b = _node(start), _node(end)
    east, north = ((float(a[axis]) - float(b[axis])) * metres for axis, metres in (("lon", 70e3), ("lat", 111.3e3)))
    return {
        "edge_id": f"E{n:03d}", "from": a["node_id"], "to": b["node_id"],
        "length_m": f"{1.2 * (east**2 + north**2) ** 0.5:.1f}",
        "road_class": "secondary", "surface": "asphalt", "oneway": "false", "speed_kmh": "60",
        "geometry": f"LINESTRING ({a['lon']} {a['lat']}, {b['lon']} {b['lat']})",
    }  # fmt: skip


def small() -> dict:
    """Return the rows of a sound scenario, by table."""
    pairs = [(n, n + 1) for n in range(1, 20)] + [(n, n + 5) for n in range(1, 16)]
    fleet = [
        ("TRUCK", "N001", "3", "wheeled_medium", "5000", "I;V;IX"),
        ("TRUCK", "N002", "2", "wheeled_medium", "5000", "I;V;IX"),
        ("TANKER", "N001", "2", "wheeled_heavy", "8000", "IIIB"), ("LIGHT", "N002", "4", "wheeled_light", "1500", ""),
    ]  # fmt: skip
    stock = [
        ("N003", "", "I", "MRE case", "500", "CS", "900", ""),
        ("N003", "", "IIIB", "Diesel F-54", "9000", "L", "", "2026-05-01T00:00:00Z"),
        ("", "U02", "I", "MRE case", "12", "CS", "", ""),
    ]  # fmt: skip
    area = "POLYGON ((12.1 51.0, 12.11 51.0, 12.11 51.01, 12.1 51.0))"
    return {
        "nodes": [_node(n) for n in range(1, 21)],
        "units": [
            {"unit_id": f"U{n:02d}", "name": f"Unit {n}", "parent": "U01" if n > 1 else "", "node_id": f"N{n + 5:03d}",
             "headcount": "120", "fad": "II"}
            for n in range(1, 10)
        ],
        "requisitions": [_requisition(n) for n in range(1, 25)],
        "fleet": [
            {"vehicle_type": v, "owner": "", "depot": d, "end_depot": "", "count": c, "profile": p, "payload_kg": kg,
             "litres": "7000" if v == "TANKER" else "", "may_carry": m, "shift_start": "06:00", "shift_end": "18:00"}
            for v, d, c, p, kg, m in fleet
        ],
        "edges": [_edge(n, a, b) for n, (a, b) in enumerate(pairs, 1)],
        "stock": [
            {"node_id": n, "unit_id": u, "supply_class": c, "item": i, "on_hand": q, "unit_of_issue": uoi,
             "capacity": full, "as_of": when}
            for n, u, c, i, q, uoi, full, when in stock
        ],
        "closures": [
            {"edge_id": "E002", "area": "", "from": "", "to": "", "reason": "crater"},
            {"edge_id": "", "area": area, "from": "2026-05-01T06:00:00Z",
             "to": "2026-05-01T09:00:00Z", "reason": "minefield"},
        ],
        "items": [
            {"item": "Tent pole", "supply_class": "IX", "unit_of_issue": "EA", "kg_low": "5", "kg_high": "9"},
        ],
        "compatibility": [{"class_a": "IIIB", "class_b": "I", "may_share": "false"}],
    }  # fmt: skip


def write(folder, tables, toml=TOML, coas=None, threats=THREATS):
    """Write rows as a scenario folder, bytes as they are, and return the folder."""
    (folder / "coas").mkdir(parents=True, exist_ok=True)
    (folder / "scenario.toml").write_text(toml, encoding="utf-8")
    if threats:
        (folder / "threats.geojson").write_text(threats, encoding="utf-8")
    for name, text in ({"detour": COA} if coas is None else coas).items():
        (folder / "coas" / f"{name}.toml").write_text(text, encoding="utf-8")
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return folder


def spoilt(row_of_table, **cells) -> dict:
    """Return the small scenario with one row's cells replaced; ``row_of_table`` is (table, line in its file)."""
    tables = deepcopy(small())
    name, line = row_of_table
    tables[name][line - 2] |= cells
    return tables
