"""Sessions on a copy of four_drops, so that saving spoils nothing; no kernel and no browser."""

import shutil
from pathlib import Path

import pytest

from widgets import Session
from workbench import engines, report

SAMPLE = Path(__file__).parents[2] / "sample_data" / "four_drops"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A copy of four_drops, found as the scenario of the environment; plans go to an empty out folder."""
    copy = tmp_path / "four_drops"
    shutil.copytree(SAMPLE, copy)
    monkeypatch.setenv("WORKBENCH_SCENARIO", str(copy))
    monkeypatch.setenv("WORKBENCH_OUT", str(tmp_path / "out"))
    return copy


@pytest.fixture
def session(folder):
    """A session on the copy, with nothing planned yet."""
    return Session.open()


@pytest.fixture
def planned(session, tmp_path):
    """A session that shows a plan written to the out folder."""
    plan = engines.solve(session.problem, engine="greedy", budget=engines.Budget(iterations=20), seed=1)
    report.write(session.problem, plan, tmp_path / "out", scenario=session.scenario)
    return Session.open()
