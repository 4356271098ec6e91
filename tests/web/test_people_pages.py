"""The pages of one employee, of a department, and of all departments; how we count."""

import re
from html import unescape

import pytest

from pbxtally.measures import MEASURES
from web.test_calls import figure
from web.test_pages import cells
from web.world import ANNA, BO, OTHER, TARO

ABOUT = (f"/person?id={ANNA}", "/department?name=Sales")


def opened(answer):
    """Every link to calls with the figure it shows: of a table, and of a bar."""
    in_cells = re.findall(r'<a href="(calls\?[^"]+measure=[^"]+)">([\d:]+)</a>', answer.text)
    bars = re.findall(r'<a href="(calls\?[^"]+measure=[^"]+)"><title>[^<]*: (\d+) \w+</title>', answer.text)
    return [(unescape(link), shown) for link, shown in in_cells], [(unescape(link), shown) for link, shown in bars]


@pytest.mark.parametrize("path", [*ABOUT, "/departments"])
@pytest.mark.parametrize("chosen", ["period=TODAY", "period=THIS_MONTH&groupingInterval=WEEK", "direction=IN"])
def test_every_figure_and_every_bar_opens_its_calls(anna, path, chosen):
    linked, bars = opened(anna.get(f"{path}{'&' if '?' in path else '?'}{chosen}"))
    assert len(linked) > 5
    assert len(bars) >= (0 if path == "/departments" else 1)
    for link, shown in (*linked, *bars):
        assert figure(anna.get("/" + link)) == shown, link


@pytest.mark.parametrize("path", ABOUT)
@pytest.mark.parametrize(
    ("direction", "drawn"),
    [("BOTH", ["Inbound calls", "Outbound calls"]), ("IN", ["Inbound calls"]), ("OUT", ["Outbound calls"])],
)
def test_only_the_directions_that_are_asked_are_drawn(anna, path, direction, drawn):
    assert re.findall(r"<h2>(.*?)</h2>", anna.get(f"{path}&direction={direction}").text) == drawn


@pytest.mark.parametrize("path", ABOUT)
@pytest.mark.parametrize(
    ("chosen", "drawn"),
    [
        ("period=TODAY", "HOUR"),
        ("period=THIS_MONTH", "DAY"),
        ("period=THIS_MONTH&groupingInterval=WEEK", "WEEK"),
        ("from=2015-01-01&to=2020-12-31&groupingInterval=HOUR", "MONTH"),
    ],
)
def test_the_form_says_by_which_intervals_the_bars_are(anna, path, chosen, drawn):
    form = anna.get(f"{path}&{chosen}").text.partition('<select name="groupingInterval">')[2]
    assert re.search(r'value="(\w+)" selected', form)[1] == drawn


def test_a_persons_page_has_every_measure_with_its_sentence(anna):
    text = anna.get(f"/person?id={ANNA.upper()}").text
    assert "<h1><bdi>Anna</bdi></h1>" in text
    assert "Extension 101" in text
    assert '<a href="department?name=Sales"><bdi>Sales</bdi></a>' in text
    assert all(f'href="how-we-count#{name}"' in text for name in MEASURES)


def test_a_department_lists_its_people_who_lead_to_their_pages(anna):
    answer = anna.get("/department?name=Sales&period=THIS_WEEK")
    assert f'href="person?period=THIS_WEEK&amp;id={BO}"' in answer.text
    assert "101 Anna" in [row[0] for row in cells(answer) if row]


def test_all_departments_are_one_table(anna):
    answer = anna.get("/departments")
    assert [row[0] for row in cells(answer)] == ["Sales", "All 1"]
    assert cells(answer)[0][1:] == cells(anna.get("/employees"))[-1][1:]
    assert 'href="department?name=Sales"' in answer.text


def test_without_calls_the_pages_say_zero(anna):
    text = anna.get(f"/person?id={BO}&from=2019-01-01&to=2019-01-31").text
    assert text.count('<td class="figure none">0</td>') > 10


def test_somebody_of_another_customer_is_nobody(anna):
    for somebody in (TARO, "e" * 24):
        answer = anna.get(f"/person?id={somebody}")
        assert (answer.status_code, "Unknown" in answer.text or "<h1>" in answer.text) == (404, True)
    assert "Taro" not in anna.get(f"/person?id={TARO}").text


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/person", 422),
        ("/person?id=x", 422),
        (f"/person?id={ANNA}&employees={BO}", 422),
        ("/department", 422),
        ("/department?name=Nobody", 200),
        (f"/person?customer={OTHER}&id={TARO}", 403),
    ],
)
def test_what_the_pages_do_not_know_is_told(anna, path, code):
    assert anna.get(path).status_code == code


# ── how we count ──


def test_how_we_count_says_every_measure_reason_and_rule(anna):
    text = anna.get("/how-we-count").text
    assert all(f'<div id="{name}">' in text for name in MEASURES)
    assert "The caller gave up while it was ringing." in text
    assert "<dt>D5</dt><dd>It was still ringing here when someone else took it" in text
    assert "Sådan tæller vi" in anna.get("/how-we-count?language=da").text
