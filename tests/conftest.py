"""Worlds that many tests share: four_drops, solvable by hand, and siblings that differ in one thing."""

from pathlib import Path

import pytest

from workbench import problem, scenario

SAMPLE_DATA = Path(__file__).parents[1] / "sample_data"


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
