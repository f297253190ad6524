"""Every notebook: clean as committed, and true from top to bottom without a network."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted(p for p in (ROOT / "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)
NAMES = [p.relative_to(ROOT / "notebooks").as_posix() for p in NOTEBOOKS]


def _code(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]


def test_the_notebooks_are_there():
    """The pages that the issue names exist."""
    assert {"00_start_here.ipynb", "dashboards/commander.ipynb", "planning/03_routes.ipynb"} <= set(NAMES)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_is_committed_clean(path):
    """No outputs, no counts, no widget state."""
    book = json.loads(path.read_text(encoding="utf-8"))
    assert "widgets" not in book["metadata"]
    for cell in book["cells"]:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_first_cell_imports_only(path):
    """The first code cell says what the notebook uses, and nothing else; only our own doors lead in."""
    first = ast.parse(_code(path)[0])
    assert all(isinstance(node, ast.Import | ast.ImportFrom) for node in first.body)
    for source in _code(path):
        for node in ast.walk(ast.parse(source.replace("%", "#", 1) if source.startswith("%") else source)):
            if isinstance(node, ast.Import):
                assert {a.name for a in node.names} <= {"workbench", "pandas", "numpy"}, source
            elif isinstance(node, ast.ImportFrom):
                assert node.module.split(".")[0] in ("widgets", "workbench"), source


def test_dashboards_are_short():
    """A dashboard is three code cells at most: import, open, lay out."""
    for path in NOTEBOOKS:
        if path.parent.name == "dashboards":
            assert len(_code(path)) <= 3


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_runs_from_top_to_bottom(path, tmp_path):
    """Every cell runs and every claim in it holds (nbval, lax)."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "WORKBENCH_OUT": str(tmp_path / "out"),
        "WORKBENCH_SCENARIO": "",
        "IPYTHONDIR": str(tmp_path / "ipython"),
        "JUPYTER_PLATFORM_DIRS": "1",
    }
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval-lax", "--nbval-current-env", str(path), "-q",
         "-p", "no:cacheprovider", "-p", "no:xdist", "-o", "addopts=", "-o", "filterwarnings=default"],
        cwd=path.parent, env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
