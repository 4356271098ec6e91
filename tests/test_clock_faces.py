"""What a clock face means (D11): one instant, two in a doubled hour; and how it is written."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pbxtally.intervals import face_ms, instants_ms, is_never, written_ms

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
ZONES = ("America/New_York", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe", "Europe/Copenhagen", "UTC")


def ms(text):
    """An instant; in UTC unless an offset is written."""
    moment = datetime.fromisoformat(text)
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


@pytest.mark.parametrize(
    ("zone", "wall", "first", "last"),
    [
        ("Europe/Copenhagen", "2020-10-25T02:30", "2020-10-25T00:30Z", "2020-10-25T01:30Z"),
        ("Europe/Copenhagen", "2020-10-25T03:00", "2020-10-25T02:00Z", "2020-10-25T02:00Z"),
        ("Europe/Copenhagen", "2020-03-29T02:30", "2020-03-29T01:30Z", "2020-03-29T01:30Z"),
        ("Australia/Lord_Howe", "2021-04-04T01:45", "2021-04-03T14:45Z", "2021-04-03T15:15Z"),
        ("Pacific/Apia", "2011-12-30T12:00", "2011-12-30T22:00Z", "2011-12-30T22:00Z"),
        ("Asia/Kathmandu", "2020-12-01T00:00", "2020-11-30T18:15Z", "2020-11-30T18:15Z"),
    ],
)
def test_a_clock_face_may_mean_two_instants_and_a_skipped_one_moves_on(zone, wall, first, last):
    assert instants_ms(ZoneInfo(zone), datetime.fromisoformat(wall)) == (ms(first), ms(last))


@given(st.sampled_from(ZONES), st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1)), st.sampled_from(" T"))
@example("Europe/Copenhagen", datetime(2020, 10, 25, 2, 30), " ")  # twice
@example("Europe/Copenhagen", datetime(2020, 3, 29, 2, 30), "T")  # skipped
def test_a_written_clock_face_means_what_the_clock_face_means(zone: str, wall: datetime, between: str) -> None:
    whole, milliseconds = wall.replace(microsecond=0), wall.microsecond // 1000
    expected = instants_ms(ZoneInfo(zone), whole)
    assert written_ms(ZoneInfo(zone), whole.isoformat(between)) == expected
    assert written_ms(ZoneInfo(zone), wall.isoformat(between)) == tuple(at + milliseconds for at in expected)


def test_an_offset_settles_what_a_clock_face_means() -> None:
    assert written_ms(COPENHAGEN, "2020-10-25 02:30:00+01:00") == (ms("2020-10-25T01:30"), ms("2020-10-25T01:30"))


def test_what_is_no_clock_face_is_an_error() -> None:
    for written in ("", "yesterday", "2020-13-01 10:00:00", "2020-12-01 10:00:60", "2020-12-01 10:00", "2020-12-01"):
        with pytest.raises(ValueError):
            written_ms(COPENHAGEN, written)


def test_zeros_and_the_second_from_which_computers_count_are_never_by_whatever_clock() -> None:
    for zone in ZONES:
        assert is_never(f"{datetime.fromtimestamp(0, ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}")
    for written in ("0000-00-00 00:00:00", "0000/00/00", "1970/01/01 01:00:00", "1970-01-01T00:00:00Z"):
        assert is_never(written)
    for written in ("", "0", "1970-01-02 00:00:00", "1999-12-31 23:59:59", "2020-12-01 10:00:00"):
        assert not is_never(written)


@pytest.mark.parametrize("written", ["2020-10-25 02:30:00", "2020-10-25 02:59:59", "2020-10-25T02:30:07.250"])
def test_of_a_doubled_hour_the_instant_is_meant_that_is_nearer_to_what_is_known_otherwise(written: str) -> None:
    first, last = written_ms(COPENHAGEN, written)
    assert last - first == 3_600_000
    for near_ms in (None, first - 1, first + 1_799_999):
        assert face_ms(COPENHAGEN, written, near_ms) == first
    for near_ms in (first + 1_800_001, last + 60_000):
        assert face_ms(COPENHAGEN, written, near_ms) == last
