"""Microsoft Teams: its PSTN usage report (ZIP or CSV) and what Graph gives: PSTN and direct-routing logs, call records.

A row of a log is a call of one user with the outside; the user is known by sign-in name. Call records have the calls
between users; what they say about outside calls is in the logs, and not counted again. All times are UTC.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from enum import Enum
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from pbxtally import tables
from pbxtally.calls import SERVICE, Leg, Result, Via
from pbxtally.column_aliases import aliases_of, row_by_alias
from pbxtally.csv_json import from_json
from pbxtally.intervals import is_never, written_ms
from pbxtally.records import MANY_BYTES, MAYBE_TRUNCATED, Reading, Rejected, as_text, has_end, no_time, text


class Kind(Enum):
    """What a call is for the user of its row."""

    IN = "in"
    OUT = "out"
    FORWARDED = "forwarded"  # the user forwarded it to the outside
    TRANSFERRED = "transferred"  # the user transferred it to the outside, and is no longer in it
    MACHINE = "machine"  # a conference, an attendant, a queue: nobody's


CALL_TYPES = {
    "user_in": Kind.IN,
    "dr_in": Kind.IN,
    "ByotIn": Kind.IN,
    "user_out": Kind.OUT,
    "user_out_conf": Kind.OUT,  # the user called somebody into a conversation
    "dr_out": Kind.OUT,
    "dr_out_user_conf": Kind.OUT,
    "dr_emergency_out": Kind.OUT,
    "ByotOut": Kind.OUT,
    "ByotOutUserConf": Kind.OUT,
    "EmergencyOut": Kind.OUT,
    "user_out_forwarding": Kind.FORWARDED,
    "dr_out_user_forwarding": Kind.FORWARDED,
    "ByotOutUserForwarding": Kind.FORWARDED,
    "user_out_transfer": Kind.TRANSFERRED,
    "dr_out_user_transfer": Kind.TRANSFERRED,
    "ByotOutUserTransfer": Kind.TRANSFERRED,
    "conf_in": Kind.MACHINE,
    "conf_out": Kind.MACHINE,
    "ucap_in": Kind.MACHINE,
    "ucap_out": Kind.MACHINE,
    "unassigned_in": Kind.MACHINE,
    "dr_in_bot": Kind.MACHINE,
    "dr_out_bot": Kind.MACHINE,
    "dr_unassigned_in": Kind.MACHINE,
    "dr_in_ucap": Kind.MACHINE,
    "dr_out_ucap": Kind.MACHINE,
    "ByotInUcap": Kind.MACHINE,
    "ByotOutUcap": Kind.MACHINE,
}

OPERATOR_CONNECT = "oc_"
"""What precedes the same words if the call came through Operator Connect."""

CODES = {
    "408": Result.RANG_OUT,
    "480": Result.RANG_OUT,
    "486": Result.BUSY,
    "487": Result.GAVE_UP,
    "600": Result.BUSY,
    "603": Result.REJECTED,
}
"""What the final SIP code of a call that nobody answered means; every other one above 299 is FAILED."""

NOT_TAKEN = {"no", "false", "attempt"}
"""The `success` of a call that was not established; its duration may be that of the ringing."""

VOICEMAIL_ROLES = {"voicemail", "exchangeUnifiedMessagingService"}
"""Roles of voicemail endpoints in a call record; one with any other role is an attendant, a queue or a gateway."""

COLUMNS = {
    "id": ("usageid", "id"),
    "correlation": ("correlationid", "callid"),
    "call": ("sharedcorrelationid",),
    "call_type": ("calltype",),
    "user": ("upn", "userprincipalname", "sipaddress", "username"),
    "name": ("userdisplayname", "displayname"),
    "caller": ("callernumber", "callerid", "calledfrom"),
    "callee": ("calleenumber", "destinationnumber", "calledto", "phonenumber"),
    "invited": ("invitetime", "invitedatetime"),
    "start": ("starttime", "startdatetime", "timestamp"),
    "failed": ("failuretime", "failuredatetime"),
    "end": ("endtime", "enddatetime"),
    "duration": ("durationseconds", "duration"),
    "success": ("success", "successfulcall", "eventtype"),
    "code": ("finalsipcode",),
    "trunk": ("sbcfqdn", "trunkfullyqualifieddomainname"),
}
"""What columns and members are called, best first: in lower case, without blanks, punctuation and a final `utc`."""

# An enum's members are expensive to look up for every row.
_ANSWERED, _DEVICE, _MACHINE = Result.ANSWERED, Via.DEVICE, Kind.MACHINE
_TYPES = {name.lower(): kind for name, kind in CALL_TYPES.items()}
_LENGTH = re.compile(r"(?:(?:(\d{1,4}):)?(\d{1,2}):)?(\d{1,8})(?:\.\d+)?", re.ASCII)
UTC = ZoneInfo("UTC")
_NEEDED = ({"calltype"}, {"starttime", "startdatetime", "timestamp", "invitetime", "invitedatetime"})


class _UnusableError(Exception):
    """Why a record is rejected; the text names the member and what was expected."""


def records(stream: io.BufferedIOBase) -> Iterator[bytes]:
    """Rows and objects, including those of every CSV file in a ZIP archive."""
    yield from tables.rows(stream, _is_heading, lambda table, columns: _is_heading(list(columns)))


def _is_heading(names: list[str]) -> bool:
    plain = {_plain(name) for name in names}
    return all(plain & wanted for wanted in _NEEDED)


@lru_cache(maxsize=1024)
def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower()).removesuffix("utc")


_ALIASES = aliases_of(COLUMNS, _plain)


def read(lines: Iterable[bytes], reading: Reading) -> Iterator[Leg | Rejected]:
    """Yield the legs of every record that is not blank, or the reason why there are none."""
    for number, raw in enumerate(lines, start=1):
        if raw.isspace() or not raw:
            continue
        try:
            yield from _legs(_object(raw))
        except _UnusableError as why:
            yield Rejected(number, str(why), raw[:MANY_BYTES])


def _object(raw: bytes) -> dict[str, Any]:
    if len(raw) > MANY_BYTES:
        raise _UnusableError(f"the record is longer than {MANY_BYTES} bytes; ask for call records without segments")
    try:
        found: Any = from_json(raw)
    except (ValueError, RecursionError):
        why = "neither a row under a heading with Call Type and a start time, nor JSON"
        raise _UnusableError(why if has_end(raw) else MAYBE_TRUNCATED) from None
    if not isinstance(found, dict):
        raise _UnusableError("not a record: an object was expected")
    return found


def _legs(found: dict[str, Any]) -> list[Leg]:
    if "sessions" in found or ("modalities" in found and "type" in found):
        return _of_call_record(found)
    if "caller" in found and "callee" in found:
        return [_session(found, _word(found.get("id")))]
    return [_row_leg(row_by_alias(found, _ALIASES))]


def _word(value: object) -> str:
    return as_text(value).strip()


# ── rows of the logs ──


def _row_leg(row: dict[str, str]) -> Leg:
    known_by = row["id"] or row["correlation"]
    if not known_by:
        raise _UnusableError("no UsageId, id or Correlation ID")
    kind = _TYPES.get(row["call_type"].lower().removeprefix(OPERATOR_CONNECT))
    if kind is None:
        raise _UnusableError(f"call type: unknown word {row['call_type'][:40]!r}; the manual page lists those known")
    started_ms, answered_ms, ended_ms = _times(row)
    if not row["id"]:  # legs of a call may share a correlation id
        known_by = f"{known_by} {row['call_type'].lower()} {started_ms}"
    dialled, user = text(row["callee"], "number"), text(row["user"].lower().removeprefix("sip:"), "number")
    trunk = text(f"trunk {row['trunk']}".strip(), "number")
    sides = _sides(kind, user, text(row["name"], "name"), dialled, trunk)
    return Leg(
        key=text(known_by, "words"),
        call=text(row["call"] or row["id"] or row["correlation"], "words"),
        started_ms=started_ms,
        ended_ms=ended_ms,
        answered_ms=answered_ms,
        ring_ms=(ended_ms if answered_ms is None else answered_ms) - started_ms,
        talk_ms=0 if answered_ms is None else ended_ms - answered_ms,
        via=Via.MACHINE if kind is _MACHINE else _DEVICE,
        result=_result(row["code"]) if answered_ms is None else _ANSWERED,
        caller_number=text(row["caller"], "number"),
        caller_name=sides.caller_name,
        caller_device=sides.caller_device,
        callee_number=sides.callee_number,
        callee_name=sides.callee_name,
        callee_device=sides.callee_device,
        dialled=dialled,
        forwarded_by=sides.forwarded_by,
        words=text(" ".join(filter(None, (row["call_type"], row["code"]))), "words"),
    )


class _Sides(NamedTuple):
    """Who called whom."""

    caller_device: str
    callee_device: str
    caller_name: str = ""
    callee_name: str = ""
    callee_number: str = ""
    forwarded_by: str = ""


def _sides(kind: Kind, user: str, name: str, dialled: str, outside: str) -> _Sides:
    """The two sides of a leg, with the user on the one that the kind of call gives."""
    match kind:
        case Kind.IN:
            return _Sides(outside, user, "", name, dialled)
        case Kind.OUT:
            return _Sides(user, outside, name)
        case Kind.FORWARDED:
            return _Sides(outside, outside, forwarded_by=user)
        case Kind.TRANSFERRED:
            return _Sides(SERVICE, outside)  # the number presented may be the user's own
        case Kind.MACHINE:
            return _Sides(outside, SERVICE)


def _times(row: dict[str, str]) -> tuple[int, int | None, int]:
    """Start, answer (None: never) and end. The answer is the end minus the time connected."""
    invited_ms, start_ms = _moment(row["invited"], "invite time"), _moment(row["start"], "start time")
    failed_ms, end_ms = _moment(row["failed"], "failure time"), _moment(row["end"], "end time")
    started_ms = start_ms if invited_ms is None else invited_ms
    if started_ms is None:
        raise _UnusableError("start time is empty")
    talked_ms = _seconds_ms(row["duration"])
    if not talked_ms or row["success"].lower() in NOT_TAKEN:
        return started_ms, None, max(started_ms, *(at for at in (failed_ms, end_ms) if at is not None), started_ms)
    ended_ms = end_ms if end_ms is not None else (start_ms if start_ms is not None else started_ms) + talked_ms
    if ended_ms < started_ms:
        raise _UnusableError("impossible times: the call ends before it starts")
    answered_ms = max(ended_ms - talked_ms, started_ms, start_ms or started_ms)  # the duration may begin at the invite
    return started_ms, min(answered_ms, ended_ms), ended_ms


def _result(code: str) -> Result:
    if not code.isdigit() or int(code) < 300:
        return Result.UNANSWERED
    return CODES.get(code, Result.FAILED)


def _seconds_ms(written: str) -> int:
    """Milliseconds of whole seconds, or of hh:mm:ss."""
    if written.isascii() and written.isdecimal() and len(written) <= 8:
        return int(written) * 1000
    found = _LENGTH.fullmatch(written or "0")
    if not found:
        raise _UnusableError("duration: whole seconds were expected")
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return ((hours * 60 + minutes) * 60 + seconds) * 1000


def _moment(written: str, name: str) -> int | None:
    if not written or is_never(written):
        return None
    try:
        return written_ms(UTC, written.removesuffix("Z"))[0]
    except (ValueError, OverflowError):
        raise _UnusableError(no_time(name, written, "an ISO 8601 date in UTC")) from None


# ── call records ──


def _of_call_record(found: dict[str, Any]) -> list[Leg]:
    """The sessions of a call between two users; a meeting is nobody's."""
    sessions = found.get("sessions")
    if not isinstance(sessions, list) or not all(isinstance(one, dict) for one in sessions):
        raise _UnusableError("sessions are missing; ask for the call record with $expand=sessions")
    if found.get("type") != "peerToPeer":
        return [_nobodys(found, _word(found.get("id")))]
    return [_session(one, _word(found.get("id"))) for one in sessions] or [_nobodys(found, _word(found.get("id")))]


def _session(one: dict[str, Any], call: str) -> Leg:
    """One user's call to another; a side that is not a user is a service, or outside with its call in the logs."""
    leg = _nobodys(one, call)
    caller, callee = _user(one.get("caller")), _user(one.get("callee"))
    if caller and _role(one.get("callee")) in VOICEMAIL_ROLES:
        return leg._replace(via=Via.VOICEMAIL, caller_device=caller[0], caller_name=caller[1])
    if not caller or not callee:
        return leg
    failure = one.get("failureInfo")
    taken = not failure
    stage = _word(failure.get("stage")) if isinstance(failure, dict) else ""
    reason = _word(failure.get("reason")) if isinstance(failure, dict) else ""
    lost = stage == "midcall"  # they talked, and then it broke off
    answered_ms = leg.started_ms if taken or lost else None
    return leg._replace(
        answered_ms=answered_ms,
        ring_ms=0 if answered_ms is not None else leg.ended_ms - leg.started_ms,
        talk_ms=0 if answered_ms is None else leg.ended_ms - leg.started_ms,
        via=Via.DEVICE,
        result=Result.ANSWERED if taken or lost else Result.UNANSWERED,
        caller_device=caller[0],
        caller_name=caller[1],
        callee_device=callee[0],
        callee_name=callee[1],
        dialled=callee[0],
        words=text(f"{stage} {reason}".strip() or "peerToPeer", "words"),
    )


def _nobodys(one: dict[str, Any], call: str) -> Leg:
    started_ms = _moment(_word(one.get("startDateTime")), "startDateTime")
    ended_ms = _moment(_word(one.get("endDateTime")), "endDateTime")
    own = _word(one.get("id"))
    if started_ms is None or ended_ms is None or not own:
        raise _UnusableError("id, startDateTime and endDateTime were expected")
    if ended_ms < started_ms:
        raise _UnusableError("impossible times: the call ends before it starts")
    return Leg(
        key=text(f"{call} {own}" if own != call else own, "words"),
        call=text(call or own, "words"),
        started_ms=started_ms,
        ended_ms=ended_ms,
        answered_ms=None,
        ring_ms=0,
        talk_ms=0,
        via=Via.MACHINE,
        result=Result.UNANSWERED,
        callee_device=SERVICE,
        words=text(_word(one.get("type")) or "session", "words"),
    )


def _role(endpoint: Any) -> str:
    """The role of an endpoint that is a service, even one with a user's name; "" if it is somebody's own."""
    agent = endpoint.get("userAgent") if isinstance(endpoint, dict) else None
    return _word(agent.get("role")) if isinstance(agent, dict) else ""


def _user(endpoint: Any) -> tuple[str, str] | None:
    """Sign-in name (else id) and display name of the user at an endpoint; None for nobody, a service or a number."""
    if not isinstance(endpoint, dict) or _role(endpoint):
        return None
    identity = endpoint.get("associatedIdentity") or endpoint.get("identity")
    user = identity.get("user", identity) if isinstance(identity, dict) else None
    if not isinstance(user, dict):
        return None
    known_by = _word(user.get("userPrincipalName")) or _word(user.get("id"))
    if not known_by or known_by.startswith("+"):
        return None
    return text(known_by.lower(), "number"), text(_word(user.get("displayName")), "name")
