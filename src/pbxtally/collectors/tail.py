"""A growing file, read as it grows: finished lines only, through rotation and truncation, from where it was left.

The place is told by the file's inode, the bytes read, and a hash of the last of them, so that a file that was
renamed or copied is found again under its new name, and one that was written anew is not mistaken for the old one.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from io import BufferedReader
from pathlib import Path

MANY_BYTES = 4 * 1024 * 1024
"""The most read in one piece; a longer line is split."""

HASHED_BYTES = 4096
"""How much of what was read is remembered: a last line alone may be blank, and at the same place in any file."""

BEGINNING_BYTES = 1024 * 1024
"""How far a heading is looked for."""

SETTLED_SECONDS = 5.0
"""How long a renamed file must be quiet before its successor is read: its writer may still have it open."""

LONG_QUIET_SECONDS = 60.0
"""A renamed file this quiet need not be watched at all: after a time without us there may be many of them."""

_NUMBER = r"[.\-_]\d[\d.\-_T]*"
"""What a rotation adds to a name: `.1`, `-20201201`."""


@dataclass(frozen=True, slots=True)
class Position:
    """How far a file was read: to which byte and line of which inode, and length and hash of the bytes before it.

    `modified_ns`: when the file was last written to, to know which came after it if it is gone; 0 in old places.
    """

    inode: int
    offset: int
    lines: int
    length: int
    hash: str
    modified_ns: int = 0


@dataclass(frozen=True, slots=True)
class Piece:
    """Consecutive lines. `beginning`: the file's first lines, if the piece does not begin there."""

    lines: bytes
    beginning: bytes
    lines_before: int
    after: Position


class Tail:
    """Reads a file as it grows. A piece comes again until it is marked as `acknowledge`."""

    def __init__(self, path: Path, position: Position | None = None, settled_seconds: float = SETTLED_SECONDS) -> None:
        self._path = path
        self._position = position
        self._settled_seconds = settled_seconds
        self._file: BufferedReader | None = None
        self._quiet_since: float | None = None
        self._after_ns = 0  # when the file before the open one was last written to; 0: none was read
        self.lost = False
        """Whether the place could not be found again: what came between it and the current file's start is missing."""

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def unread(self) -> int | None:
        """How many bytes of the open file are not read yet; None: there is no file."""
        file, position = self._file, self._position
        try:
            return (
                None if file is None else max(os.fstat(file.fileno()).st_size - (position.offset if position else 0), 0)
            )
        except (OSError, ValueError):  # closed meanwhile
            return None

    def next(self) -> Piece | None:
        """The next finished lines, or None if there are none yet."""
        if self._file is None and not self._find():
            return None
        if not self._is_as_it_was():
            self._find()
        piece = self._read()
        if piece is not None or self._is_the_current_one():
            self._quiet_since = None
            return piece
        now = time.monotonic()
        self._quiet_since = now if self._quiet_since is None else self._quiet_since
        if now - self._quiet_since < self._settled_seconds and self._quiet_seconds() < LONG_QUIET_SECONDS:
            return None
        return self._read(is_whole=True) or self._go_on()

    def acknowledge(self, piece: Piece) -> None:
        """The piece is kept for good; go on after it."""
        self._position = piece.after

    # ── which file ──

    def _find(self) -> bool:
        """Open the file that we were in, under whatever name it has now; else the one after it, from its beginning."""
        before, here = self._position, self._path
        if before is not None:
            beside = (here, *rotated(here), *_elsewhere(here, before))
            named = [one for one in beside if _holds(one, before)]
            if named:
                self._open(min(named, key=lambda one: _how_likely(one.stat(), before)), before)
                return True
            self._after_ns = before.modified_ns
        following = self._following(self._after_ns, None)
        if following is None:
            self.close()
            return False
        self._open(following, None)
        self.lost = self.lost or before is not None
        return True

    def _open(self, path: Path, position: Position | None) -> None:
        self.close()
        self._file = path.open("rb")
        inode = os.fstat(self._file.fileno()).st_ino
        self._position = position and replace(position, inode=inode)
        self._quiet_since = None

    def _go_on(self) -> Piece | None:
        """Go on from a file that was read to its end: to the next rotated one, else to the current one."""
        assert self._file is not None
        read = os.fstat(self._file.fileno())
        following = self._following(read.st_mtime_ns, read.st_ino)
        if following is None:
            return None
        self._open(following, None)
        self._after_ns = read.st_mtime_ns
        return self._read()

    def _following(self, modified_ns: int, inode: int | None) -> Path | None:
        """The first of the rotated files written to after that, else the current one, if it is there.

        0: nothing tells which of the rotated ones it would be.
        """
        later = [one for one in rotated(self._path) if one.stat().st_mtime_ns > modified_ns] if modified_ns else []
        later = [one for one in later if _inode(one) != inode]
        later.sort(key=lambda one: one.stat().st_mtime_ns)
        return later[0] if later else self._path if self._path.is_file() else None

    def _is_the_current_one(self) -> bool:
        assert self._file is not None
        current = _inode(self._path)
        return current is None or current == os.fstat(self._file.fileno()).st_ino

    def _quiet_seconds(self) -> float:
        """How long ago the file was written to, by the clock that files are dated with."""
        assert self._file is not None
        return time.time() - os.fstat(self._file.fileno()).st_mtime

    def _is_as_it_was(self) -> bool:
        """Whether what was read is still there: not if the file was truncated and begun anew.

        Of a file that nothing was read of yet, a copy beside it tells.
        """
        assert self._file is not None
        if self._position is not None:
            return _holds_open(self._file.fileno(), self._position)
        opened = os.fstat(self._file.fileno()).st_ino
        return not self._is_the_current_one() or self._following(self._after_ns, opened) in (self._path, None)

    # ── what it says ──

    def _read(self, is_whole: bool = False) -> Piece | None:
        """The finished lines after the position; `is_whole`: nothing more will come after the last one."""
        assert self._file is not None
        handle, before = self._file.fileno(), self._position
        offset, lines_before = (before.offset, before.lines) if before else (0, 0)
        lines = os.pread(handle, MANY_BYTES, offset)
        if (not is_whole and len(lines) < MANY_BYTES) or b"\n" in lines:
            lines = lines[: lines.rfind(b"\n") + 1]
        if not lines:
            return None
        count, end = lines.count(b"\n") + (not lines.endswith(b"\n")), offset + len(lines)
        more = min(max(HASHED_BYTES - len(lines), 0), offset)
        last = os.pread(handle, more, offset - more) + lines[-HASHED_BYTES:]  # what was read, whatever is there now
        status, digest = os.fstat(handle), sha256(last).hexdigest()
        after = Position(status.st_ino, end, lines_before + count, len(last), digest, status.st_mtime_ns)
        beginning = os.pread(handle, min(BEGINNING_BYTES, offset), 0)
        return Piece(lines, beginning[: beginning.rfind(b"\n") + 1], lines_before, after)


def rotated(path: Path) -> Iterator[Path]:
    """The file's rotated predecessors, except compressed ones; for a symbolic link, those beside its target."""
    path = Path(os.path.realpath(path))
    stem, suffix = re.escape(path.stem), re.escape(path.suffix)
    name = re.compile(f"{stem}{suffix}{_NUMBER}|{stem}{_NUMBER}{suffix}|{stem}{suffix}[.]old")
    with suppress(FileNotFoundError):
        for one in path.parent.iterdir():
            if name.fullmatch(one.name) and one.is_file():
                yield one


def _elsewhere(path: Path, position: Position) -> Iterator[Path]:
    """The file beside it with the position's inode, whatever its name: a link may lead to another file every day.

    Only if enough was read: an inode is used again, and another PBX's file may begin with the same heading.
    """
    if position.length < HASHED_BYTES:
        return
    with suppress(FileNotFoundError), os.scandir(Path(os.path.realpath(path)).parent) as entries:
        yield from (Path(one) for one in entries if one.inode() == position.inode and one.is_file())


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None


def _how_likely(found: os.stat_result, before: Position) -> tuple[bool, bool, int]:
    """What sorts files by how likely we were in them: that of the inode, else the first written to since."""
    return found.st_ino != before.inode, found.st_mtime_ns < before.modified_ns, found.st_mtime_ns


def _holds(path: Path, position: Position) -> bool:
    """Whether a file still has, where the position says, what was read last; not if it is gone or may not be read."""
    try:
        with path.open("rb") as file:
            return _holds_open(file.fileno(), position)
    except OSError:
        return False


def _holds_open(handle: int, position: Position) -> bool:
    last = os.pread(handle, position.length, position.offset - position.length)
    return sha256(last).hexdigest() == position.hash
