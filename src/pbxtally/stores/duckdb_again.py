"""What came once more, by customer and source: records that were known, and legs that replaced an older version.

For all other records the file of calls itself shows what became of them. Each time adds a row, and rows are summed up
now and then.
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from pbxtally.stores import arrow
from pbxtally.stores.duckdb_names import Place

MANY_ROWS = 1_000
"""How many rows there must be before they are summed up."""

Again = tuple[Place, int, int]
"""A customer's source, how many records were known, and how many replaced another."""


def note_again(cursor: duckdb.DuckDBPyConnection, found: Iterable[Again]) -> None:
    """Add to what came once more."""
    rows = [f"({place.customer}, {place.source}, {known}, {replaced})" for place, known, replaced in found]
    if rows:
        cursor.execute(f"INSERT INTO again VALUES {', '.join(rows)}")


def all_again(cursor: duckdb.DuckDBPyConnection) -> list[tuple[str, str, int, int]]:
    """Customers and sources from which something came once more, with how many were known, and how many replaced."""
    found = arrow.columns(
        cursor,
        "SELECT c.customer, s.name, CAST(sum(known) AS BIGINT), CAST(sum(replaced) AS BIGINT)"
        " FROM again AS a JOIN customers AS c ON c.id = a.customer JOIN sources AS s ON s.id = a.source"
        " GROUP BY c.customer, s.name",
    )
    return list(zip(*found, strict=True))


def sum_up(cursor: duckdb.DuckDBPyConnection) -> None:
    """Sum the rows up to one for each source, if there are many."""
    if cursor.execute("SELECT count(*) FROM again").fetchall()[0][0] < MANY_ROWS:
        return
    cursor.execute(
        "CREATE TEMP TABLE summed AS SELECT customer, source, CAST(sum(known) AS BIGINT), CAST(sum(replaced) AS BIGINT)"
        " FROM again GROUP BY customer, source"
    )
    cursor.execute("DELETE FROM again")
    cursor.execute("INSERT INTO again SELECT * FROM summed")
    cursor.execute("DROP TABLE summed")
