"""Which extensions a store has calls of: part of what any store must do."""

import pytest

from pbxtally.calls import Leg, Numbering, Result, Via
from pbxtally.stores.duckdb_store import DuckStore

STORES = {"duckdb": lambda folder: DuckStore(folder, memory="256MB", threads=1, query_seconds=60)}
START_MS = 1_606_809_600_000


@pytest.fixture(params=STORES.values(), ids=STORES.keys())
def store(request, tmp_path):
    store = request.param(tmp_path)
    yield store
    store.close()


def keep(store, customer, *calls):
    """Keep calls out, each (key, number, minutes after START)."""
    legs = [
        Leg(
            key, key, START_MS + minutes * 60_000, START_MS + minutes * 60_000 + 9000, None, 9000, 0,
            Via.DEVICE, Result.GAVE_UP, caller_device=number, callee_device="trunk", dialled="+4599000001",
        )
        for key, number, minutes in calls
    ]  # fmt: skip
    store.keep(customer, "made", legs, Numbering(trunks=frozenset({"trunk"})))


def test_a_number_is_told_with_its_calls_and_when_they_were(store):
    keep(store, "acme", ("1", "101", 0), ("2", "101", 7), ("3", "102", 3))
    assert sorted(store.numbers_with_calls("acme")) == [
        ("101", 2, START_MS, START_MS + 7 * 60_000),
        ("102", 1, START_MS + 3 * 60_000, START_MS + 3 * 60_000),
    ]


def test_nobody_hears_of_anothers_numbers(store):
    keep(store, "acme", ("1", "101", 0))
    keep(store, "other", ("1", "999", 0))
    assert [one.number for one in store.numbers_with_calls("acme")] == ["101"]
    assert store.numbers_with_calls("nobody") == []


def test_a_number_whose_calls_are_derived_away_is_not_told(store):
    keep(store, "acme", ("1", "101", 0))
    store.derive_again("acme", "made", Numbering(pattern="[0-9]{6}", trunks=frozenset({"trunk"})))
    assert store.numbers_with_calls("acme") == []
