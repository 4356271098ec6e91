"""What is remembered of late of the file never hides a leg that is there, and is bounded."""

import random

import pytest

from kept_legs import legs_of
from pbxtally.calls import Leg, Numbering, Result, Via
from pbxtally.records import Delivery, KeptCounts, SourceDeliveries
from pbxtally.stores import duckdb_keeping, duckdb_recent
from pbxtally.stores.duckdb_store import DuckStore

ACME, OTHER = "a0" * 12, "b0" * 12
HOUR_MS = 3_600_000
START_MS = 1_607_000_000_000
NUMBERING = Numbering()


@pytest.fixture
def store(tmp_path):
    store = DuckStore(tmp_path, memory="256MB", threads=1, query_seconds=30)
    yield store
    store.close()


def leg(hour, key="", call=""):
    at_ms = START_MS + hour * HOUR_MS
    name = key or f"k{hour}"
    return Leg(
        name, call or name, at_ms, at_ms + 9000, at_ms + 4000, 4000, 5000, Via.DEVICE, Result.ANSWERED,
        caller_device="101", callee_device="102",
    )  # fmt: skip


def keep(store, *legs, customer=ACME):
    return store.keep(customer, "pbx", legs, NUMBERING)


@pytest.mark.parametrize("most", [duckdb_recent.MOST_LEGS, 7, 1])
def test_hours_and_months_apart_in_any_order_each_leg_counts_once(store, monkeypatch, most):
    monkeypatch.setattr(duckdb_recent, "MOST_LEGS", most)
    hours = [*range(0, 120, 5), *range(720, 760, 3), 1500, 5000]
    random.Random(4).shuffle(hours)
    for hour in hours:
        assert keep(store, leg(hour)) == KeptCounts(1, 0, 0)
        assert keep(store, leg(hour), customer=OTHER) == KeptCounts(1, 0, 0)
    for hour in reversed(hours):
        assert keep(store, leg(hour)) == KeptCounts(0, 1, 0)
    assert len(legs_of(store, ACME)) == len(legs_of(store, OTHER)) == len(hours)


def test_after_months_of_calls_an_old_one_is_still_known(store):
    for day in range(0, 90):
        keep(store, leg(day * 24))
    assert keep(store, leg(0), leg(48), leg(89 * 24), leg(90 * 24)) == KeptCounts(1, 3, 0)


def test_a_second_leg_of_a_call_joins_the_first_also_after_the_file_was_closed(store, tmp_path):
    keep(store, leg(0, "first", "call"), leg(1))
    assert keep(store, leg(0, "second", "call")) == KeptCounts(1, 0, 0)
    store.close()
    again = DuckStore(tmp_path, memory="256MB", threads=1, query_seconds=30)
    assert keep(again, leg(0, "third", "call")) == KeptCounts(1, 0, 0)
    assert {one.call for one in legs_of(again, ACME)} == {"call", "k1"}
    again.close()


def test_a_leg_that_was_moved_by_a_day_and_into_another_call_is_replaced(store):
    keep(store, leg(0, "moved", "before"), leg(0, "stays", "before"))
    assert keep(store, leg(24, "moved", "after")) == KeptCounts(0, 0, 1)
    assert sorted((one.key, one.call) for one in legs_of(store, ACME)) == [("moved", "after"), ("stays", "before")]


def test_many_places_are_kept_in_one_transaction(store):
    people = [f"{number:024x}" for number in range(30)]
    arrived = [SourceDeliveries(one, "pbx", [Delivery(one, "pbx", 0, [leg(0)], [])] * 2, NUMBERING) for one in people]
    assert store.keep_all(arrived, 7) == [[KeptCounts(1, 0, 0), KeptCounts(0, 1, 0)]] * 30
    assert [len(legs_of(store, one)) for one in people] == [1] * 30
    assert store.applied() == 7


@pytest.mark.parametrize("few", [duckdb_keeping.FEW_LEGS, 1000])
def test_large_and_small_deliveries_know_each_others_legs(store, monkeypatch, few):
    """Of the large one is remembered what it has, or, if it is more than a few, nothing."""
    monkeypatch.setattr(duckdb_keeping, "FEW_LEGS", few)
    many = [leg(0, f"n{number}") for number in range(3000)]
    assert keep(store, leg(0, "n7")) == KeptCounts(1, 0, 0)
    assert keep(store, *many) == KeptCounts(2999, 1, 0)
    assert keep(store, leg(0, "n8"), leg(0, "new")) == KeptCounts(1, 1, 0)
