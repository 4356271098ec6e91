"""Years of calls, made inside the store by SQL in seconds: any number of involvements, of many customers.

The big customer also has the year before, to compare with, and the legs of its last months.
"""

from __future__ import annotations

from pathlib import Path

from pbxtally.stores.duckdb_blocks import BLOCK_MS
from pbxtally.stores.duckdb_store import DuckStore
from pbxtally.stores.duckdb_tables import LEG_ROW_TYPES

BIG = "b" * 24
"""The customer the questions are about: 500 employees, a quarter of all calls."""

OWNER = f"e{0:023x}"
"""The first of its employees."""

OTHERS = [f"{number:024x}" for number in range(1, 201)]
EXTENSIONS = {BIG: 500, **dict.fromkeys(OTHERS, 50)}
START_MS = 1735686000000  # 2025-01-01 in Copenhagen
LENGTH_MS = 365 * 86_400_000
WITH_LEGS_MS = 62 * 86_400_000

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

_YEAR_BEFORE = """
INSERT INTO involvements SELECT * REPLACE (call_id + {rows} AS call_id, started_ms - {length} AS started_ms)
FROM involvements WHERE customer = 1
ORDER BY started_ms // {block}, extension, started_ms
"""

_SAID = {
    "customer": "customer",
    "source": "source",
    "call_id": "call_id",
    "key": "call_id",
    "call": "call_id",
    "started_ms": "started_ms",
    "ended_ms": "started_ms + 1000 * (ring_seconds + talk_seconds)",
    "ring_ms": "1000 * ring_seconds",
    "talk_ms": "1000 * talk_seconds",
    "caller_number": "CASE WHEN direction = 2 THEN outsider ELSE insider END",
    "callee_number": "CASE WHEN direction = 2 THEN insider ELSE outsider END",
}
"""The content of an involvement's leg; 20,000 outsiders call and are called again and again."""

_LEGS = """
INSERT INTO legs BY NAME SELECT {columns}
FROM (SELECT *, CAST(999 + extension AS VARCHAR) AS insider, '+4570' || (100000 + hash(call_id) % 20000) AS outsider
      FROM involvements WHERE customer = 1 AND started_ms >= {since})
ORDER BY started_ms // {block}, started_ms
"""


def office(first: int, zone: str = "UTC") -> dict[str, object]:
    """The big customer's employees for an import, each with an extension, from that number on; the first is OWNER."""
    ids = [f"e{number:023x}" for number in range(EXTENSIONS[BIG])]
    employees = [{"_id": one, "customer": BIG, "name": f"Person {number}"} for number, one in enumerate(ids)]
    employees[0]["accessLevel"] = "OWNER"
    extensions = [
        {"customer": BIG, "number": str(number), "employee": one} for number, one in enumerate(ids, start=first)
    ]
    customer = {"_id": BIG, "name": "Big", "timezone": zone}
    return {"customers": [customer], "employees": employees, "extensions": extensions}


def _legs(since_ms: int) -> str:
    kinds = {"VARCHAR": "''", "BIGINT": "0"}
    said = {name: kinds[kind] for name, kind in LEG_ROW_TYPES.items() if kind in kinds} | _SAID
    columns = ", ".join(f"{what} AS {name}" for name, what in said.items())
    return _LEGS.format(columns=columns, since=since_ms, block=BLOCK_MS)


def make_store(folder: Path, involvements: int, threads: int) -> DuckStore:
    """A store with that many involvements, sorted as `tidy` leaves them."""
    store = DuckStore(folder, memory="4GB", threads=threads, query_seconds=600)
    with store._file.change() as cursor:
        for customer, extensions in EXTENSIONS.items():
            place = store._file.names.source(cursor, customer, "asterisk")
            numbers = [str(1000 + count) for count in range(extensions)]
            store._file.names.numbers_for(cursor, place.customer, numbers)
        sizes = {"start": START_MS, "length": LENGTH_MS, "rows": involvements, "block": BLOCK_MS}
        cursor.execute(_ROWS.format(**sizes))
        cursor.execute(_YEAR_BEFORE.format(**sizes))
        cursor.execute(_legs(START_MS + LENGTH_MS - WITH_LEGS_MS))
    store.tidy()
    store.close()
    return DuckStore(folder, memory="4GB", threads=threads, query_seconds=600)
