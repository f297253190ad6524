"""The rule of direction: notebooks use widgets, widgets use workbench, and modules import only leftward."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ORDER = """
    errors units kept compiled schema formats batch ground demand fleet inventory history scenario generate problem plan
    constraints check instances kpi engines bound explain replan report resupply convoy compare odds surge pooling feeds
    tracking record jobs charts layers training cli
""".split()  # noqa: SIM905
JUPYTER = {
    "widgets",
    "ipywidgets",
    "ipyleaflet",
    "IPython",
    "anywidget",
    "voila",
    "jupyter_server",
    "traitlets",
    "notebook",
}
FILES_THAT_IMPORT = {"ortools": 2, "pyvrp": 1}


def _files(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def _imports(path: Path) -> list[tuple[str, int]]:
    """Return imported names (module, or module.name for ``from``) with their lines."""
    out: list[tuple[str, int]] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            out += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative import at line {node.lineno}"
            out += [(f"{node.module}.{alias.name}", node.lineno) for alias in node.names]
    return out


def _noun(path: Path) -> str:
    return path.relative_to(ROOT / "workbench").parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", _files("workbench"), ids=str)
def test_modules_import_only_leftward(path: Path) -> None:
    """A module imports only modules before it in the order, and its own family."""
    noun = _noun(path)
    if noun in ("__init__", "__main__"):
        return
    assert noun in ORDER, f"{noun} stands in no order"
    for name, line in _imports(path):
        if name.startswith("workbench."):
            other = name.split(".")[1]
            if other in ORDER:
                assert ORDER.index(other) <= ORDER.index(noun), f"{path}:{line} imports {other}, which comes later"


@pytest.mark.parametrize("path", _files("workbench"), ids=str)
def test_workbench_imports_no_jupyter(path: Path) -> None:
    """The planning package works where no Jupyter is installed."""
    for name, line in _imports(path):
        assert name.split(".")[0] not in JUPYTER, f"{path}:{line} imports {name}"


@pytest.mark.parametrize(("library", "files"), FILES_THAT_IMPORT.items())
def test_solvers_stay_in_one_file(library: str, files: int) -> None:
    """Each solver library is imported in one file, so that its moves concern one file."""
    users = {p for p in _files("workbench") if any(n.split(".")[0] == library for n, _ in _imports(p))}
    assert len(users) == files, users


@pytest.mark.parametrize("package", ["workbench", "widgets"])
def test_modules_stay_small(package: str) -> None:
    """No module grows beyond 400 lines."""
    long = {str(p.relative_to(ROOT)): n for p in _files(package) if (n := len(p.read_text("utf-8").splitlines())) > 400}
    assert not long


def test_public_names_resolve() -> None:
    """Every name that the package offers exists."""
    import workbench

    for name in workbench.__all__:
        assert getattr(workbench, name) is not None
