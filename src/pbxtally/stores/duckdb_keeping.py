"""What one transaction adds to the file of calls: legs, and the involvements of the calls that they touch.

Everything is looked up and derived first, place by place; what is new is written at the end, with one statement per
table, because a statement costs as much for a thousand rows as for one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import duckdb

from pbxtally.calls import Involvement, Leg, Numbering, involvements
from pbxtally.intervals import LAST_MS
from pbxtally.records import KeptCounts
from pbxtally.shared_ids import APART_MS, are_by_mistake, parts_of_id
from pbxtally.stores import arrow
from pbxtally.stores.duckdb_again import Again, note_again
from pbxtally.stores.duckdb_blocks import blocks_of, note_unsorted
from pbxtally.stores.duckdb_file import DuckFile
from pbxtally.stores.duckdb_legs import Batch, Found, Met, batch_of, count_outcomes, legs_where, look_up
from pbxtally.stores.duckdb_names import Place, span_around
from pbxtally.stores.duckdb_tables import INVOLVEMENT_ROW_TYPES, LEG_ROW_TYPES

MANY_CALLS = 100_000
"""How many calls are derived at a time when a directory changes."""

FEW_LEGS = 10_000
"""Up to so many legs, as some senders deliver at once, it is worth remembering that they are there."""

FEW_PARTS = 50
"""The involvements of up to so many parts of calls are deleted by a condition rather than by a table."""

FEW_ROWS = 500
"""Up to so many rows are written in half the time one by one; of thousands, columns take half the time of rows."""


class Keeping:
    """Legs on their way into the file; `write` completes it, in the same transaction."""

    def __init__(self, file: DuckFile, cursor: duckdb.DuckDBPyConnection) -> None:
        self._file = file
        self._cursor = cursor
        self._legs: list[Leg] = []
        self._of_legs: tuple[list[int], list[int], list[int]] = ([], [], [])
        self._came_ms: list[int] = []
        self._rows: list[Involvement] = []
        self._of_rows: tuple[list[int], list[int], list[int]] = ([], [], [])
        self._extensions: list[int] = []
        self._again: list[Again] = []

    def keep(
        self, customer: str, source: str, parts: Sequence[Sequence[Leg]], came_ms: Sequence[int], numbering: Numbering
    ) -> list[KeptCounts]:
        """Keep deliveries of one place, each with when it came, and return what became of each.

        To be called once per place and transaction.
        """
        batch = batch_of(parts, came_ms)
        if not batch.delivered:
            return [KeptCounts(0, 0, 0) for _ in parts]
        place = self._file.names.source(self._cursor, customer, source)
        call_ids = place.call_ids(batch.latest.values())
        found = self._look_up(place, batch, call_ids)
        changed = [leg for number, leg in batch.latest.items() if number not in found.known]
        if changed:
            self._came_ms += [at_ms for number, at_ms in batch.came_ms.items() if number not in found.known]
            self._take_over(place, changed, found, call_ids, numbering)
        said = count_outcomes(parts, batch, found)
        known, replaced = sum(one.known for one in said), sum(one.replaced for one in said)
        if known or replaced:
            self._again.append((place, known, replaced))
        return said

    def _look_up(self, place: Place, batch: Batch, call_ids: Mapping[str, int]) -> Found:
        recent = self._file.recent
        if len(batch.latest) > FEW_LEGS:
            recent.forget(place)
            span = span_around(batch.latest.values())
            met = Met(batch.keys, {*call_ids.values()}, *span, *span)
        else:
            met = recent.met(self._cursor, place, batch, call_ids)
        return look_up(self._cursor, place, met, batch)

    def _take_over(
        self,
        place: Place,
        changed: list[Leg],
        found: Found,
        call_ids: Mapping[str, int],
        numbering: Numbering,
    ) -> None:
        """Replace older versions of changed legs, and derive the calls that they touch."""
        calls: dict[int, list[Leg]] = {call_id: [] for call_id in found.gone.values()}
        of_legs = [call_ids[leg.call] for leg in changed]
        for leg, call_id in zip(changed, of_legs, strict=True):
            calls.setdefault(call_id, []).append(leg)
        if stale := _stale(calls, found):
            self._forget(place, stale, found)
        for part in stale:
            calls[part.call_id] += [leg for leg in part.legs if (leg.key, leg.started_ms) not in found.gone]
        self._legs += changed
        _extend(self._of_legs, place, of_legs)
        self._file.recent.add(place, changed, call_ids)
        self.derive(place, calls, numbering)

    def _forget(self, place: Place, stale: Sequence[_Stale], found: Found) -> None:
        """Delete the involvements of parts of calls, and the legs that are gone."""
        around = place.between(min(part.since_ms for part in stale), max(part.until_ms for part in stale))
        if len(stale) <= FEW_PARTS:
            inside = " OR ".join(f"({part.condition})" for part in stale)
            self._cursor.execute(f"DELETE FROM involvements WHERE {around} AND ({inside})")
        else:
            self._forget_many(around, stale)
        if found.gone:
            types = {"key": "VARCHAR", "started_ms": "BIGINT"}
            with arrow.table(self._cursor, "gone", types, [*zip(*found.gone, strict=True)]):
                self._cursor.execute(f"DELETE FROM legs WHERE {around} AND (key, started_ms) IN (FROM gone)")

    def _forget_many(self, around: str, stale: Sequence[_Stale]) -> None:
        call_ids, _, firsts, lasts = zip(*stale, strict=True)
        types = {"of_call": "BIGINT", "first_ms": "BIGINT", "last_ms": "BIGINT"}
        with arrow.table(self._cursor, "stale", types, [call_ids, firsts, lasts]):
            self._cursor.execute(
                f"DELETE FROM involvements USING stale WHERE {around}"
                " AND call_id = of_call AND started_ms >= first_ms AND started_ms <= last_ms"
            )

    def forget(self, around: str, calls: Collection[int]) -> None:
        """Delete the involvements of calls."""
        if calls:
            with arrow.among(self._cursor, "call_id", calls) as theirs:
                self._cursor.execute(f"DELETE FROM involvements WHERE {around} AND {theirs}")

    def derive(self, place: Place, calls: Mapping[int, list[Leg]], numbering: Numbering) -> None:
        """Derive the involvements of calls."""
        rows: list[Involvement] = []
        call_ids: list[int] = []
        for call_id, legs in calls.items():
            found = involvements(legs, numbering)
            rows += found
            call_ids += [call_id] * len(found)
        self._rows += rows
        _extend(self._of_rows, place, call_ids)
        numbers = [one.extension for one in rows]
        self._extensions += self._file.names.numbers_for(self._cursor, place.customer, numbers)

    def write(self) -> None:
        """Write what is new, and count what was not."""
        note_again(self._cursor, self._again)
        if self._legs:
            self._insert("legs", LEG_ROW_TYPES, [*self._of_legs, *zip(*self._legs, strict=True), self._came_ms])
        if not self._rows:
            return
        _, *columns = zip(*self._rows, strict=True)
        self._insert("involvements", INVOLVEMENT_ROW_TYPES, [*self._of_rows, self._extensions, *columns])
        starts = columns[2]
        self._file.widen(min(starts), max(starts))
        self._file.unsorted += blocks_of(starts)
        if len(starts) > FEW_ROWS:
            note_unsorted(self._cursor, self._file.unsorted)

    def _insert(self, table: str, types: dict[str, str], columns: Sequence[Sequence[object]]) -> None:
        if len(columns[0]) <= FEW_ROWS:
            self._file.append(table, zip(*columns, strict=True))
            return
        with arrow.table(self._cursor, "new_rows", types, columns):
            self._cursor.execute(f"INSERT INTO {table} SELECT * FROM new_rows")


def derive_again(
    file: DuckFile,
    cursor: duckdb.DuckDBPyConnection,
    place: Place,
    numbering: Numbering,
    numbers: Collection[str] | None,
) -> int:
    """Derive a place's calls again: those that carry one of the numbers, or all; return how many."""
    carries = "TRUE"
    if numbers is not None:
        told = ("caller_number", "caller_device", "callee_number", "callee_device", "forwarded_by")
        carries = " OR ".join(f"{column} IN (SELECT number FROM given)" for column in told)
    with arrow.table(cursor, "given", {"number": "VARCHAR"}, [list(numbers or ())]):
        ids = arrow.columns(cursor, f"SELECT DISTINCT call_id FROM legs WHERE {place.anywhere} AND ({carries})")[0]
    _derive_calls(file, cursor, place, numbering, ids)
    return len(ids)


def take_away(
    file: DuckFile, cursor: duckdb.DuckDBPyConnection, place: Place, numbering: Numbering, keys: Collection[str]
) -> None:
    """Delete legs of a place, and derive what is left of their calls."""
    with arrow.table(cursor, "given", {"key": "VARCHAR"}, [list(keys)]):
        theirs = f"{place.anywhere} AND key IN (SELECT key FROM given)"
        ids = arrow.columns(cursor, f"SELECT DISTINCT call_id FROM legs WHERE {theirs}")[0]
        cursor.execute(f"DELETE FROM legs WHERE {theirs}")
    _derive_calls(file, cursor, place, numbering, ids)


def _derive_calls(
    file: DuckFile, cursor: duckdb.DuckDBPyConnection, place: Place, numbering: Numbering, ids: Sequence[int]
) -> None:
    for start in range(0, len(ids), MANY_CALLS):
        part = ids[start : start + MANY_CALLS]
        calls: dict[int, list[Leg]] = {call_id: [] for call_id in part}
        with arrow.table(cursor, "touched", {"call_id": "BIGINT"}, [part]):
            for leg, call_id in legs_where(cursor, f"{place.anywhere} AND call_id IN (SELECT call_id FROM touched)"):
                calls[call_id].append(leg)
        keeping = Keeping(file, cursor)
        keeping.forget(place.anywhere, part)
        keeping.derive(place, calls, numbering)
        keeping.write()


class _Stale(NamedTuple):
    """Legs of an id that are to be derived again, and the time in which calls of theirs start: no others do.

    A call may start before its first event or step; half the time between two calls with one id belongs to each. Legs
    that are no call start when they do, and there may be more of them, which were not read.
    """

    call_id: int
    legs: list[Leg]
    since_ms: int
    until_ms: int

    @property
    def condition(self) -> str:
        """The condition for its involvements."""
        return f"call_id = {self.call_id} AND started_ms >= {self.since_ms} AND started_ms <= {self.until_ms}"


def _stale(calls: Mapping[int, list[Leg]], found: Found) -> list[_Stale]:
    """Of the calls found, the parts that new legs are close to, or that lose a leg."""
    starts = {call_id: [leg.started_ms for leg in legs] for call_id, legs in calls.items() if call_id in found.calls}
    for (_, started_ms), call_id in found.gone.items():
        starts[call_id].append(started_ms)
    stale = []
    for call_id, times in starts.items():
        times.sort()
        parts = parts_of_id(found.calls[call_id])
        middles = [(before[-1].started_ms + part[0].started_ms) // 2 for before, part in pairwise(parts)]
        for part, since_ms, until_ms in zip(parts, [0, *middles], [*middles, LAST_MS], strict=True):
            first_ms, last_ms = part[0].started_ms, part[-1].started_ms
            after = bisect_left(times, first_ms - APART_MS)
            if after < len(times) and times[after] <= last_ms + APART_MS:
                if not are_by_mistake(part):
                    first_ms, last_ms = max(first_ms - APART_MS, since_ms + 1), min(last_ms + APART_MS, until_ms)
                stale.append(_Stale(call_id, part, first_ms, last_ms))
    return stale


def _extend(columns: tuple[list[int], list[int], list[int]], place: Place, call_ids: list[int]) -> None:
    customers, sources, calls = columns
    customers += [place.customer] * len(call_ids)
    sources += [place.source] * len(call_ids)
    calls += call_ids
