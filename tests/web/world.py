"""A small world for the web: a reseller among others, its customers, a person of every level, and a few calls.

It is 2020-12-01 13:00 in Copenhagen.
"""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from calls_table import NUMBERING, legs
from copies import filled
from pbxtally.calls import Numbering
from pbxtally.demo.page import PAGE_CUSTOMER, page_people
from pbxtally.demo.page_calls import page_records
from pbxtally.directory import import_people
from pbxtally.intake import derive_changed_numbers
from pbxtally.login import make_token
from pbxtally.people import AccessLevel, EmployeeState
from pbxtally.records import Reading
from pbxtally.sources import telecomx
from pbxtally.stores.duckdb_store import DuckStore
from pbxtally.stores.people_database import sqlite_url
from pbxtally.stores.people_store import PeopleStore
from pbxtally.web.backend import Backend

NOW_MS = round(datetime(2020, 12, 1, 12, tzinfo=UTC).timestamp() * 1000)
COPENHAGEN = ZoneInfo("Europe/Copenhagen")

TOP, NORTH, ACME, SUB, DEEP, OTHER = (digit * 24 for digit in "123456")
NOBODYS = "9" * 24
ANNA, BO, TARO = "a" * 24, "b" * 24, "c" * 24
RETIRED = "d" * 24

STAFF = {level: f"{int(level)}f" * 12 for level in AccessLevel}
"""One person of each level, all of them North's."""

PEOPLE = {
    "customers": [
        {"_id": TOP, "name": "Top", "isReseller": True},
        {"_id": NORTH, "name": "North", "parentReseller": TOP, "isReseller": True},
        {"_id": ACME, "name": "Acme", "parentReseller": NORTH},
        {"_id": SUB, "name": "Sub", "parentReseller": NORTH, "isReseller": True},
        {"_id": DEEP, "name": "Deep", "parentReseller": SUB},
        {"_id": OTHER, "name": "Øther 株式会社", "timezone": "Asia/Tokyo"},
        *page_people(NORTH)["customers"],
    ],
    "employees": [
        *({"_id": STAFF[one], "customer": NORTH, "name": one.name, "accessLevel": one.name} for one in AccessLevel),
        {"_id": ANNA, "customer": ACME, "name": "Anna", "accessLevel": "VIEWER", "department": "Sales"},
        {"_id": BO, "customer": ACME, "name": "Bo", "department": "Sales"},
        {"_id": TARO, "customer": OTHER, "name": "Taro", "accessLevel": "OWNER"},
        {"_id": RETIRED, "customer": ACME, "name": "Rita", "accessLevel": "VIEWER"},
        *page_people(NORTH)["employees"],
    ],
    "extensions": [
        {"customer": ACME, "number": "101", "employee": ANNA},
        {"customer": ACME, "number": "102", "employee": BO},
        {"customer": OTHER, "number": "101", "employee": TARO},
        {"customer": NORTH, "number": "300", "employee": STAFF[AccessLevel.OWNER]},
        *page_people(NORTH)["extensions"],
    ],
}

OF_ACME = """
    start    | answer   | end      | from   | to    | result   | call
    09:00:00 | 09:00:10 | 09:01:15 | 101    | +4511 | ANSWERED | 1
    09:30:00 |          | 09:30:20 | +4512  | 101   | BUSY     | 2
    10:00:00 | 10:00:05 | 10:00:35 | 102    | 101   | ANSWERED | 3
    10:30:00 |          | 10:30:02 | 102    | +4513 | FAILED   | 4
"""
OF_OTHER = """
    start    | answer   | end      | from   | to    | result   | call
    03:00:00 | 03:00:10 | 03:00:17 | 101    | +8190 | ANSWERED | 1
    03:10:00 | 03:10:10 | 03:10:17 | 101    | +8190 | ANSWERED | 2
"""
OF_NORTH = """
    start    | answer   | end      | from   | to    | result   | call
    08:00:00 | 08:00:10 | 08:00:21 | 300    | +4520 | ANSWERED | 1
"""


class World:
    """A house with people and calls in it, and everybody's token."""

    def __init__(self, folder):
        self.tokens = dict(filled(folder, _fill))
        self.store, self.people = _open(folder)
        self.backend = Backend(self.store, self.people, COPENHAGEN, "en", lambda: NOW_MS)

    def token_of(self, level):
        """The token of North's person of that level."""
        return self.tokens[STAFF[level]]

    def close(self):
        self.store.close()
        self.people.close()


def _open(folder):
    store = DuckStore(folder, memory="256MB", threads=2, query_seconds=30)
    return store, PeopleStore(sqlite_url(folder / "people.db"))


def _fill(folder):
    store, people = _open(folder)
    import_people(people, PEOPLE, NOW_MS)
    derive_changed_numbers(store, people)
    for customer, table in ((ACME, OF_ACME), (OTHER, OF_OTHER), (NORTH, OF_NORTH)):
        store.keep(customer, "made", legs(table), NUMBERING)
    _keep_the_pages_calls(store, people)
    # Rita had a token while she was there.
    someone = [one for level, one in STAFF.items() if level > AccessLevel.NO_LOGIN]
    tokens = {one: make_token(people, one, NOW_MS) for one in (ANNA, TARO, RETIRED, *someone)}
    with people.change() as change:
        change.keep_employees([replace(people.employee(RETIRED), state=EmployeeState.DISABLED)])
    store.close()
    people.close()
    return tokens


def _keep_the_pages_calls(store, people):
    number_of = people.number_of_extension(PAGE_CUSTOMER)
    found = list(telecomx.read(page_records(), Reading(COPENHAGEN, PAGE_CUSTOMER, number_of)))
    store.keep(PAGE_CUSTOMER, "telecomx", found, Numbering(people.numbers(PAGE_CUSTOMER)))
