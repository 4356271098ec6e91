"""The demo: a year of invented calls up to now, made once for all of these tests."""

import json
import re
import time
from datetime import date, datetime, timedelta
from urllib.request import urlopen
from zoneinfo import ZoneInfo

import pytest

from cli.office import FOUR_CALLS, LOAD
from cli.terminal import Terminal
from page_answer import page_response
from pbxtally.demo.company import COMPANY_ID, COMPANY_ZONE
from pbxtally.demo.page import PAGE_QUERY, page_response_request
from pbxtally.demo.rhythm import is_working_day

pytestmark = pytest.mark.thorough

DEMO = ("--data", "the demo")


@pytest.fixture(scope="module")
def terminal(tmp_path_factory):
    return Terminal(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def filled(terminal):
    """What the first filling said, and how long it took."""
    before = time.monotonic()
    done = terminal.process("demo", "--fill-only", *DEMO)
    return done, time.monotonic() - before


def company(terminal, **members):
    return terminal.ask(*DEMO, customer=COMPANY_ID, **members)


def days_with_calls(terminal, since, until):
    """The days on which the company made calls."""
    days = {"from": since.isoformat(), "to": until.isoformat(), "intervalKey": "ISO", "fields": "outboundCalls"}
    return {day for row in company(terminal, **days) for day, cell in row["data"].items() if cell["outboundCalls"]}


def test_filling_it_says_what_was_made(filled):
    (code, out, err), _ = filled
    assert (code, err) == (0, "")
    said = r"the page's calls: (\d+) records, \1 new\nMaking calls\nthe company's calls: (\d+) records, \2 new\n"
    many = int(re.fullmatch(said, out)[2])
    assert 50_000 < many < 200_000


def test_the_pages_query_and_its_response_come_back(terminal, filled):
    assert len(json.loads(terminal.does("ask", PAGE_QUERY, *DEMO))) == 2
    assert terminal.ask(*DEMO, **page_response_request()) == page_response()


def test_every_working_day_of_the_year_has_calls_today_too_once_it_has_begun(terminal, filled):
    now = datetime.now(ZoneInfo(COMPANY_ZONE))
    has_begun = now - timedelta(hours=11)  # at eleven a day is told from a holiday
    days = [has_begun.date() - timedelta(days=back) for back in range(365)]
    found = days_with_calls(terminal, days[-1], now.date())
    assert [day for day in days if is_working_day(day) and day.isoformat() not in found] == []
    assert max(found) <= now.date().isoformat()


def test_nothing_is_in_the_future(terminal, filled):
    now = datetime.now(ZoneInfo(COMPANY_ZONE))
    later = {"from": (now + timedelta(minutes=5)).isoformat(), "to": (now + timedelta(days=3)).isoformat()}
    assert company(terminal, **later) == []


def test_about_forty_people_have_calls(terminal, filled):
    year = {"from": (date.today() - timedelta(days=365)).isoformat(), "groupingInterval": "MONTH"}
    assert 35 <= len({row["employeeId"] for row in company(terminal, **year)}) <= 45


def test_a_second_start_adds_what_has_passed_and_takes_a_fraction_of_the_time(terminal, filled):
    _, seconds = filled
    before = time.monotonic()
    again = terminal.does("demo", "--fill-only", *DEMO)
    assert time.monotonic() - before < seconds / 3
    assert "the page's calls" not in again
    records, new = map(int, re.search(r"the company's calls: (\d+) records, (\d+) new", again).groups())
    assert new < 200
    assert records < 2000


def test_it_serves_and_says_what_to_paste(terminal, filled):
    demo = terminal.start("demo", "--port", "0", *DEMO)
    said = ""
    while "Ctrl-C" not in said:
        said += demo.stdout.readline().decode()
    page = urlopen(re.search(r"Today, in a browser:          (http://127\.0\.0\.1:\d+/\?\S+)", said)[1]).read().decode()
    demo.terminate()
    _, log = demo.communicate()
    assert "Bøgelund Maskiner" in page
    assert demo.returncode == 0
    assert [json.loads(line)["event"] for line in log.splitlines()] == ["request"]
    assert said.count("./run ask --data 'the demo' ") == said.count("curl -s ") == 2
    assert "./run demo --remove --data 'the demo' removes it all" in said


def test_it_does_not_touch_a_folder_with_real_calls(office):
    office.does("load", office.write("Master.csv", FOUR_CALLS), *LOAD)
    said = "error: pbxtally-data holds something that is not a demo - name another folder with --data\n"
    assert office.run("demo", "--fill-only", "--data", "pbxtally-data") == (1, "", said)


def test_removing_says_that_there_is_nothing_to_remove(terminal):
    assert terminal.run("demo", "--remove") == (1, "", "error: there is no demo in pbxtally-demo\n")


def test_removing_refuses_a_folder_that_is_no_demo(office):
    said = "error: pbxtally-data is not a demo's folder\n"
    assert office.run("demo", "--remove", "--data", "pbxtally-data") == (1, "", said)
    assert office.data.exists()


def test_removing_refuses_while_a_server_runs_and_then_removes_all(terminal, filled):
    with terminal.server(*DEMO):
        refused = terminal.run("demo", "--remove", *DEMO)
        assert refused == (1, "", "error: a server runs on the demo - stop it first\n")
    assert terminal.does("demo", "--remove", *DEMO) == "the demo is removed\n"
    assert not (terminal.folder / "the demo").exists()
