"""The open file of calls: a cursor of its own for everybody, one writer at a time, reopened after a fault.

After a failed write DuckDB may refuse everything until the last cursor of the process is closed, even once the disk has
room again; and a COMMIT that failed may have happened. So after a failed write the file is closed when nobody reads
from it any more, and opened again: only what is then on disk is believed.
"""

from __future__ import annotations

import gc
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
import structlog

from pbxtally.errors import BusyError, FolderError, PbxTallyError
from pbxtally.stores.duckdb_marks import Marks
from pbxtally.stores.duckdb_names import Names
from pbxtally.stores.duckdb_opening import Config, is_in_use, log_of, open_file, set_aside
from pbxtally.stores.duckdb_recent import Recent
from pbxtally.stores.duckdb_shield import raise_shield
from pbxtally.stores.duckdb_tables import complete, create

LOG_BYTES = 64 * 1024 * 1024
"""A longer write-ahead log is checkpointed into the file."""

PATIENCE_SECONDS = 30.0
"""How long reopening waits for those who still read."""

CLOSING_SECONDS = 5.0
"""And how long closing does, after a server has already waited for its answers."""

SPOILING = (duckdb.FatalException, duckdb.InternalException)
"""After these errors no cursor of the process works any more."""

log = structlog.get_logger("pbxtally.stores")


class InUseError(FolderError):
    """Another process has the file open; it may be done soon."""


class DuckFile:
    """A DuckDB file with our tables.

    `names`: its dictionaries; `recent`: its recent keys and calls; `marks`: the marks of its rejected records; `span`:
    from its first call until after its last; `unsorted`: how many involvements were added to each block (see
    `duckdb_blocks.py`) a few at a time since that was noted in it; if it is closed before, it is sorted a little later.
    """

    def __init__(self, path: Path, config: Config, query_seconds: float) -> None:
        """Open the file, or create it; raises InUseError if another process has it, FolderError if it is damaged."""
        self.path = path
        self._config = config
        self._limit = f"SET SESSION max_execution_time = {int(query_seconds * 1000)}"
        self._gate = threading.Condition()
        self._lent = 0
        self._is_spoilt = False
        self._is_closed = False
        self._is_log_in_doubt = False
        self._log = log_of(path)
        self._appenders: dict[str, duckdb.Appender] = {}
        self.writing = threading.RLock()
        create(path, set_aside)
        self._open()

    def close(self) -> None:
        """Write everything into the one file and release it once nobody reads from it; later questions are refused."""
        with self.writing:
            try:
                if not self._is_spoilt and self._log_bytes():
                    self.checkpoint()
            except (duckdb.Error, PbxTallyError) as why:  # everything is in the log beside the file
                log.error("the log could not be written into the file", file=self.path.name, error=str(why))
            with self._gate, suppress(duckdb.Error):  # from a question that takes even longer
                self._is_closed = True
                self._gate.wait_for(lambda: not self._lent, CLOSING_SECONDS)
                self._release()

    def checkpoint(self) -> None:
        """Move the contents of the write-ahead log into the file and remove it; raises BusyError if that fails."""
        with self.writing, self.cursor() as cursor:
            try:
                shield = raise_shield(self.path, cursor)
                cursor.execute("CHECKPOINT")
                shield.unlink()
            except OSError as why:
                raise BusyError(f"The calls cannot be written now - try again later ({why})") from why
            except duckdb.IOException as why:
                self._is_spoilt = True
                raise BusyError(f"The calls cannot be written now - try again later ({_said(why)})") from why

    @property
    def is_read(self) -> bool:
        """Whether anybody has a cursor now."""
        return self._lent > 0

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor of one's own, without a time limit. A thread that has one must not ask for another."""
        with self._lent_cursor(self._fresh) as cursor:
            yield cursor

    @contextmanager
    def question(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor for a question, limited in time, memory and disk space; raises BusyError if it needs more."""
        try:
            with self._lent_cursor(self._fresh) as cursor:
                cursor.execute(self._limit)  # nothing else has one: opening the file takes as long as it needs
                yield cursor
        except duckdb.InterruptException as why:
            raise BusyError("Counting took too long - ask for less, or later") from why
        except duckdb.OutOfMemoryException as why:
            raise BusyError("Counting needs more memory than it may use now - ask for less, or later") from why
        except duckdb.IOException as why:
            if str(self._config["temp_directory"]) not in str(why):
                raise
            raise BusyError("Counting needs more room on the disk than there is now - ask for less, or later") from why

    @contextmanager
    def _lent_cursor(self, make: Callable[[], duckdb.DuckDBPyConnection]) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._gate:
            if self._is_closed:
                raise BusyError("The calls are being closed - ask again")
            if self._is_spoilt:
                self._open_anew()
            cursor = make()
            self._lent += 1
        try:
            yield cursor
        except SPOILING as why:
            self._is_spoilt = True
            raise BusyError(f"The calls are being opened anew - ask again ({_said(why)})") from why
        finally:
            if cursor is not self._writer:
                cursor.close()
            with self._gate:
                self._lent -= 1
                self._gate.notify_all()

    @contextmanager
    def change(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """One writer, one transaction: all of it or nothing; if COMMIT itself fails, it is unknown which.

        After a fault nothing is appended to the old log, a part of which may never have reached the disk. Raises
        BusyError if it cannot be written now, ValueError if what is to be written does not fit its columns.
        """
        try:
            with self.writing:
                if self._is_log_in_doubt:
                    self.checkpoint()
                    self._is_log_in_doubt = False
                with self._transaction() as cursor:
                    yield cursor
                self._write_long_log()
        except duckdb.DataError as why:
            raise ValueError(_said(why)) from why
        except (duckdb.OperationalError, duckdb.InterruptException) as why:
            raise BusyError(f"The calls cannot be written now - try again later ({_said(why)})") from why

    def append(self, table: str, rows: Iterable[Sequence[object]]) -> None:
        """Write a few rows in the transaction of `change`; raises as that does."""
        appender = self._appenders.get(table)
        if appender is None:  # made once: making one takes as long as writing forty rows
            appender = self._appenders[table] = self._writer.appender(table)
        try:
            appender.append_rows(rows)
            appender.flush()
        except duckdb.InvalidInputException as why:  # text that is not Unicode
            raise ValueError(_said(why)) from why
        finally:
            appender.clear()

    @contextmanager
    def _transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._lent_cursor(lambda: self._writer) as cursor:
            cursor.execute("BEGIN")
            try:
                yield cursor
            except BaseException as why:
                self._take_back(cursor, why)
                raise
            try:
                cursor.execute("COMMIT")
            except duckdb.Error:
                self._is_spoilt = True
                raise

    def _write_long_log(self) -> None:
        """Checkpoint a long log, which would take long to open. What was committed is safe either way."""
        try:
            if self._log_bytes() >= LOG_BYTES:
                self.checkpoint()
        except (duckdb.Error, PbxTallyError) as why:
            log.error("the log could not be written into the file", file=self.path.name, error=str(why))

    def _log_bytes(self) -> int:
        return self._log.stat().st_size if self._log.exists() else 0

    def _take_back(self, cursor: duckdb.DuckDBPyConnection, why: BaseException) -> None:
        try:
            cursor.execute("ROLLBACK")
            self.names = Names(cursor)
        except duckdb.Error:
            self._is_spoilt = True
        if isinstance(why, duckdb.IOException):
            self._is_spoilt = True

    def _open_anew(self) -> None:
        """Close the file once nobody reads from it, and open it again; raises BusyError if that fails now."""
        if not self._gate.wait_for(lambda: not self._lent or not self._is_spoilt, PATIENCE_SECONDS):
            raise BusyError("The calls are being opened anew - ask again")
        if not self._is_spoilt:  # another thread was quicker
            return
        with suppress(duckdb.Error):
            self._release()
        gc.collect()  # a result that nobody reads any more would keep the dead connection alive
        try:
            self._open()
        except FolderError as why:
            raise BusyError(f"The calls cannot be opened now - {why}") from why
        self._is_spoilt = False
        self._is_log_in_doubt = True
        log.warning("the calls were opened anew after a fault", file=self.path.name)

    def _release(self) -> None:
        self._appenders.clear()
        self._writer.close()
        self._root.close()

    def _open(self) -> None:
        path = self.path
        try:
            self._root = open_file(path, self._config)
            complete(self._root)
            self._root.execute("SET enable_external_access = false")
            self._root.execute("SET allowed_configs = ['max_execution_time']")
            self._root.execute("SET lock_configuration = true")
            self._writer = self._fresh()  # kept: making one takes longer than a small delivery
            self.names = Names(self._root)
            self.recent = Recent()
            self.marks = Marks()
            self.unsorted: Counter[int] = Counter()
            self.span = _span(self._root)
        except duckdb.IOException as why:
            if is_in_use(why):
                raise InUseError(f"the calls in {path.parent} are in use by another command - try again later") from why
            raise FolderError(f"{path.name} cannot be opened: {_said(why)}") from why
        except OSError as why:  # from files beside it: a shield to be put back, a torn log to be set aside
            raise FolderError(f"{path.name} cannot be opened: {why.strerror}") from why
        except duckdb.Error as why:
            raise FolderError(
                f"{path.name} is damaged ({_said(why)}) - ./run rebuild rebuilds it from the journal"
                " and from what can still be read, and says what has to be loaded again"
            ) from why

    def _fresh(self) -> duckdb.DuckDBPyConnection:
        return self._root.cursor()

    def widen(self, first_ms: int, last_ms: int) -> None:
        """Note that the file now has calls from one moment to another."""
        self.span = (min(self.span[0], first_ms), max(self.span[1], last_ms + 1))


def _said(why: Exception) -> str:
    return str(why).splitlines()[0]


def _span(cursor: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """From the first call that is kept until after the last: nothing outside needs to be looked at."""
    first, last = cursor.execute("SELECT min(started_ms), max(started_ms) FROM involvements").fetchall()[0]
    return (2**62, 0) if first is None else (first, last + 1)
