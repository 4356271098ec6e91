"""An office to which calls are delivered: its people, its calls and its journal, all real."""

import json
from contextlib import closing, contextmanager
from zoneinfo import ZoneInfo

from cli.office import ACME, PEOPLE
from copies import filled
from pbxtally.arrivals import Arrivals
from pbxtally.delivery_reader import DeliveryReader
from pbxtally.directory import import_people
from pbxtally.sources import SOURCES
from pbxtally.stores.duckdb_store import DuckStore
from pbxtally.stores.journal import Journal
from pbxtally.stores.people_database import sqlite_url
from pbxtally.stores.people_store import PeopleStore

NOW_MS = 1_607_000_000_000  # 3 December 2020


class DeliveryOffice:
    """A data folder, opened; `faults` are those that its writer told of."""

    def __init__(self, folder):
        self.folder, self.faults = folder, []
        filled(folder, _with_people)
        self.people = _people_of(folder)
        self.open()

    def open(self):
        self.store = _store_of(self.folder)
        self.journal = Journal(self.folder)
        reader = DeliveryReader(SOURCES, self.people, ZoneInfo("Europe/Copenhagen"), lambda: NOW_MS)
        self.arrivals = Arrivals(self.store, self.journal, reader, self.faults.append)

    def close(self):
        self.arrivals.close()
        self.journal.close()
        self.store.close()

    def take(self, *rows, key=""):
        return json.loads(self.arrivals.take(ACME, "asterisk", b"".join(rows), key).receipt)


@contextmanager
def delivery_office(folder):
    """One that has no faults in the end."""
    office = DeliveryOffice(folder)
    yield office
    office.close()
    office.people.close()
    assert office.faults == []


def _people_of(folder):
    return PeopleStore(sqlite_url(folder / "people.db"))


def _store_of(folder):
    return DuckStore(folder, memory="256MB", threads=1, query_seconds=30)


def _with_people(folder):
    with closing(_people_of(folder)) as people, closing(_store_of(folder)):
        import_people(people, PEOPLE, NOW_MS)
