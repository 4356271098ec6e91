"""A year of involvements of many customers, made inside the store by SQL: as many rows as asked for, in seconds."""

from __future__ import annotations

from pathlib import Path

from pbxtally.stores.duckdb_keeping import BLOCK_MS
from pbxtally.stores.duckdb_store import DuckStore

BIG = "b" * 24
"""The customer the questions are about: 500 employees, a quarter of all calls."""

OTHERS = [f"{number:024x}" for number in range(1, 201)]
EXTENSIONS = {BIG: 500, **dict.fromkeys(OTHERS, 50)}
START_MS = 1735686000000  # 2025-01-01 in Copenhagen
LENGTH_MS = 365 * 86_400_000

_ROWS = """
INSERT INTO involvements
SELECT customer, 1, n, CASE WHEN customer = 1 THEN 0 ELSE 500 + (customer - 2) * 50 END + 1
         + hash(n) % CASE WHEN customer = 1 THEN 500 ELSE 50 END,
       1 + hash(n + 1) % 2, hash(n + 2) % 5 = 0, {start} + (n * 7919) % {length},
       CASE WHEN hash(n + 3) % 10 < 7 THEN 1 WHEN hash(n + 3) % 10 < 9 THEN 2 ELSE 3 + hash(n + 4) % 2 END,
       1 + hash(n + 5) % 9, hash(n + 6) % 30,
       CASE WHEN hash(n + 3) % 10 < 7 THEN hash(n + 7) % 600 ELSE 0 END
FROM (SELECT range AS n, CASE WHEN hash(range + 8) % 4 = 0 THEN 1 ELSE 2 + hash(range + 9) % 200 END AS customer
      FROM range({rows}))
ORDER BY ({start} + (n * 7919) % {length}) // {block}, customer, 4, 7
"""


def make_store(folder: Path, involvements: int, threads: int) -> DuckStore:
    """A store with that many involvements, sorted as `tidy` leaves them."""
    store = DuckStore(folder, memory="4GB", threads=threads, query_seconds=600)
    with store._file.change() as cursor:
        for customer, extensions in EXTENSIONS.items():
            place = store._file.names.source(cursor, customer, "asterisk")
            numbers = [str(1000 + count) for count in range(extensions)]
            store._file.names.numbers_for(cursor, place.customer, numbers)
        text = _ROWS.format(start=START_MS, length=LENGTH_MS, rows=involvements, block=BLOCK_MS)
        cursor.execute(text)
    store.tidy()
    store.close()
    return DuckStore(folder, memory="4GB", threads=threads, query_seconds=600)
