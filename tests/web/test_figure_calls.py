"""The calls behind a figure over HTTP: the same members, the same access, three formats."""

import csv
import io

import duckdb
import pytest
from openpyxl import load_workbook

from pbxtally.people import AccessLevel
from renderers.reports import lines_of
from web.world import ACME, BO, NOBODYS, OTHER

URL = "/pbx/cdrstats/calls"
DENIED = b'{"code":403,"message":"access_denied","description":"Insufficient access level"}'


def test_a_figure_is_opened_with_its_calls_their_reason_and_their_legs(anna):
    answer = anna.post(URL, json={"interval": "1", "measure": "inboundBusy", "extension": "101"}).json()
    [call] = answer.pop("calls")
    assert answer == {
        "measure": "inboundBusy",
        "sentence": "Calls for it that were not answered because it was busy.",
        "interval": "1",
        "figure": 1,
        "total": 1,
        "offset": 0,
        "limit": None,
    }
    [leg] = call.pop("legs")
    assert call["started"] == leg["started"] == "2020-12-01T09:30:00.000Z"
    assert (call["callerNumber"], call["calleeNumber"], call["employeeName"]) == ("+4512", "101", "Anna")
    assert (call["outcome"], call["reason"]) == ("busy", "busy")
    assert call["reasonSentence"] == "The line was busy or set to do not disturb."
    assert (call["ringSeconds"], call["talkSeconds"], call["counts"], call["leftOut"]) == (20, 0, 1, None)
    assert (leg["result"], leg["calleeDevice"]) == ("busy", "101")


@pytest.mark.parametrize("measure", ["inboundCalls", "outboundSeconds", "outboundFailed", "localCalls"])
def test_every_figure_of_the_table_opens_to_itself(anna, measure):
    for row in anna.get(f"/pbx/cdrstats?fields=employeeId,extensionId,{measure}").json():
        for interval, cell in row["data"].items():
            members = {"employee": row["employeeId"], "extension": row["extensionId"]}
            opened = anna.get(URL, params={**members, "interval": interval, "measure": measure}).json()
            assert opened["figure"] == cell[measure] == sum(call["counts"] for call in opened["calls"])


def test_what_was_left_out_comes_with_its_rule(anna):
    answer = anna.get(f"{URL}?measure=inboundCalls&extension=101&ignoreLocal=1&near=1").json()
    assert (answer["total"], answer["leftOut"]) == (1, 1)
    assert answer["calls"][1]["leftOut"] == {
        "rule": "local",
        "number": "D3",
        "sentence": "It had no outside party, and the request leaves out local calls.",
    }


def test_csv_and_excel_have_a_line_for_each_call(anna):
    as_json = anna.get(f"{URL}?employee={BO}").json()["calls"]
    text = anna.get(f"{URL}.csv?employee={BO}&csv=RFC4180")
    lines = list(csv.DictReader(io.StringIO(text.text)))
    assert [line["call"] for line in lines] == [call["call"] for call in as_json]
    assert lines[0]["started"] == "2020-12-01 11:00:00 +01:00"
    assert "pbxtally-acme-calls-2020-12-01" in text.headers["content-disposition"]
    book = load_workbook(io.BytesIO(anna.get(f"{URL}.xlsx?employee={BO}").content))
    told = ("started", "call", "outcome", "reason")
    assert [[row[one] for one in told] for row in lines_of(book["Calls"])] == [
        [row[one] for one in told] for row in lines
    ]


def test_legs_are_lines_of_their_own_each_once_with_the_id_of_its_call(anna, tmp_path):
    """The call of Bo and Anna is listed for both of them; its leg is one."""
    calls = anna.get(URL).json()["calls"]
    assert [one["call"] for one in calls] == ["1", "2", "3", "3", "4"]
    wanted = [
        (one["call"], leg["key"], leg["result"], leg["calleeDevice"], leg["words"])
        for one in [*calls[:3], calls[4]]
        for leg in one["legs"]
    ]
    told = ("call", "key", "result", "calleeDevice", "words")
    text = anna.get(f"{URL}.csv?lines=LEGS&csv=RFC4180")
    lines = list(csv.DictReader(io.StringIO(text.text)))
    assert [tuple(line[name] for name in told) for line in lines] == wanted
    assert "pbxtally-acme-legs-2020-12-01" in text.headers["content-disposition"]
    assert [lines[0][name] for name in ("started", "answered", "ended")] == [
        "2020-12-01 10:00:00 +01:00",
        "2020-12-01 10:00:10 +01:00",
        "2020-12-01 10:01:15 +01:00",
    ]
    book = load_workbook(io.BytesIO(anna.get(f"{URL}.xlsx").content))
    assert book.sheetnames == ["Calls", "Legs", "About"]
    assert [one["call"] for one in lines_of(book["Calls"])] == [one["call"] for one in calls]
    assert lines_of(book["Legs"]) == [{name: cell.removeprefix("'") for name, cell in line.items()} for line in lines]
    file = tmp_path / "legs.parquet"
    file.write_bytes(anna.get(f"{URL}.parquet?lines=LEGS").content)
    assert duckdb.sql(f"SELECT {', '.join(told)} FROM '{file}'").fetchall() == wanted


def test_parquet_has_moments_as_moments_and_lengths_as_whole_seconds(anna, tmp_path):
    file = tmp_path / "calls.parquet"
    file.write_bytes(anna.get(f"{URL}.parquet?employee={BO}").content)
    found = duckdb.sql(f"SELECT started, talkSeconds, ringSeconds FROM '{file}'")
    assert [str(one) for one in found.types] == ["TIMESTAMP WITH TIME ZONE", "BIGINT", "BIGINT"]
    wanted = [call["started"] for call in anna.get(f"{URL}?employee={BO}").json()["calls"]]
    utc = "strftime(started AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%gZ')"
    assert [text for (text,) in found.project(utc).fetchall()] == wanted


def test_the_workbook_says_which_figure_it_opens_and_what_was_asked(anna):
    book = load_workbook(io.BytesIO(anna.get(f"{URL}.xlsx?measure=inboundBusy&ignoreLocal=1").content))
    about = dict(row[:2] for row in book["About"].iter_rows(values_only=True))
    assert (about["measure"], about["figure"], about["Local calls"]) == ("inboundBusy", "1", "left out")
    assert about["From"] == "2020-12-01 00:00:00 +01:00"


def test_the_workbook_says_which_row_and_which_hours_of_the_week_it_opens(anna):
    asked = "extension=101&weekday=2&hour=10&near=1&onlyUnassigned=1"
    book = load_workbook(io.BytesIO(anna.get(f"{URL}.xlsx?{asked}").content))
    about = dict(row[:2] for row in book["About"].iter_rows(values_only=True))
    assert [about[name] for name in ("Extension", "Day of the week", "Hour of the day")] == ["101", "Tuesday", "10"]
    assert about["Employees"] == "only calls while nobody held the extension"
    assert about["Extensions that nobody held"] == "shown"
    assert about["Calls that a rule left out"] == "shown, each with its rule"


@pytest.mark.parametrize("suffix", ["", ".json", ".csv", ".xlsx", ".parquet"])
@pytest.mark.parametrize("customer", [OTHER, NOBODYS])
def test_a_foreign_customer_and_one_that_does_not_exist_answer_the_same(anna, suffix, customer):
    answer = anna.get(f"{URL}{suffix}?customer={customer}&interval=1")
    assert (answer.status_code, answer.content) == (403, DENIED)


@pytest.mark.parametrize("level", [AccessLevel.PERSONAL])
def test_who_may_not_read_statistics_opens_nothing(signed_in, level):
    assert signed_in(level).post(URL).content == DENIED


def test_a_reseller_opens_what_is_its_customers(signed_in):
    answer = signed_in(AccessLevel.RESELLER).post(URL, json={"customer": ACME, "measure": "outboundCalls"})
    assert answer.json()["total"] == 3


def test_a_wrong_member_is_named_and_members_belong_in_the_body(anna):
    assert anna.post(URL, json={"interval": "13th"}).json()["message"] == "interval"
    assert anna.get(f"{URL}?measure=calls").json()["message"] == "measure"
    assert anna.get(f"{URL}?lines=BOTH").json()["message"] == "lines"
    assert anna.get(f"{URL}.csv?format=JSON").json()["message"] == "format"
    assert anna.post(f"{URL}?measure=inboundCalls").json()["message"] == "measure"
