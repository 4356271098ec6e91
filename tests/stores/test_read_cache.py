"""What was read of the people is remembered, and is never older than the last change, whoever made it."""

import subprocess
import sys

import pytest

from pbxtally.people import Customer, Extension
from pbxtally.stores.people_database import sqlite_url
from pbxtally.stores.people_store import PeopleStore, SourceSetting

ACME, DESK = "a0" * 12, "e1" * 12

ANOTHER = """
import sys
from pbxtally.people import Customer
from pbxtally.stores.people_store import PeopleStore
url, customer = sys.argv[1:]
with PeopleStore(url).change() as change:
    change.keep_customers([Customer(customer, "Elsewhere")])
"""


@pytest.fixture
def url(tmp_path):
    return sqlite_url(tmp_path / "people.db")


@pytest.fixture
def store(url):
    store = PeopleStore(url)
    with store.change() as change:
        change.keep_customers([Customer(ACME, "Acme")])
    yield store
    store.close()


def test_what_was_read_is_not_read_again(store):
    assert store.customer(ACME) is store.customer(ACME)


def test_a_change_is_seen_by_the_next_reading(store):
    for name in ("Acme A/S", "Acme AB"):
        with store.change() as change:
            change.keep_customers([Customer(ACME, name)])
        assert store.customer(ACME).name == name


def test_a_new_number_and_a_new_setting_are_seen_at_once(store):
    assert (store.numbers(ACME), store.source_setting(ACME, "asterisk")) == (frozenset(), None)
    with store.change() as change:
        change.keep_extensions([Extension(DESK, ACME, "101")], {DESK: []})
    store.keep_source_setting(ACME, "asterisk", SourceSetting(trunks=("carrier",)))
    assert store.numbers(ACME) == {"101"}
    assert store.source_setting(ACME, "asterisk").trunks == ("carrier",)
    assert store.number_of_extension(ACME)(DESK, 0) == "101"


def test_what_another_process_changes_is_seen_at_once(store, url):
    assert store.customer(ACME).name == "Acme"
    subprocess.run([sys.executable, "-c", ANOTHER, url, ACME], check=True)
    assert store.customer(ACME).name == "Elsewhere"


def test_what_is_read_while_somebody_changes_it_is_not_remembered(store):
    def read_slowly():
        before = store.customer(ACME).name
        with store.change() as change:
            change.keep_customers([Customer(ACME, "New")])
        assert store.cache.get(("another",), lambda: 1) == 1  # somebody else notices the change
        return before

    assert store.cache.get(("name",), read_slowly) == "Acme"
    assert store.cache.get(("name",), lambda: store.customer(ACME).name) == "New"


def test_who_looks_at_many_things_at_once_is_told_the_same_of_each(store):
    with store.consistent_reads():
        before = store.customer(ACME)
        with store.change() as change:
            change.keep_customers([Customer(ACME, "New")])
        assert store.customer(ACME) is before
    assert store.customer(ACME).name == "New"


def test_an_undone_change_is_not_seen(store):
    with pytest.raises(RuntimeError), store.change() as change:
        change.keep_customers([Customer(ACME, "Undone")])
        raise RuntimeError
    assert store.customer(ACME).name == "Acme"


def test_what_was_read_may_be_changed_by_who_asked_and_stays_as_it_was_for_others(store):
    store.parents().clear()
    store.assignments(ACME).append("nothing")
    store.employee_names(ACME)["nobody"] = "Nobody"
    assert (store.parents(), store.assignments(ACME), store.employee_names(ACME)) == ({ACME: None}, [], {})
