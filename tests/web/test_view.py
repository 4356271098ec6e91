"""What an address says about a page of figures, and what stays in it on every way to another page."""

import re
from html import unescape
from urllib.parse import parse_qs

import pytest

from web.world import ACME, ANNA

OUTSIDE = ("static/", "docs", "pbx/", "?")
"""Links that are not to another page: files, the manual of the API, downloads, the same page in a language."""


def ways(answer):
    """Where the links and forms of a page lead."""
    found = re.findall(r'(?:href|action)="([^"]+)"', answer.text)
    return [unescape(one) for one in found if not one.startswith(OUTSIDE)]


def hidden(answer):
    """What the form of a page carries along."""
    return set(re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)">', answer.text))


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


def test_the_periods_beside_are_one_click_away(anna):
    text = unescape(anna.get("/employees?period=LAST_MONTH&direction=IN&page=1").text)
    assert 'rel="prev" href="employees?direction=IN&from=2020-10-01&to=2020-10-31"' in text
    assert 'rel="next" href="employees?direction=IN&from=2020-12-01&to=2020-12-31"' in text


def test_a_period_by_name_on_the_calls_is_its_days_in_the_downloads(anna):
    text = unescape(anna.get("/calls?period=YESTERDAY&measure=inboundCalls").text)
    assert "pbx/cdrstats/calls.csv?from=2020-11-30&to=2020-11-30&measure=inboundCalls" in text


def test_a_new_choice_begins_at_the_start_and_forgets_the_interval(anna):
    answer = anna.get("/calls?from=2020-12-01&to=2020-12-01&interval=1&offset=1&measure=outboundCalls")
    assert hidden(answer) == {("measure", "outboundCalls")}
