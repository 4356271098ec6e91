"""`/employees`: the table of a chosen period; everything chosen stands in the address."""

import re
from datetime import date
from html import unescape

import pytest

from pbxtally.fields import FIELDS, IDENTITY_FIELDS
from pbxtally.people import AccessLevel
from pbxtally.web import employees_page, table
from pbxtally.web.periods import Preset, days_beside, days_of
from pbxtally.web.table import clock
from web.test_calls import figure
from web.test_pages import cells
from web.world import ANNA

TWO_DAYS = "/employees?from=2020-11-30&to=2020-12-01"


def links(answer, begin):
    """The addresses on the page that begin so."""
    return [unescape(one) for one in re.findall(r'href="([^"]+)"', answer.text) if one.startswith(begin)]


def test_without_a_choice_it_is_todays_table(anna):
    assert cells(anna.get("/employees")) == cells(anna.get("/employees?period=today"))
    assert "Tuesday 1 December 2020 " in anna.get("/employees").text


def test_a_choice_that_nobody_is_in_says_so_and_not_that_nobody_holds_an_extension(anna):
    text = anna.get("/employees?department=Nowhere").text
    assert "None of the selected employees held an extension in this period." in text
    assert "Nobody holds an extension yet." not in text


def test_who_has_no_calls_has_a_row_of_zeros(anna):
    rows = cells(anna.get("/employees?period=YESTERDAY"))
    assert [row[:3] for row in rows] == [
        ["101 Anna", "0", "0:00:00"],
        ["102 Bo", "0", "0:00:00"],
        ["All 2", "0", "0:00:00"],
    ]


@pytest.mark.parametrize("address", ["/employees?period=this_week", TWO_DAYS, "/employees?period=THIS_WEEK&from=&to="])
def test_a_period_by_name_or_by_days_is_counted_whole(anna, address):
    assert cells(anna.get(address)) == cells(anna.get("/employees"))


@pytest.mark.parametrize(
    ("preset", "first", "last"),
    [
        ("TODAY", "2024-03-01", "2024-03-01"),
        ("YESTERDAY", "2024-02-29", "2024-02-29"),
        ("THIS_WEEK", "2024-02-26", "2024-03-03"),
        ("LAST_WEEK", "2024-02-19", "2024-02-25"),
        ("THIS_MONTH", "2024-03-01", "2024-03-31"),
        ("LAST_MONTH", "2024-02-01", "2024-02-29"),
        ("THIS_QUARTER", "2024-01-01", "2024-03-31"),
        ("LAST_QUARTER", "2023-10-01", "2023-12-31"),
    ],
)
def test_the_periods_of_a_friday_on_the_first_of_march(preset, first, last):
    assert days_of(Preset(preset), date(2024, 3, 1)) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("days", "before", "after"),
    [
        ("2024-03-01 2024-03-31", "2024-02-01 2024-02-29", "2024-04-01 2024-04-30"),
        ("2024-01-01 2024-03-31", "2023-10-01 2023-12-31", "2024-04-01 2024-06-30"),
        ("2023-12-25 2023-12-31", "2023-12-18 2023-12-24", "2024-01-01 2024-01-07"),
        ("2024-03-01 2024-03-01", "2024-02-29 2024-02-29", "2024-03-02 2024-03-02"),
    ],
)
def test_the_periods_beside_are_as_long_in_months_or_days(days, before, after):
    first, last = map(date.fromisoformat, days.split())
    for step, wanted in ((-1, before), (1, after)):
        assert " ".join(map(str, days_beside(first, last, step) or ())) == wanted


@pytest.mark.parametrize(
    ("days", "step"),
    [
        ("1970-01-01 1970-01-02", -1),
        ("1970-01-01 9999-12-30", -1),
        ("1970-01-01 9999-12-30", 1),
        ("9999-11-01 9999-11-30", 1),
        ("9999-12-30 9999-12-30", 1),
        ("0001-01-01 0001-12-31", -1),
    ],
)
def test_beside_the_first_and_the_last_day_of_the_calendar_is_no_period(days, step):
    assert days_beside(*map(date.fromisoformat, days.split()), step) is None


def test_december_ends_with_the_year():
    assert days_of(Preset.THIS_MONTH, date(2020, 12, 31))[1] == date(2020, 12, 31)


@pytest.mark.parametrize(
    "chosen", ["", "&direction=IN", "&ignoreLocal=true", "&ignoreBelow=30", "&sort=extensionNumber"]
)
def test_every_figure_leads_to_its_calls(anna, chosen):
    linked = re.findall(r'<a href="(calls\?[^"]+measure=[^"]+)">(.*?)</a>', anna.get(TWO_DAYS + chosen).text)
    assert len(linked) > 5
    for link, shown in linked:
        assert figure(anna.get("/" + unescape(link))) == shown


def test_the_downloads_are_of_what_is_shown(anna):
    answer = anna.get(f"{TWO_DAYS}&direction=IN&ignoreLocal=true&language=da")
    [excel, comma, columns, json] = links(answer, "pbx/cdrstats")
    assert all(anna.get("/" + one).status_code == 200 for one in (excel, comma, columns))
    for row, shown in zip(anna.get("/" + json).json(), cells(answer)[:-1], strict=True):
        months = [list(one.values()) for one in row["data"].values()]
        sums = [sum(column) for column in zip(*months, strict=True)]
        assert [one for one in shown[1:] if ":" not in one] == [str(sums[at]) for at in (0, 2, 3, 4, 5, 7, 8, 9)]


def test_the_form_keeps_what_was_chosen(anna):
    text = anna.get(
        "/employees?period=LAST_WEEK&direction=OUT&ignoreBelow=5&ignoreLocal=true&sort=extensionNumber"
    ).text
    assert '<option value="LAST_WEEK" selected>Last week</option>' in text
    assert '<option value="OUT" selected>Outbound</option>' in text
    assert 'name="ignoreBelow" min="0" value="5"' in text
    assert 'value="true" checked>' in text
    assert '<input type="hidden" name="sort" value="extensionNumber">' in text
    assert 'name="from" value="2020-11-23"' in text


def test_a_click_sorts_and_keeps_the_rest(anna):
    answer = anna.get("/employees?period=THIS_MONTH&direction=IN&page=1")
    assert [one for one in links(answer, "employees?") if "sort=" in one][:3] == [
        "employees?period=THIS_MONTH&direction=IN&sort=-extensionNumber",
        "employees?period=THIS_MONTH&direction=IN&sort=employeeName",
        "employees?period=THIS_MONTH&direction=IN&sort=-outboundCalls",
    ]
    assert 'aria-sort="descending"' in anna.get("/employees?sort=-inboundCalls").text


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        ("-inboundCalls", "101 Anna"),
        ("inboundCalls", "102 Bo"),
        ("-outboundCalls", "102 Bo"),
        ("-localCalls", "101 Anna"),  # as many as Bo
        ("-employeeName", "102 Bo"),
        ("extensionNumber", "101 Anna"),
        ("outboundAverageSeconds", "102 Bo"),
    ],
)
def test_every_column_sorts_also_one_that_is_not_shown(anna, sort, first):
    assert cells(anna.get(f"/employees?sort={sort}"))[0][0] == first


def test_every_measure_can_be_a_column_and_is_the_endpoints_figure(anna):
    names = [name for name in FIELDS if name not in IDENTITY_FIELDS]
    text = anna.get(f"{TWO_DAYS}&fields={','.join(names)}")
    asked = {
        "from": "2020-11-30",
        "to": "2020-12-01",
        "groupingInterval": "WEEK",
        "fields": ["extensionNumber", *names],
    }
    for row, shown in zip(anna.post("/pbx/cdrstats", json=asked).json(), cells(text), strict=False):
        figures = row["data"]["49"]
        wanted = [clock(figures[name]) if "Seconds" in name else str(figures[name]) for name in table.COLUMNS]
        assert shown[1:] == wanted
    linked = re.findall(r'<a href="(calls\?[^"]+measure=[^"]+)">(.*?)</a>', text.text)
    assert all(figure(anna.get("/" + unescape(link))) == shown for link, shown in linked)


def test_the_downloads_have_the_columns_that_are_shown(anna):
    [_, comma, *_] = links(anna.get(f"{TWO_DAYS}&fields=localCalls&sort=-localCalls"), "pbx/cdrstats")
    assert anna.get("/" + comma).text.splitlines()[0].endswith("extensionNumber;interval;localCalls")


def test_a_row_leads_to_its_employee_and_shows_how_calls_are_spread(anna):
    text = unescape(anna.get("/employees?period=THIS_WEEK&department=Sales&sort=-inboundCalls").text)
    assert f'<a href="person?period=THIS_WEEK&id={ANNA}"><bdi>Anna</bdi></a>' in text
    assert "<title>Calls over the period: 0, 3</title>" in text
    assert "<svg" not in anna.get("/employees?from=2010-01-01&to=2020-12-31").text


@pytest.mark.parametrize("page", ["employees", "departments"])
@pytest.mark.parametrize(
    ("days", "intervals"),
    [("period=LAST_WEEK", 7), ("period=THIS_WEEK", 2), ("period=TODAY", 14), ("from=2021-01-01&to=2021-01-05", 0)],
)
def test_a_small_line_ends_today_where_the_period_goes_on(anna, page, days, intervals):
    lines = re.findall("<title>Calls over the period: (.*?)</title>", anna.get(f"/{page}?{days}").text)
    assert {len(one.split(",")) if one else 0 for one in lines} == {intervals}


def test_a_column_says_what_it_counts(anna):
    text = anna.get("/employees").text
    assert 'aria-describedby="tip-inboundBusy">Busy</a>' in text
    assert 'role="tooltip" id="tip-inboundBusy">Calls for it that were not answered because it was busy.</span>' in text


def test_many_rows_are_cut_into_pages_and_the_sum_is_of_all(anna, monkeypatch):
    monkeypatch.setattr(employees_page, "PAGE_ROWS", 1)
    first, second = anna.get("/employees"), anna.get("/employees?page=2")
    assert [cells(one)[0][0] for one in (first, second)] == ["101 Anna", "102 Bo"]
    assert cells(first)[-1] == cells(second)[-1]
    assert 'rel="next" href="employees?page=2"' in first.text
    assert 'rel="prev" href="employees?page=1"' in second.text
    assert "Showing 2 to 2 of 2" in second.text


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("", '<p class="empty">There is only 1 page. <a href="employees?page=1">Show the last page</a></p>'),
        ("&department=None", '<p class="empty">None of the selected employees held an extension in this period.</p>'),
    ],
)
def test_beyond_the_last_page_it_leads_there_if_there_is_anything(anna, asked, said):
    assert said in anna.get(f"/employees?page=2{asked}").text


@pytest.mark.parametrize(
    "wrong", ["period=SOON", "page=last", "page=0", "from=never", "sort=calls", "ignoreBelow=-1", "fields=calls"]
)
def test_a_wrong_member_is_told_on_a_page(anna, wrong):
    answer = anna.get(f"/employees?{wrong}")
    assert answer.status_code == 422
    assert "<h1>That did not work</h1>" in answer.text
    assert f"<code>{wrong.partition('=')[0]}</code>: " in answer.text


def test_the_table_of_employees_speaks_danish(anna):
    text = anna.get("/employees?period=LAST_MONTH&language=da").text
    assert '<option value="LAST_MONTH" selected>Sidste måned</option>' in text
    assert '<input type="hidden" name="language" value="da">' in text


def test_who_may_not_read_statistics_gets_a_page_that_says_so(signed_in):
    assert signed_in(AccessLevel.PERSONAL).get("/employees").status_code == 403


def test_a_browser_that_is_not_signed_in_is_led_to_the_login(stranger):
    asked = stranger.get("/employees", headers={"Accept": "text/html"}, follow_redirects=False)
    assert (asked.status_code, asked.headers["location"]) == (303, "login")
