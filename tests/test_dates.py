"""What a written date means, and which period two of them make (D11, D12)."""

from zoneinfo import ZoneInfo

import pytest

from asking import ASKER, COPENHAGEN, OWN, complaint, ms, period
from pbxtally.intervals import LAST_MS
from pbxtally.query import Asker, parse_query
from pbxtally.reader import parse_moment

# ── dates (D11, D12) ──


@pytest.mark.parametrize(
    ("written", "since", "until"),
    [
        ("2020-12-01", "2020-11-30T23:00", "2020-12-01T23:00"),
        ("20201201", "2020-11-30T23:00", "2020-12-01T23:00"),
        ("2020-12-01T10", "2020-12-01T09:00", "2020-12-01T10:00"),
        ("2020-12-01T10:30", "2020-12-01T09:30", "2020-12-01T09:31"),
        ("2020-12-01 10:30", "2020-12-01T09:30", "2020-12-01T09:31"),
        ("2020-12-01t10:30", "2020-12-01T09:30", "2020-12-01T09:31"),
        ("20201201T1030", "2020-12-01T09:30", "2020-12-01T09:31"),
        ("2020-12-01T10:30:05", "2020-12-01T09:30:05", "2020-12-01T09:30:06"),
        ("2020-12-01T10:30:05.250", "2020-12-01T09:30:05.250", "2020-12-01T09:30:05.251"),
        ("2020-12-01T10:30:05,25", "2020-12-01T09:30:05.250", "2020-12-01T09:30:05.251"),
        ("2020-12-01T10:30:05.250999999", "2020-12-01T09:30:05.250", "2020-12-01T09:30:05.251"),
        ("2020-12-01T10:30Z", "2020-12-01T10:30", "2020-12-01T10:31"),
        ("2020-12-01T10:30:05z", "2020-12-01T10:30:05", "2020-12-01T10:30:06"),
        ("2020-12-01T10:30+05:45", "2020-12-01T04:45", "2020-12-01T04:46"),
        ("2020-12-01T10:30-0330", "2020-12-01T14:00", "2020-12-01T14:01"),
        ("2020-12-01T10:30+01", "2020-12-01T09:30", "2020-12-01T09:31"),
        ("2020-12-01T24:00", "2020-12-01T23:00", "2020-12-01T23:01"),
        ("2020-12-01T24:00:00.000Z", "2020-12-02T00:00", "2020-12-02T00:00:00.001"),
        ("2020-01-01-T00:00:00.000Z", "2020-01-01T00:00", "2020-01-01T00:00:00.001"),  # the page's own sample
        ("2020-01-01T00.00.00.000Z", "2020-01-01T00:00", "2020-01-01T00:00:00.001"),  # its sibling's
        ("2020-10-25T02:30", "2020-10-25T00:30", "2020-10-25T01:31"),  # shown twice: the first until the last
        ("2020-10-25T02:30:00.000", "2020-10-25T00:30", "2020-10-25T01:30:00.001"),
        ("2020-10-25T02:30+02:00", "2020-10-25T00:30", "2020-10-25T00:31"),
        ("2020-03-29T02:30", "2020-03-29T01:30", "2020-03-29T01:31"),  # skipped: moves on by the gap
        ("2020-03-29", "2020-03-28T23:00", "2020-03-29T22:00"),
        ("2020-10-25", "2020-10-24T22:00", "2020-10-25T23:00"),
        ("1970-01-02", "1970-01-01T23:00", "1970-01-02T23:00"),
        (1606780800000, "2020-12-01T00:00", "2020-12-01T00:00:00.001"),
        (1606780800000.0, "2020-12-01T00:00", "2020-12-01T00:00:00.001"),
        (0, "1970-01-01T00:00", "1970-01-01T00:00:00.001"),
    ],
)
def test_what_a_written_moment_means(written, since, until):
    assert parse_moment(written, COPENHAGEN) == (ms(since), ms(until))
    assert period(written, written) == (ms(since), ms(until))


@pytest.mark.parametrize(
    "written",
    [
        "2020-12",
        "2020",
        "2020-W49",
        "2020-W49-1",
        "2020-336",
        "01-12-2020",
        "12/1/2020",
        "2020-12-1",
        "2020-12-00",
        "2020-00-01",
        "2021-02-29",
        "2020-12-01T",
        "2020-12-01Z",
        "2020-12-01T25:00",
        "2020-12-01T24:01",
        "2020-12-01T10:60",
        "2020-12-01T10:30:60",
        "2020-12-01T10:30.5",
        "2020-12-01T10:30:05.",
        "2020-12-01T10:30:05.1234567890",
        "2020-12-01T10:30+24:00",
        "2020-12-01T10:30+01:60",
        "2020-12-01T10:30 Europe/Copenhagen",
        "2020-12-01  10:30",
        " 2020-12-01",
        "2020-12-01\n",
        "２０２０-12-01",
        "1969-12-31",
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00+01:00",
        "0000-01-01",
        "10000-01-01",
        "-2020-12-01",
        "9999-12-31T24:00",
        "now",
        "null",
        -1,
        1606780800000.5,
        LAST_MS,
        1e300,
        float("nan"),
        float("inf"),
        True,
        [],
        {},
        b"2020-12-01",
    ],
)
def test_anything_else_is_an_invalid_date_range(written):
    for member in ("from", "to"):
        assert complaint(**{member: written}) == ("from", "Invalid date range")


@pytest.mark.parametrize(
    ("zone", "days"),
    [
        ("America/St_Johns", ["2010-11-05", "2010-11-06", "2010-11-07", "2010-11-08"]),  # 00:01 back to 23:01
        ("America/Havana", ["2020-10-31", "2020-11-01", "2020-11-02"]),  # 01:00 back to 00:00
        ("America/Santiago", ["2021-09-04", "2021-09-05", "2021-09-06"]),  # 00:00 on to 01:00
        ("Asia/Gaza", ["2012-03-29", "2012-03-30", "2012-03-31"]),
    ],
)
def test_days_asked_one_by_one_leave_no_instant_out_and_have_none_twice_whatever_the_clock_does_at_midnight(zone, days):
    found = [parse_moment(day, ZoneInfo(zone)) for day in days]
    assert [until for _, until in found[:-1]] == [since for since, _ in found[1:]]
    assert all(since < until for since, until in found)


def test_each_end_has_its_own_default():
    assert period("2020-12-01", None) == (ms("2020-11-30T23:00"), ms("2020-12-23T23:00"))
    assert period(None, "2020-12-24") == (ms("2020-12-22T23:00"), ms("2020-12-24T23:00"))
    assert complaint(to="2020-12-22") == ("from", "Invalid date range")
    assert complaint(**{"from": "2020-12-24"}) == ("from", "Invalid date range")


def test_today_is_the_zones_own():
    midnight = Asker(OWN, ms("2020-12-23T23:30"), ASKER.zone_of)
    assert parse_query({}, midnight).period.since_ms == ms("2020-12-23T23:00")
    assert parse_query({"timezone": "UTC"}, midnight).period.since_ms == ms("2020-12-23T00:00")
    assert parse_query({"timezone": "Asia/Kathmandu"}, midnight).period.since_ms == ms("2020-12-23T18:15")


def test_today_has_as_many_hours_as_the_clock_gives_it():
    autumn = Asker(OWN, ms("2020-10-25T12:00"), ASKER.zone_of)
    assert parse_query({}, autumn).period.until_ms - parse_query({}, autumn).period.since_ms == 25 * 3_600_000


def test_a_period_may_not_end_before_it_begins():
    assert complaint(**{"from": "2020-12-02", "to": "2020-12-01"}) == ("from", "Invalid date range")
    assert complaint(**{"from": "2020-12-01T10:31", "to": "2020-12-01T10:30"})[0] == "from"
    assert period("2020-12-01T10:30:59", "2020-12-01T10:30")[1] == ms("2020-12-01T09:31")
    assert period(1000, 1000) == (1000, 1001)
    assert complaint(**{"from": 1001, "to": 1000})[0] == "from"


def test_pieces_of_a_period_meet_without_a_gap():
    assert period("2020-12-01", "2020-12-01T11:59:59.999")[1] == period("2020-12-01T12:00", "2020-12-01")[0]


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/New_York"])
def test_the_period_may_last_for_ever(zone):
    since, until = period("1970-01-02", "9999-12-31", timezone=zone)
    assert since < until <= LAST_MS
    assert period("2020-01-01", "9999-12-31T23:59:59.999-18:00", timezone=zone)[1] == LAST_MS


def test_nothing_begins_after_the_end_of_time():
    for since, until in [
        ("9999-12-31T05:00Z", "9999-12-31T06:00Z"),
        ("9999-12-31T00:00Z", "9999-12-31"),
        ("9999-12-31T23:59-18:00", None),
    ]:
        assert complaint(**{"from": since, "to": until}) == ("from", "Invalid date range")
