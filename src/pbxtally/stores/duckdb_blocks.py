"""Involvements are kept sorted in blocks of a month, so that one customer's month is stored together.

New ones are appended as they come, and counted. A block with many of them is rewritten when little else is waiting.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import duckdb

from pbxtally.intervals import DAY_MS
from pbxtally.stores import arrow

BLOCK_MS = 30 * DAY_MS

UNSORTED_ROWS = 100_000
"""A block with this many rows out of order is worth rewriting."""


def blocks_of(starts: Iterable[int]) -> Counter[int]:
    """How many of the calls that start then are in each block."""
    return Counter(start // BLOCK_MS for start in starts)


def note_unsorted(cursor: duckdb.DuckDBPyConnection, added: Counter[int]) -> None:
    """Note how many involvements were added to each block, out of order, and count anew."""
    if added:
        cursor.execute(f"INSERT INTO unsorted VALUES {', '.join(map(str, added.items()))}")
        added.clear()


def blocks_to_sort(cursor: duckdb.DuckDBPyConnection) -> list[int]:
    """The blocks that are worth rewriting."""
    sql = f"SELECT block FROM unsorted GROUP BY block HAVING sum(involvements) >= {UNSORTED_ROWS}"
    return list(arrow.columns(cursor, sql)[0])


def sort_block(cursor: duckdb.DuckDBPyConnection, block: int) -> None:
    """Rewrite a block in order."""
    inside = f"started_ms >= {block * BLOCK_MS} AND started_ms < {(block + 1) * BLOCK_MS}"
    cursor.execute(
        "CREATE TEMP TABLE sorted AS SELECT * FROM involvements"
        f" WHERE {inside} ORDER BY customer, extension, started_ms"
    )
    cursor.execute(f"DELETE FROM involvements WHERE {inside}")
    cursor.execute("INSERT INTO involvements SELECT * FROM sorted")
    cursor.execute("DROP TABLE sorted")
    cursor.execute(f"DELETE FROM unsorted WHERE block = {block}")
