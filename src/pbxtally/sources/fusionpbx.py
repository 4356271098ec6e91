"""FusionPBX: its table `v_xml_cdr`, as CSV with a heading, out of a SQL dump, or row by row as JSON.

FusionPBX runs FreeSWITCH, so causes and times are read as there; the columns are its own. A row is one channel. Rows
with `originating_leg_uuid` are phones that were rung for another row, and stand for what that one led to; those of
agents have `cc_member_session_uuid` instead. Who called out is only in `extension_uuid`, which a join must resolve.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from pbxtally import dumps, streams, tables
from pbxtally.calls import Leg, Result, Via
from pbxtally.csv_json import dialect, from_json
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
from pbxtally.sources.freeswitch_times import times

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

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_BEGINS = re.compile(rb'"?[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}"?[,;\t]')


class _Heading(NamedTuple):
    """The separator of the cells, and the names of the columns; without names no row can be read."""

    separator: str = ","
    names: tuple[str, ...] = ()


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
    columns = _Heading()
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
            found = _row_of(raw, columns).get(column, "").strip()
        except UnusableError:
            return ""
        return text(found.lower() if word == "domain" else found, "words")

    return tenant_of


TENANCY = Tenancy(("domain", "accountcode", "context"), tenant_words)


def _columns(raw: bytes) -> _Heading:
    """The columns of a heading, whichever of the usual separators is between them."""
    separator = max(tables.SEPARATORS, key=decoded(raw).count)
    return _Heading(separator, tuple(name.strip().lower() for name in _cells(raw, separator)))


def _columns_if_any(heading: Sequence[bytes]) -> _Heading:
    """The same; none if there is no heading, or it cannot be read."""
    try:
        return _columns(heading[-1]) if heading else _Heading()
    except UnusableError:
        return _Heading()


def _row_of(raw: bytes, columns: _Heading) -> dict[str, str]:
    """A row by its own names, or by those of the heading."""
    return _named(raw) if raw.lstrip()[:1] in (b"{", b"(") else _row(columns.names, _cells(raw, columns.separator))


def _cells(raw: bytes, separator: str) -> list[str]:
    if len(raw) > DOCUMENT_BYTES:
        raise UnusableError(f"the row is longer than {DOCUMENT_BYTES} bytes")
    if b"\0" in raw:
        raise UnusableError("not text: the row holds a NUL byte")
    try:
        rows = list(csv.reader(io.StringIO(decoded(raw), newline=""), dialect(separator)))
    except csv.Error as why:
        raise UnusableError(f"not a row of CSV: {why}; is the file cut off?") from None
    return rows[0] if rows else []


def _row(names: Sequence[str], cells: list[str]) -> dict[str, str]:
    needed = EXPORTED if "end_stamp" in names and "end_epoch" not in names else NEEDED
    if missing := [name for name in needed if name not in names]:
        raise UnusableError(f"the heading has no {missing[0]}; the first row was expected to name the columns")
    if len(cells) != len(names):
        raise UnusableError(f"{quantity(len(cells), 'column')}; the heading has {len(names)}")
    return _whole_seconds(dict(zip(names, cells, strict=True)))


def _named(raw: bytes) -> dict[str, str]:
    """A row from a dump, or of the table read row by row."""
    if len(raw) > DOCUMENT_BYTES:
        raise UnusableError(f"the row is longer than {DOCUMENT_BYTES} bytes")
    if raw.lstrip()[:1] == b"(":
        raise UnusableError("a row of a SQL dump that does not fit its columns; is the file whole, with CREATE TABLE?")
    try:
        found: Any = from_json(raw)
    except (ValueError, RecursionError):
        raise UnusableError("not JSON; is the row cut off?") from None
    row = {name: _word(value) for name, value in found.items()}
    if missing := [name for name in NEEDED if name not in row]:
        raise UnusableError(f"the row has no {missing[0]}")
    return _whole_seconds(row)


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else as_text(value)


def _whole_seconds(row: dict[str, str]) -> dict[str, str]:
    for name in ("start_epoch", "answer_epoch", "end_epoch"):
        whole, _, fraction = row.get(name, "").partition(".")
        if fraction and fraction.isdecimal():
            row[name] = whole
    return row


def _legs(row: Mapping[str, str], zone: ZoneInfo, domain: str) -> list[Leg]:
    """What a row led to: whom it rang, and voicemail if that took the call."""
    uuid = row["xml_cdr_uuid"]
    if not _UUID.fullmatch(uuid):
        raise UnusableError("xml_cdr_uuid: a uuid was expected")
    if domain and row.get("domain_name", "").lower() != domain.lower():
        raise UnusableError(f"domain_name is {row.get('domain_name', '')[:80]!r}; only {domain} is taken")
    origin = _origin(row)
    start, answer, end = times(_said(row, zone), zone)
    cause = row.get("hangup_cause", "")
    mailbox = answer and _is_voicemail(row)
    taken = answer if _person_answered(row, origin, cause) and not mailbox else None
    destination = text(row.get("destination_number", ""), "number")
    called = row.get("extension", "") if row.get("direction", "") == OUTSIDE_CALLER and not origin else ""
    rang = taken or origin or ((mailbox or not answer) and not destination.startswith(FEATURE_CODES))
    leg = Leg(
        key=uuid,
        call=origin or uuid,
        started_ms=start,
        ended_ms=end,
        answered_ms=taken,
        ring_ms=(answer or end) - start,
        talk_ms=0 if taken is None else end - taken,
        via=Via.DEVICE if rang and not called else Via.WIRE,  # whoever was called may have forwarded the call
        result=result_of(cause) if taken is None else Result.ANSWERED,
        caller_number=text(row.get("source_number") or row.get("caller_id_number", ""), "number"),
        caller_name=text(row.get("caller_id_name", ""), "name"),
        caller_device="" if origin else _caller_device(row),
        caller_wire=f"legs of {origin}" if origin else "",
        callee_number=destination,
        callee_device=_callee_device(row, origin, destination),
        callee_wire="" if origin else f"legs of {uuid}",
        dialled=text(row.get("caller_destination") or destination, "number"),
        words=text(" ".join(filter(None, (cause, row.get("last_app"), row.get("last_arg")))), "words"),
    )
    if not mailbox or answer is None:
        return [leg]
    voicemail = leg._replace(
        key=f"{uuid} voicemail", started_ms=answer, ring_ms=0, via=Via.VOICEMAIL, callee_device="", callee_wire=""
    )
    return [leg, voicemail]


def _said(row: Mapping[str, str], zone: ZoneInfo) -> dict[str, str]:
    """The times of a row in seconds; from clock times, which have their offset, if it has no others."""
    said = {name: row[name] for name in ("start_epoch", "answer_epoch", "end_epoch") if name in row}
    for name in ("answer", "end"):
        stamp = row.get(f"{name}_stamp", "")
        if f"{name}_epoch" in row or not stamp:
            continue
        try:
            said[f"{name}_epoch"] = "0" if is_never(stamp) else str(written_ms(zone, stamp)[0] // 1000)
        except (ValueError, OverflowError):
            raise UnusableError(no_time(f"{name}_stamp", stamp, "a time such as 2020-12-01 10:00:00+01")) from None
    return said


def _is_voicemail(row: Mapping[str, str]) -> bool:
    said = row.get("voicemail_message", "") in TRUE or row.get("status", "") == VOICEMAIL
    return said or row.get("last_app", "") in VOICEMAIL_APPS


def _person_answered(row: Mapping[str, str], origin: str, cause: str) -> bool:
    """Whether somebody took it: a bridge shows that; without one it was a menu, a queue or music."""
    if row.get("missed_call", "") in TRUE:
        return False
    if row.get("bridge_uuid"):
        return True
    return bool(origin) and result_of(cause) != Result.ELSEWHERE


def _origin(row: Mapping[str, str]) -> str:
    """The row of the caller for whom this phone was rung; "" if this is the caller's own row."""
    of_queue = row.get("cc_member_session_uuid", "") if row.get("cc_side", "") == AGENT else ""
    bridged = row.get("bridge_uuid", "") if row.get("leg", "") == B_LEG else ""
    return row.get("originating_leg_uuid", "") or of_queue or bridged or _picked_up(row)


def _picked_up(row: Mapping[str, str]) -> str:
    """The row of the caller whose call this phone picked up, or ""."""
    return row.get("bridge_uuid", "") if row.get("last_app", "") == PICKED_UP else ""


def _caller_device(row: Mapping[str, str]) -> str:
    """The phone that called. Outbound routes replace its own number with the one shown outside."""
    if row.get("direction", "") == OUTSIDE_CALLER:
        return OUTSIDE_CALLER
    return text(row.get("extension") or row.get("source_number") or row.get("caller_id_number", ""), "number")


def _callee_device(row: Mapping[str, str], origin: str, destination: str) -> str:
    """The phone of a row that rang one; in any other the destination may be a group, so the directory decides."""
    direction, extension = row.get("direction", ""), text(row.get("extension", ""), "number")
    if direction == OUTSIDE_CALLEE:
        return OUTSIDE_CALLEE
    if origin and origin == _picked_up(row):
        return extension or text(row.get("source_number") or row.get("caller_id_number", ""), "number")
    if origin:
        return extension or destination
    return extension if direction == OUTSIDE_CALLER else ""
