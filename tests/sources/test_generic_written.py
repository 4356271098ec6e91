"""How the generic source reads lengths, dates with zones, and columns of the phone itself rather than of who called."""

import pytest

from calls_table import ms
from sources.generic_rows import FIELDS, PLAIN, leg, read, reason, story

# ── lengths ──


def talked(written, unit):
    return leg(f'{PLAIN}[units]\ntalk = "{unit}"', "at,from,to,talk", f'2020-12-01 09:00:00,1,2,"{written}"').talk_ms


@pytest.mark.parametrize(
    ("written", "unit", "talk_ms"),
    [
        ("83", "s", 83_000),
        ("83.4", "s", 83_400),
        ("83,4", "s", 83_400),
        ("0,125", "s", 125),
        ("1.5", "min", 90_000),
        ("0.000694444444", "d", 60_000),
        ("1:23", "hh:mm", 4_980_000),
        ("1:23", "hh:mm:ss", 83_000),
        ("1:02:03", "hh:mm:ss", 3_723_000),
        ("01:12,345", "hh:mm:ss", 72_345),
        ("00:01'23", "hh:mm:ss", 83_000),
        ("1m 23s", "hh:mm:ss", 83_000),
        ("2 min", "hh:mm:ss", 120_000),
        ("1 Std. 2 Min. 3 Sek.", "hh:mm:ss", 3_723_000),
        ("1 time 2 minutter", "hh:mm:ss", 3_720_000),
        ("PT1M23S", "hh:mm:ss", 83_000),
    ],
)
def test_a_length_is_read_as_the_mapping_says_it_is_written(written, unit, talk_ms):
    assert talked(written, unit) == talk_ms


@pytest.mark.parametrize(
    ("written", "unit", "why"),
    [
        ("1,234", "s", "'1,234' may be a fraction or thousands; s was expected without this comma"),
        ("1,234,567", "ms", "'1,234,567' may be a fraction or thousands; ms was expected without this comma"),
        ("1m 23s", "s", "'1m 23s' is not a length in s"),
        ("83 ms", "hh:mm:ss", "'83 ms' is not a length in hh:mm:ss"),
        ("1:02:03", "hh:mm", "'1:02:03' is not a length in hh:mm"),
        ("7", "hh:mm", "'7' is not a length in hh:mm"),
        ("1:2:3:4", "hh:mm:ss", "'1:2:3:4' is not a length in hh:mm:ss"),
        ("nan", "min", "'nan' is not a length in min"),
        ("PT", "hh:mm:ss", "'PT' is not a length in hh:mm:ss"),
        ("9" * 400 + ":00", "hh:mm:ss", f"'{'9' * 40}' is not a length in hh:mm:ss"),
    ],
)
def test_a_length_that_may_mean_another_is_rejected(written, unit, why):
    layout = f'{PLAIN}[units]\ntalk = "{unit}"'
    assert reason(layout, "at,from,to,talk", f'2020-12-01 09:00:00,1,2,"{written}"') == f"talk: {why}"


# ── dates ──


@pytest.mark.parametrize(
    ("form", "minute"),
    [("iso", "2020-12-01 09:00:"), ("%d-%m-%Y %H.%M.%S", "01-12-2020 09.00."), ("%S/%M/%H %d.%m.%y", "")],
)
def test_calls_of_one_minute_start_at_their_own_seconds(form, minute):
    first, last = (f"{minute}{second}" if minute else f"{second}/00/09 01.12.20" for second in ("05", "59"))
    found = read(f'date = "{form}"\n{PLAIN}', "at,from,to,talk", f"{first},1,2,3", f"{last},1,2,3")
    assert [one.started_ms - ms("2020-12-01 09:00:00") for one in found] == [5_000, 59_000]


@pytest.mark.parametrize("zone", ["+0100", "+01:00", "UTC", "GMT", "Z"])
def test_a_zone_in_a_date_is_taken_at_its_word(zone):
    hours = 9 if zone.startswith("+") else 8
    found = leg(
        'date = "%a, %d %b %Y %H:%M:%S %z"\n' + PLAIN,
        "at,from,to,talk",
        f'"Tue, 01 Dec 2020 {hours:02}:00:00 {zone}",1,2,3',
        zone="America/New_York",
    )
    assert found.started_ms == ms("08:00:00")


# ── whose row it is ──

OWN = """
device = "([0-9]+)(?: - .*)?"
[fields]
start = "at"
talk = "talk"
own = "ext"
other = "number"
direction = "way"
"""


@pytest.mark.parametrize(
    ("way", "number", "sentences"),
    [
        ("in", "4599", ["101 IN outside: answered, rang 0 s, talked 60 s"]),
        ("out", "4599", ["101 OUT outside: answered, rang 0 s, talked 60 s"]),
        (
            "internal",
            "102",
            ["101 OUT local: answered, rang 0 s, talked 60 s", "102 IN local: answered, rang 0 s, talked 60 s"],
        ),
    ],
)
def test_where_a_row_is_of_a_phone_the_direction_says_who_called(way, number, sentences):
    assert story(OWN, "at,ext,number,way,talk", f"2020-12-01 09:00:00,101 - Anna Holm,{number},{way},60") == sentences


def test_beside_caller_and_callee_the_phone_is_the_one_whose_row_it_is():
    layout = PLAIN + 'own = "ext"\ndirection = ["way", "inside"]\n[directions]\n"I 0" = "in"\n"O 0" = "out"\n'
    rows = ("at,from,to,talk,ext,way,inside", "2020-12-01 09:00:00,4599000001,4533000000,60,101,I,0")
    assert story(layout, *rows) == ["101 IN outside: answered, rang 0 s, talked 60 s"]


def test_a_result_may_be_told_by_two_columns():
    layout = FIELDS + 'talk = "talk"\nresult = ["answered", "why"]\n[results]\n"no UserBusy" = "busy"'
    assert story(layout, "at,from,to,talk,answered,why", "2020-12-01 09:00:00,4599,101,0,No,UserBusy") == []
    assert leg(layout, "at,from,to,talk,answered,why", "2020-12-01 09:00:00,1,2,0,No,UserBusy").result.name == "BUSY"


# ── rows that contradict themselves ──


def test_a_row_that_says_answered_and_has_no_answer_is_rejected():
    layout = FIELDS + 'answer = "answer"\nend = "end"\nresult = "status"'
    rows = ("at,answer,end,from,to,status", "2020-12-01 09:00:00,,2020-12-01 09:00:20,4599,101,Completed")
    assert reason(layout, *rows) == (
        "result: it says answered, and answer is empty; leave one of them out of the mapping"
    )


def test_a_heading_may_end_with_cells_that_hold_nothing():
    assert len(read(PLAIN, "at,from,to,talk,,", "2020-12-01 09:00:00,1,2,3", "2020-12-01 09:00:01,1,2,3,,")) == 2
