"""What a queue says about the phones it rang, written into the legs of those phones.

A queue's own log knows what the CDR of its call does not: when the phone was picked up (for the CDR, the PBX had
answered long before), and that it rang to the end. Each entry is kept as a leg, `Via.QUEUE`, but never counts as one:
it gives no phone a call that no record of a leg mentions.

An entry is stored in a leg's fields like this:
- `callee_device`: the phone, "" if it is about none; `dialled`: what the queue says, in the words of `QueueEvent`
- `started_ms`, `answered_ms`, `ended_ms`: when the ringing began, when it was taken, when it or the talk was over
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from enum import StrEnum
from itertools import accumulate

from pbxtally.legs import WHOLE_SECOND_MS, Leg, Result, Via


class QueueEvent(StrEnum):
    """What a queue says about a phone."""

    TOOK = "took"
    MISSED = "missed"  # it rang as long as it was meant to
    CANCELLED = "cancelled"  # the caller gave up while it rang
    ENDED = "ended"  # the talk is over
    ENTERED = "entered"  # about no phone: a caller began to wait
    OTHER = "other"


_STOPPED = {QueueEvent.MISSED: Result.RANG_OUT, QueueEvent.CANCELLED: Result.GAVE_UP}


def with_queue_events(legs: Iterable[Leg]) -> list[Leg]:
    """The legs of a call, in time order, with what its queues say about them."""
    rows = list(legs)
    events: dict[str, list[Leg]] = {}
    for leg in sorted((leg for leg in rows if leg.via == Via.QUEUE), key=lambda event: (event.started_ms, event.key)):
        events.setdefault(leg.callee_device, []).append(leg)
    of_phones = {phone: _PhoneEvents(own) for phone, own in events.items() if phone}
    with_events = [_with_events(leg, of_phones.get(leg.callee_device)) for leg in rows if leg.via != Via.QUEUE]
    return sorted(with_events, key=lambda leg: (leg.started_ms, leg.ended_ms, leg.key))


class _EventsByStart:
    """Words by their start; the one about a leg is found among thousands by bisection."""

    def __init__(self, events: list[Leg]) -> None:
        self._events = events
        self._ended_by = list(accumulate((event.ended_ms for event in events), max))

    def first_about(self, leg: Leg, at_ms: int) -> Leg | None:
        """The first word that ends at this moment of the leg or later and begins before its end, to a second."""
        place = bisect_left(self._ended_by, at_ms - WHOLE_SECOND_MS)  # all before it ended too early
        event = self._events[place] if place < len(self._events) else None
        return event if event and event.started_ms <= leg.ended_ms + WHOLE_SECOND_MS else None


class _PhoneEvents:
    """What queues say about one phone."""

    def __init__(self, events: list[Leg]) -> None:
        self.stopped = _EventsByStart([event for event in events if event.dialled in _STOPPED])
        self.took = _EventsByStart([event for event in events if event.dialled == QueueEvent.TOOK])
        self._ends = sorted(event.ended_ms for event in events if event.dialled == QueueEvent.ENDED)

    def end_after(self, at_ms: int) -> int | None:
        """When the first talk to end at a moment or later was over."""
        place = bisect_left(self._ends, at_ms)
        return self._ends[place] if place < len(self._ends) else None


def _with_events(leg: Leg, phone_events: _PhoneEvents | None) -> Leg:
    if phone_events is None or leg.via not in (Via.DEVICE, Via.WIRE):
        return leg
    if leg.result == Result.UNANSWERED:
        stopped = phone_events.stopped.first_about(leg, leg.ended_ms)  # it may have been rung again at once
        return leg._replace(result=_STOPPED[QueueEvent(stopped.dialled)]) if stopped else leg
    if leg.result != Result.ANSWERED or leg.answered_ms is None:
        return leg
    took = phone_events.took.first_about(leg, leg.started_ms)
    if took and took.answered_ms is not None and leg.answered_ms == leg.started_ms:  # the PBX had answered before
        took_ms = min(max(took.answered_ms, leg.started_ms), leg.ended_ms)
        leg = leg._replace(answered_ms=took_ms, ring_ms=took_ms - leg.started_ms, talk_ms=leg.ended_ms - took_ms)
    ended_ms = phone_events.end_after(leg.ended_ms)
    if ended_ms is not None and leg.ended_ms == leg.answered_ms:  # only the queue knows the end
        leg = leg._replace(ended_ms=ended_ms, talk_ms=ended_ms - leg.ended_ms)
    return leg
