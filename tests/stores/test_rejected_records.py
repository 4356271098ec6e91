"""Rejected records are kept once, and of everything that came it is known what became of it."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calls_table import NUMBERING, legs
from kept_legs import legs_of
from office import new_id
from pbxtally.records import ReadAgain, Rejected
from pbxtally.stores import duckdb_again, duckdb_marks
from random_calls import many_calls
from stores.one_store import (
    ONE_CALL,
)

# ── rejected records ──


def test_rejected_records_are_kept_once_with_their_reasons(store, acme):
    bad = [Rejected(3, "not a CSV line", b'"\xff\x00'), Rejected(7, "start is empty", b"a;b")]
    store.keep_rejected(acme, "pbx", "Master.csv", bad, 1000)
    store.keep_rejected(acme, "pbx", "Master.csv.1", [Rejected(1, "not a CSV line", b'"\xff\x00')], 2000)
    assert [tuple(one) for one in store.rejections() if one.customer == acme] == [
        (acme, "pbx", "Master.csv", 3, "not a CSV line", b'"\xff\x00', 1000),
        (acme, "pbx", "Master.csv", 7, "start is empty", b"a;b", 1000),
    ]


def test_the_same_bytes_twice_in_one_file_are_kept_once(store, acme):
    store.keep_rejected(acme, "pbx", "f", [Rejected(1, "no", b"x"), Rejected(2, "no", b"x")], 1000)
    store.keep_rejected(acme, "pbx", "f", [], 1000)
    assert [one.line for one in store.rejections() if one.customer == acme] == [1]


@pytest.mark.parametrize("marks", [8, 1 << 24], ids=["marks that many share", "hardly a shared mark"])
def test_a_record_is_kept_once_however_its_mark_was_come_by(open_store, tmp_path, acme, monkeypatch, marks):
    monkeypatch.setattr(duckdb_marks, "MARKS", marks)
    first, second = ([b"record %d" % number for number in span] for span in (range(20), range(15, 40)))
    for number, records in enumerate((first, second, second, first)):
        if number % 2 == 0:
            store = open_store(tmp_path)
        store.keep_rejected(acme, "pbx", "f", [Rejected(1, "no", one) for one in records], 1000 + number)
        if number == 0:
            store.forget_rejected(acme, "pbx", first[:5])
        if number % 2 == 1:
            store.close()
    store = open_store(tmp_path)
    assert sorted(one.raw for one in store.rejections()) == sorted({*first, *second})
    assert source_of(store, acme)[1:] == (0, 5 + 25 + 15, 0, 40)
    store.close()


def source_of(store, *customers, source="pbx"):
    """What became of what came of a source: received, kept, known, replaced, rejected."""
    [one] = [one for one in store.sources_kept(customers) if one.source == source]
    return (one.received, *one[1:5])


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some=many_calls(days=1, most=4), data=st.data())
def test_of_every_record_that_ever_came_it_is_known_what_became_of_it(store, some, data):
    acme, said, received = new_id(), [], 0
    for _ in range(4):
        part = [one._replace(talk_ms=one.talk_ms + data.draw(st.sampled_from([0, 0, 1000]))) for one in some]
        said.append(store.keep(acme, "pbx", part, NUMBERING))
        bad = [Rejected(1, "no", raw) for raw in data.draw(st.lists(st.sampled_from([b"x", b"y"]), max_size=3))]
        store.keep_rejected(acme, "pbx", "f", bad, 1000)
        received += len(part) + len(bad)
    rejected = len([one for one in store.rejections() if one.customer == acme])
    kept, _, replaced = (sum(column) for column in zip(*said, strict=True))
    assert source_of(store, acme) == (received, kept, received - kept - replaced - rejected, replaced, rejected)
    assert kept == len(legs_of(store, acme))


def test_what_came_of_several_customers_is_added_up_and_tidying_changes_nothing(store, acme, monkeypatch):
    monkeypatch.setattr(duckdb_again, "MANY_ROWS", 1)
    other = new_id()
    for customer, times in ((acme, 3), (other, 2)):
        for _ in range(times):
            store.keep(customer, "pbx", legs(ONE_CALL), NUMBERING)
            store.tidy()
    assert source_of(store, acme, other) == (5, 2, 3, 0, 0)
    assert source_of(store, acme) == (3, 1, 2, 0, 0)
    assert store.sources_kept([new_id()]) == []


def test_the_same_bytes_of_another_source_or_customer_are_kept_as_well(store, acme):
    other = new_id()
    for customer, source in ((acme, "one"), (acme, "two"), (other, "one")):
        store.keep_rejected(customer, source, "f", [Rejected(1, "no", b"x")], 1000)
    assert sorted((one.customer, one.source) for one in store.rejections() if one.customer in (acme, other)) == sorted(
        [(acme, "one"), (acme, "two"), (other, "one")]
    )


def test_of_what_a_file_of_an_earlier_version_kept_it_is_unknown_when_it_came(open_store, tmp_path, acme):
    (leg,) = legs(ONE_CALL)
    store = open_store(tmp_path)
    store.keep(acme, "one", [leg], NUMBERING, 2000)
    store.keep_rejected(acme, "one", "f", [Rejected(1, "no", b"x")], 1000)
    with store._file.change() as cursor:
        cursor.execute("ALTER TABLE legs DROP COLUMN came_ms")
    store.close()
    store = open_store(tmp_path)
    other = leg._replace(talk_ms=1)
    assert store.keep_read_again(acme, "one", [ReadAgain(b"x", {acme: [other]}, 1000)], {acme: NUMBERING}) == (0, 0, 1)
    assert legs_of(store, acme) == [other]
    store.close()


def test_a_record_that_was_read_again_is_kept_and_leaves_the_list_once(store, acme):
    other, one_call = new_id(), legs(ONE_CALL)
    store.keep_rejected(acme, "one", "f", [Rejected(1, "no", b"x"), Rejected(2, "no", b"y")], 1000)
    found, numberings = [ReadAgain(b"x", {acme: one_call, other: one_call}, 1000)], {acme: NUMBERING, other: NUMBERING}
    assert store.keep_read_again(acme, "one", found, numberings) == (2, 0, 0)
    assert store.keep_read_again(acme, "one", found, numberings) == (0, 0, 0)
    assert store.keep_read_again(acme, "one", [], {}) == (0, 0, 0)
    assert (legs_of(store, acme), legs_of(store, other)) == (one_call, one_call)
    assert [one.raw for one in store.rejections() if one.customer == acme] == [b"y"]
    assert [(one.known, one.replaced) for one in store.sources_kept([acme, other])] == [(0, 0)]


def test_only_the_records_named_leave_the_list_of_that_source(store, acme):
    for source in ("one", "two"):
        store.keep_rejected(acme, source, "f", [Rejected(1, "no", b"x"), Rejected(2, "no", b"y")], 1000)
    store.forget_rejected(acme, "one", [b"x", b"never seen"])
    store.forget_rejected(acme, "one", [])
    found = [(one.source, one.raw) for one in store.rejections() if one.customer == acme]
    assert sorted(found) == [("one", b"y"), ("two", b"x"), ("two", b"y")]
