"""Asterisk: `Master.csv` of cdr_csv, cdr_custom's 19 columns, JSON lines, CEL, queue_log; tables as SQL dumps or CSV.

The shapes are told apart line by line; an export is recognized by its heading, a dump by its beginning. Times are in
the PBX's own zone, or UTC with `usegmtime`; `uniqueid` begins with the epoch second of the channel, which resolves the
doubled hour and lets the intake check the zone.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pbxtally import dumps, streams
from pbxtally.calls import Leg
from pbxtally.records import MANY_BYTES, Reading, Rejected, Tenancy, WordOf, length_to_first_text, text
from pbxtally.sources.asterisk.cdr import RESULTS, device_of, dialled_device, leg_of
from pbxtally.sources.asterisk.cel import EVENTS, event_of, named
from pbxtally.sources.asterisk.clock import Clock, UnusableError
from pbxtally.sources.asterisk.queue_log import LINE, is_row, queue_event_of, words_of_line, words_of_row
from pbxtally.sources.asterisk.shapes import (
    COLUMNS,
    CUSTOM_COLUMNS,
    Heading,
    counted_cells,
    heading_of,
    is_cdr_table,
    line_of,
    named_cells,
    words_of,
)
from pbxtally.tables import peekable

__all__ = [
    "COLUMNS",
    "CUSTOM_COLUMNS",
    "EVENTS",
    "RESULTS",
    "TENANCY",
    "device_of",
    "dialled_device",
    "heading_length",
    "read",
    "records",
]


def records(stream: io.BufferedIOBase) -> Iterator[bytes]:
    """A dump's rows, JSON objects in an array, or lines."""
    whole = peekable(stream)
    if dumps.is_dump(whole.peek(4096)[:4096]):
        yield from dumps.rows(whole, is_cdr_table)
    else:
        yield from streams.objects(whole) if streams.over_lines(whole) else streams.lines(whole)


def heading_length(first: Sequence[bytes]) -> int:
    """How many records there are up to the one that names the columns; only blank ones may precede it."""
    count = length_to_first_text(first)
    return count if count and heading_of(first[count - 1]) else 0


def read(lines: Iterable[bytes], reading: Reading) -> Iterator[Leg | Rejected]:
    """Yield one leg, or the reason why not, for every line that is neither blank nor a heading."""
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
            if raw[:1].isdigit() and names is None and LINE.match(raw):
                yield queue_event_of(words_of_line(line_of(raw)), clock)
                continue
            yield _leg(words_of(raw, names), clock)
        except UnusableError as why:
            if names and heading_of(raw) == names:  # repeated where tables were joined
                continue
            yield Rejected(number, str(why), raw[:MANY_BYTES])


def tenant_words(word: str, heading: Sequence[bytes], layout: str) -> WordOf:
    """The accountcode or context of a CDR or CEL event."""
    names = heading_of(heading[-1]) if heading else None

    def tenant_of(raw: bytes) -> str:
        try:
            words = words_of(raw, names)
            if isinstance(words, list):
                is_event = words and words[0] in EVENTS
                words = named(words) if is_event else dict(zip(COLUMNS, counted_cells(words), strict=True))
        except UnusableError:
            return ""
        found = words.get("dcontext") or words.get("context") if word == "context" else words.get(word)
        return text(str(found or ""), "words").strip()

    return tenant_of


TENANCY = Tenancy(("accountcode", "context"), tenant_words)


def _leg(words: list[str] | dict[str, Any], clock: Clock) -> Leg:
    """A CDR's leg, a CEL event, or what a queue says about a phone."""
    if isinstance(words, dict):
        if is_row(words):
            return queue_event_of(words_of_row(words), clock)
        return event_of(words, clock) if "eventtype" in words else leg_of(named_cells(words), clock)
    if words and words[0] in EVENTS:
        return event_of(named(words), clock)
    return leg_of(counted_cells(words), clock)
