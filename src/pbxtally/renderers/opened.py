"""The calls behind a figure as bytes: JSON with every leg, or lines of calls and of legs (D29, D26)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from tempfile import TemporaryFile
from typing import Any

import msgspec

from pbxtally.calls import Reason
from pbxtally.fields import Format
from pbxtally.figure import RULES, Lines, Opened, OpenedCall
from pbxtally.hours import WEEKDAYS
from pbxtally.intervals import iso_utc
from pbxtally.measures import MEASURES, REASONS
from pbxtally.renderers.downloads import SUFFIXES, disposition
from pbxtally.renderers.opened_legs import LEG_COLUMNS, LegLines, kept_aside, leg_object, taken_back
from pbxtally.renderers.request import first_and_last_day, looked_at
from pbxtally.renderers.sheet_moments import shown_in
from pbxtally.renderers.table import CHUNK_BYTES, Table, table_csv, table_excel, table_parquet
from pbxtally.renderers.texts import whole

COLUMNS: dict[str, str] = {
    "started": "When the call started: UTC in JSON, by the clock of the time zone in CSV and EXCEL.",
    "call": "Id of the call, as the PBX wrote it.",
    "extensionNumber": "Extension that the call is counted for, as the row shows it.",
    "extensionId": "Id of that extension.",
    "employeeName": "Who held the extension when the call started.",
    "employeeId": "Id of that employee.",
    "direction": "OUT: the extension made the call; IN: it was for it.",
    "local": "Whether no outside party was in it.",
    "callerNumber": "Number of the caller; empty if it is not known.",
    "callerName": "Name of the caller.",
    "calleeNumber": "Number that was called.",
    "calleeName": "Name of the callee.",
    "outcome": "What the call is counted as.",
    "reason": "Why it is counted like that, in a word.",
    "reasonSentence": "The same in a sentence.",
    "ringSeconds": "Seconds it rang.",
    "talkSeconds": "Seconds of talk.",
    "counts": "What the call adds to the figure.",
    "leftOut": "The rule that left it out of the figure; nothing if it is part of it.",
}
"""The columns of a line, with their sentences; in JSON they are members of a call, which also has `legs`."""

NO_TEXTS: dict[str, type] = {"local": bool, "ringSeconds": int, "talkSeconds": int, "counts": int}
"""The columns that do not hold text, with their types."""


def opened_chunks(opened: Opened, created_ms: int) -> Iterator[bytes]:
    """The calls in the requested format, in chunks while they are read (D27)."""
    query = opened.query
    match query.stats.format:
        case Format.EXCEL:
            return _excel(opened, created_ms)
        case Format.PARQUET:
            return table_parquet(_table(opened), {} if query.lines is Lines.LEGS else NO_TEXTS, _about(opened))
        case Format.CSV:
            return table_csv(_table(opened), query.stats.csv)
        case Format.JSON:
            return _json(opened)


def _table(opened: Opened) -> Table:
    """A line for each call, or for each of their legs."""
    query = opened.query
    shown = shown_in(query.stats.format, query.stats.zone)
    if query.lines is Lines.LEGS:
        lines = LegLines(shown)
        return Table("Legs", LEG_COLUMNS, (line for one in opened.calls for line in lines.of(one)))
    return Table("Calls", COLUMNS, (call_row(one, shown) for one in opened.calls))


def _excel(opened: Opened, created_ms: int) -> Iterator[bytes]:
    """Both: the calls, and the legs on a sheet of their own."""
    with TemporaryFile() as file:
        calls = kept_aside(opened.calls, file)
        tables = (
            Table("Calls", COLUMNS, (call_row(one, int) for one in calls)),
            Table("Legs", LEG_COLUMNS, taken_back(file)),
        )
        yield from table_excel("Calls behind a figure", tables, _about(opened), created_ms, opened.query.stats.zone)


def _about(opened: Opened) -> dict[str, Any]:
    """What a file says about its calls: which they are, and what was asked."""
    query = opened.query
    row = {
        "Extension": query.extension,
        **({"Employees": "only calls while nobody held the extension"} if query.only_unassigned else {}),
        "Day of the week": query.weekday and WEEKDAYS[query.weekday - 1].capitalize(),
        "Hour of the day": query.hour,
        "Calls that a rule left out": "shown, each with its rule" if query.near else None,
    }
    return {**head(opened), **dict(looked_at(query.stats, opened.customer_name)), **row}


def opened_disposition(opened: Opened) -> str:
    """The header that makes it a download: whose calls, behind which figure, of which days."""
    stats = opened.query.stats
    words = (opened.query.lines.lower(), opened.query.measure or "", *first_and_last_day(stats))
    return disposition(opened.customer_name, words, SUFFIXES[stats.format])


def head(opened: Opened) -> dict[str, Any]:
    """What is said before the calls: the figure, how many calls are behind it, which of them follow."""
    query = opened.query
    shown: dict[str, Any] = {"measure": query.measure, "sentence": query.measure and MEASURES[query.measure].sentence}
    shown |= {"interval": query.interval, "figure": opened.figure, "total": opened.total}
    if query.near:
        shown["leftOut"] = opened.left_out
    return {**shown, "offset": query.offset, "limit": query.limit}


def call_row(one: OpenedCall, shown: Callable[[int], str | int]) -> dict[str, Any]:
    """A call under the names of `COLUMNS`; `shown` writes its times."""
    involvement, holder = one.involvement, one.holder
    return {
        "started": shown(involvement.started_ms),
        "call": whole(one.call),
        "extensionNumber": whole(holder.extension_number),
        "extensionId": holder.extension_id,
        "employeeName": None if holder.employee_name is None else whole(holder.employee_name),
        "employeeId": holder.employee_id,
        "direction": "OUT" if involvement.direction == 1 else "IN",
        "local": involvement.local,
        "callerNumber": whole(one.caller.number),
        "callerName": whole(one.caller.name),
        "calleeNumber": whole(one.callee.number),
        "calleeName": whole(one.callee.name),
        "outcome": _word(involvement.outcome),
        "reason": _word(involvement.reason),
        "reasonSentence": REASONS[Reason(involvement.reason)],
        "ringSeconds": involvement.ring_seconds,
        "talkSeconds": involvement.talk_seconds,
        "counts": one.counts,
        "leftOut": one.left_out and f"{one.left_out.value} ({RULES[one.left_out][0]})",
    }


def _word(value: Any) -> str:
    return str(value.name.lower())


def _json(opened: Opened) -> Iterator[bytes]:
    encode = msgspec.json.Encoder().encode
    buffer = bytearray(encode(head(opened))[:-1] + b',"calls":[')
    before = b""
    for one in opened.calls:
        row = {**call_row(one, iso_utc), "leftOut": one.left_out and _rule(one)}
        buffer += before + encode({**row, "legs": [leg_object(leg) for leg in one.legs]})
        before = b","
        if len(buffer) >= CHUNK_BYTES:
            yield bytes(buffer)
            buffer.clear()
    yield bytes(buffer) + b"]}"


def _rule(one: OpenedCall) -> dict[str, str]:
    assert one.left_out is not None
    number, sentence = RULES[one.left_out]
    return {"rule": one.left_out.value, "number": number, "sentence": sentence}
