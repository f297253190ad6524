"""What a map shows beside roads: outlines from OpenStreetMap files, relief from heights, both laid under a scenario."""

import io
import json
import zipfile

import maps
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from workbench import layers, scenario
from workbench.cli import app
from workbench.errors import InputError
from workbench.ground import outlines, relief, terrain
from workbench.scenario.joining import basemap_files


@pytest.fixture
def village(tmp_path):
    """A road, a pond with an island, a brook without a width, a wood, houses, a village."""
    corners = [
        (1, 1),
        (5, 1),
        (5, 5),
        (1, 5),
        (2, 2),
        (4, 2),
        (4, 4),
        (2, 4),
        (8, 8),
        (9, 9),
        (20, 1),
        (26, 1),
        (26, 6),
    ]
    nodes = dict(enumerate(corners, 1))
    nodes[20] = (3, 9, {"place": "village", "name": "Weirham", "population": "1 250"})
    nodes[21] = (4, 9, {"place": "hamlet", "name": "Mill"})
    nodes[22] = (5, 9, {"place": "hamlet"})
    return maps.write(
        tmp_path / "village.osm",
        nodes,
        {
            1: ([1, 2, 3, 4, 1], {}),
            2: ([5, 6, 7, 8, 5], {}),
            3: ([9, 10], {"highway": "residential"}),
            4: ([1, 9], {"waterway": "stream", "name": "Brook"}),
            5: ([2, 10], {"waterway": "river", "width": "35 m"}),
            6: ([11, 12, 13, 11], {"landuse": "forest"}),
            7: ([2, 3, 10, 2], {"landuse": "residential"}),
            8: ([9, 13], {"waterway": "river", "tunnel": "culvert"}),
        },
        {1: ([("way", 1, "outer"), ("way", 2, "inner")], {"type": "multipolygon", "natural": "water"})},
    )


def test_outlines_come_with_names_and_widths(village):
    """Islands stay, places come largest first, what lies in tunnels is not drawn."""
    shown = outlines.read(village)
    water = [(f["geometry"]["type"], f["properties"]) for f in shown["water"]["features"]]
    assert ("LineString", {"name": "Brook", "width_m": 2.0}) in water
    assert ("LineString", {"name": "", "width_m": 35.0}) in water
    assert len(water) == 3
    pond = next(f for f in shown["water"]["features"] if "Polygon" in f["geometry"]["type"])
    polygon = pond["geometry"]["coordinates"]
    assert len(polygon[0] if pond["geometry"]["type"] == "MultiPolygon" else polygon) == 2
    assert [f["properties"]["kind"] for f in shown["landcover"]["features"]] == ["wood", "built_up"]
    assert [f["properties"]["name"] for f in shown["places"]["features"]] == ["Weirham", "Mill"]
    assert shown["places"]["features"][0]["properties"]["population"] == 1250
    assert outlines.read(village) == shown


def test_a_box_cuts_outlines(village):
    """What lies outside the box is left out."""
    shown = outlines.read(village, (9.5195, 47.1, 9.53, 47.2))
    assert [f["properties"]["kind"] for f in shown["landcover"]["features"]] == ["wood"]
    assert shown["places"]["features"] == []


def test_a_damaged_map_is_refused(tmp_path):
    """A file that is no map is named."""
    file = tmp_path / "cut.osm.pbf"
    file.write_bytes(b"nothing")
    with pytest.raises(InputError):
        outlines.read(file)


def hgt(tmp_path, name="N47E009.hgt", packed=False):
    """Write an SRTM tile that rises to the north, with a void."""
    rows = np.linspace(1000, 0, 101)[:, None] + np.zeros(101)
    rows[50, 50] = -32768
    data = rows.astype(">i2").tobytes()
    if not packed:
        (tmp_path / name).write_bytes(data)
        return tmp_path / name
    with zipfile.ZipFile(tmp_path / f"{name}.zip", "w") as file:
        file.writestr(name, data)
    return tmp_path / f"{name}.zip"


@pytest.mark.parametrize("packed", [False, True])
def test_a_tile_of_heights_is_read_and_its_voids_filled(tmp_path, packed):
    """Rows run from north to south over the degree that the name says."""
    found = relief.read(hgt(tmp_path, packed=packed))
    assert found.metres.shape == (101, 101)
    assert found.metres[0, 0] == 1000
    assert found.metres[50, 50] == pytest.approx(500, abs=11)
    assert found.bounds == pytest.approx((9, 47, 10, 48), abs=0.01)
    part = relief.clipped(found, (9.4, 47.4, 9.6, 47.6))
    assert part.bounds[0] <= 9.4 < 9.6 <= part.bounds[2]
    assert relief.clipped(found, (20, 47, 21, 48)) is None


def test_a_geotiff_in_degrees_is_read(tmp_path):
    """Corner and size of a cell come from its tags."""
    picture = Image.fromarray(np.arange(6, dtype=np.float32).reshape(2, 3))
    file = tmp_path / "dem.tif"
    picture.save(file, tiffinfo={33550: (0.5, 0.5, 0.0), 33922: (0.0, 0.0, 0.0, 9.0, 48.0, 0.0)})
    found = relief.read(file)
    assert found.bounds == (9.0, 47.0, 10.5, 48.0)
    assert found.metres.tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize("name", ["heights.hgt", "N47E009.hgt", "dem.tif", "tile.zip", "missing.hgt"])
def test_what_is_no_heights_is_refused(tmp_path, name):
    """Other names, other sizes, other files: each is an error with what was expected."""
    if name != "missing.hgt":
        (tmp_path / name).write_bytes(b"x" * 7)
    with pytest.raises(InputError, match="heights"):
        relief.read(tmp_path / name)


def test_relief_is_a_picture_and_heights_come_back(tmp_path):
    """What is laid under a scenario is what the map shows and what cross-country travel reads."""
    heights = relief.clipped(relief.read(hgt(tmp_path)), (9.4, 47.4, 9.6, 47.6))
    files = basemap_files({"water": {"type": "FeatureCollection", "features": []}}, heights)
    assert set(files) == {"water.geojson", "relief.webp", "relief.json", "heights.png", "heights.json"}
    assert files["water.geojson"] == b""
    with Image.open(io.BytesIO(files["relief.webp"])) as picture:
        assert max(picture.size) == relief.PIXELS
        assert picture.mode == "RGBA"
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    again = terrain.read(tmp_path)
    assert np.abs(again.heights - heights.metres).max() <= 0.05
    assert json.loads(files["relief.json"])["bounds"] == list(heights.bounds)
    assert relief.picture(heights) == files["relief.webp"]


def test_an_import_draws_the_ground_of_its_roads(village, tmp_path):
    """The command writes roads and what is around them; the map names where it comes from."""
    home = tmp_path / "area"
    done = CliRunner().invoke(
        app, ["import", "osm", str(village), "--into", str(home), "--relief", str(hgt(tmp_path)), "--json"]
    )
    assert done.exit_code == 0, done.output
    sc = scenario.load(home)
    assert "OpenStreetMap" in sc.settings["attribution"]
    ground = layers.ground(sc)
    assert layers.relief(ground) is not None
    assert {layer["name"] for layer in layers.sheet(ground).layers} >= {"wood", "town", "river", "water", "minor"}
    assert [f["properties"]["name"] for f in layers.places(ground)["features"]] == ["Weirham", "Mill"]


def test_relief_of_another_place_is_refused(village, tmp_path):
    """Heights that do not lie under the roads are a mistake, said in words."""
    args = ["import", "osm", str(village), "--into", str(tmp_path / "a"), "--relief"]
    done = CliRunner().invoke(app, [*args, str(hgt(tmp_path, "N10E009.hgt"))])
    assert done.exit_code != 0
    assert not (tmp_path / "a").exists()
