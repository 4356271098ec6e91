"""The calls behind a figure as bytes: JSON with every leg, or lines of calls and of legs (D29, D26)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from tempfile import TemporaryFile
from typing import Any

import msgspec

from pbxtally.calls import Reason
from pbxtally.fields import Format
from pbxtally.figure import RULES, FigureCall, FigureCalls, Lines
from pbxtally.hours import WEEKDAYS
from pbxtally.intervals import iso_utc
from pbxtally.measures import MEASURES, REASONS
from pbxtally.renderers.downloads import SUFFIXES, disposition
from pbxtally.renderers.figure_legs import LEG_COLUMNS, LegLines, leg_object, read_spooled, spooled
from pbxtally.renderers.request import first_and_last_day, selection_facts
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


def figure_calls_chunks(figure_calls: FigureCalls, created_ms: int) -> Iterator[bytes]:
    """The calls in the requested format, in chunks while they are read (D27)."""
    query = figure_calls.query
    match query.stats.format:
        case Format.EXCEL:
            return _excel(figure_calls, created_ms)
        case Format.PARQUET:
            return table_parquet(
                _table(figure_calls), {} if query.lines is Lines.LEGS else NO_TEXTS, _about(figure_calls)
            )
        case Format.CSV:
            return table_csv(_table(figure_calls), query.stats.csv)
        case Format.JSON:
            return _json(figure_calls)


def _table(figure_calls: FigureCalls) -> Table:
    """A line for each call, or for each of their legs."""
    query = figure_calls.query
    shown = shown_in(query.stats.format, query.stats.zone)
    if query.lines is Lines.LEGS:
        lines = LegLines(shown)
        return Table("Legs", LEG_COLUMNS, (line for one in figure_calls.calls for line in lines.of(one)))
    return Table("Calls", COLUMNS, (call_row(one, shown) for one in figure_calls.calls))


def _excel(figure_calls: FigureCalls, created_ms: int) -> Iterator[bytes]:
    """Both: the calls, and the legs on a sheet of their own."""
    with TemporaryFile() as file:
        calls = spooled(figure_calls.calls, file)
        tables = (
            Table("Calls", COLUMNS, (call_row(one, int) for one in calls)),
            Table("Legs", LEG_COLUMNS, read_spooled(file)),
        )
        yield from table_excel(
            "Calls behind a figure", tables, _about(figure_calls), created_ms, figure_calls.query.stats.zone
        )


def _about(figure_calls: FigureCalls) -> dict[str, Any]:
    """What a file says about its calls: which they are, and what was asked."""
    query = figure_calls.query
    row = {
        "Extension": query.extension,
        **({"Employees": "only calls while nobody held the extension"} if query.only_unassigned else {}),
        "Day of the week": query.weekday and WEEKDAYS[query.weekday - 1].capitalize(),
        "Hour of the day": query.hour,
        "Calls that a rule left out": "shown, each with its rule" if query.near else None,
    }
    return {**head(figure_calls), **dict(selection_facts(query.stats, figure_calls.customer_name)), **row}


def figure_calls_disposition(figure_calls: FigureCalls) -> str:
    """The header that makes it a download: whose calls, behind which figure, of which days."""
    stats = figure_calls.query.stats
    words = (figure_calls.query.lines.lower(), figure_calls.query.measure or "", *first_and_last_day(stats))
    return disposition(figure_calls.customer_name, words, SUFFIXES[stats.format])


def head(figure_calls: FigureCalls) -> dict[str, Any]:
    """What is said before the calls: the figure, how many calls are behind it, which of them follow."""
    query = figure_calls.query
    shown: dict[str, Any] = {"measure": query.measure, "sentence": query.measure and MEASURES[query.measure].sentence}
    shown |= {"interval": query.interval, "figure": figure_calls.figure, "total": figure_calls.total}
    if query.near:
        shown["leftOut"] = figure_calls.left_out
    return {**shown, "offset": query.offset, "limit": query.limit}


def call_row(one: FigureCall, shown: Callable[[int], str | int]) -> dict[str, Any]:
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


def _json(figure_calls: FigureCalls) -> Iterator[bytes]:
    encode = msgspec.json.Encoder().encode
    buffer = bytearray(encode(head(figure_calls))[:-1] + b',"calls":[')
    before = b""
    for one in figure_calls.calls:
        row = {**call_row(one, iso_utc), "leftOut": one.left_out and _rule(one)}
        buffer += before + encode({**row, "legs": [leg_object(leg) for leg in one.legs]})
        before = b","
        if len(buffer) >= CHUNK_BYTES:
            yield bytes(buffer)
            buffer.clear()
    yield bytes(buffer) + b"]}"


def _rule(one: FigureCall) -> dict[str, str]:
    assert one.left_out is not None
    number, sentence = RULES[one.left_out]
    return {"rule": one.left_out.value, "number": number, "sentence": sentence}
