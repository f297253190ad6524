"""Where compiled kernels are kept: one folder per content of this package, so that none outlives its source.

Numba's own cache looks at the file of each kernel, not at the kernels it calls in other files: after an
update a kernel could go on with what it once took in. It also fails where the package cannot be written to.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from pathlib import Path

import numba


def _folder() -> Path:
    """Return the first folder that can be written to: set by the user, the environment's, the user's, a new one."""
    digest = hashlib.sha256(f"{sys.version} {numba.__version__}".encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    name = f"kernels-{digest.hexdigest()[:16]}"
    given = os.environ.get("WORKBENCH_CACHE")
    homes = [Path(given)] if given else [Path(sys.prefix) / "share", Path("~/.cache").expanduser()]
    for home in homes:
        folder = home / "lastmile-workbench" / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    return Path(tempfile.mkdtemp(prefix="lastmile-workbench-"))


if "NUMBA_CACHE_DIR" not in os.environ:
    vars(numba.config)["CACHE_DIR"] = str(_folder())

njit = numba.njit
"""`numba.njit`, once it is known where kernels are kept."""
