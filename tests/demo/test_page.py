import json
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from page_answer import page_response
from pbxtally.demo.page import (
    PAGE_CUSTOMER,
    PAGE_FIGURES,
    PAGE_QUERY,
    RESPONSE_PEOPLE,
    page_people,
    page_response_request,
)
from pbxtally.demo.page_calls import page_records

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
FAILED = {"UNREACHABLE", "ERROR", "BLOCKED", "NOT_FOUND"}
RESELLER = "0123456789abcdef01234567"


@pytest.fixture(scope="module")
def calls():
    return [json.loads(line) for line in page_records()]


def started(call):
    return datetime.fromisoformat(call["started"]).astimezone(COPENHAGEN)


def talk_seconds(call):
    if not call["answeredByCallee"]:
        return 0
    return (datetime.fromisoformat(call["ended"]) - datetime.fromisoformat(call["answered"])) // timedelta(seconds=1)


def counted(calls):
    """The figures of some calls for one extension and direction, as the page describes them."""
    answered = [call for call in calls if call["answeredByCallee"]]
    unanswered = [call for call in calls if not call["answeredByCallee"]]
    reasons = Counter(call["terminatedReason"] for call in unanswered)
    failed, busy = sum(reasons[word] for word in FAILED), reasons["BUSY"]
    return len(calls), sum(map(talk_seconds, calls)), len(answered), len(unanswered), failed, busy


@pytest.mark.parametrize("week", [49, 50, 51])
@pytest.mark.parametrize("person", RESPONSE_PEOPLE, ids=lambda person: person.name)
def test_the_calls_of_a_week_give_the_figures_of_the_page(calls, person, week):
    of_week = [call for call in calls if started(call).isocalendar()[:2] == (2020, week)]
    *outbound, _busy = counted([call for call in of_week if call["caller"].get("extension") == person.extension])
    *inbound, _failed, busy = counted([call for call in of_week if call["callee"].get("extension") == person.extension])
    assert (*outbound, *inbound, busy) == PAGE_FIGURES[person.employee][week]


def test_the_figures_of_the_page_agree_with_each_other():
    for weeks in PAGE_FIGURES.values():
        for cell in weeks.values():
            assert cell.outbound_calls == cell.outbound_answered + cell.outbound_unanswered
            assert cell.inbound_calls == cell.inbound_answered + cell.inbound_unanswered
            assert cell.outbound_failed <= cell.outbound_unanswered
            assert cell.inbound_busy <= cell.inbound_unanswered


def test_the_response_has_the_keys_and_order_of_the_page():
    first = page_response()[0]
    assert list(first) == ["employeeId", "employeeName", "extensionId", "extensionNumber", "data"]
    assert [row["extensionNumber"] for row in page_response()] == ["232", "289", "302"]
    assert json.dumps(first["data"]["49"]) == (
        '{"outboundCalls": 80, "outboundSeconds": 14276, "outboundAnswered": 66, "outboundUnanswered": 14, '
        '"outboundFailed": 0, "inboundCalls": 111, "inboundSeconds": 27041, "inboundAnswered": 102, '
        '"inboundUnanswered": 9, "inboundBusy": 0}'
    )


def test_calls_just_outside_the_three_weeks_tell_whether_the_zone_is_right(calls):
    december = [call for call in calls if started(call).year == 2020 and started(call).month > 10]
    assert f"{min(map(started, december)):%Y-%m-%d %H:%M}" == "2020-11-29 23:58"
    assert f"{max(map(started, december)):%Y-%m-%d %H:%M}" == "2020-12-21 00:02"
    assert page_response_request()["from"] == "2020-11-30"


def test_the_query_example_is_that_of_the_page():
    assert PAGE_QUERY.startswith("{ customer: '12345678901234567890ABCD', employees: ['12345678901234567890AAAA',")
    assert PAGE_QUERY.endswith("sort: 'extensionNumber', format: 'JSON' }")
    assert "from: '2020-01-01-T00:00:00.000Z', to: '2020-01-31T00:00:00.000Z', ignoreBelow: 10" in PAGE_QUERY


def test_the_filters_of_the_query_example_make_a_difference(calls):
    january = [call for call in calls if started(call).month == 1]
    local = [call for call in january if "extension" in call["caller"] and "extension" in call["callee"]]
    short = [call for call in january if call["answeredByCallee"] and talk_seconds(call) < 10]
    assert len(january) > 200
    assert 0.05 < len(local) / len(january) < 0.3
    assert 0.05 < len(short) / len(january) < 0.3


def test_nobody_talks_twice_at_once(calls):
    for number in ("210", "211", "232", "289", "302"):
        own = [call for call in calls if number in (call["caller"]["number"], call["callee"]["number"])]
        talks = sorted((call["answered"], call["ended"]) for call in own if call["answeredByCallee"])
        assert all(end <= start for (_, end), (start, _) in pairwise(talks))


def test_every_record_is_this_customers_and_has_an_id_of_its_own(calls):
    assert {call["customer"] for call in calls} == {PAGE_CUSTOMER}
    assert len({call["_id"] for call in calls}) == len(calls)
    assert all(len(call["_id"]) == 24 and int(call["_id"], 16) for call in calls)


def test_the_calls_are_the_same_every_time():
    assert page_records() == page_records()


def test_the_people_are_those_of_the_page_under_the_given_reseller():
    people = page_people(RESELLER)
    [customer] = people["customers"]
    assert (customer["_id"], customer["parentReseller"]) == ("12345678901234567890abcd", RESELLER)
    assert customer["name"].endswith("(demo)")
    assert {"12345678901234567890aaaa", "12345678901234567890bbbb"} < {who["_id"] for who in people["employees"]}
    held = {extension["employee"]: extension["number"] for extension in people["extensions"]}
    assert held["534bf567221eb20000136767"] == "302"
    assert len(set(held.values())) == 5
