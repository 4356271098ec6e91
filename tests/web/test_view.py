"""What an address says about a page of figures, and what stays in it on every way to another page."""

import re
from html import unescape
from html.parser import HTMLParser
from urllib.parse import parse_qs

import pytest

from web.test_calls import figure
from web.test_pages import cells
from web.world import ACME, ANNA, BO

OUTSIDE = ("static/", "docs", "pbx/", "?", "#")
"""Links that are not to another page: files, the manual of the API, downloads, the same page in a language."""


def ways(answer):
    """Where the links and forms of a page lead."""
    found = re.findall(r'(?:href|action)="([^"]+)"', answer.text)
    return [unescape(one) for one in found if not one.startswith(OUTSIDE)]


def hidden(answer):
    """What the form of a page, in which its period is chosen, carries along."""
    form = re.search(r'<form method="get".*?</form>', answer.text, re.DOTALL)[0]
    return set(re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)">', form))


@pytest.mark.parametrize("path", ["/employees", "/calls"])
def test_customer_language_and_token_stay_on_every_way(stranger, world, path):
    token = world.tokens[ANNA]
    answer = stranger.get(f"{path}?customer={ACME}&language=da&token={token}&period=THIS_WEEK")
    assert len(ways(answer)) > 6
    for way in ways(answer):
        if way not in ("employees", "calls"):  # where a form is sent, with the same as hidden fields
            members = parse_qs(way.partition("?")[2])
            assert (members["customer"], members["language"], members["token"]) == ([ACME], ["da"], [token]), way
    assert {("customer", ACME), ("language", "da"), ("token", token)} <= hidden(answer)


@pytest.mark.parametrize("path", ["/login", "/login-code", "/login-reset", "/new-password", "/nowhere"])
def test_the_language_stays_on_the_pages_of_signing_in(stranger, path):
    for way in ways(stranger.get(f"{path}?language=da")):
        assert way.endswith("language=da"), way


@pytest.mark.parametrize("path", ["/employees?language=da", "/login-authenticator?language=da"])
def test_who_is_sent_to_sign_in_is_spoken_to_in_the_same_language(stranger, path):
    answer = stranger.get(path, headers={"Accept": "text/html"}, follow_redirects=False)
    assert answer.headers["location"] == "login?language=da"


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ("from=2020-11-30&to=2020-11-30", "Monday 30 November 2020"),
        ("from=2020-11-30&to=2020-12-01", "Monday 30 November 2020 to Tuesday 1 December 2020"),
        # the clock goes from midnight to one, so this day begins then
        ("from=2020-03-29&to=2020-03-29&timezone=Atlantic/Azores", "Sunday 29 March 2020"),
        (
            "from=2020-12-01T08:00&to=2020-12-01T09:59",
            "Tuesday 1 December 2020 08:00 to Tuesday 1 December 2020 10:00",
        ),
        (
            "from=2020-11-30&to=2020-12-01&language=da",
            "mandag den 30. november 2020 til tirsdag den 1. december 2020",
        ),
    ],
)
def test_a_period_is_told_in_words(anna, chosen, words):
    assert f'<p class="when">{words} <span' in anna.get(f"/employees?{chosen}").text


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ("direction=IN&ignoreBelow=5", ["Inbound", "Calls under 5 seconds left out"]),
        ("ignoreBelow=1", ["Calls under 1 second left out"]),
        ("ignoreLocal=true&hours=OUTSIDE&language=da", ["Lokale opkald udeladt", "Uden for arbejdstiden"]),
        (f"department=Sales&employees={ANNA}", ["Sales", "Anna"]),
        ("direction=BOTH&ignoreBelow=0", []),
    ],
)
def test_what_was_chosen_is_told_on_paper_where_no_form_shows_it(anna, chosen, words):
    told = re.findall(r'<p class="when on-paper">.*?</p>', anna.get(f"/missed?{chosen}").text)
    assert [re.findall("<bdi>(.*?)</bdi>", one) for one in told] == [words] * bool(words)


def test_the_periods_beside_are_one_click_away(anna):
    text = unescape(anna.get("/employees?period=LAST_MONTH&direction=IN&page=1").text)
    assert 'rel="prev" href="employees?direction=IN&from=2020-10-01&to=2020-10-31"' in text
    assert 'rel="next" href="employees?direction=IN&from=2020-12-01&to=2020-12-31"' in text


def test_a_period_by_name_on_the_calls_is_its_days_in_the_downloads(anna):
    text = unescape(anna.get("/calls?period=YESTERDAY&measure=inboundCalls").text)
    assert "pbx/cdrstats/calls.csv?from=2020-11-30&to=2020-11-30&measure=inboundCalls" in text


def test_what_day_it_is_says_the_zone_of_the_address(anna):
    assert "Wednesday 2 December 2020" in anna.get("/employees?timezone=Pacific/Kiritimati").text


def test_a_new_choice_begins_at_the_start_and_forgets_the_interval(anna):
    answer = anna.get("/calls?from=2020-12-01&to=2020-12-01&interval=1&offset=1&extension=101&measure=outboundCalls")
    assert hidden(answer) == {("extension", "101"), ("measure", "outboundCalls")}
    assert '<option value="outboundCalls" selected>Outbound: calls</option>' in answer.text


class Forms(HTMLParser):
    """Of each form that asks for a view: where it is sent, and its members as they stand."""

    def __init__(self, text):
        super().__init__()
        self.found, self._in_form, self._name = [], False, ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        match tag:
            case "form":
                self._in_form = given["method"] == "get"
                if self._in_form:
                    self.found.append((given["action"], []))
            case "select":
                self._name = given["name"]
            case "option" if "selected" in given:
                self._keep(self._name, given["value"])
            case "input" if given.get("type") != "checkbox" or "checked" in given:
                self._keep(given["name"], given.get("value", ""))

    def _keep(self, name, value):
        if self._in_form:
            self.found[-1][1].append((name, value))


def shown_on(answer):
    """What a page shows, without the ways to other pages."""
    return re.sub(r'href="[^"]*"', "", answer.text.partition("<main>")[2].partition("<form")[0]), cells(answer)


@pytest.mark.parametrize(
    "address",
    [
        "/?period=LAST_WEEK&groupingInterval=DAY&direction=IN",
        "/missed?from=2020-11-01&to=2020-12-01&returned=false&page=1&ignoreBelow=2",
        f"/employees?department=Sales&fields=totalCalls,inboundBusy&sort=-totalCalls&page=1&employees={ANNA}",
        "/calls?from=2020-12-01&to=2020-12-01&measure=totalCalls&extension=101&weekday=2&hour=10&near=true",
        f"/person?id={ANNA}&from=2020-12-01T08:00&to=2020-12-01T09:59&ignoreLocal=true",
        "/department?name=Sales&hours=OUTSIDE&sort=-inboundCalls&period=THIS_MONTH",
        "/departments?period=THIS_QUARTER&timezone=Asia/Tokyo",
    ],
)
def test_a_form_that_is_sent_as_it_stands_shows_the_same(anna, address):
    answer = anna.get(address)
    for action, members in Forms(answer.text).found:
        again = anna.get(f"/{action.removeprefix('.')}", params=members)
        assert (again.status_code, shown_on(again)) == (200, shown_on(answer)), (action, members)


def test_the_form_offers_departments_and_employees_and_keeps_who_was_chosen(anna):
    plain = anna.get("/employees").text
    assert '<option value="Sales">Sales</option>' in plain
    assert f'<option value="{BO}">Bo</option>' in plain
    assert '<details class="more">' in plain
    text = anna.get(f"/employees?department=Sales&employees={ANNA}&employees={BO}&hours=WORKING").text
    assert '<option selected value="Sales">Sales</option>' in text
    assert text.count(f'<option value="{ANNA}" selected>Anna</option>') == 1
    assert '<option value="WORKING" selected>Inside working hours</option>' in text
    assert '<details class="more" open>' in text


@pytest.mark.parametrize(
    ("chosen", "who"),
    [
        ("department=Sales", ["101 Anna", "102 Bo", "All 2"]),
        (f"employees={BO}", ["102 Bo", "All 1"]),
        (f"employee={ANNA}&employees={BO}", ["101 Anna", "102 Bo", "All 2"]),
        (f"department=Support&employees={BO}", []),
    ],
)
def test_a_choice_of_people_narrows_the_table_and_the_calls_behind_it(anna, chosen, who):
    answer = anna.get(f"/employees?{chosen}")
    assert [row[0] for row in cells(answer)] == who
    for link, shown in re.findall(r'<a href="(calls\?[^"]+measure=[^"]+)">(.*?)</a>', answer.text):
        assert figure(anna.get("/" + unescape(link))) == shown


def test_calls_outside_working_hours_are_counted_and_opened(anna):
    sums = [cells(anna.get(f"/employees?hours={hours}"))[-1][1:] for hours in ("ALL", "WORKING", "OUTSIDE")]
    assert sums[0] == sums[1] != sums[2]
    assert figure(anna.get("/calls?hours=OUTSIDE")) == "0"
