"""Files of roads that are damaged, odd or hostile: each is read, or refused in words of ours."""

import bz2
import gzip
import random
import sqlite3
import zipfile

import numpy as np
import osmium
import pytest

import workbench as wb
from tests.maps import CROSS, ROAD, cross, write
from tests.test_graphs import NODES, TWO_WAYS, edge, geopackage, graphml
from tests.test_snapping import places
from workbench.errors import InputError, UsageError
from workbench.ground import outlines, relief
from workbench.ground.graph_files import blob_of

TRIES = 300


def pbf(path, xml):
    """Write a map as PBF."""
    with osmium.SimpleWriter(str(path)) as out:
        for thing in osmium.FileProcessor(str(xml)):
            out.add(thing)
    return path


def ours(path, tmp_path):
    """Write a network of ours, with banned turns and places."""
    relation = {99: ([("way", 11, "from"), ("node", 2, "via"), ("way", 13, "to")],
                     {"type": "restriction", "restriction": "no_left_turn"})}  # fmt: skip
    roads = wb.network.from_osm(cross(tmp_path / "own.osm", relation))
    return wb.network.to_geopackage(wb.network.snap(roads, places((1.5, 0.3))), path)


def damaged(data, seed):
    """Return bytes that were cut, doubled, flipped, zeroed or overwritten somewhere."""
    rng = random.Random(seed)
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 5, 20))):
        at, kind = rng.randrange(len(out) + 1), rng.randrange(6)
        span = rng.choice((1, 2, 8, 64))
        if kind == 0:
            del out[at:]
        elif kind == 1:
            out[at : at + span] = rng.randbytes(span)
        elif kind == 2:
            out[at:at] = out[max(0, at - span) : at]
        elif kind == 3:
            del out[at : at + span]
        elif kind == 4:
            out[at : at + span] = bytes(span)
        else:
            words = (b"NaN", b"-5", b"1e999", b"", b"\xff\xfe", b"<!--", b"&x;", b"999999999999999999999", b"''", b"[")
            out[at : at + span] = rng.choice(words)
        if not out:
            break
    return bytes(out)


READERS = {
    "a.osm": lambda path: (wb.network.from_osm(path), outlines.read(path)),
    "a.osm.pbf": lambda path: (wb.network.from_osm(path), outlines.read(path)),
    "a.osm.gz": wb.network.from_osm,
    "a.osm.bz2": wb.network.from_osm,
    "a.graphml": wb.network.from_graphml,
    "a.gpkg": wb.network.from_geopackage,
    "own.gpkg": wb.network.from_geopackage,
}


def whole(name, tmp_path):
    """Return the bytes of a sound file of a kind."""
    xml = cross(tmp_path / "whole.osm", west={"maxheight": "20ft", "bridge": "yes", "incline": "8%"})
    if name == "a.graphml":
        shape = "LINESTRING (9.5 47.1, 9.5005 47.1004, 9.501 47.1)"
        return graphml(tmp_path / name, [*TWO_WAYS, edge("3", "4", length="120.5", geometry=shape)]).read_bytes()
    if name.endswith(".gpkg"):
        made = geopackage(tmp_path / name, TWO_WAYS) if name == "a.gpkg" else ours(tmp_path / name, tmp_path)
        return made.read_bytes()
    if name == "a.osm.pbf":
        return pbf(tmp_path / name, xml).read_bytes()
    pack = {"a.osm.gz": gzip.compress, "a.osm.bz2": bz2.compress}.get(name, bytes)
    return pack(xml.read_bytes())


@pytest.mark.parametrize("name", READERS)
def test_damage_is_never_more_than_an_error_of_ours(tmp_path, name):
    """Of hundreds of damaged copies some can still be read; the others are refused with findings that name the file."""
    data = whole(name, tmp_path)
    file = tmp_path / name
    refusals = []
    for seed in range(TRIES):
        file.write_bytes(damaged(data, seed))
        try:
            READERS[name](file)
        except InputError as error:
            refusals.append(error)
    assert len(refusals) > TRIES // 10
    findings = [f for error in refusals for f in error.findings]
    assert all(f.file == name and f.level == "error" and f.expected and f.remedy for f in findings)
    file.write_bytes(data)
    READERS[name](file)


@pytest.mark.parametrize("name", ["A.OSM", "b.Osm.Pbf", "C.OSM.PBF", "d.osm.GZ", "e.OSM.BZ2", "f.XML"])
def test_names_may_be_in_capitals(tmp_path, name):
    """What a file holds is told by the end of its name, in whatever letters."""
    kind = name.lower()
    data = whole("a.osm.pbf" if kind.endswith("pbf") else f"a.osm{kind[5:]}" if kind[5:] else "a.osm", tmp_path)
    (tmp_path / name).write_bytes(data)
    assert wb.network.from_osm(tmp_path / name).counts["edges"] == 8
    assert set(outlines.read(tmp_path / name)) == {"water", "landcover", "places"}


def test_a_packed_file_that_blows_up_is_refused(tmp_path):
    """A small file that unpacks to very much is no map; nor is such an archive a tile of heights."""
    for name, pack in (("a.osm.gz", gzip.compress), ("a.osm.bz2", bz2.compress)):
        (tmp_path / name).write_bytes(pack(b"<osm version='0.6'>" + b" " * 2**27 + b"</osm>"))
        with pytest.raises(InputError, match="200 times its size"):
            wb.network.from_osm(tmp_path / name)
    with zipfile.ZipFile(tmp_path / "tile.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("N47E009.hgt", bytes(2 * 12001**2))
    with pytest.raises(InputError, match="heights"):
        relief.read(tmp_path / "tile.zip")


def table(path, *statements):
    """Change a GeoPackage by hand."""
    with sqlite3.connect(path) as base:
        for statement in statements:
            base.execute(*statement) if isinstance(statement, tuple) else base.execute(statement)
    base.close()
    return path


ENDLESS = "CREATE VIEW {} AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x AS osmid FROM c"


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        (["DROP TABLE nodes"], "without 'nodes'"),
        (["DROP TABLE edges"], "without 'edges'"),
        (["DROP TABLE gpkg_geometry_columns"], "gpkg_geometry_columns"),
        (["DROP TABLE nodes", ENDLESS.format("nodes")], "without 'nodes'"),
        (["ALTER TABLE nodes RENAME COLUMN osmid TO id"], "without 'osmid'"),
        (["ALTER TABLE edges RENAME COLUMN u TO source"], "without 'u'"),
        (["DELETE FROM nodes"], "no nodes or no edges"),
        (["UPDATE gpkg_geometry_columns SET srs_id = -1"], "known system"),
        (["UPDATE gpkg_geometry_columns SET srs_id = 99999"], "known system"),
        (["UPDATE gpkg_geometry_columns SET srs_id = 32632 WHERE table_name = 'nodes'"], "different systems"),
        (["UPDATE gpkg_geometry_columns SET srs_id = 5773"], "known system"),
        (["UPDATE nodes SET osmid = osmid + 100"], "roads for trucks"),
        (["UPDATE nodes SET geom = NULL"], "a position on the globe for node 1"),
        (["UPDATE nodes SET geom = x'4750'"], "a position on the globe for node 2"),
        ([("UPDATE nodes SET geom = ? WHERE osmid = 3", (blob_of(wb.ground.pieces.shapely.Point(9e5, 5e6)),))],
         "node 3"),
    ],
)  # fmt: skip
def test_geopackages_that_lack_something_say_what(tmp_path, statements, words):
    """Missing layers and columns, views that never end, positions of no known system or off the globe."""
    path = table(geopackage(tmp_path / "a.gpkg", TWO_WAYS), *statements)
    with pytest.raises(InputError, match=words):
        wb.network.from_geopackage(path)


def test_shapes_that_cannot_be_read_are_named(tmp_path):
    """An edge without a sound shape is drawn straight and named; lines in parts that join are one; 1.0 is node 1."""
    lines = [blob_of(wb.ground.pieces.shapely.from_wkt(text)) for text in (
        "MULTILINESTRING ((9.5 47.1, 9.5005 47.1004), (9.5005 47.1004, 9.501 47.1))",
        "MULTILINESTRING ((9.5 47.1, 9.5005 47.1004), (9.6 47.1004, 9.501 47.1))", "POINT (1 1)",
    )]  # fmt: skip
    edges = [edge("1", "2"), edge("2", "3", osmid="12"), edge("3", "4", osmid="13"), edge("4", "1", osmid="14")]
    path = table(
        geopackage(tmp_path / "a.gpkg", edges),
        *[("UPDATE edges SET geom = ? WHERE fid = ?", (blob, fid)) for fid, blob in enumerate(lines, 1)],
        "UPDATE edges SET geom = x'475000' WHERE fid = 4",
        "CREATE TABLE floats AS SELECT fid, geom, CAST(u AS REAL) AS u, CAST(v AS REAL) AS v, highway, oneway, osmid"
        " FROM edges",
        "DROP TABLE edges",
        "ALTER TABLE floats RENAME TO edges",
    )
    roads = wb.network.from_geopackage(path, merge=False)
    assert roads.edges["geometry"].tolist() == ["LINESTRING (9.5 47.1, 9.5005 47.1004, 9.501 47.1)", "", "", ""]
    assert [f.got for f in roads.findings if f.expected == "a sound graph"] == [
        "3 shapes that can't be read: 2 to 3, 3 to 4, 4 to 1"
    ]


def test_systems_of_positions_come_from_their_definition(tmp_path):
    """A system without a code of EPSG is taken from the definition in the file."""
    wkt = wb.ground.osmnx.pyproj.CRS("EPSG:4326").to_wkt()
    path = table(
        geopackage(tmp_path / "a.gpkg", TWO_WAYS),
        "CREATE TABLE gpkg_spatial_ref_sys (srs_id, organization, organization_coordsys_id, definition)",
        ("INSERT INTO gpkg_spatial_ref_sys VALUES (100001, 'NONE', 100001, ?)", (wkt,)),
        "UPDATE gpkg_geometry_columns SET srs_id = 100001",
    )
    assert wb.network.from_geopackage(path).counts["edges"] == 3


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        (["DROP TABLE turns"], "without 'turns'"),
        (["DELETE FROM nodes WHERE node_id = 'n2'"], "node_id of nodes, got n2"),
        (["UPDATE turns SET to_edge = 'gone'"], "edge_id of edges, got gone"),
        (["UPDATE edges SET length_m = -5"], "length_m: expected"),
        (["UPDATE edges SET length_m = 'long'"], "length_m: expected"),
        (["UPDATE edges SET road_class = 'canal'"], "road_class: expected"),
        (["UPDATE nodes SET lat = 99 WHERE node_id = 'n3'"], "lat: expected"),
        (["UPDATE edges SET edge_id = 'same'"], "edge_id: expected"),
        (["UPDATE edges SET oneway = 'perhaps'"], "oneway: expected"),
    ],
)
def test_geopackages_of_ours_are_held_to_the_tables(tmp_path, statements, words):
    """What was changed by hand since is checked as the tables of a scenario are, row by row."""
    path = table(ours(tmp_path / "own.gpkg", tmp_path), *statements)
    with pytest.raises(InputError, match=words):
        wb.network.from_geopackage(path)


LAUGHS = "<!DOCTYPE g [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefghi", "bcdefghij", strict=True)
)


@pytest.mark.parametrize("head", [LAUGHS + "]>", "<!DOCTYPE g SYSTEM 'file:///etc/passwd' [<!ENTITY j SYSTEM 'x'>]>"])
def test_entities_are_never_followed(tmp_path, head):
    """A file that defines entities is refused whatever they hold, in both kinds of XML."""
    path = graphml(tmp_path / "a.graphml", [edge("1", "2", name="NAME")], head=head)
    path.write_text(path.read_text("utf-8").replace("NAME", "&j;"), encoding="utf-8")
    with pytest.raises(InputError, match="EntitiesForbidden"):
        wb.network.from_graphml(path)
    xml = write(tmp_path / "a.osm", CROSS, {11: ([1, 2], ROAD | {"name": "NAME"})})
    xml.write_text(xml.read_text("utf-8").replace("NAME", "&j;").replace("<osm", f"{head}<osm"), encoding="utf-8")
    with pytest.raises(InputError):
        wb.network.from_osm(xml)


def test_lengths_that_are_none_are_named(tmp_path):
    """Negative, endless and worded lengths, and those far from the shape, are counted with their roads."""
    lengths = ["-5", "nan", "long", "inf", "75.9", "500", "[30, 45.9]", "0"]
    edges = [edge("1", "2", osmid=str(20 + k), length=text) for k, text in enumerate(lengths)]
    roads = wb.network.from_graphml(graphml(tmp_path / "a.graphml", edges))
    said = {f.code: f.got for f in roads.findings if f.column == "length"}
    assert said == {
        "RANGE": "5 lengths that are none: w20_1 (-5), w21_1 (nan), w22_1 (long), w23_1 (inf), w27_1 (0)",
        "LENGTH": "1 lengths that are not: w25_1 (500 m, drawn 76 m)",
    }
    assert roads.edges["length_m"].between(75, 77).all()


def test_nodes_that_are_nowhere_are_all_listed(tmp_path):
    """Positions that are no numbers, or degrees of no place, are errors with the node's name."""
    nodes = NODES | {"2": ("nan", 47.1), "3": (9.5, "here"), "4": (500_000.0, 5_000_000.0)}
    path = graphml(tmp_path / "a.graphml", [edge("1", "2"), edge("2", "3"), edge("3", "4")], nodes)
    with pytest.raises(InputError) as caught:
        wb.network.from_graphml(path)
    assert [f.expected[-6:] for f in caught.value.findings] == ["node 2", "node 3", "node 4"]
    assert all("epsg:4326" in f.remedy for f in caught.value.findings)


def test_nodes_that_come_twice_are_told(tmp_path):
    """The last position of a node holds, and that is said."""
    path = graphml(tmp_path / "a.graphml", TWO_WAYS)
    text = path.read_text("utf-8")
    node = text[text.index('<node id="1"') : text.index('<node id="2"')]
    path.write_text(text.replace(node, node + node), encoding="utf-8")
    said = [f.got for f in wb.network.from_graphml(path).findings if f.expected == "a sound graph"]
    assert said == ["1 nodes that come twice: 1"]


@pytest.mark.parametrize(
    "box",
    [(), (1, 2, 3), (1, 2, 3, 4, 5), (2, 1, 1, 2), (1, 2, 2, 1), (np.nan, 0, 1, 1), (0, 0, np.inf, 1), (0, 0, 181, 1),
     (0, -91, 1, 1), (1, 1, 1, 1), ("a", 0, 1, 1), (None, 0, 1, 1), "9,47,10,48", 5],
)  # fmt: skip
def test_boxes_that_are_none_are_refused(tmp_path, box):
    """Too few figures, empty, reversed, off the globe, no figures: one sentence."""
    with pytest.raises(UsageError, match="west,south,east,north"):
        wb.network.from_osm(cross(tmp_path / "a.osm"), box)


def test_an_empty_box_says_where_the_roads_are(tmp_path):
    """Where a box holds no road the file's extent is said, and whether longitude and latitude are exchanged."""
    path = cross(tmp_path / "a.osm")
    with pytest.raises(InputError, match=r"the roads of the file lie in 9\.5, 47\.099, 9\.502, 47\.101"):
        wb.network.from_osm(path, (1, 1, 2, 2))
    with pytest.raises(InputError, match=r"exchanged\? Try 9,47,10,48"):
        wb.network.from_osm(path, (47, 9, 48, 10))


def test_files_are_written_whole_or_not_at_all(tmp_path):
    """A file that can't be written is said, and leaves nothing behind."""
    roads = wb.network.from_osm(cross(tmp_path / "a.osm"))
    for write_ in (wb.network.to_geopackage, wb.network.to_geojson):
        for name in ("nowhere/a.out", "folder"):
            (tmp_path / "folder").mkdir(exist_ok=True)
            with pytest.raises(UsageError, match="can't be written"):
                write_(roads, tmp_path / name)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.osm", "folder"]
