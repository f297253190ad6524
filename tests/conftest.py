"""What many tests share: a browser, and four_drops, solvable by hand, with siblings that differ in one thing."""

import os
import shutil
from pathlib import Path

import pytest

from workbench import problem, scenario

SAMPLE_DATA = Path(__file__).parents[1] / "sample_data"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="session")
def chromium():
    """A headless browser; its tests stand in one xdist group, as playwright bears one loop a process."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def four_drops_scenario():
    """The scenario as its folder says; its README solves it by hand."""
    return scenario.load(SAMPLE_DATA / "four_drops")


@pytest.fixture(scope="session")
def four_drops(four_drops_scenario):
    """The problem of the baseline: every drop can be served."""
    return problem.build(four_drops_scenario)


@pytest.fixture(scope="session")
def four_drops_bridge_out(four_drops_scenario):
    """As four_drops, with bridge B2 closed: REQ-D4 must be unserved, UNREACHABLE."""
    return problem.build(four_drops_scenario, coa="bridge_out")


@pytest.fixture(scope="session")
def four_drops_no_heavy(four_drops_scenario):
    """As four_drops, without TRUCK-8: REQ-D3 must be split, and all served."""
    return problem.build(four_drops_scenario, coa="no_heavy")
