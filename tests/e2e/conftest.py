"""The page server, and pages of it in a headless Chromium; one server for all tests."""

import contextlib
import gzip
import json
import math
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import NamedTuple

import pytest
from tile_files import mbtiles, pmtiles, png, vector_tile

from workbench import engines, problem, report, scenario

ROOT = Path(__file__).parents[2]
RENDERED = """() => { const r = document.querySelector('#rendered_cells');
  return r && r.style.display !== 'none' && !document.querySelector('#loading')?.offsetParent }"""
LOCAL = re.compile(r"^(http://127\.0\.0\.1[:/]|data:|blob:|about:)")
BROKEN = re.compile("model not found|Error displaying widget|Failed to load model|There was an error")
EVIL = '"<img src=x onerror=alert(1)>"'


class Server(NamedTuple):
    """A running page server: its address and process id."""

    url: str
    pid: int

    def kernels(self):
        """Return how many kernels the server has; None where the system doesn't say."""
        if not Path("/proc/self").exists():
            return None
        found = 0
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
                found += parent == self.pid and b"ipykernel" in (folder / "cmdline").read_bytes()
        return found


def _across(zoom):
    """Return the columns of tiles around four_drops."""
    middle = int((14 + 180) / 360 * 2**zoom)
    return range(middle - 2, middle + 3)


def _down(zoom):
    """Return the rows of tiles around four_drops."""
    middle = int((1 - math.asinh(math.tan(math.radians(47))) / math.pi) / 2 * 2**zoom)
    return range(middle - 2, middle + 3)


def _vectors(folder, name, form):
    """Lay vector tiles of a lake with a road and a town round four_drops, in the words of one of the two schemas."""
    whole = [[(-64, -64), (4160, -64), (4160, 4160), (-64, 4160)]]
    road, spot = [[(0, 2048), (4096, 2048)]], [[(2048, 1024)]]
    layers = {
        "omt": {"water": [(3, whole, {"class": "lake"})], "transportation": [(2, road, {"class": "primary"})],
                "place": [(1, spot, {"class": "town", "name": "Tiletown", "rank": 4})]},
        "protomaps": {"water": [(3, whole, {"pmap:kind": "lake"})],
                      "roads": [(2, road, {"kind": "major_road", "kind_detail": "primary", "name": "Tile Street"})],
                      "places": [(1, spot, {"kind": "locality", "kind_detail": "town", "name": "Tiletown"})]},
    }[form]  # fmt: skip
    tile = gzip.compress(vector_tile(layers), mtime=0)
    tiles = {(z, x, y): tile for z in (7, 8, 9, 10) for x in _across(z) for y in _down(z)}
    about = [{"id": layer} for layer in layers]
    if name.endswith(".mbtiles"):
        mbtiles(folder / name, tiles, format="pbf", json=json.dumps({"vector_layers": about}), attribution="Map people")
    else:
        pmtiles(folder / name, tiles, kind=1, vector_layers=about, attribution="Map people")
    with (folder / "scenario.toml").open("a") as settings:
        settings.write(f'\n[map]\ntiles = "{name}"\n')


@pytest.fixture(scope="session")
def scenarios(tmp_path_factory):
    """Copies of the samples, a planned one first, and one whose names are markup."""
    base = tmp_path_factory.mktemp("scenarios")
    for name in ("river_crossing", "four_drops"):
        shutil.copytree(ROOT / "sample_data" / name, base / name)
    shutil.copytree(base / "four_drops", base / "evil")
    for copy in ("tiled", "omt", "protomaps"):
        shutil.copytree(base / "four_drops", base / copy)
    whole = {(z, x, y): png("teal") for z in (7, 8, 9) for x in _across(z) for y in _down(z)}
    mbtiles(base / "tiled" / "area.mbtiles", whole, attribution="Map people")
    with (base / "tiled" / "scenario.toml").open("a") as settings:
        settings.write('\n[map]\ntiles = "area.mbtiles"\n')
    for form, name in (("omt", "area.mbtiles"), ("protomaps", "area.pmtiles")):
        _vectors(base / form, name, form)
    for table, name in (("units.csv", "Mortar Section"), ("nodes.csv", "Quarry")):
        file = base / "evil" / table
        file.write_text(file.read_text().replace(name, EVIL))
    sc = scenario.load(base / "river_crossing")
    prob = problem.build(sc)
    plan = engines.solve(prob, engine="greedy", budget=engines.Budget(iterations=1), seed=1)
    report.write(prob, plan, base / "out", scenario=sc)
    return base


@pytest.fixture(scope="session")
def server(scenarios, tmp_path_factory):
    """The address of a running page server; it is ended by its id afterwards, its kernels with it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("server") / "log"
    command = [sys.executable, "-m", "widgets.server", "app", f"--port={port}", f"--out={scenarios / 'out'}",
               f"--scenario={scenarios / 'river_crossing'}", f"--notebooks={ROOT / 'notebooks'}"]  # fmt: skip
    with log.open("w") as stream:
        process = subprocess.Popen(command, cwd=ROOT, stdout=stream, stderr=subprocess.STDOUT)
    base = f"http://127.0.0.1:{port}"
    for _ in range(240):
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"{base}/workbench/pages", timeout=2).close()
            break
        except OSError:
            time.sleep(0.25)
    assert process.poll() is None, log.read_text()
    yield Server(base, process.pid)
    process.terminate()
    process.wait(30)


@pytest.fixture
def visit(chromium, server):
    """Open a page by its notebook; at the end no request left the machine and nothing failed in the browser."""
    context = chromium.new_context(viewport={"width": 1600, "height": 1000})
    page = context.new_page()
    outside, errors = [], []
    # listened to, not intercepted: an intercepted page loses the beacon that ends its kernel
    page.on("request", lambda r: None if LOCAL.match(r.url) else outside.append(r.url))
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.on("dialog", lambda d: (errors.append(f"dialog: {d.message}"), d.dismiss()))
    page.set_default_timeout(60_000)

    def go(notebook, query="", ready=".wb"):
        page.goto(f"{server.url}/voila/render/{notebook}{query}", wait_until="commit")
        page.wait_for_function(RENDERED)
        page.wait_for_selector(ready)
        return page

    yield go
    page.wait_for_timeout(300)
    broken = page.get_by_text(BROKEN).count()
    page.goto("about:blank")  # a page that is left ends its kernel
    page.wait_for_timeout(300)
    context.close()
    assert not outside, f"asked for the internet: {outside}"
    assert not errors, errors
    assert not broken
