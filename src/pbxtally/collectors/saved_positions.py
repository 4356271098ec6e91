"""How far collectors are, in the data folder: written only once what they found is kept."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from threading import get_native_id
from typing import Generic, NamedTuple, TypeVar

import msgspec

from pbxtally.collectors import CollectorError, Say

POSITION, KNOWN, TAKEN = ".json", ".db", ".taken"
ENDINGS = (POSITION, KNOWN, TAKEN)
"""How the files' names end: a position, known files or rows, how much was taken in; any others beside them are
temporary."""

_Position = TypeVar("_Position")


class CollectedSource(NamedTuple):
    """What is collected, and for which customer's source; each has a place of its own."""

    what: str
    customer: str
    source: str

    def file(self, folder: Path, suffix: str) -> Path:
        """The file that keeps the place."""
        return folder / "follow" / f"{sha256(chr(10).join(self).encode()).hexdigest()[:24]}{suffix}"


class _Place(msgspec.Struct, Generic[_Position]):
    file: str
    customer: str
    source: str
    position: _Position


class SavedPosition(Generic[_Position]):
    """The place in one file or table, for one customer's source."""

    def __init__(self, folder: Path, collected: CollectedSource, kind: type[_Position], say: Say) -> None:
        self._collected = collected
        self._path = collected.file(folder, POSITION)
        self._last = self._read(kind, say)

    def last(self) -> _Position | None:
        """The position last written down; None: nothing was taken in yet."""
        return self._last

    def save(self, position: _Position) -> None:
        """Keep a position, whole or not at all; it survives a power cut."""
        self._path.parent.mkdir(mode=0o700, exist_ok=True)
        unfinished = self._path.with_suffix(f".{get_native_id()}.unfinished")  # another may save the same place now
        with unfinished.open("wb") as file:
            file.write(msgspec.json.encode(_Place(*self._collected, position)))
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self._path)
        self._last = position

    def forget(self) -> None:
        """Forget the position: the next start is at the beginning."""
        self._path.unlink(missing_ok=True)
        self._last = None

    def _read(self, kind: type[_Position], say: Say) -> _Position | None:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=_Place[kind]).position  # type: ignore[valid-type]
        except FileNotFoundError:
            return None
        except msgspec.DecodeError:
            say(f"{self._path} is damaged: {self._collected.what} is read from its beginning; nothing counts twice")
            return None


class Known(NamedTuple):
    """What a file looked like when it was read, and the hash of what was in it."""

    inode: int
    size: int
    modified_ns: int
    digest: bytes


class KnownFiles:
    """The files of one folder that were read, for one customer's source."""

    def __init__(self, folder: Path, collected: CollectedSource, say: Say) -> None:
        self._path = collected.file(folder, KNOWN)
        self._path.parent.mkdir(mode=0o700, exist_ok=True)
        try:
            self._connection = self._open()
        except sqlite3.DatabaseError:
            say(f"{self._path} is damaged: all files of {collected.what} are read again; nothing counts twice")
            self._path.unlink()
            self._connection = self._open()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def all(self) -> dict[str, Known]:
        """Every known file by its name."""
        rows = self._connection.execute("SELECT name, inode, size, modified_ns, digest FROM known")
        return {os.fsdecode(name): Known(*rest) for name, *rest in rows}

    def note(self, read: Mapping[str, Known]) -> None:
        """These files were read; this survives a power cut."""
        rows: list[tuple[object, ...]] = [(os.fsencode(name), *known) for name, known in read.items()]
        if rows:
            self._change("INSERT OR REPLACE INTO known VALUES (?, ?, ?, ?, ?)", rows)

    def forget(self, names: list[str]) -> None:
        """These files are no longer there."""
        self._change("DELETE FROM known WHERE name = ?", [(os.fsencode(name),) for name in names])

    def _change(self, statement: str, rows: list[tuple[object, ...]]) -> None:
        try:
            with closing(self._connection.cursor()) as cursor:
                cursor.execute("BEGIN IMMEDIATE")
                cursor.executemany(statement, rows)
                cursor.execute("COMMIT")
        except sqlite3.Error as why:
            if self._connection.in_transaction:
                self._connection.rollback()
            raise CollectorError(f"{self._path} cannot be written: {why}") from why

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS known (name BLOB PRIMARY KEY, inode INTEGER NOT NULL, size INTEGER NOT NULL,"
            " modified_ns INTEGER NOT NULL, digest BLOB NOT NULL)"
        )
        return connection


class KnownRows:
    """The rows of one table that were handed over and may be met again, for one customer's source.

    From a hash of each, as it is now, to its place in the table's order.
    """

    def __init__(self, folder: Path, collected: CollectedSource, say: Say) -> None:
        self._path = collected.file(folder, KNOWN)
        self._what = collected.what
        self._say = say

    def all(self) -> dict[bytes, str | float]:
        """All of them; none if the file can no longer be read, and then they are handed over once more."""
        try:
            with self._open() as connection:
                return dict(connection.execute("SELECT digest, at FROM row"))
        except sqlite3.OperationalError as why:
            raise self._fault(why) from why
        except sqlite3.DatabaseError:
            self._say(f"{self._path} is damaged: rows of {self._what} are read again; nothing counts twice")
            self.forget()
            return {}

    def note(self, rows: Mapping[bytes, str | float], oldest: str | float | None, gone: Iterable[bytes]) -> None:
        """Rows were handed over; those before `oldest` are not looked at again, those `gone` are not in the table now.

        This survives a power cut.
        """
        try:
            with self._open() as connection, connection:
                connection.executemany("INSERT OR REPLACE INTO row VALUES (?, ?)", rows.items())
                connection.execute("DELETE FROM row WHERE at < ?", (oldest,))
                connection.executemany("DELETE FROM row WHERE digest = ?", [(digest,) for digest in gone])
        except sqlite3.Error as why:
            raise self._fault(why) from why

    def forget(self) -> None:
        """Forget all: the table is read from its beginning."""
        self._path.unlink(missing_ok=True)

    def _fault(self, why: sqlite3.Error) -> CollectorError:
        return CollectorError(f"{self._path} cannot be used: {why}")

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(mode=0o700, exist_ok=True)
        with closing(sqlite3.connect(self._path)) as connection:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("CREATE TABLE IF NOT EXISTS row (digest BLOB PRIMARY KEY, at) WITHOUT ROWID")
            yield connection
