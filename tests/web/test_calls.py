"""`/calls`: the calls behind what was clicked, the same as the endpoint gives."""

import re
from html import unescape

import pytest

from calls_table import NUMBERING, legs
from pbxtally.people import AccessLevel, Employee
from pbxtally.web import calls
from pbxtally.web.app import create_app
from web.conftest import DescribedClient
from web.test_pages import HOSTILE
from web.world import ACME, ANNA, BO, World


def rows(answer):
    """The rows of the list, each as its texts."""
    body = answer.text.partition("<tbody>")[2].partition("</tbody>")[0]
    found = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in re.findall(r"<tr.*?</tr>", body, re.S)]
    return [[" ".join(unescape(re.sub("<[^>]+>", " ", cell)).split()) for cell in row] for row in found]


def figure(answer):
    return re.search(r'<span id="figure">(.*?)</span>', answer.text)[1]


def test_a_call_is_told_in_plain_words_with_the_records_of_the_pbx(anna):
    answer = anna.get("/calls?measure=inboundBusy&extension=101")
    assert figure(answer) == "1"
    [[when, who, whom, of, became, rang, talked]] = rows(answer)
    assert (when, who, whom, of) == ("2020-12-01 10:30:00", "+4512", "101 Anna", "101 Anna inbound")
    assert became.startswith("busy : The line was busy or set to do not disturb. 1 PBX record")
    assert (rang, talked) == ("0:00:20", "0:00:00")
    assert "script" not in answer.headers["content-security-policy"]


def test_every_figure_of_todays_table_leads_to_as_many_calls_as_it_says(anna):
    linked = re.findall(r'<a href="(calls\?[^"]+)">(.*?)</a>', anna.get("/employees").text)
    assert len(linked) > 10
    for link, shown in linked:
        answer = anna.get("/" + unescape(link))
        assert figure(answer) == shown
        assert ":" in shown or len(rows(answer)) == int(shown)


def test_an_hour_of_the_week_is_told_by_its_day_and_clock(anna):
    answer = anna.get("/calls?measure=totalCalls&weekday=2&hour=10")
    assert (figure(answer), "<strong>Tuesday 10–11</strong>" in answer.text) == ("2", True)
    assert figure(anna.get("/calls?measure=totalCalls&weekday=3")) == "0"


def test_whose_extension_it_is_stands_on_the_page_by_its_number(anna, world):
    [one] = [one for one in world.people.extensions(ACME) if one.number == "101"]
    for named in ("101", one.id):
        answer = anna.get(f"/calls?measure=totalCalls&extension={named}&weekday=2")
        assert (figure(answer), "<strong>Extension 101, Tuesday</strong>" in answer.text) == ("3", True)


def chosen_by(answer, sign):
    """What the form with this sign in it asks for as it stands, but for what can be chosen there."""
    [form] = [one for one in re.findall(r"<form method=.get.*?</form>", answer.text, re.DOTALL) if sign in one]
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))


HOUR = {"groupingInterval": "HOUR", "intervalKey": "ISO", "interval": "2020-12-01T10+01:00"}


def test_another_measure_is_of_the_same_hour_and_extension(anna):
    answer = anna.get("/calls", params={"period": "TODAY", "measure": "totalCalls", "extension": "101", **HOUR})
    kept = chosen_by(answer, '<select name="measure"')
    assert kept == {"period": "TODAY", "extension": "101", **HOUR}
    other = anna.get("/calls", params={**kept, "measure": "inboundBusy"})
    assert (figure(answer), figure(other)) == ("2", "1")
    assert "<strong>Extension 101, Tuesday 1 December 2020 10:00</strong>" in other.text


def test_another_period_is_of_the_same_measure_and_hour_of_the_week_but_of_no_hour_of_one_day(anna):
    answer = anna.get("/calls", params={"measure": "totalCalls", "weekday": 2, "hour": 10, **HOUR})
    kept = {"measure": "totalCalls", "weekday": "2", "hour": "10", "intervalKey": "ISO", "groupingInterval": "HOUR"}
    assert chosen_by(answer, '<select name="period"') == kept


def test_from_a_part_of_the_calls_a_link_leads_to_all_of_them(anna):
    answer = anna.get("/calls", params={"measure": "totalCalls", "extension": "101", "weekday": 2, **HOUR})
    [all_of_them] = re.findall(r'<a href="(calls[^"]*)">Show all', answer.text)
    assert set(unescape(all_of_them).partition("?")[2].split("&")) == {
        *("measure=totalCalls", "groupingInterval=HOUR", "intervalKey=ISO")
    }
    assert "Show all" not in anna.get(f"/{unescape(all_of_them)}").text


def test_the_period_before_has_no_interval_of_this_one_and_begins_on_its_first_page(anna):
    chosen = "measure=totalCalls&extension=101&weekday=2&interval=2020-12-01&intervalKey=ISO&offset=2"
    answer = anna.get(f"/calls?from=2020-12-01&to=2020-12-02&{chosen}")
    [before] = re.findall(r'<a rel="prev" href="(calls[^"]*)">Previous period', answer.text)
    assert set(unescape(before).partition("?")[2].split("&")) == {
        *("from=2020-11-29", "to=2020-11-30", "measure=totalCalls", "extension=101", "weekday=2", "intervalKey=ISO")
    }


def test_a_period_that_cuts_days_is_not_made_whole_days_by_another_choice_or_the_period_before(anna):
    answer = anna.get("/calls?measure=totalCalls&from=2020-12-01T10:00&to=2020-12-01T10:29")
    assert figure(answer) == "1"
    chosen = re.findall(r'type="datetime-local" step="1" name="(\w+)" value="([^"]+)"', answer.text)
    assert chosen == [("from", "2020-12-01T10:00:00"), ("to", "2020-12-01T10:29:59")]
    assert figure(anna.get("/calls?measure=totalCalls&" + "&".join(map("=".join, chosen)))) == "1"
    assert "from=2020-11-30T10%3A00%3A00&amp;to=2020-11-30T10%3A29%3A59" in answer.text


def test_near_marks_what_was_left_out_with_the_rule(anna):
    answer = anna.get("/calls?measure=inboundCalls&extension=101&ignoreLocal=true&near=true")
    assert "1 call in the figure, 1 left out" in answer.text
    assert rows(answer)[1][4].startswith("Left out (D3): It had no outside party")
    assert 'href="calls?measure=inboundCalls&amp;extension=101&amp;ignoreLocal=true"' in answer.text


def test_a_long_list_is_cut_into_pages_and_the_downloads_are_whole(anna, monkeypatch):
    monkeypatch.setattr(calls, "PAGE_CALLS", 2)
    first = anna.get("/calls")
    assert (len(rows(first)), figure(first)) == (2, "5")
    assert 'rel="next" href="calls?offset=2"' in first.text
    last = anna.get("/calls?offset=4")
    assert (len(rows(last)), figure(last)) == (1, "5")
    assert 'rel="prev" href="calls?offset=2"' in last.text
    assert 'href="pbx/cdrstats/calls.xlsx?from=2020-12-01&amp;to=2020-12-01"' in last.text
    assert 'href="pbx/cdrstats/calls.csv?from=2020-12-01&amp;to=2020-12-01&amp;lines=LEGS"' in last.text


@pytest.mark.parametrize(
    ("asked", "said", "last", "shown"),
    [
        ("offset=6", "There are only 5 calls.", "calls?offset=4", 1),
        ("offset=4&measure=inboundBusy", "There is only 1 call.", "calls?measure=inboundBusy", 1),
        ("offset=99&language=da", "Der er kun 5 opkald.", "calls?offset=4&language=da", 1),
    ],
)
def test_beyond_the_last_page_it_says_how_many_calls_there_are_and_leads_to_the_last(
    anna, monkeypatch, asked, said, last, shown
):
    monkeypatch.setattr(calls, "PAGE_CALLS", 2)
    answer = anna.get(f"/calls?{asked}")
    [[told, leads]] = re.findall(r'<p class="empty">(.*?) <a href="([^"]+)">', answer.text)
    assert (told, unescape(leads), rows(answer)) == (said, last, [])
    assert len(rows(anna.get(f"/{last}"))) == shown


def test_names_and_the_words_of_the_pbx_are_text(hostile):
    text = hostile.get("/calls?from=2020-10-30&to=2020-10-30").text
    assert "<script" not in text
    assert text.count("&lt;script&gt;alert(1)") == 5  # with the form


@pytest.fixture
def hostile(tmp_path):
    """Anna's client, in a world of its own where Bo and a caller are called what a page could run."""
    world = World(tmp_path)
    evil = legs("""
        start               | answer | end                 | from   | to  | result | call
        2020-10-30 09:30:00 |        | 2020-10-30 09:30:20 | +4512  | 102 | BUSY   | evil
    """)[0]._replace(words=HOSTILE, caller_name=HOSTILE, key="evil")
    world.store.keep(ACME, "made", [evil], NUMBERING)
    with world.people.change() as change:
        change.keep_employees([Employee(BO, ACME, HOSTILE)])
    yield DescribedClient(create_app(world.backend), headers={"Authorization": f"Bearer {world.tokens[ANNA]}"})
    world.close()


def test_without_calls_it_says_so(anna):
    answer = anna.get("/calls?from=2019-01-01&to=2019-01-01")
    assert "No calls." in answer.text
    assert "<table" not in answer.text


@pytest.mark.parametrize(("level", "code"), [(AccessLevel.PERSONAL, 403), (AccessLevel.VIEWER, 200)])
def test_who_may_not_read_statistics_gets_a_page_that_says_so(signed_in, level, code):
    answer = signed_in(level).get("/calls")
    assert (answer.status_code, answer.headers["content-type"]) == (code, "text/html; charset=utf-8")


def test_a_wrong_member_is_a_page_and_a_stranger_is_sent_to_sign_in(anna, stranger):
    answer = anna.get("/calls?measure=calls")
    assert (answer.status_code, "Unknown measure" in answer.text) == (422, True)
    asked = stranger.get("/calls", headers={"Accept": "text/html"}, follow_redirects=False)
    assert (asked.status_code, asked.headers["location"]) == (303, "login")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("interval=1", "Day 1"),
        ("interval=49&groupingInterval=WEEK&language=da", "Uge 49"),
        ("interval=2020-12-01&intervalKey=ISO", "Tuesday 1 December 2020"),
        ("interval=2020-W49&intervalKey=ISO&groupingInterval=WEEK", "Week 49 of 2020"),
        ("interval=2020-12-01T10%2B01:00&intervalKey=ISO&groupingInterval=HOUR", "Tuesday 1 December 2020 10:00"),
    ],
)
def test_the_interval_of_the_figure_is_told_in_words(anna, asked, words):
    assert f"<strong>{words}</strong>" in anna.get(f"/calls?{asked}").text
