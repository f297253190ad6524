"""The kernel that stands ready: handed out with the page's environment, replaced afterwards."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from pathlib import Path

import pytest

from widgets.server import warm
from widgets.server.warm import WarmKernels

ROOT = Path(__file__).parents[2]


class Name(StrEnum):
    """The page server names some variables by an enumeration."""

    QUERY = "QUERY_STRING"


def _run(body):
    """Run in a thread of its own: the browser tests leave a loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(body())).result()


@pytest.fixture
def manager(tmp_path, monkeypatch):
    """Kernels whose work ahead is one assignment, and that never warm the next one during a test."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setattr(warm, "_AHEAD", "import sys; sys.warmed = True")
    monkeypatch.setattr(warm, "_NEXT_S", 600.0)
    return WarmKernels(connection_dir=str(tmp_path), root_dir=str(ROOT))


@pytest.mark.filterwarnings("ignore")  # what jupyter_client warns about when kernels are started by hand
def test_the_ready_kernel_is_handed_out(manager):
    """A page gets the warm kernel, with its query and its folder; the next page starts its own."""

    async def run():
        manager.warm_up()
        await manager._task
        ready = manager._ready
        first = await manager.start_kernel(kernel_name="python3", path="tests", env={**os.environ, Name.QUERY: "a='b'"})
        assert first == ready
        check = (
            "import os, sys; assert sys.warmed and os.environ['QUERY_STRING'] == \"a='b'\";"
            "assert os.getcwd().endswith('tests')"
        )
        assert await manager._run(first, check, 30)
        second = await manager.start_kernel(kernel_name="python3", path="tests", env=dict(os.environ))
        assert second != first
        manager._task.cancel()
        await manager.shutdown_all(now=True)

    _run(run)


@pytest.mark.filterwarnings("ignore")
def test_a_kernel_that_cannot_be_prepared_is_not_kept(manager, monkeypatch):
    """When the work ahead fails, pages start their own kernels, and nothing is left running."""
    monkeypatch.setattr(warm, "_AHEAD", "raise RuntimeError")

    async def run():
        manager.warm_up()
        await manager._task
        assert manager._ready == ""
        assert manager.list_kernel_ids() == []

    _run(run)
