"""Of records that are read again, the legs that need not be kept any more: something that came since settled them.

The version of a leg that came last counts. So a leg is settled if a version of it came later; or, of a record that was
nobody's, if a customer has it meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from pbxtally.calls import Leg
from pbxtally.records import ReadAgain
from pbxtally.shared_ids import APART_MS
from pbxtally.stores import arrow
from pbxtally.stores.duckdb_names import span_around
from pbxtally.stores.duckdb_tables import LEG_TYPES

_Kept = tuple[str, int, Leg]
"""A customer's leg, with when it came before it."""


def without_settled(
    cursor: duckdb.DuckDBPyConnection, place: str, source: str, found: Sequence[ReadAgain]
) -> tuple[list[ReadAgain], int]:
    """Records of a place without their settled legs, and how many these were."""
    kept = _kept_like(cursor, source, [leg for one in found for legs in one.legs.values() for leg in legs])
    left = [
        one._replace(
            legs={
                customer: [leg for leg in legs if not _is_settled(kept.get(leg.key, ()), place, customer, leg, one)]
                for customer, legs in one.legs.items()
            }
        )
        for one in found
    ]
    return left, _many_legs(found) - _many_legs(left)


def _is_settled(kept: Sequence[_Kept], place: str, customer: str, leg: Leg, record: ReadAgain) -> bool:
    return any(
        came_ms >= record.at_ms and abs(other.started_ms - leg.started_ms) <= APART_MS
        if whose == customer
        else customer != place and other == leg
        for whose, came_ms, other in kept
    )


def _kept_like(cursor: duckdb.DuckDBPyConnection, source: str, legs: Sequence[Leg]) -> dict[str, list[_Kept]]:
    """By their keys, all customers' legs of a source that may be versions of these."""
    kept: dict[str, list[_Kept]] = {}
    if not legs:
        return kept
    since_ms, until_ms = span_around(legs)
    types = {"source": "VARCHAR", "key": "VARCHAR"}
    with arrow.table(cursor, "given", types, [[source] * len(legs), [leg.key for leg in legs]]):
        rows = arrow.columns(
            cursor,
            f"SELECT c.customer, l.came_ms, {', '.join(f'l.{name}' for name in LEG_TYPES)} FROM legs AS l"
            " JOIN customers AS c ON c.id = l.customer JOIN sources AS s ON s.id = l.source"
            f" WHERE l.started_ms >= {since_ms} AND l.started_ms <= {until_ms}"
            " AND s.name IN (SELECT source FROM given) AND l.key IN (SELECT key FROM given)",
        )
    for whose, came_ms, *values in zip(*rows, strict=True):
        leg = Leg._make(values)
        kept.setdefault(leg.key, []).append((whose, came_ms, leg))
    return kept


def _many_legs(found: Sequence[ReadAgain]) -> int:
    return sum(len(legs) for one in found for legs in one.legs.values())
