"""One kernel kept ready with our packages imported, so that a page opens without waiting for them."""

from __future__ import annotations

import asyncio
import logging
import os
from enum import Enum
from typing import Any

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager

_log = logging.getLogger(__name__)
_AHEAD = "from widgets import layout, session; session.open_ahead()"
"""What a kernel does ahead: import, and open the session that most pages open."""
_NEXT_S = 4.0
"""How long after a page opens the next kernel is warmed: not while that page is still being drawn."""
_READY_S = 60.0


class WarmKernels(AsyncMappingKernelManager):
    """Hands a page the kernel that stands ready, and warms the next one.

    A page that comes while it is being warmed waits for it. One that was culled, or is taken already, is
    passed over: then the page starts its own, as ever. The page's environment and folder are set in the
    kernel when it is handed out.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._ready = ""
        self._task: asyncio.Task[None] | None = None
        self._busy = False

    def warm_up(self, delay: float = 0.0) -> None:
        """Start to warm a kernel, unless one is ready or being warmed. Needs a running event loop."""
        if not self._ready and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._warm(delay))

    async def start_kernel(  # type: ignore[override]  # asynchronous in every server, whatever the base says
        self, *, kernel_id: str | None = None, path: Any = None, **kwargs: Any
    ) -> str:
        """Return the id of the kernel that stands ready, or of a new one."""
        if not self._ready and self._task is not None and self._busy:
            await asyncio.wait([self._task])  # it is further than a new one would be
        ready, self._ready = self._ready, ""
        if kernel_id is None and ready in self:
            environment = kwargs.get("env") or {}
            names = {key.value if isinstance(key, Enum) else key: value for key, value in environment.items()}
            changed = {key: value for key, value in names.items() if os.environ.get(key) != value}
            folder = self.cwd_for_path(path or "", env=environment)
            code = f"import os\nos.environ.update({changed!r})\nos.chdir({str(folder)!r})"
            if await self._run(ready, code, 5.0):
                self.warm_up(_NEXT_S)
                return ready
            await self.shutdown_kernel(ready, now=True)
        self.warm_up(_NEXT_S)
        return await super()._async_start_kernel(kernel_id=kernel_id, path=path, **kwargs)

    async def _warm(self, delay: float) -> None:
        await asyncio.sleep(delay)
        self._busy = True
        try:
            await self._prepare()
        finally:
            self._busy = False

    async def _prepare(self) -> None:
        kernel_id = await super()._async_start_kernel(kernel_name="python3", env=dict(os.environ))
        if await self._run(kernel_id, _AHEAD, _READY_S):
            self._ready = kernel_id
        else:
            await self.shutdown_kernel(kernel_id, now=True)

    async def _run(self, kernel_id: str, code: str, timeout: float) -> bool:
        """Run code in a kernel and say whether it went well, names and history left as they were."""
        client: Any = self.get_kernel(kernel_id).client()
        client.start_channels()
        try:
            await client.wait_for_ready(timeout=timeout)
            reply = await client.execute_interactive(
                f"exec({code!r}, {{}})",
                silent=True,
                store_history=False,
                allow_stdin=False,
                timeout=timeout,
                output_hook=lambda message: None,
            )
        except (RuntimeError, TimeoutError) as error:
            _log.warning("A kernel could not be prepared: %s", error)
            return False
        finally:
            client.stop_channels()
        return bool(reply["content"]["status"] == "ok")
