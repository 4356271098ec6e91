"""What stands out in records: told in the receipt, and nothing is stopped by it."""

import pytest

from calls_table import NUMBERING, legs
from pbxtally.calls import Numbering
from pbxtally.findings import Findings
from pbxtally.legs import Via
from pbxtally.records import Rejected

TABLE = """
    start    | answer   | end      | from | to    | result   | call
    09:00:00 | 09:00:10 | 09:01:15 | 101  | +4511 | ANSWERED | 1
    09:30:00 |          | 09:30:20 | alice | carrier | BUSY  | 2
    09:40:00 |          | 09:40:20 | alice | carrier | BUSY  | 3
"""
LATE_MS = 2**45


def found(some, numbering=NUMBERING, now_ms=LATE_MS, rejected=()):
    findings = Findings()
    findings.look(some, rejected, numbering, now_ms)
    return findings


def devices(one, caller, callee):
    return one._replace(caller_device=caller, callee_device=callee)


def orphaned():
    """Three calls: one of extension 101's, two between devices that are no extensions."""
    first, second, third = legs(TABLE)
    return [first, devices(second, "alice", "carrier"), devices(third, "alice", "carrier")]


def test_calls_without_an_extension_are_told_with_the_devices_they_name():
    assert list(found(orphaned()).sentences()) == [
        "calls with no known extension: 2 (carrier 2); a trunk, pattern or number missing?"
    ]
    assert found(orphaned()).members() == {"orphans": 2, "orphanDevices": ["carrier"]}


def test_a_trunk_that_is_named_leaves_the_phone_to_be_named():
    numbering = Numbering(trunks=frozenset({"carrier"}))
    assert found(orphaned(), numbering).devices == {"alice": 2}


def test_from_trunk_to_trunk_a_call_may_be_nobodys():
    assert found(orphaned(), Numbering(trunks=frozenset({"carrier", "alice"}))).orphans == 0


def test_a_leg_of_nobodys_is_none_if_another_leg_of_its_call_has_an_extension():
    first, second, _ = orphaned()
    assert found([first, second._replace(call=first.call)]).orphans == 0


def test_what_rings_no_phone_is_no_orphan():
    _, second, _ = orphaned()
    assert found([second._replace(via=Via.MACHINE)]).orphans == 0


def test_a_leg_that_is_told_twice_is_counted():
    assert list(found([*legs(TABLE), *legs(TABLE)[:1]]).sentences())[-1] == "legs told twice, counted once: 1"


def test_calls_that_end_in_the_future_tell_that_a_clock_is_ahead():
    [one, *_] = legs(TABLE)
    assert found([one], now_ms=one.ended_ms - 95_000).members() == {"clockAheadSeconds": 95}
    assert found([one], now_ms=one.ended_ms - 1_500).members() == {}


def test_a_leg_that_begins_before_its_channel_was_made_tells_that_the_clock_was_set_back():
    [one, *_] = legs(TABLE)
    earlier = one._replace(epoch_ms=one.started_ms + 600_000)
    assert list(found([earlier]).sentences()) == [
        "legs that begin before their channel: 1, by up to 600 s; was the clock set back?"
    ]
    assert found([one._replace(epoch_ms=one.started_ms + 999)]).members() == {}


@pytest.mark.parametrize(
    ("reason", "many"),
    [
        ("impossible times: start, answer and end are not in this order", 1),
        ("the call starts more than a day in the future, or before 1971: 1970-01-01 00:00:00 UTC", 1),
        ("3 columns; Asterisk writes 16 to 21", 0),
    ],
)
def test_rejected_records_with_impossible_times_are_told_apart(reason, many):
    assert found([], rejected=[Rejected(1, reason, b"")]).impossible == many


def test_what_was_found_in_parts_is_added_up():
    whole, part = found(orphaned()), found([*legs(TABLE)[:1] * 2], now_ms=0)
    whole.add(part)
    assert (whole.orphans, whole.twice, whole.ahead_ms) == (2, 1, part.ahead_ms)
