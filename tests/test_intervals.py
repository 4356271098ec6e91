"""Time: where a bucket begins, where the next one does, and what it is called; in SQL as in Python."""

import itertools
from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pbxtally.intervals import (
    LAST_MS,
    Interval,
    IntervalKey,
    Period,
    bucket_keys,
    floor_wall,
    iso_label,
    labels_are_numbers,
    number_label,
    offset_ms,
    offset_pieces,
    start_ms,
)
from pbxtally.stores.sql import bucket_sql

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
MONTH, WEEK, DAY, HOUR = Interval.MONTH, Interval.WEEK, Interval.DAY, Interval.HOUR
HOUR_MS, DAY_MS = 3_600_000, 86_400_000

ZONES = {
    name: ZoneInfo(name)
    for name in [
        "Europe/Copenhagen",
        "America/New_York",
        "Australia/Lord_Howe",  # half an hour of summer time
        "Asia/Kathmandu",
        "Pacific/Apia",  # went without 30 December 2011
        "America/St_Johns",  # changed at one minute past midnight
        "Africa/Casablanca",  # changes for Ramadan
        "America/Sao_Paulo",  # changed at midnight
        "Asia/Gaza",  # in 2040, six days of summer time between Ramadan and winter
        "UTC",
    ]
}


def ms(text, zone=UTC):
    """An instant; with an offset as written, else by the zone's clock."""
    moment = datetime.fromisoformat(text)
    return round((moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp() * 1000)


def bucket_key(interval, pieces, at_ms):
    """The key of the bucket that holds an instant: what the SQL says, in Python."""
    index = bisect_right(pieces, at_ms, key=lambda piece: piece.since_ms) - 1
    piece = pieces[max(index, 0)]
    wall = at_ms + piece.offset_ms
    if interval is HOUR:
        start = at_ms - wall % HOUR_MS
        return max(start, piece.since_ms) if index > 0 else start
    return floor_wall(interval, wall)


def named(interval, zone, instant, label=iso_label):
    """What the bucket of an instant is called."""
    at = ms(instant)
    return label(interval, zone, bucket_key(interval, offset_pieces(zone, at - DAY_MS, at + DAY_MS), at))


def names(interval, zone, since, until, label=iso_label):
    """What the buckets of a period are called, its ends by the zone's clock."""
    period = Period(ms(since, zone), ms(until, zone))
    return [label(interval, zone, key) for key in bucket_keys(interval, zone, period)]


# ── the table of days that break calendars ──


@pytest.mark.parametrize(
    ("zone", "instant", "month", "week", "day", "hour"),
    [
        ("Europe/Copenhagen", "2020-03-29T00:59:59Z", "2020-03", "2020-W13", "2020-03-29", "2020-03-29T01+01:00"),
        ("Europe/Copenhagen", "2020-03-29T01:00:00Z", "2020-03", "2020-W13", "2020-03-29", "2020-03-29T03+02:00"),
        ("Europe/Copenhagen", "2020-10-25T00:59:59Z", "2020-10", "2020-W43", "2020-10-25", "2020-10-25T02+02:00"),
        ("Europe/Copenhagen", "2020-10-25T01:00:00Z", "2020-10", "2020-W43", "2020-10-25", "2020-10-25T02+01:00"),
        ("Europe/Copenhagen", "2020-10-25T22:59:59Z", "2020-10", "2020-W43", "2020-10-25", "2020-10-25T23+01:00"),
        ("Europe/Copenhagen", "2020-10-25T23:00:00Z", "2020-10", "2020-W44", "2020-10-26", "2020-10-26T00+01:00"),
        ("America/New_York", "2021-03-14T06:59:59Z", "2021-03", "2021-W10", "2021-03-14", "2021-03-14T01-05:00"),
        ("America/New_York", "2021-03-14T07:00:00Z", "2021-03", "2021-W10", "2021-03-14", "2021-03-14T03-04:00"),
        ("America/New_York", "2021-11-07T05:30:00Z", "2021-11", "2021-W44", "2021-11-07", "2021-11-07T01-04:00"),
        ("America/New_York", "2021-11-07T06:30:00Z", "2021-11", "2021-W44", "2021-11-07", "2021-11-07T01-05:00"),
        ("Australia/Lord_Howe", "2021-04-03T14:59:00Z", "2021-04", "2021-W13", "2021-04-04", "2021-04-04T01+11:00"),
        ("Australia/Lord_Howe", "2021-04-03T15:00:00Z", "2021-04", "2021-W13", "2021-04-04", "2021-04-04T01+10:30"),
        ("Australia/Lord_Howe", "2021-04-03T15:30:00Z", "2021-04", "2021-W13", "2021-04-04", "2021-04-04T02+10:30"),
        ("Australia/Lord_Howe", "2021-10-02T15:29:59Z", "2021-10", "2021-W39", "2021-10-03", "2021-10-03T01+10:30"),
        ("Australia/Lord_Howe", "2021-10-02T15:30:00Z", "2021-10", "2021-W39", "2021-10-03", "2021-10-03T02+11:00"),
        ("Asia/Kathmandu", "2020-12-31T18:14:59Z", "2020-12", "2020-W53", "2020-12-31", "2020-12-31T23+05:45"),
        ("Asia/Kathmandu", "2020-12-31T18:15:00Z", "2021-01", "2020-W53", "2021-01-01", "2021-01-01T00+05:45"),
        ("Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12", "2011-W52", "2011-12-29", "2011-12-29T23-10:00"),
        ("Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12", "2011-W52", "2011-12-31", "2011-12-31T00+14:00"),
        ("Asia/Gaza", "2040-10-23T12:00:00Z", "2040-10", "2040-W43", "2040-10-23", "2040-10-23T15+03:00"),
        ("Europe/Copenhagen", "2021-01-03T12:00:00Z", "2021-01", "2020-W53", "2021-01-03", "2021-01-03T13+01:00"),
        ("Europe/Copenhagen", "2021-01-04T12:00:00Z", "2021-01", "2021-W01", "2021-01-04", "2021-01-04T13+01:00"),
        ("Europe/Copenhagen", "2019-12-30T12:00:00Z", "2019-12", "2020-W01", "2019-12-30", "2019-12-30T13+01:00"),
        ("Europe/Copenhagen", "2020-02-29T12:00:00Z", "2020-02", "2020-W09", "2020-02-29", "2020-02-29T13+01:00"),
        ("Europe/Copenhagen", "2020-12-31T22:59:59Z", "2020-12", "2020-W53", "2020-12-31", "2020-12-31T23+01:00"),
        ("Europe/Copenhagen", "2020-12-31T23:00:00Z", "2021-01", "2020-W53", "2021-01-01", "2021-01-01T00+01:00"),
        ("UTC", "1970-01-01T00:00:00Z", "1970-01", "1970-W01", "1970-01-01", "1970-01-01T00+00:00"),
        ("America/New_York", "1970-01-01T04:30:00Z", "1969-12", "1970-W01", "1969-12-31", "1969-12-31T23-05:00"),
        ("UTC", "2100-02-28T23:59:59Z", "2100-02", "2100-W08", "2100-02-28", "2100-02-28T23+00:00"),
        ("UTC", "2100-03-01T00:00:00Z", "2100-03", "2100-W09", "2100-03-01", "2100-03-01T00+00:00"),
    ],
)
def test_the_buckets_of_an_instant(zone, instant, month, week, day, hour):
    found = [named(interval, ZoneInfo(zone), instant) for interval in (MONTH, WEEK, DAY, HOUR)]
    assert found == [month, week, day, hour]


@pytest.mark.parametrize(
    ("instant", "month", "week", "day", "hour"),
    [
        ("2019-12-30T08:00:00Z", "12", "1", "30", "9"),
        ("2021-01-03T23:30:00Z", "1", "1", "4", "0"),
        ("2021-01-03T22:30:00Z", "1", "53", "3", "23"),
    ],
)
def test_the_plain_numbers_of_the_page(instant, month, week, day, hour):
    found = [named(interval, COPENHAGEN, instant, number_label) for interval in (MONTH, WEEK, DAY, HOUR)]
    assert found == [month, week, day, hour]


# ── all buckets of a period (D14) ──


def test_a_day_has_23_24_or_25_hours():
    assert [
        len(names(HOUR, COPENHAGEN, day, after))
        for day, after in [
            ("2020-03-28", "2020-03-29"),
            ("2020-03-29", "2020-03-30"),
            ("2020-10-25", "2020-10-26"),
        ]
    ] == [24, 23, 25]


def test_the_spring_day_skips_two_and_the_autumn_day_has_it_twice():
    assert names(HOUR, COPENHAGEN, "2020-03-29T01:00", "2020-03-29T04:00", number_label) == ["1", "3"]
    assert names(HOUR, COPENHAGEN, "2020-10-25T01:00", "2020-10-25T04:00") == [
        "2020-10-25T01+02:00",
        "2020-10-25T02+02:00",
        "2020-10-25T02+01:00",
        "2020-10-25T03+01:00",
    ]


def test_lord_howes_doubled_half_hour_is_a_bucket_of_its_own():
    zone = ZONES["Australia/Lord_Howe"]
    period = Period(ms("2021-04-03T14:00Z"), ms("2021-04-03T16:00Z"))
    keys = list(bucket_keys(HOUR, zone, period))
    assert [iso_label(HOUR, zone, key) for key in keys] == [
        "2021-04-04T01+11:00",
        "2021-04-04T01+10:30",
        "2021-04-04T02+10:30",
    ]
    assert [after - key for key, after in itertools.pairwise(keys)] == [HOUR_MS, HOUR_MS // 2]


def test_apia_went_without_a_day():
    assert names(DAY, ZONES["Pacific/Apia"], "2011-12-28", "2012-01-01") == ["2011-12-28", "2011-12-29", "2011-12-31"]


def test_buckets_at_the_edges_are_whole_though_the_period_is_not():
    assert names(DAY, COPENHAGEN, "2020-12-01T23:59", "2020-12-03T00:01") == ["2020-12-01", "2020-12-02", "2020-12-03"]
    assert names(MONTH, COPENHAGEN, "2020-01-31", "2020-03-01") == ["2020-01", "2020-02"]
    assert names(WEEK, COPENHAGEN, "2020-12-31", "2021-01-05") == ["2020-W53", "2021-W01"]


def test_an_empty_period_has_no_buckets_and_none_ends_before_it_begins():
    assert list(bucket_keys(DAY, COPENHAGEN, Period(5, 5))) == []
    with pytest.raises(ValueError, match="cannot end before it begins"):
        Period(5, 4)


def test_the_end_of_time_has_a_name():
    period = Period(LAST_MS - DAY_MS, LAST_MS)
    for interval, wanted in {MONTH: ["9999-12"], WEEK: ["9999-W52"], DAY: ["9999-12-30", "9999-12-31"]}.items():
        zone = ZoneInfo("Pacific/Kiritimati")
        assert [iso_label(interval, zone, key) for key in bucket_keys(interval, zone, period)] == wanted


# ── what intervals are called (D13) ──


@pytest.mark.parametrize(
    ("interval", "since", "until", "numbers"),
    [
        (MONTH, "2020-01-01", "2021-01-01", True),
        (MONTH, "2020-01-01", "2021-01-01T00:00:00.001", False),  # two Januaries
        (MONTH, "2019-12-31", "2020-12-01", True),
        (MONTH, "2020-01-01", "9999-12-31", False),
        (WEEK, "2020-12-28", "2021-01-11", True),  # 53 and 1
        (WEEK, "2020-01-06", "2021-01-04", True),  # 2 to 53
        (WEEK, "2019-12-30", "2021-01-04", True),  # 1 to 53
        (WEEK, "2019-12-30", "2021-01-05", False),  # two first weeks
        (WEEK, "2020-12-21", "2021-12-20", True),  # 52, 53, 1 to 50
        (DAY, "2020-12-01", "2021-01-01", True),
        (DAY, "2020-12-01", "2021-01-02", False),  # two firsts
        (DAY, "2020-12-15", "2021-01-15", True),
        (DAY, "2020-12-15", "2021-01-16", False),  # the 15th of two months
        (DAY, "2021-02-01", "2021-03-01", True),
        (HOUR, "2020-12-01", "2020-12-02", True),
        (HOUR, "2020-12-01T08:30", "2020-12-02T08:00", True),
        (HOUR, "2020-12-01T08:30", "2020-12-02T08:01", False),  # 08 of two days
        (HOUR, "2020-10-25", "2020-10-26", True),  # its doubled hour does not count
        (HOUR, "2020-10-25", "2020-10-26T00:01", False),
        (HOUR, "2020-10-25T02:00", "2020-10-26T02:00", True),
        (HOUR, "2020-03-29", "2020-03-30", True),
    ],
)
def test_keys_are_numbers_when_no_two_buckets_share_one(interval, since, until, numbers):
    period = Period(ms(since, COPENHAGEN), ms(until, COPENHAGEN))
    assert labels_are_numbers(IntervalKey.AUTO, interval, COPENHAGEN, period) is numbers
    assert labels_are_numbers(IntervalKey.NUMBER, interval, COPENHAGEN, period) is True
    assert labels_are_numbers(IntervalKey.ISO, interval, COPENHAGEN, period) is False


def test_lord_howes_doubled_half_hour_does_not_change_the_keys():
    zone = ZONES["Australia/Lord_Howe"]
    period = Period(ms("2021-04-04", zone), ms("2021-04-05", zone))
    assert labels_are_numbers(IntervalKey.AUTO, HOUR, zone, period)
    assert len(list(bucket_keys(HOUR, zone, period))) == 25


@pytest.mark.parametrize("zone", ZONES.values(), ids=str)
@pytest.mark.parametrize("interval", Interval)
def test_iso_names_are_never_shared(interval, zone):
    found = names(interval, zone, "2011-03-01", "2012-01-15")
    assert len(set(found)) == len(found)


# ── Python's buckets against the calendar, and SQL's against Python's ──


FIRST, AFTER = ms("1970-01-01T00:00Z"), ms("2100-01-01T00:00Z")


@cache
def pieces_of(zone):
    """Those of a zone, which take long to find: not before a test asks for them."""
    return offset_pieces(zone, FIRST, AFTER)


@cache
def changes_of(zone):
    return [piece.since_ms for piece in pieces_of(zone) if piece.since_ms > FIRST]


any_instant = st.integers(FIRST, AFTER)


@st.composite
def zones_and_instants(draw):
    """A zone and an instant, half of them within two hours of a clock change of that zone."""
    zone = draw(st.sampled_from(list(ZONES.values())))
    if not changes_of(zone) or draw(st.booleans()):
        return zone, draw(any_instant)
    change = draw(st.sampled_from(changes_of(zone)))
    return zone, change + draw(st.one_of(st.sampled_from([-1, 0, 1]), st.integers(-2 * HOUR_MS, 2 * HOUR_MS)))


def clock(zone, at_ms):
    return datetime.fromtimestamp(at_ms // 1000, UTC).astimezone(zone)


@settings(max_examples=150, deadline=None)
@given(zones_and_instants())
def test_an_instant_has_the_offset_of_its_piece(given):
    zone, at = given
    piece = max(piece for piece in pieces_around(zone, at) if piece[0] <= at)
    assert piece[1] == clock(zone, at).utcoffset() / timedelta(milliseconds=1) == offset_ms(zone, at)


def pieces_around(zone, at):
    return [(piece.since_ms, piece.offset_ms) for piece in offset_pieces(zone, at - 40 * DAY_MS, at + DAY_MS)]


@settings(max_examples=200, deadline=None)
@given(zones_and_instants())
def test_names_are_what_the_calendar_says(given):
    zone, at = given
    wall = clock(zone, at)
    year, week, _ = wall.isocalendar()
    offset = wall.strftime("%z")
    pieces = offset_pieces(zone, at, at + 1)
    assert [iso_label(interval, zone, bucket_key(interval, pieces, at)) for interval in (MONTH, WEEK, DAY, HOUR)] == [
        f"{wall:%Y-%m}",
        f"{year}-W{week:02}",
        f"{wall:%Y-%m-%d}",
        f"{wall:%Y-%m-%dT%H}{offset[:3]}:{offset[3:5]}",
    ]


@settings(max_examples=200, deadline=None)
@given(zones_and_instants(), st.sampled_from(Interval), st.integers(1, 3 * DAY_MS), st.integers(0, 3 * DAY_MS))
@example((ZONES["America/St_Johns"], ms("2010-11-07T02:45Z")), DAY, 3 * HOUR_MS, 15 * 60_000)
def test_the_bucket_of_a_call_is_among_the_buckets_of_its_period(given, interval, after, before):
    zone, at = given
    period = Period(max(at - before, 0), at + after)
    keys = list(bucket_keys(interval, zone, period))
    assert bucket_key(interval, offset_pieces(zone, period.since_ms, period.until_ms), at) in keys
    assert keys == sorted(set(keys))


@settings(max_examples=200, deadline=None)
@given(zones_and_instants(), st.sampled_from(Interval))
@example((ZONES["Australia/Lord_Howe"], ms("2020-04-04T15:10Z")), HOUR)
@example((ZONES["America/Sao_Paulo"], ms("2018-11-04T05:00Z")), DAY)
def test_a_bucket_starts_at_its_first_instant(given, interval):
    zone, at = given
    pieces = offset_pieces(zone, max(at - 32 * DAY_MS, 0), at + 1)
    key = bucket_key(interval, pieces, at)
    start = start_ms(interval, zone, key)
    assert start <= at
    if start > 0:
        assert bucket_key(interval, pieces, start) == key
        assert bucket_key(interval, pieces, start - 1) < key


@settings(max_examples=100, deadline=None)
@given(zones_and_instants(), st.sampled_from(Interval), st.integers(1, 60 * DAY_MS), st.integers(0, 90 * DAY_MS))
@example(
    (ZONES["Asia/Gaza"], ms("2040-10-23T21:30Z")), DAY, 4 * DAY_MS, ms("2040-10-23T21:30Z") - ms("2040-09-15T00:30Z")
)
def test_the_key_of_a_bucket_does_not_depend_on_the_period_asked_for(given, interval, after, before):
    zone, at = given
    alone = bucket_key(interval, offset_pieces(zone, at, at + 1), at)
    assert bucket_key(interval, offset_pieces(zone, max(at - before, 0), at + after), at) == alone


@settings(max_examples=75, deadline=None)
@given(zones_and_instants(), st.sampled_from(Interval), st.integers(1, 5 * DAY_MS))
def test_every_bucket_of_a_period_holds_an_instant_of_it(given, interval, length):
    zone, at = given
    pieces = offset_pieces(zone, at, at + length)
    edges = sorted({at, *(piece.since_ms for piece in pieces if at < piece.since_ms < at + length)})
    # A bucket begins at an edge, or at a quarter of an hour: no zone's clock was off by less since 1972.
    quarter = 900_000
    walked = {*edges, *range(at + -at % quarter, at + length, quarter)}
    wanted = {bucket_key(interval, pieces, instant) for instant in walked}
    if at > ms("1973-01-01T00:00Z"):
        assert set(bucket_keys(interval, zone, Period(at, at + length))) == wanted


@pytest.fixture(scope="module")
def sql():
    with duckdb.connect(":memory:") as connection:
        yield connection


def from_sql(sql, interval, pieces, instants):
    key = bucket_sql(interval, pieces)
    return [
        row[0]
        for row in sql.execute(
            f"SELECT {key} FROM (SELECT unnest(?::BIGINT[]) AS started_ms) AS i", [instants]
        ).fetchall()
    ]


@pytest.mark.parametrize("interval", Interval)
@pytest.mark.parametrize("zone", ZONES.values(), ids=str)
def test_sql_names_every_bucket_around_every_clock_change_as_python_does(sql, zone, interval):
    steps = [-HOUR_MS, -1, 0, 30 * 60_000 - 1, 30 * 60_000, HOUR_MS]
    years = [ms(f"{year}-01-01T00:00Z") for year in range(1970, 2101)]
    leaps = [ms(f"{year}-03-01T00:00Z") for year in range(1972, 2101, 4)]
    instants = sorted(
        {min(max(at + step, FIRST), AFTER - 1) for at in [*changes_of(zone), *years, *leaps] for step in steps}
    )
    wanted = [bucket_key(interval, pieces_of(zone), at) for at in instants]
    assert from_sql(sql, interval, pieces_of(zone), instants) == wanted


@settings(max_examples=60, deadline=None)
@given(zones_and_instants(), st.sampled_from(Interval), st.lists(st.integers(0, 400 * DAY_MS), min_size=1, max_size=50))
def test_sql_names_any_bucket_as_python_does(sql, given, interval, after):
    zone, since = given
    instants = [since + step for step in after]
    pieces = offset_pieces(zone, since, max(instants) + 1)
    assert from_sql(sql, interval, pieces, instants) == [bucket_key(interval, pieces, at) for at in instants]
