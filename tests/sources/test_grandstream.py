"""Grandstream's records above, what they are for each extension below. Every number and name here is made up."""

import json

import pytest

from calls_table import ms
from pbxtally.calls import Leg, Numbering, Result, Via
from pbxtally.records import MANY_BYTES
from pbxtally.sources import grandstream
from reads import Reads

SECOND = ms("09:00:00") // 1000
LOCAL = {
    "AcctId": "62",
    "accountcode": "",
    "src": "101",
    "dst": "102",
    "dcontext": "from-internal",
    "clid": '"Anna" <101>',
    "channel": "PJSIP/101-00000001",
    "dstchannel": "PJSIP/102-00000002",
    "lastapp": "Dial",
    "lastdata": "PJSIP/102,60,",
    "start": "2020-12-01 10:00:00",
    "answer": "2020-12-01 10:00:05",
    "end": "2020-12-01 10:01:05",
    "duration": "65",
    "billsec": "60",
    "disposition": "ANSWERED",
    "amaflags": "DOCUMENTATION",
    "uniqueid": f"{SECOND}.0",
    "userfield": "EXT",
    "channel_ext": "101",
    "dstchannel_ext": "102",
    "service": "s",
}
FROM_OUTSIDE = {
    "userfield": "Inbound",
    "src": "4599000001",
    "channel": "PJSIP/trunk_1-00000001",
    "channel_ext": "4599000001",
    "clid": "",
}
TO_OUTSIDE = {"userfield": "Outbound", "dst": "4599000002", "dstchannel": "PJSIP/trunk_1-00000002"}
UNANSWERED = {
    "answer": "",
    "end": "2020-12-01 10:00:20",
    "duration": "20",
    "billsec": "0",
    "disposition": "NO ANSWER",
}
QUEUE = {"AcctId": "63", "dstchannel": "", "dstchannel_ext": "", "lastapp": "Queue", "answer": LOCAL["start"]}


GRANDSTREAM = Reads("grandstream")
read, story, reason, stream = GRANDSTREAM.read, GRANDSTREAM.story, GRANDSTREAM.reason, GRANDSTREAM.stream


def csv_line(**changes):
    return (",".join({**LOCAL, **changes}.values()) + "\n").encode()


CSV_HEADING = (",".join(LOCAL) + "\n").encode()


def test_a_whole_record():
    assert read(LOCAL) == [
        Leg(
            key=f"62 {SECOND}.0",
            call=f"{SECOND}.0",
            started_ms=ms("09:00:00"),
            ended_ms=ms("09:01:05"),
            answered_ms=ms("09:00:05"),
            ring_ms=5000,
            talk_ms=60_000,
            via=Via.DEVICE,
            result=Result.ANSWERED,
            caller_number="101",
            caller_name="Anna",
            caller_device="101",
            callee_device="102",
            dialled="102",
            epoch_ms=ms("09:00:00"),
            words="ANSWERED EXT Dial",
        )
    ]


def test_a_local_call_a_call_out_and_a_call_in():
    assert story(LOCAL) == [
        "101 OUT local: answered, rang 5 s, talked 60 s",
        "102 IN local: answered, rang 5 s, talked 60 s",
    ]
    assert story({**LOCAL, **TO_OUTSIDE}) == ["101 OUT outside: answered, rang 5 s, talked 60 s"]
    assert story({**LOCAL, **FROM_OUTSIDE}) == ["102 IN outside: answered, rang 5 s, talked 60 s"]


def test_a_trunk_is_told_by_its_name_where_the_record_gives_it():
    [leg] = read({**LOCAL, "dst_trunk_name": "carrier", "dstchannel_ext": "4599"})
    assert leg.callee_device == "trunk carrier"


@pytest.mark.parametrize(
    ("word", "outcome"),
    [
        ("NO ANSWER", "unanswered, caller_gave_up"),
        ("BUSY", "busy"),
        ("FAILED", "failed"),
        ("CONGESTION", "failed"),
    ],
)
def test_why_nobody_answered(word, outcome):
    assert story({**LOCAL, **FROM_OUTSIDE, **UNANSWERED, "disposition": word}) == [
        f"102 IN outside: {outcome}, rang 20 s, talked 0 s"
    ]


def nested(*subs, **main):
    rows = {f"sub_cdr_{index}": {**row, "session": "s1"} for index, row in enumerate(subs, start=1)}
    return {"cdr": "s1", "main_cdr": {**LOCAL, "AcctId": "61", "session": "s1", **main}, **rows}


def test_the_roll_up_of_a_nested_record_is_not_counted_beside_its_legs():
    assert [leg.key for leg in read(nested(LOCAL))] == [f"62 {SECOND}.0"]
    assert story(nested({**LOCAL, **FROM_OUTSIDE}, userfield="Inbound")) == [
        "102 IN outside: answered, rang 5 s, talked 60 s"
    ]
    assert story({"main_cdr": LOCAL}) == story(LOCAL)


def test_a_queue_answers_at_once_and_is_nobody_s_answer():
    queue, agent = {**LOCAL, **FROM_OUTSIDE, **QUEUE}, {**LOCAL, **FROM_OUTSIDE, **UNANSWERED}
    assert story(nested(queue)) == []
    assert story(nested(queue, agent)) == ["102 IN outside: unanswered, caller_gave_up, rang 20 s, talked 0 s"]


def test_who_answered_may_be_named_beside_the_phone():
    assert story({**LOCAL, **FROM_OUTSIDE, "dstanswer": "102", "dstchanext": "102"}) == [
        "102 IN outside: answered, rang 5 s, talked 60 s"
    ]


def test_a_leg_that_only_passed_to_a_group_rang_nobody():
    passed = {**LOCAL, **FROM_OUTSIDE, **UNANSWERED, "dstchannel": "", "duration": "0", "end": LOCAL["start"]}
    passed |= {"answer": LOCAL["start"], "dst": "640", "dstchannel_ext": "640"}
    assert story({**passed, "lastapp": "ForkCDR"}) == story({**passed, "action_type": "RINGGROUP[640]"}) == []
    assert story({**passed, "dst": "102", "dstchannel_ext": "102", "action_type": "DIAL"}) == [
        "102 IN outside: unanswered, caller_gave_up, rang 0 s, talked 0 s"
    ]


def test_a_phone_of_a_group_says_that_a_colleague_took_the_call():
    lost = {**LOCAL, **FROM_OUTSIDE, **UNANSWERED, "action_type": "RINGGROUP[640]", "answer": "2020-12-01 10:00:20"}
    assert story({**lost, "reason": "Call answered elsewhere"}) == [
        "102 IN outside: elsewhere, answered_elsewhere, rang 20 s, talked 0 s"
    ]
    assert story({**lost, "reason": ""}) == ["102 IN outside: unanswered, caller_gave_up, rang 20 s, talked 0 s"]


def test_legs_may_come_as_lists():
    assert read({**nested(), "sub_cdr_1": [LOCAL, {**LOCAL, "AcctId": "64"}], "sub_cdr_2": []}) == read(
        nested(LOCAL, {**LOCAL, "AcctId": "64"})
    )


def test_who_lost_a_ring_group_has_no_call():
    lost = {**LOCAL, **FROM_OUTSIDE, **UNANSWERED, "AcctId": "63", "dstchannel_ext": "103", "end": LOCAL["answer"]}
    assert story(nested({**lost, "duration": "5"}, {**LOCAL, **FROM_OUTSIDE})) == [
        "102 IN outside: answered, rang 5 s, talked 60 s",
        "103 IN outside: elsewhere, answered_elsewhere, rang 5 s, talked 0 s",
    ]


def test_voicemail_after_ringing_is_an_unanswered_call():
    rang = {**LOCAL, **FROM_OUTSIDE, **UNANSWERED}
    box = {**LOCAL, **QUEUE, "lastapp": "VoiceMail", "start": rang["end"], "answer": rang["end"]}
    assert story(nested(rang, box)) == ["102 IN outside: unanswered, voicemail, rang 20 s, talked 0 s"]
    assert read(box)[0].via == Via.VOICEMAIL


def test_a_call_that_went_straight_to_voicemail_is_unanswered_for_whose_voicemail_it_is():
    box = {**LOCAL, **FROM_OUTSIDE, **QUEUE, "lastapp": "VoiceMail", "dstchannel_ext": "102"}
    told = ["102 IN outside: unanswered, voicemail, rang 0 s, talked 0 s"]
    assert story(box, numbering=Numbering(frozenset({"102"}))) == told
    assert story({**box, "lastapp": "", "action_type": "VM"}, numbering=Numbering(frozenset({"102"}))) == told


def test_voicemail_in_the_leg_of_the_phone_that_rang_before_is_no_answer_of_the_phone():
    assert story({**LOCAL, **FROM_OUTSIDE, "lastapp": "VoiceMail"}) == [
        "102 IN outside: unanswered, voicemail, rang 5 s, talked 0 s"
    ]


@pytest.mark.parametrize(("number", "app"), [("6500", "Queue"), ("7000", "Background"), ("*97", "VoiceMailMain")])
def test_what_answered_without_a_far_channel_is_the_pbx_whatever_number_it_has(number, app):
    assert story({**LOCAL, "dst": number, "dstchannel": "", "dstchannel_ext": number, "lastapp": app}) == []


def test_csv_without_quotes_with_commas_inside_lastdata():
    assert read(CSV_HEADING, csv_line()) == read(LOCAL)
    assert len(csv_line().split(b",")) == 24
    assert grandstream.heading_length([CSV_HEADING, csv_line()]) == 1
    assert grandstream.heading_length([b"{}"]) == grandstream.heading_length([]) == 0


def element(row):
    """XML as it is written: the caller's `"Anna" <101>` is not escaped."""
    if "main_cdr" in row:
        parts = {name: part for name, part in row.items() if isinstance(part, dict)}
        inside = "".join(f"<{name}>{leaves(part)}</{name}>" for name, part in parts.items())
    else:
        inside = leaves(row)
    return f"<cdr>{inside}</cdr>".encode()


def leaves(row):
    return "".join(f"<{name}>{word}</{name}>\n" for name, word in row.items())


def test_xml_says_the_same_as_json():
    content = b'<?xml version="1.0" encoding="UTF-8" ?>\n<root>' + element(LOCAL) + element(nested(LOCAL)) + b"</root>"
    assert read(*stream(content)) == read(LOCAL, nested(LOCAL))


def test_an_element_that_is_too_long_is_rejected_and_the_next_one_read():
    content = b"<root>" + element({"lastdata": "x" * 3 * MANY_BYTES}) + element(LOCAL) + b"</root>"
    long, whole = read(*stream(content))
    assert "longer than" in long.reason
    assert whole == read(LOCAL)[0]


def test_an_element_that_is_cut_off_does_not_take_the_next_with_it():
    cut, whole = read(*stream(b"<root>" + element(LOCAL)[:50] + element(LOCAL)))
    assert cut.reason == "the record has no </cdr>; is it cut off?"
    assert whole == read(LOCAL)[0]


@pytest.mark.parametrize("page", [b"<html><body>401</body></html>\n", b"\n<!DOCTYPE HTML>\n<html>\n</html>\n"])
def test_a_page_of_the_web_server_is_no_file_without_records(page):
    found = read(*stream(page))
    assert found[0].reason == "not a cdr element; is it a page that says what went wrong?"


def test_an_answer_without_a_record_is_told_by_what_it_lacks():
    assert reason({"response": {}, "status": -37}) == "AcctId and uniqueid are empty"


def test_entities_of_xml_are_not_expanded():
    bomb = '<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>' + element({**LOCAL, "clid": "&b;&b; <1>"}).decode()
    [leg] = read(*stream(bomb.encode()))
    assert leg.caller_name == "&b;&b;"


def test_csv_without_quotes_with_a_comma_in_the_caller_s_name():
    assert read(CSV_HEADING, csv_line(clid='"Holm, Anna" <101>')) == read({**LOCAL, "clid": '"Holm, Anna" <101>'})


def test_a_line_that_does_not_fit_its_heading_is_rejected():
    [found] = read(CSV_HEADING, csv_line()[:60])
    assert "cells under 22 names; is the line cut off?" in found.reason
    assert "no heading that begins with AcctId" in reason(csv_line())
    [found] = read(CSV_HEADING, b'"62"\r,\r"x"\n')
    assert found.reason.startswith("not a line of CSV")


@pytest.mark.parametrize("shape", ["cdr", "cdr_root", "lines", "csv"])
def test_what_the_api_answers_comes_record_by_record(shape):
    if shape == "lines":
        content = json.dumps(LOCAL).encode() + b"\n" + json.dumps(LOCAL).encode()
    elif shape == "csv":
        content = CSV_HEADING + csv_line() + csv_line()
    else:
        content = json.dumps({shape: [LOCAL, nested(LOCAL)]}, indent=1).encode()
    assert [leg.key for leg in read(*stream(content))] == [f"62 {SECOND}.0"] * 2


def test_the_doubled_hour_is_told_by_the_uniqueid():
    clock = dict.fromkeys(("start", "answer", "end"), "2020-10-25 02:30:00")
    for at in ("2020-10-25 00:30:00", "2020-10-25 01:30:00"):
        [leg] = read({**LOCAL, **clock, "uniqueid": f"{ms(at) // 1000}.1", "duration": "0", "billsec": "0"})
        assert (leg.started_ms, leg.ended_ms) == (ms(at), ms(at))


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"disposition": "GONE"}, "disposition: unknown word 'GONE'"),
        ({"start": "today"}, "start: 'today' is not a time; a time such as"),
        ({"start": ""}, "start is empty"),
        ({"end": "2020-12-01 09:00:00"}, "impossible times"),
        ({"billsec": "a"}, "billsec: whole seconds were expected"),
        ({"AcctId": "", "uniqueid": ""}, "AcctId and uniqueid are empty"),
        ({"sub_cdr_1": 1}, "main_cdr and sub_cdr have to be objects"),
    ],
)
def test_what_cannot_be_used_is_rejected_with_the_reason(changes, wanted):
    assert wanted in reason({**LOCAL, **changes})


def test_no_record_is_ever_lost():
    whole = json.dumps(LOCAL).encode()
    for cut in range(1, len(whole)):
        assert len(read(whole[:cut])) == 1
    assert "longer than" in reason(b"x" * (MANY_BYTES + 1))
    whole = element(LOCAL)
    for cut in range(len("<cdr>"), len(whole)):
        [found] = read(*stream(b"<root>" + whole[:cut]))
        assert found.reason == "the record has no </cdr>; is it cut off?"


def test_xml_whose_elements_have_no_end_is_read_in_a_time_that_grows_with_it_only():
    odd = b"<cdr>" + b"<main_cdr>" * 6_000 + b"</cdr>"
    assert len(read(*[odd] * 50)) == 50
    odd = b"<cdr>" + b"".join(b"<a%d>" % number for number in range(8_000)) + b"</cdr>"
    assert len(read(*[odd] * 50)) == 50
