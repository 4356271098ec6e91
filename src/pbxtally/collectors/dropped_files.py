"""A folder that files are dropped into, collected: each is read whole, once, when nobody writes to it any more.

A file is known by its content: renamed or copied, it is not read again. One that grows after it was read is read again
as a whole; the legs it held before are already known.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from hashlib import sha256
from io import BufferedReader
from pathlib import Path
from threading import Event
from typing import NamedTuple

from pbxtally.collectors import CollectorContext, CollectorError, CollectorStatus
from pbxtally.collectors.saved_positions import Known, KnownFiles
from pbxtally.errors import SourceError
from pbxtally.records import file_label

SETTLED_SECONDS = 5.0
"""How long a file has to look the same before it is read."""

MANY_FILES, MANY_SECONDS = 200, 1.0
"""The most to read in one turn, before the files are put away; after a kill no more than these are read again."""

LONG_LOOK_SECONDS, RESTS = 0.1, 9
"""After a look that took longer than this and found nothing, it rests this many times as long."""

AGAIN_SECONDS = 60.0
"""When a file that could not be taken is tried again."""

UNFINISHED = (".tmp", ".part", ".filepart", ".partial", ".swp", ".unfinished")
"""How programs end the names of files they are still writing. Names that begin with a dot are passed over, too."""


class _Look(NamedTuple):
    """What a file looks like from outside."""

    inode: int
    size: int
    modified_ns: int


@dataclass(frozen=True, slots=True)
class Drop:
    """A folder, which names in it are meant, where files go once read, and how long one has to look the same.

    `done` None: they stay where they are.
    """

    folder: Path
    names: str = "*"
    done: Path | None = None
    settled_seconds: float = SETTLED_SECONDS


@dataclass(slots=True)
class DroppedFiles:
    """Hands over the files of a folder."""

    drop: Drop
    context: CollectorContext
    known: KnownFiles
    _read: dict[str, Known] = field(init=False)
    _waiting: dict[str, tuple[_Look, float]] = field(default_factory=dict, init=False)
    _troubled: dict[str, tuple[_Look, float]] = field(default_factory=dict, init=False)
    _looked_at: float | None = field(default=None, init=False)
    _rests_until: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self._read = self.known.all()

    def status(self) -> CollectorStatus:
        """Whether it can read the folder, and how many of its files are not read yet."""
        return CollectorStatus(True, self._looked_at, unread_files=len(self._waiting))

    def close(self) -> None:
        """Close the file that lists the known files."""
        self.known.close()

    def collect(self, stopped: Event) -> bool:
        """Hand over the files that have arrived, oldest first; says whether there was one."""
        began = time.monotonic()
        if began < self._rests_until:
            return False
        there = dict(self._there())
        self._waiting = {name: since for name, since in self._waiting.items() if name in there}
        self._troubled = {name: since for name, since in self._troubled.items() if name in there}
        fit = [name for name, look in there.items() if self._is_to_be_read(name, look)]
        digests = {one.digest for one in self._read.values()} if fit else set()
        read: dict[str, Known] = {}
        until = time.monotonic() + MANY_SECONDS
        try:
            for name in sorted(fit, key=lambda name: (there[name].modified_ns, name))[:MANY_FILES]:
                known = (
                    None
                    if stopped.is_set() or time.monotonic() > until
                    else self._hand_over(name, there[name], digests)
                )
                if known is not None:
                    read[name] = known
                    digests.add(known.digest)
        finally:
            self.known.note(read)
            self._read |= read
        if self.drop.done is not None:
            for name in [name for name, look in there.items() if name in self._read and self._read[name][:3] == look]:
                self._put_away(name, self.drop.done)
        gone = [name for name in self._read if name not in there]
        if gone and not self._waiting:  # else a waiting file may be one of them, renamed
            self.known.forget(gone)
            for name in gone:
                del self._read[name]
        self._looked_at = self._looked_at if read else time.time()
        if not read and (took := time.monotonic() - began) > LONG_LOOK_SECONDS:
            self._rests_until = time.monotonic() + RESTS * took
        return bool(read)

    def _there(self) -> Iterator[tuple[str, _Look]]:
        """The names that are meant, each with what its file looks like."""
        try:
            with os.scandir(self.drop.folder) as entries:
                for one in entries:
                    if one.name.startswith(".") or one.name.endswith(UNFINISHED):
                        continue
                    if fnmatchcase(one.name, self.drop.names) and (look := _look_of(one)):
                        yield one.name, look
        except OSError as why:
            raise CollectorError(f"{self.drop.folder} cannot be read: {why.strerror}") from why

    def _is_to_be_read(self, name: str, look: _Look) -> bool:
        """Whether the file is new or changed, and has looked the same for long enough."""
        known = self._read.get(name)
        if known is not None and known[:3] == look:
            return False
        now = time.monotonic()
        before, since = self._waiting.get(name, (None, now))
        if before != look:
            self._waiting[name] = (look, now)
            return self.drop.settled_seconds == 0
        failed, at = self._troubled.get(name, (None, now))
        return now - since >= self.drop.settled_seconds and (failed != look or now - at >= AGAIN_SECONDS)

    def _hand_over(self, name: str, look: _Look, digests: set[bytes]) -> Known | None:
        """Read a file; None: it could not be read now, which does not hold up the others."""
        path = self.drop.folder / name
        try:
            with path.open("rb") as file:
                digest = _digest(file)
                if _look(os.fstat(file.fileno())) != look:
                    return None  # written to meanwhile: it has to settle again
                if digest not in digests:
                    self._take_all(path, file)
        except SourceError as why:
            self._troubled[name] = (look, time.monotonic())
            self.context.say(f"{file_label(path)} is not taken, and tried again later: {why.description}")
            return None
        except FileNotFoundError:
            return None
        except OSError as why:  # no permission, or damaged: the others can be read
            self._troubled[name] = (look, time.monotonic())
            self.context.say(f"{file_label(path)} cannot be read, and is tried again later: {why.strerror or why}")
            return None
        self._waiting.pop(name, None)
        return Known(*look, digest)

    def _put_away(self, name: str, done: Path) -> None:
        """Move a file that was read to the others that were; one that has grown since stays, and is read again."""
        path = self.drop.folder / name
        with suppress(FileNotFoundError):
            if _look(path.stat()) == self._read[name][:3]:
                _move(path, done)

    def _take_all(self, path: Path, file: BufferedReader) -> None:
        file.seek(0)
        batches = self.context.stream_format.batches(file_label(path), file)
        while True:
            try:
                batch = next(batches, None)
            except SourceError as why:  # damaged from here on; what came before is good, and is kept
                self.context.say(f"{file_label(path)}: {why.description}")
                return
            if batch is None:
                return
            self.context.take(batch)


def _look_of(entry: os.DirEntry[str]) -> _Look | None:
    """What a file looks like; None: it is no file, is gone by now, or is a link that leads to itself."""
    try:
        return _look(entry.stat()) if entry.is_file() else None
    except OSError:
        return None


def _look(found: os.stat_result) -> _Look:
    return _Look(found.st_ino, found.st_size, found.st_mtime_ns)


def _digest(file: BufferedReader) -> bytes:
    digest = sha256()
    while part := file.read(1024 * 1024):
        digest.update(part)
    return digest.digest()


def _move(path: Path, done: Path) -> None:
    """Move a file that was read to the others that were, under a free name."""
    free = done / path.name
    number = 0
    while free.exists():
        number += 1
        free = done / f"{path.name}.{number}"
    try:
        done.mkdir(parents=True, exist_ok=True)
        shutil.move(path, free)
    except OSError as why:
        raise CollectorError(
            f"{file_label(path)} was read and cannot be moved to {done}: {why.strerror or why}"
        ) from why
