"""When a call of the list started: at the moment in which its statistics count it, whatever its records say first."""

import pytest

from call_lists import lists, told
from calls_table import legs, ms
from office import Office
from pbxtally.calls import Numbering
from reads import Reads
from sources.asterisk_events import events

INVITE = {
    "id": 1, "method": "INVITE", "from_tag": "f1", "to_tag": "t1", "callid": "one@192.0.2.1", "sip_code": "200",
    "sip_reason": "OK", "time": "2020-12-01 00:00:07", "src_user": "4599000001", "src_ip": "192.0.2.99",
    "dst_user": "102", "dst_ouser": "102", "dst_domain": "pbx.example", "invited": "1606777193.000000",
}  # fmt: skip
BYE = {**INVITE, "id": 2, "method": "BYE", "time": "2020-12-01 00:01:07"}
BEFORE_MIDNIGHT = 1_606_777_193_000  # 2020-11-30 23:59:53 in Copenhagen

EVENTS = """
     0.7  | START   | PJSIP/trunk | 1 |                        |
     0.8  | DIAL    | PJSIP/trunk | 1 | D PJSIP/102,20         |
     0.8  | START   | PJSIP/102   | 2 |                        |
     5.5  | ANSWER  | PJSIP/102   | 2 | AD                     |
     5.5  | ANSWER  | PJSIP/trunk | 1 | D PJSIP/102,20         |
     5.6  | IN      | PJSIP/102   | 2 | AD                     |
     5.6  | IN      | PJSIP/trunk | 1 | D PJSIP/102,20         |
    15.7  | OUT     | PJSIP/102   | 2 | AD                     |
    15.7  | HANGUP  | PJSIP/102   | 2 | AD                     | 16
    15.7  | HANGUP  | PJSIP/trunk | 1 | D PJSIP/102,20         | 16
"""


@pytest.fixture
def store(shared_store):
    return shared_store


@pytest.fixture
def office(store):
    office = Office(store)
    office.hires("Anna", "102")
    return office


def rings_before_midnight(office):
    """A proxy writes its first row when the call is answered."""
    kamailio = Reads("kamailio", layout="192.0.2.99, carrier.example")
    office.keeps(kamailio.read(INVITE, BYE), kamailio.numbering)
    return BEFORE_MIDNIGHT


def has_record_and_events(office):
    """A record with whole seconds stands beside the events of the call, which count."""
    found = events(EVENTS)
    [record] = legs("""
        start    | answer   | end      | from  | to  | result
        10:00:00 | 10:00:05 | 10:00:15 | +4599 | 102 | ANSWERED
    """)
    office.keeps([*found, record._replace(call=found[0].call)], Numbering(trunks=frozenset({"trunk"})))
    return ms("10:00:00") + 700


@pytest.mark.parametrize("happens", [rings_before_midnight, has_record_and_events])
def test_a_call_is_in_the_list_of_the_moment_in_which_it_is_counted(office, happens):
    at_ms = happens(office)
    found = {
        moment: (
            lists(office, **{"from": moment, "to": moment}).total,
            sum(row["data"].popitem()[1]["inboundCalls"] for row in office.asks(**{"from": moment, "to": moment})),
        )
        for moment in (at_ms - 1, at_ms, at_ms + 1)
    }
    assert found == {at_ms - 1: (0, 0), at_ms: (1, 1), at_ms + 1: (0, 0)}


@pytest.mark.parametrize("happens", [rings_before_midnight, has_record_and_events])
def test_the_only_call_of_a_page_says_who_took_it(office, happens):
    at_ms = happens(office)
    day = {"from": "2020-11-30", "to": "2020-12-02"}
    [call] = lists(office, **day).calls
    assert (call.started_ms, call.answered_by_callee, call.callee.name) == (at_ms, True, "Anna")
    assert lists(office, **day, answeredByCallee=True).total == 1
    assert [callee for _, callee, *_ in told(lists(office, **day, extension="102"))] == ["102"]


def test_a_call_that_only_begins_is_in_no_total_until_it_is_over(office):
    numbering = Numbering(trunks=frozenset({"trunk"}))
    office.keeps(events(EVENTS)[:-2], numbering)
    assert (lists(office).total, lists(office).calls) == (0, [])
    office.keeps(events(EVENTS), numbering)
    assert (lists(office).total, len(lists(office).calls)) == (1, 1)


def test_an_end_that_nobody_knows_the_begin_of_is_no_call(office):
    kamailio = Reads("kamailio", layout="192.0.2.99, carrier.example")
    office.keeps(kamailio.read(BYE), kamailio.numbering)
    assert (lists(office).total, lists(office).calls) == (0, [])


def test_a_call_of_events_that_is_counted_for_nobody_is_in_the_list(office):
    announcement = """
         0    | START   | PJSIP/trunk | 1 |   |
         0.1  | ANSWER  | PJSIP/trunk | 1 |   |
         9.0  | HANGUP  | PJSIP/trunk | 1 |   | 16
    """
    office.keeps(events(announcement), Numbering(trunks=frozenset({"trunk"})))
    assert (lists(office).total, [one.callee.type for one in lists(office).calls]) == (1, ["SYSTEM"])
