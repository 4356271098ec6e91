"""How we count, rule by rule (D1 to D3): who was in the call, and was it local? Its legs above, what it was below."""

from calls_table import NUMBERING, legs, story
from pbxtally.calls import SERVICE, Numbering, involvements

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


def test_the_pbx_itself_is_no_extension_whatever_the_pattern():
    assert Numbering(pattern=".+").of_party(SERVICE, "101") == ""


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
