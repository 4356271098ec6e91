"""3CX's lines above, what they are for each extension below. Every number and name here is made up."""

import pytest

from calls_table import ms
from pbxtally.calls import Leg, Numbering, Result, Via, involvements
from pbxtally.errors import InvalidFieldError
from pbxtally.records import MANY_BYTES
from pbxtally.sources.threecx_rows import OLDER_FIELDS, TYPES_LAST
from reads import Reads
from sources.threecx_lines import CALL, FROM_OUTSIDE, GIVEN_UP, TO_OUTSIDE, TO_QUEUE, UNANSWERED, call, line

THREECX = Reads("3cx")
read, story, reason = THREECX.read, THREECX.story, THREECX.reason


def test_a_whole_line():
    assert read(line()) == [
        Leg(
            key=f"71 {CALL['callid']}",
            call=CALL["callid"],
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
            callee_name="Bo",
            callee_device="102",
            dialled="102",
            epoch_ms=ms("09:00:00.250"),
            words="TerminatedByDst Chain: Ext.101,Ext.102,",
        )
    ]


def test_a_local_call_a_call_out_and_a_call_in():
    assert story(call()) == [
        "101 OUT local: answered, rang 5 s, talked 60 s",
        "102 IN local: answered, rang 5 s, talked 60 s",
    ]
    assert story(call(TO_OUTSIDE)) == ["101 OUT outside: answered, rang 5 s, talked 60 s"]
    assert story(call(FROM_OUTSIDE)) == ["102 IN outside: answered, rang 5 s, talked 60 s"]


def test_the_dn_of_a_trunk_is_no_extension_although_it_has_five_digits():
    [leg] = read(call(FROM_OUTSIDE))
    assert (leg.caller_device, leg.caller_number) == ("trunk 10000", "4599000001")


@pytest.mark.parametrize(
    ("word", "outcome"),
    [
        ("TerminatedBySrc", "unanswered, caller_gave_up"),
        ("Failed_Cancelled", "unanswered, caller_gave_up"),
        ("TerminatedByDst", "unanswered, rejected"),
        ("Failed_NoAnswer", "unanswered, rang_out"),
        ("Failed_Rejected", "unanswered, rejected"),
        ("Failed_Busy", "busy"),
        ("Failed", "failed"),
        ("NoAnswerTimeout", "unanswered, rang_out"),
        ("TargetBusy", "busy"),
        ("TargetNotFound", "failed"),
        ("NoRouteExists", "failed"),
        ("src_participant_terminated", "unanswered, caller_gave_up"),
        ("dst_participant_terminated", "unanswered, rejected"),
        ("timeout", "unanswered, rang_out"),
        ("busy", "busy"),
        ("declined", "unanswered, rejected"),
        ("not_found", "failed"),
        ("no_route", "failed"),
    ],
)
def test_why_nobody_answered(word, outcome):
    assert story(call(FROM_OUTSIDE, UNANSWERED, reason_terminated=word)) == [
        f"102 IN outside: {outcome}, rang 20 s, talked 0 s"
    ]


def test_voicemail_is_an_unanswered_call_for_the_extension_it_was_meant_for():
    mailbox = call(FROM_OUTSIDE, to_no="Ext.999", to_dn="102", dial_no="102")
    assert story(mailbox) == ["102 IN outside: unanswered, voicemail, rang 5 s, talked 0 s"]


@pytest.mark.parametrize(
    "mailbox",
    [
        {"reason-changed": "ReplacedDst", "final-number": "Ext.999", "final-dn": "102"},
        {"reason-changed": "ReplacedDst", "final-number": "Ext.102", "final-dn": "102", "final-type": "voicemail"},
        {"to-type": "voice_mail"},
    ],
)
def test_a_call_that_was_sent_from_an_extension_to_voicemail_is_unanswered_for_it(mailbox):
    assert story(call(FROM_OUTSIDE, mailbox)) == ["102 IN outside: unanswered, voicemail, rang 5 s, talked 0 s"]


def test_listening_to_the_own_voicemail_is_no_call():
    assert story(call(to_no="Ext.999", to_dn="999", dial_no="999")) == []
    assert story(call(to_no="Ext.999", to_dn="101", dial_no="101")) == []


def test_a_call_out_that_the_pbx_ended_itself_has_failed():
    ended = call(TO_OUTSIDE, to_no="EndCall", to_dn="EndCall")
    assert story(ended) == ["101 OUT outside: failed, rang 65 s, talked 0 s"]


def test_a_call_in_that_the_pbx_ended_itself_is_unanswered_for_whom_it_was_meant():
    ended = call(FROM_OUTSIDE, to_no="EndCall", to_dn="EndCall", to_type="Internal")
    assert story(ended) == ["102 IN outside: unanswered, caller_gave_up, rang 65 s, talked 0 s"]


def test_a_call_in_that_the_pbx_ended_itself_needs_no_types():
    ended = {**FROM_OUTSIDE, "to-no": "EndCall", "to-dn": "EndCall", "chain": "Chain: 4599000001;EndCall;"}
    assert story(line(OLDER_FIELDS, **ended)) == ["102 IN outside: unanswered, caller_gave_up, rang 65 s, talked 0 s"]


def test_a_call_that_came_back_to_who_made_it_was_for_who_was_called():
    back = {"reason-changed": "ReplacedDst", "final-number": "Ext.101", "final-dn": "101"}
    assert story(call(back)) == story(call())


def test_a_call_that_went_out_again_by_the_trunk_it_came_from_was_taken_by_no_extension():
    out_again = {"reason-changed": "ReplacedDst", "final-number": "4599000003", "final-dn": "10000"}
    assert story(call(FROM_OUTSIDE, TO_QUEUE, out_again, final_type="External"), layout="service=800") == []


def test_a_call_that_an_extension_sent_on_to_a_mobile_is_that_extensions():
    mobile = {"reason-changed": "ReplacedDst", "final-number": "4599000003", "final-dn": "10000"}
    assert story(call(FROM_OUTSIDE, mobile, final_type="External")) == [
        "102 IN outside: answered, forwarded, rang 5 s, talked 60 s"
    ]
    assert story(call(mobile, final_type="External")) == [
        "101 OUT outside: answered, rang 5 s, talked 60 s",
        "102 IN local: answered, forwarded, rang 5 s, talked 60 s",
    ]


@pytest.mark.parametrize("meant", ["102", "800"])
def test_dialling_to_pick_up_a_colleagues_call_is_no_call(meant):
    code = {"to-no": f"PickupExt.{meant}", "to-dn": "101", "dial-no": "4599000001", "to-type": "External"}
    assert story(call(GIVEN_UP, code)) == []


def test_lines_without_types_and_names_need_no_layout():
    older = line(OLDER_FIELDS, chain="Chain: Ext.101;Ext.102;")
    assert story(older) == story(line())


@pytest.mark.parametrize("chain", ["Chain: Ext.101;Ext.102;", "Chain: Ext.101,Ext.102,"])
def test_lines_whose_types_stand_last_need_no_layout(chain):
    given_up = {**FROM_OUTSIDE, **TO_QUEUE, **GIVEN_UP, "to-type": "Queue", "missed-queue-calls": "103;"}
    assert story(line(TYPES_LAST, **given_up, chain=chain)) == story(call(given_up)) != []


def test_a_call_that_was_put_into_a_conference_room_was_taken_by_no_extension():
    put_through = {"reason-changed": "ReplacedDst", "final-number": "Ext.990", "final-dn": "990"}
    assert story(call(FROM_OUTSIDE, put_through, final_type="ConfPlace")) == []


def test_people_who_are_named_like_a_type_do_not_change_the_order():
    assert story(call(to_dispname="Fax", final_dispname="Queue")) == story(line())


@pytest.mark.parametrize("first", ["time-start", "callid"])
def test_call_stands_before_the_line_whatever_its_first_field_is(first):
    order = [first, *(name for name in OLDER_FIELDS if name != first)]
    assert story(b"Call " + line(order), layout=",".join(order)) == story(line())


def test_the_order_of_the_fields_is_what_the_layout_says():
    order = "callid, time-start, time-answered, duration, from-no, to-no, reason-terminated"
    given = line(order.replace(",", "").split())
    assert story(given, layout=order) == story(line())
    assert reason(given) == "7 fields where the layout has 27; say theirs with --layout"


def test_two_lines_of_a_call_are_two_without_a_historyid_as_well():
    order = "callid,time-start,time-answered,duration,from-no,to-no,reason-terminated"
    passed_on = {"time_start": "2020/12/01 10:01:05", "time_answered": "2020/12/01 10:01:10", "to_no": "Ext.103"}
    both = [line(order.split(","), from_no="4599000001", **changes) for changes in ({}, passed_on)]
    legs = {leg.key: leg for leg in read(*both, layout=order)}
    assert [one.extension for one in involvements(legs.values(), Numbering())] == ["102", "103"]


@pytest.mark.parametrize("length", ["duration", "time-end"])
def test_the_talk_is_told_by_its_length_or_by_its_end(length):
    order = f"callid,time-start,time-answered,{length},from-no,to-no,reason-terminated"
    assert story(line(order.split(",")), layout=order) == story(line())
    never = {"time_answered": "", "duration": "", "reason_terminated": "Failed_NoAnswer"}
    assert [one.partition(",")[0] for one in story(line(order.split(","), **never), layout=order)] == [
        "101 OUT local: unanswered",
        "102 IN local: unanswered",
    ]


@pytest.mark.parametrize(
    ("layout", "wanted"),
    [
        ("callid,started", "'started' is not a 3CX field"),
        ("callid,callid", "'callid' is not a 3CX field, or is there twice"),
        (
            "callid,time-start,duration",
            "time-answered, reason-terminated, from-no, to-no has to be among the fields",
        ),
        (
            "callid,time-start,time-answered,reason-terminated,from-no,to-no",
            "duration or time-end has to be among the fields",
        ),
    ],
)
def test_a_layout_that_cannot_be(layout, wanted):
    with pytest.raises(InvalidFieldError) as refused:
        story(line(), layout=layout)
    assert wanted in str(refused.value)


def test_commas_in_the_chain_need_no_quotes():
    assert story(call(chain="Chain: Ext.101,Ext.102,")) == story(call())


def test_the_doubled_hour_is_told_by_the_callid():
    for at in ("2020-10-25 00:30:00", "2020-10-25 01:30:00"):
        clock = "2020/10/25 02:30:00"
        given = line(callid=f"{ms(at):016X}_1", time_start=clock, time_answered=clock, time_end="2020/10/25 02:31:00")
        [leg] = read(given)
        assert (leg.started_ms, leg.ended_ms) == (ms(at), ms(at) + 60_000)


def test_what_ends_more_than_half_an_hour_later_in_the_second_of_two_equal_hours_is_not_over_before_it_began():
    times = ["2020/10/25 02:50:00", "2020/10/25 02:50:00", "2020/10/25 02:40:00"]
    order = "callid,time-start,time-answered,time-end,from-no,to-no,reason-terminated"
    callid = f"{ms('2020-10-25 00:50:00'):016X}_1"
    [leg] = read(",".join([callid, *times, "Ext.101,Ext.102,TerminatedByDst\n"]), layout=order)
    assert (leg.started_ms, leg.ended_ms) == (ms("2020-10-25 00:50:00"), ms("2020-10-25 01:40:00"))


def test_a_later_line_of_a_call_does_not_start_before_the_call_where_the_clock_shows_an_hour_twice():
    clock = "2020/10/25 02:30:00"
    callid = f"{ms('2020-10-25 00:45:00'):016X}_1"
    [leg] = read(line(callid=callid, time_start=clock, time_answered=clock, time_end="2020/10/25 02:31:00"))
    assert leg.started_ms == ms("2020-10-25 01:30:00")


def test_the_callid_tells_the_time_in_either_order_of_its_bytes():
    reversed_ = bytes.fromhex(CALL["callid"][:16])[::-1].hex()
    [leg] = read(line(callid=f"{reversed_}_71"))
    assert leg.epoch_ms == ms("09:00:00.250")
    [leg] = read(line(callid="00000C0000000000_71"))
    assert leg.epoch_ms is None


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"callid": "71"}, "callid: 16 hexadecimal digits"),
        ({"time_start": "yesterday"}, "time-start: 'yesterday' is not a time; a time such as"),
        ({"time_start": ""}, "time-start is empty"),
        ({"duration": "a minute"}, "duration: hh:mm:ss was expected"),
        ({"time_end": "2020/12/01 09:00:00"}, "impossible times"),
        ({"reason_terminated": "Gone", "time_answered": ""}, "unknown word 'Gone'"),
        ({"chain": '"Chain'}, "not a CSV line"),
    ],
)
def test_what_cannot_be_used_is_rejected_with_the_reason(changes, wanted):
    assert wanted in reason(line(**changes))


def test_no_line_is_ever_lost():
    whole = line()
    for cut in range(1, len(whole)):
        assert len(read(whole[:cut])) == (0 if whole[:cut].isspace() else 1)
    assert "longer than" in reason(b"x" * (MANY_BYTES + 1))
    assert "NUL" in reason(b"\0\n")
    assert read(b"\r\n", b"") == []
