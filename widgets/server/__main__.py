"""``python -m widgets.server app``: the same commands without the console script."""

from __future__ import annotations

import sys

import typer

from widgets.server.commands import register
from workbench.errors import UsageError, WorkbenchError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
register(app)

if __name__ == "__main__":
    try:
        app()
    except WorkbenchError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2 if isinstance(error, UsageError) else 1)
