"""A line of `queue_log`: what a queue says about the phones it rang, in the words of `pbxtally.queues`.

`epoch|callid|queue|agent|event|…`; as a table the same by name. `callid` is the uniqueid of the caller's channel.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

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

COLUMNS = ("time", "callid", "queuename", "agent", "event", "data1", "data2", "data3", "data4", "data5")
LINE = re.compile(rb"\d{9,10}(?:\.\d+)?\|[^|\n]*\|[^|\n]*\|[^|\n]*\|[A-Za-z][\w-]*(?:[|\r\n]|$)")
"""How a line begins; with QueueLog() a dial plan can write its own events, in its own words."""

_QUEUEMETRICS = {"time_id": "time", "call_id": "callid", "queue": "queuename", "verb": "event"}
"""What QueueMetrics calls the columns of its table."""

_RING_DATA = {QueueEvent.TOOK: ("data3", 1000), QueueEvent.MISSED: ("data1", 1), QueueEvent.CANCELLED: ("data1", 1)}
"""Where an event says how long it rang, and in what unit (in ms)."""


def named(line: str) -> dict[str, str]:
    """A line's words by name."""
    words = line.split("|")
    return dict(zip(COLUMNS, words + [""] * (len(COLUMNS) - len(words)), strict=False))


def is_row(row: Mapping[str, Any]) -> bool:
    """Whether a row with column names is from queue_log."""
    return ("queuename" in row and "event" in row) or ("queue" in row and "verb" in row)


def queue_event_of(said: Mapping[str, Any], clock: Clock) -> Leg:
    """The word, in a leg's fields as described in `pbxtally.queues`."""
    row = {_QUEUEMETRICS.get(name, name): "" if value is None else str(value) for name, value in said.items()}
    if "data1" not in row and "data" in row:  # older tables have all data in one column
        row.update(zip(COLUMNS[5:], row["data"].split("|"), strict=False))
    get = row.get
    at_ms = clock.at("time", get("time", ""), None)
    if at_ms is None:
        raise UnusableError("time is empty")
    callid, agent, queue, event = (get(name, "") for name in ("callid", "agent", "queuename", "event"))
    word = EVENTS.get(event, QueueEvent.OTHER)
    if callid in NOBODY:
        word, callid = QueueEvent.OTHER, f"{get('time')} {event} {agent}"
    rang_ms = _rang_ms(row, word, at_ms)
    key = " ".join((callid, queue, agent, event, get("time", "")))
    return Leg(
        key=text(f"queue:{key}", "words"),
        call=text(callid, "words"),
        started_ms=at_ms - rang_ms,
        ended_ms=at_ms,
        answered_ms=at_ms if word == QueueEvent.TOOK else None,
        ring_ms=rang_ms,
        talk_ms=0,
        via=Via.QUEUE,
        result=RESULTS.get(word, Result.UNANSWERED),
        caller_number=text(get("data2", ""), "number") if word == QueueEvent.ENTERED else "",
        callee_device="" if agent in NOBODY else text(dialled_device(agent) if "/" in agent else agent, "number"),
        callee_number=text(queue, "number"),
        dialled=word,
        epoch_ms=epoch_ms_of(callid) if word == QueueEvent.ENTERED else None,
        words=text(" ".join(filter(None, (event, queue, agent))), "words"),
    )


def _rang_ms(row: Mapping[str, str], word: QueueEvent, at_ms: int) -> int:
    if word not in _RING_DATA:
        return 0
    name, unit = _RING_DATA[word]
    if word == QueueEvent.TOOK and not row.get(name):  # before 1.6: the member's channel began when it rang
        return max(at_ms - (epoch_ms_of(row.get("data2", "")) or at_ms), 0)
    written = row.get(name) or "0"
    if not (written.isascii() and written.isdigit()) or len(written) > 8:
        raise UnusableError(f"{row.get('event')}: {name} is {written[:20]!r}; a whole number was expected")
    return int(written) * unit
