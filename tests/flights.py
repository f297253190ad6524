"""Worlds in the air, made by hand: places in kilometres east and north of S, a drone, areas to keep out of."""

from functools import cache

from pyproj import Transformer
from tables import ask, road, scenario_of, straight_road, truck

S = (15.0, 48.0)


@cache
def _plane():
    return Transformer.from_crs(
        "EPSG:4326", f"+proj=aeqd +lat_0={S[1]} +lon_0={S[0]} +datum=WGS84 +units=m", always_xy=True
    )


def at_km(east, north):
    """(lon, lat) of a point so many kilometres from S."""
    return _plane().transform(1000 * east, 1000 * north, direction="INVERSE")


def km_of(lonlat):
    """Kilometres east and north of S."""
    return tuple(x / 1000 for x in _plane().transform(*lonlat))


def drone(**changes):
    """A cargo drone at S: 68 kg to 15 km, nothing at 70 km, 108 km/h."""
    fields = {
        "vehicle_type": "UAS", "depot": "S", "count": 1, "profile": "uas", "payload_kg": 68,
        "payload_range": "15:68;70:0",
    }  # fmt: skip
    return {**fields, **changes}


def circle(east, north, **said):
    """A threat feature at a point."""
    return {"type": "Feature", "properties": said, "geometry": {"type": "Point", "coordinates": at_km(east, north)}}


def box(west, south, east, north, **said):
    """A threat feature over a box."""
    ring = [at_km(*c) for c in ((west, south), (east, south), (east, north), (west, north), (west, south))]
    return {"type": "Feature", "properties": said, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def flown_world(more=(), threats=(), settings=None, coas=None, **changes):
    """The straight road S - A - C, where S can be flown from, with `more` nodes (name, lon lat, landing) off it."""
    rows = straight_road()
    nodes = [{**n, "landing": "lz" if n["node_id"] == "S" else ""} for n in rows["nodes"]]
    nodes += [
        {"node_id": name, "name": f"Far {name}", "kind": "unit", "lon": lon, "lat": lat, "landing": landing}
        for name, (lon, lat), landing in more
    ]
    profiles = [*rows["profiles"], {"profile": "uas", "mode": "air", "road_class": "flight", "day_kmh": 108}]
    tables = {**rows, "nodes": nodes, "profiles": profiles, "fleet": [truck(), drone()]} | changes
    sc = scenario_of(settings=settings, coas=coas, **tables)
    return sc.replace(threats={"type": "FeatureCollection", "features": list(threats)})


def small(requisition_id, **changes):
    """A requisition of 10 kg of medical sets."""
    return ask(requisition_id, **{"quantity": 1, "weight_kg": 10, "volume_m3": 0, "pallets": 0, **changes})


def place(p, node):
    """The index of a node among the places."""
    return [x.node_id for x in p.places].index(node)


__all__ = ["at_km", "box", "circle", "drone", "flown_world", "km_of", "place", "road", "small"]
