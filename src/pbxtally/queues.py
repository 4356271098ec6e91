"""What a queue says of the phones it rang, written into the legs of those phones.

A queue's own log knows what a CDR behind it does not: when the phone was lifted (to the CDR the PBX had answered long
before), and that it rang to the end. Each word of it is kept as a leg, `Via.QUEUE`. It never is a leg of its own: no
phone gets a call from it that no record of a leg tells of.

A word is written in a leg's fields so:
- `callee_device`: the phone, "" if it is about none; `dialled`: what the queue says, in the words of `Word`
- `started_ms`, `answered_ms`, `ended_ms`: when the ringing began, when it was taken, when it or the talk was over
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from pbxtally.legs import WHOLE_SECOND_MS, Leg, Result, Via


class Word(StrEnum):
    """What a queue says of a phone."""

    TOOK = "took"
    MISSED = "missed"  # it rang as long as it was meant to
    CANCELLED = "cancelled"  # the caller gave up while it rang
    ENDED = "ended"  # the talk is over
    ENTERED = "entered"  # of no phone: a caller began to wait
    OTHER = "other"


_STOPPED = {Word.MISSED: Result.RANG_OUT, Word.CANCELLED: Result.GAVE_UP}


MANY_WORDS = 1_000
"""No queue rings a phone more often for one call."""


def noted(legs: Iterable[Leg]) -> list[Leg]:
    """The legs of a call with what its queues say of them, in time order."""
    rows = list(legs)
    words: dict[str, list[Leg]] = {}
    for leg in sorted((leg for leg in rows if leg.via == Via.QUEUE), key=lambda word: (word.started_ms, word.key)):
        words.setdefault(leg.callee_device, []).append(leg)
    told = [_told(leg, words.get(leg.callee_device, [])[:MANY_WORDS]) for leg in rows if leg.via != Via.QUEUE]
    return sorted(told, key=lambda leg: (leg.started_ms, leg.ended_ms, leg.key))


def _told(leg: Leg, of_phone: list[Leg]) -> Leg:
    if not leg.callee_device or leg.via not in (Via.DEVICE, Via.WIRE):
        return leg
    own = [word for word in of_phone if _meet(word, leg)]
    if leg.result == Result.UNANSWERED:
        return leg._replace(result=next((_STOPPED[Word(w.dialled)] for w in own if w.dialled in _STOPPED), leg.result))
    if leg.result != Result.ANSWERED or leg.answered_ms is None:
        return leg
    took_ms = next((word.answered_ms for word in own if word.dialled == Word.TOOK), None)
    if took_ms is not None and leg.answered_ms == leg.started_ms:  # the PBX had answered before
        took_ms = min(max(took_ms, leg.started_ms), leg.ended_ms)
        leg = leg._replace(answered_ms=took_ms, ring_ms=took_ms - leg.started_ms, talk_ms=leg.ended_ms - took_ms)
    if leg.ended_ms == leg.answered_ms:  # nobody else knows the end
        ends = [word.ended_ms for word in of_phone if word.dialled == Word.ENDED and word.ended_ms >= leg.ended_ms]
        ended_ms = min(ends, default=leg.ended_ms)
        leg = leg._replace(ended_ms=ended_ms, talk_ms=ended_ms - leg.ended_ms)
    return leg


def _meet(word: Leg, leg: Leg) -> bool:
    """Whether both are about the same ringing or talk."""
    return word.started_ms <= leg.ended_ms + WHOLE_SECOND_MS and word.ended_ms + WHOLE_SECOND_MS >= leg.started_ms
