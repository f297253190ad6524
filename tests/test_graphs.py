"""Graphs of OSMnx in (GraphML, GeoPackage), and roads out as GeoPackage and GeoJSON."""

import json
import sqlite3
from xml.sax.saxutils import escape

import pyproj
import pytest
import shapely

import workbench as wb
from tests.maps import cross, extract
from tests.test_joining import run
from tests.test_snapping import places
from workbench.errors import InputError
from workbench.ground.graph_files import blob_of

NODES = {"1": (9.5, 47.1), "2": (9.501, 47.1), "3": (9.502, 47.1), "4": (9.501, 47.101)}


def edge(source, target, **attributes):
    """Return an edge of a residential road of way 11 with these attributes."""
    return source, target, {"osmid": "11", "highway": "residential", "oneway": "False"} | attributes


TWO_WAYS = [edge("1", "2"), edge("2", "1"), edge("2", "3", oneway="True", osmid="12")]


def graphml(path, edges, nodes=NODES, crs="epsg:4326", head=""):
    """Write a graph as OSMnx writes it: nodes, edges, then the graph's own data; everything is text."""
    names = ["x", "y", *sorted({key for _, _, attributes in edges for key in attributes})]
    keys = "".join(f'<key id="d{k}" for="all" attr.name="{name}" attr.type="string"/>' for k, name in enumerate(names))

    def data(values):
        return "".join(f'<data key="d{names.index(k)}">{escape(str(v))}</data>' for k, v in values.items())

    body = "".join(f'<node id="{n}">{data({"x": x, "y": y})}</node>' for n, (x, y) in nodes.items())
    body += "".join(f'<edge source="{a}" target="{b}" id="0">{data(attributes)}</edge>' for a, b, attributes in edges)
    path.write_text(
        f'<?xml version="1.0" encoding="utf-8"?>{head}<graphml xmlns="http://graphml.graphdrawing.org/xmlns">{keys}'
        f'<key id="c" for="graph" attr.name="crs" attr.type="string"/>'
        f'<graph edgedefault="directed">{body}<data key="c">{crs}</data></graph></graphml>',
        encoding="utf-8",
    )
    return path


def geopackage(path, edges, *, undirected=False):
    """Write a graph as OSMnx writes it: layers nodes and edges, ends as u and v."""
    names = sorted({key for _, _, attributes in edges for key in attributes})
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE gpkg_geometry_columns (table_name, column_name, geometry_type_name, srs_id, z, m)")
        base.executemany(
            "INSERT INTO gpkg_geometry_columns VALUES (?,?,?,4326,0,0)",
            [("nodes", "geom", "POINT"), ("edges", "geom", "LINESTRING")],
        )
        base.execute("CREATE TABLE nodes (fid INTEGER PRIMARY KEY, geom BLOB, osmid INTEGER)")
        spots = [(blob_of(shapely.Point(spot)), int(name)) for name, spot in NODES.items()]
        base.executemany("INSERT INTO nodes (geom, osmid) VALUES (?,?)", spots)
        fields = ", ".join(f'"{name}" TEXT' for name in names)
        base.execute(f"CREATE TABLE edges (fid INTEGER PRIMARY KEY, geom BLOB, u INTEGER, v INTEGER, {fields})")
        for a, b, attributes in edges:
            start, end = (b, a) if undirected else (a, b)
            line = shapely.LineString([NODES[start], NODES[end]])
            row = [blob_of(line), int(a), int(b), *(attributes.get(n) for n in names)]
            base.execute(f"INSERT INTO edges VALUES (NULL,{','.join('?' * len(row))})", row)
    base.close()
    return path


@pytest.mark.parametrize("write", [graphml, geopackage])
def test_both_directions_are_one_road(tmp_path, write):
    """Two edges that are each other's way back become a road both ways; a one-way edge stays one-way."""
    name = "a.graphml" if write is graphml else "a.gpkg"
    read = wb.network.from_graphml if write is graphml else wb.network.from_geopackage
    roads = read(write(tmp_path / name, TWO_WAYS))
    assert roads.edges[["edge_id", "from", "to", "oneway"]].to_numpy().tolist() == [
        ["w11_1", "n1", "n2", False], ["w12_1", "n2", "n3", True],
    ]  # fmt: skip
    assert roads.counts["edges"] == 3
    assert roads.counts["nodes"] == 3
    assert roads.attribution == wb.network.ATTRIBUTION


def test_an_undirected_file_keeps_its_directions(tmp_path):
    """Each road stands once; one-way ones run from ``from`` to ``to``."""
    edges = [edge("1", "2"), edge("3", "2", oneway="True", osmid="12", **{"from": "2", "to": "3"})]
    roads = wb.network.from_geopackage(geopackage(tmp_path / "a.gpkg", edges, undirected=True))
    assert roads.edges[["from", "to", "oneway"]].to_numpy().tolist() == [["n1", "n2", False], ["n2", "n3", True]]


def test_lists_take_what_restricts_most(tmp_path):
    """Merged edges carry lists: the lowest class of road and speed, any bridge; in part a path is no road."""
    attributes = {
        "osmid": "[21, 22]", "highway": "['secondary', 'residential']", "maxspeed": "['50', '30 mph']",
        "bridge": "['yes', 'no']", "name": "['A', 'B']", "width": "nan", "maxweight": "7,5",
    }  # fmt: skip
    path = edge("3", "4", osmid="40", highway="['residential', 'path']")
    edges = [edge("1", "2", **attributes), edge("2", "3", maxspeed="none", osmid="30"), path]
    found = wb.network.from_graphml(graphml(tmp_path / "a.graphml", edges)).edges.set_index("edge_id")
    assert found.loc["w21_1", ["road_class", "speed_kmh", "bridge", "name", "maxweight_t"]].tolist() == [
        "residential", pytest.approx(48.28), True, "A / B", 7.5,
    ]  # fmt: skip
    assert found.loc["w30_1", ["speed_kmh"]].isna().all()
    assert "w40_1" not in found.index


def test_values_with_units_and_lists_come_through(tmp_path):
    """Feet, inches and lists in an OSMnx file are metres in ours, and stay so through a GeoPackage and back."""
    edges = [
        edge("1", "2", osmid="31", width="20ft", maxheight="12'6\""), edge("2", "3", osmid="32", width="['3', '4']"),
        edge("3", "4", osmid="33", width="['20ft', '3.5 m']", access="['yes', 'no']", lanes="[2, 1]"),
        edge("4", "1", osmid="34", maxheight="default", width="none", tunnel="culvert", access="['yes', 'private']"),
        edge("1", "3", osmid="35", maxspeed="[50, 30]", oneway="[True, False]", bridge="('viaduct', 'no')"),
    ]  # fmt: skip
    roads = wb.network.from_graphml(graphml(tmp_path / "a.graphml", edges), merge=False)
    found = roads.edges.set_index("edge_id")
    assert found.loc["w31_1", ["width_m", "clearance_m"]].tolist() == [6.096, 3.81]
    assert found.loc["w32_1", "width_m"] == 3
    assert "w33_1" not in found.index  # part of it is closed to trucks
    assert found.loc["w34_1", ["width_m", "clearance_m"]].isna().all()
    assert found.loc["w34_1", ["access", "tunnel"]].tolist() == ["yes", False]
    assert found.loc["w35_1", ["speed_kmh", "oneway", "bridge"]].tolist() == [30.0, True, True]
    back = wb.network.from_geopackage(wb.network.to_geopackage(roads, tmp_path / "b.gpkg"))
    assert back.edges.equals(roads.edges)


def test_shapes_run_with_their_edge(tmp_path):
    """A line drawn against its edge is turned; a line is kept in full; a projected graph comes back to degrees."""
    line = "LINESTRING (9.501 47.1, 9.5005 47.1004, 9.5 47.1)"
    plain = wb.network.from_graphml(graphml(tmp_path / "a.graphml", [edge("1", "2", geometry=line)]))
    assert plain.edges["geometry"].tolist() == ["LINESTRING (9.5 47.1, 9.5005 47.1004, 9.501 47.1)"]
    to_utm = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:32632", always_xy=True).transform
    nodes = {name: to_utm(*spot) for name, spot in NODES.items()}
    corners = [to_utm(*spot) for spot in shapely.get_coordinates(shapely.from_wkt(line))]
    text = shapely.LineString(corners).wkt
    path = graphml(tmp_path / "b.graphml", [edge("1", "2", geometry=text)], nodes, "EPSG:32632")
    assert wb.network.from_graphml(path).edges["geometry"].tolist() == plain.edges["geometry"].tolist()


def test_loops_are_halved(tmp_path):
    """An edge from a node to itself becomes two roads that meet half way."""
    ring = "LINESTRING (9.5 47.1, 9.5005 47.1, 9.5005 47.1004, 9.5 47.1)"
    edges = [edge("1", "1", geometry=ring, oneway="True", osmid="5"), edge("1", "2"), edge("4", "4", osmid="6")]
    roads = wb.network.from_graphml(graphml(tmp_path / "a.graphml", edges))
    assert (roads.edges["from"] != roads.edges["to"]).all()
    loop = roads.edges[roads.edges["edge_id"].str.startswith("w5")]
    assert loop["oneway"].tolist() == [True, True]
    assert loop["length_m"].sum() == pytest.approx(141, abs=1)
    assert any("from a node to itself" in f.got for f in roads.findings)


def test_what_trucks_need_and_the_file_lacks_is_told(tmp_path):
    """Missing tags, banned turns, and edges without a class of road are findings."""
    edges = [*TWO_WAYS, ("3", "4", {"osmid": "13"})]
    roads = wb.network.from_graphml(graphml(tmp_path / "a.graphml", edges))
    said = " ".join(str(f) for f in roads.findings)
    assert "no maxweight, maxheight, surface, width, bridge, hgv, motor_vehicle, vehicle, restrictions of turns" in said
    assert "none on 1 edges" in said


@pytest.mark.parametrize(
    "text",
    [
        "", "no graph", "<graphml/>", "<graphml><graph><node id='1'/></graph></graphml>",
        "<graphml><graph><node id='1'><data key='d9'>1</data></node></graph></graphml>",
        "<!DOCTYPE g [<!ENTITY a 'b'>]><graphml>&a;</graphml>",
    ],
)  # fmt: skip
def test_files_that_are_no_graphs_are_refused(tmp_path, text):
    """Damaged files, foreign files and files that define entities give one finding, in either format."""
    for name, read in (("a.graphml", wb.network.from_graphml), ("a.gpkg", wb.network.from_geopackage)):
        (tmp_path / name).write_text(text, encoding="utf-8")
        with pytest.raises(InputError) as caught:
            read(tmp_path / name)
        assert [f.code for f in caught.value.findings] == ["FILE_KIND"]
        with pytest.raises(InputError):
            read(tmp_path / "absent")


def test_graphs_without_roads_or_places_are_refused(tmp_path):
    """A graph of paths, and one whose positions are of no known system, say so."""
    with pytest.raises(InputError, match="roads for trucks"):
        wb.network.from_graphml(graphml(tmp_path / "a.graphml", [edge("1", "2", highway="footway")]))
    with pytest.raises(InputError, match="known system"):
        wb.network.from_graphml(graphml(tmp_path / "b.graphml", TWO_WAYS, crs="nowhere"))


def test_a_geopackage_gives_back_what_was_written(tmp_path):
    """Tables, attribution and counts come back, the file is the same each time, and says it is a GeoPackage."""
    relation = {99: ([("way", 11, "from"), ("node", 2, "via"), ("way", 13, "to")],
                     {"type": "restriction", "restriction": "no_left_turn"})}  # fmt: skip
    roads = wb.network.from_osm(cross(tmp_path / "a.osm", relation, west={"maxweight": "12", "bridge": "yes"}))
    roads = wb.network.snap(roads, places((1.5, 0.3)).assign(kind="unit"))
    path = wb.network.to_geopackage(roads, tmp_path / "a.gpkg")
    back = wb.network.from_geopackage(path)
    for name in roads.tables:
        assert back.tables[name].equals(roads.tables[name]), name
    assert back.attribution == roads.attribution
    data = path.read_bytes()
    assert data[68:72] == b"GPKG"
    assert wb.network.to_geopackage(roads, path).read_bytes() == data


def test_geojson_is_of_its_standard(tmp_path):
    """Longitude comes first, features carry their identifiers, junctions are left out, the source is named."""
    roads = wb.network.snap(wb.network.from_osm(cross(tmp_path / "a.osm")), places((1.5, 0.3)).assign(kind="unit"))
    body = json.loads(wb.network.to_geojson(roads, tmp_path / "a.geojson").read_text("utf-8"))
    assert body["type"] == "FeatureCollection"
    assert body["attribution"] == wb.network.ATTRIBUTION
    assert "crs" not in body
    lines = [f for f in body["features"] if f["geometry"]["type"] == "LineString"]
    points = [f for f in body["features"] if f["geometry"]["type"] == "Point"]
    assert len(lines) == len(roads.edges)
    assert [f["id"] for f in points] == ["P0"]
    assert points[0]["geometry"]["coordinates"] == [9.5015, 47.1003]
    assert all(-180 <= x <= 180 and 47 < y < 48 for f in lines for x, y in f["geometry"]["coordinates"])
    assert lines[0]["properties"]["road_class"] == "residential"


def test_the_command_reads_graphs(tmp_path, capsys):
    """``import osmnx`` takes both formats and refuses others."""
    code, said = run(capsys, "import", "osmnx", graphml(tmp_path / "a.graphml", TWO_WAYS), "--json")
    assert (code, json.loads(said.out)["edges"]) == (0, 3)
    code, said = run(capsys, "import", "osmnx", geopackage(tmp_path / "a.gpkg", TWO_WAYS), "--into", tmp_path / "new")
    assert code == 0
    assert run(capsys, "import", "osmnx", tmp_path / "a.shp")[0] == 2
    for name in ("a.graphml", "a.gpkg"):
        (tmp_path / name).rename(tmp_path / name.upper())
        assert run(capsys, "import", "osmnx", tmp_path / name.upper())[0] == 0


def test_a_real_network_survives_both_formats(tmp_path):
    """An extract written as GeoPackage and read again is the same network."""
    roads = wb.network.from_osm(extract("andorra-250119"))
    back = wb.network.from_geopackage(wb.network.to_geopackage(roads, tmp_path / "a.gpkg"))
    assert back.edges.equals(roads.edges)
    assert back.nodes.equals(roads.nodes)
    assert back.turns.equals(roads.turns)
