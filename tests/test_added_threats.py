"""Threats that a course of action adds: kept in its file, checked, laid over those of the scenario."""

import shutil

import pytest

from workbench import scenario
from workbench.errors import InputError
from workbench.scenario.model import inputs_sha256

AREA = "POLYGON ((20 47, 20.02 47, 20.02 47.02, 20 47.02, 20 47))"


@pytest.fixture
def folder(tmp_path):
    """A copy of four_drops."""
    return shutil.copytree("sample_data/four_drops", tmp_path / "four_drops")


def test_a_threat_survives_its_file(folder):
    """What is saved is what is read back, and it stands after the scenario's own threats."""
    sc = scenario.load(folder)
    threat = {"shape": AREA, "name": "ambush", "level": "high", "per_km": 0.02, "no_fly": True}
    coa = scenario.derive(sc, "watched", threats=(threat,))
    scenario.save_coa(sc, coa)
    again = scenario.load(folder)
    assert again.coas["watched"].threats == (threat,)
    laid = scenario.apply(again, "watched").threats["features"]
    assert len(laid) == len(sc.threats.get("features", [])) + 1
    assert laid[-1]["properties"] == {key: value for key, value in threat.items() if key != "shape"}
    assert laid[-1]["geometry"]["type"] == "Polygon"
    assert inputs_sha256(again, "watched") != inputs_sha256(again)


def test_a_course_of_action_without_threats_hashes_as_before(folder):
    """The new key says nothing where there is nothing to say."""
    sc = scenario.load(folder)
    assert "threats" not in scenario.model.coa_dict(scenario.derive(sc, "plain", close=("B2",)))


@pytest.mark.parametrize(
    ("text", "row", "column"),
    [
        ('[[threats]]\nshape = "POLYGON ((0 0"\n', 1, "shape"),
        ('[[threats]]\nshape = "POINT (500 0)"\n', 1, "shape"),
        ('[[threats]]\nshape = "POINT (20 47)"\n\n[[threats]]\nshape = "POINT (20 47)"\nper_km = 3\n', 4, "per_km"),
        ('[[threats]]\nlevel = "high"\n', 1, "threats"),
        ('threats = "all"\n', 1, "threats"),
        ('[[threats]]\nshape = "POINT (20 47)"\nlevel = ["high"]\n', 1, "threats"),
    ],
)
def test_a_faulty_threat_is_found_at_its_line(folder, text, row, column):
    """A shape that is none and a figure out of bounds are named with their heading's line."""
    (folder / "coas" / "bad.toml").write_text(text)
    found = [f for f in scenario.validate(folder) if f.file == "coas/bad.toml"]
    assert [(f.row, f.column, f.level) for f in found] == [(row, column, "error")]


def test_a_faulty_threat_is_refused_in_memory(folder):
    """A course of action laid by a page is checked like one from a file."""
    sc = scenario.load(folder)
    with pytest.raises(InputError):
        scenario.with_coa(sc, scenario.derive(sc, "bad", threats=({"shape": "POINT EMPTY"},)))


@pytest.mark.parametrize(
    ("tiles", "good"),
    [
        ("area.mbtiles", True),
        ("../maps/area.PMTiles", True),
        ("https://tiles.example/{z}/{x}/{y}.png", True),
        ("https://tiles.example/map.png", False),
        ("ftp://tiles.example/{z}/{x}/{y}.png", False),
        ("file:///etc/passwd.mbtiles", False),
        ("area.png", False),
        ("", False),
    ],
)
def test_the_map_setting_takes_tile_files_and_addresses(folder, tiles, good):
    """Only files of tiles and whole addresses are taken; the plan does not depend on what is drawn under it."""
    before = inputs_sha256(scenario.load(folder))
    file = folder / "scenario.toml"
    file.write_text(f'{file.read_text()}\n[map]\ntiles = "{tiles}"\n')
    found = [f for f in scenario.validate(folder) if f.column == "map" and f.level == "error"]
    assert bool(found) != good
    if good:
        assert scenario.load(folder).settings["map"] == {"tiles": tiles}
        assert inputs_sha256(scenario.load(folder)) == before
