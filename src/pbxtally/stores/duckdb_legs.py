"""Legs beside those that are kept: what is new, what is known, what takes the place of an older version."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import duckdb

from pbxtally.calls import Leg
from pbxtally.records import Kept
from pbxtally.stores import arrow
from pbxtally.stores.duckdb_names import Place
from pbxtally.stores.duckdb_tables import LEG_TYPES


class Found(NamedTuple):
    """What the store has of a batch: keys with the same content, and from keys with another content to their call."""

    known: set[str]
    replaced: dict[str, int]


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


def compare(cursor: duckdb.DuckDBPyConnection, around: str) -> Found:
    """Look up the legs of the table `batch` among those that are kept around them."""
    same = " AND ".join(f"b.{name} IS NOT DISTINCT FROM l.{name}" for name in LEG_TYPES)
    keys, call_ids, alike = arrow.columns(
        cursor,
        f"SELECT b.key, l.call_id, {same} AS alike FROM batch AS b"
        f" JOIN (SELECT * FROM legs WHERE {around}) AS l ON l.key = b.key",
    )
    rows = list(zip(keys, call_ids, alike, strict=True))
    return Found(
        {key for key, _, is_same in rows if is_same}, {key: call for key, call, is_same in rows if not is_same}
    )
