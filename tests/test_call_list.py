"""A list of calls: each call once, with who and whom, and as many for an extension as its statistics say."""

import json
from collections import Counter
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle
from call_lists import DAY, SIMULTANEOUS, lists, office_of_a_day, offices_of_one_moment, told
from calls_table import legs, ms
from office import COPENHAGEN, Office
from office import told as involved
from pbxtally.call_narrowing import fits
from pbxtally.call_query import TerminatedBy, TerminatedReason
from pbxtally.call_summary import ENDS
from pbxtally.calls import Reason
from pbxtally.errors import AccessDeniedError, InvalidFieldError
from pbxtally.people import AccessLevel
from pbxtally.records import Reading
from pbxtally.sources import telecomx
from test_properties import offices, periods, quick


@pytest.fixture(scope="module")
def store(shared_store):
    return shared_store


@pytest.fixture
def office(store):
    return office_of_a_day(store)


def test_each_call_is_there_once_with_who_whom_and_how_it_ended(office):
    found = lists(office)
    assert found.total == 7
    assert told(found) == [
        ("+4511", "101", "HANGUP", None),
        ("+4512", "101", "BUSY", "B"),
        ("102", "101", "HANGUP", None),
        ("+4513", "102", "HANGUP", None),
        ("+4514", "101", "CANCEL", "A"),
        ("101", "+4599", "UNREACHABLE", "S"),
        ("101", "+4515", "HANGUP", None),
    ]
    assert [one.answered_by_callee for one in found.calls] == [True, False, True, True, False, False, True]


def test_a_call_has_the_times_of_all_its_legs_and_an_id_of_its_own_that_stays(office):
    found = lists(office).calls
    assert (found[3].started_ms, found[3].answered_ms, found[3].ended_ms) == (
        ms("11:00:00"),
        ms("11:00:06"),
        ms("11:00:26"),
    )
    assert [one.id for one in lists(office).calls] == [one.id for one in found]
    assert len({one.id for one in found}) == 7
    assert {len(one.id) for one in found} == {24}


def test_own_sides_have_the_holders_name_and_the_extensions_id(office):
    call = lists(office).calls[2]
    assert (call.caller.name, call.caller.type, call.callee.name) == ("Bo", "SIPPHONE", "Anna")
    assert call.caller.extension != call.callee.extension
    outside = lists(office).calls[0].caller
    assert (outside.type, outside.extension) == ("EXTERNAL", None)


@pytest.mark.parametrize(
    ("members", "calls"),
    [
        ({"extension": "101"}, ["+4511", "+4512", "102", "+4514", "101", "101"]),
        ({"extension": "101", "direction": "IN"}, ["+4511", "+4512", "102", "+4514"]),
        ({"extension": "101", "direction": "OUT"}, ["101", "101"]),
        ({"extension": "999"}, []),
        ({"filter": "bo"}, ["102", "+4513"]),
        ({"filter": "4599"}, ["101"]),
        ({"terminatedBy": "a"}, ["+4514"]),
        ({"terminatedReason": "BUSY"}, ["+4512"]),
        ({"terminatedReason": "failed"}, ["101"]),
        ({"answeredByCallee": False}, ["+4512", "+4514", "101"]),
        ({"answeredByCallee": True, "extension": "102"}, ["102", "+4513"]),
        ({"withNote": True}, []),
        ({"recording": True, "limit": 1}, ["+4511"]),
        ({"from": "2020-12-01T11:00Z", "to": "2020-12-01T11:30Z"}, ["+4513", "+4514"]),
        ({"from": "2020-11-30T10:00Z"}, ["+4511", "+4512"]),
        ({"offset": 5}, ["101", "101"]),
        ({"offset": 1, "limit": 1, "answeredByCallee": False}, ["+4514"]),
    ],
)
def test_a_filter_keeps_the_calls_it_names(office, members, calls):
    assert [caller for caller, *_ in told(lists(office, **members))] == calls


def test_the_total_is_that_of_all_pages(office):
    assert lists(office, offset=1, limit=2).total == 7
    assert lists(office, offset=1, limit=1, answeredByCallee=False).total == 3


def test_an_employee_is_asked_for_by_what_they_held_and_an_extension_counts_more(office):
    assert lists(office, employee=office.bo).total == 2
    assert lists(office, employee=office.bo, extension="101").total == 6


def test_a_department_has_the_calls_of_its_employees_while_they_held_their_numbers(store):
    office = Office(store)
    anna, bo = office.hires("Anna", "101", until="2020-12-01 11:35:00"), office.hires("Bo", "102")
    office.hires("Ida", "101", since="2020-12-01 11:35:00")
    office.keeps(legs(DAY))
    office.of_department = {anna: "Salg", bo: "Support"}
    callers = {
        **{name: [one for one, *_ in told(lists(office, department=name))] for name in ("Salg", "Support", "Lager")},
        "of a number": [one for one, *_ in told(lists(office, department="Salg", extension="101", direction="IN"))],
        "of nobody": [one for one, *_ in told(lists(office, department="Salg", extension="999"))],
    }
    assert callers == {
        "Salg": ["+4511", "+4512", "102", "+4514"],
        "Support": ["102", "+4513"],
        "Lager": [],
        "of a number": ["+4511", "+4512", "102", "+4514"],
        "of nobody": [],
    }
    personal = lists(office, level=AccessLevel.PERSONAL, who=bo, department="Salg")
    assert personal.total == 0


def test_working_hours_are_the_customers_by_its_clock(office):
    callers = {hours: [one for one, *_ in told(lists(office, hours=hours))] for hours in ("WORKING", "OUTSIDE")}
    assert callers == {"WORKING": ["+4511", "+4512", "102", "+4514", "101", "101"], "OUTSIDE": ["+4513"]}
    assert lists(office, hours="working", extension="102").total == 1


def test_who_sees_only_own_calls_gets_those_they_made_or_received(office):
    own = {"level": AccessLevel.PERSONAL, "who": office.bo}
    assert [caller for caller, *_ in told(lists(office, **own))] == ["102", "+4513"]
    assert [caller for caller, *_ in told(lists(office, **own, direction="OUT"))] == ["102"]
    assert lists(office, **own, extension="101").total == 0
    assert lists(office, level=AccessLevel.PERSONAL, who="f" * 24).total == 0


def test_nobody_sees_the_calls_of_a_number_from_before_it_was_theirs(store):
    office = Office(store)
    office.hires("Bo", "101", until="2020-12-01 10:00:00")
    ida = office.hires("Ida", "101", since="2020-12-01 10:00:00")
    office.keeps(legs(DAY))
    seen = lists(office, level=AccessLevel.PERSONAL, who=ida)
    assert [caller for caller, *_ in told(seen)] == ["102", "+4514", "101", "101"]


def test_who_may_not_log_in_lists_nothing(office):
    with pytest.raises(AccessDeniedError):
        lists(office, level=AccessLevel.NO_LOGIN)


@pytest.mark.parametrize(
    ("members", "word"),
    [
        ({"offset": -1}, "offset"),
        ({"limit": 0}, "limit"),
        ({"limit": 10_001}, "limit"),
        ({"filter": 7}, "filter"),
        ({"customer": "x"}, "customer"),
        ({"employee": "x"}, "employee"),
        ({"extension": 101}, "extension"),
        ({"terminatedBy": "C"}, "terminatedBy"),
        ({"terminatedReason": "NO_ANSWER"}, "terminatedReason"),
        ({"to": "2020-11-30"}, "from"),
        ({"direction": "IN"}, "direction"),
        ({"direction": "UP", "extension": "101"}, "direction"),
        ({"recording": "yes"}, "recording"),
        ({"answeredByCallee": "yes"}, "answeredByCallee"),
        ({"withNote": 1}, "withNote"),
        ({"format": "XML"}, "format"),
        ({"timezone": "Mars"}, "timezone"),
        ({"csv": "TABS"}, "csv"),
        ({"department": ""}, "department"),
        ({"hours": "NIGHT"}, "hours"),
        ({"extensions": "101"}, "extensions"),
    ],
)
def test_a_wrong_member_is_named(office, members, word):
    with pytest.raises(InvalidFieldError) as error:
        lists(office, **members)
    assert error.value.word == word


def test_every_reason_says_how_the_call_ended():
    assert set(ENDS) == set(Reason)


@quick
@given(data=st.data())
def test_an_extension_has_as_many_calls_as_its_statistics_say(store, data):
    office = data.draw(offices(store))
    office.of_department = {one: "Salg" for one, name in office.names.items() if name != "Bo"}
    asked = {
        **data.draw(periods(office)),
        "hours": data.draw(st.sampled_from(["ALL", "WORKING", "OUTSIDE"])),
        **data.draw(st.sampled_from([{}, {"department": "Salg"}, {"department": "Support"}])),
    }
    names = ["employeeId", "employeeName", "extensionId", "extensionNumber", "inboundCalls", "outboundCalls"]
    asked_all = {**asked, "fields": names, "includeUnassigned": True}
    rows, query = office.rows(**asked_all), office.query(**asked_all)
    counted, called = Counter(), {}
    for row, cells in rows.items():
        for one, cell, (direction, measure) in product(known_as(office, row), cells.values(), IN_AND_OUT):
            counted[one, direction] += cell[measure]
    for call, one in involved_in(office.legs):
        if oracle.passes(one, query):
            row = oracle.holder_of(one.extension, one.started_ms, office.held, office.names, query)
            for name in known_as(office, row) if row in rows else ():
                called.setdefault((name, one.direction.name), []).append(call)
    assert +counted == {place: len(some) for place, some in called.items()}
    for (one, direction), some in called.items():
        found = lists(office, **asked, extension=one, direction=direction, limit=10_000)
        assert found.total == len(found.calls) == len(set(some))  # once, though it rang two numbers of an extension


IN_AND_OUT = (("IN", "inboundCalls"), ("OUT", "outboundCalls"))


def known_as(office, row):
    """What the calls of a row are asked for by: the extension's id, and the number."""
    _, _, extension, number = row
    return ([extension] if extension else []) + ([] if number in renumbered(office) else [number])


def involved_in(legs):
    """What each call was for whom, behind the call."""
    calls = {leg.call for leg in legs}
    return [(call, one) for call in calls for one in involved([leg for leg in legs if leg.call == call])]


def renumbered(office):
    """Numbers of extensions that had several: a row shows the last of them, whichever was called."""
    had = {(one.extension, one.number) for one in office.held}
    return {number for extension, number in had if sum(other == extension for other, _ in had) > 1}


@quick
@given(data=st.data())
def test_all_pages_together_are_every_call_of_the_period_once_by_start(store, data):
    office = data.draw(offices(store))
    period = data.draw(periods(office))
    starts = {}
    for leg in office.legs:
        starts[leg.call] = min(starts.get(leg.call, leg.started_ms), leg.started_ms)
    whole = lists(office, **period, limit=10_000)
    span = whole.query.period
    assert [one.started_ms for one in whole.calls] == sorted(
        start for start in starts.values() if span.since_ms <= start < span.until_ms
    )
    assert len({one.id for one in whole.calls}) == whole.total
    pages = [lists(office, **period, offset=offset, limit=3).calls for offset in range(0, whole.total, 3)]
    assert [one for page in pages for one in page] == whole.calls
    parts = [lists(office, **period, limit=10_000, hours=hours).calls for hours in ("WORKING", "OUTSIDE")]
    assert sorted(one.id for part in parts for one in part) == sorted(one.id for one in whole.calls)
    looked_into = [lists(office, **period, limit=10_000, answeredByCallee=flag) for flag in (True, False)]
    assert sum(found.total for found in looked_into) == whole.total


@quick
@given(data=st.data())
def test_a_filter_keeps_those_calls_that_looking_at_each_would(store, data):
    office = data.draw(offices(store))
    period = data.draw(periods(office))
    whole = lists(office, **period, limit=10_000).calls
    for filters in (
        {"terminatedBy": data.draw(st.sampled_from(TerminatedBy)).value},
        {"terminatedReason": data.draw(st.sampled_from(TerminatedReason)).value},
        {"answeredByCallee": data.draw(st.booleans())},
        {"filter": data.draw(st.sampled_from(["ANNA", "ida", "10", "45", "4599", "*", "none"]))},
        {"filter": "1", "answeredByCallee": True, "extension": "102"},
    ):
        found = lists(office, **period, limit=10_000, **filters)
        near = whole if "extension" not in filters else lists(office, **period, limit=10_000, extension="102").calls
        assert found.calls == [one for one in near if fits(one, found.query)]
        assert found.total == len(found.calls)


def read_record(office, **changes):
    record = {
        "_id": "5e0f00000000000000000001",
        "started": "2020-12-01T09:00:00.000Z",
        "ended": "2020-12-01T09:00:20.000Z",
        "answeredByCallee": False,
        "caller": {"number": "+4511", "name": "Ann", "type": "EXTERNAL", "divertedBy": "+4588"},
        "callee": {"number": "101", "extension": "101"},
        **changes,
    }
    reading = Reading(COPENHAGEN, office.me.id, lambda extension, at_ms: None)
    office.keeps(list(telecomx.read([json.dumps(record).encode()], reading)))
    [call] = lists(office).calls
    return call


@pytest.mark.parametrize("by", ["A", "B", "S"])
@pytest.mark.parametrize("reason", ["CANCEL", "BUSY", "UNREACHABLE", "ERROR", "BLOCKED", "NOT_FOUND"])
def test_a_record_of_the_vendor_comes_back_as_it_was(store, reason, by):
    office = Office(store)
    office.hires("Anna", "101")
    call = read_record(office, terminatedReason=reason, terminatedBy=by)
    assert (call.id, call.terminated_reason, call.terminated_by) == ("5e0f00000000000000000001", reason, by)
    assert (call.caller.number, call.caller.name, call.caller.diverted_by) == ("+4511", "Ann", "+4588")
    assert lists(office, terminatedReason="FAILED").total == (reason not in ("CANCEL", "BUSY"))


def test_calls_of_one_moment_are_in_the_order_of_their_ids_whichever_source_came_first(store):
    for office in offices_of_one_moment(store):
        pages = [lists(office, offset=first, limit=3, **how) for how in ({}, {"filter": "45"}) for first in (0, 3, 6)]
        assert [caller for page in pages for caller, *_ in told(page)] == SIMULTANEOUS * 2
