"""3CX's lines of calls to queues and groups, and what they are for each agent."""

import pytest

from pbxtally.calls import Numbering, involvements
from reads import Reads
from sources.threecx_lines import FROM_OUTSIDE, GIVEN_UP, TAKEN_BY_102, TO_QUEUE, UNANSWERED, call

THREECX = Reads("3cx")
read, story = THREECX.read, THREECX.story


def test_a_queue_answers_at_once_and_the_call_is_that_of_the_agent_who_took_it():
    assert story(call(FROM_OUTSIDE, TO_QUEUE, TAKEN_BY_102)) == ["102 IN outside: answered, rang 0 s, talked 65 s"]


def test_a_call_given_up_in_a_queue_is_unanswered_for_the_agents_it_rang():
    given_up = call(FROM_OUTSIDE, TO_QUEUE, GIVEN_UP, missed_queue_calls="800 103")
    assert story(given_up, layout="service=800") == [
        "103 IN outside: unanswered, caller_gave_up, rang 30 s, talked 0 s"
    ]


@pytest.mark.parametrize(
    ("given_up", "reason"),
    [
        ({**GIVEN_UP, "time-end": TO_QUEUE["time-answered"]}, "caller_gave_up"),
        ({**UNANSWERED, "reason-terminated": "NoAnswerTimeout"}, "rang_out"),
    ],
)
def test_the_line_says_why_nobody_took_a_call_in_a_queue(given_up, reason):
    [agents] = story(call(FROM_OUTSIDE, TO_QUEUE, given_up, missed_queue_calls="103"), layout="service=800")
    assert agents.startswith(f"103 IN outside: unanswered, {reason}, ")


def test_an_agent_who_did_not_pick_up_when_another_did_has_no_call():
    taken = call(FROM_OUTSIDE, TO_QUEUE, TAKEN_BY_102, missed_queue_calls="Ext.103;102")
    assert story(taken) == [
        "102 IN outside: answered, rang 0 s, talked 65 s",
        "103 IN outside: elsewhere, answered_elsewhere, rang 65 s, talked 0 s",
    ]


def test_agents_whom_a_queue_rang_in_vain_before_it_sent_the_call_on_have_missed_it():
    sent_on = call(FROM_OUTSIDE, TO_QUEUE, TAKEN_BY_102, reason_changed="QFwdToDNA", missed_queue_calls="103;104;")
    assert story(sent_on) == [
        "102 IN outside: answered, rang 0 s, talked 65 s",
        "103 IN outside: unanswered, rang_out, rang 65 s, talked 0 s",
        "104 IN outside: unanswered, rang_out, rang 65 s, talked 0 s",
    ]


def test_a_colleague_whose_call_to_a_queue_another_agent_did_not_pick_up_has_talked_as_well():
    assert story(call(TO_QUEUE, TAKEN_BY_102, missed_queue_calls="103"))[:2] == [
        "101 OUT local: answered, rang 0 s, talked 65 s",
        "102 IN local: answered, rang 0 s, talked 65 s",
    ]


def test_a_queue_that_is_not_named_is_taken_for_an_extension_that_missed_the_call():
    given_up = call(FROM_OUTSIDE, TO_QUEUE, GIVEN_UP, missed_queue_calls="800")
    assert story(given_up) == ["800 IN outside: unanswered, caller_gave_up, rang 30 s, talked 0 s"]
    assert story(given_up, layout="service=800") == []
    assert story(given_up.replace(b"External,Internal", b"External,Queue")) == []


def test_a_queue_that_is_named_later_is_no_agent_any_more_when_the_line_is_read_again():
    passed_on = call(FROM_OUTSIDE, TO_QUEUE, GIVEN_UP, missed_queue_calls="801 103")
    legs = {
        leg.key: leg for layout in ("service=800", "service=800 service=801") for leg in read(passed_on, layout=layout)
    }
    assert [one.extension for one in involvements(legs.values(), Numbering())] == ["103"]


@pytest.mark.parametrize("duration", ["00:00:30", "00:00:00"])
def test_a_queue_that_rang_in_vain_has_answered_nobody(duration):
    given_up = call(FROM_OUTSIDE, TO_QUEUE, GIVEN_UP, duration=duration, missed_queue_calls="800")
    assert "answered," not in story(given_up)[0].replace("unanswered,", "")


def test_a_queue_that_sent_the_call_on_is_answered_by_whoever_took_it_there():
    sent_on = {**TAKEN_BY_102, "reason-changed": "QFwdToDNA", "chain": "Chain: 4599000001;Ext.800;Ext.801;Ext.102;"}
    assert story(call(FROM_OUTSIDE, TO_QUEUE, sent_on)) == ["102 IN outside: answered, rang 0 s, talked 65 s"]


def test_a_queue_that_sent_the_call_to_voicemail_has_rung_nobody_there():
    sent_on = {**TAKEN_BY_102, "reason-changed": "QFwdToDNA", "final-number": "Ext.999"}
    assert story(call(FROM_OUTSIDE, TO_QUEUE, sent_on)) == []


def test_agents_who_let_a_call_ring_that_a_queue_sent_to_another_one_did_not_lose_it_to_a_caller_who_gave_up():
    sent_on = {**TAKEN_BY_102, "reason-changed": "QFwdToDNA", "final-number": "Ext.801", "final-type": "Queue"}
    assert story(call(FROM_OUTSIDE, TO_QUEUE, sent_on, missed_queue_calls="103")) == [
        "103 IN outside: unanswered, rang_out, rang 65 s, talked 0 s"
    ]


def test_agents_who_let_a_call_ring_that_ended_in_voicemail_have_that_reason():
    mailbox = {"reason-changed": "ReplacedDst", "final-number": "Ext.999", "missed-queue-calls": "103"}
    assert story(call(FROM_OUTSIDE, TO_QUEUE, mailbox), layout="service=800") == [
        "103 IN outside: unanswered, voicemail, rang 65 s, talked 0 s"
    ]
    of_102 = call(FROM_OUTSIDE, to_no="Ext.999", missed_queue_calls="103")
    assert story(of_102)[1] == "103 IN outside: unanswered, voicemail, rang 65 s, talked 0 s"


def test_a_queue_that_sent_a_call_outside_is_no_extension_that_forwarded_it():
    mobile = {"reason-changed": "QFwdToDNA", "final-number": "4599000003", "final-dn": "10000"}
    assert story(call(FROM_OUTSIDE, TO_QUEUE, mobile, final_type="External")) == []


@pytest.mark.parametrize("kind", ["queue", "ring_group_ring_all", "ring_group_hunt", "paging_group", "ivr"])
def test_what_version_20_calls_a_group_rings_no_phone_of_that_number(kind):
    assert story(call(FROM_OUTSIDE, TO_QUEUE, GIVEN_UP, from_type="external_line", to_type=kind)) == []


def test_a_call_given_up_in_a_queue_of_version_20_has_answered_nobody():
    given_up = {**GIVEN_UP, "reason-terminated": "src_participant_terminated", "missed-queue-calls": "103;"}
    assert story(call(FROM_OUTSIDE, TO_QUEUE, given_up, to_type="queue")) == [
        "103 IN outside: unanswered, caller_gave_up, rang 30 s, talked 0 s"
    ]
