"""Compare legs with those that are kept: which are new, which are known, which replace an older version."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import duckdb

from pbxtally.calls import Leg
from pbxtally.records import KeptCounts
from pbxtally.shared_ids import APART_MS, LONGEST_MS, are_by_mistake, parts_of_id
from pbxtally.stores import arrow
from pbxtally.stores.duckdb_names import Place
from pbxtally.stores.duckdb_tables import LEG_TYPES


class Batch(NamedTuple):
    """Legs that came together, in the order they came; two with one key are versions of one leg (`APART_MS`)."""

    delivered: Sequence[Leg]
    leg_of: Sequence[int]
    """For each of them, the number of the leg that it is a version of."""
    latest: dict[int, Leg]
    """By its number, the version of each leg that came last."""
    came_ms: dict[int, int]
    """By its number, when that was."""

    @property
    def keys(self) -> list[str]:
        """The keys of the legs; one that came again much later is there more than once."""
        return [leg.key for leg in self.latest.values()]


def batch_of(parts: Sequence[Sequence[Leg]], came_ms: Sequence[int]) -> Batch:
    """The legs of some deliveries, with when each of these came."""
    delivered = [leg for part in parts for leg in part]
    leg_of: Sequence[int] = range(len(delivered))
    if len({leg.key for leg in delivered}) < len(delivered):
        leg_of = _told_apart(delivered)
    came = [at_ms for part, at_ms in zip(parts, came_ms, strict=True) for _ in part]
    return Batch(delivered, leg_of, dict(zip(leg_of, delivered, strict=True)), dict(zip(leg_of, came, strict=True)))


def _told_apart(delivered: Sequence[Leg]) -> list[int]:
    leg_of = list(range(len(delivered)))
    in_time = sorted(leg_of, key=lambda at: (delivered[at].key, delivered[at].started_ms))
    for before, at in pairwise(in_time):
        one, next = delivered[before], delivered[at]
        if one.key == next.key and next.started_ms - one.started_ms <= APART_MS:
            leg_of[at] = leg_of[before]
    return leg_of


class Found(NamedTuple):
    """What the store has of a batch's legs, given by their numbers: with the same content, and with other content.

    `gone`: key, start and call of those kept until now with other content. `calls`: legs of the batch's calls, and of
    theirs; whole (`parts_of_id`) are those that the batch or what is gone is a part of.
    """

    known: set[int]
    replaced: set[int]
    gone: dict[tuple[str, int], int]
    calls: dict[int, list[Leg]]


def count_outcomes(parts: Sequence[Sequence[Leg]], batch: Batch, found: Found) -> list[KeptCounts]:
    """What became of each delivery: a leg that comes twice in a batch is known, or replaces the one before."""
    if not found.known and not found.replaced and len(batch.latest) == len(batch.delivered):
        return [KeptCounts(len(part), 0, 0) for part in parts]
    seen: dict[int, Leg] = {}
    said = []
    numbers = iter(batch.leg_of)
    for part in parts:
        fresh = known = replaced = 0
        for leg, number in zip(part, numbers, strict=False):
            before = seen.get(number)
            is_known = number in found.known if before is None else before == leg
            is_other = number in found.replaced if before is None else before != leg
            known, replaced, fresh = known + is_known, replaced + is_other, fresh + (not is_known and not is_other)
            seen[number] = leg
        said.append(KeptCounts(fresh, known, replaced))
    return said


def legs_where(cursor: duckdb.DuckDBPyConnection, where: str, *, few: bool = False) -> Iterator[tuple[Leg, int]]:
    """The kept legs that fulfil a condition, each with its call's id; `few` come sooner as rows than in columns."""
    sql = f"SELECT call_id, {', '.join(LEG_TYPES)} FROM legs WHERE {where}"
    if few:
        return ((Leg._make(leg), call_id) for call_id, *leg in cursor.execute(sql).fetchall())
    found = arrow.columns(cursor, sql)
    return zip(map(Leg._make, zip(*found[1:], strict=True)), found[0], strict=True)


def has_legs(cursor: duckdb.DuckDBPyConnection, place: Place) -> bool:
    """Whether any leg is kept there."""
    return bool(cursor.execute(f"SELECT 1 FROM legs WHERE {place.anywhere} LIMIT 1").fetchall())


class Met(NamedTuple):
    """What may be in the file of a batch: these keys and these calls, with legs that started in this time.

    `whole_since_ms`, `whole_until_ms`: these calls have no other legs in this longer time.
    """

    keys: Collection[str]
    call_ids: Collection[int]
    since_ms: int
    until_ms: int
    whole_since_ms: int
    whole_until_ms: int


def look_up(cursor: duckdb.DuckDBPyConnection, place: Place, met: Met, batch: Batch) -> Found:
    """Look for legs of a batch, and for others of their calls, among those that are kept.

    At first only keys and calls are looked for, in two narrow columns; whole legs are then read only for the calls that
    are there, and only from their time.
    """
    if met.keys:
        met = _met_now(cursor, place, met)
    found = Found(set(), set(), {}, {})
    if not met.call_ids:
        return found
    of_time = {(leg.key, leg.started_ms // APART_MS): number for number, leg in batch.latest.items()}
    for leg, call_id in _whole_calls(cursor, place, met):
        found.calls.setdefault(call_id, []).append(leg)
        number = _version_of(leg, batch, of_time)
        if number is None:
            continue
        if batch.latest[number] == leg:
            found.known.add(number)
        else:
            found.replaced.add(number)
            found.gone[leg.key, leg.started_ms] = call_id
    return found


def _version_of(kept: Leg, batch: Batch, of_time: Mapping[tuple[str, int], int]) -> int | None:
    """The number of the batch's leg that a kept leg is a version of."""
    time = kept.started_ms // APART_MS
    for one in (time, time - 1, time + 1):
        number = of_time.get((kept.key, one))
        if number is not None and abs(batch.latest[number].started_ms - kept.started_ms) <= APART_MS:
            return number
    return None


REACH_MS = LONGEST_MS + 3 * APART_MS
"""How far beyond that time legs of a call may be: one that goes on for longer is none."""


def _whole_calls(cursor: duckdb.DuckDBPyConnection, place: Place, met: Met) -> list[tuple[Leg, int]]:
    """The legs met, with the rest of their calls."""
    found = _legs_between(cursor, place, met.call_ids, met.since_ms, met.until_ms)
    if further := _that_may_go_on(found, met):
        found += _legs_between(cursor, place, further, met.whole_since_ms - REACH_MS, met.whole_since_ms - 1)
        found += _legs_between(cursor, place, further, met.whole_until_ms + 1, met.whole_until_ms + REACH_MS)
    return found


def _legs_between(
    cursor: duckdb.DuckDBPyConnection, place: Place, call_ids: Collection[int], since_ms: int, until_ms: int
) -> list[tuple[Leg, int]]:
    with arrow.among(cursor, "call_id", call_ids) as theirs:
        where = f"{place.between(since_ms, until_ms)} AND {theirs}"
        return list(legs_where(cursor, where, few=len(call_ids) <= arrow.FEW))


def _that_may_go_on(found: Iterable[tuple[Leg, int]], met: Met) -> list[int]:
    """The calls of which there may be legs before or after the time that was looked at."""
    since_ms, until_ms = met.whole_since_ms + APART_MS, met.whole_until_ms - APART_MS
    close = {call_id for leg, call_id in found if not since_ms <= leg.started_ms <= until_ms}
    legs: dict[int, list[Leg]] = {call_id: [] for call_id in close}
    for leg, call_id in found:
        if call_id in close:
            legs[call_id].append(leg)
    return [
        call_id
        for call_id, its in legs.items()
        for part in parts_of_id(its)
        if not (since_ms <= part[0].started_ms and part[-1].started_ms <= until_ms) and not are_by_mistake(part)
    ]


def _met_now(cursor: duckdb.DuckDBPyConnection, place: Place, met: Met) -> Met:
    """The calls that are there, or have one of the keys there, and when their legs started."""
    around = place.between(met.since_ms, met.until_ms)
    with arrow.table(cursor, "near", {"key": "VARCHAR"}, [[*met.keys]]):
        of_keys = arrow.columns(
            cursor, f"SELECT DISTINCT call_id FROM legs WHERE {around} AND key IN (SELECT key FROM near)"
        )[0]
    with arrow.among(cursor, "call_id", {*met.call_ids, *of_keys}) as theirs:
        call_ids, firsts, lasts = arrow.columns(
            cursor,
            "SELECT call_id, min(started_ms) AS first_ms, max(started_ms) AS last_ms FROM legs"
            f" WHERE {around} AND {theirs} GROUP BY call_id",
        )
    return met._replace(keys=(), call_ids=call_ids, since_ms=min(firsts, default=0), until_ms=max(lasts, default=0))
