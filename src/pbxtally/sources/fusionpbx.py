"""FusionPBX: its table `v_xml_cdr`, as CSV with a heading, out of a SQL dump, or row by row as JSON.

FusionPBX runs FreeSWITCH, so causes and times are read as there; the columns are its own. A row is one channel. Rows
with `originating_leg_uuid` are phones that were rung for another row, and stand for what that one led to; those of
agents have `cc_member_session_uuid` instead. Who called out is only in `extension_uuid`, which a join must resolve.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from pbxtally import dumps, streams, tables
from pbxtally.calls import Leg, Result, Via
from pbxtally.csv_json import cells_of, dialect, from_json
from pbxtally.intervals import is_never, written_ms
from pbxtally.plurals import quantity
from pbxtally.records import (
    MANY_BYTES,
    Reading,
    Rejected,
    Tenancy,
    WordOf,
    as_text,
    decoded,
    length_to_first_text,
    no_time,
    text,
)
from pbxtally.sources.freeswitch import VOICEMAIL_APPS, result_of
from pbxtally.sources.freeswitch_documents import DOCUMENT_BYTES, UnusableError
from pbxtally.sources.freeswitch_times import epoch_ms, in_order

OUTSIDE_CALLER, OUTSIDE_CALLEE = "inbound", "outbound"
"""The `direction` of a call from and to the outside, also used as the name of the device there."""

AGENT = "agent"
"""The `cc_side` of a queue agent's phone."""

TRUE = {"true", "t", "1"}
NEEDED = ("xml_cdr_uuid", "start_epoch", "end_epoch")
EXPORTED = ("xml_cdr_uuid", "start_epoch", "end_stamp")
"""The columns of the table, and those that the page of call records exports instead."""

PICKED_UP = "intercept"
"""The last application of a phone that dialled to pick up a colleague's call."""

FEATURE_CODES = ("*", "#")
"""What a number begins with that rings nobody, such as that of one's own voicemail."""

VOICEMAIL, B_LEG = "voicemail", "b"
"""The `status` of a call that voicemail took, and the `leg` of a phone that was rung."""

_ANSWERED, _DEVICE = Result.ANSWERED, Via.DEVICE  # an enum's members are expensive to look up for every row
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_BEGINS = re.compile(rb'"?[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}"?[,;\t]')


class _Row(NamedTuple):
    """What is read of a row; "" if it has no such column, and for a stamp also if the epoch has a column."""

    xml_cdr_uuid: str
    domain_name: str
    accountcode: str
    context: str
    direction: str
    extension: str
    source_number: str
    caller_id_number: str
    caller_id_name: str
    destination_number: str
    caller_destination: str
    start_epoch: str
    answer_epoch: str
    answer_stamp: str
    end_epoch: str
    end_stamp: str
    hangup_cause: str
    last_app: str
    last_arg: str
    leg: str
    bridge_uuid: str
    originating_leg_uuid: str
    cc_side: str
    cc_member_session_uuid: str
    missed_call: str
    voicemail_message: str
    status: str


class _Heading(NamedTuple):
    """The separator of the cells, the names of the columns, and which needed one is missing.

    `places`: where each of a row's fields is; behind its last cell if there is no such column.
    """

    separator: str
    names: tuple[str, ...]
    missing: str
    places: tuple[int, ...]


def records(stream: io.BufferedIOBase) -> Iterator[bytes]:
    """Rows of a dump or a table; one may span lines inside quotes, and one without an end swallows no other."""
    whole = tables.peekable(stream)
    if dumps.is_dump(whole.peek(4096)[:4096]):
        yield from dumps.rows(whole, _is_wanted)
    else:
        yield from streams.objects(whole) if streams.over_lines(whole) else _csv_rows(whole)


def _is_wanted(table: str, columns: tuple[str, ...]) -> bool:
    return set(NEEDED) <= set(columns) if columns else table == "v_xml_cdr"


def _csv_rows(stream: io.BufferedIOBase) -> Iterator[bytes]:
    limit = DOCUMENT_BYTES + 1
    held, quotes = bytearray(), 0
    while line := stream.readline(limit):
        if held and _BEGINS.match(line):
            yield bytes(held)
            held, quotes = bytearray(), 0
        if len(held) < limit:
            held += line
        quotes += line.count(b'"')
        if quotes % 2 == 0:
            yield bytes(held)
            held, quotes = bytearray(), 0
    if held:
        yield bytes(held)


def heading_length(first: Sequence[bytes]) -> int:
    """How many records there are up to the one that names the columns; only blank ones may precede it."""
    count = length_to_first_text(first)
    return count if count and _is_heading(first[count - 1]) else 0


def _is_heading(raw: bytes) -> bool:
    return b"xml_cdr_uuid" in raw.lower() and raw.lstrip()[:1] not in (b"{", b"(")


def read(lines: Iterable[bytes], reading: Reading) -> Iterator[Leg | Rejected]:
    """Yield one or more legs, or the reason why not, for every row; `layout`, if given, is the only domain to take."""
    columns = _NO_HEADING
    for number, raw in enumerate(lines, start=1):
        if raw.isspace() or not raw:
            continue
        try:
            if _is_heading(raw) and (not columns.names or _columns(raw) == columns):  # repeated where files were joined
                columns = _columns(raw)
                continue
            yield from _legs(_row_of(raw, columns), reading.zone, reading.layout)
        except UnusableError as why:
            yield Rejected(number, str(why), raw[:MANY_BYTES])


def tenant_words(word: str, heading: Sequence[bytes], layout: str) -> WordOf:
    """The domain, accountcode or context of a row."""
    columns = _columns_if_any(heading)
    column = "domain_name" if word == "domain" else word

    def tenant_of(raw: bytes) -> str:
        try:
            found: str = getattr(_row_of(raw, columns), column).strip()
        except UnusableError:
            return ""
        return text(found.lower() if word == "domain" else found, "words")

    return tenant_of


TENANCY = Tenancy(("domain", "accountcode", "context"), tenant_words)


def _columns(raw: bytes) -> _Heading:
    """The columns of a heading, whichever of the usual separators is between them."""
    separator = max(tables.SEPARATORS, key=decoded(raw).count)
    return _heading(separator, tuple(name.strip().lower() for name in _cells(raw, separator)))


def _columns_if_any(heading: Sequence[bytes]) -> _Heading:
    """The same; none if there is no heading, or it cannot be read."""
    try:
        return _columns(heading[-1]) if heading else _NO_HEADING
    except UnusableError:
        return _NO_HEADING


def _heading(separator: str, names: tuple[str, ...]) -> _Heading:
    place_of = {name: place for place, name in enumerate(names)}
    needed = EXPORTED if "end_stamp" in place_of and "end_epoch" not in place_of else NEEDED
    missing = next((name for name in needed if name not in place_of), "")
    _drop_needless_stamps(place_of)
    return _Heading(separator, names, missing, tuple(place_of.get(name, len(names)) for name in _Row._fields))


def _drop_needless_stamps(columns: dict[str, Any]) -> None:
    for name in ("answer", "end"):
        if f"{name}_epoch" in columns:
            columns.pop(f"{name}_stamp", None)


_NO_HEADING = _heading(",", ())


def _row_of(raw: bytes, columns: _Heading) -> _Row:
    """A row by its own names, or by those of the heading."""
    return _named(raw) if raw.lstrip()[:1] in (b"{", b"(") else _row(_cells(raw, columns.separator), columns)


def _cells(raw: bytes, separator: str) -> list[str]:
    if len(raw) > DOCUMENT_BYTES:
        raise UnusableError(f"the row is longer than {DOCUMENT_BYTES} bytes")
    if b"\0" in raw:
        raise UnusableError("not text: the row holds a NUL byte")
    written = decoded(raw)
    line = written.rstrip("\r\n")
    try:
        if "\n" not in line and "\r" not in line:
            return cells_of(line, separator)
        rows = list(csv.reader(io.StringIO(written, newline=""), dialect(separator)))
    except csv.Error as why:
        raise UnusableError(f"not a row of CSV: {why}; is the file cut off?") from None
    return rows[0] if rows else []


def _row(cells: list[str], columns: _Heading) -> _Row:
    if columns.missing:
        raise UnusableError(f"the heading has no {columns.missing}; the first row was expected to name the columns")
    if len(cells) != len(columns.names):
        raise UnusableError(f"{quantity(len(cells), 'column')}; the heading has {len(columns.names)}")
    cells.append("")
    return _Row._make(itemgetter(*columns.places)(cells))


def _named(raw: bytes) -> _Row:
    """A row from a dump, or of the table read row by row."""
    if len(raw) > DOCUMENT_BYTES:
        raise UnusableError(f"the row is longer than {DOCUMENT_BYTES} bytes")
    if raw.lstrip()[:1] == b"(":
        raise UnusableError("a row of a SQL dump that does not fit its columns; is the file whole, with CREATE TABLE?")
    try:
        found: Any = from_json(raw)
    except (ValueError, RecursionError):
        raise UnusableError("not JSON; is the row cut off?") from None
    if missing := [name for name in NEEDED if name not in found]:
        raise UnusableError(f"the row has no {missing[0]}")
    _drop_needless_stamps(found)
    return _Row._make(_word(found.get(name)) for name in _Row._fields)


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else as_text(value)


def _legs(row: _Row, zone: ZoneInfo, domain: str) -> list[Leg]:
    """What a row led to: whom it rang, and voicemail if that took the call."""
    uuid, cause = row.xml_cdr_uuid, row.hangup_cause
    if not _UUID.fullmatch(uuid):
        raise UnusableError("xml_cdr_uuid: a uuid was expected")
    if domain and row.domain_name.lower() != domain.lower():
        raise UnusableError(f"domain_name is {row.domain_name[:80]!r}; only {domain} is taken")
    origin = _origin(row)
    start, answer, end = _times(row, zone)
    mailbox = answer and _is_voicemail(row)
    taken = answer if _person_answered(row, origin) and not mailbox else None
    destination = text(row.destination_number, "number")
    called = row.extension if row.direction == OUTSIDE_CALLER and not origin else ""
    rang = taken or origin or ((mailbox or not answer) and not destination.startswith(FEATURE_CODES))
    leg = Leg(
        key=uuid,
        call=origin or uuid,
        started_ms=start,
        ended_ms=end,
        answered_ms=taken,
        ring_ms=(answer or end) - start,
        talk_ms=0 if taken is None else end - taken,
        via=_DEVICE if rang and not called else Via.WIRE,  # whoever was called may have forwarded the call
        result=result_of(cause) if taken is None else _ANSWERED,
        caller_number=text(row.source_number or row.caller_id_number, "number"),
        caller_name=text(row.caller_id_name, "name"),
        caller_device="" if origin else _caller_device(row),
        caller_wire=f"legs of {origin}" if origin else "",
        callee_number=destination,
        callee_device=_callee_device(row, origin, destination),
        callee_wire="" if origin else f"legs of {uuid}",
        dialled=text(row.caller_destination or destination, "number"),
        words=text(" ".join(filter(None, (cause, row.last_app, row.last_arg))), "words"),
    )
    if not mailbox or answer is None:
        return [leg]
    voicemail = leg._replace(
        key=f"{uuid} voicemail", started_ms=answer, ring_ms=0, via=Via.VOICEMAIL, callee_device="", callee_wire=""
    )
    return [leg, voicemail]


def _times(row: _Row, zone: ZoneInfo) -> tuple[int, int | None, int]:
    """Start, answer (None: never) and end; from clock times, which have their offset, if it has no others."""
    answer = _epoch_at("answer_stamp", row.answer_stamp, zone) if row.answer_stamp else row.answer_epoch
    end = _epoch_at("end_stamp", row.end_stamp, zone) if row.end_stamp else row.end_epoch
    return in_order(_moment("start_epoch", row.start_epoch), _moment("answer_epoch", answer), _moment("end_epoch", end))


def _epoch_at(name: str, stamp: str, zone: ZoneInfo) -> str:
    try:
        return "0" if is_never(stamp) else str(written_ms(zone, stamp)[0] // 1000)
    except (ValueError, OverflowError):
        raise UnusableError(no_time(name, stamp, "a time such as 2020-12-01 10:00:00+01")) from None


def _moment(name: str, epoch: str) -> int | None:
    """Milliseconds of whole seconds, which may have a fraction; None: never."""
    whole, _, fraction = epoch.partition(".")
    seconds = whole if fraction.isdecimal() else epoch
    return epoch_ms(name, seconds) if seconds else None


def _is_voicemail(row: _Row) -> bool:
    return row.voicemail_message in TRUE or row.status == VOICEMAIL or row.last_app in VOICEMAIL_APPS


def _person_answered(row: _Row, origin: str) -> bool:
    """Whether somebody took it: a bridge shows that; without one it was a menu, a queue or music."""
    if row.missed_call in TRUE:
        return False
    if row.bridge_uuid:
        return True
    return bool(origin) and result_of(row.hangup_cause) != Result.ELSEWHERE


def _origin(row: _Row) -> str:
    """The row of the caller for whom this phone was rung; "" if this is the caller's own row."""
    of_queue = row.cc_member_session_uuid if row.cc_side == AGENT else ""
    bridged = row.bridge_uuid if row.leg == B_LEG else ""
    return row.originating_leg_uuid or of_queue or bridged or _picked_up(row)


def _picked_up(row: _Row) -> str:
    """The row of the caller whose call this phone picked up, or ""."""
    return row.bridge_uuid if row.last_app == PICKED_UP else ""


def _caller_device(row: _Row) -> str:
    """The phone that called. Outbound routes replace its own number with the one shown outside."""
    if row.direction == OUTSIDE_CALLER:
        return OUTSIDE_CALLER
    return text(row.extension or row.source_number or row.caller_id_number, "number")


def _callee_device(row: _Row, origin: str, destination: str) -> str:
    """The phone of a row that rang one; in any other the destination may be a group, so the directory decides."""
    if row.direction == OUTSIDE_CALLEE:
        return OUTSIDE_CALLEE
    extension = text(row.extension, "number")
    if origin and origin == _picked_up(row):
        return extension or text(row.source_number or row.caller_id_number, "number")
    if origin:
        return extension or destination
    return extension if row.direction == OUTSIDE_CALLER else ""
