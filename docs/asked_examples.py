"""The small customers that `how-we-count.md` asks questions about: who held what, the calls, the questions.

The answers are the program's own: each time `generate.py` runs, people are imported, records loaded, questions asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from pbxtally.checked_reading import read_checked
from pbxtally.directory import import_people
from pbxtally.intake import Intake, numbering_of
from pbxtally.people import AccessLevel, Employee
from pbxtally.query import Asker, parse_query
from pbxtally.renderers.rows import flat_rows, header
from pbxtally.sources import SOURCES
from pbxtally.stats import ask
from pbxtally.stores.duckdb_store import DuckStore
from pbxtally.stores.people_database import sqlite_url
from pbxtally.stores.people_store import PeopleStore

CUSTOMER, BO, IDA = "c" * 24, "b" * 24, "a" * 24
ZONE = ZoneInfo("Europe/Copenhagen")
NOW_MS = round(datetime(2021, 1, 1, tzinfo=UTC).timestamp() * 1000)

PEOPLE = {
    "customers": [{"_id": CUSTOMER, "name": "Nordlys"}],
    "employees": [
        {"_id": BO, "customer": CUSTOMER, "name": "Bo Madsen"},
        {"_id": IDA, "customer": CUSTOMER, "name": "Ida Holm"},
    ],
}
BOS = [{"customer": CUSTOMER, "number": "101", "employee": BO}]
FIRST_BOS_THEN_IDAS = [
    {
        "customer": CUSTOMER,
        "number": "101",
        "assignments": [{"employee": BO, "until": "2020-12-02"}, {"employee": IDA, "since": "2020-12-02"}],
    }
]


class Call(NamedTuple):
    """A call from outside to 101, in Copenhagen's clock; `answered` None: nobody took it, for the `reason`."""

    started: str
    answered: str | None
    ended: str
    reason: str = "HANGUP"


SHORT_CALLS = (
    Call("2020-12-01T09:00:00", "2020-12-01T09:00:05", "2020-12-01T09:01:05"),
    Call("2020-12-01T09:10:00", "2020-12-01T09:10:20", "2020-12-01T09:10:24"),
    Call("2020-12-01T09:20:00", None, "2020-12-01T09:20:25", "CANCEL"),
    Call("2020-12-01T09:30:00", None, "2020-12-01T09:30:03", "CANCEL"),
    Call("2020-12-01T09:40:00", None, "2020-12-01T09:40:00", "BUSY"),
)
ACROSS_MIDNIGHT = (Call("2020-11-30T23:58:00", "2020-11-30T23:58:10", "2020-12-01T00:20:10"),)
TWO_HOLDERS = (
    Call("2020-12-01T09:00:00", "2020-12-01T09:00:05", "2020-12-01T09:01:05"),
    Call("2020-12-02T09:00:00", "2020-12-02T09:00:05", "2020-12-02T09:00:25"),
)


def answers(
    extensions: list[dict[str, Any]], calls: Iterable[Call], requests: Iterable[dict[str, Any]]
) -> Iterator[tuple[tuple[str, ...], list[tuple[str, ...]]]]:
    """The heading and the rows that each request brings back."""
    with _world(extensions, calls) as (store, people):
        operator = Employee("0" * 24, CUSTOMER, "operator", AccessLevel.ADMIN)
        for request in requests:
            query = parse_query(request, Asker(CUSTOMER, NOW_MS, lambda customer: ZONE))
            report = ask(store, people, operator, query, "da")
            yield (
                header(report),
                [tuple("" if cell is None else str(cell) for cell in row) for row in flat_rows(report)],
            )


@contextmanager
def _world(extensions: list[dict[str, Any]], calls: Iterable[Call]) -> Iterator[tuple[DuckStore, PeopleStore]]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        people = PeopleStore(sqlite_url(folder / "people.db"))
        store = DuckStore(folder, memory="200MB", threads=1, query_seconds=30)
        try:
            import_people(people, {**PEOPLE, "extensions": extensions}, 0, ZONE)
            numbering = numbering_of(people, CUSTOMER, "telecomx")
            read = partial(read_checked, SOURCES["telecomx"].read)
            intake = Intake(store, people, CUSTOMER, "telecomx", read, ZONE, numbering, NOW_MS)
            intake.take("calls", [_record(place, call) for place, call in enumerate(calls)])
            yield store, people
        finally:
            store.close()
            people.close()


def _record(place: int, call: Call) -> bytes:
    record = {
        "_id": f"call {place}",
        "started": call.started,
        "answered": call.answered,
        "ended": call.ended,
        "caller": {"number": "+4599000001"},
        "callee": {"extension": "101"},
        "terminatedReason": call.reason,
        "terminatedBy": "A",
    }
    return json.dumps(record).encode()
