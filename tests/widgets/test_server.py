"""What faces Jupyter: commands, pages, routes; without starting a server."""

import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from tile_files import mbtiles, png, vector_tile
from tornado import web
from typer.testing import CliRunner

from widgets import PlanMap, Session
from widgets import tiles as tile_source
from widgets._assets import PLOTLY, STATIC
from widgets.server import commands
from widgets.server import tiles as tile_routes
from widgets.server.assets import handlers, pages, title
from workbench.errors import UsageError, WorkbenchError
from workbench.formats.tiles import TilesError

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "widgets" / "server" / "jupyter" / "voila" / "templates" / "workbench"


def test_the_commands_register():
    """The entry point adds app and lab with their help."""
    app = typer.Typer()
    commands.register(app)
    shown = CliRunner().invoke(app, ["app", "--help"], env={"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"})
    assert shown.exit_code == 0
    assert "--port" in shown.output
    assert "--notebooks" in shown.output


def test_the_command_line_stays_quick():
    """Finding the commands imports neither Jupyter nor pandas."""
    code = (
        "import sys; from widgets.server import commands;"
        "print([m for m in ('pandas', 'ipywidgets', 'voila', 'jupyter_server') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_missing_notebooks_are_said(tmp_path):
    """Installed from a wheel there may be no notebooks: a sentence says where they are."""
    with pytest.raises(UsageError, match="come with the source"):
        commands.find_notebooks(tmp_path)


def test_a_port_in_use_is_said():
    """A second server on the same port is refused in words."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(WorkbenchError, match="in use"):
            commands.free(taken.getsockname()[1])


def test_the_environment_names_scenario_and_plans(monkeypatch, tmp_path):
    """Kernels learn from the environment what to open and where our packages are."""
    for name in ("WORKBENCH_SCENARIO", "WORKBENCH_OUT", "JUPYTER_PATH", "JUPYTER_CONFIG_PATH", "PYTHONPATH"):
        monkeypatch.setenv(name, "")
    commands.prepare(ROOT / "sample_data" / "four_drops", tmp_path)
    import os

    assert os.environ["WORKBENCH_SCENARIO"].endswith("four_drops")
    assert os.environ["WORKBENCH_OUT"] == str(tmp_path.resolve())
    assert Path(os.environ["JUPYTER_PATH"]).is_dir()
    assert str(ROOT) in os.environ["PYTHONPATH"]
    with pytest.raises(UsageError, match="no scenario"):
        commands.prepare(tmp_path / "nowhere", tmp_path)


def test_pages_are_listed_in_reading_order():
    """The commander's page comes first, then the start, planning, lessons."""
    listed = [p["path"] for p in pages(ROOT / "notebooks")]
    assert listed[0] == "dashboards/commander.ipynb"
    assert listed.index("00_start_here.ipynb") < listed.index("planning/01_demand.ipynb")
    assert title(Path("planning/01_demand.ipynb")) == "Demand"
    assert title(Path("lessons/02_savings.ipynb")) == "Lesson 2"


def test_routes_serve_only_what_they_should():
    """Of plotly's wheel only the library is served, and our static files."""
    routes = {pattern: options for pattern, _handler, options in handlers("/", ROOT / "notebooks")}
    assert routes[r"/workbench/static/(.*)"]["path"] == str(PLOTLY)
    assert routes[r"/workbench/assets/(.*)"]["path"] == str(STATIC)
    assert (PLOTLY / "plotly.min.js").is_file()


def test_nothing_we_serve_names_another_host():
    """No script, style or template of ours has an address on the internet."""
    allowed = "http://www.w3.org/2000/svg"  # the name of SVG, never fetched
    for path in [*STATIC.iterdir(), *TEMPLATE.rglob("*")]:
        if path.is_file():
            text = path.read_text(encoding="utf-8").replace(allowed, "")
            assert "http://" not in text, path
            assert "https://" not in text, path


def test_lab_has_no_news():
    """JupyterLab's look for news on the internet is switched off."""
    config = ROOT / "widgets" / "server" / "jupyter" / "lab" / "labconfig" / "page_config.json"
    assert json.loads(config.read_text())["disabledExtensions"]["@jupyterlab/apputils-extension:announcements"] is True


def test_lab_serves_no_pages():
    """Inside JupyterLab the page server stays off: there it would run code that a viewer sends."""
    config = ROOT / "widgets" / "server" / "jupyter" / "lab" / "jupyter_server_config.json"
    extensions = json.loads(config.read_text())["ServerApp"]["jpserver_extensions"]
    assert extensions == {"voila.server_extension": False, "widgets.server.tiles": True}


def _with_map(folder, tiles):
    file = folder / "scenario.toml"
    file.write_text(f'{file.read_text()}\n[map]\ntiles = "{tiles}"\n')


def test_a_page_names_a_scenario_never_a_file(folder, tmp_path):
    """The key of a scenario leads to the file of tiles its settings name; any other key leads nowhere."""
    assert tile_source.tile_file(folder) is None
    mbtiles(tmp_path / "area.mbtiles", {(0, 0, 0): png("red")}, attribution="Map people")
    _with_map(folder, "../area.mbtiles")
    found = tile_routes.folder_of(tile_source.key_of(folder))
    assert found == folder.resolve()
    assert tile_source.tile_file(found).tile(0, 0, 0)[1] == "image/png"
    with pytest.raises(web.HTTPError):
        tile_routes.folder_of("0" * 16)


@pytest.mark.parametrize("tiles", ["gone.mbtiles", "scenario.mbtiles", "../../../../../../etc/passwd.pmtiles"])
def test_what_is_no_file_of_tiles_is_not_served(folder, tiles):
    """A setting that names something else brings an error in words, on the map too; the map stays."""
    (folder / "scenario.mbtiles").write_text("name,lon,lat\n")
    _with_map(folder, tiles)
    with pytest.raises(TilesError):
        tile_source.tile_file(folder)
    drawn = PlanMap(Session.open())
    assert "tiles" in drawn.ground.credit
    assert not [layer for layer in drawn.map.layers if type(layer).__name__ == "TileLayer"]


def test_an_address_is_asked_only_when_the_scenario_states_it(folder):
    """Without the setting no layer has an address; with it the map names the host."""
    drawn = PlanMap(Session.open())
    assert not [layer for layer in drawn.map.layers if type(layer).__name__ == "TileLayer"]
    _with_map(folder, "https://tiles.example/{z}/{x}/{y}.png")
    assert tile_source.tile_file(folder) is None
    drawn = PlanMap(Session.open())
    (layer,) = (layer for layer in drawn.map.layers if type(layer).__name__ == "TileLayer")
    assert layer.url == "https://tiles.example/{z}/{x}/{y}.png"
    assert "tiles.example" in drawn.ground.credit


def test_vector_tiles_go_to_our_own_canvas(folder, tmp_path):
    """Vectors, of a file or of an address that ends so, make no layer of pictures: the ground draws them."""
    tile = vector_tile({"water": [(3, [[(0, 0), (9, 0), (9, 9)]], {})]})
    mbtiles(tmp_path / "area.mbtiles", {(7, 68, 44): tile}, format="pbf", attribution="Map people")
    text = (folder / "scenario.toml").read_text()
    for tiles, url, most in (
        ("../area.mbtiles", f"/workbench/tiles/{tile_source.key_of(folder)}/{{z}}/{{x}}/{{y}}", 7),
        ("https://tiles.example/{z}/{x}/{y}.pbf?key=a", "https://tiles.example/{z}/{x}/{y}.pbf?key=a", 14),
    ):
        (folder / "scenario.toml").write_text(text)
        _with_map(folder, tiles)
        drawn = PlanMap(Session.open())
        assert not [layer for layer in drawn.map.layers if type(layer).__name__ == "TileLayer"]
        assert (drawn.ground.tiles["url"], drawn.ground.tiles["max_zoom"]) == (url, most)
    assert tile_source.tile_file(folder) is None
    (folder / "scenario.toml").write_text(text)
    assert PlanMap(Session.open()).ground.tiles == {}


def test_tiles_have_one_kind_of_address():
    """Routes take a key of sixteen hex digits and three short numbers, nothing that could climb out."""
    ((pattern, _),) = tile_routes.handlers("/")
    good = f"/workbench/tiles/{'a' * 16}/3/4/2"
    assert re.fullmatch(pattern, good)
    for bad in (
        "/workbench/tiles/../3/4/2",
        good + "/..",
        good.replace("3", "-3"),
        good.replace("a", "."),
        good + ".png",
    ):
        assert not re.fullmatch(pattern, bad)
