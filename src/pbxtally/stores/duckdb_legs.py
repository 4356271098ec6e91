"""Legs beside those that are kept: what is new, what is known, what takes the place of an older version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import duckdb

from pbxtally.calls import Leg
from pbxtally.records import Kept
from pbxtally.stores import arrow
from pbxtally.stores.duckdb_names import Place
from pbxtally.stores.duckdb_tables import LEG_TYPES


class Found(NamedTuple):
    """What the store has of a batch: keys with the same content, those with another content, and all legs of calls."""

    known: set[str]
    replaced: dict[str, int]
    calls: dict[int, list[Leg]]


def fates(parts: Sequence[Sequence[Leg]], found: Found) -> list[Kept]:
    """What became of each delivery: what a batch says twice is known the second time, or replaces the first."""
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
        said.append(Kept(fresh, known, replaced))
    return said


def leg_columns(place: Place, legs: Sequence[Leg], call_ids: dict[str, int]) -> list[Sequence[Any]]:
    """Legs as the columns of their table."""
    many = len(legs)
    of_calls = [call_ids[leg.call] for leg in legs]
    return [[place.customer] * many, [place.source] * many, of_calls, *zip(*legs, strict=True)]


def legs_where(cursor: duckdb.DuckDBPyConnection, where: str) -> Iterator[tuple[Leg, int]]:
    """Kept legs, each with the id of its call."""
    found = arrow.columns(cursor, f"SELECT call_id, {', '.join(LEG_TYPES)} FROM legs WHERE {where}")
    return zip(map(Leg._make, zip(*found[1:], strict=True)), found[0], strict=True)


def look_up(
    cursor: duckdb.DuckDBPyConnection, around: str, latest: Mapping[str, Leg], call_ids: Mapping[str, int]
) -> Found:
    """Look for the legs of a batch, and for others of their calls, among those that are kept around them.

    Most calls are new. So only keys and calls are looked for at first, which is two narrow columns; whole legs are read
    of the calls that are there.
    """
    near = {"key": "VARCHAR", "call_id": "BIGINT"}
    with arrow.table(cursor, "near", near, [list(latest), [call_ids[leg.call] for leg in latest.values()]]):
        met = arrow.columns(
            cursor,
            f"SELECT DISTINCT call_id FROM legs WHERE {around} AND key IN (SELECT key FROM near)"
            f" UNION SELECT DISTINCT call_id FROM legs WHERE {around} AND call_id IN (SELECT call_id FROM near)",
        )[0]
    calls: dict[int, list[Leg]] = {call_id: [] for call_id in met}
    known: set[str] = set()
    replaced: dict[str, int] = {}
    if met:
        with arrow.table(cursor, "met", {"call_id": "BIGINT"}, [met]):
            for leg, call_id in legs_where(cursor, f"{around} AND call_id IN (SELECT call_id FROM met)"):
                calls[call_id].append(leg)
                now = latest.get(leg.key)
                if now == leg:
                    known.add(leg.key)
                elif now is not None:
                    replaced[leg.key] = call_id
    return Found(known, replaced, calls)
