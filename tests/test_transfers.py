"""How we count, rule by rule (D5a): transfer, forwarding, second lines, waiting."""

from calls_table import NUMBERING, story
from pbxtally.calls import Numbering

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


def test_a_call_forwarded_to_a_colleague_whom_nobody_reaches_is_missed_by_the_colleague():
    assert story("""
        start    | answer | end      | from        | to     | result | for
        09:00:00 |        | 09:00:03 | +4599000001 | wire 1 | BUSY   | 102
        09:00:00 |        | 09:00:03 | wire 1      | 103    | BUSY   |
    """) == [
        "102 IN outside: elsewhere, answered_elsewhere, rang 3 s, talked 0 s",
        "103 IN outside: busy, rang 3 s, talked 0 s",
    ]


def test_a_call_forwarded_to_a_group_was_taken_elsewhere_if_one_of_it_took_it():
    assert (
        story("""
        start    | answer   | end      | from        | to  | result   | by
        09:00:00 | 09:00:05 | 09:01:00 | +4599000001 | 103 | ANSWERED | 102
        09:00:01 |          | 09:00:01 | +4599000001 | 104 | BUSY     | 102
    """)[0]
        == "102 IN outside: elsewhere, answered_elsewhere, rang 5 s, talked 0 s"
    )


def test_a_call_forwarded_outside_is_the_forwarders_and_the_trunk_is_nobodys():
    assert story("""
        start    | answer   | end      | from        | to          | result   | for
        09:00:00 | 09:00:05 | 09:01:05 | +4599000001 | wire 1      | ANSWERED | 102
        09:00:00 | 09:00:05 | 09:01:05 | wire 1      | +4599000002 | ANSWERED |
    """) == ["102 IN outside: answered, forwarded, rang 5 s, talked 60 s"]


def test_a_phone_whose_device_carries_more_than_its_number_forwards_a_call_as_any_other():
    through_wires = """
        start    | answer   | end      | from        | to     | result   | for
        09:00:00 | 09:00:05 | 09:01:05 | +4599000001 | wire 1 | ANSWERED | {0}102
        09:00:00 | 09:00:05 | 09:01:05 | wire 1      | {1}    | ANSWERED |
    """
    taken_out = """
        start    | answer   | end      | from        | to     | result   | for
        09:00:00 | 09:00:00 | 09:00:05 | +4599000001 | wire 1 | ANSWERED | {0}102
        09:00:05 | 09:00:05 | 09:01:05 | +4599000001 | {1}    | ANSWERED |
    """
    of_tenant = Numbering(pattern=r"acme-(\d+)", trunks=NUMBERING.trunks)
    for call in (through_wires, taken_out):
        plain = [story(call.format("", to)) for to in ("103", "+4599000002")]
        assert [story(call.format("acme-", to), of_tenant) for to in ("acme-103", "+4599000002")] == plain
        assert [one[0][:14] for one in plain] == ["102 IN outside", "102 IN outside"]


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
