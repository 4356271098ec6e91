"""Look after the file of calls: check that it is whole and consistent, and make consistent copies of it.

Nothing here changes a call.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import duckdb

from pbxtally.calls import Involvement, Leg
from pbxtally.errors import BusyError, FolderError
from pbxtally.plurals import quantity
from pbxtally.shared_ids import APART_MS
from pbxtally.stores import arrow
from pbxtally.stores.duckdb_again import all_again, note_again
from pbxtally.stores.duckdb_file import DuckFile
from pbxtally.stores.duckdb_legs import legs_where
from pbxtally.stores.duckdb_shield import descriptor_of, sync
from pbxtally.stores.duckdb_tables import INVOLVEMENT_TYPES, LEG_TYPES, TABLES

MANY_CALLS = 20_000
"""About how many calls are checked in one go."""


class Holdings(NamedTuple):
    """How much there is."""

    legs: int
    calls: int
    involvements: int
    rejected: int

    @property
    def legs_of_calls(self) -> str:
        """How many legs of how many calls, in words."""
        return f"{quantity(self.legs, 'leg')} of {quantity(self.calls, 'call')}"

    @property
    def words(self) -> str:
        """The same, plus how many records were rejected."""
        return f"{self.legs_of_calls}, {quantity(self.rejected, 'rejected record')}"


class CallAsKept(NamedTuple):
    """A call's legs, and the involvements kept for it."""

    id: int
    legs: list[Leg]
    involvements: list[Involvement]


class Upkeep:
    """What `verify`, `backup` and `rebuild` need from the file of calls."""

    def __init__(self, file: DuckFile) -> None:
        self._file = file

    def holdings(self) -> Holdings:
        """How much there is."""
        with self._file.cursor() as cursor:
            found = arrow.columns(
                cursor,
                "SELECT count(*), (SELECT count(*) FROM (SELECT DISTINCT customer, source, call_id FROM legs)),"
                " (SELECT count(*) FROM involvements), (SELECT count(*) FROM rejected) FROM legs",
            )
        return Holdings(*(int(column[0]) for column in found))

    def flaws(self) -> list[str]:
        """What is unreadable or inconsistent, one sentence each: every column of every table is read."""
        broken = []
        for table in TABLES:
            try:
                with self._file.cursor() as cursor:
                    _read_all(cursor, table)
            except (duckdb.Error, BusyError) as why:
                broken.append(f"the table {table} cannot be read whole: {str(why).splitlines()[0]}")
        if broken:
            return broken
        with self._file.cursor() as cursor:
            return _contradictions(cursor)

    def places(self) -> list[tuple[str, str]]:
        """Every customer with each source that anything came from, in the order in which they came."""
        return self._file.names.all_places()

    def put_places(self, found: Iterable[tuple[str, str]]) -> None:
        """Let sources have come in an order: the ids of their calls are made with their places in it."""
        with self._file.change() as cursor:
            for customer, source in found:
                self._file.names.source(cursor, customer, source)

    def parts(self) -> int:
        """How many parts the calls are split into to be checked."""
        with self._file.cursor() as cursor:
            legs = int(cursor.execute("SELECT count(*) FROM legs").fetchall()[0][0])
        return legs // MANY_CALLS + 1

    def calls(self, customer: str, source: str, part: int, parts: int) -> list[CallAsKept]:
        """One part of a source's whole calls, by their evenly distributed ids, all from one snapshot."""
        since, until = (-(2**63) + 2**64 * edge // parts for edge in (part, part + 1))
        place = self._file.names.place(customer, source)
        if place is None:
            return []
        where = (
            f"customer = {place.customer} AND source = {place.source} AND call_id >= {since} AND call_id <= {until - 1}"
        )
        with self._file.cursor() as cursor:
            cursor.execute("BEGIN")
            try:
                return _calls(cursor, where)
            finally:
                cursor.execute("ROLLBACK")

    def rows(self) -> int:
        """The number of the row after the last leg."""
        with self._file.cursor() as cursor:
            return int(cursor.execute("SELECT coalesce(max(rowid), -1) + 1 FROM legs").fetchall()[0][0])

    def legs_of_rows(self, since: int, until: int) -> dict[tuple[str, str], dict[int, list[Leg]]]:
        """The legs in some rows, by customer and source and when they came; raises duckdb.Error if they are damaged."""
        with self._file.cursor() as cursor:
            found = arrow.columns(
                cursor,
                f"SELECT c.customer, s.name, l.came_ms, {', '.join(f'l.{name}' for name in LEG_TYPES)} FROM"
                f" (SELECT * FROM legs WHERE rowid >= {since} AND rowid < {until}) AS l"
                " JOIN customers AS c ON c.id = l.customer JOIN sources AS s ON s.id = l.source",
            )
        legs: dict[tuple[str, str], dict[int, list[Leg]]] = {}
        for customer, source, came_ms, *values in zip(*found, strict=True):
            legs.setdefault((customer, source), {}).setdefault(came_ms, []).append(Leg._make(values))
        return legs

    def missing(self, customer: str, source: str, keys: Sequence[str]) -> list[str]:
        """Which of these keys have no leg."""
        place = self._file.names.place(customer, source)
        if place is None:
            return sorted(set(keys))
        with self._file.cursor() as cursor, arrow.table(cursor, "wanted", {"key": "VARCHAR"}, [list(keys)]):
            return arrow.columns(
                cursor,
                "SELECT DISTINCT key FROM wanted WHERE key NOT IN"
                f" (SELECT key FROM legs WHERE customer = {place.customer} AND source = {place.source})",
            )[0]

    def again(self) -> list[tuple[str, str, int, int]]:
        """For every customer and source, how many records were known when they came, and how many replaced another."""
        with self._file.cursor() as cursor:
            return all_again(cursor)

    def put_again(self, found: Iterable[tuple[str, str, int, int]]) -> None:
        """Replace what is kept about what came once more."""
        names = self._file.names
        with self._file.change() as cursor:
            cursor.execute("DELETE FROM again")
            note_again(cursor, [(names.source(cursor, *one[:2]), *one[2:]) for one in found])

    def copy(self, folder: str, databases: list[str]) -> list[str]:
        """Copy the calls, and SQLite databases beside them, as they are at one moment; return the names.

        Nothing is written meanwhile: after a checkpoint the file holds everything, and only the writer changes it.
        """
        path, target = self._file.path, Path(folder)
        with self._file.writing:
            self._file.checkpoint()
            names = [path.name, *(one for one in databases if path.with_name(one).exists())]
            _copy_open(path, target / path.name)
            for name in names[1:]:
                copy_sqlite(path.with_name(name), target / name)
        for name in names:
            sync(target / name)
        return names


def _copy_open(path: Path, copy: Path) -> None:
    """Copy a file that this process has open, by that descriptor: closing another one would release its lock."""
    file, place = descriptor_of(path), 0
    with copy.open("wb") as target:
        while part := os.pread(file, 1 << 20, place):
            target.write(part)
            place += len(part)


def copy_sqlite(path: Path, copy: Path) -> None:
    """Copy an SQLite database as it is at one moment, even while it is written; raises FolderError."""
    try:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
    except sqlite3.Error as why:
        raise FolderError(f"{path.name} cannot be copied: {why}") from why


def _read_all(cursor: duckdb.DuckDBPyConnection, table: str) -> None:
    sums = ", ".join(f"bit_xor(hash({column}))" for column in TABLES[table])
    cursor.execute(f"SELECT {sums} FROM {table}").fetchall()


_CONTRADICTIONS = {
    ("leg is there twice", "legs are there twice"): (
        "SELECT count(*) FROM (SELECT started_ms - lag(started_ms) OVER"
        " (PARTITION BY customer, source, key ORDER BY started_ms) AS apart_ms FROM legs SEMI JOIN"
        " (SELECT customer, source, key FROM legs GROUP BY ALL HAVING count(*) > 1) USING (customer, source, key))"
        f" WHERE apart_ms <= {APART_MS}"
    ),
    ("leg is of a customer or source that has no name", "legs are of a customer or source that has no name"): (
        "SELECT count(*) FROM legs AS l LEFT JOIN sources AS s ON s.id = l.source AND s.customer = l.customer"
        " LEFT JOIN customers AS c ON c.id = l.customer WHERE s.id IS NULL OR c.id IS NULL"
    ),
    ("involvement is of an extension that has no number", "involvements are of an extension that has no number"): (
        "SELECT count(*) FROM involvements AS i LEFT JOIN numbers AS n"
        " ON n.id = i.extension AND n.customer = i.customer WHERE n.id IS NULL"
    ),
    ("involvement is of a call that has no leg", "involvements are of a call that has no leg"): (
        "SELECT count(*) FROM involvements AS i WHERE NOT EXISTS (SELECT 1 FROM legs AS l"
        " WHERE l.customer = i.customer AND l.source = i.source AND l.call_id = i.call_id)"
    ),
}


def _contradictions(cursor: duckdb.DuckDBPyConnection) -> list[str]:
    counts = {sentence: cursor.execute(sql).fetchall()[0][0] for sentence, sql in _CONTRADICTIONS.items()}
    return [quantity(many, *sentence) for sentence, many in counts.items() if many]


def _calls(cursor: duckdb.DuckDBPyConnection, where: str) -> list[CallAsKept]:
    calls: dict[int, CallAsKept] = {}
    for leg, call_id in legs_where(cursor, where):
        calls.setdefault(call_id, CallAsKept(call_id, [], [])).legs.append(leg)
    columns = ", ".join(f"i.{name}" for name in INVOLVEMENT_TYPES if name != "extension")
    found = arrow.columns(
        cursor,
        f"SELECT i.call_id, coalesce(n.number, '?'), {columns} FROM (SELECT * FROM involvements WHERE {where}) AS i"
        " LEFT JOIN numbers AS n ON n.id = i.extension",
    )
    for call_id, *rest in zip(*found, strict=True):
        calls.setdefault(call_id, CallAsKept(call_id, [], [])).involvements.append(Involvement(*rest))
    return list(calls.values())
