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


def _field(number, body):
    """Return a field of bytes as protobuf packs it."""
    return _varint(number << 3 | 2) + _varint(len(body)) + body


def _value(value):
    if isinstance(value, bool):
        return _varint(7 << 3) + _varint(int(value))
    if isinstance(value, int):
        return _varint(5 << 3) + _varint(value)
    return _field(1, str(value).encode())


def _commands(parts, closed):
    """Return lines, rings or points as the steps of a vector tile."""
    out, x, y = [], 0, 0
    for part in parts:
        for k, (px, py) in enumerate(part):
            if k < 2:
                out.append(1 | 1 << 3 if k == 0 else 2 | len(part) - 1 << 3)
            out += [(d << 1) ^ (d >> 31) for d in (px - x, py - y)]
            x, y = px, py
        out += [7 | 1 << 3] if closed else []
    return b"".join(_varint(v) for v in out)


def vector_tile(layers):
    """Return a vector tile; ``layers`` maps names to features (kind 1 points, 2 lines, 3 areas; parts; properties).

    Positions count from the north-west corner to 4096.
    """
    out = b""
    for name, features in layers.items():
        keys = sorted({key for *_, properties in features for key in properties})
        values = sorted({(type(v).__name__, v) for *_, properties in features for v in properties.values()}, key=str)
        body = _varint(15 << 3) + _varint(2) + _field(1, name.encode())
        for kind, parts, properties in features:
            tags = [n for k, v in properties.items() for n in (keys.index(k), values.index((type(v).__name__, v)))]
            body += _field(2, _field(2, b"".join(map(_varint, tags))) + _varint(3 << 3) + _varint(kind)
                           + _field(4, _commands(parts, kind == 3)))  # fmt: skip
        body += b"".join(_field(3, key.encode()) for key in keys)
        body += b"".join(_field(4, _value(value)) for _, value in values)
        out += _field(3, body + _varint(5 << 3) + _varint(4096))
    return out
