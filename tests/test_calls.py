"""How we count, rule by rule: the legs of a call above, what it was for whom below."""

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from calls_table import NUMBERING, legs, story
from pbxtally.calls import Involvement, Numbering, Outcome, Reason, Result, involvements
from random_calls import calls

# ── who was in the call (D1, D2, D2a) ──


def test_a_call_to_a_phone_is_one_in_for_the_phone():
    assert story("""
        start    | answer   | end      | from        | to  | result
        09:00:00 | 09:00:05 | 09:01:05 | +4599000001 | 101 | ANSWERED
    """) == ["101 IN outside: answered, rang 5 s, talked 60 s"]


def test_a_call_to_the_outside_is_one_out_for_who_made_it():
    assert story("""
        start    | answer   | end      | from | to          | result
        09:00:00 | 09:00:05 | 09:01:05 | 101  | +4599000001 | ANSWERED
    """) == ["101 OUT outside: answered, rang 5 s, talked 60 s"]


def test_queue_retries_are_one_call_from_the_first_ring_with_the_outcome_of_the_last():
    assert story("""
        start    | answer | end      | from        | to  | result
        09:00:00 |        | 09:00:15 | +4599000001 | 102 | RANG_OUT
        09:00:20 |        | 09:00:20 | +4599000001 | 102 | BUSY
        09:00:30 |        | 09:00:38 | +4599000001 | 102 | GAVE_UP
    """) == ["102 IN outside: unanswered, caller_gave_up, rang 38 s, talked 0 s"]


def test_queue_retries_are_answered_if_one_was():
    assert story("""
        start    | answer   | end      | from        | to  | result
        09:00:00 |          | 09:00:15 | +4599000001 | 102 | RANG_OUT
        09:00:20 | 09:00:24 | 09:01:24 | +4599000001 | 102 | ANSWERED
    """) == ["102 IN outside: answered, rang 24 s, talked 60 s"]


def test_desk_phone_and_app_of_one_extension_are_one_call():
    numbering = Numbering(pattern=r"(\d{3})(?:-app)?")
    assert story(
        """
        start    | answer   | end      | from        | to      | result
        09:00:00 |          | 09:00:06 | +4599000001 | 102     | GAVE_UP
        09:00:00 | 09:00:06 | 09:00:36 | +4599000001 | 102-app | ANSWERED
        """,
        numbering,
    ) == ["102 IN outside: answered, rang 6 s, talked 30 s"]


def test_a_call_belongs_to_the_moment_it_started_not_to_the_moment_a_phone_rang():
    found = involvements(
        legs("""
            start    | answer   | end      | from        | to      | result
            09:59:50 | 09:59:50 | 10:00:10 | +4599000001 | machine | ANSWERED
            10:00:10 | 10:00:12 | 10:01:12 | +4599000001 | 101     | ANSWERED
        """),
        NUMBERING,
    )
    assert [(one.started_ms - legs_start("09:59:50"), one.ring_seconds) for one in found] == [(0, 2)]


def legs_start(clock):
    return legs(f"start | end | from | to | result\n{clock} | {clock} | 101 | 102 | BUSY")[0].started_ms


def test_from_trunk_to_trunk_is_nobodys_call():
    assert (
        story("""
        start    | answer   | end      | from        | to          | result
        09:00:00 | 09:00:05 | 09:01:05 | +4599000001 | +4599000002 | ANSWERED
    """)
        == []
    )


def test_an_announcement_is_nobodys_call():
    assert (
        story("""
        start    | answer   | end      | from | to      | result
        09:00:00 | 09:00:00 | 09:00:09 | 101  | machine | ANSWERED
    """)
        == []
    )


def test_listening_to_ones_own_voicemail_is_nobodys_call():
    assert (
        story("""
        start    | answer   | end      | from | to        | result
        09:00:00 | 09:00:00 | 09:00:40 | 101  | voicemail | ANSWERED
    """)
        == []
    )


def test_no_legs_are_nobodys_call():
    assert involvements([], NUMBERING) == []


def test_a_phone_that_is_offline_was_called_and_missed_it():
    assert story("""
        start    | answer | end      | from        | to  | result
        09:00:00 |        | 09:00:00 | +4599000001 | 105 | UNREACHABLE
    """) == ["105 IN outside: failed, unreachable, rang 0 s, talked 0 s"]


TO_A_NUMBERED_TRUNK = """
    start    | answer   | end      | from | to   | result
    09:00:00 | 09:00:05 | 09:01:05 | 101  | 4599 | ANSWERED
"""


def test_a_trunk_whose_name_looks_like_an_extension_is_one_until_it_is_named():
    assert story(TO_A_NUMBERED_TRUNK, Numbering()) == [
        "101 OUT local: answered, rang 5 s, talked 60 s",
        "4599 IN local: answered, rang 5 s, talked 60 s",
    ]
    assert story(TO_A_NUMBERED_TRUNK, Numbering(trunks=frozenset({"4599"}))) == [
        "101 OUT outside: answered, rang 5 s, talked 60 s"
    ]


def test_a_trunk_stays_a_trunk_though_the_directory_has_its_name():
    numbering = Numbering(directory=frozenset({"4599"}), trunks=frozenset({"4599"}))
    assert story(TO_A_NUMBERED_TRUNK, numbering) == ["101 OUT outside: answered, rang 5 s, talked 60 s"]


def test_a_short_number_presented_by_a_trunk_is_no_extension():
    [leg] = legs("""
        start    | answer   | end      | from        | to  | result
        09:00:00 | 09:00:05 | 09:01:05 | +4599000001 | 101 | ANSWERED
    """)
    for numbering in (NUMBERING, Numbering(directory=frozenset({"102"}), trunks=frozenset({"trunk"}))):
        told = story([leg._replace(caller_number="102")], numbering)
        assert told == ["101 IN outside: answered, rang 5 s, talked 60 s"]


def test_a_short_number_that_was_dialled_is_no_extension():
    [leg] = legs("""
        start    | answer | end      | from | to          | result
        09:00:00 |        | 09:00:01 | 101  | +4599000001 | BUSY
    """)
    told = story([leg._replace(dialled="112", callee_number="112", callee_device="provider")])
    assert told == ["101 OUT outside: busy, rang 1 s, talked 0 s"]


def test_a_number_of_the_directory_is_an_extension_whatever_its_shape_and_wherever_it_stands():
    [leg] = legs("""
        start    | answer   | end      | from | to  | result
        09:00:00 | 09:00:05 | 09:01:05 | x    | 101 | ANSWERED
    """)
    by_number = [leg._replace(caller_device="", caller_number="+4577000102")]
    assert story(by_number) == ["101 IN outside: answered, rang 5 s, talked 60 s"]
    assert story(by_number, Numbering(directory=frozenset({"+4577000102"}))) == [
        "+4577000102 OUT local: answered, rang 5 s, talked 60 s",
        "101 IN local: answered, rang 5 s, talked 60 s",
    ]
    by_device = [leg._replace(caller_device="reception")]
    assert story(by_device, Numbering(directory=frozenset({"reception"})))[-1].startswith("reception OUT local")


def test_the_group_of_a_pattern_is_the_number():
    numbering = Numbering(pattern=r"acme-(\d+)")
    assert story(
        """
        start    | answer   | end      | from     | to       | result
        09:00:00 | 09:00:05 | 09:01:05 | acme-101 | acme-102 | ANSWERED
        """,
        numbering,
    ) == ["101 OUT local: answered, rang 5 s, talked 60 s", "102 IN local: answered, rang 5 s, talked 60 s"]


def test_a_pattern_fits_whole_names_only():
    assert [Numbering().of_device(name) for name in ("1", "10", "123456", "1234567", "101a", "x101", "")] == [
        "",
        "10",
        "123456",
        "",
        "",
        "",
        "",
    ]


# ── local or outside (D3) ──


def test_a_local_call_is_one_out_and_one_in():
    assert story("""
        start    | answer   | end      | from | to  | result
        09:00:00 | 09:00:05 | 09:01:05 | 101  | 102 | ANSWERED
    """) == ["101 OUT local: answered, rang 5 s, talked 60 s", "102 IN local: answered, rang 5 s, talked 60 s"]


def test_a_call_to_a_colleague_who_answers_before_the_mobile_phone_does_is_local():
    assert story("""
        start    | answer   | end      | from | to          | result
        09:00:00 | 09:00:05 | 09:01:05 | 101  | 102         | ANSWERED
        09:00:00 |          | 09:00:05 | 101  | +4599000009 | UNANSWERED
    """) == ["101 OUT local: answered, rang 5 s, talked 60 s", "102 IN local: answered, rang 5 s, talked 60 s"]


def test_a_call_to_a_group_that_cannot_be_rung_is_local():
    assert story("""
        start    | answer | end      | from | to | result
        09:00:00 |        | 09:00:00 | 101  | *  | UNREACHABLE
    """) == ["101 OUT local: failed, unreachable, rang 0 s, talked 0 s"]


def test_a_call_from_a_service_is_local():
    assert story("""
        start    | answer | end      | from | to  | result
        07:00:00 |        | 07:00:20 | *    | 101 | RANG_OUT
    """) == ["101 IN local: unanswered, rang_out, rang 20 s, talked 0 s"]


def test_an_outside_caller_put_through_by_a_colleague_stays_outside():
    assert story("""
        start    | answer   | end      | from        | to  | result
        09:00:00 | 09:00:05 | 09:02:00 | +4599000001 | 101 | ANSWERED
        09:01:00 | 09:01:10 | 09:02:00 | 101         | 102 | ANSWERED
        09:02:00 | 09:02:00 | 09:05:00 | +4599000001 | 102 | ANSWERED
    """) == [
        "101 OUT local: answered, rang 10 s, talked 50 s",
        "101 IN outside: answered, rang 5 s, talked 115 s",
        "102 IN outside: answered, rang 10 s, talked 230 s",
    ]


# ── answered, voicemail, elsewhere (D4, D5) ──


def test_voicemail_is_no_answer_for_either_side():
    assert story("""
        start    | answer   | end      | from | to        | result     | limit
        09:00:00 |          | 09:00:20 | 101  | 102       | UNANSWERED | 20
        09:00:20 | 09:00:20 | 09:00:50 | 101  | voicemail | ANSWERED   |
    """) == [
        "101 OUT local: unanswered, rang_out, rang 20 s, talked 0 s",
        "102 IN local: unanswered, voicemail, rang 20 s, talked 0 s",
    ]


def test_voicemail_that_a_record_tells_of_in_one_leg_is_no_answer():
    assert story("""
        start    | answer | end      | from        | to  | result    | rang
        09:00:00 |        | 09:01:00 | +4599000001 | 102 | VOICEMAIL | 20
    """) == ["102 IN outside: unanswered, voicemail, rang 20 s, talked 0 s"]


def test_voicemail_before_the_phone_rang_does_not_matter():
    assert story("""
        start    | answer   | end      | from        | to        | result
        09:00:00 | 09:00:00 | 09:00:30 | +4599000001 | voicemail | ANSWERED
        09:00:30 |          | 09:00:50 | +4599000001 | 102       | RANG_OUT
    """) == ["102 IN outside: unanswered, rang_out, rang 20 s, talked 0 s"]


def test_the_losers_of_a_ring_group_were_answered_elsewhere_and_its_busy_member_was_busy():
    assert story("""
        start    | answer   | end      | from        | to  | result
        09:00:00 |          | 09:00:04 | +4599000001 | 102 | UNANSWERED
        09:00:00 |          | 09:00:00 | +4599000001 | 103 | BUSY
        09:00:00 | 09:00:04 | 09:00:09 | +4599000001 | 107 | ANSWERED
    """) == [
        "102 IN outside: elsewhere, answered_elsewhere, rang 4 s, talked 0 s",
        "103 IN outside: busy, rang 0 s, talked 0 s",
        "107 IN outside: answered, rang 4 s, talked 5 s",
    ]


def test_a_member_that_rang_out_before_the_group_was_answered_missed_the_call():
    assert story("""
        start    | answer   | end      | from        | to  | result
        09:00:00 |          | 09:00:03 | +4599000001 | 102 | UNANSWERED
        09:00:00 | 09:00:04 | 09:00:09 | +4599000001 | 107 | ANSWERED
    """) == [
        "102 IN outside: unanswered, rang_out, rang 3 s, talked 0 s",
        "107 IN outside: answered, rang 4 s, talked 5 s",
    ]


def test_a_member_that_declined_while_the_others_rang_declined():
    assert (
        story("""
        start    | answer   | end      | from        | to  | result   | limit
        09:00:00 |          | 09:00:02 | +4599000001 | 102 | UNANSWERED | 20
        09:00:00 | 09:00:06 | 09:00:09 | +4599000001 | 107 | ANSWERED   | 20
    """)[0]
        == "102 IN outside: unanswered, rejected, rang 2 s, talked 0 s"
    )


def test_in_a_hunt_who_rang_first_missed_the_call():
    assert story("""
        start    | answer   | end      | from | to  | result     | limit
        09:00:00 |          | 09:00:03 | 104  | 102 | UNANSWERED | 3
        09:00:03 |          | 09:00:03 | 104  | 103 | BUSY       | 3
        09:00:03 | 09:00:04 | 09:00:09 | 104  | 101 | ANSWERED   | 5
    """) == [
        "101 IN local: answered, rang 1 s, talked 5 s",
        "102 IN local: unanswered, rang_out, rang 3 s, talked 0 s",
        "103 IN local: busy, rang 0 s, talked 0 s",
        "104 OUT local: answered, rang 4 s, talked 5 s",
    ]


BEHIND_ANSWER = """
    start    | answer   | end      | from        | to  | result     | limit
    09:00:00 |          | 09:00:06 | +4599000001 | 102 | UNANSWERED | 9
    09:00:02 |          | 09:00:02 | +4599000001 | 103 | BUSY       | 9
    09:00:02 | 09:00:02 | 09:00:11 | +4599000001 | 107 | ANSWERED   | 9
"""


def test_behind_answer_who_rang_at_the_same_time_was_answered_elsewhere():
    assert story(BEHIND_ANSWER)[:2] == [
        "102 IN outside: elsewhere, answered_elsewhere, rang 6 s, talked 0 s",
        "103 IN outside: busy, rang 0 s, talked 0 s",
    ]


def test_behind_answer_the_talk_begins_when_the_other_phones_stop():
    assert story(BEHIND_ANSWER)[2:] == ["107 IN outside: answered, rang 4 s, talked 5 s"]


def test_behind_answer_a_phone_that_was_told_late_to_stop_does_not_shorten_the_talk():
    assert story("""
        start    | answer   | end      | from        | to  | result
        09:00:00 |          | 09:00:10 | +4599000001 | 102 | UNANSWERED
        09:00:00 | 09:00:00 | 09:00:09 | +4599000001 | 107 | ANSWERED
    """) == [
        "102 IN outside: elsewhere, answered_elsewhere, rang 10 s, talked 0 s",
        "107 IN outside: answered, rang 0 s, talked 9 s",
    ]


def test_behind_answer_who_rang_before_missed_the_call():
    assert story("""
        start    | answer   | end      | from        | to  | result     | limit
        09:00:00 |          | 09:00:03 | +4599000001 | 102 | UNANSWERED | 3
        09:00:03 | 09:00:03 | 09:00:09 | +4599000001 | 107 | ANSWERED   | 9
    """) == [
        "102 IN outside: unanswered, rang_out, rang 3 s, talked 0 s",
        "107 IN outside: answered, rang 0 s, talked 6 s",
    ]


def test_behind_answer_a_queue_member_that_nobody_took_the_call_from_missed_it():
    assert story("""
        start    | answer   | end      | from        | to      | result
        09:00:00 |          | 09:00:03 | +4599000001 | 102     | UNANSWERED
        09:00:04 |          | 09:00:05 | +4599000001 | 102     | UNANSWERED
        09:00:05 | 09:00:05 | 09:00:05 | +4599000001 | machine | ANSWERED
    """) == ["102 IN outside: unanswered, rang_out, rang 5 s, talked 0 s"]


def test_a_phone_that_rings_while_the_talk_goes_on_has_a_call_of_its_own():
    assert story("""
        start    | answer   | end      | from        | to  | result
        09:00:00 | 09:00:00 | 09:05:00 | +4599000001 | 101 | ANSWERED
        09:01:00 |          | 09:01:20 | 101         | 102 | GAVE_UP
    """) == [
        "101 OUT local: unanswered, caller_gave_up, rang 20 s, talked 0 s",
        "101 IN outside: answered, rang 0 s, talked 300 s",
        "102 IN local: unanswered, caller_gave_up, rang 20 s, talked 0 s",
    ]


# ── transfer and forwarding (D5a) ──


def test_a_blind_transfer_is_an_in_for_both_and_no_out_for_who_transferred():
    assert story("""
        start    | answer   | end      | from        | to  | result
        09:00:00 | 09:00:03 | 09:00:20 | +4599000001 | 108 | ANSWERED
        09:00:20 | 09:00:25 | 09:01:00 | +4599000001 | 104 | ANSWERED
    """) == [
        "104 IN outside: answered, rang 5 s, talked 35 s",
        "108 IN outside: answered, rang 3 s, talked 17 s",
    ]


def test_a_blind_transfer_to_the_outside_is_no_out_for_who_transferred():
    assert story("""
        start    | answer   | end      | from        | to          | result
        09:00:00 | 09:00:03 | 09:00:20 | +4599000001 | 108         | ANSWERED
        09:00:20 | 09:00:25 | 09:01:00 | +4599000001 | +4599000002 | ANSWERED
    """) == ["108 IN outside: answered, rang 3 s, talked 17 s"]


def test_a_blind_transfer_that_nobody_takes_is_missed_by_the_second_only():
    assert story("""
        start    | answer   | end      | from        | to  | result
        09:00:00 | 09:00:03 | 09:00:20 | +4599000001 | 108 | ANSWERED
        09:00:20 |          | 09:00:40 | +4599000001 | 104 | UNANSWERED
    """) == [
        "104 IN outside: unanswered, caller_gave_up, rang 20 s, talked 0 s",
        "108 IN outside: answered, rang 3 s, talked 17 s",
    ]


def test_a_call_forwarded_to_a_colleague_is_the_colleagues():
    assert story("""
        start    | answer   | end      | from        | to     | result   | for
        09:00:00 | 09:00:05 | 09:01:05 | +4599000001 | wire 1 | ANSWERED | 102
        09:00:00 | 09:00:05 | 09:01:05 | wire 1      | 103    | ANSWERED |
    """) == [
        "102 IN outside: elsewhere, answered_elsewhere, rang 5 s, talked 0 s",
        "103 IN outside: answered, rang 5 s, talked 60 s",
    ]


def test_a_call_forwarded_to_a_colleague_who_lets_it_go_to_voicemail_is_missed_by_the_colleague():
    assert story("""
        start    | answer   | end      | from        | to        | result     | by
        09:00:00 |          | 09:00:20 | +4599000001 | 103       | RANG_OUT   | 102
        09:00:20 | 09:00:20 | 09:00:50 | +4599000001 | voicemail | ANSWERED   |
    """) == [
        "102 IN outside: elsewhere, answered_elsewhere, rang 20 s, talked 0 s",
        "103 IN outside: unanswered, voicemail, rang 20 s, talked 0 s",
    ]


def test_a_call_forwarded_outside_is_the_forwarders_and_the_trunk_is_nobodys():
    assert story("""
        start    | answer   | end      | from        | to          | result   | for
        09:00:00 | 09:00:05 | 09:01:05 | +4599000001 | wire 1      | ANSWERED | 102
        09:00:00 | 09:00:05 | 09:01:05 | wire 1      | +4599000002 | ANSWERED |
    """) == ["102 IN outside: answered, forwarded, rang 5 s, talked 60 s"]


def test_a_call_forwarded_outside_that_nobody_takes_is_unanswered():
    assert story("""
        start    | answer | end      | from        | to          | result | for
        09:00:00 |        | 09:00:30 | +4599000001 | wire 1      | BUSY   | 102
        09:00:00 |        | 09:00:30 | wire 1      | +4599000002 | BUSY   |
    """) == ["102 IN outside: busy, forwarded, rang 30 s, talked 0 s"]


def test_a_colleague_whose_call_is_forwarded_outside_made_the_call():
    assert story("""
        start    | answer   | end      | from   | to          | result   | for
        09:00:00 | 09:00:05 | 09:01:05 | 101    | wire 1      | ANSWERED | 102
        09:00:00 | 09:00:05 | 09:01:05 | wire 1 | +4599000002 | ANSWERED |
    """) == [
        "101 OUT outside: answered, rang 5 s, talked 60 s",
        "102 IN local: answered, forwarded, rang 5 s, talked 60 s",
    ]


def test_a_record_that_names_who_sent_the_call_on_is_believed():
    assert story("""
        start    | answer   | end      | from        | to          | result   | by
        09:00:00 | 09:00:05 | 09:01:05 | +4599000001 | +4599000002 | ANSWERED | 102
    """) == ["102 IN outside: answered, forwarded, rang 5 s, talked 60 s"]


def test_follow_me_through_wires_counts_the_phones_once():
    assert story("""
        start    | answer   | end      | from        | to     | result     | for
        09:00:00 |          | 09:00:02 | +4599000001 | wire 1 | UNANSWERED | 102
        09:00:00 |          | 09:00:02 | wire 1      | 102    | UNANSWERED |
        09:00:00 | 09:00:02 | 09:01:02 | +4599000001 | wire 2 | ANSWERED   | 101
        09:00:00 | 09:00:02 | 09:01:02 | wire 2      | 101    | ANSWERED   |
    """) == [
        "101 IN outside: answered, rang 2 s, talked 60 s",
        "102 IN outside: elsewhere, answered_elsewhere, rang 2 s, talked 0 s",
    ]


def test_a_wire_behind_a_wire_leads_back_to_who_called():
    assert story("""
        start    | answer   | end      | from   | to     | result   | for
        09:00:00 | 09:00:02 | 09:01:02 | 104    | wire 1 | ANSWERED | 102
        09:00:00 | 09:00:02 | 09:01:02 | wire 1 | wire 2 | ANSWERED | 103
        09:00:00 | 09:00:02 | 09:01:02 | wire 2 | 103    | ANSWERED |
    """) == [
        "102 IN local: elsewhere, answered_elsewhere, rang 2 s, talked 0 s",
        "103 IN local: answered, rang 2 s, talked 60 s",
        "104 OUT local: answered, rang 2 s, talked 60 s",
    ]


def test_a_wire_whose_other_end_left_no_leg_stands_for_its_phone():
    assert story("""
        start    | answer | end      | from        | to     | result     | for
        09:00:00 |        | 09:00:20 | +4599000001 | wire 1 | UNANSWERED | 101
    """) == ["101 IN outside: unanswered, caller_gave_up, rang 20 s, talked 0 s"]


def test_wires_that_lead_in_a_circle_come_to_an_end():
    assert story("""
        start    | answer   | end      | from   | to     | result   | for
        09:00:00 | 09:00:02 | 09:01:02 | wire 2 | wire 1 | ANSWERED | x
        09:00:00 | 09:00:02 | 09:01:02 | wire 1 | wire 2 | ANSWERED | y
        09:00:00 | 09:00:02 | 09:01:02 | wire 2 | 103    | ANSWERED |
    """) == ["103 IN outside: answered, rang 2 s, talked 60 s"]


# ── seconds (D6, D9) ──


def test_talk_is_the_union_of_stretches_rounded_down_once():
    assert story("""
        start        | answer       | end          | from        | to  | result
        09:00:00.000 | 09:00:01.000 | 09:00:11.600 | +4599000001 | 101 | ANSWERED
        09:00:00.000 | 09:00:05.000 | 09:00:14.200 | +4599000001 | 101 | ANSWERED
        09:01:00.000 | 09:01:01.000 | 09:01:03.900 | +4599000001 | 101 | ANSWERED
    """) == ["101 IN outside: answered, rang 1 s, talked 16 s"]  # 13.2 s and 2.9 s


def test_seconds_are_rounded_down_for_each_extension():
    assert story("""
        start        | answer       | end          | from | to  | result
        09:00:00.000 | 09:00:05.999 | 09:00:07.998 | 101  | 102 | ANSWERED
    """) == ["101 OUT local: answered, rang 5 s, talked 1 s", "102 IN local: answered, rang 5 s, talked 1 s"]


def test_a_caller_talks_while_a_person_is_at_the_other_end():
    assert story("""
        start    | answer   | end      | from | to      | result
        09:00:00 | 09:00:00 | 09:00:10 | 101  | machine | ANSWERED
        09:00:10 | 09:00:15 | 09:00:35 | 101  | 108     | ANSWERED
        09:00:35 | 09:00:40 | 09:01:00 | 101  | 104     | ANSWERED
    """) == [
        "101 OUT local: answered, rang 15 s, talked 40 s",
        "104 IN local: answered, rang 5 s, talked 20 s",
        "108 IN local: answered, rang 5 s, talked 20 s",
    ]


def test_the_length_of_a_call_is_its_talk_if_answered_and_its_ringing_if_not():
    answered = Involvement("101", 2, False, 0, Outcome.ANSWERED, Reason.ANSWERED, ring_seconds=20, talk_seconds=7)
    assert answered.length_seconds == 7
    assert answered._replace(outcome=Outcome.UNANSWERED, talk_seconds=0).length_seconds == 20
    assert answered._replace(outcome=Outcome.BUSY, ring_seconds=0, talk_seconds=0).length_seconds == 0


def test_the_caller_waits_from_the_start_of_the_call_the_phone_rings_from_its_first_offer():
    assert story("""
        start    | answer | end      | from | to      | result     | limit
        09:00:00 |        | 09:00:30 | 101  | machine | ANSWERED   |
        09:00:30 |        | 09:00:50 | 101  | 102     | UNANSWERED | 20
    """) == [
        "101 OUT local: unanswered, rang_out, rang 50 s, talked 0 s",
        "102 IN local: unanswered, rang_out, rang 20 s, talked 0 s",
    ]


# ── failed, busy, and why nobody answered (D7, D8) ──


def test_a_number_that_does_not_exist_failed():
    assert story("""
        start    | answer | end      | from | to          | result
        09:00:00 |        | 09:00:02 | 101  | +4599000404 | FAILED
    """) == ["101 OUT outside: failed, rang 2 s, talked 0 s"]


def test_busy_stays_busy_when_the_caller_then_reaches_voicemail():
    assert story("""
        start    | answer   | end      | from        | to        | result
        09:00:00 |          | 09:00:00 | +4599000001 | 102       | BUSY
        09:00:00 | 09:00:00 | 09:00:30 | +4599000001 | voicemail | ANSWERED
    """) == ["102 IN outside: busy, voicemail, rang 0 s, talked 0 s"]


def test_rung_as_long_as_the_pbx_meant_to_is_rang_out():
    assert story("""
        start    | answer | end      | from        | to      | result     | limit
        09:00:00 |        | 09:00:20 | +4599000001 | 102     | UNANSWERED | 20
        09:00:20 |        | 09:00:20 | +4599000001 | machine | UNANSWERED |
    """) == ["102 IN outside: unanswered, rang_out, rang 20 s, talked 0 s"]


def test_nothing_more_came_after_the_ringing_so_the_caller_gave_up():
    assert story("""
        start    | answer | end      | from        | to  | result     | limit
        09:00:00 |        | 09:00:12 | +4599000001 | 102 | UNANSWERED | 20
    """) == ["102 IN outside: unanswered, caller_gave_up, rang 12 s, talked 0 s"]


def test_the_caller_gave_up_though_the_members_of_the_group_fell_silent_in_two_seconds():
    assert story("""
        start    | answer | end      | from        | to  | result     | limit
        09:00:00 |        | 09:00:12 | +4599000001 | 102 | UNANSWERED | 20
        09:00:00 |        | 09:00:13 | +4599000001 | 103 | UNANSWERED | 20
    """) == [
        "102 IN outside: unanswered, caller_gave_up, rang 12 s, talked 0 s",
        "103 IN outside: unanswered, caller_gave_up, rang 13 s, talked 0 s",
    ]


def test_the_pbx_went_on_before_its_time_so_the_phone_declined():
    assert story("""
        start    | answer | end      | from | to      | result     | limit
        09:00:00 |        | 09:00:03 | 101  | 106     | UNANSWERED | 20
        09:00:03 |        | 09:00:03 | 101  | machine | UNANSWERED |
    """) == [
        "101 OUT local: unanswered, rejected, rang 3 s, talked 0 s",
        "106 IN local: unanswered, rejected, rang 3 s, talked 0 s",
    ]


def test_what_a_record_says_itself_is_believed():
    told = {
        result: story(f"""
            start    | answer | end      | from        | to  | result
            09:00:00 |        | 09:00:05 | +4599000001 | 101 | {result.name}
        """)[0].split(": ")[1]
        for result in Result
        if result not in (Result.ANSWERED, Result.UNANSWERED)
    }
    assert told == {
        Result.RANG_OUT: "unanswered, rang_out, rang 5 s, talked 0 s",
        Result.GAVE_UP: "unanswered, caller_gave_up, rang 5 s, talked 0 s",
        Result.BUSY: "busy, rang 5 s, talked 0 s",
        Result.REJECTED: "unanswered, rejected, rang 5 s, talked 0 s",
        Result.UNREACHABLE: "failed, unreachable, rang 5 s, talked 0 s",
        Result.FAILED: "failed, rang 5 s, talked 0 s",
        Result.ELSEWHERE: "elsewhere, answered_elsewhere, rang 5 s, talked 0 s",
        Result.VOICEMAIL: "unanswered, voicemail, rang 5 s, talked 0 s",
    }


# ── order and twins (property 9) ──


@settings(max_examples=150, deadline=None)
@given(call=calls(), random=st.randoms(use_true_random=False))
def test_the_order_of_the_legs_changes_nothing(call, random):
    shuffled = random.sample(call, len(call))
    assert involvements(shuffled, NUMBERING) == involvements(call, NUMBERING)


@settings(max_examples=150, deadline=None)
@given(call=calls(), which=st.integers(0, 9), same_key=st.booleans())
def test_a_leg_told_twice_changes_nothing(call, which, same_key):
    leg = call[which % len(call)]
    twin = leg if same_key else leg._replace(key=f"{leg.key}-twin")
    assert involvements([*call, twin], NUMBERING) == involvements(call, NUMBERING)


def test_a_twin_whose_lengths_are_rounded_otherwise_than_its_times_changes_nothing():
    [leg] = legs("""
        start    | answer | end      | from | to  | result   | rang
        09:00:18 |        | 09:00:20 | 101  | 106 | RANG_OUT | 1
    """)
    once = story([leg])
    assert once == [
        "101 OUT local: unanswered, rang_out, rang 1 s, talked 0 s",
        "106 IN local: unanswered, rang_out, rang 1 s, talked 0 s",
    ]
    assert story([leg, leg._replace(key="twin")]) == once


@settings(max_examples=150, deadline=None)
@given(call=calls())
def test_every_involvement_makes_sense(call):
    found = involvements(call, NUMBERING)
    start, end = min(leg.started_ms for leg in call), max(leg.ended_ms for leg in call)
    assert len({(one.extension, one.direction) for one in found}) == len(found)
    for one in found:
        assert one.started_ms == start
        assert 0 <= one.ring_seconds <= (end - start) // 1000
        assert 0 <= one.talk_seconds <= (end - start) // 1000
        assert one.talk_seconds == 0 or one.outcome == Outcome.ANSWERED


# ── second lines, transfers by the caller, waiting ──


def test_a_second_line_that_rings_during_a_call_is_a_miss_and_takes_nothing_from_the_talk():
    assert story("""
        start    | answer   | end      | from | to          | result
        09:00:00 | 09:00:00 | 09:01:00 | 101  | +4599000001 | ANSWERED
        09:00:20 |          | 09:00:40 | 101  | 103         | RANG_OUT
    """) == [
        "101 OUT outside: answered, rang 0 s, talked 60 s",
        "103 IN local: unanswered, rang_out, rang 20 s, talked 0 s",
    ]


def test_whoever_is_put_through_by_the_caller_makes_no_call_and_talks_on():
    assert story("""
        start    | answer   | end      | from | to  | result
        09:00:00 | 09:00:05 | 09:01:05 | 101  | 102 | ANSWERED
        09:01:05 | 09:01:10 | 09:01:40 | 102  | 103 | ANSWERED
    """) == [
        "101 OUT local: answered, rang 5 s, talked 60 s",
        "102 IN local: answered, rang 5 s, talked 90 s",
        "103 IN local: answered, rang 5 s, talked 30 s",
    ]


def test_who_took_a_call_and_sends_it_on_transfers_it_and_has_only_the_own_talk():
    assert story("""
        start    | answer   | end      | from        | to          | result   | by
        09:00:00 | 09:00:05 | 09:01:05 | +4599000001 | 101         | ANSWERED |
        09:01:05 | 09:01:10 | 09:02:50 | +4599000001 | +4599000002 | ANSWERED | 101
    """) == ["101 IN outside: answered, rang 5 s, talked 60 s"]


def test_a_call_sent_outside_that_nobody_took_there_is_forwarded_too():
    assert story("""
        start    | answer | end      | from        | to          | result  | by
        09:00:00 |        | 09:00:20 | +4599000001 | +4599000002 | GAVE_UP | 101
    """) == ["101 IN outside: unanswered, forwarded, rang 20 s, talked 0 s"]


def test_waiting_in_a_queue_after_its_phone_stopped_ringing_is_ringing_for_the_caller():
    assert story("""
        start    | answer | end      | from | to      | result
        09:00:00 |        | 09:00:15 | 101  | 102     | RANG_OUT
        09:00:15 |        | 09:01:00 | 101  | machine | UNANSWERED
    """) == [
        "101 OUT local: unanswered, rang_out, rang 60 s, talked 0 s",
        "102 IN local: unanswered, rang_out, rang 15 s, talked 0 s",
    ]


# ── two records of one talk ──


def test_a_callers_record_gives_way_to_those_of_the_phones_rung_for_it():
    caller, phone = legs("""
        from | to  | start    | answer   | end      | result
        101  | 103 | 09:00:00 | 09:00:05 | 09:01:05 | ANSWERED
        +45  | 102 | 09:00:01 | 09:00:05 | 09:01:05 | ANSWERED
    """)
    caller = caller._replace(callee_wire="legs of 101's channel")
    phone = phone._replace(caller_wire="legs of 101's channel")
    assert story([caller]) == [
        "101 OUT local: answered, rang 5 s, talked 60 s",
        "103 IN local: answered, rang 5 s, talked 60 s",
    ]
    assert story([caller, phone]) == story([phone, caller, phone])
    assert story([phone, caller]) == [
        "101 OUT local: answered, rang 5 s, talked 60 s",
        "102 IN local: answered, rang 4 s, talked 60 s",
    ]


def test_calls_that_share_an_id_by_mistake_are_counted_one_by_one():
    [one] = legs("""
        start    | answer   | end      | from | to  | result
        09:00:00 | 09:00:05 | 09:01:05 | 101  | 102 | ANSWERED
    """)
    shared = [one._replace(key=f"leg{count}", started_ms=one.started_ms - count) for count in range(5_000)]
    began = time.monotonic()
    assert len(involvements(shared, NUMBERING)) == 10_000
    assert involvements(shared[::-1], NUMBERING) == involvements(shared, NUMBERING)
    assert time.monotonic() - began < 20


def test_a_queue_that_rang_for_hours_is_one_call():
    [rang] = legs("""
        start    | answer   | end      | from        | to  | result
        09:00:00 |          | 09:00:15 | +4599000001 | 102 | RANG_OUT
    """)
    rings = [
        rang._replace(
            key=f"leg{count}", started_ms=rang.started_ms + 15_000 * count, ended_ms=rang.ended_ms + 15_000 * count
        )
        for count in range(2_000)
    ]
    [taken] = legs("""
        start    | answer   | end      | from        | to  | result
        18:00:00 | 18:00:05 | 18:01:05 | +4599000001 | 101 | ANSWERED
    """)
    assert story([*rings, taken]) == [
        "101 IN outside: answered, rang 5 s, talked 60 s",
        "102 IN outside: unanswered, rang_out, rang 30000 s, talked 0 s",
    ]
