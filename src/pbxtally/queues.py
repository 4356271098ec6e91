"""What a queue says about the phones it rang, written into the legs of those phones.

A queue's own log knows what the CDR of its call does not: when the phone was picked up (for the CDR, the PBX had
answered long before), and that it rang to the end. Each entry is kept as a leg, `Via.QUEUE`, but never counts as one:
it gives no phone a call that no record of a leg mentions.

An entry is stored in a leg's fields like this:
- `callee_device`: the phone, "" if it is about none; `dialled`: what the queue says, in the words of `Word`
- `started_ms`, `answered_ms`, `ended_ms`: when the ringing began, when it was taken, when it or the talk was over
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from enum import StrEnum
from itertools import accumulate

from pbxtally.legs import WHOLE_SECOND_MS, Leg, Result, Via


class Word(StrEnum):
    """What a queue says about a phone."""

    TOOK = "took"
    MISSED = "missed"  # it rang as long as it was meant to
    CANCELLED = "cancelled"  # the caller gave up while it rang
    ENDED = "ended"  # the talk is over
    ENTERED = "entered"  # about no phone: a caller began to wait
    OTHER = "other"


_STOPPED = {Word.MISSED: Result.RANG_OUT, Word.CANCELLED: Result.GAVE_UP}


def noted(legs: Iterable[Leg]) -> list[Leg]:
    """The legs of a call, in time order, with what its queues say about them."""
    rows = list(legs)
    words: dict[str, list[Leg]] = {}
    for leg in sorted((leg for leg in rows if leg.via == Via.QUEUE), key=lambda word: (word.started_ms, word.key)):
        words.setdefault(leg.callee_device, []).append(leg)
    said = {phone: _OfPhone(own) for phone, own in words.items() if phone}
    told = [_told(leg, said.get(leg.callee_device)) for leg in rows if leg.via != Via.QUEUE]
    return sorted(told, key=lambda leg: (leg.started_ms, leg.ended_ms, leg.key))


class _InOrder:
    """Words by their start; the one about a leg is found among thousands by bisection."""

    def __init__(self, words: list[Leg]) -> None:
        self._words = words
        self._ended_by = list(accumulate((word.ended_ms for word in words), max))

    def first_about(self, leg: Leg) -> Leg | None:
        """The first word about the leg's ringing or talk: one that overlaps it, give or take a second."""
        place = bisect_left(self._ended_by, leg.started_ms - WHOLE_SECOND_MS)  # all before it ended too early
        word = self._words[place] if place < len(self._words) else None
        return word if word and word.started_ms <= leg.ended_ms + WHOLE_SECOND_MS else None


class _OfPhone:
    """What queues say about one phone."""

    def __init__(self, words: list[Leg]) -> None:
        self.stopped = _InOrder([word for word in words if word.dialled in _STOPPED])
        self.took = _InOrder([word for word in words if word.dialled == Word.TOOK])
        self._ends = sorted(word.ended_ms for word in words if word.dialled == Word.ENDED)

    def end_after(self, at_ms: int) -> int | None:
        """When the first talk to end at a moment or later was over."""
        place = bisect_left(self._ends, at_ms)
        return self._ends[place] if place < len(self._ends) else None


def _told(leg: Leg, of_phone: _OfPhone | None) -> Leg:
    if of_phone is None or leg.via not in (Via.DEVICE, Via.WIRE):
        return leg
    if leg.result == Result.UNANSWERED:
        stopped = of_phone.stopped.first_about(leg)
        return leg._replace(result=_STOPPED[Word(stopped.dialled)]) if stopped else leg
    if leg.result != Result.ANSWERED or leg.answered_ms is None:
        return leg
    took = of_phone.took.first_about(leg)
    if took and took.answered_ms is not None and leg.answered_ms == leg.started_ms:  # the PBX had answered before
        took_ms = min(max(took.answered_ms, leg.started_ms), leg.ended_ms)
        leg = leg._replace(answered_ms=took_ms, ring_ms=took_ms - leg.started_ms, talk_ms=leg.ended_ms - took_ms)
    ended_ms = of_phone.end_after(leg.ended_ms)
    if ended_ms is not None and leg.ended_ms == leg.answered_ms:  # only the queue knows the end
        leg = leg._replace(ended_ms=ended_ms, talk_ms=ended_ms - leg.ended_ms)
    return leg
