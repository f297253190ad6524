"""What was reckoned from roads, kept by content: in memory, and in one folder for the next process.

The name of an entry says all that it was made of, this family's code included; so nothing has to be thrown away when
roads change, and closing and reopening one finds the first entry again. A file carries its checksum and is made
again when that is wrong; where nothing can be written, everything is reckoned anew.
"""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench import compiled

Arrays = tuple[NDArray[Any], ...]

MOST_BYTES = 512 << 20
"""What the folder may hold; beyond it, what was not asked for the longest goes."""
MOST_BYTES_IN_MEMORY = 64 << 20
_SUM = hashlib.sha256().digest_size

_memory: OrderedDict[str, Arrays] = OrderedDict()
_elsewhere: list[Path] = []
_unseen: dict[Path, int] = {}
"""Bytes written into a folder since this process last looked at how much is in it."""


def name_of(*parts: object) -> str:
    """Return the name of what is made of these: arrays by type, shape and content, anything else as it is written."""
    digest = hashlib.sha256(compiled.content("ground").encode())
    for part in parts:
        if isinstance(part, np.ndarray):
            digest.update(f"{part.dtype.str}{part.shape}".encode())
            digest.update(np.ascontiguousarray(part).view(np.uint8).data)
        else:
            digest.update(repr(part).encode())
    return digest.hexdigest()


def fetch(name: str, make: Callable[[], Arrays], *, on_disk: bool = True) -> Arrays:
    """Return the arrays of this name: from memory, from disk, or made. They are shared: don't write to them."""
    if name in _memory:
        _memory.move_to_end(name)
        return _memory[name]
    found = _read(name) if on_disk else None
    if found is None:
        found = make()
        if on_disk:
            _write(name, found)
    _memory[name] = found
    while len(_memory) > 1 and sum(a.nbytes for arrays in _memory.values() for a in arrays) > MOST_BYTES_IN_MEMORY:
        _memory.popitem(last=False)
    return found


@contextmanager
def at(folder: Path) -> Iterator[None]:
    """Keep files in another folder meanwhile, and begin and end with nothing in memory."""
    _elsewhere.append(folder)
    _memory.clear()
    try:
        yield
    finally:
        _elsewhere.pop()
        _memory.clear()


def _folder() -> Path:
    return _elsewhere[-1] if _elsewhere else compiled.folder("roads")


def _read(name: str) -> Arrays | None:
    """Return what a file holds; None without it, or when it is not what was written."""
    path = _folder() / f"{name}.npz"
    try:
        body = path.read_bytes()
        os.utime(path)
    except OSError:
        return None
    if hashlib.sha256(name.encode() + body[_SUM:]).digest() != body[:_SUM]:
        return None
    with np.load(io.BytesIO(body[_SUM:]), allow_pickle=False) as stored:
        return tuple(stored[f"arr_{k}"] for k in range(len(stored.files)))


def _write(name: str, arrays: Arrays) -> None:
    """Write a file whole or not at all, whoever else writes it; then make room."""
    body = io.BytesIO()
    np.savez(body, *arrays)
    part = ""
    try:
        with tempfile.NamedTemporaryFile(dir=_folder(), prefix="new-", delete=False) as file:
            part = file.name
            file.write(hashlib.sha256(name.encode() + body.getvalue()).digest() + body.getvalue())
        Path(part).replace(_folder() / f"{name}.npz")
        _make_room(len(body.getvalue()))
    except OSError:
        with suppress(OSError):
            Path(part).unlink(missing_ok=True)


def _make_room(written: int) -> None:
    """Delete the files that were not asked for the longest, until the folder holds three quarters of what it may.

    A look at thousands of files takes as long as a search: it is taken when enough has been written since the last.
    """
    folder = _folder()
    _unseen[folder] = _unseen.get(folder, MOST_BYTES) + written
    if _unseen[folder] < MOST_BYTES // 32:
        return
    _unseen[folder] = 0
    files = []
    for path in folder.iterdir():
        with suppress(OSError):
            stat = path.stat()
            files.append((stat.st_mtime_ns, stat.st_size, path))
    held = sum(size for _, size, _ in files)
    if held <= MOST_BYTES:
        return
    for _, size, path in sorted(files):
        if held <= MOST_BYTES * 3 // 4:
            return
        with suppress(OSError):
            path.unlink()
        held -= size
