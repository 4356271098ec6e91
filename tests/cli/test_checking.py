"""What `verify` looks at: all of it, in a time that grows with what is there."""

from types import SimpleNamespace

import pytest

from calls_table import legs
from pbxtally.calls import Numbering
from pbxtally.cli.checking import MANY, journal_flaws
from pbxtally.records import Delivery, Removal, SourceDeliveries
from pbxtally.stores.duckdb_store import DuckStore
from pbxtally.stores.journal import Journal

CUSTOMERS = [f"{number:024x}" for number in range(4)]

[LEG] = legs("""
    start    | answer   | end      | from | to  | result
    09:00:00 | 09:00:05 | 09:01:05 | 101  | 102 | ANSWERED
""")


@pytest.fixture
def store(tmp_path):
    store = DuckStore(tmp_path, memory="256MB", threads=1, query_seconds=60)
    yield store
    store.close()


@pytest.fixture
def journal(tmp_path):
    journal = Journal(tmp_path)
    yield journal
    journal.close()


def test_the_legs_of_many_small_deliveries_are_looked_for_together_and_one_that_is_lost_is_found(store, journal):
    some = [
        Delivery(CUSTOMERS[number % 4], "pbx", 10, [LEG._replace(key=f"{number}", call=f"{number}")], [])
        for number in range(3 * MANY)
    ]
    last = journal.write(some)[-1]
    kept = [SourceDeliveries(one, "pbx", some[place:-4:4], Numbering()) for place, one in enumerate(CUSTOMERS)]
    store.keep_all(kept, last)
    asked = []

    def missing(customer, source, keys):
        asked.append((customer, len(keys)))
        return store.upkeep.missing(customer, source, keys)

    watched = SimpleNamespace(applied=store.applied, upkeep=SimpleNamespace(missing=missing))
    assert journal_flaws(watched, journal) == [
        "journal: 1 leg of pbx that was delivered is not among the calls" for _ in CUSTOMERS
    ]
    assert asked == [(one, 3 * MANY // 4) for one in CUSTOMERS]


def test_what_leaves_while_it_is_looked_for_is_not_missed(store, journal):
    came = Delivery(CUSTOMERS[0], "pbx", 10, [LEG], [])
    leaves = came._replace(legs=[], gone=Removal((LEG.key,)))
    first, last = journal.write([came, leaves])
    for one in (came, leaves):
        store.keep_all([SourceDeliveries(CUSTOMERS[0], "pbx", [one], Numbering())], last)
    began_before = SimpleNamespace(applied=lambda: first, upkeep=store.upkeep)
    assert journal_flaws(began_before, journal) == []
