"""What is delivered is on the disk before it is acknowledged, counts once, and is accounted for record by record."""

import json
import threading
from dataclasses import replace

import pytest

from cli.office import ACME, row
from delivery_office import delivery_office
from kept_legs import legs_of
from pbxtally.arrivals import RawDelivery
from pbxtally.errors import BusyError, CredentialsInvalidError, InvalidFieldError, NotFoundError, SourceError
from pbxtally.people import CustomerState
from pbxtally.records import Batch, KeptCounts
from pbxtally.sources import SOURCES
from pbxtally.stores import journal as journals


@pytest.fixture
def office(tmp_path):
    with delivery_office(tmp_path) as office:
        yield office


ONE, TWO = row("01 09:00:00", "101", "102"), row("01 09:05:00", "102", "101")
GOOD = {"known": 0, "replaced": 0, "rejected": 0, "rejections": []}


def test_a_delivery_is_counted_when_it_is_answered(office):
    assert office.take(ONE, TWO) == {"received": 2, "kept": 2, **GOOD}
    assert len(legs_of(office.store, ACME)) == 2


def test_what_comes_again_is_known(office):
    office.take(ONE)
    assert office.take(ONE, TWO, ONE) == {"received": 3, "kept": 1, **GOOD, "known": 2, "findings": {"toldTwice": 1}}


def test_a_record_that_is_none_is_rejected_with_its_reason_and_kept(office):
    receipt = office.take(ONE, b"nonsense\n")
    assert (receipt["received"], receipt["kept"], receipt["rejected"]) == (2, 1, 1)
    assert [one["record"] for one in receipt["rejections"]] == [2]
    assert [one.raw for one in office.store.rejections()] == [b"nonsense\n"]


def test_the_same_body_under_the_same_key_is_answered_the_same(office):
    first = office.take(ONE, key="k1")
    assert office.take(ONE, key="k1") == first
    with pytest.raises(InvalidFieldError, match="Another body"):
        office.take(TWO, key="k1")


def test_a_key_of_more_than_three_days_ago_is_a_new_one(office, monkeypatch):
    office.take(ONE, key="k1")
    monkeypatch.setattr(journals, "REMEMBERED_MS", -1)
    assert office.take(TWO, key="k1")["kept"] == 1
    monkeypatch.undo()
    with pytest.raises(InvalidFieldError, match="Another body"):
        office.take(ONE, key="k1")


def test_a_key_whose_delivery_was_only_safe_hears_what_it_counted_as_when_it_asks_again(office):
    office.arrivals.close()
    assert office.take(ONE, key="k2") == {"received": 1, "accepted": 1, "rejected": 0, "rejections": []}
    office.close()
    office.open()
    first = office.take(ONE, key="k2")
    assert first == {"received": 1, "kept": 0, **GOOD, "known": 1}
    assert office.take(ONE, key="k2") == first


def test_deliveries_under_keys_share_two_commits_one_to_be_safe_and_one_for_their_answers(office):
    statements = []
    office.journal._writer.set_trace_callback(statements.append)
    handed = [RawDelivery(ACME, "asterisk", row(f"01 09:00:{at:02}", "101", "102"), f"k{at}") for at in range(20)]
    taken = office.arrivals.take_together(handed)
    first = office.arrivals.answers(taken, taken.outcomes.result(5))
    assert statements.count("COMMIT") == 2
    again = office.arrivals.take_together(handed)
    assert office.arrivals.answers(again, again.outcomes.result(5)) == first
    assert (statements.count("COMMIT"), len(legs_of(office.store, ACME))) == (2, 20)


def test_who_asks_again_while_the_first_is_not_answered_hears_the_same(office):
    taken = office.arrivals.take_together([RawDelivery(ACME, "asterisk", ONE, "k3")] * 2)
    first, second = office.arrivals.answers(taken, taken.outcomes.result(5))
    assert first == second == office.arrivals.take(ACME, "asterisk", ONE, "k3")
    assert json.loads(first.receipt) == {"received": 1, "kept": 1, **GOOD}


def test_two_bodies_under_one_key_at_once_are_each_accounted_for_and_the_first_has_the_key(office):
    taken = office.arrivals.take_together(
        [RawDelivery(ACME, "asterisk", ONE, "k4"), RawDelivery(ACME, "asterisk", TWO, "k4")]
    )
    kept = [json.loads(one.receipt)["kept"] for one in office.arrivals.answers(taken, taken.outcomes.result(5))]
    assert kept == [1, 1]
    with pytest.raises(InvalidFieldError, match="Another body"):
        office.take(TWO, key="k4")


def test_on_a_full_disk_a_key_is_still_answered_and_nothing_new_is_taken(office, monkeypatch):
    first = office.take(ONE, key="k5")
    monkeypatch.setattr(journals, "LEAST_FREE_SHARE", 2)
    assert office.take(ONE, key="k5") == first
    with pytest.raises(BusyError, match="nearly full"):
        office.take(TWO, key="k6")


def test_an_unknown_source_is_not_found_and_nothing_is_written(office):
    with pytest.raises(NotFoundError):
        office.arrivals.take(ACME, "abacus", ONE)
    assert office.journal.last() == 0


def test_a_delivery_in_the_wrong_zone_is_refused_whole(office):
    elsewhere = row("01 09:00:00", "101", "102", channel_seconds=3 * 3600)
    with pytest.raises(SourceError, match="not in the zone Europe/Copenhagen"):
        office.take(elsewhere)
    assert office.journal.last() == 0


def test_what_the_journal_has_and_the_store_has_not_is_counted_at_the_next_start(office):
    office.take(ONE)
    office.arrivals.close()
    assert office.take(TWO) == {"received": 1, "accepted": 1, "rejected": 0, "rejections": []}
    assert len(legs_of(office.store, ACME)) == 1
    office.close()
    office.open()
    wait_until(lambda: not office.arrivals.waiting())
    assert len(legs_of(office.store, ACME)) == 2


def test_calls_that_were_lost_are_made_up_for_from_the_journal(office):
    office.take(ONE, TWO)
    before = legs_of(office.store, ACME)
    office.close()
    (office.folder / "calls.duckdb").unlink()
    office.open()
    wait_until(lambda: not office.arrivals.waiting())
    assert legs_of(office.store, ACME) == before


@pytest.mark.parametrize("damage", [lambda log: log[:-700] + bytes(700), lambda log: log[: len(log) // 2]])
def test_what_a_torn_or_cut_log_of_the_store_lost_comes_back_from_the_journal(office, damage):
    rows = [row(f"01 10:00:{second:02}", "101", "102") for second in range(50)]
    for one in rows:
        office.take(one)
    damaged = damage((office.folder / "calls.duckdb.wal").read_bytes())
    left_behind = (office.folder / "calls.duckdb").read_bytes()
    office.close()
    (office.folder / "calls.duckdb").write_bytes(left_behind)
    (office.folder / "calls.duckdb.wal").write_bytes(damaged)
    office.open()
    wait_until(lambda: not office.arrivals.waiting())
    assert len(legs_of(office.store, ACME)) == 50
    assert office.take(*rows)["known"] == 50


def test_many_senders_share_commits_and_each_hears_of_its_own(office):
    rows = [row(f"01 10:{index // 60:02}:{index % 60:02}", "101", "102") for index in range(200)]
    receipts = []
    reader = [threading.Thread(target=lambda one=one: receipts.append(office.take(one))) for one in rows]
    for one in reader:
        one.start()
    for one in reader:
        one.join()
    assert receipts == [{"received": 1, "kept": 1, **GOOD}] * 200
    assert len(legs_of(office.store, ACME)) == 200


def test_what_is_wrong_with_one_says_nothing_of_those_that_are_taken_with_it(office):
    nobody = CredentialsInvalidError("Not known here")
    handed = [
        RawDelivery(ACME, "asterisk", ONE),
        nobody,
        RawDelivery(ACME, "abacus", ONE),
        RawDelivery(ACME, "asterisk", TWO),
    ]
    taken = office.arrivals.take_together(handed)
    first, second, third, fourth = office.arrivals.answers(taken, taken.outcomes.result(5))
    assert json.loads(first.receipt) == json.loads(fourth.receipt) == {"received": 1, "kept": 1, **GOOD}
    assert (second, third.code) == (nobody, 404)
    assert office.journal.last() == 2


def test_together_is_safe_and_not_counted_while_the_store_is_busy(office):
    with office.store._file.writing:
        taken = office.arrivals.take_together([RawDelivery(ACME, "asterisk", ONE)])
        (answer,) = office.arrivals.answers(taken, None)
        assert (json.loads(answer.receipt)["accepted"], answer.counted) == (1, False)
        assert office.journal.last() == 1
    assert taken.outcomes.result(5) == [KeptCounts(1, 0, 0)]


def test_what_nobody_will_count_any_more_is_not_waited_for(office):
    office.arrivals.close()
    assert office.arrivals.take_together([RawDelivery(ACME, "asterisk", ONE)]).outcomes.result(5) is None


def test_a_leg_that_no_store_can_hold_keeps_nobody_waiting_and_is_accounted_for(office, monkeypatch):
    asterisk = SOURCES["asterisk"]

    def read(records, reading):
        for one in asterisk.read(records, reading):
            yield one._replace(ring_limit_ms=2**63) if "999" in one else one

    monkeypatch.setitem(SOURCES, "asterisk", replace(asterisk, read=read))
    assert office.take(row("01 09:00:00", "101", "999")) == {"received": 1, "kept": 0, **GOOD, "rejected": 1}
    assert office.take(ONE)["kept"] == 1
    [one] = office.store.rejections()
    assert "it cannot be kept" in one.reason
    assert b'"999"' in one.raw
    assert [type(why) for why in office.faults] == [ValueError]
    office.faults.clear()


def wait_until(is_so):
    waited = threading.Event()
    for _ in range(500):
        if is_so():
            return
        waited.wait(0.01)
    raise AssertionError("it never came to be")


def says(office, customer):
    with office.people.change() as change:
        change.keep_customers([customer])


def test_of_a_customer_who_is_deleted_a_collector_is_told_and_nothing_is_taken_until_they_are_back(office):
    here = office.people.customer(ACME)
    told = (ACME, "asterisk", Batch("Master.csv", [ONE]), lambda parts, zone: None)
    says(office, replace(here, state=CustomerState.DELETED))
    with pytest.raises(InvalidFieldError, match=f"{here.name} is deleted"):
        office.arrivals.take_batch(*told)
    says(office, here)
    office.arrivals.take_batch(*told)
    assert office.take(ONE) == {"received": 1, "kept": 0, **GOOD, "known": 1}


def test_a_leg_that_begins_an_hour_into_a_call_that_is_there_is_not_from_another_zone(office):
    moved = row("01 10:00:00", "101", "102", channel_seconds=3600)
    late = moved.removesuffix(b",1\n") + b",2\n"
    with pytest.raises(SourceError, match="not in the zone"):
        office.take(late)
    office.take(ONE)
    assert office.take(late) == {"received": 1, "kept": 1, **GOOD}
    assert office.take(late) == {"received": 1, "kept": 0, **GOOD, "known": 1}
    with pytest.raises(SourceError, match="not in the zone"):
        office.take(moved)
