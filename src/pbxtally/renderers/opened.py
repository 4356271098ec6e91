"""The calls behind a figure as bytes: JSON with every leg, or a line for each call in the other formats (D29, D26)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from tempfile import TemporaryFile
from typing import Any

import msgspec

from pbxtally.calls import Leg, Reason, Result, Via
from pbxtally.fields import CsvDialect, Format
from pbxtally.figure import RULES, FigureQuery, Opened, OpenedCall
from pbxtally.measures import MEASURES, REASONS
from pbxtally.renderers.downloads import SUFFIXES, disposition
from pbxtally.renderers.request import first_and_last_day, moment
from pbxtally.renderers.texts import whole
from pbxtally.renderers.to_csv import LINE_END, MARKS, SEPARATORS, text_cell
from pbxtally.renderers.to_parquet import parquet_chunks

CHUNK_BYTES = 128 * 1024

COLUMNS: dict[str, str] = {
    "started": "When the call started, by the clock of the time zone.",
    "call": "Id of the call, as the PBX wrote it.",
    "extensionNumber": "Extension that the call is counted for, as the row shows it.",
    "extensionId": "Id of that extension.",
    "employeeName": "Who held the extension when the call started.",
    "employeeId": "Id of that employee.",
    "direction": "OUT: the extension made the call; IN: it was for it.",
    "local": "Whether no outside party was in it.",
    "callerNumber": "Number of who called.",
    "callerName": "Name of who called.",
    "calleeNumber": "Number that was called.",
    "calleeName": "Name of who was called.",
    "outcome": "What the call is counted as.",
    "reason": "Why it is counted so, in a word.",
    "reasonSentence": "The same in a sentence.",
    "ringSeconds": "Seconds it rang.",
    "talkSeconds": "Seconds it was talked.",
    "counts": "What the call adds to the figure.",
    "leftOut": "The rule that left it out of the figure; nothing where it is in it.",
}
"""The columns of a line, with their sentences; in JSON they are members of a call, which has `legs` besides."""

NO_TEXTS: dict[str, type] = {"local": bool, "ringSeconds": int, "talkSeconds": int, "counts": int}
"""The columns that hold something else than text."""


def opened_chunks(opened: Opened, created_ms: int) -> Iterator[bytes]:
    """The calls in the format that was asked for, in chunks while they are read (D27)."""
    rows = (call_row(one, opened.query) for one in opened.calls)
    match opened.query.stats.format:
        case Format.EXCEL:
            return table_excel("Calls behind a figure", COLUMNS, head(opened), rows, created_ms)
        case Format.PARQUET:
            return table_parquet(COLUMNS, NO_TEXTS, head(opened), rows)
        case Format.CSV:
            return table_csv(COLUMNS, rows, opened.query.stats.csv)
        case Format.JSON:
            return _json(opened)


def opened_disposition(opened: Opened) -> str:
    """The header that makes it a download: whose calls, behind what, of which days."""
    stats = opened.query.stats
    words = ("calls", opened.query.measure or "", *first_and_last_day(stats))
    return disposition(opened.customer_name, words, SUFFIXES[stats.format])


def head(opened: Opened) -> dict[str, Any]:
    """What is said before the calls: the figure, how many calls are behind it, which of them follow."""
    query = opened.query
    shown: dict[str, Any] = {"measure": query.measure, "sentence": query.measure and MEASURES[query.measure].sentence}
    shown |= {"interval": query.interval, "figure": opened.figure, "total": opened.total}
    if query.near:
        shown["leftOut"] = opened.left_out
    return {**shown, "offset": query.offset, "limit": query.limit}


def call_row(one: OpenedCall, query: FigureQuery) -> dict[str, Any]:
    """A call under the names of `COLUMNS`."""
    involvement, holder = one.involvement, one.holder
    return {
        "started": moment(query.stats.zone, involvement.started_ms),
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


def leg_row(leg: Leg) -> dict[str, Any]:
    """A leg as the source read it, and the PBX's own words."""
    return {
        "started": utc(leg.started_ms),
        "answered": None if leg.answered_ms is None else utc(leg.answered_ms),
        "ended": utc(leg.ended_ms),
        "via": _word(Via(leg.via)),
        "result": _word(Result(leg.result)),
        "callerNumber": whole(leg.caller_number),
        "callerName": whole(leg.caller_name),
        "callerDevice": whole(leg.caller_device),
        "calleeNumber": whole(leg.callee_number),
        "calleeName": whole(leg.callee_name),
        "calleeDevice": whole(leg.callee_device),
        "dialled": whole(leg.dialled),
        "forwardedBy": whole(leg.forwarded_by),
        "key": whole(leg.key),
        "words": whole(leg.words),
    }


def utc(at_ms: int) -> str:
    """An instant as the vendor's pages write it: `2020-12-01T08:00:00.000Z`."""
    return f"{datetime.fromtimestamp(at_ms // 1000, UTC):%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03}Z"


def _word(value: Any) -> str:
    return str(value.name.lower())


def _json(opened: Opened) -> Iterator[bytes]:
    encode = msgspec.json.Encoder().encode
    buffer = bytearray(encode(head(opened))[:-1] + b',"calls":[')
    before = b""
    for one in opened.calls:
        row = {**call_row(one, opened.query), "started": utc(one.involvement.started_ms)}
        row["leftOut"] = one.left_out and _rule(one)
        buffer += before + encode({**row, "legs": [leg_row(leg) for leg in one.legs]})
        before = b","
        if len(buffer) >= CHUNK_BYTES:
            yield bytes(buffer)
            buffer.clear()
    yield bytes(buffer) + b"]}"


def _rule(one: OpenedCall) -> dict[str, str]:
    assert one.left_out is not None
    number, sentence = RULES[one.left_out]
    return {"rule": one.left_out.value, "number": number, "sentence": sentence}


def table_csv(columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]], dialect: CsvDialect) -> Iterator[bytes]:
    """A line for each row under the names of the columns, in chunks."""
    separator = SEPARATORS[dialect]
    parts, size = [MARKS[dialect] + separator.join(columns) + LINE_END], 0
    for row in rows:
        parts.append(separator.join(_csv_cell(value) for value in row.values()) + LINE_END)
        size += len(parts[-1])
        if size >= CHUNK_BYTES:
            yield "".join(parts).encode()
            parts, size = [], 0
    yield "".join(parts).encode()


def _csv_cell(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else text_cell(value)


def table_excel(
    title: str,
    columns: Mapping[str, str],
    head: Mapping[str, Any],
    rows: Iterable[Mapping[str, Any]],
    created_ms: int,
) -> Iterator[bytes]:
    """The same rows as a workbook, whose last sheet says what they are."""
    # Here and not above: the library takes longer to import than a small answer takes to write.
    from pbxtally.renderers.opened_sheet import write_book

    with TemporaryFile() as file:
        write_book(file, title, columns, head, rows, created_ms)
        file.seek(0)
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def table_parquet(
    columns: Iterable[str], no_texts: Mapping[str, type], head: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]
) -> Iterator[bytes]:
    """The same rows as Parquet; `no_texts` are the types of the columns that are no texts."""
    types = {name: no_texts.get(name, str) for name in columns}
    return parquet_chunks(types, (tuple(row.values()) for row in rows), head)
