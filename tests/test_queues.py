"""What a queue says of a phone goes to the ringing it is about, however many the phone had in the call."""

from calls_table import ms
from pbxtally.legs import Leg, Result, Via
from pbxtally.queues import QueueEvent, with_queue_events

NINE = ms("09:00:00")
ROUNDS = 1_500


def test_of_thousands_of_ringings_each_is_told_by_its_own_word():
    rang = [_rang(20 * turn, 15, Result.UNANSWERED) for turn in range(ROUNDS)]
    missed = [_said(QueueEvent.MISSED if turn % 2 else QueueEvent.CANCELLED, 20 * turn, 15) for turn in range(ROUNDS)]
    took = _rang(20 * ROUNDS, 60, Result.ANSWERED)
    events = [_said(QueueEvent.TOOK, 20 * ROUNDS, 7), _said(QueueEvent.ENDED, 20 * ROUNDS + 60, 0)]

    *told, last = with_queue_events([*reversed(events), took, *missed, *reversed(rang)])

    assert [leg.result for leg in told] == [Result.GAVE_UP, Result.RANG_OUT] * (ROUNDS // 2)
    assert (last.ring_ms, last.talk_ms) == (7_000, 53_000)


def test_a_word_that_spans_many_ringings_is_about_each_of_them():
    """Two queues had the caller: one says of its phone, late, that it had let the call ring all the while."""
    long, short = _said(QueueEvent.MISSED, 0, 100), _said(QueueEvent.CANCELLED, 20, 5)
    rang = [_rang(20 * turn, 5, Result.UNANSWERED) for turn in range(7)]

    told = with_queue_events([short, long, *rang])

    assert [leg.result.name for leg in told] == ["RANG_OUT"] * 5 + ["UNANSWERED"] * 2


def test_the_talk_of_a_leg_whose_end_nobody_knows_ends_with_the_next_word_of_an_end():
    took = _rang(30, 0, Result.ANSWERED)
    ends = [_said(QueueEvent.ENDED, second, 0) for second in (500, 90, 29)]

    (told,) = with_queue_events([*ends, took])

    assert (told.ended_ms, told.talk_ms) == (NINE + 90_000, 60_000)


def _rang(start, lasted, result):
    """A ringing of phone 101; the PBX had answered at once, if anybody did."""
    at_ms = NINE + start * 1000
    answered_ms = at_ms if result == Result.ANSWERED else None
    return Leg(
        key=f"rang {start:06}",
        call="call",
        started_ms=at_ms,
        ended_ms=at_ms + lasted * 1000,
        answered_ms=answered_ms,
        ring_ms=0 if answered_ms else lasted * 1000,
        talk_ms=lasted * 1000 if answered_ms else 0,
        via=Via.DEVICE,
        result=result,
        callee_device="101",
    )


def _said(word, start, rang):
    """A word of a queue about phone 101."""
    at_ms = NINE + (start + rang) * 1000
    return Leg(
        key=f"said {word} {start:06}",
        call="call",
        started_ms=NINE + start * 1000,
        ended_ms=at_ms,
        answered_ms=at_ms if word == QueueEvent.TOOK else None,
        ring_ms=rang * 1000,
        talk_ms=0,
        via=Via.QUEUE,
        result=Result.UNANSWERED,
        callee_device="101",
        dialled=word,
    )
