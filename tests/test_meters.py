"""What a server counts of itself: as Prometheus reads it, and nothing of people."""

import re
from pathlib import Path

import pytest

from calls_table import NUMBERING, legs
from pbxtally.collector_meters import CollectorNow
from pbxtally.intervals import HOUR_MS
from pbxtally.meters import Meters, Now
from pbxtally.people import new_id
from pbxtally.records import Delivery, ReadAgain, Rejected, Removal, SourceDeliveries
from pbxtally.stores.watched_store import WatchedStore

CALLS = """
    start    | answer   | end      | from | to    | result   | call
    09:00:00 | 09:00:10 | 09:01:15 | 101  | +4511 | ANSWERED | 1
    09:30:00 |          | 09:30:20 | +4512 | 101  | BUSY     | 2
"""


class Waiting:
    """Two deliveries wait, the first for three seconds."""

    def waiting(self):
        return 2

    def complete_until_ms(self):
        return 7_000


def told(meters, store):
    """From each line's name and labels to its number."""
    now = Now(Waiting(), lambda: 10_000, lambda: 5_000_000_000, store.rejected_records)
    text = meters.text(now).decode()
    return {name: float(number) for name, number in re.findall(r"^(pbxtally_\S+) (\S+)$", text, re.MULTILINE)}


def watched(folder, meters):
    return WatchedStore(folder, meters, memory="256MB", threads=1, query_seconds=10)


def test_records_are_told_by_what_became_of_them(tmp_path):
    meters, customer = Meters(), new_id()
    store = watched(tmp_path, meters)
    store.keep(customer, "asterisk", legs(CALLS), NUMBERING)
    store.keep(customer, "asterisk", legs(CALLS), NUMBERING)
    store.keep_rejected(customer, "asterisk", "a.csv", [Rejected(3, "no", b"half")], 0)
    found = told(meters, store)
    assert found['pbxtally_records_total{outcome="kept",source="asterisk"}'] == 2
    assert found['pbxtally_records_total{outcome="known",source="asterisk"}'] == 2
    assert found['pbxtally_records_total{outcome="rejected",source="asterisk"}'] == 1
    assert found['pbxtally_rejected_records{source="asterisk"}'] == 1
    store.close()


def test_deliveries_are_told_as_well_and_how_long_a_round_of_them_took(tmp_path):
    meters, customer = Meters(), new_id()
    store = watched(tmp_path, meters)
    delivery = Delivery(customer, "asterisk", 0, legs(CALLS), [Rejected(1, "no", b"x")])
    store.keep_all([SourceDeliveries(customer, "asterisk", [delivery], NUMBERING)], 1)
    found = told(meters, store)
    assert found['pbxtally_records_total{outcome="kept",source="asterisk"}'] == 2
    assert found['pbxtally_records_total{outcome="rejected",source="asterisk"}'] == 1
    assert found["pbxtally_writer_round_seconds_count"] == 1
    assert found[f'pbxtally_last_record_timestamp_seconds{{customer="{customer}",source="asterisk"}}'] > 1e9
    store.close()


def test_the_newest_call_is_known_after_a_start_as_well(tmp_path):
    meters, customer = Meters(), new_id()
    store = watched(tmp_path, meters)
    store.keep(customer, "asterisk", legs(CALLS), NUMBERING)
    name = f'pbxtally_last_call_timestamp_seconds{{customer="{customer}",source="asterisk"}}'
    before = told(meters, store)[name]
    assert before == max(leg.started_ms for leg in legs(CALLS)) / 1000
    store.close()
    store = watched(tmp_path, again := Meters())
    assert told(again, store)[name] == before
    store.close()


def take_away(store, customer, key):
    gone = Delivery(customer, "asterisk", 0, [], [], gone=Removal((key,)))
    store.keep_together([SourceDeliveries(customer, "asterisk", [gone], NUMBERING)])


def test_the_newest_call_is_that_of_what_is_left_after_some_were_taken_away(tmp_path):
    meters, customer = Meters(), new_id()
    store = watched(tmp_path, meters)
    first, last = legs(CALLS)
    name = f'pbxtally_last_call_timestamp_seconds{{customer="{customer}",source="asterisk"}}'
    store.keep(customer, "asterisk", [first, last], NUMBERING)
    take_away(store, customer, last.key)
    assert told(meters, store)[name] == first.started_ms / 1000
    take_away(store, customer, first.key)
    assert name not in told(meters, store)
    store.close()


@pytest.mark.parametrize("in_a_delivery", [False, True])
def test_the_newest_call_is_no_version_that_was_replaced(tmp_path, in_a_delivery):
    meters, customer = Meters(), new_id()
    store = watched(tmp_path, meters)
    corrected = [leg._replace(started_ms=leg.started_ms - HOUR_MS) for leg in legs(CALLS)]
    store.keep(customer, "asterisk", legs(CALLS), NUMBERING)
    if in_a_delivery:
        delivery = Delivery(customer, "asterisk", 0, corrected, [])
        store.keep_all([SourceDeliveries(customer, "asterisk", [delivery], NUMBERING)], 1)
    else:
        store.keep(customer, "asterisk", corrected, NUMBERING)
    name = f'pbxtally_last_call_timestamp_seconds{{customer="{customer}",source="asterisk"}}'
    assert told(meters, store)[name] == corrected[1].started_ms / 1000
    store.close()


def test_the_newest_call_may_be_one_that_was_rejected_at_first(tmp_path):
    meters, customer = Meters(), new_id()
    store = watched(tmp_path, meters)
    store.keep_rejected("pbx hosted", "asterisk", "a.csv", [Rejected(1, "nobody's", b"x")], 0)
    store.keep_read_again(
        "pbx hosted", "asterisk", [ReadAgain(b"x", {customer: legs(CALLS)}, 1000)], {customer: NUMBERING}
    )
    name = f'pbxtally_last_call_timestamp_seconds{{customer="{customer}",source="asterisk"}}'
    assert told(meters, store)[name] == legs(CALLS)[1].started_ms / 1000
    store.close()


def test_lag_depth_and_room_are_those_of_now(tmp_path):
    meters = Meters()
    store = watched(tmp_path, meters)
    found = told(meters, store)
    assert found["pbxtally_journal_deliveries"] == 2
    assert found["pbxtally_journal_lag_seconds"] == 3
    assert found["pbxtally_disk_free_bytes"] == 5e9
    store.close()


def test_a_collector_tells_what_its_kind_has_and_nothing_else(tmp_path):
    meters = Meters()
    store = watched(tmp_path, meters)
    meters.watch(lambda: [CollectorNow("listen", "3cx", "desk", True, 5, 1, 2, 0, 9.5, None, None, None, None, None)])
    labels = '{kind="listen",name="desk",source="3cx"}'
    assert {name: number for name, number in told(meters, store).items() if "collector" in name} == {
        f"pbxtally_collector_connected{labels}": 1,
        f"pbxtally_collector_last_record_timestamp_seconds{labels}": 9.5,
        f"pbxtally_collector_errors_total{labels}": 2,
        f"pbxtally_collector_warnings_total{labels}": 0,
        'pbxtally_collector_records_total{kind="listen",name="desk",outcome="accepted",source="3cx"}': 5,
        'pbxtally_collector_records_total{kind="listen",name="desk",outcome="rejected",source="3cx"}': 1,
    }
    store.close()


def test_every_metric_is_in_the_manual():
    manual = (Path(__file__).parent.parent / "docs" / "operate.md").read_text("utf-8")
    meters = Meters()
    meters.watch(list)
    names = re.findall(r"^# HELP (pbxtally_\w+)", meters.text(Now(Waiting(), int, int, dict)).decode(), re.MULTILINE)
    assert {"pbxtally_records_total", "pbxtally_collector_row"} <= set(names)
    assert [one for one in names if one not in manual] == []
