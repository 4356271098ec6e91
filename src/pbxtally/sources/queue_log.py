"""Asterisk's `queue_log` where there are no CDRs: the calls of queue members, and nobody else's.

If the CDRs are loaded too, queue_log belongs to the source `asterisk`, and corrects them. Here a line is evidence of a
call of its own, and with CDRs the same call would be there twice: a customer has the one source or the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pbxtally.calls import Leg, Via
from pbxtally.queues import QueueEvent
from pbxtally.records import MANY_BYTES, Reading, Rejected
from pbxtally.sources.asterisk.clock import Clock, UnusableError
from pbxtally.sources.asterisk.queue_log import LINE, Words, is_row, queue_event_of, words_of_line, words_of_row
from pbxtally.sources.asterisk.shapes import Heading, heading_of, line_of, words_of


def read(lines: Iterable[bytes], reading: Reading) -> Iterator[Leg | Rejected]:
    """Yield what every line says, or the reason why not."""
    clock = Clock(reading.zone)
    names: Heading | None = None
    is_first = True
    for number, raw in enumerate(lines, start=1):
        if raw.isspace() or not raw:
            continue
        if is_first:
            is_first, names = False, heading_of(raw)
            if names:
                continue
        try:
            yield _leg(queue_event_of(_words(raw, names), clock))
        except UnusableError as why:
            if names and heading_of(raw) == names:  # repeated where tables were joined
                continue
            yield Rejected(number, str(why), raw[:MANY_BYTES])


def _words(raw: bytes, names: Heading | None) -> Words:
    if names is None and raw[:1] != b"{":
        line = line_of(raw)
        if not LINE.match(raw):
            raise UnusableError("not a line of queue_log: epoch|callid|queue|agent|event|… was expected")
        return words_of_line(line)
    row = words_of(raw, names)
    if not isinstance(row, dict) or not is_row(row):
        raise UnusableError("not a row of queue_log: queuename and event were expected")
    return words_of_row(row)


def _leg(event: Leg) -> Leg:
    """A phone that was rung, or who waits in the queue; the end of a talk remains a word about the phone."""
    wire = f"queue {event.call}"
    if event.dialled == QueueEvent.ENTERED:
        return event._replace(via=Via.WIRE, callee_wire=wire, callee_number="", dialled=event.callee_number)
    if event.dialled in (QueueEvent.TOOK, QueueEvent.MISSED, QueueEvent.CANCELLED):
        return event._replace(via=Via.DEVICE, caller_wire=wire, callee_number="", dialled=event.callee_number)
    return event
