"""Calls of a number while it was nobody's: whichever page is asked, they are of the extension that had it last."""

from dataclasses import replace

import pytest

from call_lists import lists, told
from calls_table import legs
from office import Office, new_id
from pbxtally.people import FOR_EVER

DAY = """
    start    | answer   | end      | from  | to    | result   | call
    09:00:00 | 09:00:10 | 09:01:15 | +4511 | 101   | ANSWERED | 1
    10:00:00 | 10:00:05 | 10:00:35 | +4512 | 101   | ANSWERED | 2
    11:00:00 |          | 11:00:20 | +4513 | 101   | GAVE_UP  | 3
    12:00:00 | 12:00:04 | 12:00:24 | 101   | +4514 | ANSWERED | 4
"""


@pytest.fixture
def store(shared_store):
    return shared_store


def test_an_extension_has_the_calls_from_before_and_after_somebody_held_it_as_its_statistics_do(store):
    office, desk = Office(store), new_id("a")
    office.hires("Anna", "101", since="2020-12-01 09:30:00", until="2020-12-01 10:30:00", extension=desk)
    office.keeps(legs(DAY))
    fields = ["extensionId", "inboundCalls", "outboundCalls"]
    rows = office.asks(fields=fields, includeUnassigned=True)
    assert rows == [
        {"extensionId": desk, "data": {"1": {"outboundCalls": 0, "inboundCalls": 1}}},
        {"extensionId": desk, "data": {"1": {"outboundCalls": 1, "inboundCalls": 2}}},
    ]
    assert [caller for caller, *_ in told(lists(office, extension=desk))] == ["+4511", "+4512", "+4513", "101"]
    assert lists(office, extension=desk, direction="IN").total == 3


def test_calls_of_a_number_that_was_nobodys_are_of_the_extension_that_had_it_last(store):
    office, old, new = Office(store), new_id("a"), new_id("a")
    office.hires("Anna", "101", until="2020-12-01 09:30:00", extension=old)
    office.hires("Bo", "101", since="2020-12-01 11:30:00", extension=new)
    office.keeps(legs(DAY))
    callers = {one: [caller for caller, *_ in told(lists(office, extension=one))] for one in (old, new)}
    assert callers == {old: ["+4511"], new: ["+4512", "+4513", "101"]}


def test_who_asks_for_an_employee_or_sees_only_own_calls_gets_none_of_nobodys(store):
    office, desk = Office(store), new_id("a")
    office.hires("Anna", "101", since="2020-12-01 09:30:00", until="2020-12-01 10:30:00", extension=desk)
    office.keeps(legs(DAY))
    anna = office.held[0].employee
    assert lists(office, employee=anna).total == 1
    office.of_department = {anna: "Salg"}
    assert lists(office, extension=desk, department="Salg").total == 1


def test_who_asks_for_an_employee_gets_no_row_of_nobody_whatever_else_is_asked(store):
    office = Office(store)
    anna = office.hires("Anna", "101", since="2020-12-01 09:30:00", until="2020-12-01 10:30:00")
    office.hires("Anna", "102", until="2020-12-01 10:00:00")
    office.held.append(replace(office.held[1], employee=None, since_ms=office.held[1].until_ms, until_ms=FOR_EVER))
    office.keeps(legs(DAY))
    office.keeps(
        legs("start | answer | end | from | to | result | call\n10:15:00 | | 10:15:20 | +45 | 102 | GAVE_UP | 5")
    )
    fields = ["employeeId", "inboundCalls", "outboundCalls"]
    rows = office.asks(employee=anna, fields=fields, includeUnassigned=True)
    assert rows == [{"employeeId": anna, "data": {"1": {"outboundCalls": 0, "inboundCalls": 1}}}]
