"""`/`: a period beside the one before, and every number on it opens to as many calls as it says."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html import unescape
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import pytest

from calls_table import ms
from pbxtally.intervals import Period
from pbxtally.people import AccessLevel
from pbxtally.web.app import create_app
from pbxtally.web.i18n import percent
from pbxtally.web.overview_page import _change, _points
from pbxtally.web.periods import before
from web.conftest import DescribedClient
from web.test_calls import figure
from web.world import ACME, ANNA, BO, DEEP

COPENHAGEN = ZoneInfo("Europe/Copenhagen")


def part(answer, begin, end):
    return answer.text.partition(begin)[2].partition(end)[0]


def tiles(answer):
    """The big figures, each as its texts."""
    found = re.findall(r"<li>\s*<h2>(.*?)</li>", part(answer, '<ul class="tiles">', "</ul>"), re.DOTALL)
    return [" ".join(unescape(re.sub("<[^>]+>", " ", one)).split()) for one in found]


def linked(text):
    """Links to calls: address and what is shown there, or said of a mark of a drawing."""
    return [
        (unescape(where), what) for where, what in re.findall(r'<a href="((?:calls|missed)\?[^"]+)">(.*?)</a>', text)
    ]


def test_big_figures_stand_beside_those_of_the_period_before(anna):
    assert tiles(anna.get("/")) == [
        "Calls 5 previously 0",
        "Received calls answered 50% 1 of 2 · previously –",
        "Received calls unanswered 1 previously 0",
        "Talk time 0:02:05 previously 0:00:00",
    ]
    assert tiles(anna.get("/?from=2020-12-02&to=2020-12-02"))[0] == "Calls 0 −100% · previously 5"


def test_the_two_figures_that_the_answered_share_is_made_of_lead_to_their_calls(anna):
    shares = re.findall(r"<p>(<a .*?) · previously", part(anna.get("/"), '<ul class="tiles">', "</ul>"))
    led = [linked(one) for one in shares]
    assert [[(figure(anna.get("/" + where)), what) for where, what in one] for one in led] == [[("1", "1"), ("2", "2")]]


def test_every_figure_bar_and_cell_leads_to_as_many_calls_as_it_says(anna):
    answer = anna.get("/?period=THIS_WEEK")
    links = [one for one in linked(answer.text) if "measure=" in one[0] or "returned=" in one[0]]
    assert len(links) > 25
    for where, what in links:
        mark = re.search(r"<title>.*: (.+?)</title>", what)
        said = mark[1] if mark else what
        calls = said if re.fullmatch(r"[\d:]+", said) else "0" if said == "–" else "1"  # a share, or one missed call
        assert figure(anna.get("/" + where)) == calls, where


def test_a_figure_of_one_of_several_employees_leads_to_their_calls_alone(anna):
    answer = anna.get(f"/?employees={ANNA}&employees={BO}")
    links = [one for one in linked(part(answer, '<div class="lists">', "busiest")) if one[0].startswith("calls?")]
    assert [said for _, said in links] == ["1", "3", "0:01:35", "2", "0:00:30"]
    assert [figure(anna.get("/" + where)) for where, _ in links] == [said for _, said in links]


def test_figures_of_the_period_before_lead_to_its_calls(anna):
    answer = anna.get("/?from=2020-12-02&to=2020-12-02")
    links = [one for one in linked(part(answer, '<ul class="tiles">', "</ul>")) if "from=2020-12-02" not in one[0]]
    assert [said for _, said in links] == ["5", "50%", "1", "0:02:05"]
    assert [figure(anna.get("/" + where)) for where, _ in links] == ["5", "1", "1", "0:02:05"]


def test_the_period_before_has_its_own_holidays_also_in_another_year(world):
    first_of_december = frozenset({date(2020, 12, 1)})
    days_off = lambda place, years: first_of_december if 2020 in years else frozenset()  # noqa: E731
    app = create_app(replace(world.backend, days_off=days_off))
    anna = DescribedClient(app, headers={"Authorization": f"Bearer {world.tokens[ANNA]}"})
    answer = anna.get("/?from=2021-01-01&to=2021-01-31&hours=OUTSIDE")
    assert tiles(answer)[0] == "Calls 0 −100% · previously 5"
    [(_, _), (where, _), *_] = linked(part(answer, '<ul class="tiles">', "</ul>"))
    assert figure(anna.get("/" + where)) == "5"


def test_the_drawings_have_their_figures_in_a_table_too(anna):
    answer = anna.get("/?period=THIS_WEEK")
    bars = part(answer, 'id="by-interval-table"', "</details>")
    rows = re.findall(r"<tr>(.*?)</tr>", bars, re.DOTALL)[1:]
    assert [re.sub(r"<[^>]+>|\s+", " ", row).split() for row in rows][:2] == [
        ["30", "Nov", "0", "0", "0", "0"],
        ["1", "Dec", "3", "0", "1", "1"],
    ]
    assert len(rows) == 7
    week = part(answer, 'id="busiest-hours-table"', "</details>")
    tuesday = re.findall(r"<tr>(.*?)</tr>", week, re.DOTALL)[2]
    cells = re.sub(r"<[^>]+>|\s+", " ", tuesday).split()
    assert cells == ["Tuesday", *["0"] * 10, "2", "3", *["0"] * 12]


@pytest.mark.parametrize(
    ("chosen", "title"),
    [
        ("period=TODAY", "Calls by hour"),
        ("period=THIS_MONTH", "Calls by day"),
        ("period=THIS_QUARTER", "Calls by week"),
        ("from=2019-01-01&to=2020-12-31", "Calls by month"),
        ("period=TODAY&groupingInterval=DAY", "Calls by day"),
        ("from=2020-11-01&to=2020-12-31&groupingInterval=HOUR", "Calls by day"),
    ],
)
def test_bars_are_as_long_as_fits_or_as_was_chosen_if_they_can_be_seen(anna, chosen, title):
    answer = anna.get(f"/?{chosen}")
    assert f"<h2>{title}</h2>" in answer.text
    assert answer.text.count("<rect") < 2000


def test_employees_are_put_in_the_order_of_what_they_missed_and_had(anna):
    text = anna.get("/").text
    missing = text.partition("<h2>Most missed calls</h2>")[2].partition("</section>")[0]
    assert re.findall(r"<bdi>(.*?)</bdi>", missing) == ["Anna"]
    busy = text.partition("<h2>Most calls</h2>")[2].partition("</section>")[0]
    assert re.findall(r"<bdi>(.*?)</bdi>", busy) == ["Anna", "Bo"]
    assert "Fewest calls" not in text  # everybody is among those with most


@pytest.mark.parametrize(
    ("days", "said", "link"),
    [
        (
            "from=2019-12-01&to=2020-11-30",
            "Tuesday 24 November 2020 to Monday 30 November 2020",
            "from=2020-11-24&to=2020-11-30",
        ),
        # today is the 1st of December: nobody was called on the days after it
        (
            "from=2020-01-01&to=2020-12-31",
            "Wednesday 25 November 2020 to Tuesday 1 December 2020",
            "from=2020-11-25&to=2020-12-01",
        ),
        (
            "from=2020-01-01&to=2020-11-30T12:00",
            "Tuesday 24 November 2020 00:00 to Monday 30 November 2020 12:01",
            "from=2020-11-24&to=2020-11-30T12:00",
        ),
        (
            "from=2020-11-28&to=2021-12-31",
            "Saturday 28 November 2020 to Tuesday 1 December 2020",
            "from=2020-11-28&to=2020-12-01",
        ),
    ],
)
def test_of_a_long_period_only_the_callers_of_its_last_days_until_today_are_looked_for(anna, days, said, link):
    answer = anna.get(f"/?{days}")
    assert f"Only the most recent days: {said}." in answer.text
    [waiting] = [where for where, what in linked(part(answer, '<section class="owed">', "</h2>"))]
    assert unquote(waiting) == f"missed?{link}&returned=false"
    assert figure(anna.get(f"/{waiting}")) == re.search(r"returned yet: <a [^>]*>(\d+)", answer.text)[1]


@pytest.mark.parametrize(
    ("now", "was", "wanted"),
    [((199, 200), (98, 100), "+1 point"), ((1, 8), (12, 100), "+1 point"), ((0, 5), (1, 1000), "−1 point")],
)
def test_points_are_the_difference_of_the_shares_as_they_are_shown(now, was, wanted):
    counts = [dict(zip(("inboundAnswered", "inboundCalls"), one, strict=True)) for one in (now, was)]
    assert _points(*counts) == wanted


def test_what_is_not_gone_is_never_a_hundred_percent_less():
    assert (_change(1, 1000), _change(0, 1000), _change(1001, 1000)) == ("−99%", "−100%", "±0%")


def test_before_any_call_has_come_in_it_says_so_and_leads_to_where_that_is_mended(signed_in):
    reseller = signed_in(AccessLevel.RESELLER)
    text = part(reseller.get(f"/?customer={DEEP}"), "<main>", "</main>")
    assert f'No calls received yet. <a href="administration?customer={DEEP}">Administration</a>' in text
    assert "No calls received yet." not in reseller.get(f"/?customer={ACME}&from=2019-01-01&to=2019-01-01").text


def test_more_or_less_is_written_as_shares_are_in_either_language(anna):
    for language, shown in (("en", "−100%"), ("da", "−100 %")):
        assert shown in tiles(anna.get(f"/?from=2020-12-02&to=2020-12-02&language={language}"))[0]


def test_it_speaks_danish_with_danish_numbers_and_days(anna):
    text = anna.get("/?period=THIS_WEEK&language=da").text
    assert "<h2>Travleste timer</h2>" in text
    assert "<title>Tirsdag 10–11: 2</title>" in text
    assert "50 %" in text.replace("\xa0", " ")
    assert "1. dec." in text


def test_without_a_call_it_is_a_page_of_zeros(anna):
    answer = anna.get("/?from=2019-01-01&to=2019-01-31")
    assert tiles(answer)[0] == "Calls 0 ±0 · previously 0"
    assert "No callers are waiting for a call back." in answer.text


@pytest.mark.parametrize("path", ["/", "/missed"])
def test_a_wrong_member_is_told_on_a_page_and_who_may_not_look_is_told_so(anna, signed_in, path):
    assert anna.get(f"{path}?period=SOON").status_code == 422
    assert anna.get(f"{path}?measure=inboundCalls").status_code == 422
    assert signed_in(AccessLevel.PERSONAL).get(path).status_code == 403
    assert signed_in(AccessLevel.VIEWER).get(f"{path}?customer={'2' * 24}").status_code in (200, 403)


@pytest.mark.parametrize(
    ("since", "until", "now", "wanted"),
    [
        # a week that is over, and one on its Wednesday at noon
        ("2020-11-22 23:00", "2020-11-29 23:00", "2020-12-01 12:00", ("2020-11-15 23:00", "2020-11-22 23:00")),
        ("2020-11-29 23:00", "2020-12-06 23:00", "2020-12-02 11:00", ("2020-11-22 23:00", "2020-11-25 11:00")),
        # months by months: March has more days than February, and an hour less
        ("2021-02-28 23:00", "2021-03-31 22:00", "2021-06-01 00:00", ("2021-01-31 23:00", "2021-02-28 23:00")),
        ("2021-02-28 23:00", "2021-03-31 22:00", "2021-03-31 12:00", ("2021-01-31 23:00", "2021-02-28 23:00")),
        # the day after the clock was put forward
        ("2021-03-28 22:00", "2021-03-29 22:00", "2021-06-01 00:00", ("2021-03-27 23:00", "2021-03-28 22:00")),
        # some hours of a day
        ("2020-12-01 07:00", "2020-12-01 09:00", "2021-06-01 00:00", ("2020-11-30 07:00", "2020-11-30 09:00")),
    ],
)
def test_the_period_before_is_as_long_and_only_as_much_of_it_as_has_passed(since, until, now, wanted):
    found = before(COPENHAGEN, Period(ms(f"{since}:00"), ms(f"{until}:00")), ms(f"{now}:00"))
    at = [datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=one) for one in (found.since_ms, found.until_ms)]
    assert tuple(f"{one:%Y-%m-%d %H:%M}" for one in at) == wanted


@pytest.mark.parametrize(
    ("since", "until", "wanted"),
    [
        # the clock goes from midnight to one: that day begins there, the one before at midnight
        ("2026-03-29 01:00", "2026-03-30 00:00", ("2026-03-28 01:00", "2026-03-29 01:00")),
        # the clock goes from one to midnight: a day ends at the first of both
        ("2026-10-25 00:00", "2026-10-26 01:00", ("2026-10-24 00:00", "2026-10-25 00:00")),
        ("2026-10-26 01:00", "2026-10-27 01:00", ("2026-10-25 00:00", "2026-10-26 01:00")),
    ],
)
def test_the_day_before_is_whole_where_clocks_change_at_midnight(since, until, wanted):
    found = before(ZoneInfo("Atlantic/Azores"), Period(ms(f"{since}:00"), ms(f"{until}:00")), ms("2027-01-01 00:00:00"))
    assert (found.since_ms, found.until_ms) == tuple(ms(f"{one}:00") for one in wanted)


@pytest.mark.parametrize("page", ["", "employees", "missed", "calls", "departments"])
@pytest.mark.parametrize("days", ["from=1970-01-01&to=9999-12-31", "from=9999-11-01&to=9999-11-30"])
@pytest.mark.thorough
def test_a_period_that_reaches_to_the_end_of_the_calendar_is_shown(anna, page, days):
    answer = anna.get(f"/{page}?{days}")
    assert answer.status_code == 200
    assert 'rel="next"' not in answer.text


def test_what_reaches_back_to_the_first_day_is_compared_with_nothing(anna):
    answer = anna.get("/?from=1970-01-01&to=9999-12-31")
    assert tiles(answer)[:2] == ["Calls 5", "Received calls answered 50% 1 of 2"]
    assert "Compared with" not in answer.text


@pytest.mark.parametrize(
    ("over", "under", "shown"),
    [(0, 0, "–"), (0, 9, "0%"), (1, 1000, "1%"), (999, 1000, "99%"), (9, 9, "100%"), (1, 8, "13%")],
)
def test_a_share_is_never_all_or_none_where_it_is_not(over, under, shown):
    assert percent(over, under) == shown


@pytest.mark.parametrize(
    ("now", "was", "shown"),
    [
        *((112, 100, "+12%"), (5, 10, "−50%"), (7, 7, "±0%"), (0, 0, "±0"), (3, 0, "")),
        *((99, 10, "+890%"), (100, 10, "× 10"), (21, 2, "× 11"), (15_990, 100, "× 160"), (1_234_567, 1, "× 1,234,567")),
    ],
)
def test_how_much_more_or_less_there_is(now, was, shown):
    assert _change(now, was) == shown
