"""A line of `queue_log`: what a queue says about the phones it rang, in the words of `pbxtally.queues`.

`epoch|callid|queue|agent|event|…`; as a table the same by name. `callid` is the uniqueid of the caller's channel.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from pbxtally.legs import Leg, Result, Via
from pbxtally.queues import QueueEvent
from pbxtally.records import text
from pbxtally.sources.asterisk.cdr import dialled_device, epoch_ms_of
from pbxtally.sources.asterisk.clock import Clock, UnusableError

EVENTS = {
    "CONNECT": QueueEvent.TOOK,
    "RINGNOANSWER": QueueEvent.MISSED,
    "RINGCANCELED": QueueEvent.CANCELLED,
    "COMPLETEAGENT": QueueEvent.ENDED,
    "COMPLETECALLER": QueueEvent.ENDED,
    "BLINDTRANSFER": QueueEvent.ENDED,
    "ATTENDEDTRANSFER": QueueEvent.ENDED,
    "TRANSFER": QueueEvent.ENDED,
    "ENTERQUEUE": QueueEvent.ENTERED,
}
"""Every other event says nothing about a phone: members come and go, pause, callers leave."""

RESULTS = {QueueEvent.TOOK: Result.ANSWERED, QueueEvent.MISSED: Result.RANG_OUT, QueueEvent.CANCELLED: Result.GAVE_UP}
NOBODY = ("NONE", "REALTIME", "CLI", "MANAGER", "")
"""Stand in place of a call or member where there is none: CLI and MANAGER say where a member was added from."""

LINE = re.compile(rb"\d{9,10}(?:\.\d+)?\|[^|\n]*\|[^|\n]*\|[^|\n]*\|[A-Za-z][\w-]*(?:[|\r\n]|$)")
"""How a line begins; with QueueLog() a dial plan can write its own events, in its own words."""


class Words(NamedTuple):
    """An entry's words, by the names of the table's columns; "" where it has none."""

    time: str
    callid: str
    queuename: str
    agent: str
    event: str
    data1: str
    data2: str
    data3: str
    data4: str
    data5: str


_QUEUEMETRICS = {"time_id": "time", "call_id": "callid", "queue": "queuename", "verb": "event"}
"""What QueueMetrics calls the columns of its table."""

_DATA = Words._fields[5:]
_NOTHING = [""] * len(Words._fields)
_TOOK, _ENTERED, _OTHER = QueueEvent.TOOK, QueueEvent.ENTERED, QueueEvent.OTHER  # expensive to look up for every row
_UNANSWERED, _QUEUE = Result.UNANSWERED, Via.QUEUE


def words_of_line(line: str) -> Words:
    """The words of a line."""
    return Words._make((line.split("|") + _NOTHING)[: len(_NOTHING)])


def words_of_row(row: Mapping[str, Any]) -> Words:
    """The words of a row with column names."""
    said = {_QUEUEMETRICS.get(name, name): "" if value is None else str(value) for name, value in row.items()}
    if "data1" not in said and "data" in said:  # older tables have all data in one column
        said.update(zip(_DATA, said["data"].split("|"), strict=False))
    return Words._make(said.get(name, "") for name in Words._fields)


def is_row(row: Mapping[str, Any]) -> bool:
    """Whether a row with column names is from queue_log."""
    return ("queuename" in row and "event" in row) or ("queue" in row and "verb" in row)


def queue_event_of(words: Words, clock: Clock) -> Leg:
    """The word, in a leg's fields as described in `pbxtally.queues`."""
    time, callid, queue, agent, event = words[:5]
    at_ms = clock.at("time", time, None)
    if at_ms is None:
        raise UnusableError("time is empty")
    word = EVENTS.get(event, _OTHER)
    if callid in NOBODY:
        word, callid = _OTHER, f"{time} {event} {agent}"
    rang_ms = _rang_ms(words, word, at_ms)
    return Leg(
        key=text(f"queue:{callid} {queue} {agent} {event} {time}", "words"),
        call=text(callid, "words"),
        started_ms=at_ms - rang_ms,
        ended_ms=at_ms,
        answered_ms=at_ms if word == _TOOK else None,
        ring_ms=rang_ms,
        talk_ms=0,
        via=_QUEUE,
        result=RESULTS.get(word, _UNANSWERED),
        caller_number=text(words.data2, "number") if word == _ENTERED else "",
        callee_number=text(queue, "number"),
        callee_device=_phone_of(agent),
        dialled=word,
        epoch_ms=epoch_ms_of(callid) if word == _ENTERED else None,
        words=text(" ".join(filter(None, (event, queue, agent))), "words"),
    )


@lru_cache(maxsize=1024)
def _phone_of(agent: str) -> str:
    return "" if agent in NOBODY else text(dialled_device(agent) if "/" in agent else agent, "number")


def _rang_ms(words: Words, word: QueueEvent, at_ms: int) -> int:
    """How long the phone rang, which events say in different places and units."""
    if word not in RESULTS:
        return 0
    if word == _TOOK and not words.data3:  # before 1.6: the member's channel began when it rang
        return max(at_ms - (epoch_ms_of(words.data2) or at_ms), 0)
    name, written, unit = ("data3", words.data3, 1000) if word == _TOOK else ("data1", words.data1 or "0", 1)
    if not (written.isascii() and written.isdigit()) or len(written) > 8:
        raise UnusableError(f"{words.event}: {name} is {written[:20]!r}; a whole number was expected")
    return int(written) * unit
