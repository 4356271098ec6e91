"""The tables of the file of calls, and how an empty file is made."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import get_type_hints

import duckdb

from pbxtally.calls import Leg

LEG_TYPES = {name: "VARCHAR" if kind is str else "BIGINT" for name, kind in get_type_hints(Leg).items()}
LEG_ROW_TYPES = {"customer": "INTEGER", "source": "INTEGER", "call_id": "BIGINT", **LEG_TYPES, "came_ms": "BIGINT"}
"""`came_ms`: when this version of the leg came; 0 if that is not known."""

INVOLVEMENT_TYPES = {
    "extension": "INTEGER",
    "direction": "TINYINT",
    "is_local": "BOOLEAN",
    "started_ms": "BIGINT",
    "outcome": "TINYINT",
    "reason": "TINYINT",
    "ring_seconds": "INTEGER",
    "talk_seconds": "INTEGER",
}
INVOLVEMENT_ROW_TYPES = {"customer": "INTEGER", "source": "INTEGER", "call_id": "BIGINT", **INVOLVEMENT_TYPES}
REJECTED_TYPES = {"file": "VARCHAR", "line": "BIGINT", "reason": "VARCHAR", "raw": "BLOB", "at_ms": "BIGINT"}
REJECTED_ROW_TYPES = {"customer": "INTEGER", "source": "INTEGER", **REJECTED_TYPES}
TABLES = {
    "customers": {"id": "INTEGER", "customer": "VARCHAR"},
    "sources": {"id": "INTEGER", "customer": "INTEGER", "name": "VARCHAR"},
    "numbers": {"id": "INTEGER", "customer": "INTEGER", "number": "VARCHAR"},
    "legs": LEG_ROW_TYPES,
    "involvements": INVOLVEMENT_ROW_TYPES,
    "unsorted": {"block": "BIGINT", "involvements": "BIGINT"},
    "rejected": REJECTED_ROW_TYPES,
    "again": {"customer": "INTEGER", "source": "INTEGER", "known": "BIGINT", "replaced": "BIGINT"},
    "applied": {"position": "BIGINT"},
    "loads": {"id": "VARCHAR", "number": "BIGINT"},
}


def create(path: Path, before: Callable[[Path], None]) -> None:
    """Create an empty file unless it is there, atomically, in a format that DuckDB 1.5 can read as well.

    `before`: what is done first if it is created. If several processes want to at once, one of them does, and it never
    replaces a file that another has.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(path.parent):
        if not path.exists():
            before(path)
            _create(path)


def complete(cursor: duckdb.DuckDBPyConnection) -> None:
    """Add the tables and the column that files of earlier versions lack."""
    for table in TABLES:
        cursor.execute(table_sql(table))
    cursor.execute("ALTER TABLE legs ADD COLUMN IF NOT EXISTS came_ms BIGINT DEFAULT 0")


def _create(path: Path) -> None:
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    with duckdb.connect(":memory:") as maker:
        maker.execute(f"ATTACH '{str(unfinished).replace(chr(39), chr(39) * 2)}' AS made (STORAGE_VERSION 'v1.5.0')")
        for name in TABLES:
            maker.execute(table_sql(name, "made."))
        maker.execute("DETACH made")
    unfinished.rename(path)


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Make everybody else who comes to this folder wait; nobody does on a disk without locks for folders."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def table_sql(name: str, schema: str = "") -> str:
    """The statement that creates a table unless it is there."""
    columns = ", ".join(f"{column} {kind}" for column, kind in TABLES[name].items())
    return f"CREATE TABLE IF NOT EXISTS {schema}{name} ({columns})"
