"""A period at a glance: everybody's calls by interval by hour of the week, as slow counting says, and opened."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle
from calls_table import legs
from office import Office, told
from pbxtally.errors import AccessDeniedError
from pbxtally.intervals import Interval, bucket_keys, iso_label
from pbxtally.overview import by_employee, overview, total
from pbxtally.people import AccessLevel, Employee
from test_drill import opens
from test_properties import INTERVALS, filters, offices, periods, quick

OUTCOMES = ("totalAnswered", "totalNoAnswer", "totalBusy", "totalFailed")
MEASURES = (*OUTCOMES, "totalCalls", "totalSeconds", "inboundCalls", "inboundUnanswered")

NIGHT = """
    start               | answer              | end                 | from  | to  | result   | call
    2020-10-25 00:30:00 | 2020-10-25 00:30:05 | 2020-10-25 00:30:15 | +4511 | 101 | ANSWERED | 1
    2020-10-25 01:30:00 |                     | 2020-10-25 01:30:25 | +4511 | 101 | BUSY     | 2
    2020-10-26 08:30:00 |                     | 2020-10-26 08:30:25 | +4511 | 101 | GAVE_UP  | 3
"""


@pytest.fixture(scope="module")
def store(shared_store):
    return shared_store


def looks(office, level=AccessLevel.VIEWER, measures=MEASURES, **members):
    asker = Employee("e" * 24, office.me.id, "Ask", level)
    found = overview(office.store, office, asker, office.query(**members), measures)
    assert total(office.store, office, asker, found.query, measures) == found.total
    return found


def test_a_doubled_hour_is_one_hour_of_the_week_and_two_of_the_day(store):
    office = Office(store)
    office.hires("Anna", "101")
    office.keeps(legs(NIGHT))
    found = looks(office, **{"from": "2020-10-25", "to": "2020-10-26", "groupingInterval": "HOUR"}, measures=OUTCOMES)
    assert len(found.buckets) == 49
    assert [one for one in found.buckets.values() if any(one)] == [(1, 0, 0, 0), (0, 0, 1, 0), (0, 1, 0, 0)]
    week = {at: one for at, one in enumerate(found.week) if any(one)}
    assert week == {6 * 24 + 2: (1, 0, 1, 0), 9: (0, 1, 0, 0)}
    assert found.total == (1, 1, 1, 0)


@pytest.mark.thorough
def test_a_period_of_many_intervals_has_only_those_with_calls(store):
    office = Office(store)
    office.hires("Anna", "101")
    office.keeps(legs(NIGHT))
    found = looks(office, **{"from": "1970-01-01", "to": "9998-12-31", "groupingInterval": "DAY"})
    assert len(found.buckets) == 2


def test_who_may_not_read_statistics_sees_nothing(store):
    with pytest.raises(AccessDeniedError):
        looks(Office(store), level=AccessLevel.PERSONAL)


def holder(office, call, query):
    return oracle.holder_of(call.extension, call.started_ms, office.held, office.names, query)


def counted(office, members):
    """The involvements of an office that a request looks at."""
    query = office.query(**members)
    return query, [one for one in told(office.legs) if oracle.passes(one, query) and holder(office, one, query)]


@quick
@given(data=st.data())
def test_any_overview_is_what_counting_slowly_gives(store, data):
    office = data.draw(offices(store))
    members = {**data.draw(periods(office)), **data.draw(filters()), "includeUnassigned": False}
    members["groupingInterval"] = data.draw(st.sampled_from(INTERVALS))
    query, calls = counted(office, members)
    found = looks(office, **members)
    week, buckets = {}, {}
    for one in calls:
        clock = oracle.clock(query.zone, one.started_ms)
        week.setdefault(24 * clock.weekday() + clock.hour, []).append(one)
        buckets.setdefault(oracle.iso_name(query.interval.value, query.zone, one.started_ms), []).append(one)

    def figures(part):
        said = oracle.figures(part)
        return tuple(said[name] for name in MEASURES)

    assert {at: one for at, one in enumerate(found.week) if any(one)} == {
        at: figures(part) for at, part in week.items()
    }
    named = {iso_label(query.interval, query.zone, key): one for key, one in found.buckets.items()}
    assert {name: one for name, one in named.items() if any(one)} == {
        name: figures(part) for name, part in buckets.items()
    }
    assert list(found.buckets) == list(bucket_keys(query.interval, query.zone, query.period))
    assert found.total == figures(calls)


@quick
@given(data=st.data())
def test_the_counts_of_each_employee_are_what_counting_slowly_gives(store, data):
    office = data.draw(offices(store))
    members = {**data.draw(periods(office)), **data.draw(filters()), "includeUnassigned": False}
    query, calls = counted(office, members)
    asker = Employee("e" * 24, office.me.id, "Ask", AccessLevel.VIEWER)
    told_of = {one.id: one for one in by_employee(office.store, office, asker, query, MEASURES)}
    for id, one in told_of.items():
        said = oracle.figures([call for call in calls if holder(office, call, query)[0] == id])
        assert (one.name, one.counts) == (office.names[id], tuple(said[name] for name in MEASURES))
    assert {holder(office, call, query)[0] for call in calls} - {None} <= told_of.keys()


@quick
@given(data=st.data())
def test_every_bar_and_every_cell_opens_to_as_many_calls_as_it_says(store, data):
    office = data.draw(offices(store))
    members = {**data.draw(periods(office)), **data.draw(filters()), "includeUnassigned": False, "intervalKey": "ISO"}
    members["groupingInterval"] = data.draw(st.sampled_from(INTERVALS))
    found = looks(office, **members)
    for at, cell in enumerate(found.week):
        for name, figure in zip(MEASURES, cell, strict=True):
            if figure:
                opened = opens(office, **members, weekday=at // 24 + 1, hour=at % 24, measure=name)
                assert sum(call.counts for call in opened.calls) == opened.figure == figure
    for key, bar in found.buckets.items():
        interval = iso_label(Interval[members["groupingInterval"]], found.query.zone, key)
        for name, figure in zip(MEASURES, bar, strict=True):
            if figure:
                assert opens(office, **members, interval=interval, measure=name).figure == figure
    days = Counter()
    for at, cell in enumerate(found.week):
        days[at // 24 + 1] += cell[MEASURES.index("totalCalls")]
    for weekday, figure in days.items():
        assert opens(office, **members, weekday=weekday, measure="totalCalls").figure == figure


def test_hours_of_the_week_are_those_of_the_zones_clock(store):
    office = Office(store)
    office.hires("Anna", "101")
    office.keeps(legs(NIGHT))
    days = {"from": "2020-10-25", "to": "2020-10-26", "measure": "inboundCalls"}
    assert [opens(office, **days, weekday=7, hour=one).figure for one in (1, 2, 3)] == [0, 2, 0]
    assert opens(office, **days, hour=9).figure == 1
    assert opens(office, **days, weekday=1).figure == 1
    assert opens(office, **days, weekday=1, hour=14, timezone="Asia/Kathmandu").figure == 1
