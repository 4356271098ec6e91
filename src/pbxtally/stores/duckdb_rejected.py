"""Rejected records with their reasons, in the file of calls: the same bytes from the same source only once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import duckdb

from pbxtally.errors import BusyError
from pbxtally.records import Rejected, SourceDeliveries, SourceKept, has_end
from pbxtally.stores import arrow
from pbxtally.stores.duckdb_again import note_again
from pbxtally.stores.duckdb_file import DuckFile
from pbxtally.stores.duckdb_marks import Marks
from pbxtally.stores.duckdb_names import Place
from pbxtally.stores.duckdb_tables import REJECTED_ROW_TYPES

MANY_TRUNCATED = 1_000
"""For how many of a source's cut-off records, the newest, it is checked whether they come whole."""


class KeptRejection(NamedTuple):
    """A rejected record as it was kept."""

    customer: str
    source: str
    file: str
    line: int
    reason: str
    raw: bytes
    at_ms: int


_UNLESS_THERE = (
    " WHERE NOT EXISTS (SELECT 1 FROM rejected AS r"
    " WHERE r.customer = g.customer AND r.source = g.source AND r.raw = g.raw)"
)


def keep_rejected(
    cursor: duckdb.DuckDBPyConnection,
    marks: Marks,
    place: Place,
    file: str,
    rejected: Sequence[Rejected],
    at_ms: int,
) -> None:
    """Keep rejected records; those that are there already count as known."""
    first = {one.raw: one for one in reversed(rejected)}
    if not first:
        return
    rows = [(*place, file, one.line, one.reason, one.raw, at_ms) for one in first.values()]
    with arrow.table(cursor, "given", REJECTED_ROW_TYPES, list(zip(*rows, strict=True))):
        inserted = cursor.execute(
            "INSERT INTO rejected SELECT * FROM given AS g" + (_UNLESS_THERE if marks.meets(cursor, "given") else "")
        ).fetchall()
    if known := len(rejected) - inserted[0][0]:
        note_again(cursor, [(place, known, 0)])


def forget_rejected(cursor: duckdb.DuckDBPyConnection, place: Place, raws: Collection[bytes]) -> set[bytes]:
    """Take records off the list; return which of them were on it."""
    if not raws:
        return set()
    with arrow.table(cursor, "given", {"raw": "BLOB"}, [list(raws)]):
        gone = cursor.execute(
            f"DELETE FROM rejected WHERE customer = {place.customer} AND source = {place.source}"
            " AND raw IN (SELECT raw FROM given) RETURNING raw"
        ).fetchall()
    return {raw for (raw,) in gone}


def know_whole(cursor: duckdb.DuckDBPyConnection, place: Place, whole: Collection[bytes]) -> None:
    """Take records that have come whole off the list of the rejected, and count them as known."""
    if known := forget_rejected(cursor, place, whole):
        note_again(cursor, [(place, len(known), 0)])


_KEPT = (
    "SELECT c.customer, s.name, r.file, r.line, r.reason, r.raw, r.at_ms FROM rejected AS r"
    " JOIN customers AS c ON c.id = r.customer JOIN sources AS s ON s.id = r.source"
)


def rejections(cursor: duckdb.DuckDBPyConnection, customer: int | None, since_ms: int) -> list[KeptRejection]:
    """The records rejected since then, the oldest first; only of one customer if it is named."""
    some = f"WHERE r.at_ms >= {since_ms}" + ("" if customer is None else f" AND r.customer = {customer}")
    found = arrow.columns(cursor, f"{_KEPT} {some} ORDER BY r.at_ms, r.file, r.line")
    return [KeptRejection(*row) for row in zip(*found, strict=True)]


def rejections_of(
    cursor: duckdb.DuckDBPyConnection, customer: int, offset: int, limit: int
) -> tuple[int, list[KeptRejection]]:
    """How many rejected records a customer has, and the asked page of them, newest first."""
    [[total]] = arrow.columns(cursor, f"SELECT count(*) AS many FROM rejected WHERE customer = {customer}")
    some = f"WHERE r.customer = {customer} ORDER BY r.at_ms DESC, r.file, r.line LIMIT {limit} OFFSET {offset}"
    found = arrow.columns(cursor, f"{_KEPT} {some}")
    return total, [KeptRejection(*row) for row in zip(*found, strict=True)]


class TruncatedRecords:
    """The cut-off records of each customer's source, cached until its list of rejected records changes."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[int, list[KeptRejection]]] = {}
        self._changes: Counter[tuple[str, str]] = Counter()

    def changed(self, customer: str, source: str) -> None:
        """Note that the list of this source has changed."""
        self._changes[customer, source] += 1

    def changed_by(self, customer: str, source: str, rejected: Iterable[Rejected]) -> None:
        """Note that these were rejected; whole ones do not change the list."""
        if not all(has_end(one.raw) for one in rejected):
            self.changed(customer, source)

    def changed_by_all(self, arrived: Iterable[SourceDeliveries]) -> None:
        """Note that all of this was kept."""
        for one in arrived:
            for each in one.deliveries:
                self.changed_by(one.customer, one.source, each.rejected)
                if each.whole or each.gone.raws:
                    self.changed(one.customer, one.source)

    def known(self, customer: str, source: str) -> list[KeptRejection] | None:
        """The cached list of a source; None if it has to be looked up."""
        changes, found = self._known.get((customer, source), (-1, None))
        return found if changes == self._changes[customer, source] else None

    def look(self, file: DuckFile, customer: str, source: str) -> list[KeptRejection]:
        """The same, looked up; empty if that fails now: records are then taken in without it."""
        changes = self._changes[customer, source]  # read first: after a change in the meantime it is looked up again
        place = file.names.place(customer, source)
        found: list[KeptRejection] = []
        if place is not None:
            here = f"WHERE r.customer = {place.customer} AND r.source = {place.source}"
            no_line = f"{here} AND r.raw[-1:] <> '\\x0A'::BLOB ORDER BY r.at_ms DESC LIMIT {MANY_TRUNCATED}"
            try:
                with file.cursor() as cursor:
                    rows = zip(*arrow.columns(cursor, f"{_KEPT} {no_line}"), strict=True)
            except (duckdb.Error, BusyError):
                return []
            found = [one for one in map(KeptRejection._make, rows) if not has_end(one.raw)]
        self._known[customer, source] = changes, found
        return found


def sources_kept(cursor: duckdb.DuckDBPyConnection, customers: Iterable[int]) -> list[SourceKept]:
    """What became of the records of each source of some customers, by name."""
    among = f"customer IN ({', '.join(map(str, (0, *customers)))})"
    legs = f"SELECT source, count(*) AS many, max(started_ms) AS newest_ms FROM legs WHERE {among} GROUP BY source"
    again = f"SELECT source, sum(known) AS known, sum(replaced) AS replaced FROM again WHERE {among} GROUP BY source"
    rejected = f"SELECT source, count(*) AS many FROM rejected WHERE {among} GROUP BY source"
    found = arrow.columns(
        cursor,
        "SELECT s.name, CAST(coalesce(sum(l.many), 0) AS BIGINT), CAST(coalesce(sum(a.known), 0) AS BIGINT),"
        " CAST(coalesce(sum(a.replaced), 0) AS BIGINT), CAST(coalesce(sum(r.many), 0) AS BIGINT), max(l.newest_ms)"
        f" FROM sources AS s LEFT JOIN ({legs}) AS l ON l.source = s.id LEFT JOIN ({again}) AS a ON a.source = s.id"
        f" LEFT JOIN ({rejected}) AS r ON r.source = s.id WHERE s.{among} GROUP BY s.name ORDER BY s.name",
    )
    return [SourceKept(*row) for row in zip(*found, strict=True)]
