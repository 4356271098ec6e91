"""Marks of the file's rejected records, in memory: a record without a mark is certainly not there.

Looking for some bytes among hundreds of thousands of records takes longer than everything else about a delivery. A mark
is one of 16 million bits, chosen by a hash of the bytes, so another record may have set it: then the file is searched.
Marks stay set when records go or a transaction is undone. Only the one writer asks.
"""

from __future__ import annotations

import duckdb

from pbxtally.stores import arrow

MARKS = 1 << 24


class Marks:
    """The marks of one file, read when first asked for: one bit each, two megabytes."""

    def __init__(self) -> None:
        self._bits: bytearray | None = None

    def meets(self, cursor: duckdb.DuckDBPyConnection, given: str) -> bool:
        """Whether a record of the table `given` may be there; sets the marks of them all."""
        if self._bits is None:
            self._bits = bytearray(MARKS // 8)
            _set(self._bits, _marks(cursor, "rejected"))
        return _set(self._bits, _marks(cursor, given))


def _marks(cursor: duckdb.DuckDBPyConnection, table: str) -> list[int]:
    found: list[int] = arrow.views(cursor, f"SELECT DISTINCT CAST(hash(raw) % {MARKS} AS BIGINT) FROM {table}")[0]
    return found


def _set(bits: bytearray, marks: list[int]) -> bool:
    """Set bits; return whether any of them was set before."""
    was_set = 0
    for mark in marks:
        bit = 1 << (mark & 7)
        was_set |= bits[mark >> 3] & bit
        bits[mark >> 3] |= bit
    return bool(was_set)
