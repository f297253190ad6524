"""Small files of map tiles, written by hand."""

import gzip
import io
import json
import sqlite3
import struct

from PIL import Image

from workbench.formats.tiles import tile_id


def png(colour):
    """Return a tile of one colour."""
    out = io.BytesIO()
    Image.new("RGB", (256, 256), colour).save(out, "PNG")
    return out.getvalue()


def mbtiles(path, tiles, **about):
    """Write MBTiles; ``tiles`` maps (zoom, x, y from the north) to bytes."""
    base = sqlite3.connect(path)
    base.execute("create table metadata (name text, value text)")
    base.execute("create table tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob)")
    base.executemany("insert into metadata values (?, ?)", about.items())
    base.executemany(
        "insert into tiles values (?, ?, ?, ?)", [(z, x, 2**z - 1 - y, d) for (z, x, y), d in tiles.items()]
    )
    base.commit()
    base.close()
    return path


def _varint(value):
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def _directory(entries):
    """Return entries (number, run, length, offset) as PMTiles packs them."""
    steps = [n - m for (n, *_), m in zip(entries, [0, *(e[0] for e in entries)], strict=False)]
    columns = [len(entries)], steps, [e[1] for e in entries], [e[2] for e in entries], [e[3] + 1 for e in entries]
    return gzip.compress(b"".join(_varint(v) for column in columns for v in column))


def pmtiles(path, tiles, *, leaves=False, kind=2, **about):
    """Write PMTiles version 3, packed with gzip; ``leaves`` puts the entries one directory deeper."""
    data, entries = b"", []
    for number, tile in sorted((tile_id(*at), d) for at, d in tiles.items()):
        entries.append((number, 1, len(tile), len(data)))
        data += tile
    root, leaf = _directory(entries), b""
    if leaves:
        leaf, root = root, _directory([(0, 0, len(root), 0)])
    text = gzip.compress(json.dumps(about).encode())
    zooms = [at[0] for at in tiles]
    starts = [127]
    for part in (root, text, leaf):
        starts.append(starts[-1] + len(part))
    pairs = [v for start, part in zip(starts, (root, text, leaf, data), strict=True) for v in (start, len(part))]
    head = struct.pack("<11Q6B", *pairs, *[len(entries)] * 3, 1, 2, 1, kind, min(zooms), max(zooms))
    path.write_bytes((b"PMTiles\x03" + head).ljust(127, b"\0") + root + text + leaf + data)
    return path
