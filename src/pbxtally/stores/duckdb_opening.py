"""Open the file of calls after a power cut: a torn end of its log is set aside, for it was never acknowledged.

DuckDB refuses to open a file whose write-ahead log ends in a record with sectors missing, and names the byte where that
record begins. Everything before it is whole. A copy of the log stays beside the file, and the rest is replayed from the
journal.

So it is if the whole file was lost or replaced by an older copy: a log that belongs to another file is set aside.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import duckdb
import structlog

from pbxtally.stores.duckdb_shield import put_back, shield_of

Config = dict[str, str | bool | int | float | list[str]]

_STRANGE = re.compile(r"(WAL|checkpoint iteration) does not match (the )?database file")
_TORN = re.compile(r"Corrupt WAL file: entry at byte position (\d+)")

log = structlog.get_logger("pbxtally.stores")


def open_file(path: Path, config: Config) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB file after undoing an unfinished checkpoint; raises duckdb.Error.

    DuckDB checkpoints only when we say so, under a shield.
    """
    put_back(path)
    try:
        connection = _without_torn_end(path, config)
    except duckdb.Error as why:
        if is_in_use(why):
            raise
        if put_back(path, whatever=True):
            log.warning("a checkpoint that was not finished is undone", file=path.name)
        elif not _STRANGE.search(str(why)):
            raise
        connection = _without_strange_log(path, config)
    shield_of(path).unlink(missing_ok=True)
    return connection


def is_in_use(why: duckdb.Error) -> bool:
    """Whether another process has the file open."""
    return isinstance(why, duckdb.IOException) and "Could not set lock on file" in str(why)


def set_aside(path: Path) -> None:
    """Set aside the log and the shield beside a file that was lost or restored: they belong to another file."""
    for one in (log_of(path), shield_of(path)):
        if one.exists():
            one.replace(one.with_name(f"{one.name}.of-another-file"))
            log.warning("it belongs to another file of calls and is set aside", file=one.name)


def log_of(path: Path) -> Path:
    """The path of a file's write-ahead log."""
    return path.with_name(f"{path.name}.wal")


def _without_strange_log(path: Path, config: Config) -> duckdb.DuckDBPyConnection:
    try:
        return _without_torn_end(path, config)
    except duckdb.Error as why:
        if not _STRANGE.search(str(why)):
            raise
        set_aside(path)
        return _connect(path, config)


def _without_torn_end(path: Path, config: Config) -> duckdb.DuckDBPyConnection:
    try:
        return _connect(path, config)
    except duckdb.Error as why:
        torn = _TORN.search(str(why))
        if not torn:
            raise
        _cut(log_of(path), int(torn[1]))
        return _connect(path, config)


def _connect(path: Path, config: Config) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(path), config=config | {"checkpoint_threshold": "1TB"})
    connection.execute("PRAGMA disable_checkpoint_on_shutdown")
    return connection


def _cut(wal: Path, position: int) -> None:
    """Truncate the log at a byte; all of it stays in a copy whose name says where it was cut."""
    copy = wal.with_name(f"{wal.name}.torn-at-{position}")
    shutil.copyfile(wal, copy)
    with wal.open("r+b") as file:
        file.truncate(position)
    log.warning("the end of the log was torn and is set aside", log=wal.name, cut_at=position, copy=copy.name)
