"""Compare legs with those that are kept: which are new, which are known, which replace an older version."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

import duckdb

from pbxtally.calls import Leg
from pbxtally.records import KeptCounts
from pbxtally.stores import arrow
from pbxtally.stores.duckdb_names import Place
from pbxtally.stores.duckdb_tables import LEG_TYPES


class Found(NamedTuple):
    """What the store has of a batch: keys with the same content, with other content, and all legs of its calls."""

    known: set[str]
    replaced: dict[str, int]
    calls: dict[int, list[Leg]]


def count_outcomes(parts: Sequence[Sequence[Leg]], keys: int, found: Found) -> list[KeptCounts]:
    """What became of each delivery: a leg that comes twice in a batch is known the second time, or replaces the first.

    `keys`: how many different legs there are.
    """
    if not found.known and not found.replaced and sum(map(len, parts)) == keys:
        return [KeptCounts(len(part), 0, 0) for part in parts]
    seen: dict[str, Leg] = {}
    said = []
    for part in parts:
        fresh = known = replaced = 0
        for leg in part:
            before = seen.get(leg.key)
            is_known = leg.key in found.known if before is None else before == leg
            is_other = leg.key in found.replaced if before is None else before != leg
            known, replaced, fresh = known + is_known, replaced + is_other, fresh + (not is_known and not is_other)
            seen[leg.key] = leg
        said.append(KeptCounts(fresh, known, replaced))
    return said


def legs_where(cursor: duckdb.DuckDBPyConnection, where: str) -> Iterator[tuple[Leg, int]]:
    """The kept legs that fulfil a condition, each with the id of its call."""
    found = arrow.columns(cursor, f"SELECT call_id, {', '.join(LEG_TYPES)} FROM legs WHERE {where}")
    return zip(map(Leg._make, zip(*found[1:], strict=True)), found[0], strict=True)


def has_legs(cursor: duckdb.DuckDBPyConnection, place: Place) -> bool:
    """Whether any leg is kept there."""
    return bool(cursor.execute(f"SELECT 1 FROM legs WHERE {place.anywhere} LIMIT 1").fetchall())


class Met(NamedTuple):
    """What may be in the file of a batch: these keys and these calls, with legs that started in this time."""

    keys: Collection[str]
    call_ids: Collection[int]
    since_ms: int
    until_ms: int


def look_up(cursor: duckdb.DuckDBPyConnection, place: Place, met: Met, latest: Mapping[str, Leg]) -> Found:
    """Look for legs of a batch (the `latest` of each key), and for others of their calls, among those that are kept.

    At first only keys and calls are looked for, in two narrow columns; whole legs are then read only for the calls that
    are there, and only from their time.
    """
    if met.keys:
        met = _met_now(cursor, place, met)
    calls: dict[int, list[Leg]] = {}
    known: set[str] = set()
    replaced: dict[str, int] = {}
    if met.call_ids:
        with arrow.among(cursor, "call_id", met.call_ids) as theirs:
            for leg, call_id in legs_where(cursor, f"{place.between(met.since_ms, met.until_ms)} AND {theirs}"):
                calls.setdefault(call_id, []).append(leg)
                now = latest.get(leg.key)
                if now == leg:
                    known.add(leg.key)
                elif now is not None:
                    replaced[leg.key] = call_id
    return Found(known, replaced, calls)


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
    return Met((), call_ids, min(firsts, default=0), max(lasts, default=0))
