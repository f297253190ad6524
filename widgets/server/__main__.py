"""``python -m widgets.server app``: the same commands without the console script."""

from __future__ import annotations

import typer

from widgets.server.commands import register

app = typer.Typer(no_args_is_help=True, add_completion=False)
register(app)
app()
