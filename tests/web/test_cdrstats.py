"""The endpoint: the page's query and response, defaults, the errors of the page, GET as POST, downloads."""

import gzip
import io
import json
from datetime import datetime

import duckdb
import pytest
from openpyxl import load_workbook

from page_answer import page_response
from pbxtally.demo.page import PAGE_CUSTOMER, PAGE_QUERY, page_response_request
from pbxtally.people import AccessLevel
from pbxtally.query import MEMBERS
from web.world import ACME, ANNA, BO, NOBODYS, OTHER, TARO

URL = "/pbx/cdrstats"


def error(answer):
    body = answer.json()
    assert list(body)[:3] == ["code", "message", "description"]
    assert body["code"] == answer.status_code
    return answer.status_code, body["message"], body["description"]


def test_the_pages_response_comes_back_to_the_figure_and_to_the_order_of_keys(signed_in):
    answer = signed_in(AccessLevel.RESELLER).post(URL, json=page_response_request())
    assert answer.headers["content-type"] == "application/json"
    assert json.dumps(answer.json()) == json.dumps(page_response())


def test_the_pages_query_pasted_as_it_stands_works_whatever_the_content_type(signed_in):
    client = signed_in(AccessLevel.RESELLER)
    as_json = client.post(
        URL,
        json={
            "customer": PAGE_CUSTOMER.upper(),
            "employees": ["12345678901234567890AAAA", "12345678901234567890BBBB"],
            "from": "2020-01-01-T00:00:00.000Z",
            "to": "2020-01-31T00:00:00.000Z",
            "ignoreBelow": 10,
            "ignoreLocal": True,
            "direction": "BOTH",
            "groupingInterval": "DAY",
            "fields": ["employeeName", "extensionNumber", "inboundCalls", "outboundCalls"],
            "sort": "extensionNumber",
            "format": "JSON",
        },
    )
    pasted = client.post(URL, content=PAGE_QUERY, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert pasted.content == as_json.content
    assert [row["employeeName"] for row in pasted.json()] == ["Anne Thygesen", "Karl Østerby"]


@pytest.mark.parametrize("body", [b"", b"  \r\n", b"{}", b"\xef\xbb\xbf{}", b'{"from": null, "customer": null}'])
def test_no_member_at_all_is_today_for_all_of_the_own_customer(anna, body):
    rows = anna.post(URL, content=body).json()
    assert [(row["employeeId"], row["extensionNumber"], list(row["data"])) for row in rows] == [
        (ANNA, "101", ["1"]),
        (BO, "102", ["1"]),
    ]
    assert list(rows[0]["data"]["1"].values()) == [1, 65, 1, 0, 0, 2, 30, 1, 1, 1]
    assert list(rows[1]["data"]["1"].values()) == [2, 30, 1, 1, 1, 0, 0, 0, 0, 0]


def test_a_customers_own_zone_says_what_its_calls_day_is_for_those_who_may_read_it(world, signed_in):
    request = {"customer": OTHER, "groupingInterval": "HOUR", "fields": "outboundCalls,extensionNumber"}
    assert signed_in(AccessLevel.ADMIN).post(URL, json=request).json() == [
        {"extensionNumber": "101", "data": {"12": {"outboundCalls": 2}}}
    ]


@pytest.mark.parametrize(
    ("member", "value", "message", "description"),
    [
        ("format", "PDF", "format", "Invalid format"),
        ("from", "yesterday", "from", "Invalid date range"),
        ("from", "2020-12-02", "from", "Invalid date range"),
        ("to", "2020-11-30", "from", "Invalid date range"),
        ("to", 17e300, "from", "Invalid date range"),
        (
            "groupingInterval",
            "YEAR",
            "groupingInterval",
            "Invalid grouping interval - use MONTH, WEEK, DAY or HOUR",
        ),
    ],
)
def test_the_errors_of_the_page_come_in_its_words(anna, member, value, message, description):
    answer = anna.post(URL, json={member: value})
    assert error(answer) == (422, message, description)
    assert (
        answer.content
        == json.dumps({"code": 422, "message": message, "description": description}, separators=(",", ":")).encode()
    )


def test_insufficient_access_is_the_pages_403(anna):
    assert error(anna.post(URL, json={"customer": OTHER})) == (403, "access_denied", "Insufficient access level")


def test_an_unknown_customer_and_a_foreign_one_get_the_same_bytes(anna):
    for more in ({}, {"from": "2020-12-01T00:30"}, {"format": "CSV"}, {"employees": [TARO]}):
        unknown = anna.post(URL, json={"customer": NOBODYS, **more})
        foreign = anna.post(URL, json={"customer": OTHER, **more})
        assert unknown.content == foreign.content
        assert unknown.headers == foreign.headers
        assert unknown.status_code == foreign.status_code == 403


def test_a_foreign_customers_zone_does_not_show_through_the_check_of_the_period(anna, signed_in):
    """By Tokyo's clock this period is a period; by the server's it ends before it begins."""
    period = {"from": "2020-12-01T08:00", "to": "2020-12-01T06:00Z"}
    answers = [anna.post(URL, json={"customer": one, **period}) for one in (OTHER, NOBODYS)]
    assert [error(one)[:2] for one in answers] == [(422, "from")] * 2
    assert signed_in(AccessLevel.ADMIN).post(URL, json={"customer": OTHER, **period}).status_code == 200


def test_an_unknown_employee_and_a_foreign_one_give_no_row(anna):
    assert anna.post(URL, json={"employees": [TARO]}).json() == []
    assert anna.post(URL, json={"employees": [NOBODYS, BO.upper()]}).json()[0]["employeeId"] == BO


def test_the_first_wrong_member_in_the_pages_order_is_told_and_an_unknown_one_last(anna):
    wrong = {"typo": 1, "format": 1, "sort": 1, "direction": 1, "employees": 1}
    told = []
    while wrong:
        word = error(anna.post(URL, json=wrong))[1]
        told.append(word)
        del wrong[word]
    assert told == ["employees", "direction", "sort", "format", "typo"]


def test_on_post_only_the_token_may_stand_in_the_address(anna, world):
    assert anna.post(f"{URL}?token={world.tokens[ANNA]}", json={}).status_code == 200
    assert error(anna.post(f"{URL}?from=2019-01-01", json={}))[:2] == (422, "from")


# ── GET ──


def test_get_and_post_give_the_same_document(anna):
    members = {
        "from": "2020-12-01T09:00:00",
        "to": "2020-12-01T23:00",
        "employees": [ANNA, BO],
        "ignoreBelow": 3.5,
        "ignoreLocal": False,
        "groupingInterval": "HOUR",
        "fields": ["employeeName", "inboundCalls", "outboundCalls"],
        "sort": "employeeName",
        "includeEmpty": True,
    }
    posted = anna.post(URL, json=members)
    assert posted.json()[0]["employeeName"] == "Anna"
    assert anna.get(URL, params=members).content == posted.content
    commas = {**members, "employees": f"{ANNA}, {BO}", "fields": "employeeName,inboundCalls,outboundCalls"}
    assert anna.get(URL, params=commas).content == posted.content
    assert anna.get(URL, params={**members, "ignoreLocal": "0", "includeEmpty": 1}).content == posted.content


def test_a_blank_before_an_offset_is_its_plus(anna):
    with_plus = anna.get(f"{URL}?from=2020-12-01T10:30:00%2B01:00&fields=outboundCalls").json()
    assert anna.get(f"{URL}?from=2020-12-01T10:30:00+01:00&fields=outboundCalls").json() == with_plus
    assert [row["data"]["1"]["outboundCalls"] for row in with_plus] == [0, 2]


def test_a_parameter_given_twice_is_400_unless_it_holds_an_array(anna):
    assert error(anna.get(f"{URL}?from=2020-12-01&from=2020-12-02"))[:2] == (400, "bad_request")
    assert anna.get(f"{URL}?employees={ANNA}&employees={BO}").status_code == 200


def test_an_unknown_parameter_is_422_with_its_name(anna):
    assert error(anna.get(f"{URL}?form=2020-12-01"))[:2] == (422, "form")


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [
        (".json", "application/json"),
        (".csv", "text/csv; charset=utf-8; header=present"),
        (".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (".parquet", "application/vnd.apache.parquet"),
    ],
)
def test_an_address_may_end_on_its_format(anna, suffix, kind):
    answer = anna.get(URL + suffix)
    assert answer.headers["content-type"] == kind
    form = {".json": "JSON", ".csv": "CSV", ".xlsx": "excel", ".parquet": "PARQUET"}[suffix]
    assert anna.get(f"{URL}{suffix}?format={form}").status_code == 200
    assert anna.get(f"{URL}?format={form}").headers["content-type"] == kind
    for other in {"JSON", "CSV", "EXCEL"} - {form.upper()}:
        assert error(anna.get(f"{URL}{suffix}?format={other}"))[:2] == (422, "format")
    assert error(anna.get(f"{URL}{suffix}?format=pdf")) == (422, "format", "Invalid format")


def test_csv_is_a_download_with_a_telling_name(anna):
    answer = anna.post(URL, json={"format": "csv", "csv": "RFC4180", "fields": "employeeName,inboundSeconds"})
    assert answer.headers["content-disposition"] == (
        'attachment; filename="pbxtally-acme-2020-12-01-2020-12-01-day.csv"'
    )
    assert answer.text == "employeeName,interval,inboundSeconds\r\nAnna,1,30\r\nBo,1,0\r\n"


def test_a_customers_name_cannot_write_headers_of_its_own(signed_in):
    answer = signed_in(AccessLevel.ADMIN).get(f"{URL}.csv?customer={OTHER}")
    assert answer.headers["content-disposition"].isascii()
    assert "filename*=UTF-8''pbxtally-%C3%B8ther-" in answer.headers["content-disposition"]


def test_excel_is_a_workbook_with_the_same_figures(anna):
    answer = anna.get(f"{URL}.xlsx?fields=employeeName,outboundCalls")
    assert "-day.xlsx" in answer.headers["content-disposition"]
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    assert [tuple(cell.value for cell in row) for row in sheet["A1:C3"]] == [
        ("employeeName", "interval", "outboundCalls"),
        ("Anna", 1, 1),
        ("Bo", 1, 2),
    ]


def test_parquet_has_the_same_figures_and_when_each_interval_begins(anna, tmp_path):
    file = tmp_path / "statistics.parquet"
    file.write_bytes(anna.get(f"{URL}.parquet?fields=employeeName,outboundCalls").content)
    found = duckdb.sql(f"SELECT * REPLACE (intervalStart AT TIME ZONE 'UTC' AS intervalStart) FROM '{file}'")
    assert found.columns == ["employeeName", "interval", "intervalStart", "outboundCalls"]
    midnight = datetime(2020, 11, 30, 23)  # of 1 December in Copenhagen
    assert found.fetchall() == [("Anna", "1", midnight, 1), ("Bo", "1", midnight, 2)]


def test_head_is_get_without_the_body(anna):
    for path in ("", ".csv", ".xlsx", ".parquet"):
        head, get = anna.head(URL + path), anna.get(URL + path)
        assert head.content == b""
        assert head.status_code == 200
        assert head.headers == get.headers
    assert anna.head(f"{URL}?from=x").status_code == 422


# ── size ──


def test_a_long_answer_is_streamed_and_zipped_for_who_takes_it(anna):
    year = {"from": "2020-01-01", "to": "2020-12-31", "groupingInterval": "HOUR", "includeEmpty": "true"}
    plain = anna.get(URL, params=year, headers={"Accept-Encoding": "identity"})
    assert "content-length" not in plain.headers
    assert len(plain.content) > 1_000_000
    assert len(plain.json()[0]["data"]) == 366 * 24
    with anna.stream("GET", URL, params=year, headers={"Accept-Encoding": "gzip"}) as zipped:
        raw = b"".join(zipped.iter_raw())
    assert zipped.headers["content-encoding"] == "gzip"
    assert len(raw) < len(plain.content) / 10
    assert gzip.decompress(raw) == plain.content


def test_an_array_holds_ten_thousand_ids_and_no_more(anna):
    ids = [f"{number:024x}" for number in range(10_000)]
    assert anna.post(URL, json={"employees": ids}).json() == []
    assert error(anna.post(URL, json={"employees": [*ids, ANNA]}))[:2] == (422, "employees")


def test_every_member_of_the_request_can_be_given_on_both_ways(anna):
    sample = {
        "customer": ACME,
        "employee": ANNA,
        "employees": [BO],
        "from": "2020-12-01",
        "to": "2020-12-01T23:59:59.999",
        "ignoreBelow": 1,
        "ignoreLocal": True,
        "direction": "out",
        "groupingInterval": "Month",
        "fields": ["extensionNumber", "employeeName", "outboundCalls"],
        "sort": "employeeName",
        "format": "JSON",
        "timezone": "UTC",
        "intervalKey": "iso",
        "includeEmpty": True,
        "includeUnassigned": True,
        "csv": "RFC4180",
        "department": "Sales",
        "hours": "Working",
    }
    assert list(sample) == list(MEMBERS)
    wanted = [
        {"employeeName": "Anna", "extensionNumber": "101", "data": {"2020-12": {"outboundCalls": 1}}},
        {"employeeName": "Bo", "extensionNumber": "102", "data": {"2020-12": {"outboundCalls": 1}}},
    ]
    assert anna.post(URL, json=sample).json() == anna.get(URL, params=sample).json() == wanted
