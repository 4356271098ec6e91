"""What is proposed where columns and values may mean one thing or another."""

import pytest

from sources.generic_rows import proposed

PAIR = "at,from,to,talk"


@pytest.mark.parametrize(
    ("days", "date"),
    [
        (("06/01/2026", "06/02/2026", "06/03/2026"), "%m/%d/%Y %H:%M"),
        (("01/06/2026", "02/06/2026", "03/06/2026"), "%d/%m/%Y %H:%M"),
        (("06-01-2026", "06-02-2026"), "%m-%d-%Y %H:%M"),
        (("01.06.26", "02.06.26"), "%d.%m.%y %H:%M"),
    ],
)
def test_a_file_is_of_some_days_so_its_dates_lie_close_together(days, date):
    assert f'date = "{date}"' in proposed("start,from,to,talk", *(f"{day} 09:00,1,2,3" for day in days))


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("06/13/2026 1:05 PM", "%m/%d/%Y %I:%M %p"),
        ("13/06/2026 01:05PM", "%d/%m/%Y %I:%M%p"),
        ("06/02/2026 09:00:00 AM", "%m/%d/%Y %I:%M:%S %p"),
        ("Tue 06/02/2026 9:00 AM", "%a %m/%d/%Y %I:%M %p"),
        ("13 Jun 2026 13.05.00", "%d %b %Y %H.%M.%S"),
        ("2026/06/13 13:05:00 UTC", "%Y/%m/%d %H:%M:%S %z"),
        ("20260613130500.123", "%Y%m%d%H%M%S.%f"),
        ("2026-06-13T13:05:00+0200", "iso"),
        ("1781355900", "epoch-s"),
    ],
)
def test_a_date_is_known_by_its_shape(written, date):
    assert f'date = "{date}"' in proposed("start;from;to;talk", f"{written};1;2;3")


def test_a_heading_that_says_utc_is_believed():
    assert 'zone = "UTC"' in proposed("Date/Time Start (UTC),from,to,talk", "2026-06-13 13:05:00,1,2,3")


@pytest.mark.parametrize(
    ("zones", "line"),
    [
        (("America/Denver", "America/Denver"), 'zone = "America/Denver"  # as its column says'),
        (
            ("Europe/Paris", "Asia/Tokyo"),
            '# zone = "Asia/Tokyo"  # its column says Asia/Tokyo, Europe/Paris; a mapping',
        ),
        (("CEST", "CEST"), '# zone = "CEST"  # its column says CEST; a mapping has one'),
    ],
)
def test_a_column_of_zones_is_looked_at(zones, line):
    rows = (f"2026-06-13 13:05:00,1,2,3,{zone}" for zone in zones)
    assert line in proposed("start,from,to,talk,Time Zone", *rows)


def test_a_long_phone_number_is_no_date():
    assert 'caller = "from"' in proposed("start,from,to,talk", "2026-06-13 13:05:00,45331111112233,101,3")


@pytest.mark.parametrize(
    ("rows", "field"),
    [
        (("2026-06-01 09:00:00,1,2,Answered,60", "2026-06-01 09:00:00,1,2,Missed,0"), "talk"),
        (("2026-06-01 09:00:00,1,2,Answered,65", "2026-06-01 09:00:00,1,2,Missed,20"), "duration"),
    ],
)
def test_a_duration_that_is_0_where_nobody_answered_is_of_the_talk(rows, field):
    assert f'\n{field} = "length"' in proposed("start,from,to,result,length", *rows)


def test_where_all_of_a_call_would_count_as_talk_the_proposal_says_so():
    layout = proposed("start,from,to,result,length", "2026-06-01 09:00:00,1,2,Answered,65")
    assert (
        "# talk =  # without a column for talk, answer or ring all of a call that was answered counts as talk" in layout
    )


def test_a_word_that_stands_also_in_rows_without_an_answer_is_no_result():
    layout = proposed(
        "start,answer,end,from,to,status",
        "2026-06-01 09:00:00,2026-06-01 09:00:05,2026-06-01 09:01:05,1,2,Completed",
        "2026-06-01 09:10:00,,2026-06-01 09:10:20,1,2,Completed",
    )
    assert "result =" not in layout
    assert "# not used: status" in layout


@pytest.mark.parametrize(
    ("talk", "unit"), [("1.0", "min"), ("60", "s"), ("60000", "ms"), ("0.000694444", "d"), ("00:01:00", "hh:mm:ss")]
)
def test_the_times_of_a_row_tell_the_unit_of_its_lengths(talk, unit):
    row = f"2026-06-01 09:00:00,2026-06-01 09:00:05,2026-06-01 09:01:05,1,2,{talk}"
    assert f'talk = "{unit}"' in proposed("start,answer,end,from,to,talk", row)


@pytest.mark.parametrize(
    ("talk", "line"),
    [
        ("0:01", 'talk = "hh:mm:ss"  # is 1:23 a minute and 23 seconds? of hours and minutes say "hh:mm"'),
        ("1.25", 'talk = "s"  # these have parts: of minutes say "min"'),
        ("0.000694444", 'talk = "d"  # parts of a day, as spreadsheets count time'),
    ],
)
def test_where_nothing_tells_the_unit_there_is_a_question(talk, line):
    assert line in proposed("start,from,to,talk", f"2026-06-01 09:00:00,1,2,{talk}")


def test_an_id_that_comes_back_on_other_days_joins_no_call():
    rows = ("2026-06-01 09:00:00,1,2,3,7", "2026-06-05 09:00:00,1,2,3,7")
    assert "# call =  # which column do the rows of one call share?" in proposed("start,from,to,talk,id", *rows)


def test_of_two_columns_of_callers_the_one_with_numbers_is_taken():
    assert 'caller = "From number"' in proposed(
        "Start,From,From number,To,To number,Talk", "2026-06-01 09:00:00,Anna Holm,101,Bo Madsen,102,3"
    )


def test_a_column_that_says_only_whether_a_call_was_answered_is_a_result():
    layout = proposed(
        "Start,From,To,Duration,Answered", *("2026-06-01 09:00:00,1,2,60," + word for word in ("Yes", "No"))
    )
    assert '"Yes" = "answered"\n"No" = "unanswered"' in layout


def test_totals_below_the_calls_are_none_of_them():
    layout = proposed("Start,From,To,Status,Talk", "2026-06-01 09:00:00,101,102,Answered,60", "Total,,,,60")
    assert 'date = "iso"' in layout
    assert '"" =' not in layout
