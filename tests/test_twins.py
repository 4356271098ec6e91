"""How we count, rule by rule (D6, D9, property 9): seconds, the order of legs, and records of one talk."""

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from calls_table import NUMBERING, legs, story
from pbxtally.calls import Involvement, Outcome, Reason, involvements
from random_calls import calls

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
