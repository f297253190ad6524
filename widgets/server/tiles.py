"""Map tiles of a scenario, from its own file, read only: a page names the scenario, never a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from tornado import web

from widgets import discover
from widgets.tiles import key_of, tile_file
from workbench.formats.tiles import TilesError


class TileHandler(JupyterHandler):
    """Serves the tiles of the file that a scenario's ``[map]`` names."""

    @web.authenticated
    def get(self, key: str, zoom: str, x: str, y: str) -> None:
        """Answer with a tile, or with nothing where the file has none."""
        try:
            file = tile_file(folder_of(key))
            found = file.tile(int(zoom), int(x), int(y)) if file is not None else None
        except TilesError as error:
            raise web.HTTPError(404, reason="No tiles") from error
        if file is None:
            raise web.HTTPError(404)
        if found is None:
            self.set_status(204)
            return
        self.set_header("Content-Type", found[1])
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "private, max-age=3600")
        self.finish(found[0])


def folder_of(key: str) -> Path:
    """Return the scenario folder of a key.

    Raises
    ------
    tornado.web.HTTPError
        404 when no scenario that pages offer has it.
    """
    for folder in discover.scenario_folders():
        if key_of(folder) == key:
            return folder
    raise web.HTTPError(404)


def handlers(base_url: str) -> list[tuple[Any, ...]]:
    """Return the routes of this module for a server at ``base_url``."""
    return [(url_path_join(base_url, r"/workbench/tiles/([0-9a-f]{16})/(\d{1,2})/(\d{1,8})/(\d{1,8})"), TileHandler)]


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "widgets.server.tiles"}]


def _load_jupyter_server_extension(server: Any) -> None:
    """Add the routes to JupyterLab's server."""
    server.web_app.add_handlers(".*$", handlers(server.base_url))
