"""Every number opens (D29): behind a figure stand as many calls as it says, and its seconds add up."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle
from call_lists import SIMULTANEOUS, lists, offices_of_one_moment
from calls_table import legs
from office import Office, told
from pbxtally.drill import open_figure
from pbxtally.errors import AccessDeniedError, InvalidFieldError
from pbxtally.fields import FIELDS
from pbxtally.figure import left_out_by, parse_figure
from pbxtally.hours import Calendar, WorkingHours
from pbxtally.measures import MEASURES, Average, drill_down_measure
from pbxtally.numbering import Numbering
from pbxtally.people import AccessLevel, Employee, SourceSetting
from test_properties import INTERVALS, filters, offices, periods, quick

DAY = """
    start    | answer   | end      | from  | to    | result    | call
    09:00:00 | 09:00:10 | 09:01:15 | +4511 | 101   | ANSWERED  | 1
    09:30:00 |          | 09:30:20 | +4512 | 101   | BUSY      | 2
    10:00:00 | 10:00:05 | 10:00:35 | 102   | 101   | ANSWERED  | 3
    11:00:00 |          | 11:00:06 | +4513 | 101   | ELSEWHERE | 4
    11:00:00 | 11:00:06 | 11:00:26 | +4513 | 102   | ANSWERED  | 4
    12:00:00 |          | 12:00:02 | +4514 | 101   | GAVE_UP   | 5
"""


@pytest.fixture(scope="module")
def store(shared_store):
    return shared_store


@pytest.fixture
def office(store):
    office = Office(store)
    office.hires("Anna", "101")
    office.hires("Bo", "102")
    office.keeps(legs(DAY))
    return office


def opens(office, level=AccessLevel.VIEWER, **members):
    query = parse_figure({"from": "2020-12-01", "to": "2020-12-01", **members}, office.asker())
    return open_figure(office.store, office, Employee("e" * 24, office.me.id, "Ask", level), query)


def words(office, **members):
    return [
        (call.call, call.caller.number, call.callee.number, call.counts, call.left_out and call.left_out.value)
        for call in opens(office, **members).calls
    ]


def test_behind_a_figure_stand_its_calls_with_who_and_whom(office):
    asked = {"measure": "inboundCalls", "interval": "1", "extension": "101"}
    assert opens(office, **asked).figure == opens(office, **asked).total == 4
    assert words(office, **asked) == [
        ("1", "+4511", "101", 1, None),
        ("2", "+4512", "101", 1, None),
        ("3", "102", "101", 1, None),
        ("5", "+4514", "101", 1, None),
    ]


def test_the_phones_of_one_call_are_in_the_order_of_their_numbers_whichever_was_called_first(store):
    office = Office(store)
    office.hires("Anna", "99813", "9982", "9981")
    office.keeps(
        legs("""
        start    | answer | end      | from  | to    | result   | call
        08:00:00 |        | 08:00:20 | +4510 | 99813 | RANG_OUT | 1
        08:30:00 |        | 08:30:20 | +4510 | 9982  | RANG_OUT | 2
        09:00:00 |        | 09:00:20 | +4510 | 9981  | RANG_OUT | 3
        09:00:00 |        | 09:00:20 | +4510 | 9982  | RANG_OUT | 3
        09:00:00 |        | 09:00:20 | +4510 | 99813 | RANG_OUT | 3
    """)
    )
    rung = [call.holder.extension_number for call in opens(office, measure="inboundCalls").calls]
    assert rung == ["99813", "9982", "9981", "9982", "99813"]


def test_who_withholds_the_number_is_not_called_by_the_trunks_name(office):
    withheld = """
        start    |        | end      | from  | to  | result  | call | key
        13:00:00 |        | 13:00:09 | trunk | 101 | GAVE_UP | 6    | k6
    """
    office.keeps(legs(withheld))
    assert ("6", "", "101", 1, None) in words(office, measure="inboundAbandoned")


def test_a_phone_that_calls_itself_is_both_who_and_whom(office):
    itself = """
        start    |        | end      | from | to  | result  | call | key
        14:00:00 |        | 14:00:04 | 101  | 101 | GAVE_UP | 7    | k7
    """
    office.keeps(legs(itself))
    for measure in ("outboundCancelled", "inboundAbandoned"):
        assert ("7", "101", "101", 1, None) in words(office, measure=measure)


def test_near_shows_what_was_left_out_and_by_which_rule(office):
    found = words(office, measure="inboundCalls", extension="101", near=True, ignoreBelow=5, ignoreLocal=True)
    assert [(call, counts, rule) for call, _, _, counts, rule in found] == [
        ("1", 1, None),
        ("2", 1, None),
        ("3", 0, "local"),
        ("4", 0, "answeredElsewhere"),
        ("5", 0, "tooShort"),
    ]
    assert words(office, measure="inboundCalls", extension="101", near=True, direction="OUT")[0][4] == "direction"


def test_near_shows_what_started_at_another_time_of_day(office):
    office.calendar = Calendar(WorkingHours.read({"tuesday": "10:30-11:30"}))  # the calls start an hour later here
    found = words(office, measure="inboundCalls", extension="101", near=True, hours="WORKING")
    assert [(call, rule) for call, _, _, _, rule in found][:3] == [("1", "hours"), ("2", None), ("3", None)]


def test_an_average_opens_over_the_answered_calls_and_the_longest_over_those_it_is_the_longest_of(office):
    for measure, figure in (("inboundAverageSeconds", 48), ("inboundLongestSeconds", 65)):
        found = opens(office, measure=measure, extension="101")
        assert (found.figure, found.total) == (figure, 2)
        assert [call.counts for call in found.calls] == [65, 30]


def test_each_call_has_all_its_legs_whosever_they_are(office):
    [call] = opens(office, measure="inboundAnsweredElsewhere").calls
    assert [(leg.callee_device, leg.result) for leg in call.legs] == [("101", 9), ("102", 1)]


def test_a_page_is_a_part_of_the_list_and_the_total_stays(office):
    found = opens(office, measure="inboundCalls", extension="101", offset=1, limit=2)
    assert ([call.call for call in found.calls], found.total, found.figure) == (["2", "3"], 4, 4)
    assert list(opens(office, offset=100).calls) == []


@pytest.mark.parametrize(
    ("members", "word"),
    [
        ({"interval": "2020-12-01"}, "interval"),
        ({"interval": "01"}, "interval"),
        ({"interval": "1", "intervalKey": "ISO"}, "interval"),
        ({"interval": True}, "interval"),
        ({"measure": "calls"}, "measure"),
        ({"measure": []}, "measure"),
        ({"extension": 101}, "extension"),
        ({"near": "yes"}, "near"),
        ({"offset": -1}, "offset"),
        ({"limit": 0}, "limit"),
        ({"limit": 1.5}, "limit"),
        ({"measures": "inboundCalls"}, "measures"),
        ({"measure": "calls", "format": "XML"}, "format"),
    ],
)
def test_a_wrong_member_is_named(office, members, word):
    with pytest.raises(InvalidFieldError) as error:
        opens(office, **members)
    assert error.value.word == word


def test_who_may_not_read_statistics_opens_no_figure(office):
    with pytest.raises(AccessDeniedError):
        opens(office, level=AccessLevel.PERSONAL)


def test_a_number_that_changed_hands_opens_for_whom_it_was_then(store):
    office = Office(store)
    bo = office.hires("Bo", "101", until="2020-12-01 10:00:00")
    ida = office.hires("Ida", "101", since="2020-12-01 10:00:00", until="2020-12-01 11:30:00")
    office.keeps(legs(DAY))
    counted = [
        [call.call for call in opens(office, measure="inboundCalls", **row).calls]
        for row in ({"employee": bo}, {"employee": ida}, {"onlyUnassigned": True, "extension": "101"})
    ]
    assert counted == [["1", "2"], ["3"], ["5"]]


def test_both_hours_of_the_doubled_hour_stand_behind_its_one_number(store):
    office = Office(store)
    office.hires("Anna", "101")
    twice = """
        start               | answer              | end                 | from  | to  | result   | call
        2020-10-25 00:30:00 | 2020-10-25 00:30:05 | 2020-10-25 00:30:15 | +4511 | 101 | ANSWERED | 1
        2020-10-25 01:30:00 | 2020-10-25 01:30:05 | 2020-10-25 01:30:25 | +4511 | 101 | ANSWERED | 2
    """
    office.keeps(legs(twice))
    day = {"from": "2020-10-25", "to": "2020-10-25", "groupingInterval": "HOUR", "measure": "inboundSeconds"}
    assert opens(office, **day, interval="2").figure == 30
    assert opens(office, **day, interval="2020-10-25T02+01:00", intervalKey="ISO").figure == 20


@quick
@given(data=st.data())
def test_every_figure_of_any_answer_opens_to_as_many_calls_and_seconds_as_it_says(store, data):
    office = data.draw(offices(store))
    members = {
        **data.draw(periods(office)),
        **data.draw(filters()),
        "groupingInterval": data.draw(st.sampled_from(INTERVALS)),
        "intervalKey": data.draw(st.sampled_from(["AUTO", "NUMBER", "ISO"])),
        "fields": list(FIELDS),
    }
    for (employee, _, extension, number), cells in office.rows(**members).items():
        # what nobody held is known by its number: one extension may have had several that nobody held
        row = (
            {"employee": employee, "extension": extension}
            if employee
            else {"onlyUnassigned": True, "extension": number}
        )
        for interval, cell in cells.items():
            for name, figure in cell.items():
                check(office, name, figure, {**members, **row, "interval": interval, "measure": name})


def check(office, name, figure, members):
    found = opens(office, **members)
    calls = list(found.calls)
    counts = [call.counts for call in calls]
    assert found.figure == figure
    assert found.total == len(calls)
    measure = MEASURES[name]
    if isinstance(measure, Average):
        assert figure == Average.of(sum(counts), len(counts))
    else:
        assert figure == (max(counts, default=0) if measure.longest else sum(counts))
    assert all(drill_down_measure(name).counts(call.involvement) for call in calls)
    near = list(opens(office, **members, near=True).calls)
    assert [call.call for call in near if call.left_out is None] == [call.call for call in calls]


@quick
@given(data=st.data())
def test_without_a_measure_every_call_that_the_request_looks_at_is_there_and_near_all_others(store, data):
    office = data.draw(offices(store))
    members = {**data.draw(periods(office)), **data.draw(filters()), "near": True}
    found = opens(office, **members)
    shown = [(call.involvement, call.left_out) for call in found.calls]
    query = office.query(**{name: value for name, value in members.items() if name != "near"})
    period = query.period
    wanted = [
        one
        for one in told(office.legs)
        if period.since_ms <= one.started_ms < period.until_ms
        and oracle.holder_of(one.extension, one.started_ms, office.held, office.names, query)
    ]
    assert sorted(one for one, _ in shown) == sorted(wanted)
    assert sorted(one for one, rule in shown if not rule) == sorted(one for one in wanted if oracle.passes(one, query))
    assert all(left_out_by(one, replace(found.query)) is rule for one, rule in shown)


def test_a_colleague_is_shown_as_the_extension_that_the_device_is(store):
    office = Office(store)
    setting = SourceSetting(extensions=r"acme-(\d+)")
    office.settings = {office.source: setting}
    office.hires("Anna", "101")
    office.keeps(
        legs("""
            start    | answer   | end      | from     | to       | result   | call
            09:00:00 | 09:00:02 | 09:00:10 | acme-102 | acme-101 | ANSWERED | 1
        """),
        Numbering.of_source(frozenset(), setting),
    )
    [call] = opens(office, measure="inboundCalls", extension="101").calls
    assert (call.caller.number, call.callee.number) == ("102", "101")


DIRECTLY = """
    start    | answer   | end      | from | to  | result   | call
    09:00:00 | 09:00:02 | 09:00:10 | 102  | 101 | ANSWERED | 1
"""
THROUGH_WIRES = """
    start    | answer   | end      | from   | to     | result   | call
    09:00:00 | 09:00:02 | 09:00:10 | 102    | wire 1 | ANSWERED | 1
    09:00:00 | 09:00:02 | 09:00:10 | wire 1 | wire 2 | ANSWERED | 1
    09:00:00 | 09:00:02 | 09:00:10 | wire 2 | 101    | ANSWERED | 1
"""


@pytest.mark.parametrize("call", [DIRECTLY, THROUGH_WIRES])
def test_a_colleague_whose_phone_presents_an_outside_number_is_still_the_colleague(store, call):
    office = Office(store)
    office.hires("Anna", "101")
    office.keeps([one._replace(caller_number="+4570111111", caller_name="Nordlys") for one in legs(call)])
    [opened], [listed] = opens(office, measure="inboundCalls").calls, lists(office).calls
    assert opened.caller.number == listed.caller.number == "102"
    assert opened.caller.name == listed.caller.name == "Nordlys"


def test_behind_a_figure_an_id_that_was_used_again_days_later_shows_each_call_with_its_caller(store):
    office = Office(store)
    office.hires("Anna", "101")
    office.keeps(
        legs("""
            start               | answer | end                 | from  | to  | result  | call
            2020-12-01 09:00:00 |        | 2020-12-01 09:00:20 | +4511 | 101 | GAVE_UP | 1
            2020-12-03 10:00:00 |        | 2020-12-03 10:00:20 | +4512 | 101 | GAVE_UP | 1
        """)
    )
    found = words(office, to="2020-12-31", measure="inboundUnanswered")
    assert found == [("1", "+4511", "101", 1, None), ("1", "+4512", "101", 1, None)]


def test_calls_of_one_moment_are_in_the_order_of_their_ids_whichever_source_came_first(store):
    for office in offices_of_one_moment(store):
        pages = [opens(office, measure="inboundCalls", offset=first, limit=3) for first in (0, 3, 6)]
        assert [call.caller.number for page in pages for call in page.calls] == SIMULTANEOUS
