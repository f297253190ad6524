"""The commands ``workbench app`` and ``workbench lab``, found by the command line as an entry point."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Annotated

import typer

from workbench.errors import UsageError, WorkbenchError

HERE = Path(__file__).parent
PACKAGES = HERE.parents[1]

Port = Annotated[int, typer.Option(min=1, max=65535, help="Port on this machine.")]
ScenarioFolder = Annotated[Path | None, typer.Option("--scenario", help="Scenario folder the pages open with.")]
OutFolder = Annotated[Path | None, typer.Option("--out", help="Folder with plans, as `workbench plan` writes it.")]
Notebooks = Annotated[Path | None, typer.Option("--notebooks", help="Folder of notebooks; default ./notebooks.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("app")(serve_pages)
    app.command("lab")(open_lab)


def serve_pages(
    port: Port = 8866, scenario: ScenarioFolder = None, out: OutFolder = None, notebooks: Notebooks = None
) -> None:
    """Serve the dashboards on this machine (no other can reach them) until Ctrl-C."""
    folder = find_notebooks(notebooks)
    free(port)
    prepare(scenario, out)
    from widgets.server.pages import serve

    serve(folder, port=port, announce=lambda url: typer.echo(f"The pages are at {url}  (Ctrl-C ends them)"))


def open_lab(
    port: Port = 8888,
    scenario: ScenarioFolder = None,
    out: OutFolder = None,
    notebooks: Notebooks = None,
    browser: Annotated[bool, typer.Option(help="Open a browser.")] = True,
) -> None:
    """Start JupyterLab on the notebooks, on this machine only, until Ctrl-C."""
    folder = find_notebooks(notebooks)
    free(port)
    prepare(scenario, out)
    from jupyterlab.labapp import main  # type: ignore[import-untyped]

    main(
        [
            f"--ServerApp.root_dir={folder}",
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={port}",
            "--ServerApp.port_retries=0",
            "--LabApp.extension_manager=readonly",
            *([] if browser else ["--no-browser"]),
            *(["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
        ]
    )


def find_notebooks(given: Path | None) -> Path:
    """Return the folder of notebooks: the given one, ./notebooks, or the checkout's.

    Raises
    ------
    UsageError
        When there is none; the packages can be installed without the notebooks.
    """
    for folder in [given] if given else [Path("notebooks"), PACKAGES / "notebooks"]:
        if folder.is_dir() and any(folder.rglob("*.ipynb")):
            return folder.resolve()
    where = f"{given} holds no notebooks" if given else "There is no folder ./notebooks here"
    raise UsageError(f"{where}. The pages are notebooks and come with the source: name their folder with --notebooks.")


def free(port: int) -> None:
    """Raise a `WorkbenchError` when something already listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise WorkbenchError(f"Port {port} is in use on this machine. Choose another with --port.") from error


def prepare(scenario: Path | None, out: Path | None) -> None:
    """Tell the kernels, through the environment, what to open and where our packages and templates are."""
    if scenario is not None:
        if not scenario.exists():
            raise UsageError(f"There is no scenario at {scenario}.")
        os.environ["WORKBENCH_SCENARIO"] = str(scenario.resolve())
    os.environ["WORKBENCH_OUT"] = str((out or Path(os.environ.get("WORKBENCH_OUT", "out"))).resolve())
    _prepend("JUPYTER_PATH", HERE / "jupyter")
    _prepend("JUPYTER_CONFIG_PATH", HERE / "jupyter" / "lab")
    if (PACKAGES / "pyproject.toml").is_file():  # a checkout: kernels start elsewhere and must find it
        _prepend("PYTHONPATH", PACKAGES)


def _prepend(name: str, folder: Path) -> None:
    os.environ[name] = os.pathsep.join(filter(None, [str(folder), os.environ.get(name, "")]))
