"""The vendor's CDR objects as JSON, on lines, in an array or as its `/pbx/cdr` answers; each is a leg.

A leg is a call of its own unless `callId` joins several.

`caller.extension` and `callee.extension` are an id from the directory or a number. Times are ISO 8601 or epoch
milliseconds. A ring timeout has no word of its own: it is CANCEL by the system.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from pbxtally.calls import SERVICE, Leg, Result, Via
from pbxtally.csv_json import from_json
from pbxtally.errors import InvalidFieldError
from pbxtally.intervals import is_never
from pbxtally.people import parse_id
from pbxtally.reader import parse_moment
from pbxtally.records import MANY_BYTES, Reading, Rejected, no_time, text
from pbxtally.streams import LOOK_AHEAD, lines, objects, over_lines
from pbxtally.tables import peekable

UNANSWERED = {
    "CANCEL": Result.GAVE_UP,
    "HANGUP": Result.VOICEMAIL,  # the system had answered, and nobody else did
    "BUSY": Result.BUSY,
    "UNREACHABLE": Result.UNREACHABLE,
    "ERROR": Result.FAILED,
    "BLOCKED": Result.FAILED,
    "NOT_FOUND": Result.FAILED,
}
SYSTEM = "S"

_ANSWER = re.compile(rb'\s*\{[^{}\[\]]*"(?:cdrs?|calls)"\s*:\s*\[')


class _UnusableError(Exception):
    """Why a record is rejected; the text names the member and what was expected."""


def records(stream: io.BufferedIOBase) -> Iterator[bytes]:
    """Lines, or the objects of an array or of an answer from `/pbx/cdr`."""
    whole = peekable(stream)
    is_answer = over_lines(whole) or _ANSWER.match(whole.peek(LOOK_AHEAD)[:LOOK_AHEAD])
    yield from objects(whole) if is_answer else lines(whole)


def read(records: Iterable[bytes], reading: Reading) -> Iterator[Leg | Rejected]:
    """Yield one leg, or the reason why not, for every record that is not blank."""
    for number, raw in enumerate(records, start=1):
        if raw.isspace() or not raw:
            continue
        try:
            yield _leg(_record(raw), reading)
        except _UnusableError as why:
            yield Rejected(number, str(why), raw[:MANY_BYTES])


def _record(raw: bytes) -> dict[str, Any]:
    if len(raw) > MANY_BYTES:
        raise _UnusableError(f"the line is longer than {MANY_BYTES} bytes")
    try:
        record = from_json(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise _UnusableError("not JSON; is the line cut off?") from None
    if not isinstance(record, dict):
        raise _UnusableError("not a CDR: an object was expected")
    return record


def _leg(record: dict[str, Any], reading: Reading) -> Leg:
    key = _word(record, "_id")
    if not key:
        raise _UnusableError("_id: the record's id was expected")
    if reading.customer is not None and (_word(record, "customer") or reading.customer).lower() != reading.customer:
        raise _UnusableError("customer: the record belongs to another customer")
    started_ms = _moment(record, "started", reading.zone)
    ended_ms = _moment(record, "ended", reading.zone)
    answered_ms = _moment(record, "answered", reading.zone)
    if started_ms is None or ended_ms is None:
        raise _UnusableError(f"{'started' if started_ms is None else 'ended'}: a date was expected")
    if not started_ms <= (answered_ms or started_ms) <= ended_ms:
        raise _UnusableError("impossible times: started, answered and ended are not in this order")
    caller, callee = _party(record, "caller"), _party(record, "callee")
    callee_device = _device(callee, "callee", started_ms, reading)
    result = _result(record, answered_ms, is_local=callee_device not in ("", SERVICE))
    taken = result == Result.ANSWERED
    return Leg(
        key=key,
        call=_word(record, "callId") or key,
        started_ms=started_ms,
        ended_ms=ended_ms,
        answered_ms=answered_ms if taken else None,
        ring_ms=(ended_ms if answered_ms is None else answered_ms) - started_ms,
        talk_ms=ended_ms - answered_ms if taken and answered_ms is not None else 0,
        via=Via.MACHINE if callee_device == SERVICE else Via.DEVICE,
        result=result,
        caller_number=text(_word(caller, "number"), "number"),
        caller_name=text(_word(caller, "name"), "name"),
        caller_device=_device(caller, "caller", started_ms, reading),
        callee_number=text(_word(callee, "number"), "number"),
        callee_name=text(_word(callee, "name"), "name"),
        callee_device=callee_device,
        dialled=text(_word(callee, "number"), "number"),
        forwarded_by=text(_word(caller, "divertedBy"), "number"),
        words=text(f"{_word(record, 'terminatedReason')} by {_word(record, 'terminatedBy')}", "words"),
    )


def _result(record: dict[str, Any], answered_ms: int | None, *, is_local: bool) -> Result:
    """How it ended: answered by a colleague means by the callee itself; a far end may as well be a machine (D4)."""
    by_callee = record.get("answeredByCallee")
    if by_callee not in (None, True, False):
        raise _UnusableError("answeredByCallee: true or false was expected")
    by_callee = by_callee is None or by_callee or not is_local
    if answered_ms is not None and by_callee:
        return Result.ANSWERED
    reason = _word(record, "terminatedReason").upper()
    if reason not in UNANSWERED:
        raise _UnusableError(f"terminatedReason: one of {', '.join(UNANSWERED)} was expected")
    result = UNANSWERED[reason]
    if result == Result.VOICEMAIL and answered_ms is None:
        result = Result.GAVE_UP  # a hang-up without an answer
    if result == Result.GAVE_UP and _word(record, "terminatedBy").upper() == SYSTEM:
        return Result.RANG_OUT
    return result


def _party(record: dict[str, Any], name: str) -> dict[str, Any]:
    party = record.get(name)
    if isinstance(party, list) and len(party) == 1:
        party = party[0]
    if not isinstance(party, dict):
        raise _UnusableError(f"{name}: an object was expected")
    return party


def _device(party: dict[str, Any], name: str, at_ms: int, reading: Reading) -> str:
    """The extension's number; the PBX itself for a SYSTEM party; "" for somebody outside."""
    extension = _word(party, "extension")
    if (known := parse_id(extension)) is not None:
        number = reading.number_of(known, at_ms)
        if number is None:
            raise _UnusableError(f"{name}.extension: the directory has no extension {extension}")
        return number
    return extension or (SERVICE if _word(party, "type").upper() == "SYSTEM" else "")


def _word(record: dict[str, Any], name: str) -> str:
    value = record.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _UnusableError(f"{name}: a text was expected")
    return text(str(value), "words")


def _moment(record: dict[str, Any], name: str, zone: ZoneInfo) -> int | None:
    value = record.get(name)
    if value in (None, "", 0) or (isinstance(value, str) and is_never(value)):
        return None
    try:
        return parse_moment(value, zone)[0]
    except InvalidFieldError:
        raise _UnusableError(no_time(name, value, "an ISO 8601 date")) from None
