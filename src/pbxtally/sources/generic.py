"""Any CSV, JSON Lines or XLSX of one record a row, by a mapping or a preset given as `--layout`.

The mapping (`generic_mapping.py`) says which column is what. A phone is known by its device column, else by the
direction: the callee of an inbound call is a phone, the caller of an outbound one, both sides of a local one. With
neither, only numbers in the directory are phones. Where a column is about the phone itself (`own`), whichever side it
was on, the direction tells which side that is.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from hashlib import blake2b

from pbxtally.calls import SERVICE, Direction, Leg, Result, Via
from pbxtally.errors import InvalidFieldError, SourceError
from pbxtally.records import HEADING, MANY_BYTES, Reading, Rejected, Tenancy, WordOf, text
from pbxtally.sources.generic_asterisk import AsteriskLegs
from pbxtally.sources.generic_mapping import Mapping, mapping_of
from pbxtally.sources.generic_presets import PRESETS
from pbxtally.sources.generic_rows import Row, Rows
from pbxtally.sources.generic_times import Clock, UnusableError, length_of
from pbxtally.sources.generic_words import LOCAL, MACHINE, VOICEMAIL
from pbxtally.streams import is_answer, lines, objects, over_lines
from pbxtally.tables import peekable
from pbxtally.workbook_parts import WorkbookError
from pbxtally.workbooks import XLSX, rows_of_workbook

_MANY_WORKBOOK_BYTES = 2**30

_URI = re.compile(r"(?:sips?|tel):(\+?[\d*#]+)(?:[@;].*)?")
"""A number as a proxy writes it."""

_IN_BRACKETS = {
    ">": ("<", re.compile(r"(?:(?:sips?|tel):)?(\+?[\d*#]+)(?:[@;].*)?")),
    ")": ("(", re.compile(r"(\+?[\d*#]{2,})")),
}
"""A number in brackets after a name, as web pages of PBXs export it: from the closing to the opening one, its form."""

_DIGIT = re.compile(rb"\d")

# An enum's members are expensive to look up for every row.
_ANSWERED, _UNANSWERED, _DEVICE, _IN, _OUT = Result.ANSWERED, Result.UNANSWERED, Via.DEVICE, Direction.IN, Direction.OUT


@lru_cache(maxsize=16)
def understood(layout: str) -> Mapping:
    """The mapping in a layout, or the preset it names; raises InvalidFieldError that names the key."""
    name = layout.strip()
    return mapping_of(PRESETS[name].mapping if name in PRESETS else layout)


def heading_length(records: Sequence[bytes], layout: str) -> int:
    """How many records there are up to the heading, including it."""
    rows = Rows(understood(layout))
    for count, raw in enumerate(records, start=1):
        if rows.has_begun:
            return count - 1
        with suppress(UnusableError, InvalidFieldError):
            rows.of(raw)
    return len(records) if rows.has_begun else int(bool(records))


def records(stream: io.BufferedIOBase) -> Iterator[bytes]:
    """Lines, or JSON objects that are not lines themselves; of a workbook, the first visible sheet's rows as JSON."""
    whole = peekable(stream)
    if whole.peek(len(XLSX))[: len(XLSX)] == XLSX:
        yield from _sheet(whole)
    else:
        yield from objects(whole) if over_lines(whole) or is_answer(whole) else _in_one_order(lines(whole))


def _in_one_order(records: Iterable[bytes]) -> Iterator[bytes]:
    """The records; raises SourceError at a second heading that has the columns in another order."""
    names: dict[bytes, bytes] = {}
    for count, raw in enumerate(records, start=1):
        if not _DIGIT.search(raw):  # a call has a time
            name = raw.lower().translate(None, b'" \r\n')
            letters = bytes(sorted(name))
            if count <= HEADING:
                names.setdefault(letters, name)
            if names.get(letters, name) != name:
                raise SourceError(
                    f"line {count} names the columns in another order; load it and what follows as a file of its own"
                )
        yield raw


def _sheet(stream: io.BufferedIOBase) -> Iterator[bytes]:
    """Rows of the first visible sheet; raises SourceError where the workbook is damaged, after good rows."""
    held = stream if stream.seekable() else io.BytesIO(stream.read(_MANY_WORKBOOK_BYTES + 1))
    try:
        for row in rows_of_workbook(held, _MANY_WORKBOOK_BYTES):
            yield json.dumps(row).encode() + b"\n"
    except WorkbookError as why:
        raise SourceError(f"not a whole Excel workbook: {why}") from None


def read(lines: Iterable[bytes], reading: Reading) -> Iterator[Leg | Rejected]:
    """Yield one leg, or the reason why not, for every row that is neither blank, the heading nor to be skipped."""
    mapping = understood(reading.layout)
    row, zone = Rows(mapping), mapping.zone or reading.zone
    preset = PRESETS.get(reading.layout.strip())
    is_asterisk = preset is not None and preset.has_asterisk_rows
    legs = AsteriskLegs(mapping, row, zone) if is_asterisk else _Legs(mapping, Clock(mapping.dates, zone))
    for number, raw in enumerate(lines, start=1):
        if raw.isspace() or not raw:
            continue
        try:
            found = row.of(raw)
            if found is not None and not legs.is_skipped(found):
                yield legs.of(found, raw)
        except UnusableError as why:
            yield Rejected(number, str(why), raw[:MANY_BYTES])
    row.end()


def tenant_words(word: str, heading: Sequence[bytes], layout: str) -> WordOf:
    """The value of the column that the mapping calls `tenant`."""
    mapping = understood(layout)
    if "tenant" not in mapping.fields:
        raise InvalidFieldError("layout.fields.tenant", "a column is needed: the one that names the customer")
    rows, (column,) = Rows(mapping), mapping.fields["tenant"]
    for one in heading:
        rows.of(one)

    def tenant_of(raw: bytes) -> str:
        try:
            row = rows.of(raw)
            return text(row.cell(column), "words") if row is not None else ""
        except UnusableError:
            return ""

    return tenant_of


TENANCY = Tenancy(("tenant",), tenant_words)


class _Legs:
    """Makes legs from rows."""

    def __init__(self, mapping: Mapping, clock: Clock) -> None:
        self._mapping = mapping
        self._clock = clock

    def is_skipped(self, row: Row) -> bool:
        """Whether the mapping says that this row is not a call."""
        skip = self._mapping.skip
        return bool(skip) and any(row.cell(column).casefold() in words for column, words in skip.items())

    def of(self, row: Row, raw: bytes) -> Leg:
        """The leg of a row."""
        key = self._text(row, "key")
        if "key" not in self._mapping.fields:
            key = blake2b(raw.strip(), digest_size=16).hexdigest()
        if not key:
            raise UnusableError("key: it is empty")
        started_ms = self._moment(row, "start", None)
        if started_ms is None:
            raise UnusableError("start: it is empty")
        via, result = self._result(row)
        ended_ms, answered_ms, ring_ms, talk_ms = self._times(row, started_ms, result)
        if result is None:
            result = _UNANSWERED if answered_ms is None else _ANSWERED
        way = self._way(row)
        (caller, caller_name), (callee, callee_name) = self._parties(row, way)
        caller_device, callee_device = self._devices(row, way, caller, callee)
        if callee_device == SERVICE:
            via = Via.MACHINE
        via = self._machine(row) or via
        leg = Leg(
            key=text(key, "words"),
            call=text(self._text(row, "call") or key, "words"),
            started_ms=started_ms,
            ended_ms=ended_ms,
            answered_ms=answered_ms,
            ring_ms=ring_ms,
            talk_ms=talk_ms,
            via=via,
            result=result,
            caller_number=caller,
            caller_name=caller_name,
            caller_device=caller_device,
            callee_number=callee,
            callee_name=callee_name,
            callee_device=callee_device,
            dialled=text(self._text(row, "dialled") or callee, "number"),
            words=text(" ".join(filter(None, (self._text(row, "result"), self._text(row, "direction")))), "words"),
        )
        return self._at_other_end(leg, row) if way == LOCAL and "other_device" in self._mapping.fields else leg

    def _at_other_end(self, leg: Leg, row: Row) -> Leg:
        """A local call with the phone that it reached; at a machine it stays a call of the callee, if there is one."""
        device = self._fitting(self._text(row, "other_device"))
        if device:
            return leg._replace(callee_device=device)
        result = Result.VOICEMAIL if leg.result == _ANSWERED else leg.result
        return leg._replace(via=Via.WIRE, result=result, answered_ms=None, talk_ms=0)

    def _parties(self, row: Row, way: int | None) -> tuple[tuple[str, str], tuple[str, str]]:
        """Number and name of caller and callee."""
        if "other" not in self._mapping.fields:
            return self._party(row, "caller"), self._party(row, "callee")
        (number, name), other = self._party(row, "own"), self._party(row, "other")
        own = (self._fitting(number) or number, name)
        return (other, own) if way == _IN else (own, other)

    def _party(self, row: Row, field: str) -> tuple[str, str]:
        """Number and name of a caller or a callee; `Anna <101>` and `Anna (101)` have both, `sip:101@pbx` is 101."""
        number, name = self._text(row, field), self._text(row, f"{field}_name")
        if number[-1:] in _IN_BRACKETS:
            opening, looks = _IN_BRACKETS[number[-1]]
            before, bracket, inside = number[:-1].rpartition(opening)
            if bracket and (found := looks.fullmatch(inside)):
                number, name = found[1], name or before.strip().strip('"')
        if ":" in number and (uri := _URI.fullmatch(number)):
            number = uri[1]
        return text(number, "number"), text(name, "name")

    def _text(self, row: Row, field: str) -> str:
        columns = self._mapping.fields.get(field)
        if columns is None:
            return ""
        if len(columns) == 1:
            return row.cell(columns[0])
        return " ".join(row.cell(column) for column in columns).strip()

    def _moment(self, row: Row, field: str, after_ms: int | None) -> int | None:
        return self._clock.at(field, self._text(row, field), after_ms)

    def _result(self, row: Row) -> tuple[Via, int | None]:
        """What the row led to and how it ended; None if its times decide."""
        if "result" not in self._mapping.fields:
            return _DEVICE, None
        word = self._text(row, "result")
        found = self._mapping.results.get(word.casefold())
        if found is None:
            raise UnusableError(f"result: {word[:40]!r} is not in [results] of the mapping")
        return (Via.MACHINE, None) if found == MACHINE else (_DEVICE, found)

    def _machine(self, row: Row) -> Via | None:
        """Which part of the PBX itself took the call; None if the mapping names none."""
        if self._mapping.machine is None:
            return None
        device = text(self._text(row, "callee_device"), "number")
        if not self._mapping.machine.fullmatch(device):
            return None
        return Via.VOICEMAIL if VOICEMAIL in device.casefold() else Via.MACHINE

    def _times(self, row: Row, started_ms: int, result: int | None) -> tuple[int, int | None, int, int]:
        """Its end and answer, and the lengths of ringing and talk: what is missing is worked out from the rest."""
        answered_ms, ended_ms = self._moment(row, "answer", started_ms), self._moment(row, "end", started_ms)
        lasted_ms = self._length(row, "duration")
        ring_ms, talk_ms = self._length(row, "ring"), self._length(row, "talk")
        if ended_ms is None:
            if lasted_ms is None:
                lasted_ms = (answered_ms or started_ms + (ring_ms or 0)) - started_ms + (talk_ms or 0)
            ended_ms = started_ms + lasted_ms
        if result == _ANSWERED and "answer" in self._mapping.fields and answered_ms is None and not talk_ms:
            raise UnusableError("result: it says answered, and answer is empty; leave one of them out of the mapping")
        if not started_ms <= (answered_ms or started_ms) <= ended_ms:
            raise UnusableError("impossible times: start, answer and end are not in this order")
        if result is None and answered_ms is None and not talk_ms:
            return ended_ms, None, ended_ms - started_ms if ring_ms is None else ring_ms, 0
        if result is not None and result != _ANSWERED:
            return ended_ms, None, ended_ms - started_ms if ring_ms is None else ring_ms, 0
        if answered_ms is None:
            rang_ms = ring_ms if ring_ms is not None else ended_ms - started_ms - (talk_ms or 0) if talk_ms else 0
            answered_ms = min(started_ms + max(rang_ms, 0), ended_ms)
        return (
            ended_ms,
            answered_ms,
            answered_ms - started_ms if ring_ms is None else ring_ms,
            ended_ms - answered_ms if talk_ms is None else talk_ms,
        )

    def _length(self, row: Row, field: str) -> int | None:
        """A length in milliseconds; None if there is no such column, or nothing in it."""
        written = self._text(row, field)
        if not written:
            return None
        try:
            return length_of(written, self._mapping.units[field])
        except UnusableError as why:
            raise UnusableError(f"{field}: {why}") from None

    def _devices(self, row: Row, way: int | None, caller: str, callee: str) -> tuple[str, str]:
        """The two phones; "" for somebody outside, or if it is unknown."""
        if "own" in self._mapping.fields:
            number = self._party(row, "own")[0]
            own = self._fitting(number) or (SERVICE if number else "")
            caller, callee = (caller, own) if way == _IN else (own, callee)
        return (
            self._device(row, "caller_device", caller if way in (_OUT, LOCAL) else ""),
            self._device(row, "callee_device", callee if way in (_IN, LOCAL) else ""),
        )

    def _way(self, row: Row) -> int | None:
        if "direction" not in self._mapping.fields:
            return None
        word = self._text(row, "direction")
        found = self._mapping.directions.get(word.casefold())
        if found is None:
            raise UnusableError(f"direction: {word[:40]!r} is not in [directions] of the mapping")
        return found

    def _device(self, row: Row, field: str, otherwise: str) -> str:
        if field not in self._mapping.fields:
            return otherwise
        return self._fitting(self._text(row, field))

    def _fitting(self, written: str) -> str:
        """The device in a text, if it matches the mapping's pattern, or ""."""
        device, pattern = text(written, "number"), self._mapping.device
        if pattern is None:
            return device
        fits = pattern.fullmatch(device)
        return (fits.group(1) or "" if pattern.groups else device) if fits else ""
