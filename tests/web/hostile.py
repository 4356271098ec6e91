"""A house in which every name that anybody can choose is hostile: scripts, formulas, right-to-left text, 10 kB."""

from calls_table import NUMBERING, legs
from pbxtally.directory import import_people
from pbxtally.intake import derive_changed_numbers
from pbxtally.login import make_token
from pbxtally.people import AccessLevel
from pbxtally.stores.duckdb_store import DuckStore
from pbxtally.stores.people_database import sqlite_url
from pbxtally.stores.people_store import PeopleStore
from pbxtally.web.backend import Backend
from web.world import COPENHAGEN, NOW_MS

NAMES = (
    "<script>alert(1)</script>",
    '"><svg onload=alert(1)>',
    "=1+1",
    "محمد \u202eعلي",
    "{{ 7 * 7 }}",
    "x" * 256,
)
LONGEST = "y" * 10_000
"""A name that our people cannot have, but a record may."""

RESELLER, ACME, BOSS = "1" * 24, "2" * 24, "a" * 24
EMPLOYEE = [f"{index}e" * 12 for index in range(len(NAMES))]

PEOPLE = {
    "customers": [
        {"_id": RESELLER, "name": NAMES[0], "isReseller": True},
        {"_id": ACME, "name": NAMES[1], "parentReseller": RESELLER},
    ],
    "employees": [
        {"_id": BOSS, "customer": RESELLER, "name": NAMES[3], "accessLevel": AccessLevel.RESELLER.name},
        *(
            {"_id": id, "customer": ACME, "name": name, "department": name}
            for id, name in zip(EMPLOYEE, NAMES, strict=True)
        ),
    ],
    "extensions": [
        *({"customer": ACME, "number": f"{101 + index}", "employee": id} for index, id in enumerate(EMPLOYEE)),
    ],
}

CALLS = """
    start    | answer   | end      | from   | to    | result   | call
    09:00:00 | 09:00:10 | 09:01:15 | 101    | +4511 | ANSWERED | 1
    09:10:00 | 09:10:10 | 09:11:15 | +4512  | 102   | ANSWERED | 2
    09:30:00 |          | 09:30:20 | +4512  | 101   | BUSY     | 3
    10:00:00 | 10:00:05 | 10:00:35 | 102    | 101   | ANSWERED | 4
    10:30:00 |          | 10:30:02 | 103    | +4513 | FAILED   | 5
    11:00:00 |          | 11:00:40 | +4514  | 104   | RANG_OUT | 6
"""


def hostile_legs():
    """The calls, whose outside callers have the same names as our people."""
    for index, leg in enumerate(legs(CALLS)):
        name = [*NAMES, LONGEST][-1 - index]
        yield leg._replace(caller_name=name, callee_name=name, words=f"name={name}")


class HostileHouse:
    """The house, and the token of the reseller above everybody in it."""

    def __init__(self, folder):
        self.store = DuckStore(folder, memory="256MB", threads=2, query_seconds=30)
        self.people = PeopleStore(sqlite_url(folder / "people.db"))
        import_people(self.people, PEOPLE, NOW_MS)
        derive_changed_numbers(self.store, self.people)
        self.store.keep(ACME, "made", list(hostile_legs()), NUMBERING)
        self.backend = Backend(self.store, self.people, COPENHAGEN, "en", lambda: NOW_MS)
        self.token = make_token(self.people, BOSS, NOW_MS)

    def close(self):
        self.store.close()
        self.people.close()
