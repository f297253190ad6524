"""Compiled kernels, and where they are kept: one folder per content of a family, so that none outlives its source.

Numba's own cache looks at the file of each kernel, not at the kernels it calls in other files: after an
update a kernel could go on with what it once took in. It also fails where the package cannot be written to.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])
_ROOT = Path(__file__).parent


def kernel(function: F) -> F:
    """Compile a function; its code is kept for the next process. It may call kernels of its own family only."""
    import numba  # not above: most commands need no kernel, and loading the compiler takes a tenth of a second

    if "NUMBA_CACHE_DIR" not in os.environ:
        family = Path(function.__code__.co_filename).relative_to(_ROOT).parts[0]
        vars(numba.config)["CACHE_DIR"] = str(_mended(folder(f"{family}-{content(family)[:16]}")))
    return cast("F", numba.njit(cache=True, error_model="numpy")(function))


@cache
def _mended(kept: Path) -> Path:
    """Return a folder of compiled code without the files that are cut short: numba would fail on them, not rebuild."""
    for file in (*kept.rglob("*.nbi"), *kept.rglob("*.nbc")):
        with suppress(OSError):
            with file.open("rb") as stream:
                stream.seek(max(0, file.stat().st_size - 1))
                whole = stream.read() == pickle.STOP
            if not whole:
                file.unlink()
    return kept


@cache
def content(family: str) -> str:
    """Return the name of what a family's code does here: its sources, the versions of Python and the compiler."""
    digest = hashlib.sha256(f"{sys.version} {version('numba')}".encode())
    for source in sorted((_ROOT / family).rglob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()


@cache
def folder(name: str) -> Path:
    """Return a folder in the first home that can be written to: set by the user, the environment's, the user's, new."""
    given = os.environ.get("WORKBENCH_CACHE")
    homes = [Path(given)] if given else [Path(sys.prefix) / "share", Path("~/.cache").expanduser()]
    for home in homes:
        found = home / "lastmile-workbench" / name
        try:
            found.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(found, os.W_OK):
            return found
    return Path(tempfile.mkdtemp(prefix="lastmile-workbench-"))
