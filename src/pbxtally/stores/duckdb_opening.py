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

Config = dict[str, str | bool | int | float | list[str]]

_TORN = re.compile(r"Corrupt WAL file: entry at byte position (\d+)")

log = structlog.get_logger("pbxtally.stores")


def open_file(path: Path, config: Config) -> duckdb.DuckDBPyConnection:
    """Open a file of DuckDB, without the torn end of its log if it has one; raises duckdb.Error."""
    try:
        return duckdb.connect(str(path), config=config)
    except duckdb.Error as why:
        torn = _TORN.search(str(why))
        if not torn:
            raise
        _cut(path.with_name(path.name + ".wal"), int(torn[1]))
        return duckdb.connect(str(path), config=config)


def _cut(wal: Path, position: int) -> None:
    """Keep the log until a byte; the whole of it stays in a copy whose name says where it was cut."""
    copy = wal.with_name(f"{wal.name}.torn-at-{position}")
    shutil.copyfile(wal, copy)
    with wal.open("r+b") as file:
        file.truncate(position)
    log.warning("the end of the log was torn and is set aside", log=wal.name, cut_at=position, copy=copy.name)
