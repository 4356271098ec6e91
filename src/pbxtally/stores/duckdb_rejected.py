"""Records that could not be used, with the reason, in the file of calls: the same bytes of the same source once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import duckdb

from pbxtally.errors import BusyError
from pbxtally.records import Arrived, Rejected, SourceKept, has_end
from pbxtally.stores import arrow
from pbxtally.stores.duckdb_again import note_again
from pbxtally.stores.duckdb_file import DuckFile
from pbxtally.stores.duckdb_marks import Marks
from pbxtally.stores.duckdb_names import Place
from pbxtally.stores.duckdb_tables import REJECTED_ROW_TYPES

MANY_CUT_OFF = 1_000
"""Of so many of a source, the newest, it is looked for whether they come whole."""


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
    """Keep what could not be used, unless it is there: then it is known."""
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
    """Take records off the list; which of them were on it."""
    if not raws:
        return set()
    with arrow.table(cursor, "given", {"raw": "BLOB"}, [list(raws)]):
        gone = cursor.execute(
            f"DELETE FROM rejected WHERE customer = {place.customer} AND source = {place.source}"
            " AND raw IN (SELECT raw FROM given) RETURNING raw"
        ).fetchall()
    return {raw for (raw,) in gone}


def know_whole(cursor: duckdb.DuckDBPyConnection, place: Place, whole: Collection[bytes]) -> None:
    """These have come whole: what was rejected of them is known."""
    if known := forget_rejected(cursor, place, whole):
        note_again(cursor, [(place, len(known), 0)])


_KEPT = (
    "SELECT c.customer, s.name, r.file, r.line, r.reason, r.raw, r.at_ms FROM rejected AS r"
    " JOIN customers AS c ON c.id = r.customer JOIN sources AS s ON s.id = r.source"
)


def rejections(cursor: duckdb.DuckDBPyConnection, customer: int | None, since_ms: int) -> list[KeptRejection]:
    """The records that were rejected since then, the oldest first; of one customer only if it is named."""
    some = f"WHERE r.at_ms >= {since_ms}" + ("" if customer is None else f" AND r.customer = {customer}")
    found = arrow.columns(cursor, f"{_KEPT} {some} ORDER BY r.at_ms, r.file, r.line")
    return [KeptRejection(*row) for row in zip(*found, strict=True)]


def rejections_of(
    cursor: duckdb.DuckDBPyConnection, customer: int, offset: int, limit: int
) -> tuple[int, list[KeptRejection]]:
    """How many records of a customer were rejected, and some of them, the newest first."""
    [[total]] = arrow.columns(cursor, f"SELECT count(*) AS many FROM rejected WHERE customer = {customer}")
    some = f"WHERE r.customer = {customer} ORDER BY r.at_ms DESC, r.file, r.line LIMIT {limit} OFFSET {offset}"
    found = arrow.columns(cursor, f"{_KEPT} {some}")
    return total, [KeptRejection(*row) for row in zip(*found, strict=True)]


class CutOffs:
    """The records of each customer's source that came cut off, remembered until its list changes."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[int, list[KeptRejection]]] = {}
        self._changes: Counter[tuple[str, str]] = Counter()

    def changed(self, customer: str, source: str) -> None:
        """The list of this source is another one now."""
        self._changes[customer, source] += 1

    def changed_by(self, customer: str, source: str, rejected: Iterable[Rejected]) -> None:
        """These were rejected; those that are whole are none of the list."""
        if not all(has_end(one.raw) for one in rejected):
            self.changed(customer, source)

    def changed_by_all(self, arrived: Iterable[Arrived]) -> None:
        """These were kept."""
        for one in arrived:
            for each in one.deliveries:
                self.changed_by(one.customer, one.source, each.rejected)
                if each.whole or each.gone.raws:
                    self.changed(one.customer, one.source)

    def known(self, customer: str, source: str) -> list[KeptRejection] | None:
        """Those of a source; None: they have to be looked for."""
        changes, found = self._known.get((customer, source), (-1, None))
        return found if changes == self._changes[customer, source] else None

    def look(self, file: DuckFile, customer: str, source: str) -> list[KeptRejection]:
        """The same, looked for; none where that does not work now: what comes is taken in without."""
        changes = self._changes[customer, source]  # before it is looked: what changes meanwhile is looked for again
        place = file.names.place(customer, source)
        found: list[KeptRejection] = []
        if place is not None:
            here = f"WHERE r.customer = {place.customer} AND r.source = {place.source}"
            no_line = f"{here} AND r.raw[-1:] <> '\\x0A'::BLOB ORDER BY r.at_ms DESC LIMIT {MANY_CUT_OFF}"
            try:
                with file.cursor() as cursor:
                    rows = zip(*arrow.columns(cursor, f"{_KEPT} {no_line}"), strict=True)
            except (duckdb.Error, BusyError):
                return []
            found = [one for one in map(KeptRejection._make, rows) if not has_end(one.raw)]
        self._known[customer, source] = changes, found
        return found


def sources_kept(cursor: duckdb.DuckDBPyConnection, customers: Iterable[int]) -> list[SourceKept]:
    """What became of what came of each source of some customers, by name."""
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
