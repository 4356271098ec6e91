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

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pbxtally.calls import SERVICE, Leg, Result, Via
from pbxtally.intervals import DAY_MS, face_ms, is_never
from pbxtally.records import MANY_BYTES, Reading, Rejected, no_time, text
from pbxtally.sources.threecx_rows import (
    INSIDE_TYPES,
    SERVICE_TYPES,
    VOICEMAIL_TYPES,
    Layout,
    Row,
    UnusableError,
    layout_of,
    plain_type,
    row_of,
)

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

EARLY_MS = 60_000
"""No line of a call starts longer before the instant in its callid."""

END_CALL = "EndCall"
PICKUP = "Pickup"
VOICEMAIL = "999"

_DEVICE, _MACHINE = Via.DEVICE, Via.MACHINE  # an enum's members are expensive to look up for every row
_ANSWERED, _VOICEMAIL = Result.ANSWERED, Result.VOICEMAIL

_CALLID = re.compile(r"([0-9A-Fa-f]{16})_\d+")
_LENGTH = re.compile(r"(\d{1,4}):(\d\d):(\d\d)(?:\.\d+)?")
_REASONS = {word.lower(): result for word, result in REASONS.items()}


def read(lines: Iterable[bytes], reading: Reading) -> Iterator[Leg | Rejected]:
    """Yield the legs of every line that is not blank, or the reason why there are none."""
    layout = layout_of(reading.layout)
    for number, raw in enumerate(lines, start=1):
        if raw.isspace() or not raw:
            continue
        try:
            yield from _legs(row_of(raw, layout.order), layout, reading.zone)
        except UnusableError as why:
            yield Rejected(number, str(why), raw[:MANY_BYTES])


def _moment(name: str, written: str, zone: ZoneInfo, near_ms: int | None, since_ms: int) -> int | None:
    """A clock time; in a doubled hour the instant nearest to `near_ms`, but not one before `since_ms`."""
    if not written or is_never(written):
        return None
    try:
        at_ms = face_ms(zone, written.replace("/", "-"), near_ms)
        return at_ms if at_ms >= since_ms else face_ms(zone, written.replace("/", "-"), since_ms + DAY_MS)
    except (ValueError, OverflowError):
        raise UnusableError(no_time(name, written, "a time such as 2020/05/04 10:53:43")) from None


def _length_ms(duration: str) -> int:
    """`duration`, the talk, in milliseconds; 0 if it is blank."""
    if not duration:
        return 0
    parts = _LENGTH.fullmatch(duration)
    if parts is None:
        raise UnusableError("duration: hh:mm:ss was expected")
    hours, minutes, seconds = map(int, parts.groups())
    return (hours * 3600 + minutes * 60 + seconds) * 1000


class _Party(NamedTuple):
    """The party in from, to or final: its dn, else the number after `Ext.`; and its device.

    For somebody outside that is the trunk, named so that it is no extension; a service is a queue, a ring group or the
    like.
    """

    dn: str
    is_outside: bool
    is_service: bool
    device: str


def _party(number: str, dn: str, kind: str, services: frozenset[str]) -> _Party:
    return _known_party(dn or number.removeprefix("Ext."), number.startswith("Ext."), kind, services)


@lru_cache(maxsize=1024)
def _known_party(dn: str, is_own: bool, kind: str, services: frozenset[str]) -> _Party:
    plain = plain_type(kind)
    is_service_type = plain in SERVICE_TYPES
    is_outside = not (is_own or is_service_type or plain in INSIDE_TYPES)
    is_service = is_service_type or dn in services
    device = text(f"trunk {dn}" if is_outside else dn, "number")
    return _Party(dn, is_outside, is_service, SERVICE if is_service and not is_outside else device)


def _missed_by(row: Row) -> list[str]:
    """The dns that a queue rang without being answered."""
    named = row.missed_queue_calls
    return [dn.removeprefix("Ext.") for dn in re.split(r"[\s,;]+", named) if dn] if named else []


def _epoch_ms(callid: str) -> int | None:
    """The instant that a callid begins with; None for some older ones, which count from another time."""
    found = _CALLID.fullmatch(callid)
    if found is None:
        raise UnusableError("callid: 16 hexadecimal digits, _ and a number were expected; is the field order right?")
    for order in ("big", "little"):
        milliseconds = int.from_bytes(bytes.fromhex(found[1]), order)
        if 10**12 <= milliseconds < 2**43:
            return milliseconds
    return None


def _legs(row: Row, layout: Layout, zone: ZoneInfo) -> list[Leg]:
    """The leg of whoever was called, then those of agents whom a queue rang without an answer."""
    epoch_ms = _epoch_ms(row.callid)
    started_ms, answered_ms, ended_ms, talk_ms = _times(row, layout, zone, epoch_ms)
    caller = _party(row.from_no, row.from_dn, row.from_type, layout.services)
    called = _party(row.to_no, row.to_dn, row.to_type, layout.services)
    if row.reason_changed.startswith(SENT_ON):  # only a queue does that
        called = called._replace(is_service=True)
    instead = _reached_instead(row, layout, caller)
    result = _result(row, started_ms, answered_ms, talk_ms)
    via, device, result = _far_end(row, layout, caller, called, instead, result)
    taken = result == _ANSWERED
    rang_until_ms = ended_ms if answered_ms is None or not (taken or result == _VOICEMAIL) else answered_ms
    leg = Leg(
        key=f"{row.historyid or _told_apart_by(row)} {row.callid}",
        call=row.callid,
        started_ms=started_ms,
        ended_ms=ended_ms,
        answered_ms=answered_ms if taken else None,
        ring_ms=rang_until_ms - started_ms,
        talk_ms=talk_ms if taken else 0,
        via=via,
        result=result,
        caller_number=text(row.from_no.removeprefix("Ext."), "number"),
        caller_name=text(row.from_dispname, "name"),
        caller_device=caller.device,
        callee_name=text(row.final_dispname if instead else row.to_dispname, "name"),
        callee_device=device,
        dialled=text(row.dial_no or row.to_no.removeprefix("Ext."), "number"),
        forwarded_by=_forwarder(row, called, instead),
        epoch_ms=epoch_ms,
        words=text(" ".join(filter(None, (row.reason_terminated, row.reason_changed, row.chain))), "words"),
    )
    if not row.missed_queue_calls:
        return [leg]
    missed = [dn for dn in dict.fromkeys(_missed_by(row)) if dn not in (caller.dn, called.dn, device)]
    result = _of_passed_over(row, leg)
    return [leg, *(_missed(leg, dn, result, dn in layout.services) for dn in missed)]


def _told_apart_by(row: Row) -> str:
    """What the lines of one call differ in if they have no `historyid`."""
    return f"{row.time_start} {text(row.to_no, 'number')}"


def _times(row: Row, layout: Layout, zone: ZoneInfo, epoch_ms: int | None) -> tuple[int, int | None, int, int]:
    """Start, answer (None: never) and end, in this order, and the length of the talk."""
    started_ms = _moment("time-start", row.time_start, zone, epoch_ms, (epoch_ms or 0) - EARLY_MS)
    if started_ms is None:
        raise UnusableError("time-start is empty")
    answered_ms = _moment("time-answered", row.time_answered, zone, started_ms, started_ms)
    talk_ms, since_ms = _length_ms(row.duration), answered_ms or started_ms
    ended_ms = _moment("time-end", row.time_end, zone, since_ms + talk_ms, since_ms)
    if ended_ms is None:
        ended_ms = since_ms + talk_ms
    if layout.order and not layout.order.has_duration and answered_ms is not None:
        talk_ms = ended_ms - answered_ms
    if not started_ms <= since_ms <= ended_ms:
        raise UnusableError("impossible times: time-start, time-answered and time-end are not in this order")
    return started_ms, answered_ms, ended_ms, talk_ms


def _reached_instead(row: Row, layout: Layout, caller: _Party) -> _Party | None:
    """Who was reached instead of whoever was called."""
    if not (row.reason_changed.startswith(REPLACED) and row.final_number):
        return None
    final = _party(row.final_number, row.final_dn, row.final_type, layout.services)
    is_caller = not caller.is_outside and final.device == caller.device
    return None if is_caller else final  # put through to the caller: what counts is who was called first


def _forwarder(row: Row, called: _Party, instead: _Party | None) -> str:
    """The extension whose call was forwarded to the outside, by its rules or by itself; "" if there is none."""
    went_out = instead and instead.is_outside and row.to_no == f"Ext.{called.dn}"
    return "" if not went_out or called.is_service or called.dn == VOICEMAIL else text(called.dn, "number")


def _of_passed_over(row: Row, leg: Leg) -> Result:
    """How the call ended for agents who did not pick up."""
    if leg.via == Via.VOICEMAIL or leg.result == _VOICEMAIL:
        return _VOICEMAIL
    if row.reason_changed.startswith(SENT_ON):
        return Result.RANG_OUT
    if leg.result in (Result.GAVE_UP, Result.RANG_OUT):
        return Result(leg.result)
    return Result.ELSEWHERE if leg.via == _DEVICE and leg.result == _ANSWERED else Result.UNANSWERED


def _missed(leg: Leg, dn: str, result: Result, is_service: bool) -> Leg:
    """The leg of an agent who did not pick up; how long that phone rang is not recorded, at most as long as the wait.

    If an agent took the call, it ends with that talk: whether it still rang then, or when it stopped, is unknown. A
    queue that forwarded the call had stopped ringing its agents. A service has a leg as well, which is nobody's: it
    replaces that of an agent if the service was not named when the line was first read.
    """
    return leg._replace(
        key=f"{leg.key} {dn}",
        answered_ms=None,
        ring_ms=leg.ended_ms - leg.started_ms,
        talk_ms=0,
        via=_MACHINE if is_service else _DEVICE,
        result=result,
        callee_name="",
        callee_device=SERVICE if is_service else text(dn, "number"),
    )


def _result(row: Row, started_ms: int, answered_ms: int | None, talk_ms: int) -> Result:
    """How it ended; answered at once, and ended by the caller without a second of talk, was the PBX, not a person."""
    word = row.reason_terminated.lower()
    if answered_ms is not None and (talk_ms > 0 or answered_ms > started_ms or word not in BY_CALLER):
        return _ANSWERED
    result = _REASONS.get(word)
    if result is None:
        unknown = row.reason_terminated[:40]
        raise UnusableError(f"reason-terminated: unknown word {unknown!r}; known are {', '.join(REASONS)}")
    return result


def _is_voicemail(number: str, kind: str) -> bool:
    return number == f"Ext.{VOICEMAIL}" or plain_type(kind) in VOICEMAIL_TYPES


def _far_end(
    row: Row, layout: Layout, caller: _Party, called: _Party, instead: _Party | None, result: Result
) -> tuple[Via, str, Result]:
    """What the call led to, the device rung, and how it ended for that device (D4: machines do not take a call)."""
    reached = instead or called
    ended_by_pbx = row.to_no == END_CALL
    sent_to_voicemail = instead is not None and _is_voicemail(row.final_number, row.final_type)
    if sent_to_voicemail and (called.is_service or called.is_outside):
        return Via.VOICEMAIL, SERVICE, result
    to_voicemail = sent_to_voicemail or _is_voicemail(row.to_no, row.to_type)
    was_inbound = not called.is_outside or (caller.is_outside and not row.to_type)
    if to_voicemail or (ended_by_pbx and was_inbound):
        meant = called.dn if called.dn not in ("", VOICEMAIL, END_CALL) else row.dial_no.removeprefix("Ext.")
        if not meant or meant in layout.services or meant in (VOICEMAIL, caller.dn):
            return Via.VOICEMAIL if to_voicemail else _MACHINE, SERVICE, result
        unanswered = _VOICEMAIL if to_voicemail else Result.UNANSWERED
        return _DEVICE, text(meant, "number"), unanswered
    if ended_by_pbx:  # the PBX itself ended a call to the outside: nobody out there was reached
        return _DEVICE, reached.device, Result.FAILED
    picked_up = not instead and row.to_no.startswith(PICKUP)
    if reached.is_outside and not picked_up:
        return _DEVICE, reached.device, result
    if reached.is_service or picked_up:
        return _MACHINE, SERVICE, result
    if not instead and result == _ANSWERED and called.dn in _missed_by(row):
        result = Result.UNANSWERED  # the PBX answered for it, and it did not pick up
    return _DEVICE, reached.device, result
