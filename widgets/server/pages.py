"""The page server: standalone Voila, with our template, on loopback.

Never Voila as an extension of a Jupyter server: that one executed code that a viewer sent.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from tornado import ioloop, web
from traitlets.config import Config
from voila.app import Voila
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler

from widgets.server import tiles
from widgets.server.assets import handlers

EXTENSIONS = [
    "@jupyter-widgets/jupyterlab-manager",
    "@voila-dashboards/widgets-manager8",
    "jupyter-leaflet",
    "anywidget",
]
"""The only browser extensions the pages load: each other one costs the visitor time."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Shutdown(VoilaShutdownKernelHandler):
    """Ends a kernel when its page closes."""

    def check_xsrf_cookie(self) -> None:
        """Accept the page-close beacon, which carries no token: that it comes from our own page is enough."""
        if not self.check_origin():
            raise web.HTTPError(403)


class PageServer(Voila):
    """Voila with compressed answers, our routes, and kernels that end with their page."""

    announce: ClassVar[Callable[[str], None]] = staticmethod(lambda address: None)

    def init_settings(self) -> dict[str, Any]:
        """Compress answers; on loopback, answer only requests that name this host."""
        settings = {**super().init_settings(), "compress_response": True, "websocket_compression_options": {}}
        if self.ip in LOOPBACK:
            settings |= {"allow_remote_access": False, "local_hostnames": list(LOOPBACK)}
        return settings

    def init_handlers(self) -> list[Any]:
        """Put our routes before Voila's own, which ends with a catch-all."""
        theirs = [
            (h[0], Shutdown, *h[2:]) if h[1] is VoilaShutdownKernelHandler else h for h in super().init_handlers()
        ]
        return [*handlers(self.server_url, Path(self.root_dir)), *tiles.handlers(self.server_url), *theirs]

    def listen(self) -> None:
        """Say the address once the server answers, then serve."""
        address = f"http://{self.ip}:{self.port}{self.base_url}"
        loop = ioloop.IOLoop.current()
        loop.add_callback(type(self).announce, address)
        loop.add_callback(self.kernel_manager.warm_up)
        super().listen()


def serve(notebooks: Path, *, ip: str = "127.0.0.1", port: int = 8866, announce: Callable[[str], None]) -> None:
    """Serve the notebooks of a folder as pages until SIGINT or SIGTERM; ``announce`` gets the address.

    The environment must be prepared by `widgets.server.commands.prepare` first.
    """
    PageServer.announce = staticmethod(announce)
    sys.argv = ["workbench"]  # Voila's own start-up reads it
    config = Config(
        {
            "Voila": {"ip": ip, "port": port, "port_retries": 0, "log_level": "ERROR", "open_browser": False},
            "VoilaConfiguration": {
                "template": "workbench",
                "allow_template_override": "NO",
                "extension_allowlist": EXTENSIONS,
                "multi_kernel_manager_class": "widgets.server.warm.WarmKernels",
            },
            **({"KernelManager": {"transport": "ipc"}} if os.name == "posix" else {}),  # no kernel port on the host
            "MappingKernelManager": {"cull_idle_timeout": 3600, "cull_interval": 60, "cull_connected": False},
        }
    )
    PageServer.launch_instance([str(notebooks)], config=config)
