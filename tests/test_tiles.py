"""Files of map tiles: read as they were written, refused when they are not what they say."""

import gzip
import json
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tile_files import mbtiles, pmtiles, png, vector_tile

from tests.test_damaged_maps import damaged
from workbench.formats.tiles import VECTOR, TilesError, read, tile_id

TILES = {(0, 0, 0): png("red"), (3, 4, 2): png("green"), (3, 5, 2): png("blue"), (5, 17, 9): png("white")}


def _written(tmp_path, form):
    if form == "mbtiles":
        return mbtiles(tmp_path / "a.mbtiles", TILES, format="png", attribution='<a href="x">Map people</a>')
    return pmtiles(tmp_path / "a.pmtiles", TILES, leaves=form == "leaves", attribution="Map people")


@pytest.mark.parametrize("form", ["mbtiles", "pmtiles", "leaves"])
def test_tiles_come_back(tmp_path, form):
    """Every tile is where it was put, its neighbours are not there, and the map knows whom to name."""
    found = read(_written(tmp_path, form))
    assert (found.min_zoom, found.max_zoom, found.credit) == (0, 5, "Map people")
    for at, data in TILES.items():
        assert found.tile(*at) == (data, "image/png")
    for at in [(1, 0, 0), (3, 4, 3), (5, 17, 10), (3, 9, 2), (3, -1, 2), (99, 0, 0), (2, 0, 4)]:
        assert found.tile(*at) is None


@given(st.integers(0, 6).flatmap(lambda z: st.tuples(st.just(z), st.integers(0, 2**z - 1), st.integers(0, 2**z - 1))))
def test_tile_numbers_are_a_walk_without_jumps(at):
    """Each number of a zoom is given once, and the next tile along the curve is a neighbour."""
    zoom, x, y = at
    number = tile_id(zoom, x, y)
    assert (4**zoom - 1) // 3 <= number < (4 ** (zoom + 1) - 1) // 3
    beside = [(x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)]
    inside = [tile_id(zoom, a, b) for a, b in beside if 0 <= a < 2**zoom and 0 <= b < 2**zoom]
    assert number not in inside
    last = number == (4 ** (zoom + 1) - 1) // 3 - 1
    assert last or number + 1 in inside


def test_numbers_known_from_the_specification():
    """The examples of the PMTiles specification."""
    assert [tile_id(*at) for at in [(0, 0, 0), (1, 0, 0), (1, 0, 1), (1, 1, 1), (1, 1, 0), (2, 0, 0)]] == [
        0,
        1,
        2,
        3,
        4,
        5,
    ]
    assert tile_id(12, 3423, 1763) == 19078479


@pytest.mark.parametrize("name", ["a.mbtiles", "a.pmtiles"])
@pytest.mark.parametrize("data", [b"", b"nonsense" * 40, b"PMTiles\x03" + b"\xff" * 200, b"PMTiles\x02" + b"\0" * 200])
def test_what_is_no_file_of_tiles_is_refused(tmp_path, name, data):
    """Empty, foreign and damaged files are one kind of error, with the file's name."""
    (tmp_path / name).write_bytes(data)
    with pytest.raises(TilesError, match=r"a\.(mb|pm)tiles"):
        read(tmp_path / name)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    """What is not a file is said."""
    (tmp_path / "dir.mbtiles").mkdir()
    for name in ("gone.mbtiles", "dir.mbtiles"):
        with pytest.raises(TilesError, match="no file"):
            read(tmp_path / name)


STREET = vector_tile({"transportation": [(2, [[(0, 0), (4096, 4096)]], {"class": "primary"})]})


@pytest.mark.parametrize("packed", [False, True])
def test_vector_tiles_come_unpacked(tmp_path, packed):
    """Vector tiles come as they were before packing, with their media type, whatever the file says of its format."""
    tiles = {(5, 17, 9): gzip.compress(STREET) if packed else STREET}
    layers = {"vector_layers": [{"id": "transportation"}, {"id": "mine"}]}
    files = [
        pmtiles(tmp_path / "v.pmtiles", tiles, kind=1, **layers),
        mbtiles(tmp_path / "v.mbtiles", tiles, format="pbf", json=json.dumps(layers), minzoom="4", maxzoom="6"),
        *([mbtiles(tmp_path / "unsaid.mbtiles", tiles)] if packed else []),
    ]
    for file in files:
        found = read(file)
        assert found.vector
        assert found.tile(5, 17, 9) == (STREET, VECTOR)
        assert found.tile(5, 17, 8) is None
    assert (read(files[1]).min_zoom, read(files[1]).max_zoom) == (4, 6)


def test_what_no_map_draws_is_said(tmp_path):
    """Vector tiles of other layers, tiles of other kinds, and what is neither picture nor vector, are refused."""
    other = {"vector_layers": [{"id": "geology"}, {"id": "soil"}]}
    with pytest.raises(TilesError, match=r"geology, soil.*OpenMapTiles and Protomaps"):
        read(pmtiles(tmp_path / "v.pmtiles", {(0, 0, 0): STREET}, kind=1, **other))
    with pytest.raises(TilesError, match="geology"):
        read(mbtiles(tmp_path / "v.mbtiles", {(0, 0, 0): STREET}, format="pbf", json=json.dumps(other)))
    with pytest.raises(TilesError, match="kind 6"):
        read(pmtiles(tmp_path / "k.pmtiles", {(0, 0, 0): STREET}, kind=6))
    unsaid = read(mbtiles(tmp_path / "u.mbtiles", {(0, 0, 0): b"<html>"}))
    with pytest.raises(TilesError, match="neither pictures"):
        unsaid.tile(0, 0, 0)


def test_tiles_that_blow_up_are_refused(tmp_path):
    """A tile that unpacks to very much, and a table that never ends, are errors of ours."""
    bomb = gzip.compress(bytes(2**26))
    for file in (pmtiles(tmp_path / "v.pmtiles", {(0, 0, 0): bomb}, kind=1),
                 mbtiles(tmp_path / "v.mbtiles", {(0, 0, 0): bomb}, format="pbf")):  # fmt: skip
        with pytest.raises(TilesError, match="blows up"):
            read(file).tile(0, 0, 0)
    endless = mbtiles(tmp_path / "e.mbtiles", {}, format="png", minzoom="0", maxzoom="9")
    with sqlite3.connect(endless) as base:
        base.execute("drop table tiles")
        base.execute("create view tiles as with recursive c(x) as (select 1 union all select x + 1 from c) "
                     "select x as zoom_level, 0 as tile_column, 0 as tile_row, x'00' as tile_data from c")  # fmt: skip
    base.close()
    with pytest.raises(TilesError, match="interrupted"):
        read(endless).tile(0, 0, 0)


@pytest.mark.parametrize("form", ["pmtiles", "leaves", "mbtiles"])
def test_damage_is_never_more_than_an_error_of_ours(tmp_path, form):
    """Of hundreds of damaged files of tiles, each is read or refused in words."""
    file = _written(tmp_path, form)
    data, refused = file.read_bytes(), 0
    for seed in range(300):
        file.write_bytes(damaged(data, seed))
        try:
            found = read(file)
            for at in TILES:
                found.tile(*at)
        except TilesError:
            refused += 1
    assert refused > 30


@pytest.mark.parametrize("form", ["pmtiles", "leaves"])
@pytest.mark.parametrize("cut", [20, 130, 150, 300])
def test_a_file_that_was_cut_short_never_escapes_as_another_error(tmp_path, form, cut):
    """Whatever is missing, the error is ours."""
    file = _written(tmp_path, form)
    file.write_bytes(file.read_bytes()[:cut])
    with pytest.raises(TilesError):
        read(file).tile(5, 17, 9)


def test_reading_leaves_the_file_alone(tmp_path):
    """Nothing is written, not even beside the file."""
    file = mbtiles(tmp_path / "a.mbtiles", TILES)
    before = file.read_bytes()
    read(file).tile(0, 0, 0)
    assert file.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.mbtiles"]
