"""Check what a source reads: what is cut off, starts in the future or lasts impossibly long is rejected."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from pbxtally.intervals import DAY_MS
from pbxtally.legs import Leg
from pbxtally.records import MANY_BYTES, MAYBE_TRUNCATED, OUT_OF_TIME, Read, Reading, Rejected, has_end

ReadChecked = Callable[[Iterable[bytes], Reading, int], Iterator[Leg | Rejected]]
"""`read_checked` of one source, wherever it runs."""

ReadAll = Callable[[Read, Sequence[bytes], Reading, int], list[Leg | Rejected]]
"""`read_all`, wherever it runs."""

LONGEST_MS = 366 * DAY_MS
"""Nobody talks for longer; a record that says so has a wrong time."""

EARLIEST_MS = 365 * DAY_MS
"""1971: an earlier time is none (0), from a clock that was never set, or seconds taken for milliseconds."""

_ROUNDED = re.compile(r"(?<!\S)\d(?:[.,]\d+)?[Ee]\+\d\d(?!\S)")
"""What a spreadsheet makes of a long number: two calls may end up with the same."""


def read_checked(read: Read, lines: Iterable[bytes], reading: Reading, latest_ms: int) -> Iterator[Leg | Rejected]:
    """What a source reads; what is cut off, starts after `latest_ms` or lasts impossibly long is rejected.

    Sources read line by line, so the line just handed out is the record just read.
    """
    numbered, refused = _NumberedLines(lines), 0
    for one in read(numbered, reading):
        why = _why_not(one, numbered.line, latest_ms) if isinstance(one, Leg) else ""
        if not why:
            yield one
        elif numbered.number != refused:  # a record of several legs is rejected once
            refused = numbered.number
            yield Rejected(refused, why, numbered.line[:MANY_BYTES])


def _why_not(leg: Leg, raw: bytes, latest_ms: int) -> str:
    """Why a leg that could be read is not to be believed, or ""."""
    if raw[-1:] != b"\n" and not has_end(raw):  # asked here for speed: nearly every record ends so
        return MAYBE_TRUNCATED
    if not EARLIEST_MS <= leg.started_ms <= latest_ms:
        return f"{OUT_OF_TIME}: {_in_words(leg.started_ms)}"
    length_ms, ring_ms, talk_ms = leg.ended_ms - leg.started_ms, leg.ring_ms, leg.talk_ms
    if length_ms < 0 or ring_ms < 0 or talk_ms < 0:
        return "impossible times: it rang or was talked for less than nothing"
    if length_ms > LONGEST_MS or ring_ms > LONGEST_MS or talk_ms > LONGEST_MS:
        return "the call lasts longer than a year"
    if "+" in leg.call or "+" in leg.key:
        rounded = _ROUNDED.search(leg.call) or _ROUNDED.search(leg.key)
        return f"the call's id was rounded to {rounded[0]} by a spreadsheet; load the PBX's own file" if rounded else ""
    return ""


def _in_words(at_ms: int) -> str:
    """A moment, however far it is."""
    try:
        return f"{datetime(1970, 1, 1) + timedelta(milliseconds=at_ms):%Y-%m-%d %H:%M:%S} UTC"
    except OverflowError:
        return f"{at_ms} ms"


def read_all(read: Read, records: Sequence[bytes], reading: Reading, latest_ms: int) -> list[Leg | Rejected]:
    """All that `read_checked` says of some records."""
    return list(read_checked(read, records, reading, latest_ms))


class _NumberedLines:
    """Lines, one after the other, remembering the last one handed out."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = lines
        self.number = 0
        self.line = b""

    def __iter__(self) -> Iterator[bytes]:
        for line in self._lines:
            self.number += 1
            self.line = line
            yield line
