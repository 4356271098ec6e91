"""The journal: what is delivered over HTTP, on disk before it is acknowledged.

An SQLite file of its own, its write-ahead log synced at every commit: what was committed survives kill -9, a power cut,
and the loss of the file of calls, which is rebuilt from here. Group commit: the first to come commits for all who wait,
and one sync serves many senders. Only deliveries that are old, in the calls and in a backup are pruned, and answers
under old keys.
"""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from pbxtally.calls import Leg
from pbxtally.errors import BusyError, FolderError
from pbxtally.records import DELIVERY, Delivery, KeyedAnswer, Rejected, Removal

TABLES = """
CREATE TABLE IF NOT EXISTS delivery (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    customer TEXT NOT NULL,
    source TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    content BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS answered (
    key TEXT PRIMARY KEY,
    digest TEXT NOT NULL,
    position INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    answer BLOB
);
CREATE INDEX IF NOT EXISTS answered_at ON answered (at_ms);
CREATE TABLE IF NOT EXISTS load (
    id TEXT PRIMARY KEY,
    number INTEGER NOT NULL,
    customer TEXT NOT NULL,
    source TEXT NOT NULL,
    file TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    records INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS mark (
    name TEXT PRIMARY KEY,
    position INTEGER NOT NULL
);
"""

BACKED_UP, PRUNED = "in a backup until", "taken out until"
"""Names of marks."""

PRUNED_AT_ONCE = 10_000

REMEMBERED_MS = 72 * 3_600_000
"""How long the same answer is given again under its key."""

LEAST_FREE_BYTES = 2 * 1024**3
LEAST_FREE_SHARE = 0.05
"""With less free disk space than either, nothing new is taken; reading continues."""


class _Content(msgspec.Struct, array_like=True):
    """What was delivered, as it is encoded in the file; older rows have fewer members."""

    legs: list[Leg]
    rejected: list[Rejected]
    place: str = DELIVERY
    whole: tuple[bytes, ...] = ()
    gone: Removal = Removal()


_DECODER = msgspec.msgpack.Decoder(_Content)

_Written = TypeVar("_Written")


class Written(NamedTuple):
    """A delivery with its position in the journal; positions only grow."""

    position: int
    delivery: Delivery


class Answered(NamedTuple):
    """What came under a key before: its digest, its position, and what was answered; None: not answered yet."""

    digest: str
    position: int
    answer: bytes | None


class Load(NamedTuple):
    """A file whose records are in the file of calls but not in here: how often it was loaded, and how many it had."""

    id: str
    number: int
    customer: str
    source: str
    file: str
    at_ms: int
    records: int


class _Waiting(Generic[_Written]):
    """Something whose commit somebody waits for; `put` writes it and returns what becomes `found`."""

    def __init__(self, put: Callable[[sqlite3.Connection], _Written]) -> None:
        self.put = put
        self.found: _Written | None = None
        self.fault: Exception | None = None
        self.is_done = False


class Journal:
    """The file `journal.db` of a data folder; one process writes it."""

    def __init__(self, folder: Path) -> None:
        """Open the file, or create it; raises FolderError if it cannot be read."""
        self._path = folder / "journal.db"
        self._queue: list[_Waiting[Any]] = []
        self._gate = threading.Lock()
        self._committing = threading.Lock()
        self._reading = threading.Lock()
        self._is_in_doubt = False
        self._writer = self._open()
        try:
            self._reader = self._open()
        except FolderError:
            self._writer.close()
            raise

    def close(self) -> None:
        """Release the file."""
        with self._committing, self._reading:
            self._writer.close()
            self._reader.close()

    def write(self, deliveries: Sequence[Delivery]) -> list[int]:
        """Write deliveries and return their positions once they are on disk; raises BusyError if that fails.

        It is then unknown whether they are on disk: they can safely be sent again, for the same leg counts once.
        """
        waiting = [_Waiting(partial(_insert, one, _content(one))) for one in deliveries]
        fault = self._commit_with_others(waiting)
        if fault:
            raise BusyError(f"The journal cannot be written - send it again later ({fault})")
        return [one.found for one in waiting if one.found is not None]

    def after(self, position: int, many: int) -> list[Written]:
        """The next deliveries after a position, in order, at most so many."""
        with self._reading:
            rows = self._reader.execute(
                "SELECT position, customer, source, at_ms, content FROM delivery"
                " WHERE position > ? ORDER BY position LIMIT ?",
                (position, many),
            ).fetchall()
        return [
            Written(position, _delivery(customer, source, at_ms, _DECODER.decode(content)))
            for position, customer, source, at_ms, content in rows
        ]

    def last(self) -> int:
        """The position of the newest delivery; 0 if there never was one."""
        with self._reading:
            found = self._reader.execute("SELECT seq FROM sqlite_sequence WHERE name = 'delivery'").fetchone()
        return int(found[0]) if found else 0

    def waiting_since_ms(self, position: int) -> int | None:
        """When the first delivery after a position came; None if there is none."""
        with self._reading:
            found = self._reader.execute(
                "SELECT at_ms FROM delivery WHERE position > ? ORDER BY position LIMIT 1", (position,)
            ).fetchone()
        return None if found is None else int(found[0])

    def answered(self, key: str, now_ms: int) -> Answered | None:
        """What came under a key in the last three days; older keys no longer count, though they may still be there."""
        with self._reading:
            found = self._reader.execute(
                "SELECT digest, position, answer FROM answered WHERE key = ? AND at_ms >= ?",
                (key, now_ms - REMEMBERED_MS),
            ).fetchone()
        return None if found is None else Answered(*found)

    def answer(self, answers: Sequence[KeyedAnswer]) -> list[bytes]:
        """Remember answers and return those to send; if two came under a key at once, both get the first answer.

        If they cannot be written now, each sender gets its own receipt, and a new one if it asks again.
        """
        waiting = [_Waiting(partial(_remember, one)) for one in answers]
        self._commit_with_others(waiting)
        return [one.found or answer.answer for one, answer in zip(waiting, answers, strict=True)]

    def first(self) -> int:
        """The position of the oldest delivery that is kept; 0 if there is none."""
        with self._reading:
            found = self._reader.execute("SELECT min(position) FROM delivery").fetchone()
        return int(found[0] or 0)

    def note_load(self, load: Load) -> None:
        """Remember that a file was taken in without the journal, perhaps once more; its records are added."""
        with self._committing, self._writing() as writer:
            writer.execute(
                "INSERT INTO load VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
                " number = excluded.number, at_ms = excluded.at_ms, records = records + excluded.records",
                load,
            )

    def load(self, id: str) -> Load | None:
        """What is remembered of a file that was taken in without the journal."""
        with self._reading:
            row = self._reader.execute("SELECT * FROM load WHERE id = ?", (id,)).fetchone()
        return None if row is None else Load(*row)

    def taken_away(self, id: str, many: int) -> None:
        """Note that so many records of a file taken in without the journal were removed; more may have come from it."""
        with self._committing, self._writing() as writer:
            writer.execute("UPDATE load SET records = max(records - ?, 0) WHERE id = ?", (many, id))

    def loads(self) -> list[Load]:
        """The files that were taken in without the journal, the oldest first."""
        with self._reading:
            rows = self._reader.execute("SELECT * FROM load ORDER BY at_ms, file").fetchall()
        return [Load(*row) for row in rows]

    def mark_backed_up(self, position: int) -> None:
        """Note that a backup has the calls of every delivery up to a position."""
        with self._committing, self._writing() as writer:
            _mark(writer, BACKED_UP, position)

    def pruned(self) -> int:
        """The position up to which deliveries were pruned: they are only in the calls and in a backup."""
        return self._marked(PRUNED)

    def prune(self, until: int, before_ms: int, now_ms: int) -> int:
        """Remove the oldest deliveries that a backup has, up to a position and before a moment; return how many.

        The caller must know that the calls have them, and that the calls are written into their file. A delivery dated
        later than now came while the clock was wrong, and goes with those before it: they go in order, or nobody could
        tell which are gone.
        """
        last = min(until, self._marked(BACKED_UP), self.first() + PRUNED_AT_ONCE)
        with self._committing, self._writing() as writer:
            staying = writer.execute(
                "SELECT min(position) FROM delivery WHERE position <= ? AND at_ms BETWEEN ? AND ?",
                (last, before_ms, now_ms),
            ).fetchone()[0]
            if staying is not None:
                last = int(staying) - 1
            many = writer.execute("DELETE FROM delivery WHERE position <= ?", (last,)).rowcount
            if many:
                _mark(writer, PRUNED, last)
        return many

    def flaws(self) -> list[str]:
        """What in the file is not as SQLite wrote it."""
        with self._reading:
            rows = self._reader.execute("PRAGMA integrity_check(10)").fetchall()
        return [row[0] for row in rows if row[0] != "ok"]

    def has_room(self) -> bool:
        """Whether the disk has room for more."""
        usage = shutil.disk_usage(self._path.parent)
        return usage.free >= max(LEAST_FREE_BYTES, usage.total * LEAST_FREE_SHARE)

    def _marked(self, name: str) -> int:
        with self._reading:
            found = self._reader.execute("SELECT position FROM mark WHERE name = ?", (name,)).fetchone()
        return int(found[0]) if found else 0

    def _commit_with_others(self, waiting: Sequence[_Waiting[Any]]) -> Exception | None:
        """Have it committed by the first to come, with everything that waits by then; return the error, if any."""
        if not waiting:
            return None
        with self._gate:
            self._queue += waiting
        with self._committing:
            if not waiting[-1].is_done:
                with self._gate:
                    together, self._queue = self._queue, []
                self._commit(together)
        return waiting[-1].fault

    def _commit(self, together: Sequence[_Waiting[Any]]) -> None:
        try:
            with self._writing() as writer:
                found = [one.put(writer) for one in together]
        except sqlite3.Error as why:
            for one in together:
                one.fault, one.is_done = why, True
            return
        for one, written in zip(together, found, strict=True):
            one.found, one.is_done = written, True

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """The writer, for one transaction; raises sqlite3.Error, after which only what is read from disk again counts.

        The write-ahead log is then checkpointed into the file and truncated: a part of it that never reached the disk
        would spoil everything written after it. Until that succeeds, nothing is taken.
        """
        try:
            if self._is_in_doubt:
                self._writer = self._open()
                busy = self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
                if busy:
                    raise sqlite3.OperationalError("somebody reads the journal, and its log cannot be begun anew")
                self._is_in_doubt = False
            self._writer.execute("BEGIN IMMEDIATE")
            yield self._writer
            self._writer.execute("COMMIT")
        except BaseException as why:
            self._is_in_doubt = True
            self._writer.close()
            if isinstance(why, FolderError):
                raise sqlite3.OperationalError(why.description) from why
            raise

    def _open(self) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as why:
            raise FolderError(f"{self._path.name} cannot be opened: {why}") from why
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.executescript(TABLES)
            # A file that cannot be opened for writing is opened for reading, and BEGIN IMMEDIATE does not complain.
            connection.execute("DELETE FROM mark WHERE name = ''")
        except sqlite3.Error as why:
            connection.close()
            raise FolderError(f"{self._path.name} cannot be opened: {why}") from why
        return connection


def _delivery(customer: str, source: str, at_ms: int, content: _Content) -> Delivery:
    legs, rejected, place, whole, gone = msgspec.structs.astuple(content)
    return Delivery(customer, source, at_ms, legs, rejected, place=place, whole=whole, gone=gone)


def _content(one: Delivery) -> bytes:
    return msgspec.msgpack.encode((one.legs, one.rejected, one.place, one.whole, one.gone))


def _insert(given: Delivery, content: bytes, writer: sqlite3.Connection) -> int:
    position = writer.execute(
        "INSERT INTO delivery (customer, source, at_ms, content) VALUES (?, ?, ?, ?)",
        (given.customer, given.source, given.at_ms, content),
    ).lastrowid
    assert position is not None
    if given.key:
        writer.execute("DELETE FROM answered WHERE at_ms < ?", (given.at_ms - REMEMBERED_MS,))
        writer.execute(
            "INSERT OR IGNORE INTO answered VALUES (?, ?, ?, ?, NULL)",
            (given.key, given.digest, position, given.at_ms),
        )
    return position


def _remember(answer: KeyedAnswer, writer: sqlite3.Connection) -> bytes | None:
    """Remember and return what was answered first; None if something else came under the key in the meantime."""
    its_row = (answer.key, answer.digest)
    writer.execute(
        "UPDATE answered SET answer = ? WHERE key = ? AND digest = ? AND answer IS NULL", (answer.answer, *its_row)
    )
    found = writer.execute("SELECT answer FROM answered WHERE key = ? AND digest = ?", its_row).fetchone()
    return None if found is None else bytes(found[0])


def _mark(writer: sqlite3.Connection, name: str, position: int) -> None:
    writer.execute(
        "INSERT INTO mark VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET position = max(position, excluded.position)",
        (name, position),
    )
