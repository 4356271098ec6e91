"""How we count, rule by rule (D4, D5, D7, D8): answered, answered elsewhere, failed, busy, and why nobody answered."""

import pytest

from calls_table import story
from pbxtally.calls import Result

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


def test_the_losers_stop_a_moment_before_the_answer_is_written_down():
    assert story("""
        start        | answer       | end          | from        | to  | result
        09:00:00.058 |              | 09:00:04.081 | +4599000001 | 102 | UNANSWERED
        09:00:00.069 | 09:00:04.082 | 09:00:09.085 | +4599000001 | 107 | ANSWERED
    """) == [
        "102 IN outside: elsewhere, answered_elsewhere, rang 4 s, talked 0 s",
        "107 IN outside: answered, rang 4 s, talked 5 s",
    ]


@pytest.mark.parametrize(
    ("start", "limit", "how"),
    [
        ("09:00:00", 20, "elsewhere, answered_elsewhere"),
        ("09:00:00", 9, "unanswered, rang_out"),
        ("09:00:04", 20, "unanswered, rejected"),
    ],
)
def test_in_whole_seconds_a_phone_rung_together_with_the_one_that_answered_lost_a_second_before(start, limit, how):
    [_, other] = story(f"""
        start    | answer   | end      | from        | to  | result     | limit
        09:00:00 | 09:00:10 | 09:01:18 | +4599000001 | 101 | ANSWERED   | 20
        {start}  |          | 09:00:09 | +4599000001 | 102 | UNANSWERED | {limit}
    """)
    assert other.startswith(f"102 IN outside: {how}, ")


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


def test_who_rang_out_before_the_next_phone_rang_missed_the_call_however_quickly_that_one_was_taken():
    assert story("""
        start    | answer       | end      | from        | to  | result
        09:00:00 |              | 09:00:20 | +4599000001 | 101 | RANG_OUT
        09:00:20 | 09:00:20.400 | 09:01:20 | +4599000001 | 102 | ANSWERED
    """) == [
        "101 IN outside: unanswered, rang_out, rang 20 s, talked 0 s",
        "102 IN outside: answered, rang 0 s, talked 59 s",
    ]


def test_behind_answer_a_phone_that_begins_to_ring_as_the_talk_ends_missed_the_call():
    assert story("""
        start    | answer   | end      | from        | to  | result
        09:00:00 | 09:00:00 | 09:01:00 | +4599000001 | 101 | ANSWERED
        09:01:00 |          | 09:01:20 | +4599000001 | 102 | GAVE_UP
    """) == [
        "101 IN outside: answered, rang 0 s, talked 60 s",
        "102 IN outside: unanswered, caller_gave_up, rang 20 s, talked 0 s",
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


def test_a_phone_whose_row_is_answered_without_talk_as_a_colleague_picks_the_call_up_did_not_answer():
    assert story("""
        start    | answer   | end      | from        | to  | result
        09:00:00 | 09:00:07 | 09:00:07 | +4599000001 | 102 | ANSWERED
        09:00:07 | 09:00:07 | 09:01:07 | +4599000001 | 103 | ANSWERED
    """) == [
        "102 IN outside: elsewhere, answered_elsewhere, rang 7 s, talked 0 s",
        "103 IN outside: answered, rang 0 s, talked 60 s",
    ]


def test_a_talk_of_less_than_a_second_is_one_unless_a_colleague_took_the_call_then():
    assert story("""
        start    | answer   | end      | from        | to  | result
        09:00:00 | 09:00:07 | 09:00:07 | +4599000001 | 102 | ANSWERED
        09:00:07 | 09:00:17 | 09:01:07 | +4599000001 | 103 | ANSWERED
    """) == [
        "102 IN outside: answered, rang 7 s, talked 0 s",
        "103 IN outside: answered, rang 10 s, talked 50 s",
    ]


# ── a call that somebody made stands in a measure of theirs ──


def test_a_call_that_a_record_says_somebody_else_took_was_answered_for_who_made_it():
    assert story("""
        start    | answer | end      | from | to  | result
        09:00:00 |        | 09:00:07 | 101  | 102 | ELSEWHERE
    """) == [
        "101 OUT local: answered, rang 7 s, talked 0 s",
        "102 IN local: elsewhere, answered_elsewhere, rang 7 s, talked 0 s",
    ]


def test_who_calls_while_a_colleague_takes_another_callers_call_has_had_no_answer():
    assert (
        story("""
        start    | answer   | end      | from        | to  | result
        09:00:00 | 09:00:05 | 09:01:00 | +4599000001 | 103 | ANSWERED
        09:00:02 |          | 09:00:06 | 101         | 102 | GAVE_UP
    """)[0]
        == "101 OUT local: unanswered, caller_gave_up, rang 4 s, talked 0 s"
    )
