"""A shield for DuckDB's checkpoints: what one overwrites is kept beside the file until it has finished.

DuckDB keeps its metadata in blocks of 256 KiB, some pages of which change in place while others still belong to the
state that is valid until the end. A power cut in the middle of such a block leaves a file that no longer opens (tried:
`tests/fault/powercut.py`). So these blocks and the headers are copied first. At the next start they are put back,
unless the new state was finished.
"""

from __future__ import annotations

import fcntl
import os
import struct
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO

import duckdb

from pbxtally.errors import FolderError

HEADERS = 12_288
"""Bytes of the three headers, before the first block; the last two alternate and say which state is valid."""

_PART = struct.Struct("<QQ")
_DIGEST_BYTES = 32


def descriptor_of(path: Path) -> int:
    """The descriptor by which this process has the file open.

    Opening and closing it once more would release DuckDB's lock on it: such locks belong to the process.
    """
    wanted = path.stat()
    folder = next(one for one in ("/proc/self/fd", "/dev/fd") if Path(one).is_dir())
    for name in os.listdir(folder):  # noqa: PTH208  the descriptor of this very listing is among them
        try:
            found = os.fstat(int(name))
        except OSError:
            continue
        if (found.st_dev, found.st_ino) == (wanted.st_dev, wanted.st_ino):
            return int(name)
    raise FolderError(f"{path.name} is no longer open - someone removed or replaced it")


def raise_shield(path: Path, cursor: duckdb.DuckDBPyConnection) -> Path:
    """Copy what a checkpoint may overwrite into a file beside it, durably; return that file's path."""
    file = descriptor_of(path)
    size = cursor.execute("SELECT block_size FROM pragma_database_size()").fetchall()[0][0]
    blocks = cursor.execute("SELECT block_id FROM pragma_metadata_info()").fetchall()
    parts = [(0, HEADERS), *((HEADERS + block * size, size) for (block,) in blocks)]
    content = bytearray()
    for offset, many in parts:
        held = os.pread(file, many, offset)
        content += _PART.pack(offset, len(held)) + held
    shield = shield_of(path)
    with shield.open("wb") as beside:
        beside.write(content + blake2b(content, digest_size=_DIGEST_BYTES).digest())
        beside.flush()
        os.fsync(beside.fileno())
    sync(path.parent)
    return shield


def shield_of(path: Path) -> Path:
    """The path of a file's shield."""
    return path.with_name(f"{path.name}.shield")


def put_back(path: Path, *, whatever: bool = False) -> bool:
    """Undo an unfinished checkpoint before the file is opened; return whether there was one to undo.

    A checkpoint ends with a new header. If that is there, the new state is valid; `whatever`: undo it all the same. An
    unfinished shield is left alone: whoever has the file may be writing it just now.
    """
    parts = _parts(shield_of(path))
    if not parts:
        return False
    with path.open("r+b") as file:
        if not _nobody_has(file) or (file.read(HEADERS) != parts[0] and not whatever):
            return False
        for offset, content in parts.items():
            file.seek(offset)
            file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return True


def sync(path: Path) -> None:
    """Make sure, with fsync, that a file, or the names in a folder, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _nobody_has(file: BinaryIO) -> bool:
    """Try to take the lock that DuckDB would take, until the file is closed; return whether it was free."""
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _parts(shield: Path) -> dict[int, bytes]:
    """The contents of a shield, by offset; empty if there is none, or an unfinished one."""
    try:
        content = shield.read_bytes()
    except FileNotFoundError:
        return {}
    content, digest = content[:-_DIGEST_BYTES], content[-_DIGEST_BYTES:]
    if blake2b(content, digest_size=_DIGEST_BYTES).digest() != digest:
        return {}
    parts, place = {}, 0
    while place < len(content):
        offset, many = _PART.unpack_from(content, place)
        place += _PART.size
        parts[offset] = content[place : place + many]
        place += many
    return parts
