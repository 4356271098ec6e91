"""The measures, each told by one call that counts and one that nearly does."""

import pytest

from pbxtally.calls import Direction, Involvement, Outcome, Reason
from pbxtally.measures import (
    EXTRA_MEASURES,
    MEASURES,
    PAGE_MEASURES,
    REASONS,
    Average,
    Measure,
    needed,
)


def call(direction, reason, ring=7, talk=0, local=False):
    outcome = {
        Reason.ANSWERED: Outcome.ANSWERED,
        Reason.FORWARDED: Outcome.ANSWERED,
        Reason.BUSY: Outcome.BUSY,
        Reason.FAILED: Outcome.FAILED,
        Reason.UNREACHABLE: Outcome.FAILED,
        Reason.ANSWERED_ELSEWHERE: Outcome.ELSEWHERE,
    }.get(reason, Outcome.UNANSWERED)
    return Involvement("101", direction, local, 0, outcome, reason, ring, talk)


IN, OUT = Direction.IN, Direction.OUT
CALLS = {
    "out, answered": call(OUT, Reason.ANSWERED, talk=60),
    "out, local, answered": call(OUT, Reason.ANSWERED, talk=5, local=True),
    "out, rang out": call(OUT, Reason.RANG_OUT),
    "out, given up": call(OUT, Reason.CALLER_GAVE_UP),
    "out, busy": call(OUT, Reason.BUSY),
    "out, failed": call(OUT, Reason.FAILED),
    "out, unreachable": call(OUT, Reason.UNREACHABLE),
    "out, declined": call(OUT, Reason.REJECTED),
    "in, answered": call(IN, Reason.ANSWERED, talk=61),
    "in, forwarded": call(IN, Reason.FORWARDED, talk=3),
    "in, rang out": call(IN, Reason.RANG_OUT),
    "in, given up": call(IN, Reason.CALLER_GAVE_UP, local=True),
    "in, busy": call(IN, Reason.BUSY),
    "in, busy, then voicemail": call(IN, Reason.VOICEMAIL)._replace(outcome=Outcome.BUSY),
    "in, voicemail": call(IN, Reason.VOICEMAIL),
    "in, declined": call(IN, Reason.REJECTED),
    "in, unreachable": call(IN, Reason.UNREACHABLE),
    "in, elsewhere": call(IN, Reason.ANSWERED_ELSEWHERE, local=True),
}
ALL_OUT = {name for name in CALLS if name.startswith("out")}
ALL_IN = {name for name in CALLS if name.startswith("in")} - {"in, elsewhere"}
OUT_ANSWERED = {"out, answered", "out, local, answered"}
IN_ANSWERED = {"in, answered", "in, forwarded"}

WHAT_COUNTS = {
    "outboundCalls": ALL_OUT,
    "outboundSeconds": ALL_OUT,
    "outboundAnswered": OUT_ANSWERED,
    "outboundUnanswered": ALL_OUT - OUT_ANSWERED,
    "outboundFailed": {"out, failed", "out, unreachable"},
    "inboundCalls": ALL_IN,
    "inboundSeconds": ALL_IN,
    "inboundAnswered": IN_ANSWERED,
    "inboundUnanswered": ALL_IN - IN_ANSWERED,
    "inboundBusy": {"in, busy", "in, busy, then voicemail"},
    "inboundAnsweredElsewhere": {"in, elsewhere"},
    "inboundVoicemail": {"in, voicemail", "in, busy, then voicemail"},
    "inboundAbandoned": {"in, given up"},
    "outboundBusy": {"out, busy"},
    "outboundCancelled": {"out, given up"},
    "totalCalls": ALL_OUT | ALL_IN,
    "totalSeconds": ALL_OUT | ALL_IN,
    "totalAnswered": OUT_ANSWERED | IN_ANSWERED,
    "totalNoAnswer": {
        "out, rang out",
        "out, given up",
        "out, declined",
        "in, rang out",
        "in, given up",
        "in, voicemail",
        "in, declined",
    },
    "totalBusy": {"out, busy", "in, busy", "in, busy, then voicemail"},
    "totalFailed": {"out, failed", "out, unreachable", "in, unreachable"},
    "localCalls": {"out, local, answered", "in, given up"},
    "inboundRingSeconds": ALL_IN,
    "outboundRingSeconds": ALL_OUT,
    "inboundLongestSeconds": IN_ANSWERED,
    "outboundLongestSeconds": OUT_ANSWERED,
}


@pytest.mark.parametrize("name", WHAT_COUNTS)
def test_what_a_measure_counts(name):
    assert {one for one, involvement in CALLS.items() if MEASURES[name].counts(involvement)} == WHAT_COUNTS[name]


def test_every_measure_is_told_of_above_or_made_of_those():
    assert {name for name, measure in MEASURES.items() if isinstance(measure, Measure)} == set(WHAT_COUNTS)
    averages = {name: (one.over, one.under) for name, one in MEASURES.items() if isinstance(one, Average)}
    assert averages == {
        "inboundAverageSeconds": ("inboundSeconds", "inboundAnswered"),
        "outboundAverageSeconds": ("outboundSeconds", "outboundAnswered"),
    }


def test_what_a_measure_adds():
    added = {name: MEASURES[name].amount(call(IN, Reason.ANSWERED, ring=7, talk=60)) for name in WHAT_COUNTS}
    talk = {"outboundSeconds", "inboundSeconds", "totalSeconds", "inboundLongestSeconds", "outboundLongestSeconds"}
    ring = {"inboundRingSeconds", "outboundRingSeconds"}
    assert added == {name: 60 if name in talk else 7 if name in ring else 1 for name in WHAT_COUNTS}
    assert {name for name in WHAT_COUNTS if MEASURES[name].longest} == {
        "inboundLongestSeconds",
        "outboundLongestSeconds",
    }


def test_the_ten_of_the_page_stand_in_the_order_of_its_response():
    assert [measure.name for measure in PAGE_MEASURES] == [
        "outboundCalls",
        "outboundSeconds",
        "outboundAnswered",
        "outboundUnanswered",
        "outboundFailed",
        "inboundCalls",
        "inboundSeconds",
        "inboundAnswered",
        "inboundUnanswered",
        "inboundBusy",
    ]
    assert len(EXTRA_MEASURES) == 18


@pytest.mark.parametrize(
    ("over", "under", "average"),
    [(0, 0, 0), (0, 3, 0), (10, 4, 3), (9, 4, 2), (1, 2, 1), (1, 3, 0), (2, 3, 1), (7, 1, 7)],
)
def test_an_average_is_whole_and_rounded_half_up(over, under, average):
    assert Average.of(over, under) == average


def test_an_average_needs_its_two_parts_once():
    assert [one.name for one in needed(("inboundAverageSeconds", "inboundAnswered", "inboundCalls"))] == [
        "inboundSeconds",
        "inboundAnswered",
        "inboundCalls",
    ]
    assert needed(()) == ()


def test_every_reason_and_measure_has_a_sentence():
    assert set(REASONS) == set(Reason)
    assert all(text.endswith(".") for text in [*REASONS.values(), *(one.sentence for one in MEASURES.values())])
