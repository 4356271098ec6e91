"""Opening the file of calls after a power cut: a torn end of its log is set aside, for it was never acknowledged.

DuckDB refuses to open a file whose log ends in a record with sectors missing, and names the byte where that record
begins. What stands before is whole. A copy of the log stays beside the file, and the journal makes up for the rest.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import duckdb
import structlog

from pbxtally.stores.duckdb_shield import put_back, shield_of

Config = dict[str, str | bool | int | float | list[str]]

_TORN = re.compile(r"Corrupt WAL file: entry at byte position (\d+)")

log = structlog.get_logger("pbxtally.stores")


def open_file(path: Path, config: Config) -> duckdb.DuckDBPyConnection:
    """Open a file of DuckDB, after an unfinished checkpoint was undone; raises duckdb.Error.

    The log is written into the file only when we say so, under a shield.
    """
    put_back(path)
    try:
        connection = _without_torn_end(path, config)
    except duckdb.Error as why:
        if (isinstance(why, duckdb.IOException) and "lock" in str(why)) or not put_back(path, whatever=True):
            raise
        log.warning("a checkpoint that was not finished is undone", file=path.name)
        connection = _without_torn_end(path, config)
    shield_of(path).unlink(missing_ok=True)
    return connection


def _without_torn_end(path: Path, config: Config) -> duckdb.DuckDBPyConnection:
    try:
        return _connect(path, config)
    except duckdb.Error as why:
        torn = _TORN.search(str(why))
        if not torn:
            raise
        _cut(path.with_name(path.name + ".wal"), int(torn[1]))
        return _connect(path, config)


def _connect(path: Path, config: Config) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(path), config=config | {"checkpoint_threshold": "1TB"})
    connection.execute("PRAGMA disable_checkpoint_on_shutdown")
    return connection


def _cut(wal: Path, position: int) -> None:
    """Keep the log until a byte; the whole of it stays in a copy whose name says where it was cut."""
    copy = wal.with_name(f"{wal.name}.torn-at-{position}")
    shutil.copyfile(wal, copy)
    with wal.open("r+b") as file:
        file.truncate(position)
    log.warning("the end of the log was torn and is set aside", log=wal.name, cut_at=position, copy=copy.name)
