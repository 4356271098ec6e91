"""Marks of the rejected records that the file has, in memory: one that has no mark is not there for sure.

To look for some bytes among hundreds of thousands of records takes longer than all else that a delivery needs. A mark
is one of 16 million, by a hash of the bytes, so others may have the same one: then it is looked. Marks stay when
records go, and when a transaction is undone. Only the one writer asks.
"""

from __future__ import annotations

import duckdb

from pbxtally.stores import arrow

MARKS = 1 << 24


class Marks:
    """Those of one file, which are read when they are first asked for: two megabytes, a bit each."""

    def __init__(self) -> None:
        self._bits: bytearray | None = None

    def meets(self, cursor: duckdb.DuckDBPyConnection, given: str) -> bool:
        """Whether a record of a table may be there; from now on all of them may."""
        if self._bits is None:
            self._bits = bytearray(MARKS // 8)
            _set(self._bits, _marks(cursor, "rejected"))
        return _set(self._bits, _marks(cursor, given))


def _marks(cursor: duckdb.DuckDBPyConnection, table: str) -> list[int]:
    found: list[int] = arrow.views(cursor, f"SELECT DISTINCT CAST(hash(raw) % {MARKS} AS BIGINT) FROM {table}")[0]
    return found


def _set(bits: bytearray, marks: list[int]) -> bool:
    """Set bits; whether one of them was set before."""
    was_set = 0
    for mark in marks:
        bit = 1 << (mark & 7)
        was_set |= bits[mark >> 3] & bit
        bits[mark >> 3] |= bit
    return bool(was_set)
