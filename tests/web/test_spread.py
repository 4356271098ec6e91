"""The charts of calls by interval: what stands under a bar, and what a bar is called."""

from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from pbxtally.fields import CallDirection
from pbxtally.intervals import Interval
from pbxtally.report import Row
from pbxtally.web.spread import MEASURES_DRAWN, labels_of, names_of, spread, words_of

COPENHAGEN, LORD_HOWE = ZoneInfo("Europe/Copenhagen"), ZoneInfo("Australia/Lord_Howe")
HOUR, DAY, WEEK, MONTH = Interval.HOUR, Interval.DAY, Interval.WEEK, Interval.MONTH


@pytest.mark.parametrize(
    ("interval", "names", "labels"),
    [
        (HOUR, ["2026-10-24T09+02:00", "2026-10-24T10+02:00"], ["09", "10"]),
        (HOUR, ["2026-10-25T02+02:00", "2026-10-25T02+01:00"], ["02", "02"]),
        (HOUR, ["2026-10-24T09+02:00", "2026-10-25T09+01:00"], ["24 Oct 09", "25 Oct 09"]),
        (DAY, ["2025-12-31", "2026-01-01"], ["31 Dec", "1 Jan"]),
        (DAY, ["2025-12-31", "2026-12-31"], ["31 Dec 2025", "31 Dec 2026"]),
        (WEEK, ["2025-W49", "2026-W49"], ["W49 2025", "W49 2026"]),
        (MONTH, ["2025-12", "2026-12"], ["Dec 2025", "Dec 2026"]),
    ],
)
def test_what_would_look_the_same_has_its_day_or_its_year(interval, names, labels):
    assert labels_of(interval, names) == labels


def test_in_a_table_no_two_rows_look_the_same():
    names = ["2026-10-25T01+02:00", "2026-10-25T02+02:00", "2026-10-25T02+01:00"]
    assert names_of(HOUR, names, COPENHAGEN) == ["01", "02 (UTC+02:00)", "02 (UTC+01:00)"]


@pytest.mark.parametrize(
    ("zone", "name", "words"),
    [
        (COPENHAGEN, "2026-10-25T02+02:00", "Sunday 25 October 2026 02:00 (UTC+02:00)"),
        (COPENHAGEN, "2026-10-25T02+01:00", "Sunday 25 October 2026 02:00 (UTC+01:00)"),
        (COPENHAGEN, "2026-10-25T03+01:00", "Sunday 25 October 2026 03:00"),
        (LORD_HOWE, "2026-04-05T01+11:00", "Sunday 5 April 2026 01:00 (UTC+11:00)"),
        (LORD_HOWE, "2026-04-05T01+10:30", "Sunday 5 April 2026 01:00 (UTC+10:30)"),
    ],
)
def test_of_an_hour_that_the_clock_shows_twice_it_is_told_which(zone, name, words):
    assert words_of(HOUR, name, zone) == words


def test_bars_stand_in_the_order_of_time_also_where_rows_have_only_their_own_months():
    cell = (1,) * len(MEASURES_DRAWN)
    rows = [Row(None, None, None, "101", {"2026-05": cell}), Row(None, None, None, "102", {"2025-12": cell})]
    query = SimpleNamespace(direction=CallDirection.IN, zone=COPENHAGEN)
    view = SimpleNamespace(query=query, behind=lambda *more: "")
    [inbound] = spread(rows, MEASURES_DRAWN, MONTH, view)
    assert inbound.chart.labels == ["Dec 2025", "May 2026"]
