"""What all pages keep to: the same figures as the endpoint's, no script, names as text, and a page for every error."""

import re
from html import unescape

import pytest
from fastapi.testclient import TestClient

from pbxtally.people import AccessLevel, Employee
from pbxtally.web.files import STYLES
from pbxtally.web.table import clock
from web.world import ANNA, BO, TARO


def cells(answer):
    """The rows of the table, each as its texts; the heading's are left out."""
    rows = re.findall(r"<tr>(.*?)</tr>", answer.text, re.DOTALL)[2:]
    figures = [re.findall(r'<t[hd](?! class="drawn")[^>]*>(.*?)</t[hd]>', row, re.DOTALL) for row in rows]
    return [[" ".join(unescape(re.sub("<[^>]+>", "", cell)).split()) for cell in row] for row in figures]


def test_the_table_shows_the_endpoints_figures_and_their_sum(anna):
    answer = anna.get("/employees")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert cells(answer) == [
        ["101 Anna", "1", "0:01:05", "1", "0", "0", "2", "0:00:30", "1", "1", "1"],
        ["102 Bo", "2", "0:00:30", "1", "1", "1", "0", "0:00:00", "0", "0", "0"],
        ["All 2", "3", "0:01:35", "2", "1", "1", "2", "0:00:30", "1", "1", "1"],
    ]
    figures = [list(row["data"]["1"].values()) for row in anna.post("/pbx/cdrstats").json()]
    assert figures[0] == [1, 65, 1, 0, 0, 2, 30, 1, 1, 1]


def test_the_page_says_whose_calls_of_which_day_by_which_clock(anna):
    text = anna.get("/employees").text
    assert '<html lang="en">' in text
    assert "<caption" in text
    assert "<h1><bdi>Acme</bdi></h1>" in text
    assert "Tuesday 1 December 2020" in text
    assert "(Europe/Copenhagen)" in text


def test_the_page_runs_no_script_and_loads_nothing_from_elsewhere(anna):
    answer = anna.get("/employees")
    assert "script" not in answer.headers["content-security-policy"]
    assert "<script" not in answer.text
    assert "style=" not in answer.text
    loaded = re.findall(r'(?:src|href)="([^"]+)"', answer.text)
    files = {one for one in loaded if one.startswith("static/")}
    assert files == {"static/favicon.svg", *(f"static/{name}.css" for name in STYLES)}
    assert all(re.match(r"[.?#a-z]", one) and ":" not in one.partition("?")[0] for one in loaded)


HOSTILE = "<script>alert(1)</script>\"'&{{ 7 * 7 }}\u202e"


def test_a_name_of_an_employee_is_text_whatever_stands_in_it(anna, world):
    with world.people.change() as change:
        before = {one.id: one for one in change.employees(world.people.employee(ANNA).customer)}
        change.keep_employees([Employee(BO, before[BO].customer, HOSTILE)])
    try:
        text = anna.get("/employees").text
    finally:
        with world.people.change() as change:
            change.keep_employees([before[BO]])
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;&amp;{{ 7 * 7 }}\u202e</bdi>" in text


def test_without_a_token_the_browser_is_asked_for_one_and_the_page_says_how(stranger):
    answer = stranger.get("/")
    assert answer.status_code == 401
    assert any(one.startswith("Basic ") for one in answer.headers.get_list("www-authenticate", split_commas=False))
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert '<a href="login">Sign in</a>' in answer.text


def test_a_token_as_password_opens_the_page(stranger, world):
    assert "Acme" in stranger.get("/", auth=("anything", world.tokens[ANNA])).text


def test_who_may_not_read_statistics_gets_a_page_that_says_so(signed_in):
    answer = signed_in(AccessLevel.PERSONAL).get("/")
    assert answer.status_code == 403
    assert "you need access level VIEWER or higher" in answer.text
    assert '<a href="admin-employee">Your account</a>' in answer.text


def test_a_fault_is_a_page_as_well(anna, world, monkeypatch):
    monkeypatch.setattr(world.store, "tally", lambda query: 1 / 0)
    answer = anna.get("/")
    assert answer.status_code == 500
    assert "<h1>Something went wrong</h1>" in answer.text
    assert "ZeroDivisionError" not in answer.text


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00:00"), (59, "0:00:59"), (3600, "1:00:00"), (360_061, "100:01:01")]
)
def test_seconds_are_shown_as_a_clock(seconds, shown):
    assert clock(seconds) == shown


def test_the_page_shows_the_zone_of_the_customer(app, world):
    taro = TestClient(app, headers={"Authorization": f"Bearer {world.tokens[TARO]}"})
    assert "(Asia/Tokyo)" in taro.get("/employees").text
