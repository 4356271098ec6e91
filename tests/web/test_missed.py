"""Missed calls over HTTP: who called in vain and what came after, the same in every format and on the page."""

import csv
import io
import re
from html import unescape

import duckdb
import pytest
from openpyxl import load_workbook

from calls_table import NUMBERING, legs
from pbxtally.missed import RULE
from pbxtally.people import AccessLevel
from pbxtally.web.app import create_app
from renderers.reports import lines_of
from web.test_calls import rows
from web.world import ACME, ANNA, BO, NOBODYS, OTHER, World

URL = "/pbx/cdrstats/missed"
DENIED = b'{"code":403,"message":"access_denied","description":"Insufficient access level"}'

DAYS = """
    start               | answer              | end                 | from        | to          | result   | call
    2020-09-07 09:00:00 |                     | 2020-09-07 09:00:20 | +4511111111 | 101         | GAVE_UP  | 1
    2020-09-07 10:00:00 | 2020-09-07 10:00:05 | 2020-09-07 10:01:00 | 102         | +4511111111 | ANSWERED | 2
    2020-09-07 11:00:00 |                     | 2020-09-07 11:00:20 | +4522222222 | 101         | RANG_OUT | 3
    2020-09-07 11:00:00 |                     | 2020-09-07 11:00:20 | +4522222222 | 102         | RANG_OUT | 3
    2020-09-08 11:00:00 |                     | 2020-09-08 11:00:20 | 101         | +4522222222 | RANG_OUT | 4
    2020-09-08 12:00:00 |                     | 2020-09-08 12:00:20 | +4533333333 | 102         | GAVE_UP  | 5
    2020-09-09 12:00:00 |                     | 2020-09-09 12:00:20 | +4511111111 | 102         | BUSY     | 6
    2020-09-09 13:00:00 | 2020-09-09 13:00:20 | 2020-09-09 13:01:20 | +4511111111 | 102         | ANSWERED | 7
    2020-10-05 09:00:00 |                     | 2020-10-05 09:00:20 | +4544444444 | 109         | RANG_OUT | 8
"""
SEPTEMBER = "from=2020-09-01&to=2020-09-30"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A world of its own: what is missed in it would be missed in that of the other tests."""
    world = World(tmp_path_factory.mktemp("september"))
    found = [one._replace(key=f"september {one.key}", call=f"september {one.call}") for one in legs(DAYS)]
    world.store.keep(ACME, "september", found, NUMBERING)
    yield world
    world.close()


@pytest.fixture(scope="module")
def app(world):
    return create_app(world.backend)


def test_a_line_says_who_called_whom_when_what_came_after_and_who_got_back(anna, world):
    answer = anna.post(URL, json={"from": "2020-09-07", "to": "2020-09-07"}).json()
    rang_for_both, returned = answer.pop("calls")
    assert answer == {"missed": 2, "returned": 1, "total": 2, "offset": 0, "limit": None}
    extension = {one.number: one.id for one in world.people.extensions(ACME)}
    annas = {"extensionNumber": "101", "extensionId": extension["101"], "employeeName": "Anna", "employeeId": ANNA}
    bos = {"extensionNumber": "102", "extensionId": extension["102"], "employeeName": "Bo", "employeeId": BO}
    assert returned == {
        "started": "2020-09-07T09:00:00.000Z",
        "call": "september 1",
        "callerNumber": "+4511111111",
        "callerName": "",
        "missedBy": [annas],
        "sequel": "CALLED_BACK",
        "sequelSentence": "Someone called the number later and was answered.",
        "returned": True,
        "followed": "2020-09-07T10:00:00.000Z",
        "followedBy": bos,
    }
    assert rang_for_both["missedBy"] == [annas, bos]
    assert (rang_for_both["sequel"], rang_for_both["returned"]) == ("TRIED", False)
    assert (rang_for_both["followed"], rang_for_both["followedBy"]) == ("2020-09-08T11:00:00.000Z", None)


@pytest.mark.parametrize(
    ("asked", "calls"),
    [
        ("", "6 5 3 1"),
        ("returned=true", "6 1"),
        ("returned=false", "5 3"),
        ("offset=1&limit=2", "5 3"),
        (f"employee={ANNA}", "3 1"),
        ("department=Sales", "6 5 3 1"),
        ("hours=OUTSIDE", ""),
        ("direction=OUT", ""),
        ("ignoreBelow=21", ""),
    ],
)
def test_which_calls_are_listed_the_newest_first(anna, asked, calls):
    answer = anna.get(f"{URL}?{SEPTEMBER}&{asked}").json()
    assert [one["call"].removeprefix("september ") for one in answer["calls"]] == calls.split()


def test_a_missed_call_has_the_id_under_which_its_figure_opens(anna):
    opened = anna.get(f"/pbx/cdrstats/calls?{SEPTEMBER}&measure=inboundUnanswered").json()["calls"]
    listed = anna.get(f"{URL}?{SEPTEMBER}").json()["calls"]
    assert {one["call"] for one in listed} == {one["call"] for one in opened}


def test_a_number_that_is_in_no_directory_is_listed_if_it_is_asked_for(anna):
    october = f"{URL}?from=2020-10-01&to=2020-10-31"
    assert anna.get(october).json()["total"] == 0
    [call] = anna.get(f"{october}&includeUnassigned=true").json()["calls"]
    nobody = {"extensionNumber": "109", "extensionId": None, "employeeName": None, "employeeId": None}
    assert call["missedBy"] == [nobody]
    [line] = csv_lines(anna.get(f"{october}&includeUnassigned=true&format=CSV").content)
    assert (line["missedByNumbers"], line["missedByNames"], line["missedByIds"]) == ("109", "", "")


def told(one):
    """What a line says of a call, without its times and ids."""
    by, after = one["missedBy"], one["followedBy"] or {"extensionNumber": "", "employeeName": ""}
    return {
        **{name: one[name] for name in ("call", "callerNumber", "callerName", "sequel", "sequelSentence", "returned")},
        "missedByNumbers": ", ".join(each["extensionNumber"] for each in by),
        "missedByNames": ", ".join(each["employeeName"] for each in by),
        "followedByNumber": after["extensionNumber"],
        "followedByName": after["employeeName"],
    }


def csv_lines(content):
    """The lines of a CSV; a mark keeps a number with a plus from being run as a formula."""
    for line in csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"):
        texts = {name: text.removeprefix("'") for name, text in line.items()}
        yield {**texts, "returned": texts["returned"] == "true"}


def sheet_lines(content):
    return lines_of(load_workbook(io.BytesIO(content))["Calls"])


def parquet_lines(content, folder):
    (folder / "missed.parquet").write_bytes(content)
    found = duckdb.sql(f"SELECT * EXCLUDE (started, followed) FROM '{folder}/missed.parquet'")
    yield from (
        dict(zip(found.columns, ("" if cell is None else cell for cell in row), strict=True))
        for row in found.fetchall()
    )


@pytest.mark.parametrize("asked", ["", "&returned=true", "&returned=false", f"&employee={ANNA}"])
def test_the_page_the_api_the_csv_the_workbook_and_parquet_say_the_same(anna, asked, tmp_path):
    page = anna.get(f"/missed?{SEPTEMBER}{asked}")
    links = [unescape(one) for one in re.findall(rf'href="({URL[1:]}[^"]+)', page.text)]
    excel, text, as_json = (anna.get(f"/{link}") for link in links)
    parquet = anna.get(f"/{links[0]}".replace(".xlsx", ".parquet"))
    calls = as_json.json()["calls"]
    files = {
        "csv": csv_lines(text.content),
        "excel": sheet_lines(excel.content),
        "parquet": parquet_lines(parquet.content, tmp_path),
    }
    wanted = [told(one) for one in calls]
    assert {
        name: [{column: line[column] for column in wanted[0]} for line in lines] for name, lines in files.items()
    } == dict.fromkeys(files, wanted)
    for row, one in zip(rows(page), calls, strict=True):
        by = [f"{each['extensionNumber']} {each['employeeName']}" for each in one["missedBy"]]
        assert (row[1], row[2]) == (one["callerNumber"], " , ".join(by))
        assert row[3].startswith("Returned") == one["returned"]
        assert one["sequelSentence"] in row[3]


def test_the_workbook_says_what_was_asked_and_by_which_rule(anna):
    answer = anna.get(f"{URL}.xlsx?{SEPTEMBER}&returned=false")
    said = dict(row[:2] for row in load_workbook(io.BytesIO(answer.content))["About"].iter_rows(values_only=True))
    assert (said["Customer"], said["missed"], said["total"]) == ("Acme", "4", "2")
    assert said["From"] == "2020-09-01 00:00:00 +02:00"
    assert said["Missed and returned"] == RULE
    assert (
        'filename="pbxtally-acme-missed-not-returned-2020-09-01-2020-09-30.xlsx"'
        in answer.headers["content-disposition"]
    )


@pytest.mark.parametrize("suffix", ["", ".json", ".csv", ".xlsx", ".parquet"])
@pytest.mark.parametrize("customer", [OTHER, NOBODYS])
def test_a_foreign_customer_and_one_that_does_not_exist_answer_the_same(anna, suffix, customer):
    answer = anna.get(f"{URL}{suffix}?customer={customer}")
    assert (answer.status_code, answer.content) == (403, DENIED)


def test_who_may_not_read_statistics_gets_no_list_and_a_reseller_gets_its_customers(signed_in):
    assert signed_in(AccessLevel.PERSONAL).post(URL).content == DENIED
    asked = {"customer": ACME, "from": "2020-09-01", "to": "2020-09-30"}
    assert signed_in(AccessLevel.RESELLER).post(URL, json=asked).json()["missed"] == 4


@pytest.mark.parametrize(
    ("asked", "named"),
    [({"returned": "yes"}, "returned"), ({"limit": 0}, "limit"), ({"measure": "inboundCalls"}, "measure")],
)
def test_a_wrong_member_is_named(anna, asked, named):
    answer = anna.post(URL, json=asked)
    assert (answer.status_code, answer.json()["message"]) == (422, named)


def test_members_belong_in_the_body_and_the_path_names_the_format(anna):
    assert anna.post(f"{URL}?returned=true").json()["message"] == "returned"
    assert anna.get(f"{URL}.csv?format=JSON").json()["message"] == "format"
