"""Lists of calls over HTTP: the vendor's CDR objects, in three formats, for whom they are."""

import csv
import io

import duckdb
import pytest
from openpyxl import load_workbook

from pbxtally.people import AccessLevel
from renderers.reports import lines_of
from web.world import ACME, BO, NOBODYS, NORTH, OTHER

URL = "/pbx/cdr"
DENIED = b'{"code":403,"message":"access_denied","description":"Insufficient access level"}'


def extension_of(world, customer, number):
    return next(one.id for one in world.people.extensions(customer) if one.number == number)


def test_a_list_has_its_page_its_total_and_each_call_as_the_vendor_writes_it(anna, world):
    answer = anna.get(URL).json()
    calls = answer.pop("cdr")
    assert answer == {"offset": 0, "limit": 100, "total": 4}
    assert calls[1].pop("_id") != calls[2].pop("_id")
    assert calls[1] == {
        "started": "2020-12-01T09:30:00.000Z",
        "ended": "2020-12-01T09:30:20.000Z",
        "answeredByCallee": False,
        "caller": {"number": "+4512", "type": "EXTERNAL"},
        "callee": {
            "number": "101",
            "name": "Anna",
            "type": "SIPPHONE",
            "extension": extension_of(world, ACME, "101"),
        },
        "customer": ACME,
        "terminatedBy": "B",
        "terminatedReason": "BUSY",
    }
    assert calls[2]["answered"] == "2020-12-01T10:00:05.000Z"
    assert "terminatedBy" not in calls[2]


def test_the_body_and_the_address_ask_for_the_same(anna, world):
    members = {"extension": extension_of(world, ACME, "101"), "direction": "IN", "limit": 1, "recording": True}
    answer = anna.post(URL, json=members).json()
    assert answer == anna.get(URL, params=members).json()
    assert (answer["total"], len(answer["cdr"]), answer["cdr"][0]["recorded"]) == (2, 1, False)
    assert anna.get(URL, params={"employee": BO}).json()["total"] == 2
    assert anna.get(f"{URL}?answeredByCallee=false").json()["total"] == 2


def test_a_file_says_whose_calls_it_has_of_which_days_and_how_they_were_chosen(anna, tmp_path):
    asked = {"extension": "101", "direction": "IN", "terminatedReason": "failed", "timezone": "Asia/Tokyo"}
    wanted = {
        "Customer": "Acme",
        "From": "2020-12-01 00:00:00 +09:00",
        "To": "2020-12-01 23:59:59 +09:00",
        "Time zone": "Asia/Tokyo",
        "Direction": "IN",
        "Extension": "101",
        "Ended so": "BLOCKED, ERROR, NOT_FOUND, UNREACHABLE",
        "total": "0",
    }
    book = load_workbook(io.BytesIO(anna.post(URL, json={**asked, "format": "EXCEL"}).content))
    about = dict(row[:2] for row in book["About"].iter_rows(values_only=True))
    file = tmp_path / "calls.parquet"
    file.write_bytes(anna.post(URL, json={**asked, "format": "PARQUET"}).content)
    found = duckdb.sql(f"SELECT key, value FROM parquet_kv_metadata('{file}')").fetchall()
    metadata = {key.decode(): value.decode() for key, value in found}
    assert {name: about.get(name) for name in wanted} == {name: metadata.get(name) for name in wanted} == wanted
    assert "Answered by who was called" not in about


def test_csv_and_excel_have_the_same_calls_as_json(anna):
    as_json = [one["_id"] for one in anna.get(URL).json()["cdr"]]
    text = anna.get(f"{URL}?format=CSV&csv=RFC4180")
    lines = list(csv.DictReader(io.StringIO(text.text)))
    assert [line["_id"] for line in lines] == as_json
    assert lines[0]["started"] == "2020-12-01 10:00:00 +01:00"
    assert "pbxtally-acme-cdr-2020-12-01.csv" in text.headers["content-disposition"]
    book = load_workbook(io.BytesIO(anna.post(URL, json={"format": "excel"}).content))
    told = ("_id", "started", "answered", "ended")
    assert [[row[one] for one in told] for row in lines_of(book["Calls"])] == [
        [row[one] for one in told] for row in lines
    ]


@pytest.mark.parametrize("customer", [OTHER, NORTH, NOBODYS])
def test_a_foreign_customer_and_one_that_does_not_exist_answer_the_same(anna, customer):
    answer = anna.get(f"{URL}?customer={customer}")
    assert (answer.status_code, answer.content) == (403, DENIED)


def test_who_is_personal_lists_what_they_made_or_received(signed_in):
    assert signed_in(AccessLevel.PERSONAL).get(URL).json()["total"] == 0
    assert signed_in(AccessLevel.PERSONAL).get(f"{URL}?direction=OUT").json()["total"] == 0
    assert signed_in(AccessLevel.PERSONAL).get(f"{URL}?customer={ACME}").content == DENIED
    assert signed_in(AccessLevel.VIEWER).get(URL).json()["total"] == 1


def test_a_reseller_lists_the_calls_of_its_customers(signed_in):
    assert signed_in(AccessLevel.RESELLER).post(URL, json={"customer": ACME}).json()["total"] == 4


def test_a_wrong_member_is_named_and_members_belong_in_the_body(anna):
    assert anna.get(f"{URL}?direction=IN").json()["message"] == "direction"
    assert anna.get(f"{URL}?limit=10001").json()["message"] == "limit"
    assert anna.get(f"{URL}?sort=started").json()["message"] == "sort"
    assert anna.post(f"{URL}?limit=5").json()["message"] == "limit"
    assert anna.get(f"{URL}?limit=5&limit=6").status_code == 400


def test_the_latest_calls_of_an_extension_are_three_lists(anna, world):
    answer = anna.get(f"{URL}/latest?extension={extension_of(world, ACME, '101').upper()}").json()
    assert {name: [one["started"] for one in calls] for name, calls in answer.items()} == {
        "outbound": ["2020-12-01T09:00:00.000Z"],
        "inbound": ["2020-12-01T10:00:00.000Z"],
        "missed": ["2020-12-01T09:30:00.000Z"],
    }


def test_a_viewer_reads_the_latest_calls_of_no_colleague_and_of_nobody_elses_house(anna, signed_in, world):
    assert anna.get(f"{URL}/latest?extension={extension_of(world, ACME, '102')}").content == DENIED
    answer = anna.get(f"{URL}/latest?extension={extension_of(world, OTHER, '101')}")
    assert (answer.status_code, answer.json()["message"]) == (404, "extension")
    assert answer.content == anna.get(f"{URL}/latest?extension={NOBODYS}").content
    owners = signed_in(AccessLevel.OWNER).get(f"{URL}/latest?extension={extension_of(world, NORTH, '300')}").json()
    assert len(owners["outbound"]) == 1


@pytest.mark.parametrize("query", ["", "?extension=101", "?extension=", "?extension={id}&limit=3"])
def test_the_latest_calls_need_an_extension_and_nothing_else(anna, world, query):
    answer = anna.get(f"{URL}/latest{query.format(id=extension_of(world, ACME, '101'))}")
    assert (answer.status_code, answer.json()["message"]) == (422, "limit" if "limit" in query else "extension")
