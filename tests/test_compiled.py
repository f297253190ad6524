"""Compiled code that is kept: what is cut short is compiled again."""

import os
import subprocess
import sys

import pytest

CALL = "from workbench.engines._schedule import rounded_up; print(rounded_up(2.5))"


@pytest.mark.parametrize(("ending", "left"), [("nbi", 0.5), ("nbi", 0), ("nbc", 0.5), ("nbc", 0)])
def test_a_file_cut_short_is_compiled_again(ending, left, tmp_path):
    """Half an index, half a piece of code, or nothing of it: the next process answers all the same."""
    environment = {**os.environ, "WORKBENCH_CACHE": str(tmp_path)}
    environment.pop("NUMBA_CACHE_DIR", None)

    def answer():
        return subprocess.run(
            [sys.executable, "-c", CALL], env=environment, capture_output=True, text=True, check=False
        )

    assert answer().stdout == "3\n"
    files = sorted(tmp_path.rglob(f"*.{ending}"))
    assert files
    for file in files:
        body = file.read_bytes()
        file.write_bytes(body[: int(len(body) * left)])
    again = answer()
    assert (again.returncode, again.stdout) == (0, "3\n"), again.stderr
