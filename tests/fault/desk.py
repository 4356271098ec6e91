"""Where deliveries arrive, without a web server: people, calls, journal and the writer between, all real."""

import io
import json
import time
from zoneinfo import ZoneInfo

from cli.office import ACME, COPENHAGEN, PEOPLE, row
from pbxtally.arrivals import Arrivals
from pbxtally.calls import Leg
from pbxtally.delivery_reader import DeliveryReader
from pbxtally.directory import import_people
from pbxtally.errors import PbxTallyError
from pbxtally.intake import derive_changed_numbers, numbering_of
from pbxtally.records import Reading
from pbxtally.sources import SOURCES
from pbxtally.stores.duckdb_store import DuckStore
from pbxtally.stores.journal import Journal
from pbxtally.stores.people_database import sqlite_url
from pbxtally.stores.people_store import PeopleStore

NOW_MS = 1_609_500_000_000  # 1 January 2021

A_MONTH = 28 * 86_400


def nth_row(number):
    """A call of its own for each number, one per second of December 2020."""
    second = number % A_MONTH
    clock = f"{second % 86_400 // 3600:02}:{second % 3600 // 60:02}:{second % 60:02}"
    return row(f"{second // 86_400 + 1:02} {clock}", "101", "102")


def rows_of(numbers):
    """The calls of a delivery; if there are several, followed by one record of a month that does not exist."""
    rows = [nth_row(number) for number in numbers]
    return rows + [nth_row(numbers[0]).replace(b"2020-12-", b"2020-13-")] * (len(rows) > 1)


class Desk:
    """Takes deliveries into `folder`, which also has the people."""

    def __init__(self, folder):
        self.folder, self.faults = folder, []
        self.people = PeopleStore(sqlite_url(folder / "people.db"))
        if not self.people.customers():
            import_people(self.people, PEOPLE, NOW_MS)
        self.open()

    def open(self):
        self.store = DuckStore(self.folder, memory="256MB", threads=1, query_seconds=30)
        try:
            self.journal = Journal(self.folder)
        except PbxTallyError:
            self.store.close()
            raise
        reader = DeliveryReader(SOURCES, self.people, ZoneInfo(COPENHAGEN.key), lambda: NOW_MS)
        self.arrivals = Arrivals(self.store, self.journal, reader, self.faults.append)

    def close(self):
        self.arrivals.close()
        self.journal.close()
        self.store.close()

    def deliver(self, rows, key=""):
        """What the receipt says."""
        return json.loads(self.arrivals.take(ACME, "asterisk", b"".join(rows), key).receipt)

    def load(self, rows):
        """Take rows in as `load` does: committed, then written into the file."""
        reading = Reading(COPENHAGEN, ACME, self.people.number_of_extension(ACME))
        stream = io.BufferedReader(io.BytesIO(b"".join(rows)))
        legs = [one for one in SOURCES["asterisk"].read(stream, reading) if isinstance(one, Leg)]
        self.store.keep(ACME, "asterisk", legs, numbering_of(self.people, ACME, "asterisk"))
        self.store.tidy()

    def is_counted(self, seconds=30.0):
        """Wait until everything in the journal is counted."""
        until = time.monotonic() + seconds
        while self.arrivals.waiting():
            assert time.monotonic() < until, self.faults[-1:]
            time.sleep(0.005)

    def check(self, acknowledged, sent):
        """Everything acknowledged is there, once; nothing that was never sent; the file is whole."""
        self.is_counted()
        assert self.store.upkeep.flaws() == []
        legs = self.store.upkeep.holdings().legs
        assert len(acknowledged) <= legs <= sent, (len(acknowledged), legs, sent)
        again = self._hear([nth_row(number) for number in acknowledged])
        assert again.get("known") == len(acknowledged), again

    def _hear(self, rows):
        """Deliver until the receipt says at once what the rows counted as."""
        for _ in range(100):
            receipt = self.deliver(rows)
            if "known" in receipt:
                return receipt
            self.is_counted()
        raise AssertionError("it was never counted while somebody waited")

    def hire(self, number):
        """Somebody gets a number that there may be calls of."""
        import_people(self.people, {"extensions": [{"customer": ACME, "number": str(number)}]}, NOW_MS)
        derive_changed_numbers(self.store, self.people)


def in_doubt(deliver):
    """Whether it was acknowledged; whoever gets an error sends it again."""
    try:
        deliver()
    except PbxTallyError:
        return False
    return True
