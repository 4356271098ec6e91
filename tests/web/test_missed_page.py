"""`/missed`: who called in vain, and what came after; each line leads to both calls."""

import re
from html import unescape

import pytest

from calls_table import NUMBERING, legs
from pbxtally.web import missed_page
from pbxtally.web.app import create_app
from web.test_calls import figure, rows
from web.world import ACME, ANNA, World

DAYS = """
    start               | answer              | end                 | from        | to          | result   | call
    2020-10-05 09:00:00 |                     | 2020-10-05 09:00:20 | +4511111111 | 101         | GAVE_UP  | 1
    2020-10-05 10:00:00 | 2020-10-05 10:00:05 | 2020-10-05 10:01:00 | 102         | +4511111111 | ANSWERED | 2
    2020-10-05 11:00:00 |                     | 2020-10-05 11:00:20 | +4522222222 | 101         | BUSY     | 3
    2020-10-06 11:00:00 |                     | 2020-10-06 11:00:20 | 101         | +4522222222 | RANG_OUT | 4
    2020-10-05 12:00:00 |                     | 2020-10-05 12:00:20 | +4533333333 | 102         | GAVE_UP  | 5
"""
OCTOBER = "from=2020-10-01&to=2020-10-31"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A world of its own: other tests have missed calls in October, too."""
    world = World(tmp_path_factory.mktemp("october"))
    found = [one._replace(key=f"october {one.key}", call=f"october {one.call}") for one in legs(DAYS)]
    world.store.keep(ACME, "october", found, NUMBERING)
    yield world
    world.close()


@pytest.fixture(scope="module")
def app(world):
    return create_app(world.backend)


def test_a_line_says_who_called_when_whom_and_what_came_after(anna):
    answer = anna.get(f"/missed?{OCTOBER}")
    assert rows(answer) == [
        ["5 Oct 14:00", "+4533333333", "102 Bo", "Nobody has called the number since."],
        [
            "5 Oct 13:00",
            "+4522222222",
            "101 Anna",
            "Someone called the number later, but nobody answered. 6 Oct 13:00",
        ],
        [
            "5 Oct 11:00",
            "+4511111111",
            "101 Anna",
            "Returned : Someone called the number later and was answered. 5 Oct 12:00 , 102 Bo",
        ],
    ]
    assert figure(answer) == "3"
    assert "1 of 3 returned" in answer.text


def test_a_day_of_another_year_than_the_periods_last_is_told_with_its_year(anna):
    found = rows(anna.get("/missed?from=2020-10-01&to=2021-01-31"))
    assert "5 Oct 2020 14:00" in [row[0] for row in found]


@pytest.mark.parametrize(
    ("returned", "callers"), [("true", ["+4511111111"]), ("false", ["+4533333333", "+4522222222"])]
)
def test_only_those_that_are_returned_or_not_yet(anna, returned, callers):
    answer = anna.get(f"/missed?{OCTOBER}&returned={returned}")
    assert [row[1] for row in rows(answer)] == callers
    assert figure(answer) == str(len(callers))
    assert f'<option value="{returned}" selected>' in answer.text


@pytest.mark.parametrize(
    ("chosen", "heading"),
    [
        ("", "Missed calls: 3"),
        ("&returned=false", "Missed calls, not returned yet: 2"),
        ("&returned=1", "Missed calls, returned: 1"),
        ("&returned=false&language=da", "Mistede opkald, ikke ringet tilbage endnu: 2"),
    ],
)
def test_the_heading_says_which_of_them_it_counts_also_on_paper(anna, chosen, heading):
    found = re.search("<h1>(.*?)</h1>", anna.get(f"/missed?{OCTOBER}{chosen}").text)[1]
    assert re.sub("<[^>]+>", "", found) == heading


def test_each_line_leads_to_the_call_and_to_what_came_after(anna):
    links = re.findall(r'<a href="(calls\?from=\d{13}[^"]+)">', anna.get(f"/missed?{OCTOBER}&ignoreBelow=10").text)
    opened = [rows(anna.get("/" + unescape(one))) for one in links]
    assert [[row[1:3] for row in one] for one in opened] == [
        [["+4533333333", "102 Bo"]],
        [["+4522222222", "101 Anna"]],
        [["101 Anna", "+4522222222"]],
        [["+4511111111", "101 Anna"]],
        [["102 Bo", "+4511111111"]],
    ]


def test_those_of_one_employee(anna):
    assert [row[1] for row in rows(anna.get(f"/missed?{OCTOBER}&employee={ANNA}"))] == ["+4522222222", "+4511111111"]


def test_a_long_list_is_cut_into_pages(anna, monkeypatch):
    monkeypatch.setattr(missed_page, "PAGE_CALLS", 2)
    first, second = anna.get(f"/missed?{OCTOBER}"), anna.get(f"/missed?{OCTOBER}&page=2")
    assert [len(rows(one)) for one in (first, second)] == [2, 1]
    assert 'rel="next"' in first.text
    assert "Showing 3 to 3 of 3" in second.text


def test_beyond_the_last_page_it_says_how_many_there_are_and_leads_to_the_last(anna, monkeypatch):
    monkeypatch.setattr(missed_page, "PAGE_CALLS", 2)
    beyond = anna.get(f"/missed?{OCTOBER}&page=9&language=da").text
    [leads] = re.findall(r'<p class="empty">Der er kun 2 sider. <a href="(.*?)">Vis den sidste side</a></p>', beyond)
    assert len(rows(anna.get(f"/{unescape(leads)}"))) == 1


def test_without_missed_calls_it_says_so(anna):
    answer = anna.get("/missed?from=2019-01-01&to=2019-01-31")
    assert "No missed calls." in answer.text
    assert "<table" not in answer.text


def test_what_came_of_missed_calls_is_told_in_danish(anna):
    answer = anna.get(f"/missed?{OCTOBER}&language=da")
    assert "1 af 3 er ringet tilbage" in answer.text
    assert rows(answer)[0][0].startswith("5. okt.")
