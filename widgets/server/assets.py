"""Files and lists that the pages ask our own server for, so that nothing is asked of another one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from tornado import web

from widgets._assets import PLOTLY, STATIC

LANDING = "dashboards/commander.ipynb"
"""The page shown at the server's root."""
_FOLDERS = ("dashboards", "", "planning", "lessons")


class AssetHandler(web.StaticFileHandler):
    """Serves a folder of a package, to be kept by the browser for a day."""

    def set_extra_headers(self, path: str) -> None:
        """Let the browser keep libraries; our own small files are asked for again."""
        self.set_header("Cache-Control", "public, max-age=86400" if path.endswith(".min.js") else "no-cache")


class PlotlyHandler(AssetHandler):
    """Serves ``plotly.min.js`` of the installed wheel and nothing else of it."""

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        """Refuse every other file."""
        if Path(absolute_path).name != "plotly.min.js":
            raise web.HTTPError(404)
        return super().validate_absolute_path(root, absolute_path)


class PagesHandler(JupyterHandler):
    """Lists the notebooks being served, in reading order."""

    def initialize(self, root: Path) -> None:
        """Remember the folder that is served."""
        self.root = root

    @web.authenticated
    def get(self) -> None:
        """Answer ``[{"path", "title"}]``."""
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(pages(self.root)))


class LandingHandler(JupyterHandler):
    """Sends the root address to the commander's page, or to the list where there is none."""

    def initialize(self, root: Path) -> None:
        """Remember the folder that is served."""
        self.root = root

    @web.authenticated
    def get(self) -> None:
        """Redirect."""
        found = (self.root / LANDING).is_file()
        self.redirect(url_path_join(self.base_url, f"voila/render/{LANDING}" if found else "voila/tree"))


def pages(root: Path) -> list[dict[str, str]]:
    """Return path and title of every notebook under ``root``: dashboards first, then planning, then lessons."""
    found = [p.relative_to(root) for p in sorted(root.rglob("*.ipynb")) if ".ipynb_checkpoints" not in p.parts]

    def place(path: Path) -> tuple[int, str]:
        folder = path.parent.as_posix().removeprefix(".")
        return (_FOLDERS.index(folder) if folder in _FOLDERS else len(_FOLDERS), path.as_posix())

    return [{"path": p.as_posix(), "title": title(p)} for p in sorted(found, key=place)]


def title(path: Path) -> str:
    """Return the name of a page: ``planning/01_demand.ipynb`` is Demand, a lesson keeps its number."""
    number, words = re.fullmatch(r"(?:(\d+)_)?(.*)", path.stem).groups()  # type: ignore[union-attr]
    text = words.replace("_", " ").capitalize()
    return f"Lesson {int(number)}" if path.parent.name == "lessons" and number else text


def handlers(base_url: str, root: Path) -> list[tuple[Any, ...]]:
    """Return the routes of this module for a server at ``base_url`` that serves the notebooks in ``root``."""
    return [
        (url_path_join(base_url, r"/workbench/static/(.*)"), PlotlyHandler, {"path": str(PLOTLY)}),
        (url_path_join(base_url, r"/workbench/assets/(.*)"), AssetHandler, {"path": str(STATIC)}),
        (url_path_join(base_url, r"/workbench/pages"), PagesHandler, {"root": root}),
        (base_url, LandingHandler, {"root": root}),
    ]
