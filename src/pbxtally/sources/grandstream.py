"""Grandstream UCM: what its CDR API gives, as JSON (flat or nested), XML, or CSV without quotes.

A nested record has the legs of a call as `sub_cdr_1`, `sub_cdr_2`, …; its `main_cdr` is their summary and is not
counted besides. Extensions are in `channel_ext` and `dstchannel_ext`. The PBX answers for a queue at once; the phones
it rings have legs of their own. `uniqueid` begins with the second at which the channel was made.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from pbxtally.calls import SERVICE, Leg, Result, Via
from pbxtally.csv_json import from_json
from pbxtally.intervals import face_ms, is_never
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
from pbxtally.streams import CHUNK, LOOK_AHEAD, objects_or_lines
from pbxtally.xml_leaves import elements, leaf_values

DISPOSITIONS = {
    "ANSWERED": Result.ANSWERED,
    "NO ANSWER": Result.UNANSWERED,
    "BUSY": Result.BUSY,
    "FAILED": Result.FAILED,
    "CONGESTION": Result.FAILED,
}
VOICEMAIL_APPS = {"voicemail", "vm"}
ELSEWHERE = "answered elsewhere"
"""The `reason` of a ring group's phone when a colleague took the call."""

HEADING_BEGINS = b"AcctId,"

# An enum's members are expensive to look up for every row.
_ANSWERED, _UNANSWERED, _DEVICE = Result.ANSWERED, Result.UNANSWERED, Via.DEVICE

_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)
_UNIQUEID = re.compile(r"(?:.*-)??(\d{9,10})\.\d+")
_END_OF_CHANNEL = re.compile(r"-[0-9a-f]{8,}$")
_CHANNEL = re.compile(r"[A-Za-z][\w ]*/\S+")
_XML_BEGINS, _XML_ENDS = b"<cdr>", b"</cdr>"
_PAGE = re.compile(rb"<(?:!doctype\s+)?html", re.IGNORECASE)
"""How a message from a web server begins, such as that the password is wrong."""
_XML_PART = re.compile(r"main_cdr|sub_cdr_\d+")


class _UnusableError(Exception):
    """Why a record is rejected; the text names the member and what was expected."""


def records(stream: io.BufferedIOBase) -> Iterator[bytes]:
    """JSON objects, lines, or the `cdr` elements of XML, depending on how the stream begins."""
    assert isinstance(stream, io.BufferedReader | gzip.GzipFile)
    beginning = stream.peek(LOOK_AHEAD)[:LOOK_AHEAD].removeprefix(b"\xef\xbb\xbf").lstrip()
    is_xml = beginning[:1] == b"<" and not _PAGE.match(beginning)
    yield from _elements(stream) if is_xml else objects_or_lines(stream)


def _elements(stream: io.BufferedIOBase) -> Iterator[bytes]:
    """The `cdr` elements; an overlong one gives only its beginning, and one without an end what there is."""
    held, is_given = b"", False  # is_given: the beginning of an overlong one was yielded
    while chunk := stream.read1(CHUNK):
        held += chunk
        while (end := held.find(_XML_ENDS)) >= 0:
            end += len(_XML_ENDS)
            if not is_given:
                yield from _begun(held[:end])
            held, is_given = held[end:], False
        if len(held) > 2 * MANY_BYTES:
            if not is_given:
                yield held[: MANY_BYTES + 1]
            held, is_given = held[-len(_XML_ENDS) :], True
    if not is_given:
        yield from _begun(held)


def _begun(held: bytes) -> Iterator[bytes]:
    """Every element that begins there, including cut-off ones."""
    for inside in held.split(_XML_BEGINS)[1:]:
        yield (_XML_BEGINS + inside)[: MANY_BYTES + 1]


def read(records: Iterable[bytes], reading: Reading) -> Iterator[Leg | Rejected]:
    """Yield the legs of every record that is neither blank nor a heading, or the reason why there are none."""
    names: list[str] = []
    for number, raw in enumerate(records, start=1):
        if raw.isspace() or not raw:
            continue
        if _is_heading(raw):
            names = _names(raw)
            continue
        try:
            yield from _legs(raw, names, reading.zone)
        except _UnusableError as why:
            yield Rejected(number, str(why), raw[:MANY_BYTES])


def heading_length(records: Sequence[bytes]) -> int:
    """How many records there are up to a CSV's heading; only blank ones may precede it."""
    count = length_to_first_text(records)
    return count if count and _is_heading(records[count - 1]) else 0


def tenant_words(word: str, heading: Sequence[bytes], layout: str) -> WordOf:
    """The accountcode of a record."""
    names = _names(heading[-1]) if heading else []

    def tenant_of(raw: bytes) -> str:
        try:
            record = _line(raw)
            if record[:1] not in ("{", "<"):
                return text(_cells(record, names).get(word, ""), "words").strip()
            found = _element(record) if record[:1] == "<" else _object(record)
        except _UnusableError:
            return ""
        main = found.get("main_cdr", found)
        return text(_words(main).get(word, ""), "words").strip() if isinstance(main, dict) else ""

    return tenant_of


TENANCY = Tenancy(("accountcode",), tenant_words)


def _is_heading(raw: bytes) -> bool:
    beginning = raw[:64].removeprefix(b"\xef\xbb\xbf").replace(b'"', b"")
    return len(raw) <= MANY_BYTES and beginning.startswith(HEADING_BEGINS)


def _names(raw: bytes) -> list[str]:
    """The columns that a heading names."""
    return _line(raw).replace('"', "").split(",")


def _line(raw: bytes) -> str:
    if len(raw) > MANY_BYTES:
        raise _UnusableError(f"the record is longer than {MANY_BYTES} bytes")
    return decoded(raw).rstrip("\r\n")


def _legs(raw: bytes, names: list[str], zone: ZoneInfo) -> list[Leg]:
    record = _line(raw)
    if record[:1] not in ("{", "<"):
        cells = _cells(record, names)
        return [_leg(cells, _call(cells), zone)]
    found = _element(record) if record[:1] == "<" else _object(record)
    subs = [value for name, value in found.items() if name.startswith("sub_cdr")]
    rows = [row for value in subs for row in (value if isinstance(value, list) else [value])]
    main = found.get("main_cdr", found)
    if not all(isinstance(row, dict) for row in (main, *rows)):
        raise _UnusableError("not a CDR: main_cdr and sub_cdr have to be objects")
    words = _words(main)
    call = _call(words)
    return [_leg(_words(row), call, zone) for row in rows] or [_leg(words, call, zone)]


def _object(record: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = from_json(record)
    except (ValueError, RecursionError):
        raise _UnusableError("not JSON; is the record cut off?") from None
    return found


def _element(record: str) -> dict[str, Any]:
    """The same object from a `cdr` element of XML."""
    if not record.startswith(_XML_BEGINS.decode()):
        raise _UnusableError("not a cdr element; is it a page that says what went wrong?")
    if not record.rstrip().endswith(_XML_ENDS.decode()):
        raise _UnusableError("the record has no </cdr>; is it cut off?")
    written = record.removeprefix(_XML_BEGINS.decode()).rstrip().removesuffix(_XML_ENDS.decode())
    parts = {name: leaf_values(inside) for name, inside in elements(written) if _XML_PART.fullmatch(name)}
    return parts or leaf_values(written)


def _cells(line: str, names: list[str]) -> dict[str, str]:
    """The cells of a line by name; without quotes, commas inside clid and lastdata give more cells than names.

    The start is found from the right; where the channel is shows how many of the commas belong to the caller's name.
    """
    if not names:
        raise _UnusableError("not JSON, and no heading that begins with AcctId came before")
    if "start" not in names:
        raise _UnusableError("the heading has no start")
    try:
        cells = next(csv.reader((line,))) if line[:1] == '"' else line.split(",")
    except csv.Error as why:
        raise _UnusableError(f"not a line of CSV: {why}") from None
    extra, start = len(cells) - len(names), names.index("start")
    if extra > 0 and start > 0 and _TIME.fullmatch(cells[start + extra]):
        channel = names.index("channel") if "channel" in names else 0
        shift = next((some for some in range(extra + 1) if _CHANNEL.fullmatch(cells[channel + some])), 0)
        cells[channel - 1 : channel + shift] = [",".join(cells[channel - 1 : channel + shift])]
        cells[start - 1 : start + extra - shift] = [",".join(cells[start - 1 : start + extra - shift])]
    if len(cells) != len(names):
        raise _UnusableError(f"{quantity(len(cells), 'cell')} under {len(names)} names; is the line cut off?")
    return dict(zip(names, cells, strict=True))


def _words(row: dict[str, Any]) -> dict[str, str]:
    """The members as text; none of those that are read holds an object or an array."""
    return {
        name: value if type(value) is str and value.isascii() else as_text(value)  # asked here for speed
        for name, value in row.items()
        if value is not None
    }


def _call(row: dict[str, str]) -> str:
    return row.get("session") or row.get("uniqueid") or row.get("AcctId", "")


def _leg(row: dict[str, str], call: str, zone: ZoneInfo) -> Leg:
    get = row.get
    key = " ".join(filter(None, (get("AcctId"), get("uniqueid"))))
    if not key:
        raise _UnusableError("AcctId and uniqueid are empty")
    result = DISPOSITIONS.get(get("disposition", "").upper())
    if result is None:
        word = get("disposition", "")[:40]
        raise _UnusableError(f"disposition: unknown word {word!r}; known are {', '.join(DISPOSITIONS)}")
    epoch_ms = _epoch_ms(get("uniqueid", ""))
    duration_ms, talk_ms = _length_ms(row, "duration"), _length_ms(row, "billsec")
    started_ms = _moment(row, "start", zone, epoch_ms)
    if started_ms is None:
        raise _UnusableError("start is empty")
    ended_ms = _moment(row, "end", zone, started_ms + duration_ms) or started_ms + duration_ms
    answered_ms = _moment(row, "answer", zone, ended_ms - talk_ms)
    if not started_ms <= (answered_ms or started_ms) <= ended_ms:
        raise _UnusableError("impossible times: start, answer and end are not in this order")
    taken = result == _ANSWERED and answered_ms is not None
    if result == _ANSWERED and not taken:
        result = _UNANSWERED
    if result == _UNANSWERED and ELSEWHERE in get("reason", "").lower():
        result = Result.ELSEWHERE
    if taken and _is_voicemail(row):  # old firmware names the phone that rang before it in the same leg
        result = Result.VOICEMAIL
    via, device = _far_end(row, taken)
    is_talk = result == _ANSWERED
    return Leg(
        key=key,
        call=call,
        started_ms=started_ms,
        ended_ms=ended_ms,
        answered_ms=answered_ms if is_talk else None,
        ring_ms=answered_ms - started_ms if taken and answered_ms is not None else duration_ms,
        talk_ms=talk_ms if is_talk else 0,
        via=via,
        result=result,
        caller_number=text(get("src", ""), "number"),
        caller_name=text(get("caller_name") or get("clid", "").rpartition("<")[0].strip().strip('"'), "name"),
        caller_device=_device(row, "src_trunk_name", "channel", "Inbound"),
        callee_device=device,
        dialled=text(get("dst", ""), "number"),
        epoch_ms=epoch_ms,
        words=text(" ".join(filter(None, map(get, ("disposition", "userfield", "action_type", "lastapp")))), "words"),
    )


def _far_end(row: dict[str, str], taken: bool) -> tuple[Via, str]:
    """What the leg led to, and the device rung or whose voicemail it was; the PBX itself if there is no far channel.

    Without a far channel a phone may have been called in vain, but nobody answered on one.
    """
    if row.get("dstchannel") or row.get("dst_trunk_name"):
        return _DEVICE, _device(row, "dst_trunk_name", "dstchannel", "Outbound")
    if _is_voicemail(row):
        return Via.VOICEMAIL, text(row.get("dstchannel_ext") or row.get("dst", ""), "number")
    if row.get("dstchannel_ext") and not _is_passing(row) and (row.get("dstanswer") or not taken):
        return _DEVICE, _device(row, "dst_trunk_name", "dstchannel", "Outbound")
    return Via.MACHINE, SERVICE


def _is_voicemail(row: dict[str, str]) -> bool:
    return row.get("lastapp", "").lower() in VOICEMAIL_APPS or row.get("action_type", "").upper().startswith("VM")


def _is_passing(row: dict[str, str]) -> bool:
    """Whether a leg without a far channel only led to a group or menu: by ForkCDR, or because action_type names it."""
    return row.get("lastapp", "") == "ForkCDR" or f"[{row.get('dstchannel_ext')}]" in row.get("action_type", "")


def _device(row: dict[str, str], trunk: str, channel: str, outside: str) -> str:
    """A trunk's name, with a word before it so that it is no extension; else the extension of the channel."""
    if row.get(trunk):
        return text(f"trunk {row[trunk]}", "number")
    extension = row.get(f"{channel}_ext")
    if row.get("userfield", "").lower() == outside.lower() and (name := _name(row, channel)) != extension:
        return text(f"trunk {name}".strip(), "number")
    return text(extension or _name(row, channel), "number")


def _name(row: dict[str, str], channel: str) -> str:
    """What the channel's name calls the device."""
    return _END_OF_CHANNEL.sub("", row.get(channel, "")).partition("/")[2].split("@")[0]


def _epoch_ms(uniqueid: str) -> int | None:
    found = _UNIQUEID.fullmatch(uniqueid)
    return int(found.group(1)) * 1000 if found else None


def _moment(row: dict[str, str], name: str, zone: ZoneInfo, near_ms: int | None) -> int | None:
    """A clock time; None if there is none. In a doubled hour the instant nearest to `near_ms`."""
    written = row.get(name, "")
    if not written or is_never(written):
        return None
    try:
        if not _TIME.fullmatch(written):
            raise ValueError
        return face_ms(zone, written, near_ms)
    except (ValueError, OverflowError):
        raise _UnusableError(no_time(name, written, "a time such as 2020-12-01 10:00:00")) from None


def _length_ms(row: dict[str, str], name: str) -> int:
    seconds = row.get(name) or "0"
    if not seconds.isdecimal() or len(seconds) > 7:
        raise _UnusableError(f"{name}: whole seconds were expected")
    return int(seconds) * 1000
