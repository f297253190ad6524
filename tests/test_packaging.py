"""The packages as people install them: one list of dependencies, a wheel that works, a bundle."""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CONDA_NAMES = {
    "ortools": "ortools-python",
    "osmium": "pyosmium",
    "jupyter-server": "jupyter_server",
    "build": "python-build",
}
UNDER_PIP = {"pyvrp", "milsymbol", "playwright", "scipy-stubs", "vrplib"}


def _project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def _environment() -> tuple[set[str], set[str]]:
    conda: set[str] = set()
    pip: set[str] = set()
    current = None
    for line in (ROOT / "environment.yml").read_text(encoding="utf-8").splitlines():
        if re.match(r"^dependencies:", line):
            current = conda
        elif re.match(r"^  - pip:$", line):
            current = pip
        elif current is not None and (m := re.match(r"^\s+- ([^#\s]+)$", line)):
            current.add(m[1])
    return conda, pip


def test_environment_repeats_pyproject() -> None:
    """environment.yml holds exactly pyproject's requirements, under conda-forge's names or under pip."""
    project = _project()
    conda, pip = _environment()
    want_conda, want_pip = {f"python{project['requires-python']}", "pip"}, {"--editable=."}
    for requirement in [*project["dependencies"], *project["optional-dependencies"]["dev"]]:
        name = re.match(r"[A-Za-z0-9._-]+", requirement)[0]
        if name in UNDER_PIP:
            want_pip.add(requirement)
        else:
            want_conda.add(CONDA_NAMES.get(name, name) + requirement[len(name) :])
    assert conda == want_conda
    assert pip == want_pip


def test_fixed_packages_are_required() -> None:
    """The packages that the user fixed are dependencies, of users or of tests."""
    names = {re.match(r"[A-Za-z0-9._-]+", r)[0] for r in _project()["dependencies"]}
    tests = {re.match(r"[A-Za-z0-9._-]+", r)[0] for r in _project()["optional-dependencies"]["dev"]}
    assert {"jupyterlab", "ipywidgets", "ipyleaflet", "ortools", "pandas", "plotly", "voila"} <= names
    assert {"pytest", "nbval"} <= tests


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from the checkout."""
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(out), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(out.glob("*.whl"))


@pytest.mark.xdist_group("wheel")
def test_both_packages_import_from_a_wheel(wheel: Path, tmp_path: Path) -> None:
    """In a fresh venv the wheel's workbench and widgets import, with every file they need."""
    home = tmp_path / "venv"
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--disable-pip-version-check", wheel],
        check=True,
    )
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    site = home / "lib" / version / "site-packages"
    # dependencies come from the environment under test: a .pth file puts its folder after the venv's own
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    code = (
        "import workbench as wb, widgets, pathlib\n"
        "for name in wb.__all__: getattr(wb, name)\n"
        "for name in widgets.__all__: getattr(widgets, name)\n"
        "print(pathlib.Path(wb.__file__).parent, pathlib.Path(widgets.__file__).parent)\n"
    )
    done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(site / "workbench"), str(site / "widgets")]


@pytest.mark.slow
def test_bundle_installs_without_a_network(tmp_path: Path) -> None:
    """The bundle installs and plans where no network can be reached."""
    bundle = tmp_path / "bundle"
    subprocess.run([sys.executable, ROOT / "tools" / "bundle.py", bundle], check=True, cwd=ROOT)
    cut_off = ["unshare", "--net"]
    if subprocess.run([*cut_off, "true"], capture_output=True, check=False).returncode:
        cut_off = ["env", "http_proxy=http://127.0.0.1:9", "https_proxy=http://127.0.0.1:9", "PIP_NO_INDEX=1"]
    subprocess.run([*cut_off, bundle / "install.sh", tmp_path / "home"], check=True, cwd=tmp_path)
    command = [
        *cut_off,
        tmp_path / "home" / "bin" / "workbench",
        "plan",
        "sample_data/four_drops",
        "--iterations",
        "50",
    ]
    subprocess.run(command, check=True, cwd=bundle)
    assert (bundle / "out" / "briefing.html").is_file()
