"""The vendor's CDR objects: what a record says above, the leg it becomes below."""

import io
import json
from zoneinfo import ZoneInfo

import pytest

from calls_table import NUMBERING, ms, sentence
from pbxtally.calls import SERVICE, Leg, Result, Via, involvements
from pbxtally.records import MANY_BYTES, Reading, Rejected
from pbxtally.sources import SOURCES, telecomx

CUSTOMER = "12345678901234567890abcd"
EXTENSION_OF_BO = "5bf2b81b462b727cd09b05cd"

OUT = {
    "_id": "5e0f00000000000000000001",
    "customer": CUSTOMER,
    "started": "2020-12-01T09:00:00.000Z",
    "answered": "2020-12-01T09:00:05.000Z",
    "ended": "2020-12-01T09:01:05.500Z",
    "answeredByCallee": True,
    "caller": {"number": "232", "name": "Bo", "type": "SIPPHONE", "extension": "232"},
    "callee": {"number": "+4599000001", "name": ""},
    "terminatedBy": "A",
    "terminatedReason": "HANGUP",
}
UNANSWERED = {"answered": None, "answeredByCallee": False, "ended": "2020-12-01T09:00:20.000Z"}
BO_OF_OLD = "290"


def number_of(extension, at_ms):
    """Bo's extension was 290 until 2020; nobody else's id is known."""
    if extension != EXTENSION_OF_BO:
        return None
    return "232" if at_ms >= ms("2020-01-01 00:00:00") else BO_OF_OLD


def read(*records):
    lines = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in records]
    return list(telecomx.read(lines, Reading(ZoneInfo("Europe/Copenhagen"), CUSTOMER, number_of)))


def leg(**changes):
    [found] = read({**OUT, **changes})
    assert isinstance(found, Leg), found
    return found


def story(**changes):
    return [sentence(one) for one in involvements([leg(**changes)], NUMBERING)]


def test_a_whole_record():
    assert leg() == Leg(
        key="5e0f00000000000000000001",
        call="5e0f00000000000000000001",
        started_ms=ms("09:00:00"),
        ended_ms=ms("09:01:05.500"),
        answered_ms=ms("09:00:05"),
        ring_ms=5_000,
        talk_ms=60_500,
        via=Via.DEVICE,
        result=Result.ANSWERED,
        caller_number="232",
        caller_name="Bo",
        caller_device="232",
        callee_number="+4599000001",
        dialled="+4599000001",
        words="HANGUP by A",
    )


def test_a_call_out_a_call_in_and_a_local_one():
    outside, bo, ida = {"number": "+4599000001"}, {"number": "232", "extension": "232"}, {"extension": "289"}
    assert story() == ["232 OUT outside: answered, rang 5 s, talked 60 s"]
    assert story(caller=outside, callee=bo) == ["232 IN outside: answered, rang 5 s, talked 60 s"]
    assert story(callee=ida) == [
        "232 OUT local: answered, rang 5 s, talked 60 s",
        "289 IN local: answered, rang 5 s, talked 60 s",
    ]


def test_an_extension_may_be_given_by_id_in_any_case_and_had_its_number_then():
    caller = {"number": "+4577000232", "extension": EXTENSION_OF_BO.upper()}
    assert leg(caller=caller).caller_device == "232"
    long_ago = {
        "started": "2019-12-01T09:00:00Z",
        "answered": "2019-12-01T09:00:05Z",
        "ended": "2019-12-01T09:01:05Z",
    }
    assert leg(caller=caller, **long_ago).caller_device == BO_OF_OLD


def test_an_extension_may_be_a_number_written_as_a_number():
    assert leg(caller={"extension": 232}).caller_device == "232"


def test_the_system_is_a_service_of_the_same_customer():
    assert leg(caller={"type": "SYSTEM"}).caller_device == SERVICE
    assert leg(caller={"type": "SYSTEM", "extension": "232"}).caller_device == "232"


def test_a_party_may_be_an_array_of_one():
    assert leg(caller=[OUT["caller"]]) == leg()


def test_several_records_are_one_call_if_callid_joins_them():
    first, second = leg(), leg(_id="5e0f00000000000000000002", callId=17)
    assert (first.call, second.call) == (first.key, "17")


@pytest.mark.parametrize("written", ["2020-12-01T10:00:00", "2020-12-01T10:00:00+01:00", 1606813200000])
def test_times_are_iso_or_epoch_milliseconds_or_the_customers_clock(written):
    assert leg(started=written).started_ms == ms("09:00:00")


@pytest.mark.parametrize(
    ("reason", "by", "result"),
    [
        ("CANCEL", "A", Result.GAVE_UP),
        ("CANCEL", "S", Result.RANG_OUT),
        ("cancel", "s", Result.RANG_OUT),
        ("HANGUP", "A", Result.GAVE_UP),
        ("HANGUP", "S", Result.RANG_OUT),
        ("BUSY", "B", Result.BUSY),
        ("UNREACHABLE", "S", Result.UNREACHABLE),
        ("ERROR", "S", Result.FAILED),
        ("BLOCKED", "S", Result.FAILED),
        ("NOT_FOUND", "S", Result.FAILED),
    ],
)
def test_why_nobody_answered(reason, by, result):
    told = leg(**UNANSWERED, terminatedReason=reason, terminatedBy=by)
    assert (told.result, told.answered_ms, told.ring_ms, told.talk_ms) == (result, None, 20_000, 0)


def test_an_answer_by_the_system_is_none():
    told = leg(answeredByCallee=False, callee={"extension": "289"})
    assert (told.result, told.answered_ms, told.ring_ms, told.talk_ms) == (Result.VOICEMAIL, None, 5_000, 0)


@pytest.mark.parametrize("said", [False, 0])
def test_zero_is_the_vendors_other_word_for_false(said):
    assert leg(answeredByCallee=said, callee={"number": "233", "extension": "233"}).result == Result.VOICEMAIL


@pytest.mark.parametrize("said", [True, 1, None])
def test_where_the_record_does_not_deny_it_an_answer_is_one(said):
    assert leg(answeredByCallee=said).result == Result.ANSWERED


def test_a_diverted_call_names_who_sent_it_on():
    told = story(caller={"number": "+4599000002", "divertedBy": "232"})
    assert told == ["232 IN outside: answered, forwarded, rang 5 s, talked 60 s"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"_id": None}, "_id: the record's id was expected"),
        ({"_id": ["1"]}, "_id: a text was expected"),
        ({"_id": True}, "_id: a text was expected"),
        ({"customer": "f" * 24}, "customer: the record belongs to another customer"),
        ({"started": None}, "started: a date was expected"),
        ({"started": "yesterday"}, "started: 'yesterday' is not a time; an ISO 8601 date was expected"),
        ({"started": [2020]}, "started: '[2020]' is not a time; an ISO 8601 date was expected"),
        ({"ended": ""}, "ended: a date was expected"),
        ({"ended": "2020-12-01T08:59:59Z"}, "impossible times: started, answered and ended are not in this order"),
        ({"answered": "2020-12-01T09:01:06Z"}, "impossible times: started, answered and ended are not in this order"),
        ({"caller": None}, "caller: an object was expected"),
        ({"callee": "232"}, "callee: an object was expected"),
        ({"caller": []}, "caller: an object was expected"),
        ({"caller": {"extension": "f" * 24}}, f"caller.extension: the directory has no extension {'f' * 24}"),
        ({"caller": {"number": 1.5}}, "number: a text was expected"),
        ({"answeredByCallee": "yes"}, "answeredByCallee: true or false was expected"),
        ({"answeredByCallee": []}, "answeredByCallee: true or false was expected"),
        ({**UNANSWERED, "terminatedReason": "BORED"}, "terminatedReason: one of CANCEL, HANGUP, BUSY, UNREACHABLE, "),
        ({**UNANSWERED, "terminatedReason": None}, "terminatedReason: one of CANCEL, HANGUP, BUSY, UNREACHABLE, "),
    ],
)
def test_a_record_that_cannot_be_used_says_why(changes, why):
    [found] = read({**OUT, **changes})
    assert isinstance(found, Rejected), found
    assert found.reason.startswith(why)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b'{"_id": "5e0f', "not JSON; is the line cut off?"),
        (b"[1, 2]", "not a CDR: an object was expected"),
        (b"[" * 50_000, "not JSON; is the line cut off?"),
        (b'{"_id": "\xff"}', "not JSON; is the line cut off?"),
        (b"PK\x03\x04\0\0", "not JSON; is the line cut off?"),
        (b" " * MANY_BYTES + b"{}", f"the line is longer than {MANY_BYTES} bytes"),
        (b'{"started": ' + b"9" * 5000 + b"}", "not JSON; is the line cut off?"),
    ],
    ids=["cut off", "an array", "deep", "not UTF-8", "binary", "long", "a huge number"],
)
def test_a_line_that_is_no_record_says_why(line, why):
    [found] = read(line)
    assert found == Rejected(1, why, line[:MANY_BYTES])


def test_blank_lines_are_nothing_and_lines_are_counted_with_them():
    found = read(b"\n", OUT, b"\r\n", b"{}")
    assert [type(one) for one in found] == [Leg, Rejected]
    assert found[1].line == 4


def test_a_record_without_a_customer_is_whose_file_it_is_in():
    assert leg(customer=None) == leg()
    assert leg(customer=CUSTOMER.upper()) == leg()


def test_text_that_no_store_can_keep_is_replaced_and_long_text_shortened():
    told = leg(caller={"name": "Bo \ud83d", "number": "9" * 1000, "extension": "232"}, _id="5e0f\ud800")
    assert (told.caller_name, len(told.caller_number), told.key) == ("Bo ?", 128, "5e0f?")


def test_a_far_end_outside_that_is_a_machine_has_answered():
    [leg] = read({**OUT, "answeredByCallee": False})
    assert (leg.result, leg.talk_ms) == (Result.ANSWERED, 60_500)


def test_a_call_to_a_service_of_the_pbx_rings_nobody():
    [leg] = read({**OUT, "callee": {"number": "*97", "type": "SYSTEM"}})
    assert leg.via == Via.MACHINE
    assert involvements([leg], NUMBERING) == []


@pytest.mark.parametrize(
    "written",
    [
        json.dumps([OUT, {**OUT, "_id": "2"}]),
        json.dumps([OUT, {**OUT, "_id": "2"}], indent=2),
        json.dumps({"offset": 0, "limit": 100, "total": 2, "cdr": [OUT, {**OUT, "_id": "2"}]}),
        json.dumps({"offset": 0, "limit": 100, "total": 2, "cdr": [OUT, {**OUT, "_id": "2"}]}, indent=2),
        json.dumps({"calls": [OUT, {**OUT, "_id": "2"}], "total": 2}),
        json.dumps(OUT, indent=1) + "\n" + json.dumps({**OUT, "_id": "2"}, indent=1),
    ],
    ids=["array", "array over lines", "answer", "answer over lines", "total behind", "objects over lines"],
)
def test_an_array_and_what_the_api_answered_are_read_as_lines_are(written):
    found = list(SOURCES["telecomx"].records(io.BufferedReader(io.BytesIO(written.encode()))))
    assert read(*(one for one in found if not one.isspace())) == read(OUT, {**OUT, "_id": "2"})


def test_a_party_in_an_array_of_one_is_no_answer_of_the_api():
    one = {**OUT, "caller": [OUT["caller"]]}
    [found] = SOURCES["telecomx"].records(io.BufferedReader(io.BytesIO(json.dumps(one).encode() + b"\n")))
    assert read(found) == read(OUT)
