"""The recent keys and calls of the file, in memory: what is not in here need not be looked for in the file.

Most of what arrives belongs to a call that ended a moment ago and is not in the file yet. Looking for it costs more
than keeping it. So the keys and calls of each customer's source are remembered from some moment on: all that the file
has, and perhaps some that it has not (from a transaction that was undone). Only the one writer asks and adds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import duckdb

from pbxtally.calls import Leg
from pbxtally.shared_ids import APART_MS
from pbxtally.stores import arrow
from pbxtally.stores.duckdb_legs import Batch, Met
from pbxtally.stores.duckdb_names import Place, span_around

MOST_LEGS = 200_000
"""How many legs are remembered in all, in some 50 MB."""


@dataclass(slots=True)
class _Known:
    """All keys and calls of one place's legs that start at `since_ms` or later, each with its first start.

    Those from before `middle_ms` are dropped first. `is_whole` is False if there are too many.
    """

    since_ms: int
    middle_ms: int
    last_ms: int = 0
    older: dict[int, int] = field(default_factory=dict)
    newer: dict[int, int] = field(default_factory=dict)
    is_whole: bool = True

    def __len__(self) -> int:
        return (len(self.older) + len(self.newer)) // 2

    def add(self, key: str, call_id: int, started_ms: int) -> None:
        """Remember that a leg is there."""
        marks = self.newer if started_ms >= self.middle_ms else self.older
        marks[hash(key)] = started_ms
        marks[call_id] = min(marks.get(call_id, started_ms), started_ms)
        self.last_ms = max(self.last_ms, started_ms)

    def first_ms(self, mark: int) -> int | None:
        """When the first leg with this key's hash, or of this call, started; None if there is none."""
        return self.older.get(mark, self.newer.get(mark))

    def leave_behind(self, since_ms: int) -> None:
        """Drop what started long before this: nobody will ask for it any more."""
        if since_ms >= self.middle_ms:
            self.since_ms, self.middle_ms = self.middle_ms, max(since_ms + 2 * APART_MS, self.last_ms + 1)
            self.older, self.newer = self.newer, {}

    def give_up(self) -> None:
        """Forget everything: there are too many."""
        self.older, self.newer, self.is_whole = {}, {}, False


class Recent:
    """The recent keys and calls of every place."""

    def __init__(self) -> None:
        self._places: dict[Place, _Known] = {}
        self._many = 0

    def met(self, cursor: duckdb.DuckDBPyConnection, place: Place, batch: Batch, call_ids: Mapping[str, int]) -> Met:
        """Which of these legs and their calls may be in the file; the others certainly are not."""
        since_ms, until_ms = span_around(batch.latest.values())
        known = self._places.pop(place, None)
        if known is None:
            known = _read(cursor, place, since_ms)
            self._many += len(known)
        self._places[place] = known  # the one asked for most recently comes last
        if not known.is_whole or since_ms < known.since_ms:
            return Met(batch.keys, {*call_ids.values()}, since_ms, until_ms, since_ms, until_ms)
        known.leave_behind(since_ms)
        keys = [key for key in batch.keys if known.first_ms(hash(key)) is not None]
        firsts = {one: first for one in call_ids.values() if (first := known.first_ms(one)) is not None}
        whole_since_ms, whole_until_ms = since_ms, until_ms
        if not keys and firsts:
            first_ms = min(firsts.values())
            if first_ms >= since_ms:
                since_ms, whole_since_ms = first_ms, known.since_ms
            until_ms = min(until_ms, known.last_ms)
        return Met(keys, firsts.keys(), since_ms, until_ms, whole_since_ms, whole_until_ms)

    def add(self, place: Place, legs: Iterable[Leg], call_ids: Mapping[str, int]) -> None:
        """Remember legs that are being kept."""
        known = self._places.get(place)
        if known is None or not known.is_whole:
            return
        before = len(known)
        for leg in legs:
            known.add(leg.key, call_ids[leg.call], leg.started_ms)
        self._many += len(known) - before
        if self._many > MOST_LEGS:
            self._make_room()

    def forget(self, place: Place) -> None:
        """Forget a place: more is being kept there than is worth remembering."""
        self._places.pop(place, None)

    def _make_room(self) -> None:
        while len(self._places) > 1 and sum(map(len, self._places.values())) > MOST_LEGS // 2:
            self._places.pop(next(iter(self._places)))
        self._many = sum(map(len, self._places.values()))
        if self._many > MOST_LEGS:
            for known in self._places.values():
                known.give_up()


def _read(cursor: duckdb.DuckDBPyConnection, place: Place, since_ms: int) -> _Known:
    known = _Known(since_ms, since_ms + 2 * APART_MS)
    keys, calls, starts = arrow.columns(
        cursor,
        f"SELECT key, call_id, started_ms FROM legs WHERE customer = {place.customer} AND source = {place.source}"
        f" AND started_ms >= {since_ms} LIMIT {MOST_LEGS + 1}",
    )
    if len(keys) > MOST_LEGS:
        known.give_up()
        return known
    for key, call_id, started_ms in zip(keys, calls, starts, strict=True):
        known.add(key, call_id, started_ms)
    return known
