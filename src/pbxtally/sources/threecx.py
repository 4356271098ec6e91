"""3CX: CDR lines of the single file, of a file per call and of the TCP sender, in the field order of `--layout`.

A line is a call as it ended, not a leg: who was rung, and who took it, is told by several fields together.
- `Ext.` before a number means the PBX's own; without it the party is outside, and its dn is a trunk.
- A queue or ring group is `Ext.` too. It answers at once: `time-answered` is `time-start`, and waiting is inside
  `duration`. Whoever took the call is the final number, where `reason-changed` says ReplacedDst.
- `Ext.999` is voicemail; the extension that missed the call is in `dial-no` and `to-dn`.
- `callid` begins with the milliseconds since 1970, in hexadecimal.
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
from pbxtally.intervals import nearest_ms, written_ms
from pbxtally.records import MANY_BYTES, Reading, Rejected, decoded, text

REASONS = {
    "TerminatedBySrc": Result.GAVE_UP,
    "TerminatedByDst": Result.REJECTED,  # the far side let go without taking it
    "Failed_Cancelled": Result.GAVE_UP,
    "Failed_NoAnswer": Result.RANG_OUT,
    "Failed_Busy": Result.BUSY,
    "Failed_Rejected": Result.REJECTED,
    "Failed": Result.FAILED,
}
"""What an unanswered call's `reason-terminated` means; of an answered one it says only who hung up."""

REPLACED = "ReplacedDst"
END_CALL = "EndCall"
VOICEMAIL = "999"
SERVICE_TYPES = {"queue", "ringgroup", "ivr", "conference", "parking", "script", "fax"}
INSIDE_TYPES = {"internal", "extension"}
VOICEMAIL_TYPES = {"voicemail", "vmail"}

FIELDS = (
    "historyid callid duration time-start time-answered time-end reason-terminated from-no to-no from-dn to-dn dial-no "
    "reason-changed final-number final-dn bill-code bill-rate bill-cost bill-name chain from-type to-type final-type "
    "from-dispname to-dispname final-dispname missed-queue-calls"
).split()
"""The fields in the order in which 3CX offers them."""

NEEDED = ("callid", "time-start", "reason-terminated", "from-no", "to-no")

_CALLID = re.compile(r"([0-9A-Fa-f]{16})_\d+")
_NUMBERS = {"from": "from-no", "to": "to-no", "final": "final-number"}
_LENGTH = re.compile(r"(\d{1,4}):(\d\d):(\d\d)(?:\.\d+)?")


class _UnusableError(Exception):
    """Why a record is rejected; the text names the field and what was expected."""


def read(lines: Iterable[bytes], reading: Reading) -> Iterator[Leg | Rejected]:
    """Yield the legs of every line that is not blank, or the reason why there are none."""
    layout: _Layout | None = None
    for number, raw in enumerate(lines, start=1):
        if raw.isspace() or not raw:
            continue
        try:
            layout = layout or _layout(reading.layout)
            yield from _legs(_Row(_cells(raw, layout), layout, reading.zone))
        except _UnusableError as why:
            yield Rejected(number, str(why), raw[:MANY_BYTES])


@dataclass(frozen=True, slots=True)
class _Layout:
    """The fields in their order, and the dns of queues, ring groups and the like."""

    fields: list[str]
    services: frozenset[str]


def _layout(said: str) -> _Layout:
    """`historyid, callid, … service=800 service=801`; without field names, 3CX's own order."""
    fields, services = [], set()
    for word in said.replace(",", " ").split():
        name, _, dn = word.partition("=")
        if name == "service" and dn:
            services.add(dn)
        elif word in FIELDS and word not in fields:
            fields.append(word)
        else:
            raise _UnusableError(
                f"layout: {word!r} is no field of 3CX, or stands there twice; use service=DN for a queue"
            )
    missing = [name for name in NEEDED if fields and name not in fields]
    if missing:
        raise _UnusableError(f"layout: {', '.join(missing)} has to be among the fields")
    return _Layout(fields or FIELDS, frozenset(services))


def _cells(raw: bytes, layout: _Layout) -> list[str]:
    if len(raw) > MANY_BYTES:
        raise _UnusableError(f"the line is longer than {MANY_BYTES} bytes")
    if b"\0" in raw:
        raise _UnusableError("not text: the line holds a NUL byte")
    try:
        cells = [cell.strip() for cell in next(csv.reader((decoded(raw).rstrip("\r\n"),), strict=True))]
    except csv.Error as why:
        raise _UnusableError(f"not a CSV line: {why}") from None
    extra = len(cells) - len(layout.fields)
    if extra > 0 and "chain" in layout.fields:  # its commas are not always quoted
        start = layout.fields.index("chain")
        if cells[start].startswith("Chain"):
            cells[start : start + extra + 1] = [",".join(cells[start : start + extra + 1])]
    if len(cells) != len(layout.fields):
        raise _UnusableError(f"{len(cells)} fields where the layout has {len(layout.fields)}; say theirs with --layout")
    return cells


class _Party(NamedTuple):
    """Who stands in from, to or final: its dn, else the number behind `Ext.`; and the device that it is.

    Of somebody outside that is the trunk, told from an extension by its name; a service is a queue, a ring group or
    the like.
    """

    dn: str
    is_outside: bool
    is_service: bool
    device: str


class _Row(dict[str, str]):
    """One line, its fields by name; "" is what the layout has no field for."""

    def __init__(self, cells: list[str], layout: _Layout, zone: ZoneInfo) -> None:
        super().__init__(zip(layout.fields, cells, strict=True))
        self._zone = zone
        self.layout = layout
        found = _CALLID.fullmatch(self["callid"])
        if found is None:
            raise _UnusableError(
                "callid: 16 hexadecimal digits, _ and a number were expected; is the field order right?"
            )
        milliseconds = int(found.group(1), 16)
        self.epoch_ms = milliseconds if 10**12 <= milliseconds < 2**43 else None

    def __missing__(self, name: str) -> str:
        return ""

    def moment(self, name: str, near_ms: int | None) -> int | None:
        """A clock time; in a doubled hour the instant nearest to `near_ms`."""
        written = self[name]
        if not written:
            return None
        try:
            return nearest_ms(written_ms(self._zone, written.replace("/", "-")), near_ms)
        except (ValueError, OverflowError):
            raise _UnusableError(f"{name}: a time such as 2020/05/04 10:53:43 was expected") from None

    def length_ms(self) -> int:
        """`duration`, the talk; blank is none."""
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
        """The dns that a queue rang in vain."""
        named = self["missed-queue-calls"]
        return [dn.removeprefix("Ext.") for dn in re.split(r"[\s,;]+", named) if dn] if named else []


@lru_cache(maxsize=1024)
def _said_by_type(said: str) -> tuple[bool, bool]:
    """Whether the type of a party is one of the PBX's own, and whether it is one of a service."""
    kind = said.lower()
    return kind in INSIDE_TYPES, kind.replace("_", "").replace(" ", "") in SERVICE_TYPES


def _legs(row: _Row) -> list[Leg]:
    """The leg of whoever was called, then those of agents whom a queue rang in vain."""
    started_ms = row.moment("time-start", row.epoch_ms)
    if started_ms is None:
        raise _UnusableError("time-start is empty")
    answered_ms = row.moment("time-answered", started_ms)
    talk_ms = row.length_ms()
    ended_ms = row.moment("time-end", (answered_ms or started_ms) + talk_ms)
    if ended_ms is None:
        ended_ms = (answered_ms or started_ms) + talk_ms
    if not started_ms <= (answered_ms or started_ms) <= ended_ms:
        raise _UnusableError("impossible times: time-start, time-answered and time-end are not in this order")
    side = "final" if row["reason-changed"] == REPLACED and row["final-number"] else "to"
    caller, called = row.party("from"), row.party("to")
    reached = row.party("final") if side == "final" else called
    via, device, result = _far_end(row, caller, called, reached, _result(row, started_ms, answered_ms, talk_ms))
    taken = result == Result.ANSWERED
    rang_until_ms = ended_ms if answered_ms is None or not (taken or result == Result.VOICEMAIL) else answered_ms
    leg = Leg(
        key=f"{row['historyid'].removeprefix('Call ')} {row['callid']}".strip(),
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
        epoch_ms=row.epoch_ms,
        words=text(" ".join(filter(None, (row["reason-terminated"], row["reason-changed"], row["chain"]))), "words"),
    )
    rung = {caller.dn, called.dn, device}
    missed = [dn for dn in dict.fromkeys(row.missed_by()) if dn not in rung and dn not in row.layout.services]
    return [leg, *(_missed(leg, dn) for dn in missed)]


def _missed(leg: Leg, dn: str) -> Leg:
    """The leg of an agent who did not pick up; how long that phone rang is not told, at most as long as the wait."""
    return leg._replace(
        key=f"{leg.key} {dn}",
        answered_ms=None,
        ring_ms=leg.ended_ms - leg.started_ms,
        talk_ms=0,
        via=Via.DEVICE,
        result=Result.UNANSWERED,
        callee_name="",
        callee_device=text(dn, "number"),
    )


def _result(row: _Row, started_ms: int, answered_ms: int | None, talk_ms: int) -> Result:
    """Answered at once, and let go by the caller without a second of talk: that was the PBX, not a person."""
    by_caller = row["reason-terminated"] == "TerminatedBySrc"
    if answered_ms is not None and (talk_ms > 0 or answered_ms > started_ms or not by_caller):
        return Result.ANSWERED
    result = REASONS.get(row["reason-terminated"])
    if result is None:
        word = row["reason-terminated"][:40]
        raise _UnusableError(f"reason-terminated: unknown word {word!r}; known are {', '.join(REASONS)}")
    return result


def _far_end(row: _Row, caller: _Party, called: _Party, reached: _Party, result: Result) -> tuple[Via, str, Result]:
    """What the call led to, the device rung, and how it ended for that (D4: machines take no call)."""
    ended_by_pbx = row["to-no"] == END_CALL
    to_voicemail = row["to-no"] == f"Ext.{VOICEMAIL}" or row["to-type"].lower() in VOICEMAIL_TYPES
    if to_voicemail or (ended_by_pbx and not called.is_outside):
        meant = called.dn if called.dn not in ("", VOICEMAIL, END_CALL) else row["dial-no"].removeprefix("Ext.")
        if not meant or meant in row.layout.services or meant in (VOICEMAIL, caller.dn):
            return Via.VOICEMAIL if to_voicemail else Via.MACHINE, SERVICE, result
        unanswered = Result.VOICEMAIL if to_voicemail else Result.UNANSWERED
        return Via.DEVICE, text(meant, "number"), unanswered
    if ended_by_pbx:  # the PBX itself ended a call that was meant for the outside: nobody out there was reached
        return Via.DEVICE, reached.device, Result.FAILED
    if reached.is_outside:
        return Via.DEVICE, reached.device, result
    if reached.is_service:
        return Via.MACHINE, SERVICE, result
    if reached is called and result == Result.ANSWERED and called.dn in row.missed_by():
        result = Result.UNANSWERED  # the PBX answered for it, and it did not pick up
    return Via.DEVICE, reached.device, result
