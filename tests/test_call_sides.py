"""Who called and who was called, by a list of calls: own sides by their numbers, whatever the devices are called."""

import pytest
from hypothesis import given, settings

from call_lists import lists, told
from calls_table import NUMBERING, legs, ms
from office import Office
from pbxtally.call_summary import Extensions, summarize_call
from pbxtally.calls import Numbering, involvements
from pbxtally.numbering import Numberings
from pbxtally.people import SourceSetting
from random_calls import EXTENSIONS, calls, on_tenants_devices
from test_properties import quick


@pytest.fixture(scope="module")
def store(shared_store):
    return shared_store


def test_a_call_that_was_passed_on_says_who_took_it_first(store):
    office = Office(store)
    office.hires("Anna", "101")
    office.hires("Bo", "102")
    office.keeps(
        legs("""
            start    | answer   | end      | from  | to  | result   | call
            09:00:00 | 09:00:10 | 09:01:00 | +4511 | 101 | ANSWERED | 1
            09:01:00 | 09:01:05 | 09:02:00 | +4511 | 102 | ANSWERED | 1
        """)
    )
    [call] = lists(office).calls
    assert (call.caller.number, call.callee.name, call.ended_ms) == ("+4511", "Anna", ms("09:02:00"))
    assert [lists(office, extension=number, direction="IN").total for number in ("101", "102")] == [1, 1]


def test_a_call_that_is_counted_for_nobody_is_in_the_list_of_the_customer(store):
    office = Office(store)
    office.hires("Anna", "101")
    office.keeps(
        legs("""
            start    | answer   | end      | from  | to        | result   | call
            09:00:00 | 09:00:00 | 09:00:30 | +4511 | machine   | ANSWERED | 1
        """)
    )
    [call] = lists(office).calls
    assert (call.caller.type, call.callee.type, call.terminated_reason) == ("EXTERNAL", "SYSTEM", "HANGUP")
    assert not call.answered_by_callee
    assert lists(office, extension="101").total == 0


def test_an_id_that_the_pbx_uses_again_days_later_is_another_call_with_its_own_sides(store):
    office = Office(store)
    office.hires("Anna", "101")
    office.keeps(
        legs("""
            start               | answer              | end                 | from  | to      | result   | call
            2020-12-01 09:00:00 | 2020-12-01 09:00:05 | 2020-12-01 09:01:00 | +4511 | 101     | ANSWERED | 1
            2020-12-03 10:00:00 |                     | 2020-12-03 10:00:20 | +4512 | 101     | GAVE_UP  | 1
            2020-12-05 11:00:00 | 2020-12-05 11:00:00 | 2020-12-05 11:00:30 | +4513 | machine | ANSWERED | 1
        """)
    )
    every = lists(office, to="2020-12-31")
    assert told(every) == [
        ("+4511", "101", "HANGUP", None),
        ("+4512", "101", "CANCEL", "A"),
        ("+4513", "", "HANGUP", None),
    ]
    assert [one.ended_ms - one.started_ms for one in every.calls] == [60_000, 20_000, 30_000]
    assert [one.caller.number for one in lists(office, to="2020-12-31", answeredByCallee=False).calls] == [
        "+4512",
        "+4513",
    ]


def test_who_listens_to_the_own_voicemail_is_an_own_side(store):
    office = Office(store)
    office.hires("Anna", "101")
    office.keeps(
        legs("""
            start    | answer   | end      | from | to        | result    | call
            09:00:00 | 09:00:00 | 09:00:30 | 101  | voicemail | VOICEMAIL | 1
        """)
    )
    [call] = lists(office).calls
    assert (call.caller.name, call.caller.type, call.callee.type) == ("Anna", "SIPPHONE", "SYSTEM")


@settings(quick, max_examples=40)
@given(calls())
def test_a_list_says_the_same_of_devices_that_carry_more_than_their_number(store, call):
    def told_by_an_office(legs, pattern):
        office = Office(store)
        setting = office.settings[office.source] = SourceSetting(None, ("trunk",), pattern)
        for number in EXTENSIONS:
            office.hires(f"Employee {number}", number, extension=f"a{number:>023}")
        office.keeps(legs, Numbering.of_source(office.numbers(office.me.id), setting))
        return [(one.caller, one.callee, one.terminated_reason) for one in lists(office).calls]

    assert told_by_an_office(call, None) == told_by_an_office(on_tenants_devices(call), r"acme-(\d+)")


@pytest.mark.parametrize(("tenant", "pattern"), [("", None), ("acme-", r"acme-(\d+)")])
def test_of_phones_that_rang_one_after_the_other_the_last_was_called(store, tenant, pattern):
    office = Office(store)
    office.hires("Anna", "101")
    office.hires("Bo", "102")
    setting = office.settings[office.source] = SourceSetting(extensions=pattern)
    office.keeps(
        legs(f"""
            start    | answer   | end      | from  | to          | result   | call
            09:00:00 |          | 09:00:20 | +4511 | {tenant}101 | RANG_OUT | 1
            09:00:20 |          | 09:00:40 | +4511 | {tenant}102 | RANG_OUT | 1
        """),
        Numbering.of_source(frozenset(), setting),
    )
    [call] = lists(office).calls
    assert (call.callee.number, call.callee.name) == ("102", "Bo")


def test_of_phones_that_rang_at_once_the_same_one_was_called_in_whatever_order_the_numbers_first_came(store):
    earlier = """
            start    | answer   | end      | from  | to  | result   | call | key
            08:00:00 | 08:00:01 | 08:00:20 | +4511 | {}  | ANSWERED | 1    | a
    """
    group = """
            start    | answer   | end      | from  | to  | result   | call | key
            09:00:00 |          | 09:00:20 | +4511 | 101 | RANG_OUT | 2    | b
            09:00:00 |          | 09:00:20 | +4511 | 102 | RANG_OUT | 2    | c
    """
    for first in ("101", "102"):
        office = Office(store)
        for part in (earlier.format(first), group):
            office.keeps(legs(part))
        assert told(lists(office))[1] == ("+4511", "101", "CANCEL", "S")


@settings(max_examples=30, deadline=None)
@given(calls())
def test_a_call_is_listed_alike_in_whatever_order_its_parts_come(call):
    parts = involvements(call, NUMBERING)
    extensions = Extensions([], {}, Numberings(frozenset(), []))
    some = sorted(call, key=lambda leg: (leg.started_ms, leg.ended_ms, leg.key))
    listed = {summarize_call("c" * 24, 1, 0, some, order, extensions) for order in (parts, parts[::-1])}
    assert len(listed) == 1


def test_a_holders_name_finds_calls_that_only_the_device_shows_to_be_theirs(store):
    office = Office(store)
    office.hires("Anna", "101")
    setting = office.settings[office.source] = SourceSetting(extensions=r"acme-(\d+)")
    office.keeps(
        legs("""
            start    | answer   | end      | from     | to        | result    | call
            09:00:00 | 09:00:00 | 09:00:30 | acme-101 | voicemail | VOICEMAIL | 1
        """),
        Numbering.of_source(frozenset(), setting),
    )
    assert [lists(office, filter=one).total for one in ("anna", "101", "bo")] == [1, 1, 0]
