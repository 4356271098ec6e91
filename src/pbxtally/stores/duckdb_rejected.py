"""Records that could not be used, with the reason, in the file of calls: the same bytes of the same source once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import duckdb

from pbxtally.records import Rejected, SourceKept
from pbxtally.stores import arrow
from pbxtally.stores.duckdb_names import Place
from pbxtally.stores.duckdb_tables import REJECTED_ROW_TYPES


class KeptRejection(NamedTuple):
    """A rejected record as it was kept."""

    customer: str
    source: str
    file: str
    line: int
    reason: str
    raw: bytes
    at_ms: int


def keep_rejected(
    cursor: duckdb.DuckDBPyConnection, place: Place, file: str, rejected: Sequence[Rejected], at_ms: int
) -> None:
    """Keep what could not be used, unless it is there."""
    first = {one.raw: one for one in reversed(rejected)}
    if not first:
        return
    rows = [(*place, file, one.line, one.reason, one.raw, at_ms) for one in first.values()]
    with arrow.table(cursor, "given", REJECTED_ROW_TYPES, list(zip(*rows, strict=True))):
        cursor.execute(
            "INSERT INTO rejected SELECT * FROM given AS g WHERE NOT EXISTS (SELECT 1 FROM rejected AS r"
            " WHERE r.customer = g.customer AND r.source = g.source AND r.raw = g.raw)"
        )


_KEPT = (
    "SELECT c.customer, s.name, r.file, r.line, r.reason, r.raw, r.at_ms FROM rejected AS r"
    " JOIN customers AS c ON c.id = r.customer JOIN sources AS s ON s.id = r.source"
)


def rejections(cursor: duckdb.DuckDBPyConnection) -> list[KeptRejection]:
    """The records that were rejected, the oldest first."""
    found = arrow.columns(cursor, f"{_KEPT} ORDER BY r.at_ms, r.file, r.line")
    return [KeptRejection(*row) for row in zip(*found, strict=True)]


def rejections_of(
    cursor: duckdb.DuckDBPyConnection, customer: int, offset: int, limit: int
) -> tuple[int, list[KeptRejection]]:
    """How many records of a customer were rejected, and some of them, the newest first."""
    [[total]] = arrow.columns(cursor, f"SELECT count(*) AS many FROM rejected WHERE customer = {customer}")
    some = f"WHERE r.customer = {customer} ORDER BY r.at_ms DESC, r.file, r.line LIMIT {limit} OFFSET {offset}"
    found = arrow.columns(cursor, f"{_KEPT} {some}")
    return total, [KeptRejection(*row) for row in zip(*found, strict=True)]


def sources_kept(cursor: duckdb.DuckDBPyConnection, customer: int) -> list[SourceKept]:
    """What is kept of each of a customer's sources, by name."""
    found = arrow.columns(
        cursor,
        "SELECT s.name, coalesce(l.many, 0) AS records, l.newest_ms, coalesce(r.many, 0) AS rejected FROM sources AS s"
        f" LEFT JOIN (SELECT source, count(*) AS many, max(started_ms) AS newest_ms FROM legs"
        f" WHERE customer = {customer} GROUP BY source) AS l ON l.source = s.id"
        f" LEFT JOIN (SELECT source, count(*) AS many FROM rejected WHERE customer = {customer} GROUP BY source) AS r"
        f" ON r.source = s.id WHERE s.customer = {customer} ORDER BY s.name",
    )
    return [SourceKept(*row) for row in zip(*found, strict=True)]
