"""3CX: CDR lines of the single file, of a file per call and of the TCP sender, in the field order of `--layout`.

A line is a call as it ended, not a leg: who was rung, and who took it, follows from several fields together.
- `Ext.` before a number means the PBX's own; without it the party is outside, and its dn is a trunk.
- A queue or ring group is `Ext.` too. It answers at once: `time-answered` is `time-start`, and waiting is inside
  `duration`. Whoever took the call is the final number, where `reason-changed` says ReplacedDst or QFwdToDNA.
- `Ext.999` is voicemail; the extension that missed the call is in `dial-no` and `to-dn`.
- `PickupExt.` is the code that was dialled to take a colleague's call; that call has a line of its own.
- `callid` begins with the milliseconds since 1970, in hexadecimal; in version 20 the bytes are reversed.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pbxtally.calls import SERVICE, Leg, Result, Via
from pbxtally.csv_json import cells_of
from pbxtally.errors import InvalidFieldError
from pbxtally.intervals import face_ms, is_never
from pbxtally.plurals import quantity
from pbxtally.records import MANY_BYTES, Reading, Rejected, decoded, no_time, text

REASONS = {
    "TerminatedBySrc": Result.GAVE_UP,
    "TerminatedByDst": Result.REJECTED,  # the far side ended it without taking it
    "Failed_Cancelled": Result.GAVE_UP,
    "Failed_NoAnswer": Result.RANG_OUT,
    "Failed_Busy": Result.BUSY,
    "Failed_Rejected": Result.REJECTED,
    "Failed": Result.FAILED,
    "NoAnswerTimeout": Result.RANG_OUT,
    "TargetBusy": Result.BUSY,
    "TargetNotFound": Result.FAILED,
    "RouteBusy": Result.FAILED,
    "RouteNotFound": Result.FAILED,
    "NoRouteExists": Result.FAILED,
    "src_participant_terminated": Result.GAVE_UP,  # from here on version 20
    "dst_participant_terminated": Result.REJECTED,
    "timeout": Result.RANG_OUT,
    "busy": Result.BUSY,
    "declined": Result.REJECTED,
    "not_found": Result.FAILED,
    "no_route": Result.FAILED,
}
"""What an unanswered call's `reason-terminated` means; for an answered one it only says who hung up."""

BY_CALLER = {"terminatedbysrc", "src_participant_terminated"}
SENT_ON = "QFwd"
REPLACED = ("ReplacedDst", SENT_ON)
"""How `reason-changed` begins if somebody else was reached; QFwdToDNA: a queue forwarded a call that no agent took."""

END_CALL = "EndCall"
PICKUP = "Pickup"
VOICEMAIL = "999"
SERVICE_TYPES = {
    "queue", "ringgroup", "ringgroupringall", "ringgrouphunt", "paginggroup", "ivr", "conference", "parking",
    "parkingorbit", "sharedparking", "script", "fax", "specialmenu", "vmailconsole", "servicecall", "confplace",
}  # fmt: skip
INSIDE_TYPES = {"internal", "extension"}
VOICEMAIL_TYPES = {"voicemail", "vmail"}
OUTSIDE_TYPES = {"external", "externalline", "line", "provider", "outboundrule"}

FIELDS = (
    "historyid callid duration time-start time-answered time-end reason-terminated from-no to-no from-dn to-dn dial-no "
    "reason-changed final-number final-dn bill-code bill-rate bill-cost bill-name chain from-type to-type final-type "
    "from-dispname to-dispname final-dispname missed-queue-calls"
).split()
"""The fields in the order in which 3CX offers them."""

OLDER_FIELDS = FIELDS[: FIELDS.index("chain") + 1]
"""The fields from before parties had types and names."""

TYPES_LAST = [
    *OLDER_FIELDS, "missed-queue-calls", *(name for name in FIELDS if name.endswith("-dispname")),
    *(name for name in FIELDS if name.endswith("-type")),
]  # fmt: skip
"""Another order seen where every field is selected; it is recognized by the types at its end."""

NEEDED = ("callid", "time-start", "time-answered", "reason-terminated", "from-no", "to-no")
LENGTHS = ("duration", "time-end")
"""One of them is needed, too: without both, the length of the talk is unknown."""

_CALLID = re.compile(r"([0-9A-Fa-f]{16})_\d+")
_NUMBERS = {"from": "from-no", "to": "to-no", "final": "final-number"}
_LENGTH = re.compile(r"(\d{1,4}):(\d\d):(\d\d)(?:\.\d+)?")
_REASONS = {word.lower(): result for word, result in REASONS.items()}


class _UnusableError(Exception):
    """Why a record is rejected; the text names the field and what was expected."""


def read(lines: Iterable[bytes], reading: Reading) -> Iterator[Leg | Rejected]:
    """Yield the legs of every line that is not blank, or the reason why there are none."""
    layout = layout_of(reading.layout)
    for number, raw in enumerate(lines, start=1):
        if raw.isspace() or not raw:
            continue
        try:
            yield from _legs(_Row(_named(raw, layout), layout, reading.zone))
        except _UnusableError as why:
            yield Rejected(number, str(why), raw[:MANY_BYTES])


@dataclass(frozen=True, slots=True)
class Layout:
    """The fields in order, none if it was not given, and the dns of queues, ring groups and the like."""

    fields: list[str]
    services: frozenset[str]


def layout_of(given: str) -> Layout:
    """`historyid, callid, … service=800 service=801`; no field names: 3CX's own order. Raises InvalidFieldError."""
    fields, services = [], set()
    for word in given.replace(",", " ").split():
        name, _, dn = word.partition("=")
        if name == "service" and dn:
            services.add(dn)
        elif word in FIELDS and word not in fields:
            fields.append(word)
        else:
            raise InvalidFieldError(
                "layout", f"{word!r} is not a 3CX field, or is there twice; use service=DN for a queue"
            )
    missing = [name for name in NEEDED if fields and name not in fields]
    if fields and not any(name in fields for name in LENGTHS):
        missing.append(" or ".join(LENGTHS))
    if missing:
        raise InvalidFieldError("layout", f"{', '.join(missing)} has to be among the fields")
    return Layout(fields, frozenset(services))


def _named(raw: bytes, layout: Layout) -> dict[str, str]:
    """The text of each field of a line."""
    if len(raw) > MANY_BYTES:
        raise _UnusableError(f"the line is longer than {MANY_BYTES} bytes")
    if b"\0" in raw:
        raise _UnusableError("not text: the line holds a NUL byte")
    try:
        cells = [cell.strip() for cell in cells_of(decoded(raw).rstrip("\r\n"))]
    except csv.Error as why:
        raise _UnusableError(f"not a CSV line: {why}") from None
    fields = layout.fields or _usual_fields(cells)
    extra = len(cells) - len(fields)
    if extra > 0 and "chain" in fields:  # its commas are not always quoted
        start = fields.index("chain")
        if cells[start].startswith("Chain"):
            cells[start : start + extra + 1] = [",".join(cells[start : start + extra + 1])]
    if len(cells) != len(fields):
        found = quantity(len(cells), "field")
        raise _UnusableError(f"{found} where the layout has {len(fields)}; say theirs with --layout")
    cells[0] = cells[0].removeprefix("Call ")  # precedes the line, whatever its first field is
    return dict(zip(fields, cells, strict=True))


def _usual_fields(cells: list[str]) -> list[str]:
    """The order of a line without a layout; places counted from its end are not moved by commas inside `chain`."""
    if len(cells) == len(OLDER_FIELDS):
        return OLDER_FIELDS
    if len(cells) < len(FIELDS) or _is_type(cells[-7]):
        return FIELDS
    return TYPES_LAST if all(_is_type(given) for given in cells[-3:-1]) else FIELDS


class _Party(NamedTuple):
    """The party in from, to or final: its dn, else the number after `Ext.`; and its device.

    For somebody outside that is the trunk, named so that it is no extension; a service is a queue, a ring group or the
    like.
    """

    dn: str
    is_outside: bool
    is_service: bool
    device: str


class _Row(dict[str, str]):
    """One line, its fields by name; "" if the layout has no such field."""

    def __init__(self, named: dict[str, str], layout: Layout, zone: ZoneInfo) -> None:
        super().__init__(named)
        self._zone = zone
        self.layout = layout
        found = _CALLID.fullmatch(self["callid"])
        if found is None:
            raise _UnusableError(
                "callid: 16 hexadecimal digits, _ and a number were expected; is the field order right?"
            )
        self.epoch_ms = _epoch_ms(bytes.fromhex(found.group(1)))

    def __missing__(self, name: str) -> str:
        return ""

    def moment(self, name: str, near_ms: int | None) -> int | None:
        """A clock time; in a doubled hour the instant nearest to `near_ms`."""
        written = self[name]
        if not written or is_never(written):
            return None
        try:
            return face_ms(self._zone, written.replace("/", "-"), near_ms)
        except (ValueError, OverflowError):
            raise _UnusableError(no_time(name, written, "a time such as 2020/05/04 10:53:43")) from None

    def length_ms(self) -> int:
        """`duration`, the talk, in milliseconds; 0 if it is blank."""
        if not self["duration"]:
            return 0
        parts = _LENGTH.fullmatch(self["duration"])
        if parts is None:
            raise _UnusableError("duration: hh:mm:ss was expected")
        hours, minutes, seconds = map(int, parts.groups())
        return (hours * 3600 + minutes * 60 + seconds) * 1000

    def party(self, side: str) -> _Party:
        """The party of from, to or final."""
        number = self[_NUMBERS[side]]
        dn = self[f"{side}-dn"] or number.removeprefix("Ext.")
        is_inside_type, is_service_type = _said_by_type(self[f"{side}-type"])
        is_outside = not (is_inside_type or is_service_type or number.startswith("Ext."))
        is_service = is_service_type or dn in self.layout.services
        device = text(f"trunk {dn}" if is_outside else dn, "number")
        return _Party(dn, is_outside, is_service, SERVICE if is_service and not is_outside else device)

    def missed_by(self) -> list[str]:
        """The dns that a queue rang without being answered."""
        named = self["missed-queue-calls"]
        return [dn.removeprefix("Ext.") for dn in re.split(r"[\s,;]+", named) if dn] if named else []


def _epoch_ms(written: bytes) -> int | None:
    """The instant that a callid begins with; None for some older ones, which count from another time."""
    for order in ("big", "little"):
        milliseconds = int.from_bytes(written, order)
        if 10**12 <= milliseconds < 2**43:
            return milliseconds
    return None


@lru_cache(maxsize=1024)
def _said_by_type(given: str) -> tuple[bool, bool]:
    """Whether the type of a party is one of the PBX's own, and whether it is that of a service."""
    kind = _plain(given)
    return kind in INSIDE_TYPES, kind in SERVICE_TYPES


@lru_cache(maxsize=1024)
def _is_type(given: str) -> bool:
    """Whether it is the type of a party, not a name or number."""
    return _plain(given) in INSIDE_TYPES | SERVICE_TYPES | VOICEMAIL_TYPES | OUTSIDE_TYPES


def _plain(given: str) -> str:
    return given.lower().replace("_", "").replace(" ", "")


def _legs(row: _Row) -> list[Leg]:
    """The leg of whoever was called, then those of agents whom a queue rang without an answer."""
    started_ms = row.moment("time-start", row.epoch_ms)
    if started_ms is None:
        raise _UnusableError("time-start is empty")
    answered_ms = row.moment("time-answered", started_ms)
    talk_ms = row.length_ms()
    ended_ms = row.moment("time-end", (answered_ms or started_ms) + talk_ms)
    if ended_ms is None:
        ended_ms = (answered_ms or started_ms) + talk_ms
    if "duration" not in row and answered_ms is not None:
        talk_ms = ended_ms - answered_ms
    if not started_ms <= (answered_ms or started_ms) <= ended_ms:
        raise _UnusableError("impossible times: time-start, time-answered and time-end are not in this order")
    caller, called = row.party("from"), row.party("to")
    side = "final" if row["reason-changed"].startswith(REPLACED) and row["final-number"] else "to"
    if side == "final" and not caller.is_outside and row.party("final").device == caller.device:
        side = "to"  # put through to the caller: what counts is who was called first
    reached = row.party("final") if side == "final" else called
    via, device, result = _far_end(row, caller, called, reached, _result(row, started_ms, answered_ms, talk_ms))
    taken = result == Result.ANSWERED
    rang_until_ms = ended_ms if answered_ms is None or not (taken or result == Result.VOICEMAIL) else answered_ms
    leg = Leg(
        key=f"{row['historyid']} {row['callid']}".strip(),
        call=row["callid"],
        started_ms=started_ms,
        ended_ms=ended_ms,
        answered_ms=answered_ms if taken else None,
        ring_ms=rang_until_ms - started_ms,
        talk_ms=talk_ms if taken else 0,
        via=via,
        result=result,
        caller_number=text(row["from-no"].removeprefix("Ext."), "number"),
        caller_name=text(row["from-dispname"], "name"),
        caller_device=caller.device,
        callee_name=text(row[f"{side}-dispname"], "name"),
        callee_device=device,
        dialled=text(row["dial-no"] or row["to-no"].removeprefix("Ext."), "number"),
        forwarded_by=_forwarder(row, called, reached),
        epoch_ms=row.epoch_ms,
        words=text(" ".join(filter(None, (row["reason-terminated"], row["reason-changed"], row["chain"]))), "words"),
    )
    rung = {caller.dn, called.dn, device}
    missed = [dn for dn in dict.fromkeys(row.missed_by()) if dn not in rung and dn not in row.layout.services]
    return [leg, *(_missed(leg, dn, _of_passed_over(row, leg)) for dn in missed)]


def _forwarder(row: _Row, called: _Party, reached: _Party) -> str:
    """The extension whose call was forwarded to the outside, by its rules or by itself; "" if there is none."""
    went_out = reached is not called and reached.is_outside and row["to-no"] == f"Ext.{called.dn}"
    return "" if not went_out or called.is_service or called.dn == VOICEMAIL else text(called.dn, "number")


def _of_passed_over(row: _Row, leg: Leg) -> Result:
    """How the call ended for agents who did not pick up."""
    if leg.via != Via.DEVICE or leg.result != Result.ANSWERED:
        return Result.UNANSWERED
    return Result.RANG_OUT if row["reason-changed"].startswith(SENT_ON) else Result.ELSEWHERE


def _missed(leg: Leg, dn: str, result: Result) -> Leg:
    """The leg of an agent who did not pick up; how long that phone rang is not recorded, at most as long as the wait.

    If an agent took the call, it ends with that talk: whether it still rang then, or when it stopped, is unknown. A
    queue that forwarded the call had stopped ringing its agents.
    """
    return leg._replace(
        key=f"{leg.key} {dn}",
        answered_ms=None,
        ring_ms=leg.ended_ms - leg.started_ms,
        talk_ms=0,
        via=Via.DEVICE,
        result=result,
        callee_name="",
        callee_device=text(dn, "number"),
    )


def _result(row: _Row, started_ms: int, answered_ms: int | None, talk_ms: int) -> Result:
    """How it ended; answered at once, and ended by the caller without a second of talk, was the PBX, not a person."""
    by_caller = row["reason-terminated"].lower() in BY_CALLER
    if answered_ms is not None and (talk_ms > 0 or answered_ms > started_ms or not by_caller):
        return Result.ANSWERED
    result = _REASONS.get(row["reason-terminated"].lower())
    if result is None:
        word = row["reason-terminated"][:40]
        raise _UnusableError(f"reason-terminated: unknown word {word!r}; known are {', '.join(REASONS)}")
    return result


def _far_end(row: _Row, caller: _Party, called: _Party, reached: _Party, result: Result) -> tuple[Via, str, Result]:
    """What the call led to, the device rung, and how it ended for that device (D4: machines do not take a call)."""
    ended_by_pbx = row["to-no"] == END_CALL
    to_voicemail = row["to-no"] == f"Ext.{VOICEMAIL}" or row["to-type"].lower() in VOICEMAIL_TYPES
    if to_voicemail or (ended_by_pbx and not called.is_outside):
        meant = called.dn if called.dn not in ("", VOICEMAIL, END_CALL) else row["dial-no"].removeprefix("Ext.")
        if not meant or meant in row.layout.services or meant in (VOICEMAIL, caller.dn):
            return Via.VOICEMAIL if to_voicemail else Via.MACHINE, SERVICE, result
        unanswered = Result.VOICEMAIL if to_voicemail else Result.UNANSWERED
        return Via.DEVICE, text(meant, "number"), unanswered
    if ended_by_pbx:  # the PBX itself ended a call to the outside: nobody out there was reached
        return Via.DEVICE, reached.device, Result.FAILED
    picked_up = reached is called and row["to-no"].startswith(PICKUP)
    if reached.is_outside and not picked_up:
        return Via.DEVICE, reached.device, result
    if reached.is_service or picked_up or (reached is not called and row["final-number"] == f"Ext.{VOICEMAIL}"):
        return Via.MACHINE, SERVICE, result
    if reached is called and result == Result.ANSWERED and called.dn in row.missed_by():
        result = Result.UNANSWERED  # the PBX answered for it, and it did not pick up
    return Via.DEVICE, reached.device, result
