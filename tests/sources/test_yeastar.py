"""Yeastar's reports above, what they are for each extension below. Every number and name here is made up."""

import io
import json

import pytest

from calls_table import ms
from pbxtally.calls import Leg, Numbering, Result, Via
from pbxtally.errors import InvalidFieldError
from pbxtally.records import MANY_BYTES
from pbxtally.sources import SOURCES
from pbxtally.streams import records_in
from reads import Reads

LOCAL = {
    "action": "NewCdr",
    "callid": f"{ms('09:00:00') // 1000}.7",
    "timestart": "2020-12-01 10:00:00",
    "callfrom": "101",
    "callto": "102",
    "callduraction": "65",
    "talkduraction": "60",
    "status": "ANSWERED",
    "type": "Internal",
    "sn": "300000000001",
}
INBOUND = {"type": "Inbound", "callfrom": "4599000001", "srctrunkname": "carrier", "didnumber": "4570000000"}
OUTBOUND = {"type": "Outbound", "callto": "4599000002", "desttrunkname": "carrier"}
MISSED = {"callduraction": "20", "talkduraction": "0", "status": "NO ANSWER"}
P_SERIES = {
    "call_id": LOCAL["callid"],
    "time_start": "2020-12-01 10:00:00",
    "call_from": "Anna<101>",
    "call_to": "102",
    "call_duration": 65,
    "talk_duration": 60,
    "src_trunk_name": " ",
    "dst_trunk_name": " ",
    "status": "ANSWERED",
    "type": "Internal",
    "agent_ring_time": 0,
}


NINE = ms("09:00:00") // 1000
LISTED = {
    "uid": "202012011000001",
    "call_id": f"{NINE}.7",
    "time": "01/12/2020 10:00:00 AM",
    "call_type": "Inbound",
    "disposition": "ANSWERED",
    "call_from": "4599000001",
    "call_from_number": "4599000001",
    "src_trunk": "carrier",
}
THROUGH_A_QUEUE = (
    {**LISTED, "timestamp": NINE, "call_to": "IVR Welcome<6200>", "duration": 13, "talk_duration": 13},
    {**LISTED, "timestamp": NINE + 13, "call_to": "Queue Sales<6400>", "duration": 71, "talk_duration": 60},
    {
        **LISTED,
        "timestamp": NINE + 13,
        "call_to": "Anna<102>",
        "ring_duration": 11,
        "duration": 71,
        "talk_duration": 60,
    },
    {**LISTED, "timestamp": NINE + 84, "call_to": "Satisfaction Survey", "duration": 4, "talk_duration": 4},
)
"""A call in the CDR list of P-Series: a row for every step, each of them answered."""


YEASTAR = Reads("yeastar")
read, story, reason = YEASTAR.read, YEASTAR.story, YEASTAR.reason


def test_a_whole_report():
    assert read(LOCAL) == [
        Leg(
            key=f"300000000001 {LOCAL['callid']} 101 102 2020-12-01 10:00:00",
            call=f"300000000001 {LOCAL['callid']}",
            started_ms=ms("09:00:00"),
            ended_ms=ms("09:01:05"),
            answered_ms=ms("09:00:05"),
            ring_ms=5000,
            talk_ms=60_000,
            via=Via.DEVICE,
            result=Result.ANSWERED,
            caller_number="101",
            caller_device="101",
            callee_device="102",
            dialled="102",
            epoch_ms=ms("09:00:00"),
            words="ANSWERED Internal",
        )
    ]


def test_a_local_call_a_call_out_and_a_call_in():
    assert story(LOCAL) == [
        "101 OUT local: answered, rang 5 s, talked 60 s",
        "102 IN local: answered, rang 5 s, talked 60 s",
    ]
    assert story({**LOCAL, **OUTBOUND}) == ["101 OUT outside: answered, rang 5 s, talked 60 s"]
    assert story({**LOCAL, **INBOUND}) == ["102 IN outside: answered, rang 5 s, talked 60 s"]


@pytest.mark.parametrize("withheld", ["", None, "anonymous"])
def test_a_caller_from_outside_may_withhold_the_number(withheld):
    calls = [{**LOCAL, **INBOUND, "callfrom": withheld}, {**LOCAL, **INBOUND, **MISSED, "callfrom": withheld}]
    assert [story(call) for call in calls] == [
        ["102 IN outside: answered, rang 5 s, talked 60 s"],
        ["102 IN outside: unanswered, caller_gave_up, rang 20 s, talked 0 s"],
    ]


def test_an_event_of_p_series_says_the_same_its_message_an_object_or_a_text():
    for message in (P_SERIES, json.dumps(P_SERIES)):
        assert story({"type": 30012, "sn": "3000000000X1", "msg": message}) == story(LOCAL)
    [leg] = read({"type": 30012, "sn": "3000000000X1", "msg": json.dumps(P_SERIES)})
    assert (leg.call, leg.caller_name) == (f"3000000000X1 {LOCAL['callid']}", "Anna")


@pytest.mark.parametrize("spelling", ["desttrunkname", "dsttrcunkname", "dst_trunk_name"])
def test_the_trunk_of_a_call_out_is_found_however_it_is_spelled(spelling):
    [leg] = read({**LOCAL, "type": "Outbound", "callto": 4599000002, spelling: "carrier"})
    assert (leg.callee_device, leg.dialled) == ("trunk carrier", "4599000002")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("NO ANSWER", "unanswered, caller_gave_up"),
        ("NO ANSWERED", "unanswered, caller_gave_up"),
        ("BUSY", "busy"),
        ("FAILED", "failed"),
        ("VOICEMAIL", "unanswered, voicemail"),
        ("ABANDONED", "unanswered, caller_gave_up"),
    ],
)
def test_why_nobody_answered(status, outcome):
    assert story({**LOCAL, **INBOUND, **MISSED, "status": status}) == [
        f"102 IN outside: {outcome}, rang 20 s, talked 0 s"
    ]


def test_the_message_left_in_voicemail_is_no_ringing():
    message = {"callduraction": "25", "talkduraction": "15", "status": "VOICEMAIL"}
    assert story({**LOCAL, **INBOUND, **message}) == ["102 IN outside: unanswered, voicemail, rang 10 s, talked 0 s"]


def test_answered_is_also_spelled_as_the_manual_of_p_series_does():
    assert story({**LOCAL, "status": "ANSWERD"}) == story(LOCAL)


def test_the_ringing_behind_a_queue_that_answered_at_once_is_no_talk():
    at_once = {**LOCAL, **INBOUND, "talkduraction": "65", "agentringtime": "12"}
    assert story(at_once) == ["102 IN outside: answered, rang 12 s, talked 53 s"]


def test_a_call_for_two_phones_of_which_one_took_it():
    lost = {**LOCAL, **INBOUND, **MISSED, "callto": "103", "callduraction": "5"}
    assert story(lost, {**LOCAL, **INBOUND}) == [
        "102 IN outside: answered, rang 5 s, talked 60 s",
        "103 IN outside: elsewhere, answered_elsewhere, rang 5 s, talked 0 s",
    ]


def test_a_queue_that_is_named_is_no_extension():
    given_up = {**LOCAL, **INBOUND, **MISSED, "callto": "6700"}
    assert story(given_up) == ["6700 IN outside: unanswered, caller_gave_up, rang 20 s, talked 0 s"]
    assert story(given_up, layout="service=6700") == []
    with pytest.raises(InvalidFieldError, match="'queue=6700' is not known"):
        story(LOCAL, layout="queue=6700")


def test_of_a_listed_call_only_the_step_to_a_person_is_theirs():
    [step] = [row for row in THROUGH_A_QUEUE if row["call_to"] == "Anna<102>"]
    told = ["102 IN outside: answered, rang 11 s, talked 60 s"]
    assert story(*THROUGH_A_QUEUE) == story(step) == told
    answer = json.dumps({"errcode": 0, "errmsg": "SUCCESS", "total_number": 4, "data": THROUGH_A_QUEUE})
    assert story(*YEASTAR.stream(answer.encode())) == told
    assert story({name: value for name, value in step.items() if name != "duration"}) == told


UNTAKEN = {**LISTED, "timestamp": NINE, "call_to": "Anna<102>", "ring_duration": 20, "disposition": "NO ANSWER"}
MAILBOX = {**LISTED, "timestamp": NINE + 20, "call_to": "Voicemail Anna<102>", "talk_duration": 15}


def test_a_listed_step_to_voicemail_is_no_answer_of_whose_voicemail_it_is():
    assert story(UNTAKEN, MAILBOX) == ["102 IN outside: unanswered, voicemail, rang 20 s, talked 0 s"]
    assert story({**MAILBOX, "call_to": "Voicemail Sales<6100>"}) == []
    assert story(MAILBOX, numbering=Numbering(frozenset({"102"}))) == [
        "102 IN outside: unanswered, voicemail, rang 0 s, talked 0 s"
    ]


@pytest.mark.parametrize(("reason", "why"), [("src hangup    ", "caller_gave_up"), ("dst hangup    ", "rang_out")])
def test_a_listed_call_that_nobody_took_says_who_ended_it(reason, why):
    went = {**UNTAKEN, "call_type": "Outbound", "call_from": "Anna<102>", "call_to": "4599000002", "src_trunk": ""}
    assert story({**went, "dst_trunk": "carrier", "reason": reason}) == [
        f"102 OUT outside: unanswered, {why}, rang 20 s, talked 0 s"
    ]


def test_a_feature_code_is_nobodys_call():
    assert story({**LOCAL, "callto": "*97"}) == []
    assert story({**LOCAL, **OUTBOUND, "callto": "*31*4599000002"}) == story({**LOCAL, **OUTBOUND})


def test_a_listed_call_out_belongs_to_its_caller():
    went = {**LISTED, "call_type": "Outbound", "call_from": "Anna<102>", "call_to": "4599000002", "src_trunk": ""}
    assert story({**went, "timestamp": NINE, "dst_trunk": "carrier", "duration": 30, "disposition": "BUSY"}) == [
        "102 OUT outside: busy, rang 30 s, talked 0 s"
    ]


def test_a_transfer_to_the_outside_is_from_whom_and_to_whom_the_trunks_say():
    assert story({**LOCAL, "type": "Transfer", "callto": "4599000002", "desttrunkname": "carrier"}) == [
        "101 OUT outside: answered, rang 5 s, talked 60 s"
    ]


def test_the_doubled_hour_is_told_by_the_callid():
    for at in ("2020-10-25 00:30:00", "2020-10-25 01:30:00"):
        [leg] = read({**LOCAL, "callid": f"{ms(at) // 1000}.1", "timestart": "2020-10-25 02:30:00"})
        assert leg.started_ms == ms(at)


def test_reports_that_were_put_into_one_file_come_one_by_one():
    content = b"".join(json.dumps(one, indent=4).encode() + b"\n" for one in (LOCAL, {**LOCAL, "callto": "103"}))
    records = records_in(io.BufferedReader(io.BytesIO(content)), SOURCES["yeastar"])
    assert [leg.callee_device for leg in read(*records)] == ["102", "103"]


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"callid": ""}, "callid is missing or empty"),
        ({"callto": None}, "callto is missing or empty"),
        ({"callfrom": ""}, "callfrom is missing or empty"),
        ({"timestart": "today"}, "timestart: 'today' is not a time; a time such as"),
        ({"status": "GONE"}, "status: unknown word 'GONE'"),
        ({"type": "Sideways"}, "type: unknown word 'Sideways'"),
        ({"callduraction": "a minute"}, "callduration: whole seconds were expected"),
        ({"talkduraction": "66"}, "it talked longer than the whole call"),
        ({"callfrom": [1]}, "callfrom: a text or a number was expected"),
        ({"action": "CallFailed"}, "event: 'CallFailed' is not a CDR"),
        ({"msg": {}, "type": 30011}, "type: event 30011 is not a CDR"),
        ({"msg": "{", "type": 30012}, "not JSON"),
    ],
)
def test_what_cannot_be_used_is_rejected_with_the_reason(changes, wanted):
    assert wanted in reason({**LOCAL, **changes})


def test_no_object_is_ever_lost():
    whole = json.dumps(LOCAL).encode()
    for cut in range(1, len(whole)):
        assert len(read(whole[:cut])) == 1
    assert "longer than" in reason(b"x" * (MANY_BYTES + 1))
    assert "an object was expected" in reason(b"[]")
